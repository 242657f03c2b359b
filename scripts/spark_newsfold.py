"""newsfold on a cluster of Spark: near-duplicate groups and events of a crawl that one machine is too small for.

    spark-submit scripts/spark_newsfold.py INPUT... --out DIR --checkpoint DIR
    python3 scripts/spark_newsfold.py INPUT... --out DIR --checkpoint DIR --master spark://host:7077

INPUT is JSON Lines (plain, gzip, bzip2) or Parquet: files, folders, globs, anything that Spark reads. Groups are those of
`newsfold run --keep-boilerplate` on the same input; see src/guide/spark.md for what else comes out. The workers' Python
(PYSPARK_PYTHON) needs pyarrow, numpy and pandas below 3, and newsfold, or else --wheel."""
import argparse, atexit, json, os, shutil, sys, tempfile, time, uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

import pyarrow as pa
import pyarrow.compute as pc
from pyspark import cloudpickle
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession, Window, functions as F

import spark_candidates, spark_events, spark_rows
from spark_rows import WHEEL, kernels

# What newsfold compares is decided before texts are: whole components of so many bytes are handed to it at once.
TEXTS = 64 << 20
GROUPED = "doc long, id string, group string, representative boolean, similarity double, reason string"
# newsfold's own bound of a record.
MAX_RECORD_BYTES = 16 << 20
# Options that newsfold's functions take by the same names.
PASSED = {"threshold": float, "width": int, "linkage": str, "keep": str, "prefer_source": str, "recall": float, "slots": int,
          "bands": int, "rows": int, "newest": str, "max_record_bytes": int}


class Steps:
    """Tables that are written out where all workers can read them again: what is lost with a worker is what it had not
    written. Each is told of when it is done."""

    def __init__(self, spark, folder):
        self.spark, self.folder, self.begun = spark, folder, time.monotonic()
        self.seconds = {}

    def save(self, frame, name):
        path = f"{self.folder}/{name}"
        frame.write.parquet(path)
        now = time.monotonic()
        self.seconds[name] = round(now - self.begun, 2)
        self.begun = now
        print(json.dumps({"step": name, "seconds": self.seconds[name]}), file=sys.stderr, flush=True)
        return self.spark.read.schema(frame.schema).parquet(path)


def main():
    options = parsed()
    spark = session(options)
    out, folder = Place(spark, options.out), Place(spark, f"{options.checkpoint.rstrip('/')}/newsfold-{uuid.uuid4().hex}")
    if out.exists():
        raise SystemExit(f"{options.out} is there already")
    check(spark)
    steps = Steps(spark, folder.name)
    try:
        counts = run(spark, options, steps)
        folder.child("out").move_to(out)
    except AnalysisException as error:
        raise SystemExit(f"newsfold: {error}") from None
    finally:
        folder.remove()
    print(json.dumps({"counts": counts, "seconds": steps.seconds}))
    spark.stop()


def run(spark, options, steps):
    params = {name: value for name in PASSED if (value := getattr(options, name)) is not None}
    params |= {"threads": 1, "keep_boilerplate": True}
    rows, files = spark_rows.rows(spark, options)
    cpu = spark.sparkContext.accumulator(0.0)
    signed = steps.save(spark_rows.signed(rows, files, params, cpu), "signed")
    documents, rejects = accepted(signed)
    if options.newest is None and (newest := spark_rows.newest(documents)) is not None:
        documents = documents.withColumn("is_late", F.coalesce(F.col("seconds") > newest, F.lit(False)))
        params["newest"] = time.strftime("%Y-%m-%d", time.gmtime(newest))
    else:
        documents = documents.withColumn("is_late", F.lit(False))
    documents = steps.save(spark_candidates.copies(documents), "documents")
    documents = documents.withColumn("seconds", F.when(~F.col("is_late"), F.col("seconds")))
    nodes = documents.where("doc = node").select("node", "signature", "weight")
    edges = spark_candidates.edges(nodes, params, options.threshold, steps.save)
    least = spark_candidates.components(edges, steps.save)
    members = documents.select("doc", "id", "is_late", "node").join(least, "node", "left")
    members = members.withColumn("component", F.coalesce("least", "node")).drop("node", "least")
    sizes = F.count("doc").over(Window.partitionBy("component"))
    members = steps.save(members.withColumn("size", sizes), "components")
    together = members.where("size > 1").drop("size")
    grouped = steps.save(groups(rows, together, params), "grouped")
    alone = members.where("size = 1").select("doc", "id", F.col("id").alias("group"), F.lit(True).alias("representative"),
                                             F.lit(1.0).alias("similarity"))
    of_group = grouped.where(F.col("reason").isNull()).drop("reason").union(alone)
    rejects = rejects.union(grouped.where(F.col("reason").isNotNull()).select("doc", "id", "reason").join(
        documents.drop("id"), "doc").select("doc", "file", "start", "line", "id", "reason"))
    about = documents.select("doc", "file", "start", "seconds", "is_late", "title", "source")
    representatives = of_group.where("representative").select("doc", "id").join(about, "doc")
    events = spark_events.events(rows, representatives, options, params, steps.save)
    of_event = of_group.where("representative").join(events, "doc").select("group", "event")
    articles = of_group.join(of_event, "group").join(about, "doc")
    if options.keep not in (None, "earliest") or options.prefer_source:
        # The earliest member may represent nobody.
        earliest = Window.partitionBy("event").orderBy(F.col("seconds").asc_nulls_last(), F.desc(F.col("id") == F.col("event")), "id")
        articles = articles.withColumn("event", F.first("id").over(earliest))
    counts = tables(spark, files, steps.save(articles, "labelled"), rejects, steps)
    largest = members.agg(F.max("size")).first()[0] or 0
    return counts | {"largest_component": largest, "python_cpu_seconds_of_signed": round(cpu.value, 2)}


def accepted(signed):
    """The documents, and what is none. Of several of one id the first of the input is kept."""
    good = signed.where(F.col("reason").isNull()).drop("reason")
    place = F.struct("file", "start", "doc")
    several = good.groupBy("id").agg(F.min(place).alias("first"), F.count("*").alias("times")).where("times > 1")
    later = good.select("id", "file", "start", "doc").join(several, "id").where(F.col("first.doc") != F.col("doc")).select("doc")
    columns = ["doc", "file", "start", "line", "id", "reason"]
    taken = good.join(later, "doc", "left_semi").withColumn("reason", F.lit("duplicate_id")).select(columns)
    return good.join(later, "doc", "left_anti"), signed.where(F.col("reason").isNotNull()).select(columns).union(taken)


def groups(rows, together, params):
    """The groups of documents that may be near-duplicates of each other. Each component comes whole to one worker, as many
    at once as fit: so what newsfold says of them is what it says of them among all documents."""
    fields = ["id", "text", "title", "published", "source", "url"]
    texts = spark_rows.of(together, rows)

    def found(batches):
        newsfold = kernels()
        for table in spark_candidates.whole(batches, "component", lambda batch: batch.nbytes / TEXTS):
            told = pa.table(newsfold.dedup(table.select(fields), **params))
            columns = {name: told[name] for name in ("id", "group", "representative", "similarity", "reason")}
            columns |= {"doc": table["doc"], "id": table["id"]}
            yield from pa.table(spark_rows.in_order(columns, GROUPED)).to_batches()

    texts = texts.select("component", "file", "start", "doc", *fields).repartition("component")
    return texts.sortWithinPartitions("component", "file", "start", "doc").mapInArrow(found, GROUPED)


def tables(spark, files, articles, rejects, steps):
    """The result, by the contract's names."""
    told = articles.orderBy("file", "start", "doc").select("id", "group", "representative", "similarity", "event")
    told = steps.save(told, "out/articles")
    in_order = F.struct(F.col("seconds").isNull(), "seconds", "id", "similarity")
    members = F.transform(F.array_sort(F.collect_list(in_order)), lambda member: F.struct(member.id, member.similarity))
    found = articles.groupBy("group").agg(F.count("*").alias("size"), members.alias("members")).where("size > 1")
    found = found.select("group", "size", F.col("group").alias("representative"), "members").orderBy("group")
    found = steps.save(found, "out/groups")
    moment = lambda column: F.date_format(F.timestamp_seconds(column), "yyyy-MM-dd'T'HH:mm:ss'Z'")
    title = F.max(F.when(F.col("id") == F.col("event"), F.col("title")))
    sources = F.array_sort(F.collect_set(F.when(F.col("source") != "", F.col("source"))))
    ids = F.transform(F.array_sort(F.collect_list(in_order)), lambda member: member.id)
    whole = articles.groupBy("event").agg(
        F.count("*").alias("size"), F.sum(F.col("representative").cast("long")).alias("groups"), title.alias("title"),
        moment(F.min("seconds")).alias("first_published"), moment(F.max("seconds")).alias("last_published"),
        sources.alias("sources"), ids.alias("members"))
    whole = steps.save(whole.orderBy("first_published", "event"), "out/events")
    named = spark.createDataFrame(list(enumerate(files)), "file int, name string")
    rejects = rejects.join(F.broadcast(named), "file", "left").orderBy("file", "start", "doc")
    rejects = steps.save(rejects.select(F.col("name").alias("file"), "line", "start", "reason", "id"), "out/rejects")
    return {"accepted": told.count(), "groups": found.count(), "events": whole.count(), "rejected": rejects.count()}


class Place:
    """A folder wherever Spark keeps folders."""

    def __init__(self, spark, name):
        self.spark, self.name = spark, name
        self.path = spark._jvm.org.apache.hadoop.fs.Path(name)
        self.files = self.path.getFileSystem(spark._jsc.hadoopConfiguration())

    def child(self, name):
        return Place(self.spark, f"{self.name}/{name}")

    def exists(self):
        return self.files.exists(self.path)

    def move_to(self, other):
        if other.path.getParent() is not None:
            other.files.mkdirs(other.path.getParent())
        if other.files.getUri().equals(self.files.getUri()) and self.files.rename(self.path, other.path):
            return
        util = self.spark._jvm.org.apache.hadoop.fs.FileUtil
        util.copy(self.files, self.path, other.files, other.path, False, self.spark._jsc.hadoopConfiguration())

    def remove(self):
        self.files.delete(self.path, True)


def session(options):
    for module in (spark_rows, spark_candidates, spark_events):
        cloudpickle.register_pickle_by_value(module)
    builder = SparkSession.builder.appName("newsfold")
    if options.master:
        builder = builder.master(options.master)
    spark = builder.getOrCreate()
    # A file is cut in the same pieces whenever it is read, however many workers are left by then: rows are numbered by them.
    workers = spark.sparkContext.defaultParallelism
    settings = {"spark.sql.files.minPartitionNum": str(options.pieces or 4 * workers), "spark.sql.session.timeZone": "UTC",
                "spark.sql.caseSensitive": "true", "spark.sql.parquet.compression.codec": "zstd",
                "spark.sql.execution.arrow.maxRecordsPerBatch": "4096"}
    for name, value in settings.items():
        spark.conf.set(name, value)
    if options.wheel:
        # A native library cannot be imported from a wheel as it is: it is unpacked on every worker.
        # Workers that come later ask for it too: it is there as long as this program.
        temp = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, temp, ignore_errors=True)
        archive = shutil.copy(options.wheel, Path(temp) / "newsfold.zip")
        spark.sparkContext.addArchive(f"{archive}#{WHEEL}")
    return spark


def check(spark):
    """Stops where the workers cannot do what is asked of them."""
    def tried(batches):
        try:
            kernels()
            why = ""
        except Exception as error:
            why = f"{sys.executable} {sys.version.split()[0]}: {type(error).__name__}: {error}"
        for batch in batches:
            yield pa.RecordBatch.from_pydict({"why": pa.array([why] * len(batch), pa.string())})

    partitions = 2 * spark.sparkContext.defaultParallelism
    bad = {row.why for row in spark.range(partitions, numPartitions=partitions).mapInArrow(tried, "why string").collect()} - {""}
    if bad:
        raise SystemExit("newsfold is not to be had on the workers (" + "; ".join(sorted(bad)) + "): install its wheel into "
                         "their Python, which PYSPARK_PYTHON names, or give --wheel")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", nargs="+", metavar="INPUT")
    parser.add_argument("--out", required=True, help="a folder that is not there yet, for articles, groups, events and rejects")
    parser.add_argument("--checkpoint", required=True, help="a folder that all workers see, for what is removed at the end")
    parser.add_argument("--master", help="as spark-submit takes it")
    parser.add_argument("--wheel", help="newsfold's wheel, for workers that have none installed")
    parser.add_argument("--window-days", type=int, help="days that are searched for events together (all, where "
                        "200,000 documents are to be searched or fewer; else 28)")
    parser.add_argument("--pieces", type=int, help="how many pieces the input is cut in at least (4 a core)")
    for name, kind in PASSED.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind)
    for field in spark_rows.NAMES:
        parser.add_argument(f"--{field}-field", metavar="NAME")
    options = parser.parse_args()
    options.threshold = 0.65 if options.threshold is None else options.threshold
    options.max_record_bytes = MAX_RECORD_BYTES if options.max_record_bytes is None else options.max_record_bytes
    if options.window_days is not None and options.window_days < 1:
        parser.error("--window-days is at least 1")
    return options


if __name__ == "__main__":
    main()
