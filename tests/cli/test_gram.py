"""SGD without the D: sweeps over huge dimensions, replicas that run together, and their bits."""
import os
import signal
import time

import numpy as np
import pytest

from program import ALL_DONE, BAD_INPUT, DONE, STOPPED_EARLY, call, end, ended_rows, finish, mpirun, read_columns, same_bits, start

SWEEP = """\
[sweep]
name = "gram"
seed = 3
replicas = {replicas}

[data]
spikes = [2.0, 1.0]

[model]
hidden = 2

[training]
horizon = {horizon}

[record]
count = 12
first = 1e-5
order_parameters = true
weights = "leading"

[[axis]]
key = "data.dimension"
values = [{dimensions}]
"""


def write(folder, name="gram.toml", **values):
    (folder / name).write_text(SWEEP.format(**{"replicas": 11, "horizon": 0.002, "dimensions": "1000, 1000000, 1000000000", **values}))


@pytest.fixture(scope="module")
def gram(tmp_path_factory):
    """gram.toml, eleven replicas at each of D = 10^3, 10^6, 10^9, and alone.h5, its result by one process."""
    folder = tmp_path_factory.mktemp("gram")
    write(folder)
    begin = time.monotonic()
    result = call("run", "gram.toml", "-o", "alone.h5", cwd=folder)
    assert result.returncode == ALL_DONE, result.stderr
    assert time.monotonic() - begin < 60  # some two seconds on a machine of its own
    return folder


def test_dimensions_up_to_a_billion(gram):
    status, steps, dimension, flow, sgd = read_columns(gram / "alone.h5", "sgd/status", "sgd/steps", "dimension", "ode/pmse", "sgd/pmse")
    assert (status == DONE).all()
    assert (steps == np.round(0.002 * dimension)[:, None]).all()
    gap = np.abs(flow - sgd).max(axis=(1, 2))
    assert gap[2] < 1e-5 and gap[2] < gap[1]  # of order sqrt(1/D)
    q, t0 = read_columns(gram / "alone.h5", "ode/Q_bulk", "ode/T0_bulk")
    at_start = np.abs(q[2, :, 0, [0, 1], [0, 1]] / 0.01 - 1.0).max()
    assert at_start < 5 * np.sqrt(2 / 1e9) and np.abs(t0[2, :, 0, 0, 1]).max() < 5 * 0.01 / np.sqrt(1e9)


def test_plan_knows_that_nothing_has_the_size_of_d(gram):
    result = call("plan", "gram.toml", cwd=gram)
    assert result.returncode == ALL_DONE and "memory per rank  6" in result.stdout and " MB" in result.stdout, result.stdout


@pytest.mark.parametrize("ranks", [2, 3])
def test_any_number_of_ranks(gram, ranks):
    result = call("run", "gram.toml", "-o", f"{ranks}.h5", cwd=gram, launcher=mpirun(ranks))
    assert result.returncode == ALL_DONE, result.stderr
    same_bits(gram, "alone.h5", f"{ranks}.h5")


def test_replay_and_verify_run_replicas_alone(gram):
    assert call("replay", "alone.h5", "dimension=1000000", "--replica", "9", cwd=gram).returncode == ALL_DONE
    assert call("verify", "alone.h5", "--sample", "4", cwd=gram).returncode == ALL_DONE


def test_more_replicas_have_the_bits_of_a_fresh_run(gram):
    write(gram, "more.toml", replicas=14)
    assert call("run", "more.toml", "-o", "fresh.h5", cwd=gram).returncode == ALL_DONE
    assert call("extend", "alone.h5", "more.toml", "-o", "more.h5", cwd=gram).returncode == ALL_DONE
    result = call("run", "more.toml", "-o", "more.h5", cwd=gram)
    assert result.returncode == ALL_DONE and "9 tasks to do" in result.stdout, result.stdout
    same_bits(gram, "fresh.h5", "more.h5")


def test_parts_of_a_sweep_make_a_whole(gram):
    for part in (1, 2):
        assert call("run", "gram.toml", "-o", f"part{part}.h5", "--part", f"{part}/2", cwd=gram).returncode == ALL_DONE
    assert call("merge", "part1.h5", "part2.h5", "-o", "parts.h5", cwd=gram).returncode == ALL_DONE
    same_bits(gram, "alone.h5", "parts.h5")


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """long.toml, a group of some two seconds, and undisturbed.h5, its result."""
    folder = tmp_path_factory.mktemp("long")
    write(folder, "measure.toml", replicas=5, horizon=0.5, dimensions="1000000")
    assert call("run", "measure.toml", "-o", "measure.h5", cwd=folder).returncode == ALL_DONE
    speed = read_columns(folder / "measure.h5", "sgd/seconds")[0].sum() / 0.5
    write(folder, "long.toml", replicas=5, horizon=round(2.0 / speed, 3), dimensions="1000000")
    assert call("run", "long.toml", "-o", "undisturbed.h5", cwd=folder).returncode == ALL_DONE
    return folder


def checkpoints(path):
    folder = path.with_name(path.name + ".ckpt")
    return sorted(folder.glob("*.ckpt")) if folder.exists() else []


def last_checkpoint(path):
    return max((file.stat().st_mtime_ns for file in checkpoints(path)), default=0)


def wait_for_checkpoint(process, path, after):
    deadline = time.monotonic() + 60
    while last_checkpoint(path) <= after:
        assert process.poll() is None, f"ended too early:\n{process.stdout.read()}"
        assert time.monotonic() < deadline, "waited for a minute"
        time.sleep(0.01)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_group_goes_on_after_a_stop_and_after_a_kill(long, how):
    path = long / f"{how.name}.h5"
    for _ in range(2):
        before = last_checkpoint(path)
        process = start("run", "long.toml", "-o", path.name, "--checkpoint-every", "0.1s", cwd=long)
        try:
            wait_for_checkpoint(process, path, before)
            process.send_signal(how)
            status, output = finish(process)
        finally:
            end(process)
        assert status == (STOPPED_EARLY if how == signal.SIGTERM else -signal.SIGKILL), output
        assert ended_rows(path) == 0
    assert 1 <= len(checkpoints(path)) <= 5
    if how == signal.SIGKILL:
        os.remove(checkpoints(path)[0])  # one begins again while the others go on
    assert call("run", "long.toml", "-o", path.name, cwd=long, launcher=mpirun(2)).returncode == ALL_DONE
    same_bits(long, "undisturbed.h5", path.name)
    assert not path.with_name(path.name + ".ckpt").exists()


def test_vector_sgd_is_refused_where_it_has_no_room(gram):
    result = call("plan", "gram.toml", "--set", "training.sgd_method=vector", cwd=gram)
    assert result.returncode == BAD_INPUT
    assert ("vector SGD takes up to 65536 dimensions, data.dimension = 1000000; \"gram\" has no such limit; at dimension = 1000000 and at 1 more combination"
            in result.stderr), result.stderr
