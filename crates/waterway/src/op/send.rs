//! Sending one message.

use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::Poll;

use super::{Action, Hold};
use crate::chan::Chan;
use crate::chan::park::Went;
use crate::error::{Delivered, SendError, SendTimeoutError};
use crate::kind::{Kind, sealed::Sealed};
use crate::sync::UnsafeCell;
use crate::unwind::OnUnwind;
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{How, Node, State};

/// The action of `send` and `send_owned`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sending<H, T, K: Kind>
where
    H: Hold<T, K>,
{
    /// `None` when spent.
    holder: Option<H>,
    node: Node,
    /// There until it is moved out: by this action, which then is spent, or by a puller, who then
    /// sets the node to `Done`.
    message: UnsafeCell<MaybeUninit<T>>,
    _kind: core::marker::PhantomData<fn() -> K>,
}

// SAFETY: the message goes with the action, and the node is touched by others under a lock only.
unsafe impl<H: Hold<T, K> + Send, T: Send, K: Kind> Send for Sending<H, T, K> {}
// SAFETY: nothing can be done with a shared action.
unsafe impl<H: Hold<T, K> + Sync, T: Send, K: Kind> Sync for Sending<H, T, K> {}

impl<H: Hold<T, K>, T, K: Kind> Sending<H, T, K> {
    #[inline(always)]
    pub(crate) fn new(holder: H, message: T) -> Self {
        Self {
            holder: Some(holder),
            node: Node::new(),
            message: UnsafeCell::new(MaybeUninit::new(message)),
            _kind: core::marker::PhantomData,
        }
    }

    fn room(&self) -> *mut T {
        self.message.with_mut(|message| message.cast())
    }

    /// # Safety
    /// The message is there, and is not read again.
    unsafe fn take(&self) -> T {
        // SAFETY: by the caller's promise.
        unsafe { self.room().read() }
    }

    #[cold]
    fn drop_unsent(&self, chan: &Chan<T, K>) {
        let end = || {
            if self.node.state() != State::Done {
                // SAFETY: the message was not taken, and this is the end of the action.
                unsafe { self.room().drop_in_place() };
            }
        };
        let unwind = OnUnwind::new(end);
        chan.withdraw(&self.node);
        unwind.defuse();
        end();
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
    type Output = H::With<Result<(), SendError<T>>>;
    type Timed = H::With<Result<(), SendTimeoutError<T>>>;
    type Cancelled = H::With<Result<T, Delivered>>;

    #[inline(always)]
    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output> {
        let holder = self.holder.as_ref();
        let chan = holder
            .expect("an operation is polled until it is ready")
            .chan();
        let mut state = self.node.state();
        if state == State::Idle {
            // SAFETY: the message is there: the node was never in a list.
            match unsafe { chan.send_or_park(&self.node, self.room(), 1, how) } {
                Went::In(now) => state = now,
                Went::Out { wanted: false } => return Poll::Ready(self.spend().with(Ok(()))),
                Went::Out { wanted: true } => {
                    // The message is the channel's now, whatever the waker does.
                    self.node.set_state(State::Done);
                    chan.wake_receiver();
                    state = State::Done;
                }
            }
        } else if let (State::Queued | State::Woken, How::Park { waker, .. }) = (state, how) {
            chan.renew(&self.node, waker);
            state = self.node.state();
        }
        let result = match state {
            State::Idle | State::Queued | State::Woken => return Poll::Pending,
            State::Done => Ok(()),
            // SAFETY: a closed node's message was not taken, and the action is spent below.
            State::Closed => Err(SendError(unsafe { self.take() })),
        };
        Poll::Ready(self.spend().with(result))
    }

    fn cancel(self: Pin<&mut Self>) -> Self::Cancelled {
        let chan = self
            .holder
            .as_ref()
            .expect("an operation is cancelled before it is ready")
            .chan();
        chan.withdraw(&self.node);
        let result = match self.node.state() {
            State::Done => Err(Delivered),
            // SAFETY: the node is in no list and its message was not taken; the action is spent.
            _ => Ok(unsafe { self.take() }),
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
        let chan = self.holder.as_ref()?.chan();
        // SAFETY: the channel lives at least as long as the holder in this action.
        Some(unsafe { &*core::ptr::from_ref(chan.send_pace()) })
    }
}

impl<H: Hold<T, K>, T, K: Kind> Drop for Sending<H, T, K> {
    #[inline]
    fn drop(&mut self) {
        if let Some(holder) = &self.holder {
            self.drop_unsent(&holder.chan());
        }
    }
}
