//! Channels by reference: I8 to I22, I26, I31.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_core::{FusedStream, Stream};

use crate::LIMIT;
use crate::support::{
    Event, Ledger, Probe, assert_pending, assert_ready, block_on, catch, poll_noop, together,
    watchdog,
};
use crate::sut::buffer::{ArrayBuf, FixedHeapBuf, GrowingHeapBuf};
use crate::sut::channel::{
    Channel, ChannelSendError, ChannelStream, CloseStatus, GenericChannel, LocalUnbufferedChannel,
    TryReceiveError, TrySendError, UnbufferedChannel, shared,
};

use crate::lock::Spin;

type Two = Channel<u32, [u32; 2]>;
type OnHeap = GenericChannel<Spin, u32, GrowingHeapBuf<u32>>;

fn next<S: Stream>(stream: Pin<&mut S>, waker: &Waker) -> Poll<Option<S::Item>> {
    stream.poll_next(&mut Context::from_waker(waker))
}

/// A buffer on the heap has no room if none is asked for.
#[test]
fn i8_new_has_the_buffers_usual_capacity() {
    let two = Two::new();
    assert_eq!((two.try_send(1), two.try_send(2)), (Ok(()), Ok(())));
    assert!(two.try_send(3).is_err());
    let growing = OnHeap::new();
    let fixed = GenericChannel::<Spin, u32, FixedHeapBuf<u32>>::new();
    let (mut first, mut second) = (pin!(growing.send(1)), pin!(fixed.send(2)));
    assert!(poll_noop(first.as_mut()).is_pending());
    assert!(poll_noop(second.as_mut()).is_pending());
    assert_eq!((growing.try_receive(), fixed.try_receive()), (Ok(1), Ok(2)));
    assert!(poll_noop(first).is_ready() && poll_noop(second).is_ready());
}

#[test]
fn i9_with_capacity_is_heard_by_buffers_on_the_heap() {
    let room = |channel: &OnHeap| (0..).take_while(|n| channel.try_send(*n).is_ok()).count();
    for capacity in [1, 2, 3, 10] {
        assert_eq!(room(&OnHeap::with_capacity(capacity)), capacity);
    }
    let fixed = GenericChannel::<Spin, u32, FixedHeapBuf<u32>>::with_capacity(3);
    assert_eq!((0..9).filter(|n| fixed.try_send(*n).is_ok()).count(), 3);
    let array = Two::with_capacity(100);
    assert_eq!((0..9).filter(|n| array.try_send(*n).is_ok()).count(), 2);
    // One that memory does not reach is none.
    let (sender, receiver) = shared::channel(usize::MAX);
    for number in 0..1000 {
        sender.try_send(number).unwrap();
    }
    assert_eq!(receiver.try_receive(), Ok(0));
}

#[test]
fn i10_a_send_waits_for_room_and_fails_only_when_closed() {
    let channel = Two::new();
    let probe = Probe::new();
    assert_eq!(block_on(channel.send(1)), Ok(()));
    assert_eq!(block_on(channel.send(2)), Ok(()));
    let mut send = pin!(channel.send(3));
    assert_pending(send.as_mut(), &probe.waker());
    assert_eq!(channel.try_receive(), Ok(1));
    assert!(probe.is_woken());
    assert_eq!(assert_ready(send, &probe.waker()), Ok(()));
    channel.close();
    assert_eq!(block_on(channel.send(4)), Err(ChannelSendError(4)));
    assert_eq!(
        (channel.try_receive(), channel.try_receive()),
        (Ok(2), Ok(3))
    );
}

#[test]
fn i11_a_send_at_once_is_full_or_closed() {
    let channel = Two::new();
    channel.try_send(1).unwrap();
    channel.try_send(2).unwrap();
    assert_eq!(channel.try_send(3), Err(TrySendError::Full(3)));
    channel.close();
    assert_eq!(channel.try_send(3), Err(TrySendError::Closed(3)));

    // Without room it is a mistake.
    let text = "try_send is not supported for unbuffered channels";
    let rendezvous = UnbufferedChannel::<u32>::new();
    assert_eq!(catch(|| rendezvous.try_send(1)).unwrap_err(), text);
    let (sender, _receiver) = shared::unbuffered_channel::<u32>();
    assert_eq!(catch(|| sender.try_send(1)).unwrap_err(), text);
}

#[test]
fn i12_a_receive_gives_none_when_closed_and_drained() {
    let channel = Two::new();
    let probe = Probe::new();
    let mut receive = pin!(channel.receive());
    assert_pending(receive.as_mut(), &probe.waker());
    channel.try_send(1).unwrap();
    assert!(probe.is_woken());
    assert_eq!(assert_ready(receive, &probe.waker()), Some(1));
    channel.try_send(2).unwrap();
    channel.close();
    assert_eq!(block_on(channel.receive()), Some(2));
    assert_eq!(block_on(channel.receive()), None);
}

#[test]
fn i13_a_receive_at_once_takes_from_who_waits() {
    let channel = Two::new();
    assert_eq!(channel.try_receive(), Err(TryReceiveError::Empty));
    channel.close();
    assert_eq!(channel.try_receive(), Err(TryReceiveError::Closed));

    let rendezvous = UnbufferedChannel::new();
    let probe = Probe::new();
    let mut send = pin!(rendezvous.send(1));
    assert_pending(send.as_mut(), &probe.waker());
    assert_eq!(rendezvous.try_receive(), Ok(1));
    assert!(probe.is_woken());
    assert_eq!(assert_ready(send, &probe.waker()), Ok(()));
    assert_eq!(rendezvous.try_receive(), Err(TryReceiveError::Empty));
}

#[test]
fn i14_a_channel_has_streams() {
    fn traits<S: Stream<Item = u32> + FusedStream>(_: &S) {}
    type Stream2 = ChannelStream<'static, Spin, u32, ArrayBuf<u32, [u32; 2]>>;
    assert_not!(Stream2: Unpin);
    let channel = Two::new();
    let (probe, other) = (Probe::new(), Probe::new());
    let (mut first, mut second) = (pin!(channel.stream()), pin!(channel.stream()));
    traits(&*first);
    assert_eq!(next(first.as_mut(), &probe.waker()), Poll::Pending);
    assert_eq!(next(second.as_mut(), &other.waker()), Poll::Pending);
    channel.try_send(1).unwrap();
    assert!(probe.is_woken() && !other.is_woken());
    assert_eq!(next(first.as_mut(), &probe.waker()), Poll::Ready(Some(1)));
    channel.try_send(2).unwrap();
    assert!(other.is_woken());
    channel.try_send(3).unwrap();
    channel.close();
    assert_eq!(next(second.as_mut(), &other.waker()), Poll::Ready(Some(2)));
    assert!(!first.is_terminated());
    assert_eq!(next(first.as_mut(), &probe.waker()), Poll::Ready(Some(3)));
    for mut stream in [first, second] {
        assert_eq!(next(stream.as_mut(), &probe.waker()), Poll::Ready(None));
        assert!(stream.is_terminated());
        assert_eq!(next(stream, &probe.waker()), Poll::Ready(None));
    }
}

/// A stream that goes when it was woken wakes another: there the docs warn that it may not.
#[test]
fn i14_a_stream_that_goes_passes_its_wake_up_on() {
    let channel = Two::new();
    let (probe, other) = (Probe::new(), Probe::new());
    let mut stream = Box::pin(channel.stream());
    assert_eq!(next(stream.as_mut(), &probe.waker()), Poll::Pending);
    let mut receive = pin!(channel.receive());
    assert_pending(receive.as_mut(), &other.waker());
    channel.try_send(1).unwrap();
    assert!(probe.is_woken() && !other.is_woken());
    drop(stream);
    assert!(other.is_woken());
    assert_eq!(assert_ready(receive, &other.waker()), Some(1));
}

#[test]
fn i15_close_keeps_what_is_in_and_gives_back_what_waits() {
    let ledger = Ledger::new();
    let channel = Channel::<_, [crate::support::Tracked; 1]>::new();
    assert!(channel.try_send(ledger.make(1)).is_ok());
    let probe = Probe::new();
    {
        let mut send = pin!(channel.send(ledger.make(2)));
        assert_pending(send.as_mut(), &probe.waker());
        assert_eq!(channel.close(), CloseStatus::NewlyClosed);
        assert_eq!(channel.close(), CloseStatus::AlreadyClosed);
        assert!(probe.is_woken());
        let ChannelSendError(back) = assert_ready(send, &probe.waker()).unwrap_err();
        assert_eq!(back, 2);
    }
    let ChannelSendError(back) = block_on(channel.send(ledger.make(3))).unwrap_err();
    assert_eq!(back, 3);
    assert_eq!(block_on(channel.receive()).unwrap(), 1);
    assert!(block_on(channel.receive()).is_none());
}

#[test]
fn i16_a_close_says_whether_it_was_the_one() {
    fn traits<S: std::fmt::Debug + Copy + Eq + std::hash::Hash>(_: S) {}
    watchdog("i16", LIMIT, || {
        for _ in 0..50 {
            let channel = Two::new();
            let newly = together(3, |_| channel.close().is_newly_closed());
            assert_eq!(newly.iter().filter(|newly| **newly).count(), 1);
        }
    });
    traits(CloseStatus::NewlyClosed);
    assert!(CloseStatus::AlreadyClosed.is_already_closed());
    assert!(!CloseStatus::AlreadyClosed.is_newly_closed());
    assert!(!CloseStatus::NewlyClosed.is_already_closed());
}

#[test]
fn i17_each_message_goes_to_one_of_many() {
    const EACH: u32 = 300;
    watchdog("i17", LIMIT, || {
        let channel = Two::new();
        let sums = thread::scope(|scope| {
            let receivers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let mut sum = 0;
                        while let Some(number) = block_on(channel.receive()) {
                            sum += number;
                        }
                        sum
                    })
                })
                .collect();
            together(3, |_| {
                for number in 0..EACH {
                    block_on(channel.send(number)).unwrap();
                }
            });
            channel.close();
            let sums = receivers
                .into_iter()
                .map(|receiver| receiver.join().unwrap());
            sums.sum::<u32>()
        });
        assert_eq!(sums, 3 * EACH * (EACH - 1) / 2);
    });
}

#[test]
fn i18_without_room_a_send_is_done_when_its_message_is_taken() {
    let rendezvous = UnbufferedChannel::new();
    let local = LocalUnbufferedChannel::new();
    let (sender, receiver) = shared::unbuffered_channel();
    let probe = Probe::new();
    macro_rules! meet {
        ($send:expr, $receive:expr) => {{
            // Whoever comes first waits.
            let mut send = pin!($send);
            assert_pending(send.as_mut(), &probe.waker());
            assert_eq!(poll_noop(pin!($receive)), Poll::Ready(Some(7)));
            assert!(probe.take_woken());
            assert_eq!(assert_ready(send, &probe.waker()), Ok(()));
            let mut receive = pin!($receive);
            assert_pending(receive.as_mut(), &probe.waker());
            let mut send = pin!($send);
            assert!(poll_noop(send.as_mut()).is_pending());
            assert!(probe.take_woken());
            assert_eq!(assert_ready(receive, &probe.waker()), Some(7));
            assert_eq!(poll_noop(send), Poll::Ready(Ok(())));
        }};
    }
    meet!(rendezvous.send(7), rendezvous.receive());
    meet!(local.send(7), local.receive());
    meet!(sender.send(7), receiver.receive());
}

#[test]
fn i19_senders_are_served_in_order_and_not_overtaken() {
    let channel = Channel::<u32, [u32; 1]>::new();
    channel.try_send(0).unwrap();
    let probes: Vec<_> = (0..3).map(|_| Probe::new()).collect();
    let mut sends: Vec<_> = (1..=3)
        .map(|number| Box::pin(channel.send(number)))
        .collect();
    for (send, probe) in sends.iter_mut().zip(&probes) {
        assert_pending(send.as_mut(), &probe.waker());
    }
    for number in 0..3 {
        assert_eq!(channel.try_receive(), Ok(number));
        // The freed slot is taken already.
        assert_eq!(channel.try_send(99), Err(TrySendError::Full(99)));
        let woken: Vec<_> = probes.iter().map(Probe::is_woken).collect();
        assert_eq!(
            woken.iter().filter(|woken| **woken).count(),
            number as usize + 1
        );
        assert!(woken[number as usize]);
    }
    assert_eq!(channel.try_receive(), Ok(3));
}

#[test]
fn i20_the_receiver_that_waits_longest_is_woken_and_may_come_in_vain() {
    let channel = Two::new();
    let (first, second) = (Probe::new(), Probe::new());
    let (mut one, mut two) = (pin!(channel.receive()), pin!(channel.receive()));
    assert_pending(one.as_mut(), &first.waker());
    assert_pending(two.as_mut(), &second.waker());
    channel.try_send(1).unwrap();
    assert!(first.take_woken() && !second.is_woken());
    // A newcomer was faster.
    assert_eq!(channel.try_receive(), Ok(1));
    assert_pending(one.as_mut(), &first.waker());
    // So it is the last now.
    channel.try_send(2).unwrap();
    assert!(second.is_woken() && !first.is_woken());
    assert_eq!(assert_ready(two, &second.waker()), Some(2));
    channel.try_send(3).unwrap();
    assert!(first.is_woken());
    assert_eq!(assert_ready(one, &first.waker()), Some(3));
}

#[test]
fn i21_a_woken_receive_that_goes_wakes_the_next() {
    let channel = Two::new();
    let (first, second) = (Probe::new(), Probe::new());
    let mut one = Box::pin(channel.receive());
    let mut two = pin!(channel.receive());
    assert_pending(one.as_mut(), &first.waker());
    assert_pending(two.as_mut(), &second.waker());
    channel.try_send(1).unwrap();
    assert!(first.is_woken() && !second.is_woken());
    drop(one);
    assert!(second.is_woken());
    assert_eq!(assert_ready(two, &second.waker()), Some(1));
}

#[test]
fn i22_a_send_that_was_served_and_dropped_is_delivered() {
    let channel = Channel::<u32, [u32; 1]>::new();
    channel.try_send(1).unwrap();
    let mut send = Box::pin(channel.send(2));
    assert!(poll_noop(send.as_mut()).is_pending());
    assert_eq!(channel.try_receive(), Ok(1));
    drop(send);
    assert_eq!(channel.try_receive(), Ok(2));
    // One that was not is not.
    channel.try_send(3).unwrap();
    let mut send = Box::pin(channel.send(4));
    assert!(poll_noop(send.as_mut()).is_pending());
    drop(send);
    assert_eq!(channel.try_receive(), Ok(3));
    assert_eq!(channel.try_receive(), Err(TryReceiveError::Empty));
}

/// Wakers run outside of every lock, and may use the channel. There a close, and the send of a oneshot and of a state, runs
/// them inside.
#[cfg(not(feature = "original"))]
#[test]
fn i26_wakers_may_use_the_channel() {
    use crate::sut::channel::{GenericOneshotChannel, GenericStateBroadcastChannel, StateId};

    watchdog("i26", LIMIT, || {
        let channel = Arc::new(OnHeap::with_capacity(1));
        let probe = Probe::new();
        let again = channel.clone();
        probe.hook(Event::Wake, move || {
            let _ = again.try_receive();
            assert!(poll_noop(pin!(again.receive())).is_ready());
            assert!(again.close().is_already_closed());
        });
        let mut receive = Box::pin(channel.receive());
        assert_pending(receive.as_mut(), &probe.waker());
        assert!(channel.close().is_newly_closed());
        assert!(probe.is_woken());
        probe.unhook();

        let oneshot = Arc::new(GenericOneshotChannel::<Spin, u32>::new());
        let state = Arc::new(GenericStateBroadcastChannel::<Spin, u32>::new());
        let (its, again) = (oneshot.clone(), state.clone());
        probe.hook(Event::Wake, move || {
            assert!(its.send(9).is_err() && its.close().is_already_closed());
            let _ = poll_noop(pin!(its.receive()));
            let _ = again.try_receive(StateId::new());
        });
        let mut once = Box::pin(oneshot.receive());
        let mut newer = Box::pin(state.receive(StateId::new()));
        assert_pending(once.as_mut(), &probe.waker());
        oneshot.send(1).unwrap();
        assert_pending(newer.as_mut(), &probe.waker());
        state.send(2).unwrap();
        assert_eq!(probe.wakes(), 3);
        probe.unhook();
    });
}

/// A value that is cloned for many may close its channel by that, and may panic. There it is cloned under the channel's lock.
#[cfg(not(feature = "original"))]
#[test]
fn i26_a_clone_may_close_the_channel_and_panic() {
    use crate::sut::channel::{
        GenericOneshotBroadcastChannel, GenericStateBroadcastChannel, StateId,
    };

    #[derive(Default)]
    struct Wild(Option<Box<dyn Fn() + Send>>);

    impl Clone for Wild {
        fn clone(&self) -> Self {
            if let Some(act) = &self.0 {
                act();
            }
            Self(None)
        }
    }

    watchdog("i26c", LIMIT, || {
        let once = Arc::new(GenericOneshotBroadcastChannel::<Spin, Wild>::new());
        let state = Arc::new(GenericStateBroadcastChannel::<Spin, Wild>::new());
        let (its, again) = (Arc::downgrade(&once), Arc::downgrade(&state));
        let act = move || {
            its.upgrade()
                .inspect(|once| assert!(once.close().is_already_closed()));
            again
                .upgrade()
                .inspect(|state| drop(state.send(Wild(None))));
        };
        let act = Arc::new(act);
        let for_once = act.clone();
        assert!(once.send(Wild(Some(Box::new(move || for_once())))).is_ok());
        assert!(block_on(once.receive()).is_some());
        assert!(state.send(Wild(Some(Box::new(move || act())))).is_ok());
        let (id, _) = block_on(state.receive(StateId::new())).unwrap();
        assert!(state.try_receive(id).is_some(), "the clone has put another");

        let once = GenericOneshotBroadcastChannel::<Spin, Wild>::new();
        let panics = Wild(Some(Box::new(|| panic!("no clone"))));
        assert!(once.send(panics).is_ok());
        for _ in 0..2 {
            assert!(catch(|| block_on(once.receive()).is_some()).is_err());
        }
    });
}

/// One thread is enough for a waker that uses the channel.
#[test]
fn i26_a_waker_may_use_a_local_channel() {
    use crate::sut::channel::LocalChannel;

    let channel = std::rc::Rc::new(LocalChannel::<u32, [u32; 1]>::new());
    let probe = Probe::new();
    let again = channel.clone();
    probe.hook_here(Event::Wake, move || assert_eq!(again.try_receive(), Ok(1)));
    let mut receive = Box::pin(channel.receive());
    assert_pending(receive.as_mut(), &probe.waker());
    channel.try_send(1).unwrap();
    assert!(probe.is_woken());
    assert_pending(receive.as_mut(), &probe.waker());
    probe.unhook();
}

/// The same for what does so there too.
#[test]
fn i26_wakers_of_sends_and_receives_may_use_the_channel() {
    watchdog("i26b", LIMIT, || {
        let channel = Arc::new(OnHeap::with_capacity(1));
        let probe = Probe::new();
        let again = channel.clone();
        probe.hook(Event::Wake, move || assert_eq!(again.try_receive(), Ok(1)));
        let mut receive = Box::pin(channel.receive());
        assert_pending(receive.as_mut(), &probe.waker());
        channel.try_send(1).unwrap();
        assert!(probe.is_woken());
        assert_pending(receive.as_mut(), &probe.waker());
        probe.unhook();
    });
}

/// It has no handles: nothing closes it but `close`, and what is in it goes with it.
#[test]
fn i31_a_channel_by_reference_is_closed_by_close_alone() {
    let ledger = Ledger::new();
    {
        let channel = Channel::<_, [crate::support::Tracked; 2]>::new();
        block_on(channel.send(ledger.make(1))).unwrap();
        drop((
            channel.receive(),
            channel.send(ledger.make(2)),
            channel.stream(),
        ));
        assert!(channel.try_send(ledger.make(3)).is_ok());
        assert_eq!(ledger.live(), [1, 3]);
    }
    ledger.assert_all_dropped();
}
