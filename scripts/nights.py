#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = []
# ///
"""Thirty nights in a row against one run over the thirty together.

usage: scripts/nights.py [CORPUS.jsonl] [--truth LABELS.tsv] [--nights 30] [--docs 20000] [--seed 1]

The corpus (of `newsfold synth`, if none is named) is cut by date into so many nights. Each is held against the store of
those before; the names that ended are then applied to all that was told before. Groups should be those of one run, and
events as good: told by BCubed F1 against the truth, where there is one, and of the nights against the one run. Boilerplate
is kept, as what is learned of it depends on the crawl. Fails if groups differ, or events are worse by more than 0.01.
"""
import argparse, json, subprocess, tempfile
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

import installed


def main():
    options = parsed()
    with tempfile.TemporaryDirectory() as temp:
        temp = Path(temp)
        corpus, truth = options.corpus, options.truth
        if not corpus:
            corpus = temp / "synth.jsonl"
            newsfold(options, "synth", "--docs", options.docs, "--seed", options.seed, "--out", corpus)
            truth = next(temp.glob("synth*.truth*"))
        inputs = cut(corpus, options.nights, temp)
        newsfold(options, "run", *inputs, "--out", temp / "one", "--keep-boilerplate", "--no-kept")
        one = rows(temp / "one" / "articles.jsonl")
        many, seconds, changes = {}, [], 0
        for number, night in enumerate(inputs):
            out = temp / f"night-{number}"
            newsfold(options, "nightly", night, "--store", temp / "store", "--out", out, "--keep-boilerplate", "--no-kept",
                     "--night", date(2025, 1, 1) + timedelta(number))
            ended = rows(out / "changes.jsonl")
            changes += len(ended)
            apply(many, ended)
            many |= {row["id"]: row for row in rows(out / "articles.jsonl")}
            seconds.append(json.loads((out / "run.json").read_text())["seconds"])
        newsfold(options, "store", "check", temp / "store")
        one = {row["id"]: row for row in one}
        assert one.keys() == many.keys(), "the nights have other documents than the one run"
        report(options, corpus, truth, one, many, seconds, changes)


def report(options, corpus, truth, one, many, seconds, changes):
    groups = differing(partition(one, "group"), partition(many, "group"))
    of = {name: partition(result, "event") for name, result in {"one": one, "many": many}.items()}
    print(f"{len(one):,} documents of {Path(corpus).name}, {options.nights} nights, {changes:,} names ended")
    print(f"seconds a night: {min(seconds):.2f} to {max(seconds):.2f}\n\n| | one run | nights |\n|---|---|---|")
    print(f"| groups | {len(set(partition(one, 'group').values())):,} | {len(set(partition(many, 'group').values())):,} |")
    print(f"| events | {len(set(of['one'].values())):,} | {len(set(of['many'].values())):,} |")
    scores = {}
    if truth:
        labels = {id: label for id, label in pairs(truth) if id in one}
        scores = {name: bcubed(labels, events) for name, events in of.items()}
        print("| BCubed P, R, F1 of events against the truth | " + " | ".join("%.4f, %.4f, %.4f" % s for s in scores.values()) + " |")
    alike = bcubed(of["one"], of["many"])
    print("| of the nights' events against the one run's | | %.4f, %.4f, %.4f |" % alike)
    print(f"| documents in another group | | {groups:,} |")
    worse = scores["one"][2] - scores["many"][2] if scores else 1 - alike[2]
    if groups or worse > 0.01:
        raise SystemExit(f"{groups} documents are in another group; events are worse by {worse:.4f}")


def apply(known, ended):
    """Names that ended become those that took their place."""
    into = {(change["what"], change["name"]): change["into"] for change in ended}
    for row in known.values():
        for what in ("group", "event"):
            row[what] = into.get((what, row[what]), row[what])


def partition(result, field):
    return {id: row[field] for id, row in result.items()}


def differing(a, b):
    """Documents that are with others in one partition than in the other."""
    def sets(of):
        members = defaultdict(set)
        for id, name in of.items():
            members[name].add(id)
        return members
    in_a, in_b = sets(a), sets(b)
    return sum(in_a[a[id]] != in_b[b[id]] for id in a)


def bcubed(gold, found):
    sizes, both, golds = defaultdict(int), defaultdict(int), defaultdict(int)
    for id, label in gold.items():
        sizes[found[id]] += 1
        golds[label] += 1
        both[found[id], label] += 1
    precision = sum(n * n / sizes[f] for (f, _), n in both.items()) / len(gold)
    recall = sum(n * n / golds[g] for (_, g), n in both.items()) / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


def cut(corpus, nights, temp):
    """The corpus by date, in so many files of whole days where that can be."""
    dated = sorted((day(json.loads(line).get("published") or ""), line) for line in open(corpus, encoding="utf-8") if line.strip())
    paths, start = [], 0
    for number in range(nights):
        end = len(dated) * (number + 1) // nights
        while start < end < len(dated) and dated[end][0] != "undated" and dated[end][0] == dated[end - 1][0]:
            end += 1
        if start < end:
            path = temp / f"night-{number:02}.jsonl"
            path.write_text("".join(line for _, line in dated[start:end]), encoding="utf-8")
            paths.append(path)
            start = end
    return paths


def day(published):
    """As in 2025-01-14; documents without a date that can be read come last, a little every night being no better."""
    for format in ("%m/%d/%y", "%m/%d/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(published[:10].strip(), format).date().isoformat()
        except ValueError:
            pass
    return "undated"


def rows(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def pairs(path):
    for line in open(path, encoding="utf-8"):
        if path.suffix == ".jsonl":
            row = json.loads(line)
            yield row["id"], row["event"]
        else:
            yield line.rstrip("\n").split("\t")[:2]


def newsfold(options, *arguments):
    subprocess.run([options.newsfold, *map(str, arguments), *(["--quiet"] if arguments[0] in ("run", "nightly") else [])],
                   check=True, stdout=subprocess.DEVNULL)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path, help="JSON Lines with published; of newsfold synth, if not given")
    parser.add_argument("--truth", type=Path, help="ids and events, with tabs between, or JSON Lines")
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--docs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--newsfold", type=Path, help="the program; NEWSFOLD in the environment, or built, if not given")
    options = parser.parse_args()
    options.newsfold = installed.newsfold(options.newsfold)
    return options


main()
