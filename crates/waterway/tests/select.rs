//! One wait over several operations: `race`, `race_all`, `select!`, `select_wait!`, and the timers of threads.

#![cfg(not(waterway_loom))]

mod support;

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use support::{
    Event, Ledger, Probe, assert_pending, assert_ready, block_on, catch, poll_noop, quiet_panics,
    together, watchdog,
};
use waterway::select::{
    Won2, Won3, after, at, boxed, future, never, poll_fn, race, race_all, tick,
};
use waterway::{
    SendError, Timeout, TryRecvError, inbox, local, mpmc, mpsc, oneshot, select, select_wait, spsc,
};

const LONG: Duration = Duration::from_secs(60);

/// A channel of one slot that is full.
fn full<T>(message: T) -> (mpmc::Sender<T>, mpmc::Receiver<T>) {
    let (sender, receiver) = mpmc::bounded(1);
    assert!(sender.try_send(message).is_ok());
    (sender, receiver)
}

mod race_in_tasks {
    use super::*;

    #[test]
    fn the_first_that_is_ready_wins_and_the_other_keeps_its_message() {
        let (first, receiver) = mpmc::bounded(1);
        let (second, other) = mpmc::bounded(1);
        let probe = Probe::new();
        let mut waiting = pin!(race((receiver.recv(), other.recv())));
        assert_pending(waiting.as_mut(), &probe.waker());
        second.try_send('b').unwrap();
        assert!(probe.take_woken());
        first.try_send('a').unwrap();
        let won = assert_ready(waiting.as_mut(), &probe.waker());
        let left = match won {
            Won2::A(message) => {
                assert_eq!(message, Some('a'));
                other.try_recv()
            }
            Won2::B(message) => {
                assert_eq!(message, Some('b'));
                receiver.try_recv()
            }
        };
        assert!(left.is_ok(), "one message is left");
        assert_eq!(probe.refs(), 0, "no waker is left behind");
    }

    #[test]
    fn of_two_parked_sends_one_is_taken() {
        for first_taken in [true, false] {
            let ledger = Ledger::new();
            let ((one, take_one), (two, take_two)) = (full(ledger.make(1)), full(ledger.make(2)));
            let probe = Probe::new();
            let (a, b) = (ledger.make(3), ledger.make(4));
            let mut waiting = pin!(race((one.send(a), two.send(b))));
            assert_pending(waiting.as_mut(), &probe.waker());
            let order = if first_taken {
                [&take_one, &take_two]
            } else {
                [&take_two, &take_one]
            };
            for receiver in order {
                receiver.try_recv().unwrap();
            }
            assert_eq!(probe.wakes(), 1);
            // Before the owner comes: the winner's message arrived, the other's never will.
            let (taken, left) = if first_taken {
                (3, &take_two)
            } else {
                (4, &take_one)
            };
            assert_eq!(order[0].try_recv().unwrap(), taken);
            assert!(matches!(left.try_recv(), Err(TryRecvError::Empty)));
            match assert_ready(waiting.as_mut(), &probe.waker()) {
                Won2::A(sent) => assert!(first_taken && sent.is_ok()),
                Won2::B(sent) => assert!(!first_taken && sent.is_ok()),
            }
            ledger.assert_all_dropped();
            assert!(one.try_send(ledger.make(5)).is_ok(), "nobody is in the way");
            assert!(two.try_send(ledger.make(6)).is_ok(), "nobody is in the way");
        }
    }

    /// Once a send was taken a receive does not happen any more, though its message is there.
    #[test]
    fn a_receive_does_not_follow_a_send_that_was_taken() {
        let (sender, taker) = full(1);
        let (other, receiver) = mpmc::bounded(1);
        let mut waiting = pin!(race((receiver.recv(), sender.send(2))).biased());
        assert!(poll_noop(waiting.as_mut()).is_pending());
        taker.try_recv().unwrap();
        other.try_send(3).unwrap();
        let won = assert_ready(waiting.as_mut(), &Probe::new().waker());
        assert_eq!(won, Won2::B(Ok(())));
        assert_eq!((taker.try_recv(), receiver.try_recv()), (Ok(2), Ok(3)));
    }

    #[test]
    fn closed_is_an_outcome() {
        let (sender, receiver) = mpmc::bounded::<u8>(1);
        let (other, rest) = full(7);
        receiver.close();
        assert_eq!(race((receiver.recv(), other.send(1))).wait(), Won2::A(None));
        assert_eq!(
            race((other.send(1), sender.send(2))).wait(),
            Won2::B(Err(SendError(2)))
        );
        // While it waits.
        let probe = Probe::new();
        let mut waiting = pin!(race((other.send(5), never::<()>())));
        assert_pending(waiting.as_mut(), &probe.waker());
        rest.close();
        assert!(probe.take_woken());
        let won = assert_ready(waiting.as_mut(), &probe.waker());
        assert_eq!(won, Won2::A(Err(SendError(5))));
    }

    #[test]
    fn an_arm_that_loses_is_dropped_with_its_message() {
        let ledger = Ledger::new();
        let ((one, rest), (two, receiver)) = (full(ledger.make(1)), full(ledger.make(2)));
        let mut waiting = pin!(race((one.send(ledger.make(3)), receiver.recv())));
        assert!(matches!(
            poll_noop(waiting.as_mut()),
            std::task::Poll::Ready(Won2::B(_))
        ));
        assert_eq!(ledger.drops_of(3), 1, "before the race itself goes");
        drop(rest.try_recv());
        assert!(matches!(rest.try_recv(), Err(TryRecvError::Empty)));
        assert!(one.is_empty() && two.is_empty());
    }

    #[test]
    fn a_pinned_arm_that_loses_keeps_its_place_and_its_message() {
        let (sender, taker) = full(1);
        let (other, receiver) = mpmc::bounded(1);
        let mut send = pin!(sender.send(2));
        for _ in 0..3 {
            let mut waiting = pin!(race((send.as_mut(), receiver.recv())));
            assert!(poll_noop(waiting.as_mut()).is_pending());
            other.try_send('x').unwrap();
            let won = poll_noop(waiting.as_mut());
            assert!(matches!(won, std::task::Poll::Ready(Won2::B(Some('x')))));
        }
        // Another one parks behind it.
        let mut late = pin!(sender.send(3));
        assert!(poll_noop(late.as_mut()).is_pending());
        assert_eq!(taker.try_recv(), Ok(1));
        assert_eq!(taker.try_recv(), Ok(2), "it kept its place");
        assert!(matches!(
            poll_noop(send.as_mut()),
            std::task::Poll::Ready(Ok(()))
        ));
        assert!(matches!(
            poll_noop(late.as_mut()),
            std::task::Poll::Ready(Ok(()))
        ));
    }

    /// A pinned arm is not left pointing at a race that is gone, though another arm's end panics.
    #[test]
    fn a_pinned_arm_leaves_though_another_panics() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                if !thread::panicking() {
                    panic!("a message's end panics");
                }
            }
        }
        quiet_panics();
        let (bombs, keep) = mpmc::bounded::<Option<Bomb>>(1);
        assert!(bombs.try_send(None).is_ok());
        let (sender, taker) = full(1);
        let (other, receiver) = full('x');
        let mut send = pin!(sender.send(2));
        let raced = catch(|| {
            let arms = (bombs.send(Some(Bomb)), send.as_mut(), receiver.recv());
            let mut waiting = Box::pin(race(arms).biased());
            let _ = poll_noop(waiting.as_mut());
        });
        assert!(raced.is_err());
        assert_eq!((taker.try_recv(), taker.try_recv()), (Ok(1), Ok(2)));
        assert!(matches!(
            poll_noop(send.as_mut()),
            std::task::Poll::Ready(Ok(()))
        ));
        assert!(keep.try_recv().unwrap().is_none());
        assert!(keep.try_recv().is_err());
        drop(other);
    }

    #[test]
    fn a_race_that_is_dropped_or_forgotten_is_in_nobodys_way() {
        let (sender, taker) = full(1);
        let (_other, receiver) = mpmc::bounded::<u8>(1);
        let mut dropped = Box::pin(race((sender.send(2), receiver.recv())));
        assert!(poll_noop(dropped.as_mut()).is_pending());
        drop(dropped);
        let mut forgotten = Box::pin(race((sender.send(3), receiver.recv())));
        assert!(poll_noop(forgotten.as_mut()).is_pending());
        std::mem::forget(forgotten);
        let mut late = pin!(sender.send(4));
        assert!(poll_noop(late.as_mut()).is_pending());
        let received: Vec<_> = taker.try_iter().collect();
        assert_eq!(
            received,
            [1, 3, 4],
            "the forgotten one is pulled, the dropped one is not"
        );
    }

    /// Both ends of one rendezvous in one wait: it does not meet itself, nor wake itself for ever.
    #[test]
    fn a_race_does_not_meet_itself() {
        let (sender, receiver) = mpmc::rendezvous();
        let (one, mut sole) = mpsc::rendezvous();
        let probe = Probe::new();
        let mut shared = pin!(race((sender.send(1), receiver.recv())));
        let mut single = pin!(race((one.send(1), sole.recv())));
        // Where the receive is looked at first, the send that parks then tells it: once.
        assert_pending(shared.as_mut(), &probe.waker());
        assert_pending(single.as_mut(), &probe.waker());
        let wakes = probe.wakes();
        assert!(wakes <= 2, "{wakes}");
        for _ in 0..10 {
            assert_pending(shared.as_mut(), &probe.waker());
            assert_pending(single.as_mut(), &probe.waker());
        }
        assert_eq!(probe.wakes(), wakes);
        let mut taker = pin!(receiver.recv());
        assert_eq!(assert_ready(taker.as_mut(), &Probe::new().waker()), Some(1));
        assert_eq!(probe.wakes(), wakes + 1);
        let won = assert_ready(shared.as_mut(), &probe.waker());
        assert_eq!(won, Won2::A(Ok(())));
    }

    #[test]
    fn two_races_meet_at_a_rendezvous() {
        let ((a, take_a), (b, take_b)) = (mpmc::rendezvous(), mpmc::rendezvous());
        let (one, two) = (Probe::new(), Probe::new());
        let mut left = pin!(race((a.send(1), take_b.recv())));
        let mut right = pin!(race((b.send(2), take_a.recv())));
        assert_pending(left.as_mut(), &one.waker());
        let won = assert_ready(right.as_mut(), &two.waker());
        assert_eq!(won, Won2::B(Some(1)));
        assert!(one.take_woken());
        assert_eq!(assert_ready(left.as_mut(), &one.waker()), Won2::A(Ok(())));
        assert!(take_b.try_recv().is_err(), "only one of them sent");
    }

    #[test]
    fn each_arm_wins_now_and_then() {
        let ((_a, first), (_b, second), (_c, third)) = (
            mpmc::bounded::<u8>(1),
            mpmc::bounded::<u8>(1),
            mpmc::bounded::<u8>(1),
        );
        for channel in [&first, &second, &third] {
            channel.close();
        }
        let mut wins = [0; 3];
        for _ in 0..300 {
            match race((first.recv(), second.recv(), third.recv())).wait() {
                Won3::A(_) => wins[0] += 1,
                Won3::B(_) => wins[1] += 1,
                Won3::C(_) => wins[2] += 1,
            }
        }
        assert!(wins.iter().all(|&wins| wins > 30), "{wins:?}");
        for _ in 0..100 {
            let won = race((first.recv(), second.recv(), third.recv())).biased();
            assert_eq!(won.wait(), Won3::A(None));
        }
    }

    #[test]
    fn now_takes_what_can_be_had() {
        let ((full_one, _keep), (_other, receiver)) = (full(1), mpmc::bounded(1));
        assert_eq!(race((full_one.send(2), receiver.recv())).now(), None);
        _other.try_send('x').unwrap();
        let won = race((full_one.send(2), receiver.recv())).now();
        assert_eq!(won, Some(Won2::B(Some('x'))));
        let (sender, mut keep) = mpsc::bounded(1);
        assert!(race((sender.send(1),)).now().is_some());
        assert_eq!(keep.try_recv(), Ok(1));
    }

    /// The waker of the latest poll is the one that is woken (A5).
    #[test]
    fn a5_the_latest_waker_counts() {
        let (sender, taker) = full(1);
        let (other, receiver) = mpmc::bounded::<u8>(1);
        let (old, new) = (Probe::new(), Probe::new());
        let mut waiting = pin!(race((sender.send(2), receiver.recv())));
        for _ in 0..100 {
            assert_pending(waiting.as_mut(), &old.waker());
            assert_pending(waiting.as_mut(), &new.waker());
        }
        assert_eq!(old.refs(), 0);
        taker.try_recv().unwrap();
        assert_eq!((old.wakes(), new.wakes()), (0, 1));
        drop(other);
    }

    /// Over clones of one channel, and over the same end twice (E11).
    #[test]
    fn e11_clones_of_one_channel_are_arms_like_others() {
        let ledger = Ledger::new();
        let (sender, receiver) = mpmc::bounded(1);
        let clone = receiver.clone();
        for id in 0..50 {
            let mut waiting = pin!(race((receiver.recv(), clone.recv(), receiver.recv())));
            assert!(poll_noop(waiting.as_mut()).is_pending());
            assert!(sender.try_send(ledger.make(id)).is_ok());
            let (Won3::A(message) | Won3::B(message) | Won3::C(message)) =
                assert_ready(waiting.as_mut(), &Probe::new().waker());
            assert_eq!(message.unwrap(), id);
        }
        let again = sender.clone();
        for id in 50..100 {
            assert!(sender.try_send(ledger.make(1000)).is_ok());
            let arms = (sender.send(ledger.make(id)), again.send(ledger.make(id)));
            let mut waiting = pin!(race(arms));
            assert!(poll_noop(waiting.as_mut()).is_pending());
            assert_eq!(receiver.try_recv().unwrap(), 1000);
            assert_eq!(receiver.try_recv().unwrap(), id);
            assert!(receiver.try_recv().is_err(), "one of two");
            assert!(poll_noop(waiting.as_mut()).is_ready());
        }
        ledger.assert_all_dropped();
    }

    #[test]
    fn permits_ends_and_flushes_are_arms() {
        let (sender, mut receiver) = mpsc::bounded(1);
        sender.try_send(1).unwrap();
        let probe = Probe::new();
        let mut waiting = pin!(race((sender.reserve(), sender.closed(), sender.flush())).biased());
        assert_pending(waiting.as_mut(), &probe.waker());
        assert_eq!(receiver.try_recv(), Ok(1));
        assert!(probe.take_woken());
        let Won3::A(Ok(permit)) = assert_ready(waiting.as_mut(), &probe.waker()) else {
            panic!("there is room")
        };
        assert!(permit.send(2).is_ok());
        let mut waiting = pin!(race((sender.reserve(), sender.closed())));
        assert_pending(waiting.as_mut(), &probe.waker());
        receiver.close();
        assert!(probe.take_woken());
        assert!(poll_noop(waiting.as_mut()).is_ready());
        assert_eq!(receiver.try_recv(), Ok(2));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    }

    #[test]
    fn other_kinds_and_other_futures() {
        let (sender, receiver) = local::bounded(1);
        let (mut one, mut lane) = spsc::unbounded();
        block_on(async {
            sender.try_send(1).unwrap();
            one.try_send(2).unwrap();
            let won = race((receiver.recv(), lane.recv())).biased().await;
            assert_eq!(won, Won2::A(Some(1)));
            let won = race((receiver.recv(), lane.recv())).await;
            assert_eq!(won, Won2::B(Some(2)));
            let won = race((receiver.recv(), future(std::future::ready('x')))).await;
            assert_eq!(won, Won2::B('x'));
            let ended = race((receiver.recv(), lane.recv()));
            assert_eq!(ended.until(std::future::ready(())).await, Err(Timeout));
        });
    }

    #[test]
    fn oneshots_are_arms() {
        let (sender, mut answer) = oneshot::channel();
        let (mut other, given_away) = oneshot::channel::<u8>();
        let probe = Probe::new();
        {
            let mut waiting = pin!(race((&mut answer, given_away)));
            assert_pending(waiting.as_mut(), &probe.waker());
            sender.send(7).unwrap();
            assert!(probe.take_woken());
            let won = assert_ready(waiting.as_mut(), &probe.waker());
            assert_eq!(won, Won2::A(Ok(7)));
        }
        assert_eq!(probe.refs(), 0);
        assert!(other.is_closed(), "what was given away is gone");
        assert!(matches!(
            race((other.closed(), answer.recv())).biased().wait(),
            Won2::A(())
        ));
        let (sender, mut answer) = oneshot::channel();
        let waited = race((&mut answer, after(Duration::from_millis(1)))).wait();
        assert!(matches!(waited, Won2::B(_)));
        sender.send('x').unwrap();
        assert_eq!(answer.wait(), Ok('x'));
    }

    #[test]
    fn any_number_of_arms() {
        let channels: Vec<_> = (0..100).map(|_| mpmc::bounded(1)).collect();
        let probe = Probe::new();
        for winner in [99, 0, 50] {
            let mut waiting = pin!(race_all(
                channels.iter().map(|(_, receiver)| receiver.recv())
            ));
            assert_pending(waiting.as_mut(), &probe.waker());
            channels[winner].0.try_send(winner).unwrap();
            assert!(probe.take_woken());
            let won = assert_ready(waiting.as_mut(), &probe.waker());
            assert_eq!(won, (winner, Some(winner)));
            assert_eq!(probe.refs(), 0);
        }
        let none = race_all(std::iter::empty::<mpmc::RecvOp<'_, u8>>());
        assert!(poll_noop(pin!(none)).is_pending());
    }

    /// A waker that panics in the middle leaves the channels usable (D4).
    #[test]
    fn d4_a_waker_that_panics() {
        quiet_panics();
        let (sender, taker) = full(1);
        let (other, receiver) = mpmc::bounded::<u8>(1);
        for event in [Event::Clone, Event::Wake, Event::Drop] {
            let wild = Probe::panicking(event);
            let waker = std::mem::ManuallyDrop::new(wild.waker());
            let _ = catch(|| {
                let mut waiting = Box::pin(race((sender.send(2), receiver.recv())));
                let _ = poll_noop(waiting.as_mut());
                let _ = catch(|| assert_pending(waiting.as_mut(), &waker));
                drop(waiting);
            });
            wild.unhook();
            drop(std::mem::ManuallyDrop::into_inner(waker));
        }
        let mut waiting = pin!(race((sender.send(2), receiver.recv())));
        assert!(poll_noop(waiting.as_mut()).is_pending());
        assert_eq!((taker.try_recv(), taker.try_recv()), (Ok(1), Ok(2)));
        assert!(sender.try_send(1).is_ok());
        assert!(other.try_send(1).is_ok());
    }

    /// A wait is forgotten when another of its arms has happened: a pinned one goes on when it is polled (C11).
    #[test]
    fn a_pinned_arm_outlives_a_forgotten_race() {
        let ((first, taker), (second, other)) = (full(1), full(1));
        let mut send = Box::pin(first.send(2));
        let mut waiting = Box::pin(race((send.as_mut(), second.send(3))));
        assert!(poll_noop(waiting.as_mut()).is_pending());
        assert_eq!((other.try_recv(), other.try_recv()), (Ok(1), Ok(3)));
        std::mem::forget(waiting);
        assert!(poll_noop(send.as_mut()).is_pending());
        assert_eq!((taker.try_recv(), taker.try_recv()), (Ok(1), Ok(2)));
        assert_eq!(poll_noop(send.as_mut()), Poll::Ready(Ok(())));
    }

    /// The same of an inbox.
    #[test]
    fn a_pinned_arm_of_an_inbox_outlives_a_forgotten_race() {
        let ((first, mut inbox), (second, other)) = (inbox::bounded(1), full(1));
        assert!(first.try_send(1).is_ok());
        let mut send = Box::pin(first.send(2));
        let mut waiting = Box::pin(race((send.as_mut(), second.send(3))));
        assert!(poll_noop(waiting.as_mut()).is_pending());
        assert_eq!((other.try_recv(), other.try_recv()), (Ok(1), Ok(3)));
        std::mem::forget(waiting);
        assert!(poll_noop(send.as_mut()).is_pending());
        assert_eq!((inbox.try_recv(), inbox.try_recv()), (Ok(1), Ok(2)));
        assert_eq!(poll_noop(send.as_mut()), Poll::Ready(Ok(())));
    }

    /// An arm panics when it has happened: no other one happens, though the wait is kept (D4).
    #[test]
    fn d4_what_has_panicked_is_what_happened() {
        quiet_panics();
        let (parked, taker) = full(1);
        let (sender, receiver) = mpmc::bounded(1);
        let wild = Probe::panicking(Event::Wake);
        let mut told = Box::pin(receiver.recv());
        assert_pending(told.as_mut(), &wild.waker());
        let mut waiting = Box::pin(race((parked.send(2), sender.send(3))).biased());
        assert!(catch(|| poll_noop(waiting.as_mut())).is_err());
        wild.unhook();
        assert_eq!(poll_noop(told.as_mut()), Poll::Ready(Some(3)));
        assert_eq!(taker.try_recv(), Ok(1));
        assert!(taker.try_recv().is_err(), "a second one has happened");
        assert!(parked.try_send(4).is_ok(), "nobody else waits");
        drop(waiting);
        assert_eq!(taker.try_recv(), Ok(4));
    }
}

mod race_in_threads {
    use super::*;

    #[test]
    fn a_thread_parks_once_for_all() {
        watchdog("a_thread_parks_once_for_all", LONG, || {
            let ((a, first), (b, second)) = (mpmc::bounded(1), mpmc::bounded(1));
            let sleeper = support::spawn_sleeper(move || {
                let mut seen = Vec::new();
                for _ in 0..2 {
                    match race((first.recv(), second.recv())).wait() {
                        Won2::A(message) => seen.push(message.unwrap()),
                        Won2::B(message) => seen.push(message.unwrap()),
                    }
                }
                seen
            });
            sleeper.wait_asleep();
            b.send(2).wait().unwrap();
            sleeper.wait_asleep();
            a.send(1).wait().unwrap();
            assert_eq!(sleeper.join(), [2, 1]);
        });
    }

    #[test]
    fn timers_and_deadlines() {
        let (_sender, mut receiver) = mpsc::bounded::<u8>(1);
        let start = Instant::now();
        let short = Duration::from_millis(5);
        assert!(after(short).wait() >= start + short);
        assert!(at(start).wait() >= start);
        assert_eq!(after(Duration::MAX).wait_timeout(short), Err(Timeout));
        let won = race((receiver.recv(), after(short), after(LONG))).wait();
        assert!(matches!(won, Won3::B(_)));
        assert_eq!(
            race((receiver.recv(), after(LONG))).wait_timeout(short),
            Err(Timeout)
        );
        assert_eq!(
            race((never::<u8>(),)).wait_timeout(Duration::ZERO),
            Err(Timeout)
        );
        let mut clock = tick(short);
        let mut last = Instant::now();
        for _ in 0..3 {
            let won = race((receiver.recv(), clock.tick())).wait();
            let Won2::B(now) = won else {
                panic!("nobody sends")
            };
            assert!(now > last);
            last = now;
        }
        assert!(tick(Duration::ZERO).tick().wait() >= last);
        assert!(tick(Duration::MAX).tick().wait_timeout(short).is_err());
        assert!(start.elapsed() < LONG);
    }

    /// What can be done at once is done, though the time is up.
    #[test]
    fn no_time_at_all() {
        let (sender, mut receiver) = mpsc::bounded(1);
        sender.try_send(1).unwrap();
        let won = race((receiver.recv(), never::<()>())).wait_timeout(Duration::ZERO);
        assert_eq!(won, Ok(Won2::A(Some(1))));
    }

    /// Threads face each other at two rendezvous, each ready to send and to receive.
    #[test]
    fn threads_that_face_each_other_meet() {
        watchdog("threads_that_face_each_other_meet", LONG, || {
            const ROUNDS: usize = 2000;
            let (a, b) = (mpmc::rendezvous(), mpmc::rendezvous());
            let (sent, received) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let ends = [(a.0, b.1), (b.0, a.1)];
            together(2, |side| {
                let (sender, receiver) = &ends[side];
                for round in 0..ROUNDS {
                    match race((sender.send(round), receiver.recv())).wait() {
                        Won2::A(result) => {
                            result.unwrap();
                            sent.fetch_add(1, Ordering::Relaxed);
                        }
                        Won2::B(message) => {
                            assert_eq!(message, Some(round), "both are in the same round");
                            received.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
            assert_eq!(sent.load(Ordering::Relaxed), ROUNDS);
            assert_eq!(received.load(Ordering::Relaxed), ROUNDS);
        });
    }

    /// Everybody sends to any of three channels and receives from any: what was sent arrives, once.
    #[test]
    fn nothing_is_lost_or_doubled() {
        watchdog("nothing_is_lost_or_doubled", LONG, || {
            for capacity in [0, 1, 2] {
                const EACH: u64 = 1500;
                let ledger = Ledger::new();
                let channels: Vec<_> = (0..3).map(|_| mpmc::bounded(capacity)).collect();
                let (senders, receivers): (Vec<_>, Vec<_>) = channels.into_iter().unzip();
                let receivers_ref = &receivers;
                let senders_ref = &senders;
                let sums = together(4, |place| {
                    let mut sum = 0;
                    for number in 0..EACH {
                        let id = place as u64 * EACH + number;
                        if place < 2 {
                            let arms = (
                                senders_ref[0].send(ledger.make(id)),
                                senders_ref[1].send(ledger.make(id)),
                                senders_ref[2].send(ledger.make(id)),
                            );
                            let (Won3::A(sent) | Won3::B(sent) | Won3::C(sent)) = race(arms).wait();
                            assert!(sent.is_ok());
                            sum += id;
                        } else {
                            let arms = receivers_ref.iter().map(mpmc::Receiver::recv);
                            sum += race_all(arms).wait().1.unwrap().id();
                        }
                    }
                    sum
                });
                assert_eq!(sums[0] + sums[1], sums[2] + sums[3], "capacity {capacity}");
                assert!(
                    receivers
                        .iter()
                        .all(|receiver| receiver.try_recv().is_err())
                );
                ledger.assert_all_dropped();
            }
        });
    }
}

mod macros {
    use super::*;

    #[test]
    fn conditions_patterns_and_other_ends() {
        let (sender, mut receiver) = mpsc::bounded::<u8>(4);
        sender.try_send(1).unwrap();
        let mut disabled = false;
        let seen = select_wait! {
            biased;
            _ = after(Duration::ZERO), if disabled => "time",
            Some(1) = receiver.recv() => "one",
            else => "else",
        };
        assert_eq!(seen, "one");
        sender.try_send(2).unwrap();
        let seen = select_wait! {
            Some(1) = receiver.recv() => "one",
            else => "else",
        };
        assert_eq!(seen, "else", "what came does not fit");
        let seen = select_wait! {
            _ = receiver.recv(), if disabled => { "one" }
            default => { "nothing" }
        };
        assert_eq!(seen, "nothing");
        let seen = select_wait! {
            _ = receiver.recv() => { "one" }
            default(Duration::from_millis(1)) => { "nothing" }
            else => { "else" }
        };
        assert_eq!(seen, "nothing");
        disabled |= seen.is_empty();
        quiet_panics();
        let panicked = catch(|| select_wait! { _ = receiver.recv(), if disabled => {} });
        assert!(panicked.unwrap_err().contains("no arm is enabled"));
    }

    #[test]
    fn control_flow_goes_through() {
        fn first(receiver: &mut mpsc::Receiver<Result<u8, String>>) -> Result<u8, String> {
            let mut sum = 0;
            loop {
                select_wait! {
                    message = receiver.recv() => {
                        let Some(message) = message else { break };
                        if message == Ok(0) {
                            continue;
                        }
                        sum += message?;
                    }
                    _ = after(LONG) => return Ok(0),
                }
            }
            Ok(sum)
        }
        let (sender, mut receiver) = mpsc::bounded(8);
        for message in [1, 0, 2] {
            sender.try_send(Ok(message)).unwrap();
        }
        drop(sender.clone());
        let closing = sender;
        closing.close();
        assert_eq!(first(&mut receiver), Ok(3));
        let (sender, mut receiver) = mpsc::bounded(8);
        sender.try_send(Err("no".to_owned())).unwrap();
        assert_eq!(first(&mut receiver), Err("no".to_owned()));
    }

    /// The handles that lost are free again in the expression of the winner.
    #[test]
    fn losers_are_gone_before_the_expression() {
        block_on(async {
            let (sender, mut receiver) = mpsc::bounded(1);
            let (other, mut second) = mpsc::bounded::<u8>(1);
            sender.send(1).await.unwrap();
            let sum = select! {
                number = receiver.recv() => {
                    other.send(2).await.unwrap();
                    number.unwrap() + second.recv().await.unwrap()
                }
                _ = second.recv() => unreachable!(),
            };
            assert_eq!(sum, 3);
        });
    }

    #[test]
    fn any_future_is_an_arm_in_a_task() {
        async fn generic<F: Future<Output = u8>>(
            receiver: &mut mpsc::Receiver<u8>,
            other: F,
        ) -> u8 {
            select! {
                number = receiver.recv() => number.unwrap_or(0),
                number = other => number,
            }
        }
        block_on(async {
            let (sender, mut receiver) = mpsc::bounded(1);
            assert_eq!(generic(&mut receiver, async { 5 }).await, 5);
            let mut pinned = Box::pin(std::future::pending::<u8>());
            sender.try_send(7).unwrap();
            select! {
                number = receiver.recv() => assert_eq!(number, Some(7)),
                _ = &mut pinned => unreachable!(),
            }
            let mut send = pin!(sender.send(9));
            select! {
                biased;
                sent = send.as_mut() => assert!(sent.is_ok()),
                _ = async { 1 } => unreachable!(),
            }
            assert_eq!(receiver.try_recv(), Ok(9));
        });
    }

    #[test]
    fn twelve_arms() {
        let channels: [_; 12] = std::array::from_fn(|_| mpmc::bounded(1));
        let receivers = channels.each_ref().map(|(_, receiver)| receiver);
        for (number, (sender, _)) in channels.iter().enumerate() {
            sender.try_send(number).unwrap();
            let [a, b, c, d, e, f, g, h, i, j, k, l] = receivers;
            let seen = select_wait! {
                number = a.recv() => number,
                number = b.recv() => number,
                number = c.recv() => number,
                number = d.recv() => number,
                number = e.recv() => number,
                number = f.recv() => number,
                number = g.recv() => number,
                number = h.recv() => number,
                number = i.recv() => number,
                number = j.recv() => number,
                number = k.recv() => number,
                number = l.recv() => number,
            };
            assert_eq!(seen, Some(number));
        }
    }
}

mod sets {
    use super::*;
    use crate::support::Tracked;
    use waterway::pool::Keep;
    use waterway::select::{Set, Source};
    use waterway::{ManyThreads, inbox, pool};

    #[test]
    fn members_take_their_turns() {
        let channels: Vec<_> = (0..3).map(|_| mpmc::bounded(8)).collect();
        let mut set = Set::new();
        let keys: Vec<_> = channels
            .iter()
            .map(|(_, receiver)| set.insert(receiver.clone()))
            .collect();
        for _ in 0..4 {
            for (number, (sender, _)) in channels.iter().enumerate() {
                sender.try_send(number).unwrap();
            }
        }
        for round in 0..4 {
            let mut seen: Vec<_> = (0..3).map(|_| set.recv().wait().unwrap()).collect();
            seen.sort_by_key(|found| found.1);
            let all: Vec<_> = keys.iter().copied().zip((0..3).map(Some)).collect();
            assert_eq!(seen, all, "round {round}");
        }
        assert!(poll_noop(pin!(set.recv())).is_pending());
    }

    #[test]
    fn a_member_that_closes_is_told_once() {
        told_once(|| mpsc::bounded(1), |sender, n| sender.try_send(n).is_ok());
        told_once(|| inbox::bounded(1), |sender, n| sender.try_send(n).is_ok());
        told_once(|| pool::bounded(1), |sender, n| sender.try_send(n).is_ok());
    }

    /// A channel with room for one.
    fn told_once<S, R: Source<i32, Kind: ManyThreads>>(
        make: impl Fn() -> (S, R),
        send: impl Fn(&S, i32) -> bool,
    ) {
        let (sender, receiver) = make();
        let (_keep, other) = make();
        let mut set = Set::new();
        assert_eq!(set.recv().wait(), None, "nobody is there");
        let (first, second) = (set.insert(receiver), set.insert(other));
        let probe = Probe::new();
        {
            let mut waiting = pin!(set.recv());
            assert_pending(waiting.as_mut(), &probe.waker());
            assert!(send(&sender, 1));
            drop(sender);
            assert!(probe.take_woken());
            assert_eq!(
                assert_ready(waiting.as_mut(), &probe.waker()),
                Some((first, Some(1)))
            );
        }
        assert_eq!(probe.refs(), 0, "no waker is left behind");
        assert_eq!(set.recv().wait(), Some((first, None)));
        assert!(poll_noop(pin!(set.recv())).is_pending());
        assert!(set.get(first).is_some() && set.remove(first));
        assert!(!set.remove(first) && set.get(first).is_none());
        assert_eq!(set.keys().collect::<Vec<_>>(), [second]);
        let (_, third) = make();
        let third = set.insert(third);
        assert_ne!(first, third, "a key is not given twice");
        assert_eq!(set.recv().wait(), Some((third, None)));
        assert!(set.remove(second));
        assert_eq!(set.recv().wait(), None, "nobody is open");
    }

    /// A set that nobody waits for holds up no other receiver of its channels (A2).
    #[test]
    fn a2_a_set_at_rest_holds_up_nobody() {
        let (sender, receiver) = mpmc::bounded(4);
        let mut sets: Vec<_> = (0..40)
            .map(|_| {
                let mut set = Set::new();
                set.insert(receiver.clone());
                assert!(poll_noop(pin!(set.recv())).is_pending());
                set
            })
            .collect();
        let probe = Probe::new();
        let mut waiting = pin!(receiver.recv());
        assert_pending(waiting.as_mut(), &probe.waker());
        sender.try_send(1).unwrap();
        assert!(
            probe.take_woken(),
            "the first message reaches past all of them"
        );
        assert_eq!(assert_ready(waiting.as_mut(), &probe.waker()), Some(1));
        // And those that were told find nothing, and wait again.
        for set in &mut sets {
            assert!(poll_noop(pin!(set.recv())).is_pending());
        }
        sender.try_send(2).unwrap();
        let found = sets
            .iter_mut()
            .filter_map(|set| match poll_noop(pin!(set.recv())) {
                std::task::Poll::Ready(found) => found,
                std::task::Poll::Pending => None,
            });
        assert_eq!(
            found.filter_map(|(_, message)| message).collect::<Vec<_>>(),
            [2]
        );
    }

    #[test]
    fn a_set_is_an_arm_and_ends_in_time() {
        let (sender, receiver) = mpsc::unbounded();
        let mut set = Set::new();
        let key = set.insert(receiver);
        let short = Duration::from_millis(2);
        assert!(matches!(
            race((set.recv(), after(short))).wait(),
            Won2::B(_)
        ));
        assert_eq!(
            set.recv().wait_timeout(short),
            Err(waterway::RecvTimeoutError::Timeout)
        );
        sender.try_send('x').unwrap();
        let won = race((set.recv(), after(LONG))).wait();
        assert!(matches!(won, Won2::A(Some((found, Some('x')))) if found == key));
    }

    #[test]
    fn many_channels_and_threads() {
        watchdog("many_channels_and_threads", LONG, || {
            many_channels(
                || mpsc::bounded(2),
                |sender, id| sender.send(id).wait().is_ok(),
            );
            many_channels(
                || inbox::bounded(2),
                |sender, id| sender.send(id).wait().is_ok(),
            );
            let policy = || Keep::new(|| -> Tracked { unreachable!("it is sent by value") });
            let make = || pool::with_recycle(2, policy());
            many_channels(make, |sender, id| sender.send(id).wait().is_ok());
        });
    }

    /// Channels with room for two.
    fn many_channels<S: Clone + Send, R: Source<Tracked, Kind: ManyThreads>>(
        make: impl Fn() -> (S, R),
        send: impl Fn(&S, Tracked) -> bool + Copy + Send,
    ) {
        const CHANNELS: usize = 500;
        const EACH: u64 = 20;
        let ledger = Ledger::new();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..CHANNELS).map(|_| make()).unzip();
        let mut set = Set::new();
        for receiver in receivers {
            set.insert(receiver);
        }
        thread::scope(|scope| {
            let chunks = senders.chunks(CHANNELS / 2);
            for chunk in chunks {
                let chunk = chunk.to_vec();
                scope.spawn(move || {
                    for id in 0..EACH {
                        for sender in &chunk {
                            assert!(send(sender, ledger.make(id)));
                        }
                    }
                });
            }
            drop(senders);
            let (mut messages, mut ends) = (0, 0);
            while let Some((_, message)) = set.recv().wait() {
                match message {
                    Some(_) => messages += 1,
                    None => ends += 1,
                }
            }
            assert_eq!((messages, ends), (CHANNELS as u64 * EACH, CHANNELS));
        });
        ledger.assert_all_dropped();
    }
}

mod readiness {
    use super::*;

    fn forms<T>() -> [(mpmc::Sender<T>, mpmc::Receiver<T>); 4] {
        [
            mpmc::rendezvous(),
            mpmc::bounded(1),
            mpmc::bounded(8),
            mpmc::unbounded(),
        ]
    }

    #[test]
    fn it_is_told_and_takes_nothing() {
        for (sender, receiver) in forms() {
            let (watcher, waiter) = (Probe::new(), Probe::new());
            let mut ready = pin!(receiver.ready());
            assert_pending(ready.as_mut(), &watcher.waker());
            // One who receives waits behind it, and is told as well.
            let mut recv = pin!(receiver.recv());
            assert_pending(recv.as_mut(), &waiter.waker());
            let mut send = pin!(sender.send(1));
            let _ = poll_noop(send.as_mut());
            assert!(watcher.take_woken() && waiter.take_woken());
            assert_ready(ready.as_mut(), &watcher.waker());
            assert_ready(pin!(receiver.ready()), &watcher.waker());
            assert_eq!(watcher.refs(), 0);
            assert_eq!(assert_ready(recv.as_mut(), &waiter.waker()), Some(1));
            // What was there is gone.
            assert_pending(pin!(receiver.ready()), &watcher.waker());
            assert_eq!(watcher.refs(), 0, "it was dropped");
        }
    }

    /// The other of the two told takes the message first: it waits for the next.
    #[test]
    fn who_comes_in_vain_waits_on() {
        for (sender, receiver) in forms() {
            let probe = Probe::new();
            let mut ready = pin!(receiver.ready());
            for number in 0..10 {
                assert_pending(ready.as_mut(), &probe.waker());
                let mut send = pin!(sender.send(number));
                let _ = poll_noop(send.as_mut());
                assert!(probe.take_woken());
                assert_eq!(receiver.try_recv(), Ok(number));
            }
            assert_pending(ready.as_mut(), &probe.waker());
            drop(sender);
            assert!(probe.take_woken());
            assert_ready(ready.as_mut(), &probe.waker());
        }
    }

    #[test]
    fn the_end_is_something_to_receive() {
        for (sender, receiver) in forms::<u8>() {
            let mut ready = pin!(receiver.ready());
            assert!(poll_noop(ready.as_mut()).is_pending());
            receiver.close();
            assert!(poll_noop(ready.as_mut()).is_ready());
            drop(sender);
            assert_eq!(receiver.ready().wait_timeout(LONG), Ok(()));
        }
        let (_sender, receiver) = mpmc::bounded::<u8>(1);
        let late = receiver.ready().wait_timeout(Duration::from_millis(1));
        assert_eq!(late, Err(Timeout));
    }

    /// One that was told and is dropped, or forgotten, keeps no message from anybody.
    #[test]
    fn it_answers_for_no_message() {
        for (sender, receiver) in forms() {
            for forgotten in [false, true] {
                let (watcher, waiter) = (Probe::new(), Probe::new());
                let mut ready = Box::pin(receiver.ready());
                assert_pending(ready.as_mut(), &watcher.waker());
                let mut recv = pin!(receiver.recv());
                assert_pending(recv.as_mut(), &waiter.waker());
                let mut send = pin!(sender.send(1));
                let _ = poll_noop(send.as_mut());
                if forgotten {
                    std::mem::forget(ready);
                } else {
                    drop(ready);
                }
                assert!(waiter.take_woken());
                assert_eq!(assert_ready(recv.as_mut(), &waiter.waker()), Some(1));
            }
        }
    }

    #[test]
    fn threads_that_ask_first_get_everything() {
        watchdog("threads_that_ask_first", LONG, || {
            const MESSAGES: usize = 2000;
            for (sender, receiver) in forms() {
                let got = AtomicUsize::new(0);
                thread::scope(|scope| {
                    for _ in 0..2 {
                        scope.spawn(|| {
                            loop {
                                receiver.ready().wait();
                                match receiver.try_recv() {
                                    Ok(()) => got.fetch_add(1, Ordering::Relaxed),
                                    Err(TryRecvError::Empty) => continue,
                                    Err(TryRecvError::Closed) => break,
                                };
                            }
                        });
                    }
                    scope.spawn(|| {
                        let taken = receiver.iter().count();
                        got.fetch_add(taken, Ordering::Relaxed);
                    });
                    scope.spawn(move || {
                        (0..MESSAGES).for_each(|_| sender.send(()).wait().unwrap());
                    });
                });
                assert_eq!(got.into_inner(), MESSAGES);
            }
        });
    }
}

mod boxed_arms {
    use super::*;

    #[test]
    fn arms_of_several_types_are_one_race() {
        watchdog("arms_of_several_types", LONG, || {
            let (sender, taker) = full(1);
            let (other, receiver) = mpmc::bounded(1);
            let arms = |number, patience| {
                [
                    boxed(sender.send(number), |sent| format!("sent {sent:?}")),
                    boxed(receiver.recv(), |word: Option<&str>| format!("{word:?}")),
                    boxed(never::<()>(), |()| unreachable!("it never comes")),
                    boxed(after(patience), |_| "late".to_owned()),
                ]
            };
            assert_eq!(
                race_all(arms(2, Duration::from_millis(5))).wait(),
                (3, "late".to_owned())
            );
            assert_eq!(
                race_all(arms(3, LONG)).wait_timeout(Duration::ZERO),
                Err(Timeout)
            );
            other.try_send("word").unwrap();
            let won = race_all(arms(4, LONG)).biased().now();
            assert_eq!(won, Some((1, "Some(\"word\")".to_owned())));
            assert_eq!(taker.try_recv(), Ok(1));
            assert!(taker.try_recv().is_err(), "no send that lost has happened");
            let won = race_all(arms(5, LONG)).biased().wait();
            assert_eq!(won, (0, "sent Ok(())".to_owned()));
            assert_eq!(taker.try_recv(), Ok(5));
        });
    }

    /// A send that was taken while its owner slept is the one that has happened.
    #[test]
    fn a_parked_arm_is_taken_once() {
        watchdog("a_parked_arm_is_taken_once", LONG, || {
            for _ in 0..50 {
                let ((a, take_a), (b, take_b)) = (mpmc::rendezvous(), mpmc::rendezvous());
                let takers = [take_a, take_b];
                let (winner, took) = thread::scope(|scope| {
                    let racer = scope.spawn(move || {
                        let arms = [boxed(a.send(0), |sent| sent), boxed(b.send(1), |sent| sent)];
                        let (winner, sent) = race_all(arms).wait();
                        assert_eq!(sent, Ok(()));
                        winner
                    });
                    let took = together(2, |i| takers[i].recv().wait());
                    (racer.join().unwrap(), took)
                });
                assert_eq!(took[winner], Some(winner));
                assert_eq!(took[1 - winner], None);
            }
        });
    }

    /// A pinned one that lost goes on by itself, with its message.
    #[test]
    fn a_pinned_arm_goes_on() {
        let (sender, taker) = full(1);
        let mut send = pin!(sender.send(2));
        // By the second step with a waker the send has been through one, and is parked.
        let mut steps = 0;
        let second = poll_fn(|context| {
            steps += u32::from(!context.waker().will_wake(Waker::noop()));
            context.waker().wake_by_ref();
            if steps < 2 {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        });
        let arms = [
            boxed(send.as_mut(), |_| "sent"),
            boxed(second, |()| "the second"),
        ];
        assert_eq!(race_all(arms).wait(), (1, "the second"));
        assert_eq!((taker.try_recv(), taker.try_recv()), (Ok(1), Ok(2)));
        assert!(poll_noop(send.as_mut()).is_ready());
    }

    /// What follows panics: the others are gone all the same, and their channels usable.
    #[test]
    fn what_follows_may_panic() {
        let (sender, receiver) = mpmc::bounded(1);
        let (parked, taker) = full(1);
        sender.try_send(1).unwrap();
        let arms = [
            boxed(parked.send(2), |_| ()),
            boxed(receiver.recv(), |_| panic!("told to")),
        ];
        assert!(catch(|| race_all(arms).biased().wait()).is_err());
        assert_eq!(taker.try_recv(), Ok(1));
        assert!(taker.try_recv().is_err());
        assert_eq!(parked.try_send(3), Ok(()));
    }
}

mod functions_that_are_polled {
    use std::sync::mpsc;
    use std::task::{Poll, Waker};

    use super::*;

    #[test]
    fn it_is_tried_before_the_clock_is_looked_at() {
        assert_eq!(
            poll_fn(|_| Poll::Ready(1)).wait_timeout(Duration::ZERO),
            Ok(1)
        );
        let never = || poll_fn(|_| Poll::<()>::Pending);
        assert_eq!(never().wait_timeout(Duration::ZERO), Err(Timeout));
        assert_eq!(never().wait_deadline(Instant::now()), Err(Timeout));
        assert_eq!(block_on(poll_fn(|_| Poll::Ready(2))), 2);
    }

    #[test]
    fn a_thread_and_a_task_are_woken_by_what_it_left() {
        for task in [false, true] {
            watchdog("a polled function", LONG, move || {
                let (sender, wakers) = mpsc::channel::<Waker>();
                let rang = AtomicUsize::new(0);
                // ORDERING: Relaxed: the wake orders it.
                let op = poll_fn(|context| {
                    if rang.load(Ordering::Relaxed) == 2 {
                        return Poll::Ready(());
                    }
                    sender.send(context.waker().clone()).unwrap();
                    Poll::Pending
                });
                thread::scope(|scope| {
                    let rang = &rang;
                    scope.spawn(move || {
                        let mut left = 2;
                        for waker in wakers {
                            // The thread's first look comes with one that does nothing.
                            if left > 0 && !waker.will_wake(Waker::noop()) {
                                left -= 1;
                                rang.fetch_add(1, Ordering::Relaxed);
                                waker.wake();
                            }
                            if left == 0 {
                                return;
                            }
                        }
                    });
                    if task { block_on(op) } else { op.wait() }
                });
            });
        }
    }

    #[test]
    fn it_is_an_arm() {
        let (sender, receiver) = mpmc::bounded(1);
        let ready = || poll_fn(|_| Poll::Ready('f'));
        assert_eq!(race((receiver.recv(), ready())).wait(), Won2::B('f'));
        assert_eq!(race((receiver.recv(), ready())).now(), Some(Won2::B('f')));
        sender.try_send(1).unwrap();
        let pending = poll_fn(|_| Poll::<()>::Pending);
        assert_eq!(race((receiver.recv(), pending)).wait(), Won2::A(Some(1)));
    }

    #[test]
    fn it_is_over_once() {
        let mut op = pin!(poll_fn(|_| Poll::Ready(())));
        assert_ready(op.as_mut(), &Probe::new().waker());
        assert!(catch(|| poll_noop(op.as_mut())).is_err());
        let mut op = pin!(poll_fn(|_| Poll::Ready(())));
        op.as_mut().cancel();
        assert!(catch(|| poll_noop(op.as_mut())).is_err());
    }
}
