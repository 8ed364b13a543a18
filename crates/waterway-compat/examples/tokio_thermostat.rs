//! A room is warmed up: the wanted temperature is watched, every change is broadcast, and each order is answered.

#[cfg(feature = "original")]
use tokio::sync::{broadcast, mpsc, oneshot, watch};
#[cfg(not(feature = "original"))]
use waterway_compat::tokio::sync::{broadcast, mpsc, oneshot, watch};

use broadcast::error::{RecvError, TryRecvError};

/// An order, and who is told what became of it.
struct Order(i32, oneshot::Sender<Result<i32, &'static str>>);

/// Takes orders, as long as there is somebody to give them.
async fn desk(mut orders: mpsc::Receiver<Order>, wanted: watch::Sender<i32>) {
    while let Some(Order(degrees, answer)) = orders.recv().await {
        let accepted = (10..=25).contains(&degrees);
        let before = *wanted.borrow();
        wanted.send_if_modified(|now| {
            let changed = accepted && *now != degrees;
            if changed {
                *now = degrees;
            }
            changed
        });
        // Who ordered may not wait for the answer.
        let _ = answer.send(if accepted { Ok(before) } else { Err("no") });
    }
}

/// Warms and cools until nobody wants anything any more.
async fn heater(mut wanted: watch::Receiver<i32>, steps: broadcast::Sender<String>) {
    let mut now = 18;
    while wanted.changed().await.is_ok() {
        let goal = *wanted.borrow_and_update();
        while now != goal {
            now += (goal - now).signum();
            steps
                .send(format!("{now} degrees"))
                .expect("somebody listens");
        }
    }
}

async fn order(desk: &mpsc::Sender<Order>, degrees: i32) {
    let (answer, answered) = oneshot::channel();
    if desk.send(Order(degrees, answer)).await.is_ok() {
        println!("{degrees} wanted: {:?}", answered.await);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (orders, inbox) = mpsc::channel(1);
    let (wanted, watched) = watch::channel(18);
    // It keeps four, though three were asked for.
    let (steps, mut early) = broadcast::channel(3);
    let mut reader = steps.subscribe();

    let warm = tokio::spawn(heater(watched, steps));
    let reads = tokio::spawn(async move {
        loop {
            match reader.recv().await {
                Ok(step) => println!("now {step}"),
                Err(RecvError::Lagged(lost)) => println!("now it is warmer by {lost}"),
                Err(RecvError::Closed) => return,
            }
        }
    });
    let mut warm_enough = wanted.subscribe();
    let waits = tokio::spawn(async move {
        let found = warm_enough.wait_for(|degrees| *degrees > 20).await;
        println!("somebody wants {:?}", found.map(|degrees| *degrees));
    });
    let takes = tokio::spawn(desk(inbox, wanted));

    for degrees in [19, 40, 25, 25] {
        order(&orders, degrees).await;
        tokio::task::yield_now().await;
    }
    drop(orders);
    for task in [takes, warm, reads, waits] {
        task.await.expect("no panic");
    }
    // This one has not listened.
    while let Some(step) = match early.try_recv() {
        Ok(step) => Some(step),
        Err(TryRecvError::Lagged(lost)) => Some(format!("({lost} steps before)")),
        Err(TryRecvError::Empty | TryRecvError::Closed) => None,
    } {
        println!("it was {step}");
    }
}
