//! What is written down of a run, from its events alone, and of a comparison.

mod comparison;
mod confusion;
mod curves;
mod html;
mod mistakes;
mod model_card;
mod plot;
mod run;
mod run_report;
mod setup;
mod subnetwork_map;
mod use_model;
mod versions;

pub use comparison::comparison_report;
pub use mistakes::{Mistake, Mistakes};
pub use model_card::model_card;
pub use run::RunSummary;
pub use run_report::run_report;
