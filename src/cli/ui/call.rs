//! A call of the page and its answer: four bytes with the size of the JSON that follows, least significant first, then
//! that JSON, then bytes that are no JSON, one part after the other. www/src/program/wire.ts is the other end.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::model::ModelFolder;
use crate::tuner::{DataFile, DataFiles};

/// A call: a function of the engine, or of one of its objects.
pub struct Call {
    head: CallHead,
    arguments: std::vec::IntoIter<Value>,
    parts: Vec<Option<Vec<u8>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallHead {
    on: Option<u64>,
    name: String,
    arguments: Vec<Value>,
    /// The sizes of the parts.
    sizes: Vec<usize>,
}

/// The place of bytes in an argument.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    part: usize,
}

/// An object of the engine.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    pub object: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedPart {
    name: String,
    bytes: Part,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedParts {
    train: NamedPart,
    validation: Option<NamedPart>,
    test: Option<NamedPart>,
}

impl Call {
    /// # Errors
    /// It has another form.
    pub fn new(body: &[u8]) -> Result<Self> {
        let split = body
            .split_first_chunk::<4>()
            .and_then(|(size, rest)| rest.split_at_checked(u32::from_le_bytes(*size).try_into().ok()?));
        let (json, mut rest) = split.ok_or_else(|| Error::Usage("the call is cut short".into()))?;
        let mut head: CallHead = serde_json::from_slice(json).map_err(malformed)?;
        let mut parts = Vec::new();
        for size in &head.sizes {
            let split = rest.split_at_checked(*size);
            let (part, others) = split.ok_or_else(|| Error::Usage("the call is cut short".into()))?;
            parts.push(Some(part.to_vec()));
            rest = others;
        }
        let arguments = std::mem::take(&mut head.arguments).into_iter();
        Ok(Call { head, arguments, parts })
    }

    /// The object whose function is called.
    pub fn on(&self) -> Option<u64> {
        self.head.on
    }

    pub fn name(&self) -> &str {
        &self.head.name
    }

    /// The error of a call that nothing answers.
    pub fn unknown(&self) -> Error {
        Error::Usage(format!("this version of subtune has no function {:?}; reload the page", self.name()))
    }

    /// The next argument; one that is missing is null.
    ///
    /// # Errors
    /// It has another type.
    pub fn plain<T: DeserializeOwned>(&mut self) -> Result<T> {
        serde_json::from_value(self.arguments.next().unwrap_or_default()).map_err(malformed)
    }

    /// The next argument: bytes, or null.
    ///
    /// # Errors
    /// It is something else.
    pub fn bytes(&mut self) -> Result<Option<Vec<u8>>> {
        let part: Option<Part> = self.plain()?;
        part.map(|part| self.part(&part)).transpose()
    }

    /// The next argument: a data file.
    ///
    /// # Errors
    /// It is something else.
    pub fn file(&mut self) -> Result<DataFile> {
        let file = self.plain()?;
        self.named(file)
    }

    /// The next argument: the data files of a run.
    ///
    /// # Errors
    /// It is something else.
    pub fn files(&mut self) -> Result<DataFiles> {
        let NamedParts { train, validation, test } = self.plain()?;
        Ok(DataFiles {
            train: self.named(train)?,
            validation: validation.map(|file| self.named(file)).transpose()?,
            test: test.map(|file| self.named(file)).transpose()?,
        })
    }

    /// The next argument: contents by file name.
    ///
    /// # Errors
    /// It is something else.
    pub fn record(&mut self) -> Result<BTreeMap<String, Vec<u8>>> {
        let record: BTreeMap<String, Part> = self.plain()?;
        record.into_iter().map(|(name, part)| Ok((name, self.part(&part)?))).collect()
    }

    fn named(&mut self, NamedPart { name, bytes }: NamedPart) -> Result<DataFile> {
        Ok(DataFile { name, bytes: self.part(&bytes)? })
    }

    /// Each part is used once.
    fn part(&mut self, Part { part }: &Part) -> Result<Vec<u8>> {
        let bytes = self.parts.get_mut(*part).and_then(Option::take);
        bytes.ok_or_else(|| Error::Usage(format!("the call has no part {part}")))
    }
}

fn malformed(error: serde_json::Error) -> Error {
    Error::Usage(format!(
        "the call has another form than this version of subtune expects ({error}); reload the page"
    ))
}

/// The answer to a call.
pub enum Reply {
    Plain(Value),
    /// A new object.
    Object(Reference),
    Bytes(Vec<u8>),
    /// Contents by file name.
    Files(ModelFolder),
    Failure(Value),
}

impl Reply {
    pub fn plain(value: impl Serialize) -> Self {
        Reply::Plain(serde_json::to_value(value).expect("what is answered has plain fields"))
    }

    pub fn failure(error: &Error) -> Self {
        let (file, line) = error.place().unzip();
        let message = error.to_string();
        let failure =
            json!({ "code": error.code().name(), "message": message, "file": file, "line": line.flatten() });
        Reply::Failure(failure)
    }

    /// The answer to a call that a bug ended.
    pub fn crashed() -> Self {
        Reply::Failure(json!({ "message": "the terminal of subtune ui has the details" }))
    }

    /// The parts of the body.
    pub fn body(&self) -> (Vec<u8>, Vec<&[u8]>) {
        let (json, parts) = match self {
            Reply::Plain(value) => (json!({ "answer": value }), Vec::new()),
            Reply::Object(object) => (json!(object), Vec::new()),
            Reply::Bytes(bytes) => (json!({ "bytes": bytes.len() }), vec![bytes.as_slice()]),
            Reply::Files(folder) => {
                let files = folder.files();
                let sizes: Vec<_> = files.iter().map(|(name, bytes)| (name, bytes.len())).collect();
                (json!({ "files": sizes }), files.values().map(Vec::as_slice).collect())
            }
            Reply::Failure(failure) => (json!({ "failure": failure }), Vec::new()),
        };
        let json = json.to_string().into_bytes();
        let size = u32::try_from(json.len()).expect("an answer in JSON is smaller than the memory of a page");
        ([&size.to_le_bytes(), json.as_slice()].concat(), parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: &str, parts: &[u8]) -> Vec<u8> {
        [&(json.len() as u32).to_le_bytes(), json.as_bytes(), parts].concat()
    }

    #[test]
    fn a_call_is_read_as_it_was_sent() {
        let json = r#"{"on":3,"name":"inspect","arguments":[{"name":"a.csv","bytes":{"part":1}},{"data":{}}],"sizes":[2,3]}"#;
        let mut call = Call::new(&body(json, b"12abc")).unwrap();
        assert_eq!((call.on(), call.name()), (Some(3), "inspect"));
        let DataFile { name, bytes } = call.file().unwrap();
        assert_eq!((name.as_str(), bytes.as_slice()), ("a.csv", &b"abc"[..]));
        assert_eq!(call.plain::<Value>().unwrap(), json!({ "data": {} }));
        assert!(call.plain::<Option<u64>>().unwrap().is_none());
    }

    #[test]
    fn a_malformed_call_is_an_error() {
        let good = r#"{"on":null,"name":"f","arguments":[{"part":0},{"part":0}],"sizes":[1]}"#;
        let mut call = Call::new(&body(good, b"1")).unwrap();
        assert_eq!(call.bytes().unwrap().unwrap(), b"1");
        assert!(call.bytes().is_err(), "a part is used once");
        assert!(Call::new(&body(good, b"")).is_err());
        assert!(Call::new(&body("{}", b"")).is_err());
        assert!(
            Call::new(&body(r#"{"on":null,"name":"f","arguments":[],"sizes":[18446744073709551615]}"#, b"1"))
                .is_err()
        );
        for cut in 0..6 {
            assert!(Call::new(&body(good, b"1")[..cut]).is_err());
        }
        assert!(Call::new(&[0xff; 8]).is_err());
    }
}
