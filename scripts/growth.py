#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = []
# ///
"""How newsfold grows: CPU, wall and memory over the number of documents, at one thread and at two.

Writes corpora with `newsfold synth`, one after another, each deleted when it has been measured (or takes corpora), and
runs `dedup --no-kept` on each, with `--verb run` also `run --no-kept`. CPU is user and system seconds at two threads;
memory is the peak of resident pages at two threads, mapped ones counted, and what of it is beyond 100 MiB for each
document.
"""
import argparse, json, sys, tempfile
from pathlib import Path

import installed, measuring

FREE = 100 * measuring.MIB
THREADS = (1, 2)
COLUMNS = "documents", "MB", "CPU s", "CPU a document", "wall s, 1 thread", "2 threads", "2 over 1", "peak MiB", "bytes a document"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=measuring.sizes, default="100000,1000000,4000000", metavar="N,N", help="sizes [%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="seed of the corpora [%(default)s]")
    parser.add_argument("--corpus", type=Path, action="append", metavar="FILE", help="a corpus instead; may be repeated")
    parser.add_argument("--verb", choices=["dedup", "run"], default="dedup", help="`run`: measure that as well")
    parser.add_argument("--runs", type=int, default=1, help="runs of each, in turn; medians count [%(default)s]")
    parser.add_argument("--newsfold", type=Path, help="the program; NEWSFOLD in the environment, or built, if not given")
    parser.add_argument("--temp", type=Path, help="folder for corpora and results while this lasts")
    parser.add_argument("--out", type=Path, help="the measurements as JSON")
    return parser.parse_args()


def corpora(newsfold, chosen, temp):
    if chosen.corpus:
        yield from sorted(chosen.corpus, key=lambda path: path.stat().st_size)
        return
    for docs in chosen.docs:
        corpus = temp / f"corpus-{docs}.jsonl"
        measuring.synth(newsfold, docs, chosen.seed, corpus)
        yield corpus
        corpus.unlink()


def measure(newsfold, verb, corpus, runs, temp):
    out = temp / "out"
    costs = {threads: [] for threads in THREADS}
    for _ in range(runs):
        for threads in THREADS:
            command = [newsfold, verb, corpus, "--out", out, "--no-kept", "--quiet", "--max-reject-rate", "1"]
            costs[threads].append(measuring.measured([*command, "--threads", str(threads)]))
            cost = costs[threads][-1]
            print(f"{verb} {corpus.name}, {threads} threads: {cost['cpu_s']:.2f} CPU s, {cost['wall_s']:.2f} s", file=sys.stderr)
    documents = json.loads((out / "run.json").read_text())["counts"]["read"]
    one, two = (measuring.medians(costs[threads]) for threads in THREADS)
    return {
        "verb": verb,
        "corpus": corpus.name,
        "documents": documents,
        "bytes": corpus.stat().st_size,
        "cpu_s": two["cpu_s"],
        "cpu_s_1_thread": one["cpu_s"],
        "wall_s_1_thread": one["wall_s"],
        "wall_s_2_threads": two["wall_s"],
        "wall_2_over_1": two["wall_s"] / one["wall_s"],
        "peak_bytes": two["peak_bytes"],
        "bytes_a_document": max(0, two["peak_bytes"] - FREE) / documents,
    }


def table(rows):
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|---" * len(COLUMNS) + "|"
    least = rows[0]["cpu_s"] / rows[0]["documents"]
    for row in rows:
        cells = [
            f"{row['documents']:,}",
            f"{row['bytes'] / 1e6:,.0f}",
            f"{row['cpu_s']:.2f}",
            f"{row['cpu_s'] / row['documents'] / least:.2f}",
            f"{row['wall_s_1_thread']:.2f}",
            f"{row['wall_s_2_threads']:.2f}",
            f"{row['wall_2_over_1']:.2f}",
            f"{row['peak_bytes'] / measuring.MIB:,.0f}",
            f"{row['bytes_a_document']:,.0f}",
        ]
        yield f"| {' | '.join(cells)} |"


def main():
    chosen = arguments()
    newsfold = installed.newsfold(chosen.newsfold)
    verbs = ["dedup"] if chosen.verb == "dedup" else ["dedup", "run"]
    with tempfile.TemporaryDirectory(dir=chosen.temp) as temp:
        rows = []
        for corpus in corpora(newsfold, chosen, Path(temp)):
            rows += [measure(newsfold, verb, corpus, chosen.runs, Path(temp)) for verb in verbs]
    machine = measuring.machine()
    print(f"newsfold {measuring.version(newsfold)}; {machine['cpu']}, {machine['cores']} cores; medians of {chosen.runs}")
    for verb in verbs:
        print(f"\n`{verb}`:\n")
        print("\n".join(table([row for row in rows if row["verb"] == verb])))
    if chosen.out:
        chosen.out.write_text(json.dumps({"machine": machine, "runs": chosen.runs, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
