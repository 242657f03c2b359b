"""gaoya: its own words (cut at ASCII punctuation too) and shingles; bulk insertion and bulk queries, on all cores.

A query compares the estimated similarity with the threshold. It takes a text, not a signature, so every document is
sketched twice; asked for when it has just come, a document finds all that came before.
"""
import itertools

from . import SLOTS, THRESHOLD, WIDTH, groups
from .corpus import documents

BATCH = 2000


def run(corpus, out, bands):
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=THRESHOLD,
        num_bands=bands,
        band_size=SLOTS // bands,
        analyzer="word",
        lowercase=True,
        ngram_range=(WIDTH, WIDTH),
        id_container="smallvec",
    )
    ids, edges, stream = [], [], documents(corpus)
    while batch := list(itertools.islice(stream, BATCH)):
        rows, texts = list(range(len(ids), len(ids) + len(batch))), [text for _, text in batch]
        index.par_bulk_insert_docs(rows, texts)
        for row, found in zip(rows, index.par_bulk_query(texts)):
            edges.append(([row] * len(found), found))
        ids += [name for name, _ in batch]
    groups.write(ids, edges, out)
