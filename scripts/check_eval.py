#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["scikit-learn>=1.5,<2"]
# ///
"""newsfold's `eval` beside scikit-learn and a plain BCubed, on clusterings drawn at random.

usage: scripts/check_eval.py [--seed S] [--draws N] [--judge SCORE.py]

Every figure of `newsfold eval --json` is compared, to 1e-9: ARI, homogeneity, completeness, V-measure and pairs with
scikit-learn, BCubed with a loop over documents, AMI with whole numbers and 50 digits: scikit-learn's own AMI is shown
beside it, but where most documents are alone it is itself off by 1e-8, and is held to 1e-6. A draw is a gold and a found labelling of one to some hundred documents:
few or many clusters, most documents alone, one cluster of nearly all, a copy of gold with errors, all alone, all in one;
some documents missing from the result, some unknown to gold, some ids twice; ids as text or numbers. --judge names a
program that is called with the result and the gold file and prints BCubed, pair F1 and ARI as JSON with four decimals;
it is compared to half of the last, where no id stands twice. Exits with 1 if anything differs more. The program is the
one that NEWSFOLD names, or is built for release; what is missing is installed from PyPI into target/beside.
"""
import argparse, json, random, subprocess, sys, tempfile
from collections import Counter
from decimal import Decimal, getcontext
from math import comb
from pathlib import Path

import installed

getcontext().prec = 50
CLOSE, OTHERS_AMI = 1e-9, "ami, scikit-learn"
MANNERS = {
    "few": lambda draw, n: [draw.randrange(draw.randint(2, 8)) for _ in range(n)],
    "many": lambda draw, n: [draw.randrange(max(n // 3, 1)) for _ in range(n)],
    "most alone": lambda draw, n: [i if draw.random() < 0.9 else -draw.randint(1, 4) for i in range(n)],
    "one big": lambda draw, n: [0 if draw.random() < 0.95 else draw.randint(1, 5) for _ in range(n)],
    "long tail": lambda draw, n: [int(draw.paretovariate(0.7)) for _ in range(n)],
    "all alone": lambda draw, n: list(range(n)),
    "all in one": lambda draw, n: [0] * n,
}


def answer(draw, gold):
    """A labelling of its own, or gold with errors."""
    if draw.random() < 0.5:
        return draw.choice(list(MANNERS.values()))(draw, len(gold))
    errors = draw.choice([0, 0.02, 0.2])
    return [draw.choice(gold) if draw.random() < errors else label for label in gold]


def drawn(draw):
    """Rows of (id, label) for gold and for the result, and whether an id stands twice in one of them."""
    n = draw.choice([1, 2, 3, 10, 50, 300, draw.randint(1, 800)])
    labels = draw.choice(list(MANNERS.values()))(draw, n)
    gold, found = list(enumerate(labels)), list(enumerate(answer(draw, labels)))
    if draw.random() < 0.4:
        share = draw.choice([0.05, 0.5, 1])
        found = [row for row in found if draw.random() >= share]
    if draw.random() < 0.3:
        found += [(n + i, draw.randrange(5)) for i in range(draw.randint(1, 20))]
    twice = draw.random() < 0.3
    if twice:
        for rows in (gold, found):
            rows += [(i, draw.randrange(5)) for i, _ in draw.sample(rows, len(rows) // 10)]
    else:
        draw.shuffle(gold)
        draw.shuffle(found)
    return gold, found, twice


def written(path, rows, name):
    path.write_text("".join(json.dumps({"id": name(i), "event": label}) + "\n" for i, label in rows))


def sides(gold, found):
    """The labels to be compared: the first of an id counts, what is missing is alone, what gold lacks is left out."""
    found, gold = dict(reversed(found)), dict(reversed(gold))
    return list(gold.values()), [found.get(i, ("missing", i)) for i in gold], sum(i not in found for i in gold)


def harmonic(a, b):
    return 2 * a * b / (a + b) if a + b else 0.0


def bcubed(gold, found):
    places = lambda labels: [{j for j, other in enumerate(labels) if other == label} for label in labels]
    precision = recall = 0
    for truth, guess in zip(places(gold), places(found)):
        precision += len(truth & guess) / len(guess) / len(gold)
        recall += len(truth & guess) / len(truth) / len(gold)
    return {"precision": precision, "recall": recall, "f1": harmonic(precision, recall)}


def ami(gold, found):
    """(MI - E) / (mean of the entropies - E), of which only sums of n ln n are left."""
    n, of_gold, of_found = len(gold), Counter(gold), Counter(found)
    log = [Decimal(0)] + [Decimal(k).ln() for k in range(1, n + 1)]
    total = lambda sizes: sum((size * log[size] for size in sizes.values()), Decimal(0))
    by_chance = Decimal(0)
    for a, times in Counter(of_gold.values()).items():
        for b, too in Counter(of_found.values()).items():
            weighed = (comb(a, k) * comb(n - a, b - k) * k * log[k] for k in range(2, min(a, b) + 1))
            by_chance += times * too * sum(weighed, Decimal(0)) / comb(n, b)
    room = (total(of_gold) + total(of_found)) / 2 - by_chance
    return float((total(Counter(zip(gold, found))) - by_chance) / room) if abs(room) > 1e-30 else 1.0


def expected(gold, found, missing):
    from sklearn import metrics

    numbers = {label: number for number, label in enumerate(dict.fromkeys(found))}
    documents, found = len(gold), [numbers[label] for label in found]
    (_, wrong), (lost, both) = metrics.cluster.pair_confusion_matrix(gold, found).tolist()
    precision, recall = both / (both + wrong) if both else 0.0, both / (both + lost) if both else 0.0
    homogeneity, completeness, v_measure = metrics.homogeneity_completeness_v_measure(gold, found)
    return {
        "documents": documents,
        "missing": missing,
        "found": len(numbers),
        "gold": len(set(gold)),
        "bcubed": bcubed(gold, found),
        "pairs": {"precision": precision, "recall": recall, "f1": harmonic(precision, recall)},
        "ari": metrics.adjusted_rand_score(gold, found),
        "ami": ami(gold, found),
        "homogeneity": homogeneity,
        "completeness": completeness,
        "v_measure": v_measure,
        OTHERS_AMI: metrics.adjusted_mutual_info_score(gold, found),
    }


def flat(scores):
    for key, value in scores.items():
        if isinstance(value, dict):
            yield from ((f"{key} {inner}", number) for inner, number in value.items())
        else:
            yield key, value


def said(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def beside(judge, result, gold, scores):
    """The differences from another program's four decimals, less what rounding may make of them."""
    other = said([sys.executable, judge, result, gold])
    pairs = {"bcubed precision": "bcubed_precision", "bcubed recall": "bcubed_recall", "bcubed f1": "bcubed_f1", "pairs f1": "pair_f1", "ari": "ari"}
    for name, key in pairs.items():
        yield f"{name}, {Path(judge).stem}", max(abs(scores[name] - other[key]) - 0.5e-4, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--judge", type=Path)
    args = parser.parse_args()
    installed.or_again(["sklearn"], ["scikit-learn>=1.5,<2"])
    program, draw, worst = installed.newsfold(), random.Random(args.seed), {}
    with tempfile.TemporaryDirectory() as temp:
        result, labels = Path(temp, "found.jsonl"), Path(temp, "gold.jsonl")
        for number in range(args.draws):
            gold, found, twice = drawn(draw)
            # another program may not hold 7 and "7" to be one id
            for path, rows in (labels, gold), (result, found):
                written(path, rows, str if args.judge else draw.choice([int, str]))
            scores = dict(flat(said([program, "eval", result, "--gold", labels, "--json"])))
            scores[OTHERS_AMI] = scores["ami"]
            should = dict(flat(expected(*sides(gold, found))))
            if scores.keys() != should.keys():
                sys.exit(f"draw {number}: the figures are {', '.join(scores)}")
            differences = [(name, abs(scores[name] - should[name])) for name in should]
            if args.judge and not twice:
                differences += beside(args.judge, result, labels, scores)
            for name, difference in differences:
                worst[name] = max(worst.get(name, (0, number)), (difference, number))
    print(f"| figure | worst of {args.draws} draws | draw |\n|---|---|---|")
    for name, (difference, number) in worst.items():
        print(f"| {name} | {difference:.1e} | {number if difference else ''} |")
    sys.exit(any(difference > (1e-6 if name == OTHERS_AMI else CLOSE) for name, (difference, _) in worst.items()))


if __name__ == "__main__":
    main()
