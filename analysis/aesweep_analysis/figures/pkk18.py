"""The figures of Pretorius, Kroon & Kamper, Learning dynamics of linear denoising autoencoders (ICML 2018).

In their notation: λ = ρ̂, noise ε = s²/D, decay γ = κ/η; a mode's strength is u = W V̂.
"""
import numpy as np
from matplotlib.lines import Line2D

from .. import style
from ..images import data_name
from .panels import (BLUE, COMPONENTS, DASHED, DOTTED, RED, TIME, compare, dimension_of, engine_handles, explained, foot, handles, lettered, level, logarithmic,
                     rows_of, stem, strengths, title)
from .registry import Figure

NOISE, DECAY, NEITHER = RED, BLUE, "#444444"
GREY_BLUE = "#3B4C8C"


def regularisation(sweep, point):
    """(ε, γ) at a point."""
    config = sweep.point_config(point)
    training = config.get("training", {})
    return training.get("input_noise", 0.0) ** 2 / dimension_of(sweep, point), training.get("weight_decay", 0.0) / training.get("learning_rate", 1.0)


def eigenvalues(sweep, point):
    data = sweep.point_config(point)["data"]
    return np.array(data["spikes"]) + data.get("bulk", 1.0) / dimension_of(sweep, point)


def fixed_points(rho, noise, decay):
    """u = (λ − γ)/(λ + ε), 0 where decay outweighs the eigenvalue."""
    return np.maximum(rho - decay, 0) / (rho + noise)


def rate_ratio(rho, noise):
    """R = (2λ + γ)/(2λ + 3ε) with the equivalent decay γ = λε/(λ + ε)."""
    decay = rho * noise / (rho + noise)
    return (2 * rho + decay) / (2 * rho + 3 * noise)


def describe(noise, decay):
    return f"noise ε = {noise:.3g}" if noise else f"decay γ = {decay:.3g}" if decay else "neither"


def colour_of(noise, decay):
    return NOISE if noise else DECAY if decay else NEITHER


def scalar_modes(sweeps):
    sweep = stem(sweeps, "pkk18-01")
    figure, axes = lettered(1, 3, width=3.7, height=3.3)
    points = [sweep.point({"input_noise": value}) for value in sweep.axes["input_noise"].values]
    for ax, point in ((axes[0], points[0]), (axes[1], points[-1])):
        _loss_surface(ax, sweep, point, mode=1)
    ax, rate = axes[2], sweep.config["training"]["learning_rate"]
    for point, dashes in zip(points, ("-", DASHED, DOTTED)):
        noise, _ = regularisation(sweep, point)
        for k, rho in enumerate(eigenvalues(sweep, point)):
            compare(ax, sweep, point, lambda rows, k=k, at=point: strengths(sweep, at)(rows)[k], COMPONENTS[k], engines=("exact", "descent"),
                    dashes=dashes, width=1.3)
            ax.plot(1.02, fixed_points(rho, noise, 0), "<", color=COMPONENTS[k], ms=5, transform=ax.get_yaxis_transform(), clip_on=False)
    logarithmic(ax, y=False)
    ax.set(xlabel="full-batch steps", ylabel="strength u of a mode", xlim=(1 / rate / 10, None))
    rho = eigenvalues(sweep, points[0])
    noises = [regularisation(sweep, point)[0] for point in points]
    foot(figure, handles([(f"λ = {value:g}", COMPONENTS[k]) for k, value in enumerate(rho)],
                         [(f"closed form, ε = {noise:g}", dash) for noise, dash in zip(noises, ("-", DASHED, DOTTED))])
         + engine_handles(("descent",)) + [Line2D([], [], color=style.INK, marker="<", ls="", ms=5, label="λ/(λ + ε)"),
                                           Line2D([], [], color=GREY_BLUE, lw=2.2, label="minima")])
    return figure


def _loss_surface(ax, sweep, point, mode):
    """½[λ(1 − wv)² + ε(wv)²] of one mode with its gradient field, and the stored way down it."""
    noise, _ = regularisation(sweep, point)
    rho = eigenvalues(sweep, point)[mode]
    axis = np.linspace(0, 1.6, 161)
    w, v = np.meshgrid(axis, axis)
    loss = (rho * (1 - w * v) ** 2 + noise * (w * v) ** 2) / 2
    ax.contourf(w, v, loss, levels=14, cmap="Greys", alpha=0.55)
    pull = rho * (1 - w * v) - noise * w * v
    ax.streamplot(axis, axis, v * pull, w * pull, color="#5A5A5A", linewidth=0.6, density=0.75, arrowsize=0.7)
    best = fixed_points(rho, noise, 0)
    ax.plot(axis[1:], best / axis[1:], color=GREY_BLUE, lw=2.2)
    ax.annotate(f"wv = {best:.3g}", (1.55, best / 1.55), ha="right", va="bottom", xytext=(0, 5), textcoords="offset points", color=GREY_BLUE,
                path_effects=style.outline())
    for engine, kind in (("exact", "-"), ("descent", "+")):
        rows = rows_of(sweep, engine, point)
        along = [np.abs(rows[name].transpose("k", "component", "time").values[mode, mode]) for name in ("encoder", "decoder")]
        along[1] = along[1] / np.sqrt(dimension_of(sweep, point))
        every = slice(None, None, 4) if kind == "+" else slice(None)
        ax.plot(along[0][every], along[1][every], kind, color=COMPONENTS[mode], ms=6, mew=1.2, lw=2)
    title(ax, f"λ = {rho:g}, ε = {noise:g}")
    ax.set(xlabel="encoder w", ylabel="decoder v", xlim=(0, 1.6), ylim=(0, 1.6))
    ax.set_box_aspect(1)


def noise_against_decay(sweeps):
    sweep = stem(sweeps, "pkk18-02")
    figure, (left, right) = lettered(1, 2, width=4.6, height=3.4)
    halves = {}
    for label_ in sweep.axes["mode"].labels:
        point = sweep.point({"mode": label_})
        noise, decay = regularisation(sweep, point)
        rho = float(eigenvalues(sweep, point)[0])
        rows = rows_of(sweep, "exact", point)
        time, u = rows.time.values, strengths(sweep, point)(rows)[0]
        colour = COMPONENTS[len({r for r, _ in halves} - {rho})]
        left.plot(time, u, color=colour, ls="-" if noise else DASHED, label=f"λ = {rho:g}" if noise else None)
        flow = rows_of(sweep, "ode", point)
        left.plot(flow.time.values[::20], strengths(sweep, point)(flow)[0][::20], "o", color=colour, mfc="none", ms=4, mew=0.9)
        halves[rho, bool(noise)] = np.interp(u[-1] / 2, u, time)
        if noise:
            level(left, fixed_points(rho, noise, 0), f"λ/(λ + ε) = {fixed_points(rho, noise, 0):.3f}", right=True)
            epsilon = noise
    left.set(xlabel="time t", ylabel="strength u of a mode", xlim=(0, 20), ylim=(0, 0.78))
    left.legend(handles=left.get_legend_handles_labels()[0] + handles((), [("noise ε", "-"), ("equivalent decay γ = λε/(λ + ε)", DASHED)])
                + [Line2D([], [], color=style.INK, marker="o", mfc="none", ms=4, ls="", label="flow")], loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=3)
    rhos = sorted({rho for rho, _ in halves})
    grid = np.linspace(0.2, max(rhos) * 1.15, 100)
    right.plot(grid, (grid + epsilon) / grid, color=style.INK, lw=1.3, label="(λ + ε)/λ")
    for rho in rhos:
        right.plot(rho, halves[rho, False] / halves[rho, True], "o", color=RED, ms=6)
    right.plot([], [], "o", color=RED, label="measured")
    right.set(xlabel="eigenvalue λ", ylabel="time to half of the fixed point,\ndecay over noise", ylim=(1, None))
    right.legend()
    return figure


def optimal_rates(sweeps):
    sweep = stem(sweeps, "pkk18-03")
    figure, (left, middle, right) = lettered(1, 3, width=3.7, height=3.3)
    curves = {"noise": [], "decay": []}
    for label_ in sweep.axes["rate"].labels:
        point = sweep.point({"rate": label_})
        noise, decay = regularisation(sweep, point)
        rate = sweep.point_config(point)["training"]["learning_rate"]
        rows = rows_of(sweep, "descent", point)
        curves["noise" if noise else "decay"].append((rate, strengths(sweep, point)(rows)[0]))
        rho = float(eigenvalues(sweep, point)[0])
        epsilon = noise or rho * decay / (rho - decay)
    target, after, best = fixed_points(rho, epsilon, 0), 8, {}
    for kind, colour in (("noise", NOISE), ("decay", DECAY)):
        rates = np.array([rate for rate, _ in curves[kind]])
        errors = np.array([abs(u[after] - target) for _, u in curves[kind]])
        best[kind] = int(np.argmin(errors))
        left.plot(rates, np.maximum(errors, 1e-16), "o-", color=colour, ms=3.5, lw=1.2, label=kind)
        left.axvline(rates[best[kind]], color=colour, lw=0.9, ls=DOTTED)
        middle.plot(curves[kind][best[kind]][1], "x" if kind == "noise" else "o", color=colour, mfc="none", ms=6,
                    label=f"{kind}, η = {rates[best[kind]]:g}")
    same = next(u for rate, u in curves["decay"] if abs(rate - curves["noise"][best["noise"]][0]) < 1e-9)
    middle.plot(same, "-", color=DECAY, lw=1.2, label=f"decay, η = {curves['noise'][best['noise']][0]:g}")
    level(middle, target, "λ/(λ + ε)", right=True)
    left.set_yscale("log")
    left.set(xlabel="learning rate η", ylabel=f"|u − λ/(λ + ε)| after {after} steps")
    left.legend()
    middle.set(xlabel="full-batch steps", ylabel="strength u", xlim=(-0.3, 16))
    middle.legend(loc="lower right")
    grid = np.linspace(0, 4, 200)
    for ratio, shade in zip((0.5, 1, 2), style.sample(3)):
        right.plot(grid, rate_ratio(ratio, grid), color=shade, label=f"R, λ = {ratio:g}")
    right.plot(epsilon, curves["noise"][best["noise"]][0] / curves["decay"][best["decay"]][0], "o", color=RED, ms=7, label=f"measured, λ = {rho:g}")
    right.set(xlabel="noise ε", ylabel="optimal rate, noise over decay", ylim=(0, 1.03))
    right.legend()
    return figure


def norms(sweeps):
    sweep = stem(sweeps, "pkk18-04")
    figure, (left, middle, right) = lettered(1, 3, width=3.6, height=3.2)
    panels = ((left, "squared norm of the weights, a neuron", _squares(sweep)),
              (middle, "encoder norm, a neuron", lambda rows: rows.encoder_norm.values.mean(axis=-1)),
              (right, "clean explained variance", lambda rows: _clean(rows).mean(axis=0)))
    entries = []
    for label_ in sweep.axes["regulariser"].labels:
        point = sweep.point({"regulariser": label_})
        kind = regularisation(sweep, point)
        entries.append((describe(*kind), colour_of(*kind)))
        for ax, _, value in panels:
            compare(ax, sweep, point, value, colour_of(*kind))
    for ax, text, _ in panels:
        logarithmic(ax, y=False)
        ax.set(xlabel=TIME, ylabel=text)
    foot(figure, handles(entries) + engine_handles(("ode", "sgd")))
    return figure


def _squares(sweep):
    dimension = dimension_of(sweep, sweep.point())
    return lambda rows: (rows.encoder_norm.values**2 + rows.decoder_norm.values**2 / dimension).mean(axis=-1)


def _clean(rows):
    """Explained variance of the inputs without noise; where there is none that is the same."""
    clean = rows.explained_clean.transpose("component", "time").values
    return np.where(np.isnan(clean), rows.explained.transpose("component", "time").values, clean)


def _panel_each(sweep, width, text):
    """One panel over time a regulariser → figure, list of (ax, point, noise, decay)."""
    labels = sweep.axes["regulariser"].labels
    figure, axes = lettered(1, len(labels), width=width, height=3.3, sharey=True)
    points = [sweep.point({"regulariser": label_}) for label_ in labels]
    panels = [(ax, point, *regularisation(sweep, point)) for ax, point in zip(axes, points)]
    for ax, _, noise, decay in panels:
        title(ax, describe(noise, decay))
        ax.set_xlabel(TIME)
    axes[0].set_ylabel(text)
    return figure, panels


def linear_on_images(sweeps):
    sweep = stem(sweeps, "pkk18-05")
    figure, panels = _panel_each(sweep, 3.7, f"strength u of a mode, {data_name(sweep)}")
    for ax, point, _, _ in panels:
        value = strengths(sweep, point)
        for k in range(sweep.exact.sizes["k"]):
            compare(ax, sweep, point, lambda rows, k=k, of=value: of(rows)[k], COMPONENTS[k], engines=("exact", "sgd"))
        logarithmic(ax, y=False)
    foot(figure, handles([(f"mode {k + 1}", COMPONENTS[k]) for k in range(sweep.exact.sizes["k"])]) + engine_handles(("exact", "sgd")))
    return figure


def relu_networks(sweeps):
    sweep = stem(sweeps, "pkk18-06")
    figure, panels = _panel_each(sweep, 2.9, "explained variance $R^2_m$, ReLU")
    for ax, point, noise, decay in panels:
        rho = eigenvalues(sweep, point)
        linear = np.maximum(1 - (decay / rho) ** 2, 0) if decay else rho / (rho + noise)
        for m in range(sweep.ode.sizes["component"]):
            compare(ax, sweep, point, explained(m), COMPONENTS[m])
            ax.axhline(linear[m], color=COMPONENTS[m], lw=0.9, ls=DOTTED)
        logarithmic(ax, y=False)
        ax.set(xlim=(0.3, None), ylim=(-0.04, 1.04))
    foot(figure, handles([(f"λ = {value:.3g}", COMPONENTS[m]) for m, value in enumerate(rho)], [("linear network, long times", DOTTED)])
                  + engine_handles(("ode", "sgd")))
    return figure


def _figure(number, text, sweep, claims, function):
    return Figure(f"pkk18-{int(number):02d}", text, "PKK18", number, (f"papers/{sweep}.toml",), claims, function)


FIGURES = (
    _figure("1", "scalar modes and noise", "pkk18-01-closed-forms", ("B1",), scalar_modes),
    _figure("2", "noise against its equivalent decay", "pkk18-02-noise-and-its-decay", ("B1", "B2"), noise_against_decay),
    _figure("3", "two optimal learning rates", "pkk18-03-two-optimal-rates", ("B3",), optimal_rates),
    _figure("4", "norms of the weights", "pkk18-04-norms-under-decay-and-noise", ("B4",), norms),
    _figure("5", "linear networks on real images", "pkk18-05-linear-networks-on-images", ("B5",), linear_on_images),
    _figure("6", "ReLU networks under noise and decay", "pkk18-06-relu-networks-with-noise", ("B6",), relu_networks),
)
