//! A training run of subtune, one step at a time.

use std::time::Instant;

use burn::module::Module;
use burn::tensor::Tensor;
use subtune::device::Chosen;
use subtune::dps::Stages;
use subtune::encoder::Model;
use subtune::kernels::stay_awake;
use subtune::task::{Weights, loss_sum};
use subtune::text::{Encoded, collate};
use subtune::train::{Optimizer, TrainingArguments, batch_inputs, gradients};

use crate::cpu_time::cpu_seconds;
use crate::examples::examples;
use crate::shape::Shape;
use crate::turns::{Seconds, Subject};

pub struct Run {
    chosen: Chosen,
    stages: Stages,
    batch: [usize; 2],
    examples: Vec<Encoded>,
    /// What the head reads of each example, `[examples, hidden]`, if the method freezes the encoder. As in a run, it is
    /// computed before the first step.
    pooled: Option<Tensor<2>>,
    state: Option<(Optimizer, Model)>,
    step: usize,
}

impl Run {
    /// A run on batches of `batch` `[examples, tokens]`.
    pub fn new(chosen: &Chosen, shape: &Shape, batch: [usize; 2], stages: Stages) -> Self {
        let device = &chosen.device;
        let model = Model::random(&shape.config(), 1, &device.clone().autodiff());
        let mut optimizer = Optimizer::new(&model, TrainingArguments::default().optimizer(), stages, device);
        while optimizer.lacks_places() {
            pollster::block_on(optimizer.find_places()).expect("the device computes");
        }
        let [size, length] = batch;
        let examples = examples(4 * size, length);
        let all: Vec<usize> = (0..examples.len()).collect();
        let pooled = stages
            .method
            .freezes_encoder()
            .then(|| model.valid().pooled(batch_inputs(&collate(&examples, &all, 0, length), device)));
        Run {
            chosen: chosen.clone(),
            stages,
            batch,
            examples,
            pooled,
            state: Some((optimizer, model)),
            step: 0,
        }
    }

    /// Takes a step. It calls `done` after each part.
    pub fn advance(&mut self, mut done: impl FnMut(Part, &Chosen)) {
        stay_awake(&self.chosen.device);
        let (optimizer, model) = self.state.take().expect("present between steps");
        self.step += 1;
        let optimizer = optimizer.begin(&model, self.step);
        done(Part::Begin, &self.chosen);
        let [size, length] = self.batch;
        let first = self.step * size;
        let rows: Vec<usize> = (first..first + size).map(|row| row % self.examples.len()).collect();
        let batch = collate(&self.examples, &rows, 0, length);
        let device = self.chosen.device.clone().autodiff();
        let pooled = self.pooled.as_ref().map(|pooled| {
            let rows: Vec<i32> = rows.iter().map(|row| *row as i32).collect();
            pooled.clone().select(0, Tensor::from_ints(rows.as_slice(), &pooled.device())).autodiff()
        });
        let inputs = batch_inputs(&batch, &device);
        done(Part::Data, &self.chosen);
        let in_use = optimizer.weights_in_use(&model, self.step);
        done(Part::Blend, &self.chosen);
        let logits = match pooled {
            Some(pooled) => in_use.classify(in_use.project(pooled)),
            None => in_use.forward(inputs),
        };
        let loss = loss_sum(logits, &batch.targets, &Weights::Equal) / size as f64;
        done(Part::Forward, &self.chosen);
        let gradients = gradients(&in_use, loss);
        drop(in_use);
        let gradients = optimizer.in_factors(gradients);
        done(Part::Backward, &self.chosen);
        let optimizer = optimizer.observe(&gradients, self.step);
        done(Part::Observe, &self.chosen);
        self.state = Some(optimizer.update(model, gradients, self.step, 1e-4));
        done(Part::Update, &self.chosen);
    }

    /// Waits for the device.
    pub fn finish(&self) {
        let (optimizer, _) = self.state.as_ref().expect("present between steps");
        pollster::block_on(optimizer.norm()).expect("the device computes");
    }
}

/// The parts of a step, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Random masks and selection.
    Begin,
    /// Collating and upload.
    Data,
    /// The weights in use, for methods that blend.
    Blend,
    Forward,
    Backward,
    /// Norm and statistic.
    Observe,
    /// AdamW.
    Update,
}

impl Subject for Run {
    fn name(&self) -> String {
        self.stages.method.to_string()
    }

    fn step(&mut self) -> Seconds {
        let (began, began_cpu) = (Instant::now(), cpu_seconds());
        self.advance(|_, _| {});
        self.finish();
        Seconds { wall: began.elapsed().as_secs_f64(), cpu: cpu_seconds() - began_cpu }
    }
}
