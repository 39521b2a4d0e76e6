"""The parts that the figures share: lettered panels, theory as lines under crosses of SGD, PCA levels, planes of colours."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from .. import style
from ..trajectories import MARKERS, marker, pca_levels

BLUE, RED, GREEN, PINK, SKY, ORANGE = style.OKABE_ITO[:6]
THEORY, SIMULATION = "theory (flow)", "SGD"
CROSSES = 34
COMPONENTS = (BLUE, RED, GREEN, PINK, SKY, ORANGE)
DASHED, DOTTED = (0, (4, 1.6)), (0, (1.2, 1.4))
MARKED = ("sgd", "descent")  # drawn as markers; the flow and closed forms are lines
TIME = "time t = steps / D"
ABOVE_THE_CURVES = {"loc": "upper right", "bbox_to_anchor": (1.0, 0.96)}  # falling curves leave this corner free, but for chance's line


def lettered(rows, columns, width=3.5, height=3.1, **options):
    """A figure and its axes, flat, each with its letter."""
    figure, axes = plt.subplots(rows, columns, figsize=(width * columns, height * rows + 0.35), squeeze=False, layout="constrained", **options)
    figure.get_layout_engine().set(w_pad=0.07, h_pad=0.07)
    for letter, ax in zip("abcdefghijkl", axes.flat):
        tag(ax, letter)
        ax.spines[["top", "right"]].set_visible(False)
    return figure, list(axes.flat)


def tag(ax, letter, title=""):
    ax.set_title(f"({letter}) {title}", loc="left")


def title(ax, text):
    """Puts a panel's title after its letter."""
    letter = ax.get_title(loc="left").split(" ")[0]
    ax.set_title(f"{letter} {text}", loc="left")


def stem(sweeps, prefix):
    """The sweep whose file name begins with `prefix`."""
    return next(sweep for name, sweep in sweeps.items() if name.startswith(prefix))


def rows_of(sweep, engine, point, replica=0):
    """The Dataset of one replica at a point (axis → index)."""
    return sweep.dataset(engine).isel({**point, "replica": replica})


def curve(ax, time, values, engine, colour, dashes="-", width=1.6, label=None, first=1):
    """A curve in the way of its engine: flow and closed forms as lines, the others as thinned-out markers. values: shape (time,) or (curve, time)."""
    for row in np.atleast_2d(values):
        if engine in MARKED:
            every = max(1, -(-(len(time) - first) // CROSSES))
            ax.plot(time[first::every], row[first::every], MARKERS[engine], color=colour, ms=4.6, mew=1.1, label=label, zorder=3)
        else:
            ax.plot(time[first:], row[first:], color=colour, ls=dashes, lw=width, label=label, zorder=2)
        label = None


def compare(ax, sweep, point, value, colour, engines=("ode", "sgd"), dashes="-", width=1.6, replica=0):
    """The same quantity of several engines at a point. `value`: of the Dataset of a replica, the numbers to draw, shape (..., time)."""
    for engine in engines:
        if engine in sweep.engines:
            rows = rows_of(sweep, engine, point, replica)
            curve(ax, rows.time.values, value(rows), engine, colour, dashes, width)


def pmse(rows):
    return rows.pmse.values


def explained(component):
    return lambda rows: rows.explained.isel(component=component).values


def excess_in_time(sweep, point):
    """(pmse − best)/(chance − best) as a function of a replica's rows."""
    reference = sweep.reference.isel(point)
    best, chance = float(reference.denoising_error), float(reference.chance)
    return lambda rows: (rows.pmse.values - best) / (chance - best)


def strengths(sweep, point):
    """u_k = W_kk V̂_kk of every neuron on its own component as a function of a replica's rows, shape (k, time). v is stored unscaled: V̂ = v/√D."""
    dimension = dimension_of(sweep, point)

    def value(rows):
        product = rows.encoder.transpose("k", "component", "time").values * rows.decoder.transpose("k", "component", "time").values
        return np.array([product[k, k] for k in range(min(product.shape[:2]))]) / np.sqrt(dimension)
    return value


def dimension_of(sweep, point):
    data = sweep.point_config(point)["data"]
    if data.get("kind") == "images":
        return 1024 if data.get("format", "idx") == "cifar10" else 784
    return float(str(data.get("dimension", 1000)).replace("infinity", "inf"))


def level(ax, value, text, right=False, colour=style.GREY, dashes=(0, (4, 3))):
    """A horizontal line with its name on it."""
    ax.axhline(value, color=colour, lw=0.9, ls=dashes, zorder=0.5)
    ax.annotate(text, (0.985 if right else 0.015, value), xycoords=("axes fraction", "data"), xytext=(0, 1.5), textcoords="offset points",
                fontsize=7.5, color="#555555", va="bottom", ha="right" if right else "left", path_effects=style.outline(2), zorder=4)


def beside(ax, x, y, text, colour):
    """A curve's name to the right of one of its points."""
    if np.isfinite(x):
        ax.annotate(text, (x, y), xytext=(7, 0), textcoords="offset points", color=colour, fontsize=8.5, va="center", zorder=4,
                    path_effects=style.outline())


def pca(ax, sweep, point, right=False, ranks=None):
    """PCA errors at a point: chance, every rank that the file tells, or only `ranks`."""
    for rank, value in sorted(pca_levels(sweep, point).items()):
        if value > 0 and (ranks is None or rank in ranks):
            level(ax, value, f"PCA {rank}" if rank else "chance", right)


def logarithmic(ax, x=True, y=True):
    """Logarithmic axes with ticks for their present limits."""
    for wanted, axis, name in ((x, ax.xaxis, "x"), (y, ax.yaxis, "y")):
        if not wanted:
            continue
        getattr(ax, f"set_{name}scale")("log")
        style.log_ticks(axis, *getattr(ax, f"get_{name}lim")())


def whole(axis, values):
    """Ticks at these values only, written whole."""
    axis.set_ticks(list(values), [f"{value:g}" for value in values])
    axis.set_minor_locator(NullLocator())


def engine_handles(engines):
    names = {"ode": THEORY, "sgd": SIMULATION, "exact": "closed form", "descent": "full-batch descent"}
    return [Line2D([], [], color=style.INK, label=names[e], **(marker(e) if e in MARKED else {})) for e in engines]


def handles(colours=(), dashes=()):
    """Legend entries of (text, colour) and of (text, dashes)."""
    return ([Line2D([], [], color=colour, lw=2.2, label=text) for text, colour in colours]
            + [Line2D([], [], color=style.INK, ls=dash, label=text) for text, dash in dashes])


def foot(figure, entries):
    """One legend for all panels, below them."""
    width = figure.get_size_inches()[0]
    style.legend_at_foot(figure, entries, max(2, min(len(entries), int(width / 1.75))))


def plane(ax, x, y, values, value, cmap=None, norm=None):
    """A heat map over two axes of the grid. values: shape (len(y), len(x)), NaN hatched. @returns the mesh."""
    ax.patch.set(**style.MISSING)
    colours = style.colours(value, values)
    mesh = ax.pcolormesh(x.edges, y.edges, np.ma.masked_invalid(values), cmap=cmap or colours[0], norm=norm or colours[1],
                         edgecolors="face", linewidth=0.2)
    for axis, name in ((x, "x"), (y, "y")):
        style.grid_axis(ax, name, axis)
        getattr(ax, f"set_{name}label")(style.label(axis.name))
    ax.spines[["top", "right"]].set_visible(True)
    return mesh


def colour_bar(figure, mesh, axes, text, **options):
    """A colour bar with the name of a quantity or any text; where it is logarithmic over less than two decades its ticks are written out."""
    ticks = style.colours(text, mesh.get_array().filled(np.nan))[2] if text in style.NAMES else None
    bar = figure.colorbar(mesh, ax=axes, ticks=ticks, shrink=0.85, aspect=18, pad=0.02, **options)
    bar.set_label(style.label(text) if text in style.NAMES else text)
    bar.outline.set_linewidth(0.8)
    if isinstance(mesh.norm, LogNorm) and mesh.norm.vmax < 100 * mesh.norm.vmin:
        chosen = [digit * 10.0**power for power in range(-8, 9) for digit in (1, 2, 5) if mesh.norm.vmin <= digit * 10.0**power <= mesh.norm.vmax]
        bar.set_ticks(chosen, labels=[f"{value:g}" for value in chosen])
        bar.minorticks_off()
    return bar
