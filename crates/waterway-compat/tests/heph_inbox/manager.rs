//! Managers and ids: H39 to H46.

use std::error::Error;
use std::pin::pin;
use std::rc::Rc;

use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on, catch};
use crate::sut::{Id, MAX_CAP, Manager, ReceiverConnected, RecvError, SendError};

#[test]
fn h39_a_manager_comes_with_its_channel() {
    let (_manager, sender, receiver) = Manager::<u8>::new_channel(3);
    assert!(sender.sends_to(&receiver) && sender.capacity() == 3);
    assert!(sender.has_manager() && receiver.has_manager());
    let (_manager, sender, _receiver) = Manager::<u8>::new_small_channel();
    assert_eq!(sender.capacity(), 8);
    for capacity in [0, MAX_CAP + 1] {
        let text = "inbox channel capacity must be between 1 and 29";
        assert_eq!(
            catch(|| Manager::<u8>::new_channel(capacity)).unwrap_err(),
            text
        );
    }
    assert_not!(Manager<u8>: Clone);
}

/// ⚠ There the clone of such a sender leaks the channel.
#[test]
fn h40_a_manager_makes_senders_also_when_all_are_gone() {
    let (manager, sender, mut receiver) = Manager::new_small_channel();
    drop(sender);
    assert_eq!(receiver.try_recv(), Err(RecvError::Disconnected));
    let sender = manager.new_sender();
    #[cfg(not(feature = "original"))]
    let sender = sender.clone();
    sender.try_send(1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn h41_the_next_receiver_gets_what_the_last_has_not_taken() {
    let (manager, sender, mut receiver) = Manager::new_small_channel();
    for number in 1..=3 {
        sender.try_send(number).unwrap();
    }
    assert_eq!(manager.new_receiver().unwrap_err(), ReceiverConnected);
    assert_eq!(receiver.try_recv(), Ok(1));
    drop(receiver);
    let mut receiver = manager.new_receiver().unwrap();
    assert_eq!(manager.new_receiver().unwrap_err(), ReceiverConnected);
    assert_eq!(receiver.try_recv(), Ok(2));
    assert_eq!(receiver.try_recv(), Ok(3));
    assert_eq!(receiver.try_recv(), Err(RecvError::Empty));
}

#[test]
fn h42_the_error_of_a_second_receiver() {
    fn traits<E: Copy + std::fmt::Debug + Eq + Error>(_: E) {}
    traits(ReceiverConnected);
    let text = format!("{ReceiverConnected:>28}");
    assert_eq!(text, "  receiver already connected");
}

#[test]
fn h43_a_managers_drop_ends_the_channel_if_there_is_no_receiver() {
    let ledger = Ledger::new();
    let (manager, sender, mut receiver) = Manager::new_small_channel();
    sender.try_send(ledger.make(1)).unwrap();
    drop(manager);
    assert!(sender.is_connected() && receiver.try_recv().is_ok());

    let (manager, sender, receiver) = Manager::new_small_channel();
    sender.try_send(ledger.make(2)).unwrap();
    let probe = Probe::new();
    let mut join = pin!(sender.join());
    assert_pending(join.as_mut(), &probe.waker());
    drop(receiver);
    assert_eq!(ledger.live(), [2]);
    drop(manager);
    ledger.assert_all_dropped();
    assert!(probe.is_woken());
    assert_ready(join.as_mut(), &probe.waker());
    let Err(SendError::Disconnected(back)) = sender.try_send(ledger.make(3)) else {
        panic!("nobody is there");
    };
    assert_eq!(back, 3);
}

#[test]
fn h44_a_manager_is_no_sender() {
    let (_manager, sender, mut receiver) = Manager::<u8>::new_small_channel();
    let probe = Probe::new();
    {
        let mut recv = pin!(receiver.recv());
        assert_pending(recv.as_mut(), &probe.waker());
        drop(sender);
        assert!(probe.is_woken());
        assert_eq!(assert_ready(recv.as_mut(), &probe.waker()), None);
    }
    assert_eq!(receiver.try_recv(), Err(RecvError::Disconnected));
}

/// ⚠ There a manager of anything is `Sync`.
#[test]
fn h45_the_traits_of_a_manager() {
    fn traits<M: Send + Sync + Unpin>() {}
    traits::<Manager<std::cell::Cell<u8>>>();
    assert_not!(Manager<Rc<u8>>: Send);
    #[cfg(not(feature = "original"))]
    assert_not!(Manager<Rc<u8>>: Sync);
    struct Plain;
    let (manager, _sender, receiver) = Manager::<Plain>::new_small_channel();
    drop(receiver);
    let text = format!("{manager:?}");
    assert!(text.starts_with("Manager { channel: Channel {"), "{text}");
    assert!(
        text.contains("receiver_alive: false, manager_alive: true"),
        "{text}"
    );
}

#[test]
fn h46_an_id_is_only_compared() {
    fn traits<I: Copy + std::fmt::Debug + Eq>(_: I) {}
    let (_manager, sender, _receiver) = Manager::<u8>::new_small_channel();
    traits(sender.id());
    assert!(format!("{:?}", sender.id()).starts_with("Id("));
    assert_not!(Id: std::hash::Hash);
    assert_not!(Id: Ord);
}

/// An actor that dies on a message is started again, and does that message then.
#[test]
fn h41_an_actor_is_started_again() {
    let (manager, sender, receiver) = Manager::new_small_channel();
    for number in 1..=3 {
        sender.try_send(number).unwrap();
    }
    drop(sender);
    let (mut next, mut done, mut tries) = (Some(receiver), Vec::new(), 0);
    while let Some(mut receiver) = next.take() {
        tries += 1;
        let life = catch(|| {
            while let Some(&number) = block_on(receiver.peek()) {
                assert!(number != 2 || tries > 1, "bad luck");
                done.push(number);
                let _ = receiver.try_recv();
            }
            drop(receiver);
        });
        if life.is_err() {
            next = manager.new_receiver().ok();
        }
    }
    assert_eq!((done, tries), (vec![1, 2, 3], 2));
}
