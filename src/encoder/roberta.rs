//! RoBERTa (Liu et al., 2019) and XLM-RoBERTa (Conneau et al., 2020): BERT with position numbers
//! that start after the padding token's id, and with its own classifier.

use super::activation::Activation;
use super::family::{DEFAULTS, Defaults, Family, Network, Positions};

pub static ROBERTA: Family = family("roberta", "RobertaForSequenceClassification");
pub static XLM_ROBERTA: Family = family("xlm-roberta", "XLMRobertaForSequenceClassification");

const fn family(model_type: &'static str, architecture: &'static str) -> Family {
    Family {
        model_type,
        architecture,
        network: Network::PostNorm,
        prefix: "roberta.",
        layers: "encoder.layer",
        tensors: &[],
        heads: &[("pooler.dense", "classifier.dense"), ("classifier", "classifier.out_proj")],
        settings: &[],
        defaults: Defaults { pad_token_id: 1, ..DEFAULTS },
        positions: Positions::AfterPadding,
        has_token_types: true,
        projects_embeddings: false,
        has_relative_positions: false,
        head: Activation::Tanh,
    }
}
