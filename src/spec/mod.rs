//! The contract: what a setting is, once. The terminal's flags, `run.toml`, the settings of the page and of the npm
//! package, their TypeScript types and `docs/settings.md` are all made from these tables, the last three by
//! `scripts/generate`.
//!
//! - [`settings`]: what a setting is, and the macros that declare tables of them
//! - [`choices`]: values that are chosen by name, such as [`Method`]
//! - [`training`], [`data`], [`run`]: the tables

mod choices;
mod data;
#[cfg(all(test, feature = "cli"))]
mod form;
#[cfg(all(test, feature = "cli"))]
mod generated;
mod run;
pub mod settings;
mod training;

pub use choices::{
    ClassWeights, Dtype, ErrorCode, ExportFormat, Frozen, LogFormat, Method, Pooling, Precision, Recipe,
    Stage, TaskKind,
};
pub use data::DataArguments;
pub use run::RunArguments;
pub use settings::{Choice, Kind, Range, Setting, Value};
pub use training::TrainingArguments;
