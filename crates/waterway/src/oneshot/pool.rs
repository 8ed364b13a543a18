//! Oneshots from memory that was used before.
//!
//! A pool is a shelf of cells that nobody uses, in a list under a lock. Who needs a channel takes one, or
//! makes one; the last access of its two sides puts it back, or frees it if enough are there or the pool
//! is gone. A cell on the shelf holds neither a value nor a waker, so that nothing of the user's is touched
//! under the lock.
//!
//! | memory | kept by |
//! |---|---|
//! | a cell | its two sides, then the shelf |
//! | the shelf | all handles of the pool together, and each cell that is out: [`Life`] counts them |

use core::alloc::Layout;
use core::fmt;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;

use super::call::Call;
use super::cell::{At, Cell, Home};
use super::{Receiver, Sender};
use crate::life::Life;
use crate::store::memory;
use crate::sync::{DefaultLock, Threads, UnsafeCell};

/// A cell that knows where it comes from.
#[repr(C)]
struct Pooled<T> {
    /// First, so that the rest is found from it.
    cell: Cell<T>,
    shelf: NonNull<Shelf<T>>,
    /// The next on the shelf. Touched under its lock.
    next: UnsafeCell<Link<T>>,
}

type Link<T> = Option<NonNull<Pooled<T>>>;

struct Shelf<T> {
    /// The handles of the pool are its senders; it has no receivers, and each cell that is out holds it.
    life: Life<Threads>,
    /// How many cells are kept.
    most: usize,
    kept: lock_api::Mutex<DefaultLock, Kept<T>>,
}

struct Kept<T> {
    first: Link<T>,
    count: usize,
    /// The pool is there, to give them out.
    open: bool,
}

impl<T> Kept<T> {
    fn push(&mut self, pooled: NonNull<Pooled<T>>) {
        // SAFETY: nobody uses it, and it is not freed while it is here; the lock is held.
        let next = unsafe { &(*pooled.as_ptr()).next };
        next.with_mut(|next| {
            // SAFETY: as above.
            unsafe { *next = self.first };
        });
        self.first = Some(pooled);
        self.count += 1;
    }

    fn pop(&mut self) -> Link<T> {
        let pooled = self.first?;
        // SAFETY: as in `push`.
        let next = unsafe { &(*pooled.as_ptr()).next };
        // SAFETY: as in `push`.
        self.first = next.with(|next| unsafe { *next });
        self.count -= 1;
        Some(pooled)
    }
}

impl<T> Pooled<T> {
    const LAYOUT: Layout = Layout::new::<Self>();

    /// A new one, at its start, that is out.
    fn allocate(shelf: NonNull<Shelf<T>>) -> NonNull<Self> {
        // SAFETY: it has a size; freshly allocated for one, and each field is written.
        unsafe {
            let pooled = memory::allocate(Self::LAYOUT).cast::<Self>();
            At::prepare(pooled.cast::<Cell<T>>(), Home::Pool);
            (&raw mut (*pooled.as_ptr()).shelf).write(shelf);
            (&raw mut (*pooled.as_ptr()).next).write(UnsafeCell::new(None));
            pooled
        }
    }

    /// # Safety
    /// Nobody uses it, and it is not on the shelf.
    unsafe fn free(pooled: NonNull<Self>) {
        // SAFETY: allocated with this layout.
        unsafe {
            pooled.drop_in_place();
            memory::free(pooled.cast(), Self::LAYOUT);
        }
    }
}

/// Takes a cell back.
///
/// # Safety
/// It is one of a pool, and both its sides have made their last access.
pub(super) unsafe fn put_back<T>(cell: NonNull<Cell<T>>) {
    let pooled = cell.cast::<Pooled<T>>();
    // SAFETY: a cell of a pool is the first in a `Pooled`, of the whole of which the pointer is; it is this
    // caller's alone, and holds its shelf.
    unsafe {
        let shelf = (*pooled.as_ptr()).shelf;
        let fits = {
            let mut kept = (*shelf.as_ptr()).kept.lock();
            let fits = kept.open && kept.count < (*shelf.as_ptr()).most;
            if fits {
                kept.push(pooled);
            }
            fits
        };
        if !fits {
            Pooled::free(pooled);
        }
        Shelf::release(shelf);
    }
}

impl<T> Shelf<T> {
    /// # Safety
    /// The caller has a hold, and gives it up.
    unsafe fn release(shelf: NonNull<Self>) {
        // SAFETY: the caller's hold keeps it. Who has the last is the last that uses it, and has emptied
        // it if it was the pool.
        unsafe {
            if (*shelf.as_ptr()).life.release() {
                shelf.drop_in_place();
                memory::free(shelf.cast(), Layout::new::<Self>());
            }
        }
    }
}

/// Oneshots whose memory is used again: a request and its reply need no allocation of their own.
///
/// [`channel`](Self::channel) gives the ordinary handles, which may outlive the pool. When both are gone
/// the memory comes back here, wherever they were dropped, and is used for another channel; as much of it
/// as [`new`](Self::new) says is kept, the rest is freed. A channel of a pool takes two words more than one
/// by itself. The pool may be shared between threads; a clone is another handle of the same pool.
///
/// A requester that asks one thing after another needs no pool: [`Receiver::try_reset`] uses one channel
/// again, without a lock.
///
/// # Examples
/// ```
/// use waterway::oneshot;
///
/// let answers = oneshot::Pool::new(8);
/// for number in 0..100 {
///     let (sender, receiver) = answers.channel();
///     sender.send(number).unwrap();
///     assert_eq!(receiver.wait(), Ok(number));
///     // One after another: one allocation for all.
///     assert_eq!(answers.kept(), 1);
/// }
/// ```
pub struct Pool<T> {
    shelf: NonNull<Shelf<T>>,
    _of: PhantomData<fn(T) -> T>,
}

// SAFETY: handles of its channels, which cross threads if `T: Send`, use it under a lock.
unsafe impl<T: Send> Send for Pool<T> {}
// SAFETY: as for Send.
unsafe impl<T: Send> Sync for Pool<T> {}
impl<T> UnwindSafe for Pool<T> {}
impl<T> RefUnwindSafe for Pool<T> {}

impl<T> Pool<T> {
    /// A pool that keeps the memory of `most` channels that nobody uses, and no more.
    ///
    /// None is allocated before it is needed; see [`prepare`](Self::prepare).
    #[must_use]
    pub fn new(most: usize) -> Self {
        let life = Life::new(false);
        // It has no receivers.
        life.release();
        let shelf = Shelf {
            life,
            most,
            kept: lock_api::Mutex::new(Kept {
                first: None,
                count: 0,
                open: true,
            }),
        };
        // SAFETY: a shelf has a size; it is written at once.
        let shelf = unsafe {
            let memory = memory::allocate(Layout::new::<Shelf<T>>()).cast::<Shelf<T>>();
            memory.write(shelf);
            memory
        };
        Self {
            shelf,
            _of: PhantomData,
        }
    }

    fn shelf(&self) -> &Shelf<T> {
        // SAFETY: all handles of the pool together keep it.
        unsafe { self.shelf.as_ref() }
    }

    /// A channel, in memory that was used before if there is some.
    pub fn channel(&self) -> (Sender<T>, Receiver<T>) {
        let kept = self.shelf().kept.lock().pop();
        let pooled = kept.unwrap_or_else(|| Pooled::allocate(self.shelf));
        self.shelf().life.hold();
        // SAFETY: the cell lives until its halves are gone; it came from the shelf or is new, so that it
        // is the caller's alone, and is put at its start.
        let (sender, receiver) = unsafe {
            let at = At::new(pooled.cast::<Cell<T>>());
            at.word().restart();
            at.halves()
        };
        (Sender::new(sender), Receiver::new(receiver))
    }

    /// A request that is answered through a channel of this pool, and where its answer arrives.
    ///
    /// # Examples
    /// ```
    /// use waterway::{mpsc, oneshot};
    ///
    /// let answers = oneshot::Pool::new(8);
    /// let (sender, mut receiver) = mpsc::bounded(4);
    /// let (call, answer) = answers.call(6);
    /// sender.try_send(call).unwrap();
    ///
    /// let call: oneshot::Call<u32, u32> = receiver.try_recv().unwrap();
    /// call.reply.send(call.request * 7).unwrap();
    /// assert_eq!(answer.wait(), Ok(42));
    /// ```
    pub fn call<Q>(&self, request: Q) -> (Call<Q, T>, Receiver<T>) {
        let (reply, receiver) = self.channel();
        (Call { request, reply }, receiver)
    }

    /// Allocates in advance, until the memory of `count` channels lies ready, or as much as is kept.
    ///
    /// # Examples
    /// ```
    /// let answers = waterway::oneshot::Pool::<u64>::new(8);
    /// answers.prepare(4);
    /// assert_eq!(answers.kept(), 4);
    /// answers.prepare(100);
    /// assert_eq!(answers.kept(), 8);
    /// ```
    pub fn prepare(&self, count: usize) {
        let count = count.min(self.shelf().most);
        for _ in self.kept()..count {
            let pooled = Pooled::allocate(self.shelf);
            // SAFETY: nobody has it.
            unsafe {
                At::new(pooled.cast::<Cell<T>>()).word().rest();
                self.shelf().life.hold();
                put_back(pooled.cast::<Cell<T>>());
            }
        }
    }

    /// The memory of how many channels lies ready.
    pub fn kept(&self) -> usize {
        self.shelf().kept.lock().count
    }

    /// How much is kept at most: what [`new`](Self::new) was told.
    pub fn capacity(&self) -> usize {
        self.shelf().most
    }
}

impl<T> Clone for Pool<T> {
    fn clone(&self) -> Self {
        self.shelf().life.add_sender();
        Self {
            shelf: self.shelf,
            _of: PhantomData,
        }
    }
}

impl<T> Drop for Pool<T> {
    fn drop(&mut self) {
        if !self.shelf().life.remove_sender() {
            return;
        }
        let mut left = {
            let mut kept = self.shelf().kept.lock();
            kept.open = false;
            Kept {
                first: kept.first.take(),
                count: core::mem::take(&mut kept.count),
                open: false,
            }
        };
        while let Some(pooled) = left.pop() {
            // SAFETY: it was on the shelf, and is not any more.
            unsafe { Pooled::free(pooled) };
        }
        // SAFETY: the hold of all handles of the pool, of which this was the last.
        unsafe { Shelf::release(self.shelf) };
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("kept", &self.kept())
            .field("capacity", &self.capacity())
            .finish_non_exhaustive()
    }
}
