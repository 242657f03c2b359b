"""Near-duplicates and events in news, for Arrow tables: those of Polars, pandas, pyarrow, DuckDB and their like.

>>> import newsfold, polars as pl
>>> news = pl.DataFrame({"text": ["Rain all day", "Rain, all day!", "Sun"]})
>>> news.filter(pl.DataFrame(newsfold.dedup(news))["representative"])["text"].to_list()
['Rain all day', 'Sun']
"""

from ._newsfold import Array, Index, Table, __version__, band_keys, dedup, events, signatures

__all__ = ["Array", "Index", "Table", "__version__", "band_keys", "dedup", "events", "signatures"]
