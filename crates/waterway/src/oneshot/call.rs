//! A request and its reply, on top of any sender.

use core::pin::Pin;
use core::task::Poll;

#[cfg(feature = "alloc")]
use super::Pool;
use super::{Receiver, Sender};
#[cfg(feature = "alloc")]
use crate::error::TrySendError;
use crate::error::{SendError, SendTimeoutError};
use crate::kind::{Kind, sealed::Sealed};
use crate::op::{Action, Handle, Op, Sending};
use crate::transmit::Transmit;
use crate::wait::How;
#[cfg(feature = "std")]
use crate::wait::Pace;

/// A request, and the way back for its answer.
///
/// It is a message like any other, for a channel of any kind: the responder receives it, and sends the
/// answer by `reply`. If it drops that instead, with the request or without, the requester is told that
/// there is no answer. If the requester has gone, `reply` [is closed](Sender::is_closed), and
/// [tells](Sender::closed) a responder that waits for it.
///
/// See [`Request`] for the requester's side.
#[derive(Debug)]
pub struct Call<Q, R> {
    /// What is asked.
    pub request: Q,
    /// Where the answer goes.
    pub reply: Sender<R>,
}

impl<Q, R> Call<Q, R> {
    /// A request, and where its answer arrives: to be sent by any means.
    #[cfg(feature = "alloc")]
    pub fn new(request: Q) -> (Self, Receiver<R>) {
        let (reply, receiver) = super::channel();
        (Self { request, reply }, receiver)
    }

    /// Sends what the request comes to.
    ///
    /// # Errors
    /// [`SendError`] with the answer, if nobody waits for it any more.
    pub fn answer(self, answer: impl FnOnce(Q) -> R) -> Result<(), SendError<R>> {
        self.reply.send(answer(self.request))
    }
}

/// The operation of [`Request::request`].
pub type RequestOp<'a, S, Q, R, K> = Op<Requesting<'a, S, Q, R, K>>;

/// Any sender of [`Call`]s: asks, and waits for the answer.
///
/// For every handle that is a [`Transmit`]; so its methods ask for `&mut self`, which a clone of a
/// shared sender has.
///
/// # Examples
/// A task asks, a thread answers:
///
/// ```
/// use waterway::mpsc;
/// use waterway::oneshot::{Call, Request};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (mut requests, inbox) = mpsc::bounded::<Call<u64, u64>>(4);
/// let worker = std::thread::spawn(move || {
///     for call in inbox {
///         // Who asked may have gone away meanwhile: that is no error here.
///         let _ = call.answer(|number| number * number);
///     }
/// });
/// assert_eq!(requests.request(3).await, Ok(9));
/// assert_eq!(requests.request(4).await, Ok(16));
/// drop(requests);
/// worker.join().unwrap();
/// # }
/// ```
pub trait Request<Q, R>: Transmit<Call<Q, R>> {
    /// Sends a request, waiting for room, and waits for its answer.
    ///
    /// # Cancel safety
    /// While there is no room a request that is dropped was not sent. Afterwards the responder sees that
    /// nobody waits for the answer any more, and may have taken the request.
    ///
    /// # Errors
    /// [`SendError`] with the request if the channel is closed; with `None` if it was sent, and nobody will
    /// answer: the responder has dropped it. A timed wait says
    /// [`Timeout`](SendTimeoutError::Timeout), with the request if it was not sent.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use waterway::oneshot::{Call, Request};
    /// use waterway::{SendError, SendTimeoutError, mpsc};
    ///
    /// let (mut requests, mut inbox) = mpsc::bounded::<Call<u64, u64>>(1);
    /// let moment = Duration::from_millis(1);
    /// // Sent, and not answered.
    /// let answer = requests.request(1).wait_timeout(moment);
    /// assert_eq!(answer, Err(SendTimeoutError::Timeout(None)));
    /// // There was no room.
    /// let answer = requests.request(2).wait_timeout(moment);
    /// assert_eq!(answer, Err(SendTimeoutError::Timeout(Some(2))));
    /// // Nobody waits for it any more.
    /// let call = inbox.try_recv().unwrap();
    /// assert!(call.reply.is_closed());
    /// // There is nobody.
    /// drop(inbox);
    /// assert_eq!(requests.request(3).wait(), Err(SendError(Some(3))));
    /// ```
    #[cfg(feature = "alloc")]
    fn request(&mut self, request: Q) -> RequestOp<'_, Self, Q, R, Self::Kind>
    where
        Self: Sized,
    {
        Op::new(Requesting::new(self, Call::new(request)))
    }

    /// [`request`](Self::request) with a channel of this pool for the answer.
    #[cfg(feature = "alloc")]
    fn request_by(&mut self, pool: &Pool<R>, request: Q) -> RequestOp<'_, Self, Q, R, Self::Kind>
    where
        Self: Sized,
    {
        Op::new(Requesting::new(self, pool.call(request)))
    }

    /// Sends a request if there is room now; its answer arrives at the receiver that this gives.
    ///
    /// # Errors
    /// [`TrySendError`] with the request.
    #[cfg(feature = "alloc")]
    fn try_request(&mut self, request: Q) -> Result<Receiver<R>, TrySendError<Q>> {
        let (call, receiver) = Call::new(request);
        match self.try_send(call) {
            Ok(()) => Ok(receiver),
            Err(error) => Err(error.map(|call| call.request)),
        }
    }

    /// Sends a call that was made elsewhere, waiting for room, and waits for its answer.
    fn request_with(
        &mut self,
        call: Call<Q, R>,
        answer: Receiver<R>,
    ) -> RequestOp<'_, Self, Q, R, Self::Kind>
    where
        Self: Sized,
    {
        Op::new(Requesting::new(self, (call, answer)))
    }
}

impl<Q, R, S: Transmit<Call<Q, R>>> Request<Q, R> for S {}

/// The action of [`Request::request`].
#[doc(hidden)]
#[derive(Debug)]
pub struct Requesting<'a, S, Q, R, K: Kind> {
    sending: Sending<&'a mut S, Call<Q, R>, K>,
    stage: Stage,
    /// It stays until the action goes, or is cancelled: a thread that waits here knows its pace.
    answer: Option<Receiver<R>>,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The call is to be sent.
    New,
    /// It was sent.
    Sent,
    /// The answer is there, or will never be.
    Spent,
}

impl<'a, S: Handle<Call<Q, R>, K>, Q, R, K: Kind> Requesting<'a, S, Q, R, K> {
    fn new(sender: &'a mut S, (call, answer): (Call<Q, R>, Receiver<R>)) -> Self {
        Self {
            sending: Sending::new(sender, call),
            stage: Stage::New,
            answer: Some(answer),
        }
    }
}

impl<'a, S, Q, R, K: Kind> Requesting<'a, S, Q, R, K> {
    /// The parts, of which the first alone is pinned.
    #[allow(clippy::type_complexity, reason = "they are parts")]
    fn parts(
        self: Pin<&mut Self>,
    ) -> (
        Pin<&mut Sending<&'a mut S, Call<Q, R>, K>>,
        &mut Stage,
        &mut Option<Receiver<R>>,
    ) {
        // SAFETY: nothing moves the first out, and the others are never pinned.
        unsafe {
            let this = self.get_unchecked_mut();
            (
                Pin::new_unchecked(&mut this.sending),
                &mut this.stage,
                &mut this.answer,
            )
        }
    }
}

impl<S, Q, R, K: Kind> Sealed for Requesting<'_, S, Q, R, K> {}

impl<S: Handle<Call<Q, R>, K>, Q, R, K: Kind> Action for Requesting<'_, S, Q, R, K> {
    type Kind = K;
    type Output = Result<R, SendError<Option<Q>>>;
    type Timed = Result<R, SendTimeoutError<Option<Q>>>;
    /// The request, if it was not sent.
    type Cancelled = Option<Q>;

    fn step(self: Pin<&mut Self>, how: How<'_>) -> Poll<Self::Output> {
        let (sending, stage, answer) = self.parts();
        assert!(
            *stage != Stage::Spent,
            "an operation is polled until it is ready"
        );
        if *stage == Stage::New {
            match sending.step(how) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => *stage = Stage::Sent,
                Poll::Ready(Err(SendError(call))) => {
                    *stage = Stage::Spent;
                    return Poll::Ready(Err(SendError(Some(call.request))));
                }
            }
        }
        let receiver = answer.as_mut().expect("it is not spent");
        let polled = receiver.half().poll(how.waker());
        if polled.is_ready() {
            *stage = Stage::Spent;
        }
        polled.map(|found| found.map_err(|_| SendError(None)))
    }

    fn cancel(self: Pin<&mut Self>) -> Option<Q> {
        let (sending, stage, answer) = self.parts();
        let call = match *stage {
            Stage::New => sending.cancel().ok(),
            Stage::Sent | Stage::Spent => None,
        };
        *stage = Stage::Spent;
        drop(answer.take());
        call.map(|call| call.request)
    }

    fn timed_out(request: Option<Q>) -> Self::Timed {
        Err(SendTimeoutError::Timeout(request))
    }

    fn in_time(output: Self::Output) -> Self::Timed {
        output.map_err(SendTimeoutError::from)
    }

    fn is_spent(&self) -> bool {
        self.stage == Stage::Spent
    }

    #[cfg(feature = "std")]
    fn pace(&self) -> Option<&Pace> {
        match self.stage {
            Stage::New => self.sending.pace(),
            Stage::Sent | Stage::Spent => self.answer.as_ref().map(Receiver::pace),
        }
    }
}
