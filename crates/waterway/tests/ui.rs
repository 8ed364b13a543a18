//! What must not compile. Each file of `ui/` is compiled twice: as it stands it must compile, and with
//! `--cfg bad`, which adds the offence, it must fail, with the errors that its head names and no others:
//!
//! ```text
//! //@ error: E0599
//! //@ says: no method named `clone` found
//! ```
//!
//! `error: none` stands for errors without a code (lifetimes, lints). The compiler is the one that built the
//! crate; what it says is compared by code and by a few stable words, not by snapshot.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One file and what it promises.
struct Case {
    path: PathBuf,
    /// Sorted.
    errors: Vec<String>,
    says: Vec<String>,
}

impl Case {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).expect("a readable file");
        let heads = |key: &str| -> Vec<String> {
            let key = format!("//@ {key}: ");
            text.lines()
                .filter_map(|line| line.strip_prefix(&key))
                .map(|s| s.trim().to_owned())
                .collect()
        };
        let errors = heads("error");
        assert!(!errors.is_empty(), "{}: no `//@ error:`", path.display());
        let says = heads("says");
        assert!(
            text.contains("cfg(bad)"),
            "{}: nothing bad in it",
            path.display()
        );
        Case { path, errors, says }
    }

    fn name(&self) -> String {
        self.path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    }

    /// Compiles it; what the compiler says, if it fails.
    fn compile(&self, library: &Path, bad: bool) -> Result<(), String> {
        let out =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ui-{}-{bad}.rmeta", self.name()));
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc.args([
            "--edition=2024",
            "--crate-type=bin",
            "--emit=metadata",
            "--color=never",
            "-Awarnings",
        ]);
        rustc.arg("-o").arg(&out);
        rustc
            .arg("--extern")
            .arg(format!("waterway={}", library.display()));
        rustc.arg("-L").arg(format!(
            "dependency={}",
            library.parent().expect("in deps").display()
        ));
        if bad {
            rustc.arg("--cfg=bad");
        }
        let output = rustc.arg(&self.path).output().expect("rustc runs");
        let _ = fs::remove_file(out);
        if output.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// What is wrong with it, if anything is.
    fn check(&self, library: &Path) -> Result<(), String> {
        if let Err(text) = self.compile(library, false) {
            return Err(format!("does not compile without the offence:\n{text}"));
        }
        let Err(text) = self.compile(library, true) else {
            return Err("compiles".to_owned());
        };
        let mut codes = error_codes(&text);
        codes.sort();
        codes.dedup();
        if codes != self.errors {
            return Err(format!(
                "expected {:?}, got {codes:?}:\n{text}",
                self.errors
            ));
        }
        match self.says.iter().find(|words| !text.contains(*words)) {
            Some(words) => Err(format!("the error does not say {words:?}:\n{text}")),
            None => Ok(()),
        }
    }
}

/// The codes of all errors in the compiler's words; `none` for one without.
fn error_codes(text: &str) -> Vec<String> {
    let code = |line: &str| {
        let rest = line.strip_prefix("error")?;
        if let Some(code) = rest.strip_prefix('[') {
            return Some(code[..code.find(']')?].to_owned());
        }
        let closing =
            rest.starts_with(": aborting due to") || rest.starts_with(": could not compile");
        (rest.starts_with(": ") && !closing).then(|| "none".to_owned())
    };
    text.lines().filter_map(code).collect()
}

/// The library that this test was built against: the newest beside it.
fn library() -> PathBuf {
    let exe = env::current_exe().expect("a path");
    let deps = exe.parent().expect("in a directory");
    let entries = fs::read_dir(deps)
        .expect("readable")
        .map(|entry| entry.expect("readable"));
    let ours = entries.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libwaterway-") && name.ends_with(".rlib")
    });
    let newest =
        ours.max_by_key(|entry| entry.metadata().and_then(|m| m.modified()).expect("a time"));
    newest.expect("the library, beside its test").path()
}

/// Every file of `ui/` fails for its reason, and only for that.
#[test]
fn c10_what_must_not_compile_does_not() {
    let library = library();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let entries = fs::read_dir(dir)
        .expect("readable")
        .map(|entry| entry.expect("readable").path());
    let mut cases: Vec<Case> = entries
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(Case::read)
        .collect();
    cases.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(cases.len() >= 20, "only {} files found", cases.len());
    let control = cases[0].compile(&library, false);
    if control.is_err_and(|text| text.contains("sanitizer")) {
        println!(
            "the library is built for a sanitizer, which this harness does not follow: skipped"
        );
        return;
    }
    let mut failures = Vec::new();
    // Two at a time.
    let (left, right) = cases.split_at(cases.len() / 2);
    std::thread::scope(|scope| {
        let check = |half: &[Case]| -> Vec<String> {
            let wrong = |case: &Case| {
                let why = case.check(&library).err()?;
                Some(format!("ui/{}.rs {why}", case.name()))
            };
            half.iter().filter_map(wrong).collect()
        };
        let right = scope.spawn(move || check(right));
        failures.extend(check(left));
        failures.extend(right.join().expect("no panic"));
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// The harness itself: codes are found, and the closing lines are not taken for errors.
#[test]
fn codes_are_read() {
    let text = "error[E0599]: no\n --> x\nwarning: y\nerror: lifetime\nerror: aborting due to 2 previous errors\n";
    assert_eq!(error_codes(text), ["E0599", "none"]);
}
