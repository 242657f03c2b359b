//! Long work beside the interpreter: without its lock, and ended by Ctrl-C.

use super::errors::Fault;
use crate::stats::Watch;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How often signals are looked for.
const EVERY: Duration = Duration::from_millis(50);

/// Asks a run to end, if somebody has asked for that.
#[derive(Default)]
struct Stopper(AtomicBool);

impl Watch for Stopper {
    fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Does `work` on a thread of its own, other threads of Python running meanwhile; where a signal raises an exception, the
/// work is asked to end, waited for, and the exception goes on. A panic is a `RuntimeError`.
pub(super) fn detached<T: Send>(py: Python, work: impl FnOnce(&dyn Watch) -> Result<T, Fault> + Send) -> PyResult<T> {
    let stopper = Stopper::default();
    let (done, mut ended) = channel::<()>();
    let (interrupt, result) = thread::scope(|scope| {
        let stopper = &stopper;
        let worker = scope.spawn(move || {
            // Dropped at the end, however that comes.
            let _done = done;
            work(stopper)
        });
        let interrupt = loop {
            let ended = &mut ended;
            match py.detach(move || ended.recv_timeout(EVERY)) {
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(interrupt) = py.check_signals() {
                        stopper.0.store(true, Ordering::Relaxed);
                        break Some(interrupt);
                    }
                }
                _ => break None,
            }
        };
        (interrupt, py.detach(move || worker.join()))
    });
    match (interrupt, result) {
        (Some(interrupt), _) => Err(interrupt),
        (None, Ok(result)) => Ok(result?),
        (None, Err(_)) => Err(panicked()),
    }
}

/// Does short `work` without the interpreter's lock. Whatever waits for a lock of newsfold's own must do so here: who holds
/// that one may be waiting for the interpreter's.
pub(super) fn unlocked<T: Send>(py: Python, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    py.detach(|| catch_unwind(AssertUnwindSafe(work))).map_err(|_| panicked())
}

fn panicked() -> PyErr {
    PyRuntimeError::new_err("newsfold has come upon what it did not expect, a mistake of its own: please report it")
}
