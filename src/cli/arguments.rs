//! The command line. A flag and a setting of `--config` have the same name, with `-` for `_`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use super::flags::{CompareSettings, TrainSettings, choice, path};
use crate::compare::Shard;
use crate::spec::{ExportFormat, LogFormat, Precision};
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
    /// Checkpoints are written to the folder checkpoints/ in the output folder, each complete or absent: every five
    /// minutes or --save-steps steps, and on Ctrl-C, SIGTERM and SIGHUP. --resume continues a run that was interrupted
    /// or killed, to the same model as if it had never stopped. A complete run removes its checkpoints.
    #[command(after_help = EXIT_CODES)]
    Train(Box<TrainFlags>),
    /// Train with several methods on the same splits and seeds, and tell which is better and how certain that is.
    ///
    /// Each seed decides which examples are held out, their order and the start of the new layers; all methods share
    /// them. Finished runs are kept in runs.jsonl in the output folder: the same command continues an interrupted
    /// comparison, and adds further methods, seeds and values of a grid. The comparison ends with a table, which is also
    /// written as comparison.md and comparison.json, and with plots in report.html. It writes no model.
    #[command(after_help = EXIT_CODES)]
    Compare(Box<CompareFlags>),
    /// Score a fine-tuned model on a labelled file
    #[command(after_help = EXIT_CODES)]
    Evaluate(EvaluateFlags),
    /// Label texts: from the command line, a file, or standard input
    #[command(after_help = EXIT_CODES)]
    Predict(PredictFlags),
    /// Name the texts of a file to label next, so that each label teaches the most
    ///
    /// The file may have some labels or none. Texts are asked for that the labels so far leave uncertain and that differ
    /// from one another; without two different labels, texts that stand for many others. They come as CSV on standard
    /// output, with their line and the label that is proposed, if any.
    #[command(after_help = EXIT_CODES)]
    Suggest(SuggestFlags),
    /// Examine the devices: do they compute correctly, how fast is a step, which one to use
    #[command(after_help = EXIT_CODES)]
    Doctor(DoctorFlags),
    /// Write a model folder for another program or in another number format
    #[command(after_help = EXIT_CODES)]
    Export(ExportFlags),
    /// Open the page in a browser, to label, train and use models with the mouse, at the speed of this program
    ///
    /// The page is served on 127.0.0.1 alone, and obeys only those who know the secret in its address. Nothing leaves the
    /// machine. It ends on Ctrl-C and ten seconds after its last page was closed. From another machine: start it there
    /// with --port 7878 --no-open, forward the port (ssh -L 7878:127.0.0.1:7878 HOST), and open the address that it
    /// printed.
    #[cfg(feature = "ui")]
    #[command(after_help = EXIT_CODES)]
    Ui(UiFlags),
}

#[cfg(feature = "ui")]
#[derive(Args)]
pub struct UiFlags {
    /// Port of 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Do not open a browser
    #[arg(long)]
    pub no_open: bool,
    /// Folder for what the page keeps: interrupted trainings, models and labels [default: subtune/ where this system
    /// keeps the data of programs]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Folder of a built page, www/site [default: the page inside the program]
    #[arg(long, value_name = "DIR")]
    pub site: Option<PathBuf>,
}

#[derive(Args)]
pub struct TrainFlags {
    /// TOML file with the same settings (learning_rate = 1e-4); flags override it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Continue from the last checkpoint in this output folder, or from this checkpoint [default: the output folder of
    /// the other options]. All settings come from the checkpoint and need not be given again; files may have moved,
    /// and --device, --log-format and the options on checkpoints may differ
    #[arg(long, value_name = "DIR", num_args = 0..=1, help_heading = "Checkpoints")]
    pub resume: Option<Option<PathBuf>>,
    #[command(flatten)]
    pub settings: TrainSettings,
}

#[derive(Args, Serialize)]
pub struct CompareFlags {
    /// TOML file with the same settings (learning_rate = 1e-4); flags override it
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// TOML file with several sets of data, [sets.NAME], each with a training file and settings of its own; the settings
    /// above them are those of all sets. Each set is compared in a folder of its own, and one table shows all
    #[arg(long, value_name = "FILE", conflicts_with = "config", help_heading = "Comparison")]
    #[serde(skip)]
    pub suite: Option<PathBuf>,
    /// Methods to compare, separated by commas; the others are compared with the first [default: full,dps-dense]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "Comparison")]
    pub methods: Option<Vec<String>>,
    /// Number of runs of each method (with seeds 1, 2, 3...), or the seeds separated by commas [default: 5]
    #[arg(long, value_name = "N", help_heading = "Comparison")]
    pub seeds: Option<Seeds>,
    /// Train on exactly this many random examples, 500 or 1000 in the paper; those neither trained on nor held out are
    /// unused
    #[arg(long, value_name = "N", conflicts_with = "max_train_samples", help_heading = "Comparison")]
    pub train_size: Option<usize>,
    /// Labelled text of another kind or origin, on which all models are also scored; can be given several times
    #[arg(long, value_parser = path(), value_name = "FILE", help_heading = "Comparison")]
    pub transfer_file: Option<Vec<PathBuf>>,
    /// Vary settings of training: every method runs with each combination of the values. The validation chooses the
    /// best combination of each method, and only that one is judged on the test examples
    #[arg(long, value_name = "SETTING=VALUE,...", num_args = 1.., help_heading = "Comparison")]
    #[serde(serialize_with = "grid")]
    pub grid: Option<Vec<GridValues>>,
    /// Do a share of the runs, on one of several machines with the same output folder: 0/8 to 7/8, or auto for a task of
    /// Slurm, Kubernetes or SkyPilot. --merge then makes the table
    #[arg(long, value_name = "K/N", help_heading = "Comparison")]
    #[serde(skip)]
    pub shard: Option<ShardFlag>,
    /// Make the table of the runs that shards have finished so far, and run nothing
    #[arg(long, conflicts_with = "shard", help_heading = "Comparison")]
    #[serde(skip)]
    pub merge: bool,
    #[command(flatten)]
    #[serde(flatten)]
    pub settings: CompareSettings,
}

/// The values of one setting of a grid.
#[derive(Clone, Debug)]
pub struct GridValues {
    name: String,
    values: Vec<toml::Value>,
}

impl std::str::FromStr for GridValues {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let value = |text: &str| {
            let line = format!("value = {}", text.trim()).parse::<toml::Table>().ok();
            // a word is the name of a choice
            let parsed = line.and_then(|mut line| line.remove("value"));
            parsed.unwrap_or_else(|| toml::Value::String(text.trim().to_owned()))
        };
        match text.split_once('=') {
            Some((name, values)) if !name.trim().is_empty() && !values.trim().is_empty() => Ok(GridValues {
                name: name.trim().replace('-', "_"),
                values: values.split(',').map(value).collect(),
            }),
            _ => Err("expected a setting and its values, such as learning_rate=5e-5,1e-4".into()),
        }
    }
}

/// Writes a grid as its file of settings has it: lists of values by name.
fn grid<S: serde::Serializer>(grid: &Option<Vec<GridValues>>, serializer: S) -> Result<S::Ok, S::Error> {
    let lists = grid.iter().flatten().map(|GridValues { name, values }| (name.clone(), values.clone()));
    match grid {
        Some(_) => lists.collect::<std::collections::BTreeMap<_, _>>().serialize(serializer),
        None => serializer.serialize_none(),
    }
}

/// A shard, or the one of a scheduler's task.
#[derive(Clone, Copy, Debug)]
pub enum ShardFlag {
    Auto,
    Given(Shard),
}

impl std::str::FromStr for ShardFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" { Ok(ShardFlag::Auto) } else { text.parse().map(ShardFlag::Given) }
    }
}

impl ShardFlag {
    /// # Errors
    /// It is `auto`, and no scheduler names a shard.
    pub fn shard(self) -> crate::error::Result<Shard> {
        match self {
            ShardFlag::Auto => Shard::from_scheduler(|name| std::env::var(name).ok()),
            ShardFlag::Given(shard) => Ok(shard),
        }
    }
}

/// The repetitions of runs: a number, or a list of seeds.
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

/// Settings for reading data files, which are otherwise found from the file.
#[derive(Args, Serialize)]
pub struct ReadingFlags {
    /// Whether the first row of a table holds the names of its columns [default: by the rows]
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
    /// Folder of a fine-tuned model; with --delta, of the model that was fine-tuned [default: the bundled model]
    #[arg(long, value_name = "DIR", required_unless_present = "delta")]
    pub model: Option<PathBuf>,
    /// File of changes that makes a fine-tuned model of the other one, from subtune export --format delta
    #[arg(long, value_name = "FILE")]
    pub delta: Option<PathBuf>,
    /// auto, cpu, gpu, or part of an adapter's name
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: String,
    /// Tokens beyond which a text is cut [default: as in training; 128 if the model does not tell]
    #[arg(long, value_name = "N")]
    pub max_length: Option<usize>,
    /// Number of texts on the device at a time
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
    /// Form of the scores
    #[arg(long, value_parser = choice::<LogFormat>(), default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Args)]
// clap does not require a file if texts are given, because texts exclude a file. So texts must also exclude flags about
// a file
#[command(mut_arg("header", |flag| flag.requires("file")), mut_arg("sheet", |flag| flag.requires("file")))]
pub struct PredictFlags {
    #[command(flatten)]
    pub model: ModelFlags,
    /// Texts to label [default: one per line from standard input]
    #[arg(conflicts_with_all = [
        "file", "text_column", "pair_column", "header", "sheet", "output", "overwrite", "probabilities", "shard"
    ])]
    pub texts: Vec<String>,
    /// Second text of a pair, if one text is given
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    pub pair: Option<String>,
    /// CSV, TSV or JSONL with texts to label: every row comes out in its place, with its other columns and the new
    /// columns label and probability, or value
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Column of the text, by name or number [default: as in training, otherwise guessed]
    #[arg(long, value_name = "COLUMN", requires = "file")]
    pub text_column: Option<String>,
    /// Column of the second text of a pair; "" for none [default: as in training, otherwise guessed]
    #[arg(long, value_name = "COLUMN", requires = "file")]
    pub pair_column: Option<String>,
    #[command(flatten)]
    pub reading: ReadingFlags,
    /// File for the rows of --file: .csv, .tsv, .jsonl or .parquet. It appears once it is complete [default: CSV on
    /// standard output; JSON Lines with --log-format json]
    #[arg(long, value_name = "FILE", requires = "file", conflicts_with = "log_format")]
    pub output: Option<PathBuf>,
    /// Replace the output file if it exists
    #[arg(long, requires = "output")]
    pub overwrite: bool,
    /// With --file: the probability of every class too
    #[arg(long, requires = "file")]
    pub probabilities: bool,
    /// Label a share of the rows of --file, on one of several machines: 0/8 to 7/8, or auto for a task of Slurm,
    /// Kubernetes or SkyPilot. Shard 0 has the first rows, shard 1 those that follow
    #[arg(long, value_name = "K/N", requires = "file")]
    pub shard: Option<ShardFlag>,
    /// Form of the answers for texts from the command line and standard input. text: label, probability and text
    /// separated by tabs; json: one object per line with all probabilities
    #[arg(long, value_parser = choice::<LogFormat>(), default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Args)]
pub struct SuggestFlags {
    /// Folder of a model that turns texts into vectors; it need not be fine-tuned [default: the bundled model]
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// auto, cpu, gpu, or part of an adapter's name
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: String,
    /// CSV, TSV or JSONL with texts, of which some may have a label
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// Number of texts to label next
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub number: u16,
    #[command(flatten)]
    pub columns: ColumnFlags,
    #[command(flatten)]
    pub reading: ReadingFlags,
    /// Seed of the choice; the same seed gives the same texts
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
}

#[derive(Args)]
pub struct DoctorFlags {
    /// gpu, cpu, or part of an adapter's name [default: the CPU and every real GPU]
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<String>,
    /// text: for people; json: one object
    #[arg(long, value_parser = choice::<LogFormat>(), default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Args)]
pub struct ExportFlags {
    /// Hugging Face model folder; with --delta, of the model that was fine-tuned [default: the bundled model]
    #[arg(long, value_name = "DIR", required_unless_present = "delta")]
    pub model: Option<PathBuf>,
    /// File of changes that makes a fine-tuned model of the other one, from subtune export --format delta
    #[arg(long, value_name = "FILE")]
    pub delta: Option<PathBuf>,
    /// Folder to write, or the file of a delta; must not exist
    #[arg(long, value_name = "PATH")]
    pub output: PathBuf,
    /// safetensors: for Python's transformers and subtune; onnx: for ONNX Runtime and transformers.js; delta: a file of
    /// what changed of --base, for subtune
    #[arg(long, value_parser = choice::<ExportFormat>(), default_value = "safetensors")]
    pub format: ExportFormat,
    /// Numbers of the weights; q8 is for onnx alone
    #[arg(long, value_parser = choice::<Precision>(), default_value = "float32")]
    pub dtype: Precision,
    /// With --format delta: folder of the model that was fine-tuned [default: the bundled model]
    #[arg(long, value_name = "DIR")]
    pub base: Option<PathBuf>,
    /// Keep only the tokens that the texts of --texts use: those are predicted as before, others may be read in smaller
    /// pieces
    #[arg(long, requires = "texts")]
    pub trim_vocabulary: bool,
    /// File with the texts that must be predicted as before
    #[arg(long, value_name = "FILE", requires = "trim_vocabulary")]
    pub texts: Option<PathBuf>,
}
