//! `subtune ui`: the page in the person's own browser, with the engine of this program.
//!
//! A request goes one way: [`http`] reads it, [`gate`] decides whether it may ask, and [`site`], [`kept`] or [`engine`]
//! answers. The page does everything else, as in a tab: what it calls here are the functions of the WebAssembly engine,
//! and the files that it would keep in the browser.

mod call;
mod engine;
mod gate;
mod http;
mod kept;
mod open;
mod pages;
mod site;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::Done;
use super::arguments::UiFlags;
use super::interrupt::interruption;
use super::output::{say, tell};
use super::sources::Bundled;
use crate::error::Result;
use call::{Call, Reply};
use engine::Engine;
use gate::{Secret, check_origin};
use http::{Exchange, Listener, Refusal};
use kept::Kept;
use open::Opener;
use pages::Pages;
use site::Site;

/// How long the program lives after its last page was closed: a reload takes a moment.
const ALONE: Duration = Duration::from_secs(10);
/// The time between two looks at Ctrl-C and at the pages.
const LOOK: Duration = Duration::from_millis(100);
/// The largest body of a call, which may hold a model.
const MOST_BODY: u64 = 1 << 32;
const MOST_ID: usize = 64;

/// A call that waits for the engine.
struct Job {
    page: String,
    call: Call,
    reply: Sender<Reply>,
}

/// What the threads of the connections share.
struct Server {
    secret: Secret,
    site: Site,
    kept: Arc<Kept>,
    pages: Pages,
    jobs: Sender<Job>,
}

pub fn ui(flags: UiFlags, bundled: &Bundled) -> Result<Done> {
    let site = Site::open(flags.site.as_deref())?;
    let kept = Arc::new(Kept::take(flags.data_dir)?);
    let (listener, port) = Listener::open(flags.port)?;
    let secret = Secret::new();
    let address = format!("http://127.0.0.1:{port}/#{}", secret.text());
    let (jobs, waiting) = channel();
    let pages = Pages::default();
    let interrupted = interruption();
    let server = Server { secret, site, kept: kept.clone(), pages: pages.clone(), jobs };
    listener.serve(move |exchange| server.answer(exchange));
    say(&format!("subtune ui is at {address}"))?;
    let mut opener = match flags.no_open {
        true => None,
        false => Opener::start(&address, &port.to_string()),
    };
    tell(match opener {
        Some(_) => "Your browser opens it. Close its page or press Ctrl-C to end subtune ui.",
        None => {
            "Open this address in a browser on this machine. Close its page or press Ctrl-C to end subtune ui."
        }
    });
    let mut engine = Engine::new(bundled, &kept);
    loop {
        if interrupted.load(Ordering::Relaxed) {
            break;
        }
        if pages.alone().is_some_and(|alone| alone > ALONE) {
            tell("ended, because its last page was closed");
            break;
        }
        engine.keep_only(|page| pages.is_open(page));
        if let Some(Job { page, call, reply }) = next(&waiting, &pages) {
            // the first call of a page: its browser has read the file
            opener = None;
            // its connection may be gone
            let _ = reply.send(engine.answer(&page, call));
        }
    }
    drop(opener);
    // what is kept is stored before the process ends
    engine.keep_only(|_| false);
    Ok(Done::Complete)
}

/// The next call of a page that is still open. `None` after a while without one.
fn next(waiting: &Receiver<Job>, pages: &Pages) -> Option<Job> {
    match waiting.recv_timeout(LOOK) {
        Ok(job) => Some(job).filter(|job| pages.is_open(&job.page)),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => unreachable!("the threads of connections hold the other end"),
    }
}

impl Server {
    fn answer(&self, mut exchange: Exchange) {
        match self.find(&mut exchange) {
            Ok(Found::File(bytes, kind)) => exchange.answer(kind, &[bytes]),
            Ok(Found::Page(_page)) => exchange.hold(),
            Ok(Found::Reply(reply)) => {
                let (head, parts) = reply.body();
                let parts: Vec<&[u8]> = [head.as_slice()].into_iter().chain(parts).collect();
                exchange.answer("application/octet-stream", &parts);
            }
            Err(refusal) => exchange.refuse(&refusal),
        }
    }

    fn find(&self, exchange: &mut Exchange) -> std::result::Result<Found<'_>, Refusal> {
        let head = &exchange.head;
        check_origin(head)?;
        match (head.method.as_str(), head.path.as_str()) {
            ("GET", "/api/page") => {
                let page = self.page(exchange)?;
                let page = self.pages.enter(&page);
                page.map(Found::Page).ok_or(Refusal(409, "four pages are open; close one of them first"))
            }
            ("POST", "/api/call") => {
                let page = self.page(exchange)?;
                if !self.pages.is_open(&page) {
                    return Err(Refusal(409, "this page is closed; reload it"));
                }
                Ok(Found::Reply(match Call::new(&exchange.body(MOST_BODY)?) {
                    Ok(call) => self.call(page, call)?,
                    Err(error) => Reply::failure(&error),
                }))
            }
            // files need not wait for the engine
            ("POST", "/api/kept") => {
                self.secret.check(head)?;
                let answer = Call::new(&exchange.body(MOST_BODY)?).and_then(|call| self.kept.answer(call));
                Ok(Found::Reply(answer.unwrap_or_else(|error| Reply::failure(&error))))
            }
            ("GET", path) => {
                let file = self.site.file(path).ok_or(Refusal(404, "there is no such file"))?;
                Ok(Found::File(file.0, file.1))
            }
            _ => Err(Refusal(405, "expected GET")),
        }
    }

    /// The page that asks, if it knows the secret.
    fn page(&self, exchange: &Exchange) -> std::result::Result<String, Refusal> {
        self.secret.check(&exchange.head)?;
        let page = exchange.head.header("x-subtune-page").filter(|id| (1..=MOST_ID).contains(&id.len()));
        page.map(str::to_owned).ok_or(Refusal(400, "the request does not name its page"))
    }

    fn call(&self, page: String, call: Call) -> std::result::Result<Reply, Refusal> {
        let (reply, answer) = channel();
        let ended = Refusal(503, "subtune ui ends");
        match self.jobs.send(Job { page, call, reply }) {
            Ok(()) => answer.recv().map_err(|_| ended),
            Err(_) => Err(ended),
        }
    }
}

/// The answer to a request.
enum Found<'a> {
    File(&'a [u8], &'static str),
    Page(pages::Page),
    Reply(Reply),
}
