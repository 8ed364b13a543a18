//! Requests and replies: workers ask one keeper of a table, who answers each over a channel of its own.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

#[cfg(feature = "original")]
use std::sync::mpsc;
#[cfg(not(feature = "original"))]
use waterway_compat::std::sync::mpsc;

struct Request {
    word: &'static str,
    reply: mpsc::SyncSender<usize>,
}

fn keep(requests: mpsc::Receiver<Request>) -> BTreeMap<&'static str, usize> {
    let mut table = BTreeMap::new();
    for Request { word, reply } in &requests {
        let count = table.entry(word).or_insert(0);
        *count += 1;
        // Who does not wait any more is not told.
        let _ = reply.try_send(*count);
    }
    table
}

fn main() {
    let (ask, requests) = mpsc::sync_channel(0);
    let keeper = thread::spawn(move || keep(requests));
    let workers: Vec<_> = [["salmon", "trout"], ["salmon", "pike"], ["salmon", "trout"]]
        .into_iter()
        .map(|words| {
            let ask = ask.clone();
            thread::spawn(move || {
                for word in words {
                    let (reply, answer) = mpsc::sync_channel(1);
                    ask.send(Request { word, reply }).expect("the keeper lives");
                    let count = answer.recv_timeout(Duration::from_secs(60));
                    assert!(count.expect("an answer") >= 1);
                }
            })
        })
        .collect();
    workers
        .into_iter()
        .for_each(|worker| worker.join().unwrap());
    drop(ask);
    for (word, count) in keeper.join().unwrap() {
        println!("{word}: {count}");
    }
}
