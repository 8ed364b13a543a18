//! A `VecDeque` in a `RefCell`, which has no way to wait and no end. It shows what one thread can do.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::cells::Capacity;

#[derive(Clone)]
struct Queue {
    messages: Rc<RefCell<VecDeque<u64>>>,
    bound: usize,
}

contestant! {
    Limit "VecDeque";

    Deque(Queue, Queue; Local) {
        open {
            Capacity::Bounded(bound @ 1..) => queue(bound, VecDeque::with_capacity(bound)),
            Capacity::Unbounded => queue(usize::MAX, VecDeque::new()),
        }
        tries { |tx, value| push(tx, value), |rx| rx.messages.borrow_mut().pop_front() }
    }
}

fn queue(bound: usize, messages: VecDeque<u64>) -> (Queue, Queue) {
    let messages = Rc::new(RefCell::new(messages));
    let queue = Queue { messages, bound };
    (queue.clone(), queue)
}

fn push(tx: &Queue, value: u64) -> bool {
    let mut messages = tx.messages.borrow_mut();
    let room = messages.len() < tx.bound;
    if room {
        messages.push_back(value);
    }
    room
}
