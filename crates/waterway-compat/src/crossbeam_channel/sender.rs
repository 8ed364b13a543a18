//! The sending handle.

use ::std::boxed::Box;
use ::std::time::Instant;
use ::std::vec::Vec;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::time::Duration;

use waterway::mpmc;
use waterway::select::{Boxed, boxed};

use super::held::{Held, Ticket};
use super::rendezvous;
use super::select::{Operand, Won};
use super::{SendError, SendTimeoutError, TrySendError};

/// The sending handle: cloned, and used by `&self`.
///
/// There can be 2^30 of them; one more ends the process.
pub struct Sender<T> {
    flavor: Flavor<T>,
    /// What selects have got by this handle.
    held: Held<Right<T>>,
}

enum Flavor<T> {
    Buffered(mpmc::Sender<T>),
    Rendezvous(rendezvous::Sender<T>),
}

/// What a select that sends has got.
enum Right<T> {
    Room(mpmc::OwnedPermit<T>),
    Seat(rendezvous::Right<T>),
    /// All receivers are gone.
    None,
}

impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

impl<T> Sender<T> {
    fn new(flavor: Flavor<T>) -> Self {
        Self {
            flavor,
            held: Held::new(),
        }
    }

    pub(super) fn buffered(sender: mpmc::Sender<T>) -> Self {
        Self::new(Flavor::Buffered(sender))
    }

    pub(super) fn rendezvous(sender: rendezvous::Sender<T>) -> Self {
        Self::new(Flavor::Rendezvous(sender))
    }

    /// Sends a message if there is room now; without any room, if somebody waits in a receive or a select.
    ///
    /// # Errors
    /// [`TrySendError`] with the message. It is `Full` as well while others wait for room.
    pub fn try_send(&self, msg: T) -> Result<(), TrySendError<T>> {
        let sent = match &self.flavor {
            Flavor::Buffered(sender) => sender.try_send(msg),
            Flavor::Rendezvous(sender) => sender.try_send(msg),
        };
        sent.map_err(|error| match error {
            waterway::TrySendError::Full(msg) => TrySendError::Full(msg),
            waterway::TrySendError::Closed(msg) => TrySendError::Disconnected(msg),
        })
    }

    /// Sends a message, waiting for room; without any room, for a receiver to take it.
    ///
    /// # Errors
    /// [`SendError`] with the message if all receivers are gone, or go while it waits.
    pub fn send(&self, msg: T) -> Result<(), SendError<T>> {
        self.send_until(msg, None)
            .map_err(|error| SendError(error.into_inner()))
    }

    /// Sends a message, waiting for room so long. A duration too long to be a point in time is for ever.
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the message.
    pub fn send_timeout(&self, msg: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_until(msg, Instant::now().checked_add(timeout))
    }

    /// Sends a message, waiting for room until the deadline.
    ///
    /// # Errors
    /// [`SendTimeoutError`] with the message.
    pub fn send_deadline(&self, msg: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send_until(msg, Some(deadline))
    }

    fn send_until(&self, msg: T, deadline: Option<Instant>) -> Result<(), SendTimeoutError<T>> {
        let sent = match (&self.flavor, deadline) {
            (Flavor::Buffered(sender), Some(deadline)) => sender.send(msg).wait_deadline(deadline),
            (Flavor::Buffered(sender), None) => sender
                .send(msg)
                .wait()
                .map_err(waterway::SendTimeoutError::from),
            (Flavor::Rendezvous(sender), deadline) => sender.send(msg, deadline),
        };
        sent.map_err(|error| match error {
            waterway::SendTimeoutError::Timeout(msg) => SendTimeoutError::Timeout(msg),
            waterway::SendTimeoutError::Closed(msg) => SendTimeoutError::Disconnected(msg),
        })
    }

    /// Whether no message is in the channel; always so without room.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room; always so without any.
    pub fn is_full(&self) -> bool {
        match &self.flavor {
            Flavor::Buffered(sender) => sender.is_full(),
            Flavor::Rendezvous(_) => true,
        }
    }

    /// How many messages are in the channel.
    pub fn len(&self) -> usize {
        match &self.flavor {
            Flavor::Buffered(sender) => sender.len(),
            Flavor::Rendezvous(_) => 0,
        }
    }

    /// The room that the channel has; `None` if it has no bound.
    pub fn capacity(&self) -> Option<usize> {
        match &self.flavor {
            Flavor::Buffered(sender) => sender.capacity(),
            Flavor::Rendezvous(_) => Some(0),
        }
    }

    /// Whether both send on one channel.
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        match (&self.flavor, &other.flavor) {
            (Flavor::Buffered(one), Flavor::Buffered(two)) => one.same_channel(two),
            (Flavor::Rendezvous(one), Flavor::Rendezvous(two)) => {
                one.goods().same_channel(two.goods())
            }
            _ => false,
        }
    }

    /// Sends by the right that a select has got, if it is there.
    pub(super) fn complete(&self, ticket: Ticket, msg: T) -> Result<(), SendError<T>> {
        let sent = match self.held.take(ticket) {
            Some(Right::Room(permit)) => permit.send(msg).0,
            Some(Right::Seat(seat)) => seat.send(msg),
            Some(Right::None) | None => return Err(SendError(msg)),
        };
        sent.map_err(|error| SendError(error.into_inner()))
    }
}

impl<T> Operand for Sender<T> {
    fn enter<'a>(&'a self, index: usize, arms: &mut Vec<Boxed<'a, Won<'a>>>) {
        match &self.flavor {
            Flavor::Buffered(sender) => {
                arms.push(boxed(sender.clone().reserve_owned(), move |permit| {
                    let right = permit.map_or(Right::None, Right::Room);
                    self.win(index, right)
                }));
            }
            Flavor::Rendezvous(sender) => arms.extend(sender.arms(move |right| {
                let right = right.map_or(Right::None, Right::Seat);
                self.win(index, right)
            })),
        }
    }

    fn watch<'a>(&'a self, index: usize, arms: &mut Vec<Boxed<'a, usize>>) {
        // What is got is given back at once.
        match &self.flavor {
            Flavor::Buffered(sender) => {
                arms.push(boxed(sender.reserve(), move |_permit| index));
            }
            Flavor::Rendezvous(sender) => arms.extend(sender.arms(move |_right| index)),
        }
    }

    fn give_back(&self, ticket: Ticket) {
        drop(self.held.take(ticket));
    }
}

impl<T> Sender<T> {
    fn win(&self, index: usize, right: Right<T>) -> Won<'_> {
        (index, Box::new(|| Some(self.held.put(right))))
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self::new(match &self.flavor {
            Flavor::Buffered(sender) => Flavor::Buffered(sender.clone()),
            Flavor::Rendezvous(sender) => Flavor::Rendezvous(sender.clone()),
        })
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Sender { .. }")
    }
}
