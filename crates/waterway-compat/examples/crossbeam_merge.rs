//! Merges sorted runs, each made by a thread, by a select over as many channels as there are.

use std::thread;

#[cfg(feature = "original")]
use crossbeam_channel::{Receiver, Select, bounded};
#[cfg(not(feature = "original"))]
use waterway_compat::crossbeam_channel::{Receiver, Select, bounded};

/// Takes the runs as they come, then says what was in them, in order.
fn gather(runs: &[Receiver<u32>]) -> Vec<u32> {
    let mut select = Select::new();
    for run in runs {
        select.recv(run);
    }
    let (mut all, mut open) = (Vec::new(), runs.len());
    while open > 0 {
        let operation = select.select();
        let index = operation.index();
        match operation.recv(&runs[index]) {
            Ok(number) => all.push(number),
            Err(_) => {
                select.remove(index);
                open -= 1;
            }
        }
    }
    all.sort_unstable();
    all
}

fn main() {
    let (makers, runs): (Vec<_>, Vec<_>) = (0..5)
        .map(|start| {
            let (sender, run) = bounded(start as usize % 3);
            let maker = thread::spawn(move || {
                for number in (start..50).step_by(5) {
                    sender.send(number).expect("it is gathered");
                }
            });
            (maker, run)
        })
        .unzip();
    let all = gather(&runs);
    makers.into_iter().for_each(|maker| maker.join().unwrap());
    println!(
        "{} numbers, from {} to {}",
        all.len(),
        all[0],
        all[all.len() - 1]
    );
    println!(
        "in order: {}",
        all.windows(2).all(|pair| pair[0] + 1 == pair[1])
    );
}
