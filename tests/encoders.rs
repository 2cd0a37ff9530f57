//! Every family of encoders against transformers in float64 (`tests/encoders/make.py`), as its checkpoint carries the mean,
//! and whole runs of it.

mod common;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use common::place::{Place, assert_done, data, text, tokenizer};
use serde_json::{Value, json};
use subtune::device::{Chosen, read_floats};
use subtune::encoder::{Dtype, FAMILIES, Inputs, Model, ModelConfig, Pooling, WeightsFile, save};
use subtune::golden::{Deviation, replay};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/encoders")
}

fn folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn config(folder: &Path) -> ModelConfig {
    ModelConfig::from_json("config.json", &common::file(folder, "config.json")).unwrap()
}

struct Expected(Value);

impl Expected {
    fn new(folder: &Path) -> Self {
        Expected(serde_json::from_slice(&common::file(folder, "expected.json")).unwrap())
    }

    /// The rows of a matrix, one behind the other.
    fn ints(&self, name: &str) -> Vec<i32> {
        let rows = self.0[name].as_array().unwrap().iter();
        rows.flat_map(|row| row.as_array().unwrap()).map(|value| value.as_i64().unwrap() as i32).collect()
    }

    fn inputs(&self, device: &Device) -> Inputs {
        let batch = self.0["input_ids"].as_array().unwrap().len();
        let ids = self.ints("input_ids");
        let shape = [batch, ids.len() / batch];
        Inputs::new(shape, ids, self.ints("attention_mask"), self.ints("token_type_ids"), device)
    }
}

#[test]
fn every_family_has_a_golden_model() {
    let types: Vec<&str> = folders().iter().map(|folder| config(folder).family.model_type).collect();
    for family in FAMILIES {
        assert!(types.contains(&family.model_type), "{}", family.model_type);
    }
}

#[test]
fn hidden_states_loss_and_gradients_are_those_of_transformers() {
    let chosen = common::device();
    for folder in folders() {
        let name = folder.file_name().unwrap().display();
        let files = common::files(&folder);
        let found =
            pollster::block_on(replay(&files, &chosen)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let quantities: Vec<_> = found.deviations.iter().map(|one| one.quantity).collect();
        assert_eq!(quantities, ["hidden state", "logit", "loss", "gradient norm"], "{name}");
        for Deviation { quantity, share, place } in found.deviations {
            println!("{name}: {quantity} deviates by {share:.3} of its tolerance at {place}");
            assert!(share <= 1.0, "{name}: {quantity} deviates by {share} of its tolerance at {place}");
        }
    }
}

#[test]
fn a_recorded_pass_that_differs_is_found() {
    let files = common::files(&root().join("modernbert"));
    let altered = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut files = files.clone();
        let mut expected: Value = serde_json::from_slice(&files["expected.json"]).unwrap();
        change(&mut expected[name]);
        files.insert("expected.json".into(), expected.to_string().into_bytes());
        pollster::block_on(replay(&files, &Chosen::cpu("the test needs no other".into())))
    };
    type Change = fn(&mut Value);
    let shares: [(&str, Change); 3] = [
        ("hidden", |layers| layers[1][7] = (layers[1][7].as_f64().unwrap() + 1.1e-4).into()),
        ("loss", |loss| *loss = (loss.as_f64().unwrap() + 1.1e-5).into()),
        ("gradients", |norms| {
            let norm = &mut norms["classifier.bias"];
            *norm = (norm.as_f64().unwrap() * 1.0011).into();
        }),
    ];
    for (name, change) in shares {
        let deviations = altered(name, &change).unwrap().deviations;
        assert!(deviations.iter().filter(|one| one.share > 1.0).count() == 1, "{name}: {deviations:?}");
    }
    let refused: [(&str, Change); 4] = [
        ("input_ids", |rows| rows[0][0] = 100.into()),
        ("attention_mask", |rows| rows[1] = Value::Array(Vec::new())),
        ("labels", |labels| labels[0] = 3.into()),
        ("hidden", |layers| layers.as_array_mut().unwrap().truncate(1)),
    ];
    for (name, change) in refused {
        let error = altered(name, &change).unwrap_err().to_string();
        assert!(error.contains("this differs from the recording"), "{name}: {error}");
    }
}

fn logits(model: &Model, expected: &Expected, device: &Device) -> Vec<f64> {
    let found = pollster::block_on(read_floats(model.forward(expected.inputs(device)))).unwrap();
    found.into_iter().map(f64::from).collect()
}

#[test]
fn a_checkpoint_carries_the_mean_as_transformers_computes_it_and_loads_to_the_same_model() {
    let device = Device::flex();
    for folder in folders() {
        let name = folder.file_name().unwrap().display();
        let expected = Expected::new(&folder);
        let bytes = common::file(&folder, "model.safetensors");
        let config = ModelConfig { pooling: Pooling::Mean, ..config(&folder) };
        let source = WeightsFile::new("model.safetensors", &bytes).unwrap();
        let model = source.load_with_fresh_head(&config, 1, &device).unwrap();
        let before = logits(&model, &expected, &device);
        // float16 rounds the encoder too, so that it is compared with itself
        for (dtype, rounding) in [(Dtype::Float32, 1e-4), (Dtype::Float16, 0.1)] {
            let saved = pollster::block_on(save(&model, &config, dtype)).unwrap();
            let file = WeightsFile::new("saved", &saved).unwrap();
            // as transformers reads it: with one more layer, or another head, and the first token's pooler
            let plain = ModelConfig::from_json("config.json", config.to_json().as_bytes()).unwrap();
            assert_eq!(plain.pooling, Pooling::Cls);
            let transformers = logits(&file.load(&plain, &device).unwrap(), &expected, &device);
            let pooled = file.config(plain);
            assert_eq!(
                (pooled.pooling, pooled.num_hidden_layers),
                (Pooling::Mean, config.num_hidden_layers),
                "{name}"
            );
            assert!(file.has_classifier(&pooled));
            let again = logits(&file.load(&pooled, &device).unwrap(), &expected, &device);
            for ((before, transformers), again) in before.iter().zip(transformers).zip(again) {
                assert!(
                    (transformers - again).abs() <= 2e-4,
                    "{name} {dtype:?}: {transformers}, here {again}"
                );
                assert!(
                    (before - again).abs() <= rounding,
                    "{name} {dtype:?}: {again} again, {before} before"
                );
            }
        }
    }
}

#[test]
fn a_written_config_reads_back_the_same() {
    for folder in folders() {
        let config = config(&folder);
        assert_eq!(ModelConfig::from_json("config.json", config.to_json().as_bytes()).unwrap(), config);
    }
}

/// The golden model as a folder that the program reads. Its tokenizer has fewer tokens.
fn place(folder: &Path) -> Place {
    let place = Place::new();
    for name in ["config.json", "model.safetensors"] {
        std::fs::copy(folder.join(name), place.path("model").join(name)).unwrap();
    }
    std::fs::write(place.path("model/tokenizer.json"), tokenizer()).unwrap();
    place.file("data.csv", data());
    place
}

fn predictions(place: &Place, model: &str) -> Vec<f64> {
    let arguments = ["predict", "--model", model, "--device", "cpu", "--log-format", "json"];
    let output = place.run(&[&arguments[..], &["good fine", "bad ugly 7"]].concat());
    assert_done(&output);
    let lines = text(&output.stdout);
    let rows = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.flat_map(|row| row["probabilities"].as_array().unwrap().clone())
        .map(|one| one["probability"].as_f64().unwrap())
        .collect()
}

/// Trains, resumes to the same bits, and exports the model of `place` as float16, to folders named by the pooling.
fn run_whole(place: &Place, pooling: &str) {
    let more = [
        "--method",
        "dps-dense",
        "--max-steps",
        "8",
        "--save-steps",
        "4",
        "--keep-checkpoints",
        "--pooling",
        pooling,
        "--output-dir",
        pooling,
    ];
    let plain = ["--recipe", "plain", "--max-length", "32", "--device", "cpu", "--train-file", "data.csv"];
    assert_done(&place.run(&[&["train", "--model", "model"][..], &plain, &more].concat()));
    let weights = || std::fs::read(place.path(pooling).join("model.safetensors")).unwrap();
    let (whole, found) = (weights(), predictions(place, pooling));
    assert_eq!(found.len(), 4);

    let checkpoints = place.path(pooling).join("checkpoints");
    let mut steps: Vec<PathBuf> =
        std::fs::read_dir(&checkpoints).unwrap().map(|entry| entry.unwrap().path()).collect();
    steps.sort();
    assert!(steps.len() > 1 && steps[0].ends_with("step-000004"), "{steps:?}");
    steps[1..].iter().for_each(|step| std::fs::remove_dir_all(step).unwrap());
    std::fs::remove_file(place.path(pooling).join("model.safetensors")).unwrap();
    assert_done(&place.run(&["train", "--resume", pooling]));
    assert!(weights() == whole, "{pooling}: resumed to other bits");

    let half = format!("{pooling}-half");
    assert_done(&place.run(&["export", "--model", pooling, "--output", &half, "--dtype", "float16"]));
    for (before, after) in found.iter().zip(predictions(place, &half)) {
        assert!((before - after).abs() < 0.02, "{pooling}: {after} as float16, {before} before");
    }
}

#[test]
fn every_family_is_trained_resumed_used_and_exported() {
    for folder in folders() {
        println!("{}", folder.file_name().unwrap().display());
        let place = place(&folder);
        for pooling in ["mean", "cls"] {
            run_whole(&place, pooling);
        }
    }
}

#[test]
fn a_prompt_goes_with_the_model_through_a_whole_run() {
    let place = place(&root().join("xlm-roberta"));
    let prompts = json!({"prompts": {"query": "query: "}, "default_prompt_name": "query"}).to_string();
    std::fs::write(place.path("model/config_sentence_transformers.json"), prompts).unwrap();
    run_whole(&place, "mean");
    for name in ["mean", "mean-half"] {
        let path = place.path(name).join("config.json");
        let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(config["subtune"]["prompt"], "query: ");
        let with_prompt = predictions(&place, name);
        config["subtune"]["prompt"] = "".into();
        std::fs::write(path, config.to_string()).unwrap();
        assert_ne!(predictions(&place, name), with_prompt, "{name}: the prompt is not read");
    }
}

#[test]
fn a_model_with_one_token_type_learns_pairs_and_gives_transformers_no_other_type() {
    let place = place(&root().join("bert"));
    let settings = json!({"tokenizer_class": "BertTokenizer", "do_lower_case": true}).to_string();
    std::fs::write(place.path("model/tokenizer_config.json"), settings).unwrap();
    let rows = (0..40).map(|i| match i % 2 {
        0 => format!("good {i},fine {i},same\n"),
        _ => format!("good {i},ugly {i},other\n"),
    });
    place.file("data.csv", format!("sentence1,sentence2,label\n{}", rows.collect::<String>()));
    let train = ["train", "--model", "model", "--train-file", "data.csv", "--output-dir", "out"];
    let plain = ["--recipe", "plain", "--max-steps", "2", "--max-length", "32", "--device", "cpu"];
    assert_done(&place.run(&[&train[..], &plain].concat()));
    assert_done(&place.run(&["predict", "--model", "out", "--device", "cpu", "good", "--pair", "fine"]));
    let settings = std::fs::read(place.path("out/tokenizer_config.json")).unwrap();
    let settings: Value = serde_json::from_slice(&settings).unwrap();
    assert_eq!(settings["model_input_names"], json!(["input_ids", "attention_mask"]));
    assert_eq!(settings["do_lower_case"], true);
}
