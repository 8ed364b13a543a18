//! Elements in their slots.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use waterway::{SendError, pool};

use super::ends::Lazy;
use super::mpsc::errors::Closed;

/// A place with an element, which somebody holds.
pub trait Seat {
    /// What lies there.
    type Element;

    /// It.
    fn element(&self) -> &Self::Element;
    /// It.
    fn element_mut(&mut self) -> &mut Self::Element;
}

/// An element in its slot, which is let go when this is dropped: what [`SendRef`], [`RecvRef`] and
/// [`Ref`](super::Ref) are.
///
/// It is the element, by [`DerefMut`]. Where that is a [`fmt::Write`], so is this, and `write!(slot, …)` formats in
/// place.
pub struct Guard<S: Seat>(S);

impl<S: Seat> Guard<S> {
    pub(super) fn new(seat: S) -> Self {
        Self(seat)
    }

    pub(super) fn into_seat(self) -> S {
        self.0
    }
}

impl<S: Seat> Deref for Guard<S> {
    type Target = S::Element;

    #[inline]
    fn deref(&self) -> &S::Element {
        self.0.element()
    }
}

impl<S: Seat> DerefMut for Guard<S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut S::Element {
        self.0.element_mut()
    }
}

impl<S: Seat<Element: fmt::Debug>> fmt::Debug for Guard<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<S: Seat<Element: fmt::Display>> fmt::Display for Guard<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<S: Seat<Element: fmt::Write>> fmt::Write for Guard<S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        (**self).write_str(text)
    }

    fn write_char(&mut self, char: char) -> fmt::Result {
        (**self).write_char(char)
    }

    fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> fmt::Result {
        (**self).write_fmt(arguments)
    }
}

/// A slot to write a message in place. When it is dropped the message is sent.
///
/// It is the message, by `Deref` and `DerefMut`; it is shown as that, and where that is a [`fmt::Write`] so is this. It
/// holds up nobody: what others send meanwhile is received.
pub type SendRef<'a, T> = Guard<Writing<'a, T>>;

/// A received message, in its slot. When it is dropped the slot is free, and a sender that waits gets it.
///
/// It is the message as a [`SendRef`] is. What it holds stays with the slot until that is written again.
pub type RecvRef<'a, T> = Guard<Reading<'a, T>>;

const THERE: &str = "an element lies in a slot that is held";

/// A slot that is sent when it is dropped.
#[allow(missing_debug_implementations, reason = "guards show their elements")]
pub struct Writing<'a, T>(Option<pool::Slot<'a, Option<T>, Lazy>>);

impl<'a, T> Writing<'a, T> {
    /// A claimed slot in which an element lies.
    pub(super) fn new(slot: pool::Slot<'a, Option<T>, Lazy>) -> Self {
        Self(Some(slot))
    }
}

impl<T> Seat for Writing<'_, T> {
    type Element = T;

    #[inline]
    fn element(&self) -> &T {
        let slot = self.0.as_deref();
        slot.and_then(Option::as_ref).expect(THERE)
    }

    #[inline]
    fn element_mut(&mut self) -> &mut T {
        let slot = self.0.as_deref_mut();
        slot.and_then(Option::as_mut).expect(THERE)
    }
}

impl<T> Drop for Writing<'_, T> {
    fn drop(&mut self) {
        // What nobody receives any more is dropped.
        let _unsent = self.0.take().and_then(|slot| publish(slot).err());
    }
}

/// Sends what lies in a slot; it comes back if the receiver is gone.
pub(super) fn publish<T>(slot: pool::Slot<'_, Option<T>, Lazy>) -> Result<(), Closed<T>> {
    slot.send()
        .map_err(|SendError(mut slot)| Closed(slot.take().expect(THERE)))
}

/// A slot that is free when it is dropped. What lies there stays.
#[allow(missing_debug_implementations, reason = "guards show their elements")]
pub struct Reading<'a, T> {
    slot: pool::OwnedSlotRef<Option<T>, Lazy>,
    _receiver: PhantomData<&'a ()>,
}

impl<T> Reading<'_, T> {
    pub(super) fn new(slot: pool::OwnedSlotRef<Option<T>, Lazy>) -> Self {
        let _receiver = PhantomData;
        Self { slot, _receiver }
    }

    /// Takes the message out.
    pub(super) fn into_inner(self) -> T {
        self.slot.into_inner().expect(THERE)
    }
}

impl<T> Seat for Reading<'_, T> {
    type Element = T;

    #[inline]
    fn element(&self) -> &T {
        self.slot.as_ref().expect(THERE)
    }

    #[inline]
    fn element_mut(&mut self) -> &mut T {
        self.slot.as_mut().expect(THERE)
    }
}

/// An entry of a queue, pushed or popped.
#[allow(missing_debug_implementations, reason = "guards show their elements")]
pub struct Entry<'a, T>(Held<'a, T>);

/// How it came, and from where.
enum Held<'a, T> {
    Pushed(Writing<'a, T>),
    #[cfg(feature = "alloc")]
    Popped(Reading<'a, T>),
    PoppedFixed(pool::QueueRef<'a, Option<T>, Lazy>),
}

impl<'a, T> From<Writing<'a, T>> for Entry<'a, T> {
    fn from(slot: Writing<'a, T>) -> Self {
        Self(Held::Pushed(slot))
    }
}

#[cfg(feature = "alloc")]
impl<'a, T> From<Reading<'a, T>> for Entry<'a, T> {
    fn from(slot: Reading<'a, T>) -> Self {
        Self(Held::Popped(slot))
    }
}

impl<'a, T> From<pool::QueueRef<'a, Option<T>, Lazy>> for Entry<'a, T> {
    fn from(slot: pool::QueueRef<'a, Option<T>, Lazy>) -> Self {
        Self(Held::PoppedFixed(slot))
    }
}

impl<T> Seat for Entry<'_, T> {
    type Element = T;

    #[inline]
    fn element(&self) -> &T {
        match &self.0 {
            Held::Pushed(slot) => slot.element(),
            #[cfg(feature = "alloc")]
            Held::Popped(slot) => slot.element(),
            Held::PoppedFixed(slot) => slot.as_ref().expect(THERE),
        }
    }

    #[inline]
    fn element_mut(&mut self) -> &mut T {
        match &mut self.0 {
            Held::Pushed(slot) => slot.element_mut(),
            #[cfg(feature = "alloc")]
            Held::Popped(slot) => slot.element_mut(),
            Held::PoppedFixed(slot) => slot.as_mut().expect(THERE),
        }
    }
}
