//! Fine-tunes a model on a file of labelled texts: `cargo run --release --example train MODEL DATA OUTPUT`.
//!
//! MODEL is a folder of Hugging Face, such as models/minilm; DATA is a table with a column of texts and one of labels.
//! The run is stored below OUTPUT every 50 steps, and the model is written there in the end.

use std::path::PathBuf;

use subtune::session::{FolderStore, Keeping};
use subtune::{
    Chosen, DataArguments, DeviceChoice, Error, Event, Face, ModelFolder, Prepared, Result, RunSpec, Session,
    Source, Table, TrainingArguments, choose,
};

/// Prints what happens.
struct Printer;

impl Face for Printer {
    fn tell(&mut self, event: &Event) {
        match event {
            Event::Step { step, loss, .. } => println!("step {step}: loss {loss:.4}"),
            Event::Evaluation { part, metrics, .. } => println!("{}: loss {:.4}", part.name(), metrics.loss),
            Event::Warning { message } | Event::Recovery { message, .. } => println!("{message}"),
            _ => {}
        }
    }

    async fn open(&mut self, _: u64) -> Result<Chosen> {
        choose(&DeviceChoice::Auto).await
    }
}

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [model, data, output] = &arguments[..] else {
        return Err(Error::Usage("expected three arguments: MODEL DATA OUTPUT".into()));
    };
    let settings = DataArguments::default();
    let prepared = Prepared::new(RunSpec {
        folder: ModelFolder::read(model)?,
        model_name: model.clone(),
        source: Source::new(&Table::read(data)?, &settings)?,
        train_file: data.clone(),
        data: settings,
        arguments: TrainingArguments { logging_steps: 10, ..TrainingArguments::default() },
        origin: Default::default(),
    })?;
    for line in prepared.understood().lines() {
        println!("{line}");
    }
    pollster::block_on(async {
        let mut session = Session::new(prepared.start(&choose(&DeviceChoice::Auto).await?)?);
        let store = FolderStore::new(output);
        session.keep(Keeping { store, save_steps: Some(50), limit: 2, hold: false });
        while session.advance(&mut Printer).await? {}
        session.finish().expect("the run has ended").write(output)
    })
}
