//! The static half of thingbuf without `std` and without `alloc`: `cargo test -p waterway-compat --no-default-features
//! --features thingbuf --test thingbuf_bare`.

#![cfg(all(feature = "thingbuf", not(feature = "alloc")))]

use std::fmt::Write;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use waterway_compat::thingbuf::mpsc::errors::{TryRecvError, TrySendError};
use waterway_compat::thingbuf::mpsc::{StaticChannel, StaticReceiver, StaticSender};
use waterway_compat::thingbuf::{Recycle, StaticThingBuf};

/// A line of text in place.
#[derive(Clone, Debug)]
struct Line {
    bytes: [u8; 32],
    len: usize,
}

impl Default for Line {
    fn default() -> Self {
        let bytes = [0; 32];
        Self { bytes, len: 0 }
    }
}

impl Line {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap()
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len());
        room.ok_or(std::fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// Drives a future by looking again and again.
fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::yield_now();
    }
}

#[test]
fn a_static_channel() {
    static LINES: StaticChannel<Line, 4> = StaticChannel::new();
    let (sender, receiver): (StaticSender<Line>, StaticReceiver<Line>) = LINES.split();
    assert!(LINES.try_split().is_none());
    assert!(matches!(receiver.try_recv_ref(), Err(TryRecvError::Empty)));
    let worker = thread::spawn(move || {
        drive(async {
            for number in 0..1000 {
                let mut line = sender.send_ref().await.unwrap();
                assert_eq!(line.text(), "");
                write!(line, "line {number}").unwrap();
            }
        });
        sender
    });
    drive(async {
        for number in 0..1000 {
            let line = receiver.recv_ref().await.unwrap();
            assert_eq!(line.text(), format!("line {number}"));
        }
    });
    let sender = worker.join().unwrap();
    drop(receiver);
    assert!(matches!(
        sender.try_send_ref(),
        Err(TrySendError::Closed(()))
    ));
}

#[test]
fn a_static_queue() {
    struct Numbers;
    impl Recycle<u32> for Numbers {
        fn new_element(&self) -> u32 {
            0
        }
        fn recycle(&self, number: &mut u32) {
            *number = 0;
        }
    }
    static QUEUE: StaticThingBuf<u32, 2, Numbers> = StaticThingBuf::with_recycle(Numbers);
    for lap in 0..10 {
        QUEUE.push(lap).unwrap();
        *QUEUE.push_ref().unwrap() += 100;
        assert!(QUEUE.push(0).is_err());
        assert_eq!(QUEUE.pop(), Some(lap));
        assert_eq!(QUEUE.pop_ref().as_deref(), Some(&100));
    }
}
