//! `subtune ui` under attack: who does not know its secret, or asks for another page, learns and changes nothing, and
//! nobody makes it stop, hang or grow.
#![cfg(feature = "ui")]
// the tests are the clients
#![allow(clippy::disallowed_types)]

mod common;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use common::place::{Place, data};
use serde_json::{Value, json};

/// A running `subtune ui` with a small page.
struct Ui {
    place: Place,
    process: Child,
    port: u16,
    secret: String,
    stderr: BufReader<ChildStderr>,
}

const PAGE: &str = "<!doctype html><title>the page</title>";

impl Ui {
    fn start() -> Self {
        let place = Place::new();
        std::fs::create_dir_all(place.path("site/subtune/wasm")).unwrap();
        for (name, content) in
            [("ui.html", PAGE), ("app.js", "1"), ("index.html", "no"), ("subtune/wasm/engine.wasm", "no")]
        {
            std::fs::write(place.path("site").join(name), content).unwrap();
        }
        std::fs::write(place.path("outside.txt"), "outside").unwrap();
        let mut process = program(&place).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        let address = first.trim().strip_prefix("subtune ui is at http://127.0.0.1:").expect("an address");
        let (port, secret) = address.split_once("/#").unwrap();
        Ui { port: port.parse().unwrap(), secret: secret.to_owned(), place, process, stderr }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// Sends bytes, and returns the status, the headers and the body of the answer; status 0 if there is none.
    fn send(&self, request: &[u8]) -> (u16, String, Vec<u8>) {
        let mut stream = self.connect();
        // a server that has refused does not read on
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, head, answer.get(end + 4..).unwrap_or_default().to_vec())
    }

    fn get(&self, path: &str) -> (u16, String, Vec<u8>) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port).as_bytes())
    }

    /// The headers of a good request.
    fn good(&self, page: &str) -> Vec<(String, String)> {
        let host = format!("127.0.0.1:{}", self.port);
        let pairs = [
            ("Host", host.clone()),
            ("Origin", format!("http://{host}")),
            ("X-Subtune-Secret", self.secret.clone()),
            ("X-Subtune-Page", page.to_owned()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn post(&self, path: &str, headers: &[(String, String)], body: &[u8]) -> (u16, String, Vec<u8>) {
        self.send(&request(path, headers, body))
    }

    /// Opens a page, which lasts until the stream is dropped.
    fn page(&self, id: &str) -> (u16, TcpStream) {
        let mut stream = self.connect();
        let headers = lines(&self.good(id));
        stream.write_all(format!("GET /api/page HTTP/1.1\r\n{headers}\r\n").as_bytes()).unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        (std::str::from_utf8(&head[9..]).unwrap().parse().unwrap(), stream)
    }

    /// Calls a function as the page does.
    fn call(&self, page: &str, on: Option<u64>, name: &str, arguments: Value, parts: &[&[u8]]) -> Value {
        let (status, head, answer) =
            self.post("/api/call", &self.good(page), &body(on, name, arguments, parts));
        assert_eq!(status, 200, "{name}: {head}\n{}", String::from_utf8_lossy(&answer));
        read(&answer)
    }

    fn assert_alive(&self) {
        let began = Instant::now();
        let (status, _, body) = self.get("/");
        assert_eq!((status, body.as_slice()), (200, PAGE.as_bytes()));
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }

    /// Waits for the end of the process, and returns its exit code.
    fn ended(&mut self, within: Duration) -> Option<i32> {
        let until = Instant::now() + within;
        while Instant::now() < until {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("it runs after {within:?}");
    }
}

impl Drop for Ui {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            let mut said = String::new();
            let _ = self.stderr.read_to_string(&mut said);
            eprintln!("the program said: {said}");
        }
    }
}

fn program(place: &Place) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_subtune"));
    command
        .args(["ui", "--no-open", "--site", "site", "--data-dir", "data"])
        .current_dir(place.root.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn lines(headers: &[(String, String)]) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect()
}

fn request(path: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let head = format!("POST {path} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n", lines(headers), body.len());
    [head.as_bytes(), body].concat()
}

/// A call as the page sends it.
fn body(on: Option<u64>, name: &str, arguments: Value, parts: &[&[u8]]) -> Vec<u8> {
    let sizes: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let json = json!({ "on": on, "name": name, "arguments": arguments, "sizes": sizes }).to_string();
    let size = (json.len() as u32).to_le_bytes();
    [&[&size[..], json.as_bytes()], parts].concat().concat()
}

/// The JSON of an answer.
fn read(answer: &[u8]) -> Value {
    let (size, rest) = answer.split_first_chunk::<4>().expect("an answer");
    serde_json::from_slice(&rest[..u32::from_le_bytes(*size) as usize]).unwrap()
}

/// The object in an answer.
fn object(answer: &Value) -> Option<u64> {
    assert!(answer["object"].is_u64(), "{answer}");
    answer["object"].as_u64()
}

/// Changes a header, adds it, or takes it away.
fn with(headers: &[(String, String)], name: &str, value: Option<&str>) -> Vec<(String, String)> {
    let mut changed: Vec<_> = headers.iter().filter(|(other, _)| other != name).cloned().collect();
    changed.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    changed
}

#[test]
fn nobody_else_is_let_in() {
    let ui = Ui::start();
    let (status, _open) = ui.page("one");
    assert_eq!(status, 200);
    let good = ui.good("one");
    let names = body(None, "names", json!([["runs"]]), &[]);
    let doctor = body(Some(1), "describe", json!([]), &[]);
    let asks = [("/api/kept", &names), ("/api/call", &doctor)];
    for (path, body) in asks {
        assert_eq!(ui.post(path, &good, body).0, 200, "{path}");
        let local = with(&good, "Host", Some("localhost:9000"));
        assert_eq!(
            ui.post(path, &with(&local, "Origin", Some("http://localhost:9000")), body).0,
            200,
            "forwarded"
        );
        assert_eq!(ui.post(path, &with(&good, "Origin", None), body).0, 200, "programs have no origin");
    }

    let guess: String = ui.secret.chars().rev().collect();
    let (short, long) = (&ui.secret[..63], format!("{}0", ui.secret));
    let upper = ui.secret.to_uppercase();
    let port = ui.port;
    let same = |host: &str| format!("{host}:{port}");
    let mut bad = Vec::new();
    for secret in [None, Some(""), Some("0"), Some(&*guess), Some(short), Some(&*long), Some(&*upper)] {
        bad.push(with(&good, "X-Subtune-Secret", secret));
    }
    let mut twice = with(&good, "X-Subtune-Secret", Some(&guess));
    twice.push(("X-Subtune-Secret".into(), ui.secret.clone()));
    bad.push(twice);
    // a page of the web, or of another program on this machine
    for origin in [
        "http://evil.example",
        "null",
        "",
        "http://localhost",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        &format!("http://localhost:{port}"),
        &format!("https://127.0.0.1:{port}"),
        &format!("http://127.0.0.1:{port}.evil.example"),
        &format!("http://127.0.0.1:{port}/"),
    ] {
        bad.push(with(&good, "Origin", Some(origin)));
    }
    // a name of the web that was bound to this address; its page has that name as its origin too
    for host in [
        "evil.example".to_owned(),
        same("evil.example"),
        same("127.0.0.1.evil.example"),
        same("localhost.evil.example"),
        same("evil.example@127.0.0.1"),
        same("127.1"),
        same("0.0.0.0"),
        same("[::1]"),
        "127.0.0.1:x".to_owned(),
        String::new(),
    ] {
        let rebound = with(&good, "Host", Some(&host));
        bad.push(with(&rebound, "Origin", Some(&format!("http://{host}"))));
        bad.push(with(&rebound, "Origin", None));
    }
    bad.push(with(&good, "Host", None));
    let mut two_hosts = good.clone();
    two_hosts.push(("Host".into(), same("127.0.0.1")));
    bad.push(two_hosts);
    for headers in &bad {
        for (path, body) in asks {
            let (status, head, answer) = ui.post(path, headers, body);
            assert_eq!(status, 403, "{path} {headers:?}");
            assert!(!head.contains("access-control"), "{head}");
            assert!(!String::from_utf8_lossy(&answer).contains(&ui.secret));
        }
        let (status, ..) = ui.send(format!("GET /api/page HTTP/1.1\r\n{}\r\n", lines(headers)).as_bytes());
        assert_eq!(status, 403, "{headers:?}");
    }
    // the secret is taken from its header alone
    for path in [format!("/api/kept?secret={}", ui.secret), format!("/api/kept#{}", ui.secret)] {
        let (status, ..) = ui.post(&path, &with(&good, "X-Subtune-Secret", None), &names);
        assert!([400, 403, 405].contains(&status), "{path}: {status}");
    }
    // not even the files of the page for another host
    let rebound = format!("GET / HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n");
    assert_eq!(ui.send(rebound.as_bytes()).0, 403);
    // a browser asks first whether it may, and is not told so
    let asked = format!(
        "OPTIONS /api/call HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://evil.example\r\n\r\n"
    );
    let (status, head, _) = ui.send(asked.as_bytes());
    assert_eq!(status, 403);
    assert!(!head.contains("access-control"), "{head}");
    // a page that is not open, and one page of another
    assert_eq!(ui.post("/api/call", &ui.good("two"), &doctor).0, 409);
    ui.assert_alive();
}

#[test]
fn no_path_leads_out_of_the_page() {
    let ui = Ui::start();
    assert_eq!(ui.get("/app.js").2, b"1");
    let deep = "../".repeat(20);
    let paths = [
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/%2e%2e%2foutside.txt",
        "/..%5coutside.txt",
        "/..\\outside.txt",
        "/%252e%252e/outside.txt",
        "/....//outside.txt",
        "/./../outside.txt",
        "/subtune/../../outside.txt",
        "//etc/passwd",
        "/etc/passwd",
        "/%00",
        "/app.js%00.txt",
        "/app.js/",
        "/App.js",
        "/index.html",
        "/subtune/wasm/engine.wasm",
        "/subtune",
        "/data/lock",
        &format!("/{deep}etc/passwd"),
        &format!("/{}etc/passwd", "%2e%2e/".repeat(20)),
        "/api/kept",
        "/api/call",
        "http://127.0.0.1/../outside.txt",
        "*",
    ];
    for path in paths {
        let (status, head, body) = ui.get(path);
        assert!([400, 404].contains(&status), "{path}: {head}");
        assert!(!String::from_utf8_lossy(&body).contains("outside"), "{path}");
    }
    // who knows the secret does not leave the folder either
    for path in [
        json!(["runs", "..", "..", "outside.txt"]),
        json!(["..", "outside.txt"]),
        json!(["/etc", "passwd"]),
        json!([]),
    ] {
        for name in ["read", "write", "names", "look", "remove"] {
            let (status, _, answer) = ui.post(
                "/api/kept",
                &ui.good("one"),
                &body(None, name, json!([path, { "part": 0 }]), &[b"x"]),
            );
            assert_eq!(status, 200);
            assert!(read(&answer)["failure"]["message"].is_string(), "{name} {path}");
        }
    }
    assert_eq!(std::fs::read_to_string(ui.place.path("outside.txt")).unwrap(), "outside");
    ui.assert_alive();
}

/// The memory of a process, in MB.
#[cfg(target_os = "linux")]
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1000
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_requests_change_nothing() {
    let ui = Ui::start();
    ui.assert_alive();
    let before = memory(ui.process.id());
    let good = ui.good("one");
    let guessed = |number: usize| format!("{number:064x}");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (ui, good) = (&ui, &good);
            scope.spawn(move || {
                for number in 0..2500 {
                    let secret = guessed(thread * 2500 + number);
                    let headers = with(good, "X-Subtune-Secret", Some(&secret));
                    let path = if number % 2 == 0 { "/api/call" } else { "/api/kept" };
                    let (status, ..) = ui.post(path, &headers, &[7; 100]);
                    assert_eq!(status, 403, "request {number}");
                }
            });
        }
    });
    let after = memory(ui.process.id());
    assert!(after < before + 64, "{before} MB before, {after} MB after");
    ui.assert_alive();
}

#[test]
fn what_is_too_large_is_refused_unread() {
    let ui = Ui::start();
    let (_, _open) = ui.page("one");
    let good = lines(&ui.good("one"));
    let begun = |rest: &str| format!("POST /api/call HTTP/1.1\r\n{good}{rest}\r\n\r\n");
    assert_eq!(ui.send(begun("Content-Length: 99999999999999").as_bytes()).0, 413);
    assert_eq!(ui.send(begun("Content-Length: 18446744073709551616").as_bytes()).0, 411);
    assert_eq!(ui.send(begun("Content-Length: -1").as_bytes()).0, 411);
    assert_eq!(ui.send(begun("Content-Length: 1\r\nContent-Length: 2").as_bytes()).0, 411);
    assert_eq!(ui.send(begun("Transfer-Encoding: chunked").as_bytes()).0, 411);
    assert_eq!(ui.send(begun("X: y").as_bytes()).0, 411);
    assert_eq!(ui.send((begun("Content-Length: 1") + "two").as_bytes()).0, 400);
    // whoever does not know the secret is not even asked for a body
    let unknown =
        format!("POST /api/call HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 99\r\n\r\n", ui.port);
    assert_eq!(ui.send(unknown.as_bytes()).0, 403);
    // heads
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(1 << 20));
    assert_eq!(ui.send(long.as_bytes()).0, 431);
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "A: b\r\n".repeat(1000));
    assert_eq!(ui.send(many.as_bytes()).0, 431);
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\r\n\r\n\r\n\r\n:\r\n\r\n",
        &[0xff; 300],
        b"GET\r\n\r\n",
    ] {
        assert_eq!(ui.send(nonsense).0, 400, "{nonsense:?}");
    }
    ui.assert_alive();
}

#[test]
fn calls_that_no_page_makes_are_errors() {
    let ui = Ui::start();
    let (_, _open) = ui.page("one");
    let good = ui.good("one");
    let huge = [&u32::MAX.to_le_bytes()[..], b"{}"].concat();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = [&(deep.len() as u32).to_le_bytes()[..], deep.as_bytes()].concat();
    let bodies = [
        Vec::new(),
        vec![1, 2, 3],
        huge,
        nested,
        vec![0; 4],
        body(None, "no such function", json!([]), &[]),
        body(None, "load", json!([]), &[]),
        body(None, "load", json!(["m", { "config.json": { "part": 9 } }, "cpu"]), &[b"{}"]),
        body(None, "load", json!(["m", { "config.json": { "part": 0 } }, "cpu"]), &[b"{}"]),
        body(Some(7), "predict", json!([[]]), &[]),
        body(Some(u64::MAX), "free it", json!({}), &[]),
    ];
    for sent in bodies {
        let (status, _, answer) = ui.post("/api/call", &good, &sent);
        assert_eq!(status, 200);
        let message = read(&answer)["failure"]["message"].as_str().expect("a failure").to_owned();
        assert!(!message.contains('\n') && message.len() < 1000, "{message}");
    }
    ui.assert_alive();
}

#[test]
fn slow_clients_wait_alone() {
    let ui = Ui::start();
    let mut slow: Vec<TcpStream> = (0..40).map(|_| ui.connect()).collect();
    let began = Instant::now();
    let mut closed = 0;
    while closed < slow.len() && began.elapsed() < Duration::from_secs(30) {
        ui.assert_alive();
        closed = 0;
        for stream in &mut slow {
            stream.set_nonblocking(true).unwrap();
            let _ = stream.write(b"G");
            let mut answer = [0; 300];
            closed += match stream.read(&mut answer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
                _ => 1,
            };
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(closed, slow.len(), "after {:?}", began.elapsed());
    ui.assert_alive();
}

#[test]
fn four_pages_are_open_at_most_and_it_ends_after_the_last() {
    let mut ui = Ui::start();
    let mut pages: Vec<_> = ["a", "b", "c", "d"].into_iter().map(|id| ui.page(id)).collect();
    assert!(pages.iter().all(|(status, _)| *status == 200));
    assert_eq!(ui.page("a").0, 409, "a page enters once");
    assert_eq!(ui.page("e").0, 409);
    drop(pages.pop());
    let until = Instant::now() + Duration::from_secs(10);
    while ui.page("e").0 != 200 {
        assert!(Instant::now() < until, "a page that left makes room");
        std::thread::sleep(Duration::from_millis(100));
    }
    // a reload: the program waits a while
    drop(pages);
    std::thread::sleep(Duration::from_secs(4));
    let (status, page) = ui.page("f");
    assert_eq!(status, 200);
    std::thread::sleep(Duration::from_secs(12));
    ui.assert_alive();
    drop(page);
    assert_eq!(ui.ended(Duration::from_secs(30)), Some(0));
}

#[cfg(unix)]
#[test]
fn it_ends_on_ctrl_c_and_two_never_share_a_folder() {
    let mut ui = Ui::start();
    let second = program(&ui.place).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("another subtune ui uses data"), "{said}");
    let kill = Command::new("kill").args(["-INT", &ui.process.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(ui.ended(Duration::from_secs(30)), Some(0));
}

#[test]
fn a_page_trains_predicts_and_exports_and_its_run_is_kept_when_it_is_closed() {
    let ui = Ui::start();
    let (_, open) = ui.page("one");
    let file = |name: &str| std::fs::read(ui.place.path("model").join(name)).unwrap();
    let model = ["config.json", "tokenizer.json", "model.safetensors"].map(file);
    let parts: Vec<&[u8]> = model.iter().map(Vec::as_slice).collect();
    let files = json!({ "config.json": { "part": 0 }, "tokenizer.json": { "part": 1 }, "model.safetensors": { "part": 2 } });
    let tuner = object(&ui.call("one", None, "load", json!(["tiny", files, "cpu"]), &parts));
    let state = ui.call("one", tuner, "describe", json!([]), &[]);
    assert_eq!(state["answer"]["device"]["kind"], "cpu");
    let labels = |state: &Value| state["answer"]["tuned"]["labels"].as_array().map(Vec::len);
    assert_eq!(labels(&state), Some(3));

    let data = data();
    let settings = json!({ "data": { "test_split": 0.1 }, "arguments": {
        "recipe": "plain", "max_steps": 6, "max_length": 32, "per_device_train_batch_size": 4,
        "logging_steps": 1 } });
    let table = json!({ "name": "data.csv", "bytes": { "part": 0 } });
    let found = ui.call(
        "one",
        tuner,
        "inspect",
        json!([table, { "data": {}, "arguments": { "max_length": 32 } }]),
        &[data.as_bytes()],
    );
    assert_eq!(found["answer"]["content"]["examples"], 60);
    let wrong = ui.call(
        "one",
        tuner,
        "inspect",
        json!([table, { "data": {}, "arguments": { "x": 1 } }]),
        &[data.as_bytes()],
    );
    assert_eq!(wrong["failure"]["code"], "usage");

    let start = |tuner| {
        object(&ui.call("one", tuner, "start", json!([{ "train": table }, settings]), &[data.as_bytes()]))
    };
    let training = start(tuner);
    let mut events = Vec::new();
    loop {
        let happened = ui.call("one", training, "proceed", json!([]), &[])["answer"].clone();
        let Value::Array(happened) = happened else { break };
        events.extend(happened);
    }
    let of_type = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!((of_type("start"), of_type("step"), of_type("end")), (1, 6, 1));
    let report = ui.call("one", training, "report", json!([null]), &[])["answer"].clone();
    assert!(report.as_str().unwrap().contains("<html"));
    // another page has no part in it
    let (_, _other) = ui.page("two");
    assert!(ui.call("two", training, "report", json!([]), &[])["failure"].is_object());
    let held_out = ui.call("one", tuner, "finish", json!([{ "object": training }]), &[]);
    assert_eq!(held_out["answer"]["examples"].as_array().unwrap().len(), 6);
    assert_eq!(labels(&ui.call("one", tuner, "describe", json!([]), &[])), Some(2));
    let answers = ui.call(
        "one",
        tuner,
        "predict",
        json!([[{ "text": "good fine nice" }, { "text": "bad", "pair": null }]]),
        &[],
    );
    assert_eq!(answers["answer"].as_array().unwrap().len(), 2);
    let exported = ui.call("one", tuner, "export", json!(["safetensors", "float32"]), &[]);
    let names: Vec<&str> =
        exported["files"].as_array().unwrap().iter().filter_map(|file| file[0].as_str()).collect();
    assert!(names.contains(&"model.safetensors") && names.contains(&"report.html"), "{names:?}");

    // a run that is kept, and a page that closes in the middle of it
    let training = start(tuner);
    ui.call("one", training, "keep", json!([{ "folder": ["runs", "mine"] }, null, 2]), &[]);
    let outside = ui.call("one", training, "keep", json!([{ "folder": ["runs", ".."] }, null, 2]), &[]);
    assert!(outside["failure"].is_object());
    for _ in 0..4 {
        ui.call("one", training, "proceed", json!([]), &[]);
    }
    drop(open);
    let checkpoints = ui.place.path("data/runs/mine/checkpoints");
    let until = Instant::now() + Duration::from_secs(20);
    let stored = loop {
        let names: Vec<_> = std::fs::read_dir(&checkpoints)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        match names.first() {
            Some(path) if path.join("commit.json").is_file() => break path.clone(),
            _ => assert!(Instant::now() < until, "{names:?}"),
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let kept = |name: &str, path: Value, parts: &[&[u8]]| {
        let (status, _, answer) =
            ui.post("/api/kept", &ui.good("two"), &body(None, name, json!([path, { "part": 0 }]), parts));
        assert_eq!(status, 200);
        read(&answer)
    };
    let step = stored.file_name().unwrap().to_str().unwrap();
    let found = kept("look", json!(["runs", "mine", "checkpoints", step, "commit.json"]), &[]);
    assert_eq!(found["answer"]["bytes"], stored.join("commit.json").metadata().unwrap().len());
    assert_eq!(kept("write", json!(["labels", "x", "table"]), &[b"mine"])["answer"], Value::Null);
    assert_eq!(std::fs::read(ui.place.path("data/labels/x/table")).unwrap(), b"mine");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for path in ["data", "data/labels/x", "data/labels/x/table"] {
            let mode = ui.place.path(path).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{path}");
        }
    }
    assert_eq!(kept("remove", json!(["runs", "mine"]), &[])["answer"], Value::Null);
    assert!(!ui.place.path("data/runs/mine").exists());
}
