//! `sketch`: a shard is read once, and its batches are kept as they are.

use super::cut::{Extent, Shard, cut};
use super::task::{About, File, Task, name};
use super::{Left, frames};
use crate::boilerplate::Boilerplate;
use crate::disk;
use crate::document::Published;
use crate::error::Error;
use crate::hash;
use crate::input::{Found, Input, Pace, are_plain_lines, is_address};
use crate::params::Params;
use crate::pipeline::boilerplate::Learning;
use crate::pipeline::read::{Batch, Counts, Worker};
use crate::pipeline::walk::{Before, Source, walk};
use crate::pipeline::{Pipeline, Verb, pool, prepare, write};
use crate::stats::{Stages, Unit, Watch};
use crate::store::GrowingPiece;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

pub(super) const KIND: &str = "sketch";

/// A shard before it is read.
struct Plan {
    task: Task,
    inputs: Vec<Input>,
    ranges: Vec<Option<Range<u64>>>,
    files: Vec<File>,
    /// Of the whole files, where they are known.
    sizes: Vec<Option<u64>>,
    passed_over: Vec<String>,
    bytes: Option<u64>,
}

/// What a shard would read, and of how many bytes, where that is known; nothing is written.
pub fn plan_sketch(job: &Pipeline, shard: Shard, dir: &Path) -> Result<(Found, Option<u64>), Error> {
    let Plan { inputs, passed_over, bytes, .. } = plan(job, shard, dir)?;
    pool(job.threads)?;
    Ok((Found { inputs, passed_over }, bytes))
}

/// Reads a shard of the inputs, and leaves a file of it in `dir`.
pub fn sketch(job: &Pipeline, shard: Shard, dir: &Path, watch: &dyn Watch) -> Result<Left, Error> {
    let Plan { task, inputs, ranges, mut files, sizes, passed_over, bytes } = plan(job, shard, dir)?;
    let (params, pool) = (&job.params, pool(job.threads)?);
    disk::create_folders(dir).map_err(Error::file("make the folder", dir))?;
    pool.install(|| {
        let mut stages = Stages::new(watch);
        let mut piece = GrowingPiece::create(dir, &name(KIND, shard), KIND)?;
        let (learning, whole, mut counts) = (Learning::new(params), Boilerplate::default(), Counts::default());
        let mut end = 0;
        stages.stage("read", bytes, Unit::Bytes, |watch| {
            let rows = walk(
                Source { inputs: &inputs, ranges: &ranges, params: &params.input, pace: Pace::Full },
                || Worker::new(params, &whole, &learning),
                |worker, fed| worker.block(&inputs[fed.input as usize], fed, None),
                |before: Before, batch: Batch| {
                    count(&mut counts, &batch);
                    let file = &mut files[before.input as usize];
                    file.lines = before.lines + batch.lines;
                    let start = if file.frames.is_empty() { end } else { file.frames.start };
                    end = frames::write(&mut piece, before, &batch)?;
                    file.frames = start..end;
                    Ok(())
                },
                watch,
            )?;
            let read: u64 = rows.iter().map(|row| row.bytes).sum();
            // Of an input that is cut, who has read the last of it has the digest of all.
            for ((file, row), (range, &size)) in files.iter_mut().zip(rows).zip(ranges.iter().zip(&sizes)) {
                if range.as_ref().is_none_or(|range| Some(range.end) == size) {
                    if size.is_some_and(|size| size != row.bytes) {
                        return Err(Error::Changed { path: row.path });
                    }
                    file.read = Some(row);
                }
            }
            Ok::<_, Error>(((), counts.read, bytes.unwrap_or(read)))
        })?;
        let sample = learning.into_learner().map(|learner| learner.written()).transpose().map_err(frames::unwritten)?;
        let sample = end..piece.write(&sample.unwrap_or_default())? as usize;
        let passed_over = if shard.first == 1 { passed_over } else { Vec::new() };
        piece.finish(&About { task, shard, files, passed_over, sample })?;
        let outcome = write::outcome(&counts, &stages);
        Ok(Left { file: Some(dir.join(name(KIND, shard))), outcome, bands: params.shape().bands })
    })
}

/// What can be counted of a batch alone.
fn count(counts: &mut Counts, batch: &Batch) {
    for record in &batch.records {
        counts.read += 1;
        match &record.result {
            Ok(sketched) => {
                counts.bad_date += u64::from(sketched.published == Published::Unreadable);
                counts.implausible_date += u64::from(sketched.published == Published::Implausible);
            }
            Err(reject) => *counts.rejected.entry(reject.reason.name()).or_default() += 1,
        }
    }
}

fn plan(job: &Pipeline, shard: Shard, dir: &Path) -> Result<Plan, Error> {
    if job.verb == Verb::Nightly {
        let why = "a night is one run; run, dedup and cluster can be sharded";
        return Err(Error::Param { flag: "verb", value: job.verb.name().to_owned(), why });
    }
    check_exact(&job.params)?;
    let mut found = prepare(job, None)?;
    // The files of other jobs come while this one looks.
    if let Ok(dir) = dir.canonicalize() {
        let passed_over = std::mem::take(&mut found.passed_over);
        found.pass_over_below(&dir);
        let is_elsewhere = |name: &String| Path::new(name).canonicalize().map_or(true, |path| !path.starts_with(&dir));
        found.passed_over = passed_over.into_iter().filter(is_elsewhere).collect();
    }
    let extents: Vec<Extent> = found.inputs.iter().map(extent).collect::<Result<_, _>>()?;
    let mut files: Vec<File> = Vec::new();
    let (mut inputs, mut ranges) = (Vec::new(), Vec::new());
    for (at, range) in cut(&extents, shard) {
        let input = &found.inputs[at];
        files.push(File {
            input: u32::try_from(at).map_err(|_| Error::TooMany)?,
            name: input.name.clone(),
            below: input.below.clone(),
            path: absolute(input)?,
            format: input.format,
            is_file: input.is_file,
            is_plain: extents[at].is_cut,
            lines: 0,
            frames: 0..0,
            read: None,
        });
        inputs.push(input.clone());
        ranges.push(range);
    }
    let sizes: Vec<Option<u64>> = files.iter().map(|file| extents[file.input as usize].bytes).collect();
    let to_read = ranges.iter().zip(&sizes).map(|(range, size)| match range {
        Some(range) => Some(range.end - range.start),
        None => *size,
    });
    let listed: Vec<_> =
        found.inputs.iter().zip(&extents).map(|(i, e)| (&i.name, i.format, e.bytes, e.is_cut)).collect();
    let written = serde_json::to_vec(&(listed, &found.passed_over)).map_err(|e| Error::Output(e.into()))?;
    let task = Task {
        verb: job.verb,
        parameters: job.params.clone(),
        inputs: u32::try_from(found.inputs.len()).map_err(|_| Error::TooMany)?,
        listing: hash::digest(&written),
    };
    Ok(Plan { task, bytes: to_read.sum(), inputs, ranges, files, sizes, passed_over: found.passed_over })
}

/// Parameters are written as text, and few numbers do not survive that.
fn check_exact(params: &Params) -> Result<(), Error> {
    let again = serde_json::to_vec(params).and_then(|written| serde_json::from_slice::<Params>(&written));
    if again.is_ok_and(|again| again == *params) {
        return Ok(());
    }
    let why = "it cannot be handed on to other jobs to the last digit: write numbers with fewer";
    Err(Error::Param { flag: "threshold", value: params.verify.threshold.to_string(), why })
}

fn extent(input: &Input) -> Result<Extent, Error> {
    let refused = |why: &str| Error::Input { path: input.name.clone(), source: io::Error::other(why.to_owned()) };
    if is_address(&input.name) {
        return Ok(Extent { bytes: None, is_cut: false });
    }
    let Some(path) = input.path.as_ref().filter(|_| input.is_file) else {
        return Err(refused("every job lists all inputs, which a pipe gives to one alone: write it to a file"));
    };
    let bytes = fs::metadata(path).map_err(|source| Error::Input { path: input.name.clone(), source })?.len();
    Ok(Extent { bytes: Some(bytes), is_cut: are_plain_lines(input)? })
}

/// Where an input is, whatever folder a later job works in.
fn absolute(input: &Input) -> Result<Option<std::path::PathBuf>, Error> {
    let failed = |source| Error::Input { path: input.name.clone(), source };
    let path = input.path.as_ref().map(std::path::absolute).transpose().map_err(failed)?;
    if path.as_ref().is_some_and(|path| path.to_str().is_none()) {
        return Err(failed(io::Error::other("its name is not UTF-8, and cannot be handed on to other jobs")));
    }
    Ok(path)
}
