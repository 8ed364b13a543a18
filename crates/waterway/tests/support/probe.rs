//! A waker that keeps count, and runs what a test hangs on it.

use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{RawWaker, RawWakerVTable, Waker};
use std::thread::{self, ThreadId};

/// What can happen to a waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Wake,
    Clone,
    Drop,
}

type Hook = Box<dyn FnMut() + Send>;

#[derive(Default)]
struct Inner {
    wakes: AtomicUsize,
    clones: AtomicUsize,
    drops: AtomicUsize,
    /// Wakers of this probe that live now.
    refs: AtomicUsize,
    woken: AtomicBool,
    hooks: [Mutex<Option<Hook>>; 3],
}

/// Hands out wakers and counts what becomes of them.
#[derive(Clone, Default)]
pub(crate) struct Probe(Arc<Inner>);

impl Probe {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A probe that panics at `event` (never while the thread unwinds already).
    pub(crate) fn panicking(event: Event) -> Self {
        let probe = Self::new();
        probe.hook(event, move || {
            if !std::thread::panicking() {
                panic!("probe: told to panic at {event:?}");
            }
        });
        probe
    }

    /// Runs `hook` at every `event`, after it was counted. A hook does not run within itself.
    pub(crate) fn hook(&self, event: Event, hook: impl FnMut() + Send + 'static) {
        let old = self.0.hooks[event as usize]
            .lock()
            .unwrap()
            .replace(Box::new(hook));
        drop(old);
    }

    /// The same for a hook that stays in this thread: run or dropped elsewhere it panics.
    pub(crate) fn hook_here(&self, event: Event, hook: impl FnMut() + 'static) {
        let mut hook = Here::new(hook);
        self.hook(event, move || (hook.get())());
    }

    /// Takes all hooks off and drops them (they may own handles of the channel under test).
    pub(crate) fn unhook(&self) {
        for place in &self.0.hooks {
            let old = place.lock().unwrap().take();
            drop(old);
        }
    }

    /// A waker; it counts as one of [`Probe::refs`] until it is dropped or woken by value.
    pub(crate) fn waker(&self) -> Waker {
        self.0.refs.fetch_add(1, SeqCst);
        let raw = raw(self.0.clone());
        // SAFETY: the functions of `VTABLE` keep the contract of `RawWaker`: the data pointer is an
        // `Arc<Inner>`, `Inner` is `Send + Sync`, `clone` takes one more reference and `wake` and
        // `drop` give one back.
        unsafe { Waker::from_raw(raw) }
    }

    pub(crate) fn wakes(&self) -> usize {
        self.0.wakes.load(SeqCst)
    }

    pub(crate) fn clones(&self) -> usize {
        self.0.clones.load(SeqCst)
    }

    /// Wakers dropped, those consumed by a wake included.
    pub(crate) fn drops(&self) -> usize {
        self.0.drops.load(SeqCst)
    }

    /// Wakers alive: those the test holds and those the channel keeps.
    pub(crate) fn refs(&self) -> usize {
        self.0.refs.load(SeqCst)
    }

    /// Was it woken since the last call?
    pub(crate) fn take_woken(&self) -> bool {
        self.0.woken.swap(false, SeqCst)
    }

    /// Was it woken since the last [`Probe::take_woken`]?
    pub(crate) fn is_woken(&self) -> bool {
        self.0.woken.load(SeqCst)
    }
}

/// What is touched by the thread that made it alone.
struct Here<T> {
    home: ThreadId,
    it: ManuallyDrop<T>,
}

// SAFETY: `it` is only reached after a look at which thread this is; elsewhere it is not even dropped.
unsafe impl<T> Send for Here<T> {}

impl<T> Here<T> {
    fn new(it: T) -> Self {
        Here {
            home: thread::current().id(),
            it: ManuallyDrop::new(it),
        }
    }

    fn get(&mut self) -> &mut T {
        assert_eq!(
            self.home,
            thread::current().id(),
            "a hook of another thread"
        );
        &mut self.it
    }
}

impl<T> Drop for Here<T> {
    fn drop(&mut self) {
        let it: *mut T = self.get();
        // SAFETY: valid, as it comes from a reference, and never touched again: `self` is going.
        unsafe { it.drop_in_place() };
    }
}

impl Inner {
    fn wake(&self) {
        self.wakes.fetch_add(1, SeqCst);
        self.woken.store(true, SeqCst);
        self.run(Event::Wake);
    }

    fn gone(&self) {
        self.drops.fetch_add(1, SeqCst);
        self.refs.fetch_sub(1, SeqCst);
        self.run(Event::Drop);
    }

    /// Runs a hook with its place empty and unlocked, and puts it back, even if it panics.
    fn run(&self, event: Event) {
        struct PutBack<'a>(&'a Mutex<Option<Hook>>, Option<Hook>);
        impl Drop for PutBack<'_> {
            fn drop(&mut self) {
                let hook = self.1.take();
                let mut place = self.0.lock().unwrap_or_else(|p| p.into_inner());
                if place.is_none() {
                    *place = hook;
                }
            }
        }
        let place = &self.hooks[event as usize];
        let hook = place.lock().unwrap_or_else(|p| p.into_inner()).take();
        let Some(hook) = hook else { return };
        let mut running = PutBack(place, Some(hook));
        if let Some(hook) = running.1.as_mut() {
            hook();
        }
    }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

fn raw(inner: Arc<Inner>) -> RawWaker {
    RawWaker::new(Arc::into_raw(inner).cast(), &VTABLE)
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: `data` came from `Arc::into_raw` in `raw` and its reference is still held.
    let inner = unsafe { Arc::from_raw(data.cast::<Inner>()) };
    let inner = ManuallyDrop::new(inner);
    inner.clones.fetch_add(1, SeqCst);
    inner.run(Event::Clone);
    // Only after the hook: if it panics there is no new waker.
    inner.refs.fetch_add(1, SeqCst);
    raw(Arc::clone(&inner))
}

unsafe fn wake(data: *const ()) {
    // SAFETY: `data` came from `Arc::into_raw` in `raw`; waking by value gives the reference back.
    let inner = unsafe { Arc::from_raw(data.cast::<Inner>()) };
    // The waker is used up also when its hook panics.
    inner.drops.fetch_add(1, SeqCst);
    inner.refs.fetch_sub(1, SeqCst);
    inner.wake();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: `data` came from `Arc::into_raw` in `raw` and its reference is still held.
    let inner = unsafe { Arc::from_raw(data.cast::<Inner>()) };
    ManuallyDrop::new(inner).wake();
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: `data` came from `Arc::into_raw` in `raw`; dropping gives the reference back.
    let inner = unsafe { Arc::from_raw(data.cast::<Inner>()) };
    inner.gone();
}

#[test]
fn the_probe_counts() {
    let probe = Probe::new();
    let first = probe.waker();
    let second = first.clone();
    assert_eq!((probe.refs(), probe.clones()), (2, 1));
    first.wake_by_ref();
    second.wake();
    assert_eq!((probe.refs(), probe.drops(), probe.wakes()), (1, 1, 2));
    drop(first);
    assert_eq!((probe.refs(), Arc::strong_count(&probe.0)), (0, 1));
}
