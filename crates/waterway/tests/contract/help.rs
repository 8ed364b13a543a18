//! Small things that several concerns need.

use super::Form;
use super::kind::{Receiver, SendOwnedOp, Sender};
use crate::support::{Ledger, Probe, Tracked, assert_pending};
use std::pin::Pin;
use waterway::TrySendError;

/// How many messages [`fill`] puts into a channel of the form.
pub(crate) fn room<F: Form>() -> usize {
    F::CAPACITY.unwrap_or(3)
}

/// Fills the channel with the payloads `0..`; an unbounded one gets three. Gives their number.
#[track_caller]
pub(crate) fn fill<F: Form>(tx: &Sender<Tracked>, ledger: &Ledger) -> u64 {
    let n = room::<F>() as u64;
    for id in 0..n {
        tx.try_send(ledger.make(id)).expect("there is room");
    }
    if F::CAPACITY.is_some() {
        let refused = tx.try_send(ledger.make(u64::MAX));
        assert!(matches!(refused, Err(TrySendError::Full(v)) if v == u64::MAX));
    }
    n
}

/// A send that owns all it needs, parked (or done, where there is room).
pub(crate) type OwnedSend = Pin<Box<SendOwnedOp<Tracked>>>;

/// Parks `n` sends of payloads `first..first + n`, each with a probe of its own.
#[track_caller]
pub(crate) fn park_sends(
    tx: &Sender<Tracked>,
    ledger: &Ledger,
    first: u64,
    n: u64,
) -> Vec<(OwnedSend, Probe)> {
    let park = |id| {
        let mut op = Box::pin(tx.clone().send_owned(ledger.make(id)));
        let probe = Probe::new();
        assert_pending(op.as_mut(), &probe.waker());
        (op, probe)
    };
    (first..first + n).map(park).collect()
}

/// Takes everything that is there, by `try_recv`.
pub(crate) fn take_all(rx: &mut Receiver<Tracked>) -> Vec<u64> {
    std::iter::from_fn(|| rx.try_recv().ok())
        .map(|m| m.id())
        .collect()
}
