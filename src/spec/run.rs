//! The settings of a run in a terminal that change no result: where its files are and how it is shown. A resumed run may
//! have others.

use std::path::PathBuf;

use super::LogFormat;
use super::settings::{Range, settings};

settings! {
    /// Where a run reads and writes, and how it is shown.
    pub struct RunArguments {
        "Model and data" {
            /// Hugging Face BERT folder.
            model: Option<PathBuf> = None, "DIR", unset "the bundled all-MiniLM-L6-v2";
            /// File with labelled text: CSV, TSV, JSON, a spreadsheet, Parquet, or an export of a labelling tool.
            train_file: Option<PathBuf> = None, "FILE", unset "the bundled SMS spam sample";
            /// Labelled text to choose the best step by.
            validation_file: Option<PathBuf> = None, "FILE", unset "a tenth of the training file, if it has over 1500 texts";
            /// Labelled text for the final score.
            test_file: Option<PathBuf> = None, "FILE", unset "a tenth of the training file, if it has over 1500 texts";
        }
        "Evaluation and output" {
            /// Folder that the fine-tuned model, or the comparison, is written to.
            output_dir: Option<PathBuf> = None, "DIR", unset "a new folder under runs/";
            /// Whether to write into an output folder that holds files already; a comparison then begins anew.
            overwrite_output_dir: bool = false, "YES|NO";
            /// How the run is shown.
            log_format: LogFormat = LogFormat::default(), "NAME";
        }
        "Checkpoints" {
            /// Steps between checkpoints.
            save_steps: Option<usize> = None, "N", in Range::from(1.0), unset "one every five minutes";
            /// How many checkpoints are kept, the last ones.
            save_total_limit: usize = 2, "N", in Range::from(1.0);
            /// Whether the checkpoints stay when the run is complete.
            keep_checkpoints: bool = false, "YES|NO";
        }
        "Device" {
            /// auto, cpu, gpu, or part of an adapter's name.
            device: String = "auto".to_owned(), "DEVICE";
        }
    }
}
