//! Makes labelled examples of the rows of a table.

use super::columns::{Columns, other_labels};
use super::labels::{Labels, Lookup, is_missing, may_be_missing, sizes, variants};
use super::table::{Row, Table};
use crate::error::{Error, Result};
use crate::spec::quote::{list, quoted};
use crate::spec::{Example, Omission, Question, Target, Task, TaskKind, Variants};
use std::collections::BTreeMap;

const MAX_CLASSES: usize = 1000;
/// The longest label. A longer text does not name a class, and a thousand labels of this length stay well within the
/// limit on a model's configuration.
const MAX_LABEL_CHARACTERS: usize = 300;

impl Example {
    /// A key that is equal for examples whose texts differ at most in case and spacing.
    pub(super) fn key(&self) -> String {
        let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        // a line end separates the two, because no plain text holds one
        format!("{}\n{}", plain(&self.text), plain(self.pair.as_deref().unwrap_or("")))
    }
}

/// Examples, and the rows that were left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// The examples, in the order of the rows.
    pub examples: Vec<Example>,
    /// The rows that were left out, by reason.
    pub left_out: Vec<Omission>,
    /// Notes on what was left out, in plain words.
    pub notes: Vec<String>,
}

/// The task that the labels of a table define.
pub(super) struct Learned {
    pub task: Task,
    pub merged: Vec<Variants>,
    /// Notes on the labels, in plain words.
    pub notes: Vec<String>,
}

/// Finds the task from the labels of the rows that have a text. Labels are trimmed. Classes are sorted by value if all
/// labels are numbers, otherwise by letters, so that their ids do not depend on the order of the rows. If `kind` is
/// `None`, the task is a regression if all labels are numbers, some have a fraction and more than 20 are different (as
/// STS-B's 0.000 to 5.000), and otherwise a classification. `merge` decides whether labels that differ only in case,
/// blanks, Unicode form or the form of a number are one class.
///
/// # Errors
/// [`Error::Data`] if no row has a text and a label; for a single class (or value), more than 1000 classes, or more
/// than 50 that are more than half of the rows; and in a regression for a label that is not a finite number.
/// [`Error::Unclear`] if labels differ only in this way and `merge` is not set.
pub(super) fn task(
    table: &Table,
    columns: &Columns,
    labels: &Labels,
    kind: Option<TaskKind>,
    merge: Option<bool>,
) -> Result<Learned> {
    let wrong = |message: String| Err(Error::data(&table.file, None, message));
    let name = columns.label.map(|column| quoted(&table.columns[column])).unwrap_or_default();
    let is_used = |row: usize| has_text(&table.rows[row], columns);
    let mut sizes = sizes(labels, is_used);
    let rows: usize = sizes.values().sum();
    let mut notes = Vec::new();
    if labels.decimal_comma {
        notes.push(format!("the labels in {name} have decimal commas: \"0,5\" was read as 0.5"));
    }
    if labels.lists_of_one > 0 {
        notes.push(format!("the labels in {name} are lists of one; the item in each was taken as the label"));
    }
    let numbers: Option<Vec<f32>> = sizes.keys().map(|label| labels.number(label)).collect();
    let are_numbers = numbers.is_some();
    let looks_continuous = sizes.len() > 20 && numbers.iter().flatten().any(|value| value.fract() != 0.0);
    let kind = kind.unwrap_or(if looks_continuous { TaskKind::Regression } else { TaskKind::Classification });
    if let (TaskKind::Regression, None) = (kind, &numbers) {
        let is_wrong = |(row, _): &(usize, &Row)| {
            is_used(*row) && labels.of_row(*row).is_some_and(|label| labels.number(label).is_none())
        };
        let row = table.rows.iter().enumerate().find(is_wrong);
        let found = row.and_then(|(row, _)| labels.of_row(row)).unwrap_or_default();
        return Err(not_a_number(table, row.map(|(_, row)| row.line), found));
    }
    if rows == 0 {
        return wrong(format!(
            "no row has a text and a label in {name}; expected two or more different labels"
        ));
    }
    let merged = match kind {
        TaskKind::Regression => Vec::new(),
        TaskKind::Classification => merged(table, &mut sizes, merge, &mut notes)?,
    };
    let is_constant = numbers.is_some_and(|numbers| numbers.iter().all(|number| *number == numbers[0]));
    if sizes.len() < 2 || kind == TaskKind::Regression && is_constant {
        let only = sizes.keys().next().map(|label| quoted(label)).unwrap_or_default();
        let taken: Vec<usize> =
            [Some(columns.text), columns.pair, columns.label].into_iter().flatten().collect();
        let others = other_labels(table, &taken);
        let others = match &others[..] {
            [] => String::new(),
            others => format!(
                ", or name another column with label_column: {}",
                others
                    .iter()
                    .take(5)
                    .map(|other| format!("{} ({})", quoted(&other.column), list(&other.examples)))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        return wrong(format!(
            "the label column {name} has only {only}; expected two or more different labels: add examples of another \
             class{others}"
        ));
    }
    if kind == TaskKind::Regression {
        return Ok(Learned { task: Task::Regression, merged, notes });
    }
    let found = sizes.len();
    if found > MAX_CLASSES || found > 50 && found * 2 > rows || found > 20 && found == rows {
        let numbers = if are_numbers {
            ", or learn them as numbers with task regression (--task regression)"
        } else {
            ""
        };
        return wrong(format!(
            "the label column {name} has {found} different values in {rows} rows; expected at most \
             {MAX_CLASSES} classes that recur: name another with label_column{numbers}"
        ));
    }
    let long = |label: &str| label.chars().nth(MAX_LABEL_CHARACTERS).is_some();
    let mut labelled_rows =
        table.rows.iter().enumerate().filter_map(|(row, at)| Some((labels.of_row(row)?, at)));
    if let Some((label, row)) = labelled_rows.find(|(label, _)| long(label)) {
        return Err(Error::data(
            &table.file,
            row.line,
            format!(
                "the label {} in column {name} has more than {MAX_LABEL_CHARACTERS} characters; expected the name of a \
                 class: shorten it, or name another column with label_column",
                quoted(label)
            ),
        ));
    }
    let value = |label: &str| labels.number(label).unwrap_or(f32::NAN);
    let mut classes: Vec<String> = sizes.into_keys().map(String::from).collect();
    if are_numbers {
        classes.sort_by(|a, b| value(a).total_cmp(&value(b)));
    }
    let unsure: Vec<&String> = classes.iter().filter(|label| may_be_missing(label)).collect();
    if !unsure.is_empty() {
        notes.push(format!(
            "the label {} is a class like the others; if it means that a label is missing, leave the cell empty",
            list(&unsure)
        ));
    }
    Ok(Learned { task: Task::Classification { labels: classes }, merged, notes })
}

/// Merges labels that are written differently, if that is wanted.
fn merged(
    table: &Table,
    sizes: &mut BTreeMap<&str, usize>,
    merge: Option<bool>,
    notes: &mut Vec<String>,
) -> Result<Vec<Variants>> {
    let groups = variants(sizes);
    match merge {
        _ if groups.is_empty() => Ok(groups),
        None => {
            let questions = vec![Question::MergeLabels { groups }];
            Err(Error::Unclear { file: table.file.clone(), questions })
        }
        Some(false) => {
            let described: Vec<String> = groups.iter().take(5).map(Variants::describe).collect();
            notes.push(format!(
                "labels that differ only in spelling were kept apart: {}",
                described.join("; ")
            ));
            Ok(Vec::new())
        }
        Some(true) => {
            for group in &groups {
                let others = group.written.iter().filter(|written| written.label != group.label);
                for written in others {
                    sizes.remove(written.label.as_str());
                }
                let total = group.written.iter().map(|written| written.examples).sum();
                if let Some(size) = sizes.get_mut(group.label.as_str()) {
                    *size = total;
                }
            }
            Ok(groups)
        }
    }
}

/// Makes the examples of a table, with targets if there are a task and a label column. Rows without a text are left
/// out, and with a task also those without a label.
///
/// # Errors
/// [`Error::Data`] if a cell holds several labels, and with the line for a label that the task does not have, or that
/// is not a finite number in a regression.
pub fn examples(table: &Table, columns: &Columns, task: Option<&Task>) -> Result<Examples> {
    let labels = match (task, columns.label) {
        (Some(task), Some(column)) => Some((task, Labels::read(table, column)?)),
        _ => None,
    };
    labelled(table, columns, labels.as_ref().map(|(task, labels)| (*task, labels)), false)
}

/// Like [`examples`], with labels that were read before. With `merge`, a label that is written nearly like a class
/// belongs to it.
pub(super) fn labelled(
    table: &Table,
    columns: &Columns,
    learned: Option<(&Task, &Labels)>,
    merge: bool,
) -> Result<Examples> {
    let classes: &[String] = match learned {
        Some((Task::Classification { labels }, _)) => labels,
        _ => &[],
    };
    let lookup = Lookup::new(classes, merge);
    let target = |row: &Row, task: &Task, labels: &Labels, label: &str| match task {
        Task::Regression => {
            let value = labels.number(label).ok_or_else(|| not_a_number(table, Some(row.line), label))?;
            Ok(Target::Value(value))
        }
        Task::Classification { labels } => match lookup.class(label) {
            Some(class) => Ok(Target::Class(class)),
            None => Err(unknown(table, row.line, label, labels, lookup.nearly(label))),
        },
    };
    let mut examples = Vec::new();
    let [mut no_text, mut marks, mut no_label] = [const { Vec::new() }; 3];
    for (index, row) in table.rows.iter().enumerate() {
        let example = |target| Example {
            line: row.line,
            text: text(row, columns.text).to_owned(),
            pair: columns.pair.map(|pair| text(row, pair).to_owned()),
            target,
        };
        match (has_text(row, columns), learned) {
            (false, _) if row.fields[columns.text].trim().is_empty() => no_text.push(row.line),
            (false, _) => marks.push(row.line),
            (true, None) => examples.push(example(None)),
            (true, Some((task, labels))) => match labels.of_row(index) {
                None => no_label.push(row.line),
                Some(label) => examples.push(example(Some(target(row, task, labels, label)?))),
            },
        }
    }
    let left_out: Vec<Omission> = [
        ("rows without a text", &no_text),
        ("rows with a mark for a missing text, such as nan or NULL", &marks),
        ("rows without a label", &no_label),
    ]
    .into_iter()
    .filter_map(|(reason, lines)| Omission::new(reason, lines))
    .collect();
    let notes = left_out.iter().map(|left| format!("left out: {}", left.describe())).collect();
    Ok(Examples { examples, left_out, notes })
}

fn has_text(row: &Row, columns: &Columns) -> bool {
    let filled = |column: usize| !text(row, column).trim().is_empty();
    filled(columns.text) || columns.pair.is_some_and(filled)
}

/// A cell, or an empty text if it has a mark for a missing value.
fn text(row: &Row, column: usize) -> &str {
    let cell = row.fields[column].as_str();
    if is_missing(cell) { "" } else { cell }
}

fn unknown(table: &Table, line: u64, label: &str, classes: &[String], nearly: Option<usize>) -> Error {
    let hint = nearly.map_or_else(String::new, |class| {
        format!(
            "; it differs from {} in case, blanks or form only: write it so, or merge such labels in training \
             (--merge-labels)",
            quoted(&classes[class])
        )
    });
    Error::data(
        &table.file,
        line,
        format!(
            "the label {} is not one of the {} of the task: {}{hint}",
            quoted(label),
            classes.len(),
            list(classes)
        ),
    )
}

fn not_a_number(table: &Table, line: Option<u64>, label: &str) -> Error {
    let is_large = label.contains(|c: char| c.is_ascii_digit()) && label.parse().is_ok_and(f32::is_infinite);
    let kind = if is_large { "a number of 32 bits" } else { "a number" };
    let comma = if label.contains(',') {
        " (decimal commas are read if every label has one or is a whole number)"
    } else {
        ""
    };
    let message = format!(
        "the label {} is not {kind}; expected one such as 0.5{comma}, because the task is a regression",
        quoted(label)
    );
    Error::data(&table.file, line, message)
}

#[cfg(test)]
mod tests {
    use super::super::columns::{Reasons, Why};
    use super::*;

    const COLUMNS: Columns = Columns {
        text: 0,
        pair: None,
        label: Some(1),
        why: Reasons { text: Why::Named, pair: Why::Named, label: Why::Named },
    };

    fn task(table: &Table, columns: &Columns, kind: Option<TaskKind>) -> Result<Task> {
        let labels = Labels::read(table, 1)?;
        super::task(table, columns, &labels, kind, None).map(|learned| learned.task)
    }

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
        assert!(message(&["a", ""], None).contains("has only \"a\""));
        assert!(message(&["", " "], None).contains("no row has a text and a label in \"label\""));
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
        assert_eq!(
            (found.examples.len(), found.notes),
            (2, vec!["left out: rows without a text: 1 (line 3)".to_string()])
        );
    }
}
