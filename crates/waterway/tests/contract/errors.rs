//! The one family of errors: what they say, what they give back, how they widen.

use crate::support::Ledger;
use std::error::Error;
use std::fmt::{Debug, Display};
use waterway::{
    Closed, Delivered, Lagged, RecvTimeoutError, SendError, SendTimeoutError, Timeout,
    TryRecvError, TrySendError,
};

/// A message that can do nothing: errors must not ask it to.
struct Mute;

/// Lowercase, no full stop, nothing of the message in it.
fn assert_says(error: &(impl Error + 'static), words: &str) {
    let text = error.to_string();
    assert!(text.contains(words), "{text:?} should speak of {words:?}");
    assert!(text.starts_with(char::is_lowercase), "{text:?}");
    assert!(!text.ends_with(['.', '!', '\n']), "{text:?}");
    assert!(error.source().is_none());
    assert!(!format!("{error:?}").is_empty());
}

#[test]
fn they_say_what_is_the_matter() {
    assert_says(&SendError(Mute), "closed");
    assert_says(&TrySendError::Full(Mute), "full");
    assert_says(&TrySendError::Closed(Mute), "closed");
    assert_says(&SendTimeoutError::Timeout(Mute), "time");
    assert_says(&SendTimeoutError::Closed(Mute), "closed");
    assert_says(&TryRecvError::Empty, "empty");
    assert_says(&TryRecvError::Closed, "closed");
    assert_says(&RecvTimeoutError::Timeout, "time");
    assert_says(&RecvTimeoutError::Closed, "closed");
    assert_says(&Lagged(1234), "1234");
    assert_says(&Closed, "closed");
    assert_says(&Timeout, "time");
    assert_says(&Delivered, "");
}

#[test]
fn they_give_the_message_back_once() {
    let ledger = Ledger::new();
    let failed = SendError(ledger.make(1));
    assert_eq!(failed.into_inner(), 1);
    assert_eq!(SendError(ledger.make(2)).0, 2);
    for full in [true, false] {
        let error = match full {
            true => TrySendError::Full(ledger.make(3)),
            false => TrySendError::Closed(ledger.make(3)),
        };
        assert_eq!((error.is_full(), error.is_closed()), (full, !full));
        assert_eq!(error.into_inner(), 3);
        let error = match full {
            true => SendTimeoutError::Timeout(ledger.make(4)),
            false => SendTimeoutError::Closed(ledger.make(4)),
        };
        assert_eq!((error.is_timeout(), error.is_closed()), (full, !full));
        assert_eq!(error.into_inner(), 4);
    }
    drop(TrySendError::Full(ledger.make(5)));
    ledger.assert_all_dropped();
}

#[test]
fn the_receiving_ones_tell_apart() {
    for (error, empty) in [(TryRecvError::Empty, true), (TryRecvError::Closed, false)] {
        assert_eq!((error.is_empty(), error.is_closed()), (empty, !empty));
    }
    for (error, late) in [
        (RecvTimeoutError::Timeout, true),
        (RecvTimeoutError::Closed, false),
    ] {
        assert_eq!((error.is_timeout(), error.is_closed()), (late, !late));
    }
}

#[test]
fn they_widen() {
    let ledger = Ledger::new();
    assert!(
        matches!(TrySendError::from(SendError(ledger.make(1))), TrySendError::Closed(v) if v == 1)
    );
    assert!(
        matches!(SendTimeoutError::from(SendError(ledger.make(2))), SendTimeoutError::Closed(v) if v == 2)
    );
    assert_eq!(Closed::from(SendError(ledger.make(3))), Closed);
    ledger.assert_all_dropped();
    // What `?` is for: into a box, though the message could not go.
    fn fails() -> Result<(), Box<dyn Error + Send + Sync>> {
        Err(Closed::from(SendError(std::rc::Rc::new(1))))?;
        Ok(())
    }
    assert!(fails().expect_err("closed").is::<Closed>());
}

#[test]
fn they_ask_nothing_of_the_message() {
    fn is_error<E: Error>() {}
    fn is_shown<E: Debug + Display>() {}
    is_error::<SendError<Mute>>();
    is_error::<TrySendError<Mute>>();
    is_error::<SendTimeoutError<Mute>>();
    is_shown::<SendError<*const Mute>>();
    fn is_plain<E: Error + Clone + Copy + Eq + Send + Sync + 'static>() {}
    is_plain::<TryRecvError>();
    is_plain::<RecvTimeoutError>();
    is_plain::<Lagged>();
    is_plain::<Closed>();
    is_plain::<Timeout>();
    is_plain::<Delivered>();
    fn is_copy<E: Clone + Copy + PartialEq + Eq>() {}
    is_copy::<SendError<u8>>();
    is_copy::<TrySendError<u8>>();
    is_copy::<SendTimeoutError<u8>>();
}

#[test]
fn they_are_no_bigger_than_the_message() {
    use std::mem::size_of;
    assert_eq!(size_of::<SendError<u64>>(), 8);
    assert_eq!(size_of::<TryRecvError>(), 1);
    assert_eq!(size_of::<Closed>(), 0);
}

/// They can be named by their module as well.
#[test]
fn they_have_a_module() {
    let error: waterway::error::TrySendError<u8> = TrySendError::Full(1);
    assert!(error.is_full());
}
