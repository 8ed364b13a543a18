//! One file's bytes, counted as they come.
//!
//! The same counter serves the pipeline, piece by piece, and the recount, in pieces of another
//! size: it keeps a character that was cut in two until the other half is here.

use std::str;

use crate::language::Language;
use crate::syntax::Syntax;
use crate::tally::{Counts, Tally};
use crate::tokens::Scanner;

#[derive(Debug)]
pub(crate) struct FileCounter {
    bytes: u64,
    newlines: u64,
    last: Option<u8>,
    /// The beginning of a character whose rest is in the next piece.
    cut: Vec<u8>,
    /// `None` once the bytes have shown to be no UTF-8.
    scanner: Option<Scanner>,
}

/// What a file was found to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Text(Counts, Tally),
    NotUtf8,
}

impl FileCounter {
    pub(crate) fn new(language: Language) -> Self {
        FileCounter {
            bytes: 0,
            newlines: 0,
            last: None,
            cut: Vec::new(),
            scanner: Some(Scanner::new(Syntax::of(language))),
        }
    }

    pub(crate) fn feed(&mut self, piece: &[u8]) {
        let Some(scanner) = &mut self.scanner else {
            return;
        };
        self.bytes += piece.len() as u64;
        self.newlines += piece.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.last = piece.last().copied().or(self.last);
        if scan(scanner, &mut self.cut, piece).is_err() {
            self.scanner = None;
        }
    }

    /// Whether it may still be text. If not, nothing that comes changes that.
    pub(crate) fn is_text(&self) -> bool {
        self.scanner.is_some()
    }

    pub(crate) fn finish(self) -> Counted {
        match self.scanner {
            Some(scanner) if self.cut.is_empty() => {
                let found = scanner.finish();
                let unended = self.last.is_some_and(|byte| byte != b'\n');
                let counts = Counts {
                    files: 1,
                    bytes: self.bytes,
                    lines: self.newlines + u64::from(unended),
                    tokens: found.tokens,
                    identifiers: found.identifiers,
                };
                Counted::Text(counts, found.names)
            }
            _ => Counted::NotUtf8,
        }
    }
}

struct NotUtf8;

/// Feeds the whole characters of `cut` and `piece` and leaves in `cut` what remains.
fn scan(scanner: &mut Scanner, cut: &mut Vec<u8>, mut piece: &[u8]) -> Result<(), NotUtf8> {
    while !cut.is_empty() {
        let Some((&byte, rest)) = piece.split_first() else {
            return Ok(());
        };
        piece = rest;
        cut.push(byte);
        match str::from_utf8(cut) {
            Ok(character) => {
                scanner.feed(character);
                cut.clear();
            }
            Err(error) if error.error_len().is_none() => {}
            Err(_) => return Err(NotUtf8),
        }
    }
    for chunk in piece.utf8_chunks() {
        scanner.feed(chunk.valid());
        if !chunk.invalid().is_empty() {
            // Only at the very end can it be a character that goes on in the next piece.
            match str::from_utf8(chunk.invalid()) {
                Err(error) if error.error_len().is_none() && piece.ends_with(chunk.invalid()) => {
                    cut.extend_from_slice(chunk.invalid());
                }
                _ => return Err(NotUtf8),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(pieces: &[&[u8]]) -> Counted {
        let mut counter = FileCounter::new(Language::Rust);
        pieces.iter().for_each(|piece| counter.feed(piece));
        counter.finish()
    }

    fn lines(text: &str) -> u64 {
        match count(&[text.as_bytes()]) {
            Counted::Text(counts, _) => counts.lines,
            Counted::NotUtf8 => unreachable!("a str is UTF-8"),
        }
    }

    #[test]
    fn a_last_line_needs_no_end() {
        assert_eq!(lines(""), 0);
        assert_eq!(lines("a"), 1);
        assert_eq!(lines("a\n"), 1);
        assert_eq!(lines("a\nb"), 2);
        assert_eq!(lines("\n\n"), 2);
    }

    #[test]
    fn characters_may_be_cut_anywhere() {
        let text = "let größe = '€'; // 😀 ende\nlet 変数 = \"😀\";".as_bytes();
        let whole = count(&[text]);
        assert!(
            matches!(&whole, Counted::Text(counts, _) if counts.tokens == 10 && counts.lines == 2)
        );
        for cut in 0..=text.len() {
            assert_eq!(count(&[&text[..cut], &text[cut..]]), whole, "cut at {cut}");
        }
        let single: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(count(&single), whole);
    }

    #[test]
    fn what_is_no_utf8_is_told_wherever_it_is_cut() {
        for text in [
            &b"a \xff b"[..],
            b"a \xe2\x82",
            b"\xe2\x28\xa1 b",
            b"a\xed\xa0\x80b",
            b"\xc3",
        ] {
            for cut in 0..=text.len() {
                assert_eq!(
                    count(&[&text[..cut], &text[cut..]]),
                    Counted::NotUtf8,
                    "{text:?} cut at {cut}"
                );
            }
        }
    }
}
