"""Fits on curves whose answer is known."""
import numpy as np
import pytest

from aesweep_analysis import fits

TIMES = np.geomspace(0.1, 1e4, 200)


def test_mean_has_its_standard_error_and_one_replica_has_none():
    estimate = fits.mean([1.0, 2.0, 3.0, np.nan])
    assert estimate.value == 2 and estimate.error == pytest.approx(1 / np.sqrt(3)) and estimate.source == "replicas"
    assert np.isnan(fits.mean([1.0]).error)
    assert fits.mean([2.0, 2.0], resolution=1e-3).error == pytest.approx(1e-3)
    assert np.isnan(fits.mean([]).value)


def test_the_error_of_a_mean_is_the_spread_of_means():
    draws = np.random.default_rng(1).standard_normal((4000, 8))
    errors = [fits.mean(row).error for row in draws]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(1 / np.sqrt(8), rel=0.02)  # seed 1; 8000 degrees of freedom and more


def test_jackknife_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(2).standard_normal(12)
    jackknife, mean = fits.jackknife(np.mean, values), fits.mean(values)
    assert jackknife.value == pytest.approx(mean.value) and jackknife.error == pytest.approx(mean.error)
    assert np.isnan(fits.jackknife(np.mean, values[:1]).error)


def test_jackknife_keeps_samples_paired():
    values = np.random.default_rng(3).standard_normal(10)
    assert fits.jackknife(lambda x, y: np.max(np.abs(x.mean(axis=0) - y.mean(axis=0))), values, values + 1).error == pytest.approx(0, abs=1e-12)


def test_ratio_adds_relative_errors():
    ratio = fits.Estimate(6.0, 0.3, "fit") / fits.Estimate(3.0, 0.06, "fit")
    assert ratio.value == 2 and ratio.error == pytest.approx(2 * np.hypot(0.05, 0.02))
    assert (fits.Estimate(6.0, 0.3, "fit") / 3).error == pytest.approx(0.1)


def test_a_pure_power_law_is_exact():
    law = fits.power_law(TIMES, 3 * TIMES ** (-2 / 3), (10, 1e4))
    assert law.exponent.value == pytest.approx(-2 / 3) and law.exponent.error < 1e-12
    assert law.prefactor.value == pytest.approx(3) and law.prefactor.error < 1e-10


def test_a_power_law_that_has_not_set_in_says_so():
    law = fits.power_law(TIMES, TIMES ** (-2 / 3) * (1 + 2 * TIMES ** (-2 / 3)), (10, 1e3))
    assert law.exponent.error > 0.01 and abs(law.exponent.value + 2 / 3) < 3 * law.exponent.error


def test_the_error_of_an_exponent_covers_noise_and_replicas():
    rng, hits = np.random.default_rng(4), []
    for _ in range(200):
        tilt = 0.05 * rng.standard_normal((6, 1))  # each replica has an exponent of its own
        curves = np.exp((-0.5 + tilt) * np.log(TIMES) + 0.02 * rng.standard_normal((6, len(TIMES))))
        law = fits.power_law(TIMES, curves)
        hits.append(abs(law.exponent.value + 0.5) < 2 * law.exponent.error)
    assert 0.85 < np.mean(hits) < 0.99  # Student's t of 5 degrees: 90 %


def test_a_window_without_points_gives_no_exponent():
    assert np.isnan(fits.power_law(TIMES, TIMES, (1e8, 1e9)).exponent.value)
    assert np.isnan(fits.power_law(TIMES, -TIMES).exponent.value)


def steps(times, replicas=1, noise=0.0):
    falls = sum(size / (1 + (times / at) ** 6) for size, at in ((1.0, 1.0), (0.3, 30.0), (0.1, 900.0)))
    return (0.05 + falls) * (1 + noise * np.random.default_rng(5).standard_normal((replicas, len(times))))


def test_plateaus_of_a_staircase():
    first, second = fits.plateaus(TIMES, steps(TIMES))
    assert first.level.value == pytest.approx(0.45, rel=0.01) and second.level.value == pytest.approx(0.15, rel=0.01)
    assert 1 < first.time < 30 < second.time < 900
    assert abs(first.level.value - 0.45) < 2 * first.level.error + 0.001 and first.level.source == "resolution"


def test_plateaus_under_noise_have_the_replicas_error():
    found = fits.plateaus(TIMES[::5], steps(TIMES[::5], 16, 0.002))
    assert [plateau.level.source for plateau in found] == ["replicas", "replicas"]
    assert found[0].level.value == pytest.approx(0.45, rel=0.01)


def test_a_smooth_fall_has_no_plateau():
    assert fits.plateaus(TIMES, 1 / (1 + TIMES)) == []


@pytest.mark.parametrize("turn", [1, -1])
def test_crossing_is_interpolated_either_way(turn):
    x = np.linspace(0, 3, 31)
    estimate = fits.crossing(x, turn * x**2, turn * 2.0)
    assert abs(estimate.value - np.sqrt(2)) < 3 * estimate.error and estimate.error < 0.01
    assert np.isnan(fits.crossing(x, x, 5.0).value)


def test_optimum_is_known_to_half_a_cell():
    x = np.array([0.4, 0.1, 0.2, 0.3])
    estimate = fits.optimum(x, (x - 0.22) ** 2)
    assert estimate.value == 0.2 and estimate.error == pytest.approx(0.05)


def test_threshold_of_a_sharp_step_lies_in_its_cell():
    x = np.geomspace(0.1, 10, 21)
    found = fits.threshold(x, 5 * (x < 1.06), np.full(21, 5))
    assert found.centre.value == pytest.approx(np.sqrt(x[10] * x[11])) and found.low < 1.06 < found.high and found.width == 0
    assert found.centre.error == pytest.approx(found.centre.value * np.log(x[1] / x[0]) / np.sqrt(12))


def test_threshold_of_a_blurred_step_is_covered_by_its_band():
    rng, x, hits = np.random.default_rng(6), np.geomspace(0.1, 10, 25), []
    truth = 1 / (1 + (x / 0.8) ** (1 / 0.3))
    for _ in range(100):
        found = fits.threshold(x, rng.binomial(20, truth), np.full(25, 20))
        hits.append(found.low < 0.8 < found.high)
        assert 0.15 < found.width < 0.5
    assert np.mean(hits) > 0.9


def test_threshold_needs_both_outcomes():
    x = np.geomspace(0.1, 10, 9)
    assert np.isnan(fits.threshold(x, np.zeros(9), np.ones(9)).centre.value)
    assert np.isnan(fits.threshold(x, np.ones(9), np.ones(9)).centre.value)


def test_threshold_on_a_linear_axis():
    x = np.linspace(-1, 1, 41)
    assert fits.threshold(x, 50 / (1 + np.exp((x - 0.25) / 0.1)), np.full(41, 50), log=False).centre.value == pytest.approx(0.25, abs=0.01)
