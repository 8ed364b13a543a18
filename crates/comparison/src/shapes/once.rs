//! Channels for one message: creation and use, requests that bring one for their reply.

use std::sync::Arc;

use waterway::mpsc;

use super::crew::{self, End};
use super::single::timed;
use super::{Tally, wrong_reply};
use crate::cells::World;
use crate::contest::{Job, Once, Sample};
use crate::watch::{Fault, Pulse};

/// In one thread.
pub(crate) fn create<O: Once>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    let source = O::Source::default();
    let mut values = 0..;
    timed(job.count, 1, pulse, || {
        let value = values.next().expect("there is no last one");
        let (tx, mut rx) = O::open(&source);
        if O::send(tx, value) && O::try_recv(&mut rx) == Some(value) {
            return Ok(());
        }
        Err(wrong_reply())
    })
}

/// The requests go over the same stream, whoever the contestant: ours.
pub(crate) fn request<O: Once>(job: &Job, pulse: &Arc<Pulse>) -> Result<Sample, Fault> {
    let Job { cell, count } = *job;
    let parks = cell.world == World::Threads;
    let (requests, mut inbox) = mpsc::bounded::<(u64, O::Tx)>(1);
    let server: End = Box::pin(async move {
        let tally = Tally::begin();
        loop {
            let request = inbox.recv();
            let request = if parks { request.wait() } else { request.await };
            let Some((value, reply)) = request else { break };
            if !O::send(reply, value) {
                break;
            }
        }
        tally
    });
    let client: End = Box::pin({
        let pulse = Arc::clone(pulse);
        async move {
            let source = O::Source::default();
            let mut tally = Tally::begin();
            while tally.got < count && pulse.beat(tally.got) {
                let (tx, rx) = O::open(&source);
                let send = requests.send((tally.got, tx));
                let sent = if parks { send.wait() } else { send.await };
                let reply = if parks {
                    O::wait(rx)
                } else {
                    O::recv(rx).await
                };
                if sent.is_err() || reply != Some(tally.got) {
                    break;
                }
                tally.take(tally.got);
            }
            tally.done()
        }
    });
    let tallies = crew::run(cell.world, pulse, vec![server, client])?;
    Tally::of_all(tallies).sample(count, &[], pulse)
}
