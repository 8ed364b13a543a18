//! Who waits: a thread or a task.
//!
//! A stage is written once, as an `async fn` over a [`Drive`]. Driven by [`Tasks`] it is a task and
//! awaits the channels' operations. Driven by [`Threads`] each operation blocks the thread at
//! `.wait()`; nothing is ever pending, so that one poll without a waker runs the stage from its
//! beginning to its end.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use waterway::{Operation, Wait};

pub(crate) trait Drive: Send + Sync + 'static {
    /// Waits for the operation.
    fn run<O>(operation: O) -> impl Future<Output = O::Output> + Send
    where
        O: Wait + Send,
        O::Output: Send;

    /// Waits for the operation, but not for longer than `patience`.
    fn within<O>(
        operation: O,
        patience: Duration,
    ) -> impl Future<Output = <O as Operation>::Timed> + Send
    where
        O: Wait + Send,
        <O as Operation>::Timed: Send;

    /// Does work that may block for other reasons than a channel.
    fn blocking<R>(work: impl FnOnce() -> R) -> R;

    /// Starts a stage.
    fn launch(
        &self,
        name: &str,
        stage: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()>;
}

#[derive(Debug)]
pub(crate) struct Threads;

impl Drive for Threads {
    async fn run<O>(operation: O) -> O::Output
    where
        O: Wait + Send,
        O::Output: Send,
    {
        operation.wait()
    }

    async fn within<O>(operation: O, patience: Duration) -> <O as Operation>::Timed
    where
        O: Wait + Send,
        <O as Operation>::Timed: Send,
    {
        operation.wait_timeout(patience)
    }

    fn blocking<R>(work: impl FnOnce() -> R) -> R {
        work()
    }

    fn launch(
        &self,
        name: &str,
        stage: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || complete(stage))
            .map(drop)
    }
}

/// Runs a stage whose waits all block.
pub(crate) fn complete<F: Future>(stage: F) -> F::Output {
    match pin!(stage).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("a stage on a thread blocks where it waits"),
    }
}

#[derive(Debug)]
pub(crate) struct Tasks {
    pub(crate) runtime: tokio::runtime::Handle,
}

impl Drive for Tasks {
    async fn run<O>(operation: O) -> O::Output
    where
        O: Wait + Send,
        O::Output: Send,
    {
        operation.await
    }

    async fn within<O>(operation: O, patience: Duration) -> <O as Operation>::Timed
    where
        O: Wait + Send,
        <O as Operation>::Timed: Send,
    {
        operation.until(tokio::time::sleep(patience)).await
    }

    /// The runtime hands the other tasks of this worker to another thread for as long.
    fn blocking<R>(work: impl FnOnce() -> R) -> R {
        tokio::task::block_in_place(work)
    }

    fn launch(
        &self,
        _name: &str,
        stage: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        drop(self.runtime.spawn(stage));
        Ok(())
    }
}
