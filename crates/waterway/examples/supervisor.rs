//! An actor panics on one message in ten. It is started again each time, and no message is lost.
//!
//! ```sh
//! cargo run -p waterway --example supervisor
//! ```

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use waterway::mpsc;

const SENDERS: u32 = 4;
const EACH: u32 = 250;

/// What is asked of the actor.
struct Job {
    number: u32,
    /// How often it was begun.
    tries: u32,
    /// How often it was handled to the end.
    done: Arc<[AtomicU32]>,
}

/// Handles the jobs one by one. The first try of each tenth one fails, half-way.
fn actor(mut jobs: mpsc::Receiver<Job>) {
    while let Some(mut job) = jobs.recv_leased().wait() {
        job.tries += 1;
        assert!(job.number % 10 != 0 || job.tries > 1, "job {}", job.number);
        // Only here it leaves the channel. A panic before this leaves it there, as the next.
        let job = job.ack();
        job.done[job.number as usize].fetch_add(1, Ordering::Relaxed);
    }
}

fn main() {
    // One line for each panic would be a hundred lines.
    let panics = Arc::new(AtomicU32::new(0));
    panic::set_hook(Box::new({
        let panics = Arc::clone(&panics);
        move |info| {
            if panics.fetch_add(1, Ordering::Relaxed) == 0 {
                println!("the first of many: {info}");
            }
        }
    }));

    let done: Arc<[AtomicU32]> = (0..SENDERS * EACH).map(|_| AtomicU32::new(0)).collect();
    let (manager, sender, receiver) = mpsc::managed(8);
    let senders: Vec<_> = (0..SENDERS)
        .map(|from| {
            let (sender, done) = (sender.clone(), Arc::clone(&done));
            thread::spawn(move || {
                for number in from * EACH..(from + 1) * EACH {
                    let done = Arc::clone(&done);
                    let job = Job {
                        number,
                        tries: 0,
                        done,
                    };
                    // Waits while the channel is full, also while there is no actor.
                    assert!(sender.send(job).wait().is_ok(), "the manager lives");
                }
            })
        })
        .collect();
    // The actors end when all the other senders are gone: the manager is none.
    drop(sender);

    let mut starts = 0;
    let mut next = Some(receiver);
    while let Some(receiver) = next.take() {
        starts += 1;
        if thread::spawn(move || actor(receiver)).join().is_err() {
            let receiver = manager.new_receiver();
            next = Some(receiver.expect("the last one went with its actor"));
        }
    }
    for sender in senders {
        sender.join().expect("it sends all it has");
    }

    let panics = panics.load(Ordering::Relaxed);
    let once = done.iter().filter(|done| done.load(Ordering::Relaxed) == 1);
    let once = once.count();
    println!(
        "{starts} actors, {panics} panics: {once} of {} jobs done, each once",
        done.len()
    );
    assert_eq!(panics, SENDERS * EACH / 10);
    assert_eq!(starts, panics + 1);
    assert_eq!(once, done.len());
    assert!(manager.is_empty());
}
