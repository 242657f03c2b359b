//! Keyword arguments to parameters: the program's options, by the same names.

use crate::explain::hint::nearest;
use crate::params::Params;
use crate::pipeline::{Pipeline, Verb};
use crate::{input, python::errors};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as Unknown, StrDeserializer};
use std::path::PathBuf;

/// What the keywords said.
pub(super) struct Options {
    params: Params,
    learn: Option<bool>,
    threads: Option<usize>,
    memory: Option<u64>,
    temp: Option<PathBuf>,
}

type Take = fn(&mut Options, &Bound<PyAny>) -> PyResult<()>;

/// Every option and what it does; one that is `None` is as if it were not given.
const OPTIONS: [(&str, Take); 25] = [
    ("threshold", |o, value| set(&mut o.params.verify.threshold, value)),
    ("width", |o, value| set(&mut o.params.shingle.width, value)),
    ("containment", |o, value| set_some(&mut o.params.verify.containment, value)),
    ("linkage", |o, value| choose(&mut o.params.group.linkage, value)),
    ("keep", |o, value| choose(&mut o.params.group.keep, value)),
    ("prefer_source", |o, value| names(&mut o.params.group.prefer_source, value)),
    ("recall", |o, value| set(&mut o.params.lsh.recall, value)),
    ("slots", |o, value| set(&mut o.params.sketch.slots, value)),
    ("bands", |o, value| set_some(&mut o.params.lsh.bands, value)),
    ("rows", |o, value| set_some(&mut o.params.lsh.rows, value)),
    ("learn_boilerplate", |o, value| learn(o, value, true)),
    ("keep_boilerplate", |o, value| learn(o, value, false)),
    ("id_field", |o, value| name(&mut o.params.input.fields.id, value)),
    ("text_field", |o, value| name(&mut o.params.input.fields.text, value)),
    ("title_field", |o, value| name(&mut o.params.input.fields.title, value)),
    ("published_field", |o, value| name(&mut o.params.input.fields.published, value)),
    ("source_field", |o, value| name(&mut o.params.input.fields.source, value)),
    ("url_field", |o, value| name(&mut o.params.input.fields.url, value)),
    ("lang_field", |o, value| name(&mut o.params.input.fields.lang, value)),
    ("embedding_field", |o, value| name(&mut o.params.input.fields.embedding, value)),
    ("newest", |o, value| newest(&mut o.params, value)),
    ("max_record_bytes", |o, value| set(&mut o.params.input.max_record_bytes, value)),
    ("threads", |o, value| set_some(&mut o.threads, value)),
    ("memory", |o, value| set_some(&mut o.memory, value)),
    ("temp", |o, value| set_some(&mut o.temp, value)),
];

impl Options {
    /// What `keywords` say.
    pub(super) fn read(keywords: Option<&Bound<PyDict>>) -> PyResult<Self> {
        let mut options = Options { params: Params::default(), learn: None, threads: None, memory: None, temp: None };
        for (name, value) in keywords.into_iter().flatten() {
            let name: String = name.extract()?;
            let Some((_, take)) = OPTIONS.iter().find(|(known, _)| *known == name) else { return Err(unknown(&name)) };
            if !value.is_none() {
                take(&mut options, &value).map_err(|error| named(&name, &value, &error))?;
            }
        }
        Ok(options)
    }

    /// A job of this kind; whether boilerplate is learned is the verb's to say where nothing else does.
    pub(super) fn job(self, verb: Verb) -> PyResult<Pipeline> {
        let Options { mut params, learn, threads, memory, temp } = self;
        params.boilerplate.learn = learn.unwrap_or(verb != Verb::Dedup);
        params.validate().map_err(errors::raised)?;
        let temp = temp.unwrap_or_else(std::env::temp_dir);
        Ok(Pipeline { params, temp, memory, threads, ..Pipeline::new(verb, Vec::<String>::new()) })
    }
}

fn unknown(name: &str) -> PyErr {
    let known = || OPTIONS.iter().map(|(known, _)| *known);
    let hint = match nearest(&name.replace('-', "_"), known()) {
        Some(meant) => format!("; was {meant} meant?"),
        None => format!("; there are {}", known().collect::<Vec<_>>().join(", ")),
    };
    PyTypeError::new_err(format!("there is no parameter {name}{hint}"))
}

/// Says of which argument an error speaks.
fn named(name: &str, value: &Bound<PyAny>, error: &PyErr) -> PyErr {
    let shown = value.repr().map_or_else(|_| "its value".to_owned(), |shown| shown.to_string());
    let shown: String = shown.chars().take(80).collect();
    let message = format!("{name}={shown}: {}", error.value(value.py()));
    match error.is_instance_of::<PyValueError>(value.py()) {
        true => PyValueError::new_err(message),
        // A number that is negative, or too large, is out of range as any other.
        false if error.is_instance_of::<pyo3::exceptions::PyOverflowError>(value.py()) => {
            PyValueError::new_err(message)
        }
        false => PyTypeError::new_err(message),
    }
}

fn set<'py, T: for<'a> FromPyObject<'a, 'py>>(place: &mut T, value: &Bound<'py, PyAny>) -> PyResult<()> {
    *place = value.extract().map_err(Into::into)?;
    Ok(())
}

fn set_some<'py, T: for<'a> FromPyObject<'a, 'py>>(place: &mut Option<T>, value: &Bound<'py, PyAny>) -> PyResult<()> {
    *place = Some(value.extract().map_err(Into::into)?);
    Ok(())
}

/// One of several, by its name.
fn choose<T: for<'de> Deserialize<'de>>(place: &mut T, value: &Bound<PyAny>) -> PyResult<()> {
    let name: String = value.extract()?;
    let chosen: StrDeserializer<Unknown> = name.as_str().into_deserializer();
    *place = T::deserialize(chosen).map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok(())
}

fn names(place: &mut Vec<String>, value: &Bound<PyAny>) -> PyResult<()> {
    *place = match value.cast::<PyString>() {
        Ok(one) => one.to_str()?.split(',').map(|name| name.trim().to_owned()).collect(),
        Err(_) => value.extract()?,
    };
    Ok(())
}

fn name(place: &mut Vec<String>, value: &Bound<PyAny>) -> PyResult<()> {
    *place = vec![value.extract()?];
    Ok(())
}

fn learn(options: &mut Options, value: &Bound<PyAny>, yes: bool) -> PyResult<()> {
    let learn = value.extract::<bool>()? == yes;
    if options.learn.is_some_and(|other| other != learn) {
        return Err(PyValueError::new_err("learn_boilerplate and keep_boilerplate say opposite things: give one"));
    }
    options.learn = Some(learn);
    Ok(())
}

fn newest(params: &mut Params, value: &Bound<PyAny>) -> PyResult<()> {
    // Days come as texts or as dates, which are written as such texts.
    let day = value.str()?.to_string();
    let bad = || PyValueError::new_err("a day such as 2025-01-31 was expected");
    params.input.newest = Some(input::last_second(&day).ok_or_else(bad)?);
    Ok(())
}
