"""What a type checker must accept, and what it must not: read by mypy, never run."""
import datetime

import newsfold
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]

news = pl.DataFrame({"text": ["one two three"]})
table: newsfold.Table = newsfold.dedup(news, threshold=0.8, linkage="representative", newest=datetime.date(2025, 1, 31))
frame = pl.DataFrame(newsfold.events(table, prefer_source=["a", "b"], threads=2))
rows: int = len(table) + table.num_rows
signed: newsfold.Array = newsfold.signatures(news["text"])
keys: newsfold.Array = newsfold.band_keys(signed, bands=16, rows=8)

index = newsfold.Index(threshold=0.7)
near: list[tuple[str, float]] = index.insert("a", "one two three", title="One")
told: newsfold.Table = index.insert(news)
found: bool = "a" in index and index.query("one")[0][1] > index.threshold
index.save("news.index")
again: newsfold.Index = newsfold.Index.load("news.index")

newsfold.dedup(news, treshold=0.8)  # type: ignore[call-arg]
newsfold.dedup(news, keep="best")  # type: ignore[arg-type]
newsfold.dedup([1])  # type: ignore[arg-type]
index.insert("a")  # type: ignore[call-overload]
