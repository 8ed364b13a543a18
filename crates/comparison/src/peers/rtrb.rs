//! rtrb: a ring between two threads that never waits, driven by looking again and yielding. It
//! shows what the machine can do; it is no peer, for it burns a CPU while it looks.

use std::hint;
use std::thread;

use rtrb::{Consumer, Producer, PushError, RingBuffer};

use crate::cells::Capacity;

/// Looks before it yields.
const LOOKS: usize = 64;

contestant! {
    Limit "rtrb";

    Ring(Producer<u64>, Consumer<u64>; Spsc) {
        open { Capacity::Bounded(bound @ 1..) => RingBuffer::new(bound) }
        blocks { |tx, value| push(tx, value), |rx| pop(rx) }
        tries { |tx, value| tx.push(value).is_ok(), |rx| rx.pop().ok() }
    }
}

fn push(tx: &mut Producer<u64>, value: u64) -> bool {
    loop {
        for _ in 0..LOOKS {
            match tx.push(value) {
                Ok(()) => return true,
                Err(PushError::Full(_)) => hint::spin_loop(),
            }
        }
        if tx.is_abandoned() {
            return false;
        }
        thread::yield_now();
    }
}

fn pop(rx: &mut Consumer<u64>) -> Option<u64> {
    loop {
        for _ in 0..LOOKS {
            match rx.pop() {
                Ok(value) => return Some(value),
                Err(_) => hint::spin_loop(),
            }
        }
        if rx.is_abandoned() {
            return rx.pop().ok();
        }
        thread::yield_now();
    }
}
