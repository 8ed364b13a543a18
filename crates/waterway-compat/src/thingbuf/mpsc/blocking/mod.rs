//! Channels whose handles wait in threads.
//!
//! # Examples
//! ```
//! use std::time::Duration;
//! use waterway_compat::thingbuf::mpsc::blocking;
//! use waterway_compat::thingbuf::mpsc::errors::RecvTimeoutError;
//!
//! let (sender, receiver) = blocking::channel::<Vec<u8>>(2);
//! sender.send_ref().unwrap().extend(b"in place");
//! assert_eq!(*receiver.recv_ref().unwrap(), b"in place");
//! let empty = receiver.recv_ref_timeout(Duration::from_millis(1));
//! assert_eq!(empty.unwrap_err(), RecvTimeoutError::Timeout);
//! ```

mod fixed;
mod heap;

pub use self::fixed::{StaticChannel, StaticReceiver, StaticSender};
pub use self::heap::{Receiver, Sender, channel, with_recycle};
pub use super::{RecvRef, SendRef};
