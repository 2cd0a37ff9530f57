//! The inputs of a run: its model, its data files, and the bundled ones.

use std::path::{Path, PathBuf};

use super::ask::{ask, can_ask};
use crate::error::{Error, Result};
use crate::model::{Base, Delta, ModelFolder};
use crate::spec::{DataArguments, RunArguments, TrainingArguments};
use crate::terminal::is_unsafe;
use crate::text::{ReadOptions, Source, Table, is_pipe};

/// The files inside the program's executable. They go wherever it is copied, and files in the current folder cannot
/// replace them.
pub struct Bundled {
    /// A model; `None` in a build of the registry's package, which is too small for it.
    pub model: Option<BundledModel>,
    /// The name and the bytes of a file of labelled text.
    pub sample: Option<(&'static str, &'static [u8])>,
}

/// The files of a model.
pub struct BundledModel {
    /// The name to give to `--model`.
    pub name: &'static str,
    /// The files by name.
    pub files: &'static [(&'static str, &'static [u8])],
}

impl Bundled {
    fn model(&self) -> Result<&BundledModel> {
        self.model.as_ref().ok_or_else(|| {
            Error::Usage(
                "this build has no bundled model; name the folder of one with --model, or build subtune from its \
                 repository"
                    .into(),
            )
        })
    }

    fn sample(&self) -> Result<(&'static str, &'static [u8])> {
        self.sample.ok_or_else(|| {
            Error::Usage(
                "this build has no bundled sample; name a file of labelled text with --train-file".into(),
            )
        })
    }
}

/// The model that the user named, or the bundled one, with its name.
pub fn model(named: Option<&Path>, bundled: &Bundled) -> Result<(PathBuf, ModelFolder)> {
    if let Some(path) = named {
        return Ok((path.to_owned(), ModelFolder::read(path)?));
    }
    let BundledModel { name, files } = bundled.model()?;
    let files = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    Ok((name.into(), ModelFolder::new(name, files)?))
}

/// The model that a file of changes makes of the one that the user named, or of the bundled one.
///
/// # Errors
/// The file is no delta, or one of another model.
pub fn with_delta(named: Option<&Path>, delta: &Path, bundled: &Bundled) -> Result<ModelFolder> {
    let delta = Delta::open(delta)?;
    let (_, folder) = model(named, bundled)?;
    Base::new(&folder)?.with_delta(delta)
}

/// The path of the training file that the user named, or the name of the bundled one.
pub fn train_path(run: &RunArguments, bundled: &Bundled) -> PathBuf {
    run.train_file.clone().unwrap_or_else(|| bundled.sample.map_or("sample", |(name, _)| name).into())
}

/// Reads the training file, and the files for validation and test if they are named. In a terminal it asks about what
/// the training file leaves open; the answers become settings of the run.
///
/// # Errors
/// A file cannot be used, or leaves a question open that nobody answers.
pub fn source(run: &RunArguments, data: &mut DataArguments, bundled: &Bundled) -> Result<Source> {
    let table = match &run.train_file {
        Some(path) => read(data, path)?,
        None => {
            let (name, bytes) = bundled.sample()?;
            Table::parse(name, bytes)?
        }
    };
    let mut source = loop {
        match Source::new(&table, data) {
            Err(Error::Unclear { file, questions }) if can_ask(run) => {
                if !ask(&file, &questions, data) {
                    return Err(Error::Unclear { file, questions });
                }
            }
            source => break source?,
        }
    };
    if let Some(path) = &run.validation_file {
        source.validation = Some(source.read(&read(data, path)?)?);
    }
    if let Some(path) = &run.test_file {
        source.test = Some(source.read(&read(data, path)?)?);
    }
    Ok(source)
}

/// A note on data from pipes: a resumed run needs them again.
pub fn pipes(run: &RunArguments) -> Vec<String> {
    let files = [
        ("--train-file", &run.train_file),
        ("--validation-file", &run.validation_file),
        ("--test-file", &run.test_file),
    ];
    let piped = files
        .into_iter()
        .filter_map(|(flag, file)| Some((flag, file.as_ref().filter(|file| is_pipe(file))?)));
    piped
        .map(|(flag, file)| {
            format!(
                "{} is a pipe, which can be read only once: to resume this run, give the same data again with {flag}",
                file.display()
            )
        })
        .collect()
}

/// Reads a data file with these settings.
pub fn read(data: &DataArguments, path: &Path) -> Result<Table> {
    Table::read_with(path, &ReadOptions::new(data))
}

/// The name of a run's folder, if the user gives none.
pub fn output_name(arguments: &TrainingArguments, train_file: &Path) -> String {
    format!("{}-{}-seed{}", stem(train_file), arguments.method, arguments.seed)
}

/// The name of a file without its extension, as a part of a folder's name: short enough for the parts that are added,
/// and without characters that a terminal would obey.
pub fn stem(file: &Path) -> String {
    const MOST_BYTES: usize = 100;
    // such as /dev/stdin and /dev/fd/63
    if file.starts_with("/dev") || file.starts_with("/proc") {
        return "piped".into();
    }
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let short = &name[..name.floor_char_boundary(MOST_BYTES)];
    short.chars().map(|one| if is_unsafe(one) { '_' } else { one }).collect()
}
