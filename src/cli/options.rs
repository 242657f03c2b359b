//! The options that verbs share.
//!
//! The first sentence of each is the line of `-h`; all of it is told by `--help`, by the manual and by `--print-config`.

use super::progress::Lines;
use super::prometheus;
use super::show::Bars;
use crate::error::Error;
use crate::eval::Field;
use crate::group::{Keep, Linkage};
use crate::input::{self, Format};
use crate::output::{self, KeptCompression};
use crate::params::Params;
use crate::pipeline::shards::Going;
use crate::pipeline::{Outcome, Pipeline, Tables, Verb};
use crate::stats::{Unwatched, Watch};
use anyhow::Result;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// What decides what is found.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Near-duplicates")]
pub(super) struct Finding {
    /// Similarity from which two documents are near-duplicates
    ///
    /// The Jaccard similarity of their sets of shingles, above 0 and at most 1: the share of all shingles that both have.
    /// 0.65 finds articles that were edited and cut; 0.9 almost only copies.
    #[arg(long, value_name = "T", default_value_t = Params::default().verify.threshold)]
    threshold: f64,
    /// Words in a shingle
    #[arg(long, value_name = "WORDS", default_value_t = Params::default().shingle.width, hide_short_help = true)]
    width: usize,
    /// Also join a document to one that contains this share of it
    ///
    /// The share of a document's shingles, above 0 and at most 1, that are found in another, such as a brief in a long
    /// story that begins with it. Off unless given.
    #[arg(long, value_name = "T", hide_short_help = true)]
    containment: Option<f64>,
    /// What holds a group together: components or representative
    ///
    /// With components a group is a chain of near-duplicates, whose ends may be less alike; with representative all are
    /// near-duplicates of the one that is kept.
    #[arg(long, value_name = "HOW", default_value = "components", hide_short_help = true, hide_possible_values = true)]
    linkage: Linkage,
    /// Kept of a group: earliest, longest or first
    ///
    /// The earliest by its date (undated last), the longest in words, or the first in the input.
    #[arg(long, value_name = "WHICH", default_value = "earliest", hide_possible_values = true)]
    keep: Keep,
    /// Outlets whose documents are kept before all others
    ///
    /// By the names in the field of the outlet, the dearest first: --prefer-source reuters.com,apnews.com
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    prefer_source: Vec<String>,
    /// Share of pairs at the threshold that must be found
    ///
    /// Between 0 and 1; chooses bands and rows. newsfold tune shows what it costs.
    #[arg(long, value_name = "R", default_value_t = Params::default().lsh.recall, hide_short_help = true)]
    recall: f64,
    /// Slots in a signature, of 2 bytes each
    #[arg(long, value_name = "N", default_value_t = Params::default().sketch.slots, hide_short_help = true)]
    slots: usize,
    /// Bands, instead of those that --recall chooses
    #[arg(long, value_name = "N", hide_short_help = true)]
    bands: Option<usize>,
    /// Rows of a band, instead of those that --recall chooses
    #[arg(long, value_name = "N", hide_short_help = true)]
    rows: Option<usize>,
    /// Leave out lines that a source repeats on unlike pages
    ///
    /// Cookie notices, "follow us", disclaimers. run, cluster and nightly do so unless told otherwise, dedup does not.
    #[arg(long, overrides_with = "keep_boilerplate", hide_short_help = true)]
    learn_boilerplate: bool,
    /// Leave no such lines out
    ///
    /// As dedup does unless told otherwise.
    #[arg(long, overrides_with = "learn_boilerplate", hide_short_help = true)]
    keep_boilerplate: bool,
}

/// Where a record's fields are, and how long it may be.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Records")]
pub(super) struct Reading {
    /// Field of the id
    ///
    /// Instead of id. A document without one is called by its address, else by its file and place.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    id_field: Option<String>,
    /// Field of the text, if it has a name of its own
    ///
    /// Instead of text, content, body, maintext or article.
    #[arg(long, value_name = "NAME")]
    text_field: Option<String>,
    /// Field of the title
    ///
    /// Instead of title or headline.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    title_field: Option<String>,
    /// Field of the date
    ///
    /// Instead of published, date, date_publish, publish_date, published_at, timestamp, datetime or time.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    published_field: Option<String>,
    /// Field of the outlet
    ///
    /// Instead of source, source_domain, domain, site or publisher.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    source_field: Option<String>,
    /// Field of the address
    ///
    /// Instead of url, link or uri.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    url_field: Option<String>,
    /// Field of the language
    ///
    /// Instead of lang or language.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    lang_field: Option<String>,
    /// Field of a model's vector, a list of numbers
    ///
    /// Instead of embedding.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    embedding_field: Option<String>,
    /// Format of all input, where names and first bytes do not tell it
    ///
    /// One of jsonl, csv, tsv, warc, parquet and text.
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    input_format: Option<Format>,
    /// Documents of a later day than this count as undated
    ///
    /// Such as 2025-01-31. If not given, the crawl itself tells which are from the future: those of long after all but one
    /// in a hundred.
    #[arg(long, value_name = "DAY", hide_short_help = true)]
    newest: Option<String>,
    /// Longest record that is read, in bytes; a longer one is rejected
    #[arg(long, value_name = "BYTES", default_value_t = Params::default().input.max_record_bytes, hide_short_help = true)]
    max_record_bytes: usize,
}

/// How many records may be bad.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Records")]
pub(super) struct Judging {
    /// Share of rejected records that is no failure
    ///
    /// From 0 to 1. If more are rejected, the result is published and the exit status is 3.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, allow_negative_numbers = true)]
    max_reject_rate: f64,
    /// End with status 3 if any record is rejected
    #[arg(long, hide_short_help = true)]
    strict: bool,
}

/// How the program goes about it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Running")]
pub(super) struct Running {
    /// Threads; as many as there are processors, if not given
    ///
    /// The result does not depend on them.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Memory to make do with, such as 2GiB
    ///
    /// What does not fit is kept in --temp meanwhile, with the same result. It is for near-duplicates; events take what they
    /// need, and boilerplate is learned from up to 64 MiB. At least 96MiB; as much as there is, if not given.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,
    /// Folder for what is needed only while the run lasts
    ///
    /// Copies of compressed or piped input, and what --memory leaves no room for. The system's own, such as /tmp, if not
    /// given.
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    temp: Option<PathBuf>,
    /// A TOML file of options by these names; what is typed wins
    ///
    /// --print-config writes one with a word on each.
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Write every option and its value as a config file, and stop
    #[arg(long)]
    print_config: bool,
    /// Check everything, say what would be done, and stop
    ///
    /// The options, the inputs and the folder are looked at; nothing is written.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// No bars and no summary
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// The summary as one JSON object; progress as JSON lines on stderr
    #[arg(long)]
    pub(super) json: bool,
    /// Write the counts of the run to this file, for Prometheus
    ///
    /// As the textfile collector of node_exporter reads them; after the result is published, at one stroke.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    prometheus: Option<PathBuf>,
}

impl Running {
    /// Who is told how the run goes on; bars may be out of place.
    pub(super) fn watch(&self, no_bars: bool) -> Box<dyn Watch> {
        match (self.quiet, self.json) {
            (true, _) => Box::new(Unwatched),
            (false, true) => Box::new(Lines::default()),
            (false, false) => Box::new(Bars::new(no_bars)),
        }
    }

    /// Where and with how much it goes about it.
    pub(super) fn going(&self) -> Going {
        let temp = self.temp.clone().unwrap_or_else(std::env::temp_dir);
        Going { temp, memory: self.memory, threads: self.threads }
    }

    /// Refuses a file of counts that could not be written after the run; `out` is where the result goes.
    pub(super) fn check(&self, out: Option<&Path>) -> Result<()> {
        Ok(self.prometheus.as_deref().map_or(Ok(()), |file| prometheus::check(file, out))?)
    }

    /// Writes the counts of a run that is published, if that is wanted.
    pub(super) fn write_counts(&self, verb: &str, outcome: &Outcome) {
        if let Some(file) = &self.prometheus {
            prometheus::write(file, verb, outcome);
        }
    }
}

/// What is written beside the usual tables.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Writing {
    /// What tables are written as: jsonl or parquet
    ///
    /// The columns are the same.
    #[arg(long, value_name = "FORMAT", default_value = "jsonl", hide_possible_values = true)]
    format: output::Format,
    /// Leave out kept.jsonl
    #[arg(long, hide_short_help = true)]
    no_kept: bool,
    /// Compress kept.jsonl: zst or gz
    #[arg(long, value_name = "HOW", hide_possible_values = true)]
    compress: Option<KeptCompression>,
    /// Write edges.jsonl: every verified pair and its similarity
    ///
    /// A copy to the letter is paired with the first of its kind.
    #[arg(long)]
    edges: bool,
    /// Write annotated.jsonl: every record with its group and event
    #[arg(long)]
    annotate: bool,
}

impl Judging {
    /// Refuses a share that is none.
    pub(super) fn check(&self) -> Result<(), Error> {
        let (rate, why) = (self.max_reject_rate, "a share from 0 to 1 was expected");
        let wrong = || Error::Param { flag: "max-reject-rate", value: rate.to_string(), why };
        (0.0..=1.0).contains(&rate).then_some(()).ok_or_else(wrong)
    }

    /// Whether so large a share of rejects is to show in the exit status.
    pub(super) fn are_too_many(&self, rejected: u64, rate: f64) -> bool {
        rate > self.max_reject_rate || (self.strict && rejected > 0)
    }
}

impl Writing {
    /// The tables that are meant.
    pub(super) fn tables(&self) -> Result<Tables, Error> {
        if self.compress.is_some() && self.format == output::Format::Parquet {
            let why = "Parquet is compressed already";
            return Err(Error::Param { flag: "compress", value: "beside --format parquet".to_owned(), why });
        }
        let Writing { format, no_kept, compress, edges, annotate } = *self;
        Ok(Tables { kept: (!no_kept).then_some(compress), edges, annotated: annotate, format })
    }
}

/// The names of a choice on the command line; clap stops here, so the choices themselves do not know it.
macro_rules! named {
    ($choice:ty { $($value:expr => $name:literal),+ }) => {
        impl ValueEnum for $choice {
            fn value_variants<'a>() -> &'a [Self] {
                &[$($value),+]
            }
            fn to_possible_value(&self) -> Option<PossibleValue> {
                [$(($value, $name)),+].iter().find(|(value, _)| value == self).map(|(_, name)| PossibleValue::new(*name))
            }
        }
    };
}
named!(Format { Format::JsonLines => "jsonl", Format::Csv => "csv", Format::Tsv => "tsv", Format::Warc => "warc",
    Format::Parquet => "parquet", Format::PlainText => "text" });
named!(output::Format { output::Format::Jsonl => "jsonl", output::Format::Parquet => "parquet" });
named!(Keep { Keep::Earliest => "earliest", Keep::Longest => "longest", Keep::First => "first" });
named!(Linkage { Linkage::Components => "components", Linkage::Representative => "representative" });
named!(KeptCompression { KeptCompression::Zst => "zst", KeptCompression::Gz => "gz" });
named!(Verb { Verb::Run => "run", Verb::Dedup => "dedup", Verb::Cluster => "cluster" });
named!(Field { Field::Event => "event", Field::Group => "group" });

/// Bytes, as people write them.
fn size(written: &str) -> std::result::Result<u64, String> {
    written.parse::<bytesize::ByteSize>().map(|size| size.as_u64()).map_err(|e| e.to_string())
}

/// What a run looks for, and where in a record.
#[derive(Debug, Clone, Args)]
pub(super) struct Deciding {
    #[command(flatten)]
    finding: Finding,
    #[command(flatten)]
    reading: Reading,
}

/// All options of the verbs that read a crawl.
#[derive(Debug, Clone, Args)]
pub(super) struct Options {
    #[command(flatten)]
    deciding: Deciding,
    #[command(flatten)]
    pub(super) judging: Judging,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    pub(super) running: Running,
}

impl Options {
    /// What a verb does with `inputs` under these options.
    pub(super) fn job(&self, verb: Verb, inputs: Vec<String>) -> Result<Pipeline> {
        self.judging.check()?;
        Ok(self.deciding.job(verb, inputs, self.writing.tables()?, &self.running)?)
    }

    /// Whether any table is asked for that only a folder can hold.
    pub(super) fn need_a_folder(&self) -> bool {
        let Writing { no_kept, compress, edges, annotate, format } = self.writing;
        format != output::Format::default() || no_kept || compress.is_some() || edges || annotate
    }
}

impl Deciding {
    /// What a verb does with `inputs` under these options, to give such tables.
    pub(super) fn job(
        &self,
        verb: Verb,
        inputs: Vec<String>,
        tables: Tables,
        running: &Running,
    ) -> Result<Pipeline, Error> {
        let mut params = self.params(verb);
        if let Some(day) = &self.reading.newest {
            let why = "a day such as 2025-01-31 was expected";
            let bad = || Error::Param { flag: "newest", value: day.clone(), why };
            params.input.newest = Some(input::last_second(day).ok_or_else(bad)?);
        }
        let Going { temp, memory, threads } = running.going();
        Ok(Pipeline { verb, inputs, params, temp, memory, threads, tables })
    }

    fn params(&self, verb: Verb) -> Params {
        let (mut params, Deciding { finding, reading }) = (Params::default(), self);
        (params.verify.threshold, params.verify.containment) = (finding.threshold, finding.containment);
        params.shingle.width = finding.width;
        params.sketch.slots = finding.slots;
        let learns_unasked = verb != Verb::Dedup && !finding.keep_boilerplate;
        params.boilerplate.learn = finding.learn_boilerplate || learns_unasked;
        (params.lsh.recall, params.lsh.bands, params.lsh.rows) = (finding.recall, finding.bands, finding.rows);
        (params.group.linkage, params.group.keep) = (finding.linkage, finding.keep);
        params.group.prefer_source = finding.prefer_source.iter().map(|name| name.trim().to_owned()).collect();
        (params.input.max_record_bytes, params.input.format) = (reading.max_record_bytes, reading.input_format);
        let fields = &mut params.input.fields;
        for (names, given) in [
            (&mut fields.id, &reading.id_field),
            (&mut fields.text, &reading.text_field),
            (&mut fields.title, &reading.title_field),
            (&mut fields.published, &reading.published_field),
            (&mut fields.source, &reading.source_field),
            (&mut fields.url, &reading.url_field),
            (&mut fields.lang, &reading.lang_field),
            (&mut fields.embedding, &reading.embedding_field),
        ] {
            if let Some(name) = given {
                *names = vec![name.clone()];
            }
        }
        params
    }
}
