//! Finds the beginning of a table: the lines above it, and whether its first row is a header.

use super::names::{is_well_known, plain};
use super::table::Row;
use crate::spec::LeftOut;
use std::collections::{HashMap, HashSet};

/// The number of first rows that may be titles.
const MAX_TITLES: usize = 20;

/// The beginning of a table.
#[derive(Debug, PartialEq)]
pub(super) struct Head {
    /// The rows above the table, which are skipped.
    pub passed_over: Vec<LeftOut>,
    /// The index of the first row of the table: the header, or data.
    pub first: usize,
    pub has_header: bool,
    /// The number of further header rows below the header, which are skipped.
    pub more: usize,
    /// Whether the user should check `has_header`.
    pub is_unsure: bool,
    /// The number of columns, leaving out columns at the right that are blank in all rows.
    pub width: usize,
}

impl Head {
    /// Finds the beginning of a table from its first rows, which may differ in width. `has_header` is the user's
    /// setting.
    ///
    /// A title is a row whose only filled cell is the first, above a table of more columns. A comment is a row that
    /// begins with `#`. Both are skipped above a header, and if they have another number of fields than the table.
    pub fn find(rows: &[Row], has_header: Option<bool>) -> Head {
        let most = usual_width(rows);
        let is_title = |row: &Row| {
            let filled = row.fields.iter().filter(|cell| !cell.trim().is_empty()).count();
            let first = row.fields.first().map_or("", |cell| cell.trim());
            most > 1
                && (filled == 1 && !first.is_empty() && !is_well_known(first)
                    || first.starts_with('#') && !is_well_known(first.trim_start_matches('#')))
        };
        let titles = rows.iter().take(MAX_TITLES).take_while(|row| is_title(row)).count();
        let titles = if titles < rows.len() { titles } else { 0 };
        let is_other = rows[..titles].iter().all(|row| row.fields.len() != most);
        let below = header(&rows[titles..]);
        let (first, found) = match has_header.unwrap_or(below > 0.0) || is_other {
            true => (titles, below),
            false => (0, header(rows)),
        };
        let is_unsure = has_header.is_none() && found.abs() < 1.5;
        let has_header = has_header.unwrap_or(found > 0.0);
        let mut passed_over: Vec<LeftOut> = Vec::new();
        for row in &rows[..first] {
            let is_comment = row.fields[0].trim_start().starts_with('#');
            let reason = if is_comment { "comment above the table" } else { "title above the table" };
            LeftOut::add(&mut passed_over, reason, row.line);
        }
        let rows = &rows[first..];
        let more = if has_header { further_headers(rows) } else { 0 };
        for row in rows.iter().skip(1).take(more) {
            LeftOut::add(&mut passed_over, "further header below the header", row.line);
        }
        let is_filled = |column: &usize| {
            rows.iter().any(|row| row.fields.get(*column).is_some_and(|cell| !cell.trim().is_empty()))
        };
        let widest = rows.first().map_or(0, |row| row.fields.len());
        let width = (0..widest).rev().find(is_filled).map_or(widest, |last| last + 1);
        Head { passed_over, first, has_header, more, is_unsure: is_unsure && width > 1, width }
    }
}

fn usual_width(rows: &[Row]) -> usize {
    let mut widths: HashMap<usize, usize> = HashMap::new();
    for row in rows {
        *widths.entry(row.fields.len()).or_default() += 1;
    }
    widths.into_iter().max_by_key(|&(width, rows)| (rows, width)).map_or(0, |(width, _)| width)
}

/// The evidence that the first row is a header; below zero, it is evidence against that.
///
/// A table of one column has a header only if it is a well-known name. Two well-known names decide, or one that does
/// not recur in its column. Otherwise each column contributes the difference of its first cell from the others: in kind
/// (words above numbers), in length (a word above sentences), in form (capitals, question marks), and in recurrence.
fn header(rows: &[Row]) -> f64 {
    const SURE: f64 = 10.0;
    let Some((first, rest)) = rows.split_first() else { return -SURE };
    let cells: Vec<&str> = first.fields.iter().map(|cell| cell.trim()).collect();
    let columns: Vec<Column> = (0..cells.len()).map(|column| Column::new(rest, column)).collect();
    if !cells.iter().all(|cell| is_short(cell)) {
        return -SURE;
    }
    let known: Vec<usize> = (0..cells.len()).filter(|&column| is_well_known(cells[column])).collect();
    match known[..] {
        [] => {}
        [column] => return if columns[column].has(cells[column]) { -SURE } else { SURE },
        _ => return SURE,
    }
    let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
    let different: HashSet<&&str> = cells.iter().filter(|cell| !cell.is_empty()).collect();
    let has_word = cells.iter().any(|cell| cell.contains(char::is_alphabetic));
    if cells.len() < 2 || !has_word || different.len() < filled {
        return -SURE;
    }
    // most tables of several columns have a header
    let prior = 0.5;
    prior + cells.iter().zip(&columns).map(|(cell, column)| column.differs(cell)).sum::<f64>()
}

/// The number of further header rows below the header, as in exports of surveys. Qualtrics ends them with a row of
/// `{"ImportId": ...}`. Otherwise it is at most one row, which lacks a number in a column of numbers and whose values
/// do not recur.
fn further_headers(rows: &[Row]) -> usize {
    let is_import = |row: &Row| row.fields.iter().any(|cell| cell.trim_start().starts_with("{\"ImportId\""));
    if let Some(last) = rows.iter().take(4).position(is_import) {
        return last;
    }
    let [_, second, rest @ ..] = rows else { return 0 };
    if second.fields.len() < 3 || rest.len() < 8 {
        return 0;
    }
    let columns: Vec<Column> = (0..second.fields.len()).map(|column| Column::new(rest, column)).collect();
    let cells = || second.fields.iter().map(|cell| cell.trim()).zip(&columns);
    let lacks_number = cells()
        .any(|(cell, column)| !is_number(cell) && column.filled.len() >= 8 && column.share(is_number) == 1.0);
    let is_other = cells().all(|(cell, column)| cell.is_empty() || !column.has(cell));
    let filled = cells().filter(|(cell, _)| !cell.is_empty()).count();
    usize::from(lacks_number && is_other && filled >= 2)
}

fn is_short(cell: &str) -> bool {
    cell.chars().take(81).count() <= 80 && cell.split_whitespace().take(13).count() <= 12
}

/// The cells of a column below the first.
struct Column<'a> {
    /// The count of each value, in lower case.
    values: HashMap<String, usize>,
    filled: Vec<&'a str>,
}

impl<'a> Column<'a> {
    fn new(rows: &'a [Row], column: usize) -> Self {
        let cells = rows.iter().filter_map(|row| row.fields.get(column)).map(|cell| cell.trim());
        let filled: Vec<&str> = cells.filter(|cell| !cell.is_empty()).take(1000).collect();
        let mut values = HashMap::new();
        for cell in &filled {
            *values.entry(plain(cell)).or_default() += 1;
        }
        Column { values, filled }
    }

    fn has(&self, cell: &str) -> bool {
        self.values.contains_key(&plain(cell))
    }

    /// The share of the cells for which this holds.
    fn share(&self, holds: impl Fn(&str) -> bool) -> f64 {
        self.filled.iter().filter(|cell| holds(cell)).count() as f64 / self.filled.len().max(1) as f64
    }

    /// The evidence that a cell is the name of the column.
    fn differs(&self, cell: &str) -> f64 {
        if cell.is_empty() {
            return 0.0;
        }
        if self.filled.is_empty() {
            return if is_number(cell) || ends_sentence(cell) { -2.0 } else { 0.5 };
        }
        if self.has(cell) {
            return -4.0;
        }
        let numbers = self.share(is_number);
        if numbers >= 0.9 {
            return if is_number(cell) { -3.0 } else { 3.0 };
        }
        let words = |cell: &str| cell.split_whitespace().count() as f64;
        let mean = self.filled.iter().map(|cell| words(cell)).sum::<f64>() / self.filled.len() as f64;
        let form = if self.is_of_other_form(cell) { 1.0 } else { 0.0 };
        if mean >= 3.0 {
            // sentences
            let relative = words(cell) / mean;
            return match relative {
                _ if relative >= 0.5 => form - 2.0,
                _ if words(cell) <= 3.0 => form + 2.0,
                _ => form,
            };
        }
        let repeats = self.values.len() * 2 <= self.filled.len();
        let singles = self.values.values().filter(|&&times| times == 1).count();
        let again = if repeats && self.filled.len() >= 8 && singles == 0 { 1.0 } else { 0.0 };
        let ends = if ends_sentence(cell) && !repeats && form == 0.0 { -2.0 } else { 0.0 };
        again + ends + if repeats { 1.5 * form } else { form }
            - if is_number(cell) && numbers > 0.0 { 2.0 } else { 0.0 }
    }

    /// Whether hardly any other cell has the form of this one.
    fn is_of_other_form(&self, cell: &str) -> bool {
        FORMS.iter().any(|form| {
            let share = self.share(form);
            if form(cell) { share < 0.1 } else { share > 0.9 }
        })
    }
}

type Form = fn(&str) -> bool;

const FORMS: &[Form] = &[
    |cell| cell.chars().next().is_some_and(char::is_uppercase),
    |cell| cell.ends_with(['?', ':']),
    |cell| cell.contains(' '),
    |cell| cell.chars().any(|c| c.is_ascii_digit()),
];

/// Whether a cell is a number or a date, that is, has at least as many digits as other characters.
fn is_number(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    cell.parse::<f64>().is_ok() || digits > 0 && digits * 2 >= cell.chars().count()
}

fn ends_sentence(cell: &str) -> bool {
    cell.ends_with(['.', '!', '?', '…'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Row> {
        let row = |(line, content): (usize, &str)| Row {
            line: line as u64 + 1,
            fields: content.split('|').map(String::from).collect(),
        };
        text.lines().enumerate().map(row).collect()
    }

    /// A table of a first line above twenty texts with labels that recur, and columns around them.
    fn table(first: &str, before: &str, after: &str) -> Vec<Row> {
        const TEXTS: [&str; 4] = [
            "the driver got lost as always",
            "my card was charged twice and nobody helps",
            "a package was dropped again this morning",
            "the invoice is not in my account",
        ];
        let label = |row: usize| if row.is_multiple_of(2) { "delivery" } else { "billing" };
        let line = |row: usize| {
            format!("{before}{}|{}{after}\n", TEXTS[row % 4], label(row)).replace('N', &row.to_string())
        };
        rows(&format!("{first}\n{}", (0..20).map(line).collect::<String>()))
    }

    #[test]
    fn headers_are_told_from_data_by_how_they_differ_from_their_column() {
        for (first, before, after) in [
            ("text|label", "", ""),
            ("Nachricht|Kategorie", "", ""),
            ("Nachricht|2024", "", ""),
            ("What happened?|Which team?", "", ""),
            ("Zeitstempel|Was ist passiert?|Welches Team?", "2024/01/1N 10:00:00|", ""),
            ("Timestamp|What happened to you this time?|Team", "1N/02/2024|", ""),
            ("Nachricht|Kategorie||", "", "||"),
            ("nr|tekst|klasse", "N|", ""),
            ("|tekst|klasse", "N|", ""),
            ("objet|message|catégorie", "some other words here N|", ""),
            ("内容|部門", "", ""),
            ("TICKET_BODY|TEAM", "", ""),
            ("Bitte beschreiben Sie Ihr Anliegen|Abteilung|Jahr", "", "|202N"),
        ] {
            assert!(Head::find(&table(first, before, after), None).has_header, "{first}");
        }
    }

    #[test]
    fn a_row_of_data_is_no_header() {
        for (first, before, after) in [
            ("where is my stuff|track_order", "", ""),
            ("your courier was left outside since monday|delivery", "", ""),
            ("Is it here?|billing", "", ""),
            ("your courier was left outside since monday|refund", "", ""),
            ("1|where did it go this time|delivery", "N|", ""),
            ("where did it go this time|delivery|3", "", "|N"),
            ("2024-01-01|where did it go this time|refund", "2024-02-0N|", ""),
            ("it never came to us|delivery||", "", "||"),
            ("5|10|15", "N|", ""),
            ("my parcel, it is late|refund", "", ""),
        ] {
            assert!(!Head::find(&table(first, before, after), None).has_header, "{first}");
        }
    }

    #[test]
    fn one_column_has_a_header_only_by_its_name() {
        assert!(Head::find(&rows("text\na b\nc d\n"), None).has_header);
        assert!(!Head::find(&rows("Botschaften\nich warte noch\nwo ist es\n"), None).has_header);
        assert!(Head::find(&rows("Botschaften\nich warte noch\n"), Some(true)).has_header);
        assert!(!Head::find(&rows("text\na b\ntext\n"), None).has_header);
    }

    #[test]
    fn titles_and_comments_above_the_table_are_passed_over() {
        let found = |above: &str| {
            let head = Head::find(&table(&format!("{above}\ntext|label"), "", ""), None);
            let lines: Vec<u64> = head.passed_over.iter().flat_map(|left| left.lines.clone()).collect();
            (head.first, head.has_header, lines)
        };
        assert_eq!(found("# made by a tool"), (1, true, vec![1]));
        assert_eq!(found("Survey 2024|\n# on paper"), (2, true, vec![1, 2]));
        assert_eq!(found("# made by a tool|v2"), (1, true, vec![1]));
        // a line that could be a row is not skipped
        let head = Head::find(&table("a text without a label|", "", ""), None);
        assert_eq!((head.first, head.has_header), (0, false));
        let head = Head::find(&table("Survey 2024", "", ""), None);
        assert_eq!((head.first, head.has_header), (1, false));
    }

    #[test]
    fn blank_columns_at_the_right_are_no_columns() {
        assert_eq!(Head::find(&table("text|label||", "", "||"), None).width, 2);
        assert_eq!(Head::find(&table("text|label||", "", "||x"), None).width, 4);
    }
}
