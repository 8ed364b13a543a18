//! Channels that allocate nothing: in a static, or in a value that is borrowed.
//!
//! | type | lies in | used by | again |
//! |---|---|---|---|
//! | [`Static`] | a static | the ordinary handles, by [`split`](Static::split) | when all handles are gone |
//! | [`Channel`] | anything: a static, the stack, a field | `&self` | |
//!
//! Both hold their slots, and their capacity is a part of their type. The modules of the kinds, such as
//! [`mpmc`](crate::mpmc), name these types for their kind; this is where their methods are documented.

mod channel;
mod split;

pub use channel::{Channel, RecvOp, ReserveOp, SendOp};
pub use split::Static;
