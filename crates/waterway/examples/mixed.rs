//! A task asks, a thread answers: both ends of a channel are the same types for either.
//!
//! ```sh
//! cargo run -p waterway --example mixed
//! ```

use std::thread;

use waterway::mpsc::{self, Sender};

/// A request, and the way back.
struct Square {
    of: u64,
    answer: Sender<u64>,
}

#[tokio::main]
async fn main() {
    let (requests, inbox) = mpsc::bounded::<Square>(4);
    let worker = thread::spawn(move || {
        let mut served = 0;
        for request in inbox {
            // Who asked may have gone away meanwhile: that is no error here.
            let _ = request.answer.try_send(request.of * request.of);
            served += 1;
        }
        served
    });

    for of in 1..=3 {
        let (answer, mut answers) = mpsc::bounded(1);
        let sent = requests.send(Square { of, answer }).await;
        sent.expect("the worker is there");
        // Were the worker to panic, the answer's only sender would go with the request, and this
        // would be `None`.
        let square = answers.recv().await;
        println!("{of} squared is {square:?}");
        assert_eq!(square, Some(of * of));
    }

    // The last sender goes: the worker's loop ends.
    drop(requests);
    let served = worker.join().expect("the worker did not panic");
    println!("served {served}");
}
