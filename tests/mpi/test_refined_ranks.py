"""Refined sweeps, with a fixed number of replicas and with as many as it takes: the same points and bits on 1, 2 and 4 ranks and after kill -9."""
import os
import random
import time

import h5py
import pytest

from killing import end_launcher
from program import ALL_DONE, DIVERGED, DONE, call, mpirun, same_bits, start

NOT_NEEDED = 5
KILLS = 20 if os.environ.get("AESWEEP_FULL") else 4
# Units whose start decides at a high rate, over two learning rates: two slices, each with a boundary of its own.
SWEEP = """\
[sweep]
name = "plane"
seed = 3
engines = [{engines}]
replicas = {replicas}

[data]
dimension = 300
spikes = [2.0, 1.0]
bulk = 0.5

[model]
hidden = 2

[training]
horizon = 20.0

[record]
count = 6
trajectories = false

[refine]
axes = ["weight_decay", "bulk"]
observable = "success"
depth = 2
points = 250

[[axis]]
key = "training.weight_decay"
range = {{ from = 0.1, to = 4.0, count = 17, spacing = "log" }}

[[axis]]
key = "data.bulk"
range = {{ from = 0.1, to = 40.0, count = 17, spacing = "log" }}

[[axis]]
key = "training.learning_rate"
values = [1.0, 3.0]
"""
KINDS = {"fixed": {"engines": '"ode", "sgd"', "replicas": "5"}, "sequential": {"engines": '"sgd"', "replicas": "{ min = 4, max = 64, until = 0.2 }"}}


def run(folder, file, launcher=()):
    result = call("run", "plane.toml", "-o", file, cwd=folder, launcher=launcher)
    assert result.returncode == ALL_DONE, result.stdout + result.stderr


@pytest.fixture(scope="module", params=KINDS)
def alone(request, tmp_path_factory):
    """plane.toml and alone.h5, its result by one process."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "plane.toml").write_text(SWEEP.format(**KINDS[request.param]))
    run(folder, "alone.h5")
    return folder


def test_there_is_something_to_decide(alone):
    with h5py.File(alone / "alone.h5") as file:
        points, generations = file["refined/points"][:], file["refined/generations"][:]
        assert (generations == 3).all() and points[0] != points[1] and file["refined/complete"][:].all() and not file["refined/exhausted"][:].any()
        asked, status = file["refined/point/site"][:] >= 0, file["sgd/status"][:]
        replicas = ((status == DONE) | (status == DIVERGED)).sum(axis=-1)
        assert ((status == NOT_NEEDED).all(axis=-1) == ~asked).all()
        assert set(replicas[asked]) == {5} if status.shape[-1] == 5 else len(set(replicas[asked])) > 2
        assert (file["refined/vertices"][:] == (file["refined/boundary/line"][:] >= 0).sum(axis=-1)).all()


@pytest.mark.parametrize("ranks", [2, 4])
def test_ranks_change_nothing(alone, ranks):
    run(alone, f"{ranks}.h5", mpirun(ranks))
    same_bits(alone, "alone.h5", f"{ranks}.h5")


def test_kills_change_nothing(alone):
    seed = 17
    moments = random.Random(seed)
    for kill in range(KILLS):
        process = start("run", "plane.toml", "-o", "killed.h5", cwd=alone, launcher=mpirun(1 + kill % 3))
        try:
            time.sleep(moments.uniform(0.3, 1.5))
        finally:
            end_launcher(process)
    run(alone, "killed.h5", mpirun(2))
    same_bits(alone, "alone.h5", "killed.h5")
