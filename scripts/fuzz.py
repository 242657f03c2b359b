#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = []
# ///
"""Random input to every parser and to text to words, guided by the code that it reaches (libFuzzer, by cargo-fuzz).

usage: scripts/fuzz.py [--seconds 600 | --rounds N] [--jobs 2] [TARGET...]

Needs `cargo install cargo-fuzz`. Begins with the sample, the pages and what was found before (tests/data), and keeps what it
learns in fuzz/corpus. Fails if anything panics, takes more than 10 seconds or more than 2 GiB; what did so is in
fuzz/artifacts.
"""
import argparse, bz2, gzip, lzma, os, re, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import installed

FUZZ, DATA = installed.ROOT / "fuzz", installed.ROOT / "tests" / "data"
TARGETS = sorted(re.findall(r'^name = "(\w+)"$', (FUZZ / "Cargo.toml").read_text(), re.M))
# Large input teaches nothing more, and takes longer.
LONGEST = {"words": 400, "date": 80, "url": 300, "json": 2000}


def seeds(target):
    """What a target begins with."""
    lines = (DATA / "sample.jsonl").read_bytes().splitlines()
    some = b"\n".join(lines[:4]) + b"\n"
    pages = [path.read_bytes() for path in sorted((DATA / "pages").glob("*.html"))]
    warc = b"".join(map(record, pages[:3]))
    found = [path.read_bytes() for path in sorted((DATA / "found" / target).glob("*"))]
    return found + {
        "json": lines,
        "lines": [some, some.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + some],
        "table": [b"id,title,text\n1,\"a \"\"b\"\"\",c d\n2,x,\"e\nf\"\n", b"id;text\r\n1;a b\r\n"],
        "warc": [warc, b"".join(gzip.compress(record(page)) for page in pages[:3])],
        "packed": [gzip.compress(some), bz2.compress(some), lzma.compress(some), gzip.compress(warc), some],
        "parquet": [],
        "html": pages,
        "date": [b"2025-01-14T08:30:00+01:00", b"Tue, 14 Jan 2025 08:30:00 GMT", b"1736843400000", b"14 January 2025"],
        "url": [b"https://www.e.org:443/a/../b/?utm_source=x&id=3#top", b"https://www.google.com/amp/s/e.org/x/amp/"],
        "words": [line[-600:] for line in lines],
    }[target]


def record(page):
    content = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    return b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (len(content), content)


def fuzz(target, bound):
    corpus = FUZZ / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        (corpus / f"seed-{number}").write_bytes(seed)
    command = cargo_fuzz("run", target)
    options = [bound, "-seed=1", "-rss_limit_mb=2048", "-timeout=10", f"-max_len={LONGEST.get(target, 20_000)}"]
    run = subprocess.run([*command, "--", *options, "-print_final_stats=1"], cwd=installed.ROOT, env=ENVIRONMENT,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    rounds = re.search(r"number_of_executed_units: (\d+)", run.stdout)
    return target, run.returncode, int(rounds[1]) if rounds else 0, run.stdout[-3000:]


def cargo_fuzz(verb, *target):
    # Coverage needs what only a nightly compiler, or this variable, allows.
    return ["cargo", "fuzz", verb, "--sanitizer", "none", *target]


ENVIRONMENT = {**os.environ, "RUSTC_BOOTSTRAP": "1"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all, if none is named")
    parser.add_argument("--seconds", type=int, default=600, help="seconds for each [%(default)s]")
    parser.add_argument("--rounds", type=int, help="rounds of each instead, the same ones every time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at once [%(default)s]")
    chosen = parser.parse_args()
    targets = chosen.targets or TARGETS
    bound = f"-runs={chosen.rounds}" if chosen.rounds else f"-max_total_time={chosen.seconds}"
    subprocess.run(cargo_fuzz("build", *chosen.targets[:1]), cwd=installed.ROOT, env=ENVIRONMENT, check=True)
    print("| target | rounds | |\n|---|---|---|")
    total, failed = 0, []
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for target, status, rounds, said in pool.map(lambda target: fuzz(target, bound), targets):
            total += rounds
            print(f"| {target} | {rounds:,} | {'nothing found' if status == 0 else 'FAILED'} |", flush=True)
            if status:
                failed.append(f"{target}:\n{said}")
    print(f"\n{total:,} rounds")
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
