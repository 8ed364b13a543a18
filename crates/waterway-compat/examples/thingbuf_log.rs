//! A log: several threads format their lines in place, in slots of a static channel, and one writes them. The memory of
//! the lines is used again and again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::thread;

#[cfg(feature = "original")]
use thingbuf::mpsc::blocking::StaticChannel;
#[cfg(not(feature = "original"))]
use waterway_compat::thingbuf::mpsc::blocking::StaticChannel;

static LINES: StaticChannel<String, 16> = StaticChannel::new();

fn main() {
    let (sender, receiver) = LINES.split();
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let sender = sender.clone();
            thread::spawn(move || {
                for job in 0..250u32 {
                    let Ok(mut line) = sender.send_ref() else {
                        return;
                    };
                    write!(line, "worker {worker}: job {job} took {} ms", job * 7 % 31)
                        .expect("a string takes everything");
                }
            })
        })
        .collect();
    drop(sender);

    let mut of_worker: BTreeMap<String, (usize, usize, String)> = BTreeMap::new();
    for line in &receiver {
        let (worker, rest) = line.split_once(": ").expect("they all have one");
        let (lines, bytes, last) = of_worker.entry(worker.to_owned()).or_default();
        *lines += 1;
        *bytes += line.len();
        last.clear();
        last.push_str(rest);
    }
    for worker in workers {
        worker.join().expect("no worker panics");
    }
    for (worker, (lines, bytes, last)) in of_worker {
        println!("{worker}: {lines} lines, {bytes} bytes, the last: {last}");
    }
}
