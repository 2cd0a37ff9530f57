//! A labelled text, and the task of learning from such texts.

/// The value that the model learns to predict for an example.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// An index into the labels of the task.
    Class(usize),
    /// A number, for a regression.
    Value(f32),
}

/// A text, or a pair of texts, with its label if it has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The line of the file on which the example begins, from 1.
    pub line: u64,
    /// The text.
    pub text: String,
    /// The second text of a pair.
    pub pair: Option<String>,
    /// The target; `None` without a label.
    pub target: Option<Target>,
}

/// The task of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// The labels by class id, trimmed and sorted.
    Classification {
        /// The class names, by class id.
        labels: Vec<String>,
    },
    /// A number for each text.
    Regression,
}
