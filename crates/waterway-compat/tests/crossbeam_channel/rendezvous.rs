//! Channels without room: every way to meet.

use std::thread;

use super::support::{Ledger, Tracked, spawn_sleeper, watchdog};
use super::sut::{Receiver, Select, SendTimeoutError, Sender, TryRecvError, TrySendError, bounded};
use super::{LIMIT, MOMENT};

fn select_send<T>(sender: &Sender<T>, message: T) -> bool {
    let mut select = Select::new();
    select.send(sender);
    select.select().send(sender, message).is_ok()
}

fn select_recv<T>(receiver: &Receiver<T>) -> Option<T> {
    let mut select = Select::new();
    select.recv(receiver);
    select.select().recv(receiver).ok()
}

/// A way to send, or to receive, one message.
type Send = (&'static str, fn(&Sender<u32>, u32) -> bool);
type Recv = (&'static str, fn(&Receiver<u32>) -> Option<u32>);

const SENDS: [Send; 3] = [
    ("send", |sender, message| sender.send(message).is_ok()),
    ("timed", |sender, message| {
        sender.send_timeout(message, LIMIT).is_ok()
    }),
    ("select", select_send),
];
const RECVS: [Recv; 3] = [
    ("recv", |receiver| receiver.recv().ok()),
    ("timed", |receiver| receiver.recv_timeout(LIMIT).ok()),
    ("select", select_recv),
];

#[test]
fn c_every_send_meets_every_receive() {
    watchdog("c_every_send_meets_every_receive", LIMIT, || {
        for (_, send) in SENDS {
            for (_, recv) in RECVS {
                for sender_first in [true, false] {
                    let (sender, receiver) = bounded(0);
                    let send = move || send(&sender, 1);
                    let recv = move || recv(&receiver);
                    if sender_first {
                        let waiting = spawn_sleeper(send);
                        waiting.wait_asleep();
                        assert_eq!(recv(), Some(1));
                        assert!(waiting.join());
                    } else {
                        let waiting = spawn_sleeper(recv);
                        waiting.wait_asleep();
                        assert!(send());
                        assert_eq!(waiting.join(), Some(1));
                    }
                }
            }
        }
    });
}

/// What does not wait reaches whoever waits, however it does.
#[test]
fn c_what_does_not_wait_meets_who_waits() {
    watchdog("c_what_does_not_wait", LIMIT, || {
        for (name, recv) in RECVS {
            for selects in [false, true] {
                let (sender, receiver) = bounded(0);
                assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
                let waiting = spawn_sleeper(move || recv(&receiver));
                waiting.wait_asleep();
                if selects {
                    let mut select = Select::new();
                    select.send(&sender);
                    let operation = select.try_select().expect(name);
                    operation.send(&sender, 1).expect(name);
                } else {
                    sender.try_send(1).expect(name);
                }
                assert_eq!(waiting.join(), Some(1));
            }
        }
        for (name, send) in SENDS {
            for selects in [false, true] {
                let (sender, receiver) = bounded(0);
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
                let waiting = spawn_sleeper(move || send(&sender, 1));
                waiting.wait_asleep();
                if selects {
                    let mut select = Select::new();
                    select.recv(&receiver);
                    let operation = select.try_select().expect(name);
                    assert_eq!(operation.recv(&receiver), Ok(1));
                } else {
                    assert_eq!(receiver.try_recv(), Ok(1), "{name}");
                }
                assert!(waiting.join());
            }
        }
    });
}

/// A message is made when its send was selected, and not before.
#[test]
fn c_a_selected_send_has_a_receiver() {
    watchdog("c_a_selected_send_has_a_receiver", LIMIT, || {
        let ledger = Ledger::new();
        let (sender, receiver) = bounded::<Tracked>(0);
        let waiting = spawn_sleeper(move || (receiver.recv().unwrap().id(), receiver));
        waiting.wait_asleep();
        let mut select = Select::new();
        select.send(&sender);
        let operation = select.select();
        // Nobody else has it now.
        assert!(sender.try_send(ledger.make(7)).is_err());
        assert!(!waiting.is_finished());
        operation.send(&sender, ledger.make(1)).unwrap();
        let (id, receiver) = waiting.join();
        assert_eq!(id, 1);
        drop(receiver);
        ledger.assert_all_dropped();
    });
}

#[test]
fn c_a_select_in_vain_is_not_met() {
    watchdog("c_a_select_in_vain", LIMIT, || {
        let (sender, receiver) = bounded::<u8>(0);
        let mut sends = Select::new();
        sends.send(&sender);
        let mut takes = Select::new();
        takes.recv(&receiver);
        for _ in 0..3 {
            assert!(sends.try_select().is_err() && takes.try_select().is_err());
            assert!(sends.select_timeout(MOMENT).is_err());
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
            assert!(takes.select_timeout(MOMENT).is_err());
            assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
            let late = sender.send_timeout(2, MOMENT);
            assert_eq!(late, Err(SendTimeoutError::Timeout(2)));
        }
    });
}

#[test]
fn c_a_select_does_not_meet_itself() {
    watchdog("c_a_select_does_not_meet_itself", LIMIT, || {
        let (sender, receiver) = bounded::<u8>(0);
        let mut select = Select::new();
        select.send(&sender);
        select.recv(&receiver);
        assert!(select.try_select().is_err());
        assert!(select.select_timeout(MOMENT).is_err());
    });
}

/// Each offers both: they meet all the same.
#[test]
fn c_two_selects_of_both_meet() {
    watchdog("c_two_selects_of_both_meet", LIMIT, || {
        let (sender, receiver) = bounded(0);
        let both = |me: u32| {
            let mut select = Select::new();
            let send = select.send(&sender);
            select.recv(&receiver);
            let operation = select.select();
            if operation.index() == send {
                operation.send(&sender, me).unwrap();
                None
            } else {
                Some(operation.recv(&receiver).unwrap())
            }
        };
        for _ in 0..200 {
            let (one, two) = thread::scope(|scope| {
                let one = scope.spawn(|| both(1));
                (both(2), one.join().unwrap())
            });
            assert!((one, two) == (Some(1), None) || (one, two) == (None, Some(2)));
        }
    });
}

/// A ring of selects, each with a send to the next and a receive of the one before.
#[test]
fn c_a_ring_of_selects() {
    watchdog("c_a_ring_of_selects", LIMIT, || {
        const THREADS: usize = 4;
        const EACH: usize = 200;
        let channels: Vec<_> = (0..THREADS).map(|_| bounded(0)).collect();
        thread::scope(|scope| {
            for i in 0..THREADS {
                let channels = &channels;
                scope.spawn(move || {
                    let (sender, receiver) = (&channels[i].0, &channels[(i + 1) % THREADS].1);
                    let (mut sent, mut got) = (0, 0);
                    while sent < EACH || got < EACH {
                        let mut select = Select::new();
                        let send = (sent < EACH).then(|| select.send(sender));
                        if got < EACH {
                            select.recv(receiver);
                        }
                        let operation = select.select();
                        if Some(operation.index()) == send {
                            operation.send(sender, sent).unwrap();
                            sent += 1;
                        } else {
                            assert_eq!(operation.recv(receiver), Ok(got));
                            got += 1;
                        }
                    }
                });
            }
        });
    });
}

/// Who has selected a send and goes back on it lets the receiver wait for the next. The original leaves it
/// waiting for ever.
#[cfg(not(feature = "original"))]
#[test]
fn c_a_broken_promise_is_forgiven() {
    use super::support::catch;
    watchdog("c_a_broken_promise_is_forgiven", LIMIT, || {
        for (_, recv) in RECVS {
            let (sender, receiver) = bounded(0);
            let waiting = spawn_sleeper(move || recv(&receiver));
            waiting.wait_asleep();
            let mut select = Select::new();
            select.send(&sender);
            let operation = select.select();
            assert!(catch(|| drop(operation)).is_err());
            sender.send(2).unwrap();
            assert_eq!(waiting.join(), Some(2));
        }
    });
}
