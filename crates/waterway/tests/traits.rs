//! C10: the trait matrix. Every public type × {`Send`, `Sync`, `Unpin`, `UnwindSafe`, `RefUnwindSafe`} ×
//! messages that have, or lack, each of them; all of it is decided at compile time.
//!
//! What must *not* compile for another reason is in `ui/`.
#![allow(clippy::type_complexity, reason = "types are what this is about")]

use std::cell::Cell;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::MutexGuard;
use std::time::Duration;

use futures_core::Stream;
use waterway::broadcast;
use waterway::error;
use waterway::fixed;
use waterway::inbox;
use waterway::local;
use waterway::mpmc;
use waterway::mpsc::{self, Receiver, Sender};
use waterway::oneshot::{self, Request};
use waterway::pool;
use waterway::shared;
use waterway::spsc;
use waterway::watch;

/// The message types: what each has.
///
/// | | `Send` | `Sync` |
/// |---|---|---|
/// | `i32`, `&'a str` | yes | yes |
/// | `Cell<i32>`, `Box<dyn FnOnce() + Send>` | yes | no |
/// | `MutexGuard<'static, i32>` | no | yes |
/// | `Rc<i32>`, `*mut u8` | no | no |
type Plain = i32;
type Guard = MutexGuard<'static, i32>;
type Job = Box<dyn FnOnce() + Send>;

/// A policy for a pool of anything.
struct Maker;

impl<T> pool::Recycle<T> for Maker {
    fn new_element(&self) -> T {
        unreachable!("types are what this is about")
    }

    fn recycle(&self, _: &mut T) {}
}

/// Answers "does `T` have the trait?" for any concrete `T`: the inherent constant wins where its bound
/// holds, the blanket trait's is found where it does not.
struct Probe<T: ?Sized>(PhantomData<T>);

macro_rules! probe {
    ($($trait:ident, $fallback:ident, $constant:ident;)*) => {
        $(
            #[allow(dead_code, reason = "shadowed where the trait holds")]
            trait $fallback { const $constant: bool = false; }
            impl<T: ?Sized> $fallback for Probe<T> {}
            #[allow(dead_code, reason = "used by the matrix")]
            impl<T: ?Sized + $trait> Probe<T> { const $constant: bool = true; }
        )*
    };
}
probe! {
    Send, NotSend, SEND;
    Sync, NotSync, SYNC;
    Unpin, NotUnpin, UNPIN;
    UnwindSafe, NotUnwindSafe, UNWIND;
    RefUnwindSafe, NotRefUnwindSafe, REF_UNWIND;
    Clone, NotClone, CLONE;
}

// The probe itself.
const _: () = {
    assert!(Probe::<Plain>::SEND && Probe::<Plain>::SYNC && Probe::<Plain>::UNWIND);
    assert!(
        Probe::<Cell<i32>>::SEND && !Probe::<Cell<i32>>::SYNC && !Probe::<Cell<i32>>::REF_UNWIND
    );
    assert!(!Probe::<Rc<i32>>::SEND && !Probe::<Rc<i32>>::SYNC);
    assert!(!Probe::<Guard>::SEND && Probe::<Guard>::SYNC);
    assert!(!Probe::<*mut u8>::SEND && !Probe::<*mut u8>::SYNC);
    assert!(Probe::<Job>::SEND && !Probe::<Job>::SYNC && !Probe::<Job>::UNWIND);
    assert!(!Probe::<std::marker::PhantomPinned>::UNPIN);
    assert!(Probe::<i32>::CLONE && !Probe::<Job>::CLONE);
};

/// For one message type: the types of a list are `Send` (and `Sync`) exactly if the message is `Send`.
macro_rules! iff_send {
    ($message:ty, $sync:expr, [$($subject:ty),* $(,)?]) => {
        $(
            assert!(Probe::<$subject>::SEND == Probe::<$message>::SEND, stringify!($subject: Send));
            if $sync {
                assert!(Probe::<$subject>::SYNC == Probe::<$message>::SEND, stringify!($subject: Sync));
            }
        )*
    };
}

/// All of the list are `Send` and `Sync` if the message is both, and else neither.
macro_rules! iff_shared {
    ($message:ty, [$($subject:ty),* $(,)?]) => {
        $(
            assert!(
                Probe::<$subject>::SEND == (Probe::<$message>::SEND && Probe::<$message>::SYNC),
                stringify!($subject: Send)
            );
            assert!(Probe::<$subject>::SYNC == Probe::<$subject>::SEND, stringify!($subject: Sync));
        )*
    };
}

/// All of the list have, or lack, what is named.
macro_rules! all {
    ($constant:ident == $value:expr, [$($subject:ty),* $(,)?]) => {
        $( assert!(Probe::<$subject>::$constant == $value, stringify!($subject: $constant)); )*
    };
}

/// All of the list stay in one thread.
macro_rules! in_one_thread {
    ([$($subject:ty),* $(,)?]) => {
        $( assert!(!Probe::<$subject>::SEND && !Probe::<$subject>::SYNC, stringify!($subject)); )*
    };
}

/// The matrix for one message type.
macro_rules! matrix {
    ($($name:ident: $message:ty;)*) => { $(
        /// C10 for one message type; it holds if this compiles.
        #[test]
        fn $name() {
            type T = $message;
            const {
                // Handles and what stands for a place: shared freely between threads.
                iff_send!(T, true, [
                    Sender<T>,
                    Receiver<T>,
                    mpsc::Manager<T>,
                    mpsc::WeakSender<T>,
                    mpsc::Permit<'static, T>,
                    mpsc::OwnedPermit<T>,
                    mpsc::PermitIterator<'static, T>,
                    mpsc::SendSink<T>,
                ]);
                // Operations, and iterators over what a receiver gives.
                iff_send!(T, false, [
                    mpsc::SendOp<'static, T>,
                    mpsc::SendOwnedOp<T>,
                    mpsc::SendManyOp<'static, std::vec::IntoIter<T>>,
                    mpsc::ReserveOp<'static, T>,
                    mpsc::ReserveManyOp<'static, T>,
                    mpsc::ReserveOwnedOp<T>,
                    mpsc::ClosedOp<'static, T>,
                    mpsc::FlushOp<'static, T>,
                    mpsc::RecvOp<'static, T>,
                    mpsc::RecvOwnedOp<T>,
                    mpsc::RecvManyOp<'static, T, Vec<T>>,
                    mpsc::PeekOp<'static, T>,
                    mpsc::RecvLeasedOp<'static, T>,
                    mpsc::Drain<'static, T>,
                    mpsc::Iter<'static, T>,
                    mpsc::TryIter<'static, T>,
                    mpsc::IntoIter<T>,
                ]);
                all!(UNPIN == true, [
                    Sender<T>,
                    Receiver<T>,
                    mpsc::Manager<T>,
                    mpsc::WeakSender<T>,
                    mpsc::Permit<'static, T>,
                    mpsc::OwnedPermit<T>,
                    mpsc::PermitIterator<'static, T>,
                    mpsc::SendSink<T>,
                    mpsc::Drain<'static, T>,
                    mpsc::Iter<'static, T>,
                    mpsc::TryIter<'static, T>,
                    mpsc::IntoIter<T>,
                ]);
                // An operation is pinned once it waits: others point at it.
                all!(UNPIN == false, [
                    mpsc::SendOp<'static, T>,
                    mpsc::SendOwnedOp<T>,
                    mpsc::SendManyOp<'static, std::vec::IntoIter<T>>,
                    mpsc::ReserveOp<'static, T>,
                    mpsc::ReserveManyOp<'static, T>,
                    mpsc::ReserveOwnedOp<T>,
                    mpsc::ClosedOp<'static, T>,
                    mpsc::FlushOp<'static, T>,
                    mpsc::RecvOp<'static, T>,
                    mpsc::RecvOwnedOp<T>,
                    mpsc::RecvManyOp<'static, T, Vec<T>>,
                    mpsc::PeekOp<'static, T>,
                    mpsc::RecvLeasedOp<'static, T>,
                ]);
                // A panic leaves a channel usable, whatever its messages are.
                all!(UNWIND == true, [
                    Sender<T>,
                    Receiver<T>,
                    mpsc::Manager<T>,
                    mpsc::WeakSender<T>,
                    mpsc::Permit<'static, T>,
                    mpsc::OwnedPermit<T>,
                    mpsc::PermitIterator<'static, T>,
                ]);
                all!(REF_UNWIND == true, [
                    Sender<T>,
                    Receiver<T>,
                    mpsc::Manager<T>,
                    mpsc::WeakSender<T>,
                    mpsc::Permit<'static, T>,
                    mpsc::OwnedPermit<T>,
                    mpsc::PermitIterator<'static, T>,
                ]);
                // A lease is a look at its message, and the receiver, which goes with it.
                iff_send!(T, false, [mpsc::Lease<'static, T>, spsc::Lease<'static, T>]);
                assert!(Probe::<mpsc::Lease<'static, T>>::SYNC == Probe::<T>::SYNC);
                assert!(Probe::<spsc::Lease<'static, T>>::SYNC == Probe::<T>::SYNC);
                all!(UNPIN == true, [mpsc::Lease<'static, T>]);
                // What a handler has left half done is seen by the next.
                all!(UNWIND == false, [mpsc::Lease<'static, T>]);
                all!(CLONE == false, [mpsc::Manager<T>, mpsc::Lease<'static, T>]);
                // Many senders, one receiver, one place per permit.
                all!(CLONE == true, [Sender<T>, mpsc::WeakSender<T>]);
                all!(CLONE == false, [
                    Receiver<T>,
                    mpsc::Permit<'static, T>,
                    mpsc::OwnedPermit<T>,
                    mpsc::PermitIterator<'static, T>,
                    mpsc::SendOp<'static, T>,
                    mpsc::RecvOp<'static, T>,
                ]);
                // Of several receivers each is what a sender is.
                iff_send!(T, true, [
                    mpmc::Sender<T>,
                    mpmc::Receiver<T>,
                    mpmc::WeakSender<T>,
                    mpmc::WeakReceiver<T>,
                    mpmc::Permit<'static, T>,
                    mpmc::OwnedPermit<T>,
                    mpmc::PermitIterator<'static, T>,
                    mpmc::SendSink<T>,
                    mpmc::RecvStream<mpmc::Receiver<T>, T>,
                    mpmc::RecvStream<&'static mpmc::Receiver<T>, T>,
                ]);
                iff_send!(T, false, [
                    mpmc::SendOp<'static, T>,
                    mpmc::SendOwnedOp<T>,
                    mpmc::SendManyOp<'static, std::vec::IntoIter<T>>,
                    mpmc::ReserveOp<'static, T>,
                    mpmc::ReserveManyOp<'static, T>,
                    mpmc::ReserveOwnedOp<T>,
                    mpmc::ClosedOp<'static, T>,
                    mpmc::FlushOp<'static, T>,
                    mpmc::RecvOp<'static, T>,
                    mpmc::RecvOwnedOp<T>,
                    mpmc::RecvManyOp<'static, T, Vec<T>>,
                    mpmc::ReadyOp<'static, T>,
                    mpmc::Drain<'static, T>,
                    mpmc::Iter<'static, T>,
                    mpmc::TryIter<'static, T>,
                    mpmc::IntoIter<T>,
                ]);
                // A stream keeps its place on the heap: others do not point at the stream.
                all!(UNPIN == true, [
                    mpmc::Sender<T>,
                    mpmc::Receiver<T>,
                    mpmc::WeakReceiver<T>,
                    mpmc::RecvStream<mpmc::Receiver<T>, T>,
                    mpmc::RecvStream<&'static mpmc::Receiver<T>, T>,
                    mpmc::SendSink<T>,
                    mpmc::Drain<'static, T>,
                    mpmc::Iter<'static, T>,
                    mpmc::TryIter<'static, T>,
                    mpmc::IntoIter<T>,
                ]);
                all!(UNPIN == false, [
                    mpmc::SendOp<'static, T>,
                    mpmc::RecvOp<'static, T>,
                    mpmc::RecvOwnedOp<T>,
                    mpmc::RecvManyOp<'static, T, Vec<T>>,
                    mpmc::ReadyOp<'static, T>,
                ]);
                all!(UNWIND == true, [
                    mpmc::Sender<T>,
                    mpmc::Receiver<T>,
                    mpmc::WeakSender<T>,
                    mpmc::WeakReceiver<T>,
                ]);
                all!(REF_UNWIND == true, [
                    mpmc::Sender<T>,
                    mpmc::Receiver<T>,
                    mpmc::WeakSender<T>,
                    mpmc::WeakReceiver<T>,
                ]);
                all!(CLONE == true, [
                    mpmc::Sender<T>,
                    mpmc::Receiver<T>,
                    mpmc::WeakSender<T>,
                    mpmc::WeakReceiver<T>,
                ]);
                all!(CLONE == false, [
                    mpmc::Permit<'static, T>,
                    mpmc::RecvOp<'static, T>,
                    mpmc::RecvOwnedOp<T>,
                    mpmc::RecvStream<mpmc::Receiver<T>, T>,
                    mpmc::Drain<'static, T>,
                ]);
                // One sender and one receiver: shared like those, and not cloned.
                iff_send!(T, true, [
                    spsc::Sender<T>,
                    spsc::Receiver<T>,
                    spsc::Permit<'static, T>,
                    spsc::OwnedPermit<T>,
                    spsc::PermitIterator<'static, T>,
                    spsc::SendSink<T>,
                ]);
                iff_send!(T, false, [
                    spsc::SendOp<'static, T>,
                    spsc::SendOwnedOp<T>,
                    spsc::SendManyOp<'static, std::vec::IntoIter<T>>,
                    spsc::ReserveOp<'static, T>,
                    spsc::ReserveManyOp<'static, T>,
                    spsc::ReserveOwnedOp<T>,
                    spsc::ClosedOp<'static, T>,
                    spsc::FlushOp<'static, T>,
                    spsc::RecvOp<'static, T>,
                    spsc::RecvOwnedOp<T>,
                    spsc::RecvManyOp<'static, T, Vec<T>>,
                    spsc::PeekOp<'static, T>,
                    spsc::RecvLeasedOp<'static, T>,
                    spsc::Drain<'static, T>,
                    spsc::Iter<'static, T>,
                    spsc::TryIter<'static, T>,
                    spsc::IntoIter<T>,
                ]);
                all!(UNPIN == true, [
                    spsc::Sender<T>,
                    spsc::Receiver<T>,
                    spsc::Permit<'static, T>,
                    spsc::OwnedPermit<T>,
                    spsc::PermitIterator<'static, T>,
                    spsc::SendSink<T>,
                    spsc::Drain<'static, T>,
                    spsc::Iter<'static, T>,
                    spsc::TryIter<'static, T>,
                    spsc::IntoIter<T>,
                ]);
                all!(UNPIN == false, [
                    spsc::SendOp<'static, T>,
                    spsc::SendOwnedOp<T>,
                    spsc::SendManyOp<'static, std::vec::IntoIter<T>>,
                    spsc::ReserveOp<'static, T>,
                    spsc::ReserveManyOp<'static, T>,
                    spsc::ReserveOwnedOp<T>,
                    spsc::ClosedOp<'static, T>,
                    spsc::FlushOp<'static, T>,
                    spsc::RecvOp<'static, T>,
                    spsc::RecvOwnedOp<T>,
                    spsc::RecvManyOp<'static, T, Vec<T>>,
                    spsc::PeekOp<'static, T>,
                    spsc::RecvLeasedOp<'static, T>,
                ]);
                all!(UNWIND == true, [
                    spsc::Sender<T>,
                    spsc::Receiver<T>,
                    spsc::OwnedPermit<T>,
                ]);
                all!(REF_UNWIND == true, [
                    spsc::Sender<T>,
                    spsc::Receiver<T>,
                    spsc::Permit<'static, T>,
                    spsc::OwnedPermit<T>,
                    spsc::PermitIterator<'static, T>,
                ]);
                all!(CLONE == false, [
                    spsc::Sender<T>,
                    spsc::Receiver<T>,
                    spsc::Permit<'static, T>,
                    spsc::OwnedPermit<T>,
                    spsc::PermitIterator<'static, T>,
                    spsc::SendOp<'static, T>,
                    spsc::RecvOp<'static, T>,
                ]);
                // An inbox: shared senders, one receiver.
                iff_send!(T, true, [
                    inbox::Sender<T>,
                    inbox::WeakSender<T>,
                    inbox::Receiver<T>,
                    inbox::Static<T, 3>,
                ]);
                iff_send!(T, false, [
                    inbox::SendOp<'static, T>,
                    inbox::SendOwnedOp<T>,
                    inbox::ClosedOp<'static, T>,
                    inbox::RecvOp<'static, T>,
                    inbox::RecvOwnedOp<T>,
                    inbox::RecvManyOp<'static, T, Vec<T>>,
                    inbox::PeekOp<'static, T>,
                    inbox::RecvLeasedOp<'static, T>,
                    inbox::Lease<'static, T>,
                    inbox::Drain<'static, T>,
                    inbox::Iter<'static, T>,
                    inbox::TryIter<'static, T>,
                    inbox::IntoIter<T>,
                ]);
                all!(UNPIN == true, [
                    inbox::Sender<T>,
                    inbox::WeakSender<T>,
                    inbox::Receiver<T>,
                    inbox::Lease<'static, T>,
                    inbox::Drain<'static, T>,
                    inbox::Iter<'static, T>,
                    inbox::TryIter<'static, T>,
                    inbox::IntoIter<T>,
                ]);
                all!(UNPIN == false, [
                    inbox::SendOp<'static, T>,
                    inbox::SendOwnedOp<T>,
                    inbox::ClosedOp<'static, T>,
                    inbox::RecvOp<'static, T>,
                    inbox::RecvOwnedOp<T>,
                    inbox::RecvManyOp<'static, T, Vec<T>>,
                    inbox::PeekOp<'static, T>,
                    inbox::RecvLeasedOp<'static, T>,
                ]);
                all!(UNWIND == true, [
                    inbox::Sender<T>,
                    inbox::WeakSender<T>,
                    inbox::Receiver<T>,
                    inbox::Static<T, 3>,
                ]);
                all!(REF_UNWIND == true, [
                    inbox::Sender<T>,
                    inbox::WeakSender<T>,
                    inbox::Receiver<T>,
                    inbox::Static<T, 3>,
                ]);
                all!(CLONE == true, [inbox::Sender<T>, inbox::WeakSender<T>]);
                all!(CLONE == false, [
                    inbox::Receiver<T>,
                    inbox::Lease<'static, T>,
                    inbox::SendOp<'static, T>,
                    inbox::RecvOp<'static, T>,
                ]);
                // A broadcast message is read by several at a time.
                iff_shared!(T, [
                    broadcast::Once<T>,
                    broadcast::Sender<T>,
                    broadcast::WeakSender<T>,
                    broadcast::Receiver<T>,
                    broadcast::InactiveReceiver<T>,
                    broadcast::Ref<T>,
                    broadcast::OnceSender<T>,
                    broadcast::OnceReceiver<T>,
                ]);
                iff_shared!(T, [
                    broadcast::SendOp<'static, T>,
                    broadcast::SendOwnedOp<T>,
                    broadcast::ClosedOp<'static, T>,
                    broadcast::RecvOp<'static, T>,
                    broadcast::RecvOwnedOp<T>,
                    broadcast::RecvRefOp<'static, T>,
                    broadcast::RecvManyOp<'static, T, Vec<Result<T, waterway::Lagged>>>,
                    broadcast::Iter<'static, T>,
                    broadcast::TryIter<'static, T>,
                    broadcast::IntoIter<T>,
                    broadcast::OnceRecvOp<'static, T>,
                    broadcast::OnceRecvOwnedOp<T>,
                    broadcast::OnceRecvRefOp<'static, T>,
                    broadcast::OnceSettledOp<'static, T>,
                    broadcast::OnceSettledOwnedOp<T>,
                ]);
                all!(UNPIN == true, [
                    broadcast::Sender<T>,
                    broadcast::Receiver<T>,
                    broadcast::InactiveReceiver<T>,
                    broadcast::Ref<T>,
                    broadcast::Iter<'static, T>,
                    broadcast::TryIter<'static, T>,
                    broadcast::IntoIter<T>,
                    broadcast::OnceSender<T>,
                    broadcast::OnceReceiver<T>,
                ]);
                all!(UNPIN == false, [
                    broadcast::SendOp<'static, T>,
                    broadcast::SendOwnedOp<T>,
                    broadcast::ClosedOp<'static, T>,
                    broadcast::RecvOp<'static, T>,
                    broadcast::RecvOwnedOp<T>,
                    broadcast::OnceRecvOp<'static, T>,
                    broadcast::OnceRecvOwnedOp<T>,
                ]);
                all!(UNWIND == true, [
                    broadcast::Sender<T>,
                    broadcast::WeakSender<T>,
                    broadcast::Receiver<T>,
                    broadcast::InactiveReceiver<T>,
                    broadcast::OnceSender<T>,
                    broadcast::OnceReceiver<T>,
                ]);
                all!(REF_UNWIND == true, [
                    broadcast::Sender<T>,
                    broadcast::WeakSender<T>,
                    broadcast::Receiver<T>,
                    broadcast::InactiveReceiver<T>,
                    broadcast::OnceSender<T>,
                    broadcast::OnceReceiver<T>,
                ]);
                all!(CLONE == true, [
                    broadcast::Sender<T>,
                    broadcast::WeakSender<T>,
                    broadcast::Receiver<T>,
                    broadcast::InactiveReceiver<T>,
                    broadcast::Ref<T>,
                    broadcast::OnceReceiver<T>,
                ]);
                all!(CLONE == false, [
                    broadcast::SendOp<'static, T>,
                    broadcast::RecvOp<'static, T>,
                    broadcast::OnceSender<T>,
                ]);
                // What is of one thread stays there, whatever its messages are.
                in_one_thread!([
                    local::Sender<T>,
                    local::Receiver<T>,
                    local::WeakSender<T>,
                    local::WeakReceiver<T>,
                    local::Permit<'static, T>,
                    local::OwnedPermit<T>,
                    local::PermitIterator<'static, T>,
                    local::SendSink<T>,
                    local::RecvStream<local::Receiver<T>, T>,
                    local::RecvStream<&'static local::Receiver<T>, T>,
                    local::SendOp<'static, T>,
                    local::SendOwnedOp<T>,
                    local::SendManyOp<'static, std::vec::IntoIter<T>>,
                    local::ReserveOp<'static, T>,
                    local::ReserveManyOp<'static, T>,
                    local::ReserveOwnedOp<T>,
                    local::ClosedOp<'static, T>,
                    local::FlushOp<'static, T>,
                    local::RecvOp<'static, T>,
                    local::RecvOwnedOp<T>,
                    local::RecvManyOp<'static, T, Vec<T>>,
                    local::ReadyOp<'static, T>,
                    local::Drain<'static, T>,
                    local::TryIter<'static, T>,
                ]);
                all!(UNPIN == true, [
                    local::Sender<T>,
                    local::Receiver<T>,
                    local::WeakReceiver<T>,
                    local::RecvStream<local::Receiver<T>, T>,
                    local::RecvStream<&'static local::Receiver<T>, T>,
                    local::SendSink<T>,
                    local::Drain<'static, T>,
                    local::TryIter<'static, T>,
                ]);
                all!(UNPIN == false, [
                    local::SendOp<'static, T>,
                    local::RecvOp<'static, T>,
                    local::RecvOwnedOp<T>,
                    local::RecvManyOp<'static, T, Vec<T>>,
                    local::ReadyOp<'static, T>,
                ]);
                all!(UNWIND == true, [
                    local::Sender<T>,
                    local::Receiver<T>,
                    local::WeakSender<T>,
                    local::WeakReceiver<T>,
                ]);
                all!(REF_UNWIND == true, [
                    local::Sender<T>,
                    local::Receiver<T>,
                    local::WeakSender<T>,
                    local::WeakReceiver<T>,
                ]);
                all!(CLONE == true, [
                    local::Sender<T>,
                    local::Receiver<T>,
                    local::WeakSender<T>,
                    local::WeakReceiver<T>,
                ]);
                all!(CLONE == false, [
                    local::Permit<'static, T>,
                    local::RecvOp<'static, T>,
                    local::RecvOwnedOp<T>,
                    local::RecvStream<local::Receiver<T>, T>,
                    local::Drain<'static, T>,
                ]);
                // Where a channel lies makes no difference.
                iff_send!(T, true, [
                    mpsc::Static<T, 2>,
                    mpmc::Static<T, 2>,
                    spsc::Static<T, 2>,
                    mpmc::Channel<T, 2>,
                    mpmc::Channel<T, 0>,
                ]);
                iff_send!(T, false, [
                    fixed::SendOp<'static, T, 2, mpmc::Mpmc>,
                    fixed::RecvOp<'static, T, 2, mpmc::Mpmc>,
                    fixed::ReserveOp<'static, T, 2, mpmc::Mpmc>,
                    shared::SenderRef<'static, T, mpmc::Mpmc>,
                    shared::ReceiverRef<'static, T, mpmc::Mpmc>,
                    shared::SendRefOp<'static, T, mpmc::Mpmc>,
                    shared::RecvRefOp<'static, T, mpmc::Mpmc>,
                    shared::ReserveRefOp<'static, T, mpmc::Mpmc>,
                    mpmc::RecvStream<&'static mpmc::Channel<T, 2>, T>,
                ]);
                in_one_thread!([
                    local::Channel<T, 2>,
                    &'static local::Channel<T, 2>,
                    local::RecvStream<&'static local::Channel<T, 2>, T>,
                    fixed::SendOp<'static, T, 2, local::Local>,
                    fixed::RecvOp<'static, T, 2, local::Local>,
                    fixed::ReserveOp<'static, T, 2, local::Local>,
                    shared::SenderRef<'static, T, local::Local>,
                    shared::ReceiverRef<'static, T, local::Local>,
                    shared::SendRefOp<'static, T, local::Local>,
                    shared::RecvRefOp<'static, T, local::Local>,
                ]);
                all!(UNWIND == true, [
                    spsc::Static<T, 2>,
                    mpmc::Channel<T, 2>,
                    local::Channel<T, 2>,
                ]);
                all!(REF_UNWIND == true, [
                    spsc::Static<T, 2>,
                    mpmc::Channel<T, 2>,
                    local::Channel<T, 2>,
                ]);
                all!(CLONE == false, [
                    mpmc::Static<T, 2>,
                    mpmc::Channel<T, 2>,
                    local::Channel<T, 2>,
                ]);
                // Of a oneshot nothing is pointed at: what waits may move.
                iff_send!(T, true, [
                    oneshot::Sender<T>,
                    oneshot::Receiver<T>,
                    oneshot::BorrowedSender<'static, T>,
                    oneshot::BorrowedReceiver<'static, T>,
                    oneshot::Static<T>,
                    oneshot::Channel<T>,
                    oneshot::Pool<T>,
                    oneshot::Call<i32, T>,
                ]);
                assert!(Probe::<oneshot::Call<T, i32>>::SYNC == Probe::<T>::SYNC);
                iff_send!(T, false, [
                    oneshot::Call<T, i32>,
                    oneshot::RequestOp<'static, Sender<oneshot::Call<i32, T>>, i32, T, mpsc::Mpsc>,
                    oneshot::RequestOp<'static, Sender<oneshot::Call<T, i32>>, T, i32, mpsc::Mpsc>,
                    oneshot::RecvOp<'static, T>,
                    oneshot::ClosedOp<'static, T>,
                ]);
                all!(UNPIN == true, [
                    oneshot::Sender<T>,
                    oneshot::Receiver<T>,
                    oneshot::BorrowedSender<'static, T>,
                    oneshot::BorrowedReceiver<'static, T>,
                    oneshot::RecvOp<'static, T>,
                    oneshot::ClosedOp<'static, T>,
                ]);
                all!(UNWIND == true, [
                    oneshot::Sender<T>,
                    oneshot::Receiver<T>,
                    oneshot::BorrowedReceiver<'static, T>,
                    oneshot::Static<T>,
                    oneshot::Channel<T>,
                    oneshot::Pool<T>,
                ]);
                all!(UNPIN == false, [
                    oneshot::RequestOp<'static, Sender<oneshot::Call<i32, T>>, i32, T, mpsc::Mpsc>,
                ]);
                all!(REF_UNWIND == true, [
                    oneshot::Sender<T>,
                    oneshot::Receiver<T>,
                    oneshot::BorrowedReceiver<'static, T>,
                    oneshot::Static<T>,
                    oneshot::Channel<T>,
                ]);
                all!(CLONE == false, [
                    oneshot::Sender<T>,
                    oneshot::Receiver<T>,
                    oneshot::RecvOp<'static, T>,
                    oneshot::Static<T>,
                    oneshot::Channel<T>,
                ]);
                // Of a pool: handles as those of all channels; guards as what is in them. Its policy makes no elements
                // here.
                iff_send!(T, true, [
                    pool::Sender<T, Maker>,
                    pool::WeakSender<T, Maker>,
                    pool::Receiver<T, Maker>,
                    pool::Static<T, 2, Maker>,
                    pool::Queue<T, 2, Maker>,
                ]);
                iff_send!(T, false, [
                    pool::Slot<'static, T, Maker>,
                    pool::OwnedSlot<T, Maker>,
                    pool::SlotRef<'static, T, Maker>,
                    pool::QueueRef<'static, T, Maker>,
                    pool::OwnedSlotRef<T, Maker>,
                    pool::SlotOp<'static, T, Maker>,
                    pool::SlotOwnedOp<T, Maker>,
                    pool::SendOp<'static, T, Maker>,
                    pool::SendOwnedOp<T, Maker>,
                    pool::ClosedOp<'static, T, Maker>,
                    pool::RecvRefOp<'static, T, Maker>,
                    pool::RecvRefOwnedOp<T, Maker>,
                    pool::RecvOp<'static, T, Maker>,
                    pool::RecvOwnedOp<T, Maker>,
                    pool::TryIter<'static, T, Maker>,
                    pool::Iter<'static, T, Maker>,
                    pool::IntoIter<T, Maker>,
                ]);
                assert!(Probe::<pool::Slot<'static, T, Maker>>::SYNC == Probe::<T>::SYNC);
                assert!(Probe::<pool::SlotRef<'static, T, Maker>>::SYNC == Probe::<T>::SYNC);
                assert!(Probe::<pool::QueueRef<'static, T, Maker>>::SYNC == Probe::<T>::SYNC);
                assert!(Probe::<pool::OwnedSlotRef<T, Maker>>::SYNC == Probe::<T>::SYNC);
                assert!(
                    Probe::<pool::OwnedSlot<T, Maker>>::SYNC
                        == (Probe::<T>::SYNC && Probe::<T>::SEND)
                );
                all!(UNPIN == true, [
                    pool::Sender<T, Maker>,
                    pool::WeakSender<T, Maker>,
                    pool::Receiver<T, Maker>,
                    pool::Slot<'static, T, Maker>,
                    pool::OwnedSlot<T, Maker>,
                    pool::SlotRef<'static, T, Maker>,
                    pool::QueueRef<'static, T, Maker>,
                    pool::OwnedSlotRef<T, Maker>,
                ]);
                all!(UNPIN == false, [
                    pool::SlotOp<'static, T, Maker>,
                    pool::SendOp<'static, T, Maker>,
                    pool::RecvRefOp<'static, T, Maker>,
                ]);
                all!(UNWIND == true, [
                    pool::Sender<T, Maker>,
                    pool::WeakSender<T, Maker>,
                    pool::Receiver<T, Maker>,
                    pool::Static<T, 2, Maker>,
                    pool::Queue<T, 2, Maker>,
                ]);
                all!(REF_UNWIND == true, [
                    pool::Sender<T, Maker>,
                    pool::WeakSender<T, Maker>,
                    pool::Receiver<T, Maker>,
                    pool::Static<T, 2, Maker>,
                    pool::Queue<T, 2, Maker>,
                ]);
                assert!(Probe::<pool::Slot<'static, T, Maker>>::UNWIND == Probe::<T>::UNWIND);
                assert!(Probe::<pool::SlotRef<'static, T, Maker>>::UNWIND == Probe::<T>::UNWIND);
                assert!(Probe::<pool::QueueRef<'static, T, Maker>>::UNWIND == Probe::<T>::UNWIND);
                assert!(Probe::<pool::OwnedSlotRef<T, Maker>>::UNWIND == Probe::<T>::UNWIND);
                all!(CLONE == true, [pool::Sender<T, Maker>, pool::WeakSender<T, Maker>]);
                all!(CLONE == false, [
                    pool::Receiver<T, Maker>,
                    pool::Slot<'static, T, Maker>,
                    pool::SlotRef<'static, T, Maker>,
                    pool::QueueRef<'static, T, Maker>,
                    pool::OwnedSlotRef<T, Maker>,
                ]);
                // Several look at a state at a time, so that it has to be shared as well as sent.
                iff_shared!(T, [
                    watch::Sender<T>,
                    watch::WeakSender<T>,
                    watch::Receiver<T>,
                    watch::Snapshot<T>,
                    watch::StateStream<watch::Receiver<T>>,
                    watch::StateStream<&'static mut watch::Receiver<T>>,
                    watch::ChangedOp<'static, T>,
                    watch::ChangedOwnedOp<T>,
                    watch::RecvAfterOp<'static, T>,
                    watch::RecvAfterOwnedOp<T>,
                    watch::WaitForOp<'static, T, fn(&T) -> bool>,
                    watch::ClosedOp<'static, T>,
                ]);
                all!(UNPIN == true, [
                    watch::Sender<T>,
                    watch::WeakSender<T>,
                    watch::Receiver<T>,
                    watch::Snapshot<T>,
                    watch::StateStream<watch::Receiver<T>>,
                ]);
                all!(UNPIN == false, [
                    watch::ChangedOp<'static, T>,
                    watch::ChangedOwnedOp<T>,
                    watch::RecvAfterOp<'static, T>,
                    watch::RecvAfterOwnedOp<T>,
                    watch::WaitForOp<'static, T, fn(&T) -> bool>,
                    watch::ClosedOp<'static, T>,
                ]);
                all!(UNWIND == true, [watch::Sender<T>, watch::WeakSender<T>, watch::Receiver<T>]);
                all!(REF_UNWIND == true, [
                    watch::Sender<T>,
                    watch::WeakSender<T>,
                    watch::Receiver<T>,
                ]);
                assert!(Probe::<watch::Snapshot<T>>::UNWIND == Probe::<T>::REF_UNWIND);
                all!(CLONE == true, [
                    watch::Sender<T>,
                    watch::WeakSender<T>,
                    watch::Receiver<T>,
                    watch::Snapshot<T>,
                ]);
                all!(CLONE == false, [
                    watch::ChangedOwnedOp<T>,
                    watch::StateStream<watch::Receiver<T>>,
                ]);
                // Errors are as good as the message that they carry.
                iff_send!(T, false, [
                    error::SendError<T>,
                    error::TrySendError<T>,
                    error::SendTimeoutError<T>,
                ]);
                assert!(Probe::<error::SendError<T>>::SYNC == Probe::<T>::SYNC);
                assert!(Probe::<error::TrySendError<T>>::SYNC == Probe::<T>::SYNC);
                assert!(Probe::<error::SendTimeoutError<T>>::SYNC == Probe::<T>::SYNC);
                all!(UNPIN == true, [
                    error::SendError<T>,
                    error::TrySendError<T>,
                    error::SendTimeoutError<T>,
                ]);
            }
        }
    )* };
}
matrix! {
    c10_matrix_i32: Plain;
    c10_matrix_cell: Cell<i32>;
    c10_matrix_rc: Rc<i32>;
    c10_matrix_mutex_guard: Guard;
    c10_matrix_raw_pointer: *mut u8;
    c10_matrix_str: &'static str;
    c10_matrix_boxed_job: Job;
}

// What carries no message goes everywhere.
const _: () = {
    macro_rules! free {
        ($($subject:ty),* $(,)?) => { $(
            assert!(Probe::<$subject>::SEND && Probe::<$subject>::SYNC && Probe::<$subject>::UNPIN);
            assert!(Probe::<$subject>::UNWIND && Probe::<$subject>::REF_UNWIND);
        )* };
    }
    free!(
        error::TryRecvError,
        error::RecvTimeoutError,
        error::Lagged,
        error::Closed,
        error::Timeout,
        error::Delivered,
        waterway::ChannelId,
        watch::StateId,
        watch::Watch,
        pool::DefaultRecycle,
        pool::WithCapacity,
    );
};

/// C10: a buffer or an iterator that cannot cross threads keeps its operation from crossing.
#[test]
fn c10_batches_depend_on_their_iterator_and_buffer() {
    struct Local<T>(
        #[allow(dead_code, reason = "holds its items")] Vec<T>,
        PhantomData<Rc<()>>,
    );
    impl<T> Extend<T> for Local<T> {
        fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
            self.0.extend(iter);
        }
    }
    impl<T> Iterator for Local<T> {
        type Item = T;
        fn next(&mut self) -> Option<T> {
            self.0.pop()
        }
    }
    const {
        assert!(!Probe::<mpsc::RecvManyOp<'static, i32, Local<i32>>>::SEND);
        assert!(!Probe::<mpsc::SendManyOp<'static, Local<i32>>>::SEND);
        assert!(Probe::<mpsc::RecvManyOp<'static, i32, Vec<i32>>>::SEND);
        assert!(!Probe::<mpmc::RecvManyOp<'static, i32, Local<i32>>>::SEND);
        assert!(Probe::<mpmc::RecvManyOp<'static, i32, Vec<i32>>>::SEND);
    }
}

/// C10 with a lifetime that is not `'static`: the bounds must not ask for more than `T: Send`.
fn handles_of<'a>(text: &'a str) {
    fn send<T: Send>(value: T) -> T {
        value
    }
    fn sync<T: Sync>(value: &T) -> &T {
        value
    }
    let (tx, mut rx) = mpsc::bounded::<&'a str>(2);
    let (tx, ()) = (send(tx), ());
    sync(&tx);
    sync(&rx);
    drop(send(tx.send(text)));
    drop(send(tx.clone().send_owned(text)));
    drop(send(tx.send_many([text])));
    drop(send(tx.reserve()));
    drop(send(tx.reserve_many(2)));
    drop(send(tx.clone().reserve_owned()));
    drop(send(tx.closed()));
    drop(send(tx.flush()));
    drop(send(tx.try_reserve()));
    drop(send(tx.try_reserve_many(1)));
    drop(send(tx.downgrade()));
    drop(send(tx.send(text).until(std::future::ready(()))));
    drop(send(rx.recv()));
    drop(send(rx.peek()));
    drop(send(rx.recv_many(&mut Vec::new(), 1)));
    drop(send(rx.drain()));
    drop(send(rx.iter()));
    drop(send(rx.recv().until(std::future::ready(()))));
    drop(send(rx.recv_owned()));
    drop(send(tx.clone().into_sink()));
    let (mut tx, mut rx) = oneshot::channel::<&'a str>();
    sync(&tx);
    sync(&rx);
    drop(send(tx.closed()));
    drop(send(rx.recv()));
    drop(send(rx.recv().until(std::future::ready(()))));
    drop(send(rx.until(std::future::ready(()))));
    drop(send(tx));
    let (tx, mut rx) = pool::bounded::<&'a str>(2);
    sync(&tx);
    sync(&rx);
    drop(send(tx.slot()));
    drop(send(tx.try_slot()));
    drop(send(tx.clone().slot_owned()));
    drop(send(tx.send(text)));
    drop(send(tx.clone().send_owned(text)));
    drop(send(tx.closed()));
    drop(send(tx.slot().until(std::future::ready(()))));
    drop(send(rx.recv_ref()));
    drop(send(rx.try_recv_ref()));
    drop(send(rx.try_recv_ref().map(pool::SlotRef::into_owned)));
    drop(send(rx.recv()));
    drop(send(rx.recv_ref().until(std::future::ready(()))));
    drop(send(rx.iter()));
    drop(send((tx.downgrade(), tx, rx)));
    let (tx, mut rx) = broadcast::lossless::<&'a str>(2);
    sync(&tx);
    sync(&rx);
    drop(send(tx.send(text)));
    drop(send(tx.clone().send_owned(text)));
    drop(send(tx.closed()));
    drop(send(tx.send(text).until(std::future::ready(()))));
    drop(send(tx.downgrade()));
    drop(send(rx.recv()));
    drop(send(rx.recv_ref()));
    drop(send(rx.try_recv_ref()));
    drop(send(rx.iter()));
    drop(send(rx.recv().until(std::future::ready(()))));
    drop(send(rx.clone().deactivate()));
    drop(send(rx.recv_owned()));
    let (tx, rx) = broadcast::once::<&'a str>();
    sync(&tx);
    drop(send(rx.recv()));
    drop(send(rx.recv_ref()));
    drop(send(rx.recv_owned()));
    let (tx, rx) = mpmc::bounded::<&'a str>(2);
    sync(&tx);
    sync(&rx);
    drop(send(tx.send(text)));
    drop(send(rx.clone()));
    drop(send(rx.downgrade()));
    drop(send(rx.recv()));
    drop(send(rx.recv_many(&mut Vec::new(), 1)));
    drop(send(rx.drain()));
    drop(send(rx.iter()));
    drop(send(rx.recv().until(std::future::ready(()))));
    drop(send(rx.stream()));
    drop(send(rx.clone().into_stream()));
    drop(send(rx.recv_owned()));
}

/// C10: a scope's threads use messages that borrow from it.
#[test]
fn c10_messages_may_borrow() {
    let text = String::from("borrowed");
    handles_of(&text);
    let (tx, mut rx) = mpsc::bounded::<&str>(1);
    std::thread::scope(|scope| {
        scope.spawn(|| tx.send(&text).wait().expect("open"));
        assert_eq!(rx.recv().wait(), Some(&*text));
    });
}

/// What an executor's `spawn` asks for.
fn assert_spawn<F>(future: F)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    drop(future);
}

trait Visitor: Send {
    fn visit(&mut self, text: &str);
}

/// C10: tasks that hold operations over an `.await`, with messages that have a `dyn`, a lifetime in a `dyn`,
/// or a `dyn` with a lifetime parameter in them, can be spawned (an outlives bound on the `Send` of an
/// operation makes rustc refuse these).
#[test]
fn c10_operations_may_be_spawned() {
    fn check<T: Send + 'static>(make: impl Fn() -> T + Send + Sync + Copy + 'static) {
        let (tx, rx) = mpsc::bounded::<T>(4);
        assert_spawn({
            let tx = tx.clone();
            async move {
                tx.send(make()).await.map_err(drop)?;
                tx.send(make())
                    .until(std::future::pending::<()>())
                    .await
                    .map_err(drop)?;
                let sent = tx.send_many([make(), make()]).await;
                sent.map_err(|error| error.0.rest.for_each(drop))?;
                tx.reserve()
                    .await
                    .map_err(drop)?
                    .send(make())
                    .map_err(drop)?;
                for permit in tx.reserve_many(2).await.map_err(drop)? {
                    permit.send(make()).map_err(drop)?;
                    std::future::ready(()).await;
                }
                tx.flush().await.map_err(drop)?;
                tx.closed().await;
                let mut op = std::pin::pin!(tx.send(make()));
                (&mut op).await.map_err(drop)?;
                let (result, tx) = tx.clone().send_owned(make()).await;
                result.map_err(drop)?;
                let permit = tx.reserve_owned().await.map_err(drop)?;
                std::future::ready(()).await;
                permit.send(make()).0.map_err(drop)
            }
        });
        assert_spawn(async move {
            let mut rx = rx;
            let mut buf = Vec::new();
            rx.recv_many(&mut buf, 3).await;
            let _ = rx.recv().until(std::future::pending::<()>()).await;
            assert!(rx.peek().await.is_some());
            let mut op = Box::pin(rx.recv());
            op.as_mut().await;
            drop(op);
            let (_, mut rx) = rx.recv_owned().await;
            while let Some(message) = rx.recv().await {
                std::future::ready(()).await;
                drop(message);
            }
        });
        drop(tx);
        let (tx, rx) = mpmc::bounded::<T>(4);
        assert_spawn(async move {
            tx.send(make()).await.map_err(drop)?;
            tx.reserve_owned()
                .await
                .map_err(drop)?
                .send(make())
                .0
                .map_err(drop)
        });
        assert_spawn({
            let rx = rx.clone();
            async move {
                let mut buf = Vec::new();
                rx.recv_many(&mut buf, 3).await;
                let _ = rx.recv().until(std::future::pending::<()>()).await;
                // Two at once, by one handle.
                let mut one = Box::pin(rx.recv());
                let mut other = Box::pin(rx.recv());
                one.as_mut().await;
                other.as_mut().await;
                drop((one, other));
                let mut stream = rx.stream();
                std::future::poll_fn(|cx| stream.poll_recv(cx)).await;
                drop(stream);
                let (_, rx) = rx.recv_owned().await;
                while let Some(message) = rx.recv().await {
                    std::future::ready(()).await;
                    drop(message);
                }
            }
        });
        let (mut once, mut answer) = oneshot::channel::<T>();
        assert_spawn(async move {
            once.closed().await;
            let _ = once.closed().until(std::future::pending::<()>()).await;
            once.send(make()).map_err(drop)
        });
        assert_spawn(async move {
            let _ = answer.recv().until(std::future::pending::<()>()).await;
            drop(answer.recv().await);
            std::future::ready(()).await;
            answer.await
        });
        let (mut requests, inbox) = mpsc::bounded::<oneshot::Call<T, T>>(4);
        assert_spawn(async move {
            let pool = oneshot::Pool::new(1);
            drop(requests.request_by(&pool, make()).await);
            drop(
                requests
                    .request(make())
                    .until(std::future::pending::<()>())
                    .await,
            );
            requests.request(make()).await.map_err(drop)
        });
        assert_spawn(async move {
            let mut inbox = inbox;
            while let Some(call) = inbox.recv().await {
                std::future::ready(()).await;
                drop(call.answer(|same| same));
            }
        });
        let (slots, mut refs) = pool::with_recycle::<T, _>(4, pool::Keep::new(make));
        assert_spawn(async move {
            let mut slot = slots.slot().await.map_err(drop)?;
            *slot = make();
            std::future::ready(()).await;
            slot.send().map_err(drop)?;
            let _ = slots.slot().until(std::future::pending::<()>()).await;
            slots.send(make()).await.map_err(drop)?;
            let slot = slots.slot_owned().await.map_err(drop)?;
            std::future::ready(()).await;
            let slots = slot.send().map_err(drop)?;
            slots.closed().await;
            Ok::<(), ()>(())
        });
        assert_spawn(async move {
            while let Some(mut message) = refs.recv_ref().await {
                std::future::ready(()).await;
                *message = make();
                let message = message.into_owned();
                std::future::ready(()).await;
                drop((message, refs.recv().await));
            }
            let (message, refs) = refs.recv_ref_owned().await;
            std::future::ready(()).await;
            drop((message, refs));
        });
        assert_spawn(async move {
            let mut stream = rx.into_stream();
            std::future::poll_fn(|cx| stream.poll_recv(cx)).await
        });
    }
    struct Prints;
    impl Visitor for Prints {
        fn visit(&mut self, text: &str) {
            println!("{text}");
        }
    }
    check(|| Box::new(|| ()) as Job);
    check(|| Box::new(|text: &str| println!("{text}")) as Box<dyn for<'a> Fn(&'a str) + Send>);
    Prints.visit("it is one");
    check(|| Box::new(Prints) as Box<dyn Visitor>);
    check(|| "text" as &'static str);
    check(|| std::borrow::Cow::<'static, str>::Borrowed("text"));
    check(|| Box::pin(async {}) as std::pin::Pin<Box<dyn Future<Output = ()> + Send>>);
    check(|| Cell::new(1));
    check(|| vec![Box::new(1) as Box<dyn std::any::Any + Send>]);
    check(|| std::sync::Arc::new("text") as std::sync::Arc<dyn AsRef<str> + Send + Sync>);
}

/// C10: the same of broadcasts, whose messages are shared.
#[test]
fn c10_operations_on_broadcasts_may_be_spawned() {
    fn check<T: Clone + Send + Sync + 'static>(make: impl Fn() -> T + Send + Copy + 'static) {
        let (tx, rx) = broadcast::lossless::<T>(1);
        assert_spawn(async move {
            tx.send(make()).await.map_err(drop)?;
            let _ = tx.closed().until(std::future::pending::<()>()).await;
            let (sent, tx) = tx.send_owned(make()).await;
            drop(tx);
            sent.map_err(drop)
        });
        assert_spawn(async move {
            let mut rx = rx;
            let _ = rx.recv().until(std::future::pending::<()>()).await;
            let message = rx.recv_ref().await;
            std::future::ready(()).await;
            drop(message);
            let (message, mut rx) = rx.recv_owned().await;
            std::future::poll_fn(|cx| Stream::poll_next(Pin::new(&mut rx), cx)).await;
            drop(message);
        });
        let (tx, rx) = broadcast::once::<T>();
        assert_spawn(async move {
            std::future::ready(()).await;
            tx.send(make()).map_err(drop)
        });
        assert_spawn(async move {
            drop(rx.recv().await);
            drop(rx.recv_ref().await.cloned());
            drop(rx.recv_owned().await);
        });
    }
    check(|| std::sync::Arc::new("text") as std::sync::Arc<dyn AsRef<str> + Send + Sync>);
    check(|| "text" as &'static str);
    check(|| std::borrow::Cow::<'static, str>::Borrowed("text"));
    check(|| (|text: &str| println!("{text}")) as for<'a> fn(&'a str));
}

/// C10: the same of states, which are shared as well.
#[test]
fn c10_operations_on_states_may_be_spawned() {
    fn check<T: Clone + Send + Sync + 'static>(make: impl Fn() -> T + Send + Copy + 'static) {
        let (tx, rx) = watch::channel::<T>(make());
        assert_spawn(async move {
            tx.closed().await;
            tx.send_modify(|state| *state = make()).map_err(drop)?;
            let _ = tx.closed().until(std::future::pending::<()>()).await;
            tx.send(make()).map_err(drop)
        });
        assert_spawn(async move {
            let mut rx = rx;
            let _ = rx.recv_after(watch::StateId::new()).await;
            let _ = rx.changed().until(std::future::pending::<()>()).await;
            let state = rx.wait_for(|_| true).await;
            std::future::ready(()).await;
            drop(state);
            let (state, mut rx) = rx.changed_owned().await;
            let mut stream = rx.stream();
            std::future::poll_fn(|cx| Stream::poll_next(Pin::new(&mut stream), cx)).await;
            drop((state, stream));
            let mut stream = rx.into_stream();
            std::future::poll_fn(|cx| Stream::poll_next(Pin::new(&mut stream), cx)).await;
        });
    }
    check(|| std::sync::Arc::new("text") as std::sync::Arc<dyn AsRef<str> + Send + Sync>);
    check(|| "text" as &'static str);
    check(|| std::borrow::Cow::<'static, str>::Borrowed("text"));
    check(|| (|text: &str| println!("{text}")) as for<'a> fn(&'a str));
}

/// C10 on a thread: timed waits too.
#[test]
fn c10_operations_may_be_moved_to_a_thread() {
    let (tx, rx) = mpsc::bounded::<Job>(1);
    let op = tx.clone().send_owned(Box::new(|| ()));
    std::thread::spawn(move || op.wait().0.is_ok())
        .join()
        .unwrap();
    let op = rx.recv_owned();
    let (job, _rx) = std::thread::spawn(move || op.wait_timeout(Duration::MAX))
        .join()
        .unwrap();
    job.expect("sent")();
}

/// Handles are one pointer, and so is the option of one.
#[test]
fn c10_handles_are_one_pointer() {
    macro_rules! one_pointer {
        ($($handle:ty),* $(,)?) => { $(
            assert_eq!(size_of::<$handle>(), size_of::<usize>(), stringify!($handle));
            assert_eq!(size_of::<Option<$handle>>(), size_of::<usize>(), stringify!(Option<$handle>));
        )* };
    }
    one_pointer!(
        Sender<u8>,
        Receiver<u8>,
        Sender<[u64; 100]>,
        Receiver<[u64; 100]>,
        mpmc::Sender<u8>,
        mpmc::Receiver<[u64; 100]>,
        spsc::Sender<u8>,
        spsc::Receiver<[u64; 100]>,
        pool::Sender<u8>,
        pool::Receiver<[u64; 100], pool::WithCapacity>,
    );
    // A weak one knows of which split of a static it is, too.
    assert!(size_of::<mpsc::WeakSender<u8>>() <= 16);
    assert!(size_of::<Option<mpmc::WeakReceiver<String>>>() <= 16);
}

/// `Debug` of handles and operations does not ask it of the message; neither do the errors.
#[test]
fn c10_debug_without_the_messages_debug() {
    struct Opaque;
    fn shows(value: &dyn std::fmt::Debug) {
        assert!(!format!("{value:?}").is_empty());
    }
    let (tx, mut rx) = mpsc::bounded::<Opaque>(2);
    shows(&tx);
    shows(&rx);
    shows(&tx.downgrade());
    shows(&tx.try_reserve().ok());
    shows(&tx.clone().try_reserve_owned().ok());
    shows(&tx.try_reserve_many(1).ok());
    shows(&tx.send(Opaque));
    shows(&tx.reserve());
    shows(&tx.closed());
    shows(&tx.flush());
    shows(&rx.recv());
    shows(&rx.peek());
    shows(&rx.drain());
    shows(&rx.iter());
    shows(&rx.try_iter());
    shows(&rx.recv_many(&mut Vec::new(), 1));
    shows(&tx.send_many([Opaque]));
    shows(&tx.clone().into_sink());
    shows(&error::SendError(Opaque));
    shows(&error::TrySendError::Full(Opaque));
    shows(&error::SendTimeoutError::Closed(Opaque));
    fn is_error<E: std::error::Error>(_: &E) {}
    is_error(&error::SendError(Opaque));
    is_error(&error::TrySendError::Full(Opaque));
    is_error(&error::SendTimeoutError::Closed(Opaque));
    shows(&rx.into_iter());
    let (tx, rx) = mpmc::bounded::<Opaque>(2);
    shows(&tx);
    shows(&rx);
    shows(&rx.downgrade());
    shows(&rx.recv());
    shows(&rx.drain());
    shows(&rx.iter());
    shows(&rx.try_iter());
    shows(&rx.stream());
    shows(&rx.clone().into_stream());
    shows(&rx.clone().recv_owned());
    shows(&rx.into_iter());
    let (mut tx, mut rx) = spsc::bounded::<Opaque>(2);
    shows(&tx);
    shows(&rx);
    shows(&tx.try_reserve().ok());
    shows(&tx.try_reserve_many(1).ok());
    shows(&tx.send(Opaque));
    shows(&tx.reserve());
    shows(&tx.closed());
    shows(&tx.flush());
    shows(&rx.recv());
    shows(&rx.peek());
    shows(&rx.drain());
    shows(&tx.try_reserve_owned().ok());
}

/// Code that is generic over kinds sends and receives by every one of them, wherever the channel lies.
#[test]
fn code_is_generic_over_handles() {
    use std::task::{Context, Poll, Waker};
    use waterway::{Receive, Transmit, TryRecvError, TrySendError, local};

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn goes_through<K: waterway::Kind>(
        mut tx: impl Transmit<u32, Kind = K>,
        mut rx: impl Receive<u32, Kind = K>,
    ) {
        assert_eq!(tx.id(), rx.id());
        assert_eq!((tx.capacity(), rx.capacity()), (Some(1), Some(1)));
        assert!(tx.try_reserve().unwrap().send(1).is_ok());
        assert!(tx.is_full() && !rx.is_empty());
        assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)));
        {
            let mut send = std::pin::pin!(tx.send(2));
            assert!(poll(send.as_mut()).is_pending());
            assert_eq!(rx.try_recv(), Ok(1));
            assert_eq!(poll(send.as_mut()), Poll::Ready(Ok(())));
        }
        assert_eq!(poll(std::pin::pin!(rx.recv())), Poll::Ready(Some(2)));
        assert!(poll(std::pin::pin!(tx.reserve())).is_ready());
        assert!(!tx.is_closed() && rx.close() && !tx.close());
        assert!(tx.is_closed() && rx.is_closed());
        assert_eq!((tx.len(), rx.len()), (0, 0));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    }

    fn each<K: waterway::Kind>(
        (tx, rx): (impl Transmit<u32, Kind = K>, impl Receive<u32, Kind = K>),
    ) {
        goes_through(tx, rx);
    }
    static STATIC: mpsc::Static<u32, 1> = mpsc::Static::new();
    each(mpsc::bounded(1));
    each(mpmc::bounded(1));
    each(spsc::bounded(1));
    each(local::bounded(1));
    each(STATIC.split());
    let channel = mpmc::Channel::<u32, 1>::new();
    each((&channel, &channel));
    let channel = local::Channel::<u32, 1>::new();
    each((&channel, &channel));
}
