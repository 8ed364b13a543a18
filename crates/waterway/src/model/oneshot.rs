//! Oneshots: a send beside each way in which the other side waits, leaves or begins anew.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Wake, Waker};

use super::{Later, Message, Model, Run, block_on, poll};
use crate::error::TryRecvError;
use crate::oneshot::Request;
use crate::{mpsc, oneshot};
use loom::alloc::Track;

type Sender = oneshot::Sender<Message>;
type Receiver = oneshot::Receiver<Message>;

/// Sends; whether the value went.
fn send(run: &Run, sender: Sender, number: usize) -> bool {
    match sender.send(run.message(number)) {
        Ok(()) => {
            run.saw("sent");
            true
        }
        Err(error) => {
            assert_eq!(error.0.read(), number);
            run.saw("came back");
            false
        }
    }
}

/// What a receive came to.
fn note(run: &Run, found: Result<Message, crate::Closed>) {
    match found {
        Ok(message) => {
            run.receive(message);
            run.saw("received");
        }
        Err(_) => run.saw("closed"),
    }
}

/// A waker that counts how often it was told.
struct Told {
    times: AtomicU64,
    /// A waker that is never dropped is a leak.
    _alive: Track<()>,
}

impl Wake for Told {
    fn wake(self: Arc<Self>) {
        self.times.fetch_add(1, Ordering::Relaxed);
    }
}

fn told() -> (Arc<Told>, Waker) {
    let told = Arc::new(Told {
        times: AtomicU64::new(0),
        _alive: Track::new(()),
    });
    let waker = Waker::from(Arc::clone(&told));
    (told, waker)
}

fn times(told: &Told) -> u64 {
    told.times.load(Ordering::Relaxed)
}

/// A thread waits for what another sends.
#[test]
fn thread_receives() {
    Model::new("oneshot::thread_receives", 25)
        .sees(&["sent", "received", "parked"])
        .check(|run| {
            let (sender, receiver) = oneshot::channel();
            run.spawn(move |run| assert!(send(run, sender, 1)));
            run.spawn(move |run| {
                let found = run.wait(|| receiver.wait());
                note(run, found);
            });
            run.join();
            assert_eq!(run.received(), [1]);
        });
}

/// The same as a task, which is moved to another waker meanwhile: the last one is told.
#[test]
fn task_receives_by_two_wakers() {
    Model::new("oneshot::task_receives_by_two_wakers", 50)
        .sees(&["at once", "after the first", "told"])
        .check(|run| {
            let (sender, receiver) = oneshot::channel();
            run.spawn(move |run| assert!(send(run, sender, 1)));
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |run| {
                    let mut receiver = Box::pin(receiver);
                    let mut last = None;
                    for found in ["at once", "after the first"] {
                        let (told, waker) = told();
                        if let Poll::Ready(message) = poll(receiver.as_mut(), &waker) {
                            run.saw(found);
                            note(run, message);
                            last = None;
                            break;
                        }
                        last = Some(told);
                    }
                    left.leave((receiver, last));
                }
            });
            run.join();
            let (receiver, last) = left.take();
            if let Some(told) = last {
                assert_eq!(times(&told), 1, "it was not told");
                run.saw("told");
                run.spawn(|run| note(run, block_on(receiver)));
                run.join();
            }
            assert_eq!(run.received(), [1]);
        });
}

/// A10.
#[test]
fn sender_goes_without_sending() {
    Model::new("oneshot::sender_goes_without_sending", 25)
        .sees(&["closed", "parked"])
        .check(|run| {
            let (sender, receiver) = oneshot::channel::<Message>();
            run.spawn(move |_| drop(sender));
            run.spawn(move |run| {
                let found = run.wait(|| receiver.wait());
                assert!(found.is_err());
                note(run, found);
            });
        });
}

/// C8: a send, and a receiver that polls, closes and looks again.
#[test]
fn send_poll_close() {
    Model::new("oneshot::send_poll_close", 50)
        .sees(&["sent", "came back", "received", "closed", "had ended"])
        .check(|run| {
            let (sender, receiver) = oneshot::channel();
            let went = Arc::new(AtomicU64::new(0));
            run.spawn({
                let went = Arc::clone(&went);
                move |run| {
                    let sent = send(run, sender, 1);
                    went.store(u64::from(sent), Ordering::Relaxed);
                }
            });
            run.spawn(move |run| {
                let mut receiver = Box::pin(receiver);
                let (_, waker) = told();
                if let Poll::Ready(found) = poll(receiver.as_mut(), &waker) {
                    return note(run, found);
                }
                if !receiver.close() {
                    run.saw("had ended");
                }
                let Poll::Ready(found) = poll(receiver.as_mut(), &waker) else {
                    panic!("it is closed");
                };
                note(run, found);
            });
            run.join();
            let went = went.load(Ordering::Relaxed);
            assert_eq!(run.received().len() as u64, went, "sent and not received");
        });
}

/// C6: a receiver that was polled goes while the sender sends, and ends.
#[test]
fn polled_receiver_goes_beside_a_send() {
    Model::new("oneshot::polled_receiver_goes_beside_a_send", 60)
        .sees(&["sent", "came back"])
        .check(|run| {
            let (sender, receiver) = oneshot::channel();
            let (_, waker) = told();
            let mut receiver = Box::pin(receiver);
            assert!(poll(receiver.as_mut(), &waker).is_pending());
            drop(waker);
            run.spawn(move |run| {
                send(run, sender, 1);
            });
            run.spawn(move |_| drop(receiver));
        });
}

/// C6: the same beside a sender that goes without sending.
#[test]
fn polled_receiver_goes_beside_the_sender() {
    Model::new("oneshot::polled_receiver_goes_beside_the_sender", 50)
        .sees(&["told", "not told"])
        .check(|run| {
            let (sender, receiver) = oneshot::channel::<Message>();
            let (told, waker) = told();
            let mut receiver = Box::pin(receiver);
            assert!(poll(receiver.as_mut(), &waker).is_pending());
            drop(waker);
            run.spawn(move |_| drop(sender));
            run.spawn(move |_| drop(receiver));
            run.join();
            run.saw(if times(&told) > 0 { "told" } else { "not told" });
        });
}

/// A receive is given up while the value is sent: the handle finds it.
#[test]
fn withdrawn_receive() {
    Model::new("oneshot::withdrawn_receive", 40)
        .sees(&["told", "not told", "empty", "received"])
        .check(|run| {
            let (sender, mut receiver) = oneshot::channel();
            run.spawn(move |run| assert!(send(run, sender, 1)));
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |run| {
                    let (told, waker) = told();
                    let polled = poll(Box::pin(receiver.recv()).as_mut(), &waker);
                    drop(waker);
                    match polled {
                        Poll::Ready(found) => note(run, found),
                        Poll::Pending => {
                            run.saw(if times(&told) > 0 { "told" } else { "not told" });
                            match receiver.try_recv() {
                                Ok(message) => note(run, Ok(message)),
                                Err(TryRecvError::Empty) => run.saw("empty"),
                                Err(TryRecvError::Closed) => panic!("it sends first"),
                            }
                        }
                    }
                    left.leave(receiver);
                }
            });
            run.join();
            let mut receiver = left.take();
            if run.received().is_empty() {
                note(run, receiver.try_recv().map_err(|_| crate::Closed));
            }
            assert_eq!(run.received(), [1]);
        });
}

/// A thread waits for a while; then the value is taken by another receive.
#[test]
fn timed_receive() {
    Model::new("oneshot::timed_receive", 60)
        .sees(&["in time", "timed out"])
        .check(|run| {
            let (sender, mut receiver) = oneshot::channel();
            run.spawn(move |run| assert!(send(run, sender, 1)));
            run.spawn(move |run| {
                let looks = std::time::Duration::from_nanos(2);
                match receiver.recv().wait_timeout(looks) {
                    Ok(message) => {
                        run.saw("in time");
                        run.receive(message);
                    }
                    Err(crate::RecvTimeoutError::Timeout) => {
                        run.saw("timed out");
                        note(run, receiver.wait());
                    }
                    Err(crate::RecvTimeoutError::Closed) => panic!("it sends first"),
                }
            });
            run.join();
            assert_eq!(run.received(), [1]);
        });
}

/// The sender waits for the receiver's end, which comes by a close and by a drop.
#[test]
fn sender_waits_for_the_close() {
    Model::new("oneshot::sender_waits_for_the_close", 90)
        .sees(&["parked"])
        .check(|run| {
            let (mut sender, mut receiver) = oneshot::channel::<Message>();
            run.spawn(move |run| {
                run.wait(|| sender.closed().wait());
                assert!(!send(run, sender, 1));
            });
            run.spawn(move |run| {
                assert!(receiver.close());
                note(run, receiver.wait());
            });
        });
}

#[test]
fn sender_waits_for_the_receiver_to_go() {
    Model::new("oneshot::sender_waits_for_the_receiver_to_go", 18)
        .sees(&["parked"])
        .check(|run| {
            let (mut sender, receiver) = oneshot::channel::<Message>();
            run.spawn(move |run| run.wait(|| sender.closed().wait()));
            run.spawn(move |_| drop(receiver));
        });
}

/// The sender has left its waker in the place, and sends, while the receiver goes, with a waker of its
/// own left or without.
fn watched_send(run: &Run, polled: bool, close: bool) {
    let (mut sender, receiver) = oneshot::channel();
    let (watch, waker) = told();
    let mut context = std::task::Context::from_waker(&waker);
    assert!(sender.poll_closed(&mut context).is_pending());
    drop(waker);
    let mut receiver = Box::pin(receiver);
    if polled {
        let (_, waker) = told();
        assert!(poll(receiver.as_mut(), &waker).is_pending());
    }
    run.spawn(move |run| {
        send(run, sender, 1);
    });
    run.spawn(move |run| {
        if close {
            receiver.close();
            note(run, block_on(receiver));
        } else {
            drop(receiver);
        }
    });
    run.join();
    run.saw(if times(&watch) > 0 {
        "told"
    } else {
        "not told"
    });
}

#[test]
fn watched_send_beside_a_drop() {
    Model::new("oneshot::watched_send_beside_a_drop", 100)
        .sees(&["sent", "came back", "told", "not told"])
        .check(|run| watched_send(run, false, false));
}

#[test]
fn watched_send_beside_the_drop_of_a_polled_receiver() {
    Model::new(
        "oneshot::watched_send_beside_the_drop_of_a_polled_receiver",
        120,
    )
    .sees(&["sent", "came back", "told", "not told"])
    .check(|run| watched_send(run, true, false));
}

#[test]
fn watched_send_beside_a_close() {
    Model::new("oneshot::watched_send_beside_a_close", 130)
        .sees(&[
            "sent",
            "came back",
            "told",
            "not told",
            "received",
            "closed",
        ])
        .check(|run| watched_send(run, false, true));
}

/// A sender polls for the end by two wakers, the second of which is told.
#[test]
fn sender_watches_by_two_wakers() {
    Model::new("oneshot::sender_watches_by_two_wakers", 50)
        .sees(&["closed at once", "told"])
        .check(|run| {
            let (mut sender, receiver) = oneshot::channel::<Message>();
            run.spawn(move |_| drop(receiver));
            let left = Later::new();
            run.spawn({
                let left = left.clone();
                move |run| {
                    let mut last = None;
                    for _ in 0..2 {
                        let (told, waker) = told();
                        let mut context = std::task::Context::from_waker(&waker);
                        if sender.poll_closed(&mut context).is_ready() {
                            run.saw("closed at once");
                            last = None;
                            break;
                        }
                        last = Some(told);
                    }
                    left.leave((sender, last));
                }
            });
            run.join();
            let (sender, last) = left.take();
            assert!(sender.is_closed());
            if let Some(told) = last {
                assert_eq!(times(&told), 1, "it was not told");
                run.saw("told");
            }
        });
}

/// The channel is used again as soon as the sender is gone: the next value is the next one.
fn used_again(run: &Run, polled: bool) {
    fn again(run: &Run, mut receiver: Pin<Box<Receiver>>, sender: Sender) {
        assert!(receiver.is_empty() && !receiver.is_closed());
        let (told, waker) = told();
        assert!(poll(receiver.as_mut(), &waker).is_pending());
        assert!(send(run, sender, 2));
        assert_eq!(times(&told), 1, "it was not told");
        note(run, block_on(receiver));
    }
    let (sender, receiver) = oneshot::channel();
    let mut receiver = Box::pin(receiver);
    if polled {
        let (_, waker) = told();
        assert!(poll(receiver.as_mut(), &waker).is_pending());
    }
    run.spawn(move |run| assert!(send(run, sender, 1)));
    let left = Later::new();
    run.spawn({
        let left = left.clone();
        move |run| {
            if let Some(sender) = receiver.try_reset() {
                run.saw("again");
                again(run, receiver, sender);
                left.leave(None);
            } else {
                run.saw("not yet");
                left.leave(Some(receiver));
            }
        }
    });
    run.join();
    if let Some(mut receiver) = left.take() {
        run.spawn(move |run| {
            let sender = receiver.try_reset().expect("the sender is gone");
            again(run, receiver, sender);
        });
    }
}

#[test]
fn used_again_beside_the_sender() {
    Model::new("oneshot::used_again_beside_the_sender", 12)
        .sees(&["again", "not yet", "received"])
        .check(|run| used_again(run, false));
}

#[test]
fn used_again_beside_a_sender_that_wakes() {
    Model::new("oneshot::used_again_beside_a_sender_that_wakes", 30)
        .sees(&["again", "not yet", "received"])
        .check(|run| used_again(run, true));
}

/// Both sides go, and one of them frees the channel.
#[test]
fn both_go() {
    Model::new("oneshot::both_go", 14).check(|run| {
        let (sender, receiver) = oneshot::channel::<Message>();
        run.spawn(move |_| drop(sender));
        run.spawn(move |_| drop(receiver));
    });
}

/// B7: a receiver that never looked goes beside a send.
#[test]
fn unpolled_receiver_goes_beside_a_send() {
    Model::new("oneshot::unpolled_receiver_goes_beside_a_send", 15)
        .sees(&["sent", "came back"])
        .check(|run| {
            let (sender, receiver) = oneshot::channel();
            run.spawn(move |run| {
                send(run, sender, 1);
            });
            run.spawn(move |_| drop(receiver));
        });
}

/// A static for one execution, and its first handles. Made in a thread of its own: the main thread's
/// stack is small.
fn home(run: &Run) -> (&'static oneshot::Static<Message>, Sender, Receiver) {
    let left = Later::new();
    run.spawn({
        let left = left.clone();
        move |_| {
            let home: &'static oneshot::Static<Message> =
                Box::leak(Box::new(oneshot::Static::new()));
            left.leave((home, home.split()));
        }
    });
    run.join();
    let (home, (sender, receiver)) = left.take();
    (home, sender, receiver)
}

/// Splits it as soon as that can be done, and uses it.
fn split(run: &Run, home: &'static oneshot::Static<Message>) {
    let (sender, mut receiver) = loop {
        if let Some(ends) = home.try_split() {
            break ends;
        }
        run.saw("not yet");
        loom::thread::yield_now();
    };
    assert!(!sender.is_closed(), "split too early");
    let found = receiver.try_recv().err();
    assert_eq!(found, Some(TryRecvError::Empty), "split too early");
    assert!(sender.send(run.message(2)).is_ok());
    let found = receiver.try_recv().map(|message| run.receive(message));
    assert_eq!(found, Ok(2));
}

/// When nobody has a handle any more.
fn end(run: &Run, home: &'static oneshot::Static<Message>) {
    run.join();
    run.spawn(move |_| {
        assert!(home.try_split().is_some(), "it can be split again");
        // SAFETY: leaked by `home`, and all handles are gone.
        drop(unsafe { Box::from_raw(std::ptr::from_ref(home).cast_mut()) });
    });
    run.join();
}

/// The static is split again beside those who are on their way out: the channel is as new.
#[test]
fn split_again() {
    Model::new("oneshot::split_again", 120)
        .sees(&["sent", "came back", "not yet"])
        .check(|run| {
            let (home, sender, receiver) = home(run);
            let mut receiver = Box::pin(receiver);
            let (_, waker) = told();
            assert!(poll(receiver.as_mut(), &waker).is_pending());
            drop(waker);
            run.spawn(move |run| {
                send(run, sender, 1);
            });
            run.spawn(move |run| {
                drop(receiver);
                split(run, home);
            });
            end(run, home);
        });
}

/// The same by somebody who had no handle.
#[test]
fn split_by_another() {
    Model::new("oneshot::split_by_another", 60)
        .sees(&["received", "not yet"])
        .check(|run| {
            let (home, sender, mut receiver) = home(run);
            run.spawn(move |run| {
                assert!(send(run, sender, 1));
                let found = receiver.try_recv().map_err(|_| crate::Closed);
                note(run, found);
            });
            run.spawn(move |run| split(run, home));
            end(run, home);
        });
}

/// Two threads have a channel of a pool each, one after another or at once, and the pool goes: everything
/// is freed, by whoever is the last.
#[test]
fn pool_goes_beside_its_channels() {
    Model::new("oneshot::pool_goes_beside_its_channels", 700)
        .sees(&["sent", "came back", "received", "given up"])
        .check(|run| {
            let pool = oneshot::Pool::<Message>::new(1);
            let (sender, receiver) = pool.channel();
            run.spawn(move |run| {
                send(run, sender, 1);
            });
            run.spawn(
                move |run| match receiver.wait_timeout(std::time::Duration::ZERO) {
                    Ok(message) => note(run, Ok(message)),
                    Err(_) => run.saw("given up"),
                },
            );
            run.spawn(move |_| drop(pool));
        });
}

/// What comes back to a pool is given out again, as new, to another thread.
#[test]
fn pool_gives_out_again() {
    Model::new("oneshot::pool_gives_out_again", 2000)
        .sees(&["again", "another", "received"])
        .check(|run| {
            let pool = run.share(oneshot::Pool::<Message>::new(1));
            let (sender, receiver) = pool.channel();
            let id = sender.id();
            let mut receiver = Box::pin(receiver);
            let (_, waker) = told();
            assert!(poll(receiver.as_mut(), &waker).is_pending());
            drop(waker);
            run.spawn(move |run| {
                send(run, sender, 1);
            });
            run.spawn(move |_| drop(receiver));
            run.spawn(move |run| {
                let (sender, receiver) = pool.channel();
                run.saw(if sender.id() == id {
                    "again"
                } else {
                    "another"
                });
                assert!(receiver.is_empty() && !sender.is_closed());
                let mut receiver = Box::pin(receiver);
                let (told, waker) = told();
                assert!(poll(receiver.as_mut(), &waker).is_pending());
                assert!(send(run, sender, 2));
                assert_eq!(times(&told), 1, "it was not told");
                note(run, block_on(receiver));
            });
        });
}

/// A thread asks, another answers. The answer's channel lives as long as the thread looks at it.
fn asked(run: &Run, answers: bool) {
    let (mut requests, mut inbox) = mpsc::bounded::<oneshot::Call<u8, Message>>(1);
    run.spawn(move |run| {
        match run.wait(|| requests.request(7).wait()) {
            Ok(message) => note(run, Ok(message)),
            Err(error) => {
                assert_eq!(error.0, None, "the call was sent");
                run.saw("unanswered");
            }
        }
        drop(requests);
    });
    run.spawn(move |run| {
        let call = inbox.recv().wait().expect("somebody asks");
        assert_eq!(call.request, 7);
        if answers {
            assert!(send(run, call.reply, 1));
        }
    });
}

#[test]
fn request_is_answered() {
    Model::new("oneshot::request_is_answered", 20_000)
        .sees(&["parked", "awake", "received"])
        .check(|run| asked(run, true));
}

#[test]
fn request_is_not_answered() {
    Model::new("oneshot::request_is_not_answered", 20_000)
        .sees(&["parked", "awake", "unanswered"])
        .check(|run| asked(run, false));
}
