//! What the tests against golden files share.
#![allow(dead_code)] // each test binary uses a part

pub mod place;
pub mod tiny;

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use subtune::device::{Chosen, DeviceChoice, choose};

/// The device under test.
pub fn device() -> Chosen {
    let name = std::env::var("SUBTUNE_DEVICE").unwrap_or_else(|_| "cpu".into());
    let choice: DeviceChoice = name.parse().unwrap();
    let chosen = pollster::block_on(choose(&choice)).unwrap();
    println!("device: {}", chosen.name());
    chosen
}

pub fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The golden runs to check: one folder, or all folders in it.
pub fn golden_folders() -> Vec<PathBuf> {
    let root = std::env::var_os("SUBTUNE_GOLDEN").map_or_else(golden, PathBuf::from);
    let is_run = |folder: &PathBuf| folder.join("run.json").is_file();
    if is_run(&root) {
        return vec![root];
    }
    let entries = std::fs::read_dir(&root).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(is_run).collect();
    folders.sort();
    folders
}

pub fn file(folder: &Path, name: &str) -> Vec<u8> {
    let path = folder.join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The tensors of a golden file.
pub struct Tensors(Vec<u8>);

impl Tensors {
    pub fn new(bytes: Vec<u8>) -> Self {
        Tensors(bytes)
    }

    fn open(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.0).unwrap()
    }

    pub fn shape(&self, name: &str) -> Vec<usize> {
        self.open().tensor(name).unwrap().shape().to_vec()
    }

    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        Some(self.open().tensor(name).ok()?.data().to_vec())
    }

    pub fn floats(&self, name: &str) -> Option<Vec<f32>> {
        Some(self.bytes(name)?.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    pub fn counts(&self, name: &str) -> Option<Vec<u32>> {
        Some(self.bytes(name)?.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
    }

    pub fn ints(&self, name: &str) -> Vec<i32> {
        let bytes = self.bytes(name).unwrap_or_else(|| panic!("no tensor {name}"));
        bytes.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as i32).collect()
    }
}
