//! A run under way, and what it leaves behind.

use std::path::PathBuf;

use crate::bert::{BertConfig, BertForSequenceClassification, Dtype};
use crate::device::Chosen;
use crate::error::{Error, Result};
use crate::model::ModelFolder;
use crate::report::{Mistakes, RunSummary, model_card, run_report};
use crate::text::{Example, Sets};
use crate::train::{Event, HeldOut, Part, Trainer};

pub struct Running {
    pub(super) trainer: Trainer,
    pub(super) chosen: Chosen,
    /// What was started from.
    pub(super) folder: ModelFolder,
    /// Of the model that is trained.
    pub config: BertConfig,
    /// The peak.
    pub learning_rate: f64,
    /// Class names; none for a regression.
    pub labels: Vec<String>,
    pub(super) sets: Sets,
    /// As reports name them.
    pub(super) model_name: PathBuf,
    pub(super) train_file: PathBuf,
    pub(super) events: Vec<Event>,
}

impl Running {
    /// Does one piece of the run, such as a step, and gives all that happened in it. Nothing once the run has ended.
    ///
    /// # Errors
    /// The device failed, or training diverged.
    pub async fn proceed(&mut self) -> Result<Option<Vec<Event>>> {
        let happened = self.trainer.proceed().await;
        // what the driver says explains more than what followed from it
        self.chosen.check_health()?;
        let happened = happened?;
        self.events.extend(happened.iter().flatten().cloned());
        Ok(happened)
    }

    /// Ends the run after the current step as if it were complete.
    pub fn stop(&mut self) {
        self.trainer.stop();
    }

    /// All that has happened so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The examples that nothing was learned from, and what the kept model says of them. Nothing before the first
    /// evaluation.
    pub fn held_out(&self) -> Option<(&[Example], &HeldOut)> {
        let held_out = self.trainer.held_out()?;
        let examples = match held_out.part {
            Part::Validation => &self.sets.validation,
            Part::Test => &self.sets.test,
        };
        Some((examples, held_out))
    }

    /// `report.html` of the run so far; with `error`, of a run that failed.
    pub fn report(&self, error: Option<&Error>) -> String {
        run_report(&self.summary(error))
    }

    /// The kept model, and the folder to write: with a filled model card and the report.
    ///
    /// # Errors
    /// The device failed while the weights were read.
    pub async fn finish(self) -> Result<(BertForSequenceClassification, ModelFolder)> {
        let (card, report) = (model_card(&self.summary(None)), self.report(None));
        let model = self.trainer.into_model();
        let folder = self.folder.export(&model, &self.config, Dtype::Float32).await?;
        let folder =
            folder.with_file("README.md", card.into_bytes()).with_file("report.html", report.into_bytes());
        Ok((model, folder))
    }

    fn summary(&self, error: Option<&Error>) -> RunSummary<'_> {
        RunSummary {
            events: &self.events,
            train_file: &self.train_file,
            model: &self.model_name,
            layers: self.config.num_hidden_layers,
            hidden_size: self.config.hidden_size,
            mistakes: self
                .held_out()
                .map(|(examples, held_out)| Mistakes::new(held_out, examples, &self.labels)),
            labels: self.labels.clone(),
            error: error.map(Error::to_string),
        }
    }
}
