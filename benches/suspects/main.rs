//! Planted wrong labels: the share of them that stands in the first tenth of the list of doubtful labels.
//!
//!     cargo bench --bench suspects -- --model models/minilm --file TRAIN.csv [--share 0.05] [--seeds 5]
//!
//! The file has the columns text and label. For each seed, a share of its rows gets another label at random. It prints a
//! table in Markdown: the share of the planted labels among the first tenth of the rows and in the whole list, and the
//! length of the list.

use std::path::PathBuf;

use clap::Parser;
use subtune::probe::Features;
use subtune::random::{Random, Stream};
use subtune::suggest::{Embeddings, suspects};
use subtune::text::{DataArguments, Example, Source, Table, Target};
use subtune::{Chosen, DeviceChoice, ModelFolder, Result, choose};

#[derive(Parser)]
struct Flags {
    #[arg(long)]
    model: PathBuf,
    #[arg(long)]
    file: PathBuf,
    /// Share of the labels to change.
    #[arg(long, default_value_t = 0.05)]
    share: f64,
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// As cargo gives it.
    #[arg(long)]
    bench: bool,
}

fn main() -> Result<()> {
    let flags = Flags::parse();
    let chosen: Chosen = pollster::block_on(choose(&DeviceChoice::Cpu))?;
    let mut embeddings = Embeddings::new(ModelFolder::read(&flags.model)?, chosen)?;
    let named = |name: &str| Some(name.to_owned());
    let data = DataArguments {
        text_column: named("text"),
        label_column: named("label"),
        ..DataArguments::default()
    };
    let Source { task, train, .. } = Source::new(&Table::read(&flags.file)?, &data)?;
    let vectors = pollster::block_on(embeddings.of(&train))?;
    let features = Features::new(embeddings.size(), &vectors);
    println!(
        "| seed | planted | in the first tenth | in the list | length of the list |\n|---|---|---|---|---|"
    );
    let mut mean = 0.0;
    for seed in 1..=flags.seeds {
        let (changed, planted) = with_wrong_labels(&train, task.labels.len(), flags.share, seed);
        let found = suspects(&features, &changed, &task, seed);
        let count = |most: usize| {
            let first = found.iter().take(most);
            first.filter(|suspect| planted.binary_search(&suspect.line).is_ok()).count()
        };
        let share = |most| count(most) as f64 / planted.len() as f64;
        let tenth = share(train.len() / 10);
        mean += tenth / flags.seeds as f64;
        println!(
            "| {seed} | {} of {} | {:.1} % | {:.1} % | {} |",
            planted.len(),
            train.len(),
            100.0 * tenth,
            100.0 * share(found.len()),
            found.len()
        );
    }
    println!("| mean | | {:.1} % | | |", 100.0 * mean);
    Ok(())
}

/// The examples with other labels in some rows, and the lines of these rows, ascending.
fn with_wrong_labels(
    examples: &[Example],
    classes: usize,
    share: f64,
    seed: u64,
) -> (Vec<Example>, Vec<u64>) {
    let mut random = Random::new(seed, Stream::Subsample, 2);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    random.shuffle(&mut order);
    order.truncate((share * examples.len() as f64).round() as usize);
    let mut changed = examples.to_vec();
    for row in &order {
        let Some(Target::Class(class)) = changed[*row].target else { continue };
        let step = 1 + random.below(classes as u32 - 1) as usize;
        changed[*row].target = Some(Target::Class((class + step) % classes));
    }
    let mut lines: Vec<u64> = order.into_iter().map(|row| examples[row].line).collect();
    lines.sort_unstable();
    (changed, lines)
}
