//! A method of one's own: `cargo run --release --example method MODEL DATA`.
//!
//! The methods that a run can be given are values of `Method`. Whoever tries a new one writes the loop as here, on the
//! crate's model, data and gradients. This one moves each weight of the classifier and of the last layer by a fixed
//! amount against the sign of its gradient, and leaves all others as they are.

use std::path::PathBuf;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;
use subtune::device::read_floats;
use subtune::encoder::parameters;
use subtune::task::{Weights, loss_sum};
use subtune::text::{collate, training_order};
use subtune::train::{Data, Gradients, batch_inputs, gradients};
use subtune::{DataArguments, DeviceChoice, Error, ModelFolder, Result, Source, Table, choose};

const RATE: f64 = 1e-4;
const BATCH: usize = 16;
const MAX_LENGTH: usize = 64;
const EPOCHS: u64 = 2;
const SEED: u64 = 1;

/// One step, parameter by parameter in the order of [`parameters`].
struct SignDescent<'a> {
    trained: std::slice::Iter<'a, bool>,
    gradients: std::vec::IntoIter<Option<Tensor<1>>>,
}

impl<'a> SignDescent<'a> {
    fn new(trained: &'a [bool], gradients: Gradients) -> Self {
        SignDescent { trained: trained.iter(), gradients: gradients.into_iter() }
    }
}

impl ModuleMapper for SignDescent<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (Some(true), Some(Some(gradient))) = (self.trained.next(), self.gradients.next()) else {
            return param;
        };
        let (id, weight, mapper) = param.consume();
        let step = gradient.sign().reshape(weight.dims()) * RATE;
        let weight = Tensor::from_inner(weight.inner() - step).require_grad();
        Param::from_mapped_value(id, weight, mapper)
    }
}

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [model, data] = &arguments[..] else {
        return Err(Error::Usage("expected two arguments: MODEL DATA".into()));
    };
    let folder = ModelFolder::read(model)?;
    let config = folder.config()?;
    let tokenizer = folder.tokenizer(&config, MAX_LENGTH)?;
    let settings = DataArguments::default();
    let source = Source::new(&Table::read(data)?, &settings)?;
    let sets = source.divide(&settings, SEED)?;
    let data = Data::new(&tokenizer, source.task.clone(), &sets, [&[], &[]], config.vocab_size)?;

    pollster::block_on(async {
        let device = choose(&DeviceChoice::Auto).await?.device.autodiff();
        let mut model = folder.load_for_training(&data.task, &data.used, (None, None), SEED, &device)?.model;
        let last = format!("layer.{}.", config.num_hidden_layers - 1);
        let is_trained = |name: &str| name.starts_with("classifier.") || name.contains(&last);
        let trained: Vec<bool> =
            parameters(&model).iter().map(|parameter| is_trained(&parameter.name)).collect();
        for epoch in 0..EPOCHS {
            let order = training_order(data.train.len(), epoch, SEED);
            let mut sum = 0.0;
            for rows in order.chunks(BATCH) {
                let batch = collate(&data.train, rows, data.pad_id, MAX_LENGTH);
                let logits = model.forward(batch_inputs(&batch, &device));
                let loss = loss_sum(logits, &batch.targets, &Weights::Equal) / rows.len() as f64;
                sum += read_floats(loss.clone().inner()).await?[0] * rows.len() as f32;
                let gradients = gradients(&model, loss);
                model = model.map(&mut SignDescent::new(&trained, gradients));
            }
            println!("epoch {}: mean loss {:.4}", epoch + 1, sum / order.len() as f32);
        }
        Ok(())
    })
}
