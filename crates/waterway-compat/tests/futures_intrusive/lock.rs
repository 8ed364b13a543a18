//! Locks, and where channels lie: I1 to I7, I57.

use std::cell::Cell;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use lock_api::{GuardSend, RawMutex};

use crate::LIMIT;
use crate::support::{Probe, assert_pending, assert_ready, block_on, memory, poll_noop, watchdog};
use crate::sut::buffer::{ArrayBuf, GrowingHeapBuf};
use crate::sut::channel::shared::{
    self, generic_channel, generic_oneshot_broadcast_channel, generic_oneshot_channel,
    generic_state_broadcast_channel,
};
use crate::sut::channel::{
    Channel, GenericChannel, GenericOneshotBroadcastChannel, GenericOneshotChannel,
    GenericStateBroadcastChannel, LocalChannel, LocalOneshotBroadcastChannel, LocalOneshotChannel,
    LocalStateBroadcastChannel, LocalUnbufferedChannel, OneshotBroadcastChannel, OneshotChannel,
    StateBroadcastChannel, StateId, UnbufferedChannel,
};

/// A lock that counts how often it was taken, by all channels together.
pub(crate) struct Spin(AtomicBool);

static TAKEN: AtomicUsize = AtomicUsize::new(0);

// SAFETY: only who has turned it from false to true holds it, and the holder alone turns it back.
unsafe impl RawMutex for Spin {
    #[allow(
        clippy::declare_interior_mutable_const,
        reason = "the trait asks for it"
    )]
    const INIT: Self = Self(AtomicBool::new(false));
    type GuardMarker = GuardSend;

    fn lock(&self) {
        while !self.try_lock() {
            thread::yield_now();
        }
    }

    fn try_lock(&self) -> bool {
        let taken = !self.0.swap(true, SeqCst);
        TAKEN.fetch_add(usize::from(taken), SeqCst);
        taken
    }

    unsafe fn unlock(&self) {
        self.0.store(false, SeqCst);
    }
}

/// Whether the lock is used by what waits.
fn locks<R>(wait: impl FnOnce() -> R) -> R {
    let before = TAKEN.load(SeqCst);
    let result = wait();
    assert!(TAKEN.load(SeqCst) > before, "the lock was not used");
    result
}

#[test]
fn i1_every_channel_takes_a_lock_of_your_choice() {
    watchdog("i1", LIMIT, || {
        let channel = GenericChannel::<Spin, u32, ArrayBuf<u32, [u32; 2]>>::new();
        locks(|| assert!(poll_noop(pin!(channel.receive())).is_pending()));
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..100 {
                    block_on(channel.send(number)).unwrap();
                }
            });
            for number in 0..100 {
                assert_eq!(block_on(channel.receive()), Some(number));
            }
        });

        let oneshot = GenericOneshotChannel::<Spin, u32>::new();
        let once = GenericOneshotBroadcastChannel::<Spin, u32>::new();
        let state = GenericStateBroadcastChannel::<Spin, u32>::new();
        locks(|| assert!(poll_noop(pin!(oneshot.receive())).is_pending()));
        locks(|| assert!(poll_noop(pin!(once.receive())).is_pending()));
        locks(|| assert!(poll_noop(pin!(state.receive(StateId::new()))).is_pending()));
        thread::scope(|scope| {
            scope.spawn(|| {
                oneshot.send(1).unwrap();
                once.send(2).unwrap();
                state.send(3).unwrap();
            });
            assert_eq!(block_on(oneshot.receive()), Some(1));
            assert_eq!(block_on(once.receive()), Some(2));
            let (_, found) = block_on(state.receive(StateId::new())).unwrap();
            assert_eq!(found, 3);
        });

        let (sender, receiver) = generic_channel::<Spin, u32, GrowingHeapBuf<u32>>(1);
        locks(|| assert!(poll_noop(pin!(receiver.receive())).is_pending()));
        let (only, its_receiver) = generic_oneshot_channel::<Spin, u32>();
        locks(|| assert!(poll_noop(pin!(its_receiver.receive())).is_pending()));
        let (teller, told) = generic_oneshot_broadcast_channel::<Spin, u32>();
        locks(|| assert!(poll_noop(pin!(told.receive())).is_pending()));
        let (putter, looker) = generic_state_broadcast_channel::<Spin, u32>();
        locks(|| assert!(poll_noop(pin!(looker.receive(StateId::new()))).is_pending()));
        let worker = thread::spawn(move || {
            block_on(sender.send(1)).unwrap();
            only.send(2).unwrap();
            teller.send(3).unwrap();
            putter.send(4).unwrap();
        });
        assert_eq!(block_on(receiver.receive()), Some(1));
        assert_eq!(block_on(its_receiver.receive()), Some(2));
        assert_eq!(block_on(told.receive()), Some(3));
        let found = block_on(looker.receive(StateId::new())).map(|(_, state)| state);
        assert_eq!(found, Some(4));
        worker.join().unwrap();
    });
}

/// With `std` each has a lock that needs no choice, and handles.
///
/// Also I7.
#[test]
fn i2_each_has_a_form_with_the_usual_lock() {
    fn crosses<C: Send + Sync>(_: &C) {}
    crosses(&Channel::<u32, [u32; 1]>::new());
    crosses(&UnbufferedChannel::<u32>::new());
    crosses(&OneshotChannel::<u32>::new());
    crosses(&OneshotBroadcastChannel::<u32>::new());
    crosses(&StateBroadcastChannel::<u32>::new());
    crosses(&shared::channel::<u32>(1));
    crosses(&shared::unbuffered_channel::<u32>());
    crosses(&shared::oneshot_channel::<u32>());
    crosses(&shared::oneshot_broadcast_channel::<u32>());
    crosses(&shared::state_broadcast_channel::<u32>());
}

/// ⚠ There the docs say that they are `Send`.
#[test]
fn i3_local_channels_stay_in_their_thread() {
    assert_not!(LocalChannel<u32, [u32; 1]>: Send);
    assert_not!(LocalChannel<u32, [u32; 1]>: Sync);
    assert_not!(LocalOneshotChannel<u32>: Send);
    assert_not!(LocalOneshotChannel<u32>: Sync);
    assert_not!(LocalOneshotBroadcastChannel<u32>: Send);
    assert_not!(LocalOneshotBroadcastChannel<u32>: Sync);
    assert_not!(LocalStateBroadcastChannel<u32>: Send);
    assert_not!(LocalStateBroadcastChannel<u32>: Sync);

    let channel = LocalChannel::<u32, [u32; 1]>::new();
    let probe = Probe::new();
    let mut receive = pin!(channel.receive());
    assert_pending(receive.as_mut(), &probe.waker());
    channel.try_send(1).unwrap();
    assert!(probe.is_woken());
    assert_eq!(assert_ready(receive.as_mut(), &probe.waker()), Some(1));
    let rendezvous = LocalUnbufferedChannel::<u32>::new();
    let mut send = pin!(rendezvous.send(2));
    assert!(poll_noop(send.as_mut()).is_pending());
    assert_eq!(rendezvous.try_receive(), Ok(2));
    let oneshot = LocalOneshotChannel::new();
    oneshot.send(3).unwrap();
    assert_eq!(block_on(oneshot.receive()), Some(3));
    let once = LocalOneshotBroadcastChannel::new();
    once.send(4).unwrap();
    assert_eq!(block_on(once.receive()), Some(4));
    let state = LocalStateBroadcastChannel::new();
    state.send(5).unwrap();
    assert_eq!(state.try_receive(StateId::new()).unwrap().1, 5);
}

/// Messages and those who wait lie in the channel and in the futures.
#[test]
fn i4_channels_by_reference_allocate_nothing() {
    memory::assert_installed();
    let probes: Vec<_> = (0..4).map(|_| Probe::new()).collect();
    let wakers: Vec<_> = probes.iter().map(Probe::waker).collect();
    let ((), grown) = memory::growth(|| {
        let channel = Channel::<u32, [u32; 2]>::new();
        for round in 0..10 {
            let (mut first, mut second) = (pin!(channel.receive()), pin!(channel.receive()));
            assert_pending(first.as_mut(), &wakers[0]);
            assert_pending(second.as_mut(), &wakers[1]);
            for number in 0..2 {
                channel.try_send(round + number).unwrap();
            }
            let mut third = pin!(channel.send(9));
            assert_pending(third.as_mut(), &wakers[2]);
            assert_eq!(assert_ready(first, &wakers[0]), Some(round));
            assert_eq!(assert_ready(second, &wakers[1]), Some(round + 1));
            assert_eq!(assert_ready(third, &wakers[2]), Ok(()));
            assert_eq!(channel.try_receive(), Ok(9));
        }
        let oneshot = OneshotChannel::<u32>::new();
        let mut receive = pin!(oneshot.receive());
        assert_pending(receive.as_mut(), &wakers[3]);
        oneshot.send(1).unwrap();
        assert_eq!(assert_ready(receive, &wakers[3]), Some(1));
        let once = OneshotBroadcastChannel::<u32>::new();
        let (mut first, mut second) = (pin!(once.receive()), pin!(once.receive()));
        assert_pending(first.as_mut(), &wakers[0]);
        assert_pending(second.as_mut(), &wakers[1]);
        once.send(2).unwrap();
        assert_eq!(assert_ready(first, &wakers[0]), Some(2));
        assert_eq!(assert_ready(second, &wakers[1]), Some(2));
        // States are on the heap here.
        #[cfg(feature = "original")]
        {
            let state = StateBroadcastChannel::<u32>::new();
            state.send(3).unwrap();
            assert!(poll_noop(pin!(state.receive(StateId::new()))).is_ready());
        }
    });
    assert_eq!(grown.calls, 0);
}

#[test]
fn i5_handles_have_futures_that_borrow_nothing() {
    fn stays<F: Future + Send + 'static>(_: &F) {}
    let (sender, receiver) = shared::channel(1);
    let (send, receive) = (sender.send(1), receiver.receive());
    stays(&send);
    stays(&receive);
    watchdog("i5", LIMIT, || {
        let worker = thread::spawn(move || block_on(send));
        assert_eq!(
            thread::spawn(move || block_on(receive)).join().unwrap(),
            Some(1)
        );
        assert_eq!(worker.join().unwrap(), Ok(()));
    });
    drop((sender, receiver));
}

#[test]
fn i6_there_is_no_default() {
    assert_not!(Channel<u8, [u8; 1]>: Default);
    assert_not!(OneshotChannel<u8>: Default);
    assert_not!(OneshotBroadcastChannel<u8>: Default);
    assert_not!(StateBroadcastChannel<u8>: Default);
}

/// None of them asks for `Sync`, though a value may go to many.
#[test]
fn i57_channels_cross_threads_with_what_does() {
    fn crosses<C: Send + Sync>() {}
    crosses::<Channel<Cell<u8>, [Cell<u8>; 1]>>();
    crosses::<GenericChannel<Spin, Cell<u8>, GrowingHeapBuf<Cell<u8>>>>();
    crosses::<OneshotChannel<Cell<u8>>>();
    crosses::<OneshotBroadcastChannel<Cell<u8>>>();
    crosses::<StateBroadcastChannel<Cell<u8>>>();
    crosses::<(shared::Sender<Cell<u8>>, shared::Receiver<Cell<u8>>)>();
    crosses::<(
        shared::OneshotSender<Cell<u8>>,
        shared::OneshotReceiver<Cell<u8>>,
    )>();
    crosses::<shared::OneshotBroadcastSender<Cell<u8>>>();
    crosses::<shared::OneshotBroadcastReceiver<Cell<u8>>>();
    crosses::<(
        shared::StateSender<Cell<u8>>,
        shared::StateReceiver<Cell<u8>>,
    )>();
    assert_not!(OneshotBroadcastChannel<std::rc::Rc<u8>>: Send);
    assert_not!(StateBroadcastChannel<std::rc::Rc<u8>>: Sync);
    /// It is cloned by one at a time.
    struct Alone(Cell<bool>);

    impl Clone for Alone {
        fn clone(&self) -> Self {
            assert!(!self.0.replace(true), "two at a time");
            thread::yield_now();
            self.0.set(false);
            Self(Cell::new(false))
        }
    }

    watchdog("i57", LIMIT, || {
        let (once, state) = (OneshotBroadcastChannel::new(), StateBroadcastChannel::new());
        once.send(Alone(Cell::new(false)))
            .unwrap_or_else(|_| panic!("it is the first"));
        state
            .send(Alone(Cell::new(false)))
            .unwrap_or_else(|_| panic!("it is open"));
        crate::support::together(3, |_| {
            for _ in 0..200 {
                assert!(block_on(once.receive()).is_some());
                assert!(state.try_receive(StateId::new()).is_some());
            }
        });
    });
    assert_not!(Channel<std::rc::Rc<u8>, [std::rc::Rc<u8>; 1]>: Send);
    assert_not!(Channel<std::rc::Rc<u8>, [std::rc::Rc<u8>; 1]>: Sync);
}
