//! The ends of a channel, with a meter on each.
//!
//! An [`Out`] (or a [`SoleOut`], which is not cloned) and an [`In`] (or a [`SharedIn`], which is)
//! hold a sender and a receiver and do what those do; beside it they count the messages, the highest
//! fill that a sender saw behind its own message, and the time spent waiting. Every end counts for
//! itself, without sharing; a stage gives its meters away when it ends, and [`Meters`] adds them up.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use waterway::mpmc::{self, Mpmc};
use waterway::mpsc::{self, Mpsc};
use waterway::shared::{Sender, WeakSender};
use waterway::sole::Receiver;
use waterway::spsc::{self, Spsc};
use waterway::{Kind, ManyThreads, RecvTimeoutError, SendError, TryRecvError, TrySendError, Wait};

use crate::pipeline::drive::Drive;

/// A channel, or several that lie side by side between the same stages.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    /// The place in the table.
    pub(crate) order: u8,
    pub(crate) name: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    /// Nothing may be left in it at the end, so that both ends have counted the same.
    pub(crate) emptied: bool,
}

/// What passed one end, or what passed all ends of a route.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    /// Channels; counted at the receiving ends, a shared one at the end that the others are
    /// cloned from.
    pub(crate) lanes: usize,
    pub(crate) capacity: Option<usize>,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) highest: usize,
    pub(crate) send_wait: Duration,
    pub(crate) receive_wait: Duration,
}

/// The meters of a whole run by their routes.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    routes: BTreeMap<&'static Route, Meter>,
}

impl Meter {
    /// The meter of another end of the same channel, at zero.
    fn another(&self) -> Self {
        Meter {
            capacity: self.capacity,
            ..Meter::default()
        }
    }

    /// The messages that passed, by the end that has counted them.
    pub(crate) fn messages(&self) -> u64 {
        self.sent.max(self.received)
    }

    async fn send<D, O>(&mut self, sending: O) -> O::Output
    where
        D: Drive,
        O: Wait + Send,
        O::Output: Send,
    {
        let start = Instant::now();
        let sent = D::run(sending).await;
        self.send_wait += start.elapsed();
        sent
    }

    /// Counts a message that was sent and has filled the channel so far.
    fn count<E>(&mut self, sent: Result<(), E>, fill: usize) -> Result<(), E> {
        if sent.is_ok() {
            self.sent += 1;
            self.highest = self.highest.max(fill);
        }
        sent
    }

    async fn receive<D, T>(&mut self, receiving: impl Wait<Output = Option<T>> + Send) -> Option<T>
    where
        D: Drive,
        T: Send,
    {
        let start = Instant::now();
        let message = D::run(receiving).await;
        self.receive_wait += start.elapsed();
        self.received += u64::from(message.is_some());
        message
    }
}

impl Meters {
    pub(crate) fn add(&mut self, route: &'static Route, meter: &Meter) {
        let sum = self.routes.entry(route).or_default();
        sum.lanes += meter.lanes;
        sum.capacity = sum.capacity.max(meter.capacity);
        sum.sent += meter.sent;
        sum.received += meter.received;
        sum.highest = sum.highest.max(meter.highest);
        sum.send_wait += meter.send_wait;
        sum.receive_wait += meter.receive_wait;
    }

    pub(crate) fn merge(&mut self, other: Meters) {
        for (route, meter) in other.routes {
            self.add(route, &meter);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static Route, &Meter)> {
        self.routes.iter().map(|(&route, meter)| (route, meter))
    }

    /// The routes on which something was lost, a line each.
    pub(crate) fn losses(&self) -> Vec<String> {
        self.iter()
            .filter(|(route, meter)| route.emptied && meter.sent != meter.received)
            .map(|(route, meter)| {
                format!(
                    "messages on channel {}: {} sent, {} received",
                    route.name, meter.sent, meter.received
                )
            })
            .collect()
    }
}

/// What a stage has in its hands when it ends.
pub(crate) trait Metered {
    fn read(&self, meters: &mut Meters);
}

/// A sending end of any kind.
#[derive(Debug)]
pub(crate) struct Outlet<S> {
    sender: S,
    route: &'static Route,
    meter: Meter,
}

/// A receiving end of any kind.
#[derive(Debug)]
pub(crate) struct Inlet<R> {
    receiver: R,
    route: &'static Route,
    meter: Meter,
}

/// One of the sending ends of a channel.
pub(crate) type Out<T, K = Mpsc> = Outlet<Sender<T, K>>;
/// The one sending end of a channel.
pub(crate) type SoleOut<T> = Outlet<spsc::Sender<T>>;
/// The one receiving end of a channel.
pub(crate) type In<T, K = Mpsc> = Inlet<Receiver<T, K>>;
/// One of the receiving ends of a channel: every message comes to one of them.
pub(crate) type SharedIn<T> = Inlet<mpmc::Receiver<T>>;

/// Makes a channel of the route: of a capacity, which may be none at all (a rendezvous), or
/// unbounded.
pub(crate) fn channel<T>(route: &'static Route, capacity: Option<usize>) -> (Out<T>, In<T>) {
    let ends = capacity.map_or_else(mpsc::unbounded, mpsc::bounded);
    metered(route, capacity, ends)
}

/// As [`channel`], for several who receive.
pub(crate) fn shared<T>(
    route: &'static Route,
    capacity: Option<usize>,
) -> (Out<T, Mpmc>, SharedIn<T>) {
    let ends = capacity.map_or_else(mpmc::unbounded, mpmc::bounded);
    metered(route, capacity, ends)
}

/// As [`channel`], for one who sends to one.
pub(crate) fn sole<T>(route: &'static Route, capacity: Option<usize>) -> (SoleOut<T>, In<T, Spsc>) {
    let ends = capacity.map_or_else(spsc::unbounded, spsc::bounded);
    metered(route, capacity, ends)
}

fn metered<S, R>(
    route: &'static Route,
    capacity: Option<usize>,
    (sender, receiver): (S, R),
) -> (Outlet<S>, Inlet<R>) {
    let meter = Meter {
        capacity,
        ..Meter::default()
    };
    (
        Outlet {
            sender,
            route,
            meter,
        },
        Inlet {
            receiver,
            route,
            meter: Meter { lanes: 1, ..meter },
        },
    )
}

impl<T, K: Kind> Clone for Out<T, K> {
    /// Another sender, whose meter stands at zero.
    fn clone(&self) -> Self {
        Outlet {
            sender: self.sender.clone(),
            route: self.route,
            meter: self.meter.another(),
        }
    }
}

impl<T: Send> SoleOut<T> {
    pub(crate) async fn send<D: Drive>(&mut self, message: T) -> Result<(), SendError<T>> {
        let sent = self.meter.send::<D, _>(self.sender.send(message)).await;
        self.meter.count(sent, self.sender.len())
    }
}

impl<T: Send, K: Kind<Lock: Send + Sync> + ManyThreads> Out<T, K> {
    pub(crate) async fn send<D: Drive>(&mut self, message: T) -> Result<(), SendError<T>> {
        let sent = self.meter.send::<D, _>(self.sender.send(message)).await;
        self.meter.count(sent, self.sender.len())
    }

    /// As [`send`](Out::send), in two steps: a place first, then the message into it.
    pub(crate) async fn place<D: Drive>(&mut self, message: T) -> Result<(), SendError<T>> {
        if self.meter.capacity == Some(0) {
            // Face to face there are no places to reserve.
            return self.send::<D>(message).await;
        }
        let reserved = self.meter.send::<D, _>(self.sender.reserve()).await;
        let sent = match reserved.ok() {
            Some(permit) => permit.send(message),
            None => Err(SendError(message)),
        };
        self.meter.count(sent, self.sender.len())
    }

    pub(crate) fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        let sent = self.sender.try_send(message);
        self.meter.count(sent, self.sender.len())
    }

    /// Waits for `pause`, or until the channel is closed; whether it is open still.
    pub(crate) async fn open_after<D: Drive>(&self, pause: Duration) -> bool {
        D::within(self.sender.closed(), pause).await.is_err()
    }

    pub(crate) fn downgrade(&self) -> WeakOut<T, K> {
        WeakOut {
            sender: self.sender.downgrade(),
            route: self.route,
            meter: self.meter.another(),
        }
    }
}

impl<S> Metered for Outlet<S> {
    fn read(&self, meters: &mut Meters) {
        meters.add(self.route, &self.meter);
    }
}

/// A sender that does not keep its channel open.
#[derive(Debug)]
pub(crate) struct WeakOut<T, K: Kind = Mpsc> {
    sender: WeakSender<T, K>,
    route: &'static Route,
    meter: Meter,
}

impl<T: Send, K: Kind<Lock: Send + Sync> + ManyThreads> WeakOut<T, K> {
    /// Sends if a sender that does keep the channel open is left, and if there is room.
    pub(crate) fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        let Some(sender) = self.sender.upgrade() else {
            return Err(TrySendError::Closed(message));
        };
        let mut out = Outlet {
            sender,
            route: self.route,
            meter: self.meter,
        };
        let sent = out.try_send(message);
        self.meter = out.meter;
        sent
    }

    /// Closes the channel, unless its senders are gone: then it is closed already.
    pub(crate) fn close(&self) {
        if let Some(sender) = self.sender.upgrade() {
            sender.close();
        }
    }
}

impl<T, K: Kind> Metered for WeakOut<T, K> {
    fn read(&self, meters: &mut Meters) {
        meters.add(self.route, &self.meter);
    }
}

impl<T> Clone for SharedIn<T> {
    /// Another receiver, whose meter stands at zero.
    fn clone(&self) -> Self {
        Inlet {
            receiver: self.receiver.clone(),
            route: self.route,
            meter: self.meter.another(),
        }
    }
}

impl<T: Send> SharedIn<T> {
    /// As [`In::recv`].
    pub(crate) async fn recv<D: Drive>(&mut self) -> Option<T> {
        self.meter.receive::<D, _>(self.receiver.recv()).await
    }
}

impl<T: Send, K: Kind<Lock: Send + Sync> + ManyThreads> In<T, K> {
    /// The next message; `None` when the channel is closed and empty.
    pub(crate) async fn recv<D: Drive>(&mut self) -> Option<T> {
        self.meter.receive::<D, _>(self.receiver.recv()).await
    }

    /// Up to `limit` messages at once, as soon as there is one.
    pub(crate) async fn recv_many<D: Drive>(
        &mut self,
        messages: &mut Vec<T>,
        limit: usize,
        patience: Duration,
    ) -> Result<usize, RecvTimeoutError> {
        let start = Instant::now();
        let received = D::within(self.receiver.recv_many(messages, limit), patience).await;
        self.meter.receive_wait += start.elapsed();
        if let Ok(number) = received {
            self.meter.received += number as u64;
        }
        received
    }

    pub(crate) fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let message = self.receiver.try_recv();
        self.meter.received += u64::from(message.is_ok());
        message
    }

    /// Nothing more can be sent; what was is still there.
    pub(crate) fn close(&mut self) {
        self.receiver.close();
    }
}

impl<T> In<T> {
    /// A sender, for somebody who is to answer.
    pub(crate) fn out(&self) -> Out<T> {
        Outlet {
            sender: self.receiver.new_sender(),
            route: self.route,
            meter: self.meter.another(),
        }
    }
}

impl<R> Metered for Inlet<R> {
    fn read(&self, meters: &mut Meters) {
        meters.add(self.route, &self.meter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::drive::{Threads, complete};

    static ROUTE: Route = Route {
        order: 0,
        name: "test",
        from: "here",
        to: "there",
        emptied: true,
    };

    fn read(ends: &[&dyn Metered]) -> Meters {
        let mut meters = Meters::default();
        ends.iter().for_each(|end| end.read(&mut meters));
        meters
    }

    #[test]
    fn the_ends_of_a_route_add_up() {
        let (mut first, mut input) = channel(&ROUTE, Some(4));
        let mut second = first.clone();
        let mut weak = first.downgrade();
        complete(async {
            first.send::<Threads>(1).await.unwrap();
            second.place::<Threads>(2).await.unwrap();
            second.try_send(3).unwrap();
            weak.try_send(4).unwrap();
            assert!(matches!(first.try_send(5), Err(TrySendError::Full(5))));
            assert_eq!(input.recv::<Threads>().await, Some(1));
            let mut messages = Vec::new();
            assert_eq!(
                input
                    .recv_many::<Threads>(&mut messages, 2, Duration::MAX)
                    .await,
                Ok(2)
            );
            assert_eq!(messages, [2, 3]);
        });
        // Whoever may wait counts the time from the call to its end.
        for sender in [&first, &second] {
            let meters = read(&[sender]);
            let (_, meter) = meters.iter().next().unwrap();
            assert!(meter.send_wait > Duration::ZERO);
        }
        let meters = read(&[&first, &second, &weak, &input]);
        let (_, meter) = meters.iter().next().unwrap();
        assert_eq!((meter.sent, meter.received, meter.highest), (4, 3, 4));
        assert_eq!((meter.lanes, meter.capacity), (1, Some(4)));
        assert_eq!(
            meters.losses(),
            ["messages on channel test: 4 sent, 3 received"]
        );
        assert_eq!(input.try_recv(), Ok(4));
        assert_eq!(read(&[&first, &second, &weak, &input]).losses(), [""; 0]);
    }

    #[test]
    fn shared_ends_are_of_one_channel() {
        let (mut out, mut first) = shared(&ROUTE, Some(4));
        let mut second = first.clone();
        complete(async {
            for message in 0..3 {
                out.place::<Threads>(message).await.unwrap();
            }
            assert_eq!(first.recv::<Threads>().await, Some(0));
            assert_eq!(second.recv::<Threads>().await, Some(1));
            assert_eq!(first.recv::<Threads>().await, Some(2));
        });
        let meters = read(&[&out, &first, &second]);
        let (_, meter) = meters.iter().next().unwrap();
        assert_eq!((meter.sent, meter.received, meter.lanes), (3, 3, 1));
        assert_eq!(meters.losses(), [""; 0]);
    }

    #[test]
    fn one_sends_to_one_until_the_other_closes() {
        let (mut out, mut input) = sole(&ROUTE, None);
        complete(async {
            for message in 0..3 {
                out.send::<Threads>(message).await.unwrap();
            }
            assert_eq!(input.recv::<Threads>().await, Some(0));
            input.close();
            assert!(matches!(out.send::<Threads>(3).await, Err(SendError(3))));
            assert_eq!(input.try_recv(), Ok(1));
        });
        let (meters, lost) = (
            read(&[&out, &input]),
            "messages on channel test: 3 sent, 2 received",
        );
        let (_, meter) = meters.iter().next().unwrap();
        assert_eq!((meter.highest, meter.lanes, meter.capacity), (3, 1, None));
        assert_eq!(meters.losses(), [lost]);
        assert_eq!(complete(input.recv::<Threads>()), Some(2));
        assert_eq!(complete(input.recv::<Threads>()), None);
        assert_eq!(read(&[&out, &input]).losses(), [""; 0]);
    }

    #[test]
    fn who_is_to_answer_keeps_the_channel_open() {
        let (_, mut input) = channel::<u32>(&ROUTE, None);
        let mut out = input.out();
        out.try_send(1).unwrap();
        assert_eq!(complete(input.recv::<Threads>()), Some(1));
        assert_eq!(input.try_recv(), Err(TryRecvError::Empty));
        drop(out);
        assert_eq!(complete(input.recv::<Threads>()), None);
    }

    #[test]
    fn a_weak_end_leaves_the_channel_to_the_others() {
        let (out, mut input) = channel(&ROUTE, None);
        let mut weak = out.downgrade();
        drop(out);
        assert!(matches!(weak.try_send(1), Err(TrySendError::Closed(1))));
        assert_eq!(input.try_recv(), Err(TryRecvError::Closed));
    }

    #[test]
    fn waiting_is_measured_and_ends_with_the_channel() {
        let (mut out, mut input) = channel(&ROUTE, Some(1));
        let pause = Duration::from_millis(2);
        complete(async {
            assert!(out.open_after::<Threads>(pause).await);
            let timeout = input.recv_many::<Threads>(&mut Vec::new(), 1, pause).await;
            assert_eq!(timeout, Err(RecvTimeoutError::Timeout));
            out.downgrade().close();
            assert!(!out.open_after::<Threads>(Duration::MAX).await);
            assert!(matches!(out.send::<Threads>(1).await, Err(SendError(1))));
        });
        let meters = read(&[&out, &input]);
        let (_, meter) = meters.iter().next().unwrap();
        assert_eq!(meter.sent, 0);
        assert!(meter.receive_wait >= pause);
    }
}
