//! An executor for a few tasks of one thread. Its wakers are not what `Waker` asks for, safe in every
//! thread: but there is no other.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::Cell;
use core::future::Future;
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

pub type Task = Pin<Box<dyn Future<Output = ()>>>;

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

type Woken = Rc<Cell<bool>>;

fn raw(woken: Woken) -> RawWaker {
    RawWaker::new(Rc::into_raw(woken).cast(), &VTABLE)
}

/// # Safety
/// `data` is that of a waker made by `raw` whose reference is given back.
unsafe fn owned(data: *const ()) -> Woken {
    // SAFETY: as the caller promises, it came from `Rc::into_raw`.
    unsafe { Rc::from_raw(data.cast()) }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: made by `raw`; its reference is kept.
    let woken = ManuallyDrop::new(unsafe { owned(data) });
    raw(Rc::clone(&woken))
}

unsafe fn wake(data: *const ()) {
    // SAFETY: made by `raw`, and used up.
    unsafe { owned(data) }.set(true);
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: made by `raw`; its reference is kept.
    ManuallyDrop::new(unsafe { owned(data) }).set(true);
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: made by `raw`, and used up.
    drop(unsafe { owned(data) });
}

/// Runs all to their ends; panics if those that are left sleep and none was woken.
pub fn run_all<const N: usize>(tasks: [Task; N]) {
    let mut tasks = tasks.map(|task| Some((task, Woken::new(Cell::new(true)))));
    while tasks.iter().any(Option::is_some) {
        let mut woken_at_all = false;
        for place in &mut tasks {
            let Some((task, woken)) = place else { continue };
            if !woken.replace(false) {
                continue;
            }
            woken_at_all = true;
            // SAFETY: the functions of `VTABLE` keep the contract of `RawWaker` in a program of one thread.
            let waker = unsafe { Waker::from_raw(raw(Rc::clone(woken))) };
            if let Poll::Ready(()) = task.as_mut().poll(&mut Context::from_waker(&waker)) {
                *place = None;
            }
        }
        assert!(woken_at_all, "all tasks sleep and nobody wakes them");
    }
}
