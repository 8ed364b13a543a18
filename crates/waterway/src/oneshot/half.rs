//! The two halves of a oneshot: each step of either side, as [`word`](super::word) tells them.

use core::marker::PhantomData;
use core::task::{Poll, Waker};

use super::cell::At;
use super::word::{
    ENDED, RECEIVER_ENDED, RECEIVER_HERE, RECEIVER_WAITS, SENDER_ENDED, SENDER_HERE, SENDER_WAITS,
    SENT, WAITS,
};
use crate::error::{Closed, TryRecvError};
use crate::unwind::Defer;
#[cfg(feature = "std")]
use crate::wait::Pace;

/// What the sender does. Dropping it ends its side.
///
/// `P` is what keeps the cell, of which its drop is a use: so it is a parameter of the half, whose drop asks
/// for it, and not of the handle alone.
#[derive(Debug)]
pub(super) struct SendHalf<T, P>(At<T>, PhantomData<fn() -> P>);

/// What the receiver does. Dropping it ends its side. `P` is as in [`SendHalf`].
#[derive(Debug)]
pub(super) struct RecvHalf<T, P>(At<T>, PhantomData<fn() -> P>);

impl<T, P> SendHalf<T, P> {
    /// # Safety
    /// `SENDER_HERE` stands, for this half alone, and the cell lives as long as `P`.
    pub(super) unsafe fn new(at: At<T>) -> Self {
        Self(at, PhantomData)
    }

    pub(super) fn address(&self) -> usize {
        self.0.address()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.word().look() & RECEIVER_ENDED != 0
    }

    /// Puts the value there; it comes back if the receiver has ended.
    #[inline]
    pub(super) fn send(mut self, value: T) -> Result<(), T> {
        let at = self.0;
        let mut seen = at.word().look();
        // Dropped, or woken, when the cell is out of sight.
        let own = if seen & SENDER_WAITS == 0 {
            None
        } else {
            let own = self.take_back();
            seen = at.word().look();
            own
        };
        if seen & RECEIVER_ENDED != 0 {
            return Err(value);
        }
        // SAFETY: this is the sender; its waker is not there, and it sends once.
        unsafe { at.write(value) };
        loop {
            if seen & RECEIVER_ENDED != 0 {
                // SAFETY: written just now, and `SENT` is not set: nobody else reads it.
                return Err(unsafe { at.read() });
            }
            let waits = seen & RECEIVER_WAITS;
            let clear = if waits == 0 { SENDER_HERE } else { waits };
            match at.word().change(seen, SENT | SENDER_ENDED, clear) {
                Ok(()) if waits == 0 => {
                    core::mem::forget(self);
                    break;
                }
                Ok(()) => {
                    core::mem::forget(self);
                    // SAFETY: its bit is cleared; that was all, and this is the last access.
                    let waker = unsafe {
                        let waker = at.take_receiver();
                        at.leave(SENDER_HERE);
                        waker
                    };
                    waker.wake();
                    break;
                }
                Err(now) => seen = now,
            }
        }
        drop(own);
        Ok(())
    }

    /// Whether the receiver has ended; if not, `waker` is woken when it does.
    pub(super) fn poll_closed(&mut self, waker: Option<&Waker>) -> Poll<()> {
        let at = self.0;
        let seen = at.word().look();
        if seen & RECEIVER_ENDED != 0 {
            return Poll::Ready(());
        }
        let Some(waker) = waker else {
            return Poll::Pending;
        };
        if seen & SENDER_WAITS != 0 {
            // SAFETY: this is the sender, whose bit says that it has put a waker there.
            if unsafe { at.sender_is(waker) } {
                return Poll::Pending;
            }
            self.withdraw();
            // If the receiver was faster it may just be reading the waker out.
            if at.word().look() & RECEIVER_ENDED != 0 {
                return Poll::Ready(());
            }
        }
        // SAFETY: this is the sender, which has sent nothing, and whose waker is not there, nor was when
        // the receiver had not ended. If it ends now it finds no bit.
        unsafe { at.put_sender(waker.clone()) };
        let mut seen = at.word().look();
        while seen & RECEIVER_ENDED == 0 {
            match at.word().change(seen, SENDER_WAITS, 0) {
                Ok(()) => return Poll::Pending,
                Err(now) => seen = now,
            }
        }
        // SAFETY: put there just now, and the bit is not set.
        drop(unsafe { at.take_sender() });
        Poll::Ready(())
    }

    /// Takes the sender's waker back, if it is there.
    fn take_back(&mut self) -> Option<Waker> {
        let at = self.0;
        let mut seen = at.word().look();
        while seen & SENDER_WAITS != 0 {
            match at.word().change(seen, 0, SENDER_WAITS) {
                // SAFETY: its bit is cleared.
                Ok(()) => return Some(unsafe { at.take_sender() }),
                Err(now) => seen = now,
            }
        }
        None
    }

    /// Nobody is to be woken when the receiver ends.
    pub(super) fn withdraw(&mut self) {
        drop(self.take_back());
    }
}

impl<T, P> Drop for SendHalf<T, P> {
    #[inline]
    fn drop(&mut self) {
        let at = self.0;
        let mut seen = at.word().look();
        let waits = loop {
            if seen & RECEIVER_HERE == 0 {
                // SAFETY: this is the sender's end, and it has nothing in the cell: who ended the
                // receiver's side took its waker.
                return unsafe { at.leave_alone() };
            }
            let waits = seen & WAITS;
            let clear = if waits == 0 { SENDER_HERE } else { waits };
            match at.word().change(seen, SENDER_ENDED, clear) {
                Ok(()) if waits == 0 => return,
                Ok(()) => break waits,
                Err(now) => seen = now,
            }
        };
        // SAFETY: the bits of those that are taken are cleared; and then this is the last access.
        let (own, other) = unsafe {
            let own = (waits & SENDER_WAITS != 0).then(|| at.take_sender());
            let other = (waits & RECEIVER_WAITS != 0).then(|| at.take_receiver());
            at.leave(SENDER_HERE);
            (own, other)
        };
        other.into_iter().for_each(Waker::wake);
        drop(own);
    }
}

impl<T, P> RecvHalf<T, P> {
    /// # Safety
    /// `RECEIVER_HERE` stands, for this half alone, and the cell lives as long as `P`.
    pub(super) unsafe fn new(at: At<T>) -> Self {
        Self(at, PhantomData)
    }

    pub(super) fn address(&self) -> usize {
        self.0.address()
    }

    #[cfg(feature = "std")]
    pub(super) fn pace(&self) -> &Pace {
        self.0.pace()
    }

    /// Whether the value was taken, or the end told.
    pub(super) fn is_told(&self) -> bool {
        // SAFETY: this is the receiver.
        unsafe { self.0.is_told() }
    }

    /// Whether nothing can be sent any more.
    pub(super) fn is_closed(&self) -> bool {
        self.0.word().look() & ENDED != 0
    }

    /// Whether no value is there.
    pub(super) fn is_empty(&self) -> bool {
        self.0.word().look() & SENT == 0 || self.is_told()
    }

    /// What it comes to, once either side has ended.
    #[inline]
    fn settle(&mut self, seen: u8) -> Result<T, Closed> {
        if self.is_told() {
            return Err(Closed);
        }
        // SAFETY: this is the receiver, and a value that was sent is its own. It is told from now on.
        unsafe {
            self.0.set_told(true);
            if seen & SENT == 0 {
                Err(Closed)
            } else {
                Ok(self.0.read())
            }
        }
    }

    #[inline]
    pub(super) fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let seen = self.0.word().look();
        if seen & ENDED == 0 {
            return Err(TryRecvError::Empty);
        }
        self.settle(seen).map_err(TryRecvError::from)
    }

    /// What it comes to, if either side has ended; if not, `waker` is woken when the sender does.
    #[inline]
    pub(super) fn poll(&mut self, waker: Option<&Waker>) -> Poll<Result<T, Closed>> {
        let seen = self.0.word().look();
        if seen & ENDED != 0 {
            return Poll::Ready(self.settle(seen));
        }
        let Some(waker) = waker else {
            return Poll::Pending;
        };
        match self.announce(seen, waker) {
            Ok(_) => Poll::Pending,
            Err(seen) => Poll::Ready(self.settle(seen)),
        }
    }

    /// Has `waker` woken when the sender ends, and says whether it was not to be already; not if either side has ended.
    pub(super) fn register(&mut self, waker: &Waker) -> bool {
        let seen = self.0.word().look();
        seen & ENDED == 0 && self.announce(seen, waker) == Ok(true)
    }

    /// The same, of a word in which no end was `seen`, for who goes on with the one in which there is: the error.
    #[inline]
    fn announce(&mut self, seen: u8, waker: &Waker) -> Result<bool, u8> {
        let at = self.0;
        if seen & RECEIVER_WAITS != 0 {
            // SAFETY: this is the receiver, whose bit says that it has put a waker there.
            if unsafe { at.receiver_is(waker) } {
                return Ok(false);
            }
            self.withdraw();
            // If the sender was faster it may just be reading the waker out.
            let seen = at.word().look();
            if seen & ENDED != 0 {
                return Err(seen);
            }
        }
        // SAFETY: this is the receiver, whose waker is not there, nor was when the sender had not ended.
        // If it ends now it finds no bit.
        unsafe { at.put_receiver(waker.clone()) };
        let mut seen = at.word().look();
        while seen & ENDED == 0 {
            match at.word().change(seen, RECEIVER_WAITS, 0) {
                Ok(()) => return Ok(true),
                Err(now) => seen = now,
            }
        }
        // SAFETY: put there just now, and the bit is not set. It goes before the value is taken: its drop
        // may panic.
        drop(unsafe { at.take_receiver() });
        Err(seen)
    }

    /// Takes the receiver's waker back, if it is there.
    fn take_back(&mut self) -> Option<Waker> {
        let at = self.0;
        let mut seen = at.word().look();
        while seen & RECEIVER_WAITS != 0 {
            match at.word().change(seen, 0, RECEIVER_WAITS) {
                // SAFETY: its bit is cleared.
                Ok(()) => return Some(unsafe { at.take_receiver() }),
                Err(now) => seen = now,
            }
        }
        None
    }

    /// Nobody is to be woken when the sender ends.
    pub(super) fn withdraw(&mut self) {
        drop(self.take_back());
    }

    /// Ends what can be sent; whether this did.
    pub(super) fn close(&mut self) -> bool {
        let at = self.0;
        let mut seen = at.word().look();
        while seen & ENDED == 0 {
            let waits = seen & WAITS;
            match at.word().change(seen, RECEIVER_ENDED, waits) {
                Ok(()) => {
                    // SAFETY: `RECEIVER_HERE` still stands, so that the cell stays, and the bits of
                    // those that are taken are cleared.
                    let (own, other) = unsafe { at.take(waits) };
                    other.into_iter().for_each(Waker::wake);
                    drop(own);
                    return true;
                }
                Err(now) => seen = now,
            }
        }
        false
    }

    /// A new sender of the same cell, if the last has made its last access. A value that nobody took
    /// is dropped.
    pub(super) fn try_reset(&mut self) -> Option<SendHalf<T, P>> {
        let at = self.0;
        let seen = at.word().look();
        if seen & SENDER_HERE != 0 {
            return None;
        }
        drop(self.settle(seen));
        // SAFETY: this is the receiver, and there is no sender: nothing is in the cell.
        unsafe {
            at.set_told(false);
            at.word().restart();
            Some(SendHalf::new(at))
        }
    }
}

impl<T> At<T> {
    /// The wakers of the receiver and of the sender, those whose bits were set.
    ///
    /// # Safety
    /// The caller is the receiver, and has cleared them.
    #[inline]
    unsafe fn take(self, waits: u8) -> (Option<Waker>, Option<Waker>) {
        // SAFETY: by the caller's promise.
        unsafe {
            (
                (waits & RECEIVER_WAITS != 0).then(|| self.take_receiver()),
                (waits & SENDER_WAITS != 0).then(|| self.take_sender()),
            )
        }
    }
}

impl<T, P> Drop for RecvHalf<T, P> {
    #[inline]
    fn drop(&mut self) {
        let at = self.0;
        let mut seen = at.word().look();
        let waits = loop {
            if seen & SENDER_ENDED != 0 {
                return self.end_last(seen);
            }
            // It has not ended, so it is there.
            let waits = seen & WAITS;
            let clear = if waits == 0 { RECEIVER_HERE } else { waits };
            match at.word().change(seen, RECEIVER_ENDED, clear) {
                Ok(()) if waits == 0 => return,
                Ok(()) => break waits,
                Err(now) => seen = now,
            }
        };
        // SAFETY: their bits are cleared; and then this is the last access.
        let (own, other) = unsafe {
            let both = at.take(waits);
            at.leave(RECEIVER_HERE);
            both
        };
        other.into_iter().for_each(Waker::wake);
        drop(own);
    }
}

impl<T, P> RecvHalf<T, P> {
    /// The sender has ended: what it has sent is dropped here.
    #[inline]
    fn end_last(&mut self, seen: u8) {
        let at = self.0;
        // SAFETY: this is the receiver's end, and nothing of its own is left in the cell.
        let leave = || unsafe {
            if seen & SENDER_HERE == 0 {
                at.leave_alone();
            } else {
                at.leave(RECEIVER_HERE);
            }
        };
        if !core::mem::needs_drop::<T>() || seen & SENT == 0 || self.is_told() {
            return leave();
        }
        // Though its drop panics.
        let leave = Defer::new(leave);
        // SAFETY: what was sent is the receiver's, and was not taken.
        unsafe { at.drop_value() };
        drop(leave);
    }
}
