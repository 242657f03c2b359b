//! Results to files: tables of JSON lines, and their publication at one stroke.
//!
//! Law: the bytes ignore the number of threads.

mod publish;
mod tables;

pub use publish::{Staging, check, replace_file};
pub use tables::{
    ArticleRow, DayRow, EdgeRow, EventRow, GroupRow, InputRow, KeptCompression, MemberRow, PhaseRow, RejectRow,
    RunFile, Table,
};
