"""Refined phase diagrams: the cells' corners, the boundary with its band, theory's lines on top."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D

from . import style
from .open import SweepError
from .theory import boundaries

RATE, DECAY = "training.learning_rate", "training.weight_decay"
MAX_PANELS = 12


class Refinement:
    """What /refined of an open sweep holds. `axes`: the refined ones; `others`: names of the axes that are not, each combination of which is a slice."""

    def __init__(self, sweep):
        if "refine" not in sweep.config:
            raise SweepError(f"{sweep.path.name}: its sweep is not refined; draw it as phase")
        self.sweep = sweep
        self.observable = sweep.option("refine", "observable", "learnt")
        self.engine = sweep.option("refine", "engine", "sgd" if "sgd" in sweep.engines else sweep.engines[0])
        self.others = [name for name in sweep.axes if name != "point"]
        self.dense = sweep.dataset("refined/dense").value
        self.axes = {name: sweep.lattice_axis(name) for name in self.dense.dims if name not in self.others}

    def points(self, slice_):
        """Coordinates of the points that were run, one array an axis."""
        rows = self.sweep.dataset("refined/point").isel(slice_)
        asked = rows.site.values >= 0
        return [rows[name].values[asked] for name in self.axes]

    def lines(self, slice_):
        """The boundary: for each polyline its level and one array (coordinate, low end, high end) × (vertex) an axis."""
        rows = self.sweep.dataset("refined/boundary").isel(slice_)
        line = rows.line.values
        for number in np.unique(line[line >= 0]):
            own = line == number
            yield float(rows.level.values[own][0]), [np.array([rows[name + end].values[own] for end in ("", "_low", "_high")]) for name in self.axes]


def refined_diagram(sweep, at=None, theory=True):
    """Every slice's resampled grid, points, boundary and band over the two refined axes; other axes stay at the value in `at`, or make panels."""
    refinement = Refinement(sweep)
    if len(refinement.axes) != 2:
        raise SweepError(f"a refined diagram needs two refined axes; the sweep refines {', '.join(refinement.axes)}")
    fixed = {name: sweep.axis(name).index(value) for name, value in (at or {}).items()}
    over = [name for name in refinement.others if name not in fixed]
    panels = [{**fixed, **panel} for panel in sweep.points(over)]
    if len(panels) > MAX_PANELS:
        raise SweepError(f"{len(panels)} panels are too many; fix some of {', '.join(over)} by at (--at AXIS=VALUE)")
    with style.context():
        return _draw(refinement, panels, theory)


def _draw(refinement, panels, theory):
    sweep = refinement.sweep
    columns = min(len(panels), 3)
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(1.5 + 3.8 * columns, 1.0 + 3.6 * rows), squeeze=False, sharex=True, sharey=True, layout="constrained")
    for ax in axes.flat[len(panels):]:
        ax.remove()
    used = list(axes.flat[:len(panels)])
    name = {"learnt": "learnt_mean"}.get(refinement.observable, refinement.observable)
    cmap, norm, ticks = style.colours(name, refinement.dense.values)
    known = False
    for ax, panel in zip(used, panels):
        mesh, lines = draw_panel(ax, refinement, panel, theory, cmap, norm)
        known = known or lines
        ax.set_title(style.describe(sweep.axes, panel))
    for ax in axes[:, 0]:
        ax.set_ylabel(style.label(list(refinement.axes)[1]))
    for ax in used[-columns:]:
        ax.set_xlabel(style.label(list(refinement.axes)[0]))
    bar = figure.colorbar(mesh, ax=used, ticks=ticks, shrink=0.75, aspect=17, pad=0.02)
    bar.set_label(style.label(name))
    figure.suptitle(f"{sweep.name}  ·  {style.label(refinement.engine)}")
    style.legend_at_foot(figure, legend(known), 2)
    return figure


def legend(theory):
    handles = [Line2D([], [], color=style.INK, marker=".", ms=4, mew=0, ls="", label="points run"),
               Line2D([], [], color=style.OKABE_ITO[1], lw=1.6, label="boundary and band")]
    return handles + ([Line2D([], [], color=style.INK, lw=1.2, ls=(0, (4, 2)), label="theory")] if theory else [])


def draw_panel(ax, refinement, panel, theory, cmap, norm):
    """One slice. @returns the mesh, and whether theory has lines for it."""
    x, y = refinement.axes.values()
    field = refinement.dense.isel(panel).transpose(y.name, x.name).values
    ax.patch.set(**style.MISSING)
    mesh = ax.pcolormesh(x.edges, y.edges, np.ma.masked_invalid(field), cmap=cmap, norm=norm, rasterized=True)
    ax.plot(*refinement.points(panel), ".", color=style.INK, ms=1.6, mew=0, zorder=2)
    for _, (across, up) in refinement.lines(panel):
        ax.errorbar(across[0], up[0], xerr=np.abs(across[1:] - across[0]), yerr=np.abs(up[1:] - up[0]), fmt="none", ecolor=style.OKABE_ITO[1], elinewidth=0.5, alpha=0.5)
        ax.plot(across[0], up[0], color=style.OKABE_ITO[1], lw=1.6, zorder=3)
    for axis, letter in ((x, "x"), (y, "y")):
        getattr(ax, f"set_{letter}scale")("log" if axis.scale == "log" else "linear")
        getattr(ax, f"set_{letter}lim")(axis.values[0], axis.values[-1])
    ax.set_box_aspect(1)
    lines = theory_lines(refinement, panel) if theory else []
    rate = x if x.key == RATE else y
    for slope in lines:
        eta = np.geomspace(*rate.values[[0, -1]], 200) if rate.scale == "log" else np.linspace(*rate.values[[0, -1]], 200)
        along = (eta, slope * eta) if rate is x else (slope * eta, eta)
        ax.plot(*along, color=style.INK, lw=1.2, ls=(0, (4, 2)), zorder=4)
    return mesh, bool(lines)


def theory_lines(refinement, panel):
    """Slopes κ/η below which a component is learnt, where theory knows them."""
    if refinement.observable != "learnt" or {axis.key for axis in refinement.axes.values()} != {RATE, DECAY}:
        return []
    threshold = refinement.sweep.option("outcome", "learnt_threshold", 0.5)
    return [line.slope for line in boundaries(refinement.sweep.point_config(panel), threshold) if not line.onset]
