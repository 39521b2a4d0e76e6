#!/usr/bin/env python3
"""One-pass SGD of R replicas with PyTorch on one thread, each on inputs of its own: nanoseconds per step and replica.

    bench/peers/torch_sgd.py 1000 3 64
"""
import json
import sys

import numpy as np

import spiked
from spiked import LEARNING_RATE, ROOT_2_OVER_PI

try:
    import torch
except ImportError:
    print(json.dumps({"missing": "PyTorch (Debian: python3-torch)"}))
    sys.exit(0)


class Learner:
    """What the methods share: weights, and inputs in place."""

    most_units = np.inf  # beyond which a method is not tried

    def __init__(self, replicas, hidden, dimension, precision):
        self.dtype = getattr(torch, precision)
        self.W, self.V = (torch.tensor(part, dtype=self.dtype) for part in spiked.start(replicas, hidden, dimension))
        self.x = torch.empty(replicas, dimension, dtype=self.dtype)
        self.spikes = torch.tensor(np.sqrt(spiked.variances(dimension)[:len(spiked.SPIKES)]), dtype=self.dtype)
        self.rate = LEARNING_RATE / dimension
        self.pull_rate = LEARNING_RATE / dimension**3

    def draw(self, x):
        torch.randn(x.shape, dtype=self.dtype, out=x)
        x[:, :len(self.spikes)] *= self.spikes

    def units(self, field):
        """g = erf(x/sqrt 2) and its derivative."""
        return torch.erf(field * np.sqrt(0.5)), ROOT_2_OVER_PI * torch.exp(-0.5 * field * field)

    def gradient(self):
        """Factors of the residual and of the input, shape (R, K, 1), and the residual, shape (R, 1, D)."""
        self.draw(self.x)
        value, slope = self.units(torch.bmm(self.W, self.x.unsqueeze(2)))
        residual = torch.baddbmm(self.x.unsqueeze(1), value.transpose(1, 2), self.V, alpha=-1.0)
        pull = torch.bmm(self.V, residual.transpose(1, 2))
        return self.rate * value, self.pull_rate * pull * slope, residual

    def weights(self):
        return self.W.numpy(), self.V.numpy()


class Products(Learner):
    """Everything is a batched product, the update as well."""

    def step(self):
        decoder, encoder, residual = self.gradient()
        self.V.baddbmm_(decoder, residual)
        self.W.baddbmm_(encoder, self.x.unsqueeze(1))


class Outer(Learner):
    """Updates by broadcasting."""

    def step(self):
        decoder, encoder, residual = self.gradient()
        self.V.addcmul_(decoder, residual)
        self.W.addcmul_(encoder, self.x.unsqueeze(1))


class Elementwise(Learner):
    """Scalar products by broadcasting as well, without allocations: batched products of few rows are slow."""

    most_units = 8

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.product, self.residual = torch.empty_like(self.W), torch.empty_like(self.x).unsqueeze(1)

    def step(self):
        self.draw(self.x)
        x = self.x.unsqueeze(1)
        value, slope = self.units(torch.mul(self.W, x, out=self.product).sum(2, keepdim=True))
        torch.sum(torch.mul(self.V, value, out=self.product), 1, keepdim=True, out=self.residual)
        torch.sub(x, self.residual, out=self.residual)
        pull = torch.mul(self.V, self.residual, out=self.product).sum(2, keepdim=True)
        self.V.addcmul_(self.rate * value, self.residual)
        self.W.addcmul_(self.pull_rate * pull * slope, x)


class Stacked(Learner):
    """W, v and x as rows of one matrix: its products with v and x give all scalars, and one product updates both weights. More work, fewer calls."""

    most_units = 8

    def __init__(self, replicas, hidden, dimension, precision):
        super().__init__(replicas, hidden, dimension, precision)
        self.hidden = hidden
        self.rows = torch.cat((self.W, self.V, self.x.unsqueeze(1)), dim=1)
        self.next = torch.empty_like(self.rows)
        self.update = torch.eye(2 * hidden, 2 * hidden + 1, dtype=self.dtype).repeat(replicas, 1, 1)
        self.identity = torch.eye(hidden, dtype=self.dtype)

    def step(self):
        K = self.hidden
        self.draw(self.x)
        self.rows[:, -1] = self.x
        products = torch.bmm(self.rows[:, :-1], self.rows[:, K:].transpose(1, 2))  # (W, v) times (v, x)
        value, slope = self.units(products[:, :K, K:])
        pull = products[:, K:, K:] - torch.bmm(products[:, K:, :K], value)
        decoder = self.rate * value
        self.update[:, :K, -1:] = self.pull_rate * pull * slope
        self.update[:, K:, -1:] = decoder
        self.update[:, K:, K:-1] = self.identity - decoder * value.transpose(1, 2)
        self.next[:, :-1] = torch.bmm(self.update, self.rows)
        self.rows, self.next = self.next, self.rows

    def weights(self):
        return self.rows[:, :self.hidden].numpy(), self.rows[:, self.hidden:-1].numpy()


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(1)
    with torch.inference_mode():
        spiked.compare_methods((Products, Outer, Elementwise, Stacked), {"torch": torch.__version__})
