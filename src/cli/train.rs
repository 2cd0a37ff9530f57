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
use crate::bert::Dtype;
use crate::error::{Error, Result};
use crate::model::ModelFolder;
use crate::report::{Mistakes, RunSummary, is_of_a_failed_run, model_card, run_report};
use crate::text::{Task, check};
use crate::train::{Data, Event, Part, Trainer, TrainingArguments, default_learning_rate};

const REPORT: &str = "report.html";

pub async fn train(flags: TrainFlags) -> Result<Done> {
    let (run, arguments) = settings(&flags)?;
    let (model_path, train_path) = (model_path(&run)?, train_path(&run)?);
    let output = output_folder(&run, &arguments, &train_path)?;
    let mut progress = Progress::new(run.log_format);

    // all input is read and checked before a device is touched
    let folder = ModelFolder::read(&model_path)?;
    let stored = folder.config()?;
    let tokenizer = folder.tokenizer(&stored, arguments.max_length)?;
    let source = source(&run, &train_path)?;
    arguments.check(source.task == Task::Regression)?;
    let sets = source.divide(shares(&run), arguments.seed)?;
    let data = Data::new(&tokenizer, source.task.clone(), &sets)?;
    for note in &source.notes {
        progress.note(&format!("note: {note}"));
    }
    let lengths: Vec<usize> =
        data.train.iter().map(|one| one.encoding.input_ids.len() + one.encoding.truncated).collect();
    for finding in check(&sets.train, &source.task, Some(&lengths), arguments.max_length) {
        progress.note(&format!("note: {}", finding.message));
    }

    let chosen = device(&run.device, &stored).await?;
    progress.note(&format!("device: {}, because {}", chosen.name(), chosen.reason));
    let autodiff = chosen.device.clone().autodiff();
    let (model, config) = folder.load_for_training(&source.task, run.layers, arguments.seed, &autodiff)?;
    let learning_rate = arguments.learning_rate.unwrap_or_else(|| default_learning_rate(config.hidden_size));
    progress.note(&format!(
        "{} with {} layers of {}, method {}, learning rate {learning_rate}",
        model_path.display(),
        config.num_hidden_layers,
        config.hidden_size,
        arguments.method
    ));

    let device = chosen.device.clone();
    let mut trainer = Trainer::new(arguments, learning_rate, model, data, device, chosen.name())?;
    let mut events = Vec::new();
    let failure = follow(&mut trainer, &mut progress, &mut events).await.err();
    let mistakes = trainer.held_out().map(|held_out| {
        let examples = match held_out.part {
            Part::Validation => &sets.validation,
            Part::Test => &sets.test,
        };
        Mistakes::new(held_out, examples, &source.labels())
    });
    let summary = RunSummary {
        events: &events,
        train_file: &train_path,
        model: &model_path,
        layers: config.num_hidden_layers,
        hidden_size: config.hidden_size,
        labels: source.labels(),
        mistakes,
        error: failure.as_ref().map(Error::to_string),
    };
    let report = run_report(&summary);
    if let Some(error) = failure {
        match write_alone(&output, &report) {
            Ok(path) => eprintln!("no model was written; what there is of the run: {}", path.display()),
            // why the run failed matters more
            Err(unwritten) => eprintln!("the report could not be written: {unwritten}"),
        }
        return Err(error);
    }
    let card = model_card(&summary);
    let exported = folder.export(&trainer.into_model(), &config, Dtype::Float32).await?;
    if let Some(parent) = output.parent() {
        std::fs::create_dir_all(parent).map_err(|error| Error::io(parent, error))?;
    }
    exported
        .with_file("README.md", card.into_bytes())
        .with_file(REPORT, report.into_bytes())
        .write(&output)?;
    conclude(&run, &events, &source.labels(), &output)?;
    match events.last() {
        Some(Event::End { interrupted: true, .. }) => Ok(Done::Interrupted),
        _ => Ok(Done::Complete),
    }
}

/// Shows and collects what happens until the run is over. On an error, `events` holds all that came before.
async fn follow(trainer: &mut Trainer, progress: &mut Progress, events: &mut Vec<Event>) -> Result<()> {
    let interrupted = interruption();
    while let Some(happened) = trainer.proceed().await? {
        for event in happened {
            progress.event(&event)?;
            events.push(event);
        }
        if interrupted.load(Ordering::Relaxed) {
            trainer.stop();
        }
    }
    Ok(())
}

/// Writes the report of a run that has no model to go with it.
fn write_alone(output: &Path, report: &str) -> Result<PathBuf> {
    std::fs::create_dir_all(output).map_err(|error| Error::io(output, error))?;
    let path = output.join(REPORT);
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
    say(&format!("model written to {folder}, with {}", output.join(REPORT).display()))?;
    say(&format!("try it: subtune predict --model {folder} \"some text\""))
}

/// Where the model goes. A folder that was named and holds files is refused; without a name, a new one is found.
fn output_folder(run: &RunArguments, arguments: &TrainingArguments, train_file: &Path) -> Result<PathBuf> {
    if let Some(folder) = &run.output_dir {
        if !run.overwrite_output_dir && !is_free(folder) {
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
    (1..).map(numbered).find(|folder| is_free(folder)).ok_or_else(|| Error::Usage("runs/ is full".into()))
}

/// Whether nothing is lost by writing there: the folder is absent or empty, or a run that failed left its report.
fn is_free(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return !folder.exists() };
    match &entries.flatten().map(|entry| entry.path()).collect::<Vec<_>>()[..] {
        [] => true,
        [only] => {
            only.ends_with(REPORT)
                && std::fs::read_to_string(only).is_ok_and(|report| is_of_a_failed_run(&report))
        }
        _ => false,
    }
}
