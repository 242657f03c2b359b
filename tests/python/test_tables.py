"""Tables in and out: the same groups and events as the program finds, whoever hands the table over."""
import datetime, json

import duckdb
import newsfold
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import FIELDS

COLUMNS = ["id", "group", "representative", "similarity"]


def found(table):
    """The accepted rows of a result, by their ids."""
    return {row["id"]: row for row in pa.table(table).to_pylist() if row["reason"] is None}


def same(table, expected, *columns):
    rows = found(table)
    assert rows.keys() == expected.keys()
    for id, line in expected.items():
        assert [rows[id][column] for column in columns] == [line.get(column) for column in columns], id


@pytest.mark.parametrize("params", [
    {}, {"threshold": 0.8, "width": 3}, {"linkage": "representative", "keep": "longest"}, {"learn_boilerplate": True},
    {"containment": 0.9}, {"keep": "first", "bands": 16, "rows": 8}, {"threads": 1}, {"slots": 64},
])
def test_groups_are_those_of_the_program(corpus, params):
    options = [part for name, value in params.items() if value is not True for part in ("--" + name.replace("_", "-"), str(value))]
    options += ["--" + name.replace("_", "-") for name, value in params.items() if value is True]
    same(newsfold.dedup(corpus.frame, **params), corpus.of_program("dedup", *options), *COLUMNS, "same_url")


@pytest.mark.parametrize("params", [{}, {"keep_boilerplate": True}, {"threshold": 0.8}])
def test_events_are_those_of_the_program(corpus, params):
    options = ["--keep-boilerplate"] if "keep_boilerplate" in params else [part for name, value in params.items() for part in ("--" + name, str(value))]
    same(newsfold.events(corpus.frame, **params), corpus.of_program("run", *options), *COLUMNS, "event", "same_url")


def chunked(frame):
    table = frame.to_arrow()
    return pa.concat_tables([table.slice(at, 7) for at in range(0, table.num_rows, 7)])


def sliced(frame):
    """Columns whose arrays begin within their buffers, in the last chunk but one and in all others."""
    twice = pa.concat_tables([frame.to_arrow(), frame.to_arrow()]).combine_chunks()
    return twice.slice(frame.height, frame.height)


def of_type(kind):
    return lambda frame: frame.to_arrow().cast(pa.schema([(name, kind) for name in frame.columns]))


def with_codes(frame):
    return frame.with_columns(pl.col("source", "lang").cast(pl.Categorical), pl.col("title").cast(pl.Categorical))


def with_times(frame):
    """Dates as times, the columns in another order, and one that nobody looks for."""
    moment = pl.when(pl.col("published").str.len_bytes() == 10).then(pl.col("published") + "T00:00:00Z").otherwise("published")
    times = moment.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC").alias("date")
    return frame.select(pl.lit([1, 2]).alias("tags"), *reversed([name for name in FIELDS if name != "published"]), times)


def of_pandas(frame):
    return pd.DataFrame(frame.to_dict(as_series=False))


WAYS = {
    "polars": lambda frame: frame,
    "polars, in chunks": lambda frame: pl.concat([frame.slice(0, 10), frame.slice(10)], rechunk=False),
    "pyarrow": lambda frame: frame.to_arrow(),
    "pyarrow, in chunks": chunked,
    "pyarrow, sliced": sliced,
    "pyarrow, one batch": lambda frame: frame.to_arrow().combine_chunks().to_batches()[0],
    "a stream": lambda frame: chunked(frame).to_reader(),
    "string": of_type(pa.string()),
    "large string": of_type(pa.large_string()),
    "string view": of_type(pa.string_view()),
    "binary": of_type(pa.binary()),
    "codes": with_codes,
    "times": with_times,
    "pandas": of_pandas,
    "pandas, with an index": lambda frame: of_pandas(frame).sort_values("id").sort_index(),
    "DuckDB": lambda frame: duckdb.sql("select * from frame"),
    "DuckDB, over pandas": lambda frame: (lambda pandas: duckdb.sql("select * from pandas"))(of_pandas(frame)),
    "itself": None,
}


@pytest.mark.parametrize("way", [way for way in WAYS if WAYS[way]])
def test_whoever_hands_it_over(sample, way):
    handed = WAYS[way](sample.frame)
    same(newsfold.events(handed), sample.of_program("run"), *COLUMNS, "event", "same_url")


def test_hugging_face(sample):
    datasets = pytest.importorskip("datasets")
    dataset = datasets.Dataset.from_dict(sample.frame.to_dict(as_series=False))
    # Where a dataset does not export Arrow by itself, what it holds does.
    table = dataset if hasattr(dataset, "__arrow_c_stream__") else dataset.with_format("arrow")[:]
    same(newsfold.dedup(table), sample.of_program("dedup"), *COLUMNS)


def test_whoever_takes_it(sample):
    table = newsfold.dedup(sample.frame)
    assert len(table) == table.num_rows == sample.frame.height
    assert table.column_names == [*COLUMNS, "same_url", "reason"]
    rows = pa.table(table).to_pylist()
    assert pl.DataFrame(table).to_dicts() == rows
    labels = table
    counts = duckdb.sql("select count(*), count(\"group\") from labels").fetchall()
    assert counts == [(len(rows), sum(row["group"] is not None for row in rows))]
    if hasattr(pd.DataFrame, "from_arrow"):
        assert pd.DataFrame.from_arrow(table)["id"].to_list() == [row["id"] for row in rows]
    assert pa.schema(table).names == table.column_names
    assert "representative" in repr(table)
    # Once more: nothing is used up.
    assert pa.table(table).to_pylist() == rows


def test_a_row_for_each_row_in_order():
    texts = ["one two three", None, "", "...", "one two three", "four five six", "one two three"]
    frame = pl.DataFrame({"id": ["a", "b", "c", "d", "e", "a", None], "text": texts})
    rows = pa.table(newsfold.dedup(frame)).to_pylist()
    assert [row["id"] for row in rows] == ["a", "b", "c", "d", "e", "a", "row#7"]
    assert [row["reason"] for row in rows] == [None, "no_text", "empty_text", "empty_text", None, "duplicate_id", None]
    assert [row["group"] for row in rows] == ["a", None, None, None, "a", None, "a"]
    assert rows[1] | {"id": None, "reason": None} == dict.fromkeys(rows[1])


def test_ids_are_text_or_numbers_or_made():
    texts = {"text": ["one two three", "four five six"]}
    ids = lambda **columns: pa.table(newsfold.dedup(pa.table({**texts, **columns})))["id"].to_pylist()
    assert ids() == ["row#1", "row#2"]
    assert ids(id=[7, -1]) == ["7", "-1"]
    assert ids(url=["https://www.e.org/a?utm_source=x", None]) == ["https://e.org/a", "row#2"]
    assert ids(key=["x", "y"]) == ["row#1", "row#2"]
    assert newsfold.dedup(pa.table({**texts, "key": ["x", "y"]}), id_field="key").num_rows == 2


def test_empty_tables(sample):
    for empty in [sample.frame.clear(), sample.frame.clear().to_arrow(), of_pandas(sample.frame).head(0), pa.table({"text": pa.array([], pa.null())})]:
        for verb in [newsfold.dedup, newsfold.events]:
            assert pl.DataFrame(verb(empty)).height == 0
    assert pl.DataFrame(newsfold.dedup(pa.table({"text": pa.nulls(3)})))["reason"].to_list() == ["no_text"] * 3


def test_tables_that_cannot_be_used_are_told():
    with pytest.raises(TypeError, match="Polars or pandas.*not list"):
        newsfold.dedup([{"text": "x"}])
    with pytest.raises(ValueError, match="its columns are id, story, and none is a text .text, content"):
        newsfold.dedup(pl.DataFrame({"id": [1], "story": ["x"]}))
    with pytest.raises(ValueError, match="text is of the type Int64, not text"):
        newsfold.dedup(pl.DataFrame({"text": [1]}))
    with pytest.raises(ValueError, match="none"):
        newsfold.dedup(pl.DataFrame())
    assert len(newsfold.dedup(pl.DataFrame({"story": ["x"]}), text_field="story")) == 1
    with pytest.raises(RuntimeError, match="division by zero"):
        # What goes wrong where a table is made is told.
        def batches():
            yield pa.record_batch({"text": ["x"]})
            1 / 0
        newsfold.dedup(pa.RecordBatchReader.from_batches(pa.schema([("text", pa.string())]), batches()))


@pytest.mark.parametrize("params, error, message", [
    ({"treshold": 0.5}, TypeError, "no parameter treshold; was threshold meant"),
    ({"text-field": "x"}, TypeError, "was text_field meant"),
    ({"zzz": 1}, TypeError, "there are threshold, width"),
    ({"threshold": 2}, ValueError, "threshold=2: a number over 0"),
    ({"threshold": "x"}, TypeError, "threshold='x': "),
    ({"width": 0}, ValueError, "width=0: 1 to 64"),
    ({"bands": -1}, ValueError, "bands=-1: "),
    ({"keep": "best"}, ValueError, "keep='best': .*earliest"),
    ({"learn_boilerplate": True, "keep_boilerplate": True}, ValueError, "give one"),
    ({"newest": "soon"}, ValueError, "a day such as"),
    ({"max_record_bytes": 1}, ValueError, "max_record_bytes=1: "),
    ({"memory": 1}, ValueError, "memory=1: "),
    ({"threads": 5000}, ValueError, "threads=5000: "),
])
def test_parameters_that_cannot_be_used_are_told(sample, params, error, message):
    with pytest.raises(error, match=message):
        newsfold.dedup(sample.frame, **params)


def test_parameters_are_taken(sample):
    plain = pa.table(newsfold.dedup(sample.frame))
    assert pa.table(newsfold.dedup(sample.frame, threshold=None, keep="earliest", memory=1 << 30, temp=".")) == plain
    assert pa.table(newsfold.dedup(sample.frame, prefer_source="a,b")) == pa.table(newsfold.dedup(sample.frame, prefer_source=["a", "b"]))
    days = [newsfold.events(sample.frame, newest=day) for day in ["2024-06-30", datetime.date(2024, 6, 30)]]
    assert pa.table(days[0]) == pa.table(days[1])
    long = pl.DataFrame({"text": ["x " * 2000, "y z"]})
    assert pl.DataFrame(newsfold.dedup(long, max_record_bytes=1024))["reason"].to_list() == ["too_long", None]


def test_hostile_texts():
    texts = ["\x1b[31m red", "\u202e gnol", "a\x00b c", "<script>alert(1)</script>", "word " * 300_000, "𝐅𝐮𝐥𝐥 𝘸𝘪𝘥𝘵𝘩",
             "\ud7ff\ue000\uffff", "w" * 3_000_000, "\u0301" * 100_000, json.dumps({"text": "x"})]
    rows = pa.table(newsfold.events(pa.table({"id": texts, "title": texts, "text": texts, "published": texts, "url": texts}))).to_pylist()
    assert len(rows) == len(texts) and all((row["reason"] is None) != (row["group"] is None) for row in rows)
    assert rows[3]["id"] == texts[3]
    bad = pa.array([b"all is well", b"\xff\xfe\xfd"]).cast(pa.binary())
    unchecked = pa.Array.from_buffers(pa.string(), 2, bad.buffers())
    for column in [bad, unchecked]:
        assert pa.table(newsfold.dedup(pa.table({"text": column})))["reason"].to_pylist() == [None, "not_utf8"]


def test_embeddings_join(synth):
    frame = synth.frame.head(300)
    vectors = [[float(len(text or "")), 1.0, float(i % 3)] for i, text in enumerate(frame["text"])]
    lists = frame.with_columns(embedding=pl.Series(vectors))
    arrays = frame.with_columns(embedding=pl.Series(vectors, dtype=pl.Array(pl.Float32, 3)))
    assert pa.table(newsfold.events(lists)) == pa.table(newsfold.events(arrays))
