"""Boundaries κ = slope · η in the plane of learning rate and weight decay, for long times; learning times; example inputs.

They hold for untied networks without bias and input noise, trained by plain SGD at equal, constant rates on spiked data (of erf units: with Gaussian latents).
ρ̂_m = θ_m + σ²/D are the leading eigenvalues over D, κ' = κ/η; a component is learnt when R²_m >= θ (learnt_threshold).
"""
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma

REQUIRED = (("model", "tied", False), ("model", "bias", "none"), ("training", "input_noise", 0), ("training", "rule", "sgd"),
            ("training", "preset", "thermodynamic"), ("training", "encoder_rate", 1), ("training", "decoder_rate", 1),
            ("training", "rate_decay_exponent", 0))


@dataclass(frozen=True)
class Boundary:
    slope: float      # κ / η
    component: int    # m, from 1
    onset: bool       # True: where growth from zero starts; False: where R²_m = θ


def spiked_eigenvalues(data):
    """ρ̂_1 >= ... >= ρ̂_M of a [data] table of the spiked model, shape (M,), and σ²/D; None for other data."""
    spikes = data.get("spikes")
    if data.get("kind", "spiked") != "spiked" or spikes is None:
        return None
    if isinstance(spikes, dict):
        spikes = [spikes["first"] * spikes["ratio"] ** m for m in range(int(spikes["count"]))]
    bulk = data.get("bulk", 1.0) / float(str(data.get("dimension", 1000)).replace("infinity", "inf"))
    return np.sort(np.asarray(spikes, dtype=float))[::-1] + bulk, bulk


def linear_slope(rho_hat, threshold):
    """κ' at which a linear network has R²_m = 1 - (κ'/ρ̂_m)² = threshold."""
    return rho_hat * np.sqrt(1 - threshold)


def erf_onset(rho_hat):
    """κ' below which erf units grow from small weights."""
    return np.sqrt(2 / np.pi) * rho_hat


def _shared_state(kappa, rho, hidden):
    """K erf units that share component 1 equally, at rest: (a, S, G, H, q, c) with q = ρ̂_1 w² and c = κ' + K S, v = a ρ̂_1 w / c."""
    def moments(q):
        a = np.sqrt(2 / np.pi / (1 + q))
        root = np.sqrt(1 + 2 * q)
        s = 2 / np.pi * np.arcsin(q / (1 + q))
        return a, s, 2 / np.pi / root, -2 / np.pi * q / ((1 + q) * root), q, kappa + hidden * s

    def force(q):  # the encoder's equation at rest, divided by w: positive at q = 0 below the onset, negative for large q
        a, _, g, h, _, c = moments(q)
        return (a * rho) ** 2 * (1 / ((1 + q) * c) - hidden * q * (g + h) / c**2) - kappa

    return moments(brentq(force, 0, 1e9, xtol=1e-15, rtol=1e-14))


def erf_explained(kappa, rho, hidden):
    """R²_1 of the shared state (exact while no other component grows)."""
    a, s, _, _, q, c = _shared_state(kappa, rho, hidden)
    return 2 * hidden * a**2 * q / c - (hidden * a / c) ** 2 * q * s


def erf_slope(rho, hidden, threshold):
    """κ' at which the shared state has R²_1 = threshold. It is not proportional to ρ̂_1: .40824 for ρ̂_1 = 1, .63272 for 2 at K = 1."""
    top = erf_onset(rho)
    return brentq(lambda kappa: erf_explained(kappa, rho, hidden) - threshold, 1e-6 * top, (1 - 1e-9) * top, xtol=1e-13)


def erf_second_onset(rho, rho_next, hidden):
    """κ' below which component 2 starts to grow while K >= 2 units share component 1 equally; None if there is none."""
    def growth(kappa):
        a, _, _, h, q, c = _shared_state(kappa, rho, hidden)
        m = -(a**2) * rho * q / ((1 + q) * c) - hidden * a**2 * rho * q * h / c**2
        return rho_next * m - kappa + (rho_next * a) ** 2 / kappa

    top = erf_onset(rho)
    kappas = np.linspace(1 - 1e-9, 1e-3, 400) * top  # the largest root is the onset when decay falls
    for above, below in zip(kappas, kappas[1:]):
        if growth(above) < 0 <= growth(below):
            return brentq(growth, below, above, xtol=1e-13)
    return None


def boundaries(config, threshold):
    """The boundaries known for one network, from the sweep file's tables at that point; [] where none is.

    linear: R²_m = threshold for each m <= K. erf: onsets of components 1 and 2, and R²_1 = threshold, exact above the onset of
    component 2. For erf the onset is not where a component counts as learnt: R² grows from 0 there.
    """
    if any(config.get(section, {}).get(key, value) != value for section, key, value in REQUIRED):
        return []
    eigenvalues = spiked_eigenvalues(config.get("data", {}))
    model = config.get("model", {})
    hidden, activation = model.get("hidden", 1), model.get("activation", "erf")
    if eigenvalues is None:
        return []
    rho, _ = eigenvalues
    if activation == "linear":
        return [Boundary(linear_slope(value, threshold), m, False) for m, value in enumerate(rho[:hidden], start=1)]
    if activation != "erf" or config["data"].get("latent", "gaussian") != "gaussian":
        return []
    found = [Boundary(erf_onset(rho[0]), 1, True)]
    second = erf_second_onset(rho[0], rho[1], hidden) if hidden > 1 and len(rho) > 1 else None
    learnt = erf_slope(rho[0], hidden, threshold)
    if hidden == 1 or learnt >= (second or 0):
        found.append(Boundary(learnt, 1, False))
    return found + ([Boundary(second, 2, True)] if second else [])


def linear_learning_times(rho, hidden, encoder_std, rate=1.0):
    """Mean time at which K linear units reach R²_m = ½ from a small random start, for each m <= K: t_m = ⟨ln[4(√2 − 1)/s_m²]⟩/(2ηρ̂_m), shape of rho.

    s_m: the m-th diagonal element of the QR factor of the encoder's columns, s_m² = encoder_std² χ²(K − m + 1): components that come later find
    less of the encoder left. ⟨ln χ²(n)⟩ = ψ(n/2) + ln 2.
    """
    rho = np.asarray(rho, dtype=float)
    left = hidden - np.arange(len(rho))
    return (np.log(4 * (np.sqrt(2) - 1)) - np.log(2 * encoder_std**2) - digamma(left / 2)) / (2 * rate * rho)


def sinusoids(dimension, count):
    """ψ_m(i) ∝ sin((m + 1) i/100), orthonormalised in this order, each along its sinusoid: RG24's components, shape (dimension, count)."""
    waves = np.sin(np.outer(np.arange(dimension), np.arange(1, count + 1)) / 100)
    basis, _ = np.linalg.qr(waves)
    return basis * np.sign((basis * waves).sum(axis=0))


def spiked_inputs(data, count, seed=0):
    """Inputs of a [data] table of the spiked model with sinusoidal components and Gaussian latents, shape (count, D): examples to look at."""
    rng, dimension, spikes = np.random.default_rng(seed), int(data["dimension"]), np.asarray(data["spikes"], dtype=float)
    latent = rng.standard_normal((count, len(spikes))) * np.sqrt(dimension * spikes)
    return latent @ sinusoids(dimension, len(spikes)).T + np.sqrt(data.get("bulk", 1.0)) * rng.standard_normal((count, dimension))
