//! The terminal face as a user meets it: what it does, says and writes, on a tiny model.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// A folder with a tiny BERT (24 wide, 2 layers) and somewhere to put files.
struct Place {
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Place { root: tempfile::tempdir().unwrap() };
        let model = place.path("model");
        std::fs::create_dir(&model).unwrap();
        let golden = common::golden().join("full");
        std::fs::copy(golden.join("config.json"), model.join("config.json")).unwrap();
        std::fs::copy(golden.join("init.safetensors"), model.join("model.safetensors")).unwrap();
        std::fs::write(model.join("tokenizer.json"), tokenizer()).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        name.to_owned()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_with_input(arguments, "")
    }

    fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        use std::io::Write;
        let mut child = Command::new(env!("CARGO_BIN_EXE_subtune"))
            .args(arguments)
            .current_dir(self.root.path())
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // a program that ends without reading closes the pipe
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn train(&self, file: &str, more: &[&str]) -> Output {
        let fixed =
            ["train", "--model", "model", "--device", "cpu", "--max-length", "32", "--max-steps", "4"];
        self.run(&[&fixed[..], &["--train-file", file], more].concat())
    }
}

/// WordPiece over single letters and digits: 77 tokens, fewer than the model's 97.
fn tokenizer() -> String {
    let mut vocab = Map::new();
    let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(String::from);
    let characters: Vec<char> = ('a'..='z').chain('0'..='9').collect();
    let starts = characters.iter().map(char::to_string);
    let rests = characters.iter().map(|one| format!("##{one}"));
    for token in specials.iter().cloned().chain(starts).chain(rests) {
        vocab.insert(token, json!(vocab.len()));
    }
    let added: Vec<Value> = (0..5)
        .map(|id| {
            json!({"id": id, "content": specials[id], "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        })
        .collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                       "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                     {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
                     {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                               "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocab}
    })
    .to_string()
}

/// Sixty distinct texts of two classes.
fn data() -> String {
    let rows = (0..60).map(|i| match i % 2 {
        0 => format!("good fine nice {i},yes\n"),
        _ => format!("bad poor ugly {i},no\n"),
    });
    format!("text,label\n{}", rows.collect::<String>())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn assert_done(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn train_writes_a_model_that_evaluates_and_predicts() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let output = place.train(&file, &["--output-dir", "out", "--num-train-epochs", "1"]);
    assert_done(&output);
    assert!(text(&output.stdout).contains("held-out score"), "{}", text(&output.stdout));
    for name in ["config.json", "model.safetensors", "tokenizer.json", "README.md", "report.html"] {
        assert!(place.path("out").join(name).is_file(), "{name}");
    }
    let config: Value =
        serde_json::from_slice(&std::fs::read(place.path("out/config.json")).unwrap()).unwrap();
    assert_eq!(config["id2label"], json!({"0": "no", "1": "yes"}));
    // the report holds the score that the terminal shows
    let stdout = text(&output.stdout);
    let accuracy = stdout.lines().find_map(|line| line.strip_prefix("accuracy")).unwrap().trim();
    let report = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    assert!(report.contains(&format!("accuracy</th><td class=\"number\">{accuracy}</td>")), "{accuracy}");
    assert!(report.contains("Share selected") && !report.contains(&*place.root.path().to_string_lossy()));

    let model = ["--model", "out", "--device", "cpu", "--max-length", "32"];
    let with = |command: &str, more: &[&str]| [&[command][..], &model, more].concat().join(" ");
    let run = |line: String, input: &str| place.run_with_input(&line.split(' ').collect::<Vec<_>>(), input);
    let evaluated = run(with("evaluate", &["--file", "data.csv", "--log-format", "json"]), "");
    assert_done(&evaluated);
    let scores: Value = serde_json::from_slice(&evaluated.stdout).unwrap();
    assert_eq!(scores["examples"], 60);
    assert!(scores["accuracy"].is_number() && scores["confusion"].is_array(), "{scores}");

    let from_arguments = run(with("predict", &["good", "bad"]), "");
    assert_done(&from_arguments);
    assert_eq!(text(&from_arguments.stdout).lines().count(), 2);
    let from_input = run(with("predict", &[]), "good\n\nbad\n");
    assert_eq!(from_input.stdout, from_arguments.stdout);
    let from_file = run(with("predict", &["--file", "data.csv", "--log-format", "json"]), "");
    assert_done(&from_file);
    for line in text(&from_file.stdout).lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let sum: f64 = row["probabilities"].as_object().unwrap().values().map(|p| p.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{row}");
    }
}

#[test]
fn a_run_that_fails_leaves_its_report() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let hopeless =
        ["--learning-rate", "1", "--weight-decay", "1e38", "--warmup-ratio", "0", "--logging-steps", "1"];
    let output = place.train(&file, &[&hopeless[..], &["--output-dir", "out"]].concat());
    assert_eq!(output.status.code(), Some(6), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("no model was written"), "{}", text(&output.stderr));
    let names: Vec<_> =
        std::fs::read_dir(place.path("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["report.html"]);
    let report = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    assert!(report.contains("This run failed") && report.contains("use a smaller learning rate"));
}

#[test]
fn json_log_is_one_event_a_line_from_start_to_end() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let output = place.train(&file, &["--output-dir", "out", "--log-format", "json", "--eval-steps", "2"]);
    assert_done(&output);
    let stdout = text(&output.stdout);
    let kinds: Vec<String> = stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((kinds.first().unwrap().as_str(), kinds.last().unwrap().as_str()), ("start", "end"));
    for kind in ["step", "evaluation", "subnetwork"] {
        assert!(kinds.iter().any(|one| one == kind), "{kind} in {kinds:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_does_not() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    for method in ["full", "dps-dense"] {
        let weights = |seed: &str, out: &str| {
            assert_done(&place.train(&file, &["--seed", seed, "--method", method, "--output-dir", out]));
            std::fs::read(place.path(out).join("model.safetensors")).unwrap()
        };
        let first = weights("1", &format!("{method}-a"));
        assert!(first == weights("1", &format!("{method}-b")), "{method}");
        assert!(first != weights("2", &format!("{method}-c")), "{method}");
    }
}

#[test]
fn an_output_folder_is_never_overwritten_unasked() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    assert_done(&place.train(&file, &["--output-dir", "out"]));
    let again = place.train(&file, &["--output-dir", "out"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("out holds files already"), "{}", text(&again.stderr));
    place.file("out/mine.txt", "kept");
    assert_done(&place.train(&file, &["--output-dir", "out", "--overwrite-output-dir"]));
    assert!(place.path("out/mine.txt").is_file());
    // without a name, each run has a folder of its own
    for _ in 0..2 {
        assert_done(&place.train(&file, &[]));
    }
    assert!(place.path("runs/data-dps-dense-seed42-2/model.safetensors").is_file());
}

#[test]
fn export_changes_the_number_format() {
    let place = Place::new();
    let output = place.run(&["export", "--model", "model", "--dtype", "float16", "--output", "half"]);
    assert_done(&output);
    let size = |folder: &str| std::fs::metadata(place.path(folder).join("model.safetensors")).unwrap().len();
    assert!(size("half") < size("model") * 6 / 10);
}

#[test]
fn wrong_usage_exits_with_2_and_names_the_setting() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    for (arguments, expected) in [
        (&["--method", "dps"][..], "dps-dense"),
        (&["--update-fraction", "0"], "update_fraction is 0; expected a number above 0 and at most 1"),
        (&["--layers", "3"], "layers is 3; the model has 2, expected 1 to 2"),
        (&["--max-length", "64"], "max_length is 64; the model reads at most 32 tokens"),
        (
            &["--metric-for-best-model", "speed"],
            "metric_for_best_model is speed; expected one of loss, accuracy",
        ),
        (&["--test-split", "1"], "test_split is 1; expected a number from 0 to 0.9"),
    ] {
        let fixed =
            ["train", "--model", "model", "--device", "cpu", "--train-file", &file, "--output-dir", "out"];
        let fixed = if arguments[0] == "--max-length" {
            fixed.to_vec()
        } else {
            [&fixed[..], &["--max-length", "32"]].concat()
        };
        let output = place.run(&[&fixed[..], arguments].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!place.path("out").exists(), "{arguments:?}");
    }
    assert_eq!(place.run(&["tarin"]).status.code(), Some(2));
    let unknown = place.train(&file, &["--device", "no such adapter"]);
    assert_eq!(unknown.status.code(), Some(2), "given twice: {}", text(&unknown.stderr));
}

#[test]
fn a_device_that_is_not_there_exits_with_4() {
    let place = Place::new();
    let file = place.file("data.csv", data());
    let output = place.run(&[
        "train",
        "--model",
        "model",
        "--max-length",
        "32",
        "--train-file",
        &file,
        "--device",
        "no such adapter",
    ]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("no adapter's name contains \"no such adapter\""));
}

/// Each is one line with what was found and what was expected, exit code 3, and nothing is written.
#[test]
fn bad_data_exits_with_3_names_the_place_and_writes_nothing() {
    let place = Place::new();
    let good = place.file("good.csv", data());
    let same = |count: usize, label: &str| -> String {
        let rows = (0..count).map(|i| format!("text number {i},{label}\n"));
        format!("text,label\n{}", rows.collect::<String>())
    };
    let two_texts = (0..30).map(|i| format!("aa bb {i},cc dd {i},{}\n", i % 2)).collect::<String>();
    let cases: Vec<(&str, Vec<u8>, &[&str], &str)> = vec![
        ("empty.csv", vec![], &[], "empty.csv: "),
        ("header.csv", b"text,label\n".to_vec(), &[], "header.csv, line 1: "),
        ("column.csv", data().into_bytes(), &["--text-column", "body"], "column.csv: "),
        ("label.csv", data().into_bytes(), &["--label-column", "topic"], "label.csv: "),
        ("twice.csv", format!("one,two,label\n{two_texts}").into_bytes(), &[], "--text-column"),
        ("single.csv", same(30, "yes").into_bytes(), &[], "single.csv: "),
        ("uneven.csv", b"text,label\na,x\nb,y,z\n".to_vec(), &[], "uneven.csv, line 3: "),
        ("quote.csv", b"text,label\n\"open,x\nb,y\n".to_vec(), &[], "quote.csv, line 2: "),
        (
            "broken.jsonl",
            b"{\"text\": \"a\", \"label\": \"x\"}\n[1]\n".to_vec(),
            &[],
            "broken.jsonl, line 2: ",
        ),
        ("sheet.xlsx", b"PK\x03\x04rest".to_vec(), &[], "sheet.xlsx: "),
        ("few.csv", b"text,label\na,x\nb,y\n".to_vec(), &[], "training data: "),
    ];
    for (name, bytes, arguments, expected) in cases {
        let file = place.file(name, bytes);
        let output = place.train(&file, &[&["--output-dir", "out"][..], arguments].concat());
        assert_refused(&place, &output, name, expected);
    }
    let missing = place.train("missing.csv", &["--output-dir", "out"]);
    assert_refused(&place, &missing, "missing", "missing.csv: no such file");
    let other = place.file("other.csv", "text,label\nfine,yes\nso so,maybe\n");
    let unknown = place.train(&good, &["--output-dir", "out", "--validation-file", &other]);
    assert_refused(&place, &unknown, "unknown label", "other.csv, line 3: ");
    assert!(text(&unknown.stderr).contains("maybe"));
}

fn assert_refused(place: &Place, output: &Output, name: &str, expected: &str) {
    let said = text(&output.stderr);
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(output.status.code(), Some(3), "{name}: {said}");
    assert!(errors.len() == 1 && said.trim_end().ends_with(errors[0]), "{name}: not one line: {said}");
    assert!(errors[0].contains(expected), "{name}: {}", errors[0]);
    assert!(!place.path("out").exists() && !place.path("runs").exists(), "{name}: something was written");
    assert!(!said.contains("panicked"), "{name}: {said}");
}

#[test]
fn byte_order_marks_and_broken_utf8_are_read() {
    let place = Place::new();
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(data().encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let marked = ["\u{feff}".as_bytes(), data().as_bytes()].concat();
    let mut broken = data().into_bytes();
    broken.extend(b"caf\xe9 good,yes\n");
    for (name, bytes) in [("utf8.csv", marked), ("utf16.csv", utf16), ("broken.csv", broken)] {
        let file = place.file(name, bytes);
        let output = place.train(&file, &["--output-dir", name.trim_end_matches(".csv")]);
        assert_done(&output);
        if name == "broken.csv" {
            assert!(text(&output.stderr).contains("note: "), "{}", text(&output.stderr));
        }
    }
}

#[test]
fn a_bad_model_exits_with_3_names_the_file_and_writes_nothing() {
    let place = Place::new();
    let data_file = place.file("data.csv", data());
    let weights = std::fs::read(place.path("model/model.safetensors")).unwrap();
    let config = std::fs::read_to_string(place.path("model/config.json")).unwrap();
    let tokenizer_file = std::fs::read(place.path("model/tokenizer.json")).unwrap();

    let header_size = u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&weights[8..8 + header_size]).unwrap();
    let rebuilt = |change: &dyn Fn(&mut Value)| {
        let mut header = header.clone();
        change(&mut header);
        let text = header.to_string();
        [&(text.len() as u64).to_le_bytes()[..], text.as_bytes(), &weights[8 + header_size..]].concat()
    };
    let tensor = "bert.encoder.layer.0.output.dense.weight";
    let set = |field: &'static str, value: Value| {
        rebuilt(&move |header: &mut Value| header[tensor][field] = value.clone())
    };
    let begin = header[tensor]["data_offsets"][0].as_u64().unwrap();
    let bad_weights: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("truncated", weights[..weights.len() / 2].to_vec()),
        ("giant header", [&u64::MAX.to_le_bytes()[..], &weights[8..]].concat()),
        ("header of 99 MB that is not there", [&99_000_000u64.to_le_bytes()[..], &weights[8..]].concat()),
        ("header that is no JSON", [&8u64.to_le_bytes()[..], b"not json", &weights[8..]].concat()),
        ("offsets past the end", set("data_offsets", json!([begin, 1u64 << 40]))),
        ("overlapping offsets", set("data_offsets", json!([0, 3840]))),
        ("offsets that run backwards", set("data_offsets", json!([begin + 8, begin]))),
        ("shape that overflows", set("shape", json!([u64::MAX, 2]))),
        ("shape of another size", set("shape", json!([24, 39]))),
        ("other shape of the same size", set("shape", json!([40, 24]))),
        ("integers", set("dtype", json!("I32"))),
        (
            "a tensor missing",
            rebuilt(&|header: &mut Value| {
                let moved = header.as_object_mut().unwrap().remove(tensor).unwrap();
                header["something.else"] = moved;
            }),
        ),
    ];
    let run = |name: &str, file: &str| {
        let output = place.train(&data_file, &["--output-dir", "out"]);
        assert_refused(&place, &output, name, file);
    };
    for (name, bytes) in bad_weights {
        place.file("model/model.safetensors", bytes);
        run(name, "model/model.safetensors: ");
    }
    place.file("model/model.safetensors", &weights);

    let huge = config
        .replace("\"hidden_size\": 24", "\"hidden_size\": 16383")
        .replace("\"vocab_size\": 97", "\"vocab_size\": 2000000");
    for (name, text) in [
        ("another architecture", config.replace("\"model_type\": \"bert\"", "\"model_type\": \"gpt2\"")),
        ("terabytes", huge),
        ("negative", config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": -2")),
        ("no JSON", config[..config.len() / 2].to_owned()),
        ("another size", config.replace("\"intermediate_size\": 40", "\"intermediate_size\": 41")),
    ] {
        assert_ne!(text, config, "{name}");
        place.file("model/config.json", text);
        run(name, "model/");
    }
    place.file("model/config.json", &config);

    for (name, bytes) in [
        ("no JSON", b"hello".to_vec()),
        ("another JSON", b"{\"a\": 1}".to_vec()),
        ("half", tokenizer_file[..tokenizer_file.len() / 2].to_vec()),
    ] {
        place.file("model/tokenizer.json", bytes);
        run(name, "model/tokenizer.json: ");
    }
    std::fs::remove_file(place.path("model/tokenizer.json")).unwrap();
    run("no tokenizer", "has no tokenizer.json");
    let nowhere = place.run(&["predict", "--model", "nowhere", "text"]);
    assert_refused(&place, &nowhere, "no folder", "nowhere: ");
}

#[test]
fn help_names_every_exit_code_and_setting() {
    let place = Place::new();
    let help = text(&place.run(&["train", "--help"]).stdout);
    for code in ["0  done", "2  wrong usage", "3  bad input", "4  no usable device", "5  interrupted"] {
        assert!(help.contains(code), "{code}");
    }
    let settings = serde_json::to_value(subtune::train::TrainingArguments::default()).unwrap();
    for name in settings.as_object().unwrap().keys() {
        assert!(help.contains(&format!("--{}", name.replace('_', "-"))), "{name}");
    }
}

/// The bundled files are those that their README names by hash.
#[test]
fn bundled_files_have_their_published_hashes() {
    use sha2::{Digest, Sha256};
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (readme, files) in [
        ("models/minilm/README.md", &["model.safetensors", "config.json", "tokenizer.json", "vocab.txt"][..]),
        (
            "samples/README.md",
            &[
                "sms_spam.csv",
                "banking77/train.csv",
                "banking77/test.csv",
                "snli_cad/train.tsv",
                "snli_cad/validation.tsv",
                "snli_cad/test.tsv",
            ],
        ),
    ] {
        let published = std::fs::read_to_string(root.join(readme)).unwrap();
        for file in files {
            let bytes = std::fs::read(root.join(readme).parent().unwrap().join(file)).unwrap();
            let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(published.contains(&hash), "{readme} has another hash than {hash} of {file}");
        }
    }
}
