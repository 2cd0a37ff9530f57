//! `subtune compare`.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};

use super::Done;
use super::arguments::{CompareFlags, Seeds};
use super::compare_progress::CompareProgress;
use super::device::device;
use super::interrupt::interruption;
use super::output::{remark, say_json};
use super::output_folder::{OutputFolder, REPORT};
use super::run_config::{CompareArguments, Settings};
use super::sources::{Bundled, model, read, source, stem, train_path};
use crate::compare::{
    Bench, Conditions, Plan, Results, Summary, Transfer, comparison_report, fingerprint, markdown, plain,
};
use crate::device::Chosen;
use crate::disk::{Readers, remove, replace_file};
use crate::error::{Error, Result};
use crate::finetune::resolved;
use crate::hash::Hash;
use crate::model::ModelFolder;
use crate::session::Face;
use crate::spec::{DataArguments, LogFormat, RunArguments, TrainingArguments};
use crate::text::{Example, Source};
use crate::train::{Event, default_learning_rate, encode};

const RUNS: &str = "runs.jsonl";
const MOST_SEEDS: u64 = 10_000;

pub async fn compare(flags: CompareFlags, bundled: &Bundled) -> Result<Done> {
    let (compared, Settings { run, mut data, training: arguments }) = Settings::of_comparison(&flags)?;
    data.max_train_samples = compared.train_size.or(data.max_train_samples);
    let plan = plan(&compared)?;
    let train_path = train_path(&run, bundled);
    let output = output_folder(&run, &train_path)?;

    // all input is read and checked before a device is touched
    let (model_path, folder) = model(&run, bundled)?;
    let config = folder.config()?;
    let tokenizer = folder.tokenizer(&config, arguments.max_length)?;
    let mut source = source(&run, &mut data, bundled)?;
    arguments.check(source.task.kind)?;
    let transfer = transfer(&data, &compared.transfer_file, &mut source)?;
    let (arguments, data) = resolved(&folder, &source, &data, arguments)?;
    let held_out = held_out(&arguments, &data, &source)?;
    source.label_names(arguments.label_names)?;

    let mut progress = CompareProgress::new(run.log_format, plan.runs().count());
    source.understood.findings = source.check(&[], arguments.max_length);
    for line in source.understood.lines() {
        progress.note(&line);
    }
    for remark in source.understood.remarks() {
        progress.note(&format!("note: {remark}"));
    }
    let chosen = device(&run.device, config.largest_parameter_bytes()).await?;
    let device_name = chosen.name();
    progress.note(&format!("device: {device_name}, because {}", chosen.reason));
    let learning_rate = arguments.learning_rate.unwrap_or_else(|| default_learning_rate(config.hidden_size));
    let metric = arguments.best_metric(source.task.kind).to_owned();

    let conditions = Conditions::new(
        &arguments,
        further_settings(&data, learning_rate, &device_name),
        model_hash(&folder),
        data_hash(&source, &transfer),
    );
    let mut results = Results::open(&output.path().join(RUNS), conditions.clone())?;
    let mut bench = Bench {
        folder: &folder,
        model_name: &model_path,
        source: &source,
        train_file: &train_path,
        data: &data,
        transfer: transfer
            .into_iter()
            .map(|(file, examples)| Ok(Transfer { file, examples: encode(&tokenizer, &examples)? }))
            .collect::<Result<_>>()?,
        arguments,
        chosen,
    };

    let missing: Vec<_> = plan.runs().filter(|(seed, method)| !results.has(*seed, *method)).collect();
    progress.begin(missing.len(), &output.path().join(RUNS));
    let interrupted = interruption();
    let is_interrupted = || interrupted.load(Ordering::Relaxed);
    let mut prepared = None;
    for (seed, method) in missing {
        // the texts of a seed are tokenised once for all methods
        let all = match prepared.take() {
            Some((for_seed, all)) if for_seed == seed => all,
            _ => bench.prepare(seed)?,
        };
        if let Some(wanted) = compared.train_size
            && all.train_examples() < wanted
        {
            return Err(Error::Usage(format!(
                "train_size is {wanted}; {} has {} examples to train on when seed {seed} has held some out",
                train_path.display(),
                all.train_examples()
            )));
        }
        progress.run(seed, method);
        let mut face = Follower { progress: &mut progress, run: &run, device: &device_name };
        let finished = bench.run(&all, method, seed, &mut face, is_interrupted).await?;
        prepared = Some((seed, all));
        let Some(finished) = finished else {
            progress.interrupted();
            return Ok(Done::Interrupted);
        };
        results.append(&finished)?;
        progress.finished(&finished, &metric);
    }

    let summary = Summary::new(&plan, results.runs(), &metric, held_out);
    let as_json = json!({ "type": "comparison", "comparison": summary, "conditions": conditions });
    let report = comparison_report(&summary, &conditions, &train_path, &model_path);
    for (name, text, readers) in [
        ("comparison.json", &format!("{as_json:#}\n"), Readers::Anyone),
        ("comparison.md", &markdown(&summary, &conditions), Readers::Anyone),
        (REPORT, &report, Readers::Owner),
    ] {
        replace_file(&output.path().join(name), text.as_bytes(), readers)?;
    }
    match run.log_format {
        LogFormat::Json => say_json(&as_json)?,
        LogFormat::Text => {
            remark(&format!("\n{}", plain(&summary)));
            let [table, report] = ["comparison.md", REPORT].map(|name| output.path().join(name));
            remark(&format!("written to {} and {}", table.display(), report.display()));
        }
    }
    Ok(Done::Complete)
}

/// The terminal as it follows a run of a comparison.
struct Follower<'a> {
    progress: &'a mut CompareProgress,
    run: &'a RunArguments,
    /// The name of the device that all runs are on.
    device: &'a str,
}

impl Face for Follower<'_> {
    fn tell(&mut self, event: &Event) {
        self.progress.event(event);
    }

    /// The same device again: times on another could not be compared.
    async fn open(&mut self, tensor_bytes: u64) -> Result<Chosen> {
        let chosen = device(&self.run.device, tensor_bytes).await?;
        match chosen.name() {
            name if name == self.device => Ok(chosen),
            name => Err(Error::Device(format!(
                "the comparison was made on {}, and there is only {name} now; compare again when it is back",
                self.device
            ))),
        }
    }
}

fn plan(compared: &CompareArguments) -> Result<Plan> {
    let method =
        |name: &String| name.trim().parse().map_err(|error| Error::Usage(format!("methods: {error}")));
    let methods = compared.methods.iter().map(method).collect::<Result<_>>()?;
    let seeds = match &compared.seeds {
        Seeds::Count(count) if (1..=MOST_SEEDS).contains(count) => (1..=*count).collect(),
        Seeds::Count(count) => {
            return Err(Error::Usage(format!("seeds is {count}; expected a number from 1 to {MOST_SEEDS}")));
        }
        Seeds::List(seeds) => seeds.clone(),
    };
    Plan::new(methods, seeds)
}

/// The folder of the comparison. The same training file gives the same folder, so that the comparison can continue
/// there. A folder with other files is refused; one that may be overwritten loses its earlier comparison.
fn output_folder(run: &RunArguments, train_file: &Path) -> Result<OutputFolder> {
    let default = || Path::new("runs").join(format!("compare-{}", stem(train_file)));
    let folder = OutputFolder::take(&run.output_dir.clone().unwrap_or_else(default))?;
    let runs = folder.path().join(RUNS);
    match run.overwrite_output_dir {
        true => remove(&runs)?,
        false if runs.exists() => {}
        false => folder.check_free()?,
    }
    Ok(folder)
}

fn transfer(
    data: &DataArguments,
    files: &[PathBuf],
    source: &mut Source,
) -> Result<Vec<(String, Vec<Example>)>> {
    let examples = |path: &PathBuf| Ok((path.display().to_string(), source.read(&read(data, path)?)?));
    files.iter().map(examples).collect()
}

/// The name of the examples that runs are judged on.
fn held_out(arguments: &TrainingArguments, data: &DataArguments, source: &Source) -> Result<&'static str> {
    let has = |file: &Option<Vec<Example>>, share: Option<f64>| file.is_some() || share > Some(0.0);
    let cross_validates = arguments.cross_validation_folds > Some(0);
    match (has(&source.test, data.test_split), has(&source.validation, data.validation_split)) {
        (true, _) => Ok("held-out examples"),
        (false, true) => {
            Ok("validation examples, which also chose the best model of each run and so flatter it a little")
        }
        (false, false) if cross_validates => Ok("training examples in a cross-validation"),
        (false, false) => Err(Error::Usage(
            "test_split and validation_split are 0; a comparison needs examples to judge by".into(),
        )),
    }
}

/// Further settings, in addition to the training arguments, that change results or times.
fn further_settings(data: &DataArguments, learning_rate: f64, device: &str) -> Map<String, Value> {
    let settings = json!({
        "learning_rate": learning_rate,
        "layers": data.layers,
        "validation_split": data.validation_split,
        "test_split": data.test_split,
        "max_train_samples": data.max_train_samples,
        "device": device,
        "subtune": env!("CARGO_PKG_VERSION"),
    });
    match settings {
        Value::Object(settings) => settings,
        _ => Map::new(),
    }
}

fn model_hash(folder: &ModelFolder) -> String {
    let mut hash = Hash::default();
    for (name, bytes) in folder.files() {
        hash.add(name);
        hash.add_counted(bytes);
    }
    hash.hex()
}

fn data_hash(source: &Source, transfer: &[(String, Vec<Example>)]) -> String {
    let own = [
        ("train", Some(&source.train)),
        ("validation", source.validation.as_ref()),
        ("test", source.test.as_ref()),
    ];
    let own = own.into_iter().filter_map(|(name, examples)| Some((name, &examples?[..])));
    fingerprint(own.chain(transfer.iter().map(|(file, examples)| (file.as_str(), &examples[..]))))
}
