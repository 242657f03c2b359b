//! What stops a run, as an exception that says what to do.

use crate::error::Error;
use arrow_schema::ArrowError;
use pyo3::PyErr;
use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError, PyRuntimeError, PyValueError};
use pyo3_arrow::error::PyArrowError;
use std::io;

/// Why something was not done.
pub(super) enum Fault {
    /// The library says so.
    Own(Error),
    /// Whoever hands over the table says so.
    Arrow(ArrowError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Own(error)
    }
}

impl From<ArrowError> for Fault {
    fn from(error: ArrowError) -> Self {
        Fault::Arrow(error)
    }
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Own(error) => raised(error),
            // What Python code of theirs raised goes on as it is.
            Fault::Arrow(error @ ArrowError::ExternalError(_)) => PyArrowError::from(error).into(),
            Fault::Arrow(error @ (ArrowError::CDataInterface(_) | ArrowError::MemoryError(_))) => {
                PyRuntimeError::new_err(format!("the table was not handed over: {error}"))
            }
            Fault::Arrow(error) => PyValueError::new_err(error.to_string()),
        }
    }
}

/// The exception for an error.
pub(super) fn raised(error: Error) -> PyErr {
    match error {
        Error::Param { flag, value, why } => {
            PyValueError::new_err(format!("{}={value}: {why}", flag.replace('-', "_")))
        }
        Error::EventParam(_) | Error::Frame { .. } | Error::TooMany => PyValueError::new_err(error.to_string()),
        Error::Stopped => PyKeyboardInterrupt::new_err(()),
        Error::File { ref source, .. } | Error::Input { ref source, .. } => of_file(source, &error),
        Error::Damaged { .. } => PyOSError::new_err(error.to_string()),
        error => PyRuntimeError::new_err(error.to_string()),
    }
}

/// With the system's number, so that Python makes a `FileNotFoundError` or its like of it.
fn of_file(source: &io::Error, error: &Error) -> PyErr {
    match source.raw_os_error() {
        Some(number) => PyOSError::new_err((number, error.to_string())),
        None => PyOSError::new_err(error.to_string()),
    }
}
