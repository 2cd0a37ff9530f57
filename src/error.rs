//! The error type of the whole crate. Each message is one line that says what was found, where, what was expected and
//! what to do.

use std::path::{Path, PathBuf};

use crate::spec::{ErrorCode, Question};
use crate::terminal::one_line;

/// The result of work that can fail with an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// The reason why something failed. `Display` makes one line for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Options that contradict each other or are out of range.
    #[error("{}", short(.0))]
    Usage(String),
    /// A data file that cannot be used as it is.
    #[error("{}", short(&format!("{}: {message}", Place { file, line: *line })))]
    Data {
        /// Its name, as the user knows it.
        file: String,
        /// The line, from 1.
        line: Option<u64>,
        /// The message: what was found, what was expected, and what to do.
        message: String,
    },
    /// A data file that can be understood in several ways.
    #[error("{}", short(&unclear(file, questions)))]
    Unclear {
        /// Its name, as the user knows it.
        file: String,
        /// The questions that only the user can answer.
        questions: Vec<Question>,
    },
    /// A model folder (config.json, model.safetensors, tokenizer.json) that cannot be used.
    #[error("{}", short(&format!("{file}: {message}")))]
    Model {
        /// Its name, as the user knows it.
        file: String,
        /// The message: what was found, what was expected, and what to do.
        message: String,
    },
    /// A checkpoint that is damaged, or belongs to another run.
    #[error("{}", short(&format!("{file}: {message}")))]
    Checkpoint {
        /// Its name, as the user knows it.
        file: String,
        /// The message: what was found, what was expected, and what to do.
        message: String,
    },
    /// No device can run the command.
    #[error("{}", short(.0))]
    Device(String),
    /// The device was lost during the run.
    #[error("{}", short(.0))]
    DeviceLost(String),
    /// The device has no memory left.
    #[error("{}", short(.0))]
    OutOfMemory(String),
    /// A file could not be read or written.
    #[error("{}", short(&format!("{}: {source}", path.display())))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's message.
        source: std::io::Error,
    },
    /// A requested file could not be written and does not exist.
    #[error("{}", short(&format!("{} could not be written: {source}", path.display())))]
    Unwritten {
        /// The file or folder.
        path: PathBuf,
        /// The system's message.
        source: std::io::Error,
    },
    /// The storage of checkpoints failed, with its message.
    #[error("{}", short(.0))]
    Storage(String),
    /// Standard output could not be written.
    #[error("standard output could not be written: {0}")]
    Output(std::io::Error),
    /// Training cannot continue: the loss or the gradients are no longer finite.
    #[error("{}", short(.0))]
    Diverged(String),
}

impl Error {
    /// Makes an [`Error::Data`].
    pub fn data(file: impl Into<String>, line: impl Into<Option<u64>>, message: impl Into<String>) -> Self {
        Error::Data { file: file.into(), line: line.into(), message: message.into() }
    }

    /// Makes an [`Error::Model`].
    pub fn model(file: impl Into<String>, message: impl Into<String>) -> Self {
        Error::Model { file: file.into(), message: message.into() }
    }

    /// Makes an [`Error::Checkpoint`].
    pub fn checkpoint(file: impl Into<String>, message: impl Into<String>) -> Self {
        Error::Checkpoint { file: file.into(), message: message.into() }
    }

    /// The code by which faces decide what to do.
    pub fn code(&self) -> ErrorCode {
        match self {
            Error::Usage(_) => ErrorCode::Usage,
            Error::Data { .. } => ErrorCode::Data,
            Error::Unclear { .. } => ErrorCode::Unclear,
            Error::Model { .. } => ErrorCode::Model,
            Error::Checkpoint { .. } => ErrorCode::Checkpoint,
            Error::Device(_) => ErrorCode::Device,
            Error::DeviceLost(_) => ErrorCode::Lost,
            Error::OutOfMemory(_) => ErrorCode::Memory,
            Error::Io { .. } | Error::Storage(_) => ErrorCode::Io,
            Error::Unwritten { .. } => ErrorCode::Unwritten,
            Error::Output(_) => ErrorCode::Output,
            Error::Diverged(_) => ErrorCode::Diverged,
        }
    }

    /// The faulty file and its line, from 1, if the error is about a file.
    pub fn place(&self) -> Option<(String, Option<u64>)> {
        match self {
            Error::Data { file, line, .. } => Some((file.clone(), *line)),
            Error::Unclear { file, .. } | Error::Model { file, .. } | Error::Checkpoint { file, .. } => {
                Some((file.clone(), None))
            }
            Error::Io { path, .. } | Error::Unwritten { path, .. } => {
                Some((path.display().to_string(), None))
            }
            _ => None,
        }
    }

    /// Makes an [`Error::Io`].
    pub fn io(path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Error::Io { path: path.as_ref().to_owned(), source }
    }
}

/// Puts a message on one line, without characters that a terminal would obey. A long message keeps its beginning and
/// its end, which holds the advice.
fn short(message: &str) -> String {
    const HEAD: usize = 500;
    const TAIL: usize = 250;
    let length = message.chars().count();
    if length <= HEAD + TAIL {
        return one_line(message).into_owned();
    }
    let at = |character| message.char_indices().nth(character).map_or(message.len(), |(at, _)| at);
    format!("{} ... {}", one_line(&message[..at(HEAD)]), one_line(&message[at(length - TAIL)..]))
}

fn unclear(file: &str, questions: &[Question]) -> String {
    let questions: Vec<String> = questions.iter().map(Question::to_string).collect();
    format!("{file}: {}", questions.join("; "))
}

struct Place<'a> {
    file: &'a str,
    line: Option<u64>,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}, line {line}", self.file),
            None => write!(f, "{}", self.file),
        }
    }
}
