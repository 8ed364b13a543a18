//! Auto traits, and what `Debug` shows.

use std::cell::Cell;
use std::rc::Rc;

#[allow(unused_imports, reason = "asked by the constants")]
use crate::help::{NoClone, NoRefUnwindSafe, NoSend, NoSync, NoUnpin, NoUnwindSafe};
use crate::help::{Traits, boxed};
use crate::sut::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, WeakSender, WeakUnboundedSender, channel,
    unbounded_channel,
};

/// `Send`, `Sync`, `Unpin`, `UnwindSafe`, `RefUnwindSafe` of handles.
macro_rules! handles {
    ($($handle:ident),* of $message:ty: $expected:expr) => {$(
        const {
            let traits = [
                Traits::<$handle<$message>>::SEND,
                Traits::<$handle<$message>>::SYNC,
                Traits::<$handle<$message>>::UNPIN,
                Traits::<$handle<$message>>::UNWIND_SAFE,
                Traits::<$handle<$message>>::REF_UNWIND_SAFE,
            ];
            let mut at = 0;
            while at < traits.len() {
                assert!(traits[at] == $expected[at]);
                at += 1;
            }
        }
    )*};
}

const ALL: [bool; 5] = [true; 5];
const AT_HOME: [bool; 5] = [false, false, true, true, true];

#[test]
fn k50_handles_cross_threads_if_messages_do() {
    handles!(Sender, Receiver, WeakSender of u8: ALL);
    handles!(UnboundedSender, UnboundedReceiver, WeakUnboundedSender of u8: ALL);
    // They need not be shared.
    handles!(Sender, Receiver, WeakSender of Cell<u8>: ALL);
    handles!(UnboundedSender, UnboundedReceiver of Cell<u8>: ALL);
    handles!(Sender, Receiver, WeakSender of Rc<u8>: AT_HOME);
    handles!(UnboundedSender, UnboundedReceiver of Rc<u8>: AT_HOME);
    handles!(Sender, Receiver of std::marker::PhantomPinned: ALL);
    const {
        assert!(Traits::<Sender<Rc<u8>>>::CLONE && Traits::<UnboundedSender<Rc<u8>>>::CLONE);
        assert!(!Traits::<Receiver<u8>>::CLONE && !Traits::<UnboundedReceiver<u8>>::CLONE);
    }
}

fn is_spawned<F: Future + Send>(_: &F) {}
fn is_shared<F: Sync>(_: &F) {}

#[test]
fn k50_futures_cross_threads_if_messages_do() {
    let (tx, mut rx) = channel::<Cell<u8>>(1);
    is_spawned(&tx.send(Cell::new(1)));
    is_spawned(&tx.send_timeout(Cell::new(1), std::time::Duration::ZERO));
    is_spawned(&tx.reserve());
    is_shared(&tx.reserve());
    is_spawned(&tx.reserve_many(1));
    is_spawned(&tx.clone().reserve_owned());
    is_spawned(&tx.closed());
    is_shared(&tx.closed());
    is_spawned(&rx.recv());
    is_shared(&rx.recv());
    is_spawned(&rx.recv_many(&mut Vec::new(), 1));
    let (tx, mut rx) = unbounded_channel::<Cell<u8>>();
    is_spawned(&tx.closed());
    is_spawned(&rx.recv());
    is_shared(&rx.recv());
    // Messages that borrow, and that are no types of their own.
    fn spawns<'a>(tx: &Sender<Box<dyn FnOnce(&'a str) + Send + 'a>>) {
        is_spawned(&tx.send(Box::new(|_| ())));
    }
    let (tx, _rx) = channel(1);
    spawns(&tx);
}

#[test]
fn k55_handles_are_shown_whatever_the_message_is() {
    struct Mute;
    let (tx, rx) = channel::<Mute>(2);
    let (bare, ends) = unbounded_channel::<Mute>();
    let shown = |what: &dyn std::fmt::Debug, name: &str| {
        let text = format!("{what:?}");
        assert!(text.starts_with(name), "{text}");
        assert!(!format!("{what:#?}").is_empty());
    };
    shown(&tx, "Sender {");
    shown(&rx, "Receiver {");
    shown(&bare, "UnboundedSender {");
    shown(&ends, "UnboundedReceiver {");
    shown(&tx.try_reserve().expect("room"), "Permit {");
    shown(&tx.try_reserve_many(1).expect("room"), "PermitIterator {");
    let owned = tx.clone().try_reserve_owned().expect("room");
    shown(&owned, "OwnedPermit {");
    shown(&tx.downgrade(), "WeakSender");
    drop(boxed(tx.reserve()));
}
