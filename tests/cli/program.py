"""Calling the program under test: AESWEEP is its path, AESWEEP_MPIRUN the launcher (default: mpirun)."""
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
import unicodedata
from pathlib import Path

import h5py
import numpy as np

ALL_DONE, ERROR, BAD_INPUT, SOME_FAILED, STOPPED_EARLY = 0, 1, 2, 3, 75
PENDING, DONE, DIVERGED, FAILED, EXCLUDED = range(5)
TIMEOUT = 120  # of one call, seconds: far above what any needs, even with sanitizers on a busy machine

ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
               "OMPI_MCA_mpi_yield_when_idle": "1"}

# 2 x 3 points with 2 replicas, both engines: some milliseconds of work.
TINY = """\
[sweep]
name = "tiny"
seed = 5
replicas = 2

[data]
dimension = 40
spikes = [2.0, 1.0]

[model]
hidden = 2

[training]
horizon = 20.0

[record]
count = 8
first = 0.1

[[axis]]
key = "model.activation"
values = ["linear", "erf"]

[[axis]]
key = "training.weight_decay"
values = [0.01, 0.5, 5.0]
"""


LONG = """\
[sweep]
name = "{name}"
seed = 11

[data]
dimension = 500
spikes = [2.0, 1.0, 0.5]

[model]
hidden = 3

[training]
horizon = {horizon}

[record]
count = 16

[[axis]]
key = "model.activation"
values = ["linear", "erf"]

[[axis]]
key = "training.weight_decay"
range = {{ from = 0.01, to = 1.0, count = {decays}, spacing = "log" }}
"""


def sweep_of_seconds(name, folder, tasks, seconds_of_task):
    """A sweep of so many tasks that take that much CPU time, to be interrupted: measured, so that no other speed of the program breaks a test."""
    horizon, measured = 200, 20
    (folder / "measure.toml").write_text(LONG.format(name="measure", horizon=horizon, decays=measured // 2))
    result = call("run", "measure.toml", "-o", "measure.h5", cwd=folder)
    assert result.returncode == ALL_DONE, result.stderr
    seconds, = read_columns(folder / "measure.h5", "sgd/seconds")
    # The quickest half: what else the machine does makes a task seem longer than it will be. The flow comes on top, some milliseconds a task.
    cost = float(np.mean(np.sort(seconds.ravel())[:measured // 2]))
    return LONG.format(name=name, horizon=round(horizon * seconds_of_task / cost, 2), decays=tasks // 2)


def program():
    path = os.environ.get("AESWEEP")
    assert path, "set AESWEEP to the path of the program under test"
    return str(Path(path).resolve())


def environment(**changes):
    """The caller's environment as a plain user has it: no colour preferences, no terminal size."""
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
    return {**kept, **ENVIRONMENT, **changes}


def mpirun(ranks):
    return [os.environ.get("AESWEEP_MPIRUN", "mpirun"), "-n", str(ranks)]


def call(*arguments, cwd, launcher=(), timeout=TIMEOUT, **changes):
    """Runs the program to its end and returns what it said (no terminal anywhere)."""
    return subprocess.run([*launcher, program(), *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False,
                          stdin=subprocess.DEVNULL, env=environment(**changes))


def start(*arguments, cwd, launcher=()):
    """Starts the program and leaves it running."""
    return subprocess.Popen([*launcher, program(), *map(str, arguments)], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, env=environment())


def call_on_terminal(*arguments, cwd, columns, **changes):
    """Runs the program on a pseudo-terminal of that width. Returns (exit status, output with plain newlines)."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen([program(), *map(str, arguments)], cwd=cwd, stdin=slave, stdout=slave, stderr=slave, close_fds=True,
                               env=environment(TERM="xterm-256color", **changes))
    os.close(slave)
    output = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the last writer has closed its side
            break
        if not part:
            break
        output += part
    os.close(master)
    return process.wait(timeout=TIMEOUT), output.decode().replace("\r\n", "\n")


ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def without_escapes(text):
    return ESCAPE.sub("", text)


def display_columns(line):
    """Columns that a line takes on a terminal: none for escape codes and combining marks, two for wide letters."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in without_escapes(line))


def read_columns(path, *names):
    """Datasets of a result file, which may be being written."""
    with h5py.File(path, "r", locking=False) as file:
        return [file[name][...] for name in names]


def same_bits(folder, a, b):
    """Fails unless the program says so of two result files."""
    result = call("compare", a, b, cwd=folder)
    assert result.returncode == ALL_DONE and result.stdout.startswith("same bits"), result.stdout


def ended_rows(path, engine="sgd"):
    """How many rows of an engine have ended; 0 while there is no file."""
    if not Path(path).exists():
        return 0
    return int((read_columns(path, f"{engine}/status")[0] != PENDING).sum())


def wait_for_rows(process, path, count):
    """Returns once `count` rows have ended; fails if the process ends first."""
    deadline = time.monotonic() + TIMEOUT
    while ended_rows(path) < count:
        assert process.poll() is None, f"ended before {count} rows were there:\n{process.stdout.read()}"
        assert time.monotonic() < deadline, f"{count} rows did not end within {TIMEOUT} s"
        time.sleep(0.01)


def finish(process):
    """Waits for a started program. Returns (exit status, output)."""
    output, _ = process.communicate(timeout=TIMEOUT)
    return process.returncode, output


def end(process):
    """Takes a started program away, whatever state a failed test has left it in."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.communicate(timeout=TIMEOUT)
