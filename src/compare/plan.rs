//! The runs of a comparison.

use crate::dps::Method;
use crate::error::{Error, Result};

/// Every method with every seed. The first method is the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The methods, all different; the first is the baseline.
    pub methods: Vec<Method>,
    /// The seeds, all different.
    pub seeds: Vec<u64>,
}

impl Plan {
    /// # Errors
    /// No method or no seed is given, or one is given twice.
    pub fn new(methods: Vec<Method>, seeds: Vec<u64>) -> Result<Self> {
        check("methods", "method", &methods)?;
        check("seeds", "seed", &seeds)?;
        Ok(Plan { methods, seeds })
    }

    /// The runs, seed by seed, so that an interrupted comparison has finished all methods of its first seeds.
    pub fn runs(&self) -> impl Iterator<Item = (u64, Method)> + '_ {
        self.seeds.iter().flat_map(|seed| self.methods.iter().map(|method| (*seed, *method)))
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

    #[test]
    fn all_methods_of_a_seed_come_before_the_next_seed() {
        let plan = Plan::new(vec![Method::Full, Method::Head], vec![7, 3]).unwrap();
        let runs: Vec<_> = plan.runs().collect();
        assert_eq!(runs, [(7, Method::Full), (7, Method::Head), (3, Method::Full), (3, Method::Head)]);
    }

    #[test]
    fn nothing_and_anything_twice_are_refused() {
        let error = |methods: &[Method], seeds: &[u64]| {
            Plan::new(methods.to_vec(), seeds.to_vec()).unwrap_err().to_string()
        };
        assert_eq!(error(&[], &[1]), "methods is empty; expected at least one method");
        assert_eq!(
            error(&[Method::Full, Method::Full], &[1]),
            "methods has full twice; expected each method once"
        );
        assert_eq!(error(&[Method::Full], &[1, 2, 1]), "seeds has 1 twice; expected each seed once");
    }
}
