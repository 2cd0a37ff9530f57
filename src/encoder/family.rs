//! A family of encoders is a row of answers: how it differs from BERT. The code uses BERT's names, and each family maps
//! them to its own.

use super::activation::Activation;

/// A kind of encoder in Hugging Face's transformers.
#[derive(Debug)]
pub struct Family {
    /// The `model_type` in `config.json`.
    pub model_type: &'static str,
    /// The classifier's class in transformers, which `architectures` in `config.json` names.
    pub architecture: &'static str,
    /// The network that the family uses.
    pub network: Network,
    /// The prefix of the encoder's tensors. A checkpoint of an encoder alone lacks it.
    pub prefix: &'static str,
    /// The prefix before the number of a layer.
    pub layers: &'static str,
    /// How the encoder's tensor names begin in this code, and in a checkpoint. The number of the layer is left out. The
    /// first match counts. Any other tensor has the same name in both.
    pub tensors: &'static [(&'static str, &'static str)],
    /// The same for the pooler and the classifier, whose names have no prefix.
    pub heads: &'static [(&'static str, &'static str)],
    /// Names of fields in BERT's `config.json`, and in this family's. An empty name means that the family lacks the field.
    pub settings: &'static [(&'static str, &'static str)],
    /// The values of fields that `config.json` leaves out.
    pub defaults: Defaults,
    /// The numbering of position embeddings.
    pub positions: Positions,
    /// Whether token type embeddings distinguish the first and the second text of a pair.
    pub has_token_types: bool,
    /// Whether embeddings can differ in size from hidden states.
    pub projects_embeddings: bool,
    /// Whether attention scores get a bias for the distance of the two tokens.
    pub has_relative_positions: bool,
    /// The activation after the pooler.
    pub head: Activation,
}

/// The network that computes the hidden states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    PostNorm,
    ModernBert,
}

/// The values of fields that `config.json` leaves out.
#[derive(Debug)]
pub struct Defaults {
    pub pad_token_id: u64,
    pub layer_norm_eps: f64,
    pub dropout: f64,
}

/// BERT's defaults.
pub const DEFAULTS: Defaults = Defaults { pad_token_id: 0, layer_norm_eps: 1e-12, dropout: 0.1 };

/// Which row of the position embeddings belongs to the first token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Positions {
    /// This row.
    From(usize),
    /// The row after the padding token's id. (transformers does not count a padding token inside a text; this code does.)
    AfterPadding,
    /// The encoder has no position embeddings; it rotates queries and keys.
    Rotary,
}

/// The families that can be trained.
pub static FAMILIES: [&Family; 7] = [
    &super::bert::FAMILY,
    &super::distilbert::FAMILY,
    &super::roberta::ROBERTA,
    &super::roberta::XLM_ROBERTA,
    &super::electra::FAMILY,
    &super::mpnet::FAMILY,
    &super::modern_bert::FAMILY,
];

impl Family {
    /// Finds the family with this `model_type`.
    pub fn find(model_type: &str) -> Option<&'static Family> {
        FAMILIES.into_iter().find(|family| family.model_type == model_type)
    }

    /// The name of a field in this family's `config.json`, or `None` if it has no such field.
    pub fn setting<'a>(&self, name: &'a str) -> Option<&'a str> {
        let found = self.settings.iter().find(|(ours, _)| *ours == name).map(|(_, theirs)| *theirs);
        Some(found.unwrap_or(name)).filter(|name| !name.is_empty())
    }

    /// The name of a parameter in this family's checkpoints. `place` is its place in the model, such as
    /// `layer.0.attention.self.query.weight`.
    pub fn tensor(&self, place: &str) -> String {
        let renamed = |names: &[(&str, &str)], name: &str| {
            names.iter().find_map(|(ours, theirs)| Some(format!("{theirs}{}", name.strip_prefix(ours)?)))
        };
        if let Some(head) = renamed(self.heads, place) {
            return head;
        }
        let (layer, part) = match place.strip_prefix("layer.").and_then(|rest| rest.split_once('.')) {
            Some((index, part)) => (format!("{}.{index}.", self.layers), part),
            None => (String::new(), place),
        };
        format!("{}{layer}{}", self.prefix, renamed(self.tensors, part).unwrap_or_else(|| part.into()))
    }
}

impl PartialEq for Family {
    fn eq(&self, other: &Self) -> bool {
        self.model_type == other.model_type
    }
}
