"""Input to rows: fields by the names that crawls use, and a number for each row that is the same whenever it is read."""
import re, sys, time
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DateType, FloatType, NumericType, StringType, StructField, StructType, TimestampNTZType, TimestampType

NAMES = {
    "id": "id",
    "text": "text|content|body|maintext|article",
    "title": "title|headline",
    "published": "published|date|date_publish|publish_date|published_at|timestamp|datetime|time",
    "source": "source|source_domain|domain|site|publisher",
    "url": "url|link|uri",
    "lang": "lang|language",
    "embedding": "embedding",
}
# What newsfold takes for a time of publication, and the days that tools write where they know none.
PLAUSIBLE = (-11_518_243_200, 2_524_608_000)
UNKNOWN_DAYS = [0, 24_855, -25_567, -25_569, -24_107, -79_257]
DAY = 86_400
# A table of fewer rows is sent to every worker rather than shuffled.
SENT_ROWS = 1_000_000
# Where the archive of a wheel is unpacked on each worker.
WHEEL = "newsfold_wheel"
SIGNED = ("doc long, file int, start long, line long, id string, content long, seconds long, title string, source string, "
          "signature binary, reason string")


def kernels():
    """The package newsfold: that of the worker's Python, else that of the wheel that was sent along."""
    try:
        import newsfold
    except ImportError:
        from pyspark import SparkFiles
        sys.path.append(SparkFiles.get(WHEEL))
        import newsfold
    return newsfold


def rows(spark, options):
    """The records of all inputs as `doc`, `file` and `start` (whose order is that of input), `line` (of Parquet), a column
    for each field, `seconds` (of publication, where Spark can read it) and `broken` (the reason why it is no record);
    and the files by their numbers."""
    listed = [sorted(spark.read.text(path).inputFiles()) for path in options.input]
    files = list(dict.fromkeys(file for files in listed for file in files))
    is_parquet = all(".parquet" in file.rsplit("/", 1)[-1] for file in files)
    if not is_parquet and any(".parquet" in file.rsplit("/", 1)[-1] for file in files):
        raise SystemExit("Parquet and JSON Lines in one input: give them in two runs, or write the one as the other")
    names = {field: [named] if (named := getattr(options, f"{field}_field")) else list.split("|") for field, list in NAMES.items()}
    read = parquet if is_parquet else json_lines
    found = read(spark, options, names)
    numbers = spark.createDataFrame([(bare(file), number) for number, file in enumerate(files)], "path string, file int")
    # Spark writes one local file in two ways.
    path = F.regexp_replace("path", "^file:/+", "/")
    found = found.withColumn("doc", F.monotonically_increasing_id()).withColumn("path", path)
    found = found.join(F.broadcast(numbers), "path").drop("path")
    return found.withColumn("seconds", seconds(found.schema["published"].dataType)), [unquote(bare(file)) for file in files]


def of(documents, rows):
    """The rows of some documents, a date that is too late taken away. Where documents are few, every worker is told which
    they are, and no text is shuffled to find them."""
    documents = F.broadcast(documents) if documents.count() < SENT_ROWS else documents
    found = rows.drop("id", "seconds", "broken", "line").join(documents, "doc")
    return found.withColumn("published", F.when(~F.col("is_late"), F.col("published")))


def bare(file):
    return re.sub("^file:/+", "/", file)


def json_lines(spark, options, names):
    value, path, start = "value", F.col("_metadata.file_path").alias("path"), F.col("_metadata.file_block_start").alias("start")
    lines = spark.read.option("lineSep", "\n").text(options.input).select(value, path, start).where(F.col(value).rlike(r"[^\s]"))
    bare = F.when(F.col(value).startswith("\ufeff"), F.substring(value, 2, 1 << 30)).otherwise(F.col(value))
    known = [StructField(name, StringType()) for list in names.values() for name in list]
    schema = StructType([*known, StructField("_broken", StringType())])
    strict = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": "_broken", "allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}
    lines = lines.select("path", "start", F.octet_length(value).alias("bytes"), bare.rlike(r"^\s*\{").alias("is_object"),
                         F.from_json(bare, schema, strict).alias("record"))
    field = {field: chosen([F.col("record").getField(name) for name in list]) for field, list in names.items()}
    field["embedding"] = F.from_json(field["embedding"], ArrayType(FloatType()))
    record = F.col("record")
    broken = F.when(F.col("bytes") > options.max_record_bytes, "too_long").when(
        ~F.col("is_object") | record.isNull() | record.getField("_broken").isNotNull(), "not_json")
    return lines.select("path", "start", F.lit(None).cast("long").alias("line"), broken.alias("broken"),
                        *[column.alias(name) for name, column in field.items()])


def parquet(spark, options, names):
    found = spark.read.parquet(*options.input)
    kinds, chosen_of, texts = {field.name: field.dataType for field in found.schema}, {}, []
    for field, list in names.items():
        there = [name for name in list if name in kinds]
        if len(there) == 1 and not (field == "id" and kinds[there[0]] != StringType()):
            chosen_of[field] = F.col(f"`{there[0]}`")
        elif there:
            chosen_of[field] = chosen([F.col(f"`{name}`").cast("string") for name in there])
        else:
            chosen_of[field] = F.lit(None).cast("array<float>" if field == "embedding" else "string")
        texts += [F.coalesce(F.octet_length(f"`{name}`"), F.lit(0)) for name in there if kinds[name] == StringType()]
    bytes_of = sum(texts, F.lit(0))
    return found.select(
        F.col("_metadata.file_path").alias("path"), F.col("_metadata.file_block_start").alias("start"),
        (F.col("_metadata.row_index") + 1).alias("line"), F.when(bytes_of > options.max_record_bytes, "too_long").alias("broken"),
        *[column.alias(name) for name, column in chosen_of.items()])


def chosen(columns):
    """The first of some columns that holds something, else one that is there."""
    return F.coalesce(*[F.when(column != "", column) for column in columns], *columns)


def seconds(kind):
    """When a row was published, in seconds since 1970: of what Spark reads as newsfold does. Other dates are for newsfold
    alone to read."""
    published = F.col("published")
    if isinstance(kind, (TimestampType, TimestampNTZType)):
        found = F.unix_seconds(published.cast("timestamp"))
    elif isinstance(kind, DateType):
        found = F.unix_date(published).cast("long") * DAY
    elif isinstance(kind, NumericType):
        number = published.cast("double")
        found = F.floor(F.when(F.abs(number) < 1e11, number).when(F.abs(number) < 1e14, number / 1e3)).cast("long")
    else:
        written = F.trim(published.cast("string"))
        read = F.unix_seconds(F.when(written.rlike(r"^\d{4}-\d\d-\d\d($|[T ]\d\d:\d\d)"), written).try_cast("timestamp"))
        stamp = F.when(written.rlike(r"^\d{10}$"), written).when(written.rlike(r"^\d{13}$"), F.substring(written, 1, 10))
        found = F.coalesce(read, stamp.try_cast("long"))
    day = F.floor(found / DAY)
    is_known = found.between(PLAUSIBLE[0], PLAUSIBLE[1] - 1) & ~day.isin(UNKNOWN_DAYS) & ~(day + 1).isin(UNKNOWN_DAYS)
    return F.when(is_known, found)


def signed(rows, files, params, cpu):
    """Each row with its id and its signature, or with the reason why it has none. Adds to `cpu` the processor seconds that
    Python takes for it."""
    columns = ["doc", "file", "start", "line", "id", "text", "title", "published", "source", "url", "seconds", "broken"]
    content = F.xxhash64("text", "title").alias("content")

    def sign(batches):
        newsfold, begun = kernels(), time.process_time()
        for batch in batches:
            story = batch.select(["text", "title"])
            usable = pc.is_null(batch["broken"])
            signatures = pa.array(newsfold.signatures(story, **params))
            slots = signatures.type.list_size
            rows = pa.FixedSizeBinaryArray.from_buffers(
                pa.binary(2 * slots), len(batch), [None, signatures.values.buffers()[1]], offset=signatures.offset)
            usable = pc.and_(usable, signatures.is_valid())
            reason = batch["broken"]
            if not pc.all(usable).as_py():
                why = pa.table(newsfold.dedup(batch.filter(pc.invert(usable)).select(["text", "title"]), **params))["reason"]
                reason = pc.coalesce(reason, pc.replace_with_mask(pa.nulls(len(batch), pa.string()), pc.invert(usable),
                                                                   why.combine_chunks().cast(pa.string())))
            signature = pc.if_else(usable, rows.cast(pa.binary()), None)
            told = {name: batch[name] for name in ("doc", "file", "start", "line", "content", "seconds")}
            told |= {name: text(batch[name]) for name in ("title", "source")}
            told |= {"id": ids(newsfold, batch, files), "signature": signature, "reason": reason}
            yield pa.RecordBatch.from_pydict(in_order(told, SIGNED))
        cpu.add(time.process_time() - begun)

    return rows.select(*columns, content).mapInArrow(sign, SIGNED)


def text(column):
    """A column of texts; what is none has none."""
    return column if pa.types.is_string(column.type) else pa.nulls(len(column), pa.string())


def in_order(columns, schema):
    """Columns in the order of a schema as Spark writes it, which goes by their places."""
    return {name: columns[name] for name in (column.split()[0] for column in schema.split(", "))}


def ids(newsfold, batch, files):
    """The id of each row: its own, else its canonical URL, else its place."""
    own = pc.if_else(pc.not_equal(batch["id"], ""), batch["id"], None)
    if own.null_count == 0:
        return own
    # One word for all of them: nothing is compared, and what comes back is the id that a page of this URL has.
    pages = pa.table({"url": batch["url"], "title": pa.array(np.repeat("page", len(batch)))})
    of_pages = pa.table(newsfold.dedup(pages, threads=1))["id"].combine_chunks()
    has_page = pc.and_(pc.is_valid(batch["url"]), pc.invert(pc.starts_with(of_pages, "row#")))
    row = np.asarray(batch["doc"]) & ((1 << 33) - 1)
    places = zip(batch["file"].to_pylist(), batch["line"].to_pylist(), batch["start"].to_pylist(), row.tolist())
    named = [f"{files[file]}#{line if line else f'{start}.{row}'}" for file, line, start, row in places]
    return pc.coalesce(own, pc.if_else(has_page, of_pages.cast(pa.string()), None), pa.array(named, pa.string()))


def newest(documents):
    """The second after which a date is none, by newsfold's rule: one in a hundred documents may be later than the end of
    the crawl, by a week or by as much as the newer half of it is long."""
    dated = documents.where(F.col("seconds").isNotNull())
    days = dated.groupBy(F.floor(F.col("seconds") / DAY).alias("day")).count().orderBy("day").collect()
    last = sum(day["count"] for day in days) - 1
    if last < 0:
        return None

    def at(rank):
        for day in days:
            if rank < day["count"]:
                of_day = dated.where(F.floor(F.col("seconds") / DAY) == day["day"]).groupBy("seconds").count()
                return of_rank(of_day.orderBy("seconds").collect(), rank)
            rank -= day["count"]

    end, middle = at(last - (last + 1) // 100), at(last // 2)
    return end + max(end - middle, 7 * DAY)


def of_rank(counted, rank):
    for seconds, count in counted:
        if rank < count:
            return seconds
        rank -= count
