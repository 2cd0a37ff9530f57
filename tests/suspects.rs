//! Labels that are probably wrong, from a file to the report.

mod common;

use common::place::{Place, assert_done, text};
use serde_json::Value;

/// Two kinds of texts. The labels of the rows 7 and 30, on the lines 9 and 32, are wrong.
fn data() -> String {
    let row = |i: usize| {
        let is_good = i.is_multiple_of(2);
        let words = if is_good { "aaa abba aca" } else { "zzz zyyz zxz" };
        let label = if is_good == (i == 7 || i == 30) { "no" } else { "yes" };
        format!("{words} {i},{label}\n")
    };
    format!("text,label\n{}", (0..60).map(row).collect::<String>())
}

#[test]
fn planted_wrong_labels_are_told_by_the_terminal_the_events_and_the_report() {
    let place = Place::new();
    place.file("data.csv", data());
    let train = |output: &str, more: &[&str]| {
        let fixed = ["--output-dir", output, "--max-steps", "4", "--cross-validation-folds", "0"];
        place.train_by_recipe("data.csv", &[&fixed[..], more].concat())
    };
    let output = train("out", &["--output-suspects", "suspects.csv"]);
    assert_done(&output);
    let said = text(&output.stdout);
    assert!(said.contains("2 of 60 labels may be wrong"), "{said}");
    assert!(
        said.contains("line 9: yes, probably no") && said.contains("line 32: no, probably yes"),
        "{said}"
    );
    let report = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    let section = report.split_once("Labels that may be wrong").unwrap().1;
    let section = section.split_once("</section>").unwrap().0;
    assert!(section.contains("more probable for 2") && section.matches("<tr><td").count() == 2, "{section}");
    for line in [9, 32] {
        assert!(section.contains(&format!(">{line}</td></tr>")), "{section}");
    }
    // the file and the events have the same rows in the same order
    let output = train("json", &["--log-format", "json"]);
    assert_done(&output);
    let events = text(&output.stdout);
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let events: Vec<Value> = events.filter(|event| event["type"] == "suspects").collect();
    assert_eq!(events.len(), 1);
    let lines = |suspects: &Value| -> Vec<String> {
        suspects.as_array().unwrap().iter().map(|suspect| suspect["line"].to_string()).collect()
    };
    let file = std::fs::read_to_string(place.path("suspects.csv")).unwrap();
    let of_file: Vec<&str> = file.lines().skip(1).map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(lines(&events[0]["suspects"]), of_file);
    assert_eq!((events[0]["examples"].as_u64(), events[0]["count"].as_u64()), (Some(60), Some(2)));
}

#[test]
fn a_resumed_run_still_tells_them() {
    let place = Place::new();
    place.file("data.csv", data());
    let fixed =
        ["--max-steps", "8", "--cross-validation-folds", "0", "--save-steps", "3", "--keep-checkpoints"];
    assert_done(&place.train_by_recipe("data.csv", &[&fixed[..], &["--output-dir", "out"]].concat()));
    let report =
        |folder: &str| std::fs::read_to_string(place.path(&format!("{folder}/report.html"))).unwrap();
    let section = |report: String| {
        let rest = report.split_once("Labels that may be wrong").unwrap().1.to_owned();
        rest.split_once("</section>").unwrap().0.to_owned()
    };
    let before = section(report("out"));
    let checkpoint = "out/checkpoints/step-000003";
    std::fs::remove_file(place.path("out/model.safetensors")).unwrap();
    assert_done(&place.run(&["train", "--resume", checkpoint]));
    assert_eq!(section(report("out")), before);
}

#[test]
fn a_regression_has_none() {
    let place = Place::new();
    let rows: String = (0..40).map(|i| format!("aaa {i},{}.5\n", i % 7)).collect();
    place.file("data.csv", format!("text,label\n{rows}"));
    let more = ["--output-dir", "out", "--max-steps", "2", "--task", "regression"];
    assert_done(&place.train_by_recipe("data.csv", &more));
    let report = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    assert!(!report.contains("Labels that may be wrong"));
}
