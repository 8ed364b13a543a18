//! Random programs, run by the original and by ours side by side: every step has to come to the same.
//!
//! Left out is what is a bug there, or otherwise here, as `docs/compat.md` lists it: each slot is let go before the next
//! step, a sender that was woken comes at once and is not cancelled, and the receiver goes last.

#![cfg(not(feature = "original"))]

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::Poll;

use proptest::collection::vec;
use proptest::prelude::{Strategy, prop_oneof};

use crate::support::{Probe, explore, poll_once};

#[derive(Clone, Copy, Debug)]
enum Step {
    Send {
        in_place: bool,
    },
    /// A send that waits, if it has to.
    Wait {
        in_place: bool,
    },
    /// Polls the one that waits longest.
    Poll,
    /// Drops the one that came last.
    Cancel,
    Receive {
        in_place: bool,
    },
    /// Polls the receiver.
    PollReceive {
        in_place: bool,
    },
    CloneSender,
    DropSender,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        30 => (0..11usize).prop_map(|verb| match verb {
            0 => Step::Send { in_place: true },
            1 => Step::Send { in_place: false },
            2 => Step::Wait { in_place: true },
            3 => Step::Wait { in_place: false },
            4 => Step::Poll,
            5 => Step::Cancel,
            6 | 7 => Step::Receive { in_place: true },
            8 => Step::Receive { in_place: false },
            9 => Step::PollReceive { in_place: true },
            _ => Step::PollReceive { in_place: false },
        }),
        1 => (0..1usize).prop_map(|_| Step::CloneSender),
        1 => (0..1usize).prop_map(|_| Step::DropSender),
    ];
    vec(step, 0..120)
}

/// A program for one of the two, which tells each step's outcome.
macro_rules! program {
    ($name:ident, $($sut:tt)+) => {
        fn $name(capacity: usize, steps: &[Step]) -> Vec<String> {
            use $($sut)+::mpsc;

            type Waiting<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;

            let (sender, receiver) = mpsc::channel::<String>(capacity);
            // They wait by this one, which is leaked: futures borrow it.
            let anchor: &mpsc::Sender<String> = Box::leak(Box::new(sender));
            let mut senders = vec![];
            let mut waiting: VecDeque<(Waiting<'_>, Probe)> = VecDeque::new();
            let probe = Probe::new();
            let waker = probe.waker();
            let mut told = vec![];
            for (number, step) in steps.iter().enumerate() {
                let text = number.to_string();
                let outcome = match *step {
                    Step::Send { in_place: false } => format!("{:?}", anchor.try_send(text)),
                    Step::Send { in_place: true } => match anchor.try_send_ref() {
                        Ok(mut slot) => {
                            assert_eq!(*slot, "", "it was recycled");
                            slot.push_str(&text);
                            "sent".to_owned()
                        }
                        Err(error) => format!("{error:?}"),
                    },
                    Step::Wait { in_place } => {
                        let send: Waiting<'_> = if in_place {
                            Box::pin(async move {
                                let slot = anchor.send_ref().await;
                                slot.map(|mut slot| slot.push_str(&text)).is_ok()
                            })
                        } else {
                            Box::pin(async move { anchor.send(text).await.is_ok() })
                        };
                        // Nobody else is in the way of one who is at the end of the queue.
                        let mut send = (send, Probe::new());
                        let polled = poll_once(send.0.as_mut(), &send.1.waker());
                        if polled.is_pending() {
                            waiting.push_back(send);
                        }
                        format!("{polled:?}")
                    }
                    Step::Poll => match waiting.pop_front() {
                        Some(mut send) => {
                            let polled = poll_once(send.0.as_mut(), &send.1.waker());
                            if polled.is_pending() {
                                waiting.push_front(send);
                            }
                            format!("{polled:?}")
                        }
                        None => String::new(),
                    },
                    // One that was woken takes the news along, there.
                    Step::Cancel => match waiting.pop_back() {
                        Some(send) if !send.1.is_woken() => "cancelled".to_owned(),
                        Some(send) => {
                            waiting.push_back(send);
                            String::new()
                        }
                        None => String::new(),
                    },
                    Step::Receive { in_place: false } => format!("{:?}", receiver.try_recv()),
                    Step::Receive { in_place: true } => match receiver.try_recv_ref() {
                        Ok(message) => message.to_string(),
                        Err(error) => format!("{error:?}"),
                    },
                    Step::PollReceive { in_place } => {
                        let mut context = std::task::Context::from_waker(&waker);
                        let polled = if in_place {
                            match receiver.poll_recv_ref(&mut context) {
                                Poll::Ready(message) => {
                                    Poll::Ready(message.map(|message| message.to_string()))
                                }
                                Poll::Pending => Poll::Pending,
                            }
                        } else {
                            receiver.poll_recv(&mut context)
                        };
                        format!("{polled:?}")
                    }
                    Step::CloneSender => {
                        senders.push(anchor.clone());
                        String::new()
                    }
                    Step::DropSender => {
                        drop(senders.pop());
                        String::new()
                    }
                };
                // A sender that was woken comes at once: there others could overtake it, here they cannot.
                let mut served = 0;
                while waiting.front().is_some_and(|send| send.1.is_woken()) {
                    let mut send = waiting.pop_front().expect("it is there");
                    if poll_once(send.0.as_mut(), &send.1.waker()).is_pending() {
                        send.1.take_woken();
                        waiting.push_front(send);
                        break;
                    }
                    served += 1;
                }
                let numbers = (anchor.len(), receiver.len(), anchor.remaining());
                told.push(format!(
                    "{outcome}; {served} served; {numbers:?}; woken {}",
                    probe.take_woken()
                ));
            }
            drop(receiver);
            let refused = waiting.iter_mut().map(|send| poll_once(send.0.as_mut(), &waker));
            told.push(format!("{:?}", refused.collect::<Vec<_>>()));
            told
        }
    };
}

program!(original, ::thingbuf);
program!(ours, waterway_compat::thingbuf);

#[test]
fn random_programs_come_to_the_same() {
    explore(400, &(1..5usize, steps()), |(capacity, steps)| {
        let (there, here) = (original(capacity, &steps), ours(capacity, &steps));
        for (number, (there, here)) in there.iter().zip(&here).enumerate() {
            assert_eq!(here, there, "step {number}: {:?}", steps.get(number));
        }
    });
}

#[derive(Clone, Copy, Debug)]
enum Turn {
    Push(u8),
    Pop(u8),
}

/// The queues, by all their verbs.
macro_rules! queue_program {
    ($queue:expr, $turns:expr) => {{
        let queue = $queue;
        let mut told = vec![];
        for (number, turn) in $turns.iter().enumerate() {
            let text = number.to_string();
            let outcome = match *turn {
                Turn::Push(0) => format!("{:?}", queue.push(text)),
                Turn::Push(1) => match queue.push_ref() {
                    Ok(mut slot) => {
                        slot.push_str(&text);
                        slot.to_string()
                    }
                    Err(full) => format!("{full}"),
                },
                Turn::Push(_) => {
                    let pushed = queue.push_with(|slot| {
                        slot.push_str(&text);
                        slot.clone()
                    });
                    format!("{pushed:?}")
                }
                Turn::Pop(0) => format!("{:?}", queue.pop()),
                Turn::Pop(1) => format!("{:?}", queue.pop_ref()),
                Turn::Pop(_) => format!("{:?}", queue.pop_with(|slot| slot.clone())),
            };
            told.push((outcome, queue.len(), queue.remaining(), queue.is_empty()));
        }
        told
    }};
}

#[test]
fn random_queues_come_to_the_same() {
    let turn = (0..2u8, 0..3u8).prop_map(|(pop, verb)| match pop {
        0 => Turn::Push(verb),
        _ => Turn::Pop(verb),
    });
    explore(300, &(1..5usize, vec(turn, 0..100)), |(capacity, turns)| {
        let there = queue_program!(::thingbuf::ThingBuf::<String>::new(capacity), turns);
        let ours = waterway_compat::thingbuf::ThingBuf::<String>::new(capacity);
        assert_eq!(queue_program!(ours, turns), there);
        let there = queue_program!(::thingbuf::StaticThingBuf::<String, 3>::new(), turns);
        let ours = waterway_compat::thingbuf::StaticThingBuf::<String, 3>::new();
        assert_eq!(queue_program!(ours, turns), there);
    });
}
