//! The cost of DPS over a whole run.

use subtune::device::Chosen;
use subtune::dps::{Method, Stages};
use subtune::train::TrainingArguments;

use crate::run::Run;
use crate::shape::Shape;
use crate::table::{print, ratio};
use crate::turns::{Subject, Times, by_turns};

const METHODS: [Method; 3] = [Method::Full, Method::DpsDense, Method::DpsMix];

/// Interleaves runs of `steps` steps with the default stages.
pub fn whole_run(chosen: &Chosen, shape: &Shape, batch: [usize; 2], steps: usize) {
    let update_ratio = TrainingArguments::default().update_ratio;
    let mut subjects = METHODS.map(|method| -> Box<dyn Subject> {
        Box::new(Run::new(chosen, shape, batch, Stages::new(method, steps, update_ratio)))
    });
    let times = by_turns(&mut subjects, steps);
    let row = |times_of: &Times| {
        vec![
            times_of.name.clone(),
            format!("{:.1}", times_of.total()),
            ratio(times_of.total() / times[0].total()),
            ratio(times_of.total_cpu() / times[0].total_cpu()),
            ratio(times_of.median() / times[0].median()),
        ]
    };
    let rows: Vec<_> = times.iter().map(row).collect();
    let title = format!(
        "Runs of {steps} steps of {}, {} x {} tokens, update ratio {update_ratio}, {}",
        shape.name,
        batch[0],
        batch[1],
        chosen.name()
    );
    print(&title, &["method", "all steps s", "to full", "CPU to full", "median step to full"], &rows);
}
