//! Receiving: one message, many, or a look at the next.

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::Poll;

use super::{Action, Hold};
use crate::chan::Chan;
use crate::error::{RecvTimeoutError, TryRecvError};
use crate::kind::{Invariant, Kind, sealed::Sealed};
use crate::sole::Receiver;
#[cfg(feature = "std")]
use crate::wait::Pace;
use crate::wait::{How, Node, State};

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
    fn attempt(&mut self) -> Result<Self::Found, TryRecvError>;
    /// Room for a message that may be handed over: `MaybeUninit<T>`, or `()` if none may.
    type Hand;
    /// Such room, empty.
    fn hand() -> Self::Hand;
    /// Whether a message may be handed over.
    const ACCEPTS: bool;
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

/// The next message.
#[doc(hidden)]
#[derive(Debug)]
pub struct Next<H>(pub(crate) H);

/// As many messages as are there, up to a limit.
#[doc(hidden)]
#[derive(Debug)]
pub struct Batch<'a, T, K: Kind, B> {
    pub(crate) receiver: &'a mut Receiver<T, K>,
    pub(crate) buffer: &'a mut B,
    pub(crate) limit: usize,
}

/// A look at the next message.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sight<'a, T, K: Kind>(pub(crate) &'a mut Receiver<T, K>);

impl<H> Sealed for Next<H> {}
impl<T, K: Kind, B> Sealed for Batch<'_, T, K, B> {}
impl<T, K: Kind> Sealed for Sight<'_, T, K> {}

impl<H: Hold<T, K>, T, K: Kind> Want<T, K> for Next<H> {
    type Found = T;
    type Output = H::With<Option<T>>;
    type Timed = H::With<Result<T, RecvTimeoutError>>;
    type Back = H::Alone;

    fn chan(&self) -> Chan<T, K> {
        self.0.chan()
    }

    #[inline(always)]
    fn attempt(&mut self) -> Result<T, TryRecvError> {
        self.0.chan().try_recv()
    }

    type Hand = MaybeUninit<T>;

    fn hand() -> MaybeUninit<T> {
        MaybeUninit::uninit()
    }

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

impl<T, K: Kind, B: Extend<T>> Want<T, K> for Batch<'_, T, K, B> {
    type Found = usize;
    type Output = Option<usize>;
    type Timed = Result<usize, RecvTimeoutError>;
    type Back = ();

    fn chan(&self) -> Chan<T, K> {
        self.receiver.chan()
    }

    fn attempt(&mut self) -> Result<usize, TryRecvError> {
        self.receiver.chan().try_recv_many(self.buffer, self.limit)
    }

    type Hand = ();

    fn hand() {}

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
    type Found = *const T;
    type Output = Option<&'a T>;
    type Timed = Result<&'a T, RecvTimeoutError>;
    type Back = ();

    fn chan(&self) -> Chan<T, K> {
        self.0.chan()
    }

    fn attempt(&mut self) -> Result<*const T, TryRecvError> {
        self.0.chan().try_peek()
    }

    type Hand = ();

    fn hand() {}

    const ACCEPTS: bool = false;

    unsafe fn accept(_: *mut ()) -> *const T {
        unreachable!("no hand is offered")
    }

    fn output(self, found: Option<*const T>) -> Option<&'a T> {
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

/// The action of `recv`, `recv_owned`, `recv_many` and `peek`.
#[doc(hidden)]
pub struct Receiving<W, T, K: Kind>
where
    W: Want<T, K>,
{
    /// `None` when spent.
    want: Option<W>,
    /// This operation's waker was put into the lists.
    registered: bool,
    /// A thread's hand at a rendezvous, and what was put into it. Only a thread that waits here
    /// offers it, and it is taken back before the thread goes on.
    hand: Node,
    handed: UnsafeCell<W::Hand>,
    _of: Invariant<T, K>,
}

impl<W: Want<T, K>, T, K: Kind> core::fmt::Debug for Receiving<W, T, K> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Receiving")
    }
}

// SAFETY: a handed message goes with the action, and the hand is touched by others under a lock.
unsafe impl<W: Want<T, K> + Send, T: Send, K: Kind> Send for Receiving<W, T, K> {}
// SAFETY: nothing can be done with a shared action.
unsafe impl<W: Want<T, K> + Sync, T: Send, K: Kind> Sync for Receiving<W, T, K> {}

impl<W: Want<T, K>, T, K: Kind> Receiving<W, T, K> {
    #[inline(always)]
    pub(crate) fn new(want: W) -> Self {
        Self {
            want: Some(want),
            registered: false,
            hand: Node::new(),
            handed: UnsafeCell::new(W::hand()),
            _of: PhantomData,
        }
    }

    /// The parts that are not pinned.
    fn parts(self: Pin<&mut Self>) -> (&mut Option<W>, &mut bool, &Node, *mut W::Hand) {
        // SAFETY: only the hand is pinned, and it is lent as shared.
        let this = unsafe { self.get_unchecked_mut() };
        (
            &mut this.want,
            &mut this.registered,
            &this.hand,
            this.handed.get(),
        )
    }

    /// One look: at the hand, if it was offered, and at the channel.
    #[inline(always)]
    fn look(self: Pin<&mut Self>) -> Result<W::Found, TryRecvError> {
        let (want, _, hand, handed) = self.parts();
        let want = want.as_mut();
        let want = want.expect("an operation is polled until it is ready");
        if W::ACCEPTS && hand.state() != State::Idle {
            return Self::look_at_hand(want, hand, handed);
        }
        want.attempt()
    }

    #[cold]
    fn look_at_hand(
        want: &mut W,
        hand: &Node,
        handed: *mut W::Hand,
    ) -> Result<W::Found, TryRecvError> {
        let chan = want.chan();
        // While the hand is out whoever comes puts its message there, and there only.
        if hand.state() == State::Queued && !chan.is_terminated() {
            return Err(TryRecvError::Empty);
        }
        if chan.withdraw_hand(hand) {
            // SAFETY: the hand that was taken back holds a message; it is read once.
            return Ok(unsafe { W::accept(handed) });
        }
        want.attempt()
    }

    /// Nothing is there: goes as far as `how` allows, and looks again.
    #[inline(never)]
    fn announce(mut self: Pin<&mut Self>, how: How<'_>) -> Result<W::Found, TryRecvError> {
        let Some(chan) = self.want.as_ref().map(W::chan) else {
            return Err(TryRecvError::Empty);
        };
        let hand = W::ACCEPTS && chan.is_direct() && self.hand.state() == State::Idle;
        match how {
            How::Park { waker, thread } => {
                if hand && thread {
                    self.as_mut().offer_hand(&chan);
                }
                *self.as_mut().parts().1 = true;
                chan.register(waker);
            }
            How::Offer { .. } if hand => self.as_mut().offer_hand(&chan),
            How::Offer { .. } | How::Try => return Err(TryRecvError::Empty),
        }
        self.look()
    }

    fn offer_hand(self: Pin<&mut Self>, chan: &Chan<T, K>) {
        let (_, _, hand, handed) = self.parts();
        // SAFETY: both are pinned with the action, whose drop takes the hand back; the caller is a
        // thread that waits here.
        unsafe { chan.offer_hand(hand, handed.cast()) };
    }

    /// Leaves the lists.
    #[cold]
    fn withdraw(&self, chan: &Chan<T, K>) {
        if self.hand.state() != State::Idle && chan.withdraw_hand(&self.hand) {
            // SAFETY: it was handed a message that nobody will take any more. This happens only if
            // a panic ended the wait.
            drop(unsafe { W::accept(self.handed.get()) });
        }
        if self.registered {
            chan.unregister();
        }
    }
}

impl<W: Want<T, K>, T, K: Kind> Sealed for Receiving<W, T, K> {}

impl<W: Want<T, K>, T, K: Kind> Action for Receiving<W, T, K> {
    type Output = W::Output;
    type Timed = W::Timed;
    type Cancelled = W::Back;

    #[inline(always)]
    fn step(mut self: Pin<&mut Self>, how: How<'_>) -> Poll<W::Output> {
        let mut seen = self.as_mut().look();
        if matches!(seen, Err(TryRecvError::Empty)) {
            seen = self.as_mut().announce(how);
        }
        let found = match seen {
            Ok(found) => Some(found),
            Err(TryRecvError::Closed) => None,
            Err(TryRecvError::Empty) => return Poll::Pending,
        };
        // After this nothing is in the lists, so that the drop has nothing to do.
        if self.registered || self.hand.state() != State::Idle {
            if let Some(chan) = self.want.as_ref().map(W::chan) {
                self.withdraw(&chan);
            }
            *self.as_mut().parts().1 = false;
        }
        let want = self.parts().0.take().expect("it was there just now");
        Poll::Ready(want.output(found))
    }

    fn cancel(mut self: Pin<&mut Self>) -> W::Back {
        let want = self.as_mut().parts().0.take();
        let want = want.expect("an operation is cancelled before it is ready");
        self.withdraw(&want.chan());
        want.back()
    }

    fn timed_out(back: W::Back) -> W::Timed {
        W::timed_out(back)
    }

    fn in_time(output: W::Output) -> W::Timed {
        W::in_time(output)
    }

    fn leave(mut self: Pin<&mut Self>) -> Poll<W::Output> {
        let Some(chan) = self.want.as_ref().map(W::chan) else {
            return Poll::Pending;
        };
        if self.hand.state() == State::Idle || !chan.withdraw_hand(&self.hand) {
            return Poll::Pending;
        }
        let (want, _, _, handed) = self.as_mut().parts();
        // SAFETY: the hand that was taken back holds a message; it is read once.
        let found = unsafe { W::accept(handed) };
        let want = want.take().expect("it was there just now");
        chan.unregister();
        Poll::Ready(want.output(Some(found)))
    }

    fn is_spent(&self) -> bool {
        self.want.is_none()
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        let chan = self.want.as_ref()?.chan();
        // SAFETY: the channel lives at least as long as the receiver in this action.
        Some(unsafe { &*core::ptr::from_ref(chan.recv_pace()) })
    }
}

impl<W: Want<T, K>, T, K: Kind> Drop for Receiving<W, T, K> {
    #[inline]
    fn drop(&mut self) {
        if let Some(want) = &self.want {
            self.withdraw(&want.chan());
        }
    }
}
