//! Handles: I27 to I30.

use std::pin::pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use crate::lock::Spin;
use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on, poll_noop};
use crate::sut::buffer::{ArrayBuf, FixedHeapBuf, GrowingHeapBuf};
use crate::sut::channel::shared::{
    GenericReceiver, GenericSender, Receiver, Sender, SharedStream, UnbufferedReceiver,
    UnbufferedSender, channel, generic_channel, unbuffered_channel,
};
use crate::sut::channel::{ChannelSendError, CloseStatus, TryReceiveError, TrySendError};

#[test]
fn i27_the_last_sender_closes() {
    let (sender, receiver) = channel(2);
    let other = sender.clone();
    block_on(sender.send(1)).unwrap();
    drop(sender);
    assert_eq!(other.try_send(2), Ok(()));
    assert_eq!(other.try_send(3), Err(TrySendError::Full(3)));
    assert_eq!(receiver.try_receive(), Ok(1));
    drop(other);
    // What was sent is received, and then the end.
    assert_eq!(block_on(receiver.receive()), Some(2));
    assert_eq!(block_on(receiver.receive()), None);

    let (sender, receiver) = channel::<u8>(1);
    let probe = Probe::new();
    let mut receive = pin!(receiver.receive());
    assert_pending(receive.as_mut(), &probe.waker());
    drop(sender);
    assert!(probe.is_woken());
    assert_eq!(assert_ready(receive, &probe.waker()), None);
}

/// A future is no handle: it does not keep the channel open.
#[test]
fn i27_a_waiting_send_does_not_keep_the_channel_open() {
    let (sender, receiver) = channel(1);
    sender.try_send(1).unwrap();
    let probe = Probe::new();
    let mut send = Box::pin(sender.send(2));
    assert_pending(send.as_mut(), &probe.waker());
    drop(sender);
    assert!(probe.is_woken());
    assert_eq!(
        assert_ready(send.as_mut(), &probe.waker()),
        Err(ChannelSendError(2))
    );
    assert_eq!(block_on(receiver.receive()), Some(1));
    assert_eq!(block_on(receiver.receive()), None);
}

#[test]
fn i28_the_last_receiver_closes_and_drops_what_is_there() {
    let ledger = Ledger::new();
    let (sender, receiver) = channel(2);
    let other = receiver.clone();
    assert!(sender.try_send(ledger.make(1)).is_ok());
    assert!(sender.try_send(ledger.make(2)).is_ok());
    let probe = Probe::new();
    let mut send = Box::pin(sender.send(ledger.make(3)));
    assert_pending(send.as_mut(), &probe.waker());
    drop(receiver);
    assert_eq!(ledger.live(), [1, 2, 3]);
    // A receive that waits is no receiver.
    let later = other.receive();
    drop(other);
    assert_eq!(ledger.live(), [3]);
    assert!(probe.is_woken());
    let ChannelSendError(back) = assert_ready(send.as_mut(), &probe.waker()).unwrap_err();
    assert_eq!(back, 3);
    assert!(sender.try_send(ledger.make(4)).unwrap_err().is_closed());
    assert!(block_on(later).is_none());
    assert_eq!(sender.close(), CloseStatus::AlreadyClosed);
}

#[test]
fn i28_either_side_closes() {
    let (sender, receiver) = channel::<u8>(1);
    assert_eq!(receiver.close(), CloseStatus::NewlyClosed);
    assert_eq!(sender.close(), CloseStatus::AlreadyClosed);
    assert_eq!(receiver.try_receive(), Err(TryReceiveError::Closed));
    assert_eq!(block_on(sender.send(1)), Err(ChannelSendError(1)));
    let (sender, receiver) = channel::<u8>(1);
    sender.try_send(1).unwrap();
    assert_eq!(sender.close(), CloseStatus::NewlyClosed);
    assert_eq!(receiver.try_receive(), Ok(1));
    assert_eq!(receiver.try_receive(), Err(TryReceiveError::Closed));
}

#[test]
fn i29_a_receiver_is_made_a_stream() {
    fn traits<S: Stream<Item = u8> + FusedStream + Send + 'static>(_: &S) {}
    assert_not!(SharedStream<Spin, u8, FixedHeapBuf<u8>>: Unpin);
    let (sender, receiver) = channel(2);
    let mut stream = pin!(receiver.into_stream());
    traits(&*stream);
    let probe = Probe::new();
    let waker = probe.waker();
    let mut next = || stream.as_mut().poll_next(&mut Context::from_waker(&waker));
    assert_eq!(next(), Poll::Pending);
    sender.try_send(1).unwrap();
    assert!(probe.is_woken());
    assert_eq!(next(), Poll::Ready(Some(1)));
    sender.try_send(2).unwrap();
    drop(sender);
    assert_eq!(next(), Poll::Ready(Some(2)));
    assert_eq!(next(), Poll::Ready(None));
    assert_eq!(next(), Poll::Ready(None));
    assert!(stream.is_terminated());

    let (sender, receiver) = channel::<u8>(2);
    let stream = receiver.into_stream();
    assert!(stream.close().is_newly_closed() && !stream.is_terminated());
    assert!(sender.try_send(1).unwrap_err().is_closed());
}

#[test]
fn i30_channels_with_handles_are_made() {
    let bounded: (Sender<u8>, Receiver<u8>) = channel(1);
    assert!(bounded.0.try_send(1).is_ok() && bounded.0.try_send(2).is_err());
    let rendezvous: (UnbufferedSender<u8>, UnbufferedReceiver<u8>) = unbuffered_channel();
    let mut send = pin!(rendezvous.0.send(1));
    assert!(poll_noop(send.as_mut()).is_pending());
    assert_eq!(rendezvous.1.try_receive(), Ok(1));
    assert!(poll_noop(send).is_ready());
    // They are of one type.
    let _same: [Sender<u8>; 2] = [bounded.0, rendezvous.0];

    type OfArray = ArrayBuf<u8, [u8; 2]>;
    let (sender, receiver): (
        GenericSender<Spin, u8, OfArray>,
        GenericReceiver<Spin, u8, OfArray>,
    ) = generic_channel(100);
    assert_eq!(
        (0..9)
            .filter(|number| sender.try_send(*number).is_ok())
            .count(),
        2
    );
    assert_eq!(receiver.clone().try_receive(), Ok(0));
    let (sender, _receiver) = generic_channel::<Spin, u8, GrowingHeapBuf<u8>>(3);
    assert_eq!(
        (0..9)
            .filter(|number| sender.try_send(*number).is_ok())
            .count(),
        3
    );
}
