//! Reads files within limits, and writes them so that a power cut leaves either the old content or the new.
//!
//! A temporary file or folder is always created afresh. If one exists, it is removed and never written through, because
//! it may be a link to another place.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
#[cfg(feature = "cli")]
use std::path::PathBuf;

use crate::error::{Error, Result};

/// The readers of a written file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// The user alone, because the file holds their texts. Reports and checkpoints are such files, whatever the mode of
    /// the data file: users can share them later, but nobody can take back a file that was readable.
    Owner,
    /// Everyone whom the system's settings (umask) allow.
    Anyone,
}

/// Opens a regular file. Returns `None` if there is none.
///
/// # Errors
/// The file cannot be opened.
pub fn open(path: &Path) -> Result<Option<File>> {
    // opening a pipe could wait for ever
    if !path.is_file() {
        return Ok(None);
    }
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some).map_err(|error| Error::io(path, error)),
    }
}

/// Reads all bytes of an open file. It reserves the memory first, so that a lack of it is an error and does not end the
/// process.
///
/// # Errors
/// The file has more than `most` bytes, there is not enough memory for them, or it cannot be read.
pub fn read(file: File, path: &Path, most: u64) -> Result<Vec<u8>> {
    let size = file.metadata().map_err(|error| Error::io(path, error))?.len();
    let wrong = |message: String| Err(Error::model(path.display().to_string(), message));
    if size > most {
        return wrong(format!("has {size} bytes; expected at most {most}"));
    }
    let mut bytes = Vec::new();
    let fits = usize::try_from(size).is_ok_and(|size| bytes.try_reserve_exact(size).is_ok());
    if !fits {
        return wrong(format!("has {size} bytes, for which there is not enough memory"));
    }
    file.take(size).read_to_end(&mut bytes).map_err(|error| Error::io(path, error))?;
    Ok(bytes)
}

/// Creates a folder with files (name, bytes, readers). All of them are on the disk when this returns. The folder must
/// not exist yet. A name may have a folder in it: `onnx/model.onnx`.
///
/// # Errors
/// The folder or a file cannot be written.
pub fn write_files<'a>(
    folder: &Path,
    folder_readers: Readers,
    files: impl IntoIterator<Item = (&'a str, &'a [u8], Readers)>,
) -> Result<()> {
    directory(folder_readers).create(folder).map_err(|error| Error::io(folder, error))?;
    for (name, bytes, readers) in files {
        let path = folder.join(name);
        let parent = path.parent().filter(|parent| *parent != folder);
        if let Some(parent) = parent.filter(|parent| !parent.is_dir()) {
            directory(folder_readers).create(parent).map_err(|error| Error::io(parent, error))?;
        }
        create_file(&path, bytes, readers)?;
        parent.map_or(Ok(()), sync_folder)?;
    }
    sync_folder(folder)
}

/// Writes a file so that its place holds either the old content or the whole new one.
///
/// # Errors
/// The file cannot be written. The old content is still there.
#[cfg(feature = "cli")]
pub fn replace_file(path: &Path, bytes: &[u8], readers: Readers) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.partial"));
    remove(&temporary)?;
    let written = create_file(&temporary, bytes, readers)
        .and_then(|()| std::fs::rename(&temporary, path).map_err(|error| Error::io(path, error)));
    if written.is_err() {
        // the first error is the one to report
        let _ = remove(&temporary);
    }
    written?;
    sync_folder(path.parent().unwrap_or(path))
}

fn create_file(path: &Path, bytes: &[u8], readers: Readers) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| Error::io(path, error))
}

/// Creates a folder that only the user may read, and the folders above it.
///
/// # Errors
/// A folder cannot be created.
pub fn create_private_folder(folder: &Path) -> Result<()> {
    directory(Readers::Owner).recursive(true).create(folder).map_err(|error| Error::io(folder, error))
}

fn directory(readers: Readers) -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    builder
}

/// Creates a folder and those above it. Returns the folders that did not exist before, the outermost first.
///
/// # Errors
/// A folder cannot be created.
#[cfg(feature = "cli")]
pub fn create_folders(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let missing = |above: &&Path| !above.as_os_str().is_empty() && !above.is_dir();
    let mut missing: Vec<&Path> = folder.ancestors().take_while(missing).collect();
    missing.reverse();
    let mut made = Vec::new();
    for folder in missing {
        match std::fs::create_dir(folder) {
            Ok(()) => made.push(folder.to_owned()),
            // another process has created it in the meantime
            Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(error) => {
                made.iter().rev().for_each(|made| drop(std::fs::remove_dir(made)));
                return Err(error);
            }
        }
    }
    Ok(made)
}

/// Removes a file, a link, or a folder with its content. Does nothing if the path does not exist.
///
/// # Errors
/// The path cannot be removed.
pub fn remove(path: &Path) -> Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|error| Error::io(path, error)),
    }
}

/// Writes the entries of a folder to the disk. Without this, a power cut could undo the creation of a file in it.
pub fn sync_folder(folder: &Path) -> Result<()> {
    // other systems cannot open a folder, and write its entries through
    if cfg!(unix) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder).and_then(|opened| opened.sync_all()).map_err(|error| Error::io(folder, error))?;
    }
    Ok(())
}

#[cfg(all(test, unix, feature = "cli"))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, symlink};

    #[test]
    fn a_planted_link_is_removed_and_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let victim = place.path().join("victim");
        std::fs::write(&victim, "mine").unwrap();
        symlink(&victim, place.path().join(".report.html.partial")).unwrap();
        let report = place.path().join("report.html");
        replace_file(&report, b"new", Readers::Owner).unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"mine");
        assert_eq!(std::fs::read(&report).unwrap(), b"new");
        assert!(!report.symlink_metadata().unwrap().is_symlink());
        assert_eq!(report.metadata().unwrap().mode() & 0o777, 0o600);

        // a folder of files is never written into one that is there
        std::fs::create_dir(place.path().join("elsewhere")).unwrap();
        symlink(place.path().join("elsewhere"), place.path().join("planted")).unwrap();
        let files = [("a", &[1][..], Readers::Owner)];
        assert!(write_files(&place.path().join("planted"), Readers::Anyone, files).is_err());
        assert_eq!(std::fs::read_dir(place.path().join("elsewhere")).unwrap().count(), 0);
        write_files(&place.path().join("own"), Readers::Owner, files).unwrap();
        assert_eq!(place.path().join("own").metadata().unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_file_is_looked_at_before_it_is_read() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("vocab.txt");
        File::create(&path).unwrap().set_len(3 << 40).unwrap();
        let error = read(open(&path).unwrap().unwrap(), &path, 1 << 26).unwrap_err().to_string();
        assert!(error.ends_with("vocab.txt: has 3298534883328 bytes; expected at most 67108864"), "{error}");
        assert!(open(&place.path().join("missing")).unwrap().is_none());
        assert!(open(place.path()).unwrap().is_none(), "a folder is no file");
    }

    #[test]
    fn folders_that_were_made_are_named() {
        let place = tempfile::tempdir().unwrap();
        let [runs, run] = ["runs", "runs/a"].map(|name| place.path().join(name));
        assert_eq!(create_folders(&run).unwrap(), [runs.clone(), run.clone()]);
        assert!(create_folders(&run).unwrap().is_empty());
        std::fs::write(run.join("file"), "").unwrap();
        assert!(create_folders(&run.join("file/below")).is_err());
        assert!(create_folders(&run.join("new/a\0b")).is_err() && !run.join("new").exists());
    }
}
