//! A result's `run.json`: what made the result, of which inputs, and what is added to it later.

use crate::error::Error;
use crate::input::{self, Input};
use crate::output::{self, InputRow};
use crate::params::Params;
use crate::report::ReportError;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What made a result.
#[derive(Debug)]
pub struct Run {
    path: PathBuf,
    purpose: &'static str,
    verb: String,
    version: String,
    params: Params,
    inputs: Vec<InputRow>,
    members: Members,
}

/// What is needed of it.
#[derive(Deserialize)]
struct Head {
    newsfold: String,
    verb: String,
    parameters: Params,
    inputs: Vec<InputRow>,
}

impl Run {
    /// Reads that of the result `dir`, which is to be "audited" or the like: its input must be one to be read again.
    pub fn read(dir: &Path, purpose: &'static str) -> Result<Self, Error> {
        let path = dir.join("run.json");
        let text = fs::read_to_string(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ReportError::NotAResult { dir: dir.to_owned() }.into(),
            _ => Error::File { doing: "read", path: path.clone(), source },
        })?;
        let wrong = |e: serde_json::Error| Error::Table { path: path.clone(), line: e.line(), why: e.to_string() };
        let Head { newsfold: version, verb, parameters: params, inputs } =
            serde_json::from_str(&text).map_err(wrong)?;
        let members = serde_json::from_str(&text).map_err(wrong)?;
        let run = Run { path, purpose, verb, version, params, inputs, members };
        if run.inputs.iter().any(|input| input.path == "-") {
            return Err(run.refused("it was made of standard input, which cannot be read again"));
        }
        run.params.validate()?;
        Ok(run)
    }

    /// The verb that made the result.
    pub fn verb(&self) -> &str {
        &self.verb
    }

    /// How the result was made.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The bytes of all inputs.
    pub fn bytes(&self) -> u64 {
        self.inputs.iter().map(|input| input.bytes).sum()
    }

    /// The inputs, to be read again.
    pub fn inputs(&self) -> Result<Vec<Input>, Error> {
        let again = |row: &InputRow| {
            let path = row.path.clone();
            let find = || Ok::<_, Error>(input::find(std::slice::from_ref(&path), &self.params.input)?.inputs);
            if input::is_address(&path) {
                // Whether it is what it was, its digest tells when it has been read.
                return find()?.into_iter().next().ok_or_else(|| Error::NotTheInput { path: path.clone() });
            }
            let file = fs::metadata(&path).map_err(|source| Error::Again { path: path.clone(), source })?;
            if !file.is_file() || file.len() != row.bytes {
                return Err(Error::NotTheInput { path });
            }
            find()?.into_iter().next().ok_or_else(|| Error::NotTheInput { path: path.clone() })
        };
        self.inputs.iter().map(again).collect()
    }

    /// Whether what was read is what the result was made of.
    pub fn check(&self, read: &[InputRow]) -> Result<(), Error> {
        let other = self.inputs.iter().zip(read).find(|(was, is)| was != is);
        other.map_or(Ok(()), |(was, _)| Err(Error::NotTheInput { path: was.path.clone() }))
    }

    /// What to say of a result that does not serve the purpose.
    pub fn refused(&self, why: &str) -> Error {
        let (dir, purpose) = (self.path.parent().unwrap_or(Path::new(".")).to_owned(), self.purpose);
        Error::Unusable { dir, purpose, why: why.to_owned() }
    }

    /// What to say where the input is as it was, and the result is not what it makes.
    pub fn misfit(&self, why: &str) -> Error {
        self.refused(&format!("{why}: it does not fit its input (it was made by newsfold {})", self.version))
    }

    /// Writes it with `value` as its last member under `key`, all else as it was.
    pub fn write_with(&self, key: &str, value: &impl Serialize) -> Result<(), Error> {
        let failed = |e: serde_json::Error| Error::File { doing: "write", path: self.path.clone(), source: e.into() };
        let earlier = self.members.0.iter().filter(|(earlier, _)| earlier != key);
        let mut members: Vec<(&str, &RawValue)> = earlier.map(|(key, value)| (&**key, &**value)).collect();
        let value = serde_json::value::to_raw_value(value).map_err(failed)?;
        members.push((key, &value));
        let mut text = serde_json::to_vec(&Written(members)).map_err(failed)?;
        text.push(b'\n');
        output::replace_file(&self.path, &text)
    }
}

/// The members of an object, in their order and as they are written.
#[derive(Debug)]
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// An object of these members.
struct Written<'a>(Vec<(&'a str, &'a RawValue)>);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}
