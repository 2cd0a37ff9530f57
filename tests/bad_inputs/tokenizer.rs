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

fn split(pattern: Value) -> Value {
    json!({"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": false})
}

fn replace(pattern: Value, content: &str) -> Value {
    json!({"type": "Replace", "pattern": pattern, "content": content})
}

fn charsmap(base64: &str, says: &'static str) -> Case {
    at("/normalizer", json!({"type": "Precompiled", "precompiled_charsmap": base64}), says)
}

fn unigram(vocab: Value, unknown: Value) -> Value {
    json!({"type": "Unigram", "vocab": vocab, "unk_id": unknown})
}

pub fn cases() -> Vec<Case> {
    let good = common::place::tokenizer();
    Tokenizer::from_bytes("tokenizer.json", good.as_bytes(), 16).unwrap();
    let long = "x".repeat(1 << 20);
    let expected = "tokenizer.json: *; expected the tokenizer.json of an encoder (WordPiece, BPE or Unigram)";
    let no_post =
        "tokenizer.json: the post_processor does not put a special token first, then each text once";
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
            json!("WordLevel"),
            "tokenizer.json: the model is \"WordLevel\", not WordPiece, BPE or Unigram; expected",
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
        at(
            "/normalizer",
            json!({"type": "BertNormalizer"}),
            "tokenizer.json: the normalizer BertNormalizer: missing field `clean_text`",
        ),
        at("/normalizer/lowercase", json!("yes"), expected),
        at("/pre_tokenizer", Value::Null, expected),
        at(
            "/pre_tokenizer/type",
            json!(long),
            "tokenizer.json: the pre_tokenizer is \"xxxx*..., unknown here; expected",
        ),
        at("/post_processor", Value::Null, expected),
        at(
            "/post_processor",
            json!({"type": "BertProcessing", "cls": ["[CLS]", 3], "sep": ["[SEP]", 2]}),
            "tokenizer.json: the post_processor gives \"[CLS]\" the id 3, which is not that of the vocabulary",
        ),
        at(
            "/post_processor",
            json!({"type": "BertProcessing", "cls": ["[CLS]", 2]}),
            "tokenizer.json: the post_processor: missing field `sep`",
        ),
        at("/post_processor/single", json!([sequence("A", 0), special("[SEP]", 0)]), no_post),
        at(
            "/post_processor/pair",
            json!([special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0)]),
            no_post,
        ),
        at("/post_processor/pair", json!([]), no_post),
        at(
            "/post_processor/single/0",
            json!({"Other": {"id": "A", "type_id": 0}}),
            "tokenizer.json: the post_processor: unknown variant `Other`",
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
        at("/post_processor/single", json!([special("[CLS]", 64), sequence("A", 0)]), no_post),
        at("/post_processor/single", Value::Array(vec![special("[CLS]", 0); 1000]), no_post),
        at("/post_processor", json!({"type": "Sequence", "processors": [{"type": "Sequence"}]}), expected),
        at(
            "/post_processor/special_tokens",
            json!({"[CLS]": {"id": "[CLS]", "ids": [2, 2], "tokens": []}}),
            "tokenizer.json: the special token \"[CLS]\" is not one token; expected",
        ),
        at(
            "/pre_tokenizer",
            split(json!({"Regex": "(a+)+$"})),
            "tokenizer.json: the pre_tokenizer splits by \"(a+)+$\"",
        ),
        at(
            "/pre_tokenizer",
            split(json!({"String": ""})),
            "tokenizer.json: the pre_tokenizer Split has no pattern of 1",
        ),
        at(
            "/pre_tokenizer",
            split(json!({"String": long})),
            "tokenizer.json: the pre_tokenizer Split has no pattern of 1",
        ),
        at(
            "/pre_tokenizer",
            json!({"type": "Sequence", "pretokenizers": vec![json!({"type": "Whitespace"}); 17]}),
            "tokenizer.json: the pre_tokenizer has over 16 steps; expected",
        ),
        at("/pre_tokenizer", json!({"type": "Metaspace", "replacement": "ab"}), expected),
        at(
            "/normalizer",
            replace(json!({"Regex": "(a|a)*b"}), ""),
            "tokenizer.json: the normalizer replaces the pattern",
        ),
        at(
            "/normalizer",
            replace(json!({"String": ""}), "x"),
            "tokenizer.json: the normalizer replaces nothing",
        ),
        at(
            "/normalizer",
            replace(json!({"String": "x"}), &long),
            "tokenizer.json: the normalizer replaces nothing, or more",
        ),
        at(
            "/normalizer",
            json!({"type": "Sequence", "normalizers": vec![replace(json!({"String": "x"}), "xxxxxxxxxxxxxxxx"); 2]}),
            "tokenizer.json: the normalizer may make a text over 128 times longer",
        ),
        at(
            "/normalizer",
            json!({"type": "Sequence", "normalizers": vec![json!({"type": "Nmt"}); 17]}),
            "tokenizer.json: the normalizer may make a text over 128 times longer, or has over 16 steps",
        ),
        at(
            "/normalizer",
            json!({"type": "Prepend", "prepend": long}),
            "tokenizer.json: the normalizer prepends more",
        ),
        charsmap("!", "tokenizer.json: the precompiled_charsmap is not base64; expected"),
        charsmap("", "tokenizer.json: the precompiled_charsmap is damaged; expected"),
        charsmap("/////w==", "tokenizer.json: the precompiled_charsmap is damaged; expected"),
        charsmap("BAAAAAAAAAAA", "tokenizer.json: the precompiled_charsmap is damaged; expected"),
        at(
            "/model",
            json!({"type": "BPE", "vocab": {"a": 0, "[CLS]": 2, "[SEP]": 3}, "merges": [["a", "b"]]}),
            "tokenizer.json: merge 1 does not join two tokens to a third one; expected",
        ),
        at(
            "/model",
            json!({"type": "BPE", "vocab": {"a": 0}, "merges": ["a  a"]}),
            "tokenizer.json: merge 1 does not join two tokens",
        ),
        at(
            "/model",
            json!({"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]], "continuing_subword_prefix": "##"}),
            "tokenizer.json: merge 1 does not join two tokens",
        ),
        at(
            "/model",
            json!({"type": "BPE", "vocab": {}, "merges": []}),
            "tokenizer.json: the vocabulary is empty; expected",
        ),
        at(
            "/model",
            json!({"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}),
            "tokenizer.json: dropout would divide a text differently each time",
        ),
        at(
            "/model",
            json!({"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "b"}),
            "tokenizer.json: the vocabulary lacks",
        ),
        at(
            "/model",
            unigram(json!([["a", 0.0]]), json!(1)),
            "tokenizer.json: unk_id is not one of the 1 tokens; expected",
        ),
        at(
            "/model",
            unigram(json!([]), Value::Null),
            "tokenizer.json: unk_id is not one of the 0 tokens; expected",
        ),
        at(
            "/model",
            unigram(json!([[long, 0.0]]), json!(0)),
            "tokenizer.json: a token has more than 1024 bytes; expected",
        ),
        at("/model", unigram(json!([["a", "b"]]), json!(0)), expected),
        at(
            "/model",
            unigram(json!([["a", 0.0]]), json!(0)),
            "tokenizer.json: the added token \"[PAD]\" has the id 0",
        ),
        at("/added_tokens", json!([{"id": 77}]), "tokenizer.json: missing field `content`"),
        at("/added_tokens", json!(7), expected),
    ]
}
