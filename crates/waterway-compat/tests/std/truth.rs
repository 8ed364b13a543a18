//! What channel systems answer differently, and what is the answer here.

use super::LIMIT;
use super::support::{Ledger, spawn_sleeper, watchdog};
use super::sut::{
    Receiver, RecvError, Sender, SyncSender, TryRecvError, TrySendError, channel, sync_channel,
};

#[test]
fn truth_messages_go_with_the_receiver() {
    let ledger = Ledger::new();
    let (tx, rx) = sync_channel(4);
    (0..4).for_each(|id| tx.send(ledger.make(id)).unwrap());
    drop(rx);
    assert_eq!(ledger.dropped(), 4);
    drop(tx);
    ledger.assert_all_dropped();
}

#[test]
fn truth_a_channel_is_closed_by_drop() {
    let (tx, rx) = channel();
    let other = tx.clone();
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    other.send(1).unwrap();
    drop(other);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn truth_waiting_senders_get_their_message_back() {
    watchdog("truth_waiting_senders", LIMIT, || {
        for bound in [0, 1] {
            let (tx, rx) = sync_channel(bound);
            (0..bound).for_each(|_| tx.send(0).unwrap());
            let waiting: Vec<_> = (1..4)
                .map(|number| {
                    let tx = tx.clone();
                    spawn_sleeper(move || tx.send(number))
                })
                .collect();
            waiting.iter().for_each(|sender| sender.wait_asleep());
            drop(rx);
            for (number, sender) in (1..4).zip(waiting) {
                assert_eq!(sender.join().unwrap_err().0, number);
            }
        }
    });
}

/// It is not told, and is exact.
#[test]
fn truth_capacity_is_exact() {
    let (tx, rx) = sync_channel(3);
    for _ in 0..3 {
        (0..3).for_each(|number| tx.try_send(number).unwrap());
        assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
        assert!(rx.try_iter().eq(0..3));
    }
}

/// The original lets newcomers pass at a channel with room; here nobody passes who waits.
#[test]
fn truth_senders_are_served_fairly() {
    watchdog("truth_senders_are_served_fairly", LIMIT, || {
        let (tx, rx) = sync_channel(0);
        let waiting: Vec<_> = (0..3)
            .map(|number| {
                let tx = tx.clone();
                let sender = spawn_sleeper(move || tx.send(number));
                sender.wait_asleep();
                sender
            })
            .collect();
        assert_eq!([0; 3].map(|_| rx.recv().unwrap()), [0, 1, 2]);
        waiting
            .into_iter()
            .for_each(|sender| sender.join().unwrap());
    });
}

/// At rest it tells the truth: everything that was sent is found, and then nothing.
#[test]
fn truth_try_recv_at_rest() {
    let (tx, rx) = channel();
    for round in 0..100 {
        for number in 0..round {
            tx.send(number).unwrap();
        }
        for number in 0..round {
            assert_eq!(rx.try_recv(), Ok(number));
        }
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    }
}

#[test]
fn truth_recv_comes_to_a_result() {
    let (tx, rx) = channel();
    tx.send(1).unwrap();
    drop(tx);
    let result: Result<i32, RecvError> = rx.recv();
    assert_eq!(result, Ok(1));
    assert_eq!(rx.recv(), Err(RecvError));
}

#[test]
fn truth_without_capacity_it_is_a_rendezvous() {
    watchdog("truth_rendezvous", LIMIT, || {
        let (tx, rx) = sync_channel(0);
        assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
        let sender = spawn_sleeper(move || tx.send(2));
        sender.wait_asleep();
        assert!(!sender.is_finished());
        assert_eq!(rx.recv(), Ok(2));
        sender.join().unwrap();
    });
}

/// Nothing is asked of a message but to be sized; `Send` only to cross threads.
#[test]
fn truth_messages_need_no_traits() {
    struct Plain<'a>(&'a std::cell::Cell<*const u8>);
    let cell = std::cell::Cell::new(std::ptr::null());
    let (tx, rx): (Sender<Plain<'_>>, Receiver<Plain<'_>>) = channel();
    assert!(tx.send(Plain(&cell)).is_ok());
    assert!(rx.recv().is_ok_and(|plain| plain.0.get().is_null()));
    let (tx, rx): (SyncSender<Plain<'_>>, _) = sync_channel(1);
    assert!(tx.try_send(Plain(&cell)).is_ok() && rx.try_recv().is_ok());
}

/// By `&self`, and by one thread at a time: see also `s16_a_receiver_is_sent_and_not_shared`.
#[test]
fn truth_a_receiver_is_used_by_reference() {
    let (tx, rx) = channel();
    let (one, two) = (&rx, &rx);
    tx.send(1).unwrap();
    tx.send(2).unwrap();
    assert_eq!((one.recv(), two.recv()), (Ok(1), Ok(2)));
}

#[test]
fn truth_the_end_is_called_disconnected() {
    let (tx, rx) = sync_channel::<u8>(1);
    drop(rx);
    assert!(matches!(tx.try_send(1), Err(TrySendError::Disconnected(1))));
    let (tx, rx) = sync_channel::<u8>(1);
    drop(tx);
    assert!(matches!(rx.try_recv(), Err(TryRecvError::Disconnected)));
}
