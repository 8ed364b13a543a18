//! Ends that set out together, each in a thread or each in a task: one body for both.
//!
//! In a thread an end parks where it would await in a task, so that it is done at its first poll.

use std::sync::{self, Arc};
use std::thread;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Barrier;

use super::{Tally, tasks, threads};
use crate::cells::World;
use crate::watch::{Fault, Pulse, spawn};

/// What one end does.
pub(super) type End = BoxFuture<'static, Tally>;

/// Runs them all to their ends.
pub(super) fn run(world: World, pulse: &Arc<Pulse>, ends: Vec<End>) -> Result<Vec<Tally>, Fault> {
    match world {
        World::Threads => Ok(in_threads(ends)?),
        _ => tasks::on_runtime(world, pulse, in_tasks(ends)),
    }
}

fn in_threads(ends: Vec<End>) -> thread::Result<Vec<Tally>> {
    let line = Arc::new(sync::Barrier::new(ends.len()));
    let threads = ends.into_iter().map(|end| {
        let line = Arc::clone(&line);
        spawn(move || {
            line.wait();
            end.now_or_never().expect("an end in a thread parks")
        })
    });
    threads::join_all(threads.collect())
}

async fn in_tasks(ends: Vec<End>) -> Result<Vec<Tally>, Fault> {
    let line = Arc::new(Barrier::new(ends.len()));
    let tasks = ends.into_iter().map(|end| {
        let line = Arc::clone(&line);
        tokio::spawn(async move {
            line.wait().await;
            end.await
        })
    });
    Ok(tasks::join_all(tasks.collect()).await?)
}
