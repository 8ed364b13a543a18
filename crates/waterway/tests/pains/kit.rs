//! What the rows share: the forms of a channel, the table of what can wait on it, and racing.

use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::thread;

use futures_core::Stream;
use waterway::mpmc;
use waterway::mpsc::{self, OwnedPermit, Permit, Receiver, Sender};

use crate::support::{Ledger, Probe, Tracked, poll_once};

/// A form of a channel: of `mpsc`, unless another kind is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Bounded(usize),
    Unbounded,
}
pub(crate) use Form::{Bounded, Unbounded};

/// Every form.
pub(crate) const FORMS: [Form; 5] = [Bounded(0), Bounded(1), Bounded(2), Bounded(8), Unbounded];
/// Those that keep messages: all but the rendezvous.
pub(crate) const SLOTTED: [Form; 4] = [Bounded(1), Bounded(2), Bounded(8), Unbounded];
/// Those that keep messages and can be full.
pub(crate) const FILLABLE: [Form; 3] = [Bounded(1), Bounded(2), Bounded(8)];
/// Those on which a send can wait.
pub(crate) const BOUNDED: [Form; 4] = [Bounded(0), Bounded(1), Bounded(2), Bounded(8)];

impl Form {
    pub(crate) fn open<T>(self) -> (Sender<T>, Receiver<T>) {
        match self {
            Bounded(n) => mpsc::bounded(n),
            Unbounded => mpsc::unbounded(),
        }
    }

    /// The same of the channel that several may receive from.
    pub(crate) fn open_mpmc<T>(self) -> (mpmc::Sender<T>, mpmc::Receiver<T>) {
        match self {
            Bounded(n) => mpmc::bounded(n),
            Unbounded => mpmc::unbounded(),
        }
    }

    /// How many messages it holds at most; a stand-in number for the unbounded one.
    pub(crate) fn slots(self) -> usize {
        match self {
            Bounded(n) => n,
            Unbounded => 5,
        }
    }
}

/// Tells on a panic in which case of a matrix it was.
pub(crate) struct Case(String);

impl Case {
    pub(crate) fn new(what: impl fmt::Debug) -> Self {
        Case(format!("{what:?}"))
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("in the case {}", self.0);
        }
    }
}

/// Sends messages 0, 1, … until every slot of `form` is taken; says how many.
pub(crate) fn fill(form: Form, tx: &Sender<Tracked>, ledger: &Ledger) -> usize {
    for id in 0..form.slots() {
        tx.try_send(ledger.make(id as u64)).expect("room left");
    }
    form.slots()
}

/// Takes what can be had without waiting.
pub(crate) fn take_all(rx: &mut Receiver<Tracked>) -> Vec<u64> {
    let mut ids = Vec::new();
    while let Ok(message) = rx.try_recv() {
        ids.push(message.id());
    }
    ids
}

/// A future on its own probe.
pub(crate) struct Waiting<'a, R> {
    future: Pin<Box<dyn Future<Output = R> + 'a>>,
    pub(crate) probe: Probe,
}

impl<'a, R> Waiting<'a, R> {
    /// Not polled yet.
    pub(crate) fn new(future: impl Future<Output = R> + 'a) -> Self {
        Waiting {
            future: Box::pin(future),
            probe: Probe::new(),
        }
    }

    /// Polled once, and it waits.
    #[track_caller]
    pub(crate) fn park(future: impl Future<Output = R> + 'a) -> Self {
        let mut waiting = Self::new(future);
        assert!(
            waiting.poll().is_pending(),
            "ready at once, expected it to wait"
        );
        waiting
    }

    pub(crate) fn poll(&mut self) -> Poll<R> {
        self.probe.take_woken();
        let waker = self.probe.waker();
        poll_once(Pin::new(&mut self.future), &waker)
    }

    /// Its result, if it was woken and it is there.
    pub(crate) fn poll_if_woken(&mut self) -> Option<R> {
        match self.woken().then(|| self.poll()) {
            Some(Poll::Ready(result)) => Some(result),
            _ => None,
        }
    }

    /// Polls with another probe.
    pub(crate) fn poll_with(&mut self, probe: &Probe) -> Poll<R> {
        let waker = probe.waker();
        poll_once(Pin::new(&mut self.future), &waker)
    }

    /// Was it woken since it was last polled?
    pub(crate) fn woken(&self) -> bool {
        self.probe.is_woken()
    }

    /// Its result, which a task would get: it must have been woken.
    #[track_caller]
    pub(crate) fn finish(&mut self) -> R {
        assert!(self.woken(), "it was never woken");
        match self.poll() {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("woken, but pending"),
        }
    }

    /// Leaks it as it stands.
    pub(crate) fn forget(self) {
        mem::forget(self.future);
    }
}

/// What can wait for room (and, on a rendezvous, for a receiver).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    Send,
    SendOwned,
    SendMany,
    Reserve,
    ReserveMany,
    ReserveOwned,
}

/// What a [`Put`] ends with.
pub(crate) enum Done<'a> {
    Sent,
    /// Closed; the message came back.
    Back(Tracked),
    Permit(Permit<'a, Tracked>, Tracked),
    Owned(OwnedPermit<Tracked>, Tracked),
}

impl Put {
    pub(crate) const ALL: [Put; 6] = [
        Put::Send,
        Put::SendOwned,
        Put::SendMany,
        Put::Reserve,
        Put::ReserveMany,
        Put::ReserveOwned,
    ];

    pub(crate) fn reserves(self) -> bool {
        matches!(self, Put::Reserve | Put::ReserveMany | Put::ReserveOwned)
    }

    /// Those that wait on `form`: a rendezvous has no permits.
    pub(crate) fn on(form: Form) -> impl Iterator<Item = Put> + Clone {
        let keep = move |put: &Put| form != Bounded(0) || !put.reserves();
        Put::ALL.into_iter().filter(keep)
    }

    /// The operation, not polled yet. One that reserves keeps `message` for its permit.
    pub(crate) fn start<'a>(
        self,
        tx: &'a Sender<Tracked>,
        message: Tracked,
    ) -> Waiting<'a, Done<'a>> {
        match self {
            Put::Send => Waiting::new(async move {
                match tx.send(message).await {
                    Ok(()) => Done::Sent,
                    Err(error) => Done::Back(error.0),
                }
            }),
            Put::SendOwned => Waiting::new(async move {
                match tx.clone().send_owned(message).await.0 {
                    Ok(()) => Done::Sent,
                    Err(error) => Done::Back(error.0),
                }
            }),
            Put::SendMany => Waiting::new(async move {
                match tx.send_many([message]).await {
                    Ok(sent) => {
                        assert_eq!(sent, 1);
                        Done::Sent
                    }
                    Err(error) => {
                        let mut unsent = error.0;
                        assert_eq!(unsent.sent, 0);
                        Done::Back(unsent.rest.next().expect("the unsent message"))
                    }
                }
            }),
            Put::Reserve => Waiting::new(async move {
                match tx.reserve().await {
                    Ok(permit) => Done::Permit(permit, message),
                    Err(_) => Done::Back(message),
                }
            }),
            Put::ReserveMany => Waiting::new(async move {
                match tx.reserve_many(1).await {
                    Ok(mut permits) => {
                        assert_eq!(permits.len(), 1);
                        Done::Permit(permits.next().expect("one permit"), message)
                    }
                    Err(_) => Done::Back(message),
                }
            }),
            Put::ReserveOwned => Waiting::new(async move {
                match tx.clone().reserve_owned().await {
                    Ok(permit) => Done::Owned(permit, message),
                    Err(_) => Done::Back(message),
                }
            }),
        }
    }

    /// The operation, polled once: it waits.
    #[track_caller]
    pub(crate) fn park<'a>(
        self,
        tx: &'a Sender<Tracked>,
        message: Tracked,
    ) -> Waiting<'a, Done<'a>> {
        let mut waiting = self.start(tx, message);
        assert!(waiting.poll().is_pending(), "{self:?} was ready at once");
        waiting
    }
}

impl Done<'_> {
    /// Sends with the permit, if it is one; gives the id of a message that came back.
    pub(crate) fn deliver(self) -> Result<(), u64> {
        match self {
            Done::Sent => Ok(()),
            Done::Back(message) => Err(message.id()),
            Done::Permit(permit, message) => permit.send(message).map_err(|error| error.0.id()),
            Done::Owned(permit, message) => permit.send(message).0.map_err(|error| error.0.id()),
        }
    }
}

/// Sends by a task that may have to wait for the receiver; keep the result until it has been received.
#[must_use]
pub(crate) fn post(tx: &Sender<Tracked>, message: Tracked) -> Waiting<'_, Done<'_>> {
    let mut waiting = Put::Send.start(tx, message);
    let _ = waiting.poll();
    waiting
}

/// What can wait for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Get {
    Recv,
    RecvMany,
    Peek,
    PollRecv,
    PollRecvMany,
    Next,
}

impl Get {
    pub(crate) const ALL: [Get; 6] = [
        Get::Recv,
        Get::RecvMany,
        Get::Peek,
        Get::PollRecv,
        Get::PollRecvMany,
        Get::Next,
    ];

    /// The operation, not polled yet; it gives the id of one message, or `None` at the end.
    pub(crate) fn start(self, rx: &mut Receiver<Tracked>) -> Waiting<'_, Option<u64>> {
        let one = |got: Option<usize>, buf: Vec<Tracked>| {
            got.map(|n| {
                assert_eq!((n, buf.len()), (1, 1));
                buf[0].id()
            })
        };
        match self {
            Get::Recv => Waiting::new(async move { rx.recv().await.map(|m| m.id()) }),
            Get::RecvMany => Waiting::new(async move {
                let mut buf = Vec::new();
                let got = rx.recv_many(&mut buf, 1).await;
                one(got, buf)
            }),
            Get::Peek => Waiting::new(async move {
                let peeked = rx.peek().await.map(|m| m.id())?;
                let taken = rx.try_recv().expect("what was peeked").id();
                assert_eq!(peeked, taken);
                Some(taken)
            }),
            Get::PollRecv => {
                Waiting::new(poll_fn(|cx| rx.poll_recv(cx).map(|m| m.map(|m| m.id()))))
            }
            Get::PollRecvMany => Waiting::new(poll_fn(move |cx| {
                let mut buf = Vec::new();
                let got = rx.poll_recv_many(cx, &mut buf, 1);
                got.map(|got| one(got, buf))
            })),
            Get::Next => Waiting::new(poll_fn(|cx| {
                Pin::new(&mut *rx).poll_next(cx).map(|m| m.map(|m| m.id()))
            })),
        }
    }

    /// The operation, polled once: it waits.
    #[track_caller]
    pub(crate) fn park(self, rx: &mut Receiver<Tracked>) -> Waiting<'_, Option<u64>> {
        let mut waiting = self.start(rx);
        assert!(waiting.poll().is_pending(), "{self:?} was ready at once");
        waiting
    }
}

/// Numbers that look random and are the same in every run.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// One of 0 .. n.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % n
    }

    /// Lets a short, random time pass, so that races meet in many ways.
    pub(crate) fn dawdle(&mut self) {
        self.dawdle_up_to(300);
    }

    pub(crate) fn dawdle_up_to(&mut self, most: usize) {
        for _ in 0..self.below(most) {
            std::hint::spin_loop();
        }
    }
}

/// Runs both at once, the second on a thread of its own.
pub(crate) fn race<A, B: Send>(a: impl FnOnce() -> A, b: impl FnOnce() -> B + Send) -> (A, B) {
    let ready = AtomicUsize::new(0);
    let meet = || {
        ready.fetch_add(1, SeqCst);
        // Spinning meets closer than yielding does, as long as both have a CPU.
        for spins in 1.. {
            if ready.load(SeqCst) >= 2 {
                break;
            }
            if spins % 500 == 0 {
                thread::yield_now();
            }
        }
    };
    thread::scope(|scope| {
        let b = scope.spawn(|| {
            meet();
            b()
        });
        meet();
        let a = a();
        (
            a,
            b.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        )
    })
}
