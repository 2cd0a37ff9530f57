//! The settings of a run in a terminal that do not change its result: its files and its display. A resumed run may have
//! others.

use std::path::PathBuf;

use super::LogFormat;
use super::settings::{Range, settings};

settings! {
    /// The files of a run, and its display.
    pub struct RunArguments {
        "Model and data" {
            /// Hugging Face model folder.
            model: Option<PathBuf> = None, "DIR", unset "the bundled all-MiniLM-L6-v2";
            /// File with labelled text: CSV, TSV, JSON, a spreadsheet, Parquet, or an export of a labelling tool.
            train_file: Option<PathBuf> = None, "FILE", unset "the bundled SMS spam sample";
            /// Labelled text for choosing the best step.
            validation_file: Option<PathBuf> = None, "FILE", unset "a tenth of the training file, if it has over 1500 texts";
            /// Labelled text for the final score.
            test_file: Option<PathBuf> = None, "FILE", unset "a tenth of the training file, if it has over 1500 texts";
        }
        "Evaluation and output" {
            /// Folder for the fine-tuned model or the comparison.
            output_dir: Option<PathBuf> = None, "DIR", unset "a new folder under runs/";
            /// CSV file for the texts whose label is probably wrong, the most doubtful first: to be corrected and trained
            /// again. For one class a text.
            output_suspects: Option<PathBuf> = None, "FILE", unset "not looked for";
            /// Whether to write into an output folder that already holds files; a comparison then starts from scratch.
            overwrite_output_dir: bool = false, "YES|NO";
            /// Folder for an event file of TensorBoard, with the curves of the run.
            log_dir: Option<PathBuf> = None, "DIR", unset "none";
            /// Form of the output.
            log_format: LogFormat = LogFormat::default(), "NAME";
        }
        "Checkpoints" {
            /// Steps between checkpoints.
            save_steps: Option<usize> = None, "N", in Range::from(1.0), unset "one every five minutes";
            /// Number of checkpoints to keep, the last ones.
            save_total_limit: usize = 2, "N", in Range::from(1.0);
            /// Whether to keep the checkpoints once the run is complete.
            keep_checkpoints: bool = false, "YES|NO";
        }
        "Device" {
            /// auto, cpu, gpu, or part of an adapter's name.
            device: String = "auto".to_owned(), "DEVICE";
        }
    }
}
