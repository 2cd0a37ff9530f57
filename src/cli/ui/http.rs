//! HTTP on the loopback interface: the one place of subtune that has a socket. Every size and every wait is bounded, and
//! each connection carries one request.
#![allow(clippy::disallowed_types)]

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// The largest line of the request with all headers.
const MOST_HEAD: usize = 16 << 10;
const MOST_HEADERS: usize = 64;
/// The connections at a time. A browser opens six.
const MOST_CONNECTIONS: usize = 256;
/// Seconds in which the whole head must arrive.
const HEAD_WITHIN: Duration = Duration::from_secs(5);
/// The longest pause in a body, and the longest wait of a client that does not read.
const PAUSE: Duration = Duration::from_secs(60);
/// What is read of a refused request, so that its client sees the answer.
const MOST_DRAINED: u64 = 1 << 20;
const STACK: usize = 1 << 20;

/// The reason for refusing a request: its status and a sentence.
pub struct Refusal(pub u16, pub &'static str);

/// A port of 127.0.0.1.
pub struct Listener(TcpListener);

impl Listener {
    /// Listens on this port, or on a free one.
    ///
    /// # Errors
    /// The port is taken.
    pub fn open(port: Option<u16>) -> Result<(Self, u16)> {
        let opened = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0)));
        let listener = opened.map_err(|error| {
            let wanted = port.map_or("a free port".into(), |port| format!("port {port}"));
            Error::Usage(format!(
                "{wanted} of 127.0.0.1 could not be opened ({error}); name another with --port"
            ))
        })?;
        let port = listener.local_addr().map_err(|error| Error::io("127.0.0.1", error))?.port();
        Ok((Listener(listener), port))
    }

    /// Answers requests on threads of their own, for as long as the process lives.
    pub fn serve(self, answer: impl Fn(Exchange) + Send + Sync + 'static) {
        let (answer, open) = (Arc::new(answer), Arc::new(AtomicUsize::new(0)));
        std::thread::spawn(move || {
            for stream in self.0.incoming() {
                let Ok(stream) = stream else {
                    // such as too many open files: closed connections give some back
                    std::thread::sleep(Duration::from_millis(50));
                    continue;
                };
                if open.load(Ordering::Relaxed) >= MOST_CONNECTIONS {
                    continue;
                }
                let place = Counted::new(&open);
                let answer = answer.clone();
                let thread = std::thread::Builder::new().stack_size(STACK);
                // without memory for a thread, the connection is closed
                let _ = thread.spawn(move || {
                    let _place = place;
                    if let Some(exchange) = Exchange::read(stream) {
                        answer(exchange);
                    }
                });
            }
        });
    }
}

/// A connection that is counted while it is open.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Counted(open.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The first line and the headers of a request.
pub struct Head {
    pub method: String,
    /// The path as it was sent, without the query.
    pub path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Head {
    /// The value of a header that occurs once. A header that is repeated has no value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(other, _)| other == name);
        values.next().filter(|_| values.next().is_none()).map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(other, _)| other == name)
    }

    /// Reads a head. `None`: it is not complete.
    fn parse(bytes: &[u8]) -> std::result::Result<Option<(Self, usize)>, Refusal> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let size = match request.parse(bytes) {
            Ok(httparse::Status::Complete(size)) => size,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(Refusal(431, "too many headers")),
            Err(_) => return Err(Refusal(400, "this is not HTTP")),
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let target = request.path.unwrap_or_default();
        let head = Head {
            method: request.method.unwrap_or_default().into(),
            path: target.split_once('?').map_or(target, |(path, _)| path).into(),
            headers: request
                .headers
                .iter()
                .map(|header| (header.name.to_lowercase(), text(header.value)))
                .collect(),
        };
        Ok(Some((head, size)))
    }
}

/// A request that waits for its answer.
pub struct Exchange {
    pub head: Head,
    stream: TcpStream,
    /// The part of the body that came with the head.
    early: Vec<u8>,
}

impl Exchange {
    /// Reads the head of a request. `None`: the client left, or was refused.
    fn read(mut stream: TcpStream) -> Option<Self> {
        stream.set_write_timeout(Some(PAUSE)).ok()?;
        let until = Instant::now() + HEAD_WITHIN;
        let mut bytes = Vec::new();
        let refusal = loop {
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                break Refusal(408, "the head of the request took too long");
            }
            stream.set_read_timeout(Some(rest)).ok()?;
            let mut chunk = [0; 4 << 10];
            match stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(read) => bytes.extend_from_slice(&chunk[..read]),
                Err(error) if is_timeout(&error) => continue,
                Err(_) => return None,
            }
            match Head::parse(&bytes) {
                Ok(Some((head, size))) => {
                    stream.set_read_timeout(Some(PAUSE)).ok()?;
                    return Some(Exchange { head, stream, early: bytes.split_off(size) });
                }
                Ok(None) if bytes.len() > MOST_HEAD => {
                    break Refusal(431, "the head of the request is too large");
                }
                Ok(None) => {}
                Err(refusal) => break refusal,
            }
        };
        let head = Head { method: String::new(), path: String::new(), headers: Vec::new() };
        Exchange { head, stream, early: Vec::new() }.refuse(&refusal);
        None
    }

    /// Reads the body, of at most `most` bytes.
    ///
    /// # Errors
    /// The request does not say how long it is, it is longer, or it does not arrive.
    pub fn body(&mut self, most: u64) -> std::result::Result<Vec<u8>, Refusal> {
        if self.head.has("transfer-encoding") {
            return Err(Refusal(411, "a body needs a content-length"));
        }
        let length = self.head.header("content-length").and_then(|length| length.parse::<u64>().ok());
        let length = length.ok_or(Refusal(411, "a body needs a content-length"))?;
        if length > most {
            return Err(Refusal(413, "the body is too large"));
        }
        let mut body = std::mem::take(&mut self.early);
        if body.len() as u64 > length {
            return Err(Refusal(400, "the body is longer than its content-length"));
        }
        let rest = length - body.len() as u64;
        let fits = usize::try_from(rest).is_ok_and(|rest| body.try_reserve_exact(rest).is_ok());
        if !fits {
            return Err(Refusal(413, "there is not enough memory for the body"));
        }
        let read = (&mut self.stream).take(rest).read_to_end(&mut body);
        match read {
            Ok(_) if body.len() as u64 == length => Ok(body),
            _ => Err(Refusal(408, "the body did not arrive")),
        }
    }

    /// Sends the answer. A client that left gets none.
    pub fn answer(mut self, kind: &str, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if self.begin(200, kind, Some(length)).is_ok() {
            let _ = parts.iter().try_for_each(|part| self.stream.write_all(part));
        }
        self.end();
    }

    /// Answers that the request is refused.
    pub fn refuse(mut self, Refusal(status, why): &Refusal) {
        if self.begin(*status, "text/plain; charset=utf-8", Some(why.len() + 1)).is_ok() {
            let _ = writeln!(self.stream, "{why}");
        }
        self.end();
    }

    /// Begins an answer and keeps it open until the client leaves.
    pub fn hold(mut self) {
        const BEAT: Duration = Duration::from_secs(1);
        let begun =
            self.begin(200, "text/plain", None).and_then(|()| self.stream.set_read_timeout(Some(BEAT)));
        if begun.is_err() {
            return;
        }
        loop {
            match self.stream.read(&mut [0; 64]) {
                // a client sends nothing after its request
                Ok(_) => return,
                Err(error) if is_timeout(&error) => {}
                Err(_) => return,
            }
            if self.stream.write_all(b"\n").is_err() {
                return;
            }
        }
    }

    fn begin(&mut self, status: u16, kind: &str, length: Option<usize>) -> std::io::Result<()> {
        let length = length.map(|length| format!("content-length: {length}\r\n")).unwrap_or_default();
        // the port may be another program's next time, so that nothing of this one may stay in the browser
        let head = format!(
            "HTTP/1.1 {status} {}\r\ncontent-type: {kind}\r\n{length}connection: close\r\ncache-control: no-store\r\n\
             x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\n\
             content-security-policy: frame-ancestors 'none'\r\ncross-origin-opener-policy: same-origin\r\n\
             cross-origin-resource-policy: same-origin\r\n\r\n",
            if status == 200 { "OK" } else { "Refused" }
        );
        self.stream.write_all(head.as_bytes())
    }

    /// Closes the connection so that the client gets what was sent.
    fn end(mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        let _ = self.stream.set_read_timeout(Some(Duration::from_secs(1)));
        let _ = std::io::copy(&mut (&mut self.stream).take(MOST_DRAINED), &mut std::io::sink());
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
