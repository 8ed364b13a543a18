//! The ends of a channel, with a meter on each.
//!
//! An [`Out`] and an [`In`] hold a sender and a receiver and do what those do; beside it they count
//! the messages, the highest fill that a sender saw behind its own message, and the time spent
//! waiting. Every end counts for itself, without sharing; a stage gives its meters away when it
//! ends, and [`Meters`] adds them up.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use waterway::mpsc::{self, Receiver, Sender, WeakSender};
use waterway::{RecvTimeoutError, SendError, TryRecvError, TrySendError};

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
    /// Channels; counted at the receiving ends.
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
    /// The messages that passed, by the end that has counted them.
    pub(crate) fn messages(&self) -> u64 {
        self.sent.max(self.received)
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

#[derive(Debug)]
pub(crate) struct Out<T> {
    sender: Sender<T>,
    route: &'static Route,
    meter: Meter,
}

#[derive(Debug)]
pub(crate) struct In<T> {
    receiver: Receiver<T>,
    route: &'static Route,
    meter: Meter,
}

/// Makes a channel of the route: of a capacity, which may be none at all (a rendezvous), or
/// unbounded.
pub(crate) fn channel<T>(route: &'static Route, capacity: Option<usize>) -> (Out<T>, In<T>) {
    let (sender, receiver) = match capacity {
        Some(capacity) => mpsc::bounded(capacity),
        None => mpsc::unbounded(),
    };
    let meter = Meter {
        capacity,
        ..Meter::default()
    };
    (
        Out {
            sender,
            route,
            meter,
        },
        In {
            receiver,
            route,
            meter: Meter { lanes: 1, ..meter },
        },
    )
}

impl<T> Clone for Out<T> {
    /// Another sender, whose meter stands at zero.
    fn clone(&self) -> Self {
        let meter = Meter {
            capacity: self.meter.capacity,
            ..Meter::default()
        };
        Out {
            sender: self.sender.clone(),
            route: self.route,
            meter,
        }
    }
}

impl<T: Send> Out<T> {
    pub(crate) async fn send<D: Drive>(&mut self, message: T) -> Result<(), SendError<T>> {
        let start = Instant::now();
        let sent = D::run(self.sender.send(message)).await;
        self.meter.send_wait += start.elapsed();
        self.count(sent)
    }

    /// As [`send`](Out::send), in two steps: a place first, then the message into it.
    pub(crate) async fn place<D: Drive>(&mut self, message: T) -> Result<(), SendError<T>> {
        if self.is_rendezvous() {
            // Face to face there are no places to reserve.
            return self.send::<D>(message).await;
        }
        let start = Instant::now();
        let reserved = D::run(self.sender.reserve()).await;
        self.meter.send_wait += start.elapsed();
        let sent = match reserved.ok() {
            Some(permit) => permit.send(message),
            None => Err(SendError(message)),
        };
        self.count(sent)
    }

    /// As [`place`](Out::place), if there is a place just now.
    pub(crate) fn try_place(&mut self, message: T) -> Result<(), TrySendError<T>> {
        if self.is_rendezvous() {
            return self.try_send(message);
        }
        let sent = match self.sender.try_reserve() {
            Ok(permit) => permit
                .send(message)
                .map_err(|SendError(message)| TrySendError::Closed(message)),
            Err(TrySendError::Full(())) => Err(TrySendError::Full(message)),
            Err(TrySendError::Closed(())) => Err(TrySendError::Closed(message)),
        };
        self.count(sent)
    }

    pub(crate) fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        let sent = self.sender.try_send(message);
        self.count(sent)
    }

    /// Waits for `pause`, or until the channel is closed; whether it is open still.
    pub(crate) async fn open_after<D: Drive>(&self, pause: Duration) -> bool {
        D::within(self.sender.closed(), pause).await.is_err()
    }

    pub(crate) fn close(&self) {
        self.sender.close();
    }

    pub(crate) fn downgrade(&self) -> WeakOut<T> {
        let meter = Meter {
            capacity: self.meter.capacity,
            ..Meter::default()
        };
        WeakOut {
            sender: self.sender.downgrade(),
            route: self.route,
            meter,
        }
    }

    fn is_rendezvous(&self) -> bool {
        self.meter.capacity == Some(0)
    }

    fn count<E>(&mut self, sent: Result<(), E>) -> Result<(), E> {
        if sent.is_ok() {
            self.meter.sent += 1;
            self.meter.highest = self.meter.highest.max(self.sender.len());
        }
        sent
    }
}

impl<T> Metered for Out<T> {
    fn read(&self, meters: &mut Meters) {
        meters.add(self.route, &self.meter);
    }
}

/// A sender that does not keep its channel open.
#[derive(Debug)]
pub(crate) struct WeakOut<T> {
    sender: WeakSender<T>,
    route: &'static Route,
    meter: Meter,
}

impl<T: Send> WeakOut<T> {
    /// Sends if a sender that does keep the channel open is left, and if there is room.
    pub(crate) fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        let Some(sender) = self.sender.upgrade() else {
            return Err(TrySendError::Closed(message));
        };
        let mut out = Out {
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

impl<T> Metered for WeakOut<T> {
    fn read(&self, meters: &mut Meters) {
        meters.add(self.route, &self.meter);
    }
}

impl<T: Send> In<T> {
    /// The next message; `None` when the channel is closed and empty.
    pub(crate) async fn recv<D: Drive>(&mut self) -> Option<T> {
        let start = Instant::now();
        let message = D::run(self.receiver.recv()).await;
        self.meter.receive_wait += start.elapsed();
        self.meter.received += u64::from(message.is_some());
        message
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
}

impl<T> Metered for In<T> {
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
            second.try_place(3).unwrap();
            weak.try_send(4).unwrap();
            assert!(matches!(first.try_place(5), Err(TrySendError::Full(5))));
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
