//! Findings about labelled examples before training.

use super::quote::some_lines;
use serde::{Deserialize, Serialize};

const MAX_LINES: usize = 10;

/// The kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum FindingKind {
    /// Several examples have the same text.
    Duplicates,
    /// Examples with the same text have different labels.
    ConflictingLabels,
    /// Classes have few examples.
    SmallClasses,
    /// One class is much larger than another, or has most examples.
    Imbalance,
    /// Texts are longer than `max_length` tokens.
    LongTexts,
    /// Many tokens of the texts are unknown to the model.
    UnknownTokens,
    /// Texts of a validation or test file are in the training file too.
    Overlap,
}

/// A remark about the examples that the user should see before training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Finding {
    /// The kind of the finding.
    pub kind: FindingKind,
    /// One sentence or two, with numbers.
    pub message: String,
    /// The first lines of the file that show it, at most 10.
    pub lines: Vec<u64>,
    /// The number of all lines that show it.
    pub line_count: usize,
}

impl Finding {
    pub(crate) fn new(kind: FindingKind, message: String, lines: Vec<u64>) -> Self {
        let line_count = lines.len();
        Finding { kind, message, lines: lines.into_iter().take(MAX_LINES).collect(), line_count }
    }

    /// The message with its lines.
    pub fn describe(&self) -> String {
        match self.line_count {
            0 => self.message.clone(),
            total => format!("{} ({})", self.message, some_lines(&self.lines, total)),
        }
    }
}
