//! How a step is spent.

use std::time::Instant;

use subtune::device::Chosen;
use subtune::dps::{Method, Stages};

use crate::run::{Part, Run};
use crate::shape::Shape;
use crate::table::{milliseconds, print, ratio};
use crate::turns::median;

const PARTS: [Part; 6] = [Part::Begin, Part::Data, Part::Blend, Part::Forward, Part::Backward, Part::Update];

/// Waits for the device after each part, so that the whole is longer than a step that does not.
pub fn parts(chosen: &Chosen, shape: &Shape, batch: [usize; 2], methods: &[Method], rounds: usize) {
    let mut runs: Vec<Run> = methods
        .iter()
        .map(|method| Run::new(chosen, shape, batch, Stages { method: *method, steps: 2 }))
        .collect();
    let mut seconds = vec![[(); 6].map(|()| Vec::new()); runs.len()];
    for round in 0..=rounds {
        for (run, seconds) in runs.iter_mut().zip(&mut seconds) {
            let mut began = Instant::now();
            run.advance(|part, chosen| {
                chosen.device.sync().expect("the device computes");
                let place = PARTS.iter().position(|one| *one == part).expect("all parts are known");
                // the first round is that in which a GPU prepares itself
                if round > 0 {
                    seconds[place].push(began.elapsed().as_secs_f64());
                }
                began = Instant::now();
            });
        }
    }
    let rows: Vec<_> = methods
        .iter()
        .zip(&seconds)
        .map(|(method, seconds)| {
            // the mean of the first, because not every step selects
            let mean = seconds[0].iter().sum::<f64>() / seconds[0].len() as f64;
            let mut parts = vec![mean];
            parts.extend(seconds[1..].iter().map(|seconds| median(seconds.clone())));
            let whole: f64 = parts.iter().sum();
            let mut row = vec![method.to_string()];
            row.extend(parts.iter().map(|seconds| milliseconds(*seconds)));
            row.push(ratio(parts[5] / whole));
            row
        })
        .collect();
    let head = [
        "ms",
        "selection, masks",
        "data",
        "blend",
        "forward",
        "backward",
        "norm, statistic, update",
        "of all",
    ];
    let title = format!(
        "Parts of a step of {}, {} x {} tokens, stages of 2 steps, {}",
        shape.name,
        batch[0],
        batch[1],
        chosen.name()
    );
    print(&title, &head, &rows);
}
