//! Text from outside cannot command a terminal.

use super::common::place::{assert_done, text};
use super::{SHORT, place, program, with};

/// One attack of each kind: a title, a cleared screen, both in C1, a reversed direction, a second line.
const ATTACK: &str = "a\u{1b}]0;pwned\u{7}\u{1b}[2J\u{9b}2J\u{202e}b\u{2028}c\n0.99\tspam";

/// Whether the bytes are only text and layout.
fn is_plain(bytes: &[u8]) -> bool {
    let unsafe_character = |character: char| {
        character.is_control() && !matches!(character, '\n' | '\t')
            || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    !text(bytes).contains(unsafe_character)
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

#[test]
fn labels_texts_and_file_names_are_shown_plainly_everywhere() {
    let place = place();
    let rows = (0..60).map(|i| match i % 2 {
        0 => format!("{},{}\n", quoted(&format!("good fine {i} {ATTACK}")), quoted(ATTACK)),
        _ => format!("bad poor {i},no\n"),
    });
    // control characters are refused in the names of settings; other characters that reverse a line are not
    let name = "data \u{202e}\u{2028}.csv";
    place.file(name, format!("text,label\n{}", rows.collect::<String>()));
    let mut train = SHORT;
    train[4] = name;
    let check = |arguments: &[&str], what: &str| {
        let output = program(&place, arguments).output().unwrap();
        assert_done(&output);
        assert!(is_plain(&output.stdout), "{what}: {:?}", text(&output.stdout));
        assert!(is_plain(&output.stderr), "{what}: {:?}", text(&output.stderr));
        text(&output.stdout)
    };
    check(&train, "train, in a folder named after the file");
    let table = check(&with(&train, &["--output-dir", "out"]), "train");
    assert!(table.contains("pwned"), "the label is named: {table}");
    check(&with(&train, &["--output-dir", "json", "--log-format", "json"]), "train as JSON");
    assert!(is_plain(&std::fs::read(place.path("out/README.md")).unwrap()), "the model card");
    for format in ["text", "json"] {
        check(
            &["evaluate", "--model", "out", "--device", "cpu", "--file", name, "--log-format", format],
            "evaluate",
        );
        let texts =
            ["predict", "--model", "out", "--device", "cpu", "--log-format", format, "good fine", ATTACK];
        let printed = check(&texts, "predict");
        assert_eq!(printed.lines().count(), 2, "a line for each text: {printed:?}");
        if format == "json" {
            let last: serde_json::Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
            assert_eq!(last["text"], ATTACK, "JSON says the same text");
        }
    }
    let compare = [
        "compare",
        "--model",
        "model",
        "--train-file",
        name,
        "--device",
        "cpu",
        "--max-length",
        "32",
        "--max-steps",
        "2",
        "--methods",
        "full,head",
        "--seeds",
        "1",
        "--transfer-file",
        name,
        "--output-dir",
        "compared",
    ];
    check(&compare, "compare");
    assert!(is_plain(&std::fs::read(place.path("compared/comparison.md")).unwrap()), "comparison.md");
}

#[test]
fn errors_quote_plainly() {
    let place = place();
    place.file("not a folder", "");
    for arguments in [
        &["train", "--train-file", "missing \u{1b}[2J.csv"][..],
        &["train", "--train-file", "not a folder/\u{1b}[2J.csv"],
        &["train", "--nonsense=\u{1b}[2J"],
        &["train", "--device", "\u{1b}[2J", "--model", "model", "--train-file", "data.csv"],
        &["train", "--resume", "\u{9b}2J"],
        &["predict", "--model", "\u{1b}[2J", "a"],
        &["train", "--output-dir", "not a folder/\u{1b}[2J"],
    ] {
        let output = program(&place, arguments).output().unwrap();
        assert!(output.status.code().is_some_and(|code| code > 1), "{arguments:?}");
        assert!(
            is_plain(&output.stderr) && !output.stderr.is_empty(),
            "{arguments:?}: {:?}",
            text(&output.stderr)
        );
    }
}

#[test]
fn a_name_that_is_not_utf8_is_refused_with_its_option() {
    use std::os::unix::ffi::OsStrExt;
    let place = place();
    let mut command = program(&place, &["train", "--train-file"]);
    let output = command.arg(std::ffi::OsStr::from_bytes(b"caf\xe9.csv")).output().unwrap();
    let printed = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{printed}");
    assert!(printed.contains("'--train-file <FILE>': the name is not UTF-8"), "{printed}");
}

/// Refusals, notes and results quote text from foreign files. That text must not reach the terminal unchanged. `LABEL`
/// is the attack without line breaks, because most formats cannot hold them in a name.
#[test]
fn whatever_a_file_names_is_shown_plainly() {
    const NAME: &str = "a\u{1b}]0;pwned\u{7}\u{1b}[2J\u{9b}2J\u{202e}b\u{2028}c";
    let json_name = serde_json::to_string(NAME).unwrap();
    let rows = |header: &str| -> String {
        let rows = (0..40).map(|i| format!("good fine {i},no\n"));
        std::iter::once(format!("{header}\n")).chain(rows).collect()
    };
    let place = place();
    place.file("two.csv", "text,label\ngood,a\nbad,b\n".repeat(20));
    assert_done(&program(&place, &with(&SHORT, &["--output-dir", "trained"])).output().unwrap());
    let model_with = |folder: &str, file: &str, from: &str, to: &str| {
        std::fs::create_dir(place.path(folder)).unwrap();
        for entry in std::fs::read_dir(place.path("trained")).unwrap().flatten() {
            if entry.path().is_file() {
                std::fs::copy(entry.path(), place.path(folder).join(entry.file_name())).unwrap();
            }
        }
        let path = place.path(folder).join(file);
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(from.is_empty() || before.contains(from), "{file} has {from}: {before}");
        let after = if from.is_empty() { to.to_owned() } else { before.replacen(from, to, 1) };
        std::fs::write(path, after).unwrap();
    };
    let mut train = SHORT;
    let mut cases: Vec<(&str, Vec<&str>)> = Vec::new();
    place.file("header.csv", rows(&format!("{},{}", quoted(NAME), quoted(&format!("{NAME}2")))));
    train[4] = "header.csv";
    cases.push(("names of columns, of which none is clear", train.to_vec()));
    place.file("keys.jsonl", format!("{{{json_name}: \"good fine\", \"label\": \"x\"}}\n").repeat(30));
    train[4] = "keys.jsonl";
    cases.push(("a key of JSON", train.to_vec()));
    place.file("broken.jsonl", format!("{{\"text\": \"good\", \"label\": {{{json_name}: 1}}}}\n").repeat(30));
    train[4] = "broken.jsonl";
    cases.push(("a nested key of JSON", train.to_vec()));
    for class in ["yes", NAME] {
        std::fs::create_dir_all(place.path("classes").join(class)).unwrap();
        for i in 0..12 {
            std::fs::write(place.path("classes").join(class).join(format!("{i}.txt")), format!("good {i}"))
                .unwrap();
        }
    }
    train[4] = "classes";
    cases.push(("a folder for each class", train.to_vec()));
    cases.push(("a column that is asked for", with(&SHORT, &["--label-column", "\u{202e}\u{2028}label"])));
    place.file("settings.toml", format!("{json_name} = 1\n"));
    cases.push(("a setting of a file", vec!["train", "--config", "settings.toml"]));
    place.file("value.toml", format!("method = {json_name}\n"));
    cases.push(("a value of a file", vec!["train", "--config", "value.toml"]));
    model_with("labelled", "config.json", "\"no\"", &json_name);
    cases
        .push(("a class of a model", vec!["predict", "--model", "labelled", "--device", "cpu", "good fine"]));
    model_with("typed", "config.json", "\"bert\"", &json_name);
    cases.push(("the type of a model", vec!["predict", "--model", "typed", "--device", "cpu", "good fine"]));
    model_with("tokenized", "tokenizer.json", "\"BertPreTokenizer\"", &json_name);
    cases.push((
        "the kind of a tokenizer",
        vec!["predict", "--model", "tokenized", "--device", "cpu", "good fine"],
    ));
    std::fs::create_dir(place.path("trained/1_Pooling")).unwrap();
    place.file("trained/1_Pooling/config.json", format!("{{\"pooling_mode_mean_tokens\": {json_name}}}"));
    let mut pooled = with(&SHORT, &["--output-dir", "pooled"]);
    pooled[2] = "trained";
    cases.push(("the pooling of a model", pooled));
    place.file("rows.csv", format!("text,note\n{}", format!("good fine,{}\n", quoted(NAME)).repeat(5)));
    // rows are passed on unchanged, but not to a terminal
    for format in ["text", "json"] {
        let predict = format!(
            "{} predict --model trained --device cpu --file rows.csv --log-format {format} 2>/dev/null",
            env!("CARGO_BIN_EXE_subtune")
        );
        let mut terminal = std::process::Command::new("script");
        terminal.args(["-qec", &predict, "/dev/null"]).current_dir(place.root.path());
        let output = terminal.stdin(std::process::Stdio::null()).output().unwrap();
        assert_done(&output);
        let printed = text(&output.stdout).replace("\r\n", "\n");
        assert!(printed.contains("pwned") && is_plain(printed.as_bytes()), "{printed:?}");
    }
    cases.push(("a sheet that is asked for", with(&SHORT, &["--sheet", "\u{202e}\u{2028}"])));
    assert!(cases.len() >= 12);
    for (what, arguments) in cases {
        let output = program(&place, &arguments).output().unwrap();
        let printed = [&output.stdout[..], &output.stderr[..]].concat();
        assert!(!printed.is_empty(), "{what}");
        assert!(is_plain(&printed), "{what}: {:?}", text(&printed));
        assert!([0, 2, 3].contains(&output.status.code().unwrap()), "{what}: {}", text(&printed));
    }
}
