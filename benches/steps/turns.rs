//! Subjects step by turns, so that whatever else the machine does slows all alike.

pub trait Subject {
    fn name(&self) -> String;
    /// Takes one step and says how many seconds it took.
    fn step(&mut self) -> f64;
}

/// The seconds of each step of one subject, in order.
pub struct Times {
    pub name: String,
    pub seconds: Vec<f64>,
}

impl Times {
    pub fn median(&self) -> f64 {
        median(self.seconds.clone())
    }

    pub fn least(&self) -> f64 {
        self.seconds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub fn total(&self) -> f64 {
        self.seconds.iter().sum()
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// So many rounds, in each of which every subject takes a step.
pub fn by_turns(subjects: &mut [Box<dyn Subject>], rounds: usize) -> Vec<Times> {
    let mut times: Vec<Times> =
        subjects.iter().map(|subject| Times { name: subject.name(), seconds: Vec::new() }).collect();
    for _ in 0..rounds {
        for (subject, times) in subjects.iter_mut().zip(&mut times) {
            times.seconds.push(subject.step());
        }
    }
    times
}
