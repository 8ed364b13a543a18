//! Receives, and the ends of channels.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;
#[cfg(not(feature = "original"))]
use std::time::Instant;

use crate::LIMIT;
use crate::desk::{Desk, Page};
use crate::support::{Event, Probe, assert_pending, assert_ready, spawn_sleeper, watchdog};
use crate::sut::mpsc::errors::{RecvTimeoutError, TryRecvError};
use crate::sut::mpsc::{self, blocking};

const MOMENT: Duration = Duration::from_millis(2);

#[test]
fn b17_in_place() {
    let (sender, receiver) = mpsc::channel::<String>(2);
    let probe = Probe::new();
    {
        let mut receive = pin!(receiver.recv_ref());
        assert_pending(receive.as_mut(), &probe.waker());
        sender.try_send_ref().unwrap().push_str("hello");
        assert_eq!(probe.wakes(), 1);
        let mut message = assert_ready(receive, &probe.waker()).unwrap();
        message.push('!');
        assert_eq!(*message, "hello!");
    }
    sender.try_send("the last".to_owned()).unwrap();
    drop(sender);
    let last = assert_ready(pin!(receiver.recv_ref()), &probe.waker());
    assert_eq!(last.as_deref().map(String::as_str), Some("the last"));
    drop(last);
    assert!(assert_ready(pin!(receiver.recv_ref()), &probe.waker()).is_none());

    watchdog("b17", LIMIT, || {
        let (sender, receiver) = blocking::channel::<String>(2);
        let waiting = spawn_sleeper(move || {
            let first = receiver.recv_ref().map(|message| message.clone());
            (first, receiver.recv_ref().is_none())
        });
        waiting.wait_asleep();
        sender.send_ref().unwrap().push_str("hello");
        drop(sender);
        assert_eq!(waiting.join(), (Some("hello".to_owned()), true));
    });
}

#[test]
fn b18_by_value() {
    let (sender, receiver) = mpsc::channel::<String>(1);
    let probe = Probe::new();
    let text = "moved, not copied".to_owned();
    let place = text.as_ptr();
    sender.try_send(text).unwrap();
    let received = assert_ready(pin!(receiver.recv()), &probe.waker()).unwrap();
    assert_eq!(received.as_ptr(), place);
    assert_eq!(*sender.try_send_ref().unwrap(), "");
    let (sender, receiver) = blocking::channel::<u32>(1);
    sender.send(1).unwrap();
    drop(sender);
    assert_eq!((receiver.recv(), receiver.recv()), (Some(1), None));
}

#[test]
fn b19_at_once() {
    static TASKS: mpsc::StaticChannel<u32, 2> = mpsc::StaticChannel::new();
    static THREADS: blocking::StaticChannel<u32, 2> = blocking::StaticChannel::new();
    macro_rules! at_once {
        ($handles:expr) => {{
            let (sender, receiver) = $handles;
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
            assert!(matches!(receiver.try_recv_ref(), Err(TryRecvError::Empty)));
            sender.try_send(1).unwrap();
            sender.try_send(2).unwrap();
            drop(sender);
            assert_eq!(*receiver.try_recv_ref().unwrap(), 1);
            assert_eq!(receiver.try_recv(), Ok(2));
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
            assert!(matches!(receiver.try_recv_ref(), Err(TryRecvError::Closed)));
        }};
    }
    at_once!(mpsc::channel::<u32>(2));
    at_once!(blocking::channel::<u32>(2));
    at_once!(TASKS.split());
    at_once!(THREADS.split());
}

#[test]
fn b20_timed_receives() {
    watchdog("b20", LIMIT, || {
        static CHANNEL: blocking::StaticChannel<u32, 2> = blocking::StaticChannel::new();
        macro_rules! timed {
            ($handles:expr) => {{
                let (sender, receiver) = $handles;
                let none = receiver.recv_ref_timeout(MOMENT).err();
                assert_eq!(none, Some(RecvTimeoutError::Timeout));
                assert_eq!(
                    receiver.recv_timeout(MOMENT),
                    Err(RecvTimeoutError::Timeout)
                );
                sender.send(1).unwrap();
                sender.send(2).unwrap();
                // A message wins over the clock.
                assert_eq!(*receiver.recv_ref_timeout(Duration::ZERO).unwrap(), 1);
                assert_eq!(receiver.recv_timeout(Duration::MAX), Ok(2));
                drop(sender);
                assert_eq!(receiver.recv_timeout(MOMENT), Err(RecvTimeoutError::Closed));
                let none = receiver.recv_ref_timeout(MOMENT).err();
                assert_eq!(none, Some(RecvTimeoutError::Closed));
            }};
        }
        timed!(blocking::channel::<u32>(2));
        timed!(CHANNEL.split());
    });
}

/// There each wake begins the whole time anew.
#[cfg(not(feature = "original"))]
#[test]
fn b20_a_disturbed_timed_receive_ends_in_time() {
    watchdog("b20 disturbed", LIMIT, || {
        let (_sender, receiver) = blocking::channel::<u32>(1);
        let start = Instant::now();
        let waiting = spawn_sleeper(move || {
            let result = receiver.recv_timeout(Duration::from_millis(30));
            (result, start.elapsed())
        });
        assert!(waiting.disturb_until_finished() > 0);
        let (result, took) = waiting.join();
        assert_eq!(result, Err(RecvTimeoutError::Timeout));
        assert!(took >= Duration::from_millis(30) && took < Duration::from_secs(5));
    });
}

#[test]
fn b21_the_latest_waker_is_woken() {
    static CHANNEL: mpsc::StaticChannel<u32, 4> = mpsc::StaticChannel::new();
    macro_rules! polled {
        ($handles:expr) => {{
            let (sender, receiver) = $handles;
            let (first, second) = (Probe::new(), Probe::new());
            let (one, two) = (first.waker(), second.waker());
            let poll_ref = |waker| match receiver.poll_recv_ref(&mut Context::from_waker(waker)) {
                Poll::Ready(message) => Poll::Ready(message.map(|message| *message)),
                Poll::Pending => Poll::Pending,
            };
            assert_eq!(poll_ref(&one), Poll::Pending);
            assert!(
                receiver
                    .poll_recv(&mut Context::from_waker(&two))
                    .is_pending()
            );
            sender.try_send(1).unwrap();
            assert_eq!((first.wakes(), second.wakes()), (0, 1));
            assert_eq!(poll_ref(&one), Poll::Ready(Some(1)));
            sender.try_send(2).unwrap();
            let got = receiver.poll_recv(&mut Context::from_waker(&one));
            assert_eq!(got, Poll::Ready(Some(2)));
            assert_eq!(poll_ref(&two), Poll::Pending);
            drop(sender);
            assert!(second.is_woken(), "of the end as well");
            assert_eq!(poll_ref(&two), Poll::Ready(None));
        }};
    }
    polled!(mpsc::channel::<u32>(4));
    polled!(CHANNEL.split());
}

/// What comes between the look and the waker's registration is seen.
#[test]
fn b21_nothing_is_passed_by() {
    let (sender, receiver) = mpsc::channel::<u32>(4);
    let probe = Probe::new();
    let sending = sender.clone();
    probe.hook(Event::Clone, move || sending.try_send(1).unwrap());
    let waker = probe.waker();
    let polled = receiver.poll_recv(&mut Context::from_waker(&waker));
    probe.unhook();
    assert!(matches!(polled, Poll::Ready(Some(1))) || probe.is_woken());
}

/// The sender does not wait: in the original, two receivers who free slots for one that waits may both be about to
/// wake it, and the one who finds nobody panics, where debug assertions are on.
#[test]
fn b22_a_receiver_is_shared() {
    watchdog("b22", LIMIT, || {
        let (sender, receiver) = blocking::channel::<u32>(8);
        let sum = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        match receiver.try_recv() {
                            // ORDERING: Relaxed: read after the scope.
                            Ok(n) => drop(sum.fetch_add(n as usize, Ordering::Relaxed)),
                            Err(TryRecvError::Empty) => thread::yield_now(),
                            Err(_) => break,
                        }
                    }
                });
            }
            for n in 1..=1000 {
                while sender.try_send(n).is_err() {
                    thread::yield_now();
                }
            }
            drop(sender);
        });
        assert_eq!(sum.into_inner(), 500_500);
    });
}

/// There the first is never woken.
#[cfg(not(feature = "original"))]
#[test]
fn b22_who_wait_at_one_receiver_are_woken_in_turn() {
    let (sender, receiver) = mpsc::channel::<u32>(4);
    let probes = [(); 3].map(|()| Probe::new());
    let woken = || probes.each_ref().map(Probe::take_woken);
    let mut waits: Vec<_> = (0..3).map(|_| Box::pin(receiver.recv())).collect();
    for (wait, probe) in waits.iter_mut().zip(&probes) {
        assert_pending(wait.as_mut(), &probe.waker());
    }
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    assert_eq!(woken(), [false, false, true]);
    assert_eq!(assert_ready(waits[2].as_mut(), &probes[2].waker()), Some(1));
    assert_eq!(woken(), [false, true, false]);
    // Dropped instead: its turn goes on.
    drop(waits.remove(1));
    assert_eq!(woken(), [true, false, false]);
    assert_eq!(assert_ready(waits[0].as_mut(), &probes[0].waker()), Some(2));
    assert!(probes.iter().all(|probe| probe.refs() == 0));
}

/// The same in threads, of which one does not wait for ever.
#[cfg(not(feature = "original"))]
#[test]
fn b22_threads_at_one_receiver() {
    watchdog("b22 threads", LIMIT, || {
        let (sender, receiver) = blocking::channel::<u32>(2);
        let sum = AtomicUsize::new(0);
        thread::scope(|scope| {
            for who in 0..3 {
                let (receiver, sum) = (&receiver, &sum);
                scope.spawn(move || {
                    loop {
                        let message = if who == 0 {
                            receiver.recv_timeout(Duration::from_micros(50))
                        } else {
                            receiver.recv().ok_or(RecvTimeoutError::Closed)
                        };
                        match message {
                            // ORDERING: Relaxed: read after the scope.
                            Ok(n) => drop(sum.fetch_add(n as usize, Ordering::Relaxed)),
                            Err(RecvTimeoutError::Timeout) => (),
                            Err(_) => break,
                        }
                    }
                });
            }
            for n in 1..=2000 {
                sender.send(n).unwrap();
                if n % 64 == 0 {
                    thread::yield_now();
                }
            }
            drop(sender);
        });
        assert_eq!(sum.into_inner(), 2_001_000);
    });
}

/// Wakers are anybody's code: it may receive itself, wherever it is run.
#[cfg(not(feature = "original"))]
#[test]
fn b22_wakers_may_receive() {
    watchdog("b22 wakers", LIMIT, || {
        let (sender, receiver) = mpsc::channel::<u32>(4);
        let receiver = Arc::new(receiver);
        let probes = [(); 2].map(|()| Probe::new());
        let calls = Arc::new(AtomicUsize::new(0));
        for probe in &probes {
            for event in [Event::Clone, Event::Wake, Event::Drop] {
                let (receiver, calls) = (receiver.clone(), calls.clone());
                probe.hook(event, move || {
                    // ORDERING: Relaxed: one thread.
                    calls.fetch_add(1, Ordering::Relaxed);
                    let _ = receiver.try_recv();
                });
            }
        }
        for _ in 0..3 {
            for probe in &probes {
                let waker = probe.waker();
                let polled = receiver.poll_recv(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
            }
        }
        drop(sender.try_send_ref());
        // ORDERING: Relaxed, as above.
        assert!(calls.load(Ordering::Relaxed) > 3);
        probes.iter().for_each(Probe::unhook);
    });
}

#[test]
fn b23_what_was_received_stays_until_its_slot_is_used_again() {
    let (sender, receiver) = mpsc::with_recycle::<Page, _>(1, Desk::default());
    let probe = Probe::new();
    let kept = Arc::new(());
    sender.try_send_ref().unwrap().holds = Some(kept.clone());
    let mut send = pin!(sender.send_ref());
    assert_pending(send.as_mut(), &probe.waker());
    let message = receiver.try_recv_ref().unwrap();
    assert_eq!(probe.wakes(), 0);
    drop(message);
    assert_eq!(probe.wakes(), 1, "the slot goes to who waits");
    assert_eq!(Arc::strong_count(&kept), 2);
    let slot = assert_ready(send, &probe.waker()).unwrap();
    assert_eq!(Arc::strong_count(&kept), 1);
    assert!(slot.holds.is_none());
}

#[test]
fn b24_a_held_message_holds_up_nobody() {
    let (sender, receiver) = mpsc::channel::<u32>(3);
    for n in 0..3 {
        sender.try_send(n).unwrap();
    }
    let held = receiver.try_recv_ref().unwrap();
    assert!(sender.try_send(9).unwrap_err().is_full(), "one slot less");
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Ok(2));
    for lap in 10..20 {
        sender.try_send(lap).unwrap();
        assert_eq!(receiver.try_recv(), Ok(lap));
    }
    assert_eq!(*held, 0);
    std::mem::forget(held);
    for lap in 20..30 {
        sender.try_send(lap).unwrap();
        sender.try_send(lap).unwrap();
        assert!(sender.try_send(9).unwrap_err().is_full(), "for ever");
        assert_eq!(
            (receiver.try_recv(), receiver.try_recv()),
            (Ok(lap), Ok(lap))
        );
    }
}

/// There a slot that a sender has passed by is of use only when the receiver has passed it, too, and counts until then.
#[cfg(not(feature = "original"))]
#[test]
fn b24_a_slot_that_is_let_go_is_free_at_once() {
    let (sender, receiver) = mpsc::channel::<u32>(2);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    let held = receiver.try_recv_ref().unwrap();
    assert!(sender.try_send(3).unwrap_err().is_full());
    assert_eq!((sender.len(), sender.remaining()), (1, 1));
    drop(held);
    sender.try_send(3).unwrap();
    assert_eq!((receiver.try_recv(), receiver.try_recv()), (Ok(2), Ok(3)));
}

/// There it says so as soon as one sender is left.
#[cfg(not(feature = "original"))]
#[test]
fn b33_closed_is_said_when_the_last_sender_went() {
    static TASKS: mpsc::StaticChannel<u32, 1> = mpsc::StaticChannel::new();
    static THREADS: blocking::StaticChannel<u32, 1> = blocking::StaticChannel::new();
    macro_rules! closed {
        ($handles:expr) => {{
            let (sender, receiver) = $handles;
            assert!(!receiver.is_closed());
            let other = sender.clone();
            drop(sender);
            assert!(!receiver.is_closed());
            drop(other);
            assert!(receiver.is_closed());
        }};
    }
    closed!(mpsc::channel::<u32>(1));
    closed!(blocking::channel::<u32>(1));
    closed!(TASKS.split());
    closed!(THREADS.split());
}

#[test]
fn b34_after_the_last_sender() {
    let (sender, receiver) = mpsc::channel::<u32>(4);
    let other = sender.clone();
    sender.try_send(1).unwrap();
    drop(sender);
    other.try_send(2).unwrap();
    drop(other);
    assert!(receiver.is_closed());
    let probe = Probe::new();
    assert_eq!(assert_ready(pin!(receiver.recv()), &probe.waker()), Some(1));
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(assert_ready(pin!(receiver.recv()), &probe.waker()), None);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn b35_waiting_senders_learn_that_the_receiver_went() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    sender.try_send(0).unwrap();
    let probes = [Probe::new(), Probe::new()];
    let mut by_value = pin!(sender.send(1));
    let mut in_place = pin!(sender.send_ref());
    assert_pending(by_value.as_mut(), &probes[0].waker());
    assert_pending(in_place.as_mut(), &probes[1].waker());
    drop(receiver);
    assert!(probes.iter().all(Probe::is_woken));
    let back = assert_ready(by_value, &probes[0].waker());
    assert_eq!(back.unwrap_err().into_inner(), 1);
    assert!(assert_ready(in_place, &probes[1].waker()).is_err());
    assert!(matches!(
        sender.try_send(2),
        Err(mpsc::errors::TrySendError::Closed(2))
    ));

    watchdog("b35", LIMIT, || {
        let (sender, receiver) = blocking::channel::<u32>(1);
        sender.send(0).unwrap();
        let waiting = spawn_sleeper(move || sender.send(1));
        waiting.wait_asleep();
        drop(receiver);
        assert_eq!(waiting.join().unwrap_err().into_inner(), 1);
    });
}

/// There they stay until the last sender goes, and in a static for ever.
#[cfg(not(feature = "original"))]
#[test]
fn b35_messages_go_with_the_receiver() {
    static CHANNEL: mpsc::StaticChannel<Option<Arc<()>>, 2> = mpsc::StaticChannel::new();
    macro_rules! gone {
        ($handles:expr) => {{
            let kept = Arc::new(());
            let (sender, receiver) = $handles;
            sender.try_send(Some(kept.clone())).unwrap();
            let mut slot = sender.try_send_ref().unwrap();
            *slot = Some(kept.clone());
            assert_eq!(Arc::strong_count(&kept), 3);
            drop(receiver);
            assert_eq!(Arc::strong_count(&kept), 2);
            drop(slot);
            assert_eq!(Arc::strong_count(&kept), 1, "what is sent then, too");
        }};
    }
    gone!(mpsc::channel::<Option<Arc<()>>>(2));
    gone!(CHANNEL.split());
}

/// There nothing is closed by what is dropped in a panic.
#[cfg(not(feature = "original"))]
#[test]
fn b36_handles_dropped_by_a_panic_are_gone() {
    use crate::support::catch;

    let (sender, receiver) = mpsc::channel::<u32>(1);
    let dropped = catch(move || {
        let _receiver = receiver;
        panic!("with a receiver");
    });
    assert!(dropped.is_err());
    assert!(sender.try_send(1).unwrap_err().is_closed());

    let (sender, receiver) = blocking::channel::<u32>(1);
    let dropped = catch(move || {
        let sender = sender;
        sender.send(1).unwrap();
        panic!("with a sender");
    });
    assert!(dropped.is_err());
    assert_eq!((receiver.recv(), receiver.recv()), (Some(1), None));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn b41_a_borrowed_receiver_iterates() {
    watchdog("b41", LIMIT, || {
        static CHANNEL: blocking::StaticChannel<u32, 2> = blocking::StaticChannel::new();
        macro_rules! iterated {
            ($handles:expr) => {{
                let (sender, receiver) = $handles;
                let worker = thread::spawn(move || {
                    (0..100).for_each(|n| sender.send(n).unwrap());
                });
                let mut iterator = &receiver;
                assert_eq!(iterator.next().as_deref(), Some(&0));
                let rest: u32 = iterator.map(|message| *message).sum();
                assert_eq!(rest, 4950);
                assert!((&receiver).next().is_none());
                worker.join().unwrap();
            }};
        }
        iterated!(blocking::channel::<u32>(2));
        iterated!(CHANNEL.split());
    });
}
