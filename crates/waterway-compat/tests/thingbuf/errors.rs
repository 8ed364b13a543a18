//! Numbers, errors, and what handles show of themselves.

use std::error::Error;
use std::fmt::Debug;

use crate::sut::mpsc::errors::{
    Closed, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError,
};
use crate::sut::mpsc::{self, blocking};
use crate::sut::{StaticThingBuf, ThingBuf};

#[test]
fn b32_numbers() {
    static TASKS: mpsc::StaticChannel<u32, 3> = mpsc::StaticChannel::new();
    static THREADS: blocking::StaticChannel<u32, 3> = blocking::StaticChannel::new();
    macro_rules! numbers {
        ($handles:expr) => {{
            let (sender, receiver) = $handles;
            let numbers = || {
                let of_sender = (sender.len(), sender.remaining(), sender.is_empty());
                let of_receiver = (receiver.len(), receiver.remaining(), receiver.is_empty());
                assert_eq!(of_sender, of_receiver);
                assert_eq!((sender.capacity(), receiver.capacity()), (3, 3));
                of_sender
            };
            assert_eq!(numbers(), (0, 3, true));
            let slot = sender.try_send_ref().unwrap();
            assert_eq!(numbers(), (1, 2, false), "one that is written counts");
            drop(slot);
            sender.try_send(2).unwrap();
            assert_eq!(numbers(), (2, 1, false));
            let message = receiver.try_recv_ref().unwrap();
            assert_eq!(numbers(), (1, 2, false), "one that is read does not");
            drop(message);
            assert_eq!(numbers(), (1, 2, false));
            assert_eq!(receiver.try_recv(), Ok(2));
            assert_eq!(numbers(), (0, 3, true));
        }};
    }
    numbers!(mpsc::channel::<u32>(3));
    numbers!(blocking::channel::<u32>(3));
    numbers!(TASKS.split());
    numbers!(THREADS.split());
}

/// A message that shows nothing, and cannot be compared.
struct Silent;

fn says<E: Error + Debug>(error: E, display: &str, debug: &str) {
    assert_eq!(error.to_string(), display);
    assert_eq!(format!("{error:?}"), debug);
}

#[test]
fn b45_errors() {
    says(
        TrySendError::Full(Silent),
        "no available capacity",
        "TrySendError::Full(..)",
    );
    says(
        TrySendError::Closed(Silent),
        "channel closed",
        "TrySendError::Closed(..)",
    );
    says(
        SendTimeoutError::Timeout(Silent),
        "timed out waiting for channel capacity",
        "SendTimeoutError::Timeout(..)",
    );
    says(
        SendTimeoutError::Closed(Silent),
        "channel closed",
        "SendTimeoutError::Closed(..)",
    );
    says(TryRecvError::Empty, "channel is empty", "Empty");
    says(TryRecvError::Closed, "channel closed", "Closed");
    says(
        RecvTimeoutError::Timeout,
        "timed out waiting on channel",
        "Timeout",
    );
    says(RecvTimeoutError::Closed, "channel closed", "Closed");
    let (sender, receiver) = blocking::channel::<u32>(1);
    drop(receiver);
    let closed: Closed<u32> = sender.send(7).unwrap_err();
    says(closed, "channel closed", "Closed(..)");
    assert_eq!(sender.send(7).unwrap_err().into_inner(), 7);
    assert!(sender.send(7).unwrap_err() == sender.send(7).unwrap_err());

    assert!(TrySendError::Full(1) != TrySendError::Closed(1));
    assert_eq!(TrySendError::Full(1).into_inner(), 1);
    assert!(TrySendError::Full(1).is_full() && !TrySendError::Closed(1).is_full());
    assert_eq!(SendTimeoutError::Closed(1).into_inner(), 1);
    assert!(SendTimeoutError::Timeout(1).is_timeout());
    assert!(!SendTimeoutError::Closed(1).is_timeout());
    // What a test of a variant asks for by default.
    let _: (
        Option<TrySendError>,
        Option<SendTimeoutError>,
        Option<Closed>,
    ) = (None, None, None);
}

/// There it is said of the other variant.
#[cfg(not(feature = "original"))]
#[test]
fn b46_closed_is_said_of_what_is_closed() {
    assert!(TrySendError::Closed(1).is_closed() && !TrySendError::Full(1).is_closed());
    assert!(SendTimeoutError::Closed(1).is_closed());
    assert!(!SendTimeoutError::Timeout(1).is_closed());
}

#[test]
fn b47_debug() {
    static TASKS: mpsc::StaticChannel<u32, 3> = mpsc::StaticChannel::new();
    static THREADS: blocking::StaticChannel<u32, 3> = blocking::StaticChannel::new();
    let shows = |what: &dyn Debug, name: &str| {
        let text = format!("{what:?}");
        assert!(text.starts_with(&format!("{name} {{")), "{text}");
        assert!(text.contains("recycle: DefaultRecycle"), "{text}");
        assert!(text.contains("[..]") || text.contains("[...]"), "{text}");
    };
    let (sender, receiver) = mpsc::channel::<u32>(1);
    shows(&sender, "Sender");
    shows(&receiver, "Receiver");
    let (sender, receiver) = blocking::channel::<u32>(1);
    shows(&sender, "Sender");
    shows(&receiver, "Receiver");
    let (sender, receiver) = TASKS.split();
    shows(&sender, "StaticSender");
    shows(&receiver, "StaticReceiver");
    let (sender, receiver) = THREADS.split();
    shows(&sender, "StaticSender");
    shows(&receiver, "StaticReceiver");
    shows(&ThingBuf::<u32>::new(1), "ThingBuf");
    shows(&StaticThingBuf::<u32, 1>::new(), "StaticThingBuf");
}
