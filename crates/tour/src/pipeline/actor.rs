//! Behind the merger: for each language that occurs an actor, which adds up what was counted in it.
//!
//! An actor has an inbox with a manager. Whoever receives from it works on one finding at a time,
//! where it lies, and takes it when it is entered. So a panic before that loses nothing: the
//! receiver goes with it, the next one finds the same message, and the senders notice nothing but
//! that it takes a moment longer.
//!
//! That is tried with `--chaos`: of [`CHAOS`] messages each actor panics at one, before it enters it
//! and only the first time. After any other panic nobody knows what was entered: then the actor
//! breaks off, and with it the merger.

use std::any::Any;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::Poll;

use serde::Serialize;
use waterway::broadcast::Ref;
use waterway::oneshot;

use super::drive::Drive;
use super::{ENTRIES, Finding, SHARES};
use crate::journal::{Log, What};
use crate::language::Language;
use crate::meter::{Asked, MailIn, MailOut, Mailbox, Metered, Meters, answers, mail};
use crate::tally::Census;

/// Under chaos one message in so many goes wrong.
const CHAOS: u64 = 97;

/// From the merger to the actor of a language.
struct Entry {
    finding: Ref<Finding>,
    /// How often it was begun.
    tries: u32,
}

/// From an actor to the merger, at its end.
struct Share {
    census: Census,
    restarts: u64,
    meters: Meters,
}

/// How the actors fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Actors {
    /// As many languages had one.
    pub(crate) started: u64,
    /// As often one was started again after a panic.
    pub(crate) restarts: u64,
}

impl Actors {
    pub(crate) fn add(&mut self, other: &Actors) {
        self.started += other.started;
        self.restarts += other.restarts;
    }
}

/// The actors, as the merger has them. They run on the same drive as it does.
pub(super) struct Troupe<D> {
    drive: D,
    capacity: usize,
    chaos: bool,
    log: Log,
    shares: Asked<Share>,
    actors: BTreeMap<Language, (MailOut<Entry>, oneshot::Receiver<Share>)>,
}

impl<D: Drive + Clone> Troupe<D> {
    pub(super) fn new(drive: D, capacity: usize, chaos: bool, log: Log) -> Self {
        Troupe {
            drive,
            capacity,
            chaos,
            log,
            shares: answers(&SHARES).1,
            actors: BTreeMap::new(),
        }
    }

    /// Hands a finding on to the actor of the language, which is started if it is the first.
    ///
    /// # Panics
    /// If that actor has broken off, or cannot be started: then the census cannot be right.
    pub(super) async fn enter(&mut self, language: Language, finding: Ref<Finding>) {
        if !self.actors.contains_key(&language) {
            let actor = self.start(language);
            self.actors.insert(language, actor);
        }
        let (out, _) = self.actors.get_mut(&language).expect("it is there now");
        let entry = Entry { finding, tries: 0 };
        if out.send::<D>(entry).await.is_err() {
            broken_off(language);
        }
    }

    fn start(&self, language: Language) -> (MailOut<Entry>, oneshot::Receiver<Share>) {
        let (out, mailbox) = mail(&ENTRIES, self.capacity);
        let (call, share) = self.shares.call(());
        let actor = Actor {
            language,
            chaos: self.chaos,
            census: Census::default(),
            entered: 0,
        };
        let stage = supervise::<D>(actor, mailbox, call.reply, self.log.clone());
        if let Err(error) = self.drive.launch("actor", stage) {
            panic!("cannot start the actor of {}: {error}", language.name());
        }
        (out, share)
    }

    /// Waits until all have entered what they have, and puts it together.
    ///
    /// # Panics
    /// As for [`enter`](Self::enter).
    pub(super) async fn end(self, census: &mut Census, meters: &mut Meters) {
        let Troupe {
            actors,
            shares: mut asked,
            ..
        } = self;
        meters.actors.started += actors.len() as u64;
        // All of them hear that nothing more comes, before one is waited for.
        let hear = |(language, (out, share)): (Language, (MailOut<Entry>, _))| {
            out.read(meters);
            (language, share)
        };
        let shares: Vec<_> = actors.into_iter().map(hear).collect();
        for (language, share) in shares {
            let Some(share) = asked.recv::<D>(share).await else {
                broken_off(language);
            };
            census.absorb(share.census);
            meters.actors.restarts += share.restarts;
            meters.merge(share.meters);
        }
        asked.read(meters);
    }
}

fn broken_off(language: Language) -> ! {
    panic!("the actor of {} has broken off", language.name());
}

/// The panic of chaos.
struct Chaos;

struct Actor {
    language: Language,
    chaos: bool,
    census: Census,
    entered: u64,
}

impl Actor {
    async fn run<D: Drive>(&mut self, mut inbox: MailIn<'_, Entry>) {
        while inbox.deal::<D>(|entry| self.enter(entry)).await.is_some() {}
    }

    fn enter(&mut self, entry: &mut Entry) {
        entry.tries += 1;
        // Not for all languages at the same message.
        let turn = self.entered + self.language as u64;
        if self.chaos && entry.tries == 1 && turn % CHAOS == CHAOS / 4 {
            // As a panic, but for the message on the terminal.
            resume_unwind(Box::new(Chaos));
        }
        if let Finding::Counted {
            language, counted, ..
        } = &*entry.finding
        {
            self.census.enter(*language, counted);
        }
        self.entered += 1;
    }
}

/// Runs the actor until all is entered, with one receiver after the other, and gives away what it
/// has.
async fn supervise<D: Drive>(
    mut actor: Actor,
    mut mailbox: Mailbox<Entry>,
    reply: oneshot::Sender<Share>,
    log: Log,
) {
    let mut restarts = 0;
    while let Err(panic) = caught(actor.run::<D>(mailbox.receiver())).await {
        if !panic.is::<Chaos>() {
            resume_unwind(panic);
        }
        restarts += 1;
        let language = actor.language;
        log.write(What::Restarted { language });
    }
    let mut meters = Meters::default();
    mailbox.read(&mut meters);
    // A merger that is gone has stopped waiting.
    let _ = reply.send(Share {
        census: actor.census,
        restarts,
        meters,
    });
}

/// Runs to the end or to a panic, which is the result then. A task and a thread do it alike: both
/// poll.
///
/// What the future borrows is as the panic left it; the caller knows what that means.
async fn caught<F: Future>(future: F) -> Result<F::Output, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use waterway::mpsc;

    use super::*;
    use crate::journal;
    use crate::pipeline::drive::{Threads, complete};

    #[test]
    fn a_panic_is_a_result_and_drops_what_the_future_had() {
        assert_eq!(complete(caught(async { 1 })).ok(), Some(1));
        let (sender, receiver) = mpsc::bounded::<()>(1);
        let panic = complete(caught(async move {
            let _dropped = receiver;
            resume_unwind(Box::new(Chaos))
        }));
        let panic: Result<(), _> = panic;
        assert!(panic.is_err_and(|panic| panic.is::<Chaos>()));
        assert!(sender.is_closed());
    }

    #[test]
    fn an_actor_that_was_lost_is_missed() {
        let (log, _journal) = journal::over(mpsc::bounded(1));
        let mut troupe = Troupe::new(Threads, 1, false, log);
        let (out, mailbox) = mail(&ENTRIES, 1);
        let (call, share) = troupe.shares.call(());
        drop((mailbox, call));
        troupe.actors.insert(Language::Rust, (out, share));
        let (mut census, mut meters) = (Census::default(), Meters::default());
        let end = complete(caught(troupe.end(&mut census, &mut meters)));
        let panic = end.unwrap_err();
        let told = panic.downcast_ref::<String>().unwrap();
        assert_eq!(told, "the actor of rust has broken off");
    }
}
