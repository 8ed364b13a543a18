//! Who waits, how it is told, and how it is driven. Knows nothing of messages or capacity.
//!
//! # The announce protocol
//!
//! Every wait of this crate has the same shape:
//!
//! ```text
//! waiter    try -> announce (be found) -> try again -> sleep
//! notifier  make it true -> look for an announcement -> pick -> unlock -> wake
//! ```
//!
//! *Either the waiter's second try sees what the notifier made true, or the notifier sees the
//! announcement; perhaps both.* A plain store followed by a plain load on both sides does not give
//! this (store buffering). Who announces where, and what orders the two:
//!
//! | waiter | announces in | notifier | after it changed | ordered by |
//! |---|---|---|---|---|
//! | receiver, nothing claimed | the tail | who claims next, and answers for it until it has published | the tail | both are read-modify-writes of one atomic: the later sees the earlier |
//! | receiver, something claimed and not there | the notice | publisher | the message's stamp | barriers |
//! | receiver at a lane | the tail | sender | its position | barriers |
//! | sender, no room in a ring | the notice | receiver | the slot's stamp | barriers |
//! | flush | the notice | receive, displacement | the head | barriers |
//! | sender, no room | the tail | permit, end of a peek, close | the tail | the same |
//! | receiver, until the end | the tail | close, last sender, last permit | the tail | the same |
//! | sender, watcher, until the end | the lists | close | the tail | the lock |
//! | one of a [crowd](Crowd) | the crowd's `waits` | who changes what they wait for | that | full barriers |
//!
//! The notices are bytes of the channel, which knows messages and capacity: the argument for the
//! barriers, full ones or the two halves of an asymmetric one, stands in their module, `notice`,
//! in the room of the channel.
//!
//! A flag that the sender looks at only when it *claims* its slot is too early by itself: it claims,
//! the receiver sets the flag and finds nothing, the sender publishes and tells nobody. That is the
//! seeded bug `announce_at_claim` of the model in `model/announce.rs`, and `waits_for_what_is_claimed`
//! of the channel: a receiver leaves it at that only if it sees that nothing is claimed.
//!
//! # Exits
//!
//! A node leaves its list by being served, by close, or by withdrawal, when its operation is
//! dropped, cancelled or timed out; all of them unlink under the lock, and a withdrawal serves
//! whoever is next, or what had been given to it is given on, so that a wake-up that reached an operation on its way out is never
//! lost. Who waits in
//! a crowd takes nothing from the others, and serves nobody.

mod bare;
mod batch;
mod cell;
mod crowd;
#[cfg(feature = "std")]
mod drive;
mod group;
mod list;
#[cfg(feature = "std")]
mod pace;
mod presence;
#[cfg(all(feature = "std", not(waterway_loom)))]
mod wariness;

pub(crate) use bare::BareWaker;
pub(crate) use batch::WakeBatch;
pub(crate) use cell::WakerCell;
pub use crowd::Crowd;
#[cfg(feature = "std")]
pub(crate) use drive::{block, yield_once};
#[cfg(feature = "alloc")]
pub(crate) use group::MOST_ARMS;
pub use group::{Arm, Group};
pub use list::{Demand, State};
pub(crate) use list::{List, Node, join, renew, withdraw};
#[cfg(feature = "std")]
pub use pace::Pace;
pub(crate) use presence::Presence;

use core::task::Waker;

/// Where operations wait that take nothing from each other: they look, and are told when to look again. Sealed.
#[doc(hidden)]
pub trait Gather: crate::kind::sealed::Sealed {
    /// Has this waker woken when there is something new. The caller looks again after this, before it sleeps.
    ///
    /// # Safety
    /// `node` is the caller's, pinned, in no list but that of this place, and [withdrawn](Self::withdraw) before it
    /// goes.
    #[allow(private_interfaces, reason = "the trait is sealed")]
    unsafe fn register(&self, node: &Node, waker: &Waker);

    /// It waits no more.
    #[allow(private_interfaces, reason = "the trait is sealed")]
    fn withdraw(&self, node: &Node);
}

/// How far one step of an operation may go.
#[derive(Clone, Copy, Debug)]
pub enum How<'a> {
    /// The caller is a thread that stays awake and looks again: be found where that is the only
    /// way to meet the other side, but ask for no wake-up. Whether this is the end can wait.
    Spin,
    /// The same, and it yields the processor from look to look: be found where that saves many of
    /// these, and look whether this is the end.
    Yield,
    /// Announce, and have this waker woken. The caller is a task, which may go at any time.
    Task(&'a Waker),
    /// The same for a thread that blocks until then: its frame can't vanish.
    Thread(&'a Waker),
    /// As an arm of a wait over several operations, whose owner, a task or a thread, looks just now: do it, or,
    /// with a waker, announce. By reference, so that all of this is two words, which registers hold.
    Arm(&'a Turn<'a>),
}

/// The turn of an arm, while its owner looks.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    pub(crate) waker: Option<&'a Waker>,
    pub(crate) arm: Arm<'a>,
}

impl<'a> How<'a> {
    /// Whom to wake, if the caller announces itself.
    pub(crate) fn waker(self) -> Option<&'a Waker> {
        match self {
            Self::Task(waker) | Self::Thread(waker) => Some(waker),
            Self::Spin | Self::Yield => None,
            Self::Arm(turn) => turn.waker,
        }
    }

    /// The arm that the caller is, if it is one.
    pub(crate) fn arm(self) -> Option<Arm<'a>> {
        match self {
            Self::Arm(turn) => Some(turn.arm),
            _ => None,
        }
    }
}
