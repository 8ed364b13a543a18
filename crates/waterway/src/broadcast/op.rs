//! The operations: what each looks for, and the send, which is pulled.

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::Poll;

use super::Broadcast;
use super::hub::{Hub, Link, Parcel};
use super::receiver::{Receiver, Ref};
use super::sender::Sender;
use crate::error::{
    Delivered, Lagged, RecvTimeoutError, SendError, SendTimeoutError, Timeout, TryRecvError,
    TrySendError,
};
use crate::kind::sealed::Sealed;
use crate::op::{Action, Choice, Lent, Wish};
use crate::store::counted::Counted;
use crate::sync::{DefaultLock, UnsafeCell};
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{Arm, Crowd, How, Node, State};

/// A handle, borrowed or given away. Sealed.
#[doc(hidden)]
pub trait Grip<H>: Lent {
    /// The handle.
    fn handle(&self) -> &H;
}

/// A handle that may be changed. Sealed.
#[doc(hidden)]
pub trait GripMut<H>: Grip<H> {
    /// The handle.
    fn handle_mut(&mut self) -> &mut H;
}

impl<H: Lent> Grip<H> for H {
    fn handle(&self) -> &H {
        self
    }
}

impl<H: Sealed> Grip<H> for &H {
    fn handle(&self) -> &H {
        self
    }
}

impl<H: Sealed> Grip<H> for &mut H {
    fn handle(&self) -> &H {
        self
    }
}

impl<H: Lent> GripMut<H> for H {
    fn handle_mut(&mut self) -> &mut H {
        self
    }
}

impl<H: Sealed> GripMut<H> for &mut H {
    fn handle_mut(&mut self) -> &mut H {
        self
    }
}

/// What a receive makes of a message. Sealed.
#[doc(hidden)]
pub trait View<T>: Sealed {
    /// What its caller gets.
    type Seen;

    #[allow(private_interfaces, reason = "the trait is sealed")]
    #[doc(hidden)]
    fn see(hub: &Hub<T>, message: Ref<T>) -> Self::Seen;
}

/// The message itself, if nobody else refers to it; else a clone.
#[doc(hidden)]
#[derive(Debug)]
pub struct Value(());

/// A reference that keeps the message.
#[doc(hidden)]
#[derive(Debug)]
pub struct Reference(());

impl Sealed for Value {}
impl Sealed for Reference {}

impl<T: Clone> View<T> for Value {
    type Seen = T;

    #[allow(private_interfaces, reason = "as above")]
    fn see(hub: &Hub<T>, message: Ref<T>) -> T {
        let message = hub.unwrap(message.0);
        message.unwrap_or_else(|shared| (*shared).clone())
    }
}

impl<T> View<T> for Reference {
    type Seen = Ref<T>;

    #[allow(private_interfaces, reason = "as above")]
    fn see(_: &Hub<T>, message: Ref<T>) -> Ref<T> {
        message
    }
}

/// The next message. Sealed.
#[doc(hidden)]
#[derive(Debug)]
pub struct Next<G, V, T> {
    grip: G,
    _of: PhantomData<fn(T, V) -> T>,
}

/// As many messages as are there, up to a limit. Sealed.
#[doc(hidden)]
#[derive(Debug)]
pub struct Batch<'a, B, T> {
    pub(super) receiver: &'a mut Receiver<T>,
    pub(super) buffer: &'a mut B,
    pub(super) limit: usize,
}

/// The close. Sealed.
#[doc(hidden)]
#[derive(Debug)]
pub struct End<G, T> {
    grip: G,
    _of: PhantomData<fn(T) -> T>,
}

impl<G, V, T> Next<G, V, T> {
    pub(super) fn new(grip: G) -> Self {
        Self {
            grip,
            _of: PhantomData,
        }
    }
}

impl<G, T> End<G, T> {
    pub(super) fn new(grip: G) -> Self {
        Self {
            grip,
            _of: PhantomData,
        }
    }
}

impl<G, V, T> Sealed for Next<G, V, T> {}
impl<B, T> Sealed for Batch<'_, B, T> {}
impl<G, T> Sealed for End<G, T> {}

impl<G: GripMut<Receiver<T>>, V: View<T>, T> Wish for Next<G, V, T> {
    type Kind = Broadcast;
    type Crowd = Crowd<DefaultLock>;
    type Found = Option<Result<Ref<T>, Lagged>>;
    type Output = G::With<Option<Result<V::Seen, Lagged>>>;
    type Timed = G::With<Result<Result<V::Seen, Lagged>, RecvTimeoutError>>;
    type Back = G::Alone;

    fn crowd(&self) -> &Crowd<DefaultLock> {
        &self.grip.handle().link.readers
    }

    #[inline]
    fn look(&mut self) -> Poll<Self::Found> {
        match self.grip.handle_mut().take() {
            Ok(found) => Poll::Ready(Some(found)),
            Err(TryRecvError::Closed) => Poll::Ready(None),
            Err(TryRecvError::Empty) => Poll::Pending,
        }
    }

    fn output(self, found: Self::Found) -> Self::Output {
        let hub = &*self.grip.handle().link;
        let found = found.map(|found| found.map(|message| V::see(hub, message)));
        self.grip.with(found)
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        G::map(output, |found| found.ok_or(RecvTimeoutError::Closed))
    }

    fn back(self) -> G::Alone {
        self.grip.alone()
    }

    fn timed_out(back: G::Alone) -> Self::Timed {
        G::with_alone(back, Err(RecvTimeoutError::Timeout))
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Some(&self.grip.handle().link.recv_pace)
    }
}

impl<B: Extend<Result<T, Lagged>>, T: Clone> Wish for Batch<'_, B, T> {
    type Kind = Broadcast;
    type Crowd = Crowd<DefaultLock>;
    type Found = Option<usize>;
    type Output = Option<usize>;
    type Timed = Result<usize, RecvTimeoutError>;
    type Back = ();

    fn crowd(&self) -> &Crowd<DefaultLock> {
        &self.receiver.link.readers
    }

    fn look(&mut self) -> Poll<Option<usize>> {
        self.receiver.take_many(self.buffer, self.limit)
    }

    fn output(self, found: Option<usize>) -> Option<usize> {
        found
    }

    fn in_time(output: Option<usize>) -> Self::Timed {
        output.ok_or(RecvTimeoutError::Closed)
    }

    fn back(self) {}

    fn timed_out((): ()) -> Self::Timed {
        Err(RecvTimeoutError::Timeout)
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Some(&self.receiver.link.recv_pace)
    }
}

impl<G: Grip<Sender<T>>, T> Wish for End<G, T> {
    type Kind = Broadcast;
    type Crowd = Crowd<DefaultLock>;
    type Found = ();
    type Output = ();
    type Timed = Result<(), Timeout>;
    type Back = ();

    fn crowd(&self) -> &Crowd<DefaultLock> {
        &self.grip.handle().link.watchers
    }

    fn look(&mut self) -> Poll<()> {
        if self.grip.handle().link.is_closed() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn output(self, (): ()) {}

    fn in_time((): ()) -> Self::Timed {
        Ok(())
    }

    fn back(self) {}

    fn timed_out((): ()) -> Self::Timed {
        Err(Timeout)
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        // It is far away as a rule.
        None
    }
}

/// The action of `send` and `send_owned`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sending<G, T> {
    link: Link<T>,
    /// `Done` when the message was pulled.
    node: Node,
    parcel: UnsafeCell<Parcel<T>>,
    /// It keeps the channel. `None` when spent.
    grip: Option<G>,
}

// SAFETY: the message goes with the action, and the node and the parcel are touched by others under a lock
// only.
unsafe impl<G: Send, T: Send + Sync> Send for Sending<G, T> {}
// SAFETY: nothing can be done with a shared action.
unsafe impl<G: Sync, T: Send + Sync> Sync for Sending<G, T> {}

impl<G: Grip<Sender<T>>, T> Sending<G, T> {
    pub(super) fn new(grip: G, message: T) -> Self {
        let link = grip.handle().link;
        Self {
            link,
            node: Node::new(),
            parcel: UnsafeCell::new(Some(link.wrap(message))),
            grip: Some(grip),
        }
    }

    /// Sends at once, if there is room; `None` otherwise. The node is in no list.
    fn send_now(&self) -> Option<Result<(), SendError<T>>> {
        let Some(message) = self.message() else {
            // It went, and a waker panicked then.
            return Some(Ok(()));
        };
        match self.link.send(message) {
            Ok(_) => Some(Ok(())),
            Err(TrySendError::Closed(message)) => Some(Err(SendError(self.unwrap(message)))),
            Err(TrySendError::Full(message)) => {
                // SAFETY: the node is in no list.
                self.parcel
                    .with_mut(|parcel| unsafe { *parcel = Some(message) });
                None
            }
        }
    }

    fn spend(self: Pin<&mut Self>) -> G {
        // SAFETY: the grip is not pinned: it is moved out here and never pinned elsewhere.
        let grip = unsafe { &mut self.get_unchecked_mut().grip };
        grip.take()
            .expect("an operation is polled until it is ready")
    }
}

impl<G, T> Sending<G, T> {
    /// Takes the message out, if it is here. The node is in no list.
    fn message(&self) -> Option<Counted<T>> {
        debug_assert!(!self.node.is_linked(), "whoever pulls has it");
        // SAFETY: by that nobody else looks.
        self.parcel.with_mut(|parcel| unsafe { (*parcel).take() })
    }

    /// The message, which was shown to nobody.
    fn unwrap(&self, message: Counted<T>) -> T {
        let message = self.link.unwrap(message);
        message.unwrap_or_else(|_| unreachable!("it was never in the channel"))
    }
}

/// Of the whole action: so the handle that it borrows has to be there still when it is dropped.
impl<G, T> Drop for Sending<G, T> {
    fn drop(&mut self) {
        if self.grip.is_some() {
            self.link.withdraw(&self.node);
        }
    }
}

impl<G, T> Sealed for Sending<G, T> {}

impl<G: Grip<Sender<T>>, T> Action for Sending<G, T> {
    type Kind = Broadcast;
    type Output = G::With<Result<(), SendError<T>>>;
    type Timed = G::With<Result<(), SendTimeoutError<T>>>;
    type Cancelled = G::With<Result<T, Delivered>>;

    #[cfg(feature = "std")]
    const MOVES_EASILY: bool = true;

    #[cfg(feature = "std")]
    fn attempt(mut self) -> Result<Self::Output, Self> {
        let Some(sent) = self.send_now() else {
            return Err(self);
        };
        let grip = self.grip.take().expect("it was never pinned");
        Ok(grip.with(sent))
    }

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output> {
        assert!(
            self.grip.is_some(),
            "an operation is polled until it is ready"
        );
        let mut state = self.node.state();
        if state == State::Idle {
            if let Some(sent) = self.send_now() {
                return Poll::Ready(self.spend().with(sent));
            }
            if let Some(waker) = how.waker() {
                let parcel = self.parcel.with_mut(|parcel| parcel);
                // SAFETY: both are pinned with the action, whose drop withdraws the node.
                state = unsafe { self.link.park(&self.node, parcel, waker, how.arm()) };
            }
        } else if let Some(waker) = how.waker() {
            self.link.renew(&self.node, waker);
            state = self.node.state();
        }
        let result = match state {
            State::Idle | State::Queued | State::Woken => return Poll::Pending,
            State::Done => Ok(()),
            State::Closed => {
                let message = self.message().expect("it was not sent");
                Err(SendError(self.unwrap(message)))
            }
        };
        Poll::Ready(self.spend().with(result))
    }

    fn cancel(self: Pin<&mut Self>) -> Self::Cancelled {
        self.link.withdraw(&self.node);
        let message = self.message().map(|message| self.unwrap(message));
        self.spend().with(message.ok_or(Delivered))
    }

    fn timed_out(cancelled: Self::Cancelled) -> Self::Timed {
        G::map(cancelled, |result| match result {
            Ok(message) => Err(SendTimeoutError::Timeout(message)),
            Err(Delivered) => Ok(()),
        })
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        G::map(output, |sent| sent.map_err(SendTimeoutError::from))
    }

    fn is_spent(&self) -> bool {
        self.grip.is_none()
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        self.grip.as_ref()?;
        Some(&self.link.send_pace)
    }
}

/// A parked message may be pulled.
impl<G: Grip<Sender<T>>, T> Choice for Sending<G, T> {
    fn enter_group(self: Pin<&mut Self>, arm: Arm<'_>) {
        if self.node.is_linked() {
            self.link.join_group(&self.node, Some(arm));
        }
    }

    fn offer_again(self: Pin<&mut Self>) {
        if self.node.is_linked() {
            self.link.offer_again();
        }
    }

    fn leave_group(self: Pin<&mut Self>) {
        if self.node.is_linked() {
            self.link.join_group(&self.node, None);
            self.link.offer_again();
        }
    }
}
