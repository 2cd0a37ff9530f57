//! The algorithm against the oracle, an independent implementation in float64 (`tests/oracle/dps_oracle.py`).
//!
//! `SUBTUNE_GOLDEN` names one golden run or a folder of them (default: `tests/golden`), `SUBTUNE_DEVICE` the
//! device (`cpu`, `gpu` or part of an adapter's name; default: `cpu`).

mod common;

use subtune::golden::replay;

#[test]
fn golden_runs_are_reproduced() {
    let device = common::device();
    let folders = common::golden_folders();
    assert!(!folders.is_empty());
    for folder in folders {
        let replay = pollster::block_on(replay(&common::files(&folder), &device))
            .unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        for found in &replay.deviations {
            println!(
                "{}: {} deviates by {:.3} of its tolerance at {}",
                replay.name, found.quantity, found.share, found.place
            );
        }
        let quantities: Vec<_> = replay.deviations.iter().map(|found| found.quantity).collect();
        let all = ["loss", "gradient norm", "statistic", "weight"];
        let selects = replay.name != "full";
        assert!(
            all.iter().all(|one| quantities.contains(one) || (*one == "statistic" && !selects)),
            "{quantities:?}"
        );
        for found in &replay.deviations {
            assert!(found.share <= 1.0, "{} on {}: {found:?}", replay.name, replay.device);
        }
    }
}
