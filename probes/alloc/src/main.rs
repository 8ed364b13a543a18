//! waterway where there is an allocator and nothing else: two tasks, an executor of a few lines, and
//! every form of a channel between them.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | every message arrived, in order, and the end after the last |
//! | 1 to 4 | not so on the channel of this number |
//! | 5 | memory did not come back |
//! | 101 | a panic, also that of the executor when both tasks sleep and nobody will wake them |

#![no_std]
#![no_main]

extern crate alloc;

mod executor;

use alloc::vec::Vec;

use executor::run_both;
use ground as _;
use waterway::mpsc::{self, Receiver, Sender};

const COUNT: u32 = 1000;

/// Sends by every way that waits.
async fn send_all(sender: Sender<u32>) -> bool {
    let mut next = 0;
    while next < COUNT {
        let sent = match sender.capacity() {
            // A rendezvous has no room to reserve.
            Some(0) => sender.send(next).await.is_ok(),
            _ if next % 3 == 0 => match sender.reserve().await {
                Ok(permit) => permit.send(next).is_ok(),
                Err(_) => false,
            },
            _ => sender.send_many([next]).await.is_ok(),
        };
        if !sent {
            return false;
        }
        next += 1;
    }
    sender.flush().await.is_ok()
}

/// Receives by every way that waits.
async fn receive_all(mut receiver: Receiver<u32>) -> bool {
    let mut received = Vec::new();
    loop {
        let looked = receiver.peek().await.copied();
        let before = received.len();
        let Some(count) = receiver.recv_many(&mut received, 7).await else {
            break looked.is_none() && received.iter().copied().eq(0..COUNT);
        };
        if looked != Some(received[before]) || received.len() != before + count {
            break false;
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn program() -> u8 {
    let channels = [
        mpsc::rendezvous(),
        mpsc::bounded(1),
        mpsc::bounded(5),
        mpsc::unbounded(),
    ];
    for (number, (sender, receiver)) in (1..).zip(channels) {
        if run_both(send_all(sender), receive_all(receiver)) != (true, true) {
            return number;
        }
    }
    if arena::in_use() == 0 { 0 } else { 5 }
}
