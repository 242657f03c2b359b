"""Near-duplicates and events in news, for Arrow tables."""
from ._newsfold import Table, __version__, dedup, events

__all__ = ["Table", "__version__", "dedup", "events"]
