//! `--stage contrastive` and `--label-names`: their mathematics, and their behaviour for users.

mod common;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;
use common::place::{Place, assert_done, data, text};
use common::tiny::{Tiny, finish, stored, timeless};
use serde_json::Value;
use subtune::device::read_floats;
use subtune::dps::Method;
use subtune::encoder::{Model, Pooling};
use subtune::text::collate;
use subtune::train::{Event, Gradients, Stage, TrainingArguments, batch_inputs, cosine_loss_sum, gradients};

fn arguments() -> TrainingArguments {
    TrainingArguments {
        stage: Stage::Contrastive,
        method: Method::DpsMix,
        update_ratio: 0.25,
        per_device_train_batch_size: Some(4),
        logging_steps: 7,
        eval_steps: Some(3),
        max_steps: Some(8),
        max_length: 32,
        ..TrainingArguments::default()
    }
}

/// The model moved along its gradient, by `by` in all.
fn moved(model: &Model, gradients: &Gradients, by: f64) -> Model {
    struct Move<'a>(std::slice::Iter<'a, Option<Tensor<1>>>, f64);
    impl ModuleMapper for Move<'_> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let Some(Some(gradient)) = self.0.next() else { return param };
            let (id, values, mapper) = param.consume();
            let moved = values.clone() + gradient.clone().reshape(values.dims()) * self.1;
            Param::from_mapped_value(id, moved, mapper)
        }
    }
    model.valid().map(&mut Move(gradients.iter(), by))
}

/// Checks the gradient through the whole encoder by finite differences: along the gradient, the loss rises by its
/// length.
#[test]
fn the_gradient_of_the_encoder_is_the_slope_of_the_loss() {
    for pooling in [Pooling::Cls, Pooling::Mean] {
        let mut tiny = Tiny::classes();
        tiny.config.pooling = pooling;
        let device = tiny.chosen.device.clone();
        let (model, _) = tiny.model();
        let rows: Vec<usize> = (0..8).collect();
        let batch = collate(&tiny.data.train, &rows, tiny.data.pad_id, 32);
        let same = [true, false, true, false];
        let loss = |model: &Model, device: &burn::tensor::Device| {
            cosine_loss_sum(model.features(batch_inputs(&batch, device)), &same)
        };
        let found = gradients(&model, loss(&model, &device.clone().autodiff()));
        let mut squares = 0.0;
        for gradient in found.iter().flatten() {
            let values = pollster::block_on(read_floats(gradient.clone())).unwrap();
            squares += values.into_iter().map(|value| f64::from(value).powi(2)).sum::<f64>();
        }
        let value = |by: f64| {
            let loss = loss(&moved(&model, &found, by), &device);
            f64::from(pollster::block_on(read_floats(loss)).unwrap()[0])
        };
        let length = squares.sqrt();
        let step = 2e-3 / length;
        let slope = (value(step) - value(-step)) / (2.0 * step) / length;
        println!("{pooling:?}: slope {slope}, length {length}");
        assert!(length > 1e-3 && (slope / length - 1.0).abs() < 0.02, "{pooling:?}: {slope} is not {length}");
    }
}

/// The stage trains the same parameters with every method: the method of a run applies only after it.
#[test]
fn the_stage_draws_texts_of_one_class_together_and_others_apart() {
    let tiny = Tiny::classes();
    let device = tiny.chosen.device.clone();
    let all: Vec<[usize; 2]> = (0..21).flat_map(|one| (0..one).map(move |other| [one, other])).collect();
    let same: Vec<bool> = all.iter().map(|[one, other]| one % 3 == other % 3).collect();
    let batch = collate(&tiny.data.train, &all.concat(), tiny.data.pad_id, 32);
    let loss = |model: &Model| {
        let loss = cosine_loss_sum(model.features(batch_inputs(&batch, &device)), &same);
        pollster::block_on(read_floats(loss)).unwrap()[0] / all.len() as f32
    };
    let before = loss(&tiny.model().0.valid());
    for method in [Method::Probe, Method::Head] {
        let mut trainer = tiny.start(&TrainingArguments { method, ..arguments() });
        let mut told = Vec::new();
        while let Some(happened) = pollster::block_on(trainer.proceed()).unwrap() {
            told.extend(happened);
        }
        let steps = told.iter().filter_map(|event| match event {
            Event::Contrast { step, .. } => Some(*step),
            _ => None,
        });
        assert_eq!(steps.collect::<Vec<_>>(), [1, 7, 14, 21, 28, 35, 40]);
        let after = loss(&trainer.take_model());
        println!("{method}: {before} before, {after} after");
        assert!(after < before - 1e-4, "{method}: {before} before, {after} after");
    }
}

#[test]
fn a_run_that_is_stopped_within_the_stage_has_a_fitted_classifier_and_goes_on_to_the_same_bits() {
    let tiny = Tiny::classes();
    let arguments = arguments();
    let whole = finish(tiny.start(&arguments), |_, _, _| {});
    let mut trainer = tiny.start(&arguments);
    let mut before = Vec::new();
    for _ in 0..12 {
        before.extend(pollster::block_on(trainer.proceed()).unwrap().unwrap());
    }
    let files = stored(&trainer).unwrap();
    trainer.stop();
    let mut told = Vec::new();
    while let Some(happened) = pollster::block_on(trainer.proceed()).unwrap() {
        told.extend(happened);
    }
    assert!(matches!(told[0], Event::Probe { .. }), "{told:?}");
    assert!(matches!(told.last(), Some(Event::End { interrupted: true, steps: 0, .. })), "{told:?}");
    let resumed = finish(tiny.resume(&arguments, files).unwrap(), |_, _, _| {});
    assert!(resumed.model == whole.model && resumed.tensors == whole.tensors);
    assert_eq!(timeless(&[before, resumed.events].concat()), timeless(&whole.events));
}

#[test]
fn a_stage_without_pairs_is_left_out_and_told() {
    let mut tiny = Tiny::classes();
    tiny.data.train.truncate(3);
    let end = finish(tiny.start(&arguments()), |_, _, _| {});
    let told = |event: &Event| matches!(event, Event::Warning { message } if message.contains("left out"));
    assert_eq!(end.events.iter().filter(|event| told(event)).count(), 1);
    assert!(!end.events.iter().any(|event| matches!(event, Event::Contrast { .. })));
}

#[test]
fn a_checkpoint_of_a_stage_that_the_run_does_not_make_is_refused() {
    let tiny = Tiny::classes();
    let mut trainer = tiny.start(&arguments());
    for _ in 0..5 {
        pollster::block_on(trainer.proceed()).unwrap();
    }
    let files = stored(&trainer).unwrap();
    let state: Value = serde_json::from_slice(&files["state.json"]).unwrap();
    assert_eq!(state["contrast"], 4);
    let without = TrainingArguments { stage: Stage::None, ..arguments() };
    let error = tiny.resume(&without, files).err().unwrap().to_string();
    assert!(error.contains("stage is \"none\""), "{error}");
}

/// The events of a run.
fn run(place: &Place, output: &str, more: &[&str]) -> Vec<Value> {
    let fixed = ["--max-steps", "12", "--log-format", "json", "--output-dir", output];
    let finished = place.train_by_recipe("data.csv", &[&fixed[..], more].concat());
    assert_done(&finished);
    text(&finished.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_type<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

fn model(place: &Place, output: &str) -> Vec<u8> {
    std::fs::read(place.path(&format!("{output}/model.safetensors"))).unwrap()
}

#[test]
fn both_are_told_and_every_text_is_still_judged_by_a_model_that_has_not_seen_it() {
    let place = Place::new();
    place.file("data.csv", data());
    let both = ["--stage", "contrastive", "--label-names"];
    let events = run(&place, "out", &both);
    let plan = of_type(&events, "start")[0]["plan"].as_str().unwrap();
    assert!(plan.contains("40 steps on pairs of them come first"), "{plan}");
    assert!(plan.contains("the names of the labels"), "{plan}");
    let contrasts = of_type(&events, "contrast");
    assert_eq!((&contrasts[0]["step"], &contrasts.last().unwrap()["step"]), (&1.into(), &40.into()));
    // label names do not count as texts and are not scored
    let probe = of_type(&events, "probe")[0];
    assert_eq!((&probe["examples"], &probe["metrics"]["examples"]), (&60.into(), &60.into()));
    assert_eq!(of_type(&events, "evaluation")[0]["examples"], 60);
    // each fold runs the stage too
    let folds = of_type(&events, "fold");
    assert_eq!((&folds[0]["step"], &folds[0]["steps"]), (&1.into(), &48.into()), "{folds:?}");
    assert_eq!(folds.last().unwrap()["step"], 48);

    // each setting changes the model, and the same settings give the same bits
    let whole = model(&place, "out");
    let steps = ["--save-steps", "10", "--keep-checkpoints", "--save-total-limit", "9"];
    run(&place, "again", &[&both[..], &steps].concat());
    assert!(model(&place, "again") == whole);
    for (output, one) in [("stage", &both[..2]), ("names", &both[2..])] {
        run(&place, output, one);
        assert!(model(&place, output) != whole, "{output}");
    }
    // resumed within the stage, after it and within the steps
    for checkpoint in ["contrast-000010", "contrast-000030", "step-000000", "step-000010"] {
        std::fs::remove_file(place.path("again/model.safetensors")).unwrap();
        assert_done(&place.run(&["train", "--resume", &format!("again/checkpoints/{checkpoint}")]));
        assert!(model(&place, "again") == whole, "{checkpoint}");
    }
    let refused = place.run(&["train", "--resume", "again", "--stage", "none"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        text(&refused.stderr).contains("stage is \"none\", but in the run to resume it is \"contrastive\"")
    );
}

#[test]
fn a_probe_after_the_stage_is_setfit() {
    let place = Place::new();
    place.file("data.csv", data());
    let events = run(&place, "out", &["--stage", "contrastive", "--method", "probe"]);
    assert_eq!(of_type(&events, "contrast").last().unwrap()["step"], 40);
    assert_eq!((of_type(&events, "step").len(), &of_type(&events, "end")[0]["steps"]), (0, &0.into()));
    assert_eq!(of_type(&events, "evaluation")[0]["examples"], 60);
    let predicted =
        place.run(&["predict", "--model", "out", "--device", "cpu", "good fine nice", "bad poor ugly"]);
    assert_done(&predicted);
    let labels: Vec<String> =
        text(&predicted.stdout).lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect();
    assert_eq!(labels, ["yes", "no"]);
}

/// Forty pairs of texts; half of the pairs are alike.
fn pairs() -> String {
    let row = |i: usize| match i % 2 {
        0 => format!("good day {i},fine day {i},yes\n"),
        _ => format!("good day {i},poor book {i},no\n"),
    };
    format!("sentence1,sentence2,label\n{}", (0..40).map(row).collect::<String>())
}

#[test]
fn pairs_of_texts_are_contrasted_too() {
    let place = Place::new();
    place.file("data.csv", pairs());
    let events = run(&place, "out", &["--stage", "contrastive"]);
    assert_eq!(of_type(&events, "start")[0]["data"]["pair"]["column"], "sentence2");
    assert_eq!(of_type(&events, "contrast").last().unwrap()["step"], 40);
}

#[test]
fn what_they_are_not_for_is_refused_before_anything_is_trained() {
    let place = Place::new();
    place.file("data.csv", data());
    let scored: String = (0..60).map(|i| format!("good {i},{:.2}\n", f64::from(i) / 7.0)).collect();
    place.file("scored.csv", format!("text,label\n{scored}"));
    place.file("codes.csv", data().replace(",yes", ",c1").replace(",no", ",c2"));
    place.file("pairs.csv", pairs());
    for (file, given, expected) in [
        ("scored.csv", &["--stage", "contrastive"][..], "stage is contrastive; expected none, because"),
        ("scored.csv", &["--label-names"], "label_names is true; expected false, because"),
        ("codes.csv", &["--label-names"], "label_names is true, but the label \"c1\" is a code"),
        ("pairs.csv", &["--label-names"], "label_names is true, but the examples are pairs"),
        ("data.csv", &["--stage", "setfit"], "invalid value 'setfit' for '--stage <NAME>'"),
    ] {
        for command in ["train", "compare"] {
            let fixed = ["--model", "model", "--train-file", file, "--output-dir", "out", "--device", "cpu"];
            let fixed = [&[command, "--max-length", "32"], &fixed[..]].concat();
            let output = place.run(&[&fixed[..], given].concat());
            let printed = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{command} {given:?}: {printed}");
            assert!(printed.contains(expected), "{command} {given:?}: {printed}");
            assert!(!place.path("out/model.safetensors").exists());
        }
    }
}

#[test]
fn a_comparison_makes_the_stage_in_every_run() {
    let place = Place::new();
    place.file("data.csv", data());
    let fixed =
        ["compare", "--model", "model", "--train-file", "data.csv", "--output-dir", "out", "--device", "cpu"];
    let given = ["--methods", "probe,full", "--seeds", "1", "--max-steps", "4", "--max-length", "32"];
    let stage = ["--stage", "contrastive", "--label-names"];
    assert_done(&place.run(&[&fixed[..], &given, &stage].concat()));
    let comparison = std::fs::read_to_string(place.path("out/comparison.json")).unwrap();
    let comparison: Value = serde_json::from_str(&comparison).unwrap();
    assert!(comparison["conditions"].to_string().contains("\"stage\":\"contrastive\""), "{comparison}");
    // the same command continues; another stage is another comparison
    assert_done(&place.run(&[&fixed[..], &given, &stage].concat()));
    let other = place.run(&[&fixed[..], &given].concat());
    assert_eq!(other.status.code(), Some(2), "{}", text(&other.stderr));
}
