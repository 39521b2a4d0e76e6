"""extend, merge, replay, verify, export, run --failed: a changed mind costs only what is new, and what is stored can be trusted."""
import csv
import hashlib
import re
import shutil

import h5py
import numpy as np
import pytest

from program import ALL_DONE, BAD_INPUT, DIVERGED, DONE, ERROR, FAILED, PENDING, SOME_FAILED, TINY, call, read_columns, same_bits

ENGINES = ("ode", "sgd")
DECAYS = "values = [0.01, 0.5, 5.0]"


def run(folder, name, text=TINY, *arguments):
    """Runs a sweep of its own: NAME.toml, NAME.h5."""
    (folder / f"{name}.toml").write_text(text)
    result = call("run", f"{name}.toml", "-o", f"{name}.h5", *arguments, cwd=folder)
    assert result.returncode == ALL_DONE, result.stderr


def pending_tasks(path):
    engines = [engine for engine in ENGINES if engine in h5py.File(path, "r")]
    return int(np.any([status == PENDING for status in read_columns(path, *(f"{engine}/status" for engine in engines))], axis=0).sum())


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """tiny.toml and tiny.h5, its result; tests that write into the folder use names of their own."""
    folder = tmp_path_factory.mktemp("tiny")
    run(folder, "tiny")
    return folder


@pytest.fixture
def tiny_copy(tiny, tmp_path):
    for name in ("tiny.toml", "tiny.h5"):
        shutil.copy(tiny / name, tmp_path)
    return tmp_path


# --- extend -------------------------------------------------------------------------------------------------------------------------------------

NOISE_AXIS = '\n[[axis]]\nkey = "training.input_noise"\nvalues = [0.5, 0.0]\n'
WIDTH_AXIS = '\n[[axis]]\nkey = "model.hidden"\nvalues = [3, 2]\n'
HORIZONS = '\n[[axis]]\nkey = "training.horizon"\nvalues = [10.0, 20.0]\n'
KEPT = "first = 0.1\norder_parameters = true\nweights = \"leading\""

CHANGES = {  # name: sweep before, sweep after, tasks that are pending then
    "more replicas": (TINY, TINY.replace("replicas = 2", "replicas = 3"), 6),
    "fewer replicas": (TINY, TINY.replace("replicas = 2", "replicas = 1"), 0),
    "finer and wider axis": (TINY, TINY.replace(DECAYS, "values = [0.005, 0.01, 0.1, 0.5]"), 8),
    "wider horizons": (TINY.replace("horizon = 20.0", "") + HORIZONS, TINY.replace("horizon = 20.0", "") + HORIZONS.replace("20.0", "40.0"), 12),
    "a further axis": (TINY, TINY + '\n[[axis]]\nkey = "training.learning_rate"\nvalues = [0.5, 1.0]\n', 12),
    # at points without noise the map without noise is the map itself, though it was not stored
    "axis with noise": (TINY, TINY + NOISE_AXIS, 12),
    # rows over neurons are padded to the largest K
    "axis over K": (TINY.replace("first = 0.1", KEPT), TINY.replace("first = 0.1", KEPT) + WIDTH_AXIS, 12),
    "smaller K": (TINY.replace("first = 0.1", KEPT) + WIDTH_AXIS, TINY.replace("first = 0.1", KEPT), 0),
    "an engine less": (TINY, TINY.replace("replicas = 2", 'replicas = 2\nengines = ["sgd"]'), 0),
    "another engine": (TINY.replace("replicas = 2", 'replicas = 2\nengines = ["ode"]'), TINY, 12),
    "exclusions": (TINY, TINY + '\n[[exclude]]\n"model.activation" = "erf"\n"training.weight_decay" = 5.0\n', 0),
    "the same starts everywhere": (TINY.replace("seed = 5", "seed = 5\ncommon_randomness = true"),
                                   TINY.replace("seed = 5", "seed = 5\ncommon_randomness = true").replace(DECAYS, "values = [0.5, 0.6]"), 4),
}


@pytest.mark.parametrize("before, after, pending", CHANGES.values(), ids=CHANGES.keys())
def test_an_extended_file_gets_the_bits_of_a_fresh_run(before, after, pending, tmp_path):
    run(tmp_path, "before", before)
    run(tmp_path, "fresh", after)
    untouched = (tmp_path / "before.h5").read_bytes()
    result = call("extend", "before.h5", "fresh.toml", "-o", "after.h5", cwd=tmp_path)
    assert (result.returncode, result.stderr.count("damaged")) == (ALL_DONE, 0), result.stderr
    assert f"{pending} task" in result.stdout and pending_tasks(tmp_path / "after.h5") == pending
    assert ("aesweep run fresh.toml -o after.h5" in result.stdout) == (pending > 0)
    assert (tmp_path / "before.h5").read_bytes() == untouched
    taken = {engine: values == DONE for engine in ENGINES if engine in h5py.File(tmp_path / "after.h5", "r")
             for values in read_columns(tmp_path / "after.h5", f"{engine}/status")}
    assert sum(rows.sum() for rows in taken.values()) > 0
    whole = call("run", "fresh.toml", "-o", "after.h5", cwd=tmp_path)
    assert whole.returncode == ALL_DONE and f"{pending} task" in whole.stdout
    same_bits(tmp_path, "after.h5", "fresh.h5")


def test_cost_and_bookkeeping_come_along(tiny):
    (tiny / "three.toml").write_text(TINY.replace("replicas = 2", "replicas = 3"))
    assert call("extend", "tiny.h5", "three.toml", "-o", "three.h5", cwd=tiny).returncode == ALL_DONE
    names = [f"{engine}/{column}" for engine in ENGINES for column in ("seconds", "rank", "attempts", "checksum")]
    for old, new in zip(read_columns(tiny / "tiny.h5", *names), read_columns(tiny / "three.h5", *names)):
        assert np.array_equal(old, new[..., :2])


def test_sgd_alone_lacks_the_gap_to_theory(tmp_path):
    run(tmp_path, "alone", TINY.replace("replicas = 2", 'replicas = 2\nengines = ["sgd"]'))
    (tmp_path / "both.toml").write_text(TINY)
    result = call("extend", "alone.h5", "both.toml", "-o", "both.h5", cwd=tmp_path)
    assert result.returncode == ALL_DONE and "theory_gap" in result.stderr and "0 rows taken" in result.stdout
    assert pending_tasks(tmp_path / "both.h5") == 12


def test_times_in_other_units_are_other_rows(tmp_path):
    # With an axis over the horizon record.first is a fraction of it: the same number means another time.
    run(tmp_path, "fixed")
    (tmp_path / "moving.toml").write_text(TINY.replace("horizon = 20.0", "") + '\n[[axis]]\nkey = "training.horizon"\nvalues = [20.0, 30.0]\n')
    result = call("extend", "fixed.h5", "moving.toml", "-o", "moving.h5", cwd=tmp_path)
    assert result.returncode == BAD_INPUT and "no point of the sweep" in result.stderr and not (tmp_path / "moving.h5").exists()


@pytest.mark.parametrize("change, message", [(("seed = 5", "seed = 6"), "sweep.seed is 5 there and 6"),
                                             (("seed = 5", "seed = 5\ncommon_randomness = true"), "sweep.common_randomness"),
                                             (("[record]", "[outcome]\nlearnt_threshold = 0.9\n[record]"),
                                              "aesweep judge tiny.h5 --learnt-threshold 0.9"),
                                             (("dimension = 40", "dimension = 41"), "data.dimension: 40 -> 41")])
def test_a_sweep_that_no_row_fits_is_refused(change, message, tiny_copy):
    (tiny_copy / "other.toml").write_text(TINY.replace(*change))
    result = call("extend", "tiny.h5", "other.toml", "-o", "other.h5", cwd=tiny_copy)
    assert (result.returncode, result.stdout) == (BAD_INPUT, "") and message in result.stderr
    assert not list(tiny_copy.glob("other.h5")) + list(tiny_copy.glob("*.part"))


def test_what_a_killed_attempt_left_does_not_matter(tiny_copy):
    (tiny_copy / "new.h5.part").write_text("half a file")
    assert call("extend", "tiny.h5", "tiny.toml", "-o", "new.h5", cwd=tiny_copy).returncode == ALL_DONE
    same_bits(tiny_copy, "tiny.h5", "new.h5")
    assert not (tiny_copy / "new.h5.part").exists()


# --- merge --------------------------------------------------------------------------------------------------------------------------------------

def test_half_and_half_is_the_whole(tiny, tmp_path):
    for name, decays in (("left", "values = [0.01, 0.5]"), ("right", "values = [5.0, 0.01]")):
        run(tmp_path, name, TINY.replace(DECAYS, decays))
    result = call("merge", "right.h5", "left.h5", "-o", "whole.h5", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (ALL_DONE, "") and "0 tasks pending" in result.stdout
    assert "24 rows from 2 files, 8 of them in several" in result.stdout   # weight decay 0.01: two units, two replicas, two engines
    # values that are not in one order everywhere stay as first seen
    assert list(read_columns(tmp_path / "whole.h5", "weight_decay")[0]) == [5.0, 0.01, 0.5]
    again = call("run", "whole.toml", "-o", "whole.h5", cwd=tmp_path)
    assert again.returncode == ALL_DONE and "0 tasks to do" in again.stdout

    run(tmp_path, "ascending", TINY.replace(DECAYS, "values = [0.01, 5.0]"))
    assert call("merge", "ascending.h5", "left.h5", "-o", "sorted.h5", cwd=tmp_path).returncode == ALL_DONE
    same_bits(tmp_path, "sorted.h5", tiny / "tiny.h5")


def test_holes_are_pending_and_a_run_fills_them(tiny, tmp_path):
    run(tmp_path, "corner", TINY.replace(DECAYS, "values = [0.01]").replace('["linear", "erf"]', '["linear"]'))
    opposite = TINY.replace(DECAYS, "values = [0.5, 5.0]").replace('["linear", "erf"]', '["erf"]').replace("replicas = 2", "replicas = 1")
    run(tmp_path, "opposite", opposite)
    result = call("merge", "corner.h5", "opposite.h5", "-o", "union.h5", cwd=tmp_path)
    assert result.returncode == ALL_DONE and "6 points, 8 tasks pending" in result.stdout and "aesweep run union.toml -o union.h5" in result.stdout
    assert call("run", "union.toml", "-o", "union.h5", cwd=tmp_path).returncode == ALL_DONE
    same_bits(tmp_path, "union.h5", tiny / "tiny.h5")


def test_one_sweep_computed_in_parts_is_merged(tiny_copy):
    for name, part in (("first", np.s_[0]), ("second", np.s_[1])):
        shutil.copy(tiny_copy / "tiny.h5", tiny_copy / f"{name}.h5")
        with h5py.File(tiny_copy / f"{name}.h5", "a") as file:
            for engine in ENGINES:
                file[f"{engine}/status"][part] = PENDING
    assert call("merge", "first.h5", "second.h5", "-o", "whole.h5", cwd=tiny_copy).returncode == ALL_DONE
    same_bits(tiny_copy, "whole.h5", "tiny.h5")


def rewrite_row(path, engine, at, column, value):
    """Another value in a row, with the checksum that belongs to it: the row of another computation."""
    with h5py.File(path, "a") as file:
        group = file[engine]
        group[column][at] = value
        # as the layout has them, costs left out
        order = ["pmse", "explained", "final_pmse", "excess", "learnt", "learning_time", "converged", "theory_gap", "steps"]
        data = b"".join(np.ascontiguousarray(group[name][at]).tobytes() for name in order if name in group) + bytes([group["status"][at]])
        group["checksum"][at] = int.from_bytes(hashlib.sha256(data).digest()[:8], "little")


def test_the_sweep_file_beside_a_merged_file_may_be_there_already(tiny_copy):
    for part in ("1/2", "2/2"):
        assert call("run", "tiny.toml", "-o", f"p{part[0]}.h5", "--part", part, cwd=tiny_copy).returncode == ALL_DONE
    (tiny_copy / "tiny.h5").rename(tiny_copy / "whole.h5")
    text = (tiny_copy / "tiny.toml").read_bytes()
    assert call("merge", "p1.h5", "p2.h5", "-o", "tiny.h5", cwd=tiny_copy).returncode == ALL_DONE
    assert (tiny_copy / "tiny.toml").read_bytes() == text
    same_bits(tiny_copy, "whole.h5", "tiny.h5")
    (tiny_copy / "other.toml").write_text(TINY.replace("replicas = 2", "replicas = 3"))
    result = call("merge", "p1.h5", "p2.h5", "-o", "other.h5", cwd=tiny_copy)
    assert result.returncode == BAD_INPUT and "other.toml: exists already, and is not the sweep of the merged file" in result.stderr
    assert not (tiny_copy / "other.h5").exists()


def test_a_conflict_is_shown_and_the_first_file_may_be_preferred(tiny_copy):
    shutil.copy(tiny_copy / "tiny.h5", tiny_copy / "other.h5")
    rewrite_row(tiny_copy / "other.h5", "sgd", (1, 2, 0), "final_pmse", 0.125)
    files = ("merge", "tiny.h5", "other.h5", "-o", "whole.h5")
    result = call(*files, cwd=tiny_copy)
    assert (result.returncode, result.stdout.count("whole.h5: 6 points")) == (ERROR, 0)
    assert re.search(r"conflict: sgd, point 5 \(activation = erf, weight_decay = 5\), replica 0: .*final_pmse: \S+ against 0\.125", result.stderr)
    assert "1 of 24 rows that several files have differ" in result.stderr
    assert not list(tiny_copy.glob("whole.*[!k]"))   # only the lock file
    preferred = call(*files, "--prefer", "first", cwd=tiny_copy)
    assert preferred.returncode == ALL_DONE
    same_bits(tiny_copy, "whole.h5", "tiny.h5")


@pytest.mark.parametrize("change, message", [(("dimension = 40", "dimension = 50"), "data.dimension: 40 -> 50"),
                                             (("seed = 5", "seed = 6"), "sweep.seed: 5 -> 6"),
                                             (('key = "training.weight_decay"\n' + DECAYS, 'key = "training.learning_rate"\nvalues = [1.0]'),
                                              "its axes are [activation (model.activation), learning_rate (training.learning_rate)]")])
def test_sweeps_that_differ_otherwise_are_not_merged(change, message, tiny, tmp_path):
    run(tmp_path, "other", TINY.replace(*change))
    result = call("merge", tiny / "tiny.h5", "other.h5", "-o", "whole.h5", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (BAD_INPUT, "") and message in result.stderr and not (tmp_path / "whole.h5").exists()


# --- replay -------------------------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("point", ["4", "activation=erf,weight_decay=0.5", "weight_decay=5e-1,activation=erf"])
def test_a_replayed_point_has_the_stored_bits(point, tiny):
    result = call("replay", "tiny.h5", point, "--replica", "1", cwd=tiny)
    assert (result.returncode, result.stderr) == (ALL_DONE, "")
    assert "point 4 (activation = erf, weight_decay = 0.5), replica 1" in result.stdout and result.stdout.count("the same bits") == 2
    assert all(re.search(rf"{engine}: done; .*final_pmse = \d", result.stdout) for engine in ENGINES)


def test_replay_shows_the_first_difference(tiny_copy):
    rewrite_row(tiny_copy / "tiny.h5", "sgd", (1, 1, 0), "pmse", np.arange(9.0))
    result = call("replay", "tiny.h5", "4", cwd=tiny_copy)
    assert result.returncode == ERROR and re.search(r"sgd: differs, file against now: pmse\[0\]: 0 against 1\.\d+\n", result.stdout)
    assert "ode: the same bits" in result.stdout and "damaged" not in result.stdout


def test_replay_of_a_pending_point_has_nothing_to_compare(tiny_copy):
    with h5py.File(tiny_copy / "tiny.h5", "a") as file:
        file["sgd/status"][0, 0, 0] = PENDING
    result = call("replay", "tiny.h5", "0", cwd=tiny_copy)
    assert result.returncode == ERROR and "sgd: pending in the file" in result.stdout and "ode: the same bits" in result.stdout


# --- verify -------------------------------------------------------------------------------------------------------------------------------------

def test_a_sound_file_passes(tiny):
    result = call("verify", "tiny.h5", "--sample", "5", "--seed", "3", cwd=tiny)
    assert (result.returncode, result.stderr) == (ALL_DONE, "")
    assert "24 rows checked (24 done), 0 damaged" in result.stdout and "5 tasks recomputed (--seed 3): the same bits" in result.stdout


def test_a_damaged_row_is_named_repaired_and_recomputed(tiny_copy):
    pristine = (tiny_copy / "tiny.h5").read_bytes()
    with h5py.File(tiny_copy / "tiny.h5", "a") as file:
        file["ode/pmse"][0, 1, 0, 3] += 1e-15
    found = call("verify", "tiny.h5", "--sample", "0", cwd=tiny_copy)
    assert found.returncode == ERROR and "1 damaged" in found.stdout
    assert "ode, point 1 (activation = linear, weight_decay = 0.5), replica 0" in found.stdout
    # neither extend nor merge takes it
    assert "damaged row left out: ode, point 1" in call("extend", "tiny.h5", "tiny.toml", "-o", "extended.h5", cwd=tiny_copy).stderr
    assert pending_tasks(tiny_copy / "extended.h5") == 1
    assert "damaged row left out: ode, point 1" in call("merge", "tiny.h5", "-o", "merged.h5", cwd=tiny_copy).stderr
    repaired = call("verify", "tiny.h5", "--sample", "0", "--repair", cwd=tiny_copy)
    assert repaired.returncode == ERROR and "1 damaged row made pending" in repaired.stdout
    assert "1 task to do" in call("run", "tiny.toml", cwd=tiny_copy).stdout
    (tiny_copy / "pristine.h5").write_bytes(pristine)
    for name in ("tiny.h5", "extended.h5"):
        assert call("run", "tiny.toml", "-o", name, cwd=tiny_copy).returncode == ALL_DONE
        same_bits(tiny_copy, name, "pristine.h5")
    assert call("verify", "tiny.h5", cwd=tiny_copy).returncode == ALL_DONE


def test_a_row_of_another_computation_is_found_by_recomputing(tiny_copy):
    rewrite_row(tiny_copy / "tiny.h5", "sgd", (0, 0, 1), "excess", 0.5)
    result = call("verify", "tiny.h5", "--sample", "12", cwd=tiny_copy)
    assert result.returncode == ERROR and "0 damaged" in result.stdout
    assert re.search(r"sgd, point 0 \(activation = linear, weight_decay = 0.01\), replica 1: excess: 0\.5 against", result.stdout)


# --- export -------------------------------------------------------------------------------------------------------------------------------------

def test_the_table_holds_every_scalar(tiny):
    result = call("export", "tiny.h5", "--csv", "tiny.csv", cwd=tiny)
    assert result.returncode == ALL_DONE and "24 rows" in result.stdout
    with open(tiny / "tiny.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:5] == ["activation", "weight_decay", "engine", "replica", "status"] and len(rows) == 24
    with h5py.File(tiny / "tiny.h5", "r") as file:
        for engine in ENGINES:
            of_engine = [row for row in rows if row["engine"] == engine]
            assert [row["activation"] for row in of_engine] == ["linear"] * 6 + ["erf"] * 6
            assert [float(row["weight_decay"]) for row in of_engine[:6]] == [0.01, 0.01, 0.5, 0.5, 5.0, 5.0]
            assert {row["status"] for row in of_engine} == {"done"}
            for column in ("final_pmse", "excess", "learnt", "converged", "steps", "seconds", "rank", "attempts"):
                assert np.array_equal([float(row[column]) for row in of_engine], file[engine][column][...].ravel()), column
            for m in range(2):
                times = [float(row[f"learning_time_{m}"]) for row in of_engine]
                assert np.array_equal(times, file[engine]["learning_time"][..., m].ravel(), equal_nan=True)
    assert all((row["theory_gap"] == "") == (row["engine"] == "ode") for row in rows)


def test_pending_rows_are_empty_and_labels_quoted(tmp_path):
    network = 'key = "model.activation"\nvalues = ["linear", "erf"]'
    linked = TINY.replace(network, 'name = "network"\nkeys = ["model.activation", "model.hidden"]\nvalues = [["linear", 2], ["erf", 3]]')
    (tmp_path / "linked.toml").write_text(linked)
    assert call("run", "linked.toml", "-o", "linked.h5", cwd=tmp_path).returncode == ALL_DONE
    with h5py.File(tmp_path / "linked.h5", "a") as file:
        file["sgd/status"][0, 0, 0] = PENDING
    result = call("export", "linked.h5", "--csv", "-", cwd=tmp_path)
    rows = list(csv.DictReader(result.stdout.splitlines()))
    row = next(row for row in rows if row["engine"] == "sgd")
    assert (row["network"], row["status"], row["final_pmse"], row["steps"]) == ("linear, 2", "pending", "", "")
    replay = call("replay", "linked.h5", "network=erf, 3,weight_decay=5", cwd=tmp_path)   # a label with a comma
    assert replay.returncode == ALL_DONE and "point 5 (network = erf, 3, weight_decay = 5)" in replay.stdout


# --- run --failed -------------------------------------------------------------------------------------------------------------------------------

def test_failed_rows_run_again_on_demand_alone(tmp_path):
    # At this learning rate the flow's step underflows: it fails every time.
    decays = 'key = "training.weight_decay"\n' + DECAYS
    (tmp_path / "fast.toml").write_text(TINY.replace(decays, 'key = "training.learning_rate"\nvalues = [0.5, 1e15]'))
    command = ("run", "fast.toml", "-o", "fast.h5")
    assert call(*command, cwd=tmp_path).returncode == SOME_FAILED
    shutil.copy(tmp_path / "fast.h5", tmp_path / "once.h5")
    plain = call(*command, cwd=tmp_path)
    assert plain.returncode == SOME_FAILED and "0 tasks to do" in plain.stdout
    again = call(*command, "--failed", cwd=tmp_path)
    assert again.returncode == SOME_FAILED and "4 tasks to do" in again.stdout
    status, attempts, sgd = read_columns(tmp_path / "fast.h5", "ode/status", "ode/attempts", "sgd/status")
    assert ((status == FAILED) == (attempts == 2)).all() and (attempts.sum(), (sgd == DIVERGED).sum()) == (12, 4)
    same_bits(tmp_path, "fast.h5", "once.h5")
    replay = call("replay", "fast.h5", "learning_rate=1e15,activation=erf", cwd=tmp_path)   # a failure is replayed as well, with its message
    assert replay.returncode == ALL_DONE and "ode: failed" in replay.stdout and "ode: the flow's" in replay.stdout
    (tmp_path / "new.toml").write_text((tmp_path / "fast.toml").read_text())
    assert "4 tasks pending" in call("extend", "fast.h5", "new.toml", "-o", "new.h5", cwd=tmp_path).stdout


# --- wrong arguments ----------------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments, message", [
    (("extend", "tiny.h5"), "SWEEP.toml"),
    (("extend", "tiny.h5", "tiny.toml"), "--output"),
    (("extend", "tiny.h5", "tiny.toml", "-o", "tiny.h5"), "tiny.h5: exists already"),
    (("extend", "absent.h5", "tiny.toml", "-o", "new.h5"), "absent.h5"),
    (("extend", "tiny.h5", "tiny.toml", "-o", "new.h5", "--set", "model.hiden=2"), "model.hidden"),
    (("merge", "-o", "new.h5"), "FILE.h5"),
    (("merge", "tiny.h5"), "--output"),
    (("merge", "tiny.h5", "-o", "tiny.h5"), "exists already"),
    (("merge", "tiny.h5", "-o", "tiny.x"), "must end in .h5"),
    (("merge", "tiny.h5", "-o", "new.h5", "--prefer", "last"), "first"),
    (("replay", "tiny.h5"), "POINT"),
    (("replay", "tiny.h5", "6"), "points 0 to 5"),
    (("replay", "tiny.h5", "5", "--replica", "2"), "2 replicas, counted from 0"),
    (("replay", "tiny.h5", "-1"), ""),
    (("replay", "tiny.h5", "erf"), "AXIS=VALUE"),
    (("replay", "tiny.h5", "activation=erf"), "no value for the axis weight_decay"),
    (("replay", "tiny.h5", "activation=relu,weight_decay=5"), "the axis has linear; erf"),
    (("replay", "tiny.h5", "activation=erf,weight_decay=5,hidden=3"), "no axis 'hidden'"),
    (("verify", "absent.h5"), "absent.h5"),
    (("verify", "tiny.h5", "--sample", "many"), "--sample"),
    (("export", "tiny.h5"), "--csv"),
    (("export", "tiny.h5", "--csv", "./tiny.h5"), "an HDF5 file; a CSV file does not replace it"),
])
def test_wrong_arguments_exit_2_and_change_nothing(arguments, message, tiny):
    before = {path.name: path.read_bytes() for path in tiny.iterdir() if not path.name.endswith(".lock")}
    result = call(*arguments, cwd=tiny)
    assert (result.returncode, result.stdout) == (BAD_INPUT, "") and message in result.stderr
    assert {path.name: path.read_bytes() for path in tiny.iterdir() if not path.name.endswith(".lock")} == before


def test_a_file_that_is_no_result_is_named(tiny_copy):
    (tiny_copy / "notes.h5").write_text("precious notes\n")
    for arguments in (("extend", "notes.h5", "tiny.toml", "-o", "new.h5"), ("merge", "tiny.h5", "notes.h5", "-o", "new.h5"),
                      ("replay", "notes.h5", "0"), ("verify", "notes.h5"), ("export", "notes.h5", "--csv", "notes.csv")):
        result = call(*arguments, cwd=tiny_copy)
        assert result.returncode == ERROR and "notes.h5: not an HDF5 file" in result.stderr, arguments
    assert not (tiny_copy / "new.h5").exists() and not (tiny_copy / "notes.csv").exists()
