//! B8, B10 and B12: a message is in one place only, and in the channel only if there is room.

use std::mem;
use std::task::Poll;

use waterway::error::TrySendError;

use crate::kit::{
    BOUNDED, Bounded, Case, Done, FILLABLE, FORMS, Form, Get, Put, Waiting, fill, post, take_all,
};
use crate::support::{Ledger, Tracked};

/// B8: a send dropped at any moment of its life drops its message once, or has delivered it.
#[test]
fn b8_dropped_at_every_state() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum At {
        NeverPolled,
        Parked,
        Served,
        Completed,
        ClosedUnpolled,
        ClosedCompleted,
    }
    use At::{ClosedCompleted, ClosedUnpolled, Completed, NeverPolled, Parked, Served};
    for form in FORMS {
        for put in Put::on(form) {
            for at in [
                NeverPolled,
                Parked,
                Served,
                Completed,
                ClosedUnpolled,
                ClosedCompleted,
            ] {
                let _case = Case::new((form, put, at));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let waits = form != Form::Unbounded;
                if waits {
                    fill(form, &tx, &ledger);
                }
                let mut op = put.start(&tx, ledger.make(100));
                if at != NeverPolled {
                    if waits {
                        assert!(op.poll().is_pending());
                    } else if at != Completed {
                        continue;
                    }
                }
                match at {
                    NeverPolled | Parked => {}
                    Served => drop(rx.try_recv().expect("full")),
                    Completed if waits => {
                        drop(rx.try_recv().expect("full"));
                        op.finish().deliver().expect("open");
                    }
                    Completed => match op.poll() {
                        Poll::Ready(done) => done.deliver().expect("open"),
                        Poll::Pending => panic!("an unbounded channel has room"),
                    },
                    ClosedUnpolled => assert!(tx.close()),
                    ClosedCompleted => {
                        assert!(tx.close());
                        drop(op.finish());
                    }
                }
                drop(op);
                // At capacity 0 the receive that served it has taken the very message.
                let arrives = match at {
                    Completed => form != Bounded(0),
                    Served => form != Bounded(0) && !put.reserves(),
                    _ => false,
                };
                assert_eq!(ledger.drops_of(100), u32::from(!arrives));
                assert_eq!(take_all(&mut rx).contains(&100), arrives);
                drop((tx, rx));
                ledger.assert_all_dropped();
            }
        }
    }
}

/// B10: at capacity 0 a completed send means that a receiver has the message, and nothing less.
#[test]
fn b10_rendezvous_send_completes_with_the_receive() {
    for put in Put::on(Bounded(0)) {
        for get in Get::ALL {
            let _case = Case::new((put, get));
            let ledger = Ledger::new();
            let (tx, mut rx) = Bounded(0).open();
            // A receiver waits, is told of the message, and goes away.
            let recv = get.park(&mut rx);
            let mut send = put.park(&tx, ledger.make(1));
            assert!(recv.woken());
            drop(recv);
            assert!(
                send.poll().is_pending(),
                "completed, and nobody has the message"
            );
            assert_eq!((tx.len(), rx.len()), (0, 0));
            let mut recv = get.start(&mut rx);
            assert!(send.poll().is_pending());
            assert_eq!(recv.poll(), Poll::Ready(Some(1)));
            assert!(matches!(send.finish(), Done::Sent));
            drop(recv);
            drop(send);
            drop((tx, rx));
            ledger.assert_all_dropped();
        }
    }
}

/// B10: `try_send` into a waiting *task* must not say Ok: the task may never poll again.
#[test]
fn b10_try_send_does_not_trust_a_parked_task() {
    for get in Get::ALL {
        let _case = Case::new(get);
        let ledger = Ledger::new();
        let (tx, mut rx) = Bounded(0).open();
        let recv = get.park(&mut rx);
        assert!(matches!(
            tx.try_send(ledger.make(1)),
            Err(TrySendError::Full(_))
        ));
        assert!(tx.force_send(ledger.make(2)).is_err());
        drop(recv);
        assert!(rx.try_recv().is_err());
    }
}

/// B12: a channel of n holds n, however many handles try, wait, reserve or cancel.
#[test]
fn b12_never_more_than_the_capacity() {
    for form in BOUNDED {
        let _case = Case::new(form);
        let n = form.slots();
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        let mut accepted = 0;
        // A handle of its own for each.
        for id in 0..50 {
            accepted += usize::from(tx.clone().try_send(ledger.make(id)).is_ok());
            assert!(tx.len() <= n);
        }
        assert_eq!(accepted, n);
        let parked: Vec<_> = (0..20).map(|id| post(&tx, ledger.make(100 + id))).collect();
        assert!(
            parked.iter().all(|waiting| !waiting.woken()),
            "a send got in without room"
        );
        assert_eq!((tx.len(), rx.len()), (n, n), "parked messages do not count");
        for _ in 0..10 {
            assert_eq!(
                Waiting::new(rx.recv()).poll().map(|m| m.is_some()),
                Poll::Ready(true)
            );
            assert!(tx.len() <= n);
            drop(rx.recv());
        }
        assert_eq!(parked.iter().filter(|waiting| waiting.woken()).count(), 10);
    }
    for form in FILLABLE {
        let _case = Case::new(form);
        let n = form.slots();
        let (tx, rx) = form.open::<Tracked>();
        let mut permits = Vec::new();
        while let Ok(permit) = tx.try_reserve() {
            permits.push(permit);
            assert!(permits.len() <= n);
        }
        assert_eq!((permits.len(), tx.len(), tx.is_empty()), (n, 0, true));
        let ledger = Ledger::new();
        assert!(tx.try_send(ledger.make(0)).is_err());
        // A forgotten permit keeps its place.
        mem::forget(permits.pop());
        assert!(tx.try_send(ledger.make(0)).is_err());
        permits.clear();
        let room = (0..50)
            .filter(|id| tx.try_send(ledger.make(*id)).is_ok())
            .count();
        assert_eq!((room, rx.len()), (n - 1, n - 1));
    }
}
