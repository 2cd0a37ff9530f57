//! A log or an output that cannot be written does not end a run.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Output, Stdio};

use super::common::place::{Place, assert_done, heed_hangup, narrow_pipe, text};
use super::{SHORT, place, program, send, with};

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

fn has_model(place: &Place, folder: &str) -> bool {
    place.path(folder).join("model.safetensors").is_file()
}

fn assert_code(output: &Output, code: i32, what: &str) {
    assert_eq!(output.status.code(), Some(code), "{what}: {}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("panicked"), "{what}: {}", text(&output.stderr));
}

#[test]
fn a_full_disk_below_the_log_or_the_output_ends_no_run() {
    let place = place();
    let train =
        |folder: &'static str, more: &[&'static str]| with(&with(&SHORT, &["--output-dir", folder]), more);
    let log = program(&place, &train("a", &[])).stderr(full()).output().unwrap();
    assert_code(&log, 0, "the log");
    let table = program(&place, &train("b", &[])).stdout(full()).output().unwrap();
    assert_code(&table, 0, "the table, which is in the report");
    assert!(text(&table.stderr).contains("warning: standard output could not be written: No space"));
    let events = program(&place, &train("c", &["--log-format", "json"])).stdout(full()).output().unwrap();
    assert_code(&events, 7, "the events, which were asked for");
    assert!(
        text(&events.stderr).ends_with(
            "error: standard output could not be written: No space left on device (os error 28)\n"
        )
    );
    let both = program(&place, &train("d", &["--log-format", "json"]))
        .stdout(full())
        .stderr(full())
        .output()
        .unwrap();
    assert_code(&both, 7, "both");
    assert!(["a", "b", "c", "d"].iter().all(|folder| has_model(&place, folder)));

    let predict = ["predict", "--model", "a", "--device", "cpu", "good"];
    for (arguments, code) in [
        (&predict[..], 7),
        (&["evaluate", "--model", "a", "--device", "cpu", "--file", "data.csv"], 7),
        (&["--help"], 7),
        (&["--version"], 7),
        (&["train", "--nonsense"], 2),
        (&["train", "--train-file", "missing.csv"], 3),
    ] {
        assert_code(&program(&place, arguments).stdout(full()).output().unwrap(), code, arguments[0]);
        let code = if code == 7 { 0 } else { code };
        let deaf = program(&place, arguments).stderr(full()).output().unwrap();
        assert_eq!(deaf.status.code(), Some(code), "{arguments:?}");
    }
}

/// A run whose reader closes one stream after `lines` lines. Returns its output and the number of lines.
fn closed_after(lines: usize, folder: &str, json: bool) -> (Output, usize) {
    let place = place();
    let format = if json { "json" } else { "text" };
    let arguments = with(&SHORT, &["--output-dir", folder, "--save-steps", "2", "--log-format", format]);
    let mut child = program(&place, &arguments).spawn().unwrap();
    let stream: Box<dyn Read> = match json {
        true => Box::new(child.stdout.take().unwrap()),
        false => Box::new(child.stderr.take().unwrap()),
    };
    let mut read = BufReader::with_capacity(64, stream);
    let (mut line, mut count) = (String::new(), 0);
    while count < lines && read.read_line(&mut line).unwrap() > 0 {
        count += 1;
    }
    drop(read);
    let output = child.wait_with_output().unwrap();
    assert!(has_model(&place, folder), "after {lines} lines: {}", text(&output.stderr));
    (output, count)
}

#[test]
fn a_run_goes_on_wherever_the_reader_of_its_log_goes_away() {
    for lines in 0.. {
        let (output, count) = closed_after(lines, "out", false);
        assert_eq!(output.status.code(), Some(0), "after {lines} lines");
        if count < lines {
            assert!(lines > 8, "a run has more lines than {lines}");
            break;
        }
    }
}

#[test]
fn a_run_goes_on_wherever_the_reader_of_its_events_goes_away() {
    for lines in 0.. {
        let (output, count) = closed_after(lines, "out", true);
        if count < lines {
            assert_eq!(output.status.code(), Some(0), "all was read");
            assert!(lines > 8, "a run has more events than {lines}");
            break;
        }
        // the last line may have been written before its reader closed the stream
        assert!(
            matches!(output.status.code(), Some(0 | 141)),
            "after {lines} lines: {}",
            text(&output.stderr)
        );
        assert!(lines > 8 || output.status.code() == Some(141), "after {lines} lines");
    }
}

#[test]
fn predictions_end_quietly_where_nobody_reads_them() {
    let place = place();
    assert_done(&program(&place, &with(&SHORT, &["--output-dir", "out"])).output().unwrap());
    place.file("many.txt", "some text\n".repeat(20_000));
    let mut command = program(&place, &["predict", "--model", "out", "--device", "cpu", "--max-length", "8"]);
    let mut child = command.stdin(File::open(place.path("many.txt")).unwrap()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("some text"));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    let printed = text(&output.stderr);
    assert!(printed.lines().all(|line| line.starts_with("note: ")), "{printed}");
}

#[test]
fn signals_are_obeyed_without_a_log_and_those_that_are_ignored_stay_so() {
    for (signal, ignored, code) in [
        ("-INT", "", 5),
        ("-TERM", "", 5),
        ("-HUP", "", 5),
        ("-HUP", "trap '' HUP; ", 0),
        ("-TERM", "trap '' TERM; ", 0),
    ] {
        let place = place();
        let run = with(
            &SHORT[..9],
            &["--max-steps", "400", "--logging-steps", "1", "--log-format", "json", "--output-dir", "out"],
        );
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", &format!("{ignored}exec \"$@\""), "sh", env!("CARGO_BIN_EXE_subtune")])
            .args(&run);
        let (stdout, its_end) = narrow_pipe();
        command.current_dir(place.root.path()).stdin(Stdio::null()).stdout(its_end).stderr(full());
        heed_hangup(&mut command);
        let mut child = command.spawn().unwrap();
        // holds the run's end of the pipe, and an open end is no end of the output
        drop(command);
        let mut events = BufReader::with_capacity(64, stdout);
        let mut printed = String::new();
        while !printed.contains("\"step\":3,") {
            assert!(events.read_line(&mut printed).unwrap() > 0, "{printed}");
        }
        send(&child, signal);
        if signal != "-INT" {
            // a closed terminal sends it twice
            send(&child, signal);
        }
        events.read_to_string(&mut printed).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal} {ignored}");
        assert!(has_model(&place, "out"), "{signal}");
        assert_eq!(place.path("out/checkpoints").exists(), code == 5, "{signal}");
    }
}
