//! A sender as a sink.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use alloc::boxed::Box;
use futures_sink::Sink;

use crate::error::{Closed, TrySendError};
use crate::kind::Kind;
use crate::op::{Op, Owner, Sending};

/// A sender as a [`Sink`]: made by its `into_sink`.
///
/// It holds at most one message that waits for room, in a box that is made when a message has to
/// wait. `poll_flush` completes when the channel has taken it (at a rendezvous: the receiver);
/// `poll_close` flushes and drops the sender.
#[must_use = "sinks do nothing until they are polled"]
pub struct SendSink<H, T, K: Kind> {
    state: State<H, T, K>,
}

/// The send of a message that waits for room.
type Waiting<H, T, K> = Op<Sending<H, T, K>>;

enum State<H, T, K: Kind> {
    Idle(H),
    Sending(Pin<Box<Waiting<H, T, K>>>),
    Closed,
}

impl<H: Owner<T, K>, T, K: Kind> SendSink<H, T, K> {
    pub(crate) fn new(sender: H) -> Self {
        Self {
            state: State::Idle(sender),
        }
    }

    fn poll_idle(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        match &mut self.state {
            State::Idle(sender) if sender.chan().is_closed() => Poll::Ready(Err(Closed)),
            State::Idle(_) => Poll::Ready(Ok(())),
            State::Sending(op) => {
                let (sent, sender) = H::part(ready!(op.as_mut().poll(context)));
                self.state = State::Idle(sender);
                Poll::Ready(sent.map_err(Closed::from))
            }
            State::Closed => Poll::Ready(Err(Closed)),
        }
    }
}

impl<H, T, K: Kind> Unpin for SendSink<H, T, K> {}

impl<H: Owner<T, K>, T, K: Kind> Sink<T> for SendSink<H, T, K> {
    type Error = Closed;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        self.get_mut().poll_idle(context)
    }

    fn start_send(self: Pin<&mut Self>, message: T) -> Result<(), Closed> {
        let this = self.get_mut();
        match core::mem::replace(&mut this.state, State::Closed) {
            State::Idle(sender) => {
                let sent = sender.chan().try_send(message);
                this.state = match sent {
                    Err(TrySendError::Full(message)) => {
                        State::Sending(Box::pin(Op::new(Sending::new(sender, message))))
                    }
                    Err(TrySendError::Closed(_)) => {
                        this.state = State::Idle(sender);
                        return Err(Closed);
                    }
                    Ok(()) => State::Idle(sender),
                };
                Ok(())
            }
            state @ State::Sending(_) => {
                this.state = state;
                panic!("start_send is called after poll_ready said so");
            }
            State::Closed => Err(Closed),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        match self.state {
            State::Sending(_) => self.get_mut().poll_idle(context),
            State::Idle(_) | State::Closed => Poll::Ready(Ok(())),
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        ready!(self.as_mut().poll_flush(context))?;
        self.get_mut().state = State::Closed;
        Poll::Ready(Ok(()))
    }
}

impl<H, T, K: Kind> fmt::Debug for SendSink<H, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendSink").finish_non_exhaustive()
    }
}
