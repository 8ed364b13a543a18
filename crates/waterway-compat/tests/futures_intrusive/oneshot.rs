//! Oneshots, for one and for all: I37 to I43.

use std::pin::pin;

use crate::LIMIT;
use crate::support::{
    Ledger, Probe, assert_pending, assert_ready, block_on, poll_noop, together, watchdog,
};
use crate::sut::channel::shared::{
    OneshotBroadcastReceiver, OneshotBroadcastSender, OneshotReceiver, OneshotSender,
    oneshot_broadcast_channel, oneshot_channel,
};
use crate::sut::channel::{ChannelSendError, CloseStatus, OneshotBroadcastChannel, OneshotChannel};

#[test]
fn i37_a_oneshot_takes_one_value() {
    let channel = OneshotChannel::new();
    let probe = Probe::new();
    let mut receive = pin!(channel.receive());
    assert_pending(receive.as_mut(), &probe.waker());
    assert_eq!(channel.send(1), Ok(()));
    assert_eq!(channel.send(2), Err(ChannelSendError(2)));
    assert!(probe.is_woken());
    assert_eq!(assert_ready(receive, &probe.waker()), Some(1));
    assert_eq!(channel.send(3), Err(ChannelSendError(3)));

    let channel = OneshotChannel::new();
    assert_eq!(channel.close(), CloseStatus::NewlyClosed);
    assert_eq!(channel.close(), CloseStatus::AlreadyClosed);
    assert_eq!(channel.send(1), Err(ChannelSendError(1)));
    assert_eq!(block_on(channel.receive()), None);

    // Those who wait are told of a close; what nobody took goes with the channel.
    let ledger = Ledger::new();
    let channel = OneshotChannel::<crate::support::Tracked>::new();
    let mut receive = Box::pin(channel.receive());
    assert_pending(receive.as_mut(), &probe.waker());
    probe.take_woken();
    channel.close();
    assert!(probe.is_woken() && assert_ready(receive.as_mut(), &probe.waker()).is_none());
    let channel = OneshotChannel::new();
    assert!(channel.send(ledger.make(1)).is_ok());
    drop(channel);
    ledger.assert_all_dropped();
}

/// Of those who send and close at a time one is the first, and all know it.
#[test]
fn i37_one_of_many_is_the_first() {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    const ROUNDS: usize = 20_000;
    watchdog("i37", LIMIT, || {
        let channels: Vec<_> = (0..ROUNDS).map(|_| OneshotChannel::new()).collect();
        let arrived = AtomicUsize::new(0);
        let won = together(2, |i| {
            let one = |(round, channel): (usize, &OneshotChannel<usize>)| {
                // Both meet at each channel, and are not quite as fast from then on.
                arrived.fetch_add(1, SeqCst);
                let mut looks = 0;
                while arrived.load(SeqCst) < 2 * (round + 1) {
                    looks += 1;
                    if looks < 1000 {
                        std::hint::spin_loop();
                    } else {
                        std::thread::yield_now();
                    }
                }
                let late = (round / 32 % 2 == i) as usize * (round % 32);
                (0..late).for_each(|_| std::hint::spin_loop());
                match i {
                    0 => channel.close().is_newly_closed(),
                    i => channel.send(i).is_ok(),
                }
            };
            channels.iter().enumerate().map(one).collect::<Vec<_>>()
        });
        for (round, channel) in channels.iter().enumerate() {
            let winners: Vec<_> = (0..2).filter(|i| won[*i][round]).collect();
            assert_eq!(winners.len(), 1, "{winners:?}");
            let value = block_on(channel.receive());
            assert_eq!(value, (winners[0] > 0).then_some(winners[0]));
            assert_eq!(block_on(channel.receive()), None);
        }
    });
}

#[test]
fn i38_a_value_that_was_sent_outlives_the_close() {
    let channel = OneshotChannel::new();
    channel.send(1).unwrap();
    assert_eq!(channel.close(), CloseStatus::AlreadyClosed);
    assert_eq!(block_on(channel.receive()), Some(1));
    assert_eq!(block_on(channel.receive()), None);
}

/// All who wait are woken, whoever looks first has the value, and the others nothing.
#[test]
fn i39_several_may_wait_for_a_oneshot() {
    let channel = OneshotChannel::new();
    let probes: Vec<_> = (0..3).map(|_| Probe::new()).collect();
    let mut receives: Vec<_> = probes.iter().map(|_| Box::pin(channel.receive())).collect();
    for (receive, probe) in receives.iter_mut().zip(&probes) {
        assert_pending(receive.as_mut(), &probe.waker());
    }
    channel.send(1).unwrap();
    assert!(probes.iter().all(Probe::is_woken));
    assert_eq!(
        assert_ready(receives[1].as_mut(), &probes[1].waker()),
        Some(1)
    );
    assert_eq!(assert_ready(receives[0].as_mut(), &probes[0].waker()), None);
    assert_eq!(assert_ready(receives[2].as_mut(), &probes[2].waker()), None);
}

/// Those who wait hear of it in the end, also if they looked while the send was on its way: they are woken by its close, and the
/// value has not come yet.
#[cfg(not(feature = "original"))]
#[test]
fn i39_who_looks_too_early_is_woken_again() {
    use crate::support::Event;
    use std::sync::{Arc, Mutex};

    type Receive = std::pin::Pin<Box<dyn Future<Output = Option<u32>> + Send>>;

    let (sender, receiver) = oneshot_channel::<u32>();
    let (first, second, early) = (Probe::new(), Probe::new(), Probe::new());
    let receives: [Receive; 2] = [Box::pin(receiver.receive()), Box::pin(receiver.receive())];
    let receives = Arc::new(Mutex::new(receives));
    for receive in &mut *receives.lock().unwrap() {
        assert_pending(receive.as_mut(), &early.waker());
    }
    // The first wake-up comes before the value: both are polled then.
    let (again, wakers) = (receives.clone(), [first.waker(), second.waker()]);
    early.hook(Event::Wake, move || {
        for (receive, waker) in again.lock().unwrap().iter_mut().zip(&wakers) {
            assert_pending(receive.as_mut(), waker);
        }
    });
    sender.send(1).unwrap();
    early.unhook();
    let mut receives = receives.lock().unwrap();
    assert!(first.is_woken() || second.is_woken());
    let (winner, loser) = if first.is_woken() { (0, 1) } else { (1, 0) };
    let probes = [&first, &second];
    let won = assert_ready(receives[winner].as_mut(), &probes[winner].waker());
    assert_eq!(won, Some(1));
    assert!(probes[loser].is_woken(), "there will be nothing for it");
    let lost = assert_ready(receives[loser].as_mut(), &probes[loser].waker());
    assert_eq!(lost, None);
}

/// To look one polls a future.
///
/// Also I41.
#[test]
fn i40_a_oneshot_has_handles() {
    assert_not!(OneshotSender<u8>: Clone);
    assert_not!(OneshotReceiver<u8>: Clone);
    let (sender, receiver) = oneshot_channel();
    assert!(poll_noop(pin!(receiver.receive())).is_pending());
    sender.send(1).unwrap();
    assert_eq!(sender.send(2), Err(ChannelSendError(2)));
    drop(sender);
    assert_eq!(block_on(receiver.receive()), Some(1));
    assert_eq!(block_on(receiver.receive()), None);

    // Who goes closes, and who waits is told.
    let (sender, receiver) = oneshot_channel();
    drop(receiver);
    assert_eq!(sender.send(1), Err(ChannelSendError(1)));
    let (sender, receiver) = oneshot_channel::<u8>();
    let probe = Probe::new();
    let mut receive = pin!(receiver.receive());
    assert_pending(receive.as_mut(), &probe.waker());
    drop(sender);
    assert!(probe.is_woken());
    assert_eq!(assert_ready(receive, &probe.waker()), None);

    // A receive is no receiver: it does not keep the channel open, and gets what was sent before.
    let (sender, receiver) = oneshot_channel();
    let later = receiver.receive();
    drop(receiver);
    assert_eq!(sender.send(1), Err(ChannelSendError(1)));
    assert_eq!(block_on(later), None);
}

#[test]
fn i42_a_value_for_all_is_kept() {
    let channel = OneshotBroadcastChannel::new();
    let probes: Vec<_> = (0..3).map(|_| Probe::new()).collect();
    let mut receives: Vec<_> = probes.iter().map(|_| Box::pin(channel.receive())).collect();
    for (receive, probe) in receives.iter_mut().zip(&probes) {
        assert_pending(receive.as_mut(), &probe.waker());
    }
    channel.send("all").unwrap();
    assert_eq!(channel.send("more"), Err(ChannelSendError("more")));
    for (receive, probe) in receives.iter_mut().zip(&probes) {
        assert!(probe.is_woken());
        assert_eq!(assert_ready(receive.as_mut(), &probe.waker()), Some("all"));
    }
    // Late, again, and after a close.
    assert_eq!(channel.close(), CloseStatus::AlreadyClosed);
    for _ in 0..3 {
        assert_eq!(block_on(channel.receive()), Some("all"));
    }

    let channel = OneshotBroadcastChannel::new();
    let mut receive = pin!(channel.receive());
    assert_pending(receive.as_mut(), &probes[0].waker());
    assert_eq!(channel.close(), CloseStatus::NewlyClosed);
    assert_eq!(assert_ready(receive, &probes[0].waker()), None);
    assert_eq!(channel.send("late"), Err(ChannelSendError("late")));
    assert_eq!(block_on(channel.receive()), None);
}

#[test]
fn i43_a_value_for_all_has_handles() {
    assert_not!(OneshotBroadcastSender<u8>: Clone);
    let (sender, receiver): (OneshotBroadcastSender<u8>, OneshotBroadcastReceiver<u8>) =
        oneshot_broadcast_channel();
    let other = receiver.clone();
    assert!(poll_noop(pin!(other.receive())).is_pending());
    sender.send(1).unwrap();
    assert_eq!(sender.send(2), Err(ChannelSendError(2)));
    drop(sender);
    for receiver in [&receiver, &other, &receiver] {
        assert_eq!(block_on(receiver.receive()), Some(1));
    }
    let (sender, receiver) = oneshot_broadcast_channel::<u8>();
    let probe = Probe::new();
    let mut receive = pin!(receiver.receive());
    assert_pending(receive.as_mut(), &probe.waker());
    drop(sender);
    assert!(probe.is_woken());
    assert_eq!(assert_ready(receive, &probe.waker()), None);
    // The last receiver closes.
    let (sender, receiver) = oneshot_broadcast_channel();
    drop(receiver);
    assert_eq!(sender.send(1), Err(ChannelSendError(1)));
}

/// ⚠ There the drop of any receiver closes.
#[cfg(not(feature = "original"))]
#[test]
fn i43_a_receiver_of_several_that_goes_closes_nothing() {
    let (sender, receiver) = oneshot_broadcast_channel();
    drop(receiver.clone());
    assert_eq!(sender.send(1), Ok(()));
    assert_eq!(block_on(receiver.receive()), Some(1));
}
