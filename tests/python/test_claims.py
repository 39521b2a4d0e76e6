"""Verdicts follow from measurements, and these from the result files alone."""
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from synthetic import write_sweep

from aesweep_analysis import open_sweep
from aesweep_analysis.claims import CLAIMS, IN_PART, NOT_MEASURED, NOT_REPLICATED, REPLICATED, Claim, Result, assess
from aesweep_analysis.fits import mean
from aesweep_analysis.measurements import FAILS, HOLDS, OPEN, Measurement, about, at_least, at_most, measured, near, pca_level, rank_of
from aesweep_analysis.replication import FULL, QUICK, overrides, stems, sweep_file

SWEEPS = Path(__file__).resolve().parents[2] / "sweeps"
ANY = CLAIMS["A1"]


@pytest.mark.parametrize("value, uncertainty, low, high, state", [
    (1.0, 0.1, 0.5, 1.5, HOLDS), (1.45, 0.1, 0.5, 1.5, OPEN), (1.7, 0.1, 0.5, 1.5, FAILS), (0.3, 0.1, 0.5, 1.5, FAILS), (0.45, 0.1, 0.5, 1.5, OPEN),
    (9.0, 0.1, 0.5, np.inf, HOLDS), (-9.0, 0.1, -np.inf, 0.5, HOLDS), (1.0, np.nan, 0.5, 1.5, OPEN), (np.nan, 0.1, 0.5, 1.5, OPEN)])
def test_state_of_a_measurement(value, uncertainty, low, high, state):
    assert Measurement("x", value, uncertainty, low, high).state == state


def test_expected_ranges():
    ranges = [(r.low, r.high) for r in (at_least(1, "paper"), at_most(1, "paper"), near(-1, 0.25, "paper"), about(-2, "theory", 0.1))]
    assert ranges == [(1, np.inf), (-np.inf, 1), (-1.25, -0.75), (-2.2, -1.8)]


def verdict(*values):
    return Result(ANY, [Measurement("x", value, 0.1, 0.0, 1.0) for value in values]).verdict


def test_verdict_of_a_claim():
    assert verdict(0.5, 0.6) == REPLICATED
    assert verdict(0.5, 2.0) == verdict(0.5, 1.0) == IN_PART
    assert verdict(2.0, 1.0) == verdict(2.0, -3.0) == NOT_REPLICATED
    assert verdict() == verdict(np.nan) == verdict(1.0) == NOT_MEASURED


def test_one_replica_decides_nothing():
    assert measured("x", mean([0.5]), near(0.5, 0.5, "theory")).state == OPEN


def test_every_claim_is_listed_with_sweeps_that_exist():
    papers = [name for name in CLAIMS if name[0] in "ABC"]
    assert papers == [f"A{i}" for i in range(1, 17)] + [f"B{i}" for i in range(1, 7)] + [f"C{i}" for i in range(1, 4)]
    for claim in CLAIMS.values():
        for stem in claim.sweeps:
            assert sweep_file(SWEEPS, stem).is_file()


def test_every_claim_stands_in_the_index_of_sweeps():
    index = (SWEEPS / "README.md").read_text()
    for claim in CLAIMS.values():
        row = re.search(rf"^\| {claim.name}: .*$", index, re.MULTILINE)
        if claim.paper in ("RG24", "PKK18", "KS24"):
            assert row and all(f"{stem}.toml" in row[0] for stem in claim.sweeps), claim.name


def test_a_claim_without_file_is_not_measured_and_says_why():
    assert assess(CLAIMS["A6"], {}).verdict == NOT_MEASURED
    assert assess(CLAIMS["A6"], {}).reason == "no result of rg24-03b-power-laws-of-the-weights"


def test_a_sweep_without_what_is_asked_for_is_not_measured(plane):
    result = assess(CLAIMS["A6"], {"rg24-03b-power-laws-of-the-weights": plane})
    assert result.verdict == NOT_MEASURED and result.reason.startswith("not in the result files")


DATA = {"spikes": [4.0, 2.0], "bulk": 0.5, "dimension": 100}


def test_pca_levels_and_ranks():
    assert pca_level(DATA, np.arange(3)) == pytest.approx([3.25, 3.25 - 2.0025, 3.25 - 3.005])
    assert rank_of(pca_level(DATA, 1), DATA) == pytest.approx(1) and rank_of(3.25, DATA) == 0
    assert rank_of((pca_level(DATA, 1) + pca_level(DATA, 2)) / 2, DATA) == pytest.approx(1.5)
    assert pca_level({**DATA, "dimension": "infinity"}, 0) == pytest.approx(3.25)


GRID = {"learning_rate": ("training.learning_rate", np.geomspace(0.4, 4, 6), {}), "weight_decay": ("training.weight_decay", np.geomspace(0.03, 10, 25), {}),
        "activation": ("model.activation", ["linear"], {})}


@pytest.fixture
def thresholds(tmp_path):
    return write_sweep(tmp_path / "quickstart.h5", axes=GRID)


def judged(path, name, stem):
    with open_sweep(path) as sweep:
        return assess(CLAIMS[name], {stem: sweep})


def test_decay_thresholds_of_linear_networks(thresholds):
    """The synthetic curves end at 1 − (κ/ηρ̂)² exactly."""
    result = judged(thresholds, "D1", "quickstart")
    assert result.verdict == REPLICATED and len(result.measurements) == 6  # three components, flow and SGD
    for m in result.measurements:
        assert abs(m.value - 1) < 3 * m.uncertainty < 0.1


def test_a_changed_result_changes_the_verdict(thresholds):
    with h5py.File(thresholds, "r+") as file:
        for engine in ("ode", "sgd"):
            file[f"{engine}/explained"][..., 1, -1] *= 0.75  # component 2 of both engines, at the horizon
    result = judged(thresholds, "D1", "quickstart")
    assert result.verdict == IN_PART
    assert [m.what.split(",")[0] for m in result.failures] == ["decay κ/η that stops component 2"] * 2
    with h5py.File(thresholds, "r+") as file:
        for engine in ("ode", "sgd"):
            file[f"{engine}/explained"][..., -1] = np.where(file[f"{engine}/explained"][..., -1] > 0.8, 1, 0)
    assert judged(thresholds, "D1", "quickstart").verdict == NOT_REPLICATED


def test_pending_rows_are_left_out(thresholds):
    with h5py.File(thresholds, "r+") as file:
        file["sgd/status"][...] = 0
    result = judged(thresholds, "D1", "quickstart")
    assert result.verdict == IN_PART and len(result.undecided) == 3


def test_theory_gap_is_that_of_the_files_rows(tmp_path):
    axes = {"dimension": ("data.dimension", [250, 1000], {}), "learning_rate": ("training.learning_rate", [0.5, 2.0], {})}
    path = write_sweep(tmp_path / "a01-theory-predicts-sgd.h5", axes=axes, replicas=8)
    before = judged(path, "A1", "a01-theory-predicts-sgd")
    gaps = [m for m in before.measurements if m.what.startswith("largest gap of single runs")]
    with h5py.File(path, "r+") as file:
        values = file["sgd/theory_gap"][1]
        assert [gap.value for gap in gaps] == pytest.approx(values.mean(axis=1))
        assert [gap.uncertainty for gap in gaps] == pytest.approx(values.std(axis=1, ddof=1) / np.sqrt(8))
        assert all(gap.state == HOLDS for gap in gaps)
        file["sgd/theory_gap"][...] += 0.1
    after = judged(path, "A1", "a01-theory-predicts-sgd")
    assert [m.state for m in after.measurements if m.what.startswith("largest gap of single runs")] == [FAILS, FAILS]
    assert next(m for m in before.measurements if m.what.startswith("exponent of SGD's spread")).state == FAILS  # its noise does not depend on D


def test_overrides_stand_in_one_place_and_only_add_replicas_to_a_quick_run():
    for stem in stems():
        path = sweep_file(SWEEPS, stem)
        assert set(overrides(path, QUICK)) <= {"sweep.replicas"}
        assert overrides(path, FULL).get("sweep.replicas", 99) > overrides(path, QUICK).get("sweep.replicas", 1)
    assert overrides(sweep_file(SWEEPS, "tied"), QUICK) == {"sweep.replicas": 4}
    assert "sweep.replicas" not in overrides(sweep_file(SWEEPS, "pkk18-01-closed-forms"), FULL)


def test_claims_are_plain_data():
    claim = Claim("X", "figure 0", "t", "s", ("quickstart",), lambda sweeps: [Measurement("x", 1.0, 0.1, 0.0, 2.0)])
    assert assess(claim, {"quickstart": None}).verdict == REPLICATED
