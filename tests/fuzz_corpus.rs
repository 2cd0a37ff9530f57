//! Runs the seeds of the fuzzer, and the inputs it found, through the same functions without the fuzzer.

#[path = "../fuzz/parsers.rs"]
mod parsers;

use std::path::Path;

#[test]
fn every_input_of_the_corpus_is_read_or_refused() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, parse) in parsers::ALL {
        let entries = std::fs::read_dir(corpus.join(name)).unwrap();
        let files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        println!("{name}: {} inputs", files.len());
        assert!(files.len() >= 3, "{name}");
        for file in files {
            println!("{}", file.display());
            parse(&std::fs::read(&file).unwrap());
        }
    }
}
