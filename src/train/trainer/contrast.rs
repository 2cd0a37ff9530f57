//! The contrastive stage before the classifier is fitted.

use burn::module::Module;
use burn::tensor::Tensor;

use super::{Trainer, add};
use crate::dps::{Method, Stages};
use crate::encoder::Model;
use crate::error::Result;
use crate::spec::{Event, Stage};
use crate::text::{collate, padded_length};
use crate::train::contrastive::{Pair, Pairs, RATE, STEPS, cosine_loss_sum};
use crate::train::data::text_features;
use crate::train::gradients::{Gradients, gradients};
use crate::train::optimizer::{Optimizer, OptimizerArguments};
use crate::train::passes::{divided, texts_at_once};
use crate::train::schedule::LinearSchedule;

/// A running stage.
pub(super) struct Contrast {
    pub pairs: Pairs,
    /// The number of finished steps.
    pub done: usize,
}

impl Trainer {
    /// The number of steps of the stage, which come before all others; 0 without a stage.
    pub(crate) fn contrastive_steps(&self) -> usize {
        if self.contrast.is_some() || self.contrasted.is_some() { STEPS } else { 0 }
    }

    /// The model at the end of the stage, without autodiff. Training begins with it instead of the loaded model.
    pub(crate) fn contrasted(&self) -> Option<&Model> {
        self.contrasted.as_ref()
    }

    /// The reason to leave out a requested stage, if there is one.
    pub(super) fn contrast_left_out(&self) -> Option<String> {
        let wanted = self.arguments.stage == Stage::Contrastive;
        (wanted && self.contrast.is_none()).then(|| {
            "the contrastive stage is left out: it needs a class with two texts to pair, and a text of another class".into()
        })
    }

    /// Does one step.
    pub(super) async fn advance_contrast(&mut self) -> Result<()> {
        let Some(contrast) = &mut self.contrast else { return Ok(()) };
        contrast.done += 1;
        let (step, pairs) = (contrast.done, contrast.pairs.of_step(contrast.done));
        let (optimizer, model) = self.state.take().expect("present between steps");
        let (loss, gradients) = self.differentiate_pairs(&model, pairs);
        let schedule = LinearSchedule::new(RATE, self.arguments.warmup_ratio, STEPS);
        self.state = Some(optimizer.step(model, gradients, step, schedule.learning_rate(step)));
        self.add_loss(loss);
        let is_due = step == 1 || step == STEPS || step.is_multiple_of(self.arguments.logging_steps);
        if is_due && let Some((loss, _)) = self.read_loss(&format!("contrastive step {step}")).await? {
            self.events.push_back(Event::Contrast { step, steps: STEPS, loss });
        }
        if step == STEPS {
            let model = self.end_contrast();
            self.contrasted = Some(model);
        }
        Ok(())
    }

    /// Ends the stage, after its last step or when the run is stopped, and makes an optimiser for the following steps.
    /// Returns the model without autodiff.
    pub(super) fn end_contrast(&mut self) -> Model {
        let (_, model) = self.state.take().expect("present between steps");
        let contrasted = model.valid();
        self.begin_with(model);
        (self.contrast, self.skipped) = (None, 0);
        contrasted
    }

    /// A fresh optimiser for the stage, which trains every weight.
    pub(super) fn contrast_optimizer(&self, model: &Model) -> Optimizer {
        let stages = Stages::new(Method::Full, STEPS, self.arguments.update_ratio);
        // pairs take their gradients at the weights themselves
        let arguments = OptimizerArguments { extrapolation: 0.0, ..self.arguments.optimizer() };
        Optimizer::new(model, arguments, stages, &self.device)
    }

    /// Computes the mean loss over the pairs and its gradients, with no more texts on the device at a time than in
    /// other steps.
    fn differentiate_pairs(&self, model: &Model, mut pairs: Vec<Pair>) -> (Tensor<1>, Gradients) {
        let (train, max_length) = (&self.data.train, self.arguments.max_length);
        // pairs of similar length need less padding
        pairs.sort_by_key(|pair| pair.rows.map(|row| train[row].encoding.input_ids.len()).into_iter().max());
        let count = pairs.len() as f64;
        let rows: Vec<usize> = pairs.iter().flat_map(|pair| pair.rows).collect();
        let longest = padded_length(train, &rows, max_length);
        let texts = self.arguments.train_batch_size().div_ceil(self.parts);
        let texts = texts.min(texts_at_once(model, longest, &self.device));
        let mut total: Option<(Tensor<1>, Gradients)> = None;
        let windows = |pair: &Pair| pair.rows.iter().map(|row| train[*row].encoding.window_count()).sum();
        for pairs in divided(&pairs, texts, windows) {
            let rows: Vec<usize> = pairs.iter().flat_map(|pair| pair.rows).collect();
            let same: Vec<bool> = pairs.iter().map(|pair| pair.same).collect();
            let batch = collate(train, &rows, self.data.pad_id, max_length);
            let features = text_features(model, &batch, &self.device.clone().autodiff());
            let loss = cosine_loss_sum(features, &same) / count;
            let found = (loss.clone().inner(), gradients(model, loss));
            total = Some(match total {
                None => found,
                Some((loss, sums)) => (loss + found.0, add(sums, found.1)),
            });
        }
        total.expect("a step has at least one pair")
    }
}
