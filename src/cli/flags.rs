//! Flags that are made from the tables of settings. Every flag is optional: an absent setting comes from `--config`,
//! then from the defaults.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{
    BoolishValueParser, PathBufValueParser, PossibleValue, PossibleValuesParser, TypedValueParser,
};
use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};
use serde::Serialize;
use toml::{Table, Value};

use crate::error::Error;
use crate::spec::{self, DataArguments, Kind, RunArguments, Setting, TrainingArguments};

/// Settings that a comparison decides itself or does not use.
const NOT_COMPARED: [&str; 7] =
    ["method", "seed", "log_dir", "save_steps", "save_total_limit", "keep_checkpoints", "output_suspects"];

/// The settings given to `train`.
#[derive(Serialize)]
pub struct TrainSettings(pub Table);

/// The settings given to `compare`, except its own.
#[derive(Serialize)]
pub struct CompareSettings(pub Table);

/// Every setting with its default, which is `null` if it has none.
fn rows() -> impl Iterator<Item = (&'static Setting, serde_json::Value)> {
    fn with<T: Serialize>(
        rows: &'static [Setting],
        defaults: T,
    ) -> impl Iterator<Item = (&'static Setting, serde_json::Value)> {
        let defaults = serde_json::to_value(defaults).unwrap_or_default();
        rows.iter().map(move |row| (row, defaults[row.name].clone()))
    }
    with(RunArguments::ALL, RunArguments::default())
        .chain(with(DataArguments::ALL, DataArguments::default()))
        .chain(with(TrainingArguments::ALL, TrainingArguments::default()))
}

/// Whether the runs of a comparison share a setting.
pub fn is_compared(row: &Setting) -> bool {
    !NOT_COMPARED.contains(&row.name)
}

macro_rules! flags {
    ($flags:ident, $has:expr) => {
        impl Args for $flags {
            fn augment_args(command: Command) -> Command {
                command
                    .args(rows().filter(|(row, _)| $has(row)).map(|(row, default)| argument(row, &default)))
            }

            fn augment_args_for_update(command: Command) -> Command {
                Self::augment_args(command)
            }
        }

        impl FromArgMatches for $flags {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                let given = rows()
                    .filter(|(row, _)| $has(row))
                    .filter_map(|(row, _)| given(row, matches).transpose());
                Ok($flags(given.collect::<Result<_, _>>()?))
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}

flags!(TrainSettings, |_: &Setting| true);
flags!(CompareSettings, is_compared);

fn argument(row: &Setting, default: &serde_json::Value) -> Arg {
    let unset = match (row.unset, default) {
        (Some(unset), _) => unset.to_owned(),
        (None, serde_json::Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        (None, serde_json::Value::String(text)) => text.clone(),
        (None, value) => value.to_string(),
    };
    let doc = row.doc.split_whitespace().collect::<Vec<_>>().join(" ");
    let help = format!("{} [default: {unset}]", doc.trim_end_matches('.'));
    let argument = Arg::new(row.name)
        .long(row.name.replace('_', "-"))
        .value_name(row.value_name)
        .help_heading(row.group)
        .help(help);
    match row.kind {
        Kind::Number => argument.value_parser(value_parser!(f64)),
        Kind::Whole => argument.value_parser(value_parser!(u64)),
        Kind::YesNo => argument
            .value_parser(BoolishValueParser::new())
            .num_args(0..=1)
            .default_missing_value("yes")
            .hide_possible_values(true),
        Kind::Text => argument.value_parser(value_parser!(String)),
        Kind::Path => argument.value_parser(path()),
        Kind::Choice(choices) => argument.value_parser(PossibleValuesParser::new(possible(row, choices))),
    }
}

/// The names of a choice, and `auto` for a choice that can be left open.
fn possible(row: &Setting, choices: &'static [spec::Choice]) -> Vec<PossibleValue> {
    let value = |choice: &spec::Choice| {
        PossibleValue::new(choice.name).help(choice.doc.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let auto = row.unset.map(|unset| PossibleValue::new("auto").help(unset));
    auto.into_iter().chain(choices.iter().map(value)).collect()
}

/// The setting and its value, if it was given.
fn given(row: &Setting, matches: &ArgMatches) -> Result<Option<(String, Value)>, clap::Error> {
    let value = match row.kind {
        Kind::Number => matches.get_one::<f64>(row.name).map(|value| Value::Float(*value)),
        Kind::Whole => match matches.get_one::<u64>(row.name) {
            // TOML's integers have 64 bits with a sign
            Some(value) => Some(Value::Integer(i64::try_from(*value).map_err(|_| {
                let message =
                    format!("--{} is {value}; expected at most {}", row.name.replace('_', "-"), i64::MAX);
                clap::Error::raw(ErrorKind::ValueValidation, message + "\n")
            })?)),
            None => None,
        },
        Kind::YesNo => matches.get_one::<bool>(row.name).map(|value| Value::Boolean(*value)),
        Kind::Path => matches
            .get_one::<PathBuf>(row.name)
            .map(|value| Value::String(value.to_str().expect("the parser refuses other names").to_owned())),
        Kind::Text | Kind::Choice(_) => {
            matches.get_one::<String>(row.name).map(|value| Value::String(value.clone()))
        }
    };
    Ok(value.map(|value| (row.name.to_owned(), value)))
}

/// Parses a path. It must be valid text, because a run's settings are stored as text.
pub fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path.to_str() {
        Some(_) => Ok(path),
        None => Err("the name is not UTF-8; rename the file or folder"),
    })
}

/// Parses one of the values of `T` by its name.
pub fn choice<T>() -> impl TypedValueParser<Value = T>
where
    T: spec::Value + FromStr<Err = Error> + Clone + Send + Sync + 'static,
{
    let names: Vec<&str> = match T::KIND {
        Kind::Choice(choices) => choices.iter().map(|choice| choice.name).collect(),
        _ => Vec::new(),
    };
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}
