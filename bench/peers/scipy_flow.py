#!/usr/bin/env python3
"""The gradient flow of the population error over 50 units of time with SciPy: CPU seconds of the fastest of RK45, DOP853 and LSODA.

    bench/peers/scipy_flow.py 1000 3
    bench/peers/scipy_flow.py 1000 3 --start start.h5        from given weights (encoder and unscaled decoder, [K, D])
"""
import argparse
import json
import statistics
import time

import spiked  # first: it settles the number of threads
import numpy as np
import scipy
from scipy.integrate import solve_ivp

from spiked import ROOT_2_OVER_PI

HORIZON = 50.0


class TooManyEvaluations(Exception):
    """An integrator has turned to dense Jacobians of a thousand columns and more."""


class Flow:
    """dW/dt and dV/dt of equations.md section 2 for erf units, V = v/sqrt(D); every array of size D in place."""

    def __init__(self, hidden, rho_hat, most_evaluations):
        self.evaluations_left = most_evaluations
        self.shape = (2, hidden, len(rho_hat))
        self.rho_hat = rho_hat
        self.scaled, self.derivative = np.empty(self.shape), np.empty(self.shape)

    def __call__(self, _, state):
        self.evaluations_left -= 1
        if self.evaluations_left < 0:
            raise TooManyEvaluations
        W, V = weights = state.reshape(self.shape)
        dW, dV = self.derivative
        scaled_W, scaled_V = np.multiply(weights, self.rho_hat, out=self.scaled)
        Q, T0, R = scaled_W @ W.T, V @ V.T, np.einsum("kd,kd->k", V, scaled_W)
        variance = 1.0 + Q.diagonal()
        products = np.multiply.outer(variance, variance)
        a = ROOT_2_OVER_PI / np.sqrt(variance)
        S = (2.0 / np.pi) * np.arcsin(Q / np.sqrt(products))
        G = (2.0 / np.pi) / np.sqrt(products - Q * Q)
        M = -T0 * G
        M.flat[::len(M) + 1] -= (R * a + (M * Q).sum(axis=1)) / variance
        np.matmul(M, scaled_W, out=dW)
        np.matmul(S, V, out=dV)
        scaled_V *= a[:, None]
        dW += scaled_V
        scaled_W *= a[:, None]
        np.subtract(scaled_W, dV, out=dV)
        return self.derivative.ravel().copy()  # the integrator keeps it


def integrate(hidden, dimension, start, method, relative, absolute):
    """CPU seconds, evaluations and the final error."""
    flow = Flow(hidden, spiked.variances(dimension) / dimension, 4000 if relative > 1e-10 else 100000)
    began = time.process_time()
    solution = solve_ivp(flow, (0.0, HORIZON), start.ravel(), method=method, rtol=relative, atol=absolute, t_eval=[HORIZON])
    seconds = time.process_time() - began
    assert solution.success, solution.message
    W, V = solution.y[:, -1].reshape(flow.shape)
    return seconds, solution.nfev, float(spiked.pmse(W / np.sqrt(dimension), V * np.sqrt(dimension)))


def read_start(path):
    import h5py

    with h5py.File(path, "r") as file:
        W, v = file["encoder"][...], file["decoder"][...]
    return np.stack((W, v / np.sqrt(W.shape[1])))


def random_start(hidden, dimension):
    W, v = spiked.start(1, hidden, dimension)
    return np.stack((W[0] * np.sqrt(dimension), v[0] / np.sqrt(dimension)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="One line of JSON.")
    parser.add_argument("dimension", type=int)
    parser.add_argument("hidden", type=int)
    parser.add_argument("--start", help="HDF5 file with the start")
    parser.add_argument("--rtol", type=float, default=1e-8)
    parser.add_argument("--atol", type=float, default=1e-10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--methods", nargs="+", default=["RK45", "DOP853", "LSODA"])
    options = parser.parse_args()
    start = read_start(options.start) if options.start else random_start(options.hidden, options.dimension)
    results = {}
    for method in options.methods:
        if method == "LSODA" and start.size > 20000:
            continue  # reserves room for a dense Jacobian of start.size^2 entries
        try:
            runs = [integrate(options.hidden, options.dimension, start, method, options.rtol, options.atol) for _ in range(options.repeats)]
        except TooManyEvaluations:
            continue
        results[method] = {"seconds": statistics.median(run[0] for run in runs), "evaluations": runs[0][1], "pmse": runs[0][2]}
    fastest = min(results, key=lambda method: results[method]["seconds"])
    print(json.dumps({"scipy": scipy.__version__, "blas": spiked.blas(), "fastest": fastest, **results[fastest], "methods": results}))
