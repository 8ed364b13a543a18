//! A thermostat: a thread puts temperatures, each of two others waits for one that is high enough for it, and reports by a
//! channel. A broadcast tells all at once to begin, and when both have seen enough.

#[cfg(feature = "original")]
use futures_intrusive::channel::{StateId, shared};
#[cfg(not(feature = "original"))]
use waterway_compat::futures_intrusive::channel::{StateId, shared};

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

fn main() {
    let (begin, begins) = shared::oneshot_broadcast_channel::<i32>();
    let (temperatures, readings) = shared::state_broadcast_channel::<i32>();
    let (reports, reported) = shared::unbuffered_channel::<(&str, bool)>();

    let watchers = [("fan", 25), ("alarm", 40)].map(|(name, limit)| {
        let (begins, readings, reports) = (begins.clone(), readings.clone(), reports.clone());
        thread::spawn(move || {
            block_on(async {
                let offset = begins.receive().await.expect("it begins");
                let mut seen = StateId::new();
                // States may be skipped, but not the last.
                while let Some((id, temperature)) = readings.receive(seen).await {
                    seen = id;
                    if temperature + offset >= limit {
                        reports.send((name, true)).await.unwrap();
                        return;
                    }
                }
                reports.send((name, false)).await.unwrap();
            });
            // All receivers live until the end: in the original the first that goes would close the channel.
            begins
        })
    });
    drop((readings, reports));

    let heater = thread::spawn(move || {
        begin.send(5).unwrap();
        for temperature in 0..=30 {
            // Nobody may be left who looks.
            if temperatures.send(temperature).is_err() {
                break;
            }
        }
    });
    let mut told: Vec<_> = std::iter::from_fn(|| block_on(reported.receive())).collect();
    told.sort_unstable();
    for (name, seen) in told {
        println!(
            "{name}: {}",
            if seen {
                "hot enough"
            } else {
                "never hot enough"
            }
        );
    }
    heater.join().unwrap();
    for watcher in watchers {
        drop(watcher.join().unwrap());
    }
    println!("after all: {}", block_on(begins.receive()).unwrap());
}

/// The executor: it polls when it was woken.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
