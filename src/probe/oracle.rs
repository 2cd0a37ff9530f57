//! A test against scikit-learn's solutions (`tests/oracle/probe_oracle.py`).

use serde::Deserialize;

use super::linear_map::LinearMap;
use super::{Features, logistic, ridge};

#[derive(Deserialize)]
struct Case {
    kind: String,
    size: usize,
    outputs: usize,
    c: f64,
    features: Vec<f32>,
    #[serde(default)]
    classes: Vec<usize>,
    #[serde(default)]
    importance: Vec<f64>,
    #[serde(default)]
    values: Vec<f64>,
    weight: Vec<f64>,
    bias: Vec<f64>,
}

/// The solver ends when no slope exceeds 1e-5. Weights of 1 to 10 are then within 1e-3 of the minimum.
const TOLERANCE: f64 = 2e-3;

#[test]
fn linear_models_are_scikit_learns() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../tests/golden/probe/expected.json")).unwrap();
    for case in cases {
        let features = Features::new(case.size, &case.features);
        let mut found = match case.kind.as_str() {
            "ridge" => ridge::fit(&features, &case.values, case.c),
            _ => {
                let start = LinearMap::zeros(case.outputs, case.size);
                logistic::fit(&features, &case.classes, &case.importance, case.outputs, case.c, start)
            }
        };
        // the softmax ignores a constant that all biases share
        if case.kind == "logistic" {
            let mean = found.bias.iter().sum::<f64>() / case.outputs as f64;
            found.bias.iter_mut().for_each(|bias| *bias -= mean);
        }
        let largest = case.weight.iter().fold(1.0f64, |most, weight| most.max(weight.abs()));
        let pairs = found.weight.iter().zip(&case.weight).chain(found.bias.iter().zip(&case.bias));
        for (found, expected) in pairs {
            let off = (found - expected).abs() / largest;
            assert!(off < TOLERANCE, "{} of size {}: {found}, expected {expected}", case.kind, case.size);
        }
    }
}
