//! Decodes bytes of an unknown encoding to text with `\n` line ends, in blocks.

use crate::error::{Error, Result};
use crate::spec::quote::count;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, DecoderResult, Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
#[cfg(not(target_arch = "wasm32"))]
use std::io::Cursor;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) const MAX_BYTES: u64 = 1 << 30;
const BLOCK_BYTES: usize = 64 << 10;
/// The number of bytes that decide the encoding of a source that can be read only once.
#[cfg(not(target_arch = "wasm32"))]
const HEAD_BYTES: u64 = 4 << 20;
/// The number of bytes after the first one beyond ASCII that decide the encoding.
const GUESS_BYTES: usize = 4 << 20;

/// Refuses a file over 1 GiB.
pub(super) fn check_size(file: &str, bytes: u64) -> Result<()> {
    if bytes > MAX_BYTES {
        let message = "the file has more than 1024 MiB; expected less: split it or take a sample";
        return Err(Error::data(file, None, message));
    }
    Ok(())
}

/// Recognises files that hold no readable table. Returns the kind and the advice.
pub(super) fn other_kind(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const EXPORT: &str = "export it as CSV";
    const UNPACK: &str = "unpack it";
    match bytes {
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(("a PDF", EXPORT)),
        [b'S', b'Q', b'L', b'i', b't', b'e', b' ', ..] => Some(("an SQLite database", EXPORT)),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Some(("an Arrow file", "save it as Parquet or CSV")),
        [0x80, 2..=5, ..] if bytes.ends_with(b".") => Some(("a Python pickle", EXPORT)),
        [0x1F, 0x8B, ..] => Some(("a gzip archive", UNPACK)),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(("a bzip2 archive", UNPACK)),
        [0xFD, b'7', b'z', b'X', b'Z', ..] => Some(("an xz archive", UNPACK)),
        [b'7', b'z', 0xBC, 0xAF, ..] => Some(("a 7z archive", UNPACK)),
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

/// Whether the bytes are a pointer that a clone of a repository holds instead of a large file.
pub(crate) fn is_lfs_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"version https://git-lfs.github.com/spec/")
}

/// The encoding of a text file, with a note about it.
struct Recognised {
    pub encoding: &'static Encoding,
    /// The length of the byte order mark in bytes.
    pub mark: u64,
    pub note: Option<String>,
}

/// Reads a whole text file, in constant memory, to find its encoding. A byte order mark decides. Otherwise it is UTF-16
/// if every other byte of the beginning fits that; UTF-8 if more characters beyond ASCII are valid than broken; and
/// else the guess of chardetng, except for Mac OS Roman, which chardetng does not know.
///
/// # Errors
/// The source cannot be read, or its encoding cannot be recognised.
fn recognise(file: &str, source: &mut dyn Read) -> Result<Recognised> {
    let mut buffer = vec![0; BLOCK_BYTES];
    let mut text = vec![0; 3 * BLOCK_BYTES];
    let mut utf_8 = UTF_8.new_decoder_without_bom_handling();
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let (mut good, mut broken, mut guessed_by) = (0, 0, 0);
    let mut other = OtherPages::default();
    let (mut is_first, mut mark) = (true, 0);
    loop {
        let read = fill(file, source, &mut buffer)?;
        let bytes = &buffer[..read];
        if is_first {
            let marked = match bytes {
                [0xFF, 0xFE, ..] => Some((UTF_16LE, 2)),
                [0xFE, 0xFF, ..] => Some((UTF_16BE, 2)),
                _ => unmarked_utf_16(bytes).map(|encoding| (encoding, 0)),
            };
            if let Some((encoding, mark)) = marked {
                let note = (mark == 0)
                    .then(|| format!("the file has no byte order mark and was read as {}", encoding.name()));
                return Ok(Recognised { encoding, mark, note });
            }
            mark = if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 };
        }
        let is_last = read < buffer.len();
        let mut at = 0;
        loop {
            let (result, taken, written) =
                utf_8.decode_to_utf8_without_replacement(&bytes[at..], &mut text, is_last);
            at += taken;
            good += text[..written].iter().filter(|&&byte| byte >= 0xC0).count() as u64;
            match result {
                DecoderResult::Malformed(..) => broken += 1,
                DecoderResult::OutputFull => {}
                DecoderResult::InputEmpty => break,
            }
        }
        other.look(bytes);
        if guessed_by < GUESS_BYTES && detector.feed(bytes, false) {
            guessed_by += read;
        }
        if is_last {
            break;
        }
        is_first = false;
    }
    if broken == 0 {
        return Ok(Recognised { encoding: UTF_8, mark, note: None });
    }
    if good > broken {
        let note = format!(
            "the file is UTF-8 with {}, replaced by \u{FFFD}; save it as UTF-8 if a text looks wrong",
            count(broken as usize, "broken place")
        );
        return Ok(Recognised { encoding: UTF_8, mark, note: Some(note) });
    }
    let guessed = detector.guess(None, Utf8Detection::Deny);
    let encoding = match guessed == WINDOWS_1252 {
        true => other.instead(file)?,
        false => guessed,
    };
    let note = format!(
        "the file is not UTF-8 and was read as {}; save it as UTF-8 if letters look wrong",
        encoding.name()
    );
    Ok(Recognised { encoding, mark: 0, note: Some(note) })
}

/// Evidence for an encoding that chardetng does not know and takes for windows-1252.
#[derive(Default)]
struct OtherPages {
    returns: u64,
    feeds: u64,
    not_ascii: u64,
    /// The number of bytes that windows-1252 does not use, or not within a word.
    strange: u64,
}

impl OtherPages {
    fn look(&mut self, bytes: &[u8]) {
        for (at, &byte) in bytes.iter().enumerate() {
            match byte {
                b'\r' => self.returns += 1,
                b'\n' => self.feeds += 1,
                0x80.. => {
                    self.not_ascii += 1;
                    let is_letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
                    let within = at > 0 && is_letter(at - 1) && is_letter(at + 1);
                    self.strange += u64::from(match byte {
                        0x81 | 0x8D | 0x8F | 0x90 | 0x9D => true,
                        0x82 | 0x84 | 0x87..=0x89 | 0x8B | 0x94 => within,
                        _ => false,
                    });
                }
                _ => {}
            }
        }
    }

    /// # Errors
    /// The bytes are not windows-1252, and the true encoding cannot be recognised.
    fn instead(&self, file: &str) -> Result<&'static Encoding> {
        // Excel writes this for "CSV (Macintosh)"
        if self.returns > 10 * self.feeds {
            return Ok(MACINTOSH);
        }
        if self.strange > 1 && self.strange * 4 >= self.not_ascii {
            let message = "the letters that are not ASCII are of an old encoding that cannot be told, such as that of DOS or of \
                           an old Mac; save the file as UTF-8";
            return Err(Error::data(file, None, message));
        }
        Ok(WINDOWS_1252)
    }
}

/// Whether the beginning of a file is UTF-16 without a byte order mark: characters of one byte fill every other byte
/// with zero, a line end too, and no line feed is a part of another character.
fn unmarked_utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let pairs = || bytes.chunks_exact(2);
    let zeros = |side: usize| pairs().filter(|pair| pair[side] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let few = |small: usize, large: usize| small * 20 <= large && large * 50 >= bytes.len() / 2;
    let (encoding, line_end) = if few(first, second) {
        (UTF_16LE, [b'\n', 0])
    } else if few(second, first) {
        (UTF_16BE, [0, b'\n'])
    } else {
        return None;
    };
    let line_ends = pairs().filter(|pair| *pair == line_end).count();
    let others = pairs().filter(|pair| pair.contains(&b'\n') && *pair != line_end).count();
    (line_ends > 0 && others * 10 <= line_ends).then_some(encoding)
}

/// Reads until the buffer is full or the source ends.
fn fill(file: &str, source: &mut dyn Read, buffer: &mut [u8]) -> Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::io(file, error)),
        }
    }
    Ok(length)
}

/// The text of a file. It holds the part that was decoded and not used yet.
pub(super) struct Decoded<R> {
    pub file: String,
    pub encoding: &'static Encoding,
    source: R,
    decoder: encoding_rs::Decoder,
    bytes: Vec<u8>,
    text: String,
    /// The end of the used part of `text`.
    at: usize,
    /// The line of the next character, from 1.
    line: u64,
    after_return: bool,
    ended: bool,
    /// The number of bytes read from the source.
    read: u64,
    /// Whether a broken character was replaced without a note about it.
    pub broken: Arc<AtomicBool>,
    is_told: bool,
}

impl<R: Read + Seek> Decoded<R> {
    /// Recognises the encoding, and adds a note about it to `notes`.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn new(file: &str, mut source: R, notes: &mut Vec<String>) -> Result<Self> {
        let failed = |error| Error::io(file, error);
        let recognised = recognise(file, &mut source)?;
        source.seek(SeekFrom::Start(recognised.mark)).map_err(failed)?;
        Ok(Decoded::recognised(file, source, recognised, notes))
    }
}

/// A source that can be read only once.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type Once = Box<dyn Read + Send>;

#[cfg(not(target_arch = "wasm32"))]
impl Decoded<Once> {
    /// Recognises the encoding from `head`, the beginning of the source, which `source` continues.
    ///
    /// # Errors
    /// The encoding cannot be recognised.
    pub fn once(
        file: &str,
        mut head: Vec<u8>,
        source: impl Read + Send + 'static,
        notes: &mut Vec<String>,
    ) -> Result<Self> {
        // a character that the end of the head cuts is not broken
        let whole = match head.len() as u64 == HEAD_BYTES {
            true => head.iter().rposition(|byte| *byte == b'\n').map_or(head.len(), |end| end + 1),
            false => head.len(),
        };
        let recognised = recognise(file, &mut &head[..whole])?;
        let rest = head.split_off(recognised.mark as usize);
        let source: Once = Box::new(Cursor::new(rest).chain(source));
        Ok(Decoded::recognised(file, source, recognised, notes))
    }
}

/// The beginning of a source that can be read only once.
///
/// # Errors
/// It cannot be read.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn head(file: &str, source: &mut impl Read) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    source.take(HEAD_BYTES).read_to_end(&mut head).map_err(|error| Error::io(file, error))?;
    Ok(head)
}

impl<R: Read> Decoded<R> {
    /// `source` stands after the byte order mark.
    fn recognised(file: &str, source: R, recognised: Recognised, notes: &mut Vec<String>) -> Self {
        let is_told = recognised.note.is_some();
        notes.extend(recognised.note);
        Decoded {
            file: file.into(),
            encoding: recognised.encoding,
            source,
            decoder: recognised.encoding.new_decoder_without_bom_handling(),
            bytes: vec![0; BLOCK_BYTES],
            text: String::new(),
            at: 0,
            line: 1,
            after_return: false,
            ended: false,
            read: recognised.mark,
            broken: Arc::default(),
            is_told,
        }
    }

    /// The text that is decoded and not used yet.
    pub fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Whether [`rest`](Self::rest) reaches the end of the file.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// The line of the next character, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The number of bytes read from the file.
    pub fn position(&self) -> u64 {
        self.read
    }

    /// Marks the first `length` bytes of [`rest`](Self::rest), which hold `lines` line ends, as used.
    pub fn advance(&mut self, length: usize, lines: u64) {
        self.at += length;
        self.line += lines;
    }

    /// Decodes until at least `length` unused bytes are there, or the file ends.
    ///
    /// # Errors
    /// The source cannot be read, or holds a NUL character.
    pub fn fill(&mut self, length: usize) -> Result<()> {
        while !self.ended && self.rest().len() < length {
            self.text.drain(..self.at);
            self.at = 0;
            self.decode_next()?;
        }
        Ok(())
    }

    /// Decodes the next bytes of the source.
    fn decode_next(&mut self) -> Result<()> {
        let read = fill(&self.file, &mut self.source, &mut self.bytes)?;
        self.read += read as u64;
        self.ended = read < self.bytes.len();
        let from = self.text.len();
        let mut taken = 0;
        loop {
            let rest = &self.bytes[taken..read];
            self.text.reserve(2 * rest.len() + 16);
            let (result, used, is_broken) = self.decoder.decode_to_string(rest, &mut self.text, self.ended);
            taken += used;
            if is_broken && !self.is_told {
                self.broken.store(true, Ordering::Relaxed);
            }
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        if let Some(at) = self.text[from..].find('\0') {
            let line = self.line + self.text[..from + at].matches('\n').count() as u64;
            return Err(Error::data(
                &self.file,
                line,
                "found a NUL character; expected text: remove it, or save the file again as CSV in UTF-8",
            ));
        }
        if std::mem::take(&mut self.after_return) && self.text[from..].starts_with('\n') {
            self.text.remove(from);
        }
        if self.text[from..].contains('\r') {
            self.after_return = self.text.ends_with('\r');
            let plain = self.text[from..].replace("\r\n", "\n").replace('\r', "\n");
            self.text.truncate(from);
            self.text.push_str(&plain);
        }
        Ok(())
    }

    /// Returns the number and the text of the next line, without its end and of at most `max` bytes, or `None` at the
    /// end of the file.
    ///
    /// # Errors
    /// Those of [`fill`](Self::fill), or the line is longer, with the message `too_long`.
    pub fn next_line(&mut self, max: usize, too_long: &str) -> Result<Option<(u64, String)>> {
        let mut searched = 0;
        let end = loop {
            if let Some(length) = self.rest()[searched..].find('\n') {
                break searched + length;
            }
            searched = self.rest().len();
            if self.ended || searched > max {
                break searched;
            }
            self.fill(searched + BLOCK_BYTES)?;
        };
        if end > max {
            return Err(Error::data(&self.file, self.line, too_long));
        }
        if end == 0 && self.rest().is_empty() {
            return Ok(None);
        }
        let (line, text) = (self.line, self.rest()[..end].to_owned());
        let is_ended = end < self.rest().len();
        self.advance(end + usize::from(is_ended), u64::from(is_ended));
        Ok(Some((line, text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{BIG5, EUC_KR, GBK, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1253};
    use proptest::prelude::*;
    use std::io::Cursor;

    fn decoded(bytes: &[u8]) -> (String, &'static str, usize) {
        let mut notes = Vec::new();
        let mut decoded = Decoded::new("f", Cursor::new(bytes), &mut notes).unwrap();
        decoded.fill(usize::MAX).unwrap();
        (decoded.rest().to_owned(), decoded.encoding.name(), notes.len())
    }

    #[test]
    fn byte_order_marks_are_read_and_removed() {
        let wide =
            |bytes: fn(u16) -> [u8; 2]| "\u{FEFF}é,x".encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        assert_eq!(decoded("\u{FEFF}é,x".as_bytes()), ("é,x".into(), "UTF-8", 0));
        assert_eq!(decoded(&wide(u16::to_le_bytes)), ("é,x".into(), "UTF-16LE", 0));
        assert_eq!(decoded(&wide(u16::to_be_bytes)), ("é,x".into(), "UTF-16BE", 0));
    }

    #[test]
    fn utf_16_without_a_mark_is_recognised() {
        for text in ["text,label\na b,x\n", "текст,класс\nпосылка не пришла,доставка\nсчёт неверный,оплата\n"]
        {
            let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
            assert_eq!(decoded(&wide(u16::to_le_bytes)), (text.into(), "UTF-16LE", 1));
            assert_eq!(decoded(&wide(u16::to_be_bytes)), (text.into(), "UTF-16BE", 1));
        }
    }

    #[test]
    fn old_encodings_are_recognised_from_some_sentences() {
        for (encoding, text) in [
            (
                WINDOWS_1251,
                "Посылка опять не пришла, звонил три раза,доставка\nСчёт выставлен дважды,оплата\n",
            ),
            (
                WINDOWS_1253,
                "Το δέμα δεν έφτασε ποτέ στο σπίτι μου,παράδοση\nΟ λογαριασμός είναι λάθος,πληρωμή\n",
            ),
            (
                WINDOWS_1250,
                "Przesyłka nie dotarła, dzwoniłem już trzy razy,dostawa\nRachunek jest błędny,płatność\n",
            ),
            (
                WINDOWS_1252,
                "Die Lieferung kam zu spät, schön ist das nicht,Lieferung\nDie Gebühr ist höher,Gebühr\n",
            ),
            (SHIFT_JIS, "荷物がまだ届いていません,配送\n請求書の金額が間違っています,支払い\n"),
            (GBK, "包裹还没有送到,配送\n账单的金额不对,付款\n我的订单在哪里,配送\n"),
            (BIG5, "包裹還沒有送到,配送\n帳單的金額不對,付款\n我的訂單在哪裡,配送\n"),
            (EUC_KR, "소포가 아직 도착하지 않았습니다,배송\n청구서 금액이 잘못되었습니다,결제\n"),
        ] {
            let (bytes, _, unmappable) = encoding.encode(text);
            assert!(!unmappable);
            assert_eq!(decoded(&bytes), (text.into(), encoding.name(), 1), "{}", encoding.name());
        }
    }

    #[test]
    fn latin_text_is_read_as_windows_1252_with_a_note() {
        assert_eq!(decoded(b"caf\xE9 \x80"), ("café €".into(), "windows-1252", 1));
    }

    #[test]
    fn a_broken_byte_in_good_utf_8_stays_a_broken_byte() {
        assert_eq!(decoded(b"\xC3\xA9\xC3\xA9\xFF"), ("éé\u{FFFD}".into(), "UTF-8", 1));
    }

    #[test]
    fn all_line_ends_become_line_feeds() {
        assert_eq!(decoded(b"a\r\nb\rc\n"), ("a\nb\nc\n".into(), "UTF-8", 0));
        // the line end falls between two blocks
        for before in [BLOCK_BYTES - 2, BLOCK_BYTES - 1, BLOCK_BYTES] {
            let bytes = ["x".repeat(before), "\r\n\r\ny\r".into()].concat();
            assert_eq!(decoded(bytes.as_bytes()).0[before..], *"\n\ny\n");
        }
    }

    #[test]
    fn a_nul_is_refused_with_its_line() {
        let mut decoded = Decoded::new("f.csv", Cursor::new(b"a\nb\nc\0d\n"), &mut Vec::new()).unwrap();
        let error = decoded.fill(1).unwrap_err().to_string();
        assert!(error.starts_with("f.csv, line 3: found a NUL character; expected text"), "{error}");
    }

    proptest! {
        /// A decoder that gets all bytes at once is the oracle.
        #[test]
        fn blocks_give_what_the_whole_gives(parts in prop::collection::vec(prop::sample::select(vec!["a", "é", "\r", "\n", "\r\n", "漢"]), 0..40), pad in 0usize..6) {
            let text = ["z".repeat(BLOCK_BYTES - pad), parts.concat()].concat();
            let expected = text.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(decoded(text.as_bytes()).0, expected);
        }

        #[test]
        fn lines_are_those_of_the_text(text in "[ab\n]{0,40}") {
            let mut decoded = Decoded::new("f", Cursor::new(text.as_bytes()), &mut Vec::new()).unwrap();
            let mut lines = Vec::new();
            while let Some((line, content)) = decoded.next_line(100, "too long").unwrap() {
                lines.push((line, content));
            }
            let expected: Vec<(u64, String)> = text.lines().enumerate().map(|(at, line)| (at as u64 + 1, line.into())).collect();
            prop_assert_eq!(lines, expected);
        }
    }
}
