//! The cost of a step by method. On an emulated GPU it is also measured with burn's matrix products; also in PyTorch, on
//! the CPU or the GPU.

use subtune::device::Chosen;
use subtune::dps::{Method, Stages};
use subtune::kernels::with_burns_products;

use crate::pytorch::PyTorch;
use crate::run::Run;
use crate::shape::Shape;
use crate::table::{milliseconds, print, ratio};
use crate::turns::{Seconds, Subject, Times, by_turns};

/// A run on an emulated GPU with burn's matrix products, which real GPUs use.
struct BurnsProducts(Run);

impl Subject for BurnsProducts {
    fn name(&self) -> String {
        format!("{}, burn's products", self.0.name())
    }

    fn step(&mut self) -> Seconds {
        with_burns_products(|| self.0.step())
    }
}

/// The steps of a stage in a run of 200 steps at the default update ratio.
const STAGE: usize = 10;

pub fn methods(chosen: &Chosen, shape: &Shape, batch: [usize; 2], methods: &[Method], rounds: usize) {
    let stages = |method: &Method| Stages { method: *method, steps: STAGE };
    let run =
        |method: &Method| -> Box<dyn Subject> { Box::new(Run::new(chosen, shape, batch, stages(method))) };
    let mut subjects: Vec<Box<dyn Subject>> = methods.iter().map(run).collect();
    if chosen.adapter.as_ref().is_some_and(|adapter| adapter.software) {
        subjects.push(Box::new(BurnsProducts(Run::new(chosen, shape, batch, stages(&methods[0])))));
    }
    if let Some(pytorch) = PyTorch::start(shape, batch, chosen.adapter.is_some()) {
        subjects.push(Box::new(pytorch));
    }
    let first = by_turns(&mut subjects, 1);
    let times = by_turns(&mut subjects, rounds);
    let base = &times[0];
    let row = |(first, times): (&Times, &Times)| {
        vec![
            times.name.clone(),
            milliseconds(times.median()),
            ratio(times.median() / base.median()),
            milliseconds(times.least()),
            ratio(times.least() / base.least()),
            milliseconds(times.median_cpu()),
            milliseconds(first.total()),
        ]
    };
    let rows: Vec<_> = first.iter().zip(&times).map(row).collect();
    let head = [
        "method".to_owned(),
        "median ms".into(),
        format!("to {}", base.name),
        "least ms".into(),
        format!("to {}", base.name),
        "CPU ms".into(),
        "first step ms".into(),
    ];
    let title = format!("Steps of {}, {} x {} tokens, {}", shape.name, batch[0], batch[1], chosen.name());
    print(&title, &head.each_ref().map(String::as_str), &rows);
}
