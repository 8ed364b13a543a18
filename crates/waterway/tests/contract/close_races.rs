//! The end, while threads send and receive.

use super::Form;
use super::close::ENDS_OF_A_WAIT;
use super::help::fill;
use super::kind::Receiver;
use super::{lent, senders};
use crate::support::{Ledger, Tracked, block_on, spawn_sleeper, together};
use std::sync::{Barrier, Mutex};
use waterway::TryRecvError;

on_every_form!(no_last_message_is_lost, close_races_sends);
numbered! {
    on_every_form!(threads_are_released);
}

numbered! {
    /// Threads asleep in every blocking verb are released, by every end.
    fn threads_are_released<F: Form>() {
        let crews: &[&[u64]] = crowded_or!(&[&[0, 1, 2, 3]], &[&[0], &[2], &[3]]);
        for (&end, crew) in ENDS_OF_A_WAIT.iter().flat_map(|end| crews.iter().map(move |c| (end, c))) {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            fill::<F>(lend!(tx), &ledger);
            let mut rx = Some(rx);
            let mut txs = senders(tx, crew.len() + 1);
            let waiting = crew.iter().map(|&i| {
                let mut tx = txs.pop().expect("one for each");
                spawn_sleeper(move || match i {
                    0 | 1 if F::CAPACITY.is_some() => tx.send(ledger.make(100 + i)).wait().is_err(),
                    2 if F::CAPACITY.is_some() && F::BUFFERS => tx.reserve().wait().is_err(),
                    _ => {
                        tx.closed().wait();
                        true
                    }
                })
            });
            let waiting: Vec<_> = waiting.collect();
            waiting
                .iter()
                .for_each(crate::support::Sleeper::wait_asleep);
            end.end(txs.first_mut().map(|tx| lend!(*tx)), &mut rx);
            for thread in waiting {
                assert!(thread.join(), "{end:?}");
            }
            drop((rx, txs));
            ledger.assert_all_dropped();
        }
        // And the other side.
        let (mut tx, mut rx) = F::make::<u8>();
        let receiver = spawn_sleeper(move || rx.recv().wait());
        receiver.wait_asleep();
        drop(tx);
        assert_eq!(receiver.join(), None);
    }
}

/// Closed is decided before empty, by every receiving verb.
fn no_last_message_is_lost<F: Form>() {
    for round in 0..280u64 {
        let (mut tx, rx) = F::make::<u64>();
        let ends = Mutex::new((Some(tx), Some(rx)));
        let got = together(2, |i| {
            if i == 0 {
                let mut tx = ends.lock().unwrap().0.take().unwrap();
                tx.send(round).wait().expect("the receiver waits");
                if round % 2 == 0 {
                    tx.close();
                }
                return None;
            }
            let mut rx = ends.lock().unwrap().1.take().unwrap();
            let mut buffer = Vec::new();
            let mut next = || match round % 7 {
                0 => rx.recv().wait(),
                1 => block_on(rx.recv()),
                2 => gathering_or!(
                    rx.recv_many(&mut buffer, 4).wait().map(|_| buffer[0]),
                    rx.recv().wait().inspect(|m| buffer.push(*m))
                ),
                3 => values!(rx, iter).next(),
                4 => loop {
                    match rx.try_recv() {
                        Ok(m) => break Some(m),
                        Err(TryRecvError::Closed) => break None,
                        Err(TryRecvError::Empty) => std::thread::yield_now(),
                    }
                },
                5 => loop {
                    match rx.recv().wait_timeout(std::time::Duration::from_micros(20)) {
                        Ok(m) => break Some(m),
                        Err(e) if e.is_closed() => break None,
                        Err(_) => {}
                    }
                },
                _ => {
                    let mut poller = lent(&mut rx);
                    block_on(std::future::poll_fn(|cx| poller.poll_recv(cx)))
                }
            };
            let got = next();
            assert_eq!(next().filter(|_| round % 7 != 2), None);
            got
        });
        assert_eq!(got[1], Some(round), "round {round}");
    }
}

/// What the senders were told is what happened.
fn close_races_sends<F: Form>() {
    for round in 0..60 {
        let ledger = Ledger::new();
        let (mut tx, rx) = F::make::<Tracked>();
        let rx = Mutex::new(Some(rx));
        let txs = Mutex::new(senders(tx, 3));
        let n = txs.lock().unwrap().len();
        let results = together(n + 1, |i| {
            if i == 0 {
                let mut rx = rx.lock().unwrap().take().unwrap();
                let mut got: Vec<u64> = (0..round % 4)
                    .filter_map(|_| rx.try_recv().ok())
                    .map(|m| m.id())
                    .collect();
                rx.close();
                got.extend(values!(rx, iter).map(|m| m.id()));
                return got;
            }
            let mut tx = txs.lock().unwrap().pop().unwrap();
            let mut delivered = Vec::new();
            for seq in 0..6 {
                let message = ledger.make_from(i as u32, seq);
                let id = message.id();
                let sent = if (seq + round) % 2 == 0 {
                    tx.send(message).wait().is_ok()
                } else {
                    block_on(tx.send(message)).is_ok()
                };
                if sent {
                    delivered.push(id);
                }
            }
            delivered
        });
        let mut received = results[0].clone();
        let mut delivered = results[1..].concat();
        received.sort_unstable();
        delivered.sort_unstable();
        assert_eq!(received, delivered, "round {round}");
        ledger.assert_all_dropped();
    }
}

owning! {
    on_every_form!(receiver_drop_races_sends);

    /// Every message is dropped now, also that of a sender caught in the middle.
    fn receiver_drop_races_sends<F: Form>() {
        for round in 0..60 {
            let ledger = Ledger::new();
            let (mut tx, rx) = F::make();
            let rx = Mutex::new(Some(rx));
            let txs = Mutex::new(senders(tx, 3));
            let n = txs.lock().unwrap().len();
            let txs = together(n + 1, |i| {
                if i == 0 {
                    let mut rx = rx.lock().unwrap().take().unwrap();
                    for _ in 0..round % 4 {
                        drop(rx.try_recv());
                    }
                    drop(rx);
                    return None;
                }
                let mut tx = txs.lock().unwrap().pop().unwrap();
                for seq in 0..6 {
                    let message = ledger.make_from(i as u32, seq);
                    if (seq + round) % 2 == 0 {
                        let _ = tx.send(message).wait();
                    } else {
                        let _ = tx.try_send(message);
                    }
                }
                Some(tx)
            });
            ledger.assert_all_dropped();
            assert!(txs.iter().flatten().all(|tx| tx.is_empty()));
        }
    }
}

owning! {
    on_every_form!(receiver_drop_hits_a_publisher);

    /// The same, many times and close together: some drops come between a sender's claim of its place
    /// and its writing there. The message is the sender's again then, or is dropped: never both.
    fn receiver_drop_hits_a_publisher<F: Form>() {
        const ROUNDS: u64 = 1500;
        let ledger = Ledger::with_room(1 << 16);
        let (channels, receivers) = std::sync::mpsc::sync_channel(1);
        let round_is_over = &Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for (round, rx) in receivers.iter().enumerate() {
                    (0..round % 64).for_each(|_| std::hint::spin_loop());
                    drop::<Receiver<Tracked>>(rx);
                    round_is_over.wait();
                }
            });
            for round in 0..ROUNDS {
                let (mut tx, rx) = F::make();
                channels.send(rx).expect("it goes on");
                let mut message = ledger.make(round);
                for more in 0.. {
                    match tx.try_send(message) {
                        Err(e) if e.is_closed() => break,
                        Ok(()) if more < 40 => message = ledger.make(round),
                        Ok(()) => break,
                        Err(e) => message = e.into_inner(),
                    }
                }
                round_is_over.wait();
                assert_eq!(tx.len(), 0);
                ledger.assert_all_dropped();
                ledger.forget_all();
            }
            drop(channels);
        });
    }
}
