"""Refined diagrams: what they draw of /refined, and what they refuse. Those of the program's own files need its path in AESWEEP."""
import os
import subprocess
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from synthetic_results import write_result

from aesweep_analysis import SweepError, open_sweep, refined_diagram
from aesweep_analysis.__main__ import main
from aesweep_analysis.refined import Refinement

SWEEPS = Path(__file__).resolve().parents[2] / "sweeps"
TOML = (SWEEPS / "atlas/refined-rate-and-decay.toml").read_text()
ONE_AXIS = """\
[sweep]
name = "one"
engines = ["ode"]
common_randomness = true

[data]
dimension = 1000
spikes = [2.0, 1.0]
bulk = 0.1

[model]
hidden = 2
activation = "linear"

[training]
horizon = 200.0

[record]
count = 4
trajectories = false

[refine]
axes = ["weight_decay"]
depth = 3
points = 30

[[axis]]
key = "training.weight_decay"
range = { from = 0.125, to = 8.0, count = 65, spacing = "log" }
"""
BY_RATE = '\n[[axis]]\nkey = "training.learning_rate"\nvalues = [0.5, 1.0]\n'
BY_TIME = 'observable = "learning_time"\ncomponent = 1\nlevels = [10.0, 50.0]\n'
THREE_AXES = ONE_AXIS.replace('axes = ["weight_decay"]', 'axes = ["weight_decay", "learning_rate", "bulk"]').replace("points = 30", "points = 600") \
    .replace("count = 65", "count = 33") + """
[[axis]]
key = "training.learning_rate"
range = { from = 0.5, to = 2.0, count = 17, spacing = "log" }

[[axis]]
key = "data.bulk"
range = { from = 0.5, to = 100.0, count = 17, spacing = "log" }
"""
needs_program = pytest.mark.skipif("AESWEEP" not in os.environ, reason="AESWEEP is not set")
SLICES = '\n[[axis]]\nkey = "model.bias"\nvalues = ["none", "trained"]\n'


def test_points_boundary_and_theory_are_drawn(tmp_path):
    with open_sweep(write_result(tmp_path / "refined.h5", TOML)) as sweep:
        ax = refined_diagram(sweep).axes[0]
        dots, boundary, *theory = [line for line in ax.lines if line.get_linestyle() != "None" or line.get_marker() == "."]
        assert len(dots.get_xdata()) == sweep.config["refine"]["points"]
        assert np.log(boundary.get_ydata()[-1] / boundary.get_ydata()[0]) == pytest.approx(np.log(1000))
        slopes = [line.get_ydata()[0] / line.get_xdata()[0] for line in theory]
        assert slopes == pytest.approx([(spike + 0.1 / 1000) * np.sqrt(0.5) for spike in (2.0, 1.0, 0.5)])
    plt.close("all")


def test_slices_are_panels(tmp_path):
    with open_sweep(write_result(tmp_path / "slices.h5", TOML + SLICES)) as sweep:
        figure = refined_diagram(sweep)
        assert [ax.get_title() for ax in figure.axes[:2]] == ["bias = none", "bias = trained"]
        assert len([ax for ax in refined_diagram(sweep, {"bias": "trained"}).axes if ax.get_label() != "<colorbar>"]) == 1
    plt.close("all")


def test_a_grid_is_refused(tmp_path):
    with open_sweep(write_result(tmp_path / "grid.h5", (SWEEPS / "atlas/rate-and-decay.toml").read_text())) as sweep:
        with pytest.raises(SweepError, match="not refined; draw it as phase"):
            refined_diagram(sweep)


def test_the_command_line_draws_them(tmp_path):
    path = write_result(tmp_path / "refined.h5", TOML)
    assert main([str(path), "--figure", "refined", "-o", str(tmp_path / "out.png")]) == 0
    assert (tmp_path / "out.png").stat().st_size > 10_000


def test_a_rate_over_the_dimension_is_called_so(tmp_path):
    toml = (SWEEPS / "atlas/refined-rate-over-dimension.toml").read_text()
    with open_sweep(write_result(tmp_path / "over-dimension.h5", toml)) as sweep:
        ax = refined_diagram(sweep).axes[0]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("learning rate η/D", "dimension D")
    plt.close("all")


def result_of(folder, toml):
    """What the program makes of a sweep of some hundred points, in about a second."""
    (folder / "own.toml").write_text(toml)
    subprocess.run([Path(os.environ["AESWEEP"]).resolve(), "run", "own.toml", "-o", "own.h5"], cwd=folder, check=True, capture_output=True, timeout=120)
    return folder / "own.h5"


def drawn(ax, marker):
    """Data of the panel's one series with that marker, "None" for the plain line."""
    line, = (line for line in ax.lines if line.get_marker() == marker)
    return line.get_xdata(), line.get_ydata()


def levels_of(ax):
    return sorted(segment[0, 1] for segments in ax.collections for segment in segments.get_segments() if np.ptp(segment[:, 1]) == 0 and segments.get_linestyle()[0][1])


def bands_of(ax):
    """Ends of the error bars along the horizontal axis."""
    return [segment[:, 0] for segments in ax.collections for segment in segments.get_segments() if not segments.get_linestyle()[0][1]]


def panels_of(figure):
    return [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]


def test_one_axis_makes_a_curve(tmp_path):
    with open_sweep(write_result(tmp_path / "one.h5", ONE_AXIS)) as sweep:
        ax, = refined_diagram(sweep).axes
        decays = np.geomspace(0.125, 8.0, 65)
        between, points, vertices = (drawn(ax, marker) for marker in ("None", ".", "o"))
        assert between[0] == pytest.approx(decays) and between[1].tolist() == [0] * 33 + [1] * 32
        assert dict(zip(np.round(points[0], 6), points[1])) == dict(zip(np.round(decays[::8], 6), [0] * 5 + [1] * 4))
        assert vertices[0][[0, 10, 19]] == pytest.approx(decays[[0, 33, 64]]) and set(vertices[1]) == {0.5}
        assert bands_of(ax)[10] == pytest.approx(decays[[32, 34]])
        assert levels_of(ax) == [0.5]
        assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_xscale()) == ("weight decay κ", "learnt components", "log")
    plt.close("all")


def test_slices_of_one_axis_are_panels(tmp_path):
    with open_sweep(write_result(tmp_path / "slices.h5", ONE_AXIS + BY_RATE)) as sweep:
        assert [ax.get_title() for ax in refined_diagram(sweep).axes] == ["learning rate η = 0.5", "learning rate η = 1"]
    plt.close("all")


@pytest.mark.parametrize("line, levels", [("", []), ('observable = "success"', [0.5]), ('observable = "excess"', [0.1]), ('observable = "steps"\nlevels = [3.0, 4.0]', [3, 4])])
def test_levels_are_the_observables_own_or_as_given(tmp_path, line, levels):
    with open_sweep(write_result(tmp_path / "levels.h5", ONE_AXIS.replace("depth = 3", f"depth = 3\n{line}"))) as sweep:
        assert Refinement(sweep).levels == (levels or [0.5])
        ax, = panels_of(refined_diagram(sweep))
        assert levels_of(ax) == (levels or [0.5])
    plt.close("all")


def test_three_axes_make_planes(tmp_path):
    with open_sweep(write_result(tmp_path / "three.h5", THREE_AXES)) as sweep:
        figure = refined_diagram(sweep)
        panels = panels_of(figure)
        bulks = np.geomspace(0.5, 100.0, 17)[::4]   # of the two shorter axes the last, in four equal parts
        assert [ax.get_title() for ax in panels] == [f"bulk = {bulk:.3g}" for bulk in bulks]
        assert (panels[-1].get_xlabel(), panels[0].get_ylabel()) == ("weight decay κ", "learning rate η")
        lattice, rates = np.geomspace(0.125, 8.0, 33), np.geomspace(0.5, 2.0, 17)
        for step, ax in zip(range(0, 17, 4), panels):
            x, y = drawn(ax, ".")
            floor = {(i, j) for i in range(0, 33, 8) for j in range(0, 17, 8)} if step % 8 == 0 else set()
            assert {(round(np.log(a / 0.125) / np.log(lattice[1] / lattice[0])), round(np.log(b / 0.5) / np.log(rates[1] / rates[0]))) for a, b in zip(x, y)} == floor
            near = [i for i, along in enumerate(np.linspace(0, 16, 20).astype(int)) if along == step]
            assert drawn(ax, "o")[0] == pytest.approx(lattice[np.linspace(0, 32, 20).astype(int)[near]])
            field = ax.collections[0].get_array().reshape(17, 33)
            assert field[10, 20] == 2 * (10 + 20 + step) // 67
    plt.close("all")


@pytest.mark.parametrize("count, planes", [(9, 5), (13, 5), (16, 6), (17, 5), (21, 6), (49, 5), (2, 2)])
def test_planes_lie_evenly(tmp_path, count, planes):
    toml = THREE_AXES.replace("count = 33", "count = 65").replace("count = 17", "count = 57", 1).replace("count = 17", f"count = {count}")
    with open_sweep(write_result(tmp_path / "planes.h5", toml.replace("points = 600", "points = 900"))) as sweep:
        chosen = Refinement(sweep).planes()
        assert len(chosen) == planes and (chosen[0], chosen[-1]) == (0, count - 1) and len(set(np.diff(chosen))) == 1


@pytest.mark.parametrize("toml", [ONE_AXIS, TOML], ids=["one axis", "two axes"])
def test_a_learning_time_says_whose_it_is(tmp_path, toml):
    with open_sweep(write_result(tmp_path / "time.h5", toml.replace("[refine]\n", "[refine]\n" + BY_TIME))) as sweep:
        axes = refined_diagram(sweep).axes
        assert axes[-1].get_ylabel().replace("\n", " ") == "learning time t of component 1, horizon where never"
    with open_sweep(write_result(tmp_path / "first.h5", toml.replace("[refine]\n", "[refine]\n" + BY_TIME.replace("component = 1\n", "")))) as sweep:
        assert Refinement(sweep).label.startswith("learning time t of component 0,")
    plt.close("all")


@needs_program
def test_the_curve_of_a_run_has_theorys_steps(tmp_path):
    """Component m is learnt below κ = η ρ̂_m √(1 − θ); points are 0.065 apart in log κ."""
    with open_sweep(result_of(tmp_path, ONE_AXIS + BY_RATE)) as sweep:
        for rate, ax in zip((0.5, 1.0), refined_diagram(sweep).axes):
            steps = rate * (np.array([2.0, 1.0]) + 1e-4) * np.sqrt(0.5)
            x, y = drawn(ax, "o")
            assert y.tolist() == [0.5, 1.5] and np.abs(np.log(x / steps)).max() < 0.065
            assert all(low < step < high and high / low < 1.07 for step, (low, high) in zip(steps, bands_of(ax)))
            x, y = drawn(ax, ".")
            assert y.tolist() == [int((decay < steps).sum()) for decay in x]
            assert levels_of(ax) == [0.5, 1.5]
    plt.close("all")


@needs_program
def test_the_planes_of_a_run_have_theorys_lines(tmp_path):
    """Vertices lie between two points a step apart along either axis, 0.13 in log κ; ρ̂ has the bulk's share of each plane."""
    toml = THREE_AXES.replace("depth = 3", "depth = 2").replace("points = 600", "points = 9999").replace("dimension = 1000", "dimension = 100")
    with open_sweep(result_of(tmp_path, toml)) as sweep:
        panels = panels_of(refined_diagram(sweep))
        assert len(panels) == 5
        for bulk, ax in zip(np.geomspace(0.5, 100.0, 17)[::4], panels):
            x, y = drawn(ax, "o")
            lines = np.array([2.0, 1.0]) + bulk / 100
            off = np.log(x / y / np.sqrt(0.5))[:, None] - np.log(lines)
            assert np.abs(off).min(axis=1).max() < 0.13 and set(np.abs(off).argmin(axis=1)) == {0, 1}
            assert len(drawn(ax, ".")[0]) == np.isclose(sweep.dataset("refined/point").bulk.values, bulk).sum() > len(x) > 30
    plt.close("all")
