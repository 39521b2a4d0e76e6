"""The problem that all peers solve: spiked data with Gaussian coefficients, erf units, untied, one-pass SGD or its gradient flow.

Units in which the bulk of the inputs has variance 1 and nothing has to be scaled in every step: x has the variances D theta_m + 1 (spikes) and 1,
W = w/sqrt(D) so that a unit sees W x, and v is as it stands in x_hat = v^T g(W x).
"""
import argparse
import json
import os
import statistics
import sys
import time

for name in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(name + "_NUM_THREADS", "1")

import numpy as np  # noqa: E402  after the number of threads is settled
from scipy.special import erf  # noqa: E402

SPIKES = (2.0, 1.0, 0.5)
LEARNING_RATE = 1.0
START = 0.1  # standard deviation of the entries of w and v
ROOT_2_OVER_PI = np.sqrt(2.0 / np.pi)


def variances(dimension):
    """Of the coordinates of x, in the eigenbasis, shape (D)."""
    rho = np.ones(dimension)
    rho[:len(SPIKES)] += dimension * np.array(SPIKES)
    return rho


def start(replicas, hidden, dimension, seed=1):
    """W and v of all replicas, shape (R, K, D) each."""
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((replicas, hidden, dimension)) * (START / np.sqrt(dimension))
    return W, rng.standard_normal((replicas, hidden, dimension)) * START


def unit_averages(Q):
    """E g'(x_k), and E g(x_k) g(x_l) for x of covariance Q, shape (R, K, K)."""
    variance = 1.0 + np.diagonal(Q, axis1=-2, axis2=-1)
    S = 2.0 / np.pi * np.arcsin(Q / np.sqrt(variance[..., :, None] * variance[..., None, :]))
    return ROOT_2_OVER_PI / np.sqrt(variance), S


def pmse(W, V):
    """Of each replica, shape (R), exactly: an average over all inputs."""
    W, V = W.astype(np.float64), V.astype(np.float64)
    rho = variances(W.shape[-1])
    a, S = unit_averages(W * rho @ W.swapaxes(-2, -1))
    overlap = np.einsum("...kd,...kd->...k", V * rho, W)
    return (rho.sum() + ((V @ V.swapaxes(-2, -1)) * S).sum(axis=(-2, -1)) - 2.0 * (a * overlap).sum(axis=-1)) / (2.0 * W.shape[-1])


def learns(method, precision):
    """Whether 16 replicas in 100 dimensions come close to what PCA reaches, on average: a fast wrong algorithm would be no baseline."""
    dimension, hidden = 100, len(SPIKES)
    learner = method(16, hidden, dimension, precision)
    for _ in range(20 * dimension):
        learner.step()
    rho = variances(dimension)
    chance, pca = rho.sum() / (2.0 * dimension), rho[hidden:].sum() / (2.0 * dimension)
    excess = (pmse(*learner.weights()).mean() - pca) / (chance - pca)
    assert excess < 0.15, f"{method.__name__} in {precision} has learnt nothing: {excess:.3f} of chance above PCA"
    return excess


def time_step(learner, seconds):
    """Median over repeats of the CPU seconds that a step takes, after one repeat to warm up. One thread: on an idle core the same as wall time."""
    steps, repeats = 1, []
    began = time.process_time()
    while time.process_time() - began < seconds or len(repeats) < 4:
        lap = time.process_time()
        for _ in range(steps):
            learner.step()
        lap = time.process_time() - lap
        if lap < seconds / 40.0:
            steps, repeats = 2 * steps, []
        else:
            repeats.append(lap / steps)
    return statistics.median(repeats[1:])


def blas():
    """What multiplies matrices here. Debian's reference BLAS is several times slower than what a good user has: that would be no fair baseline."""
    with open("/proc/self/maps") as maps:
        libraries = {os.path.basename(line.split()[-1]) for line in maps}
    fast = sorted(name for name in libraries if name.startswith("lib") and any(known in name for known in ("openblas", "mkl", "blis", "atlas")))
    if not fast:
        print("bench: NumPy runs on a slow BLAS; install libopenblas0-serial", file=sys.stderr)
    return ", ".join(fast) or "no fast BLAS"


def compare_methods(methods, versions, batches=(64, 16, 4, 1)):
    """Main program of an SGD peer: tries each method in each precision, on all replicas at once and on fewer, and times the fastest."""
    parser = argparse.ArgumentParser(description="Nanoseconds per step and replica, as one line of JSON.")
    parser.add_argument("dimension", type=int)
    parser.add_argument("hidden", type=int)
    parser.add_argument("replicas", type=int)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each precision's fastest method is timed")
    parser.add_argument("--verbose", action="store_true", help="all methods' times, on standard error")
    options = parser.parse_args()
    result = {"dimension": options.dimension, "hidden": options.hidden, "replicas": options.replicas, "blas": blas(), **versions}
    for precision in ("float32", "float64"):
        trials = []
        for method in methods:
            if options.hidden > method.most_units:
                continue
            excess = learns(method, precision)
            for batch in sorted({min(batch, options.replicas) for batch in batches}):
                learner = method(batch, options.hidden, options.dimension, precision)
                trials.append((time_step(learner, 0.1 * options.seconds) / batch, method, batch, excess))
        if options.verbose:
            for seconds, method, batch, _ in sorted(trials, key=lambda trial: trial[0]):
                print(f"{precision} {method.__name__} in batches of {batch}: {1e9 * seconds:.0f} ns", file=sys.stderr)
        _, method, batch, excess = min(trials, key=lambda trial: trial[0])
        seconds = time_step(method(batch, options.hidden, options.dimension, precision), options.seconds) / batch
        result[precision] = {"ns": 1e9 * seconds, "method": method.__name__, "batch": batch, "excess_after_check": excess}
    print(json.dumps(result))
