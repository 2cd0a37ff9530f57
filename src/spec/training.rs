//! The settings of training, under Hugging Face's names where its Trainer has one. The defaults are Hugging Face's unless
//! stated otherwise.

use super::settings::{Range, settings};
use super::{ClassWeights, Frozen, Long, Method, Pooling, Recipe, SelfTraining, Stage};

const SHARE: Range = Range::above(0.0).to(1.0);
const AT_LEAST_0: Range = Range::from(0.0);
const BATCH: Range = Range::from(1.0).to(4096.0);
const AT_LEAST_1: Range = Range::from(1.0);
const RANK: Range = Range::from(1.0).to(1024.0);
const ENTRIES: Range = Range::from(1.0).to(65_536.0);

settings! {
    /// The settings of training. The recipe chooses those that are not set.
    pub struct TrainingArguments {
        "Method" {
            /// The parameters to update.
            method: Method = Method::default(), "NAME";
            /// Share of each weight matrix to update in stage II (the paper's 1 - p).
            update_fraction: Option<f64> = None, "SHARE", in SHARE, unset "0.7; 0.01 for sift";
            /// Length of a stage as a share of all steps.
            update_ratio: f64 = 0.05, "SHARE", in SHARE;
            /// Treatment of entries outside the subnetwork.
            frozen: Frozen = Frozen::default(), "NAME";
            /// Weight of lnsr's regularisation.
            lnsr_weight: f64 = 1.0, "X", in AT_LEAST_0;
            /// Standard deviation of lnsr's noise.
            lnsr_std: f64 = 0.05, "X", in Range::above(0.0);
            /// Rank of the product of lora and dsee.
            lora_rank: usize = 8, "N", in RANK;
            /// The factor on the product of lora and dsee, times the rank.
            lora_alpha: f64 = 16.0, "X", in Range::above(0.0);
            /// Entries of each matrix that dsee trains beside the product.
            dsee_entries: usize = 64, "N", in ENTRIES;
        }
        "Training" {
            /// The rule that chooses settings you do not give.
            recipe: Recipe = Recipe::default(), "NAME";
            /// The rule that makes one vector from a text's tokens.
            pooling: Option<Pooling> = None, "NAME", unset "as the model was made for";
            /// Most tokens of a text that the model reads at once.
            max_length: usize = 128, "N";
            /// The tokens that are read of a longer text.
            long: Long = Long::default(), "NAME";
            /// A stage of training before the classifier is fitted.
            stage: Stage = Stage::default(), "NAME";
            /// Whether the names of the labels serve as further examples when the classifier is first fitted. For names
            /// that are words; codes, pairs of texts and a regression are refused.
            label_names: bool = false, "YES|NO";
            /// Whether rows of the training file that have a text but no label teach the first model.
            self_training: SelfTraining = SelfTraining::default(), "NAME";
            /// Weights of the examples of each class.
            class_weights: ClassWeights = ClassWeights::default(), "NAME";
            /// Peak learning rate.
            learning_rate: Option<f64> = None, "RATE", in SHARE,
                unset "1e-4 up to hidden size 512, 3e-5 up to 768, 2e-5 above";
            /// Share of all steps in which the learning rate rises from 0; afterwards it falls linearly to 0.
            warmup_ratio: f64 = 0.1, "SHARE", in Range::from(0.0).to(1.0);
            /// Weight decay of matrices and embeddings; biases and LayerNorm have none.
            weight_decay: f64 = 0.01, "X", in AT_LEAST_0;
            /// Global gradient norm above which gradients are scaled down; 0 for no limit.
            max_grad_norm: f64 = 1.0, "X", in AT_LEAST_0;
            /// AdamW's decay of the mean of gradients.
            adam_beta1: f64 = 0.9, "X", in Range::from(0.0).below(1.0);
            /// AdamW's decay of the mean of squared gradients.
            adam_beta2: f64 = 0.999, "X", in Range::from(0.0).below(1.0);
            /// AdamW's term in the denominator.
            adam_epsilon: f64 = 1e-8, "X", in Range::above(0.0).below(1.0);
            /// How far beyond the weights each gradient is taken, in lengths of the last update; 0 for at the weights.
            extrapolation: f64 = 0.0, "X", in Range::from(0.0).to(100.0);
            /// Texts in a training batch. They are on the device at the same time.
            per_device_train_batch_size: Option<usize> = None, "N", in BATCH,
                unset "by the recipe: 8 up to 200 texts, otherwise 16";
            /// Texts in an evaluation batch.
            per_device_eval_batch_size: usize = 32, "N", in BATCH;
            /// Batches in one optimiser step.
            gradient_accumulation_steps: usize = 1, "N", in BATCH;
            /// Passes over the training examples; may have a fraction.
            num_train_epochs: Option<f64> = None, "X", in Range::above(0.0).to(10_000.0),
                unset "by the recipe: at least 80 steps, 1 to 3 epochs for many texts";
            /// Optimiser steps; overrides the epochs.
            max_steps: Option<usize> = None, "N", in Range::from(1.0).to(100_000_000.0), unset "by the epochs";
            /// Whether batches hold texts of similar length, which need less padding (Hugging Face: no).
            group_by_length: bool = true, "YES|NO";
            /// Seed of everything random. The same seed gives the same bits on the same device.
            seed: u64 = 42, "N";
        }
        "Evaluation and output" {
            /// Further models, each trained without a part of the texts and scored on it, to estimate how good the kept
            /// model is: 0 for none, 1 for one model without a fifth of the texts, otherwise a model for each of this
            /// many parts.
            cross_validation_folds: Option<usize> = None, "N", in Range::from(0.0).to(20.0), unset "by the recipe";
            /// Steps between evaluations on the validation examples.
            eval_steps: Option<usize> = None, "N", in AT_LEAST_1, unset "once an epoch";
            /// Steps between two reports of the loss.
            logging_steps: usize = 10, "N", in AT_LEAST_1;
            /// Whether the kept model is that of the best evaluation rather than the last (Hugging Face: no).
            load_best_model_at_end: bool = true, "YES|NO";
            /// Metric that decides which evaluation is best: accuracy, f1, precision, recall, matthews_correlation or
            /// loss for classes; micro_f1, macro_f1, exact_match, precision, recall or loss for several labels a text; pearson,
            /// spearman, mse, mae or loss for numbers.
            metric_for_best_model: Option<String> = None, "NAME",
                unset "accuracy for classes, micro_f1 for several labels, spearman for numbers";
            /// Evaluations without improvement after which the run ends.
            early_stopping_patience: Option<usize> = None, "N", in AT_LEAST_1, unset "never";
            /// Gain from which on an evaluation counts as an improvement.
            early_stopping_threshold: f64 = 0.0, "X", in AT_LEAST_0;
        }
    }
}
