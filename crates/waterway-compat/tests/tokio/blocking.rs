//! The methods that block a thread.

use crate::help::{guarded, is_refused, runtime};
use crate::support::{block_on, spawn_sleeper};
use crate::sut::mpsc::error::SendError;
use crate::sut::mpsc::{channel, unbounded_channel};

/// Also K56.
#[test]
fn k8_a_thread_that_drives_a_runtime_may_not_block() {
    // Room or not, message or not.
    let (tx, mut rx) = channel(8);
    tx.try_send(1).expect("room");
    runtime().block_on(async {
        assert!(is_refused(|| tx.blocking_send(2)));
        assert!(is_refused(|| rx.blocking_recv()));
        assert!(is_refused(|| rx.blocking_recv_many(&mut Vec::new(), 1)));
    });
    let (tx, mut rx) = unbounded_channel();
    tx.send(1).expect("open");
    runtime().block_on(async {
        assert!(is_refused(|| rx.blocking_recv()));
        assert!(is_refused(|| rx.blocking_recv_many(&mut Vec::new(), 1)));
    });
    assert_eq!(rx.try_recv(), Ok(1), "nothing was taken");
}

#[test]
fn k8_the_panic_is_told_of_the_callers_line() {
    use std::sync::{Arc, Mutex};
    let (tx, _rx) = channel(1);
    let seen = Arc::new(Mutex::new(None));
    let thread = std::thread::current().id();
    let told = seen.clone();
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == thread {
            let file = info.location().map(|place| place.file().to_owned());
            *told.lock().expect("no panic") = file;
        } else {
            loud(info);
        }
    }));
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime().block_on(async { tx.blocking_send(1) })
    }));
    drop(std::panic::take_hook());
    assert!(refused.is_err());
    let file = seen.lock().expect("no panic").take();
    assert_eq!(file.as_deref(), Some(file!()));
}

#[test]
fn k8_threads_that_drive_none_may_block() {
    guarded("k8_threads_that_drive_none_may_block", || {
        let (tx, mut rx) = channel(1);
        assert_eq!(tx.blocking_send(1), Ok(()));
        // In the pool of a runtime that is there for it, and beside its handle.
        let runtime = runtime();
        let other = tx.clone();
        let spawned = runtime.spawn_blocking(move || other.blocking_send(2));
        assert_eq!(rx.blocking_recv(), Some(1));
        assert_eq!(runtime.block_on(spawned).expect("no panic"), Ok(()));
        let _entered = runtime.enter();
        assert_eq!(rx.blocking_recv(), Some(2));
        // In another executor.
        block_on(async {
            assert_eq!(tx.blocking_send(3), Ok(()));
            assert_eq!(rx.blocking_recv(), Some(3));
        });
    });
}

#[test]
fn k8_a_blocked_send_ends_with_room_or_the_channel() {
    guarded("k8_a_blocked_send_ends_with_room_or_the_channel", || {
        let (tx, mut rx) = channel(1);
        tx.try_send(1).expect("room");
        let other = tx.clone();
        let sends = spawn_sleeper(move || other.blocking_send(2));
        sends.wait_asleep();
        assert_eq!(rx.blocking_recv(), Some(1));
        assert_eq!(sends.join(), Ok(()));
        let sends = spawn_sleeper(move || tx.blocking_send(3));
        sends.wait_asleep();
        rx.close();
        assert_eq!(sends.join(), Err(SendError(3)));
        assert_eq!(rx.blocking_recv(), Some(2));
        assert_eq!(rx.blocking_recv(), None);
    });
}

#[test]
fn k34_a_blocked_receive_ends_with_a_message_or_the_channel() {
    guarded(
        "k34_a_blocked_receive_ends_with_a_message_or_the_channel",
        || {
            let (tx, mut rx) = channel(4);
            let receives = spawn_sleeper(move || {
                let mut buffer = Vec::new();
                let first = rx.blocking_recv();
                let more = rx.blocking_recv_many(&mut buffer, 10);
                (first, more, buffer, rx.blocking_recv(), rx)
            });
            receives.wait_asleep();
            tx.blocking_send(1).expect("open");
            receives.wait_asleep();
            tx.blocking_send(2).expect("open");
            receives.wait_asleep();
            drop(tx);
            let (first, more, mut buffer, last, mut rx) = receives.join();
            assert_eq!(
                (first, more, &buffer[..], last),
                (Some(1), 1, &[2][..], None)
            );
            assert_eq!(rx.blocking_recv_many(&mut buffer, 10), 0);
            assert_eq!(rx.blocking_recv_many(&mut buffer, 0), 0);
        },
    );
}
