//! A head that trains on what a frozen encoder made of each text once, against one that runs the encoder in every step.

mod common;

use common::tiny::{Tiny, finish};
use subtune::dps::{Method, Stages};
use subtune::encoder::values;
use subtune::golden::Tensors;
use subtune::task::{Weights, loss_sum};
use subtune::text::collate;
use subtune::train::{LinearSchedule, Optimizer, TrainingArguments, batch_inputs, gradients};

const STEPS: usize = 6;

#[test]
fn a_head_on_stored_vectors_trains_like_one_behind_the_encoder() {
    let tiny = Tiny::classes();
    let texts = tiny.data.train.len();
    let arguments = TrainingArguments {
        method: Method::Head,
        per_device_train_batch_size: Some(texts),
        // the vectors are computed in other batches than those of the training
        per_device_eval_batch_size: 4,
        max_steps: Some(STEPS),
        max_length: 32,
        load_best_model_at_end: false,
        ..TrainingArguments::default()
    };
    let found = finish(tiny.start(&arguments), |_, _, _| {}).model;

    let device = &tiny.chosen.device;
    let (mut model, _) = tiny.model();
    let stages = Stages::new(Method::Head, STEPS, 0.25);
    let mut optimizer = Optimizer::new(&model, arguments.optimizer(), stages, device);
    let schedule = LinearSchedule::new(common::tiny::RATE, arguments.warmup_ratio, STEPS);
    let rows: Vec<usize> = (0..texts).collect();
    for step in 1..=STEPS {
        let batch = collate(&tiny.data.train, &rows, tiny.data.pad_id, 32);
        let logits = model.forward(batch_inputs(&batch, &device.clone().autodiff()));
        let loss = loss_sum(logits, &batch.targets, &Weights::Equal) / texts as f64;
        let gradients = gradients(&model, loss);
        (optimizer, model) =
            optimizer.begin(&model, step).step(model, gradients, step, schedule.learning_rate(step));
    }
    let found = Tensors::new("model.safetensors", &found).unwrap();
    let [before, expected] =
        [&tiny.model().0, &model].map(|model| pollster::block_on(values(model)).unwrap());
    let mut moved = 0;
    for ((parameter, expected), (_, before)) in expected.iter().zip(&before) {
        let found = found.floats(&parameter.name).unwrap();
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{}: {found}, expected {expected}", parameter.name);
        }
        moved += usize::from(found != *before);
    }
    assert_eq!(moved, 4, "pooler and classifier, each with its bias");
}
