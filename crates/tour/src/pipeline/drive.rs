//! Who waits: a thread or a task.
//!
//! A stage is written once, as an `async fn` over a [`Drive`]. Driven by [`Tasks`] it is a task and
//! awaits the channels' operations. Driven by [`Threads`] each operation blocks the thread at
//! `.wait()`; nothing is ever pending, so that one poll without a waker runs the stage from its
//! beginning to its end.
//!
//! Where a stage waits for more than one thing, the thread does by `select_wait!` what the task does
//! by `select!`.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};
use waterway::select::{Contender, Ticker};
use waterway::{Awaited, ManyThreads, Operation, Wait, select, select_wait};

pub(crate) trait Drive: Send + Sync + 'static {
    /// What ticks again and again. Ticks that nobody waited for are left out.
    type Clock: Send;

    /// A clock whose first tick comes after one period.
    fn clock(period: Duration) -> Self::Clock;

    /// Waits for the operation or the next tick, whichever comes first; `None` is a tick. The
    /// operation has not happened then.
    fn or_tick<O>(
        operation: O,
        clock: &mut Self::Clock,
    ) -> impl Future<Output = Option<O::Output>> + Send
    where
        O: Contender<Kind: ManyThreads + Awaited> + Send,
        O::Output: Send;

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

#[derive(Clone, Debug)]
pub(crate) struct Threads;

impl Drive for Threads {
    type Clock = Ticker;

    fn clock(period: Duration) -> Ticker {
        select::tick(period)
    }

    async fn or_tick<O>(operation: O, clock: &mut Ticker) -> Option<O::Output>
    where
        O: Contender<Kind: ManyThreads + Awaited> + Send,
        O::Output: Send,
    {
        select_wait! {
            output = operation => Some(output),
            _ = clock.tick() => None,
        }
    }

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

#[derive(Clone, Debug)]
pub(crate) struct Tasks {
    pub(crate) runtime: tokio::runtime::Handle,
}

impl Drive for Tasks {
    type Clock = Interval;

    fn clock(period: Duration) -> Interval {
        let first = tokio::time::Instant::now() + period;
        let mut clock = tokio::time::interval_at(first, period);
        clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
        clock
    }

    async fn or_tick<O>(operation: O, clock: &mut Interval) -> Option<O::Output>
    where
        O: Contender<Kind: ManyThreads + Awaited> + Send,
        O::Output: Send,
    {
        select! {
            output = operation => Some(output),
            _ = clock.tick() => None,
        }
    }

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

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use waterway::mpsc;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(2);

    /// What is there is received, a tick comes where nothing does and takes nothing, and the end of
    /// the channel comes before a tick that is far away.
    async fn ticks_and_messages<D: Drive>() {
        let (sender, mut receiver) = mpsc::unbounded();
        let (start, mut clock) = (Instant::now(), D::clock(MOMENT));
        assert_eq!(D::or_tick(receiver.recv(), &mut clock).await, None);
        assert!(start.elapsed() >= MOMENT);
        let mut clock = D::clock(Duration::from_secs(3_600));
        sender.try_send(1).unwrap();
        assert_eq!(D::or_tick(receiver.recv(), &mut clock).await, Some(Some(1)));
        drop(sender);
        assert_eq!(D::or_tick(receiver.recv(), &mut clock).await, Some(None));
    }

    fn runtime() -> tokio::runtime::Runtime {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().build().unwrap()
    }

    #[test]
    fn threads_and_tasks_wait_for_a_message_or_a_tick() {
        complete(ticks_and_messages::<Threads>());
        runtime().block_on(ticks_and_messages::<Tasks>());
    }

    /// A message is always there; the clock is heard all the same.
    async fn ticks_among_messages<D: Drive>() {
        let (sender, mut receiver) = mpsc::unbounded();
        let mut clock = D::clock(MOMENT);
        loop {
            sender.try_send(()).unwrap();
            if D::or_tick(receiver.recv(), &mut clock).await.is_none() {
                break;
            }
        }
    }

    #[test]
    fn a_tick_comes_among_messages_too() {
        complete(ticks_among_messages::<Threads>());
        runtime().block_on(ticks_among_messages::<Tasks>());
    }
}
