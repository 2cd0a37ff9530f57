//! Files of a model that do not fit each other or the data.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use subtune::finetune::{Prepared, RunSpec};
use subtune::model::ModelFolder;
use subtune::text::{DataArguments, Source, Table};
use subtune::train::TrainingArguments;

use super::{Case, common};

fn folder(change: impl Fn(&mut Value)) -> ModelFolder {
    let golden = common::golden().join("full");
    let mut config = serde_json::from_slice(&common::file(&golden, "config.json")).unwrap();
    change(&mut config);
    let files = BTreeMap::from([
        ("config.json".to_owned(), config.to_string().into_bytes()),
        ("model.safetensors".to_owned(), common::file(&golden, "init.safetensors")),
        ("tokenizer.json".to_owned(), common::place::tokenizer().into_bytes()),
    ]);
    ModelFolder::new("model", files).unwrap()
}

/// Prepares a run on a good file.
fn run(
    name: &str,
    change: impl Fn(&mut Value) + 'static,
    data: DataArguments,
    max_length: usize,
    says: &'static str,
) -> Case {
    Case::new(name, says, move || {
        let table = Table::parse("t.csv", common::place::data().as_bytes())?;
        let source = Source::new(&table, &DataArguments::default())?;
        let arguments = TrainingArguments { max_length, ..TrainingArguments::default() };
        let spec = RunSpec {
            folder: folder(&change),
            model_name: "model".into(),
            source,
            train_file: "t.csv".into(),
            data: data.clone(),
            arguments,
            origin: Value::Null,
        };
        Prepared::new(spec).map(drop)
    })
}

fn tenths() -> DataArguments {
    DataArguments { validation_split: Some(0.1), test_split: Some(0.1), ..DataArguments::default() }
}

fn config(field: &'static str, value: Value, says: &'static str) -> Case {
    run(field, move |config| config[field] = value.clone(), tenths(), 32, says)
}

fn split(validation: f64, test: f64, says: &'static str) -> Case {
    run(
        &format!("{validation} {test}"),
        |_| (),
        DataArguments {
            validation_split: Some(validation),
            test_split: Some(test),
            ..DataArguments::default()
        },
        32,
        says,
    )
}

fn without(file: &'static str, says: &'static str) -> Case {
    Case::new(file, says, move || {
        let mut files = folder(|_| ()).files().clone();
        files.remove(file);
        ModelFolder::new("model", files).map(drop)
    })
}

pub fn cases() -> Vec<Case> {
    let empty = DataArguments { max_train_samples: Some(0), ..tenths() };
    vec![
        without(
            "config.json",
            "model: has no config.json; expected a Hugging Face model with config.json, model.safetensors, tokenizer.json",
        ),
        without("model.safetensors", "model: has no model.safetensors; expected"),
        Case::new(
            "a pointer",
            "model/model.safetensors: is a Git LFS pointer, not the file itself; get the file with git lfs pull",
            || {
                let mut files = folder(|_| ()).files().clone();
                let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n";
                files.insert("model.safetensors".into(), pointer.to_vec());
                ModelFolder::new("model", files).map(drop)
            },
        ),
        config(
            "vocab_size",
            json!(76),
            "model/tokenizer.json: has 77 tokens, but config.json says vocab_size 76; use the tokenizer of this model",
        ),
        config("max_position_embeddings", json!(31), "max_length is 32; the model reads at most 31 tokens"),
        config(
            "type_vocab_size",
            json!(0),
            "model/config.json: type_vocab_size is 0; expected a whole number from 1 to 64",
        ),
        run("max_length", |_| (), tenths(), 7, "max_length is 7; expected at least 8 tokens"),
        run(
            "max_train_samples",
            |_| (),
            empty,
            32,
            "max_train_samples is 0; expected a whole number of at least 1",
        ),
        split(
            0.5,
            0.5,
            "validation_split 0.5 and test_split 0.5 leave nothing to train on; expected less than 1 together",
        ),
        split(0.9, 0.9, "validation_split 0.9 and test_split 0.9 leave nothing"),
        Case::new("layers", "layers is 0; the model has 2, expected 1 to 2", || {
            let task = subtune::text::Task::regression();
            let (used, device) = (subtune::encoder::UsedTokens::new([0], 77), common::device().device);
            folder(|_| ()).load_for_training(&task, &used, (Some(0), None), 1, &device).map(drop)
        }),
    ]
}
