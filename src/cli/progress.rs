//! How a run goes on, as JSON lines for a scheduler's log: a line where a stage begins, some while it lasts, one at its
//! end.
//!
//! A long stage is told of ever more seldom: once a second at first, every ten seconds in the long run.

use super::show;
use crate::stats::{Stage, Unit, Watch};
use serde::Serialize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A line of a stage that goes on.
#[derive(Serialize)]
struct Line {
    progress: &'static str,
    done: u64,
    total: Option<u64>,
    unit: Unit,
    seconds: f64,
}

/// A stage that goes on.
struct Current {
    line: Line,
    start: Instant,
    told: Instant,
}

impl Current {
    fn tell(&mut self) {
        self.told = Instant::now();
        self.line.seconds = self.start.elapsed().as_millis() as f64 / 1e3;
        tell(&self.line);
    }

    fn is_due(&self) -> bool {
        let pause = (self.start.elapsed() / 10).clamp(Duration::from_secs(1), Duration::from_secs(10));
        self.told.elapsed() >= pause
    }
}

/// Tells on standard error.
#[derive(Default)]
pub(super) struct Lines {
    current: Mutex<Option<Current>>,
}

impl Lines {
    fn current(&self) -> std::sync::MutexGuard<'_, Option<Current>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Lines {
    fn begin(&self, stage: &'static str, total: Option<u64>, unit: Unit) {
        let (line, now) = (Line { progress: stage, done: 0, total, unit, seconds: 0.0 }, Instant::now());
        self.current().insert(Current { line, start: now, told: now }).tell();
    }

    fn advance(&self, done: u64) {
        if let Some(current) = &mut *self.current() {
            current.line.done += done;
            if current.is_due() {
                current.tell();
            }
        }
    }

    fn end(&self, stage: &Stage) {
        *self.current() = None;
        tell(stage);
    }
}

fn tell(line: &impl Serialize) {
    // Names and numbers can always be written as JSON.
    show::note(&show::json(line).unwrap_or_default());
}
