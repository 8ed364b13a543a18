//! Threads that are stopped for a while by a signal, again and again, at whatever instruction they are.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::sync::{Mutex, Once};
use std::thread;
use std::time::Duration;

/// The threads that may be held up.
static VICTIMS: Mutex<Vec<libc::pthread_t>> = Mutex::new(Vec::new());

/// For how many nanoseconds.
static NANOS: AtomicI64 = AtomicI64::new(0);

/// While it lives, its thread is held up now and then.
pub(crate) struct Victim(libc::pthread_t);

impl Victim {
    pub(crate) fn here() -> Self {
        // SAFETY: it has no preconditions.
        let me = unsafe { libc::pthread_self() };
        VICTIMS.lock().unwrap().push(me);
        Victim(me)
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let mut victims = VICTIMS.lock().unwrap();
        let at = victims.iter().position(|victim| *victim == self.0);
        victims.swap_remove(at.expect("entered by `here`"));
    }
}

extern "C" fn hold_up(_: libc::c_int) {
    let pause = libc::timespec {
        tv_sec: 0,
        tv_nsec: NANOS.load(SeqCst),
    };
    // SAFETY: a valid interval, and no wish to know what is left of it; it may be called in a handler.
    unsafe { libc::nanosleep(&pause, std::ptr::null_mut()) };
}

/// Runs `body` while somebody holds the victims up, for so long each time.
pub(crate) fn harassed<R>(pause: Duration, body: impl FnOnce() -> R) -> R {
    let nanos = pause.as_nanos().try_into().expect("a short one");
    NANOS.store(nanos, SeqCst);
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        // SAFETY: an all-zero `sigaction` is a valid one, and the handler does nothing that a handler may not.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = hold_up as *const () as usize;
            action.sa_flags = libc::SA_RESTART;
            assert_eq!(
                libc::sigaction(libc::SIGUSR1, &action, std::ptr::null_mut()),
                0
            );
        }
    });
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, SeqCst);
        }
    }
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0usize.. {
                if over.load(SeqCst) {
                    return;
                }
                {
                    let victims = VICTIMS.lock().unwrap();
                    if !victims.is_empty() {
                        let victim = victims[turn % victims.len()];
                        // SAFETY: a thread leaves the list, under its lock, before it ends.
                        unsafe { libc::pthread_kill(victim, libc::SIGUSR1) };
                    }
                }
                thread::sleep(Duration::from_micros(5));
            }
        });
        let _stop = Stop(&over);
        body()
    })
}
