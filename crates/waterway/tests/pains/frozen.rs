//! D6: operations that are alive and are never polled again.

use std::task::{Context, Poll, Waker};

use crate::kit::{BOUNDED, Case, Done, FILLABLE, FORMS, Get, Put, fill, post, take_all};
use crate::support::Ledger;

/// D6: the head of the queue is frozen (alive, woken, never polled): everything else goes on. A frozen send
/// is pulled, a frozen reserve overtaken once it was woken.
#[test]
fn d6_frozen_head_holds_nobody_up() {
    for form in FILLABLE {
        for head in Put::ALL {
            for later in Put::ALL {
                let _case = Case::new((form, head, later));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                fill(form, &tx, &ledger);
                let frozen = head.park(&tx, ledger.make(100));
                for round in 0..5 {
                    let mut next = later.start(&tx, ledger.make(200 + round));
                    let mut tries = 0;
                    let done: Done<'_> = loop {
                        if let Poll::Ready(done) = next.poll() {
                            break done;
                        }
                        // The receiver takes what there is; a bystander tries as well.
                        take_all(&mut rx);
                        if !next.woken() {
                            let _ = tx.try_send(ledger.make(300 + round));
                            take_all(&mut rx);
                        }
                        assert!(
                            next.woken(),
                            "stands behind a frozen one in an empty channel"
                        );
                        tries += 1;
                        assert!(tries < 10, "woken again and again, and never served");
                    };
                    assert_eq!(done.deliver(), Ok(()));
                }
                take_all(&mut rx);
                let mut recv = Get::Recv.park(&mut rx);
                // A receiver waits, the channel is empty: nobody's sleep may keep a message out.
                assert!(
                    tx.try_send(ledger.make(400)).is_ok(),
                    "an empty channel refuses"
                );
                assert_eq!(recv.finish(), Some(400));
                assert!(frozen.woken());
                drop((recv, frozen));
            }
        }
    }
}

/// D6, the table's P3c, on the rendezvous too: head frozen, the next one still delivers, by every receive.
#[test]
fn d6_frozen_send_is_pulled() {
    for form in BOUNDED {
        for head in [Put::Send, Put::SendOwned, Put::SendMany] {
            for get in Get::ALL {
                let _case = Case::new((form, head, get));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let filled = fill(form, &tx, &ledger) as u64;
                let frozen = head.park(&tx, ledger.make(100));
                let mut second = Put::Send.park(&tx, ledger.make(101));
                for id in (0..filled).chain([100, 101]) {
                    assert_eq!(get.start(&mut rx).poll(), Poll::Ready(Some(id)));
                }
                assert!(matches!(second.finish(), Done::Sent));
                drop(frozen);
            }
        }
    }
}

/// D6: a parked send behind a frozen reserve is pulled as soon as the receiver has nothing else: the very
/// receive that finds the channel empty finds its message.
#[test]
fn d6_frozen_reserve_hides_no_parked_send() {
    for form in FILLABLE {
        for head in [Put::Reserve, Put::ReserveMany, Put::ReserveOwned] {
            for get in Get::ALL {
                for by_try in [false, true] {
                    let _case = Case::new((form, head, get, by_try));
                    let ledger = Ledger::new();
                    let (tx, mut rx) = form.open();
                    let filled = fill(form, &tx, &ledger) as u64;
                    let frozen = [(); 2].map(|()| head.park(&tx, ledger.make(100)));
                    let mut behind = Put::Send.park(&tx, ledger.make(200));
                    for id in (0..filled).chain([200]) {
                        if by_try {
                            assert_eq!(rx.try_recv().expect("one is there, or parked"), id);
                        } else {
                            assert_eq!(get.start(&mut rx).poll(), Poll::Ready(Some(id)));
                        }
                    }
                    assert!(matches!(behind.finish(), Done::Sent));
                    drop(frozen);
                }
            }
        }
    }
}

/// D6: a frozen receive in one place does not keep the message from a `try_recv` in another.
#[test]
fn d6_frozen_receive_holds_no_message() {
    for form in FORMS {
        for get in Get::ALL {
            let _case = Case::new((form, get));
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let recv = get.park(&mut rx);
            let _sent = post(&tx, ledger.make(1));
            assert!(recv.woken());
            // Frozen: to use the receiver again it must be dropped or leaked, and the message is there.
            recv.forget();
            assert_eq!(take_all(&mut rx), [1]);
            let again = rx.poll_recv(&mut Context::from_waker(Waker::noop()));
            assert!(again.is_pending());
        }
    }
}
