//! Beside the other stages: a progress bar, if standard error is a terminal.

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use super::Progress;
use super::drive::Drive;
use crate::meter::{In, Metered, Meters};

pub(super) async fn run<D: Drive>(mut progress: In<Progress>) -> Meters {
    // It draws nothing where there is no terminal.
    let bar = ProgressBar::new(0);
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
