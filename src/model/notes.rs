//! Notes for the user on a model's files.

use serde::Deserialize;

use super::folder::{ModelFolder, label_order, task_of};
use crate::encoder::{ModelConfig, Pooling};
use crate::error::Result;
use crate::text::{Task, TaskKind};

/// The number of class names that a note lists.
const SHOWN_LABELS: usize = 5;

impl ModelFolder {
    /// A note on the classifier of a model that was fine-tuned before, if a run for `task` with this `pooling` replaces it or
    /// reorders its labels.
    ///
    /// # Errors
    /// The configuration or the weights cannot be read.
    pub fn classifier_note(&self, task: &Task, pooling: Option<Pooling>) -> Result<Option<String>> {
        let config = self.config()?;
        let trained_for = task_of(&config);
        if trained_for.is_same(task) || !self.check()? {
            return Ok(None);
        }
        if label_order(&config, task).is_some() && self.classifier_fits(pooling)? {
            return Ok(Some(
                "the model was fine-tuned for the same labels in another order; its classifier is kept, label by label".into(),
            ));
        }
        let difference = match trained_for.kind {
            TaskKind::Classification => format!("the labels {}", list_labels(&trained_for.labels)),
            TaskKind::MultiLabel => format!("several of the labels {}", list_labels(&trained_for.labels)),
            TaskKind::Regression => "a regression".into(),
        };
        Ok(Some(format!(
            "the model was fine-tuned for {difference}; its classifier does not fit this task and is replaced by a new one"
        )))
    }

    /// Notes on where the files were found, on a tokenizer that Python may read differently, and on the prompt.
    ///
    /// # Errors
    /// As [`prompt`](Self::prompt).
    pub fn reading_notes(&self, config: &ModelConfig) -> Result<Vec<String>> {
        let notes = [self.found.clone(), self.tokenizer_note(), self.prompt_note(config)?];
        Ok(notes.into_iter().flatten().collect())
    }

    /// A note if Python may tokenise texts differently than subtune.
    fn tokenizer_note(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Settings {
            do_lower_case: Option<bool>,
        }
        #[derive(Deserialize)]
        struct Tokenizer {
            normalizer: Option<Normalizer>,
        }
        #[derive(Deserialize)]
        struct Normalizer {
            lowercase: Option<bool>,
        }
        let settings: Settings = serde_json::from_slice(self.bytes("tokenizer_config.json")).ok()?;
        let tokenizer: Tokenizer = serde_json::from_slice(self.bytes("tokenizer.json")).ok()?;
        let lowers = tokenizer.normalizer.and_then(|normalizer| normalizer.lowercase).unwrap_or(false);
        let says = settings.do_lower_case.filter(|says| *says != lowers)?;
        let does = if lowers { "turns texts to lower case" } else { "keeps the case of texts" };
        Some(format!(
            "tokenizer_config.json says do_lower_case {says}, but tokenizer.json {does}, which is done here; transformers \
             may go by the former, so make the two agree"
        ))
    }
}

/// Lists the first labels, and the number of others.
fn list_labels(labels: &[String]) -> String {
    let first: Vec<String> = labels.iter().take(SHOWN_LABELS).map(|label| format!("{label:?}")).collect();
    match labels.len() - first.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
