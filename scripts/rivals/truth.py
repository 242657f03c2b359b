"""The truth that all are judged by: the exact Jaccard of every two documents that are at all alike.

Sets are of words of the text, lower-cased and cut at white space, in shingles of five. Compared are all documents of one
family, where families are known, and all that share four of their sampled shingles: those whose hash is 0 modulo 16, or
in shorter documents modulo 8, 4, 2 or 1, so that two at 0.7 share 17 or more, as a rule. Shingles that more than 400
documents sample say nothing. Written is what has 0.3 or more: id, id, Jaccard.
"""
import json, os, subprocess, sys
from collections import defaultdict

LEAST, SHARED, LONGEST_LIST = 0.3, 4, 400
SPARSEST, SAMPLED_AT_LEAST = 16, 25
#: Pairs that are counted at a time.
AT_ONCE = 20_000_000


def write(corpus, families, out):
    """In a process of its own: it needs much memory, and the same hashes every time."""
    command = [sys.executable, sys.argv[0], "--truth", corpus, families or "-", out]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "0"})


def main(corpus, families, out):
    import numpy

    ids, starts, shingles = shingle_sets(corpus)
    families = family_of(families) if families != "-" else {}
    codes = numpy.concatenate([pairs_within(ids, families), *pairs_that_share(starts, shingles)])
    a, b = numpy.divmod(numpy.unique(codes), len(ids))
    similarity = jaccard(starts, shingles, a, b)
    with open(out, "w", encoding="utf-8") as file:
        near = similarity >= LEAST
        for x, y, s in zip(a[near].tolist(), b[near].tolist(), similarity[near].tolist()):
            file.write(f"{ids[x]}\t{ids[y]}\t{s:.4f}\n")


def family_of(path):
    return {row["id"]: row["group"] for row in map(json.loads, open(path, encoding="utf-8"))}


def shingle_sets(corpus):
    """Ids; where each document's set begins, and the last ends; the sets, each in ascending order."""
    import numpy

    from . import WIDTH
    from .corpus import documents

    factors = numpy.random.default_rng(1).integers(1 << 63, size=WIDTH, dtype=numpy.uint64) * 2 + 1
    ids, sets = [], []
    for name, text in documents(corpus):
        words = text.lower().split()
        hashes = numpy.fromiter(map(hash, words), dtype=numpy.int64, count=len(words)).view(numpy.uint64)
        window = min(WIDTH, len(words))
        count = max(1, len(words) - window + 1) if words else 0
        ids.append(name)
        sets.append(numpy.unique(sum(hashes[at:at + count] * factors[at] for at in range(window)) if count else hashes))
    starts = numpy.cumsum([0, *map(len, sets)])
    return ids, starts, numpy.concatenate(sets)


def pairs_within(ids, family):
    """Pairs of rows of one family, as one number: smaller row times documents plus larger row."""
    import numpy

    members, codes = defaultdict(list), [numpy.empty(0, dtype=numpy.int64)]
    for row, name in enumerate(ids):
        if name in family:
            members[family[name]].append(row)
    for rows in map(numpy.array, members.values()):
        a, b = numpy.triu_indices(len(rows), 1)
        codes.append(rows[a] * len(ids) + rows[b])
    return numpy.concatenate(codes)


def pairs_that_share(starts, shingles):
    """The same, of pairs that share enough sampled shingles."""
    import numpy

    documents, sizes = len(starts) - 1, numpy.diff(starts)
    modulus = 2 ** numpy.log2(numpy.clip(sizes / SAMPLED_AT_LEAST, 1, SPARSEST)).astype(numpy.uint8)
    sampled = numpy.flatnonzero(shingles.astype(numpy.uint8) % numpy.repeat(modulus, sizes) == 0)
    keys, rows = shingles[sampled], numpy.searchsorted(starts, sampled, side="right") - 1
    order = numpy.lexsort((rows, keys))
    keys, rows = keys[order], rows[order]
    _, length = numpy.unique(keys, return_counts=True)
    wanted = numpy.repeat((length > 1) & (length <= LONGEST_LIST), length)
    keys, rows, length = keys[wanted], rows[wanted], length[(length > 1) & (length <= LONGEST_LIST)]
    parts = int((length * (length - 1) // 2).sum()) // AT_ONCE + 1
    for part in range(parts):
        first, codes, distance = numpy.flatnonzero(rows % parts == part), [numpy.empty(0, dtype=numpy.int64)], 0
        while len(first):
            distance += 1
            first = first[first + distance < len(keys)]
            first = first[keys[first] == keys[first + distance]]
            codes.append(rows[first] * documents + rows[first + distance])
        codes, shared = numpy.unique(numpy.concatenate(codes), return_counts=True)
        smaller = numpy.minimum(*(sizes[row] for row in numpy.divmod(codes, documents)))
        yield codes[shared >= numpy.minimum(SHARED, smaller)]


def jaccard(starts, shingles, a, b):
    """Exact similarity of every pair; `a` ascends, so each of its sets is looked up in once for all its partners."""
    import numpy

    similarity, heads = numpy.zeros(len(a)), numpy.flatnonzero(numpy.diff(a, prepend=-1))
    for low, high in zip(heads, [*heads[1:], len(a)]):
        own = shingles[starts[a[low]]:starts[a[low] + 1]]
        others = [shingles[starts[row]:starts[row + 1]] for row in b[low:high]]
        if not len(own):
            continue
        for at, other in enumerate(others, low):
            place = numpy.searchsorted(own, other)
            both = numpy.count_nonzero(own[numpy.minimum(place, len(own) - 1)] == other)
            similarity[at] = both / (len(own) + len(other) - both)
    return similarity
