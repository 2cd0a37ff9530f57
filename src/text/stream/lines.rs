//! A source with one text on each line.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::error::Result;
use crate::spec::quote::list;
use crate::text::decode::{Decoded, Once, head};
use crate::text::records::MAX_FIELD_BYTES;
use crate::text::table::Table;

/// The lines of a source, without their ends, and their numbers from 1.
pub struct Lines {
    decoded: Decoded<Once>,
    notes: Vec<String>,
}

impl Lines {
    /// Recognises the encoding from the first 4 MiB. Errors call the source `name`.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn read(name: &str, mut source: impl Read + Send + 'static) -> Result<Self> {
        let head = head(name, &mut source)?;
        let mut notes = Vec::new();
        if let Ok(table) = Table::parse(name, &head)
            && table.has_header
            && (table.columns.len() > 1 || table.reading.format.starts_with("JSON"))
        {
            notes.push(format!(
                "{name} looks like a table with the columns {}, and each line of it is taken for a text; for a table say \
                 --file /dev/stdin, or save it to a file and name that",
                list(&table.columns)
            ));
        }
        let decoded = Decoded::once(name, head, source, &mut notes)?;
        Ok(Lines { decoded, notes })
    }

    /// Notes on how the lines were read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether a broken character was replaced so far without a note about it.
    pub fn broken(&self) -> Arc<AtomicBool> {
        self.decoded.broken.clone()
    }
}

impl Iterator for Lines {
    type Item = Result<(u64, String)>;

    fn next(&mut self) -> Option<Self::Item> {
        let too_long = "has more than 1 MiB; expected one text a line";
        self.decoded.next_line(MAX_FIELD_BYTES, too_long).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn lines(input: impl Read + Send + 'static) -> Result<Vec<(u64, String)>> {
        Lines::read("standard input", input)?.collect()
    }

    fn error(input: impl Read + Send + 'static) -> String {
        lines(input).unwrap_err().to_string()
    }

    #[test]
    fn lines_come_as_they_are_without_their_ends() {
        let found = lines(&b"a\r\n\nb \n\xc3\xa9"[..]).unwrap();
        let expected =
            [(1, "a"), (2, ""), (3, "b "), (4, "\u{e9}")].map(|(number, line)| (number, line.to_owned()));
        assert_eq!(found, expected);
        assert_eq!(lines(&b""[..]).unwrap(), []);
        let longest = "x".repeat(MAX_FIELD_BYTES);
        assert_eq!(lines(Cursor::new(format!("{longest}\n"))).unwrap(), [(1, longest)]);
        assert_eq!(lines(&b"die Rechnung f\xfcr M\xe4rz\n"[..]).unwrap()[0].1, "die Rechnung für März");
    }

    #[test]
    fn what_has_no_end_or_is_no_text_is_refused() {
        let endless = error(std::io::repeat(b'x'));
        assert!(endless.starts_with("standard input, line 1: has more than 1 MiB"), "{endless}");
        let binary = error(std::io::repeat(0));
        assert!(binary.starts_with("standard input, line 1: found a NUL character"), "{binary}");
        let long = error(Cursor::new(format!("a\n{}\n", "x".repeat(MAX_FIELD_BYTES + 1))));
        assert!(long.starts_with("standard input, line 2: has more than 1 MiB"), "{long}");
    }

    #[test]
    fn a_table_is_told() {
        let notes =
            |text: &'static str| Lines::read("standard input", text.as_bytes()).unwrap().notes().join("");
        assert!(
            notes("ticket,text,agent\n1,hello there,a\n2,bye bye,b\n")
                .contains("\"ticket\", \"text\", \"agent\"")
        );
        assert!(notes("{\"text\": \"a\"}\n").contains("looks like a table"));
        assert_eq!(notes("hello, you\nit is late, is it not\n"), "");
        assert_eq!(notes("text\nhello there\n"), "");
    }
}
