//! What the errors of `mpsc` are.

use std::error::Error;

#[allow(unused_imports, reason = "asked by the constants")]
use crate::help::NoClone;
use crate::help::Traits;
use crate::sut::mpsc::error::{SendError, SendTimeoutError, TryRecvError, TrySendError};

/// A message that can do nothing.
struct Mute;

fn says(error: &(dyn Error + 'static)) -> String {
    format!("{error} | {error:?}")
}

#[test]
fn k51_the_error_of_a_send() {
    assert_eq!(says(&SendError(Mute)), "channel closed | SendError { .. }");
    let SendError(message) = SendError(1);
    let copy = SendError(message);
    assert_eq!([copy, copy], [SendError(1); 2]);
}

#[test]
fn k52_the_error_of_a_send_at_once() {
    let full = TrySendError::Full(Mute);
    let closed = TrySendError::from(SendError(Mute));
    assert_eq!(says(&full), "no available capacity | \"Full(..)\"");
    assert_eq!(says(&closed), "channel closed | \"Closed(..)\"");
    assert!(matches!(closed, TrySendError::Closed(Mute)));
    let Mute = full.into_inner();
    let copy = TrySendError::Full(1);
    assert_eq!([copy, copy], [TrySendError::Full(1); 2]);
    assert_eq!(TrySendError::Closed(2).into_inner(), 2);
}

#[test]
fn k53_the_error_of_a_timed_send() {
    let late = SendTimeoutError::Timeout(Mute);
    let closed = SendTimeoutError::Closed(Mute);
    assert_eq!(
        says(&late),
        "timed out waiting on send operation | \"Timeout(..)\""
    );
    assert_eq!(says(&closed), "channel closed | \"Closed(..)\"");
    let (Mute, Mute) = (late.into_inner(), closed.into_inner());
    let copy = SendTimeoutError::Timeout(1);
    assert_eq!([copy, copy], [SendTimeoutError::Timeout(1); 2]);
    assert_ne!(copy, SendTimeoutError::Closed(1));
}

#[test]
fn k54_the_error_of_a_receive_at_once() {
    let (empty, end) = (TryRecvError::Empty, TryRecvError::Disconnected);
    assert_eq!(says(&empty), "receiving on an empty channel | Empty");
    assert_eq!(says(&end), "receiving on a closed channel | Disconnected");
    assert_eq!(format!("{empty:>31}|"), "  receiving on an empty channel|");
    let copy = empty;
    assert_eq!([copy, empty], [empty; 2]);
    #[allow(deprecated, reason = "it is there")]
    const {
        assert!(Traits::<crate::sut::mpsc::error::RecvError>::CLONE);
    }
}
