"""Measures of PKK18's claims B1 to B6: dict of stem → Sweep ↦ list of Measurement.

Their eigenvalue λ is ρ̂, their noise ε is ŝ² = input_noise²/D, their decay γ is κ/η, and a mode's strength is u = W_kk V̂_kk = W_kk V_kk/√D.
"""
import numpy as np

from . import fits
from .measurements import FLOW_ACCURACY, PAPER, PREDICTS, THEORY, Expected, about, at_most, done, last, measured, near
from .open import text_of
from .theory import spiked_eigenvalues

NAMES = {"ode": "flow", "sgd": "SGD", "exact": "closed form", "descent": "full-batch descent"}


def _only(sweeps):
    sweep, = sweeps.values()
    return sweep


def _strength(sweep, engine, axis, dimension):
    """u of each neuron on its own mode, shape (axis, replica, time, k)."""
    product = done(sweep, engine, "encoder") * done(sweep, engine, "decoder")
    return np.diagonal(product.transpose(axis, "replica", "time", "k", "component").values, axis1=3, axis2=4) / np.sqrt(dimension)


def _noise(sweep, dimension):
    """ε at each point of the only axis."""
    return sweep.ode.input_noise.values.astype(float) ** 2 / dimension


def closed_forms(sweeps):
    sweep = _only(sweeps)
    data = sweep.config["data"]
    chance = float(sweep.reference.chance[0])
    exact, flow, descent = (done(sweep, engine, "pmse").values for engine in ("exact", "ode", "descent"))
    rate, tolerance = sweep.config["training"]["learning_rate"], sweep.option("solver", "relative_tolerance", 1e-8)
    noise, rho = _noise(sweep, data["dimension"]), spiked_eigenvalues(data)[0]
    found = [measured("largest difference of flow and closed form, over chance", fits.resolved(np.abs(flow - exact).max() / chance, tolerance),
                      at_most(1e-5, "convention: 1e-5 of chance")),
             measured(f"largest difference of full-batch descent at a step of {text_of(rate)} and closed form, over chance",
                      fits.resolved(np.abs(descent - exact).max() / chance, tolerance), at_most(2 * rate, f"{THEORY}: of order η, up to 2 η"))]
    for engine in ("ode", "descent"):
        ends = _strength(sweep, engine, "input_noise", data["dimension"])[:, 0, -1]
        for epsilon, strengths in zip(noise, ends):
            off = np.abs(strengths * (rho + epsilon) / rho - 1).max()
            found.append(measured(f"fixed points: largest relative distance of a mode from λ/(λ + ε), ε = {text_of(epsilon)}, {NAMES[engine]}",
                                  fits.resolved(off, 10 * tolerance), at_most(1e-3, f"{THEORY}: 0, within 0.1 %")))
    weakest = _strength(sweep, "ode", "input_noise", data["dimension"])[-1, 0, -1, -1] / _strength(sweep, "ode", "input_noise", data["dimension"])[-1, 0, -1, 0]
    return [*found, measured(f"weak directions are ignored: strength of the weakest mode over that of the strongest, ε = {text_of(noise[-1])}, flow",
                             fits.resolved(weakest, 10 * tolerance),
                             about(rho[-1] / (rho[-1] + noise[-1]) * (rho[0] + noise[-1]) / rho[0], f"{THEORY}, within 1 %", 0.01))]


def noise_and_its_decay(sweeps):
    sweep = _only(sweeps)
    time, configs = sweep.ode.time.values, [sweep.point_config({"mode": i}) for i in range(len(sweep.axes["mode"]))]
    found = []
    for engine in sweep.engines:
        u = _strength(sweep, engine, "mode", sweep.config["data"]["dimension"])[:, 0, :, 0]
        half = [fits.crossing(time, row, row[-1] / 2) for row in u]
        for i in range(0, len(configs), 2):  # a mode with noise, then the same with its equivalent decay
            value = spiked_eigenvalues(configs[i]["data"])[0][0]
            epsilon = configs[i]["training"]["input_noise"] ** 2 / configs[i]["data"]["dimension"]
            expected = value / (value + epsilon)
            where = f"λ = {text_of(value)}, ε = {text_of(epsilon)}, {NAMES[engine]}"
            found += [measured(f"fixed point with decay over that with noise, {where}", fits.resolved(u[i + 1, -1] / u[i, -1], FLOW_ACCURACY),
                               about(1, f"{THEORY}: 1, within 0.1 %", 1e-3)),
                      measured(f"time to half of it, noise over decay, over λ/(λ + ε), {where}", half[i] / half[i + 1] / expected, about(1, f"{THEORY}: 1, within 3 %", 0.03)),
                      measured(f"the same, noise over decay: faster, {where}", half[i] / half[i + 1], at_most(1, f"{PAPER}: noise is faster"))]
    return found


def two_optimal_rates(sweeps):
    sweep = _only(sweeps)
    data, rows = sweep.config["data"], sweep.descent
    rates, noise, decay = (rows[name].values.astype(float) for name in ("learning_rate", "input_noise", "weight_decay"))
    noisy = noise > 0
    value, epsilon = spiked_eigenvalues(data)[0][0], (noise[noisy] ** 2 / data["dimension"])[0]
    gamma = (decay / rates)[~noisy][0]
    fixed = value / (value + epsilon)
    expected = (2 * value + gamma) / (2 * value + 3 * epsilon)
    error = np.abs(_strength(sweep, "descent", "rate", data["dimension"])[:, 0, :, 0] - fixed)
    found = []
    for step in (6, 8, 10):
        best = {kind: fits.optimum(rates[chosen], error[chosen, step]) for kind, chosen in (("noise", noisy), ("decay", ~noisy))}
        found += [measured(f"optimal rate with {kind} after {step} steps, times the curvature 2{'λ' if kind == 'noise' else '(λ − γ)'} at the fixed point",
                           estimate * (2 * (value if kind == "noise" else value - gamma)), about(1, f"{THEORY}: 1, within 10 %")) for kind, estimate in best.items()]
        found.append(measured(f"their ratio after {step} steps over R = (2λ + γ)/(2λ + 3ε) = {text_of(expected)}", best["noise"] / best["decay"] / expected,
                              about(1, f"{PAPER}: 1, within 10 %")))
    return found


def norms(sweeps):
    sweep = _only(sweeps)
    dimension = sweep.config["data"]["dimension"]
    noisy = int(np.argmax(sweep.ode.input_noise.values))
    decaying = int(np.argmax(sweep.ode.weight_decay.values))
    found = []
    for engine in sweep.engines:
        name = NAMES[engine]
        clean = last(done(sweep, engine, "explained_clean")).transpose("regulariser", "replica", "component").values.mean(axis=2)
        encoder, decoder = (last(done(sweep, engine, f"{which}_norm")).transpose("regulariser", "replica", "k").values for which in ("encoder", "decoder"))
        square = (encoder**2 + decoder**2 / dimension).sum(axis=2)
        found += [measured(f"clean explained variance, decay less noise: the same map, {name}", fits.mean(clean[decaying] - clean[noisy]), near(0, 0.05, "convention: 5 %")),
                  measured(f"sum of squared norms, decay over noise, {name}", fits.mean(square[decaying] / square[noisy]), at_most(1, f"{PAPER}: smaller")),
                  measured(f"sum of squared decoder norms, noise over none, {name}", fits.mean(((decoder[noisy] / decoder[0]) ** 2).mean(axis=1)),
                           at_most(1, f"{PAPER}: smaller"))]
    return found


def linear_networks_on_images(sweeps):
    sweep = _only(sweeps)
    axis, = sweep.axes
    chance = sweep.reference.chance.values
    pmse = {engine: done(sweep, engine, "pmse").transpose(axis, "replica", "time").values for engine in ("exact", "sgd", "descent")}
    strength = {engine: _strength(sweep, engine, axis, _pixels(sweep))[:, :, -1] for engine in ("exact", "sgd")}
    rate = text_of(sweep.config["training"]["learning_rate"])
    found = []
    for i in range(len(sweep.axes[axis])):
        training = sweep.point_config({axis: i})["training"]
        where = _regulariser(training)
        gap = {engine: np.abs(pmse[engine][i] - pmse["exact"][i]).max(axis=1) / chance[i] for engine in ("sgd", "descent")}
        found += [measured(f"largest difference of a mode's strength at the horizon, SGD and closed form, {where}",
                           fits.mean(np.abs(strength["sgd"][i] - strength["exact"][i]).max(axis=1)), at_most(0.05, "convention: 5 % of full strength")),
                  measured(f"largest difference of the error at any time over chance, SGD and closed form, {where}", fits.mean(gap["sgd"]), PREDICTS),
                  measured(f"the same, full-batch descent at a step of {rate}, {where}", fits.resolved(np.nanmax(gap["descent"]), 1e-8), PREDICTS)]
    return found


def _regulariser(training):
    """"noise s = 5", "decay κ = 0.01" or "neither": of a point's [training] table."""
    noise, decay = (training.get(key, 0.0) for key in ("input_noise", "weight_decay"))
    parts = [f"noise s = {text_of(noise)}" if noise else "", f"decay κ = {text_of(decay)}" if decay else ""]
    return ", ".join(part for part in parts if part) or "neither noise nor decay"


def _pixels(sweep):
    """D of a sweep on images, which no key says: SGD's steps over the horizon."""
    return float(np.round(sweep.sgd.steps.max() / sweep.ode.time.values[-1]))


def relu_networks(sweeps):
    sweep = _only(sweeps)
    data = sweep.config["data"]
    rho = spiked_eigenvalues(data)[0]
    noise, kappa = _noise(sweep, data["dimension"]), sweep.ode.weight_decay.values.astype(float)
    eta = sweep.option("training", "learning_rate", 1.0)
    alike = Expected(0.5, 2.0, "convention: within a factor of two")  # the claim is of quality, not of numbers
    found = []
    for engine in sweep.engines:
        explained = last(done(sweep, engine, "explained")).transpose("regulariser", "replica", "component").values[:, :, :len(rho)]
        for i, (epsilon, decay) in enumerate(zip(noise, kappa)):
            if not epsilon and not decay:
                continue
            linear = rho / (rho + epsilon) if decay == 0 else np.clip(1 - (decay / (eta * rho)) ** 2, 0, None)
            what = _regulariser({"input_noise": np.sqrt(epsilon * data["dimension"]), "weight_decay": decay})
            taken = (explained[0] - explained[i])[:, -1] / (1 - linear[-1])
            found += [measured(f"explained variance of the weakest component that the regulariser takes, over what it takes from a linear network, {what}, {NAMES[engine]}",
                               fits.mean(taken), alike),
                      measured(f"weaker directions suffer more: largest step up from a component to the next weaker, {what}, {NAMES[engine]}",
                               fits.mean(np.diff(explained[i], axis=1).max(axis=1)), at_most(0, f"{PAPER}: none"))]
    worst = max((fits.mean(row) for row in done(sweep, "sgd", "theory_gap").transpose("regulariser", "replica").values), key=lambda e: e.value)
    return [*found, measured("gap of SGD to the flow over chance, worst regulariser", worst, PREDICTS, "single runs leave the first plateau early or late; later the gap is far smaller")]
