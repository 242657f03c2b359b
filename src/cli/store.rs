//! `store`: look after what a nightly job remembers.

use super::{End, show, signals};
use crate::error::Error;
use crate::output;
use crate::store::{Access, Stats, Store};
use anyhow::Result;
use clap::Subcommand;
use indicatif::{HumanBytes, HumanCount};
use std::io::{self, Write};
use std::path::PathBuf;

/// Look after the store of a nightly job
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  newsfold nightly tests/data/sample.jsonl --store store --out tonight
  newsfold store stats store
  newsfold store check store
  newsfold store export store | head -n 1
  newsfold store forget store a38
  newsfold store compact store")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What it holds: nights, documents, groups, events, bytes
    Stats {
        /// Folder of the store
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Look at every byte, and name what is not as it was written
    Check {
        /// Folder of the store
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Write it anew by the names that hold now, so that it takes less room and opens faster; what is found stays the same
    Compact {
        /// Folder of the store
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Write every document that is remembered as a JSON line: its night, group and event
    Export {
        /// Folder of the store
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Forget documents that must go, all their versions: their ids, times, words and signatures
    Forget {
        /// Folder of the store
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// Their ids
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
    },
}

pub(super) fn run(args: Args) -> Result<End> {
    match args.what {
        What::Stats { dir, json } => {
            let stats = Store::existing(&dir, Access::Read)?.stats()?;
            show::text(&if json { show::json(&stats)? } else { table(&stats) })?;
        }
        What::Check { dir } => {
            let store = Store::existing(&dir, Access::Read)?;
            let mut wrong = store.check();
            let last = wrong.pop();
            wrong.iter().for_each(|error| show::error(&error.to_string()));
            last.map_or(Ok(()), Err)?;
            show::line(&format!("the store {} is whole: {} nights", dir.display(), store.nights()))?;
        }
        What::Compact { dir } => {
            let mut store = changing(&dir)?;
            let before = store.stats()?.bytes;
            store.compact()?;
            let after = store.stats()?.bytes;
            show::text(&format!("{} before, {} now\n", HumanBytes(before), HumanBytes(after)))?;
        }
        What::Export { dir } => {
            let store = Store::existing(&dir, Access::Read)?;
            let mut out = io::BufWriter::new(io::stdout().lock());
            store.export(|document| {
                let line = show::json(document).map_err(|e| Error::Output(io::Error::other(e)))?;
                out.write_all(line.as_bytes()).map_err(Error::Output)
            })?;
            out.flush().map_err(Error::Output)?;
        }
        What::Forget { dir, ids } => {
            let forgotten = changing(&dir)?.forget(&ids)?;
            show::text(&format!("{} documents are forgotten\n", HumanCount(forgotten)))?;
        }
    }
    Ok(End::Done)
}

/// The store, to be changed. A change is a matter of seconds, and whole or not at all, so that it is not stopped.
fn changing(dir: &std::path::Path) -> Result<Store> {
    signals::catch("the store is as it was")?;
    let store = Store::existing(dir, Access::Write)?;
    output::publishing();
    Ok(store)
}

fn table(stats: &Stats) -> String {
    let count = |n: u64| HumanCount(n).to_string();
    let mut lines = vec![
        ("nights", count(stats.nights.len() as u64)),
        ("documents", format!("{}, {} texts", count(stats.documents), count(stats.texts))),
        ("groups", count(stats.groups)),
        ("events", count(stats.events)),
        ("ended", format!("{} names, which compact forgets", count(stats.ended_names))),
        ("bytes", HumanBytes(stats.bytes).to_string()),
        ("keys", format!("{:.0} bytes a document for signatures and keys", stats.key_bytes_per_document)),
    ];
    for night in &stats.nights {
        let window = if night.in_window { "" } else { ", out of the window of events" };
        lines.push((
            "",
            format!("{}  {} documents, {}{window}", night.night, count(night.documents), HumanBytes(night.bytes)),
        ));
    }
    show::table(&lines)
}
