//! The contract: every setting is declared once, here. The terminal's flags, `run.toml`, the settings of the page and
//! of the npm package, their TypeScript types and `docs/settings.md` all come from these tables, the last three through
//! `scripts/generate`.
//!
//! - [`settings`]: the description of a setting, and the macros that declare tables of settings
//! - [`choices`]: the values that users choose by name, such as [`Method`]
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
    ClassWeights, Dtype, ErrorCode, Frozen, LogFormat, Method, Pooling, Recipe, Stage, TaskKind,
};
pub use data::DataArguments;
pub use run::RunArguments;
pub use settings::{Choice, Kind, Range, Setting, Value};
pub use training::TrainingArguments;
