//! A pipeline of tasks: one fills frames in place, one works on them, one sums up. Frames that are done go back to their
//! channel, with their memory, by a policy of the program's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(feature = "original")]
use thingbuf::{mpsc, recycling::Recycle};
#[cfg(not(feature = "original"))]
use waterway_compat::thingbuf::{mpsc, recycling::Recycle};

const FRAMES: u32 = 500;

struct Frame {
    number: u32,
    samples: Vec<i32>,
}

#[derive(Clone, Default)]
struct Frames {
    made: Arc<AtomicUsize>,
}

impl Recycle<Frame> for Frames {
    fn new_element(&self) -> Frame {
        // ORDERING: Relaxed: a number that is read at the end.
        self.made.fetch_add(1, Ordering::Relaxed);
        Frame {
            number: 0,
            samples: Vec::with_capacity(64),
        }
    }

    fn recycle(&self, frame: &mut Frame) {
        frame.number = 0;
        frame.samples.clear();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let policy = Frames::default();
    let (to_worker, frames) = mpsc::with_recycle::<Frame, _>(4, policy.clone());
    let (to_sum, peaks) = mpsc::channel::<(u32, i32)>(2);

    let filler = tokio::spawn(async move {
        for number in 0..FRAMES {
            let Ok(mut frame) = to_worker.send_ref().await else {
                return;
            };
            frame.number = number;
            let tone = i32::try_from(number % 17).expect("small");
            frame.samples.extend((0..64).map(|at| at * tone % 101));
        }
    });
    let worker = tokio::spawn(async move {
        while let Some(frame) = frames.recv_ref().await {
            let peak = frame.samples.iter().copied().max().unwrap_or(0);
            if to_sum.send((frame.number, peak)).await.is_err() {
                return;
            }
        }
    });

    let (mut count, mut sum, mut greatest) = (0, 0, (0, 0));
    while let Some((number, peak)) = peaks.recv().await {
        assert_eq!(number, count, "they come in order");
        count += 1;
        sum += peak;
        if peak > greatest.1 {
            greatest = (number, peak);
        }
    }
    filler.await.expect("it does not panic");
    worker.await.expect("nor does this");
    println!("{count} frames, the peaks sum up to {sum}");
    println!("the greatest is {} in frame {}", greatest.1, greatest.0);
    // ORDERING: Relaxed: the tasks are done.
    let made = policy.made.load(Ordering::Relaxed);
    println!(
        "no more frames were made than there are slots: {}",
        made <= 4
    );
}
