"""What a claim is judged by: a number with its uncertainty and the range that the claim leaves it; and how rows of a result file are selected for it."""
from dataclasses import dataclass

import numpy as np

from .fits import Estimate
from .open import DONE
from .theory import spiked_eigenvalues

HOLDS, FAILS, OPEN = "holds", "fails", "open"

FLOW_ACCURACY = 3.3e-7  # of the flow's pmse at the default tolerances [docs/measurements.md]


@dataclass(frozen=True)
class Measurement:
    """`low` and `high` are the claim's range; infinite where it has no end. `why`: what is known about it, told only where it does not hold."""

    what: str
    value: float
    uncertainty: float
    low: float
    high: float
    source: str = ""  # of the uncertainty: replicas, fit, resolution
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


def measured(what, estimate: Estimate, low=-np.inf, high=np.inf, why=""):
    return Measurement(what, float(estimate.value), float(estimate.error), low, high, estimate.source, why)


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
