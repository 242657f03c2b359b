#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = []
# ///
"""Nights that are killed at random moments, and done again.

usage: scripts/kills.py [--kills 200] [--docs 2000] [--seed 1] [--newsfold PROGRAM]

A corpus of `newsfold synth` is cut by date into three nights. The third is killed (SIGKILL) after a random part of the time
that it takes, again and again, each time from the same store and result. After every kill `store check` must find the store
whole, and the result must be the old one or the new; after the night is done again, the store must be byte for byte, and the
result but for its measurements, what they are when nobody is killed. Prints where the kills fell; fails where anything
differs.
"""
import argparse, hashlib, json, random, shutil, subprocess, tempfile, time
from collections import Counter
from datetime import date
from pathlib import Path

import installed, measuring

NIGHTS = 3
MEASUREMENTS = ("stages", "seconds", "threads", "peak_memory_bytes")


def main():
    options = parsed()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temp:
        temp = Path(temp)
        before = temp / "before"
        before.mkdir()
        nights(options, before)
        for number in range(1, NIGHTS):
            subprocess.run(night(options, number), cwd=before, check=True, stdout=subprocess.DEVNULL)
        then, took = undisturbed(options, before, temp)
        where, again = Counter(), Counter()
        for kill in range(options.kills):
            at = temp / "killed"
            shutil.copytree(before, at)
            stage = killed(options, at, chance.uniform(0, took))
            where[stage] += 1
            looked_at(options, at, before, then, f"kill {kill}, {stage}")
            done = subprocess.run(night(options, NIGHTS), cwd=at, check=True, capture_output=True, text=True).stdout
            again["found nothing to do" if "nothing was changed" in done else "did the night"] += 1
            same(store(at), store(then), f"kill {kill}, {stage}: the store")
            same(result(at), result(then), f"kill {kill}, {stage}: the result")
            shutil.rmtree(at)
    print(f"{options.kills} kills in {took:.2f} s of a night of {options.docs // NIGHTS:,} documents\n\n| killed in | times |\n|---|---|")
    for stage, times in where.most_common():
        print(f"| {stage} | {times} |")
    print("\nDone again, each " + " and ".join(f"{what} ({times})" for what, times in again.items()) + "; nothing differed.")


def nights(options, into):
    corpus = into / "all.jsonl"
    measuring.synth(options.newsfold, options.docs, options.seed, corpus)
    lines = sorted(corpus.read_text(encoding="utf-8").splitlines(True), key=lambda line: json.loads(line).get("published") or "")
    for number in range(NIGHTS):
        part = lines[len(lines) * number // NIGHTS : len(lines) * (number + 1) // NIGHTS]
        (into / f"{number + 1}.jsonl").write_text("".join(part), encoding="utf-8")
    corpus.unlink()


def night(options, number):
    return [options.newsfold, "nightly", f"{number}.jsonl", "--store", "store", "--out", "out", "--night", str(date(2025, 1, number))]


def undisturbed(options, before, temp):
    """What comes of the night when nobody is killed, and how long it takes at most of three times."""
    took = []
    for _ in range(3):
        then = temp / "then"
        shutil.rmtree(then, ignore_errors=True)
        shutil.copytree(before, then)
        start = time.monotonic()
        subprocess.run([*night(options, NIGHTS), "--json"], cwd=then, check=True, capture_output=True)
        took.append(time.monotonic() - start)
    return then, max(took)


def killed(options, at, after):
    """Kills the night after so many seconds; tells in which stage it was."""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([*night(options, NIGHTS), "--json"], cwd=at, stdout=subprocess.DEVNULL, stderr=errors)
        time.sleep(after)
        process.kill()
        if process.wait() == 0:
            return "(ended before)"
        errors.seek(0)
        stage = "(before the first)"
        for line in errors.read().splitlines():
            try:
                line = json.loads(line)
            except ValueError:
                continue
            stage = line.get("progress") or f"(after {line['stage']})"
        return stage


def looked_at(options, at, before, then, what):
    checked = subprocess.run([options.newsfold, "store", "check", "store"], cwd=at, capture_output=True, text=True)
    if checked.returncode:
        raise SystemExit(f"{what}: {checked.stderr}")
    if result(at) not in (result(before), result(then)):
        raise SystemExit(f"{what}: the result is neither the old one nor the new")


def same(found, expected, what):
    differ = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if differ:
        raise SystemExit(f"{what} differs in {', '.join(differ)}")


def store(at):
    files = [path for path in (at / "store").rglob("*") if path.is_file() and path.name != "lock"]
    return {str(path.relative_to(at)): hashlib.sha256(path.read_bytes()).digest() for path in files}


def result(at):
    """The files of a result, the measurements of a run taken out; the page shows them."""
    files = {path.name: path.read_bytes() for path in (at / "out").iterdir() if path.name != "report.html"}
    run = json.loads(files["run.json"])
    return files | {"run.json": {key: value for key, value in run.items() if key not in MEASUREMENTS}}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--docs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--newsfold", type=Path, help="the program; NEWSFOLD in the environment, or built, if not given")
    options = parser.parse_args()
    options.newsfold = installed.newsfold(options.newsfold)
    return options


main()
