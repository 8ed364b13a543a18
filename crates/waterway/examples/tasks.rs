//! Tasks that send and a task that receives, with a time limit.
//!
//! ```sh
//! cargo run -p waterway --example tasks
//! ```

use std::time::Duration;

use tokio::time::sleep;
use waterway::{RecvTimeoutError, mpsc};

#[tokio::main]
async fn main() {
    let (sender, mut receiver) = mpsc::bounded(8);
    for task in 1..=2 {
        let sender = sender.clone();
        tokio::spawn(async move {
            for number in 1..=3 {
                if sender.send((task, number)).await.is_err() {
                    break;
                }
            }
        });
    }

    // `until` takes whatever future ends the wait: a timer of this runtime, or a cancellation.
    let mut sum = 0;
    let end = loop {
        let patience = sleep(Duration::from_millis(50));
        match receiver.recv().until(patience).await {
            Ok((task, number)) => {
                println!("task {task} says {number}");
                sum += number;
            }
            Err(end) => break end,
        }
    };
    // The first sender is still there and could have sent something: the channel is open.
    assert_eq!((sum, end), (12, RecvTimeoutError::Timeout));

    drop(sender);
    assert_eq!(receiver.recv().await, None);
    println!("sum {sum}");
}
