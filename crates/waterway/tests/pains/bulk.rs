//! A8: capacity that comes back in bulk.

use std::task::Poll;

use waterway::mpsc::{Receiver, Sender};

use crate::kit::{BOUNDED, Case, Done, FILLABLE, Put, SLOTTED, Waiting, fill, post, take_all};
use crate::support::{Ledger, Tracked};

/// Empties a channel, or a part of it, in one go; says how many slots it freed.
type Bulk = fn(&Sender<Tracked>, &mut Receiver<Tracked>) -> usize;

/// A8: what frees several slots at once.
const BULK: [(&str, Bulk); 7] = [
    ("drain", |_, rx| rx.drain().count()),
    ("try_iter", |_, rx| rx.try_iter().count()),
    ("recv_many, polled", |_, rx| {
        let mut buf = Vec::new();
        let Poll::Ready(Some(n)) = Waiting::new(rx.recv_many(&mut buf, 100)).poll() else {
            panic!("not empty")
        };
        assert_eq!(buf.len(), n);
        n
    }),
    ("recv_many, waited", |_, rx| {
        let mut buf = Vec::new();
        rx.recv_many(&mut buf, 100).wait().expect("not empty")
    }),
    ("recv_many of two at most", |_, rx| {
        let mut buf = Vec::new();
        let n = rx.recv_many(&mut buf, 2).wait().expect("not empty");
        assert!(n <= 2);
        n
    }),
    ("poll_recv_many", |_, rx| {
        let mut buf = Vec::new();
        let poll = Waiting::new(std::future::poll_fn(|cx| {
            rx.poll_recv_many(cx, &mut buf, 100)
        }))
        .poll();
        let Poll::Ready(Some(n)) = poll else {
            panic!("not empty")
        };
        n
    }),
    ("force_send, then one receive", |tx, rx| {
        // It frees nothing: what it puts in takes the place of what it takes out.
        let id = 1000;
        let ledger = Ledger::new();
        let displaced = tx
            .force_send(ledger.make(id))
            .expect("something to displace");
        assert!(displaced.is_some());
        drop(rx.try_recv().expect("still full"));
        1
    }),
];

/// A8: at least as many senders go on as slots were freed, and nobody is forgotten in the end.
#[test]
fn a8_bulk_removal_wakes_as_many_senders() {
    for form in FILLABLE {
        for (how, bulk) in BULK {
            for kinds in [&Put::ALL[..], &[Put::Send], &[Put::Reserve]] {
                let _case = Case::new((form, how, kinds));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                fill(form, &tx, &ledger);
                let kinds_are_sends = kinds.iter().all(|put| !put.reserves());
                let kinds = kinds.iter().cycle();
                let mut parked: Vec<_> = (100..103 + form.slots() as u64)
                    .zip(kinds)
                    .map(|(id, put)| put.park(&tx, ledger.make(id)))
                    .collect();
                let freed = bulk(&tx, &mut rx);
                assert!(freed >= 1);
                assert!(
                    parked.iter().any(Waiting::woken),
                    "{freed} slots freed, nobody woken"
                );
                if kinds_are_sends {
                    let woken = parked.iter().filter(|waiting| waiting.woken()).count();
                    // A bulk receive may go on into the messages of the parked ones: all are served then.
                    assert!(
                        woken >= freed.min(parked.len()),
                        "{freed} slots freed, {woken} woken"
                    );
                }
                assert!(tx.len() <= form.slots());
                // Those who reserve may be told one by the other: who takes its room wakes the next.
                let mut served = Vec::new();
                while parked.iter().any(Waiting::woken) {
                    // Who is told of room that another one was faster to take waits on.
                    parked.retain_mut(|waiting| match waiting.poll_if_woken() {
                        Some(done) => {
                            served.push(done);
                            false
                        }
                        None => true,
                    });
                }
                let want = freed.min(served.len() + parked.len());
                assert!(
                    served.len() >= want,
                    "{freed} slots freed, {} served",
                    served.len()
                );
                served
                    .into_iter()
                    .for_each(|done| assert_eq!(done.deliver(), Ok(())));
                take_all(&mut rx);

                let mut rounds = 0;
                while !parked.is_empty() {
                    parked.retain_mut(|waiting| match waiting.poll_if_woken() {
                        Some(done) => done.deliver().is_err(),
                        None => true,
                    });
                    take_all(&mut rx);
                    rounds += 1;
                    assert!(rounds < 100, "{} senders sleep for ever", parked.len());
                }
            }
        }
    }
}

/// A8 for permits that come back in bulk.
#[test]
fn a8_dropped_permit_iterator_wakes_as_many_senders() {
    for form in FILLABLE {
        for used in 0..form.slots().min(3) {
            let _case = Case::new((form, used));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let mut permits = tx.try_reserve_many(form.slots()).expect("empty");
            let parked: Vec<_> = (0..10)
                .map(|id| Put::Send.park(&tx, ledger.make(100 + id)))
                .collect();
            for id in 0..used {
                permits
                    .next()
                    .unwrap()
                    .send(ledger.make(id as u64))
                    .expect("open");
            }
            let freed = permits.len();
            drop(permits);
            let woken = parked.iter().filter(|waiting| waiting.woken()).count();
            assert_eq!(woken, freed.min(10));
            assert_eq!(take_all(&mut rx).len(), used + 10);
            assert!(parked.iter().all(Waiting::woken));
        }
    }
}

/// A8: a drain of a rendezvous, or of a channel with more waiting than it holds, leaves nobody behind.
#[test]
fn a8_drain_takes_parked_sends_or_leaves_them_served() {
    for form in BOUNDED {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        fill(form, &tx, &ledger);
        let mut parked: Vec<_> = (0..20).map(|id| post(&tx, ledger.make(100 + id))).collect();
        let mut got: Vec<u64> = rx.drain().map(|message| message.id()).collect();
        got.extend(take_all(&mut rx));
        let expected: Vec<u64> = (0..form.slots() as u64).chain(100..120).collect();
        assert_eq!(got, expected);
        for waiting in &mut parked {
            assert!(matches!(waiting.finish(), Done::Sent));
        }
    }
}

/// A8: a drain takes what is there when it begins, and so comes to an end while others send.
#[test]
fn a8_drain_ends_while_others_send() {
    for form in SLOTTED {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        let n = fill(form, &tx, &ledger);
        let mut taken = 0;
        for message in rx.drain() {
            assert_eq!(message, taken);
            taken += 1;
            tx.try_send(ledger.make(100)).expect("its place is free");
        }
        assert_eq!((taken as usize, rx.len()), (n, n));
    }
}
