//! Waiting for room in the thread of the receiver.
//!
//! Tasks of a runtime with one thread meet at the edge of a small ring again and again. There a sender announces
//! that it waits for room every few messages, so that [`FENCED`](super::notice) would stay set, and each receive
//! would pass a full barrier, though nobody runs beside it: what one thread does it sees in order. So the
//! receiver of a ring keeps in mind where it is, and a sender in the same thread announces itself without
//! `FENCED`:
//!
//! ```text
//! sender    set ROOM_WANTED -> barrier -> is the receiver recorded in this thread? look for room -> sleep
//! receiver  free the slot -> not FENCED? recorded in another thread than this one? record -> barrier -> look
//! ```
//!
//! | word | changed by | value |
//! |---|---|---|
//! | `recv.segment` of a ring | the receiver | the address of something of the thread in which it was seen last, or null; the lowest bit says that a message lies [aside](super::peek) |
//!
//! A receive in the sender's thread comes before the announcement or after it, and is seen by it or sees it. One in
//! another thread that has not recorded that yet does so behind its write, and looks again behind a barrier: either
//! the sender sees the record, or that look sees the sender. A sender that sees another thread's record, or none,
//! goes the dear way: it sets `FENCED` and passes a heavy barrier, as everybody else does who waits for room. While
//! `FENCED` is set the receiver passes a full barrier in any case, and what is recorded does not matter; it is
//! cleared by the receiver, whose next look is one with the record again. A thread that has ended, and whose address
//! another got, has come before that one. Modelled in miniature by `announce::near_until_it_arrives` and
//! `announce::near_and_after_it_arrived`.
//!
//! Announcements in the receiver's thread do not count as such when it comes to the question whether it is
//! [calm](super::notice): that is what clears `FENCED`, with which every channel begins.

use super::notice::{FENCED, ROOM_WANTED};
use super::recv::After;
use super::{Chan, Form};
use crate::kind::Kind;
use crate::store::words;
use crate::sync::{Access, Ordering, current_thread};

/// Whether a message lies aside.
const ASIDE: usize = 1;

impl<T, K: Kind> Chan<T, K> {
    /// Whether it makes a difference where the receiver is, and can be told.
    const IS_PLACED: bool = cfg!(feature = "std") && !K::MANY_RECEIVERS && !K::Access::ALONE;

    /// Whether a message lies in the side cell, of a channel that has one.
    #[inline(always)]
    pub(super) fn holds_aside(&self) -> bool {
        self.receiver_word() & ASIDE != 0
    }

    pub(super) fn set_aside(&self, aside: bool) {
        self.put_receiver_word(self.receiver_word() & !ASIDE | usize::from(aside));
    }

    #[inline(always)]
    fn receiver_word(&self) -> usize {
        // ORDERING: Relaxed: that a message lies aside concerns the receiving side alone, to others it is a number
        // for people; where the receiver is, see above, is read behind a barrier.
        self.core().recv.segment.load(Ordering::Relaxed).addr()
    }

    fn put_receiver_word(&self, word: usize) {
        let word = core::ptr::without_provenance_mut(word);
        // ORDERING: Relaxed, as above.
        self.core().recv.segment.store(word, Ordering::Relaxed);
    }

    /// What tells this thread from others, in the receiver's word.
    #[inline(always)]
    fn here() -> usize {
        current_thread() & !ASIDE
    }

    /// The receiver of a ring is in this thread. It is recorded so already, or `FENCED` is set, or a barrier and a look
    /// follow.
    pub(super) fn record_receiver(&self) {
        if Self::IS_PLACED && Self::form(self.core().shape) == Form::Ring {
            let word = self.receiver_word();
            if word & !ASIDE != Self::here() {
                self.put_receiver_word(Self::here() | word & ASIDE);
            }
        }
    }

    /// Whether the receiver was in this thread when it was last in any. Behind a barrier.
    fn is_receiver_here(&self) -> bool {
        let here = if Self::IS_PLACED { Self::here() } else { 0 };
        here != 0 && self.receiver_word() & !ASIDE == here
    }

    /// A sender waits for room: has the receiver look whether somebody does. The lock is held.
    pub(super) fn announce_want_of_room(&self) {
        let core = self.core();
        // ORDERING: Relaxed: for a guess about timing.
        let head = core.recv.head.load(Ordering::Relaxed);
        core.on_receive
            .announce_from(ROOM_WANTED, head, || self.is_receiver_here());
    }

    /// Whether this look at the notice, after the slot of this position was freed, says nothing of where the receiver is, nor of how
    /// long nobody has announced anything.
    #[inline(always)]
    pub(super) fn is_usual(&self, seen: u8, head: u64) -> bool {
        if seen & FENCED != 0 {
            !words::is_time(head)
        } else {
            !Self::IS_PLACED || self.receiver_word() & !ASIDE == Self::here()
        }
    }

    /// After a look at the notice, behind the slot of this position that was freed: usual or not.
    #[cold]
    pub(super) fn after_slot(&self, mut seen: u8, head: u64) -> After {
        if Self::IS_PLACED && seen & FENCED == 0 && self.receiver_word() & !ASIDE != Self::here() {
            seen = self.arrive();
        }
        self.after_look(seen, head)
    }

    /// The receiver is in another thread than before.
    #[cold]
    fn arrive(&self) -> u8 {
        self.record_receiver();
        self.core().on_receive.look_fenced()
    }
}

#[cfg(all(test, feature = "std", not(waterway_loom)))]
mod tests {
    use core::pin::pin;
    use core::task::{Context, Poll};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::task::{Wake, Waker};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::mpsc;
    use crate::sync::{AtomicU32, barrier, spin_loop, yield_now};

    #[derive(Default)]
    struct Told(AtomicBool);

    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            // ORDERING: Release, for who has seen it.
            self.0.store(true, Ordering::Release);
        }
    }

    fn is_fenced(receiver: &mpsc::Receiver<u32>) -> bool {
        receiver.chan().core().on_receive.hint() & FENCED != 0
    }

    /// A send that waits, and the receive in the same thread that it waits for.
    fn wait_for_room(sender: &mpsc::Sender<u32>, receiver: &mut mpsc::Receiver<u32>) {
        let mut send = pin!(sender.send(1));
        let mut context = Context::from_waker(Waker::noop());
        assert!(send.as_mut().poll(&mut context).is_pending());
        receiver.try_recv().unwrap();
        assert!(send.poll(&mut context).is_ready());
    }

    /// Where both ends are in one thread no barriers are passed in the end, though senders wait for room at each turn.
    #[test]
    fn one_thread_passes_no_barriers() {
        if !barrier::is_asymmetric() {
            return;
        }
        let (sender, mut receiver) = mpsc::bounded(1);
        sender.try_send(1).unwrap();
        for _ in 0..999 {
            wait_for_room(&sender, &mut receiver);
        }
        assert!(!is_fenced(&receiver));
        // A sender in another thread wants them again.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut context = Context::from_waker(Waker::noop());
                assert!(pin!(sender.send(1)).poll(&mut context).is_pending());
            });
        });
        assert!(is_fenced(&receiver));
    }

    /// The receiver goes to another thread and frees a slot there, while a sender begins to wait where it was. Without
    /// any of the barriers, a release build sees a send that sleeps for ever after some thousand rounds.
    #[test]
    fn a_receiver_that_moves_sees_who_waits_where_it_was() {
        const ROUNDS: u32 = 30_000;
        const LAST: u32 = u32::MAX;
        // On a processor that others want too there are fewer rounds.
        const ENOUGH: Duration = Duration::from_secs(5);
        const LIMIT: Duration = Duration::from_secs(60);
        let (sender, receiver) = mpsc::bounded(1);
        let receiver = std::sync::Mutex::new(receiver);
        let turn = AtomicU32::new(0);
        // Says whether it is that turn, and not the last.
        let wait_for = |number| {
            let mut since = None;
            loop {
                for _ in 0..64 {
                    // ORDERING: Acquire, with the Release of `take_turn`: what was done in the turn before is seen.
                    match turn.load(Ordering::Acquire) {
                        LAST => return false,
                        now if now == number => return true,
                        _ => spin_loop(),
                    }
                }
                let since = since.get_or_insert_with(Instant::now);
                assert!(since.elapsed() < LIMIT, "nobody takes turn {number}");
                yield_now();
            }
        };
        // ORDERING: Release, with the Acquire of `wait_for`.
        let take_turn = |number| turn.store(number, Ordering::Release);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in (0..ROUNDS).take_while(|round| wait_for(2 * round + 1)) {
                    receiver.lock().unwrap().try_recv().unwrap();
                    take_turn(2 * round + 2);
                }
            });
            let begin = Instant::now();
            for round in (0..ROUNDS).take_while(|_| begin.elapsed() < ENOUGH) {
                let mut own = receiver.lock().unwrap();
                sender.try_send(1).unwrap();
                {
                    // As in `calm_down`.
                    let chan = own.chan();
                    let _lists = chan.core().lists();
                    chan.core().on_receive.clear(FENCED);
                    barrier::full::<crate::sync::Threads>();
                }
                own.try_recv().unwrap();
                sender.try_send(1).unwrap();
                wait_for_room(&sender, &mut own);
                assert!(!is_fenced(&own), "it is recorded here");
                drop(own);
                let told = Arc::new(Told::default());
                let waker = Waker::from(Arc::clone(&told));
                let mut context = Context::from_waker(&waker);
                let mut send = pin!(sender.send(1));
                take_turn(2 * round + 1);
                let sent = send.as_mut().poll(&mut context);
                assert!(wait_for(2 * round + 2));
                // ORDERING: Acquire, as above.
                assert!(
                    sent.is_ready() || told.0.load(Ordering::Acquire),
                    "round {round}: it sleeps for ever"
                );
                assert!(sent.is_ready() || matches!(send.poll(&mut context), Poll::Ready(Ok(()))));
                receiver.lock().unwrap().try_recv().unwrap();
            }
            take_turn(LAST);
        });
    }
}
