//! The engine that the pages call: one thread with all models and runs, which does one call after the other.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::call::{Call, Reference, Reply};
use super::kept::Kept;
use crate::cli::sources::{self, Bundled};
use crate::error::{Error, Result};
use crate::golden;
use crate::session::FolderStore;
use crate::train::Checkpoint;
use crate::tuner::{self, Training, Tuner, device};

/// The models and runs of all pages.
pub struct Engine<'a> {
    bundled: &'a Bundled,
    kept: &'a Kept,
    objects: BTreeMap<u64, Owned>,
    /// Counts the objects.
    made: u64,
}

struct Owned {
    page: String,
    object: Object,
}

enum Object {
    Tuner(Box<Tuner>),
    Training(Box<Training<FolderStore>>),
}

impl<'a> Engine<'a> {
    pub fn new(bundled: &'a Bundled, kept: &'a Kept) -> Self {
        Engine { bundled, kept, objects: BTreeMap::new(), made: 0 }
    }

    /// Does a call of a page. A panic is the end of the call, and not of the engine.
    pub fn answer(&mut self, page: &str, call: Call) -> Reply {
        let done = catch_unwind(AssertUnwindSafe(|| pollster::block_on(self.call(page, call))));
        match done {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => Reply::failure(&error),
            Err(_) => Reply::crashed(),
        }
    }

    /// Frees what the pages that are gone had. Runs that are kept are stored first.
    pub fn keep_only(&mut self, is_open: impl Fn(&str) -> bool) {
        let gone: Vec<u64> =
            self.objects.iter().filter(|(_, owned)| !is_open(&owned.page)).map(|(id, _)| *id).collect();
        for id in gone {
            if let Some(Owned { object: Object::Training(mut training), .. }) = self.objects.remove(&id) {
                // without a checkpoint the run continues from the one before
                let _ =
                    catch_unwind(AssertUnwindSafe(|| pollster::block_on(training.save()).map(drop).is_ok()));
            }
        }
    }

    async fn call(&mut self, page: &str, mut call: Call) -> Result<Reply> {
        let Some(on) = call.on() else { return self.engine(page, call).await };
        if call.name() == "free" {
            self.objects.remove(&on);
            return Ok(Reply::plain(()));
        }
        let kept = self.kept;
        match &mut self.object(page, on)?.object {
            Object::Training(training) => follow(training, kept, &mut call).await,
            Object::Tuner(_) => self.tuner(page, on, call).await,
        }
    }

    /// The functions of no object.
    async fn engine(&mut self, page: &str, mut call: Call) -> Result<Reply> {
        match call.name() {
            "load" => {
                let (name, files, device) = (call.plain()?, call.record()?, call.plain()?);
                // the model of the program need not come from the page
                let files = match files.is_empty() {
                    true => sources::model(None, self.bundled)?.1.files().clone(),
                    false => files,
                };
                let tuner = Tuner::load(name, files, device).await?;
                Ok(self.add(page, Object::Tuner(Box::new(tuner))))
            }
            "doctor" => Ok(Reply::plain(tuner::doctor().await)),
            "reproduce" => {
                let (files, device) = (call.record()?, call.plain::<String>()?);
                Ok(Reply::plain(golden::replay(&files, &device::choose(&device).await?).await?))
            }
            _ => Err(call.unknown()),
        }
    }

    /// The functions of a model.
    async fn tuner(&mut self, page: &str, on: u64, mut call: Call) -> Result<Reply> {
        if call.name() == "finish" {
            let Reference { object } = call.plain()?;
            self.object(page, object)?;
            return match self.objects.remove(&object) {
                Some(Owned { object: Object::Training(training), .. }) => {
                    Ok(Reply::plain(self.model(page, on)?.finish(*training)?))
                }
                _ => Err(call.unknown()),
            };
        }
        let tuner = self.model(page, on)?;
        Ok(match call.name() {
            "describe" => Reply::plain(tuner.describe()),
            "ready" => Reply::plain(tuner.ready().await?),
            "inspect" => Reply::plain(tuner.inspect(&call.file()?, &call.plain()?)?),
            "rows" => Reply::plain(tuner.rows(&call.file()?, &call.plain()?)?),
            "suggest" => Reply::plain(tuner.suggest(&call.file()?, &call.plain()?, call.plain()?).await?),
            "start" => {
                let training = tuner.start(&call.files()?, call.plain()?)?;
                self.add(page, Object::Training(Box::new(training)))
            }
            "resume" => {
                let (files, place) = (call.files()?, call.plain::<String>()?);
                let checkpoint = Checkpoint::from_files(&place, call.record()?)?;
                let training = tuner.resume(&files, checkpoint).await?;
                self.add(page, Object::Training(Box::new(training)))
            }
            "useDelta" => Reply::plain(tuner.use_delta(call.bytes()?.as_deref())?),
            "predict" => Reply::plain(tuner.predict(call.plain()?).await?),
            "evaluate" => Reply::plain(tuner.evaluate(&call.file()?, &call.plain()?).await?),
            "tokenize" => Reply::plain(tuner.tokenize(call.plain()?, call.plain()?)?),
            "export" => {
                let (format, dtype) = (call.plain::<String>()?, call.plain::<String>()?);
                Reply::Files(tuner.export(&format, &dtype)?)
            }
            _ => return Err(call.unknown()),
        })
    }

    fn add(&mut self, page: &str, object: Object) -> Reply {
        self.made += 1;
        self.objects.insert(self.made, Owned { page: page.to_owned(), object });
        Reply::Object(Reference { object: self.made })
    }

    /// # Errors
    /// It was freed, or belongs to another page.
    fn object(&mut self, page: &str, id: u64) -> Result<&mut Owned> {
        let found = self.objects.get_mut(&id).filter(|owned| owned.page == page);
        found.ok_or_else(|| Error::Usage("the model or the run is no longer there; reload the page".into()))
    }

    fn model(&mut self, page: &str, id: u64) -> Result<&mut Tuner> {
        match &mut self.object(page, id)?.object {
            Object::Tuner(tuner) => Ok(tuner),
            Object::Training(_) => Err(Error::Usage("expected a model, and found a run".into())),
        }
    }
}

/// The functions of a run.
async fn follow(training: &mut Training<FolderStore>, kept: &Kept, call: &mut Call) -> Result<Reply> {
    Ok(match call.name() {
        "keep" => {
            #[derive(serde::Deserialize)]
            struct Place {
                folder: Vec<String>,
            }
            let Place { folder } = call.plain()?;
            training.keep(FolderStore::new(&kept.inside(&folder)?), call.plain()?, call.plain()?);
            Reply::plain(())
        }
        "proceed" => match training.proceed().await {
            Ok(events) => Reply::plain(events),
            Err(error) => Reply::failure(error),
        },
        "can_recover" => Reply::plain(training.can_recover()),
        "recover" => Reply::plain(training.recover().await?),
        "is_stored" => Reply::plain(training.is_stored()),
        "save" => match training.save().await {
            Ok(events) => Reply::plain(events),
            Err(error) => Reply::failure(error),
        },
        "warn" => Reply::plain(training.warn(call.plain()?)),
        "events" => Reply::plain(training.events()),
        "stop" => {
            training.stop();
            Reply::plain(())
        }
        "report" => Reply::plain(training.report(call.plain()?)),
        _ => return Err(call.unknown()),
    })
}
