//! One optimiser step over all parameters: global norm, clip, AdamW, and the method's treatment of the weight matrices.
//! Everything stays on the device and happens in place, so the optimiser and the model are consumed and returned.

mod resume;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};

use super::gradients::Gradients;
use crate::device::{read_floats, read_integers};
use crate::dps::{
    Covered, Criterion, Factors, Frozen, LowRank, Phase, Scope, Selected, Site, Stages, Subnetwork,
    penalties, random_scores, select,
};
use crate::encoder::{Model, Parameter, ParameterKind, parameters};
use crate::error::Result;
use crate::kernels::{self, AdamW};

/// The optimiser's constants; see [`super::TrainingArguments`] for their meaning.
#[derive(Clone, Copy, Debug)]
pub struct OptimizerArguments {
    /// The decay of the first and of the second moment.
    pub betas: [f64; 2],
    /// The term that keeps AdamW's denominator above 0.
    pub epsilon: f64,
    /// The decoupled weight decay; biases and normalisations have none.
    pub weight_decay: f64,
    /// The norm above which gradients are scaled down; 0 means no clipping.
    pub max_grad_norm: f64,
    /// How far gradients are taken beyond the weights, in lengths of the last update; 0 means at the weights.
    pub extrapolation: f64,
    /// The share of each matrix that a mask keeps.
    pub update_fraction: f64,
    /// The treatment of entries outside the mask.
    pub frozen: Frozen,
    /// The size of low-rank factors, and the number of single entries beside them.
    pub low_rank: LowRank,
    /// The seed of the random masks and of the factors.
    pub seed: u64,
}

/// The gradient norm of the last step, and the number of steps skipped so far because it was not finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepNorm {
    /// The norm of the gradient before clipping.
    pub value: f32,
    /// The number of skipped steps.
    pub skipped: usize,
}

/// The optimiser's state for a parameter that the method trains.
struct State {
    parameter: Parameter,
    /// First and second moment of what the steps update: the parameter itself, or the factors that stand for it.
    moments: [Tensor<1>; 2],
    /// What the steps update as it was before the last step, if gradients are extrapolated.
    previous: Option<Tensor<1>>,
    /// The start of this parameter's partial sums of squares.
    offset: usize,
    /// For a matrix that the method covers.
    covered: Option<Covered>,
}

/// AdamW with the state of the method. Each step consumes and returns it, because updates happen in place.
pub struct Optimizer {
    arguments: OptimizerArguments,
    stages: Stages,
    /// In the order of [`parameters`]; `None` for parameters that are never updated.
    states: Vec<Option<State>>,
    partials: Tensor<1>,
    norm: Tensor<1>,
}

impl Optimizer {
    /// The state before the first step, for a model on `device`.
    pub fn new(model: &Model, arguments: OptimizerArguments, stages: Stages, device: &Device) -> Self {
        let method = stages.method;
        // the anchors must be the weights before the first step, so they are taken here
        let values = values(model);
        let extrapolates = arguments.extrapolation > 0.0;
        let mut offset = 0;
        let state = |(i, parameter): (usize, Parameter)| {
            if !method.trains(&parameter) {
                return None;
            }
            let matrix = match parameter.shape.as_slice() {
                &[inputs, outputs] if method.covers(&parameter) => Some([inputs, outputs]),
                _ => None,
            };
            let covered = matrix.map(|shape| {
                let pretrained = method.keeps_pretrained().then(|| copied(&values[i]));
                let (size, site) = (arguments.low_rank, (arguments.seed, i));
                Covered::new((method, size), shape, pretrained, site, device)
            });
            let factors = covered.as_ref().and_then(|covered| covered.factors.as_ref());
            let entries = factors.map_or(parameter.entries(), |factors| factors.values.dims()[0]);
            let moments = [Tensor::zeros([entries], device), Tensor::zeros([entries], device)];
            let updated = factors.map_or(&values[i], |factors| &factors.values);
            let previous = extrapolates.then(|| copied(updated));
            let state = State { moments, previous, offset, covered, parameter };
            // all parameters share one buffer of partial sums, so that one launch adds them up
            offset += kernels::partial_sums(entries);
            Some(state)
        };
        let states = parameters(model).into_iter().enumerate().map(state).collect();
        Optimizer {
            arguments,
            stages,
            states,
            partials: Tensor::zeros([offset], device),
            norm: Tensor::zeros([4], device),
        }
    }

    /// Whether single entries stand beside low-rank factors and are not all [found](Self::find_places). No step may begin
    /// before they are.
    pub fn lacks_places(&self) -> bool {
        self.covered().any(|(_, covered)| covered.factors.as_ref().is_some_and(Factors::lacks_places))
    }

    /// Finds the single entries of one more matrix, from its weights before the first step. It waits for the device.
    ///
    /// # Errors
    /// The device failed.
    pub async fn find_places(&mut self) -> Result<()> {
        let mut factors = self.covered_mut().filter_map(|(_, covered)| covered.factors.as_mut());
        if let Some(factors) = factors.find(|factors| factors.lacks_places()) {
            let pretrained = read_floats(factors.pretrained.clone()).await?;
            factors.find_places(&pretrained);
        }
        Ok(())
    }

    /// Adds the gradients of a batch to the statistic and updates nothing. This serves the pass over the training data
    /// before the first step, for a method that [surveys](crate::dps::Method::surveys) it.
    pub fn survey(self, gradients: &Gradients) -> Self {
        self.measure(gradients, Phase::Plain).accumulate(gradients, false)
    }

    /// Prepares `step` (from 1): selects the subnetwork if a stage II begins, and draws the random masks. Call it
    /// before anything else in the step.
    pub fn begin(mut self, model: &Model, step: usize) -> Self {
        match self.stages.phase(step) {
            Phase::Plain => {}
            Phase::Random => self.draw(step),
            Phase::Accumulate { first } => {
                if first {
                    // stage I blends with the pretrained weights
                    self.set_stage_anchors(None);
                }
                self.draw(step);
            }
            Phase::Selected { first: true } => {
                self.select(model);
                if self.stages.method.blends() {
                    self.set_stage_anchors(Some(values(model)));
                }
            }
            Phase::Selected { first: false } => {}
        }
        self
    }

    /// Replaces the columns that [`begin`](Self::begin) drew, to repeat a golden run with its recorded noise. `columns`
    /// tells for each matrix which of its inputs are kept.
    pub fn with_columns(mut self, columns: impl Fn(&Parameter) -> Vec<bool>) -> Self {
        for state in self.states.iter_mut().flatten() {
            let Some(covered) = &mut state.covered else { continue };
            covered.noise = covered.noise.take().map(|noise| noise.keep_columns(&columns(&state.parameter)));
        }
        self
    }

    /// Returns the model for the forward pass of `step`: weights are extrapolated if the arguments say so, matrices are
    /// blended if the method does that, and parameters that no step updates have no gradient. Drop it before
    /// [`step`](Self::step), so that the update is in place.
    /// Evaluation uses `model`.
    pub fn weights_in_use(&self, model: &Model, step: usize) -> Model {
        model.clone().map(&mut InUse {
            phase: self.stages.phase(step),
            arguments: self.arguments,
            states: self.states.iter(),
        })
    }

    /// Updates the model by `gradients`, which belong to the [weights in use](Self::weights_in_use). A step whose
    /// gradient norm is not finite changes nothing.
    pub fn step(self, model: Model, gradients: Gradients, step: usize, learning_rate: f64) -> (Self, Model) {
        let gradients = self.in_factors(gradients);
        self.observe(&gradients, step).update(model, gradients, step, learning_rate)
    }

    /// Turns the gradients of matrices for which factors stand into those of the factors. [`observe`](Self::observe) and
    /// [`update`](Self::update) take the result.
    pub fn in_factors(&self, gradients: Gradients) -> Gradients {
        let extrapolation = self.arguments.extrapolation;
        let turn = |(state, gradient): (&Option<State>, Option<Tensor<1>>)| {
            let factors = state.as_ref().and_then(|state| state.factors_in_use(extrapolation));
            match factors {
                Some(factors) => gradient.map(|gradient| factors.gradient(gradient)),
                None => gradient,
            }
        };
        self.states.iter().zip(gradients).map(turn).collect()
    }

    /// The first half of [`step`](Self::step): computes the norm of the gradients and adds them to the statistic.
    pub fn observe(self, gradients: &Gradients, step: usize) -> Self {
        let phase = self.stages.phase(step);
        // the norm comes first, because the statistic must leave out a step whose norm is not finite
        let measured = self.measure(gradients, phase);
        match phase {
            Phase::Accumulate { first } => measured.accumulate(gradients, first),
            _ => measured,
        }
    }

    /// The second half of [`step`](Self::step): AdamW.
    pub fn update(
        self,
        model: Model,
        gradients: Gradients,
        step: usize,
        learning_rate: f64,
    ) -> (Self, Model) {
        let phase = self.stages.phase(step);
        let Optimizer { arguments, stages, states, partials, norm } = self;
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
                // a column that is only left out at random keeps its momentum and decay, as in the oracle
                strict: stages.method.is_strict(arguments.frozen) && matches!(phase, Phase::Selected { .. }),
                gradient_scale: stages.method.gradient_scale(arguments.update_fraction) as f32,
            },
            norm: norm.clone(),
            updated: Vec::with_capacity(states.len()),
            states: states.into_iter(),
            gradients: gradients.into_iter(),
        };
        let model = model.map(&mut update);
        (Optimizer { arguments, stages, states: update.updated, partials, norm }, model)
    }

    /// Reads the norm of the last step. It waits for the device.
    pub async fn norm(&self) -> Result<StepNorm> {
        let norm = read_floats(self.norm.clone()).await?;
        Ok(StepNorm { value: norm[0], skipped: norm[3] as usize })
    }

    /// Reads the selection of each matrix. It waits for the device. The result is empty before the first selection.
    pub async fn selected(&self) -> Result<Vec<(&Parameter, Selected)>> {
        let mut selected = Vec::new();
        for (parameter, subnetwork) in self.subnetworks() {
            let Some(selection) = &subnetwork.selection else { continue };
            let counts = read_integers(selection.clone()).await?;
            let selection = Selected {
                entries: subnetwork.entries,
                kept: counts[2] as usize,
                overlap: counts[3] as usize,
            };
            selected.push((parameter, selection));
        }
        Ok(selected)
    }

    /// The matrices that the method selects from, and their state.
    pub fn subnetworks(&self) -> impl Iterator<Item = (&Parameter, &Subnetwork)> {
        self.covered().filter_map(|(parameter, covered)| Some((parameter, covered.subnetwork.as_ref()?)))
    }

    /// The covered matrices, and the method's state for them.
    pub fn covered(&self) -> impl Iterator<Item = (&Parameter, &Covered)> {
        self.states.iter().flatten().filter_map(|state| Some((&state.parameter, state.covered.as_ref()?)))
    }

    /// Computes the global norm of the gradients under the masks that apply.
    fn measure(self, gradients: &Gradients, phase: Phase) -> Self {
        let masked = self.stages.method.clips_masked();
        let mut partials = self.partials;
        for (state, gradient) in self.states.iter().zip(gradients) {
            if let (Some(state), Some(gradient)) = (state, gradient) {
                let mask = state.covered.as_ref().filter(|_| masked).and_then(|covered| covered.mask(phase));
                partials = kernels::square_sum(gradient.clone(), mask, partials, state.offset);
            }
        }
        let max_norm = self.arguments.max_grad_norm as f32;
        let norm = kernels::norm_finalize(partials.clone(), self.norm, max_norm);
        Optimizer { partials, norm, ..self }
    }

    /// Adds the gradients to the statistic; the `first` step of a stage sets it to zero before.
    fn accumulate(mut self, gradients: &Gradients, first: bool) -> Self {
        for (state, gradient) in self.states.iter_mut().zip(gradients) {
            if let (Some(state), Some(gradient)) = (state, gradient) {
                let add = |covered: Covered| covered.accumulate(gradient.clone(), self.norm.clone(), first);
                state.covered = state.covered.take().map(add);
            }
        }
        self
    }

    fn draw(&mut self, step: usize) {
        let OptimizerArguments { seed, update_fraction, .. } = self.arguments;
        for (matrix, covered) in self.covered_mut() {
            let site = Site { seed, step, matrix };
            covered.noise = covered.noise.take().map(|noise| noise.draw(update_fraction, site));
        }
    }

    fn select(&mut self, model: &Model) {
        let Some((criterion, scope)) = self.stages.method.selects() else { return };
        let device = self.norm.device();
        let OptimizerArguments { update_fraction, seed, .. } = self.arguments;
        // a table, so that every device has the same bits
        let penalties = Tensor::from_floats(penalties(self.stages.steps).as_slice(), &device);
        let weights = values(model);
        let score = |matrix: usize, subnetwork: &Subnetwork| match criterion {
            Criterion::Gradients => subnetwork.score(&penalties).expect("it has a statistic"),
            Criterion::Weights => weights[matrix].clone(),
            Criterion::Chance => random_scores(subnetwork.entries, seed, matrix, &device),
        };
        let scored = self.covered_mut().filter_map(|(matrix, covered)| {
            let subnetwork = covered.subnetwork.take()?;
            Some((score(matrix, &subnetwork), subnetwork))
        });
        let selected: Vec<_> = match scope {
            Scope::Model => select(scored.collect(), update_fraction, &device),
            Scope::Matrix => scored.flat_map(|one| select(vec![one], update_fraction, &device)).collect(),
        };
        for ((_, covered), subnetwork) in self.covered_mut().zip(selected) {
            covered.subnetwork = Some(subnetwork);
        }
    }

    /// Sets the anchors of the stage, or removes them. `values` are the model's, in the order of [`parameters`].
    fn set_stage_anchors(&mut self, values: Option<Vec<Tensor<1>>>) {
        for (i, covered) in self.covered_mut() {
            if let Some(anchor) = &mut covered.anchor {
                anchor.stage = values.as_ref().map(|values| copied(&values[i]));
            }
        }
    }

    /// The covered matrices, each with its place among all parameters.
    fn covered_mut(&mut self) -> impl Iterator<Item = (usize, &mut Covered)> {
        let states = self.states.iter_mut().enumerate();
        states.filter_map(|(i, state)| Some((i, state.as_mut()?.covered.as_mut()?)))
    }
}

/// The flat values of all parameters, in the order of [`parameters`].
pub(crate) fn values(model: &Model) -> Vec<Tensor<1>> {
    #[derive(Default)]
    struct Collect(Vec<Tensor<1>>);
    impl ModuleVisitor for Collect {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.push(param.val().inner().flatten(0, D - 1));
        }
    }
    let mut collect = Collect::default();
    model.visit(&mut collect);
    collect.0
}

/// Copies a tensor into a buffer of its own. A weight with a shared buffer is not updated in place, and WebGPU refuses
/// a kernel that is given one buffer twice, such as the blend of a weight with itself.
fn copied(value: &Tensor<1>) -> Tensor<1> {
    value.clone().mul_scalar(1.0)
}

/// `values` and `extrapolation` times what they changed since `previous`.
fn beyond(values: Tensor<1>, previous: &Tensor<1>, extrapolation: f64) -> Tensor<1> {
    values.clone() + (values - previous.clone()).mul_scalar(extrapolation)
}

impl State {
    fn factors(&self) -> Option<&Factors> {
        self.covered.as_ref()?.factors.as_ref()
    }

    /// The factors at which the gradient is taken, if factors stand for the parameter.
    fn factors_in_use(&self, extrapolation: f64) -> Option<Factors> {
        let factors = self.factors()?;
        Some(match &self.previous {
            Some(previous) => factors.with_values(beyond(factors.values.clone(), previous, extrapolation)),
            None => factors.clone(),
        })
    }

    /// The weight at which the gradient is taken, before it is blended.
    fn extrapolated<const D: usize>(&self, weight: Tensor<D>, extrapolation: f64) -> Tensor<D> {
        let Some(previous) = &self.previous else { return weight };
        let shape = weight.shape();
        match self.factors_in_use(extrapolation) {
            Some(factors) => factors.weight().reshape(shape),
            None => beyond(weight.flatten(0, D - 1), previous, extrapolation).reshape(shape),
        }
    }

    /// Remembers what the next update changes.
    fn remember<const D: usize>(&mut self, weight: &Tensor<D>) {
        if self.previous.is_some() {
            let updated =
                self.factors().map_or_else(|| weight.clone().flatten(0, D - 1), |one| one.values.clone());
            self.previous = Some(copied(&updated));
        }
    }

    /// Returns the parameter's new value, and its state after the step.
    fn update<const D: usize>(
        mut self,
        weight: Tensor<D>,
        gradient: Tensor<1>,
        norm: Tensor<1>,
        phase: Phase,
        adamw: AdamW,
    ) -> (Tensor<D>, Self) {
        if let Some(mut factors) = self.covered.as_mut().and_then(|covered| covered.factors.take()) {
            let (values, moments) = kernels::adamw(factors.values, gradient, self.moments, norm, adamw);
            factors.values = values;
            let weight = factors.weight().reshape(weight.shape());
            let covered = self.covered.map(|covered| Covered { factors: Some(factors), ..covered });
            return (weight, State { moments, covered, ..self });
        }
        let mask = self.covered.as_ref().and_then(|covered| covered.mask(phase));
        let (weight, moments) = match mask {
            Some(mask) => kernels::adamw_masked(weight, gradient, self.moments, mask, norm, adamw),
            None => kernels::adamw(weight, gradient, self.moments, norm, adamw),
        };
        (weight, State { moments, ..self })
    }
}

/// Replaces weights by those that are extrapolated, each matrix by its blend, and frozen parameters by constants.
struct InUse<'a> {
    phase: Phase,
    arguments: OptimizerArguments,
    states: std::slice::Iter<'a, Option<State>>,
}

impl ModuleMapper for InUse<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(state) = self.states.next().and_then(Option::as_ref) else {
            // the backward pass then leaves out what only its gradient needs
            let (id, tensor, mapper) = param.consume();
            return Param::from_mapped_value(id, tensor.inner().autodiff(), mapper);
        };
        let covered = state.covered.as_ref();
        let blend = covered.and_then(|covered| Some((covered.anchor.as_ref()?, covered.mask(self.phase)?)));
        if blend.is_none() && state.previous.is_none() {
            return param;
        }
        let OptimizerArguments { extrapolation, update_fraction, .. } = self.arguments;
        let (id, tensor, mapper) = param.consume();
        let mut weight = state.extrapolated(tensor.inner(), extrapolation);
        if let Some((anchor, mask)) = blend {
            weight = anchor.blend(weight, mask, update_fraction);
        }
        // a leaf of its own: the gradient is that of the weight in use, without the factor of the blend
        Param::from_mapped_value(id, weight.autodiff().require_grad(), mapper)
    }
}

/// Walks the model and its states together.
struct Update {
    phase: Phase,
    adamw: AdamW,
    norm: Tensor<1>,
    states: std::vec::IntoIter<Option<State>>,
    gradients: std::vec::IntoIter<Option<Tensor<1>>>,
    updated: Vec<Option<State>>,
}

impl ModuleMapper for Update {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (Some(state), Some(gradient)) = (self.states.next(), self.gradients.next()) else {
            unreachable!("the optimiser was made for this model");
        };
        let (mut state, gradient) = match (state, gradient) {
            (Some(state), Some(gradient)) => (state, gradient),
            (state, _) => {
                self.updated.push(state);
                return param;
            }
        };
        let (id, tensor, mapper) = param.consume();
        // Hugging Face's Trainer does not decay these either
        let adamw = match state.parameter.kind {
            ParameterKind::Matrix | ParameterKind::Embedding => self.adamw,
            ParameterKind::Bias | ParameterKind::KeyBias | ParameterKind::LayerNorm => {
                AdamW { weight_decay: 0.0, ..self.adamw }
            }
        };
        let weight = tensor.inner();
        state.remember(&weight);
        let (weight, state) = state.update(weight, gradient, self.norm.clone(), self.phase, adamw);
        self.updated.push(Some(state));
        Param::from_mapped_value(id, weight.autodiff().require_grad(), mapper)
    }
}
