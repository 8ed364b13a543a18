//! waterway where there is not even an allocator: two tasks, an executor of a few lines, and channels in
//! statics and on the stack between them.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | every message arrived, in order, and the end after the last |
//! | 1 to 5 | not so on the channel of this number |
//! | 6 | an error does not say what it is |
//! | 7 | a page was not written and read in place |
//! | 101 | a panic, also that of the executor when both tasks sleep and nobody will wake them |

#![no_std]
#![no_main]

mod executor;

use core::fmt::Write;

use executor::run_both;
use ground as _;
use waterway::{Receive, SendError, TrySendError, local, mpmc, mpsc, pool, spsc};

const COUNT: u32 = 1000;

static EVENTS: mpsc::Static<u32, 8> = mpsc::Static::new();
static WORK: mpmc::Static<u32, 3> = mpmc::Static::new();
static SAMPLES: spsc::Static<u32, 4> = spsc::Static::new();
static HAND: mpsc::Static<u32, 0> = mpsc::Static::new();

/// So large that the program's file would show it, if it were there.
static ROOM: mpsc::Static<[u64; 64], 1024> = mpsc::Static::new();

/// The messages that a task receives are those from 0 on.
async fn receive_all(mut receiver: impl Receive<u32>) -> bool {
    let mut expected = 0;
    while let Some(number) = receiver.recv().await {
        if number != expected {
            return false;
        }
        expected += 1;
    }
    expected == COUNT
}

/// Whether `COUNT` messages go through the channel, twice: it is split again in between.
macro_rules! goes_through {
    ($channel:ident, $sender:ident => $send:expr) => {
        (0..2).all(|_| {
            #[allow(unused_mut, reason = "some handles are shared")]
            let (mut $sender, receiver) = $channel.split();
            let sending = async move { $send.await.is_ok() };
            run_both(sending, receive_all(receiver)) == (true, true)
        })
    };
}

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

/// A page is emptied, and its text stays.
struct Pages;

impl pool::Recycle<Page> for Pages {
    fn new_element(&self) -> Page {
        Page {
            text: [0; 64],
            len: 0,
        }
    }

    fn recycle(&self, page: &mut Page) {
        page.len = 0;
    }
}

static PAGES: pool::Static<Page, 3, Pages> = pool::Static::with_recycle(Pages);

fn in_place() -> bool {
    (0..2).all(|_| {
        let (sender, mut receiver) = PAGES.split();
        let sending = async move {
            for number in 0..COUNT {
                let Ok(mut page) = sender.slot().await else {
                    return false;
                };
                if write!(page, "{number}").is_err() || page.send().is_err() {
                    return false;
                }
            }
            true
        };
        let receiving = async move {
            for expected in 0..COUNT {
                let Some(page) = receiver.recv_ref().await else {
                    return false;
                };
                let text = core::str::from_utf8(&page.text[..page.len]);
                if text.map(str::parse) != Ok(Ok(expected)) {
                    return false;
                }
            }
            receiver.recv_ref().await.is_none()
        };
        run_both(sending, receiving) == (true, true)
    })
}

fn says_what_it_is() -> bool {
    let error = TrySendError::from(SendError(7));
    let mut page = Page {
        text: [0; 64],
        len: 0,
    };
    write!(page, "{error}").is_ok()
        && page.text[..page.len] == *b"the channel is closed"
        && error.is_closed()
        && error.into_inner() == 7
}

fn through_a_borrowed_channel() -> bool {
    let channel = local::Channel::<u32, 2>::new();
    let sending = async {
        for number in 0..COUNT {
            let Ok(permit) = channel.reserve().await else {
                return false;
            };
            if permit.send(number).is_err() {
                return false;
            }
        }
        channel.close()
    };
    let receiving = async {
        for expected in 0..COUNT {
            if channel.recv().await != Some(expected) {
                return false;
            }
        }
        channel.recv().await.is_none()
    };
    run_both(sending, receiving) == (true, true)
}

#[unsafe(no_mangle)]
extern "C" fn program() -> u8 {
    let (large, _receiver) = ROOM.split();
    let done = [
        goes_through!(EVENTS, sender => sender.send_many(0..COUNT)) && !large.is_full(),
        goes_through!(WORK, sender => sender.send_many(0..COUNT)),
        goes_through!(SAMPLES, sender => sender.send_many(0..COUNT)),
        goes_through!(HAND, sender => sender.send_many(0..COUNT)),
        through_a_borrowed_channel(),
        says_what_it_is(),
        in_place(),
    ];
    let failed = (1..).zip(done).find(|(_, done)| !done);
    failed.map_or(0, |(number, _)| number)
}
