//! ModernBERT (Warner et al., 2024). It normalises before each part, rotates queries and keys by their position, restricts
//! attention to near tokens in some layers, and has no biases.

use burn::module::Module;
use burn::nn::{Embedding, Linear};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::{Map, Value, json};

use super::activation::Activation;
use super::builder::Builder;
use super::config::ModelConfig;
use super::family::{Defaults, Family, Network, Positions};
use super::fields::Fields;
use super::inputs::Inputs;
use super::layers::{LayerNorm, attention_bias, linear3, scores_of_token};
use crate::error::{Error, Result};
use crate::kernels;

pub static FAMILY: Family = Family {
    model_type: "modernbert",
    architecture: "ModernBertForSequenceClassification",
    network: Network::ModernBert,
    prefix: "model.",
    layers: "layers",
    tensors: &[
        ("embeddings.word_embeddings", "embeddings.tok_embeddings"),
        ("embeddings.LayerNorm", "embeddings.norm"),
        ("attention_norm", "attn_norm"),
        ("attention.projection", "attn.Wqkv"),
        ("attention.output", "attn.Wo"),
        ("mlp.input", "mlp.Wi"),
        ("mlp.output", "mlp.Wo"),
    ],
    heads: &[("pooler", "head"), ("classifier", "classifier")],
    settings: &[
        ("hidden_act", "hidden_activation"),
        ("layer_norm_eps", "norm_eps"),
        ("hidden_dropout_prob", "mlp_dropout"),
        ("attention_probs_dropout_prob", "attention_dropout"),
        ("position_embedding_type", ""),
    ],
    defaults: Defaults { pad_token_id: 50_283, layer_norm_eps: 1e-5, dropout: 0.0 },
    positions: Positions::Rotary,
    has_token_types: false,
    projects_embeddings: false,
    has_relative_positions: false,
    // unused: config.json names the activation
    head: Activation::Gelu,
};

/// The fields of `config.json` that no other family has.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether each layer attends to all tokens.
    pub global: Vec<bool>,
    /// The number of tokens that a local layer attends to, half of them on each side.
    pub local_attention: usize,
    /// The base of the rotation angles, for global and for local layers.
    pub rope_theta: [f64; 2],
    /// Whether the checkpoint's classifier reads the mean of the tokens instead of the first token.
    pub reads_mean: bool,
    /// The activation after the classifier's dense layer.
    pub classifier_activation: Activation,
}

const KINDS: [&str; 2] = ["full_attention", "sliding_attention"];

impl Settings {
    pub(super) fn read(fields: &Fields, layers: usize, head_size: usize) -> Result<Self> {
        if !head_size.is_multiple_of(2) {
            let message =
                format!("hidden_size / num_attention_heads is {head_size}; expected an even number");
            return Err(Error::model(fields.file, message));
        }
        for name in ["attention_bias", "mlp_bias", "norm_bias", "classifier_bias"] {
            fields.only(name, false)?;
        }
        if fields.get("rope_scaling").is_some() {
            return fields.wrong("rope_scaling", "null; no other is supported");
        }
        let reads_mean = match fields.get("classifier_pooling").map(Value::as_str) {
            None | Some(Some("cls")) => false,
            Some(Some("mean")) => true,
            Some(_) => return fields.wrong("classifier_pooling", "\"cls\" or \"mean\""),
        };
        let theta = |kind: &str, name: &str, default| rope_theta(fields, kind, name, default);
        Ok(Settings {
            global: global(fields, layers)?,
            local_attention: fields.whole("local_attention", Some(128), 2..=65_536)? as usize,
            rope_theta: [
                theta(KINDS[0], "global_rope_theta", 160_000.0)?,
                theta(KINDS[1], "local_rope_theta", 10_000.0)?,
            ],
            reads_mean,
            classifier_activation: fields.activation("classifier_activation")?,
        })
    }

    /// The same settings, but the classifier reads the mean of the tokens and only normalises it.
    pub(super) fn plain(self) -> Self {
        Settings { reads_mean: true, classifier_activation: Activation::Identity, ..self }
    }

    /// Whether [`plain`](Self::plain) would change nothing.
    pub(super) fn is_plain(&self) -> bool {
        self.reads_mean && self.classifier_activation == Activation::Identity
    }

    /// Writes the fields of `config.json`, for the first `layers` layers.
    pub(super) fn write(&self, layers: usize, json: &mut Map<String, Value>) {
        let [global, local] = self.rope_theta;
        let kinds: Vec<&str> =
            self.global[..layers].iter().map(|global| KINDS[usize::from(!global)]).collect();
        let rope = |theta: f64| json!({ "rope_type": "default", "rope_theta": theta });
        let pooling = if self.reads_mean { "mean" } else { "cls" };
        let fields = json!({
            "local_attention": self.local_attention,
            "layer_types": kinds,
            "rope_parameters": { KINDS[0]: rope(global), KINDS[1]: rope(local) },
            // transformers before version 5 reads these three
            "global_attn_every_n_layers": self.period(layers),
            "global_rope_theta": global,
            "local_rope_theta": local,
            "classifier_pooling": pooling,
            "classifier_activation": self.classifier_activation.name(),
        });
        let Value::Object(fields) = fields else { unreachable!("it is an object") };
        json.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    }

    /// The distance between global layers, if it is always the same.
    fn period(&self, layers: usize) -> Option<usize> {
        (1..=layers)
            .find(|n| self.global[..layers].iter().enumerate().all(|(i, global)| *global == (i % n == 0)))
    }
}

/// Reads whether each layer attends to all tokens.
fn global(fields: &Fields, layers: usize) -> Result<Vec<bool>> {
    let Some(types) = fields.get("layer_types") else {
        let every = fields.whole("global_attn_every_n_layers", Some(3), 1..=256)? as usize;
        return Ok((0..layers).map(|layer| layer.is_multiple_of(every)).collect());
    };
    let kind = |value: &Value| KINDS.iter().position(|kind| value == kind).map(|place| place == 0);
    let found = types.as_array().filter(|types| types.len() == layers);
    let found = found.and_then(|types| types.iter().map(kind).collect::<Option<Vec<bool>>>());
    match found {
        Some(found) => Ok(found),
        None => fields.wrong("layer_types", &format!("{:?} or {:?} for each layer", KINDS[0], KINDS[1])),
    }
}

fn rope_theta(fields: &Fields, kind: &str, name: &str, default: f64) -> Result<f64> {
    let field = match fields.get("rope_parameters") {
        None => fields.get(name),
        Some(parameters) => {
            let parameters = &parameters[kind];
            if !matches!(parameters["rope_type"].as_str(), None | Some("default")) {
                return fields.wrong("rope_parameters", "the rope_type \"default\"; no other is supported");
            }
            Some(&parameters["rope_theta"]).filter(|value| !value.is_null()).or_else(|| fields.get(name))
        }
    };
    match field.map(|value| value.as_f64().filter(|theta| (1.0..=1e12).contains(theta))) {
        None => Ok(default),
        Some(Some(theta)) => Ok(theta),
        Some(None) => fields.wrong(name, "a rope_theta from 1 to 1e12"),
    }
}

#[derive(Module, Debug)]
pub struct ModernBert {
    pub embeddings: Embeddings,
    pub layer: Vec<Layer>,
    pub final_norm: LayerNorm,
    #[module(skip)]
    rope_theta: [f64; 2],
    #[module(skip)]
    local_attention: usize,
}

#[derive(Module, Debug)]
pub struct Embeddings {
    pub word_embeddings: Embedding,
    pub layer_norm: LayerNorm,
}

#[derive(Module, Debug)]
pub struct Attention {
    /// Query, key and value side by side, `[hidden, 3 * hidden]`.
    pub projection: Linear,
    pub output: Linear,
    #[module(skip)]
    heads: usize,
}

#[derive(Module, Debug)]
pub struct Mlp {
    /// The activated half and the gate that multiplies it, side by side, `[hidden, 2 * intermediate]`.
    pub input: Linear,
    pub output: Linear,
    #[module(skip)]
    activation: Activation,
}

#[derive(Module, Debug)]
pub struct Layer {
    /// `None` in the first layer, whose input is already normalised.
    pub attention_norm: Option<LayerNorm>,
    pub attention: Attention,
    pub mlp_norm: LayerNorm,
    pub mlp: Mlp,
    #[module(skip)]
    is_global: bool,
}

impl ModernBert {
    pub(super) fn build(from: &Builder, config: &ModelConfig, settings: &Settings) -> Result<Self> {
        let hidden = config.hidden_size;
        let embeddings = Embeddings {
            word_embeddings: from.embedding("embeddings.word_embeddings", config.vocab_size, hidden)?,
            layer_norm: from.scale_norm("embeddings.LayerNorm", config)?,
        };
        let kinds = settings.global.iter().take(config.num_hidden_layers).enumerate();
        let layer = kinds.map(|(index, global)| Layer::build(from, config, index, *global));
        Ok(ModernBert {
            embeddings,
            layer: layer.collect::<Result<_>>()?,
            final_norm: from.scale_norm("final_norm", config)?,
            rope_theta: settings.rope_theta,
            local_attention: settings.local_attention,
        })
    }

    /// Computes the output of every layer, each `[batch, length, hidden]`. The last is normalised.
    pub fn hidden_states(&self, inputs: Inputs) -> impl Iterator<Item = Tensor<3>> + '_ {
        let [_, length] = inputs.input_ids.dims();
        let bias = attention_bias(inputs.attention_mask.clone());
        let device = bias.device();
        let words = kernels::lookup(self.embeddings.word_embeddings.weight.val(), inputs.input_ids.clone());
        let embedded = inputs.disturb(self.embeddings.layer_norm.forward(words), None);
        let size = self.layer[0].attention.head_size();
        let turns = self.rope_theta.map(|theta| Turn::new(theta, [length, size / 2], &device));
        let last = self.layer.len() - 1;
        self.layer.iter().enumerate().scan(embedded, move |hidden, (index, layer)| {
            let (turn, reach) = match layer.is_global {
                true => (&turns[0], None),
                false => (&turns[1], Some(self.local_attention / 2)),
            };
            *hidden = layer.forward(hidden.clone(), bias.clone(), turn, reach);
            Some(if index == last { self.final_norm.forward(hidden.clone()) } else { hidden.clone() })
        })
    }

    /// See [`Model::floats_per_token`](super::Model::floats_per_token).
    pub fn floats_per_token(&self, length: usize) -> usize {
        let most = |layer: &Layer| {
            let [_, projected] = layer.attention.projection.weight.dims();
            let [_, wide] = layer.mlp.input.weight.dims();
            projected.max(wide).max(scores_of_token(layer.attention.heads, length))
        };
        self.layer.iter().map(most).max().expect("config.json has at least one layer")
    }
}

impl Layer {
    fn build(from: &Builder, config: &ModelConfig, index: usize, is_global: bool) -> Result<Self> {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let place = |name: &str| format!("layer.{index}.{name}");
        let norm = |name: &str| from.scale_norm(&place(name), config);
        Ok(Layer {
            attention_norm: (index > 0).then(|| norm("attention_norm")).transpose()?,
            attention: Attention {
                projection: from.weights(&place("attention.projection"), [hidden, 3 * hidden])?,
                output: from.weights(&place("attention.output"), [hidden, hidden])?,
                heads: config.num_attention_heads,
            },
            mlp_norm: norm("mlp_norm")?,
            mlp: Mlp {
                input: from.weights(&place("mlp.input"), [hidden, 2 * wide])?,
                output: from.weights(&place("mlp.output"), [wide, hidden])?,
                activation: config.hidden_act,
            },
            is_global,
        })
    }

    fn forward(&self, hidden: Tensor<3>, bias: Tensor<2>, turn: &Turn, reach: Option<usize>) -> Tensor<3> {
        let normal = match &self.attention_norm {
            Some(norm) => norm.forward(hidden.clone()),
            None => hidden.clone(),
        };
        let attended = hidden + self.attention.forward(normal, bias, turn, reach);
        let normal = self.mlp_norm.forward(attended.clone());
        attended + self.mlp.forward(normal)
    }
}

impl Attention {
    fn head_size(&self) -> usize {
        self.output.weight.dims()[0] / self.heads
    }

    fn forward(&self, hidden: Tensor<3>, bias: Tensor<2>, turn: &Turn, reach: Option<usize>) -> Tensor<3> {
        let [_, _, size] = hidden.dims();
        let projected = linear3(&self.projection, hidden);
        let [query, key, value] = [0, 1, 2].map(|part| projected.clone().narrow(2, part * size, size));
        let projected = [turn.apply(query, self.heads), turn.apply(key, self.heads), value];
        let context = match reach {
            None => kernels::attention(projected, bias, self.heads),
            Some(reach) => kernels::attention_near(projected, bias, self.heads, reach),
        };
        linear3(&self.output, context)
    }
}

impl Mlp {
    fn forward(&self, hidden: Tensor<3>) -> Tensor<3> {
        let both = linear3(&self.input, hidden);
        let [_, _, wide] = both.dims();
        let [input, gate] = [0, 1].map(|part| both.clone().narrow(2, part * wide / 2, wide / 2));
        linear3(&self.output, self.activation.apply(input) * gate)
    }
}

/// Rotary position embeddings (Su et al., 2021): cosine and sine of the angles of each position, `[1, length, 1, half]`.
struct Turn {
    cosine: Tensor<4>,
    sine: Tensor<4>,
}

impl Turn {
    fn new(theta: f64, [length, half]: [usize; 2], device: &Device) -> Self {
        let angles = (0..length * half).map(|place| {
            let (position, pair) = ((place / half) as f64, (place % half) as f64);
            position * theta.powf(-pair / half as f64)
        });
        let angles: Vec<f64> = angles.collect();
        let table = |function: fn(f64) -> f64| {
            let values: Vec<f32> = angles.iter().map(|angle| function(*angle) as f32).collect();
            Tensor::from_data(TensorData::new(values, [1, length, 1, half]), device)
        };
        Turn { cosine: table(f64::cos), sine: table(f64::sin) }
    }

    /// Rotates each head of `[batch, length, hidden]`.
    fn apply(&self, x: Tensor<3>, heads: usize) -> Tensor<3> {
        let [batch, length, hidden] = x.dims();
        let x = x.reshape([batch, length, heads, hidden / heads]);
        let half = hidden / heads / 2;
        let [first, second] = [0, half].map(|from| x.clone().narrow(3, from, half));
        let turned = [
            first.clone() * self.cosine.clone() - second.clone() * self.sine.clone(),
            second * self.cosine.clone() + first * self.sine.clone(),
        ];
        Tensor::cat(turned.to_vec(), 3).reshape([batch, length, hidden])
    }
}
