//! Who may go where: the auto traits of S15 to S17, decided at compile time.

use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use super::sut::{IntoIter, Iter, Receiver, Sender, SyncSender, TryIter};

/// Whether `T` has a trait: the constant of the type itself comes before that of the trait.
struct Has<T: ?Sized>(PhantomData<T>);

#[allow(dead_code, reason = "shadowed where the trait holds")]
trait No {
    const SEND: bool = false;
    const SYNC: bool = false;
    const CLONE: bool = false;
    const FUSED: bool = false;
}

impl<T: ?Sized> No for Has<T> {}

impl<T: ?Sized + Send> Has<T> {
    const SEND: bool = true;
}

impl<T: ?Sized + Sync> Has<T> {
    const SYNC: bool = true;
}

impl<T: Clone> Has<T> {
    const CLONE: bool = true;
}

#[allow(dead_code, reason = "none is")]
impl<T: std::iter::FusedIterator> Has<T> {
    const FUSED: bool = true;
}

fn all<T: UnwindSafe + RefUnwindSafe + Unpin>() {}

#[test]
fn s15_iterators_stay_with_their_receiver() {
    const {
        assert!(!<Has<Iter<'static, i32>>>::SEND && !<Has<TryIter<'static, i32>>>::SEND);
        assert!(<Has<IntoIter<i32>>>::SEND && !<Has<IntoIter<Rc<i32>>>>::SEND);
        assert!(!<Has<IntoIter<i32>>>::SYNC);
        assert!(!<Has<Iter<'static, i32>>>::FUSED && !<Has<IntoIter<i32>>>::FUSED);
        assert!(!<Has<Iter<'static, i32>>>::CLONE);
    }
}

#[test]
fn s16_a_receiver_is_sent_and_not_shared() {
    const {
        assert!(<Has<Receiver<i32>>>::SEND && <Has<Receiver<Cell<i32>>>>::SEND);
        assert!(!<Has<Receiver<Rc<i32>>>>::SEND);
        assert!(!<Has<Receiver<i32>>>::SYNC);
        assert!(!<Has<Receiver<i32>>>::CLONE);
    }
    all::<Receiver<Cell<Rc<i32>>>>();
}

#[test]
fn s17_senders_are_sent_and_shared() {
    const {
        assert!(<Has<Sender<i32>>>::SEND && <Has<Sender<Cell<i32>>>>::SEND);
        assert!(<Has<Sender<i32>>>::SYNC && <Has<Sender<Cell<i32>>>>::SYNC);
        assert!(!<Has<Sender<Rc<i32>>>>::SEND && !<Has<Sender<Rc<i32>>>>::SYNC);
        assert!(<Has<SyncSender<i32>>>::SEND && <Has<SyncSender<Cell<i32>>>>::SYNC);
        assert!(!<Has<SyncSender<Rc<i32>>>>::SEND && !<Has<SyncSender<Rc<i32>>>>::SYNC);
        assert!(<Has<Sender<Rc<i32>>>>::CLONE && <Has<SyncSender<Rc<i32>>>>::CLONE);
    }
    all::<Sender<Cell<Rc<i32>>>>();
    all::<SyncSender<Cell<Rc<i32>>>>();
}
