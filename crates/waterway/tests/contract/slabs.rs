//! What the kinds have in common that are slabs inside, `inbox` and `pool`: they are bounded, and have no permits, and no
//! verbs that send several messages, nor of numbered places.

/// Code about a receiver that there is only one of.
macro_rules! sole {
    ($($code:tt)*) => { $($code)* };
}

/// Code about permits, about several messages at once, and about what they are numbered for: here are none.
macro_rules! numbered {
    ($($code:tt)*) => {};
}

/// Code that stands in their place.
macro_rules! unnumbered {
    ($($code:tt)*) => { $($code)* };
}

/// What is done by these, or in their place.
macro_rules! numbered_or {
    ($numbered:expr, $other:expr $(,)?) => {
        $other
    };
}

/// The most messages that a handle's channel has room for: here it is in the type that there is such a number.
macro_rules! bound {
    ($handle:expr) => {
        Some($handle.capacity())
    };
}

/// Tests that hold for every form.
macro_rules! on_every_form {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            stamp!($test: bounded_1, Bounded<1>);
            stamp!($test: bounded_2, Bounded<2>);
            stamp!($test: bounded_8, Bounded<8>);
            stamp!($test: static_2, Static<2>);
            managing!(stamp!($test: managed_2, Managed<2>););
        }
    )*};
}

/// Tests about a send that has to wait.
macro_rules! on_parking_forms {
    ($($tests:tt)*) => { on_every_form!($($tests)*); };
}

/// Tests about a buffer that gets full.
macro_rules! on_bounded_forms {
    ($($tests:tt)*) => { on_every_form!($($tests)*); };
}

/// Tests about messages that lie in the channel.
macro_rules! on_buffered_forms {
    ($($tests:tt)*) => { on_every_form!($($tests)*); };
}

/// The forms of such a kind; who makes them says how.
macro_rules! slab {
    () => {
        several_senders!();
        one_receiver!();

        use kind::{Receiver, Sender};
        use std::time::Duration;

        /// Whether there are permits, sends of several messages, and numbered places.
        pub(crate) const NUMBERED: bool = false;

        /// A permit that owns its sender: there is none.
        pub(crate) type HeldPermit<T> = (std::convert::Infallible, std::marker::PhantomData<T>);

        /// What makes a channel.
        pub(crate) type Make<T> = fn() -> (Sender<T>, Receiver<T>);

        /// One way to make a channel of this kind.
        pub(crate) trait Form: 'static {
            const NAME: &'static str;
            const CAPACITY: Option<usize>;
            const BUFFERS: bool = true;
            const ALLOCATES: bool = true;
            fn make<T: 'static>() -> (Sender<T>, Receiver<T>);
        }

        pub(crate) struct Bounded<const N: usize>;
        pub(crate) struct Static<const N: usize>;

        impl<const N: usize> Form for Bounded<N> {
            const NAME: &'static str = "bounded";
            const CAPACITY: Option<usize> = Some(N);
            fn make<T: 'static>() -> (Sender<T>, Receiver<T>) {
                on_the_heap(N)
            }
        }

        impl<const N: usize> Form for Static<N> {
            const NAME: &'static str = "static";
            const CAPACITY: Option<usize> = Some(N);
            const ALLOCATES: bool = false;
            fn make<T: 'static>() -> (Sender<T>, Receiver<T>) {
                crate::statics::split(in_a_static::<T, N>, |(tx, mut rx)| {
                    // Both sides waited there for good, and it is closed.
                    let mut recv = Box::pin(rx.recv());
                    assert!(crate::support::poll_noop(recv.as_mut()).is_pending());
                    std::mem::forget(recv);
                    let mut watch = Box::pin(tx.closed());
                    assert!(crate::support::poll_noop(watch.as_mut()).is_pending());
                    std::mem::forget(watch);
                    tx.close();
                })
            }
        }

        /// No single test may take longer, on a machine busy with other things.
        pub(crate) const LIMIT: Duration = Duration::from_secs(60);
    };
}

macro_rules! concerns {
    ($($concern:ident),* $(,)?) => { $(mod $concern;)* };
}

#[path = "inbox.rs"]
mod inbox;
#[path = "pool.rs"]
mod pool;
