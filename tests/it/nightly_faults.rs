//! Nights that are ended at any point, or find no room, or another at work, or a store that is not as it was written: what
//! was remembered stays, and the night done again gives what it would have given.

use crate::workdir::{Ended, Workdir, await_that, names, newsfold, prose, record};
use newsfold::error::Error;
use newsfold::hash;
use newsfold::store::{Access, Store};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

type Tree = BTreeMap<String, Vec<u8>>;

/// All files below a folder, by path; none, where there is no folder. A lock is of the moment, and what was unfinished is
/// for the next run.
fn tree(dir: &Path) -> Tree {
    let mut files = Tree::new();
    for entry in fs::read_dir(dir).into_iter().flatten().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            files.extend(tree(&entry.path()).into_iter().map(|(path, bytes)| (format!("{name}/{path}"), bytes)));
        } else if name != "lock" && !name.starts_with("unfinished-") {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    files
}

/// The files of three nights. Some copies are of earlier nights, some events go on, and the last night brings a text between
/// two that were apart.
fn nights(dir: &Workdir) {
    assert_eq!(dir.run(&["synth", "--docs", "30", "--seed", "3", "--out", "all.jsonl"]).status(), 0);
    let mut of_night = [String::new(), String::new(), String::new()];
    for line in fs::read_to_string(dir.path("all.jsonl")).unwrap().lines() {
        let document: Value = serde_json::from_str(line).unwrap();
        let day = document["published"].as_str().map_or("", |time| &time[..10]);
        let night = ["2024-01-03", "2024-01-05"].iter().filter(|&&last| day > last).count();
        of_night[night] += &(line.to_owned() + "\n");
    }
    let long = prose(7, 130);
    let words: Vec<&str> = long.split(' ').collect();
    let window = |start: usize| words[start..start + 100].join(" ");
    of_night[0] += &(record("left", &window(0)) + &record("right", &window(30)));
    of_night[1] += &record("left", &(window(0) + " with more"));
    of_night[2] += &record("between", &window(15));
    (1..).zip(of_night).for_each(|(night, records)| _ = dir.file(&format!("{night}.jsonl"), records));
    ["all.jsonl", "all.truth.jsonl"].iter().for_each(|name| fs::remove_file(dir.path(name)).unwrap());
}

/// The command line of a night.
fn night(number: u32) -> Vec<String> {
    let line = format!("nightly {number}.jsonl --store store --out out --night 2024-01-0{number} --quiet");
    line.split(' ').map(str::to_owned).collect()
}

/// What a command finds, and what it would leave if it were left alone.
struct Scene {
    command: Vec<String>,
    dir: Workdir,
    store: Tree,
    store_then: Tree,
    result: Option<Tree>,
    result_then: Option<Tree>,
}

fn result(dir: &Workdir) -> Option<Tree> {
    dir.path("out").exists().then(|| dir.result("out"))
}

fn run(dir: &Workdir, command: &[String]) -> Ended {
    dir.run(&command.iter().map(String::as_str).collect::<Vec<_>>())
}

impl Scene {
    /// After so many nights.
    fn after(count: u32, command: Vec<String>) -> Scene {
        let dir = Workdir::new();
        nights(&dir);
        (1..=count).for_each(|number| assert_eq!(run(&dir, &night(number)).status(), 0));
        let (store, result_before) = (tree(&dir.path("store")), result(&dir));
        let mut scene =
            Scene { command, dir, store, store_then: Tree::new(), result: result_before, result_then: None };
        let then = scene.again();
        assert_eq!(run(&then, &scene.command).status(), 0);
        (scene.store_then, scene.result_then) = (tree(&then.path("store")), result(&then));
        assert!(scene.store != scene.store_then, "it changes the store");
        scene
    }

    /// The third of three nights, which joins what was apart.
    fn third_night(options: &[&str]) -> Scene {
        let command = [night(3), options.iter().map(|&option| option.to_owned()).collect()].concat();
        let scene = Scene::after(2, command);
        let result = scene.result_then.as_ref().unwrap();
        assert!(!result["changes.jsonl"].is_empty(), "a name ends");
        assert!(String::from_utf8_lossy(&result["articles.jsonl"]).contains(r#""new":false"#), "a copy of before");
        scene
    }

    /// A folder as the command finds it.
    fn again(&self) -> Workdir {
        let dir = Workdir::new();
        tree(&self.dir.path("")).iter().for_each(|(name, bytes)| _ = dir.file(name, bytes));
        if self.dir.path("store").exists() {
            dir.file("store/lock", fs::read(self.dir.path("store/lock")).unwrap());
        }
        dir
    }

    fn begin(&self, dir: &Workdir) -> Command {
        dir.command(&self.command.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// How long the command takes.
    fn took(&self) -> Duration {
        let (dir, start) = (self.again(), Instant::now());
        assert_eq!(run(&dir, &self.command).status(), 0);
        start.elapsed()
    }

    /// The store is whole, as it was or as it would be, and so is the result. Tells which of both are new.
    fn is_whole(&self, dir: &Workdir, what: &str) -> (bool, bool) {
        let checked = dir.run(&["store", "check", "store"]);
        if self.store.is_empty() && !dir.path("store/manifest").exists() {
            assert_ne!(checked.status(), 0, "{what}: there is no store yet");
        } else {
            assert_eq!(checked.status(), 0, "{what}: {}", checked.stderr);
        }
        let now = fs::read(dir.path("store/manifest")).ok();
        let is_new = now.as_ref() == self.store_then.get("manifest");
        assert!(is_new || now.as_ref() == self.store.get("manifest"), "{what}: the manifest is the old one or the new");
        let result = result(dir);
        let is_published = result == self.result_then;
        assert!(is_published || result == self.result, "{what}: the result is the old one or the new");
        assert!(is_published || !is_new, "{what}: what is remembered was published");
        (is_published, is_new)
    }

    /// The command done once more leaves what it would have.
    fn done_again(&self, dir: &Workdir, what: &str) -> Ended {
        let ended = run(dir, &self.command);
        assert!(!ended.stderr.contains("panicked"), "{what}: {}", ended.stderr);
        let store = tree(&dir.path("store"));
        assert!(
            names(&dir.path("store")).iter().all(|name| !name.starts_with("unfinished-")),
            "{what}: it is finished"
        );
        let paths = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&store), paths(&self.store_then), "{what}: {}", ended.stderr);
        let differ = store.iter().filter(|&(path, bytes)| self.store_then[path] != *bytes);
        assert_eq!(differ.map(|(path, _)| path).collect::<Vec<_>>(), [""; 0], "{what}");
        assert!(result(dir) == self.result_then, "{what}: the result");
        ended
    }
}

/// What came of ending a command at each of its steps.
#[derive(Default)]
struct Ends {
    steps: u32,
    published_only: u32,
    remembered: u32,
}

/// Ends the command of a scene before each of its steps, in every way.
fn at_every_step(scene: &Scene, is_done_again: impl Fn(&Ended, bool) -> bool) -> Ends {
    let mut ends = Ends::default();
    for how in ["kill", "power-loss", "torn"] {
        for step in 1.. {
            let (dir, what) = (scene.again(), format!("step {step} as {how}"));
            let mut command = scene.begin(&dir);
            command.env("NEWSFOLD_STOP_AT", step.to_string()).env("NEWSFOLD_STOP_AS", how);
            let is_stopped = !command.output().unwrap().status.success();
            let (is_published, is_new) = scene.is_whole(&dir, &what);
            assert!(is_stopped || is_new && is_published);
            let ended = scene.done_again(&dir, &what);
            assert!(is_done_again(&ended, is_new), "{what}: {} {}", ended.status, ended.stderr);
            if !is_stopped {
                break;
            }
            ends.steps += 1;
            ends.published_only += u32::from(is_published && !is_new);
            ends.remembered += u32::from(is_new);
        }
    }
    ends
}

/// A night done again succeeds, or changes nothing: both with status 0.
fn succeeds(ended: &Ended, _: bool) -> bool {
    ended.status == 0
}

#[test]
fn a_night_that_is_ended_at_any_step_is_done_again() {
    let ends = at_every_step(&Scene::third_night(&[]), succeeds);
    assert!(ends.steps > 90 && ends.published_only > 0 && ends.remembered > 0);
}

#[test]
fn so_is_the_first_night_of_all() {
    let ends = at_every_step(&Scene::after(0, night(1)), succeeds);
    assert!(ends.steps > 90 && ends.published_only > 0);
}

#[test]
fn so_is_a_night_that_forgets() {
    let ends = at_every_step(&Scene::third_night(&["--keep-days", "2"]), succeeds);
    assert!(ends.steps > 90 && ends.published_only > 0 && ends.remembered > 0);
}

#[test]
fn so_is_what_changes_a_store() {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let ends = at_every_step(&Scene::after(3, words("store compact store")), succeeds);
    assert!(ends.steps > 120 && ends.remembered > 0);
    let forgets = Scene::after(3, words("store forget store left between"));
    // What is forgotten is not known any more.
    let is_forgotten = |ended: &Ended, was_new: bool| match ended.status {
        0 => !was_new,
        _ => was_new && ended.stderr.contains("has no document left"),
    };
    let ends = at_every_step(&forgets, is_forgotten);
    assert!(ends.steps > 90 && ends.remembered > 0);
}

#[test]
fn a_night_that_is_killed_at_any_moment_is_done_again() {
    const KILLS: u64 = 25;
    let scene = Scene::third_night(&[]);
    let took = scene.took();
    for kill in 0..KILLS {
        let dir = scene.again();
        let after = took.mul_f64((hash::mix(kill) % 1000) as f64 / 1000.0);
        let mut child = scene.begin(&dir).spawn().unwrap();
        sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
        let what = format!("killed after {after:?} of {took:?}");
        scene.is_whole(&dir, &what);
        assert_eq!(scene.done_again(&dir, &what).status(), 0, "{what}");
    }
}

/// The program within a script of bash, to which it is `"$@"`.
fn within(dir: &Workdir, script: &str, command: &[String]) -> Ended {
    let mut bash = Command::new("bash");
    bash.args(["-c", script, "bash"]).arg(newsfold().get_program()).args(command);
    Ended::of(&bash.current_dir(dir.path("")).stdin(Stdio::null()).output().unwrap())
}

/// A command that fails leaves all as it was.
fn fails_and_leaves_nothing(scene: &Scene, dir: &Workdir, ended: &Ended, status: i32) {
    assert_eq!(ended.status(), status, "{}", ended.stderr);
    assert!(ended.stderr.starts_with("newsfold: "), "{}", ended.stderr);
    assert!(tree(&dir.path("store")) == scene.store, "{}", ended.stderr);
    assert!(result(dir) == scene.result, "{}", ended.stderr);
    assert_eq!(names(&dir.path("")), names(&scene.dir.path("")), "{}", ended.stderr);
    let mut left = names(&dir.path("store"));
    left.retain(|name| !name.starts_with("unfinished-") || name.ends_with(".growing"));
    assert_eq!(left, names(&scene.dir.path("store")), "{}", ended.stderr);
}

#[test]
fn a_full_disk_changes_nothing() {
    let scene = Scene::third_night(&[]);
    let (mut failed, mut blocks) = (0, 0);
    loop {
        let dir = scene.again();
        let ended = within(&dir, &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), &scene.command);
        if ended.status == 0 {
            break;
        }
        fails_and_leaves_nothing(&scene, &dir, &ended, 1);
        assert!(ended.stderr.contains("File too large"), "{}", ended.stderr);
        assert_eq!(scene.done_again(&dir, "with room").status(), 0);
        failed += 1;
        blocks += 1 + blocks / 3;
    }
    assert!(failed > 5, "{failed} sizes were too small");
}

/// Whether folders can be mounted over, which root may, and others where the system lets them be root of their own.
fn can_mount() -> bool {
    let tried = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/tmp"]).output();
    let can = tried.is_ok_and(|tried| tried.status.success());
    if !can {
        eprintln!("left out: nothing can be mounted here");
    }
    can
}

#[test]
fn a_disk_without_room_for_the_store_changes_nothing() {
    if !can_mount() {
        return;
    }
    let scene = Scene::third_night(&[]);
    let used: usize = scene.store.values().map(|bytes| bytes.len().next_multiple_of(4096)).sum();
    let (mut failed, mut named) = (0, 0);
    // Pages of the store's own disk, one of them for the lock.
    for free in 0.. {
        let dir = scene.again();
        let kib = used / 1024 + 4 * (1 + 3 * free);
        let script = format!(
            "cp -a store was && exec unshare -rm bash -c 'mount -t tmpfs -o size={kib}k none store && cp -a was/. store \
             && \"$@\"; status=$?; rm -r was; cp -a store was; umount store; rm -r store; mv was store; exit $status' bash \"$@\""
        );
        let ended = within(&dir, &script, &scene.command);
        if ended.status == 0 {
            break;
        }
        fails_and_leaves_nothing(&scene, &dir, &ended, 1);
        assert!(ended.stderr.contains("No space left"), "{}", ended.stderr);
        failed += 1;
        named += u32::from(ended.stderr.contains("night-000003"));
    }
    assert!(failed > 3 && named > 3, "{failed} were too small, {named} for the night");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let scene = Scene::third_night(&[]);
    for (folder, instead, status) in [("store", "1.jsonl/store", 2), ("out", "1.jsonl/out", 1)] {
        let dir = scene.again();
        let command: Vec<String> =
            scene.command.iter().map(|word| if word == folder { instead } else { word }.to_owned()).collect();
        let ended = run(&dir, &command);
        fails_and_leaves_nothing(&scene, &dir, &ended, status);
        assert!(ended.stderr.contains("1.jsonl"), "{}", ended.stderr);
    }
    if !can_mount() {
        return;
    }
    let read_only = |folder: &str| {
        let mount = format!("mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}");
        format!("exec unshare -rm bash -c '{mount} && cd \"$PWD\" && exec \"$@\"' bash \"$@\"")
    };
    for folder in ["store", "."] {
        let dir = scene.again();
        let ended = within(&dir, &read_only(folder), &scene.command);
        fails_and_leaves_nothing(&scene, &dir, &ended, 1);
        assert!(ended.stderr.contains("Read-only file system"), "{}", ended.stderr);
        for verb in ["stats", "check", "export"] {
            let command = ["store", verb, "store"].map(str::to_owned);
            assert_eq!(within(&dir, &read_only(folder), &command).status(), 0, "{verb} only looks");
        }
        assert_eq!(scene.done_again(&dir, folder).status(), 0);
    }
}

/// Begins a night that waits for its input while that is open, with the store in use; and how it is called.
fn begin_without_end(dir: &Workdir) -> (Child, ChildStdin, String) {
    let mut command = dir.command(&["nightly", "-", "--store", "store", "--out", "other"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let open = child.stdin.take().unwrap();
    let holder = await_signed(dir, &child);
    (child, open, holder)
}

/// Waits until a night has signed the lock of the store; tells how.
fn await_signed(dir: &Workdir, child: &Child) -> String {
    let holder = format!("process {} (newsfold nightly)", child.id());
    await_that(|| fs::read_to_string(dir.path("store/lock")).unwrap().contains(&holder));
    holder
}

#[test]
fn a_store_in_use_is_left_alone_and_said_to_be_whose() {
    let scene = Scene::third_night(&[]);
    let dir = scene.again();
    let (mut child, _open, holder) = begin_without_end(&dir);
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let others = ["store stats store", "store check store", "store export store", "store compact store"].map(words);
    for command in others.iter().chain([&scene.command]) {
        let ended = run(&dir, command);
        assert_eq!(ended.status(), 1, "to be tried again: {}", ended.stderr);
        assert!(ended.stderr.contains(&holder) && ended.stdout.is_empty(), "{}", ended.stderr);
    }
    assert!(tree(&dir.path("store")) == scene.store && result(&dir) == scene.result);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(fs::read_to_string(dir.path("store/lock")).unwrap().contains(&holder), "it could not take its name away");
    assert_eq!(dir.run(&["store", "stats", "store"]).status(), 0);

    // Who only looks does not sign.
    let (_reader, mut full) = std::io::pipe().unwrap();
    full.write_all(&[b' '; 1 << 16]).unwrap();
    let mut looks = dir.command(&["store", "export", "store"]).stdout(full).spawn().unwrap();
    let is_locked = |child: &Child| {
        let inode = std::os::unix::fs::MetadataExt::ino(&fs::metadata(dir.path("store/lock")).unwrap());
        let of_child = [child.id().to_string(), inode.to_string()];
        let locks = fs::read_to_string("/proc/locks").unwrap();
        locks.lines().any(|line| of_child.iter().all(|it| line.split([' ', ':']).any(|word| word == it)))
    };
    await_that(|| is_locked(&looks));
    assert_eq!(dir.run(&["store", "stats", "store"]).status(), 0, "many may look");
    let ended = run(&dir, &scene.command);
    assert_eq!(ended.status(), 1);
    assert!(ended.stderr.contains("looks at it") && !ended.stderr.contains(&holder), "{}", ended.stderr);
    looks.kill().unwrap();
    looks.wait().unwrap();
    assert_eq!(scene.done_again(&dir, "alone again").status(), 0);
}

#[test]
fn a_night_that_is_told_to_stop_leaves_nothing_in_the_store() {
    let scene = Scene::third_night(&[]);
    let dir = scene.again();
    let (child, open, _) = begin_without_end(&dir);
    let ended = stopped(child);
    drop(open);
    fails_and_leaves_nothing(&scene, &dir, &ended, 1);
    let took = scene.took();
    for tenth in 0..=10 {
        let dir = scene.again();
        let child = scene.begin(&dir).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        await_signed(&dir, &child);
        sleep(took * tenth / 10);
        let ended = stopped(child);
        match ended.status {
            0 => assert_eq!(scene.is_whole(&dir, "it came too late"), (true, true)),
            _ => fails_and_leaves_nothing(&scene, &dir, &ended, 1),
        }
    }
}

/// Sends SIGTERM, and waits.
fn stopped(child: Child) -> Ended {
    // It may have ended: then there is nothing to tell it.
    _ = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).stderr(Stdio::null()).status();
    Ended::of(&child.wait_with_output().unwrap())
}

#[test]
fn a_store_that_was_copied_without_its_lock_can_be_looked_at() {
    let scene = Scene::after(1, night(2));
    let dir = scene.again();
    fs::remove_file(dir.path("store/lock")).unwrap();
    assert_eq!(dir.run(&["store", "check", "store"]).status(), 0);
    assert_eq!(scene.done_again(&dir, "without a lock").status(), 0);
}

/// Flips a bit of a file, for as long as `look` looks.
fn flipped<T>(path: &Path, at: usize, look: impl FnOnce() -> T) -> T {
    let whole = fs::read(path).unwrap();
    let mut bytes = whole.clone();
    bytes[at] ^= 1 << (hash::mix(at as u64) % 8);
    fs::write(path, bytes).unwrap();
    let seen = look();
    fs::write(path, whole).unwrap();
    seen
}

/// Places in a file of so many bytes: all, or some.
fn places(len: usize, most: usize) -> Vec<usize> {
    if len <= most { (0..len).collect() } else { (0..most as u64).map(|i| hash::mix(i) as usize % len).collect() }
}

#[test]
fn a_byte_that_is_flipped_is_found_and_named() {
    let scene = Scene::after(2, night(3));
    let store = scene.dir.path("store");
    for (name, bytes) in &scene.store {
        let path = store.join(name);
        for at in places(bytes.len(), 400) {
            let wrong = flipped(&path, at, || match Store::existing(&store, Access::Read) {
                Ok(store) => store.check(),
                Err(e) => vec![e],
            });
            let is_named = |error: &Error| matches!(error, Error::Damaged { path: seen, .. } if *seen == path);
            assert!(wrong.iter().any(is_named), "{name} at {at}: {wrong:?}");
        }
    }
}

#[test]
fn what_is_damaged_is_not_believed() {
    let scene = Scene::third_night(&[]);
    let exported = scene.dir.run(&["store", "export", "store"]).stdout;
    for (name, bytes) in &scene.store {
        for at in places(bytes.len(), 2) {
            let dir = scene.again();
            let path: PathBuf = dir.path("store").join(name);
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            let names_it = |ended: &Ended| ended.status() == 1 && ended.stderr.contains(&format!("store/{name}"));
            let checked = dir.run(&["store", "check", "store"]);
            assert!(names_it(&checked), "{name} at {at}: {}", checked.stderr);
            let ended = dir.run(&["store", "export", "store"]);
            assert!(
                names_it(&ended) || ended.status == 0 && ended.stdout == exported,
                "{name} at {at}: {}",
                ended.stderr
            );
            let ended = run(&dir, &scene.command);
            if ended.status == 0 {
                // The night did not look there.
                assert!(result(&dir) == scene.result_then, "{name} at {at}");
                let mut store = scene.store_then.clone();
                store.insert(name.clone(), damaged);
                assert!(tree(&dir.path("store")) == store, "{name} at {at}");
            } else {
                assert!(names_it(&ended), "{name} at {at}: {}", ended.stderr);
                fs::write(&path, bytes).unwrap();
                assert!(tree(&dir.path("store")) == scene.store && result(&dir) == scene.result, "{name} at {at}");
            }
        }
    }
}
