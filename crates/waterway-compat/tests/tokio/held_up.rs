//! A thread that is stopped for a while at whatever instruction it is, again and again.
#![cfg(target_os = "linux")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, OnceLock};
use std::thread;
use std::time::Duration;

/// Who is stopped, and when that has an end.
pub(crate) struct Victim {
    thread: OnceLock<libc::pthread_t>,
    over: AtomicBool,
    end: Barrier,
}

impl Victim {
    pub(crate) fn new() -> Self {
        Self {
            thread: OnceLock::new(),
            over: AtomicBool::new(false),
            end: Barrier::new(2),
        }
    }

    /// Does that in this thread, which is the one that is stopped.
    pub(crate) fn suffers(&self, body: impl FnOnce()) {
        // SAFETY: it has no preconditions.
        let me = unsafe { libc::pthread_self() };
        self.thread.set(me).expect("there is one");
        body();
        self.over.store(true, Ordering::Release);
        // It stays until nobody signals it any more.
        self.end.wait();
    }

    /// Stops it from this thread.
    pub(crate) fn is_held_up(&self) {
        // SAFETY: an all-zero `sigaction` is a valid one, and the handler does nothing that a handler may not.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = pause as *const () as usize;
            action.sa_flags = libc::SA_RESTART;
            let installed = libc::sigaction(libc::SIGUSR1, &action, std::ptr::null_mut());
            assert_eq!(installed, 0);
        }
        while !self.over.load(Ordering::Acquire) {
            if let Some(thread) = self.thread.get() {
                // SAFETY: it waits for the end of this.
                unsafe { libc::pthread_kill(*thread, libc::SIGUSR1) };
            }
            thread::sleep(Duration::from_micros(5));
        }
        self.end.wait();
    }
}

extern "C" fn pause(_: libc::c_int) {
    let pause = libc::timespec {
        tv_sec: 0,
        tv_nsec: 200_000,
    };
    // SAFETY: a valid interval, and no wish to know what is left of it; it may be called in a handler.
    unsafe { libc::nanosleep(&pause, std::ptr::null_mut()) };
}
