//! Channels of many senders and one receiver, whose handles wait in tasks; those of [`blocking`] wait in threads.
//!
//! # Examples
//! ```
//! use std::fmt::Write;
//! use waterway_compat::thingbuf::mpsc;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let (sender, receiver) = mpsc::channel::<String>(2);
//! let task = tokio::spawn(async move {
//!     for number in 1..=3 {
//!         let mut line = sender.send_ref().await.unwrap();
//!         write!(line, "line {number}").unwrap();
//!     }
//! });
//! let mut count = 0;
//! while let Some(line) = receiver.recv_ref().await {
//!     count += 1;
//!     assert_eq!(*line, format!("line {count}"));
//! }
//! assert_eq!(count, 3);
//! task.await.unwrap();
//! # }
//! ```

#[cfg(feature = "std")]
pub mod blocking;
pub mod errors;
mod fixed;
#[cfg(feature = "alloc")]
mod heap;

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

pub use self::fixed::{StaticChannel, StaticReceiver, StaticSender};
#[cfg(feature = "alloc")]
pub use self::heap::{Receiver, Sender, channel, with_recycle};
use super::ends::{Reader, Waiting, value};
pub use super::guard::{RecvRef, SendRef};
use super::recycling::DefaultRecycle;

/// The next message in its slot: made by [`Receiver::recv_ref`] and [`StaticReceiver::recv_ref`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvRefFuture<'a, T>(Waiting<'a, T>);

/// The next message by value: made by [`Receiver::recv`] and [`StaticReceiver::recv`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct RecvFuture<'a, T, R = DefaultRecycle> {
    waiting: Waiting<'a, T>,
    _recycle: PhantomData<&'a R>,
}

impl<'a, T> RecvRefFuture<'a, T> {
    fn new(reader: &'a Reader<T>) -> Self {
        Self(Waiting::new(reader))
    }
}

impl<'a, T, R> RecvFuture<'a, T, R> {
    fn new(reader: &'a Reader<T>) -> Self {
        Self {
            waiting: Waiting::new(reader),
            _recycle: PhantomData,
        }
    }
}

impl<'a, T> Future for RecvRefFuture<'a, T> {
    type Output = Option<RecvRef<'a, T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().0.poll(cx)
    }
}

impl<T, R> Future for RecvFuture<'_, T, R> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.get_mut().waiting.poll(cx);
        polled.map(|message| message.map(value))
    }
}

impl<T> fmt::Debug for RecvRefFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvRefFuture").finish_non_exhaustive()
    }
}

impl<T, R> fmt::Debug for RecvFuture<'_, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvFuture").finish_non_exhaustive()
    }
}
