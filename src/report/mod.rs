//! The report of a run and the model card, from the events of the run alone.

mod confusion;
mod curves;
pub(crate) mod html;
mod mistakes;
mod model_card;
// dots are plotted by comparisons, which a browser does not make
#[cfg_attr(target_arch = "wasm32", allow(dead_code))]
pub(crate) mod plot;
pub(crate) mod run;
mod run_report;
mod setup;
mod subnetwork_map;
mod suspects;
#[cfg(feature = "cli")]
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod tensorboard;
mod use_model;
pub(crate) mod versions;

pub use mistakes::{Mistake, Mistakes};
pub use model_card::model_card;
pub use run::RunSummary;
pub use run_report::run_report;
