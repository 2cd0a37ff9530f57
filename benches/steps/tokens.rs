//! The cost of a token, by batch size and by length.

use subtune::device::Chosen;
use subtune::dps::{Method, Stages};

use crate::run::Run;
use crate::shape::Shape;
use crate::table::{print, ratio};
use crate::turns::{Subject, by_turns, by_turns_of};

/// The number of steps in a row. As in a run, most steps then find the data of the step before in the caches, which
/// matters more for a small batch.
const STEPS: usize = 5;
const BATCHES: [[usize; 2]; 5] = [[4, 64], [8, 64], [16, 64], [32, 64], [64, 64]];
const LENGTHS: [[usize; 2]; 4] = [[16, 32], [16, 64], [16, 128], [16, 256]];

pub fn tokens(chosen: &Chosen, shape: &Shape, rounds: usize) {
    for (by, batches) in [("batch", &BATCHES[..]), ("length", &LENGTHS[..])] {
        let run = |batch: &[usize; 2]| -> Box<dyn Subject> {
            Box::new(Run::new(chosen, shape, *batch, Stages { method: Method::Full, steps: 1 }))
        };
        let mut subjects: Vec<Box<dyn Subject>> = batches.iter().map(run).collect();
        by_turns(&mut subjects, 1);
        let times = by_turns_of(STEPS, &mut subjects, rounds.div_ceil(STEPS));
        let costs: Vec<[f64; 2]> = times
            .iter()
            .zip(batches)
            .map(|(times, [size, length])| {
                [times.median(), times.median_cpu()].map(|seconds| seconds * 1e6 / (size * length) as f64)
            })
            .collect();
        let least = costs.iter().map(|[wall, _]| *wall).fold(f64::INFINITY, f64::min);
        let row = |([size, length], [wall, cpu]): (&[usize; 2], &[f64; 2])| {
            vec![format!("{size} x {length}"), format!("{wall:.0}"), ratio(wall / least), format!("{cpu:.0}")]
        };
        let rows: Vec<_> = batches.iter().zip(&costs).map(row).collect();
        let title = format!("A token's cost by {by}, full, {}, {}", shape.name, chosen.name());
        print(&title, &["batch", "µs a token", "to least", "CPU µs a token"], &rows);
    }
}
