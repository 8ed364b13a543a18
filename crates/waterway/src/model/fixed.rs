//! Channels in statics: a split beside those who are still on their way out of the one before, and what
//! is older than the split: weak handles, and operations that were leaked.

use std::task::Waker;

use super::{Later, Message, Model, Run, Started, poll};
use crate::error::{TryRecvError, TrySendError};
use crate::kind::{Ends, ManyThreads, Usual};
use crate::{fixed, mpmc, mpsc, spsc};

type Static<T, K> = fixed::Static<T, 1, K>;

/// A static for one execution: a model's atomics are made at run time.
struct Home<K: Ends + ManyThreads, T: 'static = Message>(&'static Static<T, K>);

impl<K: Ends + ManyThreads + Usual, T: Send> Home<K, T>
where
    K::Lock: Send + Sync,
    K::Sender<T>: Send,
    K::Receiver<T>: Send,
{
    /// A new one, and its first handles. Made in a thread of its own: the main thread's stack is small.
    fn new(run: &Run) -> (Self, K::Sender<T>, K::Receiver<T>) {
        let left = Later::new();
        run.spawn({
            let left = left.clone();
            move |_| {
                let channel: &'static Static<T, K> = Box::leak(Box::new(Static::new()));
                left.leave((channel, channel.split()));
            }
        });
        run.join();
        let (channel, (sender, receiver)) = left.take();
        (Self(channel), sender, receiver)
    }

    /// When nobody has a handle any more.
    fn end(self, run: &Run) {
        run.spawn(move |_| {
            assert!(self.0.try_split().is_some(), "it can be split again");
            // SAFETY: leaked by `new`, and all handles are gone.
            drop(unsafe { Box::from_raw(std::ptr::from_ref(self.0).cast_mut()) });
        });
        run.join();
    }
}

/// Splits the channel as soon as that can be done.
fn split<K: Ends + ManyThreads, T>(
    run: &Run,
    channel: &'static Static<T, K>,
) -> (K::Sender<T>, K::Receiver<T>) {
    loop {
        if let Some(ends) = channel.try_split() {
            return ends;
        }
        run.saw("not yet");
        loom::thread::yield_now();
    }
}

/// The receiver goes while the sender is in the middle of a send, and the channel is split again: it is
/// as new.
macro_rules! split_beside_a_publisher {
    ($name:expr, $kind:ty) => {
        Model::new($name, 50)
            .sees(&["sent", "closed", "not yet"])
            .check(|run| {
                #[allow(unused_mut, reason = "some handles are shared")]
                let (home, mut sender, receiver) = Home::<$kind>::new(run);
                let channel = home.0;
                run.spawn(move |run| match sender.try_send(run.message(1)) {
                    Ok(()) => run.saw("sent"),
                    Err(TrySendError::Closed(_)) => run.saw("closed"),
                    Err(TrySendError::Full(_)) => panic!("there is room"),
                });
                run.spawn(move |run| {
                    drop(receiver);
                    #[allow(unused_mut, reason = "some handles are shared")]
                    let (mut sender, mut receiver) = split(run, channel);
                    assert!(!sender.is_closed(), "split too early");
                    let found = receiver.try_recv().err();
                    assert_eq!(found, Some(TryRecvError::Empty), "split too early");
                    assert!(sender.try_send(run.message(2)).is_ok());
                    let received = receiver.try_recv().map(|message| run.receive(message));
                    assert_eq!(received, Ok(2));
                });
                run.join();
                home.end(run);
            });
    };
}

#[test]
fn split_beside_a_publisher() {
    split_beside_a_publisher!("fixed::split_beside_a_publisher", mpsc::Mpsc);
}

#[test]
fn split_a_lane_beside_its_sender() {
    split_beside_a_publisher!("fixed::split_a_lane_beside_its_sender", spsc::Spsc);
}

#[test]
fn split_shared_beside_a_publisher() {
    split_beside_a_publisher!("fixed::split_shared_beside_a_publisher", mpmc::Mpmc);
}

/// A weak sender is upgraded while the channel is split again. It gets a sender of its own split or none,
/// and the next split ends when its own handles are gone.
macro_rules! old_weak_sender {
    ($name:expr, $kind:ty) => {
        Model::new($name, 100)
            .sees(&["upgraded", "too late", "told"])
            .check(|run| {
                let (home, sender, receiver) = Home::<$kind>::new(run);
                let channel = home.0;
                let weak = sender.downgrade();
                run.spawn(move |run| match weak.upgrade() {
                    Some(sender) => {
                        run.saw("upgraded");
                        drop(sender.try_send(run.message(1)));
                    }
                    None => run.saw("too late"),
                });
                let left = Later::new();
                run.spawn({
                    let left = left.clone();
                    move |run| {
                        drop((sender, receiver));
                        let (sender, receiver) = split(run, channel);
                        let recv = Started::new(run, receiver.recv_owned());
                        drop(sender);
                        left.leave(recv);
                    }
                });
                run.join();
                let (found, receiver) = left.take().settle(run).expect("the end was not told");
                assert!(found.is_none(), "a message of another split");
                drop(receiver);
                home.end(run);
            });
    };
}

#[test]
fn old_weak_sender() {
    old_weak_sender!("fixed::old_weak_sender", mpmc::Mpmc);
}

#[test]
fn old_weak_sender_of_one_receiver() {
    old_weak_sender!("fixed::old_weak_sender_of_one_receiver", mpsc::Mpsc);
}

/// The same with a weak receiver.
#[test]
fn old_weak_receiver() {
    Model::new("fixed::old_weak_receiver", 100)
        .sees(&["received", "too late"])
        .check(|run| {
            let (home, sender, receiver) = Home::<mpmc::Mpmc>::new(run);
            let channel = home.0;
            let weak = receiver.downgrade();
            run.spawn(move |run| match weak.upgrade() {
                Some(receiver) => {
                    if let Ok(message) = receiver.try_recv() {
                        run.saw("received");
                        let number = run.receive(message);
                        assert_eq!(number, 1, "a message of another split");
                    }
                }
                None => run.saw("too late"),
            });
            run.spawn(move |run| {
                assert!(sender.try_send(run.message(1)).is_ok());
                drop((sender, receiver));
                let (sender, receiver) = split(run, channel);
                assert!(sender.try_send(run.message(2)).is_ok());
                drop((receiver, sender));
            });
            run.join();
            home.end(run);
        });
}

/// A receiver makes a sender while the last other one goes: it keeps the generation.
#[test]
fn new_sender_is_left() {
    Model::new("fixed::new_sender_is_left", 5).check(|run| {
        let (home, sender, receiver) = Home::<mpsc::Mpsc>::new(run);
        let channel = home.0;
        run.spawn(move |_| drop(sender));
        run.spawn(move |_| {
            let sender = receiver.new_sender();
            drop(receiver);
            assert!(channel.try_split().is_none(), "split too early");
            drop(sender);
        });
        run.join();
        home.end(run);
    });
}

/// Operations that were leaked while they waited do not reach the next split.
#[test]
fn leaked_operations() {
    Model::new("fixed::leaked_operations", 20)
        .sees(&["not yet", "told"])
        .check(|run| {
            let (home, sender, receiver) = Home::<mpmc::Mpmc, u32>::new(run);
            let channel = home.0;
            let mut recv = Box::pin(receiver.recv());
            assert!(poll(recv.as_mut(), Waker::noop()).is_pending());
            let mut closed = Box::pin(sender.closed());
            assert!(poll(closed.as_mut(), Waker::noop()).is_pending());
            // In memory that the models do not watch: not of messages.
            std::mem::forget((recv, closed));
            run.spawn(move |_| drop(sender));
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |run| {
                    drop(receiver);
                    let (sender, receiver) = split(run, channel);
                    let recv = Started::new(run, receiver.recv_owned());
                    assert!(sender.try_send(1).is_ok());
                    // The sender stays, so that its end tells nobody.
                    left.leave((sender, recv));
                }
            });
            run.join();
            let (sender, recv) = left.take();
            let (found, receiver) = recv.settle(run).expect("it was not told");
            assert_eq!(found, Some(1));
            drop((sender, receiver));
            home.end(run);
        });
}
