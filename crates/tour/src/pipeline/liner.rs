//! Beside the other stages: keeps which lines are the longest.
//!
//! A worker writes the longest line of a file into a slot of a pool, and the line is read there. The
//! slots keep the memory of their texts: none is allocated for a file, but for the few that are kept.

use waterway::pool::{Recycle, WithCapacity};
use waterway::spsc;

use super::drive::Drive;
use crate::counter::Line;
use crate::meter::{Metered, Meters, SlotIn};
use crate::tally::{LongLine, Longest};

/// How the slots are made: with room for what is kept of a line.
#[derive(Debug)]
pub(super) struct Buffers(WithCapacity);

impl Buffers {
    pub(super) fn new() -> Self {
        Buffers(WithCapacity::new().with_min_capacity(Line::ROOM))
    }
}

impl Recycle<LongLine> for Buffers {
    fn new_element(&self) -> LongLine {
        LongLine {
            text: self.0.new_element(),
            ..LongLine::default()
        }
    }

    fn recycle(&self, line: &mut LongLine) {
        line.path.clear();
        self.0.recycle(&mut line.text);
    }
}

pub(super) async fn run<D: Drive>(
    mut lines: SlotIn<LongLine, Buffers>,
    mut desk: spsc::Sender<Longest>,
) -> Meters {
    let mut longest = Longest::default();
    while let Some(line) = lines.recv::<D>().await {
        longest.enter(&line);
    }
    let mut meters = Meters::default();
    lines.read(&mut meters);
    let _ = D::run(desk.send(longest)).await;
    meters
}
