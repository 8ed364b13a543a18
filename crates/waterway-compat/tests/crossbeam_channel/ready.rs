//! `Select`: operations that are ready, and do not happen.

use std::thread;
use std::time::Instant;

use super::support::{spawn_sleeper, watchdog};
use super::sut::{
    ReadyTimeoutError, Select, TryReadyError, TryRecvError, after, bounded, unbounded,
};
use super::{LIMIT, MOMENT};

#[test]
fn c_ready_takes_nothing() {
    for (sender, receiver) in [bounded(1), unbounded()] {
        let mut select = Select::new();
        let index = select.recv(&receiver);
        assert_eq!(select.try_ready(), Err(TryReadyError));
        let start = Instant::now();
        assert_eq!(select.ready_timeout(MOMENT), Err(ReadyTimeoutError));
        let late = select.ready_deadline(Instant::now() + MOMENT);
        assert_eq!(late, Err(ReadyTimeoutError));
        assert!(start.elapsed() >= 2 * MOMENT);
        sender.send(1).unwrap();
        for _ in 0..3 {
            assert_eq!(select.try_ready(), Ok(index));
            assert_eq!(select.ready(), index);
            assert_eq!(select.ready_timeout(LIMIT), Ok(index));
            assert_eq!(select.ready_deadline(Instant::now()), Ok(index));
        }
        assert_eq!(receiver.try_recv(), Ok(1));
        assert_eq!(select.try_ready(), Err(TryReadyError));
        drop(sender);
        assert_eq!(select.ready(), index, "the end is ready");
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    }
}

#[test]
fn c_ready_to_send() {
    let (sender, receiver) = bounded(1);
    let mut select = Select::new();
    let index = select.send(&sender);
    for _ in 0..3 {
        assert_eq!((select.try_ready(), select.ready()), (Ok(index), index));
        assert_eq!(sender.len(), 0);
    }
    sender.try_send(1).unwrap();
    assert_eq!(select.try_ready(), Err(TryReadyError));
    assert_eq!(select.ready_timeout(MOMENT), Err(ReadyTimeoutError));
    drop(receiver);
    assert_eq!(select.ready(), index, "it fails at once");
    let (sender, receiver) = bounded(0);
    let mut select = Select::new();
    let index = select.send(&sender);
    assert_eq!(select.try_ready(), Err(TryReadyError));
    assert_eq!(select.ready_timeout(MOMENT), Err(ReadyTimeoutError));
    drop(receiver);
    assert_eq!(select.try_ready(), Ok(index));
    sender.try_send(1).unwrap_err();
}

#[test]
fn c_ready_waits() {
    watchdog("c_ready_waits", LIMIT, || {
        for (sender, receiver) in [bounded(0), bounded(1), unbounded()] {
            let (_other, others) = bounded::<u8>(1);
            let waiting = spawn_sleeper(move || {
                let mut select = Select::new();
                let index = select.recv(&receiver);
                select.recv(&others);
                assert_eq!(select.ready(), index);
                receiver.recv()
            });
            waiting.wait_asleep();
            sender.send(1).unwrap();
            assert_eq!(waiting.join(), Ok(1));
        }
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        let waiting = spawn_sleeper(move || {
            let mut select = Select::new();
            let index = select.send(&sender);
            assert_eq!(select.ready_timeout(LIMIT), Ok(index));
            sender.try_send(2)
        });
        waiting.wait_asleep();
        assert_eq!(receiver.recv(), Ok(1));
        assert_eq!(waiting.join(), Ok(()));
        assert_eq!(receiver.recv(), Ok(2));
    });
}

/// Without room: ready to send while somebody receives, and to receive while somebody sends.
#[test]
fn c_ready_at_a_rendezvous() {
    watchdog("c_ready_at_a_rendezvous", LIMIT, || {
        let (sender, receiver) = bounded(0);
        let waiting = spawn_sleeper(move || (receiver.recv(), receiver));
        waiting.wait_asleep();
        let mut select = Select::new();
        let index = select.send(&sender);
        assert_eq!(select.ready(), index);
        sender.send(1).unwrap();
        let (message, receiver) = waiting.join();
        assert_eq!(message, Ok(1));
        let waiting = spawn_sleeper(move || sender.send(2));
        waiting.wait_asleep();
        let mut select = Select::new();
        let index = select.recv(&receiver);
        assert_eq!((select.try_ready(), select.ready()), (Ok(index), index));
        assert_eq!(receiver.try_recv(), Ok(2));
        assert_eq!(waiting.join(), Ok(()));
    });
}

/// Who only asks keeps a message from nobody.
#[test]
fn c_ready_is_in_nobodys_way() {
    watchdog("c_ready_is_in_nobodys_way", LIMIT, || {
        for (sender, receiver) in [bounded(0), bounded(1), unbounded()] {
            let watching = {
                let receiver = receiver.clone();
                spawn_sleeper(move || {
                    let mut select = Select::new();
                    select.recv(&receiver);
                    select.ready()
                })
            };
            watching.wait_asleep();
            let waiting = spawn_sleeper(move || receiver.recv());
            waiting.wait_asleep();
            sender.send(1).unwrap();
            assert_eq!(waiting.join(), Ok(1));
            drop(sender);
            assert_eq!(watching.join(), 0);
        }
    });
}

#[test]
fn c_ready_clocks() {
    let late = after(LIMIT);
    let mut select = Select::new();
    select.recv(&late);
    assert_eq!(select.try_ready(), Err(TryReadyError));
    let soon = after(MOMENT);
    let mut select = select.clone();
    let index = select.recv(&soon);
    assert_eq!(select.ready(), index);
    assert_eq!(select.try_ready(), Ok(index));
    soon.try_recv().unwrap();
    assert_eq!(select.try_ready(), Err(TryReadyError));
}

/// A loop as they are written: what is ready may be gone.
#[test]
fn c_ready_in_a_loop() {
    watchdog("c_ready_in_a_loop", LIMIT, || {
        const MESSAGES: usize = 500;
        for cap in [0, 1, 16] {
            let channels: Vec<_> = (0..3).map(|_| bounded(cap)).collect();
            let (senders, receivers): (Vec<_>, Vec<_>) = channels.into_iter().unzip();
            let sending: Vec<_> = senders
                .into_iter()
                .map(|sender| {
                    thread::spawn(move || (0..MESSAGES).for_each(|_| sender.send(()).unwrap()))
                })
                .collect();
            let got: usize = thread::scope(|scope| {
                let threads: Vec<_> = (0..2)
                    .map(|_| {
                        scope.spawn(|| {
                            let mut select = Select::new();
                            for receiver in &receivers {
                                select.recv(receiver);
                            }
                            let (mut got, mut open) = (0, receivers.len());
                            while open > 0 {
                                let index = select.ready();
                                match receivers[index].try_recv() {
                                    Ok(()) => got += 1,
                                    Err(TryRecvError::Empty) => {}
                                    Err(TryRecvError::Disconnected) => {
                                        select.remove(index);
                                        open -= 1;
                                    }
                                }
                            }
                            got
                        })
                    })
                    .collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap())
                    .sum()
            });
            assert_eq!(got, 3 * MESSAGES);
            sending
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
        }
    });
}
