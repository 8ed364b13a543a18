//! An executor for two tasks.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering::SeqCst};
use core::task::{Context, Poll, Waker};

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

struct Task<F: Future> {
    future: Pin<Box<F>>,
    woken: Arc<Woken>,
    output: Option<F::Output>,
}

impl<F: Future> Task<F> {
    fn new(future: F) -> Self {
        Self {
            future: Box::pin(future),
            woken: Arc::new(Woken(AtomicBool::new(true))),
            output: None,
        }
    }

    /// Polls the task if it was woken; says whether it was.
    fn run(&mut self) -> bool {
        if self.output.is_some() || !self.woken.0.swap(false, SeqCst) {
            return false;
        }
        let waker = Waker::from(self.woken.clone());
        if let Poll::Ready(output) = self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.output = Some(output);
        }
        true
    }
}

/// Runs both to their ends; panics if both sleep and neither was woken.
pub fn run_both<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let (mut first, mut second) = (Task::new(first), Task::new(second));
    while first.run() | second.run() {}
    let outputs = first.output.zip(second.output);
    outputs.expect("both tasks sleep and nobody wakes them")
}
