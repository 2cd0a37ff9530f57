//! Makes the interpretation of a data file from its table.

use super::columns::{Columns, Why};
use super::table::Table;
use crate::spec::{
    ClassSize, Column, Example, Labelled, LeftOut, Omission, OtherFile, Reading, Task, TaskKind, Understood,
    Variants,
};
use std::collections::BTreeSet;

/// Text, pair and label of a table.
fn columns_of(table: &Table, columns: &Columns) -> (Column, Option<Column>, Column) {
    let column =
        |column: usize, why: Why| Column { column: table.columns[column].clone(), why: why.words().into() };
    let why = columns.why;
    let label = columns.label.map(|label| column(label, why.label));
    (
        column(columns.text, why.text),
        columns.pair.map(|pair| column(pair, why.pair)),
        label.unwrap_or(Column { column: String::new(), why: String::new() }),
    )
}

fn left_out_of(reading: &Reading, rows: Vec<Omission>) -> Vec<Omission> {
    let of_reading = |left: &LeftOut| Omission::new(&left.reason, &left.lines);
    reading.left_out.iter().filter_map(of_reading).chain(rows).collect()
}

impl Understood {
    pub(super) fn new(
        table: &Table,
        columns: &Columns,
        task: &Task,
        examples: &[Example],
        left_out: Vec<Omission>,
        merged: Vec<Variants>,
    ) -> Self {
        let (text, pair, label) = columns_of(table, columns);
        let used: BTreeSet<usize> =
            [Some(columns.text), columns.pair, columns.label].into_iter().flatten().collect();
        let unused = (0..table.columns.len()).filter(|column| !used.contains(column));
        Understood {
            text,
            pair,
            label,
            unused: unused.map(|column| table.columns[column].clone()).collect(),
            used: examples.len(),
            left_out: left_out_of(&table.reading, left_out),
            labels: labelled(task, examples),
            merged,
            other_files: Vec::new(),
            notes: table.notes.clone(),
            findings: Vec::new(),
            reading: Reading { left_out: Vec::new(), ..table.reading.clone() },
        }
    }

    pub(super) fn add_file(
        &mut self,
        table: &Table,
        columns: &Columns,
        examples: &[Example],
        left_out: Vec<Omission>,
    ) {
        let (text, pair, label) = columns_of(table, columns);
        self.notes.extend(table.notes.iter().cloned());
        self.other_files.push(OtherFile {
            file: table.file.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
            text,
            pair,
            label,
            used: examples.len(),
            left_out: left_out_of(&table.reading, left_out),
        });
    }
}

fn labelled(task: &Task, examples: &[Example]) -> Labelled {
    let mut classes: Vec<ClassSize> =
        task.labels.iter().map(|label| ClassSize { label: label.clone(), examples: 0 }).collect();
    for class in examples.iter().flat_map(Example::classes) {
        classes[*class].examples += 1;
    }
    match task.kind {
        TaskKind::Classification => Labelled::Classes(classes),
        TaskKind::MultiLabel => Labelled::Sets {
            without: examples.iter().filter(|example| example.classes().is_empty()).count(),
            mean: examples.iter().map(|example| example.classes().len()).sum::<usize>() as f64
                / examples.len().max(1) as f64,
            labels: classes,
        },
        TaskKind::Regression => {
            let values = || {
                let values = examples.iter().filter_map(|example| example.target.as_ref()?.value());
                // the shortest decimal that gives the float32, not all digits of its value
                values.filter_map(|value| value.to_string().parse::<f64>().ok())
            };
            Labelled::Numbers {
                minimum: values().fold(f64::INFINITY, f64::min),
                mean: values().sum::<f64>() / values().count().max(1) as f64,
                maximum: values().fold(f64::NEG_INFINITY, f64::max),
            }
        }
    }
}
