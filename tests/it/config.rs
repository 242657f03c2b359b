//! The command line and the config file.

use crate::workdir::{Workdir, prose, record};

#[test]
fn what_is_typed_wins_over_the_config_file() {
    let dir = Workdir::new();
    dir.file("in.jsonl", record("a", &prose(1, 60)));
    dir.file(
        "c.toml",
        "threshold = 0.9\nwidth = 3\nno-kept = true\nprefer-source = [\"x\", \"y\"]\nkeep = \"longest\"\n",
    );
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--config", "c.toml", "--width", "4"]).status(), 0);
    let parameters = &dir.run_json("out")["parameters"];
    assert_eq!((&parameters["verify"]["threshold"], &parameters["shingle"]["width"]), (&0.9.into(), &4.into()));
    assert_eq!(parameters["group"]["prefer_source"], serde_json::json!(["x", "y"]));
    assert_eq!(parameters["group"]["keep"], "longest");
    assert!(!dir.path("out/kept.jsonl").exists());
}

#[test]
fn the_printed_config_is_a_config() {
    let dir = Workdir::new();
    dir.file("in.jsonl", record("a", &prose(1, 60)));
    let printed =
        dir.run(&["run", "--print-config", "--threshold", "0.7", "--text-field", "text", "--prefer-source", "a,b"]);
    assert_eq!(printed.status(), 0);
    assert!(
        printed.stdout.contains("# containment =")
            && printed.stdout.contains("# Words in a shingle\n# Default: 5\nwidth = 5")
    );
    assert!(
        printed.stdout.contains("threshold = 0.7") && printed.stdout.contains("max-record-bytes = "),
        "{}",
        printed.stdout
    );
    dir.file("c.toml", &printed.stdout);
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--config", "c.toml"]).status(), 0);
    assert_eq!(dir.run(&["run", "--print-config", "--config=c.toml"]).stdout, printed.stdout);
}

#[test]
fn what_is_wrong_is_named() {
    let dir = Workdir::new();
    dir.file("in.jsonl", record("a", &prose(1, 60)));
    dir.file("unknown.toml", "treshold = 0.9\n")
        .file("type.toml", "threshold = \"high\"\n")
        .file("broken.toml", "threshold = = 1");
    dir.file("switch.toml", "threshold = true");
    for (arguments, named) in [
        (&["--config", "unknown.toml"][..], "threshold?"),
        (&["--config", "type.toml"], "high"),
        (&["--config", "broken.toml"], "broken.toml"),
        (&["--config", "switch.toml"], "threshold"),
        (&["--config", "none.toml"], "none.toml"),
        (&["--threshold", "1.5"], "--threshold"),
        (&["--threshold", "nan"], "--threshold"),
        (&["--width", "0"], "--width"),
        (&["--max-reject-rate", "nan"], "--max-reject-rate"),
        (&["--max-reject-rate", "-1"], "--max-reject-rate"),
        (&["--threads", "100000"], "--threads"),
        (&["--bands", "50", "--rows", "50"], "--bands"),
        (&["--keep", "newest"], "earliest"),
        (&["--tresh", "1"], "--thresh"),
    ] {
        let ended = dir.run(&[&["run", "in.jsonl", "--out", "out"], arguments].concat());
        assert_eq!(ended.status(), 2, "{arguments:?}");
        assert!(ended.stderr.contains(named), "{arguments:?}: {}", ended.stderr);
        assert!(!dir.path("out").exists());
    }
    assert_eq!(dir.run(&["run", "in.jsonl"]).status(), 2);
    assert_eq!(dir.run(&["rum"]).status(), 2);
    assert_eq!(dir.run(&[]).status(), 2);
    assert_eq!(dir.run(&["--help"]).status(), 0);
    assert!(dir.run(&["--version"]).stdout.contains(env!("CARGO_PKG_VERSION")));
}
