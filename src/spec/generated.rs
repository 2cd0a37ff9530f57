//! The files that are made from the tables: TypeScript, documentation, shell completions and manual pages. A test
//! compares them with the committed ones; `scripts/generate` writes them.

use std::fmt::Write;
use std::path::Path;

use clap::{CommandFactory, ValueEnum};
use serde_json::Value;

use super::base_models::BASE_MODELS;
use super::form::{self, Most, Wording};
use super::*;

const NOTE: &str = "Made from src/spec by scripts/generate. Do not edit.";

/// The path of a file in the repository, and its text.
type File = (String, String);

/// The folders that hold generated files only.
const FOLDERS: [&str; 4] = ["www/src/generated", "www/page/generated", "docs/completions", "docs/man"];

#[test]
fn generated_files_are_those_of_the_tables() {
    let root = repository();
    if std::env::var_os("SUBTUNE_GENERATE").is_some() {
        return write(root, &files(root));
    }
    let stale = stale(root);
    assert!(stale.is_empty(), "out of date: {}; run scripts/generate", stale.join(", "));
}

/// Plants every kind of drift in every generated file of a copy, and expects each to be found.
#[test]
fn a_drift_of_any_generated_file_is_found() {
    let place = tempfile::tempdir().unwrap();
    let (root, files) = (place.path(), files(repository()));
    write(root, &files);
    assert_eq!(stale(root), [""; 0]);
    for (name, text) in &files {
        let path = root.join(name);
        for drift in drifts(name, text) {
            match &drift {
                Some(drift) => std::fs::write(&path, drift).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            assert_eq!(stale(root), [name.as_str()], "{drift:?}");
        }
        std::fs::write(&path, text).unwrap();
    }
    for folder in FOLDERS {
        let name = format!("{folder}/of-a-removed-command");
        std::fs::write(root.join(&name), "").unwrap();
        assert_eq!(stale(root), [name.as_str()]);
        write(root, &files);
        assert_eq!(stale(root), [""; 0], "scripts/generate removes {name}");
    }
}

/// Changed copies of a generated file; `None` stands for a removed file.
fn drifts(name: &str, text: &str) -> Vec<Option<String>> {
    if name == "docs/models.md" {
        // only its tables are generated, each row on a line of its own
        let is_row =
            |line: &&str| BASE_MODELS.iter().any(|model| line.starts_with(&format!("| [{}]", model.id)));
        let rows: Vec<&str> = text.lines().filter(is_row).collect();
        assert_eq!(rows.len(), BASE_MODELS.len());
        let edited = rows.iter().map(|row| Some(text.replace(row, &edited(row))));
        return edited.chain(rows.iter().map(|row| Some(text.replace(&format!("{row}\n"), "")))).collect();
    }
    let half = &text[..text.floor_char_boundary(text.len() / 2)];
    vec![None, Some(String::new()), Some(half.into()), Some(format!("{text}\n")), Some(edited(text))]
}

/// A row that reaches no file would drift unseen.
#[test]
fn every_row_reaches_its_files() {
    let files = files(repository());
    let expect = |name: &str, fact: &str| {
        let (_, text) = files.iter().find(|(file, _)| file == name).expect("a generated file");
        assert!(text.contains(fact), "{name} lacks {fact}");
    };
    let types = "www/src/generated/settings.ts";
    for row in TrainingArguments::ALL.iter().chain(DataArguments::ALL) {
        expect(types, &format!("  {}?: ", camel(row.name)));
    }
    for row in TrainingArguments::ALL.iter().chain(DataArguments::ALL).chain(RunArguments::ALL) {
        expect("docs/settings.md", &format!("| `{}` |", row.name));
        let flag = row.name.replace('_', "-");
        for shell in ["_subtune", "_subtune.ps1", "subtune.bash", "subtune.elv"] {
            expect(&format!("docs/completions/{shell}"), &format!("--{flag}"));
        }
        expect("docs/completions/subtune.fish", &format!("-l {flag} "));
        expect("docs/man/subtune-train.1", &format!("\\-\\-{}", flag.replace('-', "\\-")));
    }
    for row in page_settings() {
        expect("www/page/generated/form.ts", &format!("  {}: ", camel(row.name)));
    }
    for choice in Method::CHOICES {
        expect(types, &format!("| \"{}\"", choice.name));
        expect("docs/settings.md", &format!("- `{}`: {}", choice.name, one_line(choice.doc)));
    }
    for choice in ErrorCode::CHOICES {
        expect(types, &format!("| \"{}\"", choice.name));
        expect("docs/settings.md", &format!("| `{}` |", choice.name));
    }
    for kind in ["start", "contrast", "probe", "survey", "step", "evaluation", "subnetwork", "fold"] {
        expect("www/src/generated/events.ts", &format!("type: \"{kind}\""));
    }
    for kind in ["calibration", "suspects", "checkpoint", "warning", "recovery", "end"] {
        expect("www/src/generated/events.ts", &format!("type: \"{kind}\""));
    }
}

/// Changes one digit or letter in the middle, as an edit by hand does.
fn edited(text: &str) -> String {
    let middle = text.floor_char_boundary(text.len() / 2);
    let at = middle + text[middle..].find(|one: char| one.is_ascii_alphanumeric()).expect("a letter");
    let other = if text[at..].starts_with('x') { "y" } else { "x" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Lists the files under `root` that differ from the generated ones, and those in their folders that no table makes.
fn stale(root: &Path) -> Vec<String> {
    let files = files(root);
    let differs = |(name, text): &&File| std::fs::read_to_string(root.join(name)).ok().as_ref() != Some(text);
    let mut stale: Vec<String> = files.iter().filter(differs).map(|(name, _)| name.clone()).collect();
    stale.extend(unknown(root, &files));
    stale
}

fn unknown(root: &Path, files: &[File]) -> Vec<String> {
    let inside = |folder: &str| {
        let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        let names = entries.map(|entry| format!("{folder}/{}", entry.file_name().display()));
        names.collect::<Vec<_>>()
    };
    let is_made = |name: &String| files.iter().any(|(made, _)| made == name);
    FOLDERS.into_iter().flat_map(inside).filter(|name| !is_made(name)).collect()
}

fn write(root: &Path, files: &[File]) {
    for name in unknown(root, files) {
        std::fs::remove_file(root.join(name)).unwrap();
    }
    for (name, text) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
}

/// All generated files. `root` holds docs/models.md, of which only the tables are generated.
fn files(root: &Path) -> Vec<File> {
    let mut files = vec![
        ("www/src/generated/settings.ts".to_owned(), typescript()),
        ("www/src/generated/events.ts".to_owned(), events()),
        ("www/page/generated/form.ts".to_owned(), page_form()),
        ("www/page/generated/models.ts".to_owned(), page_models()),
        ("docs/settings.md".to_owned(), settings_page()),
        ("docs/models.md".to_owned(), models_page(root)),
    ];
    files.extend(completions());
    files.extend(manual());
    files
}

/// The words of a doc comment, on one line.
fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| name + &part[..1].to_uppercase() + &part[1..])
}

/// A default as JavaScript writes it, if there is one.
fn default(row: &Setting, defaults: &Value) -> Option<String> {
    match &defaults[row.name] {
        Value::Null => None,
        value => Some(value.to_string()),
    }
}

fn defaults_of_training() -> Value {
    serde_json::to_value(TrainingArguments::default()).unwrap()
}

fn defaults_of_data() -> Value {
    serde_json::to_value(DataArguments::default()).unwrap()
}

/// Breaks at 120 columns, with `indent` before each line.
fn wrapped(text: &str, indent: &str) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && indent.len() + line.len() + 1 + word.len() > 120 {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.into_iter().map(|line| format!("{indent}{line}\n")).collect()
}

fn comment(text: &str, indent: &str) -> String {
    let one = format!("{indent}/** {text} */\n");
    if one.len() <= 121 {
        one
    } else {
        format!("{indent}/**\n{}{indent} */\n", wrapped(text, &format!("{indent} * ")))
    }
}

fn type_of(kind: Kind) -> String {
    match kind {
        Kind::Number | Kind::Whole => "number".to_owned(),
        Kind::YesNo => "boolean".to_owned(),
        Kind::Text | Kind::Path => "string".to_owned(),
        Kind::Choice(choices) => {
            choices.iter().map(|choice| format!("\"{}\"", choice.name)).collect::<Vec<_>>().join(" | ")
        }
    }
}

fn interface(text: &mut String, name: &str, about: &str, rows: &[Setting], defaults: &Value) {
    write!(text, "\n{}export interface {name} {{\n", comment(about, "")).unwrap();
    for row in rows {
        let mut doc = one_line(row.doc);
        // the docs of methods are long and stand in docs/settings.md
        if let Kind::Choice(choices) = row.kind
            && row.name != "method"
        {
            for choice in choices {
                write!(doc, " `\"{}\"`: {}", choice.name, one_line(choice.doc)).unwrap();
            }
        }
        let unset = default(row, defaults).map(|value| format!("`{value}`")).or(row.unset.map(str::to_owned));
        if let Some(unset) = unset {
            write!(doc, " Default: {unset}.").unwrap();
        }
        if let Some(range) = row.range {
            let expected = range.expected(row.kind);
            // a range without an upper end is written only if its lower end is not obvious
            if range.most.is_finite() {
                write!(doc, " Expected: {expected}.").unwrap();
            }
        }
        let none = if row.name == "pair_column" { " | null" } else { "" };
        let kind = if row.name == "method" { "Method".to_owned() } else { type_of(row.kind) };
        writeln!(text, "{}  {}?: {kind}{none} | undefined;", comment(&doc, "  "), camel(row.name)).unwrap();
    }
    text.push_str("}\n");
}

fn typescript() -> String {
    let mut text = format!("// {NOTE}\n\n");
    let names = Method::CHOICES.iter().map(|choice| format!("\n  | \"{}\"", choice.name)).collect::<String>();
    writeln!(
        text,
        "{}export type Method ={names};",
        comment("The parameters to update; docs/settings.md explains the values.", "")
    )
    .unwrap();
    let names =
        ErrorCode::CHOICES.iter().map(|choice| format!("\n  | \"{}\"", choice.name)).collect::<String>();
    writeln!(
        text,
        "
{}export type ErrorCode ={names};",
        comment("The kind of error that the engine found; docs/settings.md explains the values.", "")
    )
    .unwrap();
    interface(
        &mut text,
        "TrainingArguments",
        "The settings of training, under Hugging Face's names where its Trainer has one. An unknown name or a value out of \
         range is refused with InvalidArgument.",
        TrainingArguments::ALL,
        &defaults_of_training(),
    );
    interface(
        &mut text,
        "DataArguments",
        "The interpretation of data files, the held-out shares, and the layers of the model to use. `null` as pair column \
         means that there is no pair, and none is guessed.",
        DataArguments::ALL,
        &defaults_of_data(),
    );
    text.push_str("\n/** The names of {@link DataArguments}. */\nexport const DATA_ARGUMENTS: readonly (keyof DataArguments)[] = [\n");
    for row in DataArguments::ALL {
        writeln!(text, "  \"{}\",", camel(row.name)).unwrap();
    }
    text.push_str("];\n");
    text
}

/// The types of a run's events and of the interpretation of a data file, as serde writes them but in camelCase.
fn events() -> String {
    use ts_rs::{Config, TS};

    use crate::spec::{
        Candidate, ClassScore, ClassSize, Classification, Column, Event, Finding, FindingKind, Interval,
        Labelled, LeftOut, MatrixSelection, Metrics, MultiLabel, Omission, OtherFile, Part, Question,
        Reading, Regression, Scores, Selected, SelfTrained, Suspect, Understood, Variants,
    };

    let config = Config::new().with_large_int("number");
    let mut text = format!("// {NOTE}\n\nimport type {{ TrainingArguments }} from \"./settings.js\";\n");
    macro_rules! export {
        ($($type:ty),*) => {
            $(write!(text, "\n{}export {}\n", <$type>::docs().unwrap_or_default(), <$type>::decl(&config)).unwrap();)*
        };
    }
    export!(Event, Part, MatrixSelection, Selected, SelfTrained, Suspect);
    export!(Metrics, Scores, Classification, MultiLabel, ClassScore, Regression, Interval);
    export!(Understood, Column, Omission, Labelled, OtherFile, Reading, LeftOut);
    export!(Question, Candidate, Variants, ClassSize, Finding, FindingKind);
    // ts-rs writes all fields on one line, and each doc comment on three
    let text = text
        .replace("{ \"type\"", "{ type")
        .replace(", \n", ",\n")
        .replace("/**\n * ", "/** ")
        .replace("\n */", " */");
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// The settings that the page shows, in the order of its form.
fn page_settings() -> Vec<&'static Setting> {
    let all = TrainingArguments::ALL.iter().chain(DataArguments::ALL).collect::<Vec<_>>();
    let find = |name: &str| *all.iter().find(|row| row.name == name).expect("the form names a setting");
    form::LISTS.into_iter().chain(form::NUMBERS.iter().map(|field| field.name)).map(find).collect()
}

fn list<T>(
    name: &str,
    about: &str,
    rows: Vec<(T, Wording)>,
    more: impl Fn(&T) -> String,
    kind: &str,
) -> String {
    let mut text = format!("\n{}export const {name}: readonly {kind}[] = [\n", comment(about, ""));
    for (value, Wording { value: name, words, about }) in rows {
        let about = Value::from(about);
        writeln!(text, "  {{ value: \"{name}\", words: \"{words}\", about: {about}{} }},", more(&value))
            .unwrap();
    }
    text + "];\n"
}

fn page_form() -> String {
    let mut text = format!("// {NOTE}\n\nimport type {{ Method }} from \"subtune\";\n");
    text.push_str(
        "\n/** The settings on the page. `null` leaves one to the engine. */\nexport interface Settings {\n",
    );
    let defaults = [defaults_of_training(), defaults_of_data()];
    let value = |row: &Setting| defaults.iter().find_map(|defaults| default(row, defaults));
    for row in page_settings() {
        let kind = if row.name == "method" { "Method".to_owned() } else { type_of(row.kind) };
        let none = if value(row).is_none() { " | null" } else { "" };
        writeln!(text, "  {}: {kind}{none};", camel(row.name)).unwrap();
    }
    text.push_str("}\n\nexport const DEFAULTS: Settings = {\n");
    for row in page_settings() {
        writeln!(text, "  {}: {},", camel(row.name), value(row).unwrap_or("null".to_owned())).unwrap();
    }
    text.push_str("};\n");
    text.push_str(
        "\n/** A value of a list, in the page's words. */\nexport interface Choice<T> {\n  value: T;\n  words: string;\n  about: string;\n}\n",
    );
    text.push_str(
        "\nexport interface MethodChoice extends Choice<Method> {\n  /** What `updateFraction` is where nobody sets it; null where the method does not use it. */\n  \
         fraction: number | null;\n  /** Whether it selects a subnetwork, which a map can show. */\n  selects: boolean;\n}\n",
    );
    let row = |method: &Method| {
        let selects = method.selects().is_some();
        let uses = selects || method.draws().is_some();
        let fraction = if uses { method.update_fraction().to_string() } else { "null".into() };
        format!(", fraction: {fraction}, selects: {selects}")
    };
    text += &list("METHODS", "The methods, in the order of the page.", form::methods(), row, "MethodChoice");
    text +=
        &list("RECIPES", "The recipes.", form::recipes(), |_| String::new(), "Choice<Settings[\"recipe\"]>");
    text += &list(
        "POOLINGS",
        "The ways to make one vector of a text.",
        form::poolings(),
        |_| String::new(),
        "Choice<NonNullable<Settings[\"pooling\"]>>",
    );
    text += &list(
        "CLASS_WEIGHTS",
        "The weights of the classes.",
        form::class_weights(),
        |_| String::new(),
        "Choice<Settings[\"classWeights\"]>",
    );
    text += &list(
        "LONG",
        "The tokens that are read of a long text.",
        form::long(),
        |_| String::new(),
        "Choice<Settings[\"long\"]>",
    );
    text.push_str(
        "\nexport type NumberName = { [Name in keyof Settings]: Settings[Name] extends number | null ? Name : never }[keyof Settings];\n\
         \n/** A number that can be set. `most` may name a value of the model; `{layers}` in `about` stands for its number of layers. */\n\
         export interface NumberField {\n  name: NumberName;\n  label: string;\n  about: string;\n  least: number;\n  \
         most: number | \"layers\" | \"maxLength\";\n  step: number | \"any\";\n  /** The text in an empty field. */\n  empty?: string;\n}\n\
         \nexport const NUMBERS: readonly NumberField[] = [\n",
    );
    for field in form::NUMBERS {
        let most = match field.most {
            Most::Number(most) => format!("{most}"),
            Most::Model(name) => format!("\"{name}\""),
        };
        let step = field.step.map_or("\"any\"".to_owned(), |step| step.to_string());
        let empty =
            field.empty.map_or(String::new(), |empty| format!("    empty: {},\n", Value::from(empty)));
        write!(
            text,
            "  {{\n    name: \"{}\",\n    label: {},\n    about: {},\n    least: {},\n    most: {most},\n    step: {step},\n{empty}  }},\n",
            camel(field.name),
            Value::from(field.label),
            Value::from(field.about),
            field.least,
        )
        .unwrap();
    }
    text + "];\n"
}

/// The models to start from, for the page.
fn page_models() -> String {
    let about = "A model to start from. It suits texts of `job`; `parameters` are in millions, and `length` is in tokens.";
    let mut text = format!(
        "// {NOTE}\n\n{}export interface BaseModel {{\n  id: string;\n  name: string;\n  job: string;\n  why: string;\n  \
         languages: string;\n  length: number;\n  parameters: number;\n  licence: string;\n  \
         /** The shell command that downloads it. */\n  command: string;\n}}\n\n\
         /** The first one is bundled. */\nexport const BASE_MODELS: readonly BaseModel[] = [\n",
        comment(about, "")
    );
    for model in &BASE_MODELS {
        writeln!(text, "  {{").unwrap();
        for (name, value) in [
            ("id", Value::from(model.id)),
            ("name", Value::from(model.name())),
            ("job", Value::from(model.job)),
            ("why", Value::from(model.why)),
            ("languages", Value::from(model.languages)),
            ("length", Value::from(model.length)),
            ("parameters", Value::from(model.parameters)),
            ("licence", Value::from(model.licence)),
            ("command", Value::from(model.command())),
        ] {
            writeln!(text, "    {name}: {value},").unwrap();
        }
        writeln!(text, "  }},").unwrap();
    }
    text + "];\n"
}

/// Replaces the tables in docs/models.md. The text around them is written by hand.
fn models_page(root: &Path) -> String {
    let page = std::fs::read_to_string(root.join("docs/models.md")).unwrap();
    let jobs =
        BASE_MODELS.iter().map(|model| format!("| {} | {} | {} |\n", model.job, model.name(), model.why));
    let page = with_table(&page, "| your texts | start from | why |\n|---|---|---|\n", jobs.collect());
    let models = BASE_MODELS.iter().map(|model| {
        let megabytes = (model.parameters * 4.0).round();
        format!(
            "| [{id}](https://huggingface.co/{id}) | {}, {} | {} | {} | {} | {megabytes} MB | {} |\n",
            model.layers,
            model.width,
            model.parameters,
            model.languages,
            model.length,
            model.licence,
            id = model.id,
        )
    });
    let header = "| model | layers, width | million parameters | languages | tokens | in float32 | licence |\n|---|---|---:|---|---:|---:|---|\n";
    with_table(&page, header, models.collect())
}

/// Replaces the rows below the header of a table.
fn with_table(page: &str, header: &str, rows: String) -> String {
    let (before, after) =
        page.split_once(header).unwrap_or_else(|| panic!("docs/models.md has no table {header}"));
    let rest: String = after.split_inclusive('\n').skip_while(|line| line.starts_with('|')).collect();
    format!("{before}{header}{rows}{rest}")
}

fn settings_page() -> String {
    let mut text = format!(
        "<!-- {NOTE} -->\n\n# Settings\n\nA setting has one name everywhere: `learning_rate` in a file for `--config`, `--learning-rate` \
         on the command line and\n`learningRate` in JavaScript. A flag overrides the file, and the file overrides the default.\n"
    );
    for (title, about, rows, defaults) in [
        (
            "Training",
            "In the terminal, on the page and in JavaScript.",
            TrainingArguments::ALL,
            defaults_of_training(),
        ),
        (
            "Data and model",
            "In the terminal, on the page and in JavaScript.",
            DataArguments::ALL,
            defaults_of_data(),
        ),
        (
            "The run",
            "In the terminal only. These do not change the result, and a resumed run may have others.",
            RunArguments::ALL,
            serde_json::to_value(RunArguments::default()).unwrap(),
        ),
    ] {
        write!(text, "\n## {title}\n\n{about}\n\n| Setting | Values | Default | |\n|---|---|---|---|\n")
            .unwrap();
        for row in rows {
            let values = match (row.kind, row.range) {
                (Kind::Choice(choices), _) => {
                    choices.iter().map(|choice| format!("`{}`", choice.name)).collect::<Vec<_>>().join(", ")
                }
                (kind, Some(range)) if range.most.is_finite() || range.least != 0.0 => range.expected(kind),
                (Kind::Whole, _) => "a whole number".to_owned(),
                (Kind::Number, _) => "a number of at least 0".to_owned(),
                (Kind::YesNo, _) => "yes or no".to_owned(),
                (Kind::Path, _) => "a path".to_owned(),
                (Kind::Text, _) => "text".to_owned(),
            };
            let unset = default(row, &defaults).map(|value| format!("`{}`", value.trim_matches('"')));
            let unset = unset.or(row.unset.map(str::to_owned)).unwrap_or_default();
            writeln!(text, "| `{}` | {values} | {unset} | {} |", row.name, one_line(row.doc)).unwrap();
        }
    }
    for (title, choices) in [
        ("method", Method::CHOICES),
        ("frozen", Frozen::CHOICES),
        ("recipe", Recipe::CHOICES),
        ("self_training", SelfTraining::CHOICES),
        ("pooling", Pooling::CHOICES),
        ("class_weights", ClassWeights::CHOICES),
        ("task", TaskKind::CHOICES),
    ] {
        write!(text, "\n### Values of `{title}`\n\n").unwrap();
        for choice in choices {
            writeln!(text, "- `{}`: {}", choice.name, one_line(choice.doc)).unwrap();
        }
    }
    write!(
        text,
        "\n## Errors\n\nThe `code` of an error in JavaScript, and the exit code of the terminal program.\n\n\
         | Code | Exit code | |\n|---|---:|---|\n"
    )
    .unwrap();
    for (code, choice) in ErrorCode::ALL.iter().zip(ErrorCode::CHOICES) {
        writeln!(text, "| `{}` | {} | {} |", choice.name, code.exit_code(), one_line(choice.doc)).unwrap();
    }
    text
}

fn completions() -> Vec<File> {
    let mut command = crate::cli::Cli::command();
    let shells = clap_complete::Shell::value_variants();
    let file = |shell: &clap_complete::Shell| {
        let mut bytes = Vec::new();
        clap_complete::generate(*shell, &mut command, "subtune", &mut bytes);
        let name = clap_complete::Generator::file_name(shell, "subtune");
        (format!("docs/completions/{name}"), String::from_utf8(bytes).unwrap())
    };
    shells.iter().map(file).collect()
}

/// A manual page for the program and for each command.
fn manual() -> Vec<File> {
    let page = |name: &str, command: clap::Command| {
        let mut bytes = Vec::new();
        // the reader wraps the lines
        clap_mangen::Man::new(command).render(&mut bytes).unwrap();
        (format!("docs/man/{name}.1"), String::from_utf8(bytes).unwrap())
    };
    let whole = crate::cli::Cli::command();
    let commands = whole.get_subcommands().map(|command| {
        let name = format!("subtune-{}", command.get_name());
        page(&name, command.clone().name(name.clone()))
    });
    let mut files: Vec<File> = commands.collect();
    files.insert(0, page("subtune", whole));
    files
}
