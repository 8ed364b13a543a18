//! A dependency that is renamed: `crossbeam-channel = { package = "waterway-compat", … }` and the like. Each part is a program that
//! says nothing of waterway. With more than one of the features names are ambiguous, so that there is none of them.

#![cfg(any(
    feature = "as-crossbeam-channel",
    feature = "as-thingbuf",
    feature = "as-heph-inbox",
    feature = "as-futures-intrusive"
))]

#[cfg(all(
    feature = "as-crossbeam-channel",
    not(any(
        feature = "as-thingbuf",
        feature = "as-heph-inbox",
        feature = "as-futures-intrusive"
    ))
))]
mod crossbeam {
    extern crate waterway_compat as crossbeam_channel;

    use self::crossbeam_channel::{Receiver, Sender, bounded, select};

    #[test]
    fn it_is_selected_from() {
        let (sender, receiver): (Sender<u32>, Receiver<u32>) = bounded(1);
        sender.send(1).unwrap();
        let got = select! {
            recv(receiver) -> message => message.unwrap(),
            default => 0,
        };
        assert_eq!(got, 1);
    }
}

#[cfg(all(
    feature = "as-thingbuf",
    not(any(
        feature = "as-crossbeam-channel",
        feature = "as-heph-inbox",
        feature = "as-futures-intrusive"
    ))
))]
mod thing {
    extern crate waterway_compat as thingbuf;

    use self::thingbuf::mpsc::blocking;
    use self::thingbuf::{ThingBuf, recycling::WithCapacity};

    #[test]
    fn it_is_written_in_place() {
        let (sender, receiver) = blocking::with_recycle::<String, _>(2, WithCapacity::new());
        sender.send_ref().unwrap().push_str("hello");
        assert_eq!(&**receiver.recv_ref().unwrap(), "hello");
        let queue = ThingBuf::new(2);
        queue.push(1).unwrap();
        assert_eq!(queue.pop(), Some(1));
    }
}

#[cfg(all(
    feature = "as-heph-inbox",
    not(any(
        feature = "as-crossbeam-channel",
        feature = "as-thingbuf",
        feature = "as-futures-intrusive"
    ))
))]
mod heph {
    extern crate waterway_compat as heph_inbox;

    use self::heph_inbox::{Manager, RecvError, oneshot};

    #[test]
    fn it_has_a_manager() {
        let (manager, sender, receiver) = Manager::new_small_channel();
        sender.try_send(1).unwrap();
        drop(receiver);
        let mut receiver = manager.new_receiver().unwrap();
        assert_eq!(receiver.try_recv(), Ok(1));
        assert_eq!(receiver.try_recv(), Err(RecvError::Empty));
        let (sender, mut receiver) = oneshot::new_oneshot();
        sender.try_send(2).unwrap();
        assert_eq!(receiver.try_recv(), Ok(2));
    }
}

#[cfg(all(
    feature = "as-futures-intrusive",
    not(any(
        feature = "as-crossbeam-channel",
        feature = "as-thingbuf",
        feature = "as-heph-inbox"
    ))
))]
mod intrusive {
    extern crate waterway_compat as futures_intrusive;

    use self::futures_intrusive::channel::{LocalChannel, shared};

    #[test]
    fn it_is_used_by_reference() {
        let channel = LocalChannel::<u32, [u32; 2]>::new();
        channel.try_send(1).unwrap();
        assert_eq!(channel.try_receive(), Ok(1));
        let (sender, receiver) = shared::channel::<u32>(1);
        sender.try_send(2).unwrap();
        assert_eq!(receiver.try_receive(), Ok(2));
    }
}
