//! One value, once.
//!
//! | constructor | memory | the value is sent |
//! |---|---|---|
//! | [`channel()`] | one allocation: 24 bytes and the value, which takes at least 16 | once, or again after [`try_reset`](Receiver::try_reset) |
//! | [`Static::split`] | a static | the same, and again when both handles are gone |
//! | [`Pool::channel`] | one allocation, used again: two words more | the same, and its memory for others when both handles are gone |
//! | [`Channel::split`] | anything: the stack, a field | the same, and again when both handles are gone, which borrow it |
//!
//! Handles are one pointer, and neither is cloned. Threads and tasks mix freely:
//!
//! | | waits | at once |
//! |---|---|---|
//! | send | never | [`send`](Sender::send) |
//! | receive | the [`Receiver`] itself: `receiver.await`, [`receiver.wait()`](Receiver::wait); [`recv`](Receiver::recv) | [`try_recv`](Receiver::try_recv) |
//! | the end | [`closed`](Sender::closed) | [`close`](Receiver::close), [`is_closed`](Sender::is_closed) |
//! | again | | [`try_reset`](Receiver::try_reset) |
//! | ask on another channel, and wait for the answer | [`Request::request`] | [`Request::try_request`], [`Call`] |
//!
//! # Examples
//!
//! A task waits for a thread:
//!
//! ```
//! use waterway::oneshot;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let (sender, receiver) = oneshot::channel();
//! let worker = std::thread::spawn(move || {
//!     // Who asked may have gone away meanwhile: that is no error here.
//!     let _ = sender.send(6 * 7);
//! });
//! assert_eq!(receiver.await, Ok(42));
//! worker.join().unwrap();
//! # }
//! ```

mod call;
mod cell;
mod fixed;
mod half;
mod op;
#[cfg(feature = "alloc")]
mod pool;
mod receiver;
mod sender;
mod word;

pub use call::{Call, Request, RequestOp, Requesting};
pub use fixed::{BorrowedReceiver, BorrowedSender, Channel, Loan, Static};
pub use op::{Oneshot, Taking, Watching};
#[cfg(feature = "alloc")]
pub use pool::Pool;
pub use receiver::Receiver;
pub use sender::Sender;

#[cfg(feature = "alloc")]
use cell::At;

/// The operation of [`Receiver::recv`].
pub type RecvOp<'a, T, P = Owned> = crate::Op<Taking<'a, T, P>>;
/// The operation of [`Sender::closed`].
pub type ClosedOp<'a, T, P = Owned> = crate::Op<Watching<'a, T, P>>;

/// Says of handles that their channel is kept by them alone, or by a static: they borrow nothing.
#[derive(Debug)]
pub struct Owned(());

/// A channel for one value, in one allocation.
///
/// # Examples
/// ```
/// let (sender, mut receiver) = waterway::oneshot::channel();
/// assert!(receiver.is_empty());
/// sender.send('a').unwrap();
/// assert_eq!(receiver.try_recv(), Ok('a'));
/// ```
#[cfg(feature = "alloc")]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    // SAFETY: allocated just now, at its start, and freed when both are gone.
    let (sender, receiver) = unsafe { At::allocate().halves() };
    (Sender::new(sender), Receiver::new(receiver))
}
