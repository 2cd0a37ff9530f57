//! Nothing leaves the machine. On Linux, strace lists the sockets that the program opens while it trains, evaluates and
//! predicts.
#![cfg(target_os = "linux")]

mod common;

use std::process::{Command, Output};

use common::place::{Place, assert_done, data, text};

/// Runs a program under strace, and returns the calls that made a socket. Sockets to other programs on the same machine
/// do not count, because drivers may open them.
fn sockets(place: &Place, program: &str, arguments: &[&str]) -> (Output, Vec<String>) {
    let trace = place.path("trace");
    let output = Command::new("strace")
        .args(["-f", "-q", "-e", "trace=socket", "-e", "signal=none", "-o"])
        .arg(&trace)
        .arg(program)
        .args(arguments)
        .current_dir(place.root.path())
        .output()
        .unwrap_or_else(|error| panic!("strace could not be started ({error}); install it"));
    let calls = std::fs::read_to_string(&trace).unwrap_or_default();
    let is_socket = |line: &&str| line.contains("socket(") && !line.contains("socket(AF_UNIX");
    (output, calls.lines().filter(is_socket).map(String::from).collect())
}

/// Whether tracing works. Some containers forbid it.
fn can_trace() -> bool {
    let place = Place::new();
    let (output, _) = sockets(&place, "true", &[]);
    if !output.status.success() {
        eprintln!("sockets: NOT CHECKED, because strace may not trace here: {}", text(&output.stderr));
    }
    output.status.success()
}

#[test]
fn strace_shows_a_socket() {
    if can_trace() {
        let place = Place::new();
        let (_, calls) = sockets(&place, "bash", &["-c", "exec 3<>/dev/udp/127.0.0.1/9"]);
        assert!(calls.iter().any(|call| call.contains("AF_INET")), "{calls:?}");
    }
}

#[test]
fn training_evaluation_and_prediction_open_no_socket() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let file = place.file("data.csv", data());
    let short = ["--max-length", "32"];
    let train = ["train", "--model", "model", "--train-file", &file, "--output-dir", "out"];
    let steps = [
        [&train[..], &["--max-steps", "4", "--save-steps", "2"], &short].concat(),
        [&["evaluate", "--model", "out", "--file", &file][..], &short].concat(),
        [&["predict", "--model", "out", "good", "bad"][..], &short].concat(),
    ];
    for step in steps {
        let (output, calls) = sockets(&place, env!("CARGO_BIN_EXE_subtune"), &step);
        assert_done(&output);
        assert!(calls.is_empty(), "{step:?}: {calls:#?}");
    }
    assert!(place.path("out/model.safetensors").is_file());
}
