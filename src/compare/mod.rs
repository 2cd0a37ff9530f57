//! Compares several methods on the same splits and seeds: a plan of runs, a file that keeps each finished run, and a
//! summary of all runs.

mod bench;
mod conditions;
mod curves;
mod difference;
mod plan;
mod report;
mod results;
mod sentences;
mod statistics;
mod summary;
mod text;

pub use bench::{Bench, Transfer};
pub use conditions::{Conditions, fingerprint};
pub use curves::{Curves, Point};
pub use difference::Difference;
pub use plan::Plan;
pub use report::comparison_report;
pub use results::{FinishedRun, Results, TransferScores};
pub use sentences::{failures, findings, milliseconds, reading};
pub use statistics::{Interval, bootstrap_interval, deviation, mean};
pub use summary::{MethodRow, SeedScore, SetSummary, Summary};
pub use text::{markdown, plain};
