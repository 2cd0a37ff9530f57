//! Exports of the programs that people use for their data, each in that program's own form.

use encoding_rs::{Encoding, GBK, MACINTOSH, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254};

use super::columns::{
    Outcome::{self, Refused, Trained},
    Settings, check, of_bytes,
};

/// Forty rows, each made of a text, its label and its number.
fn rows(texts: [&str; 4], labels: [&str; 2], row: impl Fn(&str, &str, usize) -> String) -> String {
    (0..40).map(|at| row(&format!("{} {at}", texts[at % 4]), labels[at % 2], at)).collect()
}

const ENGLISH: [&str; 4] = [
    "the courier left my parcel outside in the rain",
    "I was charged twice, please help",
    "nobody answers the phone at your office",
    "the invoice shows a wrong amount again",
];
const TOPICS: [&str; 2] = ["delivery", "billing"];
const GERMAN: [&str; 4] = [
    "die Lieferung kam schon wieder zu spät",
    "die Rechnung ist höher als vereinbart",
    "der Fahrer hat das Päckchen vergessen",
    "für März wurde doppelt abgebucht",
];
const FRENCH: [&str; 4] = [
    "la livraison est arrivée très en retard",
    "la facture a été prélevée deux fois",
    "le colis reçu était abîmé",
    "le montant prélevé diffère du reçu",
];
const TURKISH: [&str; 4] = [
    "kargom hâlâ gelmedi, çok üzgünüm",
    "faturam iki kez çekilmiş, lütfen düzeltin",
    "şoför paketi yağmurda bıraktı",
    "ücret değişti ve kimse söylemedi",
];
const POLISH: [&str; 4] = [
    "przesyłka nie dotarła, dzwoniłem już trzy razy",
    "rachunek jest błędny, proszę o zwrot",
    "kurier zostawił paczkę na deszczu",
    "opłata wzrosła i nikt nic nie powiedział",
];
const CHINESE: [&str; 4] = [
    "包裹一直没有送到，请帮忙查一下",
    "账单金额不对，被扣了两次",
    "快递员把包裹放在雨里了",
    "费用上涨没有通知",
];

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Quotes a field only if it must be quoted, as most programs do.
fn minimal(text: &str) -> String {
    if text.contains([',', '"']) { quoted(text) } else { text.to_owned() }
}

fn english(header: &str, row: impl Fn(&str, &str, usize) -> String) -> Vec<u8> {
    format!("{header}{}", rows(ENGLISH, TOPICS, row)).into_bytes()
}

fn all(name: &str, cases: &[(&str, &str, Vec<u8>, Outcome)]) {
    assert!(cases.len() >= 10, "{name}");
    for (what, file, bytes, expected) in cases {
        check(what, of_bytes(file, bytes, &Settings::default()), expected);
    }
}

const TWO: &str = "2 classes: \"billing\" (20), \"delivery\" (20)";

#[test]
fn tables_of_statistics_programs_databases_and_forms() {
    let missing = |label: &str, at: usize, mark: &str| {
        if at.is_multiple_of(10) { mark.to_owned() } else { label.to_owned() }
    };
    all(
        "tables",
        &[
            (
                "R's write.csv",
                "a.csv",
                english("\"\",\"text\",\"label\"\n", |text, label, at| {
                    format!("\"{}\",{},{}\n", at + 1, quoted(text), quoted(label))
                }),
                Trained(&["text \"text\"", TWO, "not used: \"1\""]),
            ),
            (
                "R's write.csv2",
                "a.csv",
                english("\"\";\"text\";\"label\"\n", |text, label, at| {
                    format!("\"{}\";{};{}\n", at + 1, quoted(text), quoted(label))
                }),
                Trained(&["semicolons between the fields", "header in line 1", TWO]),
            ),
            (
                "R's write.table with tabs, whose quotes have a backslash before them",
                "a.txt",
                english("\"text\"\t\"label\"\n", |text, label, _| {
                    format!("\"{text}, he said \\\"no\\\"\"\t\"{label}\"\n")
                }),
                Trained(&["text \"text\" (by its name), label \"label\" (by its name)", TWO]),
            ),
            (
                "R's NA",
                "a.csv",
                english("\"text\",\"label\"\n", |text, label, at| {
                    format!("{},{}\n", quoted(text), missing(&quoted(label), at, "NA"))
                }),
                Trained(&[
                    "3 classes: \"NA\" (4)",
                    "the label \"NA\" is a class like the others; if it means that a label is missing, leave the cell empty",
                ]),
            ),
            (
                "pandas.to_csv with its index",
                "a.csv",
                english(",text,label\n", |text, label, at| format!("{at},{},{label}\n", minimal(text))),
                Trained(&["text \"text\" (by its name)", TWO, "not used: \"1\""]),
            ),
            (
                "pandas.to_csv without header, with tabs",
                "a.tsv",
                english("", |text, label, _| format!("{text}\t{label}\n")),
                Trained(&["no header", "40 rows, all used", TWO]),
            ),
            (
                "MySQL's INTO OUTFILE",
                "a.tsv",
                english("", |text, label, at| format!("{at}\t{text}\t{}\n", missing(label, at, "\\N"))),
                Trained(&["left out: rows without a label: 4 (lines 1, 11, 21, 31)", "2 classes"]),
            ),
            (
                "mysql --batch",
                "a.tsv",
                english("id\tbody\tcategory\n", |text, label, at| {
                    format!("{at}\t{text}\t{}\n", missing(label, at, "NULL"))
                }),
                Trained(&["left out: rows without a label: 4 (lines 2, 12, 22, 32)", "2 classes"]),
            ),
            (
                "PostgreSQL's COPY as CSV",
                "a.csv",
                english("id,body,category\n", |text, label, at| {
                    format!("{at},{},{}\n", minimal(text), missing(label, at, ""))
                }),
                Trained(&["text \"body\"", "rows without a label: 4", "2 classes"]),
            ),
            (
                "psql's drawn table",
                "a.txt",
                english(" id |  body  | category \n----+--------+----------\n", |text, label, at| {
                    format!(" {at:2} | {text} | {label}\n")
                })
                .into_iter()
                .chain(*b"(40 rows)\n\n")
                .collect(),
                Trained(&["rule or end of a drawn table: 2 (lines 2, 43)", "40 rows, all used", TWO]),
            ),
            (
                "a table of Markdown",
                "a.md",
                english("| text | label |\n|:---|---:|\n", |text, label, _| {
                    format!("| {text} | {label} |\n")
                }),
                Trained(&["rule or end of a drawn table: 1 (line 2)", "40 rows, all used", TWO]),
            ),
            (
                "sqlite3's list",
                "a.txt",
                english("", |text, label, _| format!("{text}|{label}\n")),
                Trained(&["\"|\" between the fields, no header", TWO]),
            ),
            (
                "phpMyAdmin",
                "a.csv",
                english("\"id\";\"text\";\"label\"\n", |text, label, at| {
                    format!("\"{at}\";{};{}\n", quoted(text), missing(&quoted(label), at, "NULL"))
                }),
                Trained(&["rows without a label: 4", "2 classes"]),
            ),
            (
                "SQL Server's results to a file",
                "a.csv",
                [
                    b"\xEF\xBB\xBF".to_vec(),
                    english("", |text, label, at| format!("{at},{},{label}\r\n", minimal(text))),
                ]
                .concat(),
                Trained(&["no header", "text \"2\"", TWO]),
            ),
            (
                "Google Forms",
                "a.csv",
                english("Timestamp,Email address,What happened?,Which team?\n", |text, label, at| {
                    format!(
                        "2024/01/{:02} 9:{at:02}:15 AM GMT+1,u{at}@example.org,{},{label}\n",
                        at % 28 + 1,
                        minimal(text)
                    )
                }),
                Trained(&["text \"What happened?\"", "label \"Which team?\"", TWO]),
            ),
            (
                "X3: German Google Forms",
                "a.csv",
                format!(
                    "Zeitstempel,Was ist passiert?,Welches Team?\n{}",
                    rows(GERMAN, ["Lieferung", "Gebühr"], |text, label, at| {
                        format!("{:02}.01.2024 09:{at:02}:15,{},{label}\n", at % 28 + 1, minimal(text))
                    })
                )
                .into_bytes(),
                Trained(&[
                    "header in line 1; 40 rows, all used",
                    "label \"Welches Team?\"",
                    "2 classes: \"Gebühr\" (20), \"Lieferung\" (20)",
                ]),
            ),
            (
                "Google Forms with boxes to tick",
                "a.csv",
                english("Timestamp,Which topics?,Your comment\n", |text, label, at| {
                    let topics = ["\"billing, delivery\"", label, label][at % 3];
                    format!("2024/01/02 9:{at:02}:15,{topics},{}\n", minimal(text))
                }),
                Trained(&["\"Which topics?\" holds several labels in 14 of 40 rows"]),
            ),
            (
                "SurveyMonkey's two headers",
                "a.csv",
                english(
                    "Respondent ID,Please describe your problem,Which area is this about?\n,Open-Ended Response,Response\n",
                    |text, label, at| format!("{},{},{label}\n", 118_000 + at, minimal(text)),
                ),
                Trained(&["further header below the header: 1 (line 2)", "40 rows, all used", TWO]),
            ),
            (
                "Qualtrics' three headers",
                "a.csv",
                english(
                    "ResponseId,Q1,topic\nResponse ID,Please describe,Which area?\n\"{\"\"ImportId\"\":\"\"_recordId\"\"}\",\
                     \"{\"\"ImportId\"\":\"\"QID1\"\"}\",\"{\"\"ImportId\"\":\"\"QID2\"\"}\"\n",
                    |text, label, at| format!("R_{at},{},{label}\n", minimal(text)),
                ),
                Trained(&["further header below the header: 2 (lines 2, 3)", "40 rows, all used", TWO]),
            ),
            (
                "Numbers, which writes the name of the table above it",
                "a.csv",
                english("Table 1\r\ntext,label\r\n", |text, label, _| {
                    format!("{},{label}\r\n", minimal(text))
                }),
                Trained(&["title above the table: 1 (line 1)", TWO]),
            ),
            (
                "errors of a spreadsheet where a text was",
                "a.csv",
                english("text,label\n", |text, label, at| {
                    format!(
                        "{},{label}\n",
                        minimal(&missing(text, at, ["#NAME?", "#VALUE!", "#REF!", "#DIV/0!"][at / 10]))
                    )
                }),
                Trained(&["a mark for a missing text, such as nan or NULL: 4 (lines 2, 12, 22, 32)"]),
            ),
            (
                "a first row that lacks its number is data",
                "a.csv",
                english("id,text,label\n,where is it now,delivery\n", |text, label, at| {
                    format!("{at},{},{label}\n", minimal(text))
                }),
                Trained(&["41 rows, all used", "\"delivery\" (21)"]),
            ),
        ],
    );
}

#[test]
fn encodings_that_spreadsheets_write() {
    let of = |encoding: &'static Encoding, text: String| {
        let (bytes, _, unmappable) = encoding.encode(&text);
        assert!(!unmappable, "{text}");
        bytes.into_owned()
    };
    let semicolons = |header: &str, texts, labels, end: &'static str| {
        format!("{header}{end}{}", rows(texts, labels, move |text, label, _| format!("{text};{label}{end}")))
    };
    let german = |end| semicolons("Nachricht;Kategorie", GERMAN, ["Lieferung", "Gebühr"], end);
    let french = |end| semicolons("message;catégorie", FRENCH, ["livraison", "réclamation"], end);
    let dos = |text: String| -> Vec<u8> {
        let byte = |c| match c {
            'ü' => 0x81,
            'é' => 0x82,
            'ä' => 0x84,
            'ö' => 0x94,
            'è' => 0x8A,
            'ç' => 0x87,
            'î' => 0x8C,
            other => u8::try_from(other).unwrap(),
        };
        text.chars().map(byte).collect()
    };
    let wide =
        |bytes: fn(u16) -> [u8; 2], text: &str| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    const GEBUEHR: &str = "2 classes: \"Gebühr\" (20), \"Lieferung\" (20)";
    const RECLAMATION: &str = "2 classes: \"livraison\" (20), \"réclamation\" (20)";
    let mut mixed = german("\n").into_bytes();
    mixed.extend(of(WINDOWS_1252, "die Tür war zu;Lieferung\n".into()));
    all(
        "encodings",
        &[
            (
                "Excel in Germany",
                "a.csv",
                of(WINDOWS_1252, german("\r\n")),
                Trained(&["windows-1252", GEBUEHR]),
            ),
            (
                "Excel in France",
                "a.csv",
                of(WINDOWS_1252, french("\r\n")),
                Trained(&["windows-1252", RECLAMATION]),
            ),
            (
                "Excel in Turkey",
                "a.csv",
                of(WINDOWS_1254, semicolons("mesaj;kategori", TURKISH, ["teslimat", "ödeme"], "\r\n")),
                Trained(&["windows-1254", "\"ödeme\" (20)", "text \"mesaj\""]),
            ),
            (
                "Excel in Poland",
                "a.csv",
                of(WINDOWS_1250, semicolons("Treść;Kategoria", POLISH, ["dostawa", "płatność"], "\r\n")),
                Trained(&["windows-1250", "\"płatność\" (20)", "text \"Treść\""]),
            ),
            (
                "Excel in China",
                "a.csv",
                of(GBK, semicolons("内容;类别", CHINESE, ["配送", "账单"], "\r\n")),
                Trained(&[
                    "GBK",
                    "text \"内容\" (by its name), label \"类别\" (by its name)",
                    "\"账单\" (20)",
                ]),
            ),
            (
                "CSV (Macintosh), German",
                "a.csv",
                of(MACINTOSH, german("\r")),
                Trained(&["macintosh", GEBUEHR]),
            ),
            (
                "CSV (Macintosh), French",
                "a.csv",
                of(MACINTOSH, french("\r")),
                Trained(&["macintosh", RECLAMATION]),
            ),
            (
                "CSV (MS-DOS), German",
                "a.csv",
                dos(german("\r\n")),
                Refused(&["an old encoding that cannot be told", "save the file as UTF-8"]),
            ),
            (
                "CSV (MS-DOS), French",
                "a.csv",
                dos(french("\r\n")),
                Refused(&["an old encoding that cannot be told", "save the file as UTF-8"]),
            ),
            (
                "Unicode text",
                "a.txt",
                wide(u16::to_le_bytes, &format!("\u{FEFF}{}", german("\r\n").replace(';', "\t"))),
                Trained(&["UTF-16LE, tabs between the fields", GEBUEHR]),
            ),
            (
                "UTF-16 of an old Mac",
                "a.csv",
                wide(u16::to_be_bytes, &format!("\u{FEFF}{}", german("\r"))),
                Trained(&["UTF-16BE", GEBUEHR]),
            ),
            (
                "CSV UTF-8",
                "a.csv",
                format!("\u{FEFF}{}", french("\r\n")).into_bytes(),
                Trained(&["UTF-8", "text \"message\"", RECLAMATION]),
            ),
            (
                "UTF-8 with a line of another file pasted in",
                "a.csv",
                mixed,
                Trained(&["UTF-8 with 1 broken place", "\"Lieferung\" (21)"]),
            ),
            (
                "an ellipsis within words is windows-1252",
                "a.csv",
                of(
                    WINDOWS_1252,
                    semicolons(
                        "text;label",
                        ["wait…what was that", "so…tell me", "oh…well then", "hm…no"],
                        TOPICS,
                        "\n",
                    ),
                ),
                Trained(&["windows-1252", TWO]),
            ),
        ],
    );
}

#[test]
fn exports_of_programs_for_labels_and_chatbots() {
    let text_of = |at: usize| format!("{} {at}", ENGLISH[at % 4]);
    let label_of = |at: usize| TOPICS[at % 2];
    let json = |row: &dyn Fn(String, &str, usize) -> serde_json::Value| -> Vec<serde_json::Value> {
        (0..40).map(|at| row(text_of(at), label_of(at), at)).collect()
    };
    let array = |rows: Vec<serde_json::Value>| serde_json::to_vec_pretty(&rows).unwrap();
    let lines = |rows: Vec<serde_json::Value>| {
        rows.iter().map(|row| format!("{row}\n")).collect::<String>().into_bytes()
    };
    use serde_json::json as j;
    let task = |text: String, results: serde_json::Value| j!({"id": 1, "data": {"text": text}, "annotations": results, "predictions": [], "meta": {}});
    let choice = |label: &str| {
        j!({"was_cancelled": false, "result": [{"from_name": "topic", "to_name": "text", "type": "choices",
            "value": {"choices": [label]}}]})
    };
    let of_label =
        |wanted: &str| -> Vec<String> { (0..40).filter(|at| label_of(*at) == wanted).map(text_of).collect() };
    let rasa = |examples: &dyn Fn(&str) -> String| {
        let intents: String =
            TOPICS.iter().map(|label| format!("- intent: {label}\n{}", examples(label))).collect();
        format!("version: \"3.1\"\nnlu:\n{intents}- synonym: mail\n  examples: |\n    - e-mail\n")
            .into_bytes()
    };
    all(
        "exports",
        &[
            (
                "Label Studio, with cancelled, missing and several annotations",
                "a.json",
                array(json(&|text, label, at| {
                    task(
                        text,
                        match at {
                            3 => j!([{"was_cancelled": true, "result": []}, choice(label)]),
                            5 => j!([]),
                            7 => j!([choice(label), choice("delivery")]),
                            _ => j!([choice(label)]),
                        },
                    )
                })),
                Trained(&[
                    "Label Studio export",
                    "rows without a label: 1",
                    "\"billing\" (19), \"delivery\" (20)",
                    "several annotations, of which the first that was not cancelled is read",
                ]),
            ),
            (
                "Label Studio with several choices",
                "a.json",
                array(json(&|text, label, at| {
                    let several = j!([{"result": [{"from_name": "topic", "type": "choices", "value": {"choices": [label, "urgent"]}}]}]);
                    task(text, if at % 4 == 0 { several } else { j!([choice(label)]) })
                })),
                Trained(&["\"topic\" holds several labels in 10 of 40 rows"]),
            ),
            (
                "doccano, with comments and unlabelled texts",
                "all.jsonl",
                lines(json(&|text, label, at| {
                    let labels = if at % 4 == 0 { j!([]) } else { j!([label]) };
                    j!({"id": at, "text": text, "label": labels, "Comments": ["unsure"]})
                })),
                Trained(&["doccano export", "rows without a label: 10", "2 classes"]),
            ),
            (
                "doccano of 2019, with numbers for labels",
                "all.jsonl",
                lines(json(&|text, _, at| {
                    j!({"id": at, "text": text, "annotations": [{"label": at % 2 + 1, "user": 1}], "annotation_approver": null})
                })),
                Trained(&["label \"annotations.label\"", "2 classes: \"1\" (20), \"2\" (20)"]),
            ),
            (
                "Prodigy's choices, with answers that were passed over",
                "a.jsonl",
                lines(json(&|text, label, at| {
                    j!({"text": text, "_input_hash": at, "_task_hash": at, "options": [{"id": "billing", "text": "B"}],
                        "accept": [label], "answer": if at % 4 == 3 { "ignore" } else { "accept" }})
                })),
                Trained(&["Prodigy export", "rows without a label: 10", "\"billing\" (10), \"delivery\" (20)"]),
            ),
            (
                "spaCy's categories",
                "a.jsonl",
                lines(json(&|text, label, _| {
                    let on = |name: &str| if name == label { 1.0 } else { 0.0 };
                    j!({"text": text, "cats": {"billing": on("billing"), "delivery": on("delivery")}})
                })),
                Trained(&["spaCy categories", TWO]),
            ),
            (
                "Rasa 3",
                "nlu.yml",
                rasa(&|label| {
                    let examples: String = of_label(label).iter().map(|text| format!("    - {text}\n")).collect();
                    format!("  examples: |\n{examples}")
                }),
                Trained(&["Rasa training data", "40 rows, all used", TWO]),
            ),
            (
                "Rasa 3 with a block and metadata for each example",
                "nlu.yml",
                rasa(&|label| {
                    let example = |text: &String| format!("  - text: |\n      {text}\n      thank you\n    metadata:\n      lang: en\n");
                    let examples: String = of_label(label).iter().map(example).collect();
                    format!("  metadata:\n    sentiment: neutral\n  examples:\n{examples}")
                }),
                Trained(&["Rasa training data", "40 rows, all used", TWO]),
            ),
            (
                "fastText with a comma",
                "train.txt",
                english("", |text, label, _| format!("__label__{label} , {text}\n")),
                Trained(&["fastText", TWO]),
            ),
            (
                "fastText with several labels",
                "train.txt",
                english("", |text, label, at| {
                    format!("__label__{label} {}{text}\n", if at % 4 == 0 { "__label__urgent " } else { "" })
                }),
                Trained(&["holds several labels in 10 of 40 rows"]),
            ),
            (
                "intents.json of a chatbot",
                "intents.json",
                serde_json::to_vec_pretty(&j!({"intents": TOPICS.map(|label| {
                    j!({"tag": label, "patterns": of_label(label), "responses": ["ok", "fine"], "context": [""]})
                })}))
                .unwrap(),
                Trained(&["intents with examples", "40 rows, all used", TWO]),
            ),
            (
                "a workspace of IBM Watson",
                "workspace.json",
                j!({"name": "bot", "intents": TOPICS.map(|label| {
                    let examples: Vec<_> = of_label(label).into_iter().map(|text| j!({"text": text})).collect();
                    j!({"intent": label, "examples": examples, "description": ""})
                }), "entities": [], "dialog_nodes": []})
                .to_string()
                .into_bytes(),
                Trained(&["intents with examples", "40 rows, all used", TWO]),
            ),
            (
                "Azure's utterances",
                "clu.json",
                serde_json::to_vec_pretty(&j!({"assets": {"intents": [{"category": "billing"}], "utterances":
                    json(&|text, label, _| j!({"text": text, "language": "en", "intent": label, "entities": []}))}}))
                .unwrap(),
                Trained(&["not those under \"assets.intents\"", TWO]),
            ),
            (
                "Argilla",
                "a.json",
                array(json(&|text, label, at| {
                    j!({"text": text, "label": [{"user_id": format!("u{at}"), "value": label, "status": "submitted"}]})
                })),
                Trained(&["label \"label.value\"", TWO]),
            ),
            (
                "pandas.to_json(orient=\"index\")",
                "a.json",
                serde_json::Value::Object(
                    (0..40).map(|at| (at.to_string(), j!({"text": text_of(at), "label": label_of(at)}))).collect(),
                )
                .to_string()
                .into_bytes(),
                Trained(&["40 rows, all used", "text \"text\" (by its name)", TWO]),
            ),
            (
                "pandas.to_json(orient=\"split\")",
                "a.json",
                j!({"columns": ["text", "label"], "index": [0, 1], "data": json(&|text, label, _| j!([text, label]))})
                    .to_string()
                    .into_bytes(),
                Trained(&["40 rows, all used", "text \"text\" (by its name), label \"label\" (by its name)", TWO]),
            ),
            (
                "pandas.to_json(orient=\"table\")",
                "a.json",
                j!({"schema": {"fields": [{"name": "text", "type": "string"}], "primaryKey": ["index"]},
                    "data": json(&|text, label, at| j!({"index": at, "text": text, "label": label}))})
                .to_string()
                .into_bytes(),
                Trained(&["40 rows, all used", TWO, "not those under \"schema.fields\""]),
            ),
            (
                "mongoexport",
                "a.json",
                lines(json(&|text, label, at| {
                    j!({"_id": {"$oid": format!("{at:024x}")}, "body": text, "category": label, "tags": ["a", "b"]})
                })),
                Trained(&["text \"body\" (by its name), label \"category\" (by its name)", TWO]),
            ),
            (
                "an answer of Elasticsearch",
                "a.json",
                j!({"took": 3, "hits": {"total": {"value": 40}, "hits":
                    json(&|text, label, at| j!({"_id": at.to_string(), "_source": {"text": text, "label": label}}))}})
                .to_string()
                .into_bytes(),
                Trained(&["text \"_source.text\"", "label \"_source.label\"", TWO]),
            ),
        ],
    );
}
