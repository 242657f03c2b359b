//! `run.json` to what is shown of it: the flow of documents, the stages, the parameters and the inputs.
//!
//! Every key is optional, and unknown ones are no error: a number that nothing else shows is listed by its name.
//! Counts that the tables tell too are taken from the tables where `run.json` is silent.

use super::chart::share;
use super::read::Articles;
use super::show::clip;
use crate::lsh::Shape;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Counts that the flow shows; the others are listed.
const IN_FLOW: [&str; 9] = [
    "read",
    "accepted",
    "rejected",
    "rejected_by_reason",
    "already_seen",
    "groups",
    "kept",
    "events",
    "near_duplicates",
];
/// Rows of a list that come from the command line or the disk.
const ROWS: usize = 100;
/// Characters of a value.
const VALUE_CHARS: usize = 200;

/// What the run says of itself.
#[derive(Debug, Default, Serialize)]
pub(super) struct Run {
    version: Option<String>,
    verb: Option<String>,
    pub(super) night: Option<String>,
    fingerprint: Option<String>,
    pub(super) threshold: Option<f64>,
    #[serde(skip)]
    pub(super) shape: Option<Shape>,
    read: Option<u64>,
    rejected: Option<u64>,
    accepted: Option<u64>,
    kept: Option<u64>,
    copies: Option<u64>,
    events: Option<u64>,
    steps: Vec<Step>,
    reasons: Vec<Count>,
    others: Vec<Count>,
    stages: Vec<Stage>,
    seconds: Option<f64>,
    peak_memory_bytes: Option<f64>,
    threads: Option<u64>,
    parameters: Vec<Parameter>,
    inputs: Vec<Input>,
    more_inputs: usize,
    input_bytes: Option<f64>,
}

/// A step of the flow: so many documents, drawn from `x` over `width` percent of what was read.
#[derive(Debug, Serialize)]
struct Step {
    /// `whole`, `loss` or `event`.
    kind: &'static str,
    name: &'static str,
    note: &'static str,
    count: u64,
    x: f64,
    width: f64,
    /// Of what was read.
    share: Option<f64>,
}

/// A number by its name in `run.json`.
#[derive(Debug, Serialize)]
struct Count {
    name: String,
    count: u64,
}

/// A stage and its rates.
#[derive(Debug, Serialize)]
struct Stage {
    name: String,
    seconds: Option<f64>,
    share: f64,
    bytes: Option<f64>,
    bytes_per_s: Option<f64>,
    items: Option<u64>,
    items_per_s: Option<u64>,
}

/// A parameter by its path in `run.json`.
#[derive(Debug, Serialize)]
struct Parameter {
    name: String,
    value: String,
}

/// An input.
#[derive(Debug, Serialize)]
struct Input {
    path: String,
    bytes: Option<f64>,
    digest: Option<String>,
}

impl Run {
    /// What `run` says, completed from the tables.
    pub(super) fn of(run: &Value, articles: Option<&Articles>, events: Option<u64>) -> Self {
        let counts = &run["counts"];
        let count = |name: &str| counts[name].as_u64();
        let accepted = count("accepted").or(articles.map(|articles| articles.documents));
        let kept = count("kept").or(articles.map(|articles| articles.representatives));
        let mut out = Self {
            version: text(&run["newsfold"]),
            verb: text(&run["verb"]),
            night: text(&run["night"]),
            fingerprint: text(&run["fingerprint"]),
            threshold: threshold(&run["parameters"]),
            shape: Shape::deserialize(&run["shape"]).ok().filter(|shape| shape.bands > 0 && shape.rows > 0),
            read: count("read"),
            rejected: count("rejected"),
            accepted,
            kept,
            copies: accepted.zip(kept).map(|(accepted, kept)| accepted.saturating_sub(kept)),
            events: count("events").or(events),
            reasons: reasons(&counts["rejected_by_reason"]),
            others: others(counts),
            stages: stages(&run["stages"]),
            seconds: run["seconds"].as_f64(),
            peak_memory_bytes: run["peak_memory_bytes"].as_f64(),
            threads: run["threads"].as_u64(),
            ..Self::default()
        };
        out.steps = out.flow(count("already_seen"), articles.map(|articles| articles.identical));
        flatten("", &run["parameters"], &mut out.parameters);
        out.add_inputs(&run["inputs"]);
        out
    }

    /// From what was read to what happened: each loss is drawn where it falls off, at the right of what remains.
    fn flow(&self, already_seen: Option<u64>, identical: Option<u64>) -> Vec<Step> {
        let mut flow = Flow { whole: self.read.or(self.accepted).unwrap_or(0), left: 0, steps: Vec::new() };
        flow.left = flow.whole;
        flow.whole("Read", "records in the input", self.read);
        flow.loss("Rejected", "records that are no article", self.rejected);
        flow.loss("Already seen", "known from an earlier night, unchanged", already_seen.filter(|&seen| seen > 0));
        flow.whole("Accepted", "documents", self.accepted);
        let identical = identical.zip(self.copies).map(|(identical, copies)| identical.min(copies));
        let near = self.copies.map(|copies| copies - identical.unwrap_or(0));
        flow.loss("Exact copies", "the same word sequences as the document that stands for them", identical);
        flow.loss("Near-duplicates", "almost the same words", near);
        flow.whole("Kept", "one document for each group: what is new", self.kept);
        flow.step("event", "Events", "happenings that the documents tell of", self.events, 0);
        flow.steps
    }

    fn add_inputs(&mut self, inputs: &Value) {
        let inputs = list(inputs);
        let bytes: Vec<f64> = inputs.iter().filter_map(|input| input["bytes"].as_f64()).collect();
        self.input_bytes = (!bytes.is_empty()).then(|| bytes.iter().sum());
        self.more_inputs = inputs.len().saturating_sub(ROWS);
        self.inputs = inputs.iter().take(ROWS).map(Input::of).collect();
    }
}

/// The flow while it is drawn.
struct Flow {
    whole: u64,
    left: u64,
    steps: Vec<Step>,
}

impl Flow {
    fn whole(&mut self, name: &'static str, note: &'static str, count: Option<u64>) {
        self.left = count.unwrap_or(self.left);
        self.step("whole", name, note, count, 0);
    }

    fn loss(&mut self, name: &'static str, note: &'static str, count: Option<u64>) {
        self.left = self.left.saturating_sub(count.unwrap_or(0));
        self.step("loss", name, note, count, self.left);
    }

    fn step(&mut self, kind: &'static str, name: &'static str, note: &'static str, count: Option<u64>, from: u64) {
        let of_whole = |count: u64| share(count.min(self.whole) as f64, self.whole as f64);
        if let Some(count) = count {
            let (x, width) = (of_whole(from), of_whole(count));
            let share = (kind != "event" && self.whole > 0).then_some(width);
            self.steps.push(Step { kind, name, note, count, x, width, share });
        }
    }
}

impl Input {
    fn of(input: &Value) -> Self {
        Self {
            path: text(&input["path"]).or_else(|| text(input)).unwrap_or_default(),
            bytes: input["bytes"].as_f64(),
            digest: text(&input["digest"]),
        }
    }
}

fn threshold(parameters: &Value) -> Option<f64> {
    parameters["verify"]["threshold"].as_f64().or_else(|| parameters["threshold"].as_f64())
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(|text| clip(text, VALUE_CHARS))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Why records were rejected, the most frequent reason first.
fn reasons(value: &Value) -> Vec<Count> {
    let mut reasons = Vec::new();
    numbers("", value, &mut reasons);
    reasons.retain(|reason| reason.count > 0);
    reasons.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    reasons
}

/// The counts that the flow does not show, but for what there was none of.
fn others(counts: &Value) -> Vec<Count> {
    let mut others = Vec::new();
    for (name, value) in counts.as_object().into_iter().flatten() {
        if !IN_FLOW.contains(&name.as_str()) {
            numbers(name, value, &mut others);
        }
    }
    others.retain(|other| other.count > 0);
    others
}

/// Every whole number below `value`, by its path.
fn numbers(path: &str, value: &Value, out: &mut Vec<Count>) {
    if let Some(object) = value.as_object() {
        object.iter().for_each(|(name, value)| numbers(&joined(path, name), value, out));
    } else if let Some(count) = value.as_u64().filter(|_| out.len() < ROWS) {
        out.push(Count { name: clip(path, VALUE_CHARS), count });
    }
}

/// Every value below `value`, by its path.
fn flatten(path: &str, value: &Value, out: &mut Vec<Parameter>) {
    if let Some(object) = value.as_object() {
        object.iter().for_each(|(name, value)| flatten(&joined(path, name), value, out));
    } else if !path.is_empty() && out.len() < ROWS {
        out.push(Parameter { name: clip(path, VALUE_CHARS), value: clip(&written(value), VALUE_CHARS) });
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn written(value: &Value) -> String {
    match value {
        Value::Null => "off".to_owned(),
        Value::Bool(on) => if *on { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => values.iter().map(written).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The stages with their rates, and their share of the longest.
fn stages(value: &Value) -> Vec<Stage> {
    let stages: Vec<&Value> = list(value).iter().filter(|stage| stage["stage"].is_string()).take(ROWS).collect();
    let longest = stages.iter().filter_map(|stage| stage["seconds"].as_f64()).fold(0.0, f64::max);
    stages.into_iter().map(|stage| Stage::of(stage, longest)).collect()
}

impl Stage {
    fn of(stage: &Value, longest: f64) -> Self {
        let seconds = stage["seconds"].as_f64();
        let bytes = stage["bytes"].as_f64().filter(|&bytes| bytes > 0.0);
        let items = stage["items"].as_u64().filter(|&items| items > 0);
        let rate = |amount: f64| seconds.filter(|&seconds| seconds > 0.0).map(|seconds| amount / seconds);
        Self {
            name: text(&stage["stage"]).unwrap_or_default(),
            seconds,
            share: share(seconds.unwrap_or(0.0), longest),
            bytes,
            bytes_per_s: stage["bytes_per_s"].as_f64().filter(|&rate| rate > 0.0).or_else(|| bytes.and_then(rate)),
            items,
            items_per_s: items.and_then(|n| rate(n as f64)).map(|rate| rate.round() as u64),
        }
    }
}
