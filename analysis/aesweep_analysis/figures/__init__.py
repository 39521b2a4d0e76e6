"""The papers' figures and the atlas, each drawn from result files alone.

    from aesweep_analysis.figures import FIGURES, draw
    figure = draw("rg24-02", [open_sweep("rg24-02-one-component-after-another.h5")])

FIGURES maps a name to its sweep files (under sweeps/), the claims it shows and the function that draws it.
"""
from pathlib import Path

from ..open import SweepError
from . import atlas, ks24, pkk18, rg24
from .registry import Figure

FIGURES = {figure.name: figure for figure in (*rg24.FIGURES, *pkk18.FIGURES, *ks24.FIGURES, *atlas.FIGURES)}

__all__ = ["FIGURES", "Figure", "draw"]


def by_stem(figure, sweeps):
    """Stem of a sweep file → its Sweep: a result belongs to the sweep file that it is called after, else to the one that its own text names."""
    found = {}
    for path in figure.sweeps:
        stem = Path(path).stem
        named = [sweep for sweep in sweeps if stem in (sweep.path.stem, sweep.name)]
        if not named:
            raise SweepError(f"figure {figure.name} needs the result of sweeps/{path}; given: {', '.join(s.path.name for s in sweeps)}")
        found[stem] = named[0]
    return found


def draw(name, sweeps):
    """A figure of the registry from its open sweeps, in any order. @raises SweepError if there is no such figure or a result is missing."""
    if name not in FIGURES:
        raise SweepError(f"no figure {name}; there are phase, trajectories, {', '.join(FIGURES)}")
    return FIGURES[name].draw(by_stem(FIGURES[name], sweeps))
