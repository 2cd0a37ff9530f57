//! Bad data files: as tables, in their columns and in their labels.

use subtune::text::{DataArguments, ReadOptions, Source, Table, TaskKind};

use super::Case;

/// Reads a training file completely.
fn data(file: &'static str, bytes: impl Into<Vec<u8>>, says: &'static str) -> Case {
    with(file, bytes, [None; 3], None, says)
}

fn with(
    file: &'static str,
    bytes: impl Into<Vec<u8>>,
    [text, pair, label]: [Option<&str>; 3],
    kind: Option<TaskKind>,
    says: &'static str,
) -> Case {
    let bytes = bytes.into();
    let own = |name: Option<&str>| name.map(String::from);
    let data = DataArguments {
        text_column: own(text),
        pair_column: own(pair),
        label_column: own(label),
        task: kind,
        ..DataArguments::default()
    };
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
    Case::new(&format!("{file} {start}"), says, move || {
        Source::new(&Table::parse(file, &bytes)?, &data).map(drop)
    })
}

/// A CSV of these labels.
fn labels(labels: &[&str], kind: Option<TaskKind>, says: &'static str) -> Case {
    let rows = labels.iter().enumerate().map(|(row, label)| format!("some text {row},{label}\n"));
    with("t.csv", format!("text,label\n{}", rows.collect::<String>()), [None; 3], kind, says)
}

/// JSON Lines with a good line and this one.
fn json(line: &str, says: &'static str) -> Case {
    let first = r#"{"text": "some words", "label": "x"}"#;
    data("t.jsonl", format!("{first}\n{line}\n"), says)
}

fn delimited() -> Vec<Case> {
    let many_columns: String = (0..1001).map(|column| format!("c{column}\t")).collect();
    let long = "x".repeat((1 << 20) + 1);
    vec![
        data("t.csv", "", "t.csv: the file is empty; expected a table"),
        data("t.csv", "\u{FEFF}", "t.csv: the file is empty"),
        data("t.csv", "\"\"\n\" \"\n", "t.csv: the file is empty"),
        data("t.csv", [0xFF, 0xFE], "t.csv: the file is empty"),
        data("t.tsv", "\r\n\t\t\r\n \n", "t.tsv: the file is empty"),
        data(
            "t.csv",
            "text,label",
            "t.csv, line 1: found only a header (\"text\", \"label\"); expected rows",
        ),
        data("t.csv", "\n\ntext,label\n,\n , \n", "t.csv, line 3: found only a header"),
        data("t.csv", "text,label\na\n", "t.csv, line 2: found 1 field, expected 2 as in line 1"),
        data(
            "t.csv",
            "text,label\nHello, world,x\n",
            "t.csv, line 2: found 3 fields*a field with ',' in it must be in double quotes",
        ),
        data("t.csv", "text;label\na;b;c\n", "t.csv, line 2: found 3 fields*a field with ';' in it"),
        data("t.tsv", "text\tlabel\na\tb\tc\n", "t.tsv, line 2: found 3 fields*check the tabs"),
        data(
            "t.tsv",
            "\"text\"\t\"label\"\na\tb\tc\n",
            "t.tsv, line 2: found 3 fields*with a tab in it must be in double quotes",
        ),
        data(
            "t.csv",
            "text,label\na,x\n\"",
            "t.csv, line 3: a double quote opens here and is never closed; close it",
        ),
        data("t.csv", "text,label\r\n\"a\r\nb\",x\r\n\"b\r\n", "t.csv, line 4: a double quote opens"),
        data("t.csv", "text,label\n\"a\nb\n\nc\",x\nd\n", "t.csv, line 6: found 1 field"),
        data("t.csv", "text,label\ra,x\rb\r", "t.csv, line 3: found 1 field"),
        data("t.csv", "text,label\na,x\n\"b\"\"\",y\n\"\"\"\n", "t.csv, line 4: a double quote opens"),
        data(
            "t.tsv",
            many_columns,
            "t.tsv, line 1: found more than 1000 fields; expected a table of a text and a label",
        ),
        data("t.csv", ",".repeat(2_000_000), "t.csv, line 1: found more than 1000 fields"),
        data("t.csv", format!("text,label\na,x\n{long},y\n"), "t.csv, line 3: a field has more than 1 MiB"),
        data(
            "t.csv",
            format!("text,label\n\"{}\",x\n", "\"\"".repeat((1 << 20) + 1)),
            "t.csv, line 2: a field has more than 1 MiB",
        ),
        data(
            "t.csv",
            format!("text,label\n\"{}\",x\n", "\n".repeat((1 << 20) + 1)),
            "t.csv, line 2: a field has more than 1 MiB",
        ),
        data("t.txt", long, "t.txt, line 1: a field has more than 1 MiB; expected a text of some sentences"),
        data(
            "t.tsv",
            "a b c d\te\n".repeat(1_000_001),
            "t.tsv: more than 1000000 rows of 2 columns; expected at most",
        ),
        data(
            "t.csv",
            "text,label\na,x\nb\0,y\n",
            "t.csv, line 3: found a NUL character; expected text: remove it",
        ),
        data("t.csv", b"\xFF\xFE\0\0t\0\0\0".to_vec(), "t.csv, line 1: found a NUL character"),
        data(
            "t.csv",
            b"\xD0\xCF\x11\xE0\xA1\xB1".to_vec(),
            "t.csv: cannot be read as an Excel workbook (it ends too early); save it as xlsx without a password, or as CSV",
        ),
        data("t.csv", b"PAR1\x15\x04".to_vec(), "t.csv: cannot be read as Parquet"),
        data("t.csv", b"%PDF-1.7\n".to_vec(), "t.csv: found a PDF"),
        data("t.csv", b"BZh91AY&SY".to_vec(), "t.csv: found a bzip2 archive"),
        data("t.csv", b"\xFD7zXZ\x01".to_vec(), "t.csv: found an xz archive"),
        data("t.csv", b"\x28\xB5\x2F\xFD\x04".to_vec(), "t.csv: found a zstd archive"),
        data(
            "t.csv",
            "<!DOCTYPE html>\n<html><head><title>404, Not Found</title>\n<p>a,b,c\n",
            "t.csv: found a web page",
        ),
        data("t.csv", "\n <HTML>\n<p>x\n", "t.csv: found a web page*download the file itself"),
        data(
            "t.csv",
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
            "t.csv: found a Git LFS pointer*git lfs pull",
        ),
        Case::new("quote as delimiter", "the delimiter is '\"'; expected an ASCII character", || {
            Table::parse_with(
                "t.csv",
                b"a\n",
                &ReadOptions { delimiter: Some('"'), ..ReadOptions::default() },
            )
            .map(drop)
        }),
        Case::new("line end as delimiter", "the delimiter is '\\n'; expected", || {
            Table::parse_with(
                "t.csv",
                b"a\n",
                &ReadOptions { delimiter: Some('\n'), ..ReadOptions::default() },
            )
            .map(drop)
        }),
    ]
}

fn lines() -> Vec<Case> {
    let keys = |count: usize| (0..count).map(|key| format!("\"k{key}\": 1")).collect::<Vec<_>>().join(", ");
    let not_json = "t.jsonl, line 2: not JSON at column *; expected one JSON object a line";
    vec![
        data(
            "t.json",
            "[\n  {\"text\": \"a\", \"label\": \"x\"}\n]\n",
            "t.json: the label column \"label\" has only \"x\"",
        ),
        data(
            "t.json",
            "{\n  \"text\": \"a\",\n  \"label\": \"x\"\n}\n",
            "t.json, line 1: found a JSON object without rows; expected an array of objects",
        ),
        data(
            "t.jsonl",
            format!("{{{}}}", keys(1001)),
            "t.jsonl, line 1: the objects have more than 1000 different keys",
        ),
        json(r#"{"text": "a", "label": "x""#, "t.jsonl, line 2: the JSON does not end in this line"),
        json(r#"{"text": "a", "label": "x",}"#, not_json),
        json(r#"{text: "a", label: "x"}"#, not_json),
        json(r#"{"text": "a" "label": "x"}"#, not_json),
        json(r#"{"text": "a", "label": 1e999}"#, not_json),
        json(r#"{"text": "a", "label": 01}"#, not_json),
        json(r#"{"text": "a", "label": +1}"#, not_json),
        json(r#"{"text": "a", "label": .5}"#, not_json),
        json(r#"{"text": "a", "label": 0x10}"#, not_json),
        json(r#"{"text": "a", "label": undefined}"#, not_json),
        json(r#"{"text": "\ud83d", "label": "x"}"#, not_json),
        json(r#"{"text": "\ude00\ud83d", "label": "x"}"#, not_json),
        json(r#"{"text": "\x41", "label": "x"}"#, not_json),
        json(r#"{"text": "\u00", "label": "x"}"#, not_json),
        json("{\"text\": \"a\tb\", \"label\": \"x\"}", not_json),
        json("{\"text\": \"a\nb\", \"label\": \"x\"}", "t.jsonl, line 2: the JSON does not end in this line"),
        json("\u{FEFF}{\"text\": \"a\", \"label\": \"x\"}", not_json),
        json(r#"{"text": "a", "label": "x"} {"text": "b", "label": "y"}"#, not_json),
        json("// a comment", not_json),
        json("null", "t.jsonl, line 2: found \"null\"; expected one JSON object a line"),
        json("true", "t.jsonl, line 2: found \"true\""),
        json("\"\\u001b[2J\"", "t.jsonl, line 2: found \"\\\"\\\\u001b[2J\\\"\""),
        json(&"[".repeat(100_000), "t.jsonl, line 2: found \"[[[["),
        json(&r#"{"a":"#.repeat(100_000), not_json),
        json(
            r#"{"text": "a", "label": "x", "text": "b"}"#,
            "t.jsonl, line 2: the key \"text\" comes twice; expected each once",
        ),
        json(
            r#"{"text": "a", "label": "x", "l\u0061bel": "y"}"#,
            "t.jsonl, line 2: the key \"label\" comes twice",
        ),
        json(r#"{"text": "a", "label": null}"#, "t.jsonl: the label column \"label\" has only \"x\""),
        json(
            &format!(r#"{{"text": "{}", "label": "x"}}"#, "a".repeat((1 << 20) + 1)),
            "t.jsonl, line 2: a field has more than 1 MiB",
        ),
        json(
            &format!(r#"{{"text": "a", "label": "x"{}}}"#, " ".repeat(8 << 20)),
            "t.jsonl, line 2: the line has more than 8 MiB",
        ),
        json("{\"text\": \"a\u{0}\", \"label\": \"x\"}", "t.jsonl, line 2: found a NUL character"),
    ]
}

fn columns() -> Vec<Case> {
    let two = "text,label\na b,x\nc d,y\ne f,x\n";
    let named = |choice, says| with("t.csv", two, choice, None, says);
    vec![
        data(
            "t.txt",
            "Hello there\nGood bye\n",
            "t.txt: found one column; expected a text and a label with a tab, comma or semicolon",
        ),
        data(
            "t.csv",
            "titre,corps\na b,c d\ne f,g h\n",
            "t.csv: no column looks like a label among \"titre\", \"corps\"; expected a few short values that recur",
        ),
        data(
            "t.csv",
            "text,label,labels\na b,x,y\nc d,y,x\n",
            "t.csv: several columns could be the label: \"label\", \"labels\"; name it with label_column",
        ),
        data(
            "t.csv",
            "sentence,review,label\na b,c d,x\ne f,g h,y\n",
            "t.csv: several columns could be the text: \"sentence\", \"review\"; name it with text_column",
        ),
        data(
            "t.csv",
            "Text,TEXT,label\na b,c d,x\ne f,g h,y\n",
            "t.csv: several columns could be the text: \"Text\", \"TEXT\"",
        ),
        data(
            "t.csv",
            "id,label\n1,x\n2,y\n3,x\n",
            "t.csv: no column looks like a text among \"id\", \"label\"; name one with text_column",
        ),
        data("t.csv", "text,label\n,x\n,y\n", "t.csv: no column looks like a text"),
        named(
            [Some(""), None, None],
            "t.csv: no column \"\" (text_column); the columns are \"text\", \"label\", or their numbers from 1",
        ),
        named([Some("0"), None, None], "t.csv: no column \"0\" (text_column)"),
        named([None, Some("3"), None], "t.csv: no column \"3\" (pair_column)"),
        named([None, None, Some("-1")], "t.csv: no column \"-1\" (label_column)"),
        named([None, None, Some("99999999999999999999")], "t.csv: no column \"99999999999999999999\""),
        named([Some("te\u{1b}[31mxt"), None, None], "t.csv: no column \"te\\u{1b}[31mxt\""),
        named([Some("text"), Some("1"), None], "t.csv: the column \"text\" is both text and pair"),
        named([None, Some("LABEL"), Some("2")], "t.csv: the column \"label\" is both pair and label"),
        Case::new(
            "a second file without the columns",
            "v.csv: no column \"body\" (text_column); the columns are \"text\", \"label\"",
            || {
                let data = DataArguments { text_column: Some("body".into()), ..DataArguments::default() };
                let table = Table::parse("t.csv", b"body,label\na b,x\nc d,y\n")?;
                let mut source = Source::new(&table, &data)?;
                source.read(&Table::parse("v.csv", b"text,label\na b,x\n")?).map(drop)
            },
        ),
        Case::new(
            "a second file with words for numbers",
            "v.csv, line 3: the label \"much\" is not a number",
            || {
                let table = Table::parse("t.csv", b"text,label\na b,0.5\nc d,1.5\n")?;
                let mut source = Source::new(
                    &table,
                    &DataArguments { task: Some(TaskKind::Regression), ..DataArguments::default() },
                )?;
                source.read(&Table::parse("v.csv", b"text,label\na b,1\nc d,much\n")?).map(drop)
            },
        ),
    ]
}

fn classes() -> Vec<Case> {
    let many: Vec<String> = (0..2002).map(|row| format!("c{}", row % 1001)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let regression = Some(TaskKind::Regression);
    let number = |label: &str, says| labels(&["1.5", label], regression, says);
    vec![
        labels(
            &["x", " x ", "\tx"],
            None,
            "t.csv: the label column \"label\" has only \"x\"; expected two or more different labels",
        ),
        labels(
            &["x", "\u{a0}"],
            None,
            "t.csv: the label column \"label\" has only \"x\"; expected two or more different labels",
        ),
        labels(
            &many,
            None,
            "t.csv: the label column \"label\" has 1001 different values in 2002 rows; expected at most 1000 classes",
        ),
        labels(&["2.5", "2.5"], regression, "t.csv: the label column \"label\" has only \"2.5\""),
        labels(&["1", "1.0", "1e0"], regression, "t.csv: the label column \"label\" has only \"1\""),
        number("", "t.csv: the label column \"label\" has only \"1.5\""),
        number("NaN", "t.csv: the label column \"label\" has only \"1.5\""),
        number(
            "much",
            "t.csv, line 3: the label \"much\" is not a number; expected one such as 0.5, because the task is a regression",
        ),
        number("-Infinity", "t.csv, line 3: the label \"-Infinity\" is not a number"),
        number("1e39", "t.csv, line 3: the label \"1e39\" is not a number of 32 bits"),
        number("-1e999", "t.csv, line 3: the label \"-1e999\" is not a number of 32 bits"),
        number("\"1,5\"", "t.csv, line 3: the label \"1,5\" is not a number; expected one such as 0.5"),
        number("0x10", "t.csv, line 3: the label \"0x10\" is not a number"),
        number("1_000", "t.csv, line 3: the label \"1_000\" is not a number"),
        number("１", "t.csv, line 3: the label \"１\" is not a number"),
        number("5 %", "t.csv, line 3: the label \"5 %\" is not a number"),
        number(&"9".repeat(100_000), "t.csv, line 3: the label \"9999*\"... is not a number of 32 bits"),
        number(&"z".repeat(100_000), "t.csv, line 3: the label \"zzzz*\"... is not a number"),
    ]
}

pub fn cases() -> Vec<Case> {
    [delimited(), lines(), columns(), classes()].into_iter().flatten().collect()
}
