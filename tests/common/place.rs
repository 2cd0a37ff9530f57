//! A folder in which tests run the program.

use std::io::{PipeReader, PipeWriter};
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// A folder with a tiny BERT (24 wide, 2 layers) and room for files.
pub struct Place {
    pub root: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let place = Place { root: tempfile::tempdir().unwrap() };
        let model = place.path("model");
        std::fs::create_dir(&model).unwrap();
        let golden = super::golden().join("full");
        std::fs::copy(golden.join("config.json"), model.join("config.json")).unwrap();
        std::fs::copy(golden.join("init.safetensors"), model.join("model.safetensors")).unwrap();
        std::fs::write(model.join("tokenizer.json"), tokenizer()).unwrap();
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        name.to_owned()
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with_input(arguments, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
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

    /// Trains by the plain recipe, whose steps do not depend on the number of texts.
    pub fn train(&self, file: &str, more: &[&str]) -> Output {
        let plain = ["--recipe", "plain", "--max-steps", "4"];
        self.train_by_recipe(file, &[&plain[..], more].concat())
    }

    pub fn train_by_recipe(&self, file: &str, more: &[&str]) -> Output {
        let fixed = ["train", "--model", "model", "--device", "cpu", "--max-length", "32"];
        self.run(&[&fixed[..], &["--train-file", file], more].concat())
    }
}

/// WordPiece over single letters and digits: 77 tokens, fewer than the model's 97.
pub fn tokenizer() -> String {
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
pub fn data() -> String {
    let rows = (0..60).map(|i| match i % 2 {
        0 => format!("good fine nice {i},yes\n"),
        _ => format!("bad poor ugly {i},no\n"),
    });
    format!("text,label\n{}", rows.collect::<String>())
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub fn assert_done(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

/// A pipe that holds a page, to be the standard output of a run. A run that nobody reads from then waits after some twenty
/// steps, so that a signal reaches it before its end, however fast it is and however busy the machine.
pub fn narrow_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        // SAFETY: the descriptor is open as long as the pipe.
        let size = unsafe { libc::fcntl(reader.as_raw_fd(), libc::F_SETPIPE_SZ, 4096) };
        assert!(size > 0, "{}", std::io::Error::last_os_error());
    }
    (reader, writer)
}

/// Lets a program heed the end of its terminal, even where the tests run under `nohup`.
#[cfg(unix)]
pub fn heed_hangup(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    // SAFETY: signal() may be called between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGHUP, libc::SIG_DFL);
            Ok(())
        })
    };
}
