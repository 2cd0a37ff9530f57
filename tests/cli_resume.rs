//! Runs that are interrupted, killed or cannot be stored, and `train --resume`, as a user meets them.

mod common;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use common::place::{Place, assert_done, data, heed_hangup, narrow_pipe, text};
use serde_json::Value;

const RUN: [&str; 19] = [
    "train",
    "--model",
    "model",
    "--train-file",
    "data.csv",
    "--device",
    "cpu",
    "--max-length",
    "32",
    "--recipe",
    "plain",
    "--max-steps",
    "60",
    "--eval-steps",
    "20",
    "--per-device-train-batch-size",
    "4",
    "--logging-steps",
    "1",
];

fn place() -> Place {
    let place = Place::new();
    place.file("data.csv", data());
    place
}

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&RUN[..], more].concat()
}

/// A run of ten times as many steps.
fn long<'a>(output: &'a str) -> Vec<&'a str> {
    let steps = |argument: &'a str| if argument == "60" { "600" } else { argument };
    with(&["--output-dir", output]).into_iter().map(steps).collect()
}

fn model(place: &Place, folder: &str) -> Vec<u8> {
    std::fs::read(place.path(folder).join("model.safetensors")).unwrap()
}

fn names(folder: PathBuf) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The events of a run that logs JSON, without times.
fn events(stdout: &[u8]) -> Vec<Value> {
    let mut events: Vec<Value> =
        text(stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in &mut events {
        let times = ["seconds", "steps_per_second", "seconds_left", "seconds_per_step"];
        event.as_object_mut().unwrap().retain(|name, _| !times.contains(&name.as_str()));
    }
    events
}

/// Starts a run and sends it `signal` once it has printed `line`. Returns its whole output and its exit status.
fn signalled(place: &Place, arguments: &[&str], line: &str, signal: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_subtune"));
    command.args(arguments).args(["--log-format", "json"]).current_dir(place.root.path());
    let (stdout, its_end) = narrow_pipe();
    command.stdin(Stdio::null()).stdout(its_end).stderr(Stdio::piped());
    heed_hangup(&mut command);
    let child: Child = command.spawn().unwrap();
    // holds the run's end of the pipe, and an open end is no end of the output
    drop(command);
    let mut stdout = BufReader::with_capacity(64, stdout);
    let mut printed = String::new();
    while !printed.contains(line) {
        assert!(stdout.read_line(&mut printed).unwrap() > 0, "the run ended before {line}: {printed}");
    }
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    std::io::Read::read_to_string(&mut stdout, &mut printed).unwrap();
    let output = child.wait_with_output().unwrap();
    Output { stdout: printed.into_bytes(), ..output }
}

fn refused(output: &Output, code: i32, expected: &str) {
    let printed = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{printed}");
    let errors: Vec<&str> = printed.lines().filter(|line| line.starts_with("error: ")).collect();
    assert!(errors.len() == 1 && errors[0].contains(expected), "{printed}");
}

#[test]
fn ctrl_c_keeps_model_and_checkpoint_and_resume_completes_the_run() {
    let place = place();
    assert_done(&place.run(&long("whole")));
    interrupted_and_resumed(&place, "-INT");
}

#[test]
fn the_signals_of_systems_and_terminals_are_as_ctrl_c() {
    let place = place();
    assert_done(&place.run(&long("whole")));
    for signal in ["-TERM", "-HUP"] {
        interrupted_and_resumed(&place, signal);
        std::fs::remove_dir_all(place.path("out")).unwrap();
    }
}

fn interrupted_and_resumed(place: &Place, signal: &str) {
    let output = signalled(place, &long("out"), "\"step\":7", signal);
    assert_eq!(output.status.code(), Some(5), "{}", text(&output.stderr));
    assert!(place.path("out/model.safetensors").is_file());
    let stopped = events(&output.stdout);
    let checkpoint = stopped.iter().find(|event| event["type"] == "checkpoint").unwrap();
    assert_eq!(names(place.path("out/checkpoints")), [checkpoint["name"].as_str().unwrap()]);
    assert!(checkpoint["step"].as_u64().unwrap() < 600, "the run was over before it was interrupted");

    // without --resume, a run does not overwrite it
    refused(&place.run(&long("out")), 2, "--resume out");
    let resumed = place.run(&["train", "--resume", "out"]);
    assert_done(&resumed);
    assert!(model(place, "out") == model(place, "whole"));
    assert!(!place.path("out/checkpoints").exists(), "a complete run removes its checkpoints");
    // the report shows the whole run
    let report = |folder: &str| std::fs::read_to_string(place.path(folder).join("report.html")).unwrap();
    let curves = |html: String| html.matches("Training loss").count();
    assert_eq!(curves(report("out")), curves(report("whole")));
    refused(&place.run(&["train", "--resume", "out"]), 2, "there is nothing to resume");
}

#[test]
fn a_killed_run_resumes_to_the_same_model_and_events() {
    let place = place();
    let fixed = ["--save-steps", "7", "--method", "dps-mix", "--log-format", "json"];
    let whole = place.run(&with(&[&fixed[..], &["--output-dir", "whole"]].concat()));
    assert_done(&whole);
    let arguments = with(&[&fixed[..4], &["--output-dir", "out"]].concat());
    let killed = signalled(&place, &arguments, "step-000014", "-KILL");
    assert_eq!(killed.status.code(), None);
    assert!(!place.path("out/model.safetensors").exists());
    // the remains of an interrupted save are neither read nor kept
    let partial = place.path("out/checkpoints/.step-000099.partial");
    std::fs::create_dir_all(&partial).unwrap();
    std::fs::write(partial.join("state.json"), "{").unwrap();
    let uncommitted = place.path("out/checkpoints/step-000098");
    std::fs::create_dir_all(&uncommitted).unwrap();
    std::fs::create_dir_all(place.path("out/.incoming.partial")).unwrap();
    place.file("out/checkpoints/mine.txt", "kept");

    // --resume without a folder takes the output folder of the same options
    let resumed =
        place.run(&with(&["--output-dir", "out", "--method", "dps-mix", "--resume", "--log-format", "json"]));
    assert_done(&resumed);
    assert!(!partial.exists() && !uncommitted.exists() && !place.path("out/.incoming.partial").exists());
    assert_eq!(names(place.path("out/checkpoints")), ["mine.txt"]);
    assert!(model(&place, "out") == model(&place, "whole"));
    let (whole, resumed) = (events(&whole.stdout), events(&resumed.stdout));
    assert!(resumed.len() > 20 && whole.ends_with(&resumed), "{resumed:#?}");
}

#[test]
fn the_last_checkpoints_are_kept_and_any_can_be_resumed() {
    let place = place();
    let run = with(&["--save-steps", "10", "--save-total-limit", "3", "--keep-checkpoints", "--seed", "3"]);
    assert_done(&place.run(&run));
    let out = "runs/data-dps-dense-seed3";
    let expected = model(&place, out);
    let checkpoints = || names(place.path(out).join("checkpoints"));
    assert_eq!(checkpoints(), ["step-000040", "step-000050", "step-000060"]);
    std::fs::remove_file(place.path(out).join("model.safetensors")).unwrap();
    let from = format!("{out}/checkpoints/step-000040");
    assert_done(&place.run(&["train", "--resume", &from, "--save-total-limit", "1", "--save-steps", "5"]));
    assert!(model(&place, out) == expected);
    assert_eq!(checkpoints(), ["step-000060"]);
    // the folder of the same file, method and seed is found
    std::fs::remove_file(place.path(out).join("model.safetensors")).unwrap();
    assert_done(&place.run(&["train", "--train-file", "data.csv", "--seed", "3", "--resume"]));
    assert!(model(&place, out) == expected);
    assert_eq!(checkpoints(), ["step-000060"], "--keep-checkpoints is a setting of the run");
}

#[test]
fn a_new_run_in_the_folder_removes_the_checkpoints_of_the_old_one() {
    let place = place();
    let keep = ["--output-dir", "out", "--save-steps", "30", "--keep-checkpoints"];
    assert_done(&place.run(&with(&keep)));
    let again = ["--output-dir", "out", "--overwrite-output-dir", "--seed", "1"];
    let killed = signalled(&place, &with(&again), "\"step\":5", "-KILL");
    assert_eq!(killed.status.code(), None);
    assert!(!place.path("out/checkpoints").exists());
}

#[test]
fn what_is_not_the_run_that_was_stored_is_refused() {
    let place = place();
    assert_done(&place.run(&with(&["--output-dir", "out", "--save-steps", "30", "--keep-checkpoints"])));
    let resume = |more: &[&str]| place.run(&[&["train", "--resume", "out"], more].concat());
    for (flags, expected) in [
        (&["--learning-rate", "0.5"][..], "learning_rate is 0.5, but in the run to resume it is not set"),
        (&["--max-steps", "61"], "max_steps is 61, but in the run to resume it is 60"),
        (&["--seed", "1"], "seed is 1, but in the run to resume it is 42"),
        (&["--layers", "1"], "layers is 1, but in the run to resume it is not set"),
        (&["--output-dir", "other"], "--output-dir is other, but the run to resume writes to out"),
        (&["--save-steps", "0"], "save_steps is 0"),
    ] {
        refused(&resume(flags), 2, expected);
    }
    let missing = place.run(&["train", "--resume", "nowhere"]);
    refused(&missing, 2, "there is no complete checkpoint in nowhere/checkpoints");

    let good = data();
    place.file("data.csv", good.replacen("good", "fine", 1));
    refused(&resume(&[]), 3, "out/checkpoints/step-000060/state.json: is of other data");
    place.file("data.csv", &good);
    let weights = std::fs::read(place.path("model/model.safetensors")).unwrap();
    let mut changed = weights.clone();
    *changed.last_mut().unwrap() ^= 1;
    place.file("model/model.safetensors", changed);
    refused(&resume(&[]), 3, "out/checkpoints/step-000060/state.json: is of another model");
    place.file("model/model.safetensors", weights);

    let tensors = "out/checkpoints/step-000060/tensors.safetensors";
    let mut damaged = std::fs::read(place.path(tensors)).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    place.file(tensors, damaged);
    refused(&resume(&[]), 3, &format!("{tensors}: has another hash than commit.json says"));
    // moved files are still the same files
    std::fs::rename(place.path("data.csv"), place.path("moved.csv")).unwrap();
    let older = ["train", "--resume", "out/checkpoints/step-000030"];
    refused(&place.run(&older), 3, "data.csv: does not exist");
    assert_done(&place.run(&[&older[..], &["--train-file", "moved.csv"]].concat()));
}

/// Here a file is in the way; `scripts/full-disk` fills a disk.
#[test]
fn a_checkpoint_that_cannot_be_written_is_one_warning_and_the_run_goes_on() {
    let place = place();
    std::fs::create_dir(place.path("out")).unwrap();
    place.file("out/checkpoints", "in the way");
    let run = ["--output-dir", "out", "--overwrite-output-dir", "--save-steps", "10", "--log-format", "json"];
    let output = place.run(&with(&run));
    assert_done(&output);
    let events = events(&output.stdout);
    let warnings: Vec<_> = events.iter().filter(|event| event["type"] == "warning").collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let message = warnings[0]["message"].as_str().unwrap();
    assert!(message.starts_with("no checkpoint could be written (out/checkpoints"), "{message}");
    assert!(events.iter().all(|event| event["type"] != "checkpoint"));

    // an interrupted run then has a model but no checkpoint to resume
    let stopped = signalled(&place, &with(&run[..3]), "\"step\":7", "-INT");
    refused(&stopped, 7, "the run was stopped, but no checkpoint could be written: out/checkpoints");
}

#[test]
fn a_model_that_cannot_be_written_exits_with_7_and_can_be_written_later() {
    let place = place();
    assert_done(&place.run(&with(&["--output-dir", "whole"])));
    std::fs::create_dir_all(place.path("out/model.safetensors/in the way")).unwrap();
    let run = ["--output-dir", "out", "--overwrite-output-dir", "--save-steps", "30"];
    refused(&place.run(&with(&run)), 7, "the model could not be written: out/model.safetensors");
    std::fs::remove_dir_all(place.path("out/model.safetensors")).unwrap();
    assert_done(&place.run(&["train", "--resume", "out"]));
    assert!(model(&place, "out") == model(&place, "whole"));
}

#[test]
fn a_run_without_checkpoints_is_stored_where_only_its_model_cannot_be_written() {
    let place = place();
    assert_done(&place.run(&with(&["--output-dir", "whole"])));
    std::fs::create_dir_all(place.path("out/model.safetensors/in the way")).unwrap();
    let output = place.run(&with(&["--output-dir", "out", "--overwrite-output-dir"]));
    refused(&output, 7, "the model could not be written: out/model.safetensors");
    let stored = names(place.path("out/checkpoints"));
    let printed = text(&output.stderr);
    assert!(
        stored.len() == 1 && printed.contains(&format!("the run is stored as out/checkpoints/{}", stored[0])),
        "{printed}"
    );
    assert!(printed.contains("continue with: subtune train --resume out"), "{printed}");
    std::fs::remove_dir_all(place.path("out/model.safetensors")).unwrap();
    assert_done(&place.run(&["train", "--resume", "out"]));
    assert!(model(&place, "out") == model(&place, "whole"));
    // a message says so if no checkpoint can be written either
    std::fs::create_dir_all(place.path("new/model.safetensors/in the way")).unwrap();
    place.file("new/checkpoints", "a file");
    let output = place.run(&with(&["--output-dir", "new", "--overwrite-output-dir"]));
    refused(&output, 7, "the model could not be written: new/model.safetensors");
    let printed = text(&output.stderr);
    assert!(printed.contains("; nor could a checkpoint be: ") && !printed.contains("--resume"), "{printed}");
}

#[test]
fn a_run_whose_data_changed_or_moved_says_so() {
    let place = place();
    let arguments = with(&["--save-steps", "5", "--output-dir", "out"]);
    let killed = signalled(&place, &arguments, "step-000010", "-KILL");
    assert_eq!(killed.status.code(), None);
    let resume = |more: &[&str]| place.run(&[&["train", "--resume", "out"], more].concat());

    place.file("data.csv", data().replace(",no", ",No"));
    refused(
        &resume(&[]),
        3,
        "was written with other labels than the data have now: gone are [\"no\"], new are [\"No\"]",
    );
    place.file("moved.csv", data());
    std::fs::remove_file(place.path("data.csv")).unwrap();
    refused(
        &resume(&[]),
        3,
        "data.csv: does not exist, and the run to resume needs it; if it has moved, name it with --train-file",
    );
    assert_done(&resume(&["--train-file", "moved.csv"]));
}
