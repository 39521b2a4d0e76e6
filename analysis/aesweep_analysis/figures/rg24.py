"""The figures of Refinetti & Goldt, The dynamics of representation learning in shallow, non-linear autoencoders (ICML 2022)."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D

from .. import networks, style
from ..images import Inputs, data_name, is_images, read_images
from ..theory import sinusoids, spiked_inputs
from .panels import (ABOVE_THE_CURVES, BLUE, COMPONENTS, DASHED, DOTTED, GREEN, ORANGE, PINK, RED, SKY, TIME, beside, compare, curve, engine_handles,
                     excess_in_time, explained, foot, handles, lettered, level, logarithmic, pca, pmse, rows_of, stem, tag, title, whole)
from .registry import Figure

ERF_LAW = (np.pi**2 / 48) * (2 / np.pi**2) ** (2 / 3)  # pmse − PCA of aligned erf units = this · Σ ρ̂ (ηt)^(−2/3)


def spectrum(sweep):
    """Ranks and eigenvalues ρ̂ from the PCA errors over `hidden`: exact where K advances by one, the mean over a range where it jumps."""
    hidden = np.concatenate([[0], sweep.axes["hidden"].values])
    errors = np.concatenate([[float(sweep.reference.chance[0])], sweep.reference.pca_error.values])
    eigenvalues = -2 * np.diff(errors) / np.diff(hidden)
    return (hidden[1:] + hidden[:-1] + 1) / 2, eigenvalues


def _mosaic(pictures, columns, gap=2):
    """Pictures side by side on white, shape (rows, columns) of grey levels."""
    count, height, width = pictures.shape
    rows = -(-count // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), 255.0)
    for i, picture in enumerate(pictures):
        y, x = (i // columns) * (height + gap), (i % columns) * (width + gap)
        sheet[y:y + height, x:x + width] = picture
    return sheet


def _show(ax, sheet):
    ax.imshow(sheet, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def spectra_and_inputs(sweeps):
    synthetic, real = stem(sweeps, "rg24-01a"), stem(sweeps, "rg24-01b")
    figure, (left, middle, right) = lettered(1, 3, width=3.6)
    for sweep, colour, symbol, name in ((synthetic, BLUE, "o", "spiked model"), (real, RED, "s", data_name(real))):
        left.plot(*spectrum(sweep), symbol + "-", color=colour, ms=4, lw=1, label=f"{name}, D = {_pixels(sweep)}")
    logarithmic(left)
    left.set(xlabel="rank", ylabel="eigenvalue / D")
    left.legend()
    title(middle, "inputs of the spiked model")
    inputs = spiked_inputs(synthetic.config["data"], 3, seed=3)
    for i, (x, colour) in enumerate(zip(inputs, COMPONENTS)):
        middle.plot(x - 6 * i, color=colour, lw=0.9)
    middle.set(xlabel="coordinate i", yticks=[], ylabel="$x_i$, shifted")
    title(right, f"images of {data_name(real)}")
    _show(right, _mosaic(read_images(real)[:12].astype(float), 4))
    return figure


def _pixels(sweep):
    data = sweep.config["data"]
    return data["dimension"] if not is_images(sweep) else (1024 if data.get("format", "idx") == "cifar10" else 784)


def plateaus(sweeps):
    sweep = stem(sweeps, "rg24-02")
    linear, erf = sweep.point({"activation": "linear"}), sweep.point({"activation": "erf"})
    figure, (left, middle, right) = lettered(1, 3, width=3.7, height=3.3)
    pca(left, sweep, erf)
    for point, colour in ((linear, ORANGE), (erf, BLUE)):
        compare(left, sweep, point, pmse, colour)
    logarithmic(left)
    left.set(xlabel=TIME, ylabel="pmse")
    left.legend(handles=handles([("erf", BLUE), ("linear", ORANGE)]) + engine_handles(("ode", "sgd")), **ABOVE_THE_CURVES)
    for m in range(sweep.dataset("ode").sizes["component"]):
        compare(middle, sweep, erf, explained(m), COMPONENTS[m])
    logarithmic(middle, y=False)
    middle.set(xlabel=TIME, ylabel="explained variance $R^2_m$, erf", ylim=(-0.04, 1.04))
    learnt = sweep.ode.learning_time.isel({**erf, "replica": 0}).values
    for m, spike in enumerate(sweep.config["data"]["spikes"]):
        beside(middle, learnt[m], 0.62, f"spike\n{spike:g}", COMPONENTS[m])
    for name, colour in zip(ORDER_PARAMETERS, (BLUE, RED, GREEN)):
        compare(right, sweep, erf, lambda rows, of=name: np.array([rows[of].values[:, k, k] for k in range(rows.sizes["k"])]), colour, width=1.1)
    right.set_ylim(3e-4, 50)
    logarithmic(right)
    right.set(xlabel=TIME, ylabel="order parameters, erf")
    right.legend(handles=handles(zip(ORDER_PARAMETERS.values(), (BLUE, RED, GREEN))), loc="lower right")
    return figure


ORDER_PARAMETERS = {"Q": "$Q_{kk}$ (encoder)", "R": "$R_{kk}$", "T1": "$T^1_{kk}$ (decoder)"}


def power_laws(sweeps):
    starts, weights = stem(sweeps, "rg24-03a"), stem(sweeps, "rg24-03b")
    figure, (a, b, c, d) = lettered(2, 2, width=4.3, height=3.2)
    _two_phases(a, starts)
    point = weights.point({"hidden": 3})
    rows = rows_of(weights, "ode", point)
    time, late = rows.time.values, rows.time.values > 1e3
    for ax, name, exponent, text in ((b, "encoder", -1 / 6, r"encoder $\alpha^{(k)}_W$"), (c, "decoder", 1 / 6, r"decoder $\alpha^{(k)}_V$")):
        values = rows[name].transpose("k", "component", "time").values
        for k in range(rows.sizes["k"]):
            curve(ax, time, np.abs(values[k, k]), "ode", COMPONENTS[k])
        guide = np.abs(values[0, 0, -1]) * (time[late] / time[-1]) ** exponent * (1.35 if exponent > 0 else 0.72)
        ax.plot(time[late], guide, color=style.INK, ls=DASHED, lw=1.2)
        logarithmic(ax)
        ax.set(xlabel=TIME, ylabel=text)
        sign = "-" if exponent < 0 else ""
        ax.legend(handles=handles([(f"k = {k + 1}", COMPONENTS[k]) for k in range(rows.sizes["k"])], [(f"$t^{{{sign}1/6}}$", DASHED)]), loc="best")
    _linear_range(d, rows)
    return figure


def _two_phases(ax, sweep):
    for kind, dashes in (("random", "-"), ("aligned", DASHED)):
        for bulk, colour in zip(sweep.axes["bulk"].values, (BLUE, RED)):
            point = sweep.point({"kind": kind, "bulk": bulk})
            compare(ax, sweep, point, excess_in_time(sweep, point), colour, dashes=dashes)
    point = sweep.point({"kind": "aligned", "bulk": 0})
    spikes, time = np.array(sweep.config["data"]["spikes"]), sweep.ode.time.values
    late = time > 30
    learnt = float(sweep.reference.chance.isel(point) - sweep.reference.pca_error.isel(point))
    law = ERF_LAW * spikes.sum() / learnt * time[late] ** (-2 / 3)
    ax.plot(time[late], 0.55 * law, color=style.INK, lw=1.2, ls=DOTTED)
    logarithmic(ax)
    ax.set(xlabel=TIME, ylabel="excess (pmse − PCA)/(chance − PCA)")
    ax.legend(handles=handles([(f"bulk σ² = {bulk:g}", colour) for bulk, colour in zip(sweep.axes["bulk"].values, (BLUE, RED))],
                              [("random start", "-"), ("aligned start", DASHED), ("$t^{-2/3}$", DOTTED)]), loc="lower left")


def _linear_range(ax, rows):
    """The part of the activation that a neuron uses, |λ| < √Q_kk of the first neuron, at some times."""
    grid = np.linspace(-3, 3, 301)
    g = networks.ACTIVATIONS["erf"]
    ax.plot(grid, g(grid), color=style.GREY, lw=1)
    ax.plot(grid, np.sqrt(2 / np.pi) * grid, color=style.GREY, lw=1, ls=(0, (4, 3)))
    time, spread = rows.time.values, np.sqrt(rows.Q.values[:, 0, 0])
    chosen = [int(np.argmin(np.abs(time - t))) for t in (1e1, 1e2, 1e4, 1e6)]
    for width, colour, i in zip((7, 5.5, 4, 2.6), style.sample(4)[::-1], sorted(chosen, key=lambda i: -spread[i])):
        inside = np.linspace(-spread[i], spread[i], 101)
        ax.plot(inside, g(inside), color=colour, lw=width, solid_capstyle="butt", label=f"t = $10^{{{np.log10(time[i]):.0f}}}$")
    ax.set(xlabel="pre-activation λ, within ±√$Q_{11}$", ylabel="activation erf(λ/√2)", ylim=(-1.05, 1.05), xlim=(-3, 3))
    ax.legend(loc="upper left")


TYINGS = (("untied", {"tied": False, "tied_gradient": "full"}, BLUE), ("tied", {"tied": True, "tied_gradient": "full"}, RED),
          ("tied, encoder's gradient alone", {"tied": True, "tied_gradient": "encoder"}, ORANGE))
NETWORKS = (("untied, with bias", False, "trained", BLUE, "o"), ("untied, no bias", False, "none", SKY, "s"),
            ("tied, with bias", True, "trained", RED, "^"), ("tied, no bias", True, "none", ORANGE, "v"))


def tied_and_relu(sweeps):
    tied, relu, biases = (stem(sweeps, f"rg24-04{letter}") for letter in "abc")
    figure, (a, b, c, d) = lettered(2, 2, width=4.4, height=3.2)
    names = tied.axes["tying"].labels
    for (text, _, colour), name in zip(TYINGS, names):
        compare(a, tied, tied.point({"tying": name, "dimension": 1000, "hidden": 3}), pmse, colour)
    pca(a, tied, tied.point({"dimension": 1000, "hidden": 3}))
    logarithmic(a)
    a.set(xlabel=TIME, ylabel="pmse, erf, K = 3, D = 1000")
    a.set_ylim(None, 4.5)
    a.legend(handles=handles([(text, colour) for text, _, colour in TYINGS]), loc="upper right")
    _tied_over_dimension(b, tied, names)
    _relu_over_width(c, relu)
    _biases(d, biases)
    return figure


def _tied_over_dimension(ax, sweep, names):
    dimension, dashes = sweep.axes["dimension"].values, ("-", DASHED, DOTTED)
    for (_, _, colour), name in zip(TYINGS, names):
        for hidden, dash in zip(sweep.axes["hidden"].values, dashes):
            point = sweep.point({"tying": name, "hidden": hidden}, free=("dimension",))
            ax.plot(dimension, sweep.ode.excess.isel({**point, "replica": 0}), "o", ls=dash, color=colour, ms=3.5, lw=1.3)
    level(ax, 1 - 2 / np.pi, "1 − 2/π: one tied unit, D → ∞")
    logarithmic(ax, y=False)
    ax.set(xlabel="dimension D", ylabel="excess at the horizon, erf", ylim=(0, 1))
    ax.legend(handles=handles((), [(f"K = {hidden}", dash) for hidden, dash in zip(sweep.axes["hidden"].values, dashes)]), loc="upper left")


def _relu_over_width(ax, sweep):
    hidden, first = sweep.axes["hidden"].values, sweep.point()
    chance, spikes = float(sweep.reference.chance.isel(first)), np.array(sweep.config["data"]["spikes"])
    levels = chance - np.concatenate([[0], np.cumsum(spikes)]) / 2
    for rank, dashes, text in ((hidden, "-", "PCA K"), (hidden - 1, DASHED, "PCA K − 1"), (hidden // 2, DOTTED, "PCA K/2")):
        ax.plot(hidden, levels[rank] / chance, color=style.GREY, ls=dashes, lw=1.2, label=text)
    labels = sweep.axes["network"].labels
    for text, tied, bias, colour, symbol in NETWORKS:
        point = sweep.point({"network": next(n for n in labels if n.replace(" ", "") == f"{str(tied).lower()},{bias}")}, free=("hidden",))
        for engine, face in (("ode", colour), ("sgd", "none")):
            values = sweep.dataset(engine).final_pmse.isel(point).mean("replica") / chance
            ax.plot(hidden, values, symbol, color=colour, mfc=face, ms=6 if face == "none" else 4, mew=1.1, label=text if engine == "ode" else None)
    whole(ax.xaxis, hidden)
    ax.set(xlabel="hidden units K", ylabel="pmse / chance at the horizon, ReLU", ylim=(0, 1.02))
    ax.legend(loc="upper right", fontsize=7.5, title="full: flow, open: SGD", title_fontsize=7.5)


def _biases(ax, sweep):
    values = {engine: sweep.dataset(engine).bias.isel(time=-1).values for engine in ("ode", "sgd")}  # (hidden, replica, k)
    bins = np.linspace(0, np.nanmax(values["ode"]) * 1.05, 28)
    for i, (hidden, colour) in enumerate(zip(sweep.axes["hidden"].values, (BLUE, RED))):
        for engine, filled in (("ode", True), ("sgd", False)):
            b = values[engine][i]
            ax.hist(b[np.isfinite(b)], bins, histtype="stepfilled" if filled else "step", color=colour, alpha=0.45 if filled else 1, lw=1.4,
                    label=f"K = {hidden}, {'flow' if filled else 'SGD'}")
    residual = float(sweep.sgd.excess.isel(hidden=-1).mean())
    ax.set(xlabel="ReLU bias at the horizon", ylabel=f"neurons of {sweep.sgd.sizes['replica']} replicas")
    ax.annotate(f"residual excess of SGD, K = {sweep.axes['hidden'].values[-1]}: {residual:.2g}", (0.03, 0.58), xycoords="axes fraction", fontsize=8)
    ax.legend(loc="upper left")


def components_and_rotations(sweeps):
    sines, images = stem(sweeps, "rg24-05a"), stem(sweeps, "rg24-05b")
    figure = plt.figure(figsize=(11.4, 7.2), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.06)
    grid = GridSpec(2, 6, figure)
    a, b, c = (figure.add_subplot(grid[0, 2 * i:2 * i + 2]) for i in range(3))
    d, e = figure.add_subplot(grid[1, :4]), figure.add_subplot(grid[1, 4:])
    for letter, ax in zip("abcde", (a, b, c, d, e)):
        tag(ax, letter)
        ax.spines[["top", "right"]].set_visible(False)
    for ax, rule, text in ((a, "sgd", "vanilla SGD"), (b, "truncated", "truncated SGD")):
        _decoders(ax, sines, rule)
        title(ax, f"decoder rows, {text}")
    for rule, colour in (("sgd", BLUE), ("truncated", RED)):
        point = sines.point({"rule": rule})
        compare(c, sines, point, pmse, colour)
    pca(c, sines, point)
    logarithmic(c)
    c.set(xlabel=TIME, ylabel="pmse")
    c.legend(handles=handles([("vanilla", BLUE), ("truncated", RED)]) + engine_handles(("ode", "sgd")), **ABOVE_THE_CURVES)
    _first_neurons(d, e, images)
    return figure


def _decoders(ax, sweep, rule):
    rows = rows_of(sweep, "sgd", sweep.point({"rule": rule}))
    data = sweep.config["data"]
    basis = sinusoids(int(data["dimension"]), len(data["spikes"]))
    decoder = rows.final_decoder.values
    for k, row in enumerate(decoder):
        overlap = basis.T @ row
        m = int(np.argmax(np.abs(overlap)))
        row = row * np.sign(overlap[m]) * np.sqrt(len(row)) / np.linalg.norm(row)
        ax.plot(row - 4.5 * k, color=COMPONENTS[k], lw=0.8, label=f"k = {k + 1}")
        ax.plot(basis[:, m] * np.sqrt(len(row)) - 4.5 * k, color=style.INK, lw=1.2, ls=DASHED)
        ax.annotate(f"|cos| = {np.abs(overlap[m]) / np.linalg.norm(decoder[k]):.3f}", (0.99, -4.5 * k + 2.05), xycoords=("axes fraction", "data"), ha="right",
                    fontsize=8, path_effects=style.outline())
    ax.set(xlabel="coordinate i", yticks=[], ylim=(None, 3.2), ylabel="$v_k$ (scaled), nearest component dashed")


def _first_neurons(pictures, errors, sweep):
    inputs, shown = Inputs(read_images(sweep)), 8
    networks_of = {rule: rows_of(sweep, "sgd", sweep.point({"rule": rule})) for rule in ("truncated", "sgd")}
    x, basis = inputs.x[:2000], inputs.eigenvectors(64)
    five = {rule: networks.reconstruct(row, "erf", x[:shown], 5) for rule, row in networks_of.items()}
    sheets = [("images", x[:shown]), ("PCA, rank 5", x[:shown] @ basis[:, :5] @ basis[:, :5].T), ("truncated, first 5", five["truncated"]),
              ("vanilla, first 5", five["sgd"])]
    _show(pictures, _mosaic(np.concatenate([inputs.pictures(sheet) for _, sheet in sheets]), shown))
    title(pictures, f"{data_name(sweep)}, K = {networks_of['sgd'].sizes['k']}")
    height = inputs.shape[0] + 2
    pictures.set_yticks([height * (i + 0.5) - 1 for i in range(len(sheets))], [name for name, _ in sheets])
    pictures.tick_params(length=0)
    counts = np.unique(np.geomspace(1, networks_of["sgd"].sizes["k"], 14).round().astype(int))
    for rule, text, colour in (("truncated", "truncated SGD", RED), ("sgd", "vanilla SGD", BLUE)):
        values = [networks.error(x, networks.reconstruct(networks_of[rule], "erf", x, n)) for n in counts]
        errors.plot(counts, values, "x-", color=colour, lw=1, label=text)
    errors.plot(counts, [networks.error(x, x @ basis[:, :n] @ basis[:, :n].T) for n in counts], "-", color=style.INK, lw=1.2, label="PCA")
    logarithmic(errors)
    errors.set(xlabel="neurons used, from the first", ylabel="pmse")
    errors.legend(loc="lower left")


UNITS = (("linear, none", "linear", BLUE), ("erf, none", "erf", RED), ("relu, trained", "ReLU, trained bias", GREEN), ("relu, none", "ReLU, no bias", PINK))


def real_images(sweeps):
    sweep = stem(sweeps, "rg24-06")
    figure, (left, middle, right) = lettered(1, 3, width=3.8, height=3.3)
    widths = sweep.axes["hidden"].values
    for ax, surrogate, text in ((left, False, f"SGD on {data_name(sweep)}"), (middle, True, "SGD on the Gaussian surrogate")):
        title(ax, text)
        for hidden, colour in zip(widths, style.sample(len(widths))):
            point = sweep.point({"unit": "erf, none", "hidden": hidden, "gaussian_surrogate": surrogate})
            compare(ax, sweep, point, pmse, colour)
            pca(ax, sweep, point, ranks=(0, hidden))
        logarithmic(ax)
        ax.set(xlabel=TIME, ylabel="pmse, erf", xlim=(0.1, None))
    for label_, text, colour in UNITS:
        for surrogate, dashes, symbol in ((False, "-", "x"), (True, DOTTED, "o")):
            point = sweep.point({"unit": label_, "gaussian_surrogate": surrogate}, free=("hidden",))
            right.plot(widths, sweep.sgd.theory_gap.isel(point).mean("replica"), symbol, ls=dashes, color=colour, mfc="none", lw=1.3, ms=5)
    title(right, "theory gap / chance")
    logarithmic(right)
    whole(right.xaxis, widths)
    right.set(xlabel="hidden units K", ylim=(None, 0.6))
    right.legend(handles=handles([(text, colour) for _, text, colour in UNITS]) + [
        Line2D([], [], color=style.INK, marker="x", label="images"),
        Line2D([], [], color=style.INK, marker="o", mfc="none", ls=DOTTED, label="surrogate")],
        loc="upper left", ncol=2, fontsize=7.5)
    foot(figure, handles([(f"K = {hidden}", colour) for hidden, colour in zip(widths, style.sample(len(widths)))]) + engine_handles(("ode", "sgd")))
    return figure


def standard_conditions(sweeps):
    sweep = stem(sweeps, "rg24-07")
    figure, (left, middle, right) = lettered(1, 3, width=3.7, height=3.2)
    widths = sweep.axes["hidden"].values
    shades = style.sample(len(widths))
    for ax, tied in ((left, False), (middle, True)):
        title(ax, "tied" if tied else "untied")
        for hidden, shade in zip(widths, shades):
            compare(ax, sweep, sweep.point({"tied": tied, "hidden": hidden}), pmse, shade)
        pca(ax, sweep, sweep.point({"tied": tied, "hidden": widths[-1]}))
        logarithmic(ax)
        ax.set(xlabel=TIME, ylabel="pmse", xlim=(1, None))
    middle.set_ylim(left.get_ylim())
    foot(figure, handles([(f"K = {hidden}", shade) for hidden, shade in zip(widths, shades)]) + engine_handles(("ode", "sgd")))
    point = sweep.point({"tied": False, "hidden": widths[-1]})
    for name, colour in (("encoder", BLUE), ("decoder", RED)):
        compare(right, sweep, point, lambda rows, of=name: np.linalg.norm(rows[f"{of}_norm"].values, axis=-1), colour)
    logarithmic(right)
    title(right, f"untied, K = {widths[-1]}")
    right.set(xlabel=TIME, ylabel="norm of the weights", xlim=(1, None))
    right.legend(handles=handles([("encoder", BLUE), ("decoder", RED)]), loc="upper left")
    return figure


def many_units(sweeps):
    sweep = stem(sweeps, "rg24-08")
    figure, axes = lettered(1, len(UNITS), width=3.1, height=3.2, sharey=True)
    widths = sweep.axes["hidden"].values
    shades = (BLUE, RED)
    for ax, (label_, text, _) in zip(axes, UNITS):
        gaps = []
        for hidden, shade in zip(widths, shades):
            point = sweep.point({"unit": label_, "hidden": hidden})
            compare(ax, sweep, point, pmse, shade)
            pca(ax, sweep, point, ranks=(0, hidden))
            gaps.append(f"K = {hidden}: {float(sweep.sgd.theory_gap.isel(point).mean()):.3f}")
        title(ax, text)
        logarithmic(ax)
        ax.set(xlabel=TIME, xlim=(0.1, None))
        ax.annotate("gap / chance\n" + "\n".join(gaps), (0.04, 0.3), xycoords="axes fraction", va="top", fontsize=8, path_effects=style.outline())
    axes[0].set_ylabel(f"pmse, {data_name(sweep)}")
    foot(figure, handles([(f"K = {hidden}", shade) for hidden, shade in zip(widths, shades)]) + engine_handles(("ode", "sgd")))
    return figure


def insights_on_images(sweeps):
    sweep = stem(sweeps, "rg24-09")
    figure, (a, b, c) = lettered(1, 3, width=3.8, height=3.3)
    widest, images = sweep.axes["hidden"].values[-1], data_name(sweep)
    erf = {"network": "erf, false, full, none"}
    point = sweep.point({**erf, "hidden": widest})
    for m in range(sweep.ode.sizes["component"]):
        compare(a, sweep, point, explained(m), COMPONENTS[m])
    logarithmic(a, y=False)
    title(a, f"erf, K = {widest}, {images}")
    a.set(xlabel=TIME, ylabel="explained variance $R^2_m$", ylim=(-0.04, 1.04), xlim=(0.3, None))
    a.legend(handles=handles([(f"m = {m + 1}", COMPONENTS[m]) for m in range(sweep.ode.sizes["component"])]) + engine_handles(("ode", "sgd")),
             loc="upper left")
    for network, text, colour in (("erf, false, full, none", "untied", BLUE), ("erf, true, full, none", "tied", RED),
                                  ("erf, true, encoder, none", "tied, encoder's gradient", ORANGE)):
        compare(b, sweep, sweep.point({"network": network, "hidden": widest}), pmse, colour)
        b.plot([], [], color=colour, lw=2.2, label=text)
    for network, text, colour in (("relu, false, full, trained", "untied, bias", BLUE), ("relu, false, full, none", "untied, no bias", SKY),
                                  ("relu, true, full, trained", "tied, bias", RED)):
        compare(c, sweep, sweep.point({"network": network, "hidden": widest}), pmse, colour)
        c.plot([], [], color=colour, lw=2.2, label=text)
    for ax, unit in ((b, "erf"), (c, "ReLU")):
        for hidden in sweep.axes["hidden"].values:
            pca(ax, sweep, sweep.point({**erf, "hidden": hidden}), ranks=(0, hidden))
        logarithmic(ax)
        title(ax, f"{unit}, K = {widest}")
        ax.set(xlabel=TIME, ylabel="pmse", xlim=(0.3, None), ylim=(0.13, 0.55))
        ax.legend(loc="lower left")
    return figure


STARTS = (("random", "random", BLUE), ("aligned", "informed (aligned)", RED), ("perfect", "perfect", GREEN))


def _overlaps(rows):
    """The largest |cos(decoder k, component m)| over m in time, shape (k, time)."""
    decoder = rows.decoder.transpose("component", "k", "time").values
    return np.abs(decoder).max(axis=0) / rows.decoder_norm.transpose("k", "time").values


def three_starts(sweeps):
    sweep = stem(sweeps, "rg24-10")
    figure, (left, middle, right) = lettered(1, 3, width=3.7, height=3.2)
    for kind, _, colour in STARTS:
        point = sweep.point({"kind": kind})
        compare(left, sweep, point, excess_in_time(sweep, point), colour)
    logarithmic(left)
    left.set(xlabel=TIME, ylabel="excess (0: PCA, 1: chance)", ylim=(1e-5, 2))
    random = sweep.point({"kind": "random"})
    for k in range(sweep.ode.sizes["k"]):
        compare(middle, sweep, random, lambda rows, k=k: _overlaps(rows)[k], COMPONENTS[k])
    logarithmic(middle, y=False)
    title(middle, "random start")
    middle.set(xlabel=TIME, ylim=(-0.03, 1.05), ylabel="largest |cos(decoder k, component)|")
    middle.legend(handles=handles([(f"k = {k + 1}", COMPONENTS[k]) for k in range(sweep.ode.sizes["k"])]), loc="lower right")
    for kind, _, colour in STARTS[1:]:
        compare(right, sweep, sweep.point({"kind": kind}), lambda rows: _overlaps(rows).min(axis=0), colour)
    logarithmic(right, y=False)
    title(right, "informed and perfect start")
    right.set(xlabel=TIME, ylabel="least of the three overlaps", ylim=(0.95, 1.003))
    foot(figure, handles([(text, colour) for _, text, colour in STARTS]) + engine_handles(("ode", "sgd")))
    return figure


def _figure(number, text, sweeps, claims, function):
    return Figure(f"rg24-{int(number):02d}", text, "RG24", number, tuple(f"papers/{name}.toml" for name in sweeps), claims, function)


FIGURES = (
    _figure("1", "spectra and example inputs", ("rg24-01a-synthetic-spectrum", "rg24-01b-image-spectrum"), (), spectra_and_inputs),
    _figure("2", "components are learnt one after another", ("rg24-02-one-component-after-another",), ("A1", "A2"), plateaus),
    _figure("3", "an exponential phase, then power laws", ("rg24-03a-exponential-then-power-law", "rg24-03b-power-laws-of-the-weights"),
            ("A5", "A6"), power_laws),
    _figure("4", "tied weights fail, ReLU needs a bias",
            ("rg24-04a-tied-over-width-and-dimension", "rg24-04b-relu-needs-bias-and-untying", "rg24-04c-biases-of-relu"), ("A7", "A8", "A9"), tied_and_relu),
    _figure("5", "components themselves or a rotation of them", ("rg24-05a-sinusoidal-components", "rg24-05b-first-neurons-of-many"), ("A10", "A11"),
            components_and_rotations),
    _figure("6", "theory predicts SGD on real images", ("rg24-06-images-and-their-surrogate",), ("A12",), real_images),
    _figure("7", "plain SGD, without factors √D", ("rg24-07-standard-scaling",), ("A13",), standard_conditions),
    _figure("8", "other units and many of them on images", ("rg24-08-many-units-on-images",), ("A12",), many_units),
    _figure("9", "the same insights on real data", ("rg24-09-networks-on-images",), ("A14",), insights_on_images),
    _figure("10", "random, informed and perfect starts", ("rg24-10-three-starts",), ("A15",), three_starts),
)
