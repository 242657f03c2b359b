"""Documents, shingles, and work on all cores: what the contenders that are libraries share."""
import concurrent.futures, multiprocessing, os

import orjson

from . import WIDTH

#: Bytes of the corpus that a process takes at a time.
PART = 8 << 20


def documents(path, low=0, high=None):
    """Id and text of every document whose line begins in [low, high)."""
    with open(path, "rb") as file:
        if low:
            file.seek(low - 1)
            file.readline()
        at = file.tell()
        for line in file:
            if high is not None and at >= high:
                return
            at += len(line)
            document = orjson.loads(line)
            yield str(document["id"]), document["text"]


def shingles(text):
    words = text.lower().split()
    if len(words) < WIDTH:
        return [" ".join(words)]
    return list(map(" ".join, zip(*(words[at:] for at in range(WIDTH)))))


def in_parts(path, work):
    """`work(path, low, high)` of every part of the corpus, in order, on all cores."""
    size, cores = os.path.getsize(path), os.cpu_count()
    step = max(1, min(PART, -(-size // cores)))
    lows = range(0, size, step)
    # Forked children are this process's own, so what they cost is counted.
    fork = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(cores, mp_context=fork) as pool:
        yield from pool.map(work, [path] * len(lows), lows, [low + step for low in lows])

