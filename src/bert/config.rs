//! `config.json` of a BERT, as Hugging Face writes it. Untrusted: every size is bounded before it is used.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::remembered::{KEY, Remembered};
use crate::error::{Error, Result};
use crate::spec::Pooling;

/// What the classifier's outputs mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemType {
    SingleLabelClassification,
    Regression,
    /// Any number of labels for each text. Such a model can be trained on, which replaces its classifier.
    MultiLabelClassification,
}

/// Hugging Face's `BertConfig`, the fields that matter here.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BertConfig {
    pub architectures: Vec<String>,
    pub model_type: String,
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub hidden_act: String,
    pub layer_norm_eps: f64,
    pub initializer_range: f64,
    pub hidden_dropout_prob: f64,
    pub attention_probs_dropout_prob: f64,
    pub pad_token_id: u32,
    pub position_embedding_type: String,
    pub problem_type: ProblemType,
    /// Class names by class id; one entry for regression.
    pub id2label: BTreeMap<usize, String>,
    pub label2id: BTreeMap<String, usize>,
    /// Not in the file: a checkpoint that is pooled by its mean has a layer more, which is not counted here.
    #[serde(skip)]
    pub pooling: Pooling,
    /// How the model was trained, where subtune did it.
    #[serde(rename = "subtune", skip_serializing_if = "Option::is_none")]
    pub remembered: Option<Remembered>,
}

/// Limits far beyond any BERT (BERT-large: 24 layers of 1024), far below what would exhaust a machine.
const LIMITS: [(&str, u64, u64); 7] = [
    ("vocab_size", 1, 2_000_000),
    ("hidden_size", 1, 16_384),
    ("num_hidden_layers", 1, 256),
    ("num_attention_heads", 1, 1_024),
    ("intermediate_size", 1, 131_072),
    ("max_position_embeddings", 8, 65_536),
    // the text and its pair
    ("type_vocab_size", 2, 64),
];
/// Parameters beyond which a model is refused: 8 GiB of float32.
const MAX_PARAMETERS: usize = 2_147_483_648;
/// Of the file; a model of 100 000 labels is well below it.
pub(crate) const MAX_CONFIG_BYTES: usize = 16 << 20;

impl BertConfig {
    /// Reads `config.json`. `file` names it in errors.
    ///
    /// # Errors
    /// Not JSON, another architecture, a missing or unreasonable size, an unsupported activation.
    pub fn from_json(file: &str, bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_CONFIG_BYTES {
            return Err(Error::model(file, "is over 16 MiB; expected a Hugging Face config.json"));
        }
        let json: Value = serde_json::from_slice(bytes).map_err(|error| {
            Error::model(file, format!("is not JSON ({error}); expected a Hugging Face config.json"))
        })?;
        let Value::Object(fields) = json else {
            return Err(Error::model(file, "holds no JSON object; expected a Hugging Face config.json"));
        };
        let fields = Fields { file, fields };
        if fields.get("model_type").is_none() {
            return Err(Error::model(file, "has no model_type; expected \"bert\""));
        }
        fields.only("model_type", "bert", "; use a BERT checkpoint")?;
        fields.only("hidden_act", "gelu", "; no other is supported")?;
        fields.only("position_embedding_type", "absolute", "; no other is supported")?;
        if fields.get("is_decoder").is_some_and(|value| *value != Value::Bool(false)) {
            return fields.wrong("is_decoder", "an encoder, where it is false");
        }
        let mut sizes = [0usize; LIMITS.len()];
        for (size, (name, least, most)) in sizes.iter_mut().zip(LIMITS) {
            let default = if name == "type_vocab_size" { Some(2) } else { None };
            *size = fields.whole(name, default, least..=most)? as usize;
        }
        let [
            vocab_size,
            hidden_size,
            num_hidden_layers,
            num_attention_heads,
            intermediate_size,
            max_position_embeddings,
            type_vocab_size,
        ] = sizes;
        if hidden_size % num_attention_heads != 0 {
            let message = format!(
                "hidden_size {hidden_size} is not a multiple of num_attention_heads {num_attention_heads}"
            );
            return Err(Error::model(file, message));
        }
        let labels = labels(&fields)?;
        let problem_type = match fields.get("problem_type").map(Value::as_str) {
            None if labels.len() == 1 => ProblemType::Regression,
            None | Some(Some("single_label_classification")) => ProblemType::SingleLabelClassification,
            Some(Some("multi_label_classification")) => ProblemType::MultiLabelClassification,
            Some(Some("regression")) if labels.len() == 1 => ProblemType::Regression,
            Some(Some("regression")) => {
                let message =
                    format!("problem_type is \"regression\" with {} labels; expected 1", labels.len());
                return Err(Error::model(file, message));
            }
            Some(_) => {
                let expected =
                    "\"single_label_classification\", \"regression\" or \"multi_label_classification\"";
                return fields.wrong("problem_type", expected);
            }
        };
        let config = BertConfig {
            architectures: vec!["BertForSequenceClassification".into()],
            model_type: "bert".into(),
            vocab_size,
            hidden_size,
            num_hidden_layers,
            num_attention_heads,
            intermediate_size,
            max_position_embeddings,
            type_vocab_size,
            hidden_act: "gelu".into(),
            layer_norm_eps: fields.share("layer_norm_eps", 1e-12, 1e-30)?,
            initializer_range: fields.share("initializer_range", 0.02, 0.0)?,
            hidden_dropout_prob: fields.share("hidden_dropout_prob", 0.1, 0.0)?,
            attention_probs_dropout_prob: fields.share("attention_probs_dropout_prob", 0.1, 0.0)?,
            pad_token_id: fields.whole("pad_token_id", Some(0), 0..=vocab_size as u64 - 1)? as u32,
            position_embedding_type: "absolute".into(),
            problem_type: ProblemType::SingleLabelClassification,
            id2label: BTreeMap::new(),
            label2id: BTreeMap::new(),
            pooling: Pooling::Cls,
            remembered: None,
        }
        .with_labels(problem_type, &labels);
        let remembered =
            fields.get(KEY).map(|value| Remembered::from_json(file, value, max_position_embeddings));
        let config = BertConfig { remembered: remembered.transpose()?, ..config };
        if config.parameter_count() > MAX_PARAMETERS {
            let message = format!(
                "describes {} parameters; at most {MAX_PARAMETERS} can be trained",
                config.parameter_count()
            );
            return Err(Error::model(file, message));
        }
        Ok(config)
    }

    /// The same encoder with other outputs, which nothing was trained for yet.
    pub fn with_labels(mut self, problem_type: ProblemType, labels: &[String]) -> Self {
        self.problem_type = problem_type;
        self.remembered = None;
        self.id2label = labels.iter().cloned().enumerate().collect();
        self.label2id = labels.iter().cloned().enumerate().map(|(id, label)| (label, id)).collect();
        self
    }

    pub fn labels(&self) -> Vec<String> {
        self.id2label.values().cloned().collect()
    }

    pub fn num_labels(&self) -> usize {
        self.id2label.len()
    }

    pub fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    /// How many numbers the model holds, the pooler where it has one and the classifier included.
    pub fn parameter_count(&self) -> usize {
        let hidden = self.hidden_size;
        let pooler = match self.pooling {
            Pooling::Mean => 0,
            Pooling::Cls => hidden * hidden + hidden,
        };
        let embeddings = (self.vocab_size + self.max_position_embeddings + self.type_vocab_size + 2) * hidden;
        let attention = 4 * (hidden * hidden + hidden) + 2 * hidden;
        let feed_forward = 2 * hidden * self.intermediate_size + self.intermediate_size + 3 * hidden;
        let head = pooler + self.num_labels() * (hidden + 1);
        embeddings + self.num_hidden_layers * (attention + feed_forward) + head
    }

    /// Bytes of the largest parameter in float32.
    pub fn largest_parameter_bytes(&self) -> u64 {
        let rows = self.vocab_size.max(self.max_position_embeddings).max(self.intermediate_size);
        4 * rows as u64 * self.hidden_size as u64
    }

    /// `config.json`, which counts the layer that carries the mean.
    pub fn to_json(&self) -> String {
        let mut stored = self.clone();
        stored.num_hidden_layers += usize::from(self.pooling == Pooling::Mean);
        let mut json = serde_json::to_string_pretty(&stored).expect("a struct of plain fields serialises");
        json.push('\n');
        json
    }
}

/// The fields of a `config.json`. One that is null is as good as absent.
struct Fields<'a> {
    file: &'a str,
    fields: Map<String, Value>,
}

impl Fields<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn wrong<T>(&self, name: &str, expected: &str) -> Result<T> {
        let found = self.fields.get(name).map_or("nothing".into(), shown);
        Err(Error::model(self.file, format!("{name} is {found}; expected {expected}")))
    }

    /// A field that must be absent or have this value.
    fn only(&self, name: &str, value: &str, advice: &str) -> Result<()> {
        match self.get(name) {
            Some(found) if found != value => self.wrong(name, &format!("{value:?}{advice}")),
            _ => Ok(()),
        }
    }

    fn whole(&self, name: &str, default: Option<u64>, range: RangeInclusive<u64>) -> Result<u64> {
        match (self.get(name), default) {
            (None, Some(default)) => Ok(default),
            (found, _) => match found.and_then(Value::as_u64).filter(|found| range.contains(found)) {
                Some(found) => Ok(found),
                None => {
                    let expected = format!("a whole number from {} to {}", range.start(), range.end());
                    self.wrong(name, &expected)
                }
            },
        }
    }

    /// A number up to 1.
    fn share(&self, name: &str, default: f64, least: f64) -> Result<f64> {
        let Some(found) = self.get(name) else { return Ok(default) };
        match found.as_f64().filter(|found| (least..=1.0).contains(found)) {
            Some(found) => Ok(found),
            None => self.wrong(name, &format!("a number from {least:?} to 1")),
        }
    }
}

/// A value as JSON, cut after 60 characters.
fn shown(value: &Value) -> String {
    let mut text = value.to_string();
    if let Some((end, _)) = text.char_indices().nth(60) {
        text.replace_range(end.., "...");
    }
    text
}

/// Class names by id: `id2label`, else `LABEL_0`, `LABEL_1`, ... as Hugging Face names them.
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
                    shown(&id.as_str().into()),
                    shown(label),
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
        BertConfig::from_json("config.json", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_written_config_reads_back_the_same() {
        let config = BertConfig::from_json("c", MINIMAL.as_bytes())
            .unwrap()
            .with_labels(ProblemType::SingleLabelClassification, &["ham".into(), "spam".into(), "x".into()]);
        assert_eq!(BertConfig::from_json("c", config.to_json().as_bytes()).unwrap(), config);
    }

    #[test]
    fn a_config_that_cannot_be_used_says_why() {
        let error = |text: &str| BertConfig::from_json("c", text.as_bytes()).unwrap_err().to_string();
        assert!(error("{").starts_with("c: is not JSON ("));
        assert_eq!(error("[]"), "c: holds no JSON object; expected a Hugging Face config.json");
        assert_eq!(error("{}"), "c: has no model_type; expected \"bert\"");
        assert!(altered("\"bert\"", "\"gpt2\"").contains("model_type is \"gpt2\"; expected \"bert\""));
        assert!(
            altered("97", "10000000")
                .contains("vocab_size is 10000000; expected a whole number from 1 to 2000000")
        );
        assert!(altered("\"hidden_size\": 24", "\"hidden_size\": 25").contains("no multiple"));
    }

    #[test]
    fn a_config_that_would_ask_for_terabytes_is_refused() {
        let text = MINIMAL
            .replace("97", "2000000")
            .replace("\"hidden_size\": 24", "\"hidden_size\": 16383")
            .replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 256");
        let error = BertConfig::from_json("c", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("parameters; at most"), "{error}");
    }
}
