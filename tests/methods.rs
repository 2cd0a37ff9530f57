//! The family of methods, each against its definition in f64. The gradients come from the engine; everything else is
//! computed here a second time, entry by entry. `SUBTUNE_DEVICE` names the device under test.

mod common;

use std::collections::BTreeSet;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use subtune::device::Chosen;
use subtune::device::{read_floats, read_integers};
use subtune::dps::{Frozen, LowRank, Method, Phase, Stages};
use subtune::encoder::{
    Inputs, Model, ModelConfig, Parameter, ParameterKind, WeightsFile, cross_entropy_sum, parameters,
};
use subtune::golden::Tensors;
use subtune::random::{Random, Stream, philox4x32, unit};
use subtune::train::{Gradients, Optimizer, OptimizerArguments, gradients};

const ARGUMENTS: OptimizerArguments = OptimizerArguments {
    betas: [0.9, 0.999],
    epsilon: 1e-8,
    weight_decay: 0.01,
    max_grad_norm: 1.0,
    extrapolation: 0.0,
    update_fraction: 0.6,
    frozen: Frozen::Reference,
    low_rank: LowRank { rank: 3, alpha: 5.0, sparse: 6 },
    seed: 0x1234_5678_9abc_def0,
};
const LEARNING_RATE: f64 = 2e-3;
const STEPS: usize = 4;
/// float32 rounding of weights below 1 over some steps.
const WEIGHT: f64 = 1e-6;

/// The model of a golden run, and its random batches.
struct Workbench {
    chosen: Chosen,
    batches: Vec<u8>,
}

impl Workbench {
    fn new() -> Self {
        let batches = common::file(&common::golden().join("full"), "batches.safetensors");
        Workbench { chosen: common::device(), batches }
    }

    fn model(&self) -> Model {
        let folder = common::golden().join("full");
        let config = ModelConfig::from_json("config.json", &common::file(&folder, "config.json")).unwrap();
        let init = common::file(&folder, "init.safetensors");
        let device = self.chosen.device.clone().autodiff();
        WeightsFile::new("init.safetensors", &init).unwrap().load(&config, &device).unwrap()
    }

    fn optimizer(&self, model: &Model, method: Method) -> Optimizer {
        self.optimizer_with(model, method, ARGUMENTS)
    }

    fn optimizer_with(&self, model: &Model, method: Method, arguments: OptimizerArguments) -> Optimizer {
        let mut optimizer = Optimizer::new(model, arguments, stages(method), &self.chosen.device);
        while optimizer.lacks_places() {
            pollster::block_on(optimizer.find_places()).unwrap();
        }
        optimizer
    }

    /// The gradients of the mean loss over the batch of `step`.
    fn gradients(&self, model: &Model, step: usize) -> Gradients {
        let device = self.chosen.device.clone().autodiff();
        let batches = Tensors::new("batches.safetensors", &self.batches).unwrap();
        let [_, batch, length] = batches.shape("input_ids").unwrap().try_into().unwrap();
        let rows = |name: &str, width: usize| {
            let all = batches.ints(name).unwrap();
            all[(step - 1) * batch * width..step * batch * width].to_vec()
        };
        let [ids, mask, types] =
            ["input_ids", "attention_mask", "token_type_ids"].map(|name| rows(name, length));
        let inputs = Inputs::new([batch, length], ids, mask, types, &device);
        let labels = Tensor::from_data(TensorData::new(rows("labels", 1), [batch]), &device);
        gradients(model, cross_entropy_sum(model.forward(inputs), labels) / batch as f64)
    }
}

fn stages(method: Method) -> Stages {
    Stages::new(method, 2 * STEPS, 0.25)
}

fn floats(tensor: Tensor<1>) -> Vec<f32> {
    pollster::block_on(read_floats(tensor)).unwrap()
}

/// The values of every parameter, in the order of `parameters`.
fn weights(model: &Model) -> Vec<Vec<f32>> {
    struct Collect(Vec<Vec<f32>>);
    impl ModuleVisitor for Collect {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.push(floats(param.val().inner().flatten(0, D - 1)));
        }
    }
    let mut collect = Collect(Vec::new());
    model.visit(&mut collect);
    collect.0
}

fn is_matrix(parameter: &Parameter) -> bool {
    parameter.kind == ParameterKind::Matrix
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

type Wide = Vec<Option<Vec<f64>>>;

fn wide_gradients(gradients: &Gradients) -> Wide {
    gradients.iter().map(|one| one.as_ref().map(|one| wide(&floats(one.clone())))).collect()
}

/// A mask for each parameter, `None` if it is not a matrix.
type Masks = Vec<Option<Vec<bool>>>;

/// The gradients with those of each matrix masked and scaled.
fn masked(gradients: &Wide, masks: &Masks, scale: f64) -> Wide {
    let with = |(gradient, mask): (&Option<Vec<f64>>, &Option<Vec<bool>>)| match (gradient, mask) {
        (Some(gradient), Some(mask)) => {
            Some(gradient.iter().zip(mask).map(|(g, keep)| if *keep { g * scale } else { 0.0 }).collect())
        }
        (gradient, _) => gradient.clone(),
    };
    gradients.iter().zip(masks).map(with).collect()
}

fn norm(gradients: &Wide) -> f64 {
    gradients.iter().flatten().flatten().map(|g| g * g).sum::<f64>().sqrt()
}

/// AdamW in f64.
struct Reference {
    parameters: Vec<Parameter>,
    /// Weight, first and second moment of each entry.
    state: Vec<Vec<[f64; 3]>>,
    step: i32,
}

/// The values and `extrapolation` times what they changed since `previous`.
fn beyond(values: &[Vec<f64>], previous: &[Vec<f64>], extrapolation: f64) -> Vec<Vec<f64>> {
    let beyond = |(values, previous): (&Vec<f64>, &Vec<f64>)| {
        values.iter().zip(previous).map(|(now, before)| now + extrapolation * (now - before)).collect()
    };
    values.iter().zip(previous).map(beyond).collect()
}

fn assert_near(found: &[f32], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(*found) - expected).abs() < WEIGHT, "{what}[{i}]: {found}, expected {expected}");
    }
}

impl Reference {
    /// What the steps update.
    fn values(&self) -> Vec<Vec<f64>> {
        self.state.iter().map(|state| state.iter().map(|[value, ..]| *value).collect()).collect()
    }

    fn new(model: &Model) -> Self {
        let state = |values: &Vec<f32>| values.iter().map(|w| [f64::from(*w), 0.0, 0.0]).collect();
        Reference {
            parameters: parameters(model),
            state: weights(model).iter().map(state).collect(),
            step: 0,
        }
    }

    fn step(&mut self, gradients: &Wide, norm: f64) {
        self.step += 1;
        let clip = (1.0 / (norm + 1e-6)).min(1.0);
        let correction = |beta: f64| 1.0 - beta.powi(self.step);
        for ((parameter, state), gradient) in self.parameters.iter().zip(&mut self.state).zip(gradients) {
            let Some(gradient) = gradient else { continue };
            let decays = matches!(parameter.kind, ParameterKind::Matrix | ParameterKind::Embedding);
            let decay = if decays { 0.01 } else { 0.0 };
            for ([w, m, v], g) in state.iter_mut().zip(gradient) {
                let g = g * clip;
                *m = 0.9 * *m + 0.1 * g;
                *v = 0.999 * *v + 0.001 * g * g;
                let update = *m / correction(0.9) / ((*v / correction(0.999)).sqrt() + 1e-8);
                *w -= LEARNING_RATE * (decay * *w + update);
            }
        }
    }

    fn assert_equals(&self, model: &Model) {
        for ((parameter, state), found) in self.parameters.iter().zip(&self.state).zip(weights(model)) {
            let expected: Vec<f64> = state.iter().map(|[weight, ..]| *weight).collect();
            assert_near(&found, &expected, &format!("step {} {}", self.step, parameter.name));
        }
    }
}

/// The masks of one step by their definition: `stride` gives the entries that share a draw.
fn drawn(
    parameters: &[Parameter],
    step: usize,
    stream: Stream,
    stride: impl Fn(&Parameter) -> usize,
) -> Masks {
    let key = [ARGUMENTS.seed as u32, (ARGUMENTS.seed >> 32) as u32];
    let mask = |(index, parameter): (usize, &Parameter)| {
        let keep = |entry: usize| {
            let draw = (entry / stride(parameter)) as u32;
            let words = philox4x32([draw / 4, stream as u32, step as u32, index as u32], key);
            f64::from(words[draw as usize % 4] >> 8) / f64::from(1 << 24) < ARGUMENTS.update_fraction
        };
        is_matrix(parameter).then(|| (0..parameter.entries()).map(keep).collect())
    };
    parameters.iter().enumerate().map(mask).collect()
}

/// A column of the paper's `[outputs, inputs]` is a row of the matrix here, which is held transposed.
fn columns(parameters: &[Parameter], step: usize) -> Masks {
    drawn(parameters, step, Stream::ColumnNoise, |parameter| parameter.shape[1])
}

fn bits(words: Vec<u32>, entries: usize) -> Vec<bool> {
    (0..entries).map(|i| words[i / 32] >> (i % 32) & 1 == 1).collect()
}

#[test]
fn mixout_trains_on_weights_of_which_random_columns_are_the_pretrained_ones() {
    let bench = Workbench::new();
    let mut model = bench.model();
    let all = parameters(&model);
    let pretrained = weights(&model);
    let mut optimizer = bench.optimizer(&model, Method::Mixout);
    let mut reference = Reference::new(&model);
    let p = 1.0 - ARGUMENTS.update_fraction;
    for step in 1..=STEPS {
        let masks = columns(&all, step);
        optimizer = optimizer.begin(&model, step);
        let in_use = optimizer.weights_in_use(&model, step);
        let master = weights(&model);
        // only the first step blends a weight with itself
        assert_eq!(master == pretrained, step == 1);
        for (i, found) in weights(&in_use).iter().enumerate() {
            let Some(mask) = &masks[i] else {
                assert_eq!(found, &master[i], "{}", all[i].name);
                continue;
            };
            for (entry, found) in found.iter().enumerate() {
                let keep = if mask[entry] { 1.0 } else { 0.0 };
                let [w, w0] = [master[i][entry], pretrained[i][entry]].map(f64::from);
                let expected = ((1.0 - keep) * w0 + keep * w - p * w0) / (1.0 - p);
                assert!((f64::from(*found) - expected).abs() < WEIGHT, "{}[{entry}]", all[i].name);
            }
        }
        let gradients = bench.gradients(&in_use, step);
        drop(in_use);
        let given = masked(&wide_gradients(&gradients), &masks, 1.0);
        (optimizer, model) = optimizer.step(model, gradients, step, LEARNING_RATE);
        reference.step(&given, norm(&given));
        reference.assert_equals(&model);
    }
}

#[test]
fn child_tuning_f_masks_the_gradient_at_random_and_scales_it_after_clipping() {
    let bench = Workbench::new();
    let mut model = bench.model();
    let all = parameters(&model);
    let mut optimizer = bench.optimizer(&model, Method::ChildTuningF);
    let mut reference = Reference::new(&model);
    for step in 1..=STEPS {
        optimizer = optimizer.begin(&model, step);
        let in_use = optimizer.weights_in_use(&model, step);
        assert_eq!(weights(&in_use), weights(&model));
        let gradients = bench.gradients(&in_use, step);
        drop(in_use);
        let raw = wide_gradients(&gradients);
        let masks = drawn(&all, step, Stream::RandomMask, |_| 1);
        (optimizer, model) = optimizer.step(model, gradients, step, LEARNING_RATE);
        reference.step(&masked(&raw, &masks, 1.0 / ARGUMENTS.update_fraction), norm(&raw));
        reference.assert_equals(&model);
    }
}

#[test]
fn child_tuning_d_updates_what_has_the_largest_fisher_information_before_training() {
    let bench = Workbench::new();
    let mut model = bench.model();
    let all = parameters(&model);
    let before = weights(&model);
    let mut optimizer = bench.optimizer(&model, Method::ChildTuningD);
    let mut fisher: Vec<Vec<f64>> = all.iter().map(|parameter| vec![0.0; parameter.entries()]).collect();
    let batches = 3;
    for batch in 1..=batches {
        let gradients = bench.gradients(&model, batch);
        for (fisher, gradient) in fisher.iter_mut().zip(wide_gradients(&gradients)) {
            let Some(gradient) = gradient else { continue };
            fisher.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g * g / f64::from(batches as u32));
        }
        optimizer = optimizer.survey(&gradients);
        // a batch whose gradients are not finite adds nothing
        let broken = bench.gradients(&model, batch).into_iter().map(|one| one.map(|one| one * f32::NAN));
        optimizer = optimizer.survey(&broken.collect());
    }
    assert_eq!(weights(&model), before);

    let matrices = || (0..all.len()).filter(|i| is_matrix(&all[*i]));
    let mut sorted: Vec<f64> = matrices().flat_map(|i| fisher[i].clone()).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let kept = (sorted.len() as f64 * ARGUMENTS.update_fraction).ceil() as usize;
    let threshold = sorted[kept - 1];

    optimizer = optimizer.begin(&model, 1);
    let found: Vec<Vec<bool>> = optimizer
        .subnetworks()
        .map(|(parameter, subnetwork)| {
            bits(pollster::block_on(read_integers(subnetwork.mask.clone())).unwrap(), parameter.entries())
        })
        .collect();
    let mut masks: Masks = vec![None; all.len()];
    for (i, mask) in matrices().zip(found) {
        for (entry, keep) in mask.iter().enumerate() {
            // float32 may put a score that is this close to the threshold on its other side
            let near = (fisher[i][entry] / threshold - 1.0).abs() < 1e-5;
            assert!(near || *keep == (fisher[i][entry] >= threshold), "{}[{entry}]", all[i].name);
        }
        masks[i] = Some(mask);
    }
    let selected = pollster::block_on(optimizer.selected()).unwrap();
    assert_eq!(selected.iter().map(|(_, one)| one.kept).sum::<usize>(), kept);
    let shares: Vec<f64> = selected.iter().map(|(_, one)| one.kept as f64 / one.entries as f64).collect();
    assert!(shares.iter().any(|share| (share - ARGUMENTS.update_fraction).abs() > 0.1), "{shares:?}");

    let mut reference = Reference::new(&model);
    for step in 1..=STEPS {
        optimizer = optimizer.begin(&model, step);
        let gradients = bench.gradients(&model, step);
        let raw = wide_gradients(&gradients);
        (optimizer, model) = optimizer.step(model, gradients, step, LEARNING_RATE);
        reference.step(&masked(&raw, &masks, 1.0), norm(&raw));
        reference.assert_equals(&model);
    }
}

#[test]
fn sift_updates_the_head_and_in_each_matrix_what_has_the_largest_first_gradients() {
    let bench = Workbench::new();
    let mut model = bench.model();
    let (all, before) = (parameters(&model), weights(&model));
    let mut optimizer = bench.optimizer(&model, Method::Sift);
    let first = bench.gradients(&model, 1);
    optimizer = optimizer.survey(&first);
    let masks: Masks = all
        .iter()
        .zip(wide_gradients(&first))
        .map(|(parameter, gradient)| {
            if in_head(&parameter.name) {
                return Some(vec![true; parameter.entries()]);
            }
            if !is_matrix(parameter) {
                return Some(vec![false; parameter.entries()]);
            }
            let sizes: Vec<f64> = gradient?.iter().map(|g| g.abs()).collect();
            let mut sorted = sizes.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let kept = (sizes.len() as f64 * ARGUMENTS.update_fraction).ceil() as usize;
            Some(sizes.into_iter().map(|size| size >= sorted[kept - 1]).collect())
        })
        .collect();
    let mut reference = Reference::new(&model);
    for step in 1..=STEPS {
        optimizer = optimizer.begin(&model, step);
        let gradients = bench.gradients(&model, step);
        let given = masked(&wide_gradients(&gradients), &masks, 1.0);
        (optimizer, model) = optimizer.step(model, gradients, step, LEARNING_RATE);
        reference.step(&given, norm(&given));
    }
    let found = weights(&model);
    for (i, parameter) in all.iter().enumerate() {
        let kept = masks[i].as_ref().expect("every parameter has one");
        let expected = reference.state[i].iter().map(|[weight, ..]| *weight);
        for (entry, (expected, kept)) in expected.zip(kept).enumerate() {
            let (found, before) = (found[i][entry], before[i][entry]);
            let holds = if *kept { (f64::from(found) - expected).abs() < WEIGHT } else { found == before };
            assert!(holds, "{}[{entry}]: {found}, before {before}, expected {expected}", parameter.name);
        }
        let share = kept.iter().filter(|kept| **kept).count() as f64 / kept.len() as f64;
        let expected = if is_matrix(parameter) && !in_head(&parameter.name) { 0.6 } else { share };
        assert!((share - expected).abs() < 0.01, "{}: {share}", parameter.name);
    }
}

/// Holds a method that selects a share of each matrix once, by the largest `scores`, against the reference.
fn trains_the_largest(method: Method, scores: impl Fn(usize, &Parameter, &[f32]) -> Vec<f32>) {
    let bench = Workbench::new();
    let mut model = bench.model();
    let (all, before) = (parameters(&model), weights(&model));
    let masks: Masks = all
        .iter()
        .enumerate()
        .map(|(i, parameter)| {
            let scores = is_matrix(parameter).then(|| scores(i, parameter, &before[i]))?;
            let mut sorted = scores.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let kept = (scores.len() as f64 * ARGUMENTS.update_fraction).ceil() as usize;
            Some(scores.into_iter().map(|score| score >= sorted[kept - 1]).collect())
        })
        .collect();
    let mut optimizer = bench.optimizer(&model, method);
    let mut reference = Reference::new(&model);
    for step in 1..=STEPS {
        optimizer = optimizer.begin(&model, step);
        for ((parameter, subnetwork), mask) in optimizer.subnetworks().zip(masks.iter().flatten()) {
            let found = pollster::block_on(read_integers(subnetwork.mask.clone())).unwrap();
            assert_eq!(&bits(found, parameter.entries()), mask, "step {step} {}", parameter.name);
        }
        let gradients = bench.gradients(&model, step);
        let given = masked(&wide_gradients(&gradients), &masks, 1.0);
        (optimizer, model) = optimizer.step(model, gradients, step, LEARNING_RATE);
        reference.step(&given, norm(&given));
        reference.assert_equals(&model);
    }
    let matrices = masks.iter().flatten().count();
    assert_eq!(optimizer.subnetworks().count(), matrices);
}

#[test]
fn magnitude_updates_the_largest_weights_of_each_matrix() {
    trains_the_largest(Method::Magnitude, |_, _, weights| {
        weights.iter().map(|weight| weight.abs()).collect()
    });
}

#[test]
fn random_updates_a_share_of_each_matrix_that_the_seed_draws_once() {
    let draw = |i, parameter: &Parameter, _: &[f32]| {
        let mut random = Random::new(ARGUMENTS.seed, Stream::FixedMask, i as u64);
        (0..parameter.entries()).map(|_| unit(random.word())).collect()
    };
    trains_the_largest(Method::Random, draw);
}

/// Makes each matrix of the encoder a product of two narrow ones, but for a few entries, whose places are returned in ascending
/// order; `None` for other parameters.
fn planted(model: Model) -> (Model, Vec<Option<Vec<usize>>>) {
    struct Plant {
        parameters: std::vec::IntoIter<Parameter>,
        places: Vec<Option<Vec<usize>>>,
    }
    impl ModuleMapper for Plant {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let parameter = self.parameters.next().unwrap();
            if !is_factored(&parameter) {
                self.places.push(None);
                return param;
            }
            let LowRank { rank, sparse, .. } = ARGUMENTS.low_rank;
            let [inputs, outputs] = parameter.shape[..] else { panic!("a matrix") };
            let mut random = Random::new(3, Stream::Initialisation, self.places.len() as u64);
            let factors: Vec<f32> = (0..rank * (inputs + outputs)).map(|_| 0.2 * random.normal()).collect();
            let (left, right) = factors.split_at(rank * inputs);
            let entry = |at: usize| -> f32 {
                (0..rank).map(|k| left[at / outputs * rank + k] * right[k * outputs + at % outputs]).sum()
            };
            let mut values: Vec<f32> = (0..inputs * outputs).map(entry).collect();
            let mut places = BTreeSet::new();
            while places.len() < sparse {
                places.insert(random.below((inputs * outputs) as u32) as usize);
            }
            // towards 0, where large entries alone would not show them
            places.iter().for_each(|place| values[*place] -= 0.1 * values[*place].signum());
            self.places.push(Some(places.into_iter().collect()));
            let (id, before, mapper) = param.consume();
            let values = TensorData::new(values, [inputs, outputs]);
            let tensor = Tensor::<D>::from_data(values, &before.device()).require_grad();
            Param::from_mapped_value(id, tensor, mapper)
        }
    }
    let mut plant = Plant { parameters: parameters(&model).into_iter(), places: Vec::new() };
    let model = model.map(&mut plant);
    (model, plant.places)
}

fn is_factored(parameter: &Parameter) -> bool {
    is_matrix(parameter) && !in_head(&parameter.name)
}

/// Holds a method with factors against its definition, with `sparse` single entries beside those of each matrix, and with
/// gradients that are taken beyond the factors.
fn trains_factors(method: Method, sparse: usize, extrapolation: f64) {
    let bench = Workbench::new();
    let (mut model, planted) = planted(bench.model());
    let (all, before) = (parameters(&model), weights(&model));
    let LowRank { rank, alpha, .. } = ARGUMENTS.low_rank;
    let scale = alpha / rank as f64;
    // the places of each matrix for which factors stand
    let places: Vec<Option<Vec<usize>>> = planted
        .into_iter()
        .map(|places| places.map(|places| places.into_iter().take(sparse).collect()))
        .collect();
    // the parameters of the reference: down, up and the single entries behind each other where factors stand for a matrix
    let mut reference = Reference::new(&model);
    for (i, parameter) in all.iter().enumerate().filter(|(i, _)| places[*i].is_some()) {
        let [inputs, outputs] = parameter.shape[..] else { panic!("a matrix") };
        let mut random = Random::new(ARGUMENTS.seed, Stream::LowRank, i as u64);
        let bound = 1.0 / (inputs as f64).sqrt();
        let down = (0..inputs * rank).map(|_| bound * (2.0 * f64::from(unit(random.word())) - 1.0));
        let others = (0..rank * outputs + sparse).map(|_| 0.0);
        reference.state[i] = down.chain(others).map(|value| [value, 0.0, 0.0]).collect();
    }
    let made = |values: &[f64], i: usize, places: &[usize]| -> Vec<f64> {
        let [inputs, outputs] = all[i].shape[..] else { panic!("a matrix") };
        let value = |at: usize| values[at];
        let entry = |row: usize, column: usize| -> f64 {
            (0..rank).map(|k| value(row * rank + k) * value(inputs * rank + k * outputs + column)).sum()
        };
        let mut change: Vec<f64> =
            (0..inputs * outputs).map(|at| entry(at / outputs, at % outputs)).collect();
        for (at, place) in places.iter().enumerate() {
            change[*place] += value((inputs + outputs) * rank + at);
        }
        change.iter().zip(&before[i]).map(|(change, before)| f64::from(*before) + scale * change).collect()
    };
    let arguments = OptimizerArguments { extrapolation, ..ARGUMENTS };
    let mut optimizer = bench.optimizer_with(&model, method, arguments);
    let mut previous = reference.values();
    for step in 1..=STEPS {
        optimizer = optimizer.begin(&model, step);
        let in_use = optimizer.weights_in_use(&model, step);
        let ahead = beyond(&reference.values(), &previous, extrapolation);
        previous = reference.values();
        for (i, found) in weights(&in_use).iter().enumerate() {
            let expected =
                places[i].as_ref().map_or_else(|| ahead[i].clone(), |places| made(&ahead[i], i, places));
            assert_near(found, &expected, &format!("in use at step {step}: {}", all[i].name));
        }
        let gradients = bench.gradients(&in_use, step);
        drop(in_use);
        let mut given = wide_gradients(&gradients);
        for (i, gradient) in given.iter_mut().enumerate() {
            let Some(places) = &places[i] else {
                assert_eq!(gradient.is_some(), in_head(&all[i].name), "{}", all[i].name);
                continue;
            };
            let [inputs, outputs] = all[i].shape[..] else { panic!("a matrix") };
            let of_weight = gradient.take().unwrap();
            let value = |at: usize| ahead[i][at];
            let down = (0..inputs * rank).map(|at| -> f64 {
                let up = |column: usize| value(inputs * rank + at % rank * outputs + column);
                (0..outputs).map(|column| of_weight[at / rank * outputs + column] * up(column)).sum()
            });
            let up = (0..rank * outputs).map(|at| -> f64 {
                (0..inputs)
                    .map(|row| value(row * rank + at / outputs) * of_weight[row * outputs + at % outputs])
                    .sum()
            });
            let single = places.iter().map(|place| of_weight[*place]);
            *gradient = Some(down.chain(up).chain(single).map(|value| scale * value).collect());
        }
        (optimizer, model) = optimizer.step(model, gradients, step, LEARNING_RATE);
        reference.step(&given, norm(&given));
        for (i, found) in weights(&model).iter().enumerate() {
            let now = &reference.values()[i];
            let expected = places[i].as_ref().map_or_else(|| now.clone(), |places| made(now, i, places));
            assert_near(found, &expected, &format!("step {step} {}", all[i].name));
            let changes = places[i].is_some() || in_head(&all[i].name);
            assert_eq!(found != &before[i], changes, "{}", all[i].name);
        }
    }
}

#[test]
fn lora_trains_two_factors_of_each_matrix_of_the_encoder() {
    trains_factors(Method::Lora, 0, 0.0);
}

#[test]
fn dsee_also_trains_the_entries_that_stand_out_from_a_low_rank_matrix() {
    trains_factors(Method::Dsee, ARGUMENTS.low_rank.sparse, 0.0);
}

#[test]
fn extrapolated_gradients_are_taken_at_factors_beyond_those_that_the_step_updates() {
    trains_factors(Method::Lora, 0, 0.8);
    trains_factors(Method::Dsee, ARGUMENTS.low_rank.sparse, 0.8);
}

#[test]
fn extrapolated_gradients_are_taken_at_weights_beyond_those_that_the_step_updates() {
    let bench = Workbench::new();
    let extrapolation = 0.8;
    let arguments = OptimizerArguments { extrapolation, ..ARGUMENTS };
    for method in [Method::Full, Method::Mixout, Method::Bitfit] {
        let mut model = bench.model();
        let all = parameters(&model);
        let pretrained = weights(&model);
        let mut optimizer = bench.optimizer_with(&model, method, arguments);
        let mut reference = Reference::new(&model);
        let mut previous = reference.values();
        let p = 1.0 - ARGUMENTS.update_fraction;
        for step in 1..=STEPS {
            let masks = match method {
                Method::Mixout => columns(&all, step),
                _ => vec![None; all.len()],
            };
            optimizer = optimizer.begin(&model, step);
            let in_use = optimizer.weights_in_use(&model, step);
            let mut ahead = beyond(&reference.values(), &previous, extrapolation);
            previous = reference.values();
            for (i, ahead) in ahead.iter_mut().enumerate() {
                for (entry, w) in ahead.iter_mut().enumerate() {
                    let Some(mask) = &masks[i] else { continue };
                    let w0 = f64::from(pretrained[i][entry]);
                    *w = (if mask[entry] { *w } else { w0 } - p * w0) / (1.0 - p);
                }
            }
            for (i, found) in weights(&in_use).iter().enumerate() {
                assert_near(found, &ahead[i], &format!("{method} in use at step {step}: {}", all[i].name));
            }
            assert_eq!(weights(&in_use) == weights(&model), step == 1, "{method}");
            let gradients = bench.gradients(&in_use, step);
            drop(in_use);
            let given = masked(&wide_gradients(&gradients), &masks, 1.0);
            (optimizer, model) = optimizer.step(model, gradients, step, LEARNING_RATE);
            reference.step(&given, norm(&given));
            reference.assert_equals(&model);
        }
        // a step that changes nothing leaves nothing to extrapolate
        if method != Method::Mixout {
            let wrong = bench.gradients(&model, 1).into_iter().map(|one| one.map(|one| one * f32::NAN));
            (optimizer, model) = optimizer.step(model, wrong.collect(), STEPS + 1, LEARNING_RATE);
            assert_eq!(weights(&optimizer.weights_in_use(&model, STEPS + 2)), weights(&model), "{method}");
        }
    }
}

fn trains_only(method: Method, trained: impl Fn(&str) -> bool) {
    let bench = Workbench::new();
    let mut model = bench.model();
    let all = parameters(&model);
    let before = weights(&model);
    let mut optimizer = bench.optimizer(&model, method);
    let mut reference = Reference::new(&model);
    for step in 1..=STEPS {
        optimizer = optimizer.begin(&model, step);
        let mut given = wide_gradients(&bench.gradients(&model, step));
        for (gradient, parameter) in given.iter_mut().zip(&all) {
            if !trained(&parameter.name) {
                *gradient = None;
            }
        }
        // the backward pass computes the same without what nobody needs
        let gradients = bench.gradients(&optimizer.weights_in_use(&model, step), step);
        assert_eq!(wide_gradients(&gradients), given);
        (optimizer, model) = optimizer.step(model, gradients, step, LEARNING_RATE);
        reference.step(&given, norm(&given));
        reference.assert_equals(&model);
    }
    for ((parameter, before), after) in all.iter().zip(before).zip(weights(&model)) {
        // a key bias has no gradient: see ParameterKind::KeyBias
        let moves = trained(&parameter.name) && parameter.kind != ParameterKind::KeyBias;
        assert_eq!(before != after, moves, "{}", parameter.name);
    }
}

fn in_head(name: &str) -> bool {
    ["bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias"]
        .contains(&name)
}

#[test]
fn bitfit_trains_biases_and_the_head() {
    trains_only(Method::Bitfit, |name| name.ends_with("bias") || in_head(name));
}

#[test]
fn head_trains_pooler_and_classifier() {
    trains_only(Method::Head, in_head);
}

#[test]
fn dps_mix_draws_columns_in_stage_one_and_stage_two_starts_from_the_weights_themselves() {
    let bench = Workbench::new();
    let mut model = bench.model();
    let all = parameters(&model);
    let stages = stages(Method::DpsMix);
    let mut optimizer = bench.optimizer(&model, Method::DpsMix);
    for step in 1..=2 * STEPS {
        optimizer = optimizer.begin(&model, step);
        match stages.phase(step) {
            Phase::Accumulate { .. } => {
                let expected = columns(&all, step).into_iter().flatten();
                for ((parameter, covered), expected) in optimizer.covered().zip(expected) {
                    let mask = covered.mask(stages.phase(step)).unwrap();
                    let mask = pollster::block_on(read_integers(mask)).unwrap();
                    assert_eq!(bits(mask, parameter.entries()), expected, "step {step} {}", parameter.name);
                }
            }
            Phase::Selected { first: true } => {
                // here the anchor is the weight
                assert_eq!(weights(&optimizer.weights_in_use(&model, step)), weights(&model));
            }
            _ => assert_ne!(weights(&optimizer.weights_in_use(&model, step)), weights(&model)),
        }
        let gradients = bench.gradients(&optimizer.weights_in_use(&model, step), step);
        (optimizer, model) = optimizer.step(model, gradients, step, LEARNING_RATE);
    }
}

#[test]
fn a_gradient_that_is_no_number_changes_nothing_by_any_method() {
    let bench = Workbench::new();
    for method in Method::ALL.iter().copied().filter(|method| *method != Method::Probe) {
        let mut model = bench.model();
        let mut optimizer = bench.optimizer(&model, method);
        for step in 1..=STEPS {
            optimizer = optimizer.begin(&model, step);
            let good = bench.gradients(&optimizer.weights_in_use(&model, step), step);
            let statistics = |optimizer: &Optimizer| -> Vec<_> {
                let kept = |kept: &Tensor<1, _>| pollster::block_on(read_integers(kept.clone())).unwrap();
                let one = |(_, one): (_, &subtune::dps::Subnetwork)| {
                    (one.statistic.clone().map(floats), one.kept.as_ref().map(kept))
                };
                optimizer.subnetworks().map(one).collect()
            };
            let (weights_before, statistics_before) = (weights(&model), statistics(&optimizer));
            // the classifier's bias is trained by every method and masked by none
            let mut bad = good.clone();
            let last = bad.last_mut().unwrap();
            *last = last.take().map(|gradient| gradient * f32::INFINITY);
            (optimizer, model) = optimizer.step(model, bad, step, LEARNING_RATE);
            assert_eq!(weights(&model), weights_before, "{method}");
            if stages(method).phase(step) != (Phase::Accumulate { first: true }) {
                assert_eq!(statistics(&optimizer), statistics_before, "{method}");
            }
            let norm = pollster::block_on(optimizer.norm()).unwrap();
            assert_eq!(norm.skipped, step, "{method}");
            (optimizer, model) = optimizer.step(model, good, step, LEARNING_RATE);
            assert_ne!(weights(&model), weights_before, "{method}");
        }
    }
}

/// The weights after some steps.
fn trained(bench: &Workbench, method: Method, arguments: OptimizerArguments, steps: usize) -> Vec<Vec<f32>> {
    let mut model = bench.model();
    let mut optimizer = Optimizer::new(&model, arguments, stages(method), &bench.chosen.device);
    for step in 1..=steps {
        optimizer = optimizer.begin(&model, step);
        let gradients = bench.gradients(&optimizer.weights_in_use(&model, step), step);
        (optimizer, model) = optimizer.step(model, gradients, step, LEARNING_RATE);
    }
    weights(&model)
}

#[test]
fn the_same_seed_gives_the_same_weights() {
    let bench = Workbench::new();
    for method in [Method::DpsMix, Method::Mixout, Method::ChildTuningF, Method::Random] {
        let run = |seed| trained(&bench, method, OptimizerArguments { seed, ..ARGUMENTS }, STEPS);
        assert_eq!(run(1), run(1), "{method}");
        assert_ne!(run(1), run(2), "{method}");
    }
}

#[test]
fn strict_concerns_selected_subnetworks_and_not_random_masks() {
    let bench = Workbench::new();
    let run =
        |method, frozen, steps| trained(&bench, method, OptimizerArguments { frozen, ..ARGUMENTS }, steps);
    let stage = stages(Method::DpsMix).steps;
    for (method, steps, differs) in [
        (Method::Mixout, STEPS, false),
        (Method::ChildTuningF, STEPS, false),
        (Method::DpsMix, stage, false),
        (Method::DpsMix, stage + 1, true),
    ] {
        let [reference, strict] =
            [Frozen::Reference, Frozen::Strict].map(|frozen| run(method, frozen, steps));
        assert_eq!(reference != strict, differs, "{method} after {steps} steps");
    }
}
