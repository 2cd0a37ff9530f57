//! Writing so that a power cut leaves what was there before or what was to be written.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, Result};

/// Makes a folder of `files`, all of them on the disk when this returns.
pub fn write_files(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Error::io(folder, error))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        let write = || -> std::io::Result<()> {
            let mut file = std::fs::File::create(&path)?;
            std::io::Write::write_all(&mut file, bytes)?;
            file.sync_all()
        };
        write().map_err(|error| Error::io(&path, error))?;
    }
    sync_folder(folder)
}

/// Brings to the disk which files a folder has.
pub fn sync_folder(folder: &Path) -> Result<()> {
    // elsewhere a folder cannot be opened, and its entries are written through
    if cfg!(unix) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        std::fs::File::open(folder)
            .and_then(|opened| opened.sync_all())
            .map_err(|error| Error::io(folder, error))?;
    }
    Ok(())
}
