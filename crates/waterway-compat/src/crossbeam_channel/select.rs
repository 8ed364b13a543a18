//! A select over operations that are added one by one.

use ::std::boxed::Box;
use ::std::thread;
use ::std::time::Instant;
use ::std::vec::Vec;
use core::time::Duration;
use core::{fmt, mem, ptr};

use waterway::select::{Boxed, race_all};

use super::held::Ticket;
use super::{
    ReadyTimeoutError, Receiver, RecvError, SelectTimeoutError, SendError, Sender, TryReadyError,
    TrySelectError,
};

/// Which operation has won, and what is to be done after the race: it leaves what it came to with the handle, or says
/// that it came to nothing, because somebody was faster or went back on it.
pub(super) type Won<'a> = (usize, Box<dyn FnOnce() -> Option<Ticket> + 'a>);

/// A handle of which an operation can be selected.
pub(super) trait Operand {
    /// The arms by which it happens.
    fn enter<'a>(&'a self, index: usize, arms: &mut Vec<Boxed<'a, Won<'a>>>);
    /// The arms by which it becomes ready.
    fn watch<'a>(&'a self, index: usize, arms: &mut Vec<Boxed<'a, usize>>);
    /// What was held under this ticket is not wanted.
    fn give_back(&self, ticket: Ticket);
}

/// One of the operations, by its handle.
#[derive(Clone, Copy)]
struct Entry<'a> {
    index: usize,
    handle: &'a dyn Operand,
    address: *const (),
}

impl<'a> Entry<'a> {
    fn new<H>(index: usize, handle: &'a dyn Operand, at: &'a H) -> Self {
        let address = ptr::from_ref(at).cast();
        Self {
            index,
            handle,
            address,
        }
    }
}

/// How long to wait.
#[derive(Clone, Copy)]
enum Until {
    Now,
    At(Instant),
    Ever,
}

impl Until {
    fn after(duration: Duration) -> Self {
        Instant::now()
            .checked_add(duration)
            .map_or(Self::Ever, Self::At)
    }
}

/// Waits for one of several operations, which need not be known when the program is written.
///
/// Operations are added by [`send`](Self::send) and [`recv`](Self::recv). Then either one is *selected*: it happens,
/// and is completed by the [`SelectedOperation`]; or one that is *ready* is named, and nothing happens. Both can be
/// done again and again. An operation is ready also if it only fails, because the other side is gone.
///
/// # Examples
/// ```
/// use waterway_compat::crossbeam_channel::{Select, unbounded};
///
/// let channels: Vec<_> = (0..3).map(|_| unbounded()).collect();
/// channels[1].0.send("hello").unwrap();
///
/// let mut select = Select::new();
/// for (_, receiver) in &channels {
///     select.recv(receiver);
/// }
/// let operation = select.select();
/// assert_eq!(operation.index(), 1);
/// assert_eq!(operation.recv(&channels[1].1), Ok("hello"));
/// ```
#[derive(Clone, Default)]
pub struct Select<'a> {
    entries: Vec<Entry<'a>>,
    next_index: usize,
    biased: bool,
}

impl<'a> Select<'a> {
    /// A select without operations. Of several that are ready any is taken.
    pub fn new() -> Select<'a> {
        Self::default()
    }

    /// A select without operations. Of several that are ready the one is taken that was added first.
    pub fn new_biased() -> Self {
        Self {
            biased: true,
            ..Self::default()
        }
    }

    /// Adds a send, and gives its index.
    pub fn send<T>(&mut self, s: &'a Sender<T>) -> usize {
        self.add(|index| Entry::new(index, s, s))
    }

    /// Adds a receive, and gives its index.
    pub fn recv<T>(&mut self, r: &'a Receiver<T>) -> usize {
        self.add(|index| Entry::new(index, r, r))
    }

    fn add(&mut self, entry: impl FnOnce(usize) -> Entry<'a>) -> usize {
        let index = self.next_index;
        self.next_index += 1;
        self.entries.push(entry(index));
        index
    }

    /// Removes an operation. The indices of the others stay.
    ///
    /// # Panics
    /// If no operation was added with this index, or it was removed.
    #[track_caller]
    pub fn remove(&mut self, index: usize) {
        let next = self.next_index;
        assert!(index < next, "index out of bounds; {index} >= {next}");
        let place = self.entries.iter().position(|entry| entry.index == index);
        self.entries
            .remove(place.expect("no operation with this index"));
    }

    /// Selects an operation that can happen at once.
    ///
    /// # Errors
    /// [`TrySelectError`] if none can.
    pub fn try_select(&mut self) -> Result<SelectedOperation<'a>, TrySelectError> {
        self.perform(Until::Now).ok_or(TrySelectError)
    }

    /// Selects an operation, waiting until one can happen.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn select(&mut self) -> SelectedOperation<'a> {
        self.assert_some();
        self.perform(Until::Ever).expect("it waits for ever")
    }

    /// Selects an operation, waiting so long until one can happen.
    ///
    /// # Errors
    /// [`SelectTimeoutError`] if none could.
    ///
    /// # Panics
    /// If there is none, and the duration is too long to be a point in time.
    #[track_caller]
    pub fn select_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        self.select_until(Until::after(timeout))
    }

    /// Selects an operation, waiting until one can happen, or the deadline.
    ///
    /// # Errors
    /// [`SelectTimeoutError`] if none could.
    pub fn select_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        self.select_until(Until::At(deadline))
    }

    #[track_caller]
    fn select_until(&self, until: Until) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        if matches!(until, Until::Ever) {
            self.assert_some();
        }
        self.perform(until).ok_or(SelectTimeoutError)
    }

    /// The index of an operation that is ready now.
    ///
    /// # Errors
    /// [`TryReadyError`] if none is.
    pub fn try_ready(&mut self) -> Result<usize, TryReadyError> {
        self.watch(Until::Now).ok_or(TryReadyError)
    }

    /// The index of an operation that is ready, waiting for one.
    ///
    /// Others may be faster: when it is tried the operation may have to wait after all.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn ready(&mut self) -> usize {
        self.assert_some();
        self.watch(Until::Ever).expect("it waits for ever")
    }

    /// The index of an operation that is ready, waiting so long for one.
    ///
    /// # Errors
    /// [`ReadyTimeoutError`] if none was.
    ///
    /// # Panics
    /// If there is none, and the duration is too long to be a point in time.
    #[track_caller]
    pub fn ready_timeout(&mut self, timeout: Duration) -> Result<usize, ReadyTimeoutError> {
        self.ready_until(Until::after(timeout))
    }

    /// The index of an operation that is ready, waiting for one until the deadline.
    ///
    /// # Errors
    /// [`ReadyTimeoutError`] if none was.
    pub fn ready_deadline(&mut self, deadline: Instant) -> Result<usize, ReadyTimeoutError> {
        self.ready_until(Until::At(deadline))
    }

    #[track_caller]
    fn ready_until(&self, until: Until) -> Result<usize, ReadyTimeoutError> {
        if matches!(until, Until::Ever) {
            self.assert_some();
        }
        self.watch(until).ok_or(ReadyTimeoutError)
    }

    #[track_caller]
    fn assert_some(&self) {
        let none = self.entries.is_empty();
        assert!(!none, "no operations have been added to `Select`");
    }

    fn perform(&self, until: Until) -> Option<SelectedOperation<'a>> {
        loop {
            let mut arms = Vec::new();
            for (place, entry) in self.entries.iter().enumerate() {
                entry.handle.enter(place, &mut arms);
            }
            let (place, follow) = self.race(arms, until)?;
            if let Some(ticket) = follow() {
                return Some(SelectedOperation::new(self.entries[place], ticket));
            }
        }
    }

    fn watch(&self, until: Until) -> Option<usize> {
        let mut arms = Vec::new();
        for entry in &self.entries {
            entry.handle.watch(entry.index, &mut arms);
        }
        self.race(arms, until)
    }

    fn race<R>(&self, arms: Vec<Boxed<'a, R>>, until: Until) -> Option<R> {
        let mut race = race_all(arms);
        if self.biased {
            race = race.biased();
        }
        let won = match until {
            Until::Now => race.now(),
            Until::At(deadline) => race.wait_deadline(deadline).ok(),
            Until::Ever => Some(race.wait()),
        };
        won.map(|(_, result)| result)
    }
}

impl fmt::Debug for Select<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Select { .. }")
    }
}

/// An operation that was selected, and is to be completed by the handle with which it was added.
///
/// # Panics
/// When it is dropped, unless the thread panics already.
#[must_use]
pub struct SelectedOperation<'a> {
    entry: Entry<'a>,
    ticket: Ticket,
}

impl<'a> SelectedOperation<'a> {
    fn new(entry: Entry<'a>, ticket: Ticket) -> Self {
        Self { entry, ticket }
    }

    /// Its index in the select.
    pub fn index(&self) -> usize {
        self.entry.index
    }

    /// Completes a send. It does not wait.
    ///
    /// # Errors
    /// [`SendError`] with the message if all receivers are gone.
    ///
    /// # Panics
    /// If `s` is not the sender with which the operation was added.
    #[track_caller]
    pub fn send<T>(self, s: &Sender<T>, msg: T) -> Result<(), SendError<T>> {
        let address = ptr::from_ref(s).cast();
        assert!(
            ptr::eq(self.entry.address, address),
            "passed a sender that wasn't selected",
        );
        let ticket = self.ticket;
        mem::forget(self);
        s.complete(ticket, msg)
    }

    /// Completes a receive. It does not wait.
    ///
    /// # Errors
    /// [`RecvError`] if all senders are gone.
    ///
    /// # Panics
    /// If `r` is not the receiver with which the operation was added.
    #[track_caller]
    pub fn recv<T>(self, r: &Receiver<T>) -> Result<T, RecvError> {
        let address = ptr::from_ref(r).cast();
        assert!(
            ptr::eq(self.entry.address, address),
            "passed a receiver that wasn't selected",
        );
        let ticket = self.ticket;
        mem::forget(self);
        r.complete(ticket)
    }
}

/// A selected operation apart from its handle: what the macros stand on, and not for others.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Detached {
    index: usize,
    ticket: Ticket,
}

/// Lets go of the handle.
#[doc(hidden)]
pub fn __detach(operation: SelectedOperation<'_>) -> Detached {
    let (index, ticket) = (operation.entry.index, operation.ticket);
    mem::forget(operation);
    Detached { index, ticket }
}

impl Detached {
    /// Its index in the select.
    pub fn index(self) -> usize {
        self.index
    }

    /// With its handle again, a sender.
    pub fn by_sender<T>(self, s: &Sender<T>) -> SelectedOperation<'_> {
        let entry = Entry::new(self.index, s, s);
        SelectedOperation::new(entry, self.ticket)
    }

    /// With its handle again, a receiver.
    pub fn by_receiver<T>(self, r: &Receiver<T>) -> SelectedOperation<'_> {
        let entry = Entry::new(self.index, r, r);
        SelectedOperation::new(entry, self.ticket)
    }
}

impl Drop for SelectedOperation<'_> {
    fn drop(&mut self) {
        self.entry.handle.give_back(self.ticket);
        if !thread::panicking() {
            panic!("dropped `SelectedOperation` without completing the operation");
        }
    }
}

impl fmt::Debug for SelectedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("SelectedOperation { .. }")
    }
}
