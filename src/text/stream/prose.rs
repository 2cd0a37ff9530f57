//! Files of texts without anything else, whose commas are punctuation.

use crate::text::decode::decode;
use crate::text::names::is_well_known;
use crate::text::reading::Reading;
use crate::text::table::{Layout, Row, Table, extension};

/// A table of one column with the lines of a text, if that is what the text is: no line is quoted, and either the first
/// is a well-known column name and nothing else, or every comma and semicolon is followed by a blank as in a sentence.
pub(super) fn table(file: &str, bytes: &[u8]) -> Option<Table> {
    let text = decode(file, bytes, &mut Vec::new()).ok()?;
    if extension(file) == "tsv" {
        return None;
    }
    let mut lines = text.lines().zip(1u64..).filter(|(line, _)| !line.trim().is_empty()).peekable();
    let (first, first_line) = *lines.peek()?;
    let has_header = is_well_known(first);
    let all = || text.lines().filter(|line| !line.trim().is_empty());
    if !all().any(|line| line.contains([',', ';']))
        || all().any(|line| {
            line.starts_with('"') || line.contains('\t') || line.trim_start().starts_with(['{', '['])
        })
        || !has_header && !all().all(is_sentence)
        || first.split([',', ';']).count() > 1 && first.split([',', ';']).any(is_well_known)
        || has_numbers(all())
    {
        return None;
    }
    let columns = vec![if has_header { first.trim().to_owned() } else { "1".into() }];
    let rows: Vec<Row> = lines
        .skip(usize::from(has_header))
        .map(|(line, number)| Row { line: number, fields: vec![line.to_owned()] })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let reading = Reading {
        format: "lines of text".into(),
        header_line: has_header.then_some(first_line),
        rows: rows.len(),
        ..Reading::default()
    };
    let note = "each line is taken for one text, because its commas look like punctuation; name --text-column if the \
                file has several columns";
    Some(Table {
        file: file.into(),
        columns,
        has_header,
        rows,
        reading,
        notes: vec![note.into()],
        layout: Layout::Lines,
    })
}

/// Whether no comma or semicolon separates what a blank does not separate too.
fn is_sentence(line: &str) -> bool {
    let line = line.trim_end();
    line.match_indices([',', ';']).all(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + 1..].chars().next());
        let is_digit =
            |character: Option<char>| character.is_some_and(|character| character.is_ascii_digit());
        after.is_none_or(char::is_whitespace) || is_digit(before) && is_digit(after)
    })
}

/// Whether the lines have equally many cells and one of them holds a number everywhere.
fn has_numbers<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let mut numbers: Option<Vec<bool>> = None;
    for line in lines {
        let cells = line.split([',', ';']).map(|cell| cell.trim().parse::<f64>().is_ok());
        match &mut numbers {
            None => numbers = Some(cells.collect()),
            Some(numbers) => {
                let cells: Vec<bool> = cells.collect();
                if cells.len() != numbers.len() {
                    return false;
                }
                numbers.iter_mut().zip(cells).for_each(|(number, cell)| *number &= cell);
            }
        }
    }
    numbers.is_some_and(|numbers| numbers.len() > 1 && numbers.contains(&true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_with_commas_are_one_column() {
        let lines =
            |text: &str| table("a.csv", text.as_bytes()).map(|table| (table.has_header, table.rows.len()));
        assert_eq!(lines("hello, a package\nhello, the shipment\n"), Some((false, 2)));
        assert_eq!(lines("text\na package\nhello, it is here;\n"), Some((true, 2)));
        assert_eq!(lines("text\na,b\n"), Some((true, 1)));
        assert_eq!(lines("it costs 1,000, they say\n\nbye,\n"), Some((false, 2)));
        for table in [
            "a,b\nc,d\n",
            "a, b\nc,d\n",
            "id, text\n1, a\n",
            "1, good film\n2, bad film\n",
            "text\n\"a, b\"\n",
            "\"a, b\"\nc, d\n",
            "no commas\n",
            "{\"text\": \"a, b\"}\n",
            "a\tb, c\n",
            "text, label\na, b\n",
            "",
        ] {
            assert_eq!(lines(table), None, "{table}");
        }
    }
}
