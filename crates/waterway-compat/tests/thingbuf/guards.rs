//! Elements in their slots.

use std::fmt::{self, Debug, Display, Write};

use crate::sut::mpsc::{self, blocking};
use crate::sut::{StaticThingBuf, ThingBuf};

fn is_all<T: Debug + Display + Write + Send + std::ops::DerefMut<Target = String>>(
    mut slot: T,
) -> String {
    slot.push('1');
    write!(slot, "{}{}", 2, 3).unwrap();
    slot.write_str("4").unwrap();
    slot.write_char('5').unwrap();
    assert_eq!(slot.len(), slot.to_string().len());
    assert_eq!(format!("{slot:?}"), format!("{:?}", *slot));
    assert_eq!(format!("{slot:>9}"), format!("{:>9}", *slot));
    slot.to_string()
}

#[test]
fn b25_guards_are_what_is_in_them() {
    let (sender, receiver) = mpsc::channel::<String>(1);
    assert_eq!(is_all(sender.try_send_ref().unwrap()), "12345");
    assert_eq!(is_all(receiver.try_recv_ref().unwrap()), "1234512345");
    let (sender, receiver) = blocking::channel::<String>(1);
    assert_eq!(is_all(sender.send_ref().unwrap()), "12345");
    assert_eq!(is_all(receiver.recv_ref().unwrap()), "1234512345");
    let queue = ThingBuf::<String>::new(1);
    assert_eq!(is_all(queue.push_ref().unwrap()), "12345");
    assert_eq!(is_all(queue.pop_ref().unwrap()), "1234512345");
    let queue = StaticThingBuf::<String, 1>::new();
    assert_eq!(is_all(queue.push_ref().unwrap()), "12345");
    assert_eq!(is_all(queue.pop_ref().unwrap()), "1234512345");
}

/// Of messages that are `Sync`.
#[test]
fn b25_guards_are_shared() {
    fn is_sync<T: Sync>(_: &T) {}
    let (sender, _receiver) = mpsc::channel::<String>(1);
    is_sync(&sender.try_send_ref().unwrap());
    let queue = ThingBuf::<String>::new(1);
    is_sync(&queue.push_ref().unwrap());
    let queue = StaticThingBuf::<String, 1>::new();
    is_sync(&queue.push_ref().unwrap());
}

/// There also of those that are not.
#[cfg(not(feature = "original"))]
#[test]
fn b25_guards_of_cells_are_not_shared() {
    use std::cell::Cell;

    use crate::sut::Ref;

    trait IsNot<A> {
        fn is_not() {}
    }
    impl<T> IsNot<()> for T {}
    struct Shared;
    impl<T: Sync> IsNot<Shared> for T {}

    // Ambiguous if it were.
    <mpsc::SendRef<'_, Cell<u8>> as IsNot<_>>::is_not();
    <mpsc::RecvRef<'_, Cell<u8>> as IsNot<_>>::is_not();
    <Ref<'_, Cell<u8>> as IsNot<_>>::is_not();
}

/// A message that is written by nothing but `fmt::Write` is written in place.
#[test]
fn b25_write_goes_to_the_element() {
    #[derive(Clone, Default)]
    struct Count(usize);

    impl Write for Count {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 += text.len();
            Ok(())
        }
    }
    let (sender, receiver) = mpsc::channel::<Count>(1);
    write!(sender.try_send_ref().unwrap(), "{:5}", 1).unwrap();
    assert_eq!(receiver.try_recv().unwrap().0, 5);
}
