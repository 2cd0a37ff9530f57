//! The scores of an evaluation.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Task, TaskKind};
use crate::json::Fields;
use crate::json::exact::or_nan;

/// The name of the calibration error among the scores.
const CALIBRATION: &str = "expected_calibration_error";

/// The result of one evaluation. It serialises flat: the scores stand beside `loss` and `examples`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Metrics {
    /// The mean loss of an example; 0 without examples.
    pub loss: f64,
    /// The number of examples that were evaluated.
    pub examples: usize,
    /// The likely range of the score on all such texts; `null` if there are too few examples to tell.
    pub interval: Option<Interval>,
    /// The scores of the task.
    #[serde(flatten)]
    pub scores: Scores,
}

/// The range that contains the score on all texts like these, in 95 of 100 samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Interval {
    /// The name of the score: `accuracy`, `exact_match` or `spearman`.
    #[cfg_attr(test, ts(type = "\"accuracy\" | \"exact_match\" | \"spearman\""))]
    pub metric: String,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// `wilson` (Wilson, 1927) for a share, `fisher` for a correlation (Fisher's z with the variance of Bonett and Wright,
    /// 2000).
    #[cfg_attr(test, ts(type = "\"wilson\" | \"fisher\""))]
    pub method: String,
}

/// The scores of each kind of task.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Scores {
    /// The scores of a classification.
    Classification(Classification),
    /// The scores where a text may have several labels.
    MultiLabel(MultiLabel),
    /// The scores of a regression.
    Regression(Regression),
}

impl<'de> Deserialize<'de> for Metrics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(Fields::new(deserializer)?).map_err(D::Error::custom)
    }
}

fn read(mut fields: Fields) -> serde_json::Result<Metrics> {
    let (loss, examples) = (fields.take_or_nan("loss")?, fields.take("examples")?);
    let interval = fields.take("interval")?;
    let scores = match (fields.has("accuracy"), fields.has("exact_match")) {
        (true, _) => Scores::Classification(fields.rest()?),
        (_, true) => Scores::MultiLabel(fields.rest()?),
        _ => Scores::Regression(fields.rest()?),
    };
    Ok(Metrics { loss, examples, interval, scores })
}

/// The scores of a classification, one label per example. A quotient with denominator 0 is 0.
///
/// The macro averages are unweighted means over the classes that occur among the labels or the predictions, as in
/// scikit-learn without `labels=`: a class of the task that is in neither does not pull them down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Classification {
    /// The share of examples whose most probable class is their label (`sklearn.metrics.accuracy_score`).
    pub accuracy: f64,
    /// The mean of [`ClassScore::precision`] (`precision_score(average="macro")`).
    pub macro_precision: f64,
    /// The mean of [`ClassScore::recall`] (`recall_score(average="macro")`).
    pub macro_recall: f64,
    /// The mean of [`ClassScore::f1`] (`f1_score(average="macro")`).
    pub macro_f1: f64,
    /// The correlation of labels and predictions, from -1 to 1, 0 for a constant prediction: the coefficient of
    /// Matthews (1975) for two classes, Gorodkin's R_K (2004) for more (`matthews_corrcoef`).
    pub matthews_correlation: f64,
    /// The distance of the probability of the predicted class from the share of correct predictions: their mean
    /// distance over 15 bins ((m - 1) / 15, m / 15] of that probability, weighted by the bins' examples (Guo et al., On
    /// Calibration of Modern Neural Networks, 2017, equation 3).
    pub expected_calibration_error: f64,
    /// One entry for each class of the task, even without examples; empty if it was dropped.
    pub per_class: Vec<ClassScore>,
    /// The number of examples as `[true class][predicted class]` (`confusion_matrix`); empty if it was dropped.
    pub confusion: Vec<Vec<usize>>,
}

/// The scores where a text may have several labels. A quotient with denominator 0 is 0. The micro averages count every
/// decision about a label of a text; the macro averages are means over all labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct MultiLabel {
    /// The share of examples whose labels are all right (`sklearn.metrics.accuracy_score`).
    pub exact_match: f64,
    /// `precision_score(average="micro")`.
    pub micro_precision: f64,
    /// `recall_score(average="micro")`.
    pub micro_recall: f64,
    /// `f1_score(average="micro")`.
    pub micro_f1: f64,
    /// `precision_score(average="macro")`.
    pub macro_precision: f64,
    /// `recall_score(average="macro")`.
    pub macro_recall: f64,
    /// `f1_score(average="macro")`.
    pub macro_f1: f64,
    /// The distance of the probability of a label from the share of texts that have it: their mean distance over 15 bins
    /// of that probability, weighted by the bins' decisions.
    pub expected_calibration_error: f64,
    /// One entry for each label of the task; empty if it was dropped.
    pub per_class: Vec<ClassScore>,
}

/// The scores of one class against all others (`sklearn.metrics.precision_recall_fscore_support`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct ClassScore {
    /// The share of the predictions of this class that are right.
    pub precision: f64,
    /// The share of the examples of this class that were found.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
    /// The number of examples of this class.
    pub support: usize,
}

/// The scores of a regression. All are 0 without examples, and NaN if any prediction or target is NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Regression {
    /// The mean of the squared differences (`sklearn.metrics.mean_squared_error`).
    #[serde(deserialize_with = "or_nan")]
    pub mean_squared_error: f64,
    /// The mean of the absolute differences (`sklearn.metrics.mean_absolute_error`).
    #[serde(deserialize_with = "or_nan")]
    pub mean_absolute_error: f64,
    /// The linear correlation of predictions and targets (`scipy.stats.pearsonr`), but 0 if either is constant, where
    /// SciPy returns NaN.
    #[serde(deserialize_with = "or_nan")]
    pub pearson: f64,
    /// The linear correlation of their ranks, where equal values share their mean rank (`scipy.stats.spearmanr`), but 0
    /// if either is constant.
    #[serde(deserialize_with = "or_nan")]
    pub spearman: f64,
}

/// One number among the scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Its name in [`Metrics::value`].
    pub name: &'static str,
    /// Its name for people.
    pub words: &'static str,
    /// The number.
    pub value: f64,
    /// Whether it is among the first that a person should see.
    pub headline: bool,
    /// Whether it is the share of examples that are right.
    pub is_share: bool,
    /// Whether a curve of it is worth drawing beside the others.
    pub curve: bool,
}

const fn score(name: &'static str, words: &'static str, value: f64) -> Score {
    Score { name, words, value, headline: false, is_share: false, curve: false }
}

impl Score {
    const fn headline(self) -> Self {
        Score { headline: true, ..self }
    }

    const fn share(self) -> Self {
        Score { is_share: true, ..self }
    }

    const fn curve(self) -> Self {
        Score { curve: true, ..self }
    }
}

impl Scores {
    /// All numbers, the most important first.
    pub fn rows(&self) -> Vec<Score> {
        match self {
            Scores::Classification(scores) => vec![
                score("accuracy", "accuracy", scores.accuracy).headline().share().curve(),
                score("f1", "F1 (macro)", scores.macro_f1).headline().curve(),
                score("precision", "precision (macro)", scores.macro_precision),
                score("recall", "recall (macro)", scores.macro_recall),
                score("matthews_correlation", "Matthews correlation", scores.matthews_correlation).curve(),
                score(CALIBRATION, "calibration error", scores.expected_calibration_error),
            ],
            Scores::MultiLabel(scores) => vec![
                score("micro_f1", "F1 (micro)", scores.micro_f1).headline().curve(),
                score("macro_f1", "F1 (macro)", scores.macro_f1).headline().curve(),
                score("exact_match", "exact match", scores.exact_match).curve(),
                score("precision", "precision (micro)", scores.micro_precision),
                score("recall", "recall (micro)", scores.micro_recall),
                score("macro_precision", "precision (macro)", scores.macro_precision),
                score("macro_recall", "recall (macro)", scores.macro_recall),
                score(CALIBRATION, "calibration error", scores.expected_calibration_error),
            ],
            Scores::Regression(scores) => vec![
                score("spearman", "Spearman correlation", scores.spearman).headline().curve(),
                score("mae", "mean absolute error", scores.mean_absolute_error).headline(),
                score("pearson", "Pearson correlation", scores.pearson).curve(),
                score("mse", "mean squared error", scores.mean_squared_error),
            ],
        }
    }

    /// The scores of each class; empty if they were dropped, or the task has none.
    pub fn per_class(&self) -> &[ClassScore] {
        match self {
            Scores::Classification(scores) => &scores.per_class,
            Scores::MultiLabel(scores) => &scores.per_class,
            Scores::Regression(_) => &[],
        }
    }

    /// The number of examples as `[true class][predicted class]`; empty if it was dropped, or the task has none.
    pub fn confusion(&self) -> &[Vec<usize>] {
        match self {
            Scores::Classification(scores) => &scores.confusion,
            Scores::MultiLabel(_) | Scores::Regression(_) => &[],
        }
    }

    /// The kind of task that has these scores.
    pub fn kind(&self) -> TaskKind {
        match self {
            Scores::Classification(_) => TaskKind::Classification,
            Scores::MultiLabel(_) => TaskKind::MultiLabel,
            Scores::Regression(_) => TaskKind::Regression,
        }
    }
}

impl Metrics {
    /// All numbers, the most important first and the loss last.
    pub fn rows(&self) -> Vec<Score> {
        let mut rows = self.scores.rows();
        rows.push(score("loss", "loss", self.loss));
        rows
    }

    /// One score by its name, with or without the `eval_` that Hugging Face's Trainer puts before it; none for a name of
    /// another kind of task. `f1`, `precision` and `recall` are the macro averages.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.rows().into_iter().find(|score| score.name == bare(name)).map(|score| score.value)
    }

    /// Drops the scores of each class and of each pair of classes, which take megabytes per evaluation with a thousand
    /// classes. The numbers for the curves stay.
    pub fn forget_classes(&mut self) {
        match &mut self.scores {
            Scores::Classification(scores) => {
                (scores.per_class, scores.confusion) = (Vec::new(), Vec::new());
            }
            Scores::MultiLabel(scores) => scores.per_class = Vec::new(),
            Scores::Regression(_) => {}
        }
    }

    /// Whether the metrics still have the scores of each class, which [`forget_classes`](Self::forget_classes) drops.
    pub fn is_whole(&self) -> bool {
        self.scores.kind() == TaskKind::Regression || !self.scores.per_class().is_empty()
    }

    /// Whether these can be scores of `task`.
    pub fn fits(&self, task: &Task) -> bool {
        let (per_class, confusion) = (self.scores.per_class(), self.scores.confusion());
        let classes = task.labels.len();
        // both are dropped together
        let pairs = if self.scores.kind() == TaskKind::Classification { per_class.len() } else { 0 };
        self.scores.kind() == task.kind
            && (per_class.is_empty() || per_class.len() == classes)
            && confusion.len() == pairs
            && confusion.iter().all(|row| row.len() == classes)
            && confusion.iter().flatten().all(|count| *count <= self.examples)
            && per_class.iter().all(|class| class.support <= self.examples)
    }

    /// The interval in words, such as "48 texts: accuracy between 55 and 81 %", if there is one.
    pub fn interval_in_words(&self) -> Option<String> {
        let Interval { metric, low, high, .. } = self.interval.as_ref()?;
        let texts = if self.examples == 1 { "1 text".into() } else { format!("{} texts", self.examples) };
        Some(match metric.as_str() {
            "spearman" => format!("{texts}: {metric} between {low:.2} and {high:.2}"),
            share => {
                let words = share.replace('_', " ");
                format!("{texts}: {words} between {:.0} and {:.0} %", 100.0 * low, 100.0 * high)
            }
        })
    }

    /// The distance of probabilities from the shares of right answers; `None` for a regression.
    pub fn calibration_error(&self) -> Option<f64> {
        self.value(CALIBRATION)
    }

    /// Whether a greater value means a better model, which holds for all metrics except the loss and the errors.
    pub fn greater_is_better(name: &str) -> bool {
        !matches!(bare(name), "loss" | "mse" | "mae" | CALIBRATION)
    }
}

fn bare(name: &str) -> &str {
    name.strip_prefix("eval_").unwrap_or(name)
}
