//! Estimates the memory of a run.

use serde::Serialize;

use super::optimizer::OptimizerArguments;
use crate::dps::Method;
use crate::encoder::{ModelConfig, Parameter, ParameterKind};
use crate::kernels::{keeps_probabilities, scores_at_once};

/// The estimated bytes on the training device, by purpose. Drivers and allocators need more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryEstimate {
    /// The weights, including those of the best model so far, the anchors, and what extrapolation needs.
    pub weights: u64,
    /// The gradients of all parameters.
    pub gradients: u64,
    /// The first and second moments.
    pub moments: u64,
    /// The statistic and the masks.
    pub subnetwork: u64,
    /// The results of a batch that the backward pass needs.
    pub activations: u64,
}

impl MemoryEstimate {
    /// Estimates a step with batches of `[batch, length]`. The `vocab_size` of `config` is the number of tokens in use.
    pub fn new(
        config: &ModelConfig,
        (method, arguments): (Method, OptimizerArguments),
        [batch, length]: [usize; 2],
    ) -> Self {
        let parameters = config.parameters();
        let numbers = |counts: &dyn Fn(&Parameter) -> bool| -> u64 {
            parameters.iter().filter(|parameter| counts(parameter)).map(Parameter::numbers).sum()
        };
        let all = numbers(&|_| true);
        let matrices = numbers(&|parameter| parameter.kind == ParameterKind::Matrix);
        let trained = numbers(&|parameter| method.trains(parameter));
        // what the steps update
        let factors = method.factors(arguments.low_rank);
        let updated = |parameter: &Parameter| match (&parameter.shape[..], factors) {
            (&[inputs, outputs], Some(size)) if method.covers(parameter) => {
                size.entries([inputs, outputs]) as u64
            }
            _ => parameter.numbers(),
        };
        let updated: u64 = parameters.iter().filter(|parameter| method.trains(parameter)).map(updated).sum();
        // the pretrained weights, those at the start of a stage, and the blend in use
        let copies = match method {
            Method::DpsMix => 3 * matrices,
            Method::Mixout => 2 * matrices,
            Method::Lora | Method::Dsee => matrices,
            _ => 0,
        };
        // what the last step updated as it was before, and the weights in use, of which the blend is counted already
        let extrapolated = match arguments.extrapolation > 0.0 {
            true => updated + trained - if method.blends() { matrices } else { 0 },
            false => 0,
        };
        let statistic = if method.has_statistic() { 4 * matrices } else { 0 };
        let masks = if method.selects().is_some() || method.draws().is_some() { matrices / 8 } else { 0 };
        // per layer: input, query, key, value, context, the two sums and normalisations; before and after the activation; the
        // probabilities of every head, if they are kept. ModernBERT's rotation adds the queries and keys before it and their
        // swapped halves; its gate is a view that keeps both halves of its matrix product, beside their copies.
        let (narrow, wide) = if config.modern.is_some() { (13, 5) } else { (9, 2) };
        let (hidden, layers) = (config.hidden_size as u64, config.num_hidden_layers as u64);
        let tokens = (batch * length) as u64;
        let scores = (batch * config.num_attention_heads * scores_at_once(length)) as u64;
        let probabilities = if keeps_probabilities(length) { scores } else { 0 };
        let layer = tokens * (narrow * hidden + wide * config.intermediate_size as u64) + probabilities;
        // a forward pass alone frees each layer once the next one is computed
        let layers = if method.freezes_encoder() { 1 } else { layers };
        // with noise, the encoder runs twice, and the outputs of its layers are compared
        let layers = if method.disturbs() { 2 * layers } else { layers };
        MemoryEstimate {
            weights: 4 * (2 * all + copies + extrapolated),
            gradients: 4 * trained,
            moments: 8 * updated,
            subnetwork: statistic + masks,
            activations: 4 * (layer * layers + 3 * tokens * hidden + 2 * scores),
        }
    }

    /// The sum of all parts.
    pub fn total(&self) -> u64 {
        self.weights + self.gradients + self.moments + self.subnetwork + self.activations
    }

    /// The warning for a device with only `free` bytes, if they are too few. It is only a warning, because the estimate
    /// may be too high.
    pub fn shortage(&self, free: u64) -> Option<String> {
        let [takes, free_megabytes] = [self.total(), free].map(|bytes| bytes / 1_000_000);
        (self.total() > free).then(|| {
            format!(
                "the run takes about {takes} MB of memory and {free_megabytes} MB are free, so that the system may end \
                 it; use smaller batches, shorter texts or fewer layers"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::TrainingArguments;

    #[test]
    fn the_memory_of_long_texts_grows_with_their_length() {
        let text = r#"{"model_type": "modernbert", "vocab_size": 100, "hidden_size": 192, "num_hidden_layers": 6,
            "num_attention_heads": 6, "intermediate_size": 288, "max_position_embeddings": 8192, "pad_token_id": 0}"#;
        let config = ModelConfig::from_json("config.json", text.as_bytes()).unwrap();
        let activations = |length| {
            let arguments = TrainingArguments::default().optimizer();
            MemoryEstimate::new(&config, (Method::Full, arguments), [4, length]).activations
        };
        assert_eq!(activations(8192), 2 * activations(4096));
        // 4 * 4096 tokens, of which each layer has 13 * 192 + 5 * 288 floats and all layers 3 * 192, and the scores of two tiles
        let floats = 4 * 4096 * (6 * (13 * 192 + 5 * 288) + 3 * 192) + 2 * 4 * 6 * 128 * 4096;
        assert_eq!(activations(4096), 4 * floats);
    }

    #[test]
    fn single_entries_have_moments_and_extrapolated_weights_copies() {
        let text = r#"{"model_type": "bert", "vocab_size": 100, "hidden_size": 32, "num_hidden_layers": 2,
            "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 64, "pad_token_id": 0}"#;
        let config = ModelConfig::from_json("config.json", text.as_bytes()).unwrap();
        let estimate = |method, extrapolation, dsee_entries| {
            let arguments =
                TrainingArguments { extrapolation, dsee_entries, ..TrainingArguments::default() }.optimizer();
            MemoryEstimate::new(&config, (method, arguments), [4, 16])
        };
        let [lora, dsee] = [Method::Lora, Method::Dsee].map(|method| estimate(method, 0.0, 10));
        // six matrices in each of two layers
        assert_eq!(dsee.moments, lora.moments + 8 * 12 * 10);
        assert_eq!(dsee.weights, lora.weights);
        // at most the entries of the matrices: four of 32 x 32 and two of 32 x 64
        assert_eq!(
            estimate(Method::Dsee, 0.0, 1_000_000).moments,
            lora.moments + 8 * 2 * (4 * 1024 + 2 * 2048)
        );
        let numbers = |counts: fn(&Parameter) -> bool| -> u64 {
            config.parameters().iter().filter(|one| counts(one)).map(Parameter::numbers).sum()
        };
        let (all, matrices) = (numbers(|_| true), numbers(|one| one.kind == ParameterKind::Matrix));
        for (method, copies) in [(Method::Full, 2 * all), (Method::DpsMix, 2 * all - matrices)] {
            let [without, with] = [0.0, 0.5].map(|extrapolation| estimate(method, extrapolation, 10));
            assert_eq!(with.weights, without.weights + 4 * copies, "{method}");
            assert_eq!(with.total() - with.weights, without.total() - without.weights, "{method}");
        }
    }

    #[test]
    fn a_run_that_takes_more_than_is_free_is_told_so() {
        let estimate = MemoryEstimate {
            weights: 2_000_000,
            gradients: 1_000_000,
            moments: 2_000_000,
            subnetwork: 1_000_000,
            activations: 6_000_000,
        };
        assert_eq!(estimate.shortage(12_000_000), None);
        let message = estimate.shortage(11_999_999).unwrap();
        assert!(message.contains("about 12 MB") && message.contains("11 MB are free"), "{message}");
    }
}
