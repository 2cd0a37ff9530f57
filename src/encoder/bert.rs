//! BERT (Devlin et al., 2019).

use super::activation::Activation;
use super::family::{Family, Positions};

pub static FAMILY: Family = Family {
    model_type: "bert",
    architecture: "BertForSequenceClassification",
    prefix: "bert.",
    layers: "encoder.layer",
    tensors: &[],
    heads: &[("pooler", "bert.pooler"), ("classifier", "classifier")],
    settings: &[],
    pad_token_id: 0,
    positions: Positions::FromZero,
    has_token_types: true,
    head: Activation::Tanh,
};
