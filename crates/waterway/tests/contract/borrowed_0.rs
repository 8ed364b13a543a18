//! The channels of `mpmc` that are borrowed, without a slot.

/// Code about messages that lie in the channel: here none does.
macro_rules! buffering {
    ($($code:tt)*) => {};
}

borrowed!(
    mpmc, Mpmc, 0: help, announce, batch, force, forgotten, order, crowd, frozen
);
