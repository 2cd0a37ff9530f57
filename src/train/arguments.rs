//! The settings of a run, under Hugging Face's names where its Trainer has one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::class_weights::ClassWeights;
use super::contrastive::Stage;
use super::metrics::Metrics;
use super::optimizer::OptimizerArguments;
use super::recipe::Recipe;
use crate::bert::Pooling;
use crate::dps::{Frozen, Method};
use crate::error::{Error, Result};

/// What a run does besides its data and model. The defaults are Hugging Face's unless said otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingArguments {
    /// How what is not set below is chosen.
    pub recipe: Recipe,
    /// How one vector is made of a text's tokens; without it, as the model was made for.
    pub pooling: Option<Pooling>,
    /// What is trained before the classifier is fitted.
    pub stage: Stage,
    /// The names of the classes are further examples of them when the classifier is fitted in closed form.
    pub label_names: bool,
    pub method: Method,
    /// What stage II does to entries that are not selected.
    pub frozen: Frozen,
    /// Share of each matrix that is updated in stage II (the paper's 1 - p).
    pub update_fraction: f64,
    /// Length of a stage as a share of all steps.
    pub update_ratio: f64,
    /// How much the examples of each class count.
    pub class_weights: ClassWeights,
    /// Peak learning rate; without one, [`default_learning_rate`] by the model's size.
    pub learning_rate: Option<f64>,
    /// Share of all steps in which the learning rate rises from 0; after them it falls linearly to 0.
    pub warmup_ratio: f64,
    /// On matrices and embeddings, not on biases and LayerNorm.
    pub weight_decay: f64,
    pub adam_beta1: f64,
    pub adam_beta2: f64,
    pub adam_epsilon: f64,
    /// Global gradient norm above which gradients are scaled down; 0 for none.
    pub max_grad_norm: f64,
    /// Without it, by the recipe.
    pub per_device_train_batch_size: Option<usize>,
    pub per_device_eval_batch_size: usize,
    /// Batches of one optimiser step.
    pub gradient_accumulation_steps: usize,
    /// Without it, by the recipe.
    pub num_train_epochs: Option<f64>,
    /// Optimiser steps; overrides the epochs.
    pub max_steps: Option<usize>,
    /// Models that are trained without a part of the texts, to tell how good the one that is trained on all is: 0 for
    /// none, 1 for one without a fifth of them, else one for each of so many parts. Without it, by the recipe.
    pub cross_validation_folds: Option<usize>,
    /// Steps between evaluations on the validation set; without it, once an epoch.
    pub eval_steps: Option<usize>,
    /// Steps between two read-backs of the loss.
    pub logging_steps: usize,
    /// End with the model of the best evaluation rather than the last (Hugging Face: off).
    pub load_best_model_at_end: bool,
    /// What "best" means; without it, accuracy for classes and spearman for numbers.
    pub metric_for_best_model: Option<String>,
    /// Evaluations without improvement after which the run ends.
    pub early_stopping_patience: Option<usize>,
    /// What counts as an improvement.
    pub early_stopping_threshold: f64,
    /// Tokens beyond which a text is cut.
    pub max_length: usize,
    /// Batches hold texts of similar length, which pads less (Hugging Face: off).
    pub group_by_length: bool,
    pub seed: u64,
}

impl Default for TrainingArguments {
    fn default() -> Self {
        TrainingArguments {
            recipe: Recipe::default(),
            pooling: None,
            stage: Stage::default(),
            label_names: false,
            method: Method::default(),
            frozen: Frozen::default(),
            update_fraction: 0.7,
            update_ratio: 0.05,
            class_weights: ClassWeights::default(),
            learning_rate: None,
            warmup_ratio: 0.1,
            weight_decay: 0.01,
            adam_beta1: 0.9,
            adam_beta2: 0.999,
            adam_epsilon: 1e-8,
            max_grad_norm: 1.0,
            per_device_train_batch_size: None,
            per_device_eval_batch_size: 32,
            gradient_accumulation_steps: 1,
            num_train_epochs: None,
            max_steps: None,
            cross_validation_folds: None,
            eval_steps: None,
            logging_steps: 10,
            load_best_model_at_end: true,
            metric_for_best_model: None,
            early_stopping_patience: None,
            early_stopping_threshold: 0.0,
            max_length: 128,
            group_by_length: true,
            seed: 42,
        }
    }
}

/// The first field in which two sets of settings differ, and both its values as they are shown.
pub fn difference<T: Serialize>(one: &T, other: &T) -> Option<(String, String, String)> {
    let [one, other] = [one, other].map(|settings| serde_json::to_value(settings).unwrap_or_default());
    let mut fields = one.as_object()?.iter().map(|(name, value)| (name, value, &other[name.as_str()]));
    let (name, one, other) = fields.find(|(_, one, other)| one != other)?;
    let shown = |value: &Value| if value.is_null() { "not set".into() } else { value.to_string() };
    Some((name.clone(), shown(one), shown(other)))
}

/// Peak learning rates by hidden size: a small model wants, and bears, larger steps.
pub fn default_learning_rate(hidden_size: usize) -> f64 {
    match hidden_size {
        0..=512 => 1e-4,
        513..=768 => 3e-5,
        _ => 2e-5,
    }
}

impl TrainingArguments {
    /// Checks every range. `regression` decides which metrics there are.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the setting, its value and what was expected.
    pub fn check(&self, regression: bool) -> Result<()> {
        let wrong = |name: &str, found: &dyn std::fmt::Display, expected: &str| {
            Err(Error::Usage(format!("{name} is {found}; expected {expected}")))
        };
        let share = |value: f64| value > 0.0 && value <= 1.0;
        for (name, value) in [("update_fraction", self.update_fraction), ("update_ratio", self.update_ratio)]
        {
            if !share(value) {
                return wrong(name, &value, "a number above 0 and at most 1");
            }
        }
        let not_negative = |value: f64| value.is_finite() && value >= 0.0;
        for (name, value) in [
            ("weight_decay", self.weight_decay),
            ("max_grad_norm", self.max_grad_norm),
            ("early_stopping_threshold", self.early_stopping_threshold),
        ] {
            if !not_negative(value) {
                return wrong(name, &value, "a number of at least 0");
            }
        }
        for (name, value) in [("adam_beta1", self.adam_beta1), ("adam_beta2", self.adam_beta2)] {
            if !(0.0..1.0).contains(&value) {
                return wrong(name, &value, "a number from 0 to below 1");
            }
        }
        if !(0.0..=1.0).contains(&self.warmup_ratio) {
            return wrong("warmup_ratio", &self.warmup_ratio, "a number from 0 to 1");
        }
        if !(self.adam_epsilon > 0.0 && self.adam_epsilon < 1.0) {
            return wrong("adam_epsilon", &self.adam_epsilon, "a number between 0 and 1");
        }
        if let Some(rate) = self.learning_rate
            && !(rate > 0.0 && rate <= 1.0)
        {
            return wrong("learning_rate", &rate, "a number above 0 and at most 1");
        }
        if let Some(epochs) = self.num_train_epochs
            && !(epochs > 0.0 && epochs <= 10_000.0)
        {
            return wrong("num_train_epochs", &epochs, "a number above 0 and at most 10000");
        }
        if let Some(folds) = self.cross_validation_folds.filter(|folds| *folds > 20) {
            return wrong("cross_validation_folds", &folds, "a whole number from 0 to 20");
        }
        for (name, value, most) in [
            ("per_device_train_batch_size", self.per_device_train_batch_size, 4096),
            ("per_device_eval_batch_size", Some(self.per_device_eval_batch_size), 4096),
            ("gradient_accumulation_steps", Some(self.gradient_accumulation_steps), 4096),
            ("logging_steps", Some(self.logging_steps), usize::MAX),
            ("max_steps", self.max_steps, 100_000_000),
            ("eval_steps", self.eval_steps, usize::MAX),
            ("early_stopping_patience", self.early_stopping_patience, usize::MAX),
        ] {
            if value.is_some_and(|value| !(1..=most).contains(&value)) {
                let expected = match most {
                    usize::MAX => "a whole number of at least 1".to_owned(),
                    most => format!("a whole number from 1 to {most}"),
                };
                return wrong(name, &value.unwrap_or_default(), &expected);
            }
        }
        for (name, is_set, found, expected) in [
            ("class_weights", self.class_weights != ClassWeights::None, "balanced", "none"),
            ("stage", self.stage != Stage::None, "contrastive", "none"),
            ("label_names", self.label_names, "true", "false"),
        ] {
            if regression && is_set {
                let why = "because the task is a regression and has no classes";
                return wrong(name, &found, &format!("{expected}, {why}"));
            }
        }
        let metric = self.best_metric(regression);
        let known = Metrics::names(regression);
        if !known.contains(&metric) {
            return wrong("metric_for_best_model", &metric, &format!("one of {}", known.join(", ")));
        }
        Ok(())
    }

    /// Texts of a batch.
    pub fn train_batch_size(&self) -> usize {
        self.per_device_train_batch_size.unwrap_or(16)
    }

    /// Texts of an optimiser step.
    pub fn step_size(&self) -> usize {
        self.train_batch_size() * self.gradient_accumulation_steps
    }

    /// Optimiser steps of a run on so many texts.
    pub fn total_steps(&self, examples: usize) -> usize {
        let steps_per_epoch = examples.div_ceil(self.step_size());
        let epochs = self.num_train_epochs.unwrap_or(3.0);
        match (self.method, self.max_steps) {
            (Method::Probe, _) => 0,
            (_, Some(steps)) => steps,
            (_, None) => ((steps_per_epoch as f64 * epochs).ceil() as usize).max(1),
        }
    }

    /// Whether the classifier is fitted in closed form whatever the model was made for: what is set is of use to nothing
    /// else.
    pub fn needs_closed_form(&self) -> bool {
        self.stage == Stage::Contrastive || self.label_names
    }

    /// The metric by which evaluations are compared.
    pub fn best_metric(&self, regression: bool) -> &str {
        match &self.metric_for_best_model {
            Some(name) => name.strip_prefix("eval_").unwrap_or(name),
            None if regression => "spearman",
            None => "accuracy",
        }
    }

    pub fn optimizer(&self) -> OptimizerArguments {
        OptimizerArguments {
            betas: [self.adam_beta1, self.adam_beta2],
            epsilon: self.adam_epsilon,
            weight_decay: self.weight_decay,
            max_grad_norm: self.max_grad_norm,
            update_fraction: self.update_fraction,
            frozen: self.frozen,
            seed: self.seed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_in_range() {
        TrainingArguments::default().check(false).unwrap();
        TrainingArguments::default().check(true).unwrap();
    }

    #[test]
    fn a_setting_out_of_range_is_named_with_what_was_expected() {
        let error = |change: fn(&mut TrainingArguments)| {
            let mut arguments = TrainingArguments::default();
            change(&mut arguments);
            arguments.check(false).unwrap_err().to_string()
        };
        assert_eq!(
            error(|a| a.update_fraction = 0.0),
            "update_fraction is 0; expected a number above 0 and at most 1"
        );
        assert_eq!(
            error(|a| a.weight_decay = f64::NAN),
            "weight_decay is NaN; expected a number of at least 0"
        );
        assert_eq!(
            error(|a| a.per_device_train_batch_size = Some(0)),
            "per_device_train_batch_size is 0; expected a whole number from 1 to 4096"
        );
        let weighted = TrainingArguments { class_weights: ClassWeights::Balanced, ..Default::default() };
        weighted.check(false).unwrap();
        assert!(
            weighted
                .check(true)
                .unwrap_err()
                .to_string()
                .starts_with("class_weights is balanced; expected none")
        );
        for (given, expected) in [
            (
                TrainingArguments { stage: Stage::Contrastive, ..Default::default() },
                "stage is contrastive; expected none, because the task is a regression and has no classes",
            ),
            (
                TrainingArguments { label_names: true, ..Default::default() },
                "label_names is true; expected false, because the task is a regression and has no classes",
            ),
        ] {
            given.check(false).unwrap();
            assert_eq!(given.check(true).unwrap_err().to_string(), expected);
        }
        assert_eq!(
            error(|a| a.metric_for_best_model = Some("pearson".into())),
            "metric_for_best_model is pearson; expected one of loss, accuracy, f1, precision, recall, matthews_correlation"
        );
    }
}
