//! The rows of `pains.md` that are about memory held: C3, E1, E2, E4. Measured with a counting allocator,
//! which counts per thread: each test does all its allocating and freeing on its own.

mod support;

#[path = "pains/kit.rs"]
#[allow(dead_code, reason = "shared with pains.rs, which uses all of it")]
mod kit;

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Waker};

use futures_core::Stream;
use futures_sink::Sink;
use kit::{
    BOUNDED, Bounded, Case, FORMS, Form, Get, Put, SLOTTED, Unbounded, fill, post, take_all,
};
use support::memory::{self, Counting, growth};
use support::{Ledger, Probe, Tracked, poll_noop, poll_once};
use waterway::broadcast;
use waterway::mpsc::{self, Receiver, Sender};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MANY: usize = 20_000;

/// Runs `body` once to warm up, then `times` more, which must not make memory grow by a single byte.
#[track_caller]
fn grows_by_nothing(times: usize, mut body: impl FnMut()) {
    memory::assert_installed();
    body();
    let ((), grown) = growth(|| (0..times).for_each(|_| body()));
    assert_eq!((grown.bytes, grown.blocks), (0, 0), "after {times} times");
}

/// C3: what is allocated is freed with the layout it was allocated with: sizes, also those of messages
/// without a size or of a great alignment, add up to nothing for every capacity.
#[test]
fn c3_layouts_add_up_for_every_capacity() {
    #[derive(Debug)]
    #[repr(align(128))]
    struct Aligned(#[allow(dead_code, reason = "its size counts")] u8);
    fn once<T>(form: Form, sent: usize, mut make: impl FnMut() -> T) {
        let ((), grown) = growth(|| {
            let (tx, mut rx) = form.open::<T>();
            for _ in 0..sent {
                let mut send = Box::pin(tx.send(make()));
                let message = std::mem::size_of::<T>();
                if poll_noop(send.as_mut()).is_pending() {
                    assert!(tx.is_full() || form == Bounded(0), "{message}");
                }
            }
            for _ in 0..sent / 2 {
                if let Ok(message) = rx.try_recv() {
                    assert!((&raw const message).is_aligned());
                }
            }
            if sent % 2 == 0 {
                drop(rx);
                drop(tx);
            } else {
                drop(tx);
                drop(rx);
            }
        });
        assert_eq!(
            (grown.bytes, grown.blocks),
            (0, 0),
            "{form:?}, {sent} messages"
        );
    }
    memory::assert_installed();
    let forms = (0..=70)
        .chain([127, 128, 129, 1000, 1023])
        .map(Bounded)
        .chain([Unbounded]);
    for form in forms {
        for sent in [0, 1, 2, 7, 40, 301] {
            let _case = Case::new((form, sent));
            once(form, sent, || ());
            once(form, sent, || 7u8);
            once(form, sent, || [1u8; 3]);
            once(form, sent, || Box::new(7u32));
            once(form, sent, || vec![1u16; 5]);
            once(form, sent, || Aligned(3));
        }
    }
}

/// C3: messages without a size are dropped as often as they were sent.
#[test]
fn c3_zero_sized_messages_are_dropped_once() {
    use std::cell::Cell;
    thread_local!(static DROPS: Cell<usize> = const { Cell::new(0) });
    struct Zst;
    impl Drop for Zst {
        fn drop(&mut self) {
            DROPS.set(DROPS.get() + 1);
        }
    }
    for form in SLOTTED.into_iter().chain([Bounded(3), Bounded(65)]) {
        for received in 0..3 {
            DROPS.set(0);
            let (tx, mut rx) = form.open();
            let n = form.slots();
            for _ in 0..n {
                assert!(tx.try_send(Zst).is_ok());
            }
            let got = (0..received).filter(|_| rx.try_recv().is_ok()).count();
            assert_eq!(DROPS.get(), got);
            drop(rx);
            assert_eq!(DROPS.get(), n, "{form:?}");
            drop(tx);
            assert_eq!(DROPS.get(), n, "{form:?}");
        }
    }
}

/// E1: polling a parked operation again and again, with one waker or with two in turn, keeps nothing.
#[test]
fn e1_repolling_a_send_keeps_nothing() {
    for form in BOUNDED {
        for put in Put::on(form) {
            let _case = Case::new((form, put));
            let ledger = Ledger::new();
            let (tx, _rx) = form.open();
            fill(form, &tx, &ledger);
            let mut waiting = put.park(&tx, ledger.make(100));
            let mut behind = put.park(&tx, ledger.make(101));
            let others = [Probe::new(), Probe::new()];
            let mut turn = 0;
            grows_by_nothing(MANY / 4, || {
                turn += 1;
                assert!(waiting.poll_with(&others[turn % 2]).is_pending());
                assert!(behind.poll().is_pending());
            });
        }
    }
}

/// E1: the same for what waits for a message.
#[test]
fn e1_repolling_a_receive_keeps_nothing() {
    for form in FORMS {
        for get in Get::ALL {
            let _case = Case::new((form, get));
            let (_tx, mut rx) = form.open();
            let mut waiting = get.park(&mut rx);
            let others = [Probe::new(), Probe::new()];
            let mut turn = 0;
            grows_by_nothing(MANY / 4, || {
                turn += 1;
                assert!(waiting.poll_with(&others[turn % 2]).is_pending());
                assert!(waiting.poll().is_pending());
            });
        }
    }
}

/// E1: operations made, parked and cancelled, over and over, while others wait before and behind them.
#[test]
fn e1_parking_and_cancelling_keeps_nothing() {
    for form in BOUNDED {
        for put in Put::on(form) {
            let _case = Case::new((form, put));
            let ledger = Ledger::new();
            let (tx, _rx) = form.open();
            fill(form, &tx, &ledger);
            let _before = put.park(&tx, ledger.make(100));
            let probe = Probe::new();
            let mut spare = Some(ledger.make(101));
            let ((), grown) = growth(|| {
                for _ in 0..MANY / 4 {
                    let mut op = Box::pin(tx.send(spare.take().unwrap()));
                    assert!(poll_once(op.as_mut(), &probe.waker()).is_pending());
                    spare = op.as_mut().cancel().ok();
                    if form != Bounded(0) {
                        let mut op = Box::pin(tx.reserve_many(1));
                        assert!(poll_once(op.as_mut(), &probe.waker()).is_pending());
                    }
                    let mut op = Box::pin(tx.closed());
                    assert!(poll_once(op.as_mut(), &probe.waker()).is_pending());
                }
            });
            assert_eq!((grown.bytes, grown.blocks), (0, 0));
        }
    }
    for form in FORMS {
        for get in Get::ALL {
            let _case = Case::new((form, get));
            let (_tx, mut rx) = form.open();
            grows_by_nothing(MANY / 4, || drop(get.park(&mut rx)));
        }
        let (_tx, rx) = form.open::<u8>();
        let mut rx = Some(rx);
        grows_by_nothing(MANY / 4, || {
            let mut op = Box::pin(rx.take().unwrap().recv_owned());
            assert!(poll_noop(op.as_mut()).is_pending());
            rx = Some(op.as_mut().cancel());
        });
    }
}

/// E1: operations that are woken and find that another took what they were woken for, over and over.
#[test]
fn e1_woken_but_robbed_keeps_nothing() {
    // A receive that is woken, and whose message is displaced or taken by a look before it is polled.
    for form in SLOTTED {
        for get in [Get::PollRecv, Get::Next, Get::Recv] {
            let _case = Case::new((form, get));
            let (tx, mut rx) = form.open::<Tracked>();
            let ledger = Ledger::new();
            let mut spare = Some(ledger.make(1));
            let mut body = || {
                let op = get.park(&mut rx);
                tx.try_send(spare.take().unwrap()).expect("room");
                assert!(op.woken());
                drop(op);
                spare = rx.try_recv().ok();
            };
            body();
            let ((), grown) = growth(|| (0..MANY / 4).for_each(|_| body()));
            // What an unbounded channel keeps in reserve for the next messages.
            let reserve = if form == Unbounded { 8192 } else { 0 };
            assert!(
                grown.bytes <= reserve && grown.blocks <= reserve / 4096,
                "{grown:?}"
            );
        }
    }
    // A reserve that is woken, and polled again when another has taken the room past it.
    let (tx, mut rx) = mpsc::bounded::<u64>(1);
    let probe = Probe::new();
    tx.try_send(0).unwrap();
    let mut op = Box::pin(tx.reserve());
    assert!(poll_once(op.as_mut(), &probe.waker()).is_pending());
    let mut body = || {
        rx.try_recv().expect("full");
        assert!(probe.take_woken());
        // A receiver that waits lets a bystander pass the one that was woken and does not come.
        let mut recv = Box::pin(rx.recv());
        assert!(poll_noop(recv.as_mut()).is_pending());
        tx.try_send(1).expect("the receiver waits");
        drop(recv);
        assert!(
            poll_once(op.as_mut(), &probe.waker()).is_pending(),
            "robbed"
        );
    };
    body();
    let ((), grown) = growth(|| (0..MANY).for_each(|_| body()));
    assert_eq!((grown.bytes, grown.blocks), (0, 0));
}

/// E1: the sink and the stream, polled without end.
#[test]
fn e1_repolling_sink_and_stream_keeps_nothing() {
    for form in FORMS {
        let _case = Case::new(form);
        let (tx, mut rx) = form.open::<u64>();
        let probe = Probe::new();
        grows_by_nothing(MANY / 4, || {
            let waker = probe.waker();
            assert!(
                Pin::new(&mut rx)
                    .poll_next(&mut Context::from_waker(&waker))
                    .is_pending()
            );
        });
        let mut sink = tx.into_sink();
        if form == Unbounded {
            continue;
        }
        let mut cx = Context::from_waker(Waker::noop());
        while Pin::new(&mut sink).poll_ready(&mut cx).is_ready() {
            Pin::new(&mut sink).start_send(1).expect("open");
        }
        grows_by_nothing(MANY / 4, || {
            let waker = probe.waker();
            let mut cx = Context::from_waker(&waker);
            assert!(Pin::new(&mut sink).poll_ready(&mut cx).is_pending());
        });
    }
}

/// E2: ten thousand waiters, parked, then cancelled, without any traffic: the memory is back at once.
#[test]
fn e2_cancelled_crowd_leaves_nothing() {
    const CROWD: u64 = 10_000;
    memory::assert_installed();
    for form in BOUNDED {
        for put in [Put::Send, Put::SendMany, Put::Reserve] {
            if form == Bounded(0) && put.reserves() {
                continue;
            }
            for backwards in [false, true] {
                let _case = Case::new((form, put, backwards));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let filled = fill(form, &tx, &ledger);
                // The book of the messages grows too: they are made, and the book's room with them, first.
                let mut messages: Vec<Tracked> = (0..CROWD).map(|id| ledger.make(id)).collect();
                let size = size_of::<Tracked>() as isize * CROWD as isize;
                let before = memory::live();
                {
                    let mut crowd: Vec<_> = messages
                        .drain(..)
                        .map(|message| put.park(&tx, message))
                        .collect();
                    assert!(memory::live().bytes - before.bytes > size);
                    let mut closed: Vec<_> = (0..CROWD).map(|_| Box::pin(tx.closed())).collect();
                    closed
                        .iter_mut()
                        .for_each(|op| assert!(poll_noop(op.as_mut()).is_pending()));
                    if backwards {
                        while crowd.pop().is_some() && closed.pop().is_some() {}
                    }
                }
                let after = memory::live();
                assert_eq!((after.bytes, after.blocks), (before.bytes, before.blocks));
                assert_eq!(take_all(&mut rx).len(), filled);
            }
        }
    }
}

/// E2: forgotten ones too: what is leaked is the caller's box, the channel itself holds nothing for them.
#[test]
fn e2_the_channel_keeps_nothing_for_a_waiter() {
    let (tx, _rx) = mpsc::bounded::<u64>(1);
    tx.try_send(0).unwrap();
    let mut ops: Vec<_> = (0..1000).map(|i| Box::pin(tx.send(i))).collect();
    let ((), grown) = growth(|| {
        ops.iter_mut()
            .for_each(|op| assert!(poll_noop(op.as_mut()).is_pending()))
    });
    assert_eq!((grown.bytes, grown.calls), (0, 0), "parking allocates");
}

/// Messages of 256 bytes, of which a burst is made.
type Quarter = [u64; 32];

/// What a channel holds, beyond what it held when it was new, after a burst of `n` was drained by `drain`.
fn retained(
    form: Form,
    n: usize,
    drain: impl Fn(&mut Receiver<Quarter>),
    fill: impl Fn(&Sender<Quarter>, usize),
) -> isize {
    let (tx, mut rx) = form.open::<Quarter>();
    let before = memory::live();
    fill(&tx, n);
    assert!(memory::live().bytes - before.bytes >= (n * 256) as isize || form != Unbounded);
    drain(&mut rx);
    assert!(rx.is_empty());
    let after = memory::live();
    drop((tx, rx));
    after.bytes - before.bytes
}

/// E4: after a burst of 100 000 messages of 256 bytes (25 MB) and a full drain, what is kept is within a
/// fixed bound, whatever drained it, and does not depend on the burst.
#[test]
fn e4_burst_memory_comes_back() {
    const BOUND: isize = 32 * 1024;
    memory::assert_installed();
    type Drain = fn(&mut Receiver<Quarter>);
    let drains: [(&str, Drain); 5] = [
        ("try_recv", |rx| while rx.try_recv().is_ok() {}),
        ("recv", |rx| {
            while poll_noop(Box::pin(rx.recv()).as_mut()).is_ready() {}
        }),
        ("recv_many", |rx| {
            let mut buf = Vec::with_capacity(64);
            while poll_noop(Box::pin(rx.recv_many(&mut buf, 64)).as_mut()).is_ready() {
                buf.clear();
            }
        }),
        ("drain", |rx| rx.drain().for_each(drop)),
        ("stream", |rx| {
            let next = |rx: &mut Receiver<Quarter>| {
                poll_noop(Box::pin(poll_fn(|cx| Pin::new(&mut *rx).poll_next(cx))).as_mut())
                    .is_ready()
            };
            while next(rx) {}
        }),
    ];
    for (how, drain) in drains {
        let by_one =
            |tx: &Sender<Quarter>, n| (0..n).for_each(|i| tx.try_send([i as u64; 32]).unwrap());
        let [small, big] = [2_000, 100_000].map(|n| retained(Unbounded, n, drain, by_one));
        assert!(big <= BOUND, "{how}: {big} bytes kept");
        assert!(
            big <= small.max(0) + BOUND / 2,
            "{how}: grows with the burst: {small}, {big}"
        );
        println!("e4: {how}: {small} and {big} bytes kept");
    }
    let batch = |tx: &Sender<Quarter>, n| {
        assert!(tx.send_many((0..n).map(|i| [i as u64; 32])).wait().is_ok());
    };
    let kept = retained(Unbounded, 100_000, |rx| rx.drain().for_each(drop), batch);
    assert!(kept <= BOUND, "send_many: {kept} bytes kept");
    let permits = |tx: &Sender<Quarter>, n| {
        for permit in tx.try_reserve_many(n).expect("unbounded") {
            permit.send([1; 32]).expect("open");
        }
    };
    let kept = retained(Unbounded, 100_000, |rx| rx.drain().for_each(drop), permits);
    assert!(kept <= BOUND, "permits: {kept} bytes kept");
}

/// E4: burst after burst, and a stream that never lets the channel run empty: the same bound.
#[test]
fn e4_steady_use_holds_what_is_in_it() {
    const BOUND: isize = 32 * 1024;
    let (tx, mut rx) = mpsc::unbounded::<Quarter>();
    let before = memory::live().bytes;
    for _ in 0..20 {
        for i in 0..2_000 {
            tx.try_send([i; 32]).unwrap();
        }
        rx.drain().for_each(drop);
        let kept = memory::live().bytes - before;
        assert!(kept <= BOUND, "{kept} bytes kept between bursts");
    }
    for i in 0..3 {
        tx.try_send([i; 32]).unwrap();
    }
    for i in 0..50_000 {
        tx.try_send([i; 32]).unwrap();
        rx.try_recv().unwrap();
    }
    let kept = memory::live().bytes - before;
    assert!(kept <= BOUND, "{kept} bytes for three messages");
    drop((tx, rx));
}

/// E4: a bounded channel and a rendezvous never hold more than they began with.
#[test]
fn e4_bounded_memory_is_constant() {
    for form in BOUNDED {
        let ledger = Ledger::new();
        let mut messages: Vec<Tracked> = (0..1000).map(|id| ledger.make(id)).collect();
        let (tx, mut rx) = form.open();
        let ((), grown) = growth(|| {
            while let Some(message) = messages.pop() {
                let sent = post(&tx, message);
                drop(rx.try_recv());
                drop(sent);
            }
        });
        assert_eq!((grown.bytes, grown.blocks), (0, 0), "{form:?}");
    }
}

/// E4: the bound holds for a channel that lives and is idle, and nothing is left when it goes.
#[test]
fn e4_nothing_is_left_of_a_channel() {
    for form in FORMS {
        for n in [0, 1, 100, 5000] {
            let ((), grown) = growth(|| {
                let (tx, mut rx) = form.open::<Quarter>();
                for i in 0..n {
                    let _ = tx.try_send([i; 32]);
                }
                for _ in 0..n / 3 {
                    let _ = rx.try_recv();
                }
            });
            assert_eq!((grown.bytes, grown.blocks), (0, 0), "{form:?}, {n}");
        }
    }
}

/// E4 of `broadcast`: with one message on its way its memory is used again and again, whoever took it last, or
/// if it was displaced; and a burst is given back.
#[test]
fn e4_broadcast_uses_its_memory_again() {
    memory::assert_installed();
    let (tx, mut rx) = broadcast::channel(1);
    let mut other = rx.clone();
    let mut round = |take: bool| {
        tx.try_send(7u64).unwrap();
        while take && (rx.try_recv().is_ok() || other.try_recv().is_ok()) {}
    };
    round(true);
    let ((), grown) = growth(|| (0..1000).for_each(|_| round(true)));
    assert_eq!((grown.calls, grown.bytes), (0, 0));
    round(false);
    round(false);
    let ((), grown) = growth(|| (0..1000).for_each(|_| round(false)));
    assert_eq!((grown.calls, grown.bytes), (0, 0));

    let (tx, mut rx) = broadcast::lossless(100);
    let mut other = rx.clone();
    grows_by_nothing(10, || {
        for number in 0..100 {
            tx.try_send(vec![number]).unwrap();
        }
        assert_eq!(rx.try_iter().count() + other.try_iter().count(), 200);
    });
}

/// E2, E4 of `broadcast`: nothing is left of a crowd, or of a channel, however it ends.
#[test]
fn e4_nothing_is_left_of_a_broadcast() {
    let (tx, rx) = broadcast::lossless(1);
    tx.try_send(0u8).unwrap();
    grows_by_nothing(3, || {
        let probe = Probe::new();
        let late = tx.subscribe();
        let mut receives: Vec<_> = (0..1000)
            .map(|_| Box::pin(late.clone().recv_owned()))
            .collect();
        let mut sends: Vec<_> = (0..1000)
            .map(|number| Box::pin(tx.send(number as u8)))
            .collect();
        for (receive, send) in receives.iter_mut().zip(&mut sends) {
            assert!(poll_once(receive.as_mut(), &probe.waker()).is_pending());
            assert!(poll_once(send.as_mut(), &probe.waker()).is_pending());
        }
        let mut stream = late.clone();
        let waker = probe.waker();
        let mut context = Context::from_waker(&waker);
        assert!(stream.poll_recv(&mut context).is_pending());
    });
    drop((tx, rx));
    for way in 0..4 {
        grows_by_nothing(3, || {
            let (tx, rx) = broadcast::channel(3);
            for number in 0..5 {
                tx.try_send(vec![number]).unwrap();
            }
            let (weak, pause) = (tx.downgrade(), rx.clone().deactivate());
            let kept = rx.clone().try_recv_ref();
            match way {
                0 => drop((tx, rx, weak, pause, kept)),
                1 => drop((kept, pause, weak, rx, tx)),
                2 => drop((rx, tx.try_send(vec![9]), tx, kept, pause, weak)),
                _ => drop((pause, rx, kept, weak, tx)),
            }
            let (tx, rx) = broadcast::once();
            let set = way < 2 && tx.send(vec![way]).is_ok();
            assert_eq!(rx.get().is_some(), set);
            drop(if way % 2 == 0 {
                (Some(tx), rx)
            } else {
                (None, rx.clone())
            });
        });
    }
}
