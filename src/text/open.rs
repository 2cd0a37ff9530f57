//! A data file, or its bytes, to a table.

use super::decode::{MAX_BYTES, check_size, other_kind};
#[cfg(not(target_arch = "wasm32"))]
use super::formats;
use super::formats::workbook;
use super::rows::{Rows, empty};
use super::table::{EXPECTED, ReadOptions, Table};
use crate::error::{Error, Result};
use std::fs::{File, Metadata};
use std::io::{Cursor, Read, Seek};
use std::path::Path;

impl Table {
    /// Reads a file, or a folder that holds a folder of `.txt` files for each class; see [`Table::parse`].
    pub fn read(path: &Path) -> Result<Table> {
        Self::read_with(path, &ReadOptions::default())
    }

    /// Like [`read`](Self::read), with options that are otherwise found from the file.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse), or the file cannot be read.
    pub fn read_with(path: &Path, options: &ReadOptions) -> Result<Table> {
        #[cfg(not(target_arch = "wasm32"))]
        if path.is_dir() {
            return formats::folder::table(path);
        }
        let bytes = match open(path)? {
            Opened::Pipe(pipe) => whole(path, pipe)?,
            Opened::File(file) if is_text(path, &file)? => {
                return Rows::new(&path.display().to_string(), file, options)?.table();
            }
            Opened::File(file) => whole(path, file)?,
        };
        Self::parse_with(&path.display().to_string(), &bytes, options)
    }

    /// Reads the bytes of a file. The content decides the format, and the extension only if the content does not.
    ///
    /// - Excel (xlsx, xlsm, xls of Excel 97 and later) and OpenDocument (ods) workbooks: one sheet. Parquet, but not in a browser.
    /// - JSON Lines, an array of objects, or an object that holds one: a column for each path to a value, such as
    ///   `data.text`. Null, NaN and missing values are empty fields; a list of one becomes its item, and a longer list
    ///   stays JSON. Exports of Label Studio, doccano, Prodigy and spaCy, utterances of LUIS and Rasa, intents with
    ///   examples, and chat messages get a label column. Python's notation of an object is read too.
    /// - Lines of fastText, Rasa's YAML and Markdown.
    /// - Delimited text: comma, semicolon, tab or `|`, whichever cuts most of the first records into the same number of
    ///   fields, more than one, or the delimiter in Excel's `sep=` line. Fields are quoted according to RFC 4180; or
    ///   with single quotes, with `\"` inside, or after a blank, if the whole file does so. In tab-separated text,
    ///   quotes are text unless the file is consistently quoted. Without a delimiter, a line is a field.
    ///
    /// Text is UTF-8, UTF-16, Mac OS Roman, or in an encoding that chardetng recognises. Titles and comments above a
    /// table are skipped, and so are repeated headers, further headers below the header, and drawn rules.
    ///
    /// The first row is a header if all its cells are short and two of them are well-known column names; or one is, and
    /// does not recur in its column; or, in a table of several columns, if its cells differ from those below them in
    /// kind, length and form. If that is uncertain, a note says so.
    ///
    /// # Errors
    /// [`Error::Data`] with the line, if the bytes cannot be read as a table, or have more than 1 GiB (unpacked, for a
    /// workbook), 256 MiB of a JSON document, 1 000 000 rows, 20 000 000 fields, 1000 columns or 1 MiB in a field.
    pub fn parse(file_name: &str, bytes: &[u8]) -> Result<Table> {
        Self::parse_with(file_name, bytes, &ReadOptions::default())
    }

    /// Like [`parse`](Self::parse), with options that are otherwise found from the file.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse).
    pub fn parse_with(file_name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Table> {
        check_size(file_name, bytes.len() as u64)?;
        match bytes {
            [b'P', b'K', 3 | 5 | 7, ..] => workbook::table(file_name, bytes, options),
            [0xD0, 0xCF, 0x11, 0xE0, ..] => workbook::old_table(file_name, bytes, options),
            [b'P', b'A', b'R', b'1', ..] => parquet(file_name, bytes),
            _ => {
                check_kind(file_name, bytes)?;
                Rows::new(file_name, Cursor::new(bytes), options)?.table()
            }
        }
    }
}

#[cfg(all(feature = "parquet", not(target_arch = "wasm32")))]
fn parquet(file: &str, bytes: &[u8]) -> Result<Table> {
    formats::parquet::table(file, bytes.to_vec())
}

#[cfg(not(all(feature = "parquet", not(target_arch = "wasm32"))))]
fn parquet(file: &str, _: &[u8]) -> Result<Table> {
    Err(Error::data(
        file,
        None,
        "found a Parquet file, which this build does not read (the program does); expected CSV, JSON Lines or Excel",
    ))
}

/// A source of data that was opened.
pub(super) enum Opened {
    /// It can be read again.
    File(File),
    /// It can be read once.
    Pipe(File),
}

/// Whether a path is a pipe, which can be read only once.
pub fn is_pipe(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|about| is_fifo(&about))
}

#[cfg(unix)]
fn is_fifo(about: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&about.file_type())
}

#[cfg(not(unix))]
fn is_fifo(_: &Metadata) -> bool {
    false
}

/// All bytes of a source.
///
/// # Errors
/// It cannot be read, or has more than 1 GiB.
pub(super) fn whole(path: &Path, source: impl Read) -> Result<Vec<u8>> {
    // a vector that grows by itself may allocate twice the size
    const PIECE: usize = 32 << 20;
    let (mut bytes, mut source) = (Vec::new(), source.take(MAX_BYTES + 1));
    loop {
        bytes.reserve_exact(PIECE);
        let read = source.by_ref().take(PIECE as u64).read_to_end(&mut bytes);
        if read.map_err(|error| Error::io(path, error))? == 0 {
            break;
        }
    }
    check_size(&path.display().to_string(), bytes.len() as u64)?;
    Ok(bytes)
}

/// Opens a data file or a pipe, and refuses anything else.
///
/// # Errors
/// The path does not exist, is a folder or a device, or has more than 1 GiB.
pub(super) fn open(path: &Path) -> Result<Opened> {
    let name = path.display().to_string();
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => Error::data(&name, None, format!("no such file; {EXPECTED}")),
        _ => Error::io(path, source),
    };
    let about = std::fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        return Err(Error::data(&name, None, format!("this is a folder; {EXPECTED}")));
    }
    if is_fifo(&about) {
        return Ok(Opened::Pipe(File::open(path).map_err(failed)?));
    }
    if !about.is_file() {
        // it may have no end
        return Err(Error::data(&name, None, "this is a device or a socket; expected a file or a pipe"));
    }
    check_size(&name, about.len())?;
    if about.len() == 0 {
        return Err(empty(&name));
    }
    Ok(Opened::File(File::open(path).map_err(failed)?))
}

/// Whether the first bytes of an open file are text. The file is left at its beginning.
///
/// # Errors
/// The file cannot be read, or is of a kind that holds no table.
pub(super) fn is_text(path: &Path, mut file: &File) -> Result<bool> {
    let mut start = Vec::new();
    let read = file.take(4096).read_to_end(&mut start).and_then(|_| file.rewind());
    read.map_err(|error| Error::io(path, error))?;
    if !begins_as_text(&start) {
        return Ok(false);
    }
    check_kind(&path.display().to_string(), &start)?;
    Ok(true)
}

/// Whether the start of a file belongs to none of the binary formats that are read.
pub(super) fn begins_as_text(start: &[u8]) -> bool {
    !matches!(
        start,
        [b'P', b'K', 3 | 5 | 7, ..] | [b'P', b'A', b'R', b'1', ..] | [0xD0, 0xCF, 0x11, 0xE0, ..]
    )
}

pub(super) fn check_kind(file: &str, bytes: &[u8]) -> Result<()> {
    match other_kind(bytes) {
        Some((kind, advice)) => Err(Error::data(file, None, format!("found {kind}; {EXPECTED}: {advice}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(name: &str, text: &str) -> Table {
        Table::parse(name, text.as_bytes()).unwrap()
    }

    fn error(name: &str, text: &str) -> String {
        Table::parse(name, text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn headers_of_public_data_sets_are_recognised() {
        for (name, text) in [
            ("banking77.csv", "text,category\r\nI am still waiting on my card?,card_arrival\r\n"),
            ("snli_cad.tsv", "sentence1\tsentence2\tgold_label\nThe boy kicks.\tA boy plays.\tneutral\n"),
            (
                "mrpc.tsv",
                "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t2\t3\t\" He said .\tHe \" said .\n",
            ),
            (
                "msr_paraphrase.txt",
                "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t2\t3\tHe said .\tHe .\n",
            ),
            ("qnli.tsv", "index\tquestion\tsentence\tlabel\n0\tWhat came?\tIt came.\tentailment\n"),
            ("sst2.tsv", "sentence\tlabel\nhide new secretions \t0\n"),
            ("stsb.tsv", "index\tgenre\tsentence1\tsentence2\tscore\n0\tnews\tA plane.\tA jet.\t5.000\n"),
            ("kaggle.csv", "v1,v2,,,\nham,\"Go on, crazy..\",,,\n"),
            ("other.csv", "tekst;klasse\nDag allemaal;groet\nTot ziens;afscheid\n"),
            ("lines.txt", "text\nHello there\n"),
        ] {
            assert!(parse(name, text).has_header, "{name}");
        }
    }

    #[test]
    fn data_sets_without_a_header_are_recognised() {
        for (name, text) in [
            ("SMSSpamCollection", "ham\tOk lar\nham\tOk\nspam\tFree entry\n"),
            ("cola.tsv", "gj04\t1\t\tOur friends won't buy this.\ngj04\t0\t*\tOne more.\n"),
            ("quora.txt", "Is honey good ?\tIs sugar bad ?\t1\nHow so ?\tWhy so ?\t0\n"),
            ("mnli_matched", "neutral\tImpossible .\tImpossible , unless met .\nneutral\tNo .\tYes .\n"),
            ("sts-test.tsv", "main\tMSRvid\t2012test\t0024\t2.500\tA girl.\tA boy.\n"),
            ("lines.txt", "Hello there\nGood bye\n"),
        ] {
            let table = parse(name, text);
            assert!(!table.has_header, "{name}");
            assert_eq!(table.columns[0], "1");
            assert_eq!(table.rows.len(), text.lines().count());
        }
    }

    #[test]
    fn the_delimiter_is_the_one_that_fits_all_records() {
        assert_eq!(parse("a.csv", "text;label\na, b;x\nc, d;y\n").columns, ["text", "label"]);
        assert_eq!(parse("a.csv", "text\tlabel\na, b\tx\n").columns, ["text", "label"]);
        assert_eq!(parse("a.csv", "text,label\n\"a; b\",x\n").columns, ["text", "label"]);
        assert_eq!(parse("a.txt", "text,label\na,x\n").columns, ["text", "label"]);
        assert_eq!(parse("a.txt", "One, two\nthree\n").columns, ["1"]);
    }

    #[test]
    fn options_override_what_is_found() {
        let options = ReadOptions { delimiter: Some('|'), has_header: Some(false), sheet: None };
        let table = Table::parse_with("a.csv", b"text|label\na|b\n", &options).unwrap();
        assert_eq!((table.columns.len(), table.rows.len()), (2, 2));
        let wrong = ReadOptions { delimiter: Some('é'), ..ReadOptions::default() };
        assert!(matches!(Table::parse_with("a.csv", b"a\n", &wrong), Err(Error::Usage(_))));
    }

    #[test]
    fn json_lines_become_columns_in_the_order_of_the_first() {
        let table =
            parse("a.jsonl", "{\"text\": \"a\\nb\", \"label\": 1}\n\n{\"label\": true, \"text\": null}\n");
        assert_eq!(table.columns, ["text", "label"]);
        assert_eq!(table.rows[0].fields, ["a\nb", "1"]);
        assert_eq!((table.rows[1].line, table.rows[1].fields[1].as_str()), (3, "true"));
        assert_eq!(parse("data", "{\"text\": \"a\"}\n").columns, ["text"]);
    }

    #[test]
    fn broken_json_lines_are_refused_with_their_line() {
        let good = "{\"text\": \"a\", \"label\": 1}\n";
        for (line, says) in
            [("[[1]]", "found \"[[1]]\""), ("17", "found \"17\""), ("{text", "not JSON at column 2")]
        {
            let error = error("a.jsonl", &format!("{good}{line}\n"));
            assert!(error.starts_with("a.jsonl, line 2: ") && error.contains(says), "{error}");
        }
    }

    #[test]
    fn tables_without_rows_are_refused() {
        assert!(error("a.csv", "\n \n").contains("the file is empty"));
        assert!(error("a.csv", "text,label\n").contains("found only a header (\"text\", \"label\")"));
    }

    #[test]
    fn a_second_column_of_a_name_gets_a_number() {
        let table = parse("a.csv", "text,note,note,label\na b,x,y,z\n");
        assert_eq!(table.columns, ["text", "note", "note (2)", "label"]);
        assert!(table.notes[0].contains("two columns are named \"note\""), "{}", table.notes[0]);
    }

    #[test]
    fn rows_may_lack_keys_and_have_their_own() {
        let table = parse("a.jsonl", "{\"text\": \"a\"}\n{\"text\": \"b\", \"x\": [1, 2]}\n");
        assert_eq!(table.columns, ["text", "x"]);
        assert_eq!([&table.rows[0].fields[1], &table.rows[1].fields[1]], ["", "[1,2]"]);
    }

    #[test]
    fn missing_files_and_devices_are_told_apart() {
        let missing = Table::read(Path::new("/no/such.csv")).unwrap_err().to_string();
        assert!(missing.starts_with("/no/such.csv: no such file; expected CSV"), "{missing}");
        if cfg!(unix) {
            let device = Table::read(Path::new("/dev/zero")).unwrap_err().to_string();
            assert!(device.contains("this is a device or a socket"), "{device}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_all_rows_have_all_columns(
            bytes in prop::collection::vec(prop::sample::select(b"ab\",;\t\n\r{}:[]1.\xFF\xC3\xA9\0".to_vec()), 0..80),
            name in prop::sample::select(vec!["a.csv", "a.tsv", "a.jsonl", "a.txt", "a"]),
        ) {
            match Table::parse(name, &bytes) {
                Ok(table) => prop_assert!(!table.rows.is_empty() && table.rows.iter().all(|row| row.fields.len() == table.columns.len())),
                Err(error) => prop_assert!(!error.to_string().contains('\n')),
            }
        }
    }
}
