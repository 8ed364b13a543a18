//! The rows of `docs/pains.md` that are about one thread.

use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;

use waterway::broadcast::{self, Receiver, Sender};
use waterway::{Lagged, TryRecvError};

use crate::support::{
    Event, Ledger, Probe, Tracked, assert_pending, assert_ready, catch, poll_once, together,
    watchdog,
};

/// A5: polled with another waker, that one is woken; and the first is let go.
#[test]
fn a5_the_latest_waker_is_woken() {
    let (sender, mut receiver) = broadcast::lossless(1);
    let (first, second) = (Probe::new(), Probe::new());
    {
        let mut receive = pin!(receiver.recv());
        for _ in 0..500 {
            assert_pending(receive.as_mut(), &first.waker());
            assert_pending(receive.as_mut(), &second.waker());
        }
        assert_eq!((first.refs(), second.refs()), (0, 1));
        sender.try_send(1).unwrap();
        assert_eq!((first.wakes(), second.wakes()), (0, 1));
        assert_eq!(assert_ready(receive, &second.waker()), Some(Ok(1)));
    }
    sender.try_send(2).unwrap();
    {
        let mut send = pin!(sender.send(3));
        for _ in 0..500 {
            assert_pending(send.as_mut(), &first.waker());
            assert_pending(send.as_mut(), &second.waker());
        }
        assert_eq!((first.refs(), second.refs()), (0, 1));
        assert_eq!(receiver.try_recv(), Ok(Ok(2)));
        assert_eq!((first.wakes(), second.wakes()), (0, 2));
        assert_eq!(assert_ready(send, &second.waker()), Ok(()));
    }
    {
        let mut closed = pin!(sender.closed());
        assert_pending(closed.as_mut(), &first.waker());
        assert_pending(closed.as_mut(), &second.waker());
        assert_eq!((first.refs(), second.refs()), (0, 1));
        assert_eq!(receiver.try_recv(), Ok(Ok(3)));
        for probe in [&first, &second] {
            let waker = probe.waker();
            let polled = receiver.poll_recv(&mut Context::from_waker(&waker));
            assert_eq!(polled, Poll::Pending);
        }
        sender.close();
        assert_eq!((first.wakes(), second.wakes()), (0, 4));
        assert_ready(closed, &second.waker());
    }
    assert_eq!((first.refs(), second.refs()), (0, 0));
}

/// E3: no waker outlives its operation, or the receiver that was polled.
#[test]
fn e3_no_waker_outlives_its_operation() {
    let (sender, mut receiver) = broadcast::lossless(1);
    let probe = Probe::new();
    assert_pending(Box::pin(receiver.recv()).as_mut(), &probe.waker());
    assert_eq!(probe.refs(), 0);
    assert_pending(Box::pin(sender.closed()).as_mut(), &probe.waker());
    assert_eq!(probe.refs(), 0);
    sender.try_send(1).unwrap();
    assert_pending(Box::pin(sender.send(2)).as_mut(), &probe.waker());
    assert_eq!(probe.refs(), 0);
    // A stream keeps it until it goes.
    assert_eq!(receiver.try_recv(), Ok(Ok(1)));
    let waker = probe.waker();
    let mut other = receiver.clone();
    for receiver in [&mut receiver, &mut other] {
        let polled = receiver.poll_recv(&mut Context::from_waker(&waker));
        assert_eq!(polled, Poll::Pending);
    }
    drop(waker);
    assert_eq!(probe.refs(), 2);
    drop(other);
    assert_eq!(probe.refs(), 1);
    // Or until something comes, by whatever verb it is taken.
    sender.try_send(3).unwrap();
    assert_eq!((probe.refs(), probe.wakes()), (0, 1));
    assert_eq!(receiver.try_recv(), Ok(Ok(3)));
}

/// E1: polled again, cancelled again: nothing is left of it.
#[test]
fn e1_repolling_and_cancelling_keeps_nothing() {
    let (sender, mut receiver) = broadcast::lossless(1);
    let probe = Probe::new();
    for _ in 0..100 {
        let mut receive = pin!(receiver.recv());
        for _ in 0..10 {
            assert_pending(receive.as_mut(), &probe.waker());
            assert_eq!(probe.refs(), 1);
        }
    }
    sender.try_send(0).unwrap();
    for _ in 0..100 {
        let mut send = pin!(sender.send(1));
        for _ in 0..10 {
            assert_pending(send.as_mut(), &probe.waker());
            assert_eq!(probe.refs(), 1);
        }
        assert_eq!(send.as_mut().cancel(), Ok(1));
    }
    assert_eq!(probe.refs(), 0);
    assert_eq!(receiver.try_recv(), Ok(Ok(0)));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

type Pair<T> = (Sender<T>, Receiver<T>);

/// D1: wakers use the channel while they are woken, cloned or dropped.
#[test]
fn d1_wakers_reenter() {
    watchdog("d1", Duration::from_secs(20), || {
        for event in [Event::Wake, Event::Clone, Event::Drop] {
            let (sender, mut receiver): Pair<i32> = broadcast::lossless(1);
            let probe = Probe::new();
            let inside = Rc::new(RefCell::new((sender.clone(), receiver.subscribe())));
            probe.hook_here(event, {
                let inside = Rc::clone(&inside);
                move || {
                    // What the hook does ends in no hook.
                    let Ok(mut inside) = inside.try_borrow_mut() else {
                        return;
                    };
                    let (sender, receiver) = &mut *inside;
                    // Whatever comes of it.
                    let _ = (receiver.try_recv(), sender.try_send(5), sender.len());
                    let _ = (receiver.len(), sender.receiver_count());
                    *receiver = receiver.subscribe_from_oldest();
                    drop((sender.clone(), receiver.clone()));
                }
            });
            for _ in 0..3 {
                let other = Probe::new();
                // Polled with one waker and the other, as long as it waits.
                let alternate = |op: &mut dyn FnMut(&Probe) -> bool| {
                    let _ = op(&probe) || op(&other) || op(&probe);
                };
                {
                    let mut receive = pin!(receiver.recv());
                    alternate(&mut |probe| poll_once(receive.as_mut(), &probe.waker()).is_ready());
                    let _ = sender.try_send(1);
                }
                let mut send = pin!(sender.send(2));
                alternate(&mut |probe| poll_once(send.as_mut(), &probe.waker()).is_ready());
                let _ = inside.borrow_mut().1.try_recv();
                let _ = receiver.try_recv();
                let _ = receiver.try_recv();
            }
            let mut closed = pin!(sender.closed());
            assert_pending(closed.as_mut(), &probe.waker());
            assert!(receiver.close());
            probe.unhook();
        }
    });
}

/// A message that uses the channel when it is dropped or cloned.
struct Nosy {
    channel: Rc<RefCell<Option<Pair<Nosy>>>>,
    uses: Rc<Cell<usize>>,
}

impl Nosy {
    fn look(&self) {
        // Not within itself.
        let channel = self.channel.borrow_mut().take();
        if let Some((sender, mut receiver)) = channel {
            self.uses.set(self.uses.get() + 1);
            let _ = (sender.len(), sender.is_full(), receiver.len());
            let other = receiver.clone();
            let _ = receiver.try_recv_ref().map(drop);
            receiver = other.subscribe();
            *self.channel.borrow_mut() = Some((sender, receiver));
        }
    }
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        self.look();
        Self {
            channel: Rc::clone(&self.channel),
            uses: Rc::clone(&self.uses),
        }
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.look();
    }
}

/// D2: a message's `drop` and `clone` use the channel.
#[test]
fn d2_messages_reenter() {
    for lossless in [false, true] {
        let make = if lossless {
            broadcast::lossless
        } else {
            broadcast::channel
        };
        let (sender, mut receiver): Pair<Nosy> = make(2);
        let channel = Rc::new(RefCell::new(Some((sender.clone(), receiver.clone()))));
        let uses = Rc::new(Cell::new(0));
        let nosy = || Nosy {
            channel: Rc::clone(&channel),
            uses: Rc::clone(&uses),
        };
        for _ in 0..20 {
            // Displaced, refused, cloned, taken, left.
            for _ in 0..3 {
                drop(sender.try_send(nosy()));
            }
            let other = receiver.clone();
            drop(receiver.try_recv());
            drop(receiver);
            receiver = other;
            drop(receiver.try_recv());
        }
        assert!(uses.get() > 40);
        let (inner_sender, inner_receiver) = channel.borrow_mut().take().expect("at rest");
        drop((inner_sender, inner_receiver, sender, receiver));
        assert_eq!(
            (Rc::strong_count(&channel), Rc::strong_count(&uses)),
            (1, 1)
        );
    }
}

/// D2: the last handle of a channel lies in one of its messages.
#[test]
fn d2_a_message_owns_the_last_handle() {
    struct Last {
        sender: RefCell<Option<Sender<Last>>>,
        #[allow(dead_code, reason = "it is counted")]
        content: Tracked,
    }
    let ledger = Ledger::new();
    let (sender, receiver) = broadcast::channel::<Last>(2);
    for number in 0..2 {
        let last = Last {
            sender: RefCell::new(Some(sender.clone())),
            content: ledger.make(number),
        };
        sender.try_send(last).ok().unwrap();
    }
    drop(sender);
    drop(receiver);
    ledger.assert_all_dropped();
    let (sender, receiver) = broadcast::channel::<Last>(2);
    let last = Last {
        sender: RefCell::new(None),
        content: ledger.make(2),
    };
    sender.try_send(last).ok().unwrap();
    let mut receiver = receiver;
    let got = receiver.try_recv_ref().unwrap().unwrap();
    *got.sender.borrow_mut() = Some(sender);
    drop(receiver);
    drop(got);
    ledger.assert_all_dropped();
}

/// D3: a destructor panics; the others are dropped, and the channel goes on.
#[test]
fn d3_a_panicking_drop_leaks_nothing() {
    struct Wild(u64, #[allow(dead_code, reason = "it is counted")] Tracked);
    impl Drop for Wild {
        fn drop(&mut self) {
            if self.0 % 20 == 7 && !std::thread::panicking() {
                panic!("a drop panics");
            }
        }
    }
    let ledger = Ledger::new();
    let wild = |number| Arc::new(Wild(number, ledger.make(number)));
    // Swept, in several holds of the lock, with a sender that waits.
    let (sender, receiver) = broadcast::lossless(50);
    let mut other = receiver.clone();
    for number in 0..50 {
        sender.try_send(wild(number)).ok().unwrap();
        drop(catch(|| drop(other.try_recv())));
    }
    let mut send = Box::pin(sender.send(wild(50)));
    let probe = Probe::new();
    assert_pending(send.as_mut(), &probe.waker());
    drop(catch(|| drop(receiver)));
    assert!(probe.is_woken());
    assert!(assert_ready(send.as_mut(), &probe.waker()).is_ok());
    drop(send);
    assert_eq!(ledger.live(), [50]);
    assert_eq!(other.try_recv().unwrap().unwrap().0, 50);
    drop((sender, other));
    // Displaced, and left behind.
    let (sender, receiver) = broadcast::channel(1);
    for number in 0..50 {
        let _ = catch(|| sender.try_send(wild(number)).is_ok());
    }
    assert_eq!(ledger.live(), [49]);
    drop((sender, receiver));
    ledger.assert_all_dropped();
}

/// D4: `clone` panics: that receiver has had its message, and all goes on.
#[test]
fn d4_a_panicking_clone_costs_one_message() {
    struct Wild(
        u32,
        #[allow(dead_code, reason = "it is counted")] Arc<Tracked>,
    );
    impl Clone for Wild {
        fn clone(&self) -> Self {
            assert!(self.0 != 1, "no clone of this");
            Self(self.0, Arc::clone(&self.1))
        }
    }
    let ledger = Ledger::new();
    for verb in 0..4 {
        let (sender, mut first) = broadcast::lossless(2);
        let mut second = first.clone();
        for number in 1..=2 {
            let message = Wild(number, Arc::new(ledger.make(u64::from(number))));
            sender.try_send(message).ok().unwrap();
        }
        let caught = catch(|| match verb {
            0 => drop(first.try_recv()),
            1 => drop(first.recv().wait()),
            2 => drop(crate::support::block_on(first.recv())),
            _ => drop(first.poll_recv(&mut Context::from_waker(std::task::Waker::noop()))),
        });
        assert!(caught.is_err());
        assert_eq!(first.try_recv().unwrap().unwrap().0, 2);
        // It gets the message itself.
        assert_eq!(second.try_recv().unwrap().unwrap().0, 1);
        let message = Wild(3, Arc::new(ledger.make(3)));
        sender.try_send(message).ok().unwrap();
        assert_eq!(first.try_recv().unwrap().unwrap().0, 3);
        assert_eq!(second.try_recv().unwrap().unwrap().0, 2);
    }
    ledger.assert_all_dropped();
}

/// D4: wakers panic while they are woken or cloned, at each verb that does so.
#[test]
fn d4_panicking_wakers_strand_nobody() {
    let ledger = Ledger::new();
    let message = |number| Arc::new(ledger.make(number));
    let (sender, receiver) = broadcast::lossless(1);
    let (calm, wild) = (Probe::new(), Probe::panicking(Event::Wake));
    let mut receives: Vec<_> = (0..40)
        .map(|_| Box::pin(receiver.clone().recv_owned()))
        .collect();
    for (index, receive) in receives.iter_mut().enumerate() {
        let probe = if index == 3 { &wild } else { &calm };
        assert_pending(receive.as_mut(), &probe.waker());
    }
    // Sent all the same.
    assert!(catch(|| sender.try_send(message(0)).is_ok()).is_err());
    assert_eq!((calm.wakes(), wild.wakes()), (39, 1));
    for receive in &mut receives {
        let (got, _) = assert_ready(receive.as_mut(), &calm.waker());
        assert_eq!(got.unwrap().unwrap().id(), 0);
    }
    drop(receives);
    // A parked sender's: its message is in, and the next is served by whoever comes.
    let mut receiver = receiver;
    let mut sends: Vec<_> = (1..3)
        .map(|number| Box::pin(sender.send(message(number))))
        .collect();
    assert_pending(sends[0].as_mut(), &wild.waker());
    assert_pending(sends[1].as_mut(), &calm.waker());
    assert!(
        catch(|| receiver.try_recv().is_ok()).is_err(),
        "message 0 goes with the panic"
    );
    for number in 1..3 {
        assert_eq!(receiver.try_recv().unwrap().unwrap().id(), number);
    }
    for mut send in sends {
        assert!(assert_ready(send.as_mut(), &calm.waker()).is_ok());
    }
    // Cloned: not parked.
    let wild = Probe::panicking(Event::Clone);
    {
        let mut receive = pin!(receiver.recv());
        assert!(catch(|| assert_pending(receive.as_mut(), &wild.waker())).is_err());
        assert_pending(receive.as_mut(), &calm.waker());
    }
    sender.try_send(message(3)).ok().unwrap();
    {
        let mut send = pin!(sender.send(message(4)));
        assert!(catch(|| assert_pending(send.as_mut(), &wild.waker())).is_err());
        assert_pending(send.as_mut(), &calm.waker());
        assert_eq!(receiver.try_recv().unwrap().unwrap().id(), 3);
        assert!(assert_ready(send, &calm.waker()).is_ok());
    }
    drop((sender, receiver));
    ledger.assert_all_dropped();
    assert_eq!((calm.refs(), wild.refs()), (0, 0));
}

/// D4: a parked sender's waker panics, and who waits for the message that was pulled is told all the same.
#[test]
fn d4_a_panicking_sender_wakes_its_receivers() {
    let (sender, mut fast) = broadcast::lossless(1);
    let mut slow = fast.clone();
    sender.try_send(0).unwrap();
    assert_eq!(fast.try_recv(), Ok(Ok(0)));
    let (calm, wild) = (Probe::new(), Probe::panicking(Event::Wake));
    let mut send = pin!(sender.send(1));
    assert_pending(send.as_mut(), &wild.waker());
    let mut receive = pin!(fast.recv());
    assert_pending(receive.as_mut(), &calm.waker());
    assert!(catch(|| slow.try_recv().is_ok()).is_err());
    assert!(calm.take_woken());
    assert_eq!(assert_ready(receive, &calm.waker()), Some(Ok(1)));
    assert_eq!(assert_ready(send, &calm.waker()), Ok(()));
}

/// D4: a send whose wake-up panicked has sent its message.
#[test]
fn d4_a_send_whose_wake_up_panicked_is_done() {
    let (sender, mut other) = broadcast::channel(1);
    for cancel in [false, true] {
        let wild = Probe::panicking(Event::Wake);
        let mut receive = Box::pin(sender.subscribe().recv_owned());
        assert_pending(receive.as_mut(), &wild.waker());
        let mut send = pin!(sender.send(1));
        assert!(catch(|| poll_once(send.as_mut(), std::task::Waker::noop()).is_ready()).is_err());
        if cancel {
            assert!(send.cancel().is_err(), "it was delivered");
        } else {
            assert_eq!(assert_ready(send, std::task::Waker::noop()), Ok(()));
        }
        drop(receive);
        assert_eq!(other.try_recv(), Ok(Ok(1)));
        assert_eq!(other.try_recv(), Err(TryRecvError::Empty));
    }
}

/// C9: two receivers clone one message at a time, which therefore is `Sync`: that it has to be is shown by
/// `ui/broadcast_of_cell_stays_on_its_thread.rs`. It stays what it was meanwhile.
#[test]
fn c9_clones_run_beside_each_other_and_without_a_lock() {
    struct Slow {
        inside: Arc<AtomicUsize>,
        probe: Sender<Slow>,
    }
    impl Clone for Slow {
        fn clone(&self) -> Self {
            // Both are here before either goes on; and the channel can be used.
            self.inside.fetch_add(1, SeqCst);
            crate::support::wait_until(|| self.inside.load(SeqCst) == 2);
            assert_eq!(self.probe.len(), 1);
            Self {
                inside: Arc::clone(&self.inside),
                probe: self.probe.clone(),
            }
        }
    }
    watchdog("c9", Duration::from_secs(20), || {
        let (sender, receiver) = broadcast::channel(1);
        let inside = Arc::new(AtomicUsize::new(0));
        // The third one keeps the message from being moved.
        let receivers = [receiver.clone(), receiver.clone()];
        let message = Slow {
            inside: Arc::clone(&inside),
            probe: sender.clone(),
        };
        sender.try_send(message).ok().unwrap();
        together(2, |index| {
            let mut receiver = receivers[index].clone();
            drop(receiver.try_recv().unwrap().unwrap());
        });
        drop((receivers, receiver));
    });
}

/// C4: what is forgotten is leaked, and nothing else.
#[test]
fn c4_forgotten_handles_and_references() {
    let ledger = Ledger::new();
    let (sender, mut receiver) = broadcast::channel(2);
    let value = Arc::new(ledger.make(0));
    sender.try_send(Arc::clone(&value)).ok().unwrap();
    std::mem::forget(receiver.try_recv_ref());
    std::mem::forget(receiver.clone());
    std::mem::forget(sender.downgrade());
    std::mem::forget(sender.send(Arc::new(ledger.make(1))));
    for number in 2..10 {
        sender.try_send(Arc::new(ledger.make(number))).ok().unwrap();
    }
    assert_eq!(receiver.try_recv().unwrap().err(), Some(Lagged(6)));
    assert_eq!(receiver.try_recv().unwrap().unwrap().id(), 8);
    drop((sender, receiver));
    // The forgotten receiver wants them still.
    assert_eq!(ledger.live(), [0, 1, 8, 9]);
}

/// I24: every operation tells its end.
#[test]
fn an_operation_is_not_polled_after_its_end() {
    let (sender, mut receiver) = broadcast::channel(1);
    let waker = std::task::Waker::noop();
    let mut send = pin!(sender.send(1));
    assert!(assert_ready(send.as_mut(), waker).is_ok());
    assert!(catch(|| crate::support::poll_noop(send.as_mut()).is_ready()).is_err());
    assert!(catch(|| send.as_mut().cancel().is_ok()).is_err());
    let mut receive = pin!(receiver.recv());
    assert_eq!(assert_ready(receive.as_mut(), waker), Some(Ok(1)));
    assert!(catch(|| crate::support::poll_noop(receive.as_mut()).is_ready()).is_err());
    let receive: Pin<&mut _> = receive;
    assert!(futures_core::FusedFuture::is_terminated(&*receive));
}
