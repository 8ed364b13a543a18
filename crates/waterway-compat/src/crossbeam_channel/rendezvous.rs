//! Channels without room: a message goes from hand to hand.
//!
//! A select says that a send was selected before there is a message, and that a receive was before the message is
//! there. At a channel with room the one has a permit and the other the message. Without room both sides have to
//! be bound to each other first:
//!
//! | who waits | with | who comes |
//! |---|---|---|
//! | a `send` | its message, parked in `goods` | takes it |
//! | a select that sends | a promise of a message, parked in `goods` | takes it, and waits for what is promised |
//! | a `recv` | in `goods` | sends there |
//! | a select that receives | the same; and a seat, parked in `seats` | takes the seat, if it does not wait itself |
//!
//! Who waits in `goods` for a message cannot be sent to by one who does not wait, unless it waits for nothing else;
//! so a select parks the seat as well. What is parked is an arm of its race, and is taken by one other at most.
//!
//! Who goes back on a promise, or a seat, lets the other side go on as if it had not been.

use ::std::time::Instant;

use waterway::select::{Boxed, boxed};
use waterway::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError, mpmc, oneshot};

/// What goes from hand to hand.
pub(super) enum Parcel<T> {
    Message(T),
    Promise(oneshot::Receiver<T>),
}

/// A place in which a message is waited for.
type Seat<T> = oneshot::Sender<T>;

impl<T> Parcel<T> {
    /// The message, perhaps after a wait for who has promised it.
    fn open(self) -> Option<T> {
        match self {
            Self::Message(message) => Some(message),
            Self::Promise(promise) => promise.wait().ok(),
        }
    }

    /// The message of one's own parcel that came back.
    fn unpack(self) -> T {
        match self {
            Self::Message(message) => message,
            Self::Promise(_) => unreachable!("a message was sent"),
        }
    }
}

pub(super) fn rendezvous<T>() -> (Sender<T>, Receiver<T>) {
    let (sends, goods) = mpmc::rendezvous();
    let (takes, seats) = mpmc::rendezvous();
    let sender = Sender {
        goods: sends,
        seats,
    };
    let receiver = Receiver {
        goods,
        seats: takes,
    };
    (sender, receiver)
}

/// The sending side.
pub(super) struct Sender<T> {
    goods: mpmc::Sender<Parcel<T>>,
    seats: mpmc::Receiver<Seat<T>>,
}

/// The receiving side.
pub(super) struct Receiver<T> {
    goods: mpmc::Receiver<Parcel<T>>,
    seats: mpmc::Sender<Seat<T>>,
}

/// What a select that sends has got.
pub(super) type Right<T> = oneshot::Sender<T>;

impl<T> Sender<T> {
    pub(super) fn goods(&self) -> &mpmc::Sender<Parcel<T>> {
        &self.goods
    }

    pub(super) fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let mut refused = match self.goods.try_send(Parcel::Message(message)) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(parcel)) => return Err(TrySendError::Closed(parcel.unpack())),
            Err(TrySendError::Full(parcel)) => parcel.unpack(),
        };
        // Perhaps a select waits.
        while let Ok(seat) = self.seats.try_recv() {
            match seat.send(refused) {
                Ok(()) => return Ok(()),
                Err(error) => refused = error.into_inner(),
            }
        }
        Err(TrySendError::Full(refused))
    }

    pub(super) fn send(
        &self,
        message: T,
        deadline: Option<Instant>,
    ) -> Result<(), SendTimeoutError<T>> {
        let send = self.goods.send(Parcel::Message(message));
        let sent = match deadline {
            Some(deadline) => send.wait_deadline(deadline),
            None => send.wait().map_err(SendTimeoutError::from),
        };
        sent.map_err(|error| error.map(Parcel::unpack))
    }

    /// The arms of a select: each comes to the right to send; to none if all receivers are gone.
    pub(super) fn arms<'a, R: 'a>(
        &'a self,
        then: impl FnOnce(Option<Right<T>>) -> R + Clone + 'a,
    ) -> [Boxed<'a, R>; 2] {
        let (right, promise) = oneshot::channel();
        let seated = then.clone();
        [
            boxed(self.goods.send(Parcel::Promise(promise)), move |sent| {
                then(sent.is_ok().then_some(right))
            }),
            boxed(self.seats.recv(), seated),
        ]
    }
}

impl<T> Receiver<T> {
    pub(super) fn goods(&self) -> &mpmc::Receiver<Parcel<T>> {
        &self.goods
    }

    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        first_opened(|| self.goods.try_recv())
    }

    pub(super) fn recv(&self, deadline: Option<Instant>) -> Result<T, RecvTimeoutError> {
        first_opened(|| match deadline {
            Some(deadline) => self.goods.recv().wait_deadline(deadline),
            None => self.goods.recv().wait().ok_or(RecvTimeoutError::Closed),
        })
    }

    /// The arms of a select: each comes to what is to be opened when it was selected.
    pub(super) fn arms<'a, R: 'a>(
        &'a self,
        then: impl FnOnce(Selected<T>) -> R + Clone + 'a,
    ) -> [Boxed<'a, R>; 2] {
        let (seat, place) = oneshot::channel();
        let seated = then.clone();
        [
            boxed(self.goods.recv(), move |parcel| then(Selected(parcel))),
            boxed(self.seats.send(seat), move |taken| {
                // Closed by its senders: so are the goods.
                seated(Selected(taken.is_ok().then_some(Parcel::Promise(place))))
            }),
        ]
    }
}

/// What a select that receives has got: `None` if all senders are gone.
pub(super) struct Selected<T>(Option<Parcel<T>>);

impl<T> Selected<T> {
    /// The message, or the end; `None` if the sender went back on it. It may wait for the sender.
    pub(super) fn open(self) -> Option<Option<T>> {
        match self.0 {
            None => Some(None),
            Some(parcel) => parcel.open().map(Some),
        }
    }
}

/// The message of the first parcel that has one.
fn first_opened<T, E>(mut next: impl FnMut() -> Result<Parcel<T>, E>) -> Result<T, E> {
    loop {
        if let Some(message) = next()?.open() {
            return Ok(message);
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            goods: self.goods.clone(),
            seats: self.seats.clone(),
        }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self {
            goods: self.goods.clone(),
            seats: self.seats.clone(),
        }
    }
}
