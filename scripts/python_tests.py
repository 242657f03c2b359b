"""Tests the Python package against the libraries that hand it tables: builds the wheel, installs it into an environment of
its own under target/, and runs tests/python and the checks of the stubs there.

    python3 scripts/python_tests.py [--release] [ARGUMENTS OF PYTEST...]

--release builds the wheel as it is handed out: optimised, for any Linux with a glibc of 2.17 or later. NEWSFOLD_WHEEL
names a wheel to use instead, NEWSFOLD the program that results are held against."""
import os, subprocess, sys, venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "target" / "beside" / "python_tests"
PYTHON = HOME / "bin" / "python"
WHEELS = ROOT / "target" / "wheels"
NEEDED = ["datasets", "duckdb", "maturin>=1.16,<2", "mypy", "numpy", "pandas>=2.2", "polars", "pyarrow", "pytest", "ziglang"]


def run(*command, **more):
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True, **more)


def wheel(release):
    """The wheel to test, built unless one is named."""
    if named := os.environ.get("NEWSFOLD_WHEEL"):
        return Path(named).resolve()
    for old in WHEELS.glob("newsfold-*.whl"):
        old.unlink()
    how = ["--release", "--zig", "--compatibility", "manylinux2014"] if release else ["--profile", "dev"]
    run(PYTHON, "-m", "maturin", "build", "--quiet", "--out", WHEELS, *how)
    (built,) = WHEELS.glob("newsfold-*.whl")
    return built


def program():
    """The program, as cargo's own tests build it."""
    if named := os.environ.get("NEWSFOLD"):
        return Path(named).resolve()
    run("cargo", "build", "--quiet", "--profile", "test", "--bin", "newsfold")
    return ROOT / "target" / "debug" / "newsfold"


def main(arguments):
    release = "--release" in arguments
    if not PYTHON.exists():
        venv.create(HOME, with_pip=True)
    run(PYTHON, "-m", "pip", "install", "--quiet", *NEEDED)
    built = wheel(release)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", built)
    more = [argument for argument in arguments if argument != "--release"]
    tests = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/python", *more]
    run(*tests, env={**os.environ, "NEWSFOLD": str(program())})
    run(PYTHON, "-m", "mypy.stubtest", "newsfold")
    run(PYTHON, "-m", "mypy", "--strict", "--cache-dir", HOME / "mypy", "tests/python/typed.py")
    print(f"{built.name}, {built.stat().st_size >> 10} KiB: passed")


if __name__ == "__main__":
    main(sys.argv[1:])
