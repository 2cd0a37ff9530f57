//! Measures the time and the memory of training steps: `cargo bench`. For the options, `cargo bench -- --help`.

mod counted;
mod cpu_time;
mod examples;
mod kernels;
mod memory;
mod methods;
mod parts;
mod pytorch;
mod run;
mod shape;
mod table;
mod tokens;
mod turns;
mod whole_run;

use clap::{Parser, ValueEnum};
use subtune::device::{DeviceChoice, choose};
use subtune::dps::Method;

use shape::Shape;

// the allocator of src/bin/subtune.rs, so that the times are those of the program
#[global_allocator]
static ALLOCATOR: counted::Counted<mimalloc::MiMalloc> = counted::Counted(mimalloc::MiMalloc);

/// Times training steps, interleaved with each other, and with PyTorch if the Python of SUBTUNE_PYTHON (default:
/// python3) has torch and transformers.
#[derive(Parser)]
struct Arguments {
    /// cpu, gpu or part of an adapter's name.
    #[arg(long, default_value = "cpu")]
    device: String,
    /// base, minilm, tiny.
    #[arg(long, value_delimiter = ',', default_value = "minilm,tiny")]
    shape: Vec<Shape>,
    /// Texts in a batch [default: 8 for minilm, 16 for tiny].
    #[arg(long)]
    batch: Option<usize>,
    /// Tokens in a text.
    #[arg(long, default_value_t = 64)]
    length: usize,
    /// Methods; ratios are relative to the first.
    #[arg(long, value_delimiter = ',', default_value = "full,dps-dense,dps-mix,child-tuning-f,bitfit,head")]
    methods: Vec<Method>,
    /// Number of steps of each contender.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Number of steps in the runs that measure the cost of DPS.
    #[arg(long, default_value_t = 60)]
    run_steps: usize,
    /// Tables to print [default: all].
    #[arg(long, value_delimiter = ',', value_enum, default_values_t = Table::value_variants().to_vec())]
    only: Vec<Table>,
    /// Trains with this method for a moment and prints the memory it used.
    #[arg(long, hide = true)]
    memory_of: Option<Method>,
    /// `cargo bench` passes this.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Table {
    Methods,
    Parts,
    Run,
    Tokens,
    Memory,
    Kernels,
}

fn main() {
    subtune::process::prepare();
    let Arguments { device, shape, batch, length, methods, rounds, run_steps, only, memory_of, .. } =
        Arguments::parse();
    let choice: DeviceChoice = device.parse().expect("any word names a device");
    let chosen = pollster::block_on(choose(&choice)).expect("the device opens");
    let batch_of = |shape: &Shape| [batch.unwrap_or(if shape.name == "tiny" { 16 } else { 8 }), length];
    if let Some(method) = memory_of {
        return memory::child(&chosen, &shape[0], batch_of(&shape[0]), method);
    }
    for shape in &shape {
        let batch = batch_of(shape);
        for table in &only {
            match table {
                Table::Methods => methods::methods(&chosen, shape, batch, &methods, rounds),
                Table::Parts => parts::parts(&chosen, shape, batch, &methods, rounds),
                Table::Run => whole_run::whole_run(&chosen, shape, batch, run_steps),
                Table::Tokens => tokens::tokens(&chosen, shape, rounds / 4 + 1),
                Table::Memory => memory::memory(&chosen, &device, shape, batch, &methods),
                Table::Kernels => {}
            }
        }
    }
    if only.contains(&Table::Kernels) {
        kernels::kernels(&chosen, rounds);
    }
}
