//! The examples of a run by what they are for: what files hold, and what a seed makes of it.

use super::checks::{Finding, TokenCount, check, overlap};
use super::columns::{ColumnChoice, Columns};
use super::examples::{Example, Learned, Task, TaskKind, labelled, task};
use super::labels::Labels;
use super::split::{stratified_split, subsample};
use super::table::Table;
use super::understood::Understood;
use super::words::shown;
use crate::error::{Error, Result};

/// What was read from files, with nothing random in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub task: Task,
    /// What is trained on, and held out from where a part has no file of its own.
    pub train: Vec<Example>,
    pub validation: Option<Vec<Example>>,
    pub test: Option<Vec<Example>>,
    /// How the files were read, without what [`check`](Self::check) finds.
    pub understood: Understood,
    choice: ColumnChoice,
    merge: bool,
}

impl Source {
    /// The task and the examples of a training file. Validation and test, where they have files, are
    /// [`read`](Self::read) after it. `merge` says whether labels that differ in how they are written only are one.
    ///
    /// # Errors
    /// The columns or labels make no task; [`Error::Unclear`] where a person has to decide.
    pub fn new(
        table: &Table,
        choice: ColumnChoice,
        kind: Option<TaskKind>,
        merge: Option<bool>,
    ) -> Result<Self> {
        let columns = Columns::choose(table, &choice, true)?;
        let labels = Labels::read(table, columns.label.expect("a label is needed"))?;
        let Learned { task, merged, notes } = task(table, &columns, &labels, kind, merge)?;
        let merge = merge == Some(true);
        let found = labelled(table, &columns, Some((&task, &labels)), merge)?;
        let mut understood = Understood::new(table, &columns, &task, &found.examples, found.left_out, merged);
        understood.notes.extend(notes);
        Ok(Source { task, train: found.examples, validation: None, test: None, understood, choice, merge })
    }

    /// The examples of another file of the same task. Its columns are those of the training file, where it has them,
    /// and else chosen anew.
    ///
    /// # Errors
    /// It lacks the columns or has no labels, or has a label that the training file lacks.
    pub fn read(&mut self, table: &Table) -> Result<Vec<Example>> {
        let same =
            |column: &str| table.columns.iter().any(|other| other == column).then(|| column.to_owned());
        let Understood { text, pair, label, .. } = &self.understood;
        let choice = ColumnChoice {
            text: same(&text.column).or(self.choice.text.clone()),
            // without a pair in training, there is none here
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
                    shown(&label.column)
                ),
            ),
            other => other,
        })?;
        let labels = Labels::read(table, columns.label.expect("a label is needed"))?;
        let found = labelled(table, &columns, Some((&self.task, &labels)), self.merge)?;
        if found.examples.is_empty() {
            let label = shown(&table.columns[columns.label.unwrap_or_default()]);
            let message =
                format!("no row has a text and a label in {label}; a file to be scored on needs both");
            return Err(Error::data(&table.file, None, message));
        }
        self.understood.add_file(table, &columns, &found.examples, found.left_out);
        Ok(found.examples)
    }

    /// What a person should know about all labelled rows before training. `tokens` are of as many of them as were
    /// encoded, in any order; `max_length` is where they are cut.
    pub fn check(&self, tokens: &[TokenCount], max_length: usize) -> Vec<Finding> {
        let mut findings = check(&self.train, &self.task, tokens, max_length);
        for (held_out, what) in [(&self.validation, "validation"), (&self.test, "test")] {
            findings.extend(held_out.as_ref().and_then(|examples| overlap(&self.train, examples, what)));
        }
        findings
    }

    /// The sets of a run with this seed.
    ///
    /// # Errors
    /// There are too few examples to hold some out.
    pub fn divide(&self, shares: Shares, seed: u64) -> Result<Sets> {
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
        let [validated, tested] = [shares.validation, shares.test].map(|share| share.unwrap_or(0.0));
        let test_share = shared(&self.test, tested);
        if shared(&self.validation, validated) + test_share >= 1.0 {
            return Err(Error::Usage(format!(
                "validation_split {validated} and test_split {tested} leave nothing to train on; expected less than 1 \
                 together"
            )));
        }
        let test = part(&self.test, tested)?;
        let validation = part(&self.validation, validated / (1.0 - test_share))?;
        if let Some(count) = shares.train_examples {
            if count == 0 {
                return Err(Error::Usage("max_train_samples is 0; expected at least 1".into()));
            }
            train = subsample(train, count, seed);
        }
        Ok(Sets { train, validation, test })
    }

    /// Class names; none for a regression.
    pub fn labels(&self) -> Vec<String> {
        match &self.task {
            Task::Classification { labels } => labels.clone(),
            Task::Regression => Vec::new(),
        }
    }
}

/// How the training file is divided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// Of the whole file, where validation has no file of its own; 0 for none. Without it, by the recipe.
    pub validation: Option<f64>,
    /// Likewise for the test.
    pub test: Option<f64>,
    /// So many random examples of what is left, at most; the others are not used.
    pub train_examples: Option<usize>,
}

impl Shares {
    /// # Errors
    /// A share is out of range.
    pub fn check(&self) -> Result<()> {
        for (name, share) in [("validation_split", self.validation), ("test_split", self.test)] {
            if let Some(share) = share
                && !(0.0..=0.9).contains(&share)
            {
                return Err(Error::Usage(format!("{name} is {share}; expected a number from 0 to 0.9")));
            }
        }
        Ok(())
    }
}

/// The examples of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Sets {
    pub train: Vec<Example>,
    pub validation: Vec<Example>,
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
        Source::new(&table, ColumnChoice::default(), None, None).unwrap()
    }

    fn sizes(sets: &Sets) -> [usize; 3] {
        [sets.train.len(), sets.validation.len(), sets.test.len()]
    }

    #[test]
    fn shares_are_of_the_whole_file_and_the_parts_are_disjoint() {
        let sets = source()
            .divide(Shares { validation: Some(0.1), test: Some(0.2), train_examples: None }, 1)
            .unwrap();
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
        /// No example is lost or comes twice, and no text is in two parts.
        #[test]
        fn any_shares_divide_the_file(
            rows in prop::collection::vec((0usize..40, 0usize..3), 20..120),
            validation in 0.0f64..=0.9,
            test in 0.0f64..=0.9,
            seed: u64,
        ) {
            let rows: String = rows.iter().map(|(text, label)| format!("some text {text},c{label}\n")).collect();
            let table = Table::parse("f.csv", format!("text,label\n{rows}").as_bytes()).unwrap();
            let Ok(source) = Source::new(&table, ColumnChoice::default(), None, None) else { return Ok(()) };
            let divided = source.divide(Shares { validation: Some(validation), test: Some(test), train_examples: None }, seed);
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
        let shares = Shares { validation: Some(0.1), test: Some(0.2), train_examples: Some(50) };
        assert_eq!(sizes(&source.divide(shares, 1).unwrap()), [50, 20, 30]);
    }

    #[test]
    fn the_seed_decides_who_goes_where() {
        let shares = Shares { validation: Some(0.1), test: Some(0.1), train_examples: None };
        assert_eq!(source().divide(shares, 1).unwrap(), source().divide(shares, 1).unwrap());
        assert_ne!(source().divide(shares, 1).unwrap().test, source().divide(shares, 2).unwrap().test);
    }
}
