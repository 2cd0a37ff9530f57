//! Input without an end, and settings that no machine can satisfy.

use std::fs::File;
use std::time::{Duration, Instant};

use super::common::place::{assert_done, text};
use super::{SHORT, place, program, with};

#[test]
fn standard_input_without_an_end_is_refused_at_once() {
    let place = place();
    assert_done(&program(&place, &with(&SHORT, &["--output-dir", "out"])).output().unwrap());
    let began = Instant::now();
    let mut command = program(&place, &["predict", "--model", "out", "--device", "cpu"]);
    let output = command.stdin(File::open("/dev/zero").unwrap()).output().unwrap();
    let printed = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{printed}");
    assert!(printed.contains("standard input"), "{printed}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn a_huge_file_of_a_model_is_refused_or_not_read() {
    let place = place();
    assert_done(&program(&place, &with(&SHORT, &["--output-dir", "out"])).output().unwrap());
    let huge = |name: &str| File::create(place.path(name)).unwrap().set_len(3 << 30).unwrap();
    let began = Instant::now();
    huge("out/vocab.txt");
    let predict = ["predict", "--model", "out", "--device", "cpu", "good"];
    assert_done(&program(&place, &predict).output().unwrap());
    huge("model/vocab.txt");
    let output = program(&place, &with(&SHORT, &["--output-dir", "again"])).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("model/vocab.txt: has 3221225472 bytes; expected at most"));
    huge("out/config.json");
    let output = program(&place, &predict).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        text(&output.stderr).contains("out/config.json: has 3221225472 bytes; expected at most 16777216")
    );
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn a_label_that_names_no_class_is_refused_with_its_line() {
    let place = place();
    let long = "x".repeat(301);
    let rows: String =
        (0..30).map(|i| format!("text {i},{}\n", if i % 2 == 0 { "no" } else { &long })).collect();
    place.file("data.csv", format!("text,label\n{rows}"));
    let columns = ["--text-column", "text", "--label-column", "label", "--output-dir", "out"];
    let output = program(&place, &with(&SHORT, &columns)).output().unwrap();
    let printed = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{printed}");
    assert!(
        printed.contains("data.csv, line 3: the label ") && printed.contains("more than 300 characters"),
        "{printed}"
    );
}

#[test]
fn an_environment_that_no_machine_can_follow_is_bounded() {
    let place = place();
    let began = Instant::now();
    let mut command = program(&place, &with(&SHORT, &["--output-dir", "out"]));
    command.env("RAYON_NUM_THREADS", "100000").env("RUST_MIN_STACK", "1152921504606846976");
    assert_done(&command.output().unwrap());
    // without a bound it would not end in minutes, however idle the machine is
    assert!(began.elapsed() < Duration::from_secs(300), "{:?}", began.elapsed());
}

/// The program contains its model. No file lies beside it, and files in the current folder do not replace the model.
#[test]
fn a_copied_program_has_its_model() {
    let place = place();
    let copied = place.path("elsewhere/subtune");
    std::fs::create_dir(place.path("elsewhere")).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_subtune"), &copied).unwrap();
    std::fs::create_dir(place.path("models")).unwrap();
    std::fs::rename(place.path("model"), place.path("models/minilm")).unwrap();
    let output = std::process::Command::new(&copied)
        .args([
            "train",
            "--train-file",
            "data.csv",
            "--layers",
            "3",
            "--max-steps",
            "1",
            "--device",
            "cpu",
            "--method",
            "head",
        ])
        .current_dir(place.root.path())
        .output()
        .unwrap();
    assert_done(&output);
    assert!(
        text(&output.stderr).contains("all-MiniLM-L6-v2 with 3 layers of 384"),
        "{}",
        text(&output.stderr)
    );
    let size = place.path("runs/data-head-seed42/model.safetensors").metadata().unwrap().len();
    assert!(size > 1 << 20, "not the tiny model: {size} bytes");
}
