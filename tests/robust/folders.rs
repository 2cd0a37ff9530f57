//! Only one program at a time uses a folder.

use std::io::{BufRead, BufReader};
use std::process::{Child, Output};

use super::common::place::{Place, assert_done, text};
use super::{SHORT, place, program, send, with};

/// A run that has begun and does not end by itself.
struct Live(Child);

impl Live {
    fn begin(place: &Place, arguments: &[&str]) -> Live {
        let mut child = program(place, arguments).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut printed = String::new();
        while !printed.contains("checkpoint step-") {
            assert!(
                log.read_line(&mut printed).unwrap() > 0,
                "it ended before its first checkpoint: {printed}"
            );
        }
        std::thread::spawn(move || for _ in log.lines() {});
        Live(child)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const LONG: [&str; 15] = [
    "train",
    "--model",
    "model",
    "--train-file",
    "data.csv",
    "--device",
    "cpu",
    "--max-length",
    "32",
    "--max-steps",
    "1000000",
    "--save-steps",
    "5",
    "--output-dir",
    "out",
];

fn refused(output: &Output, code: i32, expected: &str) {
    let printed = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{printed}");
    let errors: Vec<&str> = printed.lines().filter(|line| line.starts_with("error: ")).collect();
    assert!(errors.len() == 1 && errors[0].contains(expected), "{expected}: {printed}");
}

fn models(place: &Place) -> usize {
    let folders = std::fs::read_dir(place.path("runs")).into_iter().flatten().flatten();
    folders.filter(|folder| folder.path().join("model.safetensors").is_file()).count()
}

#[test]
fn two_runs_at_once_without_a_name_have_two_folders() {
    let place = place();
    for round in 1..=3 {
        let mut children: Vec<Child> = (0..2).map(|_| program(&place, &SHORT).spawn().unwrap()).collect();
        for child in &mut children {
            assert_eq!(child.wait().unwrap().code(), Some(0));
        }
        assert_eq!(models(&place), 2 * round);
    }
    let entries = std::fs::read_dir(place.path("runs/data-dps-dense-seed42")).unwrap();
    assert!(entries.flatten().all(|entry| entry.file_name() != ".lock"), "a run that is done leaves no lock");
}

#[test]
fn a_live_run_is_neither_resumed_nor_overwritten() {
    let place = place();
    let live = Live::begin(&place, &LONG);
    let busy = "another subtune is writing to out; wait until it is done";
    for more in [&["--output-dir", "out"][..], &["--output-dir", "out", "--overwrite-output-dir"]] {
        refused(&program(&place, &with(&SHORT, more)).output().unwrap(), 2, busy);
    }
    refused(&program(&place, &["train", "--resume", "out"]).output().unwrap(), 2, busy);
    let compare =
        ["compare", "--model", "model", "--train-file", "data.csv", "--device", "cpu", "--output-dir", "out"];
    refused(&program(&place, &with(&compare, &["--overwrite-output-dir"])).output().unwrap(), 2, busy);
    // a killed run does not lock others out
    drop(live);
    let live = Live::begin(&place, &["train", "--resume", "out"]);
    send(&live.0, "-INT");
    let mut live = live;
    assert_eq!(live.0.wait().unwrap().code(), Some(5));
    assert!(!place.path("out/.lock").exists());
}

#[test]
fn a_live_comparison_keeps_its_file() {
    let place = place();
    let compare = [
        "compare",
        "--model",
        "model",
        "--train-file",
        "data.csv",
        "--device",
        "cpu",
        "--max-length",
        "32",
        "--max-steps",
        "20",
        "--methods",
        "full,head",
        "--seeds",
        "500",
        "--output-dir",
        "out",
    ];
    let mut child = program(&place, &compare).stderr(std::process::Stdio::null()).spawn().unwrap();
    let lines = || std::fs::read_to_string(place.path("out/runs.jsonl")).unwrap_or_default().lines().count();
    while lines() < 3 {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let busy = "another subtune is writing to out";
    refused(&program(&place, &compare).output().unwrap(), 2, busy);
    refused(&program(&place, &with(&compare, &["--overwrite-output-dir"])).output().unwrap(), 2, busy);
    let before = lines();
    while lines() < before + 2 {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_cannot_be_written_is_told_before_the_data_are_read() {
    let place = place();
    place.file("file", "mine");
    std::os::unix::fs::symlink("nowhere/at/all", place.path("dangling")).unwrap();
    for folder in ["file", "file/below", "/proc/out", "dangling", &"x".repeat(300)] {
        for more in [&[][..], &["--overwrite-output-dir"]] {
            let missing = ["train", "--train-file", "missing.csv", "--output-dir", folder];
            let output = program(&place, &with(&missing, more)).output().unwrap();
            refused(&output, 7, "could not be written: ");
            assert!(text(&output.stderr).contains("; name another --output-dir"));
        }
    }
    // the name of the data is cut to what a folder's may have
    let long = format!("{}.csv", "é".repeat(120));
    place.file(&long, super::common::place::data());
    let mut run = SHORT;
    run[4] = &long;
    assert_done(&program(&place, &run).output().unwrap());
    assert_eq!(models(&place), 1);
}

#[test]
fn a_start_that_fails_leaves_nothing() {
    let place = place();
    place.file("bad.csv", "text,label\n\"open,x\n");
    for more in [&["--output-dir", "new/out"][..], &[]] {
        let output = program(&place, &with(&["train", "--train-file", "bad.csv"], more)).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
        assert!(!place.path("new").exists() && !place.path("runs").exists());
    }
    refused(
        &program(&place, &["train", "--resume", "new/out"]).output().unwrap(),
        2,
        "no complete checkpoint",
    );
    assert!(!place.path("new").exists());
}

#[test]
fn reports_and_checkpoints_are_for_the_user_alone() {
    use std::os::unix::fs::MetadataExt;
    let place = place();
    let run = with(&SHORT, &["--output-dir", "out", "--save-steps", "2", "--keep-checkpoints"]);
    assert_done(&program(&place, &run).output().unwrap());
    let mode = |path: &str| place.path(path).metadata().unwrap().mode() & 0o777;
    assert_eq!((mode("out/report.html"), mode("out/checkpoints")), (0o600, 0o700));
    let step = "out/checkpoints/step-000002";
    assert_eq!((mode(step), mode(&format!("{step}/state.json"))), (0o700, 0o600));
    place.file("other", "");
    assert_eq!(mode("out/model.safetensors"), mode("other"));
}

/// The folder of a live run under each of its names, with every command that would write there or read incomplete
/// files.
#[test]
fn a_live_run_keeps_its_folder_by_whatever_name() {
    let place = place();
    let absolute = place.path("out").display().to_string();
    std::os::unix::fs::symlink("out", place.path("link")).unwrap();
    std::fs::create_dir_all(place.path("side")).unwrap();
    let live = Live::begin(&place, &LONG);
    let busy = "another subtune is writing to";
    let names = ["out/", "./out", "side/../out", "link", "link/.", &absolute];
    for name in names {
        let again = with(&SHORT, &["--overwrite-output-dir", "--output-dir", name]);
        refused(&program(&place, &again).output().unwrap(), 2, busy);
        refused(&program(&place, &["train", "--resume", name]).output().unwrap(), 2, busy);
    }
    // there is no model yet to read
    for command in
        [&["predict", "--model", "out", "good"][..], &["evaluate", "--model", "out", "--file", "data.csv"]]
    {
        refused(&program(&place, command).output().unwrap(), 3, "out");
    }
    refused(
        &program(&place, &["export", "--model", "model", "--output", "out"]).output().unwrap(),
        2,
        "already exists",
    );
    // one folder up or down is another folder
    assert_done(&program(&place, &with(&SHORT, &["--output-dir", "out/below"])).output().unwrap());
    drop(live);
}

/// Files and links that may stand in the place of the lock.
#[test]
fn a_lock_that_somebody_planted_writes_nowhere_else_and_locks_nobody_out() {
    use std::os::unix::fs::symlink;
    let place = place();
    let out = |name: &str| {
        std::fs::create_dir(place.path(name)).unwrap();
        place.path(name).join(".lock")
    };
    let run = |name: &str| {
        program(&place, &with(&SHORT, &["--overwrite-output-dir", "--output-dir", name])).output().unwrap()
    };
    place.file("victim", "mine");
    symlink(place.path("victim"), out("linked")).unwrap();
    let linked = run("linked");
    assert_eq!(std::fs::read(place.path("victim")).unwrap(), b"mine");
    refused(&linked, 7, ".lock");
    symlink(place.path("nothing"), out("dangling")).unwrap();
    refused(&run("dangling"), 7, ".lock");
    assert!(!place.path("nothing").exists(), "a file was made through a link");
    std::fs::create_dir(out("folder")).unwrap();
    refused(&run("folder"), 7, "could not be written");
    // the lock of a killed run
    std::fs::write(out("stale"), "1234").unwrap();
    assert_done(&run("stale"));
    assert!(!place.path("stale/.lock").exists());
}
