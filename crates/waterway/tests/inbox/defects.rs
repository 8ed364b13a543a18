//! What is wrong in heph-inbox 0.2.3, by the rows of `docs/parity.md`, is right here.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};

use waterway::select::{Won2, race};
use waterway::{TryRecvError, inbox};

use crate::LIMIT;
use crate::support::{
    Event, Ledger, Probe, assert_pending, assert_ready, catch, poll_noop, watchdog,
};

/// Whether a type is `Sync`, found by which of two methods is there.
macro_rules! is {
    ($trait:ident: $type:ty) => {{
        #[allow(dead_code, reason = "one of the two is not looked at")]
        trait No {
            const IS: bool = false;
        }
        impl<T: ?Sized> No for T {}
        struct Yes<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "one of the two is not looked at")]
        impl<T: ?Sized + $trait> Yes<T> {
            const IS: bool = true;
        }
        <Yes<$type>>::IS
    }};
}

#[test]
fn h21_a_sender_of_rc_stays_on_its_thread() {
    type Rc = std::rc::Rc<u8>;
    assert!(!is!(Sync: inbox::Sender<Rc>) && !is!(Send: inbox::Sender<Rc>));
    assert!(!is!(Sync: inbox::Receiver<Rc>) && !is!(Send: inbox::Receiver<Rc>));
    assert!(is!(Sync: inbox::Sender<u8>) && is!(Send: inbox::Sender<std::cell::Cell<u8>>));
}

#[test]
fn h24_a_receive_of_rc_stays_on_its_thread() {
    type Rc = std::rc::Rc<u8>;
    assert!(!is!(Send: inbox::RecvOp<'static, Rc>) && !is!(Send: inbox::PeekOp<'static, Rc>));
    assert!(!is!(Send: inbox::SendOp<'static, Rc>) && !is!(Send: inbox::Lease<'static, Rc>));
    assert!(is!(Send: inbox::RecvOp<'static, u8>) && is!(Send: inbox::PeekOp<'static, u8>));
    // A lease shows the message: several threads may look only at what they may share.
    type Cell = std::cell::Cell<u8>;
    assert!(is!(Send: inbox::Lease<'static, Cell>) && !is!(Sync: inbox::Lease<'static, Cell>));
}

/// Whatever is sent between the look and the receive.
#[test]
fn h27_a_peek_and_the_next_receive_agree() {
    for capacity in inbox::MIN_CAP..=inbox::MAX_CAP {
        let (sender, mut receiver) = inbox::bounded(capacity);
        let mut next = 0;
        for turn in 0..3 * capacity {
            while sender.len() < (turn % capacity).max(1) {
                sender.try_send(next).unwrap();
                next += 1;
            }
            let seen = *receiver.peek().wait().unwrap();
            while sender.try_send(next).is_ok() {
                next += 1;
            }
            assert_eq!(receiver.try_peek(), Ok(&seen));
            assert_eq!(receiver.try_recv(), Ok(seen), "capacity {capacity}");
        }
    }
}

#[test]
fn h28_a_sender_of_the_receiver_is_one_like_others() {
    let (sender, mut receiver) = inbox::small();
    drop(sender);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    let sender = receiver.new_sender();
    assert!(!receiver.is_closed());
    let twin = sender.clone();
    twin.try_send(1).unwrap();
    assert_eq!(receiver.sender_count(), 2);
    drop((sender, twin));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    // All is freed, or a leak is found.
    let ledger = Ledger::new();
    let (sender, receiver) = inbox::small();
    receiver.new_sender().try_send(ledger.make(1)).unwrap();
    drop((sender, receiver.new_sender(), receiver));
    ledger.assert_all_dropped();
}

#[test]
fn h49_waiting_senders_are_woken_in_order() {
    let (sender, mut receiver) = inbox::bounded(1);
    sender.try_send(0).unwrap();
    let probes: Vec<Probe> = (0..10).map(|_| Probe::new()).collect();
    let mut sends: Vec<_> = (1..=10)
        .map(|number| Box::pin(sender.send(number)))
        .collect();
    for (send, probe) in sends.iter_mut().zip(&probes) {
        assert_pending(send.as_mut(), &probe.waker());
    }
    for number in 0..=10 {
        let woken: usize = probes.iter().map(Probe::wakes).sum();
        assert_eq!(woken, number);
        assert!(probes[..number].iter().all(|probe| probe.wakes() == 1));
        assert_eq!(receiver.try_recv(), Ok(number));
    }
}

#[test]
fn h50_a_slot_goes_to_who_waits() {
    let (sender, mut receiver) = inbox::bounded(1);
    sender.try_send(0).unwrap();
    let probe = Probe::new();
    let mut send = pin!(sender.send(1));
    assert_pending(send.as_mut(), &probe.waker());
    for _ in 0..3 {
        assert!(sender.try_send(100).is_err(), "somebody waits");
    }
    assert_eq!(receiver.try_recv(), Ok(0));
    assert!(sender.try_send(100).is_err(), "it was handed on");
    assert_eq!(assert_ready(send, &probe.waker()), Ok(()));
    assert_eq!(receiver.try_recv(), Ok(1));
}

#[test]
fn h51_a_send_that_is_polled_again_keeps_its_message() {
    let ledger = Ledger::new();
    let (sender, mut receiver) = inbox::bounded(1);
    sender.try_send(ledger.make(0)).unwrap();
    let probe = Probe::new();
    let waker = probe.waker();
    let mut send = pin!(sender.send(ledger.make(1)));
    for _ in 0..5 {
        assert_pending(send.as_mut(), &waker);
        assert_eq!(ledger.drops_of(1), 0);
    }
    drop(receiver.try_recv());
    assert_ready(send, &waker).unwrap();
    assert_eq!(receiver.try_recv().map(|message| message.id()), Ok(1));
}

#[test]
fn h52_all_waiting_senders_are_woken_at_the_close() {
    for closes in [false, true] {
        let (sender, mut receiver) = inbox::bounded(1);
        sender.try_send(0).unwrap();
        let probes: Vec<Probe> = (0..40).map(|_| Probe::new()).collect();
        let mut sends: Vec<_> = (0..40)
            .map(|number| Box::pin(sender.send(number)))
            .collect();
        for (send, probe) in sends.iter_mut().zip(&probes) {
            assert_pending(send.as_mut(), &probe.waker());
        }
        if closes {
            receiver.close();
        } else {
            drop(receiver);
        }
        for (number, (send, probe)) in sends.iter_mut().zip(&probes).enumerate() {
            assert_eq!(probe.wakes(), 1);
            let Poll::Ready(Err(back)) = poll_noop(send.as_mut()) else {
                panic!("{number} got no answer")
            };
            assert_eq!(back.into_inner(), number);
        }
    }
}

/// Also A1 of `docs/pains.md`: a woken send that goes away unpolled takes nobody's turn.
#[test]
fn h53_a_woken_send_that_is_dropped_passes_its_turn_on() {
    let (sender, mut receiver) = inbox::bounded(1);
    sender.try_send(0).unwrap();
    let probes = [Probe::new(), Probe::new()];
    let mut first = Box::pin(sender.send(1));
    let mut second = Box::pin(sender.send(2));
    assert_pending(first.as_mut(), &probes[0].waker());
    assert_pending(second.as_mut(), &probes[1].waker());
    assert_eq!(receiver.try_recv(), Ok(0));
    assert_eq!(probes[0].wakes(), 1);
    drop(first);
    // It was taken: whoever receives it serves the second.
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(probes[1].wakes(), 1);
    assert_eq!(receiver.try_recv(), Ok(2));
    // One that goes while it is parked lets the next have the slot.
    sender.try_send(3).unwrap();
    let mut third = Box::pin(sender.send(4));
    let mut fourth = Box::pin(sender.send(5));
    assert_pending(third.as_mut(), &probes[0].waker());
    assert_pending(fourth.as_mut(), &probes[1].waker());
    drop(third);
    assert_eq!(receiver.try_recv(), Ok(3));
    assert_eq!(probes[1].wakes(), 2);
    assert_eq!(receiver.try_recv(), Ok(5));
}

struct Count(AtomicUsize, std::thread::Thread);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        self.1.unpark();
    }
}

/// The same waker all the time, and never a poll but after a wake.
#[test]
fn h54_no_wake_up_of_the_receiver_is_lost() {
    const MESSAGES: u32 = 20_000;
    for capacity in [1, 2, 8] {
        watchdog("the receiver's wake-ups", LIMIT, move || {
            let (sender, mut receiver) = inbox::bounded(capacity);
            let thread = std::thread::spawn(move || {
                for number in 0..MESSAGES {
                    let mut message = number;
                    while let Err(refused) = sender.try_send(message) {
                        message = refused.into_inner();
                        std::thread::yield_now();
                    }
                }
            });
            let count = Arc::new(Count(AtomicUsize::new(0), std::thread::current()));
            let waker = count.clone().into();
            let mut context = Context::from_waker(&waker);
            let mut next = 0;
            loop {
                let before = count.0.load(Ordering::SeqCst);
                match receiver.poll_recv(&mut context) {
                    Poll::Ready(Some(number)) => {
                        assert_eq!(number, next);
                        next += 1;
                    }
                    Poll::Ready(None) => break,
                    Poll::Pending => {
                        while count.0.load(Ordering::SeqCst) == before {
                            std::thread::park();
                        }
                    }
                }
            }
            assert_eq!(next, MESSAGES);
            thread.join().unwrap();
        });
    }
}

/// D4: a send whose message is in the inbox is done, though the waker that it woke panicked: polled again it does not send again.
#[test]
fn d4_a_send_whose_wake_up_panicked_is_done() {
    for alone in [true, false] {
        let ledger = Ledger::new();
        let (sender, mut receiver) = inbox::bounded(2);
        let probe = Probe::panicking(Event::Wake);
        let mut recv = Box::pin(receiver.recv());
        assert_pending(recv.as_mut(), &probe.waker());
        let mut send = Box::pin(sender.send(ledger.make(1)));
        if alone {
            assert!(catch(|| poll_noop(send.as_mut())).is_err());
            assert!(matches!(poll_noop(send.as_mut()), Poll::Ready(Ok(()))));
        } else {
            let (_quiet, mut other) = inbox::bounded::<u32>(1);
            let mut either = Box::pin(race((send.as_mut(), other.recv())));
            assert!(catch(|| poll_noop(either.as_mut())).is_err());
            let won = poll_noop(either.as_mut());
            assert!(matches!(won, Poll::Ready(Won2::A(Ok(())))));
        }
        drop((send, recv));
        assert_eq!(receiver.try_recv().map(|message| message.id()), Ok(1));
        assert_eq!(receiver.try_recv().err(), Some(TryRecvError::Empty));
        ledger.assert_all_dropped();
    }
}
