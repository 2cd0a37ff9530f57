//! The learning rate over a run: linear warm-up, then linear decay to 0 (Hugging Face's
//! `get_linear_schedule_with_warmup`).

/// Learning rates of optimiser steps counted from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearSchedule {
    /// The learning rate after the warm-up.
    pub peak: f64,
    /// The number of steps of the warm-up.
    pub warmup_steps: usize,
    /// The number of all steps.
    pub total_steps: usize,
}

impl LinearSchedule {
    /// `warmup_ratio` is the warm-up's share of `total_steps`, rounded up.
    pub fn new(peak: f64, warmup_ratio: f64, total_steps: usize) -> Self {
        LinearSchedule {
            peak,
            warmup_steps: (warmup_ratio * total_steps as f64).ceil() as usize,
            total_steps,
        }
    }

    /// The learning rate of a step, which counts from 1. The first step of a warm-up has 0.
    pub fn learning_rate(&self, step: usize) -> f64 {
        let done = step - 1;
        // divided first, as in Hugging Face's code, so that rounding cannot exceed the peak
        if done < self.warmup_steps {
            return self.peak * (done as f64 / self.warmup_steps as f64);
        }
        let left = self.total_steps.saturating_sub(done) as f64;
        self.peak * (left / self.total_steps.saturating_sub(self.warmup_steps).max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rises_from_zero_to_the_peak_and_falls_to_almost_zero() {
        let schedule = LinearSchedule::new(1.0, 0.1, 100);
        assert_eq!(schedule.warmup_steps, 10);
        assert_eq!(schedule.learning_rate(1), 0.0);
        assert_eq!(schedule.learning_rate(6), 0.5);
        assert_eq!(schedule.learning_rate(11), 1.0);
        assert!((schedule.learning_rate(100) - 1.0 / 90.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_rate_stays_between_zero_and_the_peak_and_turns_once(
            peak in 1e-9f64..1.0,
            warmup_ratio in 0.0f64..=1.0,
            total in 1usize..2000,
        ) {
            let schedule = LinearSchedule::new(peak, warmup_ratio, total);
            // a run may be resumed with its last step done
            let rates: Vec<f64> = (1..=total + 2).map(|step| schedule.learning_rate(step)).collect();
            prop_assert!(rates.iter().all(|rate| (0.0..=peak).contains(rate)));
            let turn = schedule.warmup_steps.min(total);
            prop_assert!(rates[..turn].is_sorted());
            prop_assert!(rates[turn..].is_sorted_by(|one, next| one >= next));
        }
    }

    #[test]
    fn a_run_of_one_step_without_warm_up_uses_the_peak() {
        assert_eq!(LinearSchedule::new(2e-3, 0.0, 1).learning_rate(1), 2e-3);
    }
}
