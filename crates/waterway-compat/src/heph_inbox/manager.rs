//! What keeps a channel across its receiver's death.

use ::std::fmt;

use waterway::inbox;

use super::{Receiver, ReceiverConnected, SMALL_CAP, Sender, Standing, check};

/// Keeps a channel, with what is in it, and makes its next receiver: for an actor that is started again when it crashes.
///
/// It is no sender: the receiver is told of the end when all senders are gone.
pub struct Manager<T>(inbox::Manager<T>);

impl<T> Manager<T> {
    /// [`new_small`](super::new_small), with a manager.
    pub fn new_small_channel() -> (Manager<T>, Sender<T>, Receiver<T>) {
        Self::new_channel(SMALL_CAP)
    }

    /// [`new`](super::new()), with a manager.
    ///
    /// # Panics
    /// As for `new`.
    #[track_caller]
    pub fn new_channel(capacity: usize) -> (Manager<T>, Sender<T>, Receiver<T>) {
        check(capacity);
        let (manager, sender, receiver) = inbox::managed(capacity);
        (Self(manager), Sender(sender), Receiver(receiver))
    }

    /// Another sender, also when all are gone.
    pub fn new_sender(&self) -> Sender<T> {
        Sender(self.0.new_sender())
    }

    /// The next receiver, which gets all that the last one has not taken.
    ///
    /// # Errors
    /// [`ReceiverConnected`] while there is one.
    pub fn new_receiver(&self) -> Result<Receiver<T>, ReceiverConnected> {
        Ok(Receiver(self.0.new_receiver()?))
    }
}

impl<T> fmt::Debug for Manager<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standing = Standing {
            senders: self.0.sender_count(),
            receiver: self.0.has_receiver(),
            manager: true,
            capacity: self.0.capacity().unwrap_or_default(),
            len: self.0.len(),
        };
        standing.of("Manager", f)
    }
}
