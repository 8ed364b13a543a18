//! Waiting for something to receive, without receiving it.

use super::Hold;
use super::receive::Want;
use crate::chan::Chan;
use crate::error::Timeout;
use crate::kind::{Kind, sealed::Sealed};

/// Something to receive, or the end, of a channel whose receivers share it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Ready<H>(pub(crate) H);

impl<H> Sealed for Ready<H> {}

impl<H: Hold<T, K>, T, K: Kind> Want<T, K> for Ready<H> {
    type Found = ();
    type Output = ();
    type Timed = Result<(), Timeout>;
    type Back = ();

    fn chan(&self) -> Chan<T, K> {
        self.0.chan()
    }

    fn glance(&mut self) -> Option<()> {
        self.0.chan().is_there().then_some(())
    }

    type Hand = ();

    const ACCEPTS: bool = false;

    // It takes nothing, so that somebody else has to be told of the message as well.
    const OBSERVES: bool = true;

    unsafe fn accept(_: *mut ()) {
        unreachable!("no hand is offered")
    }

    fn output(self, _: Option<()>) {}

    fn in_time((): ()) -> Self::Timed {
        Ok(())
    }

    fn back(self) {}

    fn timed_out((): ()) -> Self::Timed {
        Err(Timeout)
    }
}
