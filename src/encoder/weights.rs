//! Reads `model.safetensors` into a model. The file is untrusted: the safetensors crate checks its header (sizes, offsets,
//! overlaps), and this file checks the name, type and shape of each tensor.

use burn::tensor::Device;
use safetensors::tensor::{SafeTensors, TensorView};

use super::builder::{Builder, Common, fresh_heads};
use super::changes::{Change, Changes, Origin};
use super::config::ModelConfig;
use super::family::{Family, Network};
use super::floats::{decode, decodes};
use super::model::Model;
use super::names::Parameter;
use super::pooling::{self, added_layers};
use super::used_tokens::UsedTokens;
use crate::error::{Error, Result};
use crate::spec::{Dtype, Pooling};

const CLASSIFIER: &str = "classifier.weight";
const WORD_EMBEDDINGS: &str = "embeddings.word_embeddings.weight";

/// A parameter as it is stored.
enum Stored<'a> {
    File(TensorView<'a>),
    /// A change, and what it is a change of, if not of zeros.
    Changed(&'a Change, Option<TensorView<'a>>),
}

impl Stored<'_> {
    fn shape(&self) -> &[usize] {
        match self {
            Stored::File(view) => view.shape(),
            Stored::Changed(change, _) => &change.shape,
        }
    }
}

/// What a tensor of this name may be called: as it is, without the family's prefix, and either with LayerNorm's old names.
fn names(family: &Family, name: &str) -> [String; 4] {
    let bare = name.strip_prefix(family.prefix).unwrap_or(name);
    let old = |name: &str| {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    };
    [name.into(), bare.into(), old(name), old(bare)]
}

/// The tensors of a checkpoint, not yet on a device.
pub struct WeightsFile<'a> {
    file: String,
    tensors: SafeTensors<'a>,
    /// Makes another model of it.
    changes: Option<&'a Changes>,
    used: Option<&'a UsedTokens>,
    label_order: Option<Vec<usize>>,
}

impl<'a> WeightsFile<'a> {
    /// Opens a checkpoint. Errors call it `file`.
    ///
    /// # Errors
    /// The header is not one of safetensors, or does not match the size of the file.
    pub fn new(file: &str, bytes: &'a [u8]) -> Result<Self> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| {
            Error::model(
                file,
                format!("is not a complete safetensors file ({error}); download or export it again"),
            )
        })?;
        Ok(WeightsFile { file: file.into(), tensors, changes: None, used: None, label_order: None })
    }

    /// Loads the model that these changes make of the checkpoint.
    pub fn with_changes(self, changes: Option<&'a Changes>) -> Self {
        WeightsFile { changes, ..self }
    }

    /// Restricts loading to the word embeddings of these tokens, in [narrow form](UsedTokens::narrow).
    pub fn with_used_tokens(self, used: &'a UsedTokens) -> Self {
        WeightsFile { used: Some(used), ..self }
    }

    /// Makes loading reorder the outputs of the classifier. `label_order` names each output once.
    pub fn with_label_order(self, label_order: Option<Vec<usize>>) -> Self {
        WeightsFile { label_order, ..self }
    }

    /// Whether the checkpoint holds a classifier that fits the labels and the pooling of `config`.
    pub fn has_classifier(&self, config: &ModelConfig) -> bool {
        self.find(config.family, CLASSIFIER)
            .is_some_and(|found| found.shape() == [config.num_labels(), config.hidden_size])
            && (config.pooling == Pooling::Mean) == self.carries_mean(config)
    }

    /// The number of outputs of the classifier, or `None` if the checkpoint has no classifier.
    pub fn classifier_outputs(&self, family: &Family) -> Option<usize> {
        self.find(family, CLASSIFIER).and_then(|found| found.shape().first().copied())
    }

    /// Whether a layer that carries the mean follows the layers of `config`.
    fn carries_mean(&self, config: &ModelConfig) -> bool {
        pooling::carries_mean(config, |place, shape| self.values(config.family, place, shape))
    }

    /// Turns the configuration in `config.json` into that of the model: if the checkpoint carries the mean, the layer that
    /// does so is not counted.
    pub fn config(&self, config: ModelConfig) -> ModelConfig {
        let pooled = ModelConfig { pooling: Pooling::Mean, ..config.clone() };
        let layers = config.num_hidden_layers - added_layers(&pooled);
        let pooled = ModelConfig { num_hidden_layers: layers, ..pooled };
        if layers > 0 && self.carries_mean(&pooled) { pooled } else { config }
    }

    /// Whether the pooler was ever trained. An untrained one has a bias of exactly 0. ModernBERT's has no bias, and its
    /// weights may come from predicting masked words, so it counts as trained only if a classifier follows it.
    ///
    /// # Errors
    /// The bias has another shape or type than `config` says.
    pub fn has_trained_pooler(&self, config: &ModelConfig) -> Result<bool> {
        let (family, bias) = (config.family, "pooler.dense.bias");
        if family.network == Network::ModernBert {
            return Ok(self.find(family, CLASSIFIER).is_some());
        }
        Ok(self.find(family, bias).is_some()
            && self.values(family, bias, &[config.hidden_size])?.iter().any(|value| *value != 0.0))
    }

    /// Builds the model on `device`, with its head.
    ///
    /// # Errors
    /// A tensor is missing or has another shape or type than `config` says.
    pub fn load(&self, config: &ModelConfig, device: &Device) -> Result<Model> {
        let values = |place: &str, shape: &[usize]| self.trained_values(config, place, shape);
        let builder = Builder::new(&values, device);
        builder.model(config, || builder.heads(config))
    }

    /// Like [`load`](Self::load), with those parameters of the encoder that no change concerns from `common`, or put
    /// there.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with_common(&self, config: &ModelConfig, device: &Device, common: &Common) -> Result<Model> {
        let values = |place: &str, shape: &[usize]| self.trained_values(config, place, shape);
        let is_common = |place: &str, shape: &[usize]| match self.find(config.family, place) {
            // a head depends on the pooling, which the base does not know
            _ if place.starts_with("pooler.") || place.starts_with("classifier.") => false,
            Some(Stored::Changed(change, Some(_))) => change.values.is_empty() && change.shape == shape,
            _ => false,
        };
        let builder = Builder::new(&values, device).with_common(common, &is_common);
        builder.model(config, || builder.heads(config))
    }

    /// Reads a parameter of the fine-tuned model, by its place and its shape in Hugging Face's layout.
    ///
    /// # Errors
    /// It is missing, has another shape, or holds something other than finite floats.
    pub fn trained_values(&self, config: &ModelConfig, place: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let values = self.used_values(config.family, place, shape)?;
        // before the labels are reordered, because `without_mean` reads the classifier as it is stored
        let values = match config.pooling {
            Pooling::Cls => values,
            Pooling::Mean => pooling::without_mean(config, place, values, |place, shape| {
                self.values(config.family, place, shape)
            })?,
        };
        Ok(self.ordered(place, values))
    }

    /// Builds the model on `device` with a fresh classifier: weights from normal(0, `initializer_range`), bias 0. A trained
    /// pooler is read; one that is absent or untrained (all-MiniLM-L6-v2) is initialised too.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with_fresh_head(&self, config: &ModelConfig, seed: u64, device: &Device) -> Result<Model> {
        let values = |place: &str, shape: &[usize]| self.used_values(config.family, place, shape);
        let builder = Builder::new(&values, device);
        builder.model(config, || {
            let keeps = config.pooling == Pooling::Cls
                && match config.family.network {
                    Network::PostNorm => self.has_trained_pooler(config)?,
                    // as transformers does, this starts from the pooler that predicted masked words
                    Network::ModernBert => self.find(config.family, "pooler.dense.weight").is_some(),
                };
            let pooler = keeps.then(|| builder.pooler(config)).transpose()?;
            fresh_heads(config, pooler, seed, device)
        })
    }

    /// Corrects the classifier's bias for storing the checkpoint in `dtype`; `None` if it stays the same.
    ///
    /// # Errors
    /// The classifier has another shape or type than `config` says.
    pub fn settled_bias(&self, config: &ModelConfig, dtype: Dtype) -> Result<Option<Vec<f32>>> {
        if config.pooling == Pooling::Cls {
            return Ok(None);
        }
        let (family, labels) = (config.family, config.num_labels());
        let weight = self.values(family, CLASSIFIER, &[labels, config.hidden_size])?;
        let bias = self.values(family, "classifier.bias", &[labels])?;
        Ok(pooling::settled_bias(config, dtype, &weight, &bias))
    }

    /// The parameter at a place, under one of its [names].
    fn find(&self, family: &Family, place: &str) -> Option<Stored<'_>> {
        let name = family.tensor(place);
        match self.changes {
            None => self.tensor(family, &name).map(Stored::File),
            Some(changes) => {
                let names = names(family, &name);
                let (name, change) = names.iter().find_map(|name| changes.get_key_value(name))?;
                Some(Stored::Changed(change, self.origin(family, name, change)))
            }
        }
    }

    /// The tensor that is called so here, or by another of its [names].
    fn tensor(&self, family: &Family, name: &str) -> Option<TensorView<'a>> {
        names(family, name).iter().find_map(|name| self.tensors.tensor(name).ok())
    }

    /// The tensor of this name and shape, if it holds floats.
    fn before(&self, family: &Family, name: &str, shape: &[usize]) -> Option<TensorView<'a>> {
        self.tensor(family, name).filter(|view| view.shape() == shape && decodes(view))
    }

    /// What the tensor of this name is a change of, if not of zeros.
    fn origin(&self, family: &Family, name: &str, change: &Change) -> Option<TensorView<'a>> {
        self.before(family, name, &change.shape).filter(|_| change.origin == Origin::Base)
    }

    /// The values of the tensor of this name and shape, of which others may be a change.
    pub fn values_before(&self, family: &Family, name: &str, shape: &[usize]) -> Option<Vec<f32>> {
        self.before(family, name, shape).and_then(|view| decode(&view))
    }

    /// Whether this is the base that a change of the tensor of this name asks for.
    pub fn has_origin(&self, family: &Family, name: &str, change: &Change) -> bool {
        change.origin == Origin::Zeros || self.origin(family, name, change).is_some()
    }

    /// The tensor of this name once it is changed.
    pub fn changed(&self, family: &Family, name: &str, change: &Change) -> Vec<f32> {
        change.applied(self.origin(family, name, change).and_then(|view| decode(&view)))
    }

    /// The numbers in all tensors.
    pub fn entries(&self) -> usize {
        self.tensors.iter().map(|(_, view)| view.shape().iter().product::<usize>()).sum()
    }

    fn values(&self, family: &Family, place: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let (file, name) = (&self.file, family.tensor(place));
        let found = self.find(family, place).ok_or_else(|| {
            Error::model(file, format!("has no tensor {name}; expected one of shape {shape:?}"))
        })?;
        if found.shape() != shape {
            let found = found.shape();
            let message =
                format!("tensor {name} has shape {found:?}; expected {shape:?} as config.json says");
            return Err(Error::model(file, message));
        }
        let values = match found {
            Stored::Changed(change, before) => change.applied(before.and_then(|view| decode(&view))),
            Stored::File(view) => decode(&view).ok_or_else(|| {
                let message = format!("tensor {name} has type {:?}; expected F32, F16 or BF16", view.dtype());
                Error::model(file, message)
            })?,
        };
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => {
                Err(Error::model(file, format!("tensor {name} holds {value}; expected finite numbers")))
            }
            None => Ok(values),
        }
    }

    fn ordered(&self, place: &str, values: Vec<f32>) -> Vec<f32> {
        match &self.label_order {
            Some(order) if place.starts_with("classifier.") => {
                let rows: Vec<&[f32]> = values.chunks(values.len() / order.len()).collect();
                order.iter().flat_map(|row| rows[*row]).copied().collect()
            }
            _ => values,
        }
    }

    fn used_values(&self, family: &Family, place: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let values = self.values(family, place, shape)?;
        match self.used {
            Some(used) if place == WORD_EMBEDDINGS => Ok(used.narrow(&values)),
            _ => Ok(values),
        }
    }

    /// Completes the [values](super::values) of a model that was loaded from this checkpoint and trained: the result has the
    /// word embeddings of all tokens.
    ///
    /// # Errors
    /// The checkpoint has no such word embeddings.
    pub fn whole(
        &self,
        family: &Family,
        mut trained: Vec<(Parameter, Vec<f32>)>,
    ) -> Result<Vec<(Parameter, Vec<f32>)>> {
        let Some(used) = self.used else { return Ok(trained) };
        for (parameter, values) in trained.iter_mut().filter(|(found, _)| found.place == WORD_EMBEDDINGS) {
            parameter.shape[0] = used.vocab_size();
            *values = used.widen(self.values(family, &parameter.place, &parameter.shape)?, values);
        }
        Ok(trained)
    }
}
