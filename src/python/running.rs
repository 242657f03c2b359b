//! Long work beside the interpreter: without its lock, and ended by Ctrl-C.

use super::errors::Fault;
use crate::stats::Watch;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
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
        (None, Err(_)) => Err(PyRuntimeError::new_err(
            "newsfold has come upon something that it did not expect, which is a mistake of its own: please report it",
        )),
    }
}
