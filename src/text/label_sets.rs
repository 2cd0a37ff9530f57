//! Reads the cells of a label column in which a text may have several labels.

use std::collections::BTreeMap;

use super::labels::{SEPARATORS, is_missing_label, list_of};
use super::table::Table;

/// The labels of each row of a table.
pub(super) struct LabelSets {
    /// `None` for a cell without an answer. An empty list is an answer: no label applies.
    by_row: Vec<Option<Vec<String>>>,
}

impl LabelSets {
    /// Reads lists in JSON or Python, otherwise labels with `separator` between them, otherwise single labels.
    pub fn read(table: &Table, column: usize, separator: Option<char>) -> Self {
        Self::new(table, column, |cell| match separator {
            Some(separator) => cell.split(separator).collect(),
            None => vec![cell],
        })
    }

    /// Reads the cells by labels that are known: a cell that is one of them is not divided, and others are divided by
    /// the separator that leaves known labels only.
    pub fn read_known(table: &Table, column: usize, is_known: impl Fn(&str) -> bool) -> Self {
        Self::new(table, column, |cell| {
            let parts = |separator| cell.split(separator).map(str::trim).filter(|part| !part.is_empty());
            let all_known = |separator: &char| parts(*separator).all(&is_known);
            match SEPARATORS.into_iter().find(all_known).filter(|_| !is_known(cell)) {
                Some(separator) => parts(separator).collect(),
                None => vec![cell],
            }
        })
    }

    fn new(table: &Table, column: usize, divide: impl Fn(&str) -> Vec<&str>) -> Self {
        let read = |cell: &str| match list_of(cell) {
            _ if cell.is_empty() || is_missing_label(cell) => None,
            Some(parts) => Some(parts),
            None => Some(divide(cell).into_iter().map(|part| part.trim().to_owned()).collect()),
        };
        let unique = |parts: Vec<String>| {
            let mut labels: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            labels.sort_unstable();
            labels.dedup();
            labels
        };
        let rows = table.rows.iter().map(|row| read(row.fields[column].trim()).map(unique));
        LabelSets { by_row: rows.collect() }
    }

    pub fn of_row(&self, row: usize) -> Option<&[String]> {
        self.by_row[row].as_deref()
    }

    /// The number of rows with each label, among those for which `is_used` holds.
    pub fn sizes(&self, is_used: impl Fn(usize) -> bool) -> BTreeMap<&str, usize> {
        let mut sizes = BTreeMap::new();
        for (row, labels) in self.by_row.iter().enumerate() {
            for label in labels.iter().flatten().filter(|_| is_used(row)) {
                *sizes.entry(label.as_str()).or_default() += 1;
            }
        }
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[&str]) -> Table {
        let rows: String = cells
            .iter()
            .map(|cell| format!("{{\"text\": \"some text\", \"label\": {}}}\n", serde_json::json!(cell)))
            .collect();
        Table::parse("f.jsonl", rows.as_bytes()).unwrap()
    }

    fn read(cells: &[&str], separator: Option<char>) -> Vec<Option<Vec<String>>> {
        LabelSets::read(&table(cells), 1, separator).by_row
    }

    fn labels(labels: &[&str]) -> Option<Vec<String>> {
        Some(labels.iter().map(|label| (*label).to_owned()).collect())
    }

    #[test]
    fn lists_and_divided_cells_give_sorted_labels_once() {
        let cells = ["[\"b\", \"a\"]", "['c' 'a']", "b; a;b", "", "[]", "nan"];
        let expected =
            [labels(&["a", "b"]), labels(&["a", "c"]), labels(&["a", "b"]), None, labels(&[]), None];
        assert_eq!(read(&cells, Some(';')), expected);
        assert_eq!(read(&["b; a"], None), [labels(&["b; a"])]);
    }

    #[test]
    fn known_labels_decide_how_a_cell_is_divided() {
        let known = ["a", "b", "x; y"];
        let found =
            LabelSets::read_known(&table(&["x; y", "b|a", "a, b", "a; z"]), 1, |part| known.contains(&part));
        let expected = [labels(&["x; y"]), labels(&["a", "b"]), labels(&["a", "b"]), labels(&["a; z"])];
        assert_eq!(found.by_row, expected);
    }
}
