//! Channels that are borrowed, in the clothes of the other kinds: what the concerns about messages and those
//! who wait for them need to run on them.
//!
//! Here a test's handle is a share of the channel, whose operations borrow the channel. The last
//! sender closes it, as a user would. So what is about handles is not tested on these kinds: how they
//! are counted, what their end does to messages, and those that are weak.

/// Tests that hold for every form: here there is one.
macro_rules! on_every_form {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            stamp!($test: borrowed, Borrowed);
        }
    )*};
}

/// Tests about a send that has to wait.
macro_rules! on_parking_forms {
    ($($tests:tt)*) => { on_every_form!($($tests)*); };
}

/// Tests about messages that lie in the channel, and permits for them.
macro_rules! on_buffered_forms {
    ($($tests:tt)*) => { buffering!(on_every_form!($($tests)*);); };
}

/// Tests about a buffer that gets full.
macro_rules! on_bounded_forms {
    ($($tests:tt)*) => { buffering!(on_every_form!($($tests)*);); };
}

/// Code about messages that lie in the channel. A rendezvous has a macro of its own for it.
macro_rules! buffering {
    ($($code:tt)*) => { $($code)* };
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

/// What owns a handle, or what borrows in its place.
macro_rules! owning_or {
    ($owning:expr, $other:expr $(,)?) => {
        $other
    };
}

/// Code about peeking: what one borrower looks at another may take, so none can.
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

/// Code about senders that share a channel.
macro_rules! crowded {
    ($($code:tt)*) => { $($code)* };
}

/// What several senders do, or what is done in its place where there is one.
macro_rules! crowded_or {
    ($crowd:expr, $other:expr $(,)?) => {
        $crowd
    };
}

/// A sender as what sends asks for it.
macro_rules! lend {
    ($tx:expr) => {
        &$tx
    };
}

/// The channels of a module with so many slots, and the concerns that hold for them.
macro_rules! borrowed {
    ($base:ident, $kind:ident, $n:literal: $($concern:ident),* $(,)?) => {
        pub(crate) mod kind {
            use std::ops::Deref;
            use std::pin::Pin;
            use std::sync::Arc;
            use std::task::{Context, Poll};
            use waterway::{SendError, fixed};

            type Channel<T> = fixed::Channel<T, $n, waterway::$base::$kind>;

            pub(crate) type SendOp<'a, T> = fixed::SendOp<'a, T, $n, waterway::$base::$kind>;

            /// Frees the channel when the last share of it is gone.
            struct Place<T>(*mut Channel<T>);

            // SAFETY: it gives shared references to the channel, and drops it.
            unsafe impl<T> Send for Place<T> where Channel<T>: Send + Sync {}
            // SAFETY: as above.
            unsafe impl<T> Sync for Place<T> where Channel<T>: Send + Sync {}

            impl<T> Place<T> {
                fn channel<'a>(&self) -> &'a Channel<T> {
                    // SAFETY: it is there until the place is dropped, and who borrows it holds the place.
                    unsafe { &*self.0 }
                }
            }

            impl<T> Drop for Place<T> {
                fn drop(&mut self) {
                    // SAFETY: it is from a box, and nobody borrows it any more.
                    drop(unsafe { Box::from_raw(self.0) });
                }
            }

            /// What all senders hold, or all receivers.
            struct Side<T>(Arc<Place<T>>);

            impl<T> Drop for Side<T> {
                fn drop(&mut self) {
                    self.0.channel().close();
                }
            }

            pub(crate) struct Sender<T>(Arc<Side<T>>);
            pub(crate) struct Receiver<T>(Arc<Side<T>>);

            pub(crate) fn make<T>() -> (Sender<T>, Receiver<T>) {
                let place = Arc::new(Place(Box::into_raw(Box::new(Channel::new()))));
                let side = |place| Arc::new(Side(place));
                (Sender(side(Arc::clone(&place))), Receiver(side(place)))
            }

            impl<T> Clone for Sender<T> {
                fn clone(&self) -> Self {
                    Sender(Arc::clone(&self.0))
                }
            }

            impl<T> Clone for Receiver<T> {
                fn clone(&self) -> Self {
                    Receiver(Arc::clone(&self.0))
                }
            }

            impl<T> Deref for Sender<T> {
                type Target = Channel<T>;
                fn deref(&self) -> &Channel<T> {
                    self.0.0.channel()
                }
            }

            impl<T> Deref for Receiver<T> {
                type Target = Channel<T>;
                fn deref(&self) -> &Channel<T> {
                    self.0.0.channel()
                }
            }

            impl<T: 'static> Sender<T> {
                /// A send that keeps the channel.
                pub(crate) fn send_owned(self, message: T) -> SendOwnedOp<T> {
                    let op = Box::pin(self.0.0.channel().send(message));
                    SendOwnedOp {
                        op,
                        tx: Some(self),
                    }
                }
            }

            pub(crate) struct SendOwnedOp<T: 'static> {
                /// Goes before what it borrows.
                op: Pin<Box<SendOp<'static, T>>>,
                tx: Option<Sender<T>>,
            }

            impl<T: 'static> SendOwnedOp<T> {
                pub(crate) fn cancel(mut self: Pin<&mut Self>) -> (Result<T, waterway::Delivered>, Sender<T>) {
                    let back = self.op.as_mut().cancel();
                    (back, self.tx.take().expect("the first end"))
                }
            }

            impl<T: 'static> Future for SendOwnedOp<T> {
                type Output = (Result<(), SendError<T>>, Sender<T>);
                fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                    let sent = std::task::ready!(self.op.as_mut().poll(cx));
                    Poll::Ready((sent, self.tx.take().expect("the first end")))
                }
            }
        }

        use kind::{Receiver, Sender};
        use std::time::Duration;

        pub(crate) trait Form: 'static {
            const NAME: &'static str;
            const CAPACITY: Option<usize>;
            const BUFFERS: bool = !matches!(Self::CAPACITY, Some(0));
            fn make<T: 'static>() -> (Sender<T>, Receiver<T>);
        }

        pub(crate) struct Borrowed;

        impl Form for Borrowed {
            const NAME: &'static str = "borrowed";
            const CAPACITY: Option<usize> = Some($n);
            fn make<T: 'static>() -> (Sender<T>, Receiver<T>) {
                kind::make()
            }
        }

        pub(crate) const LIMIT: Duration = Duration::from_secs(60);

        pub(crate) type SenderRef<'a, T> = &'a Sender<T>;
        /// A place to wait in.
        pub(crate) type Lent<'a, T> =
            waterway::$base::RecvStream<&'a waterway::$base::Channel<T, $n>, T>;

        pub(crate) fn senders<T>(tx: Sender<T>, wanted: usize) -> Vec<Sender<T>> {
            vec![tx; wanted]
        }

        pub(crate) fn lent<T>(rx: &mut Receiver<T>) -> Lent<'_, T> {
            rx.stream()
        }

        threaded! {
            /// What is an iterator by itself, once it is borrowed.
            pub(crate) fn borrowed<T>(rx: &mut Receiver<T>) -> impl Iterator<Item = T> {
                rx.iter()
            }
        }

        $(mod $concern;)*
    };
}
