//! Zero, one, the largest, the past, the endless, the sizeless and the huge.

use super::Form;
use super::help::{fill, room};
use super::kind;
use crate::support::{Ledger, Tracked, assert_ready, block_on, catch, poll_noop, spawn_sleeper};
use std::cell::Cell;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use waterway::{RecvTimeoutError, SendTimeoutError, Timeout};

on_every_form!(
    nothing_weighs_nothing,
    sixteen_kib_on_a_small_stack,
    limits_of_recv_many,
    messages_that_need_alignment,
);

threaded! {
    on_every_form!(no_time_at_all);

    fn no_time_at_all<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make();
        let now = Instant::now();
        let past = now.checked_sub(Duration::from_secs(3600)).unwrap_or(now);
        for _ in 0..3 {
            assert!(matches!(
                rx.recv().wait_timeout(Duration::ZERO),
                Err(RecvTimeoutError::Timeout)
            ));
            assert!(matches!(
                rx.recv().wait_deadline(past),
                Err(RecvTimeoutError::Timeout)
            ));
            assert!(matches!(
                tx.closed().wait_timeout(Duration::ZERO),
                Err(Timeout { .. })
            ));
            assert!(matches!(
                tx.closed().wait_deadline(past),
                Err(Timeout { .. })
            ));
        }
        fill::<F>(lend!(tx), &ledger);
        if F::CAPACITY.is_some() {
            let late = tx.send(ledger.make(9)).wait_timeout(Duration::ZERO);
            assert!(matches!(late, Err(SendTimeoutError::Timeout(v)) if v == 9));
            let late = tx.send(ledger.make(9)).wait_deadline(past);
            assert!(matches!(late, Err(SendTimeoutError::Timeout(v)) if v == 9));
            numbered! {
                if F::BUFFERS {
                    assert!(matches!(
                        tx.reserve().wait_deadline(past),
                        Err(SendTimeoutError::Timeout(()))
                    ));
                }
                let SendTimeoutError::Timeout(unsent) = tx
                    .send_many([ledger.make(10), ledger.make(11)])
                    .wait_timeout(Duration::ZERO)
                    .expect_err("full")
                else {
                    panic!("open")
                };
                assert_eq!((unsent.sent, unsent.rest.count()), (0, 2));
            }
        }
        if F::BUFFERS {
            // What can be done at once is done, also when it is late.
            assert_eq!(rx.recv().wait_deadline(past).expect("there"), 0);
            tx.send(ledger.make(5))
                .wait_deadline(past)
                .expect("there is room");
            numbered! {
                let late = tx.flush().wait_timeout(Duration::ZERO);
                assert!(matches!(late, Err(SendTimeoutError::Timeout(()))));
            }
        }
        drop((tx, rx));
        ledger.assert_all_dropped();
    }
}

threaded! {
    on_every_form!(all_the_time_in_the_world);

    fn all_the_time_in_the_world<F: Form>() {
        let ledger = Ledger::new();
        let (mut tx, mut rx) = F::make::<Tracked>();
        let receiver = spawn_sleeper(move || {
            let first = rx.recv().wait_timeout(Duration::MAX).map(|m| m.id());
            let second = rx
                .recv()
                .wait_timeout(Duration::from_secs(u64::MAX / 2))
                .map(|m| m.id());
            (first, second, rx)
        });
        receiver.wait_asleep();
        tx.send(ledger.make(1))
            .wait_timeout(Duration::MAX)
            .expect("a receiver waits");
        receiver.wait_asleep();
        tx.send(ledger.make(2))
            .wait_timeout(Duration::MAX)
            .expect("a receiver waits");
        let (first, second, mut rx) = receiver.join();
        assert_eq!((first, second), (Ok(1), Ok(2)));
        if F::CAPACITY.is_some() {
            fill::<F>(lend!(tx), &ledger);
            let sender = spawn_sleeper(move || {
                let sent = tx.send(ledger.make(3)).wait_timeout(Duration::MAX);
                (sent.map_err(|_| "late"), tx)
            });
            sender.wait_asleep();
            let mut got: Vec<u64> = Vec::new();
            got.extend((0..=room::<F>()).map(|_| rx.recv().wait().expect("open").id()));
            let (sent, back) = sender.join();
            assert_eq!(sent, Ok(()));
            tx = back;
            assert_eq!(got.last(), Some(&3));
        }
        drop(tx);
        assert_eq!(
            rx.recv().wait_timeout(Duration::MAX).map(|m| m.id()),
            Err(RecvTimeoutError::Closed)
        );
    }
}

/// Zero-sized messages: counted, ordered, dropped once each.
fn nothing_weighs_nothing<F: Form>() {
    thread_local! {
        static DROPS: Cell<usize> = const { Cell::new(0) };
    }
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            DROPS.set(DROPS.get() + 1);
        }
    }
    let (mut tx, mut rx) = F::make::<()>();
    let n = room::<F>();
    for round in 0..50 {
        (0..n).for_each(|_| tx.try_send(()).expect("room"));
        assert_eq!(tx.len(), n);
        let mut send = Box::pin(tx.send(()));
        let parked = poll_noop(send.as_mut()).is_pending();
        assert_eq!(parked, F::CAPACITY.is_some());
        let got = std::iter::from_fn(|| rx.try_recv().ok()).count();
        assert_eq!(got, n + 1, "round {round}");
    }
    let (mut tx, rx) = F::make::<Nothing>();
    for _ in 0..n {
        tx.try_send(Nothing).unwrap_or_else(|_| panic!("room"));
    }
    drop(rx);
    assert_eq!(DROPS.get(), n);
    drop(tx);
    let (mut tx, mut rx) = F::make::<[u64; 0]>();
    assert!((0..n).all(|_| tx.try_send([]).is_ok()));
    assert_eq!((tx.len(), rx.drain().count()), (n, n));
}

/// Big messages pass by value through every verb, in a debug build, on a small stack.
fn sixteen_kib_on_a_small_stack<F: Form>() {
    const KIB: usize = 1024;
    type Fat = [u8; 16 * KIB];
    let body = || {
        let (mut tx, mut rx) = F::make::<Fat>();
        if F::BUFFERS {
            tx.try_send([1; 16 * KIB])
                .map_err(|_| "no room")
                .expect("room");
            assert_eq!(rx.try_recv().map(|m| m[16 * KIB - 1]), Ok(1));
            finish!(tx.send([2; 16 * KIB]))
                .map_err(|_| "closed")
                .expect("room");
            assert_eq!(finish!(rx.recv()).map(|m| m[7]), Some(2));
        }
        let mut send = Box::pin(tx.send([3; 16 * KIB]));
        let _ = poll_noop(send.as_mut());
        peeking!(assert_eq!(finish!(rx.peek()).map(|m| m[9]), Some(3)););
        let mut buffer = Vec::new();
        assert_eq!(finish!(rx.recv_many(&mut buffer, 4)), Some(1));
        assert_eq!(buffer[0][16 * KIB - 1], 3);
        drop(send);
        drop((tx, rx));
    };
    // A debug build copies a message at each of the calls it passes through.
    let small = std::thread::Builder::new()
        .stack_size(512 * KIB)
        .spawn(body);
    small.expect("a thread").join().expect("fits the stack");
    if !F::ALLOCATES {
        // A static is not built at all; those of the tests are, to be leaked.
        return;
    }
    let make = || drop(F::make::<[u8; 64 * KIB]>());
    let tiny = std::thread::Builder::new()
        .stack_size(128 * KIB)
        .spawn(make);
    tiny.expect("a thread")
        .join()
        .expect("a channel is not built on the stack");
}

fn limits_of_recv_many<F: Form>() {
    let ledger = Ledger::new();
    let (mut tx, mut rx) = F::make();
    let mut buffer: Vec<Tracked> = vec![ledger.make(77)];
    // Nothing is asked for: nothing is waited for, also where there is nothing.
    let none = assert_ready(
        Box::pin(rx.recv_many(&mut buffer, 0)).as_mut(),
        Waker::noop(),
    );
    assert_eq!((none, buffer.len()), (Some(0), 1));
    assert_eq!(finish!(rx.recv_many(&mut buffer, 0)), Some(0));
    let n = fill::<F>(lend!(tx), &ledger) as usize;
    assert_eq!(finish!(rx.recv_many(&mut buffer, 0)), Some(0));
    assert_eq!(buffer.len(), 1);
    let mut send = Box::pin(tx.send(ledger.make(n as u64)));
    let _ = poll_noop(send.as_mut());
    assert_eq!(finish!(rx.recv_many(&mut buffer, 1)), Some(1));
    let mut total = 1;
    while total <= n {
        let got = finish!(rx.recv_many(&mut buffer, usize::MAX)).expect("open");
        assert!(got >= 1);
        total += got;
    }
    assert_eq!(total, n + 1);
    let ids: Vec<u64> = buffer.iter().map(Tracked::id).collect();
    assert_eq!(
        ids,
        std::iter::once(77).chain(0..=n as u64).collect::<Vec<_>>()
    );
    let more = poll_noop(Box::pin(rx.recv_many(&mut buffer, usize::MAX)).as_mut());
    assert_eq!(more, Poll::Pending);
    drop(send);
    tx.close();
    for limit in [1, usize::MAX] {
        assert_eq!(finish!(rx.recv_many(&mut buffer, limit)), None);
        assert_eq!(block_on(rx.recv_many(&mut buffer, limit)), None);
    }
    assert_eq!(buffer.len(), n + 2);
}

fn messages_that_need_alignment<F: Form>() {
    #[repr(align(128))]
    struct Aligned(u8);
    let (mut tx, mut rx) = F::make::<Aligned>();
    let check = |m: &Aligned| {
        assert_eq!(std::ptr::from_ref(m) as usize % 128, 0);
        m.0
    };
    let mut send = Box::pin(tx.send(Aligned(4)));
    let _ = poll_noop(send.as_mut());
    peeking!(assert_eq!(rx.try_peek().map(check), Ok(4)););
    assert_eq!(rx.try_recv().map(|m| check(&m)), Ok(4));
}

owning! {
    #[test]
    fn capacities_that_cannot_be() {
        for too_much in [
            super::MOST + 1,
            usize::MAX / 2,
            usize::MAX - 1,
            usize::MAX,
        ] {
            let text = catch(|| kind::bounded::<u8>(too_much)).expect_err("too much");
            assert!(text.contains("capacity"), "{text}");
            catch(|| kind::bounded::<()>(too_much)).expect_err("too much, even for nothing");
        }
    }

    /// Exact, and not rounded: over several laps of the ring.
    #[test]
    fn every_capacity_is_exact() {
        for n in [1, 2, 3, 5, 7, 63, 64, 65, 127, 1000, 1023, 1024, 1025] {
            if n > super::MOST {
                break;
            }
            let (mut tx, mut rx) = kind::bounded::<u32>(n);
            assert_eq!((bound!(tx), bound!(rx)), (Some(n), Some(n)));
            for lap in 0..3u32 {
                for i in 0..n as u32 {
                    assert_eq!(tx.try_send(lap * 5000 + i), Ok(()), "{i} of {n}");
                }
                assert!(tx.is_full(), "exactly {n}, not more");
                assert!(tx.try_send(0).is_err_and(|e| e.is_full()));
                assert_eq!(rx.try_recv(), Ok(lap * 5000));
                assert_eq!(tx.try_send(lap * 5000 + n as u32), Ok(()));
                let rest: Vec<u32> = rx.try_iter().collect();
                assert_eq!(
                    rest,
                    (lap * 5000 + 1..=lap * 5000 + n as u32).collect::<Vec<_>>()
                );
            }
        }
    }
}
