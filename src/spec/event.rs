//! The events of a run: all that a face sees of it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::metrics::Metrics;
use super::training::TrainingArguments;
use super::understood::Understood;
use crate::json::Fields;

/// The examples of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Part {
    /// Held out, and used to choose the best model.
    Validation,
    /// Held out, and used for nothing else.
    Test,
    /// Training examples, each scored by a model like the kept one that was trained without it.
    CrossValidation,
}

impl Part {
    /// The name of the part in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Part::Validation => "validation",
            Part::Test => "test",
            Part::CrossValidation => "cross-validated",
        }
    }
}

/// The selected share of one matrix, and its overlap with the selection before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Selected {
    /// The number of entries of the matrix.
    pub entries: usize,
    /// The number of selected entries.
    pub kept: usize,
    /// The number of entries that the previous selection had too; 0 for the first one.
    pub overlap: usize,
}

/// The share of one matrix in the subnetwork.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct MatrixSelection {
    /// Hugging Face's name of the parameter.
    pub name: String,
    /// Its layer, from 0; `null` outside the layers.
    pub layer: Option<usize>,
    /// Its name, the same in every layer.
    pub matrix: String,
    /// The numbers of the selection.
    #[serde(flatten)]
    pub selected: Selected,
}

/// A text whose label is probably wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Suspect {
    /// The line of the training file, from 1.
    pub line: u64,
    /// The text, or the beginning of a long one.
    pub text: String,
    /// The same of the second text of a pair.
    pub pair: Option<String>,
    /// The label in the file.
    pub label: String,
    /// Its probability.
    pub probability: f64,
    /// The most probable label.
    pub likely: String,
    /// Its probability.
    pub likely_probability: f64,
}

/// What texts without a label were worth to the first model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct SelfTrained {
    /// The number of texts without a label that were read.
    pub unlabelled: usize,
    /// The number of these on whose label the models agree.
    pub taught: usize,
    /// Whether these teach the first model.
    pub used: bool,
    /// The cross-validated mean log-loss without them.
    pub loss_without: f64,
    /// The cross-validated mean log-loss with them.
    pub loss_with: f64,
    /// The cross-validated accuracy without them.
    pub accuracy_without: f64,
    /// The cross-validated accuracy with them.
    pub accuracy_with: f64,
}

impl SelfTrained {
    /// The decision and both scores, in a sentence.
    pub fn describe(&self) -> String {
        let SelfTrained { unlabelled, taught, used, .. } = self;
        let decision =
            if *used { "teach the first model" } else { "do not teach, because that would not help" };
        format!(
            "self-training: {taught} of {unlabelled} texts without a label {decision}; cross-validated log-loss {:.4} with \
             them and {:.4} without, accuracy {:.4} and {:.4}",
            self.loss_with, self.loss_without, self.accuracy_with, self.accuracy_without
        )
    }
}

/// One event of a run. It is serialised with its kind under `type`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "TrainEvent", rename_all_fields = "camelCase"))]
#[non_exhaustive]
pub enum Event {
    /// The run is about to begin.
    Start {
        /// All settings with the values in force, including defaults. A setting without a value is `null`.
        #[cfg_attr(
            test,
            ts(
                type = "{ [Name in keyof TrainingArguments]-?: Exclude<TrainingArguments[Name], undefined> | null }"
            )
        )]
        arguments: Box<TrainingArguments>,
        /// The device in use, for people.
        device: String,
        /// The interpretation of the data files.
        data: Option<Box<Understood>>,
        /// Class names by class id; empty for a regression.
        labels: Vec<String>,
        /// The number of training examples.
        train_examples: usize,
        /// The number of validation examples.
        validation_examples: usize,
        /// The number of test examples.
        test_examples: usize,
        /// The number of layers of the model.
        layers: usize,
        /// The number of weights in the whole model.
        parameters: usize,
        /// The estimated memory on the device, in bytes.
        memory_bytes: u64,
        /// The peak learning rate.
        learning_rate: f64,
        /// Optimiser steps of the whole run.
        max_steps: usize,
        /// Steps of one DPS stage.
        stage_steps: usize,
        /// The examples that train, those held out, and those that give the score, in words.
        plan: String,
    },
    /// The encoder is trained on pairs of texts before the classifier is fitted.
    Contrast {
        /// From 1.
        step: usize,
        /// The number of steps of this stage.
        steps: usize,
        /// Mean over the steps since the last event of this kind.
        loss: f64,
    },
    /// The first model is ready: the classifier was fitted to frozen features in closed form.
    Probe {
        /// The number of examples that it was fitted to.
        examples: usize,
        /// The inverse of the penalty, like scikit-learn's C.
        c: f64,
        /// The time that the fit took.
        seconds: f64,
        /// The cross-validated scores; `null` if no examples could be held out.
        metrics: Option<Box<Metrics>>,
        /// What texts without a label were worth; `null` if there are none, or they may not teach.
        self_trained: Option<SelfTrained>,
    },
    /// The labels of the examples that the first model was fitted to were judged, each by a linear model that was fitted to
    /// other examples. Comes after the first model, if each text has one class.
    Suspects {
        /// The number of examples that were judged: all up to 1500, otherwise those that the first model was fitted to.
        examples: usize,
        /// The number of examples for which another label is more probable.
        count: usize,
        /// The most doubtful of them, at most 100, the most doubtful first.
        suspects: Vec<Suspect>,
    },
    /// Gradients are collected before training, for the selection.
    Survey {
        /// The number of finished batches.
        batch: usize,
        /// The number of all batches.
        batches: usize,
    },
    /// Optimiser steps were done. It comes every `logging_steps` steps, after the first and the last step, and before an evaluation.
    Step {
        /// The number of finished steps.
        step: usize,
        /// The number of passes over the training examples so far.
        epoch: f64,
        /// Mean over the steps since the last event of this kind.
        loss: f64,
        /// The norm of the last gradient before clipping.
        grad_norm: f64,
        /// The learning rate of the last step.
        learning_rate: f64,
        /// The mean speed of the run so far.
        steps_per_second: f64,
        /// An estimate.
        seconds_left: f64,
    },
    /// The model was scored.
    Evaluation {
        /// The examples that were scored.
        part: Part,
        /// The number of finished steps.
        step: usize,
        /// The number of passes over the training examples so far.
        epoch: f64,
        /// The scores.
        #[serde(flatten)]
        metrics: Box<Metrics>,
        /// Whether this is the best evaluation so far.
        best: bool,
    },
    /// A subnetwork was selected.
    Subnetwork {
        /// The step in which it was selected, the first that uses it.
        step: usize,
        /// The share of each matrix, in the order of the parameters.
        matrices: Vec<MatrixSelection>,
    },
    /// A model like the trained one is trained without some of the texts, to estimate how good the trained one is.
    Fold {
        /// From 1.
        fold: usize,
        /// The number of folds.
        folds: usize,
        /// Includes the steps of a contrastive stage.
        step: usize,
        /// The number of steps of this fold.
        steps: usize,
    },
    /// The classifier was divided by a temperature, so that its probabilities match the shares of right answers.
    Calibration {
        /// The examples that the temperature was fitted to.
        part: Part,
        /// The divisor of the logits.
        temperature: f64,
        /// The expected calibration error on the examples that the temperature was fitted to.
        before: f64,
        /// The expected calibration error with the temperature.
        after: f64,
        /// The position of the kept weights: 0 for those that training began with, 1 for those it ended with.
        share: f64,
    },
    /// The run was stored and can be resumed from here.
    Checkpoint {
        /// The number of finished steps.
        step: usize,
        /// The name of the checkpoint, such as `step-000120`.
        name: String,
    },
    /// Something that the user should know.
    Warning {
        /// The warning, in a sentence.
        message: String,
    },
    /// The device failed in a step, and the run continues from an earlier one. Events of later steps no longer count.
    Recovery {
        /// The step that failed.
        step: usize,
        /// The last step that still counts.
        from: usize,
        /// The failure and the continuation, in a sentence.
        message: String,
    },
    /// The run has ended.
    End {
        /// The number of finished steps.
        steps: usize,
        /// The time of the run, without that between a stop and its resumption.
        seconds: f64,
        /// Mean over the steps after the first, without evaluations.
        seconds_per_step: f64,
        /// The step of the kept model.
        best_step: usize,
        /// Whether `early_stopping_patience` ended it.
        stopped_early: bool,
        /// Whether the user ended it.
        interrupted: bool,
        /// The number of steps that changed nothing because a gradient was not finite.
        skipped_steps: usize,
    },
}

/// Shortens the evaluations on the validation examples to the numbers for the curves. Only the last and the best one,
/// which may judge the run, stay whole.
pub fn forget_classes(events: &mut [Event]) {
    let (mut last, mut best) = (false, false);
    for event in events.iter_mut().rev() {
        if let Event::Evaluation { part: Part::Validation, metrics, best: is_best, .. } = event {
            let kept = !last || *is_best && !best;
            (last, best) = (true, best || *is_best);
            if !kept {
                metrics.forget_classes();
            }
        }
    }
}

impl<'de> Deserialize<'de> for MatrixSelection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_selection(Fields::new(deserializer)?).map_err(D::Error::custom)
    }
}

fn read_selection(mut fields: Fields) -> serde_json::Result<MatrixSelection> {
    Ok(MatrixSelection {
        name: fields.take("name")?,
        layer: fields.take("layer")?,
        matrix: fields.take("matrix")?,
        selected: fields.rest()?,
    })
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(Fields::new(deserializer)?).map_err(D::Error::custom)
    }
}

fn read(mut fields: Fields) -> serde_json::Result<Event> {
    let kind: String = fields.take("type")?;
    Ok(match kind.as_str() {
        "start" => Event::Start {
            arguments: fields.take("arguments")?,
            device: fields.take("device")?,
            data: if fields.has("data") { fields.take("data")? } else { None },
            labels: fields.take("labels")?,
            train_examples: fields.take("train_examples")?,
            validation_examples: fields.take("validation_examples")?,
            test_examples: fields.take("test_examples")?,
            layers: fields.take("layers")?,
            parameters: fields.take("parameters")?,
            memory_bytes: fields.take("memory_bytes")?,
            learning_rate: fields.take("learning_rate")?,
            max_steps: fields.take("max_steps")?,
            stage_steps: fields.take("stage_steps")?,
            plan: fields.take("plan")?,
        },
        "contrast" => Event::Contrast {
            step: fields.take("step")?,
            steps: fields.take("steps")?,
            loss: fields.take_or_nan("loss")?,
        },
        "probe" => Event::Probe {
            examples: fields.take("examples")?,
            c: fields.take("c")?,
            seconds: fields.take("seconds")?,
            metrics: fields.take("metrics")?,
            self_trained: if fields.has("self_trained") { fields.take("self_trained")? } else { None },
        },
        "fold" => Event::Fold {
            fold: fields.take("fold")?,
            folds: fields.take("folds")?,
            step: fields.take("step")?,
            steps: fields.take("steps")?,
        },
        "calibration" => Event::Calibration {
            part: fields.take("part")?,
            temperature: fields.take("temperature")?,
            before: fields.take("before")?,
            after: fields.take("after")?,
            share: fields.take("share")?,
        },
        "suspects" => Event::Suspects {
            examples: fields.take("examples")?,
            count: fields.take("count")?,
            suspects: fields.take("suspects")?,
        },
        "survey" => Event::Survey { batch: fields.take("batch")?, batches: fields.take("batches")? },
        "step" => Event::Step {
            step: fields.take("step")?,
            epoch: fields.take("epoch")?,
            loss: fields.take_or_nan("loss")?,
            grad_norm: fields.take_or_nan("grad_norm")?,
            learning_rate: fields.take("learning_rate")?,
            steps_per_second: fields.take("steps_per_second")?,
            seconds_left: fields.take("seconds_left")?,
        },
        "evaluation" => Event::Evaluation {
            part: fields.take("part")?,
            step: fields.take("step")?,
            epoch: fields.take("epoch")?,
            best: fields.take("best")?,
            metrics: fields.rest()?,
        },
        "subnetwork" => Event::Subnetwork { step: fields.take("step")?, matrices: fields.take("matrices")? },
        "checkpoint" => Event::Checkpoint { step: fields.take("step")?, name: fields.take("name")? },
        "warning" => Event::Warning { message: fields.take("message")? },
        "recovery" => Event::Recovery {
            step: fields.take("step")?,
            from: fields.take("from")?,
            message: fields.take("message")?,
        },
        "end" => Event::End {
            steps: fields.take("steps")?,
            seconds: fields.take("seconds")?,
            seconds_per_step: fields.take("seconds_per_step")?,
            best_step: fields.take("best_step")?,
            stopped_early: fields.take("stopped_early")?,
            interrupted: fields.take("interrupted")?,
            skipped_steps: fields.take("skipped_steps")?,
        },
        _ => return Err(serde_json::Error::custom(format!("{kind:?} is not a kind of event"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::exact;
    use crate::spec::{
        ClassSize, Column, Finding, FindingKind, Labelled, LeftOut, Omission, OtherFile, Reading, Regression,
        Scores, Variants,
    };

    fn self_trained() -> SelfTrained {
        SelfTrained {
            unlabelled: 100,
            taught: 12,
            used: true,
            loss_without: 0.5,
            loss_with: 0.25,
            accuracy_without: 0.75,
            accuracy_with: 0.875,
        }
    }

    fn understood() -> Understood {
        let column = |name: &str| Column { column: name.into(), why: "by its name".into() };
        let left_out = vec![Omission { reason: "rows without a text".into(), count: 1, lines: vec![4] }];
        let classes = ["x", "y"].map(|label| ClassSize { label: label.into(), examples: 2 });
        let variants = ["x", "X"].map(|label| ClassSize { label: label.into(), examples: 1 });
        Understood {
            reading: Reading {
                format: "CSV".into(),
                encoding: Some("UTF-8".into()),
                delimiter: Some(','),
                header_line: Some(1),
                sheet: None,
                other_sheets: vec!["two".into()],
                rows: 4,
                left_out: vec![LeftOut { reason: "a title".into(), lines: vec![1] }],
            },
            text: column("text"),
            pair: Some(column("pair")),
            label: column("label"),
            unused: vec!["id".into()],
            used: 3,
            left_out: left_out.clone(),
            labels: Labelled::Classes(classes.into()),
            merged: vec![Variants { label: "x".into(), written: variants.into() }],
            other_files: vec![OtherFile {
                file: "test.csv".into(),
                text: column("text"),
                pair: None,
                label: column("label"),
                used: 1,
                left_out,
            }],
            notes: vec!["a note".into()],
            findings: vec![Finding::new(FindingKind::Overlap, "a finding".into(), vec![2, 3])],
        }
    }

    /// Every kind of event.
    fn all() -> Vec<Event> {
        let scores =
            Regression { mean_squared_error: 0.1, mean_absolute_error: 0.2, pearson: 0.3, spearman: 0.4 };
        let metrics = Metrics { loss: 0.1, examples: 7, interval: None, scores: Scores::Regression(scores) };
        let selected = Selected { entries: 9, kept: 5, overlap: 2 };
        let message = String::from("m");
        vec![
            Event::Start {
                arguments: Box::default(),
                device: "CPU".into(),
                data: Some(Box::new(understood())),
                labels: vec!["a".into()],
                train_examples: 1,
                validation_examples: 2,
                test_examples: 3,
                layers: 2,
                parameters: 4,
                memory_bytes: 5,
                learning_rate: 1e-4,
                max_steps: 5,
                stage_steps: 6,
                plan: "1 text trains".into(),
            },
            Event::Contrast { step: 10, steps: 40, loss: 0.25 },
            Event::Probe {
                examples: 1,
                c: 10.0,
                seconds: 0.5,
                metrics: Some(Box::new(metrics.clone())),
                self_trained: Some(self_trained()),
            },
            Event::Probe { examples: 1, c: 10.0, seconds: 0.5, metrics: None, self_trained: None },
            Event::Fold { fold: 1, folds: 3, step: 4, steps: 50 },
            Event::Calibration {
                part: Part::CrossValidation,
                temperature: 1.5,
                before: 0.2,
                after: 0.1,
                share: 0.5,
            },
            Event::Suspects {
                examples: 20,
                count: 1,
                suspects: vec![Suspect {
                    line: 3,
                    text: "t".into(),
                    pair: None,
                    label: "a".into(),
                    probability: 0.25,
                    likely: "b".into(),
                    likely_probability: 0.75,
                }],
            },
            Event::Survey { batch: 1, batches: 2 },
            Event::Step {
                step: 1,
                epoch: 0.1,
                loss: 0.7,
                grad_norm: 1.5,
                learning_rate: 1e-4,
                steps_per_second: 2.5,
                seconds_left: 3.5,
            },
            Event::Evaluation {
                part: Part::Test,
                step: 1,
                epoch: 0.3,
                metrics: Box::new(metrics),
                best: true,
            },
            Event::Subnetwork {
                step: 2,
                matrices: vec![
                    MatrixSelection { name: "w".into(), layer: Some(1), matrix: "query".into(), selected },
                    MatrixSelection { name: "c".into(), layer: None, matrix: "classifier".into(), selected },
                ],
            },
            Event::Checkpoint { step: 3, name: "step-000003".into() },
            Event::Warning { message: message.clone() },
            Event::Recovery { step: 4, from: 3, message },
            Event::End {
                steps: 5,
                seconds: 1.5,
                seconds_per_step: 0.5,
                best_step: 4,
                stopped_early: true,
                interrupted: false,
                skipped_steps: 1,
            },
        ]
    }

    #[test]
    fn only_evaluations_that_a_run_may_be_judged_by_stay_whole() {
        let evaluation = |(step, best): (usize, bool)| Event::Evaluation {
            part: Part::Validation,
            step,
            epoch: 0.5,
            metrics: Box::new(Metrics::classification(0.5, &[vec![0.9, 0.1]], &[0], 2)),
            best,
        };
        let whole = |events: &[Event]| -> Vec<usize> {
            let step = |event: &Event| match event {
                Event::Evaluation { step, metrics, .. } if metrics.is_whole() => Some(*step),
                _ => None,
            };
            events.iter().filter_map(step).collect()
        };
        let mut events: Vec<_> =
            [(1, true), (2, false), (3, true), (4, false), (5, false)].map(evaluation).into();
        forget_classes(&mut events);
        assert_eq!(whole(&events), [3, 5]);
        events.push(evaluation((6, true)));
        forget_classes(&mut events);
        assert_eq!(whole(&events), [6]);
        let read: Vec<Event> = exact::read(&exact::write(&events).unwrap()).unwrap();
        assert_eq!(read, events);
    }

    #[test]
    fn each_kind_is_read_as_it_was_written() {
        for event in all() {
            let found: Event = exact::read(&exact::write(&event).unwrap()).unwrap();
            assert_eq!(found, event);
        }
    }

    #[test]
    fn a_loss_that_is_no_number_is_read_as_such() {
        let Some(Event::Step { step, epoch, learning_rate, steps_per_second, seconds_left, .. }) =
            all().into_iter().find(|event| matches!(event, Event::Step { .. }))
        else {
            panic!("one is a step");
        };
        let (loss, grad_norm) = (f64::INFINITY, f64::NAN);
        let event =
            Event::Step { step, epoch, loss, grad_norm, learning_rate, steps_per_second, seconds_left };
        match exact::read(&exact::write(&event).unwrap()).unwrap() {
            Event::Step { loss, grad_norm, .. } => assert!(loss.is_nan() && grad_norm.is_nan()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_no_event_is_refused_by_the_name_of_its_field() {
        for (text, expected) in [
            (r#"{"type":"later"}"#, "\"later\" is not a kind of event"),
            (r#"{"step":1}"#, "missing field `type`"),
            (r#"{"type":"checkpoint","step":-1,"name":"n"}"#, "step: invalid value: integer `-1`"),
            (r#"{"type":"evaluation","part":"test","step":1,"epoch":1,"best":true}"#, "missing field `loss`"),
        ] {
            let error = exact::read::<Event>(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
