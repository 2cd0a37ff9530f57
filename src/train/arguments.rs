//! The values that follow from the settings of training.

use serde::Serialize;
use serde_json::Value;

use super::optimizer::OptimizerArguments;
use crate::dps::LowRank;
use crate::error::{Error, Result};
use crate::spec::{ClassWeights, Method, Recipe, SelfTraining, Stage, TaskKind, TrainingArguments};

/// The first field in which two sets of settings differ, with both its values as text.
pub fn difference<T: Serialize>(one: &T, other: &T) -> Option<(String, String, String)> {
    let [one, other] = [one, other].map(|settings| serde_json::to_value(settings).unwrap_or_default());
    let mut fields = one.as_object()?.iter().map(|(name, value)| (name, value, &other[name.as_str()]));
    let (name, one, other) = fields.find(|(_, one, other)| one != other)?;
    let written = |value: &Value| if value.is_null() { "not set".into() } else { value.to_string() };
    Some((name.clone(), written(one), written(other)))
}

/// The peak learning rate by hidden size: a small model needs, and tolerates, larger steps.
pub fn default_learning_rate(hidden_size: usize) -> f64 {
    match hidden_size {
        0..=512 => 1e-4,
        513..=768 => 3e-5,
        _ => 2e-5,
    }
}

impl TrainingArguments {
    /// Checks every range, and what makes sense for the kind of task.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the setting, its value and what was expected.
    pub fn check(&self, task: TaskKind) -> Result<()> {
        self.check_ranges()?;
        let wrong = |name: &str, found: &str, expected: &str| {
            Err(Error::Usage(format!("{name} is {found}; expected {expected}")))
        };
        let row = task.row();
        for (name, is_set, found, expected) in [
            ("class_weights", self.class_weights != ClassWeights::None, "balanced", "none"),
            ("stage", self.stage != Stage::None, "contrastive", "none"),
            ("label_names", self.label_names, "true", "false"),
        ] {
            if is_set && row.refuses.contains(&name) {
                return wrong(name, found, &format!("{expected}, because {}", row.refuses_because));
            }
        }
        let metric = self.best_metric(task);
        if !row.metrics.contains(&metric) {
            return wrong("metric_for_best_model", metric, &format!("one of {}", row.metrics.join(", ")));
        }
        Ok(())
    }

    /// The number of texts in a batch.
    pub fn train_batch_size(&self) -> usize {
        self.per_device_train_batch_size.unwrap_or(16)
    }

    /// The number of texts in an optimiser step.
    pub fn step_size(&self) -> usize {
        self.train_batch_size() * self.gradient_accumulation_steps
    }

    /// The number of optimiser steps in a run on `examples` texts.
    pub fn total_steps(&self, examples: usize) -> usize {
        let steps_per_epoch = examples.div_ceil(self.step_size());
        let epochs = self.num_train_epochs.unwrap_or(3.0);
        match (self.method, self.max_steps) {
            (Method::Probe, _) => 0,
            (_, Some(steps)) => steps,
            (_, None) => ((steps_per_epoch as f64 * epochs).ceil() as usize).max(1),
        }
    }

    /// Whether a setting needs the classifier to be fitted in closed form, even for a model that has one.
    pub fn needs_closed_form(&self) -> bool {
        self.stage == Stage::Contrastive || self.label_names
    }

    /// Whether texts without a label may teach the first model.
    pub fn self_trains(&self, task: TaskKind) -> bool {
        task == TaskKind::Classification
            && self.recipe == Recipe::Auto
            && self.self_training == SelfTraining::Auto
    }

    /// The metric that compares evaluations.
    pub fn best_metric(&self, task: TaskKind) -> &str {
        match &self.metric_for_best_model {
            Some(name) => name.strip_prefix("eval_").unwrap_or(name),
            None => task.row().best_metric,
        }
    }

    /// The share of a matrix that is updated where a method selects or draws.
    pub fn update_fraction(&self) -> f64 {
        self.update_fraction.unwrap_or(self.method.update_fraction())
    }

    /// The constants of the optimiser.
    pub fn optimizer(&self) -> OptimizerArguments {
        OptimizerArguments {
            betas: [self.adam_beta1, self.adam_beta2],
            epsilon: self.adam_epsilon,
            weight_decay: self.weight_decay,
            max_grad_norm: self.max_grad_norm,
            extrapolation: self.extrapolation,
            update_fraction: self.update_fraction(),
            frozen: self.frozen,
            low_rank: LowRank { rank: self.lora_rank, alpha: self.lora_alpha, sparse: self.dsee_entries },
            seed: self.seed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_in_range() {
        TrainingArguments::default().check(TaskKind::Classification).unwrap();
        TrainingArguments::default().check(TaskKind::Regression).unwrap();
    }

    #[test]
    fn a_setting_out_of_range_is_named_with_what_was_expected() {
        let error = |change: fn(&mut TrainingArguments)| {
            let mut arguments = TrainingArguments::default();
            change(&mut arguments);
            arguments.check(TaskKind::Classification).unwrap_err().to_string()
        };
        assert_eq!(
            error(|a| a.update_fraction = Some(0.0)),
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
        weighted.check(TaskKind::Classification).unwrap();
        assert!(
            weighted
                .check(TaskKind::Regression)
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
            given.check(TaskKind::Classification).unwrap();
            assert_eq!(given.check(TaskKind::Regression).unwrap_err().to_string(), expected);
        }
        assert_eq!(
            error(|a| a.metric_for_best_model = Some("pearson".into())),
            "metric_for_best_model is pearson; expected one of loss, accuracy, f1, precision, recall, matthews_correlation"
        );
    }
}
