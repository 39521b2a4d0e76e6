"""Refined diagrams: what they draw of /refined, and what they refuse."""
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from synthetic_results import write_result

from aesweep_analysis import SweepError, open_sweep, refined_diagram
from aesweep_analysis.__main__ import main

SWEEPS = Path(__file__).resolve().parents[2] / "sweeps"
TOML = (SWEEPS / "atlas/refined-rate-and-decay.toml").read_text()
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
