"""rensa: R-MinHash of all shingles (not the `rho` mode, which samples them), sketched in bulk; its LSH index.

As its own deduplicator does, what the index finds is compared by estimated similarity. Shingles are cut in Python, on
all cores: that is most of the time.
"""
from . import SEED, SLOTS, THRESHOLD, groups
from .corpus import documents, in_parts, shingles


def sketched(path, low, high):
    from rensa import RMinHash

    ids, sets = [], []
    for name, text in documents(path, low, high):
        ids.append(name)
        sets.append(shingles(text))
    return ids, RMinHash.from_token_sets(sets, num_perm=SLOTS, seed=SEED)


def run(corpus, out, bands):
    from rensa import RMinHashLSH

    ids, signatures = [], []
    for names, part in in_parts(corpus, sketched):
        ids += names
        signatures += part
    index = RMinHashLSH(THRESHOLD, SLOTS, bands)
    index.insert_many(signatures)
    edges = []
    for row, found in enumerate(index.query_all(signatures)):
        near = [other for other in found if other < row and signatures[row].jaccard(signatures[other]) >= THRESHOLD]
        edges.append(([row] * len(near), near))
    groups.write(ids, edges, out)
