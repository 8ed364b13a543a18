//! Replace `use tokio::sync` by `use waterway_compat::tokio::sync`: of tokio's modules the channels.
//!
//! Everything else of tokio stays what it is; see `sync`.

pub mod sync;
