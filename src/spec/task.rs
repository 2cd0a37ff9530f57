//! What is learned: the labelled text, and the kind of label.
//!
//! A kind of task is a row of [`TaskRow`] here, a file in `src/task/` with its computations, and a variant of
//! [`Target`], [`Prediction`](super::Prediction) and [`Scores`](super::Scores). All else asks these.

use std::sync::Arc;

use serde_json::{Value, json};

use super::TaskKind;

/// The label of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// An index into the labels of the task.
    Class(usize),
    /// A number.
    Value(f32),
    /// Ascending indices into the labels of the task.
    Labels(Vec<usize>),
}

/// A text with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The line of the file on which the example begins, from 1.
    pub line: u64,
    /// The text, or the first of a pair.
    pub text: String,
    /// The second text of a pair.
    pub pair: Option<String>,
    /// The label, if the text has one.
    pub target: Option<Target>,
}

/// What a model learns.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The kind of label.
    pub kind: TaskKind,
    /// The labels by class id, trimmed and sorted; empty for a regression.
    pub labels: Vec<String>,
    /// With several labels a text, the probability from which on it has each of them; one half where none is known.
    pub thresholds: Arc<[f32]>,
}

/// The answers of a kind of task that need no computation.
pub struct TaskRow {
    /// Its name in `config.json`.
    pub problem_type: &'static str,
    /// The names that [`Metrics::value`](super::Metrics::value) knows and that can choose the best model.
    pub metrics: &'static [&'static str],
    /// The metric that decides if none is named.
    pub best_metric: &'static str,
    /// The settings that make no sense for it.
    pub refuses: &'static [&'static str],
    /// The reason.
    pub refuses_because: &'static str,
    /// How the outputs of the model are read.
    pub output: OutputWords,
}

/// How another program turns the model's `logits` into an answer.
pub struct OutputWords {
    /// What Python appends to `logits`.
    pub python: &'static str,
    /// A sentence on the logits.
    pub logits: &'static str,
    /// The function that transformers.js has to import for the expression below.
    pub import: &'static str,
    /// An expression of JavaScript.
    pub javascript: &'static str,
    /// Why a `text-classification` pipeline cannot be used, if so.
    pub no_pipeline: Option<&'static str>,
}

static CLASSIFICATION: TaskRow = TaskRow {
    problem_type: "single_label_classification",
    metrics: &["loss", "accuracy", "f1", "precision", "recall", "matthews_correlation"],
    best_metric: "accuracy",
    refuses: &[],
    refuses_because: "",
    output: OutputWords {
        python: ".softmax(-1)",
        logits: "The softmax of `logits` are the probabilities, in the order of `id2label` in `config.json`.",
        import: ", softmax",
        javascript: "softmax(logits.data)",
        no_pipeline: None,
    },
};

static REGRESSION: TaskRow = TaskRow {
    problem_type: "regression",
    metrics: &["loss", "mse", "mae", "pearson", "spearman"],
    best_metric: "spearman",
    refuses: &["class_weights", "stage", "label_names"],
    refuses_because: "the task is a regression and has no classes",
    output: OutputWords {
        python: ".item()",
        logits: "`logits` is the number.",
        import: "",
        javascript: "logits.data[0]",
        no_pipeline: Some(
            "Do not use a `text-classification` pipeline for this model: it applies a softmax or a sigmoid to the \
             number, which makes it 1 or moves it between 0 and 1. Read `logits`, as above.",
        ),
    },
};

static MULTI_LABEL: TaskRow = TaskRow {
    problem_type: "multi_label_classification",
    metrics: &["loss", "micro_f1", "macro_f1", "exact_match", "precision", "recall"],
    best_metric: "micro_f1",
    refuses: &["stage", "label_names"],
    refuses_because: "a text may have several labels",
    output: OutputWords {
        python: ".sigmoid()",
        logits: "The sigmoid of each of the `logits` is the probability of a label, in the order of `id2label` in \
                 `config.json`. A text has the labels whose probability is at least 0.5, or the label's number in \
                 `thresholds` under `subtune` in `config.json`, where that stands.",
        import: "",
        javascript: "logits.sigmoid().tolist()",
        no_pipeline: None,
    },
};

impl TaskKind {
    /// The answers of this kind.
    pub fn row(self) -> &'static TaskRow {
        match self {
            TaskKind::Classification => &CLASSIFICATION,
            TaskKind::Regression => &REGRESSION,
            TaskKind::MultiLabel => &MULTI_LABEL,
        }
    }
}

impl Task {
    /// One of `labels` for each text.
    pub fn classification(labels: Vec<String>) -> Self {
        Task { kind: TaskKind::Classification, labels, thresholds: Arc::default() }
    }

    /// Any number of `labels` for each text.
    pub fn multi_label(labels: Vec<String>) -> Self {
        Task { kind: TaskKind::MultiLabel, labels, thresholds: Arc::default() }
    }

    /// A number for each text.
    pub fn regression() -> Self {
        Task { kind: TaskKind::Regression, labels: Vec::new(), thresholds: Arc::default() }
    }

    /// Whether both are the same but for thresholds.
    pub fn is_same(&self, other: &Task) -> bool {
        self.kind == other.kind && self.labels == other.labels
    }

    /// The number of the classifier's outputs.
    pub fn outputs(&self) -> usize {
        self.labels.len().max(1)
    }
}

impl Target {
    /// The kind of task that has such targets.
    pub fn kind(&self) -> TaskKind {
        match self {
            Target::Class(_) => TaskKind::Classification,
            Target::Value(_) => TaskKind::Regression,
            Target::Labels(_) => TaskKind::MultiLabel,
        }
    }

    /// The ids of the text's labels; none for a number.
    pub fn classes(&self) -> &[usize] {
        match self {
            Target::Class(class) => std::slice::from_ref(class),
            Target::Value(_) => &[],
            Target::Labels(labels) => labels,
        }
    }

    /// Bytes that differ for different targets of one kind.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Target::Class(class) => (*class as u64).to_le_bytes().to_vec(),
            Target::Value(value) => value.to_le_bytes().to_vec(),
            Target::Labels(labels) => {
                [labels.len()].iter().chain(labels).flat_map(|id| (*id as u64).to_le_bytes()).collect()
            }
        }
    }

    /// A text that differs for different targets of one kind.
    pub fn key(&self) -> String {
        match self {
            Target::Class(class) => class.to_string(),
            Target::Value(value) => value.to_bits().to_string(),
            Target::Labels(labels) => format!("{labels:?}"),
        }
    }

    /// The label for people.
    pub fn words(&self, labels: &[String]) -> String {
        match self {
            Target::Class(class) => labels.get(*class).cloned().unwrap_or_default(),
            Target::Value(value) => value.to_string(),
            Target::Labels(found) => joined(found, labels),
        }
    }

    /// The label for programs: the name of a class, or a number.
    pub fn to_json(&self, labels: &[String]) -> Value {
        match self {
            Target::Class(class) => json!(labels.get(*class)),
            Target::Value(value) => json!(value),
            Target::Labels(found) => found.iter().filter_map(|label| labels.get(*label).cloned()).collect(),
        }
    }

    /// The number, in a regression.
    pub fn value(&self) -> Option<f32> {
        match self {
            Target::Value(value) => Some(*value),
            Target::Class(_) | Target::Labels(_) => None,
        }
    }
}

/// The names of several labels, for people.
pub(super) fn joined(found: &[usize], labels: &[String]) -> String {
    match found {
        [] => "no label".into(),
        found => found
            .iter()
            .filter_map(|label| labels.get(*label))
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("; "),
    }
}

impl Example {
    /// The ids of the text's labels; none for a number, or without a target.
    pub fn classes(&self) -> &[usize] {
        self.target.as_ref().map_or(&[], Target::classes)
    }
}
