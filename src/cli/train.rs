//! `subtune train`.

use std::path::Path;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::Done;
use super::arguments::TrainFlags;
use super::device::device;
use super::event_file::EventFile;
use super::face::Terminal;
use super::interrupt::interruption;
use super::output::{remark, table, tell};
use super::output_folder::{OutputFolder, REPORT};
use super::predict::WholeFile;
use super::progress::Progress;
use super::resume::{Resumed, resumed};
use super::run_config::Settings;
use super::sources::{Bundled, model, output_name, pipes, source, train_path};
use crate::error::Result;
use crate::finetune::{Prepared, RunSpec};
use crate::probe::Features;
use crate::session::{FolderStore, Keeping, Session};
use crate::spec::{LogFormat, RunArguments, Suspect};
use crate::suggest::{Embeddings, suspects};
use crate::train::{Event, Part};

pub async fn train(flags: TrainFlags, bundled: &Bundled) -> Result<Done> {
    let (settings, output, checkpoint) = match &flags.resume {
        Some(folder) => {
            let Resumed { settings, output, checkpoint } = resumed(&flags, folder.as_deref(), bundled)?;
            (settings, output, Some(checkpoint))
        }
        None => {
            let settings = Settings::new(&flags)?;
            let output = output_folder(&settings, bundled)?;
            (settings, output, None)
        }
    };
    let Settings { run, mut data, training: arguments } = settings;
    let mut face =
        Terminal { progress: Progress::new(run.log_format), curves: None, device: run.device.clone() };
    let progress = &mut face.progress;

    // all input is read and checked before a device is touched
    let (model_path, folder) = model(run.model.as_deref(), bundled)?;
    let piped = pipes(&run);
    let source = source(&run, &mut data, bundled)?;
    let (method, seed) = (arguments.method, arguments.seed);
    let labelled =
        run.output_suspects.as_ref().map(|_| (folder.clone(), source.task.clone(), source.train.clone()));
    let origin = json!({ "run": run, "data": data });
    let prepared = Prepared::new(RunSpec {
        folder,
        model_name: model_path.clone(),
        source,
        train_file: train_path(&run, bundled),
        data,
        arguments,
        origin,
    })?;
    for line in prepared.understood().lines() {
        progress.note(&line);
    }
    for remark in piped {
        progress.note(&format!("note: {remark}"));
    }
    if checkpoint.is_none() {
        for remark in prepared.understood().remarks() {
            progress.note(&format!("note: {remark}"));
        }
    }
    let chosen = device(&run.device, prepared.stored.largest_parameter_bytes()).await?;
    progress.note(&format!("device: {}, because {}", chosen.name(), chosen.reason));
    let store = FolderStore::new(output.path());
    face.curves = run.log_dir.as_deref().map(EventFile::create).transpose()?;
    let running = match checkpoint {
        Some(checkpoint) => {
            let name = checkpoint.name();
            let running = prepared.resume(checkpoint, &chosen).await?;
            progress.note(&format!("resuming {} from {name}", output.path().display()));
            progress.resume(running.events());
            if let Some(curves) = &mut face.curves {
                curves.resume(running.events());
            }
            running
        }
        None => {
            let running = prepared.start(&chosen)?;
            // the checkpoints of a run that this one overwrites
            store.remove_all()?;
            running
        }
    };
    progress.note(&format!(
        "{} with {} layers of {}, method {method}, learning rate {}",
        model_path.display(),
        running.config.num_hidden_layers,
        running.config.hidden_size,
        running.learning_rate
    ));
    let mut session = Session::new(running);
    session.keep(Keeping { store, save_steps: run.save_steps, limit: run.save_total_limit, hold: true });

    if let Err(error) = follow(&mut session, &mut face).await {
        match output.write_failed(&session.running().report(Some(&error)), &error) {
            Ok(path) => tell(&format!("no model was written; report of the run: {}", path.display())),
            // only a line, because the error of the run matters more
            Err(unwritten) => tell(&format!("the report could not be written: {unwritten}")),
        }
        return Err(error);
    }
    let exported = session.finish().expect("the run was followed to its end");
    let running = session.running();
    let interrupted = matches!(running.events().last(), Some(Event::End { interrupted: true, .. }));
    if let Err(error) = output.forget_failed().and_then(|()| exported.write(output.path())) {
        let resume = how_to_resume(&mut session, output.path()).await;
        tell(&format!("error: the model could not be written: {error}{resume}"));
        return Ok(Done::Unwritten);
    }
    conclude(&run, running.events(), &running.labels, output.path());
    if !interrupted {
        if let (Some(path), Some((folder, task, examples))) = (&run.output_suspects, labelled) {
            let mut embeddings = Embeddings::new(folder, running.device().clone())?;
            let vectors = embeddings.of(&examples).await?;
            let features = Features::new(embeddings.size(), &vectors);
            write_suspects(path, &suspects(&features, &examples, &task, seed), examples.len())?;
        }
        if !run.keep_checkpoints
            && let Err(error) = FolderStore::new(output.path()).remove_all()
        {
            tell(&format!(
                "warning: the checkpoints, which are no longer needed, could not be removed: {error}"
            ));
        }
        return Ok(Done::Complete);
    }
    match session.failed().map(str::to_owned) {
        None => {
            let folder = output.path().display();
            face.progress.note(&format!("continue with: subtune train --resume {folder}"));
            Ok(Done::Interrupted)
        }
        Some(error) => {
            let error = format!("error: the run was stopped, but no checkpoint could be written: {error}");
            let resume = how_to_resume(&mut session, output.path()).await;
            tell(&format!("{error}{resume}"));
            Ok(Done::Unwritten)
        }
    }
}

/// Writes the texts whose label is probably wrong.
fn write_suspects(path: &Path, found: &[Suspect], examples: usize) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["line", "text", "pair", "label", "probability", "likely_label", "likely_probability"];
    writer.write_record(header).expect("memory can be written");
    for suspect in found {
        let line = suspect.line.to_string();
        let [own, likely] = [suspect.probability, suspect.likely_probability].map(|one| format!("{one:.4}"));
        let pair = suspect.pair.as_deref().unwrap_or_default();
        let row = [line.as_str(), &suspect.text, pair, &suspect.label, &own, &suspect.likely, &likely];
        writer.write_record(row).expect("memory can be written");
    }
    let file = WholeFile::create(path)?;
    file.write(&writer.into_inner().expect("memory can be written"))?;
    file.complete()?;
    remark(&format!("{} of {examples} labels are probably wrong: {}", found.len(), path.display()));
    Ok(())
}

/// Drives the run to its end, which comes early if the user interrupts it.
async fn follow(session: &mut Session<FolderStore>, face: &mut Terminal) -> Result<()> {
    let interrupted = interruption();
    let mut stopping = false;
    while session.advance(face).await? {
        if interrupted.load(Ordering::Relaxed) && !stopping {
            session.interrupt();
            stopping = true;
        }
    }
    Ok(())
}

/// Stores the run if its model could not be written, and says how to continue from there.
async fn how_to_resume(session: &mut Session<FolderStore>, output: &Path) -> String {
    let unstored = session.store_held().await.err();
    let Some(last) = FolderStore::new(output).complete().pop() else {
        return unstored.map_or_else(String::new, |why| format!("; nor could a checkpoint be: {why}"));
    };
    let lost = unstored.map_or_else(String::new, |why| format!(" (a later one could not be written: {why})"));
    format!(
        "; the run is stored as {}{lost}; when it can be written, continue with: subtune train --resume {}",
        last.display(),
        output.display()
    )
}

/// The number of probably wrong labels that the terminal shows.
const SHOWN_SUSPECTS: usize = 5;

/// Prints the score on examples that chose nothing, and the next steps.
fn conclude(run: &RunArguments, events: &[Event], labels: &[String], output: &Path) {
    if run.log_format == LogFormat::Json {
        return;
    }
    let last = |wanted: Part| {
        events.iter().rev().find_map(|event| match event {
            Event::Evaluation { part, metrics, .. } if *part == wanted => Some(metrics),
            _ => None,
        })
    };
    let titles = [
        (Part::Test, "held-out score, on examples that were used for nothing else"),
        (
            Part::CrossValidation,
            "cross-validated score, each text scored by a model that was trained without it",
        ),
        (Part::Validation, "last score on the validation examples"),
    ];
    let scored = titles.into_iter().find_map(|(part, title)| Some((last(part)?, title)));
    if let Some((metrics, title)) = scored {
        remark(&format!("\n{title}:\n\n{}", table(metrics, labels)));
    }
    let suspects = events.iter().rev().find_map(|event| match event {
        Event::Suspects { examples, count, suspects } if *count > 0 => Some((examples, count, suspects)),
        _ => None,
    });
    if let Some((examples, count, suspects)) = suspects {
        remark(&format!(
            "\n{count} of {examples} labels may be wrong; the report lists them, and --output-suspects FILE writes all. The \
             most doubtful:"
        ));
        for suspect in suspects.iter().take(SHOWN_SUSPECTS) {
            let text: String = suspect.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let beginning: String = text.chars().take(60).collect();
            remark(&format!(
                "  line {}: {}, probably {} ({:.0} %): {beginning:?}",
                suspect.line,
                suspect.label,
                suspect.likely,
                100.0 * suspect.likely_probability
            ));
        }
        remark("");
    }
    let folder = output.display();
    remark(&format!("model written to {folder}, with {}", output.join(REPORT).display()));
    remark(&format!("try it: subtune predict --model {folder} \"some text\""));
}

/// The folder for the model. A named folder that holds files is refused; without a name, it finds a free one.
fn output_folder(settings: &Settings, bundled: &Bundled) -> Result<OutputFolder> {
    let Settings { run, training, .. } = settings;
    if let Some(folder) = &run.output_dir {
        let folder = OutputFolder::take(folder)?;
        if !run.overwrite_output_dir {
            folder.check_free()?;
        }
        return Ok(folder);
    }
    let name = output_name(training, &train_path(run, bundled));
    OutputFolder::take_free(|number| match number {
        1 => Path::new("runs").join(&name),
        number => Path::new("runs").join(format!("{name}-{number}")),
    })
}
