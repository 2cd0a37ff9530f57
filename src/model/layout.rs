//! Finds the files of a model in a named folder, or one level down.

use std::path::{Path, PathBuf};

const CONFIG: &str = "config.json";
/// The folder of the encoder in old sentence-transformers models.
const TRANSFORMER: &str = "0_Transformer";
/// The number of entries of a folder that are searched.
const MAX_FOLDERS: usize = 1000;

/// Finds the folder with the files. It is `folder` itself if that has a `config.json`. Otherwise it is, one level down,
/// `0_Transformer`, the only folder with a `config.json`, or the last `checkpoint-N` of a Trainer if there are no other
/// models. If none of these applies, it is `folder`. A folder other than `folder` comes with a note for the user.
pub fn locate(folder: &Path) -> (PathBuf, Option<String>) {
    let itself = || (folder.to_owned(), None);
    if folder.join(CONFIG).exists() {
        return itself();
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_FOLDERS);
    let models: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.join(CONFIG).is_file() && !is_module(path))
        .collect();
    let steps: Vec<(u64, &PathBuf)> = models.iter().filter_map(|path| Some((step(path)?, path))).collect();
    let old = models.iter().find(|path| path.ends_with(TRANSFORMER));
    let (found, why) = match (old, models.as_slice()) {
        (Some(old), _) => (old, String::new()),
        (None, [only]) => (only, String::new()),
        (None, [_, ..]) if steps.len() == models.len() => match steps.iter().max() {
            Some((_, last)) => (*last, format!(", the last of {} checkpoints", steps.len())),
            None => return itself(),
        },
        _ => return itself(),
    };
    let name = found.file_name().unwrap_or_default().display();
    (
        found.clone(),
        Some(format!("{} has no {CONFIG}; the model is read from {name} in it{why}", folder.display())),
    )
}

/// The step of a checkpoint folder of Hugging Face's Trainer.
fn step(folder: &Path) -> Option<u64> {
    folder.file_name()?.to_str()?.strip_prefix("checkpoint-")?.parse().ok()
}

/// Whether a folder is a module of a sentence model other than the encoder, such as `1_Pooling`.
fn is_module(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    !folder.ends_with(TRANSFORMER)
        && name.split_once('_').is_some_and(|(number, _)| number.parse::<u32>().is_ok())
}

/// The folder that holds a file of a sentence model: the encoder's, or else the named one.
pub fn beside<'a>(named: &'a Path, found: &'a Path, file: &str) -> &'a Path {
    if found.join(file).exists() { found } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[&str]) -> (String, Option<String>) {
        let place = tempfile::tempdir().unwrap();
        for file in files {
            let path = place.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "{}").unwrap();
        }
        let (folder, note) = locate(place.path());
        let name = folder.strip_prefix(place.path()).unwrap().display().to_string();
        (name, note.map(|note| note.replace(&place.path().display().to_string(), "DIR")))
    }

    #[test]
    fn a_model_is_found_in_the_folder_or_one_level_down() {
        assert_eq!(found(&["config.json", "other/config.json"]), (String::new(), None));
        let old = found(&["0_Transformer/config.json", "1_Pooling/config.json", "x/config.json"]);
        assert_eq!(
            old,
            (
                "0_Transformer".into(),
                Some("DIR has no config.json; the model is read from 0_Transformer in it".into())
            )
        );
        let checkpoints = found(&["checkpoint-90/config.json", "checkpoint-500/config.json", "runs/log"]);
        assert_eq!(checkpoints.0, "checkpoint-500");
        assert!(checkpoints.1.unwrap().ends_with("from checkpoint-500 in it, the last of 2 checkpoints"));
        assert_eq!(found(&["model/config.json", "notes.txt"]).0, "model");
        // several candidates
        assert_eq!(found(&["a/config.json", "b/config.json"]), (String::new(), None));
        assert_eq!(found(&["checkpoint-1/config.json", "b/config.json"]), (String::new(), None));
        assert_eq!(found(&["1_Pooling/config.json"]), (String::new(), None));
        assert_eq!(found(&[]), (String::new(), None));
    }
}
