//! Channels that are borrowed, in the clothes of the other kinds: what the concerns need to run on them.
//!
//! Here a test's handle is a share of the channel, whose operations borrow the channel: a sender is one of a
//! side, and so is a receiver. The last of a side closes the channel, as a user would; the last receiver also
//! takes what is left. What owns a handle elsewhere is here an operation, a permit or a stream together with the
//! share that it borrows by ([`Kept`](kind::Kept) and its like).
//!
//! What is about handles is not tested on these kinds (`owning!` has it, or a concern that they leave out),
//! because they have none:
//!
//! * `handles`, and a part of `reentry` and `alone`: handles are counted, compared, upgraded, reopen a channel, and
//!   go with an operation that is dropped.
//! * A part of `close`, `close_races` and `panics`: the last receiver goes, and with it messages, permits and
//!   flushes. A borrowed channel is closed, and what is in it is received or lives as long as it does.
//! * `sharing`, but for what several receivers do before the end.
//! * Owned operations as such: that they are `'static`, can be timed, and give their handles back.
//! * `sink`: a sink owns its sender.
//! * A part of `extremes`, `memory` and `rendezvous`: what a constructor allocates, and refuses; the capacity of
//!   a borrowed channel is in its type.

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

/// Code about handles: there are none.
macro_rules! owning {
    ($($code:tt)*) => {};
}

/// What owns a handle, or what borrows in its place.
macro_rules! owning_or {
    ($owning:expr, $other:expr $(,)?) => {
        $other
    };
}

/// The channels of a module with so many slots, and the concerns that hold for them.
macro_rules! borrowed {
    ($base:ident, $kind:ident, $n:literal: $($concern:ident),* $(,)?) => {
        pub(crate) mod kind {
            use futures_core::future::FusedFuture;
            use futures_core::stream::{FusedStream, Stream};
            use std::ops::{Deref, DerefMut};
            use std::pin::Pin;
            use std::sync::Arc;
            use std::task::{Context, Poll, ready};
            use waterway::{Delivered, SendError, TrySendError, fixed, shared};

            threaded!(use std::time::Duration; use waterway::{Timeout, Wait};);

            type Kind = waterway::$base::$kind;
            type Channel<T> = fixed::Channel<T, $n, Kind>;

            pub(crate) type SendOp<'a, T> = fixed::SendOp<'a, T, $n, Kind>;
            pub(crate) type RecvOp<'a, T> = fixed::RecvOp<'a, T, $n, Kind>;
            type ReserveOp<'a, T> = fixed::ReserveOp<'a, T, $n, Kind>;
            pub(crate) type Permit<'a, T> = shared::Permit<&'a Channel<T>, T, Kind>;
            pub(crate) type PermitIterator<'a, T> = shared::PermitIterator<&'a Channel<T>, T, Kind>;
            /// A place to wait in.
            pub(crate) type RecvStream<'a, T> = shared::RecvStream<&'a Channel<T>, T, Kind>;

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
            struct Side<T> {
                place: Arc<Place<T>>,
                receives: bool,
            }

            impl<T> Drop for Side<T> {
                fn drop(&mut self) {
                    self.place.channel().close();
                    if self.receives {
                        self.place.channel().drain().for_each(drop);
                    }
                }
            }

            pub(crate) struct Sender<T>(Arc<Side<T>>);
            pub(crate) struct Receiver<T>(Arc<Side<T>>);

            pub(crate) fn make<T>() -> (Sender<T>, Receiver<T>) {
                let place = Arc::new(Place(Box::into_raw(Box::new(Channel::new()))));
                let side = |receives| {
                    let place = Arc::clone(&place);
                    Arc::new(Side { place, receives })
                };
                (Sender(side(false)), Receiver(side(true)))
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
                    self.0.place.channel()
                }
            }

            impl<T> Deref for Receiver<T> {
                type Target = Channel<T>;
                fn deref(&self) -> &Channel<T> {
                    self.0.place.channel()
                }
            }

            impl<T> std::fmt::Debug for Sender<T> {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    (**self).fmt(f)
                }
            }

            impl<T> Receiver<T> {
                /// As handles tell it.
                pub(crate) fn capacity(&self) -> Option<usize> {
                    Some((**self).capacity())
                }
            }

            impl<T: 'static> Receiver<T> {
                pub(crate) fn recv_owned(self) -> Kept<T, RecvOp<'static, T>, Self> {
                    let place = Arc::clone(&self.0.place);
                    Kept::new(place.channel().recv(), place, self)
                }

                pub(crate) fn into_stream(self) -> KeptStream<T> {
                    let stream = self.0.place.channel().stream();
                    KeptStream { stream, rx: self }
                }
            }

            impl<T> Sender<T> {
                /// As handles tell it.
                pub(crate) fn capacity(&self) -> Option<usize> {
                    Some((**self).capacity())
                }
            }

            impl<T: 'static> Sender<T> {
                pub(crate) fn send_owned(self, message: T) -> SendOwnedOp<T> {
                    let place = Arc::clone(&self.0.place);
                    Kept::new(place.channel().send(message), place, self)
                }

                pub(crate) fn reserve_owned(self) -> Kept<T, ReserveOp<'static, T>, Self> {
                    let place = Arc::clone(&self.0.place);
                    Kept::new(place.channel().reserve(), place, self)
                }

                pub(crate) fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
                    match self.0.place.channel().try_reserve() {
                        Ok(permit) => Ok(OwnedPermit { permit, tx: self }),
                        Err(TrySendError::Full(())) => Err(TrySendError::Full(self)),
                        Err(TrySendError::Closed(())) => Err(TrySendError::Closed(self)),
                    }
                }
            }

            pub(crate) type SendOwnedOp<T> = Kept<T, SendOp<'static, T>, Sender<T>>;

            /// An operation, and the share that it borrows by, which it gives back.
            pub(crate) struct Kept<T, Op, H> {
                op: Pin<Box<Op>>,
                /// What it borrows is there as long as it is, also when it has ended.
                _place: Arc<Place<T>>,
                handle: Option<H>,
            }

            impl<T, Op, H> Kept<T, Op, H> {
                fn new(op: Op, place: Arc<Place<T>>, handle: H) -> Self {
                    Kept {
                        op: Box::pin(op),
                        _place: place,
                        handle: Some(handle),
                    }
                }

                fn end(&mut self) -> H {
                    self.handle.take().expect("the first end")
                }
            }

            impl<T> Kept<T, SendOp<'static, T>, Sender<T>> {
                pub(crate) fn cancel(mut self: Pin<&mut Self>) -> (Result<T, Delivered>, Sender<T>) {
                    (self.op.as_mut().cancel(), self.end())
                }
            }

            threaded! {
                impl<T> Kept<T, SendOp<'static, T>, Sender<T>> {
                    pub(crate) fn wait(mut self: Pin<&mut Self>) -> (Result<(), SendError<T>>, Sender<T>) {
                        (self.op.as_mut().wait(), self.end())
                    }

                    pub(crate) fn wait_timeout(
                        mut self: Pin<&mut Self>,
                        duration: Duration,
                    ) -> Result<(Result<(), SendError<T>>, Sender<T>), Timeout> {
                        let sent = self.op.as_mut().wait_timeout(duration)?;
                        Ok((sent, self.end()))
                    }
                }
            }

            impl<T> Kept<T, RecvOp<'static, T>, Receiver<T>> {
                pub(crate) fn cancel(mut self: Pin<&mut Self>) -> Receiver<T> {
                    self.op.as_mut().cancel();
                    self.end()
                }
            }

            impl<T> Kept<T, ReserveOp<'static, T>, Sender<T>> {
                pub(crate) fn cancel(mut self: Pin<&mut Self>) -> Sender<T> {
                    self.op.as_mut().cancel();
                    self.end()
                }
            }

            impl<T> Future for Kept<T, SendOp<'static, T>, Sender<T>> {
                type Output = (Result<(), SendError<T>>, Sender<T>);
                fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                    let sent = ready!(self.op.as_mut().poll(cx));
                    Poll::Ready((sent, self.end()))
                }
            }

            impl<T> Future for Kept<T, RecvOp<'static, T>, Receiver<T>> {
                type Output = (Option<T>, Receiver<T>);
                fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                    let got = ready!(self.op.as_mut().poll(cx));
                    Poll::Ready((got, self.end()))
                }
            }

            impl<T> Future for Kept<T, ReserveOp<'static, T>, Sender<T>> {
                type Output = Result<OwnedPermit<T>, SendError<Sender<T>>>;
                fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                    let permit = ready!(self.op.as_mut().poll(cx));
                    let tx = self.end();
                    Poll::Ready(match permit {
                        Ok(permit) => Ok(OwnedPermit { permit, tx }),
                        Err(SendError(())) => Err(SendError(tx)),
                    })
                }
            }

            impl<T, Op: FusedFuture, H> FusedFuture for Kept<T, Op, H>
            where
                Self: Future,
            {
                fn is_terminated(&self) -> bool {
                    self.op.is_terminated()
                }
            }

            /// A permit, and the share that it borrows by.
            #[derive(Debug)]
            pub(crate) struct OwnedPermit<T: 'static> {
                /// Goes before what it borrows.
                permit: Permit<'static, T>,
                tx: Sender<T>,
            }

            impl<T> OwnedPermit<T> {
                pub(crate) fn send(self, message: T) -> (Result<(), SendError<T>>, Sender<T>) {
                    (self.permit.send(message), self.tx)
                }

                pub(crate) fn release(self) -> Sender<T> {
                    drop(self.permit);
                    self.tx
                }
            }

            /// A stream, and the share that it borrows by.
            pub(crate) struct KeptStream<T: 'static> {
                /// Goes before what it borrows.
                stream: RecvStream<'static, T>,
                rx: Receiver<T>,
            }

            impl<T> KeptStream<T> {
                pub(crate) fn get_ref(&self) -> &Receiver<T> {
                    &self.rx
                }
            }

            impl<T> Deref for KeptStream<T> {
                type Target = RecvStream<'static, T>;
                fn deref(&self) -> &Self::Target {
                    &self.stream
                }
            }

            impl<T> DerefMut for KeptStream<T> {
                fn deref_mut(&mut self) -> &mut Self::Target {
                    &mut self.stream
                }
            }

            impl<T> Stream for KeptStream<T> {
                type Item = T;
                fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
                    Pin::new(&mut self.stream).poll_next(cx)
                }
                fn size_hint(&self) -> (usize, Option<usize>) {
                    self.stream.size_hint()
                }
            }

            impl<T> FusedStream for KeptStream<T> {
                fn is_terminated(&self) -> bool {
                    self.stream.is_terminated()
                }
            }
        }

        use kind::{Receiver, Sender};
        use std::time::Duration;

        /// Whether there are permits, sends of several messages, and numbered places.
        pub(crate) const NUMBERED: bool = true;
        /// Whether several messages are received at once.
        pub(crate) const GATHERS: bool = true;

        /// A permit that owns its sender.
        pub(crate) type HeldPermit<T> = kind::OwnedPermit<T>;

        /// What makes a channel.
        pub(crate) type Make<T> = fn() -> (Sender<T>, Receiver<T>);

        pub(crate) trait Form: 'static {
            const NAME: &'static str;
            const CAPACITY: Option<usize>;
            const BUFFERS: bool = !matches!(Self::CAPACITY, Some(0));
            /// It lies where its owner puts it.
            const ALLOCATES: bool = false;
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

        pub(crate) fn rendezvous<T: 'static>() -> Vec<(&'static str, Make<T>)> {
            vec![("borrowed", kind::make)]
        }

        pub(crate) const LIMIT: Duration = Duration::from_secs(60);

        several_senders!();

        /// Whether a receive that is frozen may have the wake-up that another needs: one each.
        pub(crate) const SHARES_WAKES: bool = true;

        pub(crate) type Poller<T> = kind::KeptStream<T>;
        pub(crate) type Lent<'a, T> = kind::RecvStream<'a, T>;

        pub(crate) fn poller<T>(rx: Receiver<T>) -> Poller<T> {
            rx.into_stream()
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

        pub(crate) fn handle<T>(poller: &mut Poller<T>) -> &Receiver<T> {
            poller.get_ref()
        }

        $(mod $concern;)*
    };
}
