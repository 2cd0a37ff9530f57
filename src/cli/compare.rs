//! `subtune compare`.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};

use super::Done;
use super::arguments::{CompareFlags, Seeds, ShardFlag};
use super::compare_progress::CompareProgress;
use super::device::device;
use super::interrupt::interruption;
use super::output::{remark, say_json};
use super::output_folder::{OutputFolder, REPORT};
use super::run_config::{CompareArguments, Settings};
use super::sources::{Bundled, model, read, source, stem, train_path};
use crate::compare::{
    Bench, Conditions, Plan, Results, Setup, Shard, Suite, SuiteSet, Summary, Transfer, Variant,
    comparison_report, fingerprint, markdown, plain,
};
use crate::device::Chosen;
use crate::disk::{Readers, remove, replace_file};
use crate::error::{Error, Result};
use crate::finetune::resolved;
use crate::hash::Hash;
use crate::model::ModelFolder;
use crate::session::{Face, FolderStore};
use crate::spec::{DataArguments, LogFormat, Method, RunArguments, TrainingArguments};
use crate::text::{Example, Source, Understood};
use crate::train::{Event, default_learning_rate, encode};

const MOST_SEEDS: u64 = 10_000;

pub async fn compare(flags: CompareFlags, bundled: &Bundled) -> Result<Done> {
    match &flags.suite {
        Some(suite) => compare_suite(&flags, suite, bundled).await,
        None => {
            let compared = compare_one(&flags, Settings::of_comparison(&flags)?, bundled).await?;
            Ok(compared.map_or(Done::Interrupted, |_| Done::Complete))
        }
    }
}

/// Compares set by set, and writes the table of all sets.
async fn compare_suite(flags: &CompareFlags, file: &Path, bundled: &Bundled) -> Result<Done> {
    let mut sets = Vec::new();
    let all = Settings::of_suite(flags, file)?;
    // the last set may run hours after the first
    for (name, compared, Settings { run, .. }) in &all {
        let files = [&run.train_file, &run.validation_file, &run.test_file].into_iter().flatten();
        if let Some(missing) = files.chain(&compared.transfer_file).find(|path| !path.exists()) {
            let message = format!("does not exist; the set {name} of {} needs it", file.display());
            return Err(Error::data(missing.display().to_string(), None, message));
        }
    }
    let first = &all[0].2.run;
    let format = first.log_format;
    let whole =
        first.output_dir.clone().unwrap_or_else(|| Path::new("runs").join(format!("compare-{}", stem(file))));
    for (name, compared, mut settings) in all {
        let folder = whole.join(&name);
        settings.run.output_dir = Some(folder.clone());
        if flags.merge && Results::first_conditions(&folder).is_err() {
            remark(&format!("{name}: no run is finished yet"));
            continue;
        }
        if format == LogFormat::Text {
            remark(&format!("\n{name}:"));
        }
        match compare_one(flags, (compared, settings), bundled).await? {
            None => return Ok(Done::Interrupted),
            Some(Compared::Share) => {}
            Some(Compared::Whole(comparison)) => sets.push(SuiteSet { name, comparison }),
        }
    }
    if sets.is_empty() {
        return Ok(Done::Complete);
    }
    let suite = Suite { sets };
    let as_json = json!({ "type": "suite", "suite": suite });
    let table = whole.join("suite.md");
    replace_file(&table, suite.markdown().as_bytes(), Readers::Anyone)?;
    replace_file(&whole.join("suite.json"), format!("{as_json:#}\n").as_bytes(), Readers::Anyone)?;
    match format {
        LogFormat::Json => say_json(&as_json)?,
        LogFormat::Text => remark(&format!("\n{}\nwritten to {}", suite.plain(), table.display())),
    }
    Ok(Done::Complete)
}

/// A comparison that was not interrupted.
enum Compared {
    /// All runs are finished, or those that were merged.
    Whole(Summary),
    /// The runs of one shard are finished.
    Share,
}

/// Makes one comparison. `None` if it was interrupted.
async fn compare_one(
    flags: &CompareFlags,
    (compared, settings): (CompareArguments, Settings),
    bundled: &Bundled,
) -> Result<Option<Compared>> {
    let Settings { run, mut data, training: arguments } = settings;
    data.max_train_samples = compared.train_size.or(data.max_train_samples);
    let plan = plan(&compared)?;
    let shard = flags.shard.map(ShardFlag::shard).transpose()?;
    let train_path = train_path(&run, bundled);
    let output = output_folder(&run, &train_path, shard)?;

    // all input is read and checked before a device is touched
    let (model_path, folder) = model(run.model.as_deref(), bundled)?;
    let config = folder.config()?;
    let tokenizer = folder.tokenizer(&config, arguments.max_length)?;
    let mut source = source(&run, &mut data, bundled)?;
    arguments.check(source.task.kind)?;
    let transfer = transfer(&data, &compared.transfer_file, &mut source)?;
    let (resolved_arguments, resolved_data) = resolved(&folder, &source, &data, arguments.clone())?;
    let held_out = held_out(&resolved_arguments, &resolved_data, &source)?;
    source.label_names(arguments.label_names)?;
    let settings = Settings { run, data, training: arguments };
    let setup = |variant: &Variant| {
        let arguments = settings.varied(&variant.settings)?;
        arguments.check(source.task.kind)?;
        let (arguments, data) = resolved(&folder, &source, &settings.data, arguments)?;
        if self::held_out(&arguments, &data, &source)? != held_out {
            return Err(Error::Usage(format!(
                "grid: {variant} is not judged by the {held_out} that the others are judged by; compare it separately"
            )));
        }
        Ok(Setup { variant: variant.clone(), arguments, data })
    };
    let setups: Vec<Setup> = plan.variants.iter().map(setup).collect::<Result<_>>()?;
    let Settings { run, .. } = settings;

    let mut progress = CompareProgress::new(run.log_format, plan.runs().count());
    let arguments = &resolved_arguments;
    let learning_rate = arguments.learning_rate.unwrap_or_else(|| default_learning_rate(config.hidden_size));
    let (model_hash, data_hash) = (model_hash(&folder), data_hash(&source, &transfer));
    let conditions = |device_name: &str| {
        let further = further_settings(&resolved_data, learning_rate, device_name);
        Conditions::new(arguments, further, model_hash.clone(), data_hash.clone())
    };
    let metric = arguments.best_metric(source.task.kind).to_owned();
    let written =
        Written { path: &output.whole, run: &run, train_path: &train_path, model_path: &model_path };
    if flags.merge {
        let earlier = Results::first_conditions(&output.whole)?;
        let device_name = earlier.settings.get("device").and_then(Value::as_str).unwrap_or_default();
        let conditions = conditions(device_name);
        let results = Results::open(&output.whole, output.own.path(), conditions.clone())?;
        let finished = plan.runs().filter(|(seed, variant)| results.has(*seed, variant)).count();
        progress.note(&format!("{finished} of {} runs are finished", plan.runs().count()));
        return Ok(Some(Compared::Whole(written.tables(&plan, &results, &metric, held_out, &conditions)?)));
    }

    let findings = source.check(&[], (arguments.max_length, arguments.long));
    let understood = Understood { findings, ..source.understood.clone() };
    for line in understood.lines() {
        progress.note(&line);
    }
    for remark in understood.remarks() {
        progress.note(&format!("note: {remark}"));
    }
    let chosen = device(&run.device, config.largest_parameter_bytes()).await?;
    let device_name = chosen.name();
    progress.note(&format!("device: {device_name}, because {}", chosen.reason));
    let conditions = conditions(&device_name);
    let mut results = Results::open(&output.whole, output.own.path(), conditions.clone())?;
    let mut bench = Bench {
        folder: &folder,
        model_name: &model_path,
        source: &source,
        train_file: &train_path,
        transfer: transfer
            .into_iter()
            .map(|(file, examples)| Ok(Transfer { file, examples: encode(&tokenizer, &examples)? }))
            .collect::<Result<_>>()?,
        chosen,
        store: output.own.path(),
    };

    let is_ours = |seed, variant: &Variant| shard.is_none_or(|shard| shard.has(seed, variant));
    let ours: Vec<(u64, &Setup)> = plan
        .seeds
        .iter()
        .flat_map(|seed| setups.iter().map(|setup| (*seed, setup)))
        .filter(|(seed, setup)| is_ours(*seed, &setup.variant))
        .collect();
    progress.runs(ours.len());
    let mut missing: Vec<_> =
        ours.into_iter().filter(|(seed, setup)| !results.has(*seed, &setup.variant)).collect();
    progress.begin(missing.len(), results.path());
    // the run that was interrupted comes first, because its checkpoint makes way for that of the next run
    let begun = bench.interrupted();
    missing.sort_by_key(|(seed, setup)| begun != Some((*seed, setup.variant.clone())));
    let interrupted = interruption();
    let is_interrupted = || interrupted.load(Ordering::Relaxed);
    let mut prepared = None;
    for (seed, setup) in missing {
        // another machine may have finished it, if the number of shards has changed
        if shard.is_some() {
            results.read_others()?;
            if results.has(seed, &setup.variant) {
                progress.finished_elsewhere();
                continue;
            }
        }
        // the texts of a seed are tokenised once for all methods
        let all = match prepared.take() {
            Some((for_seed, settings, all)) if (for_seed, settings) == (seed, &setup.variant.settings) => all,
            _ => bench.prepare(setup, seed)?,
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
        progress.run(seed, &setup.variant);
        let mut face = Follower { progress: &mut progress, run: &run, device: &device_name };
        let finished = bench.run(&all, setup, seed, &mut face, is_interrupted).await?;
        prepared = Some((seed, &setup.variant.settings, all));
        let Some(finished) = finished else {
            progress.interrupted();
            return Ok(None);
        };
        results.append(&finished)?;
        progress.finished(&finished, &metric);
    }
    Ok(Some(match shard {
        Some(shard) => {
            progress.note(&format!(
                "shard {shard} is finished; the same command with --merge instead of --shard makes the table"
            ));
            Compared::Share
        }
        None => Compared::Whole(written.tables(&plan, &results, &metric, held_out, &conditions)?),
    }))
}

/// Where the tables of a comparison go, and what they call its inputs.
struct Written<'a> {
    path: &'a Path,
    run: &'a RunArguments,
    train_path: &'a Path,
    model_path: &'a Path,
}

impl Written<'_> {
    fn tables(
        &self,
        plan: &Plan,
        results: &Results,
        metric: &str,
        held_out: &str,
        conditions: &Conditions,
    ) -> Result<Summary> {
        let grid = plan.has_grid().then(|| Summary::of_validation(plan, results.runs(), metric));
        let best = grid.as_ref().map(Summary::best);
        let summary = Summary::new(best.as_ref().unwrap_or(plan), results.runs(), metric, held_out);
        let mut as_json = json!({ "type": "comparison", "comparison": summary, "conditions": conditions });
        if let Some(grid) = &grid {
            as_json["grid"] = json!(grid);
        }
        let grid = grid.as_ref();
        let report = comparison_report(&summary, grid, conditions, self.train_path, self.model_path);
        for (name, text, readers) in [
            ("comparison.json", &format!("{as_json:#}\n"), Readers::Anyone),
            ("comparison.md", &markdown(&summary, grid, conditions), Readers::Anyone),
            (REPORT, &report, Readers::Owner),
        ] {
            replace_file(&self.path.join(name), text.as_bytes(), readers)?;
        }
        match self.run.log_format {
            LogFormat::Json => say_json(&as_json)?,
            LogFormat::Text => {
                remark(&format!("\n{}", plain(&summary, grid)));
                let [table, report] = ["comparison.md", REPORT].map(|name| self.path.join(name));
                remark(&format!("written to {} and {}", table.display(), report.display()));
            }
        }
        Ok(summary)
    }
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
    let methods: Vec<Method> = compared.methods.iter().map(method).collect::<Result<_>>()?;
    let seeds = match &compared.seeds {
        Seeds::Count(count) if (1..=MOST_SEEDS).contains(count) => (1..=*count).collect(),
        Seeds::Count(count) => {
            return Err(Error::Usage(format!("seeds is {count}; expected a number from 1 to {MOST_SEEDS}")));
        }
        Seeds::List(seeds) => seeds.clone(),
    };
    let grid = compared.grid.iter();
    let grid = grid.map(|(name, values)| (name.clone(), values.iter().map(json_value).collect())).collect();
    Plan::new(&methods, &grid, seeds)
}

/// A value of a file of settings as JSON.
fn json_value(value: &toml::Value) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// The folders of a comparison.
struct Folders {
    /// That of the whole comparison.
    whole: PathBuf,
    /// The one to which this process writes runs and checkpoints: a shard's own, otherwise the same.
    own: OutputFolder,
}

/// The folder of the comparison. The same training file gives the same folder, so that the comparison can continue
/// there. A folder with other files is refused; one that may be overwritten loses its earlier comparison.
fn output_folder(run: &RunArguments, train_file: &Path, shard: Option<Shard>) -> Result<Folders> {
    let default = || Path::new("runs").join(format!("compare-{}", stem(train_file)));
    let whole = run.output_dir.clone().unwrap_or_else(default);
    if let Some(shard) = shard {
        if run.overwrite_output_dir {
            return Err(Error::Usage(
                "--overwrite-output-dir would remove what other shards have finished; remove the folder before you start \
                 the shards"
                    .into(),
            ));
        }
        let own = OutputFolder::take(&Results::shard_folder(&whole, shard))?;
        return Ok(Folders { whole, own });
    }
    let own = OutputFolder::take(&whole)?;
    let earlier = Results::all(&whole);
    if run.overwrite_output_dir {
        earlier.iter().try_for_each(|path| remove(path))?;
        FolderStore::new(&whole).remove_all()?;
    } else if !earlier.iter().any(|path| path.exists()) && FolderStore::new(&whole).complete().is_empty() {
        own.check_free()?;
    }
    Ok(Folders { whole, own })
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
