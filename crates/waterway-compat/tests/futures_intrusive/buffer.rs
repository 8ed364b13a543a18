//! Buffers: I32 to I36.

use std::collections::VecDeque;

use crate::lock::Spin;
use crate::support::{Ledger, Tracked, catch};
use crate::sut::buffer::{ArrayBuf, FixedHeapBuf, GrowingHeapBuf, RealArray, RingBuf};
use crate::sut::channel::shared::generic_channel;
use crate::sut::channel::{GenericChannel, TrySendError};

/// What every buffer with room for three does.
fn three<B: RingBuf<Item = Tracked>>(mut buffer: B) {
    let ledger = Ledger::new();
    let mut ids = 0..;
    for round in 1..4 {
        assert!(buffer.is_empty() && buffer.can_push());
        assert_eq!((buffer.len(), buffer.capacity()), (0, 3));
        let first = ids.start;
        for _ in 0..round {
            buffer.push(ledger.make(ids.next().unwrap()));
        }
        assert_eq!((buffer.len(), buffer.can_push()), (round, round < 3));
        for id in first..ids.start {
            assert_eq!(buffer.pop(), id);
        }
    }
    for id in 100..103 {
        buffer.push(ledger.make(id));
    }
    assert!(!buffer.can_push());
    assert!(catch(|| buffer.push(ledger.make(103))).is_err());
    assert_eq!(buffer.pop(), 100);
    // What is in it goes with it.
    assert_eq!(ledger.live(), [101, 102]);
    drop(buffer);
    ledger.assert_all_dropped();
}

/// A buffer of one's own: here it says where a channel's messages lie.
struct Mine(VecDeque<u32>);

impl RingBuf for Mine {
    type Item = u32;
    #[cfg(not(feature = "original"))]
    type Store = crate::sut::buffer::Heap;

    fn new() -> Self {
        Self(VecDeque::with_capacity(3))
    }

    fn with_capacity(_: usize) -> Self {
        Self::new()
    }

    fn capacity(&self) -> usize {
        3
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn can_push(&self) -> bool {
        self.len() < 3
    }

    fn push(&mut self, item: u32) {
        self.0.push_back(item);
    }

    fn pop(&mut self) -> u32 {
        self.0.pop_front().unwrap()
    }
}

#[test]
fn i32_a_buffer_of_ones_own_gives_a_channel_its_capacity() {
    assert!(Mine::new().is_empty());
    for channel in [
        GenericChannel::<Spin, u32, Mine>::new(),
        GenericChannel::with_capacity(100),
    ] {
        for number in 0..3 {
            channel.try_send(number).unwrap();
        }
        assert_eq!(channel.try_send(3), Err(TrySendError::Full(3)));
        for number in 0..3 {
            assert_eq!(channel.try_receive(), Ok(number));
        }
    }
    let (sender, receiver) = generic_channel::<Spin, u32, Mine>(0);
    assert_eq!(
        (0..9)
            .filter(|number| sender.try_send(*number).is_ok())
            .count(),
        3
    );
    assert_eq!(receiver.try_receive(), Ok(0));
}

/// Code that is generic over buffers names the trait as there.
fn any<A: RingBuf<Item = u32>>(channel: &GenericChannel<Spin, u32, A>) -> bool {
    channel.try_send(1).is_ok()
}

#[test]
fn i33_an_array_buffer_is_a_queue() {
    three(ArrayBuf::<Tracked, [Tracked; 3]>::new());
    three(ArrayBuf::<Tracked, [Tracked; 3]>::with_capacity(100));
    let empty = ArrayBuf::<u8, [u8; 0]>::new();
    assert!(!empty.can_push());
    assert_eq!(format!("{empty:?}"), "ArrayBuf { size: 0, cap: 0 }");
    assert!(any(
        &GenericChannel::<Spin, u32, ArrayBuf<u32, [u32; 1]>>::new()
    ));
    assert!(any(&GenericChannel::<Spin, u32, Mine>::new()));
}

#[test]
fn i34_arrays_say_their_length() {
    fn len<A: RealArray<u8>>() -> usize {
        A::LEN
    }
    assert_eq!((len::<[u8; 0]>(), len::<[u8; 64]>()), (0, 64));
    assert_eq!((len::<[u8; 128]>(), len::<[u8; 65536]>()), (128, 65536));
    // Here every length will do, and to say so is not unsafe.
    #[cfg(not(feature = "original"))]
    {
        struct Mine([u8; 100]);
        impl AsRef<[u8]> for Mine {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
        impl AsMut<[u8]> for Mine {
            fn as_mut(&mut self) -> &mut [u8] {
                &mut self.0
            }
        }
        impl RealArray<u8> for Mine {
            const LEN: usize = 100;
            type Store = <[u8; 100] as RealArray<u8>>::Store;
        }
        let channel = GenericChannel::<Spin, u8, ArrayBuf<u8, Mine>>::new();
        assert_eq!(
            (0..=255).filter(|n| channel.try_send(*n).is_ok()).count(),
            100
        );
    }
}

#[test]
fn i35_a_fixed_buffer_on_the_heap() {
    three(FixedHeapBuf::with_capacity(3));
    assert_eq!(FixedHeapBuf::<u8>::new().capacity(), 0);
    let text = format!("{:?}", FixedHeapBuf::<u8>::with_capacity(2));
    assert_eq!(text, "FixedHeapBuf { size: 0, cap: 2 }");
}

#[test]
fn i36_a_growing_buffer_on_the_heap() {
    three(GrowingHeapBuf::with_capacity(3));
    assert_eq!(GrowingHeapBuf::<u8>::new().capacity(), 0);
    // Its limit takes no memory.
    let text = format!("{:?}", GrowingHeapBuf::<u8>::with_capacity(1 << 40));
    assert_eq!(text, "GrowingHeapBuf { size: 0, limit: 1099511627776 }");
}
