//! `subtune train` with few texts and no options: all texts train, from a first model in closed form, and a
//! cross-validation estimates how good the model is.

mod common;

use common::place::{Place, assert_done, data, text};
use serde_json::Value;

/// The events of a run, and the output folder's `config.json`.
fn run(place: &Place, file: &str, output: &str, more: &[&str]) -> Vec<Value> {
    let fixed = ["--log-format", "json", "--output-dir", output];
    let finished = place.train_by_recipe(file, &[&fixed[..], more].concat());
    assert_done(&finished);
    text(&finished.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_type<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

fn read(place: &Place, name: &str) -> Vec<u8> {
    std::fs::read(place.path(name)).unwrap()
}

#[test]
fn few_texts_all_train_and_each_is_judged_by_a_model_that_has_not_seen_it() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let events = run(&place, &file, "out", &["--max-steps", "12"]);
    let start = of_type(&events, "start")[0];
    assert_eq!((&start["train_examples"], &start["test_examples"]), (&60.into(), &0.into()), "{start}");
    assert!(start["plan"].as_str().unwrap().contains("3 further models"), "{start}");
    let probe = of_type(&events, "probe")[0];
    assert_eq!((&probe["examples"], &probe["metrics"]["examples"]), (&60.into(), &60.into()));
    let folds = of_type(&events, "fold");
    assert_eq!(folds.last().unwrap()["fold"], 3, "{folds:?}");
    let calibration = of_type(&events, "calibration")[0];
    assert!(calibration["temperature"].as_f64().unwrap() > 0.0);
    let scored = of_type(&events, "evaluation");
    assert_eq!(
        (scored.len(), &scored[0]["part"], &scored[0]["examples"]),
        (1, &"cross_validation".into(), &60.into())
    );
    let interval = &scored[0]["interval"];
    let accuracy = scored[0]["accuracy"].as_f64().unwrap();
    assert!(interval["low"].as_f64().unwrap() <= accuracy && accuracy <= interval["high"].as_f64().unwrap());
    assert_eq!(interval["method"], "wilson");

    // the same bits again
    run(&place, &file, "again", &["--max-steps", "12"]);
    assert_eq!(read(&place, "out/model.safetensors"), read(&place, "again/model.safetensors"));
    // and the texts for people
    let output = place.train_by_recipe(&file, &["--max-steps", "12", "--output-dir", "third"]);
    assert_done(&output);
    assert!(text(&output.stdout).contains("cross-validated score"), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("60 texts: accuracy between"), "{}", text(&output.stdout));
    let report = String::from_utf8(read(&place, "out/report.html")).unwrap();
    assert!(report.contains("cross-validated accuracy") && report.contains("95 % interval"));
    let card = String::from_utf8(read(&place, "out/README.md")).unwrap();
    assert!(card.contains("trained without a part of them"), "{card}");
}

#[test]
fn a_probe_takes_no_step_and_predicts() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let events = run(&place, &file, "out", &["--method", "probe"]);
    assert_eq!(of_type(&events, "step").len(), 0);
    assert_eq!(of_type(&events, "end")[0]["steps"], 0);
    assert_eq!(of_type(&events, "calibration")[0]["share"], 0.0);
    let output =
        place.run(&["predict", "--model", "out", "--device", "cpu", "good fine nice", "bad poor ugly"]);
    assert_done(&output);
    let labels: Vec<String> =
        text(&output.stdout).lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect();
    assert_eq!(labels, ["yes", "no"]);
}

/// The exported weights carry mean pooling as one more layer.
#[test]
fn a_model_that_is_pooled_by_its_mean_is_read_back_as_such() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    run(&place, &file, "mean", &["--max-steps", "12", "--pooling", "mean"]);
    // the tiny model's own pooling, because its pooler was trained
    run(&place, &file, "cls", &["--max-steps", "12"]);
    let layers = |folder: &str| -> Value {
        let config: Value = serde_json::from_slice(&read(&place, &format!("{folder}/config.json"))).unwrap();
        config["num_hidden_layers"].clone()
    };
    assert_eq!((layers("mean"), layers("cls")), (3.into(), 2.into()));
    // training continues with the model's own head, and no classifier is fitted
    let place_again = ["train", "--model", "mean", "--device", "cpu", "--train-file", &file];
    let more = ["--log-format", "json", "--output-dir", "on", "--max-length", "32", "--max-steps", "12"];
    let output = place.run(&[&place_again[..], &more].concat());
    assert_done(&output);
    assert!(!text(&output.stdout).contains("\"type\":\"probe\""));
    assert_eq!(layers("on"), 3);
}

#[test]
fn a_run_that_was_stopped_in_its_steps_or_after_them_ends_the_same() {
    let place = Place::new();
    let steps = ["--max-steps", "12", "--save-steps", "5", "--keep-checkpoints", "--save-total-limit", "9"];
    // texts without a label teach the first model of each fold too
    let unlabelled: String =
        (0..40).map(|i| format!("{} {i} more,\n", ["good nice", "bad ugly"][i % 2])).collect();
    for (out, more) in [("out", ""), ("taught", &unlabelled)] {
        let file = place.file(&format!("{out}.csv"), data() + more);
        let events = run(&place, &file, out, &steps);
        assert_eq!(of_type(&events, "probe")[0]["self_trained"].is_null(), more.is_empty());
        let model = format!("{out}/model.safetensors");
        let whole = read(&place, &model);
        for step in ["step-000005", "step-000010"] {
            let from = format!("{out}/checkpoints/{step}");
            std::fs::remove_file(place.path(&model)).unwrap();
            assert_done(&place.run(&["train", "--resume", &from]));
            assert!(read(&place, &model) == whole, "{out}, {step}");
        }
    }
}

#[test]
fn a_regression_starts_from_a_ridge_and_has_an_interval_of_its_correlation() {
    let place = Place::new();
    let rows: String = (0..60)
        .map(|i| format!("{} {i},{:.2}\n", if i % 2 == 0 { "good" } else { "bad" }, f64::from(i % 30) / 7.0))
        .collect();
    let file = place.file("data.csv", format!("text,score\n{rows}"));
    let events =
        run(&place, &file, "out", &["--task", "regression", "--label-column", "score", "--max-steps", "12"]);
    let scored = of_type(&events, "evaluation");
    assert_eq!(
        (&scored[0]["part"], &scored[0]["interval"]["method"]),
        (&"cross_validation".into(), &"fisher".into())
    );
    assert_eq!(of_type(&events, "calibration")[0]["temperature"], 1.0);
}

#[test]
fn texts_of_a_class_that_has_but_one_still_train() {
    let place = Place::new();
    let file = place.file("data.csv", format!("{}odd one out,other\n", data()));
    let events = run(&place, &file, "out", &["--max-steps", "12"]);
    assert_eq!(of_type(&events, "start")[0]["train_examples"], 61);
    assert_eq!(of_type(&events, "evaluation")[0]["examples"], 61);
}
