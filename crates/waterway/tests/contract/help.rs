//! Small things that several concerns need.

use super::{Form, SenderRef};
use super::kind::{Receiver, SendOp, SendOwnedOp};
use crate::support::{Ledger, Probe, Tracked, assert_pending};
use std::pin::Pin;
use waterway::TrySendError;

/// How many messages [`fill`] puts into a channel of the form.
pub(crate) fn room<F: Form>() -> usize {
    F::CAPACITY.unwrap_or(3)
}

/// Fills the channel with the payloads `0..`; an unbounded one gets three. Gives their number.
#[track_caller]
pub(crate) fn fill<F: Form>(tx: SenderRef<'_, Tracked>, ledger: &Ledger) -> u64 {
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

/// A parked send, and who is woken by it.
pub(crate) type ParkedSend<'a> = (Pin<Box<SendOp<'a, Tracked>>>, Probe);

/// Parks a send.
#[track_caller]
pub(crate) fn park_send<'a>(tx: SenderRef<'a, Tracked>, ledger: &Ledger, id: u64) -> ParkedSend<'a> {
    let mut op = Box::pin(tx.send(ledger.make(id)));
    let probe = Probe::new();
    assert_pending(op.as_mut(), &probe.waker());
    (op, probe)
}

/// Parks sends of the payloads `first..first + n`, or of the first where there can be but one.
#[track_caller]
pub(crate) fn park_as_many<'a>(
    tx: SenderRef<'a, Tracked>,
    ledger: &Ledger,
    first: u64,
    n: u64,
) -> Vec<ParkedSend<'a>> {
    assert!(n >= 1);
    crowded_or!(
        (first..first + n).map(|id| park_send(tx, ledger, id)).collect(),
        vec![park_send(tx, ledger, first)]
    )
}

crowded! {
    /// Parks `n` sends of payloads `first..first + n`, each with a probe of its own.
    #[track_caller]
    pub(crate) fn park_sends(
        tx: SenderRef<'_, Tracked>,
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
}

/// Takes everything that is there, by `try_recv`.
pub(crate) fn take_all(rx: &mut Receiver<Tracked>) -> Vec<u64> {
    std::iter::from_fn(|| rx.try_recv().ok())
        .map(|m| m.id())
        .collect()
}
