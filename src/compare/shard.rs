//! A share of the runs of a comparison, for one of several machines.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::variant::Variant;
use crate::error::{Error, Result};
use crate::hash::Hash;

/// Shard `number`, counted from 0, of `count`.
///
/// A run belongs to the shard that the hash of its variant and seed names. So a run stays where it is when the
/// comparison grows, and a shard needs to know nothing of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u64,
    count: u64,
}

const EXPECTED: &str = "expected K/N such as 0/8, with K from 0 to N - 1, or auto";

/// The variables in which a scheduler gives a task its number and the number of tasks.
const SCHEDULERS: [(&str, &str, &str); 4] = [
    ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"),
    ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", ""),
    ("SKYPILOT_JOB_RANK", "SKYPILOT_NUM_JOBS", ""),
    ("SKYPILOT_NODE_RANK", "SKYPILOT_NUM_NODES", ""),
];

impl Shard {
    /// Finds the shard in the variables of a scheduler: a Slurm job array, an indexed Kubernetes job (which must set
    /// `JOB_COMPLETIONS` itself), or SkyPilot's jobs or nodes. `variable` reads one.
    ///
    /// # Errors
    /// No scheduler has set its variables, or their values are no shard.
    pub fn from_scheduler(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let found = SCHEDULERS.iter().find_map(|(number, count, first)| {
            Some((number, variable(number)?, count, variable(count), variable(first)))
        });
        let Some((name, number, count_name, count, first)) = found else {
            let names: Vec<&str> = SCHEDULERS.iter().map(|(name, ..)| *name).collect();
            return Err(Error::Usage(format!(
                "shard is auto, but none of {} is set; expected a task of a scheduler, or --shard K/N",
                names.join(", ")
            )));
        };
        let Some(count) = count else {
            return Err(Error::Usage(format!(
                "shard is auto and {name} is {number}, but {count_name} is not set; set it to the number of tasks"
            )));
        };
        let parsed = |text: &str| text.trim().parse::<u64>().ok();
        // an array may start at 1 or elsewhere
        let shard = first.as_deref().map_or(Some(0), parsed).zip(parsed(&number)).zip(parsed(&count));
        shard
            .and_then(|((first, number), count)| Shard::new(number.checked_sub(first)?, count))
            .ok_or_else(|| {
                Error::Usage(format!(
                    "shard is auto, {name} is {number} and {count_name} is {count}; expected a number below the count \
                     (an array without gaps)"
                ))
            })
    }

    fn new(number: u64, count: u64) -> Option<Self> {
        (number < count).then_some(Shard { number, count })
    }

    /// Whether a run belongs to this shard.
    pub fn has(self, seed: u64, variant: &Variant) -> bool {
        let mut hash = Hash::default();
        hash.add_counted(variant.to_string());
        hash.add_counted(seed.to_string());
        let hex = hash.hex();
        // 60 bits of the hash are even enough for any count
        u64::from_str_radix(&hex[..15], 16).expect("hexadecimal") % self.count == self.number
    }

    /// Its share of the rows of a file: the shards follow each other, and differ by at most one row.
    pub fn share(self, rows: u64) -> Range<u64> {
        let start = |number: u64| (u128::from(rows) * u128::from(number) / u128::from(self.count)) as u64;
        start(self.number)..start(self.number + 1)
    }

    /// The name of its folder.
    pub fn name(self) -> String {
        format!("{}-of-{}", self.number, self.count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parts = text.split_once('/').map(|(number, count)| (number.parse(), count.parse()));
        match parts {
            Some((Ok(number), Ok(count))) => Shard::new(number, count),
            _ => None,
        }
        .ok_or_else(|| format!("found {text:?}; {EXPECTED}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dps::Method;

    #[test]
    fn every_run_is_in_one_shard_and_the_shards_are_even() {
        let shards: Vec<Shard> = (0..16).map(|number| Shard::new(number, 16).unwrap()).collect();
        let mut sizes = [0; 16];
        for seed in 0..1000 {
            let variant = Variant::from(if seed % 2 == 0 { Method::Full } else { Method::Head });
            let holders: Vec<usize> = (0..16).filter(|at| shards[*at].has(seed, &variant)).collect();
            assert_eq!(holders.len(), 1);
            sizes[holders[0]] += 1;
        }
        // 62.5 each on average, with a deviation of 7.7
        assert!(sizes.iter().all(|size| (35..95).contains(size)), "{sizes:?}");
    }

    #[test]
    fn the_shares_of_a_file_follow_each_other() {
        for (rows, count) in [(10, 3), (2, 5), (0, 2), (u64::MAX, 7)] {
            let shares: Vec<_> =
                (0..count).map(|number| Shard::new(number, count).unwrap().share(rows)).collect();
            assert_eq!((shares[0].start, shares.last().unwrap().end), (0, rows));
            assert!(shares.windows(2).all(|pair| pair[0].end == pair[1].start));
            let sizes = shares.iter().map(|share| share.end - share.start);
            assert!(sizes.clone().max().unwrap() - sizes.min().unwrap() <= 1);
        }
    }

    #[test]
    fn a_shard_is_read_and_a_wrong_one_is_refused() {
        assert_eq!("3/8".parse(), Ok(Shard { number: 3, count: 8 }));
        assert_eq!("3/8".parse::<Shard>().unwrap().name(), "3-of-8");
        for wrong in ["8/8", "0/0", "-1/8", "3", "a/b", "1/", ""] {
            let error = wrong.parse::<Shard>().unwrap_err();
            assert!(error.contains("expected K/N such as 0/8"), "{error}");
        }
    }

    fn scheduled(variables: &[(&str, &str)]) -> std::result::Result<String, String> {
        let value =
            |name: &str| variables.iter().find(|(is, _)| *is == name).map(|(_, value)| (*value).to_owned());
        Shard::from_scheduler(value).map(|shard| shard.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_shard_is_that_of_the_schedulers_task() {
        let slurm = |id, first| {
            [("SLURM_ARRAY_TASK_ID", id), ("SLURM_ARRAY_TASK_COUNT", "8"), ("SLURM_ARRAY_TASK_MIN", first)]
        };
        assert_eq!(scheduled(&slurm("3", "0")).unwrap(), "3/8");
        assert_eq!(scheduled(&slurm("8", "1")).unwrap(), "7/8");
        let kubernetes = [("JOB_COMPLETION_INDEX", "2"), ("JOB_COMPLETIONS", "4")];
        assert_eq!(scheduled(&kubernetes).unwrap(), "2/4");
        assert_eq!(scheduled(&[("SKYPILOT_NODE_RANK", "0"), ("SKYPILOT_NUM_NODES", "2")]).unwrap(), "0/2");
        assert!(scheduled(&kubernetes[..1]).unwrap_err().contains("JOB_COMPLETIONS is not set; set it to"));
        assert!(scheduled(&[]).unwrap_err().contains("none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX"));
        // an array such as 0-6:2 has tasks beyond its count
        let gaps =
            [("SLURM_ARRAY_TASK_ID", "6"), ("SLURM_ARRAY_TASK_COUNT", "4"), ("SLURM_ARRAY_TASK_MIN", "0")];
        assert!(scheduled(&gaps).unwrap_err().contains("expected a number below the count"));
    }
}
