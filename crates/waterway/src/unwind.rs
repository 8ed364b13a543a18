//! What has to be finished although user code panicked.

/// Runs a closure if it is dropped, which is meant to happen only while a panic unwinds.
pub(crate) struct OnUnwind<F: FnMut()>(F);

impl<F: FnMut()> OnUnwind<F> {
    pub(crate) fn new(rest: F) -> Self {
        Self(rest)
    }

    /// Nothing panicked.
    pub(crate) fn defuse(self) {
        core::mem::forget(self);
    }
}

impl<F: FnMut()> Drop for OnUnwind<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
