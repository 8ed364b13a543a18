//! Reserving room: permits for one message or many, borrowed or owned.

use core::pin::Pin;
use core::task::Poll;

use super::{Action, Choice, Hold};
use crate::chan::Chan;
use crate::chan::send::Refused;
use crate::error::{SendError, SendTimeoutError};
use crate::kind::{Kind, sealed::Sealed};
use crate::permit::{OwnedPermit, Permit, PermitIterator};
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{How, Node, State};

/// What a reservation is granted as. Sealed.
#[doc(hidden)]
pub trait Grant<T, K: Kind>: Sealed {
    /// The permits.
    type Granted;
    /// What comes back if there are none.
    type Back;

    /// The channel.
    fn chan(&self) -> Chan<T, K>;
    /// For how many messages.
    fn count(&self) -> usize;
    /// The permits, which were reserved.
    fn grant(self) -> Self::Granted;
    /// What comes back if there are none.
    fn back(self) -> Self::Back;
}

/// One permit, borrowed.
#[doc(hidden)]
#[derive(Debug)]
pub struct One<H>(pub(crate) H);

/// Many permits, borrowed.
#[doc(hidden)]
#[derive(Debug)]
pub struct Many<H>(pub(crate) H, pub(crate) usize);

/// One permit that holds the sender.
#[doc(hidden)]
#[derive(Debug)]
pub struct Owned<H>(pub(crate) H);

impl<H> Sealed for One<H> {}
impl<H> Sealed for Many<H> {}
impl<H> Sealed for Owned<H> {}

impl<H: Hold<T, K>, T, K: Kind> Grant<T, K> for One<H> {
    type Granted = Permit<H, T, K>;
    type Back = ();

    fn chan(&self) -> Chan<T, K> {
        self.0.chan()
    }

    fn count(&self) -> usize {
        1
    }

    fn grant(self) -> Self::Granted {
        Permit::new(self.0)
    }

    fn back(self) {}
}

impl<H: Hold<T, K>, T, K: Kind> Grant<T, K> for Many<H> {
    type Granted = PermitIterator<H, T, K>;
    type Back = ();

    fn chan(&self) -> Chan<T, K> {
        self.0.chan()
    }

    fn count(&self) -> usize {
        self.1
    }

    fn grant(self) -> Self::Granted {
        PermitIterator::new(self.0, self.1)
    }

    fn back(self) {}
}

impl<H: Hold<T, K>, T, K: Kind> Grant<T, K> for Owned<H> {
    type Granted = OwnedPermit<H, T, K>;
    type Back = H;

    fn chan(&self) -> Chan<T, K> {
        self.0.chan()
    }

    fn count(&self) -> usize {
        1
    }

    fn grant(self) -> Self::Granted {
        OwnedPermit::new(self.0)
    }

    fn back(self) -> H {
        self.0
    }
}

/// The action of `reserve`, `reserve_many` and `reserve_owned`.
///
/// No bound relates the grant to the message, see [`Sending`](super::Sending).
#[doc(hidden)]
#[derive(Debug)]
pub struct Reserving<G, T, K: Kind> {
    parked: Parked<T, K>,
    /// The handle in it keeps the channel. `None` when spent.
    grant: Option<G>,
}

/// A place in the list.
#[derive(Debug)]
struct Parked<T, K: Kind> {
    chan: Chan<T, K>,
    /// `Done` while permits were claimed that have not been handed out.
    node: Node,
    count: usize,
}

// SAFETY: the node is touched by others under a lock only; it holds no message.
unsafe impl<G: Send, T: Send, K: Kind> Send for Reserving<G, T, K> where K::Lock: Send + Sync {}
// SAFETY: nothing can be done with a shared action.
unsafe impl<G: Sync, T: Send, K: Kind> Sync for Reserving<G, T, K> where K::Lock: Send + Sync {}

impl<T, K: Kind> Parked<T, K> {
    fn withdraw(&self) {
        self.chan.withdraw(&self.node);
        if self.node.state() == State::Done {
            self.node.set_state(State::Idle);
            self.chan.return_permits(self.count);
        }
    }
}

/// Of the whole action: so the handle that it borrows has to be there still when it is dropped.
impl<G, T, K: Kind> Drop for Reserving<G, T, K> {
    #[inline]
    fn drop(&mut self) {
        // A spent one holds no permits and is in no list.
        if self.grant.is_some() && self.parked.node.state() != State::Idle {
            self.parked.withdraw();
        }
    }
}

impl<G: Grant<T, K>, T, K: Kind> Reserving<G, T, K> {
    pub(crate) fn new(grant: G) -> Self {
        Self {
            parked: Parked {
                chan: grant.chan(),
                node: Node::new(),
                count: grant.count(),
            },
            grant: Some(grant),
        }
    }

    fn spend(self: Pin<&mut Self>) -> G {
        // SAFETY: the grant is not pinned: it is moved out here and never pinned elsewhere.
        let grant = unsafe { &mut self.get_unchecked_mut().grant };
        grant
            .take()
            .expect("an operation is polled until it is ready")
    }
}

impl<G: Grant<T, K>, T, K: Kind> Sealed for Reserving<G, T, K> {}

impl<G: Grant<T, K>, T, K: Kind> Action for Reserving<G, T, K> {
    type Kind = K;
    type Output = Result<G::Granted, SendError<G::Back>>;
    type Timed = Result<G::Granted, SendTimeoutError<G::Back>>;
    type Cancelled = G::Back;

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output> {
        assert!(
            self.grant.is_some(),
            "an operation is polled until it is ready"
        );
        let &Parked {
            ref chan,
            ref node,
            count,
        } = &self.parked;
        let mut state = node.state();
        if state == State::Idle {
            let mut reserved = chan.try_reserve(count);
            if reserved == Err(Refused::Full) && chan.linger_for_room(how) {
                reserved = chan.try_reserve(count);
            }
            state = match reserved {
                Ok(()) => State::Done,
                Err(Refused::Closed) => State::Closed,
                // There will never be as much room.
                Err(Refused::Full) if !chan.can_reserve(count) => State::Closed,
                Err(Refused::Full) => State::Idle,
            };
        }
        if let (State::Idle | State::Queued | State::Woken, Some(waker)) = (state, how.waker()) {
            // SAFETY: the node is pinned with the action, whose drop withdraws it.
            state = unsafe { chan.park_permits(node, count, waker) };
        }
        match state {
            State::Idle | State::Queued | State::Woken => Poll::Pending,
            State::Done => {
                // From here on they are the permit's to return.
                node.set_state(State::Idle);
                Poll::Ready(Ok(self.spend().grant()))
            }
            State::Closed => Poll::Ready(Err(SendError(self.spend().back()))),
        }
    }

    fn cancel(self: Pin<&mut Self>) -> Self::Cancelled {
        self.parked.withdraw();
        self.spend().back()
    }

    fn timed_out(back: Self::Cancelled) -> Self::Timed {
        Err(SendTimeoutError::Timeout(back))
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        output.map_err(SendTimeoutError::from)
    }

    fn is_spent(&self) -> bool {
        self.grant.is_none()
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        self.grant.as_ref()?;
        Some(self.parked.chan.send_pace())
    }
}

impl<G: Grant<T, K>, T, K: Kind> Choice for Reserving<G, T, K> {}
