//! Channels that had a manager: the receiver of a test is the second one, and the manager is gone.

use waterway::manager::{Managed, Manager};

pub(crate) fn second_life<T, K: Managed>(
    (manager, sender, first): (Manager<T, K>, K::Sender<T>, K::Receiver<T>),
) -> (K::Sender<T>, K::Receiver<T>) {
    drop(first);
    let second = manager.new_receiver().expect("there is none");
    (sender, second)
}
