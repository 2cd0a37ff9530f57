//! Runs of the golden runs' tiny BERT on a few random examples.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;
use serde_json::Value;
use subtune::device::Chosen;
use subtune::encoder::{Dtype, Model, ModelConfig, WeightsFile, to_safetensors, values};
use subtune::error::Result;
use subtune::random::{Random, Stream};
use subtune::text::{Encoded, Encoding, Target, Task, TaskKind, Window};
use subtune::train::{Checkpoint, Data, Event, Gradients, RunState, Trainer, TrainerSpec, TrainingArguments};

pub type Files = BTreeMap<String, Vec<u8>>;

pub struct Tiny {
    pub chosen: Chosen,
    pub data: Data,
    pub config: ModelConfig,
    pub weights: Vec<u8>,
}

pub const RATE: f64 = 3e-3;

impl Tiny {
    pub fn new(task: Task) -> Self {
        let folder = super::golden().join("full");
        let stored = ModelConfig::from_json("config.json", &super::file(&folder, "config.json")).unwrap();
        let labels = if task.labels.is_empty() { &["x".to_owned()][..] } else { &task.labels };
        let config = stored.with_labels(task.kind, labels);
        let mut random = Random::new(1, Stream::Subsample, 0);
        let mut set = |count: usize| -> Vec<Encoded> {
            let mut one = |line: usize| {
                let tokens = 3 + random.below(10) as usize;
                let input_ids = (0..tokens).map(|_| 5 + random.below(90)).collect();
                let target = match task.kind {
                    TaskKind::Classification => Target::Class(line % task.labels.len()),
                    TaskKind::MultiLabel => Target::Labels(
                        (0..task.labels.len()).filter(|label| (line + 1) >> label & 1 == 1).collect(),
                    ),
                    _ => Target::Value(random.normal()),
                };
                let encoding = Encoding::whole(input_ids, vec![0; tokens]);
                Encoded { encoding, target: Some(target), line: line as u64 + 1 }
            };
            (0..count).map(&mut one).collect()
        };
        let (train, validation, test) = (set(21), set(6), set(5));
        let sets = [train, validation, test, Vec::new(), Vec::new()];
        let data = Data::of_encoded(task, sets, 0, config.vocab_size);
        Tiny { chosen: super::device(), data, config, weights: super::file(&folder, "init.safetensors") }
    }

    pub fn classes() -> Self {
        Tiny::new(Task::classification(["a", "b", "c"].map(String::from).to_vec()))
    }

    /// Every third text has two further windows, and every fifth one.
    pub fn with_windows(mut self) -> Self {
        let data = &mut self.data;
        for set in [&mut data.train, &mut data.validation, &mut data.test] {
            for (row, example) in set.iter_mut().enumerate() {
                let window = |by: usize| {
                    let mut input_ids = example.encoding.input_ids.clone();
                    input_ids.rotate_left(by);
                    Window { input_ids, token_type_ids: example.encoding.token_type_ids.clone() }
                };
                let count = if row % 3 == 0 { 2 } else { usize::from(row % 5 == 0) };
                example.encoding.further = (1..=count).map(window).collect();
            }
        }
        self
    }

    /// Twice the training texts again without a target, each with its tokens in another order.
    pub fn with_unlabelled(mut self) -> Self {
        let texts = self.data.train.iter().cycle().take(2 * self.data.train.len()).cloned();
        self.data.unlabelled = texts
            .enumerate()
            .map(|(row, mut text)| {
                text.encoding.input_ids.rotate_left(1 + row % 3);
                Encoded { target: None, ..text }
            })
            .collect();
        self
    }

    pub fn model(&self) -> (Model, ModelConfig) {
        let device = self.chosen.device.clone().autodiff();
        let weights =
            WeightsFile::new("init.safetensors", &self.weights).unwrap().with_used_tokens(&self.data.used);
        (weights.load_with_fresh_head(&self.config, 1, &device).unwrap(), self.config.clone())
    }

    pub fn start(&self, arguments: &TrainingArguments) -> Trainer {
        let trainer = Trainer::new(self.spec(RATE, arguments)).unwrap();
        if arguments.needs_closed_form() { trainer.with_closed_form() } else { trainer }
    }

    pub fn resume(&self, arguments: &TrainingArguments, files: Files) -> Result<Trainer> {
        self.resume_at(RATE, arguments, files)
    }

    pub fn resume_at(&self, rate: f64, arguments: &TrainingArguments, files: Files) -> Result<Trainer> {
        let checkpoint = Checkpoint::from_files("stored", files)?;
        pollster::block_on(Trainer::resume(self.spec(rate, arguments), checkpoint))
    }

    fn spec(&self, learning_rate: f64, arguments: &TrainingArguments) -> TrainerSpec {
        let (model, config) = self.model();
        TrainerSpec {
            arguments: arguments.clone(),
            learning_rate,
            model,
            config,
            data: self.data.clone(),
            device: self.chosen.device.clone(),
            device_name: self.chosen.name(),
        }
    }
}

/// The model with every parameter moved by `step` times its gradient.
#[allow(dead_code, reason = "not every test needs it")]
pub fn moved(model: Model, gradients: &Gradients, step: f64) -> Model {
    struct Move<'a>(std::slice::Iter<'a, Option<Tensor<1>>>, f64);
    impl ModuleMapper for Move<'_> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let Some(gradient) = self.0.next().and_then(Option::as_ref) else { return param };
            let (id, value, mapper) = param.consume();
            let value = value.inner();
            let change = gradient.clone().reshape(value.shape()).mul_scalar(self.1);
            let value = (value + change).autodiff().require_grad();
            Param::from_mapped_value(id, value, mapper)
        }
    }
    model.map(&mut Move(gradients.iter(), step))
}

/// The checkpoint of a trainer that has not ended.
pub fn stored(trainer: &Trainer) -> Option<Files> {
    Some(pollster::block_on(trainer.checkpoint(RunState::default())).unwrap()?.into_files())
}

/// The course and the end of a run.
pub struct End {
    /// The last checkpoint before the end: all tensors, and everything else except times.
    pub tensors: Vec<u8>,
    pub state: Value,
    pub model: Vec<u8>,
    pub events: Vec<Event>,
}

/// Runs to the end. `each` receives a checkpoint after each part of the run.
pub fn finish(mut trainer: Trainer, mut each: impl FnMut(usize, Files, &[Event])) -> End {
    let mut events = Vec::new();
    let mut last = stored(&trainer).unwrap();
    let mut pieces = 0;
    while let Some(happened) = pollster::block_on(trainer.proceed()).unwrap() {
        pieces += 1;
        events.extend(happened);
        if let Some(files) = stored(&trainer) {
            last = files.clone();
            each(pieces, files, &events);
        }
    }
    let mut state = serde_json::from_slice(&last["state.json"]).unwrap();
    remove_times(&mut state);
    let tensors = last.remove("tensors.safetensors").unwrap();
    let values = pollster::block_on(values(&trainer.take_model())).unwrap();
    let model = to_safetensors(values, Dtype::Float32).unwrap();
    End { tensors, state, model, events }
}

/// The events without times.
pub fn timeless(events: &[Event]) -> Value {
    let mut events = serde_json::to_value(events).unwrap();
    remove_times(&mut events);
    events
}

fn remove_times(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(remove_times),
        Value::Object(fields) => {
            let times = [
                "seconds",
                "stepping_seconds",
                "preparing_seconds",
                "steps_per_second",
                "seconds_left",
                "seconds_per_step",
            ];
            fields.retain(|name, _| !times.contains(&name.as_str()));
            fields.values_mut().for_each(remove_times);
        }
        _ => {}
    }
}
