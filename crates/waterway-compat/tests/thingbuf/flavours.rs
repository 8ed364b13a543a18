//! What there is: the four flavours, their capacities, and what they ask of messages.

#[cfg(not(feature = "original"))]
use std::cell::Cell;

use crate::desk::{Desk, Page};
use crate::support::{Probe, assert_ready};
use crate::support::{assert_pending, block_on, catch, memory};
use crate::sut::mpsc::{self, blocking};
use crate::sut::{self, StaticThingBuf, ThingBuf};

#[test]
fn b1_four_flavours() {
    static TASKS: mpsc::StaticChannel<String, 2> = mpsc::StaticChannel::new();
    static THREADS: blocking::StaticChannel<String, 2> = blocking::StaticChannel::new();

    let (sender, receiver) = mpsc::channel::<String>(2);
    block_on(async {
        sender.send("heap".to_owned()).await.unwrap();
        assert_eq!(receiver.recv().await.as_deref(), Some("heap"));
    });
    let (sender, receiver) = TASKS.split();
    block_on(async {
        sender.send_ref().await.unwrap().push_str("static");
        assert_eq!(&**receiver.recv_ref().await.unwrap(), "static");
    });
    let (sender, receiver) = blocking::channel::<String>(2);
    sender.send("heap".to_owned()).unwrap();
    assert_eq!(receiver.recv().as_deref(), Some("heap"));
    let (sender, receiver) = THREADS.split();
    sender.send_ref().unwrap().push_str("static");
    assert_eq!(&**receiver.recv_ref().unwrap(), "static");
}

#[test]
fn b2_messages_with_a_default() {
    #[derive(Clone, Default)]
    struct Line(u8);

    let (sender, receiver) = mpsc::channel::<Line>(1);
    sender.try_send(Line(1)).unwrap();
    assert_eq!(receiver.try_recv().unwrap().0, 1);
    let (sender, receiver) = blocking::channel::<Line>(1);
    sender.try_send(Line(2)).unwrap();
    assert_eq!(receiver.try_recv().unwrap().0, 2);
}

#[test]
fn b3_a_policy_of_ones_own() {
    let desk = Desk::default();
    let (sender, receiver) = mpsc::with_recycle::<Page, _>(1, desk.clone());
    sender.try_send_ref().unwrap().word = 1;
    assert_eq!(receiver.try_recv_ref().unwrap().word, 1);
    let (sender, receiver) = blocking::with_recycle::<Page, _>(1, desk.clone());
    sender.try_send_ref().unwrap().word = 2;
    assert_eq!(receiver.try_recv_ref().unwrap().word, 2);
    assert_eq!(desk.made(), 2);
}

#[test]
fn b4_capacities_are_exact() {
    for capacity in 1..=9 {
        let (sender, _receiver) = mpsc::channel::<u8>(capacity);
        assert_eq!(sender.capacity(), capacity);
        for _ in 0..capacity {
            sender.try_send(1).unwrap();
        }
        assert!(sender.try_send(1).is_err());
    }
}

#[test]
fn b4_none_of_0_or_too_much() {
    let panics: [fn(usize); 3] = [
        |capacity| drop(mpsc::channel::<u8>(capacity)),
        |capacity| drop(blocking::channel::<u8>(capacity)),
        |capacity| drop(ThingBuf::<u8>::new(capacity)),
    ];
    for panics in panics {
        let none = catch(|| panics(0)).unwrap_err();
        assert_eq!(none, "assertion failed: capacity > 0");
        let much = catch(|| panics(sut::MAX_CAPACITY + 1)).unwrap_err();
        assert_eq!(much, "assertion failed: capacity <= MAX_CAPACITY");
    }
}

/// The number is another one: no more than 2^24 slots are told apart.
#[cfg(not(feature = "original"))]
#[test]
fn b4_the_greatest_capacity_is_that_of_a_pool() {
    assert_eq!(sut::MAX_CAPACITY, waterway::pool::MAX_CAPACITY);
    let (sender, _receiver) = mpsc::channel::<()>(sut::MAX_CAPACITY);
    assert_eq!(sender.remaining(), sut::MAX_CAPACITY);
}

#[test]
fn b5_elements_are_made_when_first_used() {
    let desk = Desk::default();
    let (sender, receiver) = mpsc::with_recycle::<Page, _>(100, desk.clone());
    assert_eq!(desk.made(), 0);
    drop(sender.try_send_ref().unwrap());
    drop(sender.try_send_ref().unwrap());
    assert_eq!(desk.made(), 2);
    drop(receiver);
}

#[test]
fn b5_waits_allocate_nothing() {
    memory::assert_installed();
    let (sender, receiver) = mpsc::channel::<u8>(1);
    let probe = Probe::new();
    let waker = probe.waker();
    let ((), grown) = memory::growth(|| {
        let mut receive = std::pin::pin!(receiver.recv());
        assert_pending(receive.as_mut(), &waker);
        sender.try_send(1).unwrap();
        let mut send = std::pin::pin!(sender.send(2));
        assert_pending(send.as_mut(), &waker);
        assert_eq!(assert_ready(receive, &waker), Some(1));
        assert!(assert_ready(send, &waker).is_ok());
    });
    assert_eq!(grown.calls, 0);
}

#[test]
fn b6_static_channels_are_const() {
    // Made of whatever message; to use it needs one with a default.
    struct Bare;
    static BARE: mpsc::StaticChannel<Bare, 4> = mpsc::StaticChannel::new();
    static THREADS: blocking::StaticChannel<[u8; 32], 4> = blocking::StaticChannel::new();
    let (sender, receiver) = BARE.split();
    drop((sender, receiver));
    let (sender, receiver) = THREADS.split();
    sender.try_send_ref().unwrap()[31] = 7;
    assert_eq!(receiver.recv_ref().unwrap()[31], 7);
}

#[test]
fn b7_split_panics_the_second_time() {
    static TASKS: mpsc::StaticChannel<u8, 1> = mpsc::StaticChannel::new();
    static THREADS: blocking::StaticChannel<u8, 1> = blocking::StaticChannel::new();
    let _handles = (TASKS.split(), THREADS.split());
    let text = "channel already split";
    assert_eq!(catch(|| drop(TASKS.split())).unwrap_err(), text);
    assert_eq!(catch(|| drop(THREADS.split())).unwrap_err(), text);
    // One that was leaked will do.
    let leaked: &'static mpsc::StaticChannel<u8, 1> =
        Box::leak(Box::new(mpsc::StaticChannel::new()));
    assert!(leaked.try_split().is_some());
}

#[test]
fn b8_it_is_split_once_and_never_again() {
    static TASKS: mpsc::StaticChannel<u8, 1> = mpsc::StaticChannel::new();
    static THREADS: blocking::StaticChannel<u8, 1> = blocking::StaticChannel::new();
    let handles = (TASKS.try_split().unwrap(), THREADS.try_split().unwrap());
    assert!(TASKS.try_split().is_none() && THREADS.try_split().is_none());
    drop(handles);
    assert!(TASKS.try_split().is_none() && THREADS.try_split().is_none());
}

/// That one of 0 slots does not compile is shown by the documentation of `StaticChannel` and `StaticThingBuf`.
#[test]
fn b9_a_static_channel_of_one_slot_has_one() {
    static CHANNEL: mpsc::StaticChannel<u8, 1> = mpsc::StaticChannel::new();
    static QUEUE: StaticThingBuf<u8, 1> = StaticThingBuf::new();
    let (sender, receiver) = CHANNEL.split();
    for lap in 0..5 {
        sender.try_send(lap).unwrap();
        assert!(sender.try_send(9).unwrap_err().is_full());
        assert_eq!(receiver.try_recv(), Ok(lap));
        QUEUE.push(lap).unwrap();
        assert!(QUEUE.push(9).is_err());
        assert_eq!(QUEUE.pop(), Some(lap));
    }
}

#[test]
fn b10_senders_are_cloned() {
    static TASKS: mpsc::StaticChannel<u32, 4> = mpsc::StaticChannel::new();
    static THREADS: blocking::StaticChannel<u32, 4> = blocking::StaticChannel::new();

    let (sender, receiver) = mpsc::with_recycle::<Page, _>(4, Desk::default());
    let other = sender.clone();
    drop(sender);
    other.try_send_ref().unwrap().word = 7;
    assert_eq!(receiver.try_recv().unwrap().word, 7);
    let (sender, receiver) = blocking::with_recycle::<Page, _>(4, Desk::default());
    let other = sender.clone();
    drop(sender);
    other.try_send_ref().unwrap().word = 7;
    assert_eq!(receiver.recv().unwrap().word, 7);
    let (sender, receiver) = TASKS.split();
    let other = sender.clone();
    drop(sender);
    other.try_send(7).unwrap();
    assert_eq!(receiver.try_recv(), Ok(7));
    let (sender, receiver) = THREADS.split();
    let other = sender.clone();
    drop(sender);
    other.try_send(7).unwrap();
    drop(other);
    assert_eq!((receiver.recv(), receiver.recv()), (Some(7), None));
}

fn is_send_and_sync<T: Send + Sync>(_: &T) {}
fn is_unpin<T: Unpin>(_: &T) {}
fn is_send<T: Send>(_: &T) {}

#[test]
fn b42_futures_have_names() {
    fn receive<'a, R>(
        receiver: &'a mpsc::Receiver<u8, R>,
    ) -> (mpsc::RecvRefFuture<'a, u8>, mpsc::RecvFuture<'a, u8, R>)
    where
        R: sut::Recycle<u8>,
    {
        (receiver.recv_ref(), receiver.recv())
    }
    let (sender, receiver) = mpsc::channel::<u8>(2);
    let futures = receive(&receiver);
    is_send_and_sync(&futures);
    is_unpin(&futures);
    // These are of `async fn`s.
    is_send_and_sync(&sender.send_ref());
    is_send(&sender.send(1));
}

#[test]
fn b44_handles_cross_threads() {
    static TASKS: mpsc::StaticChannel<String, 4> = mpsc::StaticChannel::new();
    static THREADS: blocking::StaticChannel<String, 4> = blocking::StaticChannel::new();
    is_send_and_sync(&mpsc::channel::<String>(1));
    is_send_and_sync(&blocking::channel::<String>(1));
    is_send_and_sync(&TASKS.split());
    is_send_and_sync(&THREADS.split());
    is_send_and_sync(&ThingBuf::<String>::new(1));
}

/// The original asks for `Sync` as well.
#[cfg(not(feature = "original"))]
#[test]
fn b44_messages_need_not_be_shared() {
    is_send_and_sync(&mpsc::channel::<Cell<u8>>(1));
    is_send_and_sync(&blocking::channel::<Cell<u8>>(1));
    is_send_and_sync(&ThingBuf::<Cell<u8>>::new(1));
    is_send_and_sync(&StaticThingBuf::<Cell<u8>, 1>::new());
    let (sender, receiver) = mpsc::channel::<Cell<u8>>(1);
    is_send(&sender.send(Cell::new(1)));
    is_send(&receiver.recv());
}

/// What has to be named is there: with `std` everything, and `thingbuf_bare.rs` does with less. The oldest compiler is not a
/// matter of tests.
///
/// Also B52.
#[test]
fn b51_features() {
    let _: (Option<mpsc::SendRef<'_, u8>>, Option<mpsc::RecvRef<'_, u8>>) = (None, None);
    let _: (
        Option<blocking::SendRef<'_, u8>>,
        Option<blocking::RecvRef<'_, u8>>,
    ) = (None, None);
    let _: (Option<mpsc::errors::Closed>, Option<sut::Full>) = (None, None);
}

/// A channel is bounded, it ends with its handles, and what is sent is in it when it was written: there is nothing to
/// close, to count or to cancel by, and no stream.
///
/// Also B43.
#[test]
fn b53_what_is_not_there() {
    let (sender, receiver) = mpsc::channel::<u8>(1);
    assert_eq!(sender.capacity(), 1);
    drop(sender);
    assert!(receiver.is_closed());
}
