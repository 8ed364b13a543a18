//! rtrb: a ring between two threads that never waits, driven by looking again and yielding. It
//! shows what the machine can do; it is no peer, for it burns a CPU while it looks.

use std::hint;
use std::thread;

use rtrb::{Consumer, Producer, PushError, RingBuffer};

use crate::cells::Capacity;
use crate::contest::{Blocking, Channel, Role, Roster};

/// Looks before it yields.
const LOOKS: usize = 64;

struct Ring;

impl Channel for Ring {
    type Tx = Producer<u64>;
    type Rx = Consumer<u64>;

    fn fits(capacity: Capacity, senders: usize) -> bool {
        matches!((capacity, senders), (Capacity::Bounded(1..), 1))
    }

    fn open(capacity: Capacity, _: usize) -> (Self::Tx, Self::Rx) {
        RingBuffer::new(capacity.bound().expect("a bound"))
    }

    fn another(_: &Self::Tx) -> Self::Tx {
        unreachable!("it fits one sender only")
    }
}

impl Blocking for Ring {
    fn send(tx: &mut Self::Tx, value: u64) -> bool {
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

    fn recv(rx: &mut Self::Rx) -> Option<u64> {
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
}

pub(super) fn enter(roster: &mut Roster) {
    roster.blocks::<Ring>("rtrb", Role::Limit);
}
