//! The pages that are open. Each holds a connection for as long as it lives.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most pages at a time. A browser opens six connections, and each page holds one.
const MOST_PAGES: usize = 4;

#[derive(Clone, Default)]
pub struct Pages(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    open: BTreeSet<String>,
    /// The time since which no page is open, after the first one was.
    alone_since: Option<Instant>,
}

/// An open page.
pub struct Page {
    pages: Pages,
    id: String,
}

impl Pages {
    /// Adds a page. `None`: too many are open, or one with this id.
    pub fn enter(&self, id: &str) -> Option<Page> {
        let mut state = self.state();
        if state.open.len() >= MOST_PAGES || !state.open.insert(id.to_owned()) {
            return None;
        }
        state.alone_since = None;
        Some(Page { pages: self.clone(), id: id.to_owned() })
    }

    pub fn is_open(&self, id: &str) -> bool {
        self.state().open.contains(id)
    }

    /// How long ago the last page was closed. `None`: one is open, or none was yet.
    pub fn alone(&self) -> Option<Duration> {
        self.state().alone_since.map(|since| since.elapsed())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // no panic leaves the state halfway
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let mut state = self.pages.state();
        state.open.remove(&self.id);
        if state.open.is_empty() {
            state.alone_since = Some(Instant::now());
        }
    }
}
