//! Sends: in place and by value, at once, in tasks, in threads, and for a limited time.

use std::pin::pin;
use std::sync::Arc;
use std::thread;
#[cfg(not(feature = "original"))]
use std::time::{Duration, Instant};

use crate::LIMIT;
use crate::desk::{Desk, Page};
use crate::support::{
    Probe, assert_pending, assert_ready, block_on, poll_once, spawn_sleeper, watchdog,
};
use crate::sut::mpsc::errors::{Closed, TryRecvError, TrySendError};
use crate::sut::mpsc::{self, blocking};

#[test]
fn b11_a_task_waits_for_a_slot() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    let probe = Probe::new();
    *assert_ready(pin!(sender.send_ref()), &probe.waker()).unwrap() = 1;
    {
        let mut send = pin!(sender.send_ref());
        assert_pending(send.as_mut(), &probe.waker());
        assert_eq!(probe.wakes(), 0);
        assert_eq!(receiver.try_recv(), Ok(1));
        assert_eq!(probe.wakes(), 1);
        *assert_ready(send, &probe.waker()).unwrap() = 2;
    }
    assert_eq!(receiver.try_recv(), Ok(2));
    drop(receiver);
    let closed = assert_ready(pin!(sender.send_ref()), &probe.waker());
    assert_eq!(closed.err(), Some(closed_by(())));
}

#[test]
fn b11_a_thread_waits_for_a_slot() {
    watchdog("b11", LIMIT, || {
        static CHANNEL: blocking::StaticChannel<u32, 1> = blocking::StaticChannel::new();
        let (sender, receiver) = CHANNEL.split();
        *sender.send_ref().unwrap() = 1;
        let waiting = spawn_sleeper(move || {
            *sender.send_ref().unwrap() = 2;
            sender
        });
        waiting.wait_asleep();
        assert!(!waiting.is_finished());
        assert_eq!(receiver.recv(), Some(1));
        assert_eq!(receiver.recv(), Some(2));
        let sender = waiting.join();
        drop(receiver);
        assert_eq!(sender.send_ref().err(), Some(closed_by(())));
    });
}

/// An error of that kind: it cannot be made by name.
fn closed_by<T: Clone + Default>(message: T) -> Closed<T> {
    let (sender, receiver) = blocking::channel(1);
    drop(receiver);
    sender.send(message).unwrap_err()
}

#[test]
fn b12_a_dropped_slot_is_sent() {
    let (sender, receiver) = mpsc::channel::<String>(2);
    sender.try_send_ref().unwrap().push_str("written");
    drop(sender.try_send_ref().unwrap());
    assert_eq!(receiver.try_recv().as_deref(), Ok("written"));
    assert_eq!(receiver.try_recv().as_deref(), Ok(""));
}

/// There what others send is hidden, and a slot that is forgotten is the end.
#[cfg(not(feature = "original"))]
#[test]
fn b13_a_held_slot_holds_up_nobody() {
    let (sender, receiver) = mpsc::channel::<u32>(3);
    let mut held = sender.try_send_ref().unwrap();
    *held = 1;
    sender.try_send(2).unwrap();
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    drop(held);
    assert_eq!(receiver.try_recv(), Ok(1));
    std::mem::forget(sender.try_send_ref().unwrap());
    for lap in 0..10 {
        sender.try_send(lap).unwrap();
        sender.try_send(lap + 100).unwrap();
        assert!(sender.try_send(9).unwrap_err().is_full(), "one slot less");
        assert_eq!(receiver.try_recv(), Ok(lap));
        assert_eq!(receiver.try_recv(), Ok(lap + 100));
    }
}

#[test]
fn b14_by_value() {
    let (sender, receiver) = mpsc::channel::<Option<Arc<u8>>>(1);
    let message = Arc::new(1);
    let probe = Probe::new();
    let sent = assert_ready(pin!(sender.send(Some(message.clone()))), &probe.waker());
    assert!(sent.is_ok());
    {
        let mut send = Box::pin(sender.send(Some(message.clone())));
        assert_pending(send.as_mut(), &probe.waker());
        assert_eq!(Arc::strong_count(&message), 3);
        drop(send);
        assert_eq!(Arc::strong_count(&message), 2, "cancelled, it drops it");
    }
    assert!(receiver.try_recv().unwrap().is_some());
    assert_eq!(
        receiver.try_recv(),
        Err(TryRecvError::Empty),
        "and sends nothing"
    );
    drop(receiver);
    let back = assert_ready(pin!(sender.send(Some(message.clone()))), &probe.waker());
    assert!(Arc::ptr_eq(
        &back.unwrap_err().into_inner().unwrap(),
        &message
    ));
    let (sender, receiver) = blocking::channel::<u32>(1);
    sender.send(1).unwrap();
    drop(receiver);
    assert_eq!(sender.send(2).unwrap_err().into_inner(), 2);
}

/// Cancelled after it was woken it has sent nothing, either.
#[test]
fn b14_a_cancelled_send_was_never_sent() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    let probe = Probe::new();
    sender.try_send(1).unwrap();
    let mut send = Box::pin(sender.send(2));
    assert_pending(send.as_mut(), &probe.waker());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert!(probe.take_woken());
    drop(send);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    sender.try_send(3).unwrap();
    assert_eq!(receiver.try_recv(), Ok(3));
}

#[test]
fn b15_at_once() {
    static TASKS: mpsc::StaticChannel<u32, 1> = mpsc::StaticChannel::new();
    static THREADS: blocking::StaticChannel<u32, 1> = blocking::StaticChannel::new();
    macro_rules! at_once {
        ($handles:expr) => {{
            let (sender, receiver) = $handles;
            *sender.try_send_ref().unwrap() = 1;
            assert!(matches!(sender.try_send_ref(), Err(TrySendError::Full(()))));
            assert!(matches!(sender.try_send(2), Err(TrySendError::Full(2))));
            assert_eq!(receiver.try_recv(), Ok(1));
            sender.try_send(3).unwrap();
            drop(receiver);
            assert!(matches!(
                sender.try_send_ref(),
                Err(TrySendError::Closed(()))
            ));
            assert!(matches!(sender.try_send(4), Err(TrySendError::Closed(4))));
        }};
    }
    at_once!(mpsc::channel::<u32>(1));
    at_once!(blocking::channel::<u32>(1));
    at_once!(TASKS.split());
    at_once!(THREADS.split());
}

/// There one that timed out leaves its frame in the queue.
#[cfg(not(feature = "original"))]
#[test]
fn b16_timed_sends() {
    watchdog("b16", LIMIT, || {
        static CHANNEL: blocking::StaticChannel<u32, 1> = blocking::StaticChannel::new();
        macro_rules! timed {
            ($handles:expr) => {{
                const MOMENT: Duration = Duration::from_millis(2);
                let (sender, receiver) = $handles;
                sender.send_timeout(1, MOMENT).unwrap();
                let start = Instant::now();
                assert!(sender.send_ref_timeout(MOMENT).unwrap_err().is_timeout());
                assert!(start.elapsed() >= MOMENT);
                let back = sender.send_timeout(2, MOMENT).unwrap_err();
                assert!(back.is_timeout() && back.into_inner() == 2);
                assert_eq!(receiver.try_recv(), Ok(1));
                *sender.send_ref_timeout(Duration::ZERO).unwrap() = 3;
                assert_eq!(receiver.try_recv(), Ok(3), "nobody was left in the queue");
                drop(receiver);
                assert!(sender.send_ref_timeout(MOMENT).unwrap_err().is_closed());
                let back = sender.send_timeout(4, Duration::MAX).unwrap_err();
                assert!(back.is_closed() && back.into_inner() == 4);
            }};
        }
        timed!(blocking::channel::<u32>(1));
        timed!(CHANNEL.split());
    });
}

/// There each wake begins the whole time anew.
#[cfg(not(feature = "original"))]
#[test]
fn b16_a_disturbed_timed_send_ends_in_time() {
    watchdog("b16 disturbed", LIMIT, || {
        let (sender, _receiver) = blocking::channel::<u32>(1);
        sender.send(1).unwrap();
        let start = Instant::now();
        let waiting = spawn_sleeper(move || {
            let both = (
                sender.send_timeout(2, Duration::from_millis(30)),
                sender.send_ref_timeout(Duration::from_millis(30)).err(),
            );
            (both, start.elapsed())
        });
        assert!(waiting.disturb_until_finished() > 0);
        let ((by_value, in_place), took) = waiting.join();
        assert!(by_value.unwrap_err().is_timeout() && in_place.unwrap().is_timeout());
        assert!(took >= Duration::from_millis(60) && took < Duration::from_secs(5));
    });
}

#[test]
fn b37_waiting_senders_are_served_in_order() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    sender.try_send(0).unwrap();
    let probes = [(); 3].map(|()| Probe::new());
    let mut sends: Vec<_> = (1..=3).map(|n| Box::pin(sender.send(n))).collect();
    for (send, probe) in sends.iter_mut().zip(&probes) {
        assert_pending(send.as_mut(), &probe.waker());
    }
    for next in 0..3 {
        assert_eq!(receiver.try_recv(), Ok(next as u32));
        let woken: Vec<_> = probes.iter().map(Probe::take_woken).collect();
        assert_eq!(woken, [next == 0, next == 1, next == 2]);
        let sent = assert_ready(sends[next].as_mut(), &probes[next].waker());
        assert!(sent.is_ok());
    }
}

/// There who comes takes the slot away from the one who was woken, who queues again, behind all.
#[cfg(not(feature = "original"))]
#[test]
fn b37_and_nobody_overtakes_them() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    let probe = Probe::new();
    sender.try_send(0).unwrap();
    let mut send = pin!(sender.send(1));
    assert_pending(send.as_mut(), &probe.waker());
    assert_eq!(receiver.try_recv(), Ok(0));
    assert!(probe.take_woken());
    assert!(sender.try_send(2).unwrap_err().is_full());
    assert!(assert_ready(send, &probe.waker()).is_ok());
    assert_eq!(receiver.try_recv(), Ok(1));
}

/// There the news goes with it, and the next sleeps on.
#[cfg(not(feature = "original"))]
#[test]
fn b38_a_cancelled_send_passes_its_slot_on() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    let (first, second) = (Probe::new(), Probe::new());
    sender.try_send(0).unwrap();
    let mut one = Box::pin(sender.send(1));
    let mut two = Box::pin(sender.send_ref());
    assert_pending(one.as_mut(), &first.waker());
    assert_pending(two.as_mut(), &second.waker());
    assert_eq!(receiver.try_recv(), Ok(0));
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    drop(one);
    assert_eq!(second.wakes(), 1);
    *assert_ready(two.as_mut(), &second.waker()).unwrap() = 2;
    assert_eq!(receiver.try_recv(), Ok(2));
}

/// A slot that came free while nobody waited is there for who comes; who waits later is told later.
#[test]
fn b39_what_nobody_waited_for() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    sender.try_send(0).unwrap();
    assert_eq!(receiver.try_recv(), Ok(0));
    sender.try_send(1).unwrap();
    let probe = Probe::new();
    let mut send = pin!(sender.send(2));
    assert!(poll_once(send.as_mut(), &probe.waker()).is_pending());
    let before = probe.wakes();
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(probe.wakes(), before + 1);
    assert!(assert_ready(send, &probe.waker()).is_ok());
}

#[test]
fn b40_first_in_first_out() {
    watchdog("b40", LIMIT, || {
        let (sender, receiver) = blocking::channel::<(usize, u32)>(4);
        let threads: Vec<_> = (0..2)
            .map(|who| {
                let sender = sender.clone();
                thread::spawn(move || {
                    for n in 0..500 {
                        if n % 2 == 0 {
                            sender.send((who, n)).unwrap();
                        } else {
                            *sender.send_ref().unwrap() = (who, n);
                        }
                    }
                })
            })
            .collect();
        drop(sender);
        let mut next = [0; 2];
        while let Some((who, n)) = receiver.recv() {
            assert_eq!(n, next[who]);
            next[who] += 1;
        }
        assert_eq!(next, [500; 2]);
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    });
}

/// There by when the slot was reserved.
#[cfg(not(feature = "original"))]
#[test]
fn b40_the_order_is_that_of_finishing() {
    let (sender, receiver) = mpsc::with_recycle::<Page, _>(3, Desk::default());
    let mut first = sender.try_send_ref().unwrap();
    let mut second = sender.try_send_ref().unwrap();
    (first.word, second.word) = (1, 2);
    drop(second);
    sender.try_send(Page::new(3)).unwrap();
    drop(first);
    let words = [(); 3].map(|()| receiver.try_recv().unwrap().word);
    assert_eq!(words, [2, 3, 1]);
}

#[test]
fn b14_no_page_is_lost_between_tasks() {
    let desk = Desk::default();
    let (sender, receiver) = mpsc::with_recycle::<Page, _>(2, desk);
    let sum = block_on(async {
        let send = async {
            for n in 1..=100 {
                sender.send(Page::new(n)).await.unwrap();
            }
        };
        let receive = async {
            let mut sum = 0;
            for _ in 0..100 {
                sum += receiver.recv_ref().await.unwrap().word;
            }
            sum
        };
        futures_util::future::join(send, receive).await.1
    });
    assert_eq!(sum, 5050);
}
