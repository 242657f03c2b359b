#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "daft>=0.7,<0.8", "gaoya>=0.2,<0.3", "rensa>=0.5,<0.6", "datasketch>=2,<3", "datatrove>=0.10,<0.11",
#   "spacy>=3.8,<4", "tokenizers", "regex", "xxhash>=3,<4", "orjson>=3.10,<4", "numpy>=2,<3", "matplotlib>=3.9,<4",
# ]
# ///
"""newsfold beside other near-duplicate programs: same corpus, same truth, same machine.

Writes a corpus with `newsfold synth` (or takes one), runs each contender on it in a process of its own, from the file on
disk to groups on disk, and judges all by the exact Jaccard of every pair of documents. Prints a table of ratios to
newsfold, which runs before each of the others. How each is used, and with what parameters, is in scripts/rivals, one
file a contender. `uv run` or plain `python3` will do: what is missing is installed from PyPI into target/beside.
"""
import argparse, importlib.metadata, json, os, subprocess, sys, tempfile
from pathlib import Path

import installed, measuring
from rivals import COMMON, CONTENDERS, SLOTS, THRESHOLD, WIDTH, truth
from rivals.judge import Judge, of_contender, of_newsfold

CHART = {"matplotlib": "matplotlib>=3.9,<4"}
COSTS, MARKS = ("cpu_s", "wall_s", "peak_bytes"), ("recall_0.9", "recall_0.8", "recall_0.7", "precision")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=20_000, help="documents of the corpus that is written [%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="its seed [%(default)s]")
    parser.add_argument("--corpus", type=Path, help="JSON Lines with `id` and `text`, instead")
    parser.add_argument("--families", type=Path, help="JSON Lines with `id` and `group`: families known in --corpus")
    parser.add_argument("--pairs", type=Path, help="its exact truth (id, id, Jaccard, by tabs) instead of finding it")
    parser.add_argument("--only", type=names, default=list(CONTENDERS), metavar="A,B", help="contenders")
    parser.add_argument("--runs", type=int, default=1, help="runs of each, in turn; medians count [%(default)s]")
    parser.add_argument("--bands", type=int, default=32, help=f"bands that {SLOTS} slots are cut into [%(default)s]")
    parser.add_argument("--newsfold", type=Path, help="the program; NEWSFOLD in the environment, or built, if not given")
    parser.add_argument("--temp", type=Path, help="folder for corpus and results while this lasts")
    parser.add_argument("--out", type=Path, help="the results as JSON")
    parser.add_argument("--svg", type=Path, help="the results as a picture")
    chosen = parser.parse_args()
    if SLOTS % chosen.bands:
        parser.error(f"--bands: {SLOTS} slots are not cut into {chosen.bands}")
    return chosen


def names(text):
    chosen = text.split(",")
    if unknown := set(chosen) - set(CONTENDERS):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not among {', '.join(CONTENDERS)}")
    return chosen


def install(chosen):
    needs = COMMON | (CHART if chosen.svg else {})
    for name in chosen.only:
        needs |= CONTENDERS[name].needs
    installed.or_again(list(needs), list(needs.values()))


def synthetic(newsfold, chosen, temp):
    corpus = temp / "corpus.jsonl"
    synth = [newsfold, "synth", "--docs", str(chosen.docs), "--seed", str(chosen.seed), "--out", corpus]
    subprocess.run(synth, check=True, stdout=subprocess.DEVNULL)
    return corpus, corpus.with_suffix(".truth.jsonl")


def run_all(newsfold, corpus, chosen, temp):
    """What each costs, and the file of its groups."""
    groups = {"newsfold": temp / "newsfold" / "articles.jsonl"} | {name: temp / f"{name}.tsv" for name in chosen.only}
    dedup = [newsfold, "dedup", corpus, "--out", temp / "newsfold", "--no-kept", "--quiet", "--threshold", str(THRESHOLD)]
    dedup += ["--width", str(WIDTH), "--slots", str(SLOTS), "--max-reject-rate", "1"]
    runs = {name: [] for name in groups}
    for _ in range(chosen.runs):
        for name in chosen.only:
            contender = [sys.executable, __file__, "--contender", name, corpus, groups[name], str(chosen.bands)]
            for who, command in (("newsfold", dedup), (name, contender)):
                runs[who].append(measuring.measured(command))
                print(f"{who}: {runs[who][-1]['cpu_s']:.2f} CPU s", file=sys.stderr)
    return {name: measuring.medians(runs) for name, runs in runs.items()}, groups


def compare(newsfold, chosen, temp):
    corpus, families = (chosen.corpus, chosen.families) if chosen.corpus else synthetic(newsfold, chosen, temp)
    results, groups = run_all(newsfold, corpus, chosen, temp)
    pairs = chosen.pairs
    if not pairs:
        print("finding the exact truth", file=sys.stderr)
        pairs = temp / "pairs.tsv"
        truth.write(corpus, families, pairs)
    judge = Judge(pairs, truth.family_of(families) if families else {})
    versions = {name: importlib.metadata.version(CONTENDERS[name].module) for name in chosen.only}
    for name, path in groups.items():
        results[name] |= judge.marks(of_newsfold(path) if name == "newsfold" else of_contender(path))
        results[name]["version"] = versions.get(name) or measuring.version(newsfold)
    return {
        "machine": measuring.machine(),
        "corpus": str(chosen.corpus or f"newsfold synth --docs {chosen.docs} --seed {chosen.seed}"),
        "bytes": corpus.stat().st_size,
        "documents": sum(1 for _ in open(corpus, "rb")),
        "runs": chosen.runs,
        "bands": chosen.bands,
        "results": results,
    }


def table(report):
    machine, own = report["machine"], report["results"]["newsfold"]
    corpus = f"{report['documents']:,} documents, {report['bytes'] / 1e6:.0f} MB ({report['corpus']})"
    yield f"{corpus}; {machine['cpu']}, {machine['cores']} cores"
    yield ""
    yield "| program | CPU | wall | memory | recall at Jaccard .9+ | .8-.9 | .7-.8 | precision |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, result in report["results"].items():
        ratios = [f"{result[cost] / own[cost]:.1f}" for cost in COSTS]
        marks = ["-" if result[mark] is None else f"{result[mark]:.4f}" for mark in MARKS]
        yield f"| {name} {result['version']} | {' | '.join(ratios + marks)} |"
    yield ""
    yield (
        f"newsfold: {own['cpu_s']:.2f} CPU s, {own['wall_s']:.2f} s, {own['peak_bytes'] / measuring.MIB:.0f} MiB. "
        f"Pairs: {own['pairs_0.9']:,}, {own['pairs_0.8']:,}, {own['pairs_0.7']:,}. "
        f"{report['bands']} bands for those that take bands; medians of {report['runs']}."
    )


def main():
    chosen = arguments()
    install(chosen)
    os.environ["DO_NOT_TRACK"] = "1"  # Daft would else call home while it is measured.
    newsfold = installed.newsfold(chosen.newsfold)
    with tempfile.TemporaryDirectory(dir=chosen.temp) as temp:
        report = compare(newsfold, chosen, Path(temp))
    print("\n".join(table(report)))
    if chosen.out:
        chosen.out.write_text(json.dumps(report, indent=1) + "\n")
    if chosen.svg:
        from rivals import chart

        chart.draw(report, chosen.svg)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--contender", name, corpus, out, bands]:
            CONTENDERS[name].run(corpus, out, int(bands))
        case ["--truth", *paths]:
            truth.main(*paths)
        case _:
            main()
