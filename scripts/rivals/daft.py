"""Daft: reading, normalising and signatures are its own expressions; it has no LSH, so bands are sorted in numpy.

Its signatures are not compared, as in its tutorial: two documents that share a band are linked. So many bands of few rows
link what is hardly alike; with real text judge it at `--bands 16` too.
"""
from . import SEED, SLOTS, WIDTH, groups


def run(corpus, out, bands):
    import daft
    import numpy

    words = daft.col("text").normalize(lowercase=True, white_space=True)
    signature = words.minhash(num_hashes=SLOTS, ngram_size=WIDTH, seed=SEED, hash_function="xxhash")
    name = daft.col("id").cast(daft.DataType.string())
    table = daft.read_json(corpus).select(name, signature.alias("signature")).to_arrow()
    slots = numpy.concatenate([chunk.flatten().to_numpy().reshape(-1, SLOTS) for chunk in table["signature"].chunks])
    groups.write(table["id"].to_pylist(), list(links(slots, bands)), out)


def links(slots, bands):
    """Of every band, pairs of neighbours among the documents of one key."""
    import numpy

    rows = SLOTS // bands
    factors = numpy.random.default_rng(SEED).integers(1 << 63, size=rows, dtype=numpy.uint64) * 2 + 1
    for band in range(bands):
        key = slots[:, band * rows:(band + 1) * rows].astype(numpy.uint64) @ factors
        order = numpy.argsort(key)
        key = key[order]
        same = key[1:] == key[:-1]
        yield order[:-1][same], order[1:][same]
