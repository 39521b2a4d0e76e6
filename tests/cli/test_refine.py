"""Refined sweeps: the boundary, its file, its commands, and the same points whatever happens on the way."""
import csv
import os
import re
import shutil
import signal
import time

import h5py
import numpy as np
import pytest
import xarray

from program import ALL_DONE, BAD_INPUT, ERROR, STOPPED_EARLY, call, finish, mpirun, start

SWEEP = """\
[sweep]
name = "plane"
seed = 2
engines = [{engines}]
replicas = {replicas}
common_randomness = true

[data]
dimension = {dimension}
spikes = [2.0]
bulk = 0.1

[model]
hidden = 1
activation = "linear"

[training]
horizon = {horizon}

[record]
count = 4
trajectories = false

[refine]
axes = ["learning_rate", "weight_decay"]
depth = {depth}
points = {points}

[[axis]]
key = "training.learning_rate"
range = {{ from = 0.5, to = 8.0, count = {steps}, spacing = "log" }}

[[axis]]
key = "training.weight_decay"
range = {{ from = 0.25, to = 16.0, count = {steps}, spacing = "log" }}
"""
POINT, DONE, DIVERGED, NOT_NEEDED = "/refined/point", 1, 2, 5


def write(folder, extra="", **values):
    values = {"engines": '"ode"', "replicas": 1, "dimension": 1000, "horizon": 300.0, "depth": 3, "points": 800, "steps": 33, **values}
    (folder / "plane.toml").write_text(SWEEP.format(**values) + extra)


def run(folder, name="plane.h5", launcher=(), status=ALL_DONE):
    result = call("run", "plane.toml", "-o", name, cwd=folder, launcher=launcher)
    assert result.returncode == status, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def plane(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plane")
    write(folder)
    run(folder)
    return folder


def stop(process, number):
    process.send_signal(number)
    finish(process)


def slope():
    """kappa = eta rho_hat sqrt(1 - theta) at theta = 1/2."""
    return (2.0 + 0.1 / 1000) * np.sqrt(0.5)


def test_the_boundary_is_theorys_within_one_finest_cell(plane):
    boundary = xarray.open_dataset(plane / "plane.h5", engine="h5netcdf", group="refined/boundary")
    known = boundary.line >= 0
    eta, kappa = boundary.learning_rate.values[known], boundary.weight_decay.values[known]
    cell = np.array([np.log(16) / 32, np.log(64) / 32])
    off = np.abs(np.log(kappa / (slope() * eta)))
    assert off.max() <= cell.sum(), off.max()  # to one step of both axes
    columns = np.unique(np.round(np.log(eta / 0.5) / cell[0]).astype(int))
    assert set(columns) >= set(range(1, 32))  # all along the axis
    assert (boundary.learning_rate_low.values[known] <= eta * (1 + 1e-12)).all() and (eta <= boundary.learning_rate_high.values[known] * (1 + 1e-12)).all()


def test_the_points_are_those_of_the_grid(plane):
    with h5py.File(plane / "plane.h5") as file:
        site, level, status = file[POINT + "/site"][:], file[POINT + "/level"][:], file["ode/status"][:, 0]
        asked = site >= 0
        assert (status[asked] == DONE).all() and (status[~asked] == NOT_NEEDED).all()
        assert len(set(site[asked])) == asked.sum() == file["refined/points"][()]
        assert (level[:25] == 0).all() and level.max() == 3  # the floor of 4 x 4 cells comes first
        eta, kappa = file["learning_rate"][:], file["weight_decay"][:]
        np.testing.assert_array_equal(file[POINT + "/learning_rate"][:][asked], eta[site[asked] // 33])
        np.testing.assert_array_equal(file[POINT + "/weight_decay"][:][asked], kappa[site[asked] % 33])
        np.testing.assert_array_equal(file["refined/dense/value"][:].ravel()[site[asked]], file["ode/learnt"][:, 0][asked])
        assert file["refined/complete"][()] and not file["refined/exhausted"][()]
        assert file[POINT + "/ode"] == file["ode"]
        low = file[POINT + "/parent_low"][:][asked]
        assert (low[25:] < np.arange(25, asked.sum())).all()  # parents come before
        np.testing.assert_allclose(file["reference/chance"][:][asked], 0.5 * (2.0 + 0.1), rtol=1e-3)


def test_xarray_opens_every_group(plane):
    for group in ("refined", "refined/point", "refined/point/ode", "refined/boundary", "refined/dense"):
        with xarray.open_dataset(plane / "plane.h5", engine="h5netcdf", group=group) as opened:
            assert opened.data_vars


@pytest.mark.parametrize("ranks", [2, 3])
def test_any_number_of_ranks_gives_the_same_points(plane, ranks):
    run(plane, f"{ranks}.h5", mpirun(ranks))
    assert call("compare", "plane.h5", f"{ranks}.h5", cwd=plane).stdout.startswith("same bits")


@pytest.mark.parametrize("name, dimension", [("point/site", "point"), ("point/learning_rate", "point"), ("boundary/weight_decay", "vertex"), ("boundary/line", "vertex"),
                                             ("dense/value", "learning_rate")])
def test_files_with_other_points_are_not_the_same(plane, name, dimension):
    shutil.copy(plane / "plane.h5", plane / "other.h5")
    with h5py.File(plane / "other.h5", "r+") as file:
        file["refined/" + name][3] = 7
    result = call("compare", "plane.h5", "other.h5", cwd=plane)
    assert result.returncode == ERROR and f"/refined/{name} [{dimension} 3" in result.stdout, result.stdout


def test_commands_know_refined_files(plane):
    plan = call("plan", "plane.toml", cwd=plane)
    assert "refined          learning_rate, weight_decay by learnt of ode; at most 800 points" in plan.stdout and "the grid has 1 089" in plan.stdout.replace("\u202f", " ")
    status = call("status", "plane.h5", cwd=plane)
    assert "refined: " in status.stdout and "complete" in status.stdout
    show = call("show", "plane.h5", cwd=plane)
    assert show.returncode == ALL_DONE and "boundary: " in show.stdout and "learning_rate" in show.stdout
    assert call("show", "plane.h5", "--value", "excess", cwd=plane).returncode == BAD_INPUT
    assert call("verify", "plane.h5", "--sample", "3", cwd=plane).returncode == ALL_DONE
    assert call("replay", "plane.h5", "30", cwd=plane).returncode == ALL_DONE
    refused = call("replay", "plane.h5", "799", cwd=plane)
    assert refused.returncode == BAD_INPUT and "799: the refinement did not ask for this point" in refused.stderr
    with h5py.File(plane / "plane.h5") as file:
        eta, kappa = (file[f"{POINT}/{name}"][30] for name in ("learning_rate", "weight_decay"))
    replayed = call("replay", "plane.h5", f"learning_rate={eta},weight_decay={kappa}", cwd=plane)
    assert replayed.returncode == ALL_DONE and replayed.stdout.startswith("point 30 ("), replayed.stdout + replayed.stderr
    table = call("export", "plane.h5", "--csv", "-", cwd=plane).stdout.splitlines()
    assert table[0].startswith("learning_rate,weight_decay,point,engine")
    with h5py.File(plane / "plane.h5") as file:
        assert len(table) == 1 + file["refined/points"][()]
        for name in ("learning_rate", "weight_decay"):
            assert [float(row[name]) for row in csv.DictReader(table)] == list(file[POINT + "/" + name][:len(table) - 1])
        assert [int(row["point"]) for row in csv.DictReader(table)] == list(range(len(table) - 1))
    for arguments in (["judge", "plane.h5", "-o", "x.h5"], ["merge", "plane.h5", "-o", "x.h5"], ["run", "plane.toml", "--part", "1/2"], ["run", "plane.toml", "--failed"]):
        refused = call(*arguments, cwd=plane)
        assert refused.returncode == BAD_INPUT and "refined sweep" in refused.stderr, arguments
    before = (plane / "plane.h5").read_bytes()
    assert call("run", "plane.toml", cwd=plane).returncode == ALL_DONE
    assert (plane / "plane.h5").read_bytes() == before


def test_points_without_a_value_are_pending_only_while_more_is_asked_for(plane):
    shutil.copy(plane / "plane.h5", plane / "diverged.h5")
    for complete in (True, False):
        with h5py.File(plane / "diverged.h5", "r+") as file:
            file["refined/dense/value"][8:, :] = np.nan
            file["refined/complete"][...] = complete
        drawn = call("show", "diverged.h5", cwd=plane).stdout
        cells = drawn.partition("learnt components")[0]
        assert ("?" in cells) == (not complete) and ("│x" in cells) == complete, drawn


def test_plan_knows_that_rank_0_holds_all_grids(tmp_path):
    write(tmp_path, f'\n[[axis]]\nkey = "data.bulk"\nvalues = {[0.1 * i for i in range(1, 21)]}\n', steps=1025, depth=4, points=5000)
    plan = call("plan", "plane.toml", cwd=tmp_path).stdout
    assert float(re.search(r"rank 0: ([\d.]+) MB", plan).group(1)) > 20 * 1025**2 * 8 / 1e6, plan


def test_submit_goes_by_what_is_expected_not_by_the_budget(plane):
    def job(*options):
        result = call("submit", "plane.toml", "--dry-run", "-o", "new.h5", *options, cwd=plane)
        assert result.returncode == ALL_DONE, result.stderr
        return [line for line in result.stdout.splitlines() if line.startswith("#SBATCH")]

    assert job() == job("--set", "refine.points=400000")
    assert "nothing to submit" in call("submit", "plane.toml", "-o", "plane.h5", cwd=plane).stdout
    refused = call("submit", "plane.toml", "--dry-run", "--array=2", "-o", "new.h5", cwd=plane)
    assert refused.returncode == BAD_INPUT and "refined sweep" in refused.stderr


def test_each_slice_has_its_own_boundary(tmp_path):
    write(tmp_path, '\n[[axis]]\nkey = "data.bulk"\nvalues = [0.1, 2000.0]\n', points=500)
    run(tmp_path)
    with h5py.File(tmp_path / "plane.h5") as file:
        assert file["ode/status"].shape == (2, 500, 1) and file["refined/dense/value"].shape == (2, 33, 33)
        points, line = file["refined/points"][:], file["refined/boundary/line"][:]
        assert (points > 100).all() and (line.max(axis=1) >= 0).all()
        site = file[POINT + "/site"][:]
        assert set(site[0]) != set(site[1])
        rows = list(csv.DictReader(call("export", "plane.h5", "--csv", "-", cwd=tmp_path).stdout.splitlines()))
        assert len(rows) == points.sum()
        for row in rows:
            at = [0.1, 2000.0].index(float(row["bulk"])), int(row["point"])
            assert all(float(row[name]) == file[f"{POINT}/{name}"][at] for name in ("learning_rate", "weight_decay"))


def test_a_budget_that_is_too_small_is_said(tmp_path):
    write(tmp_path, points=60)
    run(tmp_path)
    assert "refine.points is too small" in call("status", "plane.h5", cwd=tmp_path).stdout
    with h5py.File(tmp_path / "plane.h5") as file:
        assert file["refined/points"][()] <= 60 and file["refined/exhausted"][()] and file["refined/complete"][()]


def test_kills_and_stops_change_nothing(tmp_path):
    write(tmp_path, engines='"ode", "sgd"', dimension=300, horizon=30.0, replicas=2, points=500)
    run(tmp_path, "alone.h5")
    for delay in (0.3, 0.6, 0.9, 1.2):
        process = start("run", "plane.toml", "-o", "killed.h5", cwd=tmp_path)
        time.sleep(delay)
        stop(process, signal.SIGKILL)
    process = start("run", "plane.toml", "-o", "killed.h5", cwd=tmp_path)
    assert "computing with" in process.stdout.readline()   # from here on it listens to signals
    time.sleep(0.4)
    stop(process, signal.SIGTERM)
    assert process.returncode in (STOPPED_EARLY, ALL_DONE)
    run(tmp_path, "killed.h5", mpirun(2))
    assert call("compare", "alone.h5", "killed.h5", cwd=tmp_path).stdout.startswith("same bits")
    assert not os.path.exists(tmp_path / "killed.h5.part")


def test_sequential_replicas_go_to_the_boundary(tmp_path):
    write(tmp_path, engines='"sgd"', replicas="{ min = 8, max = 64, until = 0.25 }", dimension=1000, horizon=4.0, depth=2, steps=17, points=200)
    text = (tmp_path / "plane.toml").read_text().replace("common_randomness = true", "").replace("depth = 2", 'depth = 2\nobservable = "success"')
    (tmp_path / "plane.toml").write_text(text)
    run(tmp_path)
    with h5py.File(tmp_path / "plane.h5") as file:
        asked, status = file[POINT + "/site"][:] >= 0, file["sgd/status"][:]
        replicas = (status[asked] == DONE).sum(axis=1)
        assert (status[~asked] == NOT_NEEDED).all() and set(replicas) <= {8, 16, 22} and replicas.min() < replicas.max()
        assert file["refined/complete"][()]


def extended(folder, old, sweep, new):
    result = call("extend", old, sweep, "-o", new, cwd=folder)
    assert result.returncode == ALL_DONE, result.stdout + result.stderr
    taken, pending = re.search(r"([\d ]+) rows? taken from .*, ([\d ]+) tasks? pending", result.stdout).groups()
    return int(taken.replace(" ", "")), int(pending.replace(" ", ""))


def sgd_sweep(folder, name, **values):
    write(folder, engines='"sgd"', dimension=100, horizon=8.0, **values)
    (folder / "plane.toml").rename(folder / f"{name}.toml")
    text = (folder / f"{name}.toml").read_text()
    (folder / "grid.toml").write_text(text[:text.index("[refine]")] + text[text.index("[[axis]]"):])


def test_a_changed_mind_keeps_what_was_run(tmp_path):
    """A larger budget, a finer lattice, the whole grid, and back: every row that is there is taken, and the rest is as if it had been run at once."""
    sgd_sweep(tmp_path, "fine", steps=33, depth=3, points=600, replicas=2)
    sgd_sweep(tmp_path, "small", steps=17, depth=2, points=60, replicas=2)
    sgd_sweep(tmp_path, "large", steps=17, depth=2, points=289, replicas=2)
    points = {}
    for name in ("small", "large", "fine"):
        assert call("run", f"{name}.toml", "-o", f"{name}.h5", cwd=tmp_path).returncode == ALL_DONE
        with h5py.File(tmp_path / f"{name}.h5") as file:
            points[name] = file["refined/points"][()]
            assert file["refined/exhausted"][()] == (name == "small")
    assert call("run", "grid.toml", "-o", "grid.h5", cwd=tmp_path).returncode == ALL_DONE

    for old, new, there in (("small", "large", points["small"]), ("large", "fine", points["large"]), ("grid", "large", points["large"]), ("large", "grid", points["large"])):
        wanted = points.get(new, 289)
        taken, pending = extended(tmp_path, f"{old}.h5", f"{new}.toml", "x.h5")
        assert taken == 2 * there and (pending > 0) == (there < wanted), (old, new)
        assert call("status", "x.h5", cwd=tmp_path).stdout.rstrip().endswith("complete") == (pending == 0)
        assert call("run", f"{new}.toml", "-o", "x.h5", cwd=tmp_path).returncode == ALL_DONE
        assert call("compare", "x.h5", f"{new}.h5", cwd=tmp_path).stdout.startswith("same bits"), (old, new)
        (tmp_path / "x.h5").unlink()


def test_a_grid_has_what_sequential_replicas_ask_for(tmp_path):
    sgd_sweep(tmp_path, "plane", steps=17, depth=2, points=289, replicas="{ min = 4, max = 16, until = 0.3 }")
    run(tmp_path)
    assert call("run", "grid.toml", "-o", "grid.h5", cwd=tmp_path).returncode == ALL_DONE
    taken, pending = extended(tmp_path, "grid.h5", "plane.toml", "x.h5")
    assert taken > 0 and pending == 0
    assert call("compare", "x.h5", "plane.h5", cwd=tmp_path).stdout.startswith("same bits")


def test_learning_times_have_a_boundary(tmp_path):
    """The second component's, which is later than the first's; one that is never learnt counts with the horizon."""
    write(tmp_path, engines='"sgd", "ode"', horizon=40.0, dimension=200, depth=2, points=300, steps=17, replicas=2)
    text = (tmp_path / "plane.toml").read_text().replace("spikes = [2.0]", "spikes = [2.0, 0.5]").replace("hidden = 1", "hidden = 2")
    (tmp_path / "plane.toml").write_text(text.replace("[refine]", '[refine]\nengine = "sgd"\nobservable = "learning_time"\ncomponent = 1\nlevels = [15.0]'))
    run(tmp_path)
    run(tmp_path, "two.h5", mpirun(2))
    assert call("compare", "plane.h5", "two.h5", cwd=tmp_path).stdout.startswith("same bits")
    with h5py.File(tmp_path / "plane.h5") as file:
        asked = file[POINT + "/site"][:] >= 0
        time, value = file["sgd/learning_time"][:][asked][:, :, 1], file[POINT + "/value"][:][asked]
        assert np.isnan(time).any() and (time < 15.0).any()
        assert np.array_equal(value, np.where(np.isnan(time), 40.0, time).mean(axis=1))
        crossed = file["refined/boundary/line"][:] >= 0
        assert crossed.sum() > 10 and (file["refined/boundary/level"][:][crossed] == 15.0).all()
        rate, decay, low, high = (file[f"refined/boundary/{name}"][:][crossed] for name in ("learning_rate", "weight_decay", "learning_rate_low", "learning_rate_high"))
        fast = rate > 4.0  # the faster, the sooner: where decay is weak, too
        assert fast.any() and (low <= rate).all() and (rate <= high).all() and decay[fast].min() > decay[~fast].min()
    assert "learning time, the horizon where never (component 1, sgd, mean over replicas)" in call("show", "plane.h5", cwd=tmp_path).stdout


def test_a_boundary_that_the_file_has_no_room_for_is_said(tmp_path):
    """Forty levels between 0 and 1 learnt component are forty lines along the same edges; there is room for four vertices a point."""
    write(tmp_path, points=200)
    text = (tmp_path / "plane.toml").read_text().replace("[refine]", f"[refine]\nlevels = {[(2 * i + 1) / 80 for i in range(40)]}")
    (tmp_path / "plane.toml").write_text(text)
    run(tmp_path)
    with h5py.File(tmp_path / "plane.h5") as file:
        assert file["refined/vertices"][()] > 800 and (file["refined/boundary/line"][:] >= 0).all()
    assert "as far as there is room: 800 (more with a larger refine.points)" in call("show", "plane.h5", cwd=tmp_path).stdout


@pytest.mark.parametrize("limit", ['wall_time = "0.5s"', "cpu_hours = 0.00014"])
def test_an_allowance_stops_a_run_and_the_same_command_goes_on(tmp_path, limit):
    write(tmp_path, engines='"sgd"', replicas=8, dimension=100000, horizon=0.6, depth=2, steps=17, points=200)
    text = (tmp_path / "plane.toml").read_text().replace("from = 0.5, to = 8.0", "from = 500.0, to = 8000.0").replace("from = 0.25, to = 16.0", "from = 250.0, to = 16000.0")
    (tmp_path / "plane.toml").write_text(text)
    run(tmp_path, "whole.h5")
    (tmp_path / "plane.toml").write_text(text.replace("[refine]", "[refine]\n" + limit))
    statuses = []
    while ALL_DONE not in statuses:
        result = call("run", "plane.toml", "-o", "parts.h5", cwd=tmp_path)
        assert result.returncode in (ALL_DONE, STOPPED_EARLY) and "the limit in [refine]" in result.stdout, result.stdout + result.stderr
        statuses.append(result.returncode)
        with h5py.File(tmp_path / "parts.h5") as file:  # what is known can be looked at, though the generation may not be whole
            known = np.isin(file["sgd/status"][:], (DONE, DIVERGED)).all(axis=1)
            assert (np.isfinite(file[POINT + "/value"][:]) == known).all() and np.isfinite(file["refined/dense/value"][:]).sum() >= known.sum()
    assert STOPPED_EARLY in statuses
    assert call("compare", "whole.h5", "parts.h5", cwd=tmp_path).stdout.startswith("same bits")
