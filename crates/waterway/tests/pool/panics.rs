//! User code that panics, or uses the channel from where it is called.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::Context;

use waterway::pool::{self, Keep, Recycle};
use waterway::{TryRecvError, TrySendError};

use crate::LIMIT;
use crate::desk::{Desk, read, write};
use crate::support::{Event, Probe, assert_pending, assert_ready, catch, watchdog};

/// B27: a policy that panics when it makes an element: the slot is given back, and whoever waits gets it.
#[test]
fn b27_a_panic_in_new_element() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(1);
    for way in 0..4 {
        desk.fail_to_make.store(true, SeqCst);
        let panicked = catch(|| match way {
            0 => drop(sender.try_slot()),
            1 => drop(sender.slot().wait()),
            2 => drop(sender.clone().slot_owned().wait()),
            _ => drop(crate::support::block_on(sender.slot())),
        });
        assert_eq!(panicked, Err("told not to make".into()));
        assert_eq!((sender.is_full(), sender.sender_count()), (false, 1));
    }
    // Served, and then.
    let held = receiver.new_sender();
    let slot = held.try_slot().unwrap();
    let probe = Probe::new();
    {
        let mut first = pin!(sender.slot());
        let mut second = pin!(sender.slot());
        assert_pending(first.as_mut(), &probe.waker());
        assert_pending(second.as_mut(), &probe.waker());
        drop(slot.into_inner());
        desk.fail_to_make.store(true, SeqCst);
        assert!(catch(|| assert_ready(first, &probe.waker()).map(drop)).is_err());
        assert_eq!(probe.wakes(), 2);
        let mut slot = assert_ready(second, &probe.waker()).unwrap();
        slot.words.push(1);
        slot.send().unwrap();
    }
    assert_eq!(read(&mut receiver), 1);
    drop((sender, held));
    assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Closed);
    drop(receiver);
    desk.ledger.assert_all_dropped();
}

/// B27: a policy that panics when it recycles: the element is dropped, and who waits has another made.
#[test]
fn b27_a_panic_in_recycle() {
    for way in 0..3 {
        let desk = Desk::new();
        let (sender, mut receiver) = desk.pool(1);
        let other = sender.clone();
        let probe = Probe::new();
        let mut waiting = pin!(other.slot());
        let panicked = if way == 0 {
            let slot = sender.try_slot().unwrap();
            assert_pending(waiting.as_mut(), &probe.waker());
            desk.fail_to_recycle.store(true, SeqCst);
            catch(|| drop(slot))
        } else {
            write(&sender, 1);
            let page = receiver.try_recv_ref().unwrap();
            assert_pending(waiting.as_mut(), &probe.waker());
            desk.fail_to_recycle.store(true, SeqCst);
            catch(|| match way {
                1 => drop(page),
                _ => drop(page.into_owned()),
            })
        };
        assert_eq!(panicked, Err("told not to recycle".into()));
        assert_eq!(desk.ledger.live(), [], "it is not used again");
        assert_eq!(probe.wakes(), 1);
        let mut slot = assert_ready(waiting, &probe.waker()).unwrap();
        assert_eq!((slot.sheet.id(), desk.counts()), (1, (2, 0)));
        slot.words.push(2);
        slot.send().unwrap();
        assert_eq!(read(&mut receiver), 2);
        drop((sender, other.clone(), receiver));
    }
}

/// A writer or a reader that panics: nothing is sent, and the slot is recycled.
#[test]
fn d4_a_panic_of_who_writes_or_reads() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(1);
    let panicked = catch(|| {
        let mut slot = sender.try_slot().unwrap();
        slot.words.push(13);
        panic!("in the middle");
    });
    assert_eq!(panicked, Err("in the middle".into()));
    assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Empty);
    write(&sender, 1);
    let panicked = catch(|| {
        let page = receiver.try_recv_ref().unwrap();
        assert_eq!(page.words, [99]);
    });
    assert!(panicked.is_err());
    assert_eq!(desk.counts(), (1, 2));
    write(&sender, 2);
    assert_eq!(read(&mut receiver), 2);
}

/// B36: what a panic drops is gone, handles as well.
#[test]
fn b36_handles_dropped_by_a_panic_are_gone() {
    let desk = Desk::new();
    let (sender, mut receiver) = desk.pool(1);
    let unwound = catch(move || {
        let _sender = sender;
        panic!("on purpose");
    });
    assert!(unwound.is_err());
    assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Closed);
    let (sender, receiver) = desk.pool(1);
    write(&sender, 1);
    let unwound = catch(move || {
        let _receiver = receiver;
        panic!("on purpose");
    });
    assert!(unwound.is_err());
    assert_eq!(sender.try_slot().unwrap_err(), TrySendError::Closed(()));
    desk.ledger.assert_all_dropped();
}

/// An element whose drop panics when it is told to.
struct Fragile {
    fails: Arc<AtomicBool>,
    /// Counts.
    _alive: Arc<()>,
}

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(
            !self.fails.swap(false, SeqCst) || std::thread::panicking(),
            "told to"
        );
    }
}

/// D3: elements whose drop panics, wherever they are dropped: each once, the others as well, and the memory is freed.
#[test]
fn d3_a_panicking_drop_leaks_nothing() {
    for way in 0..6 {
        let (fails, alive) = (Arc::new(AtomicBool::new(false)), Arc::new(()));
        let make = || Fragile {
            fails: fails.clone(),
            _alive: alive.clone(),
        };
        let (sender, mut receiver) = pool::with_recycle(4, Keep::new(make));
        // Two in free slots, one sent, one in hand.
        let slots: Vec<_> = (0..4).map(|_| sender.try_slot().unwrap()).collect();
        for (index, slot) in slots.into_iter().enumerate() {
            if index >= 2 {
                slot.send().map_err(drop).unwrap();
            }
        }
        let held = receiver.try_recv_ref().unwrap().into_owned();
        assert_eq!(Arc::strong_count(&alive), 5);
        fails.store(true, SeqCst);
        let panicked = match way {
            0 => catch(move || drop((sender, receiver, held))),
            1 => catch(move || drop((held, receiver, sender))),
            2 => {
                let dropped = catch(move || drop(receiver));
                assert!(sender.try_slot().is_err());
                drop((held, sender));
                dropped
            }
            3 => {
                let dropped = catch(|| drop(held.into_inner()));
                let mut rest = receiver.try_iter().collect::<Vec<_>>();
                assert_eq!(rest.len(), 1);
                rest.clear();
                drop((sender, receiver));
                dropped
            }
            4 => {
                // What lies in a free slot makes way.
                let dropped = catch(|| sender.try_send(make()).is_ok());
                drop((sender, receiver, held));
                dropped.map(drop)
            }
            _ => {
                let dropped = catch(|| drop(receiver.try_recv()));
                drop((sender, receiver, held));
                dropped
            }
        };
        assert_eq!(panicked, Err("told to".into()), "{way}");
        assert_eq!(Arc::strong_count(&alive), 1, "{way}");
    }
}

/// D1: wakers use the channel while they are woken, cloned or dropped.
#[test]
fn d1_wakers_reenter_a_pool() {
    watchdog("d1", LIMIT, || {
        for event in [Event::Wake, Event::Clone, Event::Drop] {
            let (sender, mut receiver) = pool::bounded::<u32>(1);
            let probe = Probe::new();
            let inside = Rc::new(RefCell::new(sender.clone()));
            probe.hook_here(event, {
                let inside = Rc::clone(&inside);
                move || {
                    let Ok(sender) = inside.try_borrow_mut() else {
                        return;
                    };
                    drop((sender.try_slot(), sender.try_send(9), sender.clone()));
                    let _ = (sender.len(), sender.is_full());
                }
            });
            let other = Probe::new();
            for _ in 0..3 {
                {
                    let mut receive = pin!(receiver.recv_ref());
                    for probe in [&probe, &other, &probe] {
                        if crate::support::poll_once(receive.as_mut(), &probe.waker()).is_ready() {
                            break;
                        }
                    }
                    let _ = sender.try_send(1);
                }
                {
                    let mut slot = pin!(sender.slot());
                    for probe in [&probe, &other, &probe] {
                        if crate::support::poll_once(slot.as_mut(), &probe.waker()).is_ready() {
                            break;
                        }
                    }
                    drop(receiver.try_recv_ref());
                }
                while receiver.try_recv_ref().is_ok() {}
            }
            let mut closed = Box::pin(sender.closed());
            assert_pending(closed.as_mut(), &probe.waker());
            sender.close();
            assert_ready(closed.as_mut(), &probe.waker());
            probe.unhook();
        }
    });
}

type Weak = pool::WeakSender<u8, Meddler>;

/// A policy that uses its channel while it makes and recycles.
struct Meddler {
    sender: Rc<Cell<Option<Weak>>>,
    calls: Rc<Cell<usize>>,
}

impl Meddler {
    fn meddle(&self) {
        // Not within itself.
        let Some(weak) = self.sender.take() else {
            return;
        };
        if let Some(sender) = weak.upgrade() {
            drop((sender.try_send(7), sender.try_slot(), sender.len()));
            self.calls.set(self.calls.get() + 1);
        }
        self.sender.set(Some(weak));
    }
}

impl Recycle<u8> for Meddler {
    fn new_element(&self) -> u8 {
        self.meddle();
        1
    }

    fn recycle(&self, _: &mut u8) {
        self.meddle();
    }
}

/// D2: a policy uses its own channel.
#[test]
fn d2_a_policy_uses_its_channel() {
    watchdog("d2", LIMIT, || {
        let (place, calls) = <(Rc<Cell<Option<Weak>>>, Rc<Cell<usize>>)>::default();
        let policy = Meddler {
            sender: place.clone(),
            calls: calls.clone(),
        };
        let (sender, mut receiver) = pool::with_recycle(2, policy);
        place.set(Some(sender.downgrade()));
        for _ in 0..5 {
            drop(sender.try_slot());
            let sent = sender.try_slot().map(|slot| slot.send().is_ok());
            assert!(sent.is_err() || sent == Ok(true));
            while receiver.try_recv_ref().is_ok_and(|message| *message != 1) {}
        }
        assert!(calls.get() > 5);
        place.take();
    });
}

/// D2: an element owns a handle of its channel, the last one, or a guard.
#[test]
fn d2_elements_own_their_channel() {
    struct Own(#[allow(dead_code, reason = "it is dropped")] Option<Box<dyn Send>>);
    watchdog("d2", LIMIT, || {
        for way in 0..3 {
            let alive = Arc::new(());
            let counted = alive.clone();
            let policy = Keep::new(move || {
                let _ = &counted;
                Own(None)
            });
            let (sender, mut receiver) = pool::with_recycle(2, policy);
            let mut slot = sender.try_slot().unwrap();
            match way {
                0 => {
                    *slot = Own(Some(Box::new(sender.clone())));
                    slot.send().map_err(drop).unwrap();
                    drop(sender);
                    // The message is the last sender.
                    drop(receiver);
                }
                1 => {
                    *slot = Own(Some(Box::new(sender.clone())));
                    slot.send().map_err(drop).unwrap();
                    drop(sender);
                    drop(receiver.try_recv().unwrap());
                    assert!(receiver.recv_ref().wait().is_none());
                    drop(receiver);
                }
                _ => {
                    let other = sender.clone().try_slot_owned().unwrap();
                    *slot = Own(Some(Box::new(other)));
                    slot.send().map_err(drop).unwrap();
                    drop(sender);
                    let message = receiver.try_recv_ref().unwrap().into_owned();
                    drop(receiver);
                    drop(message.into_inner());
                }
            }
            assert_eq!(Arc::strong_count(&alive), 1, "{way}");
        }
    });
}

/// D4: a send by value whose message is in the pool is done, though the waker that it woke panicked; what lay in the slot is dropped.
#[test]
fn d4_a_send_whose_wake_up_panicked_is_done() {
    for used in [false, true] {
        let desk = Desk::new();
        let (sender, mut receiver) = desk.pool(2);
        if used {
            write(&sender, 9);
            assert_eq!(read(&mut receiver), 9);
        }
        let probe = Probe::panicking(Event::Wake);
        let mut recv = Box::pin(receiver.recv());
        assert_pending(recv.as_mut(), &probe.waker());
        let mut send = Box::pin(sender.send(desk.page(1)));
        assert!(catch(|| assert_pending(send.as_mut(), &Probe::new().waker())).is_err());
        assert_ready(send.as_mut(), &Probe::new().waker()).unwrap();
        drop((send, recv));
        assert_eq!(read(&mut receiver), 1);
        assert_eq!(receiver.try_recv_ref().unwrap_err(), TryRecvError::Empty);
    }
}

/// Who waited and was forgotten sends nothing after the end, and is in nobody's way after that.
#[test]
fn a_forgotten_send_ends_with_the_senders() {
    let (sender, mut receiver) = pool::bounded::<u32>(1);
    sender.try_send(1).unwrap();
    let probe = Probe::new();
    let mut parked = Box::pin(sender.send(2));
    assert_pending(parked.as_mut(), &probe.waker());
    std::mem::forget(parked);
    drop(sender);
    let held = receiver.try_recv_ref().unwrap().into_owned();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    drop(held);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    let sender = receiver.new_sender();
    sender.try_send(3).unwrap();
    assert_eq!(receiver.try_recv(), Ok(3));
}

/// The same beside a sender that is made just as the last one goes: what was forgotten is sent then, and in nobody's way.
#[test]
fn a_forgotten_send_beside_a_new_sender_is_served() {
    let (sender, receiver) = pool::bounded::<u32>(1);
    let receiver = Rc::new(RefCell::new(receiver));
    sender.try_send(1).unwrap();
    let mut parked = Box::pin(sender.send(2));
    assert_pending(parked.as_mut(), &Probe::new().waker());
    std::mem::forget(parked);
    let held = receiver.borrow_mut().try_recv_ref().unwrap().into_owned();
    let (probe, made) = (Probe::new(), Rc::new(RefCell::new(None)));
    let waker = probe.waker();
    let mut held = Some(held);
    let (hooked, left) = (Rc::clone(&receiver), Rc::clone(&made));
    probe.hook_here(Event::Wake, move || {
        // There is no sender: the slot comes to be free, and nobody is served. Then there is one.
        drop(held.take());
        *left.borrow_mut() = Some(hooked.borrow().new_sender());
    });
    let polled = receiver
        .borrow_mut()
        .poll_recv(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    drop(sender);
    probe.unhook();
    let sender = made.take().expect("it was woken");
    assert_eq!(receiver.borrow_mut().try_recv(), Ok(2));
    sender.try_send(3).unwrap();
    assert_eq!(receiver.borrow_mut().try_recv(), Ok(3));
}
