//! Labelling simulated: the accuracy after 25, 50, 100 and 200 labels of texts that `subtune suggest` asks for, beside
//! texts drawn at random, as many and half as many again.
//!
//!     cargo bench --bench suggest -- --model models/minilm --train TRAIN.csv --test TEST.csv [--seeds 10]
//!
//! Both files have the columns text and label. Each seed draws 3,000 texts of the training file and hides their labels,
//! which are revealed for the texts that were asked for, 25 in a round. A linear model on the frozen vectors is fitted to
//! the revealed labels and scored on the test file, which chooses nothing. It prints a table in Markdown.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use clap::Parser;
use subtune::probe::Features;
use subtune::random::{Random, Stream};
use subtune::suggest::{Embeddings, Sheet, linear_model};
use subtune::task::{Weights, rules};
use subtune::text::{ColumnChoice, Columns, Example, Table, Target, Task, examples};
use subtune::{Chosen, DeviceChoice, ModelFolder, Result, choose};

/// The numbers of labels after which accuracy is measured.
const LABELS: [usize; 4] = [25, 50, 100, 200];
/// The number of labels in a round.
const ROUND: usize = 25;
/// The number of training texts of a seed.
const POOL: usize = 3000;

#[derive(Parser)]
struct Flags {
    #[arg(long)]
    model: PathBuf,
    #[arg(long)]
    train: PathBuf,
    #[arg(long)]
    test: PathBuf,
    #[arg(long, default_value_t = 10)]
    seeds: u64,
    /// As cargo gives it.
    #[arg(long)]
    bench: bool,
}

/// Texts with their classes and vectors.
struct Texts {
    table: Table,
    classes: Vec<usize>,
    features: Features,
}

impl Texts {
    /// Some of the texts, in the order of the file.
    fn drawn(&self, seed: u64) -> Texts {
        let mut rows: Vec<usize> = (0..self.classes.len()).collect();
        Random::new(seed, Stream::Subsample, 2).shuffle(&mut rows);
        rows.truncate(POOL);
        rows.sort_unstable();
        let mut table = self.table.clone();
        table.rows = rows.iter().map(|row| self.table.rows[*row].clone()).collect();
        let classes = rows.iter().map(|row| self.classes[*row]).collect();
        Texts { table, classes, features: self.features.select(&rows) }
    }
}

fn main() -> Result<()> {
    let flags = Flags::parse();
    let chosen: Chosen = pollster::block_on(choose(&DeviceChoice::Cpu))?;
    let mut embeddings = Embeddings::new(ModelFolder::read(&flags.model)?, chosen)?;
    let tables = [Table::read(&flags.train)?, Table::read(&flags.test)?];
    let task = Task::classification(labels(&tables));
    let [train, test] = tables.map(|table| texts(table, &task, &mut embeddings));
    let (train, test) = (train?, test?);
    println!("| labels | random | random, 1.5 times the labels | suggested | seeds |\n|---|---|---|---|---|");
    let mut means = HashMap::new();
    for suggests in [false, true] {
        for seed in 1..=flags.seeds {
            let pool = train.drawn(seed);
            for (labels, accuracy) in simulate(&pool, &test, &task, suggests, seed) {
                eprintln!(
                    "{} seed {seed}: {labels} labels, {accuracy:.4}",
                    if suggests { "suggested" } else { "random" }
                );
                *means.entry((labels, suggests)).or_insert(0.0) += accuracy / flags.seeds as f64;
            }
        }
    }
    for labels in LABELS {
        let mean = |labels, suggests| format!("{:.1} %", 100.0 * means[&(labels, suggests)]);
        let [random, with_more, suggested] =
            [mean(labels, false), mean(more(labels), false), mean(labels, true)];
        println!("| {labels} | {random} | {with_more} | {suggested} | {} |", flags.seeds);
    }
    Ok(())
}

/// Half as many labels again.
fn more(labels: usize) -> usize {
    (3 * labels).div_ceil(2)
}

fn labels(tables: &[Table]) -> Vec<String> {
    let cells = tables.iter().flat_map(|table| {
        let column = table.columns.iter().position(|column| column == "label").expect("a column label");
        table.rows.iter().map(move |row| row.fields[column].trim().to_owned())
    });
    cells.collect::<BTreeSet<_>>().into_iter().collect()
}

fn texts(table: Table, task: &Task, embeddings: &mut Embeddings) -> Result<Texts> {
    let named = |name: &str| Some(name.to_owned());
    let choice = ColumnChoice { text: named("text"), pair: None, label: named("label") };
    let columns = Columns::choose(&table, &choice, true)?;
    let found: Vec<Example> = examples(&table, &columns, Some(task))?.examples;
    assert_eq!(found.len(), table.rows.len(), "every row has a text and a label");
    let vectors = pollster::block_on(embeddings.of(&found))?;
    let classes = found.iter().flat_map(Example::classes).copied().collect();
    Ok(Texts { table, classes, features: Features::new(embeddings.size(), &vectors) })
}

/// The accuracy after each number of labels.
fn simulate(train: &Texts, test: &Texts, task: &Task, suggests: bool, seed: u64) -> Vec<(usize, f64)> {
    let mut revealed: BTreeSet<usize> = BTreeSet::new();
    let mut order: Vec<usize> = (0..train.classes.len()).collect();
    Random::new(seed, Stream::Subsample, 1).shuffle(&mut order);
    let measure = |labels: usize| {
        match suggests {
            false => revealed.extend(order[..labels].iter()),
            true => {
                while revealed.len() < labels {
                    let count = ROUND.min(labels - revealed.len());
                    revealed.extend(asked(train, &revealed, count, seed));
                }
            }
        }
        (labels, accuracy(train, test, task, &revealed, seed))
    };
    match suggests {
        false => LABELS.into_iter().flat_map(|labels| [labels, more(labels)]).map(measure).collect(),
        true => LABELS.into_iter().map(measure).collect(),
    }
}

fn asked(train: &Texts, revealed: &BTreeSet<usize>, count: usize, seed: u64) -> Vec<usize> {
    let mut table = train.table.clone();
    let column = table.columns.iter().position(|column| column == "label").expect("it was read");
    let hidden = table.rows.iter_mut().enumerate().filter(|(row, _)| !revealed.contains(row));
    hidden.for_each(|(_, row)| row.fields[column].clear());
    let named = |name: &str| Some(name.to_owned());
    let choice = ColumnChoice { text: named("text"), pair: None, label: named("label") };
    let sheet = Sheet::new(&table, &choice).expect("it was read");
    sheet.suggested(&train.features, count, seed).ask
}

fn accuracy(train: &Texts, test: &Texts, task: &Task, revealed: &BTreeSet<usize>, seed: u64) -> f64 {
    let rows: Vec<usize> = revealed.iter().copied().collect();
    let targets: Vec<Target> = rows.iter().map(|row| Target::Class(train.classes[*row])).collect();
    let rules = rules(task.kind);
    let problem = rules.problem(&targets, &Weights::Equal, task);
    let groups: Vec<usize> = (0..rows.len()).collect();
    let fitted = linear_model(&train.features.select(&rows), &targets, &groups, task, seed);
    let predictions = problem.predictions(fitted.map.apply(&test.features));
    let right = predictions.chunks_exact(task.outputs()).zip(&test.classes).filter(|(predictions, class)| {
        rules.prediction(&rules.outputs(predictions), task).class() == Some(**class)
    });
    right.count() as f64 / test.classes.len() as f64
}
