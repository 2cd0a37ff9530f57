//! Bad `model.safetensors` files: headers that lie, and tensors that do not fit.

use std::sync::LazyLock;

use burn::tensor::Device;
use serde_json::{Value, json};
use subtune::encoder::{ModelConfig, WeightsFile};

use super::{Case, common};

const TENSOR: &str = "bert.encoder.layer.1.output.dense.weight";
const POOLER: &str = "bert.pooler.dense.bias";

/// A good file in its two parts, and a device.
struct Good {
    config: ModelConfig,
    header: Value,
    data: Vec<u8>,
    device: Device,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let folder = common::golden().join("full");
    let config = ModelConfig::from_json("config.json", &common::file(&folder, "config.json")).unwrap();
    let file = common::file(&folder, "init.safetensors");
    let size = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header = serde_json::from_slice(&file[8..8 + size]).unwrap();
    let device = common::device().device;
    Good { config, header, data: file[8 + size..].to_vec(), device }
});

fn file(header: &[u8], data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header, data].concat()
}

/// Reads the bytes with a fresh head, as for training.
fn bytes(name: &str, bytes: Vec<u8>, says: &'static str) -> Case {
    Case::new(name, says, move || {
        let weights = WeightsFile::new("model.safetensors", &bytes)?;
        weights.load_with_fresh_head(&GOOD.config, 1, &GOOD.device).map(drop)
    })
}

fn header(header: impl AsRef<[u8]>, says: &'static str) -> Case {
    let header = header.as_ref();
    bytes(&String::from_utf8_lossy(&header[..header.len().min(60)]), file(header, &GOOD.data), says)
}

fn changed(change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut header = GOOD.header.clone();
    change(&mut header);
    file(header.to_string().as_bytes(), &GOOD.data)
}

/// A file with one field of a tensor's header replaced.
fn field(name: &str, value: Value, says: &'static str) -> Case {
    let title: String = format!("{name} {value}").chars().take(60).collect();
    bytes(&title, changed(|header| header[TENSOR][name] = value.clone()), says)
}

fn offsets(begin: u64, end: u64, says: &'static str) -> Case {
    field("data_offsets", json!([begin, end]), says)
}

/// A file with other bytes in the data of a tensor. It is read with its own head, as for prediction.
fn values(tensor: &str, value: [u8; 4], says: &'static str) -> Case {
    let mut good = file(GOOD.header.to_string().as_bytes(), &GOOD.data);
    let begin =
        good.len() - GOOD.data.len() + GOOD.header[tensor]["data_offsets"][0].as_u64().unwrap() as usize;
    good[begin + 4..begin + 8].copy_from_slice(&value);
    Case::new(&format!("{tensor} {value:?}"), says, move || {
        WeightsFile::new("model.safetensors", &good)?.load(&GOOD.config, &GOOD.device).map(drop)
    })
}

/// A file with some tensors removed or renamed.
fn renamed(title: &str, name: impl Fn(&str) -> Option<String>, says: &'static str) -> Case {
    let renamed: serde_json::Map<String, Value> = GOOD
        .header
        .as_object()
        .unwrap()
        .iter()
        .map(|(old, tensor)| (name(old).unwrap_or_else(|| format!("unused.{old}")), tensor.clone()))
        .collect();
    bytes(title, file(Value::Object(renamed).to_string().as_bytes(), &GOOD.data), says)
}

/// The whole file in another type of two bytes, with one value replaced by `odd`.
fn halves(dtype: &str, odd: u16, says: &'static str) -> Case {
    let mut header = GOOD.header.clone();
    for tensor in header.as_object_mut().unwrap().values_mut() {
        tensor["dtype"] = json!(dtype);
        for side in 0..2 {
            let offset = tensor["data_offsets"][side].as_u64().unwrap() / 2;
            tensor["data_offsets"][side] = json!(offset);
        }
    }
    let mut data = vec![0; GOOD.data.len() / 2];
    data[..2].copy_from_slice(&odd.to_le_bytes());
    bytes(&format!("{dtype} {odd:x}"), file(header.to_string().as_bytes(), &data), says)
}

fn headers() -> Vec<Case> {
    let size = |size: u64| [&size.to_le_bytes()[..], b"{}      "].concat();
    let whole = GOOD.header.to_string();
    let lie = |text: &str, by: &str| {
        header(
            whole.replacen(text, by, 1),
            "model.safetensors: is not a complete safetensors file (invalid JSON in header",
        )
    };
    vec![
        bytes(
            "seven bytes",
            vec![0; 7],
            "model.safetensors: is not a complete safetensors file (header too small); download or export it again",
        ),
        bytes(
            "a header of no bytes",
            vec![0; 8],
            "model.safetensors: is not a complete safetensors file (invalid JSON in header: EOF",
        ),
        bytes(
            "one byte more than there is",
            size(9),
            "model.safetensors: is not a complete safetensors file (invalid header length)",
        ),
        bytes(
            "a header over the limit",
            size(100_000_001),
            "model.safetensors: is not a complete safetensors file (header too large)",
        ),
        bytes(
            "a negative size",
            size(i64::MAX as u64 + 1),
            "model.safetensors: is not a complete safetensors file (header too large)",
        ),
        bytes("no tensors", size(8), "model.safetensors: has no tensor bert."),
        bytes(
            "a pickle",
            b"PK\x03\x04\0\0\x08\x08\0\0archive/data.pkl".to_vec(),
            "model.safetensors: is not a complete safetensors file (header too large)",
        ),
        bytes(
            "a web page",
            b"<!DOCTYPE html><html>".to_vec(),
            "model.safetensors: is not a complete safetensors file (header too large)",
        ),
        header("[]", "model.safetensors: is not a complete safetensors file ("),
        header("null", "model.safetensors: is not a complete safetensors file ("),
        header(
            "{\"a\": 1}",
            "model.safetensors: is not a complete safetensors file (invalid JSON in header: invalid type: integer `1`",
        ),
        header(
            b"{\"\xFF\": 1}",
            "model.safetensors: is not a complete safetensors file (invalid UTF-8 in header",
        ),
        header(
            format!("{whole}{{"),
            "model.safetensors: is not a complete safetensors file (invalid JSON in header: trailing characters",
        ),
        header(
            &whole[..whole.len() - 1],
            "model.safetensors: is not a complete safetensors file (invalid JSON in header: EOF",
        ),
        header(
            "[".repeat(1 << 20),
            "model.safetensors: is not a complete safetensors file (invalid JSON in header",
        ),
        header(
            format!("{{\"a\": {}", "[".repeat(1 << 20)),
            "model.safetensors: is not a complete safetensors file (invalid JSON in header",
        ),
        header(
            whole.replacen('{', "{\"__metadata__\": 7, ", 1),
            "model.safetensors: is not a complete safetensors file (invalid JSON in header: invalid type",
        ),
        header(
            whole.replacen('{', "{\"__metadata__\": {\"a\": 7}, ", 1),
            "model.safetensors: is not a complete safetensors file (invalid JSON in header: invalid type",
        ),
        lie("\"dtype\":\"F32\"", "\"dtype\":\"F33\""),
        lie("\"dtype\":\"F32\"", "\"dtype\":\"f32\""),
        lie("\"dtype\":\"F32\"", "\"dtype\":\"\\u001b[2J\\n\""),
        lie("\"dtype\":\"F32\"", &format!("\"dtype\":\"{}\"", "x".repeat(1 << 20))),
        lie("\"dtype\":\"F32\",", ""),
        lie("\"dtype\":\"F32\"", "\"dtype\":32"),
        lie("\"shape\":[", "\"shape\":[-"),
        lie("\"shape\":[", "\"shape\":[1.5,"),
        lie("\"shape\":[", "\"shape\":[99999999999999999999,"),
        lie("\"data_offsets\":[0", "\"data_offsets\":[-0.5"),
        lie("\"data_offsets\":[0", "\"data_offsets\":[0,0"),
        bytes(
            "a byte too few",
            file(whole.as_bytes(), &GOOD.data[1..]),
            "model.safetensors: is not a complete safetensors file (incomplete metadata, file not fully covered)",
        ),
        bytes(
            "a byte too many",
            file(whole.as_bytes(), &[&GOOD.data[..], b"x"].concat()),
            "model.safetensors: is not a complete safetensors file (incomplete metadata",
        ),
    ]
}

fn tensors() -> Vec<Case> {
    let [begin, end] = [0, 1].map(|side| GOOD.header[TENSOR]["data_offsets"][side].as_u64().unwrap());
    let no_offset = "model.safetensors: is not a complete safetensors file (invalid offset for tensor `*; download or export";
    let no_info = "model.safetensors: is not a complete safetensors file (invalid shape, data type, or offset for tensor)";
    let overflow = "model.safetensors: is not a complete safetensors file (overflow computing buffer size";
    let (rows, columns) = (GOOD.config.hidden_size as u64, GOOD.config.intermediate_size as u64);
    let escape = format!("bert.\u{1b}[2J\n{}", "x".repeat(1 << 20));
    vec![
        offsets(0, end, no_offset),
        offsets(begin + 4, end + 4, no_offset),
        offsets(begin, end - 4, no_info),
        offsets(end, begin, no_offset),
        offsets(begin, u64::MAX, no_info),
        offsets(u64::MAX, u64::MAX, no_offset),
        bytes(
            "a hostile name",
            changed(|header| {
                header[&escape] = json!({"dtype": "F32", "shape": [1], "data_offsets": [4, 0]});
            }),
            no_offset,
        ),
        field("shape", json!([u64::MAX, u64::MAX]), overflow),
        field("shape", json!([1u64 << 62, 1]), overflow),
        field("shape", json!([1u64 << 32, 1u64 << 32]), overflow),
        field("shape", json!([0, u64::MAX]), no_info),
        field("shape", json!([]), no_info),
        field(
            "shape",
            json!([columns, rows]),
            "model.safetensors: tensor bert.encoder.layer.1.output.dense.weight has shape [40, 24]; expected [24, 40] as config.json says",
        ),
        field(
            "shape",
            json!([rows * columns]),
            "model.safetensors: tensor bert.encoder.layer.1.output.dense.weight has shape [960]; expected",
        ),
        field(
            "shape",
            Value::from([vec![1; 1 << 18], vec![rows, columns]].concat()),
            "model.safetensors: tensor bert.encoder.layer.1.output.dense.weight has shape [1, 1, 1* ... *1, 24, 40]; expected [24, 40] as config.json says",
        ),
        field(
            "dtype",
            json!("I32"),
            "model.safetensors: tensor bert.encoder.layer.1.output.dense.weight has type I32; expected F32, F16 or BF16",
        ),
        field("dtype", json!("F64"), no_info),
        field("dtype", json!("BOOL"), no_info),
        field("dtype", json!("F4"), no_info),
        renamed(
            "no embeddings",
            |name| (!name.contains("word_embeddings")).then(|| name.into()),
            "model.safetensors: has no tensor bert.embeddings.word_embeddings.weight; expected one of shape [97, 24]",
        ),
        renamed(
            "no scale",
            |name| (name != "bert.encoder.layer.0.output.LayerNorm.weight").then(|| name.into()),
            "model.safetensors: has no tensor bert.encoder.layer.0.output.LayerNorm.weight; expected one of shape [24]",
        ),
        renamed(
            "names of another model",
            |name| Some(name.replace("bert.", "roberta.")),
            "model.safetensors: has no tensor bert.",
        ),
        bytes(
            "a pooler of integers",
            changed(|header| header[POOLER]["dtype"] = json!("I32")),
            "model.safetensors: tensor bert.pooler.dense.bias has type I32; expected",
        ),
        bytes(
            "a pooler of another shape",
            changed(|header| header[POOLER]["shape"] = json!([24, 1])),
            "model.safetensors: tensor bert.pooler.dense.bias has shape [24, 1]; expected [24]",
        ),
        values(
            TENSOR,
            f32::NAN.to_le_bytes(),
            "model.safetensors: tensor bert.encoder.layer.1.output.dense.weight holds NaN; expected finite numbers",
        ),
        values(
            "bert.embeddings.word_embeddings.weight",
            f32::INFINITY.to_le_bytes(),
            "model.safetensors: tensor bert.embeddings.word_embeddings.weight holds inf",
        ),
        values(
            "classifier.weight",
            f32::NEG_INFINITY.to_le_bytes(),
            "model.safetensors: tensor classifier.weight holds -inf",
        ),
        values(POOLER, [0xFF; 4], "model.safetensors: tensor bert.pooler.dense.bias holds NaN"),
        halves("F16", 0x7C00, "model.safetensors: tensor bert.*holds inf; expected finite"),
        halves("BF16", 0xFFC0, "model.safetensors: tensor bert.*holds NaN; expected finite"),
        Case::new(
            "a giant pooler that is not there",
            "model.safetensors: has no tensor bert.embeddings.",
            || {
                let mut config = GOOD.config.clone();
                (config.hidden_size, config.num_attention_heads) = (16_384, 1);
                let empty = file(b"{}", &[]);
                let start = std::time::Instant::now();
                let found = WeightsFile::new("model.safetensors", &empty)?.load_with_fresh_head(
                    &config,
                    1,
                    &GOOD.device,
                );
                assert!(start.elapsed().as_secs() < 1, "made a pooler of a GiB first");
                found.map(drop)
            },
        ),
    ]
}

pub fn cases() -> Vec<Case> {
    let good = file(GOOD.header.to_string().as_bytes(), &GOOD.data);
    WeightsFile::new("model.safetensors", &good).unwrap().load(&GOOD.config, &GOOD.device).unwrap();
    [headers(), tensors()].into_iter().flatten().collect()
}
