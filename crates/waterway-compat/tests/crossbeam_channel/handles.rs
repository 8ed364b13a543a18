//! What handles tell, iterators, auto traits.

use std::cell::Cell;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::time::Instant;

use super::support::watchdog;
use super::sut::{
    self, IntoIter, Iter, Receiver, Sender, TryIter, after, bounded, never, tick, unbounded,
};
use super::{LIMIT, forms};

#[test]
fn c_numbers() {
    let (sender, receiver) = bounded(2);
    assert_eq!((sender.capacity(), receiver.capacity()), (Some(2), Some(2)));
    assert_eq!(
        (sender.len(), sender.is_empty(), sender.is_full()),
        (0, true, false)
    );
    sender.send(1).unwrap();
    assert_eq!(
        (sender.len(), sender.is_empty(), sender.is_full()),
        (1, false, false)
    );
    sender.send(2).unwrap();
    assert_eq!(
        (receiver.len(), receiver.is_empty(), receiver.is_full()),
        (2, false, true)
    );
    let (sender, receiver) = unbounded();
    assert_eq!((sender.capacity(), receiver.capacity()), (None, None));
    sender.send(1).unwrap();
    assert_eq!(
        (receiver.len(), receiver.is_empty(), receiver.is_full()),
        (1, false, false)
    );
    assert_eq!(
        (sender.len(), sender.is_empty(), sender.is_full()),
        (1, false, false)
    );
    let (sender, receiver) = bounded::<u8>(0);
    assert_eq!((sender.capacity(), receiver.capacity()), (Some(0), Some(0)));
    assert_eq!(
        (sender.len(), sender.is_empty(), sender.is_full()),
        (0, true, true)
    );
    assert_eq!(
        (receiver.len(), receiver.is_empty(), receiver.is_full()),
        (0, true, true)
    );
}

#[test]
fn c_same_channel() {
    for (sender, receiver) in forms::<u8>() {
        assert!(sender.same_channel(&sender.clone()));
        assert!(receiver.same_channel(&receiver.clone()));
        for (other, others) in forms() {
            assert!(!sender.same_channel(&other) && !receiver.same_channel(&others));
        }
        assert!(!receiver.same_channel(&never()));
    }
    let (one, two) = (after(LIMIT), tick(LIMIT));
    assert!(one.same_channel(&one.clone()) && two.same_channel(&two.clone()));
    assert!(!one.same_channel(&two) && !one.same_channel(&after(LIMIT)));
    assert!(never::<u8>().same_channel(&never()));
}

#[test]
fn c_iterators() {
    watchdog("c_iterators", LIMIT, || {
        for (sender, receiver) in forms() {
            let sends = std::thread::spawn(move || (0..9).for_each(|n| sender.send(n).unwrap()));
            let mut seen: Vec<_> = receiver.iter().take(2).collect();
            for number in &receiver {
                seen.push(number);
                if number == 4 {
                    break;
                }
            }
            while seen.len() < 7 {
                seen.extend(receiver.try_iter().take(7 - seen.len()));
            }
            seen.extend(receiver);
            assert!(seen.into_iter().eq(0..9));
            sends.join().unwrap();
        }
        let (sender, receiver) = unbounded();
        let mut iter = receiver.try_iter();
        assert_eq!(iter.next(), None);
        sender.send(1).unwrap();
        assert_eq!(
            (iter.next(), iter.next()),
            (Some(1), None),
            "it may go on later"
        );
    });
}

#[test]
fn c_debug() {
    let (sender, receiver) = bounded::<Cell<u8>>(1);
    assert_eq!(
        format!("{sender:?} {receiver:?}"),
        "Sender { .. } Receiver { .. }"
    );
    assert_eq!(format!("{:?}", receiver.iter()), "Iter { .. }");
    assert_eq!(format!("{:?}", receiver.try_iter()), "TryIter { .. }");
    let mut select = sut::Select::new();
    select.send(&sender);
    assert_eq!(format!("{select:?}"), "Select { .. }");
    let selected = select.select();
    assert_eq!(format!("{selected:?}"), "SelectedOperation { .. }");
    selected.send(&sender, Cell::new(1)).unwrap();
    assert_eq!(format!("{:?}", receiver.into_iter()), "IntoIter { .. }");
}

/// Whether `T` has a trait: the constant of the type itself comes before that of the trait.
struct Has<T: ?Sized>(PhantomData<T>);

trait No {
    const SEND: bool = false;
    const SYNC: bool = false;
}

impl<T: ?Sized> No for Has<T> {}

impl<T: ?Sized + Send> Has<T> {
    const SEND: bool = true;
}

impl<T: ?Sized + Sync> Has<T> {
    const SYNC: bool = true;
}

#[test]
fn c_auto_traits() {
    fn safe<T: UnwindSafe + RefUnwindSafe + Unpin>() {}
    fn fused<T: FusedIterator>() {}
    fn cloned<T: Clone>() {}
    const {
        assert!(<Has<Sender<Cell<i32>>>>::SEND && <Has<Sender<Cell<i32>>>>::SYNC);
        assert!(<Has<Receiver<Cell<i32>>>>::SEND && <Has<Receiver<Cell<i32>>>>::SYNC);
        assert!(!<Has<Sender<Rc<i32>>>>::SEND && !<Has<Sender<Rc<i32>>>>::SYNC);
        assert!(!<Has<Receiver<Rc<i32>>>>::SEND && !<Has<Receiver<Rc<i32>>>>::SYNC);
        assert!(<Has<Iter<'static, i32>>>::SEND && <Has<TryIter<'static, i32>>>::SEND);
        assert!(<Has<IntoIter<i32>>>::SEND);
        assert!(!<Has<sut::SelectedOperation<'static>>>::SEND);
    }
    safe::<Sender<Cell<Rc<i32>>>>();
    safe::<Receiver<Cell<Rc<i32>>>>();
    fused::<Iter<'static, i32>>();
    fused::<IntoIter<i32>>();
    cloned::<Sender<Rc<i32>>>();
    cloned::<Receiver<Rc<i32>>>();
    cloned::<sut::Select<'static>>();
}

/// A select is waited for where it was made: the original may cross threads.
#[cfg(not(feature = "original"))]
#[test]
fn c_a_select_stays_in_its_thread() {
    const {
        assert!(!<Has<sut::Select<'static>>>::SEND && !<Has<sut::Select<'static>>>::SYNC);
    }
}

/// A static receiver needs no cell.
#[test]
fn c_never_is_const() {
    static NEVER: Receiver<Instant> = never();
    assert!(NEVER.try_recv().is_err());
}

/// Nothing is asked of a message but to be sized, and it may borrow.
#[test]
fn c_messages_need_no_traits() {
    struct Plain<'a>(#[allow(dead_code)] &'a Cell<*const u8>);
    let cell = Cell::new(std::ptr::null());
    for (sender, receiver) in [bounded(1), unbounded()] {
        assert!(sender.send(Plain(&cell)).is_ok() && receiver.recv().is_ok());
        let mut select = sut::Select::new();
        select.send(&sender);
        assert!(select.select().send(&sender, Plain(&cell)).is_ok());
        let mut select = sut::Select::new();
        select.recv(&receiver);
        assert!(select.select().recv(&receiver).is_ok());
    }
}
