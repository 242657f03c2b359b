//! A run that is told to stop: nothing half done, one line, status 1.

use crate::workdir::{Ended, Workdir, await_that, names, prose, record};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

/// A folder with a crawl that is read for a while.
fn crawl(docs: &str) -> Workdir {
    let dir = Workdir::new();
    assert_eq!(dir.run(&["synth", "--docs", docs, "--out", "in.jsonl"]).status(), 0);
    dir
}

/// Begins what reads standard input, which stays open with a hundred records read: it does not end by itself.
fn begin_without_end(dir: &Workdir, arguments: &[&str]) -> (Child, ChildStdin) {
    let mut command = dir.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut open = child.stdin.take().unwrap();
    (0..100).for_each(|i| open.write_all(record(&i.to_string(), &prose(i, 40)).as_bytes()).unwrap());
    (child, open)
}

fn begin(dir: &Workdir, arguments: &[&str]) -> Child {
    dir.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap().success());
}

fn end(child: Child) -> Ended {
    Ended::of(&child.wait_with_output().unwrap())
}

/// Whether a signal is one of those that a line of a process's status names: which it catches, or ignores.
fn names_signal(child: &Child, line: &str, signal: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let named = status.lines().find_map(|named| u64::from_str_radix(named.strip_prefix(line)?.trim(), 16).ok());
    named.unwrap() & 1 << (signal - 1) != 0
}

/// Whether a process has come so far that it hears SIGTERM.
fn hears(child: &Child) -> bool {
    names_signal(child, "SigCgt:", 15)
}

fn is_growing(dir: &Workdir) -> bool {
    names(&dir.path("")).iter().any(|name| name.ends_with(".newsfold"))
}

#[test]
fn a_signal_leaves_nothing() {
    let dir = Workdir::new();
    for (number, signal, verb) in [(15, "TERM", "run"), (2, "INT", "dedup"), (1, "HUP", "cluster")] {
        let (child, _open) = begin_without_end(&dir, &[verb, "-", "--out", "out"]);
        await_that(|| is_growing(&dir));
        // It goes on ignoring what these tests were begun to ignore, as by nohup.
        let signal = if names_signal(&child, "SigIgn:", number) { "TERM" } else { signal };
        send(signal, &child);
        let ended = end(child);
        assert_eq!(ended.status(), 1);
        assert_eq!(ended.stderr, format!("newsfold: stopped by SIG{signal}; nothing was published\n"));
        assert!(names(&dir.path("")).is_empty());
    }
}

#[test]
fn whenever_it_comes_a_result_is_the_old_one_or_the_new() {
    let dir = crawl("1500");
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--edges"]).status(), 0);
    let (start, earlier) = (Instant::now(), dir.result("out"));
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "other"]).status(), 0);
    let (took, later) = (start.elapsed(), dir.result("other"));
    for tenth in 0..=10 {
        let child = begin(&dir, &["run", "in.jsonl", "--out", "out"]);
        await_that(|| hears(&child));
        sleep(took * tenth / 10);
        // It may have ended: then there is nothing to tell it.
        _ = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).stderr(Stdio::null()).status();
        let ended = end(child);
        assert!(matches!(ended.status(), 0 | 1), "{}", ended.stderr);
        assert_eq!(ended.stderr.is_empty(), ended.status == 0);
        let expected = if ended.status == 0 { &later } else { &earlier };
        assert!(dir.result("out") == *expected, "status {} at {tenth}/10", ended.status);
        assert_eq!(names(&dir.path("")), ["in.jsonl", "in.truth.jsonl", "other", "out"]);
        if ended.status == 0 {
            assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--edges"]).status(), 0);
        }
    }
}

#[test]
fn a_signal_sent_twice_is_one() {
    let dir = Workdir::new();
    let (child, _open) = begin_without_end(&dir, &["run", "-", "--out", "out"]);
    await_that(|| is_growing(&dir));
    let script = format!("kill -s TERM {0}; kill -s HUP {0} 2>&-; true", child.id());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    assert_eq!(end(child).status(), 1);
    assert!(names(&dir.path("")).is_empty());
}

#[test]
fn a_run_whose_result_is_published_ends_by_itself_but_for_a_second_signal() {
    use std::os::unix::process::ExitStatusExt;
    let dir = crawl("20");
    // Nobody reads the summary, and there is no room for it.
    let (_reader, mut full) = std::io::pipe().unwrap();
    full.write_all(&[b' '; 1 << 16]).unwrap();
    let mut child = dir.command(&["run", "in.jsonl", "--out", "out"]).stdout(full).spawn().unwrap();
    await_that(|| dir.path("out/run.json").exists());
    send("TERM", &child);
    sleep(Duration::from_millis(1200));
    assert!(child.try_wait().unwrap().is_none(), "it waits for its reader");
    send("TERM", &child);
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    assert_eq!(dir.counts("out")["read"], 20);
}

#[test]
fn a_filter_is_stopped_while_it_waits_for_input() {
    let dir = Workdir::new();
    for keep in ["first", "earliest"] {
        let (child, _open) = begin_without_end(&dir, &["dedup", "-", "--keep", keep]);
        await_that(|| hears(&child));
        send("TERM", &child);
        let ended = end(child);
        assert_eq!(ended.status(), 1);
        assert_eq!(ended.stderr, "newsfold: stopped by SIGTERM; the output is not whole\n");
    }
}

#[test]
fn what_a_killed_run_left_is_cleared_away_but_nothing_that_grows() {
    let dir = Workdir::new();
    dir.file("small.jsonl", "");
    let growing = || names(&dir.path("")).into_iter().filter(|name| name.ends_with(".newsfold")).collect::<Vec<_>>();
    let has_rejects = |folder: &Path| folder.join("rejects.jsonl").exists();
    let age = |name: &str| {
        let long_ago = SystemTime::now() - Duration::from_secs(3600);
        fs::File::open(dir.path(name)).unwrap().set_modified(long_ago).unwrap();
    };
    let (mut killed, _open) = begin_without_end(&dir, &["run", "-", "--out", "out"]);
    await_that(|| is_growing(&dir));
    await_that(|| growing().iter().all(|name| has_rejects(&dir.path(name))));
    killed.kill().unwrap();
    killed.wait().unwrap();
    let (at_work, open) = begin_without_end(&dir, &["run", "-", "--out", "out"]);
    await_that(|| growing().len() == 2 && hears(&at_work));
    fs::create_dir(dir.path(".out.other.abcdef.newsfold")).unwrap();
    // Tables are made at the start, and nothing is made later while there is no more to read.
    await_that(|| growing().iter().all(|name| name.contains("other") || has_rejects(&dir.path(name))));
    growing().iter().for_each(|name| age(name));
    assert_eq!(dir.run(&["run", "small.jsonl", "--out", "out"]).status(), 0);
    assert_eq!(growing().len(), 2, "what grows, and what is of another name: {:?}", growing());
    drop(open);
    assert_eq!(end(at_work).status(), 0);
    assert_eq!((growing().len(), &dir.counts("out")["read"]), (1, &100.into()));
}

#[test]
fn what_nohup_ignores_stays_ignored() {
    let dir = crawl("300");
    let mut command = Command::new("nohup");
    command.arg(crate::workdir::newsfold().get_program()).args(["run", "in.jsonl", "--out", "out"]);
    command.current_dir(dir.path("")).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    await_that(|| is_growing(&dir));
    send("HUP", &child);
    assert_eq!(end(child).status(), 0);
    assert_eq!(dir.counts("out")["read"], 300);
}
