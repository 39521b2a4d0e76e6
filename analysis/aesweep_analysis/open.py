"""A result file as labelled, lazy xarray Datasets, one a group."""
import copy
import os
import tomllib
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")  # read by HDF5 when it is loaded: a run may be writing the file

import h5py  # noqa: E402
import numpy as np  # noqa: E402
import xarray  # noqa: E402

ENGINES = ("ode", "sgd", "exact", "descent", "deep")
STATUS = ("pending", "done", "diverged", "failed", "excluded", "not needed")
DONE, DIVERGED = 1, 2
FORMAT_VERSION = 1  # of the layout that is read here


class SweepError(Exception):
    """A fault that the user can mend; its text names what is allowed."""


def guess_scale(values):
    """"log" if the values' ratios are more uniform than their differences, else "linear".

    "categorical" if they have no place on either: text, booleans, infinities, or a zero before values that span decades.
    """
    values = np.asarray(values)
    if values.dtype.kind not in "iuf" or not np.isfinite(values).all() or len(np.unique(values)) < len(values):
        return "categorical"
    values = np.sort(values.astype(float))
    if len(values) == 1:
        return "linear"
    steps = np.diff(values)
    if values[0] <= 0:
        return "categorical" if len(steps) > 1 and steps.max() > 100 * steps.min() else "linear"
    ratios = np.diff(np.log(values))
    if len(values) == 2:
        return "log" if values[1] >= 10 * values[0] else "linear"
    return "log" if ratios.std() / ratios.mean() < steps.std() / steps.mean() else "linear"


def text_of(value):
    """A value as people read it: 0.1, erf, true."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    return f"{value:.6g}" if isinstance(value, (int, float, np.number)) else str(value)


@dataclass(frozen=True)
class Axis:
    """One axis of the grid. `columns` maps each key of the sweep file that it moves to its values along the axis."""

    name: str
    key: str
    values: np.ndarray  # shape (n,)
    scale: str          # "log", "linear" or "categorical"
    columns: dict

    def __len__(self):
        return len(self.values)

    @property
    def numeric(self):
        return self.scale != "categorical"

    @property
    def labels(self):
        return [text_of(value) for value in self.values]

    @property
    def shown(self):
        """Labels for pictures: numbers rounded to 3 digits, integers whole."""
        rounded = self.numeric and self.values.dtype.kind == "f"
        return [f"{float(f'{value:.3g}'):.10g}" for value in self.values] if rounded else self.labels

    @property
    def positions(self):
        """Where the values lie on a plot, shape (n,): themselves, or 0, 1, 2, ... for categories."""
        return self.values.astype(float) if self.numeric else np.arange(len(self), dtype=float)

    @property
    def edges(self):
        """Borders of the cells around the positions, shape (n + 1,): midway, geometrically so on a log axis."""
        centres = np.log(self.positions) if self.scale == "log" else self.positions
        if len(centres) == 1:
            return self.positions[0] + np.array([-0.5, 0.5])
        middle = (centres[1:] + centres[:-1]) / 2
        edges = np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])
        return np.exp(edges) if self.scale == "log" else edges

    def index(self, value):
        """Index of a value: of a label exactly, of a number the nearest one within the axis' range."""
        if text_of(value) in self.labels:
            return self.labels.index(text_of(value))
        try:
            number = float(value)
            if self.numeric and self.values.min() <= number <= self.values.max():
                return int(np.argmin(np.abs(self.values - number)))
        except ValueError:
            pass
        raise SweepError(f"axis {self.name} has no value {text_of(value)}; it has {', '.join(self.labels)}")


class Sweep:
    """A result file. `attributes` holds its root attributes, `config` the sweep file in them, `axes` name → Axis in the grid's order."""

    def __init__(self, path):
        self.path = Path(path)
        try:
            with h5py.File(self.path, "r") as file:
                self.attributes = dict(file.attrs)
                self.engines = [engine for engine in ENGINES if engine in file]
        except OSError as error:
            reason = "no such file" if not self.path.exists() else f"cannot be opened as HDF5 ({error})"
            raise SweepError(f"{path}: {reason}") from None
        if self.attributes.get("format") != "aesweep" or not self.engines:
            raise SweepError(f"{path}: not a result file of aesweep")
        version = int(self.attributes.get("format_version", 0))
        if version != FORMAT_VERSION:
            raise SweepError(f"{path}: layout of version {version}, written by aesweep {self.attributes.get('version', '?')}; this package reads version {FORMAT_VERSION}")
        self._datasets = {}
        self.config = tomllib.loads(self.attributes["sweep"])
        status = self.dataset(self.engines[0]).status
        self.axes = {name: self._axis(name) for name in status.dims if name != "replica"}

    def _axis(self, name):
        root = self.dataset("")
        scale = root[name]
        key = scale.attrs.get("key", name)
        linked = {v.attrs["key"]: v.values for other, v in root.variables.items() if other != name and v.dims == (name,) and "key" in v.attrs}
        columns = linked or {key: scale.values}
        spacing = "log" if scale.attrs.get("spacing") == "log" else guess_scale(scale.values)
        return Axis(name, key, scale.values, spacing, columns)

    def lattice_axis(self, name):
        """An axis that a refined sweep refines, with all values of its finest cells."""
        return self._axis(name)

    def dataset(self, group):
        """The Dataset of any group of the file, "" for its root; opened once, read when its values are used."""
        if group not in self._datasets:
            try:
                self._datasets[group] = xarray.open_dataset(self.path, engine="h5netcdf", group=group or None, decode_times=False)
            except OSError:
                raise SweepError(f"{self.path}: no group /{group}; its engines are {', '.join(self.engines)}") from None
        return self._datasets[group]

    @property
    def ode(self):
        return self.dataset("ode")

    @property
    def sgd(self):
        return self.dataset("sgd")

    @property
    def exact(self):
        return self.dataset("exact")

    @property
    def descent(self):
        return self.dataset("descent")

    @property
    def deep(self):
        return self.dataset("deep")

    @property
    def reference(self):
        return self.dataset("reference")

    @cached_property
    def phase(self):
        """engine → Dataset of its summaries; "" → what compares the engines (theory_gap, theory_bias)."""
        return {engine: self.dataset(f"phase/{engine}".rstrip("/")) for engine in [*self.engines, ""]}

    @property
    def seconds(self):
        """engine → time spent on its rows, in seconds."""
        return {engine: float(self.dataset(engine).seconds.sum()) for engine in self.engines}

    @property
    def name(self):
        return self.config.get("sweep", {}).get("name", self.path.stem)

    def option(self, section, key, default):
        return self.config.get(section, {}).get(key, default)

    def close(self):
        for dataset in self._datasets.values():
            dataset.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def axis(self, name):
        if name not in self.axes:
            raise SweepError(f"no axis {name}; the axes are {', '.join(self.axes) or '(none)'}")
        return self.axes[name]

    def engine(self, name):
        if name not in self.engines:
            raise SweepError(f"no engine {name} in {self.path.name}; its engines are {', '.join(self.engines)}")
        return name

    def value_names(self, engine):
        """What `value` can give for an engine: summaries, and what is stored of each replica."""
        shared = list(self.phase[""].data_vars) if engine == "sgd" else []
        rows = self.dataset(engine)
        bookkeeping = ("checksum", "rank", "status", "instruction_set")
        long = {"time", "k", "coordinate", "sample"}  # trajectories and weights: no one number a point
        plain = [name for name, v in rows.data_vars.items() if not long & set(v.dims) and "replica" in v.dims and name not in bookkeeping]
        return list(dict.fromkeys([*self.phase[engine].data_vars, *shared, *plain]))

    def value(self, engine, name):
        """A quantity over the grid, shape (axes...) or (axes..., component), NaN where there is none yet.

        Summaries are those of /phase, completed from the rows (a run writes /phase at its end); stored quantities are
        averaged over the replicas that are done.
        """
        if name not in self.value_names(self.engine(engine)):
            raise SweepError(f"no value {name} of {engine}; there are {', '.join(self.value_names(engine))}")
        stored = self.phase[engine].get(name, self.phase[""].get(name))
        if stored is None:
            return self._done(engine, name).mean("replica")
        stored = stored.astype(float)
        return stored.fillna(self._summary(engine, name)) if bool(stored.isnull().any()) else stored

    def _done(self, engine, name):
        rows = self.dataset(engine)
        return rows[name].astype(float).where(rows.status == DONE)

    def _summary(self, engine, name):
        rows = self.dataset(engine)
        judged = rows.status.isin([DONE, DIVERGED]).sum("replica").astype(float)
        judged = judged.where(judged > 0)
        if name == "learnt_mean":
            return self._done(engine, "learnt").sum("replica") / judged
        if name == "success":
            return (self._done(engine, "excess") <= self.option("outcome", "success_excess", 0.1)).sum("replica") / judged
        if name in ("excess_mean", "theory_gap"):
            return self._done(engine, name.removesuffix("_mean")).mean("replica")
        return np.nan

    def point(self, at=None, free=()):
        """Axis → index for every axis but those in `free`: the values in `at`, else the axis' first."""
        for name in at or {}:
            self.axis(name)
        return {name: axis.index(at[name]) if name in (at or {}) else 0 for name, axis in self.axes.items() if name not in free}

    def point_config(self, point):
        """The sweep file's tables as they are at a point (axis → index)."""
        config = copy.deepcopy(self.config)
        for name, index in point.items():
            for key, values in self.axes[name].columns.items():
                *tables, last = key.split(".")
                table = config
                for part in tables:
                    table = table.setdefault(part, {})
                table[last] = _plain(values[index])
        return config

    def points(self, names):
        """All points of the sub-grid that the axes `names` span: dicts axis → index, the last one fastest."""
        return [dict(zip(names, indices)) for indices in product(*(range(len(self.axis(name))) for name in names))]


def _plain(value):
    if isinstance(value, str) and value[:1] in ("[", "{"):  # an axis over lists or tables holds their TOML text
        return tomllib.loads(f"value = {value}")["value"]
    return value.item() if isinstance(value, np.generic) else value


def open_sweep(path):
    """Opens a result file. @raises SweepError in one line if there is none or it is not aesweep's."""
    return Sweep(path)
