//! What both receivers do.

use ::std::task::{Context, Poll};

use waterway::mpsc::Receiver;

use super::error::TryRecvError;
use crate::tokio::sync::blocking;

/// A message that is hidden by an earlier send, which is just under way, is waited for.
pub(super) fn try_recv<T>(receiver: &mut Receiver<T>) -> Result<T, TryRecvError> {
    let received = match receiver.try_recv() {
        Ok(message) => Some(message),
        Err(waterway::TryRecvError::Empty) if receiver.is_empty() => {
            return Err(TryRecvError::Empty);
        }
        Err(waterway::TryRecvError::Empty) => receiver.recv().wait(),
        Err(waterway::TryRecvError::Closed) => None,
    };
    received.ok_or(TryRecvError::Disconnected)
}

pub(super) async fn recv_many<T>(
    receiver: &mut Receiver<T>,
    buffer: &mut Vec<T>,
    limit: usize,
) -> usize {
    let count = receiver.recv_many(buffer, limit).await;
    count.unwrap_or(0)
}

pub(super) fn poll_recv_many<T>(
    receiver: &mut Receiver<T>,
    context: &mut Context<'_>,
    buffer: &mut Vec<T>,
    limit: usize,
) -> Poll<usize> {
    let count = receiver.poll_recv_many(context, buffer, limit);
    count.map(|count| count.unwrap_or(0))
}

#[track_caller]
pub(super) fn blocking_recv<T>(receiver: &mut Receiver<T>) -> Option<T> {
    blocking::assert_allowed();
    receiver.recv().wait()
}

#[track_caller]
pub(super) fn blocking_recv_many<T>(
    receiver: &mut Receiver<T>,
    buffer: &mut Vec<T>,
    limit: usize,
) -> usize {
    blocking::assert_allowed();
    receiver.recv_many(buffer, limit).wait().unwrap_or(0)
}
