//! What a run measures of itself: seconds and bytes a stage, peak memory; and who is told while it goes on.

use crate::error::Error;
use serde::Serialize;
use std::time::Instant;

/// One stage's measurements.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// Its name.
    pub stage: &'static str,
    /// How long it took.
    pub seconds: f64,
    /// Documents, candidates or events it worked on.
    pub items: u64,
    /// Bytes of input it read.
    pub bytes: u64,
    /// Bytes over seconds.
    pub bytes_per_s: f64,
}

/// Is told how a run goes on, and may ask it to end; by default nobody is, and nobody does.
pub trait Watch: Sync {
    /// A stage begins; it will work on `total` of `unit`, where that is known.
    fn begin(&self, _stage: &'static str, _total: Option<u64>, _unit: Unit) {}
    /// So much more is done.
    fn advance(&self, _done: u64) {}
    /// The stage has ended.
    fn end(&self, _stage: &Stage) {}
    /// Whether the run is to end before it is done. It looks between its steps, on any thread.
    fn is_stopped(&self) -> bool {
        false
    }
}

impl dyn Watch + '_ {
    /// Fails, if the run is to end before it is done.
    pub fn go_on(&self) -> Result<(), Error> {
        if self.is_stopped() { Err(Error::Stopped) } else { Ok(()) }
    }
}

/// What a stage counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Bytes of input.
    Bytes,
    /// Documents.
    Documents,
    /// Steps of another kind.
    Steps,
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// The stages of a run as they end.
pub struct Stages<'a> {
    watch: &'a dyn Watch,
    start: Instant,
    ended: Vec<Stage>,
}

impl<'a> Stages<'a> {
    /// A run begins.
    pub fn new(watch: &'a dyn Watch) -> Self {
        Stages { watch, start: Instant::now(), ended: Vec::new() }
    }

    /// Does the work of a stage; the work tells how many items and bytes it was.
    pub fn stage<T, E: From<Error>>(
        &mut self,
        stage: &'static str,
        total: Option<u64>,
        unit: Unit,
        work: impl FnOnce(&dyn Watch) -> Result<(T, u64, u64), E>,
    ) -> Result<T, E> {
        self.watch.go_on()?;
        tracing::info!(total, ?unit, "{stage} begins");
        self.watch.begin(stage, total, unit);
        let start = Instant::now();
        let (done, items, bytes) = work(self.watch)?;
        let seconds = start.elapsed().as_secs_f64();
        let bytes_per_s = if seconds > 0.0 { (bytes as f64 / seconds).round() } else { 0.0 };
        let stage = Stage { stage, seconds: round(seconds), items, bytes, bytes_per_s };
        tracing::info!(
            items,
            bytes,
            seconds = stage.seconds,
            memory_bytes = memory("VmRSS:"),
            "{} is done",
            stage.stage
        );
        self.watch.end(&stage);
        self.ended.push(stage);
        Ok(done)
    }

    /// The stages that have ended.
    pub fn ended(&self) -> &[Stage] {
        &self.ended
    }

    /// Seconds since the run began.
    pub fn seconds(&self) -> f64 {
        round(self.start.elapsed().as_secs_f64())
    }
}

fn round(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// The most memory that was resident at once, in bytes; 0 where the system does not tell.
pub fn peak_memory_bytes() -> u64 {
    memory("VmHWM:")
}

fn memory(kind: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib =
        status.lines().find_map(|line| line.strip_prefix(kind)?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
