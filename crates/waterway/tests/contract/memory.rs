//! Nothing grows: by polling again, by cancelling, by bursts.
//!
//! The allocator counts per thread, so everything here runs on the one thread of its test.

use super::{Form, SenderRef};
use super::help::{fill, room};
use super::kind::{Receiver, Sender};
use super::{handle, lent, poller};
use crate::support::memory::{Held, assert_installed, growth};
use crate::support::{Ledger, Probe, poll_once};
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

on_every_form!(
    re_polls_and_cancels_do_not_grow,
    a_robbed_receiver_does_not_grow,
    a_channel_gives_everything_back,
    clones_do_not_grow,
    ten_thousand_waiters_leave_nothing,
);
on_bounded_forms!(a_bounded_channel_does_not_allocate);

const MANY: usize = 20_000;

const NOTHING: Held = Held {
    bytes: 0,
    blocks: 0,
    calls: 0,
};

/// Runs `step` a few times to warm up and then many times: nothing more may be held afterwards.
#[track_caller]
fn assert_flat(what: &str, mut step: impl FnMut()) {
    (0..100).for_each(|_| step());
    let ((), grown) = growth(|| (0..MANY).for_each(|_| step()));
    assert_eq!(
        (grown.bytes, grown.blocks),
        (0, 0),
        "{what}: grew after {MANY} times"
    );
}

/// Polls an operation that waits, again and again, with wakers that differ.
#[track_caller]
fn assert_re_polls_flat<Op: Future>(what: &str, operation: Op) {
    let probes = [Probe::new(), Probe::new()];
    let wakers = [probes[0].waker(), probes[1].waker()];
    let mut operation = Box::pin(operation);
    let mut turn = 0;
    assert_flat(what, || {
        turn ^= 1;
        assert!(poll_once(operation.as_mut(), &wakers[turn]).is_pending());
    });
    drop(operation);
    assert_eq!(
        (probes[0].refs(), probes[1].refs()),
        (1, 1),
        "{what}: only the test's own"
    );
}

/// Creates, parks and drops operations, again and again.
macro_rules! assert_cancels_flat {
    ($what:expr, $operation:expr) => {{
        let probe = Probe::new();
        let waker = probe.waker();
        assert_flat($what, || {
            let operation = std::pin::pin!($operation);
            assert!(poll_once(operation, &waker).is_pending());
        });
        assert_eq!(probe.refs(), 1, "{}: only the test's own", $what);
    }};
}

fn re_polls_and_cancels_do_not_grow<F: Form>() {
    assert_installed();
    let (mut tx, mut rx) = F::make::<u64>();
    assert_re_polls_flat("recv", rx.recv());
    peeking!(assert_re_polls_flat("peek", rx.peek()););
    gathering! {
        let mut buffer = Vec::new();
        assert_re_polls_flat("recv_many", rx.recv_many(&mut buffer, 3));
    }
    assert_re_polls_flat("closed", tx.closed());
    let probe = Probe::new();
    let waker = probe.waker();
    {
        let mut poller = lent(&mut rx);
        assert_flat("poll_recv", || {
            assert!(
                poller
                    .poll_recv(&mut Context::from_waker(&waker))
                    .is_pending()
            );
        });
    }
    // A stream goes with its waker. A sole receiver keeps it: the next operation puts its own in its
    // place.
    assert_re_polls_flat("recv after poll_recv", rx.recv());
    assert_eq!(probe.refs(), 1);
    assert_cancels_flat!("closed", tx.closed());
    let rx = Mutex::new(rx);
    assert_flat("recv", || {
        let mut rx = rx.lock().unwrap();
        assert!(poll_once(std::pin::pin!(rx.recv()), Waker::noop()).is_pending());
        peeking!(assert!(poll_once(std::pin::pin!(rx.peek()), Waker::noop()).is_pending()););
    });
    let room = room::<F>() as u64;
    (0..room).for_each(|id| tx.try_send(id).expect("room"));
    numbered! {
        if F::BUFFERS {
            assert_re_polls_flat("flush", tx.flush());
            assert_cancels_flat!("flush", tx.flush());
        }
    }
    if F::CAPACITY.is_none() {
        return;
    }
    assert_re_polls_flat("send", tx.send(7));
    assert_cancels_flat!("send", tx.send(7));
    crowded!(assert_cancels_flat!("send_owned", tx.clone().send_owned(7)););
    numbered! {
        assert_re_polls_flat("send_many", tx.send_many([7, 8]));
        assert_cancels_flat!("send_many", tx.send_many([7, 8]));
        if F::BUFFERS {
            assert_re_polls_flat("reserve", tx.reserve());
            assert_cancels_flat!("reserve", tx.reserve());
            assert_cancels_flat!("reserve_many", tx.reserve_many(1));
            crowded!(assert_cancels_flat!("reserve_owned", tx.clone().reserve_owned()););
        }
    }
    // And cancelled after it was woken.
    assert_flat("a send and its receive", || {
        let mut send = std::pin::pin!(tx.send(9));
        assert!(poll_once(send.as_mut(), Waker::noop()).is_pending());
        rx.lock().unwrap().try_recv().expect("a message");
    });
    assert_flat("timed out", || {
        assert!(at_once!(tx.send(9)).is_err());
    });
}

/// Woken, and somebody else took it: the next poll parks again.
fn a_robbed_receiver_does_not_grow<F: Form>() {
    let (mut tx, rx) = F::make::<u64>();
    let mut poller = poller(rx);
    let probe = Probe::new();
    let waker = probe.waker();
    assert_flat("robbed", || {
        let mut cx = Context::from_waker(&waker);
        assert!(poller.poll_recv(&mut cx).is_pending());
        let mut send = std::pin::pin!(tx.send(1));
        let _ = poll_once(send.as_mut(), Waker::noop());
        assert_eq!(handle(&mut poller).try_recv(), Ok(1));
    });
    assert!(probe.refs() <= 2);
    drop((poller, tx));
    assert_eq!(probe.refs(), 1);
}

fn clones_do_not_grow<F: Form>() {
    let (mut tx, rx) = F::make::<u64>();
    crowded! {
        assert_flat("clones", || drop(tx.clone()));
        owning! {
            assert_flat("weak ones", || {
                let weak = tx.downgrade();
                drop(weak.upgrade().expect("alive"));
                drop((weak.clone(), weak));
            });
        }
    }
    assert!(!tx.is_closed());
    let mut rx = Some(rx);
    assert_flat("owned operations", || {
        let taken = rx.take().unwrap();
        let mut op = std::pin::pin!(taken.recv_owned());
        assert!(poll_once(op.as_mut(), Waker::noop()).is_pending());
        rx = Some(op.as_mut().cancel());
    });
}

fn a_channel_gives_everything_back<F: Form>() {
    fn play<F: Form>(ledger: &Ledger) {
        let (mut tx, mut rx) = F::make();
        let probe = Probe::new();
        for _ in 0..3 {
            fill::<F>(lend!(tx), ledger);
            let mut send = Box::pin(tx.send(ledger.make(50)));
            let _ = poll_once(send.as_mut(), &probe.waker());
            while rx.try_recv().is_ok() {}
        }
        fill::<F>(lend!(tx), ledger);
        crowded!(owning!(let weak = tx.downgrade();););
        drop(tx);
        drop(rx);
        crowded!(owning!(drop(weak);););
    }
    let weight = |n: usize| {
        let ledger = Ledger::with_room(n * 100);
        play::<F>(&ledger);
        let ((), grown) = growth(|| (0..n).for_each(|_| play::<F>(&ledger)));
        ledger.assert_all_dropped();
        grown
    };
    assert_eq!(weight(1).bytes, 0);
    assert_eq!(weight(50).blocks, 0);
}

/// Parks nothing and fills nothing: a bounded channel lives in what it got when it was made.
fn a_bounded_channel_does_not_allocate<F: Form>() {
    let ((mut tx, mut rx), made) = growth(again::<F>());
    owning!(assert_eq!(made.blocks, isize::from(F::ALLOCATES), "one allocation"););
    let ((), used) = growth(|| {
        for _ in 0..100 {
            for id in 0..room::<F>() as u64 {
                tx.try_send(id).expect("room");
            }
            {
                let mut send = std::pin::pin!(tx.send(9));
                assert!(poll_once(send.as_mut(), Waker::noop()).is_pending());
                while rx.try_recv().is_ok() {}
                assert_eq!(poll_once(send.as_mut(), Waker::noop()), Poll::Ready(Ok(())));
            }
            numbered!(drop(tx.try_reserve().expect("room")););
        }
    });
    assert_eq!(used, NOTHING);
    let ((), freed) = growth(|| drop((tx, rx)));
    assert_eq!((freed.blocks, freed.bytes), (-made.blocks, -made.bytes));
}

/// Makes a channel of a form that has made one before: the first one finds a place for a static.
fn again<F: Form>() -> fn() -> (Sender<u64>, Receiver<u64>) {
    drop(F::make::<u64>());
    F::make::<u64>
}

owning! {
    on_every_form!(an_empty_channel_is_one_allocation);

    /// An empty channel is one allocation: an unbounded one has no segment yet. One in a static is none.
    fn an_empty_channel_is_one_allocation<F: Form>() {
        let (ends, made) = growth(again::<F>());
        if F::ALLOCATES {
            assert_eq!(made.blocks, 1);
            let most = match F::CAPACITY {
                None => 152,
                Some(n) => 152 + 16 * (n as isize + 1),
            };
            assert!(made.bytes <= most, "{} bytes", made.bytes);
        } else {
            assert_eq!(made, NOTHING);
        }
        let ((), freed) = growth(|| drop(ends));
        assert_eq!((freed.blocks, freed.bytes), (-made.blocks, -made.bytes));
    }
}

type Big = [u64; 32];

crowded! {
    fn burst(tx: SenderRef<'_, Big>, rx: &mut Receiver<Big>, n: u64) {
        let mut parked = Vec::new();
        for id in 0..n {
            if let Err(back) = tx.try_send([id; 32]) {
                parked.push(Box::pin(tx.send(back.into_inner())));
            }
        }
        for op in &mut parked {
            assert!(poll_once(op.as_mut(), Waker::noop()).is_pending());
        }
        for id in 0..n {
            assert_eq!(rx.try_recv(), Ok([id; 32]));
        }
        assert!(rx.try_recv().is_err());
    }
}

crowded! {
    on_every_form!(bursts_are_given_back);

    fn bursts_are_given_back<F: Form>() {
        /// 256 byte messages: a few segments may be kept, thousands of messages may not.
        const KEPT: isize = 40 << 10;
        let (mut tx, mut rx) = F::make();
        let ((), first) = growth(|| burst(lend!(tx), &mut rx, 2000));
        assert!(first.bytes <= KEPT, "kept after 2000 messages: {first:?}");
        let ((), second) = growth(|| burst(lend!(tx), &mut rx, 20_000));
        assert!(
            first.bytes + second.bytes <= KEPT,
            "kept after 20000 messages: {second:?}"
        );
        let ((), third) = growth(|| (0..20).for_each(|_| burst(lend!(tx), &mut rx, 500)));
        assert!(
            first.bytes + second.bytes + third.bytes <= KEPT,
            "kept after 20 bursts: {third:?}"
        );
    }
}

fn ten_thousand_waiters_leave_nothing<F: Form>() {
    let (mut tx, mut rx) = F::make::<u64>();
    for id in 0..room::<F>() as u64 {
        tx.try_send(id).expect("room");
    }
    let before = crate::support::memory::live();
    let probe = Probe::new();
    let waker = probe.waker();
    let (_, grown) = growth(|| {
        let mut closed: Vec<_> = (0..10_000).map(|_| Box::pin(tx.closed())).collect();
        for op in &mut closed {
            assert!(poll_once(op.as_mut(), &waker).is_pending());
        }
        crowded! { if F::CAPACITY.is_some() {
            let mut sends: Vec<_> = (0..10_000).map(|id| Box::pin(tx.send(id))).collect();
            for op in &mut sends {
                assert!(poll_once(op.as_mut(), &waker).is_pending());
            }
            // From both ends, and from the middle.
            drop(sends.split_off(7000));
            drop(sends.drain(..3000));
        } }
    });
    // No traffic was needed.
    let after = crate::support::memory::live();
    assert!(
        grown.bytes - 256 <= 0,
        "the waiters left something: {grown:?}, {before:?} {after:?}"
    );
    assert_eq!(probe.refs(), 1);
    while rx.try_recv().is_ok() {}
}
