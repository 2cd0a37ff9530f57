//! Texts that are spread over all, and typical: of each cluster of weighted k-means the one that most resembles its
//! neighbours (TypiClust: Hacohen, Dekel and Weinshall, "Active Learning on a Budget", 2022).

use rayon::prelude::*;

use crate::probe::Features;
use crate::random::{Random, Stream, unit};

/// The rounds of k-means. The centres hardly move after the first few.
const ROUNDS: usize = 10;
/// The neighbours that a typical row resembles.
const NEIGHBOURS: usize = 20;
/// The most rows of a cluster among which neighbours are looked for. The work grows with their number.
const MOST_COMPARED: usize = 500;

/// Returns up to `count` different rows, those of the heaviest clusters first. `weights` has a weight above 0 for each
/// row. The directions of the rows count, not their lengths.
pub fn spread(features: &Features, weights: &[f64], count: usize, seed: u64) -> Vec<usize> {
    let rows = features.rows();
    if count >= rows || count == 0 {
        return (0..rows.min(count)).collect();
    }
    let features = &features.directions();
    let mut centres: Vec<Vec<f64>> = first_centres(features, weights, count, seed)
        .into_iter()
        .map(|row| features.row(row).to_vec())
        .collect();
    let mut nearest = Vec::new();
    for _ in 0..ROUNDS {
        nearest = (0..rows).into_par_iter().map(|row| nearest_to(features.row(row), &centres)).collect();
        move_centres(&mut centres, features, weights, &nearest);
    }
    let mut clusters: Vec<(f64, Vec<usize>)> = vec![(0.0, Vec::new()); centres.len()];
    for (row, cluster) in nearest.into_iter().enumerate() {
        clusters[cluster].0 += weights[row];
        clusters[cluster].1.push(row);
    }
    clusters.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut found: Vec<usize> =
        clusters.iter().filter_map(|(_, members)| most_typical(features, members)).collect();
    // equal texts leave clusters empty; the heaviest other rows take their places
    let mut others: Vec<usize> = (0..rows).filter(|row| !found.contains(row)).collect();
    others.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
    found.extend(others.into_iter().take(count - found.len()));
    found
}

/// k-means++ (Arthur and Vassilvitskii, 2007): each further centre is a row drawn by its weight and its squared distance
/// from the nearest centre.
fn first_centres(features: &Features, weights: &[f64], count: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed, Stream::Suggestions, 0);
    let mut draw = |masses: &[f64]| {
        let total: f64 = masses.iter().sum();
        let mut left = total * f64::from(unit(random.word()));
        let place = masses.iter().position(|mass| {
            left -= mass;
            left < 0.0
        });
        place.unwrap_or(masses.len() - 1)
    };
    let mut chosen = vec![draw(weights)];
    let mut distances = vec![f64::INFINITY; features.rows()];
    while chosen.len() < count {
        let last = features.row(chosen[chosen.len() - 1]);
        distances
            .par_iter_mut()
            .enumerate()
            .for_each(|(row, least)| *least = least.min(distance(features.row(row), last)));
        let masses: Vec<f64> = distances.iter().zip(weights).map(|(far, weight)| far * weight).collect();
        chosen.push(draw(&masses));
    }
    chosen
}

/// The row of the members that is nearest to its neighbours on average. `None`: the cluster is empty.
fn most_typical(features: &Features, members: &[usize]) -> Option<usize> {
    let every = members.len().div_ceil(MOST_COMPARED).max(1);
    let compared: Vec<usize> = members.iter().copied().step_by(every).collect();
    let from_neighbours = |row: &usize| {
        let others = compared.iter().filter(|other| *other != row);
        let mut distances: Vec<f64> =
            others.map(|other| distance(features.row(*row), features.row(*other))).collect();
        distances.sort_by(f64::total_cmp);
        distances.truncate(NEIGHBOURS);
        distances.iter().sum::<f64>() / distances.len().max(1) as f64
    };
    let judged: Vec<(usize, f64)> = members.par_iter().map(|row| (*row, from_neighbours(row))).collect();
    judged.into_iter().reduce(|best, next| if next.1 < best.1 { next } else { best }).map(|(row, _)| row)
}

fn nearest_to(row: &[f64], centres: &[Vec<f64>]) -> usize {
    let distances = centres.iter().map(|centre| distance(row, centre)).enumerate();
    let nearest = distances.reduce(|best, next| if next.1 < best.1 { next } else { best });
    nearest.expect("there is a centre").0
}

/// A centre without rows stays where it is.
fn move_centres(centres: &mut [Vec<f64>], features: &Features, weights: &[f64], nearest: &[usize]) {
    let mut sums = vec![vec![0.0; features.size]; centres.len()];
    let mut mass = vec![0.0; centres.len()];
    for (row, cluster) in nearest.iter().enumerate() {
        mass[*cluster] += weights[row];
        sums[*cluster]
            .iter_mut()
            .zip(features.row(row))
            .for_each(|(sum, value)| *sum += weights[row] * value);
    }
    for ((centre, sum), mass) in centres.iter_mut().zip(sums).zip(mass) {
        if mass > 0.0 {
            *centre = sum.into_iter().map(|value| value / mass).collect();
        }
    }
}

fn distance(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other) * (one - other)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_rows_and_too_few_rows_give_different_rows() {
        let equal = Features::new(2, &[1.0; 20]);
        let mut found = spread(&equal, &[1.0; 10], 4, 1);
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), 4);
        assert_eq!(spread(&equal, &[1.0; 10], 12, 1), (0..10).collect::<Vec<_>>());
        assert_eq!(spread(&equal, &[1.0; 10], 0, 1), Vec::<usize>::new());
    }

    #[test]
    fn of_each_cluster_the_most_typical_row_is_taken_whatever_its_length() {
        // two bundles of directions, each with one at its middle and one far out
        let angles: [f32; 10] = [0.0, 0.1, 0.2, 0.21, 0.4, 2.0, 2.1, 2.2, 2.21, 2.4];
        let values: Vec<f32> = (0..10)
            .flat_map(|row| [angles[row].cos(), angles[row].sin()].map(|part| part * (1 + row) as f32))
            .collect();
        let mut found = spread(&Features::new(2, &values), &[1.0; 10], 2, 1);
        found.sort_unstable();
        assert_eq!(found, [2, 7]);
    }

    #[test]
    fn a_heavy_group_is_not_left_out() {
        let angle = |row: usize| (row % 3) as f32 + 0.001 * row as f32;
        let values: Vec<f32> = (0..30).flat_map(|row| [angle(row).cos(), angle(row).sin()]).collect();
        let weights: Vec<f64> = (0..30).map(|row| if row % 3 == 2 { 10.0 } else { 1.0 }).collect();
        let found = spread(&Features::new(2, &values), &weights, 3, 1);
        assert_eq!(found[0] % 3, 2);
        assert_eq!(found.iter().map(|row| row % 3).collect::<std::collections::BTreeSet<_>>().len(), 3);
    }
}
