//! Where the systems that this crate speaks for contradict each other: what thingbuf answers.

use std::pin::pin;
use std::sync::Arc;

use crate::support::{Probe, assert_pending, assert_ready, catch};
use crate::sut::mpsc::errors::{TryRecvError, TrySendError};
use crate::sut::mpsc::{self, blocking};

/// Until the receiver goes they are kept, whatever senders do. What happens to them then is otherwise here, see
/// `b35_messages_go_with_the_receiver`.
#[test]
fn truth_buffered_messages() {
    let kept = Arc::new(());
    let (sender, receiver) = mpsc::channel::<Option<Arc<()>>>(2);
    sender.try_send(Some(kept.clone())).unwrap();
    drop(sender);
    assert_eq!(Arc::strong_count(&kept), 2);
    assert!(receiver.try_recv().unwrap().is_some());
    drop(receiver);
    assert_eq!(Arc::strong_count(&kept), 1);
}

#[test]
fn truth_a_channel_is_closed_by_drops_alone() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    let (clone, other) = (sender.clone(), sender.clone());
    drop((sender, clone));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    drop(other);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn truth_waiting_senders_get_their_messages_back() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    sender.try_send(0).unwrap();
    let probe = Probe::new();
    let mut send = pin!(sender.send(7));
    assert_pending(send.as_mut(), &probe.waker());
    drop(receiver);
    let back = assert_ready(send, &probe.waker()).unwrap_err();
    assert_eq!(back.into_inner(), 7);
}

#[test]
fn truth_capacity() {
    let (sender, receiver) = mpsc::channel::<u32>(2);
    let slot = sender.try_send_ref().unwrap();
    assert_eq!(sender.len(), 1, "a slot that is written counts");
    drop(slot);
    sender.try_send(2).unwrap();
    let _message = receiver.try_recv_ref().unwrap();
    assert_eq!(sender.len(), 1, "one that is read does not");
    assert!(sender.try_send(3).unwrap_err().is_full(), "but it is used");
}

/// Who waited first is woken first. That nobody comes in between is otherwise here, see
/// `b37_and_nobody_overtakes_them`.
#[test]
fn truth_fairness() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    sender.try_send(0).unwrap();
    let (first, second) = (Probe::new(), Probe::new());
    let mut one = pin!(sender.send_ref());
    let mut two = pin!(sender.send_ref());
    assert_pending(one.as_mut(), &first.waker());
    assert_pending(two.as_mut(), &second.waker());
    assert_eq!(receiver.try_recv(), Ok(0));
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
}

#[test]
fn truth_try_recv_at_rest() {
    let (sender, receiver) = mpsc::channel::<u32>(2);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    sender.try_send(1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn truth_a_receive_gives_an_option() {
    let (sender, receiver) = blocking::channel::<u32>(2);
    sender.send(1).unwrap();
    drop(sender);
    let all: [Option<u32>; 2] = [receiver.recv(), receiver.recv()];
    assert_eq!(all, [Some(1), None]);
}

#[test]
fn truth_capacity_0_panics() {
    assert!(catch(|| drop(mpsc::channel::<u32>(0))).is_err());
    assert!(catch(|| drop(blocking::channel::<u32>(0))).is_err());
}

/// By default they are made of nothing, and cloned. That they need not be `Sync` is otherwise here, see
/// `b44_messages_need_not_be_shared`.
#[test]
fn truth_bounds_of_messages() {
    fn of<T: Default + Clone + Send + Sync + 'static>() {
        fn crosses<T: Send + Sync>(_: &T) {}
        crosses(&mpsc::channel::<T>(1));
        crosses(&blocking::channel::<T>(1));
    }
    of::<Vec<String>>();
}

#[test]
fn truth_a_receiver_is_shared_by_reference() {
    let (sender, receiver) = mpsc::channel::<u32>(2);
    let (one, other) = (&receiver, &receiver);
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    let first = one.try_recv_ref().unwrap();
    let second = other.try_recv_ref().unwrap();
    assert_eq!((*first, *second), (1, 2));
}

#[test]
fn truth_the_end_is_called_closed() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    let (other, gone) = mpsc::channel::<u32>(1);
    drop((sender, gone));
    assert!(matches!(receiver.try_recv(), Err(TryRecvError::Closed)));
    assert!(matches!(other.try_send(1), Err(TrySendError::Closed(1))));
}
