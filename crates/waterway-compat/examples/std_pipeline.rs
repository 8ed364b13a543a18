//! A pipeline of threads: numbers are read, squared by one thread, and summed by another.

use std::thread;

#[cfg(feature = "original")]
use std::sync::mpsc::{Receiver, RecvError, SyncSender, channel, sync_channel};
#[cfg(not(feature = "original"))]
use waterway_compat::std::sync::mpsc::{Receiver, RecvError, SyncSender, channel, sync_channel};

fn square(numbers: Receiver<u64>, squares: SyncSender<u64>) {
    for number in numbers {
        if squares.send(number * number).is_err() {
            return;
        }
    }
}

fn main() {
    let (numbers, to_square) = channel();
    let (squares, to_sum) = sync_channel(4);
    let squarer = thread::spawn(move || square(to_square, squares));
    let summer = thread::spawn(move || {
        let mut sum = 0;
        loop {
            match to_sum.recv() {
                Ok(square) => sum += square,
                Err(RecvError) => return sum,
            }
        }
    });
    for number in 1..=100 {
        numbers.send(number).expect("the squarer lives");
    }
    drop(numbers);
    squarer.join().unwrap();
    println!(
        "the sum of the first 100 squares: {}",
        summer.join().unwrap()
    );
}
