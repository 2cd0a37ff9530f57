//! Workbooks of Excel and OpenDocument, whole, odd and damaged.

use std::io::{Cursor, Write};

use subtune::text::{ReadOptions, Table};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::common::workbook::{ods, row, xlsx, zipped};

fn read(name: &str, bytes: &[u8], options: &ReadOptions) -> Table {
    Table::parse_with(name, bytes, options).unwrap_or_else(|error| panic!("{error}"))
}

fn rows(table: &Table) -> Vec<(u64, Vec<&str>)> {
    table.rows.iter().map(|row| (row.line, row.fields.iter().map(String::as_str).collect())).collect()
}

fn refused(bytes: &[u8]) -> String {
    Table::parse("a.xlsx", bytes).unwrap_err().to_string()
}

#[test]
fn cells_of_every_kind_are_as_a_person_sees_them() {
    let kinds = [
        ("<c><v>1</v></c>", "1"),
        ("<c><v>2.5</v></c>", "2.5"),
        ("<c><v>-3.0</v></c>", "-3"),
        ("<c t=\"b\"><v>1</v></c>", "true"),
        ("<c s=\"1\"><v>45322</v></c>", "2024-01-31"),
        ("<c s=\"1\"><v>45322.5</v></c>", "2024-01-31 12:00:00"),
        ("<c s=\"2\"><v>1.5</v></c>", "36:00:00"),
        ("<c t=\"e\"><v>#N/A</v></c>", ""),
        ("<c t=\"str\"><f>A1</f><v>a &amp; b</v></c>", "a & b"),
        ("<c t=\"d\"><v>2024-01-31</v></c>", "2024-01-31"),
    ];
    let mut sheet = row(1, &["text", "label"]);
    for (at, (cell, _)) in kinds.iter().enumerate() {
        sheet += &row(at + 2, &["some words", cell]);
    }
    let table = read("a.xlsx", &xlsx(&[("S", &sheet)]), &ReadOptions::default());
    let expected: Vec<(u64, Vec<&str>)> =
        kinds.iter().enumerate().map(|(at, (_, field))| (at as u64 + 2, vec!["some words", field])).collect();
    assert_eq!(rows(&table), expected);
    let errors = &table.reading.left_out[0];
    assert_eq!((errors.reason.as_str(), &errors.lines[..]), ("cells with an error, read as empty", &[9][..]));
}

#[test]
fn titles_and_blank_rows_and_columns_are_passed_over() {
    let sheet = [
        row(2, &["", "Survey of 2024"]),
        row(4, &["", "Nachricht", "Kategorie"]),
        row(5, &["", "ich warte noch immer auf das Paket", "Lieferung"]),
        row(7, &["", "die Rechnung ist schon wieder falsch", "Rechnung"]),
    ];
    let table = read("a.xlsx", &xlsx(&[("S", &sheet.concat())]), &ReadOptions::default());
    assert_eq!(table.columns, ["Nachricht", "Kategorie"]);
    assert_eq!((table.reading.header_line, table.reading.left_out[0].lines[0]), (Some(4), 2));
    assert_eq!(rows(&table).iter().map(|row| row.0).collect::<Vec<_>>(), [5, 7]);
}

#[test]
fn the_first_sheet_with_rows_is_read_unless_another_is_named() {
    let of = |text: &str| row(1, &["text", "label"]) + &row(2, &[text, "x"]);
    let bytes = xlsx(&[("Notes", ""), ("Data", &of("a b")), ("More", &of("c d"))]);
    let named = |sheet: Option<&str>| {
        let options = ReadOptions { sheet: sheet.map(String::from), ..ReadOptions::default() };
        let table = read("a.xlsx", &bytes, &options);
        (table.reading.sheet.unwrap(), table.rows[0].fields[0].clone(), table.reading.other_sheets.len())
    };
    assert_eq!(named(None), ("Data".into(), "a b".into(), 2));
    assert_eq!(named(Some("more")), ("More".into(), "c d".into(), 2));
    assert_eq!(named(Some("3")), ("More".into(), "c d".into(), 2));
    let empty = ReadOptions { sheet: Some("Notes".into()), ..ReadOptions::default() };
    let error = Table::parse_with("a.xlsx", &bytes, &empty).unwrap_err().to_string();
    assert!(error.contains("the sheet \"Notes\" is empty"), "{error}");
}

#[test]
fn opendocument_is_read_with_what_it_repeats() {
    let cell = |text: &str| {
        format!(r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#)
    };
    let number = r#"<table:table-cell office:value-type="float" office:value="2"><text:p>2,0</text:p></table:table-cell>"#;
    let line = |cells: &str| format!("<table:table-row>{cells}</table:table-row>");
    let blank = r#"<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>"#;
    let content = [
        line(&(cell("text") + &cell("label"))),
        line(&(cell("a b") + number)),
        line(&(cell("c d") + &cell("y"))),
        blank.into(),
    ];
    let table = read("a.ods", &ods(&content.concat()), &ReadOptions::default());
    assert_eq!(table.reading.format, "OpenDocument workbook");
    assert_eq!(rows(&table), [(2, vec!["a b", "2"]), (3, vec!["c d", "y"])]);
}

const OLD: &[u8] = include_bytes!("inputs/xls-of-excel-97.xls");

#[test]
fn workbooks_of_excel_97_are_read() {
    let table = read("a.xls", OLD, &ReadOptions::default());
    assert_eq!((table.reading.format.as_str(), table.reading.header_line), ("Excel workbook (xls)", Some(1)));
    assert_eq!(
        (table.reading.sheet.as_deref(), &table.reading.other_sheets[..]),
        (Some("Sheet1"), &["Hidden".into()][..])
    );
    assert_eq!(table.columns, ["text", "label", "day", "n", "f", "dur"]);
    let found = |row: usize| table.rows[row].fields.iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(found(0), ["ein schöner Text 0 漢字", "a", "2024-01-31", "1", "", "36:00:00"]);
    assert_eq!(found(1), ["ein schöner Text 1 漢字", "b", "2024-01-31", "2.5", "", "36:00:00"]);
    assert_eq!(found(2)[3], "-3");
    assert_eq!((table.rows[40].line, found(40)[1]), (42, "true"));
    let hidden =
        ReadOptions { sheet: Some("hidden".into()), has_header: Some(false), ..ReadOptions::default() };
    assert_eq!(read("a.xls", OLD, &hidden).rows[0].fields, ["x"]);
    for (length, says) in
        [(8, "it ends too early"), (600, "it ends too early"), (OLD.len() / 2, "it ends too early")]
    {
        assert!(refused(&OLD[..length]).contains(says), "{length}: {}", refused(&OLD[..length]));
    }
}

#[test]
fn the_sheet_is_a_table_that_is_not_hidden() {
    let table = |word: &str| row(1, &["text", "label"]) + &row(2, &[word, "x"]) + &row(3, &[word, "y"]);
    let note = row(1, &["Export of the help desk"]) + &row(2, &["made in January"]);
    let many = (1..9).map(|at| row(at, &["some words to label"])).collect::<String>();
    for (name, sheets, expected) in [
        ("notes first", vec![("Info", note.clone()), ("Data", table("a b"))], "Data"),
        (
            "a list of choices first",
            vec![("Lists", row(1, &["billing", "delivery"])), ("Data", table("a b"))],
            "Data",
        ),
        ("texts without labels, and a small table", vec![("Texts", many), ("Legend", table("a b"))], "Texts"),
        ("two tables", vec![("One", table("a b")), ("Two", table("c d") + &row(4, &["e", "x"]))], "One"),
        ("notes alone", vec![("Info", note)], "Info"),
    ] {
        let sheets: Vec<(&str, &str)> = sheets.iter().map(|(name, rows)| (*name, rows.as_str())).collect();
        let found = read("a.xlsx", &xlsx(&sheets), &ReadOptions::default()).reading.sheet;
        assert_eq!(found.as_deref(), Some(expected), "{name}");
    }
}

#[test]
fn hostile_workbooks_are_refused_before_they_are_unpacked() {
    let far = row(1, &["<c><v>1</v></c>"]) + r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
    assert!(refused(&xlsx(&[("S", &far)])).contains("too many columns"));
    let open = xlsx(&[("S", "<row><c>")]);
    assert!(refused(&open).contains("is damaged"));
    let repeated = format!(
        r#"<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>{}</text:p></table:table-cell></table:table-row>"#,
        "x".repeat(1000)
    );
    assert!(refused(&ods(&repeated)).contains("counting repeated ones"));
    let bomb = zipped(&[("xl/workbook.xml", format!("<a>{}</a>", " ".repeat(80 << 20)))]);
    assert!(bomb.len() < 1 << 20);
    assert!(refused(&bomb).contains("a text of more than 16 MiB"));
    assert!(refused(&zipped(&[("a.csv", "text,label\n".into())])).contains("found a zip archive"));
    let texts = zipped(&[
        ("xl/workbook.xml", "<a/>".into()),
        ("xl/sharedStrings.xml", r#"<sst uniqueCount="9223372036854775807"/>"#.into()),
    ]);
    assert!(refused(&texts).contains("too many texts"));
}

/// Damages bytes in one to four places: it changes a byte, or drops or repeats some.
fn damaged(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below.max(1)
    };
    let mut bytes = bytes.to_vec();
    for _ in 0..=next(4) {
        if bytes.is_empty() {
            break;
        }
        let at = next(bytes.len());
        let length = next(40).min(bytes.len() - at);
        match next(3) {
            0 => bytes[at] = next(256) as u8,
            1 => drop(bytes.drain(at..at + length)),
            _ => {
                let part = bytes[at..at + length].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

#[test]
fn damaged_workbooks_and_parquet_are_read_or_refused() {
    let sheet =
        row(1, &["text", "label"]) + &row(2, &["a b", "<c s=\"1\"><v>45322</v></c>"]) + &row(3, &["c", "x"]);
    let workbooks = [
        xlsx(&[("S", &sheet)]),
        ods(
            r#"<table:table-row><table:table-cell office:value-type="string"><text:p>a b</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2" office:value="2"/></table:table-row>"#,
        ),
    ];
    let mut outcomes = [0, 0];
    let mut read = |name: &str, bytes: &[u8]| match Table::parse(name, bytes) {
        Ok(table) => {
            assert!(table.rows.iter().all(|row| row.fields.len() == table.columns.len()));
            outcomes[0] += 1;
        }
        Err(error) => {
            assert!(!error.to_string().contains('\n'));
            outcomes[1] += 1;
        }
    };
    for workbook in &workbooks {
        for seed in 0..400 {
            // first the XML in a sound archive, then the archive itself
            let mut archive = zip::ZipArchive::new(Cursor::new(&workbook[..])).unwrap();
            let chosen = seed as usize % archive.len();
            let mut parts = Vec::new();
            for index in 0..archive.len() {
                let mut entry = archive.by_index(index).unwrap();
                let mut content = Vec::new();
                std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
                let content = if index == chosen { damaged(&content, seed) } else { content };
                parts.push((entry.name().unwrap().into_owned(), content));
            }
            let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
            for (name, content) in parts {
                writer.start_file(name, SimpleFileOptions::default()).unwrap();
                writer.write_all(&content).unwrap();
            }
            read("a.xlsx", &writer.finish().unwrap().into_inner());
            read("a.xlsx", &damaged(workbook, seed));
        }
    }
    for seed in 0..4000 {
        read("a.xls", &damaged(OLD, seed));
        // most of what can go wrong is in the first sectors
        let (start, rest) = OLD.split_at(2048);
        read("a.xls", &[&damaged(start, seed), rest].concat());
    }
    let parquet = include_bytes!("inputs/074-parquet/train-00000-of-00001.parquet");
    for seed in 0..2000 {
        read("a.parquet", &damaged(parquet, seed));
    }
    assert!(outcomes[0] > 50 && outcomes[1] > 500, "{outcomes:?}");
}
