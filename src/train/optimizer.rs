//! One optimiser step over all parameters: global norm, clip, AdamW, and what the method does to the weight
//! matrices. Everything stays on the device and happens in place.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Int, Tensor};

use crate::bert::{BertForSequenceClassification, Parameter, ParameterKind, Path, parameters, read};
use crate::dps::{Frozen, Phase, Selected, Stages, Subnetwork};
use crate::error::{Error, Result};
use crate::kernels::{self, AdamW};

/// A gradient for each parameter in the order of [`parameters`], flat; none where a parameter took no part.
pub type Gradients = Vec<Option<Tensor<1>>>;

/// The optimiser's constants; see [`super::TrainingArguments`] for their meaning.
#[derive(Clone, Copy, Debug)]
pub struct OptimizerArguments {
    pub betas: [f64; 2],
    pub epsilon: f64,
    pub weight_decay: f64,
    /// 0: no clipping.
    pub max_grad_norm: f64,
    pub update_fraction: f64,
    pub frozen: Frozen,
}

/// The gradient norm of the last step and how many steps were skipped because it was no number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepNorm {
    pub value: f32,
    pub skipped: usize,
}

struct State {
    parameter: Parameter,
    /// First and second moment, each `[entries]`.
    moments: [Tensor<1>; 2],
    /// Where this parameter's partial sums of squares begin.
    offset: usize,
    /// Of a covered matrix, where the method selects.
    subnetwork: Option<Subnetwork>,
}

pub struct Optimizer {
    arguments: OptimizerArguments,
    stages: Stages,
    states: Vec<State>,
    partials: Tensor<1>,
    norm: Tensor<1>,
}

impl Optimizer {
    pub fn new(
        model: &BertForSequenceClassification,
        arguments: OptimizerArguments,
        stages: Stages,
        device: &Device,
    ) -> Self {
        let selects = !matches!(stages.phase(1), Phase::Plain);
        let mut offset = 0;
        let states = parameters(model)
            .into_iter()
            .map(|parameter| {
                let entries = parameter.entries();
                let covered = selects && parameter.kind == ParameterKind::Matrix;
                let state = State {
                    moments: [Tensor::zeros([entries], device), Tensor::zeros([entries], device)],
                    offset,
                    subnetwork: covered.then(|| Subnetwork::new(entries, device)),
                    parameter,
                };
                offset += kernels::partial_sums(entries);
                state
            })
            .collect();
        Optimizer {
            arguments,
            stages,
            states,
            partials: Tensor::zeros([offset], device),
            norm: Tensor::zeros([4], device),
        }
    }

    /// Before the gradients of `step` (from 1) are computed: selects the subnetwork where stage II begins.
    pub fn begin(mut self, step: usize) -> Self {
        if let Phase::Selected { first: true } = self.stages.phase(step) {
            let fraction = self.arguments.update_fraction;
            for state in &mut self.states {
                state.subnetwork = state.subnetwork.take().map(|subnetwork| subnetwork.select(fraction));
            }
        }
        self
    }

    /// Updates the model by `gradients`. A step whose gradient norm is no number changes nothing.
    pub fn step(
        self,
        model: BertForSequenceClassification,
        gradients: Gradients,
        step: usize,
        learning_rate: f64,
    ) -> (Self, BertForSequenceClassification) {
        let Optimizer { arguments, stages, states, mut partials, norm } = self;
        let phase = stages.phase(step);
        for (state, gradient) in states.iter().zip(&gradients) {
            if let Some(gradient) = gradient {
                let mask = state.mask(phase);
                partials = kernels::square_sum(gradient.clone(), mask, partials, state.offset);
            }
        }
        let norm = kernels::norm_finalize(partials.clone(), norm, arguments.max_grad_norm as f32);
        let [beta1, beta2] = arguments.betas.map(|beta| beta as f32);
        let mut update = Update {
            phase,
            adamw: AdamW {
                learning_rate: learning_rate as f32,
                weight_decay: arguments.weight_decay as f32,
                beta1,
                beta2,
                epsilon: arguments.epsilon as f32,
                step: step as u32,
                strict: arguments.frozen == Frozen::Strict,
                fresh: phase == Phase::Accumulate { first: true },
            },
            norm: norm.clone(),
            updated: Vec::with_capacity(states.len()),
            states: states.into_iter(),
            gradients: gradients.into_iter(),
        };
        let model = model.map(&mut update);
        (Optimizer { arguments, stages, states: update.updated, partials, norm }, model)
    }

    /// The norm of the last step. Waits for the device.
    pub async fn norm(&self) -> Result<StepNorm> {
        let norm = read(self.norm.clone()).await?;
        Ok(StepNorm { value: norm[0], skipped: norm[3] as usize })
    }

    /// What is selected, by matrix. Waits for the device. Empty before the first selection.
    pub async fn selected(&self) -> Result<Vec<(String, Selected)>> {
        let mut selected = Vec::new();
        for (parameter, subnetwork) in self.subnetworks() {
            let Some(selection) = &subnetwork.selection else { continue };
            let counts = read_words(selection.clone()).await?;
            let selection = Selected {
                entries: subnetwork.entries,
                kept: counts[2] as usize,
                overlap: counts[3] as usize,
            };
            selected.push((parameter.name.clone(), selection));
        }
        Ok(selected)
    }

    /// The covered matrices and their state.
    pub fn subnetworks(&self) -> impl Iterator<Item = (&Parameter, &Subnetwork)> {
        self.states.iter().filter_map(|state| Some((&state.parameter, state.subnetwork.as_ref()?)))
    }
}

/// A tensor of words on the host.
pub async fn read_words(tensor: Tensor<1, Int>) -> Result<Vec<u32>> {
    let lost = |error: String| Error::Device(format!("the device stopped while a result was read: {error}"));
    let data = tensor.into_data_async().await.map_err(|error| lost(format!("{error:?}")))?;
    data.try_into_vec::<u32>().map_err(|error| lost(format!("{error:?}")))
}

impl State {
    /// The mask that is in force.
    fn mask(&self, phase: Phase) -> Option<Tensor<1, Int>> {
        match (phase, &self.subnetwork) {
            (Phase::Selected { .. }, Some(subnetwork)) => Some(subnetwork.mask.clone()),
            _ => None,
        }
    }

    /// The parameter's new value, and its state after the step.
    fn update<const D: usize>(
        mut self,
        weight: Tensor<D>,
        gradient: Tensor<1>,
        norm: Tensor<1>,
        phase: Phase,
        adamw: AdamW,
    ) -> (Tensor<D>, Self) {
        let weight = match (phase, self.subnetwork.take()) {
            (Phase::Accumulate { .. }, Some(subnetwork)) => {
                let statistic = subnetwork.statistic;
                let (weight, moments, statistic) =
                    kernels::adamw_statistic(weight, gradient, self.moments, statistic, norm, adamw);
                self.moments = moments;
                self.subnetwork = Some(Subnetwork { statistic, ..subnetwork });
                weight
            }
            (Phase::Selected { .. }, Some(subnetwork)) => {
                let mask = subnetwork.mask.clone();
                let (weight, moments) =
                    kernels::adamw_masked(weight, gradient, self.moments, mask, norm, adamw);
                self.moments = moments;
                self.subnetwork = Some(subnetwork);
                weight
            }
            (_, subnetwork) => {
                let (weight, moments) = kernels::adamw(weight, gradient, self.moments, norm, adamw);
                self.moments = moments;
                self.subnetwork = subnetwork;
                weight
            }
        };
        (weight, self)
    }
}

/// Walks the model and its states together.
struct Update {
    phase: Phase,
    adamw: AdamW,
    norm: Tensor<1>,
    states: std::vec::IntoIter<State>,
    gradients: std::vec::IntoIter<Option<Tensor<1>>>,
    updated: Vec<State>,
}

impl ModuleMapper for Update {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (Some(state), Some(gradient)) = (self.states.next(), self.gradients.next()) else {
            unreachable!("the optimiser was made for this model");
        };
        let Some(gradient) = gradient else {
            self.updated.push(state);
            return param;
        };
        let (id, tensor, mapper) = param.consume();
        let adamw = match state.parameter.kind {
            ParameterKind::Matrix | ParameterKind::Embedding => self.adamw,
            ParameterKind::Bias | ParameterKind::KeyBias | ParameterKind::LayerNorm => {
                AdamW { weight_decay: 0.0, ..self.adamw }
            }
        };
        let (weight, state) = state.update(tensor.inner(), gradient, self.norm.clone(), self.phase, adamw);
        self.updated.push(state);
        Param::from_mapped_value(id, weight.autodiff().require_grad(), mapper)
    }
}

/// Differentiates `loss` (one entry) with respect to every parameter but the key biases, whose gradient is 0
/// (see [`ParameterKind::KeyBias`]).
pub fn gradients(model: &BertForSequenceClassification, loss: Tensor<1>) -> Gradients {
    struct Collect {
        path: Path,
        gradients: burn::tensor::Gradients,
        found: Gradients,
    }
    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, container: &str) {
            self.path.enter(name, container);
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.exit();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let kind = self.path.parameter(Vec::new()).kind;
            let gradient = param.val().grad_remove(&mut self.gradients);
            self.found.push(match kind {
                ParameterKind::KeyBias => None,
                _ => gradient.map(|gradient| gradient.flatten(0, D - 1)),
            });
        }
    }
    let mut collect = Collect { path: Path::default(), gradients: loss.backward(), found: Vec::new() };
    model.visit(&mut collect);
    collect.found
}
