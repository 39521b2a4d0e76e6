"""What a claim is judged by: a number with its uncertainty and the range that the claim leaves it; and how rows of a result file are selected for it."""
from dataclasses import dataclass

import numpy as np

from .fits import Estimate
from .open import DONE
from .theory import spiked_eigenvalues

HOLDS, FAILS, OPEN = "holds", "fails", "open"

FLOW_ACCURACY = 3.3e-7  # of the flow's pmse at the default tolerances [docs/measurements.md]


@dataclass(frozen=True)
class Expected:
    """The range that a claim leaves a number, infinite where it has no end, and where it comes from: the paper, theory, or a convention of this report."""

    low: float
    high: float
    basis: str


def at_least(limit, basis):
    return Expected(limit, np.inf, basis)


def at_most(limit, basis):
    return Expected(-np.inf, limit, basis)


def near(value, distance, basis):
    return Expected(value - distance, value + distance, basis)


def about(value, basis, share=0.1):
    """Within a share of the value: theory's numbers hold in a limit that no run reaches."""
    return near(value, share * abs(value), basis)


PAPER, THEORY = "paper", "theory"
# Words of the papers as numbers, the same ones for every claim.
PREDICTS = at_most(0.05, "convention: 5 % of chance")           # the largest gap over chance, anywhere on a run's way, at which a theory predicts it
REACHES = at_most(0.05, "convention: 5 % of chance")            # an excess at which a network reaches the PCA error
FALLS_SHORT = at_least(0.1, "convention: twice what reaches")   # one at which it does not
HARDLY_BELOW_CHANCE = at_least(0.75, "convention: 3/4 of chance")
ALIGNED = at_least(0.99, "convention: 8 degrees")               # a cosine
ROTATED = at_most(0.97, "convention: 14 degrees")


@dataclass(frozen=True)
class Measurement:
    """`low`, `high` and `basis` are an Expected's. `why`: what is known about it, told only where it does not hold."""

    what: str
    value: float
    uncertainty: float
    low: float
    high: float
    source: str = ""  # of the uncertainty: replicas, fit, resolution
    basis: str = ""   # of the range
    why: str = ""

    @property
    def state(self):
        """Holds or fails if the whole interval value ± uncertainty lies within the range or beyond it; open otherwise, or without an uncertainty."""
        if not (np.isfinite(self.value) and np.isfinite(self.uncertainty)):
            return OPEN
        least, most = self.value - self.uncertainty, self.value + self.uncertainty
        if self.low <= least and most <= self.high:
            return HOLDS
        return FAILS if most < self.low or least > self.high else OPEN


def measured(what, estimate: Estimate, expected: Expected, why=""):
    return Measurement(what, float(estimate.value), float(estimate.error), expected.low, expected.high, estimate.source, expected.basis, why)


def done(sweep, engine, name):
    """A quantity of an engine's rows as floats, NaN where a row is not done; dims (axes..., replica, ...)."""
    rows = sweep.dataset(sweep.engine(engine))
    return rows[name].astype(float).where(rows.status == DONE).load()


def pca_level(data, rank):
    """PCA error of a rank on spiked data: ½ Σ_{τ > rank} ρ̂_τ; rank may be an array."""
    rho, bulk = spiked_eigenvalues(data)
    chance = (rho.sum() - len(rho) * bulk + data.get("bulk", 1.0)) / 2
    return chance - np.concatenate([[0], np.cumsum(rho)])[rank] / 2


def rank_of(pmse, data):
    """The rank whose PCA error a pmse equals, linear between whole ranks: 0 at chance, M at the error of all spikes."""
    ranks = np.arange(len(spiked_eigenvalues(data)[0]) + 1)
    levels = pca_level(data, ranks)
    return np.interp(-np.asarray(pmse), -levels, ranks)


def last(array):
    return array.isel(time=-1)
