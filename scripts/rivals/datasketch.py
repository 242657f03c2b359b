"""datasketch: MinHash in bulk, with xxHash (which takes text as it is) for its slow default, SHA-1; its LSH index.

As its documentation advises, what the index finds is compared by estimated similarity. Shingles and signatures are made
on all cores.
"""
from . import SEED, SLOTS, THRESHOLD, groups
from .corpus import documents, in_parts, shingles


def sketched(path, low, high):
    import xxhash
    from datasketch import LeanMinHash, MinHash

    ids, sets = [], []
    for name, text in documents(path, low, high):
        ids.append(name)
        sets.append(shingles(text))
    kind = {"num_perm": SLOTS, "seed": SEED, "hashfunc": xxhash.xxh32_intdigest}
    return ids, [LeanMinHash(signature) for signature in MinHash.generator(sets, **kind)]


def run(corpus, out, bands):
    from datasketch import MinHashLSH

    index, ids, signatures, edges = MinHashLSH(num_perm=SLOTS, params=(bands, SLOTS // bands)), [], [], []
    for names, part in in_parts(corpus, sketched):
        ids += names
        for row, signature in enumerate(part, len(signatures)):
            near = [other for other in index.query(signature) if signature.jaccard(signatures[other]) >= THRESHOLD]
            edges.append(([row] * len(near), near))
            index.insert(row, signature, check_duplication=False)
            signatures.append(signature)
    groups.write(ids, edges, out)
