//! `predict` and `evaluate` with a trained model, on users' files.

mod common;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::place::{Place, assert_done, data, text};
use serde_json::{Value, json};
use subtune::spec::Example;
use subtune::{DeviceChoice, ModelFolder, Predictor, Tuned, choose};

/// A place with a tiny model in `out`, trained to tell "good" from "bad".
fn trained(file: &str, content: &str, more: &[&str]) -> Place {
    let place = Place::new();
    place.file(file, content);
    assert_done(&place.train(file, &[&["--output-dir", "out"], more].concat()));
    place
}

fn predict(place: &Place, more: &[&str]) -> Output {
    place.run(&[&["predict", "--model", "out", "--device", "cpu"], more].concat())
}

fn stderr(output: &Output) -> String {
    text(&output.stderr)
}

fn fails(output: &Output, code: i32, with: &str) {
    assert_eq!(output.status.code(), Some(code), "{}", stderr(output));
    assert!(stderr(output).contains(with), "{}", stderr(output));
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
}

/// The rows of a CSV, the header first.
fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    reader.records().map(|row| row.unwrap().iter().map(String::from).collect()).collect()
}

fn json_lines(bytes: &[u8]) -> Vec<Value> {
    text(bytes).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The names of the files in the place's folder.
fn names(place: &Place) -> Vec<String> {
    let entries = std::fs::read_dir(place.root.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_model_is_used_as_it_was_trained() {
    let place = Place::new();
    place.file("data.csv", data());
    let train = "train --model model --device cpu --max-length 16 --max-steps 4 --train-file data.csv --output-dir out";
    assert_done(&place.run(&train.split(' ').collect::<Vec<_>>()));
    let config: Value =
        serde_json::from_slice(&std::fs::read(place.path("out/config.json")).unwrap()).unwrap();
    assert_eq!(
        config["subtune"],
        json!({"version": 1, "max_length": 16, "pair": false, "text_column": "text", "label_column": "label"})
    );
    let scores = |more: &[&str]| {
        let fixed =
            ["evaluate", "--model", "out", "--device", "cpu", "--file", "data.csv", "--log-format", "json"];
        let output = place.run(&[&fixed[..], more].concat());
        assert_done(&output);
        (stderr(&output), serde_json::from_slice::<Value>(&output.stdout).unwrap())
    };
    let (notes, remembered) = scores(&[]);
    assert!(
        notes.contains("max_length 16 (as in training), text column \"text\" (as in training)"),
        "{notes}"
    );
    assert!(notes.contains("label column \"label\" (as in training)"), "{notes}");
    let (notes, given) = scores(&["--max-length", "16"]);
    assert!(notes.contains("max_length 16 (as given)"), "{notes}");
    assert_eq!(remembered, given);
    assert_eq!(remembered["labels"], json!(["no", "yes"]));
    assert_eq!(remembered["per_class"].as_array().unwrap().len(), 2);
    let (notes, shorter) = scores(&["--max-length", "8"]);
    assert!(notes.contains("60 of 60 texts were cut at 8 tokens"), "{notes}");
    assert_ne!(remembered["loss"], shorter["loss"]);

    // a foreign model does not tell its length, and a broken record gives a warning
    let mut foreign = config.clone();
    foreign.as_object_mut().unwrap().remove("subtune");
    std::fs::write(place.path("out/config.json"), foreign.to_string()).unwrap();
    let silent = predict(&place, &["--max-length", "32", "good"]);
    assert_done(&silent);
    // the tiny model reads fewer tokens than the default
    let unknown = predict(&place, &["good"]);
    assert_done(&unknown);
    assert!(
        stderr(&unknown).contains("the default, as the model does not say how it was trained"),
        "{}",
        stderr(&unknown)
    );
    let mut broken = config;
    broken["subtune"]["max_length"] = json!(1e9);
    std::fs::write(place.path("out/config.json"), broken.to_string()).unwrap();
    fails(
        &predict(&place, &["good"]),
        3,
        "subtune.max_length cannot be used; expected a whole number from 8 to",
    );
}

#[test]
fn the_column_of_the_training_is_read_again() {
    let two = (0..60).map(|i| match i % 2 {
        0 => format!("good fine nice {i},bad poor ugly words,yes\n"),
        _ => format!("bad poor ugly {i},good fine nice words,no\n"),
    });
    let content = format!("title,text,label\n{}", two.collect::<String>());
    let place = trained("data.csv", &content, &["--text-column", "title"]);
    let both = predict(&place, &["--file", "data.csv"]);
    assert_done(&both);
    assert!(stderr(&both).contains("text column \"title\" (as in training)"), "{}", stderr(&both));
    let alone: String =
        content.lines().map(|line| line.split(',').next().unwrap().to_owned() + "\n").collect();
    place.file("alone.csv", alone);
    let alone = predict(&place, &["--file", "alone.csv"]);
    let labels = |output: &Output, at: usize| {
        rows(&output.stdout)[1..].iter().map(|row| row[at..at + 2].to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(labels(&both, 3), labels(&alone, 1));
    // without that column the text is guessed, with a note
    place.file("other.csv", "text,id\nsome words here,1\nother words here,2\n");
    let guessed = predict(&place, &["--file", "other.csv"]);
    assert_done(&guessed);
    let expected =
        "text column \"text\" (by its name; the model was trained on \"title\", which is not there)";
    assert!(stderr(&guessed).contains(expected), "{}", stderr(&guessed));
    let named = predict(&place, &["--file", "data.csv", "--text-column", "text"]);
    assert!(stderr(&named).contains("text column \"text\" (as given)"), "{}", stderr(&named));
    assert_ne!(labels(&named, 3), labels(&both, 3));
}

#[test]
fn single_texts_and_pairs_are_told_apart() {
    let place = trained("data.csv", &data(), &[]);
    fails(
        &predict(&place, &["good", "--pair", "bad"]),
        2,
        "the model was trained on single texts and got a pair",
    );
    place.file("pairs.csv", "sentence1,sentence2\ngood one here,bad one here\n");
    // a pair is not guessed if the model has none
    let one = predict(&place, &["--file", "pairs.csv", "--text-column", "sentence1"]);
    assert_done(&one);
    let pair = ["--file", "pairs.csv", "--text-column", "sentence1", "--pair-column", "sentence2"];
    fails(&predict(&place, &pair), 2, "the model was trained on single texts and got a pair");

    let rows = (0..60).map(|i| match i % 2 {
        0 => format!("good {i}\tfine {i}\tyes\n"),
        _ => format!("good {i}\tugly {i}\tno\n"),
    });
    let content = format!("sentence1\tsentence2\tlabel\n{}", rows.collect::<String>());
    let place = trained("pairs.tsv", &content, &[]);
    assert_done(&predict(&place, &["good", "--pair", "fine"]));
    fails(&predict(&place, &["good"]), 2, "the model was trained on pairs of texts and got one text");
    let lines = place.run_with_input(&["predict", "--model", "out", "--device", "cpu"], "good\n");
    fails(&lines, 2, "the model was trained on pairs of texts and got one text");
    place.file("one.csv", "text,id\nsome words here,1\nother words,2\n");
    fails(
        &predict(&place, &["--file", "one.csv"]),
        2,
        "the model was trained on pairs of texts and got one text",
    );
    let both = predict(&place, &["--file", "pairs.tsv"]);
    assert_done(&both);
    assert!(stderr(&both).contains("pair column \"sentence2\" (as in training)"), "{}", stderr(&both));
}

/// Case 146: the classifier is replaced, so its task does not matter.
#[test]
fn a_model_for_several_labels_is_trained_on_for_another_task() {
    let place = Place::new();
    place.file("data.csv", data());
    let path = place.path("model/config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    config["problem_type"] = json!("multi_label_classification");
    config["id2label"] = json!({ "0": "urgent", "1": "billing", "2": "other" });
    std::fs::write(&path, config.to_string()).unwrap();
    assert_done(&place.train("data.csv", &["--output-dir", "out"]));
    assert_done(&predict(&place, &["good thing"]));
}

/// The cells of the output.
type Rows<'a> = &'a [&'a [&'a str]];

/// Every input comes out whole, row by row, beside the predictions.
#[test]
fn every_row_of_a_file_comes_out_in_its_place() {
    let place = trained("data.csv", &data(), &[]);
    let huge = "good words ".repeat(60_000);
    let huge_row = ["1", huge.as_str()];
    let huge_rows: [&[&str]; 3] = [&["id", "text"], &huge_row, &["2", "bad"]];
    let cases: &[(&str, Vec<u8>, Rows)] = &[
        (
            "ids.csv",
            "ticket,text,agent\nT-1,a good thing,a\nT-2,,b\nT-3,a bad thing,a\n,,\n".into(),
            &[
                &["ticket", "text", "agent"],
                &["T-1", "a good thing", "a"],
                &["T-2", "", "b"],
                &["T-3", "a bad thing", "a"],
                &["", "", ""],
            ],
        ),
        (
            "quoted.csv",
            "id,text\n1,\"good, \"\"very\"\" good\nindeed\"\n2,\" bad\"\n".into(),
            &[&["id", "text"], &["1", "good, \"very\" good\nindeed"], &["2", " bad"]],
        ),
        (
            "mark.csv",
            "\u{FEFF}id,text\r\n1,a 👩‍👩‍👧 good ünïcödé day\r\n2,שלום עולם\r\n".into(),
            &[&["id", "text"], &["1", "a 👩‍👩‍👧 good ünïcödé day"], &["2", "שלום עולם"]],
        ),
        (
            "latin.csv",
            b"id;text\n1;die Rechnung f\xfcr M\xe4rz\n2;kein Wort\n".to_vec(),
            &[&["id", "text"], &["1", "die Rechnung für März"], &["2", "kein Wort"]],
        ),
        (
            "blank.csv",
            "id,text\n\n1,good one\n\n\n2,bad one\n\n".into(),
            &[&["id", "text"], &["1", "good one"], &["2", "bad one"]],
        ),
        (
            "one.csv",
            "text\ngood\n\nhello, bad one\n".into(),
            &[&["text"], &["good"], &[""], &["hello, bad one"]],
        ),
        (
            "none.csv",
            "hello, a good one\nhello, a bad one\nhello, a good one\n".into(),
            &[&["1"], &["hello, a good one"], &["hello, a bad one"], &["hello, a good one"]],
        ),
        (
            "first.csv",
            "refund please\ngood one\nbad\n".into(),
            &[&["1"], &["refund please"], &["good one"], &["bad"]],
        ),
        (
            "tabs.tsv",
            "id\ttext\n1\ta good one\n2\tsome \"bad\" one\n".into(),
            &[&["id", "text"], &["1", "a good one"], &["2", "some \"bad\" one"]],
        ),
        (
            "lines.txt",
            "a good one\nthen, a bad one\n".into(),
            &[&["1"], &["a good one"], &["then, a bad one"]],
        ),
        (
            "keys.jsonl",
            "{\"id\": 1, \"text\": \"good\"}\n{\"id\": 2, \"text\": null}\n".into(),
            &[&["id", "text"], &["1", "good"], &["2", ""]],
        ),
        ("huge.csv", format!("id,text\n1,{huge}\n2,bad\n").into_bytes(), &huge_rows),
    ];
    for (name, bytes, expected) in cases {
        place.file(name, bytes);
        let output = predict(&place, &["--file", name]);
        assert_done(&output);
        let found = rows(&output.stdout);
        assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        for (number, (found, expected)) in found.iter().zip(*expected).enumerate() {
            let (given, new) = found.split_at(expected.len());
            assert_eq!(given, *expected, "{name}");
            let text = expected.iter().any(|cell| {
                cell.contains(|letter: char| letter.is_alphabetic()) && *cell != "T-2" && *cell != "b"
            });
            match (number, text) {
                (0, _) => assert_eq!(new, ["label", "probability"], "{name}"),
                (_, true) => {
                    assert!(["yes", "no"].contains(&new[0].as_str()), "{name}: {new:?}");
                    assert!((0.5..=1.0).contains(&new[1].parse::<f32>().unwrap()), "{name}: {new:?}");
                }
                (_, false) => assert_eq!(new, ["", ""], "{name}"),
            }
        }
    }
    let cut = predict(&place, &["--file", "huge.csv"]);
    assert!(stderr(&cut).contains("1 of 2 texts were cut at 32 tokens"), "{}", stderr(&cut));
    let empty = predict(&place, &["--file", "ids.csv"]);
    assert!(stderr(&empty).contains("2 of 4 rows have no text"), "{}", stderr(&empty));
}

#[test]
fn a_label_that_is_there_already_stays_beside_the_prediction() {
    let place = trained("data.csv", &data(), &[]);
    let output = predict(&place, &["--file", "data.csv"]);
    assert_done(&output);
    let found = rows(&output.stdout);
    assert_eq!(found[0], ["text", "label", "predicted_label", "predicted_probability"]);
    assert_eq!(found.len(), 61);
    assert!(stderr(&output).contains("the new columns are \"predicted_label\", \"predicted_probability\""));
    place.file("twice.csv", "text,label,predicted_label\ngood one,x,y\nbad one,z,y\n");
    let output = predict(&place, &["--file", "twice.csv", "--log-format", "json"]);
    assert_done(&output);
    let first = &json_lines(&output.stdout)[0];
    assert_eq!((&first["label"], &first["predicted_label"]), (&json!("x"), &json!("y")));
    assert!(first["predicted_3_label"].is_string(), "{first}");
}

#[test]
fn nothing_of_a_line_of_json_is_lost() {
    let place = trained("data.csv", &data(), &[]);
    let lines =
        "{\"id\": 7, \"text\": \"good\", \"done\": true}\n{\"id\": 2.50, \"text\": \"\", \"done\": null}\n";
    place.file("keys.jsonl", lines);
    let output = predict(&place, &["--file", "keys.jsonl", "--log-format", "json", "--probabilities"]);
    assert_done(&output);
    let [first, second] = &json_lines(&output.stdout)[..] else { panic!("two lines") };
    assert_eq!((&first["id"], &first["done"]), (&json!(7), &json!(true)));
    assert_eq!(
        (&second["id"], &second["label"], &second["probability"]),
        (&json!(2.5), &Value::Null, &Value::Null)
    );
    // the same shape as that of a text on the command line
    let alone = predict(&place, &["good", "--log-format", "json"]);
    let alone = &json_lines(&alone.stdout)[0];
    for key in ["label", "probability", "probabilities"] {
        assert_eq!(first[key], alone[key], "{key}");
    }
    let all = alone["probabilities"].as_array().unwrap();
    assert_eq!((&all[0]["label"], &all[1]["label"]), (&json!("no"), &json!("yes")));
    let sum: f64 = all.iter().map(|one| one["probability"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5, "{alone}");
}

#[test]
fn the_name_of_the_output_decides_its_format() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    let place = trained("data.csv", &data(), &[]);
    place.file("in.csv", "id,text\n1,\"good, one\"\n2,\n3,a\tbad one\n");
    let standard = rows(&predict(&place, &["--file", "in.csv", "--probabilities"]).stdout);
    assert_eq!(standard[0], ["id", "text", "label", "probability", "probability_no", "probability_yes"]);
    for name in ["out.csv", "out.tsv", "out.jsonl", "out.PARQUET"] {
        let output = predict(&place, &["--file", "in.csv", "--probabilities", "--output", name]);
        assert_done(&output);
        assert!(output.stdout.is_empty());
    }
    assert_eq!(rows(&std::fs::read(place.path("out.csv")).unwrap()), standard);
    let tabs = std::fs::read(place.path("out.tsv")).unwrap();
    let mut tabs = csv::ReaderBuilder::new().delimiter(b'\t').has_headers(false).from_reader(&tabs[..]);
    let tabs: Vec<Vec<String>> =
        tabs.records().map(|row| row.unwrap().iter().map(String::from).collect()).collect();
    assert_eq!(tabs, standard);
    let lines = json_lines(&std::fs::read(place.path("out.jsonl")).unwrap());
    let file = SerializedFileReader::new(std::fs::File::open(place.path("out.PARQUET")).unwrap()).unwrap();
    let parquet: Vec<_> = file.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!((lines.len(), parquet.len()), (3, 3));
    for (index, row) in standard[1..].iter().enumerate() {
        assert_eq!(lines[index]["text"], json!(row[1]));
        assert_eq!(parquet[index].get_string(1).unwrap(), &row[1]);
        match row[2].as_str() {
            "" => {
                assert!(lines[index]["label"].is_null() && lines[index]["probabilities"].is_null());
                assert!(parquet[index].get_string(2).is_err() && parquet[index].get_float(3).is_err());
            }
            label => {
                assert_eq!(lines[index]["label"], json!(label));
                assert_eq!(parquet[index].get_string(2).unwrap(), label);
                let probability: f32 = row[3].parse().unwrap();
                assert_eq!(parquet[index].get_float(3).unwrap(), probability);
                assert_eq!(lines[index]["probability"].as_f64().unwrap() as f32, probability);
                assert_eq!(parquet[index].get_float(5).unwrap(), row[5].parse::<f32>().unwrap());
            }
        }
    }
}

#[test]
fn an_output_is_complete_or_not_there() {
    let place = trained("data.csv", &data(), &[]);
    place.file("in.csv", "id,text\n1,good one\n2,bad one\n");
    place.file("kept.csv", "mine");
    std::fs::create_dir(place.path("folder.csv")).unwrap();
    let before = names(&place);
    let to = |output: &str, more: &[&str]| {
        predict(&place, &[&["--file", "in.csv", "--output", output], more].concat())
    };
    fails(&to("in.csv", &["--overwrite"]), 2, "--output in.csv is the input file; name another");
    fails(&to("./in.csv", &["--overwrite"]), 2, "is the input file");
    fails(
        &to("kept.csv", &[]),
        2,
        "--output kept.csv already exists; name another file, or give --overwrite",
    );
    fails(&to("folder.csv", &["--overwrite"]), 2, "--output folder.csv is a folder");
    fails(&to("new.xlsx", &[]), 2, "expected a name that ends in .csv, .tsv, .jsonl or .parquet");
    fails(&to("nowhere/new.csv", &[]), 7, "nowhere/new.csv could not be written");
    fails(&to("new.csv", &["--log-format", "json"]), 2, "cannot be used with");
    // a broken row, a file without texts and one without rows leave nothing
    place.file("broken.csv", "id,text\n1,good one\n2,\"bad one\n");
    let broken = predict(&place, &["--file", "broken.csv", "--output", "new.csv"]);
    fails(&broken, 3, "broken.csv, line 3: a double quote opens here");
    place.file("empty.csv", "id,text\n1,\n2, \n");
    fails(
        &predict(&place, &["--file", "empty.csv", "--output", "new.csv", "--text-column", "text"]),
        3,
        "no row has a text",
    );
    place.file("header.csv", "id,text\n");
    fails(&predict(&place, &["--file", "header.csv", "--output", "new.csv"]), 3, "no row of data");
    for name in ["broken.csv", "empty.csv", "header.csv"] {
        std::fs::remove_file(place.path(name)).unwrap();
    }
    assert_eq!(names(&place), before);
    assert_eq!(std::fs::read(place.path("kept.csv")).unwrap(), b"mine");
    assert_done(&to("kept.csv", &["--overwrite"]));
    assert_eq!(rows(&std::fs::read(place.path("kept.csv")).unwrap()).len(), 3);
    assert_eq!(names(&place), before);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_with_a_sentence() {
    let place = trained("data.csv", &data(), &[]);
    let full = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_subtune"))
            .args([&["predict", "--model", "out", "--device", "cpu"], arguments].concat())
            .current_dir(place.root.path())
            .stdin(Stdio::null())
            .stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap()
    };
    for arguments in [&["--file", "data.csv"][..], &["--file", "data.csv", "--log-format", "json"], &["good"]]
    {
        let output = full(arguments);
        assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
        assert!(stderr(&output).contains("standard output could not be written"), "{}", stderr(&output));
    }
}

/// More rows than a block holds, of mixed lengths, some without a text.
/// The shares of a file follow each other, so that their outputs are put together with `cat`.
#[test]
fn shards_label_the_rows_of_one_process() {
    let place = trained("data.csv", &data(), &[]);
    let whole = predict(&place, &["--file", "data.csv"]);
    assert_done(&whole);
    let whole = rows(&whole.stdout);
    let mut parts = vec![whole[0].clone()];
    for shard in ["0/3", "1/3", "2/3"] {
        let part = predict(&place, &["--file", "data.csv", "--shard", shard]);
        assert_done(&part);
        assert!(stderr(&part).contains(&format!("shard {shard}: rows ")), "{}", stderr(&part));
        parts.extend(rows(&part.stdout).into_iter().skip(1));
    }
    assert_eq!(parts.len(), whole.len());
    for (part, row) in parts.iter().zip(&whole).skip(1) {
        let (probability, columns) = (row.len() - 1, ..row.len() - 1);
        assert_eq!(part[columns], row[columns]);
        let [one, other] = [part, row].map(|row| row[probability].parse::<f32>().unwrap());
        // other texts share their batches, and sums of floats depend on the width of a batch
        assert!((one - other).abs() < 1e-5, "{part:?} {row:?}");
    }
    place.file("two.csv", "text,label\ngood,yes\nbad,no\n");
    fails(
        &predict(&place, &["--file", "two.csv", "--shard", "1/9"]),
        2,
        "shard 1/9 of two.csv has no rows, because",
    );
    fails(&predict(&place, &["--shard", "1/9", "good"]), 2, "--file");
}

#[test]
fn order_is_kept_over_blocks() {
    let place = trained("data.csv", &data(), &[]);
    let texts: Vec<String> = (0..9000)
        .map(|i| match i % 10 {
            7 => String::new(),
            other => {
                format!("{} {i}", ["good", "bad", "a b c d e f g h", "x"][other % 4].repeat(1 + other % 3))
            }
        })
        .collect();
    let file: String = texts.iter().enumerate().map(|(id, text)| format!("{id},{text}\n")).collect();
    place.file("many.csv", format!("id,text\n{file}"));
    let output = predict(&place, &["--file", "many.csv", "--output", "labelled.csv"]);
    assert_done(&output);
    assert!(stderr(&output).contains("9000 rows in "), "{}", stderr(&output));
    let found = rows(&std::fs::read(place.path("labelled.csv")).unwrap());
    assert_eq!(found.len(), 9001);
    for (id, (row, text)) in found[1..].iter().zip(&texts).enumerate() {
        assert_eq!((row[0].as_str(), &row[1]), (id.to_string().as_str(), text));
        assert_eq!(row[2].is_empty(), text.is_empty());
    }
    // the answer for a text does not depend on the rows around it
    for id in [0, 4095, 4096, 8999] {
        let alone = predict(&place, &[&texts[id], "--log-format", "json"]);
        let alone = &json_lines(&alone.stdout)[0];
        let (row, probability) = (&found[1 + id], alone["probability"].as_f64().unwrap());
        assert_eq!(alone["label"], json!(row[2]));
        assert!((probability - row[3].parse::<f64>().unwrap()).abs() < 1e-5, "{id}: {alone} {row:?}");
    }
}

#[test]
fn standard_input_is_a_text_a_line() {
    let place = trained("data.csv", &data(), &[]);
    let lines = |bytes: &[u8]| {
        use std::io::Write;
        let mut child = Command::new(env!("CARGO_BIN_EXE_subtune"))
            .args(["predict", "--model", "out", "--device", "cpu"])
            .current_dir(place.root.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(bytes);
        child.wait_with_output().unwrap()
    };
    let latin = lines(b"die Rechnung f\xfcr M\xe4rz\r\n\r\nkein Wort\r\n");
    assert_done(&latin);
    assert!(stderr(&latin).contains("windows-1252"), "{}", stderr(&latin));
    let found = text(&latin.stdout);
    assert_eq!(found.lines().count(), 2);
    assert!(found.contains("\tdie Rechnung für März\n") && found.ends_with("\tkein Wort\n"), "{found}");
    let table = lines(b"ticket,text,agent\nT-1,a good thing,a\nT-2,,b\n");
    assert_done(&table);
    assert!(
        stderr(&table).contains("looks like a table with the columns \"ticket\", \"text\", \"agent\""),
        "{}",
        stderr(&table)
    );
    let long = lines(&[b"good ".repeat(200), b"\nbad\n".to_vec()].concat());
    assert!(stderr(&long).contains("1 of 2 texts were cut at 32 tokens"), "{}", stderr(&long));
    fails(&lines(b"\n \n"), 3, "standard input: holds no text");
    fails(&lines(&b"x".repeat(3 << 20)), 3, "standard input, line 1: has more than 1 MiB");
    fails(&lines(&[0; 1000]), 3, "found a NUL character");
}

#[test]
fn a_regression_gives_a_value_for_each_row() {
    let numbers = (0..60).map(|i| format!("good fine {i}\t{:.3}\n", 0.01 * i as f64));
    let content = format!("text\tscore\n{}", numbers.collect::<String>());
    let place = trained("data.tsv", &content, &["--task", "regression"]);
    place.file("in.csv", "id,text\n1,good one\n2,\n");
    let output = predict(&place, &["--file", "in.csv", "--probabilities"]);
    assert_done(&output);
    let found = rows(&output.stdout);
    assert_eq!(found[0], ["id", "text", "value"]);
    assert!(found[1][2].parse::<f32>().is_ok() && found[2][2].is_empty(), "{found:?}");
    let alone = predict(&place, &["good one", "--log-format", "json"]);
    assert!(json_lines(&alone.stdout)[0]["value"].is_number());
}

/// Realistic inputs, from the files in `tests/predict`.
#[test]
fn what_people_bring_is_labelled_whole() {
    let place = trained("data.csv", &data(), &[]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/predict");
    // the rows, the number of them that have a text, and the messages
    for (name, count, texts, notes) in [
        (
            "ids-empty-texts.csv",
            12,
            10,
            &["2 of 12 rows have no text", "text column \"text\" (as in training)"][..],
        ),
        ("one-column-commas.csv", 12, 12, &["text column \"text\" (as in training)"]),
        ("one-column-no-header.csv", 12, 12, &["text column \"1\""]),
    ] {
        let path = folder.join(name);
        let output = predict(&place, &["--file", path.to_str().unwrap()]);
        assert_done(&output);
        let found = rows(&output.stdout);
        assert_eq!(found.len(), count + 1, "{name}");
        assert_eq!(
            found.iter().skip(1).filter(|row| !row[row.len() - 2].is_empty()).count(),
            texts,
            "{name}"
        );
        for note in notes {
            assert!(stderr(&output).contains(note), "{name}: {}", stderr(&output));
        }
    }
}

#[test]
fn a_classifier_that_is_not_taken_over_is_told() {
    let place = trained("data.csv", &data(), &[]);
    let again = |name: &str, content: String| {
        place.file("again.csv", content);
        let fixed = ["train", "--model", "out", "--device", "cpu", "--max-length", "32", "--max-steps", "2"];
        let output = place.run(&[&fixed[..], &["--train-file", "again.csv", "--output-dir", name]].concat());
        assert_done(&output);
        stderr(&output)
    };
    assert!(!again("same", data()).contains("its classifier does not fit"));
    let other = again("other", data().replace("yes", "good").replace("no\n", "bad\n"));
    assert!(
        other.contains("the model was fine-tuned for the labels \"no\", \"yes\"; its classifier"),
        "{other}"
    );
    let mut config: Value =
        serde_json::from_slice(&std::fs::read(place.path("out/config.json")).unwrap()).unwrap();
    config["id2label"] = json!({"0": "yes", "1": "no"});
    config["label2id"] = json!({"yes": 0, "no": 1});
    std::fs::write(place.path("out/config.json"), config.to_string()).unwrap();
    let turned = again("turned", data());
    assert!(turned.contains("fine-tuned for the same labels in another order; its classifier"), "{turned}");
    config["id2label"] = json!({"0": "yes", "1": "no", "2": "maybe"});
    config["label2id"] = json!({"yes": 0, "no": 1, "maybe": 2});
    std::fs::write(place.path("out/config.json"), config.to_string()).unwrap();
    let third = predict(&place, &["good"]);
    fails(&third, 3, "has a classifier of 2 outputs, but config.json names 3 labels");
}

#[test]
fn a_tokenizer_that_python_may_read_otherwise_is_told() {
    let place = trained("data.csv", &data(), &[]);
    std::fs::write(place.path("out/tokenizer_config.json"), r#"{"do_lower_case": false}"#).unwrap();
    let output = predict(&place, &["good"]);
    assert_done(&output);
    assert!(
        stderr(&output).contains("do_lower_case false, but tokenizer.json turns texts to lower case"),
        "{}",
        stderr(&output)
    );
    std::fs::write(place.path("out/tokenizer_config.json"), r#"{"do_lower_case": true}"#).unwrap();
    assert!(!stderr(&predict(&place, &["good"])).contains("do_lower_case"));
}

#[test]
fn a_batch_predicts_the_same_bits_alone_and_beside_others() {
    let place = trained("data.csv", &data(), &[]);
    let folder = ModelFolder::read(&place.path("out")).unwrap();
    let tuned = Tuned::new(folder, None, 4).unwrap();
    let text = |number: usize| format!("good bad {}", "fine ".repeat(number % 7));
    let texts: Vec<Example> =
        (0..90).map(|number| Example { line: 1, text: text(number), pair: None, target: None }).collect();
    let mut encoded = tuned.encode(&texts).unwrap();
    encoded.sort_by_key(|one| std::cmp::Reverse(one.encoding.input_ids.len()));
    pollster::block_on(async {
        let device = choose(&DeviceChoice::Cpu).await.unwrap();
        let predictor = Predictor::new(tuned, device).unwrap();
        let together = predictor.predict(&encoded).await.unwrap();
        for (batch, expected) in encoded.chunks(4).zip(together.chunks(4)) {
            assert_eq!(predictor.predict(batch).await.unwrap(), expected);
        }
    });
}
