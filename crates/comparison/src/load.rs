//! The conditions: other processes that compute beside, and threads that share one CPU.

use std::env;
use std::hint;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::thread;

/// How many processes compute beside a loaded cell.
const BUSY: usize = 2;
/// The hidden subcommand they run.
pub(crate) const SPIN: &str = "spin";

/// Processes that compute until this is dropped.
#[derive(Debug)]
pub(crate) struct Load {
    children: Vec<Child>,
}

impl Load {
    pub(crate) fn start() -> io::Result<Self> {
        let mut load = Load {
            children: Vec::new(),
        };
        for _ in 0..BUSY {
            let child = Command::new(env::current_exe()?)
                .arg(SPIN)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()?;
            load.children.push(child);
        }
        Ok(load)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.children {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What a child does: computes until its parent's pipe closes, however the parent ends.
pub(crate) fn spin() {
    let parent = thread::spawn(|| io::stdin().read_to_end(&mut Vec::new()));
    while !parent.is_finished() {
        for _ in 0..1_000_000 {
            hint::black_box(());
        }
    }
}

/// Binds this thread, and those it will start, to one CPU. False where that cannot be.
pub(crate) fn pin_this_thread() -> bool {
    core_affinity::get_core_ids()
        .and_then(|cores| cores.first().copied())
        .is_some_and(core_affinity::set_for_current)
}
