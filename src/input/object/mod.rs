//! Inputs that are no files of this machine: `s3://bucket/key`, `gs://bucket/key`, `https://host/file`.
//!
//! An address of a bucket that ends with a slash means all objects below it, in byte order of their keys; those that are
//! hidden as files are (`.x`, `_x`, at any place of the key) are passed over. What is missing or denied is an error before
//! anything is read. Who asks, and where, the environment tells, by the names that the stores' own tools know
//! (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, `GOOGLE_APPLICATION_CREDENTIALS`).
//!
//! The stores themselves ([`store`]) are there with the feature `objects`; without it an address is refused.

#[cfg(feature = "objects")]
mod store;
#[cfg(not(feature = "objects"))]
#[path = "refused.rs"]
mod store;

pub(super) use store::{find, open, start};

/// Where inputs may be.
const SCHEMES: [&str; 4] = ["s3://", "gs://", "https://", "http://"];

/// Whether an argument names objects, not files.
pub fn is_address(argument: &str) -> bool {
    SCHEMES.iter().any(|scheme| argument.starts_with(scheme))
}

/// An object that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// The whole of its address.
    pub(super) address: String,
    /// Its key below the address that meant it; of one that was named, the last part.
    pub(super) below: String,
    /// Its bytes, compressed as it is.
    pub(super) size: u64,
}

impl Object {
    /// The last part of its key, which may tell its format.
    pub(super) fn file_name(&self) -> &str {
        self.below.rsplit('/').next().unwrap_or(&self.below)
    }
}
