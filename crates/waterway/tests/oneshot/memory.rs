//! Bytes: what a channel takes, what a wait adds, what is left.

use std::pin::Pin;

use waterway::oneshot;

use crate::support::memory::{assert_installed, growth};
use crate::support::{Probe, assert_pending, poll_noop};

/// One allocation, of forty bytes for a `u64`.
#[test]
#[cfg(target_pointer_width = "64")]
fn a_oneshot_is_one_small_allocation() {
    assert_installed();
    let (ends, grown) = growth(oneshot::channel::<u64>);
    assert_eq!((grown.calls, grown.blocks, grown.bytes), (1, 1, 40));
    let (wide, grown) = growth(oneshot::channel::<[u64; 8]>);
    assert_eq!((grown.calls, grown.bytes), (1, 24 + 64));
    let ((), grown) = growth(|| drop((ends, wide)));
    assert_eq!((grown.blocks, grown.bytes), (-2, -40 - 88));
    assert_eq!(size_of::<oneshot::Sender<u64>>(), size_of::<usize>());
    assert_eq!(size_of::<oneshot::Receiver<u64>>(), size_of::<usize>());
    assert_eq!(
        size_of::<Option<oneshot::Sender<u64>>>(),
        size_of::<usize>()
    );
    assert_eq!(size_of::<oneshot::Channel<u64>>(), 40);
}

/// Waiting, being told and sending allocate nothing.
#[test]
fn waits_allocate_nothing() {
    let probe = Probe::new();
    let waker = probe.waker();
    let (mut tx, mut rx) = oneshot::channel();
    let ((), grown) = growth(|| {
        assert_pending(Pin::new(&mut rx), &waker);
        assert_pending(std::pin::pin!(tx.closed()).as_mut(), &waker);
        tx.send(1).unwrap();
        assert!(poll_noop(Pin::new(&mut rx)).is_ready());
    });
    assert_eq!((grown.calls, grown.blocks), (0, 0));
    static CHANNEL: oneshot::Static<u64> = oneshot::Static::new();
    let ((), grown) = growth(|| {
        let (tx, rx) = CHANNEL.split();
        drop(tx);
        drop(rx);
    });
    assert_eq!(grown.calls, 0);
}

/// E1: polls again, with the same waker and with others, keep one waker.
#[test]
fn e1_repolling_a_oneshot_keeps_one_waker() {
    let probes = [Probe::new(), Probe::new()];
    let wakers = [probes[0].waker(), probes[1].waker()];
    let (mut tx, mut rx) = oneshot::channel::<u8>();
    let ((), grown) = growth(|| {
        for turn in 0..20_000 {
            assert_pending(Pin::new(&mut rx), &wakers[turn / 7 % 2]);
            let mut context = std::task::Context::from_waker(&wakers[turn / 5 % 2]);
            assert!(tx.poll_closed(&mut context).is_pending());
            assert_eq!(probes[0].refs() + probes[1].refs(), 4);
        }
    });
    assert_eq!((grown.bytes, grown.blocks), (0, 0));
    drop((tx, rx));
    assert_eq!(probes[0].refs() + probes[1].refs(), 2);
}

/// E5: a large value is not built on the stack by making the channel.
#[test]
fn e5_a_large_oneshot_is_built_in_place() {
    const BIG: usize = 1 << 20;
    let small = std::thread::Builder::new().stack_size(128 << 10);
    let thread = small.spawn(|| drop(oneshot::channel::<[u8; BIG]>()));
    thread.unwrap().join().unwrap();
}
