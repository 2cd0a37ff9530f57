//! Model folders as they come: one level down, in several files, with a prompt, with labels in another order.

mod common;

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use common::place::{Place, assert_done, data, text};
use safetensors::SafeTensors;
use serde_json::{Value, json};
use subtune::encoder::{Model, UsedTokens};
use subtune::model::ModelFolder;
use subtune::spec::Pooling;
use subtune::text::Task;

fn write(folder: &Path, name: &str, content: &Value) {
    fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
    fs::write(folder.join(name), content.to_string()).unwrap();
}

fn prompts(folder: &Path, default: &Value) {
    let content =
        json!({"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": default});
    write(folder, "config_sentence_transformers.json", &content);
}

/// As sentence-transformers of old wrote a model.
fn sentence_model(place: &Place) {
    let folder = place.path("st");
    fs::create_dir(&folder).unwrap();
    fs::rename(place.path("model"), folder.join("0_Transformer")).unwrap();
    write(
        &folder,
        "1_Pooling/config.json",
        &json!({"pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true}),
    );
    write(&folder, "modules.json", &json!([]));
}

#[test]
fn a_sentence_model_is_read_with_its_pooling_and_its_prompt() {
    let place = Place::new();
    sentence_model(&place);
    prompts(&place.path("st"), &json!("query"));
    let folder = ModelFolder::read(&place.path("st")).unwrap();
    assert_eq!(folder.pooling().unwrap(), Pooling::Mean);
    let config = folder.config().unwrap();
    assert_eq!(folder.prompt(&config).unwrap(), "query: ");
    let notes = folder.reading_notes(&config).unwrap().join("\n");
    assert!(notes.contains("the model is read from 0_Transformer in it"), "{notes}");
    assert!(notes.contains("\"query: \" is put before every text"), "{notes}");
    let ids = |text: &str| folder.tokenizer(&config, 32).unwrap().encode(text, None).unwrap().input_ids;
    assert_eq!(ids("ab").len(), 2 + "query:".len() + 2);

    prompts(&place.path("st"), &json!("queries"));
    let folder = ModelFolder::read(&place.path("st")).unwrap();
    let error = folder.prompt(&config).unwrap_err().to_string();
    assert!(error.contains("default_prompt_name is \"queries\"; expected one of its prompts"), "{error}");

    prompts(&place.path("st"), &Value::Null);
    let folder = ModelFolder::read(&place.path("st")).unwrap();
    assert_eq!(folder.prompt(&config).unwrap(), "");
    let notes = folder.reading_notes(&config).unwrap().join("\n");
    assert!(notes.contains("no prompt is put before texts"), "{notes}");
}

#[test]
fn a_model_that_was_trained_with_a_prompt_predicts_with_it() {
    let place = Place::new();
    sentence_model(&place);
    prompts(&place.path("st"), &json!("query"));
    let file = place.file("data.csv", data());
    let output = place.run(&[
        "train",
        "--model",
        "st",
        "--train-file",
        &file,
        "--device",
        "cpu",
        "--max-length",
        "32",
        "--recipe",
        "plain",
        "--max-steps",
        "2",
        "--output-dir",
        "out",
    ]);
    assert_done(&output);
    let printed = text(&output.stdout) + &text(&output.stderr);
    assert!(printed.contains("\"query: \" is put before every text"), "{printed}");
    assert!(fs::read_to_string(place.path("out/README.md")).unwrap().contains("is put before every text"));
    let config: Value = serde_json::from_slice(&fs::read(place.path("out/config.json")).unwrap()).unwrap();
    assert_eq!(config["subtune"]["prompt"], "query: ");
    let folder = ModelFolder::read_to_use(&place.path("out")).unwrap();
    let config = folder.config().unwrap();
    let ids = folder.tokenizer(&config, 32).unwrap().encode("ab", None).unwrap().input_ids;
    assert_eq!(ids.len(), 2 + "query:".len() + 2);
    let predicted = place.run(&["predict", "--model", "out", "--device", "cpu", "good"]);
    assert_done(&predicted);
    assert!(text(&predicted.stderr).contains("is put before every text"), "{}", text(&predicted.stderr));
}

#[test]
fn the_last_checkpoint_of_a_trainer_is_taken_and_said() {
    let place = Place::new();
    let folder = place.path("trainer");
    fs::create_dir(&folder).unwrap();
    for step in ["checkpoint-500", "checkpoint-60"] {
        fs::create_dir(folder.join(step)).unwrap();
        for name in ["config.json", "model.safetensors", "tokenizer.json"] {
            fs::copy(place.path("model").join(name), folder.join(step).join(name)).unwrap();
        }
    }
    let found = ModelFolder::read(&folder).unwrap();
    let notes = found.reading_notes(&found.config().unwrap()).unwrap();
    assert!(notes[0].ends_with("from checkpoint-500 in it, the last of 2 checkpoints"), "{notes:?}");
    let named = ModelFolder::read(&folder.join("checkpoint-60")).unwrap();
    assert!(named.reading_notes(&named.config().unwrap()).unwrap().is_empty());
}

#[test]
fn weights_in_several_files_are_those_of_one() {
    let place = Place::new();
    let folder = place.path("model");
    let whole = fs::read(folder.join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&whole).unwrap();
    let name = |shard: usize| format!("model-0000{shard}-of-00002.safetensors");
    let mut map = serde_json::Map::new();
    for shard in [1, 2] {
        let own: Vec<_> =
            tensors.iter().enumerate().filter(|(at, _)| at % 2 + 1 == shard).map(|(_, one)| one).collect();
        map.extend(own.iter().map(|(tensor, _)| ((*tensor).to_owned(), json!(name(shard)))));
        fs::write(folder.join(name(shard)), safetensors::tensor::serialize(own, None).unwrap()).unwrap();
    }
    fs::remove_file(folder.join("model.safetensors")).unwrap();
    write(&folder, "model.safetensors.index.json", &json!({"metadata": {}, "weight_map": map}));
    let found = ModelFolder::read(&folder).unwrap();
    let merged = SafeTensors::deserialize(found.bytes("model.safetensors")).unwrap();
    assert_eq!(merged.len(), tensors.len());
    for (name, view) in tensors.iter() {
        assert_eq!(merged.tensor(name).unwrap(), view, "{name}");
    }
    assert_done(&place.run(&["export", "--model", "model", "--output", "one"]));
    assert!(ModelFolder::read(&place.path("one")).is_ok());
}

#[test]
fn a_vocabulary_alone_gives_the_tokens_of_the_tokenizer() {
    let place = Place::new();
    let folder = place.path("model");
    let config = ModelFolder::read(&folder).unwrap().config().unwrap();
    let ids = || {
        let tokenizer = ModelFolder::read_to_use(&folder).unwrap().tokenizer(&config, 32).unwrap();
        tokenizer.encode("Good [MASK] ab9 ?", Some("x y")).unwrap()
    };
    let expected = ids();
    let file: Value = serde_json::from_slice(&fs::read(folder.join("tokenizer.json")).unwrap()).unwrap();
    let tokens: Vec<&str> = file["model"]["vocab"].as_object().unwrap().keys().map(String::as_str).collect();
    fs::write(folder.join("vocab.txt"), tokens.join("\n")).unwrap();
    fs::remove_file(folder.join("tokenizer.json")).unwrap();
    assert_eq!(ids(), expected);
    assert!(ModelFolder::read(&folder).unwrap().files().contains_key("tokenizer.json"));
    write(&folder, "tokenizer_config.json", &json!({"do_lower_case": false}));
    assert_ne!(ids(), expected);
}

fn classifier(model: &Model) -> (Vec<f32>, Vec<f32>) {
    let values = pollster::block_on(subtune::encoder::values(model)).unwrap();
    let of = |name: &str| values.iter().find(|(found, _)| found.name == name).unwrap().1.clone();
    (of("classifier.weight"), of("classifier.bias"))
}

#[test]
fn a_classifier_for_the_same_labels_in_another_order_is_kept_label_by_label() {
    let place = Place::new();
    let path = place.path("model/config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    config["id2label"] = json!({"0": "a", "1": "b", "2": "c"});
    config["label2id"] = json!({"a": 0, "b": 1, "c": 2});
    fs::write(&path, config.to_string()).unwrap();
    let folder = ModelFolder::read(&place.path("model")).unwrap();
    let device: Device = common::device().device.autodiff();
    let used = UsedTokens::new([0, 1, 2], 97);
    let load = |labels: [&str; 3]| {
        let task = Task::classification(labels.map(String::from).to_vec());
        let loaded = folder.load_for_training(&task, &used, (None, Some(Pooling::Cls)), 1, &device).unwrap();
        (
            classifier(&loaded.model),
            loaded.has_head,
            folder.classifier_note(&task, Some(Pooling::Cls)).unwrap(),
        )
    };
    let ((weight, bias), has_head, note) = load(["a", "b", "c"]);
    assert_eq!((has_head, note), (true, None));
    let ((turned_weight, turned_bias), has_head, note) = load(["c", "a", "b"]);
    assert!(has_head);
    assert!(note.unwrap().ends_with("its classifier is kept, label by label"));
    let hidden = weight.len() / 3;
    let rows = |values: &[f32], size: usize| [&values[2 * size..], &values[..2 * size]].concat();
    assert_eq!((turned_weight, turned_bias), (rows(&weight, hidden), rows(&bias, 1)));
    let ((other, _), has_head, note) = load(["c", "a", "x"]);
    assert!(!has_head && other != weight);
    assert!(note.unwrap().contains("the labels \"a\", \"b\", \"c\"; its classifier does not fit"));
}

#[test]
fn a_sentence_model_keeps_its_pooling_and_its_prompt_when_it_is_exported() {
    let place = Place::new();
    sentence_model(&place);
    prompts(&place.path("st"), &json!("query"));
    assert_done(&place.run(&["export", "--model", "st", "--output", "out", "--dtype", "float16"]));
    let folder = ModelFolder::read(&place.path("out")).unwrap();
    assert_eq!(folder.pooling().unwrap(), Pooling::Mean);
    assert_eq!(folder.prompt(&folder.config().unwrap()).unwrap(), "query: ");
}

#[test]
fn a_model_with_fewer_tokens_predicts_the_texts_that_were_kept_as_before() {
    let place = Place::new();
    let file = place.file("data.csv", data().replace("good", "g00d"));
    assert_done(&place.train(&file, &["--output-dir", "out"]));
    let few = place.file("few.csv", "text,label\ng00d fine,yes\nbad ugly 7 ?,no\n");
    let export = ["export", "--model", "out", "--output", "less", "--trim-vocabulary", "--texts", &few];
    let output = place.run(&export);
    assert_done(&output);
    let printed = text(&output.stderr) + &text(&output.stdout);
    assert!(
        printed.contains("of 97 tokens kept: the 2 texts of few.csv are predicted as before"),
        "{printed}"
    );
    let predict = |model: &str| {
        let output =
            place.run(&["predict", "--model", model, "--device", "cpu", "--file", &few, "--output", "p.csv"]);
        assert_done(&output);
        let found = fs::read(place.path("p.csv")).unwrap();
        fs::remove_file(place.path("p.csv")).unwrap();
        found
    };
    assert_eq!(text(&predict("less")), text(&predict("out")));
    let config: Value = serde_json::from_slice(&fs::read(place.path("less/config.json")).unwrap()).unwrap();
    assert!(config["vocab_size"].as_u64().unwrap() < 50, "{config}");
    // other texts are read too
    assert_done(&place.run(&["predict", "--model", "less", "--device", "cpu", "a text of other letters"]));
    for wrong in [&["--trim-vocabulary"][..], &["--texts", "few.csv"]] {
        let output = place.run(&[&["export", "--model", "out", "--output", "no"][..], wrong].concat());
        assert_eq!(output.status.code(), Some(2));
    }
}
