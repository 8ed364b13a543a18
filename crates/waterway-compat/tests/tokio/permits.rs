//! Room first, the message later.

#[allow(unused_imports, reason = "asked by the constants")]
use crate::help::{NoSend, NoSync};
use crate::help::{Traits, boxed};
use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on};
use crate::sut::mpsc::error::{SendError, TryRecvError, TrySendError};
use crate::sut::mpsc::{OwnedPermit, Permit, PermitIterator, channel};

#[test]
fn k9_a_permit_is_room_for_a_message_that_comes_later() {
    let (tx, mut rx) = channel(1);
    let permit = block_on(tx.reserve()).expect("open");
    assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
    let mut waits = boxed(tx.reserve());
    let probe = Probe::new();
    assert_pending(waits.as_mut(), &probe.waker());
    permit.send(2);
    assert_pending(waits.as_mut(), &probe.waker());
    assert_eq!(rx.try_recv(), Ok(2));
    assert_eq!(probe.wakes(), 1);
    assert_ready(waits.as_mut(), &probe.waker())
        .expect("open")
        .send(3);
    assert_eq!(rx.try_recv(), Ok(3));
    rx.close();
    let end = block_on(tx.reserve()).expect_err("closed");
    assert_eq!(end, SendError(()));
}

#[test]
fn k10_a_permit_at_once() {
    let (tx, mut rx) = channel(1);
    let permit = tx.try_reserve().expect("room");
    assert_eq!(tx.try_reserve().err(), Some(TrySendError::Full(())));
    permit.send(1);
    assert_eq!(rx.try_recv(), Ok(1));
    rx.close();
    assert_eq!(tx.try_reserve().err(), Some(TrySendError::Closed(())));
}

#[test]
fn k11_many_permits_of_the_right_number() {
    let (tx, mut rx) = channel(3);
    assert_eq!(block_on(tx.reserve_many(0)).expect("open").len(), 0);
    // Never so many: at once, and as if it were closed.
    let end = block_on(tx.reserve_many(4)).expect_err("too many");
    assert_eq!(end, SendError(()));
    let permits = block_on(tx.reserve_many(3)).expect("open");
    assert_eq!(block_on(tx.reserve_many(0)).expect("open").len(), 0);
    for (number, permit) in permits.enumerate() {
        permit.send(number);
    }
    for number in 0..3 {
        assert_eq!(rx.try_recv(), Ok(number));
    }
    rx.close();
    assert!(block_on(tx.reserve_many(0)).is_err());
}

#[test]
fn k11_whoever_waits_for_many_has_what_there_is() {
    let (tx, mut rx) = channel(3);
    tx.try_send(0).expect("room");
    let probe = Probe::new();
    let mut many = boxed(tx.reserve_many(3));
    assert_pending(many.as_mut(), &probe.waker());
    assert_eq!((tx.capacity(), rx.capacity()), (0, 0));
    assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
    // Cancelled it gives that back.
    drop(many);
    assert_eq!(tx.capacity(), 2);
    tx.try_send(1).expect("room");
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(0), Ok(1)));
}

#[test]
fn k11_fewer_do_not_pass_those_who_wait_for_many() {
    let (tx, mut rx) = channel(2);
    tx.try_send(0).expect("room");
    let (first, second) = (Probe::new(), Probe::new());
    let mut many = boxed(tx.reserve_many(2));
    let mut one = boxed(tx.reserve());
    assert_pending(many.as_mut(), &first.waker());
    assert_pending(one.as_mut(), &second.waker());
    assert_eq!(rx.try_recv(), Ok(0));
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    let permits = assert_ready(many.as_mut(), &first.waker()).expect("open");
    assert_pending(one.as_mut(), &second.waker());
    drop(permits);
    assert_eq!(second.wakes(), 1);
    assert!(assert_ready(one.as_mut(), &second.waker()).is_ok());
}

#[test]
fn k12_many_permits_at_once() {
    let (tx, mut rx) = channel::<u8>(2);
    assert_eq!(tx.try_reserve_many(3).err(), Some(TrySendError::Full(())));
    assert_eq!(tx.try_reserve_many(0).expect("open").len(), 0);
    let permits = tx.try_reserve_many(2).expect("room");
    assert_eq!(tx.try_reserve_many(1).err(), Some(TrySendError::Full(())));
    assert_eq!(tx.try_reserve_many(0).expect("open").len(), 0);
    drop(permits);
    rx.close();
    assert_eq!(tx.try_reserve_many(0).err(), Some(TrySendError::Closed(())));
    assert_eq!(tx.try_reserve_many(1).err(), Some(TrySendError::Closed(())));
    assert_eq!(tx.try_reserve_many(3).err(), Some(TrySendError::Full(())));
}

#[test]
fn k13_an_owned_permit_holds_its_sender() {
    let (tx, mut rx) = channel(1);
    let permit: OwnedPermit<u8> = block_on(tx.reserve_owned()).expect("open");
    let worker = std::thread::spawn(move || permit.send(1));
    let tx = worker.join().expect("no panic");
    assert_eq!(rx.try_recv(), Ok(1));
    let other = tx.clone();
    rx.close();
    let end = block_on(tx.reserve_owned()).expect_err("closed");
    assert_eq!(end, SendError(()));
    assert_eq!(other.strong_count(), 1, "the sender went");
}

#[test]
fn k14_an_owned_permit_at_once_or_the_sender_back() {
    let (tx, mut rx) = channel::<u8>(1);
    let other = tx.clone();
    let permit = tx.try_reserve_owned().expect("room");
    let Err(TrySendError::Full(other)) = other.try_reserve_owned() else {
        panic!("there is no room");
    };
    rx.close();
    let Err(TrySendError::Closed(other)) = other.try_reserve_owned() else {
        panic!("it is closed");
    };
    assert!(permit.same_channel_as_sender(&other));
}

#[test]
fn k15_a_permit_sends_after_the_close() {
    let (tx, mut rx) = channel(2);
    let permit = tx.try_reserve().expect("room");
    let owned = tx.clone().try_reserve_owned().expect("room");
    rx.close();
    let () = permit.send(1);
    assert!(owned.send(2).is_closed());
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(1), Ok(2)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn k15_a_permit_sends_to_nobody() {
    let ledger = Ledger::new();
    let (tx, rx) = channel(2);
    let permit = tx.try_reserve().expect("room");
    let owned = tx.clone().try_reserve_owned().expect("room");
    drop(rx);
    permit.send(ledger.make(1));
    let other = owned.send(ledger.make(2));
    // In the original they lie in the channel until the last sender goes.
    #[cfg(not(feature = "original"))]
    ledger.assert_all_dropped();
    drop((tx, other));
    ledger.assert_all_dropped();
}

#[test]
fn k16_a_dropped_permit_gives_its_room_back() {
    let (tx, mut rx) = channel::<u8>(1);
    let permit = tx.try_reserve().expect("room");
    let mut waits = boxed(tx.reserve());
    let sender = Probe::new();
    assert_pending(waits.as_mut(), &sender.waker());
    drop(permit);
    assert_eq!(sender.wakes(), 1);
    let permit = assert_ready(waits.as_mut(), &sender.waker()).expect("open");
    // The last one out of a closed channel is its end.
    rx.close();
    let receiver = Probe::new();
    let mut last = boxed(rx.recv());
    assert_pending(last.as_mut(), &receiver.waker());
    drop(permit);
    assert_eq!(receiver.wakes(), 1);
    assert_eq!(assert_ready(last.as_mut(), &receiver.waker()), None);
}

#[test]
fn k17_permits_come_as_an_exact_iterator() {
    fn is_exact_and_fused<I: ExactSizeIterator + std::iter::FusedIterator>(_: &I) {}
    let (tx, mut rx) = channel(4);
    let mut permits: PermitIterator<'_, u8> = tx.try_reserve_many(3).expect("room");
    is_exact_and_fused(&permits);
    assert_eq!((permits.len(), permits.size_hint()), (3, (3, Some(3))));
    let permit: Permit<'_, u8> = permits.next().expect("the first");
    permit.send(1);
    assert_eq!((permits.len(), tx.capacity()), (2, 1));
    // The rest is given back.
    drop(permits);
    assert_eq!(tx.capacity(), 3);
    let mut permits = tx.try_reserve_many(1).expect("room");
    drop(permits.next());
    assert!(permits.next().is_none() && permits.next().is_none());
    assert_eq!(rx.try_recv(), Ok(1));
}

#[test]
fn k17_the_last_of_many_is_the_end_too() {
    let (tx, mut rx) = channel::<u8>(4);
    let permits = tx.try_reserve_many(3).expect("room");
    rx.close();
    let probe = Probe::new();
    let mut last = boxed(rx.recv());
    assert_pending(last.as_mut(), &probe.waker());
    drop(permits);
    assert_eq!(probe.wakes(), 1);
    assert_eq!(assert_ready(last.as_mut(), &probe.waker()), None);
}

#[test]
fn k18_an_owned_permit_gives_its_sender_back() {
    let (tx, mut rx) = channel(1);
    let tx = tx.try_reserve_owned().expect("room").send(1);
    assert_eq!(tx.capacity(), 0);
    assert_eq!(rx.try_recv(), Ok(1));
    let tx = tx.try_reserve_owned().expect("room").release();
    assert_eq!((tx.capacity(), tx.strong_count()), (1, 1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn k19_whose_permit_it_is() {
    let (tx, _rx) = channel::<u8>(2);
    let (stranger, _other_rx) = channel::<u8>(2);
    let one = tx.clone().try_reserve_owned().expect("room");
    let two = tx.clone().try_reserve_owned().expect("room");
    let other = stranger.clone().try_reserve_owned().expect("room");
    assert!(one.same_channel(&two) && one.same_channel_as_sender(&tx));
    assert!(!one.same_channel(&other) && !one.same_channel_as_sender(&stranger));
}

#[test]
fn k20_an_owned_permit_is_a_sender() {
    let (tx, mut rx) = channel::<u8>(2);
    let owned = tx.try_reserve_owned().expect("room");
    assert_eq!((rx.sender_strong_count(), rx.is_closed()), (1, false));
    let probe = Probe::new();
    let mut last = boxed(rx.recv());
    assert_pending(last.as_mut(), &probe.waker());
    drop(owned);
    assert_eq!(probe.wakes(), 1);
    assert_eq!(assert_ready(last.as_mut(), &probe.waker()), None);
}

#[test]
fn k21_a_forgotten_permit_keeps_its_room() {
    let (tx, mut rx) = channel::<u8>(2);
    std::mem::forget(tx.try_reserve().expect("room"));
    assert_eq!(tx.capacity(), 1);
    rx.close();
    let probe = Probe::new();
    let mut last = boxed(rx.recv());
    assert_pending(last.as_mut(), &probe.waker());
    drop(tx);
    assert_eq!(probe.wakes(), 1);
    // A build of the original with debug assertions panics here.
    #[cfg(not(feature = "original"))]
    assert_eq!(assert_ready(last.as_mut(), &probe.waker()), None);
}

/// Also K50.
#[test]
fn k9_permits_go_to_other_threads() {
    const {
        assert!(Traits::<Permit<'static, u8>>::SEND && Traits::<Permit<'static, u8>>::SYNC);
        assert!(Traits::<PermitIterator<'static, u8>>::SEND);
        assert!(Traits::<OwnedPermit<u8>>::SEND && Traits::<OwnedPermit<u8>>::SYNC);
        assert!(!Traits::<Permit<'static, std::rc::Rc<u8>>>::SEND);
        assert!(!Traits::<OwnedPermit<std::rc::Rc<u8>>>::SEND);
    }
}
