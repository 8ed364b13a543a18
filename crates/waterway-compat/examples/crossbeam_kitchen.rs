//! A kitchen: orders come over one channel, a bell rings from time to time, and two cooks share the work, until the
//! door is closed.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

#[cfg(feature = "original")]
use crossbeam_channel::{Receiver, Sender, after, bounded, select, tick, unbounded};
#[cfg(not(feature = "original"))]
use waterway_compat::crossbeam_channel::{
    Receiver, Sender, after, bounded, select, tick, unbounded,
};

fn cook(orders: Receiver<&'static str>, meals: Sender<String>, closed: Receiver<()>) {
    let bell = tick(Duration::from_millis(1));
    let mut rings = 0;
    loop {
        select! {
            recv(orders) -> order => match order {
                Ok(order) => meals.send(format!("hot {order}")).expect("the waiter is there"),
                Err(_) => break,
            },
            recv(bell) -> _ => rings += 1,
            recv(closed) -> _ => break,
        }
    }
    // How often depends on the machine.
    let _ = rings;
}

fn main() {
    let (order, orders) = bounded(0);
    let (meals, served) = unbounded();
    let (door, closed) = bounded::<()>(0);
    let cooks: Vec<_> = (0..2)
        .map(|_| {
            let (orders, meals, closed) = (orders.clone(), meals.clone(), closed.clone());
            thread::spawn(move || cook(orders, meals, closed))
        })
        .collect();
    drop(meals);
    let late = after(Duration::from_secs(60));
    for dish in ["soup", "fish", "soup", "pie", "fish", "soup"] {
        select! {
            send(order, dish) -> sent => sent.expect("the cooks are there"),
            recv(late) -> _ => panic!("nobody cooks"),
        }
    }
    let mut table = BTreeMap::new();
    for meal in served.iter().take(6) {
        *table.entry(meal).or_insert(0) += 1;
    }
    drop(door);
    cooks.into_iter().for_each(|cook| cook.join().unwrap());
    assert!(served.recv().is_err(), "nobody cooks any more");
    for (meal, count) in table {
        println!("{count} times {meal}");
    }
}
