//! The entries of a matrix that a low-rank matrix explains least: those that `dsee` trains one by one.

use rayon::prelude::*;

use crate::random::{Random, Stream, unit};

/// The rounds of the alternation. More of them do not change which entries stand out far.
const ROUNDS: usize = 10;
/// The columns that one task takes.
const COLUMNS: usize = 64;

/// Finds the `count` entries of a matrix of `shape` `[inputs, outputs]` that stand out from a matrix of rank `rank`, as flat
/// indices in ascending order. Of equal ones, those with the smaller index are taken.
///
/// As GoDec does (Zhou and Tao, ICML 2011), it alternates between both parts of the matrix: a round of orthogonal iteration on
/// what the sparse part leaves, and the largest entries of what the low-rank part leaves. The host computes it in float64, in an
/// order that depends on nothing, so that every device trains the same entries.
pub fn outstanding(
    matrix: &[f32],
    shape @ [inputs, outputs]: [usize; 2],
    rank: usize,
    count: usize,
) -> Vec<u32> {
    let rank = rank.min(inputs).min(outputs);
    // without the sparse part: there it has the values of the low-rank part
    let mut dense: Vec<f64> = matrix.iter().map(|value| f64::from(*value)).collect();
    let mut random = Random::new(0, Stream::Decomposition, 0);
    let mut right: Vec<f64> = (0..outputs * rank).map(|_| f64::from(unit(random.word())) - 0.5).collect();
    let mut places = Vec::new();
    for _ in 0..ROUNDS {
        let left = orthonormal(times(&dense, shape, &right, rank), rank);
        right = transposed_times(&dense, shape, &left, rank);
        let explained = product(&left, &right, rank);
        for place in places {
            dense[place as usize] = f64::from(matrix[place as usize]);
        }
        places = largest(matrix, &explained, count);
        for place in &places {
            dense[*place as usize] = explained[*place as usize];
        }
    }
    places
}

/// The indices of the `count` largest differences, in ascending order.
fn largest(matrix: &[f32], explained: &[f64], count: usize) -> Vec<u32> {
    let rest: Vec<f64> =
        matrix.iter().zip(explained).map(|(value, part)| (f64::from(*value) - part).abs()).collect();
    let mut places: Vec<u32> = (0..).take(rest.len()).collect();
    if count < places.len() {
        let order = |one: &u32, other: &u32| {
            rest[*other as usize].total_cmp(&rest[*one as usize]).then(one.cmp(other))
        };
        places.select_nth_unstable_by(count, order);
        places.truncate(count);
    }
    places.sort_unstable();
    places
}

/// `matrix * right`, from `[inputs, outputs]` and `[outputs, rank]`.
fn times(matrix: &[f64], [inputs, outputs]: [usize; 2], right: &[f64], rank: usize) -> Vec<f64> {
    let mut result = vec![0.0; inputs * rank];
    result.par_chunks_mut(rank).zip(matrix.par_chunks(outputs)).for_each(|(sums, row)| {
        for (value, right) in row.iter().zip(right.chunks_exact(rank)) {
            sums.iter_mut().zip(right).for_each(|(sum, right)| *sum += value * right);
        }
    });
    result
}

/// `matrix^T * left`, from `[inputs, outputs]` and `[inputs, rank]`.
fn transposed_times(matrix: &[f64], [_, outputs]: [usize; 2], left: &[f64], rank: usize) -> Vec<f64> {
    let mut result = vec![0.0; outputs * rank];
    result.par_chunks_mut(COLUMNS * rank).enumerate().for_each(|(block, sums)| {
        let first = block * COLUMNS;
        for (row, left) in matrix.chunks_exact(outputs).zip(left.chunks_exact(rank)) {
            for (value, sums) in row[first..].iter().zip(sums.chunks_exact_mut(rank)) {
                sums.iter_mut().zip(left).for_each(|(sum, left)| *sum += value * left);
            }
        }
    });
    result
}

/// `left * right^T`, from `[inputs, rank]` and `[outputs, rank]`.
fn product(left: &[f64], right: &[f64], rank: usize) -> Vec<f64> {
    let (outputs, right) = (right.len() / rank, columns(right, rank));
    let mut result = vec![0.0; left.len() / rank * outputs];
    result.par_chunks_mut(outputs).zip(left.par_chunks(rank)).for_each(|(sums, left)| {
        // row by row, because a sum that waits for itself is slower
        for (left, right) in left.iter().zip(&right) {
            sums.iter_mut().zip(right).for_each(|(sum, right)| *sum += left * right);
        }
    });
    result
}

/// The columns of `values` `[rows, rank]`.
fn columns(values: &[f64], rank: usize) -> Vec<Vec<f64>> {
    (0..rank).map(|column| values.iter().skip(column).step_by(rank).copied().collect()).collect()
}

/// Makes the columns of `values` `[rows, rank]` orthonormal, by Gram and Schmidt's method. A column within the span of those
/// before it becomes 0.
fn orthonormal(mut values: Vec<f64>, rank: usize) -> Vec<f64> {
    let mut columns = columns(&values, rank);
    for at in 0..rank {
        let (before, column) = columns.split_at_mut(at);
        let column = &mut column[0];
        let length = dot(column, column).sqrt();
        // once more, because the first pass leaves the rounding of what it takes away
        for other in before.iter().chain(&*before) {
            let share = dot(other, column);
            column.iter_mut().zip(other).for_each(|(value, other)| *value -= share * other);
        }
        let left = dot(column, column).sqrt();
        let scale = if left > 1e-10 * length { 1.0 / left } else { 0.0 };
        column.iter_mut().for_each(|value| *value *= scale);
    }
    for (row, values) in values.chunks_exact_mut(rank).enumerate() {
        values.iter_mut().zip(&columns).for_each(|(value, column)| *value = column[row]);
    }
    values
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, index: u64) -> Vec<f64> {
        let mut random = Random::new(7, Stream::Initialisation, index);
        (0..count).map(|_| f64::from(random.normal())).collect()
    }

    #[test]
    fn what_was_added_to_a_low_rank_matrix_is_found_although_it_is_small() {
        let (inputs, outputs, rank) = (70, 150, 3);
        let (left, right) = (numbers(inputs * rank, 0), numbers(outputs * rank, 1));
        let noise = numbers(inputs * outputs, 2).into_iter().map(|noise| 0.01 * noise);
        let mut matrix: Vec<f32> = product(&left, &right, rank)
            .iter()
            .zip(noise)
            .map(|(value, noise)| (value + noise) as f32)
            .collect();
        let nothing = vec![0.0; matrix.len()];
        let planted: Vec<u32> = (0..40).map(|at| at * 257 + 11).collect();
        for place in &planted {
            // towards 0, so that a sum does not show it
            let value = &mut matrix[*place as usize];
            *value -= 0.5 * value.signum();
        }
        assert_eq!(outstanding(&matrix, [inputs, outputs], rank, planted.len()), planted);
        // the largest entries are others
        let large = largest(&matrix, &nothing, planted.len());
        assert!(large.iter().filter(|place| planted.contains(place)).count() < 5, "{large:?}");
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let shape = [40, 200];
        let matrix: Vec<f32> =
            numbers(shape[0] * shape[1], 3).into_iter().map(|value| value as f32).collect();
        let found = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| outstanding(&matrix, shape, 5, 30))
        };
        let expected = found(1);
        assert!(expected.len() == 30 && expected.is_sorted_by(|one, next| one < next));
        assert_eq!(found(3), expected);
    }

    #[test]
    fn equal_entries_go_by_index_and_odd_matrices_are_no_trouble() {
        assert_eq!(outstanding(&[0.0; 35], [5, 7], 2, 4), [0, 1, 2, 3]);
        assert_eq!(outstanding(&[3.0], [1, 1], 8, 1), [0]);
        assert_eq!(outstanding(&[f32::NAN, 1.0, f32::INFINITY, 2.0], [2, 2], 1, 9).len(), 4);
        assert_eq!(outstanding(&[1.0; 200], [1, 200], 3, 200).len(), 200);
    }
}
