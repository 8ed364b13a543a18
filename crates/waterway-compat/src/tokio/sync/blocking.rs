//! Where a thread may block.

/// Panics where a `blocking_` method of tokio does: in a thread that drives a runtime.
///
/// Whether it does is known to tokio alone, and told by nothing but its own blocking methods. This one has nothing to
/// wait for.
#[track_caller]
pub(super) fn assert_allowed() {
    drop(::tokio::sync::Mutex::const_new(()).blocking_lock());
}
