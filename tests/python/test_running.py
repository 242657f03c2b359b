"""Beside the interpreter: other threads run on, Ctrl-C ends it, texts are not copied."""
import os, signal, subprocess, sys, threading, time

import newsfold
import pytest


@pytest.mark.parametrize("work", ["dedup", "events", "insert", "signatures"])
def test_other_threads_run_meanwhile(synth, work):
    count, done = [0], threading.Event()

    def look():
        while not done.is_set():
            count[0] += 1
            time.sleep(0)

    call = (lambda table: newsfold.Index().insert(table)) if work == "insert" else getattr(newsfold, work)
    thread = threading.Thread(target=look)
    thread.start()
    before = count[0]
    call(synth.frame)
    after = count[0]
    done.set()
    thread.join()
    assert after - before > 100


@pytest.mark.parametrize("work", ["dedup", "events", "insert"])
def test_ctrl_c_ends_it(synth, work):
    call = (lambda table: newsfold.Index().insert(table)) if work == "insert" else getattr(newsfold, work)
    interrupt = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        while True:
            call(synth.frame)
    interrupt.join()
    # All is as before.
    assert len(call(synth.frame)) == synth.frame.height


MEASURED = """
import newsfold, pyarrow as pa
def high():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) << 10
number = 3000
size = 64 << 10
words = b" ".join(b"%x" % (i * 2654435761 % (1 << 32)) for i in range(size // 4))
data = b"".join((b"%d " % i + words[i:])[:size] for i in range(number))
offsets = pa.py_buffer(b"".join((i * size).to_bytes(8, "little") for i in range(number + 1)))
texts = pa.Array.from_buffers(pa.large_string(), number, [None, offsets, pa.py_buffer(data)])
before = high()
found = newsfold.dedup(pa.table({"text": texts}), threads=1)
assert len(found) == number
print(len(data), high() - before)
"""


def test_texts_are_not_copied():
    told = subprocess.run([sys.executable, "-c", MEASURED], check=True, capture_output=True, text=True).stdout
    texts, more = map(int, told.split())
    assert more < texts / 2, told
