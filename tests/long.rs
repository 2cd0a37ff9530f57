//! Texts that are longer than what the model reads at once.

mod common;

use burn::tensor::Tensor;
use common::place::{Place, assert_done, text};
use common::tiny::Tiny;
use serde_json::{Value, json};
use subtune::device::read_floats;
use subtune::encoder::Model;
use subtune::task::{Weights, loss_sum};
use subtune::text::{Task, collate};
use subtune::train::{batch_inputs, gradients, text_logits};

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    pollster::block_on(read_floats(tensor.inner())).unwrap()
}

/// The mean of the windows' logits, written with nothing but slices and means.
fn plain_logits(model: &Model, batch: &subtune::text::Batch, tiny: &Tiny) -> Tensor<2> {
    let logits = model.forward(batch_inputs(batch, &tiny.chosen.device.clone().autodiff()));
    let [_, outputs] = logits.dims();
    let mut next = 0;
    let mean = |windows: &usize| {
        next += windows;
        logits.clone().slice([next - windows..next, 0..outputs]).mean_dim(0)
    };
    Tensor::cat(batch.windows.iter().map(mean).collect(), 0)
}

#[test]
fn the_loss_is_that_of_the_mean_logits_and_so_is_its_gradient() {
    let tasks = [
        Task::classification(["a", "b", "c"].map(String::from).to_vec()),
        Task::multi_label(["a", "b", "c"].map(String::from).to_vec()),
        Task::regression(),
    ];
    for task in tasks {
        let tiny = Tiny::new(task.clone()).with_windows();
        let (model, _) = tiny.model();
        let batch = collate(&tiny.data.train, &[0, 1, 5, 6, 7], tiny.data.pad_id, 32);
        assert_eq!(batch.windows, [3, 1, 2, 3, 1]);
        let device = tiny.chosen.device.clone().autodiff();
        let loss = |logits: Tensor<2>| loss_sum(logits, &batch.targets, &Weights::Equal);
        let (found, expected) = (text_logits(&model, &batch, &device), plain_logits(&model, &batch, &tiny));
        assert_eq!(found.dims(), [5, task.outputs()]);
        let close = |found: &[f32], expected: &[f32], what: &str| {
            assert_eq!(found.len(), expected.len());
            let largest = expected.iter().fold(1e-3f32, |most, one| most.max(one.abs()));
            let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= 2e-5 * largest, "{what}: {worst} of {largest}");
        };
        close(&numbers(found.clone()), &numbers(expected.clone()), "logits");
        let [found, expected] = [found, expected].map(|logits| gradients(&model, loss(logits)));
        let mut compared = 0;
        for (found, expected) in found.into_iter().zip(expected) {
            let (Some(found), Some(expected)) = (found, expected) else { continue };
            let read = |tensor| pollster::block_on(read_floats(tensor)).unwrap();
            close(&read(found), &read(expected), "a gradient");
            compared += 1;
        }
        assert!(compared > 20, "{compared}");
    }
}

/// Texts of 70 tokens. Only the last three of them tell the class.
fn rows(count: usize, labels: [&str; 2], before: &str) -> String {
    let row = |i: usize| {
        let filler: Vec<String> =
            (0..64).map(|at| char::from(b'c' + ((i * 7 + at * i) % 9) as u8).to_string()).collect();
        let end = if i.is_multiple_of(2) { "q q q" } else { "z z z" };
        format!("{} {i} {end},{before}{}\n", filler.join(" "), labels[i % 2])
    };
    (0..count).map(row).collect()
}

fn config(place: &Place, folder: &str) -> Value {
    serde_json::from_slice(&std::fs::read(place.path(&format!("{folder}/config.json"))).unwrap()).unwrap()
}

#[test]
fn a_word_at_the_end_decides_unless_the_beginning_alone_is_read() {
    let place = Place::new();
    place.file("data.csv", format!("text,label\n{}", rows(60, ["yes", "no"], "")));
    place
        .file("new.csv", format!("text,label\n{}", rows(101, ["yes", "no"], "").split_once('\n').unwrap().1));
    for (long, least, most) in [("head", 0.0, 0.7), ("head-tail", 0.97, 1.0), ("windows", 0.97, 1.0)] {
        let more = ["--output-dir", long, "--long", long, "--max-steps", "120", "--learning-rate", "0.005"];
        let trained =
            place.train_by_recipe("data.csv", &[&more[..], &["--cross-validation-folds", "0"]].concat());
        assert_done(&trained);
        let said = text(&trained.stderr);
        assert!(said.contains("60 texts of 60 (100 %) are longer than 32 tokens"), "{said}");
        assert_eq!(
            said.contains("long windows (--long windows) reads them whole"),
            long != "windows",
            "{said}"
        );
        // the trained model says how it reads
        let expected = if long == "head" { Value::Null } else { json!(long) };
        assert_eq!(config(&place, long)["subtune"]["long"], expected);
        let flags =
            ["evaluate", "--model", long, "--device", "cpu", "--file", "new.csv", "--log-format", "json"];
        let scored = place.run(&flags);
        assert_done(&scored);
        let accuracy = serde_json::from_slice::<Value>(&scored.stdout).unwrap()["accuracy"].as_f64().unwrap();
        assert!((least..=most).contains(&accuracy), "{long}: {accuracy}");
        let notes = text(&scored.stderr);
        assert_eq!(notes.contains(&format!("long {long} (as in training)")), long != "head", "{notes}");
        assert_eq!(notes.contains("100 of 100 texts"), long != "windows", "{notes}");
        let card = text(&std::fs::read(place.path(&format!("{long}/README.md"))).unwrap());
        assert_eq!(card.contains("read their beginning alone"), long != "head", "{card}");
    }
    // an export keeps the record
    let export = |format: &str, to: &str| {
        assert_done(&place.run(&["export", "--model", "windows", "--format", format, "--output", to]));
    };
    export("safetensors", "again");
    export("onnx", "onnx");
    for folder in ["again", "onnx"] {
        assert_eq!(config(&place, folder)["subtune"]["long"], "windows");
    }
}

#[test]
fn every_kind_of_task_reads_long_texts_in_windows() {
    let place = Place::new();
    place.file("numbers.csv", format!("text,label\n{}", rows(40, ["0.5", "1.5"], "")));
    place.file("sets.csv", format!("text,label\n{}", rows(40, ["a|b", "a|c"], "")));
    place.file("pairs.csv", format!("text,sentence2,label\n{}", rows(40, ["yes", "no"], "a short one,")));
    for (file, more) in [
        ("numbers.csv", &["--task", "regression"][..]),
        ("sets.csv", &[][..]),
        ("pairs.csv", &["--pair-column", "sentence2"][..]),
        ("sets.csv", &["--class-weights", "balanced", "--gradient-accumulation-steps", "2"][..]),
    ] {
        let output = format!("out-{file}");
        let _ = std::fs::remove_dir_all(place.path(&output));
        let fixed = ["--output-dir", &output, "--long", "windows"];
        assert_done(&place.train(file, &[&fixed[..], more].concat()));
        assert_eq!(config(&place, &output)["subtune"]["long"], "windows");
        let scored = place.run(&["evaluate", "--model", &output, "--device", "cpu", "--file", file]);
        assert_done(&scored);
        assert!(!text(&scored.stderr).contains("was not read"), "{}", text(&scored.stderr));
    }
    // 16 windows of 30 tokens, 23 apart, have 375
    let predict = |tokens: usize| {
        let words = "a ".repeat(tokens);
        let output = place.run(&["predict", "--model", "out-numbers.csv", "--device", "cpu", &words]);
        assert_done(&output);
        let value = text(&output.stdout).split('\t').next().unwrap().to_owned();
        (value, text(&output.stderr))
    };
    let [(cut, said), (whole, nothing)] = [predict(500), predict(375)];
    assert!(said.contains("cut after 16 windows of 32 tokens"), "{said}");
    assert!(cut == whole && !nothing.contains("cut after"), "{cut} {whole} {nothing}");
}
