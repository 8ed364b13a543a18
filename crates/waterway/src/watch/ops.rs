//! What the operations of this module look for.

#![forbid(unsafe_code)]

use core::task::Poll;

use lock_api::RawMutex;

use super::{Receiver, Sender, Snapshot, StateId, Watch};
use crate::error::{RecvTimeoutError, Timeout, TryRecvError};
use crate::kind::sealed::Sealed;
use crate::op::{Lent, Op, Told, Wish};
use crate::sync::DefaultLock;
use crate::wait::Crowd;
#[cfg(feature = "std")]
use crate::wait::Pace;

/// The operation of [`Receiver::changed`].
pub type ChangedOp<'a, T, L = DefaultLock> = Op<Told<Changed<&'a mut Receiver<T, L>>, Crowd<L>>>;
/// The operation of [`Receiver::changed_owned`].
pub type ChangedOwnedOp<T, L = DefaultLock> = Op<Told<Changed<Receiver<T, L>>, Crowd<L>>>;
/// The operation of [`Receiver::wait_for`].
pub type WaitForOp<'a, T, F, L = DefaultLock> = Op<Told<WaitFor<'a, T, F, L>, Crowd<L>>>;
/// The operation of [`Receiver::recv_after`].
pub type RecvAfterOp<'a, T, L = DefaultLock> = Op<Told<After<&'a Receiver<T, L>>, Crowd<L>>>;
/// The operation of [`Receiver::recv_after_owned`].
pub type RecvAfterOwnedOp<T, L = DefaultLock> = Op<Told<After<Receiver<T, L>>, Crowd<L>>>;
/// The operation of [`Sender::closed`].
pub type ClosedOp<'a, T, L = DefaultLock> = Op<Told<Ended<'a, T, L>, Crowd<L>>>;

/// A receiver, borrowed or owned. Sealed.
#[doc(hidden)]
pub trait Looks: Sealed {
    type State;
    type Lock: RawMutex;

    fn receiver(&self) -> &Receiver<Self::State, Self::Lock>;
}

/// One that may be told what it has seen. Sealed.
#[doc(hidden)]
pub trait Watches: Looks {
    fn receiver_mut(&mut self) -> &mut Receiver<Self::State, Self::Lock>;
}

impl<T, L: RawMutex> Looks for Receiver<T, L> {
    type State = T;
    type Lock = L;

    fn receiver(&self) -> &Self {
        self
    }
}

impl<T, L: RawMutex> Watches for Receiver<T, L> {
    fn receiver_mut(&mut self) -> &mut Self {
        self
    }
}

impl<T, L: RawMutex> Looks for &Receiver<T, L> {
    type State = T;
    type Lock = L;

    fn receiver(&self) -> &Receiver<T, L> {
        self
    }
}

impl<T, L: RawMutex> Looks for &mut Receiver<T, L> {
    type State = T;
    type Lock = L;

    fn receiver(&self) -> &Receiver<T, L> {
        self
    }
}

impl<T, L: RawMutex> Watches for &mut Receiver<T, L> {
    fn receiver_mut(&mut self) -> &mut Receiver<T, L> {
        self
    }
}

impl<T, L: RawMutex> Receiver<T, L> {
    fn news(&self) -> &Crowd<L> {
        &self.channel().core().news
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> &Pace {
        &self.channel().core().pace
    }
}

/// A state that the receiver has not seen.
#[doc(hidden)]
#[derive(Debug)]
pub struct Changed<H>(pub(super) H);

impl<H> Sealed for Changed<H> {}

impl<H: Watches + Lent> Wish for Changed<H> {
    type Kind = Watch<H::Lock>;
    type Crowd = Crowd<H::Lock>;
    type Found = Option<Snapshot<H::State>>;
    type Output = H::With<Option<Snapshot<H::State>>>;
    type Timed = H::With<Result<Snapshot<H::State>, RecvTimeoutError>>;
    type Back = H::Alone;

    fn crowd(&self) -> &Crowd<H::Lock> {
        self.0.receiver().news()
    }

    fn look(&mut self) -> Poll<Self::Found> {
        self.0.receiver_mut().next()
    }

    fn output(self, found: Self::Found) -> Self::Output {
        self.0.with(found)
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        H::map(output, |found| found.ok_or(RecvTimeoutError::Closed))
    }

    fn back(self) -> H::Alone {
        self.0.alone()
    }

    fn timed_out(back: H::Alone) -> Self::Timed {
        H::with_alone(back, Err(RecvTimeoutError::Timeout))
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Some(self.0.receiver().pace())
    }
}

/// The same for a stream: the receiver comes back whichever way it is held.
#[doc(hidden)]
#[derive(Debug)]
pub struct Next<H>(pub(super) H);

impl<H> Sealed for Next<H> {}

impl<H: Watches> Wish for Next<H> {
    type Kind = Watch<H::Lock>;
    type Crowd = Crowd<H::Lock>;
    type Found = Option<Snapshot<H::State>>;
    type Output = (Option<Snapshot<H::State>>, H);
    type Timed = Result<Self::Output, Timeout>;
    type Back = H;

    fn crowd(&self) -> &Crowd<H::Lock> {
        self.0.receiver().news()
    }

    fn look(&mut self) -> Poll<Self::Found> {
        self.0.receiver_mut().next()
    }

    fn output(self, found: Self::Found) -> Self::Output {
        (found, self.0)
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        Ok(output)
    }

    fn back(self) -> H {
        self.0
    }

    fn timed_out(_: H) -> Self::Timed {
        Err(Timeout)
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Some(self.0.receiver().pace())
    }
}

/// A state of which something is true.
#[doc(hidden)]
#[derive(Debug)]
pub struct WaitFor<'a, T, F, L: RawMutex> {
    pub(super) receiver: &'a mut Receiver<T, L>,
    pub(super) is_it: F,
    /// The last that it is not.
    pub(super) refused: StateId,
    /// That was found by the last look.
    pub(super) is_behind: bool,
}

impl<T, F, L: RawMutex> Sealed for WaitFor<'_, T, F, L> {}

impl<T, F: FnMut(&T) -> bool, L: RawMutex> Wish for WaitFor<'_, T, F, L> {
    type Kind = Watch<L>;
    type Crowd = Crowd<L>;
    type Found = Option<Snapshot<T>>;
    type Output = Option<Snapshot<T>>;
    type Timed = Result<Snapshot<T>, RecvTimeoutError>;
    type Back = ();

    fn crowd(&self) -> &Crowd<L> {
        self.receiver.news()
    }

    fn look(&mut self) -> Poll<Option<Snapshot<T>>> {
        self.is_behind = false;
        match core::task::ready!(self.receiver.channel().after(self.refused)) {
            Ok(state) if (self.is_it)(&state) => {
                self.receiver.see(state.id());
                Poll::Ready(Some(state))
            }
            Ok(state) => {
                // A newer one, or the end, may have come before anybody could tell this operation of it. It
                // does not go on here: states may come faster than they are looked at.
                self.refused = state.id();
                self.is_behind = true;
                Poll::Pending
            }
            Err(_) => Poll::Ready(None),
        }
    }

    fn is_behind(&self) -> bool {
        self.is_behind
    }

    fn output(self, found: Self::Found) -> Self::Output {
        found
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        output.ok_or(RecvTimeoutError::Closed)
    }

    fn back(self) {}

    fn timed_out((): ()) -> Self::Timed {
        Err(RecvTimeoutError::Timeout)
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Some(self.receiver.pace())
    }
}

/// A copy of a state that is newer than one.
#[doc(hidden)]
#[derive(Debug)]
pub struct After<H> {
    pub(super) receiver: H,
    pub(super) id: StateId,
}

impl<H> Sealed for After<H> {}

impl<H: Looks<State: Clone> + Lent> Wish for After<H> {
    type Kind = Watch<H::Lock>;
    type Crowd = Crowd<H::Lock>;
    type Found = Option<(StateId, H::State)>;
    type Output = H::With<Option<(StateId, H::State)>>;
    type Timed = H::With<Result<(StateId, H::State), RecvTimeoutError>>;
    type Back = H::Alone;

    fn crowd(&self) -> &Crowd<H::Lock> {
        self.receiver.receiver().news()
    }

    fn look(&mut self) -> Poll<Self::Found> {
        match self.receiver.receiver().try_recv_after(self.id) {
            Ok(found) => Poll::Ready(Some(found)),
            Err(TryRecvError::Closed) => Poll::Ready(None),
            Err(TryRecvError::Empty) => Poll::Pending,
        }
    }

    fn output(self, found: Self::Found) -> Self::Output {
        self.receiver.with(found)
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        H::map(output, |found| found.ok_or(RecvTimeoutError::Closed))
    }

    fn back(self) -> H::Alone {
        self.receiver.alone()
    }

    fn timed_out(back: H::Alone) -> Self::Timed {
        H::with_alone(back, Err(RecvTimeoutError::Timeout))
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Some(self.receiver.receiver().pace())
    }
}

/// That nobody listens.
#[doc(hidden)]
#[derive(Debug)]
pub struct Ended<'a, T, L: RawMutex>(pub(super) &'a Sender<T, L>);

impl<T, L: RawMutex> Sealed for Ended<'_, T, L> {}

impl<T, L: RawMutex> Wish for Ended<'_, T, L> {
    type Kind = Watch<L>;
    type Crowd = Crowd<L>;
    type Found = ();
    type Output = ();
    type Timed = Result<(), Timeout>;
    type Back = ();

    fn crowd(&self) -> &Crowd<L> {
        &self.0.channel().core().ends
    }

    fn look(&mut self) -> Poll<()> {
        if self.0.is_closed() {
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
        // The end is far away as a rule.
        None
    }
}
