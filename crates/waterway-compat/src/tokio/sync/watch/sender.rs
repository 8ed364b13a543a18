//! The sender of a channel of values.

use ::std::mem;
use ::std::sync::Arc;

use super::error::SendError;
use super::shared::Shared;
use super::{Receiver, Ref, channel};

/// The sending handle.
#[derive(Debug)]
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
    bell: waterway::watch::Sender<()>,
}

impl<T> Sender<T> {
    pub(super) fn with(shared: Arc<Shared<T>>, bell: waterway::watch::Sender<()>) -> Self {
        Self { shared, bell }
    }

    /// A channel without receivers: they are made by [`subscribe`](Self::subscribe).
    pub fn new(init: T) -> Self {
        channel(init).0
    }

    /// Puts a value, and tells the receivers. Waits for those who look at the one before.
    ///
    /// # Errors
    /// The value, if there is no receiver: then it is not put. [`send_replace`](Self::send_replace) puts it anyway.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.receiver_count() == 0 {
            return Err(SendError(value));
        }
        self.send_replace(value);
        Ok(())
    }

    /// Changes the value in place, and tells the receivers. Waits for those who look at it; the closure must not.
    ///
    /// # Panics
    /// If the closure does: the value stays as that left it, and nobody is told.
    pub fn send_modify<F>(&self, modify: F)
    where
        F: FnOnce(&mut T),
    {
        self.send_if_modified(|value| {
            modify(value);
            true
        });
    }

    /// [`send_modify`](Self::send_modify) that tells the receivers if the closure says so, and says the same.
    ///
    /// # Panics
    /// If the closure does: the value stays as that left it, and nobody is told.
    pub fn send_if_modified<F>(&self, modify: F) -> bool
    where
        F: FnOnce(&mut T) -> bool,
    {
        let changed = self.shared.change(modify);
        if changed {
            // Nobody closes that channel.
            let _ = self.bell.send(());
        }
        changed
    }

    /// Puts a value, tells the receivers, and gives the value before it.
    pub fn send_replace(&self, mut value: T) -> T {
        self.send_modify(|old| mem::swap(old, &mut value));
        value
    }

    /// A look at the value.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.shared.borrow()
    }

    /// Whether there is no receiver.
    pub fn is_closed(&self) -> bool {
        self.receiver_count() == 0
    }

    /// Waits until there is no receiver.
    pub async fn closed(&self) {
        self.bell.closed().await;
    }

    /// Another receiver, which has seen the value that is there.
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::new(Arc::clone(&self.shared), self.bell.subscribe())
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.bell.receiver_count()
    }

    /// How many senders there are.
    pub fn sender_count(&self) -> usize {
        self.bell.sender_count()
    }

    /// Whether both are of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.bell.same_channel(&other.bell)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            bell: self.bell.clone(),
        }
    }
}

impl<T: Default> Default for Sender<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}
