//! The memory of a run, part by part, and its estimate.

use std::process::Command;

use burn::backend::DispatchDevice;
use burn_cubecl::cubecl::MemoryScope;
use subtune::device::Chosen;
use subtune::dps::{Method, Stages};
use subtune::encoder::Model;
use subtune::train::{MemoryEstimate, TrainingArguments};

use crate::counted;
use crate::run::{Part, Run};
use crate::shape::Shape;
use crate::table::print;

/// The number of steps. The last two are measured: one of each stage, with a selection.
const STEPS: usize = 5;

/// The memory allocated on the training device, in bytes.
fn held(chosen: &Chosen) -> i64 {
    let bytes = match chosen.device.as_dispatch() {
        DispatchDevice::Cube(device) => {
            device.client().memory_report(MemoryScope::Device).usage().bytes_in_use as usize
        }
        _ => counted::held(),
    };
    i64::try_from(bytes).expect("no memory is so large")
}

/// The peak memory of this process, in bytes; `None` on systems other than Linux.
fn process_peak() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<i64>().ok()? * 1024)
}

/// The memory of each part in bytes, in the order of [`HEAD`].
#[derive(Default)]
struct Measured {
    weights: i64,
    /// Moments, statistic, masks and anchors.
    optimizer: i64,
    in_use: i64,
    activations: i64,
    gradients: i64,
    /// The peak within a step.
    most: i64,
    /// The peak of the process. It includes the memory of a GPU only if the GPU is emulated.
    process: i64,
}

const HEAD: [&str; 10] = [
    "MB",
    "weights",
    "optimiser",
    "weights in use",
    "activations",
    "gradients",
    "together",
    "most at once",
    "estimate",
    "process",
];

impl Measured {
    fn new(chosen: &Chosen, shape: &Shape, batch: [usize; 2], method: Method) -> Self {
        let mut measured = Measured::default();
        let autodiff = chosen.device.clone().autodiff();
        let idle = held(chosen);
        let model = Model::random(&shape.config(), 1, &autodiff);
        measured.weights = held(chosen) - idle;
        drop(model);
        let mut run = Run::new(chosen, shape, batch, Stages { method, steps: 1 });
        for step in 1..=STEPS {
            let counts = step + 2 > STEPS;
            counted::most();
            let (mut state, mut before, mut most) = (0, 0, 0);
            run.advance(|part, chosen| {
                chosen.device.sync().expect("the device computes");
                let now = held(chosen);
                most = most.max(now);
                if part == Part::Data {
                    state = now;
                }
                if counts {
                    let found = match part {
                        Part::Blend => Some((&mut measured.in_use, now - before)),
                        Part::Forward => Some((&mut measured.activations, now - before)),
                        Part::Backward => Some((&mut measured.gradients, now - state)),
                        Part::Update => Some((&mut measured.optimizer, now - idle - measured.weights)),
                        Part::Begin | Part::Data | Part::Observe => None,
                    };
                    if let Some((part, bytes)) = found {
                        *part = bytes.max(*part);
                    }
                }
                before = now;
            });
            if chosen.adapter.is_none() {
                most = counted::most() as i64;
            }
            if counts {
                measured.most = measured.most.max(most - idle);
            }
        }
        measured.process = process_peak().unwrap_or(0);
        measured
    }

    fn numbers(&self) -> [i64; 7] {
        let Measured { weights, optimizer, in_use, activations, gradients, most, process } = *self;
        [weights, optimizer, in_use, activations, gradients, most, process]
    }
}

/// Trains with one method in a child process and prints the measurements.
pub fn child(chosen: &Chosen, shape: &Shape, batch: [usize; 2], method: Method) {
    let numbers = Measured::new(chosen, shape, batch, method).numbers();
    println!("{}", numbers.map(|number| number.to_string()).join(" "));
}

/// Runs such a child and reads its measurements.
fn measured(device: &str, shape: &Shape, [size, length]: [usize; 2], method: Method) -> Option<[i64; 7]> {
    let output = Command::new(std::env::current_exe().ok()?)
        .args(["--memory-of", method.name(), "--device", device, "--shape", shape.name])
        .args(["--batch", &size.to_string(), "--length", &length.to_string()])
        .output()
        .ok()?;
    let numbers = String::from_utf8(output.stdout).ok()?;
    let numbers: Vec<i64> = numbers.split_whitespace().map_while(|number| number.parse().ok()).collect();
    numbers.try_into().ok()
}

pub fn memory(chosen: &Chosen, device: &str, shape: &Shape, batch: [usize; 2], methods: &[Method]) {
    let row = |method: &Method| {
        let estimate =
            MemoryEstimate::new(&shape.config(), (*method, TrainingArguments::default().optimizer()), batch);
        // these steps keep no best model
        let best = 4 * shape.config().parameter_count() as u64;
        let estimate = (estimate.total() - best) as i64;
        let [parts @ .., most, process] = measured(device, shape, batch, *method).unwrap_or([0; 7]);
        let numbers = parts.into_iter().chain([parts.iter().sum(), most, estimate, process]);
        let megabytes = numbers.map(|bytes| format!("{:.1}", bytes as f64 / 1e6));
        [method.to_string()].into_iter().chain(megabytes).collect()
    };
    let rows: Vec<Vec<String>> = methods.iter().map(row).collect();
    let [size, length] = batch;
    let title = format!("Memory of a step of {}, {size} x {length} tokens, {}", shape.name, chosen.name());
    print(&title, &HEAD, &rows);
}
