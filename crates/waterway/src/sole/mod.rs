//! Handles that are not cloned and used by `&mut self`.
//!
//! The modules of the kinds, such as [`spsc`](crate::spsc), name these types for their kind; this is
//! where their methods are documented.

mod chunk;
mod lease;
mod receiver;
mod sender;

pub use crate::iter::{Drain, TryIter};
#[cfg(feature = "std")]
pub use crate::iter::{IntoIter, Iter};
pub use crate::permit::{OwnedPermit, Permit, PermitIterator};
#[cfg(feature = "alloc")]
pub use crate::sink::SendSink;
pub use chunk::{ReadChunk, WriteChunk};
pub use lease::Lease;
pub use receiver::Receiver;
pub use sender::Sender;
