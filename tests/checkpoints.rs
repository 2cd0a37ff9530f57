//! Weights in all their forms load to the same model: with and without the `bert.` prefix, with LayerNorm's old names,
//! in float32, float16 and bfloat16, and as subtune saves them.

mod common;

use burn::tensor::Device;
use half::{bf16, f16};
use safetensors::tensor::{Dtype as Stored, SafeTensors, TensorView, serialize};
use subtune::encoder::{Dtype, ModelConfig, WeightsFile, save, values};

fn parameters(bytes: &[u8]) -> Vec<(String, Vec<f32>)> {
    let folder = common::golden().join("full");
    let config = ModelConfig::from_json("config.json", &common::file(&folder, "config.json")).unwrap();
    let model = WeightsFile::new("model.safetensors", bytes).unwrap().load(&config, &Device::flex()).unwrap();
    let found = pollster::block_on(values(&model)).unwrap();
    found.into_iter().map(|(parameter, values)| (parameter.name, values)).collect()
}

/// The weights with each tensor under another name and in another format.
fn rewritten(bytes: &[u8], dtype: Stored, name: impl Fn(&str) -> String) -> Vec<u8> {
    let stored = SafeTensors::deserialize(bytes).unwrap();
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = stored
        .iter()
        .map(|(old, view)| {
            let floats = view.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
            let data = match dtype {
                Stored::F16 => floats.flat_map(|x| f16::from_f32(x).to_le_bytes()).collect(),
                Stored::BF16 => floats.flat_map(|x| bf16::from_f32(x).to_le_bytes()).collect(),
                _ => view.data().to_vec(),
            };
            (name(old), view.shape().to_vec(), data)
        })
        .collect();
    let views = tensors
        .iter()
        .map(|(name, shape, data)| (name, TensorView::new(dtype, shape.clone(), data).unwrap()));
    serialize(views, None).unwrap()
}

#[test]
fn every_form_of_a_checkpoint_loads_to_the_same_model() {
    let bytes = common::file(&common::golden().join("full"), "init.safetensors");
    let expected = parameters(&bytes);
    assert_eq!(expected.len(), SafeTensors::deserialize(&bytes).unwrap().len());

    let bare = |name: &str| name.strip_prefix("bert.").unwrap_or(name).to_owned();
    let old = |name: &str| {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    };
    assert_eq!(parameters(&rewritten(&bytes, Stored::F32, bare)), expected);
    assert_eq!(parameters(&rewritten(&bytes, Stored::F32, old)), expected);
    assert_eq!(parameters(&rewritten(&bytes, Stored::F32, |name| old(&bare(name)))), expected);

    // half the distance of neighbouring numbers, relative
    for (dtype, rounding) in [(Stored::F16, 2f32.powi(-11)), (Stored::BF16, 2f32.powi(-8))] {
        let found = parameters(&rewritten(&bytes, dtype, str::to_owned));
        for ((name, found), (_, expected)) in found.iter().zip(&expected) {
            for (found, expected) in found.iter().zip(expected) {
                // below float16's normal numbers, the distance is 2^-24
                let bound = (expected.abs() * rounding).max(2f32.powi(-25));
                assert!((found - expected).abs() <= bound, "{dtype:?} {name}: {found}, expected {expected}");
            }
        }
    }
}

#[test]
fn what_was_saved_loads_to_the_same_bits() {
    let folder = common::golden().join("full");
    let bytes = common::file(&folder, "init.safetensors");
    let config = ModelConfig::from_json("config.json", &common::file(&folder, "config.json")).unwrap();
    let model = WeightsFile::new("init.safetensors", &bytes).unwrap().load(&config, &Device::flex()).unwrap();
    let saved = pollster::block_on(save(&model, &config, Dtype::Float32)).unwrap();
    assert_eq!(parameters(&saved), parameters(&bytes));
}
