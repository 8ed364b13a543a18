//! One stage in front of several of the next: a channel to each, and the message to whoever has
//! room.

use waterway::{SendError, TrySendError};

use super::drive::Drive;
use crate::meter::{Metered, Meters, Out};

#[derive(Debug)]
pub(super) struct Fan<T> {
    lanes: Vec<Out<T>>,
    /// Whose turn it is.
    next: usize,
}

impl<T> Clone for Fan<T> {
    fn clone(&self) -> Self {
        Fan {
            lanes: self.lanes.clone(),
            next: self.next,
        }
    }
}

impl<T: Send> Fan<T> {
    pub(super) fn new(lanes: Vec<Out<T>>) -> Self {
        assert!(!lanes.is_empty());
        Fan { lanes, next: 0 }
    }

    /// Begins with another lane than its clones do.
    pub(super) fn beginning_at(mut self, lane: usize) -> Self {
        self.next = lane % self.lanes.len();
        self
    }

    /// Gives the message to the first lane, from the one whose turn it is on, that has a free
    /// place. If none has, it waits for a place in that one. Says which lane it was.
    pub(super) async fn give<D: Drive>(&mut self, mut message: T) -> Result<usize, SendError<T>> {
        let first = self.next;
        for turn in 0..self.lanes.len() {
            let lane = (first + turn) % self.lanes.len();
            match self.lanes[lane].try_place(message) {
                Ok(()) => {
                    self.next = (lane + 1) % self.lanes.len();
                    return Ok(lane);
                }
                Err(TrySendError::Full(back)) => message = back,
                Err(TrySendError::Closed(back)) => return Err(SendError(back)),
            }
        }
        self.next = (first + 1) % self.lanes.len();
        self.give_to::<D>(first, message).await?;
        Ok(first)
    }

    /// Gives the message to this lane, as what must stay together needs it.
    pub(super) async fn give_to<D: Drive>(
        &mut self,
        lane: usize,
        message: T,
    ) -> Result<(), SendError<T>> {
        self.lanes[lane].place::<D>(message).await
    }

    /// The lane whose turn it is.
    pub(super) fn lane(&self) -> &Out<T> {
        &self.lanes[self.next]
    }
}

impl<T> Metered for Fan<T> {
    fn read(&self, meters: &mut Meters) {
        self.lanes.iter().for_each(|lane| lane.read(meters));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::{In, Route, channel};
    use crate::pipeline::drive::{Threads, complete};

    static ROUTE: Route = Route {
        order: 0,
        name: "test",
        from: "here",
        to: "there",
        emptied: true,
    };

    fn fan(lanes: usize, capacity: usize) -> (Fan<u32>, Vec<In<u32>>) {
        let (outs, ins): (Vec<_>, Vec<_>) =
            (0..lanes).map(|_| channel(&ROUTE, Some(capacity))).unzip();
        (Fan::new(outs), ins)
    }

    #[test]
    fn messages_go_round_and_past_the_full() {
        let (mut fan, mut ins) = fan(3, 2);
        let lanes: Vec<_> = (0..4)
            .map(|n| complete(fan.give::<Threads>(n)).unwrap())
            .collect();
        assert_eq!(lanes, [0, 1, 2, 0]);
        complete(fan.give_to::<Threads>(1, 9)).unwrap();
        assert_eq!(complete(fan.give::<Threads>(4)).unwrap(), 2);
        assert_eq!(ins[1].try_recv(), Ok(1));
        assert_eq!(complete(fan.give::<Threads>(5)).unwrap(), 1);
    }

    #[test]
    fn it_waits_when_all_are_full() {
        let (mut fan, mut ins) = fan(2, 1);
        for n in 0..2 {
            complete(fan.give::<Threads>(n)).unwrap();
        }
        std::thread::scope(|scope| {
            let giver = scope.spawn(move || complete(fan.give::<Threads>(2)).unwrap());
            assert_eq!(complete(ins[0].recv::<Threads>()), Some(0));
            // Wherever the giver is by now, the message comes to one of the two.
            let lane = giver.join().unwrap();
            let message = std::iter::from_fn(|| ins[lane].try_recv().ok()).last();
            assert_eq!(message, Some(2));
        });
    }

    #[test]
    fn a_closed_lane_gives_the_message_back() {
        let (mut fan, ins) = fan(1, 1);
        drop(ins);
        assert!(matches!(
            complete(fan.give::<Threads>(7)),
            Err(SendError(7))
        ));
    }
}
