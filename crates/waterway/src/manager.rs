//! Managers: a channel that outlives its receiver.
//!
//! When the only receiver of a channel goes, the channel is over. With a manager it is not: what was sent and
//! permitted stays, senders go on (and wait once it is full), and the manager makes the next receiver, which goes
//! on where the last one stopped. So an actor that panics is started again, and its senders do not notice.
//!
//! | dropped | the other lives | the other is gone |
//! |---|---|---|
//! | the receiver | nothing happens | the channel is closed, every message in it is dropped at once |
//! | the manager | nothing happens: the channel is as if it had never had one | the same |
//!
//! What the receiver has taken out goes with it. A message that was taken as a
//! [lease](crate::sole::Receiver::recv_leased) and not acknowledged is still in the channel, and comes first at the
//! next receiver: so that none is lost a handler works on a lease.
//!
//! It is for receivers that go with whoever owns them: a thread, a task. Where the receiver outlives the panic, because
//! who catches it only lent it out, a lease alone is enough.
//!
//! A manager is no sender: a receiver gets the end when all senders are gone, though a manager lives. Nor is it
//! attached later: a channel is made with it, by [`mpsc::managed`](crate::mpsc::managed()),
//! [`inbox::managed`](crate::inbox::managed()) and their relatives.

use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

use lock_api::RawMutex;

use crate::chan::{Chan, Fresh};
use crate::error::ReceiverConnected;
use crate::id::ChannelId;
use crate::kind::{Inbox, Invariant, Kind, Mpsc, sealed::Sealed};
use crate::life::Life;
use crate::slab::{Loose, Moored, Slab};
use crate::sync::Threads;
use crate::{inbox, shared, sole};

/// A kind that may have a [`Manager`]: one receiver, and senders that others make. Sealed.
pub trait Managed: Sealed {
    /// The sending handle.
    type Sender<T>;
    /// The receiving handle.
    type Receiver<T>;
    /// The lock of the waiting lists.
    #[doc(hidden)]
    type ListLock: RawMutex;
    /// The channel itself.
    #[doc(hidden)]
    type Channel<T>: Outlives;

    /// A sender.
    ///
    /// # Safety
    /// It was counted, and is not made twice.
    #[doc(hidden)]
    unsafe fn sender<T>(channel: Self::Channel<T>) -> Self::Sender<T>;
    /// A receiver.
    ///
    /// # Safety
    /// It was counted, and is not made twice.
    #[doc(hidden)]
    unsafe fn receiver<T>(channel: Self::Channel<T>) -> Self::Receiver<T>;
}

/// What a manager does with a channel. Sealed.
#[doc(hidden)]
#[allow(private_interfaces, reason = "nobody else comes to see one")]
#[allow(clippy::len_without_is_empty, reason = "as above")]
pub trait Outlives: Copy {
    fn life(&self) -> &Life<Threads>;
    fn revive_sender(&self);
    fn close(&self) -> bool;
    fn is_closed(&self) -> bool;
    fn capacity(&self) -> Option<usize>;
    fn len(&self) -> usize;
    fn address(&self) -> usize;
    fn drop_manager(self);
}

#[allow(private_interfaces, reason = "as above")]
impl<T, K: Kind<Access = Threads>> Outlives for Chan<T, K> {
    fn life(&self) -> &Life<Threads> {
        Self::life(self)
    }

    fn revive_sender(&self) {
        Self::revive_sender(self);
    }

    fn close(&self) -> bool {
        Self::close(self)
    }

    fn is_closed(&self) -> bool {
        Self::is_closed(self)
    }

    fn capacity(&self) -> Option<usize> {
        Self::capacity(self)
    }

    fn len(&self) -> usize {
        Self::len(self)
    }

    fn address(&self) -> usize {
        Self::address(self)
    }

    fn drop_manager(self) {
        Self::drop_manager(self);
    }
}

#[allow(private_interfaces, reason = "as above")]
impl<T, K: Loose> Outlives for Slab<T, K> {
    fn life(&self) -> &Life<Threads> {
        Self::life(self)
    }

    fn revive_sender(&self) {
        Self::life(self).revive_sender();
    }

    fn close(&self) -> bool {
        Self::close(self)
    }

    fn is_closed(&self) -> bool {
        self.is_shut()
    }

    fn capacity(&self) -> Option<usize> {
        Some(Self::capacity(self))
    }

    fn len(&self) -> usize {
        Self::len(self)
    }

    fn address(&self) -> usize {
        Self::address(self)
    }

    fn drop_manager(self) {
        Self::drop_manager(self);
    }
}

impl<L: RawMutex + 'static> Managed for Mpsc<L> {
    type Sender<T> = shared::Sender<T, Self>;
    type Receiver<T> = sole::Receiver<T, Self>;
    type ListLock = L;
    type Channel<T> = Chan<T, Self>;

    unsafe fn sender<T>(channel: Chan<T, Self>) -> Self::Sender<T> {
        shared::Sender::new(channel)
    }

    unsafe fn receiver<T>(channel: Chan<T, Self>) -> Self::Receiver<T> {
        sole::Receiver::new(channel)
    }
}

impl<L: RawMutex + 'static> Managed for Inbox<L> {
    type Sender<T> = inbox::Sender<T, L>;
    type Receiver<T> = inbox::Receiver<T, L>;
    type ListLock = L;
    type Channel<T> = Slab<T, Self>;

    unsafe fn sender<T>(channel: Slab<T, Self>) -> Self::Sender<T> {
        inbox::Sender::new(channel)
    }

    unsafe fn receiver<T>(channel: Slab<T, Self>) -> Self::Receiver<T> {
        inbox::Receiver::new(channel)
    }
}

/// Keeps a channel, with what is in it, and makes its next receiver.
///
/// # Examples
/// An actor that is started again when it panics:
///
/// ```
/// use std::thread;
/// use waterway::mpsc;
///
/// fn handle(work: u32, tries: u32) -> u32 {
///     assert!(work != 2 || tries > 1, "bad luck");
///     work
/// }
///
/// let (manager, sender, receiver) = mpsc::managed(8);
/// sender.send_many([1, 2, 3]).wait().unwrap();
/// drop(sender);
/// let (mut next, mut tries, mut sum) = (Some(receiver), 0, 0);
/// while let Some(mut receiver) = next.take() {
///     tries += 1;
///     let actor = thread::spawn(move || {
///         let mut sum = 0;
///         while let Some(work) = receiver.recv_leased().wait() {
///             // A panic here leaves the message in the channel.
///             let done = handle(*work, tries);
///             work.ack();
///             sum += done;
///         }
///         sum
///     });
///     match actor.join() {
///         Ok(rest) => sum += rest,
///         Err(_) => next = manager.new_receiver().ok(),
///     }
/// }
/// // The first try did the first message, the second the others.
/// assert_eq!((tries, sum), (2, 5));
/// ```
pub struct Manager<T, K: Managed> {
    chan: K::Channel<T>,
    _of: Invariant<T, K>,
}

// SAFETY: it drops messages, and makes handles that cross threads under the same conditions.
unsafe impl<T: Send, K: Managed> Send for Manager<T, K> where K::ListLock: Send + Sync {}
// SAFETY: everything that is done by a shared reference is atomic or under the lock.
unsafe impl<T: Send, K: Managed> Sync for Manager<T, K> where K::ListLock: Send + Sync {}
impl<T, K: Managed> Unpin for Manager<T, K> {}
impl<T, K: Managed> UnwindSafe for Manager<T, K> {}
impl<T, K: Managed> RefUnwindSafe for Manager<T, K> {}

/// The first handles of a channel that has a manager: the manager, a sender and the receiver.
pub type Handles<T, K> = (
    Manager<T, K>,
    <K as Managed>::Sender<T>,
    <K as Managed>::Receiver<T>,
);

/// Makes them.
///
/// # Safety
/// None is made yet of this channel, which counts a sender and a receiver.
pub(crate) unsafe fn handles_of<T, K: Managed>(chan: K::Channel<T>) -> Handles<T, K> {
    chan.life().add_manager();
    let manager = Manager {
        chan,
        _of: PhantomData,
    };
    // SAFETY: by the caller's promise.
    let (sender, receiver) = unsafe { (K::sender(chan), K::receiver(chan)) };
    (manager, sender, receiver)
}

/// The same for a channel whose handles are known by its kind.
pub(crate) fn handles<T, K: Kind + Managed<Channel<T> = Chan<T, K>>>(
    chan: Fresh<T, K>,
) -> Handles<T, K> {
    // SAFETY: it is fresh.
    unsafe { handles_of(chan.begin()) }
}

impl<T, K: Managed> Manager<T, K> {
    /// The next receiver, if the last one is gone. A channel that was [closed](Self::close) has one too: it
    /// receives what is left.
    ///
    /// # Errors
    /// [`ReceiverConnected`] while there is one. One that was leaked, by itself or in an operation, is there
    /// for ever.
    ///
    /// # Examples
    /// ```
    /// use waterway::{ReceiverConnected, mpsc};
    ///
    /// let (manager, sender, receiver) = mpsc::managed(2);
    /// sender.try_send(1).unwrap();
    /// assert_eq!(manager.new_receiver().err(), Some(ReceiverConnected));
    /// drop(receiver);
    /// sender.try_send(2).unwrap();
    /// let mut receiver = manager.new_receiver()?;
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// assert_eq!(receiver.try_recv(), Ok(2));
    /// # Ok::<(), ReceiverConnected>(())
    /// ```
    pub fn new_receiver(&self) -> Result<K::Receiver<T>, ReceiverConnected> {
        if self.chan.life().reconnect() {
            // SAFETY: it was counted just now.
            Ok(unsafe { K::receiver(self.chan) })
        } else {
            Err(ReceiverConnected)
        }
    }

    /// Another sender. A channel whose senders were all dropped is open again with it; one that was
    /// [closed](Self::close) stays closed.
    pub fn new_sender(&self) -> K::Sender<T> {
        self.chan.revive_sender();
        // SAFETY: it was counted just now.
        unsafe { K::sender(self.chan) }
    }

    /// Whether there is a receiver.
    pub fn has_receiver(&self) -> bool {
        self.chan.life().receivers() > 0
    }

    /// Closes the channel and says whether this call did.
    ///
    /// Nothing can be sent from now on; parked senders get their messages back. What is in the channel or
    /// permitted is still received, by the next receiver if there is none now.
    pub fn close(&self) -> bool {
        self.chan.close()
    }

    /// Whether the channel was closed. Messages may still be in it.
    pub fn is_closed(&self) -> bool {
        self.chan.is_closed()
    }

    /// The bound of the channel; `None` if it has none, `Some(0)` for a rendezvous.
    pub fn capacity(&self) -> Option<usize> {
        self.chan.capacity()
    }

    /// How many messages are in the channel. Never more than the capacity.
    pub fn len(&self) -> usize {
        self.chan.len()
    }

    /// Whether no message is in the channel.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many senders there are.
    pub fn sender_count(&self) -> usize {
        self.chan.life().senders() as usize
    }

    /// How many receivers there are: 1 or 0.
    pub fn receiver_count(&self) -> usize {
        self.chan.life().receivers() as usize
    }

    /// What tells this channel from all others that are alive.
    pub fn id(&self) -> ChannelId {
        ChannelId::new(self.chan.address())
    }
}

impl<T, K: Kind + Managed> shared::Sender<T, K> {
    /// Whether the channel has a [`Manager`].
    pub fn has_manager(&self) -> bool {
        self.chan().life().has_manager()
    }
}

impl<T, K: Kind + Managed> sole::Receiver<T, K> {
    /// Whether the channel has a [`Manager`].
    pub fn has_manager(&self) -> bool {
        self.chan().life().has_manager()
    }
}

impl<T, L: RawMutex> inbox::Sender<T, L> {
    /// Whether the inbox has a [`Manager`].
    pub fn has_manager(&self) -> bool {
        self.slab().life().has_manager()
    }
}

impl<T, L: RawMutex> inbox::Receiver<T, L> {
    /// Whether the inbox has a [`Manager`].
    pub fn has_manager(&self) -> bool {
        self.slab().life().has_manager()
    }
}

impl<T, K: Managed> Drop for Manager<T, K> {
    fn drop(&mut self) {
        self.chan.drop_manager();
    }
}

impl<T, K: Managed> fmt::Debug for Manager<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager")
            .field("capacity", &self.capacity())
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .field("senders", &self.sender_count())
            .field("receiver", &self.has_receiver())
            .finish_non_exhaustive()
    }
}
