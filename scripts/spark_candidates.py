"""Signatures to what may belong together: buckets, pairs that signatures do not rule out, and their components."""
import numpy as np
import pyarrow as pa
from pyspark.sql import Window, functions as F

from spark_rows import kernels

# A bucket of more texts than this is not gone through pair by pair, here and in newsfold.
FULL_BUCKET = 32
# Rows that are looked at together.
TOGETHER = 1 << 14
# A pair at the threshold is dropped less often than this.
MISS = 1e-9


def whole(batches, key, enough):
    """The rows of some sorted batches as tables, none of which ends amid the rows of one key; each but the last is of so
    many `enough` finds sufficient."""
    held, size = [], 0
    for batch in batches:
        if batch.num_rows == 0:
            continue
        held.append(batch)
        size += enough(batch)
        if size < 1:
            continue
        table = pa.Table.from_batches(held)
        keys = table[key].to_numpy()
        cut = int(np.searchsorted(keys, keys[-1]))
        if cut:
            yield table.slice(0, cut)
            held = table.slice(cut).to_batches()
            size = sum(map(enough, held))
    if held:
        yield pa.Table.from_batches(held)


def copies(documents):
    """Each document with its node, the first document of the same signature; `weight` tells how many texts a node has."""
    same = Window.partitionBy("signature")
    before = F.lag("content").over(same.orderBy("content", "doc"))
    found = documents.withColumn("is_new", (before.isNull() | (before != F.col("content"))).cast("long"))
    return found.withColumns({"node": F.min("doc").over(same), "weight": F.sum("is_new").over(same)}).drop("is_new")


def keyed(nodes, params):
    """A row for each band of each node."""
    def keys(batches):
        newsfold = kernels()
        for batch in batches:
            slots = signatures(batch["signature"])
            lists = pa.FixedSizeListArray.from_arrays(pa.array(slots.ravel()), slots.shape[1]) if len(batch) else None
            if lists is not None:
                found = pa.array(newsfold.band_keys(lists, **params))
                yield pa.RecordBatch.from_pydict({"node": batch["node"], "weight": batch["weight"], "keys": found})

    found = nodes.select("node", "weight", "signature").mapInArrow(keys, "node long, weight long, keys array<long>")
    return found.select("node", "weight", F.explode("keys").alias("key"))


def signatures(column):
    """Signatures as they are shuffled, a row of slots each."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    rows = [np.frombuffer(b"".join(chunk.to_pylist()), np.uint16).reshape(len(chunk), -1) for chunk in chunks if len(chunk)]
    return np.concatenate(rows) if rows else np.empty((0, 0), np.uint16)


def least_equal(filled, slots, threshold):
    """How many slots two signatures must share for their texts to be compared, by the different values of the fuller one
    (Hoeffding 1963). The slots of a text of few shingles repeat each other and count for fewer: such texts are compared
    whatever they share. Looser than newsfold's own bound for every text, so that it drops nothing that newsfold compares."""
    empty = slots - filled
    independent = slots * slots / (filled + 3 * empty + empty * empty / filled)
    return slots * (threshold - np.sqrt(np.log(1 / MISS) / (2 * independent)))


def near(batches, threshold):
    """The pairs within buckets that signatures do not rule out."""
    for table in whole(batches, "key", lambda batch: batch.num_rows / TOGETHER):
        keys, nodes, slots = table["key"].to_numpy(), table["node"].to_numpy(), signatures(table["signature"])
        filled = 1 + np.count_nonzero(np.diff(np.sort(slots, axis=1), axis=1), axis=1)
        found = []
        for ahead in range(1, len(keys)):
            a = np.flatnonzero(keys[:-ahead] == keys[ahead:])
            if not len(a):
                break
            b = a + ahead
            equal = np.count_nonzero(slots[a] == slots[b], axis=1)
            is_open = equal >= least_equal(np.maximum(filled[a], filled[b]), slots.shape[1], threshold)
            found.append(np.column_stack([nodes[a[is_open]], nodes[b[is_open]]]))
        pairs = np.sort(np.concatenate(found), axis=1) if found else np.empty((0, 2), np.int64)
        pairs = np.unique(pairs, axis=0)
        yield pa.RecordBatch.from_pydict({"a": pa.array(pairs[:, 0], pa.int64()), "b": pa.array(pairs[:, 1], pa.int64())})


def edges(nodes, params, threshold, save):
    """Pairs of nodes, the smaller first, that connect all that newsfold may compare.

    What newsfold compares in a bucket of more than FULL_BUCKET texts depends on all of them: such a bucket stays together,
    each of its nodes with the least. That is its map-side minimum joined to its rows, linear in the bucket; a join that is
    skewed by it is split by Spark."""
    rows = save(keyed(nodes, params), "keys")
    sizes = rows.groupBy("key").agg(F.count("node").alias("nodes"), F.sum("weight").alias("texts"), F.min("node").alias("least"))
    met = save(rows.drop("weight").join(sizes.where("nodes > 1").drop("nodes"), "key"), "buckets")
    crowds = met.where((F.col("texts") > FULL_BUCKET) & (F.col("node") != F.col("least")))
    small = met.where(F.col("texts") <= FULL_BUCKET).select("key", "node").join(nodes.select("node", "signature"), "node")
    pairs = small.repartition("key").sortWithinPartitions("key", "node").mapInArrow(
        lambda batches: near(batches, threshold), "a long, b long")
    return save(pairs.union(crowds.select(F.col("least"), F.col("node"))).distinct(), "edges")


def components(edges, save):
    """The least node of the component of each node that has an edge, but for those least nodes: `node`, `least`.

    Large-star and small-star in turn (Kiveris et al. 2014), written out each round, until nothing changes."""
    of = Window.partitionBy("u")
    round, before = 0, None
    while True:
        outward = edges.select(F.col("a").alias("u"), F.col("b").alias("v"))
        both = outward.union(edges.select(F.col("b").alias("u"), F.col("a").alias("v")))
        large = both.withColumn("least", F.least("u", F.min("v").over(of))).where("v > u").select("v", "least").distinct()
        down = large.where("v <> least").select(F.col("v").alias("u"), F.col("least").alias("v"))
        small = down.withColumn("least", F.min("v").over(of))
        joined = small.select(F.col("least").alias("a"), F.col("v").alias("b")).union(small.select("least", "u"))
        edges = save(joined.where("a <> b").distinct(), f"round-{round}")
        now = tuple(edges.agg(F.count("a"), F.bit_xor(F.xxhash64("a", "b"))).first())
        if now == before:
            return edges.select(F.col("b").alias("node"), F.col("a").alias("least"))
        round, before = round + 1, now
