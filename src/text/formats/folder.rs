//! A folder that holds a folder of texts for each class.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::spec::quote::count;
use crate::spec::{LeftOut, Reading};
use crate::text::decode::{Decoded, check_size};
use crate::text::records::{MAX_FIELD_BYTES, check_field, check_rows};
use crate::text::table::{EXPECTED, Row, Table};

/// Reads the `.txt` files in the subfolders of a folder. Each file is a text, and the name of its folder is the label.
///
/// # Errors
/// There are no such files, they cannot be read, or they are more than a table may have.
pub fn table(path: &Path) -> Result<Table> {
    let name = path.display().to_string();
    let (mut rows, mut bytes): (Vec<Row>, u64) = (Vec::new(), 0);
    let (mut notes, mut others): (Vec<String>, usize) = (Vec::new(), 0);
    for folder in entries(path)? {
        if !folder.is_dir() {
            others += 1;
            continue;
        }
        let label = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for text in entries(&folder)? {
            let about = std::fs::metadata(&text).map_err(|error| Error::io(&text, error))?;
            if !about.is_file() || text.extension().is_none_or(|end| !end.eq_ignore_ascii_case("txt")) {
                others += 1;
                continue;
            }
            let line = rows.len() as u64 + 1;
            let file = text.display().to_string();
            check_field(&file, 1, about.len() as usize)?;
            bytes += about.len();
            check_size(&name, bytes)?;
            let opened = std::fs::File::open(&text).map_err(|error| Error::io(&text, error))?;
            let mut found = Vec::new();
            let mut decoded = Decoded::new(&file, opened, &mut found)?;
            decoded.fill(3 * MAX_FIELD_BYTES)?;
            let content = decoded.rest().trim().to_owned();
            check_field(&file, 1, content.len())?;
            notes.extend(
                found.into_iter().take(usize::from(notes.is_empty())).map(|note| format!("{file}: {note}")),
            );
            let in_folder = text.strip_prefix(path).unwrap_or(&text).display().to_string();
            rows.push(Row { line, fields: vec![content, label.clone(), in_folder] });
            check_rows(&name, rows.len(), 3)?;
        }
    }
    if rows.is_empty() {
        return Err(Error::data(
            name,
            None,
            format!("this is a folder without folders of .txt files, one for each class; {EXPECTED}"),
        ));
    }
    let left_out = match others {
        0 => Vec::new(),
        others => vec![LeftOut {
            reason: format!("{} passed over: no .txt in a folder", count(others, "file")),
            lines: Vec::new(),
        }],
    };
    let reading = Reading {
        format: "a folder for each class".into(),
        rows: rows.len(),
        left_out,
        ..Reading::default()
    };
    let columns = ["text", "label", "filename"].map(String::from).to_vec();
    Ok(Table { file: name, columns, has_header: true, rows, reading, notes })
}

/// The entries of a folder in the order of their names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| Error::io(folder, error);
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut paths =
        entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>().map_err(failed)?;
    paths.retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_text_is_its_label() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            ("b/2.txt", &b" two\nlines\n"[..]),
            ("b/1.txt", b"one"),
            ("a/x.TXT", b"caf\xE9"),
            ("a/y.pdf", b"%PDF-"),
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let table = table(folder.path()).unwrap();
        let rows: Vec<&[String]> = table.rows.iter().map(|row| &row.fields[..2]).collect();
        assert_eq!(rows, [["café", "a"], ["one", "b"], ["two\nlines", "b"]]);
        assert_eq!((table.columns.len(), table.reading.left_out.len(), table.notes.len()), (3, 1, 1));
    }

    #[test]
    fn a_folder_without_texts_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = table(folder.path()).unwrap_err().to_string();
        assert!(error.contains("a folder without folders of .txt files"), "{error}");
    }
}
