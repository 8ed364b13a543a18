//! What happens to a receive between its look and its place in the list, and when many are told at once.

use super::{Form, Receiver};
use crate::support::{Event, Probe, assert_pending, assert_ready, poll_once};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

on_buffered_forms!(
    the_last_waker_counts_though_it_was_told_meanwhile,
    a_close_tells_each_once,
);

/// Polled by a second task, it is told by the first one's waker, of a message that another receiver takes,
/// before it has left the new waker. The next message wakes the new one.
fn the_last_waker_counts_though_it_was_told_meanwhile<F: Form>() {
    let (tx, rx) = F::make::<u32>();
    let mut recv = Box::pin(rx.recv());
    let (first, second) = (Probe::new(), Probe::new());
    assert_pending(recv.as_mut(), &first.waker());
    let (sender, other) = (tx.clone(), rx.clone());
    let mut sends = 0..1;
    second.hook_here(Event::Clone, move || {
        for message in sends.by_ref() {
            sender.try_send(message).expect("room");
            assert_eq!(other.try_recv(), Ok(message));
        }
    });
    assert_pending(recv.as_mut(), &second.waker());
    assert_eq!(first.wakes(), 1, "told of the first message");
    second.unhook();
    tx.try_send(7).expect("room");
    assert_eq!(second.wakes(), 1, "told of the second");
    assert_eq!(assert_ready(recv.as_mut(), Waker::noop()), Some(7));
}

/// A receive that is polled in the wake itself.
struct Inline {
    /// Its hook has the operation.
    probe: Probe,
    /// What it came to.
    end: Rc<Cell<Option<Option<u32>>>>,
}

type Boxed = Pin<Box<dyn Future<Output = Option<u32>>>>;

impl Inline {
    /// More wakes than this would never end.
    const MOST: usize = 1000;

    fn start(rx: Receiver<u32>) -> Self {
        let probe = Probe::new();
        let mut op: Boxed = Box::pin(async move { rx.recv().await });
        assert_pending(op.as_mut(), &probe.waker());
        let mut op = Some(op);
        let end = Rc::new(Cell::new(None));
        let (within, came_to) = (probe.clone(), end.clone());
        // A hook does not run within itself: who is woken as it is polled is not polled again.
        probe.hook_here(Event::Wake, move || {
            let Some(running) = op.as_mut().filter(|_| within.wakes() < Self::MOST) else {
                return;
            };
            if let Poll::Ready(got) = poll_once(running.as_mut(), &within.waker()) {
                op = None;
                came_to.set(Some(got));
            }
        });
        Inline { probe, end }
    }
}

impl Drop for Inline {
    /// The hook holds the probe, and the probe the hook.
    fn drop(&mut self) {
        self.probe.unhook();
    }
}

/// Receives that are told of a close while a permit is out look, and wait again: each once, however many
/// there are. The permit ends it for all, and so does its message, which one of them gets.
fn a_close_tells_each_once<F: Form>() {
    for (count, sends) in [3, 14, 40].into_iter().flat_map(|count| [(count, false), (count, true)]) {
        let (tx, rx) = F::make::<u32>();
        let permit = tx.try_reserve().expect("room");
        let crowd: Vec<_> = (0..count).map(|_| Inline::start(rx.clone())).collect();
        tx.close();
        for one in &crowd {
            assert_eq!(one.probe.wakes(), 1, "{count}");
        }
        if sends {
            assert_eq!(permit.send(7), Ok(()));
        } else {
            drop(permit);
        }
        for one in &crowd {
            assert_eq!(one.probe.wakes(), 2, "{count}, {sends}");
        }
        let ends = crowd.iter().map(|one| one.end.get().expect("it came to its end"));
        let got: Vec<u32> = ends.flatten().collect();
        assert_eq!(got, if sends { vec![7] } else { vec![] }, "{count}");
        let mut late = Box::pin(rx.recv());
        assert_eq!(poll_once(late.as_mut(), Waker::noop()), Poll::Ready(None));
    }
}
