//! A run holds only the word embeddings of the tokens in its texts, and ends like one that holds all.

mod common;

use common::tiny::Tiny;
use subtune::dps::Method;
use subtune::encoder::{ModelConfig, Parameter, UsedTokens, WeightsFile, values};
use subtune::train::{Data, TrainingArguments};

/// The name and the final values of each parameter.
fn trained(tiny: &Tiny) -> Vec<(Parameter, Vec<f32>)> {
    let arguments = TrainingArguments {
        method: Method::DpsDense,
        weight_decay: 0.1,
        max_steps: Some(12),
        per_device_train_batch_size: Some(4),
        update_ratio: 0.25,
        ..TrainingArguments::default()
    };
    let mut trainer = tiny.start(&arguments);
    while pollster::block_on(trainer.proceed()).unwrap().is_some() {}
    let found = pollster::block_on(values(&trainer.take_model())).unwrap();
    WeightsFile::new("init.safetensors", &tiny.weights)
        .unwrap()
        .with_used_tokens(&tiny.data.used)
        .whole(tiny.config.family, found)
        .unwrap()
}

/// The same examples, with all tokens marked as used.
fn all_used(tiny: &Tiny, config: &ModelConfig) -> Data {
    let mut data = tiny.data.clone();
    let sets = [&mut data.train, &mut data.validation, &mut data.test];
    let used = data.used.clone();
    for example in sets.into_iter().flatten() {
        example.encoding.input_ids.iter_mut().for_each(|id| *id = used.ids()[*id as usize]);
    }
    data.pad_id = used.ids()[data.pad_id as usize];
    data.used = UsedTokens::new(0..config.vocab_size as u32, config.vocab_size);
    data
}

/// Only rounding differs: that of the gradients' norm, whose sum has other groups, and that of the decay, which a row
/// of ones measures.
#[test]
fn what_is_left_out_ends_as_if_it_had_been_trained() {
    let narrow = Tiny::classes();
    let mut wide = Tiny::classes();
    wide.data = all_used(&narrow, &narrow.config);
    let unused = narrow.config.vocab_size - narrow.data.used.ids().len();
    assert!(unused > 5, "{unused} tokens are unused");

    let before = Tiny::classes();
    let file = WeightsFile::new("init.safetensors", &before.weights).unwrap();
    let device = &before.chosen.device;
    let start =
        pollster::block_on(values(&file.load_with_fresh_head(&before.config, 1, device).unwrap())).unwrap();
    let (narrow, wide) = (trained(&narrow), trained(&wide));
    for (((parameter, narrow), (other, wide)), (_, start)) in narrow.iter().zip(&wide).zip(&start) {
        assert_eq!((&parameter.name, &parameter.shape), (&other.name, &other.shape));
        if parameter.name == "bert.embeddings.word_embeddings.weight" {
            assert!(wide != start, "unused rows decay");
        }
        let most = narrow.iter().zip(wide).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(most <= 1e-6, "{} differs by {most:e}", parameter.name);
    }
}
