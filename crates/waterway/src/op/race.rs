//! One wait over several operations, of which exactly one happens.
//!
//! A [`Racing`] is an action as any other: a step of it is a step of each of its arms, and the first that is
//! ready is the winner. That no second one happens is decided by the [group word](crate::wait::Group). All
//! arms announce themselves with the waker of the whole, so that a thread parks once for all of them.
//!
//! The arms that lose are withdrawn and dropped before the winner is told, so that what they borrowed is
//! free again; those that were given pinned go on by themselves, with their place and their message.

use core::cell::{Cell, RefCell};
use core::future::Future;
use core::marker::PhantomPinned;
use core::ops::DerefMut;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use super::{Action, Choice, Op};
use crate::error::Timeout;
use crate::kind::{Awaited, ManyThreads, sealed::Sealed};
#[cfg(feature = "std")]
use crate::sync::{Deadline, thread_waker};
use crate::unwind::Defer;
#[cfg(feature = "alloc")]
use crate::wait::MOST_ARMS;
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{Arm, Group, How, Turn};

/// What can be an arm: an operation, by value or pinned. Sealed.
pub trait Contender: Sealed {
    /// Where it can be waited for: in threads if this is [`ManyThreads`], in tasks if it is [`Awaited`].
    type Kind;
    /// What it comes to.
    type Output;

    #[doc(hidden)]
    fn enter_group(self: Pin<&mut Self>, _: Arm<'_>) {}
    #[doc(hidden)]
    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output>;
    #[doc(hidden)]
    fn offer_again(self: Pin<&mut Self>) {}
    /// It lost, and is dropped next.
    #[doc(hidden)]
    fn lose(self: Pin<&mut Self>) {}
    #[doc(hidden)]
    #[cfg(feature = "std")]
    fn alarm(&self) -> Deadline {
        Deadline::NEVER
    }
}

impl<A: Choice> Contender for Op<A> {
    type Kind = A::Kind;
    type Output = A::Output;

    fn enter_group(self: Pin<&mut Self>, arm: Arm<'_>) {
        self.action().enter_group(arm);
    }

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<A::Output> {
        self.action().step(how)
    }

    fn offer_again(self: Pin<&mut Self>) {
        self.action().offer_again();
    }

    #[cfg(feature = "std")]
    fn alarm(&self) -> Deadline {
        self.action.alarm()
    }
}

impl<A: Choice, P> Contender for Pin<P>
where
    P: DerefMut<Target = Op<A>>,
    Self: Sealed,
{
    type Kind = A::Kind;
    type Output = A::Output;

    fn enter_group(self: Pin<&mut Self>, arm: Arm<'_>) {
        self.as_deref_mut().action().enter_group(arm);
    }

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<A::Output> {
        self.as_deref_mut().action().step(how)
    }

    fn offer_again(self: Pin<&mut Self>) {
        self.as_deref_mut().action().offer_again();
    }

    fn lose(self: Pin<&mut Self>) {
        self.as_deref_mut().action().leave_group();
    }

    #[cfg(feature = "std")]
    fn alarm(&self) -> Deadline {
        self.action.alarm()
    }
}

/// What tasks alone wait for.
#[doc(hidden)]
#[derive(Debug)]
pub struct TasksOnly(());

impl Sealed for TasksOnly {}
impl Awaited for TasksOnly {}

/// What anybody can wait for.
#[doc(hidden)]
#[derive(Debug)]
pub struct Anybody(());

impl Sealed for Anybody {}
impl Awaited for Anybody {}
impl ManyThreads for Anybody {}

/// Any future as an arm: made by [`future`](crate::select::future).
#[derive(Debug)]
#[must_use = "an arm does nothing by itself"]
pub struct Foreign<F>(pub(crate) F);

impl<F> Sealed for Foreign<F> {}

impl<F: Future> Contender for Foreign<F> {
    type Kind = TasksOnly;
    type Output = F::Output;

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<F::Output> {
        // SAFETY: pinned with the whole.
        let future = unsafe { self.map_unchecked_mut(|this| &mut this.0) };
        let waker = how.waker().unwrap_or(Waker::noop());
        future.poll(&mut Context::from_waker(waker))
    }
}

/// The action of [`never`](crate::select::never).
#[doc(hidden)]
#[derive(Debug)]
pub struct Never<T>(core::marker::PhantomData<fn() -> T>);

impl<T> Never<T> {
    pub(crate) const fn new() -> Self {
        Self(core::marker::PhantomData)
    }
}

impl<T> Sealed for Never<T> {}

impl<T> Action for Never<T> {
    type Kind = Anybody;
    type Output = T;
    type Timed = Result<T, Timeout>;
    type Cancelled = ();

    fn step(self: Pin<&mut Self>, _: How<'_>) -> Poll<T> {
        Poll::Pending
    }

    fn cancel(self: Pin<&mut Self>) {}

    fn timed_out((): ()) -> Self::Timed {
        Err(Timeout)
    }

    fn in_time(output: T) -> Self::Timed {
        Ok(output)
    }

    fn is_spent(&self) -> bool {
        false
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        None
    }
}

impl<T> Choice for Never<T> {}

/// Several arms. Sealed.
#[doc(hidden)]
pub trait Arms: Sealed {
    /// Where all of them can be waited for.
    type Kind;
    /// Which has won, and what it came to.
    type Won;

    /// How many there are, with those that are gone.
    fn count(&self) -> u32;
    /// Whether there is none to wait for.
    fn are_gone(&self) -> bool;
    /// Each is an arm of this group now.
    fn enter_group(self: Pin<&mut Self>, group: &Group);
    /// A step of one.
    fn step(self: Pin<&mut Self>, waker: Option<&Waker>, arm: Arm<'_>) -> Poll<Self::Won>;
    /// Somebody passed by.
    fn offer_again(self: Pin<&mut Self>);
    /// Ends one, if it is left.
    fn lose(self: Pin<&mut Self>, index: u32);
    /// When the first goes off by itself.
    #[cfg(feature = "std")]
    fn alarm(&self) -> Deadline;
}

/// The action of a wait over several operations.
#[doc(hidden)]
#[derive(Debug)]
pub struct Racing<R: Arms> {
    group: Group,
    arms: R,
    biased: bool,
    stage: Stage,
    _pin: PhantomPinned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    New,
    Begun,
    Spent,
}

impl<R: Arms> Racing<R> {
    /// Biased, it looks at the first arm first; else at any.
    pub(crate) fn new(arms: R, biased: bool) -> Self {
        Self {
            group: Group::new(),
            arms,
            biased,
            stage: Stage::New,
            _pin: PhantomPinned,
        }
    }

    /// The same, biased.
    pub(crate) fn biased(mut self) -> Self {
        self.biased = true;
        self
    }

    /// Whether there is nothing to wait for.
    pub(crate) fn is_empty(&self) -> bool {
        self.arms.are_gone()
    }

    fn parts(self: Pin<&mut Self>) -> (&Group, Pin<&mut R>, &mut Stage) {
        // SAFETY: group and arms stay where they are.
        unsafe {
            let this = self.get_unchecked_mut();
            let arms = Pin::new_unchecked(&mut this.arms);
            (&this.group, arms, &mut this.stage)
        }
    }

    /// The arm that was decided for by somebody else: it was served, or is closed, by one who still has the
    /// lock perhaps.
    fn finish(mut self: Pin<&mut Self>, waker: Option<&Waker>, index: u32) -> Poll<R::Won> {
        let (group, mut arms, _) = self.as_mut().parts();
        let arm = Arm { group, index };
        let mut won = arms.as_mut().step(waker, arm);
        if won.is_pending() {
            // Behind the lock of who decided, it is served.
            arms.as_mut().offer_again();
            won = arms.step(waker, arm);
        }
        if won.is_ready() {
            self.end();
        }
        won
    }

    /// It is over: the arms that are left lose, though the end of one panics.
    fn end(self: Pin<&mut Self>) {
        let (_, arms, stage) = self.parts();
        *stage = Stage::Spent;
        let (next, arms) = (Cell::new(0), RefCell::new(arms));
        let rest = || {
            let count = arms.borrow().count();
            while next.get() < count {
                let index = next.replace(next.get() + 1);
                arms.borrow_mut().as_mut().lose(index);
            }
        };
        let unwind = Defer::new(&rest);
        rest();
        unwind.defuse();
    }

    fn look(mut self: Pin<&mut Self>, waker: Option<&Waker>) -> Poll<R::Won> {
        let biased = self.biased;
        let (group, mut arms, stage) = self.as_mut().parts();
        if let Err(index) = group.look() {
            return self.finish(waker, index);
        }
        let mut won = Poll::Pending;
        let mut looking = Looking {
            group,
            arms: arms.as_mut(),
            step: None,
        };
        if *stage == Stage::New {
            *stage = Stage::Begun;
            looking.arms.as_mut().enter_group(group);
        }
        let count = looking.arms.count();
        let start = if biased { 0 } else { turn(count) };
        for offset in 0..count {
            let index = (start + offset) % count;
            looking.step = Some(index);
            won = looking.arms.as_mut().step(waker, Arm { group, index });
            if won.is_ready() {
                break;
            }
            looking.step = None;
        }
        drop(looking);
        if won.is_ready() {
            self.end();
            return won;
        }
        // Perhaps somebody has served one as soon as that was let.
        match group.peek() {
            Ok(()) => Poll::Pending,
            Err(index) => self.finish(waker, index),
        }
    }
}

/// The owner looks. When this goes those who passed by find the arms again.
struct Looking<'a, R: Arms> {
    group: &'a Group,
    arms: Pin<&'a mut R>,
    /// The arm whose step has happened, or panicked: then it may have happened as well, and no other one is
    /// to follow.
    step: Option<u32>,
}

impl<R: Arms> Drop for Looking<'_, R> {
    fn drop(&mut self) {
        match self.step {
            Some(index) => self.group.decide(index),
            None if self.group.rest() => self.arms.as_mut().offer_again(),
            None => {}
        }
    }
}

/// Where to begin: each time further on, so that no arm is looked at last for ever.
#[cfg(not(waterway_loom))]
fn turn(count: u32) -> u32 {
    use crate::sync::{AtomicU32, Ordering};
    static TURN: AtomicU32 = AtomicU32::new(0);
    // ORDERING: Relaxed: a number that is different now and then; one that is lost does no harm.
    let turn = TURN.load(Ordering::Relaxed).wrapping_add(0x9E37_79B9);
    TURN.store(turn, Ordering::Relaxed);
    // The high bits, as a part of `count`.
    #[allow(clippy::cast_possible_truncation, reason = "less than `count`")]
    let start = ((u64::from(turn) * u64::from(count)) >> 32) as u32;
    start
}

#[cfg(waterway_loom)]
fn turn(_: u32) -> u32 {
    0
}

impl<R: Arms> Op<Racing<R>> {
    /// A step that does not wait: `Ready` if an arm can happen.
    pub(crate) fn try_step(self: Pin<&mut Self>) -> Poll<R::Won> {
        self.action().step(How::Spin)
    }
}

impl<R: Arms> Sealed for Racing<R> {}

impl<R: Arms> Action for Racing<R> {
    type Kind = R::Kind;
    type Output = R::Won;
    type Timed = Result<R::Won, Timeout>;
    /// The winner, if one was served in the last moment.
    type Cancelled = Option<R::Won>;

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<R::Won> {
        assert!(
            self.stage != Stage::Spent,
            "an operation is polled until it is ready"
        );
        // A thread that yields can be found: two that face each other would not meet otherwise.
        #[cfg(feature = "std")]
        if matches!(how, How::Yield) {
            return self.look(Some(&thread_waker()));
        }
        self.look(how.waker())
    }

    fn cancel(mut self: Pin<&mut Self>) -> Option<R::Won> {
        let (group, _, _) = self.as_mut().parts();
        if let Err(index) = group.look() {
            if let Poll::Ready(won) = self.as_mut().finish(None, index) {
                return Some(won);
            }
        }
        self.end();
        None
    }

    fn timed_out(cancelled: Option<R::Won>) -> Self::Timed {
        cancelled.ok_or(Timeout)
    }

    fn in_time(output: R::Won) -> Self::Timed {
        Ok(output)
    }

    fn is_spent(&self) -> bool {
        self.stage == Stage::Spent
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        Pace::of_many()
    }

    #[cfg(feature = "std")]
    fn alarm(&self) -> Deadline {
        self.arms.alarm()
    }
}

/// Of the whole action: so the group is there still when its arms leave it.
impl<R: Arms> Drop for Racing<R> {
    fn drop(&mut self) {
        if self.stage == Stage::Begun {
            // SAFETY: pinned until now, if it was begun.
            unsafe { Pin::new_unchecked(self) }.end();
        }
    }
}

/// The arms of `race_all`.
#[cfg(feature = "alloc")]
#[doc(hidden)]
#[derive(Debug)]
pub struct All<C>(pub(crate) alloc::boxed::Box<[Option<C>]>);

#[cfg(feature = "alloc")]
impl<C> All<C> {
    pub(crate) fn new(contenders: impl Iterator<Item = C>) -> Self {
        let arms: alloc::boxed::Box<[_]> = contenders.map(Some).collect();
        let count = u32::try_from(arms.len()).unwrap_or(u32::MAX);
        assert!(count <= MOST_ARMS, "more than {MOST_ARMS} arms");
        Self(arms)
    }

    fn place(self: Pin<&mut Self>, index: u32) -> Pin<&mut Option<C>> {
        // SAFETY: what is in the box is pinned with the whole: nothing moves it.
        unsafe { Pin::new_unchecked(&mut self.get_unchecked_mut().0[index as usize]) }
    }
}

#[cfg(feature = "alloc")]
impl<C> Sealed for All<C> {}

#[cfg(feature = "alloc")]
#[allow(clippy::cast_possible_truncation, reason = "at most MOST_ARMS")]
impl<C: Contender> Arms for All<C> {
    type Kind = C::Kind;
    type Won = (usize, C::Output);

    fn count(&self) -> u32 {
        self.0.len() as u32
    }

    fn are_gone(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    fn enter_group(mut self: Pin<&mut Self>, group: &Group) {
        for index in 0..self.count() {
            if let Some(arm) = self.as_mut().place(index).as_pin_mut() {
                arm.enter_group(Arm { group, index });
            }
        }
    }

    fn step(self: Pin<&mut Self>, waker: Option<&Waker>, arm: Arm<'_>) -> Poll<Self::Won> {
        let mut place = self.place(arm.index);
        let Some(contender) = place.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        contender
            .step(How::Arm(&Turn { waker, arm }))
            .map(|output| {
                place.set(None);
                (arm.index as usize, output)
            })
    }

    fn offer_again(mut self: Pin<&mut Self>) {
        for index in 0..self.count() {
            if let Some(arm) = self.as_mut().place(index).as_pin_mut() {
                arm.offer_again();
            }
        }
    }

    fn lose(self: Pin<&mut Self>, index: u32) {
        let mut place = self.place(index);
        if let Some(arm) = place.as_mut().as_pin_mut() {
            arm.lose();
        }
        place.set(None);
    }

    #[cfg(feature = "std")]
    fn alarm(&self) -> Deadline {
        let alarms = self.0.iter().flatten().map(Contender::alarm);
        alarms.fold(Deadline::NEVER, Deadline::earlier)
    }
}

/// Arms of different types, and who of them has won.
macro_rules! race_of {
    ($($won:ident($count:literal): $($index:tt $name:ident),+;)*) => {$(
        #[doc = concat!("Which of ", $count, " arms has won, and what it came to.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "by their places")]
        pub enum $won<$($name),+> {
            $($name($name),)+
        }

        impl<$($name),+> Sealed for ($($name,)+) {}
        impl<$($name: Awaited),+> Awaited for ($($name,)+) {}
        impl<$($name: ManyThreads),+> ManyThreads for ($($name,)+) {}

        impl<$($name: Contender),+> Entrants for ($($name,)+) {
            type Arms = ($(Option<$name>,)+);

            fn enter(self) -> Self::Arms {
                ($(Some(self.$index),)+)
            }
        }

        impl<$($name: Contender),+> Arms for ($(Option<$name>,)+) {
            type Kind = ($($name::Kind,)+);
            type Won = $won<$($name::Output),+>;

            fn count(&self) -> u32 {
                $count
            }

            fn are_gone(&self) -> bool {
                $(self.$index.is_none())&&+
            }

            fn enter_group(self: Pin<&mut Self>, group: &Group) {
                // SAFETY: each arm is pinned with the whole.
                let arms = unsafe { self.get_unchecked_mut() };
                $(
                    // SAFETY: as above.
                    if let Some(arm) = unsafe { Pin::new_unchecked(&mut arms.$index) }.as_pin_mut() {
                        arm.enter_group(Arm { group, index: $index });
                    }
                )+
            }

            fn step(
                self: Pin<&mut Self>,
                waker: Option<&Waker>,
                arm: Arm<'_>,
            ) -> Poll<Self::Won> {
                // SAFETY: each arm is pinned with the whole.
                let arms = unsafe { self.get_unchecked_mut() };
                match arm.index {
                    $(
                        $index => {
                            // SAFETY: as above.
                            let mut place = unsafe { Pin::new_unchecked(&mut arms.$index) };
                            let Some(contender) = place.as_mut().as_pin_mut() else {
                                return Poll::Pending;
                            };
                            contender.step(How::Arm(&Turn { waker, arm })).map(|output| {
                                place.set(None);
                                $won::$name(output)
                            })
                        }
                    )+
                    _ => unreachable!("there are no more arms"),
                }
            }

            fn offer_again(self: Pin<&mut Self>) {
                // SAFETY: each arm is pinned with the whole.
                let arms = unsafe { self.get_unchecked_mut() };
                $(
                    // SAFETY: as above.
                    if let Some(arm) = unsafe { Pin::new_unchecked(&mut arms.$index) }.as_pin_mut() {
                        arm.offer_again();
                    }
                )+
            }

            fn lose(self: Pin<&mut Self>, index: u32) {
                // SAFETY: each arm is pinned with the whole.
                let arms = unsafe { self.get_unchecked_mut() };
                match index {
                    $(
                        $index => {
                            // SAFETY: as above.
                            let mut place = unsafe { Pin::new_unchecked(&mut arms.$index) };
                            if let Some(arm) = place.as_mut().as_pin_mut() {
                                arm.lose();
                            }
                            place.set(None);
                        }
                    )+
                    _ => unreachable!("there are no more arms"),
                }
            }

            #[cfg(feature = "std")]
            fn alarm(&self) -> Deadline {
                Deadline::NEVER$(
                    .earlier(self.$index.as_ref().map_or(Deadline::NEVER, Contender::alarm))
                )+
            }
        }
    )*};
}

/// Several operations of which one shall happen: a tuple of up to 12. Sealed.
pub trait Entrants: Sealed {
    /// The same as arms.
    #[doc(hidden)]
    type Arms: Arms;

    #[doc(hidden)]
    fn enter(self) -> Self::Arms;
}

race_of! {
    Won1(1): 0 A;
    Won2(2): 0 A, 1 B;
    Won3(3): 0 A, 1 B, 2 C;
    Won4(4): 0 A, 1 B, 2 C, 3 D;
    Won5(5): 0 A, 1 B, 2 C, 3 D, 4 E;
    Won6(6): 0 A, 1 B, 2 C, 3 D, 4 E, 5 F;
    Won7(7): 0 A, 1 B, 2 C, 3 D, 4 E, 5 F, 6 G;
    Won8(8): 0 A, 1 B, 2 C, 3 D, 4 E, 5 F, 6 G, 7 H;
    Won9(9): 0 A, 1 B, 2 C, 3 D, 4 E, 5 F, 6 G, 7 H, 8 I;
    Won10(10): 0 A, 1 B, 2 C, 3 D, 4 E, 5 F, 6 G, 7 H, 8 I, 9 J;
    Won11(11): 0 A, 1 B, 2 C, 3 D, 4 E, 5 F, 6 G, 7 H, 8 I, 9 J, 10 K;
    Won12(12): 0 A, 1 B, 2 C, 3 D, 4 E, 5 F, 6 G, 7 H, 8 I, 9 J, 10 K, 11 L;
}
