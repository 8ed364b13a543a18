//! Arms of different types as arms of one type.

use alloc::boxed::Box;
use core::fmt;
use core::pin::Pin;
use core::task::Poll;

use super::ThreadsOnly;
use super::race::Contender;
use crate::kind::{ManyThreads, sealed::Sealed};
use crate::sync::Deadline;
use crate::wait::{Arm, How};

/// An arm in which another does what follows from it.
struct Followed<C, F> {
    arm: C,
    /// `None` once it has happened.
    then: Option<F>,
}

impl<C, F> Followed<C, F> {
    fn arm(self: Pin<&mut Self>) -> Pin<&mut C> {
        // SAFETY: pinned with the whole.
        unsafe { self.map_unchecked_mut(|this| &mut this.arm) }
    }

    fn take_then(self: Pin<&mut Self>) -> F {
        // SAFETY: the closure is not pinned.
        let then = unsafe { &mut self.get_unchecked_mut().then };
        then.take().expect("an arm happens once")
    }
}

impl<C, F> Sealed for Followed<C, F> {}

impl<C, F, T> Contender for Followed<C, F>
where
    C: Contender<Kind: ManyThreads>,
    F: FnOnce(C::Output) -> T,
{
    type Kind = ThreadsOnly;
    type Output = T;

    fn enter_group(self: Pin<&mut Self>, arm: Arm<'_>) {
        self.arm().enter_group(arm);
    }

    fn step(mut self: Pin<&mut Self>, how: How<'_>) -> Poll<T> {
        let output = self.as_mut().arm().step(how);
        output.map(|output| self.take_then()(output))
    }

    fn offer_again(self: Pin<&mut Self>) {
        self.arm().offer_again();
    }

    fn lose(self: Pin<&mut Self>) {
        self.arm().lose();
    }

    fn alarm(&self) -> Deadline {
        self.arm.alarm()
    }
}

/// An arm of any type: made by [`boxed`](crate::select::boxed).
#[must_use = "an arm does nothing by itself"]
pub struct Boxed<'a, T>(Pin<Box<dyn Contender<Kind = ThreadsOnly, Output = T> + 'a>>);

impl<'a, T> Boxed<'a, T> {
    pub(crate) fn new<C>(arm: C, then: impl FnOnce(C::Output) -> T + 'a) -> Self
    where
        C: Contender<Kind: ManyThreads> + 'a,
    {
        Self(Box::pin(Followed {
            arm,
            then: Some(then),
        }))
    }
}

impl<T> Sealed for Boxed<'_, T> {}

impl<T> Contender for Boxed<'_, T> {
    type Kind = ThreadsOnly;
    type Output = T;

    fn enter_group(self: Pin<&mut Self>, arm: Arm<'_>) {
        self.get_mut().0.as_mut().enter_group(arm);
    }

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<T> {
        self.get_mut().0.as_mut().step(how)
    }

    fn offer_again(self: Pin<&mut Self>) {
        self.get_mut().0.as_mut().offer_again();
    }

    fn lose(self: Pin<&mut Self>) {
        self.get_mut().0.as_mut().lose();
    }

    fn alarm(&self) -> Deadline {
        self.0.alarm()
    }
}

impl<T> fmt::Debug for Boxed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Boxed").finish_non_exhaustive()
    }
}
