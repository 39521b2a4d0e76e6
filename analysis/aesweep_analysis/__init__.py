"""Opens result files of aesweep and draws them: phase diagrams and trajectories, theory as lines, SGD as crosses.

    from aesweep_analysis import open_sweep, phase_diagram, trajectories, save
    sweep = open_sweep("quickstart.h5")                # also while a run is writing the file
    sweep.axes["weight_decay"].values                  # the grid
    sweep.sgd.pmse.sel(activation="erf")               # labelled, lazy xarray
    sweep.phase["sgd"].learnt_mean                     # means over replicas; sweep.phase[""].theory_gap
    sweep.config["model"]["hidden"]                    # the sweep file, parsed
    save(phase_diagram(sweep), "phase.png")            # .png, .pdf or .svg
    save(refined_diagram(sweep), "refined.png")        # of a refined sweep: points, boundary, theory
    save(trajectories(sweep, at={"learning_rate": 1.0}, by="weight_decay"), "trajectories.png")

The papers' figures and the atlas are in `figures`: figures.draw("rg24-02", [sweep]).
The same from a shell: PYTHONPATH=analysis python3 -m aesweep_analysis --help
It needs Debian's python3-h5py, python3-xarray, python3-h5netcdf, python3-matplotlib and python3-scipy, and knows of the file
only its documented layout. What the theory's lines mean, and where they hold, is said in `theory.boundaries`.
"""
from .open import Axis, Sweep, SweepError, open_sweep
from .phase import phase_diagram
from .refined import refined_diagram
from .style import save
from .trajectories import trajectories

__all__ = ["Axis", "Sweep", "SweepError", "open_sweep", "phase_diagram", "refined_diagram", "save", "trajectories"]
