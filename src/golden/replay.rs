//! Repeats a recorded run step by step, on the real model, kernels and optimiser.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;

use super::deviations::{Deviation, Deviations, relative};
use super::pass;
use super::recorded::{Logged, RecordedRun, Tensors, differs, file, require};
use crate::device::Chosen;
use crate::device::{read_floats, read_integers};
use crate::dps::{LowRank, Method, Phase, Stages, Subnetwork};
use crate::encoder::{Inputs, Model, ModelConfig, Parameter, WeightsFile, cross_entropy_sum, values};
use crate::error::{Error, Result};
use crate::train::{LinearSchedule, Optimizer, OptimizerArguments, gradients};

/// The relative tolerance of the forward pass in float32 against float64, over 20 steps of training.
const LOSS: f64 = 1e-5;
const GRAD_NORM: f64 = 1e-4;
const STATISTIC: f64 = 1e-4;
/// The tolerance of a gradient in `dps-mix`, as a share of the matrix's largest one: eight units in the last place of
/// float32. A column that was kept once has the square of a single gradient as its statistic, and that gradient may be
/// near zero. The square then has twice this share of the product of both gradients.
const MIX_GRADIENT: f64 = 1e-6;
/// A score this close to the threshold may fall on either side of it.
const NEAR_THRESHOLD: f64 = 1e-5;
const WEIGHT: f64 = 2e-5;

/// The result of a repeated run.
#[derive(Clone, Debug, Serialize)]
pub struct Replay {
    /// The name of the recorded run.
    pub name: String,
    /// The device that repeated it.
    pub device: String,
    /// The number of repeated steps.
    pub steps: usize,
    /// The largest deviation of each quantity.
    pub deviations: Vec<Deviation>,
}

/// Repeats a recorded run, or a recorded pass of an encoder, which counts as one step. `files` are the files of its folder.
///
/// # Errors
/// A file is missing or damaged, quantities differ that must be equal (learning rates, the matrices to select from, the
/// counts of `dps-mix`), or the device failed.
pub async fn replay(files: &BTreeMap<String, Vec<u8>>, chosen: &Chosen) -> Result<Replay> {
    if files.contains_key(pass::EXPECTED) {
        let (name, deviations) = pass::compare(files, chosen).await?;
        return Ok(Replay { name, device: chosen.name(), steps: 1, deviations });
    }
    let run: RecordedRun = serde_json::from_slice(file(files, "run.json")?)
        .map_err(|error| Error::model("run.json", error.to_string()))?;
    let method = match run.method.as_str() {
        "full" => Method::Full,
        "dense" => Method::DpsDense,
        "mix" => Method::DpsMix,
        other => return Err(differs(format!("there is no method {other}"))),
    };
    let device = chosen.device.clone().autodiff();
    let config = ModelConfig::from_json("config.json", file(files, "config.json")?)?;
    let mut model =
        WeightsFile::new("init.safetensors", file(files, "init.safetensors")?)?.load(&config, &device)?;
    let recording = Recording {
        batches: Tensors::new("batches.safetensors", file(files, "batches.safetensors")?)?,
        trace: Tensors::new("trace.safetensors", file(files, "trace.safetensors")?)?,
        method,
        stages: Stages::new(method, run.max_steps, run.update_ratio),
    };
    let noise = match method.draws() {
        Some(_) => Some(Tensors::new("noise.safetensors", file(files, "noise.safetensors")?)?),
        None => None,
    };
    let schedule =
        LinearSchedule { peak: run.peak_lr, warmup_steps: run.warmup_steps, total_steps: run.max_steps };
    let arguments = OptimizerArguments {
        betas: run.betas,
        epsilon: run.eps,
        weight_decay: run.weight_decay,
        max_grad_norm: run.max_grad_norm,
        extrapolation: 0.0,
        update_fraction: 1.0 - run.p,
        frozen: run.frozen,
        // no golden run has factors
        low_rank: LowRank { rank: 1, alpha: 1.0, sparse: 0 },
        seed: 0,
    };
    let mut optimizer = Optimizer::new(&model, arguments, recording.stages, &chosen.device);
    let mut worst = Deviations::default();

    for logged in &run.steps {
        let step = logged.step;
        let learning_rate = schedule.learning_rate(step);
        require((learning_rate - logged.lr).abs() < 1e-12, || format!("the learning rate of step {step}"))?;
        let (inputs, labels) = recording.batch(step, &device)?;

        optimizer = optimizer.begin(&model, step);
        if let (Some(noise), Phase::Accumulate { .. }) = (&noise, recording.stages.phase(step)) {
            let columns = columns(noise, step, &optimizer)?;
            optimizer = optimizer.with_columns(|matrix| columns[&matrix.name].clone());
        }
        let in_use = optimizer.weights_in_use(&model, step);
        let [examples] = labels.dims();
        let loss = cross_entropy_sum(in_use.forward(inputs), labels) / examples as f64;
        let found = read_floats(loss.clone().inner()).await?[0];
        worst.add("loss", relative(f64::from(found), logged.loss) / LOSS, || format!("step {step}"));
        let gradients = gradients(&in_use, loss);
        // frees the blended weights, so that the optimiser updates the model's own buffers in place
        drop(in_use);
        (optimizer, model) = optimizer.step(model, gradients, step, learning_rate);

        recording.compare_norm(&optimizer, logged, &mut worst).await?;
        let mut covered = 0;
        for (parameter, subnetwork) in optimizer.subnetworks() {
            covered += 1;
            require(run.covered.contains(&parameter.name), || {
                format!("{} is selected from", parameter.name)
            })?;
            recording.compare_subnetwork(step, parameter, subnetwork, &mut worst).await?;
        }
        let expected = if method == Method::Full { 0 } else { run.covered.len() };
        require(covered == expected, || format!("{covered} matrices are selected from"))?;
        recording.compare_weights(step, &model, &mut worst).await?;
    }
    Ok(Replay { name: run.name, device: chosen.name(), steps: run.steps.len(), deviations: worst.worst() })
}

/// Reads the columns that a step of the recorded run keeps, by matrix.
fn columns(noise: &Tensors, step: usize, optimizer: &Optimizer) -> Result<BTreeMap<String, Vec<bool>>> {
    let kept = |(parameter, _): (&Parameter, _)| {
        let bits = noise.bytes(&format!("noise.{step}.{}", parameter.name))?;
        Ok((parameter.name.clone(), bits.into_iter().map(|bit| bit == 1).collect()))
    };
    optimizer.covered().map(kept).collect()
}

struct Recording<'a> {
    batches: Tensors<'a>,
    trace: Tensors<'a>,
    method: Method,
    stages: Stages,
}

impl Recording<'_> {
    /// The batch of a step and its labels.
    fn batch(&self, step: usize, device: &Device) -> Result<(Inputs, Tensor<1, burn::tensor::Int>)> {
        let shape = self.batches.shape("input_ids")?;
        let &[steps, batch, length] = shape.as_slice() else {
            return Err(differs(format!("batches of shape {shape:?}")));
        };
        require(step <= steps, || format!("step {step} of {steps}"))?;
        let rows = |name: &str, width: usize| {
            let all = self.batches.ints(name)?;
            let rows = all.get((step - 1) * batch * width..step * batch * width);
            rows.map(<[i32]>::to_vec).ok_or_else(|| differs(format!("{} entries of {name}", all.len())))
        };
        let ids = ["input_ids", "attention_mask", "token_type_ids"].map(|name| rows(name, length));
        let [input_ids, attention_mask, token_type_ids] = ids;
        let inputs = Inputs::new([batch, length], input_ids?, attention_mask?, token_type_ids?, device);
        let labels = Tensor::from_data(TensorData::new(rows("labels", 1)?, [batch]), device);
        Ok((inputs, labels))
    }

    async fn compare_norm(
        &self,
        optimizer: &Optimizer,
        logged: &Logged,
        worst: &mut Deviations,
    ) -> Result<()> {
        let (norm, step) = (optimizer.norm().await?, logged.step);
        require(norm.skipped == 0, || format!("step {step} was skipped"))?;
        let deviation = relative(f64::from(norm.value), logged.grad_norm) / GRAD_NORM;
        worst.add("gradient norm", deviation, || format!("step {step}"));
        Ok(())
    }

    async fn compare_subnetwork(
        &self,
        step: usize,
        parameter: &Parameter,
        subnetwork: &Subnetwork,
        worst: &mut Deviations,
    ) -> Result<()> {
        let name = |quantity: &str| format!("{quantity}.{step}.{}", parameter.name);
        if !self.trace.has(&name("statistic")) {
            return Ok(());
        }
        let expected = self.trace.floats(&name("statistic"))?;
        let mask = self.trace.bytes(&name("mask"))?;
        let [inputs, outputs] = [parameter.shape[0], parameter.shape[1]];
        require([expected.len(), mask.len()] == [inputs * outputs; 2], || {
            format!("the shape of {}", parameter.name)
        })?;
        let statistic = subnetwork.statistic.clone().expect("a golden run selects by gradients");
        let statistic = read_floats(statistic).await?;
        let words = read_integers(subnetwork.mask.clone()).await?;
        let count = match self.method == Method::DpsMix {
            true => Some(self.trace.counts(&name("count"))?),
            false => None,
        };
        if let (Some(count), Some(kept)) = (&count, &subnetwork.kept) {
            let kept = read_integers(kept.clone()).await?;
            require(count.chunks(inputs).all(|row| row == kept), || {
                format!("the counts of {}", parameter.name)
            })?;
        }
        let scores = scores(&expected, count.as_deref(), self.stages.steps);
        let kept = mask.iter().filter(|bit| **bit == 1).count();
        let mut sorted = scores.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let threshold = sorted[kept.saturating_sub(1)];
        let largest = f64::from(expected.iter().copied().fold(0.0, f32::max));
        for row in 0..outputs {
            for column in 0..inputs {
                // the model holds weights transposed
                let (here, there) = (column * outputs + row, row * inputs + column);
                let place = || format!("step {step} {}[{row},{column}]", parameter.name);
                let expected = f64::from(expected[there]);
                // relative to the entry, but not below the matrix's scale times float32's epsilon
                let floor = expected.max(largest * f64::from(f32::EPSILON));
                let small =
                    if count.is_some() { 2.0 * MIX_GRADIENT * (expected * largest).sqrt() } else { 0.0 };
                let tolerance = floor * STATISTIC + small;
                worst.add("statistic", (f64::from(statistic[here]) - expected).abs() / tolerance, place);
                let bit = words[here / 32] >> (here % 32) & 1;
                if bit != u32::from(mask[there]) {
                    worst.add("mask", relative(scores[there], threshold) / NEAR_THRESHOLD, place);
                }
            }
        }
        Ok(())
    }

    async fn compare_weights(&self, step: usize, model: &Model, worst: &mut Deviations) -> Result<()> {
        if !self.trace.has(&format!("weight.{step}.classifier.bias")) {
            return Ok(());
        }
        for (parameter, found) in values(model).await? {
            let expected = self.trace.floats(&format!("weight.{step}.{}", parameter.name))?;
            require(found.len() == expected.len(), || format!("the shape of {}", parameter.name))?;
            for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let deviation = f64::from((found - expected).abs()) / WEIGHT;
                worst.add("weight", deviation, || format!("step {step} {}[{i}]", parameter.name));
            }
        }
        Ok(())
    }
}

/// The scores that selection goes by: the statistic, and in `dps-mix` its mean over the steps that kept the column,
/// with a lower weight in long stages. This is a second implementation in float64, because the device's own scores are
/// under test.
fn scores(statistic: &[f32], count: Option<&[u32]>, stage_steps: usize) -> Vec<f64> {
    let statistic = statistic.iter().map(|entry| f64::from(*entry));
    let Some(count) = count else { return statistic.collect() };
    let score = |(statistic, times): (f64, &u32)| {
        let times = f64::from(*times.max(&1));
        let often = if stage_steps >= 50 { (-times / stage_steps as f64).exp() } else { 1.0 };
        statistic / times * often
    };
    statistic.zip(count).map(score).collect()
}
