//! Beside the other stages: a progress bar, if standard error is a terminal.
//!
//! It shows the latest state of the progress, whatever came before it, and holds up nobody who
//! changes that.

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use super::Progress;
use super::drive::Drive;
use crate::meter::{Metered, Meters, StateIn};

pub(super) async fn run<D: Drive>(progress: StateIn<Progress>) -> Meters {
    // It draws nothing where there is no terminal.
    show::<D>(progress, ProgressBar::new(0)).await
}

/// Until the merger says that there is no more: the scout does not hold it up.
async fn show<D: Drive>(mut progress: StateIn<Progress>, bar: ProgressBar) -> Meters {
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} files, {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while let Some(state) = progress.changed::<D>().await {
        bar.set_length(state.files);
        bar.set_message(HumanBytes(state.bytes).to_string());
        bar.set_position(state.counted);
    }
    bar.finish_and_clear();
    let mut meters = Meters::default();
    progress.read(&mut meters);
    meters
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    use indicatif::{ProgressDrawTarget, TermLike};

    use super::*;
    use crate::meter::state;
    use crate::pipeline::PROGRESS;
    use crate::pipeline::drive::{Threads, complete};

    /// A terminal that remembers all that was written on it.
    #[derive(Clone, Debug, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl Paper {
        fn write(&self, text: &str) -> io::Result<()> {
            let mut paper = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            paper.push_str(text);
            Ok(())
        }
    }

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            100
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.write(text)
        }

        fn clear_line(&self) -> io::Result<()> {
            self.write("<cleared>")
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_bar_shows_what_was_found_and_done_and_goes() {
        let paper = Paper::default();
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(paper.clone()), 255);
        let (mut merger, progress) = state(&PROGRESS, Progress::default());
        let mut scout = merger.clone();
        let bar = ProgressBar::with_draw_target(Some(0), target);
        for (files, bytes) in [(1, 1024), (3, 2048)] {
            let looked = scout.change(|progress| {
                progress.files = files;
                progress.bytes = bytes;
            });
            assert!(looked.is_ok());
        }
        assert!(merger.change(|progress| progress.counted = 2).is_ok());
        // The scout is there still: it does not hold up the display.
        merger.end();
        let meters = complete(show::<Threads>(progress, bar));
        assert!(scout.change(|progress| progress.files = 4).is_err());
        // Of three states it came for the last one.
        let received: Vec<_> = meters.iter().map(|(_, meter)| meter.received).collect();
        assert_eq!(received, [1]);
        let shown = paper.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(shown.contains("2 of 3 files, 2.00 KiB"), "{shown}");
        assert!(shown.ends_with("<cleared>"), "{shown}");
    }
}
