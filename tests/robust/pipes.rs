//! Data from pipes: `cat data.csv | subtune ... /dev/stdin`, and process substitution.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};

use super::common::place::{Place, assert_done, data, text};
use super::common::workbook::{row, xlsx};
use super::{SHORT, place, program, with};

fn bash(place: &Place, script: &str) -> Output {
    Command::new("bash")
        .args(["-c", script])
        .env("SUBTUNE", env!("CARGO_BIN_EXE_subtune"))
        .current_dir(place.root.path())
        .output()
        .unwrap()
}

fn trained() -> Place {
    let place = place();
    assert_done(&program(&place, &with(&SHORT, &["--output-dir", "out"])).output().unwrap());
    place
}

fn short(more: &str) -> String {
    // the last file on the command line counts
    let settings: Vec<&str> =
        SHORT.iter().copied().filter(|word| !["--train-file", "data.csv"].contains(word)).collect();
    format!("\"$SUBTUNE\" {} {more}", settings.join(" "))
}

#[test]
fn a_run_from_a_pipe_is_that_of_the_file_and_can_be_resumed_with_the_same_data() {
    let place = trained();
    let model = |folder: &str| std::fs::read(place.path(folder).join("model.safetensors")).unwrap();
    for (name, script) in [
        ("stdin", "cat data.csv | ".to_owned() + &short("--train-file /dev/stdin --output-dir stdin")),
        ("substituted", short("--train-file <(cat data.csv) --output-dir substituted")),
        ("redirected", short("--train-file /dev/stdin --output-dir redirected") + " < data.csv"),
    ] {
        let output = bash(&place, &script);
        assert_done(&output);
        assert!(model(name) == model("out"), "{name}");
        let told = text(&output.stderr)
            .contains("is a pipe, which can be read only once: to resume this run, give the same data");
        assert_eq!(told, name != "redirected", "{}", text(&output.stderr));
    }
    let stored =
        short("--train-file <(cat data.csv) --output-dir kept --save-steps 1 --keep-checkpoints true");
    assert_done(&bash(&place, &stored));
    let alone = bash(&place, "\"$SUBTUNE\" train --resume kept < /dev/null");
    let printed = text(&alone.stderr);
    assert_eq!(alone.status.code(), Some(3), "{printed}");
    assert!(
        printed.contains(
            "was a pipe, and the run to resume needs its data; give the same data with --train-file"
        ),
        "{printed}"
    );
    let other = bash(&place, "\"$SUBTUNE\" train --resume kept --train-file <(head -30 data.csv)");
    assert_eq!(other.status.code(), Some(3), "{}", text(&other.stderr));
    assert_done(&bash(&place, "\"$SUBTUNE\" train --resume kept --train-file <(cat data.csv)"));
    assert!(model("kept") == model("out"));
}

#[test]
fn whatever_is_read_from_a_file_is_read_from_a_pipe() {
    let place = trained();
    let sheet: String = (2..30).map(|at| row(at, &[&format!("good {at}"), ["no", "yes"][at % 2]])).collect();
    place.file("book.xlsx", xlsx(&[("One", &(row(1, &["text", "label"]) + &sheet))]));
    let lines: String =
        (0..40).map(|i| format!("{{\"text\": \"good {i}\", \"label\": \"yes\"}}\n")).collect();
    place.file("lines.jsonl", lines);
    place.file(
        "array.json",
        "[\n {\"text\": \"good\", \"label\": \"yes\"},\n {\"text\": \"bad\", \"label\": \"no\"}\n]",
    );
    place.file("wide.csv", data().encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    place.file("latin.csv", [data().into_bytes(), b"f\xFCr M\xE4rz,yes\n".to_vec()].concat());
    place.file("one.csv", "text\ngood\n\nhello, bad one\n\n\n");
    for file in ["data.csv", "book.xlsx", "lines.jsonl", "array.json", "wide.csv", "latin.csv", "one.csv"] {
        let of_file = bash(&place, &format!("\"$SUBTUNE\" predict --model out --device cpu --file {file}"));
        let of_pipe = bash(
            &place,
            &format!("cat {file} | \"$SUBTUNE\" predict --model out --device cpu --file /dev/stdin"),
        );
        assert_done(&of_pipe);
        assert_eq!(text(&of_pipe.stdout), text(&of_file.stdout), "{file}");
        if file != "one.csv" {
            let evaluated = |source: &str| {
                bash(&place, &format!("\"$SUBTUNE\" evaluate --model out --device cpu --file {source}"))
            };
            let (file, pipe) = (evaluated(file), evaluated(&format!("<(cat {file})")));
            assert_done(&pipe);
            assert_eq!(text(&pipe.stdout), text(&file.stdout));
        }
    }
    for (script, says) in [
        (
            "true | \"$SUBTUNE\" predict --model out --device cpu --file /dev/stdin",
            "/dev/stdin: the file is empty",
        ),
        (
            "head -c 30 book.xlsx | \"$SUBTUNE\" predict --model out --device cpu --file /dev/stdin",
            "cannot be read as a workbook",
        ),
        (
            "\"$SUBTUNE\" evaluate --model out --device cpu --file /dev/zero",
            "this is a device or a socket; expected a file or a pipe",
        ),
    ] {
        let output = bash(&place, script);
        let printed = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{script}: {printed}");
        assert!(printed.contains(says), "{script}: {printed}");
    }
}

/// Rows come out before all rows have come in.
#[test]
fn rows_of_a_pipe_come_out_as_they_come_in() {
    let place = trained();
    let mut child =
        program(&place, &["predict", "--model", "out", "--device", "cpu", "--file", "/dev/stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    // more rows than the program looks at before the first one, while nobody reads its output
    let padding = "x".repeat(400);
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        input.write_all(b"id,text,more\n").unwrap();
        for id in 0..30_000 {
            writeln!(input, "{id},good {id},{padding}").unwrap();
        }
        may_go_on.recv().unwrap();
        input.write_all(b"last,bad,\n").unwrap();
    });
    assert_eq!(output.next().unwrap().unwrap(), "id,text,more,label,probability");
    for id in 0..20_000 {
        assert!(output.next().unwrap().unwrap().starts_with(&format!("{id},good {id},")), "{id}");
    }
    // the input has not ended yet
    go_on.send(()).unwrap();
    let rest: Vec<String> = output.map(Result::unwrap).collect();
    writer.join().unwrap();
    assert_eq!(rest.len(), 10_001);
    assert!(rest[10_000].starts_with("last,bad,,"));
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_comes_late_in_a_pipe_is_told_or_refused() {
    let place = trained();
    let filler: String = (0..25_000)
        .map(|i| format!("{{\"text\": \"good {i}\", \"id\": \"{}\"}}\n", "y".repeat(400)))
        .collect();
    place.file("late.jsonl", filler.clone() + "{\"text\": \"bad\", \"late\": 1}\n");
    let predict = "\"$SUBTUNE\" predict --model out --device cpu --max-length 8 --file /dev/stdin";
    let refused = bash(&place, &format!("cat late.jsonl | {predict} > late.csv"));
    let printed = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(3), "{printed}");
    assert!(printed.contains("/dev/stdin, line 25001: has a key that the first rows lack"), "{printed}");
    let broken = [filler.into_bytes(), b"{\"text\": \"f\xFCr\"}\n".to_vec()].concat();
    place.file("broken.jsonl", broken);
    let told = bash(&place, &format!("cat broken.jsonl | {predict} > broken.csv"));
    assert_done(&told);
    assert!(
        text(&told.stderr).contains("some bytes were broken and were replaced"),
        "{}",
        text(&told.stderr)
    );
}
