//! Cross-validation: estimates the quality of a model that was trained on all texts, by training models without some of
//! them.

use std::ops::ControlFlow;

use burn::module::Module;
use burn::tensor::Device;

use super::average::at_share;
use super::course::trainer;
use crate::dps::Method;
use crate::encoder::Model;
use crate::error::Result;
use crate::model::Loaded;
use crate::probe::folds;
use crate::task::{scaled, scored, strata, temperature};
use crate::text::{Encoded, Target};
use crate::train::{Data, Event, Prediction, Trainer, TrainerSpec, TrainingArguments, groups, predict};

/// The distances from the start that are compared, as shares of the way to the trained model. With few texts, training can
/// learn more noise than sense, and half the way or none is better.
const SHARES: [f64; 3] = [0.0, 0.5, 1.0];
/// If only one fold is trained, it holds out one of this many parts.
const PARTS_OF_ONE: usize = 5;

/// A cross-validation under way.
pub struct CrossValidation {
    folds: Vec<Vec<usize>>,
    /// The predictions for the held-out rows of the finished folds, fold by fold, for each share.
    predictions: [Vec<Prediction>; SHARES.len()],
    finished: usize,
    current: Option<Fold>,
}

/// A model in training without the texts of one fold.
struct Fold {
    trainer: Trainer,
    start: Model,
    /// Whether it has steps to train; a probe has none.
    trains: bool,
}

/// The result of a cross-validation.
pub struct Verdict {
    /// The best distance of the model from its start, as a share of the way.
    pub share: f64,
    /// The divisor of the scores.
    pub temperature: f64,
    /// Expected calibration error before and after the temperature.
    pub calibration: [f64; 2],
    /// The held-out rows, as indices of the training examples.
    pub rows: Vec<usize>,
    /// The predictions for these rows, at this share and temperature.
    pub predictions: Vec<Prediction>,
}

impl CrossValidation {
    /// Prepares the folds. Returns `None` if the settings ask for no fold, or there are fewer than two different texts for
    /// each part.
    pub fn new(arguments: &TrainingArguments, train: &[Encoded]) -> Option<Self> {
        let (wanted, parts) = match arguments.cross_validation_folds.unwrap_or(0) {
            0 => return None,
            1 => (1, PARTS_OF_ONE),
            folds => (folds, folds),
        };
        let groups = groups(train);
        let targets: Vec<Target> = train.iter().filter_map(|example| example.target.clone()).collect();
        let mut distinct = groups.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() < 2 * parts {
            return None;
        }
        let mut folds = folds(&strata(&targets), &groups, parts, arguments.seed);
        folds.truncate(wanted);
        Some(CrossValidation { folds, predictions: Default::default(), finished: 0, current: None })
    }

    /// Does one unit of work and returns its event, if any. Breaks with the verdict at the end. `load` makes the starting
    /// model, on a device with autodiff.
    ///
    /// # Errors
    /// The device failed, or a fold diverged.
    pub async fn proceed(
        &mut self,
        arguments: &TrainingArguments,
        learning_rate: f64,
        data: &Data,
        device: &Device,
        load: impl FnOnce() -> Result<Loaded>,
    ) -> Result<ControlFlow<Verdict, Option<Event>>> {
        if self.finished == self.folds.len() {
            return Ok(ControlFlow::Break(self.verdict(data)));
        }
        let held_out = &self.folds[self.finished];
        let Some(fold) = &mut self.current else {
            self.current = Some(Fold::new(arguments, learning_rate, data, held_out, device, load()?)?);
            return Ok(ControlFlow::Continue(None));
        };
        if !fold.trainer.is_trained() {
            let happened = fold.trainer.proceed().await?.unwrap_or_default();
            let before = fold.trainer.contrastive_steps();
            let steps = before + fold.trainer.max_steps();
            let (fold, folds) = (self.finished + 1, self.folds.len());
            let told = happened.into_iter().rev().find_map(|event| match event {
                Event::Contrast { step, .. } => Some(Event::Fold { fold, folds, step, steps }),
                Event::Step { step, .. } => Some(Event::Fold { fold, folds, step: before + step, steps }),
                _ => None,
            });
            return Ok(ControlFlow::Continue(told));
        }
        let Fold { trainer, start, trains } = self.current.take().expect("it is under way");
        let unseen: Vec<Encoded> = held_out.iter().map(|row| data.train[*row].clone()).collect();
        let (end, options) = (trainer.best_model(), trainer.evaluation_options());
        for (share, predictions) in SHARES.iter().zip(&mut self.predictions) {
            if trains || *share == 0.0 {
                let model = at_share(*share, start.clone(), end.clone(), &trainer);
                predictions.extend(predict(&model, &unseen, &data.task, options, device).await?);
            }
        }
        self.finished += 1;
        Ok(ControlFlow::Continue(None))
    }

    /// Chooses the share with the smallest loss at its best temperature. If losses tie, the larger share wins.
    fn verdict(&self, data: &Data) -> Verdict {
        let rows: Vec<usize> = self.folds.concat();
        let targets: Vec<Target> = rows.iter().filter_map(|row| data.train[*row].target.clone()).collect();
        let candidates =
            SHARES.iter().zip(&self.predictions).filter(|(_, predictions)| !predictions.is_empty());
        let judged = candidates.map(|(share, unscaled)| {
            let temperature = temperature(unscaled, &targets);
            let predictions = scaled(unscaled, temperature);
            let metrics = scored(&predictions, &targets, &data.task);
            let before = scored(unscaled, &targets, &data.task);
            let calibration =
                [before, metrics.clone()].map(|metrics| metrics.calibration_error().unwrap_or(0.0));
            (
                metrics.loss,
                Verdict { share: *share, temperature, calibration, rows: rows.clone(), predictions },
            )
        });
        let best = judged.reduce(|best, next| if next.0 <= best.0 { next } else { best });
        best.expect("the start is always judged").1
    }
}

impl Fold {
    fn new(
        arguments: &TrainingArguments,
        learning_rate: f64,
        data: &Data,
        held_out: &[usize],
        device: &Device,
        loaded: Loaded,
    ) -> Result<Self> {
        let is_left = |row: &usize| held_out.binary_search(row).is_err();
        let train: Vec<Encoded> =
            (0..data.train.len()).filter(is_left).map(|row| data.train[row].clone()).collect();
        // as many passes over fewer texts
        let steps = arguments.total_steps(data.train.len());
        let steps = (steps * train.len()).div_ceil(data.train.len());
        let arguments = TrainingArguments {
            max_steps: (steps > 0).then_some(steps),
            eval_steps: None,
            early_stopping_patience: None,
            ..arguments.clone()
        };
        let trains = arguments.method != Method::Probe;
        let data = Data { train, validation: Vec::new(), test: Vec::new(), ..data.clone() };
        let Loaded { model, config, has_head } = loaded;
        let start = model.valid();
        let (device, device_name) = (device.clone(), String::new());
        let spec = TrainerSpec { arguments, learning_rate, model, config, data, device, device_name };
        let trainer = trainer(spec, has_head)?;
        Ok(Fold { trainer, start, trains })
    }
}
