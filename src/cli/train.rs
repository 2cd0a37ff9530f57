//! `subtune train`.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::Done;
use super::arguments::TrainFlags;
use super::device::device;
use super::interrupt::interruption;
use super::output::{remark, table, tell};
use super::output_folder::{OutputFolder, REPORT};
use super::progress::Progress;
use super::resume::{Resumed, resumed};
use super::run_config::Settings;
use super::saver::Saver;
use super::sources::{Bundled, model, output_name, pipes, source, train_path};
use crate::error::Result;
use crate::finetune::{Prepared, Running};
use crate::spec::{LogFormat, RunArguments};
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
    let mut progress = Progress::new(run.log_format);

    // all input is read and checked before a device is touched
    let (model_path, folder) = model(&run, bundled)?;
    let piped = pipes(&run);
    let source = source(&run, &mut data, bundled)?;
    let method = arguments.method;
    let prepared =
        Prepared::new((model_path.clone(), folder), (train_path(&run, bundled), source), &data, arguments)?
            .with_origin(json!({ "run": run, "data": data }));
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
    let chosen = device(&run.device, &prepared.stored).await?;
    progress.note(&format!("device: {}, because {}", chosen.name(), chosen.reason));
    let mut saver = Saver::new(&run, output.path());
    let mut running = match checkpoint {
        Some(checkpoint) => {
            let name = checkpoint.name();
            let running = prepared.resume(checkpoint, &chosen).await?;
            progress.note(&format!("resuming {} from {name}", output.path().display()));
            progress.resume(running.events());
            running
        }
        None => {
            let running = prepared.start(&chosen)?;
            // of a run that this one is to overwrite
            saver.store().remove_all()?;
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

    if let Err(error) = follow(&run, &mut running, &mut progress, &mut saver).await {
        match output.write_failed(&running.report(Some(&error)), &error) {
            Ok(path) => tell(&format!("no model was written; what there is of the run: {}", path.display())),
            // why the run failed matters more
            Err(unwritten) => tell(&format!("the report could not be written: {unwritten}")),
        }
        return Err(error);
    }
    let (labels, events) = (running.labels.clone(), running.events().to_vec());
    let exported = running.finish().expect("the run was followed to its end");
    if let Err(error) = output.forget_failed().and_then(|()| exported.write(output.path())) {
        let resume = saver.how_to_resume().map_or_else(String::new, |how| format!("; {how}"));
        tell(&format!("error: the model could not be written: {error}{resume}"));
        return Ok(Done::Unwritten);
    }
    conclude(&run, &events, &labels, output.path());
    let Some(Event::End { interrupted: true, .. }) = events.last() else {
        if !run.keep_checkpoints
            && let Err(error) = saver.store().remove_all()
        {
            tell(&format!(
                "warning: the checkpoints, which are no longer needed, could not be removed: {error}"
            ));
        }
        return Ok(Done::Complete);
    };
    match saver.failed() {
        None => {
            progress.note(&format!("go on with it: subtune train --resume {}", output.path().display()));
            Ok(Done::Interrupted)
        }
        Some(error) => {
            let error = format!("error: the run was stopped, but no checkpoint could be written: {error}");
            let resume = saver.how_to_resume().map_or_else(String::new, |how| format!("; {how}"));
            tell(&format!("{error}{resume}"));
            Ok(Done::Unwritten)
        }
    }
}

/// Shows what happens until the run is over, stores it now and then, and takes it up again where its device fails.
async fn follow(
    run: &RunArguments,
    running: &mut Running,
    progress: &mut Progress,
    saver: &mut Saver,
) -> Result<()> {
    let interrupted = interruption();
    let mut stopping = false;
    loop {
        match advance(running, progress, saver, &interrupted, &mut stopping).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) if running.can_recover(&error) => {
                let chosen = device(&run.device, &running.config).await?;
                progress.event(&running.recover(&error, chosen, saver.last()?).await?);
            }
            Err(error) => return Err(error),
        }
    }
}

/// One piece of the run, and whether there is more.
async fn advance(
    running: &mut Running,
    progress: &mut Progress,
    saver: &mut Saver,
    interrupted: &AtomicBool,
    stopping: &mut bool,
) -> Result<bool> {
    let Some(happened) = running.proceed().await? else { return Ok(false) };
    for event in &happened {
        progress.event(event);
    }
    saver.save_if_due(running, progress).await?;
    saver.hold(running).await?;
    if interrupted.load(Ordering::Relaxed) && !*stopping {
        // before the run is told, so that a resumed one knows nothing of it
        saver.save(running, progress).await?;
        running.stop();
        *stopping = true;
    }
    Ok(true)
}

/// The last words: the score on examples that nothing was chosen by, and what can be done next.
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
            "cross-validated score, each text seen by a model that was trained without it",
        ),
        (Part::Validation, "last score on the validation examples"),
    ];
    let scored = titles.into_iter().find_map(|(part, title)| Some((last(part)?, title)));
    if let Some((metrics, title)) = scored {
        remark(&format!("\n{title}:\n\n{}", table(metrics, labels)));
    }
    let folder = output.display();
    remark(&format!("model written to {folder}, with {}", output.join(REPORT).display()));
    remark(&format!("try it: subtune predict --model {folder} \"some text\""));
}

/// Where the model goes. A folder that was named and holds files is refused; without a name, a new one is found.
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
