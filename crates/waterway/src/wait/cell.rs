//! The waker of the one who waits, where there can be only one.
//!
//! A waker is two words, and the second says what is with it:
//!
//! | vtable | means | next |
//! |---|---|---|
//! | null | no waker is here | the one who waits may put one in |
//! | a table | a waker is here | whoever adds `TAKEN` by compare-and-swap takes it |
//! | a table and `TAKEN` | somebody takes it, and wakes it after that | the taker makes it null |
//!
//! Nobody ever waits for another; only who comes with another waker just then has itself woken, and
//! comes again until the old one is taken: two instructions later, or when the taker is let to them.
//! Both words are read only, while a table is there: so the one who waits may compare them with
//! another waker, even while they are being taken.
//!
//! The cell says nothing of who looks into it when; that is the announcement's part, see
//! [`notice`](crate::chan::notice).

use core::ptr;
use core::task::{RawWakerVTable, Waker};

use crate::sync::{AtomicPtr, Ordering, constant, give_way};

/// Room for one waker.
#[derive(Debug)]
pub(crate) struct WakerCell {
    data: AtomicPtr<()>,
    vtable: AtomicPtr<RawWakerVTable>,
}

/// The bit of a table's address that says that its waker is being taken.
const TAKEN: usize = 1;
const _: () = assert!(align_of::<RawWakerVTable>() > TAKEN);

impl WakerCell {
    constant! {
        pub(crate) fn new() -> Self {
            Self {
                data: AtomicPtr::new(ptr::null_mut()),
                vtable: AtomicPtr::new(ptr::null_mut()),
            }
        }
    }

    /// Whether a waker is here that nobody takes yet.
    pub(crate) fn is_set(&self) -> bool {
        // ORDERING: Relaxed: a hint, and `take` decides.
        let vtable = self.vtable.load(Ordering::Relaxed);
        !vtable.is_null() && vtable.addr() & TAKEN == 0
    }

    /// Sees to it that this waker's task is woken by the next that takes from here. For the one who
    /// waits alone, outside every lock: wakers are cloned, dropped and perhaps woken.
    pub(crate) fn set(&self, waker: &Waker) {
        // ORDERING: Relaxed: written by this side, but for the mark that is looked through, and the end of a
        // `take` whose waker is not woken yet.
        let (data, vtable) = (
            self.data.load(Ordering::Relaxed),
            self.vtable.load(Ordering::Relaxed),
        );
        if ptr::eq(data, waker.data()) && ptr::eq(untagged(vtable), waker.vtable()) {
            // It is here, or was taken meanwhile. Then it is woken after this, so that the task
            // looks again; and kept until then, so that it is not another one's by chance.
            return;
        }
        match self.put(waker.clone()) {
            Ok(old) => drop(old),
            // The task comes again, after who takes the other, if that can be arranged.
            Err(waker) => {
                give_way();
                waker.wake();
            }
        }
    }

    /// Puts a waker in, and gives back the one that was here: no waker is cloned, dropped or woken. For
    /// the one who waits alone, but also under a lock.
    ///
    /// # Errors
    /// The waker, if another's is just being taken: it is to be woken instead, so that who waits comes again.
    pub(crate) fn put(&self, waker: Waker) -> Result<Option<Waker>, Waker> {
        let old = self.take();
        // ORDERING: Acquire pairs with the Release at the end of `take`: the words were read before
        // they are written again.
        if !self.vtable.load(Ordering::Acquire).is_null() {
            return Err(waker);
        }
        let waker = core::mem::ManuallyDrop::new(waker);
        // ORDERING: Relaxed: handed on with the table.
        self.data.store(waker.data().cast_mut(), Ordering::Relaxed);
        // ORDERING: Release pairs with the Acquire in `take`.
        let vtable = ptr::from_ref(waker.vtable()).cast_mut();
        self.vtable.store(vtable, Ordering::Release);
        Ok(old)
    }

    /// Whether a waker like this one is here, for sure if it was put in by the caller's task.
    pub(crate) fn holds(&self, waker: &Waker) -> bool {
        // ORDERING: Relaxed: who put it in is the one to whom the answer matters.
        let (data, vtable) = (
            self.data.load(Ordering::Relaxed),
            self.vtable.load(Ordering::Relaxed),
        );
        ptr::eq(data, waker.data()) && ptr::eq(vtable, waker.vtable())
    }

    /// Takes the waker out, if one is here and nobody else takes it.
    #[inline]
    pub(crate) fn take(&self) -> Option<Waker> {
        // ORDERING: Relaxed: the compare-and-swap decides.
        let vtable = self.vtable.load(Ordering::Relaxed);
        if vtable.is_null() || vtable.addr() & TAKEN != 0 {
            return None;
        }
        // ORDERING: Acquire pairs with the Release in `set`.
        let taken = vtable.map_addr(|address| address | TAKEN);
        self.vtable
            .compare_exchange(vtable, taken, Ordering::Acquire, Ordering::Relaxed)
            .ok()?;
        // ORDERING: Relaxed: stored before the table, and not again before that is null.
        let data = self.data.load(Ordering::Relaxed);
        // ORDERING: Release pairs with the Acquire in `set`.
        self.vtable.store(ptr::null_mut(), Ordering::Release);
        // SAFETY: both are of one waker that was put in, whose ownership goes to this taker alone;
        // the table is a `'static` one.
        Some(unsafe { Waker::new(data, &*vtable) })
    }
}

fn untagged(vtable: *mut RawWakerVTable) -> *mut RawWakerVTable {
    vtable.map_addr(|address| address & !TAKEN)
}

impl Drop for WakerCell {
    fn drop(&mut self) {
        // Nobody else can take it any more; and a channel of one thread, which puts none in, is left
        // without a compare-and-swap.
        if self.is_set() {
            // ORDERING: Relaxed: what was done to the cell came before its end.
            let (data, vtable) = (
                self.data.load(Ordering::Relaxed),
                self.vtable.load(Ordering::Relaxed),
            );
            // SAFETY: both are of one waker that was put in and not taken out, and the table is a
            // `'static` one.
            drop(unsafe { Waker::new(data, &*vtable) });
        }
    }
}
