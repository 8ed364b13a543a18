//! States: I44 to I52.

use std::pin::pin;

use futures_core::FusedFuture;

use crate::LIMIT;
use crate::support::{
    Ledger, Probe, assert_pending, assert_ready, block_on, poll_noop, together, watchdog,
};
use crate::sut::channel::shared::{StateReceiver, StateSender, state_broadcast_channel};
use crate::sut::channel::{ChannelSendError, CloseStatus, StateBroadcastChannel, StateId};

/// There is nothing that looks by reference, changes in place, or begins with a state: for that there is `waterway::watch`.
///
/// Also I52.
#[test]
fn i44_a_channel_of_states_begins_without_one() {
    let channel = StateBroadcastChannel::<u8>::new();
    assert!(channel.try_receive(StateId::new()).is_none());
    assert!(poll_noop(pin!(channel.receive(StateId::new()))).is_pending());
}

#[test]
fn i45_ids_are_ordered() {
    fn traits<I: Copy + std::fmt::Debug + Default + Ord>(_: I) {}
    traits(StateId::new());
    assert_not!(StateId: std::hash::Hash);
    assert_eq!(StateId::new(), StateId::default());
    let channel = StateBroadcastChannel::new();
    let mut last = StateId::new();
    for number in 0..5 {
        channel.send(number).unwrap();
        let (id, _) = channel.try_receive(last).unwrap();
        assert!(id > last);
        last = id;
    }
    // They say nothing of the channel.
    let other = StateBroadcastChannel::new();
    other.send(0).unwrap();
    assert!(other.try_receive(last).is_none());
}

#[test]
fn i46_a_send_puts_a_state_in_place_of_the_one_before() {
    let ledger = Ledger::new();
    #[derive(Clone)]
    struct State(std::sync::Arc<crate::support::Tracked>);
    let state = |id| State(std::sync::Arc::new(ledger.make(id)));
    let channel = StateBroadcastChannel::new();
    for id in 1..=3 {
        assert!(channel.send(state(id)).is_ok());
        assert_eq!(ledger.live(), [id]);
    }
    channel.close();
    let ChannelSendError(State(back)) = channel.send(state(4)).err().unwrap();
    assert_eq!(back.id(), 4);
    drop((back, channel));
    ledger.assert_all_dropped();

    // Of many senders the last one wins, and ids tell which that is.
    watchdog("i46", LIMIT, || {
        let channel = StateBroadcastChannel::new();
        together(3, |i| (0..100).for_each(|_| channel.send(i).unwrap()));
        let (id, _) = channel.try_receive(StateId::new()).unwrap();
        assert!(channel.try_receive(id).is_none());
    });
}

#[test]
fn i47_a_receive_gives_a_newer_state_if_there_is_one() {
    let channel = StateBroadcastChannel::new();
    let probe = Probe::new();
    let mut receive = pin!(channel.receive(StateId::new()));
    assert_pending(receive.as_mut(), &probe.waker());
    channel.send(1).unwrap();
    channel.send(2).unwrap();
    channel.send(3).unwrap();
    assert!(probe.is_woken());
    let (id, state) = assert_ready(receive, &probe.waker()).unwrap();
    assert_eq!(state, 3, "others were skipped");
    // The caller has the cursor: the same again, and from the beginning.
    assert!(poll_noop(pin!(channel.receive(id))).is_pending());
    assert_eq!(block_on(channel.receive(StateId::new())), Some((id, 3)));
    let mut many: Vec<_> = (0..3).map(|_| Box::pin(channel.receive(id))).collect();
    for receive in &mut many {
        assert!(poll_noop(receive.as_mut()).is_pending());
    }
    channel.send(4).unwrap();
    for receive in many {
        assert_eq!(block_on(receive).unwrap().1, 4);
    }
}

#[test]
fn i48_a_receive_at_once() {
    let channel = StateBroadcastChannel::new();
    assert!(channel.try_receive(StateId::new()).is_none());
    channel.send(1).unwrap();
    let (id, state) = channel.try_receive(StateId::new()).unwrap();
    assert_eq!(state, 1);
    assert!(channel.try_receive(id).is_none());
    channel.close();
    assert!(channel.try_receive(id).is_none());
    assert!(channel.try_receive(StateId::new()).is_some());
}

#[test]
fn i49_the_last_state_outlives_the_close() {
    let channel = StateBroadcastChannel::new();
    channel.send(1).unwrap();
    let (id, _) = channel.try_receive(StateId::new()).unwrap();
    let probe = Probe::new();
    let mut receive = pin!(channel.receive(id));
    assert_pending(receive.as_mut(), &probe.waker());
    assert_eq!(channel.close(), CloseStatus::NewlyClosed);
    assert_eq!(channel.close(), CloseStatus::AlreadyClosed);
    assert!(probe.is_woken());
    assert_eq!(assert_ready(receive, &probe.waker()), None);
    assert_eq!(block_on(channel.receive(StateId::new())), Some((id, 1)));
    assert_eq!(block_on(channel.receive(id)), None);
    assert_eq!(channel.send(2), Err(ChannelSendError(2)));
}

#[test]
fn i50_a_receive_that_is_dropped_takes_nothing() {
    fn fused<F: FusedFuture>(_: &F) {}
    let channel = StateBroadcastChannel::new();
    let (sender, receiver) = state_broadcast_channel();
    let probe = Probe::new();
    let mut one = Box::pin(channel.receive(StateId::new()));
    let mut two = Box::pin(receiver.receive(StateId::new()));
    fused(&*one);
    fused(&*two);
    assert_pending(one.as_mut(), &probe.waker());
    assert_pending(two.as_mut(), &probe.waker());
    assert_eq!(probe.refs(), 2);
    drop((one, two));
    assert_eq!(probe.refs(), 0);
    channel.send(1).unwrap();
    sender.send(2).unwrap();
    assert_eq!(block_on(channel.receive(StateId::new())).unwrap().1, 1);
    assert_eq!(block_on(receiver.receive(StateId::new())).unwrap().1, 2);
}

#[test]
fn i51_states_have_handles() {
    let (sender, receiver): (StateSender<u8>, StateReceiver<u8>) = state_broadcast_channel();
    let (second, other) = (sender.clone(), receiver.clone());
    sender.send(1).unwrap();
    drop(sender);
    second.send(2).unwrap();
    let (id, state) = other.try_receive(StateId::new()).unwrap();
    assert_eq!(state, 2);
    let probe = Probe::new();
    let mut receive = pin!(other.receive(id));
    assert_pending(receive.as_mut(), &probe.waker());
    drop(second);
    // The last sender closes, and the last state is there still.
    assert!(probe.is_woken());
    assert_eq!(assert_ready(receive, &probe.waker()), None);
    assert_eq!(block_on(receiver.receive(StateId::new())), Some((id, 2)));

    let (sender, receiver) = state_broadcast_channel();
    drop(receiver.clone());
    assert_eq!(sender.send(1), Ok(()));
    // A receive is no receiver.
    let later = receiver.receive(StateId::new());
    drop(receiver);
    assert_eq!(sender.send(2), Err(ChannelSendError(2)));
    assert_eq!(block_on(later).map(|(_, state)| state), Some(1));
}

/// A watcher in another thread sees the last state for sure.
#[test]
fn i47_a_watcher_sees_the_last_state() {
    watchdog("i47", LIMIT, || {
        let (sender, receiver) = state_broadcast_channel();
        let watcher = std::thread::spawn(move || {
            let (mut cursor, mut last) = (StateId::new(), 0);
            while let Some((id, state)) = block_on(receiver.receive(cursor)) {
                assert!(state > last && id > cursor);
                (cursor, last) = (id, state);
            }
            last
        });
        for number in 1..=1000 {
            sender.send(number).unwrap();
        }
        drop(sender);
        assert_eq!(watcher.join().unwrap(), 1000);
    });
}
