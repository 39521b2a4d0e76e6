"""Refined phase diagrams: the cells' corners, the boundary with its band, theory's lines on top.

One refined axis makes a curve, two a plane, three planes at values of one of them.
"""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D

from . import style
from .open import SweepError
from .theory import boundaries

RATE, DECAY = "training.learning_rate", "training.weight_decay"
MAX_PANELS, MAX_PLANES = 12, 6
LEVEL = (0, (5, 3))


class Refinement:
    """What /refined of an open sweep holds. `axes`: the refined ones, in the grid's order; `others`: names of the axes that are not, each combination of which is a slice."""

    def __init__(self, sweep):
        if "refine" not in sweep.config:
            raise SweepError(f"{sweep.path.name}: its sweep is not refined; draw it as phase")
        self.sweep = sweep
        self.observable = sweep.option("refine", "observable", "learnt")
        self.engine = sweep.option("refine", "engine", "sgd" if "sgd" in sweep.engines else sweep.engines[0])
        self.others = [name for name in sweep.axes if name != "point"]
        self.dense = sweep.dataset("refined/dense").value
        self.axes = {name: sweep.lattice_axis(name) for name in self.dense.dims if name not in self.others}

    @property
    def quantity(self):
        """The observable's name among those that have labels and colours."""
        return "learnt_mean" if self.observable == "learnt" else self.observable

    @property
    def label(self):
        if self.observable != "learning_time":
            return style.label(self.quantity)
        return f"{style.label(self.observable)} of component {self.sweep.option('refine', 'component', 0)}, horizon where never"

    @property
    def levels(self):
        """Where the boundary lies: as given, else the observable's own, of `learnt` as many as the values reach."""
        own = {"learnt": np.arange(0.5, np.nanmax(self.dense.values, initial=0.0)).tolist(), "excess": [self.sweep.option("outcome", "success_excess", 0.1)]}
        return self.sweep.option("refine", "levels", own.get(self.observable, [0.5]))

    def points(self, slice_):
        """Coordinates of the points that were run, one array an axis."""
        rows = self.sweep.dataset("refined/point").isel(slice_)
        asked = rows.site.values >= 0
        return [rows[name].values[asked] for name in self.axes]

    def values(self, slice_):
        """What decided at these points, NaN where it is not known."""
        rows = self.sweep.dataset("refined/point").isel(slice_)
        return rows.value.values[rows.site.values >= 0]

    def vertices(self, slice_):
        """The boundary: each vertex' line and level, and one array (coordinate, low end, high end) × (vertex) an axis."""
        rows = self.sweep.dataset("refined/boundary").isel(slice_)
        own = rows.line.values >= 0
        return rows.line.values[own], rows.level.values[own], [np.array([rows[name + end].values[own] for end in ("", "_low", "_high")]) for name in self.axes]

    def lines(self, slice_):
        """The boundary's polylines, each with its level and the axes' arrays of its vertices."""
        line, level, ends = self.vertices(slice_)
        for number in np.unique(line):
            own = line == number
            yield float(level[own][0]), [each[:, own] for each in ends]

    @property
    def across(self):
        """Of three refined axes the one that the planes lie across: that of the fewest cells, the last one of several."""
        return min(reversed(self.axes.values()), key=len)

    def planes(self):
        """Indices of at most six values of that axis, evenly from its first to its last."""
        steps = len(self.across) - 1
        parts = max(part for part in range(1, MAX_PLANES) if steps % part == 0)
        return list(range(0, steps + 1, steps // parts))


def steps_along(axis, coordinates):
    """Coordinates in steps of an axis from its first value."""
    place = np.log if axis.scale == "log" else np.asarray
    return np.interp(place(coordinates), place(axis.values), np.arange(len(axis)))


def refined_diagram(sweep, at=None, theory=True):
    """Every slice's resampled grid, points, boundary and band: a curve over one refined axis, a plane over two, planes at some values of the third over three.

    Other axes stay at the value in `at`, or make panels.
    """
    refinement = Refinement(sweep)
    fixed = {name: sweep.axis(name).index(value) for name, value in (at or {}).items()}
    over = [name for name in refinement.others if name not in fixed]
    slices = [{**fixed, **slice_} for slice_ in sweep.points(over)]
    planes = [{refinement.across.name: index} for index in refinement.planes()] if len(refinement.axes) == 3 else [{}]
    if len(slices) * len(planes) > MAX_PANELS:
        raise SweepError(f"{len(slices) * len(planes)} panels are too many; fix some of {', '.join(over)} by at (--at AXIS=VALUE)")
    with style.context():
        if len(refinement.axes) == 1:
            return _draw_curves(refinement, slices)
        return _draw_planes(refinement, [(slice_, plane) for slice_ in slices for plane in planes], theory)


def _frame(refinement, count, height, x, y):
    """@returns a figure with its name, and `count` panels that share their axes' labels."""
    columns = min(count, 3 if count != 4 else 2)
    rows = -(-count // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(1.5 + 3.8 * columns, 1.0 + height * rows), squeeze=False, sharex=True, sharey=True, layout="constrained")
    used = list(axes.flat[:count])
    for ax in axes.flat[count:]:
        ax.remove()
    for ax in axes[:, 0]:
        ax.set_ylabel(y)
    for ax in used[-columns:]:
        ax.set_xlabel(x)
        ax.xaxis.set_tick_params(labelbottom=True)
    figure.suptitle(f"{refinement.sweep.name}  ·  {style.label(refinement.engine)}")
    return figure, used


def _draw_planes(refinement, panels, theory):
    """panels: pairs of a slice and, of three axes, the plane's index along the one that it lies across."""
    x, y = (axis for axis in refinement.axes.values() if axis.name not in panels[0][1])
    figure, used = _frame(refinement, len(panels), 3.6, style.label(x.name), style.label(y.name))
    cmap, norm, ticks = style.colours(refinement.quantity, refinement.dense.values)
    known = False
    for ax, (slice_, plane) in zip(used, panels):
        if plane:
            mesh = draw_plane(ax, refinement, slice_, plane, cmap, norm)
        else:
            mesh, lines = draw_panel(ax, refinement, slice_, theory, cmap, norm)
            known = known or lines
        ax.set_title(style.describe({**refinement.sweep.axes, **refinement.axes}, {**slice_, **plane}))
    bar = figure.colorbar(mesh, ax=used, ticks=ticks, shrink=0.75, aspect=17, pad=0.02)
    bar.set_label(refinement.label)
    style.legend_at_foot(figure, legend(known, cloud=bool(panels[0][1])), 2)
    return figure


def _draw_curves(refinement, slices):
    x, = refinement.axes.values()
    figure, used = _frame(refinement, len(slices), 3.0, style.label(x.name), refinement.label.replace(", ", ",\n"))
    _, norm, ticks = style.colours(refinement.quantity, refinement.dense.values)
    for ax, slice_ in zip(used, slices):
        draw_curve(ax, refinement, slice_)
        ax.set_title(style.describe(refinement.sweep.axes, slice_))
    if isinstance(norm, LogNorm):
        used[0].set_yscale("log")
    elif ticks:
        used[0].set_yticks(ticks)
    between = Line2D([], [], color=style.OKABE_ITO[0], lw=0.9, label="between them")
    level = Line2D([], [], color=style.GREY, lw=0.9, ls=LEVEL, label="level")
    dots, boundary = legend(False, cloud=True)
    style.legend_at_foot(figure, [dots, between, boundary, level], 4 if len(slices) > 1 else 2)
    return figure


def legend(theory, cloud=False):
    """`cloud`: of a boundary that is drawn as separate vertices."""
    boundary = {"marker": "o", "ms": 4, "mew": 0, "lw": 0.8} if cloud else {"lw": 1.6}
    handles = [Line2D([], [], color=style.INK, marker=".", ms=4, mew=0, ls="", label="points run"),
               Line2D([], [], color=style.OKABE_ITO[1], label="boundary and band", **boundary)]
    return handles + ([Line2D([], [], color=style.INK, lw=1.2, ls=(0, (4, 2)), label="theory")] if theory else [])


def draw_curve(ax, refinement, slice_):
    """One slice of one refined axis: the observable over it, and at the levels the boundary's vertices with their band."""
    axis, = refinement.axes.values()
    ax.hlines(refinement.levels, axis.values[0], axis.values[-1], color=style.GREY, lw=0.9, ls=LEVEL, zorder=1)
    ax.plot(axis.values, refinement.dense.isel(slice_).values, color=style.OKABE_ITO[0], lw=0.9, zorder=2)
    ax.plot(*refinement.points(slice_), refinement.values(slice_), ".", color=style.INK, ms=4.5, mew=0, zorder=3)
    _, level, (along,) = refinement.vertices(slice_)
    ax.errorbar(along[0], level, xerr=np.abs(along[1:] - along[0]), fmt="none", ecolor=style.OKABE_ITO[1], elinewidth=1.2, capsize=3, capthick=1.2, zorder=4)
    ax.plot(along[0], level, "o", color=style.OKABE_ITO[1], ms=3.5, mew=0, zorder=5)
    if axis.scale == "log":
        ax.set_xscale("log")
        style.log_ticks(ax.xaxis, axis.values[0], axis.values[-1])


def draw_plane(ax, refinement, slice_, plane, cmap, norm):
    """One plane of three refined axes, with the points in it and the vertices within half a step of it. @returns the mesh."""
    (name, index), = plane.items()
    names = list(refinement.axes)
    inside = [a for a, other in enumerate(names) if other != name]
    x, y = (refinement.axes[names[a]] for a in inside)
    points = refinement.points(slice_)
    _, _, ends = refinement.vertices(slice_)
    distance = [np.abs(steps_along(refinement.axes[name], each) - index) for each in (points[names.index(name)], ends[names.index(name)][0])]
    mesh = _draw_field(ax, x, y, refinement.dense.isel({**slice_, **plane}), [points[a][distance[0] < 0.25] for a in inside], cmap, norm)
    across, up = (ends[a][:, distance[1] <= 0.5] for a in inside)
    _draw_band(ax, across, up)
    ax.plot(across[0], up[0], "o", color=style.OKABE_ITO[1], ms=2.6, mew=0, zorder=3)
    for axis, letter in ((x, "x"), (y, "y")):
        if axis.scale == "log":
            style.log_ticks(getattr(ax, f"{letter}axis"), axis.values[0], axis.values[-1])
    return mesh


def _draw_field(ax, x, y, dense, points, cmap, norm):
    ax.patch.set(**style.MISSING)
    mesh = ax.pcolormesh(x.edges, y.edges, np.ma.masked_invalid(dense.transpose(y.name, x.name).values), cmap=cmap, norm=norm, rasterized=True)
    ax.plot(*points, ".", color=style.INK, ms=1.6, mew=0, zorder=2)
    for axis, letter in ((x, "x"), (y, "y")):
        getattr(ax, f"set_{letter}scale")("log" if axis.scale == "log" else "linear")
        getattr(ax, f"set_{letter}lim")(axis.values[0], axis.values[-1])
    ax.set_box_aspect(1)
    return mesh


def _draw_band(ax, across, up):
    ax.errorbar(across[0], up[0], xerr=np.abs(across[1:] - across[0]), yerr=np.abs(up[1:] - up[0]), fmt="none", ecolor=style.OKABE_ITO[1], elinewidth=0.5, alpha=0.5)


def draw_panel(ax, refinement, panel, theory, cmap, norm):
    """One slice. @returns the mesh, and whether theory has lines for it."""
    x, y = refinement.axes.values()
    mesh = _draw_field(ax, x, y, refinement.dense.isel(panel), refinement.points(panel), cmap, norm)
    for _, (across, up) in refinement.lines(panel):
        _draw_band(ax, across, up)
        ax.plot(across[0], up[0], color=style.OKABE_ITO[1], lw=1.6, zorder=3)
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
