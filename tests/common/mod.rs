//! The parts that the tests against golden files share.
#![allow(dead_code)] // each test binary uses a part

pub mod place;
pub mod tiny;
pub mod workbook;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

/// The files of a folder by their names.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| (name.clone(), file(folder, &name))).collect()
}

pub fn file(folder: &Path, name: &str) -> Vec<u8> {
    let path = folder.join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
