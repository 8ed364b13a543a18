//! Channels of one thread: messages and handles that never leave it, and code that runs in the middle of an
//! operation of the same channel, which nothing but its own order keeps from the words that are being changed.

use super::Form;
use super::crowd::{WAYS, Waiting, put};
use super::help::room;
use super::kind::{self, Receiver, Sender};
use crate::support::{Event, Ledger, Probe, Tracked, catch, poll_noop, poll_once};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use waterway::{TryRecvError, TrySendError};

on_every_form!(
    messages_stay_in_their_thread,
    tasks_run_in_one_another_s_wakes,
    a_dying_message_uses_both_ends,
    a_message_dies_loudly_among_others,
);

/// Tasks on both sides share a count that only one thread may touch.
fn messages_stay_in_their_thread<F: Form>() {
    const EACH: u32 = 50;
    let (tx, rx) = F::make::<Rc<Cell<u32>>>();
    let count = Rc::new(Cell::new(0));
    let mut tasks: Vec<Task> = Vec::new();
    for _ in 0..3 {
        let rx = rx.clone();
        tasks.push(Task::new(async move {
            while let Some(message) = rx.recv().await {
                message.set(message.get() + 1);
            }
        }));
    }
    for _ in 0..3 {
        let (tx, count) = (tx.clone(), count.clone());
        tasks.push(Task::new(async move {
            for _ in 0..EACH {
                tx.send(count.clone()).await.expect("open");
            }
        }));
    }
    drop((tx, rx));
    run(&tasks);
    assert_eq!((count.get(), Rc::strong_count(&count)), (3 * EACH, 1));
}

type Pending = Pin<Box<dyn Future<Output = ()>>>;

/// A task that is polled again only when it was woken.
struct Task {
    /// Not here while it is polled, nor after its end.
    future: Rc<RefCell<Option<Pending>>>,
    probe: Probe,
}

impl Task {
    fn new(future: impl Future<Output = ()> + 'static) -> Self {
        let probe = Probe::new();
        // To begin with.
        probe.waker().wake();
        Task {
            future: Rc::new(RefCell::new(Some(Box::pin(future)))),
            probe,
        }
    }

    /// Polls it as long as it is woken, unless that is being done further up.
    fn run(&self) -> bool {
        let mut ran = false;
        while self.probe.is_woken() {
            let Some(mut future) = self.future.borrow_mut().take() else {
                break;
            };
            self.probe.take_woken();
            ran = true;
            if poll_once(future.as_mut(), &self.probe.waker()).is_pending() {
                *self.future.borrow_mut() = Some(future);
            }
        }
        ran
    }

    fn is_done(&self) -> bool {
        self.future.borrow().is_none()
    }
}

/// Runs tasks until none is woken; by then all must have come to their ends.
#[track_caller]
fn run(tasks: &[Task]) {
    while tasks.iter().any(Task::run) {}
    let asleep = tasks.iter().filter(|task| !task.is_done()).count();
    assert_eq!(asleep, 0, "tasks that nobody wakes");
}

/// Each wake polls its task there and then: in the middle of the operation that wakes it, and that in turn
/// in the middle of another. Tokens go round in a ring of channels, from one task to the next.
fn tasks_run_in_one_another_s_wakes<F: Form>() {
    const RING: usize = 4;
    const TOKENS: u64 = 2;
    const HOPS: u64 = 60;
    let ledger = Ledger::new();
    let ring = (0..RING).map(|_| F::make::<(Tracked, u64)>());
    let (txs, rxs): (Vec<_>, Vec<_>) = ring.unzip();
    let arrived = Rc::new(Cell::new(0));
    let start = txs[0].clone();
    let mut tasks = vec![Task::new(async move {
        for id in 0..TOKENS {
            start.send((ledger.make(id), 0)).await.expect("open");
        }
    })];
    for (from, rx) in rxs.into_iter().enumerate() {
        let (txs, arrived) = (txs.clone(), arrived.clone());
        tasks.push(Task::new(async move {
            while let Some((token, hops)) = rx.recv().await {
                let to = &txs[(from + 1) % RING];
                let message = (token, hops + 1);
                match hops % 3 {
                    _ if hops == HOPS => arrived.set(arrived.get() + 1),
                    0 if F::BUFFERS => {
                        let permit = to.reserve().await.expect("open");
                        permit.send(message).expect("open");
                    }
                    1 => assert!(to.send_many([message]).await.is_ok()),
                    _ => to.send(message).await.expect("open"),
                }
                if arrived.get() == TOKENS {
                    for tx in &txs {
                        tx.close();
                    }
                }
            }
        }));
    }
    drop(txs);
    let tasks = Rc::new(tasks);
    let depth = Rc::new(Cell::new(0));
    let deepest = Rc::new(Cell::new(0));
    for (i, task) in tasks.iter().enumerate() {
        let tasks = Rc::downgrade(&tasks);
        let (depth, deepest) = (depth.clone(), deepest.clone());
        task.probe.hook_here(Event::Wake, move || {
            if let Some(tasks) = tasks.upgrade() {
                depth.set(depth.get() + 1);
                deepest.set(depth.get().max(deepest.get()));
                tasks[i].run();
                depth.set(depth.get() - 1);
            }
        });
    }
    // Those that wait for tokens first.
    for task in &tasks[1..] {
        task.run();
    }
    run(&tasks);
    assert_eq!(arrived.get(), TOKENS);
    assert!(deepest.get() >= RING, "each in the wake of the one before");
    ledger.assert_all_dropped();
}

/// A message that sends, displaces, receives and waits when it dies, by handles of its own channel.
struct Busy {
    id: Tracked,
    ends: Option<(Sender<Busy>, Receiver<Busy>)>,
    ledger: Ledger,
}

impl Drop for Busy {
    fn drop(&mut self) {
        let Some((tx, rx)) = self.ends.take() else {
            return;
        };
        let plain = |id| Busy {
            id: self.ledger.make(id),
            ends: None,
            ledger: self.ledger,
        };
        let id = self.id.id();
        let mut recv = Box::pin(rx.recv());
        let _ = poll_noop(recv.as_mut());
        let _ = tx.try_send(plain(1000 + id));
        let mut send = Box::pin(tx.send(plain(2000 + id)));
        let _ = poll_noop(send.as_mut());
        let _ = tx.force_send(plain(3000 + id));
        let _ = rx.try_recv();
        drop(tx.try_reserve_many(1));
        assert!(tx.capacity().is_none_or(|most| tx.len() <= most));
    }
}

fn a_dying_message_uses_both_ends<F: Form>() {
    for way in 0..6 {
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let busy = |id| Busy {
            id: ledger.make(id),
            ends: Some((tx.clone(), rx.clone())),
            ledger,
        };
        let n = room::<F>() as u64;
        for id in 0..n {
            assert!(tx.try_send(busy(id)).is_ok(), "room");
        }
        let mut parked = Box::pin(tx.send(busy(100)));
        let is_parked = poll_noop(parked.as_mut()).is_pending();
        match way {
            0 => rx.drain().for_each(drop),
            1 => while rx.try_recv().is_ok() {},
            2 => drop(tx.force_send(busy(101))),
            3 if is_parked => drop(parked.as_mut().cancel()),
            4 => {
                let mut got = Vec::new();
                let _ = poll_noop(Box::pin(rx.recv_many(&mut got, 3)).as_mut());
            }
            _ => assert!(rx.close()),
        }
        drop(parked);
        // Each that dies may leave another behind, but none that does so itself.
        while rx.try_recv().is_ok() {}
        assert_eq!(tx.len(), 0);
        owning!(assert_eq!((tx.sender_count(), rx.receiver_count()), (1, 1)););
        drop((tx, rx));
        ledger.assert_all_dropped();
    }
}

/// A message whose death sends another and then panics: the others go, and the channel goes on.
fn a_message_dies_loudly_among_others<F: Form>() {
    struct Loud(Tracked, Option<Sender<Loud>>, Ledger);
    impl Drop for Loud {
        fn drop(&mut self) {
            if let Some(tx) = self.1.take() {
                let _ = tx.try_send(Loud(self.2.make(500), None, self.2));
                panic!("{:?} dies", self.0);
            }
        }
    }
    for &at_the_end in owning_or!(&[false, true][..], &[false][..]) {
        let ledger = Ledger::new();
        let (tx, rx) = F::make();
        let mut sends: Vec<_> = (0..room::<F>() as u64 + 2)
            .map(|id| {
                let own = (id == 0).then(|| tx.clone());
                let message = Loud(ledger.make(id), own, ledger);
                let mut op = Box::pin(tx.clone().send_owned(message));
                let _ = poll_noop(op.as_mut());
                op
            })
            .collect();
        if at_the_end {
            // A parked one is its sender's, which is alive.
            let loud = if F::BUFFERS { catch(|| drop(rx)) } else { catch(|| sends.clear()) };
            assert!(loud.expect_err("the first dies").contains("dies"));
            sends.clear();
            assert_eq!(tx.len(), 0);
            owning!(assert_eq!(tx.sender_count(), 1););
        } else {
            catch(|| drop(rx.try_recv())).expect_err("the first dies");
            while rx.try_recv().is_ok() {}
            sends.clear();
            assert_eq!(tx.len(), 0);
            owning!(assert_eq!(tx.sender_count(), 1););
            let mut recv = Box::pin(rx.recv());
            assert!(poll_noop(recv.as_mut()).is_pending());
            let mut last = Box::pin(tx.send(Loud(ledger.make(9), None, ledger)));
            let _ = poll_noop(last.as_mut());
            assert!(poll_noop(recv.as_mut()).is_ready());
        }
        drop(tx);
        ledger.assert_all_dropped();
    }
}

owning! {
    on_every_form!(every_number_of_messages_and_handles);

    /// Counts that are kept by a read and a write: they go up and come down again.
    fn every_number_of_messages_and_handles<F: Form>() {
        let (tx, rx) = F::make::<Rc<()>>();
        let message = Rc::new(());
        for n in 0..40 {
            let (txs, rxs) = (vec![tx.clone(); n], vec![rx.clone(); n]);
            let weak: Vec<_> = txs.iter().map(Sender::downgrade).collect();
            let weaker: Vec<_> = rxs.iter().map(Receiver::downgrade).collect();
            assert_eq!((rx.sender_count(), tx.receiver_count()), (n + 1, n + 1));
            assert_eq!(tx.weak_count(), 2 * n);
            let sent = txs
                .iter()
                .take_while(|tx| tx.try_send(message.clone()).is_ok())
                .count();
            assert_eq!(sent, n.min(F::CAPACITY.unwrap_or(n)));
            assert_eq!((rx.len(), Rc::strong_count(&message)), (sent, sent + 1));
            drop((txs, rxs, weak, weaker));
            assert_eq!(rx.drain().count(), sent);
        }
        assert_eq!((tx.sender_count(), tx.receiver_count(), tx.weak_count()), (1, 1, 0));
        drop(tx);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
        assert_eq!(Rc::strong_count(&message), 1);
    }
}

owning! {
    /// No thread waits at a rendezvous, and nothing is given to a task behind its back: a send has to wait for it.
    #[test]
    fn a_try_at_a_rendezvous_comes_back() {
        for way in WAYS {
            let ledger = Ledger::new();
            let (tx, rx) = kind::rendezvous();
            let mut waiting = Waiting::park(way, &rx);
            let refused = tx.try_send(ledger.make(1));
            assert!(matches!(refused, Err(TrySendError::Full(_))), "{way:?}");
            let refused = tx.force_send(ledger.make(2));
            assert!(matches!(refused, Err(TrySendError::Full(_))), "{way:?}");
            assert!(!waiting.woken(), "{way:?}");
            let sent = put(&tx, &ledger, 3);
            assert!(waiting.woken(), "{way:?}");
            assert_eq!(waiting.poll(), std::task::Poll::Ready(Some(vec![3])));
            drop(sent);
        }
    }
}
