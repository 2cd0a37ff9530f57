//! The program in a hostile world: streams that fail, signals, concurrent runs, text that would command a terminal, and
//! input without an end.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod folders;
mod limits;
mod pipes;
mod streams;
mod terminal;

use std::process::{Child, Command, Stdio};

use common::place::Place;

/// The program in the place's folder, with these arguments.
pub fn program(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_subtune"));
    command.args(arguments).current_dir(place.root.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A short run, whose files are `model` and `data.csv`.
pub const SHORT: [&str; 13] = [
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
    "4",
    "--logging-steps",
    "1",
];

pub fn with<'a>(fixed: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [fixed, more].concat()
}

pub fn place() -> Place {
    let place = Place::new();
    place.file("data.csv", common::place::data());
    place
}

pub fn send(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}
