//! Slots that go their own ways: claimed, published, taken and released beside each other.

use std::sync::Arc;

use super::{Message, Model, Run, Started};
use crate::error::{TryRecvError, TrySendError};
use crate::kind::sealed::Sealed;
use crate::kind::{self, Inbox};
use crate::op::{Op, Told};
use crate::pool::Seat;
use crate::slab::{
    Catch, Coming, Ending, Entering, Goods, Grant, Index, Loose, Moored, Readers, Slab, Value,
    Watchers,
};

/// The kind of a pool that is not one: nothing is made of its slots.
type Pool = kind::Pool<()>;

/// The plainest sender.
struct Tx<K: Loose>(Slab<Message, K>);

/// The plainest receiver.
struct Rx<K: Loose>(Slab<Message, K>);

// SAFETY: the channel is made for it, as these models show.
unsafe impl<K: Loose> Send for Tx<K> {}
// SAFETY: as above.
unsafe impl<K: Loose> Sync for Tx<K> {}
// SAFETY: as above.
unsafe impl<K: Loose> Send for Rx<K> {}

impl<K: Loose> Sealed for Tx<K> {}
impl<K: Loose> Sealed for Rx<K> {}

impl<K: Loose> Moored<Message, K> for Tx<K> {
    fn slab(&self) -> &Slab<Message, K> {
        &self.0
    }
}

impl<K: Loose> Moored<Message, K> for Rx<K> {
    fn slab(&self) -> &Slab<Message, K> {
        &self.0
    }
}

impl<K: Loose> Drop for Tx<K> {
    fn drop(&mut self) {
        self.0.drop_sender();
    }
}

impl<K: Loose> Drop for Rx<K> {
    fn drop(&mut self) {
        self.0.drop_receiver();
    }
}

impl<K: Loose> Clone for Tx<K> {
    fn clone(&self) -> Self {
        self.0.life().add_sender();
        Self(self.0)
    }
}

/// A kind of these models.
trait Plain: Loose {
    fn extra() -> Self::Extra;
}

impl Plain for Inbox {
    fn extra() {}
}

impl Plain for Pool {
    fn extra() -> Seat<()> {
        Seat::here(())
    }
}

fn channel<K: Plain>(capacity: usize) -> (Tx<K>, Rx<K>) {
    let slab = Slab::allocate_with(capacity, 0, K::extra());
    (Tx(slab), Rx(slab))
}

impl<K: Loose> Tx<K> {
    fn send(&self, message: Message) -> Op<Entering<Goods<&Self, Message>, Message, K>> {
        Op::new(Entering::new(self.0, Goods::new(self, message)))
    }

    fn try_send(&self, run: &Run, number: usize) -> bool {
        match self.0.try_send(run.message(number)) {
            Ok(()) => run.saw("sent"),
            Err(TrySendError::Full(message)) => {
                assert_eq!(message.read(), number);
                run.saw("full");
                return false;
            }
            Err(TrySendError::Closed(message)) => {
                assert_eq!(message.read(), number);
                run.saw("closed");
                return false;
            }
        }
        true
    }

    fn closed(&self) -> Op<Told<Ending<&Self, Message, K>, Watchers<K>>> {
        Op::new(Told::new(Ending::new(self)))
    }
}

impl<K: Loose> Rx<K> {
    fn recv(&mut self) -> Op<Told<Coming<&mut Self, Value, Message, K>, Readers<K>>> {
        // SAFETY: the only receiver, by an exclusive reference.
        Op::new(Told::new(unsafe { Coming::new(self) }))
    }

    /// The same for as long as the main thread has the receiver.
    fn recv_kept(&mut self) -> Op<Told<Coming<Kept<K>, Value, Message, K>, Readers<K>>> {
        // SAFETY: the only receiver, and the only receive.
        Op::new(Told::new(unsafe { Coming::new(Kept(self.0)) }))
    }

    fn try_recv(&mut self, run: &Run) -> Result<usize, TryRecvError> {
        // SAFETY: as above.
        let found = unsafe { self.0.try_recv() };
        found.map(|message| run.receive(message))
    }

    fn receive_all(&mut self, run: &Run) {
        while let Some(message) = run.wait(|| self.recv().wait()) {
            run.receive(message);
        }
    }
}

/// An operation on a channel that the model keeps.
type Sending<K> = Op<Entering<Goods<Kept<K>, Message>, Message, K>>;

/// A handle that lives as long as the model needs it: nothing is counted, it is the main thread's.
struct Kept<K: Loose>(Slab<Message, K>);

impl<K: Loose> Sealed for Kept<K> {}

// SAFETY: the handle is the main thread's, which outlives all operations.
unsafe impl<K: Loose> Send for Kept<K> {}

impl<K: Loose> Moored<Message, K> for Kept<K> {
    fn slab(&self) -> &Slab<Message, K> {
        &self.0
    }
}

impl<K: Loose> crate::op::Lent for Kept<K> {
    type With<R> = R;
    type Alone = ();

    fn with<R>(self, result: R) -> R {
        result
    }

    fn alone(self) {}

    fn with_alone<R>((): (), result: R) -> R {
        result
    }

    fn map<R, S>(with: R, f: impl FnOnce(R) -> S) -> S {
        f(with)
    }
}

fn start<K: Loose>(run: &Run, sender: &Arc<Tx<K>>, number: usize) -> Started<Sending<K>> {
    let op = Entering::new(sender.0, Goods::new(Kept(sender.0), run.message(number)));
    Started::new(run, Op::new(op))
}

/// Two send into two slots.
#[test]
fn two_sends() {
    Model::new("slab::two_sends", 50)
        .sees(&["sent"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Inbox>(2);
            let sender = run.share(sender);
            for number in [1, 2] {
                let sender = Arc::clone(&sender);
                run.spawn(move |run| assert!(sender.try_send(run, number)));
            }
            run.join();
            assert!(receiver.try_recv(run).is_ok() && receiver.try_recv(run).is_ok());
            assert_eq!(receiver.try_recv(run), Err(TryRecvError::Empty));
        });
}

/// One is received while another is sent, into its slot or behind it.
#[test]
fn send_beside_a_receive() {
    Model::new("slab::send_beside_a_receive", 20)
        .sees(&["sent", "full", "received"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Inbox>(1);
            let sender = run.share(sender);
            assert!(sender.try_send(run, 1));
            let sending = Arc::clone(&sender);
            run.spawn(move |run| {
                sending.try_send(run, 2);
            });
            run.spawn(move |run| {
                assert_eq!(receiver.try_recv(run), Ok(1));
                if receiver.try_recv(run) == Ok(2) {
                    run.saw("received");
                }
            });
        });
}

/// A claim that stands still between its two looks, while the same slot comes to be the first again.
#[test]
fn claims_of_a_slot_that_comes_back() {
    Model::new("slab::claims_of_a_slot_that_comes_back", 50)
        .sees(&["both"])
        .check(|run| {
            let (sender, receiver) = channel::<Pool>(3);
            let sender = run.share(sender);
            let hold = |sender: &Tx<Pool>| {
                let slot = sender.0.claim().ok()?;
                // Whoever has the slot has what lies in it to itself, as loom checks.
                // SAFETY: it was claimed.
                unsafe { sender.0.element(slot) };
                Some(slot)
            };
            let held = super::Later::new();
            for _ in 0..1 {
                let (sender, held) = (Arc::clone(&sender), held.clone());
                run.spawn(move |_| held.leave(hold(&sender)));
            }
            let (holder, kept) = (Arc::clone(&sender), super::Later::new());
            let left = kept.clone();
            run.spawn(move |_| {
                let (first, second) = (hold(&holder), hold(&holder));
                if let Some(first) = first {
                    // SAFETY: claimed just now.
                    unsafe { holder.0.give_up(first) };
                }
                left.leave(second);
            });
            run.join();
            let (one, two) = (held.take(), kept.take());
            let (one, two): (Index, Index) =
                (one.expect("there are three"), two.expect("as above"));
            assert_ne!(one, two, "a slot has two holders");
            run.saw("both");
            let third = sender.0.claim().expect("the third is free");
            assert!(third != one && third != two, "a slot has two holders");
            assert!(sender.0.claim().is_err(), "there are three");
            for slot in [one, two, third] {
                // SAFETY: claimed above.
                unsafe { sender.0.give_up(slot) };
            }
            drop(receiver);
        });
}

/// What was peeked at is what the next receive takes, whatever is sent meanwhile (H27).
#[test]
fn peek_and_receive_agree() {
    Model::new("slab::peek_and_receive_agree", 20)
        .sees(&["sent", "peeked", "empty"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Inbox>(2);
            let sender = run.share(sender);
            for number in [1, 2] {
                let sender = Arc::clone(&sender);
                run.spawn(move |run| {
                    sender.try_send(run, number);
                });
            }
            run.spawn(move |run| {
                // SAFETY: the only receiver; it is looked at and stays.
                let seen = unsafe {
                    let slot = receiver.0.next();
                    slot.map(|slot| (*receiver.0.element(slot)).read())
                };
                let Ok(seen) = seen else {
                    return run.saw("empty");
                };
                run.saw("peeked");
                assert_eq!(receiver.try_recv(run), Ok(seen));
            });
        });
}

/// A thread receives what another sends.
#[test]
fn thread_receives() {
    Model::new("slab::thread_receives", 20)
        .sees(&["sent", "parked", "awake"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Inbox>(1);
            let sender = run.share(sender);
            let sending = Arc::clone(&sender);
            run.spawn(move |run| assert!(sending.try_send(run, 1)));
            run.spawn(move |run| {
                let message = run.wait(|| receiver.recv().wait());
                run.receive(message.expect("it is sent"));
            });
        });
}

/// The last sender goes, and a thread that waits to receive sees the end.
#[test]
fn last_sender_goes() {
    Model::new("slab::last_sender_goes", 10)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Inbox>(1);
            run.spawn(move |_| drop(sender));
            run.spawn(move |run| receiver.receive_all(run));
        });
}

/// A thread that sends waits for the slot that another makes free.
#[test]
fn thread_sends() {
    Model::new("slab::thread_sends", 20)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Inbox>(1);
            let sender = run.share(sender);
            assert!(sender.try_send(run, 1));
            let sending = Arc::clone(&sender);
            run.spawn(move |run| {
                let sent = run.wait(|| sending.send(run.message(2)).wait());
                assert!(sent.is_ok());
            });
            let left = super::Later::new();
            let later = left.clone();
            run.spawn(move |run| {
                assert_eq!(receiver.try_recv(run), Ok(1));
                later.leave(receiver);
            });
            run.join();
            assert_eq!(left.take().try_recv(run), Ok(2));
        });
}

/// Two wait for one slot, and go in order; a third that only tries does not overtake them.
#[test]
fn parked_sends_go_in_order() {
    Model::new("slab::parked_sends_go_in_order", 20)
        .sees(&["pending", "told", "full"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Inbox>(1);
            let sender = run.share(sender);
            assert!(sender.try_send(run, 1));
            let (first, second) = (start(run, &sender, 2), start(run, &sender, 3));
            let trying = Arc::clone(&sender);
            run.spawn(move |run| assert!(!trying.try_send(run, 4)));
            let left = super::Later::new();
            let later = left.clone();
            run.spawn(move |run| {
                for _ in 0..2 {
                    assert!(receiver.try_recv(run).is_ok());
                }
                later.leave(receiver);
            });
            run.join();
            assert!(first.settle(run).is_some_and(|sent| sent.is_ok()));
            assert!(second.settle(run).is_some_and(|sent| sent.is_ok()));
            assert_eq!(left.take().try_recv(run), Ok(3));
            assert_eq!(run.received(), [1, 2, 3]);
        });
}

/// One of two that wait goes, while a slot comes to be free: the other has it, or the one that went was sent.
#[test]
fn a_parked_send_goes_away() {
    Model::new("slab::a_parked_send_goes_away", 20)
        .sees(&["went", "was sent"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Inbox>(1);
            let sender = run.share(sender);
            assert!(sender.try_send(run, 1));
            let (mut goes, stays) = (start(run, &sender, 2), start(run, &sender, 3));
            run.spawn(move |run| match goes.op.as_mut().cancel() {
                Ok(message) => {
                    assert_eq!(message.read(), 2);
                    run.saw("went");
                }
                Err(_) => run.saw("was sent"),
            });
            let left = super::Later::new();
            let later = left.clone();
            run.spawn(move |run| {
                assert_eq!(receiver.try_recv(run), Ok(1));
                later.leave(receiver);
            });
            run.join();
            let mut receiver = left.take();
            let next = receiver.try_recv(run).expect("one of them was sent");
            if next == 2 {
                assert_eq!(receiver.try_recv(run), Ok(3));
            }
            assert!(stays.settle(run).is_some_and(|sent| sent.is_ok()));
        });
}

/// One parks while the slot that it needs comes to be free.
#[test]
fn parks_beside_a_release() {
    Model::new("slab::parks_beside_a_release", 20)
        .sees(&["pending", "at once"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Inbox>(1);
            let sender = run.share(sender);
            assert!(sender.try_send(run, 1));
            let (left, kept) = (super::Later::new(), super::Later::new());
            let (parking, later) = (Arc::clone(&sender), left.clone());
            run.spawn(move |run| later.leave(start(run, &parking, 2)));
            let later = kept.clone();
            run.spawn(move |run| {
                assert_eq!(receiver.try_recv(run), Ok(1));
                later.leave(receiver);
            });
            run.join();
            assert!(left.take().settle(run).is_some_and(|sent| sent.is_ok()));
            assert_eq!(kept.take().try_recv(run), Ok(2));
        });
}

/// The end comes after everything that was sent: of a close, beside a send.
#[test]
fn close_beside_a_send() {
    Model::new("slab::close_beside_a_send", 50)
        .sees(&["sent", "closed", "told"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Inbox>(1);
            let sender = run.share(sender);
            let sending = Arc::clone(&sender);
            let went = super::Later::new();
            let later = went.clone();
            run.spawn(move |run| later.leave(sending.try_send(run, 1)));
            let waits = Started::new(run, receiver.recv_kept());
            let closing = Arc::clone(&sender);
            run.spawn(move |_| assert!(closing.0.close()));
            run.join();
            let found = waits
                .settle(run)
                .expect("it has a message, or the end has come");
            let found = found.map(|message| run.receive(message));
            assert_eq!(found.is_some(), went.take());
            assert_eq!(receiver.try_recv(run), Err(TryRecvError::Closed));
        });
}

/// The last slot that is out of a closed channel is given up: the end has come for who waits for it.
#[test]
fn the_last_slot_is_given_up() {
    Model::new("slab::the_last_slot_is_given_up", 10)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Pool>(1);
            let sender = run.share(sender);
            let slot = sender.0.claim().expect("it is free");
            assert!(sender.0.close());
            let holding = Arc::clone(&sender);
            // SAFETY: it was claimed, and this is its end.
            run.spawn(move |_| unsafe { holding.0.give_up(slot) });
            run.spawn(move |run| receiver.receive_all(run));
        });
}

/// The same beside the close, of which the receiver is told first perhaps.
#[test]
fn close_beside_a_slot_that_is_given_up() {
    Model::new("slab::close_beside_a_slot_that_is_given_up", 50)
        .sees(&["told"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Pool>(1);
            let sender = run.share(sender);
            let slot = sender.0.claim().expect("it is free");
            let waits = Started::new(run, receiver.recv_kept());
            let holding = Arc::clone(&sender);
            // SAFETY: it was claimed, and this is its end.
            run.spawn(move |_| unsafe { holding.0.give_up(slot) });
            let closing = Arc::clone(&sender);
            run.spawn(move |_| assert!(closing.0.close()));
            run.join();
            assert!(waits.settle(run).is_some_and(|found| found.is_none()));
        });
}

/// The last slot that is out of a closed channel is published: the end comes after it.
#[test]
fn the_last_slot_is_published() {
    Model::new("slab::the_last_slot_is_published", 10)
        .sees(&["parked", "awake"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Pool>(1);
            let sender = run.share(sender);
            let slot = sender.0.claim().expect("it is free");
            assert!(sender.0.close());
            let (message, holding) = (run.message(1), Arc::clone(&sender));
            run.spawn(move |_| {
                // SAFETY: it was claimed; it is built and published.
                unsafe {
                    holding.0.element(slot).write(message);
                    holding.0.set_built(slot, true);
                    assert!(holding.0.publish(slot).is_ok());
                }
            });
            run.spawn(move |run| {
                receiver.receive_all(run);
                assert_eq!(run.received(), [1]);
            });
        });
}

/// The receiver goes beside a publish: the message is dropped there, or comes back here.
#[test]
fn receiver_goes_beside_a_send() {
    Model::new("slab::receiver_goes_beside_a_send", 20)
        .sees(&["sent", "closed"])
        .check(|run| {
            let (sender, receiver) = channel::<Inbox>(2);
            let sender = run.share(sender);
            assert!(sender.try_send(run, 1));
            let sending = Arc::clone(&sender);
            run.spawn(move |run| {
                sending.try_send(run, 2);
            });
            run.spawn(move |_| drop(receiver));
            run.join();
            // At once: the memory is still there.
            run.settle();
        });
}

/// The receiver goes beside one that waits for a slot, and one that waits for the end.
#[test]
fn receiver_goes_beside_who_waits() {
    Model::new("slab::receiver_goes_beside_who_waits", 20)
        .sees(&["pending", "told"])
        .check(|run| {
            let (sender, receiver) = channel::<Inbox>(1);
            let sender = run.share(sender);
            assert!(sender.try_send(run, 1));
            let left = super::Later::new();
            let (parking, later) = (Arc::clone(&sender), left.clone());
            run.spawn(move |run| later.leave(start(run, &parking, 2)));
            let watching = Arc::clone(&sender);
            run.spawn(move |run| {
                run.wait(|| watching.closed().wait());
            });
            run.spawn(move |_| drop(receiver));
            run.join();
            let refused = left.take().settle(run).expect("the receiver is gone");
            assert_eq!(refused.expect_err("nobody took it").0.read(), 2);
        });
}

/// A slot is held by somebody who waited for it: a built element changes places with a message that is put in.
#[test]
fn a_slot_is_granted() {
    Model::new("slab::a_slot_is_granted", 20)
        .sees(&["granted", "went"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Pool>(1);
            let sender = run.share(sender);
            assert!(sender.try_send(run, 1));
            let waits = Grant::new(sender.0, Kept(sender.0));
            let mut waits = Started::new(
                run,
                Op::new(Entering::<_, Message, Pool>::new(sender.0, waits)),
            );
            run.spawn(move |run| {
                if let Some(granted) = waits.poll() {
                    granted.expect("it is open").end();
                    run.saw("granted");
                } else {
                    drop(waits);
                    run.saw("went");
                }
            });
            let left = super::Later::new();
            let later = left.clone();
            run.spawn(move |run| {
                assert_eq!(receiver.try_recv(run), Ok(1));
                later.leave(receiver);
            });
            run.join();
            assert!(sender.try_send(run, 3), "the slot is free again");
            assert_eq!(left.take().try_recv(run), Ok(3));
        });
}

/// What somebody made of a granted slot here.
struct Granted(Kept<Pool>, Index);

impl Granted {
    fn end(self) {
        // SAFETY: the sender is shared by the main thread; the slot was claimed for this.
        unsafe { self.0.0.give_up(self.1) };
    }
}

impl crate::slab::Furnish<Message, Pool> for Kept<Pool> {
    type Slot = Granted;

    fn furnish(self, slot: Index) -> Granted {
        Granted(self, slot)
    }
}

/// Both sides go at the same time: the memory is freed once, after both.
#[test]
fn both_sides_go() {
    Model::new("slab::both_sides_go", 10)
        .sees(&["sent"])
        .check(|run| {
            let (sender, receiver) = channel::<Inbox>(1);
            assert!(sender.try_send(run, 1));
            run.spawn(move |_| drop(sender));
            run.spawn(move |_| drop(receiver));
        });
}

/// A value of a pool stays in its slot for the next, or is gone when it was taken out: see `Value`.
#[test]
fn messages_change_places_with_what_is_built() {
    Model::new("slab::messages_change_places_with_what_is_built", 5)
        .sees(&["received"])
        .check(|run| {
            let (sender, mut receiver) = channel::<Pool>(1);
            let slot = sender.0.claim().expect("it is free");
            // SAFETY: it was claimed; it is built and given up.
            unsafe {
                sender.0.element(slot).write(run.message(1));
                sender.0.set_built(slot, true);
                sender.0.give_up(slot);
            }
            run.spawn(move |run| assert!(sender.try_send(run, 2)));
            run.spawn(move |run| {
                // SAFETY: the only receiver.
                while unsafe { <Value as Catch<Message, Pool>>::catch(receiver.0) }.is_err() {
                    loom::thread::yield_now();
                }
                run.saw("received");
                assert!(receiver.try_recv(run).is_err());
            });
        });
}

/// The receiver, its manager and a send beside each other: the message is dropped when both are gone, or comes back.
#[test]
fn receiver_and_manager_go() {
    Model::new("slab::receiver_and_manager_go", 50)
        .sees(&["sent", "closed"])
        .check(|run| {
            let (sender, receiver) = channel::<Inbox>(2);
            let sender = run.share(sender);
            receiver.0.life().add_manager();
            let manager = Managing(receiver.0);
            assert!(sender.try_send(run, 1));
            let sending = Arc::clone(&sender);
            run.spawn(move |run| {
                sending.try_send(run, 2);
            });
            run.spawn(move |_| drop(receiver));
            run.spawn(move |_| drop(manager));
            run.join();
            run.settle();
        });
}

/// The next receiver goes on where the last one stopped, beside a send.
#[test]
fn next_receiver_goes_on() {
    Model::new("slab::next_receiver_goes_on", 20)
        .sees(&["refused", "received"])
        .check(|run| {
            let (sender, receiver) = channel::<Inbox>(2);
            let sender = run.share(sender);
            receiver.0.life().add_manager();
            let manager = Managing(receiver.0);
            assert!(sender.try_send(run, 1));
            let sending = Arc::clone(&sender);
            run.spawn(move |run| {
                sending.try_send(run, 2);
            });
            run.spawn(move |_| {
                // SAFETY: the only receiver; what it sees it leaves to the next.
                assert!(unsafe { receiver.0.next() }.is_ok());
                drop(receiver);
            });
            run.spawn(move |run| {
                let Some(mut receiver) = manager.next() else {
                    return run.saw("refused");
                };
                assert_eq!(receiver.try_recv(run), Ok(1));
                if receiver.try_recv(run) == Ok(2) {
                    run.saw("received");
                }
            });
        });
}

/// The plainest manager.
struct Managing(Slab<Message, Inbox>);

// SAFETY: as for the handles.
unsafe impl Send for Managing {}

impl Managing {
    fn next(&self) -> Option<Rx<Inbox>> {
        self.0.life().reconnect().then(|| Rx(self.0))
    }
}

impl Drop for Managing {
    fn drop(&mut self) {
        self.0.drop_manager();
    }
}
