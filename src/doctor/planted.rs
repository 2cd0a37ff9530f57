//! Tests of the self-test: every kernel with a deliberate fault must fail it, and healthy kernels must pass.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::check::compare;
use super::training::PARTS;
use super::{fault, self_test};
use crate::device::{Chosen, DeviceChoice, choose};
use crate::kernels::planted::plant;
use crate::kernels::{COMPUTATIONS, shaders, with_burns_products};

fn gpu() -> Chosen {
    let name =
        std::env::var("SUBTUNE_DEVICE").expect("SUBTUNE_DEVICE names the GPU to test, such as llvmpipe");
    let chosen = pollster::block_on(choose(&DeviceChoice::Named(name))).unwrap();
    assert!(chosen.adapter.is_some(), "SUBTUNE_DEVICE must name a GPU, not the CPU");
    chosen
}

#[test]
fn every_shader_file_is_in_the_self_test() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders")).unwrap();
    let files: BTreeSet<String> = folder
        .filter_map(|file| Some(file.unwrap().file_name().to_str()?.strip_suffix(".wgsl")?.to_owned()))
        .collect();
    assert_eq!(files, shaders().map(|shader| shader.name.to_owned()).collect());
}

#[test]
fn every_shader_has_faults_in_lines_that_it_has() {
    for shader in shaders() {
        assert!(shader.faults.len() >= 2, "{}: {} faults", shader.name, shader.faults.len());
        for (right, _) in shader.faults {
            assert!(shader.text(1).contains(right), "{right:?} is no longer in {}.wgsl", shader.name);
        }
    }
}

/// A planted fault applies to the whole process, so a test that uses a GPU holds this lock.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
#[ignore = "needs a GPU: SUBTUNE_DEVICE=llvmpipe cargo test --release --lib self_test -- --ignored"]
fn the_self_test_finds_every_planted_fault_and_none_in_healthy_kernels() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let healthy = gpu();
    for run in 0..50 {
        let checks = pollster::block_on(self_test(&healthy));
        assert_eq!(fault(&checks), None, "run {run}");
        assert_eq!(checks.len(), COMPUTATIONS.len() + PARTS.len());
    }
    let planted: BTreeMap<_, _> = shaders().map(|shader| (shader.name, shader.faults)).collect();
    let planted: Vec<_> = planted
        .into_iter()
        .flat_map(|(name, faults)| faults.iter().map(move |fault| (name, *fault)))
        .collect();
    let mut missed = Vec::new();
    for (name, (right, wrong)) in &planted {
        plant(Some((name, (right, wrong))));
        // a device of its own, so that every kernel is compiled again
        let broken = gpu();
        let of_shader =
            COMPUTATIONS.iter().filter(|one| one.shaders.iter().any(|shader| shader.name == *name));
        match of_shader.copied().find_map(|one| fault(&pollster::block_on(compare(&[one], &broken)))) {
            Some(fault) => println!("{name}: {wrong} for {right}: {fault}"),
            None => missed.push((name, right, wrong)),
        }
    }
    plant(None);
    println!("{} faults were planted", planted.len());
    assert!(missed.is_empty(), "{} of {} were missed: {missed:#?}", missed.len(), planted.len());
}

/// Real GPUs take their matrix products from burn, and the self-test must pass with those too.
#[test]
#[ignore = "needs a GPU: SUBTUNE_DEVICE=llvmpipe cargo test --release --lib self_test -- --ignored"]
fn the_self_test_passes_with_burns_matrix_products() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let emulated = gpu();
    let checks = with_burns_products(|| pollster::block_on(self_test(&emulated)));
    assert_eq!(fault(&checks), None);
}
