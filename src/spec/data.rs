//! The settings of the data: columns and labels of data files, the held-out shares, and the layers of the model. A
//! resumed run must have the same ones.

use super::TaskKind;
use super::settings::{Range, settings};

/// The range of a held-out share. Some texts must be left to train on.
const SPLIT: Range = Range::from(0.0).to(0.9);

settings! {
    /// The interpretation of data files, and the held-out shares.
    pub struct DataArguments {
        "Model and data" {
            /// Column of the text, by name or by number from 1.
            text_column: Option<String> = None, "COLUMN", unset "by its name or content; asked if that is not clear";
            /// Column of the second text of a pair; "" for none.
            pair_column: Option<String> = None, "COLUMN", unset "by a well-known name only, such as sentence2";
            /// Column of the label, by name or by number from 1; or the names of several columns of 0 and 1, separated by
            /// commas, a label each.
            label_column: Option<String> = None, "COLUMN", unset "by its name or content; asked if that is not clear";
            /// Whether the first row of a table holds the names of its columns.
            header: Option<bool> = None, "YES|NO", unset "by the rows";
            /// Sheet of a workbook, by its name or by its number from 1.
            sheet: Option<String> = None, "SHEET", unset "the first with rows";
            /// The kind of label.
            task: Option<TaskKind> = None, "NAME", unset "by the labels: several in a cell are multi-label, numbers with fractions a regression";
            /// Whether labels that differ only in case, blanks, Unicode form, or like 1 and 1.0, are one class.
            merge_labels: Option<bool> = None, "YES|NO", unset "asked in a terminal and on the page, refused elsewhere";
            /// Share of the training data to hold out for choosing the best step, if you give no data for that; 0 for
            /// none.
            validation_split: Option<f64> = None, "SHARE", in SPLIT, unset "by the recipe";
            /// Share of the training data to hold out for the final score, if you give no data for that; 0 for none.
            test_split: Option<f64> = None, "SHARE", in SPLIT, unset "by the recipe";
            /// Largest number of examples to train on, chosen at random.
            max_train_samples: Option<usize> = None, "N", in Range::from(1.0), unset "all";
            /// Number of first layers of the model to keep.
            layers: Option<usize> = None, "K", unset "all";
        }
    }
}
