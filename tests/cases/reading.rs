//! The reading of files: format, encoding, delimiter, columns, rows, or the words of the refusal.

use std::path::Path;

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, ISO_8859_2, KOI8_U, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252,
    WINDOWS_1253,
};
use subtune::text::{ReadOptions, Row, Table};

/// The expected reading of a file.
struct Read {
    format: &'static str,
    encoding: &'static str,
    delimiter: Option<char>,
    header_line: Option<u64>,
    columns: &'static [&'static str],
    rows: usize,
    /// The line of the first row, and the beginnings of its fields.
    first: (u64, &'static [&'static str]),
}

fn input(path: &str) -> Result<Table, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/inputs").join(path);
    Table::read(&path).map_err(|error| error.to_string())
}

fn parse(name: &str, bytes: impl AsRef<[u8]>) -> Result<Table, String> {
    Table::parse(name, bytes.as_ref()).map_err(|error| error.to_string())
}

fn check(what: &str, found: Result<Table, String>, expected: &Read) {
    let table = found.unwrap_or_else(|error| panic!("{what}: {error}"));
    let reading = &table.reading;
    assert_eq!(reading.format, expected.format, "{what}");
    assert_eq!(reading.encoding.as_deref().unwrap_or(""), expected.encoding, "{what}");
    assert_eq!(
        (reading.delimiter, reading.header_line),
        (expected.delimiter, expected.header_line),
        "{what}"
    );
    assert_eq!(table.columns, expected.columns, "{what}");
    assert_eq!((table.rows.len(), reading.rows), (expected.rows, expected.rows), "{what}");
    let Row { line, fields } = &table.rows[0];
    assert_eq!((*line, fields.len()), (expected.first.0, expected.first.1.len()), "{what}: {fields:?}");
    for (field, start) in fields.iter().zip(expected.first.1) {
        assert!(
            field.starts_with(start) && start.is_empty() == field.is_empty(),
            "{what}: {field:?} for {start:?}"
        );
    }
}

const TEXT_LABEL: &[&str] = &["text", "label"];
const COURIER: &[&str] = &["your courier was left outside since monday", "delivery"];

fn csv(
    delimiter: char,
    header_line: Option<u64>,
    columns: &'static [&'static str],
    rows: usize,
    first: (u64, &'static [&'static str]),
) -> Read {
    let format = if delimiter == '\t' { "TSV" } else { "CSV" };
    Read { format, encoding: "UTF-8", delimiter: Some(delimiter), header_line, columns, rows, first }
}

fn json(
    format: &'static str,
    columns: &'static [&'static str],
    rows: usize,
    first: (u64, &'static [&'static str]),
) -> Read {
    Read { format, encoding: "UTF-8", delimiter: None, header_line: None, columns, rows, first }
}

#[test]
fn inputs_that_people_brought() {
    for (path, expected) in [
        ("002-sep-line-2col/a.csv", csv(';', Some(2), TEXT_LABEL, 40, (3, COURIER))),
        (
            "003-sep-line-3col/a.csv",
            csv(';', Some(2), &["id", "text", "label"], 40, (3, &["0", "your courier", "delivery"])),
        ),
        ("004-sep-line-comma/a.csv", csv(',', Some(2), TEXT_LABEL, 40, (3, COURIER))),
        (
            "006-utf16-no-bom/a.csv",
            Read { encoding: "UTF-16LE", ..csv(',', Some(1), TEXT_LABEL, 40, (2, COURIER)) },
        ),
        (
            "007-xlsx/a.xlsx",
            Read { encoding: "", delimiter: None, ..csv(',', Some(1), TEXT_LABEL, 40, (2, COURIER)) },
        ),
        (
            "013-trailing-semicolons-de/a.csv",
            csv(
                ';',
                Some(1),
                &["Nachricht", "Kategorie"],
                40,
                (2, &["die Lieferung kam zu spät", "Lieferung"]),
            ),
        ),
        ("018-pipe-csv/a.csv", csv('|', Some(1), TEXT_LABEL, 40, (2, COURIER))),
        ("020-excel-tab-text-comma-quotes/a.txt", csv('\t', Some(1), TEXT_LABEL, 40, (2, COURIER))),
        ("051-json-array-one-line/a.json", json("JSON array", TEXT_LABEL, 40, (1, COURIER))),
        ("052-json-array-pretty/a.json", json("JSON array", TEXT_LABEL, 40, (2, COURIER))),
        (
            "057-doccano-jsonl/all.jsonl",
            json("doccano export", &["id", "text", "label"], 40, (1, &["0", "your courier", "delivery"])),
        ),
        (
            "064-jsonl-optional-key/a.jsonl",
            json("JSON Lines", &["text", "label", "source"], 40, (1, &["your courier", "delivery", ""])),
        ),
        (
            "065-jsonl-nested-meta/a.jsonl",
            json(
                "JSON Lines",
                &["text", "label", "meta.lang", "meta.id"],
                40,
                (1, &["your courier", "delivery", "en", "0"]),
            ),
        ),
        ("067-json-data-key/a.json", json("JSON object", TEXT_LABEL, 40, (4, COURIER))),
        ("068-luis-json/luis.json", json("LUIS or Rasa utterances", &["text", "intent"], 40, (15, COURIER))),
        ("069-clinc-json/data_full.json", json("JSON object", &["1", "2"], 40, (1, COURIER))),
        ("071-fasttext/train.txt", json("fastText", TEXT_LABEL, 40, (1, COURIER))),
        (
            "073-intents-first-once/intents.csv",
            csv(',', None, &["1", "2"], 31, (1, &["where is my stuff", "track_order"])),
        ),
        (
            "074-parquet/train-00000-of-00001.parquet",
            Read { encoding: "", ..json("Parquet", TEXT_LABEL, 40, (1, COURIER)) },
        ),
        (
            "081-duplicate-columns/a.csv",
            csv(
                ',',
                Some(1),
                &["text", "note", "label", "note (2)"],
                40,
                (2, &["your courier", "x", "delivery", "y"]),
            ),
        ),
        (
            "088-google-forms-2col/a.csv",
            csv(',', Some(1), &["What happened?", "Which team?"], 80, (2, &["the monthly fee", "billing"])),
        ),
        (
            "175-predict-csv-one-column-commas/new.csv",
            Read {
                delimiter: None,
                format: "lines of text",
                ..csv(',', Some(1), &["text"], 12, (2, &["a package never"]))
            },
        ),
        (
            "177-predict-csv-one-column-no-header-comma/new.csv",
            Read {
                delimiter: None,
                format: "lines of text",
                ..csv(',', None, &["1"], 12, (1, &["hello, a package never"]))
            },
        ),
        (
            "181-predict-jsonl/new.jsonl",
            json("JSON Lines", &["id", "text", "tags"], 12, (1, &["0", "a package", "a"])),
        ),
        (
            "183-predict-json-array/new.json",
            json("JSON array", &["id", "text"], 12, (2, &["0", "a package"])),
        ),
        ("214-txt-comma-no-header/train.txt", csv(',', None, &["1", "2"], 40, (1, COURIER))),
        (
            "215-txt-comma-unknown-header/train.txt",
            csv(',', Some(1), &["Nachricht", "Kategorie"], 40, (2, COURIER)),
        ),
        (
            "216-backslash-quotes/a.csv",
            csv(
                ',',
                Some(1),
                TEXT_LABEL,
                40,
                (2, &["they said \"your courier was left outside since monday\", really", "delivery"]),
            ),
        ),
        ("218-space-after-comma-quoted/a.csv", csv(',', Some(1), TEXT_LABEL, 40, (2, COURIER))),
        (
            "219-space-after-comma-quoted-label-first/a.csv",
            csv(',', Some(1), &["label", "text"], 40, (2, &["delivery", "well, your courier"])),
        ),
        (
            "220-jsonl-nan/a.jsonl",
            json("JSON Lines", &["text", "label", "score"], 40, (1, &["your courier", "delivery", ""])),
        ),
        ("222-openai-chat-jsonl/a.jsonl", json("chat messages", TEXT_LABEL, 40, (1, COURIER))),
        ("245-header-with-number/a.csv", csv(',', Some(1), &["Nachricht", "2024"], 40, (2, COURIER))),
        (
            "251-tsv-comma-quotes-predict/a.txt",
            csv('\t', Some(1), TEXT_LABEL, 6, (2, &["a payment", "billing"])),
        ),
        ("258-comment-lines/a.csv", csv(',', Some(2), TEXT_LABEL, 40, (3, COURIER))),
        ("270-jsonl-single-quotes-python/a.jsonl", json("JSON Lines", TEXT_LABEL, 40, (1, COURIER))),
        ("272-json-ext-csv-content/a.json", csv(',', Some(1), TEXT_LABEL, 40, (2, COURIER))),
        ("275-tsv-ext-comma-content/a.tsv", csv(',', Some(1), TEXT_LABEL, 40, (2, COURIER))),
        (
            "287-french-headers-two-texts/a.csv",
            csv(
                ',',
                Some(1),
                &["objet", "message", "catégorie"],
                40,
                (2, &["your courier", "the monthly fee", "delivery"]),
            ),
        ),
    ] {
        let expected =
            if path.ends_with("xlsx") { Read { format: "Excel workbook", ..expected } } else { expected };
        check(path, input(path), &expected);
    }
    let quoted = input("020-excel-tab-text-comma-quotes/a.txt").unwrap();
    assert_eq!(quoted.rows[1].fields[0], "the receipt went up again in our office, ok");
    let russian = input("015-cp1251-russian/a.csv").unwrap();
    assert_eq!(russian.reading.encoding.as_deref(), Some("windows-1251"));
    let japanese = input("016-sjis-japanese/a.csv").unwrap();
    assert_eq!(japanese.reading.encoding.as_deref(), Some("Shift_JIS"));
    let comment = input("258-comment-lines/a.csv").unwrap();
    assert_eq!(comment.reading.left_out[0].lines, [1]);
    let nul = input("286-null-bytes-in-cell/a.csv").unwrap_err();
    assert!(nul.contains("line 7: found a NUL character; expected text: remove it"), "{nul}");
}

#[test]
fn encodings() {
    let sentences: [(&'static Encoding, &str); 10] = [
        (
            WINDOWS_1251,
            "Посылка опять не пришла, звонил три раза;доставка\nСчёт выставлен дважды и никто не помогает;оплата\n",
        ),
        (
            KOI8_U,
            "Посылка опять не пришла, звонил три раза;доставка\nСчет выставлен дважды и никто не помогает;оплата\n",
        ),
        (
            WINDOWS_1252,
            "La livraison est arrivée trop tard, déçu;livraison\nLa réclamation n’a pas été traitée;réclamation\n",
        ),
        (WINDOWS_1253, "Το δέμα δεν έφτασε ποτέ στο σπίτι μου;παράδοση\nΟ λογαριασμός είναι λάθος;πληρωμή\n"),
        (
            ISO_8859_2,
            "Przesyłka nie dotarła, dzwoniłem już trzy razy;dostawa\nRachunek jest błędny, proszę o zwrot;płatność\n",
        ),
        (SHIFT_JIS, "荷物がまだ届いていません;配送\n請求書の金額が間違っています;支払い\n"),
        (EUC_JP, "荷物がまだ届いていません;配送\n請求書の金額が間違っています;支払い\n"),
        (GBK, "包裹还没有送到;配送\n账单的金额不对;付款\n我的订单在哪里;配送\n"),
        (BIG5, "包裹還沒有送到;配送\n帳單的金額不對;付款\n我的訂單在哪裡;配送\n"),
        (EUC_KR, "소포가 아직 도착하지 않았습니다;배송\n청구서 금액이 잘못되었습니다;결제\n"),
    ];
    for (encoding, text) in sentences {
        let text = format!("text;label\n{}", text.repeat(4));
        let table = parse("a.csv", encoding.encode(&text).0).unwrap();
        let read: String = table.rows.iter().map(|row| format!("{}\n", row.fields.join(";"))).collect();
        assert_eq!(format!("text;label\n{read}"), text, "{}", encoding.name());
        assert_eq!(table.reading.encoding.as_deref(), Some(encoding.name()));
        assert!(table.notes.iter().any(|note| note.contains("not UTF-8")), "{:?}", table.notes);
    }
}

#[test]
fn delimited_text() {
    for (name, text, expected) in [
        (
            "a.csv",
            "\"sep=;\"\na;b\nwo ist es;x\nzu spät da;y\n",
            csv(';', Some(2), &["a", "b"], 2, (3, &["wo ist es", "x"])),
        ),
        ("a.csv", "text,label,,\na b,x,,\nc d,y\n", csv(',', Some(1), TEXT_LABEL, 2, (2, &["a b", "x"]))),
        (
            "a.csv",
            "Survey\n\ntext;label\na b;x\nc d;y\n",
            csv(';', Some(3), TEXT_LABEL, 2, (4, &["a b", "x"])),
        ),
        (
            "a.csv",
            "text,label\na b,x\ntext,label\nc d,y\n",
            csv(',', Some(1), TEXT_LABEL, 2, (2, &["a b", "x"])),
        ),
        ("a.txt", "text|label\na, b|x\n", csv('|', Some(1), TEXT_LABEL, 1, (2, &["a, b", "x"]))),
        (
            "a.csv",
            "'text','label'\n'a, b','x'\n'it''s','y'\n",
            csv(',', Some(1), TEXT_LABEL, 2, (2, &["a, b", "x"])),
        ),
        ("a.tsv", "text;label\na, b;x\n", csv(';', Some(1), TEXT_LABEL, 1, (2, &["a, b", "x"]))),
        ("a.jsonl", "text,label\na,x\n", csv(',', Some(1), TEXT_LABEL, 1, (2, &["a", "x"]))),
        (
            "a.csv",
            "text,label\r\n\"two\r\nlines\",x\r\n",
            csv(',', Some(1), TEXT_LABEL, 1, (2, &["two\nlines", "x"])),
        ),
        (
            "a.csv",
            "text,,label\na b,z,x\n",
            csv(',', Some(1), &["text", "2", "label"], 1, (2, &["a b", "z", "x"])),
        ),
    ] {
        check(text, parse(name, text), &expected);
    }
    for (text, says) in [
        (
            "text,label\na\n",
            "line 2: found 1 field, expected 2 as in line 1; a field with ',' in it must be in double quotes; the line begins with \"a\"",
        ),
        (
            "text,label\na,b\n# note\nc,d\n",
            "line 3: found 1 field, expected 2 as in line 1;*begins with \"# note\"",
        ),
    ] {
        let error = parse("a.csv", text).unwrap_err();
        let [start, end] = says.split_once('*').map_or([says, ""], |(start, end)| [start, end]);
        assert!(error.contains(start) && error.ends_with(end), "{error}");
    }
}

#[test]
fn json_of_many_shapes() {
    for (text, format, columns, first) in [
        (
            "{\"text\": \"a\", \"label\": [\"x\"]}\n{\"text\": \"b\", \"label\": [\"x\", \"y\"]}\n",
            "JSON Lines",
            TEXT_LABEL,
            ["a", "x"],
        ),
        ("[{\"text\": \"a\", \"label\": true}]", "JSON array", TEXT_LABEL, ["a", "true"]),
        ("{\"rows\": [{\"text\": \"a\", \"label\": 1}]}", "JSON object", TEXT_LABEL, ["a", "1"]),
        (
            "{\"rasa_nlu_data\": {\"common_examples\": [{\"text\": \"a\", \"intent\": \"x\", \"entities\": []}], \"regex_features\": [], \"entity_synonyms\": [{\"value\": \"z\"}]}}",
            "LUIS or Rasa utterances",
            &["text", "intent"],
            ["a", "x"],
        ),
        ("{\"text\": {\"0\": \"a\"}, \"label\": {\"0\": \"x\"}}", "JSON object", TEXT_LABEL, ["a", "x"]),
        ("[[\"a\", {\"cats\": {\"x\": 1, \"y\": 0}}]]", "spaCy categories", &["text", "label"], ["a", "x"]),
        (
            "{\"text\": \"a\", \"_task_hash\": 1, \"accept\": [\"x\"], \"answer\": \"accept\"}\n",
            "Prodigy export",
            TEXT_LABEL,
            ["a", "x"],
        ),
        (
            "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"x\"}]}\n",
            "chat messages",
            TEXT_LABEL,
            ["a", "x"],
        ),
        ("{'text': 'a', 'label': None}\n{'text': 'b', 'label': 'y'}\n", "JSON Lines", TEXT_LABEL, ["a", ""]),
        (
            "[{\"id\": 3, \"data\": {\"text\": \"a\"}, \"annotations\": [{\"result\": [{\"from_name\": \"topic\", \"type\": \"choices\", \"value\": {\"choices\": [\"x\"]}}]}]}]",
            "Label Studio export",
            &["text", "topic"],
            ["a", "x"],
        ),
    ] {
        let table = parse("a.json", text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(
            (table.reading.format.as_str(), table.columns.join(",")),
            (format, columns.join(",")),
            "{text}"
        );
        assert_eq!(table.rows[0].fields, first, "{text}");
    }
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    for (bytes, says) in [
        (
            &b"\xD0\xCF\x11\xE0\xA1\xB1"[..],
            "cannot be read as an Excel workbook (it ends too early); save it as xlsx without a password",
        ),
        (b"PK\x03\x04rest", "cannot be read as a workbook"),
        (b"PAR1\x15\x04", "cannot be read as Parquet"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\x1F\x8B\x08", "a gzip archive"),
        (b"{\"a\": [{\"t\": 1}], \"b\": [{\"t\": 2}]}", "found rows under \"a\", \"b\""),
        (b"[]", "found a JSON array without objects"),
    ] {
        let error = parse("a.json", bytes).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
    let missing = Table::read_with(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/inputs/007-xlsx/a.xlsx"),
        &ReadOptions { sheet: Some("Data".into()), ..ReadOptions::default() },
    );
    assert!(
        missing.unwrap_err().to_string().contains("no sheet \"Data\" (sheet); the sheets are \"Sheet1\"")
    );
}
