//! A fine-tuned model as what changed of its base, in one file, and back.
//!
//! The file is a safetensors file. For each tensor `NAME` of the model it holds the new values as `NAME`, and where they
//! go as `NAME.mask`; neither where the tensor is the base's. Its metadata say the rest under `subtune-delta`, in JSON:
//! the model's `config.json`, the hashes of the base's files, and each tensor's shape and the form of its mask.

use std::collections::BTreeMap;
use std::sync::Arc;

use safetensors::tensor::{Dtype as StoredDtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::folder::ModelFolder;
use crate::encoder::{Change, Changes, Dtype, Form, Mask, ModelConfig, Origin, decode};
use crate::error::{Error, Result};
use crate::hash::Hash;

pub(super) const WEIGHTS: &str = "model.safetensors";
const TOKENIZER: &str = "tokenizer.json";
const FORMAT: &str = "subtune-delta";
/// It rises when a field changes its meaning.
const VERSION: u64 = 1;

/// The metadata of a delta.
#[derive(Serialize, Deserialize)]
struct About {
    version: u64,
    base: Pins,
    /// The `config.json` of the fine-tuned model.
    config: String,
    tensors: BTreeMap<String, Listed>,
}

#[derive(Serialize, Deserialize)]
struct Listed {
    shape: Vec<usize>,
    from: Origin,
    mask: Form,
}

/// The SHA-256 of the files of a base, by which a delta recognises it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pins {
    #[serde(rename = "model.safetensors")]
    weights: String,
    #[serde(rename = "tokenizer.json")]
    tokenizer: String,
}

/// A delta that is read but not applied to its base yet.
#[derive(Clone, Debug)]
pub struct Delta {
    /// Its name in errors.
    file: String,
    base: Pins,
    pub(super) config: Vec<u8>,
    pub(super) changes: Changes,
}

/// A model from which deltas are made, and to which they are applied.
pub struct Base {
    folder: ModelFolder,
    pins: Pins,
}

impl Delta {
    /// Reads a file on disk.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), or the file cannot be read.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open(path: &std::path::Path) -> Result<Self> {
        let place = path.display().to_string();
        let file =
            crate::disk::open(path)?.ok_or_else(|| Error::model(&place, "is no file; expected a delta"))?;
        Self::read(&place, &crate::disk::read(file, path, super::stored::MAX_WEIGHT_BYTES)?)
    }

    /// Reads a delta. Errors call it `file`.
    ///
    /// # Errors
    /// The bytes are not a delta, come from a newer version, or are incomplete.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self> {
        let wrong = |message: String| Error::model(file, message);
        let expected = "expected a file that subtune export --format delta wrote";
        let no_file = |error: safetensors::SafeTensorError| {
            wrong(format!("is no complete delta ({error}); {expected}"))
        };
        let tensors = SafeTensors::deserialize(bytes).map_err(no_file)?;
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(no_file)?;
        let about = metadata.metadata().as_ref().and_then(|metadata| metadata.get(FORMAT));
        let about =
            about.ok_or_else(|| wrong(format!("is no delta, but another safetensors file; {expected}")))?;
        let read = |about: &str| -> serde_json::Result<About> { serde_json::from_str(about) };
        let About { version, base, config, tensors: listed } =
            read(about).map_err(|error| wrong(format!("is no delta ({error}); {expected}")))?;
        if version != VERSION {
            let message = format!(
                "is a delta of version {version}; expected version {VERSION}; use the subtune that wrote it"
            );
            return Err(wrong(message));
        }
        let change = |(name, Listed { shape, from: origin, mask }): (String, Listed)| {
            let wrong = |what: &str| wrong(format!("tensor {name}: {what}; export the delta again"));
            let entries = shape.iter().try_fold(1usize, |product, size| product.checked_mul(*size));
            let entries = entries.ok_or_else(|| wrong("it has more entries than can be counted"))?;
            let bits = match tensors.tensor(&mask_of(&name)) {
                Ok(view) => view.data().to_vec(),
                Err(_) => Vec::new(),
            };
            let mask = Mask::read(mask, bits, entries).map_err(wrong)?;
            let values = match tensors.tensor(&name) {
                Ok(view) => decode(&view).ok_or_else(|| wrong("its values are no floats"))?,
                Err(_) => Vec::new(),
            };
            if values.len() != mask.count() {
                return Err(wrong(&format!("it has {} values for {} places", values.len(), mask.count())));
            }
            Ok((name, Change { shape, origin, mask, values }))
        };
        let changes = listed.into_iter().map(change).collect::<Result<_>>()?;
        Ok(Delta { file: file.into(), base, config: config.into_bytes(), changes })
    }
}

impl Base {
    /// Hashes the files of the model.
    ///
    /// # Errors
    /// The model is itself a base with a delta, and its weights cannot be used.
    pub fn new(folder: &ModelFolder) -> Result<Self> {
        let folder = folder.whole()?;
        let hash = |file: &str| {
            let mut hash = Hash::default();
            hash.add(folder.bytes(file));
            hash.hex()
        };
        let pins = Pins { weights: hash(WEIGHTS), tokenizer: hash(TOKENIZER) };
        Ok(Base { folder, pins })
    }

    /// Writes the delta between this base and `tuned`, with values in `dtype`.
    ///
    /// # Errors
    /// The model is not fine-tuned, has another tokenizer than this base, or has a weight that is too large for `dtype`.
    pub fn delta(&self, tuned: &ModelFolder, dtype: Dtype) -> Result<Vec<u8>> {
        let tuned = tuned.whole()?;
        let (_, config) = tuned.fine_tuned()?;
        let file = tuned.place(WEIGHTS);
        if tuned.bytes(TOKENIZER) != self.folder.bytes(TOKENIZER) {
            let message = format!(
                "is another than {}; a delta holds no tokenizer: name the model that this one was trained from",
                self.folder.place(TOKENIZER)
            );
            return Err(Error::model(tuned.place(TOKENIZER), message));
        }
        let wrong =
            |error: safetensors::SafeTensorError| Error::model(&file, format!("has no delta ({error})"));
        let after = SafeTensors::deserialize(tuned.bytes(WEIGHTS)).map_err(wrong)?;
        // another number format may ask for other values
        let converted = (dtype != Dtype::Float32).then(|| tuned.converted(dtype)).transpose()?;
        let stored = converted.as_deref().unwrap_or(tuned.bytes(WEIGHTS));
        let stored = SafeTensors::deserialize(stored).map_err(wrong)?;
        let before = self.folder.weights()?;
        let mut about = About {
            version: VERSION,
            base: self.pins.clone(),
            config: String::from_utf8_lossy(tuned.bytes("config.json")).into_owned(),
            tensors: BTreeMap::new(),
        };
        let mut parts: Vec<(String, StoredDtype, Vec<u8>)> = Vec::new();
        for (name, view) in after.iter() {
            let (Some(after), Ok(stored)) = (decode(&view), stored.tensor(name)) else { continue };
            let stored = decode(&stored).unwrap_or_default();
            let shape = view.shape().to_vec();
            let before = before.values_before(config.family, name, &shape);
            let Change { shape, origin, mask, values } =
                Change::new(shape, before.as_deref(), &after, &stored);
            if mask.count() > 0 {
                parts.push((name.into(), dtype.stored(), dtype.encode_checked(&file, name, &values)?));
                parts.push((mask_of(name), StoredDtype::U8, mask.bytes));
            }
            about.tensors.insert(name.into(), Listed { shape, from: origin, mask: mask.form });
        }
        let view = |(name, dtype, bytes)| {
            let (name, dtype, bytes): (&String, &StoredDtype, &Vec<u8>) = (name, dtype, bytes);
            let size = bytes.len() * 8 / dtype.bitsize();
            Ok((name.as_str(), TensorView::new(*dtype, vec![size], bytes)?))
        };
        let views = parts.iter().map(|(name, dtype, bytes)| view((name, dtype, bytes)));
        let views = views.collect::<std::result::Result<Vec<_>, _>>().map_err(wrong)?;
        let about = serde_json::to_string(&about).expect("it has plain fields");
        let metadata = Some([(FORMAT.to_owned(), about)].into_iter().collect());
        safetensors::tensor::serialize(views, metadata).map_err(wrong)
    }

    /// Applies a delta to this base. The tensors of the result are computed when they are loaded.
    ///
    /// # Errors
    /// The delta belongs to another base, or its model does not fit this one.
    pub fn with_delta(&self, delta: Delta) -> Result<ModelFolder> {
        let files = [
            (WEIGHTS, &delta.base.weights, &self.pins.weights),
            (TOKENIZER, &delta.base.tokenizer, &self.pins.tokenizer),
        ];
        if let Some((file, expected, found)) =
            files.into_iter().find(|(_, expected, found)| expected != found)
        {
            let message = format!(
                "was made of a base whose {file} has the SHA-256 {expected}, but that of {} is {found}; name the model that \
                 was fine-tuned",
                self.folder.place(file)
            );
            return Err(Error::model(&delta.file, message));
        }
        let wrong = |message: String| Error::model(&delta.file, format!("{message}; export the delta again"));
        let entries =
            delta.changes.values().try_fold(0usize, |sum, change| sum.checked_add(change.entries()));
        // besides what the base has, a layer and a classifier, whose values the file has
        let given: usize = delta.changes.values().map(|change| change.values.len()).sum();
        let weights = self.folder.weights()?;
        let most = (2 * weights.entries()).saturating_add(given);
        if entries.is_none_or(|entries| entries > most) {
            return Err(wrong(format!("makes a model of more than {most} weights")));
        }
        let config = ModelConfig::from_json(&delta.file, &delta.config)?;
        let has_origin =
            |(name, change): &(&String, &Change)| weights.has_origin(config.family, name, change);
        if let Some((name, _)) = delta.changes.iter().find(|change| !has_origin(change)) {
            return Err(wrong(format!(
                "changes the tensor {name}, which its base does not have in this shape"
            )));
        }
        Ok(self.folder.clone().with_changes(Arc::new(delta)))
    }
}

impl ModelFolder {
    /// Writes a base with a delta as ordinary weights and `config.json`. Any other folder stays as it is.
    ///
    /// # Errors
    /// The weights or the configuration cannot be used.
    pub fn whole(&self) -> Result<ModelFolder> {
        let Some(delta) = self.delta() else { return Ok(self.clone()) };
        let wrong = |error: safetensors::SafeTensorError| {
            Error::model(&delta.file, format!("cannot be put onto its base ({error})"))
        };
        let weights = self.weights()?;
        let config = ModelConfig::from_json(&self.place("config.json"), self.bytes("config.json"))?;
        let parts: Vec<(&str, &[usize], Vec<u8>)> = delta
            .changes
            .iter()
            .map(|(name, change)| {
                let values = weights.changed(config.family, name, change);
                (name.as_str(), change.shape.as_slice(), Dtype::Float32.encode(&values))
            })
            .collect();
        let views = parts
            .iter()
            .map(|(name, shape, bytes)| {
                Ok((*name, TensorView::new(Dtype::Float32.stored(), shape.to_vec(), bytes)?))
            })
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(wrong)?;
        let metadata = Some([("format".to_owned(), "pt".to_owned())].into_iter().collect());
        let bytes = safetensors::tensor::serialize(views, metadata).map_err(wrong)?;
        Ok(self.without_changes().with_file(WEIGHTS, bytes))
    }
}

fn mask_of(name: &str) -> String {
    format!("{name}.mask")
}
