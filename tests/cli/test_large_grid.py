"""A grid of 10^6 points: planning, looking and resuming must not take minutes. Limits are five times the targets of docs/scheduling.md."""
import json
import re
import resource
import signal
import time

import pytest

from program import ALL_DONE, STOPPED_EARLY, TIMEOUT, call, ended_rows, finish, start

MILLION = """\
[sweep]
name = "million"
engines = ["ode"]

[data]
dimension = 100
spikes = [1.0]

[model]
activation = "linear"

[training]
horizon = 0.01

[record]
count = 1
trajectories = false

[[axis]]
key = "training.learning_rate"
range = { from = 0.1, to = 10.0, count = 1000 }

[[axis]]
key = "training.weight_decay"
range = { from = 0.1, to = 10.0, count = 1000 }
"""


def wait_for_rows(process, path, count):
    deadline = time.monotonic() + TIMEOUT
    while ended_rows(path, "ode") < count:
        assert process.poll() is None, f"ended before {count} rows were there:\n{process.stdout.read()}"
        assert time.monotonic() < deadline, f"{count} rows did not end within {TIMEOUT} s"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    """million.toml, and a file of which some rows are done."""
    folder = tmp_path_factory.mktemp("million")
    (folder / "million.toml").write_text(MILLION)
    process = start("run", "million.toml", cwd=folder)
    wait_for_rows(process, folder / "million.h5", 1000)
    process.send_signal(signal.SIGUSR1)
    assert finish(process)[0] == STOPPED_EARLY
    return folder


def seconds_of(*arguments, cwd):
    begin = time.monotonic()
    result = call(*arguments, cwd=cwd)
    assert result.returncode == ALL_DONE, result.stderr
    return time.monotonic() - begin


def test_plan_takes_seconds(million):
    assert seconds_of("plan", "million.toml", cwd=million) < 10


def test_status_takes_seconds(million):
    assert seconds_of("status", "million.h5", cwd=million) < 5
    counts = json.loads(call("status", "million.h5", "--json", cwd=million).stdout)
    ended = 1_000_000 - counts["pending_tasks"]
    # All points cost the same by the prior: what is left follows from the mean so far (one measurement's worth of shrinking aside: of thousands).
    assert counts["cpu_seconds_left"] == pytest.approx(counts["engines"]["ode"]["cpu_seconds"] * counts["pending_tasks"] / ended, rel=0.2)


def test_resuming_starts_work_in_seconds_and_little_memory(million):
    before = ended_rows(million / "million.h5", "ode")
    begin = time.monotonic()
    process = start("run", "million.toml", cwd=million)
    wait_for_rows(process, million / "million.h5", before + 1)
    elapsed = time.monotonic() - begin
    process.send_signal(signal.SIGUSR1)
    code, output = finish(process)
    assert code == STOPPED_EARLY, output
    assert elapsed < 15
    assert re.search(r"efficiency: [\d.]+ % computing", output)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2 * 200_000  # kB, of the largest child so far: twice, for sanitizers
