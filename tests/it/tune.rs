//! `tune`: what it says is what `run` does.

use crate::workdir::{Workdir, sample};
use newsfold::lsh::Shape;
use newsfold::params::Params;
use serde_json::Value;

fn plan(dir: &Workdir, arguments: &[&str]) -> Value {
    let ended = dir.run(&[&["tune", "--json"], arguments].concat());
    assert_eq!(ended.status(), 0, "{arguments:?}: {}", ended.stderr);
    assert_eq!(ended.stdout.lines().count(), 1);
    serde_json::from_str(&ended.stdout).unwrap()
}

fn shape(plan: &Value) -> Shape {
    serde_json::from_value(plan.clone()).unwrap()
}

#[test]
fn the_cut_is_that_of_a_run() {
    let dir = Workdir::new();
    for options in [&[][..], &["--threshold", "0.8"], &["--recall", "0.9", "--slots", "200"], &["--rows", "5"]] {
        let run = [&["run", sample(), "--out", "out"], options].concat();
        assert_eq!(dir.run(&run).status(), 0);
        let params: Params = serde_json::from_value(dir.run_json("out")["parameters"].clone()).unwrap();
        let plan = plan(&dir, options);
        assert_eq!(shape(&plan), params.shape(), "{options:?}");
        let asked = serde_json::json!([params.verify.threshold, params.lsh.recall, params.sketch.slots]);
        assert_eq!(asked, serde_json::json!([plan["threshold"], plan["recall"], plan["slots"]]));
    }
}

#[test]
fn people_see_the_cut_the_curve_and_the_cost() {
    let dir = Workdir::new();
    let ended = dir.run(&["tune", "--threshold", "0.8", "--recall", "0.99", "--docs", "2000000"]);
    assert_eq!((ended.status(), &*ended.stderr), (0, ""));
    for part in ["21 x 6 (bands x rows), 126 of 128 slots", "0.8    0.9983", "the threshold", "█", "2,000,000"] {
        assert!(ended.stdout.contains(part), "{part}: {}", ended.stdout);
    }
    assert!(!ended.stdout.contains('\x1b'), "no colours in a pipe");
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 120), "{}", ended.stdout);
}

#[test]
fn the_numbers_are_those_of_the_law() {
    let dir = Workdir::new();
    let plan = plan(&dir, &["--docs", "1000000"]);
    let number = |value: &Value| value.as_f64().unwrap();
    let near = |value: &Value, truth: f64| (number(value) / truth - 1.0).abs() < 1e-6;
    let found = |similarity: f64| 1.0 - (1.0 - similarity.powi(4)).powi(32);
    for point in plan["curve"].as_array().unwrap() {
        assert!(near(&point["found"], found(number(&point["similarity"]))), "{point}");
        assert!(number(&point["compared"]) <= number(&point["found"]), "{point}");
    }
    let (cost, at) = (&plan["cost"], &plan["at_threshold"]);
    assert!(number(&at["found"]) - number(&at["compared"]) < 1e-3, "the bound drops no more: {at}");
    assert_eq!((&cost["signature_bytes"], &cost["key_bytes"]), (&256_000_000.into(), &24_000_000.into()));
    assert!(near(&cost["stranger_equal_slot"], 0.02 + 0.98 / 65536.0), "{cost}");
    assert!(near(&cost["strangers_found"], 999_999.0 * found(0.02 + 0.98 / 65536.0)), "{cost}");
    assert!(near(&cost["key_collisions"], 32.0 * 1e6 * 999_999.0 / 2.0 / 65536.0 / 65536.0), "{cost}");
    assert!(number(&cost["strangers_compared"]) < 1e-9, "{cost}");
}

#[test]
fn a_recall_out_of_reach_is_said_to_be() {
    let dir = Workdir::new();
    let hard = ["--threshold", "0.05", "--recall", "0.999"];
    let ended = dir.run(&[&["tune"], &hard[..]].concat());
    assert_eq!(ended.status(), 0);
    let out_of_reach = plan(&dir, &hard);
    assert_eq!((&out_of_reach["reached"], shape(&out_of_reach)), (&false.into(), Shape { bands: 128, rows: 1 }));
    let needed = out_of_reach["slots_needed"].as_u64().unwrap();
    assert!(ended.stdout.contains(&format!("best possible; --slots {needed} reaches it")), "{}", ended.stdout);
    for (slots, reaches) in [(needed - 1, false), (needed, true)] {
        assert_eq!(plan(&dir, &[&hard[..], &["--slots", &slots.to_string()]].concat())["reached"], reaches);
    }
    let never = dir.run(&["tune", "--threshold", "0.0001"]);
    assert!(never.status() == 0 && never.stdout.contains("any allowed number of slots"), "{}", never.stdout);
    let given = dir.run(&["tune", "--rows", "16"]);
    assert!(given.status() == 0 && given.stdout.contains("--bands 32 --rows 4 reaches it"), "{}", given.stdout);
}

#[test]
fn every_corner_is_drawn() {
    let dir = Workdir::new();
    for arguments in [
        &["--threshold", "1"][..],
        &["--threshold", "1e-9"],
        &["--slots", "16", "--docs", "1"],
        &["--slots", "4096", "--docs", "4294967295", "--threshold", "0.9"],
        &["--bands", "1"],
        &["--bands", "3", "--rows", "7"],
    ] {
        let ended = dir.run(&[&["tune"], arguments].concat());
        assert_eq!(ended.status(), 0, "{arguments:?}");
        assert!(!ended.stdout.contains("NaN") && !ended.stdout.contains("inf"), "{arguments:?}: {}", ended.stdout);
    }
}

#[test]
fn what_is_wrong_is_named() {
    let dir = Workdir::new();
    for (arguments, named) in [
        (&["--threshold", "1.5"][..], "--threshold"),
        (&["--threshold", "nan"], "--threshold"),
        (&["--threshold", "high"], "--threshold"),
        (&["--recall", "1"], "--recall"),
        (&["--slots", "8"], "--slots"),
        (&["--slots", "5000"], "--slots"),
        (&["--bands", "0"], "--bands"),
        (&["--rows", "129"], "--rows"),
        (&["--bands", "50", "--rows", "50"], "--bands"),
        (&["--docs", "0"], "--docs"),
        (&["--docs", "4294967296"], "--docs"),
    ] {
        let ended = dir.run(&[&["tune"], arguments].concat());
        assert_eq!(ended.status(), 2, "{arguments:?}");
        assert!(ended.stderr.contains(named), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stdout.is_empty());
    }
}
