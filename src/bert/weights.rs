//! `model.safetensors` into a module and back out. Untrusted: the safetensors crate checks the header
//! (sizes, offsets, overlaps); name, type and shape of each tensor are checked here.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Debug;

use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::{Embedding, Linear};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype as StoredDtype, SafeTensors, TensorView, View};

use super::classifier::{BertForSequenceClassification, BertModel, Encoder, Pooler};
use super::config::BertConfig;
use super::floats::decode;
use super::layers::{Attention, BertLayer, Embeddings, Intermediate, LayerNorm, Output, SelfAttention};
use super::names::{Parameter, ParameterKind, Path};
use super::pooling;
use super::used_tokens::UsedTokens;
use crate::error::{Error, Result};
use crate::random::{Random, Stream};
use crate::spec::{Dtype, Pooling};

const WORD_EMBEDDINGS: &str = "bert.embeddings.word_embeddings";

/// A checkpoint's tensors, not yet on a device.
pub struct WeightsFile<'a> {
    file: String,
    tensors: SafeTensors<'a>,
    used: Option<&'a UsedTokens>,
}

impl<'a> WeightsFile<'a> {
    /// Opens a checkpoint. `file` names it in errors.
    ///
    /// # Errors
    /// The header is no safetensors header, or describes other bytes than there are.
    pub fn new(file: &str, bytes: &'a [u8]) -> Result<Self> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| {
            Error::model(file, format!("is no whole safetensors file ({error}); download or export it again"))
        })?;
        Ok(WeightsFile { file: file.into(), tensors, used: None })
    }

    /// Loads only the word embeddings of these tokens, in [their own numbers](UsedTokens::row).
    pub fn with_used_tokens(self, used: &'a UsedTokens) -> Self {
        WeightsFile { used: Some(used), ..self }
    }

    /// Whether the checkpoint holds a classifier with as many outputs as `config` has labels, of its pooling.
    pub fn has_classifier(&self, config: &BertConfig) -> bool {
        let shape = [config.num_labels(), config.hidden_size];
        self.tensors.tensor("classifier.weight").is_ok_and(|view| view.shape() == shape)
            && (config.pooling == Pooling::Mean) == self.carries_mean(config)
    }

    /// How many labels the classifier of the checkpoint has; none without one.
    pub fn classifier_outputs(&self) -> Option<usize> {
        self.tensors.tensor("classifier.weight").ok().and_then(|view| view.shape().first().copied())
    }

    /// Whether a layer that puts the mean of the tokens into the first one stands behind the layers of `config`.
    pub fn carries_mean(&self, config: &BertConfig) -> bool {
        pooling::carries_mean(config, |name, shape| self.values(name, shape))
    }

    /// Whether the pooler is more than initialisation left, which has a bias of exactly 0.
    ///
    /// # Errors
    /// The bias has another shape or type than `config` says.
    pub fn has_trained_pooler(&self, config: &BertConfig) -> Result<bool> {
        let bias = "bert.pooler.dense.bias";
        Ok(self.find(bias).is_some()
            && self.values(bias, &[config.hidden_size])?.iter().any(|value| *value != 0.0))
    }

    /// Builds the model on `device`, head included.
    ///
    /// # Errors
    /// A tensor is missing or has another shape or type than `config` says.
    pub fn load(&self, config: &BertConfig, device: &Device) -> Result<BertForSequenceClassification> {
        let values = |name: &str, shape: &[usize]| self.trained_values(config, name, shape);
        let source = Source { values: &values, device };
        source.model(config, || source.heads(config))
    }

    /// A parameter of the fine-tuned model, by its name and shape in Hugging Face's layout.
    ///
    /// # Errors
    /// It is missing, has another shape, or is not made of finite floats.
    pub fn trained_values(&self, config: &BertConfig, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let values = self.used_values(name, shape)?;
        Ok(if config.pooling == Pooling::Mean { pooling::unscaled(name, values) } else { values })
    }

    /// Builds the model on `device` with a fresh classifier: normal(0, initializer_range), bias 0. The pooler
    /// is read if it was ever trained; one that is absent, or whose bias is exactly 0 as initialisation left
    /// it (all-MiniLM-L6-v2), is made afresh too.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with_fresh_head(
        &self,
        config: &BertConfig,
        seed: u64,
        device: &Device,
    ) -> Result<BertForSequenceClassification> {
        let source = Source { values: &|name, shape| self.used_values(name, shape), device };
        let hidden = config.hidden_size;
        source.model(config, || {
            let fresh = |outputs, index| {
                fresh_linear(config, outputs, Random::new(seed, Stream::Initialisation, index), device)
            };
            let pooler = match config.pooling {
                Pooling::Mean => None,
                Pooling::Cls if self.has_trained_pooler(config)? => {
                    Some(source.linear("bert.pooler.dense", hidden, hidden)?)
                }
                Pooling::Cls => Some(fresh(hidden, 0)),
            };
            Ok((pooler, fresh(config.num_labels(), 1)))
        })
    }

    /// The tensor of this name, without the `bert.` prefix, or under LayerNorm's old names.
    fn find(&self, name: &str) -> Option<TensorView<'_>> {
        let bare = name.strip_prefix("bert.").unwrap_or(name);
        let old = |name: &str| {
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        };
        [name.to_owned(), bare.to_owned(), old(name), old(bare)]
            .iter()
            .find_map(|name| self.tensors.tensor(name).ok())
    }

    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let file = &self.file;
        let view = self.find(name).ok_or_else(|| {
            Error::model(file, format!("has no tensor {name}; expected one of shape {shape:?}"))
        })?;
        if view.shape() != shape {
            let found = view.shape();
            let message =
                format!("tensor {name} has shape {found:?}; expected {shape:?} as config.json says");
            return Err(Error::model(file, message));
        }
        let values = decode(&view).ok_or_else(|| {
            let message = format!("tensor {name} has type {:?}; expected F32, F16 or BF16", view.dtype());
            Error::model(file, message)
        })?;
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => {
                Err(Error::model(file, format!("tensor {name} holds {value}; expected finite numbers")))
            }
            None => Ok(values),
        }
    }

    fn used_values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let values = self.values(name, shape)?;
        match self.used {
            Some(used) if is_word_embeddings(name) => Ok(used.narrow(&values)),
            _ => Ok(values),
        }
    }

    /// The [values] of a model that was loaded from here and trained, with the word embeddings of all tokens.
    ///
    /// # Errors
    /// The checkpoint has no such word embeddings.
    pub fn whole(&self, mut trained: Vec<(Parameter, Vec<f32>)>) -> Result<Vec<(Parameter, Vec<f32>)>> {
        let Some(used) = self.used else { return Ok(trained) };
        for (parameter, values) in trained.iter_mut().filter(|(found, _)| is_word_embeddings(&found.name)) {
            parameter.shape[0] = used.vocab_size();
            *values = used.widen(self.values(&parameter.name, &parameter.shape)?, values);
        }
        Ok(trained)
    }
}

fn is_word_embeddings(name: &str) -> bool {
    name.strip_suffix(".weight") == Some(WORD_EMBEDDINGS)
}

impl BertForSequenceClassification {
    /// A model of random weights, for measuring a device: normal(0, `initializer_range`), and LayerNorm's scale that
    /// much around 1. No entry is 0, so that nothing that is computed of it drops out.
    pub fn random(config: &BertConfig, seed: u64, device: &Device) -> Self {
        let parameter = Cell::new(0);
        let values = |name: &str, shape: &[usize]| {
            let mut random =
                Random::new(seed, Stream::Initialisation, parameter.replace(parameter.get() + 1));
            let centre = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
            let scale = config.initializer_range as f32;
            Ok((0..shape.iter().product()).map(|_| centre + scale * random.normal()).collect())
        };
        let source = Source { values: &values, device };
        source.model(config, || source.heads(config)).expect("values of every shape that is asked for")
    }
}

/// A linear layer from `hidden_size` to `outputs` as BERT initialises it.
fn fresh_linear(config: &BertConfig, outputs: usize, mut random: Random, device: &Device) -> Linear {
    let scale = config.initializer_range as f32;
    let weight = (0..config.hidden_size * outputs).map(|_| random.normal() * scale).collect::<Vec<_>>();
    let weight = Tensor::from_data(TensorData::new(weight, [config.hidden_size, outputs]), device);
    linear(weight, Tensor::zeros([outputs], device))
}

fn linear(weight: Tensor<2>, bias: Tensor<1>) -> Linear {
    Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) }
}

/// The values of a parameter by its name and shape in Hugging Face's layout.
type Values<'a> = &'a dyn Fn(&str, &[usize]) -> Result<Vec<f32>>;

/// Builds modules of such values on one device.
struct Source<'a> {
    values: Values<'a>,
    device: &'a Device,
}

impl Source<'_> {
    fn vector(&self, name: &str, size: usize) -> Result<Tensor<1>> {
        let values = (self.values)(name, &[size])?;
        Ok(Tensor::from_data(TensorData::new(values, [size]), self.device))
    }

    /// Hugging Face holds a linear weight as `[out, in]`; here it is `[in, out]`.
    fn linear(&self, prefix: &str, inputs: usize, outputs: usize) -> Result<Linear> {
        let values = (self.values)(&format!("{prefix}.weight"), &[outputs, inputs])?;
        let values = transposed(&values, outputs, inputs);
        let weight = Tensor::from_data(TensorData::new(values, [inputs, outputs]), self.device);
        Ok(linear(weight, self.vector(&format!("{prefix}.bias"), outputs)?))
    }

    fn embedding(&self, prefix: &str, rows: usize, size: usize) -> Result<Embedding> {
        let values = (self.values)(&format!("{prefix}.weight"), &[rows, size])?;
        // of the word embeddings, perhaps only those that are used
        let shape = [values.len() / size, size];
        let weight = Tensor::from_data(TensorData::new(values, shape), self.device);
        Ok(Embedding { weight: Param::from_tensor(weight) })
    }

    fn layer_norm(&self, prefix: &str, config: &BertConfig) -> Result<LayerNorm> {
        let vector = |part: &str| self.vector(&format!("{prefix}.LayerNorm.{part}"), config.hidden_size);
        Ok(LayerNorm {
            weight: Param::from_tensor(vector("weight")?),
            bias: Param::from_tensor(vector("bias")?),
            epsilon: config.layer_norm_eps,
        })
    }

    fn output(&self, prefix: &str, inputs: usize, config: &BertConfig) -> Result<Output> {
        Ok(Output {
            dense: self.linear(&format!("{prefix}.dense"), inputs, config.hidden_size)?,
            layer_norm: self.layer_norm(prefix, config)?,
        })
    }

    fn layer(&self, index: usize, config: &BertConfig) -> Result<BertLayer> {
        let prefix = format!("bert.encoder.layer.{index}");
        let hidden = config.hidden_size;
        let own = |part: &str| self.linear(&format!("{prefix}.attention.self.{part}"), hidden, hidden);
        let intermediate =
            self.linear(&format!("{prefix}.intermediate.dense"), hidden, config.intermediate_size)?;
        Ok(BertLayer {
            attention: Attention {
                self_attention: SelfAttention {
                    query: own("query")?,
                    key: own("key")?,
                    value: own("value")?,
                    heads: config.num_attention_heads,
                },
                output: self.output(&format!("{prefix}.attention.output"), hidden, config)?,
            },
            intermediate: Intermediate { dense: intermediate },
            output: self.output(&format!("{prefix}.output"), config.intermediate_size, config)?,
        })
    }

    /// Pooler, where there is one, and classifier.
    fn heads(&self, config: &BertConfig) -> Result<(Option<Linear>, Linear)> {
        let hidden = config.hidden_size;
        let pooler = match config.pooling {
            Pooling::Mean => None,
            Pooling::Cls => Some(self.linear("bert.pooler.dense", hidden, hidden)?),
        };
        Ok((pooler, self.linear("classifier", hidden, config.num_labels())?))
    }

    /// The heads come last: fresh ones take time and memory, which a file without an encoder should not.
    fn model(
        &self,
        config: &BertConfig,
        heads: impl FnOnce() -> Result<(Option<Linear>, Linear)>,
    ) -> Result<BertForSequenceClassification> {
        let hidden = config.hidden_size;
        let embeddings = Embeddings {
            word_embeddings: self.embedding(WORD_EMBEDDINGS, config.vocab_size, hidden)?,
            position_embeddings: self.embedding(
                "bert.embeddings.position_embeddings",
                config.max_position_embeddings,
                hidden,
            )?,
            token_type_embeddings: self.embedding(
                "bert.embeddings.token_type_embeddings",
                config.type_vocab_size,
                hidden,
            )?,
            layer_norm: self.layer_norm("bert.embeddings", config)?,
        };
        let layer =
            (0..config.num_hidden_layers).map(|index| self.layer(index, config)).collect::<Result<_>>()?;
        let encoder = Encoder { layer };
        let (pooler, classifier) = heads()?;
        let bert = BertModel { embeddings, encoder, pooler: pooler.map(|dense| Pooler { dense }) };
        Ok(BertForSequenceClassification { bert, classifier })
    }
}

/// A row-major `[rows, columns]` matrix as `[columns, rows]`.
pub(crate) fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    // a flattened iterator does not know its length, and what collects it keeps up to twice the room
    let mut transposed = Vec::with_capacity(values.len());
    for column in 0..columns {
        transposed.extend((0..rows).map(|row| values[row * columns + column]));
    }
    transposed
}

/// The parameters' values in Hugging Face's names and layout, in the order of [`super::parameters`].
pub async fn values(model: &BertForSequenceClassification) -> Result<Vec<(Parameter, Vec<f32>)>> {
    #[derive(Default)]
    struct Collect {
        path: Path,
        found: Vec<(Parameter, Tensor<1>)>,
    }
    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, container: &str) {
            self.path.enter(name, container);
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.exit();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let tensor = param.val().inner();
            self.found.push((self.path.parameter(tensor.dims().to_vec()), tensor.flatten(0, D - 1)));
        }
    }
    let mut collect = Collect::default();
    model.visit(&mut collect);
    let mut values = Vec::with_capacity(collect.found.len());
    for (mut parameter, tensor) in collect.found {
        let flat = read(tensor).await?;
        let flat = if parameter.kind == ParameterKind::Matrix {
            let [inputs, outputs] = [parameter.shape[0], parameter.shape[1]];
            parameter.shape = vec![outputs, inputs];
            transposed(&flat, inputs, outputs)
        } else {
            flat
        };
        values.push((parameter, flat));
    }
    Ok(values)
}

/// The tensor's values on the host.
///
/// # Errors
/// The device failed.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.into_data_async().await.map_err(stopped)?;
    data.try_into_vec::<f32>().map_err(stopped)
}

/// A result that could not be read back: the device is gone, or has failed.
pub(crate) fn stopped(error: impl Debug) -> Error {
    let cause = format!("{error:?}").split_whitespace().collect::<Vec<_>>().join(" ");
    Error::DeviceLost(format!("the device stopped while a result was read: {cause}"))
}

/// `model.safetensors` of a model of this configuration.
///
/// # Errors
/// The device failed while the weights were read.
pub async fn save(
    model: &BertForSequenceClassification,
    config: &BertConfig,
    dtype: Dtype,
) -> Result<Vec<u8>> {
    to_safetensors(stored(config, values(model).await?), dtype)
}

/// A model's [values] as its checkpoint holds them.
pub fn stored(config: &BertConfig, values: Vec<(Parameter, Vec<f32>)>) -> Vec<(Parameter, Vec<f32>)> {
    match config.pooling {
        Pooling::Mean => pooling::with_mean(config, values),
        Pooling::Cls => values,
    }
}

/// `model.safetensors` of the values of a [stored] model.
///
/// # Errors
/// They are too large for the format.
pub fn to_safetensors(values: Vec<(Parameter, Vec<f32>)>, dtype: Dtype) -> Result<Vec<u8>> {
    struct Stored {
        dtype: StoredDtype,
        shape: Vec<usize>,
        bytes: Vec<u8>,
    }
    impl View for Stored {
        fn dtype(&self) -> StoredDtype {
            self.dtype
        }
        fn shape(&self) -> &[usize] {
            &self.shape
        }
        fn data(&self) -> Cow<'_, [u8]> {
            Cow::Borrowed(&self.bytes)
        }
        fn data_len(&self) -> usize {
            self.bytes.len()
        }
    }
    let stored = values.into_iter().map(|(parameter, values)| {
        let stored = Stored { dtype: dtype.stored(), shape: parameter.shape, bytes: dtype.encode(&values) };
        (parameter.name, stored)
    });
    // transformers refuses a checkpoint that does not name the framework it was written for
    let metadata = Some([("format".to_owned(), "pt".to_owned())].into_iter().collect());
    safetensors::tensor::serialize(stored, metadata)
        .map_err(|error| Error::model("model.safetensors", format!("could not be written: {error}")))
}
