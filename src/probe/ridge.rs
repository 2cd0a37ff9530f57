//! Ridge regression, like scikit-learn's `Ridge`.

use super::features::Features;
use super::linear_map::{LinearMap, Matrix, add_product};

/// Minimises the squared weights divided by `c` plus the summed squared errors. The bias has no penalty.
pub fn fit(features: &Features, values: &[f64], c: f64) -> LinearMap {
    let (rows, size) = (features.rows(), features.size);
    // on centred data the best bias is 0, so that the system has no row for it and the penalty spares it
    let centre: Vec<f64> =
        (0..size).map(|i| (0..rows).map(|row| features.row(row)[i]).sum::<f64>() / rows as f64).collect();
    let mean = values.iter().sum::<f64>() / rows as f64;
    let centred: Vec<f64> =
        (0..rows).flat_map(|row| features.row(row).iter().zip(&centre).map(|(x, mean)| x - mean)).collect();
    let errors: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let x = Matrix::new(&centred, size);
    // both systems have the same solution; the smaller one is solved
    let weight = if rows < size {
        let dual = solve(gram(x, rows, 1.0 / c), errors);
        product(x.transposed(), &dual, size)
    } else {
        solve(gram(x.transposed(), size, 1.0 / c), product(x.transposed(), &errors, size))
    };
    let bias = mean - weight.iter().zip(&centre).map(|(weight, centre)| weight * centre).sum::<f64>();
    LinearMap { weight, bias: vec![bias] }
}

/// Computes `x x^T` and adds `ridge` to the diagonal.
fn gram(x: Matrix<'_>, size: usize, ridge: f64) -> Vec<f64> {
    let mut gram = vec![0.0; size * size];
    add_product(&mut gram, size, x, x.transposed());
    (0..size).for_each(|i| gram[i * size + i] += ridge);
    gram
}

fn product(left: Matrix<'_>, right: &[f64], rows: usize) -> Vec<f64> {
    let mut result = vec![0.0; rows];
    add_product(&mut result, 1, left, Matrix::new(right, 1));
    result
}

/// Solves a positive definite system by Cholesky's decomposition.
fn solve(mut matrix: Vec<f64>, mut values: Vec<f64>) -> Vec<f64> {
    let size = values.len();
    for i in 0..size {
        for j in 0..=i {
            let (upper, lower) = matrix.split_at(i * size);
            let row = &lower[..size];
            let other = if i == j { row } else { &upper[j * size..][..size] };
            let rest = row[j] - row[..j].iter().zip(&other[..j]).map(|(a, b)| a * b).sum::<f64>();
            // rounding can take the pivot of a nearly singular matrix below 0
            let entry = if i == j { rest.max(f64::MIN_POSITIVE).sqrt() } else { rest / other[j] };
            matrix[i * size + j] = entry;
        }
    }
    for i in 0..size {
        let known: f64 = (0..i).map(|j| matrix[i * size + j] * values[j]).sum();
        values[i] = (values[i] - known) / matrix[i * size + i];
    }
    for i in (0..size).rev() {
        let known: f64 = (i + 1..size).map(|j| matrix[j * size + i] * values[j]).sum();
        values[i] = (values[i] - known) / matrix[i * size + i];
    }
    values
}
