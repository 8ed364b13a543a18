//! Words are counted in three stages, each a task, with back-pressure between them; a thread prints.

#[cfg(feature = "original")]
use tokio::sync::mpsc;
#[cfg(not(feature = "original"))]
use waterway_compat::tokio::sync::mpsc;

use std::collections::BTreeMap;

const TEXT: &str =
    "the river runs to the sea\nand the sea runs to no river\nfor the sea is the sea";

/// Lines, as long as somebody wants them.
async fn read(lines: mpsc::Sender<&'static str>) {
    for line in TEXT.lines() {
        if lines.send(line).await.is_err() {
            return;
        }
    }
}

/// Room first: a line is split only when its words can go on.
async fn split(mut lines: mpsc::Receiver<&'static str>, words: mpsc::Sender<String>) {
    while let Some(line) = lines.recv().await {
        let all: Vec<_> = line.split_whitespace().collect();
        for some in all.chunks(words.max_capacity()) {
            let Ok(permits) = words.reserve_many(some.len()).await else {
                return;
            };
            for (permit, word) in permits.zip(some) {
                permit.send((*word).to_owned());
            }
        }
    }
}

async fn count(mut words: mpsc::Receiver<String>, report: mpsc::UnboundedSender<String>) {
    let (mut counts, mut some) = (BTreeMap::<String, usize>::new(), Vec::new());
    while words.recv_many(&mut some, 4).await > 0 {
        for word in some.drain(..) {
            *counts.entry(word).or_default() += 1;
        }
    }
    for (word, times) in counts {
        report
            .send(format!("{times} {word}"))
            .expect("it is printed");
    }
}

fn main() {
    let (report, mut reports) = mpsc::unbounded_channel();
    let printer = std::thread::spawn(move || {
        while let Some(line) = reports.blocking_recv() {
            println!("{line}");
        }
        println!("that was all");
    });
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        let (line_tx, line_rx) = mpsc::channel(1);
        let (word_tx, word_rx) = mpsc::channel(4);
        tokio::spawn(read(line_tx));
        tokio::spawn(split(line_rx, word_tx));
        let counted = tokio::spawn(count(word_rx, report));
        counted.await.expect("no panic");
    });
    printer.join().expect("no panic");
}
