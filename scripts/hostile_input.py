#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = []
# ///
"""Input without measure, at its full size: what becomes of it, in how much time and memory.

usage: scripts/hostile_input.py [--newsfold NEWSFOLD]

A record of 1 GB, a zstd bomb of 100 GB, ten million blank lines, a file that grows while it is read, a gigabyte of HTML in one
page of an archive. Each stands among good records, which must come through; fails if any is lost or more than 192 MiB are taken.
"""

import argparse, json, subprocess, sys, tempfile, threading
from pathlib import Path

import installed, measuring

MOST_MIB = 192


def good(number):
    words = " ".join(f"word{(number * 7919 + i * i) % 9973}" for i in range(60))
    return json.dumps({"id": f"g{number}", "text": words}).encode() + b"\n"


def long_record(path):
    with path.open("wb") as file:
        file.write(good(1) + b'{"id":"x","text":"')
        for _ in range(1000):
            file.write(b"word " * 200_000)
        file.write(b'"}\n' + good(2))


def bomb(path):
    def packed(content):
        return subprocess.run(["zstd", "-q", "-1", "-c"], input=content, stdout=subprocess.PIPE, check=True).stdout

    # A file may be many frames: one line of 160 times 640 MiB.
    frame = packed(b"x" * (640 << 20))
    with path.open("wb") as file:
        file.write(packed(good(1)))
        for _ in range(160):
            file.write(frame)
        file.write(packed(b"\n" + good(2)))


def blank_lines(path):
    path.write_bytes(good(1) + b"\n" * 10_000_000 + good(2))


def page(path):
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><p>"
    length = len(body) + (1 << 30)
    with path.open("wb") as file:
        for number in (1, 2):
            text = json.loads(good(number))["text"]
            content = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body><article><p>{text}.</p></article></body></html>".encode()
            head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: g{number}\r\nContent-Length: {len(content)}\r\n\r\n"
            file.write(head.encode() + content + b"\r\n\r\n")
            if number == 1:
                file.write(f"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: {length}\r\n\r\n".encode() + body)
                for _ in range(1 << 10):
                    file.write(b"words   " * (1 << 17))
                file.write(b"\r\n\r\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--newsfold", type=Path, help="the program; NEWSFOLD in the environment, or built, if not given")
    newsfold, failed = installed.newsfold(parser.parse_args().newsfold), False
    machine = measuring.machine()
    print(f"newsfold {measuring.version(newsfold)}; {machine['cpu']}, {machine['cores']} cores\n")
    print("| input | rejected | seconds | peak MiB |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for what, name, write in [
            ("a record of 1 GB", "x.jsonl", long_record),
            ("a zstd bomb of 100 GB", "x.jsonl.zst", bomb),
            ("ten million blank lines", "x.jsonl", blank_lines),
            ("a page of 1 GiB in an archive", "x.warc", page),
        ]:
            write(folder / name)
            failed |= not judge(newsfold, folder, what, name, ["g1", "g2"])
            (folder / name).unlink()
        failed |= not grow(newsfold, folder)
    sys.exit(1 if failed else 0)


def judge(newsfold, folder, what, name, expected):
    out = folder / "out"
    subprocess.run([newsfold, "dedup", folder / name, "--out", out, "--max-reject-rate", "1", "--quiet"], check=True)
    run = json.loads((out / "run.json").read_text())
    ids = [json.loads(line)["id"] for line in (out / "articles.jsonl").read_text().splitlines()]
    rejects = [json.loads(line)["reason"] for line in (out / "rejects.jsonl").read_text().splitlines()]
    peak = run["peak_memory_bytes"] >> 20
    print(f"| {what} | {', '.join(rejects) or 'nothing'} | {run['seconds']:.1f} | {peak} |", flush=True)
    return ids[: len(expected)] == expected and peak <= MOST_MIB


def grow(newsfold, folder):
    path, stop = folder / "x.jsonl", threading.Event()
    path.write_bytes(b"".join(map(good, range(50_000))))

    def write():
        number = 50_000
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                line = good(number)
                file.write(line[:100])
                file.write(line[100:])
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return judge(newsfold, folder, "a file that grows", path.name, [f"g{i}" for i in range(50_000)])
    finally:
        stop.set()
        writer.join()


if __name__ == "__main__":
    main()
