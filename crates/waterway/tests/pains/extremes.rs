//! E5 and E7: big messages on small stacks, and numbers at the ends of their range.

use std::cell::RefCell;
use std::fmt;
use std::sync::Once;
use std::thread;
use std::time::{Duration, Instant};

use waterway::Wait;
use waterway::error::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use waterway::mpsc::{self, Receiver, Sender};

use crate::kit::{BOUNDED, Bounded, Case, FORMS, Form, SLOTTED, Unbounded};
use crate::support::{
    block_on, catch, in_a_process_of_its_own, quiet_panics, spawn_sleeper, watchdog,
};

/// Runs `body` on a thread with so little stack.
fn on_a_small_stack(bytes: usize, what: impl fmt::Debug, body: impl FnOnce() + Send + 'static) {
    println!("{what:?} on {bytes} bytes");
    let builder = thread::Builder::new().stack_size(bytes);
    builder
        .spawn(body)
        .expect("a thread")
        .join()
        .expect("no panic on the small stack");
}

/// A message of `N` bytes that can tell whether it arrived whole.
type Big<const N: usize> = [u8; N];

/// One message through a channel by the plain calls; a debug build copies it several times on the way.
fn through<const N: usize>(form: Form) {
    let (tx, mut rx) = form.open::<Big<N>>();
    if form == Bounded(0) {
        return;
    }
    for round in 0..3 {
        assert!(tx.try_send([round; N]).is_ok());
        let got = rx.try_recv();
        assert!(got.is_ok_and(|m| m[0] == round && m[N - 1] == round));
    }
}

/// E5: a channel of 64 KiB messages is made, used by everything that moves none, and dropped, on a stack of
/// 128 KiB: nothing of the size of a slot, let alone a block of slots, is ever built on the stack.
#[test]
fn e5_channel_of_big_messages_is_built_in_place() {
    #[inline(never)]
    fn peeks(rx: &mut Receiver<Big<65536>>) {
        assert!(rx.try_peek().is_err());
        assert!(rx.peek().wait().is_none());
    }
    #[inline(never)]
    fn reserves(tx: &Sender<Big<65536>>) {
        drop(tx.try_reserve().expect("room"));
        drop(tx.reserve().wait().expect("room"));
        drop(tx.clone().try_reserve_owned().expect("room"));
        drop(tx.try_reserve_many(1).expect("room"));
    }
    in_a_process_of_its_own(
        "extremes::e5_channel_of_big_messages_is_built_in_place",
        || {
            for form in FORMS {
                on_a_small_stack(128 * 1024, form, move || {
                    let (tx, mut rx) = form.open::<Big<65536>>();
                    let other = tx.clone();
                    assert_eq!((tx.len(), rx.is_empty(), tx.is_closed()), (0, true, false));
                    drop(tx.downgrade().upgrade());
                    if form != Bounded(0) {
                        reserves(&tx);
                    }
                    drop(rx.drain());
                    tx.close();
                    peeks(&mut rx);
                    drop((other, tx));
                });
            }
        },
    );
}

/// E5: 64 KiB messages by every form. What a message costs in stack is its copies in the callers' frames (a
/// debug build keeps about one per call), so that this takes a stack of a few messages, not of a block.
#[test]
fn e5_big_messages_pass_through_every_form() {
    in_a_process_of_its_own("extremes::e5_big_messages_pass_through_every_form", || {
        for form in SLOTTED {
            on_a_small_stack(768 * 1024, form, move || through::<65536>(form));
            on_a_small_stack(256 * 1024, form, move || through::<16384>(form));
        }
    });
}

/// A message that fits on a small stack, but not 32 of them.
type Page = Big<16384>;

/// The ways to send a page, each in a frame of its own.
type PageSend = fn(&Sender<Page>, Page) -> bool;
const PAGE_SENDS: [PageSend; 8] = [
    |tx, page| tx.send(page).wait().is_ok(),
    |tx, page| block_on(tx.send(page)).is_ok(),
    |tx, page| tx.send(page).wait_timeout(Duration::MAX).is_ok(),
    |tx, page| tx.send_many([page]).wait().is_ok(),
    |tx, page| match tx.capacity() {
        Some(0) => tx.send(page).wait().is_ok(),
        _ => tx
            .reserve()
            .wait()
            .is_ok_and(|permit| permit.send(page).is_ok()),
    },
    |tx, page| tx.clone().send_owned(page).wait().0.is_ok(),
    |tx, page| {
        Box::pin(tx.send(page))
            .as_mut()
            .wait_timeout(Duration::MAX)
            .is_ok()
    },
    |tx, page| block_on(tx.send(page).until(std::future::pending::<()>())).is_ok(),
];

/// The ways to receive one; its first byte.
type PageReceive = fn(&mut Receiver<Page>) -> Option<u8>;
const PAGE_RECEIVES: [PageReceive; 6] = [
    |rx| rx.recv().wait().map(|page| page[0]),
    |rx| block_on(rx.recv()).map(|page| page[0]),
    |rx| {
        rx.recv()
            .wait_timeout(Duration::MAX)
            .ok()
            .map(|page| page[0])
    },
    |rx| {
        let mut pages = Vec::new();
        rx.recv_many(&mut pages, 1).wait().map(|_| pages[0][0])
    },
    |rx| {
        let first = rx.peek().wait()?[0];
        rx.try_recv()
            .ok()
            .map(|page| page[0])
            .filter(|again| *again == first)
    },
    |rx| rx.iter().next().map(|page| page[0]),
];

/// E5: 16 KiB messages (a promise: "16 KiB types on small stacks") by every operation that waits. A debug build's
/// frames have 640 KiB of copies on the deepest way: a timed receive that finds the message at its last look. There is
/// no room for a block of 32 beside them.
#[test]
fn e5_big_messages_by_every_operation() {
    const STACK: usize = 768 * 1024;
    in_a_process_of_its_own("extremes::e5_big_messages_by_every_operation", || {
        for form in FORMS {
            let (tx, mut rx) = form.open::<Page>();
            let receiver = thread::Builder::new().stack_size(STACK).spawn(move || {
                for round in 0..24u8 {
                    let receive = PAGE_RECEIVES[usize::from(round) % PAGE_RECEIVES.len()];
                    assert_eq!(receive(&mut rx), Some(round));
                }
            });
            on_a_small_stack(STACK, form, move || {
                for round in 0..24u8 {
                    let send = PAGE_SENDS[usize::from(round) % PAGE_SENDS.len()];
                    println!("round {round}");
                    assert!(send(&tx, [round; 16384]), "{round}");
                }
            });
            receiver
                .expect("a thread")
                .join()
                .expect("the receiver's stack");
        }
    });
}

/// E7: no time, all time, and times that are over, on every timed wait.
#[test]
fn e7_extreme_timeouts_on_receives() {
    watchdog("e7 receives", Duration::from_secs(20), || {
        let past = Instant::now();
        for form in FORMS {
            let _case = Case::new(form);
            let (tx, mut rx) = form.open::<u8>();
            // Empty: no time means at once.
            for deadline in [past, Instant::now()] {
                assert_eq!(
                    rx.recv().wait_deadline(deadline),
                    Err(RecvTimeoutError::Timeout)
                );
                assert!(rx.peek().wait_deadline(deadline).is_err());
                assert!(
                    rx.recv_many(&mut Vec::new(), 1)
                        .wait_deadline(deadline)
                        .is_err()
                );
            }
            assert_eq!(
                rx.recv().wait_timeout(Duration::ZERO),
                Err(RecvTimeoutError::Timeout)
            );
            assert!(
                Box::pin(rx.recv())
                    .as_mut()
                    .wait_timeout(Duration::ZERO)
                    .is_err()
            );
            let (got, mut rx) = rx.recv_owned().wait_timeout(Duration::ZERO);
            assert_eq!(got, Err(RecvTimeoutError::Timeout));
            // Something there: the message wins over any time, also over none.
            if form != Bounded(0) {
                for wait in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
                    tx.try_send(3).unwrap();
                    assert_eq!(rx.peek().wait_timeout(wait), Ok(&3));
                    assert_eq!(rx.recv().wait_timeout(wait), Ok(3));
                    tx.try_send(4).unwrap();
                    assert_eq!(rx.recv_many(&mut Vec::new(), 9).wait_timeout(wait), Ok(1));
                    tx.try_send(5).unwrap();
                    assert_eq!(Box::pin(rx.recv()).as_mut().wait_timeout(wait), Ok(Some(5)));
                }
                tx.try_send(6).unwrap();
                assert_eq!(rx.recv().wait_deadline(past), Ok(6));
            }
            // Nothing yet: all time is waited for.
            let receiver = spawn_sleeper(move || {
                let got = rx.recv().wait_timeout(Duration::MAX);
                let pinned = Box::pin(rx.recv()).as_mut().wait_timeout(Duration::MAX);
                (got, pinned, rx.recv().wait_timeout(Duration::MAX))
            });
            receiver.wait_asleep();
            tx.send(7).wait_timeout(Duration::MAX).expect("open");
            tx.send(8).wait().expect("open");
            drop(tx);
            let all = (Ok(7), Ok(Some(8)), Err(RecvTimeoutError::Closed));
            assert_eq!(receiver.join(), all);
        }
    });
}

/// E7: the same for what waits for room, for the end and for the flush.
#[test]
fn e7_extreme_timeouts_on_sends() {
    watchdog("e7 sends", Duration::from_secs(20), || {
        let past = Instant::now();
        for form in BOUNDED {
            let _case = Case::new(form);
            let (tx, mut rx) = form.open::<u8>();
            // Room: the send wins, also over no time.
            for i in 0..form.slots() {
                match i % 2 {
                    0 => assert!(tx.send(0).wait_timeout(Duration::ZERO).is_ok()),
                    _ => assert!(tx.send(0).wait_deadline(past).is_ok()),
                }
            }
            // No room.
            assert_eq!(
                tx.send(1).wait_timeout(Duration::ZERO),
                Err(SendTimeoutError::Timeout(1))
            );
            assert_eq!(
                tx.send(2).wait_deadline(past),
                Err(SendTimeoutError::Timeout(2))
            );
            let (result, tx) = tx.send_owned(3).wait_deadline(past);
            assert_eq!(result, Err(SendTimeoutError::Timeout(3)));
            let many = tx
                .send_many([4, 5])
                .wait_timeout(Duration::ZERO)
                .unwrap_err();
            assert_eq!(many.into_inner().rest.collect::<Vec<_>>(), [4, 5]);
            assert!(tx.closed().wait_timeout(Duration::ZERO).is_err());
            assert!(tx.closed().wait_deadline(past).is_err());
            if form != Bounded(0) {
                assert!(
                    tx.reserve()
                        .wait_timeout(Duration::ZERO)
                        .is_err_and(|e| e.is_timeout())
                );
                assert!(
                    tx.reserve_many(1)
                        .wait_deadline(past)
                        .is_err_and(|e| e.is_timeout())
                );
                let owned = tx.clone().reserve_owned().wait_deadline(past);
                assert!(owned.is_err_and(|e| e.is_timeout() && e.into_inner().same_channel(&tx)));
                assert!(
                    tx.flush()
                        .wait_timeout(Duration::ZERO)
                        .is_err_and(|e| e.is_timeout())
                );
            }
            assert_eq!(tx.len(), form.slots());
            let sender = spawn_sleeper({
                let tx = tx.clone();
                move || {
                    tx.send(9).wait_timeout(Duration::MAX).expect("open");
                    tx.flush().wait_timeout(Duration::MAX).expect("open");
                    tx.closed()
                        .wait_timeout(Duration::MAX)
                        .expect("never times out");
                    tx.send(10).wait_timeout(Duration::MAX)
                }
            });
            sender.wait_asleep();
            while rx.recv().wait() != Some(9) {}
            rx.close();
            assert_eq!(sender.join(), Err(SendTimeoutError::Closed(10)));
            assert_eq!(
                rx.recv().wait_timeout(Duration::ZERO),
                Err(RecvTimeoutError::Closed)
            );
        }
    });
}

/// E7: capacities at the ends of their range, and the counts that go with them.
#[test]
fn e7_extreme_capacities() {
    for too_much in [mpsc::MAX_CAPACITY + 1, usize::MAX / 2 + 1, usize::MAX] {
        let _case = Case::new(too_much);
        let here = line!() + 1;
        let (text, file, line) = panic_of(|| drop(mpsc::bounded::<()>(too_much)));
        assert!(
            text.contains("capacity"),
            "it does not say what is wrong: {text}"
        );
        assert_eq!(
            (file.as_str(), line),
            (file!(), here),
            "not the caller's place"
        );
    }
    for capacity in [0, 1, 2, 3, 1000, 65536] {
        let (tx, mut rx) = mpsc::bounded::<u8>(capacity);
        assert_eq!(tx.capacity(), Some(capacity));
        let fits = (0..capacity + 5)
            .take_while(|_| tx.try_send(0).is_ok())
            .count();
        assert_eq!(fits, capacity, "not exact");
        assert_eq!(rx.drain().count(), capacity);
    }
    assert_eq!(mpsc::rendezvous::<u8>().0.capacity(), Some(0));
    assert_eq!(mpsc::unbounded::<u8>().0.capacity(), None);
}

/// What `body` panics with, and where that is said to be.
fn panic_of(body: impl FnOnce()) -> (String, String, u32) {
    thread_local! {
        static PLACE: RefCell<(String, u32)> = const { RefCell::new((String::new(), 0)) };
    }
    static ONCE: Once = Once::new();
    // Over the hook of the support, which goes first.
    quiet_panics();
    ONCE.call_once(|| {
        let inner = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if let Some(at) = info.location() {
                PLACE.set((at.file().to_owned(), at.line()));
            }
            inner(info);
        }));
    });
    let text = catch(body).expect_err("no panic");
    let (file, line) = PLACE.take();
    (text, file, line)
}

/// E7: batches of nothing, of all, and of more than there can be.
#[test]
fn e7_extreme_batches() {
    for form in FORMS {
        let _case = Case::new(form);
        let (tx, mut rx) = form.open::<u8>();
        let capacity = tx.capacity();
        assert_eq!(tx.send_many([]).wait().ok(), Some(0));
        if form != Bounded(0) {
            assert_eq!(tx.try_reserve_many(0).expect("nothing wanted").count(), 0);
            assert_eq!(tx.reserve_many(0).wait().expect("nothing wanted").len(), 0);
        }
        if let Some(n) = capacity {
            for too_many in [n + 1, usize::MAX / 2, usize::MAX - 1, usize::MAX] {
                assert!(tx.try_reserve_many(too_many).is_err());
                assert!(
                    tx.reserve_many(too_many).wait().is_err(),
                    "can never be had"
                );
                assert!(block_on(tx.reserve_many(too_many)).is_err());
                assert!(
                    tx.reserve_many(too_many)
                        .wait_timeout(Duration::MAX)
                        .is_err_and(|e| !e.is_timeout())
                );
            }
        } else {
            // Whatever the answer is, it is one, and the channel is none the worse.
            for many in [usize::MAX / 2, usize::MAX - 1, usize::MAX] {
                match tx.try_reserve_many(many) {
                    Ok(permits) => assert_eq!(permits.len(), many),
                    Err(error) => assert!(error.is_full()),
                }
                let _ = tx.reserve_many(many).wait_timeout(Duration::ZERO).map(drop);
            }
        }
        assert!(!tx.is_closed());
        if form != Bounded(0) {
            tx.try_send(1).expect("nothing is reserved any more");
            let mut buf = Vec::new();
            assert_eq!(rx.recv_many(&mut buf, usize::MAX).wait(), Some(1));
        }
        assert_eq!(
            rx.recv_many(&mut Vec::new(), 0).wait_timeout(Duration::MAX),
            Ok(0)
        );
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        drop(rx);
        assert_eq!(tx.try_send(1), Err(TrySendError::Closed(1)));
    }
}

/// E7: messages without a size, as many as there are numbers for.
#[test]
fn e7_zero_sized_messages() {
    for form in SLOTTED {
        let _case = Case::new(form);
        let (tx, mut rx) = form.open::<()>();
        for _ in 0..3 {
            let n = if form == Unbounded {
                5000
            } else {
                form.slots()
            };
            for _ in 0..n {
                tx.try_send(()).unwrap();
            }
            assert_eq!((tx.len(), tx.try_send(()).is_err()), (n, form != Unbounded));
            if form == Unbounded {
                rx.try_recv().unwrap();
            }
            assert_eq!(rx.drain().count(), n);
        }
    }
}

/// E7: a large channel is as good as a small one, and takes its memory as it is used.
#[cfg(target_os = "linux")]
#[test]
fn e7_a_large_channel_takes_memory_as_it_is_used() {
    fn resident() -> usize {
        let text = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
        let pages = text.split(' ').nth(1).expect("the second of seven");
        pages.parse::<usize>().expect("a number") * 4096
    }
    fn takes_little<R>(make: impl FnOnce() -> R) -> R {
        let before = resident();
        let made = make();
        let taken = resident().saturating_sub(before);
        assert!(taken < 20 << 20, "{taken} bytes of 200 MB");
        made
    }
    const MANY: usize = 200_000;
    in_a_process_of_its_own(
        "extremes::e7_a_large_channel_takes_memory_as_it_is_used",
        || {
            type Large = [u8; 1024];
            let (tx, mut rx) = takes_little(|| waterway::mpsc::bounded::<Large>(MANY));
            let (shared, _other) = takes_little(|| waterway::mpmc::bounded::<Large>(MANY));
            let (mut lane, _end) = takes_little(|| waterway::spsc::bounded::<Large>(MANY));
            let sent = (tx.try_send([1; 1024]), shared.try_send([2; 1024]));
            assert!(sent == (Ok(()), Ok(())) && lane.try_send([3; 1024]).is_ok());
            assert_eq!(rx.try_recv(), Ok([1; 1024]));
            takes_little(|| drop((tx, rx, shared, lane)));
            let (tx, mut rx) = waterway::mpsc::bounded(MANY);
            for _lap in 0..3 {
                for number in 0..MANY {
                    tx.try_send(number).expect("room");
                }
                assert!(tx.try_send(0).is_err(), "exactly so much");
                for number in 0..MANY {
                    assert_eq!(rx.try_recv(), Ok(number));
                }
            }
        },
    );
}
