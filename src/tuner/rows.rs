//! A data file as it stands, for a person who labels it.

use serde::Serialize;

use crate::spec::DataArguments;
use crate::text::{ColumnChoice, Columns, Table};

#[derive(Serialize)]
pub struct Rows {
    columns: Vec<String>,
    has_header: bool,
    /// A field for each column.
    rows: Vec<Vec<String>>,
    /// The columns, as far as they are clear.
    text_column: Option<String>,
    pair_column: Option<String>,
    label_column: Option<String>,
}

impl Rows {
    pub fn new(table: Table, data: &DataArguments) -> Self {
        let choice = ColumnChoice::new(data);
        let unlabelled = ColumnChoice { label: None, ..choice.clone() };
        let labelled = Columns::choose(&table, &choice, true);
        let found = labelled.or_else(|_| Columns::choose(&table, &unlabelled, false)).ok();
        let name = |column: usize| table.columns[column].clone();
        Rows {
            text_column: found.map(|columns| name(columns.text)),
            pair_column: found.and_then(|columns| columns.pair).map(name),
            label_column: found.and_then(|columns| columns.label).map(name),
            has_header: table.has_header,
            rows: table.rows.into_iter().map(|row| row.fields).collect(),
            columns: table.columns,
        }
    }
}
