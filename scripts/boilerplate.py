#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = []
# ///
"""Copies that every outlet frames with lines of its own: recall, precision and CPU with boilerplate kept, and left out.

usage: scripts/boilerplate.py [CORPUS.jsonl] [--briefs 5000] [--outlets 40] [--seed 1]

Each brief is the beginning of an article of the corpus (of `newsfold synth`, if none is named; a corpus of one's own should
hold no copies): 20 to 400 words, and the rest of the sentence. One to four outlets print it, and every outlet puts from
three to eight lines of its own before and after: sentences all of them, so that no form gives them away, some of which
other outlets have as well. Two documents should be near-duplicates where they are of one brief. Fails if leaving
boilerplate out does not help.
"""
import argparse, json, random, subprocess, sys, tempfile
from pathlib import Path

import installed, measuring

LINES = [
    "Sign up for the {name} newsletter to get the best stories every morning.",
    "We and our partners use cookies to improve your experience on {name}; by reading on you agree to our policy.",
    "{name} is funded by its readers, so please consider a gift of any size today.",
    "Follow {name} on all networks and never miss a story again.",
    "Copyright {name}. All rights reserved, and nothing may be printed again without our written leave.",
    "Download the app of {name} for news that matters, wherever you are.",
    "The views of the authors are their own and not necessarily those of {name}.",
    "Subscribers of {name} read this article without advertisements; find out more about our offers.",
    "Do you have a story for {name}? Our reporters are glad to hear from you in confidence.",
    "This page was updated automatically by the systems of {name}.",
    "The editors of {name} have checked this report against their standards.",
    "Share this article with your friends, or save it for later in your account.",
    "This material may not be published, broadcast, rewritten or redistributed without permission.",
    "Comments are moderated and open for three days after publication.",
    "Please switch off your blocker: advertisements pay for our journalism.",
    "Some links on this page may earn us a commission at no cost to you.",
]


def beginnings(path, words):
    """The texts of a corpus, cut where a sentence ends after so many words or more."""
    seen = set()
    for line in open(path, encoding="utf-8"):
        document = json.loads(line)
        text, wanted = (document.get("text") or "").split(), words()
        ends = [at + 1 for at, word in enumerate(text) if word.rstrip("\"'”’)").endswith((".", "!", "?"))]
        end = next((end for end in ends if end >= wanted), None)
        if end and end <= 1.5 * wanted and (brief := " ".join(text[:end])) not in seen:
            seen.add(brief)
            yield document.get("title") or "", brief


def outlets(chance, count):
    for number in range(count):
        lines = chance.sample(LINES, chance.randint(3, 8))
        name = f"the {chance.choice(['Daily', 'Evening', 'Morning', 'Sunday'])} {chance.choice(LINES).split()[0]} {number}"
        lines = [line.format(name=name) for line in lines]
        cut = chance.randint(0, len(lines))
        yield f"outlet{number}.example", lines[:cut], lines[cut:]


def write(path, briefs, houses, chance):
    with open(path, "w", encoding="utf-8") as out:
        for number, (title, brief) in enumerate(briefs):
            for source, above, below in chance.sample(houses, chance.randint(1, 4)):
                # A page may lack a line or two.
                lines = [line for line in above if chance.random() < 0.9] + [brief]
                lines += [line for line in below if chance.random() < 0.9]
                document = {"id": f"{number}@{source}", "group": str(number), "title": title, "source": source}
                out.write(json.dumps(document | {"text": "\n\n".join(lines)}, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path, help="JSON Lines with text; of newsfold synth, if not given")
    parser.add_argument("--briefs", type=int, default=5000, help="at most so many [%(default)s]")
    parser.add_argument("--outlets", type=int, default=40, help="that print them [%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="of every choice [%(default)s]")
    parser.add_argument("--newsfold", type=Path, help="the program; NEWSFOLD in the environment, or built, if not given")
    chosen = parser.parse_args()
    program, chance = installed.newsfold(chosen.newsfold), random.Random(chosen.seed)
    print(f"newsfold {measuring.version(program)}; seed {chosen.seed}\n")
    print("| boilerplate | recall | precision | F1 | left out | CPU s |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temp:
        corpus, crawl, out = chosen.corpus or Path(temp, "corpus.jsonl"), Path(temp, "crawl.jsonl"), Path(temp, "out")
        if not chosen.corpus:
            synth = [program, "synth", "--docs", str(chosen.briefs * 3), "--seed", str(chosen.seed), "--out", corpus]
            subprocess.run(synth, check=True, stdout=subprocess.DEVNULL)
            kinds = [json.loads(line)["kind"] for line in open(Path(temp, "corpus.truth.jsonl"), encoding="utf-8")]
            lines = corpus.read_text(encoding="utf-8").splitlines(keepends=True)
            originals = [line for line, kind in zip(lines, kinds) if kind == "original"]
            corpus.write_text("".join(originals), encoding="utf-8")
        all_of_them = beginnings(corpus, lambda: round(20 * 20 ** chance.random()))
        briefs = [brief for brief, _ in zip(all_of_them, range(chosen.briefs))]
        write(crawl, briefs, list(outlets(chance, chosen.outlets)), chance)
        scores = []
        for what in "keep", "learn":
            dedup = [program, "dedup", crawl, "--out", out, "--no-kept", "--quiet", f"--{what}-boilerplate"]
            cost = measuring.measured(dedup)
            judge = [program, "eval", out, "--gold", crawl, "--field", "group", "--json"]
            pairs = json.loads(subprocess.run(judge, check=True, capture_output=True, text=True).stdout)["pairs"]
            counts = json.loads((out / "run.json").read_text())["counts"]
            left_out = f"{counts['boilerplate_lines']:,} lines of {counts['boilerplate_sources']:,} sources"
            cells = what, *(f"{pairs[name]:.4f}" for name in ("recall", "precision", "f1")), left_out
            print(f"| {' | '.join(cells)} | {cost['cpu_s']:.2f} |", flush=True)
            scores.append(pairs)
    kept, learned = scores
    if not (learned["recall"] > kept["recall"] and learned["precision"] > kept["precision"]):
        sys.exit("leaving boilerplate out does not help")


if __name__ == "__main__":
    main()
