//! The file of finished runs. It has JSON lines: first the conditions, then one line for each run.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::conditions::Conditions;
use super::curves::Curves;
use super::shard::Shard;
use super::variant::Variant;
use crate::error::{Error, Result};

/// Scores by metric name; `None` for a score that is not finite.
pub type ScoresByName = BTreeMap<String, Option<f64>>;

/// A finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FinishedRun {
    /// The variant of the run.
    #[serde(flatten)]
    pub variant: Variant,
    /// The seed of the run.
    pub seed: u64,
    /// The scores on the held-out examples; empty if training diverged.
    pub scores: ScoresByName,
    /// The scores of the same model on the validation examples or in the cross-validation, by which settings are chosen;
    /// empty without these, and in files of earlier versions.
    #[serde(default, skip_serializing_if = "ScoresByName::is_empty")]
    pub validation: ScoresByName,
    /// The scores on other files, in the order in which these were given.
    pub transfer: Vec<TransferScores>,
    /// The mean time of a step.
    pub seconds_per_step: f64,
    /// The number of finished steps.
    pub steps: usize,
    /// The reason why training was abandoned, if it was.
    pub diverged: Option<String>,
    /// Empty in files of earlier versions, which did not keep curves.
    #[serde(default)]
    pub curves: Curves,
}

/// The scores on a file from another source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferScores {
    /// The name of the file.
    pub file: String,
    /// The scores on it; empty if training diverged.
    pub scores: ScoresByName,
}

/// The name of a file of runs.
const FILE: &str = "runs.jsonl";
/// The folder of the shards' folders.
const SHARDS: &str = "shards";

/// The finished runs of a comparison: those of this process, and those that shards of it have finished. Each run is on
/// disk before the next one begins.
///
/// Every process writes to a file of its own, so that a shared folder needs no locks between machines.
pub struct Results {
    /// The folder of the whole comparison.
    output: PathBuf,
    /// The file of this process.
    path: PathBuf,
    conditions: Conditions,
    runs: Vec<FinishedRun>,
    /// `None` until there is a run to write, so that a comparison that fails early leaves no file.
    file: Option<File>,
}

impl Results {
    /// Reads the runs that earlier calls finished in `folder`, and those of all shards below `output`. It drops a last
    /// line that was cut off. `folder` is `output`, or a shard's [`folder`](Self::shard_folder).
    ///
    /// # Errors
    /// The runs were made under other conditions, or a file does not hold runs.
    pub fn open(output: &Path, folder: &Path, conditions: Conditions) -> Result<Self> {
        let path = folder.join(FILE);
        let mut results =
            Results { output: output.to_owned(), path, conditions, runs: Vec::new(), file: None };
        if let Some((read, complete)) = read(&results.path, &results.conditions)? {
            results.runs = read;
            let file = open(&results.path)?;
            file.set_len(complete).map_err(|error| Error::io(&results.path, error))?;
            results.file = Some(file);
        }
        results.read_others()?;
        Ok(results)
    }

    /// The folder of a shard.
    pub fn shard_folder(output: &Path, shard: Shard) -> PathBuf {
        output.join(SHARDS).join(shard.name())
    }

    /// The folders that hold runs, and that a comparison from scratch removes.
    pub fn all(output: &Path) -> [PathBuf; 2] {
        [output.join(FILE), output.join(SHARDS)]
    }

    /// The device of the first run that is found below `output`.
    ///
    /// # Errors
    /// There is no file of runs, or it is something else.
    pub fn first_conditions(output: &Path) -> Result<Conditions> {
        let Some(path) = files(output).into_iter().find(|path| path.is_file()) else {
            return Err(Error::Usage(format!(
                "there is no {FILE} in {} or in its folder {SHARDS}; run the shards first, or name their --output-dir",
                output.display()
            )));
        };
        let text = std::fs::read_to_string(&path).map_err(|error| Error::io(&path, error))?;
        parse(&path, text.lines().next().unwrap_or_default().as_bytes(), 1)
    }

    /// Takes in the runs that other processes have finished since.
    ///
    /// # Errors
    /// The runs were made under other conditions, or a file does not hold runs.
    pub fn read_others(&mut self) -> Result<()> {
        for path in files(&self.output).into_iter().filter(|path| *path != self.path) {
            let (runs, _) = read(&path, &self.conditions)?.unwrap_or_default();
            for run in runs {
                if !self.has(run.seed, &run.variant) {
                    self.runs.push(run);
                }
            }
        }
        Ok(())
    }

    /// The finished runs, in the order in which they finished.
    pub fn runs(&self) -> &[FinishedRun] {
        &self.runs
    }

    /// The file of this process.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether this run is finished.
    pub fn has(&self, seed: u64, variant: &Variant) -> bool {
        self.runs.iter().any(|run| run.seed == seed && run.variant == *variant)
    }

    /// Keeps a finished run. It is on disk when this returns.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn append(&mut self, run: &FinishedRun) -> Result<()> {
        let new = line(run);
        let wrong = |error| Error::io(&self.path, error);
        let mut file = match self.file.take() {
            Some(file) => file,
            None => {
                if let Some(folder) = self.path.parent() {
                    std::fs::create_dir_all(folder).map_err(|error| Error::io(folder, error))?;
                }
                let mut file = open(&self.path)?;
                file.set_len(0)
                    .and_then(|()| file.write_all(line(&self.conditions).as_bytes()))
                    .map_err(wrong)?;
                file
            }
        };
        let written = file
            .seek(SeekFrom::End(0))
            .and_then(|_| file.write_all(new.as_bytes()))
            .and_then(|()| file.sync_all());
        written.map_err(wrong)?;
        // parsed back, because a number may return from JSON with another last bit, and an uninterrupted comparison
        // must give the same table as an interrupted one
        self.runs.push(parse(&self.path, new.as_bytes(), 0)?);
        self.file = Some(file);
        Ok(())
    }
}

/// All files of runs below the folder of a comparison, in the order of their names.
fn files(output: &Path) -> Vec<PathBuf> {
    let shards = std::fs::read_dir(output.join(SHARDS)).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = shards.map(|entry| entry.path().join(FILE)).collect();
    files.sort();
    files.insert(0, output.join(FILE));
    files
}

/// The runs of a file, and the number of its bytes without a last line that is cut off or still being written. `None` if
/// the file does not exist or has no run: it then does not bind later calls to its conditions.
fn read(path: &Path, conditions: &Conditions) -> Result<Option<(Vec<FinishedRun>, u64)>> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| Error::io(path, error))?,
    };
    let complete = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut lines = bytes[..complete].split_inclusive(|byte| *byte == b'\n').zip(1..);
    let first = lines.next();
    let runs: Vec<FinishedRun> =
        lines.map(|(line, number)| parse(path, line, number)).collect::<Result<_>>()?;
    let Some((line, number)) = first.filter(|_| !runs.is_empty()) else { return Ok(None) };
    let earlier: Conditions = parse(path, line, number)?;
    match conditions.difference(&earlier) {
        None => Ok(Some((runs, complete as u64))),
        Some(difference) => Err(Error::Usage(format!(
            "{} has runs under other conditions: {difference}; name another --output-dir, or add \
             --overwrite-output-dir to start from scratch",
            path.display()
        ))),
    }
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain fields") + "\n"
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path, line: &[u8], number: u64) -> Result<T> {
    serde_json::from_slice(line).map_err(|error| {
        let message =
            format!("is not a run of a comparison ({error}); expected a file that subtune compare wrote");
        Error::data(path.display().to_string(), number, message)
    })
}

/// Opens the file, and creates it if it does not exist. The caller holds the lock on its folder.
fn open(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).map_err(|error| Error::io(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dps::Method;
    use crate::train::TrainingArguments;

    fn conditions(data: &str) -> Conditions {
        Conditions::new(&TrainingArguments::default(), serde_json::Map::new(), "model".into(), data.into())
    }

    fn run(seed: u64) -> FinishedRun {
        FinishedRun {
            variant: Method::Full.into(),
            seed,
            scores: [("accuracy".to_owned(), Some(0.1 + 0.2)), ("f1".to_owned(), None)].into(),
            validation: ScoresByName::new(),
            transfer: vec![TransferScores { file: "b.csv".into(), scores: ScoresByName::new() }],
            seconds_per_step: 0.123_456_789,
            steps: 20,
            diverged: None,
            curves: Curves { loss: vec![(10, 0.1 + 0.2)], validation: vec![(20, 0.5)] },
        }
    }

    fn opened(folder: &Path, data: &str) -> Result<Results> {
        Results::open(folder, folder, conditions(data))
    }

    fn reopened(folder: &Path, data: &str) -> Result<Vec<FinishedRun>> {
        opened(folder, data).map(|results| results.runs().to_vec())
    }

    #[test]
    fn finished_runs_come_back_and_a_torn_line_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("new");
        let path = new.join(FILE);
        let mut results = opened(&new, "a").unwrap();
        assert!(!path.exists(), "nothing is written before there is something to keep");
        results.append(&run(1)).unwrap();
        results.append(&run(2)).unwrap();
        let kept = results.runs().to_vec();
        drop(results);
        assert_eq!(reopened(&new, "a").unwrap(), kept);

        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        let mut results = opened(&new, "a").unwrap();
        let has = |seed, method: Method| results.has(seed, &method.into());
        assert!(has(1, Method::Full) && !has(2, Method::Full) && !has(1, Method::Head));
        results.append(&run(2)).unwrap();
        drop(results);
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }

    #[test]
    fn a_run_of_a_version_without_curves_is_read() {
        let mut kept = serde_json::to_value(run(1)).unwrap();
        kept.as_object_mut().unwrap().remove("curves").unwrap();
        let found: FinishedRun = parse(Path::new("runs.jsonl"), kept.to_string().as_bytes(), 2).unwrap();
        assert_eq!(found.curves, Curves::default());
    }

    #[test]
    fn other_conditions_are_refused_once_there_is_a_run() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        std::fs::write(folder.join(FILE), line(&conditions("a"))).unwrap();
        assert_eq!(reopened(folder, "b").unwrap(), []);
        opened(folder, "b").unwrap().append(&run(1)).unwrap();
        assert_eq!(reopened(folder, "b").unwrap().len(), 1);
        let error = reopened(folder, "a").unwrap_err().to_string();
        assert!(
            error.contains("has runs under other conditions: the data has changed; name another"),
            "{error}"
        );
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        opened(folder, "a").unwrap().append(&run(1)).unwrap();
        std::fs::write(folder.join(FILE), "{}\nhello\n").unwrap();
        let error = reopened(folder, "a").unwrap_err().to_string();
        assert!(error.contains("runs.jsonl, line 2: is not a run of a comparison"), "{error}");
    }

    #[test]
    fn shards_see_each_others_runs_and_write_to_their_own_files() {
        let output = tempfile::tempdir().unwrap();
        let shard = |name: &str| {
            let folder = Results::shard_folder(output.path(), name.parse().unwrap());
            Results::open(output.path(), &folder, conditions("a")).unwrap()
        };
        let (mut first, mut second) = (shard("0/2"), shard("1/2"));
        first.append(&run(1)).unwrap();
        second.append(&run(2)).unwrap();
        // the same run twice, as after a task was started again on another machine
        second.append(&run(1)).unwrap();
        // a run that is being written
        let torn = line(&conditions("a")) + &line(&run(3)) + "{\"method\":";
        std::fs::create_dir_all(output.path().join("shards/3-of-4")).unwrap();
        std::fs::write(output.path().join("shards/3-of-4/runs.jsonl"), torn).unwrap();
        first.read_others().unwrap();
        let seeds = |results: &Results| results.runs().iter().map(|run| run.seed).collect::<Vec<_>>();
        assert_eq!(seeds(&first), [1, 2, 3]);
        let merged = reopened(output.path(), "a").unwrap();
        assert_eq!(merged.iter().map(|run| run.seed).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(
            reopened(output.path(), "b")
                .unwrap_err()
                .to_string()
                .contains("shards/0-of-2/runs.jsonl has runs")
        );
        assert_eq!(Results::first_conditions(output.path()).unwrap(), conditions("a"));
    }
}
