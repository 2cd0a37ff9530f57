//! Joins weights in several files. `model.safetensors.index.json` says which file holds which tensor.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use safetensors::tensor::{SafeTensors, TensorView};
use serde::Deserialize;

use crate::error::{Error, Result};

pub const INDEX: &str = "model.safetensors.index.json";
const WHOLE: &str = "model.safetensors";
const MAX_SHARDS: usize = 256;

/// Which file holds which tensor.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Index {
    fn read(place: &str, bytes: &[u8]) -> Result<Self> {
        let index: Index = serde_json::from_slice(bytes).map_err(|error| {
            Error::model(
                place,
                format!("cannot be read ({error}); expected a weight_map of tensors to files"),
            )
        })?;
        let names = index.files();
        if !(1..=MAX_SHARDS).contains(&names.len()) {
            let message = format!("names {} files; expected 1 to {MAX_SHARDS}", names.len());
            return Err(Error::model(place, message));
        }
        if let Some(name) = names.into_iter().find(|name| !is_plain(name)) {
            let message = format!("names the file {name:?}; expected a .safetensors file of this folder");
            return Err(Error::model(place, message));
        }
        Ok(index)
    }

    fn files(&self) -> BTreeSet<&str> {
        self.weight_map.values().map(String::as_str).collect()
    }
}

/// The files that an index names. Errors call it `place`.
///
/// # Errors
/// The index cannot be read, names no file or too many, or one outside the folder.
#[cfg(not(target_arch = "wasm32"))]
pub fn shards(place: &str, index: &[u8]) -> Result<Vec<String>> {
    Ok(Index::read(place, index)?.files().into_iter().map(str::to_owned).collect())
}

/// Makes one `model.safetensors` of the index of `folder` and the files that it names, if there is an index instead of that file.
/// Takes them away.
///
/// # Errors
/// The index is wrong (see [`shards`]), or names a file that is missing, incomplete or without the tensor.
pub fn join(folder: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let Some(index) = files.remove(INDEX) else { return Ok(()) };
    if files.contains_key(WHOLE) {
        return Ok(());
    }
    let path = |name: &str| Path::new(folder).join(name).display().to_string();
    let wrong = |message: String| Error::model(path(INDEX), message);
    let index = Index::read(&path(INDEX), &index)?;
    let mut shards: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for name in index.files() {
        let bytes = files.remove(name).ok_or_else(|| {
            wrong(format!("names the file {name:?}, which is missing; download the model again"))
        })?;
        shards.insert(name, bytes);
    }
    let opened: BTreeMap<&str, SafeTensors> = shards
        .iter()
        .map(|(name, bytes)| match SafeTensors::deserialize(bytes) {
            Ok(tensors) => Ok((*name, tensors)),
            Err(error) => Err(Error::model(
                path(name),
                format!("is not a complete safetensors file ({error}); download it again"),
            )),
        })
        .collect::<Result<_>>()?;
    let tensors = index.weight_map.iter().map(|(tensor, name)| match opened[name.as_str()].tensor(tensor) {
        Ok(view) => Ok((tensor.as_str(), view)),
        Err(_) => Err(wrong(format!(
            "says that {name} holds {tensor:?}, but it does not; download the model again"
        ))),
    });
    let tensors: Vec<(&str, TensorView)> = tensors.collect::<Result<_>>()?;
    let metadata = Some([("format".to_owned(), "pt".to_owned())].into_iter().collect());
    let whole = safetensors::tensor::serialize(tensors, metadata)
        .map_err(|error| wrong(format!("names tensors that cannot be put together ({error})")))?;
    files.insert(WHOLE.into(), whole);
    Ok(())
}

/// Whether the name is that of a file in this folder.
fn is_plain(name: &str) -> bool {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "._-".contains(one);
    name.len() <= 200
        && name.ends_with(".safetensors")
        && !name.starts_with('.')
        && name.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(tensors: &[(&str, f32)]) -> Vec<u8> {
        let bytes: Vec<(&str, [u8; 4])> =
            tensors.iter().map(|(name, value)| (*name, value.to_le_bytes())).collect();
        let view = |bytes| TensorView::new(safetensors::Dtype::F32, vec![1], bytes).unwrap();
        safetensors::tensor::serialize(bytes.iter().map(|(name, bytes)| (*name, view(bytes))), None).unwrap()
    }

    fn joined(index: &str) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut files = BTreeMap::from([
            ("a.safetensors".to_owned(), file(&[("x", 1.0), ("y", 2.0)])),
            ("b.safetensors".to_owned(), file(&[("z", 3.0)])),
            (INDEX.to_owned(), index.into()),
        ]);
        join("mine", &mut files).map(|()| files)
    }

    #[test]
    fn several_files_become_one() {
        let index = r#"{"weight_map": {"x": "a.safetensors", "y": "a.safetensors", "z": "b.safetensors"}}"#;
        let files = joined(index).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), [WHOLE]);
        let tensors = SafeTensors::deserialize(&files[WHOLE]).unwrap();
        assert_eq!(tensors.tensor("z").unwrap().data(), 3f32.to_le_bytes());
        assert_eq!(tensors.len(), 3);
    }

    #[test]
    fn a_whole_file_counts_more_than_an_index() {
        let mut files = BTreeMap::from([(WHOLE.to_owned(), vec![1]), (INDEX.to_owned(), vec![2])]);
        join("mine", &mut files).unwrap();
        assert_eq!(files, BTreeMap::from([(WHOLE.to_owned(), vec![1])]));
    }

    #[test]
    fn an_index_that_leads_astray_is_refused() {
        let error =
            |file: &str| joined(&format!(r#"{{"weight_map": {{"z": {file:?}}}}}"#)).unwrap_err().to_string();
        for file in [
            "../b.safetensors",
            "/etc/passwd",
            ".safetensors",
            "b.bin",
            "c/b.safetensors",
            "..\\b.safetensors",
        ] {
            assert!(error(file).contains("expected a .safetensors file of this folder"), "{file}");
        }
        assert!(error("c.safetensors").contains("which is missing"));
        assert!(error("a.safetensors").contains("but it does not"));
        assert!(joined("{}").unwrap_err().to_string().contains("cannot be read"));
        assert!(joined(r#"{"weight_map": {}}"#).unwrap_err().to_string().contains("names 0 files"));
    }
}
