#!/usr/bin/env python3
"""newsfold's reading of HTML beside other extractors from crates.io: same pages, same truth, same machine.

Builds scripts/extractors, with every candidate pinned, in target/beside, and runs each on pages whose story is known, in
a process of its own: the pages of the tests, or with --benchmark a folder with `ground-truth.json` and `html/*.html.gz`, as
scrapinghub/article-extraction-benchmark has. The others get text, decoded as it was written; newsfold gets bytes, and finds
the charset itself.

F1 is of words, each as often as it stands there; `4-grams` are the mean precision and recall of sequences of four words, as
that benchmark has them. A title or an outlet is right if it is the same to the letter, a date if it is the same day. MiB are
what reading takes beside the pages themselves.
"""
import argparse, datetime, gzip, json, re, subprocess, sys, tempfile
from collections import Counter
from pathlib import Path

import installed, measuring

PAGES = installed.ROOT / "tests" / "data" / "pages"
# Not those under the GPL (article_scraper) or the MPL (lectito), with which newsfold could not be given away under its
# licence, nor those that judge by the stop words of a language that they must be told (justext).
CANDIDATES = ["newsfold", "trafilatura", "libreadability", "dom_smoothie", "rs-trafilatura", "legible", "readabilityrs",
              "readable-readability", "readability-rust", "readability", "all <p>"]
# What newsfold takes for this alone.
OWN = ["html5gum", "encoding_rs", "chardetng"]
# A sign of these is a word.
WIDE = re.compile("([\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff])")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benchmark", type=Path, help="a folder with ground-truth.json and html/*.html.gz, instead")
    parser.add_argument("--only", help="candidates, by commas")
    parser.add_argument("--rounds", type=int, help="how often all pages are read, of which the fastest counts")
    parser.add_argument("--out", type=Path, help="the results as JSON")
    return parser.parse_args()


def build():
    home = installed.ROOT / "target" / "beside" / "compare_extractors"
    home.mkdir(parents=True, exist_ok=True)
    source = Path(__file__).parent / "extractors"
    for name in ("Cargo.toml", "main.rs"):
        (home / name).write_text((source / name).read_text().replace("NEWSFOLD", str(installed.ROOT)))
    print(f"building {home}", file=sys.stderr)
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=home, check=True)
    return home, home / "target" / "release" / "extractors"


def crates(home, name):
    """How many crates an extractor brings, itself among them."""
    def tree(crate):
        command = ["cargo", "tree", "--edges", "normal", "--prefix", "none", "--package", crate]
        lines = subprocess.run(command, cwd=home, check=True, capture_output=True, text=True).stdout.splitlines()
        return {line.removesuffix(" (*)").removesuffix(" (proc-macro)") for line in lines if line}

    if name == "all <p>":
        return 1
    return len(set().union(*map(tree, OWN))) if name == "newsfold" else len(tree(name))


def tests_pages():
    for row in map(json.loads, (PAGES / "truth.jsonl").read_text(encoding="utf-8").splitlines()):
        file = PAGES / row["file"]
        if row.get("article") is not False:
            html = file.read_bytes().decode(row["encoding"])
            page = {"id": row["file"], "url": row["url"], "charset": row.get("charset"), "html": html, "file": str(file)}
            yield page, row | {"text": "\n".join(row["text"])}


def benchmark_pages(folder):
    for name, row in sorted(json.loads((folder / "ground-truth.json").read_text(encoding="utf-8")).items()):
        html = gzip.open(folder / "html" / f"{name}.html.gz").read().decode("utf-8", "replace")
        yield {"id": name, "url": row["url"], "html": html}, {"text": row["articleBody"]}


def words(text):
    return re.findall(r"\w+", WIDE.sub(r" \1 ", text.replace("\u00ad", "").lower()))


def grams(words, length):
    return Counter(zip(*(words[start:] for start in range(min(length, len(words) or 1)))))


def shared(found, true):
    """Precision and recall of one count against another."""
    both = sum((found & true).values())
    return both / sum(found.values()) if found else 0.0, both / sum(true.values()) if true else 1.0


def f1(precision, recall):
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def day(written):
    if match := re.fullmatch(r"(\d{4})(\d\d)(\d\d)", written):
        return "-".join(match.groups())
    try:
        moment = datetime.datetime.fromisoformat(written.strip())
        return str((moment.astimezone(datetime.timezone.utc) if moment.tzinfo else moment).date())
    except ValueError:
        return written[:10]


def judge(found, truths):
    marks = {"f1": [], "precision": [], "recall": []}
    for name, true in truths.items():
        of_found, of_true = words(found[name]["text"]), words(true["text"])
        marks["f1"].append(f1(*shared(grams(of_found, 1), grams(of_true, 1))))
        precision, recall = shared(grams(of_found, 4), grams(of_true, 4))
        if of_found:
            marks["precision"].append(precision)
        marks["recall"].append(recall)
    mean = {mark: sum(values) / len(values) if values else 0.0 for mark, values in marks.items()}
    result = {"f1": mean["f1"], "grams": f1(mean["precision"], mean["recall"])}
    for mark, field, same in (
        ("titles", "title", lambda a, b: a == b),
        ("dates", "published", lambda a, b: bool(a) == bool(b) and day(a) == day(b)),
        ("sites", "source", lambda a, b: a == b),
    ):
        key = {"published": "date", "source": "site"}.get(field, field)
        if known := [name for name, true in truths.items() if field in true]:
            result[mark] = sum(same(found[name][key], truths[name][field]) for name in known) / len(known)
    return result


def main():
    chosen = arguments()
    home, program = build()
    pages = list(benchmark_pages(chosen.benchmark) if chosen.benchmark else tests_pages())
    rounds = chosen.rounds or (3 if chosen.benchmark else 20)
    truths = {page["id"]: true for page, true in pages}
    size = sum(len(page["html"].encode()) for page, _ in pages)
    results = {}
    with tempfile.TemporaryDirectory() as temp:
        listed, out = Path(temp) / "pages.jsonl", Path(temp) / "found.jsonl"
        listed.write_text("".join(json.dumps(page) + "\n" for page, _ in pages))
        for name in chosen.only.split(",") if chosen.only else CANDIDATES:
            command = [program, name, listed, out, str(rounds)]
            told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            found = {row["id"]: row for row in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
            results[name] = judge(found, truths) | {
                "mb_per_s": size / 1e6 / told["seconds"], "peak_mib": (told["peak_bytes"] or 0) / measuring.MIB, "panics": told["panics"],
                "crates": crates(home, name),
            }
    marks = [mark for mark in ("f1", "grams", "titles", "dates", "sites") if mark in next(iter(results.values()))]
    heads = {"f1": "word F1", "grams": "4-grams F1"}
    print(f"{len(pages)} pages, {size / 1e6:.1f} MB, one core of {measuring.machine()['cpu']}\n")
    print("| extractor |", " | ".join(heads.get(mark, mark) for mark in marks), "| MB/s | peak MiB | crates | panics |")
    print("|---" * (len(marks) + 5) + "|")
    for name, row in sorted(results.items(), key=lambda item: -item[1]["f1"]):
        costs = f"{row['mb_per_s']:.0f} | {row['peak_mib']:.1f} | {row['crates']} | {row['panics']}"
        print(f"| {name} |", " | ".join(f"{row[mark]:.3f}" for mark in marks), f"| {costs} |")
    if chosen.out:
        chosen.out.write_text(json.dumps({"machine": measuring.machine(), "pages": len(pages), "results": results}, indent=1))


if __name__ == "__main__":
    main()
