#!/usr/bin/env python3
"""What so many documents would cost, on paper: from unit costs measured here, to bytes and core hours.

Two seeded corpora of `newsfold synth`, one twice the other, go through `newsfold run --threads 1`; the stages' seconds are
what a document costs a core of this machine. Candidates are told by two parts: those of true copies, which every document
has however large the crawl, and those of strangers, which grow with it; the second corpus parts the two. Bytes follow from
the sizes of what is written. --threshold and --recall choose bands and rows as `run` does; strangers grow with the square
of a crawl, so at billions of documents a higher threshold pays, and the table says so.

Two ways are told: an array of jobs (sketch, trim, match, merge), whose match and merge hold all signatures in the memory
of one machine, and Spark, which sends band keys about (scripts/spark_newsfold.py) and holds none of them whole.
"""
import argparse, json, subprocess, tempfile
from pathlib import Path

import installed, measuring

CATALOG = 100  # bytes a document besides its signature: id, place, hashes, times; as `newsfold tune` counts
KEY = 16  # a band key and a document's number, as they are sent to who looks at the bucket
SET = 1100  # packed shingles of a text, of which candidates are compared
STORY = 680  # terms of a representative, of which events are made
EDGE = 20
READ = ("read", "boilerplate", "order")
MATCH = ("candidates", "verify")
EVENTS = ("features", "events", "label")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=measuring.sizes, default="10000000,1000000000,10000000000", metavar="N,N", help="whose cost is told [%(default)s]")
    parser.add_argument("--sample", type=int, default=100_000, help="documents of the larger measured corpus [%(default)s]")
    parser.add_argument("--threshold", type=float, default=0.65, help="as of `run` [%(default)s]")
    parser.add_argument("--recall", type=float, default=0.99, help="as of `run` [%(default)s]")
    parser.add_argument("--newsfold", type=Path, help="the program; NEWSFOLD in the environment, or built, if not given")
    parser.add_argument("--out", type=Path, help="the measurements and the table as JSON")
    return parser.parse_args()


def run(newsfold, docs, chosen, work):
    """What a run of so many documents says of itself, and the bytes it read and kept."""
    corpus, out = work / f"{docs}.jsonl", work / f"{docs}"
    measuring.synth(newsfold, docs, 1, corpus)
    told = ["--threshold", str(chosen.threshold), "--recall", str(chosen.recall)]
    subprocess.run([newsfold, "run", corpus, "--out", out, "--threads", "1", "--no-kept", "--quiet", *told], check=True)
    run = json.loads((out / "run.json").read_text())
    run["corpus_bytes"] = corpus.stat().st_size
    return run


def units(half, whole):
    """Costs of one document: core seconds by part, bytes read; candidates of copies, and of strangers for each other document."""
    docs = whole["counts"]["accepted"]
    seconds = lambda stages: sum(stage["seconds"] for stage in whole["stages"] if stage["stage"] in stages) / docs
    each = [run["counts"]["candidates"] / run["counts"]["accepted"] for run in (half, whole)]
    strangers = max(0.0, (each[1] - each[0]) / (docs - half["counts"]["accepted"]))
    return {
        "documents": docs, "bytes": whole["corpus_bytes"] / docs, "bands": whole["shape"]["bands"], "rows": whole["shape"]["rows"],
        "read_s": seconds(READ), "match_s": seconds(MATCH), "events_s": seconds(EVENTS),
        "candidates_of_copies": each[1] - strangers * docs, "candidates_of_strangers": strangers,
        "verified_s": sum(s["seconds"] for s in whole["stages"] if s["stage"] == "verify") / max(1, whole["counts"]["verified_pairs"]),
        "edges": whole["counts"]["edges"] / docs, "kept": whole["counts"]["kept"] / docs,
    }


def cost(docs, unit, signature):
    candidates = unit["candidates_of_copies"] + unit["candidates_of_strangers"] * docs
    hours = lambda seconds: seconds * docs / 3600
    match = unit["match_s"] + unit["verified_s"] * (candidates - unit["candidates_of_copies"])
    return {
        "documents": docs,
        "read_bytes": docs * unit["bytes"],
        "sketch_core_h": hours(unit["read_s"]), "match_core_h": hours(match), "events_core_h": hours(unit["events_s"]),
        "sketches_bytes": docs * (signature + CATALOG), "one_machine_bytes": docs * (signature + CATALOG),
        "keys_bytes": docs * unit["bands"] * KEY, "candidates": candidates * docs,
        "compared_bytes": 2 * candidates * docs * SET, "edges_bytes": docs * unit["edges"] * EDGE,
        "stories_bytes": docs * unit["kept"] * STORY,
    }


def written(size):
    for name in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000:
            return f"{size:.3g} {name}"
        size /= 1000
    return f"{size:.3g} PB"


ROWS = [
    ("text read", "read_bytes", written),
    ("core hours, text to signatures", "sketch_core_h", "{:,.1f}".format),
    ("core hours, candidates compared", "match_core_h", "{:,.1f}".format),
    ("core hours, events", "events_core_h", "{:,.1f}".format),
    ("array jobs: sketches on disk, and memory of a match or merge", "sketches_bytes", written),
    ("Spark: band keys shuffled", "keys_bytes", written),
    ("Spark: candidates", "candidates", "{:,.0f}".format),
    ("Spark: shingles shuffled to compare them", "compared_bytes", written),
    ("Spark: edges, for each round of components", "edges_bytes", written),
    ("Spark: stories shuffled for events", "stories_bytes", written),
]


def main():
    chosen = arguments()
    newsfold = installed.newsfold(chosen.newsfold)
    with tempfile.TemporaryDirectory() as work:
        half, whole = (run(newsfold, docs, chosen, Path(work)) for docs in (chosen.sample // 2, chosen.sample))
    unit = units(half, whole)
    signature = 2 * whole["parameters"]["sketch"]["slots"]
    costs = [cost(docs, unit, signature) for docs in chosen.documents]
    machine = measuring.machine()
    print(f"threshold {chosen.threshold}: {unit['bands']} bands of {unit['rows']} rows; measured on {unit['documents']:,} documents, {machine['cpu']}\n")
    print("| | " + " | ".join(f"{each['documents']:,}" for each in costs) + " |\n|---|" + "---|" * len(costs))
    for name, key, form in ROWS:
        print(f"| {name} | " + " | ".join(form(each[key]) for each in costs) + " |")
    if chosen.out:
        chosen.out.write_text(json.dumps({"machine": machine, "unit": unit, "costs": costs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
