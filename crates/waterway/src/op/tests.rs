//! What a thread's looks at a receive come to while it stays awake.

use core::pin::pin;

use super::*;
use crate::kind::Kind;
use crate::{mpmc, mpsc, shared, sole, spsc};

/// Whether a look of a thread that spins comes to something, and whether one before it yields does.
fn looks<A: Action>(op: Op<A>) -> (bool, bool) {
    let mut op = pin!(op);
    (
        op.as_mut().action().step(How::Spin).is_ready(),
        op.as_mut().action().step(How::Yield).is_ready(),
    )
}

/// A thread that spins does not ask for the end, and one that is about to yield does, whatever it waits for.
#[test]
fn the_end_is_seen_before_the_first_yield() {
    const SEEN: (bool, bool) = (false, true);
    fn of_one<S, K: Kind>((sender, mut receiver): (S, sole::Receiver<u8, K>)) {
        drop(sender);
        let mut buffer = Vec::new();
        assert_eq!(looks(receiver.recv()), SEEN);
        assert_eq!(looks(receiver.recv_many(&mut buffer, 2)), SEEN);
        assert_eq!(looks(receiver.peek()), SEEN);
        assert_eq!(looks(receiver.recv_leased()), SEEN);
    }
    fn of_many<S, K: Kind>((sender, receiver): (S, shared::Receiver<u8, K>)) {
        drop(sender);
        let mut buffer = Vec::new();
        assert_eq!(looks(receiver.recv()), SEEN);
        assert_eq!(looks(receiver.recv_many(&mut buffer, 2)), SEEN);
        assert_eq!(looks(receiver.ready()), SEEN);
    }
    for capacity in [1, 8, 9, 64] {
        of_one(mpsc::bounded(capacity));
        of_one(spsc::bounded(capacity));
        of_many(mpmc::bounded(capacity));
    }
    of_one(mpsc::unbounded());
    of_one(spsc::unbounded());
    of_many(mpmc::unbounded());
}

/// Three messages are no batch, four are one, at every place of a ring and of segments. Where there are few slots
/// nobody holds back for one.
#[test]
fn four_messages_are_a_batch() {
    macro_rules! batches {
        ($($channel:expr => $expected:expr;)*) => {$({
            let (sender, receiver) = $channel;
            #[allow(unused_mut, reason = "some receive by a shared reference")]
            let (mut sender, mut receiver) = (sender, receiver);
            let mut left = 0;
            for round in 0..300 {
                for _ in left..3 {
                    sender.try_send(round).unwrap();
                }
                let of_three = receiver.recv().action_ref().has_batch();
                sender.try_send(round).unwrap();
                let of_four = receiver.recv().action_ref().has_batch();
                let name = (stringify!($channel), round);
                assert_eq!([of_three, of_four], $expected, "{name:?}");
                let taken = 1 + round % 4;
                for _ in 0..taken {
                    receiver.try_recv().unwrap();
                }
                left = 4 - taken;
            }
        })*};
    }
    let told = [Some(false), Some(true)];
    batches! {
        mpsc::bounded(4) => [None; 2];
        mpsc::bounded(8) => [None; 2];
        mpsc::bounded(9) => told;
        mpsc::bounded(64) => told;
        mpsc::unbounded() => told;
        spsc::bounded(8) => [None; 2];
        spsc::bounded(64) => told;
        spsc::unbounded() => told;
        mpmc::bounded(8) => [None; 2];
        mpmc::bounded(64) => told;
        mpmc::unbounded() => told;
    }
    // Before anything was ever sent, and behind the last message.
    let (sender, mut receiver) = mpsc::unbounded();
    assert_eq!(receiver.recv().action_ref().has_batch(), Some(false));
    sender.try_send(1).unwrap();
    receiver.try_recv().unwrap();
    assert_eq!(receiver.recv().action_ref().has_batch(), Some(false));
}
