//! What a run reads: its model, its data files, and what comes with subtune.

use std::path::{Path, PathBuf};

use super::ask::{ask, can_ask};
use crate::error::{Error, Result};
use crate::model::ModelFolder;
use crate::spec::{DataArguments, RunArguments, TrainingArguments};
use crate::terminal::is_unsafe;
use crate::text::{ReadOptions, Source, Table, is_pipe};

/// What comes with the program, in its executable: so it is found wherever that is copied to, and nothing that lies in
/// the current folder stands in for it.
pub struct Bundled {
    /// A model; nothing in a build of the registry's package, which is too small for it.
    pub model: Option<BundledModel>,
    /// The name and the bytes of a file of labelled text.
    pub sample: Option<(&'static str, &'static [u8])>,
}

/// The files of a model.
pub struct BundledModel {
    pub name: &'static str,
    /// By name.
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

/// The model that was named, or the bundled one, and what it is called.
pub fn model(run: &RunArguments, bundled: &Bundled) -> Result<(PathBuf, ModelFolder)> {
    if let Some(path) = &run.model {
        return Ok((path.clone(), ModelFolder::read(path)?));
    }
    let BundledModel { name, files } = bundled.model()?;
    let files = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    Ok((name.into(), ModelFolder::new(name, files)?))
}

/// The training file that was named, or what the bundled one is called.
pub fn train_path(run: &RunArguments, bundled: &Bundled) -> PathBuf {
    run.train_file.clone().unwrap_or_else(|| bundled.sample.map_or("sample", |(name, _)| name).into())
}

/// The training file and, where they are named, the files for validation and test. What the training file leaves open
/// is asked in a terminal; the answers are settings of the run from then on.
///
/// # Errors
/// A file cannot be used, or leaves something open and nobody answers.
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

/// What a person should know of data that come from pipes: a run that is resumed needs them again.
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
                "{} is a pipe, which is read once: to resume this run, give the same data again with {flag}",
                file.display()
            )
        })
        .collect()
}

/// A data file, read as the settings say.
pub fn read(data: &DataArguments, path: &Path) -> Result<Table> {
    Table::read_with(path, &ReadOptions::new(data))
}

/// What the folder of a run is called that was given no name.
pub fn output_name(arguments: &TrainingArguments, train_file: &Path) -> String {
    format!("{}-{}-seed{}", stem(train_file), arguments.method, arguments.seed)
}

/// The name of a file without its extension, as a part of the name of a folder: no longer than a folder's name may be
/// with what is added, and nothing that a terminal would obey.
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
