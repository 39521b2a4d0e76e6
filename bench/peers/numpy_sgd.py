#!/usr/bin/env python3
"""One-pass SGD of R replicas with NumPy, each on inputs of its own: nanoseconds per step and replica.

    bench/peers/numpy_sgd.py 1000 3 64
"""
import numpy as np
import scipy
from scipy.linalg import get_blas_funcs
from scipy.special import erf

import spiked
from spiked import LEARNING_RATE, ROOT_2_OVER_PI


class Learner:
    """What the methods share: weights, and inputs in place."""

    most_units = np.inf  # beyond which a method is not tried

    def __init__(self, replicas, hidden, dimension, precision):
        self.W, self.V = (np.ascontiguousarray(part, precision) for part in spiked.start(replicas, hidden, dimension))
        self.x = np.empty((replicas, dimension), precision)
        self.spikes = np.sqrt(spiked.variances(dimension)[:len(spiked.SPIKES)]).astype(precision)
        self.rng = np.random.Generator(np.random.SFC64(1))
        self.rate = LEARNING_RATE / dimension
        self.pull_rate = LEARNING_RATE / dimension**3

    def draw(self, x):
        self.rng.standard_normal(out=x, dtype=x.dtype)
        x[:, :len(self.spikes)] *= self.spikes

    def units(self, field):
        """g = erf(x/sqrt 2) and its derivative."""
        return erf(field * np.sqrt(field.dtype.type(0.5))), field.dtype.type(ROOT_2_OVER_PI) * np.exp(-0.5 * field * field)

    def weights(self):
        return self.W, self.V


class Residual(Learner):
    """As the rule is written: reconstruct, take the residual, add two outer products."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.residual, self.product = np.empty_like(self.x), np.empty_like(self.W)

    def gradient(self):
        """Factors of the residual and of the input."""
        self.draw(self.x)
        value, slope = self.units(np.matmul(self.W, self.x[:, :, None])[:, :, 0])
        np.matmul(value[:, None, :], self.V, out=self.residual[:, None, :])
        np.subtract(self.x, self.residual, out=self.residual)
        pull = np.matmul(self.V, self.residual[:, :, None])[:, :, 0]
        return self.rate * value, self.pull_rate * pull * slope

    def step(self):
        decoder, encoder = self.gradient()
        np.multiply(decoder[:, :, None], self.residual[:, None, :], out=self.product)
        self.V += self.product
        np.multiply(encoder[:, :, None], self.x[:, None, :], out=self.product)
        self.W += self.product


class Outer(Residual):
    """The same with BLAS' rank-one update, a replica at a time: no pass over temporaries."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.ger, = get_blas_funcs(("ger",), (self.W,))

    def step(self):
        decoder, encoder = self.gradient()
        for r in range(len(self.x)):
            self.ger(1.0, self.residual[r], decoder[r], a=self.V[r].T, overwrite_a=1)
            self.ger(1.0, self.x[r], encoder[r], a=self.W[r].T, overwrite_a=1)


class Stacked(Learner):
    """W, v and x as rows of one matrix: its products with v and x give all scalars, and one product updates both weights. More work, fewer calls."""

    most_units = 8

    def __init__(self, replicas, hidden, dimension, precision):
        super().__init__(replicas, hidden, dimension, precision)
        self.hidden = hidden
        self.rows, self.next = (np.empty((replicas, 2 * hidden + 1, dimension), precision) for _ in range(2))
        self.rows[:, :hidden], self.rows[:, hidden:-1] = self.W, self.V
        self.update = np.zeros((replicas, 2 * hidden, 2 * hidden + 1), precision)
        self.update[:] = np.eye(2 * hidden, 2 * hidden + 1)

    def step(self):
        K = self.hidden
        self.draw(self.x)
        self.rows[:, -1] = self.x
        products = np.matmul(self.rows[:, :-1], self.rows[:, K:].swapaxes(1, 2))  # (W, v) times (v, x)
        value, slope = self.units(products[:, :K, K])
        pull = products[:, K:, K] - np.matmul(products[:, K:, :K], value[:, :, None])[:, :, 0]
        decoder = self.rate * value
        self.update[:, :K, -1] = self.pull_rate * pull * slope
        self.update[:, K:, -1] = decoder
        self.update[:, K:, K:-1] = np.eye(K, dtype=decoder.dtype) - decoder[:, :, None] * value[:, None, :]
        np.matmul(self.update, self.rows, out=self.next[:, :-1])
        self.rows, self.next = self.next, self.rows

    def weights(self):
        return self.rows[:, :self.hidden], self.rows[:, self.hidden:-1]


if __name__ == "__main__":
    spiked.compare_methods((Residual, Outer, Stacked), {"numpy": np.__version__, "scipy": scipy.__version__})
