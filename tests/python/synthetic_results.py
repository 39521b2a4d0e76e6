"""Result files for any sweep file, laid out as the program lays them out and filled with curves of the right shape: what figures read, without a run."""
import itertools
import tomllib

import h5py
import numpy as np

TEXT = h5py.string_dtype("utf-8")
TIMED = ("pmse", "pmse_clean", "pmse_training")
EPSILONS = np.array([0.05, 0.1, 0.2, 0.5])
MATRICES = ("Q", "R", "T1", "T0", "Q_bulk", "R_bulk", "T1_bulk", "T0_bulk")


def plain_text(value):
    """A value as the program writes it in a linked axis' labels and in text columns."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(plain_text, value)) + "]"
    return f"{value:.12g}" if isinstance(value, (int, float)) else str(value)


def column(values):
    """How a key's values are stored along its axis."""
    if any(isinstance(value, (str, list)) for value in values) and "infinity" not in values:
        return np.array([plain_text(value) for value in values], dtype=object)
    return np.array([np.inf if value == "infinity" else value for value in values])


class Axis:
    def __init__(self, table):
        keys = table.get("keys") or [table["key"]]
        self.name = table.get("name") or keys[-1].rsplit(".", 1)[-1]
        if "range" in table:
            r = table["range"]
            spaced = np.geomspace if r.get("spacing") == "log" else np.linspace
            rows = [[value] for value in spaced(r["from"], r["to"], r["count"])]
        else:
            rows = [value if "keys" in table else [value] for value in table["values"]]
        self.columns = {key: [row[i] for row in rows] for i, key in enumerate(keys)}
        self.linked = "keys" in table
        self.key = ", ".join(keys)
        self.values = column([", ".join(plain_text(v) for v in row) for row in rows]) if self.linked else column([row[0] for row in rows])


def setting(config, point, key, default=None):
    """A key's value at a point (dict of moved keys), from the sweep file else."""
    if key in point:
        return point[key]
    table, name = key.split(".", 1)
    found = config.get(table, {})
    for part in name.split("."):
        found = found.get(part, default) if isinstance(found, dict) else default
    return found


def eigenvalues(config, point, count=600):
    if setting(config, point, "data.kind", "spiked") == "manifold":
        return np.array([0.5, 0.3, 0.2])
    if setting(config, point, "data.kind", "spiked") == "images":
        rho = 1 / np.arange(1, count + 1) ** 1.3
        return rho / rho.sum()
    spikes = setting(config, point, "data.spikes")
    if isinstance(spikes, dict):
        spikes = [float(setting(config, point, "data.spikes.first")) * float(setting(config, point, "data.spikes.ratio")) ** m
                  for m in range(int(setting(config, point, "data.spikes.count")))]
    dimension = float(str(setting(config, point, "data.dimension", 1000)).replace("infinity", "inf"))
    bulk = setting(config, point, "data.bulk", 1.0)
    return np.concatenate([np.array(spikes, float) + bulk / dimension, np.full(count, bulk / min(dimension, 1e4))])


class Result:
    """Builds one file."""

    def __init__(self, path, toml, replicas=2, times=40):
        self.config = tomllib.loads(toml)
        self.axes = [Axis(table) for table in self.config.get("axis", [])]
        self.lattice = []
        if "refine" in self.config:
            self._refine()
        self.rng = np.random.default_rng(3)
        self.engines = self.config["sweep"].get("engines", ["ode", "sgd"])
        self.record = self.config.get("record", {})
        self.points = [dict(item for part in parts for item in part.items()) for parts in itertools.product(*(self._rows(axis) for axis in self.axes))]
        self.hidden = [int(setting(self.config, point, "model.hidden", 1)) for point in self.points]
        kind = setting(self.config, {}, "data.kind", "spiked")
        spiked = kind == "spiked"
        modes = max(len(eigenvalues(self.config, point)) - 600 for point in self.points) if spiked else max(self.hidden)
        pixels = 3 if kind == "manifold" else 784 if not spiked else int(float(str(self.config["data"].get("dimension", 1000)).replace("infinity", "0")))
        horizon = self.config.get("training", {}).get("horizon", 100.0)
        moves = any("training.horizon" in axis.columns for axis in self.axes)
        self.sizes = {"replica": replicas, "time": times, "component": self.record.get("components", modes), "k": max(self.hidden), "l": max(self.hidden),
                      "coordinate": pixels, "sample": self.record.get("reconstruction", 0)}
        self.time = np.concatenate([[0], np.geomspace(self.record.get("first", 0.01), 1.0 if moves else horizon, times - 1)])
        with h5py.File(path, "w", libver=("earliest", "v110")) as self.file:
            self._root(toml)
            self._reference()
            for engine in self.engines:
                self._engine(engine)
            if self.lattice:
                self._refined()

    def _refine(self):
        """The refined axes become one of points: every 8th site of the lattice along each."""
        names, size = self.config["refine"]["axes"], self.config["refine"]["points"]
        self.lattice = [axis for axis in self.axes if axis.name in names]
        self.site = list(itertools.product(*(range(0, len(axis.values), 8) for axis in self.lattice)))
        self.site += [self.site[0]] * (size - len(self.site))
        point = Axis({"key": "refine.points", "name": "point", "values": list(range(size))})
        for axis in self.lattice:
            axis.key = next(iter(axis.columns))
            axis.values = column(axis.columns[axis.key])
        point.columns = {key: [values[site[a]] for site in self.site] for a, axis in enumerate(self.lattice) for key, values in axis.columns.items()}
        self.axes = [axis for axis in self.axes if axis.name not in names] + [point]

    def _refined(self):
        """/refined as if the boundary were the lattice's diagonal with a band of a step to either side, the same in every slice; one line in two dimensions, else a cloud."""
        others, lattice, size = [axis.name for axis in self.axes[:-1]], [axis.name for axis in self.lattice], self.sizes["point"]
        repeat = [self.sizes[name] for name in others]
        for axis in self.lattice:
            scale = self._scale(axis.name, axis.values)
            scale.attrs.create("key", axis.key, dtype=TEXT)
            scale.attrs.create("spacing", "log", dtype=TEXT)
            self.sizes[axis.name] = len(axis.values)
        self._scale("vertex", np.arange(size))
        shape = [self.sizes[name] for name in lattice]
        dense = 2 * np.indices(shape).sum(axis=0) // sum(shape)
        line = np.zeros(size, int) if len(lattice) == 2 else np.arange(size)
        tables = {"point": {"site": np.arange(size), "value": np.array([dense[site] for site in self.site], float)},
                  "boundary": {"line": np.where(np.arange(size) < 20, line, -1), "level": np.full(size, 0.5)}, "dense": {"value": dense}}
        for a, axis in enumerate(self.lattice):
            tables["point"][axis.name] = np.array([axis.values[site[a]] for site in self.site])
            last = len(axis.values) - 1
            for end, step in (("", 0), ("_low", -1), ("_high", 1)):
                tables["boundary"][axis.name + end] = np.resize(axis.values[np.clip(np.linspace(0, last, 20).astype(int) + step, 0, last)], size)
        for table, columns in tables.items():
            dims = others + {"point": ["point"], "boundary": ["vertex"], "dense": lattice}[table]
            group = self.file.create_group(f"refined/{table}")
            for name, values in columns.items():
                dataset = group.create_dataset(name, data=np.broadcast_to(values, (*repeat, *values.shape)))
                for i, dim in enumerate(dims):
                    if dim not in group:
                        group[dim] = self.file[dim]
                    dataset.dims[i].attach_scale(self.file[dim])

    def _rows(self, axis):
        return [dict(zip(axis.columns, row)) for row in zip(*axis.columns.values())]

    def _root(self, toml):
        attributes = {"format": "aesweep", "sweep": toml, "git_commit": "0" * 40, "version": "0.1.0", "sweep_directory": "."}
        auxiliary = [key.rsplit(".", 1)[-1] for axis in self.axes if axis.linked for key in axis.columns]
        if auxiliary:
            attributes["coordinates"] = " ".join(auxiliary)
        for name, text in attributes.items():
            self.file.attrs.create(name, text, dtype=TEXT)
        self.file.attrs["format_version"] = 1
        for axis in self.axes:
            self.sizes[axis.name] = len(axis.values)
            self._scale(axis.name, axis.values).attrs.create("key", axis.key, dtype=TEXT)
            for key, values in axis.columns.items() if axis.linked else ():
                dataset = self._stored(key.rsplit(".", 1)[-1], column(values))
                dataset.attrs.create("key", key, dtype=TEXT)
                dataset.dims[0].attach_scale(self.file[axis.name])
        for name in ("replica", "component", "k", "l", "coordinate"):
            self._scale(name, np.arange(self.sizes[name]))
        if "deep" in self.engines:
            self.sizes |= {"epsilon": 4, "quantile": 3}
            self._scale("epsilon", EPSILONS)
            self._scale("quantile", np.array([0.5, 0.9, 0.99]))
            self._scale("sample", np.arange(self.sizes["sample"]))
        self._scale("time", self.time).attrs.create("units", "steps / D", dtype=TEXT)

    def _stored(self, name, values):
        return self.file.create_dataset(name, data=values, dtype=TEXT if values.dtype == object else None)

    def _scale(self, name, values):
        dataset = self._stored(name, values)
        dataset.make_scale(name)
        return dataset

    def _write(self, path, dims, values):
        """values: shape (points, dims without the grid's)."""
        names = [axis.name for axis in self.axes] + list(dims)
        dataset = self.file.create_dataset(path, data=np.asarray(values).reshape([self.sizes[name] for name in names]))
        group = self.file[path.rsplit("/", 1)[0]]
        for i, name in enumerate(names):
            if name not in group:
                group[name] = self.file[name]
            dataset.dims[i].attach_scale(self.file[name])

    def _reference(self):
        rho = [eigenvalues(self.config, point) for point in self.points]
        self.rho = rho
        self.chance = np.array([r.sum() / 2 for r in rho])
        self.pca = self.chance - np.array([r[:hidden].sum() / 2 for r, hidden in zip(rho, self.hidden)])
        for name, values in (("chance", self.chance), ("pca_error", self.pca), ("denoising_error", self.pca)):
            self._write(f"/reference/{name}", (), values)
        if "deep" in self.engines:
            for name in ("reach", "bound"):
                self._write(f"/reference/{name}", (), np.array([float(self._is_torn(point)) for point in self.points]))

    def _is_torn(self, point):
        return setting(self.config, point, "data.manifold", "circle") not in ("arc", "disc")

    def _explained(self):
        """R²_m(t) = logistic in log t about the learning time 4/ρ̂_m; shape (points, replica, component, time)."""
        shape = (len(self.points), self.sizes["replica"], self.sizes["component"], len(self.time))
        out = np.zeros(shape)
        for i, (rho, hidden) in enumerate(zip(self.rho, self.hidden)):
            for m in range(min(hidden, shape[2])):
                jitter = np.exp(0.05 * self.rng.standard_normal(shape[1]))[:, None]
                out[i, :, m] = 0.97 / (1 + (4 / rho[m] / np.maximum(self.time, 1e-9) * jitter) ** 3)
        return out

    def _engine(self, engine):
        shape = (len(self.points), self.sizes["replica"])
        explained = self._explained()
        count = explained.shape[2]
        rho = np.array([r[:count] if len(r) >= count else np.pad(r, (0, count - len(r))) for r in self.rho])
        pmse = self.chance[:, None, None] - (rho[:, None, :, None] * explained).sum(axis=2) / 2
        self._write(f"/{engine}/status", ("replica",), np.ones(shape, np.uint8))
        self._write(f"/{engine}/seconds", ("replica",), np.full(shape, 0.1))
        self._write(f"/{engine}/final_pmse", ("replica",), pmse[..., -1])
        excess = self._deep(shape) if engine == "deep" else (pmse[..., -1] - self.pca[:, None]) / (self.chance - self.pca)[:, None]
        self._write(f"/{engine}/excess", ("replica",), excess)
        learnt = (explained[..., -1] >= 0.5).sum(axis=2)
        self._write(f"/{engine}/learnt", ("replica",), learnt.astype(np.int16))
        times = np.where(explained.max(axis=3) >= 0.5, 4 / np.maximum(rho, 1e-9)[:, None], np.nan) * (1 + 0.1 * self.rng.random(explained.shape[:3]))
        self._write(f"/{engine}/learning_time", ("replica", "component"), times)
        for name, values in (("learnt_mean", learnt.mean(axis=1)), ("excess_mean", excess.mean(axis=1)), ("success", (excess < 0.1).mean(axis=1))):
            self._write(f"/phase/{engine}/{name}", (), values)
        if engine == "sgd" and "ode" in self.engines:
            gap = 0.02 + 0.01 * self.rng.random(shape)
            self._write("/sgd/theory_gap", ("replica",), gap)
            self._write("/phase/theory_gap", (), gap.mean(axis=1))
        if self.record.get("trajectories", True):
            for name in TIMED:
                self._write(f"/{engine}/{name}", ("replica", "time"), pmse * (0.95 if name == "pmse_training" else 1))
            for name in ("explained", "explained_clean"):
                self._write(f"/{engine}/{name}", ("replica", "component", "time"), explained)
        if self.record.get("order_parameters"):
            for name in MATRICES:
                grown = np.broadcast_to(0.01 + explained.mean(axis=2)[..., None, None], (*shape, len(self.time), self.sizes["k"], self.sizes["k"]))
                self._write(f"/{engine}/{name}", ("replica", "time", "k", "l"), grown * {"Q": 1, "R": 2, "T1": 5}.get(name, 0.1))
        if self.record.get("weights") == "leading":
            self._leading(engine, explained, shape)
        if self.record.get("weights") == "final":
            for name in ("final_encoder", "final_decoder"):
                self._write(f"/{engine}/{name}", ("replica", "k", "coordinate"), self.rng.standard_normal((*shape, self.sizes["k"], self.sizes["coordinate"])))
            self._write(f"/{engine}/final_bias", ("replica", "k"), np.zeros((*shape, self.sizes["k"])))

    def _deep(self, shape):
        """Errors that fall like 1/steps but in tears of a fixed height, on circles one after another: a share that falls with the width."""
        steps = np.maximum(self.time, 1.0)
        width = np.array([float(setting(self.config, point, "model.width", 32)) for point in self.points])[:, None, None]
        jitter = np.exp(0.1 * self.rng.standard_normal((*shape, 1)))
        share = np.minimum(1.0, jitter * 8 / width * 30 / steps)[..., None] * (0.05 / EPSILONS)
        torn = np.array([self._is_torn(point) for point in self.points])[:, None, None]
        supremum = np.where(torn, 2.0, np.minimum(1.0, 20 / steps)) * jitter**0.1
        self._write("/deep/exceptional", ("replica", "time", "epsilon"), share)
        for name in ("pieces", "cuts"):
            self._write(f"/deep/{name}", ("replica", "time", "epsilon"), np.full(share.shape, 2, np.int32))
        self._write("/deep/supremum", ("replica", "time"), supremum)
        self._write("/deep/final_supremum", ("replica",), supremum[..., -1])
        if self.sizes["sample"]:
            turn = np.linspace(0, 2 * np.pi, self.sizes["sample"] // 2, endpoint=False)
            zero = np.zeros_like(turn)
            points = np.vstack([np.column_stack([np.cos(turn) - 0.5, np.sin(turn), zero]), np.column_stack([0.5 - np.cos(turn), zero, np.sin(turn)])])
            grown = 1 - 1 / (1 + steps / 20)
            self._write("/deep/original", ("replica", "sample", "coordinate"), np.broadcast_to(points, (*shape, *points.shape)))
            self._write("/deep/reconstruction", ("replica", "time", "sample", "coordinate"), np.broadcast_to(grown[:, None, None] * points, (*shape, len(steps), *points.shape)))
            latent = np.concatenate([turn, turn + 7])[:, None]
            self._write("/deep/latent", ("replica", "time", "sample", "k"), np.broadcast_to(latent, (*shape, len(steps), len(latent), self.sizes["k"])))
        return share[..., -1, 1]

    def _leading(self, engine, explained, shape):
        width, count, steps = self.sizes["k"], self.sizes["component"], len(self.time)
        rows = np.full((*shape, steps, width, count), 0.01)
        for k in range(min(width, count)):
            rows[..., k, k] = np.sqrt(explained[:, :, k] + 1e-4)
        root = np.sqrt(min(float(str(self.config["data"].get("dimension", 784)).replace("infinity", "1")), 1e4))
        self._write(f"/{engine}/encoder", ("replica", "time", "k", "component"), rows)
        self._write(f"/{engine}/decoder", ("replica", "time", "k", "component"), rows * root)
        for name, factor in (("encoder_norm", 1.1), ("decoder_norm", root * 1.1)):
            self._write(f"/{engine}/{name}", ("replica", "time", "k"), factor * np.linalg.norm(rows, axis=-1))
        self._write(f"/{engine}/bias", ("replica", "time", "k"), 2 + 0.2 * self.rng.random((*shape, steps, width)))


def write_result(path, toml, **options):
    Result(path, toml, **options)
    return path
