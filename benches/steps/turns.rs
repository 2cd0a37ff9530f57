//! Interleaves the steps of several contenders, so that background load slows all of them alike.

pub trait Subject {
    fn name(&self) -> String;
    /// Takes one step and returns its time.
    fn step(&mut self) -> Seconds;
}

/// The time of one step.
#[derive(Clone, Copy, Debug)]
pub struct Seconds {
    pub wall: f64,
    /// The CPU time of all threads together. It depends less than wall time on other work.
    pub cpu: f64,
}

/// The times of one contender's steps, in order.
pub struct Times {
    pub name: String,
    pub seconds: Vec<Seconds>,
}

impl Times {
    pub fn median(&self) -> f64 {
        median(self.seconds.iter().map(|seconds| seconds.wall).collect())
    }

    pub fn median_cpu(&self) -> f64 {
        median(self.seconds.iter().map(|seconds| seconds.cpu).collect())
    }

    pub fn least(&self) -> f64 {
        self.seconds.iter().map(|seconds| seconds.wall).fold(f64::INFINITY, f64::min)
    }

    pub fn total_cpu(&self) -> f64 {
        self.seconds.iter().map(|seconds| seconds.cpu).sum()
    }

    pub fn total(&self) -> f64 {
        self.seconds.iter().map(|seconds| seconds.wall).sum()
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// Runs `rounds` rounds. In each, every contender takes one step.
pub fn by_turns(subjects: &mut [Box<dyn Subject>], rounds: usize) -> Vec<Times> {
    by_turns_of(1, subjects, rounds)
}

/// Runs `rounds` rounds. In each, every contender takes `steps` steps in a row.
pub fn by_turns_of(steps: usize, subjects: &mut [Box<dyn Subject>], rounds: usize) -> Vec<Times> {
    let mut times: Vec<Times> =
        subjects.iter().map(|subject| Times { name: subject.name(), seconds: Vec::new() }).collect();
    for _ in 0..rounds {
        for (subject, times) in subjects.iter_mut().zip(&mut times) {
            times.seconds.extend((0..steps).map(|_| subject.step()));
        }
    }
    times
}
