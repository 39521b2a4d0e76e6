"""Measures of what this project adds to the papers."""
import numpy as np

from . import fits
from .measurements import THEORY, about, done, last, measured
from .theory import boundaries

NAMES = {"ode": "flow", "sgd": "SGD"}


def decay_thresholds(sweeps):
    """The ratio κ/η at which component m stops being learnt (R²_m < θ at the horizon), over the theory's; all (η, κ) with the same unit taken together."""
    sweep, = sweeps.values()
    level = sweep.option("outcome", "learnt_threshold", 0.5)
    rate, decay = (sweep.axes[name].values.astype(float) for name in ("learning_rate", "weight_decay"))
    slope = (decay[None, :] / rate[:, None]).ravel()
    found = []
    for engine in sweep.engines:
        explained = last(done(sweep, engine, "explained"))
        for unit in sweep.axes["activation"].values:
            rows = explained.sel(activation=unit).transpose("learning_rate", "weight_decay", "replica", "component").values
            rows = rows.reshape(len(slope), -1, rows.shape[-1])
            for line in boundaries(sweep.point_config(sweep.point({"activation": unit})), level):
                if line.onset:  # where growth starts from zero, not where a component counts as learnt
                    continue
                seen = np.isfinite(rows[:, :, line.component - 1])
                found.append(_over_theory(f"decay κ/η that stops component {line.component}, {unit} units, over the theory's {line.slope:.4g}, {NAMES[engine]}",
                                          slope, (rows[:, :, line.component - 1] >= level).sum(axis=1), seen.sum(axis=1), line.slope))
    return found


def _over_theory(what, slope, learnt, trials, expected):
    judged = trials > 0
    found = fits.threshold(slope[judged], learnt[judged], trials[judged])
    return measured(what, found.centre / expected, about(1, f"{THEORY}: 1, within 10 %"))
