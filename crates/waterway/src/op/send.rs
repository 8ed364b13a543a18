//! Sending one message.

#[cfg(feature = "std")]
use core::mem::ManuallyDrop;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::Poll;

use super::{Action, Choice, Hold};
use crate::chan::Chan;
use crate::chan::park::Went;
#[cfg(feature = "std")]
use crate::error::TrySendError;
use crate::error::{Delivered, SendError, SendTimeoutError};
use crate::kind::{Kind, sealed::Sealed};
use crate::sync::UnsafeCell;
use crate::unwind::Defer;
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{Arm, How, Node, State};

/// The action of `send` and `send_owned`.
///
/// Neither this type nor its auto traits ask anything of the holder but what every type can be
/// asked: a bound that relates it to the message would keep messages with a lifetime in them out
/// of spawned tasks.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sending<H, T, K: Kind> {
    parked: Parked<T, K>,
    /// It keeps the channel. `None` when spent.
    holder: Option<H>,
}

/// A message and its place in the list.
#[derive(Debug)]
struct Parked<T, K: Kind> {
    chan: Chan<T, K>,
    /// `Done` when the message was moved out: by a puller, or by this action.
    node: Node,
    message: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the message goes with the action, and the node is touched by others under a lock only.
unsafe impl<H: Send, T: Send, K: Kind> Send for Sending<H, T, K> where K::Lock: Send + Sync {}
// SAFETY: nothing can be done with a shared action.
unsafe impl<H: Sync, T: Send, K: Kind> Sync for Sending<H, T, K> where K::Lock: Send + Sync {}

impl<T, K: Kind> Parked<T, K> {
    #[inline(always)]
    fn room(&self) -> *mut T {
        self.message.with_mut(|message| message.cast())
    }

    /// The message.
    ///
    /// # Safety
    /// It was not moved out, and the node is in no list.
    unsafe fn take(&self) -> T {
        self.node.set_state(State::Done);
        // SAFETY: by the caller's promise; nobody reads it after this.
        unsafe { self.room().read() }
    }

    #[cold]
    fn withdraw_and_drop(&self) {
        let _dropped = Defer::new(|| {
            if self.node.state() != State::Done {
                // SAFETY: the message was not taken, and this is the end of the action.
                unsafe { self.room().drop_in_place() };
            }
        });
        self.chan.withdraw(&self.node);
    }
}

/// Of the whole action: so the handle that it borrows has to be there still when it is dropped.
impl<H, T, K: Kind> Drop for Sending<H, T, K> {
    #[inline]
    fn drop(&mut self) {
        // A spent one holds no message and is in no list.
        if self.holder.is_some() {
            self.parked.withdraw_and_drop();
        }
    }
}

impl<H: Hold<T, K>, T, K: Kind> Sending<H, T, K> {
    #[inline(always)]
    pub(crate) fn new(holder: H, message: T) -> Self {
        Self {
            parked: Parked {
                chan: holder.chan(),
                node: Node::new(),
                message: UnsafeCell::new(MaybeUninit::new(message)),
            },
            holder: Some(holder),
        }
    }

    #[inline(always)]
    fn spend(self: Pin<&mut Self>) -> H {
        // SAFETY: the holder is not pinned: it is moved out here and never pinned elsewhere.
        let holder = unsafe { &mut self.get_unchecked_mut().holder };
        holder
            .take()
            .expect("an operation is polled until it is ready")
    }
}

impl<H: Hold<T, K>, T, K: Kind> Sealed for Sending<H, T, K> {}

impl<H: Hold<T, K>, T, K: Kind> Action for Sending<H, T, K> {
    type Kind = K;
    type Output = H::With<Result<(), SendError<T>>>;
    type Timed = H::With<Result<(), SendTimeoutError<T>>>;
    type Cancelled = H::With<Result<T, Delivered>>;

    #[cfg(feature = "std")]
    const MOVES_EASILY: bool = size_of::<T>() <= super::MOVED;

    #[cfg(feature = "std")]
    #[inline]
    fn attempt(self) -> Result<Self::Output, Self> {
        let this = ManuallyDrop::new(self);
        let chan = this.parked.chan;
        // SAFETY: the action is forgotten, so that both are read once; it was never pinned, so that
        // it has its holder and its message.
        let (holder, message) = unsafe {
            let holder = core::ptr::from_ref(&this.holder).read();
            (holder, this.parked.room().read())
        };
        let holder = holder.expect("it was never pinned");
        match chan.send_unless_full(message) {
            Ok(()) => Ok(holder.with(Ok(()))),
            Err(TrySendError::Closed(message)) => Ok(holder.with(Err(SendError(message)))),
            Err(TrySendError::Full(message)) => Err(Self::new(holder, message)),
        }
    }

    #[inline(always)]
    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output> {
        let Parked { chan, node, .. } = &self.parked;
        let state = match node.state() {
            State::Idle => {
                let wanted = |claim| {
                    // The message is the channel's now, whatever the waker does.
                    node.set_state(State::Done);
                    chan.wake_receiver(claim);
                };
                // SAFETY: the message is there: the node was never in a list.
                match unsafe { chan.send_or_park(node, self.parked.room(), 1, how, wanted) } {
                    Went::In(state) => state,
                    Went::Out(_) => {
                        node.set_state(State::Done);
                        return Poll::Ready(self.spend().with(Ok(())));
                    }
                }
            }
            state => {
                assert!(
                    self.holder.is_some(),
                    "an operation is polled until it is ready"
                );
                if let (State::Queued | State::Woken, Some(waker)) = (state, how.waker()) {
                    chan.renew(node, waker);
                    if how.arm().is_none() {
                        // The wait that it was an arm of may have been forgotten.
                        chan.leave_group(node);
                    }
                }
                node.state()
            }
        };
        let result = match state {
            State::Idle | State::Queued | State::Woken => return Poll::Pending,
            State::Done => Ok(()),
            // SAFETY: a closed node is in no list, and its message was not taken.
            State::Closed => Err(SendError(unsafe { self.parked.take() })),
        };
        Poll::Ready(self.spend().with(result))
    }

    fn cancel(self: Pin<&mut Self>) -> Self::Cancelled {
        self.parked.chan.withdraw(&self.parked.node);
        let result = match self.parked.node.state() {
            State::Done => Err(Delivered),
            // SAFETY: the node is in no list and its message was not taken.
            _ => Ok(unsafe { self.parked.take() }),
        };
        self.spend().with(result)
    }

    fn timed_out(cancelled: Self::Cancelled) -> Self::Timed {
        H::map(cancelled, |result| match result {
            Ok(message) => Err(SendTimeoutError::Timeout(message)),
            Err(Delivered) => Ok(()),
        })
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        H::map(output, |result| result.map_err(SendTimeoutError::from))
    }

    fn is_spent(&self) -> bool {
        self.holder.is_none()
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        self.holder.as_ref()?;
        Some(self.parked.chan.send_pace())
    }
}

/// A parked message may be taken by a receiver.
impl<H: Hold<T, K>, T, K: Kind> Choice for Sending<H, T, K> {
    fn enter_group(self: Pin<&mut Self>, arm: Arm<'_>) {
        let Parked { chan, node, .. } = &self.parked;
        if node.is_linked() {
            chan.enter_group(node, arm);
        }
    }

    fn offer_again(self: Pin<&mut Self>) {
        let Parked { chan, node, .. } = &self.parked;
        if node.is_linked() {
            chan.offer_again(node);
        }
    }

    fn leave_group(self: Pin<&mut Self>) {
        let Parked { chan, node, .. } = &self.parked;
        if node.is_linked() {
            chan.leave_group(node);
        }
    }
}
