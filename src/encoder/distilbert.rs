//! DistilBERT (Sanh et al., 2019): BERT without token types and with its own classifier.

use super::activation::Activation;
use super::family::{DEFAULTS, Family, Network, Positions};

pub static FAMILY: Family = Family {
    model_type: "distilbert",
    architecture: "DistilBertForSequenceClassification",
    network: Network::PostNorm,
    prefix: "distilbert.",
    layers: "transformer.layer",
    tensors: &[
        ("attention.self.query", "attention.q_lin"),
        ("attention.self.key", "attention.k_lin"),
        ("attention.self.value", "attention.v_lin"),
        ("attention.output.dense", "attention.out_lin"),
        ("attention.output.LayerNorm", "sa_layer_norm"),
        ("intermediate.dense", "ffn.lin1"),
        ("output.dense", "ffn.lin2"),
        ("output.LayerNorm", "output_layer_norm"),
    ],
    heads: &[("pooler.dense", "pre_classifier"), ("classifier", "classifier")],
    settings: &[
        ("hidden_size", "dim"),
        ("num_hidden_layers", "n_layers"),
        ("num_attention_heads", "n_heads"),
        ("intermediate_size", "hidden_dim"),
        ("hidden_act", "activation"),
        ("hidden_dropout_prob", "dropout"),
        ("attention_probs_dropout_prob", "attention_dropout"),
        ("layer_norm_eps", ""),
        ("position_embedding_type", ""),
    ],
    defaults: DEFAULTS,
    positions: Positions::From(0),
    has_token_types: false,
    projects_embeddings: false,
    has_relative_positions: false,
    head: Activation::Relu,
};
