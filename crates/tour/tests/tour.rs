//! The program as its users run it, on trees made for the purpose.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const STAGES: [&str; 3] = ["threads", "tasks", "mixed"];

fn tour() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tour"))
}

fn run(arguments: &[&str], paths: &[&Path]) -> Output {
    tour().args(arguments).args(paths).output().unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", stderr(output)))
}

/// A hundred small files in folders, one large one, and some that are no text.
fn tree() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: String, text: &[u8]| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for n in 0..50 {
        write(
            format!("src/{}/{n}.rs", n % 7),
            b"// one\nfn alpha() { beta(\"x\") }\n",
        );
        write(
            format!("lib/{}/{n}.py", n % 5),
            b"def alpha(): # two\n    return gamma\n",
        );
    }
    write(
        "large.rs".into(),
        "let größe = alpha;\n".repeat(8_000).as_bytes(),
    );
    write("doc/read.md".into(), b"It is 1 text.");
    write("doc/empty.txt".into(), b"");
    write("doc/image".into(), b"\x89PNG\0\0");
    write("doc/latin.txt".into(), b"caf\xe9\n");
    write(".hidden/more.rs".into(), b"fn hidden() {}\n");
    dir
}

fn language<'a>(result: &'a Value, name: &str) -> &'a Value {
    let languages = result["languages"].as_array().unwrap();
    languages
        .iter()
        .find(|language| language["language"] == name)
        .unwrap_or(&Value::Null)
}

#[test]
fn the_numbers_are_right_whoever_counts() {
    let dir = tree();
    let options = [
        &["--readers", "1", "--workers", "1"][..],
        &["--capacity", "0"],
        &["--capacity", "1", "--workers", "3"],
        &["--readers", "3", "--workers", "2"],
        &["--readers", "8", "--workers", "8", "--capacity", "2"],
        &["--chaos"],
        &["--chaos", "--capacity", "0"],
        &[],
    ];
    for stages in STAGES {
        for options in options {
            let arguments = [&["--json", "--check", "--stages", stages], options].concat();
            let output = run(&arguments, &[dir.path()]);
            assert_eq!(code(&output), Some(0), "{arguments:?}: {}", stderr(&output));
            let result = json(&output);
            assert_eq!(result["check"]["result"], "agrees");
            assert_eq!(result["partial"], false);
            assert_eq!(result["stages"], stages);
            // Fifty files of a language are enough for one panic.
            let restarts = if arguments.contains(&"--chaos") { 2 } else { 0 };
            let actors = serde_json::json!({"started": 4, "restarts": restarts});
            assert_eq!(result["actors"], actors, "{arguments:?}");
            assert_eq!(result["totals"]["files"], 103, "{arguments:?}");
            assert_eq!(result["totals"]["lines"], 50 * 2 + 50 * 2 + 8_000 + 1);

            let rust = language(&result, "rust");
            assert_eq!(rust["files"], 51);
            assert_eq!(rust["tokens"], 50 * 10 + 8_000 * 5);
            assert_eq!(rust["identifiers"], 50 * 2 + 8_000 * 2);
            let python = language(&result, "python");
            assert_eq!(
                (&python["files"], &python["tokens"]),
                (&50.into(), &(50 * 7).into())
            );
            assert_eq!(language(&result, "markdown")["lines"], 1);
            assert_eq!(language(&result, "other text")["files"], 1);

            let largest = result["largest"].as_array().unwrap();
            assert_eq!(largest.len(), 5);
            assert!(largest[0]["path"].as_str().unwrap().ends_with("large.rs"));
            assert_eq!(largest[0]["bytes"], 8_000 * "let größe = alpha;\n".len());

            let longest = result["longest"].as_array().unwrap();
            let longest: Vec<_> = longest
                .iter()
                .map(|line| (line["line"].as_u64(), line["text"].as_str()))
                .collect();
            // That of `large.rs` is 20 bytes long, which others are too.
            assert_eq!(longest.len(), 3);
            assert_eq!(longest[0], (Some(2), Some("fn alpha() { beta(\"x\") }")));

            let names = result["identifiers"].as_array().unwrap();
            let names: Vec<_> = names
                .iter()
                .map(|name| (name["name"].as_str(), name["count"].as_u64()))
                .collect();
            let expected = [
                ("alpha", 8_100),
                ("größe", 8_000),
                ("beta", 50),
                ("gamma", 50),
            ];
            assert_eq!(
                names,
                expected.map(|(name, count)| (Some(name), Some(count)))
            );

            let aside = result["set_aside"].as_array().unwrap();
            let aside: Vec<_> = aside
                .iter()
                .map(|row| (row["reason"].as_str(), row["files"].as_u64()))
                .collect();
            assert_eq!(
                aside,
                [(Some("binary"), Some(1)), (Some("not_utf8"), Some(1))]
            );
        }
    }
}

#[test]
fn every_channel_is_in_the_table() {
    let dir = tree();
    for stages in STAGES {
        let result = json(&run(
            &["--json", "--stages", stages, "--capacity", "4"],
            &[dir.path()],
        ));
        let channels = result["channels"].as_array().unwrap();
        let of = |name: &str| {
            channels
                .iter()
                .find(|channel| channel["channel"] == name)
                .unwrap()
        };
        assert_eq!(of("paths")["messages"], 105);
        assert_eq!(of("findings")["messages"], 105);
        let stages = 5 + result["readers"].as_u64().unwrap() + result["workers"].as_u64().unwrap();
        assert_eq!(of("notes")["messages"], stages);
        assert_eq!(of("entries")["messages"], 103);
        assert_eq!(
            (&of("entries")["lanes"], &of("entries")["capacity"]),
            (&4.into(), &4.into())
        );
        assert_eq!(of("shares")["messages"], 4);
        assert_eq!(of("census")["messages"], 1);
        assert_eq!(of("largest")["messages"], 1);
        assert_eq!(of("longest")["messages"], 1);
        // Of each file that is not empty.
        assert_eq!(of("lines")["messages"], 102);
        // The large file takes three pieces.
        assert_eq!(of("pieces")["messages"], 105 + 2);
        // Each of them is answered.
        assert_eq!(of("answers")["messages"], 105 + 2);
        assert_eq!(of("answers")["lanes"], result["readers"]);
        let told = serde_json::json!({"counted": 103, "binary": 1, "not_utf8": 1, "lost": 0});
        assert_eq!(result["answers"], told);
        assert!(of("progress")["messages"].as_u64().unwrap() > 0);
        for (channel, kind) in [
            ("paths", "mpmc"),
            ("answers", "oneshot"),
            ("census", "spsc"),
            ("findings", "broadcast"),
            ("entries", "inbox"),
            ("lines", "pool"),
            ("shares", "oneshot"),
            ("progress", "watch"),
            ("notes", "mpsc"),
        ] {
            assert_eq!(of(channel)["kind"], kind);
        }
        for channel in ["paths", "pieces", "findings", "lines"] {
            assert!(
                of(channel)["highest_fill"].as_u64().unwrap() <= 4,
                "{channel}"
            );
            assert_eq!(
                (&of(channel)["capacity"], &of(channel)["lanes"]),
                (&4.into(), &1.into())
            );
        }
    }
}

#[test]
fn people_get_tables() {
    let dir = tree();
    let output = run(&["--top", "1", "--check"], &[dir.path()]);
    assert_eq!(code(&output), Some(0));
    let text = stdout(&output);
    for line in [
        "set aside: 1 binary; 1 not UTF-8",
        "check: the recount agrees",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line:?} in\n{text}"
        );
    }
    for start in [
        "language",
        "total",
        "of 4 identifiers",
        "alpha",
        "largest files",
        "longest lines",
        "channel",
        "pieces",
        "answers   oneshot",
        "103 files, ",
    ] {
        assert!(
            text.lines().any(|line| line.starts_with(start)),
            "{start:?} in\n{text}"
        );
    }
    assert!(
        !text.lines().any(|line| line.starts_with("größe")),
        "more than asked for in\n{text}"
    );
    // Standard error is no terminal here: there is nothing to draw on.
    assert_eq!(stderr(&output), "");
}

#[test]
fn of_panics_on_purpose_people_see_the_number_only() {
    let dir = tree();
    for stages in STAGES {
        let arguments = ["--chaos", "--check", "--journal", "--stages", stages];
        let output = run(&arguments, &[dir.path()]);
        assert_eq!((code(&output), stderr(&output)), (Some(0), String::new()));
        let text = stdout(&output);
        for line in [
            "check: the recount agrees",
            "actors: 4, started again 2 time(s)",
            " s  actor of rust started again",
        ] {
            assert!(
                text.lines().any(|found| found.ends_with(line)),
                "{line:?} in\n{text}"
            );
        }
    }
}

#[test]
fn the_journal_is_listed_on_request() {
    let dir = tree();
    for stages in STAGES {
        let options = ["--readers", "2", "--workers", "3", "--stages", stages];
        let listed = run(&[&options[..], &["--journal"]].concat(), &[dir.path()]);
        let listed = stdout(&listed);
        // The stages are ten; two files are no text.
        for line in ["journal: 12 events", " s  merger ended"] {
            assert!(
                listed.lines().any(|found| found.ends_with(line)),
                "{line:?} in\n{listed}"
            );
        }
        for line in [" s  set aside, binary: ", " s  set aside, not UTF-8: "] {
            assert!(listed.contains(line), "{line:?} in\n{listed}");
        }
        let told = stdout(&run(&options, &[dir.path()]));
        assert!(told.contains("journal: 12 events\n"), "{told}");
        assert!(!told.contains("merger ended"), "{told}");

        let arguments = ["--json", "--journal", "--stages", stages];
        let result = json(&run(&arguments, &[dir.path()]));
        let events = result["journal"]["events"].as_array().unwrap();
        let image = events.iter().find(|event| event["reason"] == "binary");
        let image = image.unwrap();
        assert_eq!(image["event"], "set_aside");
        assert!(image["path"].as_str().unwrap().ends_with("image"));
        assert!(image["seconds"].as_f64().unwrap() >= 0.0);
    }
}

#[test]
fn the_journal_keeps_the_newest_events() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..400 {
        fs::write(dir.path().join(n.to_string()), b"\0").unwrap();
    }
    let options = ["--json", "--readers", "1", "--workers", "1"];
    let result = json(&run(&options, &[dir.path()]));
    let journal = &result["journal"];
    // Each file, and the end of each stage.
    assert_eq!(journal["written"], 400 + 7);
    assert_eq!(journal["displaced"], 400 + 7 - 256);
    assert!(journal["events"].is_null());
    let channels = result["channels"].as_array().unwrap();
    let row = channels.iter().find(|row| row["channel"] == "journal");
    let row = row.unwrap();
    assert_eq!(
        (&row["messages"], &row["highest_fill"]),
        (&407.into(), &256.into())
    );

    let result = json(&run(
        &[&options[..], &["--journal"]].concat(),
        &[dir.path()],
    ));
    assert_eq!(result["journal"]["events"].as_array().unwrap().len(), 256);
}

#[test]
fn a_missing_path_is_told_before_any_work() {
    let dir = tree();
    let missing = dir.path().join("missing");
    let output = run(&[], &[dir.path(), &missing]);
    assert_eq!(code(&output), Some(2));
    assert_eq!(stdout(&output), "");
    assert!(
        stderr(&output).contains(missing.to_str().unwrap()),
        "{}",
        stderr(&output)
    );
    assert_eq!(code(&run(&["--no-such-option"], &[])), Some(2));
}

#[test]
fn help_explains() {
    let output = run(&["--help"], &[]);
    assert_eq!(code(&output), Some(0));
    for word in ["--stages", "--check", "--chaos", "--json", "130"] {
        assert!(stdout(&output).contains(word), "{word}");
    }
}

#[test]
fn a_folder_with_nothing_in_it_has_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for stages in STAGES {
        let output = run(&["--json", "--check", "--stages", stages], &[dir.path()]);
        assert_eq!(code(&output), Some(0));
        assert_eq!(json(&output)["totals"]["files"], 0);
    }
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let dir = tree();
    for option in ["--json", "--top=10000"] {
        let mut child = tour()
            .arg(option)
            .arg(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Closed before anything is written.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), stderr(&output)), (Some(0), String::new()));
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    fn fifo(path: &Path) {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    fn links_and_pipes_are_met_without_being_read() {
        let dir = tree();
        symlink(dir.path(), dir.path().join("src/up")).unwrap();
        symlink("loop", dir.path().join("loop")).unwrap();
        fifo(&dir.path().join("pipe"));
        let output = run(&["--json", "--check"], &[dir.path()]);
        let result = json(&output);
        assert_eq!(result["totals"]["files"], 103);
        let aside = result["set_aside"].as_array().unwrap();
        let of = |reason: &str| {
            aside.iter().find(|row| row["reason"] == reason).unwrap()["files"].clone()
        };
        assert_eq!((of("link"), of("special")), (2.into(), 1.into()));
    }

    #[test]
    fn a_locked_folder_is_listed() {
        let dir = tree();
        let locked = dir.path().join("src/0");
        fs::set_permissions(&locked, PermissionsExt::from_mode(0o000)).unwrap();
        let open_to_us = fs::read_dir(&locked).is_ok();
        let output = run(&["--json"], &[dir.path()]);
        fs::set_permissions(&locked, PermissionsExt::from_mode(0o755)).unwrap();
        assert_eq!(code(&output), Some(0));
        let result = json(&output);
        if open_to_us {
            // Permissions do not hold for everybody.
            assert_eq!(result["totals"]["files"], 103);
        } else {
            assert_eq!(result["totals"]["files"], 103 - 8);
            assert!(
                result["unreadable"][0]["path"]
                    .as_str()
                    .unwrap()
                    .ends_with("src/0")
            );
        }
    }

    #[test]
    fn what_cannot_be_opened_is_listed() {
        let dir = tree();
        let socket = dir.path().join("socket");
        let _socket = UnixListener::bind(&socket).unwrap();
        for stages in STAGES {
            let result = json(&run(
                &["--json", "--stages", stages],
                &[&socket, dir.path()],
            ));
            assert_eq!(result["totals"]["files"], 103);
            assert_eq!(result["unreadable"].as_array().unwrap().len(), 1);
            assert!(
                result["unreadable"][0]["path"]
                    .as_str()
                    .unwrap()
                    .ends_with("socket")
            );
        }
        assert!(stdout(&run(&[], &[&socket])).contains("set aside: 1 unreadable"));
    }

    #[test]
    fn a_pipe_that_was_asked_for_is_read_but_not_twice() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        fifo(&pipe);
        let child = tour()
            .arg("--json")
            .arg(&pipe)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut writer = OpenOptions::new().write(true).open(&pipe).unwrap();
        writer.write_all(b"#!/bin/sh\necho one\n").unwrap();
        drop(writer);
        let output = child.wait_with_output().unwrap();
        assert_eq!(language(&json(&output), "shell")["identifiers"], 2);

        let output = run(&["--check"], &[&pipe]);
        assert_eq!(code(&output), Some(2));
        assert!(stderr(&output).contains("pipe"));
    }

    /// Each thread of the program has a folder there: by the recount most of them are gone.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_recount_that_differs_is_a_failure() {
        for stages in STAGES {
            let arguments = ["--json", "--check", "--stages", stages];
            let output = run(&arguments, &[Path::new("/proc/self/task")]);
            assert_eq!(code(&output), Some(1), "{stages}: {}", stderr(&output));
            assert!(stderr(&output).contains("the recount differs"));
            let check = &json(&output)["check"];
            assert_eq!(check["result"], "differs", "{stages}");
            assert!(!check["differences"].as_array().unwrap().is_empty());
        }
    }

    #[test]
    fn interrupted_it_prints_what_it_has() {
        for stages in STAGES {
            let dir = tree();
            let pipe = dir.path().join("pipe");
            fifo(&pipe);
            // One reader, and the pipe comes last: when it is opened, all the rest has been read.
            let child = tour()
                .args(["--json", "--journal", "--readers", "1", "--stages", stages])
                .args([dir.path(), &pipe])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut writer = OpenOptions::new().write(true).open(&pipe).unwrap();
            writer.write_all(b"not counted ").unwrap();
            let kill = Command::new("kill")
                .args(["-INT", &child.id().to_string()])
                .status()
                .unwrap();
            assert!(kill.success());
            // The pipe is still open, the reader still hangs.
            let output = child.wait_with_output().unwrap();
            drop(writer);

            assert_eq!(code(&output), Some(130), "{stages}: {}", stderr(&output));
            let result = json(&output);
            assert_eq!(result["partial"], true);
            assert_eq!(result["stuck_stages"], 1, "{stages}");
            assert_eq!(result["totals"]["files"], 103, "{stages}");
            assert!(stderr(&output).contains("partial"));
            let events = result["journal"]["events"].as_array().unwrap();
            let of = |kind: &str| {
                let of = events.iter().filter(|event| event["event"] == kind);
                of.count()
            };
            assert_eq!(of("interrupted"), 1, "{stages}: {events:?}");
        }
    }

    #[test]
    fn a_reader_of_the_first_line_gets_it() {
        let dir = tree();
        let mut child = tour()
            .args(["--json", "--top", "100000"])
            .arg(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "{\n");
        let mut errors = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        assert_eq!(errors, "");
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}
