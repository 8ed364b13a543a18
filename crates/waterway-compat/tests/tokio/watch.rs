//! `watch`: the latest value.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::help::{BUDGET, Traits, boxed, guarded, turns_until_told_to_make_way};
#[allow(unused_imports, reason = "asked by the constants")]
use crate::help::{NoClone, NoSend, NoSync};
use crate::support::{
    Ledger, Probe, assert_pending, assert_ready, block_on, catch, spawn_sleeper, together,
};
use crate::sut::watch::error::{RecvError, SendError};
use crate::sut::watch::{Receiver, Ref, Sender, channel};

#[test]
fn watch_begins_with_a_value_that_was_seen() {
    let (tx, mut rx) = channel(1);
    assert_eq!((*tx.borrow(), *rx.borrow()), (1, 1));
    assert!(!rx.has_changed().expect("open"));
    let probe = Probe::new();
    let mut next = boxed(rx.changed());
    assert_pending(next.as_mut(), &probe.waker());
    tx.send(2).expect("there is a receiver");
    assert_eq!(probe.wakes(), 1);
    assert_ready(next.as_mut(), &probe.waker()).expect("open");
    drop(next);
    assert_eq!(*rx.borrow(), 2);
    assert!(!rx.has_changed().expect("open"), "it counts as seen");
    assert_eq!(probe.refs(), 0);
}

#[test]
fn watch_shows_the_latest_value_alone() {
    let ledger = Ledger::new();
    let (tx, mut rx) = channel(ledger.make(0));
    for id in 1..=3 {
        assert!(tx.send(ledger.make(id)).is_ok());
        assert_eq!(ledger.live(), [id]);
    }
    block_on(rx.changed()).expect("open");
    assert_eq!(rx.borrow().id(), 3);
    assert_pending(boxed(rx.changed()).as_mut(), &Probe::new().waker());
    drop(tx);
    assert_eq!(ledger.live(), [3], "it stays for the receiver");
    drop(rx);
    ledger.assert_all_dropped();
}

#[test]
fn watch_a_look_counts_as_seen_if_it_says_so() {
    let (tx, mut rx) = channel(1);
    assert!(!rx.borrow().has_changed());
    tx.send(2).expect("a receiver");
    assert!(rx.borrow().has_changed() && rx.has_changed().expect("open"));
    assert!(!tx.borrow().has_changed(), "never of a sender");
    let look = rx.borrow_and_update();
    assert_eq!((*look, look.has_changed()), (2, true));
    drop(look);
    assert!(!rx.borrow_and_update().has_changed());
    assert!(!rx.has_changed().expect("open"));
}

#[test]
fn watch_the_last_value_comes_before_the_end() {
    let (tx, mut rx) = channel(1);
    assert!(!rx.is_closed());
    tx.send(2).expect("a receiver");
    drop(tx);
    assert!(rx.is_closed());
    // Asked without waiting it says the end at once.
    assert!(rx.has_changed().is_err());
    assert!(rx.borrow().has_changed());
    assert!(block_on(rx.changed()).is_ok());
    let end = block_on(rx.changed()).expect_err("seen");
    assert_eq!(format!("{end} | {end:?}"), "channel closed | RecvError(())");
    assert!(block_on(rx.changed()).is_err(), "for ever");
    assert_eq!(*rx.borrow(), 2);
}

#[test]
fn watch_the_last_sender_wakes_all_receivers() {
    let (tx, mut one) = channel(1);
    let (other, mut two) = (tx.clone(), one.clone());
    let (first, second) = (Probe::new(), Probe::new());
    let mut ends = (boxed(one.changed()), boxed(two.changed()));
    assert_pending(ends.0.as_mut(), &first.waker());
    assert_pending(ends.1.as_mut(), &second.waker());
    drop(tx);
    assert_eq!((first.wakes(), second.wakes()), (0, 0));
    drop(other);
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    assert!(assert_ready(ends.0.as_mut(), &first.waker()).is_err());
    assert!(assert_ready(ends.1.as_mut(), &second.waker()).is_err());
}

#[test]
fn watch_a_send_needs_a_receiver() {
    let (tx, rx) = channel(1);
    drop(rx);
    assert!(tx.is_closed());
    let unsent = tx.send(2).expect_err("nobody is there");
    assert_eq!(
        format!("{unsent} | {unsent:?}"),
        "channel closed | SendError { .. }"
    );
    assert_eq!((unsent, *tx.borrow()), (SendError(2), 1));
    // The others put it all the same.
    assert_eq!(tx.send_replace(3), 1);
    tx.send_modify(|value| *value += 1);
    assert!(tx.send_if_modified(|value| {
        *value += 1;
        true
    }));
    let rx = tx.subscribe();
    assert_eq!((*rx.borrow(), rx.has_changed().expect("open")), (5, false));
    tx.send(6).expect("a receiver");
}

#[test]
fn watch_a_value_is_changed_in_place() {
    /// It can do nothing.
    struct Mute(u32);
    let (tx, mut rx) = channel(Mute(1));
    let address = std::ptr::from_ref(&*rx.borrow()).addr();
    tx.send_modify(|value| value.0 = 2);
    assert!(rx.has_changed().expect("open"));
    assert_eq!(rx.borrow_and_update().0, 2);
    assert_eq!(std::ptr::from_ref(&*rx.borrow()).addr(), address);
    // Called once, and taken at its word.
    let once = String::from("once");
    let told = tx.send_if_modified(move |value| {
        drop(once);
        value.0 = 3;
        false
    });
    assert!(!told && !rx.has_changed().expect("open"));
    assert_eq!(rx.borrow().0, 3);
    assert_eq!(tx.send_replace(Mute(4)).0, 3);
    assert!(rx.has_changed().expect("open"));
}

#[test]
fn watch_a_change_that_panics_tells_nobody() {
    let (tx, mut rx) = channel(1);
    let probe = Probe::new();
    let mut next = boxed(rx.changed());
    assert_pending(next.as_mut(), &probe.waker());
    let said = catch(|| {
        tx.send_modify(|value| {
            *value = 2;
            panic!("half-way");
        })
    });
    assert_eq!(said, Err("half-way".to_owned()));
    assert_eq!(probe.wakes(), 0);
    drop(next);
    // The lock is fine, and the value as it was left.
    assert_eq!((*rx.borrow(), rx.has_changed().expect("open")), (2, false));
    tx.send(3).expect("a receiver");
    assert_eq!(*rx.borrow_and_update(), 3);
    // So is it after a closure of a receiver.
    let said = catch(|| block_on(rx.wait_for(|_| panic!("asked"))).is_ok());
    assert_eq!(said, Err("asked".to_owned()));
    tx.send(4).expect("a receiver");
}

#[test]
fn watch_what_was_seen_is_the_receivers_own() {
    let (tx, mut rx) = channel(1);
    tx.send(2).expect("a receiver");
    // A clone has seen what its origin has; who subscribes has seen all.
    let (clone, late) = (rx.clone(), tx.subscribe());
    assert!(clone.has_changed().expect("open"));
    assert!(!late.has_changed().expect("open"));
    rx.mark_unchanged();
    assert!(!rx.has_changed().expect("open") && clone.has_changed().expect("open"));
    rx.mark_changed();
    rx.mark_changed();
    assert!(rx.has_changed().expect("open") && rx.borrow().has_changed());
    assert!(block_on(rx.changed()).is_ok());
    assert!(!rx.has_changed().expect("open"));
    let (_tx, mut first) = channel(());
    first.mark_changed();
    assert!(block_on(first.changed()).is_ok());
}

#[test]
fn watch_a_wait_that_is_given_up_has_seen_nothing() {
    let (tx, mut rx) = channel(1);
    let probe = Probe::new();
    let mut next = boxed(rx.changed());
    assert_pending(next.as_mut(), &probe.waker());
    tx.send(2).expect("a receiver");
    assert_eq!(probe.wakes(), 1);
    drop(next);
    assert!(rx.has_changed().expect("open"));
    assert_eq!(probe.refs(), 0);
}

#[test]
fn watch_waits_for_a_value_of_a_sort() {
    let (tx, mut rx) = channel(1);
    // The one that is there is asked, though it was seen.
    assert_eq!(
        *block_on(rx.wait_for(|value| *value == 1)).expect("it is"),
        1
    );
    let probe = Probe::new();
    let asked = Cell::new(0);
    let mut wait = boxed(rx.wait_for(|value| {
        asked.set(asked.get() + 1);
        *value > 2
    }));
    assert_pending(wait.as_mut(), &probe.waker());
    tx.send(2).expect("a receiver");
    assert_pending(wait.as_mut(), &probe.waker());
    tx.send(3).expect("a receiver");
    assert_eq!(probe.wakes(), 2);
    let look: Ref<'_, i32> = assert_ready(wait.as_mut(), &probe.waker()).expect("it came");
    assert_eq!((*look, asked.get()), (3, 3));
    drop(look);
    drop(wait);
    assert!(!rx.has_changed().expect("open"));
}

#[test]
fn watch_waits_for_a_value_until_the_last() {
    let (tx, mut rx) = channel(1);
    tx.send(2).expect("a receiver");
    drop(tx);
    assert_eq!(
        *block_on(rx.wait_for(|value| *value == 2)).expect("it is the last"),
        2
    );
    assert!(block_on(rx.wait_for(|value| *value == 1)).is_err());
    let (tx, mut rx) = channel(1);
    let probe = Probe::new();
    let mut wait = boxed(rx.wait_for(|value| *value == 2));
    assert_pending(wait.as_mut(), &probe.waker());
    drop(tx);
    assert_eq!(probe.wakes(), 1);
    assert!(assert_ready(wait.as_mut(), &probe.waker()).is_err());
}

/// Each that was asked counts as seen, also by a wait that is given up.
#[test]
fn watch_what_a_wait_has_asked_was_seen() {
    let (tx, mut rx) = channel(1);
    tx.send(2).expect("a receiver");
    let mut wait = boxed(rx.wait_for(|value| *value == 3));
    assert_pending(wait.as_mut(), &Probe::new().waker());
    drop(wait);
    assert!(!rx.has_changed().expect("open"));
}

#[test]
fn watch_senders_wait_for_the_last_receiver() {
    let (tx, rx) = channel(1);
    let (other, clone) = (tx.clone(), rx.clone());
    let (first, second) = (Probe::new(), Probe::new());
    let mut ends = (boxed(tx.closed()), boxed(other.closed()));
    assert_pending(ends.0.as_mut(), &first.waker());
    assert_pending(ends.1.as_mut(), &second.waker());
    drop(rx);
    assert_eq!((first.wakes(), tx.is_closed()), (0, false));
    drop(clone);
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    assert_ready(ends.0.as_mut(), &first.waker());
    assert!(tx.is_closed());
    drop(ends);
    // Another receiver opens it again.
    let rx = tx.subscribe();
    assert!(!tx.is_closed());
    assert_pending(boxed(tx.closed()).as_mut(), &first.waker());
    drop(rx);
    block_on(tx.closed());
}

#[test]
fn watch_handles_are_counted_and_know_each_other() {
    let (tx, rx) = channel(1);
    let (stranger, strange) = channel(1);
    let (other, clone) = (tx.clone(), rx.clone());
    assert_eq!((tx.sender_count(), tx.receiver_count()), (2, 2));
    drop((other, clone));
    assert_eq!((tx.sender_count(), tx.receiver_count()), (1, 1));
    assert!(tx.same_channel(&tx.clone()) && !tx.same_channel(&stranger));
    assert!(rx.same_channel(&tx.subscribe()) && !rx.same_channel(&strange));
    let tx = Sender::new(7);
    assert_eq!(
        (tx.sender_count(), tx.receiver_count(), *tx.borrow()),
        (1, 0, 7)
    );
    assert_eq!(*Sender::<String>::default().borrow(), "");
}

/// A look is a lock.
#[test]
fn watch_whoever_looks_holds_up_the_sender() {
    guarded("watch_whoever_looks_holds_up_the_sender", || {
        let (tx, mut rx) = channel(1);
        let mut other = rx.clone();
        let look = rx.borrow_and_update();
        let sends = spawn_sleeper(move || tx.send(2).is_ok());
        sends.wait_asleep();
        assert_eq!((*look, sends.is_finished()), (1, false));
        drop(look);
        assert!(sends.join());
        assert!(block_on(other.changed()).is_ok());
        assert_eq!(*other.borrow(), 2);
    });
}

/// What a receiver saw, and what it counts as seen, belong together.
#[test]
fn watch_no_value_is_told_twice_and_the_last_is_told() {
    const COUNT: usize = 200_000;
    guarded("watch_no_value_is_told_twice_and_the_last_is_told", || {
        let (tx, rx) = channel(0);
        let tx = std::sync::Mutex::new(Some(tx));
        let told = AtomicUsize::new(0);
        together(3, |who| {
            if who == 0 {
                let tx = tx.lock().expect("no panic").take().expect("it is here");
                for number in 1..=COUNT {
                    assert_eq!(tx.send_replace(number), number - 1);
                }
                drop(tx);
            } else {
                let mut rx = rx.clone();
                let mut seen = 0;
                while block_on(rx.changed()).is_ok() {
                    let value = *rx.borrow_and_update();
                    assert!(value >= seen, "{value} after {seen}");
                    told.fetch_add(usize::from(value == seen), Ordering::Relaxed);
                    seen = value;
                }
                assert_eq!(seen, COUNT);
            }
        });
        // A value that came between `changed` and the look is not told again.
        assert_eq!(told.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn watch_changes_by_many_are_all_there() {
    const EACH: usize = 2_000;
    guarded("watch_changes_by_many_are_all_there", || {
        let (tx, mut rx) = channel(0);
        together(3, |_| {
            for _ in 0..EACH {
                tx.send_modify(|value| *value += 1);
            }
        });
        let all = block_on(rx.wait_for(|value| *value == 3 * EACH));
        assert_eq!(*all.expect("a sender is there"), 3 * EACH);
    });
}

/// A waker runs when the lock is free: whatever it does.
#[test]
fn watch_a_waker_may_look_and_send() {
    guarded("watch_a_waker_may_look_and_send", || {
        let (tx, rx) = channel(0);
        let tx = Arc::new(tx);
        let mut one = rx.clone();
        let probe = Probe::new();
        let (again, look) = (tx.clone(), rx.clone());
        probe.hook(crate::support::Event::Wake, move || {
            let now = *look.borrow();
            if now < 3 {
                again.send(now + 1).expect("a receiver");
            }
        });
        let mut next = boxed(one.changed());
        assert_pending(next.as_mut(), &probe.waker());
        tx.send(1).expect("a receiver");
        assert!(assert_ready(next.as_mut(), &probe.waker()).is_ok());
        assert_eq!(*rx.borrow(), 2);
        probe.unhook();
    });
}

#[test]
fn watch_the_budget_is_spent() {
    let (tx, mut rx) = channel(0);
    let turns = turns_until_told_to_make_way(|context| {
        rx.mark_changed();
        pin!(rx.changed()).poll(context).is_ready()
    });
    assert_eq!(turns, BUDGET);
    let turns = turns_until_told_to_make_way(|context| {
        pin!(rx.wait_for(|_| true)).poll(context).is_ready()
    });
    assert_eq!(turns, BUDGET);
    drop(rx);
    let turns = turns_until_told_to_make_way(|context| pin!(tx.closed()).poll(context).is_ready());
    assert_eq!(turns, BUDGET);
}

#[test]
fn watch_handles_cross_threads_if_the_value_is_shared() {
    const {
        assert!(Traits::<Sender<u8>>::SEND && Traits::<Sender<u8>>::SYNC);
        assert!(Traits::<Receiver<u8>>::SEND && Traits::<Receiver<u8>>::SYNC);
        assert!(!Traits::<Sender<Cell<u8>>>::SEND && !Traits::<Receiver<Cell<u8>>>::SEND);
        assert!(!Traits::<Sender<Rc<u8>>>::SEND && !Traits::<Receiver<Rc<u8>>>::SYNC);
        assert!(Traits::<Sender<Rc<u8>>>::CLONE && Traits::<Receiver<Rc<u8>>>::CLONE);
        // It is kept over no wait.
        assert!(!Traits::<Ref<'static, u8>>::SEND);
        assert!(Traits::<Receiver<u8>>::UNWIND_SAFE && Traits::<Sender<u8>>::UNWIND_SAFE);
        assert!(Traits::<SendError<u8>>::CLONE && Traits::<RecvError>::CLONE);
    }
    fn is_spawned<F: Future + Send>(_: &F) {}
    let (tx, mut rx) = channel(1);
    is_spawned(&tx.closed());
    is_spawned(&rx.changed());
    is_spawned(&rx.wait_for(|value| *value == 2));
    let shown = format!("{tx:?} {rx:?} {:?}", rx.borrow());
    assert!(
        shown.starts_with("Sender {") && shown.contains("Receiver {"),
        "{shown}"
    );
    assert!(shown.contains("Ref {"), "{shown}");
}
