import copy
import tomllib

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from synthetic import TOML

from aesweep_analysis import theory

CONFIG = tomllib.loads(TOML.format(replicas=1))


def variant(**changes):
    config = copy.deepcopy(CONFIG)
    for key, value in changes.items():
        section, name = key.split("__")
        config[section][name] = value
    return config


@pytest.mark.parametrize("rho, hidden, expected", [((2, 1), 2, 0.57325), ((2, 1), 3, 0.62538), ((2, 1), 8, 0.71760), ((2, 0.5), 2, 0.27646)])
def test_second_onset_of_erf_units(rho, hidden, expected):
    assert theory.erf_second_onset(*rho, hidden) == pytest.approx(expected, abs=6e-6)  # the references have five digits


def test_learning_times_of_linear_units_are_the_means_over_random_starts():
    rho, hidden, std = np.array([4.0, 1.0, 0.25]), 3, 0.02
    draws = np.random.default_rng(1).standard_normal((20000, hidden, 3)) * std
    left = np.abs(np.array([np.diag(np.linalg.qr(start)[1]) for start in draws]))  # s_m of equations.md §5
    expected = (np.log(4 * (np.sqrt(2) - 1) / left**2) / (2 * 0.5 * rho)).mean(axis=0)
    assert theory.linear_learning_times(rho, hidden, std, 0.5) == pytest.approx(expected, rel=0.01)


def test_a_linear_unit_reaches_half_at_its_learning_time():
    """One mode from w = s, v = 0: ẇ = ρ̂v(1 − wv), v̇ = ρ̂w(1 − wv), R² = 1 − (1 − wv)²."""
    def velocity(_, y):
        w, v = y
        return [rho * v * (1 - w * v), rho * w * (1 - w * v)]

    rho, start = 0.5, 1e-3
    flow = solve_ivp(velocity, (0, 60), [start, 0.0], rtol=1e-9, atol=1e-12, dense_output=True)
    half = brentq(lambda t: 1 - (1 - np.prod(flow.sol(t))) ** 2 - 0.5, 1, 60)
    assert half == pytest.approx(np.log(4 * (np.sqrt(2) - 1) / start**2) / (2 * rho), rel=1e-4)


def test_half_level_of_one_erf_unit():
    assert theory.erf_slope(1.0, 1, 0.5) == pytest.approx(0.40822, abs=3e-5)  # the reference is a long flow, not a root


def flow_explained(kappa, rho, hidden):
    """R²_m at t = 400 from integrating equations.md §2 for erf units without bias, η = 1: independent of theory.py."""
    rho, n = np.array(rho, dtype=float), hidden * len(rho)
    start = np.random.default_rng(3).standard_normal(2 * n) * np.repeat([0.1, 0.01], n)

    def moments(y):
        w, v = y[:n].reshape(hidden, -1), y[n:].reshape(hidden, -1)
        q = (w * rho) @ w.T
        spread = np.sqrt(1 + np.diag(q))
        r = q / np.outer(spread, spread)
        return w, v, spread, r, np.sqrt(2 / np.pi) / spread, 2 / np.pi * np.arcsin(r)

    def rates(_, y):
        w, v, spread, r, a, s = moments(y)
        root, t0 = np.sqrt(1 - r**2), v @ v.T
        g = 2 / np.pi / (root * np.outer(spread, spread))
        h = -2 / np.pi * r / root / spread[:, None] ** 2
        mixing = np.diag(-np.diag((v * rho) @ w.T) * a / spread**2 - (t0 * h).sum(axis=1)) - t0 * g
        return np.concatenate([(a[:, None] * v * rho + mixing @ (w * rho) - kappa * w).ravel(), (a[:, None] * w * rho - s @ v - kappa * v).ravel()])

    end = solve_ivp(rates, (0, 400), start, method="LSODA", rtol=1e-9, atol=1e-12).y[:, -1]
    w, v, _, _, a, s = moments(end)
    return 2 * (v * a[:, None] * w).sum(axis=0) - np.einsum("km,kl,lm->m", v, s, v) / rho


@pytest.mark.parametrize("hidden", [1, 2, 3])
def test_learnt_boundary_of_erf_units_is_that_of_the_flow(hidden):
    slope = theory.erf_slope(2.0, hidden, 0.5)
    explained = flow_explained(slope, (2.0, 1.0, 0.5) if hidden > 1 else (2.0,), hidden)
    assert explained[0] == pytest.approx(0.5, abs=1e-6)  # converged: the slowest rate leaves e^-40 at t = 400
    assert np.all(np.abs(explained[1:]) < 1e-6)


def test_second_component_grows_just_below_its_onset_only():
    onset = theory.erf_second_onset(2.0, 1.0, 2)
    assert flow_explained(0.95 * onset, (2.0, 1.0), 2)[1] > 0.05
    assert flow_explained(1.05 * onset, (2.0, 1.0), 2)[1] < 1e-3


def test_linear_boundaries_of_every_component_up_to_hidden():
    lines = theory.boundaries(variant(model__hidden=2), 0.75)
    rho = np.array([2.0, 1.0]) + 0.1 / 1000
    assert [(line.component, line.onset) for line in lines] == [(1, False), (2, False)]
    np.testing.assert_allclose([line.slope for line in lines], rho * 0.5)


def test_erf_boundaries():
    lines = theory.boundaries(variant(model__activation="erf"), 0.5)
    assert [(line.component, line.onset) for line in lines] == [(1, True), (1, False), (2, True)]
    slopes = [line.slope for line in lines]
    assert slopes[0] == pytest.approx(np.sqrt(2 / np.pi) * 2.0001) and slopes == sorted(slopes, reverse=True)


def test_learnt_boundary_of_erf_units_is_left_out_where_component_2_has_grown():
    lines = theory.boundaries(variant(model__activation="erf"), 0.95)  # R²_1 = 0.95 only below the onset of component 2
    assert [(line.component, line.onset) for line in lines] == [(1, True), (2, True)]


def test_eigenvalues_of_geometric_spikes_and_of_infinite_dimension():
    rho, bulk = theory.spiked_eigenvalues({"spikes": {"count": 3, "first": 2.0, "ratio": 0.5}, "bulk": 5.0, "dimension": "infinity"})
    assert bulk == 0 and rho.tolist() == [2.0, 1.0, 0.5]
    assert theory.spiked_eigenvalues({"kind": "power_law", "dimension": 10}) is None


@pytest.mark.parametrize("change", [
    {"model__tied": True}, {"model__bias": "trained"}, {"training__input_noise": 0.1}, {"training__rule": "truncated"}, {"data__kind": "images"},
    {"model__activation": "relu"}, {"training__preset": "standard"}, {"training__encoder_rate": 2.0},
    {"training__rate_decay_exponent": 1.0}, {"model__activation": "erf", "data__latent": "sparse"},
])
def test_no_boundary_where_none_is_known(change):
    assert theory.boundaries(CONFIG, 0.5) and theory.boundaries(variant(**change), 0.5) == []


def test_defaults_of_the_sweep_file_are_filled_in():
    lines = theory.boundaries({"data": {"spikes": [1.0]}}, 0.5)  # one erf unit, D = 1000, bulk 1
    assert [(line.component, line.onset) for line in lines] == [(1, True), (1, False)]
    assert lines[0].slope == pytest.approx(np.sqrt(2 / np.pi) * 1.001)
