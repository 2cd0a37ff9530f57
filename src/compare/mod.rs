//! Compares several methods and settings on the same splits and seeds: a plan of runs, which may be divided among
//! machines, files that keep each finished run, and a summary of all runs.

mod bench;
mod conditions;
mod curves;
mod difference;
mod plan;
mod report;
mod results;
mod sentences;
mod shard;
mod statistics;
mod suite;
mod summary;
mod text;
mod variant;

pub use bench::{Bench, Setup, Transfer};
pub use conditions::{Conditions, fingerprint};
pub use curves::{Curves, Point};
pub use difference::Difference;
pub use plan::Plan;
pub use report::comparison_report;
pub use results::{FinishedRun, Results, TransferScores};
pub use sentences::{failures, findings, milliseconds, reading};
pub use shard::Shard;
pub use statistics::{Interval, bootstrap_interval, deviation, mean};
pub use suite::{Suite, SuiteSet};
pub use summary::{MethodRow, SeedScore, SetSummary, Summary};
pub use text::{markdown, plain};
pub use variant::Variant;
