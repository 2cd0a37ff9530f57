//! ELECTRA (Clark et al., 2020), the discriminator: BERT with a separate embedding size and its own classifier.

use super::activation::Activation;
use super::family::{DEFAULTS, Family, Network, Positions};

pub static FAMILY: Family = Family {
    model_type: "electra",
    architecture: "ElectraForSequenceClassification",
    network: Network::PostNorm,
    prefix: "electra.",
    layers: "encoder.layer",
    tensors: &[("embeddings.projection", "embeddings_project")],
    heads: &[("pooler.dense", "classifier.dense"), ("classifier", "classifier.out_proj")],
    settings: &[],
    defaults: DEFAULTS,
    positions: Positions::From(0),
    has_token_types: true,
    projects_embeddings: true,
    has_relative_positions: false,
    head: Activation::Gelu,
};
