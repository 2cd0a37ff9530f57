//! The files of a model in memory, read from a folder, taken from a browser, or to be written.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use serde_json::{Map, Value, json};

use super::convert::convert;
use super::delta::Delta;
use super::prompt::PROMPTS;
use super::shards::join;
use crate::encoder::{
    Common, Dtype, Model, ModelConfig, Pooling, UsedTokens, WeightsFile, stored, to_safetensors, values,
};
use crate::error::{Error, Result};
use crate::text::{Task, TaskKind, Tokenizer, is_lfs_pointer, of_vocabulary};

/// The tokenizer's files. subtune needs the first one only; transformers reads the others.
pub const TOKENIZER_FILES: [&str; 4] =
    ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"];
pub(super) const NEEDED: [&str; 3] = ["config.json", "model.safetensors", "tokenizer.json"];
/// The file in which a sentence model names its pooling.
pub(super) const POOLING: &str = "1_Pooling/config.json";
/// The vocabulary from which `tokenizer.json` is made if a BERT has none.
pub(super) const VOCABULARY: &str = "vocab.txt";

/// The pooling modes of sentence-transformers that subtune knows.
#[derive(serde::Deserialize)]
struct SentencePooling {
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    /// The field of newer versions.
    #[serde(default)]
    pooling_mode: Option<Value>,
}

/// A model to be trained.
pub struct Loaded {
    /// The model, on a device with autodiff.
    pub model: Model,
    /// The model's configuration, with the size of the whole vocabulary.
    pub config: ModelConfig,
    /// Whether the head comes from the checkpoint, which is so if it was trained for the same task.
    pub has_head: bool,
}

/// The task that a fine-tuned model was trained for.
pub fn task_of(config: &ModelConfig) -> Task {
    let labels = if config.problem_type == TaskKind::Regression { Vec::new() } else { config.labels() };
    let thresholds = config.remembered.as_ref().map_or(&[][..], |remembered| &remembered.thresholds);
    Task { kind: config.problem_type, labels, thresholds: thresholds.into() }
}

/// If a model was fine-tuned for the labels of `task` in another order, the place of each label in the model.
pub(super) fn label_order(config: &ModelConfig, task: &Task) -> Option<Vec<usize>> {
    let (stored, labels) = (config.labels(), &task.labels);
    let is_other = config.problem_type == task.kind && stored.len() == labels.len() && stored != *labels;
    let places: BTreeMap<&String, usize> = stored.iter().enumerate().map(|(at, label)| (label, at)).collect();
    let order = || labels.iter().map(|label| places.get(label).copied()).collect();
    is_other.then(order).flatten()
}

/// Removes `auto_map`, which names code that transformers would load from a repository: the user of the exported model did
/// not choose that code. A file that is not a JSON object stays as it is; subtune does not read it.
fn remove_code(settings: &mut Vec<u8>) {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(settings) else { return };
    if fields.shift_remove("auto_map").is_some() {
        *settings = serde_json::to_vec_pretty(&fields).expect("it was JSON");
    }
}

/// A JSON object with a field added or replaced. What is no JSON object is left as it is.
pub(super) fn with_field(object: &[u8], name: &str, value: Value) -> Vec<u8> {
    let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(object) else { return object.to_vec() };
    fields.insert(name.into(), value);
    let mut bytes = serde_json::to_vec_pretty(&fields).expect("it was JSON");
    bytes.push(b'\n');
    bytes
}

/// The files of a model, by name.
#[derive(Clone, Debug, Default)]
pub struct ModelFolder {
    name: String,
    /// Shared, because each run keeps the model that it starts from.
    files: Arc<BTreeMap<String, Vec<u8>>>,
    /// What makes another model of these files.
    delta: Option<Arc<Delta>>,
    /// A note on where the files were, if not in the named folder itself.
    pub(super) found: Option<String>,
}

impl ModelFolder {
    /// Takes files that are already in memory. Errors call the folder `name`. Weights in several files become one.
    ///
    /// # Errors
    /// A needed file is missing or a Git LFS pointer, a `vocab.txt` without a `tokenizer.json` is not BERT's, or the index of
    /// the weights does not agree with their files.
    pub fn new(name: &str, mut files: BTreeMap<String, Vec<u8>>) -> Result<Self> {
        if let (false, Some(vocabulary)) = (files.contains_key("tokenizer.json"), files.get(VOCABULARY)) {
            let settings = files.get("tokenizer_config.json").map_or(&[][..], Vec::as_slice);
            let made = of_vocabulary(vocabulary, settings).map_err(|message| Error::model(name, message))?;
            files.insert("tokenizer.json".into(), made);
        }
        join(name, &mut files)?;
        for needed in NEEDED {
            let Some(bytes) = files.get(needed) else {
                let message =
                    format!("has no {needed}; expected a Hugging Face model with {}", NEEDED.join(", "));
                return Err(Error::model(name, message));
            };
            if is_lfs_pointer(bytes) {
                let message = "is a Git LFS pointer, not the file itself; get the file with git lfs pull";
                return Err(Error::model(Path::new(name).join(needed).display().to_string(), message));
            }
        }
        if let Some(settings) = files.get_mut("tokenizer_config.json") {
            remove_code(settings);
        }
        Ok(ModelFolder { name: name.into(), files: Arc::new(files), delta: None, found: None })
    }

    /// The name of a file in errors.
    pub(crate) fn place(&self, file: &str) -> String {
        Path::new(&self.name).join(file).display().to_string()
    }

    /// The content of a file, or nothing if there is no such file. The weights of a base with a delta are those of the
    /// base.
    pub fn bytes(&self, file: &str) -> &[u8] {
        match (&self.delta, file) {
            (Some(delta), "config.json") => &delta.config,
            // how the base is used says nothing of the model that was made of it
            (Some(_), POOLING | PROMPTS) => &[],
            _ => self.files.get(file).map_or(&[], Vec::as_slice),
        }
    }

    /// Reads the configuration of the model. It does not count a layer that only carries the mean.
    ///
    /// # Errors
    /// `config.json` cannot be used, or the weights are not a safetensors file.
    pub fn config(&self) -> Result<ModelConfig> {
        let config = ModelConfig::from_json(&self.place("config.json"), self.bytes("config.json"))?;
        Ok(self.weights()?.config(config))
    }

    /// The pooling that the model was made for. It is the mean if the folder says so (sentence-transformers'
    /// `1_Pooling/config.json`), if the weights carry the mean, or if the pooler was never trained; otherwise it is the
    /// pooler.
    ///
    /// # Errors
    /// As [`config`](Self::config), or `1_Pooling/config.json` cannot be used.
    pub fn pooling(&self) -> Result<Pooling> {
        let config = self.config()?;
        if config.pooling == Pooling::Mean {
            return Ok(Pooling::Mean);
        }
        if !self.bytes(POOLING).is_empty() {
            let file = self.place(POOLING);
            let modes: SentencePooling = serde_json::from_slice(self.bytes(POOLING)).map_err(|error| {
                Error::model(
                    &file,
                    format!("cannot be read ({error}); expected sentence-transformers' pooling modes"),
                )
            })?;
            let is_mean = modes.pooling_mode_mean_tokens || modes.pooling_mode == Some("mean".into());
            return Ok(if is_mean { Pooling::Mean } else { Pooling::Cls });
        }
        Ok(if self.weights()?.has_trained_pooler(&config)? { Pooling::Cls } else { Pooling::Mean })
    }

    /// Reads the tokenizer, which cuts texts to `max_length` tokens.
    ///
    /// # Errors
    /// The tokenizer cannot be used or has more tokens or token types than the model, or `max_length` is larger than the
    /// model allows.
    pub fn tokenizer(&self, config: &ModelConfig, max_length: usize) -> Result<Tokenizer> {
        let file = self.place("tokenizer.json");
        if max_length > config.max_tokens() {
            return Err(Error::Usage(format!(
                "max_length is {max_length}; the model reads at most {} tokens",
                config.max_tokens()
            )));
        }
        let mut tokenizer = Tokenizer::from_bytes(&file, self.bytes("tokenizer.json"), max_length)?;
        if tokenizer.vocab_size() > config.vocab_size {
            let message = format!(
                "has {} tokens, but config.json says vocab_size {}; use the tokenizer of this model",
                tokenizer.vocab_size(),
                config.vocab_size
            );
            return Err(Error::model(file, message));
        }
        // a model without token types ignores them
        if config.type_vocab_size == 1 {
            tokenizer = tokenizer.with_one_type();
        } else if config.type_vocab_size > 0 && tokenizer.type_count() > config.type_vocab_size {
            let message = format!(
                "gives texts {} token types, but config.json says type_vocab_size {}; use the tokenizer of this model",
                tokenizer.type_count(),
                config.type_vocab_size
            );
            return Err(Error::model(file, message));
        }
        Ok(tokenizer.with_prompt(&self.prompt(config)?))
    }

    /// Loads a model to train for `task`, with its first `layers` layers (`None`: all), this `pooling` (`None`: [its
    /// own](Self::pooling)), and the word embeddings of the `used` tokens only. The head is that of the checkpoint if it fits
    /// the pooling and the labels, in any order; otherwise it is initialised from `seed`.
    ///
    /// # Errors
    /// The checkpoint cannot be used, or has fewer than `layers` layers.
    pub fn load_for_training(
        &self,
        task: &Task,
        used: &UsedTokens,
        (layers, pooling): (Option<usize>, Option<Pooling>),
        seed: u64,
        device: &Device,
    ) -> Result<Loaded> {
        let stored = self.config()?;
        let labels = if task.labels.is_empty() { vec!["LABEL_0".to_owned()] } else { task.labels.clone() };
        let order = label_order(&stored, task);
        let same_head = stored.labels() == labels && stored.problem_type == task.kind || order.is_some();
        let mut config = stored.with_labels(task.kind, &labels);
        if let Some(layers) = layers {
            if !(1..=config.num_hidden_layers).contains(&layers) {
                return Err(Error::Usage(format!(
                    "layers is {layers}; the model has {}, expected 1 to {}",
                    config.num_hidden_layers, config.num_hidden_layers
                )));
            }
            config.num_hidden_layers = layers;
        }
        config.pooling = pooling.map_or_else(|| self.pooling(), Ok)?;
        let weights = self.weights()?.with_used_tokens(used).with_label_order(order);
        let has_head = same_head && weights.has_classifier(&config);
        let model = match has_head {
            true => weights.load(&config, device)?,
            false => weights.load_with_fresh_head(&config, seed, device)?,
        };
        Ok(Loaded { model, config, has_head })
    }

    /// Checks the header of the weights, and returns whether they hold a classifier for the configuration's labels.
    ///
    /// # Errors
    /// The weights are not a complete safetensors file, or `config.json` cannot be used.
    pub fn check(&self) -> Result<bool> {
        Ok(self.weights()?.has_classifier(&self.config()?))
    }

    /// Whether the checkpoint's classifier fits this `pooling` (`None`: [its own](Self::pooling)).
    pub(super) fn classifier_fits(&self, pooling: Option<Pooling>) -> Result<bool> {
        let pooling = pooling.map_or_else(|| self.pooling(), Ok)?;
        Ok(self.weights()?.has_classifier(&ModelConfig { pooling, ..self.config()? }))
    }

    pub(super) fn weights(&self) -> Result<WeightsFile<'_>> {
        let weights = WeightsFile::new(&self.place("model.safetensors"), self.bytes("model.safetensors"))?;
        Ok(weights.with_changes(self.delta.as_ref().map(|delta| &delta.changes)))
    }

    /// The delta that makes another model of the files.
    pub(super) fn delta(&self) -> Option<&Delta> {
        self.delta.as_deref()
    }

    pub(super) fn with_changes(self, delta: Arc<Delta>) -> Self {
        ModelFolder { delta: Some(delta), ..self }
    }

    /// The files that a fine-tuned model has besides its weights: what the delta says, and the tokenizer's.
    pub(super) fn without_changes(&self) -> Self {
        ModelFolder { name: self.name.clone(), ..ModelFolder::from_files(self.tokenizer_files()) }
            .with_file("config.json", self.bytes("config.json").into())
    }

    pub(super) fn tokenizer_files(&self) -> BTreeMap<String, Vec<u8>> {
        let kept = |(name, _): &(&String, &Vec<u8>)| TOKENIZER_FILES.contains(&name.as_str());
        self.files.iter().filter(kept).map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
    }

    /// Loads a fine-tuned model to predict with.
    ///
    /// # Errors
    /// The checkpoint cannot be used, or has no classifier.
    pub fn load(&self, device: &Device) -> Result<(Model, ModelConfig)> {
        let (weights, config) = self.fine_tuned()?;
        Ok((weights.load(&config, device)?, config))
    }

    /// Like [`load`](Self::load), with the parameters that a delta leaves as they are from `common`, or put there. All
    /// that use it are deltas of one base.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with_common(&self, device: &Device, common: &Common) -> Result<Model> {
        let (weights, config) = self.fine_tuned()?;
        weights.load_with_common(&config, device, common)
    }

    /// Reads the weights and the configuration of a fine-tuned model.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub(super) fn fine_tuned(&self) -> Result<(WeightsFile<'_>, ModelConfig)> {
        let config = self.config()?;
        let weights = self.weights()?;
        if !weights.has_classifier(&config) {
            let named = config.num_labels();
            let message = match weights.classifier_outputs(config.family) {
                Some(found) if found != named => format!(
                    "has a classifier of {found} outputs, but config.json names {named} labels; expected as many of both"
                ),
                _ => format!(
                    "has no classifier of {named} outputs; expected a fine-tuned model; train one with subtune train"
                ),
            };
            return Err(Error::model(self.place("model.safetensors"), message));
        }
        Ok((weights, config))
    }

    /// The folder of a model that was [loaded](Self::load_for_training) from here with the `used` tokens and
    /// fine-tuned: its weights, those of all other tokens included, its configuration, and the tokenizer's files.
    ///
    /// # Errors
    /// The device failed while the weights were read.
    pub async fn export(
        &self,
        model: &Model,
        config: &ModelConfig,
        used: &UsedTokens,
        dtype: Dtype,
    ) -> Result<ModelFolder> {
        let mut files = self.tokenizer_files();
        files.extend(self.settings_for_one_type(config)?);
        files.insert("config.json".into(), config.to_json().into_bytes());
        let whole = self.weights()?.with_used_tokens(used).whole(config.family, values(model).await?)?;
        files.insert("model.safetensors".into(), to_safetensors(stored(config, whole, dtype), dtype)?);
        Ok(ModelFolder::from_files(files))
    }

    /// If the model has one token type and its tokenizer numbers the second text of a pair, `tokenizer_config.json` by which
    /// transformers gives the model no types: it looks up the number, and fails.
    fn settings_for_one_type(&self, config: &ModelConfig) -> Result<Option<(String, Vec<u8>)>> {
        if config.type_vocab_size != 1 {
            return Ok(None);
        }
        let (file, name) = (self.place("tokenizer.json"), "tokenizer_config.json");
        let tokenizer = Tokenizer::from_bytes(&file, self.bytes("tokenizer.json"), config.max_tokens())?;
        let settings = self.bytes(name);
        let settings =
            if settings.is_empty() { br#"{"tokenizer_class": "BertTokenizer"}"# } else { settings };
        let names = json!(["input_ids", "attention_mask"]);
        let with_names = || (name.to_owned(), with_field(settings, "model_input_names", names));
        Ok((tokenizer.type_count() > 1).then(with_names))
    }

    /// A folder of these files, to be written.
    pub(super) fn from_files(files: BTreeMap<String, Vec<u8>>) -> Self {
        ModelFolder { name: String::new(), files: Arc::new(files), delta: None, found: None }
    }

    /// Converts `model.safetensors` to `dtype`.
    ///
    /// # Errors
    /// The model cannot be used, or a weight is too large for `dtype`.
    pub(super) fn converted(&self, dtype: Dtype) -> Result<Vec<u8>> {
        let config = self.config()?;
        let bias = self.weights()?.settled_bias(&config, dtype)?;
        let bias = bias.map(|bias| (config.family.tensor("classifier.bias"), bias));
        convert(&self.place("model.safetensors"), self.bytes("model.safetensors"), dtype, bias)
    }

    /// Adds or replaces a file.
    pub fn with_file(mut self, name: &str, bytes: Vec<u8>) -> Self {
        Arc::make_mut(&mut self.files).insert(name.into(), bytes);
        self
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn remove(&mut self, name: &str) {
        Arc::make_mut(&mut self.files).remove(name);
    }

    /// All files by name. A base with a delta has to be made [whole](Self::whole) first.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        assert!(self.delta.is_none(), "the files are those of the base");
        &self.files
    }
}
