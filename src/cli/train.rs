//! `subtune train`.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::Done;
use super::arguments::{LogFormat, TrainFlags};
use super::device::device;
use super::interrupt::interruption;
use super::output::{say, table};
use super::progress::Progress;
use super::run_config::{RunArguments, settings};
use super::sources::{model_path, shares, source, train_path};
use crate::error::{Error, Result};
use crate::finetune::{Prepared, Running};
use crate::model::ModelFolder;
use crate::train::{Event, Part, TrainingArguments};

pub async fn train(flags: TrainFlags) -> Result<Done> {
    let (run, arguments) = settings(&flags)?;
    let (model_path, train_path) = (model_path(&run)?, train_path(&run)?);
    let output = output_folder(&run, &arguments, &train_path)?;
    let mut progress = Progress::new(run.log_format);

    // all input is read and checked before a device is touched
    let folder = ModelFolder::read(&model_path)?;
    let source = source(&run, &train_path)?;
    let method = arguments.method;
    let prepared = Prepared::new(
        (model_path.clone(), folder),
        (train_path, source),
        shares(&run),
        run.layers,
        arguments,
    )?;
    for note in prepared.notes() {
        progress.note(&format!("note: {note}"));
    }
    let chosen = device(&run.device, &prepared.stored).await?;
    progress.note(&format!("device: {}, because {}", chosen.name(), chosen.reason));
    let mut running = prepared.start(&chosen)?;
    progress.note(&format!(
        "{} with {} layers of {}, method {method}, learning rate {}",
        model_path.display(),
        running.config.num_hidden_layers,
        running.config.hidden_size,
        running.learning_rate
    ));

    if let Err(error) = follow(&mut running, &mut progress).await {
        match write_alone(&output, &running.report(Some(&error))) {
            Ok(path) => eprintln!("no model was written; what there is of the run: {}", path.display()),
            // why the run failed matters more
            Err(unwritten) => eprintln!("the report could not be written: {unwritten}"),
        }
        return Err(error);
    }
    let (labels, events) = (running.labels.clone(), running.events().to_vec());
    let (_, exported) = running.finish().await?;
    if let Some(parent) = output.parent() {
        std::fs::create_dir_all(parent).map_err(|error| Error::io(parent, error))?;
    }
    exported.write(&output)?;
    conclude(&run, &events, &labels, &output)?;
    match events.last() {
        Some(Event::End { interrupted: true, .. }) => Ok(Done::Interrupted),
        _ => Ok(Done::Complete),
    }
}

/// Shows what happens until the run is over.
async fn follow(running: &mut Running, progress: &mut Progress) -> Result<()> {
    let interrupted = interruption();
    while let Some(happened) = running.proceed().await? {
        for event in &happened {
            progress.event(event)?;
        }
        if interrupted.load(Ordering::Relaxed) {
            running.stop();
        }
    }
    Ok(())
}

/// Writes the report of a run that has no model to go with it.
fn write_alone(output: &Path, report: &str) -> Result<PathBuf> {
    std::fs::create_dir_all(output).map_err(|error| Error::io(output, error))?;
    let path = output.join("report.html");
    std::fs::write(&path, report).map_err(|error| Error::io(&path, error))?;
    Ok(path)
}

/// The last words: the score on examples that nothing was chosen by, and what can be done next.
fn conclude(run: &RunArguments, events: &[Event], labels: &[String], output: &Path) -> Result<()> {
    if run.log_format == LogFormat::Json {
        return Ok(());
    }
    let last = |wanted: Part| {
        events.iter().rev().find_map(|event| match event {
            Event::Evaluation { part, metrics, .. } if *part == wanted => Some(metrics),
            _ => None,
        })
    };
    let scored = match (last(Part::Test), last(Part::Validation)) {
        (Some(metrics), _) => Some((metrics, "held-out score, on examples that were used for nothing else")),
        (None, Some(metrics)) => Some((metrics, "last score on the validation examples")),
        (None, None) => None,
    };
    if let Some((metrics, title)) = scored {
        say(&format!("\n{title}:\n\n{}", table(metrics, labels)))?;
    }
    let folder = output.display();
    say(&format!("model written to {folder}, with {}", output.join("report.html").display()))?;
    say(&format!("try it: subtune predict --model {folder} \"some text\""))
}

/// Where the model goes. A folder that was named and holds files is refused; without a name, a new one is found.
fn output_folder(run: &RunArguments, arguments: &TrainingArguments, train_file: &Path) -> Result<PathBuf> {
    if let Some(folder) = &run.output_dir {
        let holds_files =
            std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file();
        if holds_files && !run.overwrite_output_dir {
            return Err(Error::Usage(format!(
                "{} holds files already; name another --output-dir, or add --overwrite-output-dir",
                folder.display()
            )));
        }
        return Ok(folder.clone());
    }
    let stem = train_file.file_stem().unwrap_or_default().to_string_lossy();
    let name = format!("{stem}-{}-seed{}", arguments.method, arguments.seed);
    let numbered = |number: usize| match number {
        1 => Path::new("runs").join(&name),
        number => Path::new("runs").join(format!("{name}-{number}")),
    };
    (1..).map(numbered).find(|folder| !folder.exists()).ok_or_else(|| Error::Usage("runs/ is full".into()))
}
