//! MPNet (Song et al., 2020): BERT without token types, whose attention also depends on the distance of two tokens.

use super::activation::Activation;
use super::family::{DEFAULTS, Defaults, Family, Network, Positions};

pub static FAMILY: Family = Family {
    model_type: "mpnet",
    architecture: "MPNetForSequenceClassification",
    network: Network::PostNorm,
    prefix: "mpnet.",
    layers: "encoder.layer",
    tensors: &[
        ("relative_attention_bias", "encoder.relative_attention_bias"),
        ("attention.self.query", "attention.attn.q"),
        ("attention.self.key", "attention.attn.k"),
        ("attention.self.value", "attention.attn.v"),
        ("attention.output.dense", "attention.attn.o"),
        ("attention.output.LayerNorm", "attention.LayerNorm"),
    ],
    heads: &[("pooler.dense", "classifier.dense"), ("classifier", "classifier.out_proj")],
    settings: &[("position_embedding_type", "")],
    defaults: Defaults { pad_token_id: 1, ..DEFAULTS },
    // transformers fixes it, whatever padding token config.json names
    positions: Positions::From(2),
    has_token_types: false,
    projects_embeddings: false,
    has_relative_positions: true,
    head: Activation::Tanh,
};

/// The only number of buckets that transformers computes, so `config.json` must name it.
pub const BUCKETS: usize = 32;

/// The first distance of each bucket from 9 on.
pub const FAR_BUCKETS: [usize; 7] = [12, 16, 23, 32, 46, 64, 91];

/// The bucket of the distance of each pair of tokens, row-major `[length, length]`. Each distance up to 7 has a bucket;
/// greater distances share wider ones. The second half of the buckets is for tokens that follow.
pub fn buckets(length: usize) -> Vec<i32> {
    let bucket = |row: usize, column: usize| {
        let distance = row.abs_diff(column);
        let near = distance.min(8) + FAR_BUCKETS.iter().filter(|from| distance >= **from).count();
        (near + if column > row { BUCKETS / 2 } else { 0 }) as i32
    };
    (0..length * length).map(|place| bucket(place / length, place % length)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_those_of_the_logarithm_in_the_paper() {
        let found = buckets(200);
        for distance in 0..200usize {
            let log = 8.0 + ((distance as f64 / 8.0).ln() / 16f64.ln() * 8.0 + 1e-9).floor();
            let near = if distance < 8 { distance as f64 } else { log.min(15.0) };
            assert_eq!(found[distance * 200], near as i32, "{distance} before");
            let after = if distance == 0 { 0 } else { near as i32 + 16 };
            assert_eq!(found[distance], after, "{distance} after");
        }
    }
}
