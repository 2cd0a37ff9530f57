//! The contract: every setting is declared once, here. The terminal's flags, `run.toml`, the settings of the page and
//! of the npm package, their TypeScript types and `docs/settings.md` all come from these tables, the last three through
//! `scripts/generate`.
//!
//! - [`settings`]: the description of a setting, and the macros that declare tables of settings
//! - `choices`: the values that users choose by name, such as [`Method`]
//! - [`TrainingArguments`], [`DataArguments`], [`RunArguments`]: the tables
//!
//! And what every face shows: the [`Event`]s of a run with [`Metrics`] and [`Prediction`]s, and how its data was
//! [`Understood`].

#[cfg(not(target_arch = "wasm32"))]
pub mod base_models;
mod choices;
mod data;
mod event;
mod finding;
#[cfg(all(test, feature = "cli"))]
mod form;
#[cfg(all(test, feature = "cli"))]
mod generated;
mod metrics;
mod prediction;
pub(crate) mod question;
pub(crate) mod quote;
mod reading;
mod run;
pub mod settings;
mod task;
mod training;
mod understood;

pub use choices::{
    ClassWeights, Dtype, ErrorCode, ExportFormat, Frozen, LogFormat, Long, Method, Pooling, Precision,
    Recipe, SelfTraining, Stage, TaskKind,
};
pub use data::DataArguments;
pub use event::{Event, MatrixSelection, Part, Selected, SelfTrained, Suspect, forget_classes};
pub use finding::{Finding, FindingKind};
pub use metrics::{ClassScore, Classification, Interval, Metrics, MultiLabel, Regression, Score, Scores};
pub use prediction::{HeldOut, Prediction};
pub use question::{Candidate, ClassSize, Question, Variants};
pub use reading::{LeftOut, Reading};
pub use run::RunArguments;
pub use settings::{Choice, Kind, Range, Setting, Value};
pub use task::{Example, OutputWords, Target, Task, TaskRow};
pub use training::TrainingArguments;
pub use understood::{Column, Labelled, Omission, OtherFile, Understood};
