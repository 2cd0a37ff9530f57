//! The runs of a comparison.

use std::collections::BTreeMap;

use serde_json::Value;

use super::variant::Variant;
use crate::dps::Method;
use crate::error::{Error, Result};

/// The largest number of rows of a table.
const MOST_VARIANTS: usize = 10_000;

/// Every variant with every seed. The first variant is the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The variants, all different; the first is the baseline.
    pub variants: Vec<Variant>,
    /// The seeds, all different.
    pub seeds: Vec<u64>,
}

impl Plan {
    /// Every method with every combination of the grid's values. `grid` holds the values of each setting by its name.
    ///
    /// # Errors
    /// No method, seed or value is given, one is given twice, or there are more than 10,000 combinations.
    pub fn new(methods: &[Method], grid: &BTreeMap<String, Vec<Value>>, seeds: Vec<u64>) -> Result<Self> {
        check("methods", "method", methods)?;
        check("seeds", "seed", &seeds)?;
        let mut variants: Vec<Variant> = methods.iter().map(|method| Variant::from(*method)).collect();
        for (name, values) in grid {
            check(&format!("grid: {name}"), "value", values)?;
            if variants.len().saturating_mul(values.len()) > MOST_VARIANTS {
                return Err(Error::Usage(format!(
                    "grid has more than {MOST_VARIANTS} combinations with the methods; expected fewer values"
                )));
            }
            let with = |variant: &Variant, value: &Value| {
                let mut variant = variant.clone();
                variant.settings.insert(name.clone(), value.clone());
                variant
            };
            let with_each = |variant| values.iter().map(move |value| with(variant, value));
            variants = variants.iter().flat_map(with_each).collect();
        }
        Ok(Plan { variants, seeds })
    }

    /// The runs, seed by seed, so that an interrupted comparison has finished all variants of its first seeds.
    pub fn runs(&self) -> impl Iterator<Item = (u64, &Variant)> {
        self.seeds.iter().flat_map(|seed| self.variants.iter().map(|variant| (*seed, variant)))
    }

    /// Whether a method occurs with several combinations of settings, so that one must be chosen.
    pub fn has_grid(&self) -> bool {
        self.variants.iter().any(|variant| !variant.settings.is_empty())
    }
}

fn check<T: PartialEq + std::fmt::Display>(name: &str, one: &str, items: &[T]) -> Result<()> {
    if items.is_empty() {
        return Err(Error::Usage(format!("{name} is empty; expected at least one {one}")));
    }
    match items.iter().enumerate().find(|(index, item)| items[..*index].contains(item)) {
        Some((_, twice)) => Err(Error::Usage(format!("{name} has {twice} twice; expected each {one} once"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(methods: &[Method], grid: &[(&str, &[f64])], seeds: &[u64]) -> Result<Plan> {
        let values = |values: &[f64]| values.iter().map(|value| Value::from(*value)).collect();
        let grid = grid.iter().map(|(name, of)| ((*name).to_owned(), values(of))).collect();
        Plan::new(methods, &grid, seeds.to_vec())
    }

    #[test]
    fn all_variants_of_a_seed_come_before_the_next_seed() {
        let plan = plan(&[Method::Full, Method::Head], &[], &[7, 3]).unwrap();
        let runs: Vec<_> = plan.runs().map(|(seed, variant)| (seed, variant.method)).collect();
        assert_eq!(runs, [(7, Method::Full), (7, Method::Head), (3, Method::Full), (3, Method::Head)]);
        assert!(!plan.has_grid());
    }

    #[test]
    fn a_grid_gives_each_method_every_combination() {
        let grid: [(&str, &[f64]); 2] = [("weight_decay", &[0.0, 0.1]), ("learning_rate", &[0.5, 0.25])];
        let plan = plan(&[Method::Full, Method::Head], &grid, &[1]).unwrap();
        let names: Vec<String> = plan.variants.iter().map(Variant::to_string).collect();
        assert_eq!(names.len(), 8);
        assert_eq!(
            names[..5],
            [
                "full, learning_rate 0.5, weight_decay 0.0",
                "full, learning_rate 0.5, weight_decay 0.1",
                "full, learning_rate 0.25, weight_decay 0.0",
                "full, learning_rate 0.25, weight_decay 0.1",
                "head, learning_rate 0.5, weight_decay 0.0"
            ]
        );
        assert!(plan.has_grid());
    }

    #[test]
    fn nothing_anything_twice_and_too_much_are_refused() {
        let error = |methods: &[Method], grid: &[(&str, &[f64])], seeds: &[u64]| {
            plan(methods, grid, seeds).unwrap_err().to_string()
        };
        assert_eq!(error(&[], &[], &[1]), "methods is empty; expected at least one method");
        assert_eq!(
            error(&[Method::Full, Method::Full], &[], &[1]),
            "methods has full twice; expected each method once"
        );
        assert_eq!(error(&[Method::Full], &[], &[1, 2, 1]), "seeds has 1 twice; expected each seed once");
        assert_eq!(
            error(&[Method::Full], &[("a", &[0.5, 0.5])], &[1]),
            "grid: a has 0.5 twice; expected each value once"
        );
        let many: Vec<f64> = (0..101).map(f64::from).collect();
        let found = error(&[Method::Full], &[("a", &many), ("b", &many)], &[1]);
        assert!(found.starts_with("grid has more than 10000 combinations"), "{found}");
    }
}
