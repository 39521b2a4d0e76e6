import os
import subprocess
import sys
from pathlib import Path

import pytest

from aesweep_analysis.__main__ import main


def test_draws_both_figures(plane_file, tmp_path, capsys):
    phase, curves = tmp_path / "phase.png", tmp_path / "curves.svg"
    file = str(plane_file)
    assert main([file, "--value", "excess_mean", "--x", "weight_decay", "--at", "activation=erf", "-o", str(phase)]) == 0
    assert main([file, "--figure", "trajectories", "--engine", "ode", "--at", "learning_rate=1", "--by", "weight_decay", "-o", str(curves)]) == 0
    assert capsys.readouterr().out.split() == [str(phase), str(curves)]
    assert phase.stat().st_size > 20_000 and curves.stat().st_size > 20_000


@pytest.mark.parametrize("arguments, message", [
    (["--x", "rate"], "no axis rate; the axes are learning_rate, weight_decay, activation"),
    (["--value", "loss"], "no value loss of sgd; there are excess_mean, "),
    (["--engine", "exact"], "its engines are ode, sgd"),
    (["--at", "activation=relu"], "it has linear, erf"),
    (["--at", "activation"], "write AXIS=VALUE"),
    (["--figure", "trajectories", "--by", "rate"], "no axis rate; the axes are"),
    (["-o", "picture.gif"], "the suffix must be .png, .pdf or .svg"),
])
def test_wrong_arguments_exit_2_with_what_is_allowed(plane_file, capsys, arguments, message):
    assert main([str(plane_file), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and message in error and error.count("\n") == 1


def test_a_picture_that_cannot_be_written_exits_1(plane_file, tmp_path, capsys):
    assert main([str(plane_file), "-o", str(tmp_path / "absent" / "phase.png")]) == 1
    assert "absent" in capsys.readouterr().err


def run(*arguments, cwd):
    package = Path(__file__).resolve().parents[2] / "analysis"
    return subprocess.run([sys.executable, "-m", "aesweep_analysis", *arguments], cwd=cwd, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(package)}, check=False)


def test_a_missing_file_is_one_line_without_traceback(tmp_path):
    result = run("absent.h5", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (2, "error: absent.h5: no such file\n")


def test_help_has_an_example(tmp_path):
    result = run("--help", cwd=tmp_path)
    assert result.returncode == 0 and "--figure trajectories --at learning_rate=1" in result.stdout
