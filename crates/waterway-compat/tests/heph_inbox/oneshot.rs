//! The oneshot: H56 to H66; and what the crate needs: H67.

use std::error::Error;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use crate::LIMIT;
use crate::support::{
    Ledger, Probe, assert_pending, assert_ready, block_on, memory, poll_noop, watchdog,
};
use crate::sut::oneshot::{Receiver, RecvError, RecvOnce, RecvValue, Sender, new_oneshot};

#[test]
fn h56_a_oneshot_is_one_allocation() {
    memory::assert_installed();
    let (handles, grown) = memory::growth(new_oneshot::<u64>);
    assert_eq!(grown.blocks, 1);
    assert!(size_of_val(&handles) <= 2 * size_of::<usize>());
}

#[test]
fn h57_a_send_never_waits_and_fails_with_the_value() {
    let ledger = Ledger::new();
    let (sender, mut receiver) = new_oneshot();
    let probe = Probe::new();
    let mut recv = receiver.recv();
    assert_pending(Pin::new(&mut recv), &probe.waker());
    sender.try_send(ledger.make(1)).unwrap();
    assert!(probe.is_woken());
    let value = assert_ready(Pin::new(&mut recv), &probe.waker());
    assert_eq!(value.unwrap(), 1);

    let (sender, receiver) = new_oneshot();
    drop(receiver);
    assert_eq!(sender.try_send(ledger.make(2)).unwrap_err(), 2);

    // Sent does not mean received.
    let (sender, receiver) = new_oneshot();
    sender.try_send(ledger.make(3)).unwrap();
    drop(receiver);
    ledger.assert_all_dropped();
}

#[test]
fn h58_a_sender_knows_its_receiver() {
    let (sender, receiver) = new_oneshot::<u8>();
    let (other, its_receiver) = new_oneshot();
    assert!(sender.sends_to(&receiver) && !sender.sends_to(&its_receiver));
    assert!(sender.is_connected() && other.is_connected());
    drop(receiver);
    assert!(!sender.is_connected() && other.is_connected());
}

/// ⚠ There a sender of anything is `Sync`.
#[test]
fn h59_the_traits_of_a_sender() {
    fn traits<S: Send + Sync + Unpin>() {}
    traits::<Sender<std::cell::Cell<u8>>>();
    assert_not!(Sender<u8>: Clone);
    assert_not!(Sender<Rc<u8>>: Send);
    #[cfg(not(feature = "original"))]
    assert_not!(Sender<Rc<u8>>: Sync);
    struct Plain;
    assert_eq!(format!("{:?}", new_oneshot::<Plain>().0), "Sender");
}

#[test]
fn h60_a_receive_at_once() {
    let (sender, mut receiver) = new_oneshot();
    assert_eq!(receiver.try_recv(), Err(RecvError::NoValue));
    sender.try_send(1).unwrap();
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(RecvError::Disconnected));
    let (sender, mut receiver) = new_oneshot::<u8>();
    drop(sender);
    assert_eq!(receiver.try_recv(), Err(RecvError::Disconnected));
}

#[test]
fn h61_a_receive_leaves_the_receiver() {
    fn traits<F: Unpin + Send + std::fmt::Debug>(_: &F) {}
    let (sender, mut receiver) = new_oneshot();
    let probe = Probe::new();
    {
        let mut recv: RecvValue<'_, i32> = receiver.recv();
        traits(&recv);
        assert_pending(Pin::new(&mut recv), &probe.waker());
    }
    sender.try_send(1).unwrap();
    let mut recv = receiver.recv();
    assert_eq!(poll_noop(Pin::new(&mut recv)), Poll::Ready(Some(1)));
    assert_eq!(poll_noop(Pin::new(&mut recv)), Poll::Ready(None));
    assert!(receiver.try_reset().is_some());
    assert_eq!(block_on(receiver.recv()), None, "its sender was dropped");
}

#[test]
fn h62_a_receive_that_owns_its_receiver() {
    fn traits<F: Unpin + Send + std::fmt::Debug + 'static>(_: &F) {}
    let (sender, receiver) = new_oneshot();
    let mut once: RecvOnce<i32> = receiver.recv_once();
    traits(&once);
    assert_eq!(poll_noop(Pin::new(&mut once)), Poll::Pending);
    sender.try_send(1).unwrap();
    assert_eq!(block_on(once), Some(1));
    let (sender, receiver) = new_oneshot();
    drop(receiver.recv_once());
    assert_eq!(sender.try_send(2), Err(2));
}

#[test]
fn h63_the_same_memory_again() {
    let ledger = Ledger::with_room(16);
    let (mut sender, mut receiver) = new_oneshot();
    let ((), grown) = memory::growth(|| {
        for id in 0..4 {
            assert!(receiver.try_reset().is_none(), "the sender is there");
            sender.try_send(ledger.make(id)).unwrap();
            if id % 2 == 0 {
                assert_eq!(receiver.try_recv().unwrap(), id);
            }
            // A value that nobody took is dropped.
            sender = receiver.try_reset().expect("it has sent");
            assert_eq!(ledger.drops_of(id), 1);
            assert!(receiver.is_connected() && sender.sends_to(&receiver));
        }
    });
    assert_eq!((grown.calls, grown.bytes), (0, 0));
    assert!(receiver.try_reset().is_some());
}

#[test]
fn h64_the_receivers_questions() {
    let (sender, mut receiver) = new_oneshot();
    let (first, second) = (Probe::new(), Probe::new());
    assert!(receiver.is_connected());
    assert!(receiver.register_waker(&first.waker()));
    assert!(!receiver.register_waker(&first.waker()));
    assert!(receiver.register_waker(&second.waker()));
    sender.try_send(1).unwrap();
    assert!(!receiver.is_connected());
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn h65_the_error_of_a_receive() {
    fn traits<E: std::fmt::Debug + Eq>(_: &E) {}
    traits(&RecvError::NoValue);
    assert_not!(RecvError: Clone);
    assert_not!(RecvError: Error);
    assert_eq!(RecvError::NoValue.to_string(), "no value available");
    assert_eq!(RecvError::Disconnected.to_string(), "sender disconnected");
}

#[test]
fn h66_the_traits_of_a_receiver() {
    fn traits<R: Send + Sync + Unpin>() {}
    traits::<Receiver<std::cell::Cell<u8>>>();
    assert_not!(Receiver<u8>: Clone);
    assert_not!(Receiver<Rc<u8>>: Send);
    assert_not!(Receiver<Rc<u8>>: Sync);
    struct Plain;
    assert_eq!(format!("{:?}", new_oneshot::<Plain>().1), "Receiver");
}

/// Any executor drives it, and a waker that panics poisons nothing.
#[test]
fn h67_any_executor_will_do() {
    watchdog("h67", LIMIT, || {
        let (sender, mut receiver) = crate::sut::new(1);
        let worker = std::thread::spawn(move || {
            for number in 0..100 {
                block_on(sender.send(number)).unwrap();
            }
        });
        for number in 0..100 {
            assert_eq!(block_on(receiver.recv()), Some(number));
        }
        worker.join().unwrap();
    });
    let (sender, mut receiver) = crate::sut::new_small();
    let probe = Probe::panicking(crate::support::Event::Wake);
    {
        let mut recv = pin!(receiver.recv());
        assert_pending(recv.as_mut(), &probe.waker());
        assert!(crate::support::catch(|| sender.try_send(1)).is_err());
    }
    assert_eq!(receiver.try_recv(), Ok(1));
    assert!(sender.try_send(2).is_ok());
}
