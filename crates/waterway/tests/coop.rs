//! Feature `tokio`: an operation that is awaited spends the task's budget (K43), so that a task that
//! always finds what it wants lets others run.
#![cfg(feature = "tokio")]

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use tokio::runtime::Builder;
use tokio::task::{LocalSet, coop, spawn_local, yield_now};
use waterway::mpsc::{self, Receiver, Sender};
use waterway::watch;

const COUNT: u64 = 10_000;

/// How often another task ran while `busy` did.
fn turns_of_another<F: Future<Output = ()> + 'static>(busy: F) -> u32 {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        let turns = Rc::new(Cell::new(0));
        let other = spawn_local({
            let turns = Rc::clone(&turns);
            async move {
                loop {
                    turns.set(turns.get() + 1);
                    yield_now().await;
                }
            }
        });
        spawn_local(busy).await.expect("no panic");
        other.abort();
        turns.get()
    })
}

fn full() -> (Sender<u64>, Receiver<u64>) {
    let (sender, receiver) = mpsc::unbounded();
    for number in 0..COUNT {
        sender.try_send(number).expect("open");
    }
    (sender, receiver)
}

#[test]
fn a_receiver_of_many_lets_others_run() {
    let (_sender, mut receiver) = full();
    let turns = turns_of_another(async move {
        for _ in 0..COUNT {
            receiver.recv().await;
        }
    });
    assert!(turns > 10, "{turns} turns");
}

#[test]
fn a_poller_of_many_lets_others_run() {
    let (_sender, mut receiver) = full();
    let turns = turns_of_another(async move {
        for _ in 0..COUNT {
            std::future::poll_fn(|context| receiver.poll_recv(context)).await;
        }
    });
    assert!(turns > 10, "{turns} turns");
}

#[test]
fn a_sender_of_many_lets_others_run() {
    let (sender, _receiver) = mpsc::unbounded();
    let turns = turns_of_another(async move {
        for number in 0..COUNT {
            sender.send(number).await.expect("open");
        }
    });
    assert!(turns > 10, "{turns} turns");
}

#[test]
fn who_watches_states_lets_others_run() {
    let (_sender, mut receiver) = watch::channel(0);
    let turns = turns_of_another(async move {
        for _ in 0..COUNT {
            receiver.mark_unseen();
            receiver.changed().await;
        }
    });
    assert!(turns > 10, "{turns} turns");
}

/// What comes to nothing costs nothing.
#[test]
fn a_wait_gives_its_unit_back() {
    let (_sender, mut receiver) = mpsc::unbounded::<u64>();
    let turns = turns_of_another(async move {
        let mut recv = pin!(receiver.recv());
        for _ in 0..COUNT {
            let waits = futures_poll(recv.as_mut()).await;
            assert!(waits && coop::has_budget_remaining());
        }
    });
    assert!(turns <= 2, "{turns} turns");
}

/// Polls once; says whether it waits.
async fn futures_poll<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
    })
    .await
}

#[test]
fn a_receiver_of_oneshots_lets_others_run() {
    let turns = turns_of_another(async move {
        for number in 0..COUNT {
            let (sender, receiver) = waterway::oneshot::channel();
            sender.send(number).expect("open");
            assert_eq!(receiver.await, Ok(number));
        }
    });
    assert!(turns > 10, "{turns} turns");
}
