//! A BERT's `vocab.txt`, which older folders hold instead of a `tokenizer.json`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::spec::quote::quoted;

/// The fields of `tokenizer_config.json` that transformers' BERT tokenizer reads, with its defaults.
#[derive(Deserialize)]
#[serde(default)]
struct Settings {
    do_lower_case: bool,
    tokenize_chinese_chars: bool,
    strip_accents: Option<bool>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { do_lower_case: true, tokenize_chinese_chars: true, strip_accents: None }
    }
}

/// Makes the `tokenizer.json` that transformers makes from the two files. The second may be empty.
///
/// # Errors
/// One of the files is wrong; the message says how.
pub fn of_vocabulary(vocabulary: &[u8], settings: &[u8]) -> Result<Vec<u8>, String> {
    let settings = match settings {
        [] => Settings::default(),
        settings => serde_json::from_slice(settings).map_err(|error| {
            format!("tokenizer_config.json, which says how it is read, cannot be read ({error})")
        })?,
    };
    let text = std::str::from_utf8(vocabulary).map_err(|_| "vocab.txt is not UTF-8".to_owned())?;
    let mut vocab = Map::new();
    for (id, token) in text.lines().enumerate() {
        // a token that is listed twice has its last id
        vocab.insert(token.trim_end().to_owned(), id.into());
    }
    let id = |name: &str| {
        vocab
            .get(name)
            .cloned()
            .ok_or_else(|| format!("vocab.txt lacks {}, so it is not BERT's", quoted(name)))
    };
    let mut special_tokens = Map::new();
    let mut added: Vec<Value> = Vec::new();
    for (name, is_needed) in
        [("[PAD]", false), ("[UNK]", true), ("[CLS]", true), ("[SEP]", true), ("[MASK]", false)]
    {
        let found = match id(name) {
            Err(error) if is_needed => return Err(error),
            Err(_) => continue,
            Ok(id) => id,
        };
        special_tokens.insert(name.into(), json!({"id": name, "ids": [found], "tokens": [name]}));
        added.push(
            json!({"id": found, "content": name, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true}),
        );
    }
    added.sort_by_key(|token| token["id"].as_u64());
    let special = |id: &str, type_id: u32| json!({"SpecialToken": {"id": id, "type_id": type_id}});
    let sequence = |id: &str, type_id: u32| json!({"Sequence": {"id": id, "type_id": type_id}});
    let single = [special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0)];
    let pair: Vec<Value> = single.iter().cloned().chain([sequence("B", 1), special("[SEP]", 1)]).collect();
    let file = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": settings.tokenize_chinese_chars,
            "strip_accents": settings.strip_accents, "lowercase": settings.do_lower_case},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special_tokens},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocab},
    });
    Ok(file.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Tokenizer;

    fn ids(settings: &str, text: &str) -> Vec<u32> {
        let vocabulary = b"[PAD]\n[UNK]\r\n[CLS]\n[SEP]\n[MASK]\nab\n##c\nAb\nab\n";
        let json = of_vocabulary(vocabulary, settings.as_bytes()).unwrap();
        Tokenizer::from_bytes("vocab.txt", &json, 16).unwrap().encode(text, None).unwrap().input_ids
    }

    #[test]
    fn a_vocabulary_alone_is_read_as_transformers_reads_it() {
        assert_eq!(ids("", "abc Ab [MASK] x"), [2, 8, 6, 8, 4, 1, 3]);
        assert_eq!(ids("{\"do_lower_case\": false}", "abc Ab"), [2, 8, 6, 7, 3]);
    }

    #[test]
    fn what_is_no_vocabulary_of_bert_is_refused() {
        let error =
            |vocabulary: &[u8], settings: &str| of_vocabulary(vocabulary, settings.as_bytes()).unwrap_err();
        assert_eq!(error(b"<s>\n</s>", ""), "vocab.txt lacks \"[UNK]\", so it is not BERT's");
        assert_eq!(error(b"\xff", ""), "vocab.txt is not UTF-8");
        assert!(error(b"[UNK]\n[CLS]\n[SEP]", "{").starts_with("tokenizer_config.json, which says how"));
    }
}
