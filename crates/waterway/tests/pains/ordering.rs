//! A13, B2: what the channel orders, with real threads. The protocols are model-checked elsewhere; these run
//! the real thing many times, also under sanitizers. Where a row is about ordering the payload is plain
//! memory, and nothing but the channel orders its uses.

use std::pin::Pin;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use futures_core::Stream;
use waterway::error::{RecvTimeoutError, TryRecvError};
use waterway::mpsc::Receiver;

use crate::kit::{Bounded, FORMS, Rng, SLOTTED, race};
use crate::support::{block_on, poll_noop, watchdog};

const LIMIT: Duration = Duration::from_secs(30);

/// A13: what was written before the send is there after the receive, and the memory of a message is free for
/// the receiver to reuse: plain memory, no lock, no atomic but the channel's own.
#[test]
fn a13_send_happens_before_receive() {
    for form in FORMS {
        watchdog("a13 messages", LIMIT, move || {
            const EACH: u64 = 1000;
            let (tx, mut rx) = form.open::<Box<[u64; 6]>>();
            thread::scope(|scope| {
                for sender in 0..3u64 {
                    let tx = tx.clone();
                    scope.spawn(move || {
                        for seq in 0..EACH {
                            let message =
                                Box::new([seq, sender, seq ^ 1, seq ^ 2, seq ^ 3, sender + seq]);
                            match seq % 3 {
                                0 => tx.send(message).wait().expect("open"),
                                1 => block_on(tx.send(message)).expect("open"),
                                _ => {
                                    let mut message = message;
                                    while let Err(error) = tx.try_send(message) {
                                        message = error.into_inner();
                                        // It comes back whole, and is ours to write to again.
                                        message[2] = seq ^ 1;
                                        thread::yield_now();
                                        if form == Bounded(0) {
                                            tx.send(message).wait().expect("open");
                                            break;
                                        }
                                    }
                                }
                            }
                        }
                    });
                }
                drop(tx);
                let mut next = [0; 3];
                loop {
                    let turn = next.iter().sum::<u64>();
                    let message = if turn % 2 == 0 {
                        rx.recv().wait()
                    } else {
                        block_on(rx.recv())
                    };
                    let Some(mut message) = message else { break };
                    let [seq, sender, a, b, c, sum] = *message;
                    assert_eq!(
                        [a, b, c, sum],
                        [seq ^ 1, seq ^ 2, seq ^ 3, sender + seq],
                        "{form:?}"
                    );
                    assert_eq!(seq, next[sender as usize], "{form:?}");
                    next[sender as usize] += 1;
                    message.fill(0);
                }
                assert_eq!(next, [EACH; 3]);
            });
        });
    }
}

/// A13: two threads and a token. Only who holds the token touches the plain counter; every park and every
/// wake is needed, none may be lost.
#[test]
fn a13_ping_pong_orders_plain_memory() {
    struct Token(*mut u64);
    // SAFETY: only the holder of the token uses the pointer, and there is one token.
    unsafe impl Send for Token {}
    for form in FORMS {
        for tasks in [false, true] {
            watchdog("a13 ping-pong", LIMIT, move || {
                const ROUNDS: u64 = 2000;
                let counter = Box::into_raw(Box::new(0u64));
                let (there, mut far) = form.open::<Token>();
                let (back, mut near) = form.open::<Token>();
                let other = thread::spawn(move || {
                    loop {
                        let got = if tasks {
                            block_on(far.recv())
                        } else {
                            far.recv().wait()
                        };
                        let Some(token) = got else { break };
                        // SAFETY: the token is here.
                        unsafe { *token.0 += 1 };
                        let sent = if tasks {
                            block_on(back.send(token))
                        } else {
                            back.send(token).wait()
                        };
                        assert!(sent.is_ok());
                    }
                });
                let mut token = Token(counter);
                for round in 0..ROUNDS {
                    assert!(there.send(token).wait().is_ok());
                    token = near.recv().wait().expect("it comes back");
                    // SAFETY: the token is here.
                    unsafe {
                        *token.0 += 1;
                        assert_eq!(*token.0, 2 * round + 2);
                    }
                }
                drop(there);
                other.join().unwrap();
                // SAFETY: both threads are done with it.
                drop(unsafe { Box::from_raw(counter) });
            });
        }
    }
}

/// A13: what a sender did before its `close`, its drop or its permit's drop is seen by who learns of it.
#[test]
fn a13_close_happens_before_the_end_is_seen() {
    struct Cell(*mut u64);
    // SAFETY: the test's channel orders the uses; that is what it tests.
    unsafe impl Send for Cell {}
    impl Cell {
        fn get(&self) -> *mut u64 {
            self.0
        }
    }
    for form in FORMS {
        watchdog("a13 close", LIMIT, move || {
            for round in 0..300u64 {
                let place = Box::into_raw(Box::new(0));
                let (theirs, ours) = (Cell(place), Cell(place));
                let (tx, mut rx) = form.open::<u8>();
                let (seen, ()) = race(
                    || {
                        let end = if round % 2 == 0 {
                            rx.recv().wait()
                        } else {
                            block_on(rx.recv())
                        };
                        assert_eq!(end, None);
                        // SAFETY: written before the end, which was seen.
                        unsafe { *ours.get() }
                    },
                    move || {
                        // SAFETY: nobody reads before the end.
                        unsafe { *theirs.get() = round + 1 };
                        match round % 3 {
                            0 => drop(tx),
                            1 => drop(tx.close()),
                            _ => drop(tx.try_reserve_owned()),
                        }
                    },
                );
                assert_eq!(seen, round + 1);
                // SAFETY: both are done with it.
                drop(unsafe { Box::from_raw(place) });
            }
        });
    }
}

/// A way to receive until the end.
type ReceiveAll = fn(&mut Receiver<u32>) -> Vec<u32>;

const TO_THE_END: [(&str, ReceiveAll); 9] = [
    ("try_recv", |rx| {
        let mut got = Vec::new();
        loop {
            match rx.try_recv() {
                Ok(message) => got.push(message),
                Err(TryRecvError::Empty) => thread::yield_now(),
                Err(TryRecvError::Closed) => return got,
            }
        }
    }),
    ("wait", |rx| {
        std::iter::from_fn(|| rx.recv().wait()).collect()
    }),
    ("wait_timeout", |rx| {
        let mut got = Vec::new();
        loop {
            match rx.recv().wait_timeout(Duration::from_micros(5)) {
                Ok(message) => got.push(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Closed) => return got,
            }
        }
    }),
    ("await", |rx| {
        std::iter::from_fn(|| block_on(rx.recv())).collect()
    }),
    ("recv_many", |rx| {
        let mut got = Vec::new();
        while rx.recv_many(&mut got, 2).wait().is_some() {}
        got
    }),
    ("iter", |rx| rx.iter().collect()),
    ("stream", |rx| {
        let mut next = || block_on(std::future::poll_fn(|cx| Pin::new(&mut *rx).poll_next(cx)));
        std::iter::from_fn(&mut next).collect()
    }),
    ("peek", |rx| {
        let mut got = Vec::new();
        while let Some(&seen) = rx.peek().wait() {
            assert_eq!(rx.try_recv(), Ok(seen));
            got.push(seen);
        }
        got
    }),
    ("poll in a loop", |rx| {
        let mut got = Vec::new();
        loop {
            match poll_noop(Box::pin(rx.recv()).as_mut()) {
                Poll::Ready(Some(message)) => got.push(message),
                Poll::Ready(None) => return got,
                Poll::Pending => thread::yield_now(),
            }
        }
    }),
];

/// B2: the last messages and the end come at the same time as the receiver looks: it must see the messages
/// first, by whatever it receives.
#[test]
fn b2_last_message_before_the_end() {
    for form in FORMS {
        for (how, receive_all) in TO_THE_END {
            watchdog(how, LIMIT, move || {
                for round in 0..150u32 {
                    let (tx, mut rx) = form.open();
                    let n = round % 3 + 1;
                    let (got, ()) = race(
                        || receive_all(&mut rx),
                        move || {
                            Rng::new(u64::from(round)).dawdle();
                            if round % 4 == 3 && form != Bounded(0) {
                                // The last one by a permit, after the close.
                                let permit = tx.reserve().wait().expect("open");
                                tx.close();
                                permit.send(0).expect("permitted");
                            } else {
                                (0..n).for_each(|i| tx.send(i).wait().expect("open"));
                                if round % 4 == 1 {
                                    tx.close();
                                }
                            }
                        },
                    );
                    let n = if round % 4 == 3 && form != Bounded(0) {
                        1
                    } else {
                        n
                    };
                    assert_eq!(got, (0..n).collect::<Vec<_>>(), "{form:?}, {how}");
                }
            });
        }
    }
}

/// B2 on one thread: sent and dropped before anyone looks.
#[test]
fn b2_sent_and_dropped_before_the_look() {
    for form in SLOTTED {
        for (how, receive_all) in TO_THE_END {
            let (tx, mut rx) = form.open();
            tx.try_send(7).unwrap();
            drop(tx);
            assert_eq!(receive_all(&mut rx), [7], "{form:?}, {how}");
        }
    }
}
