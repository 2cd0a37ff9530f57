//! Files of what changed of a model, made and put onto it by the program, and several of them on one model.

mod common;

use std::process::Output;

use subtune::model::{Base, Delta, ModelFolder};
use subtune::predict::{Deltas, Predictor, Tuned};
use subtune::spec::Prediction;
use subtune::text::Example;

use common::place::{Place, assert_done, data, text};

/// The file of a delta.
fn bytes(place: &Place, name: &str) -> Vec<u8> {
    std::fs::read(place.path(name)).unwrap()
}

/// Trains by a method into the folder of its name, and writes what it changed of `model`.
fn tuned(place: &Place, method: &str, more: &[&str]) -> String {
    let file = place.file("data.csv", data());
    let train = if more.contains(&"auto") { Place::train_by_recipe } else { Place::train };
    assert_done(&train(place, &file, &[&["--output-dir", method, "--method", method], more].concat()));
    let delta = format!("{method}.delta");
    assert_done(&place.run(&export(method, &delta, &[])));
    delta
}

fn export<'a>(model: &'a str, output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["export", "--model", model, "--format", "delta", "--base", "model", "--output", output];
    [&fixed[..], more].concat()
}

fn says(place: &Place, model: &[&str]) -> String {
    let fixed = ["predict", "--device", "cpu", "--log-format", "json"];
    let output = place.run(&[&fixed[..], model, &["good fine 7", "ugly ugly", "nice bad"]].concat());
    assert_done(&output);
    text(&output.stdout)
}

fn error(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn a_delta_on_its_base_is_the_fine_tuned_model_to_the_bit() {
    let place = Place::new();
    for (method, more) in [
        ("sift", &["--update-fraction", "0.1"][..]),
        ("head", &[]),
        ("full", &["--pooling", "mean"]),
        ("bitfit", &["--pooling", "mean"]),
    ] {
        // with the recipe that may keep weights between two others
        let more = [&["--recipe", "auto"][..], more].concat();
        let delta = tuned(&place, method, &more);
        let on_base = ["--model", "model", "--delta", &delta];
        assert_eq!(says(&place, &on_base), says(&place, &["--model", method]), "{method}");
        let whole = format!("{method}-again");
        assert_done(&place.run(&[&["export", "--output", &whole][..], &on_base].concat()));
        for file in ["model.safetensors", "config.json", "tokenizer.json"] {
            let [found, expected] = [&whole, method].map(|folder| bytes(&place, &format!("{folder}/{file}")));
            assert!(found == expected, "{method}: {file}");
        }
        let onnx = ["--format", "onnx"];
        assert_done(&place.run(&[&["export", "--output", "a"][..], &on_base, &onnx].concat()));
        assert_done(&place.run(&[&["export", "--output", "b", "--model", method][..], &onnx].concat()));
        assert!(bytes(&place, "a/onnx/model.onnx") == bytes(&place, "b/onnx/model.onnx"), "{method}");
        ["a", "b"].iter().for_each(|folder| std::fs::remove_dir_all(place.path(folder)).unwrap());
        let scored = |model: &[&str]| {
            let fixed = ["evaluate", "--device", "cpu", "--file", "data.csv"];
            let output = place.run(&[&fixed[..], model].concat());
            assert_done(&output);
            text(&output.stdout)
        };
        assert_eq!(scored(&on_base), scored(&["--model", method]), "{method}");
    }
}

#[test]
fn what_few_entries_change_takes_few_bytes() {
    let place = Place::new();
    let [sift, head, full] = ["sift", "head", "full"].map(|method| {
        let delta = tuned(&place, method, &["--pooling", "cls"]);
        bytes(&place, &delta).len()
    });
    assert!(sift < full / 2 && head < full / 2, "{sift} {head} {full}");
    let half = export("full", "half.delta", &["--dtype", "float16"]);
    assert_done(&place.run(&half));
    let half = bytes(&place, "half.delta").len();
    assert!(half < full * 2 / 3, "{half} {full}");
    // rounded as in an export of the whole model
    assert_done(&place.run(&["export", "--model", "full", "--dtype", "float16", "--output", "rounded"]));
    let probabilities = |model: &[&str]| -> Vec<f64> {
        let lines = says(&place, model);
        let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        lines.lines().map(|line| value(line)["probability"].as_f64().unwrap()).collect()
    };
    let [found, expected] =
        [&["--model", "model", "--delta", "half.delta"][..], &["--model", "rounded"]].map(probabilities);
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-3, "{found} {expected}");
    }
}

#[test]
fn another_base_and_files_that_are_no_deltas_are_refused() {
    let place = Place::new();
    let delta = tuned(&place, "head", &[]);
    let read = |delta: &str, model: &str| {
        place.run(&["predict", "--device", "cpu", "--model", model, "--delta", delta, "good"])
    };
    let other = error(&read(&delta, "head"), 3);
    let base = ModelFolder::read(&place.path("model")).unwrap();
    let hash = |folder: &str| {
        use sha2::Digest;
        let hash = sha2::Sha256::digest(bytes(&place, &format!("{folder}/model.safetensors")));
        hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert!(
        other.contains("head.delta: was made of a base whose model.safetensors has the SHA-256"),
        "{other}"
    );
    assert!(other.contains(&hash("model")) && other.contains(&hash("head")), "{other}");
    for (name, content, expected) in [
        ("no.delta", b"no".to_vec(), "no.delta: is no complete delta"),
        (
            "weights.delta",
            bytes(&place, "model/model.safetensors"),
            "is no delta, but another safetensors file",
        ),
        ("cut.delta", bytes(&place, &delta)[..2000].to_vec(), "is no complete delta"),
    ] {
        place.file(name, content);
        let found = error(&read(name, "model"), 3);
        assert!(found.contains(expected), "{found}");
    }
    assert!(error(&read("none.delta", "model"), 3).contains("none.delta: is no file"));
    assert!(
        error(&place.run(&export("head", "x.delta", &["--dtype", "q8"])), 2).contains("is for ONNX alone")
    );
    let wrong = ["export", "--model", "head", "--output", "x", "--base", "model"];
    assert!(error(&place.run(&wrong), 2).contains("--base is for --format delta alone"));
    let there = place.run(&export("head", &delta, &[]));
    assert!(error(&there, 2).contains("already exists"));
    assert!(!place.path("x.delta").exists() && !place.path("x").exists());
    // a header that says what the file does not hold
    let base = Base::new(&base).unwrap();
    let good = bytes(&place, &delta);
    let length = u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    let header = String::from_utf8(good[8..8 + length].to_vec()).unwrap();
    assert!(base.with_delta(Delta::read("d", &good).unwrap()).is_ok());
    for (from, to, expected) in [
        (r#"\"version\":1"#, r#"\"version\":2"#, "is a delta of version 2"),
        (r#"\"shape\":[24,24]"#, r#"\"shape\":[9999999,9999999]"#, "makes a model of more than"),
        (
            r#"\"shape\":[24,24]"#,
            r#"\"shape\":[99999999999,99999999999]"#,
            "more entries than can be counted",
        ),
        (
            "embeddings.LayerNorm.weight",
            "embeddings.LayerNorm.weighs",
            "which its base does not have in this shape",
        ),
        (r#"\"mask\":\"runs\""#, r#"\"mask\":\"bitmap\""#, "does not have a bit for each entry"),
    ] {
        assert!(header.contains(from), "{from} in {header}");
        let header = header.replace(from, to);
        let mut bad = (header.len() as u64).to_le_bytes().to_vec();
        bad.extend(header.bytes());
        bad.extend(&good[8 + length..]);
        let made = Delta::read("d", &bad).and_then(|delta| base.with_delta(delta));
        let found = made.map(|_| ()).unwrap_err().to_string();
        assert!(found.contains(expected), "{to}: {found}");
    }
}

#[test]
fn several_deltas_share_one_base_and_each_predicts_as_its_own_model() {
    let place = Place::new();
    let methods = ["sift", "head", "full"];
    let deltas = methods.map(|method| bytes(&place, &tuned(&place, method, &[])));
    let base = ModelFolder::read(&place.path("model")).unwrap();
    let mut switch = Deltas::new(&base, common::device()).unwrap();
    let examples: Vec<Example> = ["good fine 7", "ugly ugly", "nice bad"]
        .iter()
        .map(|text| Example { line: 1, text: (*text).into(), pair: None, target: None })
        .collect();
    let says = |predictor: &Predictor| -> Vec<Prediction> {
        let encoded = predictor.tuned.encode(&examples).unwrap();
        pollster::block_on(predictor.predict(&encoded)).unwrap()
    };
    let expected = methods.map(|method| {
        let folder = ModelFolder::read(&place.path(method)).unwrap();
        says(&Predictor::new(Tuned::new(folder, None, 32).unwrap(), common::device()).unwrap())
    });
    assert!(expected[0] != expected[1] && expected[1] != expected[2]);
    for round in 0..3 {
        for (delta, expected) in deltas.iter().zip(&expected) {
            let predictor = switch.predictor("d", delta).unwrap();
            assert_eq!(says(&predictor), *expected, "round {round}");
        }
    }
    assert!(switch.predictor("d", &deltas[0][1..]).is_err());
    assert_eq!(says(&switch.predictor("d", &deltas[2]).unwrap()), expected[2]);
}
