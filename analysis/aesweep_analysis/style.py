"""One look for all figures: colours that colour-blind readers can tell apart, fonts, sizes, file types."""
import matplotlib
import numpy as np
from matplotlib import patheffects
from matplotlib.colors import BoundaryNorm, ListedColormap, LogNorm, Normalize
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

INK, GREY, MISSING = "#222222", "#8A8A8A", {"facecolor": "#E4E4E4", "edgecolor": "#A6A6A6", "hatch": "////"}
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#F0E442")
COUNTS = ("#F3EFE4", "#F2C14E", "#3FA796", "#1D4E89")  # none, 1, 2, 3 learnt: also ordered by lightness
RC = {
    "font.family": "DejaVu Sans", "mathtext.fontset": "dejavusans", "font.size": 9.5,
    "axes.titlesize": 10.5, "axes.labelsize": 10, "figure.titlesize": 11.5, "xtick.labelsize": 8.5, "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5, "legend.framealpha": 0.85, "legend.edgecolor": "none", "legend.borderpad": 0.3,
    "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK, "axes.linewidth": 0.8,
    "lines.linewidth": 1.7, "hatch.linewidth": 0.6, "savefig.dpi": 180, "pdf.fonttype": 42, "svg.fonttype": "none",
}
NAMES = {
    "learning_rate": "learning rate η", "rate": "learning rate η", "rate_over_dimension": "learning rate η/D", "weight_decay": "weight decay κ", "hidden": "hidden units K", "dimension": "dimension D",
    "input_noise": "input noise s", "horizon": "horizon t", "learnt_mean": "learnt components", "learnt": "learnt components",
    "excess_mean": "excess error (0 best, 1 chance)", "excess": "excess error (0 best, 1 chance)", "success": "success probability",
    "theory_gap": "theory gap / chance", "theory_bias": "theory bias / chance", "final_pmse": "pmse at the horizon",
    "learning_time": "learning time t", "seconds": "seconds per replica", "ode": "flow", "sgd": "SGD", "exact": "closed form", "descent": "full-batch descent",
    "deep": "deep network", "final_supremum": "supremum of the error", "width": "width of the hidden layers", "depth": "hidden layers on each side",
}


def label(name):
    return NAMES.get(name, name.replace("_", " "))


def describe(axes, point):
    """"learning rate η = 0.1, erf": every value with its axis, but for activations and linked axes, which explain themselves."""
    def one(axis, text):
        return text if axis.key == "model.activation" or "," in axis.key else f"{label(axis.name)} = {text}"
    return ", ".join(one(axes[name], axes[name].shown[index]) for name, index in point.items() if len(axes[name]) > 1)


def legend_at_foot(figure, handles, columns):
    """A legend below everything that the constrained layout places; the figure grows by its height."""
    if handles:
        width, height = figure.get_size_inches()
        foot = 0.22 * -(-len(handles) // columns) + 0.08
        figure.set_size_inches(width, height + foot)
        figure.get_layout_engine().set(rect=(0, foot / (height + foot), 1, height / (height + foot)))
        figure.legend(handles=handles, loc="lower center", ncol=columns, borderaxespad=0.3)


def log_ticks(axis, low, high):
    """Ticks of a logarithmic axis from low to high: written out where powers of ten alone would be too few."""
    if high < 200 * low:
        axis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7) if high < 8 * low else (1, 2, 5)))
        axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(NullFormatter())


def grid_axis(ax, name, axis):
    """Scale, limits and ticks of the axes' side `name`, "x" or "y", for an Axis of the grid. Few values get a tick each."""
    ticks = getattr(ax, f"{name}axis")
    if axis.scale == "log":
        getattr(ax, f"set_{name}scale")("log")
        log_ticks(ticks, axis.edges[0], axis.edges[-1])
    decades = axis.scale == "log" and len(axis) > 1 and np.allclose(np.log10(axis.positions) % 1, 0)
    if not axis.numeric or (len(axis) <= 6 and not decades):
        ticks.set_ticks(axis.positions, axis.shown)
        ticks.set_minor_locator(NullLocator())
    getattr(ax, f"set_{name}lim")(axis.edges[0], axis.edges[-1])


def context():
    return matplotlib.rc_context(RC)


def outline(width=2.6):
    """White casing, so that lines and text stay legible over any colour."""
    return [patheffects.withStroke(linewidth=width, foreground="white")]


def sample(count):
    """Colours for `count` ordered values, from dark to light; the palest end of the map is left out."""
    return [matplotlib.colormaps["viridis"](u) for u in np.linspace(0.0, 0.88, max(count, 2))][:count]


def colours(value, data):
    """Colour map, norm and the colour bar's ticks (None: automatic) that suit a quantity; data may hold NaN."""
    finite = np.asarray(data)[np.isfinite(data)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if value in ("learnt", "learnt_mean"):
        top = max(int(np.ceil(high)), 1)
        palette = COUNTS[: top + 1] if top < len(COUNTS) else [COUNTS[0], *(matplotlib.colormaps["viridis_r"](np.linspace(0.1, 1, top)))]
        return ListedColormap(palette), BoundaryNorm(np.arange(top + 2) - 0.5, top + 1), list(range(top + 1))
    if value.startswith("success"):
        return matplotlib.colormaps["PuOr"], Normalize(0, 1), [0, 0.25, 0.5, 0.75, 1]
    if value in ("excess", "excess_mean", "converged"):
        return matplotlib.colormaps["viridis"], Normalize(0, max(1.0, min(high, 1.5))), None
    if value.startswith("theory"):
        return matplotlib.colormaps["cividis"], Normalize(0, high or 1.0), None
    wide = low > 0 and high > 100 * low
    return matplotlib.colormaps["viridis"], LogNorm(low, high) if wide else Normalize(low, high if high > low else low + 1), None


def save(figure, path):
    """Writes a figure; the suffix decides between .png (180 dpi), .pdf and .svg."""
    with context():
        figure.savefig(path)
