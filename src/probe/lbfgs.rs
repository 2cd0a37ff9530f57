//! L-BFGS (Liu and Nocedal, 1989) for smooth convex functions.

use std::collections::VecDeque;

/// The number of remembered pairs of a step and the change of the gradient over it.
const MEMORY: usize = 10;
const MOST_ITERATIONS: usize = 500;
const MOST_HALVINGS: usize = 40;
/// The share of the predicted decrease that a step must bring (Armijo).
const SUFFICIENT: f64 = 1e-4;

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// Moves `point` to the minimum of `function`, which returns its value and writes its gradient. It ends when no entry
/// of the gradient exceeds `tolerance`.
pub fn minimise(point: &mut Vec<f64>, tolerance: f64, mut function: impl FnMut(&[f64], &mut [f64]) -> f64) {
    let mut gradient = vec![0.0; point.len()];
    let mut value = function(point, &mut gradient);
    let mut history: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::with_capacity(MEMORY);
    for _ in 0..MOST_ITERATIONS {
        if gradient.iter().all(|entry| entry.abs() <= tolerance) {
            return;
        }
        let mut direction = direction(&gradient, &history);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            // rounding has spoilt the history: start again from the steepest descent
            history.clear();
            direction = gradient.iter().map(|entry| -entry).collect();
            slope = -dot(&gradient, &gradient);
        }
        // without a history the scale is unknown, so the first step is at most 1 long
        let mut size = if history.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt().max(1.0) } else { 1.0 };
        let mut next_gradient = vec![0.0; point.len()];
        let mut moved = None;
        for _ in 0..MOST_HALVINGS {
            let next: Vec<f64> = point.iter().zip(&direction).map(|(x, d)| x + size * d).collect();
            let next_value = function(&next, &mut next_gradient);
            if next_value <= value + SUFFICIENT * size * slope {
                moved = Some((next, next_value));
                break;
            }
            size /= 2.0;
        }
        // no step improves the last digit, so this is the minimum
        let Some((next, next_value)) = moved else { return };
        let step: Vec<f64> = next.iter().zip(point.iter()).map(|(next, point)| next - point).collect();
        let change: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(next, last)| next - last).collect();
        let curvature = dot(&step, &change);
        // only such a pair keeps the approximate Hessian positive definite
        if curvature > 0.0 {
            if history.len() == MEMORY {
                history.pop_front();
            }
            history.push_back((step, change, 1.0 / curvature));
        }
        (*point, value, gradient) = (next, next_value, next_gradient);
    }
}

/// The negative gradient times an approximation of the inverse Hessian, by the two-loop recursion.
fn direction(gradient: &[f64], history: &VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|entry| -entry).collect();
    let add = |to: &mut [f64], factor: f64, values: &[f64]| {
        to.iter_mut().zip(values).for_each(|(to, value)| *to += factor * value);
    };
    let mut factors = Vec::with_capacity(history.len());
    for (step, change, inverse) in history.iter().rev() {
        let factor = inverse * dot(step, &direction);
        add(&mut direction, -factor, change);
        factors.push(factor);
    }
    if let Some((step, change, _)) = history.back() {
        let scale = dot(step, change) / dot(change, change);
        direction.iter_mut().for_each(|entry| *entry *= scale);
    }
    for ((step, change, inverse), factor) in history.iter().zip(factors.into_iter().rev()) {
        let back = inverse * dot(change, &direction);
        add(&mut direction, factor - back, step);
    }
    direction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_of_a_skewed_valley_is_found() {
        // 1/2 sum of scale * (x - i)^2 over scales from 1 to 10^4
        let scale = |i: usize| 10f64.powi((i % 5) as i32);
        let mut point = vec![0.0; 20];
        minimise(&mut point, 1e-9, |x, gradient| {
            let away = |i: usize| x[i] - i as f64;
            (0..20).for_each(|i| gradient[i] = scale(i) * away(i));
            (0..20).map(|i| 0.5 * scale(i) * away(i) * away(i)).sum()
        });
        assert!(point.iter().enumerate().all(|(i, x)| (x - i as f64).abs() < 1e-8), "{point:?}");
    }
}
