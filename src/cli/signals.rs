//! What a scheduler or Ctrl-C asks of a run: to end, and to leave nothing half done.
//!
//! A thread waits for SIGTERM, SIGHUP and Ctrl-C (SIGINT). The first of them removes what has been written so far, says
//! so in one line, and ends the process with status 1; but where the result is being put in place it comes too late,
//! and the run ends as it would have. A second one ends the process at once, as if it were not caught.

use super::show;
use crate::output;
use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, signal_name};
use std::ffi::c_int;
use std::time::{Duration, Instant};
use std::{process, thread};

/// A second signal within this time is the first: `timeout` sends its own twice, and so does a terminal that is closed.
const ECHO: Duration = Duration::from_secs(1);

/// From now on signals end the process as is said above; `left` says what it leaves then.
pub(super) fn catch(left: &'static str) -> Result<()> {
    let ignored = ignored();
    let is_heeded = |signal: &c_int| (ignored >> (signal - 1)) & 1 == 0;
    let signals = Signals::new([SIGTERM, SIGHUP, SIGINT].iter().filter(|signal| is_heeded(signal)));
    let mut signals = signals.context("cannot wait for signals")?;
    let wait = move || {
        let mut first = None;
        for signal in signals.forever() {
            match first {
                None => first = Some(begin_to_end(signal, left)),
                Some(first) if Instant::now() > first + ECHO => _ = emulate_default_handler(signal),
                Some(_) => {}
            }
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait).context("cannot start a thread")?;
    Ok(())
}

/// Ends the process on a thread of its own, since much may have to be removed; tells when it began to.
fn begin_to_end(signal: c_int, left: &'static str) -> Instant {
    if thread::Builder::new().name("stop".to_owned()).spawn(move || end(signal, left)).is_err() {
        end(signal, left);
    }
    Instant::now()
}

fn end(signal: c_int, left: &str) {
    let Some(_stopped) = output::stop() else { return };
    show::stopped(&format!("stopped by {}; {left}", signal_name(signal).unwrap_or("a signal")));
    process::exit(1);
}

/// The signals that whoever started the process wants it to ignore, as `nohup` does with SIGHUP: the lowest bit is that
/// of signal 1.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.unwrap_or(0)
}
