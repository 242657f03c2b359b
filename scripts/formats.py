#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = []
# ///
"""Every format and compression that is read, in its rate as a ratio to plain JSON Lines.

usage: scripts/formats.py [--docs 20000] [--runs 3] [CORPUS.jsonl]

The same articles, of `newsfold synth` or of CORPUS.jsonl, in every form; `newsfold dedup` reads each, and must find the same
groups in all. In an archive of the web an article is the page of a site, with navigation, related stories and a footer.
"""
import argparse, bz2, csv, gzip, html, json, lzma, subprocess, sys, tempfile
from pathlib import Path

import installed, measuring

COLUMNS = ["id", "title", "text", "published", "source", "url", "lang"]


def table(delimiter):
    def write(path, documents):
        with open(path, "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, delimiter=delimiter)
            rows.writerow(COLUMNS)
            rows.writerows([document.get(column, "") for column in COLUMNS] for document in documents)

    return write


def page(document):
    title, paragraphs = html.escape(document.get("title") or ""), html.escape(document["text"]).split("\n")
    links = "".join(f'<li><a href="/section/{i}">Section {i}</a></li>' for i in range(40))
    related = "".join(f'<div class="card"><a href="/r/{i}"><img src="/i/{i}.jpg"><h3>Another story {i}</h3></a></div>' for i in range(12))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | The Daily</title>
<meta property="og:title" content="{title}"><meta property="article:published_time" content="{document.get("published", "")}">
<style>{"body{margin:0}.card{display:grid}" * 60}</style><script>{"window.q=window.q||[];q.push({a:1});" * 80}</script></head>
<body><header><nav><ul>{links}</ul></nav></header><main><article><h1>{title}</h1>
{"".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)}</article><aside>{related}</aside></main>
<footer><ul>{links}</ul><p>&copy; The Daily</p></footer></body></html>"""


def warc(path, documents, packed=True):
    with open(path, "wb") as file:
        for document in documents:
            content = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page(document).encode()
            head = (
                f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: {document['id']}\r\nWARC-Date: 2025-02-01T00:00:00Z\r\n"
                f"WARC-Target-URI: {document.get('url') or 'https://daily.example/' + str(document['id'])}\r\n"
                f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(content)}\r\n\r\n"
            )
            record = head.encode() + content + b"\r\n\r\n"
            file.write(gzip.compress(record, 6) if packed else record)


def packed(pack):
    return lambda path, documents: path.write_bytes(pack(path.with_name("x.jsonl").read_bytes()))


def zstd(content):
    return subprocess.run(["zstd", "-q", "-3", "-c"], input=content, stdout=subprocess.PIPE, check=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?", help="JSON Lines of articles, instead of a seeded corpus")
    parser.add_argument("--docs", type=int, default=20_000, help="documents of the seeded corpus, or read of CORPUS [%(default)s]")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, of which the median counts [%(default)s]")
    parser.add_argument("--newsfold", type=Path, help="the program; NEWSFOLD in the environment, or built, if not given")
    chosen = parser.parse_args()
    program, machine = installed.newsfold(chosen.newsfold), measuring.machine()
    with tempfile.TemporaryDirectory() as temp:
        temp = Path(temp)
        lines = temp / "x.jsonl"
        if chosen.corpus:
            with open(chosen.corpus, "rb") as corpus:
                lines.write_bytes(b"".join(line for line, _ in zip(corpus, range(chosen.docs))))
        else:
            synth = [program, "synth", "--docs", str(chosen.docs), "--seed", "1", "--out", lines]
            subprocess.run(synth, check=True, stdout=subprocess.DEVNULL)
        documents = [json.loads(line) for line in open(lines, encoding="utf-8")]
        text = sum(len(document["text"].encode()) for document in documents)
        print(f"newsfold {measuring.version(program)}; {machine['cpu']}, {machine['cores']} cores; {len(documents):,} documents, "
              f"{text / 1e6:.0f} MB of text\n")
        print("| format | bytes | rate | CPU |\n|---|---|---|---|")
        forms = {
            "JSON Lines": ("x.jsonl", None),
            "JSON Lines, zstd": ("x.jsonl.zst", packed(zstd)),
            "JSON Lines, gzip": ("x.jsonl.gz", packed(gzip.compress)),
            "JSON Lines, bzip2": ("x.jsonl.bz2", packed(bz2.compress)),
            "JSON Lines, xz": ("x.jsonl.xz", packed(lambda content: lzma.compress(content, preset=6))),
            "CSV": ("x.csv", table(",")),
            "TSV": ("x.tsv", table("\t")),
            "Parquet": ("x.parquet", None),
            "WARC": ("x.warc", lambda path, documents: warc(path, documents, packed=False)),
            "WARC, a gzip member a record": ("x.warc.gz", warc),
        }
        first, groups = None, None
        for name, (file, write) in forms.items():
            path, out = temp / file, temp / "out"
            if write:
                write(path, documents)
            elif file.endswith("parquet"):
                command = [program, "dedup", lines, "--out", out, "--annotate", "--format", "parquet", "--quiet"]
                subprocess.run(command, check=True)
                (out / "annotated.parquet").rename(path)
            run = [program, "dedup", path, "--out", out, "--quiet", "--no-kept"]
            cost = measuring.medians([measuring.measured(run) for _ in range(chosen.runs)])
            first = first or (cost, path.stat().st_size)
            sizes = sorted(json.loads(line)["size"] for line in open(out / "groups.jsonl", encoding="utf-8"))
            if "WARC" not in name:
                groups = groups or sizes
                if groups != sizes:
                    sys.exit(f"{name} has other groups")
            cells = name, path.stat().st_size / first[1], first[0]["wall_s"] / cost["wall_s"], cost["cpu_s"] / first[0]["cpu_s"]
            print("| {} | {:.2f} | {:.2f} | {:.2f} |".format(*cells), flush=True)
            if path != lines:
                path.unlink()


if __name__ == "__main__":
    main()
