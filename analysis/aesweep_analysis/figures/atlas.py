"""Phase diagrams that the papers do not have, from sweeps/atlas/."""
import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.lines import Line2D

from .. import style
from ..open import Axis, guess_scale
from ..refined import Refinement, draw_panel, legend
from ..theory import boundaries
from .panels import BLUE, COMPONENTS, DASHED, DOTTED, RED, TIME, colour_bar, foot, handles, lettered, logarithmic, plane, stem, title, whole
from .registry import Figure


def axis_of(name, values):
    """An axis that the grid does not have as such."""
    values = np.asarray(values)
    return Axis(name, name, values, guess_scale(values), {})


def grid(sweep, engine, value, point, x, y):
    """A quantity over two axes at a point, shape (len(y), len(x))."""
    return sweep.value(engine, value).isel(point).transpose(y, x).values


def _lines(ax, x, y, label=None, dashes="-"):
    ax.plot(x, y, color=style.INK, lw=1.4, ls=dashes, path_effects=style.outline(3), label=label)


def rate_and_decay(sweeps):
    sweep = stem(sweeps, "rate-and-decay")
    names = ("linear, K = 3", "erf, K = 3", "ReLU with bias, K = 4")
    figure, axes = lettered(1, len(sweep.axes["unit"]), width=3.4, height=3.3, sharey=True)
    rate, decay = sweep.axes["learning_rate"], sweep.axes["weight_decay"]
    threshold = sweep.option("outcome", "learnt_threshold", 0.5)
    for ax, label_, name in zip(axes, sweep.axes["unit"].labels, names):
        point = sweep.point({"unit": label_}, free=("learning_rate", "weight_decay"))
        mesh = plane(ax, rate, decay, grid(sweep, "ode", "learnt_mean", point, "learning_rate", "weight_decay"), "learnt_mean")
        for line in boundaries(sweep.point_config({"unit": point["unit"]}), threshold):
            _lines(ax, rate.edges, line.slope * rate.edges, dashes=DASHED if line.onset else "-")
        title(ax, name)
        ax.set_box_aspect(1)
    _share_y(axes)
    colour_bar(figure, mesh, axes, "learnt_mean")
    foot(figure, handles((), [("theory: a component is learnt below", "-"), ("theory: onset of growth", DASHED)]))
    return figure


def _share_y(axes):
    for ax in axes[1:]:
        ax.set_ylabel("")


def spike_and_decay(sweeps):
    sweep = stem(sweeps, "spike-and-decay")
    figure, axes = lettered(1, 2, width=3.9, height=3.5, sharey=True)
    first, decay = sweep.axes["first"], sweep.axes["weight_decay"]
    threshold = sweep.option("outcome", "learnt_threshold", 0.5)
    for ax, name in zip(axes, sweep.axes["activation"].labels):
        point = sweep.point({"activation": name}, free=("first", "weight_decay"))
        mesh = plane(ax, first, decay, grid(sweep, "ode", "learnt_mean", point, "first", "weight_decay"), "learnt_mean")
        known = [boundaries(sweep.point_config({**point, "first": i}), threshold) for i in range(len(first))]
        for onset, component in sorted({(line.onset, line.component) for lines in known for line in lines}):
            slopes = [next((line.slope for line in lines if (line.onset, line.component) == (onset, component)), np.nan) for lines in known]
            _lines(ax, first.values, slopes, dashes=DASHED if onset else "-")
        title(ax, name)
        ax.set_box_aspect(1)
        ax.set_xlabel("first spike θ₁ (then θ₁/2, θ₁/4)")
    _share_y(axes)
    colour_bar(figure, mesh, axes, "learnt_mean")
    foot(figure, handles((), [("theory: a component is learnt below", "-"), ("theory: onset of growth", DASHED)]))
    return figure


def width_and_components(sweeps):
    sweep = stem(sweeps, "width-and-components")
    figure, axes = lettered(1, 3, width=3.7, height=3.9)
    hidden, count = sweep.axes["hidden"], sweep.axes["count"]
    chance = sweep.reference.chance.isel(unit=0).transpose("count", "hidden").values
    pca = sweep.reference.pca_error.isel(unit=0).transpose("count", "hidden").values
    below = np.concatenate([chance[:, :1], pca[:, :-1]], axis=1)  # rank K − 1
    panels = (("erf, none", "erf less PCA of rank K", pca), ("relu, trained", "biased ReLU less PCA of rank K", pca),
              ("relu, trained", "biased ReLU less PCA of rank K − 1", below))
    for ax, (unit, text, best) in zip(axes, panels):
        pmse = sweep.ode.final_pmse.isel(sweep.point({"unit": unit}, free=("hidden", "count"))).min("replica").transpose("count", "hidden").values
        mesh = plane(ax, hidden, count, (pmse - best) / chance, "difference", "RdBu_r", Normalize(-0.3, 0.3))
        for (j, i), value in np.ndenumerate((pmse - best) / chance):
            ax.text(hidden.values[i], count.values[j], _short(value), ha="center", va="center", fontsize=7.5,
                    color="white" if abs(value) > 0.22 else style.INK)
        title(ax, text)
        ax.set_box_aspect(1)
        ax.set_ylabel("components M")
    _share_y(axes)
    colour_bar(figure, mesh, axes, "difference / chance", extend="both")
    return figure


def _short(value):
    """.12, with no sign where it rounds to nothing."""
    return f"{value + 0.0:.2f}".replace("-0.00", "0.00").replace("0.", ".")


def frozen_bulk_and_decay(sweeps):
    sweep = stem(sweeps, "frozen-bulk-and-decay")
    figure, (left, right) = lettered(1, 2, width=4.4, height=3.5)
    frozen = axis_of("frozen bulk σ²·encoder_std²", sweep.axes["encoder_std"].values**2 * sweep.option("data", "bulk", 1.0))
    decay = sweep.axes["weight_decay"]
    excess = grid(sweep, "ode", "excess_mean", sweep.point(free=("encoder_std", "weight_decay")), "encoder_std", "weight_decay")
    mesh = plane(left, frozen, decay, excess, "excess", "viridis", LogNorm(max(np.nanmin(excess), 1e-4), 1))
    left.set_xlabel(frozen.name)
    best = np.nanargmin(excess, axis=0)
    left.plot(frozen.values, decay.values[best], "o-", color="white", ms=4, lw=1.2, path_effects=style.outline(0))
    left.annotate("best decay", (frozen.values[1], decay.values[best[1]]), xytext=(0, 8), textcoords="offset points", color="white", fontsize=9)
    colour_bar(figure, mesh, left, f"excess at t = {sweep.option('training', 'horizon', 100):g}")
    right.plot(frozen.values, excess[0], "o-", color=BLUE, ms=4, label=f"κ = {decay.values[0]:.2g}")
    right.plot(frozen.values, np.nanmin(excess, axis=0), "s-", color=RED, ms=4, label="best decay")
    right.plot(frozen.values, np.minimum(0.5 * (3 * frozen.values) ** (2 / 3), 1), color=style.INK, ls=DASHED, lw=1.3,
               label="no decay, small $q_b$: ½$(3 q_b)^{2/3}$")
    logarithmic(right)
    right.set(xlabel=frozen.name, ylabel="excess")
    right.legend(loc="upper left")
    return figure


LAWS = {"mixture": "mixture (±0.9)", "rademacher": "±1", "nonnegative": "non-negative", "sparse": "sparse (0.1)"}


def latent_and_activation(sweeps):
    sweep = stem(sweeps, "latent-and-activation")
    figure, (left, right) = lettered(1, 2, width=5.2, height=3.7)
    flows = {name: sweep.ode.pmse.isel(sweep.point({"latent_flow": name}, free=("latent", "activation")) | {"replica": 0})
             for name in ("exact", "covariance")}
    chance = sweep.reference.chance.isel(latent_flow=0)
    gap = (abs(flows["exact"] - flows["covariance"]).max("time") / chance).transpose("latent", "activation").values
    laws, units = sweep.axes["latent"], sweep.axes["activation"]
    mesh = plane(left, units, laws, gap, "theory", "cividis", Normalize(0, np.nanmax(gap)))
    for (j, i), value in np.ndenumerate(gap):
        left.text(i, j, _short(value), ha="center", va="center", fontsize=7.5, color="white" if value < 0.6 * np.nanmax(gap) else style.INK)
    left.set_xticks(units.positions, [name.replace("_", " ") for name in units.labels], rotation=35, ha="right")
    left.set_yticks(laws.positions, [LAWS.get(name, name) for name in laws.labels])
    left.set(xlabel="", ylabel="law of the latent")
    title(left, "largest gap to the covariance flow / chance")
    colour_bar(figure, mesh, left, "")
    time = sweep.ode.time.values
    unit = units.labels.index("erf")
    for name, colour in zip(laws.labels, COMPONENTS):
        curve = flows["exact"].isel(activation=unit, latent=laws.labels.index(name)) / float(chance.isel(activation=unit, latent=0))
        right.plot(time[1:], curve[1:], color=colour, label=LAWS.get(name, name))
    logarithmic(right)
    title(right, "erf units")
    right.set(xlabel=TIME, ylabel="pmse / chance", xlim=(0.3, None))
    right.legend(loc="lower left")
    return figure


def plateaus_over_starts(sweeps):
    sweep = stem(sweeps, "plateaus-over-starts")
    figure, (left, middle, right) = lettered(1, 3, width=3.7, height=3.4)
    ratios, first = sweep.axes["ratio"].values, sweep.config["data"]["spikes"]["first"]
    times = sweep.ode.learning_time.transpose("ratio", "replica", "component").values
    rho = first * ratios[:, None] ** np.arange(times.shape[2])
    for m in range(times.shape[2]):
        low, median, high = np.nanpercentile(times[:, :, m] * rho[:, m, None], (10, 50, 90), axis=1)
        left.fill_between(ratios, low, high, color=COMPONENTS[m], alpha=0.25, lw=0)
        left.plot(ratios, median, "o-", color=COMPONENTS[m], ms=4, label=f"component {m + 1}")
        if m:
            gaps = (times[:, :, m] - times[:, :, m - 1]) * rho[:, m, None]
            low, median, high = np.nanpercentile(gaps, (10, 50, 90), axis=1)
            middle.fill_between(ratios, low, high, color=COMPONENTS[m], alpha=0.25, lw=0)
            middle.plot(ratios, median, "o-", color=COMPONENTS[m], ms=4, label=f"before component {m + 1}")
    left.set(xlabel="ratio of neighbouring eigenvalues", ylabel="learning time × eigenvalue", ylim=(0, None))
    left.legend(loc="lower left")
    middle.set(xlabel="ratio of neighbouring eigenvalues", ylabel="length of a plateau × eigenvalue")
    middle.axhline(0, color=style.GREY, lw=0.8)
    middle.legend(loc="lower left")
    ordered = (np.diff(times, axis=2) > 0).all(axis=2)
    share, spread = ordered.mean(axis=1), np.sqrt(np.maximum(ordered.var(axis=1), 0.25 / ordered.shape[1]) / ordered.shape[1])
    right.errorbar(ratios, share, spread, fmt="o-", color=BLUE, ms=4, capsize=2)
    right.axhline(1 / 6, color=style.GREY, lw=0.9, ls=DASHED)
    right.annotate("any order alike, 1/6", (ratios[0], 1 / 6), xytext=(0, 3), textcoords="offset points", fontsize=8)
    right.set(xlabel="ratio of neighbouring eigenvalues", ylabel=f"starts (of {ordered.shape[1]}) that learn in order", ylim=(0, 1.05))
    return figure


def generalisation_gap(sweeps):
    sweep = stem(sweeps, "generalisation-gap")
    figure, (left, right) = lettered(1, 2, width=4.6, height=3.5)
    rows, dimension = sweep.sgd, float(sweep.config["data"]["dimension"])
    samples = sweep.axes["training_samples"].values / dimension
    gap = (rows.pmse - rows.pmse_training).mean("replica") / sweep.reference.chance
    time = axis_of(TIME, rows.time.values[1:])
    mesh = plane(left, time, axis_of("P/D", samples), gap.transpose("training_samples", "time").values[:, 1:], "gap", "cividis",
                 Normalize(0, float(np.nanmax(gap))))
    left.set_ylabel("samples over dimension P/D")
    colour_bar(figure, mesh, left, "generalisation gap / chance")
    shades = style.sample(len(samples))
    for i in range(0, len(samples), 2):
        point = {"training_samples": i, "replica": 0}
        right.plot(rows.time[1:], rows.pmse.isel(point)[1:], color=shades[i], label=f"P/D = {samples[i]:g}")
        right.plot(rows.time[1:], rows.pmse_training.isel(point)[1:], color=shades[i], ls=DASHED)
    right.plot(rows.time[1:], sweep.ode.pmse.isel(training_samples=-1, replica=0)[1:], color=style.INK, lw=1.2, ls=DOTTED)
    logarithmic(right)
    right.set(xlabel=TIME, ylabel="pmse")
    foot(figure, right.get_legend_handles_labels()[0] + handles((), [("fresh samples", "-"), ("the training set", DASHED), ("theory", DOTTED)]))
    return figure


def rate_over_dimension(sweeps):
    sweep = stem(sweeps, "rate-over-dimension")
    columns = sweep.axes["size"].columns
    dimension = np.asarray(columns["data.dimension"], dtype=float)
    step = np.array([float(f"{value:.6g}") for value in np.asarray(columns["training.learning_rate"]) / dimension])
    x, y = axis_of("η/D", np.unique(step)), axis_of("dimension D", np.unique(dimension))
    units = sweep.axes["activation"].labels
    figure, axes = lettered(2, len(units), width=4.3, height=3.0)
    for i, unit in enumerate(units):
        point = sweep.point({"activation": unit}, free=("size",))
        status = sweep.sgd.status.isel(point)
        done = status.isin([1, 2]).sum("replica")
        for ax, text, value in ((axes[i], "success", "success"), (axes[len(units) + i], "theory gap / chance", "theory_gap")):
            image = np.full((len(y), len(x)), np.nan)
            image[np.searchsorted(y.values, dimension), np.searchsorted(x.values, step)] = sweep.value("sgd", value).isel(point).values
            mesh = plane(ax, x, y, image, value, norm=None if value == "success" else LogNorm(3e-3, 0.5))
            diverged = ((status == 2).sum("replica") / done.where(done > 0)).values
            ax.scatter(step[diverged > 0.5], dimension[diverged > 0.5], marker="x", color=style.INK, s=22, lw=1.3, zorder=3,
                       path_effects=style.outline(2.4))
            title(ax, f"{unit}: {text}")
            colour_bar(figure, mesh, ax, "")
    foot(figure, [Line2D([], [], color=style.INK, marker="x", ls="", label="most replicas diverged")])
    return figure


def tying_activation_bias(sweeps):
    sweep = stem(sweeps, "tying-activation-bias")
    figure, (ax,) = lettered(1, 1, width=8.2, height=2.7)
    units, networks = sweep.axes["activation"], sweep.axes["network"]
    excess = grid(sweep, "ode", "excess_mean", sweep.point(free=("activation", "network")), "activation", "network")
    mesh = plane(ax, units, networks, excess, "excess", "viridis", Normalize(0, 1))
    for (j, i), value in np.ndenumerate(excess):
        if np.isfinite(value):
            ax.text(i, j, _short(value), ha="center", va="center", fontsize=8.5, color="white" if value < 0.6 else style.INK)
    ax.set_xticks(units.positions, [name.replace("_", " ") for name in units.labels])
    names = {"false": "untied", "true": "tied", "none": "no bias", "trained": "trained bias"}
    ax.set_yticks(networks.positions, [", ".join(names[part.strip()] for part in label_.split(",")) for label_ in networks.labels])
    ax.set(xlabel="", ylabel="")
    ax.set_title("", loc="left")
    colour_bar(figure, mesh, ax, "excess (0 PCA, 1 chance)")
    return figure


def noise_and_decay(sweeps):
    sweep = stem(sweeps, "noise-and-decay")
    figure, axes = lettered(2, 2, width=4.1, height=3.4)
    dimension = float(sweep.config["data"]["dimension"])
    noise, decay = axis_of("noise ε = s²/D", sweep.axes["input_noise"].values**2 / dimension), sweep.axes["weight_decay"]
    rate, threshold = sweep.option("training", "learning_rate", 1.0), sweep.option("outcome", "learnt_threshold", 0.5)
    last = sweep.ode.isel(time=-1)
    clean = last.pmse_clean.mean("replica") / sweep.reference.chance
    learnt_clean = (last.explained_clean >= threshold).sum("component").mean("replica")
    for i, unit in enumerate(sweep.axes["activation"].labels):
        point = sweep.point({"activation": unit}, free=("input_noise", "weight_decay"))
        learnt = plane(axes[i], noise, decay, learnt_clean.isel(point).transpose("weight_decay", "input_noise").values, "learnt_mean")
        title(axes[i], f"{unit}: components with clean $R^2$ ≥ {threshold:g}")
        on_clean = clean.isel(point).transpose("weight_decay", "input_noise").values
        error = plane(axes[2 + i], noise, decay, on_clean, "pmse", "viridis", LogNorm(0.02, 1))
        title(axes[2 + i], f"{unit}: error on clean inputs")
        spikes = np.array(sweep.config["data"]["spikes"])
        for rho in spikes if unit == "linear" else ():
            _lines(axes[2 + i], noise.values, rate * rho * noise.values / (rho + noise.values), dashes=DASHED)
    colour_bar(figure, learnt, axes[:2], "learnt_mean")
    colour_bar(figure, error, axes[2:], "pmse / chance, without noise")
    foot(figure, handles((), [("decay with the fixed point of the noise, κ = ηλε/(λ + ε), of each component", DASHED)]))
    return figure


def times_and_gaps(sweeps):
    sweep = stem(sweeps, "times-and-gaps")
    figure, (left, right) = lettered(1, 2, width=4.5, height=3.5)
    first, ratio = sweep.axes["first"], sweep.axes["ratio"]
    times = sweep.ode.learning_time.mean("replica")
    plateau = (times.isel(component=1) - times.isel(component=0)).transpose("ratio", "first").values
    shortest = max(np.nanmin(plateau), 0.1)
    mesh = plane(left, first, ratio, np.maximum(plateau, shortest), "time", "viridis", LogNorm(shortest, np.nanmax(plateau)))
    left.set(xlabel="first spike θ₁", ylabel="ratio θ₂/θ₁")
    colour_bar(figure, mesh, left, "length of the plateau, t")
    for i in range(0, len(first), 2):
        right.plot(ratio.values, plateau[:, i] * first.values[i] * ratio.values, "o-", ms=3.5, lw=1.2, color=style.sample(len(first))[i],
                   label=f"θ₁ = {first.values[i]:.3g}")
    right.set(xlabel="ratio θ₂/θ₁", ylabel="length of the plateau × θ₂", ylim=(0, None))
    right.legend(loc="lower left")
    return figure


def theory_gap(sweeps):
    sweep = stem(sweeps, "theory-gap")
    figure, (left, right) = lettered(1, 2, width=4.4, height=3.5)
    dimension, hidden = sweep.axes["dimension"], sweep.axes["hidden"]
    gap = grid(sweep, "sgd", "theory_gap", sweep.point(free=("dimension", "hidden")), "dimension", "hidden")
    mesh = plane(left, dimension, hidden, gap, "theory_gap", norm=LogNorm(np.nanmin(gap), np.nanmax(gap)))
    whole(left.yaxis, hidden.values)
    colour_bar(figure, mesh, left, "theory gap / chance")
    for j, shade in enumerate(style.sample(len(hidden))):
        right.plot(dimension.values, gap[j], "o-", ms=4, lw=1.2, color=shade, label=f"K = {hidden.values[j]}")
    anchor = np.nanmean(gap[:, 0]) * 0.5
    right.plot(dimension.values, anchor * (dimension.values / dimension.values[0]) ** -0.5, color=style.INK, ls=DASHED, lw=1.2, label="$D^{-1/2}$")
    logarithmic(right)
    right.set(xlabel="dimension D", ylabel="theory gap / chance")
    right.legend(loc="upper right", ncol=2)
    return figure


def refined_rate_and_decay(sweeps):
    refinement = Refinement(stem(sweeps, "refined-rate-and-decay"))
    figure, (ax,) = lettered(1, 1, width=5.6, height=4.6)
    cmap, norm, _ = style.colours("learnt_mean", refinement.dense.values)
    mesh, _ = draw_panel(ax, refinement, {}, True, cmap, norm)
    x, y = refinement.axes
    ax.set(xlabel=style.label(x), ylabel=style.label(y))
    title(ax, f"{len(refinement.points({})[0])} of {refinement.dense.size} points")
    colour_bar(figure, mesh, ax, "learnt_mean")
    foot(figure, legend(True))
    return figure


def refined_rate_over_dimension(sweeps):
    refinement = Refinement(stem(sweeps, "refined-rate-over-dimension"))
    figure, (left, right) = lettered(1, 2, width=4.6, height=4.0)
    cmap, norm, _ = style.colours("success", refinement.dense.values)
    mesh, _ = draw_panel(left, refinement, {}, False, cmap, norm)
    _, y = refinement.axes
    left.set(xlabel="η/D", ylabel=style.label(y))
    title(left, f"{len(refinement.points({})[0])} of {refinement.dense.size} points")
    colour_bar(figure, mesh, left, "success")
    rate, dimension = refinement.points({})
    success = refinement.sweep.value("sgd", "success").values
    dots = right.scatter(rate, success[refinement.sweep.dataset("refined/point").site.values >= 0], c=dimension, norm=LogNorm(), cmap="viridis", s=12, lw=0)
    right.axhline(0.5, color=style.INK, ls=DASHED, lw=1.0)
    right.set(xlabel="η/D", ylabel=style.label("success"), xscale="log")
    figure.colorbar(dots, ax=right, shrink=0.75, aspect=17, pad=0.02).set_label(style.label(y))
    for ax in (left, right):
        style.log_ticks(ax.xaxis, rate.min(), rate.max())
    title(right, "every point that was run")
    foot(figure, legend(False))
    return figure


def _figure(text, function):
    """Called after its function, and so is its sweep."""
    name = function.__name__.replace("_", "-")
    return Figure(f"atlas-{name}", text, "atlas", "", (f"atlas/{name}.toml",), (), function)


FIGURES = (
    _figure("learnt components over learning rate and weight decay", rate_and_decay),
    _figure("learnt components over spike strength and weight decay", spike_and_decay),
    _figure("which rank K units reach on M components", width_and_components),
    _figure("where decay helps: one erf unit, D = ∞", frozen_bulk_and_decay),
    _figure("which data look Gaussian to which units", latent_and_activation),
    _figure("plateaus and order of learning over random starts", plateaus_over_starts),
    _figure("generalisation gap of SGD on P samples", generalisation_gap),
    _figure("where one-pass SGD leaves the theory, and where it diverges", rate_over_dimension),
    _figure("excess error over tying, bias and activation", tying_activation_bias),
    _figure("denoising noise against weight decay", noise_and_decay),
    _figure("plateaus against eigenvalue gaps", times_and_gaps),
    _figure("boundaries of learnt components, refined", refined_rate_and_decay),
    _figure("where one-pass SGD stops learning, refined up to D = 10⁶", refined_rate_over_dimension),
    _figure("theory gap over dimension and width", theory_gap),
)
