#!/usr/bin/env python3
"""The steps of `scripts/Dockerfile` on a machine without docker, and the sample run in the image's bare root.

The program is built by the Dockerfile's own command, must need no file of any machine (no loader, no shared library), and
is then put alone into an empty root, where it runs the sample as the image's user. Its tables must be byte for byte those
of the program built for this machine. Needs the target (`rustup target add x86_64-unknown-linux-musl`), musl-gcc (Debian:
musl-tools) and readelf; root, or unprivileged user namespaces.
"""
import argparse, os, re, shlex, shutil, subprocess, tempfile
from pathlib import Path

import installed

DOCKERFILE = installed.ROOT / "scripts/Dockerfile"
SAMPLE = installed.ROOT / "tests/data/sample.jsonl"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--newsfold", type=Path, help="the program to compare with; NEWSFOLD in the environment, or built, if not given")
    return parser.parse_args()


def built():
    """Where the image's program is, having built it as the Dockerfile does."""
    command = re.search(r"^RUN (cargo build .*)$", DOCKERFILE.read_text(), re.MULTILINE)[1]
    copied = re.search(r"cp (\S+) /root-of-image/newsfold", DOCKERFILE.read_text())[1]
    subprocess.run(shlex.split(command), cwd=installed.ROOT, check=True)
    return installed.ROOT / copied


def needs_nothing(program):
    headers = subprocess.run(["readelf", "--wide", "--program-headers", "--dynamic", program], capture_output=True, text=True, check=True).stdout
    return "INTERP" not in headers and "NEEDED" not in headers


def in_bare_root(program, root):
    """Runs the sample where nothing else is."""
    for folder in ("tmp", "data"):
        (root / folder).mkdir()
        (root / folder).chmod(0o777)
    shutil.copy(program, root / "newsfold")
    shutil.copy(SAMPLE, root / "data")
    within = ["/newsfold", "run", "/data/sample.jsonl", "--out", "/data/result", "--quiet"]
    enter = ["chroot", "--userspec=65532:65532"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot"]
    subprocess.run([*enter, root, *within], check=True)
    return root / "data/result"


def main():
    newsfold = installed.newsfold(arguments().newsfold)
    program = built()
    assert needs_nothing(program), f"{program} needs a loader or libraries"
    with tempfile.TemporaryDirectory() as work:
        root, here = Path(work) / "root", Path(work) / "here"
        root.mkdir()
        root.chmod(0o755)
        Path(work).chmod(0o755)
        result = in_bare_root(program, root)
        subprocess.run([newsfold, "run", SAMPLE, "--out", here, "--quiet"], check=True)
        tables = sorted(path.name for path in here.iterdir() if path.suffix == ".jsonl" and path.name != "rejects.jsonl")
        differ = [name for name in tables if (result / name).read_bytes() != (here / name).read_bytes()]
        assert tables and not differ, f"not the same: {differ}"
    print(f"{program.stat().st_size / 1e6:.1f} MB, needs no file of its machine; {len(tables)} tables of the sample are those of {newsfold}")


if __name__ == "__main__":
    main()
