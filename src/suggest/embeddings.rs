//! The vectors of texts by a model, each computed once.

use std::collections::HashMap;

use burn::module::Module;

use crate::device::Chosen;
use crate::encoder::ModelConfig;
use crate::error::Result;
use crate::model::ModelFolder;
use crate::spec::{Task, TrainingArguments};
use crate::text::{Encoded, Example, Tokenizer};
use crate::train::{Data, EvaluationOptions, encode, features};

/// Computes the vectors that a classifier reads, and keeps them by text. No label has a part in them.
pub struct Embeddings {
    folder: ModelFolder,
    config: ModelConfig,
    tokenizer: Tokenizer,
    chosen: Chosen,
    max_length: usize,
    known: HashMap<String, Vec<f32>>,
}

impl Embeddings {
    /// Texts are cut at the default length, or where the model reads fewer tokens.
    ///
    /// # Errors
    /// The configuration or the tokenizer of the model cannot be used.
    pub fn new(folder: ModelFolder, chosen: Chosen) -> Result<Self> {
        let config = folder.config()?;
        let max_length = TrainingArguments::default().max_length.min(config.max_tokens());
        let tokenizer = folder.tokenizer(&config, max_length)?;
        Ok(Embeddings { folder, config, tokenizer, chosen, max_length, known: HashMap::new() })
    }

    /// The length of a vector.
    pub fn size(&self) -> usize {
        self.config.hidden_size
    }

    /// Uses another device from now on.
    pub fn move_to(&mut self, chosen: Chosen) {
        self.chosen = chosen;
    }

    /// Returns the vectors `[texts, size]`, row-major.
    ///
    /// # Errors
    /// The device failed, the model's weights cannot be used, or the tokenizer cannot encode a text.
    pub async fn of(&mut self, texts: &[Example]) -> Result<Vec<f32>> {
        let mut new: Vec<&Example> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for text in texts {
            let key = key(text);
            if !self.known.contains_key(&key) && !places.contains_key(&key) {
                places.insert(key, new.len());
                new.push(text);
            }
        }
        if !new.is_empty() {
            let found = self.computed(&new).await?;
            let size = self.size();
            let vector = |place: usize| found[place * size..][..size].to_vec();
            self.known.extend(places.into_iter().map(|(key, place)| (key, vector(place))));
        }
        Ok(texts.iter().flat_map(|text| &self.known[&key(text)]).copied().collect())
    }

    async fn computed(&self, texts: &[&Example]) -> Result<Vec<f32>> {
        let texts: Vec<Example> =
            texts.iter().map(|text| Example { target: None, ..(*text).clone() }).collect();
        let encoded: Vec<Encoded> = encode(&self.tokenizer, &texts)?;
        // the labels do not matter: only the encoder is used
        let task = Task::classification(["a", "b"].map(String::from).to_vec());
        let sets = [encoded, Vec::new(), Vec::new(), Vec::new(), Vec::new()];
        let data = Data::of_encoded(task, sets, self.tokenizer.pad_id(), self.config.vocab_size);
        let device = self.chosen.device.clone();
        let loaded = self.folder.load_for_training(
            &data.task,
            &data.used,
            (None, None),
            0,
            &device.clone().autodiff(),
        )?;
        let options = EvaluationOptions {
            batch_size: TrainingArguments::default().per_device_eval_batch_size,
            max_length: self.max_length,
            pad_id: data.pad_id,
        };
        let found = features(&loaded.model.valid(), &data.train, options, &device).await;
        self.chosen.explain(found).await
    }
}

fn key(text: &Example) -> String {
    // a line separator keeps a pair apart from a text with the same words
    format!("{}\u{2028}{}", text.text, text.pair.as_deref().unwrap_or("\u{2029}"))
}
