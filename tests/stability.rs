//! `lnsr` against its definition.

mod common;

use burn::tensor::{Device, Tensor, TensorData};
use common::tiny::{Tiny, finish};
use subtune::device::read_floats;
use subtune::dps::Method;
use subtune::encoder::Model;
use subtune::random::{Random, Stream};
use subtune::text::{Batch, collate};
use subtune::train::{TrainingArguments, batch_inputs, features_and_instability, gradients, state_noise};

const STD: f64 = 0.3;
const SEED: u64 = 7;
const STEP: usize = 3;

fn batch(tiny: &Tiny) -> Batch {
    collate(&tiny.data.train, &[4, 0, 9], tiny.data.pad_id, 32)
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    pollster::block_on(read_floats(tensor)).unwrap()
}

fn instability(tiny: &Tiny, model: &Model, device: &Device) -> Tensor<1> {
    let batch = batch(tiny);
    let noise = state_noise(&batch, tiny.config.hidden_size, STD, (SEED, STEP), device);
    features_and_instability(model, &batch, noise, device).1
}

#[test]
fn instability_is_the_mean_square_of_what_noise_changes_in_each_layer() {
    let tiny = Tiny::classes();
    let (batch, device) = (batch(&tiny), tiny.chosen.device.clone().autodiff());
    let (model, hidden) = (tiny.model().0, tiny.config.hidden_size);
    // the noise by its definition
    let mut noise = vec![0.0f32; batch.size * batch.length * hidden];
    for (text, row) in batch.rows.iter().enumerate() {
        let mut random = Random::new(SEED, Stream::StateNoise, (STEP as u64) << 32 | *row as u64);
        let tokens = tiny.data.train[*row].encoding.input_ids.len();
        let start = text * batch.length * hidden;
        noise[start..][..tokens * hidden].fill_with(|| STD as f32 * random.normal());
    }
    let shape = [batch.size, batch.length, hidden];
    let noise = Tensor::<3>::from_data(TensorData::new(noise, shape), &device);
    let inputs = batch_inputs(&batch, &device);
    let clean = model.hidden_states(inputs.clone()).map(|state| floats(state.inner()));
    let noisy = model.hidden_states(inputs.clone().with_noise(noise)).map(|state| floats(state.inner()));
    let mut expected = 0.0;
    for (clean, noisy) in clean.zip(noisy) {
        for (text, row) in batch.rows.iter().enumerate() {
            let tokens = tiny.data.train[*row].encoding.input_ids.len();
            let place = text * batch.length * hidden..text * batch.length * hidden + tokens * hidden;
            let squares = clean[place.clone()]
                .iter()
                .zip(&noisy[place])
                .map(|(clean, noisy)| (f64::from(*noisy) - f64::from(*clean)).powi(2));
            expected += squares.sum::<f64>() / (tokens * hidden) as f64;
        }
    }
    let found = f64::from(floats(instability(&tiny, &model, &device).inner())[0]);
    assert!(expected > 0.01 && (found / expected - 1.0).abs() < 1e-5, "{found}, expected {expected}");
    let plain = floats(model.features(inputs).inner());
    let noise = state_noise(&batch, hidden, STD, (SEED, STEP), &device);
    assert_eq!(floats(features_and_instability(&model, &batch, noise, &device).0.inner()), plain);
}

#[test]
fn a_step_against_the_gradient_of_instability_lowers_it_as_much_as_the_gradient_says() {
    let tiny = Tiny::classes();
    let (model, device) = (tiny.model().0, tiny.chosen.device.clone().autodiff());
    let before = floats(instability(&tiny, &model, &device).inner())[0];
    let found = gradients(&model, instability(&tiny, &model, &device));
    let square: f64 =
        found.iter().flatten().map(|one| f64::from(floats(one.clone().square().sum())[0])).sum();
    // so small that the function is nearly straight on the way, and so large that float32 shows the change
    let step = 0.02 * f64::from(before) / square;
    let moved = |sign: f64| {
        let model = common::tiny::moved(tiny.model().0, &found, sign * step);
        f64::from(floats(instability(&tiny, &model, &device).inner())[0])
    };
    let slope = (moved(1.0) - moved(-1.0)) / (2.0 * step);
    assert!((slope / square - 1.0).abs() < 0.02, "{slope}, expected {square}");
}

#[test]
fn lnsr_without_weight_is_full_fine_tuning_and_with_it_a_stabler_one() {
    let tiny = Tiny::classes();
    let arguments = |method, lnsr_weight| TrainingArguments {
        method,
        lnsr_weight,
        lnsr_std: STD,
        max_steps: Some(12),
        max_length: 32,
        per_device_train_batch_size: Some(8),
        load_best_model_at_end: false,
        ..TrainingArguments::default()
    };
    let trained = |method, weight| {
        let mut trainer = tiny.start(&arguments(method, weight));
        while pollster::block_on(trainer.proceed()).unwrap().is_some() {}
        floats(instability(&tiny, &trainer.take_model(), &tiny.chosen.device))[0]
    };
    let model = |method, weight| finish(tiny.start(&arguments(method, weight)), |_, _, _| {}).model;
    assert!(model(Method::Lnsr, 0.0) == model(Method::Full, 1.0));
    let [full, stable] = [trained(Method::Full, 1.0), trained(Method::Lnsr, 1.0)];
    assert!(stable < 0.9 * full, "{stable} with lnsr, {full} without");
}
