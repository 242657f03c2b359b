//! Every stage's parameters, composed: the one default, what is allowed, and a fingerprint that names a configuration.

use crate::error::Error;
use crate::lsh::Shape;
use crate::{boilerplate, event, group, hash, input, lsh, shingle, sketch, verify};
use serde::{Deserialize, Serialize};

/// All that decides what a run finds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Params {
    /// How the input is read.
    pub input: input::Params,
    /// Whether lines that outlets repeat are left out; results that do not say have them all.
    #[serde(default = "boilerplate::Params::keep")]
    pub boilerplate: boilerplate::Params,
    /// How text is shingled.
    pub shingle: shingle::Params,
    /// The shape of a signature.
    pub sketch: sketch::Params,
    /// How candidates are found.
    pub lsh: lsh::Params,
    /// When two documents are near-duplicates.
    pub verify: verify::Params,
    /// How groups are made.
    pub group: group::Params,
    /// How events are made.
    pub event: event::Params,
}

impl Params {
    /// Bands and rows: as given, or as the threshold and the wanted recall ask.
    pub fn shape(&self) -> Shape {
        let slots = self.sketch.slots;
        match (self.lsh.bands, self.lsh.rows) {
            (Some(bands), Some(rows)) => Shape { bands, rows },
            (Some(bands), None) => Shape { bands, rows: slots / bands },
            (None, Some(rows)) => Shape { bands: slots / rows, rows },
            (None, None) => Shape::choose(self.verify.threshold, self.lsh.recall, slots),
        }
    }

    /// Whether every value is in its range; the message names the flag.
    pub fn validate(&self) -> Result<(), Error> {
        let share = "a number over 0 and up to 1 was expected";
        check("threshold", &self.verify.threshold, over_zero_up_to_one(self.verify.threshold), share)?;
        if let Some(containment) = self.verify.containment {
            check("containment", &containment, over_zero_up_to_one(containment), share)?;
        }
        let recall = self.lsh.recall;
        check("recall", &recall, recall > 0.0 && recall < 1.0, "a number between 0 and 1 was expected")?;
        check("width", &self.shingle.width, (1..=64).contains(&self.shingle.width), "1 to 64 words were expected")?;
        let slots = self.sketch.slots;
        check("slots", &slots, (16..=4096).contains(&slots), "16 to 4096 slots were expected")?;
        let cut = "bands times rows must be at least 1 and at most the slots";
        for (flag, part) in [("bands", self.lsh.bands), ("rows", self.lsh.rows)] {
            check(flag, &part.unwrap_or(1), part.is_none_or(|part| (1..=slots).contains(&part)), cut)?;
        }
        let shape = self.shape();
        check("bands", &shape.bands, (1..=slots).contains(&(shape.bands * shape.rows)), cut)?;
        let bytes = self.input.max_record_bytes;
        check("max-record-bytes", &bytes, (1024..=1 << 31).contains(&bytes), "1024 bytes to 2 GiB were expected")?;
        self.event.validate().map_err(Error::EventParam)
    }

    /// 16 hexadecimal digits that two configurations share only if they find the same.
    pub fn fingerprint(&self) -> String {
        // Serialising numbers, texts and lists into memory does not fail; were it to, the name would be that of nothing.
        format!("{:016x}", hash::bytes(&serde_json::to_vec(self).unwrap_or_default()))
    }
}

fn over_zero_up_to_one(share: f64) -> bool {
    share > 0.0 && share <= 1.0
}

fn check(flag: &'static str, value: &dyn ToString, holds: bool, why: &'static str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Param { flag, value: value.to_string(), why }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_allowed_and_every_bad_value_is_named() {
        assert!(Params::default().validate().is_ok());
        let bad = |change: fn(&mut Params), flag: &str| {
            let mut params = Params::default();
            change(&mut params);
            assert!(matches!(params.validate(), Err(Error::Param { flag: seen, .. }) if seen == flag), "{flag}");
            assert_ne!(params.fingerprint(), Params::default().fingerprint());
        };
        bad(|p| p.verify.threshold = 0.0, "threshold");
        bad(|p| p.verify.threshold = f64::NAN, "threshold");
        bad(|p| p.verify.containment = Some(1.1), "containment");
        bad(|p| p.lsh.recall = 1.0, "recall");
        bad(|p| p.shingle.width = 0, "width");
        bad(|p| p.sketch.slots = 8, "slots");
        bad(|p| p.lsh.rows = Some(0), "rows");
        bad(|p| p.lsh.bands = Some(1000), "bands");
        bad(|p| (p.lsh.bands, p.lsh.rows) = (Some(64), Some(3)), "bands");
        bad(|p| p.input.max_record_bytes = 1, "max-record-bytes");
    }

    #[test]
    fn a_configuration_survives_being_written() {
        let params = Params::default();
        let written = serde_json::to_string(&params).unwrap();
        assert_eq!(serde_json::from_str::<Params>(&written).unwrap(), params);
    }
}
