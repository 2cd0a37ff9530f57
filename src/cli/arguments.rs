//! The command line. A flag and a setting of `--config` have the same name, with `-` for `_`.

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Serialize;

use crate::text::ReadOptions;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  2  wrong usage
  3  bad input: the message names file, line and what was expected
  4  no usable device
  5  interrupted with Ctrl-C, SIGTERM or SIGHUP; the model so far and a checkpoint to resume from, or the finished runs, are kept
  6  training diverged: gradients were no longer finite numbers
  7  the model, the predictions, the checkpoint on Ctrl-C, or what was asked for on standard output could not be
     written, as on a full disk; earlier checkpoints are kept";

/// Fine-tune a small BERT on your own labelled text, on your own machine.
#[derive(Parser)]
#[command(name = "subtune", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Fine-tune a model on a file of labelled text (without options: the bundled model on the bundled sample)
    ///
    /// Checkpoints are written to the folder checkpoints/ in the output folder, each as a whole or not at all: every
    /// five minutes or --save-steps steps, and on Ctrl-C, SIGTERM and SIGHUP. A run that was interrupted, killed or cut off goes on with
    /// --resume to the same model as if it had never stopped. A complete run removes its checkpoints.
    #[command(after_help = EXIT_CODES)]
    Train(Box<TrainFlags>),
    /// Train with several methods on the same splits and seeds, and say which is better and how surely.
    ///
    /// Each seed decides which examples are held out, their order and the start of the new layers; all methods share
    /// them. Finished runs are kept in runs.jsonl in the output folder: an interrupted comparison goes on where it
    /// stopped when the same command is given again, and methods and seeds can be added that way. Ends with a table,
    /// which is also written as comparison.md and comparison.json, and with plots as report.html. No model is written.
    #[command(after_help = EXIT_CODES)]
    Compare(Box<CompareFlags>),
    /// Score a fine-tuned model on a labelled file
    #[command(after_help = EXIT_CODES)]
    Evaluate(EvaluateFlags),
    /// Label texts: from the command line, a file, or standard input
    #[command(after_help = EXIT_CODES)]
    Predict(PredictFlags),
    /// Examine the devices: do they compute rightly, how fast is a step, which one to use
    #[command(after_help = EXIT_CODES)]
    Doctor(DoctorFlags),
    /// Write a model folder in another number format
    #[command(after_help = EXIT_CODES)]
    Export(ExportFlags),
}

/// How a run is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A progress bar in a terminal, plain lines elsewhere
    #[default]
    Text,
    /// One JSON object a line on standard output
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskName {
    /// Each text has one of a set of labels
    Classification,
    /// Each text has a number
    Regression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DtypeName {
    Float32,
    Float16,
}

/// A path that can be kept with the settings of a run, which are text.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path.to_str() {
        Some(_) => Ok(path),
        None => Err("the name is not UTF-8; rename the file or folder"),
    })
}

/// The settings of a run of `train` or `compare`. Every flag is optional: what is absent comes from `--config`, then
/// from the defaults.
#[derive(Args, Serialize)]
#[command(next_line_help = false)]
pub struct SettingFlags {
    /// TOML file with the same settings (learning_rate = 1e-4); flags override it
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Hugging Face BERT folder [default: the bundled all-MiniLM-L6-v2]
    #[arg(long, value_parser = path(), value_name = "DIR", help_heading = "Model and data")]
    pub model: Option<PathBuf>,
    /// CSV, TSV or JSONL with labelled text [default: the bundled SMS spam sample]
    #[arg(long, value_parser = path(), value_name = "FILE", help_heading = "Model and data")]
    pub train_file: Option<PathBuf>,
    /// Labelled text to choose the best step by [default: a tenth of the training file, if it has over 1500 texts]
    #[arg(long, value_parser = path(), value_name = "FILE", help_heading = "Model and data")]
    pub validation_file: Option<PathBuf>,
    /// Labelled text for the final score [default: a tenth of the training file, if it has over 1500 texts]
    #[arg(long, value_parser = path(), value_name = "FILE", help_heading = "Model and data")]
    pub test_file: Option<PathBuf>,
    /// Column of the text, by name or number [default: by its name or content; asked where that is not clear]
    #[arg(long, value_name = "COLUMN", help_heading = "Model and data")]
    pub text_column: Option<String>,
    /// Column of the second text of a pair; "" for none [default: by a well-known name only, such as sentence2]
    #[arg(long, value_name = "COLUMN", help_heading = "Model and data")]
    pub pair_column: Option<String>,
    /// Column of the label [default: by its name or content; asked where that is not clear]
    #[arg(long, value_name = "COLUMN", help_heading = "Model and data")]
    pub label_column: Option<String>,
    #[command(flatten, next_help_heading = "Model and data")]
    #[serde(flatten)]
    pub reading: ReadingFlags,
    /// What a label is [default: guessed from the labels]
    #[arg(long, value_enum, help_heading = "Model and data")]
    pub task: Option<TaskName>,
    /// Whether labels that differ in case, blanks, Unicode form or as 1 and 1.0 only are one class [default: asked in a
    /// terminal, and refused elsewhere]
    #[arg(long, value_name = "YES|NO", num_args = 0..=1, default_missing_value = "yes",
          value_parser = clap::builder::BoolishValueParser::new(), help_heading = "Model and data")]
    pub merge_labels: Option<bool>,
    /// Share of the training file held out for validation where no file is given; 0 for none [default: by the recipe]
    #[arg(long, value_name = "SHARE", help_heading = "Model and data")]
    pub validation_split: Option<f64>,
    /// Share of the training file held out for the final score where no file is given; 0 for none [default: by the
    /// recipe]
    #[arg(long, value_name = "SHARE", help_heading = "Model and data")]
    pub test_split: Option<f64>,
    /// Train on so many random examples only
    #[arg(long, value_name = "N", help_heading = "Model and data")]
    pub max_train_samples: Option<usize>,
    /// Keep the first K layers of the model [default: all]
    #[arg(long, value_name = "K", help_heading = "Model and data")]
    pub layers: Option<usize>,
    /// Tokens beyond which a text is cut [default: 128]
    #[arg(long, value_name = "N", help_heading = "Model and data")]
    pub max_length: Option<usize>,
    /// How one vector is made of a text: auto (as the model was made for), mean (of all tokens) or cls (BERT's
    /// pooler) [default: auto]
    #[arg(long, value_name = "NAME", help_heading = "Model and data")]
    #[serde(skip_serializing_if = "is_auto")]
    pub pooling: Option<String>,

    /// Share of each weight matrix that is updated in stage II [default: 0.7]
    #[arg(long, value_name = "SHARE", help_heading = "Method")]
    pub update_fraction: Option<f64>,
    /// Length of a stage as a share of all steps [default: 0.05]
    #[arg(long, value_name = "SHARE", help_heading = "Method")]
    pub update_ratio: Option<f64>,
    /// Entries that are not selected: reference (decay and momentum still act on them) or strict (untouched)
    /// [default: reference]
    #[arg(long, value_name = "NAME", help_heading = "Method")]
    pub frozen: Option<String>,

    /// auto chooses what is not set by the number of texts; plain is three epochs of 16 from a fresh classifier
    /// [default: auto]
    #[arg(long, value_name = "NAME", help_heading = "Training")]
    pub recipe: Option<String>,
    /// none, or balanced: the rarer a class, the more its examples count [default: none]
    #[arg(long, value_name = "NAME", help_heading = "Training")]
    pub class_weights: Option<String>,
    /// Peak learning rate [default: 1e-4 up to hidden size 512, 3e-5 up to 768, 2e-5 above]
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    pub learning_rate: Option<f64>,
    /// Share of all steps in which the learning rate rises from 0 [default: 0.1]
    #[arg(long, value_name = "SHARE", help_heading = "Training")]
    pub warmup_ratio: Option<f64>,
    /// Decay of matrices and embeddings [default: 0.01]
    #[arg(long, value_name = "X", help_heading = "Training")]
    pub weight_decay: Option<f64>,
    /// Gradient norm above which gradients are scaled down; 0 for none [default: 1.0]
    #[arg(long, value_name = "X", help_heading = "Training")]
    pub max_grad_norm: Option<f64>,
    /// [default: 0.9]
    #[arg(long, value_name = "X", help_heading = "Training")]
    pub adam_beta1: Option<f64>,
    /// [default: 0.999]
    #[arg(long, value_name = "X", help_heading = "Training")]
    pub adam_beta2: Option<f64>,
    /// [default: 1e-8]
    #[arg(long, value_name = "X", help_heading = "Training")]
    pub adam_epsilon: Option<f64>,
    /// Texts that are on the device at a time [default: by the recipe: 8 up to 200 texts, else 16]
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub per_device_train_batch_size: Option<usize>,
    /// Likewise when evaluating [default: 32]
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub per_device_eval_batch_size: Option<usize>,
    /// Batches of one optimiser step [default: 1]
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub gradient_accumulation_steps: Option<usize>,
    /// Passes over the training examples [default: by the recipe: at least 80 steps, 1 to 3 for many texts]
    #[arg(long, value_name = "X", help_heading = "Training")]
    pub num_train_epochs: Option<f64>,
    /// Optimiser steps; overrides the epochs
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub max_steps: Option<usize>,
    /// Batches hold texts of similar length [default: true]
    #[arg(long, value_name = "BOOL", help_heading = "Training")]
    pub group_by_length: Option<bool>,

    /// Models that are trained without a part of the texts to tell how good the one that is trained on all is: 0 for
    /// none, 1 for one without a fifth of them, else one for each part [default: by the recipe]
    #[arg(long, value_name = "N", help_heading = "Evaluation and output")]
    pub cross_validation_folds: Option<usize>,
    /// Steps between evaluations on the validation examples [default: once an epoch]
    #[arg(long, value_name = "N", help_heading = "Evaluation and output")]
    pub eval_steps: Option<usize>,
    /// End with the model of the best evaluation [default: true]
    #[arg(long, value_name = "BOOL", help_heading = "Evaluation and output")]
    pub load_best_model_at_end: Option<bool>,
    /// accuracy, f1, precision, recall, matthews_correlation, loss; pearson, spearman, mse, mae, loss
    /// [default: accuracy; spearman]
    #[arg(long, value_name = "NAME", help_heading = "Evaluation and output")]
    pub metric_for_best_model: Option<String>,
    /// End after so many evaluations without improvement
    #[arg(long, value_name = "N", help_heading = "Evaluation and output")]
    pub early_stopping_patience: Option<usize>,
    /// What counts as an improvement [default: 0]
    #[arg(long, value_name = "X", help_heading = "Evaluation and output")]
    pub early_stopping_threshold: Option<f64>,
    /// Steps between lines of progress [default: 10]
    #[arg(long, value_name = "N", help_heading = "Evaluation and output")]
    pub logging_steps: Option<usize>,
    /// Where the fine-tuned model, or the comparison, is written [default: a folder under runs/]
    #[arg(long, value_parser = path(), value_name = "DIR", help_heading = "Evaluation and output")]
    pub output_dir: Option<PathBuf>,
    /// Write into an output folder that holds files already; a comparison then begins anew
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", help_heading = "Evaluation and output")]
    pub overwrite_output_dir: Option<bool>,
    /// How the run is shown
    #[arg(long, value_enum, help_heading = "Evaluation and output")]
    pub log_format: Option<LogFormat>,

    /// auto, cpu, gpu, or part of an adapter's name [default: auto]
    #[arg(long, value_name = "DEVICE", help_heading = "Device")]
    pub device: Option<String>,
}

/// Whether nothing is said of a choice, or that it is to be made.
fn is_auto(choice: &Option<String>) -> bool {
    choice.as_deref().is_none_or(|choice| choice == "auto")
}

#[derive(Args, Serialize)]
pub struct TrainFlags {
    /// full, dps-dense, dps-mix, mixout, child-tuning-f, child-tuning-d, bitfit, head or probe [default: dps-dense]
    #[arg(long, value_name = "NAME", help_heading = "Method")]
    pub method: Option<String>,
    /// Everything random follows from it [default: 42]
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub seed: Option<u64>,
    /// Go on from the last checkpoint in this output folder, or from this checkpoint [default: the output folder of
    /// the other options]. All settings are those of the checkpoint and need not be given again; files may have
    /// moved, and --device, --log-format and the options on checkpoints may be others
    #[arg(long, value_name = "DIR", num_args = 0..=1, help_heading = "Checkpoints")]
    #[serde(skip)]
    pub resume: Option<Option<PathBuf>>,
    /// Steps between checkpoints [default: one every five minutes]
    #[arg(long, value_name = "N", help_heading = "Checkpoints")]
    pub save_steps: Option<usize>,
    /// How many checkpoints are kept, the last ones [default: 2]
    #[arg(long, value_name = "N", help_heading = "Checkpoints")]
    pub save_total_limit: Option<usize>,
    /// Keep the checkpoints when the run is complete [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", help_heading = "Checkpoints")]
    pub keep_checkpoints: Option<bool>,
    #[command(flatten)]
    #[serde(flatten)]
    pub settings: SettingFlags,
}

#[derive(Args, Serialize)]
pub struct CompareFlags {
    /// Methods to compare, separated by commas; the others are compared with the first [default: full,dps-dense]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "Comparison")]
    pub methods: Option<Vec<String>>,
    /// How many times each method is trained (with seeds 1, 2, 3...), or the seeds separated by commas [default: 5]
    #[arg(long, value_name = "N", help_heading = "Comparison")]
    pub seeds: Option<Seeds>,
    /// Train on exactly so many random examples, 500 or 1000 in the paper; the rest that is not held out is not used
    #[arg(long, value_name = "N", conflicts_with = "max_train_samples", help_heading = "Comparison")]
    pub train_size: Option<usize>,
    /// Labelled text of another kind or origin, to score all models on too; can be given several times
    #[arg(long, value_parser = path(), value_name = "FILE", help_heading = "Comparison")]
    pub transfer_file: Option<Vec<PathBuf>>,
    #[command(flatten)]
    #[serde(flatten)]
    pub settings: SettingFlags,
}

/// How often runs are repeated: so many times, or with these seeds.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Seeds {
    Count(u64),
    List(Vec<u64>),
}

impl std::str::FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number =
            |text: &str| text.trim().parse().map_err(|_| "expected 5, or seeds such as 1,2,7".to_owned());
        match text.contains(',') {
            false => Ok(Seeds::Count(number(text)?)),
            true => {
                Ok(Seeds::List(text.trim_end_matches(',').split(',').map(number).collect::<Result<_, _>>()?))
            }
        }
    }
}

/// How data files are read, where that is not to be found out.
#[derive(Args, Serialize)]
pub struct ReadingFlags {
    /// Whether the first row of a table holds the names of its columns [default: found out]
    #[arg(long, value_name = "YES|NO", value_parser = clap::builder::BoolishValueParser::new())]
    pub header: Option<bool>,
    /// Sheet of a workbook, by its name or its number from 1 [default: the first with a table]
    #[arg(long, value_name = "SHEET")]
    pub sheet: Option<String>,
}

impl ReadingFlags {
    pub fn options(&self) -> ReadOptions {
        ReadOptions { has_header: self.header, sheet: self.sheet.clone(), ..ReadOptions::default() }
    }
}

#[derive(Args)]
pub struct ColumnFlags {
    /// Column of the text, by name or number [default: guessed]
    #[arg(long, value_name = "COLUMN")]
    pub text_column: Option<String>,
    /// Column of the second text of a pair; "" for none [default: guessed]
    #[arg(long, value_name = "COLUMN")]
    pub pair_column: Option<String>,
    /// Column of the label [default: guessed]
    #[arg(long, value_name = "COLUMN")]
    pub label_column: Option<String>,
}

#[derive(Args)]
pub struct ModelFlags {
    /// Folder of a fine-tuned model
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    /// auto, cpu, gpu, or part of an adapter's name
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: String,
    /// Tokens beyond which a text is cut [default: as in training; 128 where the model does not say]
    #[arg(long, value_name = "N")]
    pub max_length: Option<usize>,
    /// Texts that are on the device at a time
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub per_device_eval_batch_size: u16,
}

#[derive(Args)]
pub struct EvaluateFlags {
    #[command(flatten)]
    pub model: ModelFlags,
    /// CSV, TSV or JSONL with labelled text
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub columns: ColumnFlags,
    #[command(flatten)]
    pub reading: ReadingFlags,
    /// How the scores are shown
    #[arg(long, value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Args)]
// clap asks for no file where texts stand, which exclude one: so they exclude what is about a file, too
#[command(mut_arg("header", |flag| flag.requires("file")), mut_arg("sheet", |flag| flag.requires("file")))]
pub struct PredictFlags {
    #[command(flatten)]
    pub model: ModelFlags,
    /// Texts to label [default: one a line from standard input]
    #[arg(conflicts_with_all = [
        "file", "text_column", "pair_column", "header", "sheet", "output", "overwrite", "probabilities"
    ])]
    pub texts: Vec<String>,
    /// Second text of a pair, where one text is given
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    pub pair: Option<String>,
    /// CSV, TSV or JSONL whose texts are labelled: every row comes out in its place, with its other columns and the new
    /// columns label and probability, or value
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Column of the text, by name or number [default: as in training, else guessed]
    #[arg(long, value_name = "COLUMN", requires = "file")]
    pub text_column: Option<String>,
    /// Column of the second text of a pair; "" for none [default: as in training, else guessed]
    #[arg(long, value_name = "COLUMN", requires = "file")]
    pub pair_column: Option<String>,
    #[command(flatten)]
    pub reading: ReadingFlags,
    /// Where the rows of --file go: .csv, .tsv, .jsonl or .parquet. The file is there once it is complete [default: CSV
    /// on standard output; JSON Lines with --log-format json]
    #[arg(long, value_name = "FILE", requires = "file", conflicts_with = "log_format")]
    pub output: Option<PathBuf>,
    /// Replace the output file, if there is one
    #[arg(long, requires = "output")]
    pub overwrite: bool,
    /// With --file: the probability of every class too
    #[arg(long, requires = "file")]
    pub probabilities: bool,
    /// How texts of the command line and of standard input come out. text: label, probability and text separated by
    /// tabs; json: one object a line with all probabilities
    #[arg(long, value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Args)]
pub struct DoctorFlags {
    /// gpu, cpu, or part of an adapter's name [default: the CPU and every real GPU]
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<String>,
    /// text: for people; json: one object
    #[arg(long, value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Args)]
pub struct ExportFlags {
    /// Hugging Face BERT folder
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    /// Folder to write; must not exist
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// Number format of the weights
    #[arg(long, value_enum, default_value = "float32")]
    pub dtype: DtypeName,
}
