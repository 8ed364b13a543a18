//! The same census without a pipeline: one file after another, for `--check` to compare with.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::counter::{Counted, FileCounter, Line};
use crate::language::{self, Language};
use crate::tally::{Aside, Census, LongLine, Reason};
use crate::walk::Walk;

/// Another size than the pipeline's pieces, so that files are cut elsewhere.
const PIECE: u64 = 1_000_003;

/// Counts what the walk finds; `None` if `stop` said so before it was done.
pub(crate) fn run(walk: Walk, mut stop: impl FnMut() -> bool) -> Option<Census> {
    let mut census = Census::default();
    for batch in walk {
        batch.aside.iter().for_each(|aside| census.set_aside(aside));
        for found in batch.files {
            if stop() {
                return None;
            }
            match count(&found.path) {
                Ok(Some((language, counted, longest))) => {
                    census.enter(language, &counted);
                    if let Counted::Text(counts, _) = counted {
                        census.largest.enter(&found.path, counts.bytes);
                        if let Some(line) = longest {
                            let mut longest = LongLine::default();
                            longest.write(&found.path, &line);
                            census.longest.enter(&longest);
                        }
                    }
                }
                Ok(None) => census.set_aside(&Aside::new(found.path, Reason::Binary)),
                Err(error) => census.set_aside(&Aside::unreadable(found.path, error)),
            }
        }
    }
    Some(census)
}

/// `None` for a binary file.
fn count(path: &Path) -> io::Result<Option<(Language, Counted, Option<Line>)>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    let mut counting: Option<(Language, FileCounter)> = None;
    loop {
        bytes.clear();
        let read = file.by_ref().take(PIECE).read_to_end(&mut bytes)?;
        let (language, mut counter) = match counting.take() {
            Some(begun) => begun,
            None if language::is_binary(&bytes) => return Ok(None),
            None => {
                let language = Language::of(path, &bytes);
                (language, FileCounter::new(language))
            }
        };
        counter.feed(&bytes);
        if (read as u64) < PIECE {
            let longest = counter.longest();
            return Ok(Some((language, counter.finish(), longest)));
        }
        counting = Some((language, counter));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::walk::Roots;

    #[test]
    fn a_tree_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.rs"), "fn main() {}\n").unwrap();
        fs::write(dir.path().join("b.rs"), "let a = main;\n").unwrap();
        fs::write(dir.path().join("b.bin"), b"\0").unwrap();
        fs::write(dir.path().join("c.txt"), b"\xff").unwrap();
        let long = "word ".repeat(PIECE as usize / 5 + 1);
        fs::write(dir.path().join("d.txt"), &long).unwrap();
        let roots = Roots::new(&[dir.path().to_owned()]).unwrap();

        let census = run(roots.walk(), || false).unwrap();
        let rust = census.languages[&Language::Rust];
        assert_eq!(
            (rust.files, rust.lines, rust.tokens, rust.identifiers),
            (2, 2, 11, 3)
        );
        assert_eq!(census.names.top(1), [("main", 2)]);
        let text = census.languages[&Language::Other];
        assert_eq!(
            (text.files, text.bytes, text.tokens),
            (1, long.len() as u64, long.len() as u64 / 5)
        );
        let lines: Vec<_> = census.longest.iter().map(|line| line.bytes).collect();
        assert_eq!(lines, [long.len() as u64, 13, 12]);
        assert_eq!(
            (
                census.aside[&Reason::Binary],
                census.aside[&Reason::NotUtf8]
            ),
            (1, 1)
        );

        assert!(run(roots.walk(), || true).is_none());
    }
}
