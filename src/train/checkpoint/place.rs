//! The place of a checkpoint in its run, and its name.

/// The places, in the order in which a run reaches them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// After this number of steps of the contrastive stage.
    Contrast(usize),
    /// After this number of batches of the survey before the first step.
    Survey(usize),
    /// After this number of steps.
    Step(usize),
}

impl Place {
    /// The number of finished steps.
    pub fn step(self) -> usize {
        match self {
            Place::Step(step) => step,
            Place::Contrast(_) | Place::Survey(_) => 0,
        }
    }

    /// The number within its kind.
    pub fn number(self) -> usize {
        self.parts().1
    }

    /// The name, such as `step-000120`.
    pub fn name(self) -> String {
        let (kind, number) = self.parts();
        format!("{kind}-{number:06}")
    }

    /// Parses a [`name`](Self::name).
    pub fn parse(name: &str) -> Option<Self> {
        let (kind, number) = name.split_once('-')?;
        let digits = number.len() >= 6 && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.parse().ok().filter(|_| digits)?;
        match kind {
            "contrast" => Some(Place::Contrast(number)),
            "survey" => Some(Place::Survey(number)),
            "step" => Some(Place::Step(number)),
            _ => None,
        }
    }

    fn parts(self) -> (&'static str, usize) {
        match self {
            Place::Contrast(number) => ("contrast", number),
            Place::Survey(number) => ("survey", number),
            Place::Step(number) => ("step", number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_ordered_as_a_run_goes() {
        let places = [
            Place::Contrast(0),
            Place::Contrast(40),
            Place::Survey(3),
            Place::Survey(1_000_000),
            Place::Step(0),
            Place::Step(120),
        ];
        assert!(places.is_sorted());
        for place in places {
            assert_eq!(Place::parse(&place.name()), Some(place));
        }
        assert_eq!(Place::Step(120).name(), "step-000120");
        for name in
            ["step-12", "step-", "step-00000x", "other-000001", "step000001", "", "step-99999999999999999999"]
        {
            assert_eq!(Place::parse(name), None, "{name}");
        }
    }
}
