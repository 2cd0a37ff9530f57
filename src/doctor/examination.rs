//! Examines every device of the machine: its adapter, its self-test, the time of a real step, and a verdict.

use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;
use web_time::Instant;

use super::check::Check;
use super::{fault, self_test};
use crate::device::{AdapterSummary, Chosen, DeviceChoice, choose};
use crate::dps::{Method, Stages};
use crate::encoder::{Inputs, Model, ModelConfig, cross_entropy_sum};
use crate::error::Result;
use crate::kernels::stay_awake;
use crate::train::{MemoryEstimate, Optimizer, TrainingArguments, gradients};

/// The shape of the bundled model, all-MiniLM-L6-v2.
const CONFIG: &[u8] =
    br#"{"model_type": "bert", "vocab_size": 30522, "hidden_size": 384, "num_hidden_layers": 6,
    "num_attention_heads": 12, "intermediate_size": 1536, "max_position_embeddings": 512, "num_labels": 2}"#;
const BATCH: usize = 16;
const LENGTH: usize = 64;

/// The findings on a machine.
#[derive(Clone, Debug, Serialize)]
pub struct Examination {
    /// All examined devices.
    pub devices: Vec<DeviceReport>,
    /// The device to train on, in words.
    pub verdict: String,
}

/// The findings on one device.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceReport {
    /// The name of the device for people.
    pub name: String,
    /// `None` for the CPU.
    pub adapter: Option<AdapterSummary>,
    /// Empty for the CPU, which is the reference.
    pub checks: Vec<Check>,
    /// The time of the self-test, including the compilation of the kernels.
    pub self_test_seconds: f64,
    /// The reason why the device cannot be used, if it cannot.
    pub fault: Option<String>,
    /// `None` if the device cannot be used or was not timed.
    pub step: Option<StepTime>,
    /// The memory of a step like the timed one.
    pub memory: MemoryEstimate,
}

/// The time of a step of `dps-dense` with the bundled model's shape.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepTime {
    /// The number of examples.
    pub batch: usize,
    /// Tokens of each example.
    pub length: usize,
    /// The first step, in which a GPU compiles its kernels.
    pub first_seconds: f64,
    /// A later step.
    pub seconds: f64,
}

/// Examines the devices of `choices`, and reports those that do not exist as such. A step on an emulated GPU takes
/// long, so it is timed only if the choice names the GPU. `says` receives a line before each part of the work.
pub async fn examine(choices: &[DeviceChoice], mut says: impl FnMut(&str)) -> Examination {
    let mut devices = Vec::with_capacity(choices.len());
    for choice in choices {
        devices.push(report(choice, &mut says).await);
    }
    Examination { verdict: verdict(&devices), devices }
}

async fn report(choice: &DeviceChoice, says: &mut impl FnMut(&str)) -> DeviceReport {
    let config = ModelConfig::from_json("config.json", CONFIG).expect("a valid configuration");
    let mut report = DeviceReport {
        name: choice.to_string(),
        adapter: None,
        checks: Vec::new(),
        self_test_seconds: 0.0,
        fault: None,
        step: None,
        memory: MemoryEstimate::new(
            &config,
            (Method::DpsDense, TrainingArguments::default().optimizer()),
            [BATCH, LENGTH],
        ),
    };
    let chosen = match choose(choice).await {
        Ok(chosen) => chosen,
        Err(error) => return DeviceReport { fault: Some(error.to_string()), ..report },
    };
    report.name = chosen.name();
    report.adapter.clone_from(&chosen.adapter);
    if chosen.adapter.is_some() {
        says(&format!("{}: self-test", report.name));
        let began = Instant::now();
        report.checks = self_test(&chosen).await;
        report.self_test_seconds = began.elapsed().as_secs_f64();
        report.fault = fault(&report.checks);
    }
    let emulated = chosen.adapter.as_ref().is_some_and(|adapter| adapter.software);
    if report.fault.is_none() && (!emulated || matches!(choice, DeviceChoice::Named(_))) {
        says(&format!("{}: two steps of training", report.name));
        match step_time(&config, &chosen).await {
            Ok(time) => report.step = Some(time),
            Err(error) => report.fault = Some(error.to_string()),
        }
    }
    report
}

async fn step_time(config: &ModelConfig, chosen: &Chosen) -> Result<StepTime> {
    chosen.check_tensor(config.largest_parameter_bytes())?;
    let device = &chosen.device;
    // as the training loop does, so that the time is that of a real step
    stay_awake(device);
    let mut model = Model::random(config, 1, &device.clone().autodiff());
    let stages = Stages::new(Method::DpsDense, 4, 0.5);
    let mut optimizer = Optimizer::new(&model, TrainingArguments::default().optimizer(), stages, device);
    let mut seconds = [0.0; 2];
    for (step, seconds) in (1..).zip(&mut seconds) {
        let began = Instant::now();
        optimizer = optimizer.begin(&model, step);
        let found = gradients(&model, loss(&model, device));
        (optimizer, model) = optimizer.step(model, found, step, 1e-4);
        // reading the norm waits for the device
        chosen.explain(optimizer.norm().await).await?;
        *seconds = began.elapsed().as_secs_f64();
    }
    let [first_seconds, seconds] = seconds;
    Ok(StepTime { batch: BATCH, length: LENGTH, first_seconds, seconds })
}

fn loss(model: &Model, device: &Device) -> Tensor<1> {
    let autodiff = device.clone().autodiff();
    let ids = (0..BATCH * LENGTH).map(|place| 1000 + (place * 7919 % 20_000) as i32).collect();
    let [mask, types] = [1, 0].map(|value| vec![value; BATCH * LENGTH]);
    let inputs = Inputs::new([BATCH, LENGTH], ids, mask, types, &autodiff);
    let labels = (0..BATCH).map(|row| (row % 2) as i32).collect();
    let labels = Tensor::from_data(TensorData::new::<i32, _>(labels, [BATCH]), &autodiff);
    cross_entropy_sum(model.forward(inputs), labels) / BATCH as f64
}

/// Recommends the fastest device that computes correctly.
fn verdict(devices: &[DeviceReport]) -> String {
    let seconds = |report: &&DeviceReport| report.step.map_or(f64::INFINITY, |step| step.seconds);
    let usable = devices.iter().filter(|report| report.step.is_some());
    let Some(best) = usable.min_by(|a, b| seconds(a).total_cmp(&seconds(b))) else {
        return "no device can be trained on".into();
    };
    let broken = devices.iter().filter(|report| !report.checks.is_empty() && report.fault.is_some());
    let broken: Vec<&str> = broken.map(|report| report.name.as_str()).collect();
    let avoid = match broken.as_slice() {
        [] => String::new(),
        names => format!("; do not use {}", names.join(", ")),
    };
    format!("train on {}{avoid}", best.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, seconds: Option<f64>, fault: Option<&str>) -> DeviceReport {
        let config = ModelConfig::from_json("config.json", CONFIG).unwrap();
        DeviceReport {
            name: name.into(),
            adapter: None,
            checks: fault
                .map(|fault| Check { name: "adamw", fault: Some(fault.into()) })
                .into_iter()
                .collect(),
            self_test_seconds: 0.1,
            fault: fault.map(Into::into),
            step: seconds.map(|seconds| StepTime { batch: 1, length: 1, first_seconds: 1.0, seconds }),
            memory: MemoryEstimate::new(
                &config,
                (Method::Full, TrainingArguments::default().optimizer()),
                [1, 1],
            ),
        }
    }

    #[test]
    fn the_verdict_is_the_fastest_device_that_computes_rightly() {
        let cpu = || device("CPU", Some(0.5), None);
        assert_eq!(verdict(&[device("GPU", Some(0.1), None), cpu()]), "train on GPU");
        assert_eq!(verdict(&[device("slow GPU", Some(8.0), None), cpu()]), "train on CPU");
        assert_eq!(verdict(&[device("GPU", None, Some("wrong")), cpu()]), "train on CPU; do not use GPU");
        assert_eq!(verdict(&[device("GPU", None, Some("wrong"))]), "no device can be trained on");
    }
}
