//! Divides a set of examples at random. The same seed gives the same parts.

use crate::error::{Error, Result};
use crate::random::{Random, Stream};
use crate::spec::{Example, Target};
use std::collections::{BTreeMap, HashMap};

const FEWEST_ROWS: usize = 10;
const VALUE_BINS: usize = 10;

/// Splits the examples into a training and a held-out part, each in the original order. `held_out` is the share of the
/// second, in (0, 1). Each class gives this share of its different texts, rounded, but at least one to either part if
/// it has two or more; a class with a single text stays in training. In a regression, ten bins with equal numbers of
/// texts stand for the classes.
///
/// Examples whose text and pair differ at most in case and spacing go to the same part, so that no held-out text was
/// trained on. If they disagree on the class, they count for the rarest of their classes.
///
/// # Errors
/// [`Error::Usage`] for a share outside (0, 1); [`Error::Data`] for fewer than 10 examples, or if a part is empty.
pub fn stratified_split(
    examples: Vec<Example>,
    held_out: f64,
    seed: u64,
) -> Result<(Vec<Example>, Vec<Example>)> {
    if !(held_out > 0.0 && held_out < 1.0) {
        return Err(Error::Usage(format!(
            "the held-out share is {held_out}; expected a number between 0 and 1, such as 0.2"
        )));
    }
    let total = examples.len();
    if total < FEWEST_ROWS {
        return Err(too_few(format!(
            "{total} examples are too few to hold some out; expected at least {FEWEST_ROWS}: add examples, or train on \
             all of them without a score, with validation_split 0 and test_split 0 (--validation-split 0 --test-split 0)"
        )));
    }
    let groups = groups(&examples);
    let mut is_held_out = vec![false; total];
    for (stratum, mut members) in strata(&examples, groups) {
        Random::new(seed, Stream::Split, stratum as u64).shuffle(&mut members);
        let count = members.len();
        let share = (count as f64 * held_out).round() as usize;
        let taken = if count < 2 { 0 } else { share.clamp(1, count - 1) };
        for row in members[..taken].iter().flatten() {
            is_held_out[*row] = true;
        }
    }
    let mut sides = (Vec::new(), Vec::new());
    for (example, held_out) in examples.into_iter().zip(is_held_out) {
        if held_out { sides.1.push(example) } else { sides.0.push(example) }
    }
    if sides.1.is_empty() {
        return Err(too_few(
            "no class has two different texts, upper and lower case and blanks aside, so none can be held out; expected \
             more examples"
                .into(),
        ));
    }
    Ok(sides)
}

/// Draws `count` random examples, or takes all if there are fewer. They keep their order.
pub fn subsample(examples: Vec<Example>, count: usize, seed: u64) -> Vec<Example> {
    let mut order: Vec<usize> = (0..examples.len()).collect();
    Random::new(seed, Stream::Subsample, 0).shuffle(&mut order);
    let mut kept = vec![false; examples.len()];
    for row in order.into_iter().take(count) {
        kept[row] = true;
    }
    examples.into_iter().zip(kept).filter_map(|(example, kept)| kept.then_some(example)).collect()
}

fn too_few(message: String) -> Error {
    Error::data("training data", None, message)
}

/// The rows of each different text, in order of first appearance.
fn groups(examples: &[Example]) -> Vec<Vec<usize>> {
    let mut group_of: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (row, example) in examples.iter().enumerate() {
        let group = *group_of.entry(example.key()).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(row);
    }
    groups
}

/// The groups by class, or by bins of the value of their first row.
fn strata(examples: &[Example], mut groups: Vec<Vec<usize>>) -> BTreeMap<usize, Vec<Vec<usize>>> {
    let value = |row: usize| examples[row].target.as_ref().and_then(Target::value).unwrap_or(0.0);
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    for class in examples.iter().flat_map(Example::classes) {
        *sizes.entry(*class).or_default() += 1;
    }
    if sizes.is_empty() {
        groups.sort_by(|a, b| value(a[0]).total_cmp(&value(b[0])));
    }
    let total = groups.len();
    let mut strata: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
    for (position, group) in groups.into_iter().enumerate() {
        let rarest =
            group.iter().flat_map(|row| examples[*row].classes()).min_by_key(|class| (sizes[class], **class));
        let bins = (total / VALUE_BINS).clamp(1, VALUE_BINS);
        strata.entry(rarest.copied().unwrap_or(position * bins / total)).or_default().push(group);
    }
    strata
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn example(line: usize, text: String, target: Option<Target>) -> Example {
        Example { line: line as u64, text, pair: None, target }
    }

    fn lines(examples: &[Example]) -> Vec<u64> {
        examples.iter().map(|example| example.line).collect()
    }

    proptest! {
        #[test]
        fn split_is_an_ordered_partition_without_leaks(
            rows in prop::collection::vec((0usize..30, 0usize..3), 10..80),
            held_out in 0.05f64..0.95,
            seed: u64,
        ) {
            let spaced = |line: usize, text| if line.is_multiple_of(2) { format!("Text  {text} ") } else { format!("text {text}") };
            let examples: Vec<Example> = rows.iter().enumerate()
                .map(|(line, (text, class))| example(line, spaced(line, text), Some(Target::Class(*class))))
                .collect();
            let Ok((train, test)) = stratified_split(examples.clone(), held_out, seed) else { return Ok(()) };
            let mut all = [lines(&train), lines(&test)].concat();
            prop_assert!(lines(&train).is_sorted() && lines(&test).is_sorted());
            all.sort_unstable();
            prop_assert_eq!(all, lines(&examples));
            let trained: HashSet<String> = train.iter().map(Example::key).collect();
            prop_assert!(!test.iter().any(|example| trained.contains(&example.key())));
            prop_assert_eq!(stratified_split(examples, held_out, seed).unwrap(), (train, test));
        }

        #[test]
        fn each_class_of_different_texts_gives_its_share_and_is_on_both_sides(
            classes in prop::collection::vec(0usize..4, 10..100),
            held_out in 0.05f64..0.95,
            seed: u64,
        ) {
            let examples = classes.iter().enumerate()
                .map(|(line, class)| example(line, line.to_string(), Some(Target::Class(*class))))
                .collect();
            let (train, test) = stratified_split(examples, held_out, seed).unwrap();
            for class in 0..4 {
                let size = |side: &[Example]| side.iter().filter(|example| example.target == Some(Target::Class(class))).count();
                let (kept, taken) = (size(&train), size(&test));
                prop_assert!((taken as f64 - held_out * (kept + taken) as f64).abs() <= 1.0);
                prop_assert!(kept + taken < 2 || kept > 0 && taken > 0);
            }
        }

        #[test]
        fn a_subsample_is_ordered_and_of_the_asked_size(total in 0usize..50, count in 0usize..60, seed: u64) {
            let examples: Vec<Example> = (0..total).map(|line| example(line, String::new(), None)).collect();
            let found = lines(&subsample(examples, count, seed));
            prop_assert_eq!(found.len(), count.min(total));
            prop_assert!(found.is_sorted());
        }
    }

    /// `tests/pytorch/compare.py` draws the same examples, so that it trains on them too.
    #[test]
    fn a_subsample_is_that_of_the_pytorch_reference() {
        let examples = |total: usize| (0..total).map(|line| example(line, String::new(), None)).collect();
        assert_eq!(lines(&subsample(examples(20), 5, 1)), [0, 5, 6, 17, 18]);
        assert_eq!(lines(&subsample(examples(1000), 5, 3)), [196, 224, 229, 341, 810]);
    }

    #[test]
    fn a_regression_is_split_evenly_over_its_values() {
        let examples =
            (0..200).map(|line| example(line, line.to_string(), Some(Target::Value(line as f32)))).collect();
        let (_, test) = stratified_split(examples, 0.2, 1).unwrap();
        for bin in 0..10 {
            assert_eq!(test.iter().filter(|example| example.line / 20 == bin).count(), 4);
        }
    }

    #[test]
    fn splits_depend_on_the_seed_and_refuse_too_few_rows() {
        let examples = |count| {
            (0..count).map(|line| example(line, line.to_string(), Some(Target::Class(0)))).collect::<Vec<_>>()
        };
        let test = |seed| lines(&stratified_split(examples(100), 0.2, seed).unwrap().1);
        assert_ne!(test(1), test(2));
        assert!(
            stratified_split(examples(9), 0.2, 1).unwrap_err().to_string().contains("9 examples are too few")
        );
        assert!(matches!(stratified_split(examples(20), f64::NAN, 1), Err(Error::Usage(_))));
        let same = (0..20).map(|line| example(line, "x".into(), None)).collect();
        assert!(
            stratified_split(same, 0.2, 1)
                .unwrap_err()
                .to_string()
                .contains("no class has two different texts")
        );
    }
}
