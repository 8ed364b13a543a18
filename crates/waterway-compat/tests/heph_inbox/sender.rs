//! Constructors and the sender: H1 to H21, H47.

use std::error::Error;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use crate::LIMIT;
use crate::support::{
    Ledger, Probe, assert_pending, assert_ready, block_on, catch, memory, poll_noop, together,
    watchdog,
};
use crate::sut::{Join, MAX_CAP, MIN_CAP, Manager, SendError, SendValue, Sender, new, new_small};

#[test]
fn h1_a_channel_has_exactly_the_room_asked_for() {
    for capacity in MIN_CAP..=MAX_CAP {
        let (sender, receiver) = new(capacity);
        for number in 0..capacity {
            assert_eq!(sender.try_send(number), Ok(()));
        }
        assert_eq!(sender.try_send(99), Err(SendError::Full(99)));
        drop(receiver);
    }
    for capacity in [0, MAX_CAP + 1, usize::MAX] {
        let text = "inbox channel capacity must be between 1 and 29";
        assert_eq!(catch(|| new::<u8>(capacity)).unwrap_err(), text);
    }
}

#[test]
fn h2_a_small_channel_has_room_for_eight() {
    let (sender, receiver) = new_small::<u8>();
    assert_eq!((sender.capacity(), receiver.capacity()), (8, 8));
}

#[test]
fn h3_the_limits_are_constants() {
    const { assert!(MIN_CAP == 1 && MAX_CAP == 29) };
}

/// Handles are not larger than there, and a channel is one allocation of no more bytes.
#[test]
fn h4_a_channel_is_one_small_allocation() {
    memory::assert_installed();
    assert!(size_of::<Sender<u64>>() <= 16);
    for capacity in MIN_CAP..=MAX_CAP {
        let (handles, grown) = memory::growth(|| new::<u64>(capacity));
        assert_eq!(grown.blocks, 1);
        assert!(grown.bytes <= (120 + 8 * capacity) as isize, "{grown:?}");
        let (_, grown) = memory::growth(|| {
            // Who waits allocates, and nothing stays.
            let mut join = Box::pin(handles.0.join());
            assert!(poll_noop(join.as_mut()).is_pending());
        });
        assert!(grown.blocks <= 1, "{grown:?}");
    }
}

/// In order, at every capacity and every position: the original's order breaks at most capacities.
#[cfg(not(feature = "original"))]
#[test]
fn h5_messages_come_in_the_order_of_their_sends() {
    for capacity in MIN_CAP..=MAX_CAP {
        let (sender, mut receiver) = new(capacity);
        let mut next = 0;
        for round in 0..200 {
            let some = 1 + round % capacity;
            for number in 0..some {
                sender.try_send(next + number).unwrap();
            }
            for number in 0..some {
                assert_eq!(receiver.try_recv(), Ok(next + number));
            }
            next += some;
        }
    }
}

/// Every message arrives, once, though others are in the middle of their sends all the time; from threads that contend as
/// well as from one that does not.
///
/// Also H7.
#[test]
fn h6_senders_do_not_hold_up_one_another() {
    const EACH: u32 = 2_000;
    watchdog("h6", LIMIT, || {
        let (sender, mut receiver) = new::<(usize, u32)>(4);
        let reading = std::thread::spawn(move || {
            let mut sums = [0; 4];
            let mut seen = 0;
            while seen < 4 * EACH {
                match receiver.try_recv() {
                    Ok((from, number)) => {
                        sums[from] += u64::from(number);
                        seen += 1;
                    }
                    Err(_) => std::thread::yield_now(),
                }
            }
            sums
        });
        together(4, |from| {
            for number in 0..EACH {
                let mut message = (from, number);
                while let Err(SendError::Full(back)) = sender.try_send(message) {
                    message = back;
                    std::thread::yield_now();
                }
            }
        });
        let all = u64::from(EACH) * u64::from(EACH - 1) / 2;
        assert_eq!(reading.join().unwrap(), [all; 4]);
    });
}

#[test]
fn h8_a_send_at_once_is_full_or_disconnected() {
    let (sender, receiver) = new(1);
    assert_eq!(sender.try_send(1), Ok(()));
    assert_eq!(sender.try_send(2), Err(SendError::Full(2)));
    drop(receiver);
    assert_eq!(sender.try_send(3), Err(SendError::Disconnected(3)));

    let (manager, sender, receiver) = Manager::new_channel(1);
    drop(receiver);
    assert_eq!(sender.try_send(1), Ok(()));
    assert_eq!(sender.try_send(2), Err(SendError::Full(2)));
    drop(manager);
    assert_eq!(sender.try_send(3), Err(SendError::Disconnected(3)));
}

#[test]
fn h9_a_send_waits_for_room_and_fails_with_the_bare_message() {
    let (sender, mut receiver) = new(1);
    let probe = Probe::new();
    assert_eq!(block_on(sender.send(1)), Ok(()));
    let mut send = pin!(sender.send(2));
    assert_pending(send.as_mut(), &probe.waker());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert!(probe.is_woken());
    assert_eq!(assert_ready(send.as_mut(), &probe.waker()), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(2));
    drop(receiver);
    let failed: Result<(), i32> = block_on(sender.send(3));
    assert_eq!(failed, Err(3));
}

#[test]
fn h10_a_send_is_a_future_that_may_be_moved() {
    fn traits<F: Unpin + Send + std::fmt::Debug + Future>(_: &F) {}
    let ledger = Ledger::new();
    let (sender, mut receiver) = new(1);
    let mut send = sender.send(ledger.make(1));
    traits(&send);
    assert!(format!("{send:?}").starts_with("SendValue"));
    let Poll::Ready(Ok(())) = poll_noop(std::pin::Pin::new(&mut send)) else {
        panic!("there was room");
    };
    let panic = catch(|| poll_noop(std::pin::Pin::new(&mut send)).is_ready()).unwrap_err();
    assert_eq!(panic, "SendValue polled after completion");
    drop(send);

    // Dropped before it was sent, polled or not, the message goes with it.
    drop(sender.send(ledger.make(2)));
    assert_eq!(ledger.drops_of(2), 1);
    let mut send = Box::new(sender.send(ledger.make(3)));
    assert!(poll_noop(std::pin::Pin::new(&mut *send)).is_pending());
    drop(send);
    assert_eq!(ledger.drops_of(3), 1);
    assert_eq!(receiver.try_recv().unwrap(), 1);
    assert!(receiver.try_recv().is_err());
    drop((sender, receiver));
    ledger.assert_all_dropped();
}

assert_not!(SendValue<'static, Rc<u8>>: Send);

#[test]
fn h11_join_waits_until_receiver_and_manager_are_gone() {
    fn traits<F: Unpin + Send + Sync + std::fmt::Debug + Future<Output = ()>>(_: &F) {}
    let probes = [Probe::new(), Probe::new(), Probe::new()];
    let (manager, sender, receiver) = Manager::<u8>::new_small_channel();
    let mut joins: Vec<Join<'_, u8>> = probes.iter().map(|_| sender.join()).collect();
    traits(&joins[0]);
    let mut poll_all = |ready: bool| {
        for (join, probe) in joins.iter_mut().zip(&probes) {
            let polled =
                std::pin::Pin::new(join).poll(&mut std::task::Context::from_waker(&probe.waker()));
            assert_eq!(polled.is_ready(), ready);
        }
    };
    poll_all(false);
    drop(receiver);
    assert!(probes.iter().all(|probe| !probe.is_woken()));
    poll_all(false);
    drop(manager);
    assert!(probes.iter().all(Probe::is_woken));
    poll_all(true);
    // And again: it stays so.
    poll_all(true);
    block_on(sender.join());
}

#[test]
fn h12_the_senders_capacity_stays() {
    let (sender, _receiver) = new(3);
    assert_eq!(sender.capacity(), 3);
    sender.try_send(1).unwrap();
    assert_eq!(sender.capacity(), 3);
}

#[test]
fn h13_a_sender_is_connected_while_receiver_or_manager_lives() {
    let (sender, receiver) = new_small::<u8>();
    assert!(sender.is_connected());
    drop(receiver);
    assert!(!sender.is_connected());

    let (manager, sender, receiver) = Manager::<u8>::new_small_channel();
    drop(receiver);
    assert!(sender.is_connected(), "a restart is not seen");
    let receiver = manager.new_receiver().unwrap();
    drop(manager);
    assert!(sender.is_connected());
    drop(receiver);
    assert!(!sender.is_connected());
}

#[test]
fn h14_a_sender_knows_of_the_manager() {
    assert!(!new_small::<u8>().0.has_manager());
    let (manager, sender, _receiver) = Manager::<u8>::new_small_channel();
    assert!(sender.has_manager());
    drop(manager);
    assert!(!sender.has_manager());
}

#[test]
fn h15_senders_of_one_channel_know_it() {
    let (sender, _receiver) = new_small::<u8>();
    let (other, _its_receiver) = new_small();
    assert!(sender.same_channel(&sender.clone()));
    assert!(!sender.same_channel(&other));
}

#[test]
fn h16_a_sender_knows_its_receiver() {
    let (sender, receiver) = new_small::<u8>();
    let (other, its_receiver) = new_small();
    assert!(sender.sends_to(&receiver) && other.sends_to(&its_receiver));
    assert!(!sender.sends_to(&its_receiver));
}

#[test]
fn h17_a_senders_id_is_its_channels() {
    let (sender, receiver) = new_small::<u8>();
    let (other, _its_receiver) = new_small::<u8>();
    assert_eq!(sender.id(), sender.clone().id());
    assert_eq!(sender.id(), receiver.id());
    assert_ne!(sender.id(), other.id());
}

#[test]
fn h18_senders_are_cloned() {
    let (sender, mut receiver) = new_small();
    let others: Vec<_> = (0..5).map(|_| sender.clone()).collect();
    for (number, other) in others.iter().enumerate() {
        other.try_send(number).unwrap();
    }
    drop(others);
    assert!(receiver.is_connected());
    drop(sender);
    assert!(!receiver.is_connected());
    assert_eq!(receiver.try_recv(), Ok(0));
}

#[test]
fn h19_debug_of_a_sender_asks_nothing_of_the_message() {
    struct Plain;
    let (sender, receiver) = new_small::<Plain>();
    let other = sender.clone();
    let text = format!("{sender:?}");
    for part in [
        "Sender { channel: Channel {",
        "senders_alive: 2",
        "receiver_alive: true",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(text.contains("manager_alive: false"), "{text}");
    drop((other, receiver));
    let text = format!("{sender:?}");
    assert!(
        text.contains("senders_alive: 1, receiver_alive: false"),
        "{text}"
    );
}

#[test]
fn h20_the_last_sender_wakes_the_receiver_who_gets_the_rest() {
    let (sender, mut receiver) = new_small();
    let probe = Probe::new();
    {
        let mut recv = pin!(receiver.recv());
        assert_pending(recv.as_mut(), &probe.waker());
        let other = sender.clone();
        drop(sender);
        assert!(!probe.take_woken());
        other.try_send(1).unwrap();
        drop(other);
        assert!(probe.is_woken());
    }
    assert_eq!(block_on(receiver.recv()), Some(1));
    assert_eq!(block_on(receiver.recv()), None);
}

/// ⚠ There a sender of anything is `Sync`.
#[cfg(not(feature = "original"))]
#[test]
fn h21_a_sender_of_rc_stays_on_its_thread() {
    assert_not!(Sender<Rc<u8>>: Sync);
    assert_not!(Sender<Rc<u8>>: Send);
}

const _: fn() = || {
    fn traits<S: Send + Sync + Unpin + Clone>() {}
    traits::<Sender<std::cell::Cell<u8>>>();
};

#[test]
fn h47_the_error_of_a_send_has_the_message() {
    fn traits<E: Copy + Clone + std::fmt::Debug + Eq + Error>(_: E) {}
    traits(SendError::Full(1));
    struct Plain;
    assert_eq!(SendError::Full(Plain).to_string(), "channel is full");
    let gone = SendError::Disconnected(Plain);
    assert_eq!(gone.to_string(), "receiver is disconnected");
    assert_eq!(format!("{gone:>26}|"), "  receiver is disconnected|");
    assert_ne!(SendError::Full(1), SendError::Disconnected(1));
}
