//! waterway where there is not even an allocator: it links, and what needs no channel works.

#![no_std]
#![no_main]

use core::fmt::Write;

use ground as _;
use waterway::{SendError, TrySendError};

/// A little text.
struct Page {
    text: [u8; 64],
    len: usize,
}

impl Write for Page {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.len + text.len();
        let room = self.text.get_mut(self.len..end).ok_or(core::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[unsafe(no_mangle)]
extern "C" fn program() -> u8 {
    let error = TrySendError::from(SendError(7));
    let mut page = Page {
        text: [0; 64],
        len: 0,
    };
    if write!(page, "{error}").is_err() || page.text[..page.len] != *b"the channel is closed" {
        return 1;
    }
    if error.is_closed() && error.into_inner() == 7 {
        0
    } else {
        2
    }
}
