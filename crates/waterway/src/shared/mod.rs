//! Handles that are cloned and used by `&self`.
//!
//! The modules of the kinds, such as [`mpsc`](crate::mpsc), name these types for their kind; this is
//! where their methods are documented.

mod receiver;
mod sender;
mod side;

pub use crate::iter::{Drain, TryIter};
#[cfg(feature = "std")]
pub use crate::iter::{IntoIter, Iter};
pub use crate::permit::{OwnedPermit, Permit, PermitIterator};
#[cfg(feature = "alloc")]
pub use crate::sink::SendSink;
#[cfg(feature = "alloc")]
pub use crate::stream::RecvStream;
pub use receiver::{Receiver, WeakReceiver};
pub use sender::{Sender, WeakSender};
pub use side::{ReceiverRef, Receives, RecvRefOp, ReserveRefOp, SendRefOp, SenderRef, Sends, Side};
