//! The command that downloads a missing model.

use std::path::Path;

/// The models of docs/models.md, which users may name by the last part of their name.
const KNOWN: [&str; 14] = [
    "sentence-transformers/all-MiniLM-L6-v2",
    "sentence-transformers/all-MiniLM-L12-v2",
    "sentence-transformers/all-mpnet-base-v2",
    "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
    "sentence-transformers/paraphrase-multilingual-mpnet-base-v2",
    "intfloat/multilingual-e5-small",
    "intfloat/multilingual-e5-base",
    "BAAI/bge-small-en-v1.5",
    "google-bert/bert-base-uncased",
    "google-bert/bert-base-multilingual-cased",
    "distilbert/distilbert-base-uncased",
    "FacebookAI/roberta-base",
    "FacebookAI/xlm-roberta-base",
    "answerdotai/ModernBERT-base",
];
/// The files of a model that subtune needs.
const FILES: &str = "config.json model.safetensors tokenizer.json tokenizer_config.json";

/// The message about a folder that does not exist. If its name is that of a model, it gives the command to download it.
pub fn how_to_get(folder: &Path) -> String {
    let found = match folder.exists() {
        true => "is not a folder",
        false => "is not there",
    };
    let Some((hub, name)) = name(folder).filter(|_| !folder.exists()) else {
        return format!(
            "{found}; expected a folder with a Hugging Face model (config.json, model.safetensors, tokenizer.json); \
             docs/models.md says how to get one"
        );
    };
    format!("{found}; to get it: hf download {hub} {FILES} --local-dir {name}; then give --model {name}")
}

/// The name of a model on the hub, and the last part of that name.
fn name(folder: &Path) -> Option<(String, String)> {
    let text = folder.to_str()?.trim_end_matches('/');
    let is_plain = |part: &str| {
        let is_plain = |one: char| one.is_ascii_alphanumeric() || "._-".contains(one);
        !part.is_empty() && !part.starts_with(['.', '-']) && part.len() < 100 && part.chars().all(is_plain)
    };
    let known = KNOWN.iter().find(|known| {
        known.eq_ignore_ascii_case(text)
            || known.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(text))
    });
    let hub = match (known, text.split_once('/')) {
        (Some(known), _) => (*known).to_owned(),
        (None, Some((owner, name))) if is_plain(owner) && is_plain(name) => text.to_owned(),
        _ => return None,
    };
    // the parent folder exists, so this is a path with a wrong last part
    if known.is_none() && folder.parent().is_some_and(|parent| parent.is_dir()) {
        return None;
    }
    let last = hub.rsplit('/').next()?.to_owned();
    Some((hub, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_model_leads_to_the_command_that_gets_it() {
        let command = |name: &str| how_to_get(Path::new(name));
        assert_eq!(
            command("multilingual-e5-small"),
            "is not there; to get it: hf download intfloat/multilingual-e5-small config.json model.safetensors \
             tokenizer.json tokenizer_config.json --local-dir multilingual-e5-small; then give --model multilingual-e5-small"
        );
        assert!(command("someone/a-model").contains("hf download someone/a-model config.json"));
        for path in ["models/x", "./x", "/nowhere/x", "a/b/c", "x", "a/$(b)", "-a/b", "Cargo.toml"] {
            assert!(!command(path).contains("hf download"), "{path}");
        }
    }
}
