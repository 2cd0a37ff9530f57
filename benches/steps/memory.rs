//! How much memory a run takes, and what was estimated.

use std::process::Command;

use subtune::device::Chosen;
use subtune::dps::{Method, Stages};
use subtune::train::MemoryEstimate;

use crate::run::Run;
use crate::shape::Shape;
use crate::table::print;

/// Steps after which the peak is known: both stages, and a selection.
const STEPS: usize = 3;

/// The most memory that this process had, in bytes; nothing where the system is not Linux.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// What a child process does: trains with one method, or not at all, and prints its peak.
pub fn child(chosen: &Chosen, shape: &Shape, batch: [usize; 2], method: Option<Method>) {
    if let Some(method) = method {
        let mut run = Run::new(chosen, shape, batch, Stages { method, steps: 1 });
        for _ in 0..STEPS {
            run.advance(|_, _| {});
            run.finish();
        }
    }
    println!("{}", peak().unwrap_or(0));
}

/// The peak of such a child.
fn measured(device: &str, shape: &Shape, [size, length]: [usize; 2], method: Option<Method>) -> Option<u64> {
    let output = Command::new(std::env::current_exe().ok()?)
        .args([
            "--peak-of",
            method.map_or("nothing", Method::name),
            "--device",
            device,
            "--shape",
            shape.name,
        ])
        .args(["--batch", &size.to_string(), "--length", &length.to_string()])
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok().filter(|peak| *peak > 0)
}

pub fn memory(chosen: &Chosen, device: &str, shape: &Shape, batch: [usize; 2], methods: &[Method]) {
    let megabytes = |bytes: u64| format!("{:.0}", bytes as f64 / 1e6);
    let idle = measured(device, shape, batch, None).unwrap_or(0);
    let row = |method: &Method| {
        let estimate = MemoryEstimate::new(&shape.config(), *method, batch);
        let peak = measured(device, shape, batch, Some(*method));
        let mut row = vec![method.to_string(), peak.map_or("-".into(), |peak| megabytes(peak - idle))];
        let MemoryEstimate { weights, gradients, moments, subnetwork, activations } = estimate;
        row.extend([estimate.total(), weights, gradients, moments, subnetwork, activations].map(megabytes));
        row
    };
    let rows: Vec<_> = methods.iter().map(row).collect();
    let head = ["MB", "measured", "estimate", "weights", "gradients", "moments", "subnetwork", "activations"];
    let title = format!(
        "Peak memory of {}, {} x {} tokens, less the {} MB of a process that does nothing, {}",
        shape.name,
        batch[0],
        batch[1],
        megabytes(idle),
        chosen.name()
    );
    print(&title, &head, &rows);
}
