//! Bytes of an unknown encoding to text with `\n` line ends.

use super::words::count;
use crate::error::{Error, Result};
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

pub(crate) const MAX_BYTES: u64 = 1 << 30;

/// Refuses a file over 1 GiB.
pub(super) fn check_size(file: &str, bytes: u64) -> Result<()> {
    if bytes > MAX_BYTES {
        let message = "the file has more than 1024 MiB; expected less: split it or take a sample";
        return Err(Error::data(file, None, message));
    }
    Ok(())
}

/// Decodes UTF-8, or UTF-16 where a byte order mark says so. Bytes that are not UTF-8 are read as
/// windows-1252 (what old Excel writes), unless most of what is not ASCII is good UTF-8; then only the
/// broken bytes are replaced by U+FFFD. Either is told in a note. CRLF and lone CR become `\n`.
///
/// Errors: a spreadsheet or another binary file.
pub(super) fn decode<'a>(file: &str, bytes: &'a [u8], notes: &mut Vec<String>) -> Result<Cow<'a, str>> {
    check_size(file, bytes.len() as u64)?;
    let (encoding, mark) = sniff(file, bytes, notes)?;
    let text = encoding.decode_without_bom_handling(&bytes[mark..]).0;
    if let Some(at) = text.find('\0') {
        let line = text[..at].matches('\n').count() as u64 + 1;
        return Err(Error::data(
            file,
            line,
            "found a NUL character, so this is a binary file; expected CSV, TSV or JSONL text: export it \
             as CSV in UTF-8",
        ));
    }
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text })
}

/// The encoding of some bytes and the length of their byte order mark, as [`decode`] takes them.
pub(super) fn sniff(
    file: &str,
    bytes: &[u8],
    notes: &mut Vec<String>,
) -> Result<(&'static encoding_rs::Encoding, usize)> {
    if let Some((kind, advice)) = other_kind(bytes) {
        let message = format!("found {kind}; expected a CSV, TSV or JSONL file: {advice}");
        return Err(Error::data(file, None, message));
    }
    Ok(match bytes {
        [0xFF, 0xFE, rest @ ..] => (utf_16(UTF_16LE, rest, notes), 2),
        [0xFE, 0xFF, rest @ ..] => (utf_16(UTF_16BE, rest, notes), 2),
        [0xEF, 0xBB, 0xBF, rest @ ..] => (utf_8(rest, notes), 3),
        _ => (utf_8(bytes, notes), 0),
    })
}

/// What a file is that is no table, and what to do.
fn other_kind(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const EXPORT: &str = "export it as CSV";
    const UNPACK: &str = "unpack it";
    match bytes {
        [b'P', b'K', 3, 4, ..] => Some(("a spreadsheet (xlsx, ods) or a zip archive", EXPORT)),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Some(("an old Excel spreadsheet (xls)", EXPORT)),
        [b'P', b'A', b'R', b'1', ..] => Some(("a Parquet file", EXPORT)),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(("a PDF", EXPORT)),
        [0x1F, 0x8B, ..] => Some(("a gzip archive", UNPACK)),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(("a bzip2 archive", UNPACK)),
        [0xFD, b'7', b'z', b'X', b'Z', ..] => Some(("an xz archive", UNPACK)),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(("a zstd archive", UNPACK)),
        _ if is_lfs_pointer(bytes) => Some(("a Git LFS pointer", "get the file itself with git lfs pull")),
        _ => {
            let text = bytes.trim_ascii_start();
            let begins =
                |tag: &[u8]| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
            (begins(b"<!doctype html") || begins(b"<html"))
                .then_some(("a web page", "download the file itself"))
        }
    }
}

/// What a clone of a repository holds in place of a large file that was not fetched.
pub(crate) fn is_lfs_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"version https://git-lfs.github.com/spec/")
}

fn utf_16(
    encoding: &'static encoding_rs::Encoding,
    bytes: &[u8],
    notes: &mut Vec<String>,
) -> &'static encoding_rs::Encoding {
    if encoding.decode_without_bom_handling(bytes).1 {
        notes.push("the file is UTF-16 with broken characters; they were replaced by \u{FFFD}".into());
    }
    encoding
}

fn utf_8(bytes: &[u8], notes: &mut Vec<String>) -> &'static encoding_rs::Encoding {
    let (text, broken) = UTF_8.decode_without_bom_handling(bytes);
    if !broken {
        return UTF_8;
    }
    let replaced = text.matches('\u{FFFD}').count();
    let good = text.chars().filter(|c| !c.is_ascii()).count() - replaced;
    if good > replaced {
        let broken = count(replaced, "broken place");
        notes.push(format!(
            "the file is UTF-8 with {broken}, replaced by \u{FFFD}; save it as UTF-8 if a text looks wrong"
        ));
        return UTF_8;
    }
    let note = "the file is not UTF-8 and was read as windows-1252; save it as UTF-8 if accents look wrong";
    notes.push(note.into());
    WINDOWS_1252
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (String, usize) {
        let mut notes = Vec::new();
        let text = decode("f", bytes, &mut notes).unwrap().into_owned();
        (text, notes.len())
    }

    #[test]
    fn byte_order_marks_are_read_and_removed() {
        let wide =
            |bytes: fn(u16) -> [u8; 2]| "\u{FEFF}é,x".encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        assert_eq!(decoded("\u{FEFF}é,x".as_bytes()), ("é,x".into(), 0));
        assert_eq!(decoded(&wide(u16::to_le_bytes)), ("é,x".into(), 0));
        assert_eq!(decoded(&wide(u16::to_be_bytes)), ("é,x".into(), 0));
    }

    #[test]
    fn latin_text_is_read_as_windows_1252_with_a_note() {
        assert_eq!(decoded(b"caf\xE9 \x80"), ("café €".into(), 1));
    }

    #[test]
    fn a_broken_byte_in_good_utf_8_stays_a_broken_byte() {
        assert_eq!(decoded(b"\xC3\xA9\xC3\xA9\xFF"), ("éé\u{FFFD}".into(), 1));
    }

    #[test]
    fn all_line_ends_become_line_feeds() {
        assert_eq!(decoded(b"a\r\nb\rc\n"), ("a\nb\nc\n".into(), 0));
    }

    #[test]
    fn binary_files_are_refused_with_what_to_do() {
        for (bytes, advice) in [
            (&b"PK\x03\x04rest"[..], "export it as CSV"),
            (b"a\0b", "export it as CSV"),
            (b"\x1F\x8Bxx", "unpack it"),
        ] {
            let error = decode("f.csv", bytes, &mut Vec::new()).unwrap_err().to_string();
            assert!(error.contains(advice), "{error}");
        }
    }
}
