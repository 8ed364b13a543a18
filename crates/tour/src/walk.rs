//! Finding the files: the paths that were asked for, and everything under the folders among them.
//!
//! What is found depends on the names alone, in their order. Left out are names that begin with a
//! dot and folders that say they are a cache (`CACHEDIR.TAG`), as Cargo's `target` does, unless
//! they were asked for by name. Symbolic links are not followed, so that a loop of them is no loop
//! here.

use std::collections::HashSet;
use std::fs::{self, DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::tally::{Aside, Reason};

const CACHE_TAG: &str = "CACHEDIR.TAG";
const CACHE_SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";

/// The paths to begin at, each there when it was looked at, none twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roots {
    paths: Vec<PathBuf>,
}

/// A path that cannot be begun at.
#[derive(Debug)]
pub(crate) struct BadRoot {
    pub(crate) path: PathBuf,
    pub(crate) error: io::Error,
}

impl Roots {
    pub(crate) fn new(paths: &[PathBuf]) -> Result<Roots, BadRoot> {
        let mut roots = Roots::default();
        for path in paths {
            fs::metadata(path).map_err(|error| BadRoot {
                path: path.clone(),
                error,
            })?;
            // A pipe under `/dev/fd` has no other name than this one.
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            if !roots.paths.contains(&path) {
                roots.paths.push(path);
            }
        }
        Ok(roots)
    }

    /// The first path that is gone once it was read, as a pipe's contents are.
    pub(crate) fn read_only_once(&self) -> Option<&Path> {
        let lasting =
            |path: &Path| fs::metadata(path).is_ok_and(|meta| meta.is_dir() || meta.is_file());
        self.paths
            .iter()
            .map(PathBuf::as_path)
            .find(|path| !lasting(path))
    }

    pub(crate) fn walk(&self) -> Walk {
        Walk {
            pending: self.paths.iter().rev().cloned().collect(),
            roots: self.paths.iter().cloned().collect(),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

/// What one folder holds, or a single path that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) files: Vec<Found>,
    pub(crate) aside: Vec<Aside>,
}

/// Goes through the folders one by one, depth first.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    /// The next one is last.
    pending: Vec<PathBuf>,
    /// A root that lies in another is left to its own turn.
    roots: HashSet<PathBuf>,
}

impl Iterator for Walk {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let path = self.pending.pop()?;
        let mut batch = Batch::default();
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => match self.list(&path, &mut batch) {
                Ok(mut folders) => {
                    folders.sort_unstable_by(|a, b| b.cmp(a));
                    self.pending.append(&mut folders);
                    batch.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
                }
                Err(error) => batch.aside.push(Aside::unreadable(path, error)),
            },
            Ok(meta) => batch.files.push(Found {
                path,
                bytes: meta.len(),
            }),
            Err(error) => batch.aside.push(Aside::unreadable(path, error)),
        }
        Some(batch)
    }
}

impl Walk {
    /// Enters the files of `folder` into `batch` and returns the folders in it.
    fn list(&self, folder: &Path, batch: &mut Batch) -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(folder)?;
        if !self.roots.contains(folder) && is_cache(folder) {
            return Ok(Vec::new());
        }
        let mut folders = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => self.sort(&entry, &mut folders, batch),
                Err(error) => batch
                    .aside
                    .push(Aside::unreadable(folder.to_owned(), error)),
            }
        }
        Ok(folders)
    }

    fn sort(&self, entry: &DirEntry, folders: &mut Vec<PathBuf>, batch: &mut Batch) {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") || self.roots.contains(&path) {
            return;
        }
        match entry.metadata() {
            Ok(meta) if meta.is_dir() => folders.push(path),
            Ok(meta) if meta.is_file() => batch.files.push(Found {
                path,
                bytes: meta.len(),
            }),
            Ok(meta) if meta.is_symlink() => batch.aside.push(Aside::new(path, Reason::Link)),
            Ok(_) => batch.aside.push(Aside::new(path, Reason::Special)),
            Err(error) => batch.aside.push(Aside::unreadable(path, error)),
        }
    }
}

fn is_cache(folder: &Path) -> bool {
    let mut start = [0; CACHE_SIGNATURE.len()];
    File::open(folder.join(CACHE_TAG))
        .and_then(|mut tag| tag.read_exact(&mut start))
        .is_ok()
        && start == CACHE_SIGNATURE
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn tree(paths: &[&str]) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        for path in paths {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "x").unwrap();
        }
        dir
    }

    /// The files' paths below `dir`, and how many were set aside.
    fn walk(dir: &TempDir, roots: &[&str]) -> (Vec<String>, usize) {
        let base = dir.path().canonicalize().unwrap();
        let roots: Vec<_> = roots.iter().map(|root| base.join(root)).collect();
        let mut files = Vec::new();
        let mut aside = 0;
        for batch in Roots::new(&roots).unwrap().walk() {
            let names = batch.files.iter().map(|found| {
                found
                    .path
                    .strip_prefix(&base)
                    .unwrap()
                    .display()
                    .to_string()
            });
            files.extend(names);
            aside += batch.aside.len();
        }
        (files, aside)
    }

    #[test]
    fn everything_is_found_in_order() {
        let dir = tree(&["b/2", "b/1", "a/x/3", "c", "a/4"]);
        assert_eq!(walk(&dir, &[""]).0, ["c", "a/4", "a/x/3", "b/1", "b/2"]);
    }

    #[test]
    fn hidden_names_and_caches_only_if_asked_for() {
        let dir = tree(&[
            ".hidden/1",
            ".dot",
            "cache/2",
            "cache/CACHEDIR.TAG",
            "liar/3",
            "liar/CACHEDIR.TAG",
        ]);
        fs::write(
            dir.path().join("cache/CACHEDIR.TAG"),
            [CACHE_SIGNATURE, b"\n# a cache"].concat(),
        )
        .unwrap();
        assert_eq!(walk(&dir, &[""]).0, ["liar/3", "liar/CACHEDIR.TAG"]);
        assert_eq!(
            walk(&dir, &["cache", ".hidden", ".dot"]).0,
            ["cache/2", "cache/CACHEDIR.TAG", ".hidden/1", ".dot"]
        );
    }

    #[test]
    fn nothing_is_found_twice() {
        let dir = tree(&["a/1", "a/b/2"]);
        assert_eq!(
            walk(&dir, &["a", "a/b", "a/./b", "a/1"]).0,
            ["a/b/2", "a/1"]
        );
    }

    #[test]
    fn a_missing_root_is_an_error() {
        let dir = tree(&["a"]);
        let bad = Roots::new(&[dir.path().join("a"), dir.path().join("b")]).unwrap_err();
        assert_eq!(bad.path, dir.path().join("b"));
        assert_eq!(bad.error.kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_set_aside_and_loops_of_them_harmless() {
        use std::os::unix::fs::symlink;
        let dir = tree(&["a/1"]);
        symlink(dir.path(), dir.path().join("a/up")).unwrap();
        symlink("loop", dir.path().join("a/loop")).unwrap();
        symlink("1", dir.path().join("a/file")).unwrap();
        assert_eq!(walk(&dir, &[""]), (vec!["a/1".to_owned()], 3));
        // A link that was asked for is followed.
        assert_eq!(walk(&dir, &["a/file"]).0, ["a/1"]);
        assert!(Roots::new(&[dir.path().join("a/loop")]).is_err());
    }
}
