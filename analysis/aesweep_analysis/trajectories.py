"""Learning curves at one point, or along one axis: pmse and explained variance against time, the flow as lines, other engines as markers."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from . import style
from .open import SweepError, guess_scale
from .theory import spiked_eigenvalues

MAX_CURVES, MAX_CROSSES = 6, 26
MARKERS = {"sgd": "x", "exact": "o", "descent": "+"}  # the flow is a line
DASHES = ("-", (0, (5, 1.6)), (0, (1.4, 1.4)), (0, (5, 1.5, 1, 1.5)))


def pca_levels(sweep, point):
    """rank → PCA error at a point: 0 (chance) and K from the file, those between from the spikes where the data are spiked."""
    config = sweep.point_config(point)
    reference = sweep.reference.isel(point)
    chance = float(reference.chance)
    hidden = int(config.get("model", {}).get("hidden", 1))
    levels = {0: chance, hidden: float(reference.pca_error)}
    spiked = spiked_eigenvalues(config.get("data", {}))
    if spiked:
        for rank in range(1, min(hidden, len(spiked[0]) + 1)):
            levels[rank] = chance - spiked[0][:rank].sum() / 2
    return levels


def trajectories(sweep, at=None, by=None, engines=None):
    """Two panels at one point (`at`; other axes at their first value), or one colour for each of up to six values of the axis `by`."""
    engines = [sweep.engine(name) for name in engines or sweep.engines]
    for name in engines:
        if "pmse" not in sweep.dataset(name):
            raise SweepError(f"{sweep.path.name} has no trajectories (record.trajectories = false)")
    if by is not None and by in (at or {}):
        raise SweepError(f"{by} is both fixed and drawn by colour; the axes are {', '.join(sweep.axes)}")
    fixed = sweep.point(at, free=(by,))
    chosen = [None]
    if by is not None:
        size = len(sweep.axis(by))
        chosen = np.unique(np.linspace(0, size - 1, min(size, MAX_CURVES)).round().astype(int)).tolist()
    points = [fixed if index is None else {**fixed, by: index} for index in chosen]
    with style.context():
        return _Curves(sweep, engines, by, points).draw(fixed)


def marker(engine):
    """What an engine's curve looks like in a legend, besides its colour."""
    return {"marker": MARKERS[engine], "ls": "", "ms": 5, "mfc": "none"} if engine in MARKERS else {}


class _Curves:
    def __init__(self, sweep, engines, by, points):
        self.sweep, self.engines, self.by, self.points = sweep, engines, by, points
        time = sweep.dataset(engines[0]).time
        self.time = time.values
        self.log = len(self.time) > 3 and guess_scale(self.time[1:]) == "log"
        self.clock = "t / horizon" if "fraction" in time.attrs.get("units", "") else "step" if list(self.engines) in (["descent"], ["deep"]) else "time t = steps / D"

    def draw(self, fixed):
        figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 4.1), sharex=True, layout="constrained")
        figure.get_layout_engine().set(w_pad=0.06, h_pad=0.06, wspace=0.04)
        shades = self._shades()
        for point, shade in zip(self.points, shades):
            self._pmse(left, point, shade)
            self._explained(right, point, shade)
        self._levels(left)
        self._axes(left, right)
        self._legends(left, right, shades)
        figure.suptitle("  ·  ".join(part for part in (self.sweep.name, style.describe(self.sweep.axes, fixed)) if part))
        return figure

    def _shades(self):
        if self.by is None:
            return [style.INK]
        return style.sample(len(self.points)) if self.sweep.axes[self.by].numeric else list(style.OKABE_ITO[: len(self.points)])

    def _curve(self, ax, engine, values, shade, dashes="-"):
        """values: shape (replica, time)."""
        first = 1 if self.log else 0
        time, values = self.time[first:], values[~np.isnan(values).all(axis=1), first:]
        if engine in MARKERS:
            every = max(1, -(-len(time) // MAX_CROSSES))
            for row in values:
                ax.plot(time[::every], row[::every], MARKERS[engine], color=shade, mfc="none", ms=4.2, mew=0.9, alpha=0.75 if len(values) > 1 else 1, zorder=3)
        else:
            for row in values:
                ax.plot(time, row, color=shade, ls=dashes, lw=1.7 if len(values) == 1 else 1.1, alpha=1 if len(values) == 1 else 0.8)

    def _pmse(self, ax, point, shade):
        for engine in self.engines:
            self._curve(ax, engine, self.sweep.dataset(engine).pmse.isel(point).values, shade)

    def _explained(self, ax, point, shade):
        for engine in self.engines:
            values = self.sweep.dataset(engine).explained.isel(point).transpose("component", "replica", "time").values
            for m, rows in enumerate(values):
                one = self.by is None
                self._curve(ax, engine, rows, style.OKABE_ITO[m % len(style.OKABE_ITO)] if one else shade, "-" if one else DASHES[m % len(DASHES)])

    def _levels(self, ax):
        seen = {}
        for point in self.points:
            for rank, level in pca_levels(self.sweep, point).items():
                if level > 0 and np.isfinite(level):
                    seen[f"{level:.6g}"] = (rank, level)
        for rank, level in seen.values():
            ax.axhline(level, color=style.GREY, lw=0.8, ls=(0, (4, 3)), zorder=0.5)
            ax.annotate(f"PCA {rank}" if rank else "chance", (0.012, level), xycoords=("axes fraction", "data"), xytext=(0, 1.5),
                        textcoords="offset points", fontsize=7.5, color="#606060", va="bottom", path_effects=style.outline(2))

    def _axes(self, left, right):
        if self.log:
            left.set_xscale("log")
        left.set_xlim(self.time[1] if self.log else self.time[0], self.time[-1])
        left.set_yscale("log")
        low, high = left.get_ylim()
        if high < 30 * low:
            left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
            left.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        left.yaxis.set_minor_formatter(NullFormatter())
        left.set_ylabel("pmse")
        right.set_ylabel("explained variance $R^2_m$")
        right.set_ylim(min(-0.04, max(right.get_ylim()[0], -0.5)), 1.04)
        threshold = self.sweep.option("outcome", "learnt_threshold", 0.5)
        right.axhline(threshold, color=style.GREY, lw=0.8, ls=(0, (4, 3)), zorder=0.5)
        right.annotate("learnt", (0.012, threshold), xycoords=("axes fraction", "data"), xytext=(0, 1.5), textcoords="offset points",
                       fontsize=7.5, color="#606060", va="bottom", path_effects=style.outline(2))
        for ax in (left, right):
            ax.set_xlabel(self.clock)
            ax.spines[["top", "right"]].set_visible(False)

    def _legends(self, left, right, shades):
        kinds = [Line2D([], [], color=style.INK, label=style.label(e), **marker(e)) for e in self.engines]
        components = range(self.sweep.dataset(self.engines[0]).sizes["component"])
        if self.by is None:
            left.legend(handles=kinds, loc="best")
            right.legend(handles=[Line2D([], [], color=style.OKABE_ITO[m % 8], label=f"m = {m + 1}") for m in components], loc="upper left")
            return
        axis = self.sweep.axes[self.by]
        values = [Line2D([], [], color=shade, label=axis.shown[point[self.by]]) for point, shade in zip(self.points, shades)]
        styles = [Line2D([], [], color=style.INK, ls=DASHES[m % len(DASHES)], label=f"m = {m + 1}") for m in components]
        left.legend(handles=kinds, loc="best")
        right.add_artist(right.legend(handles=styles, loc="upper left"))
        right.legend(handles=values, title=style.label(self.by), loc="upper left", bbox_to_anchor=(1.01, 1.0), title_fontsize=8.5)
