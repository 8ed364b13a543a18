//! A state, and what tells it from others.

#![forbid(unsafe_code)]

use core::fmt;
use core::ops::Deref;

use crate::store::counted::Counted;

/// The version of a state: greater than those of the states before it.
///
/// It says nothing of the channel, and ids of different channels have nothing to do with each other. Ids do
/// not run out: there are 2^63 - 1 of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(pub(super) u64);

impl StateId {
    /// The id that is less than that of any state.
    #[must_use]
    pub const fn new() -> Self {
        Self(0)
    }
}

/// A state as it was when it was looked at: made by [`Receiver::latest`](super::Receiver::latest) and others.
///
/// It is no lock and no borrow. It may be kept, cloned (the state is not), and given to other threads, and
/// holds up nobody; the state lives as long as it does.
///
/// # Examples
/// ```
/// let (sender, receiver) = waterway::watch::channel(String::from("old"));
/// let snapshot = receiver.latest().unwrap();
/// sender.send(String::from("new")).unwrap();
/// assert_eq!(*snapshot, "old");
/// assert!(receiver.latest().unwrap().id() > snapshot.id());
/// ```
pub struct Snapshot<T> {
    id: StateId,
    pub(super) cell: Counted<T>,
}

impl<T> Snapshot<T> {
    pub(super) fn new(id: StateId, cell: Counted<T>) -> Self {
        Self { id, cell }
    }

    /// The id of this state.
    #[must_use]
    pub fn id(&self) -> StateId {
        self.id
    }

    /// The state itself, if it was replaced in the channel and this is its last snapshot.
    ///
    /// # Errors
    /// The snapshot, if anybody else may look at the state.
    ///
    /// # Examples
    /// ```
    /// let (sender, _receiver) = waterway::watch::channel(String::from("old"));
    /// let old = sender.send_replace(String::from("new")).unwrap().unwrap();
    /// assert_eq!(old.into_inner().unwrap(), "old");
    /// ```
    pub fn into_inner(self) -> Result<T, Self> {
        let id = self.id;
        match self.cell.take() {
            Ok((state, _)) => Ok(state),
            Err(cell) => Err(Self { id, cell }),
        }
    }
}

impl<T> Deref for Snapshot<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.cell
    }
}

impl<T> AsRef<T> for Snapshot<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T> Clone for Snapshot<T> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            cell: self.cell.clone(),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("id", &self.id.0)
            .field("state", &**self)
            .finish()
    }
}

impl<T: fmt::Display> fmt::Display for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
