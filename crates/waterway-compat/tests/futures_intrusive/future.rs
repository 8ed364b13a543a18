//! What futures are: I23 to I25.

use std::future::Future;
use std::pin::pin;
use std::task::{Poll, Waker};

use futures_core::FusedFuture;

use crate::lock::Spin;
use crate::support::{Probe, assert_pending, catch, poll_noop, poll_once};
use crate::sut::buffer::{ArrayBuf, GrowingHeapBuf};
use crate::sut::channel::{
    Channel, ChannelReceiveFuture, ChannelSendFuture, GenericChannel, OneshotBroadcastChannel,
    OneshotChannel, StateBroadcastChannel, StateId, StateReceiveFuture, shared,
};

#[test]
fn i23_a_send_is_cancelled_and_gives_its_message_back() {
    let channel = Channel::<String, [String; 1]>::new();
    let (sender, receiver) = shared::channel::<String>(1);
    macro_rules! cancel {
        ($send:expr, $receive:expr) => {{
            let mut send = $send;
            assert!(!send.is_terminated());
            assert_eq!(send.cancel().as_deref(), Some("a"));
            assert!(send.is_terminated());
            assert_eq!(send.cancel(), None);
            let panic = catch(|| poll_noop(pin!(send))).unwrap_err();
            assert_eq!(panic, "polled ChannelSendFuture after completion");
            assert!($receive.is_err());

            // In a pin: one that waits, and one that was served.
            for served in [false, true] {
                assert!(poll_noop(pin!($send)).is_ready());
                let mut send = pin!($send);
                assert!(poll_noop(send.as_mut()).is_pending());
                if served {
                    assert!($receive.is_ok());
                }
                // SAFETY: it is not moved.
                let back = unsafe { send.as_mut().get_unchecked_mut() }.cancel();
                assert_eq!(back.is_some(), !served);
                assert!(send.is_terminated());
                assert!($receive.is_ok());
                assert!($receive.is_err());
            }
        }};
    }
    cancel!(channel.send("a".to_owned()), channel.try_receive());
    cancel!(sender.send("a".to_owned()), receiver.try_receive());
}

/// Here there is a way without `unsafe`.
#[cfg(not(feature = "original"))]
#[test]
fn i23_a_pinned_send_is_cancelled() {
    let channel = Channel::<u32, [u32; 1]>::new();
    channel.try_send(1).unwrap();
    let mut send = pin!(channel.send(2));
    assert!(poll_noop(send.as_mut()).is_pending());
    assert_eq!(send.as_mut().cancel_pinned(), Some(2));
    assert_eq!(send.as_mut().cancel_pinned(), None);
    assert!(send.is_terminated());

    let (sender, receiver) = shared::channel(1);
    sender.try_send(1).unwrap();
    let mut send = pin!(sender.send(2));
    assert!(poll_noop(send.as_mut()).is_pending());
    assert_eq!(receiver.try_receive(), Ok(1));
    assert_eq!(send.as_mut().cancel_pinned(), None, "it was delivered");
    assert_eq!(receiver.try_receive(), Ok(2));
}

/// Polled to its end a future says so, and panics if it is polled again, by name.
#[test]
fn i24_every_future_tells_its_end() {
    fn ends<F: FusedFuture>(future: F, name: &str) {
        let mut future = pin!(future);
        assert!(!future.is_terminated());
        assert!(poll_noop(future.as_mut()).is_ready());
        assert!(future.is_terminated());
        let panic = catch(|| poll_noop(future).is_ready()).unwrap_err();
        assert_eq!(panic, format!("polled {name} after completion"));
    }
    let channel = Channel::<u32, [u32; 2]>::new();
    let (sender, receiver) = shared::channel(2);
    ends(channel.send(1), "ChannelSendFuture");
    ends(sender.send(1), "ChannelSendFuture");
    ends(channel.receive(), "ChannelReceiveFuture");
    ends(receiver.receive(), "ChannelReceiveFuture");

    let (oneshot, once, state) = (
        OneshotChannel::new(),
        OneshotBroadcastChannel::new(),
        StateBroadcastChannel::new(),
    );
    oneshot.send(1).unwrap();
    once.send(1).unwrap();
    state.send(1).unwrap();
    ends(oneshot.receive(), "ChannelReceiveFuture");
    ends(once.receive(), "ChannelReceiveFuture");
    ends(state.receive(StateId::new()), "StateReceiveFuture");
    let (sender, receiver) = shared::oneshot_channel();
    sender.send(1).unwrap();
    ends(receiver.receive(), "ChannelReceiveFuture");
    let (sender, receiver) = shared::oneshot_broadcast_channel();
    sender.send(1).unwrap();
    ends(receiver.receive(), "ChannelReceiveFuture");
    let (sender, receiver) = shared::state_broadcast_channel();
    sender.send(1).unwrap();
    ends(receiver.receive(StateId::new()), "StateReceiveFuture");
}

type Send1<'a> = ChannelSendFuture<'a, Spin, u32>;
type Receive1<'a> = ChannelReceiveFuture<'a, Spin, u32>;

/// Their types do not say what the buffer is; they stay where they were pinned, and cross threads.
#[test]
fn i25_the_types_of_futures() {
    fn traits<F: Future + Send + std::fmt::Debug>() {}
    traits::<Send1<'static>>();
    traits::<Receive1<'static>>();
    traits::<StateReceiveFuture<'static, Spin, u32>>();
    traits::<shared::ChannelSendFuture<Spin, u32>>();
    traits::<shared::ChannelReceiveFuture<Spin, u32>>();
    traits::<shared::StateReceiveFuture<Spin, u32>>();
    type Cell = std::cell::Cell<u8>;
    traits::<ChannelSendFuture<'static, Spin, Cell>>();
    traits::<ChannelReceiveFuture<'static, Spin, Cell>>();
    traits::<StateReceiveFuture<'static, Spin, Cell>>();
    traits::<shared::ChannelSendFuture<Spin, Cell>>();
    traits::<shared::ChannelReceiveFuture<Spin, Cell>>();
    traits::<shared::StateReceiveFuture<Spin, Cell>>();
    assert_not!(Send1<'static>: Unpin);
    assert_not!(Receive1<'static>: Unpin);
    assert_not!(StateReceiveFuture<'static, Spin, u32>: Unpin);
    assert_not!(shared::ChannelSendFuture<Spin, u32>: Unpin);
    assert_not!(shared::ChannelReceiveFuture<Spin, u32>: Unpin);
    assert_not!(shared::StateReceiveFuture<Spin, u32>: Unpin);
    assert_not!(ChannelSendFuture<'static, Spin, std::rc::Rc<u8>>: Send);
    assert_not!(ChannelReceiveFuture<'static, Spin, std::rc::Rc<u8>>: Send);

    let array = GenericChannel::<Spin, u32, ArrayBuf<u32, [u32; 1]>>::new();
    let heap = GenericChannel::<Spin, u32, GrowingHeapBuf<u32>>::with_capacity(1);
    let both: [Send1<'_>; 2] = [array.send(1), heap.send(2)];
    for send in both {
        assert!(poll_noop(pin!(send)).is_ready());
    }
    let both: [Receive1<'_>; 2] = [array.receive(), heap.receive()];
    for (receive, number) in both.into_iter().zip(1..) {
        assert_eq!(poll_noop(pin!(receive)), Poll::Ready(Some(number)));
    }
}

/// The waker that counts is that of the last poll, and it goes with the future.
#[test]
fn i25_a_future_keeps_one_waker() {
    let channel = Channel::<u32, [u32; 1]>::new();
    let (first, second) = (Probe::new(), Probe::new());
    let mut receive = Box::pin(channel.receive());
    for probe in [&first, &second] {
        assert_pending(receive.as_mut(), &probe.waker());
    }
    assert_eq!((first.refs(), second.refs()), (0, 1));
    channel.try_send(1).unwrap();
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
    assert!(poll_once(receive.as_mut(), Waker::noop()).is_ready());
    assert_eq!(second.refs(), 0);
}
