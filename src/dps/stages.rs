//! The stages of a run: what each step does with the weight matrices.

use super::Method;

/// The treatment of the weight matrices in one step. Steps count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Plain training, no statistic.
    Plain,
    /// A fresh random mask in every step, no statistic.
    Random,
    /// Stage I; `first` resets the statistic.
    Accumulate {
        /// Whether this is the first step of the stage.
        first: bool,
    },
    /// Stage II, or a whole run; at its `first` step the subnetwork is selected.
    Selected {
        /// Whether this is the first step of the stage.
        first: bool,
    },
}

/// The alternation of stages over a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stages {
    /// The method of the run.
    pub method: Method,
    /// Steps of one stage.
    pub steps: usize,
}

impl Stages {
    /// `update_ratio` is the length of a stage as a share of all steps.
    pub fn new(method: Method, max_steps: usize, update_ratio: f64) -> Self {
        // rounded down, as in the paper's released code
        Stages { method, steps: ((max_steps as f64 * update_ratio) as usize).max(1) }
    }

    /// The phase of a step, which counts from 1.
    pub fn phase(&self, step: usize) -> Phase {
        let first = (step - 1).is_multiple_of(self.steps);
        match self.method {
            Method::Full
            | Method::Lnsr
            | Method::Lora
            | Method::Dsee
            | Method::Bitfit
            | Method::Head
            | Method::Probe => Phase::Plain,
            Method::Mixout | Method::ChildTuningF => Phase::Random,
            // selected once, before the first step
            Method::ChildTuningD | Method::Sift | Method::Random | Method::Magnitude => {
                Phase::Selected { first: step == 1 }
            }
            Method::DpsDense | Method::DpsMix if step.div_ceil(self.steps) % 2 == 1 => {
                Phase::Accumulate { first }
            }
            Method::DpsDense | Method::DpsMix => Phase::Selected { first },
        }
    }

    /// Whether the first `steps` steps have selected a subnetwork.
    pub fn has_selected(&self, steps: usize) -> bool {
        let before = match self.phase(1) {
            Phase::Selected { .. } => 0,
            _ => self.steps,
        };
        self.method.selects().is_some() && steps > before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stages_alternate_and_start_with_stage_one() {
        let stages = Stages::new(Method::DpsDense, 20, 0.2);
        assert_eq!(stages.steps, 4);
        assert_eq!(stages.phase(1), Phase::Accumulate { first: true });
        assert_eq!(stages.phase(4), Phase::Accumulate { first: false });
        assert_eq!(stages.phase(5), Phase::Selected { first: true });
        assert_eq!(stages.phase(8), Phase::Selected { first: false });
        assert_eq!(stages.phase(9), Phase::Accumulate { first: true });
    }

    #[test]
    fn a_short_run_has_stages_of_one_step() {
        let stages = Stages::new(Method::DpsDense, 5, 0.05);
        assert_eq!(stages.steps, 1);
        assert_eq!(stages.phase(2), Phase::Selected { first: true });
        assert_eq!(stages.phase(3), Phase::Accumulate { first: true });
    }

    proptest! {
        /// Each stage has the same number of steps, and `first` marks the first of them.
        #[test]
        fn stages_of_equal_length_alternate(max_steps in 1usize..3000, ratio in 1e-6f64..=1.0) {
            let stages = Stages::new(Method::DpsMix, max_steps, ratio);
            prop_assert!((1..=max_steps).contains(&stages.steps));
            for step in 1..=max_steps {
                let first = (step - 1) % stages.steps == 0;
                let expected = match (step - 1) / stages.steps % 2 {
                    0 => Phase::Accumulate { first },
                    _ => Phase::Selected { first },
                };
                prop_assert_eq!(stages.phase(step), expected);
            }
        }
    }

    #[test]
    fn a_method_with_one_mask_selects_once() {
        for method in [Method::ChildTuningD, Method::Sift, Method::Random, Method::Magnitude] {
            let stages = Stages::new(method, 20, 0.2);
            assert_eq!(stages.phase(1), Phase::Selected { first: true });
            assert!((2..=20).all(|step| stages.phase(step) == Phase::Selected { first: false }));
        }
    }

    #[test]
    fn something_is_selected_from_the_first_step_that_selects() {
        for &method in Method::ALL {
            let stages = Stages::new(method, 20, 0.2);
            let mut selected = false;
            assert!(!stages.has_selected(0));
            for step in 1..=20 {
                selected |= stages.phase(step) == Phase::Selected { first: true };
                assert_eq!(stages.has_selected(step), selected, "{method} {step}");
            }
        }
    }

    #[test]
    fn full_fine_tuning_has_no_stages() {
        assert_eq!(Stages::new(Method::Full, 20, 0.2).phase(7), Phase::Plain);
    }
}
