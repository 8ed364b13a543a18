//! Rows of several receivers: the kind `local`.

/// Code about threads that share a channel: here all is in one.
macro_rules! threaded {
    ($($code:tt)*) => {};
}

pub(crate) use waterway::local as kind;

mod many;
