"""Which sweeps the figures and claims need, with what is changed in them for a quick and for a full replication: --set overrides, in one place.

    python3 -m aesweep_analysis.replication --quick sweeps      lines "path of the sweep file <tab> KEY=VALUE <tab> ..." for scripts/replicate.sh
"""
import argparse
import json
import sys
import tomllib
from pathlib import Path

from .claims import CLAIMS
from .figures import FIGURES
from .open import SweepError

QUICK, FULL = "quick", "full"

# Replicas, at least: what has no spread over replicas has no error bar. Sweeps that draw nothing at random, and the atlas, keep their own.
REPLICAS = {QUICK: 4, FULL: 32}
ON_IMAGES = {QUICK: 3, FULL: 16}
MORE = {QUICK: {"a01-theory-predicts-sgd": 64, "rg24-02-one-component-after-another": 16, "truncated": 16, "rg24-10-three-starts": 16, "fashion-mnist": 6},
        FULL: {"a01-theory-predicts-sgd": 256, "a03-plateau-length": 64, "rg24-02-one-component-after-another": 64, "truncated": 64, "rg24-10-three-starts": 64}}
DETERMINISTIC = {"pkk18-01-closed-forms", "pkk18-02-noise-and-its-decay", "pkk18-03-two-optimal-rates", "rg24-03b-power-laws-of-the-weights"}
ONCE = {QUICK: {"quickstart", "rg24-08-many-units-on-images", "rg24-01a-synthetic-spectrum", "rg24-01b-image-spectrum"}, FULL: set()}  # drawn, or mapped, without error bars

# Besides replicas; the atlas' own as well. The values of an axis can't be overridden: for finer grids edit the sweep and `aesweep extend` its result.
CHANGES = {QUICK: {}, FULL: {
    "frozen-bulk-and-decay": {"sweep.replicas": 32},
    "generalisation-gap": {"sweep.replicas": 8},
    "latent-and-activation": {"model.hidden": 2, "data.spikes": [1.0, 0.5]},
    "noise-and-decay": {"sweep.engines": ["ode", "sgd"]},
    "plateaus-over-starts": {"sweep.replicas": 1000},
    "rate-over-dimension": {"sweep.replicas": 64},
    "theory-gap": {"sweep.replicas": 32},
    "times-and-gaps": {"sweep.replicas": 32},
    "tying-activation-bias": {"sweep.replicas": 16, "training.horizon": 1000.0},
    "width-and-components": {"sweep.replicas": 16},
    "rg24-05b-first-neurons-of-many": {"training.horizon": 300.0},
    "rg24-07-standard-scaling": {"training.horizon": 40000.0},
    "pkk18-06-relu-networks-with-noise": {"training.horizon": 400.0},
    "fashion-mnist": {"training.horizon": 150.0},
}}


def sweep_file(folder, stem):
    """The one file STEM.toml anywhere under the folder of sweeps. @raises SweepError if there is none."""
    found = sorted(Path(folder).rglob(f"{stem}.toml"))
    if not found:
        raise SweepError(f"no {stem}.toml under {folder}")
    return found[0]


def stems():
    """Stems of all sweeps that a claim or a figure needs: the claims' first, in their order."""
    named = [stem for claim in CLAIMS.values() for stem in claim.sweeps]
    return list(dict.fromkeys([*named, *(Path(path).stem for figure in FIGURES.values() for path in figure.sweeps)]))


def overrides(path, depth):
    """KEY → VALUE for a sweep file at a depth of replication, QUICK or FULL."""
    config, stem = tomllib.loads(Path(path).read_text(encoding="utf-8")), Path(path).stem
    own = config["sweep"].get("replicas", 1)
    keeps = stem in DETERMINISTIC or stem in ONCE[depth] or Path(path).parent.name == "atlas" or isinstance(own, dict)
    least = ON_IMAGES if config["data"].get("kind") == "images" else REPLICAS
    replicas = own if keeps else max(own, least[depth], MORE[depth].get(stem, 0))
    return {**({"sweep.replicas": replicas} if replicas != own else {}), **CHANGES[depth].get(stem, {})}


def missing_data(path):
    """Files that a sweep reads and that are not there."""
    files = tomllib.loads(Path(path).read_text(encoding="utf-8"))["data"].get("files", [])
    return [name for name in files if not Path(path).parent.joinpath(name).exists()]


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python3 -m aesweep_analysis.replication", description="Lists the sweeps of a replication with their overrides.")
    depth = parser.add_mutually_exclusive_group(required=True)
    depth.add_argument("--quick", dest="depth", action="store_const", const=QUICK)
    depth.add_argument("--full", dest="depth", action="store_const", const=FULL)
    parser.add_argument("folder", type=Path, help="the folder of sweeps")
    arguments = parser.parse_args(argv)
    for stem in stems():
        path = sweep_file(arguments.folder, stem)
        absent = missing_data(path)
        if absent:
            print(f"replicate: {stem} is left out: no {absent[0]}", file=sys.stderr)
            continue
        print(path, *(f"{key}={json.dumps(value)}" for key, value in overrides(path, arguments.depth).items()), sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main())
