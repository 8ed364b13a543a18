//! What has to be done although user code may panic.

/// Runs a closure when it is dropped: at the end of its scope, or while a panic unwinds.
pub(crate) struct Defer<F: FnMut()>(F);

impl<F: FnMut()> Defer<F> {
    #[must_use]
    pub(crate) fn new(last: F) -> Self {
        Self(last)
    }

    /// Nothing panicked, and then it need not be done.
    pub(crate) fn defuse(self) {
        core::mem::forget(self);
    }
}

impl<F: FnMut()> Drop for Defer<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
