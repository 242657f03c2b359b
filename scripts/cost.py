#!/usr/bin/env python3
"""What so many documents would cost, on paper: from unit costs measured here, to bytes and core hours.

A seeded corpus of `newsfold synth` goes through `newsfold run --threads 1`; the stages' seconds are what a document costs a
core of this machine, and nothing else of a cluster's time is told. Bytes follow from the sizes of what is sent or written.
Documents that share nothing but a band by chance are counted as `newsfold tune` counts them, two sharing --strangers of
their shingles: they grow with the square of a crawl, so that at billions of documents a higher threshold, which takes more
rows, pays.

Two ways are told: an array of jobs (sketch, trim, match, merge), whose match and merge hold all signatures in the memory
of one machine, and Spark (scripts/spark_newsfold.py), which sends signatures, keys and texts about and holds none whole.
"""
import argparse, json, subprocess, tempfile
from pathlib import Path

import installed, measuring

CATALOG = 100  # bytes a document besides its signature: id, place, hashes, times; as `newsfold tune` counts
KEY = 24  # a band key, a document's number and its part, as they are sent to who looks at the bucket
PAIR = 16  # two documents, in each round of components
READ = ("read", "boilerplate", "order")
MATCH = ("candidates", "verify")
EVENTS = ("features", "events", "label")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=measuring.sizes, default="10000000,1000000000,10000000000", metavar="N,N", help="whose cost is told [%(default)s]")
    parser.add_argument("--sample", type=int, default=100_000, help="documents that are measured [%(default)s]")
    parser.add_argument("--threshold", type=float, default=0.65, help="as of `run` [%(default)s]")
    parser.add_argument("--recall", type=float, default=0.99, help="as of `run` [%(default)s]")
    parser.add_argument("--strangers", type=float, default=0.002, help="shingles that two unlike documents share [%(default)s]")
    parser.add_argument("--newsfold", type=Path, help="the program; NEWSFOLD in the environment, or built, if not given")
    parser.add_argument("--out", type=Path, help="the measurements and the table as JSON")
    return parser.parse_args()


def run(newsfold, chosen, work):
    """What a run says of itself, and the bytes of its input."""
    corpus, out = work / "corpus.jsonl", work / "result"
    measuring.synth(newsfold, chosen.sample, 1, corpus)
    told = ["--threshold", str(chosen.threshold), "--recall", str(chosen.recall)]
    subprocess.run([newsfold, "run", corpus, "--out", out, "--threads", "1", "--no-kept", "--quiet", *told], check=True)
    return json.loads((out / "run.json").read_text()) | {"corpus_bytes": corpus.stat().st_size}


def units(run, strangers):
    """What one document costs: core seconds by part, bytes, pairs; and the chance that two strangers share a band."""
    docs, bands, rows = run["counts"]["accepted"], run["shape"]["bands"], run["shape"]["rows"]
    seconds = lambda stages: sum(stage["seconds"] for stage in run["stages"] if stage["stage"] in stages) / docs
    return {
        "documents": docs, "bytes": run["corpus_bytes"] / docs, "bands": bands, "rows": rows,
        "signature": 2 * run["parameters"]["sketch"]["slots"], "kept": run["counts"]["kept"] / docs,
        "read_s": seconds(READ), "match_s": seconds(MATCH), "events_s": seconds(EVENTS),
        "candidates": run["counts"]["candidates"] / docs, "by_chance": 1 - (1 - strangers**rows) ** bands,
    }


def cost(docs, unit):
    hours = lambda seconds: seconds * docs / 3600
    return {
        "documents": docs, "text": docs * unit["bytes"],
        "sketch_h": hours(unit["read_s"]), "match_h": hours(unit["match_s"]), "events_h": hours(unit["events_s"]),
        "sketches": docs * (unit["signature"] + CATALOG), "signatures": docs * unit["signature"],
        "keys": docs * unit["bands"] * KEY, "pairs": docs * unit["candidates"] * PAIR,
        "stories": 2 * docs * unit["kept"] * unit["bytes"], "strangers": docs * unit["by_chance"],
    }


def written(size):
    for name in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000:
            return f"{size:.3g} {name}"
        size /= 1000
    return f"{size:.3g} PB"


ROWS = [
    ("text", "text", written),
    ("core hours: text to signatures", "sketch_h", "{:,.1f}".format),
    ("core hours: bands and comparing", "match_h", "{:,.1f}".format),
    ("core hours: events", "events_h", "{:,.1f}".format),
    ("array jobs: sketches on disk; memory of a match, of the merge", "sketches", written),
    ("Spark: signatures shuffled, once", "signatures", written),
    ("Spark: band keys shuffled, once", "keys", written),
    ("Spark: pairs shuffled, in each round of components", "pairs", written),
    ("Spark: texts shuffled for comparing, once", "text", written),
    ("Spark: texts shuffled for events, in two windows each", "stories", written),
    ("strangers in a document's buckets, by chance", "strangers", "{:,.3g}".format),
]


def main():
    chosen = arguments()
    newsfold = installed.newsfold(chosen.newsfold)
    with tempfile.TemporaryDirectory() as work:
        unit = units(run(newsfold, chosen, Path(work)), chosen.strangers)
    costs = [cost(docs, unit) for docs in chosen.documents]
    machine = measuring.machine()
    print(f"threshold {chosen.threshold}: {unit['bands']} bands of {unit['rows']} rows; measured on {unit['documents']:,} documents, {machine['cpu']}\n")
    print("| | " + " | ".join(f"{each['documents']:,}" for each in costs) + " |\n|---|" + "---|" * len(costs))
    for name, key, form in ROWS:
        print(f"| {name} | " + " | ".join(form(each[key]) for each in costs) + " |")
    if chosen.out:
        chosen.out.write_text(json.dumps({"machine": machine, "unit": unit, "costs": costs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
