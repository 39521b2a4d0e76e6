"""Figures of what Kvalheim & Sontag (TMLR 2024) prove: what a bottleneck of the manifold's own dimension must leave torn, and how small that is."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.gridspec import GridSpec

from .. import style
from ..measurements import done
from ..measure_ks24 import CLOSED, shapes
from .panels import BLUE, COMPONENTS, DASHED, GREEN, ORANGE, PINK, RED, SKY, foot, handles, lettered, level, logarithmic, stem, tag, title, whole
from .registry import Figure

STEPS = "steps"
COLOURS = dict(zip(("circle", "circles", "sphere", "torus", "arc", "disc", "trefoil"), (BLUE, RED, GREEN, PINK, SKY, ORANGE, "#666666")))
LATENT = "viridis"


def spread(ax, x, rows, colour, label=None, dashes="-", floor=None):
    """Mean over replicas with its standard error as a band. rows: shape (replica, x)."""
    rows = np.maximum(rows, floor) if floor else rows
    mean, error = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0, ddof=1) / np.sqrt(len(rows))
    ax.plot(x, mean, "o", ls=dashes, color=colour, ms=3.5, lw=1.4, label=label)
    ax.fill_between(x, np.maximum(mean - error, floor or -np.inf), mean + error, color=colour, alpha=0.2, lw=0)


def _halves(points):
    """The two circles of points that follow each other along one, then along the other."""
    middle = len(points) // 2
    return points[:middle], points[middle:]


def two_interlaced_circles(sweeps):
    sweep = stem(sweeps, "ks24-01")
    epsilon = sweep.option("outcome", "epsilon", 0.1)
    rows = sweep.dataset("deep")
    replica = int(np.argmin(done(sweep, "deep", "excess").values))  # the best: what is possible
    row = rows.isel(replica=replica)
    original, image = row.original.values, row.reconstruction.values
    latent, time = row.latent.values[..., 0], row.time.values
    order = latent.argsort(axis=1).argsort(axis=1)  # colours by rank: at the cuts the latents run far out
    error = np.linalg.norm(image - original, axis=-1)

    figure = plt.figure(figsize=(10.6, 6.4), layout="constrained")
    grid = GridSpec(2, 3, figure=figure, height_ratios=(1, 1))
    space = [figure.add_subplot(grid[0, i], projection="3d") for i in range(3)]
    plain = [figure.add_subplot(grid[1, i]) for i in range(3)]
    for letter, ax in zip("abcdef", [*space, *plain]):
        tag(ax, letter)
    _circles(space[0], original, order[-1], latent[-1])
    title(space[0], "coloured by the latent, cut at ×")
    for ax, step in zip(space[1:], (_in_between(error, epsilon), -1)):
        _image(ax, original, image[step], order[step])
        title(ax, f"image after {time[step]:.0f} steps")
    _along(plain[0], latent[-1], "latent")
    title(plain[0], "latent along each circle")
    _along(plain[1], error[-1], "error $|\\hat{x} - x|$")
    plain[1].set_yscale("log")
    level(plain[1], epsilon, f"ε = {epsilon:g}")
    level(plain[1], float(sweep.reference.bound), "reach of a circle")
    title(plain[1], "error along each circle")
    _course(plain[2], sweep)
    return figure


def _in_between(error, epsilon):
    """The recorded time at which the exceptional set has come halfway."""
    share = (error > epsilon).mean(axis=1)
    return int(np.argmax(share < 0.6))


def _frame(ax, points):
    ax.set_axis_off()
    ax.computed_zorder = False
    ax.set_box_aspect(np.ptp(points, axis=0), zoom=1.45)
    ax.view_init(elev=24, azim=-58)
    for low, high, name in zip(points.min(axis=0), points.max(axis=0), "xyz"):
        getattr(ax, f"set_{name}lim")(low, high)


def _circles(ax, points, order, latent):
    """The points in the colours of their order, and where each circle's latent jumps."""
    ax.scatter(*points.T, c=order, cmap=LATENT, s=7, linewidths=0, depthshade=False)
    for part, values in zip(_halves(points), _halves(latent)):
        jump = np.abs(values - np.roll(values, 1))
        ax.scatter(*part[np.argmax(jump)], color=RED, s=60, marker="X", linewidths=0, depthshade=False, zorder=9)
    _frame(ax, points)


def _image(ax, original, image, order):
    for part in _halves(original):
        ax.plot(*np.vstack([part, part[:1]]).T, color="#C9C9C9", lw=0.9)
    ax.plot(*image[order.argsort()].T, color="#9A9A9A", lw=0.5)
    ax.scatter(*image.T, c=order, cmap=LATENT, s=7, linewidths=0, depthshade=False, zorder=5)
    _frame(ax, original)


def _along(ax, values, name):
    for part, colour, text in zip(_halves(values), (BLUE, ORANGE), ("first circle", "second circle")):
        turn = np.arange(len(part)) / len(part)
        ax.plot(turn, part, ".", ms=2.5, color=colour, label=text)
    ax.set(xlabel="turns along the circle", ylabel=name, xlim=(0, 1))
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="best", markerscale=3)


def _course(ax, sweep):
    share, epsilons = done(sweep, "deep", "exceptional"), sweep.dataset("deep").epsilon.values
    time = share.time.values
    for i, colour in zip(range(len(epsilons)), style.sample(len(epsilons))):
        rows = share.isel(epsilon=i).transpose("replica", "time").values
        spread(ax, time[1:], rows[:, 1:], colour, f"ε = {epsilons[i]:g}", floor=1e-4)
    logarithmic(ax)
    ax.set(xlabel=STEPS, ylabel="exceptional share")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="lower left")
    title(ax, f"mean of {share.sizes['replica']} networks")


def exceptional_measure(sweeps):
    grid, samples, surfaces = stem(sweeps, "ks24-02a"), stem(sweeps, "ks24-02b"), stem(sweeps, "ks24-03")
    figure, axes = lettered(2, 3, width=3.5, height=3.0)
    epsilon = grid.option("outcome", "epsilon", 0.1)
    share = done(grid, "deep", "excess")
    width = grid.axes["width"]
    for ax, name in zip(axes, grid.axes["manifold"].labels):
        for depth, colour in zip(grid.axes["depth"].values, COMPONENTS):
            spread(ax, width.values, share.sel(manifold=name, depth=depth).transpose("replica", "width").values, colour, f"depth {depth}", floor=3e-4)
        _share_axis(ax, "width of the hidden layers", width.values)
        title(ax, f"{name}, k = 1")
    ax = axes[2]
    count = samples.axes["training_samples"]
    for name in samples.axes["manifold"].labels:
        rows = done(samples, "deep", "excess").sel(manifold=name).transpose("replica", "training_samples").values
        spread(ax, count.values, rows, COLOURS[name], name, floor=3e-4)
    _share_axis(ax, "training samples", count.values[::2])
    title(ax, f"width {samples.config['model']['width']}")
    chosen = done(grid, "deep", "exceptional").sel(epsilon=epsilon).isel(depth=-1)
    for name, dashes in zip(grid.axes["manifold"].labels, ("-", DASHED)):
        for i, colour in zip(range(len(width)), style.sample(len(width))):
            rows = chosen.sel(manifold=name).isel(width=i).transpose("replica", "time").values
            axes[3].plot(chosen.time.values[1:], np.maximum(rows.mean(axis=0)[1:], 3e-4), color=colour, ls=dashes, lw=1.3,
                         label=f"width {width.values[i]}" if dashes == "-" else None)
    _share_axis(axes[3], STEPS)
    title(axes[3], "circle (lines), circles (dashed)")
    _surfaces(axes[4:], surfaces)
    for ax in axes:
        ax.legend(loc="lower left", fontsize=7.5)
    return figure


def _share_axis(ax, name, ticks=None):
    logarithmic(ax)
    if ticks is not None:
        whole(ax.xaxis, ticks)
    ax.set(xlabel=name, ylabel="exceptional share", ylim=(None, 1.3))
    level(ax, 0.05, "5 %")


def _surfaces(axes, sweep):
    width = sweep.axes["width"].values
    share = done(sweep, "deep", "exceptional").sel(epsilon=sweep.option("outcome", "epsilon", 0.1))
    for name, i in shapes(sweep).items():
        if name not in ("sphere", "torus", "disc"):
            continue
        rows = share.isel(shape=i)
        spread(axes[0], width, rows.isel(time=-1).transpose("replica", "width").values, COLOURS[name], name, floor=3e-4)
        spread(axes[1], rows.time.values[1:], rows.isel(width=-1).transpose("replica", "time").values[:, 1:], COLOURS[name], name, floor=3e-4)
    _share_axis(axes[0], "width of the hidden layers", width)
    title(axes[0], "surfaces, k = 2")
    _share_axis(axes[1], STEPS)
    title(axes[1], f"surfaces, width {width[-1]}")


def supremum_and_reach(sweeps):
    sweep = stem(sweeps, "ks24-03")
    figure, axes = lettered(1, 3, width=3.6, height=3.4)
    supremum, width = done(sweep, "deep", "supremum"), sweep.axes["width"].values
    time = supremum.time.values
    for name, i in shapes(sweep).items():
        rows = supremum.isel(shape=i)
        bound = float(sweep.reference.bound.isel(shape=i).max())
        ax = axes[0] if name in CLOSED else axes[1]
        for values in rows.isel(width=-1).transpose("replica", "time").values / (bound or 1):
            ax.plot(time[1:], values[1:], ".-", color=COLOURS[name], ms=3, lw=1.1)
        ends = rows.isel(time=-1).transpose("replica", "width").values
        for values in ends:
            axes[2].plot(width * np.exp(0.03 * (i - 2.5)), values / (bound or 1), "." if name in CLOSED else "x", color=COLOURS[name], ms=5, mew=1)
    for ax, text, unit in ((axes[0], "closed: never below the reach", "supremum of the error / reach"), (axes[1], "arc and disc: nothing forbids", "supremum of the error")):
        logarithmic(ax)
        ax.set(xlabel=STEPS, ylabel=unit)
        title(ax, text)
    logarithmic(axes[2])
    whole(axes[2].xaxis, width)
    axes[2].set(xlabel="width of the hidden layers", ylabel="supremum / reach (× : supremum)")
    title(axes[2], "every network, at the horizon")
    axes[0].set_ylim(0.7, None)
    for ax in (axes[0], axes[2]):
        level(ax, 1.0, "reach", right=True)
    foot(figure, handles([(name, COLOURS[name]) for name in shapes(sweep)]))
    return figure


def latent_dimensions(sweeps):
    sweep = stem(sweeps, "ks24-04")
    figure, axes = lettered(1, 2, width=4.6, height=3.4)
    hidden = sweep.axes["hidden"].values
    for name in sweep.axes["manifold"].labels:
        for ax, quantity in zip(axes, ("excess", "final_supremum")):
            rows = done(sweep, "deep", quantity).sel(manifold=name).transpose("replica", "hidden").values
            spread(ax, hidden, rows, COLOURS[name], name, floor=1e-3 if quantity == "excess" else None)
    epsilon = sweep.option("outcome", "epsilon", 0.1)
    for ax, text, name in zip(axes, ("exceptional share", "supremum of the error"), (f"share with an error above {epsilon:g}", "largest error")):
        title(ax, name)
        logarithmic(ax, x=False)
        whole(ax.xaxis, hidden)
        ax.set(xlabel="latent dimensions k", ylabel=text)
    foot(figure, handles([(f"{name} ({_own(name)})", COLOURS[name]) for name in sweep.axes["manifold"].labels]))
    return figure


def _own(name):
    """A manifold's own dimension."""
    return 2 if name in ("sphere", "torus", "disc", "swiss_roll") else 1


_SWEEPS = {"two_interlaced_circles": ("01-two-interlaced-circles",), "exceptional_measure": ("02a-width-and-depth", "02b-training-samples", "03-supremum-and-reach"),
           "supremum_and_reach": ("03-supremum-and-reach",), "latent_dimensions": ("04-latent-dimensions",)}


def _figure(number, text, claims, function):
    return Figure(f"ks24-0{number}", text, "KS24", str(number), tuple(f"papers/ks24-{name}.toml" for name in _SWEEPS[function.__name__]), claims, function)


FIGURES = (
    _figure(1, "two interlaced circles through one latent dimension", ("C3",), two_interlaced_circles),
    _figure(2, "the exceptional set shrinks with width, depth, samples and time", ("C2",), exceptional_measure),
    _figure(3, "the largest error stays above the reach", ("C1",), supremum_and_reach),
    _figure(4, "latent dimensions below, at and above the manifold's own", ("C1",), latent_dimensions),
)
