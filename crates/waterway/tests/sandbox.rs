//! Where the kernel refuses `membarrier`: nothing is lost, and nothing panics.
//!
//! Each test runs again in a process of its own, which forbids the call to itself first.

#![cfg(target_os = "linux")]

mod support;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use waterway::mpsc;

use support::{in_a_process_of_its_own, watchdog};

/// Runs `body` in a process of its own in which `membarrier` fails as on a kernel that lacks it.
fn without_membarrier(name: &str, body: impl FnOnce()) {
    in_a_process_of_its_own(name, || {
        forbid_membarrier();
        // SAFETY: the call takes integers and touches no memory.
        let query = unsafe { libc::syscall(libc::SYS_membarrier, 0, 0, 0) };
        assert_eq!(query, -1, "the filter is in place");
        body();
    });
}

/// A filter of the kernel's: whoever calls `membarrier` is told that there is no such call.
/// <https://docs.kernel.org/userspace-api/seccomp_filter.html>
fn forbid_membarrier() {
    const OK: u32 = libc::SECCOMP_RET_ALLOW;
    const NO: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
    let call = u32::try_from(libc::SYS_membarrier).expect("a small number");
    let rule = |code: u32, jt: u8, jf: u8, k: u32| libc::sock_filter {
        code: u16::try_from(code).expect("16 bits"),
        jt,
        jf,
        k,
    };
    let mut rules = [
        // The number of the call is the first word.
        rule(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        rule(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, call),
        rule(libc::BPF_RET | libc::BPF_K, 0, 0, NO),
        rule(libc::BPF_RET | libc::BPF_K, 0, 0, OK),
    ];
    let filter = libc::sock_fprog {
        len: 4,
        filter: rules.as_mut_ptr(),
    };
    // SAFETY: the kernel copies the filter, which lives until then. The threads that are there
    // already are bound by it too.
    let done = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                libc::SECCOMP_FILTER_FLAG_TSYNC,
                &raw const filter,
            ) == 0
    };
    assert!(done, "{}", std::io::Error::last_os_error());
}

/// Threads stream messages through channels of all forms, more than a channel needs to calm down.
#[test]
fn streams_arrive_whole() {
    without_membarrier("streams_arrive_whole", || {
        watchdog("streams", Duration::from_secs(60), || {
            const COUNT: u32 = 30_000;
            for capacity in [Some(0), Some(1), Some(8), Some(64), None] {
                let (tx, mut rx) = match capacity {
                    Some(capacity) => mpsc::bounded(capacity),
                    None => mpsc::unbounded(),
                };
                let senders = [0, 1].map(|sender| {
                    let tx = tx.clone();
                    thread::spawn(move || {
                        for number in 0..COUNT {
                            tx.send((sender, number)).wait().expect("open");
                        }
                    })
                });
                drop(tx);
                let mut next = [0; 2];
                while let Some((sender, number)) = rx.recv().wait() {
                    assert_eq!(number, next[sender]);
                    next[sender] += 1;
                }
                assert_eq!(next, [COUNT; 2]);
                for sender in senders {
                    sender.join().expect("it sends all");
                }
            }
        });
    });
}

/// The receiver goes while senders are between claim and publish: every message is dropped or comes
/// back.
#[test]
fn receiver_goes_among_sends() {
    without_membarrier("receiver_goes_among_sends", || {
        watchdog("receivers", Duration::from_secs(60), || {
            let payload = Arc::new(());
            for round in 0..4000 {
                let (tx, mut rx) = match round % 2 {
                    0 => mpsc::bounded(64),
                    _ => mpsc::unbounded(),
                };
                let senders = [(); 2].map(|()| {
                    let (tx, payload) = (tx.clone(), Arc::clone(&payload));
                    thread::spawn(move || while tx.send(Arc::clone(&payload)).wait().is_ok() {})
                });
                for _ in 0..round % 7 {
                    rx.recv().wait().expect("they send");
                }
                drop(rx);
                for sender in senders {
                    sender.join().expect("it ends");
                }
                drop(tx);
                assert_eq!(Arc::strong_count(&payload), 1, "round {round}");
            }
        });
    });
}
