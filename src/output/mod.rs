//! Results to files: tables of JSON lines or Parquet, and their publication at one stroke.
//!
//! Law: the bytes ignore the number of threads.

#[cfg(feature = "arrow")]
mod columns;
mod growing;
#[cfg(feature = "arrow")]
mod labels;
mod open;
#[cfg_attr(not(feature = "parquet"), path = "parquet_left_out.rs")]
mod parquet;
mod publish;
mod tables;

pub(crate) use growing::{Growing, grow};
pub use growing::{Stopped, publishing, stop};
#[cfg(feature = "arrow")]
pub use labels::{Inserted, Labels, Rows};
pub use open::open;
pub(crate) use publish::{BY_CHANCE, ENDING, clear_abandoned, open_up};
pub use publish::{Place, Staging, check, replace_file, replace_file_by};
pub use tables::{
    ArticleRow, ChangeRow, DayRow, EarlierRow, EdgeRow, EventRow, Format, GroupRow, InputRow, KeptCompression, Kind,
    MemberRow, PhaseRow, RecordRow, RejectRow, Rejects, RunFile, Table, VersionRow,
};
