//! The scores of an evaluation.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::json::Fields;
use crate::json::exact::or_nan;

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
    /// The name of the score: `accuracy` or `spearman`.
    #[cfg_attr(test, ts(type = "\"accuracy\" | \"spearman\""))]
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

/// The scores of either kind of task.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Scores {
    /// The scores of a classification.
    Classification(Classification),
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
    let scores = match fields.has("accuracy") {
        true => Scores::Classification(fields.rest()?),
        false => Scores::Regression(fields.rest()?),
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

impl Metrics {
    /// One score by its name among [`Metrics::names`], with or without the `eval_` that Hugging Face's Trainer
    /// puts before it; none for a name of the other kind of task. `f1`, `precision` and `recall` are the macro
    /// averages.
    pub fn value(&self, name: &str) -> Option<f64> {
        match (bare(name), &self.scores) {
            ("loss", _) => Some(self.loss),
            ("accuracy", Scores::Classification(scores)) => Some(scores.accuracy),
            ("f1", Scores::Classification(scores)) => Some(scores.macro_f1),
            ("precision", Scores::Classification(scores)) => Some(scores.macro_precision),
            ("recall", Scores::Classification(scores)) => Some(scores.macro_recall),
            ("matthews_correlation", Scores::Classification(scores)) => Some(scores.matthews_correlation),
            ("mse", Scores::Regression(scores)) => Some(scores.mean_squared_error),
            ("mae", Scores::Regression(scores)) => Some(scores.mean_absolute_error),
            ("pearson", Scores::Regression(scores)) => Some(scores.pearson),
            ("spearman", Scores::Regression(scores)) => Some(scores.spearman),
            _ => None,
        }
    }

    /// Drops the scores of each class and of each pair of classes, which take megabytes per evaluation with a thousand
    /// classes. The numbers for the curves stay.
    pub fn forget_classes(&mut self) {
        if let Scores::Classification(scores) = &mut self.scores {
            (scores.per_class, scores.confusion) = (Vec::new(), Vec::new());
        }
    }

    /// Whether the metrics still have the scores of each class, which [`forget_classes`](Self::forget_classes) drops.
    pub fn is_whole(&self) -> bool {
        match &self.scores {
            Scores::Classification(scores) => !scores.per_class.is_empty(),
            Scores::Regression(_) => true,
        }
    }

    /// The interval in words, such as "48 texts: accuracy between 55 and 81 %", if there is one.
    pub fn interval_in_words(&self) -> Option<String> {
        let Interval { metric, low, high, .. } = self.interval.as_ref()?;
        let texts = if self.examples == 1 { "1 text".into() } else { format!("{} texts", self.examples) };
        Some(match metric.as_str() {
            "accuracy" => format!("{texts}: {metric} between {:.0} and {:.0} %", 100.0 * low, 100.0 * high),
            _ => format!("{texts}: {metric} between {low:.2} and {high:.2}"),
        })
    }

    /// The distance of probabilities from the shares of right answers; `None` for a regression.
    pub fn calibration_error(&self) -> Option<f64> {
        match &self.scores {
            Scores::Classification(scores) => Some(scores.expected_calibration_error),
            Scores::Regression(_) => None,
        }
    }

    /// The names that [`Metrics::value`] knows for a regression or for a classification.
    pub fn names(regression: bool) -> &'static [&'static str] {
        if regression {
            &["loss", "mse", "mae", "pearson", "spearman"]
        } else {
            &["loss", "accuracy", "f1", "precision", "recall", "matthews_correlation"]
        }
    }

    /// Whether a greater value means a better model, which holds for all metrics except the loss and the two errors.
    pub fn greater_is_better(name: &str) -> bool {
        !matches!(bare(name), "loss" | "mse" | "mae")
    }
}

fn bare(name: &str) -> &str {
    name.strip_prefix("eval_").unwrap_or(name)
}
