#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["rensa>=0.5,<0.6", "datasketch>=2,<3"]
# ///
"""newsfold beside other near-duplicate programs: same corpus, same truth, same machine.

usage: scripts/compare_rivals.py [--docs N] [--seed S] [--out FILE.json]

Writes a corpus with `newsfold synth`, runs each contender on it in a process of its own, from the file on disk to group
labels on disk (words: lower-cased, cut at white space; shingles of 5; 128 slots), and judges all by the same exact
Jaccard of every copy and its original. Prints a table of ratios to newsfold; `uv run` or plain `python3` will do: what
is missing is installed from PyPI into target/beside.
"""
import argparse, json, os, platform, subprocess, sys, tempfile, time
from pathlib import Path

import installed

WIDTH, SLOTS, THRESHOLD, BANDS = 5, 128, 0.65, 32
REQUIREMENTS = ["rensa>=0.5,<0.6", "datasketch>=2,<3"]


def documents(path):
    for line in open(path, encoding="utf-8"):
        document = json.loads(line)
        yield document["id"], document["text"]


def shingles(text):
    words = text.lower().split()
    return {" ".join(words[i:i + WIDTH]) for i in range(max(1, len(words) - WIDTH + 1))}


class Groups(dict):
    """Union-find over ids."""

    def head(self, x):
        while self.setdefault(x, x) != x:
            self[x] = self[self[x]]
            x = self[x]
        return x

    def join(self, a, b):
        self[self.head(a)] = self.head(b)


def write_groups(groups, ids, out):
    with open(out, "w") as file:
        for i in ids:
            file.write(json.dumps({"id": i, "group": groups.head(i)}) + "\n")


def rensa(corpus, out):
    from rensa import RMinHash, RMinHashLSH

    index, groups, ids = RMinHashLSH(THRESHOLD, SLOTS, BANDS), Groups(), []
    for row, (name, text) in enumerate(documents(corpus)):
        signature = RMinHash(num_perm=SLOTS, seed=42)
        signature.update(list(shingles(text)))
        for other in index.query(signature):
            groups.join(ids[other], name)
        index.insert(row, signature)
        ids.append(name)
    write_groups(groups, ids, out)


def datasketch(corpus, out):
    from datasketch import MinHash, MinHashLSH

    index, groups, ids, signatures = MinHashLSH(num_perm=SLOTS, params=(BANDS, SLOTS // BANDS)), Groups(), [], {}
    for name, text in documents(corpus):
        signature = MinHash(num_perm=SLOTS)
        signature.update_batch([s.encode() for s in shingles(text)])
        for other in index.query(signature):
            if signature.jaccard(signatures[other]) >= THRESHOLD:
                groups.join(other, name)
        index.insert(name, signature)
        signatures[name] = signature
        ids.append(name)
    write_groups(groups, ids, out)


RIVALS = {"rensa": rensa, "datasketch": datasketch}


def measured(command):
    """CPU and wall seconds and peak MiB of a command."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return {"cpu_s": usage.ru_utime + usage.ru_stime, "wall_s": time.monotonic() - start, "peak_mib": usage.ru_maxrss / 1024}


def truth(corpus, path):
    """Exact similarity of every copy and its original, and the family of every document."""
    family = {row["id"]: row["group"] for row in map(json.loads, open(path))}
    sets = {i: frozenset(map(hash, shingles(text))) for i, text in documents(corpus)}
    pairs = [(i, f, len(sets[i] & sets[f]) / len(sets[i] | sets[f])) for i, f in family.items() if i != f]
    return family, pairs


def judge(labels, family, pairs):
    group = {row["id"]: row["group"] for row in map(json.loads, open(labels))}
    marks = {}
    for low, high in ((0.9, 1.01), (0.8, 0.9), (0.7, 0.8)):
        together = [group[a] == group[b] for a, b, s in pairs if low <= s < high]
        marks[f"recall_{low}"] = sum(together) / len(together) if together else None
    sizes, pure = {}, {}
    for i, g in group.items():
        sizes[g] = sizes.get(g, 0) + 1
        pure[g, family[i]] = pure.get((g, family[i]), 0) + 1
    count = lambda ns: sum(n * (n - 1) // 2 for n in ns)
    marks["precision"] = count(pure.values()) / max(1, count(sizes.values()))
    return marks


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    installed.or_again(RIVALS, REQUIREMENTS)
    newsfold = installed.newsfold()
    with tempfile.TemporaryDirectory() as temp:
        corpus = Path(temp) / "corpus.jsonl"
        synth = [newsfold, "synth", "--docs", str(arguments.docs), "--seed", str(arguments.seed), "--out", corpus]
        subprocess.run(synth, check=True, stdout=subprocess.DEVNULL)
        # Measured before this process grows: a child's peak begins with its parent's size.
        out = Path(temp) / "out"
        command = [newsfold, "dedup", corpus, "--out", out, "--no-kept", "--quiet"]
        runs = sorted((measured(command) for _ in range(5)), key=lambda run: run["cpu_s"])
        results, labels = {"newsfold": runs[2]}, {"newsfold": out / "articles.jsonl"}
        for name in RIVALS:
            labels[name] = Path(temp) / f"{name}.jsonl"
            results[name] = measured([sys.executable, __file__, "--contender", name, corpus, labels[name]])
        family, pairs = truth(corpus, corpus.with_suffix(".truth.jsonl"))
        for name, path in labels.items():
            results[name] |= judge(path, family, pairs)
    own = results["newsfold"]
    print(f"{arguments.docs} documents, seed {arguments.seed}; {platform.processor() or platform.machine()}, {os.cpu_count()} processors\n")
    print("| program | CPU | wall | memory | recall .9+ | .8-.9 | .7-.8 | precision |\n|---|---|---|---|---|---|---|---|")
    for name, r in results.items():
        ratios = " | ".join(f"{r[key] / own[key]:.1f}x" for key in ("cpu_s", "wall_s", "peak_mib"))
        marks = " | ".join(f"{r[key]:.4f}" for key in ("recall_0.9", "recall_0.8", "recall_0.7", "precision"))
        print(f"| {name} | {ratios} | {marks} |")
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contender"]:
        RIVALS[sys.argv[2]](*sys.argv[3:5])
    else:
        main()
