"""The independent trajectories of tests/data/trajectories.toml, through the program: spectrum and start from files, the flow, the stored error."""
import tomllib
from pathlib import Path

import h5py
import numpy as np
import pytest

from program import ALL_DONE, call

GOLDEN = tomllib.loads((Path(__file__).resolve().parents[1] / "data" / "trajectories.toml").read_text())["case"]
CASES = GOLDEN

TOLERANCE = 1e-6  # relative, asked for; the reference's own accuracy is 1e-8, the flow runs at the default tolerances


def padded(rows, dimension):
    rows = np.asarray(rows)
    return np.hstack([rows, np.zeros((len(rows), dimension - rows.shape[1]))])


def write_sweep(case, folder):
    rho_hat, times, hidden = case["rho_hat"], case["t"], len(case["W0"])
    dimension = case.get("dimension", max(len(rho_hat), hidden + 1))
    with h5py.File(folder / "spectrum.h5", "w") as file:
        file["eigenvalues"] = dimension * padded([rho_hat], dimension)[0]
    with h5py.File(folder / "start.h5", "w") as file:
        file["encoder"] = padded(case["W0"], dimension)
        file["decoder"] = np.sqrt(dimension) * padded(case["V0"], dimension)
        file["bias"] = np.asarray(case["b0"])
    bias = "trained" if case["bias_trained"] else "fixed" if any(case["b0"]) else "none"
    (folder / "golden.toml").write_text(f"""\
[sweep]
engines = ["ode"]
[data]
kind = "spectrum"
file = "spectrum.h5"
[model]
hidden = {hidden}
activation = "{case['activation']}"
bias = "{bias}"
tied = {str(case['tied']).lower()}
[training]
rule = "{case['algorithm']}"
{f"tied_rate = {case['tied_rate']}" if case['tied'] else ""}
learning_rate = {case['learning_rate']}
weight_decay = {case['weight_decay']}
input_noise = {np.sqrt(dimension * case['noise'])!r}
horizon = {times[-1]!r}
[initial]
kind = "file"
file = "start.h5"
[record]
count = {len(times) - 1}
spacing = "log"
first = {times[1]!r}
""")


def test_the_cases_are_there():
    assert len(CASES) == 15
    # times that [record] can ask for, and eigenvalues that the program leaves in their order
    assert all(np.allclose(case["t"][1:], np.geomspace(case["t"][1], case["t"][-1], len(case["t"]) - 1), rtol=1e-12) for case in CASES)
    assert all(np.all(np.diff(case["rho_hat"]) <= 0) for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_program_follows_the_trajectory(case, tmp_path):
    write_sweep(case, tmp_path)
    result = call("run", "golden.toml", "-o", "golden.h5", cwd=tmp_path)
    assert result.returncode == ALL_DONE, result.stderr
    with h5py.File(tmp_path / "golden.h5", "r") as file:
        assert np.allclose(file["time"], case["t"], rtol=1e-12, atol=0)
        assert np.allclose(file["ode/pmse"][0], case["pmse"], rtol=TOLERANCE, atol=0)
        assert file["ode/final_pmse"][0] == pytest.approx(case["pmse"][-1], rel=TOLERANCE)
        assert file["reference/chance"][()] == pytest.approx(sum(case["rho_hat"]) / 2, rel=1e-14)
