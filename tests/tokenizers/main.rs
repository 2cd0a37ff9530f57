//! Each kind of tokenizer that encoders come with, against the tokens that the tokenizers library of Python makes
//! (`make.py`) of texts in ten scripts.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;
use subtune::text::{Encoding, Tokenizer};

const TEXTS: u64 = 2000;
const KINDS: [&str; 9] =
    ["bert", "mpnet", "wordpiece", "roberta", "modernbert", "qwen", "fallback", "e5", "xlmr"];

#[derive(Deserialize)]
struct Texts {
    alphabets: Vec<String>,
    odd: Vec<String>,
    separators: Vec<String>,
    max_length: usize,
}

struct Draw(u64);

impl Draw {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % count
    }
}

impl Texts {
    fn read() -> Self {
        serde_json::from_slice(&file("texts.json")).unwrap()
    }

    fn text(&self, number: u64) -> String {
        let mut draw = Draw(number);
        let mut text = String::new();
        for _ in 0..1 + draw.below(14) {
            if draw.below(8) == 0 {
                text += &self.odd[draw.below(self.odd.len())];
            } else {
                let own = number as usize % 10;
                let alphabet = if draw.below(8) == 0 { draw.below(10) } else { own };
                let letters: Vec<char> = self.alphabets[alphabet].chars().collect();
                let start = draw.below(letters.len());
                for _ in 0..1 + draw.below(6) {
                    text.push(letters[(start + draw.below(5)) % letters.len()]);
                }
            }
            text += &self.separators[draw.below(self.separators.len())];
        }
        text
    }
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokenizers").join(name)).unwrap()
}

fn tokenizer(kind: &str, max_length: usize) -> Tokenizer {
    let name = format!("{kind}.json");
    Tokenizer::from_bytes(&name, &file(&name), max_length).unwrap()
}

fn digest(encoding: &Encoding) -> String {
    let mut found = 0x811C9DC5u32;
    for (id, type_id) in encoding.input_ids.iter().zip(&encoding.token_type_ids) {
        found = (found ^ (id << 1 | type_id)).wrapping_mul(0x01000193);
    }
    format!("{found:08x}")
}

#[test]
fn the_tokens_of_each_kind_are_those_of_the_tokenizers_library() {
    let texts = Texts::read();
    for kind in KINDS {
        let tokenizer = tokenizer(kind, texts.max_length);
        let expected = String::from_utf8(file(&format!("{kind}.txt"))).unwrap().replace('\n', "");
        assert_eq!(expected.len() as u64, 8 * TEXTS);
        for number in 0..TEXTS {
            let text = texts.text(number);
            let pair = (number % 5 == 0).then(|| texts.text(number + 1));
            let found = tokenizer.encode(&text, pair.as_deref()).unwrap();
            let at = 8 * number as usize;
            assert_eq!(
                digest(&found),
                expected[at..at + 8],
                "{kind} {number}: {text:?} {:?}",
                found.input_ids
            );
        }
    }
}

/// A long text is tokenised only as far as its tokens are used.
#[test]
fn the_first_tokens_of_a_long_text_are_those_of_the_whole() {
    let texts = Texts::read();
    for kind in KINDS {
        let (short, long) = (tokenizer(kind, 64), tokenizer(kind, 1 << 20));
        for start in (0..8).map(|number| number * 1000) {
            let text: String = (start..start + 600).map(|number| texts.text(number) + " ").collect();
            assert!(text.len() > 20_000, "{}", text.len());
            let (short, long) = (short.encode(&text, None).unwrap(), long.encode(&text, None).unwrap());
            assert_eq!(short.input_ids[..63], long.input_ids[..63], "{kind} {start}");
        }
    }
}

#[test]
fn hostile_texts_end_soon_and_stay_within_the_length() {
    for kind in KINDS {
        let tokenizer = tokenizer(kind, 128);
        for text in [
            "a",
            "!",
            " ",
            "a ",
            "中",
            "e\u{301}",
            "\u{301}",
            "</s>",
            " <mask>",
            "\u{0}",
            "\u{1F600}",
            "ﷺ",
            "\n",
            "\u{3000}\n",
        ] {
            let text = text.repeat((256 << 10) / text.len());
            let began = Instant::now();
            let found = tokenizer.encode(&text, None).unwrap();
            let name = text.chars().next();
            assert!(found.input_ids.len() <= 128, "{kind} {name:?}");
            assert!(began.elapsed() < Duration::from_secs(60), "{kind} {name:?}: {:?}", began.elapsed());
        }
    }
}

#[test]
fn what_a_vocabulary_lacks_is_counted_as_unknown() {
    for kind in KINDS {
        let tokenizer = tokenizer(kind, 16);
        let found = tokenizer.encode("ꙮ ꙮ", None).unwrap().input_ids;
        let unknown = found.iter().filter(|id| Some(**id) == tokenizer.unknown_id()).count();
        match kind {
            // bytes are known
            "roberta" | "modernbert" | "qwen" | "fallback" => assert_eq!(unknown, 0, "{kind} {found:?}"),
            _ => assert!(unknown > 0, "{kind} {found:?}"),
        }
    }
}

#[test]
fn a_prompt_is_put_before_each_text() {
    for kind in KINDS {
        let (plain, prompted) = (tokenizer(kind, 48), tokenizer(kind, 48).with_prompt("query: "));
        let found = prompted.encode("a b", Some("c d")).unwrap();
        assert_eq!(found, plain.encode("query: a b", Some("query: c d")).unwrap(), "{kind}");
        assert_ne!(found, plain.encode("a b", Some("c d")).unwrap(), "{kind}");
    }
}

/// Small files of each kind with one to four characters changed, most often in the map of characters where there is one.
#[test]
fn damaged_files_are_refused_or_read_and_never_panic() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/tokenizer");
    let mut read = 0;
    for kind in ["wordpiece", "roberta", "modernbert", "qwen", "e5"] {
        let good = std::fs::read(corpus.join(kind)).unwrap();
        Tokenizer::from_bytes(kind, &good, 16).unwrap();
        let map = String::from_utf8_lossy(&good).find("charsmap\":\"").map_or(0, |at| at + 11);
        for seed in 0..if kind == "e5" { 4000 } else { 500 } {
            let mut draw = Draw(seed);
            let mut file = good.clone();
            for _ in 0..1 + draw.below(4) {
                let at = if draw.below(4) > 0 { map + draw.below(2000) } else { draw.below(file.len()) };
                let at = at % file.len();
                file[at] = b"0123456789abcXYZ/+\"{}[],.-"[draw.below(26)];
            }
            let Ok(tokenizer) = Tokenizer::from_bytes(kind, &file, 16) else { continue };
            read += 1;
            for text in ["a b, ab [X]", "Élan ﬁ ½ … ™ 中文 \u{301}\u{0}\u{3000}", "ﷺ e\u{301} <mask></s> 😀"]
            {
                if let Ok(found) = tokenizer.encode(text, Some("ba!")) {
                    assert!(found.input_ids.iter().all(|id| (*id as usize) < tokenizer.vocab_size()));
                }
            }
        }
    }
    assert!(read > 500, "{read}");
}
