#!/usr/bin/env python3
"""Learns the parameters of events from labelled corpora: the default that newsfold ships, made again.

usage: scripts/train_events.py [CORPUS.jsonl ...]      (JSON Lines: id, title, text, published, event; several of them)

Without corpora: those beside the project, or the sample. It prints, in Markdown, the best setting and its BCubed F1 on
each corpus beside the shipped default; and cross-validation: for each corpus, what is learned from the others alone, and
how that does on it. Every F1 is of the program's own clusters (`benches/clusterings`, in its mode `--settings`).

Method: a seeded search. Settings are drawn from the whole of fixed ranges, and then, for all corpora and for each set
without one of them, around the best so far, closer each time. One document of a small corpus makes steps and lone peaks,
so no lone best is learned but the mean of all that are about as good: each setting weighs exp(F1 / TELLING), over how
many were tried around it. The shipped default is no candidate and no start, for it has seen every corpus; but whoever
chose the ranges and TELLING had seen them too. Some 1,000 settings; five corpora of 9,000 documents take minutes.

Bad case: what only one corpus teaches. `ecbplus` and `g5w1h` left out lose some .04 against a default that has seen them,
as no other corpus is undated and none asks for a floor under the time factor; every other corpus loses .02 at most.
"""
import json, math, random, subprocess, sys
from pathlib import Path

import installed

SEED = 20_261_124
# What is learned: from where to where, and whether by factors.
LEARNED = {
    "threshold": (0.04, 0.2, True),
    "days": (0.5, 10, True),
    "time_floor": (0, 0.6, False),
    "undated": (0.5, 1, False),
    "density": (0, 0.5, False),
    "damping": (0, 0.5, False),
    "mend": (0.1, 0.6, True),
    "mend_undated": (0, 1, False),
    "same_source": (0.3, 1, False),
    "pairs": (0.2, 1.2, True),
}
FIRST, ROUNDS, A_ROUND = 400, 5, 20
# Of the range: at this distance a setting counts 1 / e^.5 of one at the same place.
NEAR = 0.12
# F1 that tells two settings apart: about what the mean of corpora moves by when one event more is found.
TELLING = 0.004


class Program:
    """newsfold's clusters of some corpora, under many settings."""

    def __init__(self, paths):
        command = ["cargo", "bench", "--quiet", "--bench", "clusterings", "--", "--settings", *paths]
        self.process = subprocess.Popen(command, cwd=installed.ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def f1(self, settings):
        """The F1 of each setting on each corpus."""
        self.process.stdin.write(json.dumps(settings) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        return json.loads(answer) if answer else sys.exit("the bench ended early")


def shipped():
    """The default of `Params` in src/event/mod.rs."""
    source = (installed.ROOT / "src" / "event" / "mod.rs").read_text(encoding="utf-8")
    block = source.split("impl Default for Params", 1)[1].split("}", 1)[0]
    lines = (line.strip().rstrip(",").split(": ") for line in block.splitlines() if ": " in line)
    values = {name: value for name, value in lines if name in LEARNED}
    return {name: float(values[name]) for name in LEARNED}


def place(setting):
    """A setting as a point of the unit cube."""
    within = lambda x, low, high, log: math.log(x / low) / math.log(high / low) if log else (x - low) / (high - low)
    return [within(setting[name], *bounds) for name, bounds in LEARNED.items()]


def setting_at(point):
    within = lambda x, low, high, log: low * (high / low) ** x if log else low + x * (high - low)
    return {name: round(within(x, *bounds), 4) for x, (name, bounds) in zip(point, LEARNED.items())}


def around(chance, point, spread):
    """A point drawn around one, some of its values kept."""
    drawn = (x + chance.gauss(0, spread) if chance.random() < 0.6 else x for x in point)
    return [min(max(x, 0.0), 1.0) for x in drawn]


class Tried:
    """All settings tried so far, with their F1 on each corpus."""

    def __init__(self, program):
        self.program, self.points, self.marks, self.crowds = program, [], [], []

    def add(self, points):
        self.marks += self.program.f1([setting_at(point) for point in points])
        for here in points:
            crowd = 1.0
            for at, there in enumerate(self.points):
                near = math.exp(-sum((a - b) ** 2 for a, b in zip(here, there)) / 2 / NEAR**2)
                self.crowds[at] += near
                crowd += near
            self.points.append(here)
            self.crowds.append(crowd)

    def best(self, corpora):
        """The mean of the points that are about as good as any for these corpora."""
        own = [sum(marks[c] for c in corpora) / len(corpora) for marks in self.marks]
        weights = [math.exp((f1 - max(own)) / TELLING) / crowd for f1, crowd in zip(own, self.crowds)]
        return [sum(w * x for w, x in zip(weights, xs)) / sum(weights) for xs in zip(*self.points)]


def search(program, count):
    """The settings learned from all corpora, and without each of them."""
    chance, tried = random.Random(SEED), Tried(program)
    tried.add([[chance.random() for _ in LEARNED] for _ in range(FIRST)])
    sets = [range(count)] + [[c for c in range(count) if c != out] for out in range(count) if count > 1]
    for number in range(ROUNDS):
        starts = [tried.best(corpora) for corpora in sets]
        tried.add([around(chance, start, 0.15 * 0.75**number) for start in starts for _ in range(A_ROUND)])
        print(f"round {number + 1} of {ROUNDS}: {len(tried.points)} settings", file=sys.stderr)
    return [setting_at(tried.best(corpora)) for corpora in sets]


def row(*cells):
    print("| " + " | ".join(f"{c:.4f}" if isinstance(c, float) else str(c) for c in cells) + " |")


def main(arguments):
    beside = sorted((installed.ROOT / ".." / "shared" / "corpora" / "events").glob("*.jsonl"))
    paths = [Path(a).resolve() for a in arguments] or beside or [installed.ROOT / "tests" / "data" / "sample.jsonl"]
    names, default = [path.stem for path in paths], shipped()
    program = Program([str(path) for path in paths])
    settings = [default] + search(program, len(paths))
    marks = program.f1(settings)
    mean = lambda marks: sum(marks) / len(marks)

    print("| setting |", " | ".join(LEARNED), "|\n|" + "---|" * (len(LEARNED) + 1))
    row("shipped", *default.values())
    row("learned", *settings[1].values())
    print("\n| F1 |", " | ".join(names), "| mean |\n|" + "---|" * (len(names) + 2))
    row("shipped", *marks[0], mean(marks[0]))
    row("learned", *marks[1], mean(marks[1]))
    if len(paths) == 1:
        return
    print("\n| left out | learned from the others | shipped | difference |", " | ".join(LEARNED), "|\n|" + "---|" * (len(LEARNED) + 4))
    ours = [marks[2 + out][out] for out in range(len(paths))]
    for name, mark, theirs, setting in zip(names, ours, marks[0], settings[2:]):
        row(name, mark, theirs, f"{mark - theirs:+.4f}", *setting.values())
    row("mean", mean(ours), mean(marks[0]), f"{mean(ours) - mean(marks[0]):+.4f}", *[""] * len(LEARNED))


if __name__ == "__main__":
    main(sys.argv[1:])
