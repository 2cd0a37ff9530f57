//! Each parser of untrusted input, as a function that panics if something is wrong. A value that was read must be
//! usable as in a run, and a refusal must be one short line.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, json};
use sha2::{Digest, Sha256};
use subtune::cli::Settings;
use subtune::device::{Chosen, DeviceChoice, choose};
use subtune::encoder::{ModelConfig, WeightsFile};
use subtune::error::{Error, Result};
use subtune::text::{DataArguments, Source, Table, TaskKind, Tokenizer};
use subtune::train::Checkpoint;

type Parse = fn(&[u8]);

/// The parsers, by the names of their folders in `corpus`.
pub const ALL: [(&str, Parse); 6] = [
    ("table", table),
    ("config", config),
    ("safetensors", safetensors),
    ("tokenizer", tokenizer),
    ("checkpoint", checkpoint),
    ("run_toml", run_toml),
];

fn refused(error: &Error) {
    let message = error.to_string();
    assert!(!message.is_empty() && message.len() < 4000, "{message:?}");
    assert!(!message.contains(char::is_control), "{message:?}");
}

fn read<T>(found: Result<T>) -> Option<T> {
    found.inspect_err(refused).ok()
}

/// The first byte chooses the file's name, which decides the format.
pub fn table(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let name = ["t.csv", "t.tsv", "t.jsonl", "t"][usize::from(*kind) % 4];
    let Some(table) = read(Table::parse(name, bytes)) else { return };
    assert!(!table.rows.is_empty() && table.rows.iter().all(|row| row.fields.len() == table.columns.len()));
    let Some(source) = read(Source::new(&table, &DataArguments::default())) else { return };
    let data =
        DataArguments { validation_split: Some(0.1), test_split: Some(0.2), ..DataArguments::default() };
    if let Some(sets) = read(source.divide(&data, 1)) {
        assert_eq!(sets.train.len() + sets.validation.len() + sets.test.len(), source.train.len());
    }
}

pub fn config(bytes: &[u8]) {
    if let Some(config) = read(ModelConfig::from_json("config.json", bytes)) {
        let again = ModelConfig::from_json("config.json", config.to_json().as_bytes());
        let again = again.expect("what was written is read");
        // a number may come back different by one unit in the last place
        assert_eq!((again.labels(), again.problem_type), (config.labels(), config.problem_type));
        assert_eq!(again.parameter_count(), config.parameter_count());
    }
}

static TINY: LazyLock<ModelConfig> = LazyLock::new(|| {
    let json = json!({ "model_type": "bert", "vocab_size": 3, "hidden_size": 2, "num_hidden_layers": 1,
        "num_attention_heads": 1, "intermediate_size": 2, "max_position_embeddings": 8 });
    ModelConfig::from_json("config.json", json.to_string().as_bytes()).expect("it is a BERT")
});

static CPU: LazyLock<Chosen> = LazyLock::new(|| {
    let choice: DeviceChoice = "cpu".parse().expect("there is such a choice");
    // on the CPU nothing is pending, so this does not block
    let future = std::pin::pin!(choose(&choice));
    match future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(chosen) => chosen.expect("there is a CPU"),
        std::task::Poll::Pending => unreachable!("the CPU was waited for"),
    }
});

pub fn safetensors(bytes: &[u8]) {
    let Some(weights) = read(WeightsFile::new("model.safetensors", bytes)) else { return };
    read(weights.load_with_fresh_head(&TINY, 1, &CPU.device));
    if weights.has_classifier(&TINY) {
        read(weights.load(&TINY, &CPU.device));
    }
}

pub fn tokenizer(bytes: &[u8]) {
    let Some(tokenizer) = read(Tokenizer::from_bytes("tokenizer.json", bytes, 16)) else { return };
    for (text, pair) in [("a b, ab [X]", None), ("", Some("")), ("Élan 中文 \u{301}\u{0}", Some("ba!"))] {
        if let Some(found) = read(tokenizer.encode(text, pair)) {
            assert!(found.input_ids.len() <= 16 && found.input_ids.len() == found.token_type_ids.len());
            assert!(found.input_ids.iter().all(|id| (*id as usize) < tokenizer.vocab_size()));
        }
    }
}

/// Reads the state, with a record that commits it; or, after a zero byte, the record.
pub fn checkpoint(bytes: &[u8]) {
    let mut files = BTreeMap::from([("tensors.safetensors".to_owned(), Vec::new())]);
    match bytes.split_first() {
        Some((0, commit)) => {
            files.insert("state.json".into(), b"{}".to_vec());
            files.insert("commit.json".into(), commit.to_vec());
        }
        _ => {
            files.insert("state.json".into(), bytes.to_vec());
            let record = |(name, bytes): (&String, &Vec<u8>)| {
                let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                (name.clone(), json!({ "bytes": bytes.len(), "sha256": hash }))
            };
            let records: Map<String, serde_json::Value> = files.iter().map(record).collect();
            let commit = json!({ "format": "subtune checkpoint", "version": 1, "files": records });
            files.insert("commit.json".into(), commit.to_string().into_bytes());
        }
    }
    if let Some(checkpoint) = read(Checkpoint::from_files("stored", files)) {
        let again = Checkpoint::from_files("stored", checkpoint.into_files());
        again.expect("what was written is read");
    }
}

pub fn run_toml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(Settings { training, .. }) = read(Settings::of_file("run.toml", text)) {
        read(training.check(TaskKind::Classification));
    }
}
