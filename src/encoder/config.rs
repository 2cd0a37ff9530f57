//! An encoder's `config.json`, as Hugging Face writes it. The file is untrusted: each size is checked before it is used.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::activation::Activation;
use super::builder::outline;
use super::family::{Defaults, FAMILIES, Family, Network, Positions};
use super::fields::{Fields, abridged};
use super::modern_bert;
use super::mpnet::BUCKETS;
use super::names::{Parameter, parameters};
use super::pooling::added_layers;
use super::remembered::{KEY, Remembered};
use crate::error::{Error, Result};
use crate::spec::{Pooling, TaskKind};

/// The configuration of a model of one of the [families](FAMILIES), under BERT's names.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// The family.
    pub family: &'static Family,
    /// The number of tokens in the vocabulary.
    pub vocab_size: usize,
    /// The size of a hidden state.
    pub hidden_size: usize,
    /// The number of layers.
    pub num_hidden_layers: usize,
    /// The number of attention heads; it divides `hidden_size`.
    pub num_attention_heads: usize,
    /// The width of the feed-forward layer.
    pub intermediate_size: usize,
    /// The number of rows of the position embeddings, or the longest text of a model without these.
    pub max_position_embeddings: usize,
    /// The number of token types; 0 if the family has none.
    pub type_vocab_size: usize,
    /// The size of an embedding. It equals `hidden_size` unless the family projects its embeddings.
    pub embedding_size: usize,
    /// The activation in the feed-forward layer.
    pub hidden_act: Activation,
    /// The epsilon of layer normalisation.
    pub layer_norm_eps: f64,
    /// The standard deviation of initial weights.
    pub initializer_range: f64,
    /// Kept for the export; subtune trains without dropout.
    pub hidden_dropout_prob: f64,
    /// Kept for the export; subtune trains without dropout.
    pub attention_probs_dropout_prob: f64,
    /// The id of the padding token.
    pub pad_token_id: u32,
    /// The meaning of the classifier's outputs.
    pub problem_type: TaskKind,
    /// Class names by class id; one entry for regression.
    pub id2label: BTreeMap<usize, String>,
    /// Class ids by name.
    pub label2id: BTreeMap<String, usize>,
    /// The settings that only ModernBERT has.
    pub modern: Option<modern_bert::Settings>,
    /// How a text becomes one vector. `config.json` does not say it. A checkpoint that pools by the mean has one more layer,
    /// which `num_hidden_layers` does not count.
    pub pooling: Pooling,
    /// How the model was trained, if subtune trained it.
    pub remembered: Option<Remembered>,
}

/// Limits far above any encoder (BERT-large has 24 layers of 1024), and far below what would exhaust a machine.
const LIMITS: [(&str, u64, u64); 6] = [
    ("vocab_size", 1, 2_000_000),
    ("hidden_size", 1, 16_384),
    ("num_hidden_layers", 1, 256),
    ("num_attention_heads", 1, 1_024),
    ("intermediate_size", 1, 131_072),
    ("max_position_embeddings", 8, 65_536),
];
/// The largest number of parameters: 8 GiB of float32.
const MAX_PARAMETERS: u64 = 2_147_483_648;
/// The largest `config.json`. That of a model with 100 000 labels is well below it.
pub(crate) const MAX_CONFIG_BYTES: usize = 16 << 20;

impl ModelConfig {
    /// Reads a `config.json`. Errors call it `file`.
    ///
    /// # Errors
    /// The file is not JSON, or names an unknown family or activation, or a size is missing or out of range.
    pub fn from_json(file: &str, bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_CONFIG_BYTES {
            return Err(Error::model(file, "is over 16 MiB; expected a Hugging Face config.json"));
        }
        let json: Value = serde_json::from_slice(bytes).map_err(|error| {
            Error::model(file, format!("is not JSON ({error}); expected a Hugging Face config.json"))
        })?;
        let Value::Object(fields) = json else {
            return Err(Error::model(file, "is not a JSON object; expected a Hugging Face config.json"));
        };
        let fields = Fields { file, family: family(file, &fields)?, fields };
        fields.only("position_embedding_type", "absolute")?;
        if fields.get("is_decoder").is_some_and(|value| *value != Value::Bool(false)) {
            return fields.wrong("is_decoder", "an encoder, where it is false");
        }
        let mut sizes = [0usize; LIMITS.len()];
        for (size, (name, least, most)) in sizes.iter_mut().zip(LIMITS) {
            *size = fields.whole(name, None, least..=most)? as usize;
        }
        let [
            vocab_size,
            hidden_size,
            num_hidden_layers,
            num_attention_heads,
            intermediate_size,
            max_position_embeddings,
        ] = sizes;
        let type_vocab_size = match fields.family.has_token_types {
            true => fields.whole("type_vocab_size", Some(2), 1..=64)? as usize,
            false => 0,
        };
        if hidden_size % num_attention_heads != 0 {
            let name = |ours| fields.family.setting(ours).unwrap_or(ours);
            let [size, heads] = ["hidden_size", "num_attention_heads"].map(name);
            let message = format!("{size} {hidden_size} is not a multiple of {heads} {num_attention_heads}");
            return Err(Error::model(file, message));
        }
        let embedding_size = match fields.family.projects_embeddings {
            true => fields.whole("embedding_size", Some(128), 1..=16_384)? as usize,
            false => hidden_size,
        };
        if fields.family.has_relative_positions {
            fields.only("relative_attention_num_buckets", BUCKETS)?;
        }
        let modern = match fields.family.network {
            Network::PostNorm => None,
            Network::ModernBert => {
                let head_size = hidden_size / num_attention_heads;
                Some(modern_bert::Settings::read(&fields, num_hidden_layers, head_size)?)
            }
        };
        let labels = labels(&fields)?;
        let problem_type = problem_type(&fields, labels.len())?;
        let Defaults { pad_token_id, layer_norm_eps, dropout } = fields.family.defaults;
        // a trimmed vocabulary may lack the default
        let pad_token_id = pad_token_id.min(vocab_size as u64 - 1);
        let config = ModelConfig {
            family: fields.family,
            vocab_size,
            hidden_size,
            num_hidden_layers,
            num_attention_heads,
            intermediate_size,
            max_position_embeddings,
            type_vocab_size,
            embedding_size,
            hidden_act: fields.activation("hidden_act")?,
            layer_norm_eps: fields.share("layer_norm_eps", layer_norm_eps, 1e-30)?,
            initializer_range: fields.share("initializer_range", 0.02, 0.0)?,
            hidden_dropout_prob: fields.share("hidden_dropout_prob", dropout, 0.0)?,
            attention_probs_dropout_prob: fields.share("attention_probs_dropout_prob", dropout, 0.0)?,
            pad_token_id: fields.whole("pad_token_id", Some(pad_token_id), 0..=vocab_size as u64 - 1)? as u32,
            problem_type: TaskKind::Classification,
            id2label: BTreeMap::new(),
            label2id: BTreeMap::new(),
            modern,
            pooling: Pooling::Cls,
            remembered: None,
        }
        .with_labels(problem_type, &labels);
        if config.first_position() + 8 > max_position_embeddings {
            let message = format!(
                "has {max_position_embeddings} positions, of which the first token has number {}; expected at least 8 \
                 from there",
                config.first_position()
            );
            return Err(Error::model(file, message));
        }
        let remembered = fields
            .get(KEY)
            .map(|value| Remembered::from_json(file, value, config.max_tokens(), config.id2label.len()));
        let config = ModelConfig { remembered: remembered.transpose()?, ..config };
        let count: u64 = config.parameters().iter().map(Parameter::numbers).sum();
        if count > MAX_PARAMETERS {
            let message = format!("describes {count} parameters; at most {MAX_PARAMETERS} can be trained");
            return Err(Error::model(file, message));
        }
        Ok(config)
    }

    /// The same encoder with other outputs, which nothing was trained for yet.
    pub fn with_labels(mut self, problem_type: TaskKind, labels: &[String]) -> Self {
        self.problem_type = problem_type;
        self.remembered = None;
        self.id2label = labels.iter().cloned().enumerate().collect();
        self.label2id = labels.iter().cloned().enumerate().map(|(id, label)| (label, id)).collect();
        self
    }

    /// The class names, in the order of their ids.
    pub fn labels(&self) -> Vec<String> {
        self.id2label.values().cloned().collect()
    }

    /// The number of outputs.
    pub fn num_labels(&self) -> usize {
        self.id2label.len()
    }

    /// The row of the position embeddings for the first token.
    pub fn first_position(&self) -> usize {
        match self.family.positions {
            Positions::From(first) => first,
            Positions::Rotary => 0,
            Positions::AfterPadding => self.pad_token_id as usize + 1,
        }
    }

    /// The length of the longest text that the model reads, in tokens.
    pub fn max_tokens(&self) -> usize {
        self.max_position_embeddings - self.first_position()
    }

    /// All parameters of the model, in the order in which a visitor meets them.
    pub fn parameters(&self) -> Vec<Parameter> {
        parameters(&outline(self))
    }

    /// The number of trainable numbers, with the pooler (if any) and the classifier.
    pub fn parameter_count(&self) -> usize {
        self.parameters().iter().map(Parameter::entries).sum()
    }

    /// The size of the largest parameter in float32, in bytes.
    pub fn largest_parameter_bytes(&self) -> u64 {
        self.parameters().iter().map(|parameter| 4 * parameter.numbers()).max().unwrap_or(0)
    }

    /// Writes `config.json`. It counts the layer that carries the mean.
    pub fn to_json(&self) -> String {
        let layers = self.num_hidden_layers + added_layers(self);
        let embedding_size = self.family.projects_embeddings.then_some(self.embedding_size);
        let buckets = self.family.has_relative_positions.then_some(BUCKETS);
        let types = (self.type_vocab_size > 0).then_some(self.type_vocab_size);
        let remembered = self.remembered.as_ref().map(|remembered| json!(remembered));
        let fields = [
            ("architectures", json!([self.family.architecture])),
            ("model_type", json!(self.family.model_type)),
            ("vocab_size", json!(self.vocab_size)),
            ("hidden_size", json!(self.hidden_size)),
            ("num_hidden_layers", json!(layers)),
            ("num_attention_heads", json!(self.num_attention_heads)),
            ("intermediate_size", json!(self.intermediate_size)),
            ("max_position_embeddings", json!(self.max_position_embeddings)),
            ("type_vocab_size", json!(types)),
            ("embedding_size", json!(embedding_size)),
            ("relative_attention_num_buckets", json!(buckets)),
            ("hidden_act", json!(self.hidden_act.name())),
            ("layer_norm_eps", json!(self.layer_norm_eps)),
            ("initializer_range", json!(self.initializer_range)),
            ("hidden_dropout_prob", json!(self.hidden_dropout_prob)),
            ("attention_probs_dropout_prob", json!(self.attention_probs_dropout_prob)),
            ("pad_token_id", json!(self.pad_token_id)),
            ("position_embedding_type", json!("absolute")),
            ("problem_type", json!(self.problem_type.row().problem_type)),
            ("id2label", json!(self.id2label)),
            ("label2id", json!(self.label2id)),
            (KEY, json!(remembered)),
        ];
        let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
        let mut fields: Map<String, Value> =
            fields.filter_map(|(name, value)| Some((self.family.setting(name)?.to_owned(), value))).collect();
        if let Some(modern) = &self.modern {
            match self.pooling {
                Pooling::Cls => modern.write(layers, &mut fields),
                Pooling::Mean => modern.clone().plain().write(layers, &mut fields),
            }
        }
        let mut json = serde_json::to_string_pretty(&fields).expect("it is JSON");
        json.push('\n');
        json
    }
}

/// Finds the family that a `config.json` names.
fn family(file: &str, fields: &Map<String, Value>) -> Result<&'static Family> {
    let known = FAMILIES.map(|family| format!("{:?}", family.model_type)).join(", ");
    match fields.get("model_type").filter(|value| !value.is_null()) {
        None => Err(Error::model(file, format!("has no model_type; expected one of {known}"))),
        Some(found) => found.as_str().and_then(Family::find).ok_or_else(|| {
            let message =
                format!("model_type is {}, which cannot be trained; use a model of {known}", abridged(found));
            Error::model(file, message)
        }),
    }
}

fn problem_type(fields: &Fields, labels: usize) -> Result<TaskKind> {
    let Some(found) = fields.get("problem_type") else {
        return Ok(if labels == 1 { TaskKind::Regression } else { TaskKind::Classification });
    };
    match TaskKind::ALL.iter().find(|kind| found.as_str() == Some(kind.row().problem_type)) {
        Some(TaskKind::Regression) if labels != 1 => {
            let message = format!("problem_type is \"regression\" with {labels} labels; expected 1");
            Err(Error::model(fields.file, message))
        }
        Some(kind) => Ok(*kind),
        None => {
            let expected =
                "\"single_label_classification\", \"regression\" or \"multi_label_classification\"";
            fields.wrong("problem_type", expected)
        }
    }
}

/// Reads the class names by id: `id2label`, or `LABEL_0`, `LABEL_1`, ... as in Hugging Face.
fn labels(fields: &Fields) -> Result<Vec<String>> {
    const MOST: usize = 100_000;
    let wrong = |message: String| Err(Error::model(fields.file, message));
    let Some(map) = fields.get("id2label") else {
        let count = fields.whole("num_labels", Some(2), 1..=MOST as u64)?;
        return Ok((0..count).map(|id| format!("LABEL_{id}")).collect());
    };
    let Value::Object(map) = map else {
        return wrong("id2label is not an object; expected {\"0\": \"name\", ...}".into());
    };
    if map.is_empty() || map.len() > MOST {
        return wrong(format!("id2label has {} entries; expected 1 to {MOST}", map.len()));
    }
    let mut labels = vec![None; map.len()];
    for (id, label) in map {
        let place = id.parse::<usize>().ok().and_then(|id| labels.get_mut(id));
        match (place, label.as_str()) {
            (Some(place), Some(label)) if place.is_none() => *place = Some(label.to_owned()),
            _ => {
                return wrong(format!(
                    "id2label has the entry {}: {}; expected each of 0 to {} once, with a name",
                    abridged(&id.as_str().into()),
                    abridged(label),
                    map.len() - 1
                ));
            }
        }
    }
    let labels: Vec<String> = labels.into_iter().flatten().collect();
    let mut distinct = labels.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < labels.len() {
        return wrong("id2label gives two ids the same name; expected distinct names".into());
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"{"model_type": "bert", "vocab_size": 97, "hidden_size": 24, "num_hidden_layers": 2,
        "num_attention_heads": 3, "intermediate_size": 40, "max_position_embeddings": 32}"#;

    fn altered(from: &str, to: &str) -> String {
        let text = MINIMAL.replace(from, to);
        assert_ne!(text, MINIMAL);
        ModelConfig::from_json("config.json", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_written_config_reads_back_the_same() {
        let config = ModelConfig::from_json("c", MINIMAL.as_bytes())
            .unwrap()
            .with_labels(TaskKind::Classification, &["ham".into(), "spam".into(), "x".into()]);
        assert_eq!(ModelConfig::from_json("c", config.to_json().as_bytes()).unwrap(), config);
    }

    #[test]
    fn a_config_that_cannot_be_used_says_why() {
        let error = |text: &str| ModelConfig::from_json("c", text.as_bytes()).unwrap_err().to_string();
        assert!(error("{").starts_with("c: is not JSON ("));
        assert_eq!(error("[]"), "c: is not a JSON object; expected a Hugging Face config.json");
        assert!(error("{}").starts_with("c: has no model_type; expected one of \"bert\", \"distilbert\","));
        let other = altered("\"bert\"", "\"gpt2\"");
        assert!(
            other.contains("model_type is \"gpt2\", which cannot be trained; use a model of \"bert\","),
            "{other}"
        );
        assert!(
            altered("97", "10000000")
                .contains("vocab_size is 10000000; expected a whole number from 1 to 2000000")
        );
        assert!(altered("\"hidden_size\": 24", "\"hidden_size\": 25").contains("not a multiple"));
    }

    #[test]
    fn a_config_that_would_ask_for_terabytes_is_refused() {
        let text = MINIMAL
            .replace("97", "2000000")
            .replace("\"hidden_size\": 24", "\"hidden_size\": 16383")
            .replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 256");
        let error = ModelConfig::from_json("c", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("parameters; at most"), "{error}");
    }
}
