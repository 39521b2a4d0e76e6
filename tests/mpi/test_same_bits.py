"""The same bits for any number of ranks and after any interruption; what was done stays done."""
import json
import os
import random
import re
import signal
import time

import numpy as np
import pytest

from killing import end_launcher, kill_all, ranks_of, wait_until_gone
from program import (ALL_DONE, BAD_INPUT, DONE, ERROR, PENDING, SOME_FAILED, STOPPED_EARLY, TINY, call, ended_rows, finish, mpirun, read_columns,
                     same_bits, start, sweep_of_seconds, wait_for_rows)

SETTLED = 1.05  # rows that ended longer ago than a second survive kill -9


# --- numbers of ranks ----------------------------------------------------------------------------------------------------------------------------

# Tasks of very different cost, with trained biases, input noise and exclusions, of which the network itself is kept, padded to the largest D.
KEPT = 'first = 0.1\norder_parameters = true\nweights = "final"'
MIXED = TINY.replace('"tiny"', '"mixed"').replace("horizon = 20.0", "horizon = 60.0\ninput_noise = 1.0").replace(
    "replicas = 2", "replicas = 3").replace("first = 0.1", KEPT) + """
[[axis]]
key = "data.dimension"
values = [10, 40, 300]

[[axis]]
key = "model.bias"
values = ["none", "trained"]

[[exclude]]
"model.activation" = "linear"
"model.bias" = "trained"
"""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """mixed.toml and alone.h5, its result by one process without mpirun."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "mixed.toml").write_text(MIXED)
    assert call("run", "mixed.toml", "-o", "alone.h5", cwd=folder).returncode == ALL_DONE
    return folder


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_any_number_of_ranks(mixed, ranks):
    name = f"{ranks}.h5"
    result = call("run", "mixed.toml", "-o", name, cwd=mixed, launcher=mpirun(ranks))
    assert result.returncode == ALL_DONE, result.stderr
    assert f"81 tasks to do on {ranks} rank" in result.stdout and "finished: 81 of 81 tasks" in result.stdout
    same_bits(mixed, "alone.h5", name)
    status, worker = read_columns(mixed / name, "sgd/status", "sgd/rank")
    assert set(worker[status == DONE]) == set(range(ranks))  # rank 0 computes as well


def test_a_failing_task_is_reported_whichever_rank_had_it(tmp_path):
    rates = "values = [0.5, 1.0, 1e15, 1e16, 1e17, 1e18]"  # the flow's step underflows at the last four
    text = TINY.replace('key = "training.weight_decay"\nvalues = [0.01, 0.5, 5.0]', f'key = "training.learning_rate"\n{rates}')
    (tmp_path / "fast.toml").write_text(text)
    result = call("run", "fast.toml", "-o", "fast.h5", cwd=tmp_path, launcher=mpirun(2))
    assert result.returncode == SOME_FAILED, result.stderr
    failures = [json.loads(line) for line in (tmp_path / "fast.h5.events.jsonl").read_text().splitlines() if '"failure"' in line]
    assert sorted((f["point"], f["replica"]) for f in failures) == [(p, r) for p in (2, 3, 4, 5, 8, 9, 10, 11) for r in (0, 1)]
    assert all(f["message"].startswith("ode: the flow's ") for f in failures)
    rank, = read_columns(tmp_path / "fast.h5", "ode/rank")
    assert all(rank.reshape(12, 2)[f["point"], f["replica"]] == f["rank"] for f in failures)


def test_a_bad_sweep_is_reported_once_by_all_ranks(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY.replace("hidden = 2", "hidden = 40"))
    result = call("run", "tiny.toml", cwd=tmp_path, launcher=mpirun(3))
    assert result.returncode == BAD_INPUT
    assert result.stderr.count("tiny.toml:11:10: model.hidden = 40: must be smaller than data.dimension = 40 (K < D)") == 1
    assert not (tmp_path / "tiny.h5").exists()


# --- interruptions -------------------------------------------------------------------------------------------------------------------------------

def undisturbed(folder, tasks):
    """Makes slow.toml, tasks of 0.075 s, and undisturbed.h5, its result by two ranks."""
    (folder / "slow.toml").write_text(sweep_of_seconds("slow", folder, tasks, seconds_of_task=0.075))
    assert call("run", "slow.toml", "-o", "undisturbed.h5", cwd=folder, launcher=mpirun(2)).returncode == ALL_DONE


class Rows:
    """What a file holds at a moment: the rows that were done, and what it took to compute them."""

    def __init__(self, path):
        status, self.seconds, self.rank = read_columns(path, "sgd/status", "sgd/seconds", "sgd/rank")
        self.done = status == DONE

    def check_kept(self, path):
        status, seconds, rank = read_columns(path, "sgd/status", "sgd/seconds", "sgd/rank")
        assert (status[self.done] == DONE).all()
        assert np.array_equal(seconds[self.done], self.seconds[self.done]) and np.array_equal(rank[self.done], self.rank[self.done])


def test_kill_9_of_all_ranks_at_random_moments(tmp_path):
    tasks = 200  # 7.5 s on two cores, of which the interruptions below take at most 5
    undisturbed(tmp_path, tasks)
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    path, command = tmp_path / "killed.h5", ("run", "slow.toml", "-o", "killed.h5")
    snapshots = []

    # While MPI starts, the file is made, or the first rows are written: whatever the moment hits.
    for _ in range(2):
        process = start(*command, cwd=tmp_path, launcher=mpirun(2))
        time.sleep(chance.uniform(0.1, 0.9))
        end_launcher(process)

    # In mid-sweep, with rows that are safe, rows that ended just now, and tasks in flight. All ranks; all ranks; one rank, which ends the job.
    for kill in ("all", "all", "one"):
        process = start(*command, cwd=tmp_path, launcher=mpirun(2))
        try:
            wait_for_rows(process, path, ended_rows(path) + chance.randint(1, 8))
            snapshots.append(Rows(path))
            status = call("status", "killed.h5", "--json", cwd=tmp_path)
            time.sleep(SETTLED + chance.uniform(0.0, 0.1))
            assert process.poll() is None, "the sweep is too short for this test"
            if kill == "all":
                kill_all(process)
            else:
                ranks = ranks_of(process)
                os.kill(chance.choice(ranks), signal.SIGKILL)
                assert finish(process)[0] not in (ALL_DONE, STOPPED_EARLY)
                wait_until_gone(ranks)
        finally:
            end_launcher(process)
        counts = json.loads(status.stdout)["engines"]["sgd"]
        assert status.returncode == ALL_DONE and snapshots[-1].done.sum() <= counts["done"] < tasks and counts["done"] + counts["pending"] == tasks
        assert (read_columns(path, "sgd/status")[0] == PENDING).any()
        for snapshot in snapshots:
            snapshot.check_kept(path)

    pending = int((read_columns(path, "sgd/status")[0] == PENDING).sum())
    last = call(*command, cwd=tmp_path, launcher=mpirun(2))
    assert last.returncode == ALL_DONE, last.stderr
    assert f"{pending} task" in last.stdout
    for snapshot in snapshots:
        snapshot.check_kept(path)
    same_bits(tmp_path, "undisturbed.h5", "killed.h5")


def test_usr1_drains_all_ranks_and_half_by_two_and_half_by_three_make_a_whole(tmp_path):
    tasks = 60
    undisturbed(tmp_path, tasks)
    path, command = tmp_path / "drained.h5", ("run", "slow.toml", "-o", "drained.h5")
    process = start(*command, cwd=tmp_path, launcher=mpirun(2))
    try:
        wait_for_rows(process, path, tasks // 3)
        process.send_signal(signal.SIGUSR1)  # mpirun forwards it to its ranks and leaves their exit status alone
        status, output = finish(process)
    finally:
        end_launcher(process)
    assert status == STOPPED_EARLY and "the same command continues" in output, output
    rows = Rows(path)
    assert tasks // 3 <= rows.done.sum() < tasks
    told = re.search(rf"stopped: (\d+) of {tasks} tasks", output)
    assert told and int(told.group(1)) == rows.done.sum()
    assert call("compare", "undisturbed.h5", path.name, cwd=tmp_path).returncode == ERROR  # the comparison below can fail
    assert call(*command, cwd=tmp_path, launcher=mpirun(3)).returncode == ALL_DONE
    rows.check_kept(path)
    assert set(read_columns(path, "sgd/rank")[0][~rows.done]) == {0, 1, 2}
    same_bits(tmp_path, "undisturbed.h5", "drained.h5")
