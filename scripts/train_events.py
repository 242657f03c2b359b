#!/usr/bin/env python3
"""Learns the parameters of events from labelled corpora: the default that newsfold ships, made again.

usage: scripts/train_events.py [CORPUS.jsonl ...]      (JSON Lines: id, title, text, published, event; several of them)

Without corpora: those beside the project, or the sample. It prints, in Markdown, the best setting and its BCubed F1 on
each corpus beside the shipped default; and cross-validation: for each corpus, what is learned from the others alone, and
how that does on it. Every F1 is of the program's own clusters (`benches/clusterings`, in its mode `--settings`).

Method: a seeded search. Settings are drawn around the default, and then, for all corpora and for each set without one of
them, around the best so far, closer each time. A setting's worth is not its own mean F1 alone but the mean over the
settings around it, by nearness (Nadaraya and Watson 1964): one document of a small corpus makes steps and lone peaks,
and what is learned should stand on a plateau. Some 900 settings; five corpora of 9,000 documents take minutes.
"""
import json, math, random, subprocess, sys
from pathlib import Path

import installed

SEED = 20_261_124
# What is learned: the default, and the step by which two settings are told apart. Shares move by sums, others by factors.
LEARNED = {
    "threshold": ("factor", 0.08),
    "days": ("factor", 0.4),
    "time_floor": ("sum", 0.07),
    "undated": ("sum", 0.08),
    "density": ("sum", 0.04),
    "damping": ("sum", 0.06),
    "pairs": ("factor", 0.3),
}
LIMITS = {"time_floor": (0, 1), "undated": (0, 1), "density": (0, 1), "damping": (0, 10)}
FIRST, ROUNDS, A_ROUND = 240, 5, 20
# Steps from one setting to another at which it counts 1 / e^.5 of one at the same place.
NEAR = 1.0
# A setting that fewer than so many others, by weight, stand around is not known well enough to be chosen.
KNOWN = 1.5


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
    """A setting as a point, in steps."""
    scale = {"factor": math.log, "sum": float}
    return [scale[kind](max(setting[name], 1e-9)) / step for name, (kind, step) in LEARNED.items()]


def around(chance, setting, spread):
    """A setting drawn around one, some of its values kept."""
    drawn = dict(setting)
    for name, (kind, step) in LEARNED.items():
        if chance.random() < 0.6:
            by = chance.gauss(0, spread * step)
            drawn[name] = drawn[name] * math.exp(by) if kind == "factor" else drawn[name] + by
            low, high = LIMITS.get(name, (0, math.inf))
            drawn[name] = round(min(max(drawn[name], low), high), 4)
    return drawn


class Tried:
    """All settings tried so far, with their F1 on each corpus."""

    def __init__(self, program):
        self.program, self.settings, self.places, self.marks, self.weights = program, [], [], [], []

    def add(self, settings):
        self.settings += settings
        self.marks += self.program.f1(settings)
        for setting in settings:
            here = place(setting)
            self.places.append(here)
            near = [math.exp(-sum((a - b) ** 2 for a, b in zip(here, there)) / 2 / NEAR**2) for there in self.places]
            for weights, weight in zip(self.weights, near):
                weights.append(weight)
            self.weights.append(near)

    def best(self, corpora):
        """The number of the setting that is best for these corpora, with those around it."""
        own = [sum(marks[c] for c in corpora) / len(corpora) for marks in self.marks]

        def worth(at):
            total = sum(self.weights[at])
            # What little is known of a lone setting is held against it: the default's F1 counts where nothing does.
            return (sum(w * f for w, f in zip(self.weights[at], own)) + KNOWN * own[0]) / (total + KNOWN)

        return max(range(len(own)), key=worth)


def search(program, count, default):
    chance, tried = random.Random(SEED), Tried(program)
    tried.add([default] + [around(chance, default, 2.0) for _ in range(FIRST)])
    sets = [range(count)] + [[c for c in range(count) if c != out] for out in range(count) if count > 1]
    for number in range(ROUNDS):
        spread = 1.2 * 0.75**number
        starts = [tried.settings[tried.best(corpora)] for corpora in sets]
        tried.add([around(chance, start, spread) for start in starts for _ in range(A_ROUND)])
        print(f"round {number + 1} of {ROUNDS}: {len(tried.settings)} settings", file=sys.stderr)
    return tried, sets


def row(*cells):
    print("| " + " | ".join(f"{c:.4f}" if isinstance(c, float) else str(c) for c in cells) + " |")


def main(arguments):
    beside = sorted((installed.ROOT / ".." / "shared" / "corpora" / "events").glob("*.jsonl"))
    paths = [Path(a).resolve() for a in arguments] or beside or [installed.ROOT / "tests" / "data" / "sample.jsonl"]
    names, default = [path.stem for path in paths], shipped()
    tried, sets = search(Program([str(path) for path in paths]), len(paths), default)
    mean = lambda marks: sum(marks) / len(marks)

    learned = tried.best(sets[0])
    print("| setting |", " | ".join(LEARNED), "|\n|" + "---|" * (len(LEARNED) + 1))
    row("shipped", *default.values())
    row("learned", *tried.settings[learned].values())
    print("\n| F1 |", " | ".join(names), "| mean |\n|" + "---|" * (len(names) + 2))
    row("shipped", *tried.marks[0], mean(tried.marks[0]))
    row("learned", *tried.marks[learned], mean(tried.marks[learned]))
    if len(paths) == 1:
        return
    print("\n| left out | learned from the others | shipped | difference |", " | ".join(LEARNED), "|\n|" + "---|" * (len(LEARNED) + 4))
    lefts = [tried.best(corpora) for corpora in sets[1:]]
    ours = [tried.marks[at][out] for out, at in enumerate(lefts)]
    for name, at, mark, theirs in zip(names, lefts, ours, tried.marks[0]):
        row(name, mark, theirs, f"{mark - theirs:+.4f}", *tried.settings[at].values())
    row("mean", mean(ours), mean(tried.marks[0]), f"{mean(ours) - mean(tried.marks[0]):+.4f}", *[""] * len(LEARNED))


if __name__ == "__main__":
    main(sys.argv[1:])
