//! Texts from standard input, a line each, within the limits of a data file: what comes may have no end.

use std::io::{BufRead, Read};

use crate::error::{Error, Result};
use crate::text::{MAX_BYTES, MAX_FIELD_BYTES, MAX_ROWS};

const NAME: &str = "standard input";

/// The lines and their numbers, from 1, without what ends them.
pub struct Lines<R> {
    input: R,
    number: u64,
    bytes: u64,
}

impl<R: BufRead> Lines<R> {
    pub fn new(input: R) -> Self {
        Lines { input, number: 0, bytes: 0 }
    }

    /// # Errors
    /// The input cannot be read, is not UTF-8, or is beyond a limit.
    fn read(&mut self) -> Result<Option<(u64, String)>> {
        let mut line = Vec::new();
        let most = MAX_FIELD_BYTES as u64 + 1;
        let read = self.input.by_ref().take(most).read_until(b'\n', &mut line);
        let read = read.map_err(|error| Error::io(NAME, error))? as u64;
        if read == 0 {
            return Ok(None);
        }
        (self.number, self.bytes) = (self.number + 1, self.bytes + read);
        let wrong = |message: String| Err(Error::data(NAME, self.number, message));
        let ended = line.pop_if(|last| *last == b'\n').is_some();
        if !ended && read == most {
            return wrong(format!("has more than {MAX_FIELD_BYTES} bytes; expected one text a line"));
        }
        if self.number > MAX_ROWS as u64 || self.bytes > MAX_BYTES {
            return wrong(format!(
                "is beyond the {MAX_ROWS} lines and {MAX_BYTES} bytes that are read at most; label the texts in parts"
            ));
        }
        line.pop_if(|last| *last == b'\r');
        match String::from_utf8(line) {
            Ok(line) => Ok(Some((self.number, line))),
            Err(error) => {
                let at = error.utf8_error().valid_up_to() + 1;
                wrong(format!(
                    "byte {at} is not UTF-8; expected texts in UTF-8, as iconv -t UTF-8 makes them"
                ))
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<(u64, String)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: impl Read) -> Result<Vec<(u64, String)>> {
        Lines::new(std::io::BufReader::new(input)).collect()
    }

    fn error(input: impl Read) -> String {
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
        assert_eq!(lines(format!("{longest}\n").as_bytes()).unwrap(), [(1, longest)]);
    }

    #[test]
    fn what_has_no_end_or_is_no_text_is_refused() {
        let endless = error(std::io::repeat(0));
        assert!(endless.starts_with("standard input, line 1: has more than 1048576 bytes"), "{endless}");
        let lines = error(std::io::repeat(b'\n'));
        assert!(lines.starts_with("standard input, line 1000001: is beyond the 1000000 lines"), "{lines}");
        let binary = error(&b"ok\nab\xff\n"[..]);
        assert!(binary.starts_with("standard input, line 2: byte 3 is not UTF-8"), "{binary}");
    }
}
