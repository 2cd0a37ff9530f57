//! The command that downloads a missing model.

use std::path::Path;

use crate::spec::base_models::{BASE_MODELS, command, last};

/// Known models besides the recommended ones.
const OTHERS: [&str; 5] = [
    "sentence-transformers/all-MiniLM-L12-v2",
    "sentence-transformers/paraphrase-multilingual-mpnet-base-v2",
    "intfloat/multilingual-e5-base",
    "google-bert/bert-base-uncased",
    "google-bert/bert-base-multilingual-cased",
];

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
    let pools = BASE_MODELS.iter().any(|model| model.pools && model.id == hub);
    format!("{found}; to get it: {}; then give --model {name}", command(&hub, pools))
}

/// The name of a model on the hub, and the last part of that name.
fn name(folder: &Path) -> Option<(String, String)> {
    let text = folder.to_str()?.trim_end_matches('/');
    let is_plain = |part: &str| {
        let is_plain = |one: char| one.is_ascii_alphanumeric() || "._-".contains(one);
        !part.is_empty() && !part.starts_with(['.', '-']) && part.len() < 100 && part.chars().all(is_plain)
    };
    let mut models = BASE_MODELS.iter().map(|model| model.id).chain(OTHERS);
    let known = models.find(|id| id.eq_ignore_ascii_case(text) || last(id).eq_ignore_ascii_case(text));
    let hub = match (known, text.split_once('/')) {
        (Some(known), _) => known.to_owned(),
        (None, Some((owner, name))) if is_plain(owner) && is_plain(name) => text.to_owned(),
        _ => return None,
    };
    // the parent folder exists, so this is a path with a wrong last part
    if known.is_none() && folder.parent().is_some_and(|parent| parent.is_dir()) {
        return None;
    }
    let name = last(&hub).to_owned();
    Some((hub, name))
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
             tokenizer.json tokenizer_config.json 1_Pooling/config.json --local-dir multilingual-e5-small; then give --model multilingual-e5-small"
        );
        assert!(command("someone/a-model").contains("hf download someone/a-model config.json"));
        for path in ["models/x", "./x", "/nowhere/x", "a/b/c", "x", "a/$(b)", "-a/b", "Cargo.toml"] {
            assert!(!command(path).contains("hf download"), "{path}");
        }
    }
}
