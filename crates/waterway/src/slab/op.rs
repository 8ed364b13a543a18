//! The operations: those who wait for a slot, and what else is waited for.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::task::{Poll, Waker};

use super::claim::Refused;
use super::{Core, Index, Loose, Parcel, Slab};
use crate::error::{
    Delivered, RecvTimeoutError, SendError, SendTimeoutError, Timeout, TryRecvError, TrySendError,
};
use crate::kind::{Invariant, sealed::Sealed};
use crate::op::{Action, Choice, Lent, Wish};
use crate::sync::UnsafeCell;
use crate::unwind::Defer;
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{Arm, Demand, Gather, How, Node, State};

/// A handle of such a channel, or something that holds one. Sealed.
#[doc(hidden)]
pub trait Moored<T, K: Loose>: Sealed {
    /// The channel.
    fn slab(&self) -> &Slab<T, K>;
}

impl<H: Moored<T, K>, T, K: Loose> Moored<T, K> for &H {
    #[inline(always)]
    fn slab(&self) -> &Slab<T, K> {
        (**self).slab()
    }
}

impl<H: Moored<T, K>, T, K: Loose> Moored<T, K> for &mut H {
    #[inline(always)]
    fn slab(&self) -> &Slab<T, K> {
        (**self).slab()
    }
}

/// What is done with a slot that was waited for. Sealed.
#[doc(hidden)]
pub trait Cargo<T, K: Loose>: Sealed {
    /// What the operation comes to.
    type Output;
    /// What a wait that can be ended comes to.
    type Timed;
    /// What is left of a cancelled one.
    type Cancelled;
    /// What its node says.
    const DEMAND: Demand;

    /// What its node's data points at.
    fn data(cargo: *mut Self) -> *mut ();
    /// It claimed a slot itself: says whether the receiver is to be woken. `Err` if the receiving side is gone: it is as
    /// before then. No user code runs.
    #[allow(private_interfaces, reason = "the trait is sealed")]
    #[doc(hidden)]
    fn enter(&mut self, slab: Slab<T, K>, slot: Index) -> Result<bool, Refused>;
    /// It was served.
    fn done(self) -> Self::Output;
    /// The channel is closed.
    fn refused(self) -> Self::Output;
    /// It was ended where it stood: perhaps it was served.
    fn cancelled(self) -> Self::Cancelled;
    /// The wait was ended.
    fn timed_out(cancelled: Self::Cancelled) -> Self::Timed;
    /// It was not.
    fn in_time(output: Self::Output) -> Self::Timed;
}

/// The action of whoever waits for a slot.
///
/// No bound relates the cargo to the message, see [`Sending`](crate::op::Sending).
#[doc(hidden)]
pub struct Entering<C, T, K: Loose> {
    slab: Slab<T, K>,
    /// `Done` when it was served.
    node: Node,
    /// The handle in it keeps the channel. Gone when spent.
    cargo: UnsafeCell<ManuallyDrop<C>>,
    spent: bool,
}

// SAFETY: the cargo goes with the action, and both it and the node are touched by others under a lock only.
unsafe impl<C: Send, T: Send, K: Loose> Send for Entering<C, T, K> where K::Lock: Send + Sync {}
// SAFETY: nothing can be done with a shared action.
unsafe impl<C: Sync, T: Send, K: Loose> Sync for Entering<C, T, K> where K::Lock: Send + Sync {}

impl<C, T, K: Loose> core::fmt::Debug for Entering<C, T, K> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Entering").finish_non_exhaustive()
    }
}

impl<C, T, K: Loose> Entering<C, T, K> {
    pub(crate) fn new(slab: Slab<T, K>, cargo: C) -> Self {
        Self {
            slab,
            node: Node::new(),
            cargo: UnsafeCell::new(ManuallyDrop::new(cargo)),
            spent: false,
        }
    }

    /// Takes the cargo out, after which the action is spent. The node is in no list.
    fn spend(&mut self) -> C {
        debug_assert!(!self.spent && !self.node.is_linked());
        self.spent = true;
        // SAFETY: it is there, nobody else looks at it, and it is taken once.
        self.cargo
            .with_mut(|cargo| unsafe { ManuallyDrop::take(&mut *cargo) })
    }

    /// The parts but the node are not pinned.
    fn spend_pinned(self: Pin<&mut Self>) -> C {
        // SAFETY: the node is not moved, and the cargo is never pinned elsewhere.
        unsafe { self.get_unchecked_mut() }.spend()
    }
}

/// Of the whole action: so the handle that it borrows has to be there still when it is dropped.
impl<C, T, K: Loose> Drop for Entering<C, T, K> {
    fn drop(&mut self) {
        if self.spent {
            return;
        }
        let cargo = &self.cargo;
        // Though the drop of a waker panics.
        let _dropped = Defer::new(|| {
            // SAFETY: it is there, nobody else looks at it any more, and it is dropped once.
            cargo.with_mut(|cargo| unsafe { ManuallyDrop::drop(&mut *cargo) });
        });
        self.slab.withdraw(&self.node);
    }
}

impl<C: Cargo<T, K>, T, K: Loose> Entering<C, T, K> {
    /// Does it at once if there is a slot, or it is clear that there won't be one. The node is in no list. Says whether the
    /// receiver is to be woken: when it is noted that it was done, for that is user code.
    #[inline]
    fn enter(&self) -> Result<bool, Refused> {
        let slot = self.slab.claim()?;
        // SAFETY: by that nobody else looks at the cargo.
        self.cargo
            .with_mut(|cargo| unsafe { (*cargo).enter(self.slab, slot) })
    }
}

impl<C, T, K: Loose> Sealed for Entering<C, T, K> {}

impl<C: Cargo<T, K>, T, K: Loose> Action for Entering<C, T, K> {
    type Kind = K;
    type Output = C::Output;
    type Timed = C::Timed;
    type Cancelled = C::Cancelled;

    #[cfg(feature = "std")]
    const MOVES_EASILY: bool = size_of::<C>() <= crate::op::MOVED;

    #[cfg(feature = "std")]
    #[inline]
    fn attempt(mut self) -> Result<C::Output, Self> {
        match self.enter() {
            Ok(told) => {
                let cargo = self.spend();
                if told {
                    self.slab.wake_receiver();
                }
                Ok(cargo.done())
            }
            Err(Refused::Closed) => Ok(self.spend().refused()),
            Err(Refused::Full) => Err(self),
        }
    }

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<C::Output> {
        assert!(!self.spent, "an operation is polled until it is ready");
        let mut state = self.node.state();
        if state == State::Idle {
            state = match self.enter() {
                Ok(told) => {
                    // The message is the channel's now, whatever the waker does.
                    self.node.set_state(State::Done);
                    if told {
                        self.slab.wake_receiver();
                    }
                    State::Done
                }
                Err(Refused::Closed) => State::Closed,
                Err(Refused::Full) => State::Idle,
            };
            if let (State::Idle, Some(waker)) = (state, how.waker()) {
                let data = self.cargo.with_mut(|cargo| C::data(cargo.cast()));
                // SAFETY: both are pinned with the action, whose drop withdraws the node.
                state = unsafe {
                    self.slab
                        .park(&self.node, C::DEMAND, data, waker, how.arm())
                };
            }
        } else if let Some(waker) = how.waker() {
            self.slab.renew(&self.node, waker);
            if how.arm().is_none() && self.node.is_linked() {
                // The wait that it was an arm of may have been forgotten.
                self.slab.leave_group(&self.node);
            }
            state = self.node.state();
        }
        match state {
            State::Idle | State::Queued | State::Woken => Poll::Pending,
            State::Done => Poll::Ready(self.spend_pinned().done()),
            State::Closed => Poll::Ready(self.spend_pinned().refused()),
        }
    }

    fn cancel(self: Pin<&mut Self>) -> C::Cancelled {
        self.slab.withdraw(&self.node);
        self.spend_pinned().cancelled()
    }

    fn timed_out(cancelled: C::Cancelled) -> C::Timed {
        C::timed_out(cancelled)
    }

    fn in_time(output: C::Output) -> C::Timed {
        C::in_time(output)
    }

    fn is_spent(&self) -> bool {
        self.spent
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        (!self.spent).then(|| self.slab.send_pace())
    }
}

/// A parked one may be served.
impl<C: Cargo<T, K>, T, K: Loose> Choice for Entering<C, T, K> {
    fn enter_group(self: Pin<&mut Self>, arm: Arm<'_>) {
        if self.node.is_linked() {
            self.slab.join_group(&self.node, arm);
        }
    }

    fn offer_again(self: Pin<&mut Self>) {
        if self.node.is_linked() {
            self.slab.settle();
        }
    }

    fn leave_group(self: Pin<&mut Self>) {
        if self.node.is_linked() {
            self.slab.leave_group(&self.node);
        }
    }
}

/// A message that goes into a slot and is published: what `send` waits with.
#[doc(hidden)]
#[derive(Debug)]
pub struct Goods<G, T> {
    parcel: Parcel<T>,
    grip: G,
}

// SAFETY: by a shared one the message is not to be had.
unsafe impl<G: Sync, T: Send> Sync for Goods<G, T> {}

impl<G, T> Sealed for Goods<G, T> {}

impl<G, T> Goods<G, T> {
    pub(crate) fn new(grip: G, message: T) -> Self {
        Self {
            parcel: Parcel::new(message),
            grip,
        }
    }
}

impl<G: Lent, T, K: Loose> Cargo<T, K> for Goods<G, T> {
    type Output = G::With<Result<(), SendError<T>>>;
    type Timed = G::With<Result<(), SendTimeoutError<T>>>;
    type Cancelled = G::With<Result<T, Delivered>>;
    const DEMAND: Demand = Demand::Send { left: 1 };

    fn data(cargo: *mut Self) -> *mut () {
        // SAFETY: in bounds.
        unsafe { (&raw mut (*cargo).parcel).cast() }
    }

    #[allow(private_interfaces, reason = "the trait is sealed")]
    #[inline]
    fn enter(&mut self, slab: Slab<T, K>, slot: Index) -> Result<bool, Refused> {
        slab.put(slot, &mut self.parcel)
    }

    fn done(self) -> Self::Output {
        self.grip.with(Ok(()))
    }

    fn refused(mut self) -> Self::Output {
        let message = self.parcel.take().expect("it was not sent");
        self.grip.with(Err(SendError(message)))
    }

    fn cancelled(mut self) -> Self::Cancelled {
        let message = self.parcel.take();
        self.grip.with(message.ok_or(Delivered))
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
}

impl<T, K: Loose> Slab<T, K> {
    /// Publishes a parcel's message in a claimed slot; what lay there is in the parcel then. Says whether the receiver is to
    /// be woken. If the receiving side is gone the message is as it was.
    #[inline]
    fn put(&self, slot: Index, parcel: &mut Parcel<T>) -> Result<bool, Refused> {
        // SAFETY: the slot was claimed for this; both are the caller's.
        unsafe { self.load(slot, parcel) };
        self.publish_silently(slot).map_err(|slot| {
            // SAFETY: as above, and it was loaded just now.
            unsafe { self.unload(slot, parcel) };
            self.release(slot);
            Refused::Closed
        })
    }

    /// Sends a message if there is a slot.
    #[inline]
    pub(crate) fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let mut parcel = Parcel::new(message);
        let sent = self.claim().and_then(|slot| self.put(slot, &mut parcel));
        let told = sent.map_err(|refused| {
            let message = parcel.take().expect("it was not sent");
            match refused {
                Refused::Full => TrySendError::Full(message),
                Refused::Closed => TrySendError::Closed(message),
            }
        })?;
        if told {
            self.wake_receiver();
        }
        Ok(())
    }

    /// Takes the next message out of its slot, and gives that back.
    ///
    /// # Safety
    /// The caller is the receiver.
    #[inline]
    pub(crate) unsafe fn try_recv(&self) -> Result<T, TryRecvError> {
        // SAFETY: passed on. A published slot holds an element, which is no longer there then.
        let (slot, message) = unsafe {
            let slot = self.take()?;
            self.set_built(slot, false);
            (slot, self.element(slot).read())
        };
        self.release(slot);
        Ok(message)
    }
}

/// A view of the channel's core: whoever waits here is woken when something comes for the receiver.
#[allow(missing_debug_implementations, reason = "nobody comes to see it")]
#[repr(transparent)]
pub struct Readers<K: Loose>(Core<K>);

/// The same for those who wait for the end of the receiving side.
#[allow(missing_debug_implementations, reason = "as above")]
#[repr(transparent)]
pub struct Watchers<K: Loose>(Core<K>);

impl<K: Loose> Sealed for Readers<K> {}
impl<K: Loose> Sealed for Watchers<K> {}

impl<K: Loose> Gather for Readers<K> {
    #[allow(private_interfaces, reason = "the trait is sealed")]
    unsafe fn register(&self, node: &Node, waker: &Waker) {
        // There is one, whose waker lies in a cell: the node says only that it does.
        node.set_state(State::Queued);
        self.0.announce(waker);
    }

    #[allow(private_interfaces, reason = "the trait is sealed")]
    fn withdraw(&self, node: &Node) {
        if node.is_linked() {
            node.set_state(State::Idle);
            self.0.withdraw_announcement();
        }
    }
}

impl<K: Loose> Gather for Watchers<K> {
    #[allow(private_interfaces, reason = "the trait is sealed")]
    unsafe fn register(&self, node: &Node, waker: &Waker) {
        // SAFETY: passed on.
        unsafe { self.0.watch(node, waker) };
    }

    #[allow(private_interfaces, reason = "the trait is sealed")]
    fn withdraw(&self, node: &Node) {
        self.0.ignore(node);
    }
}

impl<T, K: Loose> Slab<T, K> {
    pub(crate) fn readers(&self) -> &Readers<K> {
        // SAFETY: the same in another guise; it is there, see `core`.
        unsafe { self.core.cast().as_ref() }
    }

    pub(crate) fn watchers(&self) -> &Watchers<K> {
        // SAFETY: as for the readers.
        unsafe { self.core.cast().as_ref() }
    }
}

/// What a receive makes of what is there. Sealed.
#[doc(hidden)]
pub trait Catch<T, K: Loose>: Sealed {
    /// What its caller gets.
    type Caught;

    /// Takes it, or looks at it.
    ///
    /// # Safety
    /// The caller is the receiver, for as long as what is caught lives, if that borrows it.
    unsafe fn catch(slab: Slab<T, K>) -> Result<Self::Caught, TryRecvError>;
}

/// The message itself.
#[doc(hidden)]
#[derive(Debug)]
pub struct Value(());

impl Sealed for Value {}

impl<T, K: Loose> Catch<T, K> for Value {
    type Caught = T;

    #[inline]
    unsafe fn catch(slab: Slab<T, K>) -> Result<T, TryRecvError> {
        // SAFETY: passed on.
        unsafe { slab.try_recv() }
    }
}

/// A receive: of the next message, by this receiver.
#[doc(hidden)]
#[derive(Debug)]
pub struct Coming<G, V, T, K> {
    grip: G,
    _of: Invariant<T, (V, K)>,
}

impl<G, V, T, K> Coming<G, V, T, K> {
    /// # Safety
    /// The grip is of a channel's receiver, by value or by an exclusive reference.
    pub(crate) unsafe fn new(grip: G) -> Self {
        Self {
            grip,
            _of: PhantomData,
        }
    }
}

impl<G, V, T, K> Sealed for Coming<G, V, T, K> {}

impl<G: Lent + Moored<T, K>, V: Catch<T, K>, T, K: Loose> Wish for Coming<G, V, T, K> {
    type Kind = K;
    type Crowd = Readers<K>;
    type Found = Option<V::Caught>;
    type Output = G::With<Option<V::Caught>>;
    type Timed = G::With<Result<V::Caught, RecvTimeoutError>>;
    type Back = G::Alone;

    fn crowd(&self) -> &Readers<K> {
        self.grip.slab().readers()
    }

    #[inline]
    fn look(&mut self) -> Poll<Self::Found> {
        // SAFETY: the grip is the receiver's.
        match unsafe { V::catch(*self.grip.slab()) } {
            Ok(caught) => Poll::Ready(Some(caught)),
            Err(TryRecvError::Closed) => Poll::Ready(None),
            Err(TryRecvError::Empty) => Poll::Pending,
        }
    }

    fn output(self, found: Self::Found) -> Self::Output {
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
        Some(self.grip.slab().recv_pace())
    }
}

/// Waits for the end of the receiving side.
#[doc(hidden)]
#[derive(Debug)]
pub struct Ending<G, T, K> {
    grip: G,
    _of: Invariant<T, K>,
}

impl<G, T, K> Ending<G, T, K> {
    pub(crate) fn new(grip: G) -> Self {
        Self {
            grip,
            _of: PhantomData,
        }
    }
}

impl<G, T, K> Sealed for Ending<G, T, K> {}

impl<G: Moored<T, K>, T, K: Loose> Wish for Ending<G, T, K> {
    type Kind = K;
    type Crowd = Watchers<K>;
    type Found = ();
    type Output = ();
    type Timed = Result<(), Timeout>;
    type Back = ();

    fn crowd(&self) -> &Watchers<K> {
        self.grip.slab().watchers()
    }

    fn look(&mut self) -> Poll<()> {
        if self.grip.slab().is_shut() {
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

/// A slot that was claimed: what `slot` waits with. Given up if nobody takes it.
#[doc(hidden)]
pub struct Grant<G, T, K: Loose> {
    slab: Slab<T, K>,
    /// [`NONE`](Self::NONE), or that of the slot.
    number: u32,
    /// `None` when it is taken.
    grip: Option<G>,
}

// SAFETY: the number is written by others under a lock only; to give the slot up is for any thread, as the handle in it is.
unsafe impl<G: Send, T: Send, K: Loose> Send for Grant<G, T, K> where K::Lock: Send + Sync {}
// SAFETY: nothing can be done with a shared one.
unsafe impl<G: Sync, T: Send, K: Loose> Sync for Grant<G, T, K> where K::Lock: Send + Sync {}

impl<G, T, K: Loose> Grant<G, T, K> {
    const NONE: u32 = u32::MAX;

    pub(crate) fn new(slab: Slab<T, K>, grip: G) -> Self {
        Self {
            slab,
            number: Self::NONE,
            grip: Some(grip),
        }
    }

    fn take(&mut self) -> Option<Index> {
        let number = core::mem::replace(&mut self.number, Self::NONE);
        // SAFETY: it was claimed for this.
        (number != Self::NONE).then(|| unsafe { Slab::<T, K>::slot(number) })
    }

    fn grip(&mut self) -> G {
        self.grip.take().expect("it is there until the end")
    }
}

impl<G, T, K: Loose> Drop for Grant<G, T, K> {
    fn drop(&mut self) {
        if let Some(slot) = self.take() {
            // SAFETY: claimed, and nobody else's.
            unsafe { self.slab.give_up(slot) };
        }
    }
}

impl<G, T, K: Loose> core::fmt::Debug for Grant<G, T, K> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Grant").finish_non_exhaustive()
    }
}

impl<G, T, K: Loose> Sealed for Grant<G, T, K> {}

/// Whoever makes something of a claimed slot: a sender's handle. Sealed.
#[doc(hidden)]
pub trait Furnish<T, K: Loose>: Lent {
    /// What its caller gets.
    type Slot;

    /// Makes it of a slot that was claimed, and that is its to give up from now on: user code may run, and panic.
    #[allow(private_interfaces, reason = "the trait is sealed")]
    #[doc(hidden)]
    fn furnish(self, slot: Index) -> Self::Slot;
}

impl<G: Furnish<T, K>, T, K: Loose> Cargo<T, K> for Grant<G, T, K> {
    type Output = Result<G::Slot, SendError<G::Alone>>;
    type Timed = Result<G::Slot, SendTimeoutError<G::Alone>>;
    type Cancelled = G::Alone;
    const DEMAND: Demand = Demand::Permits(1);

    fn data(cargo: *mut Self) -> *mut () {
        // SAFETY: in bounds.
        unsafe { (&raw mut (*cargo).number).cast() }
    }

    #[allow(private_interfaces, reason = "the trait is sealed")]
    #[inline]
    fn enter(&mut self, _: Slab<T, K>, slot: Index) -> Result<bool, Refused> {
        self.number = slot.number();
        Ok(false)
    }

    fn done(mut self) -> Self::Output {
        let slot = self.take().expect("it was served");
        Ok(self.grip().furnish(slot))
    }

    fn refused(mut self) -> Self::Output {
        Err(SendError(self.grip().alone()))
    }

    fn cancelled(mut self) -> G::Alone {
        self.grip().alone()
    }

    fn timed_out(cancelled: G::Alone) -> Self::Timed {
        Err(SendTimeoutError::Timeout(cancelled))
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        output.map_err(SendTimeoutError::from)
    }
}
