//! The terminal face as a user meets it: its work, its output and its files, on a tiny model.

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::place::{Place, assert_done, data, text};
use serde_json::{Value, json};

#[test]
fn train_writes_a_model_that_evaluates_and_predicts() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let output = place.train(&file, &["--output-dir", "out", "--num-train-epochs", "1"]);
    assert_done(&output);
    assert!(text(&output.stdout).contains("held-out score"), "{}", text(&output.stdout));
    for name in ["config.json", "model.safetensors", "tokenizer.json", "README.md", "report.html"] {
        assert!(place.path("out").join(name).is_file(), "{name}");
    }
    let config: Value =
        serde_json::from_slice(&std::fs::read(place.path("out/config.json")).unwrap()).unwrap();
    assert_eq!(config["id2label"], json!({"0": "no", "1": "yes"}));
    // the report holds the score that the terminal shows
    let stdout = text(&output.stdout);
    let accuracy = stdout.lines().find_map(|line| line.strip_prefix("accuracy")).unwrap();
    let accuracy = accuracy.split_whitespace().next().unwrap();
    let report = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    assert!(report.contains(&format!("accuracy</th><td class=\"number\">{accuracy}</td>")), "{accuracy}");
    assert!(report.contains("Share selected") && !report.contains(&*place.root.path().to_string_lossy()));

    let model = ["--model", "out", "--device", "cpu", "--max-length", "32"];
    let with = |command: &str, more: &[&str]| [&[command][..], &model, more].concat().join(" ");
    let run = |line: String, input: &str| place.run_with_input(&line.split(' ').collect::<Vec<_>>(), input);
    let evaluated = run(with("evaluate", &["--file", "data.csv", "--log-format", "json"]), "");
    assert_done(&evaluated);
    let scores: Value = serde_json::from_slice(&evaluated.stdout).unwrap();
    assert_eq!(scores["examples"], 60);
    assert!(scores["accuracy"].is_number() && scores["confusion"].is_array(), "{scores}");

    let from_arguments = run(with("predict", &["good", "bad"]), "");
    assert_done(&from_arguments);
    assert_eq!(text(&from_arguments.stdout).lines().count(), 2);
    let from_input = run(with("predict", &[]), "good\n\nbad\n");
    assert_eq!(from_input.stdout, from_arguments.stdout);
    let two = run(with("predict", &["good", "bad", "--pair", "bad"]), "");
    assert_eq!(two.status.code(), Some(2));
    assert!(
        text(&two.stderr).contains("--pair goes with one text, and 2 were given"),
        "{}",
        text(&two.stderr)
    );
}

#[test]
fn what_was_understood_of_the_data_is_said_everywhere() {
    let place = Place::new();
    let rows =
        data().replace(",yes", ",Yes,7").replace(",no", ",no,8").replacen("text,label", "text,label,room", 1);
    let file = place.file("data.csv", rows.replacen(",Yes,7", ",yes,7", 5).replacen(",no,8", ",,8", 2));
    let refused = place.train(&file, &["--output-dir", "out"]);
    assert_eq!(refused.status.code(), Some(3));
    let printed = text(&refused.stderr);
    assert!(
        printed.contains("\"Yes\" (25), \"yes\" (5)") && printed.contains("(--merge-labels no)"),
        "{printed}"
    );
    assert!(!place.path("out").exists());

    let output = place.train(&file, &["--output-dir", "out", "--merge-labels"]);
    assert_done(&output);
    let lines = [
        "data: CSV, UTF-8, commas between the fields, header in line 1; 60 rows, 58 used",
        "columns: text \"text\" (by its name), label \"label\" (by its name); not used: \"room\"",
        "left out: rows without a label: 2 (lines 3, 5)",
        "labels: 2 classes: \"Yes\" (30), \"no\" (28); merged: \"Yes\" (25), \"yes\" (5) as \"Yes\"",
    ];
    let printed = text(&output.stderr);
    let card = std::fs::read_to_string(place.path("out/README.md")).unwrap();
    let report = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    for line in lines {
        assert!(printed.lines().any(|one| one == line), "{line} in {printed}");
        assert!(card.contains(&format!("- {line}\n")), "{line} in {card}");
        let (what, rest) = line.split_once(": ").unwrap();
        let fact =
            format!("<th scope=\"row\">{what}</th><td><bdi>{}</bdi></td>", rest.replace('"', "&quot;"));
        assert!(report.contains(&fact), "{fact} in {report}");
    }

    let json = place.train(&file, &["--output-dir", "json", "--merge-labels", "yes", "--log-format", "json"]);
    assert_done(&json);
    let start: Value = serde_json::from_str(text(&json.stdout).lines().next().unwrap()).unwrap();
    let understood = &start["data"];
    assert_eq!((&start["type"], &understood["text"]["column"]), (&json!("start"), &json!("text")));
    assert_eq!(understood["reading"]["delimiter"], ",");
    assert_eq!(understood["unused"], json!(["room"]));
    assert_eq!(
        understood["left_out"],
        json!([{"reason": "rows without a label", "count": 2, "lines": [3, 5]}])
    );
    assert_eq!(understood["labels"]["classes"][0], json!({"label": "Yes", "examples": 30}));
}

#[test]
fn what_is_not_clear_is_refused_with_both_candidates_where_nobody_can_answer() {
    let place = Place::new();
    let rows: String = (0..40).map(|i| format!("good fine nice {i},a{},b{}\n", i % 2, i % 3)).collect();
    let file = place.file("data.csv", format!("text,area,done\n{rows}"));
    let output = place.train(&file, &["--output-dir", "out"]);
    let printed = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{printed}");
    assert!(
        printed.contains("data.csv: several columns could be the label: \"area\", \"done\"; name it with label_column (--label-column)"),
        "{printed}"
    );
    assert_done(&place.train(&file, &["--output-dir", "out", "--label-column", "done"]));
}

#[test]
fn texts_that_are_trained_on_and_scored_on_are_told_with_their_lines() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let output =
        place.train(&file, &["--test-file", "data.csv", "--validation-split", "0", "--output-dir", "out"]);
    assert_done(&output);
    let printed = text(&output.stderr);
    assert!(
        printed.contains("note: 60 texts of 60 of the test file are in the training file too"),
        "{printed}"
    );
    assert!(printed.contains("(lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 50 more)"), "{printed}");
    assert!(
        std::fs::read_to_string(place.path("out/report.html"))
            .unwrap()
            .contains("60 texts of 60 of the test file")
    );
}

#[test]
fn a_run_that_fails_leaves_its_report() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let hopeless =
        ["--learning-rate", "1", "--weight-decay", "1e38", "--warmup-ratio", "0", "--logging-steps", "1"];
    let output = place.train(&file, &[&hopeless[..], &["--output-dir", "out"]].concat());
    assert_eq!(output.status.code(), Some(6), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("no model was written"), "{}", text(&output.stderr));
    let mut names: Vec<_> =
        std::fs::read_dir(place.path("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["failed.json", "report.html"]);
    let report = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    assert!(report.contains("This run failed") && report.contains("use a smaller learning rate"));

    // such a report does not keep the next attempt out of the folder; another report does
    assert_done(&place.train(&file, &["--output-dir", "out"]));
    assert!(!place.path("out/failed.json").exists());
    std::fs::create_dir(place.path("other")).unwrap();
    place.file("other/report.html", "<p>mine</p>");
    assert_eq!(place.train(&file, &["--output-dir", "other"]).status.code(), Some(2));
}

#[test]
fn json_log_is_one_event_a_line_from_start_to_end() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let output = place.train(&file, &["--output-dir", "out", "--log-format", "json", "--eval-steps", "2"]);
    assert_done(&output);
    let stdout = text(&output.stdout);
    let kinds: Vec<String> = stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((kinds.first().unwrap().as_str(), kinds.last().unwrap().as_str()), ("start", "end"));
    for kind in ["step", "evaluation", "subnetwork"] {
        assert!(kinds.iter().any(|one| one == kind), "{kind} in {kinds:?}");
    }
}

/// The events of a run of the tiny model.
fn events(place: &Place, file: &str, out: &str, more: &[&str]) -> Vec<Value> {
    let fixed = ["--output-dir", out, "--log-format", "json", "--logging-steps", "1"];
    let output = place.train(file, &[&fixed[..], more].concat());
    assert_done(&output);
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

/// A file of which every third row has a label, beside the same without the other rows.
#[test]
fn rows_without_a_label_teach_the_first_model_only_where_that_wins() {
    let place = Place::new();
    let all = data();
    let has_label = |row: usize| row == 0 || row % 3 == 1;
    let some: String = all
        .lines()
        .enumerate()
        .map(|(row, line)| match (has_label(row), line.split_once(',')) {
            (false, Some((text, _))) => format!("{text},\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let labelled = all.lines().enumerate().filter(|(row, _)| has_label(*row));
    let labelled: String = labelled.map(|(_, line)| format!("{line}\n")).collect();
    let (some, labelled) = (place.file("some.csv", some), place.file("labelled.csv", labelled));

    let probe = |file: &str, out: &str, more: &[&str]| {
        let fixed = ["--output-dir", out, "--method", "probe", "--log-format", "json"];
        let output = place.train_by_recipe(file, &[&fixed[..], more].concat());
        assert_done(&output);
        let events: Vec<Value> =
            text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        of_kind(&events, "probe")[0].clone()
    };
    let model = |out: &str| std::fs::read(place.path(out).join("model.safetensors")).unwrap();
    let with = probe(&some, "with", &[]);
    let outcome = &with["self_trained"];
    assert_eq!((&with["examples"], &outcome["unlabelled"]), (&json!(20), &json!(40)));
    let number = |name: &str| outcome[name].as_f64().unwrap();
    assert!((1.0..=20.0).contains(&number("taught")), "{outcome}");
    let wins =
        number("loss_with") < number("loss_without") && number("accuracy_with") >= number("accuracy_without");
    assert_eq!(outcome["used"], json!(wins), "{outcome}");
    // the same texts come again
    assert_eq!(probe(&some, "again", &[])["self_trained"], *outcome);
    assert!(model("again") == model("with"));

    // what does not teach has no part in the model
    let off = probe(&some, "off", &["--self-training", "off"]);
    let alone = probe(&labelled, "alone", &[]);
    assert_eq!((&off["self_trained"], &alone["self_trained"]), (&Value::Null, &Value::Null));
    assert!(model("off") == model("alone"));
    assert_eq!(model("with") == model("off"), !wins);
    assert_eq!(with["metrics"]["examples"], json!(20));

    let output = place.train_by_recipe(&some, &["--output-dir", "said"]);
    assert_done(&output);
    let said = text(&output.stderr);
    let line =
        said.lines().find(|line| line.starts_with("self-training: ")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("of 40 texts without a label"), "{line}");
    let report = std::fs::read_to_string(place.path("said/report.html")).unwrap();
    assert!(report.contains("texts without a label</th>"), "it is in the report too");
}

#[test]
fn accumulated_batches_train_like_one_batch() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let losses = |batch: &str, steps: &str| -> Vec<f64> {
        let out = format!("out{batch}");
        let flags = ["--per-device-train-batch-size", batch, "--gradient-accumulation-steps", steps];
        let more = [&flags[..], &["--group-by-length", "false", "--learning-rate", "0.01"]].concat();
        let events = events(&place, &file, &out, &more);
        of_kind(&events, "step").iter().map(|step| step["loss"].as_f64().unwrap()).collect()
    };
    let (whole, parts) = (losses("8", "1"), losses("2", "4"));
    assert_eq!((whole.len(), parts.len()), (4, 4));
    for (whole, parts) in whole.iter().zip(&parts) {
        // the same sums in another order, over four steps
        assert!((whole - parts).abs() < 1e-4 * whole, "{whole} {parts}");
    }
    assert!(whole[0] != whole[3], "nothing was trained");
}

#[test]
fn a_run_without_improvement_stops_early_and_keeps_the_best_model() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let config = place.file(
        "run.toml",
        "recipe = \"plain\"\nmax_steps = 40\neval_steps = 1\nearly_stopping_patience = 2\nwarmup_ratio = 0.0\n\
         metric_for_best_model = \"loss\"\nlearning_rate = 0.5\nlog_format = \"json\"\n\
         output_dir = \"out\"\nmodel = \"model\"\ndevice = \"cpu\"\nmax_length = 32\n",
    );
    let output = place.run(&["train", "--config", &config, "--train-file", &file]);
    assert_done(&output);
    let events: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let end = of_kind(&events, "end")[0];
    assert_eq!(end["stopped_early"], true, "{end}");
    assert!(end["steps"].as_u64().unwrap() < 40, "{end}");
    let evaluations = of_kind(&events, "evaluation");
    let validations: Vec<_> = evaluations.iter().filter(|event| event["part"] == "validation").collect();
    let best = validations.iter().rev().find(|event| event["best"] == true).unwrap();
    assert_eq!(end["best_step"], best["step"]);
    let lowest = validations.iter().map(|event| event["loss"].as_f64().unwrap()).fold(f64::MAX, f64::min);
    assert_eq!(best["loss"].as_f64().unwrap(), lowest);
}

#[test]
fn regression_learns_a_number() {
    let place = Place::new();
    let rows = (0..60).map(|i| {
        let score = f64::from(i % 10) / 2.0 + 0.25;
        format!("{} {i},{score}\n", "a ".repeat(1 + i as usize % 10))
    });
    let file = place.file("scores.csv", format!("text,score\n{}", rows.collect::<String>()));
    let events = events(&place, &file, "out", &["--task", "regression"]);
    let test = of_kind(&events, "evaluation").into_iter().find(|event| event["part"] == "test").unwrap();
    assert!(test["spearman"].is_number() && test["mean_squared_error"].is_number(), "{test}");
    let output = place.run(&["predict", "--model", "out", "--device", "cpu", "--max-length", "32", "a a"]);
    assert_done(&output);
    assert!(text(&output.stdout).split('\t').next().unwrap().parse::<f64>().is_ok());
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_does_not() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    for method in ["full", "dps-dense"] {
        let weights = |seed: &str, out: &str| {
            assert_done(&place.train(&file, &["--seed", seed, "--method", method, "--output-dir", out]));
            std::fs::read(place.path(out).join("model.safetensors")).unwrap()
        };
        let first = weights("1", &format!("{method}-a"));
        assert!(first == weights("1", &format!("{method}-b")), "{method}");
        assert!(first != weights("2", &format!("{method}-c")), "{method}");
    }
}

#[test]
fn an_output_folder_is_never_overwritten_unasked() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    assert_done(&place.train(&file, &["--output-dir", "out"]));
    let again = place.train(&file, &["--output-dir", "out"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("out already holds files"), "{}", text(&again.stderr));
    place.file("out/mine.txt", "kept");
    assert_done(&place.train(&file, &["--output-dir", "out", "--overwrite-output-dir"]));
    assert!(place.path("out/mine.txt").is_file());
    // without --output-dir, each run has a folder of its own
    for _ in 0..2 {
        assert_done(&place.train(&file, &[]));
    }
    assert!(place.path("runs/data-dps-dense-seed42-2/model.safetensors").is_file());
}

#[test]
fn export_changes_the_number_format() {
    let place = Place::new();
    let output = place.run(&["export", "--model", "model", "--dtype", "float16", "--output", "half"]);
    assert_done(&output);
    let size = |folder: &str| std::fs::metadata(place.path(folder).join("model.safetensors")).unwrap().len();
    assert!(size("half") < size("model") * 6 / 10);
}

#[test]
fn export_writes_the_folders_that_transformers_js_reads() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    assert_done(&place.train(&file, &["--output-dir", "tuned"]));
    let json =
        |path: &str| -> Value { serde_json::from_slice(&std::fs::read(place.path(path)).unwrap()).unwrap() };
    let trained = json("tuned/config.json");
    let mut sizes = Vec::new();
    for (dtype, model, name) in [
        ("float32", "onnx/model.onnx", "fp32"),
        ("float16", "onnx/model_fp16.onnx", "fp16"),
        ("q8", "onnx/model_quantized.onnx", "q8"),
    ] {
        let export = ["export", "--model", "tuned", "--format", "onnx", "--dtype", dtype, "--output", name];
        assert_done(&place.run(&export));
        sizes.push(std::fs::metadata(place.path(name).join(model)).unwrap().len());
        let mut config = json(&format!("{name}/config.json"));
        assert_eq!(config["transformers.js_config"], serde_json::json!({"dtype": name}));
        config.as_object_mut().unwrap().remove("transformers.js_config");
        assert_eq!(config, trained);
        let length = &json(&format!("{name}/tokenizer_config.json"))["model_max_length"];
        assert_eq!(*length, trained["subtune"]["max_length"]);
        assert!(place.path(name).join("tokenizer.json").is_file());
        assert!(!place.path(name).join("model.safetensors").exists());
        assert!(!place.path(name).join(".incoming").exists());
    }
    // so small a model has more nodes than weights in q8
    assert!(sizes[1..].iter().all(|size| *size < sizes[0] * 7 / 10), "{sizes:?}");
    // fewer tokens, then the format
    let few = place.file("few.csv", "text,label\ngood fine,yes\nbad ugly 7 ?,no\n");
    let arguments = ["export", "--model", "tuned", "--format", "onnx", "--output", "fewer"];
    assert_done(&place.run(&[&arguments[..], &["--trim-vocabulary", "--texts", &few]].concat()));
    assert!(json("fewer/config.json")["vocab_size"].as_u64() < trained["vocab_size"].as_u64());
    assert!(std::fs::metadata(place.path("fewer/onnx/model.onnx")).unwrap().len() < sizes[0]);
    // a model without a classifier for its labels, and a format that has no such numbers
    let mut config = json("model/config.json");
    config["id2label"] = serde_json::json!({"0": "a", "1": "b", "2": "c", "3": "d", "4": "e"});
    place.file("model/config.json", config.to_string());
    let output = place.run(&["export", "--model", "model", "--format", "onnx", "--output", "none"]);
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert!(said.contains("but config.json names 5 labels"), "{said}");
    let output = place.run(&["export", "--model", "tuned", "--dtype", "q8", "--output", "none"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("dtype q8 is for ONNX alone"));
    assert!(!place.path("none").exists());
}

#[test]
fn wrong_usage_exits_with_2_and_names_the_setting() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    for (arguments, expected) in [
        (&["--method", "dps"][..], "dps-dense"),
        (&["--update-fraction", "0"], "update_fraction is 0; expected a number above 0 and at most 1"),
        (&["--layers", "3"], "layers is 3; the model has 2, expected 1 to 2"),
        (&["--max-length", "64"], "max_length is 64; the model reads at most 32 tokens"),
        (
            &["--metric-for-best-model", "speed"],
            "metric_for_best_model is speed; expected one of loss, accuracy",
        ),
        (&["--test-split", "1"], "test_split is 1; expected a number from 0 to 0.9"),
    ] {
        let fixed =
            ["train", "--model", "model", "--device", "cpu", "--train-file", &file, "--output-dir", "out"];
        let fixed = if arguments[0] == "--max-length" {
            fixed.to_vec()
        } else {
            [&fixed[..], &["--max-length", "32"]].concat()
        };
        let output = place.run(&[&fixed[..], arguments].concat());
        let printed = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {printed}");
        assert!(printed.contains(expected), "{arguments:?}: {printed}");
        assert!(!place.path("out").exists(), "{arguments:?}");
    }
    assert_eq!(place.run(&["tarin"]).status.code(), Some(2));
    let unknown = place.train(&file, &["--device", "no such adapter"]);
    assert_eq!(unknown.status.code(), Some(2), "given twice: {}", text(&unknown.stderr));
}

#[test]
fn a_device_that_is_not_there_exits_with_4() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let output = place.run(&[
        "train",
        "--model",
        "model",
        "--max-length",
        "32",
        "--train-file",
        &file,
        "--device",
        "no such adapter",
    ]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("no adapter's name contains \"no such adapter\""));
}

/// Each gives one line with what was found and what was expected, and exit code 3, and writes nothing.
#[test]
fn bad_data_exits_with_3_names_the_place_and_writes_nothing() {
    let place = Place::new();
    let good = place.file("good.csv", data());
    let same = |count: usize, label: &str| -> String {
        let rows = (0..count).map(|i| format!("text number {i},{label}\n"));
        format!("text,label\n{}", rows.collect::<String>())
    };
    let two_texts = (0..30).map(|i| format!("aa bb {i},cc dd {i},{}\n", i % 2)).collect::<String>();
    let cases: Vec<(&str, Vec<u8>, &[&str], &str)> = vec![
        ("empty.csv", vec![], &[], "empty.csv: "),
        ("header.csv", b"text,label\n".to_vec(), &[], "header.csv, line 1: "),
        ("column.csv", data().into_bytes(), &["--text-column", "body"], "column.csv: "),
        ("label.csv", data().into_bytes(), &["--label-column", "topic"], "label.csv: "),
        ("twice.csv", format!("one,two,label\n{two_texts}").into_bytes(), &[], "text_column"),
        ("single.csv", same(30, "yes").into_bytes(), &[], "single.csv: "),
        ("uneven.csv", b"text,label\na,x\nb,y,z\n".to_vec(), &[], "uneven.csv, line 3: "),
        ("quote.csv", b"text,label\n\"open,x\nb,y\n".to_vec(), &[], "quote.csv, line 2: "),
        (
            "broken.jsonl",
            b"{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \n{\"text\": \"b\", \"label\": \"y\"}\n"
                .to_vec(),
            &[],
            "broken.jsonl, line 2: ",
        ),
        ("sheet.xlsx", b"PK\x03\x04rest".to_vec(), &[], "sheet.xlsx: "),
        ("few.csv", b"text,label\na,x\nb,y\n".to_vec(), &[], "training data: "),
    ];
    for (name, bytes, arguments, expected) in cases {
        let file = place.file(name, bytes);
        let output = place.train(&file, &[&["--output-dir", "out"][..], arguments].concat());
        assert_refused(&place, &output, name, expected);
    }
    let missing = place.train("missing.csv", &["--output-dir", "out"]);
    assert_refused(&place, &missing, "missing", "missing.csv: no such file");
    let other = place.file("other.csv", "text,label\nfine,yes\nso so,maybe\n");
    let unknown = place.train(&good, &["--output-dir", "out", "--validation-file", &other]);
    assert_refused(&place, &unknown, "unknown label", "other.csv, line 3: ");
    assert!(text(&unknown.stderr).contains("maybe"));
}

fn assert_refused(place: &Place, output: &Output, name: &str, expected: &str) {
    let printed = text(&output.stderr);
    let errors: Vec<&str> = printed.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(output.status.code(), Some(3), "{name}: {printed}");
    assert!(errors.len() == 1 && printed.trim_end().ends_with(errors[0]), "{name}: not one line: {printed}");
    assert!(errors[0].contains(expected), "{name}: {}", errors[0]);
    assert!(!place.path("out").exists() && !place.path("runs").exists(), "{name}: something was written");
    assert!(!printed.contains("panicked"), "{name}: {printed}");
}

#[test]
fn byte_order_marks_and_broken_utf8_are_read() {
    let place = Place::new();
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(data().encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let marked = ["\u{feff}".as_bytes(), data().as_bytes()].concat();
    let mut broken = data().into_bytes();
    broken.extend(b"caf\xe9 good,yes\n");
    for (name, bytes) in [("utf8.csv", marked), ("utf16.csv", utf16), ("broken.csv", broken)] {
        let file = place.file(name, bytes);
        let output = place.train(&file, &["--output-dir", name.trim_end_matches(".csv")]);
        assert_done(&output);
        if name == "broken.csv" {
            assert!(text(&output.stderr).contains("note: "), "{}", text(&output.stderr));
        }
    }
}

#[test]
fn a_bad_model_exits_with_3_names_the_file_and_writes_nothing() {
    let place = Place::new();
    let data_file = place.file("data.csv", data());
    let weights = std::fs::read(place.path("model/model.safetensors")).unwrap();
    let config = std::fs::read_to_string(place.path("model/config.json")).unwrap();
    let tokenizer_file = std::fs::read(place.path("model/tokenizer.json")).unwrap();

    let header_size = u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&weights[8..8 + header_size]).unwrap();
    let rebuilt = |change: &dyn Fn(&mut Value)| {
        let mut header = header.clone();
        change(&mut header);
        let text = header.to_string();
        [&(text.len() as u64).to_le_bytes()[..], text.as_bytes(), &weights[8 + header_size..]].concat()
    };
    let tensor = "bert.encoder.layer.0.output.dense.weight";
    let set = |field: &'static str, value: Value| {
        rebuilt(&move |header: &mut Value| header[tensor][field] = value.clone())
    };
    let begin = header[tensor]["data_offsets"][0].as_u64().unwrap();
    let bad_weights: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("truncated", weights[..weights.len() / 2].to_vec()),
        ("giant header", [&u64::MAX.to_le_bytes()[..], &weights[8..]].concat()),
        ("header of 99 MB that is not there", [&99_000_000u64.to_le_bytes()[..], &weights[8..]].concat()),
        ("header that is no JSON", [&8u64.to_le_bytes()[..], b"not json", &weights[8..]].concat()),
        ("offsets past the end", set("data_offsets", json!([begin, 1u64 << 40]))),
        ("overlapping offsets", set("data_offsets", json!([0, 3840]))),
        ("offsets that run backwards", set("data_offsets", json!([begin + 8, begin]))),
        ("shape that overflows", set("shape", json!([u64::MAX, 2]))),
        ("shape of another size", set("shape", json!([24, 39]))),
        ("other shape of the same size", set("shape", json!([40, 24]))),
        ("integers", set("dtype", json!("I32"))),
        (
            "a tensor missing",
            rebuilt(&|header: &mut Value| {
                let moved = header.as_object_mut().unwrap().remove(tensor).unwrap();
                header["something.else"] = moved;
            }),
        ),
    ];
    let run = |name: &str, file: &str| {
        let output = place.train(&data_file, &["--output-dir", "out"]);
        assert_refused(&place, &output, name, file);
    };
    for (name, bytes) in bad_weights {
        place.file("model/model.safetensors", bytes);
        run(name, "model/model.safetensors: ");
    }
    place.file("model/model.safetensors", &weights);

    let huge = config
        .replace("\"hidden_size\": 24", "\"hidden_size\": 16383")
        .replace("\"vocab_size\": 97", "\"vocab_size\": 2000000");
    for (name, text) in [
        ("another architecture", config.replace("\"model_type\": \"bert\"", "\"model_type\": \"gpt2\"")),
        ("terabytes", huge),
        ("negative", config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": -2")),
        ("no JSON", config[..config.len() / 2].to_owned()),
        ("another size", config.replace("\"intermediate_size\": 40", "\"intermediate_size\": 41")),
    ] {
        assert_ne!(text, config, "{name}");
        place.file("model/config.json", text);
        run(name, "model/");
    }
    place.file("model/config.json", &config);

    for (name, bytes) in [
        ("no JSON", b"hello".to_vec()),
        ("another JSON", b"{\"a\": 1}".to_vec()),
        ("half", tokenizer_file[..tokenizer_file.len() / 2].to_vec()),
    ] {
        place.file("model/tokenizer.json", bytes);
        run(name, "model/tokenizer.json: ");
    }
    std::fs::remove_file(place.path("model/tokenizer.json")).unwrap();
    run("no tokenizer", "has no tokenizer.json");
    let nowhere = place.run(&["predict", "--model", "nowhere", "text"]);
    assert_refused(&place, &nowhere, "no folder", "nowhere: ");
}

impl Place {
    fn compare(&self, file: &str, more: &[&str]) -> Output {
        let fixed =
            ["compare", "--model", "model", "--device", "cpu", "--max-length", "32", "--max-steps", "4"];
        let fixed = [&fixed[..], &["--recipe", "plain"]].concat();
        self.run(&[&fixed[..], &["--train-file", file, "--output-dir", "out"], more].concat())
    }

    /// The table of a finished comparison, without times.
    fn comparison(&self) -> Value {
        let bytes = std::fs::read(self.path("out/comparison.json")).unwrap();
        let mut found: Value = serde_json::from_slice(&bytes).unwrap();
        for table in ["comparison", "grid"] {
            if let Some(table) = found.get_mut(table) {
                table.as_object_mut().unwrap().remove("seconds_per_step").unwrap();
            }
        }
        found
    }

    fn kept_lines(&self) -> usize {
        std::fs::read_to_string(self.path("out/runs.jsonl")).map_or(0, |text| text.lines().count())
    }
}

#[test]
fn compare_ends_with_a_table_of_all_methods_and_files() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    place.file("other.csv", "text,label\ngood one,yes\npoor one,no\nbad,no\n");
    place.file("third.csv", "text,label\nugly,no\nnice,yes\n");
    let methods = "full,dps-dense,dps-mix,mixout,child-tuning-f,child-tuning-d,bitfit,head";
    let transfer = ["--transfer-file", "other.csv", "--transfer-file", "third.csv"];
    let arguments = ["--methods", methods, "--seeds", "2", "--learning-rate", "0.01"];
    let output = place.compare(&file, &[&arguments[..], &transfer].concat());
    assert_done(&output);
    let shown = text(&output.stdout);
    let written = std::fs::read_to_string(place.path("out/comparison.md")).unwrap();
    for method in methods.split(',') {
        assert!(shown.contains(&format!("\n{method} ")), "{shown}");
        assert_eq!(written.matches(&format!("\n| {method} | ")).count(), 3, "{written}");
    }
    let report = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    for expected in methods.split(',').chain(["Scores on other.csv", "Training loss", "Validation score"]) {
        assert!(report.contains(expected), "{expected}");
    }
    let found = place.comparison();
    let sets = found["comparison"]["sets"].as_array().unwrap();
    let names: Vec<&str> = sets.iter().map(|set| set["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["held-out examples", "other.csv", "third.csv"]);
    for set in sets {
        assert_eq!(
            (set["methods"].as_array().unwrap().len(), set["differences"].as_array().unwrap().len()),
            (8, 7)
        );
        assert!(set["methods"].as_array().unwrap().iter().all(|row| row["mean"].is_number()), "{set}");
    }
    assert!(!place.path("out/model.safetensors").exists());
}

/// A run of a comparison is the run that `train` makes with the same seed.
#[test]
fn compare_scores_what_train_would() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    assert_done(
        &place.compare(&file, &["--methods", "dps-dense", "--seeds", "7,", "--learning-rate", "0.01"]),
    );
    let more = ["--output-dir", "one", "--seed", "7", "--learning-rate", "0.01", "--log-format", "json"];
    let output = place.train(&file, &more);
    assert_done(&output);
    let lines = text(&output.stdout);
    let test =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).find(|e| e["part"] == "test");
    let kept = std::fs::read_to_string(place.path("out/runs.jsonl")).unwrap();
    let run: Value = serde_json::from_str(kept.lines().nth(1).unwrap()).unwrap();
    assert_eq!(run["scores"]["loss"], test.unwrap()["loss"]);
}

#[test]
fn an_interrupted_comparison_goes_on_and_ends_with_the_same_table() {
    let arguments = ["--methods", "full,dps-dense", "--seeds", "3", "--log-format", "json"];
    let finished = |output: &Output| text(&output.stdout).matches("\"type\":\"run\"").count();
    let whole = Place::new();
    let file = whole.file("data.csv", data());
    let output = whole.compare(&file, &arguments);
    assert_done(&output);
    assert_eq!(finished(&output), 6);

    // a comparison that was cut off while it wrote its third run
    let torn = Place::new();
    torn.file("data.csv", data());
    std::fs::create_dir(torn.path("out")).unwrap();
    let kept = std::fs::read_to_string(whole.path("out/runs.jsonl")).unwrap();
    let two: usize = kept.split_inclusive('\n').take(3).map(str::len).sum();
    torn.file("out/runs.jsonl", &kept[..two + 40]);
    let output = torn.compare(&file, &arguments);
    assert_done(&output);
    assert_eq!(finished(&output), 4);
    assert_eq!(torn.comparison(), whole.comparison());
    assert_eq!(finished(&torn.compare(&file, &arguments)), 0);

    // further seeds and methods add to the finished runs
    let more = ["--methods", "full,dps-dense,head", "--seeds", "4", "--log-format", "json"];
    assert_eq!(finished(&torn.compare(&file, &more)), 6);
}

#[test]
#[cfg(unix)]
fn a_comparison_that_is_killed_or_stopped_keeps_its_finished_runs() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let arguments = ["--methods", "full,head", "--seeds", "40"];
    for (signal, code) in [("-KILL", None), ("-INT", Some(5))] {
        let before = place.kept_lines();
        let fixed =
            ["compare", "--model", "model", "--device", "cpu", "--max-length", "32", "--max-steps", "40"];
        let mut child = Command::new(env!("CARGO_BIN_EXE_subtune"))
            .args([&fixed[..], &["--train-file", &file, "--output-dir", "out"], &arguments].concat())
            .current_dir(place.root.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        while place.kept_lines() < before + 3 {
            assert!(child.try_wait().unwrap().is_none(), "ended by itself");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), code, "{signal}");
        assert!(place.kept_lines() >= before + 3 && place.kept_lines() < 81);
        assert!(!place.path("out/comparison.md").exists());
    }
}

/// A task of a scheduler does a share of the runs. The merged table is that of one process, to the last digit.
#[test]
fn shards_make_the_table_of_one_process() {
    let arguments = ["--methods", "full,head", "--grid", "learning_rate=0.01,0.001", "--seeds", "3"];
    let whole = Place::new();
    let file = whole.file("data.csv", data());
    assert_done(&whole.compare(&file, &arguments));

    let shared = Place::new();
    shared.file("data.csv", data());
    let merge = [&arguments[..], &["--merge"]].concat();
    let early = shared.compare(&file, &merge);
    assert_eq!(early.status.code(), Some(2));
    assert!(text(&early.stderr).contains("there is no runs.jsonl in out or in its folder shards"));
    for shard in ["2/3", "0/3", "1/3"] {
        let output = shared.compare(&file, &[&arguments[..], &["--shard", shard]].concat());
        assert_done(&output);
        assert!(!shared.path("out/comparison.md").exists());
        // the table is there at any time, with what is finished
        assert_done(&shared.compare(&file, &merge));
        std::fs::remove_file(shared.path("out/comparison.md")).unwrap();
    }
    assert_eq!(shared.comparison(), whole.comparison());

    // other shards of a comparison that has grown do only what is new
    let grown = ["--methods", "full,head", "--grid", "learning_rate=0.01,0.001", "--seeds", "4"];
    let mut runs = 0;
    for shard in ["0/2", "1/2"] {
        let output =
            shared.compare(&file, &[&grown[..], &["--shard", shard, "--log-format", "json"]].concat());
        assert_done(&output);
        runs += text(&output.stdout).matches("\"type\":\"run\"").count();
    }
    assert_eq!(runs, 4);
}

#[test]
fn a_grid_chooses_by_the_validation_and_shows_both_tables() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let output = place.compare(
        &file,
        &[
            "--methods",
            "full,dps-dense",
            "--grid",
            "learning-rate=1e-2,1e-9",
            "update_fraction=0.3,0.7",
            "--seeds",
            "2",
        ],
    );
    assert_done(&output);
    let found = place.comparison();
    let rows = |table: &str| found[table]["sets"][0]["methods"].as_array().unwrap().clone();
    assert_eq!((rows("grid").len(), rows("comparison").len()), (8, 2));
    assert_eq!(found["grid"]["sets"][0]["name"], "validation examples");
    for row in rows("comparison") {
        assert!(row["settings"]["learning_rate"].is_number(), "{row}");
        let best = rows("grid")
            .into_iter()
            .filter(|other| other["method"] == row["method"])
            .map(|other| (other["mean"].as_f64().unwrap(), other["settings"].clone()));
        let chosen = best.clone().find(|(_, settings)| *settings == row["settings"]).unwrap().0;
        assert!(best.into_iter().all(|(mean, _)| mean <= chosen));
    }
    let shown = text(&output.stdout);
    assert!(shown.contains("full, learning_rate 1e-9, update_fraction 0.3"), "{shown}");
    assert!(shown.contains("judged once on other examples:"), "{shown}");
}

const SUITE: &str = r#"
methods = ["full", "head"]
seeds = 2
recipe = "plain"
max_steps = 4

[grid]
learning_rate = [1e-2, 1e-9]

[sets.first]
train_file = "data.csv"

[sets.second]
train_file = "other.csv"
metric_for_best_model = "loss"
"#;

fn suite(place: &Place, more: &[&str]) -> Output {
    let fixed = ["compare", "--model", "model", "--device", "cpu", "--max-length", "32"];
    place.run(&[&fixed[..], &["--suite", "suite.toml", "--output-dir", "out"], more].concat())
}

/// A file of the output folder as JSON, without times.
fn untimed(place: &Place, name: &str) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("seconds_per_step");
                fields.values_mut().for_each(strip);
            }
            Value::Array(values) => values.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut found = serde_json::from_slice(&std::fs::read(place.path(name)).unwrap()).unwrap();
    strip(&mut found);
    found
}

#[test]
fn a_suite_compares_each_set_as_a_comparison_of_its_own_and_shows_all_in_one_table() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    place.file("other.csv", data().replace("yes", "good").replace(",no", ",bad"));
    place.file("suite.toml", SUITE);
    let output = suite(&place, &[]);
    assert_done(&output);
    let found = untimed(&place, "out/suite.json");
    let sets = found["suite"]["sets"].as_array().unwrap();
    assert_eq!(sets.iter().map(|set| set["name"].as_str().unwrap()).collect::<Vec<_>>(), ["first", "second"]);
    for set in sets {
        let alone = untimed(&place, &format!("out/{}/comparison.json", set["name"].as_str().unwrap()));
        assert_eq!(set["comparison"], alone["comparison"]);
        // of the grid, the settings that the validation chose
        assert_eq!(set["comparison"]["sets"][0]["methods"].as_array().unwrap().len(), 2);
    }
    assert_eq!(sets[1]["comparison"]["metric"], "loss");
    let written = std::fs::read_to_string(place.path("out/suite.md")).unwrap();
    assert!(written.contains("| method | first, accuracy | second, loss |"), "{written}");
    assert!(text(&output.stdout).contains("head against full: "), "{}", text(&output.stdout));

    // the first set is what a comparison without a suite gives
    let single = Place::new();
    single.file("data.csv", data());
    let grid = ["--methods", "full,head", "--seeds", "2", "--grid", "learning_rate=1e-2,1e-9"];
    assert_done(&single.compare(&file, &grid));
    assert_eq!(untimed(&single, "out/comparison.json")["comparison"], sets[0]["comparison"]);

    // shards of it make the same table
    let shared = Place::new();
    shared.file("data.csv", data());
    shared.file("other.csv", data().replace("yes", "good").replace(",no", ",bad"));
    shared.file("suite.toml", SUITE);
    for shard in ["0/2", "1/2"] {
        assert_done(&suite(&shared, &["--shard", shard]));
        assert!(!shared.path("out/suite.json").exists());
    }
    assert_done(&suite(&shared, &["--merge"]));
    assert_eq!(untimed(&shared, "out/suite.json"), found);
}

#[test]
fn a_suite_that_cannot_run_is_refused_before_its_first_run() {
    let place = Place::new();
    place.file("data.csv", data());
    for (content, expected) in [
        ("seeds = 2", "suite.toml has no table [sets.NAME]"),
        ("[sets.a]\nseeds = 2", "suite.toml: sets.a has no train_file"),
        ("[sets]\na = 1", "suite.toml: sets.a is no table"),
        ("[sets.'../a']\ntrain_file = 'data.csv'", "gives a folder its name"),
        ("[sets.a]\ntrain_file = 'data.csv'\nlearnig_rate = 1", "suite.toml: sets.a: there is no setting"),
        (
            "[sets.a]\ntrain_file = 'data.csv'\n[sets.b]\ntrain_file = 'nowhere.csv'",
            "nowhere.csv: does not exist; the set b of suite.toml needs it",
        ),
    ] {
        place.file("suite.toml", content);
        let output = suite(&place, &[]);
        let code = if expected.starts_with("nowhere") { 3 } else { 2 };
        assert_eq!(output.status.code(), Some(code), "{content}: {}", text(&output.stderr));
        let said = text(&output.stderr);
        assert!(said.contains(expected) && said.trim_end().lines().count() == 1, "{content}: {said}");
        assert!(!place.path("out").exists(), "{content}");
    }
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_of_a_comparison_continues_from_its_checkpoint() {
    let arguments = ["--methods", "full", "--seeds", "2", "--max-steps", "1500", "--log-format", "json"];
    let whole = Place::new();
    let _ = whole.file("data.csv", data());
    let own = |place: &Place| {
        let fixed =
            ["compare", "--model", "model", "--device", "cpu", "--max-length", "32", "--recipe", "plain"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_subtune"));
        command.args([&fixed[..], &["--train-file", "data.csv", "--output-dir", "out"], &arguments].concat());
        command.current_dir(place.root.path());
        command
    };
    assert_done(&own(&whole).output().unwrap());

    let stopped = Place::new();
    stopped.file("data.csv", data());
    let mut child = own(&stopped)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while stopped.kept_lines() < 2 {
        assert!(child.try_wait().unwrap().is_none(), "ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // some steps into the second run, which has 1500
    std::thread::sleep(std::time::Duration::from_millis(200));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(5));
    assert_eq!(stopped.kept_lines(), 2);
    let checkpoints = std::fs::read_dir(stopped.path("out/checkpoints")).unwrap().count();
    assert_eq!(checkpoints, 1, "the run that was interrupted is stored");
    let again = own(&stopped).output().unwrap();
    assert_done(&again);
    assert!(!stopped.path("out/checkpoints").exists());
    assert_eq!(stopped.comparison(), whole.comparison());
}

#[test]
fn a_comparison_under_other_conditions_is_refused() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let plan = ["--methods", "full", "--seeds", "1"];
    assert_done(&place.compare(&file, &plan));
    let refused = |more: &[&str], expected: &str| {
        let output = place.compare(&file, &[&plan[..], more].concat());
        let printed = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{printed}");
        assert!(printed.contains(expected), "{expected} in {printed}");
        assert_eq!(place.kept_lines(), 2);
    };
    refused(&["--weight-decay", "0.5"], "weight_decay was 0.01 and is now 0.5; name another --output-dir");
    refused(&["--train-size", "20"], "max_train_samples was not set and is now 20");
    refused(&["--layers", "1"], "layers was not set and is now 1");
    place.file("data.csv", data().replace("poor", "dull"));
    refused(&[], "the data has changed");
    let anew = place.compare(&file, &[&plan[..], &["--overwrite-output-dir"]].concat());
    assert_done(&anew);
    assert_eq!(place.kept_lines(), 2);
}

#[test]
fn wrong_comparisons_are_refused_before_anything_is_written() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    for (arguments, expected) in [
        (&["--methods", "full,dps"][..], "methods: found \"dps\"; expected one of full, dps-dense"),
        (&["--methods", "full,full"], "methods has full twice"),
        (&["--seeds", "0"], "seeds is 0; expected a number from 1 to"),
        (&["--seeds", "a"], "expected 5, or seeds such as 1,2,7"),
        (&["--train-size", "58"], "train_size is 58; data.csv has 48 examples to train on"),
        (&["--test-split", "0", "--validation-split", "0"], "a comparison needs examples to judge by"),
        (&["--seed", "3"], "unexpected argument '--seed'"),
        (
            &["--grid", "leraning_rate=1"],
            "grid: there is no setting \"leraning_rate\" of training to vary; did you mean learning_rate?",
        ),
        (&["--grid", "seed=1,2"], "grid: there is no setting \"seed\" of training to vary"),
        (&["--grid", "learning_rate=fast"], "grid: invalid type: string \"fast\""),
        (&["--grid", "learning_rate=0.1,0.1"], "grid: learning_rate has 0.1 twice; expected each value once"),
        (&["--grid", "update_fraction=7"], "update_fraction is 7"),
        (&["--grid", "learning_rate"], "expected a setting and its values, such as learning_rate=5e-5,1e-4"),
        (&["--shard", "3/3"], "found \"3/3\"; expected K/N such as 0/8"),
        (&["--shard", "auto"], "shard is auto, but none of SLURM_ARRAY_TASK_ID"),
        (&["--shard", "0/2", "--overwrite-output-dir"], "remove what other shards have finished"),
    ] {
        let output = place.compare(&file, arguments);
        let printed = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {printed}");
        assert!(printed.contains(expected), "{arguments:?}: {printed}");
        assert!(!place.path("out").exists(), "{arguments:?}");
    }
}

/// The losses of the first logged step, and the trained weights.
fn weighted(place: &Place, file: &str, weights: &str, more: &[&str]) -> (f64, Vec<u8>) {
    let arguments = ["--class-weights", weights, "--output-dir", weights, "--overwrite-output-dir"];
    let output = place.train(file, &[&arguments[..], &["--log-format", "json"], more].concat());
    assert_done(&output);
    let lines = text(&output.stdout);
    let mut events = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let first = events.find(|event| event["type"] == "step").unwrap();
    let model = std::fs::read(place.path(weights).join("model.safetensors")).unwrap();
    let card = std::fs::read_to_string(place.path(weights).join("README.md")).unwrap();
    assert_eq!(card.contains("| class weights | balanced |"), weights == "balanced");
    (first["loss"].as_f64().unwrap(), model)
}

#[test]
fn class_weights_change_uneven_classes_only() {
    let place = Place::new();
    let even = place.file("even.csv", data());
    let (none, balanced) = (weighted(&place, &even, "none", &[]), weighted(&place, &even, "balanced", &[]));
    assert!((none.0 - balanced.0).abs() < 1e-6, "{} and {}", none.0, balanced.0);

    let rows =
        (0..60).map(|i| format!("{} word {i},{}\n", if i % 5 == 0 { "good" } else { "bad" }, i % 5 == 0));
    let uneven = place.file("uneven.csv", format!("text,label\n{}", rows.collect::<String>()));
    let (none, balanced) =
        (weighted(&place, &uneven, "none", &[]), weighted(&place, &uneven, "balanced", &[]));
    assert!(none.0 != balanced.0 && none.1 != balanced.1);
    // the same step in one batch and in four
    let split =
        ["--per-device-train-batch-size", "4", "--gradient-accumulation-steps", "4", "--group-by-length"];
    let whole = ["--per-device-train-batch-size", "16", "--group-by-length"];
    let loss = |more: &[&str]| weighted(&place, &uneven, "balanced", &[more, &["false"]].concat()).0;
    let (split, whole) = (loss(&split), loss(&whole));
    assert!((split - whole).abs() < 1e-6, "{split} and {whole}");
}

/// Sixty pairs with a score from 0 to 5, like STS-B.
fn pairs() -> String {
    let rows = (0..60).map(|i| {
        let other = ["good fine", "good poor", "bad ugly"][i % 3];
        format!("good fine {i}\t{other} {i}\t{:.3}\n", 5.0 - 2.0 * (i % 3) as f64 - 0.01 * i as f64)
    });
    format!("sentence1\tsentence2\tscore\n{}", rows.collect::<String>())
}

#[test]
fn a_regression_goes_all_the_way() {
    let place = Place::new();
    let file = place.file("sts.tsv", pairs());
    let output = place.train(&file, &["--output-dir", "out"]);
    assert_done(&output);
    assert!(text(&output.stdout).contains("spearman"), "{}", text(&output.stdout));
    let config: Value =
        serde_json::from_slice(&std::fs::read(place.path("out/config.json")).unwrap()).unwrap();
    assert_eq!(config["problem_type"], "regression");

    let model = ["--model", "out", "--device", "cpu", "--max-length", "32", "--file", "sts.tsv"];
    let run = |command: &str| place.run(&[&[command][..], &model, &["--log-format", "json"]].concat());
    let evaluated = run("evaluate");
    assert_done(&evaluated);
    let scores: Value = serde_json::from_slice(&evaluated.stdout).unwrap();
    for name in ["loss", "spearman", "pearson", "mean_squared_error", "mean_absolute_error"] {
        assert!(scores[name].is_number(), "{name} in {scores}");
    }
    let predicted = run("predict");
    assert_done(&predicted);
    let lines = text(&predicted.stdout);
    assert_eq!(lines.lines().count(), 60);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert!(first["value"].is_number() && first["sentence2"].is_string(), "{first}");

    std::fs::remove_dir_all(place.path("out")).unwrap();
    let weighted = place.train(&file, &["--output-dir", "out", "--class-weights", "balanced"]);
    assert_eq!(weighted.status.code(), Some(2));
    assert!(text(&weighted.stderr).contains("class_weights is balanced; expected none"));
    assert_done(&place.compare(&file, &["--methods", "full,head", "--seeds", "2"]));
    assert_eq!(place.comparison()["comparison"]["metric"], "spearman");
}

#[test]
fn help_names_every_exit_code_and_setting() {
    let place = Place::new();
    let help = text(&place.run(&["train", "--help"]).stdout);
    for code in ["0  done", "2  wrong usage", "3  bad input", "4  no usable device", "5  interrupted"] {
        assert!(help.contains(code), "{code}");
    }
    let settings = serde_json::to_value(subtune::train::TrainingArguments::default()).unwrap();
    for name in settings.as_object().unwrap().keys() {
        assert!(help.contains(&format!("--{}", name.replace('_', "-"))), "{name}");
    }
}

/// The bundled files have the hashes that their README names.
#[test]
fn bundled_files_have_their_published_hashes() {
    use sha2::{Digest, Sha256};
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (readme, files) in [
        ("models/minilm/README.md", &["model.safetensors", "config.json", "tokenizer.json", "vocab.txt"][..]),
        (
            "samples/README.md",
            &[
                "sms_spam.csv",
                "banking77/train.csv",
                "banking77/test.csv",
                "snli_cad/train.tsv",
                "snli_cad/validation.tsv",
                "snli_cad/test.tsv",
            ],
        ),
    ] {
        let published = std::fs::read_to_string(root.join(readme)).unwrap();
        for file in files {
            let bytes = std::fs::read(root.join(readme).parent().unwrap().join(file)).unwrap();
            let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(published.contains(&hash), "{readme} has another hash than {hash} of {file}");
        }
    }
}
