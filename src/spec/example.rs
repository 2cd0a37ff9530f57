//! A labelled text, and the task of learning from such texts.

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// An index into the labels of the task.
    Class(usize),
    Value(f32),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The line of the file on which the example begins, from 1.
    pub line: u64,
    pub text: String,
    pub pair: Option<String>,
    pub target: Option<Target>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// The labels by class id, trimmed and sorted.
    Classification {
        labels: Vec<String>,
    },
    Regression,
}
