"""What the tests share: the program, the sample, a seeded corpus, and what the program finds in them."""
import json, os, subprocess
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FIELDS = ["id", "title", "text", "published", "source", "url", "lang"]


class Corpus:
    """Records that are JSON objects, as a file and as a frame."""

    def __init__(self, path, folder):
        self.path, self.folder = path, folder
        records = [json.loads(line) for line in path.read_text("utf-8").splitlines() if is_object(line)]
        rows = [{field: record.get(field) for field in FIELDS} for record in records]
        self.frame = pl.DataFrame(rows, schema={field: pl.String for field in FIELDS})

    def of_program(self, verb, *options):
        """The lines of `articles.jsonl` that the program writes, by their ids."""
        out = self.folder / "-".join([verb, *options])
        if not out.exists():
            program = os.environ["NEWSFOLD"]
            command = [program, verb, self.path, "--out", out, "--no-kept", "--quiet", "--max-reject-rate", "1", *options]
            subprocess.run(command, check=True)
        lines = (out / "articles.jsonl").read_text("utf-8").splitlines()
        return {line["id"]: line for line in map(json.loads, lines)}


def is_object(line):
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    return Corpus(ROOT / "tests" / "data" / "sample.jsonl", tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def synth(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synth")
    path = folder / "corpus.jsonl"
    subprocess.run([os.environ["NEWSFOLD"], "synth", "--docs", "3000", "--seed", "7", "--out", path], check=True, stdout=subprocess.DEVNULL)
    return Corpus(path, folder)


@pytest.fixture(params=["sample", "synth"])
def corpus(request):
    return request.getfixturevalue(request.param)
