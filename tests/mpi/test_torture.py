"""One sweep of long and short tasks, killed with kill -9 at random moments: 5 times, 30 times with AESWEEP_FULL=1."""
import json
import os
import random
import resource
import signal
import threading
import time

import numpy as np

from killing import end_launcher, kill_all, ranks_of, wait_until_gone
from program import ALL_DONE, DONE, TIMEOUT, call, finish, mpirun, read_columns, same_bits, start

KILLS = 30 if os.environ.get("AESWEEP_FULL") else 5
SETTLED = 1.0  # seconds after which a row survives: what the result file promises
REPLICAS = 8 * KILLS // 5
SECONDS = 5.0 * KILLS  # CPU time of the sweep: an interruption takes at most LATEST of wall time, on two cores, and its start
LATEST = 1.6
COLUMNS = ("sgd/status", "sgd/attempts", "sgd/seconds", "ode/status", "ode/attempts", "ode/seconds")

# Dimensions over a factor of 32 and two horizons: SGD's tasks differ in cost by up to 10^4, so that both a millisecond and a second are interrupted.
SWEEP = """\
[sweep]
name = "torture"
seed = 23
replicas = {replicas}

[data]
spikes = [2.0, 1.0]

[model]
hidden = 2

[training]
sgd_method = "vector"

[record]
count = 12
spacing = "linear"

[[axis]]
key = "data.dimension"
values = [25, 100, 400, 800]

[[axis]]
key = "training.horizon"
values = [{short}, {long}]

[[axis]]
key = "model.activation"
values = ["linear", "erf"]
"""


class Watcher(threading.Thread):
    """Looks at the file all the time and notes when each row was first seen done, and what its bookkeeping then said."""

    def __init__(self, path, rows):
        super().__init__(daemon=True)
        self.path = path
        self.seen = np.full(rows, np.inf)
        self.book = np.full((rows, len(COLUMNS)), np.nan)
        self.over = threading.Event()

    def look(self):
        if not self.path.exists():
            return
        book = bookkeeping(self.path)
        new = is_done(book) & np.isinf(self.seen)
        self.seen[new] = time.monotonic()  # after reading, when it was done for certain: a row is never taken for older than it is
        self.book[new] = book[new]

    def run(self):
        while not self.over.wait(0.02):
            self.look()

    def stop(self):
        self.over.set()
        self.join()


def bookkeeping(path):
    """Shape (rows, COLUMNS)."""
    return np.stack([column.ravel().astype(float) for column in read_columns(path, *COLUMNS)], axis=1)


def is_done(book):
    return (book[:, 0] == DONE) & (book[:, 3] == DONE)


def sweep_of_torture(folder):
    """Horizons such that all replicas together take SECONDS on one core, by the time that one replica of every point takes here."""
    times = {"short": 20.0, "long": 200.0}  # long enough for starting the program not to count
    (folder / "measure.toml").write_text(SWEEP.format(replicas=1, **times))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert call("run", "measure.toml", "-o", "measure.h5", cwd=folder).returncode == ALL_DONE
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    measured = after.ru_utime - before.ru_utime  # not wall time: the machine may be busy now, and idle when the kills come
    scale = SECONDS / (REPLICAS * measured)
    return SWEEP.format(replicas=REPLICAS, **{name: round(value * scale, 2) for name, value in times.items()})


def kill(process, chance):
    """All ranks at once, or one of them, which ends the job. Returns when the signal was sent."""
    ranks = ranks_of(process)
    moment = time.monotonic()
    if chance.random() < 0.5 or not ranks:
        kill_all(process)
    else:
        os.kill(chance.choice(ranks), signal.SIGKILL)
        assert finish(process)[0] != ALL_DONE
        wait_until_gone(ranks)
    return moment


def test_kill_9_at_random_moments_loses_nothing_that_was_finished(tmp_path):
    seed = int(os.environ.get("AESWEEP_SEED") or random.SystemRandom().randrange(2**32))
    print(f"AESWEEP_SEED={seed} repeats the moments")
    chance = random.Random(seed)
    (tmp_path / "torture.toml").write_text(sweep_of_torture(tmp_path))
    assert call("run", "torture.toml", "-o", "undisturbed.h5", cwd=tmp_path, launcher=mpirun(2)).returncode == ALL_DONE

    path, rows = tmp_path / "killed.h5", len(bookkeeping(tmp_path / "undisturbed.h5"))
    kept = np.full((rows, len(COLUMNS)), np.nan)  # what the file said of each row that was done after a kill
    pending = []  # tasks after each kill
    hits = 0
    for number in range(KILLS):
        process = start("run", "torture.toml", "-o", path.name, cwd=tmp_path, launcher=mpirun(1 + number % 4))
        watcher = Watcher(path, rows)
        done_before = int(is_done(bookkeeping(path)).sum()) if path.exists() else 0
        watcher.start()
        try:
            if number > 0:  # the first one hits the start, or the making of the file
                deadline = time.monotonic() + TIMEOUT
                while np.isfinite(watcher.seen).sum() <= done_before:
                    assert process.poll() is None and time.monotonic() < deadline, "no row was finished"
                    time.sleep(0.01)
            # Every other one when a row is safe, the others at any moment.
            time.sleep(chance.uniform(SETTLED + 0.1 if number % 2 else 0.05, LATEST))
            assert process.poll() is None, "the sweep is too short for so many kills"
            moment = kill(process, chance)
        finally:
            watcher.stop()
            end_launcher(process)
        if not path.exists():
            assert number == 0 and not np.isfinite(watcher.seen).any()
            continue
        after = bookkeeping(path)
        settled = watcher.seen < moment - SETTLED
        assert np.array_equal(after[settled], watcher.book[settled]), f"kill {number}: a row finished more than a second before was lost"
        done = ~np.isnan(kept[:, 0])
        assert np.array_equal(after[done], kept[done]), f"kill {number}: a finished row was computed again"
        kept[is_done(after)] = after[is_done(after)]
        pending.append(int((~is_done(after)).sum()))
        hits += settled.sum() > done.sum() or number == 0

    assert hits >= KILLS // 2, "the kills hit before anything was safe: the test says nothing"
    last = call("run", "torture.toml", "-o", path.name, cwd=tmp_path, launcher=mpirun(2))
    assert last.returncode == ALL_DONE, last.stderr
    final, done = bookkeeping(path), ~np.isnan(kept[:, 0])
    assert is_done(final).all() and np.array_equal(final[done], kept[done])
    # Each start took up exactly the tasks that the kill before it had left.
    events = [json.loads(line) for line in (tmp_path / "killed.h5.events.jsonl").read_text().splitlines()]
    begun = [event["pending"] for event in events if event["event"] == "start"]
    assert begun[-len(pending):] == pending
    same_bits(tmp_path, "undisturbed.h5", path.name)
