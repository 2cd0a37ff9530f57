//! What a session does besides pulling: a run whose device is lost ends in the same bits; one that runs out of memory
//! continues with batches in two halves; the last checkpoints stay, and a run goes on where none can be written.

mod common;

use common::place::{Place, data};
use subtune::device::{Chosen, DeviceChoice, choose};
use subtune::dps::Method;
use subtune::error::Error;
use subtune::finetune::{Prepared, RunSpec, Running};
use subtune::model::ModelFolder;
use subtune::random::{Random, Stream};
use subtune::session::{Face, Files, Keeping, MemoryStore, Session, Store};
use subtune::text::{DataArguments, Source, Table};
use subtune::train::{Checkpoint, Event, Place as CheckpointPlace, Recipe, TrainingArguments};

const STEPS: usize = 9;
const SAVE_STEPS: usize = 4;

fn start(place: &Place, method: Method, chosen: &Chosen) -> Running {
    prepared(place, method).start(chosen).unwrap()
}

fn prepared(place: &Place, method: Method) -> Prepared {
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
    Prepared::new(spec).unwrap()
}

/// The end of a run: its model, its events without times, and the number of recoveries.
struct End {
    model: Vec<u8>,
    events: Vec<Event>,
    recoveries: Vec<Event>,
}

/// Opens the devices of a run and counts its recoveries.
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

    async fn open(&mut self, _: u64) -> Result<Chosen, Error> {
        choose(&self.choice).await
    }
}

/// Drives a run to its end, and calls `before` before each part of it.
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
        // part 0 is the start; the part after the last step is the end
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

/// A store that is full, or is not.
#[derive(Default)]
struct Disk {
    kept: MemoryStore,
    full: bool,
    /// What was kept after each checkpoint, by its step.
    seen: Vec<Vec<usize>>,
}

impl Store for Disk {
    async fn places(&self) -> Result<Vec<CheckpointPlace>, Error> {
        self.kept.places().await
    }

    async fn write(&mut self, place: CheckpointPlace, files: Files) -> Result<(), Error> {
        if self.full {
            return Err(Error::Storage("the disk is full".into()));
        }
        let before = self.kept.places().await?.iter().map(|place| place.step()).collect();
        self.seen.push(before);
        self.kept.write(place, files).await
    }

    async fn read(&self, place: CheckpointPlace) -> Result<Checkpoint, Error> {
        self.kept.read(place).await
    }

    async fn remove(&mut self, place: CheckpointPlace) -> Result<(), Error> {
        self.kept.remove(place).await
    }
}

/// Hears of everything.
#[derive(Default)]
struct Listener(Vec<Event>);

impl Face for Listener {
    fn tell(&mut self, event: &Event) {
        self.0.push(event.clone());
    }

    async fn open(&mut self, _: u64) -> Result<Chosen, Error> {
        choose(&DeviceChoice::Cpu).await
    }
}

fn keep(running: Running, disk: Disk, save_steps: usize) -> Session<Disk> {
    let mut session = Session::new(running);
    session.keep(Keeping { store: disk, save_steps: Some(save_steps), limit: 2, hold: false });
    session
}

#[test]
fn the_last_checkpoints_stay_and_those_of_a_later_past_go() {
    let (place, device) = (Place::new(), common::device());
    let mut session = keep(start(&place, Method::DpsDense, &device), Disk::default(), 2);
    let mut listener = Listener::default();
    pollster::block_on(async {
        while session.advance(&mut listener).await.unwrap() {}
        let disk = session.store().unwrap();
        assert_eq!(disk.seen, [vec![], vec![2], vec![2, 4], vec![4, 6]]);
        let places = disk.places().await.unwrap();
        assert_eq!(places.iter().map(|place| place.step()).collect::<Vec<_>>(), [6, 8]);
        let told: Vec<usize> = listener
            .0
            .iter()
            .filter_map(|event| match event {
                Event::Checkpoint { step, .. } => Some(*step),
                _ => None,
            })
            .collect();
        assert_eq!(told, [2, 4, 6, 8]);

        // from the earlier one: what the run had made beyond it goes with the next checkpoint
        let earlier = disk.read(places[0]).await.unwrap();
        let resumed = prepared(&place, Method::DpsDense).resume(earlier, &device).await.unwrap();
        let disk = Disk { kept: std::mem::take(&mut disk.kept), ..Disk::default() };
        let mut session = keep(resumed, disk, 7);
        while session.advance(&mut listener).await.unwrap() {}
        let places = session.store().unwrap().places().await.unwrap();
        assert_eq!(places.iter().map(|place| place.step()).collect::<Vec<_>>(), [6, 7]);
    });
}

#[test]
fn a_run_goes_on_where_no_checkpoint_can_be_written_with_one_warning() {
    let (place, device) = (Place::new(), common::device());
    let whole = finish(start(&place, Method::DpsDense, &device), &DeviceChoice::Cpu, |_, _| {});
    let disk = Disk { full: true, ..Disk::default() };
    let mut session = keep(start(&place, Method::DpsDense, &device), disk, 2);
    let mut listener = Listener::default();
    pollster::block_on(async { while session.advance(&mut listener).await.unwrap() {} });
    let warnings: Vec<&String> = listener
        .0
        .iter()
        .filter_map(|event| match event {
            Event::Warning { message } => Some(message),
            _ => None,
        })
        .collect();
    let [warning] = warnings[..] else { panic!("{warnings:?}") };
    assert!(warning.starts_with("no checkpoint could be written (the disk is full);"), "{warning}");
    assert_eq!(session.failed(), Some("the disk is full"));
    assert!(session.finish().unwrap().bytes("model.safetensors") == whole.model);
}

#[test]
fn an_interrupted_run_is_stored_first_and_resumes_to_the_same_bits() {
    let (place, device) = (Place::new(), common::device());
    let whole = finish(start(&place, Method::DpsMix, &device), &DeviceChoice::Cpu, |_, _| {});
    let mut session = keep(start(&place, Method::DpsMix, &device), Disk::default(), 100);
    let mut listener = Listener::default();
    pollster::block_on(async {
        for _ in 0..4 {
            assert!(session.advance(&mut listener).await.unwrap());
        }
        session.interrupt();
        while session.advance(&mut listener).await.unwrap() {}
        assert!(matches!(listener.0.last(), Some(Event::End { steps: 3, interrupted: true, .. })));
        let disk = session.store().unwrap();
        let places = disk.places().await.unwrap();
        assert_eq!(places.iter().map(|place| place.step()).collect::<Vec<_>>(), [3]);
        let stored = disk.read(places[0]).await.unwrap();
        let resumed = prepared(&place, Method::DpsMix).resume(stored, &device).await.unwrap();
        let end = finish(resumed, &DeviceChoice::Cpu, |_, _| {});
        assert!(end.model == whole.model, "another model");
    });
}
