//! Two threads send, this one receives.
//!
//! ```sh
//! cargo run -p waterway --example threads
//! ```

use std::thread;

use waterway::mpsc;

fn main() {
    let (sender, receiver) = mpsc::bounded(8);
    for name in ["left", "right"] {
        let sender = sender.clone();
        thread::spawn(move || {
            for number in 1..=3 {
                // Waits while the channel is full; fails when the receiver is gone.
                if sender.send((name, number)).wait().is_err() {
                    break;
                }
            }
        });
    }
    // This thread sends nothing: without its sender the loop ends after the last message.
    drop(sender);

    let mut sum = 0;
    for (name, number) in receiver {
        println!("{name} {number}");
        sum += number;
    }
    println!("sum {sum}");
    assert_eq!(sum, 12);
}
