"""The contenders, one a file: `run(corpus, out, bands)` reads JSON Lines (`id`, `text`) and writes lines of id, tab, group.

All take the words of the text, lower-cased, in shingles of five; 128 slots; and the threshold that newsfold has.
"""
import importlib
from dataclasses import dataclass

WIDTH, SLOTS, THRESHOLD, SEED = 5, 128, 0.65, 42

#: What reading, linking and judging need.
COMMON = {"numpy": "numpy>=2,<3", "orjson": "orjson>=3.10,<4"}


@dataclass(frozen=True)
class Contender:
    module: str
    #: Module that it needs, and where PyPI has it; the first is the contender itself.
    needs: dict[str, str]

    def run(self, corpus, out, bands):
        importlib.import_module(f"rivals.{self.module}").run(corpus, out, bands)


CONTENDERS = {
    "daft": Contender("daft", {"daft": "daft>=0.7,<0.8"}),
    "gaoya": Contender("gaoya", {"gaoya": "gaoya>=0.2,<0.3"}),
    "rensa": Contender("rensa", {"rensa": "rensa>=0.5,<0.6"}),
    "datasketch": Contender("datasketch", {"datasketch": "datasketch>=2,<3", "xxhash": "xxhash>=3,<4"}),
    "datatrove": Contender(
        "datatrove",
        {"datatrove": "datatrove>=0.10,<0.11", "spacy": "spacy>=3.8,<4", "xxhash": "xxhash>=3,<4"}
        | {"tokenizers": "tokenizers", "regex": "regex"},
    ),
}
