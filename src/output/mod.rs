//! Results to files: tables of JSON lines or Parquet, and their publication at one stroke.
//!
//! Law: the bytes ignore the number of threads.

mod growing;
mod open;
#[cfg_attr(not(feature = "parquet"), path = "parquet_left_out.rs")]
mod parquet;
mod publish;
mod tables;

pub(crate) use growing::{Growing, grow};
pub use growing::{Stopped, publishing, stop};
pub use open::open;
pub(crate) use publish::{BY_CHANCE, ENDING, clear_abandoned, umask};
pub use publish::{Place, Staging, check, replace_file};
pub use tables::{
    ArticleRow, ChangeRow, DayRow, EarlierRow, EdgeRow, EventRow, Format, GroupRow, InputRow, KeptCompression, Kind,
    MemberRow, PhaseRow, RecordRow, RejectRow, RunFile, Table, VersionRow,
};
