//! The shapes of the timed models.

use std::str::FromStr;

use subtune::encoder::ModelConfig;

/// The sizes of a BERT, as in `config.json`. Both this benchmark and PyTorch read them from [`json`](Self::json).
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub name: &'static str,
    layers: usize,
    hidden: usize,
    heads: usize,
    intermediate: usize,
}

const SHAPES: [Shape; 3] = [
    // BERT-base
    Shape { name: "base", layers: 12, hidden: 768, heads: 12, intermediate: 3072 },
    // the bundled model, all-MiniLM-L6-v2
    Shape { name: "minilm", layers: 6, hidden: 384, heads: 12, intermediate: 1536 },
    // BERT-tiny of Turc et al., 2019
    Shape { name: "tiny", layers: 2, hidden: 128, heads: 2, intermediate: 512 },
];

const VOCABULARY: usize = 30_522;
/// The number of different tokens in the texts. The 5574 texts of the bundled sample use 6873, 1000 texts of RTE 9532.
pub const USED: usize = 8_000;

impl Shape {
    pub fn json(&self) -> String {
        format!(
            r#"{{"model_type": "bert", "vocab_size": {VOCABULARY}, "hidden_size": {}, "num_hidden_layers": {}, "num_attention_heads": {}, "intermediate_size": {}, "max_position_embeddings": 512, "num_labels": 2}}"#,
            self.hidden, self.layers, self.heads, self.intermediate
        )
    }

    /// The model on the device, with the word embeddings of the tokens in use and the row that decays with them.
    pub fn config(&self) -> ModelConfig {
        let whole = ModelConfig::from_json("config.json", self.json().as_bytes());
        ModelConfig { vocab_size: USED + 1, ..whole.expect("a valid configuration") }
    }
}

impl FromStr for Shape {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = SHAPES.map(|shape| shape.name).join(" or ");
        SHAPES.into_iter().find(|shape| shape.name == name).ok_or(format!("expected {known}"))
    }
}
