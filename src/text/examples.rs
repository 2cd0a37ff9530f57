//! Rows to labelled examples.

use super::columns::Columns;
use super::table::{Row, Table};
use super::words::{count, list, shown};
use crate::error::{Error, Result};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

const MAX_CLASSES: usize = 1000;
/// What is longer is no label but a text; and a thousand labels of this length are well within what is read of a model
/// again.
const MAX_LABEL_CHARACTERS: usize = 300;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// An index into the labels of the task.
    Class(usize),
    Value(f32),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The line of the file on which the example begins, from 1.
    pub line: u64,
    pub text: String,
    pub pair: Option<String>,
    pub target: Option<Target>,
}

impl Example {
    /// What two examples have in common when their texts differ in case and spacing at most.
    pub(super) fn key(&self) -> String {
        let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        // No plain text holds a line end.
        format!("{}\n{}", plain(&self.text), plain(self.pair.as_deref().unwrap_or("")))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskKind {
    Classification,
    Regression,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// The labels by class id, trimmed and sorted.
    Classification {
        labels: Vec<String>,
    },
    Regression,
}

/// Examples and what a person should know about rows that were left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    pub examples: Vec<Example>,
    pub notes: Vec<String>,
}

/// Finds the task from the labels of the rows that have a text. Labels are trimmed; classes are sorted by
/// value where all labels are numbers, else by letters, so that their ids do not depend on the order of the
/// rows. If `kind` is none, the task is a regression where all labels are numbers, some have a fraction and
/// more than 20 are different (as STS-B's 0.000 to 5.000), and otherwise a classification.
///
/// Errors: [`Error::Data`] for an empty label, a single class (or value), more than 1000 classes, more than
/// 50 that are more than half of the rows, and for a regression a label that is not a finite number.
pub fn task(table: &Table, columns: &Columns, kind: Option<TaskKind>) -> Result<Task> {
    let Some(column) = columns.label else {
        return Err(Error::data(
            &table.file,
            None,
            "there is no label column; expected one: name it with label_column",
        ));
    };
    let name = shown(&table.columns[column]);
    let mut labels = BTreeSet::new();
    let mut rows = 0;
    for row in table.rows.iter().filter(|row| has_text(row, columns)) {
        labels.insert(label(table, row, column)?);
        rows += 1;
    }
    let numbers: Option<Vec<f32>> = labels.iter().map(|label| number(label)).collect();
    let are_numbers = numbers.is_some();
    let looks_continuous = labels.len() > 20 && numbers.iter().flatten().any(|value| value.fract() != 0.0);
    let kind = kind.unwrap_or(if looks_continuous { TaskKind::Regression } else { TaskKind::Classification });
    if let (TaskKind::Regression, None) = (kind, &numbers) {
        let row = table
            .rows
            .iter()
            .find(|row| has_text(row, columns) && number(row.fields[column].trim()).is_none());
        let found = row.map_or("", |row| row.fields[column].trim());
        return Err(not_a_number(table, row.map(|row| row.line), found));
    }
    let is_constant = numbers.is_some_and(|numbers| numbers.iter().all(|number| *number == numbers[0]));
    if labels.len() < 2 || kind == TaskKind::Regression && is_constant {
        let found =
            labels.first().map_or("no row with a text".into(), |label| format!("only {}", shown(label)));
        return Err(Error::data(
            &table.file,
            None,
            format!("the label column {name} has {found}; expected two or more different labels"),
        ));
    }
    if kind == TaskKind::Regression {
        return Ok(Task::Regression);
    }
    if labels.len() > MAX_CLASSES || labels.len() > 50 && labels.len() * 2 > rows {
        let found = labels.len();
        return Err(Error::data(
            &table.file,
            None,
            format!(
                "the label column {name} has {found} different values in {rows} rows; expected at most \
                 {MAX_CLASSES} classes that come again: name another with label_column"
            ),
        ));
    }
    let mut labels: Vec<String> = labels.into_iter().map(String::from).collect();
    if are_numbers {
        labels.sort_by(|a, b| a.parse().unwrap_or(f64::NAN).total_cmp(&b.parse().unwrap_or(f64::NAN)));
    }
    Ok(Task::Classification { labels })
}

/// The examples of a table, with targets if there are a task and a label column. Rows without any text are
/// left out and counted in a note.
///
/// Errors: [`Error::Data`] with the line for an empty label, one that the task does not have, or one that
/// is not a finite number in a regression.
pub fn examples(table: &Table, columns: &Columns, task: Option<&Task>) -> Result<Examples> {
    let ids: HashMap<&str, usize> = match task {
        Some(Task::Classification { labels }) => {
            labels.iter().enumerate().map(|(id, label)| (label.as_str(), id)).collect()
        }
        _ => HashMap::new(),
    };
    let target = |row: &Row| -> Result<Option<Target>> {
        let (Some(task), Some(column)) = (task, columns.label) else { return Ok(None) };
        let label = label(table, row, column)?;
        let target = match task {
            Task::Regression => {
                Target::Value(number(label).ok_or_else(|| not_a_number(table, Some(row.line), label))?)
            }
            Task::Classification { labels } => match ids.get(label) {
                Some(id) => Target::Class(*id),
                None => {
                    return Err(Error::data(
                        &table.file,
                        row.line,
                        format!(
                            "the label {} is not one of the {} of the task: {}",
                            shown(label),
                            labels.len(),
                            list(labels)
                        ),
                    ));
                }
            },
        };
        Ok(Some(target))
    };
    let mut examples = Vec::new();
    for row in table.rows.iter().filter(|row| has_text(row, columns)) {
        examples.push(Example {
            line: row.line,
            text: row.fields[columns.text].clone(),
            pair: columns.pair.map(|pair| row.fields[pair].clone()),
            target: target(row)?,
        });
    }
    let skipped = table.rows.len() - examples.len();
    let mut notes = Vec::new();
    if skipped > 0 {
        notes.push(format!("{} without text left out", count(skipped, "row")));
    }
    Ok(Examples { examples, notes })
}

fn has_text(row: &Row, columns: &Columns) -> bool {
    let filled = |column: usize| !row.fields[column].trim().is_empty();
    filled(columns.text) || columns.pair.is_some_and(filled)
}

fn label<'a>(table: &Table, row: &'a Row, column: usize) -> Result<&'a str> {
    match row.fields[column].trim() {
        "" => Err(Error::data(
            &table.file,
            row.line,
            format!(
                "the label column {} is empty; expected a label: fill it in or remove the row",
                shown(&table.columns[column])
            ),
        )),
        label if label.chars().nth(MAX_LABEL_CHARACTERS).is_some() => Err(Error::data(
            &table.file,
            row.line,
            format!(
                "the label {} in column {} has more than {MAX_LABEL_CHARACTERS} characters; expected the name of a class: \
                 shorten it, or name another column with label_column",
                shown(label),
                shown(&table.columns[column])
            ),
        )),
        label => Ok(label),
    }
}

fn number(label: &str) -> Option<f32> {
    label.parse().ok().filter(|value: &f32| value.is_finite())
}

fn not_a_number(table: &Table, line: Option<u64>, label: &str) -> Error {
    let is_large = label.contains(|c: char| c.is_ascii_digit()) && label.parse().is_ok_and(f32::is_infinite);
    let kind = if is_large { "a number of 32 bits" } else { "a number" };
    let message = format!(
        "the label {} is not {kind}; expected one such as 0.5, because the task is a regression",
        shown(label)
    );
    Error::data(&table.file, line, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { text: 0, pair: None, label: Some(1) };

    fn table(labels: &[&str]) -> Table {
        let rows = labels.iter().map(|label| format!("t{label}\t{label}\n")).collect::<String>();
        Table::parse("f.tsv", format!("text\tlabel\n{rows}").as_bytes()).unwrap()
    }

    fn labels(values: &[&str]) -> Vec<String> {
        match task(&table(values), &COLUMNS, None).unwrap() {
            Task::Classification { labels } => labels,
            Task::Regression => panic!("a regression"),
        }
    }

    #[test]
    fn classes_are_sorted_by_value_or_by_letters_and_not_by_row() {
        assert_eq!(labels(&["10", " 9", "-1", "9"]), ["-1", "9", "10"]);
        assert_eq!(labels(&["spam", "ham", "10", "spam "]), ["10", "ham", "spam"]);
    }

    #[test]
    fn many_different_fractions_are_a_regression() {
        let values: Vec<String> = (0..21).map(|i| format!("{:.3}", f64::from(i) / 4.0)).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(task(&table(&values), &COLUMNS, None).unwrap(), Task::Regression);
        assert!(matches!(task(&table(&values[..20]), &COLUMNS, None).unwrap(), Task::Classification { .. }));
        assert_eq!(
            task(&table(&values[..20]), &COLUMNS, Some(TaskKind::Regression)).unwrap(),
            Task::Regression
        );
    }

    #[test]
    fn labels_that_make_no_task_are_refused() {
        let message = |labels: &[&str], kind| task(&table(labels), &COLUMNS, kind).unwrap_err().to_string();
        assert!(message(&["a", "a"], None).contains("has only \"a\"; expected two or more"));
        assert!(message(&["a", ""], None).starts_with("f.tsv, line 3: the label column \"label\" is empty"));
        assert!(
            message(&["1", "x"], Some(TaskKind::Regression))
                .starts_with("f.tsv, line 3: the label \"x\" is not a number")
        );
        assert!(message(&["1", "inf"], Some(TaskKind::Regression)).contains("\"inf\" is not a number"));
        let many: Vec<String> = (0..60).map(|i| format!("c{i}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(message(&many, None).contains("60 different values in 60 rows"));
    }

    #[test]
    fn examples_know_their_line_and_class() {
        let table = table(&["b", "a"]);
        let task = task(&table, &COLUMNS, None).unwrap();
        let found = examples(&table, &COLUMNS, Some(&task)).unwrap().examples;
        assert_eq!((found[0].line, found[0].target), (2, Some(Target::Class(1))));
        assert_eq!(examples(&table, &COLUMNS, None).unwrap().examples[0].target, None);
    }

    #[test]
    fn a_label_that_training_lacks_is_refused_with_the_known_ones() {
        let task = Task::Classification { labels: (0..12).map(|i| format!("c{i}")).collect() };
        let error = examples(&table(&["c0", "new"]), &COLUMNS, Some(&task)).unwrap_err().to_string();
        assert!(
            error.starts_with("f.tsv, line 3: the label \"new\" is not one of the 12 of the task: \"c0\""),
            "{error}"
        );
        assert!(error.ends_with("\"c9\" and 2 more"), "{error}");
    }

    #[test]
    fn rows_without_text_are_left_out_with_their_label_and_counted() {
        let table = Table::parse("f.tsv", b"text\tlabel\na b\tx\n \tz\nc d\ty\n").unwrap();
        let task = task(&table, &COLUMNS, None).unwrap();
        assert_eq!(task, Task::Classification { labels: vec!["x".into(), "y".into()] });
        let found = examples(&table, &COLUMNS, Some(&task)).unwrap();
        assert_eq!((found.examples.len(), found.notes), (2, vec!["1 row without text left out".to_string()]));
    }
}
