//! Beside the other stages: a progress bar, if standard error is a terminal.

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use super::Progress;
use super::drive::Drive;
use crate::meter::{In, Metered, Meters};

pub(super) async fn run<D: Drive>(progress: In<Progress>) -> Meters {
    // It draws nothing where there is no terminal.
    show::<D>(progress, ProgressBar::new(0)).await
}

async fn show<D: Drive>(mut progress: In<Progress>, bar: ProgressBar) -> Meters {
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} files, {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while let Some(news) = progress.recv::<D>().await {
        match news {
            Progress::Found { files, bytes } => {
                bar.set_length(files);
                bar.set_message(HumanBytes(bytes).to_string());
            }
            Progress::Done { files } => bar.set_position(files),
        }
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
    use crate::meter::channel;
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
        let (mut news, progress) = channel(&PROGRESS, None);
        let (files, bytes) = (3, 2048);
        for progress in [
            Progress::Found { files, bytes },
            Progress::Done { files: 2 },
        ] {
            assert!(news.try_send(progress).is_ok());
        }
        drop(news);
        let meters = complete(show::<Threads>(
            progress,
            ProgressBar::with_draw_target(Some(0), target),
        ));
        let (_, meter) = meters.iter().next().expect("the display's own");
        assert_eq!(meter.received, 2);
        let shown = paper.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(shown.contains("0 of 3 files, 2.00 KiB"), "{shown}");
        assert!(shown.contains("2 of 3 files, 2.00 KiB"), "{shown}");
        assert!(shown.ends_with("<cleared>"), "{shown}");
    }
}
