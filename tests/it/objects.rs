//! Inputs in object stores: a real S3 server on this machine, where moto is installed (`pip install "moto[s3]" flask
//! flask-cors`; `MOTO_SERVER` names it where it is not on the path), Python's file server, and a server that fails.

use crate::workdir::{Ended, Workdir, prose, record};
use flate2::{Compression, write::GzEncoder};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A server of another program's, which ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Server {
    /// Starts `command` with a port in place of `PORT`, and waits for it; none where it is not installed.
    fn start(command: &[&str], dir: &Workdir) -> Option<Server> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let arguments = command[1..].iter().map(|argument| argument.replace("PORT", &port.to_string()));
        let child = Command::new(command[0])
            .args(arguments)
            .current_dir(dir.path("."))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            println!("skipped: {} is not installed", command[0]);
            return None;
        };
        let server = Server { child, port };
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(server);
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("{} does not answer", command[0]);
    }

    fn moto(dir: &Workdir) -> Option<Server> {
        let program = std::env::var("MOTO_SERVER").unwrap_or("moto_server".to_owned());
        Server::start(&[&program, "-H", "127.0.0.1", "-p", "PORT"], dir)
    }

    /// Makes a bucket, or an object that anybody may read.
    fn put(&self, path: &str, body: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        let head = format!(
            "PUT /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-amz-acl: public-read\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

/// The program, asking the S3 server at a port as somebody it knows.
fn asking(dir: &Workdir, port: u16, arguments: &[&str]) -> Command {
    let mut command = dir.command(arguments);
    command
        .env("AWS_ACCESS_KEY_ID", "somebody")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("AWS_ALLOW_HTTP", "true");
    command
}

fn ask(dir: &Workdir, port: u16, arguments: &[&str]) -> Ended {
    Ended::of(&asking(dir, port, arguments).output().unwrap())
}

fn gz(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Records of `words` words, each with a copy that differs a little.
fn records(from: u64, to: u64, words: usize) -> String {
    let text = |i: u64| if i % 2 == 0 { prose(i, words) } else { format!("{} Again.", prose(i - 1, words)) };
    (from..to).map(|i| record(&format!("r{i}"), &text(i))).collect()
}

/// Files of a crawl, in no order, with what is no part of it.
fn crawl() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("crawl/z.jsonl", records(0, 20, 60).into()),
        // Of several parts.
        ("crawl/a/big.jsonl", records(20, 2020, 700).into()),
        ("crawl/a.jsonl.gz", gz(&records(2020, 2060, 60))),
        ("crawl/b.ndjson.zst", zstd::encode_all(records(2060, 2080, 60).as_bytes(), 1).unwrap()),
        ("crawl/no-ending", records(2080, 2082, 60).into()),
        ("crawl/a b+c/ü.txt", "A title\n\nAnd some words below it.".into()),
        ("crawl/empty.jsonl", Vec::new()),
        ("crawl/bad.jsonl", "{\n".into()),
        ("crawl/notes.md", "# no crawl".into()),
        ("crawl/_SUCCESS", Vec::new()),
        ("crawl/.hidden/x.jsonl", records(3000, 3001, 60).into()),
        ("crawler/x.jsonl", records(4000, 4001, 60).into()),
    ]
}

#[test]
fn objects_are_read_as_files_are() {
    let dir = Workdir::new();
    let Some(moto) = Server::moto(&dir) else { return };
    moto.put("night", b"");
    for (name, content) in crawl() {
        dir.file(name, &content);
        moto.put(&format!("night/{}", name.replace(' ', "%20").replace('+', "%2B").replace('ü', "%C3%BC")), &content);
    }
    let options = ["--annotate", "--edges", "--max-reject-rate", "1"];
    let local = dir.run(&[&["dedup", "crawl", "--out", "local"], &options[..]].concat());
    let remote = ask(&dir, moto.port, &[&["dedup", "s3://night/crawl/", "--out", "remote"], &options[..]].concat());
    assert_eq!((local.status(), remote.status()), (0, 0), "{}", remote.stderr);
    assert!(remote.stdout.contains("s3://night/crawl/notes.md"), "{}", remote.stdout);
    let (local, remote) = (dir.result("local"), dir.result("remote"));
    for table in ["articles.jsonl", "groups.jsonl", "kept.jsonl", "annotated.jsonl", "edges.jsonl"] {
        assert!(local[table] == remote[table], "{table}");
    }
    let inputs = |out: &str| -> Vec<(String, u64, String)> {
        let input = |input: &serde_json::Value| {
            let path = input["path"].as_str().unwrap().trim_start_matches("s3://night/").to_owned();
            (path, input["bytes"].as_u64().unwrap(), input["digest"].as_str().unwrap().to_owned())
        };
        dir.run_json(out)["inputs"].as_array().unwrap().iter().map(input).collect()
    };
    assert_eq!(inputs("local"), inputs("remote"));
    assert_eq!(inputs("remote").len(), 8);
    assert_eq!(dir.table("remote", "rejects.jsonl")[0]["file"], "s3://night/crawl/bad.jsonl");

    let explained = ask(&dir, moto.port, &["explain", "remote", "r0", "r1"]);
    assert_eq!(explained.status(), 0, "{}", explained.stderr);
    assert!(explained.stdout.contains("same group"), "{}", explained.stdout);
    let audited = ask(&dir, moto.port, &["audit", "remote"]);
    assert_eq!(audited.status(), 0, "{}", audited.stderr);
    moto.put("night/crawl/z.jsonl", records(0, 21, 60).as_bytes());
    let explained = ask(&dir, moto.port, &["explain", "remote", "r0"]);
    assert_eq!(explained.status(), 1);
    assert!(explained.stderr.contains("s3://night/crawl/z.jsonl"), "{}", explained.stderr);
}

#[test]
fn what_is_not_there_or_denied_stops_the_run_before_it_starts() {
    let dir = Workdir::new();
    let Some(moto) = Server::moto(&dir) else { return };
    moto.put("night", b"");
    moto.put("night/crawl/a.jsonl", records(0, 1, 60).as_bytes());
    dir.file("in.jsonl", records(0, 2, 60));
    for (missing, said) in [
        ("s3://night/none.jsonl", "no such object"),
        ("s3://night/crawl", "ends with /"),
        ("s3://nobody/a.jsonl", "no such object or bucket"),
        ("s3://nobody/", "no such object or bucket"),
        ("s3://night/crawl/none/", "no object below"),
        ("s3:///a.jsonl", "bucket was expected"),
        ("s3://night/a//b.jsonl", "empty"),
    ] {
        let ended = ask(&dir, moto.port, &["run", "in.jsonl", missing, "--out", "out"]);
        assert_eq!(ended.status(), 1, "{missing}");
        assert!(ended.stderr.contains(missing) && ended.stderr.contains(said), "{}", ended.stderr);
        assert!(!dir.path("out").exists());
    }
}

#[test]
fn a_bucket_of_google_is_read_too() {
    let dir = Workdir::new();
    let Some(moto) = Server::moto(&dir) else { return };
    moto.put("night", b"");
    moto.put("night/crawl/a.jsonl", records(0, 10, 60).as_bytes());
    moto.put("night/crawl/b.jsonl", records(10, 20, 60).as_bytes());
    for address in ["gs://night/crawl/", "gs://night/crawl/a.jsonl"] {
        let mut command = dir.command(&["dedup", address, "--out", "out"]);
        command.env("GOOGLE_BASE_URL", format!("http://127.0.0.1:{}", moto.port));
        command.env("GOOGLE_ALLOW_HTTP", "true").env("GOOGLE_SKIP_SIGNATURE", "true");
        assert_eq!(Ended::of(&command.output().unwrap()).status(), 0, "{address}");
        assert_eq!(dir.counts("out")["accepted"], if address.ends_with('/') { 20 } else { 10 });
    }
}

#[test]
fn a_file_of_a_web_server_is_read() {
    let dir = Workdir::new();
    let serve = ["python3", "-m", "http.server", "--bind", "127.0.0.1", "PORT"];
    let Some(server) = Server::start(&serve, &dir) else { return };
    dir.file("in.jsonl.gz", gz(&records(0, 2000, 300))).file("a b.txt", "Title\n\nSome words.");
    assert_eq!(dir.run(&["dedup", "in.jsonl.gz", "--out", "local"]).status(), 0);
    let url = |path: &str| format!("http://localhost:{}/{path}", server.port);
    let ended = dir.run(&["dedup", &url("in.jsonl.gz?night=1"), &url("a%20b.txt"), "--out", "out"]);
    assert_eq!(ended.status(), 0, "{}", ended.stderr);
    assert_eq!(dir.counts("out")["accepted"], 2001);
    assert_eq!(dir.run_json("out")["inputs"][0]["digest"], dir.run_json("local")["inputs"][0]["digest"]);
    assert_eq!(dir.run(&["explain", "out", "r1"]).status(), 0);
    let missing = dir.run(&["dedup", &url("none.jsonl"), "--out", "none"]);
    assert_eq!(missing.status(), 1);
    assert!(missing.stderr.contains("/none.jsonl: nothing is there"), "{}", missing.stderr);
    let open = dir.run(&["dedup", "http://example.org/x.jsonl", "--out", "none"]);
    assert_eq!(open.status(), 1);
    assert!(open.stderr.contains("https:// was expected"), "{}", open.stderr);
}

/// What a bad server does.
#[derive(Clone, Copy)]
enum Fault {
    /// Breaks off in the middle, so many times.
    Breaks(usize),
    /// Changes its object after the first part.
    Changes,
    /// Allows nothing.
    Denies,
}

/// Serves `content` at any path, badly.
fn bad_server(content: Vec<u8>, fault: Fault) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let content: &'static [u8] = content.leak();
    let served: &'static AtomicUsize = Box::leak(Box::default());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || _ = answer(stream.unwrap(), content, fault, served));
        }
    });
    port
}

fn answer(mut stream: TcpStream, content: &[u8], fault: Fault, served: &AtomicUsize) -> std::io::Result<()> {
    let (mut range, mut condition, mut is_head) = (None, None, false);
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        is_head |= line.starts_with("HEAD");
        let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
        match &*name.to_ascii_lowercase() {
            "range" => {
                range = value.strip_prefix("bytes=").and_then(|range| range.split_once('-')).map(|(from, to)| {
                    (
                        from.parse::<usize>().unwrap(),
                        to.parse::<usize>().map_or(content.len(), |to| content.len().min(to + 1)),
                    )
                })
            }
            "if-match" => condition = Some(value.to_owned()),
            "" => break,
            _ => {}
        }
    }
    let asked = if range.is_some() { served.fetch_add(1, Ordering::Relaxed) } else { 0 };
    let tag = if matches!(fault, Fault::Changes) && asked > 0 { "\"new\"" } else { "\"old\"" };
    let (from, to) = range.unwrap_or((0, content.len()));
    let status = match fault {
        Fault::Denies => "403 Forbidden",
        _ if condition.is_some_and(|condition| condition != tag) => "412 Precondition Failed",
        _ if range.is_some() => "206 Partial Content",
        _ => "200 OK",
    };
    let is_good = status.starts_with('2');
    let (length, all) = (if is_good { to - from } else { 0 }, content.len());
    write!(
        stream,
        "HTTP/1.1 {status}\r\nETag: {tag}\r\nLast-Modified: Tue, 14 Jan 2025 08:30:00 GMT\r\nContent-Length: {length}\r\n\
         Content-Range: bytes {from}-{}/{all}\r\nConnection: close\r\n\r\n",
        to.max(1) - 1
    )?;
    let is_broken = matches!(fault, Fault::Breaks(times) if range.is_some() && asked < times);
    let body = if is_head || !is_good { &[] } else { &content[from..if is_broken { (from + to) / 2 } else { to }] };
    stream.write_all(body)?;
    stream.shutdown(Shutdown::Write)
}

#[test]
fn a_broken_connection_is_taken_up_again() {
    let dir = Workdir::new();
    let content = records(0, 2000, 700);
    let port = bad_server(content.clone().into(), Fault::Breaks(3));
    dir.file("x.jsonl", &content);
    assert_eq!(dir.run(&["dedup", "x.jsonl", "--out", "local"]).status(), 0);
    let ended = ask(&dir, port, &["dedup", "s3://night/x.jsonl", "--out", "out"]);
    assert_eq!(ended.status(), 0, "{}", ended.stderr);
    assert!(dir.result("out")["articles.jsonl"] == dir.result("local")["articles.jsonl"]);
}

#[test]
fn an_object_that_cannot_be_read_to_its_end_publishes_nothing() {
    let dir = Workdir::new();
    let content = records(0, 2000, 700);
    for (address, fault, said) in [
        ("s3://night/x.jsonl", Fault::Breaks(usize::MAX), "AWS_ENDPOINT_URL"),
        ("s3://night/x.jsonl", Fault::Changes, "changed while it was read"),
        ("s3://night/x.jsonl", Fault::Denies, "access is denied: AWS_ACCESS_KEY_ID"),
        ("s3://night/crawl/", Fault::Denies, "access is denied: AWS_ACCESS_KEY_ID"),
    ] {
        let port = bad_server(content.clone().into(), fault);
        let ended = ask(&dir, port, &["dedup", address, "--out", "out"]);
        assert_eq!(ended.status(), 1);
        assert!(ended.stderr.contains(address) && ended.stderr.contains(said), "{}", ended.stderr);
        assert!(!dir.path("out").exists());
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let dir = Workdir::new();
    let ended = ask(&dir, 9, &["dedup", "s3://night/x.jsonl", "--out", "out"]);
    assert_eq!(ended.status(), 1);
    let said = ["s3://night/x.jsonl", "refused", "AWS_ENDPOINT_URL"];
    assert!(said.iter().all(|said| ended.stderr.contains(said)), "{}", ended.stderr);
    assert!(!dir.path("out").exists());
}
