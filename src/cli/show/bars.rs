//! How a run goes on, for the eye: a bar while a stage lasts, and one line of what it came to, which stays.
//!
//! Only a terminal is shown them, and one that cannot move its cursor only the lines.

use super::note;
use crate::stats::{Stage, Unit, Watch};
use console::Term;
use indicatif::{
    HumanBytes, HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressState,
    ProgressStyle,
};
use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

/// What is drawn on standard error; a line that is written meanwhile goes above it.
static SCREEN: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Writes while no bar stands in the way.
pub(super) fn aside<T>(write: impl FnOnce() -> T) -> T {
    SCREEN.suspend(write)
}

/// Takes the bar away for good.
pub(super) fn clear() {
    _ = SCREEN.clear();
    SCREEN.set_draw_target(ProgressDrawTarget::hidden());
}

/// So many columns have room for everything.
const WIDE: usize = 80;

/// A bar a stage.
pub(in crate::cli) struct Bars {
    is_shown: bool,
    bar: Mutex<ProgressBar>,
}

impl Bars {
    /// Shown on a terminal, unless they are to be quiet.
    pub(in crate::cli) fn new(quiet: bool) -> Self {
        let is_shown = !quiet && io::stderr().is_terminal();
        Bars { is_shown, bar: Mutex::new(ProgressBar::hidden()) }
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, ProgressBar> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Bars {
    fn begin(&self, stage: &'static str, total: Option<u64>, unit: Unit) {
        if !self.is_shown || console::is_dumb() {
            return;
        }
        let style = style(&template(total.is_some(), unit, is_wide()));
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let bar = bar.with_style(style);
        // Nothing is drawn before it has its place.
        let bar = SCREEN.add(bar.with_prefix(stage).with_finish(ProgressFinish::AndClear));
        bar.enable_steady_tick(Duration::from_millis(100));
        *self.bar() = bar;
    }

    fn advance(&self, done: u64) {
        self.bar().inc(done);
    }

    fn end(&self, stage: &Stage) {
        if !self.is_shown {
            return;
        }
        let bar = std::mem::replace(&mut *self.bar(), ProgressBar::hidden());
        bar.finish_and_clear();
        SCREEN.remove(&bar);
        note(&line(stage, is_wide()));
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("whole_per_sec", |state: &ProgressState, out: &mut dyn Write| {
        _ = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
    })
}

fn is_wide() -> bool {
    super::columns(&Term::stderr()).is_none_or(|columns| columns >= WIDE)
}

fn template(is_total_known: bool, unit: Unit, is_wide: bool) -> String {
    let (done, rate) = match unit {
        Unit::Bytes => ("{bytes}/{total_bytes} ", "{binary_bytes_per_sec}"),
        Unit::Documents | Unit::Steps => ("{human_pos}/{human_len} ", "{whole_per_sec}"),
    };
    match (is_total_known, unit) {
        (true, _) => {
            let done = if is_wide { done } else { "" };
            format!("{{prefix:>11.cyan}} {{wide_bar:.cyan/dim}} {{percent:>3}}% {done}{rate} {{eta}} left")
        }
        (false, Unit::Bytes) => "{prefix:>11.cyan} {spinner} {bytes} {binary_bytes_per_sec} {elapsed}".to_owned(),
        // Work that tells nothing of itself before its end.
        (false, _) => "{prefix:>11.cyan} {spinner} {elapsed}".to_owned(),
    }
}

/// What a stage came to: what it did, how long it took, how fast it was.
fn line(stage: &Stage, is_wide: bool) -> String {
    let name = super::name_style().for_stderr().apply_to(format!("{:>11}", stage.stage));
    let (did, seconds) = (did(stage), format!("{:.2} s", stage.seconds));
    if is_wide {
        format!("{name}  {did:<40} {seconds:>10}  {}", rate(stage))
    } else {
        format!("{name}  {did}, {seconds}")
    }
}

fn did(stage: &Stage) -> String {
    let many = HumanCount(stage.items);
    match stage.stage {
        "read" => format!("{many} records read"),
        "filter" => format!("{many} records judged as they came"),
        "boilerplate" => format!("{many} documents looked at again"),
        "order" => format!("{many} documents put in order"),
        "candidates" => format!("{many} pairs worth a comparison"),
        "verify" => format!("{many} pairs compared word for word"),
        "recall" => format!("{many} texts held against the store"),
        "features" => format!("{many} articles read for their terms"),
        "events" => format!("{many} articles gathered into events"),
        "label" => format!("{many} events given their titles"),
        "remember" => format!("{many} documents remembered"),
        "write" => format!("{many} documents written"),
        "report" => "the page for people is drawn".to_owned(),
        "learn" => format!("{many} documents read for such lines"),
        "sample" => format!("{many} documents read for the samples"),
        "compare" => format!("{many} documents held against samples"),
        _ => format!("{many} done"),
    }
}

fn rate(stage: &Stage) -> String {
    let per_second = |n: u64| if stage.seconds > 0.0 { (n as f64 / stage.seconds) as u64 } else { 0 };
    match (stage.bytes, per_second(stage.items)) {
        (0, 0) => String::new(),
        (0, _) if stage.items < 2 => String::new(),
        (0, rate) => format!("{}/s", HumanCount(rate)),
        (bytes, _) => format!("{}/s", HumanBytes(per_second(bytes))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_told_in_one_line_of_the_terminal() {
        let stage = |stage, items, bytes| Stage { stage, seconds: 123.456, items, bytes, bytes_per_s: 0.0 };
        for it in [stage("boilerplate", 12_345_678, 0), stage("read", 12_345_678, 300 << 30), stage("report", 1, 0)] {
            let (wide, narrow) = (line(&it, true), line(&it, false));
            assert!(
                console::measure_text_width(&wide) < 80 && console::measure_text_width(&narrow) <= 60,
                "{wide}\n{narrow}"
            );
            assert!(narrow.ends_with("123.46 s") && wide.contains("123.46 s"), "{narrow}");
        }
        assert!(line(&stage("read", 2, 250 << 20), true).ends_with("2.03 MiB/s"));
        assert!(line(&stage("order", 123_456, 0), true).ends_with("1,000/s"));
    }

    #[test]
    fn every_template_is_one() {
        for (known, wide) in [(true, true), (true, false), (false, true), (false, false)] {
            for unit in [Unit::Bytes, Unit::Documents, Unit::Steps] {
                assert!(ProgressStyle::with_template(&template(known, unit, wide)).is_ok());
            }
        }
    }
}
