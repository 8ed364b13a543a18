//! An executor for two tasks, on the stack.

use core::future::Future;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, Ordering::SeqCst};
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

const TABLE: RawWakerVTable =
    RawWakerVTable::new(|flag| RawWaker::new(flag, &TABLE), wake, wake, |_| ());

fn wake(flag: *const ()) {
    // SAFETY: the data of this table's wakers is a static flag.
    let flag = unsafe { &*flag.cast::<AtomicBool>() };
    flag.store(true, SeqCst);
}

/// A task's waker is where it says that it was woken: a static, as wakers may outlive their tasks.
fn waker(flag: &'static AtomicBool) -> Waker {
    flag.store(true, SeqCst);
    // SAFETY: the functions of the table keep what a waker promises: flags are static and atomic.
    unsafe { Waker::from_raw(RawWaker::new((&raw const *flag).cast(), &TABLE)) }
}

/// Polls a task if it was woken; says whether it was.
fn run<F: Future>(
    task: &mut Pin<&mut F>,
    flag: &AtomicBool,
    waker: &Waker,
    output: &mut Option<F::Output>,
) -> bool {
    if output.is_some() || !flag.swap(false, SeqCst) {
        return false;
    }
    if let Poll::Ready(done) = task.as_mut().poll(&mut Context::from_waker(waker)) {
        *output = Some(done);
    }
    true
}

/// Runs both to their ends; panics if both sleep and neither was woken.
pub fn run_both<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    static FLAGS: [AtomicBool; 2] = [const { AtomicBool::new(false) }; 2];
    let wakers = [waker(&FLAGS[0]), waker(&FLAGS[1])];
    let (mut first, mut second) = (pin!(first), pin!(second));
    let mut outputs = (None, None);
    while run(&mut first, &FLAGS[0], &wakers[0], &mut outputs.0)
        | run(&mut second, &FLAGS[1], &wakers[1], &mut outputs.1)
    {}
    let outputs = outputs.0.zip(outputs.1);
    outputs.expect("both tasks sleep and nobody wakes them")
}
