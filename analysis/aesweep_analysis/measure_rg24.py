"""Measures of RG24's claims A1 to A16: dict of stem → Sweep ↦ list of Measurement.

Errors are excesses, (pmse − E_K)/(chance − E_K), where nothing else is said: 0 the best reachable error, 1 chance.
"""
import numpy as np
from scipy.integrate import trapezoid
from scipy.optimize import brentq

from . import fits
from .images import Inputs, read_images
from .measurements import (ALIGNED, FALLS_SHORT, FLOW_ACCURACY, HARDLY_BELOW_CHANCE, PAPER, PREDICTS, REACHES, ROTATED, THEORY, about, at_least, at_most, done,
                           last, measured, near, pca_level, rank_of)
from .networks import error, reconstruct
from .open import text_of
from .theory import linear_learning_times, spiked_eigenvalues

NAMES = {"ode": "flow", "sgd": "SGD"}
POWER = about(-2 / 3, f"{THEORY}: −2/3, within 10 %")  # of the error in the second phase of erf units
JOINS = near(1.0, 0.25, "convention: within a quarter")


def _only(sweeps):
    sweep, = sweeps.values()
    return sweep


def theory_predicts_sgd(sweeps):
    sweep = _only(sweeps)
    chance, largest = sweep.reference.chance, sweep.axes["dimension"].values[-1]
    flow, sgd = (done(sweep, engine, "pmse") / chance for engine in ("ode", "sgd"))
    found = []
    for rate in sweep.axes["learning_rate"].values:
        at = {"dimension": largest, "learning_rate": rate}
        where = f"D = {largest}, η = {text_of(rate)}"
        difference = (sgd - flow).sel(at).transpose("replica", "time").values
        found += [measured(f"largest gap of single runs to the flow, over chance; {where}", fits.mean(done(sweep, "sgd", "theory_gap").sel(at)), PREDICTS),
                  measured(f"largest gap of the runs' mean, over chance; {where}", fits.jackknife(lambda d: np.abs(d.mean(axis=0)).max(), difference), PREDICTS),
                  measured(f"bias at the horizon, over chance, in units of η/D; {where}", fits.mean(difference[:, -1] * float(largest) / float(rate)),
                           near(0, 1, f"{THEORY}: of order η/D"))]
    ends = (sgd - flow).isel(time=-1).sel(dimension=largest).transpose("replica", "learning_rate").values
    rates = sweep.axes["learning_rate"].values.astype(float)
    bias = fits.jackknife(lambda rows: np.polyfit(np.log(rates), np.log(np.abs(rows.mean(axis=0))), 1)[0], ends)
    return [*found, measured("exponent of SGD's spread about the flow in η/D (theory ½)", _spread_exponent(sweep, sgd - flow),
                              about(0.5, f"{THEORY}: ½, within a quarter", 0.25)),
            measured(f"exponent of its bias at the horizon in η, D = {largest} (theory 1)", bias, about(1, f"{THEORY}: 1, within a half", 0.5))]


def _spread_exponent(sweep, difference):
    """p of spread ~ (η/D)^p: the difference's standard deviation over replicas, root mean square over times, regressed over the grid."""
    rows = difference.transpose("replica", "dimension", "learning_rate", "time").values
    dimension, rate = (sweep.axes[name].values.astype(float) for name in ("dimension", "learning_rate"))
    u = np.log(rate[None, :] / dimension[:, None]).ravel()

    def exponent(rows):
        spread = np.sqrt((rows.std(axis=0, ddof=1) ** 2).mean(axis=-1))
        return np.polyfit(u, np.log(spread).ravel(), 1)[0]
    return fits.jackknife(exponent, rows)


def one_after_another(sweeps):
    sweep = _only(sweeps)
    data, time = sweep.config["data"], sweep.ode.time.values
    rho = spiked_eigenvalues(data)[0]
    found = []
    for unit in sweep.axes["activation"].values:
        pmse = done(sweep, "ode", "pmse").sel(activation=unit).transpose("replica", "time").values
        flats = fits.plateaus(time[1:], pmse[:, 1:])
        for rank in range(1, len(rho)):
            found.append(measured(f"plateau {rank} of {unit} units: distance from the rank-{rank} PCA error, in units of the step that leads to it",
                                  _height(flats, data, rank), near(0, 0.1, "paper: at the PCA error, within 10 %"),
                                  "saturating units leave the plateau's level as a power of time (A5): the next component comes before the error has come down to it"))
        for engine in sweep.engines:
            times = done(sweep, engine, "learning_time").sel(activation=unit).transpose("replica", "component").values
            found += [measured(f"time of component {m + 1} over that of component {m}, {unit} units, {NAMES[engine]}",
                               fits.mean(times[:, m] / times[:, m - 1]), at_least(1, f"{PAPER}: larger first")) for m in range(1, len(rho))]
            if unit == "linear":
                expected = linear_learning_times(rho, sweep.config["model"]["hidden"], _encoder_std(sweep), sweep.option("training", "learning_rate", 1.0))
                found += [measured(f"learning time of component {m + 1} over the theory's {text_of(round(expected[m], 2))}, linear units, {NAMES[engine]}",
                                   fits.mean(times[:, m] / expected[m]), about(1, f"{THEORY}: 1, within a quarter", 0.25)) for m in range(len(rho))]
            found.append(measured(f"exponent of learning time in the eigenvalue, {unit} units, {NAMES[engine]}", _time_exponent(rho, times),
                                  about(-1, f"{PAPER}: −1, within a quarter", 0.25), "later components start with less: their times have a larger logarithm"))
    return found


def _encoder_std(sweep):
    return sweep.option("initial", "encoder_std", 0.1)


def _height(flats, data, rank):
    """(level − PCA_rank)/(PCA_{rank − 1} − PCA_rank) of the plateau that is nearest to PCA_rank."""
    above, level = pca_level(data, rank - 1), pca_level(data, rank)
    if not flats:
        return fits.Estimate(np.nan, np.nan, fits.RESOLUTION)
    plateau = min(flats, key=lambda flat: abs(np.log(flat.level.value / level)))
    return (plateau.level + -level) / (above - level)


def _time_exponent(rho, times):
    """Of t_m ~ ρ̂_m^p; the uncertainty joins the spread over replicas and the scatter about the line."""
    law = np.polyfit(np.log(rho), np.log(times).T, 1)[0]
    line, covariance = np.polyfit(np.log(rho), np.log(times).mean(axis=0), 1, cov="unscaled")
    residual = np.log(times).mean(axis=0) - np.polyval(line, np.log(rho))
    scatter = np.sqrt(covariance[0, 0] * (residual @ residual) / max(len(rho) - 2, 1))
    return fits.Estimate(line[0], np.hypot(fits.mean(law).error, scatter), fits.FIT)


SMALL_START = f"{THEORY} of linear units, within a quarter"


def plateau_length(sweeps):
    """Length: from the time at which one component is learnt to that at which both are, whichever comes first; seen against the way to the first.

    The theory's is that of linear units from a small start; erf units grow more slowly, by the same factor for all components.
    """
    sweep = _only(sweeps)
    first, std, width = sweep.config["data"]["spikes"]["first"], _encoder_std(sweep), sweep.config["model"]["hidden"]

    def theory(ratio):
        first_time, second = linear_learning_times(np.array([first, first * ratio]), width, std)
        return second / first_time - 1
    ratio = sweep.axes["ratio"].values
    apart = [i for i, value in enumerate(ratio) if value <= 0.5]
    found = []
    for engine in sweep.engines:
        name = NAMES[engine]
        times = np.sort(done(sweep, engine, "learning_time").transpose("replica", "ratio", "component").values, axis=2)

        def seen(rows, at):
            """Mean length over the mean way to the first component, mean over ratios."""
            return np.mean((rows[:, at, 1] - rows[:, at, 0]).mean(axis=0) / rows[:, at, 0].mean(axis=0))
        visible = np.array([fits.jackknife(lambda rows, i=i: seen(rows, [i]), times).value for i in range(len(ratio))])
        ways = fits.crossing(ratio, visible, 1.0)
        spread = fits.jackknife(lambda rows: fits.crossing(ratio, np.array([seen(rows, [i]) for i in range(len(ratio))]), 1.0).value, times)
        found += [measured(f"length of the plateau over the way to the first component, spikes in ratio {text_of(ratio[0])}, {name}",
                           fits.jackknife(lambda rows: seen(rows, [0]), times), about(theory(ratio[0]), SMALL_START, 0.25)),
                  measured(f"the same, mean over ratios up to ½, {name}", fits.jackknife(lambda rows: seen(rows, apart), times),
                           about(np.mean([theory(ratio[i]) for i in apart]), SMALL_START, 0.25)),
                  measured(f"the same at equal spikes: no plateau to be seen, {name}", fits.jackknife(lambda rows: seen(rows, [-1]), times),
                           at_most(1, "convention: no longer than the way")),
                  measured(f"ratio of spikes at which the plateau is no longer than the way to the first component, {name}",
                           fits.Estimate(ways.value, float(np.hypot(ways.error, spread.error)), fits.REPLICAS),
                           about(brentq(lambda r: theory(r) - 1, 0.01, 1), SMALL_START, 0.25))]
    return found


def bulk_decays(sweeps):
    sweep = _only(sweeps)
    time = sweep.ode.time.values
    found = []
    for unit in sweep.axes["activation"].values:
        of = {name: done(sweep, "ode", name).sel(activation=unit).transpose("replica", "time", "k", "l").values for name in ("Q", "Q_bulk", "R_bulk", "T0_bulk", "T1_bulk")}
        trace = {name: np.trace(values, axis1=2, axis2=3) for name, values in of.items()}
        size = np.linalg.norm(of["R_bulk"], axis=(2, 3))
        fall = np.log10(trace["T1_bulk"][:, 0] / trace["T1_bulk"].min(axis=1))
        found += [measured(f"decades that the decoder's bulk T1 falls by, {unit} units", fits.mean(fall), at_least(2, "convention: two decades")),
                  measured(f"its rate of decay over the theory's 2η tr S, {unit} units", _rate_of_decay(time, of["T0_bulk"], of["Q"], unit, sweep),
                           about(1, f"{THEORY}: 1, within 5 %", 0.05)),
                  measured(f"R's bulk at the horizon over its start, {unit} units", fits.mean(size[:, -1] / size[:, 0]), at_most(np.exp(-1), "convention: one e-folding")),
                  measured(f"Q's bulk at the horizon over its start, {unit} units", fits.mean(trace["Q_bulk"][:, -1] / trace["Q_bulk"][:, 0]),
                           about(1, f"{PAPER}: stays, within 5 %", 0.05),
                           f"it stays for D → ∞ only: at D = {sweep.config['data']['dimension']} it moves in proportion to t/D, and t reaches {text_of(time[-1])}")]
    return found


def _rate_of_decay(time, decoder, Q, unit, sweep):
    """−d log det T0_bulk/dt over 2η tr S, until det T0_bulk has fallen by 10^3 (long before its floor); S = Q for linear units, (2/π) asin r for erf.

    The trapezium rule's error on the recorded times is its resolution.
    """
    eta = sweep.option("training", "learning_rate", 1.0)
    diagonal = np.diagonal(Q, axis1=2, axis2=3)
    trace = diagonal.sum(axis=2) if unit == "linear" else (2 / np.pi * np.arcsin(diagonal / (1 + diagonal))).sum(axis=2)
    log_det = np.linalg.slogdet(decoder)[1]
    ratios, coarse = [], []
    for values, rate in zip(log_det, trace):
        end = max(int(np.argmax(values < values[0] - np.log(1e3))), 4)
        end -= end % 2
        integral, twice = (trapezoid(rate[:end + 1:step], time[:end + 1:step]) for step in (1, 2))
        ratios.append((values[0] - values[end]) / (2 * eta * integral))
        coarse.append(abs(twice / integral - 1) / 3)  # Richardson
    return fits.mean(ratios, max(coarse))


def exponential_then_power_law(sweeps):
    sweep = _only(sweeps)
    reference = sweep.reference
    time = sweep.ode.time.values
    excess = (done(sweep, "ode", "pmse") - reference.pca_error) / (reference.chance - reference.pca_error)
    late = (time[-1] / 20, time[-1])
    rows = {(kind, bulk): excess.sel(kind=kind, bulk=bulk).transpose("replica", "time").values for kind in ("random", "aligned") for bulk in sweep.axes["bulk"].values}
    bulk = sweep.axes["bulk"].values.max()
    dimension = sweep.config["data"]["dimension"]
    slope = fits.local_exponent(time[1:], rows["random", 0.0][:, 1:])
    middle = (time[1:] > 20) & (time[1:] < dimension)
    pause = fits.local_exponent(time[1:], rows["random", bulk][:, 1:])[:, middle].max(axis=1)
    return [
        measured("steepest exponent in the first phase, random start without bulk", fits.mean(slope.min(axis=1)), at_most(-1, "convention: 3/2 of the later one's")),
        measured("exponent of the second phase, random start without bulk", fits.power_law(time, rows["random", 0.0], late).exponent, POWER),
        measured("exponent of the second phase, aligned start without bulk", fits.power_law(time, rows["aligned", 0.0], late).exponent, POWER),
        measured("error of the random start over the aligned one's at the horizon, without bulk",
                 fits.mean(rows["random", 0.0][:, -1]) / fits.mean(rows["aligned", 0.0][:, -1], FLOW_ACCURACY), JOINS),
        measured(f"flattest exponent of the random start between t = 20 and t = D, with a bulk of {text_of(bulk)}", fits.mean(pause), POWER,
                 "the bulk of a random encoder is frozen until t ~ D and holds the error up: the power law is interrupted, and goes on later"),
        measured("exponent after that, t > 2 D", fits.power_law(time, rows["random", bulk], (2 * dimension, np.inf)).exponent, POWER,
                 "what is left of the frozen bulk decays too and adds to the fall")]


def power_laws(sweeps):
    sweep = _only(sweeps)
    time, widths = sweep.ode.time.values, sweep.axes["hidden"].values
    encoder, decoder, pmse = (done(sweep, "ode", name) for name in ("encoder", "decoder", "pmse"))
    decade = (time[-1] / 10, time[-1])
    widest, found = widths[-1], []
    for k in range(int(widest)):
        for name, weights, power in (("encoder", encoder, -1 / 6), ("decoder", decoder, 1 / 6)):
            own = np.abs(weights.sel(hidden=widest).isel(k=k, component=k)).transpose("replica", "time").values
            found.append(measured(f"exponent of {name} {k + 1} in the last decade of time (theory {'−' if power < 0 else ''}1/6)",
                                  fits.power_law(time, own, decade).exponent, about(power, f"{THEORY}, within 5 %", 0.05)))
    eta = sweep.option("training", "learning_rate", 1.0)
    for width in widths:
        above = (pmse - sweep.reference.pca_error).sel(hidden=width).transpose("replica", "time").values
        learnt = spiked_eigenvalues(sweep.point_config(sweep.point({"hidden": width}))["data"])[0][:int(width)].sum()
        constant = above[:, 1:] / (learnt * (eta * time[1:]) ** (-2 / 3))
        drift = abs(constant[:, -1] - constant[:, np.searchsorted(time[1:], time[-1] / 10)]).max() / 3  # next order: t^(−2/3), a factor of 4.6 a decade
        found += [measured(f"exponent of the error above the PCA error, K = {width} (theory −2/3)", fits.power_law(time, above, decade).exponent,
                           about(-2 / 3, f"{THEORY}, within 2 %", 0.02)),
                  measured(f"error over ρ̂ (ηt)^(−2/3) at the horizon, K = {width} (theory 0.0709)", fits.resolved(constant[:, -1].mean(), drift),
                           about(np.pi**2 / 48 * (2 / np.pi**2) ** (2 / 3), f"{THEORY}, within 1 %", 0.01))]
    return found


def tied_networks_fail(sweeps):
    sweep, small = sweeps["rg24-04a-tied-over-width-and-dimension"], sweeps["tied"]
    excess = done(sweep, "ode", "excess")
    largest = sweep.axes["dimension"].values[-1]

    def at(tying, width):
        return fits.mean(excess.sel(tying=tying, dimension=largest, hidden=width), FLOW_ACCURACY)
    missing = "“hardly below chance” rests on the gradient that the published code does not pass through a tied decoder: with it the network fails by less"
    slowly = "with the encoder's gradient alone the network tends to chance as D^(−1/4) only: smaller networks stay further below it"
    found = [measured(f"untied erf, K = {width}, D = {largest}, flow", at("false, full", width), REACHES) for width in sweep.axes["hidden"].values]
    found += [measured(f"tied erf, full gradient, K = 1, D = {largest}, flow (theory 1 − 2/π = 0.363)", at("true, full", 1),
                       about(1 - 2 / np.pi, f"{THEORY}, within 5 %", 0.05))]
    found += [measured(f"tied erf, full gradient, K = {width}: falls short", at("true, full", width), FALLS_SHORT) for width in sweep.axes["hidden"].values]
    found += [measured(f"tied erf, full gradient, K = {width}: hardly below chance", at("true, full", width), HARDLY_BELOW_CHANCE, missing)
              for width in sweep.axes["hidden"].values]
    found += [measured(f"tied erf, encoder's gradient alone, K = 1, D = {largest}: hardly below chance", at("true, encoder", 1), HARDLY_BELOW_CHANCE)]
    for label, what, expected, why in (("false, full", "untied erf", REACHES, ""), ("true, full", "tied erf, full gradient: falls short", FALLS_SHORT, ""),
                                       ("true, encoder", "tied erf, encoder's gradient alone: hardly below chance", HARDLY_BELOW_CHANCE, slowly)):
        tying = next(value for value in small.axes["tying"].values if str(value).startswith(label))
        found.append(measured(f"{what}, K = {small.config['model']['hidden']}, D = {small.config['data']['dimension']}, SGD",
                              fits.mean(done(small, "sgd", "excess").sel(activation="erf", tying=tying)), expected, why))
    return found


def relu_needs(sweeps):
    sweep = _only(sweeps)
    data = sweep.config["data"]
    one_for_biases = "one unit is spent on cancelling the sum of the biases, since there is no output bias: biased ReLU reaches the PCA error of rank K − 1"
    rules = (("false, trained", "untied, trained bias", lambda K: near(K - 1, 0.25, f"{THEORY}: K − 1, within ¼")),
             ("false, none", "untied, no bias", lambda K: near(K / 2, 0.5, f"{PAPER}: K/2, within ½")),
             ("true, none", "tied, no bias", lambda K: near(K / 2, 0.5, f"{PAPER}: K/2, within ½")))
    above = "K/2 is what units reach in pairs, and no bound: four units and more do better"
    found = []
    for engine in sweep.engines:
        pmse = done(sweep, engine, "final_pmse")
        for label, what, expected in rules:
            for width in sweep.axes["hidden"].values:
                rank = rank_of(pmse.sel(network=label, hidden=width).values, data)
                found.append(measured(f"rank reached, {what}, K = {width}, {NAMES[engine]}", fits.mean(rank, FLOW_ACCURACY), expected(width), above if "no bias" in what else ""))
        for width in sweep.axes["hidden"].values:
            untied, tied = (rank_of(pmse.sel(network=f"{label}, trained", hidden=width).values, data) for label in ("false", "true"))
            found.append(measured(f"ranks that untying adds, trained bias, K = {width}, {NAMES[engine]}", fits.mean(untied - tied, FLOW_ACCURACY), at_least(0, f"{PAPER}: more")))
        widest = sweep.axes["hidden"].values[-1]
        rank = rank_of(pmse.sel(network="false, trained", hidden=widest).values, data)
        found.append(measured(f"rank reached over K, untied, trained bias, K = {widest}: near the PCA error, {NAMES[engine]}",
                              fits.mean(rank / widest, FLOW_ACCURACY), at_least(0.95, "convention: 5 %"), one_for_biases))
    return found


LARGE = at_least(1, "convention: 1, an input's deviation")


def relu_biases(sweeps):
    sweep = _only(sweeps)
    widths = sweep.axes["hidden"].values
    found = []
    for engine in sweep.engines:
        bias = last(done(sweep, engine, "bias"))
        excess = done(sweep, engine, "excess")
        for width in widths:
            ends = bias.sel(hidden=width).isel(k=slice(int(width))).transpose("replica", "k").values
            found += [measured(f"smallest bias of a network, K = {width}, {NAMES[engine]}", fits.mean(ends.min(axis=1)), LARGE),
                      measured(f"mean bias, K = {width}, {NAMES[engine]}", fits.mean(ends.mean(axis=1)), LARGE)]
        found.append(measured(f"residual excess with a unit to spare, K = {widths[-1]}, {NAMES[engine]}",
                              fits.mean(excess.sel(hidden=widths[-1]), FLOW_ACCURACY), REACHES))
    return found


def _overlaps(sweep, engine, **at):
    """|cosine| of each decoder row with each component at the horizon, shape (replica, k, component)."""
    rows = last(done(sweep, engine, "decoder")).sel(at).transpose("replica", "k", "component").values
    norms = last(done(sweep, engine, "decoder_norm")).sel(at).transpose("replica", "k").values
    return np.abs(rows) / norms[..., None]


def truncated_finds_components(sweeps):
    sweep = _only(sweeps)
    width = sweep.axes["hidden"].values[-1]
    count = int(width)
    found = []
    for engine in sweep.engines:
        name = NAMES[engine]
        truncated, vanilla = (_overlaps(sweep, engine, rule=rule, hidden=width)[:, :count, :count] for rule in ("truncated", "sgd"))
        own = np.diagonal(truncated, axis1=1, axis2=2)
        excess = {rule: done(sweep, engine, "excess").sel(rule=rule, hidden=width).values for rule in ("truncated", "sgd")}
        found += [measured(f"least overlap of a decoder row with its component, truncated, {name}", fits.mean(own.min(axis=1), 1e-6), ALIGNED),
                  measured(f"largest overlap of a decoder row with any component, vanilla, mean over rows, {name}",
                           fits.mean(vanilla.max(axis=2).mean(axis=1)), ROTATED),
                  measured(f"excess of truncated less that of vanilla at the horizon, {name}", fits.mean(excess["truncated"] - excess["sgd"]),
                           near(0, 0.05, "convention: 5 % of chance"))]
    flow = done(sweep, "ode", "pmse").sel(rule="truncated", hidden=width).transpose("replica", "time").values
    rise = (flow - np.minimum.accumulate(flow, axis=1)).max(axis=1) / float(sweep.reference.chance.sel(rule="truncated", hidden=width))
    rises = int((rise > 1e-4).sum())
    return [*found, measured(f"share of starts whose error rises on its way by more than 10⁻⁴ of chance, truncated, K = {width}, flow",
                             fits.fraction(rises, np.isfinite(rise).sum()), at_least(0.01, f"{PAPER}: it may"))]


SAMPLE = 2000  # images that reconstructions are averaged over
WELL, BADLY = at_least(0.9, "convention: nine tenths"), at_most(0.5, "convention: a half")


def first_neurons(sweeps):
    sweep = _only(sweeps)
    inputs = Inputs(read_images(sweep))
    x = inputs.x[:: max(1, len(inputs.x) // SAMPLE)]
    axes = inputs.eigenvectors(5)
    chance = error(x, 0 * x)
    activation = sweep.option("model", "activation", "erf")
    rows = sweep.sgd.where(sweep.sgd.status == 1)

    def share(rule, neurons):
        pca = error(x, x @ axes[:, :neurons] @ axes[:, :neurons].T)
        each = [(chance - error(x, reconstruct(rows.sel(rule=rule).isel(replica=replica), activation, x, neurons))) / (chance - pca) for replica in range(rows.sizes["replica"])]
        return fits.mean(each)
    late = "the later neurons are still on their way at the horizon; the first ones have arrived"
    return [measured("share of the first two neurons, truncated", share("truncated", 2), WELL),
            measured("share of the first five neurons, truncated: well", share("truncated", 5), WELL, late),
            measured("share of the first two neurons, vanilla", share("sgd", 2), BADLY),
            measured("share of the first five neurons, vanilla", share("sgd", 5), BADLY)]


def images(sweeps):
    small, wide = sweeps["rg24-06-images-and-their-surrogate"], sweeps["fashion-mnist"]
    moments = "half-rectified codes see the images' higher moments, which the covariance does not hold: SGD on Gaussian inputs of the same covariance does follow the flow"
    gap = done(small, "sgd", "theory_gap")
    found = []
    for unit in small.axes["unit"].values:
        name = _unit(unit)
        surrogate, real = (_worst(gap.sel(unit=unit, gaussian_surrogate=flag)) for flag in (True, False))
        all_images = _worst(done(wide, "sgd", "theory_gap").sel(unit=unit))
        found += [measured(f"gap to the flow over chance, {name}, worst K: on all images", all_images, PREDICTS, moments),
                  measured(f"the same on part of them, {name}", real, PREDICTS, moments),
                  measured(f"the same on their Gaussian surrogate, {name}", surrogate, PREDICTS)]
    return found


def _worst(gap):
    """Mean over replicas at the width where it is largest."""
    return max((fits.mean(gap.sel(hidden=width)) for width in gap.hidden.values), key=lambda estimate: estimate.value)


def _unit(label):
    activation, bias = str(label).split(", ")
    name = {"relu": "ReLU"}.get(activation, activation)
    return f"{name} with trained bias" if bias == "trained" else f"{name} without bias" if activation == "relu" else name


def standard_scaling(sweeps):
    sweep = _only(sweeps)
    widths = sweep.axes["hidden"].values
    found = []
    for engine in sweep.engines:
        excess, name = done(sweep, engine, "excess"), NAMES[engine]
        for width in widths:
            found += [measured(f"untied, K = {width}, {name}", fits.mean(excess.sel(tied=False, hidden=width), FLOW_ACCURACY), REACHES),
                      measured(f"tied, K = {width}, {name}", fits.mean(excess.sel(tied=True, hidden=width), FLOW_ACCURACY), FALLS_SHORT)]
        encoder, decoder = (np.linalg.norm(done(sweep, engine, f"{which}_norm").sel(tied=False, hidden=widths[-1]).transpose("replica", "time", "k").values, axis=2)
                            for which in ("encoder", "decoder"))
        peak = encoder.argmax(axis=1)
        grown = decoder[:, -1] / decoder[np.arange(len(peak)), peak]
        found += [measured(f"encoder's norm at the end over its largest, K = {widths[-1]}, {name}", fits.mean(encoder[:, -1] / encoder.max(axis=1)),
                           at_most(1, f"{PAPER}: shrinks")),
                  measured(f"decoder's norm at the end over that at the encoder's largest, K = {widths[-1]}, {name}", fits.mean(grown), at_least(1, f"{PAPER}: grows"))]
    return [*found, measured("gap of SGD to the flow over chance, worst K, untied", _worst(done(sweep, "sgd", "theory_gap").sel(tied=False)), PREDICTS,
                             "without the factors a step of the encoder is of order η at any D: single runs leave the plateaus early or late")]


def insights_on_images(sweeps):
    sweep = _only(sweeps)
    reference, pmse, excess = sweep.reference, done(sweep, "sgd", "final_pmse"), done(sweep, "sgd", "excess")
    untied, full, encoder = "erf, false, full, none", "erf, true, full, none", "erf, true, encoder, none"
    widths = sweep.axes["hidden"].values
    rank_1, chance = (float(reference[name].sel(network=untied, hidden=1)) for name in ("pca_error", "chance"))
    widest = widths[-1]
    times = done(sweep, "sgd", "learning_time").sel(network=untied, hidden=widest).transpose("replica", "component").values
    found = [measured(f"time of component {m + 1} over that of component {m}, untied erf", fits.mean(times[:, m] / times[:, m - 1]), at_least(1, f"{PAPER}: larger first"),
                      "neighbouring eigenvalues are nearly equal: their order is a matter of the start") for m in range(1, int(widest))]
    found += [measured(f"untied erf, K = {width}", fits.mean(excess.sel(network=untied, hidden=width)), REACHES) for width in widths]
    found += [measured(f"tied erf, full gradient, K = {width}: falls short", fits.mean(excess.sel(network=full, hidden=width)), FALLS_SHORT) for width in widths]

    def above_rank_1(network, width):
        return fits.mean((pmse.sel(network=network, hidden=width).values - rank_1) / (chance - rank_1))
    found += [measured(f"error above the rank-1 PCA error, in units of chance above it: tied erf, {what}, K = {width}", above_rank_1(network, width), at_least(0, f"{PAPER}: above"),
                       "with the full gradient a second unit takes a tied network below the rank-1 PCA error; with the published code's, never")
              for network, what in ((full, "full gradient"), (encoder, "encoder's gradient alone")) for width in widths]
    biased, plain, tied = (fits.mean(excess.sel(network=f"relu, {kind}", hidden=widest)) for kind in ("false, full, trained", "false, full, none", "true, full, trained"))
    return [*found, measured(f"ReLU, K = {widest}: excess with trained bias over that without", biased / plain, at_most(1, f"{PAPER}: less")),
            measured(f"ReLU with trained bias, K = {widest}: excess untied over tied", biased / tied, at_most(1, f"{PAPER}: less")),
            measured(f"ReLU, untied, trained bias, K = {widest}: near the PCA error", biased, REACHES,
                     "a unit is spent on cancelling the biases (A8): four units come near the PCA error of rank 3")]


def three_starts(sweeps):
    sweep = _only(sweeps)
    reference = sweep.reference
    time, count = sweep.ode.time.values, sweep.config["model"]["hidden"]
    found = []
    for engine in sweep.engines:
        name = NAMES[engine]
        pmse = done(sweep, engine, "pmse")
        excess = (pmse - reference.pca_error) / (reference.chance - reference.pca_error)
        rows = {kind: excess.sel(kind=kind).transpose("replica", "time").values for kind in ("random", "aligned", "perfect")}
        early = int(np.searchsorted(time, 10))
        found += [measured(f"excess of the perfect start, mean over recorded times, {name}", fits.mean(rows["perfect"].mean(axis=1), FLOW_ACCURACY), REACHES),
                  measured(f"its largest excess at any time, {name}", fits.mean(rows["perfect"].max(axis=1), FLOW_ACCURACY), REACHES),
                  measured(f"aligned over random excess at t = {time[early]:.3g}, in the first phase, {name}",
                           fits.mean(rows["aligned"][:, early]) / fits.mean(rows["random"][:, early]), at_most(1, f"{PAPER}: ahead")),
                  measured(f"aligned over random excess at the horizon, {name}", fits.mean(rows["aligned"][:, -1], FLOW_ACCURACY) / fits.mean(rows["random"][:, -1]), JOINS,
                           "the random encoder's frozen bulk holds its error up")]
        for kind in ("perfect", "aligned"):
            own = np.diagonal(_overlaps(sweep, engine, kind=kind)[:, :count, :count], axis1=1, axis2=2)
            found.append(measured(f"least overlap of a decoder row with its component, {kind} start, {name}", fits.mean(own.min(axis=1), 1e-6), ALIGNED,
                                  "SGD's noise turns the row of the weakest component: 1 − cos² falls as 1/D"))
        turned = _overlaps(sweep, engine, kind="random")[:, :count, :count].max(axis=2).mean(axis=1)
        found.append(measured(f"largest overlap of a row with any component, mean over rows, random start, {name}", fits.mean(turned), ROTATED))
    return found


def pca_rules(sweeps):
    sweep = _only(sweeps)
    rate = sweep.axes["learning_rate"].values[sweep.axes["learning_rate"].index(1.0)]
    found = []
    for engine in sweep.engines:
        name = NAMES[engine]
        rows = last(done(sweep, engine, "encoder")).sel(learning_rate=rate)
        norms = last(done(sweep, engine, "encoder_norm")).sel(learning_rate=rate)
        overlap = {rule: np.abs(rows / norms).sel(rule=rule).transpose("replica", "k", "component").values for rule in ("hebb", "oja", "sanger")}
        own = np.diagonal(overlap["sanger"], axis1=1, axis2=2)
        size = {rule: norms.sel(rule=rule).transpose("replica", "k").values for rule in overlap}
        excess = done(sweep, engine, "excess").sel(learning_rate=rate)
        found += [measured(f"Hebb: decades that the smallest row has grown to, {name}", fits.mean(np.log10(size["hebb"].min(axis=1))), at_least(3, "convention: three decades")),
                  measured(f"Hebb: least overlap of a row with the first component, {name}", fits.mean(overlap["hebb"][:, :, 0].min(axis=1), 1e-6), ALIGNED),
                  measured(f"Oja: excess of the rows' span, {name}", fits.mean(excess.sel(rule="oja"), FLOW_ACCURACY), REACHES),
                  measured(f"Oja: largest overlap of a row with any component, mean over rows, {name}", fits.mean(overlap["oja"].max(axis=2).mean(axis=1)), ROTATED),
                  measured(f"Sanger: least overlap of row k with component k, {name}", fits.mean(own.min(axis=1), 1e-6), ALIGNED),
                  measured(f"Sanger: largest distance of a row's norm from 1, {name}", fits.mean(np.abs(size["sanger"] - 1).max(axis=1), 1e-6),
                           near(0, 0.05, f"{THEORY}: 0, within 5 %"))]
    return found
