//! The options that verbs share, and the config file that may hold them.
//!
//! A config file is a TOML table of option names; its entries are put before the arguments of the command line, so that
//! what is typed wins, and a wrong name or value is answered as if it had been typed.

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
use crate::pipeline::{Job, Outcome, Tables, Verb};
use crate::stats::{Unwatched, Watch};
use anyhow::Result;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A config file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("--config {path}: {why}")]
pub(super) struct BadConfig {
    path: PathBuf,
    why: String,
}

/// What decides what is found.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Near-duplicates")]
pub(super) struct Finding {
    /// Similarity (Jaccard of shingle sets) from which two documents are near-duplicates
    #[arg(long, value_name = "T", default_value_t = Params::default().verify.threshold)]
    threshold: f64,
    /// Words in a shingle
    #[arg(long, value_name = "WORDS", default_value_t = Params::default().shingle.width)]
    width: usize,
    /// Share of a document's shingles that, found in another, makes the two near-duplicates as well
    #[arg(long, value_name = "T")]
    #[serde(skip_serializing_if = "Option::is_none")]
    containment: Option<f64>,
    /// What holds a group together: a chain of near-duplicates, or nearness to the representative
    #[arg(long, value_name = "HOW", default_value = "components")]
    linkage: Linkage,
    /// Which document of a group is kept
    #[arg(long, value_name = "WHICH", default_value = "earliest")]
    keep: Keep,
    /// Outlets whose documents are kept before all others, the dearest first
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    prefer_source: Vec<String>,
    /// Share of pairs at the threshold that must be found; chooses bands and rows
    #[arg(long, value_name = "R", default_value_t = Params::default().lsh.recall)]
    recall: f64,
    /// Slots in a signature
    #[arg(long, value_name = "N", default_value_t = Params::default().sketch.slots)]
    slots: usize,
    /// Bands, instead of those that --recall chooses
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    bands: Option<usize>,
    /// Rows of a band, instead of those that --recall chooses
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<usize>,
    /// Leave out lines that a source repeats on many unlike pages, such as cookie notices: as run and cluster do unless
    /// told otherwise
    #[arg(long, overrides_with = "keep_boilerplate")]
    learn_boilerplate: bool,
    /// Leave no such lines out: as dedup does unless told otherwise
    #[arg(long, overrides_with = "learn_boilerplate")]
    keep_boilerplate: bool,
}

/// Where a record's fields are, and how long it may be.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Records")]
pub(super) struct Reading {
    /// The field of the id, instead of `id`
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    id_field: Option<String>,
    /// The field of the text, instead of text, content, body, maintext or article
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    text_field: Option<String>,
    /// The field of the title, instead of title or headline
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    title_field: Option<String>,
    /// The field of the date, instead of published, date and the like
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    published_field: Option<String>,
    /// The field of the outlet, instead of source, domain and the like
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    source_field: Option<String>,
    /// The field of the address, instead of url, link or uri
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    url_field: Option<String>,
    /// The field of the language, instead of lang or language
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    lang_field: Option<String>,
    /// The field of a model's vector, instead of embedding
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding_field: Option<String>,
    /// The format of all input, where names and first bytes do not tell it
    #[arg(long, value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    input_format: Option<Format>,
    /// Documents of a later day than this, such as 2025-01-31, count as undated; if not given, the crawl itself tells
    /// which are from the future: those of long after all but one in a hundred
    #[arg(long, value_name = "DAY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<String>,
    /// A longer record is rejected
    #[arg(long, value_name = "BYTES", default_value_t = Params::default().input.max_record_bytes)]
    max_record_bytes: usize,
}

/// How many records may be bad.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Records")]
pub(super) struct Judging {
    /// Share of records that may be rejected before the exit status says so
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, allow_negative_numbers = true)]
    max_reject_rate: f64,
    /// Let any rejected record show in the exit status
    #[arg(long)]
    strict: bool,
}

/// How the program goes about it.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Running")]
pub(super) struct Running {
    /// Threads; as many as there are processors, if not given
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    threads: Option<usize>,
    /// Memory to make do with, such as 2GiB: what does not fit is kept in --temp meanwhile. For near-duplicates; events
    /// take what they need, and boilerplate is learned from up to 64 MiB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<u64>,
    /// Folder for copies of compressed or piped input, and for what --memory leaves no room for, while the run lasts
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    temp: Option<PathBuf>,
    /// A TOML file of options by these names; what is typed wins
    #[arg(long, value_name = "FILE.toml")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Write every option and its value as a config file, and stop
    #[arg(long)]
    #[serde(skip)]
    print_config: bool,
    /// Look at the options, the inputs and the folder, say what would be done, and stop
    #[arg(long)]
    #[serde(skip)]
    pub(super) dry_run: bool,
    /// No bars and no summary
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// The summary as one JSON object; progress as JSON lines on standard error
    #[arg(long)]
    pub(super) json: bool,
    /// Write the counts of the run to this file as well, as Prometheus reads them
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
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

    /// All `options` of a verb as a config file, if that was asked for.
    pub(super) fn printed_config<T: Args + Serialize>(&self, options: &T) -> Result<Option<String>> {
        if !self.print_config {
            return Ok(None);
        }
        let toml::Value::Table(values) = toml::Value::try_from(options)? else { return Ok(None) };
        let mut config = String::new();
        for arg in T::augment_args(clap::Command::new("newsfold")).get_arguments() {
            let Some(name) = arg.get_long().filter(|name| !matches!(*name, "config" | "print-config" | "dry-run"))
            else {
                continue;
            };
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            _ = match values.get(name) {
                Some(value) => writeln!(config, "# {help}\n{name} = {value}\n"),
                None => writeln!(config, "# {help}\n# {name} =\n"),
            };
        }
        Ok(Some(config))
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
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Output")]
pub(super) struct Writing {
    /// What tables are written as; the columns are the same
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    format: output::Format,
    /// Leave out kept.jsonl
    #[arg(long)]
    no_kept: bool,
    /// Compress kept.jsonl
    #[arg(long, value_name = "HOW")]
    #[serde(skip_serializing_if = "Option::is_none")]
    compress: Option<KeptCompression>,
    /// Write edges.jsonl: every verified pair and its similarity; a copy to the letter is paired with the first of its kind
    #[arg(long)]
    edges: bool,
    /// Write annotated.jsonl: every accepted record with its group and event
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
#[derive(Debug, Clone, Args, Serialize)]
pub(super) struct Deciding {
    #[command(flatten)]
    #[serde(flatten)]
    finding: Finding,
    #[command(flatten)]
    #[serde(flatten)]
    reading: Reading,
}

/// All options of the verbs that read a crawl.
#[derive(Debug, Clone, Args, Serialize)]
pub(super) struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    deciding: Deciding,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) judging: Judging,
    #[command(flatten)]
    #[serde(flatten)]
    writing: Writing,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) running: Running,
}

impl Options {
    /// The whole of it as a config file, if that was asked for.
    pub(super) fn printed_config(&self) -> Result<Option<String>> {
        self.running.printed_config(self)
    }

    /// What a verb does with `inputs` under these options.
    pub(super) fn job(&self, verb: Verb, inputs: Vec<String>) -> Result<Job> {
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
    pub(super) fn job(&self, verb: Verb, inputs: Vec<String>, tables: Tables, running: &Running) -> Result<Job, Error> {
        let mut params = self.params(verb);
        if let Some(day) = &self.reading.newest {
            let why = "a day such as 2025-01-31 was expected";
            let bad = || Error::Param { flag: "newest", value: day.clone(), why };
            params.input.newest = Some(input::last_second(day).ok_or_else(bad)?);
        }
        let Going { temp, memory, threads } = running.going();
        Ok(Job { verb, inputs, params, temp, memory, threads, tables })
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

/// The arguments with those of the config file, if one is named, put behind the verb.
pub(super) fn with_config(mut arguments: Vec<OsString>, command: &clap::Command) -> Result<Vec<OsString>> {
    let Some(path) = config_path(&arguments) else { return Ok(arguments) };
    let verb = arguments.get(1).and_then(|verb| verb.to_str()).and_then(|verb| command.find_subcommand(verb));
    let Some(verb) = verb else { return Ok(arguments) };
    let bad = |why: String| BadConfig { path: path.clone(), why };
    let text = std::fs::read_to_string(&path).map_err(|e| bad(e.to_string()))?;
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| bad(e.to_string()))?;
    let typed = arguments.split_off(2);
    for (name, value) in table {
        // A switch or list that is typed replaces the file's, as any other option does.
        let known = verb.get_arguments().find(|arg| arg.get_long() == Some(&*name));
        if !is_typed(&typed, &name) {
            arguments.extend(as_arguments(&name, value, known).map_err(|why| bad(format!("{name}: {why}")))?);
        }
    }
    arguments.extend(typed);
    Ok(arguments)
}

fn config_path(arguments: &[OsString]) -> Option<PathBuf> {
    let mut rest = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = rest.next() {
        if argument == "--config" {
            return rest.next().map(PathBuf::from);
        }
        if let Some(path) = argument.to_str().and_then(|argument| argument.strip_prefix("--config=")) {
            return Some(Path::new(path).to_owned());
        }
    }
    None
}

fn is_typed(typed: &[OsString], name: &str) -> bool {
    typed
        .iter()
        .filter_map(|argument| argument.to_str()?.strip_prefix("--"))
        .any(|argument| argument.split('=').next() == Some(name))
}

/// An entry of the config file as it would be typed.
fn as_arguments(name: &str, value: toml::Value, known: Option<&clap::Arg>) -> Result<Vec<OsString>, &'static str> {
    use toml::Value;
    let one = |value: Value| match value {
        Value::String(text) => Ok(text),
        Value::Integer(_) | Value::Float(_) => Ok(value.to_string()),
        _ => Err("text, a number, true, false or a list of texts was expected"),
    };
    let is_switch = known.is_some_and(|arg| !arg.get_action().takes_values());
    Ok(match value {
        Value::Boolean(_) if known.is_some() && !is_switch => return Err("a value was expected, not true or false"),
        Value::Boolean(true) => vec![format!("--{name}").into()],
        Value::Boolean(false) if known.is_some() => Vec::new(),
        Value::Boolean(false) => vec![format!("--{name}").into()],
        Value::Array(values) if values.is_empty() && known.is_some() => Vec::new(),
        Value::Array(values) => {
            let values: Vec<String> = values.into_iter().map(one).collect::<Result<_, _>>()?;
            vec![format!("--{name}={}", values.join(",")).into()]
        }
        value => vec![format!("--{name}={}", one(value)?).into()],
    })
}
