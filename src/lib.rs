//! subtune fine-tunes a small BERT on a person's own labelled text, on their own machine, with Dynamic Parameter
//! Selection.
//!
//! # From texts to a model and back
//!
//! - [`Table`] reads a data file, and [`Source`] finds its texts and labels. [`DataArguments`] say how.
//! - [`ModelFolder`] holds the files of a Hugging Face model in memory.
//! - [`Prepared`] checks a [`RunSpec`]: a model, a source and [`TrainingArguments`]. [`Prepared::start`] puts the run on a
//!   device, which [`choose`] opens.
//! - [`Session`] drives the run to its end. It tells a [`Face`] each [`Event`], stores the run in a
//!   [`Store`](session::Store) and continues after a lost device. In the end there is a [`ModelFolder`] again.
//! - [`Tuned`] and [`Predictor`] label texts with a fine-tuned model.
//!
//! # Floors
//!
//! A module uses only modules before it in this list:
//!
//! - [`error`], [`spec`]: what everything shares: settings, events, metrics, predictions
//! - [`device`], [`kernels`]: tensors on a GPU or the CPU
//! - [`text`]: from a file to batches, without tensors
//! - [`encoder`], [`model`]: the network, and its files
//! - [`dps`], [`probe`]: the methods
//! - [`train`]: the loop, one event at a time
//! - [`report`]: the report of a run and the model card
//! - [`finetune`], [`session`], [`predict`]: whole runs
//! - [`compare`], [`doctor`], [`golden`]: comparisons and self-tests
//!
//! The terminal and the npm package are faces above them.
//!
//! # Example
//!
//! Two steps on the CPU, on eight texts in memory:
//!
//! ```
//! use std::path::Path;
//! use subtune::session::MemoryStore;
//! use subtune::spec::Example;
//! use subtune::{
//!     Answer, Chosen, DataArguments, DeviceChoice, Event, Face, ModelFolder, Predictor, Prepared, Result, RunSpec,
//!     Session, Source, Table, TrainingArguments, Tuned, choose,
//! };
//!
//! struct Quiet;
//!
//! impl Face for Quiet {
//!     fn tell(&mut self, event: &Event) {
//!         if let Event::Step { step, loss, .. } = event {
//!             println!("step {step}: loss {loss}");
//!         }
//!     }
//!
//!     async fn open(&mut self, _: u64) -> Result<Chosen> {
//!         choose(&DeviceChoice::Cpu).await
//!     }
//! }
//!
//! # fn main() -> Result<()> {
//! let texts = "text,label\nlovely,good\nawful,bad\nso nice,good\nso sad,bad\nI like it,good\nI hate it,bad\n\
//!              what a joy,good\nwhat a mess,bad\n";
//! let data = DataArguments::default();
//! let prepared = Prepared::new(RunSpec {
//!     folder: ModelFolder::read(Path::new("models/minilm"))?,
//!     model_name: "minilm".into(),
//!     source: Source::new(&Table::parse("texts.csv", texts.as_bytes())?, &data)?,
//!     train_file: "texts.csv".into(),
//!     data,
//!     arguments: TrainingArguments {
//!         max_steps: Some(2),
//!         cross_validation_folds: Some(0),
//!         ..TrainingArguments::default()
//!     },
//!     origin: Default::default(),
//! })?;
//! pollster::block_on(async {
//!     let device = choose(&DeviceChoice::Cpu).await?;
//!     let mut session = Session::<MemoryStore>::new(prepared.start(&device)?);
//!     while session.advance(&mut Quiet).await? {}
//!     let model = session.finish().expect("the run has ended");
//!
//!     let tuned = Tuned::new(model, None, 32)?;
//!     let labels = tuned.task.labels.clone();
//!     let text = Example { line: 1, text: "lovely".into(), pair: None, target: None };
//!     let encoded = tuned.encode(&[text])?;
//!     let predictions = Predictor::new(tuned, device)?.predict(&encoded).await?;
//!     if let Answer::Class { label, probability, .. } = Answer::new(&predictions[0], &labels) {
//!         println!("{label}, {probability:.2}");
//! #       assert!(labels.iter().any(|one| one == label) && probability >= 0.5);
//!     }
//! #   assert_eq!(predictions.len(), 1);
//!     Ok(())
//! })
//! # }
//! ```

// complete for what an embedder needs first; the other modules follow one by one
#![warn(missing_docs)]
// what is printed goes through `cli::output`, which bears a stream that cannot be written
#![cfg_attr(not(test), warn(clippy::print_stdout, clippy::print_stderr))]

#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod cli;
#[cfg(not(target_arch = "wasm32"))]
pub mod compare;
pub mod device;
#[cfg(not(target_arch = "wasm32"))]
mod disk;
pub mod doctor;
pub mod dps;
pub mod encoder;
pub mod error;
pub mod finetune;
pub mod golden;
mod hash;
mod json;
pub mod kernels;
pub mod model;
pub mod onnx;
pub mod predict;
pub mod probe;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod process;
pub mod random;
pub mod report;
pub mod session;
pub mod spec;
#[allow(missing_docs)]
pub mod suggest;
#[allow(missing_docs)]
pub mod task;
mod terminal;
pub mod text;
pub mod train;
#[cfg(any(feature = "ui", target_arch = "wasm32"))]
#[allow(missing_docs)]
pub mod tuner;
#[cfg(target_arch = "wasm32")]
pub mod web;

pub use device::{Chosen, DeviceChoice, choose};
pub use error::{Error, Result};
pub use finetune::{Prepared, RunSpec};
pub use model::ModelFolder;
pub use predict::{Answer, Predictor, Tuned};
pub use session::{Face, Session};
pub use spec::{DataArguments, Event, Method, TrainingArguments};
pub use text::{Source, Table};
