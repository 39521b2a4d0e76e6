"""Measures of KS24's claims C1 to C3: dict of stem → Sweep ↦ list of Measurement.

Suprema are maximised between the test points down to distances far below a tear's width; a maximum that is missed nevertheless can only be larger.
"""
import numpy as np

from . import fits
from .measurements import PAPER, THEORY, at_least, at_most, done, last, measured, near
from .open import text_of

CLOSED = ("circle", "circles", "sphere", "torus")
SUPREMUM_RESOLUTION = 1e-3    # of the search, as a share: float32 networks, steps of 1e-6 in the chart
SMALL = at_most(0.05, "convention: 5 % of the manifold")
FALLS = at_most(0.0, f"{PAPER}: falls")


def _only(sweeps):
    sweep, = sweeps.values()
    return sweep


def shapes(sweep):
    """Manifold → index along the axis that moves manifold and bottleneck."""
    return {str(name): i for i, name in enumerate(sweep.axes["shape"].columns["data.manifold"])}


def supremum_and_reach(sweeps):
    """Of every replica at every recorded time: a closed manifold's supremum over the bound that no continuous map passes; of others how low it gets."""
    sweep = _only(sweeps)
    supremum, found = done(sweep, "deep", "supremum"), []
    for name, i in shapes(sweep).items():
        rows = supremum.isel(shape=i).transpose("width", "replica", "time").values
        if name in CLOSED:
            bound = float(sweep.reference.bound.isel(shape=i).max())
            found.append(measured(f"{name}: least supremum of any network at any time, over the bound {text_of(bound)}",
                                  fits.resolved(np.nanmin(rows) / bound, SUPREMUM_RESOLUTION), at_least(1 - 2 * SUPREMUM_RESOLUTION, f"{THEORY}: 1, to twice the search's resolution")))
        else:
            ends = rows[:, :, -1]
            found += [measured(f"{name}: least supremum of a network at the horizon", fits.resolved(np.nanmin(ends), SUPREMUM_RESOLUTION),
                               at_most(0.1, "convention: a tenth of the closed manifolds' bound")),
                      measured(f"{name}: share of networks with a supremum above ½", fits.fraction(int((ends > 0.5).sum()), int(np.isfinite(ends).sum())),
                               at_most(0.5, "convention: most come below"), "a tear that nothing forces is a local minimum all the same")]
    return found


def _widest(sweep):
    return sweep.axes["width"].values[-1]


def exceptional_measure(sweeps):
    """How large the set stays that is reconstructed worse than ε, and how it falls with width and training."""
    curves, surfaces = sweeps["ks24-02a-width-and-depth"], sweeps["ks24-03-supremum-and-reach"]
    epsilon, found = curves.option("outcome", "epsilon", 0.1), []
    share = done(curves, "deep", "excess")
    depth = curves.axes["depth"].values[-1]
    for name in curves.axes["manifold"].values:
        at = {"manifold": name, "width": _widest(curves), "depth": depth}
        found.append(measured(f"{name}: share of the manifold with an error above {text_of(epsilon)}, width {_widest(curves)}, depth {depth}",
                              fits.mean(share.sel(at)), SMALL))
    for name, i in shapes(surfaces).items():
        if name in CLOSED:
            found += _trends(surfaces, name, i)
    return found


def _trends(sweep, name, index):
    """Exponents of the exceptional measure in width, at the horizon, and in time, over its second half on a logarithmic clock, at the largest width."""
    share = done(sweep, "deep", "exceptional").sel(epsilon=sweep.option("outcome", "epsilon", 0.1)).isel(shape=index)
    width, time = sweep.axes["width"].values.astype(float), share.time.values
    ends = share.isel(time=-1).transpose("replica", "width").values
    late = time >= np.sqrt(time[1] * time[-1])
    course = share.isel(width=-1).transpose("replica", "time").values[:, late]
    floor = 1e-4  # a test set of some 10 000 points resolves no more
    return [measured(f"{name}: exponent of that share in the width, 8 and more", fits.jackknife(lambda rows: _slope(width, rows, floor), ends), FALLS),
            measured(f"{name}: exponent of that share in the number of steps, from {time[late][0]:.0f} on, width {_widest(sweep)}",
                     fits.jackknife(lambda rows: _slope(time[late], rows, floor), course), FALLS)]


def _slope(x, rows, floor):
    """Of the logarithm of the mean over replicas in log x."""
    return np.polyfit(np.log(x), np.log(np.maximum(rows.mean(axis=0), floor)), 1)[0]


def interlaced_circles(sweeps):
    sweep = _only(sweeps)
    epsilon, reach, bound = sweep.option("outcome", "epsilon", 0.1), float(sweep.reference.reach), float(sweep.reference.bound)
    share, cuts = (last(done(sweep, "deep", name)) for name in ("exceptional", "cuts"))
    torn = {"epsilon": reach, "method": "nearest"}  # an error above the reach of both is a tear, one above ε may be a ripple
    return [measured(f"share of both circles with an error above {text_of(epsilon)}", fits.mean(share.sel(epsilon=epsilon)), SMALL),
            measured("cuts of both circles (where the error is above ½)", fits.mean(cuts.sel(**torn)), near(2, 0.5, f"{PAPER}: one a circle, to the nearest whole number"),
                     "further cuts are local minima: pieces of a circle that lie in two intervals of the latent do not find together"),
            measured("length of a cut", fits.mean((share / cuts).sel(**torn) * 4 * np.pi), at_most(0.3, "convention: 5 % of a circle")),
            measured(f"least supremum of the error over the bound {text_of(bound)}", fits.resolved(float(done(sweep, "deep", "final_supremum").min()) / bound, SUPREMUM_RESOLUTION),
                     at_least(1, f"{THEORY}: 1"))]
