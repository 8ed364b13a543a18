//! Messages come in the order in which their sends were completed.

use std::collections::VecDeque;

use waterway::inbox;

use crate::LIMIT;
use crate::support::{poll_noop, together, watchdog};

/// For every capacity, with every level between empty and full, and across many turns.
#[test]
fn first_in_first_out_for_every_capacity() {
    for capacity in inbox::MIN_CAP..=inbox::MAX_CAP {
        let (sender, mut receiver) = inbox::bounded(capacity);
        let (mut sent, mut received) = (0_u32, 0_u32);
        let mut random = 0x9e37_79b9_u32 ^ capacity as u32;
        for _ in 0..1000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            for _ in 0..random >> 25 {
                if sender.try_send(sent).is_err() {
                    assert_eq!((sent - received) as usize, capacity);
                    break;
                }
                sent += 1;
            }
            for _ in 0..random >> 17 & 127 {
                let Ok(number) = receiver.try_recv() else {
                    break;
                };
                assert_eq!(number, received, "capacity {capacity}");
                received += 1;
            }
        }
    }
}

#[test]
fn parked_sends_are_pulled_in_order() {
    for capacity in [1, 2, 3, 8] {
        let (sender, mut receiver) = inbox::bounded(capacity);
        let mut parked: VecDeque<_> = (0..40).map(|n| Box::pin(sender.send(n))).collect();
        for send in &mut parked {
            let _ = poll_noop(send.as_mut());
        }
        assert!(sender.try_send(1000).is_err());
        // One of them goes.
        drop(parked.remove(capacity + 3));
        let got: Vec<usize> = receiver.try_iter().collect();
        let wanted: Vec<usize> = (0..40).filter(|&n| n != capacity + 3).collect();
        assert_eq!(got, wanted, "capacity {capacity}");
    }
}

/// Each sender's messages come in its order, however many send.
#[test]
fn each_senders_messages_stay_in_order() {
    const SENDERS: usize = 4;
    const EACH: usize = 3000;
    for capacity in [1, 2, 5, 8, 127] {
        watchdog("order under threads", LIMIT, move || {
            let (sender, receiver) = inbox::bounded(capacity);
            let receiver = std::sync::Mutex::new(Some(receiver));
            let sender = std::sync::Mutex::new(Some(sender));
            together(SENDERS + 1, |who| {
                if who == SENDERS {
                    let mut next = [0; SENDERS];
                    let mut receiver = receiver.lock().unwrap().take().unwrap();
                    for _ in 0..SENDERS * EACH {
                        let (from, number) = receiver.recv().wait().expect("more come");
                        assert_eq!(number, next[from]);
                        next[from] += 1;
                    }
                    return;
                }
                let sender = sender.lock().unwrap().as_ref().unwrap().clone();
                for number in 0..EACH {
                    sender.send((who, number)).wait().unwrap();
                }
            });
        });
    }
}
