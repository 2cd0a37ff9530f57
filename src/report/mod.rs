//! Reports: `report.html` and the model card of a run, made from its events alone, and `report.html` of a comparison.

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
mod versions;

pub use comparison::comparison_report;
pub use mistakes::{Mistake, Mistakes};
pub use model_card::model_card;
pub use run::RunSummary;
pub use run_report::run_report;
