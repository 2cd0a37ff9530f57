//! The folds of a cross-validation.

use std::collections::BTreeMap;

use crate::random::{Random, Stream};

/// Divides the rows into `count` folds of nearly equal size, each with its share of every class. `classes` and `groups`
/// have an entry for each row. Rows of one group, such as equal texts, stay together: a model that has seen a text
/// would score too well on its copy.
pub fn folds(classes: &[usize], groups: &[usize], count: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, group) in groups.iter().enumerate() {
        members.entry(*group).or_default().push(row);
    }
    let mut members: Vec<Vec<usize>> = members.into_values().collect();
    Random::new(seed, Stream::Folds, 0).shuffle(&mut members);
    // a stable sort, so that the order within a class stays random
    members.sort_by_key(|rows| classes[rows[0]]);
    let mut folds = vec![Vec::new(); count];
    // dealt out in turn, so that each class spreads over all folds
    for (place, rows) in members.into_iter().enumerate() {
        folds[place % count].extend(rows);
    }
    folds.iter_mut().for_each(|fold| fold.sort_unstable());
    folds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_held_out_once_and_classes_are_shared_out() {
        let classes: Vec<usize> = (0..90).map(|row| usize::from(row % 3 == 0)).collect();
        let groups: Vec<usize> = (0..90).collect();
        let folds = folds(&classes, &groups, 3, 7);
        let mut all: Vec<usize> = folds.concat();
        all.sort_unstable();
        assert_eq!(all, (0..90).collect::<Vec<_>>());
        for fold in &folds {
            assert_eq!((fold.len(), fold.iter().filter(|row| classes[**row] == 1).count()), (30, 10));
        }
        assert_ne!(folds, super::folds(&classes, &groups, 3, 8));
        assert_eq!(folds, super::folds(&classes, &groups, 3, 7));
    }

    #[test]
    fn equal_texts_stay_together() {
        let groups: Vec<usize> = (0..40).map(|row| row % 10).collect();
        for fold in folds(&[0; 40], &groups, 3, 1) {
            let whole = |row: &usize| {
                (0..40).filter(|other| other % 10 == row % 10).all(|other| fold.contains(&other))
            };
            assert!(fold.iter().all(whole), "{fold:?}");
        }
    }
}
