//! The interpretation of a file: columns, labels, and remarks.

use std::path::{Path, PathBuf};

use subtune::error::{Error, Result};
use subtune::spec::Long;
use subtune::text::{
    DataArguments, Encoded, Question, Source, Table, Task, TaskKind, TokenCount, Tokenizer, Understood,
};

/// The result of an input.
pub enum Outcome {
    /// It can be trained on, and its description contains these words.
    Trained(&'static [&'static str]),
    /// It is refused, with these words.
    Refused(&'static [&'static str]),
}
use Outcome::{Refused, Trained};

#[derive(Default, Clone)]
pub struct Settings {
    text: Option<&'static str>,
    pair: Option<&'static str>,
    label: Option<&'static str>,
    kind: Option<TaskKind>,
    merge: Option<bool>,
}

fn inputs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/inputs")
}

fn read(table: &Table, settings: &Settings) -> Result<Source> {
    let named = |name: Option<&str>| name.map(String::from);
    let data = DataArguments {
        text_column: named(settings.text),
        pair_column: named(settings.pair),
        label_column: named(settings.label),
        task: settings.kind,
        merge_labels: settings.merge,
        ..DataArguments::default()
    };
    Source::new(table, &data)
}

/// The whole description of a source.
fn describe(source: &Source) -> String {
    let understood =
        Understood { findings: source.check(&[], (128, Long::Head)), ..source.understood.clone() };
    [understood.lines(), understood.remarks()].concat().join("\n")
}

pub fn check(name: &str, found: Result<String>, expected: &Outcome) {
    match (found, expected) {
        (Ok(description), Trained(words)) => {
            for word in *words {
                assert!(description.contains(word), "{name}: no {word:?} in\n{description}");
            }
        }
        (Err(error), Refused(words)) => {
            let error = error.to_string();
            assert!(!error.contains('\n'), "{name}: {error}");
            for word in *words {
                assert!(error.contains(word), "{name}: no {word:?} in\n{error}");
            }
        }
        (Ok(description), Refused(_)) => panic!("{name} was accepted:\n{description}"),
        (Err(error), Trained(_)) => panic!("{name} was refused: {error}"),
    }
}

fn of_file(path: &str, settings: &Settings) -> Result<String> {
    read(&Table::read(&inputs().join(path))?, settings).map(|source| describe(&source))
}

pub fn of_bytes(name: &str, bytes: &[u8], settings: &Settings) -> Result<String> {
    read(&Table::parse(name, bytes)?, settings).map(|source| describe(&source))
}

fn of_text(name: &str, text: &str, settings: &Settings) -> Result<String> {
    of_bytes(name, text.as_bytes(), settings)
}

/// `header`, then `count` rows of `row` by number.
fn table(header: &str, count: usize, row: impl Fn(usize) -> String) -> String {
    let rows: Vec<String> = (0..count).map(row).collect();
    format!("{header}\n{}\n", rows.join("\n"))
}

fn sentence(index: usize) -> String {
    format!("the parcel number {index} came late and nobody helps")
}

#[test]
fn inputs_that_fell_short() {
    let none = Settings::default;
    let regression = || Settings { kind: Some(TaskKind::Regression), ..none() };
    let merged = || Settings { merge: Some(true), ..none() };
    for (path, settings, expected) in [
        (
            "021-decimal-comma-semicolon/a.csv",
            none(),
            Trained(&[
                "labels: numbers from 0 to 3.9",
                "decimal commas: \"0,5\" was read as 0.5",
                "--task classification",
            ]),
        ),
        (
            "022-decimal-comma-regression/a.csv",
            regression(),
            Trained(&["labels: numbers from 0 to 3.9", "decimal commas"]),
        ),
        ("024-header-in-the-middle/a.csv", none(), Trained(&["the header: 1 (line 42)", "2 classes"])),
        (
            "026-float-int-mixed/a.csv",
            none(),
            Refused(&["\"0\" (", "\"0.0\" (", "--merge-labels", "--merge-labels no"]),
        ),
        ("026-float-int-mixed/a.csv", merged(), Trained(&["2 classes: \"0", "merged: \"0\" ("])),
        (
            "028-case-and-space-variants/a.csv",
            none(),
            Refused(&["\"BILLING\" (", "\"Billing\" (", "\"billing\" (", "--merge-labels"]),
        ),
        ("028-case-and-space-variants/a.csv", merged(), Trained(&["2 classes: \"billing\"", "\"delivery\""])),
        (
            "031-agnews-no-header/a.csv",
            none(),
            Refused(&["several columns could be the text: \"2\", \"3\"", "--text-column", "--pair-column"]),
        ),
        (
            "031-agnews-no-header/a.csv",
            Settings { text: Some("3"), ..none() },
            Trained(&["text \"3\" (as chosen), label \"1\"", "4 classes", "not used: \"2\""]),
        ),
        (
            "033-one-hot-toxic/a.csv",
            none(),
            Trained(&["label \"rude, threat, insult, spammy\"", "labels: several a text"]),
        ),
        (
            "035-jsonl-multi-label/a.jsonl",
            none(),
            Trained(&["holds several labels in 14 of 40 rows", "(lines 1, 4, ", "labels: several a text"]),
        ),
        (
            "036-csv-multi-label-list/a.csv",
            none(),
            Trained(&["holds several labels in", "['billing', 'urgent']", "labels: several a text"]),
        ),
        (
            "037-csv-multi-label-delimited/a.csv",
            none(),
            Trained(&["holds several labels in", "\"billing, urgent\"", "labels: several a text"]),
        ),
        (
            "039-partly-unlabelled-jsonl/a.jsonl",
            none(),
            Trained(&["left out: rows without a label: ", "(lines 4, "]),
        ),
        ("043-same-text-two-labels/a.csv", none(), Trained(&["check which label is right (lines "])),
        ("044-nfc-nfd-labels/a.csv", none(), Refused(&["réclamation", "Unicode form", "--merge-labels"])),
        ("044-nfc-nfd-labels/a.csv", merged(), Trained(&["2 classes: \"livraison\""])),
        (
            "054-labelstudio-json-min/project-1.json",
            none(),
            Trained(&[
                "JSON array",
                "text \"text\" (by its name), label \"topic\" (by its name)",
                "2 classes: \"billing\"",
            ]),
        ),
        (
            "063-amazon-reviews-jsonl/a.json",
            Settings { text: Some("reviewText"), label: Some("overall"), ..none() },
            Trained(&[
                "text \"reviewText\" (as chosen), label \"overall\" (as chosen)",
                "classes: \"1.0\"",
                "\"helpful\"",
            ]),
        ),
        ("060-prodigy-jsonl/ann.jsonl", none(), Trained(&["Prodigy export", "2 classes: \"billing\""])),
        (
            "056-labelstudio-csv-choices/project-1.csv",
            none(),
            Trained(&["\"sentiment\" holds several labels in"]),
        ),
        (
            "059-doccano-csv-hash/all.csv",
            none(),
            Trained(&["holds several labels in 10 of 40 rows", "(lines 2, 6, "]),
        ),
        (
            "061-prodigy-binary-jsonl/ann.jsonl",
            none(),
            Trained(&["2 classes: \"BILLING\" (20)", "all rows are about \"BILLING\""]),
        ),
        (
            "083-helpdesk-named/a.csv",
            Settings { label: Some("queue"), ..none() },
            Trained(&[
                "text \"body\" (by its name, and the longer texts), label \"queue\" (as chosen); not used: \"ticket\", \"subject\"",
            ]),
        ),
        ("083-helpdesk-named/a.csv", none(), Trained(&["label \"queue\" (by its name)"])),
        (
            "093-text-eq-label-flag/a.csv",
            Settings { text: Some("label"), ..none() },
            Refused(&["swap them: text_column \"text\", label_column \"label\""]),
        ),
        (
            "095-nan-texts/a.csv",
            none(),
            Trained(&["rows with a mark for a missing text, such as nan or NULL: ", "(lines 2, "]),
        ),
        (
            "234-ratings-half-stars/a.csv",
            none(),
            Trained(&["9 classes: \"1.0\"", "to learn them as numbers: task regression (--task regression)"]),
        ),
        (
            "238-wrong-label-guess-month/a.csv",
            none(),
            Trained(&[
                "text \"nachricht\" (by its name), label \"abteilung\" (by its name); not used: \"gender\"",
            ]),
        ),
        (
            "239-wrong-label-guess-flag/a.csv",
            none(),
            Refused(&[
                "several columns could be the label: ",
                "\"subject_area\"",
                "\"resolved\"",
                "--label-column",
            ]),
        ),
        (
            "241-wrong-text-guess-question-id/a.csv",
            none(),
            Trained(&["text \"response\" (by its name)", "not used: \"question\""]),
        ),
        (
            "242-label-guess-type/a.csv",
            none(),
            Trained(&["label \"department\" (by its name); not used: \"type\""]),
        ),
        (
            "243-label-guess-rating-and-category/a.csv",
            none(),
            Trained(&["label \"category\" (by its name); not used: \"rating\""]),
        ),
        ("247-cased-acronyms/a.csv", none(), Trained(&["upper and lower case aside, but another label"])),
        (
            "267-jsonl-array-single-label/a.jsonl",
            none(),
            Trained(&["2 classes: \"billing\" (20), \"delivery\" (20)"]),
        ),
        (
            "280-multi-label-checkpoint-hint/a.csv",
            none(),
            Trained(&["holds several labels in", "\"billing|urgent\""]),
        ),
        (
            "287-french-headers-two-texts/a.csv",
            none(),
            Trained(&[
                "text \"message\" (by its name, and the longer texts)",
                "label \"catégorie\" (by its name)",
                "not used: \"objet\"",
            ]),
        ),
    ] {
        check(path, of_file(path, &settings), &expected);
    }
}

/// The columns besides the text, of a row.
type Columns = fn(usize) -> String;
/// All columns of a row, around a long text.
type ColumnsAround = fn(usize, &str) -> String;

#[test]
fn the_label_is_taken_by_name_or_where_nothing_else_could_be_it() {
    let row =
        |columns: fn(usize) -> String| move |index: usize| format!("{},{}", sentence(index), columns(index));
    let cases: &[(&str, Columns, Outcome)] = &[
        ("text,Étiquette", |i| format!("{}", i % 2), Trained(&["label \"Étiquette\" (by its name)"])),
        (
            "texto,categoría",
            |i| ["a", "b"][i % 2].into(),
            Trained(&["text \"texto\" (by its name), label \"categoría\" (by its name)"]),
        ),
        ("testo,reparto", |i| ["a", "b"][i % 2].into(), Trained(&["label \"reparto\" (by its name)"])),
        ("tekst,afdeling", |i| ["a", "b"][i % 2].into(), Trained(&["label \"afdeling\" (by its name)"])),
        (
            "mensagem,sentimento",
            |i| ["a", "b"][i % 2].into(),
            Trained(&["text \"mensagem\" (by its name), label \"sentimento\" (by its name)"]),
        ),
        (
            "text,ticket_category,month",
            |i| format!("{},{}", ["a", "b"][i % 2], i % 12),
            Trained(&["label \"ticket_category\" (by its name); not used: \"month\""]),
        ),
        (
            "text,bereich,month",
            |i| format!("{},{}", ["a", "b"][i % 2], i % 12),
            Refused(&["could be the label: \"bereich\", \"month\"", "--label-column"]),
        ),
        (
            "text,gender,bereich",
            |i| format!("{},{}", ["F", "M"][i / 2 % 2], ["a", "b", "c", "d", "e", "f", "g"][i % 7]),
            Refused(&["could be the label: \"gender\", \"bereich\""]),
        ),
        (
            "text,type,area",
            |i| format!("{},{}", ["mail", "chat"][i % 2], ["a", "b", "c"][i % 3]),
            Refused(&["could be the label: \"type\", \"area\""]),
        ),
        ("text,type", |i| ["mail", "chat"][i % 2].into(), Trained(&["label \"type\" (by its name)"])),
        (
            "text,outcome",
            |i| ["won", "lost"][i % 2].into(),
            Trained(&["label \"outcome\" (by its content: a few short values that recur)"]),
        ),
        (
            "text,class,intent",
            |i| format!("{},{}", ["a", "b"][i % 2], ["c", "d"][i / 2 % 2]),
            Refused(&["could be the label: \"class\", \"intent\""]),
        ),
        (
            "text,ticket,outcome",
            |i| format!("{},{}", 1000 + i, ["won", "lost"][i % 2]),
            Trained(&["label \"outcome\"", "not used: \"ticket\""]),
        ),
        (
            "text,class_id,row_id",
            |i| format!("{},{}", i % 3, i),
            Trained(&["label \"class_id\" (by its name); not used: \"row_id\""]),
        ),
        (
            "text,label,labels",
            |i| format!("{},{}", ["a", "b"][i % 2], ["c", "d"][i / 2 % 2]),
            Refused(&["could be the label: \"label\", \"labels\""]),
        ),
        (
            "text,toxic,rude,threat",
            |i| format!("{},{},{}", i % 2, i / 2 % 2, i / 4 % 2),
            Trained(&["label \"toxic, rude, threat\"", "labels: several a text, 1.5 on average of 3"]),
        ),
    ];
    for (header, columns, expected) in cases {
        check(header, of_text("a.csv", &table(header, 40, row(*columns)), &Settings::default()), expected);
    }
}

#[test]
fn the_text_is_taken_by_name_and_length_or_asked_for() {
    let long =
        |index: usize| format!("hello {} and this is what I wrote about it at great length", sentence(index));
    let cases: &[(&str, ColumnsAround, Outcome)] = &[
        (
            "title,body,label",
            |i, long| format!("{},{long},{}", sentence(i), i % 2),
            Trained(&["text \"body\" (by its name, and the longer texts)", "not used: \"title\""]),
        ),
        (
            "betreff,nachricht,kategorie",
            |i, long| format!("{},{long},{}", sentence(i), i % 2),
            Trained(&["text \"nachricht\"", "not used: \"betreff\""]),
        ),
        (
            "title,body,label",
            |i, long| format!("{long},{},{}", sentence(i), i % 2),
            Refused(&["could be the text: \"title\", \"body\"", "--text-column"]),
        ),
        (
            "review,answer,label",
            |i, long| format!("{long},{},{}", sentence(i), i % 2),
            Refused(&["could be the text: \"review\", \"answer\""]),
        ),
        (
            "text,title,label",
            |i, long| format!("{},{long},{}", sentence(i), i % 2),
            Trained(&["text \"text\" (by its name)", "not used: \"title\""]),
        ),
        (
            "titre,corps_du_mail,label",
            |i, long| format!("{},{long},{}", sentence(i), i % 2),
            Trained(&["text \"corps_du_mail\" (by its name, and the longer texts)"]),
        ),
        (
            "eins,zwei,label",
            |i, long| format!("{},{long},{}", sentence(i), i % 2),
            Refused(&["could be the text: \"eins\", \"zwei\""]),
        ),
        (
            "name,zwei,label",
            |i, long| format!("Jo Smith{i},{long},{}", i % 2),
            Trained(&["text \"zwei\" (by its content: by far the longest texts)", "not used: \"name\""]),
        ),
        (
            "nur,label",
            |i, _| format!("{},{}", sentence(i), i % 2),
            Trained(&["text \"nur\" (by its content: no other column holds text)"]),
        ),
        (
            "question,answer,label",
            |i, long| format!("{},{long},{}", sentence(i), i % 2),
            Refused(&["could be the text: \"question\", \"answer\""]),
        ),
        (
            "sentence1,sentence2,label",
            |i, long| format!("{},{long},{}", sentence(i), i % 2),
            Trained(&["text \"sentence1\" (by its name), second text \"sentence2\" (by its name)"]),
        ),
        (
            "question1,question2,is_duplicate",
            |i, long| format!("{},{long},{}", sentence(i), i % 2),
            Trained(&["second text \"question2\" (by its name)", "label \"is_duplicate\""]),
        ),
        (
            "premise,hypothesis,label",
            |i, _| format!("P{},{},{}", i % 3, sentence(i), i % 2),
            Trained(&["text \"hypothesis\" (by its content: no other column holds text), label"]),
        ),
        (
            "eins,zwei,label",
            |i, _| format!("{},{},{}", sentence(i), sentence(500 + i % 25), i % 2),
            Refused(&["could be the text: \"eins\", \"zwei\""]),
        ),
        (
            "text,pair,label",
            |i, _| format!("{},{},{}", sentence(i), sentence(500 + i % 25), i % 2),
            Trained(&["text \"text\" (by its name), second text \"pair\" (by its name)"]),
        ),
        (
            "text,label",
            |i, _| format!("{},how do I change number {} of it", sentence(i), i % 15),
            Trained(&["label \"label\" (by its name)", "15 classes"]),
        ),
        (
            "comment_text,label",
            |i, _| format!("{},{}", sentence(i), i % 2),
            Trained(&["text \"comment_text\" (by its name)"]),
        ),
    ];
    for (header, row, expected) in cases {
        check(
            header,
            of_text("a.csv", &table(header, 40, |i| row(i, &long(i))), &Settings::default()),
            expected,
        );
    }
}

#[test]
fn labels_that_mean_one_thing_are_merged_on_a_word_only() {
    for (labels, merged, apart) in [
        (["Spam", "spam", "ham", "ham"], "2 classes: \"ham\" (20), \"spam\" (20)", "3 classes"),
        (["on hold", "on  hold", "done", "done"], "2 classes: \"done\" (20), \"on hold\" (20)", "3 classes"),
        (
            ["\u{e9}t\u{e9}", "e\u{301}te\u{301}", "hiver", "hiver"],
            "2 classes: \"hiver\" (20), \"",
            "3 classes",
        ),
        (["ｘ", "x", "y", "y"], "2 classes: \"x\" (20), \"y\" (20)", "3 classes"),
        (["1", "1.0", "0", "0"], "2 classes: \"0\" (20), \"1\" (20)", "3 classes"),
        (["1.00", "1.0", "2", "2.0"], "2 classes: \"1.0\" (20), \"2\" (20)", "4 classes"),
        (["ﬁne", "fine", "bad", "bad"], "2 classes: \"bad\" (20), \"fine\" (20)", "3 classes"),
        (["STRASSE", "strasse", "Weg", "weg"], "2 classes: \"strasse\" (20), \"weg\" (20)", "4 classes"),
        (["ΑΘΗΝΑ", "αθηνα", "x", "x"], "2 classes: \"x\" (20), \"αθηνα\" (20)", "3 classes"),
        (["-0", "0", "1", "+1"], "2 classes: \"0\" (20), \"1\" (20)", "4 classes"),
    ] {
        let text = table("text,label", 40, |i| format!("{},{}", sentence(i), labels[i % 4]));
        let name = format!("{labels:?}");
        let with = |merge| of_text("a.csv", &text, &Settings { merge, ..Settings::default() });
        check(
            &name,
            with(None),
            &Refused(&[
                "differ in case, blanks, Unicode form or the form of a number only",
                "(--merge-labels)",
                "(--merge-labels no)",
            ]),
        );
        let (of_merged, of_apart) = (with(Some(true)).unwrap(), with(Some(false)).unwrap());
        assert!(of_merged.contains(merged) && of_merged.contains("; merged: "), "{name}: {of_merged}");
        assert!(of_apart.contains(apart) && of_apart.contains("were kept apart"), "{name}: {of_apart}");
    }
    // the most frequent spelling becomes the name of the class
    let text = table("text,label", 30, |i| {
        format!("{},{}", sentence(i), ["Billing", "Billing", "billing", "x"][i % 4])
    });
    let description =
        of_text("a.csv", &text, &Settings { merge: Some(true), ..Settings::default() }).unwrap();
    assert!(description.contains("\"Billing\" (16), \"billing\" (7) as \"Billing\""), "{description}");
}

#[test]
fn several_labels_in_a_cell_are_recognised_and_names_are_not() {
    for (labels, is_list) in [
        (["a|b", "a", "b", "a"], true),
        (["a; b", "a", "b", "c"], true),
        (["a,b", "b,a", "a,b", "b,a"], true),
        (["a, b", "b, c", "c, a", "a, b, c"], true),
        (["a#b", "b", "a", "a"], true),
        (["('a', 'b')", "('a',)", "('b',)", "('b',)"], true),
        (["[1, 2]", "[1]", "[2]", "[2]"], true),
        (["['a' 'b']", "['a']", "['b']", "['b']"], true),
        (["{\"choices\": [\"a\", \"b\"]}", "a", "b", "b"], true),
        (["\"x\ny\"", "x", "y", "x"], true),
        (["a|b", "c|d", "a|d", "c|b"], true),
        (["Bed, Bath & Beyond", "Target", "Bed, Bath & Beyond", "Target"], false),
        (["Paris, France", "Paris, Texas", "Austin, Texas", "Rome, Italy"], false),
        (["New York, NY", "Albany, NY", "Buffalo, NY", "Boston, MA"], false),
        (["red, small", "red, large", "blue, small", "blue, large"], false),
        (["C#", "F#", "Java", "C"], false),
        (["a|x", "b|y", "a|z", "b|w"], false),
        (["[spam]", "[ham]", "[ham]", "[spam]"], false),
        (["yes/no", "yes", "no", "yes"], false),
        (["; a", "b", "a", "c"], false),
        (["{a}", "(b)", "{a}", "(b)"], false),
    ] {
        let name = format!("{labels:?}");
        let quoted = |label: &str| match label.starts_with('"') {
            true => label.to_owned(),
            false => format!("\"{}\"", label.replace('"', "\"\"")),
        };
        let text = table("text,label", 40, |i| format!("{},{}", sentence(i), quoted(labels[i % 4])));
        let expected = match is_list {
            true => Trained(&[
                "the label column \"label\" holds several labels in ",
                " of 40 rows, such as ",
                "labels: several a text",
            ]),
            false => Trained(&["classes"]),
        };
        check(&name, of_text("a.csv", &text, &Settings::default()), &expected);
    }
    let one = table("text,label", 40, |i| format!("{},\"['{}']\"", sentence(i), ["a", "b"][i % 2]));
    let description = of_text("a.csv", &one, &Settings::default()).unwrap();
    assert!(
        description.contains("2 classes: \"a\" (20), \"b\" (20)") && description.contains("lists of one"),
        "{description}"
    );
}

#[test]
fn what_says_nothing_is_left_out_and_counted_with_its_lines() {
    for (cell, reason) in [
        ("", "rows without a text: 1 (line 7)"),
        ("  ", "rows without a text: 1 (line 7)"),
        ("nan", "rows with a mark for a missing text, such as nan or NULL: 1 (line 7)"),
        ("NaN", "a missing text, such as nan or NULL: 1 (line 7)"),
        ("NULL", "a missing text, such as nan or NULL: 1 (line 7)"),
        ("null", "a missing text, such as nan or NULL: 1 (line 7)"),
        ("N/A", "a missing text, such as nan or NULL: 1 (line 7)"),
        ("#N/A", "a missing text, such as nan or NULL: 1 (line 7)"),
        ("<NA>", "a missing text, such as nan or NULL: 1 (line 7)"),
        (" nan ", "a missing text, such as nan or NULL: 1 (line 7)"),
    ] {
        let text = table("text,label", 40, |i| match i {
            5 => format!("{cell},a"),
            i => format!("{},{}", sentence(i), ["a", "b"][i % 2]),
        });
        check(
            cell,
            of_text("a.csv", &text, &Settings::default()).map(|description| {
                assert!(
                    description.contains("40 rows, 39 used") && description.contains(reason),
                    "{cell}: {description}"
                );
                description
            }),
            &Trained(&[]),
        );
    }
    for cell in ["", " ", "nan", "NaN", "NULL", "#N/A", "<NA>", "[]"] {
        let text = table("text,label", 40, |i| match i % 10 {
            5 => format!("{},{cell}", sentence(i)),
            _ => format!("{},{}", sentence(i), ["a", "b"][i % 2]),
        });
        check(
            cell,
            of_text("a.csv", &text, &Settings::default()),
            &Trained(&[
                "40 rows, 36 used",
                "left out: rows without a label: 4 (lines 7, 17, 27, 37)",
                "2 classes",
            ]),
        );
    }
    // among numbers, more marks mean a missing value
    let ratings = table("text,stars", 40, |i| format!("{},{}", sentence(i), ["1", "2", "3", "NA"][i % 4]));
    check(
        "NA",
        of_text("a.csv", &ratings, &Settings::default()),
        &Trained(&["3 classes: \"1\" (10)", "rows without a label: 10"]),
    );
    let words = table("text,label", 40, |i| format!("{},{}", sentence(i), ["one", "N/A"][i % 2]));
    check("N/A", of_text("a.csv", &words, &Settings::default()), &Trained(&["2 classes: \"N/A\" (20)"]));
    let nothing = table("text,label", 40, |i| format!("{},", sentence(i)));
    check(
        "nothing",
        of_text("a.csv", &nothing, &Settings::default()),
        &Refused(&["the column \"label\" is empty"]),
    );
    let named = Settings { label: Some("label"), ..Settings::default() };
    check(
        "nothing",
        of_text("a.csv", &nothing, &named),
        &Refused(&["no row has a text and a label in \"label\""]),
    );
}

#[test]
fn numbers_are_read_as_they_are_written() {
    let rows =
        |value: fn(usize) -> String| table("text;score", 60, |i| format!("{};{}", sentence(i), value(i)));
    for (name, text, kind, expected) in [
        (
            "commas",
            rows(|i| format!("{},{}", i / 10, i % 10)),
            None,
            Trained(&["numbers from 0 to 5.9", "decimal commas"]),
        ),
        (
            "whole among commas",
            rows(|i| if i % 7 == 0 { "3".into() } else { format!("{},{}", i / 10, i % 10) }),
            None,
            Trained(&["numbers from", "decimal commas"]),
        ),
        (
            "negative commas",
            rows(|i| format!("-{},{:02}", i / 10, i)),
            None,
            Trained(&["numbers from -5.59 to"]),
        ),
        ("points", rows(|i| format!("{}.{}", i / 10, i % 10)), None, Trained(&["numbers from 0 to 5.9"])),
        (
            "both",
            rows(|i| if i % 2 == 0 { "1,5".into() } else { "2.5".into() }),
            Some(TaskKind::Regression),
            Refused(&[
                "line 2: the label \"1,5\" is not a number",
                "decimal commas are read if every label has one",
            ]),
        ),
        (
            "few commas",
            rows(|i| ["1,0", "1,5", "2,0"][i % 3].into()),
            None,
            Trained(&["3 classes: \"1,0\" (20), \"1,5\" (20), \"2,0\" (20)"]),
        ),
        (
            "few commas as numbers",
            rows(|i| ["1,0", "1,5", "2,0"][i % 3].into()),
            Some(TaskKind::Regression),
            Trained(&["numbers from 1 to 2", "decimal commas"]),
        ),
        (
            "thousands",
            rows(|i| format!("1.000,{i:02}")),
            Some(TaskKind::Regression),
            Refused(&["is not a number"]),
        ),
        (
            "words",
            rows(|i| ["low", "high"][i % 2].into()),
            Some(TaskKind::Regression),
            Refused(&["line 2: the label \"low\" is not a number"]),
        ),
        (
            "stars",
            rows(|i| format!("{}", i % 5 + 1)),
            None,
            Trained(&["5 classes: \"1\" (12)", "task regression (--task regression)"]),
        ),
        (
            "two",
            rows(|i| format!("{}", i % 2)),
            None,
            Trained(&["labels: 2 classes: \"0\" (30), \"1\" (30)"]),
        ),
        ("constant", rows(|_| "3,0".into()), Some(TaskKind::Regression), Refused(&["has only \"3,0\""])),
    ] {
        check(
            name,
            of_text("a.csv", &text, &Settings { kind, label: Some("score"), ..Settings::default() }),
            &expected,
        );
    }
}

#[test]
fn what_cannot_be_learned_is_refused_with_a_way_out() {
    let none = Settings::default;
    for (name, text, settings, expected) in [
        (
            "one class",
            table("text,label", 20, |i| format!("{},a", sentence(i))),
            none(),
            Refused(&[
                "has only \"a\"; expected two or more different labels: add examples of another class",
            ]),
        ),
        (
            "one class beside another column",
            table("text,label,answer", 20, |i| format!("{},a,{}", sentence(i), ["accept", "reject"][i % 2])),
            none(),
            Refused(&["name another column with label_column: \"answer\" (\"accept\", \"reject\")"]),
        ),
        (
            "each its own",
            table("text,label", 30, |i| format!("{},c{i}", sentence(i))),
            none(),
            Refused(&["30 different values in 30 rows"]),
        ),
        (
            "more than half",
            table("text,label", 120, |i| format!("{},c{}", sentence(i), i % 70)),
            none(),
            Refused(&["70 different values in 120 rows"]),
        ),
        (
            "many numbers",
            table("text,label", 120, |i| format!("{},{}", sentence(i), i % 70)),
            none(),
            Refused(&["task regression (--task regression)"]),
        ),
        (
            "swapped",
            table("text,label", 20, |i| format!("{},{}", sentence(i), ["a", "b"][i % 2])),
            Settings { text: Some("label"), label: Some("text"), ..none() },
            Refused(&["swap them: text_column \"text\", label_column \"label\""]),
        ),
        ("one column", table("text", 20, sentence), none(), Refused(&["found one column"])),
        (
            "no such column",
            table("text,label", 20, |i| format!("{},a", sentence(i))),
            Settings { label: Some("class"), ..none() },
            Refused(&["no column \"class\" (label_column); the columns are \"text\", \"label\""]),
        ),
        (
            "twice one",
            table("text,label", 20, |i| format!("{},a", sentence(i))),
            Settings { text: Some("text"), label: Some("1"), ..none() },
            Refused(&["is both text and label"]),
        ),
    ] {
        check(name, of_text("a.csv", &text, &settings), &expected);
    }
}

#[test]
fn too_few_examples_are_told_the_way_out() {
    let source =
        read(&Table::read(&inputs().join("050-eight-rows/a.csv")).unwrap(), &Settings::default()).unwrap();
    let data =
        |share| DataArguments { validation_split: share, test_split: share, ..DataArguments::default() };
    let error = source.divide(&data(Some(0.1)), 1).unwrap_err().to_string();
    assert!(
        error.contains("8 examples are too few") && error.contains("--validation-split 0 --test-split 0"),
        "{error}"
    );
    assert_eq!(source.divide(&data(Some(0.0)), 1).unwrap().train.len(), 8);
    let description = describe(&source);
    assert!(
        description.contains("2 classes have fewer than 10 examples")
            && description.contains("(lines 2, 3, 4, 5, 6, 7, 8, 9)"),
        "{description}"
    );
}

#[test]
fn other_files_have_the_columns_of_the_training_file_or_are_told() {
    let folder = |name: &str| Table::read(&inputs().join(name)).unwrap();
    let mut leak = read(&folder("223-train-test-leak/a.csv"), &Settings::default()).unwrap();
    leak.test = Some(leak.read(&folder("223-train-test-leak/a.csv")).unwrap());
    let found = describe(&leak);
    assert!(found.contains("40 texts of 40 of the test file are in the training file too"), "{found}");
    assert!(found.contains("\"a.csv\": 40 rows used; text \"text\", label \"label\""), "{found}");

    let mut unlabelled = read(&folder("263-test-file-without-labels/a.csv"), &Settings::default()).unwrap();
    let error = unlabelled.read(&folder("263-test-file-without-labels/t.csv")).unwrap_err().to_string();
    assert!(
        error.contains("no label column \"label\" as in the training file")
            && error.contains("needs labels: add them"),
        "{error}"
    );

    let mut floats = read(&folder("025-float-labels-test-int/train.csv"), &Settings::default()).unwrap();
    assert_eq!(floats.read(&folder("025-float-labels-test-int/test.csv")).unwrap().len(), 40);

    let csv = |text: &str| Table::parse("t.csv", text.as_bytes()).unwrap();
    let train =
        csv(&table("note,body,team", 40, |i| format!("n{},{},{}", i % 3, sentence(i), ["a", "B"][i % 2])));
    let mut source = read(&train, &Settings::default()).unwrap();
    // by itself, the file would be read with other columns
    let same = csv(&table("text,label,body,team", 20, |i| {
        format!("x y {i},z,{},{}", sentence(100 + i), ["a", "B"][i % 2])
    }));
    let examples = source.read(&same).unwrap();
    assert_eq!((examples.len(), examples[0].text.as_str()), (20, sentence(100).as_str()));
    let named = csv(&table("text,label", 20, |i| format!("{},{}", sentence(i), ["a", "B"][i % 2])));
    assert_eq!(source.read(&named).unwrap().len(), 20);
    let cased = csv(&table("body,team", 20, |i| format!("{},{}", sentence(i), ["a", "b"][i % 2])));
    let error = source.read(&cased).unwrap_err().to_string();
    assert!(
        error.starts_with("t.csv, line 3: the label \"b\" is not one of the 2 of the task")
            && error.contains("it differs from \"B\" in case, blanks or form only"),
        "{error}"
    );
    let partly = csv(&table("body,team", 20, |i| format!("{},{}", sentence(i), ["a", ""][i % 2])));
    assert_eq!(source.read(&partly).unwrap().len(), 10);
    let empty = csv(&table("body,team", 20, |i| format!("{},", sentence(i))));
    assert!(
        source.read(&empty).unwrap_err().to_string().contains("no row has a text and a label in \"team\"")
    );
    let mut merged = read(&train, &Settings { merge: Some(true), ..Settings::default() }).unwrap();
    assert_eq!(merged.read(&cased).unwrap().len(), 20);
}

#[test]
fn labels_that_differ_in_case_from_the_models_are_hinted_at() {
    let table = Table::read(&inputs().join("200-evaluate-case-differs/a.csv")).unwrap();
    let task = Task::classification(vec!["billing".into(), "delivery".into()]);
    let columns =
        subtune::text::Columns::choose(&table, &subtune::text::ColumnChoice::default(), true).unwrap();
    let error = subtune::text::examples(&table, &columns, Some(&task)).unwrap_err().to_string();
    assert!(
        error.contains("line 2: the label \"BILLING\"") && error.contains("differs from \"billing\" in case"),
        "{error}"
    );
}

#[test]
fn a_script_that_the_model_does_not_know_is_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/minilm/tokenizer.json");
    let tokenizer = Tokenizer::read(&path, 128).unwrap();
    let table = Table::read(&inputs().join("098-emoji-cjk-rtl/a.csv")).unwrap();
    let source = read(&table, &Settings::default()).unwrap();
    let counts: Vec<TokenCount> = source
        .train
        .iter()
        .map(|example| {
            let encoding = tokenizer.encode(&example.text, None).unwrap();
            TokenCount::new(&Encoded { encoding, target: None, line: example.line }, tokenizer.unknown_id())
        })
        .collect();
    let found = source.check(&counts, (128, Long::Head));
    assert!(found.iter().any(|finding| finding.describe().contains("the model does not know")), "{found:?}");
}

#[test]
fn what_is_unclear_comes_with_its_candidates() {
    let text = table("title,body,area,done", 40, |i| {
        format!("{},{},{},{}", sentence(i), sentence(i + 50), ["x", "y", "z"][i % 3], ["yes", "no"][i % 2])
    });
    let table = Table::parse("a.csv", text.replace("title,body", "eins,zwei").as_bytes()).unwrap();
    let Err(Error::Unclear { questions, .. }) = read(&table, &Settings::default()) else {
        panic!("it is clear")
    };
    let json = serde_json::to_value(&questions).unwrap();
    assert_eq!(json[0]["role"], "label");
    assert_eq!(json[0]["candidates"][0]["column"], "area");
    assert_eq!(json[0]["candidates"][1]["examples"], serde_json::json!(["yes", "no"]));
    assert_eq!(json[1]["role"], "text");
    assert!(
        json[1]["candidates"][0]["why"].as_str().unwrap().starts_with("40 different values in 40 rows"),
        "{json}"
    );
    assert!(matches!(questions[1], Question::Text { .. }));
}

#[test]
fn what_was_understood_is_written_and_read_alike() {
    let source =
        read(&Table::read(&inputs().join("083-helpdesk-named/a.csv")).unwrap(), &Settings::default())
            .unwrap();
    let json = serde_json::to_value(&source.understood).unwrap();
    for field in [
        "reading",
        "text",
        "pair",
        "label",
        "unused",
        "used",
        "left_out",
        "labels",
        "merged",
        "other_files",
        "notes",
        "findings",
    ] {
        assert!(json.get(field).is_some(), "{field}");
    }
    assert_eq!(json["text"]["column"], "body");
    assert_eq!(json["labels"]["classes"][0]["label"], "billing");
    let back: Understood = serde_json::from_value(json).unwrap();
    assert_eq!(back, source.understood);
    assert!(
        back.lines()[0]
            .starts_with("data: CSV, UTF-8, commas between the fields, header in line 1; 80 rows, all used"),
        "{:?}",
        back.lines()
    );
    // a million rows without a label do not lengthen the description
    let rows = table("text,label", 5000, |i| {
        format!("{},{}", sentence(i), if i < 20 { ["a", "b"][i % 2] } else { "" })
    });
    let long = read(&Table::parse("a.csv", rows.as_bytes()).unwrap(), &Settings::default()).unwrap();
    assert!(serde_json::to_string(&long.understood).unwrap().len() < 2000);
    assert!(
        long.understood.left_out[0]
            .describe()
            .ends_with("4980 (lines 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 and 4970 more)")
    );
}
