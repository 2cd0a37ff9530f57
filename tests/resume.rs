//! A run that is stored after any step and resumed ends in the same bits as one that never stopped. `SUBTUNE_DEVICE`
//! names the device under test; on a GPU fewer steps are tried.

mod common;

use common::tiny::{End, Tiny, finish, timeless};
use subtune::dps::{Frozen, Method};
use subtune::text::Task;
use subtune::train::{ClassWeights, Event, Stage, TrainingArguments};

fn arguments(method: Method) -> TrainingArguments {
    TrainingArguments {
        method,
        update_ratio: 0.25,
        warmup_ratio: 0.2,
        per_device_train_batch_size: Some(4),
        // losses that were not read yet are part of a checkpoint
        logging_steps: 3,
        eval_steps: Some(3),
        max_steps: Some(8),
        max_length: 32,
        ..TrainingArguments::default()
    }
}

fn assert_same(found: &End, expected: &End, what: &str) {
    assert!(found.model == expected.model, "{what}: another model");
    assert!(found.tensors == expected.tensors, "{what}: other tensors in the last checkpoint");
    assert_eq!(found.state, expected.state, "{what}");
}

/// Stores and resumes a run after each part of it: its start, the batches of a survey, its steps.
fn every_step_resumes(tiny: &Tiny, arguments: &TrainingArguments) {
    let (method, on_cpu) = (arguments.method, tiny.chosen.name() == "CPU");
    let mut untouched = tiny.start(arguments);
    let mut expected_events = Vec::new();
    while let Some(happened) = pollster::block_on(untouched.proceed()).unwrap() {
        expected_events.extend(happened);
    }

    let mut checkpoints = Vec::new();
    let expected = finish(tiny.start(arguments), |pieces, files, events| {
        checkpoints.push((pieces, files, events.to_vec()));
    });
    // storing a run does not change it
    assert_eq!(timeless(&expected.events), timeless(&expected_events), "{method}");
    let steps = expected.events.iter().filter(|event| matches!(event, Event::Evaluation { .. })).count();
    assert!(steps >= 2, "{method}: nothing is evaluated on the way");

    // a contrastive stage has many steps
    let every = match (on_cpu, arguments.stage) {
        (_, Stage::Contrastive) => 5,
        (true, _) => 1,
        (false, _) => 3,
    };
    let mut resumed = 0;
    for (pieces, files, before) in checkpoints.into_iter().step_by(every) {
        let what = format!("{method}, resumed after piece {pieces}");
        let trainer = tiny.resume(arguments, files.clone()).unwrap_or_else(|error| panic!("{what}: {error}"));
        // a resumed run stores the same checkpoint again
        let again = common::tiny::stored(&trainer).unwrap();
        assert!(again["tensors.safetensors"] == files["tensors.safetensors"], "{what}: read otherwise");
        let found = finish(trainer, |_, _, _| {});
        let events = [before, found.events.clone()].concat();
        assert_eq!(timeless(&events), timeless(&expected.events), "{what}");
        assert_same(&found, &expected, &what);
        resumed += 1;
    }
    println!("{method}: {resumed} checkpoints, all resumed to the same bits");
}

#[test]
fn texts_in_windows_resume_from_every_step_to_the_same_bits() {
    for tiny in [Tiny::classes(), Tiny::new(Task::regression())] {
        every_step_resumes(&tiny.with_windows(), &arguments(Method::DpsDense));
    }
    // the pairs of a stage
    let contrastive = TrainingArguments { stage: Stage::Contrastive, ..arguments(Method::Full) };
    every_step_resumes(&Tiny::classes().with_windows(), &contrastive);
}

#[test]
fn every_method_resumes_from_every_step_to_the_same_bits() {
    let tiny = Tiny::classes();
    // a probe makes no step
    for method in Method::ALL.iter().copied().filter(|method| *method != Method::Probe) {
        every_step_resumes(&tiny, &arguments(method));
    }
}

#[test]
fn every_kind_of_run_resumes_to_the_same_bits() {
    let classes = Tiny::classes();
    let base = arguments(Method::DpsMix);
    for arguments in [
        TrainingArguments { frozen: Frozen::Strict, group_by_length: false, ..base.clone() },
        TrainingArguments { gradient_accumulation_steps: 2, logging_steps: 1, ..base.clone() },
        TrainingArguments { class_weights: ClassWeights::Balanced, logging_steps: 100, ..base.clone() },
        TrainingArguments { stage: Stage::Contrastive, ..base.clone() },
        TrainingArguments { stage: Stage::Contrastive, method: Method::ChildTuningD, ..base.clone() },
        TrainingArguments { load_best_model_at_end: false, max_steps: None, ..base.clone() },
        TrainingArguments { extrapolation: 0.5, ..base.clone() },
        TrainingArguments { extrapolation: 0.5, method: Method::Dsee, ..base.clone() },
        TrainingArguments { extrapolation: 0.5, stage: Stage::Contrastive, ..base.clone() },
        TrainingArguments { early_stopping_patience: Some(1), eval_steps: Some(1), ..base.clone() },
    ] {
        every_step_resumes(&classes, &arguments);
    }
    every_step_resumes(&Tiny::new(Task::regression()), &base);
    let several = Tiny::new(Task::multi_label(["a", "b", "c"].map(String::from).to_vec()));
    every_step_resumes(&several, &TrainingArguments { class_weights: ClassWeights::Balanced, ..base });
}

#[test]
fn a_run_with_texts_without_a_label_resumes_to_the_same_bits() {
    let tiny = Tiny::classes().with_unlabelled();
    let fitted = TrainingArguments { label_names: true, ..arguments(Method::DpsDense) };
    for arguments in [fitted.clone(), TrainingArguments { stage: Stage::Contrastive, ..fitted }] {
        let mut trainer = tiny.start(&arguments);
        let mut outcome = None;
        while let Some(happened) = pollster::block_on(trainer.proceed()).unwrap() {
            for event in happened {
                if let Event::Probe { self_trained, .. } = event {
                    outcome = self_trained;
                }
            }
        }
        assert_eq!(outcome.expect("it was tried").unlabelled, tiny.data.unlabelled.len());
        every_step_resumes(&tiny, &arguments);
    }
}

/// Losses that are not finite, and the steps skipped because of them.
#[test]
fn a_run_gone_wrong_resumes_to_the_same_bits() {
    let tiny = Tiny::classes();
    let wrong = TrainingArguments {
        weight_decay: 1e37,
        // so few readings that the run is not abandoned
        logging_steps: 100,
        metric_for_best_model: Some("loss".into()),
        ..arguments(Method::DpsDense)
    };
    every_step_resumes(&tiny, &wrong);
    let end = finish(tiny.start(&wrong), |_, _, _| {});
    assert!(end.events.iter().any(|event| matches!(event, Event::Warning { .. })), "{:?}", end.events);
}

#[test]
fn a_run_without_held_out_examples_resumes_too() {
    let mut tiny = Tiny::classes();
    tiny.data.validation.clear();
    let arguments = arguments(Method::DpsDense);
    let mut checkpoints = Vec::new();
    let expected = finish(tiny.start(&arguments), |_, files, _| checkpoints.push(files));
    for files in checkpoints {
        assert_same(
            &finish(tiny.resume(&arguments, files).unwrap(), |_, _, _| {}),
            &expected,
            "no validation",
        );
    }
}

#[test]
fn a_run_that_was_stopped_goes_on_from_its_checkpoint() {
    let tiny = Tiny::classes();
    let arguments = arguments(Method::DpsMix);
    let expected = finish(tiny.start(&arguments), |_, _, _| {});
    let mut trainer = tiny.start(&arguments);
    for _ in 0..4 {
        pollster::block_on(trainer.proceed()).unwrap();
    }
    trainer.stop();
    let files = common::tiny::stored(&trainer).unwrap();
    while pollster::block_on(trainer.proceed()).unwrap().is_some() {}
    assert!(common::tiny::stored(&trainer).is_none(), "a run that has ended has nothing to resume");
    assert_same(&finish(tiny.resume(&arguments, files).unwrap(), |_, _, _| {}), &expected, "stopped");
}
