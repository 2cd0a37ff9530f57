//! Joins weights in several files. `model.safetensors.index.json` says which file holds which tensor.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use safetensors::tensor::{SafeTensors, TensorView};
use serde::Deserialize;

use crate::disk::{open, read};
use crate::error::{Error, Result};

pub const INDEX: &str = "model.safetensors.index.json";
const MAX_SHARDS: usize = 256;
/// The largest index: one with every tensor of a model of 256 layers.
const MAX_INDEX_BYTES: u64 = 16 << 20;

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// Makes the `model.safetensors` of a folder that has an index instead; `None` if it has no index. `most` bounds the bytes
/// of all files together.
///
/// # Errors
/// The index names a file that is missing, outside the folder, or without the tensor; or the files are too large.
pub fn merged(folder: &Path, most: u64) -> Result<Option<Vec<u8>>> {
    let place = folder.join(INDEX);
    let Some(file) = open(&place)? else { return Ok(None) };
    let wrong = |message: String| Error::model(place.display().to_string(), message);
    let index: Index = serde_json::from_slice(&read(file, &place, MAX_INDEX_BYTES)?).map_err(|error| {
        wrong(format!("cannot be read ({error}); expected a weight_map of tensors to files"))
    })?;
    let names: BTreeSet<&str> = index.weight_map.values().map(String::as_str).collect();
    if !(1..=MAX_SHARDS).contains(&names.len()) {
        return Err(wrong(format!("names {} files; expected 1 to {MAX_SHARDS}", names.len())));
    }
    let mut left = most;
    let mut shards: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for name in names {
        if !is_plain(name) {
            return Err(wrong(format!(
                "names the file {name:?}; expected a .safetensors file of this folder"
            )));
        }
        let path = folder.join(name);
        let file = open(&path)?.ok_or_else(|| {
            wrong(format!("names the file {name:?}, which is missing; download the model again"))
        })?;
        let bytes = read(file, &path, left)?;
        left -= bytes.len() as u64;
        shards.insert(name, bytes);
    }
    let opened: BTreeMap<&str, SafeTensors> = shards
        .iter()
        .map(|(name, bytes)| match SafeTensors::deserialize(bytes) {
            Ok(tensors) => Ok((*name, tensors)),
            Err(error) => Err(Error::model(
                folder.join(name).display().to_string(),
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
    let whole = safetensors::tensor::serialize(tensors, metadata);
    whole.map(Some).map_err(|error| wrong(format!("names tensors that cannot be put together ({error})")))
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

    fn of_index(index: &str) -> Result<Option<Vec<u8>>> {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("a.safetensors"), file(&[("x", 1.0), ("y", 2.0)])).unwrap();
        std::fs::write(place.path().join("b.safetensors"), file(&[("z", 3.0)])).unwrap();
        std::fs::write(place.path().join(INDEX), index).unwrap();
        merged(place.path(), 1000)
    }

    #[test]
    fn several_files_become_one() {
        let index = r#"{"weight_map": {"x": "a.safetensors", "y": "a.safetensors", "z": "b.safetensors"}}"#;
        let whole = of_index(index).unwrap().unwrap();
        let tensors = SafeTensors::deserialize(&whole).unwrap();
        assert_eq!(tensors.tensor("z").unwrap().data(), 3f32.to_le_bytes());
        assert_eq!(tensors.len(), 3);
        assert_eq!(merged(tempfile::tempdir().unwrap().path(), 1000).unwrap(), None);
    }

    #[test]
    fn an_index_that_leads_astray_is_refused() {
        let error = |file: &str| {
            of_index(&format!(r#"{{"weight_map": {{"z": {file:?}}}}}"#)).unwrap_err().to_string()
        };
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
        assert!(of_index("{}").unwrap_err().to_string().contains("cannot be read"));
        assert!(of_index(r#"{"weight_map": {}}"#).unwrap_err().to_string().contains("names 0 files"));
    }
}
