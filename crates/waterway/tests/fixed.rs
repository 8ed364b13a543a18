//! Channels in statics, and channels that are borrowed: what only they have. All else is the contract suite's.

#![cfg(not(waterway_loom))]

use std::future::Future;
use std::panic::catch_unwind;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use waterway::{TryRecvError, TrySendError, local, mpmc, mpsc, spsc};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Counts how many of it are gone.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A waker that panics, when it is woken or when it goes.
struct Bomb {
    in_drop: bool,
}

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {
        assert!(self.in_drop, "a waker panics");
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(
            !self.in_drop || std::thread::panicking(),
            "a waker's drop panics"
        );
    }
}

/// What holds of every kind, for one of them.
macro_rules! statics {
    ($name:ident: $kind:ident) => {
        mod $name {
            use super::*;

            #[test]
            fn it_is_split_once_at_a_time() {
                static CHANNEL: $kind::Static<u32, 2> = $kind::Static::new();
                let (tx, rx) = CHANNEL.split();
                assert!(CHANNEL.try_split().is_none());
                drop(tx);
                assert!(CHANNEL.try_split().is_none());
                drop(rx);
                let (tx, rx) = CHANNEL.split();
                drop(rx);
                assert!(CHANNEL.try_split().is_none());
                drop(tx);
                assert!(CHANNEL.try_split().is_some());
            }

            #[test]
            #[should_panic(expected = "not all of its handles are gone")]
            fn a_second_split_panics() {
                static CHANNEL: $kind::Static<u32, 2> = $kind::Static::new();
                let _ends = CHANNEL.split();
                let _again = CHANNEL.split();
            }

            #[test]
            fn each_split_begins_anew() {
                static CHANNEL: $kind::Static<Counted, 3> = $kind::Static::new();
                let gone = Arc::new(AtomicUsize::new(0));
                for round in 0..20 {
                    #[allow(unused_mut, reason = "some handles are shared")]
                    let (mut tx, mut rx) = CHANNEL.split();
                    assert!(!tx.is_closed() && tx.is_empty());
                    assert_eq!((tx.capacity(), tx.receiver_count()), (Some(3), 1));
                    // Left behind: what was sent, what was permitted, what waits, who waits.
                    std::mem::forget(tx.try_reserve().ok());
                    tx.try_send(Counted(Arc::clone(&gone))).ok().expect("room");
                    if round % 2 == 0 {
                        drop(rx.try_recv());
                    }
                    tx.try_send(Counted(Arc::clone(&gone))).ok().expect("room");
                    if round % 3 == 0 {
                        let mut send = Box::pin(tx.send(Counted(Arc::clone(&gone))));
                        let _ = poll(send.as_mut());
                        drop(send);
                        gone.fetch_sub(1, Ordering::SeqCst);
                    }
                    if round % 3 == 1 {
                        let _ = poll(pin!(rx.recv()));
                    }
                    if round % 5 == 0 {
                        tx.close();
                    }
                    if round % 2 == 1 {
                        drop(rx);
                        drop(tx);
                    } else {
                        drop(tx);
                        drop(rx);
                    }
                }
                assert_eq!(Arc::strong_count(&gone), 1);
            }

            #[test]
            fn what_was_leaked_does_not_reach_the_next() {
                static CHANNEL: $kind::Static<u32, 1> = $kind::Static::new();
                #[allow(unused_mut, reason = "some handles are shared")]
                let (mut tx, mut rx) = CHANNEL.split();
                tx.try_send(1).expect("room");
                let mut send = Box::pin(tx.send(2));
                assert!(poll(send.as_mut()).is_pending());
                std::mem::forget(send);
                drop(tx);
                drop(rx);
                let (mut tx, mut rx) = CHANNEL.split();
                let mut recv = Box::pin(rx.recv());
                assert!(poll(recv.as_mut()).is_pending());
                std::mem::forget(recv);
                assert_eq!(tx.try_send(3), Ok(()));
                assert_eq!(tx.try_send(4), Err(TrySendError::Full(4)));
                drop((tx, rx));
                (tx, rx) = CHANNEL.split();
                assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
                assert_eq!(tx.try_send(5), Ok(()));
                assert_eq!(rx.try_recv(), Ok(5));
            }

            #[test]
            fn without_room_it_is_a_rendezvous() {
                static CHANNEL: $kind::Static<u32, 0> = $kind::Static::new();
                for _ in 0..3 {
                    #[allow(unused_mut, reason = "some handles are shared")]
                    let (mut tx, mut rx) = CHANNEL.split();
                    let mut send = pin!(tx.send(1));
                    assert!(poll(send.as_mut()).is_pending());
                    assert_eq!(rx.try_recv(), Ok(1));
                    assert!(poll(send.as_mut()).is_ready());
                }
            }

            #[test]
            fn a_drop_that_panics_does_not_keep_it() {
                struct Bomb(Arc<AtomicUsize>);
                impl Drop for Bomb {
                    fn drop(&mut self) {
                        assert!(self.0.fetch_add(1, Ordering::SeqCst) != 1, "a drop panics");
                    }
                }
                static CHANNEL: $kind::Static<Bomb, 4> = $kind::Static::new();
                let gone = Arc::new(AtomicUsize::new(0));
                #[allow(unused_mut, reason = "some handles are shared")]
                let (mut tx, rx) = CHANNEL.split();
                for _ in 0..4 {
                    tx.try_send(Bomb(Arc::clone(&gone))).ok().expect("room");
                }
                drop(tx);
                let dropped = std::panic::catch_unwind(|| drop(rx));
                assert!(dropped.is_err());
                assert_eq!(gone.load(Ordering::SeqCst), 4);
                assert!(CHANNEL.try_split().is_some());
            }

            #[test]
            fn a_waker_that_panics_does_not_keep_it() {
                static CHANNEL: $kind::Static<u32, 1> = $kind::Static::new();
                let mut panics = 0;
                for case in 0..8 {
                    let [in_drop, sender_first, receiver_waits] =
                        [1, 2, 4].map(|bit| case & bit != 0);
                    #[allow(unused_mut, reason = "some handles are shared")]
                    let (mut tx, mut rx) = CHANNEL.split();
                    let waker = Waker::from(Arc::new(Bomb { in_drop }));
                    let mut context = Context::from_waker(&waker);
                    if receiver_waits {
                        let mut recv = Box::pin(rx.recv());
                        assert!(recv.as_mut().poll(&mut context).is_pending());
                        std::mem::forget(recv);
                    } else {
                        tx.try_send(1).expect("room");
                        let mut send = Box::pin(tx.send(2));
                        assert!(send.as_mut().poll(&mut context).is_pending());
                        std::mem::forget(send);
                    }
                    let mut go = |handle: Box<dyn FnOnce() + std::panic::UnwindSafe>| {
                        panics += usize::from(catch_unwind(handle).is_err());
                    };
                    go(Box::new(|| drop(waker)));
                    if sender_first {
                        go(Box::new(|| drop(tx)));
                        go(Box::new(|| drop(rx)));
                    } else {
                        go(Box::new(|| drop(rx)));
                        go(Box::new(|| drop(tx)));
                    }
                    assert!(CHANNEL.try_split().is_some(), "{case}");
                }
                assert!(panics >= 4, "{panics}");
            }

            #[test]
            fn a_message_asks_for_a_split_when_it_goes() {
                struct Asks;
                impl Drop for Asks {
                    fn drop(&mut self) {
                        assert!(CHANNEL.try_split().is_none());
                    }
                }
                static CHANNEL: $kind::Static<Asks, 2> = $kind::Static::new();
                for sender_first in [false, true] {
                    #[allow(unused_mut, reason = "some handles are shared")]
                    let (mut tx, rx) = CHANNEL.split();
                    for _ in 0..2 {
                        tx.try_send(Asks).ok().expect("room");
                    }
                    if sender_first {
                        drop(tx);
                        drop(rx);
                    } else {
                        drop(rx);
                        drop(tx);
                    }
                    assert!(CHANNEL.try_split().is_some());
                }
            }

            #[test]
            fn threads_meet_at_it_again_and_again() {
                static CHANNEL: $kind::Static<u32, 2> = $kind::Static::new();
                for round in 0..200 {
                    #[allow(unused_mut, reason = "some handles are shared")]
                    let (mut tx, mut rx) = CHANNEL.split();
                    let sending = std::thread::spawn(move || {
                        let mut sent = 0;
                        while sent < 10 && tx.send(sent).wait().is_ok() {
                            sent += 1;
                        }
                    });
                    // It goes while the other is at work.
                    for expected in 0..round % 10 {
                        assert_eq!(rx.recv().wait(), Some(expected));
                    }
                    drop(rx);
                    sending.join().expect("no panic");
                }
            }
        }
    };
}

statics!(of_mpsc: mpsc);
statics!(of_mpmc: mpmc);
statics!(of_spsc: spsc);

#[test]
fn weak_handles_know_their_split() {
    static CHANNEL: mpmc::Static<u32, 2> = mpmc::Static::new();
    let (tx, rx) = CHANNEL.split();
    let (weak_tx, weak_rx) = (tx.downgrade(), rx.downgrade());
    assert_eq!(tx.weak_count(), 2);
    assert!(weak_tx.upgrade().is_some() && weak_rx.upgrade().is_some());
    drop((tx, rx));
    assert!(weak_tx.upgrade().is_none() && weak_rx.upgrade().is_none());
    let (tx, rx) = CHANNEL.split();
    assert!(weak_tx.upgrade().is_none() && weak_rx.upgrade().is_none());
    assert!(weak_tx.clone().upgrade().is_none());
    assert_eq!((weak_tx.sender_count(), weak_rx.receiver_count()), (0, 0));
    assert_eq!((tx.sender_count(), tx.receiver_count()), (1, 1));
    let weak = tx.downgrade();
    assert!(weak.upgrade().is_some());
    drop(weak_tx);
    // The last look of an old handle does not end the new life.
    assert_eq!(tx.try_send(1), Ok(()));
    assert_eq!(rx.try_recv(), Ok(1));
    drop((tx, rx, weak));
    drop(weak_rx);
    assert!(CHANNEL.try_split().is_some());
}

#[test]
fn a_receiver_makes_senders_of_its_own_split() {
    static CHANNEL: mpsc::Static<u32, 2> = mpsc::Static::new();
    let (tx, mut rx) = CHANNEL.split();
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    let again = rx.new_sender();
    let more = rx.new_sender();
    assert_eq!(again.try_send(1), Ok(()));
    drop((again, more));
    assert_eq!(rx.try_recv(), Ok(1));
    let last = rx.new_sender();
    drop(rx);
    assert!(CHANNEL.try_split().is_none());
    drop(last);
    assert!(CHANNEL.try_split().is_some());
}

#[test]
fn a_borrowed_channel_is_moved_with_what_is_in_it() {
    let channel = mpmc::Channel::<String, 2>::new();
    channel.try_send("one".into()).expect("room");
    let mut send = Box::pin(channel.send("three".into()));
    channel.try_send("two".into()).expect("room");
    assert!(poll(send.as_mut()).is_pending());
    // It stays in the list, and where it is.
    std::mem::forget(send);
    let channel = Box::new(channel);
    assert_eq!(channel.try_recv().as_deref(), Ok("one"));
    assert_eq!(channel.try_recv().as_deref(), Ok("two"));
    assert_eq!(channel.try_recv().as_deref(), Ok("three"));
    assert_eq!(channel.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_borrowed_channel_drops_what_is_in_it() {
    let gone = Arc::new(AtomicUsize::new(0));
    let channel = mpmc::Channel::<Counted, 4>::new();
    for _ in 0..3 {
        assert!(channel.try_send(Counted(Arc::clone(&gone))).is_ok());
    }
    std::mem::forget(channel.try_reserve().ok());
    drop(channel);
    assert_eq!(gone.load(Ordering::SeqCst), 3);
}

#[test]
fn a_borrowed_channel_in_a_static() {
    static CHANNEL: mpmc::Channel<u32, 1> = mpmc::Channel::new();
    let thread = std::thread::spawn(|| {
        for number in 0..1000 {
            CHANNEL.send(number).wait().expect("open");
        }
        CHANNEL.close();
    });
    assert_eq!(CHANNEL.iter().sum::<u32>(), 499_500);
    thread.join().expect("no panic");
    assert!(CHANNEL.is_closed());
    assert_eq!(CHANNEL.try_send(1), Err(TrySendError::Closed(1)));
}

#[test]
fn a_local_channel_is_borrowed_by_what_is_not_send() {
    use std::rc::Rc;
    let channel = local::Channel::<Rc<u32>, 1>::new();
    let mut recv = pin!(channel.recv());
    assert!(poll(recv.as_mut()).is_pending());
    channel.try_send(Rc::new(1)).expect("room");
    assert_eq!(poll(recv.as_mut()), Poll::Ready(Some(Rc::new(1))));
    let mut send = pin!(async {
        channel.send(Rc::new(2)).await.expect("open");
        channel.send(Rc::new(3)).await.expect("open");
        channel.close();
    });
    assert!(poll(send.as_mut()).is_pending());
    let received: Vec<_> = channel.try_iter().map(|number| *number).collect();
    assert_eq!(received, [2, 3]);
    assert!(poll(send.as_mut()).is_ready());
    assert_eq!(channel.try_recv(), Err(TryRecvError::Closed));
}

/// Threads stand for interrupt handlers: with `std` a critical section is a lock of the process.
#[cfg(feature = "critical-section")]
#[test]
fn a_critical_section_is_a_lock() {
    use lock_api::RawMutex;
    use waterway::CriticalSectionLock;

    static CHANNEL: mpmc::Static<u32, 2, mpmc::Mpmc<CriticalSectionLock>> = mpmc::Static::new_in();
    let (tx, rx) = CHANNEL.split();
    let threads: Vec<_> = [tx.clone(), tx]
        .into_iter()
        .map(|tx| {
            std::thread::spawn(move || {
                for number in 0..1000 {
                    tx.send(number).wait().expect("open");
                }
            })
        })
        .collect();
    assert_eq!(rx.iter().sum::<u32>(), 2 * 499_500);
    for thread in threads {
        thread.join().expect("no panic");
    }

    let lock = CriticalSectionLock::INIT;
    assert!(lock.try_lock() && !lock.try_lock() && lock.is_locked());
    // SAFETY: locked above.
    unsafe { lock.unlock() };
    assert!(lock.try_lock());
    // SAFETY: as above.
    unsafe { lock.unlock() };
}

/// Messages of every shape, in and out, whole and dropped, and again.
macro_rules! shapes {
    ($($name:ident: $message:ty, $make:expr;)*) => {$(
        #[test]
        fn $name() {
            type Message = $message;
            macro_rules! of_static {
                ($kind:ident $n:literal) => {
                    fits(|| {
                        static CHANNEL: $kind::Static<Message, $n> = $kind::Static::new();
                        for round in 0..3_u8 {
                            #[allow(unused_mut, reason = "some handles are shared")]
                            let (mut tx, mut rx) = CHANNEL.split();
                            assert_eq!(tx.capacity(), Some($n));
                            let room = tx.capacity().map_or(0, |room| room as u8);
                            for _ in 0..2 {
                                for number in 0..room {
                                    assert!(tx.try_send($make(round ^ number)).is_ok());
                                }
                                assert!(tx.is_full());
                                for number in 0..room {
                                    assert!(rx.try_recv() == Ok($make(round ^ number)));
                                }
                            }
                            for number in 0..room {
                                assert!(tx.try_send($make(number)).is_ok());
                            }
                        }
                    });
                };
            }
            macro_rules! borrowed {
                ($kind:ident $n:literal) => {
                    fits(|| {
                        let mut channel = $kind::Channel::<Message, $n>::new();
                        let room = channel.capacity() as u8;
                        for round in 0..3_u8 {
                            for number in 0..room {
                                assert!(channel.try_send($make(round ^ number)).is_ok());
                            }
                            channel = *Box::new(channel);
                            assert!(channel.is_full());
                            for number in 0..room {
                                assert!(channel.try_recv() == Ok($make(round ^ number)));
                            }
                        }
                        for number in 0..room {
                            assert!(channel.try_send($make(number)).is_ok());
                        }
                    });
                };
            }
            of_static!(mpsc 0);
            of_static!(mpsc 1);
            of_static!(mpsc 3);
            of_static!(mpmc 0);
            of_static!(mpmc 1);
            of_static!(mpmc 3);
            of_static!(spsc 0);
            of_static!(spsc 1);
            of_static!(spsc 3);
            borrowed!(mpmc 0);
            borrowed!(mpmc 1);
            borrowed!(mpmc 3);
            borrowed!(local 0);
            borrowed!(local 1);
            borrowed!(local 3);
        }
    )*};
}

/// Does it on a stack that large messages fit on, also where nothing is optimised.
fn fits(check: fn()) {
    let thread = std::thread::Builder::new().stack_size(4 << 20);
    let done = thread.spawn(check).expect("a thread").join();
    done.expect("no panic");
}

#[derive(PartialEq)]
#[repr(align(128))]
struct Wide(u8);

shapes! {
    messages_without_a_size: (), |_: u8| ();
    messages_of_a_byte: u8, |number: u8| number;
    messages_that_are_aligned: Wide, Wide;
    messages_without_a_size_that_are_aligned: [Wide; 0], |_: u8| [];
    messages_of_many_bytes: [u8; 16 << 10], |number: u8| [number; 16 << 10];
    messages_on_the_heap: Box<u8>, Box::new;
}

/// Weak handles that are older than the split are upgraded beside it: none gets another split's handle, and
/// no split is ended by one.
#[test]
fn old_weak_handles_beside_splits() {
    use std::sync::mpsc as std_mpsc;
    type Old = (
        usize,
        mpmc::WeakSender<Box<usize>>,
        mpmc::WeakReceiver<Box<usize>>,
    );
    static CHANNEL: mpmc::Static<Box<usize>, 2> = mpmc::Static::new();
    let (give, given) = std_mpsc::channel();
    let upgrading = std::thread::spawn(move || {
        let mut weak: Vec<Old> = Vec::new();
        loop {
            match given.try_recv() {
                Ok(both) => weak.push(both),
                Err(std_mpsc::TryRecvError::Empty) => {}
                Err(std_mpsc::TryRecvError::Disconnected) => return,
            }
            for (round, sender, receiver) in &weak {
                if let Some(sender) = sender.upgrade() {
                    drop(sender.try_send(Box::new(*round)));
                }
                let receiver = receiver.clone().upgrade();
                if let Some(sent) = receiver.and_then(|receiver| receiver.try_recv().ok()) {
                    assert_eq!(*sent, *round, "a message of another split");
                }
            }
            if weak.len() > 8 {
                weak.remove(0);
            }
        }
    });
    for round in 0..5_000 {
        let (tx, rx) = loop {
            // Who is just being told that it came too late still counts.
            match CHANNEL.try_split() {
                Some(ends) => break ends,
                None => std::thread::yield_now(),
            }
        };
        assert!(!tx.is_closed());
        if round % 4 == 0 {
            give.send((round, tx.downgrade(), rx.downgrade()))
                .expect("it waits");
        }
        drop(tx.try_send(Box::new(round)));
        if let Ok(sent) = rx.try_recv() {
            assert_eq!(*sent, round, "a message of another split");
        }
        drop(tx.try_send(Box::new(round)));
        if round % 2 == 0 {
            drop((tx, rx));
        } else {
            drop((rx, tx));
        }
    }
    drop(give);
    upgrading.join().expect("no panic");
    assert!(CHANNEL.try_split().is_some());
}

/// Once a weak handle is older than the split it holds up nobody, however often it is asked.
#[test]
fn an_old_weak_handle_holds_up_no_split() {
    static CHANNEL: mpmc::Static<u32, 1> = mpmc::Static::new();
    let (tx, rx) = CHANNEL.split();
    let (weak_tx, weak_rx) = (tx.downgrade(), rx.downgrade());
    drop((tx, rx));
    drop(CHANNEL.split());
    let stop = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while stop.load(Ordering::Relaxed) == 0 {
                assert!(weak_tx.upgrade().is_none() && weak_rx.upgrade().is_none());
            }
        });
        let mut refused = 0;
        for _ in 0..20_000 {
            match CHANNEL.try_split() {
                Some((tx, rx)) => {
                    refused += tx.sender_count() + tx.receiver_count() - 2;
                    drop((tx, rx));
                }
                None => refused += 1,
            }
        }
        stop.store(1, Ordering::Relaxed);
        assert_eq!(refused, 0);
    });
}

/// Messages that hold handles of their own channel, and use them when they go.
#[test]
fn messages_that_hold_handles() {
    enum Message {
        Weak(mpmc::WeakSender<Message>, mpmc::WeakReceiver<Message>),
        Sender(mpmc::Sender<Message>),
        Plain,
    }
    static GONE: AtomicUsize = AtomicUsize::new(0);
    impl Drop for Message {
        fn drop(&mut self) {
            GONE.fetch_add(1, Ordering::SeqCst);
            match self {
                Message::Weak(sender, receiver) => {
                    assert!(receiver.upgrade().is_none());
                    if let Some(sender) = sender.upgrade() {
                        assert!(sender.is_closed() || sender.receiver_count() == 0);
                        drop(sender.try_send(Message::Plain));
                    }
                }
                Message::Sender(sender) => drop(sender.try_send(Message::Plain)),
                Message::Plain => {}
            }
        }
    }
    static CHANNEL: mpmc::Static<Message, 3> = mpmc::Static::new();
    for sender_first in [false, true] {
        GONE.store(0, Ordering::SeqCst);
        let (tx, rx) = CHANNEL.split();
        let weak = || Message::Weak(tx.downgrade(), rx.downgrade());
        let messages = [weak(), Message::Sender(tx.clone()), weak()];
        for message in messages {
            assert!(tx.try_send(message).is_ok());
        }
        let other = rx.clone();
        let _old = (tx.downgrade(), rx.downgrade());
        if sender_first {
            drop((tx, rx, other));
        } else {
            drop((rx, other, tx));
        }
        assert!(CHANNEL.try_split().is_some());
        assert!(GONE.load(Ordering::SeqCst) >= 3);
    }
}

/// One function for channels of every size, with handles and without: by a reference to one side.
#[test]
fn a_side_does_not_say_whose_it_is() {
    use waterway::shared::{ReceiverRef, SenderRef};

    fn through<K: waterway::Kind>(
        sender: SenderRef<'_, u32, K>,
        receiver: ReceiverRef<'_, u32, K>,
    ) {
        assert_eq!((sender.capacity(), receiver.capacity()), (Some(2), Some(2)));
        assert_eq!(sender.id(), receiver.id());
        // Operations borrow what the side was borrowed from, and not the side.
        let mut parked = pin!({
            let side = receiver;
            side.recv()
        });
        assert!(poll(parked.as_mut()).is_pending());
        sender.try_send(1).unwrap();
        assert_eq!(poll(parked.as_mut()), Poll::Ready(Some(1)));
        sender.try_reserve().unwrap().send(2).unwrap();
        let Poll::Ready(Ok(permit)) = poll(pin!(sender.reserve())) else {
            panic!("there is room");
        };
        permit.send(3).unwrap();
        let mut send = pin!(sender.send(4));
        assert!(poll(send.as_mut()).is_pending());
        assert_eq!(sender.try_send(5), Err(TrySendError::Full(5)));
        assert!(sender.try_reserve().is_err());
        assert_eq!((sender.len(), receiver.is_empty()), (2, false));
        assert_eq!(receiver.try_recv(), Ok(2));
        assert_eq!(poll(send), Poll::Ready(Ok(())));
        assert!(sender.close() && !receiver.close());
        assert_eq!((receiver.try_recv(), receiver.try_recv()), (Ok(3), Ok(4)));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
        assert_eq!(sender.try_send(6), Err(TrySendError::Closed(6)));
    }

    let shared = mpmc::Channel::<u32, 2>::new();
    through(shared.sender(), shared.receiver());
    let local = local::Channel::<u32, 2>::new();
    through(local.sender(), local.receiver());
    let (sender, receiver) = mpmc::bounded(2);
    through(sender.by_ref(), receiver.by_ref());
}

/// What an operation was made of comes back by a plain reference: of one that waits, by who has kept the pin's promise.
#[test]
fn an_operation_is_cancelled_where_it_is() {
    let channel = mpmc::Channel::<String, 1>::new();
    let mut fresh = channel.send("fresh".into());
    assert_eq!(fresh.cancel_unpinned(), Ok("fresh".into()));
    channel.try_send("first".into()).unwrap();
    for served in [false, true] {
        let mut parked = pin!(channel.send("second".into()));
        assert!(poll(parked.as_mut()).is_pending());
        if served {
            assert_eq!(channel.try_recv(), Ok("first".into()));
        }
        // SAFETY: it is not moved.
        let back = unsafe { parked.as_mut().get_unchecked_mut() }.cancel_unpinned();
        assert_eq!(back.is_ok(), !served);
        assert!(
            catch_unwind(std::panic::AssertUnwindSafe(|| {
                // SAFETY: as above.
                let _ = unsafe { parked.as_mut().get_unchecked_mut() }.cancel_unpinned();
            }))
            .is_err()
        );
    }
    assert_eq!(channel.try_recv(), Ok("second".into()));
    assert_eq!(channel.try_recv(), Err(TryRecvError::Empty));
}
