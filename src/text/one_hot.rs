//! Several columns of 0 and 1, a label each, are read as one column of lists.

use serde_json::json;

use super::columns::{ColumnChoice, flag_columns};
use super::labels::is_flag;
use super::table::{Row, Table};
use crate::error::{Error, Result};
use crate::spec::quote::quoted;

/// The table with one label column in place of its columns of 0 and 1, and the choice of that column; nothing if its
/// labels do not stand in such columns. The columns are those that `choice.label` names, separated by commas, or else
/// all columns of 0 and 1, if there are three or more and no other column could be the label. The new column has their
/// names, separated by commas, so that it can be named the same way again.
///
/// # Errors
/// A named column holds something other than 0 and 1 (or yes-or-no words).
pub(crate) fn folded(table: &Table, choice: &ColumnChoice) -> Result<Option<(Table, ColumnChoice)>> {
    let flags = match &choice.label {
        Some(names) => named(table, names),
        None => flag_columns(table, choice),
    };
    if flags.len() < 2 {
        return Ok(None);
    }
    let is_wrong = |row: &&Row| flags.iter().any(|column| !is_flag(row.fields[*column].trim()));
    if let Some(row) = table.rows.iter().find(is_wrong) {
        let cell = flags.iter().map(|column| row.fields[*column].trim()).find(|cell| !is_flag(cell));
        let message = format!(
            "found {} in a column of several labels; expected 0 or 1: name the columns of 0 and 1 with label_column",
            quoted(cell.unwrap_or_default())
        );
        return Err(Error::data(&table.file, row.line, message));
    }
    let names: Vec<&str> = flags.iter().map(|column| table.columns[*column].as_str()).collect();
    let name = names.join(", ");
    let kept: Vec<usize> = (0..table.columns.len()).filter(|column| !flags.contains(column)).collect();
    let row = |row: &Row| {
        let cells: Vec<&str> = flags.iter().map(|column| row.fields[*column].trim()).collect();
        let has = |cell: &str| matches!(cell, "1" | "1.0") || cell.eq_ignore_ascii_case("true");
        let labels: Vec<&str> =
            names.iter().zip(&cells).filter(|(_, cell)| has(cell)).map(|(name, _)| *name).collect();
        // a row of empty cells has no answer
        let answered = cells.iter().any(|cell| !cell.is_empty());
        let cell = if answered { json!(labels).to_string() } else { String::new() };
        let fields = kept.iter().map(|column| row.fields[*column].clone()).chain([cell]);
        Row { line: row.line, fields: fields.collect() }
    };
    let columns = kept.iter().map(|column| table.columns[*column].clone()).chain([name.clone()]);
    let folded =
        Table { columns: columns.collect(), rows: table.rows.iter().map(row).collect(), ..table.clone() };
    // a number names a column by its place, which has changed
    let renamed = |column: &Option<String>| {
        let place =
            column.as_ref().filter(|name| !table.columns.contains(name)).and_then(|name| name.parse().ok());
        let place = place.and_then(|place: usize| table.columns.get(place.checked_sub(1)?));
        place.or(column.as_ref()).cloned()
    };
    let choice = ColumnChoice { text: renamed(&choice.text), pair: renamed(&choice.pair), label: Some(name) };
    Ok(Some((folded, choice)))
}

/// The columns of a list of names; none if it is the name of one column, or a part of it names none.
fn named(table: &Table, names: &str) -> Vec<usize> {
    if table.columns.iter().any(|column| column == names.trim()) {
        return Vec::new();
    }
    let place = |name: &str| table.columns.iter().position(|column| column == name.trim());
    names.split(',').map(place).collect::<Option<Vec<usize>>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &str) -> Table {
        Table::parse("f.csv", rows.as_bytes()).unwrap()
    }

    fn choice(text: &str, label: Option<&str>) -> ColumnChoice {
        ColumnChoice { text: Some(text.into()), pair: None, label: label.map(String::from) }
    }

    #[test]
    fn named_columns_of_0_and_1_become_one_of_lists() {
        let table =
            table("id,text,toxic,rude\n7,some text here,1,0\n8,other text here,0,0\n9,a third text,,\n");
        let (folded, choice) = folded(&table, &choice("2", Some("toxic,rude"))).unwrap().unwrap();
        assert_eq!(folded.columns, ["id", "text", "toxic, rude"]);
        let cells: Vec<&str> = folded.rows.iter().map(|row| row.fields[2].as_str()).collect();
        assert_eq!(cells, ["[\"toxic\"]", "[]", ""]);
        assert_eq!((choice.text.as_deref(), choice.label.as_deref()), (Some("text"), Some("toxic, rude")));
    }

    #[test]
    fn a_name_with_a_comma_and_single_columns_stay_as_they_are() {
        let table = table("text,\"a, b\",c\nsome text,1,0\nother text,0,1\n");
        for label in ["a, b", "c", "c, nothing", "missing"] {
            assert!(folded(&table, &choice("text", Some(label))).unwrap().is_none(), "{label}");
        }
    }

    #[test]
    fn a_cell_that_is_neither_0_nor_1_is_named() {
        let table = table("text,toxic,rude\nsome text,1,0\nother text,maybe,1\n");
        let error = folded(&table, &choice("text", Some("toxic, rude"))).unwrap_err().to_string();
        assert!(error.starts_with("f.csv, line 3: found \"maybe\""), "{error}");
    }
}
