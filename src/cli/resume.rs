//! `subtune train --resume`: finds the checkpoint and the settings of its run.

use std::path::{Path, PathBuf};

use super::arguments::TrainFlags;
use super::output_folder::OutputFolder;
use super::run_config::Settings;
use super::sources::{Bundled, output_name, train_path};
use crate::error::{Error, Result};
use crate::model::ModelFolder;
use crate::session::FolderStore;
use crate::spec::{DataArguments, RunArguments};
use crate::text::is_pipe;
use crate::train::Checkpoint;

/// A run to resume.
pub struct Resumed {
    pub settings: Settings,
    pub output: OutputFolder,
    pub checkpoint: Checkpoint,
}

/// # Errors
/// There is no complete checkpoint, another run has the folder, it cannot be written to, the checkpoint is damaged, or
/// the flags are not those of its run.
pub fn resumed(flags: &TrainFlags, folder: Option<&Path>, bundled: &Bundled) -> Result<Resumed> {
    let (path, checkpoint) = match folder {
        Some(folder) if FolderStore::is_checkpoint(folder) => (output_of(folder)?, Some(folder)),
        Some(folder) => (folder.to_owned(), None),
        None => (output(flags, bundled)?, None),
    };
    // checked before the folder is taken, so that nothing is created if there is nothing to resume
    let last_before = last(&path)?;
    let output = OutputFolder::take(&path)?;
    let path = match checkpoint {
        Some(checkpoint) => checkpoint.to_owned(),
        // the run that had the folder may have stored another checkpoint in the meantime
        None => last(&path).unwrap_or(last_before),
    };
    let checkpoint = FolderStore::read_folder(&path)?;
    #[derive(serde::Deserialize)]
    struct Origin {
        run: RunArguments,
        data: DataArguments,
    }
    let Origin { run, data } = serde_json::from_value(checkpoint.origin().clone()).map_err(|error| {
        let message = format!("was not written by subtune train ({error}); resume it where it was written");
        Error::model(path.display().to_string(), message)
    })?;
    let stored = Settings { run, data, training: checkpoint.arguments().clone() };
    let settings = stored.resumed(flags)?;
    let run = &settings.run;
    if let Some(named) = &run.output_dir
        && flags.settings.0.contains_key("output_dir")
        && named.canonicalize().ok() != output.path().canonicalize().ok()
    {
        return Err(Error::Usage(format!(
            "--output-dir is {}, but the run to resume writes to {}; leave --output-dir out",
            named.display(),
            output.path().display()
        )));
    }
    for (name, file) in [
        ("train_file", &run.train_file),
        ("validation_file", &run.validation_file),
        ("test_file", &run.test_file),
        ("model", &run.model),
    ] {
        let was_piped = |file: &PathBuf| file.starts_with("/dev") || file.starts_with("/proc");
        if let Some(file) = file.as_ref().filter(|file| !file.exists() || was_piped(file) && !is_pipe(file)) {
            let flag = name.replace('_', "-");
            let message = match was_piped(file) {
                true => format!(
                    "was a pipe, and the run to resume needs its data; give the same data with --{flag}"
                ),
                false => format!(
                    "does not exist, and the run to resume needs it; if it has moved, name it with --{flag}"
                ),
            };
            return Err(Error::data(file.display().to_string(), None, message));
        }
    }
    // The previous run no longer writes here, because this one has the lock. Failures are ignored: a leftover that
    // matters shows up as an error when this run writes.
    let _ = FolderStore::new(output.path()).remove_partial();
    let _ = ModelFolder::settle(output.path());
    Ok(Resumed { settings, output, checkpoint })
}

/// The last complete checkpoint of the run that writes to `output`.
fn last(output: &Path) -> Result<PathBuf> {
    let store = FolderStore::new(output);
    store.complete().pop().ok_or_else(|| {
        let folder = store.folder().display();
        let why = match output.join("model.safetensors").is_file() {
            true => {
                format!("{} is the model of a complete run; there is nothing to resume", output.display())
            }
            false => "train without --resume, or name another folder with --resume DIR".into(),
        };
        Error::Usage(format!("there is no complete checkpoint in {folder}; {why}"))
    })
}

/// The output folder of the run to which `OUTPUT/checkpoints/step-000120` belongs.
fn output_of(checkpoint: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(checkpoint).map_err(|error| Error::io(checkpoint, error))?;
    let relative = checkpoint.ancestors().nth(2).filter(|output| !output.as_os_str().is_empty());
    let output = relative.or(absolute.ancestors().nth(2));
    match (absolute.parent().and_then(Path::file_name), output) {
        (Some(name), Some(output)) if name == "checkpoints" => Ok(output.to_owned()),
        _ => Err(Error::Usage(format!(
            "{} is not in a folder checkpoints/ of an output folder; move it back there, or name the output folder",
            checkpoint.display()
        ))),
    }
}

/// The output folder that the flags name, or that of the most recently stored run with these settings.
fn output(flags: &TrainFlags, bundled: &Bundled) -> Result<PathBuf> {
    let Settings { run, training, .. } = Settings::new(flags)?;
    if let Some(folder) = run.output_dir {
        return Ok(folder);
    }
    let name = output_name(&training, &train_path(&run, bundled));
    let is_same = |folder: &PathBuf| {
        let found = folder.file_name().unwrap_or_default().to_string_lossy();
        let number = found.strip_prefix(&name).map(|rest| rest.strip_prefix('-').unwrap_or(rest));
        number.is_some_and(|number| number.is_empty() || number.parse::<u32>().is_ok())
    };
    let stored_at = |folder: &PathBuf| {
        let last = FolderStore::new(folder).complete().pop()?;
        last.metadata().and_then(|metadata| metadata.modified()).ok()
    };
    let folders = std::fs::read_dir("runs").into_iter().flatten().flatten().map(|entry| entry.path());
    let stored = folders.filter(is_same).filter_map(|folder| Some((stored_at(&folder)?, folder)));
    Ok(stored.max().map_or_else(|| Path::new("runs").join(&name), |(_, folder)| folder))
}
