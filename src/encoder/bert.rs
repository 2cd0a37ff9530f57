//! BERT (Devlin et al., 2019), and the models of the same form: MiniLM, BGE, E5, GTE.

use super::activation::Activation;
use super::family::{DEFAULTS, Family, Network, Positions};

pub static FAMILY: Family = Family {
    model_type: "bert",
    architecture: "BertForSequenceClassification",
    network: Network::PostNorm,
    prefix: "bert.",
    layers: "encoder.layer",
    tensors: &[],
    heads: &[("pooler", "bert.pooler"), ("classifier", "classifier")],
    settings: &[],
    defaults: DEFAULTS,
    positions: Positions::From(0),
    has_token_types: true,
    projects_embeddings: false,
    has_relative_positions: false,
    head: Activation::Tanh,
};
