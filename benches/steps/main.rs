//! How long training steps take: `cargo bench`, or with other settings `cargo bench -- --help`.

mod cpu_time;
mod examples;
mod pytorch;
mod run;
mod shape;
mod turns;

use clap::Parser;
use subtune::device::{Chosen, DeviceChoice, choose};
use subtune::dps::{Method, Stages};

use pytorch::PyTorch;
use run::Run;
use shape::Shape;
use turns::{Subject, by_turns};

// as in src/bin/subtune.rs
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Times training steps, by turns with PyTorch where the Python of SUBTUNE_PYTHON (python3) has it.
#[derive(Parser)]
struct Arguments {
    /// cpu, gpu or part of an adapter's name.
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
    /// minilm, tiny.
    #[arg(long, value_delimiter = ',', default_value = "minilm,tiny")]
    shape: Vec<Shape>,
    #[arg(long, default_value_t = 8)]
    batch: usize,
    #[arg(long, default_value_t = 64)]
    length: usize,
    #[arg(long, value_delimiter = ',', default_value = "full")]
    methods: Vec<Method>,
    /// Steps of each.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    subtune::process::prepare();
    let arguments = Arguments::parse();
    let chosen: Chosen = pollster::block_on(choose(&arguments.device)).expect("the device opens");
    for shape in &arguments.shape {
        let batch = [arguments.batch, arguments.length];
        let mut subjects: Vec<Box<dyn Subject>> = Vec::new();
        for method in &arguments.methods {
            let stages = Stages::new(*method, arguments.rounds, 0.05);
            subjects.push(Box::new(Run::new(&chosen, shape, batch, stages)));
        }
        if let Some(pytorch) = PyTorch::start(shape, batch) {
            subjects.push(Box::new(pytorch));
        }
        by_turns(&mut subjects, 2);
        let times = by_turns(&mut subjects, arguments.rounds);
        let base = times[0].median();
        for times in times {
            println!(
                "{} {batch:?} {:12} median {:.4} s  least {:.4} s  CPU {:.4} s  ratio {:.3}",
                shape.name,
                times.name,
                times.median(),
                times.least(),
                times.median_cpu(),
                times.median() / base
            );
        }
    }
}
