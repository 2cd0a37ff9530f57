//! A run whose device is lost goes on, and ends in the same bits; one that runs out of memory goes on with batches in
//! two halves.

mod common;

use common::place::{Place, data};
use subtune::device::{Chosen, DeviceChoice, choose};
use subtune::dps::Method;
use subtune::encoder::ModelConfig;
use subtune::error::Error;
use subtune::finetune::{Prepared, RunSpec, Running};
use subtune::model::ModelFolder;
use subtune::random::{Random, Stream};
use subtune::session::{Face, Keeping, MemoryStore, Session};
use subtune::text::{DataArguments, Source, Table};
use subtune::train::{Event, Recipe, TrainingArguments};

const STEPS: usize = 9;
const SAVE_STEPS: usize = 4;

fn start(place: &Place, method: Method, chosen: &Chosen) -> Running {
    let table = Table::parse("data.csv", data().as_bytes()).unwrap();
    let source = Source::new(&table, &DataArguments::default()).unwrap();
    let arguments = TrainingArguments {
        recipe: Recipe::Plain,
        method,
        update_ratio: 0.25,
        learning_rate: Some(3e-3),
        per_device_train_batch_size: Some(4),
        logging_steps: 2,
        eval_steps: Some(3),
        max_steps: Some(STEPS),
        max_length: 32,
        ..TrainingArguments::default()
    };
    let folder = ModelFolder::read(&place.path("model")).unwrap();
    let shares =
        DataArguments { validation_split: Some(0.1), test_split: Some(0.1), ..DataArguments::default() };
    let spec = RunSpec {
        folder,
        model_name: place.path("model"),
        source,
        train_file: "data.csv".into(),
        data: shares,
        arguments,
        origin: serde_json::Value::Null,
    };
    Prepared::new(spec).unwrap().start(chosen).unwrap()
}

/// What is left of a run: its model, its events without times, and how often it recovered.
struct End {
    model: Vec<u8>,
    events: Vec<Event>,
    recoveries: Vec<Event>,
}

/// Opens the devices of a run, and hears of its recoveries.
struct Witness {
    choice: DeviceChoice,
    recoveries: Vec<Event>,
}

impl Face for Witness {
    fn tell(&mut self, event: &Event) {
        if matches!(event, Event::Recovery { .. }) {
            self.recoveries.push(event.clone());
        }
    }

    async fn open(&mut self, _: &ModelConfig) -> Result<Chosen, Error> {
        choose(&self.choice).await
    }
}

/// Drives a run to its end; `before` is called before each piece of it.
fn finish(running: Running, choice: &DeviceChoice, mut before: impl FnMut(usize, &Running)) -> End {
    let mut session = Session::new(running);
    let (store, save_steps) = (MemoryStore::default(), Some(SAVE_STEPS));
    session.keep(Keeping { store, save_steps, limit: 1, hold: false });
    let mut witness = Witness { choice: choice.clone(), recoveries: Vec::new() };
    for piece in 0.. {
        before(piece, session.running());
        if !pollster::block_on(session.advance(&mut witness)).unwrap() {
            break;
        }
    }
    let told = session.running().events().iter().filter(|event| {
        !matches!(
            event,
            Event::Recovery { .. } | Event::Checkpoint { .. } | Event::Step { .. } | Event::End { .. }
        )
    });
    let events = told.cloned().collect();
    let folder = session.finish().unwrap();
    End { model: folder.bytes("model.safetensors").to_vec(), events, recoveries: witness.recoveries }
}

#[test]
#[ignore = "needs a GPU: SUBTUNE_DEVICE=llvmpipe cargo test --release --test recovery -- --ignored"]
fn a_run_whose_device_is_lost_goes_on_and_ends_in_the_same_bits() {
    let choice = DeviceChoice::Named(std::env::var("SUBTUNE_DEVICE").expect("SUBTUNE_DEVICE names a GPU"));
    let place = Place::new();
    let open = || pollster::block_on(choose(&choice)).unwrap();
    let healthy = open();
    let mut random = Random::new(3, Stream::Shuffle, 0);
    let methods = [Method::DpsDense, Method::DpsMix, Method::Full];
    let expected = methods.map(|method| finish(start(&place, method, &healthy), &choice, |_, _| {}));
    for run in 0..=20 {
        let (method, expected) = (methods[run % 3], &expected[run % 3]);
        // piece 0 is the start, the one after the last step the end
        let end = STEPS + 1;
        let at = if run < 20 { random.below(end as u32) as usize + 1 } else { end + 1 };
        let found = finish(start(&place, method, &open()), &choice, |piece, running| {
            if piece == at {
                running.device().destroy();
            }
        });
        assert!(found.model == expected.model, "{method}, lost at piece {at}: another model");
        assert_eq!(found.events, expected.events, "{method}, lost at piece {at}");
        assert_eq!(found.recoveries.len(), usize::from(at <= end), "{method}, lost at piece {at}");
        if at > end {
            continue;
        }
        let Event::Recovery { step, from, message } = &found.recoveries[0] else {
            panic!("{:?}", found.recoveries)
        };
        println!("{method}: {message}");
        assert!(step - from <= SAVE_STEPS + 1 && from % SAVE_STEPS == 0, "{method}: {message}");
    }
}

#[test]
fn a_run_without_memory_goes_on_once_with_batches_in_halves() {
    let place = Place::new();
    let device = common::device();
    let whole = finish(start(&place, Method::DpsDense, &device), &DeviceChoice::Cpu, |_, _| {});
    let mut running = start(&place, Method::DpsDense, &device);
    let error = Error::OutOfMemory("no memory is left".into());
    pollster::block_on(async {
        for _ in 0..4 {
            running.proceed().await.unwrap();
        }
        assert!(running.can_recover(&error));
        let event = running.recover(&error, device.clone(), None).await.unwrap();
        let Event::Recovery { step: 3, from: 0, message } = event else { panic!("{event:?}") };
        assert!(message.contains("no memory is left") && message.contains("two halves"), "{message}");
        assert!(!running.can_recover(&error), "a second time");
    });
    let halved = finish(running, &DeviceChoice::Cpu, |_, _| {});
    let values = |model: &[u8]| -> Vec<f32> {
        let tensors = safetensors::SafeTensors::deserialize(model).unwrap();
        let mut named = tensors.tensors();
        named.sort_by(|a, b| a.0.cmp(&b.0));
        named.into_iter().flat_map(|(_, view)| subtune::encoder::decode(&view).unwrap()).collect()
    };
    let (whole, halved) = (values(&whole.model), values(&halved.model));
    let difference = whole.iter().zip(&halved).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // sums in another order, through nine steps of Adam at a rate of 3e-3
    assert!(difference > 0.0 && difference < 1e-4, "{difference}");
}
