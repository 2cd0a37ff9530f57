//! Checkpoints in the storage of JavaScript.

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::convert::{files, record};
use crate::error::{Error, Result};
use crate::session::{Files, Store};
use crate::train::{Checkpoint, Place};

#[wasm_bindgen]
extern "C" {
    /// `CheckpointKeeper` of www/src/engine/wasm.ts.
    pub type JsStore;

    #[wasm_bindgen(method, catch)]
    async fn complete(this: &JsStore) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn write(this: &JsStore, name: String, files: Object) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn read(this: &JsStore, name: String) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn remove(this: &JsStore, name: String) -> std::result::Result<JsValue, JsValue>;
    /// The name of a checkpoint in errors.
    #[wasm_bindgen(method)]
    fn place(this: &JsStore, name: String) -> String;
}

impl Store for JsStore {
    async fn places(&self) -> Result<Vec<Place>> {
        let names = self.complete().await.map_err(storage)?;
        let names: Array = names.unchecked_into();
        let mut places: Vec<Place> =
            names.iter().filter_map(|name| Place::parse(&name.as_string()?)).collect();
        places.sort_unstable();
        Ok(places)
    }

    async fn write(&mut self, place: Place, files: Files) -> Result<()> {
        JsStore::write(self, place.name(), record(&files)).await.map(drop).map_err(storage)
    }

    async fn read(&self, place: Place) -> Result<Checkpoint> {
        let stored: Object = JsStore::read(self, place.name()).await.map_err(storage)?.unchecked_into();
        let name = self.place(place.name());
        Checkpoint::from_files(&name, files(&stored).map_err(storage)?)
    }

    async fn remove(&mut self, place: Place) -> Result<()> {
        JsStore::remove(self, place.name()).await.map(drop).map_err(storage)
    }
}

/// The error that JavaScript threw.
fn storage(thrown: JsValue) -> Error {
    let message = match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    };
    Error::Storage(message)
}
