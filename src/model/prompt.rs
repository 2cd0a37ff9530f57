//! The prompt that a sentence model puts before every text.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::folder::ModelFolder;
use crate::encoder::ModelConfig;
use crate::error::{Error, Result};

/// sentence-transformers' settings of a model.
pub(super) const PROMPTS: &str = "config_sentence_transformers.json";
/// The longest prompt, the same as that of a name in the record of a run (see `encoder/remembered.rs`).
const MAX_BYTES: usize = 1000;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Settings {
    prompts: BTreeMap<String, Option<String>>,
    default_prompt_name: Option<String>,
}

impl ModelFolder {
    fn prompts(&self) -> Result<Settings> {
        match self.bytes(PROMPTS) {
            [] => Ok(Settings::default()),
            bytes => serde_json::from_slice(bytes).map_err(|error| {
                let message = format!("cannot be read ({error}); expected sentence-transformers' settings");
                Error::model(self.place(PROMPTS), message)
            }),
        }
    }

    /// The prompt before every text: that of the model's training, or else sentence-transformers' default prompt. It may be
    /// empty.
    ///
    /// # Errors
    /// The settings cannot be read, or their default prompt is missing or longer than 1000 bytes.
    pub fn prompt(&self, config: &ModelConfig) -> Result<String> {
        if let Some(remembered) = &config.remembered {
            return Ok(remembered.prompt.clone().unwrap_or_default());
        }
        let Settings { mut prompts, default_prompt_name } = self.prompts()?;
        let Some(name) = default_prompt_name else { return Ok(String::new()) };
        match prompts.remove(&name).flatten() {
            Some(prompt) if prompt.len() <= MAX_BYTES => Ok(prompt),
            _ => {
                let message = format!(
                    "default_prompt_name is {name:?}; expected one of its prompts, of at most {MAX_BYTES} bytes"
                );
                Err(Error::model(self.place(PROMPTS), message))
            }
        }
    }

    /// A note on the prompt in use, or on prompts that are not used.
    pub(super) fn prompt_note(&self, config: &ModelConfig) -> Result<Option<String>> {
        let prompt = self.prompt(config)?;
        if !prompt.is_empty() {
            return Ok(Some(format!("{prompt:?} is put before every text, as the model says")));
        }
        let prompts = self.prompts()?.prompts;
        let names: Vec<&str> = prompts
            .iter()
            .filter(|(_, prompt)| prompt.as_ref().is_some_and(|prompt| !prompt.is_empty()))
            .map(|(name, _)| name.as_str())
            .take(5)
            .collect();
        Ok((!names.is_empty()).then(|| {
            format!(
                "the model has prompts ({names:?}), but {PROMPTS} has no default_prompt_name; no prompt is put before texts"
            )
        }))
    }
}
