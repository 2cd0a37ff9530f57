//! Nothing from outside commands a terminal.

use super::common::place::{assert_done, text};
use super::{SHORT, place, program, with};

/// An attack of each kind: a title, the clearing of the screen, both in C1, a turn of the direction, another line.
const ATTACK: &str = "a\u{1b}]0;pwned\u{7}\u{1b}[2J\u{9b}2J\u{202e}b\u{2028}c\n0.99\tspam";

/// Whether nothing is there but text and layout.
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
    // controls are refused in the names of settings; what else turns a line around is not
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
        let said = check(&texts, "predict");
        assert_eq!(said.lines().count(), 2, "a line for each text: {said:?}");
        if format == "json" {
            let last: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
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
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("'--train-file <FILE>': the name is not UTF-8"), "{said}");
}
