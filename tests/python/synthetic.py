"""Writes result files exactly as the program lays them out, with data from closed forms and a seeded generator."""
from itertools import product

import h5py
import numpy as np

TEXT = h5py.string_dtype("utf-8")

TOML = """
[sweep]
name = "decay-and-rate"
seed = 7
engines = ["ode", "sgd"]
replicas = {replicas}

[data]
kind = "spiked"
dimension = 1000
spikes = [2.0, 1.0, 0.5]
bulk = 0.1

[model]
hidden = 3
activation = "linear"

[training]
learning_rate = 1.0
weight_decay = 0.1
horizon = 200.0

[outcome]
learnt_threshold = 0.5
success_excess = 0.1
"""

SPIKES = np.array([2.0, 1.0, 0.5])
RHO = SPIKES + 0.1 / 1000
CHANCE = (SPIKES.sum() + 0.1) / 2


def curves(eta, kappa, activation, times):
    """Learning curves that resemble the flow's: R²_m(t), shape (3, time), with the linear network's exact long-time value."""
    gain = {"linear": 1.0, "erf": 0.85}[activation]
    final = np.clip(1 - (kappa / (eta * gain * RHO)) ** 2, 0, None)
    growth = np.exp(np.clip(2 * (eta * gain * RHO[:, None] - kappa) * times, -50, 50)) * 0.01
    return final[:, None] * growth / (1 + growth)


class Writer:
    """One result file being written. `axes`: name → (key, values, auxiliary columns)."""

    def __init__(self, path, axes, replicas, times, toml, engines):
        self.file = h5py.File(path, "w", libver=("earliest", "v110"))
        self.axes, self.sizes, self.auxiliary = axes, {name: len(values) for name, (_, values, _) in axes.items()}, {}
        for name, text in {"format": "aesweep", "sweep": toml, "git_commit": "0" * 40, "version": "0.1.0", "created": "2024-01-01T00:00:00Z"}.items():
            self.file.attrs.create(name, text, dtype=TEXT)
        self.file.attrs["format_version"] = 1
        for name, (key, values, columns) in axes.items():
            scale = self.scale(name, values)
            scale.attrs.create("key", key, dtype=TEXT)
            for column, (column_key, column_values) in columns.items():
                dataset = self.column(column, column_values)
                dataset.attrs.create("key", column_key, dtype=TEXT)
                dataset.dims[0].attach_scale(scale)
                self.auxiliary.setdefault(name, []).append(column)
        linked = [column for columns in self.auxiliary.values() for column in columns]
        if linked:
            self.file.attrs.create("coordinates", " ".join(linked), dtype=TEXT)
        self.scale("replica", np.arange(replicas))
        self.scale("component", np.arange(3))
        self.scale("time", times).attrs.create("units", "steps / D", dtype=TEXT)
        self.sizes.update(replica=replicas, component=3, time=len(times))
        self.engines = engines

    def column(self, name, values):
        if isinstance(values[0], str):
            return self.file.create_dataset(name, data=np.array(values, dtype=object), dtype=TEXT)
        return self.file.create_dataset(name, data=np.asarray(values))  # h5py stores bool as the enum FALSE, TRUE

    def scale(self, name, values):
        dataset = self.column(name, values)
        dataset.make_scale(name)
        return dataset

    def link(self, group, dim):
        for name in [dim, *self.auxiliary.get(dim, [])]:
            if name not in group:
                group[name] = self.file[name]

    def dataset(self, path, dims, dtype, fill, units=""):
        group = self.file.require_group(path.rsplit("/", 1)[0])
        dataset = self.file.create_dataset(path, shape=[self.sizes[d] for d in dims], dtype=dtype, fillvalue=fill)
        for i, dim in enumerate(dims):
            self.link(group, dim)
            dataset.dims[i].attach_scale(self.file[dim])
        extra = [name for dim in dims for name in self.auxiliary.get(dim, [])]
        if extra:
            dataset.attrs.create("coordinates", " ".join(extra), dtype=TEXT)
        if units:
            dataset.attrs.create("units", units, dtype=TEXT)
        if np.dtype(dtype) != bool and (np.isnan(fill) or fill < 0):
            dataset.attrs.create("_FillValue", fill, dtype=dtype)
        return dataset

    def layout(self):
        grid, nan = list(self.axes), np.nan
        rows = [*grid, "replica"]
        for name in ("chance", "pca_error", "denoising_error"):
            self.dataset(f"/reference/{name}", grid, "f8", nan)
        for engine in self.engines:
            self.dataset(f"/{engine}/pmse", [*rows, "time"], "f8", nan)
            self.dataset(f"/{engine}/explained", [*rows, "component", "time"], "f8", nan)
            self.dataset(f"/{engine}/learning_time", [*rows, "component"], "f8", nan, "steps / D")
            for name, dtype, fill in (("final_pmse", "f8", nan), ("excess", "f8", nan), ("learnt", "i2", -1), ("converged", bool, False),
                                      ("steps", "u8", 0), ("rank", "i4", -1), ("attempts", "i4", 0), ("checksum", "u8", 0), ("status", "u1", 0),
                                      ("instruction_set", "u1", 0)):
                self.dataset(f"/{engine}/{name}", rows, dtype, fill)
            self.dataset(f"/{engine}/seconds", rows, "f8", nan, "s")
            for name in ("success", "success_low", "success_high", "learnt_mean", "excess_mean", "excess_sem"):
                self.dataset(f"/phase/{engine}/{name}", grid, "f8", nan)
            self.dataset(f"/phase/{engine}/replicas", grid, "u8", 0)
        if "sgd" in self.engines and "ode" in self.engines:
            self.dataset("/sgd/theory_gap", rows, "f8", nan)
            self.dataset("/phase/theory_gap", grid, "f8", nan)
            self.dataset("/phase/theory_bias", grid, "f8", nan)


PLANE = {
    "learning_rate": ("training.learning_rate", np.geomspace(0.1, 10, 16), {}),
    "weight_decay": ("training.weight_decay", np.geomspace(0.02, 5, 16), {}),
    "activation": ("model.activation", ["linear", "erf"], {}),
}


def small_plane(n=5):
    return {name: (key, values if isinstance(values, list) else np.geomspace(values[0], values[-1], n), columns)
            for name, (key, values, columns) in PLANE.items()}


def write_sweep(path, axes=None, replicas=2, times=None, toml=TOML, engines=("ode", "sgd"), pending=(), diverged=(), excluded=(), phase=True):
    """A whole file. `pending`, `diverged`, `excluded`: indices of points; `phase`: False leaves /phase as it is while a run goes on."""
    axes = small_plane() if axes is None else axes
    times = np.concatenate([[0], np.geomspace(0.1, 200, 40)]) if times is None else times
    writer = Writer(path, axes, replicas, times, toml.format(replicas=replicas), engines)
    writer.layout()
    file, rng = writer.file, np.random.default_rng(11)
    for point in product(*(range(len(values)) for _, values, _ in axes.values())):
        at = {}
        for index, (key, values, columns) in zip(point, axes.values()):
            at.update({k: v[index] for k, v in columns.values()} or {key: values[index]})
        hidden = int(at.get("model.hidden", 3))
        best = CHANCE - RHO[:hidden].sum() / 2
        for name, level in (("chance", CHANCE), ("pca_error", best), ("denoising_error", best)):
            file[f"/reference/{name}"][point] = level
        exact = curves(at.get("training.learning_rate", 1.0), at.get("training.weight_decay", 0.1), at.get("model.activation", "linear"), times)
        exact[hidden:] = 0
        for engine in engines:
            _write_point(file, engine, point, exact, best, replicas, rng, phase,
                         0 if point in pending else 2 if point in diverged else 4 if point in excluded else 1)
    file.close()
    return path


def _write_point(file, engine, point, exact, best, replicas, rng, phase, status):
    group = file[engine]
    if status in (0, 4):
        group["status"][point] = status
        return
    learnt, excesses = [], []
    for replica in range(replicas):
        row = (*point, replica)
        noise = 0.012 if engine == "sgd" else 0.0
        explained = exact + noise * rng.standard_normal(exact.shape) * (exact > 1e-4)
        pmse = CHANCE - (RHO[:, None] * explained).sum(axis=0) / 2
        group["status"][row], group["seconds"][row], group["rank"][row], group["attempts"][row] = status, 0.25, replica % 2, 1
        if status == 2:
            continue
        group["pmse"][row], group["explained"][row], group["final_pmse"][row] = pmse, explained, pmse[-1]
        excesses.append((pmse[-1] - best) / (CHANCE - best))
        learnt.append(int((explained[:, -1] >= 0.5).sum()))
        group["excess"][row], group["learnt"][row], group["converged"][row] = excesses[-1], learnt[-1], True
        if "theory_gap" in group:
            group["theory_gap"][row] = np.abs(pmse - (CHANCE - (RHO[:, None] * exact).sum(axis=0) / 2)).max() / CHANCE
    if not phase:
        return
    summary = file[f"phase/{engine}"]
    summary["replicas"][point] = replicas
    summary["learnt_mean"][point] = sum(learnt) / replicas
    summary["success"][point] = np.sum(np.array(excesses) <= 0.1) / replicas
    if excesses:
        summary["excess_mean"][point] = np.mean(excesses)
        if "theory_gap" in group:
            file["phase/theory_gap"][point] = group["theory_gap"][point].mean()
