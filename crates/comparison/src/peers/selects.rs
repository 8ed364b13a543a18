//! Who waits for several channels at once: threads by what the crates have for that, tasks by
//! tokio's `select!` and by `SelectAll` but for ours.

use crossbeam_channel::Select;
use crossfire::select::Select as CrossfireSelect;
use flume::Selector;
use waterway::select::Set;
use waterway::{select, select_wait};

use super::async_channel::AsyncChannel;
use super::crossbeam::Crossbeam;
use super::crossfire::{BoundedTasks, BoundedThreads};
use super::flume::Flume;
use super::tokio::Bounded as Tokio;
use super::waterway::Waterway;
use crate::contest::{AwaitsSeveral, Channel, Role, Roster, WaitsForSeveral};
use crate::shapes::select::Hearing;

/// Enters everyone, ours first.
pub(super) fn enter(roster: &mut Roster) {
    roster.waits_for_several::<Waterway>("waterway", Role::Ours);
    roster.waits_for_several::<Crossbeam>("crossbeam", Role::Peer);
    roster.waits_for_several::<BoundedThreads>("crossfire", Role::Peer);
    roster.waits_for_several::<Flume>("flume", Role::Peer);
    roster.awaits_several::<Waterway>("waterway", Role::Ours);
    roster.awaits_several::<AsyncChannel>("async-channel", Role::Peer);
    roster.awaits_several::<BoundedTasks>("crossfire", Role::Peer);
    roster.awaits_several::<Flume>("flume", Role::Peer);
    roster.awaits_several::<Tokio>("tokio", Role::Peer);
}

type Rx<C> = <C as Channel>::Rx;

fn set_of(rxs: Vec<Rx<Waterway>>) -> Set<u64, Rx<Waterway>> {
    let mut set = Set::new();
    for rx in rxs {
        set.insert(rx);
    }
    set
}

impl WaitsForSeveral for Waterway {
    fn drain(rxs: Vec<Rx<Self>>, hearing: &mut Hearing) {
        match <[_; 4]>::try_from(rxs) {
            Ok([mut a, mut b, mut c, mut d]) => loop {
                let value = select_wait! {
                    value = a.recv() => value,
                    value = b.recv() => value,
                    value = c.recv() => value,
                    value = d.recv() => value,
                };
                if !value.is_some_and(|value| hearing.hear(value)) {
                    break;
                }
            },
            Err(rxs) => {
                let mut set = set_of(rxs);
                while let Some((_, Some(value))) = set.recv().wait() {
                    if !hearing.hear(value) {
                        break;
                    }
                }
            }
        }
    }
}

impl AwaitsSeveral for Waterway {
    async fn drain(rxs: Vec<Rx<Self>>, hearing: &mut Hearing) {
        match <[_; 4]>::try_from(rxs) {
            Ok([mut a, mut b, mut c, mut d]) => loop {
                let value = select! {
                    value = a.recv() => value,
                    value = b.recv() => value,
                    value = c.recv() => value,
                    value = d.recv() => value,
                };
                if !value.is_some_and(|value| hearing.hear(value)) {
                    break;
                }
            },
            Err(rxs) => {
                let mut set = set_of(rxs);
                while let Some((_, Some(value))) = set.recv().await {
                    if !hearing.hear(value) {
                        break;
                    }
                }
            }
        }
    }
}

impl WaitsForSeveral for Crossbeam {
    fn drain(rxs: Vec<Rx<Self>>, hearing: &mut Hearing) {
        if let [a, b, c, d] = &rxs[..] {
            loop {
                let value = crossbeam_channel::select! {
                    recv(a) -> value => value,
                    recv(b) -> value => value,
                    recv(c) -> value => value,
                    recv(d) -> value => value,
                };
                if !value.is_ok_and(|value| hearing.hear(value)) {
                    return;
                }
            }
        }
        let mut select = Select::new();
        for rx in &rxs {
            select.recv(rx);
        }
        loop {
            let chosen = select.select();
            let rx = &rxs[chosen.index()];
            if !chosen.recv(rx).is_ok_and(|value| hearing.hear(value)) {
                return;
            }
        }
    }
}

impl WaitsForSeveral for BoundedThreads {
    fn drain(rxs: Vec<Rx<Self>>, hearing: &mut Hearing) {
        let mut select = CrossfireSelect::new();
        for rx in &rxs {
            select.add(rx);
        }
        while let Ok(chosen) = select.select() {
            let rx = rxs.iter().find(|rx| chosen.is_from(*rx));
            let rx = rx.expect("it is one of them");
            if !rx
                .read_select(chosen)
                .is_ok_and(|value| hearing.hear(value))
            {
                return;
            }
        }
    }
}

impl WaitsForSeveral for Flume {
    fn drain(rxs: Vec<Rx<Self>>, hearing: &mut Hearing) {
        loop {
            let selector = rxs.iter().fold(Selector::new(), |selector, rx| {
                selector.recv(rx, |value| value)
            });
            if !selector.wait().is_ok_and(|value| hearing.hear(value)) {
                return;
            }
        }
    }
}

impl AwaitsSeveral for AsyncChannel {}
impl AwaitsSeveral for BoundedTasks {}
impl AwaitsSeveral for Flume {}
impl AwaitsSeveral for Tokio {}
