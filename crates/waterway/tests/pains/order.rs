//! B3 and B5: what was sent first is seen first, and what was sent is seen.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use waterway::Wait;
use waterway::error::TrySendError;
use waterway::mpsc::{Receiver, Sender};

use crate::kit::{
    BOUNDED, Bounded, Case, Done, FORMS, Form, Put, Rng, SLOTTED, Waiting, fill, post, take_all,
};
use crate::support::{Ledger, Tracked, block_on, poll_noop, together, watchdog};

/// B3 on one thread: after the send, `try_recv` has it; on a rendezvous, after the send was parked.
#[test]
fn b3_completed_send_is_seen_by_try_recv() {
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        for id in 0..100 {
            let tx = tx.clone();
            let _sent = post(&tx, ledger.make(id));
            assert_eq!(rx.try_recv().unwrap(), id);
            assert!(rx.try_recv().is_err());
        }
    }
}

/// B3 with threads: two senders, the second after the first, then `try_recv` twice; nobody is stalled, so
/// both must be there, in this order. The tool is a plain counter: it orders the three, it waits for none.
#[test]
fn b3_send_before_try_recv_is_seen() {
    for form in SLOTTED {
        if form == Bounded(1) {
            continue;
        }
        watchdog("b3", Duration::from_secs(30), move || {
            const ROUNDS: u32 = 3000;
            let (tx, rx) = form.open::<u32>();
            let rx = std::sync::Mutex::new(rx);
            let turn = AtomicU32::new(0);
            let my_turn = |n: u32| {
                let mut spins = 0;
                while turn.load(SeqCst) != n {
                    spins += 1;
                    if spins % 50 == 0 {
                        thread::yield_now();
                    }
                }
            };
            together(3, |who| {
                let mut rx = (who == 2).then(|| rx.lock().unwrap());
                for round in 0..ROUNDS {
                    my_turn(round * 3 + who as u32);
                    if let Some(rx) = &mut rx {
                        assert_eq!(
                            rx.try_recv(),
                            Ok(round * 2),
                            "{form:?}: sent before, not seen"
                        );
                        assert_eq!(
                            rx.try_recv(),
                            Ok(round * 2 + 1),
                            "{form:?}: sent before, not seen"
                        );
                    } else {
                        let message = round * 2 + who as u32;
                        tx.try_send(message).expect("room for two");
                    }
                    turn.fetch_add(1, SeqCst);
                }
            });
        });
    }
}

/// B3, the model of tokio#2020: two senders run free, each raises a semaphore after its send. Once it was
/// raised twice, both messages must be there; `Empty` is allowed only while a send is unfinished.
#[test]
fn b3_counted_sends_are_seen() {
    for form in SLOTTED {
        if form == Bounded(1) {
            continue;
        }
        watchdog("b3 counted", Duration::from_secs(30), move || {
            const ROUNDS: u32 = 3000;
            let (tx, rx) = form.open::<u32>();
            let rx = std::sync::Mutex::new(rx);
            let (raised, round_now) = (AtomicU32::new(0), AtomicU32::new(0));
            let reach = |word: &AtomicU32, n: u32| {
                let mut spins = 0;
                while word.load(SeqCst) < n {
                    spins += 1;
                    if spins % 50 == 0 {
                        thread::yield_now();
                    }
                }
            };
            together(3, |who| {
                let mut rng = Rng::new(who as u64);
                let mut rx = (who == 2).then(|| rx.lock().unwrap());
                for round in 0..ROUNDS {
                    if let Some(rx) = &mut rx {
                        reach(&raised, round * 2 + 2);
                        let mut got = [rx.try_recv(), rx.try_recv()];
                        got.sort_by_key(|message| message.unwrap_or(9));
                        assert_eq!(got, [Ok(0), Ok(1)], "{form:?}: both sends were finished");
                        round_now.fetch_add(1, SeqCst);
                    } else {
                        reach(&round_now, round);
                        rng.dawdle();
                        tx.try_send(who as u32).expect("room for two");
                        raised.fetch_add(1, SeqCst);
                    }
                }
            });
        });
    }
}

/// B5 on one thread: buffered, then parked in order; whoever comes while they wait finds the channel full,
/// and overtakes nobody; each receive moves the queue by one.
#[test]
fn b5_parked_sends_keep_their_order() {
    for form in BOUNDED {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        let mut next = fill(form, &tx, &ledger) as u64;
        let mut expected: VecDeque<u64> = (0..next).collect();
        let mut parked = VecDeque::new();
        for kind in [Put::Send, Put::SendMany, Put::SendOwned]
            .into_iter()
            .cycle()
            .take(9)
        {
            parked.push_back(kind.park(&tx, ledger.make(next)));
            expected.push_back(next);
            next += 1;
        }
        let mut round = 0;
        while let Ok(message) = rx.try_recv() {
            assert_eq!(Some(message.id()), expected.pop_front());
            if !parked.is_empty() {
                let first = parked.pop_front().unwrap();
                assert!(first.woken(), "the first in the queue is served first");
            }
            assert!(
                parked.iter().all(|waiting| !waiting.woken()),
                "one slot, one served"
            );
            if !parked.is_empty() {
                let refused = tx.try_send(ledger.make(999));
                assert!(
                    matches!(refused, Err(TrySendError::Full(_))),
                    "it overtook the parked ones"
                );
            }
            // New ones queue up behind, for a while.
            if round < 20 && !parked.is_empty() {
                parked.push_back(Put::Send.park(&tx, ledger.make(next)));
                expected.push_back(next);
                next += 1;
            }
            round += 1;
            if round == 40 {
                break;
            }
        }
        assert!(expected.is_empty() && parked.is_empty());
    }
}

/// B5: who wants several places waits until they are there, and nobody takes them away one by one: whoever
/// comes later finds the channel full, or waits behind.
#[test]
fn b5_waiting_for_many_places_is_not_overtaken() {
    for form in [Bounded(2), Bounded(8)] {
        for later in Put::ALL {
            let _case = Case::new((form, later));
            let n = form.slots();
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            fill(form, &tx, &ledger);
            let mut many = Waiting::park(tx.reserve_many(n));
            for taken in 1..n {
                rx.try_recv().unwrap();
                assert!(!many.woken(), "{taken} places are not {n}");
                assert!(matches!(
                    tx.try_send(ledger.make(900)),
                    Err(TrySendError::Full(_))
                ));
                assert!(tx.try_reserve().is_err());
                assert!(tx.clone().try_reserve_owned().is_err());
                drop(later.park(&tx, ledger.make(901)));
            }
            let behind = later.park(&tx, ledger.make(100));
            rx.try_recv().unwrap();
            let permits = many.finish().expect("open");
            assert!(!behind.woken() && permits.len() == n);
            drop(permits);
            assert!(behind.woken());
        }
    }
}

/// B5 on one thread, at random: sends by every method; the ones that got in arrive in the order in which
/// they asked, per handle and over all.
#[test]
fn b5_mixed_sends_are_fifo_on_one_thread() {
    for form in FORMS {
        for seed in 0..60 {
            let _case = Case::new((form, seed));
            let mut rng = Rng::new(seed);
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let handles = [tx.clone(), tx.clone(), tx];
            let mut parked: VecDeque<Waiting<'_, Done<'_>>> = VecDeque::new();
            let mut expected: VecDeque<u64> = VecDeque::new();
            for id in 0..200u64 {
                let tx = &handles[rng.below(3)];
                match rng.below(6) {
                    0 => {
                        if tx.try_send(ledger.make(id)).is_ok() {
                            assert!(parked.iter().all(Waiting::woken), "overtook a parked send");
                            expected.push_back(id);
                        }
                    }
                    1 => {
                        let timed = tx.send(ledger.make(id)).wait_timeout(Duration::ZERO);
                        if timed.is_ok() {
                            assert!(parked.iter().all(Waiting::woken), "overtook a parked send");
                            expected.push_back(id);
                        }
                    }
                    kind @ 2..5 => {
                        let put = [Put::Send, Put::SendMany, Put::SendOwned][kind - 2];
                        let mut send = put.start(tx, ledger.make(id));
                        if send.poll().is_pending() {
                            parked.push_back(send);
                        }
                        expected.push_back(id);
                    }
                    _ => {
                        for _ in 0..rng.below(4) {
                            let Ok(message) = rx.try_recv() else { break };
                            assert_eq!(Some(message.id()), expected.pop_front());
                        }
                        while parked.front().is_some_and(Waiting::woken) {
                            assert_eq!(parked.pop_front().unwrap().finish().deliver(), Ok(()));
                        }
                    }
                }
            }
            while let Ok(message) = rx.try_recv() {
                assert_eq!(Some(message.id()), expected.pop_front());
            }
            assert!(expected.is_empty());
            assert!(parked.iter().all(Waiting::woken));
        }
    }
}

/// Sends `seq` by one of all the ways there are.
fn send_somehow(tx: &Sender<Tracked>, mut message: Tracked, way: usize) {
    match way {
        0 => tx.send(message).wait().expect("open"),
        1 => block_on(tx.send(message)).expect("open"),
        2 => {
            while let Err(error) = tx.try_send(message) {
                message = error.into_inner();
                // At a rendezvous it takes a receiver that waits in `recv`, and as a thread.
                if tx.capacity() == Some(0) {
                    return tx.send(message).wait().expect("open");
                }
                thread::yield_now();
            }
        }
        3 => {
            while let Err(error) = tx.send(message).wait_timeout(Duration::from_micros(50)) {
                message = error.into_inner();
            }
        }
        4 => assert!(tx.send_many([message]).wait().is_ok_and(|n| n == 1)),
        5 => match tx.reserve().wait() {
            Ok(permit) => permit.send(message).expect("open"),
            // A rendezvous.
            Err(_) => tx.send(message).wait().expect("open"),
        },
        6 => match block_on(tx.clone().reserve_owned()) {
            Ok(permit) => permit.send(message).0.expect("open"),
            Err(_) => block_on(tx.send(message)).expect("open"),
        },
        _ => {
            // Parked, timed out, waited for again: it keeps its place and its message.
            let mut send = Box::pin(tx.send(message));
            match send.as_mut().wait_timeout(Duration::from_micros(20)) {
                Ok(result) => result.expect("open"),
                Err(_) => send.as_mut().wait().expect("open"),
            }
        }
    }
}

/// Receives one message by one of all the ways there are; `None` at the end.
fn receive_somehow(rx: &mut Receiver<Tracked>, way: usize, got: &mut Vec<Tracked>) -> Option<()> {
    match way {
        0 => got.push(rx.recv().wait()?),
        1 => got.push(block_on(rx.recv())?),
        2 => got.extend(rx.try_recv()),
        3 => got.extend(rx.recv().wait_timeout(Duration::from_micros(50))),
        4 => drop(rx.recv_many(got, 3).wait()?),
        5 => got.extend(rx.try_iter().take(4)),
        6 => {
            let id = rx.peek().wait()?.id();
            let message = rx.try_recv().expect("what was peeked");
            assert_eq!(message.id(), id);
            got.push(message);
        }
        _ => {
            // Polled, dropped, nothing lost.
            if let Poll::Ready(message) = poll_noop(Box::pin(rx.recv()).as_mut()) {
                got.push(message?);
            }
        }
    }
    Some(())
}

/// B5 with threads: each sender's messages arrive in its order, whatever it sends by and whatever receives.
#[test]
fn b5_mixed_sends_are_fifo_per_sender() {
    for form in FORMS {
        for ways in [8, 4] {
            watchdog(
                &format!("b5 {form:?}"),
                Duration::from_secs(30),
                move || fifo_per_sender(form, ways),
            );
        }
    }
}

fn fifo_per_sender(form: Form, ways: usize) {
    const SENDERS: u32 = 4;
    const EACH: u32 = 250;
    let ledger = Ledger::new();
    let (tx, mut rx) = form.open();
    let threads: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let tx = tx.clone();
            thread::spawn(move || {
                let mut rng = Rng::new(u64::from(sender));
                for seq in 0..EACH {
                    send_somehow(&tx, ledger.make_from(sender, seq), rng.below(ways));
                }
            })
        })
        .collect();
    drop(tx);
    let mut rng = Rng::new(99);
    let mut next = [0; SENDERS as usize];
    let mut got = Vec::new();
    while receive_somehow(&mut rx, rng.below(ways), &mut got).is_some() {
        for message in got.drain(..) {
            let next = &mut next[message.sender() as usize];
            assert_eq!(
                message.seq(),
                *next,
                "{form:?}: the order of sender {}",
                message.sender()
            );
            *next += 1;
        }
    }
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(next, [EACH; SENDERS as usize], "{form:?}");
    assert!(take_all(&mut rx).is_empty());
    ledger.assert_all_dropped();
}
