//! Receiving: one message, many, or a look at the next.

use core::cell::UnsafeCell;
#[cfg(feature = "std")]
use core::mem::ManuallyDrop;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use super::{Action, Choice, Hold};
use crate::chan::Chan;
use crate::error::{RecvTimeoutError, TryRecvError};
use crate::kind::{Kind, sealed::Sealed};
use crate::sole::{self, Lease};
use crate::unwind::Defer;
use crate::wait::{How, Node, State, Turn};
#[cfg(feature = "std")]
use crate::wait::{Pace, yield_once};

/// Polls a handle that keeps its place between the calls.
///
/// # Safety
/// `node` is pinned, and unregistered before it goes; a sole receiver is not found by it.
pub(crate) unsafe fn poll_with<T, K: Kind, R>(
    chan: Chan<T, K>,
    node: &Node,
    context: &Context<'_>,
    mut look: impl FnMut() -> Result<R, TryRecvError>,
) -> Poll<Option<R>> {
    crate::coop::poll(context, || {
        chan.answers(node);
        let mut seen = look();
        let how = How::Task(context.waker());
        if matches!(seen, Err(TryRecvError::Empty)) && chan.linger_for_message(how) {
            seen = look();
        }
        if matches!(seen, Err(TryRecvError::Empty)) {
            // SAFETY: passed on.
            if unsafe { chan.register(node, context.waker()) } {
                return Poll::Pending;
            }
            seen = look();
        }
        if matches!(seen, Err(TryRecvError::Empty)) {
            return Poll::Pending;
        }
        chan.unregister(node);
        Poll::Ready(seen.ok())
    })
}

/// What a receive is after. Sealed.
#[doc(hidden)]
pub trait Want<T, K: Kind>: Sealed {
    /// What an attempt finds.
    type Found;
    /// What the operation comes to.
    type Output;
    /// What a wait that can be ended comes to.
    type Timed;
    /// What comes back from a cancelled one.
    type Back;

    /// The channel.
    fn chan(&self) -> Chan<T, K>;
    /// Takes it, if it is there.
    fn glance(&mut self) -> Option<Self::Found>;
    /// The same, with an answer to whether this is the end.
    #[inline]
    fn attempt(&mut self) -> Result<Self::Found, TryRecvError> {
        self.chan().attempt(|| self.glance())
    }
    /// Room for a message that may be handed over.
    type Hand: Room;
    /// Whether a message may be handed over.
    const ACCEPTS: bool;
    /// Whether it leaves what it finds to others, of whom one is to be told as well.
    const OBSERVES: bool = false;
    /// What a message that was handed over amounts to.
    ///
    /// # Safety
    /// [`ACCEPTS`](Self::ACCEPTS), and a message lies in the hand that is not read again.
    unsafe fn accept(hand: *mut Self::Hand) -> Self::Found;
    /// The result: `None` if the channel is closed.
    fn output(self, found: Option<Self::Found>) -> Self::Output;
    /// The same in a wait that could have been ended.
    fn in_time(output: Self::Output) -> Self::Timed;
    /// What comes back from a cancelled operation.
    fn back(self) -> Self::Back;
    /// The wait was ended.
    fn timed_out(back: Self::Back) -> Self::Timed;
}

/// Room for a message that may be handed over to a thread. Sealed.
#[doc(hidden)]
pub trait Room: Sealed {
    /// Such room.
    fn empty() -> Self;
    /// # Safety
    /// A message lies in it that is not read again.
    unsafe fn clear(&mut self);
}

impl<T> Sealed for MaybeUninit<T> {}
impl Sealed for () {}

impl<T> Room for MaybeUninit<T> {
    fn empty() -> Self {
        Self::uninit()
    }

    unsafe fn clear(&mut self) {
        // SAFETY: by the caller's promise.
        unsafe { self.assume_init_drop() };
    }
}

/// None is handed over.
impl Room for () {
    fn empty() -> Self {}

    unsafe fn clear(&mut self) {}
}

/// The next message.
#[doc(hidden)]
#[derive(Debug)]
pub struct Next<H>(pub(crate) H);

/// As many messages as are there, up to a limit.
#[doc(hidden)]
#[derive(Debug)]
pub struct Batch<'a, H, B> {
    pub(crate) receiver: H,
    pub(crate) buffer: &'a mut B,
    pub(crate) limit: usize,
}

/// A look at the next message.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sight<'a, T, K: Kind>(pub(crate) &'a mut sole::Receiver<T, K>);

/// The next message, taken for the time being.
#[doc(hidden)]
#[derive(Debug)]
pub struct Loan<'a, T, K: Kind>(pub(crate) &'a mut sole::Receiver<T, K>);

impl<H> Sealed for Next<H> {}
impl<H, B> Sealed for Batch<'_, H, B> {}
impl<T, K: Kind> Sealed for Sight<'_, T, K> {}
impl<T, K: Kind> Sealed for Loan<'_, T, K> {}

impl<H: Hold<T, K>, T, K: Kind> Want<T, K> for Next<H> {
    type Found = T;
    type Output = H::With<Option<T>>;
    type Timed = H::With<Result<T, RecvTimeoutError>>;
    type Back = H::Alone;

    fn chan(&self) -> Chan<T, K> {
        self.0.chan()
    }

    #[inline]
    fn glance(&mut self) -> Option<T> {
        self.0.chan().recv_now()
    }

    type Hand = MaybeUninit<T>;

    const ACCEPTS: bool = true;

    unsafe fn accept(hand: *mut MaybeUninit<T>) -> T {
        // SAFETY: by the caller's promise.
        unsafe { hand.cast::<T>().read() }
    }

    fn output(self, found: Option<T>) -> Self::Output {
        self.0.with(found)
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        H::map(output, |found| found.ok_or(RecvTimeoutError::Closed))
    }

    fn back(self) -> Self::Back {
        self.0.alone()
    }

    fn timed_out(back: Self::Back) -> Self::Timed {
        H::with_alone(back, Err(RecvTimeoutError::Timeout))
    }
}

impl<H: Hold<T, K>, T, K: Kind, B: Extend<T>> Want<T, K> for Batch<'_, H, B> {
    type Found = usize;
    type Output = Option<usize>;
    type Timed = Result<usize, RecvTimeoutError>;
    type Back = ();

    fn chan(&self) -> Chan<T, K> {
        self.receiver.chan()
    }

    fn glance(&mut self) -> Option<usize> {
        self.receiver.chan().recv_some(self.buffer, self.limit)
    }

    type Hand = ();

    const ACCEPTS: bool = false;

    unsafe fn accept(_: *mut ()) -> usize {
        unreachable!("no hand is offered")
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
}

impl<'a, T, K: Kind> Want<T, K> for Sight<'a, T, K> {
    type Found = *mut T;
    type Output = Option<&'a T>;
    type Timed = Result<&'a T, RecvTimeoutError>;
    type Back = ();

    fn chan(&self) -> Chan<T, K> {
        self.0.chan()
    }

    fn glance(&mut self) -> Option<*mut T> {
        self.0.chan().peek_now()
    }

    type Hand = ();

    const ACCEPTS: bool = false;

    unsafe fn accept(_: *mut ()) -> *mut T {
        unreachable!("no hand is offered")
    }

    fn output(self, found: Option<*mut T>) -> Option<&'a T> {
        // SAFETY: a peeked message stays where it is until the next receive, for which the
        // receiver is borrowed until the end of 'a.
        found.map(|message| unsafe { &*message })
    }

    fn in_time(output: Option<&'a T>) -> Self::Timed {
        output.ok_or(RecvTimeoutError::Closed)
    }

    fn back(self) {}

    fn timed_out((): ()) -> Self::Timed {
        Err(RecvTimeoutError::Timeout)
    }
}

impl<'a, T, K: Kind> Want<T, K> for Loan<'a, T, K> {
    type Found = *mut T;
    type Output = Option<Lease<'a, T, K>>;
    type Timed = Result<Lease<'a, T, K>, RecvTimeoutError>;
    type Back = ();

    fn chan(&self) -> Chan<T, K> {
        self.0.chan()
    }

    fn glance(&mut self) -> Option<*mut T> {
        self.0.chan().peek_now()
    }

    type Hand = ();

    const ACCEPTS: bool = false;

    unsafe fn accept(_: *mut ()) -> *mut T {
        unreachable!("no hand is offered")
    }

    fn output(self, found: Option<*mut T>) -> Option<Lease<'a, T, K>> {
        // SAFETY: it was found there, and the receiver was borrowed all the time.
        found.map(|message| unsafe { Lease::new(self.0, message) })
    }

    fn in_time(output: Option<Lease<'a, T, K>>) -> Self::Timed {
        output.ok_or(RecvTimeoutError::Closed)
    }

    fn back(self) {}

    fn timed_out((): ()) -> Self::Timed {
        Err(RecvTimeoutError::Timeout)
    }
}

/// The action of `recv`, `recv_owned`, `recv_many`, `peek` and `recv_leased`.
///
/// No bound relates what is wanted to the message, see [`Sending`](super::Sending).
#[doc(hidden)]
#[derive(Debug)]
pub struct Receiving<W, T, K: Kind, R: Room = MaybeUninit<T>> {
    announced: Announced<T, K, R>,
    /// The receiver in it keeps the channel. `None` when spent.
    want: Option<W>,
}

/// How the other side can find the operation.
struct Announced<T, K: Kind, R: Room> {
    chan: Chan<T, K>,
    /// The other side may know of this operation: its waker is in the cell, or the node in the list.
    out: bool,
    /// A thread's hand was offered and not taken back yet. Only a thread that waits here offers it,
    /// and it is taken back before the thread goes on.
    hand_is_out: bool,
    /// The place of an operation that shares its channel with others, and a thread's hand.
    node: Node,
    /// What was put into the hand.
    handed: UnsafeCell<R>,
}

impl<T, K: Kind, R: Room> core::fmt::Debug for Announced<T, K, R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Announced")
            .field("out", &self.out)
            .finish_non_exhaustive()
    }
}

// SAFETY: a handed message goes with the action, and the hand is touched by others under a lock.
unsafe impl<W: Send, T: Send, K: Kind, R: Room> Send for Receiving<W, T, K, R> where
    K::Lock: Send + Sync
{
}
// SAFETY: nothing can be done with a shared action.
unsafe impl<W: Sync, T: Send, K: Kind, R: Room> Sync for Receiving<W, T, K, R> where
    K::Lock: Send + Sync
{
}

impl<T, K: Kind, R: Room> Announced<T, K, R> {
    /// Nobody is to find the operation any more.
    #[inline]
    fn withdraw(&mut self) {
        self.out = false;
        if self.hand_is_out {
            self.withdraw_hand();
        }
        self.chan.unregister(&self.node);
    }

    /// Takes the hand back; says whether a message lies in it.
    fn take_hand_back(&mut self) -> bool {
        self.hand_is_out = false;
        self.chan.withdraw_hand(&self.node)
    }

    #[cold]
    fn withdraw_hand(&mut self) {
        if self.hand_is_out && self.take_hand_back() {
            // SAFETY: it was handed a message that nobody will take any more. This happens only if
            // a panic ended the wait.
            unsafe { self.handed.get_mut().clear() };
        }
    }

    /// Before a look: if it was told, the look is the answer to that.
    #[inline(always)]
    fn answer(&mut self) {
        if self.out && self.chan.answers(&self.node) {
            (self.out, self.hand_is_out) = (false, false);
        }
    }
}

/// Of the whole action: so the receiver that it borrows has to be there still when it is dropped.
impl<W, T, K: Kind, R: Room> Drop for Receiving<W, T, K, R> {
    #[inline]
    fn drop(&mut self) {
        // A spent one is not out.
        if self.want.is_some() && self.announced.out {
            self.announced.withdraw();
        }
    }
}

impl<W: Want<T, K>, T, K: Kind> Receiving<W, T, K, W::Hand> {
    #[inline(always)]
    pub(crate) fn new(want: W) -> Self {
        Self {
            announced: Announced {
                chan: want.chan(),
                out: false,
                hand_is_out: false,
                node: Node::new(),
                handed: UnsafeCell::new(W::Hand::empty()),
            },
            want: Some(want),
        }
    }

    /// The parts: only the hand and its room are pinned, and they are not moved.
    #[inline(always)]
    fn parts(self: Pin<&mut Self>) -> (&mut Option<W>, &mut Announced<T, K, W::Hand>) {
        // SAFETY: whoever gets the parts moves neither the hand nor its room.
        let this = unsafe { self.get_unchecked_mut() };
        (&mut this.want, &mut this.announced)
    }

    /// One look: at the hand, if it was offered, and at the channel.
    #[inline(always)]
    fn look(self: Pin<&mut Self>) -> Result<W::Found, TryRecvError> {
        let (want, announced) = self.parts();
        let want = want.as_mut();
        let want = want.expect("an operation is polled until it is ready");
        if W::ACCEPTS && announced.hand_is_out {
            return Self::look_at_hand(want, announced);
        }
        want.attempt()
    }

    #[cold]
    fn look_at_hand(
        want: &mut W,
        announced: &mut Announced<T, K, W::Hand>,
    ) -> Result<W::Found, TryRecvError> {
        let (chan, hand) = (announced.chan, &announced.node);
        // While the hand is out whoever comes puts a message there. One that was published just
        // now may still be on its way, and nobody may come any more: then the hand is taken back.
        if hand.state() == State::Queued && !chan.has_next() && !chan.may_be_over() {
            return Err(TryRecvError::Empty);
        }
        if announced.take_hand_back() {
            chan.learn_of_hand();
            // SAFETY: the hand that was taken back holds a message; it is read once.
            return Ok(unsafe { W::accept(announced.handed.get()) });
        }
        want.attempt()
    }

    /// Has it found by the other side.
    ///
    /// # Safety
    /// As for [`Chan::register`].
    #[inline(always)]
    unsafe fn register(chan: Chan<T, K>, node: &Node, waker: &Waker) -> bool {
        // SAFETY: passed on.
        unsafe {
            if W::OBSERVES {
                chan.observe(node, waker)
            } else {
                chan.register(node, waker)
            }
        }
    }

    /// Whether a glance is all: for a thread that stays awake, holds nothing out, and, before it yields the
    /// processor, sees no sign that it has more to do than to look. One that spins does not look for these: that
    /// would take their cache line away from who sends the next message.
    #[inline]
    fn only_looks(chan: Chan<T, K>, how: How<'_>) -> bool {
        match how {
            How::Spin => !(W::ACCEPTS && chan.is_direct()),
            How::Yield => !(W::ACCEPTS && chan.takes_hands() || chan.needs_a_look()),
            How::Task(_) | How::Thread(_) | How::Arm(..) => false,
        }
    }

    /// Nothing is there: goes as far as `how` allows, and looks again.
    #[inline(never)]
    fn announce(mut self: Pin<&mut Self>, how: How<'_>) -> Result<W::Found, TryRecvError> {
        let (_, announced) = self.as_mut().parts();
        let chan = announced.chan;
        let hand = W::ACCEPTS && chan.takes_hands() && !announced.hand_is_out;
        match how {
            How::Task(_) | How::Thread(_) | How::Arm(&Turn { waker: Some(_), .. }) => {}
            How::Yield if hand => {}
            How::Spin if hand && chan.is_direct() => {}
            How::Spin | How::Yield | How::Arm(&Turn { waker: None, .. }) => {
                return Err(TryRecvError::Empty);
            }
        }
        announced.out = true;
        if hand && !matches!(how, How::Task(_) | How::Arm(..)) {
            // SAFETY: both are pinned with the action, whose drop takes the hand back; the caller
            // is a thread that waits here.
            announced.hand_is_out =
                unsafe { chan.offer_hand(&announced.node, announced.handed.get().cast()) };
        }
        if let Some(waker) = how.waker() {
            // Should a waker panic the thread does not wait here any more, and perhaps never drops
            // the action.
            let node = core::ptr::from_ref(&announced.node);
            let unwind = Defer::new(|| announced.withdraw_hand());
            // SAFETY: the node is pinned with the action, whose drop unregisters it; the pointer is
            // one into `announced`, which nobody uses meanwhile.
            let empty = unsafe { Self::register(chan, &*node, waker) };
            unwind.defuse();
            if empty && !announced.hand_is_out {
                return Err(TryRecvError::Empty);
            }
            if announced.hand_is_out && !chan.keeps_hand(&announced.node) {
                // It was told while its hand was out: it looks, and offers it again.
                announced.hand_is_out = false;
                let seen = self.as_mut().look();
                if !matches!(seen, Err(TryRecvError::Empty)) {
                    return seen;
                }
                let (_, announced) = self.as_mut().parts();
                // SAFETY: as above.
                announced.hand_is_out =
                    unsafe { chan.offer_hand(&announced.node, announced.handed.get().cast()) };
            }
        }
        self.look()
    }

    /// A step of an operation that the other side may know of, or that found nothing at a glance.
    #[inline(never)]
    fn step_on(mut self: Pin<&mut Self>, how: How<'_>) -> Poll<W::Output> {
        let mut seen = match how {
            // It has looked, and looks again after it has announced itself.
            How::Task(_) | How::Thread(_) | How::Arm(&Turn { waker: Some(_), .. })
                if !self.announced.hand_is_out =>
            {
                Err(TryRecvError::Empty)
            }
            _ => self.as_mut().look(),
        };
        if matches!(seen, Err(TryRecvError::Empty)) {
            seen = self.as_mut().announce(how);
        }
        self.conclude(seen)
    }

    /// It has lingered, and looks again.
    #[cold]
    fn glance_again(self: Pin<&mut Self>) -> Option<W::Output> {
        let (want, _) = self.parts();
        let found = want.as_mut()?.glance()?;
        want.take().map(|want| want.output(Some(found)))
    }

    /// It has announced itself, and looks again.
    #[cold]
    fn step_again(mut self: Pin<&mut Self>) -> Poll<W::Output> {
        let seen = self.as_mut().look();
        self.conclude(seen)
    }

    #[inline]
    fn conclude(self: Pin<&mut Self>, seen: Result<W::Found, TryRecvError>) -> Poll<W::Output> {
        let found = match seen {
            Ok(found) => Some(found),
            Err(TryRecvError::Closed) => None,
            Err(TryRecvError::Empty) => return Poll::Pending,
        };
        let (want, announced) = self.parts();
        if announced.out {
            announced.withdraw();
        }
        let want = want.take().expect("it was there just now");
        Poll::Ready(want.output(found))
    }
}

impl<W: Want<T, K>, T, K: Kind> Sealed for Receiving<W, T, K, W::Hand> {}

impl<W: Want<T, K>, T, K: Kind> Action for Receiving<W, T, K, W::Hand> {
    type Kind = K;
    type Output = W::Output;
    type Timed = W::Timed;
    type Cancelled = W::Back;

    #[cfg(feature = "std")]
    const MOVES_EASILY: bool = size_of::<T>() <= super::MOVED;

    #[cfg(feature = "std")]
    #[inline]
    fn attempt(self) -> Result<W::Output, Self> {
        let this = ManuallyDrop::new(self);
        // SAFETY: the action is forgotten, so that it is read once; it was never pinned, so that
        // there is nothing else to drop.
        let want = unsafe { core::ptr::from_ref(&this.want).read() };
        let mut want = want.expect("it was never pinned");
        match want.glance() {
            Some(found) => Ok(want.output(Some(found))),
            None => Err(Self::new(want)),
        }
    }

    #[cfg(feature = "std")]
    #[inline]
    fn yield_once(self: Pin<&mut Self>) -> Option<W::Output> {
        let (want, announced) = self.parts();
        let chan = announced.chan;
        if !Self::only_looks(chan, How::Yield) {
            return None;
        }
        let found = yield_once(chan.recv_pace(), || want.as_mut()?.glance())?;
        want.take().map(|want| want.output(Some(found)))
    }

    #[inline(always)]
    fn step(mut self: Pin<&mut Self>, how: How<'_>) -> Poll<W::Output> {
        let (want, announced) = self.as_mut().parts();
        announced.answer();
        if W::ACCEPTS && announced.hand_is_out {
            return self.step_on(how);
        }
        let wanted = want.as_mut();
        let wanted = wanted.expect("an operation is polled until it is ready");
        if let Some(found) = wanted.glance() {
            if announced.out {
                announced.withdraw();
            }
            let want = want.take().expect("it was there just now");
            return Poll::Ready(want.output(Some(found)));
        }
        match how {
            // A task goes to sleep; before that it may linger.
            How::Task(waker)
            | How::Arm(&Turn {
                waker: Some(waker), ..
            }) => {
                if !announced.out && announced.chan.linger_for_message(how) {
                    if let Some(output) = self.as_mut().glance_again() {
                        return Poll::Ready(output);
                    }
                }
                let (_, announced) = self.as_mut().parts();
                announced.out = true;
                // SAFETY: the node is pinned with the action, whose drop unregisters it.
                if unsafe { Self::register(announced.chan, &announced.node, waker) } {
                    Poll::Pending
                } else {
                    self.step_again()
                }
            }
            _ if !announced.out && Self::only_looks(announced.chan, how) => Poll::Pending,
            _ => self.step_on(how),
        }
    }

    fn cancel(self: Pin<&mut Self>) -> W::Back {
        let (want, announced) = self.parts();
        announced.withdraw();
        want.take().expect("it is not spent").back()
    }

    fn timed_out(back: W::Back) -> W::Timed {
        W::timed_out(back)
    }

    fn in_time(output: W::Output) -> W::Timed {
        W::in_time(output)
    }

    fn leave(mut self: Pin<&mut Self>) -> Poll<W::Output> {
        let (want, announced) = self.as_mut().parts();
        if !announced.hand_is_out {
            // Who only span has not looked whether this is the end.
            let seen = self.as_mut().look();
            return self.conclude(seen);
        }
        if !announced.take_hand_back() {
            return Poll::Pending;
        }
        // SAFETY: the hand that was taken back holds a message; it is read once.
        let found = unsafe { W::accept(announced.handed.get()) };
        announced.withdraw();
        let want = want.take().expect("it was there just now");
        Poll::Ready(want.output(Some(found)))
    }

    fn is_spent(&self) -> bool {
        self.want.is_none()
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        self.want.as_ref()?;
        Some(self.announced.chan.recv_pace())
    }

    #[cfg(feature = "std")]
    fn has_batch(&self) -> Option<bool> {
        self.announced.chan.has_batch()
    }
}

/// One that was told and lost passes that on.
impl<W: Want<T, K>, T, K: Kind> Choice for Receiving<W, T, K, W::Hand> {
    fn leave_group(self: Pin<&mut Self>) {
        let (want, announced) = self.parts();
        if want.is_some() && announced.out && announced.node.state() == State::Woken {
            announced.withdraw();
        }
    }
}
