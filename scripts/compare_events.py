#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["scikit-learn>=1.5,<2"]
# ///
"""newsfold's events beside what a notebook does: BCubed F1 on labelled corpora.

usage: scripts/compare_events.py [CORPUS.jsonl ...]      (JSON Lines: id, title, text, event; the sample, if none is named)

The notebook: TF-IDF of words and word pairs, the title doubled. It is helped twice over: k-means is told how many events
there are, and connected components (an edge above a cosine) take the threshold that the labels say is best. newsfold has
its one default. `uv run` or plain `python3` will do: what is missing is installed from PyPI into target/beside.
"""
import json, subprocess, sys, tempfile
from collections import Counter
from pathlib import Path

import installed


def documents(path):
    seen = set()
    for line in open(path, encoding="utf-8"):
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if document.get("event") is not None and document.get("id") not in seen:
            seen.add(document["id"])
            yield document


def bcubed(found, gold):
    n, both, f, g = len(gold), Counter(zip(found, gold)), Counter(found), Counter(gold)
    precision = sum(c * c / f[a] for (a, _), c in both.items()) / n
    recall = sum(c * c / g[b] for (_, b), c in both.items()) / n
    return 2 * precision * recall / (precision + recall)


def of_newsfold(program, path, ids):
    with tempfile.TemporaryDirectory() as temp:
        run = [program, "run", path, "--out", f"{temp}/out", "--no-kept", "--quiet", "--max-reject-rate", "1"]
        subprocess.run(run, check=True)
        event = {row["id"]: row["event"] for row in map(json.loads, open(f"{temp}/out/articles.jsonl"))}
    return [event.get(i, ("missing", i)) for i in ids]


def of_k_means(vectors, events):
    from sklearn.cluster import KMeans

    return KMeans(events, n_init=3, random_state=0).fit_predict(vectors)


def best_components(vectors, gold):
    from scipy.sparse.csgraph import connected_components

    cosines, marks = (vectors @ vectors.T).tocsr(), {}
    for percent in range(10, 80, 5):
        edges = cosines.copy()
        edges.data[edges.data < percent / 100] = 0
        edges.eliminate_zeros()
        marks[percent / 100] = bcubed(connected_components(edges, directed=False)[1], gold)
    return max(marks.values())


def main(paths):
    installed.or_again(["sklearn"], ["scikit-learn>=1.5,<2"])
    from sklearn.feature_extraction.text import TfidfVectorizer

    program, sums = installed.newsfold(), Counter()
    print("| corpus | documents | events | newsfold | k-means, told how many | components, told where |\n|---|---|---|---|---|---|")
    for path in paths:
        rows = list(documents(path))
        ids, gold = [row["id"] for row in rows], [row["event"] for row in rows]
        texts = [" ".join([row.get("title") or ""] * 2 + [row.get("text") or ""]) for row in rows]
        vectors = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2).fit_transform(texts)
        marks = {
            "newsfold": bcubed(of_newsfold(program, path, ids), gold),
            "k-means": bcubed(of_k_means(vectors, len(set(gold))), gold),
            "components": best_components(vectors, gold),
        }
        sums.update(marks)
        print(f"| {Path(path).stem} | {len(ids)} | {len(set(gold))} | " + " | ".join(f"{mark:.3f}" for mark in marks.values()) + " |")
    print("| mean | | | " + " | ".join(f"{total / len(paths):.3f}" for total in sums.values()) + " |")


if __name__ == "__main__":
    main(sys.argv[1:] or [str(installed.ROOT / "tests" / "data" / "sample.jsonl")])
