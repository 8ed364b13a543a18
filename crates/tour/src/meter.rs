//! The ends of a channel, with a meter on each.
//!
//! | kind | sends | receives |
//! |---|---|---|
//! | mpmc | [`Out`], [`WeakOut`] | [`SharedIn`]: each message comes to one of them |
//! | broadcast | [`EachOut`] | [`EachIn`]: each message comes to each of them |
//! | watch | [`StateOut`] | [`StateIn`]: sees the latest state |
//! | oneshot | [`Replies`], by whoever is asked | [`Asked`], by whoever asks |
//! | pool | [`SlotOut`]: writes in place | [`SlotIn`]: reads in place |
//! | inbox | [`MailOut`] | [`Mailbox`], which makes one [`MailIn`] after the other |
//!
//! They do what the senders and receivers in them do; beside it they count the messages, the highest
//! fill that a sender saw behind its own message, and the time spent waiting. Every end counts for
//! itself, without sharing; a stage gives its meters away when it ends, and [`Meters`] adds them up.

use std::collections::BTreeMap;
use std::iter;
use std::time::{Duration, Instant};

use serde::Serialize;
use waterway::broadcast::{self, Ref};
use waterway::inbox::{self, Manager};
use waterway::mpmc::{self, Sender, WeakSender};
use waterway::oneshot::{self, Call, Pool};
use waterway::pool::{self, Recycle, SlotRef};
use waterway::select::{Contender, Won2, race};
use waterway::watch::{self, Snapshot};
use waterway::{Awaited, Closed, Lagged, ManyThreads, SendError, TryRecvError, TrySendError, Wait};

use crate::pipeline::drive::Drive;
use crate::pipeline::{Actors, Answers};

/// Of which module of waterway a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Mpmc,
    Mpsc,
    Spsc,
    Oneshot,
    Broadcast,
    Watch,
    Inbox,
    Pool,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Mpmc => "mpmc",
            Kind::Mpsc => "mpsc",
            Kind::Spsc => "spsc",
            Kind::Oneshot => "oneshot",
            Kind::Broadcast => "broadcast",
            Kind::Watch => "watch",
            Kind::Inbox => "inbox",
            Kind::Pool => "pool",
        }
    }
}

/// A channel, or several that lie side by side between the same stages.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    /// The place in the table.
    pub(crate) order: u8,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    /// As many receive each message.
    pub(crate) copies: u64,
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
    /// What the readers were told.
    pub(crate) answers: Answers,
    pub(crate) actors: Actors,
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
    pub(crate) fn messages(&self, route: &Route) -> u64 {
        self.sent.max(self.received.div_ceil(route.copies))
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
        self.answers.add(&other.answers);
        self.actors.add(&other.actors);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static Route, &Meter)> {
        self.routes.iter().map(|(&route, meter)| (route, meter))
    }

    /// The routes on which something was lost, a line each.
    pub(crate) fn losses(&self) -> Vec<String> {
        self.iter()
            .filter(|(route, meter)| route.emptied && meter.sent * route.copies != meter.received)
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
pub(crate) type Out<T> = Outlet<Sender<T>>;
/// One of the receiving ends of a channel: every message comes to one of them.
pub(crate) type SharedIn<T> = Inlet<mpmc::Receiver<T>>;
/// One of the sending ends of a broadcast.
pub(crate) type EachOut<T> = Outlet<broadcast::Sender<T>>;
/// One of the receiving ends of a broadcast: every message comes to each of them.
pub(crate) type EachIn<T> = Inlet<broadcast::Receiver<T>>;
/// One of the ends that change a state.
pub(crate) type StateOut<T> = Outlet<watch::Sender<T>>;
/// An end that sees the latest state.
pub(crate) type StateIn<T> = Inlet<watch::Receiver<T>>;
/// Where questions are made, each with a channel of its own for its answer.
pub(crate) type Asked<A> = Inlet<Pool<A>>;
/// Where they are answered.
pub(crate) type Replies = Outlet<()>;
/// One of the ends that write messages in place.
pub(crate) type SlotOut<T, R> = Outlet<pool::Sender<T, R>>;
/// The end that reads them there.
pub(crate) type SlotIn<T, R> = Inlet<pool::Receiver<T, R>>;
/// The sending end of an inbox.
pub(crate) type MailOut<T> = Outlet<inbox::Sender<T>>;
/// An inbox, whoever receives from it at the time.
pub(crate) type Mailbox<T> = Inlet<Manager<T>>;

/// Makes a channel of the route: of a capacity, which may be none at all (a rendezvous), or
/// unbounded.
pub(crate) fn shared<T>(route: &'static Route, capacity: Option<usize>) -> (Out<T>, SharedIn<T>) {
    let ends = capacity.map_or_else(mpmc::unbounded, mpmc::bounded);
    metered(route, capacity, ends)
}

/// Makes a broadcast in which the slowest receiver holds up the senders, so that none misses
/// anything. It has room for one message at least: nobody can be face to face with all.
pub(crate) fn each<T>(route: &'static Route, capacity: usize) -> (EachOut<T>, EachIn<T>) {
    let capacity = capacity.max(1);
    metered(route, Some(capacity), broadcast::lossless(capacity))
}

/// Makes a channel of the latest state.
pub(crate) fn state<T>(route: &'static Route, first: T) -> (StateOut<T>, StateIn<T>) {
    metered(route, Some(1), watch::channel(first))
}

/// The two sides of questions and answers: their channels lie in memory that is used again.
pub(crate) fn answers<A>(route: &'static Route) -> (Replies, Asked<A>) {
    /// Of as many answers the memory is kept.
    const KEPT: usize = 64;
    metered(route, Some(1), ((), Pool::new(KEPT)))
}

/// Makes a channel whose messages are written and read in place, in slots that the policy makes fit to
/// be used again. There is one slot at least.
pub(crate) fn slots<T, R: Recycle<T>>(
    route: &'static Route,
    capacity: usize,
    policy: R,
) -> (SlotOut<T, R>, SlotIn<T, R>) {
    let capacity = capacity.max(1);
    metered(route, Some(capacity), pool::with_recycle(capacity, policy))
}

/// Makes an inbox that outlives its receivers; there is none at first. It has room for one message at
/// least, and for no more than an inbox can have.
pub(crate) fn mail<T>(route: &'static Route, capacity: usize) -> (MailOut<T>, Mailbox<T>) {
    let capacity = capacity.clamp(inbox::MIN_CAP, inbox::MAX_CAP);
    let (manager, sender, _) = inbox::managed(capacity);
    metered(route, Some(capacity), (sender, manager))
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

impl<S: Clone> Clone for Outlet<S> {
    /// Another sender, whose meter stands at zero.
    fn clone(&self) -> Self {
        Outlet {
            sender: self.sender.clone(),
            route: self.route,
            meter: self.meter.another(),
        }
    }
}

impl<R: Clone> Clone for Inlet<R> {
    /// Another receiver, whose meter stands at zero.
    fn clone(&self) -> Self {
        Inlet {
            receiver: self.receiver.clone(),
            route: self.route,
            meter: self.meter.another(),
        }
    }
}

impl<T: Send> Out<T> {
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
        D::within(self.closed(), pause).await.is_err()
    }

    /// The end of the channel, as one of the things to wait for.
    pub(crate) fn closed(&self) -> mpmc::ClosedOp<'_, T> {
        self.sender.closed()
    }

    pub(crate) fn downgrade(&self) -> WeakOut<T> {
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

impl<T> Metered for WeakOut<T> {
    fn read(&self, meters: &mut Meters) {
        meters.add(self.route, &self.meter);
    }
}

impl<T: Send> SharedIn<T> {
    /// The next message; `None` when the channel is closed and empty.
    pub(crate) async fn recv<D: Drive>(&mut self) -> Option<T> {
        self.meter.receive::<D, _>(self.receiver.recv()).await
    }
}

impl<T: Send + Sync> EachOut<T> {
    pub(crate) async fn send<D: Drive>(&mut self, message: T) -> Result<(), SendError<T>> {
        let sent = self.meter.send::<D, _>(self.sender.send(message)).await;
        self.meter.count(sent, self.sender.len())
    }
}

impl<T: Send + Sync> EachIn<T> {
    /// The next message, which the others get too; `None` when the channel is closed and this end
    /// has had everything.
    pub(crate) async fn recv<D: Drive>(&mut self) -> Option<Ref<T>> {
        let receiving = self.receiver.recv_ref();
        whole(self.meter.receive::<D, _>(receiving).await)
    }

    /// The same, or `None` at the next tick if that is earlier.
    pub(crate) async fn recv_or_tick<D: Drive>(
        &mut self,
        clock: &mut D::Clock,
    ) -> Option<Option<Ref<T>>> {
        let start = Instant::now();
        let heard = D::or_tick(self.receiver.recv_ref(), clock).await;
        self.meter.receive_wait += start.elapsed();
        let heard = whole(heard?);
        self.meter.received += u64::from(heard.is_some());
        Some(heard)
    }

    /// The messages that are there.
    pub(crate) fn ready(&mut self) -> impl Iterator<Item = Ref<T>> {
        iter::from_fn(|| {
            let message = whole(self.receiver.try_recv_ref().ok());
            self.meter.received += u64::from(message.is_some());
            message
        })
    }
}

fn whole<T>(received: Option<Result<T, Lagged>>) -> Option<T> {
    received.map(|message| message.unwrap_or_else(|_| unreachable!("nobody is overtaken here")))
}

impl<T: Clone> StateOut<T> {
    /// Changes the state, unless nobody is to see it any more.
    pub(crate) fn change(&mut self, change: impl FnMut(&mut T)) -> Result<(), Closed> {
        let changed = self.sender.send_modify(change).map(drop);
        self.meter.count(changed, 1)
    }

    /// The state is the last, whoever else would change it.
    pub(crate) fn end(&self) {
        self.sender.close();
    }
}

impl<T: Send + Sync> StateIn<T> {
    /// The latest state, once it is another than the one before; `None` when it was the last.
    pub(crate) async fn changed<D: Drive>(&mut self) -> Option<Snapshot<T>> {
        self.meter.receive::<D, _>(self.receiver.changed()).await
    }
}

impl Replies {
    /// Answers, which never waits.
    pub(crate) fn send<A>(
        &mut self,
        reply: oneshot::Sender<A>,
        answer: A,
    ) -> Result<(), SendError<A>> {
        self.meter.count(reply.send(answer), 0)
    }
}

impl<A: Send> Asked<A> {
    /// A question to be sent to somebody, and where its answer arrives.
    pub(crate) fn call<Q>(&self, question: Q) -> (Call<Q, A>, oneshot::Receiver<A>) {
        self.receiver.call(question)
    }

    /// So many answers have not been taken.
    pub(crate) fn unanswered(&mut self, number: usize) {
        self.meter.highest = self.meter.highest.max(number);
    }

    /// The answer; `None` if whoever was asked is gone.
    pub(crate) async fn recv<D: Drive>(&mut self, answer: oneshot::Receiver<A>) -> Option<A> {
        let start = Instant::now();
        let answer = D::run(answer).await;
        self.meter.receive_wait += start.elapsed();
        self.meter.received += u64::from(answer.is_ok());
        answer.ok()
    }

    /// The same, but for no longer than until `end`: then whoever is asked sees that nobody waits.
    pub(crate) async fn recv_unless<D: Drive>(
        &mut self,
        answer: oneshot::Receiver<A>,
        end: impl Contender<Kind: ManyThreads + Awaited, Output = ()> + Send,
    ) -> Option<A> {
        let start = Instant::now();
        let first = D::run(race((answer, end)).biased()).await;
        self.meter.receive_wait += start.elapsed();
        let Won2::A(Ok(answer)) = first else {
            return None;
        };
        self.meter.received += 1;
        Some(answer)
    }

    pub(crate) fn try_recv(
        &mut self,
        answer: &mut oneshot::Receiver<A>,
    ) -> Result<A, TryRecvError> {
        let answer = answer.try_recv();
        self.meter.received += u64::from(answer.is_ok());
        answer
    }
}

impl<T: Send + Sync, R: Recycle<T> + Send + Sync> SlotOut<T, R> {
    /// Waits for a slot, has the message written in it, and sends it.
    pub(crate) async fn write<D: Drive>(
        &mut self,
        write: impl FnOnce(&mut T),
    ) -> Result<(), Closed> {
        let mut slot = self.meter.send::<D, _>(self.sender.slot()).await?;
        write(&mut slot);
        let sent = slot.send().map_err(|_| Closed);
        self.meter.count(sent, self.sender.len())
    }
}

impl<T: Send + Sync, R: Recycle<T> + Send + Sync> SlotIn<T, R> {
    /// The next message, in its slot, which is free again when this is dropped; `None` at the end.
    pub(crate) async fn recv<D: Drive>(&mut self) -> Option<SlotRef<'_, T, R>> {
        self.meter.receive::<D, _>(self.receiver.recv_ref()).await
    }
}

impl<T: Send> MailOut<T> {
    pub(crate) async fn send<D: Drive>(&mut self, message: T) -> Result<(), SendError<T>> {
        let sent = self.meter.send::<D, _>(self.sender.send(message)).await;
        self.meter.count(sent, self.sender.len())
    }
}

/// The receiving end of an inbox, until it is dropped, by a panic for example.
#[derive(Debug)]
pub(crate) struct MailIn<'a, T> {
    receiver: inbox::Receiver<T>,
    meter: &'a mut Meter,
}

impl<T> Mailbox<T> {
    /// The next receiver, which goes on where the last one stopped.
    ///
    /// # Panics
    /// If the last one is still there.
    pub(crate) fn receiver(&mut self) -> MailIn<'_, T> {
        let receiver = self.receiver.new_receiver();
        MailIn {
            receiver: receiver.expect("the last receiver is gone"),
            meter: &mut self.meter,
        }
    }
}

impl<T: Send> MailIn<'_, T> {
    /// Waits for the next message and deals with it where it lies. It is taken, and counted, once
    /// that is done: if `deal` panics the next receiver gets it. `None` when the senders are gone
    /// and the inbox is empty.
    pub(crate) async fn deal<D: Drive>(&mut self, deal: impl FnOnce(&mut T)) -> Option<T> {
        let start = Instant::now();
        let lease = D::run(self.receiver.recv_leased()).await;
        self.meter.receive_wait += start.elapsed();
        let mut lease = lease?;
        deal(&mut lease);
        self.meter.received += 1;
        Some(lease.ack())
    }
}

impl<R> Metered for Inlet<R> {
    fn read(&self, meters: &mut Meters) {
        meters.add(self.route, &self.meter);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{self, AssertUnwindSafe};

    use waterway::pool::WithCapacity;

    use super::*;
    use crate::pipeline::drive::{Threads, complete};

    static ROUTE: Route = Route {
        order: 0,
        name: "test",
        kind: Kind::Mpmc,
        from: "here",
        to: "there",
        copies: 1,
        emptied: true,
    };

    fn read(ends: &[&dyn Metered]) -> Meters {
        let mut meters = Meters::default();
        ends.iter().for_each(|end| end.read(&mut meters));
        meters
    }

    #[test]
    fn the_ends_of_a_route_add_up() {
        let (mut first, mut input) = shared(&ROUTE, Some(4));
        let mut second = first.clone();
        let mut weak = first.downgrade();
        let mut other = input.clone();
        complete(async {
            first.send::<Threads>(1).await.unwrap();
            second.place::<Threads>(2).await.unwrap();
            second.try_send(3).unwrap();
            weak.try_send(4).unwrap();
            assert!(matches!(first.try_send(5), Err(TrySendError::Full(5))));
            assert_eq!(input.recv::<Threads>().await, Some(1));
            assert_eq!(other.recv::<Threads>().await, Some(2));
            assert_eq!(input.recv::<Threads>().await, Some(3));
        });
        // Whoever may wait counts the time from the call to its end.
        for sender in [&first, &second] {
            let meters = read(&[sender]);
            let (_, meter) = meters.iter().next().unwrap();
            assert!(meter.send_wait > Duration::ZERO);
        }
        let meters = read(&[&first, &second, &weak, &input, &other]);
        let (_, meter) = meters.iter().next().unwrap();
        assert_eq!((meter.sent, meter.received, meter.highest), (4, 3, 4));
        assert_eq!((meter.lanes, meter.capacity), (1, Some(4)));
        assert_eq!(
            meters.losses(),
            ["messages on channel test: 4 sent, 3 received"]
        );
        assert_eq!(complete(other.recv::<Threads>()), Some(4));
        let ends: [&dyn Metered; 5] = [&first, &second, &weak, &input, &other];
        assert_eq!(read(&ends).losses(), [""; 0]);
    }

    #[test]
    fn a_weak_end_leaves_the_channel_to_the_others() {
        let (out, mut input) = shared(&ROUTE, None);
        let mut weak = out.downgrade();
        drop(out);
        assert!(matches!(weak.try_send(1), Err(TrySendError::Closed(1))));
        assert_eq!(complete(input.recv::<Threads>()), None);
    }

    #[test]
    fn waiting_ends_with_the_channel() {
        let (mut out, input) = shared(&ROUTE, Some(1));
        let pause = Duration::from_millis(2);
        complete(async {
            assert!(out.open_after::<Threads>(pause).await);
            out.downgrade().close();
            assert!(!out.open_after::<Threads>(Duration::MAX).await);
            assert!(matches!(out.send::<Threads>(1).await, Err(SendError(1))));
        });
        let meters = read(&[&out, &input]);
        assert_eq!(meters.iter().next().unwrap().1.sent, 0);
    }

    #[test]
    fn of_a_broadcast_each_end_counts_every_message() {
        static TO_TWO: Route = Route { copies: 2, ..ROUTE };
        let (mut out, mut first) = each(&TO_TWO, 0);
        let mut second = first.clone();
        let mut clock = <Threads as Drive>::clock(Duration::from_millis(2));
        complete(async {
            for message in 0..3 {
                out.send::<Threads>(message).await.unwrap();
                let heard = first.recv::<Threads>().await;
                assert_eq!(heard.as_deref(), Some(&message));
                if message < 2 {
                    let heard = second.ready().map(|message| *message);
                    assert!(heard.eq([message]));
                }
            }
            let sum = || read(&[&out, &first, &second]);
            let lost = "messages on channel test: 3 sent, 5 received";
            assert_eq!(sum().losses(), [lost]);
            let heard = second.recv_or_tick::<Threads>(&mut clock).await;
            assert_eq!(heard.flatten().as_deref(), Some(&2));
            assert!(second.recv_or_tick::<Threads>(&mut clock).await.is_none());
            let sum = read(&[&out, &first, &second]);
            assert_eq!(sum.losses(), [""; 0]);
            let (route, meter) = sum.iter().next().unwrap();
            assert_eq!((meter.messages(route), meter.lanes), (3, 1));
            assert_eq!((meter.capacity, meter.highest), (Some(1), 1));
            assert!(meter.receive_wait > Duration::ZERO);
            drop(out);
            let end = second.recv_or_tick::<Threads>(&mut clock).await;
            assert!(matches!(end, Some(None)));
        });
    }

    #[test]
    fn of_states_those_that_were_seen_count() {
        let (mut out, mut input) = state(&ROUTE, 0);
        let mut another = out.clone();
        for _ in 0..3 {
            another.change(|state| *state += 1).unwrap();
            out.change(|state| *state += 1).unwrap();
        }
        assert_eq!(complete(input.changed::<Threads>()).as_deref(), Some(&6));
        out.end();
        assert!(another.change(|state| *state = 0).is_err());
        assert!(complete(input.changed::<Threads>()).is_none());
        let meters = read(&[&out, &another, &input]);
        let (_, meter) = meters.iter().next().unwrap();
        assert_eq!((meter.sent, meter.received), (6, 1));
    }

    #[test]
    fn slots_are_written_in_place_and_counted() {
        for asked in [0, 1] {
            let (mut out, mut input) = slots(&ROUTE, asked, WithCapacity::new());
            let mut another = out.clone();
            complete(async {
                for text in ["one", "two"] {
                    let write = |slot: &mut String| slot.push_str(text);
                    another.write::<Threads>(write).await.unwrap();
                    assert_eq!(**input.recv::<Threads>().await.unwrap(), *text);
                }
                out.write::<Threads>(|_| ()).await.unwrap();
                let sum = read(&[&out, &another, &input]);
                assert_eq!(
                    sum.losses(),
                    ["messages on channel test: 3 sent, 2 received"]
                );
                let (_, meter) = sum.iter().next().unwrap();
                assert_eq!((meter.highest, meter.capacity), (1, Some(1)));
                assert_eq!(**input.recv::<Threads>().await.unwrap(), *"");
                drop(another);
                drop(input);
                assert_eq!(out.write::<Threads>(|_| ()).await, Err(Closed));
            });
        }
    }

    #[test]
    fn what_an_inbox_loses_by_a_panic_is_received_again_and_counted_once() {
        for (asked, capacity) in [(0, 1), (2, 2), (1_000, inbox::MAX_CAP)] {
            let (mut out, mut mailbox) = mail(&ROUTE, asked);
            complete(out.send::<Threads>(1)).unwrap();
            let mut receiver = mailbox.receiver();
            let panics = panic::catch_unwind(AssertUnwindSafe(|| {
                complete(receiver.deal::<Threads>(|message| {
                    *message += 1;
                    panic::resume_unwind(Box::new(()));
                }))
            }));
            assert!(panics.is_err());
            drop(receiver);
            let mut meters = read(&[&out]);
            // What is lost is not waited for.
            drop(out);
            let mut receiver = mailbox.receiver();
            assert_eq!(complete(receiver.deal::<Threads>(|_| ())), Some(2));
            let end = complete(receiver.deal::<Threads>(|_| ()));
            assert_eq!(end, None);
            drop(receiver);
            meters.merge(read(&[&mailbox]));
            let (_, meter) = meters.iter().next().unwrap();
            assert_eq!((meter.sent, meter.received), (1, 1));
            assert_eq!((meter.lanes, meter.capacity), (1, Some(capacity)));
        }
    }

    #[test]
    fn an_answer_is_waited_for_unless_nobody_wants_it() {
        let (mut replies, mut asked) = answers::<u32>(&ROUTE);
        let (out, pieces) = shared::<()>(&ROUTE, Some(1));
        complete(async {
            let (call, answer) = asked.call(1);
            replies.send(call.reply, call.request + 1).unwrap();
            assert_eq!(asked.recv::<Threads>(answer).await, Some(2));

            let (call, answer) = asked.call(1);
            replies.send(call.reply, call.request + 2).unwrap();
            let answered = asked.recv_unless::<Threads>(answer, out.closed()).await;
            assert_eq!(answered, Some(3));

            let (call, mut answer) = asked.call(1);
            assert_eq!(asked.try_recv(&mut answer), Err(TryRecvError::Empty));
            // The one who was asked has gone.
            drop(call);
            assert_eq!(asked.try_recv(&mut answer), Err(TryRecvError::Closed));
            assert_eq!(asked.recv::<Threads>(answer).await, None);

            // The one who asked has.
            let (call, answer) = asked.call(1);
            drop(pieces);
            let answered = asked.recv_unless::<Threads>(answer, out.closed()).await;
            assert_eq!(answered, None);
            assert!(replies.send(call.reply, 0).is_err());
        });
        asked.unanswered(3);
        let meters = read(&[&replies, &asked]);
        let (_, meter) = meters.iter().next().unwrap();
        assert_eq!((meter.sent, meter.received, meter.highest), (2, 2, 3));
    }
}
