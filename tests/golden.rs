//! The algorithm against an independent oracle in float64 (`tests/oracle/dps_oracle.py`).
//!
//! `SUBTUNE_GOLDEN` names one golden run or a folder of them (default: `tests/golden`), `SUBTUNE_DEVICE` the
//! device (`cpu`, `gpu` or part of an adapter's name; default: `cpu`).

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use subtune::bert::{BertConfig, Inputs, WeightsFile, cross_entropy_sum, values};
use subtune::dps::{Frozen, Method, Phase, Stages};
use subtune::train::{LinearSchedule, Optimizer, OptimizerArguments, gradients, read_words};

use burn::tensor::{Tensor, TensorData};
use common::Tensors;

/// The forward pass in float32 against float64, over 20 steps of training.
const LOSS: f64 = 1e-5;
const GRAD_NORM: f64 = 1e-4;
const STATISTIC: f64 = 1e-4;
/// A column that mix kept once has the square of one gradient as its statistic, and that may be near zero: it is
/// right to this share of the matrix's largest gradient (eight units in the last place of float32), and its
/// square to twice that share of the product of both.
const MIX_GRADIENT: f64 = 1e-6;
/// A score this close to the threshold may fall on either side of it.
const NEAR_THRESHOLD: f64 = 1e-5;
const WEIGHT: f64 = 2e-5;

#[derive(Deserialize)]
struct Run {
    name: String,
    method: String,
    frozen: Frozen,
    max_steps: usize,
    update_ratio: f64,
    p: f64,
    peak_lr: f64,
    warmup_steps: usize,
    betas: [f64; 2],
    eps: f64,
    weight_decay: f64,
    max_grad_norm: f64,
    covered: Vec<String>,
    steps: Vec<Logged>,
}

#[derive(Deserialize)]
struct Logged {
    step: usize,
    lr: f64,
    loss: f64,
    grad_norm: f64,
}

/// The largest deviation of each quantity, as a share of its tolerance.
#[derive(Default)]
struct Deviations(BTreeMap<&'static str, (f64, String)>);

impl Deviations {
    fn add(&mut self, quantity: &'static str, deviation: f64, place: impl FnOnce() -> String) {
        let worst = self.0.entry(quantity).or_insert((0.0, String::new()));
        if deviation > worst.0 || deviation.is_nan() {
            *worst = (deviation, place());
        }
    }

    fn check(&self, run: &str) {
        for (quantity, (deviation, place)) in &self.0 {
            println!("{run}: {quantity} deviates by {deviation:.3} of its tolerance at {place}");
        }
        for (quantity, (deviation, place)) in &self.0 {
            assert!(
                *deviation <= 1.0,
                "{run}: {quantity} deviates by {deviation} of its tolerance at {place}"
            );
        }
    }
}

fn relative(found: f64, expected: f64) -> f64 {
    (found - expected).abs() / expected.abs().max(f64::MIN_POSITIVE)
}

/// What the oracle selects by: the statistic, in mix as a mean over the steps that kept the column, and weighted
/// down in long stages.
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

#[test]
fn golden_runs_are_reproduced() {
    let device = common::device();
    let folders = common::golden_folders();
    assert!(!folders.is_empty());
    let mut checked = 0;
    for folder in folders {
        let run: Run = serde_json::from_slice(&common::file(&folder, "run.json")).unwrap();
        let method = match run.method.as_str() {
            "full" => Method::Full,
            "dense" => Method::DpsDense,
            "mix" => Method::DpsMix,
            other => panic!("{}: there is no method {other}", run.name),
        };
        pollster::block_on(check(&folder, &run, method, &device));
        checked += 1;
    }
    assert!(checked > 0);
}

async fn check(folder: &Path, run: &Run, method: Method, chosen: &subtune::device::Chosen) {
    let device = chosen.device.clone().autodiff();
    let config = BertConfig::from_json("config.json", &common::file(folder, "config.json")).unwrap();
    let init = common::file(folder, "init.safetensors");
    let mut model = WeightsFile::new("init.safetensors", &init).unwrap().load(&config, &device).unwrap();
    let batches = Tensors::new(common::file(folder, "batches.safetensors"));
    let trace = Tensors::new(common::file(folder, "trace.safetensors"));
    let noise = method.draws().map(|_| Tensors::new(common::file(folder, "noise.safetensors")));
    let [steps, batch, length] = batches.shape("input_ids").try_into().unwrap();
    assert_eq!(steps, run.max_steps);

    let schedule =
        LinearSchedule { peak: run.peak_lr, warmup_steps: run.warmup_steps, total_steps: run.max_steps };
    let arguments = OptimizerArguments {
        betas: run.betas,
        epsilon: run.eps,
        weight_decay: run.weight_decay,
        max_grad_norm: run.max_grad_norm,
        update_fraction: 1.0 - run.p,
        frozen: run.frozen,
        seed: 0,
    };
    let stages = Stages::new(method, run.max_steps, run.update_ratio);
    let mut optimizer = Optimizer::new(&model, arguments, stages, &chosen.device);
    let mut worst = Deviations::default();

    for logged in &run.steps {
        let step = logged.step;
        let learning_rate = schedule.learning_rate(step);
        assert!((learning_rate - logged.lr).abs() < 1e-12, "learning rate of step {step}");
        let rows = |name: &str, width: usize| {
            let all = batches.ints(name);
            all[(step - 1) * batch * width..step * batch * width].to_vec()
        };
        let inputs = Inputs::new(
            [batch, length],
            rows("input_ids", length),
            rows("attention_mask", length),
            rows("token_type_ids", length),
            &device,
        );
        let labels = Tensor::from_data(TensorData::new(rows("labels", 1), [batch]), &device);

        optimizer = optimizer.begin(&model, step);
        if let (Some(noise), Phase::Accumulate { .. }) = (&noise, stages.phase(step)) {
            optimizer = optimizer.with_columns(|matrix| {
                let kept = noise.bytes(&format!("noise.{step}.{}", matrix.name)).unwrap();
                kept.into_iter().map(|bit| bit == 1).collect()
            });
        }
        let in_use = optimizer.weights_in_use(&model, step);
        let loss = cross_entropy_sum(in_use.forward(inputs), labels) / batch as f64;
        let found = subtune::bert::read(loss.clone().inner()).await.unwrap()[0];
        worst.add("loss", relative(f64::from(found), logged.loss) / LOSS, || format!("step {step}"));
        let gradients = gradients(&in_use, loss);
        drop(in_use);
        (optimizer, model) = optimizer.step(model, gradients, step, learning_rate);
        let norm = optimizer.norm().await.unwrap();
        assert_eq!(norm.skipped, 0);
        worst.add("gradient norm", relative(f64::from(norm.value), logged.grad_norm) / GRAD_NORM, || {
            format!("step {step}")
        });

        let mut covered = 0;
        for (parameter, subnetwork) in optimizer.subnetworks() {
            covered += 1;
            assert!(run.covered.contains(&parameter.name), "{} is covered", parameter.name);
            let Some(expected) = trace.floats(&format!("statistic.{step}.{}", parameter.name)) else {
                continue;
            };
            let [inputs, outputs] = [parameter.shape[0], parameter.shape[1]];
            let ours = |row: usize, column: usize| column * outputs + row;
            let statistic = subtune::bert::read(subnetwork.statistic.clone()).await.unwrap();
            let words = read_words(subnetwork.mask.clone()).await.unwrap();
            let mask = trace.bytes(&format!("mask.{step}.{}", parameter.name)).unwrap();
            let count = trace.counts(&format!("count.{step}.{}", parameter.name));
            assert_eq!(count.is_some(), method == Method::DpsMix);
            if let Some(count) = &count {
                let kept = read_words(subnetwork.kept.clone().unwrap()).await.unwrap();
                for row in count.chunks(inputs) {
                    assert_eq!(row, kept, "step {step} {}", parameter.name);
                }
            }
            let scores = scores(&expected, count.as_deref(), stages.steps);
            let kept = mask.iter().filter(|bit| **bit == 1).count();
            let mut sorted = scores.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let threshold = sorted[kept - 1];
            let largest = f64::from(expected.iter().copied().fold(0.0, f32::max));
            for row in 0..outputs {
                for column in 0..inputs {
                    let (here, there) = (ours(row, column), row * inputs + column);
                    let place = || format!("step {step} {}[{row},{column}]", parameter.name);
                    let expected = f64::from(expected[there]);
                    // relative to the entry, with the matrix's scale times float32's epsilon as floor
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
        }
        assert_eq!(covered, if method == Method::Full { 0 } else { run.covered.len() });

        if trace.floats(&format!("weight.{step}.classifier.bias")).is_none() {
            continue;
        }
        for (parameter, found) in values(&model).await.unwrap() {
            let expected = trace.floats(&format!("weight.{step}.{}", parameter.name)).unwrap();
            assert_eq!(found.len(), expected.len());
            for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let deviation = f64::from((found - expected).abs()) / WEIGHT;
                worst.add("weight", deviation, || format!("step {step} {}[{i}]", parameter.name));
            }
        }
    }
    worst.check(&format!("{} on {}", run.name, chosen.name()));
}
