//! `subtune train`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Done;
use super::arguments::{LogFormat, TaskName, TrainFlags};
use super::device::device;
use super::output::table;
use super::progress::Progress;
use super::run_config::{RunArguments, settings};
use crate::bert::Dtype;
use crate::error::{Error, Result};
use crate::model::ModelFolder;
use crate::report::{Mistakes, RunSummary, model_card, run_report};
use crate::text::{
    ColumnChoice, Columns, Example, Table, Task, TaskKind, check, examples, stratified_split, subsample, task,
};
use crate::train::{Data, Event, HeldOut, Part, Trainer, TrainingArguments, default_learning_rate};

const BUNDLED_MODEL: &str = "models/minilm";
const BUNDLED_SAMPLE: &str = "samples/sms_spam.csv";

pub async fn train(flags: TrainFlags) -> Result<Done> {
    let (run, arguments) = settings(&flags)?;
    let model_path = run.model.clone().map_or_else(|| bundled(BUNDLED_MODEL), Ok)?;
    let train_path = run.train_file.clone().map_or_else(|| bundled(BUNDLED_SAMPLE), Ok)?;
    let output = output_folder(&run, &arguments, &train_path)?;
    let mut progress = Progress::new(run.log_format);

    // all input is read and checked before a device is touched
    let folder = ModelFolder::read(&model_path)?;
    let stored = folder.config()?;
    let tokenizer = folder.tokenizer(&stored, arguments.max_length)?;
    let sets = Sets::read(&run, &train_path, arguments.seed)?;
    arguments.check(sets.task == Task::Regression)?;
    let data = Data::new(&tokenizer, sets.task.clone(), &sets.train, &sets.validation, &sets.test)?;
    for note in &sets.notes {
        progress.note(&format!("note: {note}"));
    }
    let lengths: Vec<usize> =
        data.train.iter().map(|one| one.encoding.input_ids.len() + one.encoding.truncated).collect();
    for finding in check(&sets.train, &sets.task, Some(&lengths), arguments.max_length) {
        progress.note(&format!("note: {}", finding.message));
    }

    let chosen = device(&run.device).await?;
    progress.note(&format!("device: {}, because {}", chosen.name(), chosen.reason));
    let autodiff = chosen.device.clone().autodiff();
    let (model, config) = folder.load_for_training(&sets.task, run.layers, arguments.seed, &autodiff)?;
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
    let summary = RunSummary {
        events: &events,
        train_file: &train_path,
        model: &model_path,
        layers: config.num_hidden_layers,
        hidden_size: config.hidden_size,
        labels: sets.labels(),
        mistakes: trainer.held_out().map(|held_out| sets.mistakes(held_out)),
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
        .with_file("report.html", report.into_bytes())
        .write(&output)?;
    conclude(&run, &events, &sets, &output);
    match events.last() {
        Some(Event::End { interrupted: true, .. }) => Ok(Done::Interrupted),
        _ => Ok(Done::Complete),
    }
}

/// Shows and collects what happens until the run is over. On an error, `events` holds all that came before.
async fn follow(trainer: &mut Trainer, progress: &mut Progress, events: &mut Vec<Event>) -> Result<()> {
    let interrupted = interruption();
    while let Some(event) = trainer.next().await? {
        progress.event(&event);
        events.push(event);
        if interrupted.load(Ordering::Relaxed) {
            trainer.stop();
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

/// Set by the first Ctrl-C; the second ends the process at once.
fn interruption() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    let handler = move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("\nstopping after this step; press Ctrl-C again to stop at once");
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        log::warn!("Ctrl-C will end the run at once: {error}");
    }
    interrupted
}

/// The last words: the score on examples that nothing was chosen by, and what can be done next.
fn conclude(run: &RunArguments, events: &[Event], sets: &Sets, output: &Path) {
    if run.log_format == LogFormat::Json {
        return;
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
        println!("\n{title}:\n\n{}", table(metrics, &sets.labels()));
    }
    let folder = output.display();
    println!("model written to {folder}, with {}", output.join("report.html").display());
    println!("try it: subtune predict --model {folder} \"some text\"");
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

/// The examples of a run, by what they are for.
struct Sets {
    task: Task,
    train: Vec<Example>,
    validation: Vec<Example>,
    test: Vec<Example>,
    notes: Vec<String>,
}

impl Sets {
    fn read(run: &RunArguments, train_file: &Path, seed: u64) -> Result<Self> {
        let choice = ColumnChoice {
            text: run.text_column.clone(),
            pair: run.pair_column.clone(),
            label: run.label_column.clone(),
        };
        let table = Table::read(train_file)?;
        let columns = Columns::choose(&table, &choice, true)?;
        let kind = run.task.map(|name| match name {
            TaskName::Classification => TaskKind::Classification,
            TaskName::Regression => TaskKind::Regression,
        });
        let task = task(&table, &columns, kind)?;
        let mut notes = table.notes.clone();
        let found = examples(&table, &columns, Some(&task))?;
        notes.extend(found.notes);
        let mut train = found.examples;

        let mut read = |path: &Option<PathBuf>| -> Result<Option<Vec<Example>>> {
            let Some(path) = path else { return Ok(None) };
            let table = Table::read(path)?;
            let found = examples(&table, &Columns::choose(&table, &choice, true)?, Some(&task))?;
            notes.extend(table.notes.iter().cloned().chain(found.notes));
            Ok(Some(found.examples))
        };
        let (validation, test) = (read(&run.validation_file)?, read(&run.test_file)?);
        let mut held_out = |share: f64, given: Option<Vec<Example>>, of_whole: f64| -> Result<Vec<Example>> {
            match given {
                Some(examples) => Ok(examples),
                None if share == 0.0 => Ok(Vec::new()),
                None => {
                    let (rest, held_out) =
                        stratified_split(std::mem::take(&mut train), share / of_whole, seed)?;
                    train = rest;
                    Ok(held_out)
                }
            }
        };
        let tested = test.is_none().then_some(run.test_split).unwrap_or_default();
        let test = held_out(run.test_split, test, 1.0)?;
        let validation = held_out(run.validation_split, validation, 1.0 - tested)?;
        if let Some(count) = run.max_train_samples {
            if count == 0 {
                return Err(Error::Usage("max_train_samples is 0; expected at least 1".into()));
            }
            train = subsample(train, count, seed);
        }
        Ok(Sets { task, train, validation, test, notes })
    }

    fn labels(&self) -> Vec<String> {
        match &self.task {
            Task::Classification { labels } => labels.clone(),
            Task::Regression => Vec::new(),
        }
    }

    /// What the model gets wrong of the examples that it was not trained on.
    fn mistakes(&self, held_out: &HeldOut) -> Mistakes {
        let examples = match held_out.part {
            Part::Validation => &self.validation,
            Part::Test => &self.test,
        };
        Mistakes::new(held_out, examples, &self.labels())
    }
}
