"""What refining costs, and how well it finds a boundary that theory knows: kappa = eta rho_hat sqrt(1 - theta) of linear units, for each spike.

With AESWEEP_FULL=1 one-pass SGD has the resolution of 256 x 256 cells as well, some ten minutes of an idle core."""
import os

import h5py
import numpy as np

from program import ALL_DONE, TIMEOUT, call

FULL = bool(os.environ.get("AESWEEP_FULL"))
SWEEP = """\
[sweep]
name = "plane"
seed = 2
engines = ["{engine}"]
replicas = {replicas}
common_randomness = {common}

[data]
dimension = {dimension}
spikes = {spikes}
bulk = 0.1

[model]
hidden = {hidden}
activation = "linear"

[training]
horizon = {horizon}

[record]
count = 4
trajectories = false

[refine]
axes = ["learning_rate", "weight_decay"]
observable = "{observable}"
levels = {levels}
depth = {depth}
points = {budget}

[[axis]]
key = "training.learning_rate"
range = {{ from = {rate[0]}, to = {rate[1]}, count = {steps}, spacing = "log" }}

[[axis]]
key = "training.weight_decay"
range = {{ from = {decay[0]}, to = {decay[1]}, count = {steps}, spacing = "log" }}
"""


def refined(folder, spikes=(2.0,), budget=4000, **values):
    """Runs it with as many units as spikes, of which the m-th is lost where level m + 1/2 is crossed.
    @returns how many points were run, and for each spike the boundary's distances from theory's line in steps of the decay, by steps of the rate."""
    levels = [m + 0.5 for m in range(len(spikes))]
    (folder / "plane.toml").write_text(SWEEP.format(spikes=list(spikes), hidden=len(spikes), levels=levels, budget=budget, **values))
    result = call("run", "plane.toml", cwd=folder, timeout=None if FULL else TIMEOUT)
    assert result.returncode == ALL_DONE, result.stdout + result.stderr
    theta = 0.5
    with h5py.File(folder / "plane.h5") as file:
        assert file["refined/complete"][()] and not file["refined/exhausted"][()]
        known = file["refined/boundary/line"][:] >= 0
        rates, decays = file["learning_rate"][:], file["weight_decay"][:]
        rate, decay, level = (file["refined/boundary"][name][:][known] for name in ("learning_rate", "weight_decay", "level"))
        points = int(file["refined/points"][()])
    slope = (np.array(spikes)[level.astype(int)] + 0.1 / values["dimension"]) * np.sqrt(1.0 - theta)
    off = np.log(decay / (slope * rate)) / np.log(decays[1] / decays[0])
    columns = np.log(rate / rates[0]) / np.log(rates[1] / rates[0])
    print(f"{points} of {len(rates)}^2 points; off by at most {np.abs(off).max():.2f} cells, {np.sqrt(np.mean(off**2)):.2f} on average")
    return points, off, [columns[level == of_spike] for of_spike in levels]


def assert_everywhere(columns, steps):
    for of_spike in columns:
        assert set(np.floor(of_spike).astype(int)) >= set(range(steps - 1))


def test_the_flow_at_256_cells(tmp_path):
    points, off, columns = refined(tmp_path, engine="ode", replicas=1, common="true", dimension=1000, horizon=300.0, observable="learnt", depth=4, steps=257,
                                   rate=(0.5, 8.0), decay=(0.25, 16.0))
    assert points <= 257**2 / 10
    assert np.abs(off).max() <= 1.0
    assert_everywhere(columns, 257)


def test_every_spike_has_its_line(tmp_path):
    points, off, columns = refined(tmp_path, spikes=(4.0, 2.0, 1.0), budget=8000, engine="ode", replicas=1, common="true", dimension=1000, horizon=300.0,
                                   observable="learnt", depth=4, steps=257, rate=(0.5, 8.0), decay=(0.125, 32.0))
    assert points <= 257**2 / 10
    assert len(columns) == 3 and np.abs(off).max() <= 1.0
    assert_everywhere(columns, 257)


def test_sgd_by_the_gram_process(tmp_path):
    """At D = 10^6, eta/D small enough for noise to leave the boundary where it is, within a cell; excess = (kappa / eta rho_hat)^2 is 1 - theta on it."""
    steps, depth, noise = (257, 4, 2e-4) if FULL else (33, 2, 8e-3)
    dimension = 1_000_000
    points, off, columns = refined(tmp_path, engine="sgd", replicas=8, common="false", dimension=dimension, horizon=40.0 / (dimension * noise / 4.0), depth=depth,
                                   observable="excess", steps=steps, rate=(dimension * noise / 4.0, dimension * noise),
                                   decay=(dimension * noise / 32.0, dimension * noise * 32.0))
    assert points <= steps**2 / (10 if FULL else 2)
    assert np.abs(off).max() <= 1.0
    assert_everywhere(columns, steps)
