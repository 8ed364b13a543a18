//! Rows of several receivers: the kind `mpmc`.

/// Code about threads that share a channel.
macro_rules! threaded {
    ($($code:tt)*) => { $($code)* };
}

pub(crate) use waterway::mpmc as kind;

mod many;
