#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = []
# ///
"""Crawls that would make one event of everything: the largest event, CPU and memory on each.

usage: scripts/hostile_events.py [--docs 1000000] [--seed 1]

A corpus of `newsfold synth` (whose documents are about known happenings), and what becomes of it when all documents share
one headline, when each holds one more term, when all are of one day or of none; and a crawl that is one headline with a
number, over and over. Fails if an event holds more than a hundredth of a crawl in which happenings can be told apart.
"""
import argparse, json, subprocess, sys, tempfile
from pathlib import Path

import installed, measuring


def headline(document, at):
    document["title"] = "Officials meet again as talks continue"


def term(document, at):
    document["title"] += " Zyxwvut"
    document["text"] = "Zyxwvut. " + document["text"]


def one_day(document, at):
    document["published"] = "2025-01-13"


def no_day(document, at):
    document.pop("published", None)


def numbered(document, at):
    document.update(title=f"Officials meet again as talks continue {at}", text="")


def as_it_is(document, at):
    pass


CRAWLS = {
    "as it is": as_it_is,
    "one headline over all texts": headline,
    "a term in every document": term,
    "all of one day": one_day,
    "no dates": no_day,
    "one headline and a number": numbered,
}
# Here nothing tells one happening from another.
ONE_STORY = {"one headline and a number"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=1_000_000, help="documents of each crawl [%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="seed of the corpus [%(default)s]")
    parser.add_argument("--newsfold", type=Path, help="the program; NEWSFOLD in the environment, or built, if not given")
    chosen = parser.parse_args()
    program, swallowed = installed.newsfold(chosen.newsfold), []
    machine = measuring.machine()
    print(f"newsfold {measuring.version(program)}; {machine['cpu']}, {machine['cores']} cores; {chosen.docs:,} documents\n")
    print("| crawl | events | largest | CPU s | peak MiB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temp:
        corpus, crawl, out = Path(temp, "corpus.jsonl"), Path(temp, "crawl.jsonl"), Path(temp, "out")
        synth = [program, "synth", "--docs", str(chosen.docs), "--seed", str(chosen.seed), "--out", corpus]
        subprocess.run(synth, check=True, stdout=subprocess.DEVNULL)
        for name, change in CRAWLS.items():
            with open(corpus, encoding="utf-8") as lines, open(crawl, "w", encoding="utf-8") as changed:
                for at, line in enumerate(lines):
                    document = json.loads(line)
                    change(document, at)
                    changed.write(json.dumps(document, ensure_ascii=False) + "\n")
            run = [program, "run", crawl, "--out", out, "--no-kept", "--quiet", "--max-reject-rate", "1"]
            cost = measuring.measured(run)
            sizes = [json.loads(line)["size"] for line in open(out / "events.jsonl", encoding="utf-8")]
            if max(sizes) > max(chosen.docs // 100, 200) and name not in ONE_STORY:
                swallowed.append(name)
            cells = name, f"{len(sizes):,}", f"{max(sizes):,}", f"{cost['cpu_s']:.1f}", f"{cost['peak_bytes'] / measuring.MIB:,.0f}"
            print(f"| {' | '.join(cells)} |", flush=True)
    if swallowed:
        sys.exit(f"an event swallows the crawl: {', '.join(swallowed)}")


if __name__ == "__main__":
    main()
