//! Waiting in a crowd: look, and be told when it is worth while to look again.
//!
//! The body of every operation that takes nothing from the others who wait: those of `watch`, and what all
//! receivers of one message share.

use core::fmt;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::Poll;

use super::{Action, Choice};
use crate::kind::sealed::Sealed;
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{Gather, How, Node};

/// What is looked for. Sealed.
#[doc(hidden)]
pub trait Wish: Sealed {
    /// The kind of the channel: says whether it can be waited for in threads.
    type Kind;
    /// Where it waits.
    type Crowd: Gather;
    /// What a look finds.
    type Found;
    /// What the operation comes to.
    type Output;
    /// What a wait that can be ended comes to.
    type Timed;
    /// What comes back from a cancelled one.
    type Back;

    /// Who is told when there is something to see: always the same, and there as long as the wish is.
    fn crowd(&self) -> &Self::Crowd;
    /// A look, outside every lock: it may run user code.
    fn look(&mut self) -> Poll<Self::Found>;
    /// Whether that look, which found nothing, was at something that may be out of date already: then the caller
    /// looks again soon, told or not, and lets others have their turn before.
    fn is_behind(&self) -> bool {
        false
    }
    /// The result.
    fn output(self, found: Self::Found) -> Self::Output;
    /// The same in a wait that could have been ended.
    fn in_time(output: Self::Output) -> Self::Timed;
    /// What comes back from a cancelled operation.
    fn back(self) -> Self::Back;
    /// The wait was ended.
    fn timed_out(back: Self::Back) -> Self::Timed;
    /// What is known of how long to spin.
    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace>;
}

/// A place in a crowd.
pub(crate) struct Place<C> {
    crowd: NonNull<C>,
    node: Node,
}

impl<C: Gather> Place<C> {
    pub(crate) fn new(crowd: &C) -> Self {
        Self {
            crowd: NonNull::from(crowd),
            node: Node::new(),
        }
    }

    /// One step towards what `look` finds: a look, and if the caller may be told (it left a waker), an
    /// announcement and a second look.
    ///
    /// # Safety
    /// The place is pinned, the crowd is there, and the place [goes](Self::leave) before either does.
    #[inline]
    pub(crate) unsafe fn step<R>(
        &self,
        how: How<'_>,
        mut look: impl FnMut() -> Poll<R>,
    ) -> Poll<R> {
        let mut seen = look();
        if seen.is_pending() {
            let Some(waker) = how.waker() else {
                return Poll::Pending;
            };
            // SAFETY: by the caller's promise.
            unsafe { self.crowd.as_ref().register(&self.node, waker) };
            seen = look();
        }
        if seen.is_ready() {
            // SAFETY: by the caller's promise.
            unsafe { self.leave() };
        }
        seen
    }

    /// Nobody is to find it any more.
    ///
    /// # Safety
    /// The crowd is there.
    #[inline]
    pub(crate) unsafe fn leave(&self) {
        if self.node.is_linked() {
            // SAFETY: by the caller's promise.
            unsafe { self.crowd.as_ref() }.withdraw(&self.node);
        }
    }
}

/// The action of whoever waits in a crowd.
///
/// No bound relates what is wished for to the lock, see [`Sending`](super::Sending).
#[doc(hidden)]
pub struct Told<W, C: Gather> {
    place: Place<C>,
    /// The handle in it keeps the channel. `None` when spent.
    wish: Option<W>,
}

// SAFETY: the place is touched by others under the crowd's lock only.
unsafe impl<W: Send, C: Gather + Sync> Send for Told<W, C> {}
// SAFETY: nothing can be done with a shared action.
unsafe impl<W: Sync, C: Gather + Sync> Sync for Told<W, C> {}

impl<W: Wish> Told<W, W::Crowd> {
    #[inline]
    pub(crate) fn new(wish: W) -> Self {
        Self {
            place: Place::new(wish.crowd()),
            wish: Some(wish),
        }
    }

    /// The parts: only the place is pinned, and it is not moved.
    fn parts(self: Pin<&mut Self>) -> (&mut Option<W>, &Place<W::Crowd>) {
        // SAFETY: whoever gets the parts can't move the place.
        let this = unsafe { self.get_unchecked_mut() };
        (&mut this.wish, &this.place)
    }
}

/// Of the whole action: so the handle that it borrows has to be there still when it is dropped.
impl<W, C: Gather> Drop for Told<W, C> {
    #[inline]
    fn drop(&mut self) {
        // A spent one is in no crowd.
        if self.wish.is_some() {
            // SAFETY: the wish keeps the crowd.
            unsafe { self.place.leave() };
        }
    }
}

impl<W, C: Gather> Sealed for Told<W, C> {}

impl<W: Wish<Crowd = C>, C: Gather> Action for Told<W, C> {
    type Kind = W::Kind;
    type Output = W::Output;
    type Timed = W::Timed;
    type Cancelled = W::Back;

    #[inline]
    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<W::Output> {
        let (wish, place) = self.parts();
        let wished = wish.as_mut();
        let wished = wished.expect("an operation is polled until it is ready");
        // SAFETY: the place is pinned with the action, whose drop has it leave; the wish keeps the crowd.
        match unsafe { place.step(how, || wished.look()) } {
            Poll::Pending => {
                if let Some(waker) = how.waker().filter(|_| wished.is_behind()) {
                    waker.wake_by_ref();
                }
                Poll::Pending
            }
            Poll::Ready(found) => {
                let wish = wish.take().expect("it was there just now");
                Poll::Ready(wish.output(found))
            }
        }
    }

    fn cancel(self: Pin<&mut Self>) -> W::Back {
        let (wish, place) = self.parts();
        // SAFETY: the wish keeps the crowd.
        unsafe { place.leave() };
        wish.take().expect("it is not spent").back()
    }

    fn timed_out(back: W::Back) -> W::Timed {
        W::timed_out(back)
    }

    fn in_time(output: W::Output) -> W::Timed {
        W::in_time(output)
    }

    fn is_spent(&self) -> bool {
        self.wish.is_none()
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        self.wish.as_ref()?.pace()
    }
}

impl<W: Wish<Crowd = C>, C: Gather> Choice for Told<W, C> {}

impl<W, C: Gather> fmt::Debug for Told<W, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}
