//! What a run reads: its model, its data files, and what comes with subtune.

use std::path::{Path, PathBuf};

use super::arguments::TaskName;
use super::run_config::RunArguments;
use crate::error::{Error, Result};
use crate::terminal::is_unsafe;
use crate::text::{ColumnChoice, Shares, Source, Table, TaskKind};
use crate::train::TrainingArguments;

const BUNDLED_MODEL: &str = "models/minilm";
const BUNDLED_SAMPLE: &str = "samples/sms_spam.csv";

/// The model folder that was named, or the bundled one.
pub fn model_path(run: &RunArguments) -> Result<PathBuf> {
    run.model.clone().map_or_else(|| bundled(BUNDLED_MODEL), Ok)
}

/// The training file that was named, or the bundled one.
pub fn train_path(run: &RunArguments) -> Result<PathBuf> {
    run.train_file.clone().map_or_else(|| bundled(BUNDLED_SAMPLE), Ok)
}

/// The training file and, where they are named, the files for validation and test.
pub fn source(run: &RunArguments, train_file: &Path) -> Result<Source> {
    let choice = ColumnChoice {
        text: run.text_column.clone(),
        pair: run.pair_column.clone(),
        label: run.label_column.clone(),
    };
    let kind = run.task.map(|name| match name {
        TaskName::Classification => TaskKind::Classification,
        TaskName::Regression => TaskKind::Regression,
    });
    let mut source = Source::new(&Table::read(train_file)?, choice, kind)?;
    if let Some(path) = &run.validation_file {
        source.validation = Some(source.read(&Table::read(path)?)?);
    }
    if let Some(path) = &run.test_file {
        source.test = Some(source.read(&Table::read(path)?)?);
    }
    Ok(source)
}

/// What the folder of a run is called that was given no name.
pub fn output_name(arguments: &TrainingArguments, train_file: &Path) -> String {
    format!("{}-{}-seed{}", stem(train_file), arguments.method, arguments.seed)
}

/// The name of a file without its extension, as a part of the name of a folder: no longer than a folder's name may be
/// with what is added, and nothing that a terminal would obey.
pub fn stem(file: &Path) -> String {
    const MOST_BYTES: usize = 100;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let short = &name[..name.floor_char_boundary(MOST_BYTES)];
    short.chars().map(|one| if is_unsafe(one) { '_' } else { one }).collect()
}

pub fn shares(run: &RunArguments) -> Shares {
    Shares { validation: run.validation_split, test: run.test_split, train_examples: run.max_train_samples }
}

/// A file or folder that comes with subtune: below the working directory, the program, or where it was built.
fn bundled(relative: &str) -> Result<PathBuf> {
    let program = std::env::current_exe().unwrap_or_default();
    let roots = [Path::new("."), Path::new(env!("CARGO_MANIFEST_DIR"))];
    roots
        .into_iter()
        .chain(program.ancestors().skip(1))
        .map(|root| if root == Path::new(".") { PathBuf::from(relative) } else { root.join(relative) })
        .find(|path| path.exists())
        .ok_or_else(|| {
            Error::Usage(format!(
                "the bundled {relative} was not found beside the program; name your own with --model and --train-file"
            ))
        })
}
