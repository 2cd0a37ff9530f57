//! Inputs by careless users and attackers, by parser. Each is refused in one short line that says what was found,
//! where, and what was expected; none causes a panic. Forged checkpoints are in `bad_checkpoints.rs`.

#[path = "../common/mod.rs"]
mod common;

mod config;
mod folder;
mod run_file;
mod tables;
mod tokenizer;
mod weights;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use subtune::error::Result;

/// One bad input.
pub struct Case {
    name: String,
    read: Box<dyn Fn() -> Result<()>>,
    /// The beginning of the message, and after each `*` a later part of it.
    says: &'static str,
}

impl Case {
    pub fn new(name: &str, says: &'static str, read: impl Fn() -> Result<()> + 'static) -> Self {
        let name = name.chars().take(60).collect();
        Case { name, read: Box::new(read), says }
    }

    fn fault(&self) -> Option<String> {
        let start = Instant::now();
        let message = match catch_unwind(AssertUnwindSafe(&self.read)) {
            Ok(Err(error)) => error.to_string(),
            Ok(Ok(())) => return Some("was accepted".into()),
            Err(_) => return Some("panicked".into()),
        };
        let mut parts = self.says.split('*');
        let begins = message.starts_with(parts.next().unwrap_or_default());
        let mut rest = message.as_str();
        let follows = parts.all(|part| {
            let found = rest.split_once(part);
            rest = found.map_or("", |(_, after)| after);
            found.is_some()
        });
        let fault = match () {
            () if !begins || !follows => "says",
            () if message.chars().any(char::is_control) => "has control characters",
            () if message.chars().count() > 800 => "is too long",
            () if start.elapsed() > Duration::from_secs(20) => "took too long",
            () => return None,
        };
        Some(format!("{fault}: {}", message.chars().take(1000).collect::<String>().escape_debug()))
    }
}

#[test]
fn each_bad_input_is_refused_in_one_line_that_says_why() {
    let parsers = [
        ("tables", tables::cases()),
        ("config.json", config::cases()),
        ("model.safetensors", weights::cases()),
        ("tokenizer.json", tokenizer::cases()),
        ("model folder", folder::cases()),
        ("run.toml", run_file::cases()),
    ];
    let mut faults = Vec::new();
    let mut total = 0;
    for (parser, cases) in &parsers {
        println!("{parser}: {} inputs", cases.len());
        total += cases.len();
        let found = cases.iter().filter_map(|case| Some((case, case.fault()?)));
        faults.extend(found.map(|(case, fault)| {
            format!("{parser}, {}\n    expected {}\n    {fault}", case.name.escape_debug(), case.says)
        }));
    }
    assert!(faults.is_empty(), "{} of {total}:\n{}", faults.len(), faults.join("\n"));
    assert!(total >= 200, "{total}");
}
