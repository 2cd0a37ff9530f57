//! The settings of what is learnt from: the columns and labels of data files, what is held out, and how much of the model
//! is used. A resumed run must have the same ones.

use super::TaskKind;
use super::settings::{Range, settings};

/// Texts that train must be left.
const SPLIT: Range = Range::from(0.0).to(0.9);

settings! {
    /// How data files are understood, and what is held out.
    pub struct DataArguments {
        "Model and data" {
            /// Column of the text, by name or by number from 1.
            text_column: Option<String> = None, "COLUMN", unset "by its name or content; asked where that is not clear";
            /// Column of the second text of a pair; "" for none.
            pair_column: Option<String> = None, "COLUMN", unset "by a well-known name only, such as sentence2";
            /// Column of the label, by name or by number from 1.
            label_column: Option<String> = None, "COLUMN", unset "by its name or content; asked where that is not clear";
            /// Whether the first row of a table holds the names of its columns.
            header: Option<bool> = None, "YES|NO", unset "by the rows";
            /// Sheet of a workbook, by its name or by its number from 1.
            sheet: Option<String> = None, "SHEET", unset "the first with rows";
            /// What a label is.
            task: Option<TaskKind> = None, "NAME", unset "by the labels: numbers with fractions make a regression";
            /// Whether labels are one class that differ only in case, blanks, Unicode form or as 1 and 1.0 do.
            merge_labels: Option<bool> = None, "YES|NO", unset "asked in a terminal and on the page, refused elsewhere";
            /// Share of the training data that is held out to choose the best step by, where no data is given for that; 0 for
            /// none.
            validation_split: Option<f64> = None, "SHARE", in SPLIT, unset "by the recipe";
            /// Share of the training data that is held out for the final score, where no data is given for that; 0 for none.
            test_split: Option<f64> = None, "SHARE", in SPLIT, unset "by the recipe";
            /// Random examples to train on at most.
            max_train_samples: Option<usize> = None, "N", in Range::from(1.0), unset "all";
            /// Layers of the model to keep, the first ones.
            layers: Option<usize> = None, "K", unset "all";
        }
    }
}
