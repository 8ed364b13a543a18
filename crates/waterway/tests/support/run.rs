//! Running operations by hand, on threads, and under a watchdog.

use std::env;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Barrier, Mutex, Once};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

/// Runs the test called `name` again in a process of its own, where `body` is what it does: what it
/// does to its process, or what ends it, is not to meet the other tests.
pub(crate) fn in_a_process_of_its_own(name: &str, body: impl FnOnce()) {
    const INNER: &str = "WATERWAY_TEST_INNER";
    if env::var_os(INNER).is_some() {
        return body();
    }
    let exe = env::current_exe().expect("a path");
    let mut test = Command::new(exe);
    test.args([name, "--exact", "--nocapture"]).env(INNER, "1");
    let output = test.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{}\n{text}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs `body` on a thread of its own; a hang becomes a failure that names `name`.
///
/// A hung body keeps its thread: the test fails, the process goes on.
pub(crate) fn watchdog<R: Send + 'static>(
    name: &str,
    limit: Duration,
    body: impl FnOnce() -> R + Send + 'static,
) -> R {
    let (done, finished) = channel();
    let runner = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            let result = body();
            // Nobody listens any more only when the watchdog has barked already.
            let _ = done.send(());
            result
        })
        .expect("a thread for the test body");
    if let Err(RecvTimeoutError::Timeout) = finished.recv_timeout(limit) {
        panic!("{name}: hangs, still running after {limit:?}");
    }
    runner.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Polls `future` once with `waker`.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// Polls `future` once with a waker that does nothing.
pub(crate) fn poll_noop<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    poll_once(future, Waker::noop())
}

/// Polls once and expects no result yet.
#[track_caller]
pub(crate) fn assert_pending<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) {
    assert!(
        poll_once(future, waker).is_pending(),
        "ready, expected pending"
    );
}

/// Polls once and expects the result.
#[track_caller]
pub(crate) fn assert_ready<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> F::Output {
    match poll_once(future, waker) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("pending, expected ready"),
    }
}

/// Drives `future` to its end on this thread, polling it only when it was woken.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread, AtomicBool);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.1.store(true, SeqCst);
            self.0.unpark();
        }
    }
    let unpark = Arc::new(Unpark(thread::current(), AtomicBool::new(false)));
    let waker = Waker::from(unpark.clone());
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = poll_once(future.as_mut(), &waker) {
            return output;
        }
        while !unpark.1.swap(false, SeqCst) {
            thread::park();
        }
    }
}

/// Runs `job(0) .. job(n - 1)` on n threads that start together; gives the results in order.
pub(crate) fn together<R: Send>(n: usize, job: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let start = Barrier::new(n);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..n)
            .map(|i| {
                let (start, job) = (&start, &job);
                scope.spawn(move || {
                    start.wait();
                    job(i)
                })
            })
            .collect();
        let join =
            |t: thread::ScopedJoinHandle<'_, R>| t.join().unwrap_or_else(|p| resume_unwind(p));
        threads.into_iter().map(join).collect()
    })
}

/// Yields until `condition` holds; fails after ten seconds.
#[track_caller]
pub(crate) fn wait_until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "the awaited condition never came"
        );
        thread::yield_now();
    }
}

/// Runs `body` and says what it panicked with, if it did.
pub(crate) fn catch<R>(body: impl FnOnce() -> R) -> Result<R, String> {
    quiet_panics();
    EXPECTED.set(EXPECTED.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(body));
    EXPECTED.set(EXPECTED.get() - 1);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        text.unwrap_or_else(|| "a panic without text".to_owned())
    })
}

thread_local! {
    /// How many [`catch`] calls this thread is in.
    static EXPECTED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Keeps panics that [`catch`] expects out of the test's output.
pub(crate) fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if EXPECTED.try_with(|e| e.get()).unwrap_or(0) == 0 {
                loud(info);
            }
        }));
    });
}

/// A thread of which one can tell that it sleeps in the kernel.
pub(crate) struct Sleeper<R> {
    handle: JoinHandle<R>,
    task: Arc<Mutex<Option<std::path::PathBuf>>>,
}

/// Spawns `body` as a [`Sleeper`].
pub(crate) fn spawn_sleeper<R: Send + 'static>(
    body: impl FnOnce() -> R + Send + 'static,
) -> Sleeper<R> {
    let task = Arc::new(Mutex::new(None));
    let tell = task.clone();
    let handle = thread::spawn(move || {
        *tell.lock().unwrap() = std::fs::canonicalize("/proc/thread-self").ok();
        body()
    });
    Sleeper { handle, task }
}

impl<R> Sleeper<R> {
    /// Waits until the thread sleeps in the kernel (it has parked) or has ended.
    ///
    /// Without `/proc` this is a guess: a while of yielding.
    pub(crate) fn wait_asleep(&self) {
        let start = Instant::now();
        // Twice in a row: the first may have caught it in a short lock.
        let mut seen = 0;
        while seen < 3 && !self.handle.is_finished() {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "the thread never slept"
            );
            thread::sleep(Duration::from_micros(200));
            let path = self.task.lock().unwrap().clone();
            let stat = path.and_then(|p| std::fs::read_to_string(p.join("stat")).ok());
            let state = stat
                .as_deref()
                .and_then(|s| s.rsplit(") ").next())
                .map(|s| s.as_bytes()[0]);
            match state {
                Some(b'S') => seen += 1,
                Some(_) => seen = 0,
                None if cfg!(target_os = "linux") => seen = 0,
                None => seen += usize::from(start.elapsed() > Duration::from_millis(100)),
            }
        }
    }

    /// Unparks the thread for no reason, again and again, until it has ended; says how often.
    pub(crate) fn disturb_until_finished(&self) -> usize {
        let start = Instant::now();
        let mut times = 0;
        while !self.handle.is_finished() && start.elapsed() < Duration::from_secs(30) {
            self.handle.thread().unpark();
            times += 1;
            thread::sleep(Duration::from_micros(300));
        }
        times
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    pub(crate) fn join(self) -> R {
        self.handle
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    }
}
