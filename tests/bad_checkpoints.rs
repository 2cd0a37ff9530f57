//! Checkpoints that are damaged, forged, or belong to another run. Each causes an error that names the file, and none
//! causes a panic.

mod common;

use std::collections::BTreeMap;

use common::place::{Place, data};
use common::tiny::{Files, Tiny, finish, stored};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtune::dps::Method;
use subtune::finetune::{Prepared, RunSpec};
use subtune::model::ModelFolder;
use subtune::text::{DataArguments, Source, Table, Target};
use subtune::train::{Checkpoint, TrainingArguments};

const NAMES: [&str; 3] = ["commit.json", "state.json", "tensors.safetensors"];

fn arguments() -> TrainingArguments {
    TrainingArguments {
        method: Method::DpsMix,
        update_ratio: 0.25,
        per_device_train_batch_size: Some(4),
        logging_steps: 3,
        eval_steps: Some(3),
        max_steps: Some(8),
        max_length: 32,
        ..TrainingArguments::default()
    }
}

/// A checkpoint after four steps: in stage II, with a best model and losses that were not read yet.
fn checkpoint(tiny: &Tiny) -> Files {
    let mut trainer = tiny.start(&arguments());
    for _ in 0..5 {
        pollster::block_on(trainer.proceed()).unwrap();
    }
    let files = stored(&trainer).unwrap();
    assert!(files.keys().eq(NAMES));
    files
}

/// Reads the files, which must fail, and returns the error as one line.
fn refused(files: Files) -> String {
    match Checkpoint::from_files("stored", files) {
        Ok(_) => panic!("was read"),
        Err(error) => error.to_string(),
    }
}

fn assert_names(message: &str, file: &str, what: &str) {
    assert!(message.starts_with(&format!("stored/{file}: ")), "{what}: {message}");
    assert!(!message.contains('\n'), "{what}: {message}");
}

/// Adds a commit record that matches the files, as a forger would.
fn sealed(mut files: Files) -> Files {
    files.remove("commit.json");
    let record = |(name, bytes): (&String, &Vec<u8>)| {
        let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        (name.clone(), json!({ "bytes": bytes.len(), "sha256": hash }))
    };
    let records: serde_json::Map<String, Value> = files.iter().map(record).collect();
    let commit = json!({ "format": "subtune checkpoint", "version": 2, "files": records });
    files.insert("commit.json".into(), commit.to_string().into_bytes());
    files
}

#[test]
fn a_file_that_was_cut_or_changed_is_named() {
    let files = checkpoint(&Tiny::classes());
    for name in NAMES {
        let whole = &files[name];
        let with = |bytes: Vec<u8>| {
            let mut files = files.clone();
            files.insert(name.into(), bytes);
            refused(files)
        };
        let steps = whole.len() / 40 + 1;
        for length in (0..whole.len()).step_by(steps).chain([1, 7, 8, 9, whole.len() - 1]) {
            assert_names(&with(whole[..length].to_vec()), name, &format!("{length} bytes"));
        }
        for at in (0..whole.len()).step_by(steps).filter(|_| name != "commit.json") {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            assert_names(&with(bytes), name, &format!("byte {at}"));
        }
        assert_names(&with([&whole[..], b"x"].concat()), name, "longer");
        let mut fewer = files.clone();
        fewer.remove(name);
        assert_names(&refused(fewer), name, "missing");
    }
}

/// A changed byte of the commit record is found, unless it is white space.
#[test]
fn a_changed_commit_record_is_refused_or_the_same() {
    let files = checkpoint(&Tiny::classes());
    let commit = &files["commit.json"];
    for at in 0..commit.len() {
        for bit in 0..8 {
            let mut changed = files.clone();
            changed.get_mut("commit.json").unwrap()[at] ^= 1 << bit;
            let read = serde_json::from_slice::<Value>(&changed["commit.json"]).ok();
            let same = read == serde_json::from_slice(commit).ok();
            if !same {
                refused(changed);
            }
        }
    }
    let mut newer = files.clone();
    let text = String::from_utf8(commit.clone()).unwrap().replace("\"version\": 2", "\"version\": 3");
    newer.insert("commit.json".into(), text.into_bytes());
    let message = refused(newer);
    assert_names(&message, "commit.json", "newer");
    assert!(message.contains("is of version 3; this subtune reads version 2"), "{message}");
}

/// Changes each tensor's name, type, shape and bytes. `None` drops the tensor.
fn retensored(
    files: &Files,
    change: impl Fn(&str, Dtype, Vec<usize>, Vec<u8>) -> Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
) -> Files {
    let old = SafeTensors::deserialize(&files["tensors.safetensors"]).unwrap();
    let changed: Vec<_> = old
        .iter()
        .flat_map(|(name, view)| change(name, view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    let views = changed
        .iter()
        .map(|(name, dtype, shape, data)| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    let mut files = files.clone();
    files.insert("tensors.safetensors".into(), serialize(views, None).unwrap());
    sealed(files)
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    let tiny = Tiny::classes();
    let files = checkpoint(&tiny);
    let names: Vec<String> = SafeTensors::deserialize(&files["tensors.safetensors"])
        .unwrap()
        .names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let kinds: std::collections::BTreeSet<&str> =
        names.iter().map(|name| name.split('.').next().unwrap()).collect();
    for kind in [
        "weight",
        "best",
        "first_moment",
        "second_moment",
        "statistic",
        "kept",
        "mask",
        "selection",
        "pretrained",
        "stage",
        "norm",
        "loss",
        "held_out",
    ] {
        assert!(kinds.contains(kind), "{kind} is not tried");
    }
    let refused = |files: Files, name: &str, what: &str| {
        let message = tiny.resume(&arguments(), files).err().unwrap_or_else(|| panic!("{name} {what}"));
        let message = message.to_string();
        assert_names(&message, "tensors.safetensors", name);
        assert!(message.contains(name), "{name} {what}: {message}");
    };
    // one tensor of each kind
    for kind in kinds {
        let name = names.iter().find(|name| name.split('.').next() == Some(kind)).unwrap();
        let is_it = |other: &str| other == name;
        refused(
            retensored(&files, |other, dtype, shape, data| match is_it(other) {
                true => vec![],
                false => vec![(other.into(), dtype, shape, data)],
            }),
            name,
            "missing",
        );
        refused(
            retensored(&files, |other, dtype, shape, data| {
                let shape = if is_it(other) { [&[1], &shape[..]].concat() } else { shape };
                vec![(other.into(), dtype, shape, data)]
            }),
            name,
            "shape",
        );
        refused(
            retensored(&files, |other, dtype, shape, data| {
                let other_dtype = if dtype == Dtype::F32 { Dtype::U32 } else { Dtype::F32 };
                vec![(other.into(), if is_it(other) { other_dtype } else { dtype }, shape, data)]
            }),
            name,
            "type",
        );
    }
    let more = retensored(&files, |name, dtype, shape, data| {
        let twin = (format!("{name}.twin"), dtype, shape.clone(), data.clone());
        vec![(name.into(), dtype, shape, data), twin]
    });
    let message = tiny.resume(&arguments(), more).err().unwrap().to_string();
    assert_names(&message, "tensors.safetensors", "more");
    for bytes in [vec![], vec![0xff; 8], vec![0xff; 64], b"\x02\0\0\0\0\0\0\0{}".to_vec()] {
        let mut files = files.clone();
        files.insert("tensors.safetensors".into(), bytes);
        let message = tiny.resume(&arguments(), sealed(files)).err().unwrap().to_string();
        assert_names(&message, "tensors.safetensors", "no tensors");
    }
}

/// A run from damaged tensors continues or stops with an error, but does not panic.
#[test]
fn any_bits_in_the_tensors_are_survived() {
    let tiny = Tiny::classes();
    let files = checkpoint(&tiny);
    for byte in [0x00, 0x7f, 0x80, 0xff] {
        let filled = retensored(&files, |name, dtype, shape, data| {
            vec![(name.into(), dtype, shape, vec![byte; data.len()])]
        });
        if let Ok(mut trainer) = tiny.resume(&arguments(), filled) {
            while let Ok(Some(_)) = pollster::block_on(trainer.proceed()) {}
        }
    }
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let tiny = Tiny::classes();
    let files = checkpoint(&tiny);
    let refused = |tiny: &Tiny, arguments: &TrainingArguments| {
        tiny.resume(arguments, files.clone()).err().unwrap().to_string()
    };
    // other settings
    for (arguments, expected) in [
        (TrainingArguments { seed: 7, ..arguments() }, "seed is 7, but in the run to resume it is 42"),
        (
            TrainingArguments { max_steps: Some(9), ..arguments() },
            "max_steps is 9, but in the run to resume it is 8",
        ),
        (
            TrainingArguments { method: Method::Full, ..arguments() },
            "method is \"full\", but in the run to resume it is \"dps-mix\"",
        ),
    ] {
        let message = refused(&tiny, &arguments);
        assert!(message.starts_with(expected), "{message}");
    }
    let rate = tiny.resume_at(1.0, &arguments(), files.clone()).err().unwrap().to_string();
    assert!(rate.starts_with("the learning rate is 1, but in the run to resume it is 0.003"), "{rate}");
    // other data
    let changes: [fn(&mut Tiny); 6] = [
        |tiny| tiny.data.train[3].encoding.input_ids[1] += 1,
        |tiny| tiny.data.train[3].encoding.token_type_ids[1] = 1,
        |tiny| tiny.data.test[0].target = Some(Target::Class(2)),
        |tiny| tiny.data.train.swap(0, 1),
        |tiny| {
            let moved = tiny.data.train.pop().unwrap();
            tiny.data.validation.insert(0, moved);
        },
        |tiny| tiny.data.pad_id = 1,
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut other = Tiny::classes();
        change(&mut other);
        let message = refused(&other, &arguments());
        assert_names(&message, "state.json", &format!("change {index}"));
        assert!(message.contains("is of other data"), "{message}");
    }
    // one label more is other data too
    let labels = ["a", "b", "c", "d"].map(String::from).to_vec();
    let other = Tiny::new(subtune::text::Task::classification(labels));
    assert!(refused(&other, &arguments()).contains("is of other data"));
}

/// Every value in the state, by its path.
fn leaves(value: &Value, path: Vec<String>, found: &mut Vec<Vec<String>>) {
    let mut into = |key: String, value: &Value| leaves(value, [&path[..], &[key]].concat(), found);
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| into(name.clone(), value)),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| into(index.to_string(), value));
        }
        _ => {}
    }
    found.push(path);
}

fn at<'a>(value: &'a mut Value, path: &[String]) -> &'a mut Value {
    path.iter().fold(value, |value, key| match value {
        Value::Array(values) => &mut values[key.parse::<usize>().unwrap()],
        value => &mut value[key.as_str()],
    })
}

fn hostile() -> [Value; 11] {
    [
        json!(null),
        json!(-1),
        json!(0),
        json!(u64::MAX),
        json!({ "f64": "1e300" }),
        json!({ "f64": "5e-324" }),
        json!({ "f64": "-1" }),
        json!("x"),
        json!([]),
        json!({}),
        json!(true),
    ]
}

/// Any value in the state is either refused with the name of its file, or the run continues to its end.
#[test]
fn any_value_in_the_state_is_refused_or_survived() {
    let tiny = Tiny::classes();
    let files = checkpoint(&tiny);
    let state: Value = serde_json::from_slice(&files["state.json"]).unwrap();
    let mut paths = Vec::new();
    leaves(&state, Vec::new(), &mut paths);
    let mut counts = BTreeMap::from([("refused", 0), ("survived", 0)]);
    for path in &paths {
        for value in &hostile() {
            let mut forged = state.clone();
            *at(&mut forged, path) = value.clone();
            let mut files = files.clone();
            files.insert("state.json".into(), forged.to_string().into_bytes());
            let end = match tiny.resume(&arguments(), sealed(files)) {
                Ok(trainer) => {
                    finish(trainer, |_, _, _| {});
                    "survived"
                }
                Err(error) => {
                    let message = error.to_string();
                    let named =
                        message.starts_with("stored/") || message.contains("in the run to resume it is");
                    assert!(named, "{path:?} as {value}: {message}");
                    "refused"
                }
            };
            *counts.get_mut(end).unwrap() += 1;
        }
    }
    println!("{counts:?}");
    assert!(counts["refused"] > 10 * counts["survived"], "{counts:?}");
}

/// A run, prepared as the faces do it.
fn prepared(place: &Place) -> Prepared {
    let folder = ModelFolder::read(&place.path("model")).unwrap();
    let table = Table::parse("data.csv", data().as_bytes()).unwrap();
    let source = Source::new(&table, &DataArguments::default()).unwrap();
    let shares =
        DataArguments { validation_split: Some(0.1), test_split: Some(0.1), ..DataArguments::default() };
    let spec = RunSpec {
        folder,
        model_name: "model".into(),
        source,
        train_file: "data.csv".into(),
        data: shares,
        arguments: arguments(),
        origin: json!({ "what": "a face needs" }),
    };
    Prepared::new(spec).unwrap()
}

/// The checkpoint holds all events so far. Any value in them is either refused or can be reported.
#[test]
fn any_event_in_the_state_is_refused_or_reported() {
    let (place, chosen) = (Place::new(), common::device());
    let mut running = prepared(&place).start(&chosen).unwrap();
    while !running.checkpoint_due(Some(5)) {
        pollster::block_on(running.proceed()).unwrap().unwrap();
    }
    let checkpoint = pollster::block_on(running.checkpoint()).unwrap().unwrap();
    assert!(running.is_stored() && !running.checkpoint_due(Some(5)));
    running.checkpoint_stored(&checkpoint.name());
    assert_eq!(checkpoint.origin(), &json!({ "what": "a face needs" }));
    let files = checkpoint.into_files();
    let resume = |files: Files| {
        let checkpoint = Checkpoint::from_files("stored", files)?;
        pollster::block_on(prepared(&place).resume(checkpoint, &chosen))
    };
    let resumed = resume(files.clone()).unwrap();
    assert_eq!(resumed.events(), running.events());
    // the plots of a process are numbered
    let plain = |report: String| -> String {
        report.split("-clip-").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect()
    };
    assert!(plain(resumed.report(None)) == plain(running.report(None)));

    let state: Value = serde_json::from_slice(&files["state.json"]).unwrap();
    let mut paths = Vec::new();
    leaves(&state["events"], vec!["events".into()], &mut paths);
    let mut counts = [0, 0];
    for path in &paths {
        for value in &hostile() {
            let mut forged = state.clone();
            *at(&mut forged, path) = value.clone();
            let mut files = files.clone();
            files.insert("state.json".into(), forged.to_string().into_bytes());
            match resume(sealed(files)) {
                Ok(running) => {
                    assert!(running.report(None).contains("</html>"), "{path:?} as {value}");
                    counts[1] += 1;
                }
                Err(error) => {
                    assert_names(&error.to_string(), "state.json", &format!("{path:?} as {value}"));
                    counts[0] += 1;
                }
            }
        }
    }
    println!("{} refused, {} reported", counts[0], counts[1]);
    assert!(counts[0] > counts[1] && counts[1] > 0);
}
