//! The settings of `subtune train` and `subtune compare`: flags over `--config` over defaults.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::arguments::{CompareFlags, Seeds, TrainFlags};
use super::flags::is_compared;
use crate::error::{Error, Result};
use crate::spec::{DataArguments, Kind, Method, RunArguments, Setting, TrainingArguments};
use crate::train::difference;

/// The largest file of settings.
const MAX_BYTES: u64 = 1 << 20;

const IN_SINGLE_QUOTES: &str =
    "a Windows path goes between single quotes: train_file = 'C:\\Users\\me\\data.csv'";

/// The settings of a comparison that its runs do not share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompareArguments {
    pub methods: Vec<String>,
    pub seeds: Seeds,
    pub train_size: Option<usize>,
    pub transfer_file: Vec<PathBuf>,
    /// The values of each setting that is varied, by its name.
    pub grid: BTreeMap<String, Vec<Value>>,
}

impl Default for CompareArguments {
    fn default() -> Self {
        let methods = [Method::Full, Method::DpsDense].map(|method| method.to_string()).to_vec();
        CompareArguments {
            methods,
            seeds: Seeds::Count(5),
            train_size: None,
            transfer_file: Vec::new(),
            grid: BTreeMap::new(),
        }
    }
}

/// All settings of `train`.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where and how the run works; these do not change its result.
    pub run: RunArguments,
    /// The settings of the data.
    pub data: DataArguments,
    /// The settings of training.
    pub training: TrainingArguments,
}

impl Settings {
    /// Reads `--config`, overrides it by the flags, and checks names, types and ranges.
    ///
    /// # Errors
    /// The file cannot be read or is not TOML; a setting is unknown, of the wrong type or out of range.
    pub fn new(flags: &TrainFlags) -> Result<Self> {
        let mut layers = Layers::new(flags.config.as_deref(), &flags.settings)?;
        layers.shorten_bundled();
        layers.typed()
    }

    /// Reads the settings from the text of a file alone. Errors call it `file`.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn of_file(file: &str, text: &str) -> Result<Self> {
        Layers { place: file.into(), settings: parse(file, text)? }.typed()
    }

    /// Combines these settings of a stored run with the flags and the file. They may repeat the settings, and may
    /// change [`RunArguments`], which do not change the result.
    ///
    /// # Errors
    /// Those of [`new`](Self::new), or a setting differs from that of the stored run.
    pub fn resumed(&self, flags: &TrainFlags) -> Result<Self> {
        let mut layers = Layers::new(flags.config.as_deref(), &flags.settings)?;
        let mut settings = table(&self.run)?;
        settings.extend(table(&self.data)?);
        settings.extend(table(&self.training)?);
        settings.extend(std::mem::take(&mut layers.settings));
        layers.settings = settings;
        let wanted = layers.typed()?;
        let conflict =
            difference(&self.data, &wanted.data).or_else(|| difference(&self.training, &wanted.training));
        match conflict {
            None => Ok(wanted),
            Some((name, was, is)) => Err(Error::Usage(format!(
                "{name} is {is}, but in the run to resume it is {was}; leave it out, or start a new run without --resume"
            ))),
        }
    }

    /// Reads the settings of `compare`. It ignores method and seed, which a file for `train` may hold.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn of_comparison(flags: &CompareFlags) -> Result<(CompareArguments, Self)> {
        Layers::new(flags.config.as_deref(), flags)?.compared()
    }

    /// Reads the settings of each set of a suite, with its name.
    ///
    /// # Errors
    /// Those of [`new`](Self::new); the file has no sets, or a name cannot be that of a folder.
    pub fn of_suite(flags: &CompareFlags, suite: &Path) -> Result<Vec<(String, CompareArguments, Self)>> {
        let place = suite.display().to_string();
        let mut shared = read(suite)?;
        let sets = match shared.remove("sets") {
            Some(Value::Table(sets)) if !sets.is_empty() => sets,
            _ => {
                return Err(Error::Usage(format!(
                    "{place} has no table [sets.NAME]; expected one for each set, with its train_file"
                )));
            }
        };
        let settings = |(name, set): (String, Value)| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if !name.chars().all(is_plain) || name.starts_with('.') || name.is_empty() {
                return Err(Error::Usage(format!(
                    "{place}: the set {name:?} gives a folder its name; expected letters, digits, - and _"
                )));
            }
            let place = format!("{place}: sets.{name}");
            let Value::Table(set) = set else {
                return Err(Error::Usage(format!(
                    "{place} is no table; expected [sets.{name}] above its settings"
                )));
            };
            let mut all = shared.clone();
            all.extend(set);
            let layers = Layers::over(place.clone(), all, flags)?;
            if !layers.settings.contains_key("train_file") {
                return Err(Error::Usage(format!(
                    "{place} has no train_file; expected the file to train on"
                )));
            }
            let (compared, settings) = layers.compared()?;
            Ok((name, compared, settings))
        };
        sets.into_iter().map(settings).collect()
    }

    /// These settings of training with others of a grid, by name.
    ///
    /// # Errors
    /// There is no such setting of training, or it is of the wrong type or out of range.
    pub fn varied(&self, grid: &BTreeMap<String, serde_json::Value>) -> Result<TrainingArguments> {
        let mut settings = table(&self.training)?;
        let rows = TrainingArguments::ALL.iter().filter(|row| is_compared(row));
        let known: Vec<String> = rows.map(|row| row.name.to_owned()).collect();
        for (name, value) in grid {
            if !known.contains(name) {
                let meant = nearest(name, &known);
                let meant = meant.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"));
                return Err(Error::Usage(format!(
                    "grid: there is no setting {name:?} of training to vary{meant}"
                )));
            }
            settings.insert(
                name.clone(),
                Value::try_from(value).map_err(|error| Error::Usage(error.to_string()))?,
            );
        }
        Layers { place: "grid".into(), settings }.take(&TrainingArguments::default())
    }
}

/// The flags and the settings of `--config`, by name. Flags override settings.
struct Layers {
    /// The name of the settings in errors.
    place: String,
    settings: Table,
}

impl Layers {
    fn new(config: Option<&Path>, flags: &impl Serialize) -> Result<Self> {
        let (place, settings) = match config {
            Some(path) => (path.display().to_string(), read(path)?),
            None => ("options".to_owned(), Table::new()),
        };
        Self::over(place, settings, flags)
    }

    /// The flags over the settings of a file.
    fn over(place: String, mut settings: Table, flags: &impl Serialize) -> Result<Self> {
        settings.extend(table(flags)?);
        // `auto` as a flag leaves a setting of the file to subtune again
        let rows = [RunArguments::ALL, DataArguments::ALL, TrainingArguments::ALL].concat();
        for Setting { name, .. } in rows.iter().filter(|row| row.is_open_choice()) {
            if settings.get(*name).and_then(Value::as_str) == Some("auto") {
                settings.remove(*name);
            }
        }
        Ok(Layers { place, settings })
    }

    /// Shortens a run on the bundled sample: less than an epoch is enough, and a first run should not take long.
    fn shorten_bundled(&mut self) {
        let settings = &mut self.settings;
        if !["train_file", "num_train_epochs", "max_steps"].iter().any(|name| settings.contains_key(*name)) {
            settings.insert("num_train_epochs".into(), Value::Float(0.9));
        }
    }

    /// # Errors
    /// A setting is unknown, or a path holds control characters.
    fn check_names(&self) -> Result<()> {
        let rows = [RunArguments::ALL, DataArguments::ALL, TrainingArguments::ALL].concat();
        let known: Vec<String> = rows.iter().map(|row| row.name.to_owned()).collect();
        if let Some(name) = self.settings.keys().find(|name| !known.contains(name)) {
            let nearest = nearest(name, &known);
            let meant = nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"));
            return Err(Error::Usage(format!(
                "{}: there is no setting {name:?}{meant} (subtune train --help lists the settings)",
                self.place
            )));
        }
        for Setting { name, .. } in rows.iter().filter(|row| row.kind == Kind::Path) {
            let path = self.settings.get(*name).and_then(Value::as_str);
            if path.is_some_and(|path| path.contains(char::is_control)) {
                return Err(Error::Usage(format!(
                    "{}: {name} holds a control character, as \\t and \\n between double quotes are; {IN_SINGLE_QUOTES}",
                    self.place
                )));
            }
        }
        Ok(())
    }

    fn compared(mut self) -> Result<(CompareArguments, Settings)> {
        self.shorten_bundled();
        let compared = self.take(&CompareArguments::default())?;
        Ok((compared, self.typed()?))
    }

    /// Removes and returns the settings that have a field in `default`.
    fn take<T: Serialize + DeserializeOwned>(&mut self, default: &T) -> Result<T> {
        // serde_json keeps the keys of fields that are None
        let known = serde_json::to_value(default).unwrap_or_default();
        let (taken, rest): (Table, Table) =
            std::mem::take(&mut self.settings).into_iter().partition(|(name, _)| known.get(name).is_some());
        self.settings = rest;
        self.parse(taken)
    }

    fn typed(mut self) -> Result<Settings> {
        self.check_names()?;
        let training = self.take(&TrainingArguments::default())?;
        let data = self.take(&DataArguments::default())?;
        let run = self.take(&RunArguments::default())?;
        data.check_ranges()?;
        run.check_ranges()?;
        Ok(Settings { run, data, training })
    }

    fn parse<T: DeserializeOwned>(&self, settings: Table) -> Result<T> {
        Value::Table(settings).try_into().map_err(|error: toml::de::Error| {
            let message = error.message();
            Error::Usage(format!("{}: {message}; subtune train --help lists the settings", self.place))
        })
    }
}

/// The known name that resembles an unknown one most: the first that begins with it or contains it, as
/// `num_train_epochs` contains `epochs`; otherwise the one with the most letters in common, if enough agree.
fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    let plain = |name: &str| name.to_lowercase().replace(['_', '-', ' '], "");
    // the usual short form, which resembles other names more
    let wanted = if plain(name) == "lr" { "learningrate".into() } else { plain(name) };
    let likeness = |known: &&String| strsim::jaro_winkler(&wanted, &plain(known));
    let find = |holds: fn(&str, &str) -> bool| known.iter().find(|known| holds(&plain(known), &wanted));
    let holder =
        find(|known, wanted| known.starts_with(wanted)).or(find(|known, wanted| known.contains(wanted)));
    let likest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    holder.filter(|_| wanted.len() > 3).or(likest.filter(|known| likeness(known) > 0.7))
}

fn table(settings: &impl Serialize) -> Result<Table> {
    Table::try_from(settings).map_err(|error| Error::Usage(error.to_string()))
}

fn read(path: &Path) -> Result<Table> {
    let place = path.display().to_string();
    let mut text = String::new();
    // the limit, because a file that is not regular may have no end
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text))
        .map_err(|error| Error::data(&place, None, format!("cannot be read ({error})")))?;
    parse(&place, &text)
}

fn parse(place: &str, text: &str) -> Result<Table> {
    if text.len() as u64 > MAX_BYTES {
        return Err(Error::data(place, None, "is over 1 MiB; expected a file of settings"));
    }
    text.parse::<Table>().map_err(|error: toml::de::Error| {
        let before = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() as u64;
        let line = error.span().map(|span| before(span.start) + 1);
        let wrong = line.and_then(|line| text.lines().nth(line as usize - 1)).unwrap_or_default();
        let expected = match wrong.contains('\\') {
            true => IN_SINGLE_QUOTES,
            false => "expected lines such as learning_rate = 1e-4",
        };
        let message = format!("is not TOML ({}); {expected}", error.message());
        Error::data(place, line, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::{Cli, Command};
    use clap::Parser;

    fn flags(arguments: &[&str]) -> TrainFlags {
        match Cli::parse_from(["subtune", "train"].iter().chain(arguments)).command {
            Command::Train(flags) => *flags,
            _ => unreachable!("train was asked for"),
        }
    }

    fn with_config(text: &str, arguments: &[&str]) -> Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.toml");
        std::fs::write(&path, text).unwrap();
        let config = ["--config", path.to_str().unwrap()];
        Settings::new(&flags(&[&config[..], arguments].concat())).map_err(|error| {
            // the folder's name is random
            Error::Usage(error.to_string().replace(&path.display().to_string(), "run.toml"))
        })
    }

    #[test]
    fn flags_override_the_file_and_the_file_overrides_the_defaults() {
        let text = "learning_rate = 0.5\nseed = 7\ndevice = \"cpu\"\nmethod = \"full\"";
        let Settings { run, data, training } = with_config(text, &["--seed", "8", "--layers", "2"]).unwrap();
        assert_eq!((run.device.as_str(), data.layers, data.test_split), ("cpu", Some(2), None));
        assert_eq!((training.learning_rate, training.seed), (Some(0.5), 8));
        assert_eq!(training.method, Method::Full);
        assert_eq!(training.max_length, 128);
    }

    #[test]
    fn no_flags_give_the_defaults_and_a_short_pass_over_the_bundled_sample() {
        let training = TrainingArguments { num_train_epochs: Some(0.9), ..TrainingArguments::default() };
        let defaults = Settings { run: RunArguments::default(), data: DataArguments::default(), training };
        assert_eq!(Settings::new(&flags(&[])).unwrap(), defaults);
        let own_file = Settings::new(&flags(&["--train-file", "a.csv"])).unwrap();
        assert_eq!(own_file.training, TrainingArguments::default());
    }

    #[test]
    fn auto_leaves_a_choice_open_that_the_file_made() {
        let pooling = |flags: &[&str]| with_config("pooling = \"mean\"", flags).unwrap().training.pooling;
        assert_eq!(pooling(&[]), Some(crate::spec::Pooling::Mean));
        assert_eq!(pooling(&["--pooling", "auto"]), None);
        assert_eq!(pooling(&["--pooling", "cls"]), Some(crate::spec::Pooling::Cls));
    }

    #[test]
    fn a_comparison_is_read_from_flags_and_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.toml");
        std::fs::write(&path, "seed = 3\nseeds = [4, 5]\nmethods = [\"head\"]\nmax_steps = 7").unwrap();
        let config = ["subtune", "compare", "--config", path.to_str().unwrap()];
        let found = |more: &[&str]| match Cli::parse_from(config.iter().chain(more)).command {
            Command::Compare(flags) => Settings::of_comparison(&flags).unwrap(),
            _ => unreachable!("compare was asked for"),
        };
        let (compared, Settings { training, .. }) = found(&[]);
        assert_eq!((compared.seeds, compared.methods), (Seeds::List(vec![4, 5]), vec!["head".to_owned()]));
        assert_eq!(training.max_steps, Some(7));
        let (compared, ..) = found(&["--methods", "full,dps-mix", "--seeds", "2"]);
        assert_eq!(compared.seeds, Seeds::Count(2));
        assert_eq!(compared.methods, ["full", "dps-mix"]);
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let error = |text: &str| with_config(text, &[]).unwrap_err().to_string();
        assert!(
            error("leraning_rate = 1").contains("no setting \"leraning_rate\"; did you mean learning_rate?"),
            "{}",
            error("leraning_rate = 1")
        );
        assert!(error("seed = \"x\"").contains("invalid type: string \"x\""), "{}", error("seed = \"x\""));
        assert!(
            error("seed = 1\nseed").starts_with("run.toml, line 2: is not TOML"),
            "{}",
            error("seed = 1\nseed")
        );
        assert!(error("method = \"dps\"").contains("dps-dense"), "{}", error("method = \"dps\""));
        for (name, nearest) in [
            ("lr", "learning_rate"),
            ("learningrate", "learning_rate"),
            ("epochs", "num_train_epochs"),
            ("batch_size", "per_device_train_batch_size"),
            ("label", "label_column"),
            ("maxlen", "max_length"),
            ("Learning-Rate", "learning_rate"),
            ("wamup_ratio", "warmup_ratio"),
            ("train", "train_file"),
            ("patience", "early_stopping_patience"),
        ] {
            let found = error(&format!("{name} = 1"));
            assert!(found.contains(&format!("did you mean {nearest}?")), "{name}: {found}");
        }
        assert!(!error("zzz = 1").contains("did you mean"));
        assert_eq!(error("test_split = 1.5"), "test_split is 1.5; expected a number from 0 to 0.9");
    }

    #[test]
    fn a_windows_path_between_double_quotes_is_told() {
        for text in [
            "train_file = \"C:\\Users\\me\\data.csv\"",
            "train_file = \"C:\\temp\\new.csv\"",
            "seed = 1\nmodel = \"D:\\xmodel\"",
        ] {
            let found = with_config(text, &[]).unwrap_err().to_string();
            assert!(found.contains("goes between single quotes: train_file = 'C:\\Users"), "{text}: {found}");
        }
        let Settings { run, .. } = with_config("train_file = 'C:\\temp\\new.csv'", &[]).unwrap();
        assert_eq!(run.train_file, Some(PathBuf::from("C:\\temp\\new.csv")));
    }

    #[test]
    fn labels_are_merged_by_a_flag_or_a_setting() {
        let merged = |text: &str, flags: &[&str]| with_config(text, flags).unwrap().data.merge_labels;
        assert_eq!(merged("", &[]), None);
        assert_eq!(merged("", &["--merge-labels"]), Some(true));
        assert_eq!(merged("merge_labels = true", &["--merge-labels", "no"]), Some(false));
        assert_eq!(merged("merge_labels = true", &["--merge-labels", "--seed", "1"]), Some(true));
    }
}
