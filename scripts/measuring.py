"""What a command costs, and on what machine."""
import os, platform, statistics, subprocess, sys, tempfile, time

MIB = 1 << 20


def measured(command):
    """CPU seconds (user and system) and peak bytes of a command and its children, and its wall seconds. The measuring
    program should be small: a child's peak begins with its parent's size."""
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            sys.stderr.write(errors.read().decode(errors="replace")[-4000:])
            sys.exit(f"failed with {process.returncode}: {' '.join(map(str, command))}")
    unit = 1 if sys.platform == "darwin" else 1024
    return {"cpu_s": usage.ru_utime + usage.ru_stime, "wall_s": wall, "peak_bytes": usage.ru_maxrss * unit}


def medians(runs):
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def sizes(text):
    """Numbers of documents, as they are given: 100000,1000000."""
    return sorted(int(size) for size in text.split(","))


def synth(newsfold, docs, seed, corpus):
    """Writes a corpus of newsfold's own, without its truth."""
    command = [newsfold, "synth", "--docs", str(docs), "--seed", str(seed), "--out", corpus]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    corpus.with_suffix(".truth.jsonl").unlink()


def machine():
    model = platform.processor() or platform.machine()
    try:
        names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    except OSError:
        names = []
    return {"cpu": names[0] if names else model, "cores": os.cpu_count(), "system": platform.platform()}


def version(program):
    return subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]
