//! `select!` and `select_biased!`.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::support::{spawn_sleeper, watchdog};
use super::sut::{
    Receiver, RecvError, SendError, Sender, TryRecvError, after, bounded, never, select,
    select_biased, tick, unbounded,
};
use super::{LIMIT, MOMENT};

#[test]
fn c_the_macro_sends_and_receives() {
    let ((numbers, counted), (words, heard)) = (unbounded(), bounded(1));
    numbers.send(1).unwrap();
    let mut log = Vec::new();
    while log.len() < 2 {
        select! {
            recv(counted) -> number => log.push(format!("{number:?}")),
            send(words, "hello") -> sent => {
                sent.unwrap();
                log.push("sent".to_owned());
            }
        }
    }
    log.sort_unstable();
    assert_eq!(log, ["Ok(1)", "sent"]);
    assert_eq!(heard.try_recv(), Ok("hello"));
}

#[test]
fn c_the_macro_has_a_default() {
    let (_sender, receiver) = bounded::<u8>(1);
    let value = select! {
        recv(receiver) -> _ => 1,
        default => 2,
    };
    assert_eq!(value, 2);
    let value = select! {
        default() => 3,
        recv(receiver) -> _ => 1,
    };
    assert_eq!(value, 3);
    let start = Instant::now();
    select! {
        recv(receiver) -> _ => unreachable!(),
        default(MOMENT) => {}
    }
    assert!(start.elapsed() >= MOMENT);
    select! { default => {} }
    select!(default(MOMENT) => ());
    assert!(start.elapsed() >= 2 * MOMENT);
    select! {
        recv(receiver) -> _ => unreachable!(),
        default(Duration::ZERO,) => {}
    };
}

#[test]
fn c_the_end_comes_to_the_macro() {
    let ((sender, gone), (lone, receiver)) = (bounded(1), bounded::<u8>(1));
    drop((gone, lone));
    for _ in 0..20 {
        select! {
            send(sender, 'x') -> sent => assert_eq!(sent, Err(SendError('x'))),
            recv(receiver) -> message => assert_eq!(message, Err(RecvError)),
        }
    }
}

/// Blocks need no comma, expressions one, but for the last; arguments may have one more; any order.
#[test]
fn c_the_grammar() {
    let ((sender, receiver), (full, _keep)) = (bounded(1), bounded(1));
    full.send(0).unwrap();
    select! {
        recv(receiver) -> message => { let _: Result<i32, RecvError> = message; }
        send(full, 1) -> _ => {}
        default => {}
    }
    select! {
        recv(receiver,) -> message => { let _ = message; },
        send(full, 1,) -> _sent => (),
        default() => (),
    }
    select!(recv(receiver) -> _ => panic!("{}", 1), default => assert_eq!(1, 1));
    select! { default(Duration::from_millis(1)) => (), recv(receiver) -> _ => {} }
    sender.send(2).unwrap();
    let value = select! { recv(receiver) -> message => message.unwrap() };
    assert_eq!(value, 2);
    let value = select! { send(sender, value + 1) -> sent => if sent.is_ok() { 4 } else { 5 } };
    assert_eq!(value, 4);
    select! {
        recv(receiver) -> message => match message {
            Ok(3 | 4) => {}
            other => panic!("{other:?}"),
        },
    }
    // A pattern that fits whatever comes.
    let (pairs, receiver) = unbounded();
    pairs.send((1, 2)).unwrap();
    select! {
        recv(receiver) -> pair => assert_eq!(pair, Ok((1, 2))),
    }
}

/// Handles by value, by reference, behind pointers, from expressions; temporaries live as long as the wait.
#[test]
fn c_handles_in_the_macro() {
    struct Both {
        sender: Sender<u8>,
        receiver: Arc<Receiver<u8>>,
    }
    let (sender, receiver) = bounded(1);
    let both = Both {
        sender,
        receiver: Arc::new(receiver),
    };
    select! { send(both.sender, 1) -> sent => sent.unwrap() }
    select! { recv(both.receiver) -> message => assert_eq!(message, Ok(1)) }
    select! { send(&both.sender, 2) -> sent => sent.unwrap() }
    select! { recv(&both.receiver) -> message => assert_eq!(message, Ok(2)) }
    select! { send(both.sender.clone(), 3) -> sent => sent.unwrap() }
    select! { recv((*both.receiver).clone()) -> message => assert_eq!(message, Ok(3)) }
    let some = [Some(&both.sender)];
    select! { send(some[0].unwrap(), 4) -> sent => sent.unwrap() }
    let maybe = [None, Some(&*both.receiver)];
    select! {
        recv(maybe[0].unwrap_or(&never())) -> _ => unreachable!(),
        recv(maybe[1].unwrap_or(&never())) -> message => assert_eq!(message, Ok(4)),
        recv(after(LIMIT)) -> _ => unreachable!(),
    }
    select! {
        recv(after(MOMENT)) -> due => assert!(due.is_ok()),
        recv(both.receiver) -> _ => unreachable!(),
    }
    let mut ticks = 0;
    let clock = tick(MOMENT);
    while ticks < 3 {
        select! { recv(clock) -> tick => ticks += u32::from(tick.is_ok()) }
    }
}

/// The handles are free before the expression begins, which may leave the loop it stands in.
#[test]
fn c_control_flow_in_the_macro() {
    fn first(receiver: Receiver<u8>, sender: Sender<u8>) -> Result<u8, RecvError> {
        let mut rounds = 0;
        let value = 'outer: loop {
            select! {
                recv(receiver) -> message => {
                    let message = message?;
                    if message < 3 {
                        rounds += 1;
                        continue;
                    }
                    // Both are this expression's to move.
                    drop((receiver, sender));
                    break 'outer message;
                }
                default(LIMIT) => return Ok(0),
            }
        };
        Ok(value + rounds)
    }
    let (sender, receiver) = unbounded();
    (1..5).for_each(|number| sender.send(number).unwrap());
    assert_eq!(first(receiver, sender), Ok(3 + 2));
    let (sender, receiver) = unbounded();
    drop(sender);
    assert_eq!(first(receiver, unbounded().0), Err(RecvError));
}

/// A message is made only if its send was selected.
#[test]
fn c_messages_of_the_macro_are_lazy() {
    let made = Cell::new(0);
    let message = || made.set(made.get() + 1);
    let (full, taker) = bounded(1);
    full.send(()).unwrap();
    select! {
        send(full, message()) -> _ => unreachable!(),
        default => {}
    }
    assert_eq!(made.get(), 0);
    taker.recv().unwrap();
    select! { send(full, message()) -> sent => sent.unwrap() }
    assert_eq!((made.get(), taker.len()), (1, 1));
}

#[test]
fn c_the_biased_macro_takes_the_first() {
    let ((one, first), (two, second)) = (unbounded(), unbounded());
    for _ in 0..50 {
        one.send(()).unwrap();
        two.send(()).unwrap();
    }
    let mut log = Vec::new();
    for _ in 0..100 {
        select_biased! {
            recv(first) -> _ => log.push(1),
            recv(second) -> _ => log.push(2),
            default => unreachable!(),
        }
    }
    assert_eq!(log, [[1; 50], [2; 50]].concat());
    assert_eq!(first.try_recv(), Err(TryRecvError::Empty));
    let mut wins = [0; 2];
    drop((one, two));
    for _ in 0..100 {
        select! {
            recv(first) -> _ => wins[0] += 1,
            recv(second) -> _ => wins[1] += 1,
        }
    }
    assert!(wins.iter().all(|&wins| wins > 10), "{wins:?}");
}

#[test]
fn c_the_macro_waits() {
    watchdog("c_the_macro_waits", LIMIT, || {
        for cap in [0, 1] {
            let ((asks, asked), (answers, answered)) = (bounded(cap), bounded(cap));
            let (stop, stopped) = bounded::<()>(0);
            let server = spawn_sleeper(move || {
                let mut count = 0;
                loop {
                    select! {
                        recv(asked) -> number => {
                            count += 1;
                            let number: u32 = number.unwrap();
                            select! { send(answers, number * 2) -> sent => sent.unwrap() }
                        }
                        recv(stopped) -> _ => return count,
                    }
                }
            });
            for number in 0..50 {
                asks.send(number).unwrap();
                assert_eq!(answered.recv(), Ok(number * 2));
            }
            server.wait_asleep();
            drop(stop);
            assert_eq!(server.join(), 50);
        }
    });
}

/// As many cases as the original takes.
#[test]
fn c_many_cases() {
    let (sender, r) = unbounded();
    let (_keep, n) = unbounded::<u8>();
    sender.send(7).unwrap();
    let value = select! {
        recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(),
        recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(),
        recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(),
        recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(),
        recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(),
        recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(),
        recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(),
        recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(),
        recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(),
        recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(), recv(n) -> m => m.unwrap(),
        recv(n) -> m => m.unwrap(),
        recv(r) -> m => m.unwrap(),
    };
    assert_eq!(value, 7);
}

/// Names of the caller's mean what they mean outside.
#[test]
fn c_the_macro_is_hygienic() {
    let (handle, index) = bounded(1);
    let (select, selected) = (3, 4);
    select! { send(handle, select + selected) -> sent => sent.unwrap() }
    select! { recv(index) -> won => assert_eq!(won, Ok(select + selected)) }
}
