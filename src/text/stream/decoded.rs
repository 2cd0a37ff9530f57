//! The text of a source of any length, a piece at a time.

use std::io::{ErrorKind, Read};

use encoding_rs::{Decoder, Encoding};

use crate::error::{Error, Result};

const PIECE_BYTES: usize = 64 << 10;

/// Text with `\n` line ends and without a byte order mark.
pub(super) struct Decoded<R> {
    name: String,
    source: R,
    decoder: Decoder,
    piece: Vec<u8>,
    /// Whether the last character was a CR, which is a line end of its own unless a LF follows.
    after_cr: bool,
    ended: bool,
    /// Lines that were given so far.
    lines: u64,
    /// Whether bytes that are no characters were replaced by U+FFFD.
    pub replaced: bool,
}

impl<R: Read> Decoded<R> {
    /// `source` is past the mark. `name` is what errors call it.
    pub fn new(name: &str, source: R, encoding: &'static Encoding) -> Self {
        Decoded {
            name: name.into(),
            source,
            decoder: encoding.new_decoder_without_bom_handling(),
            piece: vec![0; PIECE_BYTES],
            after_cr: false,
            ended: false,
            lines: 0,
            replaced: false,
        }
    }

    /// Reads from where `find` puts the source.
    ///
    /// # Errors
    /// That cannot be done.
    pub fn restart(&mut self, find: impl FnOnce(&mut R) -> std::io::Result<()>) -> Result<()> {
        find(&mut self.source).map_err(|error| Error::io(&self.name, error))?;
        self.decoder = self.decoder.encoding().new_decoder_without_bom_handling();
        (self.after_cr, self.ended, self.replaced, self.lines) = (false, false, false, 0);
        Ok(())
    }

    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Adds the next piece to `text`.
    ///
    /// # Errors
    /// The source cannot be read, or has a NUL character, as binary files have.
    pub fn read(&mut self, text: &mut String) -> Result<()> {
        let read = loop {
            match self.source.read(&mut self.piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.map_err(|error| Error::io(&self.name, error))?,
            }
        };
        self.ended = read == 0;
        let from = text.len();
        let piece = &self.piece[..read];
        text.reserve(self.decoder.max_utf8_buffer_length(read).unwrap_or(4 * read + 16));
        let (_, _, replaced) = self.decoder.decode_to_string(piece, text, self.ended);
        self.replaced |= replaced;
        if text[from..].contains('\0') {
            let line =
                self.lines + text[from..].split('\0').next().unwrap_or("").matches('\n').count() as u64 + 1;
            let message =
                "found a NUL character, so this is a binary file; expected text, such as CSV in UTF-8";
            return Err(Error::data(&self.name, line, message));
        }
        if self.after_cr && text[from..].starts_with('\n') {
            text.remove(from);
            self.after_cr = false;
        }
        if text.len() > from {
            self.after_cr = text.ends_with('\r');
        }
        if text[from..].contains('\r') {
            let plain = text[from..].replace("\r\n", "\n").replace('\r', "\n");
            text.truncate(from);
            text.push_str(&plain);
        }
        self.lines += text[from..].matches('\n').count() as u64;
        Ok(())
    }
}
