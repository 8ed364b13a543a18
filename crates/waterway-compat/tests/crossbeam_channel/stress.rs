//! Everything at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::support::{Ledger, Tracked, together, watchdog};
use super::sut::{Receiver, Select, Sender, bounded, never, select, tick};
use super::{LIMIT, forms};

/// Sends by every way, by turns; says how many were sent.
fn send_all(sender: &Sender<Tracked>, ledger: &Ledger, me: u32, each: u32) {
    for number in 0..each {
        let mut message = ledger.make_from(me, number);
        loop {
            let sent = match number % 5 {
                0 => sender.send(message).map_err(|error| error.0),
                1 => sender.try_send(message).map_err(|error| error.into_inner()),
                2 => sender
                    .send_timeout(message, Duration::from_micros(50))
                    .map_err(|error| error.into_inner()),
                3 => {
                    let mut select = Select::new();
                    select.send(sender);
                    match select.select_timeout(Duration::from_micros(50)) {
                        Ok(operation) => operation.send(sender, message).map_err(|error| error.0),
                        Err(_) => Err(message),
                    }
                }
                _ => {
                    let pause = never::<()>();
                    select! {
                        send(sender, message) -> sent => sent.map_err(|error| error.0),
                        recv(pause) -> _ => unreachable!(),
                    }
                }
            };
            match sent {
                Ok(()) => break,
                Err(back) => message = back,
            }
            thread::yield_now();
        }
    }
}

/// Receives by every way, by turns, until the end.
fn take_all(receiver: &Receiver<Tracked>, got: &AtomicUsize) {
    let mut round = 0;
    let mut last = [None; 8];
    loop {
        round += 1;
        let message = match round % 5 {
            0 => receiver.recv().ok(),
            1 => match receiver.try_recv() {
                Ok(message) => Some(message),
                Err(error) if error.is_empty() => continue,
                Err(_) => None,
            },
            2 => match receiver.recv_timeout(Duration::from_micros(50)) {
                Ok(message) => Some(message),
                Err(error) if error.is_timeout() => continue,
                Err(_) => None,
            },
            3 => {
                let mut select = Select::new();
                select.recv(receiver);
                match select.select_timeout(Duration::from_micros(50)) {
                    Ok(operation) => operation.recv(receiver).ok(),
                    Err(_) => continue,
                }
            }
            _ => {
                let clock = tick(Duration::from_micros(100));
                select! {
                    recv(receiver) -> message => message.ok(),
                    recv(clock) -> _ => continue,
                }
            }
        };
        let Some(message) = message else { return };
        let of = &mut last[message.sender() as usize];
        assert!(
            of.is_none_or(|last| last < message.seq()),
            "each sender's in its order"
        );
        *of = Some(message.seq());
        got.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn c_every_way_at_once() {
    watchdog("c_every_way_at_once", LIMIT, || {
        const EACH: u32 = 200;
        for (sender, receiver) in forms() {
            let (ledger, got) = (Ledger::new(), AtomicUsize::new(0));
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| take_all(&receiver, &got));
                }
                together(3, |me| send_all(&sender, &ledger, me as u32, EACH));
                drop(sender);
            });
            assert_eq!(got.into_inner(), 3 * EACH as usize);
            ledger.assert_all_dropped();
        }
    });
}

/// Who only looks whether something is ready beside those who send and receive.
#[test]
fn c_watchers_beside_the_others() {
    watchdog("c_watchers_beside_the_others", LIMIT, || {
        const EACH: usize = 300;
        for cap in [0, 1, 4] {
            let (sender, receiver) = bounded(cap);
            let (stop, stopped) = bounded::<()>(0);
            thread::scope(|scope| {
                let (watched, watching, stopped) = (receiver.clone(), sender.clone(), &stopped);
                scope.spawn(move || {
                    let watched = watched;
                    let mut select = Select::new();
                    let end = select.recv(stopped);
                    select.recv(&watched);
                    select.send(&watching);
                    let mut count = 0;
                    while select.ready() != end {
                        count += 1;
                        thread::yield_now();
                    }
                    count
                });
                let got = scope.spawn(move || receiver.iter().take(2 * EACH).count());
                together(2, |_| {
                    (0..EACH).for_each(|number| sender.send(number).unwrap())
                });
                assert_eq!(got.join().unwrap(), 2 * EACH);
                drop(stop);
            });
        }
    });
}

/// Both sides are selects that end in time again and again.
#[test]
fn c_selects_that_give_up() {
    watchdog("c_selects_that_give_up", LIMIT, || {
        const EACH: usize = 200;
        for cap in [0, 1] {
            let (sender, receiver) = bounded(cap);
            thread::scope(|scope| {
                scope.spawn(|| {
                    let mut sent = 0;
                    while sent < EACH {
                        select! {
                            send(sender, sent) -> done => {
                                done.unwrap();
                                sent += 1;
                            }
                            default(Duration::from_micros(20)) => {}
                        }
                    }
                });
                let mut got = 0;
                while got < EACH {
                    select! {
                        recv(receiver) -> message => {
                            assert_eq!(message, Ok(got));
                            got += 1;
                        }
                        default(Duration::from_micros(30)) => {}
                    }
                }
            });
            assert!(receiver.try_recv().is_err());
        }
    });
}
