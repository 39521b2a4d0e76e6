"""KS24's claims are judged by the numbers in the result files."""
from pathlib import Path

import h5py
import numpy as np
import pytest
from synthetic_results import write_result

from aesweep_analysis import open_sweep
from aesweep_analysis.claims import CLAIMS, REPLICATED, assess
from aesweep_analysis.measurements import HOLDS
from aesweep_analysis.replication import sweep_file

SWEEPS = Path(__file__).resolve().parents[2] / "sweeps"


@pytest.fixture
def files(tmp_path):
    """Writes the results of a claim's sweeps; stem → path."""
    def write(claim, replicas=4):
        return {stem: write_result(tmp_path / f"{stem}.h5", sweep_file(SWEEPS, stem).read_text(), replicas=replicas, times=12) for stem in CLAIMS[claim].sweeps}
    return write


def judged(claim, paths):
    sweeps = {stem: open_sweep(path) for stem, path in paths.items()}
    result = assess(CLAIMS[claim], sweeps)
    for sweep in sweeps.values():
        sweep.close()
    return result


@pytest.mark.parametrize("claim", ["C1", "C2", "C3"])
def test_tears_that_shrink_replicate_the_claims(files, claim):
    result = judged(claim, files(claim))
    assert result.verdict == REPLICATED, [(m.what, m.value, m.uncertainty, m.state) for m in result.measurements]


def failures(claim, paths, dataset, where, value):
    """What fails once the values at a place of the last sweep are others."""
    with h5py.File(list(paths.values())[-1], "r+") as file:
        values = file[dataset][...]
        values[where] = value
        file[dataset][...] = values
    return [m.what for m in judged(claim, paths).failures]


def test_a_single_error_below_the_reach_fails(files):
    paths = files("C1")
    found = failures("C1", paths, "deep/supremum", (2, 1, 3, 5), 0.97)  # sphere, width, replica, time
    assert len(found) == 1 and found[0].startswith("sphere: least supremum")


def test_an_arc_that_stays_torn_fails(files):
    assert any(what.startswith("arc") for what in failures("C1", files("C1"), "deep/supremum", np.s_[4], 1.0))


def test_a_share_that_does_not_fall_fails(files):
    found = failures("C2", files("C2"), "deep/exceptional", np.s_[3, -1], 0.5)  # of the torus at the largest width
    assert any(what.startswith("torus: exponent of that share in the width") for what in found)


def test_more_cuts_than_circles_fail(files):
    assert any(what.startswith("cuts") for what in failures("C3", files("C3"), "deep/cuts", np.s_[:], 7))


def test_uncertainties_are_those_of_replicas(files):
    paths = files("C2")
    first = judged("C2", paths).measurements[0]
    with h5py.File(paths["ks24-02a-width-and-depth"]) as file:
        values = file["deep/excess"][0, -1, -1]  # circle, deepest, widest
    assert first.value == pytest.approx(values.mean()) and first.uncertainty == pytest.approx(values.std(ddof=1) / 2)
    assert {m.state for m in judged("C2", paths).measurements} == {HOLDS}
