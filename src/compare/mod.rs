//! Compares several methods on the same splits and seeds: a plan of runs, a file that keeps each finished run, and a
//! summary of all runs.

mod bench;
mod conditions;
mod curves;
mod plan;
mod results;
mod sentences;
mod statistics;
mod summary;
mod text;
mod words;

pub use bench::{Bench, Transfer};
pub use conditions::{Conditions, fingerprint};
pub use curves::{Curves, Point};
pub use plan::Plan;
pub use results::{Results, Run, TransferScores};
pub use sentences::{failures, findings, reading};
pub use statistics::{Interval, bootstrap_interval, deviation, mean};
pub use summary::{Difference, MethodRow, SeedScore, SetSummary, Summary};
pub use text::{markdown, plain};
pub use words::{difference_in_words, milliseconds};
