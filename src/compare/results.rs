//! The file of finished runs. It has JSON lines: first the conditions, then one line for each run.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::conditions::Conditions;
use super::curves::Curves;
use crate::dps::Method;
use crate::error::{Error, Result};

/// Scores by metric name; `None` for a score that is not finite.
pub type ScoresByName = BTreeMap<String, Option<f64>>;

/// A finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FinishedRun {
    /// The method of the run.
    pub method: Method,
    /// The seed of the run.
    pub seed: u64,
    /// The scores on the held-out examples; empty if training diverged.
    pub scores: ScoresByName,
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

/// All finished runs under the same conditions. Each is on disk before the next one begins.
pub struct Results {
    path: PathBuf,
    conditions: Conditions,
    runs: Vec<FinishedRun>,
    /// `None` until there is a run to write, so that a comparison that fails early leaves no file.
    file: Option<File>,
}

impl Results {
    /// Reads the runs that earlier calls finished, if the file exists. It drops a last line that was cut off.
    ///
    /// # Errors
    /// The runs were made under other conditions, or the file does not hold runs.
    pub fn open(path: &Path, conditions: Conditions) -> Result<Self> {
        let mut results = Results { path: path.to_owned(), conditions, runs: Vec::new(), file: None };
        if !path.exists() {
            return Ok(results);
        }
        let mut file = open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| Error::io(path, error))?;
        let complete = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut lines = bytes[..complete].split_inclusive(|byte| *byte == b'\n').zip(1..);
        let first = lines.next();
        for (line, number) in lines {
            results.runs.push(parse(path, line, number)?);
        }
        // a file without a run does not bind later calls to its conditions
        if let (Some((line, number)), false) = (first, results.runs.is_empty()) {
            let earlier: Conditions = parse(path, line, number)?;
            if let Some(difference) = results.conditions.difference(&earlier) {
                return Err(Error::Usage(format!(
                    "{} has runs under other conditions: {difference}; name another --output-dir, or add \
                     --overwrite-output-dir to start from scratch",
                    path.display()
                )));
            }
            file.set_len(complete as u64).map_err(|error| Error::io(path, error))?;
            results.file = Some(file);
        }
        Ok(results)
    }

    /// The finished runs, in the order in which they finished.
    pub fn runs(&self) -> &[FinishedRun] {
        &self.runs
    }

    /// Whether this run is finished.
    pub fn has(&self, seed: u64, method: Method) -> bool {
        self.runs.iter().any(|run| run.seed == seed && run.method == method)
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
    use crate::train::TrainingArguments;

    fn conditions(data: &str) -> Conditions {
        Conditions::new(&TrainingArguments::default(), serde_json::Map::new(), "model".into(), data.into())
    }

    fn run(seed: u64) -> FinishedRun {
        FinishedRun {
            method: Method::Full,
            seed,
            scores: [("accuracy".to_owned(), Some(0.1 + 0.2)), ("f1".to_owned(), None)].into(),
            transfer: vec![TransferScores { file: "b.csv".into(), scores: ScoresByName::new() }],
            seconds_per_step: 0.123_456_789,
            steps: 20,
            diverged: None,
            curves: Curves { loss: vec![(10, 0.1 + 0.2)], validation: vec![(20, 0.5)] },
        }
    }

    fn reopened(path: &Path, data: &str) -> Result<Vec<FinishedRun>> {
        Results::open(path, conditions(data)).map(|results| results.runs().to_vec())
    }

    #[test]
    fn finished_runs_come_back_and_a_torn_line_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/runs.jsonl");
        let mut results = Results::open(&path, conditions("a")).unwrap();
        assert!(!path.exists(), "nothing is written before there is something to keep");
        results.append(&run(1)).unwrap();
        results.append(&run(2)).unwrap();
        let kept = results.runs().to_vec();
        drop(results);
        assert_eq!(reopened(&path, "a").unwrap(), kept);

        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        let mut results = Results::open(&path, conditions("a")).unwrap();
        assert!(
            results.has(1, Method::Full) && !results.has(2, Method::Full) && !results.has(1, Method::Head)
        );
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
        let path = folder.path().join("runs.jsonl");
        std::fs::write(&path, line(&conditions("a"))).unwrap();
        assert_eq!(reopened(&path, "b").unwrap(), []);
        Results::open(&path, conditions("b")).unwrap().append(&run(1)).unwrap();
        assert_eq!(reopened(&path, "b").unwrap().len(), 1);
        let error = reopened(&path, "a").unwrap_err().to_string();
        assert!(
            error.contains("has runs under other conditions: the data has changed; name another"),
            "{error}"
        );
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.jsonl");
        Results::open(&path, conditions("a")).unwrap().append(&run(1)).unwrap();
        std::fs::write(&path, "{}\nhello\n").unwrap();
        let error = reopened(&path, "a").unwrap_err().to_string();
        assert!(error.contains("runs.jsonl, line 2: is not a run of a comparison"), "{error}");
    }
}
