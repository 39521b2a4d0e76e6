#!/usr/bin/env python3
"""aesweep beside what would be used instead, as one table of ratios (docs/performance.md). Called by scripts/bench.sh, which builds what it runs:

    bench/compare.py build/bench                  everything, about half an hour
    bench/compare.py build/bench --quick          fewer sizes, rounds and steps
    bench/compare.py build/bench --only sgd gram  some of: sgd, gram, flow, deep, kernels
    bench/compare.py build/bench --write docs/performance.md    also puts the tables between the marks in that file

A ratio is theirs over ours: the median over rounds, and its range. In a round all contestants run one after another, on one core. Times are CPU
seconds, which on an idle core are wall seconds; ours are of the whole program, start and result file included, theirs of the computation alone.
"""
import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import roofline

PEERS = Path(__file__).resolve().parent / "peers"
REPLICAS = 64
HORIZON_OF_FLOW = 50.0
BEGIN, END = "<!-- begin: scripts/bench.sh --write -->", "<!-- end -->"
PARTS = ("sgd", "gram", "flow", "deep", "kernels")
VERSIONS = {}  # of the libraries that peers use

# Kernels and their baselines in one run of a Google Benchmark program: program, ours, baseline, and by how much ours must be faster on each
# instruction set.
V3, V4 = "x86-64-v3", "x86-64-v4"
KERNELS = (
    ("random", "normals/ours", "normals/standard_library", {}),
    ("random", "normals/ours", "normals/random123_scalar", {}),
    ("sgd", "sgd/blocked/D:500/K:2", "sgd/careful_eigen/D:500/K:2", {V4: 5.5, V3: 5.5}),
    ("sgd", "sgd/blocked/D:1000/K:3", "sgd/careful_eigen/D:1000/K:3", {V4: 5.5, V3: 5.5}),
    ("sgd", "sgd/blocked/D:1000/K:8", "sgd/careful_eigen/D:1000/K:8", {V4: 4.0, V3: 4.0}),
    ("sgd", "sgd/blocked/D:1024/K:64", "sgd/careful_eigen/D:1024/K:64", {V4: 2.3, V3: 1.9}),
    ("gram", "BM_Gram/1/1/3/0", "BM_ScalarEigen/1/1", {}),
    ("gram", "BM_Gram/3/3/3/0", "BM_ScalarEigen/3/3", {}),
    ("gram", "BM_Gram/3/8/3/0", "BM_ScalarEigen/3/8", {}),
    ("gram", "BM_Gram/10/16/3/0", "BM_ScalarEigen/10/16", {}),
    ("flow", "steps_flow/K:3/n:9", "steps_eigen<PlainEigen>/K:3/n:9", {V4: 2.2, V3: 2.2}),
    ("flow", "rhs_flow/K:4/n:1024", "rhs_eigen<CarefulEigen>/K:4/n:1024", {V4: 3.5, V3: 2.0}),
    ("flow", "rhs_flow/K:64/n:1024", "rhs_eigen<CarefulEigen>/K:64/n:1024", {V4: 1 / 0.75, V3: 1 / 0.75}),
    ("deep", "deep_step/networks:1/width:128/single:1", "deep_eigen/networks:1/width:128", {}),
    ("deep", "deep_step/networks:16/width:32/single:1", "deep_eigen/networks:16/width:32", {}),
)

# Nanoseconds per step and replica that were aimed at for the Gram process, on a core with the multiply-adds a second of roofline.PEAK: compared with
# what they are at the clock of the moment, by multiply-adds in the same run.
CORE = "multiply_adds"
GRAM_TARGETS = {"BM_Gram/1/1/3/0": {V4: 20, V3: 30}, "BM_Gram/3/3/3/0": {V4: 45, V3: 75}, "BM_Gram/3/8/3/0": {V4: 150, V3: 250},
                "BM_Gram/10/16/3/0": {V4: 800, V3: 950}}


@dataclass
class Measured:
    """One line of the table."""

    what: str
    level: str
    baseline: str
    ours: list
    theirs: list
    target: float | None = None
    at_most: bool = False  # the ratio's target is a limit from above
    ratios: list = field(init=False)

    def __post_init__(self):
        self.ratios = [theirs / ours for ours, theirs in zip(self.ours, self.theirs)]

    def ratio(self):
        return statistics.median(self.ratios)

    def verdict(self):
        if self.target is None:
            return "", ""
        passed = self.ratio() <= self.target if self.at_most else self.ratio() >= self.target
        return f"{'≤' if self.at_most else '≥'} {self.target:.3g}", "pass" if passed else "FAIL"

    def line(self):
        target, verdict = self.verdict()
        ours, theirs = seconds(statistics.median(self.ours)), seconds(statistics.median(self.theirs))
        return (f"| {self.what} | {self.level} | {ours} | {self.baseline} | {theirs} "
                f"| **{self.ratio():.3g}** ({min(self.ratios):.3g} to {max(self.ratios):.3g}) | {target} | {verdict} |")


def seconds(value):
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * factor >= 1.0:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


class Program:
    """The program under test, at work in a folder of its own."""

    busiest = 1.0  # largest wall over CPU time of a run

    def __init__(self, path, folder):
        self.path, self.folder = Path(path).resolve(), Path(folder)

    def levels(self):
        """Instruction sets that it can run here, ascending."""
        text = subprocess.run([self.path, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[1]
        built, chosen = text.removeprefix("instruction sets: ").split("; chosen here: ")
        return built.split(", ")[:built.split(", ").index(chosen) + 1]

    def run(self, sweep, level, *options):
        """CPU seconds of `aesweep run`; the result is in result.h5."""
        (self.folder / "sweep.toml").write_text(sweep)
        (self.folder / "result.h5").unlink(missing_ok=True)
        command = [self.path, "run", "sweep.toml", "-o", "result.h5", "--quiet", "--instruction-set", level, *options]
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=self.folder)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        if process.returncode != 0:
            raise RuntimeError(f"aesweep ended with {process.returncode} on\n{sweep}")
        cpu = usage.ru_utime + usage.ru_stime
        Program.busiest = max(Program.busiest, wall / cpu)
        return cpu

    def final_errors(self, engine):
        import h5py

        with h5py.File(self.folder / "result.h5", "r") as file:
            return file[f"{engine}/final_pmse"][...]


def sweep_of(dimension, hidden, horizon, replicas, engine, extra=""):
    return f"""[sweep]
name = "bench"
engines = ["{engine}"]
replicas = {replicas}
[data]
dimension = {dimension}
spikes = [2.0, 1.0, 0.5]
[model]
hidden = {hidden}
[training]
horizon = {horizon!r}
{extra}
[record]
count = 1
spacing = "linear"
"""


def sgd_seconds(program, level, method, dimension, hidden, steps):
    """Per step and replica."""
    sweep = sweep_of(dimension, hidden, steps / dimension, REPLICAS, "sgd", f'sgd_method = "{method}"')
    return program.run(sweep, level) / (steps * REPLICAS)


def flow_seconds(program, level, dimension, hidden, replicas, tolerance):
    """Per replica."""
    return program.run(sweep_of(dimension, hidden, HORIZON_OF_FLOW, replicas, "ode", solver(tolerance)), level) / replicas


def solver(tolerance):
    return f"[solver]\nrelative_tolerance = {tolerance!r}\nabsolute_tolerance = {0.01 * tolerance!r}"


def peer(script, *arguments):
    """What a peer says, or None if it lacks a library."""
    text = subprocess.run([sys.executable, "-B", PEERS / script, *map(str, arguments)], check=True, capture_output=True, text=True).stdout
    said = json.loads(text.splitlines()[-1])
    if "missing" in said:
        print(f"bench: {script} is left out: there is no {said['missing']}", file=sys.stderr)
        return None
    VERSIONS.update((name, said[name]) for name in ("numpy", "scipy", "torch", "blas") if name in said)
    return said


def fastest_precision(said):
    return min(("float32", "float64"), key=lambda precision: said[precision]["ns"])


def compare_sgd(program, levels, options):
    """A step of one of 64 replicas: vector SGD and the Gram process against NumPy and PyTorch in their fastest precision."""
    # These use whatever instructions there are: targets are those of the set that the program chooses.
    steps = {(1000, 3): {"vector": 48000, "gram": 500000}, (1000, 8): {"vector": 16000, "gram": 150000}, (1024, 64): {"vector": 3000, "gram": 3000}}
    sizes = [(1000, 3)] if options.quick else list(steps)
    rows = []
    for dimension, hidden in sizes:
        least = {"vector": 6.0, "gram": 200.0} if (dimension, hidden) == (1000, 3) else {}
        ours = {(method, level): [] for method in ("vector", "gram") for level in levels}
        theirs = {}
        for _ in range(options.rounds):
            for (method, level), times in ours.items():
                times.append(sgd_seconds(program, level, method, dimension, hidden, steps[dimension, hidden][method]))
            for name, script in (("NumPy", "numpy_sgd.py"), ("PyTorch", "torch_sgd.py")):
                if said := peer(script, dimension, hidden, REPLICAS, "--seconds", 0.5 if options.quick else 1.0):
                    precision = fastest_precision(said)
                    times, methods = theirs.setdefault(name, ([], set()))
                    times.append(1e-9 * said[precision]["ns"])
                    methods.add(f"{precision}, {said[precision]['method']}")
        for (method, level), times in ours.items():
            for name, (baseline, methods) in theirs.items():
                described = f"{name} ({'; '.join(sorted(methods))})"
                rows.append(Measured(f"SGD ({dimension}, {hidden}), {method}", level, described, times, baseline, least.get(method) if level == levels[-1] else None))
    return rows


def compare_gram(program, levels, options):
    """Whether a step of the Gram process costs the same in any dimension."""
    dimensions, steps = (10**3, 10**5, 10**7, 10**9), 500000
    cost = {(level, dimension): [] for level in levels for dimension in dimensions}
    for _ in range(options.rounds):
        for level in levels:
            for dimension in dimensions:
                cost[level, dimension].append(sgd_seconds(program, level, "gram", dimension, 3, steps))
    return [Measured("SGD (1000, 3), gram", level, f"itself at D = {dimension:.0e}", cost[level, 10**3], cost[level, dimension], 1.1, True)
            for level in levels for dimension in dimensions[1:]]


class Accuracy:
    """The error of the flow's final pmse against an integration at 1e-12, from one start for both programs."""

    def __init__(self, program, dimension, hidden):
        self.program, self.dimension, self.hidden = program, dimension, hidden
        self.start = self.write_start()
        self.exact = peer("scipy_flow.py", dimension, hidden, "--start", self.start, "--rtol", 1e-12, "--atol", 1e-14, "--methods", "DOP853",
                          "--repeats", 1)["pmse"]

    def write_start(self):
        import h5py
        import numpy as np

        rng = np.random.default_rng(3)
        path = self.program.folder / "start.h5"
        with h5py.File(path, "w") as file:
            for name in ("encoder", "decoder"):
                file[name] = 0.1 * rng.standard_normal((self.hidden, self.dimension))
        return path

    def of_scipy(self, said):
        return abs(said["pmse"] - self.exact)

    def of_ours(self, level, tolerance):
        extra = solver(tolerance) + '\n[initial]\nkind = "file"\nfile = "start.h5"'
        self.program.run(sweep_of(self.dimension, self.hidden, HORIZON_OF_FLOW, 1, "ode", extra), level)
        return abs(float(self.program.final_errors("ode").ravel()[0]) - self.exact)

    def tolerance_of_ours(self, level, error):
        """The loosest tolerance at which ours is at least as accurate."""
        for exponent in (6, 7, 8, 9, 10, 11, 12):
            if self.of_ours(level, 10.0**-exponent) <= error:
                return 10.0**-exponent
        raise RuntimeError(f"no tolerance of ours reaches SciPy's error of {error:.1e}")


def compare_flow(program, levels, options):
    """50 units of time of the flow against SciPy, at equal accuracy."""
    rows = []
    for dimension, hidden, replicas, least in ((1000, 3, 4000, 50.0), (1024, 64, 30, 4.0)):
        accuracy = Accuracy(program, dimension, hidden)
        arguments = ("scipy_flow.py", dimension, hidden, "--start", accuracy.start)
        error = accuracy.of_scipy(peer(*arguments, "--repeats", 1))
        tolerances = {level: accuracy.tolerance_of_ours(level, error) for level in levels}
        ours, theirs, methods = {level: [] for level in levels}, [], set()
        for _ in range(options.rounds):
            said = peer(*arguments, "--repeats", 1 if options.quick else 3)
            theirs.append(said["seconds"])
            methods.add(said["fastest"])
            for level in levels:
                ours[level].append(flow_seconds(program, level, dimension, hidden, replicas, tolerances[level]))
        for level in levels:
            mine = accuracy.of_ours(level, tolerances[level])
            baseline = f"SciPy ({', '.join(sorted(methods))}, rtol 1e-8, error {error:.0e}; ours {tolerances[level]:.0e}, error {mine:.0e})"
            rows.append(Measured(f"flow ({dimension}, {hidden}), 50 units of time", level, baseline, ours[level], theirs, least))
    return rows


def compare_deep(program, levels, options):
    """A training step of deep autoencoders, 3-w-w-1-w-w-3 in float32 with batches of 128, against PyTorch: of one network, and of sixteen together."""
    rows = []
    for width, networks, least in ((128, 1, 2.0), (32, 16, 4.0)):
        name = f"deep_step/networks:{networks}/width:{width}/single:1"
        ours, theirs, methods = {level: [] for level in levels}, [], set()
        for _ in range(options.rounds):
            if said := peer("torch_deep.py", width, networks, "--seconds", 0.5 if options.quick else 1.0):
                theirs.append(said["seconds"])
                methods.add(said["method"])
            for level, times in ours.items():
                times += kernel_times(options.build / "bench" / f"bench_deep_{level}", {name}, options, repetitions=1)[name]
        if theirs:
            rows += [Measured(f"deep, {networks} of width {width}", level, f"PyTorch ({'; '.join(sorted(methods))})", times, theirs, least)
                     for level, times in ours.items()]
    return rows


def kernel_times(program, names, options, repetitions=None):
    """Seconds per item of benchmarks of a program, one number a repetition."""
    repetitions = repetitions or (3 if options.quick else 9)
    command = [program, "--benchmark_format=json", f"--benchmark_repetitions={repetitions}", "--benchmark_enable_random_interleaving=true",
               f"--benchmark_min_time={0.02 if options.quick else 0.1}", f"--benchmark_filter=^({'|'.join(map(re.escape, names))})$"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    times = {}
    for run in report["benchmarks"]:
        if run["run_type"] == "iteration":
            unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[run["time_unit"]]
            per_item = 1.0 / run["items_per_second"] if "items_per_second" in run else run.get("per_step", run.get("step", run["cpu_time"] * unit))
            times.setdefault(run["run_name"], []).append(per_item)
    if unknown := set(names) - set(times):
        raise RuntimeError(f"{program} has no benchmark {', '.join(sorted(unknown))}")
    return times


def compare_kernels(build, levels, options):
    """Kernels against careful code, by Google Benchmark."""
    names = {}
    for program, ours, baseline, _ in KERNELS:
        names.setdefault(program, set()).update((ours, baseline))
    names["gram"].add(CORE)
    rows = []
    for level in levels:
        times = {}
        for program, wanted in names.items():
            times.update(kernel_times(build / "bench" / f"bench_{program}_{level}", wanted, options))
        for _, ours, baseline, targets in KERNELS:
            rows.append(Measured(ours, level, baseline, times[ours], times[baseline], targets.get(level)))
        if level in roofline.PEAK:
            slower = [roofline.PEAK[level] * seconds_each for seconds_each in times[CORE]]
            for ours, targets in GRAM_TARGETS.items():
                aim = f"{targets[level]} ns on a core of {1e-9 * roofline.PEAK[level]:.0f} GFLOP/s"
                rows.append(Measured(ours, level, aim, times[ours], [1e-9 * targets[level] * factor for factor in slower], 1.0))
    return rows


def describe_machine(build):
    """What the figures hang on, as lines of text."""
    cpu = json.loads(subprocess.run(["lscpu", "--json"], capture_output=True, text=True, check=True).stdout)["lscpu"]
    entries = {}

    def collect(items):
        for item in items:
            entries[item["field"].rstrip(":")] = item["data"]
            collect(item.get("children", []))

    collect(cpu)
    cache = {line.split(":", 1)[0]: line.split("=", 1)[1].strip() for line in (build / "CMakeCache.txt").read_text().splitlines() if "=" in line}
    compiler = subprocess.run([cache["CMAKE_CXX_COMPILER"], "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    caches = ", ".join(f"{name} {entries[name + ' cache']}" for name in ("L1d", "L2", "L3") if name + " cache" in entries)
    model = f"{entries.get('Model name', platform.processor())} (family {entries.get('CPU family')}, model {entries.get('Model')})"
    return [f"{datetime.date.today()}, {model}, {os.cpu_count()} cores; caches of all cores: {caches}", f"{compiler}, build type {cache['CMAKE_BUILD_TYPE']}",
            ", ".join(f"{name} {version}" for name, version in VERSIONS.items()),
            "`" + " ".join(["bench/compare.py", *sys.argv[1:]]) + "`"]


def report(rows, build):
    """Everything that is printed, as Markdown."""
    text = [line + "  " for line in describe_machine(build) if line]
    text += [f"Largest wall over CPU time of a run of ours: {Program.busiest:.2f}", ""]
    text += ["| what | instruction set | ours | baseline | theirs | theirs / ours (range) | target | |\n|---|---|---|---|---|---|---|---|"]
    text += [row.line() for row in rows]
    missed = [row.what for row in rows if row.verdict()[1] == "FAIL"]
    text += ["", f"{len(missed)} of {sum(row.target is not None for row in rows)} targets missed."]
    kernels = [(row.what, row.level, min(row.ours)) for row in rows if row.what in roofline.WORK]
    if kernels:
        text += ["", *roofline.lines(kernels, seconds)]
    return "\n".join(text) + "\n", missed


def put_between_marks(path, text):
    before, rest = path.read_text().split(BEGIN, 1)
    path.write_text(before + BEGIN + "\n" + text + END + rest.split(END, 1)[1])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="build folder with the program and its benchmarks")
    parser.add_argument("--quick", action="store_true", help="fewer sizes, rounds and steps")
    parser.add_argument("--rounds", type=int, help="default 5, quick 3")
    parser.add_argument("--levels", nargs="+", help="instruction sets; default: x86-64-v3 and what the program chooses, quick: the latter alone")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--write", type=Path, help="a file that gets the tables as well, between its marks")
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 5)
    return options


def main():
    options = arguments()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the children's as well
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        program = Program(options.build / "aesweep", folder)
        here = program.levels()
        levels = options.levels or [level for level in here if level == here[-1] or (level == V3 and not options.quick)]
        for part, measure in (("sgd", compare_sgd), ("gram", compare_gram), ("flow", compare_flow), ("deep", compare_deep)):
            if part in options.only:
                print(f"bench: {measure.__doc__}", file=sys.stderr)
                rows += measure(program, levels, options)
        if "kernels" in options.only:
            print(f"bench: {compare_kernels.__doc__}", file=sys.stderr)
            rows += compare_kernels(options.build, levels, options)
    text, missed = report(rows, options.build)
    print(text, end="")
    if options.write:
        put_between_marks(options.write, text)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
