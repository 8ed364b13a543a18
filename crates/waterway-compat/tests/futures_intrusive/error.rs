//! Errors and names: I53 to I56, I58, I59.

use std::error::Error;
use std::fmt::{Debug, Display};

use crate::lock::Spin;
use crate::sut::channel::shared;
use crate::sut::channel::{
    Channel, ChannelSendError, OneshotBroadcastChannel, OneshotChannel, StateBroadcastChannel,
    StateId, TryReceiveError, TrySendError,
};

#[test]
fn i53_the_error_of_a_send_has_the_message() {
    fn traits<E: PartialEq + Debug>(_: &E) {}
    let error = ChannelSendError(1);
    traits(&error);
    assert_not!(ChannelSendError<u8>: Clone);
    assert_eq!(error.0, 1);
}

#[test]
fn i54_the_error_of_a_receive_at_once() {
    fn traits<E: PartialEq + Debug + Copy>(_: E) {}
    traits(TryReceiveError::Empty);
    assert!(TryReceiveError::Empty.is_empty() && !TryReceiveError::Empty.is_closed());
    assert!(TryReceiveError::Closed.is_closed() && !TryReceiveError::Closed.is_empty());
}

#[test]
fn i55_the_error_of_a_send_at_once() {
    fn traits<E: PartialEq + Debug>(_: &E) {}
    let (full, closed) = (TrySendError::Full(1), TrySendError::Closed(2));
    traits(&full);
    assert!(full.is_full() && !full.is_closed());
    assert!(closed.is_closed() && !closed.is_full());
    assert_eq!((full.into_inner(), closed.into_inner()), (1, 2));
    assert_not!(TrySendError<u8>: Clone);
}

#[test]
fn i56_no_error_is_displayed() {
    assert_not!(ChannelSendError<u8>: Display);
    assert_not!(TryReceiveError: Display);
    assert_not!(TrySendError<u8>: Display);
    assert_not!(ChannelSendError<u8>: Error);
    assert_not!(TryReceiveError: Error);
    assert_not!(TrySendError<u8>: Error);
}

/// By its name alone: there is no length, capacity or count to be told, here or by a method.
///
/// Also I59.
#[test]
fn i58_debug_tells_the_name() {
    struct Plain;
    let channel = Channel::<Plain, [Plain; 1]>::new();
    assert_eq!(format!("{channel:?}"), "Channel");
    assert_eq!(format!("{:?}", channel.send(Plain)), "ChannelSendFuture");
    assert_eq!(format!("{:?}", channel.receive()), "ChannelReceiveFuture");
    assert_eq!(
        format!("{:?}", OneshotChannel::<Plain>::new()),
        "GenericOneshotChannel"
    );
    let once = OneshotBroadcastChannel::<u8>::new();
    assert_eq!(format!("{once:?}"), "GenericOneshotBroadcastChannel");
    let state = StateBroadcastChannel::<u8>::new();
    assert_eq!(format!("{state:?}"), "GenericStateBroadcastChannel");
    assert_eq!(
        format!("{:?}", state.receive(StateId::new())),
        "StateReceiveFuture"
    );
    assert_eq!(
        format!("{:?}", shared::channel::<Plain>(1)),
        "(Sender, Receiver)"
    );
    let oneshot = shared::generic_oneshot_channel::<Spin, Plain>();
    assert_eq!(format!("{oneshot:?}"), "(OneshotSender, OneshotReceiver)");
    let once = shared::oneshot_broadcast_channel::<u8>();
    assert_eq!(
        format!("{once:?}"),
        "(OneshotBroadcastSender, OneshotBroadcastReceiver)"
    );
    let states = shared::state_broadcast_channel::<u8>();
    assert_eq!(format!("{states:?}"), "(StateSender, StateReceiver)");
    // There only with a lock that can be displayed, which the usual one can't.
    #[cfg(not(feature = "original"))]
    {
        assert_eq!(format!("{:?}", channel.stream()), "ChannelStream");
        let stream = shared::channel::<Plain>(1).1.into_stream();
        assert_eq!(format!("{stream:?}"), "SharedStream");
    }
    let receive = states.1.receive(StateId::new());
    assert_eq!(format!("{receive:?}"), "StateReceiveFuture");
}
