//! What distinguishes one family of encoders from another, as a row of answers. BERT's names are ours: another family
//! says what it calls the same things.

use super::activation::Activation;

/// A kind of encoder that Hugging Face's transformers has.
#[derive(Debug)]
pub struct Family {
    /// In `config.json`.
    pub model_type: &'static str,
    /// The class of transformers that is a classifier, in `config.json`.
    pub architecture: &'static str,
    pub network: Network,
    /// Before the names of the encoder's tensors. Checkpoints of an encoder alone leave it out.
    pub prefix: &'static str,
    /// Before the number of a layer.
    pub layers: &'static str,
    /// How the names of the encoder's tensors begin, within their layer if they are in one: here, and in a checkpoint.
    /// The first that fits counts, and what does not stand here has the same name.
    pub tensors: &'static [(&'static str, &'static str)],
    /// The same of pooler and classifier, whose names have no prefix.
    pub heads: &'static [(&'static str, &'static str)],
    /// What fields of `config.json` are called here, and there; nothing there: the family has no such field.
    pub settings: &'static [(&'static str, &'static str)],
    pub defaults: Defaults,
    pub positions: Positions,
    /// Whether there are embeddings for the first and the second text of a pair.
    pub has_token_types: bool,
    /// Whether embeddings may have another size than hidden states.
    pub projects_embeddings: bool,
    /// Whether the distance of two tokens is added to their attention scores.
    pub has_relative_positions: bool,
    /// Behind the pooler.
    pub head: Activation,
}

/// Which of the networks here it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    PostNorm,
    ModernBert,
}

/// What counts where `config.json` does not say it.
#[derive(Debug)]
pub struct Defaults {
    pub pad_token_id: u64,
    pub layer_norm_eps: f64,
    pub dropout: f64,
}

/// Those of BERT.
pub const DEFAULTS: Defaults = Defaults { pad_token_id: 0, layer_norm_eps: 1e-12, dropout: 0.1 };

/// Which row of the position embeddings belongs to the first token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Positions {
    From(usize),
    /// The one behind that of the padding token's id. A padding token inside of a text would count as no token in
    /// transformers, and counts here.
    AfterPadding,
    /// There are no position embeddings.
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
    pub fn find(model_type: &str) -> Option<&'static Family> {
        FAMILIES.into_iter().find(|family| family.model_type == model_type)
    }

    /// The name of a field in this family's `config.json`; nothing where it has no such field.
    pub fn setting<'a>(&self, name: &'a str) -> Option<&'a str> {
        let found = self.settings.iter().find(|(ours, _)| *ours == name).map(|(_, theirs)| *theirs);
        Some(found.unwrap_or(name)).filter(|name| !name.is_empty())
    }

    /// The name in this family's checkpoints of the parameter at a place of the model, such as
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
