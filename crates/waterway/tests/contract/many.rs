//! Several receivers wait: who is woken, and what becomes of the wake-up.

use super::Form;
use super::crowd::{WAYS, Waiting, Way, park_all, put, run, woken};
use super::help::{room, take_all};
use super::kind::{Receiver, Sender};
use crate::support::{
    Event, Ledger, Probe, Tracked, assert_pending, assert_ready, block_on, catch, poll_noop,
    together,
};
use futures_core::future::FusedFuture;
use std::future::ready;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Poll, Waker};
use std::time::Duration;
use waterway::{Operation, RecvTimeoutError, TryRecvError, Wait};

on_every_form!(
    a_woken_receive_that_is_dropped_passes_it_on,
    a_woken_receive_that_is_cancelled_passes_it_on,
    a_baton_goes_through_many_hands,
    a_receive_whose_time_is_up_passes_it_on,
    one_that_timed_out_and_is_kept_passes_it_on,
    who_comes_first_takes_it,
    each_message_wakes_the_next_in_line,
    a_slow_sender_wakes_one_for_each,
    a_new_waker_keeps_the_place,
    a_waker_that_comes_back_in,
    a_panicking_waker_among_others,
    a_panicking_waker_at_the_end,
);

/// Whoever was woken goes, without a look: the next one is woken, and gets the message.
fn a_woken_receive_that_is_dropped_passes_it_on<F: Form>() {
    for first in WAYS {
        for second in WAYS {
            let ledger = Ledger::new();
            let (tx, rx) = F::make();
            let a = Waiting::park(first, &rx);
            let mut b = Waiting::park(second, &rx);
            let sent = put(&tx, &ledger, 1);
            assert!(a.woken() && !b.woken(), "{first:?}, {second:?}");
            drop(a);
            assert!(b.woken(), "{first:?}, {second:?}");
            assert_eq!(b.poll(), Poll::Ready(Some(vec![1])));
            drop((b, sent));
            drop((tx, rx));
            ledger.assert_all_dropped();
        }
    }
}

fn a_woken_receive_that_is_cancelled_passes_it_on<F: Form>() {
    for verb in 0..3 {
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let probe = Probe::new();
        let (mut buffer, other) = (Vec::new(), rx.clone());
        let mut recv = Box::pin(rx.recv());
        let mut owned = Box::pin(other.recv_owned());
        let mut many = Box::pin(rx.recv_many(&mut buffer, 3));
        match verb {
            0 => assert_pending(recv.as_mut(), &probe.waker()),
            1 => assert_pending(owned.as_mut(), &probe.waker()),
            _ => assert_pending(many.as_mut(), &probe.waker()),
        }
        let mut second = Waiting::park(Way::Recv, &rx);
        let sent = put(&tx, &ledger, 1);
        assert!(probe.is_woken() && !second.woken());
        match verb {
            0 => recv.as_mut().cancel(),
            1 => drop(owned.as_mut().cancel()),
            _ => many.as_mut().cancel(),
        }
        assert!(second.woken(), "verb {verb}");
        assert_eq!(second.poll(), Poll::Ready(Some(vec![1])));
        drop((recv, owned, many, second, sent));
        drop((tx, rx));
        ledger.assert_all_dropped();
    }
}

/// Of a queue everybody but the last goes, each after it was woken.
fn a_baton_goes_through_many_hands<F: Form>() {
    let ledger = Ledger::new();
    let (tx, rx) = F::make();
    let mut waiting = park_all(&rx, 40);
    let sent = put(&tx, &ledger, 1);
    while waiting.len() > 1 {
        assert_eq!(woken(&waiting), [0]);
        drop(waiting.remove(0));
    }
    assert_eq!(run(&mut waiting), (vec![1], 0));
    drop((waiting, sent));
    drop((tx, rx));
    ledger.assert_all_dropped();
}

/// Woken, and then its time is over: it has the message, or another is woken for it.
fn a_receive_whose_time_is_up_passes_it_on<F: Form>() {
    let ledger = Ledger::new();
    let (tx, rx) = F::make();
    let late = AtomicBool::new(false);
    let clock = std::future::poll_fn(|_| match late.load(SeqCst) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    });
    let probe = Probe::new();
    let mut timed = Box::pin(rx.recv().until(clock));
    assert_pending(timed.as_mut(), &probe.waker());
    let mut second = Waiting::park(Way::Recv, &rx);
    let sent = put(&tx, &ledger, 1);
    assert!(probe.is_woken() && !second.woken());
    late.store(true, SeqCst);
    match assert_ready(timed.as_mut(), &probe.waker()) {
        Ok(message) => assert_eq!(message, 1),
        Err(RecvTimeoutError::Timeout) => {
            assert!(second.woken());
            assert_eq!(second.poll(), Poll::Ready(Some(vec![1])));
        }
        Err(RecvTimeoutError::Closed) => panic!("it is open"),
    }
    drop((timed, second, sent));
    drop((tx, rx));
    ledger.assert_all_dropped();
}

/// Who waited by an operation keeps it, and goes on to other things.
fn one_that_timed_out_and_is_kept_passes_it_on<F: Form>() {
    for looks_again in [false, true] {
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let mut left = Box::pin(rx.recv());
        assert_pending(left.as_mut(), Waker::noop());
        let timed = threaded_or!(
            left.as_mut().wait_timeout(Duration::from_millis(2)),
            block_on(left.as_mut().until(ready(())))
        );
        assert!(timed.is_err(), "nothing is there");
        let mut second = Waiting::park(Way::Recv, &rx);
        // Its owner is not there to be given anything.
        let refused = tx.try_send(ledger.make(7));
        assert_eq!(refused.is_ok(), F::BUFFERS);
        let sent = (!F::BUFFERS).then(|| put(&tx, &ledger, 7));
        if looks_again {
            // It is a receive like any other.
            let polled = poll_noop(left.as_mut());
            assert!(matches!(polled, Poll::Ready(Some(m)) if m == 7));
            drop(left);
            assert!(second.poll().is_pending());
        } else {
            drop(left);
            assert!(second.woken());
            assert_eq!(second.poll(), Poll::Ready(Some(vec![7])));
        }
        drop((second, sent, refused));
        drop((tx, rx));
        ledger.assert_all_dropped();
    }
}

threaded! {
    on_every_form!(a_timed_wait_races_the_message);

    fn a_timed_wait_races_the_message<F: Form>() {
        for round in 0..150u64 {
            let ledger = Ledger::new();
            let (tx, rx) = F::make();
            let got = together(3, |i| match i {
                0 => {
                    let sent = tx.send(ledger.make(1)).wait();
                    assert!(sent.is_ok());
                    None
                }
                1 => {
                    let short = Duration::from_micros(round % 50);
                    let got = rx.recv().wait_timeout(short).ok();
                    if got.is_some() {
                        // The other one waits yet.
                        tx.send(ledger.make(2)).wait().expect("open");
                    }
                    got
                }
                _ => block_on(rx.recv()),
            });
            assert!(got[2].is_some());
            let count = got.iter().flatten().count();
            assert_eq!(count, ledger.created(), "round {round}");
            drop(got);
            drop((tx, rx));
            ledger.assert_all_dropped();
        }
    }
}

/// A message is not given to who was woken: one who looks before takes it, and then the other waits on.
fn who_comes_first_takes_it<F: Form>() {
    let ledger = Ledger::new();
    let (tx, rx) = F::make();
    let mut slow = Waiting::park(Way::Recv, &rx);
    for id in 0..10 {
        let sent = put(&tx, &ledger, id);
        assert!(slow.woken());
        assert_eq!(rx.try_recv().expect("it is there"), id);
        assert!(slow.poll().is_pending());
        drop(sent);
    }
    let sent = put(&tx, &ledger, 10);
    assert!(slow.woken());
    assert_eq!(slow.poll(), Poll::Ready(Some(vec![10])));
    drop((slow, sent));
    drop((tx, rx));
    ledger.assert_all_dropped();
}

/// In the order in which they came, one each, and nobody twice; and in whatever order they look.
fn each_message_wakes_the_next_in_line<F: Form>() {
    let ledger = Ledger::new();
    let (tx, rx) = F::make();
    let burst = room::<F>().max(1);
    let ways = [Way::Recv, Way::Stream, Way::RecvOwned, Way::Until];
    let ways = ways.iter().cycle().take(3 * burst);
    let mut waiting: Vec<_> = ways.map(|way| Waiting::park(*way, &rx)).collect();
    for _ in 0..3 {
        let mut sends: Vec<_> = Vec::new();
        for n in 0..burst {
            sends.push(put(&tx, &ledger, n as u64));
            assert_eq!(woken(&waiting), (0..=n).collect::<Vec<_>>());
        }
        for n in 0..burst {
            let mut latest = waiting.remove(burst - 1 - n);
            assert_eq!(latest.probe.wakes(), 1);
            assert_eq!(latest.poll(), Poll::Ready(Some(vec![n as u64])));
        }
        assert_eq!(woken(&waiting), []);
    }
    drop(waiting);
    drop((tx, rx));
    ledger.assert_all_dropped();
}

/// Eight wait all the time: each message wakes one, and no message wakes two.
fn a_slow_sender_wakes_one_for_each<F: Form>() {
    const MESSAGES: u64 = 100;
    let ledger = Ledger::new();
    let (tx, rx) = F::make();
    let mut waiting = park_all(&rx, 8);
    let mut wakes = 0;
    for id in 0..MESSAGES {
        let sent = put(&tx, &ledger, id);
        assert_eq!(woken(&waiting), [0], "the one that has waited longest");
        let mut first = waiting.remove(0);
        assert_eq!(first.poll(), Poll::Ready(Some(vec![id])));
        wakes += first.probe.wakes();
        let way = WAYS[id as usize % WAYS.len()];
        waiting.push(Waiting::park(way, &rx));
        drop(sent);
    }
    wakes += waiting.iter().map(|w| w.probe.wakes()).sum::<usize>();
    assert_eq!(wakes as u64, MESSAGES);
    threaded! {
        // In threads: it may happen that one takes what another was woken for, but seldom two.
        let taken = AtomicUsize::new(0);
        let (tx, rx) = F::make();
        let tx = Mutex::new(Some(tx));
        let wakes = together(9, |i| {
            if i == 0 {
                let tx = tx.lock().unwrap().take().expect("once");
                for id in 0..MESSAGES {
                    tx.send(ledger.make(id)).wait().expect("open");
                    crate::support::wait_until(|| taken.load(SeqCst) as u64 > id);
                }
                return 0;
            }
            let probe = Probe::new();
            let this = std::thread::current();
            probe.hook(Event::Wake, move || this.unpark());
            let waker = probe.waker();
            loop {
                let mut recv = std::pin::pin!(rx.recv());
                let got = loop {
                    match crate::support::poll_once(recv.as_mut(), &waker) {
                        Poll::Ready(got) => break got,
                        Poll::Pending => {
                            while !probe.take_woken() {
                                std::thread::park();
                            }
                        }
                    }
                };
                match got {
                    Some(_) => drop(taken.fetch_add(1, SeqCst)),
                    None => return probe.wakes(),
                }
            }
        });
        // And the end, for each.
        let wakes: usize = wakes.iter().sum();
        assert!(wakes <= 2 * MESSAGES as usize + 8, "{wakes} wakes");
        ledger.assert_all_dropped();
    }
}

/// Polled with another waker: it stays where it is in the queue, and the other waker is woken.
fn a_new_waker_keeps_the_place<F: Form>() {
    for way in WAYS {
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let mut waiting = vec![
            Waiting::park(Way::Recv, &rx),
            Waiting::park(way, &rx),
            Waiting::park(Way::Recv, &rx),
        ];
        let old = waiting[1].probe.clone();
        for _ in 0..10 {
            assert!(waiting[1].poll_anew().is_pending());
        }
        assert_eq!((old.refs(), old.wakes()), (0, 0), "the old waker is let go");
        for id in 0..3 {
            let sent = put(&tx, &ledger, id);
            assert_eq!(woken(&waiting), [0], "{way:?}");
            assert_eq!(waiting.remove(0).poll(), Poll::Ready(Some(vec![id])));
            drop(sent);
        }
        assert_eq!(old.wakes(), 0);
        drop(waiting);
        drop((tx, rx));
        ledger.assert_all_dropped();
    }
}

/// A waker that sends, receives, waits and leaves itself, while others wait.
fn a_waker_that_comes_back_in<F: Form>() {
    type Deed = fn(&Sender<Tracked>, &Receiver<Tracked>, &Ledger);
    let deeds: [Deed; 6] = [
        |tx, _, ledger| drop(tx.try_send(ledger.make(50))),
        |_, rx, _| drop(rx.try_recv()),
        |tx, rx, _| {
            drop((tx.clone(), rx.clone()));
            owning!(drop(rx.downgrade().upgrade()););
        },
        |_, rx, _| {
            // Enters the queue and leaves it again.
            let mut recv = std::pin::pin!(rx.recv());
            let _ = poll_noop(recv.as_mut());
        },
        |_, rx, _| rx.drain().for_each(drop),
        |tx, _, _| {
            tx.close();
        },
    ];
    for event in [Event::Wake, Event::Clone, Event::Drop] {
        for (i, deed) in deeds.into_iter().enumerate() {
            let ledger = Ledger::new();
            let (tx, rx) = F::make();
            let wild = Probe::new();
            let (inner_tx, inner_rx) = (tx.clone(), rx.clone());
            wild.hook_here(event, move || deed(&inner_tx, &inner_rx, &ledger));
            let mut before = Waiting::park(Way::Recv, &rx);
            let mut recv = Box::pin(rx.recv());
            let mut parked = crate::support::poll_once(recv.as_mut(), &wild.waker()).is_pending();
            let mut behind = Waiting::new(Way::Stream, &rx);
            let _ = behind.poll();
            // Its turn comes, as that of one in the middle.
            let mut sends: Vec<_> = (0..3).map(|id| put(&tx, &ledger, id)).collect();
            if parked && i % 2 == 0 {
                parked = crate::support::poll_once(recv.as_mut(), &wild.waker()).is_pending();
            }
            drop(recv);
            wild.unhook();
            tx.close();
            // Whatever it did: everybody comes to an end, and no message is lost.
            for op in &mut sends {
                if !op.is_terminated() {
                    let _ = poll_noop(op.as_mut());
                }
            }
            for one in [&mut before, &mut behind] {
                while one.woken() {
                    if one.poll().is_ready() {
                        break;
                    }
                }
            }
            let what = format!("{event:?}, deed {i}, parked: {parked}");
            drop((before, behind, sends));
            let mut rx = rx;
            take_all(&mut rx);
            assert!(matches!(rx.try_recv(), Err(TryRecvError::Closed)), "{what}");
            assert_eq!(wild.refs(), 0, "{what}");
            drop((tx, rx));
            ledger.assert_all_dropped();
        }
    }
}

/// The wake of one panics: its message is there, and the next message wakes the next.
fn a_panicking_waker_among_others<F: Form>() {
    let ledger = Ledger::new();
    let (tx, rx) = F::make();
    let wild = Probe::panicking(Event::Wake);
    let mut first = Box::pin(rx.recv());
    assert_pending(first.as_mut(), &wild.waker());
    let mut second = Waiting::park(Way::Stream, &rx);
    let mut third = Waiting::park(Way::Recv, &rx);
    let mut op = Box::pin(tx.clone().send_owned(ledger.make(1)));
    let _ = catch(|| poll_noop(op.as_mut()));
    assert_eq!(wild.wakes(), 1);
    assert!(!second.woken() && !third.woken());
    // It was told, and goes: the next in its place.
    drop(first);
    assert!(second.woken());
    assert_eq!(second.poll(), Poll::Ready(Some(vec![1])));
    assert!(!third.woken());
    let sent = put(&tx, &ledger, 2);
    assert!(third.woken());
    assert_eq!(third.poll(), Poll::Ready(Some(vec![2])));
    drop((second, third, op, sent));
    drop((tx, rx));
    ledger.assert_all_dropped();
}

/// One of many panics as it is told of the end: the others are told all the same.
fn a_panicking_waker_at_the_end<F: Form>() {
    for by_close in [false, true] {
        let (tx, rx) = F::make::<Tracked>();
        let mut waiting = park_all(&rx, 30);
        let wild = Probe::panicking(Event::Wake);
        let mut op: Pin<Box<_>> = Box::pin(rx.recv());
        assert_pending(op.as_mut(), &wild.waker());
        waiting.extend(park_all(&rx, 30));
        let told = catch(|| match by_close {
            true => assert!(tx.close()),
            false => drop(tx),
        });
        told.expect_err("it panics");
        assert_eq!(wild.wakes(), 1);
        assert_eq!(run(&mut waiting), (Vec::new(), 60));
        assert!(waiting.is_empty());
        assert!(assert_ready(op.as_mut(), Waker::noop()).is_none());
    }
}
