//! What does not wait, and what handles say of themselves.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::FusedFuture;
use waterway::{Closed, SendError, TryRecvError, oneshot};

use crate::everywhere;
use crate::support::{Probe, poll_noop};

everywhere! {
    /// H56, H57, H60: a value is sent at once and received once; every further look says closed.
    fn a_value_goes_across_once(tx, rx, ledger) {
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(tx.send(ledger.make(1)), Ok(()));
        assert_eq!(rx.try_recv(), Ok(ledger.make(1)));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
        assert_eq!(poll_noop(Pin::new(&mut rx)), Poll::Ready(Err(Closed)));
    }

    /// H57: without a receiver the value comes back.
    fn a_value_comes_back_from_nobody(tx, rx, ledger) {
        drop(rx);
        assert!(tx.is_closed());
        let SendError(value) = tx.send(ledger.make(1)).unwrap_err();
        assert_eq!(value, 1);
        assert_eq!(ledger.dropped(), 0);
    }

    /// H60: the end is told when the sender went without sending.
    fn a_sender_goes(tx, rx, _ledger) {
        drop(tx);
        assert!(rx.is_closed() && rx.is_empty() && !rx.is_terminated());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
        assert!(rx.is_terminated());
    }

    /// B7, H57: a value that was sent and not taken is dropped with the receiver.
    fn an_unread_value_goes_with_the_receiver(tx, rx, ledger) {
        tx.send(ledger.make(1)).unwrap();
        assert_eq!(ledger.dropped(), 0);
        drop(rx);
        assert_eq!(ledger.dropped(), 1);
    }

    /// I38: a close ends what can be sent, and says whether there was something to end.
    fn a_close_before_the_send(tx, rx, ledger) {
        assert!(!tx.is_closed() && !rx.is_closed());
        assert!(rx.close());
        assert!(tx.is_closed() && rx.is_closed());
        assert!(!rx.close());
        assert_eq!(tx.send(ledger.make(1)).unwrap_err().0, 1);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
        assert!(!rx.close());
    }

    /// I38: what was sent before the close is received after it.
    fn a_close_after_the_send(tx, rx, ledger) {
        tx.send(ledger.make(1)).unwrap();
        assert!(!rx.close());
        assert!(!rx.is_empty());
        assert_eq!(rx.try_recv().unwrap(), 1);
        assert!(rx.is_empty());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    }

    /// A close when the sender is gone ends nothing.
    fn a_close_after_the_sender(tx, rx, _ledger) {
        drop(tx);
        assert!(!rx.close());
    }

    /// H58, H64: questions of both handles.
    fn handles_know_each_other(tx, rx, ledger) {
        let mut other = oneshot::Channel::<u8>::new();
        let (other_tx, other_rx) = other.split();
        assert_eq!(tx.id(), rx.id());
        assert!(tx.sends_to(&rx));
        assert!(other_tx.id() != tx.id() && other_rx.id() != rx.id());
        drop((other_tx, other_rx));
        assert_eq!(format!("{tx:?}"), "Sender { closed: false, .. }");
        assert_eq!(format!("{rx:?}"), "Receiver { empty: true, closed: false, .. }");
        tx.send(ledger.make(1)).unwrap();
        assert_eq!(format!("{rx:?}"), "Receiver { empty: false, closed: true, .. }");
    }

    /// A receiver as a fused future: it ends when it was told, not before.
    fn a_receiver_is_fused(tx, rx, ledger) {
        assert!(!FusedFuture::is_terminated(&rx));
        assert!(poll_noop(Pin::new(&mut rx)).is_pending());
        tx.send(ledger.make(1)).unwrap();
        assert!(!FusedFuture::is_terminated(&rx));
        assert!(poll_noop(Pin::new(&mut rx)).is_ready());
        assert!(FusedFuture::is_terminated(&rx));
        assert_eq!(poll_noop(Pin::new(&mut rx)), Poll::Ready(Err(Closed)));
    }

    /// A sender that polls for the end is told of it, and sends when it is not.
    fn a_sender_polls_for_the_end(tx, rx, ledger) {
        let probe = Probe::new();
        let waker = probe.waker();
        let mut context = Context::from_waker(&waker);
        assert!(tx.poll_closed(&mut context).is_pending());
        assert!(tx.poll_closed(&mut context).is_pending());
        assert_eq!((probe.clones(), probe.refs()), (1, 2));
        if ledger.created() == 0 {
            tx.send(ledger.make(1)).unwrap();
            assert_eq!(probe.refs(), 1);
            assert_eq!(rx.try_recv().unwrap(), 1);
        }
        drop(rx);
        assert_eq!((probe.wakes(), probe.refs()), (0, 1));
    }

    /// The same, told.
    fn a_polling_sender_is_told(tx, rx, _ledger) {
        let probe = Probe::new();
        let waker = probe.waker();
        let mut context = Context::from_waker(&waker);
        assert!(tx.poll_closed(&mut context).is_pending());
        drop(rx);
        assert_eq!((probe.wakes(), probe.refs()), (1, 1));
        assert!(tx.poll_closed(&mut context).is_ready());
        assert!(tx.poll_closed(&mut context).is_ready());
    }
}

/// H59, H66: neither handle asks anything of the value.
#[test]
fn a_value_may_be_anything() {
    let (tx, mut rx) = oneshot::channel();
    let cell = std::rc::Rc::new(std::cell::Cell::new(1));
    tx.send(std::rc::Rc::clone(&cell)).unwrap();
    rx.try_recv().unwrap().set(2);
    assert_eq!(cell.get(), 2);
    let (tx, mut rx) = oneshot::channel::<()>();
    tx.send(()).unwrap();
    assert_eq!(rx.try_recv(), Ok(()));
    #[derive(Debug)]
    #[repr(align(64))]
    struct Wide(u8);
    let (tx, mut rx) = oneshot::channel();
    tx.send(Wide(1)).unwrap();
    let wide = rx.try_recv().unwrap();
    assert!((&raw const wide).is_aligned() && wide.0 == 1);
}
