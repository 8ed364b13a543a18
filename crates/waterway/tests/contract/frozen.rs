//! Receives that are frozen (alive, and not polled) or forgotten, while others wait behind them: each costs
//! one wake-up, and no more.

use super::Form;
use super::crowd::{BORROWED, Waiting, Way, park_all, put, run};
use super::help::take_all;
use crate::support::Ledger;
use std::task::Poll;

on_every_form!(
    a_forgotten_receive_costs_one_wake_up,
    frozen_receives_cost_one_wake_up_each,
);

/// One that was woken, or will be, is leaked: its message is there for whoever looks, and the next message
/// wakes the next receiver.
fn a_forgotten_receive_costs_one_wake_up<F: Form>() {
    for way in BORROWED {
        for woken_before in [false, true] {
            let ledger = Ledger::new();
            let (tx, rx) = F::make();
            let first = Waiting::park(way, &rx);
            let probe = first.probe.clone();
            let mut next = Waiting::park(Way::Recv, &rx);
            let one;
            if woken_before {
                one = put(&tx, &ledger, 1);
                first.forget();
            } else {
                first.forget();
                one = put(&tx, &ledger, 1);
            }
            assert!(probe.is_woken() && !next.woken(), "{way:?}");
            let two = put(&tx, &ledger, 2);
            assert!(next.woken(), "{way:?}, woken before: {woken_before}");
            assert_eq!(next.poll(), Poll::Ready(Some(vec![1])));
            drop(next);
            assert_eq!(rx.try_recv().expect("the other"), 2);
            drop((one, two));
            drop((tx, rx));
            ledger.assert_all_dropped();
        }
    }
}

/// So many are frozen, so many messages go by: the one after that reaches past them all. A sender that has
/// to wait for room counts, too: else nobody would ever make room.
fn frozen_receives_cost_one_wake_up_each<F: Form>() {
    const FROZEN: usize = 20;
    for comes_back in [false, true] {
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let mut frozen = park_all(&rx, FROZEN);
        let mut last = Waiting::park(Way::Recv, &rx);
        let mut sends: Vec<_> = Vec::new();
        for id in 0..FROZEN as u64 {
            sends.push(put(&tx, &ledger, id));
            assert!(!last.woken(), "message {id} is for one of the others");
        }
        sends.push(put(&tx, &ledger, FROZEN as u64));
        assert!(last.woken(), "{}: nobody is left but this", F::NAME);
        assert_eq!(last.poll(), Poll::Ready(Some(vec![0])));
        drop(last);
        if comes_back {
            let mut got = vec![0];
            while !frozen.is_empty() {
                let before = got.len();
                got.extend(run(&mut frozen).0);
                if got.len() == before {
                    break;
                }
            }
            let mut rx = rx.clone();
            got.extend(take_all(&mut rx));
            assert_eq!(got, (0..=FROZEN as u64).collect::<Vec<_>>());
        } else {
            let mut rx = rx.clone();
            let rest: Vec<u64> = (1..=FROZEN as u64).collect();
            assert_eq!(take_all(&mut rx), rest);
        }
        // Whether woken before or not: the end is told to all.
        drop((sends, tx));
        assert!(frozen.iter().all(Waiting::woken));
        let (got, ends) = run(&mut frozen);
        assert!(got.is_empty() && frozen.is_empty() && ends <= FROZEN);
        drop(frozen);
        drop(rx);
        ledger.assert_all_dropped();
    }
}
