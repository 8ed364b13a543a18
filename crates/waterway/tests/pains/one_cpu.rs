//! D7: nobody spins until another one has run.
#![cfg(target_os = "linux")]

use std::thread;
use std::time::Duration;

use crate::kit::{BOUNDED, FORMS};
use crate::support::{block_on, watchdog};

const LIMIT: Duration = Duration::from_secs(30);

/// D7: four senders and a receiver on one CPU. Where a thread spins until another one runs, nobody runs.
#[test]
fn d7_one_cpu_is_enough() {
    const EACH: u32 = 2000;
    for form in FORMS {
        for tasks in [false, true] {
            watchdog("d7", LIMIT, move || {
                pin_to_one_cpu();
                let (tx, mut rx) = form.open::<(u32, u32)>();
                let senders: Vec<_> = (0..4)
                    .map(|sender| {
                        let tx = tx.clone();
                        thread::spawn(move || {
                            for seq in 0..EACH {
                                if tasks {
                                    block_on(tx.send((sender, seq))).expect("open");
                                } else {
                                    tx.send((sender, seq)).wait().expect("open");
                                }
                            }
                        })
                    })
                    .collect();
                drop(tx);
                let mut next = [0; 4];
                loop {
                    let got = if tasks {
                        block_on(rx.recv())
                    } else {
                        rx.recv().wait()
                    };
                    let Some((sender, seq)) = got else { break };
                    assert_eq!(seq, next[sender as usize]);
                    next[sender as usize] += 1;
                }
                assert_eq!(next, [EACH; 4]);
                senders
                    .into_iter()
                    .for_each(|sender| sender.join().unwrap());
            });
        }
    }
}

/// Binds this thread, and those that it spawns, to the first CPU that it may use.
fn pin_to_one_cpu() {
    // SAFETY: `set` is a plain bit set of the size that is passed, alive for both calls; 0 is this thread.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        let size = size_of_val(&set);
        assert_eq!(libc::sched_getaffinity(0, size, &mut set), 0);
        let first = (0..libc::CPU_SETSIZE as usize).find(|cpu| libc::CPU_ISSET(*cpu, &set));
        let mut one: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(first.expect("a CPU"), &mut one);
        assert_eq!(libc::sched_setaffinity(0, size, &one), 0);
    }
}

/// D7: the stalled one holds nobody up for longer than it is stalled: a sender parked for ever on a full
/// channel of its own, and the rest on one CPU, with timeouts.
#[test]
fn d7_timed_waits_on_one_cpu_end() {
    for form in BOUNDED {
        watchdog("d7 timed", LIMIT, move || {
            pin_to_one_cpu();
            let (tx, rx) = form.open::<usize>();
            for i in 0..form.slots() {
                tx.try_send(i).unwrap();
            }
            let sleepers: Vec<_> = (0..4)
                .map(|i| {
                    let tx = tx.clone();
                    thread::spawn(move || {
                        (0..20)
                            .filter(|_| tx.send(i).wait_timeout(Duration::from_millis(1)).is_err())
                            .count()
                    })
                })
                .collect();
            for sleeper in sleepers {
                assert_eq!(sleeper.join().unwrap(), 20);
            }
            drop(rx);
        });
    }
}
