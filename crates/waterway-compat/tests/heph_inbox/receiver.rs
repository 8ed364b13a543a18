//! The receiver: H22 to H38, H48.

use std::error::Error;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use crate::support::{Ledger, Probe, assert_pending, assert_ready, block_on, poll_noop, poll_once};
use crate::sut::{Manager, PeekValue, Receiver, RecvError, RecvValue, new, new_small};

#[test]
fn h22_a_receive_at_once_says_disconnected_after_the_last_message() {
    let (sender, mut receiver) = new_small();
    assert_eq!(receiver.try_recv(), Err(RecvError::Empty));
    sender.try_send(1).unwrap();
    drop(sender);
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(RecvError::Disconnected));
}

#[test]
fn h23_a_receive_that_is_dropped_has_taken_nothing() {
    let (sender, mut receiver) = new_small();
    let probe = Probe::new();
    {
        let mut recv = pin!(receiver.recv());
        assert_pending(recv.as_mut(), &probe.waker());
        sender.try_send(1).unwrap();
        assert!(probe.is_woken());
    }
    assert_eq!(block_on(receiver.recv()), Some(1));
    drop(sender);
    assert_eq!(block_on(receiver.recv()), None);

    // A manager is no sender.
    let (_manager, sender, mut receiver) = Manager::<u8>::new_small_channel();
    drop(sender);
    assert_eq!(block_on(receiver.recv()), None);
}

/// ⚠ There a receive of anything is `Send`.
#[test]
fn h24_a_receive_goes_on_after_a_message() {
    fn traits<F: Unpin + std::fmt::Debug>(_: &F) {}
    #[cfg(not(feature = "original"))]
    assert_not!(RecvValue<'static, Rc<u8>>: Send);
    let (sender, mut receiver) = new_small();
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    let mut recv: RecvValue<'_, i32> = receiver.recv();
    traits(&recv);
    assert_eq!(poll_noop(Pin::new(&mut recv)), Poll::Ready(Some(1)));
    assert_eq!(poll_noop(Pin::new(&mut recv)), Poll::Ready(Some(2)));
    assert_eq!(poll_noop(Pin::new(&mut recv)), Poll::Pending);
    drop(sender);
    assert_eq!(poll_noop(Pin::new(&mut recv)), Poll::Ready(None));
    assert_eq!(poll_noop(Pin::new(&mut recv)), Poll::Ready(None));
}

#[test]
fn h25_a_look_at_once_makes_no_room() {
    let (sender, mut receiver) = new(1);
    assert_eq!(receiver.try_peek(), Err(RecvError::Empty));
    sender.try_send(1).unwrap();
    let probe = Probe::new();
    let mut send = pin!(sender.send(2));
    assert_pending(send.as_mut(), &probe.waker());
    assert_eq!(receiver.try_peek(), Ok(&1));
    assert_eq!(receiver.try_peek(), Ok(&1));
    assert!(!probe.is_woken() && sender.try_send(3).is_err());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert!(probe.is_woken());
    assert_eq!(assert_ready(send.as_mut(), &probe.waker()), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(2));

    let (sender, mut receiver) = new_small::<u8>();
    drop(sender);
    assert_eq!(receiver.try_peek(), Err(RecvError::Disconnected));
}

#[test]
fn h26_a_message_that_was_looked_at_is_not_lost_with_its_actor() {
    fn traits<F: Unpin + std::fmt::Debug + Send>(_: &F) {}
    let (manager, sender, mut receiver) = Manager::new_small_channel();
    let probe = Probe::new();
    {
        let mut peek: PeekValue<'_, i32> = receiver.peek();
        traits(&peek);
        assert_eq!(
            poll_once(Pin::new(&mut peek), &probe.waker()),
            Poll::Pending
        );
        sender.try_send(7).unwrap();
        assert!(probe.is_woken());
        assert_eq!(
            poll_once(Pin::new(&mut peek), &probe.waker()),
            Poll::Ready(Some(&7))
        );
    }
    // It crashes here.
    drop(receiver);
    let mut receiver = manager.new_receiver().unwrap();
    assert_eq!(block_on(receiver.peek()), Some(&7));
    assert_eq!(block_on(receiver.recv()), Some(7));
    drop(sender);
    assert_eq!(block_on(receiver.peek()), None);
}

/// It is the message, not the wait, that must cross threads: one that is not shared may be looked at in a task of theirs.
const _: fn() = || {
    fn sent<S: Send>() {}
    sent::<PeekValue<'static, Box<dyn FnOnce() + Send>>>();
};

/// What was seen comes next, whatever is sent meanwhile. Not so there.
#[cfg(not(feature = "original"))]
#[test]
fn h27_a_look_and_the_next_receive_agree() {
    for capacity in 1..=29 {
        let (sender, mut receiver) = new(capacity);
        for number in 0..capacity {
            sender.try_send(number).unwrap();
        }
        for number in 0..3 * capacity {
            assert_eq!(receiver.try_peek(), Ok(&number));
            assert!(sender.try_send(999).is_err());
            assert_eq!(receiver.try_recv(), Ok(number));
            sender.try_send(number + capacity).unwrap();
        }
    }
}

/// ⚠ There the clone of such a sender leaks the channel.
#[test]
fn h28_a_receiver_makes_senders_and_connects_again() {
    let (sender, mut receiver) = new_small();
    drop(sender);
    assert!(!receiver.is_connected());
    assert_eq!(receiver.try_recv(), Err(RecvError::Disconnected));
    let sender = receiver.new_sender();
    assert!(receiver.is_connected() && sender.sends_to(&receiver));
    sender.try_send(1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(RecvError::Empty));
    #[cfg(not(feature = "original"))]
    {
        use crate::support::memory;
        let ((), grown) = memory::growth(|| {
            let (sender, receiver) = new_small::<u8>();
            drop(sender);
            let sender = receiver.new_sender();
            drop(sender.clone());
        });
        assert_eq!((grown.blocks, grown.bytes), (0, 0));
    }
}

#[test]
fn h29_the_receivers_capacity() {
    assert_eq!(new::<u8>(5).1.capacity(), 5);
}

#[test]
fn h30_a_receiver_is_connected_while_there_are_senders() {
    let (manager, sender, receiver) = Manager::<u8>::new_small_channel();
    assert!(receiver.is_connected());
    drop(sender);
    assert!(!receiver.is_connected(), "a manager is no sender");
    let sender = manager.new_sender();
    assert!(receiver.is_connected());
    drop(sender);
    assert!(!receiver.is_connected());
}

#[test]
fn h31_a_receiver_knows_of_the_manager() {
    assert!(!new_small::<u8>().1.has_manager());
    let (manager, _sender, receiver) = Manager::<u8>::new_small_channel();
    assert!(receiver.has_manager());
    drop(manager);
    assert!(!receiver.has_manager());
}

#[test]
fn h32_a_waker_is_left_without_a_poll() {
    let (sender, mut receiver) = new_small();
    let (probe, other) = (Probe::new(), Probe::new());
    let waker = probe.waker();
    assert!(receiver.register_waker(&waker));
    assert!(!receiver.register_waker(&waker));
    sender.try_send(1).unwrap();
    assert_eq!(probe.wakes(), 1);
    assert_eq!(receiver.try_recv(), Ok(1));
    assert!(receiver.register_waker(&other.waker()));
    drop(sender);
    assert_eq!((probe.wakes(), other.wakes()), (1, 1));
}

#[test]
fn h33_a_receivers_id_is_its_channels() {
    let (manager, sender, receiver) = Manager::<u8>::new_small_channel();
    let id = receiver.id();
    assert_eq!(id, sender.id());
    drop(receiver);
    assert_eq!(id, manager.new_receiver().unwrap().id());
}

#[test]
fn h34_debug_of_a_receiver() {
    let (sender, receiver) = new_small::<u8>();
    let text = format!("{receiver:?}");
    assert!(
        text.starts_with("Receiver { channel: Channel { senders_alive: 1"),
        "{text}"
    );
    drop(sender);
}

/// ⚠ There a receiver of anything is `Sync`.
#[test]
fn h35_the_traits_of_a_receiver() {
    fn traits<R: Send + Sync + Unpin>() {}
    traits::<Receiver<std::cell::Cell<u8>>>();
    assert_not!(Receiver<u8>: Clone);
    assert_not!(Receiver<Rc<u8>>: Send);
    #[cfg(not(feature = "original"))]
    assert_not!(Receiver<Rc<u8>>: Sync);
}

#[test]
fn h36_the_receivers_drop_drops_the_messages_and_tells_who_joins() {
    let ledger = Ledger::new();
    let (sender, receiver) = new_small();
    for id in 0..5 {
        sender.try_send(ledger.make(id)).unwrap();
    }
    let probe = Probe::new();
    let mut join = pin!(sender.join());
    assert_pending(join.as_mut(), &probe.waker());
    drop(receiver);
    ledger.assert_all_dropped();
    assert!(probe.is_woken());
    assert_ready(join.as_mut(), &probe.waker());
}

/// The cycle that is named as the reason: what is queued holds the answer's sender, who asked holds the inbox's.
#[test]
fn h36_an_answer_that_will_not_come_is_told() {
    let (sender, receiver) = new_small();
    let (answer, mut answered) = crate::sut::oneshot::new_oneshot::<u8>();
    sender.try_send(answer).unwrap();
    drop(receiver);
    assert_eq!(block_on(answered.recv()), None);
}

#[test]
fn h37_with_a_manager_the_receivers_drop_keeps_the_messages() {
    let ledger = Ledger::new();
    let (manager, sender, receiver) = Manager::new_channel(2);
    sender.try_send(ledger.make(1)).unwrap();
    let (joining, sending) = (Probe::new(), Probe::new());
    let mut join = pin!(sender.join());
    assert_pending(join.as_mut(), &joining.waker());
    drop(receiver);
    assert!(ledger.live() == [1] && !joining.is_woken());
    sender.try_send(ledger.make(2)).unwrap();
    let mut send = pin!(sender.send(ledger.make(3)));
    assert_pending(send.as_mut(), &sending.waker());
    let mut receiver = manager.new_receiver().unwrap();
    assert_eq!(receiver.try_recv().unwrap(), 1);
    assert!(sending.is_woken() && !joining.is_woken());
    assert!(assert_ready(send.as_mut(), &sending.waker()).is_ok());
    assert_eq!(receiver.try_recv().unwrap(), 2);
    assert_eq!(receiver.try_recv().unwrap(), 3);
}

/// What is not there: these are plain handles, no streams and no iterators. (For more there is `waterway::inbox`.)
#[test]
fn h38_nothing_that_iterates_or_streams() {
    assert_not!(Receiver<u8>: Iterator);
    assert_not!(Receiver<u8>: IntoIterator);
    assert_not!(Receiver<u8>: futures_core::Stream);
    assert_not!(RecvValue<'static, u8>: futures_core::Stream);
}

#[test]
fn h48_the_error_of_a_receive() {
    fn traits<E: Copy + std::fmt::Debug + Eq + Error>(_: E) {}
    traits(RecvError::Empty);
    assert_eq!(RecvError::Empty.to_string(), "channel is empty");
    let gone = RecvError::Disconnected;
    assert_eq!(format!("{gone:>30}"), "  all senders are disconnected");
}
