//! One file's bytes, counted as they come.
//!
//! The same counter serves the pipeline, piece by piece, and the recount, in pieces of another
//! size: it keeps a character that was cut in two until the other half is here, and the beginning of
//! the line that goes on.

use std::{mem, str};

use memchr::memchr_iter;

use crate::language::Language;
use crate::syntax::Syntax;
use crate::tally::{Counts, Tally};
use crate::tokens::Scanner;

#[derive(Debug)]
pub(crate) struct FileCounter {
    bytes: u64,
    newlines: u64,
    last: Option<u8>,
    /// The line that goes on in the next piece, as far as it is here.
    open: Line,
    /// Of those before it the longest, and of equals the first.
    longest: Line,
    /// The beginning of a character whose rest is in the next piece.
    cut: Vec<u8>,
    /// `None` once the bytes have shown to be no UTF-8.
    scanner: Option<Scanner>,
}

/// A line, without its end.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) number: u64,
    pub(crate) bytes: u64,
    /// Its beginning: as much as can hold what is kept of it.
    start: Vec<u8>,
}

impl Line {
    /// As many characters of a line are kept.
    pub(crate) const KEPT: usize = 120;

    /// As many bytes have room for them.
    pub(crate) const ROOM: usize = 4 * Self::KEPT;

    fn push(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        let room = Self::ROOM - self.start.len();
        self.start
            .extend_from_slice(&bytes[..room.min(bytes.len())]);
    }

    /// What is kept of it: whole characters.
    pub(crate) fn text(&self) -> &str {
        let text = self.start.utf8_chunks().next();
        let text = text.map_or("", |chunk| chunk.valid());
        let end = text.char_indices().nth(Self::KEPT);
        &text[..end.map_or(text.len(), |(end, _)| end)]
    }
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
            open: Line::default(),
            longest: Line::default(),
            cut: Vec::new(),
            scanner: Some(Scanner::new(Syntax::of(language))),
        }
    }

    pub(crate) fn feed(&mut self, piece: &[u8]) {
        let Some(scanner) = &mut self.scanner else {
            return;
        };
        self.bytes += piece.len() as u64;
        self.last = piece.last().copied().or(self.last);
        if scan(scanner, &mut self.cut, piece).is_err() {
            self.scanner = None;
        }
        self.lines(piece);
    }

    /// Counts the ends of lines, and keeps the longest line.
    fn lines(&mut self, piece: &[u8]) {
        let mut start = 0;
        for end in memchr_iter(b'\n', piece) {
            let bytes = self.open.bytes + (end - start) as u64;
            if bytes > self.longest.bytes {
                self.open.push(&piece[start..end]);
                self.open.number = self.newlines + 1;
                mem::swap(&mut self.open, &mut self.longest);
            }
            self.open.bytes = 0;
            self.open.start.clear();
            self.newlines += 1;
            start = end + 1;
        }
        self.open.push(&piece[start..]);
    }

    /// The longest line of what came so far, if one is not empty. It is given away: ask at the end.
    pub(crate) fn longest(&mut self) -> Option<Line> {
        let mut longest = mem::take(&mut self.longest);
        if self.open.bytes > longest.bytes {
            longest = mem::take(&mut self.open);
            longest.number = self.newlines + 1;
        }
        (longest.bytes > 0).then_some(longest)
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

    fn longest(pieces: &[&[u8]]) -> Option<(u64, u64, String)> {
        let mut counter = FileCounter::new(Language::Other);
        pieces.iter().for_each(|piece| counter.feed(piece));
        let line = counter.longest()?;
        Some((line.number, line.bytes, line.text().to_owned()))
    }

    #[test]
    fn the_longest_line_is_found_wherever_the_file_is_cut() {
        for (text, number, found) in [
            ("ab\nabc\n\nxyz\nde", 2, "abc"),
            ("ab\nabc\n\nwxyz", 4, "wxyz"),
            ("größe\nabcdefg", 1, "größe"),
            ("\n\n€", 3, "€"),
            ("a", 1, "a"),
        ] {
            let expected = Some((number, found.len() as u64, found.to_owned()));
            let text = text.as_bytes();
            for first in 0..=text.len() {
                for second in first..=text.len() {
                    let pieces = [&text[..first], &text[first..second], &text[second..]];
                    assert_eq!(longest(&pieces), expected, "cut at {first} and {second}");
                }
            }
        }
        assert_eq!(longest(&[]), None);
        assert_eq!(longest(&[b"\n\n", b"\n"]), None);
    }

    #[test]
    fn of_a_long_line_whole_characters_are_kept() {
        for character in ["a", "ö", "€", "😀"] {
            // One byte before them, so that no limit is met exactly.
            let line = format!("x{}", character.repeat(1_000));
            let kept = format!("x{}", character.repeat(Line::KEPT - 1));
            let expected = Some((2, line.len() as u64, kept));
            let text = format!("\n{line}\n");
            for cut in 0..=text.len() {
                let (start, end) = text.as_bytes().split_at(cut);
                assert_eq!(longest(&[start, end]), expected, "{character} {cut}");
            }
        }
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
