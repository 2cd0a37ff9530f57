//! Several labels a text, from a file to a model that other programs read.

mod common;

use common::place::{Place, assert_done, text};
use serde_json::{Value, json};

/// Texts about fruit, colours, both or neither, with the cell that `label` writes.
fn rows(label: impl Fn(&[&str]) -> String) -> String {
    let row = |i: usize| {
        let (fruit, colour) = (i.is_multiple_of(2), i.is_multiple_of(3));
        let words = [if fruit { "apple pear" } else { "" }, if colour { "red blue" } else { "" }];
        let labels: Vec<&str> = [("fruit", fruit), ("colour", colour)]
            .into_iter()
            .filter(|(_, has)| *has)
            .map(|(label, _)| label)
            .collect();
        format!("some {} {} thing {i},{}\n", words[0], words[1], label(&labels))
    };
    (0..60).map(row).collect()
}

fn json_of(place: &Place, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(place.path(name)).unwrap()).unwrap()
}

#[test]
fn lists_divided_cells_and_columns_of_0_and_1_train_the_same_model() {
    let place = Place::new();
    let quoted = |labels: &[&str]| format!("\"{}\"", json!(labels).to_string().replace('"', "\"\""));
    place.file("lists.csv", format!("text,label\n{}", rows(quoted)));
    place.file(
        "cells.csv",
        format!(
            "text,label\n{}",
            rows(|labels| match labels {
                [] => "[]".into(),
                labels => labels.join("; "),
            })
        ),
    );
    let flags = |labels: &[&str]| {
        let flag = |label: &str| u8::from(labels.contains(&label));
        format!("{},{}", flag("colour"), flag("fruit"))
    };
    place.file("flags.csv", format!("text,colour,fruit\n{}", rows(flags)));
    let train = |file: &str, more: &[&str]| {
        let output = format!("out-{file}");
        assert_done(&place.train(file, &[&["--output-dir", &output][..], more].concat()));
        std::fs::read(place.path(&format!("{output}/model.safetensors"))).unwrap()
    };
    let lists = train("lists.csv", &[]);
    assert!(lists == train("cells.csv", &[]));
    assert!(lists == train("flags.csv", &["--label-column", "colour,fruit"]));
    let config = json_of(&place, "out-lists.csv/config.json");
    assert_eq!(config["problem_type"], "multi_label_classification");
    assert_eq!(config["id2label"], json!({"0": "colour", "1": "fruit"}));
    // a model that was trained on such columns is scored on them without naming them
    let scored =
        place.run(&["evaluate", "--model", "out-flags.csv", "--device", "cpu", "--file", "flags.csv"]);
    assert_done(&scored);
    assert!(text(&scored.stdout).contains("F1 (micro)"), "{}", text(&scored.stdout));
    let card = text(&std::fs::read(place.path("out-lists.csv/README.md")).unwrap());
    assert!(card.contains("logits.sigmoid()") && card.contains("| exact match |"), "{card}");
    let report = text(&std::fs::read(place.path("out-lists.csv/report.html")).unwrap());
    assert!(report.contains("Scores of each class") && !report.contains("Confusion matrix"));
    assert!(report.contains("<th scope=\"col\" class=\"number\">threshold</th>"), "{report}");
}

#[test]
fn a_model_learns_several_labels_and_its_thresholds_decide() {
    let place = Place::new();
    place.file(
        "data.csv",
        format!(
            "text,label\n{}",
            rows(|labels| match labels {
                [] => "[]".into(),
                labels => labels.join("|"),
            })
        ),
    );
    // so small and random an encoder must learn longer than the recipe asks of a trained one
    let more = ["--output-dir", "out", "--max-steps", "300", "--learning-rate", "0.005"];
    assert_done(&place.train_by_recipe("data.csv", &more));
    let predict = |more: &[&str]| {
        let output = place.run(&[&["predict", "--model", "out", "--device", "cpu"][..], more].concat());
        assert_done(&output);
        text(&output.stdout)
    };
    let texts =
        ["some apple pear red blue thing", "some apple pear thing", "some red blue thing", "some thing"];
    let labels = |said: &str| -> Vec<Value> {
        said.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["labels"].clone()).collect()
    };
    let found = labels(&predict(&[&["--log-format", "json"][..], &texts].concat()));
    assert_eq!(found, [json!(["colour", "fruit"]), json!(["fruit"]), json!(["colour"]), json!([])]);
    let line = predict(&[texts[0]]);
    assert!(line.starts_with("colour; fruit\t0."), "{line}");
    // no probability reaches a threshold near 1, and every one reaches a threshold near 0
    for (threshold, expected) in [(0.999_999, json!([])), (0.000_001, json!(["colour", "fruit"]))] {
        let mut config = json_of(&place, "out/config.json");
        config["subtune"]["thresholds"] = json!([threshold, threshold]);
        place.file("out/config.json", config.to_string());
        let found = labels(&predict(&[&["--log-format", "json"][..], &texts].concat()));
        assert!(found.iter().all(|labels| *labels == expected), "{found:?}");
    }
    place.file("texts.csv", "id,text\n1,some apple thing\n2,\n");
    let csv = predict(&["--file", "texts.csv", "--probabilities"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "id,text,labels,probability_colour,probability_fruit");
    assert!(lines[1].starts_with("1,some apple thing,\"[\"\"colour\"\",\"\"fruit\"\"]\",0."), "{csv}");
    assert_eq!(lines[2], "2,,,,");
    assert_done(&place.run(&[
        "predict",
        "--model",
        "out",
        "--device",
        "cpu",
        "--file",
        "texts.csv",
        "--output",
        "said.parquet",
    ]));
}

#[test]
fn each_combination_can_be_a_class_of_its_own() {
    let place = Place::new();
    place.file("data.csv", format!("text,label\n{}", rows(|labels| labels.join("|"))));
    assert_done(&place.train("data.csv", &["--output-dir", "out", "--task", "classification"]));
    let config = json_of(&place, "out/config.json");
    assert_eq!(config["id2label"], json!({"0": "colour", "1": "fruit", "2": "fruit|colour"}));
}

#[test]
fn what_makes_no_sense_for_several_labels_is_refused() {
    let place = Place::new();
    place.file("data.csv", format!("text,label\n{}", rows(|labels| labels.join("|"))));
    for (flags, words) in [
        (["--stage", "contrastive"], "because a text may have several labels"),
        (
            ["--metric-for-best-model", "accuracy"],
            "one of loss, micro_f1, macro_f1, exact_match, precision, recall",
        ),
    ] {
        let output = place.train("data.csv", &[&["--output-dir", "out"][..], &flags].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
    place.file("test.csv", "text,label\nsome thing,fruit|unknown\n");
    let output = place.train("data.csv", &["--output-dir", "out", "--test-file", "test.csv"]);
    assert_eq!(output.status.code(), Some(3));
    let words = "test.csv, line 2: the label \"fruit|unknown\" is not one of the 2 of the task";
    assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
}
