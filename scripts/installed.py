"""What the comparing scripts need, installed from PyPI where it is missing; and newsfold itself."""
import importlib.util, os, subprocess, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def or_again(modules, requirements):
    """Returns where `modules` can be found; elsewhere runs this program again in an environment of its own, under
    target/, that has them. It looks, but imports nothing: a program that measures others must stay small."""
    missing = " ".join(module for module in modules if not importlib.util.find_spec(module))
    if not missing:
        return
    home = ROOT / "target" / "beside" / Path(sys.argv[0]).stem
    python = home / "bin" / "python"
    if Path(sys.prefix) == home:
        if os.environ.get("INSTALLED_FOR") == missing:
            sys.exit(f"installed, and yet not to be found: {missing}")
        print(f"installing {', '.join(requirements)} into {home}", file=sys.stderr)
        subprocess.run([python, "-m", "pip", "install", "-q", *requirements], check=True)
        os.environ["INSTALLED_FOR"] = missing
    elif not python.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
    os.execv(python, [python, *sys.argv])


def newsfold(program=None):
    """The program: the one named, or named by NEWSFOLD in the environment, or built for release."""
    if program := program or os.environ.get("NEWSFOLD"):
        return Path(program).resolve()
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    return ROOT / "target" / "release" / "newsfold"
