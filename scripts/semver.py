#!/usr/bin/env python3
"""Holds the public API of the library against that of an earlier revision, by the rules of semantic versions.

usage: scripts/semver.py [--since REV]

REV is the newest tag that names a version, if not given. It installs cargo-semver-checks, which knows the rules, below
target/ where it is not there (minutes), and ends with its status: 0, or 1 where the version in Cargo.toml promises what
the API does not hold. Looked at is the library as its users get it, without the default features.
"""
import argparse, os, shutil, subprocess, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "target" / "tools"


def since(asked):
    if asked:
        return asked
    tags = subprocess.run(["git", "tag", "--list", "v*", "--sort=-version:refname"], cwd=ROOT, capture_output=True, text=True)
    newest = tags.stdout.split()
    if not newest:
        sys.exit("no version has been tagged yet: name a revision with --since")
    return newest[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--since", metavar="REV", help="the revision to hold it against")
    revision = since(parser.parse_args().since)
    tool = shutil.which("cargo-semver-checks") or TOOLS / "bin" / "cargo-semver-checks"
    if not Path(tool).exists():
        print("installing cargo-semver-checks", file=sys.stderr)
        subprocess.run(["cargo", "install", "--quiet", "--locked", "--root", TOOLS, "cargo-semver-checks"], check=True)
    check = [tool, "semver-checks", "--baseline-rev", revision, "--only-explicit-features"]
    sys.exit(subprocess.run(check, cwd=ROOT, env=dict(os.environ, CARGO_TERM_COLOR="never")).returncode)


if __name__ == "__main__":
    main()
