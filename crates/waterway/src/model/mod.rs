//! Models: small programs whose every interleaving loom walks through, weak memory included.
//!
//! Built with `--cfg waterway_loom` only; `scripts/models` runs them as CI does. What a green model
//! proves is decided by what it would catch: `scripts/seeded-bugs` breaks the crate in many ways,
//! one at a time, and demands that the model named for each turns red.
//!
//! # Rules
//!
//! - Every role is a spawned thread, the receiver last; the main thread makes the channel and joins.
//! - The handles that the race is not about are shared by a plain `Arc`, of which loom knows
//!   nothing, and dropped by the main thread at the end.
//! - Payloads are [`Message`]s: written before they are sent, read when they are received, both
//!   seen by loom, and dropped exactly once whatever happens.
//! - The memory of channels and segments is followed by [`memory`]: it is freed exactly once and
//!   not touched afterwards.
//! - Each model says how many executions there are at least, and which outcomes are seen: a model
//!   that loom silently cuts short, or that never gets to its race, is red.
//! - No fences of their own, no `SeqCst`: what full barriers the crate needs are in `sync/barrier.rs`.
//!
//! What loom can't see is listed in `sync/checked.rs`, with what is done about it.

mod announce;
mod broadcast;
mod cancel;
mod cell;
mod chain;
mod close;
mod crowd;
mod fixed;
mod flush;
mod force;
mod hand;
mod lane;
mod life;
mod lock;
mod manager;
mod many;
mod memory;
mod oneshot;
mod park;
mod pool;
mod reserve;
mod ring;
mod segments;
mod select;
mod slab;
mod small_ring;
mod watch;

use std::any::Any;
use std::collections::BTreeMap;
use std::env;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use loom::alloc::Track;
use loom::cell::UnsafeCell;
use loom::thread::JoinHandle;

use crate::error::{TryRecvError, TrySendError};
use crate::mpsc;
use crate::sync::{Deadline, let_yield, park, parks, thread_waker};

type Sender = mpsc::Sender<Message>;
type Receiver = mpsc::Receiver<Message>;

/// The stack of a thread of a model, in words. Messages are large.
const STACK: usize = 0x4000;

/// A model, and what it has to come to.
struct Model {
    name: &'static str,
    preemptions: usize,
    yields: bool,
    executions: u64,
    outcomes: &'static [&'static str],
}

impl Model {
    /// With so many executions at least, when two preemptions are allowed, as they are by default:
    /// every seeded bug is found with two, and no model takes long.
    fn new(name: &'static str, executions: u64) -> Self {
        Self {
            name,
            preemptions: 2,
            yields: false,
            executions,
            outcomes: &[],
        }
    }

    /// Allows so many preemptions, if `LOOM_MAX_PREEMPTIONS` does not say otherwise.
    fn preemptions(self, preemptions: usize) -> Self {
        Self {
            preemptions,
            ..self
        }
    }

    /// Threads yield a little before they park.
    fn yields(self) -> Self {
        Self {
            yields: true,
            ..self
        }
    }

    /// Each of these outcomes is seen in some execution.
    fn sees(self, outcomes: &'static [&'static str]) -> Self {
        Self { outcomes, ..self }
    }

    /// Walks through the executions of `body`. The threads that it spawned are joined at its end.
    fn check(self, body: impl Fn(&Run) + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        // An end by time or count would be green without a reason.
        builder.max_duration = None;
        builder.max_permutations = None;
        builder.max_branches = 20_000;
        if env::var_os("LOOM_MAX_PREEMPTIONS").is_none() {
            builder.preemption_bound = Some(self.preemptions);
        }
        let bound = builder.preemption_bound;
        let executions = Arc::new(AtomicU64::new(0));
        let seen = Arc::new(Mutex::new(BTreeMap::new()));
        let start = Instant::now();
        memory::start();
        let_yield(self.yields);
        builder.check({
            let (executions, seen) = (Arc::clone(&executions), Arc::clone(&seen));
            move || {
                memory::settle();
                let run = Run::new(Arc::clone(&seen));
                body(&run);
                run.end();
                executions.fetch_add(1, Ordering::Relaxed);
            }
        });
        memory::settle();
        let executions = executions.load(Ordering::Relaxed);
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        println!(
            "model {}: {executions} executions, {:.1} s, preemptions {}, saw {seen:?}",
            self.name,
            start.elapsed().as_secs_f64(),
            bound.map_or("unbounded".to_owned(), |bound| bound.to_string()),
        );
        if bound.is_some_and(|bound| bound < 2) {
            return;
        }
        for outcome in self.outcomes {
            assert!(seen.contains_key(outcome), "never seen: {outcome}");
        }
        assert!(
            executions >= self.executions,
            "too few executions: {executions} of {}",
            self.executions
        );
    }
}

/// One execution of a model. What is in here is no part of the model: loom does not see it.
#[derive(Clone)]
struct Run(Arc<Inner>);

struct Inner {
    seen: Arc<Mutex<BTreeMap<&'static str, u64>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    shared: Mutex<Vec<Arc<dyn Any + Send + Sync>>>,
    receiver: Arc<Mutex<Option<Receiver>>>,
    /// For each message that was made: how often it was dropped.
    messages: Mutex<BTreeMap<usize, u32>>,
    received: Mutex<Vec<usize>>,
}

/// loom's threads take turns in one real thread: no lock is ever waited for.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.try_lock().unwrap_or_else(|error| match error {
        std::sync::TryLockError::Poisoned(error) => error.into_inner(),
        std::sync::TryLockError::WouldBlock => unreachable!("held over an access to the model"),
    })
}

impl Run {
    fn new(seen: Arc<Mutex<BTreeMap<&'static str, u64>>>) -> Self {
        Self(Arc::new(Inner {
            seen,
            threads: Mutex::default(),
            shared: Mutex::default(),
            receiver: Arc::default(),
            messages: Mutex::default(),
            received: Mutex::default(),
        }))
    }

    /// Starts a thread of the model.
    fn spawn(&self, body: impl FnOnce(&Run) + Send + 'static) {
        let run = self.clone();
        let thread = loom::thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || body(&run));
        lock(&self.0.threads).push(thread.expect("loom starts a thread"));
    }

    /// Shares a value that no race is about: the main thread is the last that has it.
    fn share<T: Send + Sync + 'static>(&self, value: T) -> Arc<T> {
        let value = Arc::new(value);
        lock(&self.0.shared).push(value.clone());
        value
    }

    /// Starts the receiving thread. Its receiver is dropped by the main thread, after the others
    /// are done; what is in the channel then is received.
    fn spawn_receiver(
        &self,
        mut receiver: Receiver,
        body: impl FnOnce(&Run, &mut Receiver) + Send + 'static,
    ) {
        let left = Arc::clone(&self.0.receiver);
        self.spawn(move |run| {
            body(run, &mut receiver);
            *lock(&left) = Some(receiver);
        });
    }

    /// Sends from a thread of its own, if there is room.
    fn spawn_try_send(&self, sender: &Arc<Sender>, number: usize) {
        let sender = Arc::clone(sender);
        self.spawn(move |run| {
            run.try_send(&sender, number);
        });
    }

    /// Starts a send that owns its sender.
    fn start_send(&self, sender: &Sender, number: usize) -> Started<mpsc::SendOwnedOp<Message>> {
        Started::new(self, sender.clone().send_owned(self.message(number)))
    }

    /// What became of it: `None` if it still waits.
    fn settle_send(
        &self,
        send: Started<mpsc::SendOwnedOp<Message>>,
        number: usize,
    ) -> Option<bool> {
        let (sent, _) = send.settle(self)?;
        if let Err(error) = &sent {
            assert_eq!(error.0.read(), number);
        }
        Some(sent.is_ok())
    }

    /// The receive came to an end: notes its message. Whether there was one.
    fn settle_recv(&self, recv: Started<mpsc::RecvOwnedOp<Message>>) -> (bool, Receiver) {
        let (found, receiver) = recv.settle(self).expect("the receive is ready");
        (
            found.map(|message| self.receive(message)).is_some(),
            receiver,
        )
    }

    /// Receives what is there, when no thread goes on.
    fn drain(&self, receiver: &mut Receiver) {
        for message in receiver.try_iter() {
            self.receive(message);
        }
    }

    /// Waits for all threads that were started.
    fn join(&self) {
        let threads = std::mem::take(&mut *lock(&self.0.threads));
        for thread in threads {
            thread.join().expect("a thread that panics ends the model");
        }
        let receiver = lock(&self.0.receiver).take();
        if let Some(mut receiver) = receiver {
            self.drain(&mut receiver);
        }
    }

    /// Notes that this execution came to `outcome`.
    fn saw(&self, outcome: &'static str) {
        *lock(&self.0.seen).entry(outcome).or_default() += 1;
    }

    /// A new message. Its number tells it from the others of this execution.
    fn message(&self, number: usize) -> Message {
        let double = lock(&self.0.messages).insert(number, 0);
        assert_eq!(double, None, "message {number} was made twice");
        let content = Track::new(UnsafeCell::new(0));
        content.get_ref().with_mut(|content| {
            // SAFETY: nobody else knows it.
            unsafe { *content = number };
        });
        Message {
            number,
            content,
            run: self.clone(),
        }
    }

    /// Notes that a message was received; its number.
    #[allow(clippy::needless_pass_by_value, reason = "the message ends here")]
    fn receive(&self, message: Message) -> usize {
        let number = message.read();
        lock(&self.0.received).push(number);
        number
    }

    /// The numbers of the messages that were received, in order.
    fn received(&self) -> Vec<usize> {
        lock(&self.0.received).clone()
    }

    /// Sends if there is room; whether the message went.
    fn try_send(&self, sender: &Sender, number: usize) -> bool {
        match sender.try_send(self.message(number)) {
            Ok(()) => {
                self.saw("sent");
                true
            }
            Err(TrySendError::Full(message)) => {
                assert_eq!(message.read(), number);
                self.saw("full");
                false
            }
            Err(TrySendError::Closed(message)) => {
                assert_eq!(message.read(), number);
                self.saw("closed");
                false
            }
        }
    }

    /// Receives if there is something; whether the channel is still open.
    fn try_recv(&self, receiver: &mut Receiver) -> bool {
        match receiver.try_recv() {
            Ok(message) => {
                self.receive(message);
                self.saw("received");
                true
            }
            Err(TryRecvError::Empty) => {
                self.saw("empty");
                true
            }
            Err(TryRecvError::Closed) => {
                self.saw("end");
                false
            }
        }
    }

    /// Does something that may park the thread, and notes whether it did.
    fn wait<R>(&self, f: impl FnOnce() -> R) -> R {
        let before = parks();
        let result = f();
        self.saw(if parks() == before { "awake" } else { "parked" });
        result
    }

    /// Receives so many messages as a thread, waiting for each.
    fn receive_some(&self, receiver: &mut Receiver, count: usize) {
        for _ in 0..count {
            let message = self.wait(|| receiver.recv().wait());
            self.receive(message.expect("nobody closes"));
        }
    }

    /// Receives as a thread until the end.
    fn receive_all(&self, receiver: &mut Receiver) {
        while let Some(message) = self.wait(|| receiver.recv().wait()) {
            self.receive(message);
        }
    }

    /// The end, of whatever is still there.
    fn end(&self) {
        self.join();
        let shared = std::mem::take(&mut *lock(&self.0.shared));
        drop(shared);
        self.settle();
    }

    /// Every message was dropped.
    fn settle(&self) {
        for (number, drops) in &*lock(&self.0.messages) {
            assert_eq!(*drops, 1, "message {number} was lost");
        }
    }
}

/// A message that is followed. Its alignment tells the memory that it lies in from all other.
#[repr(align(256))]
struct Message {
    number: usize,
    content: Track<UnsafeCell<usize>>,
    run: Run,
}

// SAFETY: all threads of a model take turns in one real thread, and loom sees what they read and write.
unsafe impl Sync for Message {}

impl Message {
    /// Reads it, which must happen after it was written; its number.
    fn read(&self) -> usize {
        self.content.get_ref().with(|content| {
            // SAFETY: it is written once, before the message is sent, as loom checks.
            assert_eq!(unsafe { *content }, self.number);
        });
        self.number
    }
}

impl Message {
    /// Writes it again: nobody else looks, which loom checks.
    fn write(&mut self) {
        let number = self.number;
        // SAFETY: as loom checks.
        self.content
            .get_ref()
            .with_mut(|content| unsafe { *content = number });
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // Whoever drops it comes after everybody who had it.
        self.content.get_ref().with_mut(|_| ());
        let mut messages = lock(&self.run.0.messages);
        let drops = messages.get_mut(&self.number).expect("it was made");
        *drops += 1;
        assert_eq!(*drops, 1, "message {} was dropped twice", self.number);
    }
}

/// Something that a thread leaves to the main thread, which takes it when it has joined.
struct Later<T>(Arc<Mutex<Option<T>>>);

impl<T> Clone for Later<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Later<T> {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    fn leave(&self, value: T) {
        *lock(&self.0) = Some(value);
    }

    fn take(&self) -> T {
        lock(&self.0).take().expect("a thread left it")
    }
}

/// Drives a future from a thread of the model, as a task.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let waker = thread_waker();
    loop {
        if let Poll::Ready(output) = poll(future.as_mut(), &waker) {
            return output;
        }
        park(Deadline::NEVER);
    }
}

fn poll<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// An operation that was polled once. Whether it was told is seen when all threads are done: a
/// model of a wake-up without a thread that sleeps, which keeps it small.
struct Started<F: Future> {
    op: Pin<Box<F>>,
    /// Boxed: there may be a message in it, and the main thread's stack is small.
    output: Option<Box<F::Output>>,
    bell: Arc<Bell>,
}

impl<F: Future> Started<F> {
    /// Polls it once.
    fn new(run: &Run, op: F) -> Self {
        let mut started = Self {
            op: Box::pin(op),
            output: None,
            bell: Bell::new(),
        };
        started.output = started.poll();
        run.saw(if started.output.is_some() {
            "at once"
        } else {
            "pending"
        });
        started
    }

    fn poll(&mut self) -> Option<Box<F::Output>> {
        match poll(self.op.as_mut(), &Waker::from(Arc::clone(&self.bell))) {
            Poll::Ready(output) => Some(Box::new(output)),
            Poll::Pending => None,
        }
    }

    /// Whether somebody woke it so far.
    fn is_told(&self) -> bool {
        self.bell.rings.load(Ordering::Relaxed) > 0
    }

    /// When nothing goes on any more: what it came to, if it did; then it was told so.
    fn settle(mut self, run: &Run) -> Option<F::Output> {
        if self.output.is_none() {
            let told = self.is_told();
            self.output = self.poll();
            if self.output.is_some() {
                assert!(told, "it is ready and was not told");
                run.saw("told");
            } else {
                run.saw("not ready");
            }
        }
        self.output.map(|output| *output)
    }
}

/// Counts how often it was woken. No part of the model: it orders nothing.
struct Bell {
    rings: AtomicU64,
    /// A waker that is never dropped is a leak.
    _alive: Track<()>,
}

impl Bell {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            rings: AtomicU64::new(0),
            _alive: Track::new(()),
        })
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rings.fetch_add(1, Ordering::Relaxed);
    }
}
