//! The parts of a step and their times.

use std::time::Instant;

use subtune::device::Chosen;
use subtune::dps::{Method, Stages};

use crate::run::{Part, Run};
use crate::shape::Shape;
use crate::table::{milliseconds, print, ratio};
use crate::turns::median;

const PARTS: [Part; 7] =
    [Part::Begin, Part::Data, Part::Blend, Part::Forward, Part::Backward, Part::Observe, Part::Update];

/// Waits for the device after each part, so the sum is longer than an ordinary step.
pub fn parts(chosen: &Chosen, shape: &Shape, batch: [usize; 2], methods: &[Method], rounds: usize) {
    let mut runs: Vec<Run> = methods
        .iter()
        .map(|method| Run::new(chosen, shape, batch, Stages { method: *method, steps: 2 }))
        .collect();
    let mut seconds = vec![[(); 7].map(|()| Vec::new()); runs.len()];
    for round in 0..=rounds {
        for (run, seconds) in runs.iter_mut().zip(&mut seconds) {
            let mut began = Instant::now();
            run.advance(|part, chosen| {
                chosen.device.sync().expect("the device computes");
                let place = PARTS.iter().position(|one| *one == part).expect("all parts are known");
                // in the first round, a GPU compiles its kernels
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
            // means instead of medians for parts that not every step has, such as selection and statistic
            let part = |(part, seconds): (&Part, &Vec<f64>)| match part {
                Part::Begin | Part::Observe => seconds.iter().sum::<f64>() / seconds.len() as f64,
                _ => median(seconds.clone()),
            };
            let parts: Vec<f64> = PARTS.iter().zip(seconds).map(part).collect();
            let whole: f64 = parts.iter().sum();
            let mut row = vec![method.to_string()];
            row.extend(parts.iter().map(|seconds| milliseconds(*seconds)));
            row.push(ratio((parts[5] + parts[6]) / whole));
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
        "norm, statistic",
        "update",
        "both of all",
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
