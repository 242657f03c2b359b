"""What the comparing scripts need, installed from PyPI where it is missing."""
import importlib, os, subprocess, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def or_again(modules, requirements):
    """Returns where `modules` can be imported; elsewhere runs this program again in an environment of its own, under
    target/, that has them."""
    try:
        for module in modules:
            importlib.import_module(module)
    except ImportError:
        home = ROOT / "target" / "beside" / Path(sys.argv[0]).stem
        python = home / "bin" / "python"
        if Path(sys.prefix) == home:
            raise
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *requirements], check=True)
        os.execv(python, [python, *sys.argv])


def newsfold():
    """The program, built for release."""
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    return ROOT / "target" / "release" / "newsfold"
