"""Numbers with their uncertainty: means over replicas, power laws, plateaus, crossings and thresholds.

Every `Estimate` says where its uncertainty comes from:
  replicas    the standard error of a mean over replicas (or the jackknife's, for what is no mean)
  fit         the covariance of a least-squares or likelihood fit, and how much the result drifts within the fitted window
  resolution  what the recorded times, the grid or the solver's tolerance leave undecided
An uncertainty that nothing measures (one replica) is NaN, never zero.
"""
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import minimize
from scipy.signal import find_peaks

REPLICAS, FIT, RESOLUTION = "replicas", "fit", "resolution"


@dataclass(frozen=True)
class Estimate:
    """A value, its standard uncertainty (one sigma) and where that comes from."""

    value: float
    error: float
    source: str

    def __truediv__(self, other):
        """The ratio of two independent estimates; other may be a number."""
        other = other if isinstance(other, Estimate) else Estimate(float(other), 0.0, self.source)
        value = self.value / other.value
        error = abs(value) * np.hypot(self.error / self.value, other.error / other.value) if self.value else self.error / abs(other.value)
        return Estimate(value, float(error), self.source if self.error else other.source)

    def __mul__(self, number):
        return Estimate(self.value * number, abs(number) * self.error, self.source)

    def __add__(self, number):
        return Estimate(self.value + number, self.error, self.source)


def mean(values, resolution=0.0):
    """Mean over replicas, NaN left out, with its standard error s/√n and a resolution below which no spread can be seen."""
    values = np.asarray(values, dtype=float).ravel()
    values = values[np.isfinite(values)]
    if not values.size:
        return Estimate(np.nan, np.nan, REPLICAS)
    spread = values.std(ddof=1) / np.sqrt(values.size) if values.size > 1 else np.nan
    return Estimate(float(values.mean()), float(np.hypot(spread, resolution)), REPLICAS)


def fraction(successes, trials):
    """successes/trials with the error of the share (k + 2)/(n + 4), which is not zero for none or all [Agresti & Coull]."""
    if not trials:
        return Estimate(np.nan, np.nan, REPLICAS)
    share = (successes + 2) / (trials + 4)
    return Estimate(successes / trials, float(np.sqrt(share * (1 - share) / (trials + 4))), REPLICAS)


def resolved(value, resolution):
    """A value of no spread (no replica is drawn) that is known to within a stated resolution."""
    return Estimate(float(value), abs(float(resolution)), RESOLUTION)


def jackknife(function, *samples):
    """function(*samples) with its jackknife error √((n − 1)/n Σ(f_i − f̄)²), for what is no mean over replicas.

    samples: arrays whose first axis is the replica, n of them; f_i leaves the i-th replica out.
    """
    samples = [np.asarray(sample, dtype=float) for sample in samples]
    count = len(samples[0])
    whole = float(function(*samples))
    if count < 2:
        return Estimate(whole, np.nan, REPLICAS)
    left_out = np.array([function(*(np.delete(sample, i, axis=0) for sample in samples)) for i in range(count)])
    return Estimate(whole, float(np.sqrt((count - 1) * left_out.var())), REPLICAS)


@dataclass(frozen=True)
class PowerLaw:
    """y = prefactor · x^exponent."""

    exponent: Estimate
    prefactor: Estimate


def _line(x, y):
    """Least squares y = a + b x → (a, b), covariance (2, 2) from the residuals' scatter."""
    design = np.stack([np.ones_like(x), x], axis=1)
    inverse = np.linalg.inv(design.T @ design)
    solution = inverse @ design.T @ y
    residual = y - design @ solution
    return solution, inverse * (residual @ residual) / max(len(x) - 2, 1)


def power_law(x, y, window=(0, np.inf)):
    """Fits log y = log C + p log x within window[0] <= x <= window[1]; y of shape (n,) or (replica, n), positive there.

    The uncertainty joins the fit's covariance, half of the difference between the window's two halves (a power law that has not set in drifts),
    and the spread over replicas where there are several.
    """
    x, y = np.asarray(x, dtype=float), np.atleast_2d(np.asarray(y, dtype=float))
    inside = (x >= window[0]) & (x <= window[1]) & (x > 0) & np.all(np.isfinite(y) & (y > 0), axis=0)
    if inside.sum() < 4:
        nothing = Estimate(np.nan, np.nan, FIT)
        return PowerLaw(nothing, nothing)
    x, y = np.log(x[inside]), np.log(y[:, inside])
    half = len(x) // 2
    whole, covariance = _line(x, y.mean(axis=0))
    drift = np.abs(_line(x[:half], y[:, :half].mean(axis=0))[0] - _line(x[half:], y[:, half:].mean(axis=0))[0]) / 2
    each = np.array([_line(x, row)[0] for row in y])
    spread = each.std(axis=0, ddof=1) / np.sqrt(len(y)) if len(y) > 1 else np.zeros(2)
    errors = np.sqrt(np.diag(covariance) + drift**2 + spread**2)
    return PowerLaw(Estimate(float(whole[1]), float(errors[1]), FIT), Estimate(float(np.exp(whole[0])), float(np.exp(whole[0]) * errors[0]), FIT))


def local_exponent(x, y):
    """d log y / d log x at each x > 0, shape of y; the last axis is x's."""
    return np.gradient(np.log(y), np.log(x), axis=-1)


@dataclass(frozen=True)
class Plateau:
    """Where a falling curve is flattest between two falls: its time, its level and d log y/d log t there."""

    time: float
    level: Estimate
    exponent: float


def plateaus(time, values, prominence=0.1):
    """The plateaus of a falling curve, in time's order. values: shape (replica, n) or (n,), positive; time > 0, rising.

    A plateau is a minimum of |d log ȳ/d log t| (ȳ: the mean over replicas) that stands out by `prominence` from the falls around it. Its level is
    the curve's there; the uncertainty joins the spread over replicas and the fall to the neighbouring recorded times.
    """
    values = np.atleast_2d(np.asarray(values, dtype=float))
    curve = values.mean(axis=0)
    slope = local_exponent(np.asarray(time, dtype=float), curve)
    flat, _ = find_peaks(-np.abs(slope), prominence=prominence)
    spread = values.std(axis=0, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.zeros_like(curve)
    return [Plateau(float(time[i]), Estimate(float(curve[i]), float(np.hypot(spread[i], abs(curve[i - 1] - curve[i + 1]) / 4)),
                                             REPLICAS if len(values) > 1 else RESOLUTION), float(slope[i])) for i in flat]


def crossing(x, y, level):
    """The first x at which y passes `level` (either way), interpolated; NaN if it never does.

    The uncertainty is the difference between linear and monotone cubic interpolation, at least a hundredth of the cell.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    side = np.sign(y - level)
    cells = np.flatnonzero(side[1:] * side[:-1] <= 0)
    if not cells.size:
        return Estimate(np.nan, np.nan, RESOLUTION)
    i = cells[0]
    if y[i + 1] == y[i]:
        return Estimate(float(x[i]), float(x[i + 1] - x[i]), RESOLUTION)
    linear = x[i] + (level - y[i]) / (y[i + 1] - y[i]) * (x[i + 1] - x[i])
    near = slice(max(i - 1, 0), i + 3)
    roots = PchipInterpolator(x[near], y[near]).solve(level, extrapolate=False)
    roots = roots[(roots >= x[i]) & (roots <= x[i + 1])]
    cubic = roots[0] if roots.size else linear
    return Estimate(float(cubic), float(max(abs(cubic - linear), 0.01 * (x[i + 1] - x[i]))), RESOLUTION)


def optimum(x, y):
    """The x of a grid at which y is least; known to within half of the wider cell beside it."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    order = np.argsort(x)
    x, y = x[order], y[order]
    i = int(np.nanargmin(y))
    cells = np.diff(x)[max(i - 1, 0):i + 1]
    return Estimate(float(x[i]), float(cells.max() / 2), RESOLUTION)


@dataclass(frozen=True)
class Threshold:
    """Where a probability passes one half as x grows: p(x) = 1/(1 + exp((u − u_0)/w)), u = x or log x."""

    centre: Estimate
    low: float    # 95 % confidence band of the centre
    high: float
    width: float  # w; in units of log x if the fit is in log x


def threshold(x, successes, trials, log=True):
    """Fits a falling sigmoid to successes out of trials at each x by maximum likelihood; x, successes, trials of shape (n,), n >= 3.

    The centre's variance is the delta method's from the Fisher information and the cell's width (h²/12: what a step between two x leaves
    undecided). Where all succeed, or none, the centre is NaN.
    """
    u = np.log(x) if log else np.asarray(x, dtype=float)
    order = np.argsort(u)
    u, successes, trials = u[order], np.asarray(successes, dtype=float)[order], np.asarray(trials, dtype=float)[order]
    if successes.sum() in (0, trials.sum()) or len(u) < 3:
        return Threshold(Estimate(np.nan, np.nan, FIT), np.nan, np.nan, np.nan)
    centre, width, error = _step(u, successes, trials) or _sigmoid(u, successes, trials)
    low, high = centre - 1.96 * error, centre + 1.96 * error
    if log:
        return Threshold(Estimate(float(np.exp(centre)), float(np.exp(centre) * error), FIT), float(np.exp(low)), float(np.exp(high)), float(width))
    return Threshold(Estimate(float(centre), float(error), FIT), float(low), float(high), float(width))


def _step(u, successes, trials):
    """(centre, width 0, error) where all succeed up to one point and none beyond: the likelihood has no maximum there; None otherwise."""
    last = int(np.sum(successes == trials)) - 1
    if np.any(successes[:last + 1] < trials[:last + 1]) or np.any(successes[last + 1:] > 0):
        return None
    return (u[last] + u[last + 1]) / 2, 0.0, (u[last + 1] - u[last]) / np.sqrt(12)


def _sigmoid(u, successes, trials):
    """(centre, width, error of the centre) of the likeliest sigmoid."""
    cell = np.median(np.diff(u))

    def probability(centre, width):
        return 1 / (1 + np.exp(np.clip((u - centre) / width, -500, 500)))

    def loss(parameters):
        p = np.clip(probability(parameters[0], cell * np.exp(parameters[1])), 1e-12, 1 - 1e-12)
        return -np.sum(successes * np.log(p) + (trials - successes) * np.log(1 - p))

    start = u[np.argmin(np.abs(successes / trials - 0.5))]
    bounds = [(u[0] - cell, u[-1] + cell), (np.log(0.1), np.log(100.0))]  # narrower than a tenth of a cell can't be told from a step
    fits = [minimize(loss, [start + shift, width], bounds=bounds, method="L-BFGS-B") for shift in (-cell / 2, 0, cell / 2) for width in (-1.0, 0.0, 1.0)]
    centre, width = min(fits, key=lambda fit: fit.fun).x
    width = cell * np.exp(width)
    p = probability(centre, width)
    variance = width**2 / max(np.sum(trials * p * (1 - p)), 1e-9)
    return centre, width, np.sqrt(min(variance, (u[-1] - u[0]) ** 2) + cell**2 / 12)
