//! Who waits while a receiver dies and the next comes: senders, receivers, and those who watch for the end.

use std::collections::BTreeMap;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::{Context, Waker};
use std::thread;

use waterway::{SendError, TryRecvError, TrySendError};

use super::support::{
    Ledger, Probe, Tracked, assert_pending, assert_ready, block_on, catch, poll_once,
    spawn_sleeper, watchdog,
};
use super::{FORMS, Form, LIMIT, open};

const BOUNDED: [Form; 3] = [Some(0), Some(1), Some(3)];

fn fill<T>(form: Form, sender: &waterway::mpsc::Sender<T>, mut next: impl FnMut() -> T) {
    for _ in 0..form.unwrap_or(0) {
        assert!(sender.try_send(next()).is_ok());
    }
}

/// H37: a send that waits in a task goes on waiting when the receiver goes, one that begins after that waits too,
/// and the next receiver takes their messages, in order.
#[test]
fn h37_tasks_wait_across_a_receivers_death() {
    for form in BOUNDED {
        let (manager, sender, receiver) = open(form);
        let mut numbers = 0..;
        fill(form, &sender, || numbers.next().unwrap());
        let (before, after) = (Probe::new(), Probe::new());
        let mut first = pin!(sender.send(100));
        assert_pending(first.as_mut(), &before.waker());
        drop(receiver);
        assert_eq!(sender.try_send(9), Err(TrySendError::Full(9)));
        let mut second = pin!(sender.send(101));
        assert_pending(second.as_mut(), &after.waker());
        assert!(!before.is_woken() && !after.is_woken(), "nothing is over");
        let mut receiver = manager.new_receiver().unwrap();
        let full = 0..form.unwrap() as i32;
        let expected: Vec<i32> = full.chain([100, 101]).collect();
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), expected);
        assert!(before.is_woken() && after.is_woken());
        assert_eq!(assert_ready(first, &before.waker()), Ok(()));
        assert_eq!(assert_ready(second, &after.waker()), Ok(()));
    }
}

/// H37: the same in threads, where the receiver goes by a panic.
#[test]
fn h37_threads_wait_across_a_receivers_death() {
    watchdog("threads_wait_across_a_receivers_death", LIMIT, || {
        for form in BOUNDED {
            let (manager, sender, receiver) = open(form);
            fill(form, &sender, || 0);
            let parked = spawn_sleeper(move || sender.send(1).wait());
            parked.wait_asleep();
            let died = catch(|| {
                let _receiver = receiver;
                panic!("bad luck")
            });
            assert!(died.is_err() && !parked.is_finished());
            let mut receiver = manager.new_receiver().unwrap();
            let mut seen = Vec::new();
            while let Some(number) = receiver.recv().wait() {
                seen.push(number);
            }
            assert_eq!(seen.len(), form.unwrap() + 1);
            assert_eq!(seen.last(), Some(&1));
            assert_eq!(parked.join(), Ok(()));
        }
    });
}

/// Room that was reserved stays reserved, and what is sent by it comes to the next receiver. A reservation waits
/// as a send does.
#[test]
fn permits_outlive_a_receiver() {
    let (manager, sender, mut receiver) = open(Some(1));
    sender.try_send(0).unwrap();
    let probe = Probe::new();
    let mut reserve = pin!(sender.reserve());
    assert_pending(reserve.as_mut(), &probe.waker());
    assert_eq!(receiver.try_recv(), Ok(0));
    drop(receiver);
    assert!(probe.is_woken());
    let permit = assert_ready(reserve, &probe.waker()).unwrap();
    permit.send(1).unwrap();
    let mut receiver = manager.new_receiver().unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    let permit = sender.try_reserve().unwrap();
    drop(receiver);
    drop(manager);
    assert_eq!(permit.send(2), Err(SendError(2)), "all are gone");
}

/// H11, H37: who waits for the end is told when the last of receiver and manager goes, or when somebody closes.
#[test]
fn h11_the_end_is_told_when_both_are_gone() {
    for form in FORMS {
        for manager_last in [true, false] {
            let (manager, sender, receiver) = open::<u8>(form);
            let probe = Probe::new();
            let mut closed = pin!(sender.closed());
            assert_pending(closed.as_mut(), &probe.waker());
            if manager_last {
                drop(receiver);
                let receiver = manager.new_receiver().unwrap();
                drop(receiver);
                assert!(!probe.is_woken());
                drop(manager);
            } else {
                drop(manager);
                assert!(!probe.is_woken());
                drop(receiver);
            }
            assert!(probe.is_woken());
            assert_ready(closed, &probe.waker());
        }
        let (manager, sender, receiver) = open::<u8>(form);
        drop(receiver);
        let probe = Probe::new();
        let mut closed = pin!(sender.closed());
        assert_pending(closed.as_mut(), &probe.waker());
        manager.close();
        assert!(probe.is_woken());
        assert_ready(closed, &probe.waker());
    }
}

/// A flush waits for the next receiver, and fails when there is none to come.
#[test]
fn a_flush_waits_for_the_next_receiver() {
    for form in [Some(3), None] {
        for goes in [true, false] {
            let (manager, sender, mut receiver) = open(form);
            sender.try_send(1).unwrap();
            // What is aside is not received.
            drop(receiver.try_recv_leased());
            let probe = Probe::new();
            let mut flush = pin!(sender.flush());
            assert_pending(flush.as_mut(), &probe.waker());
            drop(receiver);
            assert!(!probe.is_woken());
            if goes {
                drop(manager);
            } else {
                let mut receiver = manager.new_receiver().unwrap();
                assert_eq!(receiver.try_recv(), Ok(1));
            }
            assert!(probe.is_woken());
            let flushed = assert_ready(flush, &probe.waker());
            assert_eq!(flushed, if goes { Err(SendError(())) } else { Ok(()) });
        }
    }
}

/// A parked send comes back when the last of receiver and manager goes, or when the channel is closed without a
/// receiver.
#[test]
fn parked_sends_come_back_when_both_are_gone() {
    for form in BOUNDED {
        for way in 0..3 {
            let ledger = Ledger::new();
            let (manager, sender, receiver) = open(form);
            fill(form, &sender, || ledger.make(0));
            let probe = Probe::new();
            let mut send = pin!(sender.send(ledger.make(1)));
            assert_pending(send.as_mut(), &probe.waker());
            match way {
                0 => {
                    drop(manager);
                    drop(receiver);
                }
                1 => {
                    drop(receiver);
                    drop(manager);
                }
                _ => {
                    drop(receiver);
                    assert!(manager.close());
                    assert_eq!(ledger.live().len(), form.unwrap() + 1);
                    drop(manager);
                }
            }
            assert!(probe.is_woken());
            assert_eq!(ledger.live(), [1]);
            let sent = assert_ready(send, &probe.waker());
            assert_eq!(sent.unwrap_err().0.id(), 1);
            ledger.assert_all_dropped();
        }
    }
}

/// On the heap, where it may stay.
fn leave_a_forgotten_receive(receiver: &mut waterway::mpsc::Receiver<i32>, waker: &Waker) {
    let mut recv = Box::pin(receiver.recv());
    assert_pending(recv.as_mut(), waker);
    mem::forget(recv);
}

/// E3: no waker outlives its receiver, though the channel does: of a poll, of a receive that was dropped, and of
/// one that was forgotten. Nor is it woken for what the next receiver gets.
#[test]
fn e3_no_waker_outlives_its_receiver() {
    for form in FORMS {
        for way in ["polled", "dropped", "forgotten", "owned", "leased"] {
            let (manager, sender, mut receiver) = open(form);
            let probe = Probe::new();
            let waker = probe.waker();
            let mut context = Context::from_waker(&waker);
            match way {
                "polled" => assert!(receiver.poll_recv(&mut context).is_pending()),
                "dropped" => assert_pending(pin!(receiver.recv()), &waker),
                "forgotten" => leave_a_forgotten_receive(&mut receiver, &waker),
                "owned" => {
                    let mut recv = Box::pin(receiver.recv_owned());
                    assert_pending(recv.as_mut(), &waker);
                    drop(recv);
                    assert!(!manager.has_receiver());
                    receiver = manager.new_receiver().unwrap();
                }
                _ => {
                    let mut recv = pin!(receiver.recv_leased());
                    assert!(poll_once(recv.as_mut(), &waker).is_pending());
                }
            }
            drop(receiver);
            assert_eq!(probe.refs(), 1, "{way}: this test's own");
            // The next waits, is told, and nobody else is.
            let mut next = manager.new_receiver().unwrap();
            let bell = Probe::new();
            let mut recv = pin!(next.recv());
            assert_pending(recv.as_mut(), &bell.waker());
            let mut send = pin!(sender.send(1));
            let _ = poll_once(send.as_mut(), Waker::noop());
            assert!(bell.is_woken() && !probe.is_woken());
            assert_eq!(assert_ready(recv, &bell.waker()), Some(1));
        }
    }
}

/// A wake that was on its way to a receiver that goes is not needed by the next: it finds the message by itself.
#[test]
fn a_woken_receiver_goes() {
    for form in [Some(1), None] {
        let (manager, sender, receiver) = open(form);
        let probe = Probe::new();
        let mut recv = Box::pin(receiver.recv_owned());
        assert_pending(recv.as_mut(), &probe.waker());
        sender.try_send(1).unwrap();
        assert!(probe.is_woken());
        drop(recv);
        let mut receiver = manager.new_receiver().unwrap();
        assert_eq!(assert_ready(pin!(receiver.recv()), &probe.waker()), Some(1));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    }
}

/// A receiver that was leaked in an operation is there for ever: there is no next one, and nothing else is wrong.
#[test]
fn a_forgotten_receiver_is_there_for_ever() {
    let (manager, sender, receiver) = open(Some(1));
    let mut recv = Box::pin(receiver.recv_owned());
    assert_pending(recv.as_mut(), Waker::noop());
    mem::forget(recv);
    assert!(manager.new_receiver().is_err());
    sender.try_send(1).unwrap();
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    drop(manager);
    assert!(!sender.is_closed());
}

/// N4: actors that die in the middle of a message, in threads and in tasks, again and again, beside several senders:
/// each message is handled to its end once, and those of a sender in order.
fn actors_die(form: Form, tasks: bool) {
    const SENDERS: u32 = 3;
    const EACH: u32 = 300;
    let ledger = Ledger::new();
    let (manager, sender, receiver) = open(form);
    let senders: Vec<_> = (0..SENDERS)
        .map(|from| {
            let sender = sender.clone();
            thread::spawn(move || {
                for seq in 0..EACH {
                    let message = ledger.make_from(from, seq);
                    let sent = if tasks {
                        block_on(sender.send(message))
                    } else {
                        sender.send(message).wait()
                    };
                    sent.expect("a manager lives");
                }
            })
        })
        .collect();
    drop(sender);
    let tries = Arc::new(AtomicU32::new(0));
    let mut next = Some(receiver);
    let mut handled: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut deaths = 0;
    while let Some(mut receiver) = next.take() {
        let tries = Arc::clone(&tries);
        let actor = thread::spawn(move || {
            let mut done: Vec<(u32, u32)> = Vec::new();
            let died = catch(|| {
                loop {
                    let lease = if tasks {
                        block_on(receiver.recv_leased())
                    } else {
                        receiver.recv_leased().wait()
                    };
                    let Some(lease) = lease else { break };
                    // The first try of each tenth message fails.
                    let bad = lease.seq() % 10 == 0;
                    let first = tries.fetch_add(u32::from(bad), SeqCst) % 2 == 0;
                    assert!(!(bad && first), "bad luck");
                    let message = lease.ack();
                    done.push((message.sender(), message.seq()));
                }
                drop(receiver);
            });
            (done, died.is_err())
        });
        let (done, died) = actor.join().expect("it caught its panic");
        for (from, seq) in done {
            handled.entry(from).or_default().push(seq);
        }
        if died {
            deaths += 1;
            next = Some(manager.new_receiver().expect("it died with its receiver"));
        }
    }
    for sender in senders {
        sender.join().unwrap();
    }
    assert_eq!(deaths, SENDERS * EACH / 10);
    assert_eq!(handled.len(), SENDERS as usize);
    for seqs in handled.values() {
        assert!(seqs.iter().copied().eq(0..EACH), "all, once, in order");
    }
    ledger.assert_all_dropped();
}

#[test]
fn n4_no_message_dies_with_its_actor() {
    watchdog("n4_no_message_dies_with_its_actor", LIMIT, || {
        for form in FORMS {
            for tasks in [false, true] {
                actors_die(form, tasks);
            }
        }
    });
}

/// H43: receiver and manager go while several senders send: each message comes back or is dropped, and nobody is
/// left waiting.
#[test]
fn h43_both_go_beside_senders() {
    watchdog("h43_both_go_beside_senders", LIMIT, || {
        for form in FORMS {
            for _ in 0..100 {
                let ledger = Ledger::new();
                let (manager, sender, receiver) = open::<Tracked>(form);
                super::support::together(4, {
                    let places = [
                        std::sync::Mutex::new(Some(Place::Receiver(receiver))),
                        std::sync::Mutex::new(Some(Place::Manager(manager))),
                        std::sync::Mutex::new(Some(Place::Sender(sender.clone()))),
                        std::sync::Mutex::new(Some(Place::Sender(sender))),
                    ];
                    move |i| match places[i].lock().unwrap().take().unwrap() {
                        Place::Receiver(mut receiver) => drop(receiver.try_recv()),
                        Place::Manager(manager) => drop(manager),
                        Place::Sender(sender) => {
                            for id in 0..20 {
                                if sender.send(ledger.make(id)).wait().is_err() {
                                    return assert!(sender.is_closed());
                                }
                            }
                            // Without a bound it may never notice.
                            sender.closed().wait();
                        }
                    }
                });
                ledger.assert_all_dropped();
            }
        }
    });
}

enum Place {
    Receiver(waterway::mpsc::Receiver<Tracked>),
    Manager(waterway::mpsc::Manager<Tracked>),
    Sender(waterway::mpsc::Sender<Tracked>),
}
