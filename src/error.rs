//! What can stop a run: data, with the evidence as fields and messages that name the flag, the file and the values seen.
//!
//! A bad record never stops a run: it is a [`crate::input::Reject`].

use std::io;
use std::path::{Path, PathBuf};

/// Why a run stopped, or did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An input that is not there, or cannot be opened.
    #[error("cannot read the input {path}: {source}")]
    Input {
        /// The input as given.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A glob that no file answers to.
    #[error("no file matches {pattern}")]
    NoMatch {
        /// The glob as given.
        pattern: String,
    },
    /// An input that only another build reads.
    #[error("{path} is {what}, and this newsfold was built without them: build it with --features {feature}")]
    LeftOut {
        /// The input.
        path: String,
        /// What it is.
        what: &'static str,
        /// The Cargo feature.
        feature: &'static str,
    },
    /// Rows in memory in which no document can be found.
    #[error("the table cannot be read: {why}")]
    Frame {
        /// Why.
        why: String,
    },
    /// Whoever watches the run asked it to end.
    #[error("stopped before it was done")]
    Stopped,
    /// An input that changed between the two times it was read.
    #[error("{path} changed while it was read: run again when nobody writes to it")]
    Changed {
        /// The file.
        path: String,
    },
    /// An input of a finished run that is not there to be read again.
    #[error("the input {path} cannot be read again: {source} (its path is looked up as it was given to the run)")]
    Again {
        /// The file, as `run.json` names it.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// An input of a finished run that has another size or digest now.
    #[error("{path} is not what this result was made of: its size or digest is not that in run.json")]
    NotTheInput {
        /// The file, as `run.json` names it.
        path: String,
    },
    /// A result that cannot be used for what is asked.
    #[error("{dir} cannot be {purpose}: {why}")]
    Unusable {
        /// The folder.
        dir: PathBuf,
        /// What was to be done with it.
        purpose: &'static str,
        /// Why.
        why: String,
    },
    /// An id that a result has neither as a document nor as a reject.
    #[error("{dir} has no document {id}{}", hint.as_ref().map_or(String::new(), |hint| format!("; was {hint} meant?")))]
    UnknownId {
        /// The folder.
        dir: PathBuf,
        /// The id.
        id: String,
        /// An id like it.
        hint: Option<String>,
    },
    /// Something around the run's own files failed.
    #[error("cannot {doing} {path}: {source}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The output cannot be taken, whoever reads it.
    #[error("cannot write the output: {0}")]
    Output(io::Error),
    /// A folder that is not to be replaced.
    #[error("--out {dir} is refused: {why}")]
    Refused {
        /// The folder.
        dir: PathBuf,
        /// Why.
        why: &'static str,
    },
    /// A store that cannot be used as it is.
    #[error("the store {dir} is refused: {why}")]
    StoreRefused {
        /// The folder.
        dir: PathBuf,
        /// Why.
        why: String,
    },
    /// A store that another process uses.
    #[error("the store {dir} is in use by {holder}: try again later")]
    StoreInUse {
        /// The folder.
        dir: PathBuf,
        /// Who uses it.
        holder: String,
    },
    /// A file of a store that is not as it was written.
    #[error("{path} is damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file of a job of many that does not go together with the others.
    #[error("{path} does not fit: {why}")]
    Misfit {
        /// The file.
        path: PathBuf,
        /// In what it differs, and what to do.
        why: String,
    },
    /// A folder in which jobs of many have left no file yet that is needed.
    #[error("{dir} lacks {what}")]
    Lacking {
        /// The folder.
        dir: PathBuf,
        /// What is missing, and how to make it.
        what: String,
    },
    /// A parameter out of its range.
    #[error("--{flag} {value}: {why}")]
    Param {
        /// The option.
        flag: &'static str,
        /// The value seen.
        value: String,
        /// What was expected.
        why: &'static str,
    },
    /// A parameter of events out of its range.
    #[error("events: {0}")]
    EventParam(String),
    /// A result that does not hold what it should.
    #[error("{path}:{line}: {why}")]
    Table {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The page for people could not be made of a result.
    #[error(transparent)]
    Report(#[from] crate::report::ReportError),
    /// More documents than ids can be given to.
    #[error("more than {} documents in one run: split the input", u32::MAX)]
    TooMany,
}

impl Error {
    /// Names the file that a system call failed on.
    pub fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::File { doing, path: path.to_owned(), source }
    }

    /// Whether the command line, the configuration or the output folder is at fault, rather than the run.
    pub fn is_usage(&self) -> bool {
        use Error::{EventParam, Misfit, Param, Refused, StoreRefused};
        matches!(self, Refused { .. } | StoreRefused { .. } | Misfit { .. } | Param { .. } | EventParam(_))
    }

    /// Whether the reader of the output went away, which is no failure.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Error::Output(source) if source.kind() == io::ErrorKind::BrokenPipe)
    }
}
