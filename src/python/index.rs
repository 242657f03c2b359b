//! [`pipeline::Index`] for Python: its texts one at a time, or the rows of tables.

use super::arguments::Options;
use super::arrow::{Table, batches, reader};
use super::errors::{Fault, raised};
use super::running::{detached, unlocked};
use crate::input::{Frame, Reason, Reject};
use crate::pipeline::{self, Near, Verb};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Ids and similarities.
type Nearest = Vec<(String, f64)>;

/// Documents that can be asked for near-duplicates while they come.
///
/// `Index(threshold=0.65, width=5, ...)` takes the parameters of `dedup`, of which those of shingles, signatures, bands and
/// fields count. What stays of a document is its id, its signature and its shingles, packed: some 1.5 KiB, not its text.
/// Candidates are found by their bands and compared shingle by shingle: a similarity is exact for texts of up to some
/// hundred words, and else off by a thousandth at most. Any number of threads may use one index.
///
/// >>> import newsfold
/// >>> index = newsfold.Index(width=2)
/// >>> index.insert("a", "Talks were held in Geneva on Monday, both sides said on the radio")
/// []
/// >>> index.insert("b", "Talks were held in Geneva on Monday, all sides said on the radio")
/// [('a', 0.7142857142857143)]
/// >>> index.query("Rain is expected in most parts of the country")
/// []
/// >>> len(index), "a" in index
/// (2, True)
#[pyclass(frozen, module = "newsfold")]
pub(super) struct Index {
    index: RwLock<pipeline::Index>,
    threads: Option<usize>,
}

impl Index {
    fn reading(&self) -> RwLockReadGuard<'_, pipeline::Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> RwLockWriteGuard<'_, pipeline::Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the rows of a table.
    fn insert_rows(&self, py: Python, table: &Bound<PyAny>) -> PyResult<Table> {
        let reader = reader(table)?;
        let (schema, batches) = detached(py, move |watch| {
            let (schema, batches) = batches(reader)?;
            let mut index = self.writing();
            let frame = Frame::new(&schema, &batches, &index.params().input.fields)?;
            Ok(pipeline::insert(&mut index, &frame, self.threads, watch)?)
        })?;
        Ok(Table::new(schema, batches))
    }
}

fn owned(near: Vec<Near>) -> Nearest {
    near.into_iter().map(|near| (near.id.to_owned(), near.similarity)).collect()
}

fn refused(reject: Reject) -> PyErr {
    let id = reject.id.map_or(String::new(), |id| format!("{id}: "));
    PyValueError::new_err(format!("{id}{}", reject.detail))
}

#[pymethods]
impl Index {
    #[new]
    #[pyo3(signature = (**params))]
    fn new(params: Option<&Bound<PyDict>>) -> PyResult<Self> {
        let job = Options::read(params)?.job(Verb::Dedup)?;
        let index = pipeline::Index::new(job.params).map_err(raised)?;
        Ok(Index { index: RwLock::new(index), threads: job.threads })
    }

    /// Adds a document, or the rows of a table.
    ///
    /// `insert(id, text, title="")` gives the near-duplicates among the documents before it, as pairs of id and
    /// similarity, the most similar first; raises `ValueError` where the text has no words, or the id is there already.
    ///
    /// `insert(table)` takes what `dedup` takes, and gives a `Table` with one row for each row of it: `id`; `duplicate_of`
    /// and `similarity`, of the most similar document before it, if any is near; `reason`, where it was not added. Ctrl-C
    /// ends it; the rows that were added by then stay.
    ///
    /// >>> import newsfold, polars as pl
    /// >>> index = newsfold.Index()
    /// >>> rows = pl.DataFrame({"id": [1, 2, 2], "text": ["Rain all day", "Rain, all day", "Sun"]})
    /// >>> pl.DataFrame(index.insert(rows)).rows()
    /// [('1', None, None, None), ('2', '1', 1.0, None), ('2', None, None, 'duplicate_id')]
    #[pyo3(signature = (id, text = None, *, title = ""))]
    fn insert<'py>(
        &self,
        py: Python<'py>,
        id: &Bound<'py, PyAny>,
        text: Option<&str>,
        title: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        match (id.cast::<PyString>(), text) {
            (Ok(id), Some(text)) => {
                let id = id.to_str()?;
                let near = unlocked(py, || self.writing().insert(id, title, text).map(owned))?.map_err(refused)?;
                Ok(near.into_pyobject(py)?.into_any())
            }
            (Err(_), None) => Ok(self.insert_rows(py, id)?.into_pyobject(py)?.into_any()),
            (Ok(_), None) => {
                Err(PyTypeError::new_err("insert takes an id and a text, or a table: the text is missing"))
            }
            (Err(_), Some(_)) => {
                Err(PyTypeError::new_err("insert takes an id, which is a str, and a text, or a table"))
            }
        }
    }

    /// The near-duplicates of a text that is not added, as pairs of id and similarity, the most similar first.
    ///
    /// >>> import newsfold
    /// >>> index = newsfold.Index()
    /// >>> index.insert("a", "Rain all day")
    /// []
    /// >>> index.query("Rain, all day!")
    /// [('a', 1.0)]
    #[pyo3(signature = (text, *, title = ""))]
    fn query(&self, py: Python, text: &str, title: &str) -> PyResult<Nearest> {
        let found = unlocked(py, || self.reading().query(title, text).map(owned))?;
        match found {
            // What has no words is near to nothing.
            Err(Reject { reason: Reason::EmptyText, .. }) => Ok(Vec::new()),
            found => found.map_err(refused),
        }
    }

    /// Writes the index to a file, which is replaced whole or not at all; raises `OSError` where that cannot be written.
    ///
    /// >>> import newsfold, os, tempfile
    /// >>> index = newsfold.Index()
    /// >>> index.insert("a", "Rain all day")
    /// []
    /// >>> with tempfile.TemporaryDirectory() as folder:
    /// ...     index.save(os.path.join(folder, "news.index"))
    /// ...     newsfold.Index.load(os.path.join(folder, "news.index")).query("Rain all day")
    /// [('a', 1.0)]
    fn save(&self, py: Python, path: PathBuf) -> PyResult<()> {
        detached(py, move |_| Ok(self.reading().save(&path)?))
    }

    /// Reads an index from a file that `save` wrote; raises `OSError` where there is none, or where it is damaged.
    #[staticmethod]
    #[pyo3(signature = (path, *, threads = None))]
    fn load(py: Python, path: PathBuf, threads: Option<usize>) -> PyResult<Self> {
        let index = detached(py, move |_| Ok::<_, Fault>(pipeline::Index::load(&path)?))?;
        Ok(Index { index: RwLock::new(index), threads })
    }

    /// The similarity from which two documents are near-duplicates.
    #[getter]
    fn threshold(&self, py: Python) -> PyResult<f64> {
        unlocked(py, || self.reading().params().verify.threshold)
    }

    fn __len__(&self, py: Python) -> PyResult<usize> {
        unlocked(py, || self.reading().len())
    }

    fn __contains__(&self, py: Python, id: &str) -> PyResult<bool> {
        unlocked(py, || self.reading().contains(id))
    }

    fn __repr__(&self, py: Python) -> PyResult<String> {
        let (len, threshold) = (self.__len__(py)?, self.threshold(py)?);
        Ok(format!("<newsfold.Index of {len} documents, threshold {threshold}>"))
    }
}
