//! Bad `tokenizer.json` files.

use serde_json::{Value, json};
use subtune::text::Tokenizer;

use super::{Case, common};

fn text(bytes: impl Into<Vec<u8>>, says: &'static str) -> Case {
    let bytes = bytes.into();
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
    Case::new(&start, says, move || Tokenizer::from_bytes("tokenizer.json", &bytes, 16).map(drop))
}

/// A tokenizer with one value replaced or added.
fn at(pointer: &str, value: Value, says: &'static str) -> Case {
    let mut file: Value = serde_json::from_str(&common::place::tokenizer()).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match file.pointer_mut(parent).unwrap() {
        Value::Array(values) => values[name.parse::<usize>().unwrap()] = value.clone(),
        fields => fields[name] = value.clone(),
    }
    let title: String = format!("{pointer} {value}").chars().take(60).collect();
    Case::new(&title, says, move || {
        Tokenizer::from_bytes("tokenizer.json", file.to_string().as_bytes(), 16).map(drop)
    })
}

fn added(content: &str, more: Value) -> Value {
    let mut token = json!({"id": 77, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                           "normalized": false, "special": false});
    token.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!([token])
}

pub fn cases() -> Vec<Case> {
    let good = common::place::tokenizer();
    Tokenizer::from_bytes("tokenizer.json", good.as_bytes(), 16).unwrap();
    let long = "x".repeat(1 << 20);
    let expected = "tokenizer.json: *; expected the tokenizer.json of a BERT model";
    let no_post = "tokenizer.json: the post_processor does not make [CLS] A [SEP] B [SEP]; expected";
    let special = |id: &str, type_id: u32| json!({"SpecialToken": {"id": id, "type_id": type_id}});
    let sequence = |id: &str, type_id: u32| json!({"Sequence": {"id": id, "type_id": type_id}});
    vec![
        text(&good.as_bytes()[..good.len() - 1], "tokenizer.json: EOF while parsing"),
        text(format!("{good}x"), "tokenizer.json: trailing characters"),
        text(good.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), expected),
        text(r#"{"model":"#.repeat(1 << 20), expected),
        text(format!("{{\"added_tokens\": {}", "[{\"id\":".repeat(1 << 20)), expected),
        text(
            " ".repeat((64 << 20) + 1),
            "tokenizer.json: the file is over 64 MiB; expected the tokenizer.json",
        ),
        at("/model", Value::Null, expected),
        at(
            "/model/type",
            json!("Unigram"),
            "tokenizer.json: the model is \"Unigram\", not WordPiece; expected the tokenizer.json of a BERT model",
        ),
        at("/model/type", json!("\u{1b}[2J\n"), expected),
        at("/model/vocab", json!([["[CLS]", 0]]), "tokenizer.json: invalid type: sequence, expected a map"),
        at("/model/vocab/a", json!(-1), expected),
        at("/model/vocab/a", json!(1.5), expected),
        at("/model/vocab/a", json!("5"), expected),
        at("/model/vocab/a", json!(u64::MAX), expected),
        at("/model/vocab/a", json!((1 << 24) + 1), "tokenizer.json: a token has the id 16777217; expected"),
        at("/model/unk_token", json!("[unk]"), "tokenizer.json: the vocabulary lacks \"[unk]\"; expected"),
        at("/model/unk_token", json!("\u{1b}[2J"), "tokenizer.json: the vocabulary lacks \"\\u{1b}[2J\""),
        at("/model/unk_token", json!(7), expected),
        text(
            good.replace("[UNK]", &"x".repeat(257)),
            "tokenizer.json: unk_token has more than 256 bytes; expected",
        ),
        at(
            "/model/continuing_subword_prefix",
            json!(long),
            "tokenizer.json: continuing_subword_prefix has more than 256 bytes; expected",
        ),
        at("/model/continuing_subword_prefix", Value::Null, expected),
        at(
            "/model/max_input_chars_per_word",
            json!(0),
            "tokenizer.json: max_input_chars_per_word is 0, not 1 to 256; expected",
        ),
        at(
            "/model/max_input_chars_per_word",
            json!(u64::MAX),
            "tokenizer.json: max_input_chars_per_word is 18446744073709551615, not 1 to 256",
        ),
        at("/model/max_input_chars_per_word", json!(-1), expected),
        at("/normalizer", json!({"type": "Sequence", "normalizers": []}), expected),
        at("/normalizer", json!({"type": "BertNormalizer"}), "tokenizer.json: missing field `clean_text`"),
        at("/normalizer/lowercase", json!("yes"), expected),
        at("/pre_tokenizer", Value::Null, expected),
        at("/pre_tokenizer/type", json!(long), "tokenizer.json: the pre_tokenizer is \"xxxx*...; expected"),
        at("/post_processor", Value::Null, expected),
        at(
            "/post_processor",
            json!({"type": "BertProcessing", "cls": ["[CLS]", 3], "sep": ["[SEP]", 2]}),
            no_post,
        ),
        at("/post_processor", json!({"type": "BertProcessing", "cls": ["[CLS]", 2]}), no_post),
        at(
            "/post_processor/single",
            json!([special("[SEP]", 0), sequence("A", 0), special("[CLS]", 0)]),
            no_post,
        ),
        at(
            "/post_processor/single",
            json!([special("[CLS]", 0), sequence("A", 1), special("[SEP]", 0)]),
            no_post,
        ),
        at(
            "/post_processor/pair",
            json!([special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0)]),
            no_post,
        ),
        at("/post_processor/pair", json!([]), no_post),
        at(
            "/post_processor/single/0",
            json!({"Other": {"id": "A", "type_id": 0}}),
            "tokenizer.json: unknown variant `Other`",
        ),
        at(
            "/added_tokens",
            added("[X]", json!({"id": 99})),
            "tokenizer.json: the added token \"[X]\" has the id 99, which does not follow the vocabulary",
        ),
        at("/added_tokens", added("[X]", json!({"id": -1})), expected),
        at(
            "/added_tokens",
            added(&long, json!({})),
            "tokenizer.json: the added token \"xxxx*... is empty or too long",
        ),
        at(
            "/added_tokens",
            added("[X]", json!({"rstrip": true})),
            "tokenizer.json: the added token \"[X]\" has lstrip, rstrip or single_word",
        ),
        at(
            "/added_tokens",
            added("[X]", json!({"single_word": true})),
            "tokenizer.json: the added token \"[X]\" has",
        ),
        at(
            "/added_tokens",
            added("\u{301}", json!({"normalized": true})),
            "tokenizer.json: the added token \"\\u{301}\" is empty",
        ),
        at(
            "/added_tokens",
            added("\u{1b}", json!({"normalized": true})),
            "tokenizer.json: the added token \"\\u{1b}\" is empty",
        ),
        at(
            "/added_tokens",
            Value::Array(vec![added("[X]", json!({}))[0].clone(); 1001]),
            "tokenizer.json: more than 1000 added tokens; expected",
        ),
        at("/added_tokens", json!([{"id": 77}]), "tokenizer.json: missing field `content`"),
        at("/added_tokens", json!(7), expected),
    ]
}
