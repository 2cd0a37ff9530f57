//! Workbooks of Excel (xlsx, xlsm, xls) and OpenDocument (ods): one sheet as a table.

use std::collections::HashSet;
use std::io::{BufReader, Cursor, Read};
use std::ops::ControlFlow;

use calamine::{
    CellErrorType, Data, ExcelDateTime, ExcelDateTimeType, Ods, Reader, Sheet, SheetVisible, Xlsx,
};
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::xls;
use crate::error::{Error, Result};
use crate::spec::quote::{list, quoted};
use crate::spec::{LeftOut, Reading};
use crate::text::records::{MAX_COLUMNS, MAX_FIELDS, check_field, check_rows};
use crate::text::rows::grid;
use crate::text::table::{ReadOptions, Row, Table};

/// The size of all parts together, unpacked.
const MAX_UNPACKED_BYTES: u64 = 1 << 30;
const MAX_TEXT_BYTES: usize = 16 << 20;
const MAX_DEPTH: usize = 1000;

/// A cell that is not empty: row and column from 0.
type Cell = (u32, u32, String);

/// Reads the requested sheet, or the first with a table. Numbers are as short as possible (1, not 1.0), and dates are
/// 2024-01-31, with a time if they have one. A cell with an error is empty.
///
/// # Errors
/// The bytes are not a workbook, or damaged, or the workbook lacks the sheet or has more than a table may have.
pub fn table(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Table> {
    let broken = |error: &dyn std::fmt::Display| {
        Error::data(
            file,
            None,
            format!("cannot be read as a workbook ({error}); save it again as xlsx, or as CSV"),
        )
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let has = |archive: &ZipArchive<_>, name: &str| archive.index_for_name(name).is_some();
    let is_excel = has(&archive, "xl/workbook.xml");
    if !is_excel && !has(&archive, "content.xml") {
        return Err(Error::data(
            file,
            None,
            "found a zip archive that is not an xlsx or ods workbook; expected one file of data: unpack it",
        ));
    }
    check(file, &mut archive)?;
    let (format, names, sheet, cells) = if is_excel {
        let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
        let (names, hidden) = sheets(workbook.sheets_metadata());
        let (sheet, cells) = chosen_sheet(file, &names, &hidden, options, |name| {
            let mut cells = Cells::default();
            let mut reader = match workbook.worksheet_cells_reader(name) {
                Ok(reader) => reader,
                // a sheet of charts
                Err(_) if options.sheet.is_none() => return Ok(cells),
                Err(error) => return Err(broken(&error)),
            };
            while let Some(cell) = reader.next_cell().map_err(|error| broken(&error))? {
                let (row, column) = cell.get_position();
                cells.add(file, row, column, &Data::from(cell.get_value().clone()))?;
            }
            Ok(cells)
        })?;
        ("Excel workbook", names, sheet, cells)
    } else {
        let mut workbook = Ods::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
        let (names, hidden) = sheets(workbook.sheets_metadata());
        let (sheet, cells) = chosen_sheet(file, &names, &hidden, options, |name| {
            let range = workbook.worksheet_range(name).map_err(|error| broken(&error))?;
            let (top, left) = range.start().unwrap_or_default();
            let mut cells = Cells::default();
            for (row, column, value) in range.used_cells() {
                cells.add(file, top + row as u32, left + column as u32, value)?;
            }
            Ok(cells)
        })?;
        ("OpenDocument workbook", names, sheet, cells)
    };
    finished(file, format, names, sheet, cells, options)
}

/// Like [`table`], for a workbook of Excel 97 to 2003.
///
/// # Errors
/// Those of [`table`], or the workbook has a password or is older.
pub fn old_table(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Table> {
    let broken = |error: String| {
        let message = format!(
            "cannot be read as an Excel workbook ({error}); save it as xlsx without a password, or as CSV"
        );
        Error::data(file, None, message)
    };
    let workbook = xls::Workbook::new(bytes).map_err(broken)?;
    let names: Vec<String> = workbook.sheets.iter().map(|sheet| sheet.name.clone()).collect();
    let hidden: Vec<bool> = workbook.sheets.iter().map(|sheet| sheet.is_hidden).collect();
    let (sheet, cells) = chosen_sheet(file, &names, &hidden, options, |name| {
        let (mut cells, mut full) = (Cells::default(), Ok(()));
        let Some(sheet) = workbook.sheets.iter().find(|sheet| sheet.name == name) else { return Ok(cells) };
        let date = |days, kind| Data::DateTime(ExcelDateTime::new(days, kind, workbook.is_1904));
        let read = workbook.cells(sheet, |row, column, value| {
            let value = match value {
                xls::Value::Number(number) => Data::Float(number),
                xls::Value::Date(days) => date(days, ExcelDateTimeType::DateTime),
                xls::Value::Duration(days) => date(days, ExcelDateTimeType::TimeDelta),
                xls::Value::Text(text) => Data::String(text),
                xls::Value::Bool(value) => Data::Bool(value),
                xls::Value::Error => Data::Error(CellErrorType::NA),
            };
            full = cells.add(file, row, column, &value);
            if full.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        full?;
        read.map_err(broken)?;
        Ok(cells)
    })?;
    finished(file, "Excel workbook (xls)", names, sheet, cells, options)
}

fn finished(
    file: &str,
    format: &str,
    names: Vec<String>,
    sheet: String,
    cells: Cells,
    options: &ReadOptions,
) -> Result<Table> {
    let rows = rows(file, cells.filled)?;
    let mut table = grid(file, rows, options.has_header)?;
    let mut left_out = std::mem::take(&mut table.reading.left_out);
    for line in cells.errors {
        LeftOut::add(&mut left_out, "cells with an error, read as empty", line);
    }
    table.reading = Reading {
        format: format.into(),
        other_sheets: names.into_iter().filter(|name| *name != sheet).collect(),
        sheet: Some(sheet),
        left_out,
        ..table.reading
    };
    Ok(table)
}

/// The names of the sheets, and which of them are hidden.
fn sheets(sheets: &[Sheet]) -> (Vec<String>, Vec<bool>) {
    sheets.iter().map(|sheet| (sheet.name.clone(), sheet.visible != SheetVisible::Visible)).unzip()
}

/// Chooses the sheet to read and returns its cells: the requested sheet, or otherwise the first visible one. If that
/// has one column or one row, as notes do, a later table with more rows takes its place. A hidden sheet is read if no
/// other has rows.
fn chosen_sheet(
    file: &str,
    names: &[String],
    hidden: &[bool],
    options: &ReadOptions,
    mut cells: impl FnMut(&str) -> Result<Cells>,
) -> Result<(String, Cells)> {
    let nothing = |what: String| {
        Error::data(file, None, format!("{what} is empty; expected a table with a text and a label column"))
    };
    if let Some(wanted) = &options.sheet {
        let number = wanted.trim().parse::<usize>().ok().and_then(|number| names.get(number.wrapping_sub(1)));
        let same = |name: &&String| name.trim().to_lowercase() == wanted.trim().to_lowercase();
        let Some(name) = names.iter().find(|name| *name == wanted).or(names.iter().find(same)).or(number)
        else {
            let message = format!(
                "no sheet {} (sheet); the sheets are {}, or their numbers from 1",
                quoted(wanted),
                list(names)
            );
            return Err(Error::data(file, None, message));
        };
        let cells = cells(name)?;
        return match cells.filled.is_empty() {
            true => Err(nothing(format!("the sheet {}", quoted(wanted)))),
            false => Ok((name.clone(), cells)),
        };
    }
    let mut found: Option<(&String, Cells)> = None;
    for is_hidden in [false, true] {
        for (name, _) in names.iter().zip(hidden).filter(|(_, hidden)| **hidden == is_hidden) {
            let next = cells(name)?;
            let is_better = match &found {
                None => !next.filled.is_empty(),
                Some((_, first)) => {
                    is_table(&next.filled) && different_rows(&next.filled) > different_rows(&first.filled)
                }
            };
            if is_better {
                found = Some((name, next));
            }
            if found.as_ref().is_some_and(|(_, cells)| is_table(&cells.filled)) {
                break;
            }
        }
        if found.is_some() {
            break;
        }
    }
    found.map(|(name, cells)| (name.clone(), cells)).ok_or_else(|| nothing("the workbook".into()))
}

/// Whether the cells fill several columns and several rows.
fn is_table(cells: &[Cell]) -> bool {
    different_rows(cells) > 1 && cells.iter().any(|(_, column, _)| *column != cells[0].1)
}

fn different_rows(cells: &[Cell]) -> usize {
    cells.iter().map(|(row, _, _)| row).collect::<HashSet<_>>().len()
}

/// The cells of a sheet that are not empty.
#[derive(Default)]
struct Cells {
    filled: Vec<Cell>,
    bytes: usize,
    /// The rows of cells with an error.
    errors: Vec<u64>,
}

impl Cells {
    fn add(&mut self, file: &str, row: u32, column: u32, value: &Data) -> Result<()> {
        let line = u64::from(row) + 1;
        let field = match value {
            Data::Empty => return Ok(()),
            Data::Int(value) => value.to_string(),
            Data::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => (*value as i64).to_string(),
            Data::Float(value) => value.to_string(),
            Data::Bool(value) => value.to_string(),
            Data::DateTime(value) => date(value),
            Data::String(value) | Data::DateTimeIso(value) | Data::DurationIso(value) => value.clone(),
            Data::Error(_) => {
                self.errors.push(line);
                return Ok(());
            }
        };
        if field.trim().is_empty() {
            return Ok(());
        }
        check_field(file, line, field.len())?;
        // the file may hold a text once for any number of cells, so its size does not bound this sum
        self.bytes += field.len();
        self.filled.push((row, column, field));
        if self.filled.len() > MAX_FIELDS || self.bytes as u64 > MAX_UNPACKED_BYTES {
            return Err(too_large(file, "cells"));
        }
        Ok(())
    }
}

fn date(value: &ExcelDateTime) -> String {
    let seconds = (value.as_f64() * 86400.0).round();
    if value.is_duration() && seconds.abs() < 1e12 {
        let (sign, seconds) = (if seconds < 0.0 { "-" } else { "" }, seconds.abs() as u64);
        return format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    if !(0.0..2_958_466.0).contains(&value.as_f64()) {
        return value.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    match (value.as_f64() < 1.0, hour == 0 && minute == 0 && second == 0) {
        (true, _) => time,
        (false, true) => format!("{year:04}-{month:02}-{day:02}"),
        (false, false) => format!("{year:04}-{month:02}-{day:02} {time}"),
    }
}

/// Makes rows of the cells, leaving out blank rows and blank columns at both sides.
fn rows(file: &str, mut cells: Vec<Cell>) -> Result<Vec<Row>> {
    cells.sort_by_key(|(row, column, _)| (*row, *column));
    let left = cells.iter().map(|(_, column, _)| *column).min().unwrap_or(0);
    let width = cells.iter().map(|(_, column, _)| *column - left).max().unwrap_or(0) as usize + 1;
    if width > MAX_COLUMNS {
        return Err(too_large(file, "columns"));
    }
    let mut rows: Vec<Row> = Vec::new();
    for (row, column, field) in cells {
        let line = u64::from(row) + 1;
        if rows.last().is_none_or(|last| last.line != line) {
            rows.push(Row { line, fields: vec![String::new(); width] });
            // the header does not count
            check_rows(file, rows.len() - 1, width)?;
        }
        if let Some(last) = rows.last_mut() {
            last.fields[(column - left) as usize] = field;
        }
    }
    Ok(rows)
}

fn too_large(file: &str, what: &str) -> Error {
    Error::data(
        file,
        None,
        format!(
            "the workbook has too many {what}; expected at most 1000 columns and {MAX_FIELDS} cells of 1024 MiB together: take \
             a sample"
        ),
    )
}

/// Reads all XML of a workbook before calamine does, because calamine trusts it. Each part must be well-formed, and the
/// whole must be small enough once it is unpacked and repeated cells are written out.
fn check(file: &str, archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<()> {
    let broken = |error: &dyn std::fmt::Display| {
        Error::data(
            file,
            None,
            format!("the workbook is damaged ({error}); save it again as xlsx, or as CSV"),
        )
    };
    let mut left = MAX_UNPACKED_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| broken(&error))?;
        let name = entry.name().map_err(|error| broken(&error))?.to_lowercase();
        if !name.ends_with(".xml") && !name.ends_with(".rels") {
            continue;
        }
        let mut part = entry.take(left + 1);
        let sound = check_part(&mut part);
        left = part.limit().saturating_sub(1);
        if part.limit() == 0 {
            let message =
                "the workbook has more than 1024 MiB unpacked; expected less: split it or take a sample";
            return Err(Error::data(file, None, message));
        }
        sound.map_err(|error| broken(&error))?;
    }
    Ok(())
}

fn check_part(part: &mut impl Read) -> std::result::Result<(), String> {
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(Bounded { source: part, since: 0 }));
    let mut buffer = Vec::new();
    let (mut depth, mut strings) = (0_usize, 0_usize);
    let mut sheet = Repeats::default();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).map_err(|error| error.to_string())?;
        sheet.bytes(event.len());
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.local_name();
                let is_string = name.as_ref() == "si";
                strings += usize::from(is_string);
                if is_string && strings > MAX_FIELDS || number(start, "uniqueCount") > MAX_FIELDS {
                    return Err("too many texts".into());
                }
                sheet.open(start)?;
                if matches!(event, Event::Start(_)) {
                    depth += 1;
                } else if let Event::Empty(empty) = &event {
                    sheet.close(empty.name().as_ref())?;
                }
            }
            Event::End(end) => {
                depth -= 1;
                sheet.close(end.name().as_ref())?;
            }
            Event::DocType(_) => return Err("a document type".into()),
            Event::Eof if depth == 0 => return Ok(()),
            Event::Eof => return Err("an element is not closed".into()),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err("its elements are nested too deeply".into());
        }
    }
}

/// A source of XML that fails if a text or a tag is too long, because a reader would hold all of it in memory.
struct Bounded<R> {
    source: R,
    /// The number of bytes since the last angle bracket.
    since: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        let bracket = buffer[..read].iter().rposition(|byte| matches!(byte, b'<' | b'>'));
        self.since = bracket.map_or(self.since + read, |at| read - at);
        match self.since > MAX_TEXT_BYTES {
            true => Err(std::io::Error::other("it holds a text of more than 16 MiB")),
            false => Ok(read),
        }
    }
}

/// The number in an attribute: 0 without the attribute, and the largest number if it is not a number.
fn number(start: &BytesStart, attribute: &str) -> usize {
    match start.try_get_attribute(attribute) {
        Ok(None) => 0,
        Ok(Some(found)) => found.value.trim().parse().unwrap_or(usize::MAX),
        Err(_) => usize::MAX,
    }
}

/// The size of an OpenDocument sheet with its repeated cells and rows written out.
#[derive(Default)]
struct Repeats {
    row_repeats: usize,
    cell_repeats: usize,
    cell_bytes: usize,
    /// The bytes of the current row, then its cells up to the last filled one, then all its cells.
    row_bytes: usize,
    filled: usize,
    cells: usize,
    /// The rows of the sheet so far, then the widest of them, then all bytes.
    rows: usize,
    width: usize,
    sheet_bytes: usize,
}

impl Repeats {
    fn bytes(&mut self, bytes: usize) {
        self.cell_bytes += bytes;
    }

    fn open(&mut self, start: &BytesStart) -> std::result::Result<(), String> {
        match start.name().as_ref() {
            "table:table-row" => {
                self.row_repeats = number(start, "table:number-rows-repeated").max(1);
                (self.row_bytes, self.filled, self.cells) = (0, 0, 0);
            }
            "table:table-cell" | "table:covered-table-cell" => {
                self.cell_repeats = number(start, "table:number-columns-repeated").max(1);
                self.cell_bytes = start.len();
                let has_value = start.attributes().flatten().any(|attribute| {
                    let key = attribute.key.as_ref();
                    key.starts_with("office:") || key == "table:formula"
                });
                if has_value {
                    self.filled = usize::MAX;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> std::result::Result<(), String> {
        match name {
            "table:table-cell" | "table:covered-table-cell" => {
                self.cells = self.cells.saturating_add(self.cell_repeats);
                if self.filled == usize::MAX {
                    self.filled = self.cells;
                    self.row_bytes =
                        self.row_bytes.saturating_add(self.cell_bytes.saturating_mul(self.cell_repeats));
                }
            }
            "table:table-row" => {
                self.rows = self.rows.saturating_add(self.row_repeats);
                if self.filled > 0 {
                    self.width = self.width.max(self.filled);
                    self.sheet_bytes =
                        self.sheet_bytes.saturating_add(self.row_bytes.saturating_mul(self.row_repeats));
                    if self.rows.saturating_mul(self.width) > MAX_FIELDS
                        || self.sheet_bytes as u64 > MAX_UNPACKED_BYTES
                    {
                        return Err(format!(
                            "more than {MAX_FIELDS} cells, or 1024 MiB, counting repeated ones"
                        ));
                    }
                }
            }
            "table:table" => {
                *self = Repeats { sheet_bytes: self.sheet_bytes, ..Repeats::default() };
            }
            _ => {}
        }
        Ok(())
    }
}
