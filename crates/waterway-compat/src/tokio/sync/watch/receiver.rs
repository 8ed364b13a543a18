//! The receiver of a channel of values.

use ::std::sync::Arc;

use ::tokio::task::coop::cooperative;

use super::Ref;
use super::error::RecvError;
use super::shared::Shared;

/// The receiving handle, which knows what it has seen. A clone has seen the same.
#[derive(Debug)]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The version that was seen last.
    seen: usize,
    /// Is told to look at `shared`.
    ear: waterway::watch::Receiver<()>,
}

impl<T> Receiver<T> {
    /// It has seen what is there.
    pub(super) fn new(shared: Arc<Shared<T>>, ear: waterway::watch::Receiver<()>) -> Self {
        let seen = shared.version();
        Self { shared, seen, ear }
    }

    /// A look at the value, which does not count as seen.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.shared.borrow_after(self.seen)
    }

    /// A look at the value, which counts as seen.
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        self.shared.borrow_and_update(&mut self.seen)
    }

    /// Whether there is a value that this receiver has not seen.
    ///
    /// # Errors
    /// If all senders are gone, also if there is such a value.
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        if self.is_closed() {
            return Err(RecvError(()));
        }
        Ok(self.shared.version() != self.seen)
    }

    /// Whether all senders are gone.
    pub fn is_closed(&self) -> bool {
        self.ear.is_closed()
    }

    /// Counts the value as not seen.
    pub fn mark_changed(&mut self) {
        self.seen = self.seen.wrapping_sub(1);
    }

    /// Counts the value as seen.
    pub fn mark_unchanged(&mut self) {
        self.seen = self.shared.version();
    }

    /// Waits for a value that this receiver has not seen, which counts as seen then.
    ///
    /// Cancelled, it has seen nothing.
    ///
    /// # Errors
    /// If all senders are gone and the last value was seen.
    pub async fn changed(&mut self) -> Result<(), RecvError> {
        changed(&self.shared, &mut self.seen, &mut self.ear).await
    }

    /// Waits for a value of which `f` is true, and looks at it. The value that is there is asked first, seen or not; each that
    /// was asked counts as seen.
    ///
    /// # Errors
    /// If all senders are gone and `f` is not true of the last value.
    pub async fn wait_for(
        &mut self,
        mut f: impl FnMut(&T) -> bool,
    ) -> Result<Ref<'_, T>, RecvError> {
        let Self { shared, seen, ear } = self;
        // Also a value that is there costs a unit of the task's budget.
        cooperative(async move {
            loop {
                if let Some(value) = shared.borrow_if(seen, &mut f) {
                    return Ok(value);
                }
                changed(shared, seen, ear).await?;
            }
        })
        .await
    }

    /// Whether both are of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.ear.same_channel(&other.ear)
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            seen: self.seen,
            ear: self.ear.clone(),
        }
    }
}

/// Waits for a version that was not seen.
async fn changed<T>(
    shared: &Shared<T>,
    seen: &mut usize,
    ear: &mut waterway::watch::Receiver<()>,
) -> Result<(), RecvError> {
    // The bell is rung after each change; whoever is told looks at the version again.
    let rung = ear.wait_for(|()| shared.version() != *seen).await;
    rung.ok_or(RecvError(()))?;
    *seen = shared.version();
    Ok(())
}
