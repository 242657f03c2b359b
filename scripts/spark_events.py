"""Representatives to events: windows of days, each as newsfold sees it, made one at their seams."""
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Window, functions as F

import spark_rows
from spark_candidates import components
from spark_rows import DAY, kernels

# So many documents are searched for events together, whatever their days.
ONE_WINDOW = 200_000
# How many days are, where there are more documents.
WINDOW_DAYS = 28
# The window of documents without a date.
UNDATED = -1
# Of two windows, the part of one that is in the other as well.
OVERLAP = 0.5
TOLD = "doc long, window long, name long, is_name boolean"


def windows(dated, days):
    """Each document in each of its windows, with how deep it lies in it; those without a date in one of their own. Without
    a number of `days` all are in one window, if they are not too many."""
    if not days and dated.count() <= ONE_WINDOW:
        return dated.withColumns({"window": F.lit(0).cast("long"), "depth": F.lit(0).cast("long")})
    days = days or WINDOW_DAYS
    first = dated.agg(F.min("seconds")).first()[0] or 0
    stride = max(1, int(days * DAY * (1 - OVERLAP)))
    at = F.col("seconds") - first
    last = F.floor(at / stride) + 1
    inside = F.filter(F.array(last, last - 1), lambda window: (window - 1) * stride + days * DAY > at)
    found = dated.withColumn("window", F.explode(F.when(at.isNull(), F.array(F.lit(UNDATED).cast("long"))).otherwise(inside)))
    start = (F.col("window") - 1) * stride
    depth = F.least(at - start, start + days * DAY - at)
    return found.withColumn("depth", F.when(at.isNull(), 0).otherwise(depth))


def events(rows, representatives, options, params, save):
    """The event of each representative, by the number of the document that it is named after."""
    placed = save(windows(representatives, options.window_days), "windows")
    fields = ["id", "text", "title", "published", "source", "url", "lang", "embedding"]
    texts = spark_rows.of(placed.select("doc", "id", "window", "is_late"), rows)

    # Near-duplicates have been found: no more are looked for.
    params = {name: value for name, value in params.items() if name not in ("linkage", "bands", "rows")} | {"threshold": 1.0}

    def told(table):
        newsfold = kernels()
        # In the order of numbers, so that the same comes out however rows came.
        table = table.sort_by("doc")
        name = pa.table(newsfold.events(table.select(fields), **params))["event"]
        # What is refused here was refused before, or is one text too long: it is its own event.
        name = pc.coalesce(name, table["id"])
        named = pc.take(table["doc"], pc.index_in(name, table["id"].combine_chunks()))
        is_name = pc.equal(named, table["doc"])
        return pa.table({"doc": table["doc"], "window": table["window"], "name": named, "is_name": is_name})

    found = texts.select("doc", "window", *fields).groupBy("window").applyInArrow(told, TOLD)
    # A document is in two windows at most, and those are neighbours: with its name's number, even or odd tells which.
    piece = F.col("name") * 2 + F.pmod("window", F.lit(2))
    pieces = save(found.join(placed.select("doc", "window", "depth", "seconds", "id"), ["doc", "window"]).withColumn("piece", piece), "pieces")
    return save(joined(pieces, save), "events")


def joined(pieces, save):
    """Pieces of neighbouring windows are one event where more than half of what the smaller has in both is in both."""
    later = pieces.select("doc", F.col("piece").alias("other"), (F.col("window") - 1).alias("window"))
    shared = pieces.select("doc", "piece", "window").join(later, ["doc", "window"])
    of = {name: F.count("*").over(Window.partitionBy(name)) for name in ("piece", "other")}
    counted = shared.withColumn("of_piece", of["piece"]).withColumn("of_other", of["other"])
    counted = counted.groupBy("piece", "other", "of_piece", "of_other").count()
    seams = counted.where(F.col("count") * 2 > F.least("of_piece", "of_other"))
    pairs = seams.select(F.least("piece", "other").alias("a"), F.greatest("piece", "other").alias("b"))
    whole = components(save(pairs, "seams"), lambda frame, name: save(frame, f"seams-{name}"))
    # Of its two events a document is in that in whose window it lies deeper.
    deepest = Window.partitionBy("doc").orderBy(F.desc("depth"), "window")
    once = pieces.withColumn("rank", F.row_number().over(deepest)).where("rank = 1")
    once = once.join(whole.withColumnRenamed("node", "piece"), "piece", "left")
    once = once.withColumn("whole", F.coalesce("least", "piece"))
    # The one that newsfold chose, which reads more dates than Spark does; of several pieces the earliest, and of one second
    # that one.
    of_whole = Window.partitionBy("whole")
    once = once.withColumn("is_chosen", F.col("is_name") & (F.min("piece").over(of_whole) == F.max("piece").over(of_whole)))
    earliest = of_whole.orderBy(F.desc("is_chosen"), F.col("seconds").asc_nulls_last(), F.desc("is_name"), "id")
    return once.withColumn("event", F.first("id").over(earliest)).select("doc", "event")
