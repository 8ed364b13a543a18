//! Errors and their messages.

use std::error::Error;
use std::fmt::{Debug, Display};

use super::sut::{
    ReadyTimeoutError, RecvError, RecvTimeoutError, SelectTimeoutError, SendError,
    SendTimeoutError, TryReadyError, TryRecvError, TrySelectError, TrySendError,
};

/// Not even `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Opaque;

fn texts<E: Error + Debug + Display + Clone + Copy + PartialEq + Eq>(error: E) -> String {
    let (one, two) = (error, error);
    assert!(one == two);
    format!("{error:?}: {error}")
}

#[test]
fn c_what_errors_say() {
    let sending = "sending on a disconnected channel";
    let receiving = "receiving on an empty and disconnected channel";
    let said = [
        (texts(SendError(Opaque)), "\"SendError(..)\"", sending),
        (
            texts(TrySendError::Full(Opaque)),
            "\"Full(..)\"",
            "sending on a full channel",
        ),
        (
            texts(TrySendError::Disconnected(Opaque)),
            "\"Disconnected(..)\"",
            sending,
        ),
        (
            texts(SendTimeoutError::Timeout(Opaque)),
            "\"SendTimeoutError(..)\"",
            "timed out waiting on send operation",
        ),
        (
            texts(SendTimeoutError::Disconnected(Opaque)),
            "\"SendTimeoutError(..)\"",
            sending,
        ),
        (texts(RecvError), "RecvError", receiving),
        (
            texts(TryRecvError::Empty),
            "Empty",
            "receiving on an empty channel",
        ),
        (texts(TryRecvError::Disconnected), "Disconnected", receiving),
        (
            texts(RecvTimeoutError::Timeout),
            "Timeout",
            "timed out waiting on receive operation",
        ),
        (
            texts(RecvTimeoutError::Disconnected),
            "Disconnected",
            "channel is empty and disconnected",
        ),
        (
            texts(TrySelectError),
            "TrySelectError",
            "all operations in select would block",
        ),
        (
            texts(SelectTimeoutError),
            "SelectTimeoutError",
            "timed out waiting on select",
        ),
    ];
    for (said, debug, display) in said {
        assert_eq!(said, format!("{debug}: {display}"));
    }
    // These two are no errors to the standard library.
    let plain = format!("{TryReadyError:?} {ReadyTimeoutError:?}");
    assert_eq!(plain, "TryReadyError ReadyTimeoutError");
}

/// They are padded as any text.
#[test]
fn c_errors_are_padded() {
    assert_eq!(format!("{:?}", SendError(1)), "\"SendError(..)\"");
    assert_eq!(
        format!("{:<31}|", TryRecvError::Empty),
        "receiving on an empty channel  |"
    );
}

#[test]
fn c_what_errors_are() {
    assert_eq!(SendError(1).into_inner(), 1);
    for (error, full) in [
        (TrySendError::Full(1), true),
        (TrySendError::Disconnected(1), false),
    ] {
        assert_eq!((error.is_full(), error.is_disconnected()), (full, !full));
        assert_eq!(error.into_inner(), 1);
    }
    for (error, timeout) in [
        (SendTimeoutError::Timeout(1), true),
        (SendTimeoutError::Disconnected(1), false),
    ] {
        assert_eq!(
            (error.is_timeout(), error.is_disconnected()),
            (timeout, !timeout)
        );
        assert_eq!(error.into_inner(), 1);
    }
    assert!(TryRecvError::Empty.is_empty() && !TryRecvError::Empty.is_disconnected());
    assert!(TryRecvError::Disconnected.is_disconnected() && !TryRecvError::Disconnected.is_empty());
    assert!(RecvTimeoutError::Timeout.is_timeout());
    assert!(!RecvTimeoutError::Timeout.is_disconnected());
    assert!(RecvTimeoutError::Disconnected.is_disconnected());
    assert!(!RecvTimeoutError::Disconnected.is_timeout());
}

#[test]
fn c_errors_become_wider_ones() {
    assert_eq!(
        TrySendError::from(SendError(1)),
        TrySendError::Disconnected(1)
    );
    assert_eq!(
        SendTimeoutError::from(SendError(1)),
        SendTimeoutError::Disconnected(1)
    );
    assert_eq!(TryRecvError::from(RecvError), TryRecvError::Disconnected);
    assert_eq!(
        RecvTimeoutError::from(RecvError),
        RecvTimeoutError::Disconnected
    );
}
