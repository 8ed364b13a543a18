//! Leave to send, where a channel gives none.

use super::super::kind::Sender;
use super::book::Book;
use crate::support::Tracked;

pub(super) enum Leave {}

impl Leave {
    pub(super) fn use_once(self, _book: &mut Book) -> (Option<Leave>, Option<Sender<Tracked>>) {
        match self {}
    }

    pub(super) fn release(self) -> Option<Sender<Tracked>> {
        match self {}
    }
}
