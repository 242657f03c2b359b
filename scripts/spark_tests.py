"""Tests scripts/spark_newsfold.py on a cluster of its own: a standalone master and two workers on loopback, started and
stopped here. Results are held against those of `newsfold run --keep-boilerplate`: groups, representatives and
similarities must be the same, while workers die.

    python3 scripts/spark_tests.py [--docs 20000] [--only-measure]

--only-measure kills nobody, holds the groups against those of `newsfold dedup`, and tells what the job costs beside it; a
million documents take some 20 GB of disk, and a quarter of an hour on two cores. What is needed is installed from PyPI,
some 500 MB under target/; without PyPI or Java nothing is tested. NEWSFOLD_WHEEL names a wheel of newsfold, NEWSFOLD the
program; else they are built."""
import argparse, json, os, random, shutil, signal, subprocess, sys, tempfile, threading, time
from pathlib import Path

import installed, measuring

NEEDED = {"pyspark": "pyspark>=4,<5", "pyarrow": "pyarrow", "pandas": "pandas>=2.2,<3", "numpy": "numpy"}
JOB = installed.ROOT / "scripts" / "spark_newsfold.py"
SAMPLE = installed.ROOT / "tests" / "data" / "sample.jsonl"
# Near-copies of one page, more than a bucket is gone through pair by pair.
FAMILY = 500
# What BCubed F1 of events may lose to windows of days.
LOSS = 0.05
WINDOW_DAYS = "7"
PATIENCE = 1800


def main():
    options = parsed()
    if not shutil.which("java"):
        return print("no Java: nothing is tested")
    try:
        installed.or_again(NEEDED, NEEDED.values())
    except subprocess.CalledProcessError as error:
        return print(f"what is needed cannot be installed, nothing is tested: {error}")
    newsfold = installed.newsfold()
    with tempfile.TemporaryDirectory() as temp, Cluster(Path(temp), wheel(Path(temp))) as cluster:
        if options.only_measure:
            return measured(options, newsfold, cluster)
        of_sample(newsfold, cluster)
        of_killed(options, newsfold, cluster)


def wheel(temp):
    """The wheel to test, built unless one is named. The cluster's Python has none of its own."""
    subprocess.run([sys.executable, "-m", "pip", "uninstall", "-q", "-y", "newsfold"], check=True)
    if named := os.environ.get("NEWSFOLD_WHEEL"):
        return Path(named).resolve()
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", temp / "wheel", installed.ROOT], check=True)
    (built,) = (temp / "wheel").glob("newsfold-*.whl")
    return built


def of_sample(newsfold, cluster):
    without = cluster.start_job(SAMPLE, "without", wheel=False)
    _, errors = without.communicate()
    assert without.returncode == 1 and "newsfold is not to be had on the workers" in errors, errors[-2000:]
    assert not (cluster.home / "without").exists()
    expected = run(newsfold, cluster.home / "sample", SAMPLE)
    found, _ = cluster.job(SAMPLE, "sample-spark")
    same(expected, found)
    assert {row["id"]: row["event"] for row in expected} == {row["id"]: row["event"] for row in found}, "events differ"
    rejects = table(cluster.home / "sample-spark" / "rejects")
    reasons = [json.loads(line)["reason"] for line in open(cluster.home / "sample" / "rejects.jsonl", encoding="utf-8")]
    assert [row["reason"] for row in rejects] == reasons, rejects
    print(f"sample: {len(found)} documents, the same groups, events and rejects")


def of_killed(options, newsfold, cluster):
    corpus, truth = family(newsfold, cluster.home, options.docs)
    expected = run(newsfold, cluster.home / "one", corpus)
    killer = Killer(cluster)
    found, told = cluster.job(corpus, "killed", "--window-days", WINDOW_DAYS, "--pieces", "16", watch=killer.watch)
    same(expected, found)
    lost, retried = cluster.log()
    assert len(killer.killed) == 2 and len(lost) >= 2, f"killed {killer.killed}, lost {lost}"
    assert retried, "no task was lost with its worker: nothing was shown"
    print(f"{len(found):,} documents: the same {len({row['group'] for row in found}):,} groups; workers killed "
          f"{' and '.join(killer.killed)}; {len(retried)} tasks done again (stage, part): {sorted(retried)[:8]}")
    one, windows = (f1(newsfold, cluster.home, rows, truth, name) for rows, name in ((expected, "one"), (found, "windows")))
    print(f"BCubed F1 of events: {one:.4f} in one run, {windows:.4f} in windows of {WINDOW_DAYS} days")
    assert windows > one - LOSS, "windows lose too much"
    events = table(cluster.home / "killed" / "events")
    members = [id for event in events for id in event["members"]]
    assert len(members) == len(set(members)) and set(members) == {row["id"] for row in found}, "not each in one event"
    assert all(event["event"] in event["members"] and event["size"] == len(event["members"]) for event in events)


class Cluster:
    """A master, two workers of a core each, and what they leave behind."""

    def __init__(self, home, wheel):
        import pyspark
        self.home, self.wheel, self.spark, self.workers = home, wheel, Path(pyspark.__file__).parent, []
        settings = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": (home / "log").as_uri(), "spark.ui.enabled": "false",
                    "spark.eventLog.compress": "false", "spark.eventLog.rolling.enabled": "false", "spark.driver.host": "127.0.0.1",
                    "spark.driver.bindAddress": "127.0.0.1", "spark.executor.memory": "2g", "spark.ui.showConsoleProgress": "false",
                    "spark.sql.shuffle.partitions": "16"}
        for folder in ("log", "conf", "tmp"):
            (home / folder).mkdir()
        (home / "conf" / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        self.env = {**os.environ, "SPARK_HOME": str(self.spark), "SPARK_CONF_DIR": str(home / "conf"), "SPARK_LOCAL_IP": "127.0.0.1",
                    "SPARK_LOCAL_DIRS": str(home / "tmp"), "PYSPARK_PYTHON": sys.executable}

    def __enter__(self):
        self.master = self.start("master", "org.apache.spark.deploy.master.Master", "--port", "0")
        self.url = next(word for word in self.said("master", "Starting Spark master at").split() if word.startswith("spark://"))
        self.worker(), self.worker()
        return self

    def __exit__(self, *_):
        for process in (*self.workers, self.master):
            self.kill(process)

    def worker(self):
        name = f"worker-{len(self.workers)}"
        command = ["--cores", "1", "--memory", "3g", "--work-dir", self.home / name]
        self.workers.append(self.start(name, "org.apache.spark.deploy.worker.Worker", *command, self.url))
        self.said(name, "Successfully registered with master")

    def start(self, name, *command):
        # A worker and its executors are a group of processes: they die together, as on a machine that is lost.
        kind, *more = command
        with open(self.home / f"{name}.log", "w") as log:
            return subprocess.Popen([self.spark / "bin" / "spark-class", kind, "--host", "127.0.0.1", "--webui-port", "0", *more],
                                    env=self.env, stdout=log, stderr=log, start_new_session=True)

    def said(self, name, what):
        """Waits for a line of a log."""
        for _ in range(PATIENCE):
            for line in open(self.home / f"{name}.log", encoding="utf-8", errors="replace"):
                if what in line:
                    return line
            time.sleep(0.1)
        raise SystemExit(f"{name} does not start: {(self.home / f'{name}.log').read_text()[-2000:]}")

    @staticmethod
    def kill(process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def busy(self):
        """A worker on which a task is running."""
        for number, process in enumerate(self.workers):
            logs = [path.read_text(errors="replace") for path in (self.home / f"worker-{number}").glob("*/*/stderr")]
            running = sum(log.count("Running task") - log.count("Finished task") for log in logs)
            if process.poll() is None and running > 0:
                return process

    def start_job(self, corpus, out, *more, wheel=True):
        command = [sys.executable, JOB, corpus, "--out", self.home / out, "--checkpoint", self.home / "steps", "--master", self.url]
        command += [*(["--wheel", self.wheel] if wheel else []), *more]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def job(self, corpus, out, *more, watch=lambda line: None):
        """Runs the job: its articles, and what it told in the end."""
        process = self.start_job(corpus, out, *more)
        told, errors = [], []
        reader = threading.Thread(target=lambda: told.extend(process.stdout))
        reader.start()
        for line in process.stderr:
            errors.append(line)
            watch(line)
        reader.join()
        if process.wait():
            raise SystemExit(f"the job failed: {''.join(errors)[-6000:]}")
        assert not list((self.home / "steps").iterdir()), "something was left of the steps"
        return table(self.home / out / "articles"), json.loads(told[-1])

    def log(self):
        """The executors that were lost in the last job, and the tasks that were done again for it: stage and part."""
        path = max((self.home / "log").iterdir(), key=lambda path: path.stat().st_mtime)
        lost, failed, again = [], set(), set()
        for event in map(json.loads, open(path, encoding="utf-8")):
            if event["Event"] == "SparkListenerExecutorRemoved":
                lost.append(event["Executor ID"])
            elif event["Event"] == "SparkListenerTaskEnd":
                part = (event["Stage ID"], event["Task Info"]["Partition ID"])
                if event["Task End Reason"]["Reason"] == "Success":
                    again |= {part} & failed
                else:
                    failed.add(part)
        return lost, again


class Killer:
    """Kills a worker while it signs, and, another having come in its place, one between two rounds of components."""

    def __init__(self, cluster):
        self.cluster, self.killed = cluster, []
        self.signing = threading.Thread(target=self.while_signing, daemon=True)
        self.signing.start()

    def while_signing(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            # A part has been written, others have not.
            written = list((self.cluster.home / "steps").glob("*/signed/_temporary/0/task_*"))
            if written and (worker := self.cluster.busy()):
                self.cluster.kill(worker)
                self.killed.append("while signing")
                return self.cluster.worker()
            time.sleep(0.02)

    def watch(self, line):
        if '"step": "round-0"' in line:
            self.signing.join()
            survivors = [worker for worker in self.cluster.workers if worker.poll() is None]
            self.cluster.kill(survivors[0])
            self.killed.append("after the first round of components")


def run(newsfold, out, corpus):
    command = [newsfold, "run", corpus, "--out", out, "--keep-boilerplate", "--no-kept", "--quiet", "--max-reject-rate", "1"]
    subprocess.run(command, check=True)
    return [json.loads(line) for line in open(out / "articles.jsonl", encoding="utf-8")]


def same(expected, found):
    """The same documents in the same order, of the same groups."""
    columns = ("id", "group", "representative", "similarity")
    one, other = ([tuple(row[column] for column in columns) for row in rows] for rows in (expected, found))
    differ = [pair for pair in zip(one, other) if pair[0] != pair[1]]
    assert len(one) == len(other) and not differ, f"{len(one)} and {len(other)} documents, {len(differ)} differ: {differ[:5]}"


def family(newsfold, home, docs):
    """A corpus of synth and the truth of its events, with near-copies of one page amid it."""
    corpus = home / "corpus.jsonl"
    subprocess.run([newsfold, "synth", "--docs", str(docs), "--seed", "1", "--out", corpus], check=True, stdout=subprocess.DEVNULL)
    lines, chance = corpus.read_text(encoding="utf-8").splitlines(), random.Random(1)
    page = json.loads(max(lines[:100], key=len))
    words = page["text"].split(" ")
    for number in range(FAMILY):
        changed = words.copy()
        for _ in range(1 + number % 3):
            changed[chance.randrange(len(words))] = f"word{chance.randrange(1 << 30)}"
        lines.insert(chance.randrange(len(lines)), json.dumps({**page, "id": f"copy-{number}", "text": " ".join(changed)}))
    corpus.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return corpus, corpus.with_suffix(".truth.jsonl")


def f1(newsfold, home, rows, truth, name):
    path = home / f"{name}.jsonl"
    path.write_text("".join(json.dumps({key: row[key] for key in ("id", "group", "event")}) + "\n" for row in rows), encoding="utf-8")
    command = [newsfold, "eval", path, "--gold", truth, "--field", "event", "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told["bcubed"]["f1"]


def table(path):
    import pyarrow.parquet
    return pyarrow.parquet.read_table(path).to_pylist()


def measured(options, newsfold, cluster):
    corpus = cluster.home / "corpus.jsonl"
    measuring.synth(newsfold, options.docs, 1, corpus)
    one = cluster.home / "one"
    command = [newsfold, "dedup", corpus, "--out", one, "--threads", "1", "--json", "--no-kept"]
    # On one thread, which waits for nobody, seconds are those of the processor.
    stages = subprocess.run(command, check=True, capture_output=True, text=True).stderr.splitlines()
    read = next(stage for stage in map(json.loads, stages) if stage.get("stage") == "read")
    begun = time.monotonic()
    found, told = cluster.job(corpus, "spark")
    wall = time.monotonic() - begun
    same([json.loads(line) for line in open(one / "articles.jsonl", encoding="utf-8")], found)
    python = told["counts"]["python_cpu_seconds_of_signed"]
    print(json.dumps({"machine": measuring.machine(), "documents": len(found), "wall_s": round(wall, 1),
                      "python_cpu_of_signing": python, "read_stage_of_program": read["seconds"],
                      "ratio": round(python / read["seconds"], 2), **told}))


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=20_000)
    parser.add_argument("--only-measure", action="store_true")
    return parser.parse_args()


main()
