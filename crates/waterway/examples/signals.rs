//! A service that answers requests until it is told to stop, a task that asks it, and two who watch.
//!
//! ```sh
//! cargo run -p waterway --example signals
//! ```

use std::thread;
use std::time::Duration;

use waterway::oneshot::{self, Call, Request};
use waterway::select::tick;
use waterway::{broadcast, mpsc, select_wait, watch};

fn main() {
    let (mut requests, mut calls) = mpsc::bounded::<Call<u32, u32>>(8);
    let (stop, mut stopped) = oneshot::channel::<()>();
    let (answered, mut state) = watch::channel(0);
    let (news, listener) = broadcast::lossless::<String>(8);

    let service = thread::spawn(move || {
        let mut clock = tick(Duration::from_millis(2));
        let mut ticks = 0;
        loop {
            select_wait! {
                call = calls.recv() => {
                    let Some(call) = call else { break };
                    // Who asked may have gone meanwhile.
                    let _ = call.answer(|number| number * number);
                    let _ = answered.send_modify(|count| *count += 1);
                }
                _ = &mut stopped => break,
                _ = clock.tick() => ticks += 1,
            }
        }
        let _ = news
            .send(format!("the service has stopped, after {ticks} ticks"))
            .wait();
    });

    let listeners: Vec<_> = [listener.clone(), listener]
        .into_iter()
        .map(|mut listener| thread::spawn(move || listener.recv().wait()))
        .collect();

    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        for number in 1..=3 {
            let square = requests.request(number).await.expect("it answers");
            println!("{number} squared is {square}");
        }
        let count = state.wait_for(|count| *count == 3).await.expect("open");
        println!("{} requests were answered", *count);
    });

    stop.send(()).expect("it listens");
    service.join().expect("it ends in order");
    for listener in listeners {
        let heard = listener.join().expect("it ends in order");
        println!("heard: {}", heard.expect("open").expect("lossless"));
    }
}
