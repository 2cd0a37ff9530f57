//! The examples of a run by purpose: those in the files, and their split by a seed.

use super::checks::{TokenCount, check, overlap};
use super::columns::{ColumnChoice, Columns};
use super::examples::{Given, Learned, labelled, task};
use super::one_hot::folded;
use super::split::{stratified_split, subsample};
use super::table::Table;
use crate::error::{Error, Result};
use crate::spec::quote::quoted;
use crate::spec::{DataArguments, Example, Finding, Long, Task, TaskKind, Understood};
use std::collections::HashSet;

/// The largest number of texts without a label that a run reads.
const MOST_UNLABELLED: usize = 2000;

/// The examples as read from the files, without any random choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Classification or regression.
    pub task: Task,
    /// The examples of the training file. Parts without a file of their own are held out from them.
    pub train: Vec<Example>,
    /// The rows of the training file that have a text but no label.
    unlabelled: Vec<Example>,
    /// The examples of the validation file, if there is one.
    pub validation: Option<Vec<Example>>,
    /// The examples of the test file, if there is one.
    pub test: Option<Vec<Example>>,
    /// The way in which the files were read, without the findings of [`check`](Self::check).
    pub understood: Understood,
    choice: ColumnChoice,
    merge: bool,
}

impl Source {
    /// Finds the task and reads the examples of a training file. Files for validation and test are [`read`](Self::read)
    /// after it.
    ///
    /// # Errors
    /// The columns or labels do not define a task; [`Error::Unclear`] if the user has to decide.
    pub fn new(table: &Table, data: &DataArguments) -> Result<Self> {
        let (choice, merge) = (ColumnChoice::new(data), data.merge_labels);
        let folded = if data.task.is_none_or(|kind| kind == TaskKind::MultiLabel) {
            folded(table, &choice)?
        } else {
            None
        };
        let (table, choice) =
            folded.as_ref().map_or((table, choice), |(table, choice)| (table, choice.clone()));
        let columns = Columns::choose(table, &choice, true)?;
        let is_folded = folded.is_some();
        let labels = Given::read(table, columns.label.expect("a label is needed"), data.task, is_folded);
        let Learned { task, merged, notes } = task(table, &columns, &labels, data.task, merge)?;
        let merge = merge == Some(true);
        let found = labelled(table, &columns, Some((&task, &labels)), merge)?;
        let mut understood = Understood::new(table, &columns, &task, &found.examples, found.left_out, merged);
        understood.notes.extend(notes);
        Ok(Source {
            task,
            train: found.examples,
            unlabelled: found.unlabelled,
            validation: None,
            test: None,
            understood,
            choice,
            merge,
        })
    }

    /// Reads the examples of another file for the same task. It uses the columns of the training file if the other file
    /// has them, and chooses columns otherwise.
    ///
    /// # Errors
    /// The file lacks the columns or the labels, or has a label that the training file lacks.
    pub fn read(&mut self, table: &Table) -> Result<Vec<Example>> {
        let wanted = ColumnChoice {
            label: Some(self.understood.label.column.clone())
                .filter(|_| self.choice.label.is_none())
                .or(self.choice.label.clone()),
            ..self.choice.clone()
        };
        let folded = if self.task.kind == TaskKind::MultiLabel { folded(table, &wanted)? } else { None };
        let table = folded.as_ref().map_or(table, |(table, _)| table);
        let same =
            |column: &str| table.columns.iter().any(|other| other == column).then(|| column.to_owned());
        let Understood { text, pair, label, .. } = &self.understood;
        let choice = ColumnChoice {
            text: same(&text.column).or(self.choice.text.clone()),
            // without a pair in training, none is wanted here
            pair: pair
                .as_ref()
                .map_or(Some(String::new()), |pair| same(&pair.column).or(self.choice.pair.clone())),
            label: same(&label.column).or(self.choice.label.clone()),
        };
        let columns = Columns::choose(table, &choice, true).map_err(|error| match error {
            Error::Data { message, .. } if choice.label.is_none() => Error::data(
                &table.file,
                None,
                format!(
                    "there is no label column {} as in the training file ({message}); a file to be scored on needs \
                     labels: add them, or leave the file out",
                    quoted(&label.column)
                ),
            ),
            other => other,
        })?;
        let labels = Given::known(table, columns.label.expect("a label is needed"), &self.task, self.merge);
        let found = labelled(table, &columns, Some((&self.task, &labels)), self.merge)?;
        if found.examples.is_empty() {
            let label = quoted(&table.columns[columns.label.unwrap_or_default()]);
            let message =
                format!("no row has a text and a label in {label}; a file to be scored on needs both");
            return Err(Error::data(&table.file, None, message));
        }
        self.understood.add_file(table, &columns, &found.examples, found.left_out);
        Ok(found.examples)
    }

    /// Checks all labelled rows before training. `tokens` holds the counts of all encoded rows, in any order; texts are
    /// read up to
    /// `max_length` tokens at once, and `long` says what is read of longer ones.
    pub fn check(&self, tokens: &[TokenCount], (max_length, long): (usize, Long)) -> Vec<Finding> {
        let mut findings = check(&self.train, &self.task, tokens, (max_length, long));
        for (held_out, what) in [(&self.validation, "validation"), (&self.test, "test")] {
            findings.extend(held_out.as_ref().and_then(|examples| overlap(&self.train, examples, what)));
        }
        findings
    }

    /// The texts of the training file without a label: at most 2000, drawn by the seed, which differ from each other and from
    /// every labelled text.
    pub fn unlabelled(&self, seed: u64) -> Vec<Example> {
        let labelled = [Some(&self.train), self.validation.as_ref(), self.test.as_ref()];
        let mut seen: HashSet<String> = labelled.into_iter().flatten().flatten().map(Example::key).collect();
        let new = self.unlabelled.iter().filter(|example| seen.insert(example.key()));
        subsample(new.cloned().collect(), MOST_UNLABELLED, seed)
    }

    /// Splits the examples for a run with this seed. A part whose share `data` does not set is not held out.
    ///
    /// # Errors
    /// There are too few examples to hold some out.
    pub fn divide(&self, data: &DataArguments, seed: u64) -> Result<Sets> {
        let mut train = self.train.clone();
        let mut part = |given: &Option<Vec<Example>>, share: f64| -> Result<Vec<Example>> {
            match given {
                Some(examples) => Ok(examples.clone()),
                None if share == 0.0 => Ok(Vec::new()),
                None => {
                    let (rest, held_out) = stratified_split(std::mem::take(&mut train), share, seed)?;
                    train = rest;
                    Ok(held_out)
                }
            }
        };
        let shared = |given: &Option<Vec<Example>>, share: f64| if given.is_none() { share } else { 0.0 };
        let [validated, tested] = [data.validation_split, data.test_split].map(|share| share.unwrap_or(0.0));
        let test_share = shared(&self.test, tested);
        if shared(&self.validation, validated) + test_share >= 1.0 {
            return Err(Error::Usage(format!(
                "validation_split {validated} and test_split {tested} leave nothing to train on; expected less than 1 \
                 together"
            )));
        }
        let test = part(&self.test, tested)?;
        let validation = part(&self.validation, validated / (1.0 - test_share))?;
        if let Some(count) = data.max_train_samples {
            train = subsample(train, count, seed);
        }
        Ok(Sets { train, validation, test })
    }
}

/// The examples of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Sets {
    /// Examples to train on.
    pub train: Vec<Example>,
    /// Examples to choose the best model by; may be empty.
    pub validation: Vec<Example>,
    /// Examples for the score only; may be empty.
    pub test: Vec<Example>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn source() -> Source {
        let rows: String = (0..200).map(|i| format!("some text {i},{}\n", i % 2)).collect();
        let table = Table::parse("f.csv", format!("text,label\n{rows}").as_bytes()).unwrap();
        Source::new(&table, &DataArguments::default()).unwrap()
    }

    fn sizes(sets: &Sets) -> [usize; 3] {
        [sets.train.len(), sets.validation.len(), sets.test.len()]
    }

    #[test]
    fn shares_are_of_the_whole_file_and_the_parts_are_disjoint() {
        let data =
            DataArguments { validation_split: Some(0.1), test_split: Some(0.2), ..DataArguments::default() };
        let sets = source().divide(&data, 1).unwrap();
        assert_eq!(sizes(&sets), [140, 20, 40]);
        let mut lines: Vec<u64> = [&sets.train, &sets.validation, &sets.test]
            .into_iter()
            .flatten()
            .map(|example| example.line)
            .collect();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), 200);
    }

    proptest! {
        /// No example is lost or duplicated, and no text is in two parts.
        #[test]
        fn any_shares_divide_the_file(
            rows in prop::collection::vec((0usize..40, 0usize..3), 20..120),
            validation in 0.0f64..=0.9,
            test in 0.0f64..=0.9,
            seed: u64,
        ) {
            let rows: String = rows.iter().map(|(text, label)| format!("some text {text},c{label}\n")).collect();
            let table = Table::parse("f.csv", format!("text,label\n{rows}").as_bytes()).unwrap();
            let Ok(source) = Source::new(&table, &DataArguments::default()) else { return Ok(()) };
            let divided = source.divide(&DataArguments { validation_split: Some(validation), test_split: Some(test), ..DataArguments::default() }, seed);
            let sets = match divided {
                Ok(sets) => sets,
                Err(error) => {
                    let error = error.to_string();
                    prop_assert!(["leave nothing", "too few", "no class has"].iter().any(|why| error.contains(why)), "{error}");
                    return Ok(());
                }
            };
            let parts = [&sets.train, &sets.validation, &sets.test];
            let mut lines: Vec<u64> = parts.into_iter().flatten().map(|example| example.line).collect();
            lines.sort_unstable();
            prop_assert_eq!(lines, table.rows.iter().map(|row| row.line).collect::<Vec<_>>());
            let mut part_of = HashMap::new();
            for (part, examples) in parts.into_iter().enumerate() {
                prop_assert!(examples.iter().all(|example| *part_of.entry(example.key()).or_insert(part) == part));
            }
        }
    }

    #[test]
    fn a_part_with_its_own_examples_takes_none_of_the_training_file() {
        let mut source = source();
        source.test = Some(source.train[..30].to_vec());
        let data = DataArguments {
            validation_split: Some(0.1),
            test_split: Some(0.2),
            max_train_samples: Some(50),
            ..DataArguments::default()
        };
        assert_eq!(sizes(&source.divide(&data, 1).unwrap()), [50, 20, 30]);
    }

    #[test]
    fn the_seed_decides_who_goes_where() {
        let data =
            DataArguments { validation_split: Some(0.1), test_split: Some(0.1), ..DataArguments::default() };
        assert_eq!(source().divide(&data, 1).unwrap(), source().divide(&data, 1).unwrap());
        assert_ne!(source().divide(&data, 1).unwrap().test, source().divide(&data, 2).unwrap().test);
    }
}
