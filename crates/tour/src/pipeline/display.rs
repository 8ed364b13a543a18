//! Beside the other stages: a progress bar, if standard error is a terminal.

use std::iter;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use waterway::spsc::Spsc;

use super::drive::Drive;
use super::{Done, Found};
use crate::meter::{In, Metered, Meters};

pub(super) async fn run<D: Drive>(found: In<Found, Spsc>, done: In<Done, Spsc>) -> Meters {
    // It draws nothing where there is no terminal.
    show::<D>(found, done, ProgressBar::new(0)).await
}

/// Waits for the merger alone: it says something often, news or not, and its end is ours.
async fn show<D: Drive>(
    mut found: In<Found, Spsc>,
    mut done: In<Done, Spsc>,
    bar: ProgressBar,
) -> Meters {
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} files, {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while let Some(Done { files: counted }) = done.recv::<D>().await {
        if let Some(Found { files, bytes }) = iter::from_fn(|| found.try_recv().ok()).last() {
            bar.set_length(files);
            bar.set_message(HumanBytes(bytes).to_string());
        }
        bar.set_position(counted);
    }
    bar.finish_and_clear();
    // The scout may look ahead still, for nobody now.
    found.close();
    while found.recv::<D>().await.is_some() {}
    let mut meters = Meters::default();
    found.read(&mut meters);
    done.read(&mut meters);
    meters
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    use indicatif::{ProgressDrawTarget, TermLike};

    use super::*;
    use crate::meter::sole;
    use crate::pipeline::drive::{Threads, complete};
    use crate::pipeline::{DONE, FOUND};

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
        let (mut scout, found) = sole(&FOUND, None);
        let (mut merger, done) = sole(&DONE, None);
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let meters = complete(async {
            for (files, bytes) in [(1, 1024), (3, 2048)] {
                assert!(scout.send::<Threads>(Found { files, bytes }).await.is_ok());
            }
            assert!(merger.send::<Threads>(Done { files: 2 }).await.is_ok());
            drop(merger);
            // The scout does not hold it up.
            show::<Threads>(found, done, bar).await
        });
        let received: Vec<_> = meters.iter().map(|(_, meter)| meter.received).collect();
        assert_eq!(received, [2, 1]);
        let shown = paper.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(shown.contains("0 of 3 files, 2.00 KiB"), "{shown}");
        assert!(shown.contains("2 of 3 files, 2.00 KiB"), "{shown}");
        assert!(shown.ends_with("<cleared>"), "{shown}");
    }
}
