//! What a census counts, how partial counts are put together, and how two of them are compared.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::hash::{BuildHasherDefault, Hasher};
use std::io;
use std::mem;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::counter::{Counted, Line};
use crate::language::Language;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) lines: u64,
    pub(crate) tokens: u64,
    pub(crate) identifiers: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Counts) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.tokens += other.tokens;
        self.identifiers += other.identifiers;
    }

    fn named(&self) -> [(&'static str, u64); 5] {
        [
            ("files", self.files),
            ("bytes", self.bytes),
            ("lines", self.lines),
            ("tokens", self.tokens),
            ("identifiers", self.identifiers),
        ]
    }
}

/// Hashes names eight bytes at a time: a good part of the whole work is to look them up, and nobody
/// chooses them to collide.
#[derive(Clone, Copy, Default)]
struct NameHasher(u64);

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        // The multiplications carry what differs upwards; the map looks at the lowest bits as well.
        self.0 ^ (self.0 >> 32)
    }
}

/// How often each name was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    names: HashMap<Box<str>, u64, BuildHasherDefault<NameHasher>>,
}

impl Tally {
    pub(crate) fn add(&mut self, name: &str, count: u64) {
        match self.names.get_mut(name) {
            Some(seen) => *seen += count,
            None => {
                self.names.insert(name.into(), count);
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Tally) {
        other.iter().for_each(|(name, count)| self.add(name, count));
    }

    /// As [`merge`](Self::merge), for one that is not needed any more: the shorter goes into the
    /// longer.
    fn absorb(&mut self, mut other: Tally) {
        if other.names.len() > self.names.len() {
            mem::swap(self, &mut other);
        }
        for (name, count) in other.names {
            *self.names.entry(name).or_default() += count;
        }
    }

    pub(crate) fn distinct(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.names.iter().map(|(name, &count)| (&**name, count))
    }

    /// The `n` most frequent; of equals those that are first in the alphabet.
    pub(crate) fn top(&self, n: usize) -> Vec<(&str, u64)> {
        let mut names: Vec<_> = self.iter().collect();
        let order = |a: &(&str, u64), b: &(&str, u64)| b.1.cmp(&a.1).then(a.0.cmp(b.0));
        if n < names.len() {
            names.select_nth_unstable_by(n, order);
            names.truncate(n);
        }
        names.sort_unstable_by(order);
        names
    }
}

/// Why a file is in no language's counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    Binary,
    NotUtf8,
    Unreadable,
    /// A symbolic link: what it points at is counted where it lies, or is not ours.
    Link,
    /// A socket, a device, a pipe that nobody asked for.
    Special,
}

impl Reason {
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Reason::Binary => "binary",
            Reason::NotUtf8 => "not UTF-8",
            Reason::Unreadable => "unreadable",
            Reason::Link => "linked, not followed",
            Reason::Special => "special, neither file nor folder",
        }
    }
}

/// A file or folder that is set aside.
#[derive(Debug)]
pub(crate) struct Aside {
    pub(crate) path: PathBuf,
    pub(crate) reason: Reason,
    /// What the system said, if it could not be read.
    pub(crate) error: Option<io::Error>,
}

impl Aside {
    pub(crate) fn new(path: PathBuf, reason: Reason) -> Self {
        Aside {
            path,
            reason,
            error: None,
        }
    }

    pub(crate) fn unreadable(path: PathBuf, error: io::Error) -> Self {
        Aside {
            path,
            reason: Reason::Unreadable,
            error: Some(error),
        }
    }
}

/// The result of it all.
#[derive(Debug, Default)]
pub(crate) struct Census {
    pub(crate) languages: BTreeMap<Language, Counts>,
    pub(crate) names: Tally,
    pub(crate) aside: BTreeMap<Reason, u64>,
    /// The unreadable, each with the error's text.
    pub(crate) unreadable: BTreeMap<PathBuf, String>,
    pub(crate) largest: Largest,
    pub(crate) longest: Longest,
}

/// The largest files that were counted, the largest first; of equals those that are first by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Largest {
    files: BTreeSet<(Reverse<u64>, PathBuf)>,
}

impl Largest {
    /// As many are kept.
    pub(crate) const KEPT: usize = 5;

    pub(crate) fn enter(&mut self, path: &Path, bytes: u64) {
        let full = self.files.len() == Self::KEPT;
        let larger =
            |last: &(Reverse<u64>, PathBuf)| (Reverse(bytes), path) < (last.0, last.1.as_path());
        if !full || self.files.last().is_some_and(larger) {
            self.files.insert((Reverse(bytes), path.to_owned()));
            if full {
                self.files.pop_last();
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Path, u64)> {
        self.files
            .iter()
            .map(|(Reverse(bytes), path)| (path.as_path(), *bytes))
    }
}

/// The longest line of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LongLine {
    pub(crate) path: OsString,
    pub(crate) number: u64,
    /// Without its end.
    pub(crate) bytes: u64,
    /// Its beginning.
    pub(crate) text: String,
}

impl LongLine {
    /// Writes into an empty one, in the memory that it has.
    pub(crate) fn write(&mut self, path: &Path, line: &Line) {
        self.path.push(path);
        self.number = line.number;
        self.bytes = line.bytes;
        self.text.push_str(line.text());
    }

    /// The longest comes first; of equals the one whose path does.
    fn place(&self) -> (Reverse<u64>, &Path, u64) {
        (Reverse(self.bytes), Path::new(&self.path), self.number)
    }
}

/// The files with the longest lines, each with one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Longest {
    lines: Vec<LongLine>,
}

impl Longest {
    /// As many are kept.
    pub(crate) const KEPT: usize = 3;

    pub(crate) fn enter(&mut self, line: &LongLine) {
        let at = self
            .lines
            .partition_point(|kept| kept.place() < line.place());
        if at < Self::KEPT {
            self.lines.insert(at, line.clone());
            self.lines.truncate(Self::KEPT);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &LongLine> {
        self.lines.iter()
    }
}

impl Census {
    /// Enters what was found in one file.
    pub(crate) fn enter(&mut self, language: Language, counted: &Counted) {
        match counted {
            Counted::Text(counts, names) => {
                self.languages.entry(language).or_default().add(counts);
                self.names.merge(names);
            }
            Counted::NotUtf8 => self.count_aside(Reason::NotUtf8),
        }
    }

    pub(crate) fn set_aside(&mut self, aside: &Aside) {
        self.count_aside(aside.reason);
        if let Some(error) = &aside.error {
            self.unreadable
                .insert(aside.path.clone(), error.to_string());
        }
    }

    /// Adds what another part of the same census has come to, but for the largest files and the
    /// longest lines: those are the recorder's and the liner's.
    pub(crate) fn absorb(&mut self, other: Census) {
        for (language, counts) in other.languages {
            self.languages.entry(language).or_default().add(&counts);
        }
        for (reason, files) in other.aside {
            *self.aside.entry(reason).or_default() += files;
        }
        self.unreadable.extend(other.unreadable);
        self.names.absorb(other.names);
    }

    fn count_aside(&mut self, reason: Reason) {
        *self.aside.entry(reason).or_default() += 1;
    }

    pub(crate) fn totals(&self) -> Counts {
        let mut totals = Counts::default();
        self.languages
            .values()
            .for_each(|counts| totals.add(counts));
        totals
    }

    /// What differs between `self` and a recount, a line each.
    pub(crate) fn differences(&self, recount: &Census) -> Vec<String> {
        let mut differences = Vec::new();
        let mut differ = |what: String, ours: u64, theirs: u64| {
            if ours != theirs {
                differences.push(format!(
                    "{what}: {ours} by the pipeline, {theirs} by the recount"
                ));
            }
        };
        for language in union(self.languages.keys(), recount.languages.keys()) {
            let ours = self.languages.get(&language).copied().unwrap_or_default();
            let theirs = recount
                .languages
                .get(&language)
                .copied()
                .unwrap_or_default();
            for ((what, ours), (_, theirs)) in ours.named().into_iter().zip(theirs.named()) {
                differ(format!("{what} of {}", language.name()), ours, theirs);
            }
        }
        for reason in union(self.aside.keys(), recount.aside.keys()) {
            let of = |census: &Census| census.aside.get(&reason).copied().unwrap_or_default();
            differ(
                format!("files set aside ({})", reason.describe()),
                of(self),
                of(recount),
            );
        }
        let (ours, theirs) = (&self.largest.files, &recount.largest.files);
        let both = ours.intersection(theirs).count();
        differ("largest files".to_owned(), ours.len() as u64, both as u64);
        let (ours, theirs) = (&self.longest.lines, &recount.longest.lines);
        let both = ours.iter().filter(|line| theirs.contains(line)).count();
        let most = ours.len().max(theirs.len());
        differ("longest lines".to_owned(), most as u64, both as u64);
        let names = |census: &Census| census.names.distinct() as u64;
        differ(
            "distinct identifiers".to_owned(),
            names(self),
            names(recount),
        );
        let mut changed: Vec<_> = union(self.names.names.keys(), recount.names.names.keys())
            .into_iter()
            .map(|name| {
                let of =
                    |census: &Census| census.names.names.get(&name).copied().unwrap_or_default();
                (of(self), of(recount), name)
            })
            .filter(|(ours, theirs, _)| ours != theirs)
            .collect();
        changed.sort_by(|a, b| {
            b.0.abs_diff(b.1)
                .cmp(&a.0.abs_diff(a.1))
                .then_with(|| a.2.cmp(&b.2))
        });
        for (ours, theirs, name) in changed.into_iter().take(MOST_NAMES) {
            differ(format!("identifier `{name}`"), ours, theirs);
        }
        differences
    }
}

/// As many identifiers as a list of differences names.
const MOST_NAMES: usize = 10;

fn union<'a, K: Ord + Clone + 'a>(
    a: impl Iterator<Item = &'a K>,
    b: impl Iterator<Item = &'a K>,
) -> Vec<K> {
    let mut keys: Vec<K> = a.chain(b).cloned().collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(names: &[(&str, u64)]) -> Tally {
        let mut tally = Tally::default();
        names
            .iter()
            .for_each(|&(name, count)| tally.add(name, count));
        tally
    }

    fn census(files: u64, names: &[(&str, u64)]) -> Census {
        let mut census = Census::default();
        let counts = Counts {
            files,
            ..Counts::default()
        };
        census.enter(Language::Rust, &Counted::Text(counts, tally(names)));
        census
    }

    #[test]
    fn the_top_is_in_order() {
        let tally = tally(&[("b", 2), ("a", 2), ("d", 9), ("c", 1)]);
        assert_eq!(tally.top(3), [("d", 9), ("a", 2), ("b", 2)]);
        assert_eq!(tally.top(0), []);
        assert_eq!(tally.top(100).len(), 4);
    }

    #[test]
    fn merging_adds() {
        let mut left = tally(&[("a", 1), ("b", 2)]);
        left.merge(&tally(&[("b", 3), ("c", 4)]));
        assert_eq!(left, tally(&[("a", 1), ("b", 5), ("c", 4)]));
    }

    #[test]
    fn parts_of_a_census_add_up_whichever_is_larger() {
        let parts = || {
            let mut left = census(2, &[("a", 1)]);
            left.set_aside(&Aside::new("x".into(), Reason::Binary));
            let mut right = census(3, &[("a", 2), ("b", 5)]);
            right.set_aside(&Aside::unreadable("y".into(), io::Error::other("no")));
            (left, right)
        };
        for swapped in [false, true] {
            let (mut sum, mut other) = parts();
            if swapped {
                mem::swap(&mut sum, &mut other);
            }
            sum.absorb(other);
            assert_eq!(sum.totals().files, 5);
            assert_eq!(sum.names, tally(&[("a", 3), ("b", 5)]));
            assert_eq!(sum.aside.values().sum::<u64>(), 2);
            assert_eq!(sum.unreadable.len(), 1);
        }
    }

    #[test]
    fn equal_censuses_do_not_differ() {
        assert_eq!(
            census(2, &[("a", 1)]).differences(&census(2, &[("a", 1)])),
            [""; 0]
        );
    }

    #[test]
    fn every_difference_is_named() {
        let mut left = census(2, &[("a", 1), ("same", 1)]);
        left.set_aside(&Aside::new("x".into(), Reason::Binary));
        let right = census(3, &[("b", 2), ("same", 1)]);
        let differences = left.differences(&right);
        assert_eq!(
            differences,
            [
                "files of rust: 2 by the pipeline, 3 by the recount",
                "files set aside (binary): 1 by the pipeline, 0 by the recount",
                "identifier `b`: 0 by the pipeline, 2 by the recount",
                "identifier `a`: 1 by the pipeline, 0 by the recount",
            ]
        );
    }

    #[test]
    fn the_largest_are_the_same_in_any_order() {
        let files: Vec<_> = (0..20_u64).map(|n| (format!("{n:02}"), n / 2)).collect();
        let largest = |order: &mut dyn Iterator<Item = &(String, u64)>| {
            let mut largest = Largest::default();
            order.for_each(|(name, bytes)| largest.enter(Path::new(name), *bytes));
            largest
        };
        let kept = largest(&mut files.iter());
        let names: Vec<_> = kept.iter().collect();
        let expected = [("18", 9), ("19", 9), ("16", 8), ("17", 8), ("14", 7)];
        assert_eq!(
            names,
            expected.map(|(name, bytes)| (Path::new(name), bytes))
        );
        assert_eq!(kept, largest(&mut files.iter().rev()));

        let (mut left, mut right) = (Census::default(), Census::default());
        left.largest = kept;
        right.largest = largest(&mut files.iter().take(19));
        let differences = ["largest files: 5 by the pipeline, 4 by the recount"];
        assert_eq!(left.differences(&right), differences);
    }

    #[test]
    fn the_longest_lines_are_the_same_in_any_order() {
        let lines: Vec<_> = (0..20_u64)
            .map(|n| LongLine {
                path: format!("{:02}", n / 4).into(),
                number: n,
                bytes: n / 2,
                text: "text".to_owned(),
            })
            .collect();
        let longest = |order: &mut dyn Iterator<Item = &LongLine>| {
            let mut longest = Longest::default();
            order.for_each(|line| longest.enter(line));
            longest
        };
        let kept = longest(&mut lines.iter());
        let numbers: Vec<_> = kept.iter().map(|line| (line.bytes, line.number)).collect();
        assert_eq!(numbers, [(9, 18), (9, 19), (8, 16)]);
        assert_eq!(kept, longest(&mut lines.iter().rev()));

        let (mut left, mut right) = (Census::default(), Census::default());
        left.longest = kept;
        right.longest = longest(&mut lines.iter().take(19));
        let differences = ["longest lines: 3 by the pipeline, 2 by the recount"];
        assert_eq!(left.differences(&right), differences);
    }

    #[test]
    fn the_unreadable_keep_their_error() {
        let mut census = Census::default();
        census.set_aside(&Aside::unreadable("x".into(), io::Error::other("no luck")));
        assert_eq!(census.aside[&Reason::Unreadable], 1);
        assert_eq!(census.unreadable[&PathBuf::from("x")], "no luck");
    }
}
