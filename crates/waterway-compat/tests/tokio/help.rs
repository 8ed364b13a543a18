//! What the tests of this binary share.

use std::future::Future;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;

use crate::support::{catch, watchdog};

/// Long enough for anything that does not hang.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs what might hang.
pub(crate) fn guarded<R: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> R + Send + 'static,
) -> R {
    watchdog(name, LIMIT, body)
}

/// A future that is polled by hand.
pub(crate) fn boxed<'a, F: Future + 'a>(future: F) -> Pin<Box<F>> {
    Box::pin(future)
}

/// A runtime of one thread, with its timer.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().build().expect("a runtime")
}

/// Whether a call panics because this thread drives a runtime.
pub(crate) fn is_refused<R>(call: impl FnOnce() -> R) -> bool {
    const REFUSED: &str = "Cannot block the current thread from within a runtime.";
    catch(call).is_err_and(|said| said.starts_with(REFUSED))
}

/// How often something that is always ready is ready before the task is told to make way.
pub(crate) fn turns_until_told_to_make_way(
    mut once: impl FnMut(&mut std::task::Context<'_>) -> bool,
) -> usize {
    runtime().block_on(std::future::poll_fn(|context| {
        let turns = (0..1000).find(|_| !once(context)).unwrap_or(1000);
        std::task::Poll::Ready(turns)
    }))
}

/// The budget of a task.
pub(crate) const BUDGET: usize = 128;

/// Says of a type which traits it has: what a bound holds for is found first.
pub(crate) struct Traits<T: ?Sized>(PhantomData<T>);

macro_rules! traits {
    ($($name:ident, $otherwise:ident: $trait:ident;)*) => {$(
        #[allow(dead_code, reason = "hidden where the trait is there")]
        pub(crate) trait $otherwise {
            const $name: bool = false;
        }
        impl<T: ?Sized> $otherwise for Traits<T> {}
        #[allow(dead_code, reason = "used where it is asked for")]
        impl<T: ?Sized + $trait> Traits<T> {
            pub(crate) const $name: bool = true;
        }
    )*};
}

traits! {
    SEND, NoSend: Send;
    SYNC, NoSync: Sync;
    UNPIN, NoUnpin: Unpin;
    UNWIND_SAFE, NoUnwindSafe: UnwindSafe;
    REF_UNWIND_SAFE, NoRefUnwindSafe: RefUnwindSafe;
    CLONE, NoClone: Clone;
    STREAM, NoStream: Stream;
}
