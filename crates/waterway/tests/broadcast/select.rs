//! Arms of a wait over several operations.

use std::pin::pin;
use std::time::Duration;

use waterway::broadcast::{self, once};
use waterway::select::{Won2, race};
use waterway::{Lagged, select, select_wait};

use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on, together, watchdog};

#[test]
fn of_two_receives_one_happens() {
    let (first, mut receiver) = broadcast::channel(1);
    let (second, mut other) = broadcast::lossless(1);
    let probe = Probe::new();
    {
        let mut waiting = pin!(race((receiver.recv(), other.recv())));
        assert_pending(waiting.as_mut(), &probe.waker());
        second.try_send('b').unwrap();
        assert!(probe.take_woken());
        let won = assert_ready(waiting, &probe.waker());
        assert!(matches!(won, Won2::B(Some(Ok('b')))));
    }
    assert_eq!(probe.refs(), 0);
    first.try_send('a').unwrap();
    first.try_send('c').unwrap();
    let lagged = block_on(async {
        select! {
            found = receiver.recv() => found == Some(Err(Lagged(1))),
            _ = other.recv() => false,
        }
    });
    assert!(lagged);
}

#[test]
fn of_two_parked_sends_one_is_pulled() {
    for first_taken in [true, false] {
        let ledger = Ledger::new();
        let ends = [(); 2].map(|()| broadcast::lossless(1));
        let [(one, mut take_one), (two, mut take_two)] = ends;
        for sender in [&one, &two] {
            sender.try_send(ledger.make(0)).unwrap();
        }
        let probe = Probe::new();
        {
            let (a, b) = (one.send(ledger.make(1)), two.send(ledger.make(2)));
            let mut waiting = pin!(race((a, b)));
            assert_pending(waiting.as_mut(), &probe.waker());
            let mut order = [&mut take_one, &mut take_two];
            if !first_taken {
                order.reverse();
            }
            for receiver in &mut order {
                assert_eq!(receiver.try_recv_ref().unwrap().unwrap().id(), 0);
            }
            assert_eq!(probe.wakes(), 1);
            assert_eq!(order[0].len(), 1, "before the owner comes");
            assert!(order[1].is_empty(), "and that one never will be");
            match assert_ready(waiting, &probe.waker()) {
                Won2::A(sent) => assert!(first_taken && sent.is_ok()),
                Won2::B(sent) => assert!(!first_taken && sent.is_ok()),
            }
        }
        // The loser is gone, and so is its message.
        assert_eq!(ledger.drops_of(if first_taken { 2 } else { 1 }), 1);
        assert!(one.try_send(ledger.make(3)).is_ok() != first_taken);
        drop((one, two, take_one, take_two));
        ledger.assert_all_dropped();
    }
}

/// A pinned send that lost is an ordinary parked one again.
#[test]
fn who_lost_goes_on() {
    let (sender, mut receiver) = broadcast::lossless(1);
    let (other, mut told) = broadcast::channel(1);
    sender.try_send(0).unwrap();
    let probe = Probe::new();
    let mut send = pin!(sender.send(1));
    assert_pending(send.as_mut(), &probe.waker());
    {
        let mut waiting = pin!(race((send.as_mut(), told.recv())));
        assert_pending(waiting.as_mut(), &probe.waker());
        other.try_send(()).unwrap();
        let won = assert_ready(waiting, &probe.waker());
        assert!(matches!(won, Won2::B(Some(Ok(())))));
    }
    assert_eq!(receiver.try_recv(), Ok(Ok(0)));
    assert_eq!(receiver.try_recv(), Ok(Ok(1)));
    assert_eq!(assert_ready(send, &probe.waker()), Ok(()));
}

#[test]
fn a_thread_waits_for_a_value_or_a_message() {
    watchdog("select", Duration::from_secs(20), || {
        for _ in 0..200 {
            let (set, value) = once();
            let (sender, receiver) = broadcast::lossless(1);
            let results = together(3, |index| match index {
                0 => set.send(1).is_ok(),
                1 => sender.send(2).wait().is_ok(),
                _ => {
                    let (mut receiver, mut seen) = (receiver.clone(), 0);
                    while seen != 3 {
                        select_wait! {
                            found = value.recv(), if seen & 1 == 0 => {
                                assert_eq!(found, Some(1));
                                seen |= 1;
                            }
                            found = receiver.recv(), if seen & 2 == 0 => {
                                assert_eq!(found, Some(Ok(2)));
                                seen |= 2;
                            }
                        }
                    }
                    true
                }
            });
            assert_eq!(results, [true; 3]);
        }
    });
}

/// Two senders race for two channels whose receivers take at the same time: each race sends one message.
#[test]
fn races_of_sends_conserve() {
    const COUNT: u64 = 1000;
    watchdog("races", Duration::from_secs(60), || {
        let (one, mut first) = broadcast::lossless(1);
        let (two, mut second) = broadcast::lossless(1);
        let total: u64 = std::thread::scope(|scope| {
            for _ in 0..2 {
                let (one, two) = (one.clone(), two.clone());
                scope.spawn(move || {
                    for _ in 0..COUNT {
                        match race((one.send(1), two.send(1))).wait() {
                            Won2::A(sent) => sent.unwrap(),
                            Won2::B(sent) => sent.unwrap(),
                        }
                    }
                });
            }
            drop((one, two));
            let sums = [&mut first, &mut second]
                .map(|receiver| scope.spawn(|| receiver.iter().map(Result::unwrap).sum::<u64>()));
            sums.into_iter().map(|sum| sum.join().unwrap()).sum()
        });
        assert_eq!(total, 2 * COUNT);
    });
}
