#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["matplotlib>=3.9,<4"]
# ///
"""What a night costs against so many remembered documents.

A corpus of `newsfold synth` is cut by time: its last documents are tonight's, the million before them were a night that
is remembered. What is remembered beyond those is older, and filled in by `benches/nights.rs`. Tonight is held against
copies of that store as it grows, and against nothing. CPU is user and system seconds; memory is the peak of resident
pages, mapped ones counted; `recall` is the stage that looks at every remembered signature, and its rate that of signatures
and what is read beside them. With --large, one more night of so many documents is held against the most. Fails if a
night takes more than 8 GiB, or signatures and keys more than 300 bytes a document. Sixteen million documents take 7 GB
in --work, beside the corpus of 4 KB a document.
"""
import argparse, itertools, json, os, shutil, subprocess, sys, tempfile
from pathlib import Path

import installed, measuring

CHART = {"matplotlib": "matplotlib>=3.9,<4"}
OF_TEXTS = 1_000_000
MOST_MEMORY, MOST_KEYS = 8 << 30, 300
COSTS = ("cpu_s", "wall_s", "peak_bytes")
SCANNED = ("signatures", "nodes")
OWN, OTHER = "#1f6f5c", "#9aa5b1"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--remembered", type=measuring.sizes, default="1000000,4000000,16000000", metavar="N,N", help="[%(default)s]")
    parser.add_argument("--tonight", type=int, default=20_000, help="documents of tonight [%(default)s]")
    parser.add_argument("--large", type=int, default=0, help="documents of a larger night against the most remembered")
    parser.add_argument("--seed", type=int, default=1, help="seed of the corpus [%(default)s]")
    parser.add_argument("--newsfold", type=Path, help="the program; NEWSFOLD in the environment, or built, if not given")
    parser.add_argument("--work", type=Path, help="folder for corpus and store while this lasts")
    parser.add_argument("--out", type=Path, help="the measurements as JSON")
    parser.add_argument("--svg", type=Path, help="the measurements as a picture")
    return parser.parse_args()


def cut(newsfold, chosen, work):
    """The documents that were a night, tonight's, and those of the larger night, which begins with tonight's."""
    corpus, late = work / "corpus.jsonl", min(OF_TEXTS, chosen.remembered[0])
    nights = {"late": late, "tonight": chosen.tonight} | ({"large": chosen.large} if chosen.large else {})
    docs = late + max(chosen.tonight, chosen.large)
    measuring.synth(newsfold, docs, chosen.seed, corpus)
    paths = {name: work / f"{name}.jsonl" for name in nights}
    for name, path in paths.items():
        start = 0 if name == "late" else late
        with open(corpus, "rb") as lines, open(path, "wb") as night:
            night.writelines(itertools.islice(lines, start, start + nights[name]))
    corpus.unlink()
    return paths


def nightly(newsfold, night, store, out):
    return [newsfold, "nightly", night, "--store", store, "--out", out, "--no-kept", "--quiet", "--max-reject-rate", "1"]


def stats(newsfold, store):
    told = subprocess.run([newsfold, "store", "stats", store, "--json"], check=True, capture_output=True, text=True)
    return json.loads(told.stdout)


def measure(newsfold, night, store, work):
    """A night against a copy of the store; its files are written once, so another name for each will do."""
    copy, out = work / "copy", work / "out"
    known = {"documents": 0, "bytes_by_file": {}, "key_bytes_per_document": 0}
    if store.exists():
        known = stats(newsfold, store)
        shutil.copytree(store, copy, copy_function=os.link, ignore=shutil.ignore_patterns("lock"))
    cost = measuring.measured(nightly(newsfold, night, copy, out))
    shutil.rmtree(copy)
    run = json.loads((out / "run.json").read_text())
    stages = {stage["stage"]: stage["seconds"] for stage in run["stages"]}
    scanned = sum(known["bytes_by_file"].get(file, 0) for file in SCANNED)
    print(f"against {known['documents']:,}: {cost['cpu_s']:.1f} CPU s, {cost['wall_s']:.1f} s", file=sys.stderr)
    return cost | {
        "remembered": known["documents"],
        "tonight": run["counts"]["accepted"],
        "stages_s": stages,
        "recall_bytes_per_s": scanned / stages["recall"],
        "key_bytes_per_document": known["key_bytes_per_document"],
        "bytes_by_file": known["bytes_by_file"],
    }


def rows(newsfold, fill, chosen, work):
    nights, store = cut(newsfold, chosen, work), work / "store"
    yield measure(newsfold, nights["tonight"], store, work)
    subprocess.run(nightly(newsfold, nights["late"], store, work / "out"), check=True, stdout=subprocess.DEVNULL)
    for remembered in chosen.remembered:
        subprocess.run([fill, "--store", store, "--docs", str(remembered)], check=True)
        yield measure(newsfold, nights["tonight"], store, work)
    if chosen.large:
        yield measure(newsfold, nights["large"], store, work)


def filling():
    """The program that fills a store, built as newsfold is."""
    build = ["cargo", "build", "--release", "--quiet", "--bench", "nights", "--message-format", "json"]
    told = subprocess.run(build, cwd=installed.ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    built = [json.loads(line) for line in told.splitlines()]
    return next(one["executable"] for one in built if one.get("target", {}).get("name") == "nights" and one["executable"])


def table(rows):
    yield "| tonight | remembered | CPU | wall | memory | MiB | CPU but for events | `recall` s | its MB/s | keys, bytes a document |"
    yield "|---" * 10 + "|"
    first = rows[0]
    for row in rows:
        ratios = [f"{row[cost] / first[cost]:.1f}" for cost in COSTS]
        stages = row["stages_s"]
        rest = (sum(stages.values()) - stages["events"]) / (sum(first["stages_s"].values()) - first["stages_s"]["events"])
        cells = [
            f"{row['tonight']:,}",
            f"{row['remembered']:,}",
            *ratios,
            f"{row['peak_bytes'] / measuring.MIB:,.0f}",
            f"{rest:.1f}",
            f"{stages['recall']:.2f}",
            f"{row['recall_bytes_per_s'] / 1e6:,.0f}" if row["remembered"] else "-",
            f"{row['key_bytes_per_document']:.0f}" if row["remembered"] else "-",
        ]
        yield f"| {' | '.join(cells)} |"


def bytes_of_texts(rows):
    """Bytes a document of each file, where all that is remembered is real texts."""
    row = rows[1]
    yield f"bytes a document of {row['remembered']:,} by file: " + ", ".join(
        f"{file} {size / row['remembered']:.0f}" for file, size in row["bytes_by_file"].items()
    )


def draw(rows, machine, path):
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams |= {"svg.hashsalt": "newsfold", "font.size": 9, "axes.titlesize": 10}
    matplotlib.rcParams |= {"axes.spines.top": False, "axes.spines.right": False}
    rows = [row for row in rows if row["tonight"] == rows[0]["tonight"]]
    remembered = [row["remembered"] / 1e6 for row in rows]
    figure, (time, memory) = pyplot.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    events = [row["stages_s"]["events"] for row in rows]
    recall = [row["stages_s"]["recall"] for row in rows]
    others = [sum(row["stages_s"].values()) - e - r for row, e, r in zip(rows, events, recall)]
    time.stackplot(remembered, others, recall, events, labels=["the rest", "recall", "events"], colors=["#123f35", OWN, OTHER])
    time.set(title="seconds of a night, by stage", ylim=0)
    time.legend(frameon=False)
    memory.plot(remembered, [row["peak_bytes"] / (1 << 30) for row in rows], marker="o", color=OWN)
    memory.set(title="GiB of memory", ylim=0)
    about = f"million remembered documents; {rows[0]['tonight']:,} tonight; {machine['cores']} cores ({machine['cpu']})"
    figure.supxlabel(about, fontsize=8, color="#555555")
    figure.savefig(path, format="svg", metadata={"Date": None, "Title": "a night against what is remembered"})


def main():
    chosen = arguments()
    if chosen.svg:
        installed.or_again(list(CHART), list(CHART.values()))
    newsfold, fill = installed.newsfold(chosen.newsfold), filling()
    with tempfile.TemporaryDirectory(dir=chosen.work) as work:
        measured = list(rows(newsfold, fill, chosen, Path(work)))
    machine = measuring.machine()
    print(f"newsfold {measuring.version(newsfold)}; {machine['cpu']}, {machine['cores']} cores\n")
    print("\n".join(table(measured)))
    print("\n" + "\n".join(bytes_of_texts(measured)))
    if chosen.out:
        chosen.out.write_text(json.dumps({"machine": machine, "rows": measured}, indent=1) + "\n")
    if chosen.svg:
        draw(measured, machine, chosen.svg)
    memory, keys = (max(row[what] for row in measured) for what in ("peak_bytes", "key_bytes_per_document"))
    if memory > MOST_MEMORY or keys > MOST_KEYS:
        sys.exit(f"{memory / (1 << 30):.1f} GiB of memory, {keys:.0f} bytes of signatures and keys a document")


if __name__ == "__main__":
    main()
