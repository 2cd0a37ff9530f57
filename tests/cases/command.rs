//! Inputs that need the whole program: foreign models, settings, and the use of a trained model.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::common::place::{Place, assert_done, data, text};
use super::common::workbook::{row, xlsx};

fn inputs(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name).display().to_string()
}

fn all_printed(output: &Output) -> String {
    format!("{}\n{}", text(&output.stderr), text(&output.stdout))
}

/// Runs a command with this standard input.
fn run(place: &Place, command: &str, input: &[u8]) -> Output {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_subtune"))
        .args(command.split(' '))
        .current_dir(place.root.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

const TRAIN: &str = "train --device cpu --max-length 32 --recipe plain --max-steps 2";

/// A change to a copy of a good model.
type Change = fn(&Path);

fn set(folder: &Path, file: &str, change: impl FnOnce(&mut Value)) {
    let path = folder.join(file);
    let mut content = fs::read(&path).map_or(json!({}), |bytes| serde_json::from_slice(&bytes).unwrap());
    change(&mut content);
    fs::write(path, content.to_string()).unwrap();
}

fn of_type(folder: &Path, name: &str) {
    set(folder, "config.json", |config| config["model_type"] = json!(name));
}

fn only(folder: &Path, name: &str) {
    fs::remove_file(folder.join("model.safetensors")).unwrap();
    fs::write(folder.join(name), "weights").unwrap();
}

#[test]
fn models_of_others() {
    let place = Place::new();
    place.file("data.csv", data());
    let cases: &[(&str, Change, i32, &[&str])] = &[
        (
            "122-vocab-txt-only",
            |folder| {
                let file: Value =
                    serde_json::from_slice(&fs::read(folder.join("tokenizer.json")).unwrap()).unwrap();
                let tokens: Vec<&str> =
                    file["model"]["vocab"].as_object().unwrap().keys().map(String::as_str).collect();
                fs::remove_file(folder.join("tokenizer.json")).unwrap();
                fs::write(folder.join("vocab.txt"), tokens.join("\n")).unwrap();
            },
            0,
            &[],
        ),
        (
            "122-vocab-txt-of-another",
            |folder| {
                fs::remove_file(folder.join("tokenizer.json")).unwrap();
                fs::write(folder.join("vocab.txt"), "<s>\n</s>\n").unwrap();
            },
            3,
            &["changed: vocab.txt lacks \"[UNK]\", so it is not BERT's"],
        ),
        (
            "122-vocab-json-only",
            |folder| {
                fs::remove_file(folder.join("tokenizer.json")).unwrap();
                fs::write(folder.join("vocab.json"), "{}").unwrap();
            },
            3,
            &["has no tokenizer.json; make it with Python's transformers: AutoTokenizer.from_pretrained"],
        ),
        (
            "123-pytorch-bin-only",
            |folder| only(folder, "pytorch_model.bin"),
            3,
            &[
                "has no model.safetensors; found weights of PyTorch (a pickle, which could run code): convert it",
                "AutoModel.from_pretrained(DIR).save",
            ],
        ),
        (
            "124-biobert-style",
            |folder| {
                only(folder, "pytorch_model.bin");
                fs::remove_file(folder.join("tokenizer.json")).unwrap();
                fs::write(folder.join("vocab.txt"), "[PAD]\n").unwrap();
            },
            3,
            &["found weights of PyTorch (a pickle, which could run code): convert it"],
        ),
        (
            "126-distilbert",
            |folder| of_type(folder, "distilbert"),
            3,
            &["config.json: dim is nothing; expected a whole number from 1 to 16384"],
        ),
        (
            "130-electra",
            |folder| of_type(folder, "electra"),
            3,
            &["has no tensor electra.embeddings.word_embeddings.weight; expected one of shape [97, 128]"],
        ),
        (
            "133-deberta",
            |folder| of_type(folder, "deberta-v2"),
            3,
            &[
                "\"deberta-v2\", which cannot be trained; use a model of \"bert\", \"distilbert\", \"roberta\"",
            ],
        ),
        (
            "131-albert",
            |folder| of_type(folder, "albert"),
            3,
            &["\"albert\", which cannot be trained; use a model of"],
        ),
        (
            "134-do-lower-case-mismatch",
            |folder| {
                set(folder, "tokenizer_config.json", |settings| settings["do_lower_case"] = json!(false));
            },
            0,
            &["do_lower_case false, but tokenizer.json turns texts to lower case"],
        ),
        (
            "135-no-model-type",
            |folder| {
                set(folder, "config.json", |config| {
                    drop(config.as_object_mut().unwrap().remove("model_type"));
                });
            },
            3,
            &["config.json: has no model_type; expected one of \"bert\""],
        ),
        (
            "147-multilingual-minilm-unigram",
            |folder| {
                set(folder, "tokenizer.json", |file| {
                    file["model"] = json!({"type": "Unigram", "unk_id": 1, "vocab": [["<s>", 0.0]]});
                    file["normalizer"] = json!({"type": "Precompiled", "precompiled_charsmap": ""});
                });
            },
            3,
            &["tokenizer.json: unk_id is not one of the 1 tokens; expected the tokenizer.json of an encoder"],
        ),
        (
            "148: tokenizer-sequence-normalizer",
            |folder| {
                set(folder, "tokenizer.json", |file| {
                    file["normalizer"] = json!({"type": "Sequence", "normalizers": [{"type": "NFC"}]});
                });
            },
            0,
            &[],
        ),
        (
            "150-lora-adapter",
            |folder| {
                only(folder, "adapter_model.safetensors");
                fs::remove_file(folder.join("config.json")).unwrap();
                fs::write(folder.join("adapter_config.json"), "{}").unwrap();
            },
            3,
            &["has no config.json; found an adapter (LoRA) without its model: merge it"],
        ),
        (
            "151-tf-h5-only",
            |folder| only(folder, "tf_model.h5"),
            3,
            &["found weights of TensorFlow: convert it", "from_tf=True"],
        ),
        (
            "152-hf-cache-root",
            |folder| {
                for name in ["config.json", "model.safetensors", "tokenizer.json"] {
                    fs::remove_file(folder.join(name)).unwrap();
                }
                fs::create_dir_all(folder.join("snapshots/0123abc")).unwrap();
            },
            3,
            &["found a cache of the Hugging Face hub: name the folder snapshots/0123abc in it"],
        ),
    ];
    for (name, change, code, says) in cases {
        let folder = place.path("changed");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        for file in ["config.json", "model.safetensors", "tokenizer.json"] {
            fs::copy(place.path("model").join(file), folder.join(file)).unwrap();
        }
        change(&folder);
        let output = run(
            &place,
            &format!("{TRAIN} --train-file data.csv --model changed --output-dir out --overwrite-output-dir"),
            b"",
        );
        let printed = all_printed(&output);
        assert_eq!(output.status.code(), Some(*code), "{name}: {printed}");
        says.iter().for_each(|words| assert!(printed.contains(words), "{name}: no {words:?} in\n{printed}"));
    }
}

#[test]
fn settings_and_trained_models() {
    let place = Place::new();
    place.file("data.csv", data());
    let evaluate = "evaluate --model out --device cpu";
    let predict = "predict --model out --device cpu";
    assert_done(&run(&place, &format!("{TRAIN} --train-file data.csv --model model --output-dir out"), b""));
    place.file("other.csv", data().replace("yes", "good").replace(",no", ",poor"));
    place.file("third.csv", data() + "so so,perhaps\nwell well,perhaps\n");
    place.file("lr.toml", "train_file = \"data.csv\"\nlr = 1e-4\n");
    place.file("windows.toml", "train_file = \"C:\\Users\\me\\data.csv\"\n");
    place.file("upper.csv", data().replace("yes", "YES"));
    place.file(
        "titled.csv",
        "subject,body\nhello,good fine nice day and more\nhello,bad poor ugly day and more\n",
    );
    place.file(
        "titles.csv",
        (0..40)
            .map(|i| format!("good {i},bad poor {i},{}\n", ["yes", "no"][i % 2]))
            .fold("title,text,label\n".to_owned(), |all, row| all + &row),
    );
    assert_done(&run(
        &place,
        &format!("{TRAIN} --train-file titles.csv --text-column title --model model --output-dir titled"),
        b"",
    ));
    let long = format!("{}\n", "good ".repeat(5000));
    let again = |file: &str| {
        format!("{TRAIN} --train-file {file} --model out --output-dir again --overwrite-output-dir")
    };
    let predicted = |name: &str| format!("{predict} --file {}", inputs(name));
    /// A name, a command line, its input, its exit code, and parts of its output.
    type Case<'a> = (&'a str, String, &'a [u8], i32, &'a [&'a str]);
    let cases: Vec<Case> = vec![
        (
            "211: max-length-remembered",
            format!("{evaluate} --file data.csv"),
            b"",
            0,
            &["max_length 32 (as in training)"],
        ),
        (
            "212-column-choice-remembered",
            "predict --model titled --device cpu --file titles.csv".into(),
            b"",
            0,
            &["text column \"title\" (as in training)"],
        ),
        (
            "136: head-other-labels",
            again("other.csv"),
            b"",
            0,
            &["fine-tuned for the labels \"no\", \"yes\"; its classifier does not fit"],
        ),
        (
            "139: head-superset-labels",
            again("third.csv"),
            b"",
            0,
            &["its classifier does not fit this task and is replaced"],
        ),
        (
            "163-windows-path-config",
            "train --config windows.toml".into(),
            b"",
            3,
            &["windows.toml", "a Windows path goes between single quotes"],
        ),
        (
            "X2: lr",
            "train --config lr.toml".into(),
            b"",
            2,
            &["there is no setting \"lr\"; did you mean learning_rate?"],
        ),
        (
            "171-predict-csv-ids-empty-texts",
            predicted("predict/ids-empty-texts.csv"),
            b"",
            0,
            &["2 of 12 rows have no text; they keep their places"],
        ),
        (
            "175-predict-csv-one-column-commas",
            predicted("predict/one-column-commas.csv"),
            b"",
            0,
            &["text column \"text\"", "12 rows in"],
        ),
        (
            "177-predict-csv-one-column-no-header-comma",
            predicted("predict/one-column-no-header.csv"),
            b"",
            0,
            &["text column \"1\"", "12 rows in"],
        ),
        (
            "180-predict-subject-and-body",
            format!("{predict} --file titled.csv"),
            b"",
            0,
            &["text column \"body\" (by its name; the model was trained on \"text\", which is not there)"],
        ),
        (
            "181-predict-jsonl",
            predicted("cases/inputs/181-predict-jsonl/new.jsonl"),
            b"",
            0,
            &["data: JSON Lines", "12 rows in"],
        ),
        (
            "183-predict-json-array",
            predicted("cases/inputs/183-predict-json-array/new.json"),
            b"",
            0,
            &["data: JSON array", "12 rows in"],
        ),
        (
            "184-predict-xlsx",
            predicted("cases/inputs/184-predict-xlsx/new.xlsx"),
            b"",
            3,
            &["cannot be read as a workbook", "save it again as xlsx, or as CSV"],
        ),
        (
            "185-predict-stdin-csv",
            predict.into(),
            b"ticket,text,agent\n1,good one,a\n2,bad one,b\n",
            0,
            &["looks like a table with the columns \"ticket\", \"text\", \"agent\"", "--file /dev/stdin"],
        ),
        (
            "187-predict-stdin-cp1252",
            predict.into(),
            b"f\xFCr M\xE4rz nicht gut\n",
            0,
            &["windows-1252", "für März"],
        ),
        (
            "192-predict-pair-on-single",
            format!("{predict} good --pair bad"),
            b"",
            2,
            &["the model was trained on single texts and got a pair"],
        ),
        (
            "195: predict-very-long",
            predict.into(),
            long.as_bytes(),
            0,
            &["1 of 1 texts were cut at 32 tokens"],
        ),
        (
            "200-evaluate-case-differs",
            format!("{evaluate} --file upper.csv"),
            b"",
            3,
            &["upper.csv, line 2: the label \"YES\"", "differs from \"yes\" in case"],
        ),
        (
            "228-evaluate-json-names",
            format!("{evaluate} --file data.csv --log-format json"),
            b"",
            0,
            &["\"labels\":[\"no\",\"yes\"]"],
        ),
    ];
    for (name, command, input, code, says) in cases {
        let output = run(&place, &command, input);
        let printed = all_printed(&output);
        assert_eq!(output.status.code(), Some(code), "{name}: {printed}");
        says.iter().for_each(|words| assert!(printed.contains(words), "{name}: no {words:?} in\n{printed}"));
    }
}

/// The user's header and sheet apply to every command.
#[test]
fn header_and_sheet_can_be_said_to_every_command() {
    let place = Place::new();
    place.file("data.csv", data());
    assert_done(&run(&place, &format!("{TRAIN} --train-file data.csv --model model --output-dir out"), b""));
    // a row that looks like a header is data, and a row that looks like data is a header
    let rows = |first: &str| data().replacen("text,label", first, 1);
    place.file("data-first.csv", rows("text,yes"));
    place.file("header-first.csv", rows("good fine nice day,no"));
    let sheet = |word: &str| {
        let rows = (0..40).map(|i| row(i + 2, &[&format!("{word} {i}"), ["yes", "no"][i % 2]]));
        row(1, &["text", "label"]) + &rows.collect::<String>()
    };
    place.file(
        "book.xlsx",
        xlsx(&[("One", &sheet("good")), ("Two", &(sheet("bad") + &row(50, &["bad", "yes"])))]),
    );
    let compare = "compare --model model --device cpu --max-length 32 --recipe plain --max-steps 1 --methods head --seeds 1 \
                   --validation-split 0 --test-split 0.2 --output-dir compared --overwrite-output-dir";
    let evaluate = "evaluate --model out --device cpu";
    let predict = "predict --model out --device cpu";
    for (command, file) in [
        (format!("{TRAIN} --model model --output-dir new --overwrite-output-dir"), "--train-file"),
        (compare.to_owned(), "--train-file"),
        (evaluate.to_owned(), "--file"),
        (predict.to_owned(), "--file"),
    ] {
        for (more, says) in [
            ("data-first.csv --header no", "no header; 61 rows"),
            ("header-first.csv --header yes", "header in line 1; 60 rows"),
            ("book.xlsx", "sheet \"One\" (not \"Two\"), header in line 1; 40 rows"),
            ("book.xlsx --sheet Two", "sheet \"Two\" (not \"One\"), header in line 1; 41 rows"),
            ("book.xlsx --sheet 2", "sheet \"Two\" (not \"One\"), header in line 1; 41 rows"),
            ("book.xlsx --sheet 1 --header no", "sheet \"One\" (not \"Two\"), no header; 41 rows"),
        ] {
            // the model does not know a class "label", and a single class cannot be trained on
            if more.ends_with("--header no") && (more.starts_with("book") && !command.starts_with("predict"))
            {
                continue;
            }
            let output = run(&place, &format!("{command} {file} {more}"), b"");
            let printed = all_printed(&output);
            assert_eq!(output.status.code(), Some(0), "{command} {more}: {printed}");
            assert!(printed.contains(says), "{command} {more}: no {says:?} in\n{printed}");
        }
        let output = run(&place, &format!("{command} {file} book.xlsx --sheet Three"), b"");
        let printed = all_printed(&output);
        assert_eq!(output.status.code(), Some(3), "{command}: {printed}");
        assert!(
            printed.contains("no sheet \"Three\" (sheet); the sheets are \"One\", \"Two\""),
            "{command}: {printed}"
        );
    }
    // also for the other files of a comparison
    let transfer = format!("{compare} --train-file book.xlsx --transfer-file book.xlsx --sheet Two");
    let printed = all_printed(&run(&place, &transfer, b""));
    assert!(printed.contains("\"book.xlsx\": 41 rows used"), "{printed}");
    for more in ["--header no", "--sheet Two", "--text-column text", "--output new.csv", "--probabilities"] {
        let output = run(&place, &format!("{predict} {more} good"), b"");
        assert_eq!(output.status.code(), Some(2), "{}", all_printed(&output));
    }
}
