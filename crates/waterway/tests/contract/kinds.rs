//! What every kind is tested by: its forms, and one `#[test]` for each test and form. And what a kind can, as
//! macros: those here are of a kind with handles whose both ends many threads share. One that differs has
//! its own in their place.

/// One `#[test]` for one form.
macro_rules! stamp {
    ($test:ident: $name:ident, $form:ty) => {
        #[test]
        fn $name() {
            #[allow(unused_imports, reason = "the path of the form's type")]
            use super::super::*;
            let name = concat!(module_path!(), "::", stringify!($name));
            crate::statics::watched(name, super::super::LIMIT, super::$test::<$form>);
        }
    };
}

/// Code about handles: what makes, owns and counts them, those that are weak, and the end that they bring.
macro_rules! owning {
    ($($code:tt)*) => { $($code)* };
}

/// What owns a handle, or what borrows in its place where there is none to own.
macro_rules! owning_or {
    ($owning:expr, $other:expr $(,)?) => {
        $owning
    };
}

/// Code about peeking: what one receiver looks at another may take, so none can.
macro_rules! peeking {
    ($($code:tt)*) => {};
}

/// A peek, or what is done in its place where nobody can.
macro_rules! peek_or {
    ($peek:expr, $other:expr $(,)?) => {
        $other
    };
}

/// Code about a receiver that there is only one of.
macro_rules! sole {
    ($($code:tt)*) => {};
}

/// Code about senders that share a channel: clones, several sends at a time, weak senders, `force_send`.
macro_rules! crowded {
    ($($code:tt)*) => { $($code)* };
}

/// What several senders do, or what is done in its place where there is one.
macro_rules! crowded_or {
    ($crowd:expr, $other:expr $(,)?) => {
        $crowd
    };
}

/// Code about threads that share a channel, or wait for it.
macro_rules! threaded {
    ($($code:tt)*) => { $($code)* };
}

/// What threads do, or what is done in its place where there is one.
macro_rules! threaded_or {
    ($threads:expr, $other:expr $(,)?) => {
        $threads
    };
}

/// Code about channels that may have a manager: here none may.
macro_rules! managing {
    ($($code:tt)*) => {};
}

/// Code about permits, about several messages at once, and about what they are numbered for.
macro_rules! numbered {
    ($($code:tt)*) => { $($code)* };
}

/// Code that receives several messages at once.
macro_rules! gathering {
    ($($code:tt)*) => { $($code)* };
}

/// What receives several at once, or what is done in its place where nothing does.
macro_rules! gathering_or {
    ($gathering:expr, $other:expr $(,)?) => {
        $gathering
    };
}

/// The messages of an iterator of a receiver's, by value.
macro_rules! values {
    ($rx:ident, $way:ident) => {
        $rx.$way()
    };
}

/// Code that stands in the place of these where there are none.
macro_rules! unnumbered {
    ($($code:tt)*) => {};
}

/// What is done by these, or in their place where there are none.
macro_rules! numbered_or {
    ($numbered:expr, $other:expr $(,)?) => {
        $numbered
    };
}

/// The most messages that a handle's channel has room for, if there is such a number.
macro_rules! bound {
    ($handle:expr) => {
        $handle.capacity()
    };
}

/// A sender as what sends asks for it.
macro_rules! lend {
    ($tx:expr) => {
        &$tx
    };
}

/// Senders that are cloned.
macro_rules! several_senders {
    () => {
        /// Whether there may be several senders.
        pub(crate) const CROWDED: bool = true;

        /// What `lend!` gives.
        pub(crate) type SenderRef<'a, T> = &'a Sender<T>;

        /// So many senders, or the one that there is.
        pub(crate) fn senders<T>(tx: Sender<T>, wanted: usize) -> Vec<Sender<T>> {
            vec![tx; wanted]
        }
    };
}

/// Receivers that are cloned.
macro_rules! several_receivers {
    () => {
        /// Whether a receive that is frozen may have the wake-up that another needs: one each.
        pub(crate) const SHARES_WAKES: bool = true;

        /// Polled by hand, and a stream: a receiver and its place to wait in.
        pub(crate) type Poller<T> = kind::RecvStream<Receiver<T>, T>;
        /// The same, of a receiver that is borrowed.
        pub(crate) type Lent<'a, T> = kind::RecvStream<&'a Receiver<T>, T>;

        pub(crate) fn poller<T>(rx: Receiver<T>) -> Poller<T> {
            rx.into_stream()
        }

        pub(crate) fn lent<T>(rx: &mut Receiver<T>) -> Lent<'_, T> {
            rx.stream()
        }

        threaded! {
            /// What is an iterator by itself, once it is borrowed.
            pub(crate) fn borrowed<T>(rx: &mut Receiver<T>) -> &Receiver<T> {
                rx
            }
        }

        /// The receiver in a poller.
        pub(crate) fn handle<T>(poller: &mut Poller<T>) -> &Receiver<T> {
            poller.get_ref()
        }
    };
}

/// One receiver, which is all by itself.
macro_rules! one_receiver {
    () => {
        /// Whether a receive that is frozen may have the wake-up that another needs.
        pub(crate) const SHARES_WAKES: bool = false;

        /// Polled by hand, and a stream: the receiver itself.
        pub(crate) type Poller<T> = Receiver<T>;
        /// The same, borrowed.
        pub(crate) type Lent<'a, T> = &'a mut Receiver<T>;

        pub(crate) fn poller<T>(rx: Receiver<T>) -> Poller<T> {
            std::convert::identity(rx)
        }

        pub(crate) fn lent<T>(rx: &mut Receiver<T>) -> Lent<'_, T> {
            std::convert::identity(rx)
        }

        /// What is an iterator by itself, once it is borrowed.
        pub(crate) fn borrowed<T>(rx: &mut Receiver<T>) -> &mut Receiver<T> {
            std::convert::identity(rx)
        }

        /// The receiver in a poller.
        pub(crate) fn handle<T>(poller: &mut Poller<T>) -> &mut Receiver<T> {
            std::convert::identity(poller)
        }
    };
}

/// What an operation comes to that need not wait: by a thread that would, or else by one look.
macro_rules! finish {
    ($op:expr) => {
        threaded_or!(
            $op.wait(),
            crate::support::assert_ready(std::pin::pin!($op).as_mut(), std::task::Waker::noop())
        )
    };
}

/// What an operation comes to that is given no time.
macro_rules! at_once {
    ($op:expr) => {
        threaded_or!(
            $op.wait_timeout(std::time::Duration::ZERO),
            crate::support::block_on($op.until(std::future::ready(())))
        )
    };
}

/// The messages of a channel that need not be waited for, by the iterator that would.
macro_rules! iter_or_try {
    ($rx:expr) => {
        threaded_or!($rx.iter(), $rx.try_iter())
    };
}

/// Tests that hold for every form.
macro_rules! on_every_form {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            stamp!($test: rendezvous, Rendezvous);
            stamp!($test: bounded_1, Bounded<1>);
            stamp!($test: bounded_2, Bounded<2>);
            stamp!($test: bounded_8, Bounded<8>);
            stamp!($test: unbounded, Unbounded);
            threaded!(stamp!($test: static_0, Static<0>););
            threaded!(stamp!($test: static_2, Static<2>););
            managing!(stamp!($test: managed_2, Managed<2>););
        }
    )*};
}

/// Tests about a send that has to wait.
macro_rules! on_parking_forms {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            stamp!($test: rendezvous, Rendezvous);
            stamp!($test: bounded_1, Bounded<1>);
            stamp!($test: bounded_2, Bounded<2>);
            stamp!($test: bounded_8, Bounded<8>);
            threaded!(stamp!($test: static_0, Static<0>););
            threaded!(stamp!($test: static_2, Static<2>););
            managing!(stamp!($test: managed_2, Managed<2>););
        }
    )*};
}

/// Tests about messages that lie in the channel, and permits for them.
macro_rules! on_buffered_forms {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            stamp!($test: bounded_1, Bounded<1>);
            stamp!($test: bounded_2, Bounded<2>);
            stamp!($test: bounded_8, Bounded<8>);
            stamp!($test: unbounded, Unbounded);
            threaded!(stamp!($test: static_2, Static<2>););
            managing!(stamp!($test: managed_2, Managed<2>););
        }
    )*};
}

/// Tests about a buffer that gets full.
macro_rules! on_bounded_forms {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            stamp!($test: bounded_1, Bounded<1>);
            stamp!($test: bounded_2, Bounded<2>);
            stamp!($test: bounded_8, Bounded<8>);
            threaded!(stamp!($test: static_2, Static<2>););
            managing!(stamp!($test: managed_2, Managed<2>););
        }
    )*};
}

/// A kind of channels in all its forms, and the concerns that hold for it.
macro_rules! kind {
    ($kind:ident: $($concern:ident),* $(,)?) => {
        pub(crate) use waterway::$kind as kind;

        use kind::{Receiver, Sender};
        use std::time::Duration;

        /// Whether there are permits, sends of several messages, and numbered places.
        pub(crate) const NUMBERED: bool = true;
        /// Whether several messages are received at once.
        pub(crate) const GATHERS: bool = true;

        /// A permit that owns its sender.
        pub(crate) type HeldPermit<T> = kind::OwnedPermit<T>;

        /// The largest capacity.
        pub(crate) const MOST: usize = kind::MAX_CAPACITY;

        /// What makes a channel.
        pub(crate) type Make<T> = fn() -> (Sender<T>, Receiver<T>);

        /// One way to make a channel of this kind.
        pub(crate) trait Form: 'static {
            const NAME: &'static str;
            /// `None`: unbounded.
            const CAPACITY: Option<usize>;
            /// Can hold a message that no receiver waits for.
            const BUFFERS: bool = !matches!(Self::CAPACITY, Some(0));
            /// Lies in memory of its own.
            const ALLOCATES: bool = true;
            fn make<T: 'static>() -> (Sender<T>, Receiver<T>);
        }

        pub(crate) struct Rendezvous;
        pub(crate) struct Bounded<const N: usize>;
        pub(crate) struct Unbounded;

        impl Form for Rendezvous {
            const NAME: &'static str = "rendezvous";
            const CAPACITY: Option<usize> = Some(0);
            fn make<T: 'static>() -> (Sender<T>, Receiver<T>) {
                kind::rendezvous()
            }
        }

        impl<const N: usize> Form for Bounded<N> {
            const NAME: &'static str = "bounded";
            const CAPACITY: Option<usize> = Some(N);
            fn make<T: 'static>() -> (Sender<T>, Receiver<T>) {
                kind::bounded(N)
            }
        }

        impl Form for Unbounded {
            const NAME: &'static str = "unbounded";
            const CAPACITY: Option<usize> = None;
            fn make<T: 'static>() -> (Sender<T>, Receiver<T>) {
                kind::unbounded()
            }
        }

        managing! {
            pub(crate) struct Managed<const N: usize>;

            impl<const N: usize> Form for Managed<N> {
                const NAME: &'static str = "managed";
                const CAPACITY: Option<usize> = Some(N);
                fn make<T: 'static>() -> (Sender<T>, Receiver<T>) {
                    crate::managed::second_life(kind::managed(N))
                }
            }
        }

        // A static is there for all threads.
        threaded! {
            pub(crate) struct Static<const N: usize>;

            impl<const N: usize> Form for Static<N> {
                const NAME: &'static str = "static";
                const CAPACITY: Option<usize> = Some(N);
                const ALLOCATES: bool = false;
                fn make<T: 'static>() -> (Sender<T>, Receiver<T>) {
                    crate::statics::split(kind::Static::<T, N>::new, |(mut tx, mut rx)| {
                        // It is closed, and one waits there for good, for a permit if there can be one.
                        std::mem::forget(tx.try_reserve());
                        rx.close();
                        let mut recv = Box::pin(rx.recv());
                        let end = crate::support::poll_noop(recv.as_mut());
                        assert_eq!(end.is_pending(), N > 0);
                        std::mem::forget(recv);
                    })
                }
            }
        }

        /// All the ways to make a rendezvous: they are the same thing.
        pub(crate) fn rendezvous<T: 'static>() -> Vec<(&'static str, Make<T>)> {
            let mut makes: Vec<(_, Make<T>)> = vec![
                ("rendezvous", kind::rendezvous),
                ("bounded(0)", || kind::bounded(0)),
            ];
            threaded!(makes.push(("static", Static::<0>::make)););
            makes
        }

        /// No single test may take longer, on a machine busy with other things.
        pub(crate) const LIMIT: Duration = Duration::from_secs(60);

        $(mod $concern;)*
    };
}
