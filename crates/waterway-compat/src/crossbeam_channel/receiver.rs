//! The receiving handle.

use ::std::boxed::Box;
use ::std::sync::Arc;
use ::std::time::Instant;
use ::std::vec::Vec;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::time::Duration;

use waterway::mpmc;
use waterway::select::{Boxed, at, boxed};

use super::clock::{Clock, wait_in_vain};
use super::held::{Held, Ticket};
use super::rendezvous;
use super::select::{Operand, Won};
use super::{Iter, RecvError, RecvTimeoutError, TryIter, TryRecvError};

/// The receiving handle: cloned, and used by `&self`. Each message goes to one receiver.
///
/// When the last one is dropped every message in the channel is dropped at once, and senders that wait get theirs
/// back.
pub struct Receiver<T> {
    flavor: Flavor<T>,
    /// What selects have got by this handle.
    held: Held<Result<T, RecvError>>,
}

enum Flavor<T> {
    Buffered(mpmc::Receiver<T>),
    Rendezvous(rendezvous::Receiver<T>),
    /// Its messages are points in time, which `T` is.
    Clock(Arc<Clock>, fn(Instant) -> T),
    Never,
}

impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl Receiver<Instant> {
    /// Its first message at a point in time, and the next ones a period later each.
    pub(super) fn clock(first: Instant, period: Option<Duration>) -> Self {
        let clock = Arc::new(Clock::new(first, period));
        Self::new(Flavor::Clock(clock, |due| due))
    }
}

impl<T> Receiver<T> {
    const fn new(flavor: Flavor<T>) -> Self {
        Self {
            flavor,
            held: Held::new(),
        }
    }

    pub(super) fn buffered(receiver: mpmc::Receiver<T>) -> Self {
        Self::new(Flavor::Buffered(receiver))
    }

    pub(super) fn rendezvous(receiver: rendezvous::Receiver<T>) -> Self {
        Self::new(Flavor::Rendezvous(receiver))
    }

    pub(super) const fn never() -> Self {
        Self::new(Flavor::Never)
    }

    /// Receives a message if there is one now; from a sender that waits if the channel has no room.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`]; [`TryRecvError::Disconnected`] once all senders are gone and everything was received.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let message = match &self.flavor {
            Flavor::Buffered(receiver) => receiver.try_recv(),
            Flavor::Rendezvous(receiver) => receiver.try_recv(),
            Flavor::Clock(clock, message) => {
                return clock.take().map(message).ok_or(TryRecvError::Empty);
            }
            Flavor::Never => return Err(TryRecvError::Empty),
        };
        message.map_err(|error| match error {
            waterway::TryRecvError::Empty => TryRecvError::Empty,
            waterway::TryRecvError::Closed => TryRecvError::Disconnected,
        })
    }

    /// Receives the next message, waiting for one.
    ///
    /// # Errors
    /// [`RecvError`] once all senders are gone and everything was received.
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_until(None).map_err(|_| RecvError)
    }

    /// Receives the next message, waiting for one so long. A duration too long to be a point in time is for ever.
    ///
    /// # Errors
    /// [`RecvTimeoutError`].
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_until(Instant::now().checked_add(timeout))
    }

    /// Receives the next message, waiting for one until the deadline.
    ///
    /// Without room, it may take longer: from a select of another thread, that was selected in time, the message
    /// is still to come.
    ///
    /// # Errors
    /// [`RecvTimeoutError`].
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_until(Some(deadline))
    }

    fn recv_until(&self, deadline: Option<Instant>) -> Result<T, RecvTimeoutError> {
        let message = match (&self.flavor, deadline) {
            (Flavor::Buffered(receiver), Some(deadline)) => receiver.recv().wait_deadline(deadline),
            (Flavor::Buffered(receiver), None) => {
                let message = receiver.recv().wait();
                message.ok_or(waterway::RecvTimeoutError::Closed)
            }
            (Flavor::Rendezvous(receiver), deadline) => receiver.recv(deadline),
            (Flavor::Clock(clock, message), deadline) => {
                let due = clock.recv(deadline).map(message);
                due.map_err(waterway::RecvTimeoutError::from)
            }
            (Flavor::Never, deadline) => {
                wait_in_vain(deadline).map_err(waterway::RecvTimeoutError::from)
            }
        };
        message.map_err(|error| match error {
            waterway::RecvTimeoutError::Timeout => RecvTimeoutError::Timeout,
            waterway::RecvTimeoutError::Closed => RecvTimeoutError::Disconnected,
        })
    }

    /// Whether no message is there now; always so without room.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room; always so without any.
    pub fn is_full(&self) -> bool {
        match &self.flavor {
            Flavor::Buffered(receiver) => receiver.is_full(),
            Flavor::Rendezvous(_) | Flavor::Never => true,
            Flavor::Clock(clock, _) => clock.is_due(),
        }
    }

    /// How many messages are there now.
    pub fn len(&self) -> usize {
        match &self.flavor {
            Flavor::Buffered(receiver) => receiver.len(),
            Flavor::Rendezvous(_) | Flavor::Never => 0,
            Flavor::Clock(clock, _) => usize::from(clock.is_due()),
        }
    }

    /// The room that the channel has; `None` if it has no bound.
    pub fn capacity(&self) -> Option<usize> {
        match &self.flavor {
            Flavor::Buffered(receiver) => receiver.capacity(),
            Flavor::Rendezvous(_) | Flavor::Never => Some(0),
            Flavor::Clock(..) => Some(1),
        }
    }

    /// An iterator that waits for each message and ends with the channel.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self)
    }

    /// An iterator over the messages that are there; it ends when there is none, and may go on later.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter::new(self)
    }

    /// Whether both receive from one channel. What never comes, comes from one.
    pub fn same_channel(&self, other: &Receiver<T>) -> bool {
        match (&self.flavor, &other.flavor) {
            (Flavor::Buffered(one), Flavor::Buffered(two)) => one.same_channel(two),
            (Flavor::Rendezvous(one), Flavor::Rendezvous(two)) => {
                one.goods().same_channel(two.goods())
            }
            (Flavor::Clock(one, _), Flavor::Clock(two, _)) => Arc::ptr_eq(one, two),
            (Flavor::Never, Flavor::Never) => true,
            _ => false,
        }
    }

    /// What a select has received; the end if it is not there.
    pub(super) fn complete(&self, ticket: Ticket) -> Result<T, RecvError> {
        self.held.take(ticket).unwrap_or(Err(RecvError))
    }

    fn hold(&self, message: Option<T>) -> Ticket {
        self.held.put(message.ok_or(RecvError))
    }
}

impl<T> Operand for Receiver<T> {
    fn enter<'a>(&'a self, index: usize, arms: &mut Vec<Boxed<'a, Won<'a>>>) {
        match &self.flavor {
            Flavor::Buffered(receiver) => arms.push(boxed(receiver.recv(), move |message| {
                (index, Box::new(move || Some(self.hold(message))) as _)
            })),
            Flavor::Rendezvous(receiver) => arms.extend(receiver.arms(move |selected| {
                let open = move || selected.open().map(|message| self.hold(message));
                (index, Box::new(open) as _)
            })),
            Flavor::Clock(clock, message) => arms.extend(clock.next().map(|next| {
                boxed(at(next), move |_| {
                    // Another receiver may have been faster.
                    let take = move || clock.take().map(|due| self.hold(Some(message(due))));
                    (index, Box::new(take) as _)
                })
            })),
            Flavor::Never => {}
        }
    }

    fn watch<'a>(&'a self, index: usize, arms: &mut Vec<Boxed<'a, usize>>) {
        match &self.flavor {
            Flavor::Buffered(receiver) => arms.push(boxed(receiver.ready(), move |()| index)),
            Flavor::Rendezvous(receiver) => {
                arms.push(boxed(receiver.goods().ready(), move |()| index));
            }
            Flavor::Clock(clock, _) => {
                arms.extend(clock.next().map(|next| boxed(at(next), move |_| index)));
            }
            Flavor::Never => {}
        }
    }

    fn give_back(&self, ticket: Ticket) {
        drop(self.held.take(ticket));
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self::new(match &self.flavor {
            Flavor::Buffered(receiver) => Flavor::Buffered(receiver.clone()),
            Flavor::Rendezvous(receiver) => Flavor::Rendezvous(receiver.clone()),
            Flavor::Clock(clock, message) => Flavor::Clock(Arc::clone(clock), *message),
            Flavor::Never => Flavor::Never,
        })
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Receiver { .. }")
    }
}
