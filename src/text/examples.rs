//! Makes labelled examples of the rows of a table.

use super::columns::{Columns, other_labels};
use super::label_sets::LabelSets;
use super::labels::{Labels, Lookup, is_missing, is_missing_label, may_be_missing, sizes, variants};
use super::table::{Row, Table};
use crate::error::{Error, Result};
use crate::spec::quote::{lines, list, quoted};
use crate::spec::{Example, Omission, Question, Target, Task, TaskKind, Variants};
use std::collections::{BTreeMap, BTreeSet};

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
    /// The rows that have a text but no label, where labels were looked for.
    pub unlabelled: Vec<Example>,
    /// The rows that were left out, by reason.
    pub left_out: Vec<Omission>,
    /// Notes on what was left out, in plain words.
    pub notes: Vec<String>,
}

/// The labels that a table gives its texts.
pub(super) enum Given<'a> {
    One(Labels<'a>),
    Several {
        labels: LabelSets,
        /// Why several were found; nothing if that was asked for.
        note: Option<String>,
    },
}

impl<'a> Given<'a> {
    /// Reads the labels of a training file: several a text if `kind` says so or, if it says nothing, a cell holds
    /// several. In a table whose columns were `folded`, nothing needs to be explained.
    pub fn read(table: &'a Table, column: usize, kind: Option<TaskKind>, folded: bool) -> Self {
        let (labels, several) = Labels::read(table, column);
        let are_several = match kind {
            Some(kind) => kind == TaskKind::MultiLabel,
            None => folded || !several.cells.is_empty(),
        };
        if !are_several {
            return Given::One(labels);
        }
        let note = several.cells.first().filter(|_| kind.is_none() && !folded).map(|(_, first)| {
            let found: Vec<u64> = several.cells.iter().map(|(line, _)| *line).collect();
            format!(
                "the label column {} holds several labels in {} of {} rows, such as {} ({}), so each text may have \
                 several; to learn each combination as one class: task classification (--task classification)",
                quoted(&table.columns[column]),
                found.len(),
                table.rows.len(),
                quoted(first),
                lines(&found)
            )
        });
        Given::Several { labels: LabelSets::read(table, column, several.separator), note }
    }

    /// Reads the labels of a file for a known task.
    pub fn known(table: &'a Table, column: usize, task: &Task, merge: bool) -> Self {
        if task.kind != TaskKind::MultiLabel {
            return Given::One(Labels::read(table, column).0);
        }
        let lookup = Lookup::new(&task.labels, merge);
        let labels = LabelSets::read_known(table, column, |label| lookup.class(label).is_some());
        Given::Several { labels, note: None }
    }

    fn sizes(&self, is_used: impl Fn(usize) -> bool) -> BTreeMap<&str, usize> {
        match self {
            Given::One(labels) => sizes(labels, is_used),
            Given::Several { labels, .. } => labels.sizes(is_used),
        }
    }

    /// Whether a row has an answer.
    fn answers(&self, row: usize) -> bool {
        match self {
            Given::One(labels) => labels.of_row(row).is_some(),
            Given::Several { labels, .. } => labels.of_row(row).is_some(),
        }
    }

    /// Whether a row has this label.
    fn has(&self, row: usize, label: &str) -> bool {
        match self {
            Given::One(labels) => labels.of_row(row) == Some(label),
            Given::Several { labels, .. } => {
                labels.of_row(row).is_some_and(|labels| labels.iter().any(|one| one == label))
            }
        }
    }

    /// The value of a label, if labels are numbers.
    fn number(&self, label: &str) -> Option<f32> {
        match self {
            Given::One(labels) => labels.number(label),
            Given::Several { .. } => None,
        }
    }

    /// Notes in plain words. `name` is the quoted column.
    fn notes(&self, name: &str) -> Vec<String> {
        let mut notes = Vec::new();
        match self {
            Given::One(labels) => {
                if labels.decimal_comma {
                    notes.push(format!("the labels in {name} have decimal commas: \"0,5\" was read as 0.5"));
                }
                if labels.lists_of_one > 0 {
                    notes.push(format!(
                        "the labels in {name} are lists of one; the item in each was taken as the label"
                    ));
                }
            }
            Given::Several { note, .. } => notes.extend(note.clone()),
        }
        notes
    }
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
/// STS-B's 0.000 to 5.000), several labels a text if a cell holds several, and otherwise a classification. `merge` decides whether labels that differ only in case,
/// blanks, Unicode form or the form of a number are one class.
///
/// # Errors
/// [`Error::Data`] if no row has a text and a label; for a single class (or value), more than 1000 classes, or more
/// than 50 that are more than half of the rows; and in a regression for a label that is not a finite number.
/// [`Error::Unclear`] if labels differ only in this way and `merge` is not set.
pub(super) fn task(
    table: &Table,
    columns: &Columns,
    labels: &Given,
    kind: Option<TaskKind>,
    merge: Option<bool>,
) -> Result<Learned> {
    let wrong = |message: String| Err(Error::data(&table.file, None, message));
    let name = columns.label.map(|column| quoted(&table.columns[column])).unwrap_or_default();
    let is_used = |row: usize| has_text(&table.rows[row], columns);
    let mut sizes = labels.sizes(is_used);
    let rows = (0..table.rows.len()).filter(|row| is_used(*row) && labels.answers(*row)).count();
    let mut notes = labels.notes(&name);
    let numbers: Option<Vec<f32>> = sizes.keys().map(|label| labels.number(label)).collect();
    let are_numbers = numbers.is_some();
    let looks_continuous = sizes.len() > 20 && numbers.iter().flatten().any(|value| value.fract() != 0.0);
    let kind = match labels {
        Given::Several { .. } => TaskKind::MultiLabel,
        Given::One(_) if looks_continuous => kind.unwrap_or(TaskKind::Regression),
        Given::One(_) => kind.unwrap_or(TaskKind::Classification),
    };
    if let (TaskKind::Regression, None) = (kind, &numbers) {
        let wrong = table.rows.iter().enumerate().filter(|(row, _)| is_used(*row)).find_map(|(at, row)| {
            let label = sizes.keys().find(|label| labels.has(at, label))?;
            labels.number(label).is_none().then_some((row.line, *label))
        });
        let (line, label) = wrong.unzip();
        return Err(not_a_number(table, line, label.unwrap_or_default()));
    }
    if rows == 0 {
        return wrong(format!(
            "no row has a text and a label in {name}; expected two or more different labels"
        ));
    }
    let merged = match kind {
        TaskKind::Regression => Vec::new(),
        TaskKind::Classification | TaskKind::MultiLabel => merged(table, &mut sizes, merge, &mut notes)?,
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
        return Ok(Learned { task: Task::regression(), merged, notes });
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
    if let Some(label) = sizes.keys().find(|label| long(label)) {
        let row = table.rows.iter().enumerate().find(|(row, _)| labels.has(*row, label));
        return Err(Error::data(
            &table.file,
            row.map(|(_, row)| row.line),
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
    let task = match kind {
        TaskKind::MultiLabel => Task::multi_label(classes),
        _ => Task::classification(classes),
    };
    Ok(Learned { task, merged, notes })
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
/// [`Error::Data`] with the line for a label that the task does not have, or that
/// is not a finite number in a regression.
pub fn examples(table: &Table, columns: &Columns, task: Option<&Task>) -> Result<Examples> {
    let labels = match (task, columns.label) {
        (Some(task), Some(column)) => Some((task, Given::known(table, column, task, false))),
        _ => None,
    };
    labelled(table, columns, labels.as_ref().map(|(task, labels)| (*task, labels)), false)
}

/// Like [`examples`], with labels that were read before. With `merge`, a label that is written nearly like a class
/// belongs to it.
pub(super) fn labelled(
    table: &Table,
    columns: &Columns,
    learned: Option<(&Task, &Given)>,
    merge: bool,
) -> Result<Examples> {
    let classes = learned.map_or(&[][..], |(task, _)| &task.labels);
    let lookup = Lookup::new(classes, merge);
    let class = |row: &Row, label: &str| {
        lookup.class(label).ok_or_else(|| unknown(table, row.line, label, classes, lookup.nearly(label)))
    };
    let target = |at: usize, row: &Row, task: &Task, labels: &Given| -> Result<Option<Target>> {
        Ok(match (task.kind, labels) {
            (TaskKind::Regression, Given::One(labels)) => match labels.of_row(at) {
                Some(label) => {
                    let value = labels.number(label);
                    Some(Target::Value(value.ok_or_else(|| not_a_number(table, Some(row.line), label))?))
                }
                None => None,
            },
            (_, Given::One(labels)) => {
                labels.of_row(at).map(|label| class(row, label)).transpose()?.map(Target::Class)
            }
            (_, Given::Several { labels, .. }) => match labels.of_row(at) {
                Some(labels) => {
                    let found = labels.iter().map(|label| class(row, label));
                    // labels that were merged may be one
                    let found: BTreeSet<usize> = found.collect::<Result<_>>()?;
                    Some(Target::Labels(found.into_iter().collect()))
                }
                None => None,
            },
        })
    };
    let (mut examples, mut unlabelled) = (Vec::new(), Vec::new());
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
            (true, Some((task, labels))) => match target(index, row, task, labels)? {
                None => {
                    no_label.push(row.line);
                    unlabelled.push(example(None));
                }
                found => examples.push(example(found)),
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
    Ok(Examples { examples, unlabelled, left_out, notes })
}

/// A row with a text, whether it has a label or not.
pub(crate) struct OpenRow<'a> {
    /// Its index in the table.
    pub row: usize,
    pub example: Example,
    pub label: Option<&'a str>,
}

/// The rows that have a text, with their labels as they are written.
pub(crate) fn open_rows<'a>(table: &'a Table, columns: &Columns) -> Vec<OpenRow<'a>> {
    let cell = |row: &'a Row| {
        let cell = row.fields[columns.label?].trim();
        (!cell.is_empty() && !is_missing_label(cell)).then_some(cell)
    };
    let open = |(index, row): (usize, &'a Row)| OpenRow {
        row: index,
        example: Example {
            line: row.line,
            text: text(row, columns.text).to_owned(),
            pair: columns.pair.map(|pair| text(row, pair).to_owned()),
            target: None,
        },
        label: cell(row),
    };
    table.rows.iter().enumerate().filter(|(_, row)| has_text(row, columns)).map(open).collect()
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
        let labels = Given::read(table, 1, kind, false);
        super::task(table, columns, &labels, kind, None).map(|learned| learned.task)
    }

    fn table(labels: &[&str]) -> Table {
        let rows = labels.iter().map(|label| format!("t{label}\t{label}\n")).collect::<String>();
        Table::parse("f.tsv", format!("text\tlabel\n{rows}").as_bytes()).unwrap()
    }

    fn labels(values: &[&str]) -> Vec<String> {
        let task = task(&table(values), &COLUMNS, None).unwrap();
        assert_eq!(task.kind, TaskKind::Classification);
        task.labels
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
        assert_eq!(task(&table(&values), &COLUMNS, None).unwrap(), Task::regression());
        assert_eq!(task(&table(&values[..20]), &COLUMNS, None).unwrap().kind, TaskKind::Classification);
        assert_eq!(
            task(&table(&values[..20]), &COLUMNS, Some(TaskKind::Regression)).unwrap(),
            Task::regression()
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
        assert_eq!((found[0].line, &found[0].target), (2, &Some(Target::Class(1))));
        assert_eq!(examples(&table, &COLUMNS, None).unwrap().examples[0].target, None);
    }

    #[test]
    fn a_label_that_training_lacks_is_refused_with_the_known_ones() {
        let task = Task::classification((0..12).map(|i| format!("c{i}")).collect());
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
        assert_eq!(task, Task::classification(vec!["x".into(), "y".into()]));
        let found = examples(&table, &COLUMNS, Some(&task)).unwrap();
        assert_eq!(
            (found.examples.len(), found.notes),
            (2, vec!["left out: rows without a text: 1 (line 3)".to_string()])
        );
    }
}
