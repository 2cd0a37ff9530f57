//! The questions about a data file that only the user can decide.

use super::quote::{list, quoted};
use serde::{Deserialize, Serialize};

/// A question. It is serialised with its kind under `role`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "role", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all_fields = "camelCase"))]
pub enum Question {
    /// Which column holds the text?
    Text {
        /// The columns to choose from.
        candidates: Vec<Candidate>,
    },
    /// Which column holds the label?
    Label {
        /// The columns to choose from.
        candidates: Vec<Candidate>,
    },
    /// Do labels that are written differently mean one class?
    MergeLabels {
        /// The labels that would become one class each.
        groups: Vec<Variants>,
    },
}

/// A column that could be meant.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Candidate {
    /// The name of the column.
    pub column: String,
    /// The evidence for it.
    pub why: String,
    /// The first few different values, cut to 40 characters.
    pub examples: Vec<String>,
}

/// Labels that differ only in case, blanks, Unicode form or the form of a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Variants {
    /// The most frequent spelling.
    pub label: String,
    /// All spellings, with the number of examples of each.
    pub written: Vec<ClassSize>,
}

/// A label with its number of examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct ClassSize {
    /// The label, as the file writes it.
    pub label: String,
    /// The number of examples with this label.
    pub examples: usize,
}

impl Variants {
    /// `"Billing" (20), "billing" (31)`.
    pub fn describe(&self) -> String {
        sizes(&self.written)
    }
}

/// Lists at most ten classes with their sizes.
pub(crate) fn sizes(classes: &[ClassSize]) -> String {
    let describe = |class: &ClassSize| format!("{} ({})", quoted(&class.label), class.examples);
    let mut text = classes.iter().take(10).map(describe).collect::<Vec<_>>().join(", ");
    if classes.len() > 10 {
        text += &format!(" and {} more", classes.len() - 10);
    }
    text
}

/// The findings and the settings that decide, for a face that cannot ask.
impl std::fmt::Display for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names =
            |candidates: &[Candidate]| list(&candidates.iter().map(|one| &one.column).collect::<Vec<_>>());
        match self {
            Question::Text { candidates } => write!(
                f,
                "several columns could be the text: {}; name it with text_column (--text-column), and for pairs of \
                 texts the second with pair_column (--pair-column)",
                names(candidates)
            ),
            Question::Label { candidates } => write!(
                f,
                "several columns could be the label: {}; name it with label_column (--label-column)",
                names(candidates)
            ),
            Question::MergeLabels { groups } => {
                let mut described =
                    groups.iter().take(5).map(Variants::describe).collect::<Vec<_>>().join("; ");
                if groups.len() > 5 {
                    described += &format!("; and {} more such groups", groups.len() - 5);
                }
                write!(
                    f,
                    "some labels differ in case, blanks, Unicode form or the form of a number only: {described}; make one \
                     class of each with merge_labels (--merge-labels), or keep them apart (--merge-labels no)"
                )
            }
        }
    }
}
