//! Errors and messages: S23 to S26.

use std::error::Error;
use std::fmt::{Debug, Display};

use super::sut::{
    RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError, channel, sync_channel,
};

/// Not even `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Opaque;

fn is_an_error<E: Error + Debug + Display + Clone + Copy + PartialEq + Eq>(
    error: E,
) -> [String; 2] {
    let (one, two) = (error, error);
    assert!(one == two);
    [format!("{error:?}"), error.to_string()]
}

#[test]
fn s23_errors_ask_nothing_of_the_message() {
    assert_eq!(is_an_error(SendError(Opaque))[0], "SendError { .. }");
    let full = is_an_error(TrySendError::Full(Opaque));
    assert_eq!(full[0], "TrySendError::Full(..)");
    let closed = is_an_error(TrySendError::Disconnected(Opaque));
    assert_eq!(closed[0], "TrySendError::Disconnected(..)");
    assert_eq!(is_an_error(RecvError)[0], "RecvError");
    assert_eq!(is_an_error(TryRecvError::Empty)[0], "Empty");
    assert_eq!(is_an_error(RecvTimeoutError::Timeout)[0], "Timeout");
}

#[test]
fn s24_errors_become_wider_ones() {
    assert_eq!(
        TrySendError::from(SendError(1)),
        TrySendError::Disconnected(1)
    );
    assert_eq!(TryRecvError::from(RecvError), TryRecvError::Disconnected);
    assert_eq!(
        RecvTimeoutError::from(RecvError),
        RecvTimeoutError::Disconnected
    );
    fn send_and_try() -> Result<(), TrySendError<u8>> {
        let (tx, _rx) = sync_channel(2);
        tx.send(1)?;
        tx.try_send(2)?;
        let (tx, rx) = channel();
        drop(rx);
        Ok(tx.send(3)?)
    }
    assert_eq!(send_and_try(), Err(TrySendError::Disconnected(3)));
}

#[test]
fn s25_what_errors_say() {
    let said = [
        SendError(Opaque).to_string(),
        TrySendError::Disconnected(Opaque).to_string(),
        TrySendError::Full(Opaque).to_string(),
        RecvError.to_string(),
        TryRecvError::Disconnected.to_string(),
        TryRecvError::Empty.to_string(),
        RecvTimeoutError::Timeout.to_string(),
        RecvTimeoutError::Disconnected.to_string(),
    ];
    let expected = [
        "sending on a closed channel",
        "sending on a closed channel",
        "sending on a full channel",
        "receiving on a closed channel",
        "receiving on a closed channel",
        "receiving on an empty channel",
        "timed out waiting on channel",
        "channel is empty and sending half is closed",
    ];
    assert_eq!(said, expected);
}

#[test]
fn s26_what_handles_show() {
    let (tx, rx) = channel::<Opaque>();
    assert_eq!(format!("{tx:?} {rx:?}"), "Sender { .. } Receiver { .. }");
    assert_eq!(
        format!("{:?}", sync_channel::<Opaque>(0).0),
        "SyncSender { .. }"
    );
    let (tx, rx) = channel::<u8>();
    assert_eq!(format!("{:?}", rx.iter()), "Iter { rx: Receiver { .. } }");
    assert_eq!(
        format!("{:?}", rx.try_iter()),
        "TryIter { rx: Receiver { .. } }"
    );
    assert_eq!(
        format!("{:?}", rx.into_iter()),
        "IntoIter { rx: Receiver { .. } }"
    );
    drop(tx);
}
