//! A night that was ended before its end is taken up where its stages had come to.
//!
//! Reading comes first in any case: the digest of the input tells that it is the same night. What came of near-duplicates
//! and of events is kept in the store as soon as it is known, under a digest of all that it depends on: the input, the
//! parameters, the store itself, and this version of newsfold.

use super::Nightly;
use crate::error::Error;
use crate::hash;
use crate::output::InputRow;
use crate::store::Store;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;

/// What stages of a night are taken up.
pub(super) struct Resume {
    of: String,
    /// The stages that a run which was ended had finished.
    pub(super) taken_up: Vec<&'static str>,
}

impl Resume {
    /// Of a night with these inputs.
    pub(super) fn new(nightly: &Nightly, store: &Store, inputs: &[InputRow], day: i32) -> Result<Self, Error> {
        let digests: Vec<(&str, &str)> = inputs.iter().map(|input| (&*input.path, &*input.digest)).collect();
        let all =
            (env!("CARGO_PKG_VERSION"), digests, day, &nightly.job.params, nightly.job.tables.edges, store.state()?);
        // Text, as parameters are written in text wherever they are kept.
        let written = serde_json::to_vec(&all).map_err(|e| Error::Output(e.into()))?;
        Ok(Resume { of: hash::digest(&written), taken_up: Vec::new() })
    }

    /// What comes of a stage: as it was kept, or else by `find`, to be kept.
    pub(super) fn stage<T: Serialize + DeserializeOwned>(
        &mut self,
        stage: &'static str,
        store: &mut Store,
        find: impl FnOnce(&mut Store) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let kept = store.unfinished(stage, &self.of);
        if let Some(kept) = kept.and_then(|kept| postcard::from_bytes(&kept).ok()) {
            tracing::info!(stage, "takes up what a run that was ended had found");
            self.taken_up.push(stage);
            return Ok(kept);
        }
        let found = find(store)?;
        let written = postcard::to_stdvec(&found).map_err(|e| Error::Output(io::Error::other(e)))?;
        store.keep_unfinished(stage, &self.of, &written)?;
        Ok(found)
    }
}
