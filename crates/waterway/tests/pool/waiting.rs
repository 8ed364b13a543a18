//! Waiting: of tasks and threads, for limited times, given up, called off, and beside others.

use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::{FusedStream, Stream};
use waterway::error::Delivered;
use waterway::pool;
use waterway::select::{Won2, race};
use waterway::{
    RecvTimeoutError, SendError, SendTimeoutError, Timeout, TryRecvError, mpsc, select, select_wait,
};

use crate::LIMIT;
use crate::desk::{Desk, read, write};
use crate::support::{
    Probe, assert_pending, assert_ready, block_on, spawn_sleeper, together, watchdog,
};

const MOMENT: Duration = Duration::from_millis(2);

#[test]
fn a_receive_waits_and_is_woken_once() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(2);
    let probe = Probe::new();
    {
        let mut receive = pin!(receiver.recv_ref());
        assert_pending(receive.as_mut(), &probe.waker());
        let slot = sender.try_slot().unwrap();
        assert_eq!(probe.wakes(), 0, "nothing is sent yet");
        drop(slot);
        assert_eq!(probe.wakes(), 0, "nor now");
        write(&sender, 1);
        write(&sender, 2);
        assert_eq!(probe.wakes(), 1);
        assert_eq!(assert_ready(receive, &probe.waker()).unwrap().words, [1]);
    }
    let value = assert_ready(pin!(receiver.recv()), &probe.waker());
    assert_eq!(value.unwrap().words, [2]);
    assert_eq!(probe.refs(), 0);
}

/// B38: a slot that was given to a send that is cancelled goes to the next.
#[test]
fn b38_a_cancelled_wait_passes_the_slot_on() {
    for cancel in [false, true] {
        let desk = Desk::new();
        let (sender, mut receiver) = desk.pool(1);
        write(&sender, 1);
        let probe = Probe::new();
        let mut first = Box::pin(sender.slot());
        let mut second = Box::pin(sender.slot());
        let mut third = Box::pin(sender.send(desk.page(3)));
        assert_pending(first.as_mut(), &probe.waker());
        assert_pending(second.as_mut(), &probe.waker());
        assert_pending(third.as_mut(), &probe.waker());
        assert_eq!(read(&mut receiver), 1);
        assert_eq!(probe.wakes(), 1);
        if cancel {
            first.as_mut().cancel();
        } else {
            drop(first);
        }
        assert_eq!(probe.wakes(), 2);
        let second = second.as_mut();
        drop(assert_ready(second, &probe.waker()).unwrap());
        assert_eq!(probe.wakes(), 3);
        assert_ready(third.as_mut(), &probe.waker()).unwrap();
        assert_eq!(read(&mut receiver), 3);
        assert_eq!(probe.refs(), 0);
    }
}

/// What lay in the slot is not taken for the message that went there.
#[test]
fn a_cancelled_send_tells_whether_it_was_delivered() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(1);
    for delivered in [false, true, true, false] {
        write(&sender, 1);
        let probe = Probe::new();
        let mut send = pin!(sender.send(desk.page(2)));
        assert_pending(send.as_mut(), &probe.waker());
        if delivered {
            assert_eq!(read(&mut receiver), 1);
            let cancelled = send.as_mut().cancel();
            assert_eq!(cancelled.map(|page| page.words), Err(Delivered));
            assert_eq!(read(&mut receiver), 2);
        } else {
            let cancelled = send.as_mut().cancel();
            assert_eq!(cancelled.map(|page| page.words), Ok(vec![2]));
            assert_eq!(read(&mut receiver), 1);
        }
    }
    drop((sender, receiver));
    desk.ledger.assert_all_dropped();
}

#[test]
fn a_dropped_receive_has_taken_nothing() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(1);
    let probe = Probe::new();
    {
        let mut receive = pin!(receiver.recv_ref());
        assert_pending(receive.as_mut(), &probe.waker());
        write(&sender, 1);
        assert_eq!(probe.wakes(), 1);
    }
    assert_eq!(read(&mut receiver), 1);
    assert_eq!((probe.refs(), desk.counts()), (0, (1, 1)));
}

/// B16, B20: every wait can be limited, and leaves nothing behind.
#[test]
fn b16_timed_waits_end() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(1);
    let timeout = receiver.recv_ref().wait_timeout(MOMENT).unwrap_err();
    assert_eq!(timeout, RecvTimeoutError::Timeout);
    let timeout = receiver.recv().wait_timeout(MOMENT).unwrap_err();
    assert_eq!(timeout, RecvTimeoutError::Timeout);
    let slot = sender.slot().wait_timeout(Duration::ZERO).unwrap();
    let timeout = sender.slot().wait_timeout(MOMENT).unwrap_err();
    assert_eq!(timeout, SendTimeoutError::Timeout(()));
    let timeout = sender.send(desk.page(5)).wait_timeout(MOMENT).unwrap_err();
    assert!(timeout.is_timeout());
    assert_eq!(timeout.into_inner().words, [5]);
    assert_eq!(sender.closed().wait_timeout(MOMENT), Err(Timeout));
    block_on(async {
        let ended = sender.slot().until(async {}).await.unwrap_err();
        assert_eq!(ended, SendTimeoutError::Timeout(()));
        let ended = receiver.recv_ref().until(async {}).await.unwrap_err();
        assert_eq!(ended, RecvTimeoutError::Timeout);
    });
    // Nobody stands before this one.
    drop(slot);
    write(&sender, 1);
    assert_eq!(receiver.recv_ref().wait_timeout(MOMENT).unwrap().words, [1]);
    sender.close();
    assert_eq!(sender.closed().wait_timeout(MOMENT), Ok(()));
    let closed = sender.slot().wait_timeout(MOMENT).unwrap_err();
    assert_eq!(closed, SendTimeoutError::Closed(()));
    let closed = receiver.recv_ref().wait_timeout(MOMENT).unwrap_err();
    assert_eq!(closed, RecvTimeoutError::Closed);
}

#[test]
fn the_end_wakes_all_who_wait() {
    for by_drop in [false, true] {
        let desk = Desk::new();
        let (sender, receiver) = desk.pool(1);
        write(&sender, 1);
        let probe = Probe::new();
        let mut slot = pin!(sender.slot());
        let mut send = pin!(sender.send(desk.page(2)));
        let mut closed = pin!(sender.closed());
        assert_pending(slot.as_mut(), &probe.waker());
        assert_pending(send.as_mut(), &probe.waker());
        assert_pending(closed.as_mut(), &probe.waker());
        let receiver = if by_drop {
            drop(receiver);
            None
        } else {
            receiver.close();
            Some(receiver)
        };
        assert_eq!(probe.wakes(), 3);
        assert_eq!(
            assert_ready(slot, &probe.waker()).unwrap_err(),
            SendError(())
        );
        let back = assert_ready(send, &probe.waker()).unwrap_err();
        assert_eq!(back.into_inner().words, [2]);
        assert_ready(closed, &probe.waker());
        if let Some(mut receiver) = receiver {
            assert_eq!(read(&mut receiver), 1);
        }
        assert_eq!(probe.refs(), 0);
    }
}

/// The receiver learns of the end: by the last sender, and by the last slot after a close.
#[test]
fn a_receiver_is_told_of_the_end() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(2);
    let probe = Probe::new();
    let slot = sender.try_slot().unwrap();
    {
        let mut receive = pin!(receiver.recv_ref());
        assert_pending(receive.as_mut(), &probe.waker());
        sender.close();
        assert_pending(receive.as_mut(), &probe.waker());
        let _ = probe.take_woken();
        drop(slot);
        assert!(probe.take_woken(), "the last slot was given up");
        assert!(assert_ready(receive, &probe.waker()).is_none());
    }
    drop((sender, receiver));
    let (sender, mut receiver) = desk.pool(2);
    let mut slot = sender.clone().try_slot_owned().unwrap();
    slot.words.push(1);
    {
        let mut receive = pin!(receiver.recv());
        assert_pending(receive.as_mut(), &probe.waker());
        drop(sender);
        assert!(!probe.take_woken(), "the slot is a sender");
        drop(slot.send().unwrap());
        assert!(probe.take_woken());
        assert_eq!(assert_ready(receive, &probe.waker()).unwrap().words, [1]);
    }
    assert!(receiver.recv_ref().wait().is_none());
}

/// Operations that hold their handle give it back, whatever comes of it.
#[test]
fn owned_operations_give_the_handle_back() {
    let desk = Desk::new();
    let (sender, receiver) = desk.pool(1);
    let mut slot = sender.slot_owned().wait().unwrap();
    slot.words.push(1);
    let sender = slot.send().unwrap();
    let probe = Probe::new();
    let mut waiting = Box::pin(sender.slot_owned());
    assert_pending(waiting.as_mut(), &probe.waker());
    let sender = waiting.as_mut().cancel();
    let Err(SendTimeoutError::Timeout(sender)) = sender.slot_owned().wait_timeout(MOMENT) else {
        panic!("all slots are in use");
    };
    let (page, receiver) = receiver.recv_ref_owned().wait();
    let page = page.unwrap();
    let (sent, sender) = sender.send_owned(desk.page(2)).wait_timeout(MOMENT);
    assert!(sent.unwrap_err().is_timeout());
    drop(page);
    let (sent, sender) = sender.send_owned(desk.page(2)).wait();
    sent.unwrap();
    let (value, receiver) = receiver.recv_owned().wait();
    assert_eq!(value.unwrap().words, [2]);
    let (ended, receiver) = receiver.recv_ref_owned().wait_timeout(MOMENT);
    assert_eq!(ended.unwrap_err(), RecvTimeoutError::Timeout);
    drop(receiver);
    let SendError(sender) = sender.slot_owned().wait().unwrap_err();
    assert!(sender.is_closed());
    drop(sender);
    desk.ledger.assert_all_dropped();
}

/// B21: polled by hand; the latest waker is woken, and goes with the receiver.
#[test]
fn b21_receivers_are_polled() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(2);
    let (first, second) = (Probe::new(), Probe::new());
    for probe in [&first, &second] {
        let waker = probe.waker();
        let mut context = Context::from_waker(&waker);
        assert!(receiver.poll_recv_ref(&mut context).is_pending());
        assert!(receiver.poll_recv(&mut context).is_pending());
        let polled = Pin::new(&mut receiver).poll_next(&mut context);
        assert!(polled.is_pending());
    }
    assert_eq!((first.refs(), second.refs()), (0, 1));
    for word in 0..2 {
        write(&sender, word);
    }
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
    let mut context = Context::from_waker(std::task::Waker::noop());
    let Poll::Ready(Some(page)) = receiver.poll_recv_ref(&mut context) else {
        panic!("it was sent");
    };
    assert_eq!(page.words, [0]);
    drop(page);
    let Poll::Ready(Some(page)) = receiver.poll_recv(&mut context) else {
        panic!("it was sent");
    };
    assert_eq!(page.words, [1]);
    let waker = first.waker();
    assert!(
        receiver
            .poll_recv(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(waker);
    assert_eq!(first.refs(), 1);
    drop(receiver);
    assert_eq!(first.refs(), 0);
}

/// B41, B43: iterators and a stream, of messages that one may keep.
#[test]
fn b41_messages_one_after_the_other() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(3);
    for word in 0..3 {
        write(&sender, word);
    }
    let pages: Vec<_> = receiver.try_iter().collect();
    assert_eq!(pages.len(), 3);
    for (page, word) in pages.iter().zip(0..) {
        assert_eq!(page.words, [word]);
    }
    assert!(sender.is_full());
    drop(pages);
    for word in 0..2 {
        write(&sender, word);
    }
    assert!(!receiver.is_terminated());
    let mut context = Context::from_waker(std::task::Waker::noop());
    let next = Pin::new(&mut receiver).poll_next(&mut context);
    assert!(matches!(next, Poll::Ready(Some(page)) if page.words == [0]));
    assert_eq!(receiver.iter().next().unwrap().words, [1]);
    write(&sender, 2);
    drop(sender);
    assert!(!receiver.is_terminated());
    let words: Vec<u64> = (&mut receiver)
        .into_iter()
        .map(|page| page.words[0])
        .collect();
    assert_eq!(words, [2]);
    assert!(receiver.is_terminated());
    assert!(receiver.into_iter().next().is_none());
}

/// Arms of a wait over several operations.
#[test]
fn arms_of_a_race() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(1);
    let (other, mut news) = mpsc::bounded::<u8>(1);
    let probe = Probe::new();
    {
        let mut waiting = pin!(race((receiver.recv_ref(), news.recv())));
        assert_pending(waiting.as_mut(), &probe.waker());
        write(&sender, 1);
        assert!(probe.take_woken());
        let won = assert_ready(waiting, &probe.waker());
        assert!(matches!(won, Won2::A(Some(page)) if page.words == [1]));
    }
    // Of two slots one is taken; the other goes on.
    let (rival, mut second) = desk.pool(1);
    write(&sender, 2);
    write(&rival, 3);
    {
        let mut waiting = pin!(race((sender.slot(), rival.slot())));
        assert_pending(waiting.as_mut(), &probe.waker());
        assert_eq!(read(&mut second), 3);
        assert_eq!(read(&mut receiver), 2);
        let won = assert_ready(waiting, &probe.waker());
        assert!(matches!(won, Won2::B(Ok(_))));
    }
    write(&sender, 4);
    write(&rival, 5);
    assert_eq!(probe.refs(), 0);
    other.try_send(9).unwrap();
    let taken = select_wait! {
        biased;
        page = receiver.recv_ref() => page.unwrap().words[0],
        _ = news.recv() => 0,
    };
    assert_eq!(taken, 4);
    let taken = block_on(async {
        select! {
            biased;
            page = second.recv() => page.unwrap().words[0],
            _ = news.recv() => 0,
        }
    });
    assert_eq!(taken, 5);
}

/// B1: a thread and a task at each end of one channel, with guards that go from one to the other.
#[test]
fn b1_threads_and_tasks_on_one_pool() {
    watchdog("b1", LIMIT, || {
        let desk = Desk::new();
        let (sender, receiver) = desk.pool(2);
        let mut sums = together(3, {
            let (sender, receiver) = (sender, std::sync::Mutex::new(Some(receiver)));
            let sender = std::sync::Mutex::new(vec![sender.clone(), sender]);
            move |role| {
                if role == 2 {
                    let mut receiver = receiver.lock().unwrap().take().unwrap();
                    let mut sum = 0;
                    loop {
                        let page = match sum % 2 {
                            0 => receiver.recv_ref().wait().map(|page| page.words[0]),
                            _ => block_on(receiver.recv_ref()).map(|page| page.words[0]),
                        };
                        let Some(word) = page else { return sum };
                        sum += word;
                    }
                }
                let sender = sender.lock().unwrap().pop().unwrap();
                for word in 1..=500 {
                    let mut slot = match role {
                        0 => sender.slot().wait(),
                        _ => block_on(sender.slot()),
                    }
                    .unwrap();
                    slot.words.push(word);
                    slot.send().unwrap();
                }
                0
            }
        });
        assert_eq!(sums.pop(), Some(500 * 501));
    });
}

/// A timed wait that is given its slot in the last moment gives it back.
#[test]
fn a_timed_out_wait_leaves_no_slot_behind() {
    watchdog("timed", LIMIT, || {
        let (sender, mut receiver) = pool::bounded::<u64>(1);
        let sleeper = spawn_sleeper({
            let sender = sender.clone();
            move || {
                for _ in 0..200 {
                    match sender.slot().wait_timeout(Duration::from_micros(50)) {
                        Ok(slot) => slot.send().unwrap(),
                        Err(error) => assert!(error.is_timeout()),
                    }
                }
            }
        });
        while !sleeper.is_finished() {
            let _ = receiver.recv_ref().wait_timeout(Duration::from_micros(60));
        }
        sleeper.join();
        while receiver.try_recv_ref().is_ok() {}
        assert!(sender.try_slot().is_ok());
    });
}

/// D6: an operation that was given a slot and is never polled again holds that, and nobody else up.
#[test]
fn d6_a_forgotten_wait_costs_one_slot() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(2);
    write(&sender, 1);
    write(&sender, 2);
    let probe = Probe::new();
    let mut frozen = Box::pin(sender.clone().slot_owned());
    assert_pending(frozen.as_mut(), &probe.waker());
    mem::forget(frozen);
    let mut behind = pin!(sender.slot());
    assert_pending(behind.as_mut(), &probe.waker());
    assert_eq!(read(&mut receiver), 1);
    assert_eq!(read(&mut receiver), 2);
    assert_eq!(probe.wakes(), 2);
    drop(assert_ready(behind, &probe.waker()).unwrap());
    for word in 0..10 {
        write(&sender, word);
        assert_eq!(read(&mut receiver), word);
    }
}

/// A receiver that is shared under a lock: none of the wakers is cloned, dropped or woken where it is left.
#[test]
fn a_waker_is_left_under_a_lock() {
    let (sender, mut receiver) = pool::bounded::<u32>(4);
    let (first, second) = (Probe::new(), Probe::new());
    let counts = |probe: &Probe| (probe.clones(), probe.drops(), probe.wakes());
    let (one, other) = (first.waker(), second.waker());
    let before = (counts(&first), counts(&second));
    assert!(receiver.leave_waker(one).unwrap().is_none());
    let old = receiver.leave_waker(other).unwrap();
    assert_eq!((counts(&first), counts(&second)), before);
    assert!(old.is_some(), "the first comes back");
    drop(old);
    assert_eq!((first.refs(), second.refs()), (0, 1));
    sender.try_send(1).unwrap();
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
    assert_eq!(receiver.try_recv(), Ok(1));
    sender.try_send(2).unwrap();
    assert_eq!(second.wakes(), 1, "it is woken once");
    assert!(receiver.leave_waker(first.waker()).unwrap().is_none());
    drop(sender);
    assert_eq!(first.wakes(), 1, "of the end as well");
    assert_eq!(first.refs() + second.refs(), 0);
}

/// A waker that is left beside those who wake.
#[test]
fn wakers_are_left_beside_traffic() {
    watchdog("wakers beside traffic", LIMIT, || {
        let (sender, receiver) = pool::bounded::<u32>(2);
        let receiver = std::sync::Mutex::new(receiver);
        let next = |context: &mut Context<'_>| {
            let waker = context.waker().clone();
            let mut receiver = receiver.lock().unwrap();
            let left = receiver.leave_waker(waker);
            let found = receiver.try_recv();
            drop(receiver);
            if let Err(waker) = left {
                waker.wake();
            }
            match found {
                Ok(message) => Poll::Ready(Some(message)),
                Err(TryRecvError::Closed) => Poll::Ready(None),
                Err(TryRecvError::Empty) => Poll::Pending,
            }
        };
        let sum = std::thread::scope(|scope| {
            scope.spawn(move || (1..=2000).for_each(|n| sender.send(n).wait().unwrap()));
            let mut sum = 0;
            // Each wait is by a task of its own: another waker.
            while let Some(message) = block_on(std::future::poll_fn(next)) {
                sum += message;
            }
            sum
        });
        assert_eq!(sum, 2001 * 1000);
    });
}
