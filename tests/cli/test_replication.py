"""Claims measured on results of the running program: the cheap ones always, all of them by scripts/replicate.sh with AESWEEP_FULL=1."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import pytest

from program import ALL_DONE, call, environment, program

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "analysis"))

from aesweep_analysis import open_sweep, replication  # noqa: E402
from aesweep_analysis.claims import CLAIMS, IN_PART, NOT_MEASURED, REPLICATED, assess  # noqa: E402
from aesweep_analysis.replication import FULL, QUICK, overrides, sweep_file  # noqa: E402

SCRIPT = ROOT / "scripts" / "replicate.sh"
QUICK_SECONDS = 900  # what --quick promises on two cores

# Claims whose sweeps take a second or two, and what a quick replication finds.
CHEAP = {"A5": IN_PART, "A6": REPLICATED, "A7": IN_PART, "A16": REPLICATED, "B1": REPLICATED, "B2": REPLICATED, "B3": REPLICATED, "B4": REPLICATED}

# claim: (sweep, dataset, factor, what no longer holds, by its beginning)
BROKEN = {
    "A6": ("rg24-03b-power-laws-of-the-weights", "ode/pmse", 1.02, "error over ρ̂"),
    "A7": ("rg24-04a-tied-over-width-and-dimension", "ode/excess", 0.1, "tied erf, full gradient, K = 1"),
    "A16": ("pca-rules", "ode/encoder_norm", 1.1, "Sanger: largest distance of a row's norm"),
    "B1": ("pkk18-01-closed-forms", "ode/pmse", 1.001, "largest difference of flow and closed form"),
}


class Results:
    def __init__(self, folder):
        self.folder = folder

    def file(self, stem):
        path, out = sweep_file(ROOT / "sweeps", stem), self.folder / f"{stem}.h5"
        if not out.exists():
            changes = [word for key, value in overrides(path, QUICK).items() for word in ("--set", f"{key}={value}")]
            result = call("run", path, "-o", out, *changes, cwd=self.folder)
            assert result.returncode == ALL_DONE, result.stderr
        return out


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return Results(tmp_path_factory.mktemp("results"))


def judged(name, files):
    sweeps = {path.stem: open_sweep(path) for path in files}
    try:
        return assess(CLAIMS[name], sweeps)
    finally:
        for sweep in sweeps.values():
            sweep.close()


@pytest.mark.parametrize("name", CHEAP)
def test_a_claim_on_the_programs_results(results, name):
    result = judged(name, map(results.file, CLAIMS[name].sweeps))
    assert result.verdict == CHEAP[name], [(m.what, m.value, m.uncertainty, m.low, m.high) for m in result.measurements if m.state != "holds"]
    assert all(m.uncertainty > 0 for m in result.measurements)
    assert all(m.basis.split(":")[0].split(" ")[0].strip(",") in ("paper", "theory", "convention") for m in result.measurements)


@pytest.mark.parametrize("name", BROKEN)
def test_a_perturbed_result_breaks_its_measurement(results, name, tmp_path):
    stem, dataset, factor, what = BROKEN[name]
    files = [shutil.copy(results.file(other), tmp_path) for other in CLAIMS[name].sweeps]
    before = judged(name, map(Path, files))
    with h5py.File(tmp_path / f"{stem}.h5", "r+") as file:
        file[dataset][...] *= factor
    after = judged(name, map(Path, files))
    broken = {m.what for m in after.failures} - {m.what for m in before.failures}
    assert any(text.startswith(what) for text in broken), broken
    assert before.verdict == IN_PART or after.verdict == IN_PART


def test_time_scales_are_read_from_the_file(results, tmp_path):
    """Decay that learns as fast as noise does is no replication of B2."""
    path = Path(shutil.copy(results.file("pkk18-02-noise-and-its-decay"), tmp_path))
    with h5py.File(path, "r+") as file:
        for engine in ("ode", "exact"):
            for weights in ("encoder", "decoder"):
                values = file[f"{engine}/{weights}"][...]
                values[1::2] = values[0::2]
                file[f"{engine}/{weights}"][...] = values
    result = judged("B2", [path])
    assert result.verdict == IN_PART
    assert {m.what.split(", ")[0] for m in result.failures} == {"time to half of it"}
    assert {m.what.split(", ")[0] for m in result.undecided} == {"the same"}  # a ratio of 1 is neither faster nor slower


@pytest.mark.parametrize("depth", [QUICK, FULL])
def test_the_program_takes_every_override(tmp_path, capsys, depth):
    """As the lines for the script have them: KEY=VALUE in TOML."""
    assert replication.main([f"--{depth}", str(ROOT / "sweeps")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 20  # fewer than all without the images
    for line in lines:
        path, *changes = line.split("\t")
        result = call("plan", path, *(word for change in changes for word in ("--set", change)), cwd=tmp_path)
        assert result.returncode == ALL_DONE, f"{line}: {result.stderr}"


def replicate(*arguments, timeout=120, **variables):
    return subprocess.run([SCRIPT, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
                          env=environment(**{"AESWEEP": program(), **variables}))


def test_help_and_wrong_arguments():
    help_text = replicate("--help")
    assert help_text.returncode == 0 and "Example:" in help_text.stdout and "Exit status:" in help_text.stdout
    for arguments, message in ((["--fast"], "unknown option --fast (allowed: --quick"), (["-o"], "-o needs a value"), (["-n", "two"], "whole number above 0")):
        result = replicate(*arguments)
        assert result.returncode == 2 and message in result.stderr and result.stdout == ""


def test_what_is_missing_is_said_before_anything_runs(tmp_path):
    (tmp_path / "scipy.py").write_text("raise ImportError")
    (tmp_path / "file").write_text("")
    for out, variables, message in (("a", {"PYTHONPATH": str(tmp_path)}, "has no scipy: run scripts/install-dependencies.sh"),
                                    ("b", {"AESWEEP": str(tmp_path / "none")}, f"AESWEEP names no program: {tmp_path}/none"),
                                    ("file", {}, f"can't write to {tmp_path}/file")):
        result = replicate("--quick", "-o", tmp_path / out, **variables)
        assert result.returncode == 1 and message in result.stderr and result.stdout == ""
        assert "Traceback" not in result.stderr and not list(tmp_path.glob("*/*.h5"))


def test_a_report_of_what_is_there(results, tmp_path):
    """--report runs nothing, and says by its exit status that something is missing."""
    shutil.copy(results.file("pkk18-03-two-optimal-rates"), tmp_path)
    result = replicate("--report", "-o", tmp_path)
    assert result.returncode == 3, result.stderr
    assert "no result of rg24-02-one-component-after-another" in result.stderr
    text = (tmp_path / "replication.html").read_text(encoding="utf-8")
    assert re.search(r'B3 · .*?<span class="verdict yes">replicated', text) and "data:image/png;base64," in text
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["pkk18-03.pdf", "pkk18-03.png"]


def test_ctrl_c_leaves_a_replication_that_goes_on(tmp_path):
    """The interrupt of a terminal goes to the script and all that it has started, as one group."""
    process = subprocess.Popen([SCRIPT, "--quick", "-n", "1", "-o", tmp_path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, env=environment(AESWEEP=program()), start_new_session=True)
    try:
        file = tmp_path / "a01-theory-predicts-sgd.h5"
        deadline = time.monotonic() + 60
        while not file.exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert process.returncode == 75, output
    assert "stopped; the same command goes on from here" in output
    status = call("status", file, cwd=tmp_path)
    assert status.returncode == ALL_DONE and "pending" in status.stdout  # closed and readable


@pytest.mark.skipif(os.environ.get("AESWEEP_FULL") != "1", reason="takes minutes: scripts/test.sh --full")
def test_the_quick_replication(tmp_path):
    begun = time.monotonic()
    result = replicate("--quick", "-o", tmp_path, timeout=4 * QUICK_SECONDS)
    took = time.monotonic() - begun
    assert result.returncode == 0, result.stdout + result.stderr
    assert took < QUICK_SECONDS, f"took {took:.0f} s"
    sweeps = {path.stem: open_sweep(path) for path in tmp_path.glob("*.h5")}
    verdicts = {name: assess(claim, sweeps).verdict for name, claim in CLAIMS.items()}
    assert [name for name, verdict in verdicts.items() if verdict == NOT_MEASURED] == []
    assert "not replicated" not in verdicts.values(), verdicts
    again = replicate("--quick", "-o", tmp_path, timeout=QUICK_SECONDS)  # nothing is run twice
    assert again.returncode == 0
