//! E8 and E9: what a channel says of itself is true, and what a caller's buffer holds is the caller's.

use std::collections::VecDeque;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use waterway::Wait;
use waterway::error::{RecvTimeoutError, TryRecvError};
use waterway::mpsc::{Receiver, Sender, WeakSender};

use crate::kit::{BOUNDED, Bounded, Case, FORMS, Form, Put, Rng, SLOTTED, Waiting, fill, post};
use crate::support::{Ledger, Tracked, poll_noop, watchdog};

/// All that the handles tell, against what is known.
#[track_caller]
fn tells(
    form: Form,
    tx: &Sender<Tracked>,
    rx: &Receiver<Tracked>,
    len: usize,
    permits: usize,
    closed: bool,
) {
    let capacity = match form {
        Bounded(n) => Some(n),
        Form::Unbounded => None,
    };
    assert_eq!((tx.len(), rx.len()), (len, len), "len");
    assert_eq!(
        (tx.is_empty(), rx.is_empty()),
        (len == 0, len == 0),
        "is_empty"
    );
    assert_eq!(
        (tx.capacity(), rx.capacity()),
        (capacity, capacity),
        "capacity"
    );
    // What a full rendezvous would be is a matter of taste; both ends must have the same.
    assert_eq!(tx.is_full(), rx.is_full());
    if form != Bounded(0) {
        // Full is what has no room for one more: what is permitted is taken.
        assert_eq!(tx.is_full(), Some(len + permits) == capacity, "is_full");
    }
    assert_eq!(
        (tx.is_closed(), rx.is_closed()),
        (closed, closed),
        "is_closed"
    );
}

/// E8: a `VecDeque` beside the channel; after every single step all that the handles tell agrees with it.
#[test]
fn e8_len_agrees_with_the_model() {
    for form in SLOTTED {
        for seed in 0..60 {
            let _case = Case::new((form, seed));
            let mut rng = Rng::new(seed);
            let ledger = Ledger::new();
            let (tx, mut rx) = form.open();
            let mut queue: VecDeque<u64> = VecDeque::new();
            let mut permits = Vec::new();
            let room = |queue: usize, permits: usize| match form {
                Bounded(n) => queue + permits < n,
                Form::Unbounded => true,
            };
            for id in 0..150 {
                let fits = room(queue.len(), permits.len());
                match rng.below(10) {
                    0 | 1 => {
                        assert_eq!(tx.try_send(ledger.make(id)).is_ok(), fits);
                        if fits {
                            queue.push_back(id);
                        }
                    }
                    2 => {
                        // A send that does not fit is parked, and cancelled again.
                        let ready = Put::Send.start(&tx, ledger.make(id)).poll().is_ready();
                        assert_eq!(ready, fits);
                        if fits {
                            queue.push_back(id);
                        }
                    }
                    3 => {
                        let permit = tx.try_reserve();
                        assert_eq!(permit.is_ok(), fits);
                        permits.extend(permit);
                    }
                    4 => drop(permits.pop()),
                    5 => {
                        if let Some(permit) = permits.pop() {
                            permit.send(ledger.make(id)).expect("open");
                            queue.push_back(id);
                        }
                    }
                    6 => assert_eq!(rx.try_recv().ok().map(|m| m.id()), queue.pop_front()),
                    7 => {
                        let poll =
                            poll_noop(Box::pin(rx.recv()).as_mut()).map(|m| m.map(|m| m.id()));
                        match queue.pop_front() {
                            Some(id) => assert_eq!(poll, Poll::Ready(Some(id))),
                            None => assert_eq!(poll, Poll::Pending),
                        }
                    }
                    8 => {
                        let peeked = rx.try_peek().ok().map(Tracked::id);
                        assert_eq!(peeked, queue.front().copied());
                    }
                    _ => {
                        let mut buf = Vec::new();
                        let n = 1 + rng.below(4);
                        let _ = poll_noop(Box::pin(rx.recv_many(&mut buf, n)).as_mut());
                        assert_eq!(buf.len(), n.min(queue.len()), "fewer than there were");
                        assert!(buf.iter().map(Tracked::id).eq(queue.drain(..buf.len())));
                    }
                }
                tells(form, &tx, &rx, queue.len(), permits.len(), false);
                let full = !room(queue.len(), permits.len());
                assert_eq!(tx.try_reserve().is_err(), full);
            }
            // Not empty means that a receive does not wait.
            while !rx.is_empty() {
                assert!(poll_noop(Box::pin(rx.recv()).as_mut()).is_ready());
            }
            assert!(rx.try_recv().is_err());
            permits.clear();
            tx.close();
            tells(form, &tx, &rx, 0, 0, true);
        }
    }
}

/// E8 on the way to the end: what is in a closed channel still counts.
#[test]
fn e8_len_after_the_close() {
    for form in FORMS {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        tells(form, &tx, &rx, 0, 0, false);
        let mut n = fill(form, &tx, &ledger);
        let parked = (form != Form::Unbounded).then(|| post(&tx, ledger.make(100)));
        tells(form, &tx, &rx, n, 0, false);
        assert!(tx.close());
        assert!(!tx.close() && !rx.close(), "only the first call closes it");
        loop {
            tells(form, &tx, &rx, n, 0, true);
            if rx.try_recv().is_err() {
                break;
            }
            n -= 1;
        }
        assert_eq!(n, 0);
        drop(parked);
    }
}

/// E8: the counts of handles, against a model of the handles that there are.
#[test]
fn e8_handle_counts_agree_with_the_model() {
    for form in FORMS {
        for seed in 0..40 {
            let _case = Case::new((form, seed));
            let mut rng = Rng::new(seed);
            let (tx, rx) = form.open::<u8>();
            let mut strong = vec![tx];
            let mut weak: Vec<WeakSender<u8>> = Vec::new();
            for _ in 0..120 {
                let any = rng.below(strong.len());
                match rng.below(8) {
                    0 | 1 => strong.push(strong[any].clone()),
                    2 if strong.len() > 1 => drop(strong.swap_remove(any)),
                    3 => weak.push(strong[any].downgrade()),
                    4 => weak.extend(weak.last().cloned()),
                    5 => drop(weak.pop()),
                    6 => strong.extend(weak.last().and_then(WeakSender::upgrade)),
                    _ => strong.push(rx.new_sender()),
                }
                let tx = &strong[0];
                assert_eq!(
                    (tx.sender_count(), rx.sender_count()),
                    (strong.len(), strong.len())
                );
                assert_eq!((tx.receiver_count(), rx.receiver_count()), (1, 1));
                assert_eq!(tx.weak_count(), weak.len());
                let counts = (strong.len(), weak.len());
                let agrees =
                    |one: &WeakSender<u8>| (one.sender_count(), one.weak_count()) == counts;
                assert!(weak.iter().all(agrees));
                assert!(!tx.is_closed());
                assert!(tx.sends_to(&rx) && tx.same_channel(&strong[strong.len() - 1]));
                assert_eq!(tx.id(), rx.id());
            }
            let last = strong.pop().unwrap();
            strong.clear();
            assert_eq!(last.sender_count(), 1);
            drop(rx);
            assert_eq!((last.receiver_count(), last.weak_count()), (0, weak.len()));
            drop(last);
            assert!(
                weak.iter()
                    .all(|weak| weak.sender_count() == 0 && weak.upgrade().is_none())
            );
        }
    }
}

/// E8: operations and permits that own a handle count as one, and give it back exactly.
#[test]
fn e8_owned_operations_count_their_handle() {
    for form in SLOTTED {
        let _case = Case::new(form);
        let ledger = Ledger::new();
        let (tx, mut rx) = form.open();
        let permit = tx.clone().try_reserve_owned().unwrap();
        assert_eq!(tx.sender_count(), 2);
        let (sent, back) = permit.send(ledger.make(1));
        sent.expect("open");
        assert_eq!(tx.sender_count(), 2);
        drop(back);
        let op = Box::pin(tx.clone().send_owned(ledger.make(2)));
        assert_eq!(tx.sender_count(), 2);
        drop(op);
        assert_eq!(tx.sender_count(), 1);
        rx.try_recv().unwrap();
        let permit = tx.clone().try_reserve_owned().unwrap();
        drop(permit.release());
        assert_eq!(tx.sender_count(), 1);
        fill(form, &tx, &ledger);
        if form != Form::Unbounded {
            drop(Put::ReserveOwned.park(&tx, ledger.make(3)));
            drop(Put::SendOwned.park(&tx, ledger.make(3)));
            let refused = tx.clone().try_reserve_owned();
            assert_eq!(tx.sender_count(), 2);
            drop(refused);
        }
        assert_eq!(tx.sender_count(), 1);
        let op = Box::pin(rx.recv_owned());
        assert_eq!(tx.receiver_count(), 1);
        drop(op);
        assert_eq!((tx.receiver_count(), tx.is_closed()), (0, true));
    }
}

/// E8 under traffic: never above the capacity, never an underflow that looks like a huge number, and exact
/// when all is quiet.
#[test]
fn e8_len_is_sane_under_traffic() {
    watchdog("e8 traffic", Duration::from_secs(30), || {
        for form in FORMS {
            const EACH: usize = 1500;
            let (tx, mut rx) = form.open::<usize>();
            thread::scope(|scope| {
                let senders: Vec<_> = (0..2)
                    .map(|_| {
                        let tx = tx.clone();
                        scope.spawn(move || {
                            let bound = tx.capacity().unwrap_or(2 * EACH);
                            for i in 0..EACH {
                                tx.send(i).wait().expect("open");
                                let len = tx.len();
                                assert!(len <= bound, "{len} in {form:?}");
                            }
                        })
                    })
                    .collect();
                for i in 0..2 * EACH - 3 {
                    assert!(rx.recv().wait().is_some());
                    let len = rx.len();
                    assert!(
                        len <= rx.capacity().unwrap_or(2 * EACH - i),
                        "{len} in {form:?}"
                    );
                }
                if form.slots() < 3 {
                    rx.recv().wait().unwrap();
                    rx.recv().wait().unwrap();
                    if form == Bounded(0) {
                        rx.recv().wait().unwrap();
                    }
                }
                for sender in senders {
                    sender.join().unwrap();
                }
                let left = form.slots().min(3) - usize::from(form == Bounded(2));
                assert_eq!(
                    (tx.len(), rx.len()),
                    (left, left),
                    "quiet, and not exact: {form:?}"
                );
            });
        }
    });
}

/// How a batch receive of E9 is made; `None` for a wait that did not end.
type Batch = fn(&mut Receiver<Tracked>, &mut Vec<Tracked>, usize) -> Option<Option<usize>>;

const BATCHES: [(&str, Batch); 5] = [
    ("polled", |rx, buf, limit| {
        match poll_noop(Box::pin(rx.recv_many(buf, limit)).as_mut()) {
            Poll::Ready(got) => Some(got),
            Poll::Pending => None,
        }
    }),
    ("poll_recv_many", |rx, buf, limit| {
        match Waiting::new(std::future::poll_fn(|cx| rx.poll_recv_many(cx, buf, limit))).poll() {
            Poll::Ready(got) => Some(got),
            Poll::Pending => None,
        }
    }),
    ("wait_timeout", |rx, buf, limit| {
        match rx.recv_many(buf, limit).wait_timeout(Duration::ZERO) {
            Ok(n) => Some(Some(n)),
            Err(RecvTimeoutError::Closed) => Some(None),
            Err(RecvTimeoutError::Timeout) => None,
        }
    }),
    ("until", |rx, buf, limit| {
        let op = rx.recv_many(buf, limit).until(std::future::ready(()));
        match poll_noop(Box::pin(op).as_mut()) {
            Poll::Ready(Ok(n)) => Some(Some(n)),
            Poll::Ready(Err(RecvTimeoutError::Closed)) => Some(None),
            Poll::Ready(Err(RecvTimeoutError::Timeout)) => None,
            Poll::Pending => panic!("the end came, and it still waits"),
        }
    }),
    ("pinned", |rx, buf, limit| {
        Box::pin(rx.recv_many(buf, limit))
            .as_mut()
            .wait_timeout(Duration::ZERO)
            .ok()
    }),
];

/// E9: {empty, non-empty buffer} × {open, closed} × {empty, non-empty channel} × limit {0, 1, many}: the
/// buffer is appended to, never judged; 0 is the answer to a limit of 0 only.
#[test]
fn e9_batch_receive_appends_to_any_buffer() {
    for form in SLOTTED {
        for (how, batch) in BATCHES {
            for held in [0, 3] {
                for closed in [false, true] {
                    for queued in [0, 1, form.slots()] {
                        for limit in [0, 1, 2, usize::MAX] {
                            let _case = Case::new((form, how, held, closed, queued, limit));
                            let ledger = Ledger::new();
                            let (tx, mut rx) = form.open();
                            for id in 0..queued {
                                tx.try_send(ledger.make(id as u64)).unwrap();
                            }
                            if closed {
                                tx.close();
                            }
                            let mut buf: Vec<_> =
                                (0..held).map(|id| ledger.make(500 + id)).collect();
                            let got = batch(&mut rx, &mut buf, limit);
                            let n = limit.min(queued);
                            let taken: Vec<u64> = buf.iter().map(Tracked::id).collect();
                            let expected: Vec<u64> = (500..500 + held).chain(0..n as u64).collect();
                            assert_eq!(taken, expected);
                            if limit == 0 {
                                // Nothing was asked for. On a drained, closed channel the end may win.
                                assert!(
                                    got == Some(Some(0))
                                        || (closed && queued == 0 && got == Some(None))
                                );
                            } else if queued > 0 {
                                assert_eq!(got, Some(Some(n)));
                            } else if closed {
                                assert_eq!(got, Some(None));
                            } else {
                                assert_eq!(got, None, "a zero that looks like the end");
                            }
                            assert_eq!(rx.len(), queued - n);
                        }
                    }
                }
            }
        }
    }
}

/// E9: the same, with senders that wait, and on the rendezvous.
#[test]
fn e9_batch_receive_with_parked_senders() {
    for form in BOUNDED {
        for (how, batch) in BATCHES {
            for held in [0, 2] {
                let _case = Case::new((form, how, held));
                let ledger = Ledger::new();
                let (tx, mut rx) = form.open();
                let filled = fill(form, &tx, &ledger);
                let mut parked: Vec<_> =
                    (0..3).map(|id| post(&tx, ledger.make(100 + id))).collect();
                let mut buf: Vec<_> = (0..held).map(|id| ledger.make(500 + id)).collect();
                let total = filled + parked.len();
                let mut rounds = 0;
                while buf.len() < total + held as usize {
                    let before = buf.len();
                    let n = batch(&mut rx, &mut buf, 2)
                        .expect("there is more")
                        .expect("open");
                    assert!((1..=2).contains(&n));
                    assert_eq!(buf.len(), before + n);
                    rounds += 1;
                    assert!(rounds <= total);
                }
                let ids: Vec<u64> = buf.iter().map(Tracked::id).collect();
                let expected: Vec<u64> = (500..500 + held)
                    .chain(0..filled as u64)
                    .chain(100..103)
                    .collect();
                assert_eq!(ids, expected);
                parked
                    .iter_mut()
                    .for_each(|waiting| waiting.finish().deliver().expect("open"));
                assert_eq!(rx.try_recv().unwrap_err(), TryRecvError::Empty);
            }
        }
    }
}
