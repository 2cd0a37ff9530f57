//! The same step in PyTorch: a Python process that takes a step on request.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::shape::Shape;
use crate::turns::{Seconds, Subject};

pub struct PyTorch {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    device: String,
}

impl PyTorch {
    /// Starts the process, in the root of the repository, on the GPU if `on_gpu` and PyTorch has one. Returns `None` if
    /// the Python named by `SUBTUNE_PYTHON` (default: `python3`) cannot import PyTorch or transformers.
    pub fn start(shape: &Shape, [batch, length]: [usize; 2], on_gpu: bool) -> Option<Self> {
        let python = std::env::var_os("SUBTUNE_PYTHON").unwrap_or_else(|| "python3".into());
        let mut process = Command::new(python)
            .args(["benches/pytorch.py", &shape.json(), &batch.to_string(), &length.to_string()])
            .arg(if on_gpu { "gpu" } else { "cpu" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let orders = process.stdin.take()?;
        let answers = BufReader::new(process.stdout.take()?);
        let mut started = PyTorch { process, orders, answers, device: String::new() };
        started.device = started.answer()?.strip_prefix("ready on ")?.to_owned();
        Some(started)
    }

    fn answer(&mut self) -> Option<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    }
}

impl Subject for PyTorch {
    fn name(&self) -> String {
        format!("PyTorch on {}", self.device)
    }

    fn step(&mut self) -> Seconds {
        self.orders.write_all(b"step\n").expect("PyTorch still runs");
        let answer = self.answer().unwrap_or_default();
        let mut numbers =
            answer.split(' ').map(|number| number.parse().expect("PyTorch says what its step took"));
        let [wall, cpu] = [(); 2].map(|()| numbers.next().expect("two numbers"));
        Seconds { wall, cpu }
    }
}

impl Drop for PyTorch {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
