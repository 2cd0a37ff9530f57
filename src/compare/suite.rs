//! Several comparisons in one table.

use std::fmt::Write;

use serde::Serialize;

use super::difference::Difference;
use super::statistics::mean;
use super::summary::{MethodRow, Summary};
use super::text::{aligned, table};
use crate::dps::Method;

/// The comparison of one set of data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SuiteSet {
    /// The name of the set.
    pub name: String,
    /// Its comparison, with the chosen settings if there was a grid.
    pub comparison: Summary,
}

/// All comparisons of a suite. The sets may have metrics of their own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suite {
    /// The sets, in the order of their runs.
    pub sets: Vec<SuiteSet>,
}

impl Suite {
    /// Writes the table for a terminal.
    pub fn plain(&self) -> String {
        let mut text = aligned(&self.cells());
        for line in self.findings() {
            // writing to a String cannot fail
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// Writes the same as a Markdown file.
    pub fn markdown(&self) -> String {
        let mut text = String::from("# Comparison over several sets\n\n");
        table(&mut text, &self.cells());
        for line in self.findings() {
            let _ = writeln!(text, "- {line}");
        }
        text
    }

    /// The rows of a set's held-out examples.
    fn rows(set: &SuiteSet) -> &[MethodRow] {
        &set.comparison.sets[0].methods
    }

    /// The methods of any set, in the order in which they first occur.
    fn methods(&self) -> Vec<Method> {
        let mut methods = Vec::new();
        for row in self.sets.iter().flat_map(Self::rows) {
            if !methods.contains(&row.variant.method) {
                methods.push(row.variant.method);
            }
        }
        methods
    }

    /// A row for each method and a column for each set.
    fn cells(&self) -> Vec<Vec<String>> {
        let title = |set: &SuiteSet| format!("{}, {}", set.name, set.comparison.metric);
        let head = std::iter::once("method".to_owned()).chain(self.sets.iter().map(title)).collect();
        let cell = |set: &SuiteSet, method: Method| {
            let row = Self::rows(set).iter().find(|row| row.variant.method == method);
            match row.map(|row| (row.mean, row.standard_deviation)) {
                Some((Some(mean), Some(deviation))) => format!("{mean:.4} ± {deviation:.4}"),
                Some((Some(mean), None)) => format!("{mean:.4}"),
                _ => "-".into(),
            }
        };
        let row = |method: Method| {
            let cells = self.sets.iter().map(|set| cell(set, method));
            std::iter::once(method.to_string()).chain(cells).collect()
        };
        std::iter::once(head).chain(self.methods().into_iter().map(row)).collect()
    }

    /// A sentence for each method that is compared with a set's first one.
    fn findings(&self) -> Vec<String> {
        let sentence = |method: Method| {
            let differences: Vec<(&SuiteSet, &Difference)> = self
                .sets
                .iter()
                .filter_map(|set| {
                    let mut all = set.comparison.sets[0].differences.iter();
                    Some((set, all.find(|one| one.variant.method == method)?))
                })
                .collect();
            let (_, first) = differences.first()?;
            let gain = |(set, difference): &(&SuiteSet, &Difference)| {
                if set.comparison.greater_is_better { difference.mean } else { -difference.mean }
            };
            let gains: Vec<f64> = differences.iter().map(gain).collect();
            let count = |better: fn(&f64) -> bool| gains.iter().filter(|gain| better(gain)).count();
            let metric = |(set, _): &(&SuiteSet, &Difference)| set.comparison.metric.clone();
            let alike = differences.windows(2).all(|pair| metric(&pair[0]) == metric(&pair[1]));
            let average = mean(&gains).filter(|_| alike);
            Some(format!(
                "{method} against {}: better in {} and worse in {} of {} sets{}",
                first.baseline.method,
                count(|gain| *gain > 0.0),
                count(|gain| *gain < 0.0),
                gains.len(),
                average.map_or_else(String::new, |average| format!(", by {average:+.4} on average")),
            ))
        };
        self.methods().into_iter().filter_map(sentence).collect()
    }
}
