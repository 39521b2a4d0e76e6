"""Phase diagrams: a quantity over two axes of the grid, with theory's boundaries."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import style
from .open import STATUS, SweepError
from .theory import boundaries

RATE, DECAY = "training.learning_rate", "training.weight_decay"
MAX_PANELS = 12


def _choose_plane(sweep, x, y, at, by):
    """The two axes of the plane: what is asked for, then the longest numeric ones, then the longest others; y is the later in the grid."""
    for name in (x, y):
        if name is not None:
            sweep.axis(name)
    if x is not None and x == y:
        raise SweepError(f"x and y are both {x}; the axes are {', '.join(sweep.axes)}")
    taken = {x, y, by, *(at or {})}
    rest = sorted((axis for axis in sweep.axes.values() if axis.name not in taken), key=lambda axis: (not axis.numeric, -len(axis)))
    if len(rest) < (x is None) + (y is None):
        raise SweepError(f"a phase diagram needs two axes, the sweep leaves {', '.join(a.name for a in rest) or 'none'} (trajectories draw one)")
    order = list(sweep.axes)
    names = sorted((axis.name for axis in rest[: (x is None) + (y is None)]), key=order.index)
    return x or names.pop(0), y or names.pop(0)


def phase_diagram(sweep, engine="sgd", value="learnt_mean", x=None, y=None, at=None, by=None, theory=True):
    """Heat maps of `value` over the axes x and y (default: the two longest numeric ones).

    Categorical axes left over, and `by`, make one panel a value; other axes stay at the value in `at`, else their first.
    A quantity of each component is drawn for at["component"] (default 0, the leading one).
    """
    at = dict(at or {})
    component = at.pop("component", 0)
    data = sweep.value(engine, value)
    x, y = _choose_plane(sweep, x, y, at, by)
    left = [name for name in sweep.axes if name not in (x, y, *at)]
    over = [name for name in left if name == by or (not sweep.axes[name].numeric and len(sweep.axes[name]) > 1)]
    fixed = sweep.point(at, free=(x, y, *over))
    panels = sweep.points(over)
    if by is not None and by not in over:
        raise SweepError(f"no axis {by} left for the panels; there are {', '.join(left) or 'none'}")
    if len(panels) > MAX_PANELS:
        raise SweepError(f"{len(panels)} panels are too many; fix some of {', '.join(over)} by at (--at AXIS=VALUE)")
    if "component" in data.dims:
        if not str(component).isdigit() or int(component) >= data.sizes["component"]:
            raise SweepError(f"no component {component}; there are 0..{data.sizes['component'] - 1}")
        data = data.isel(component=int(component))
    data = data.isel(fixed).transpose(*over, y, x)
    with style.context():
        return _Diagram(sweep, engine, value, x, y, fixed, theory).draw(data, panels)


class _Diagram:
    def __init__(self, sweep, engine, value, x, y, fixed, theory):
        self.sweep, self.engine, self.value, self.fixed, self.theory = sweep, engine, value, fixed, theory
        self.x, self.y = sweep.axes[x], sweep.axes[y]
        self.threshold = sweep.option("outcome", "learnt_threshold", 0.5)
        self.handles = {}

    def draw(self, data, panels):
        columns = min(len(panels), 3 if len(panels) != 4 else 2)
        rows = -(-len(panels) // columns)
        figure, axes = plt.subplots(rows, columns, figsize=(1.35 + 3.3 * columns, 0.95 + 3.25 * rows), squeeze=False,
                                    sharex=True, sharey=True, layout="constrained")
        figure.get_layout_engine().set(w_pad=0.06, h_pad=0.06)
        cmap, norm, ticks = style.colours(self.value, data.values)
        for ax, panel in zip(axes.flat, panels):
            mesh = self._panel(ax, data.isel(panel).values, panel, cmap, norm)
        for ax in axes.flat[len(panels):]:
            ax.remove()
        for ax in axes[:, 0]:
            ax.set_ylabel(style.label(self.y.name))
        for ax in axes.flat[max(len(panels) - columns, 0):len(panels)]:
            ax.set_xlabel(style.label(self.x.name))
            ax.xaxis.set_tick_params(labelbottom=True)
        self._colour_bar(figure, list(axes.flat[:len(panels)]), rows, mesh, ticks, data.values)
        figure.suptitle(self._title())
        handles = self._legend()
        style.legend_at_foot(figure, handles, 2 if columns > 2 or (columns == 2 and len(handles) > 2) else 1)
        return figure

    def _panel(self, ax, values, panel, cmap, norm):
        ax.patch.set(**style.MISSING)
        mesh = ax.pcolormesh(self.x.edges, self.y.edges, np.ma.masked_invalid(values), cmap=cmap, norm=norm,
                             edgecolors="face", linewidth=0.2, rasterized=values.size > 4096)
        style.grid_axis(ax, "x", self.x)
        style.grid_axis(ax, "y", self.y)
        ax.set_box_aspect(1)
        if panel:
            ax.set_title(style.describe(self.sweep.axes, panel))
        self._mark_missing(values, panel)
        if self.value == "learnt_mean":
            self._mark_disagreement(ax, values)
        if self.theory and {self.x.key, self.y.key} == {RATE, DECAY} and self.x.numeric and self.y.numeric:
            for line in boundaries(self.sweep.point_config({**self.fixed, **panel}), self.threshold):
                self._boundary(ax, line)
        return mesh

    def _mark_missing(self, values, panel):
        missing = np.isnan(values)
        if missing.any():
            status = self.sweep.dataset(self.engine).status.isel({**self.fixed, **panel}).transpose(self.y.name, self.x.name, "replica").values
            for code in np.unique(status[missing]):
                text = STATUS[code] if code != 1 else "no value"
                self.handles.setdefault("missing", set()).add(text)

    def _mark_disagreement(self, ax, values):
        row, column = np.nonzero(np.abs(values - np.round(values)) > 1e-9)
        if row.size:
            ax.plot(self.x.positions[column], self.y.positions[row], ".", color=style.INK, ms=3.6, mew=0, zorder=2.5)
            self.handles["split"] = True

    def _boundary(self, ax, line):
        rate, decay = (self.x, self.y) if self.x.key == RATE else (self.y, self.x)
        spaced = np.geomspace if rate.scale == "log" else np.linspace
        eta = spaced(rate.edges[0], rate.edges[-1], 800)
        inside = (line.slope * eta > decay.edges[0]) & (line.slope * eta < decay.edges[-1])
        if inside.sum() < 2:
            return
        along = np.column_stack([eta, line.slope * eta] if rate is self.x else [line.slope * eta, eta])
        name = "onset" if line.onset else "learnt"
        ax.plot(*along.T, color=style.INK, lw=1.5, ls=(0, (4, 2.2)) if line.onset else "-", path_effects=style.outline(3.2),
                label=f"{name} {line.component}", zorder=3)
        self._line_label(ax, along[inside], f"onset {line.component}" if line.onset else f"m = {line.component}", line.onset)
        self.handles[name] = True

    @staticmethod
    def _line_label(ax, along, text, early):
        at = int((0.30 if early else 0.80) * (len(along) - 1))
        step = along[min(at + 1, len(along) - 1)] - along[at]
        ax.text(*along[at], text, fontsize=8, ha="center", va="center", rotation=np.degrees(np.arctan2(step[1], step[0])), rotation_mode="anchor",
                transform_rotates_text=True, zorder=4, bbox={"boxstyle": "round,pad=0.18", "fc": "white", "ec": "none", "alpha": 1}, clip_on=True)

    def _colour_bar(self, figure, axes, rows, mesh, ticks, values):
        counts = self.value in ("learnt", "learnt_mean")
        over = np.nanmax(values, initial=-np.inf) > mesh.norm.vmax
        bar = figure.colorbar(mesh, ax=axes, ticks=ticks, drawedges=counts, extend="max" if over and not counts else "neither",
                              shrink=0.72 if rows == 1 else 0.5, aspect=16, pad=0.02)
        share = self.engine == "deep" and self.value.startswith("excess")
        bar.set_label("exceptional share of the manifold" if share else style.label(self.value))
        bar.outline.set_linewidth(0.8)
        if counts:
            bar.ax.tick_params(which="both", length=0)
            bar.dividers.set(color="white", linewidth=1.5)

    def _title(self):
        rows = self.sweep.dataset(self.engine).sizes["replica"]
        source = style.label(self.engine) + (f", mean of {rows} replicas" if rows > 1 else "")
        return f"{self.sweep.name}  ·  {source}\n{style.describe(self.sweep.axes, self.fixed)}".strip()

    def _legend(self):
        handles = []
        line = {"color": style.INK, "lw": 1.5}
        if "learnt" in self.handles:
            handles.append(Line2D([], [], **line, label=f"theory, long times: $R^2_m$ = {self.threshold:g}, component $m$ is learnt for less decay"))
        if "onset" in self.handles:
            handles.append(Line2D([], [], **line, ls=(0, (4, 2.2)),
                                  label=f"onset: grows from zero for less decay; learnt needs $R^2$ ≥ {self.threshold:g}"))
        if "split" in self.handles:
            handles.append(Line2D([], [], color=style.INK, marker=".", ms=5, mew=0, ls="", label="replicas disagree (mean rounded)"))
        if "missing" in self.handles:
            handles.append(Patch(**style.MISSING, lw=0, label=", ".join(sorted(self.handles["missing"]))))
        return handles
