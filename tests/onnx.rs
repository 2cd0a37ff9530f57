//! The ONNX files of a tiny model, byte for byte those of tests/onnx/hashes.json, which the engine for WebAssembly must
//! give too (www/tests/node/onnx.test.js).

mod common;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use subtune::encoder::{ModelConfig, Pooling, WeightsFile};
use subtune::onnx::{Parameters, to_onnx};
use subtune::spec::Precision;

/// By pooling and precision.
type Hashes = BTreeMap<String, BTreeMap<String, String>>;

fn hashes() -> Hashes {
    let folder = common::golden().join("full");
    let stored = ModelConfig::from_json("config.json", &common::file(&folder, "config.json")).unwrap();
    let weights = common::file(&folder, "init.safetensors");
    let weights = WeightsFile::new("init.safetensors", &weights).unwrap();
    let mut hashes = Hashes::new();
    for pooling in [Pooling::Cls, Pooling::Mean] {
        let config = ModelConfig { pooling, ..stored.clone() };
        let values = |place: &str, shape: &[usize]| weights.trained_values(&stored, place, shape);
        for precision in [Precision::Float32, Precision::Float16, Precision::Q8] {
            let parameters = Parameters { file: "init.safetensors", values: &values };
            let hash = Sha256::digest(to_onnx(&config, parameters, precision).unwrap());
            let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            hashes.entry(pooling.to_string()).or_default().insert(precision.to_string(), hash);
        }
    }
    hashes
}

#[test]
fn the_bytes_of_a_file_do_not_depend_on_the_machine() {
    let found = hashes();
    let expected: Hashes = serde_json::from_str(include_str!("onnx/hashes.json")).unwrap();
    assert_eq!(found, expected, "found {}", serde_json::to_string_pretty(&found).unwrap());
}
