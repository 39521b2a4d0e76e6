"""Instruction sets: chosen at start, the same on all ranks, one a file unless told otherwise. AESWEEP_CPU takes abilities away from a processor."""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest

from program import ALL_DONE, BAD_INPUT, ENVIRONMENT, ERROR, PENDING, STOPPED_EARLY, TINY, call, mpirun, program, read_columns

CODES = {"generic": 1, "x86-64-v2": 2, "x86-64-v3": 3, "x86-64-v4": 4}
ENGINES = ("ode", "sgd")


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """What this build has kernels for and this processor can use, ascending."""
    text = call("--version", cwd=tmp_path_factory.mktemp("version")).stdout
    built, best = re.search(r"instruction sets: (.*); chosen here: (.*)", text).groups()
    built = built.split(", ")
    return built[:built.index(best) + 1]


@pytest.fixture(scope="module")
def two(sets):
    """The first and the last of them."""
    if len(sets) < 2:
        pytest.skip("one instruction set alone: nothing to choose")
    return sets[0], sets[-1]


@pytest.fixture(scope="module")
def made(sets, tmp_path_factory):
    """tiny.toml, and for every instruction set NAME.h5."""
    folder = tmp_path_factory.mktemp("sets")
    (folder / "tiny.toml").write_text(TINY)
    for name in sets:
        result = call("run", "tiny.toml", "-o", f"{name}.h5", "--instruction-set", name, cwd=folder)
        assert (result.returncode, result.stderr) == (ALL_DONE, "") and result.stdout.startswith(f"computing with {name}\n")
    return folder


@pytest.fixture
def copy(made, tmp_path):
    for entry in made.iterdir():
        if entry.is_file():
            shutil.copy(entry, tmp_path)
    return tmp_path


def attribute(path):
    with h5py.File(path, "r") as file:
        return file.attrs["instruction_set"]


def codes(path):
    return {int(code) for column in read_columns(path, *(f"{engine}/instruction_set" for engine in ENGINES)) for code in column.ravel()}


def make_pending(path, *rows):
    with h5py.File(path, "a") as file:
        for engine in ENGINES:
            for row in rows:
                file[engine]["status"][row] = PENDING


# --- the choice ---------------------------------------------------------------------------------------------------------------------------------

def test_the_best_is_chosen_and_recorded(sets, tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY)
    result = call("run", "tiny.toml", cwd=tmp_path)
    assert result.returncode == ALL_DONE and result.stdout.startswith(f"computing with {sets[-1]}\n")
    assert attribute(tmp_path / "tiny.h5") == sets[-1] and codes(tmp_path / "tiny.h5") == {CODES[sets[-1]]}
    start = json.loads((tmp_path / "tiny.h5.events.jsonl").read_text().splitlines()[0])
    assert start["instruction_set"] == sets[-1]


def test_each_can_be_asked_for(sets, made):
    for name in sets:
        assert attribute(made / f"{name}.h5") == name and codes(made / f"{name}.h5") == {CODES[name]}


@pytest.mark.parametrize("name", ["x86-64-v9", "avx2", ""])
def test_an_unknown_one_is_refused(name, made):
    result = call("run", "tiny.toml", "-o", "new.h5", "--instruction-set", name, cwd=made)
    assert (result.returncode, result.stdout) == (BAD_INPUT, "") and "--instruction-set" in result.stderr
    assert not (made / "new.h5").exists()


def test_one_that_the_processor_lacks_is_refused(two, made):
    lowest, best = two
    result = call("run", "tiny.toml", "-o", "new.h5", "--instruction-set", best, cwd=made, AESWEEP_CPU=lowest)
    assert result.returncode == BAD_INPUT and f"--instruction-set {best}: the processor of " in result.stderr
    assert not (made / "new.h5").exists()


def test_a_processor_below_the_program_is_said(tmp_path, sets):
    if sets[0] == "generic":
        pytest.skip("there is nothing below generic code")
    result = call("keys", cwd=tmp_path, AESWEEP_CPU="x86-64-v1")
    assert result.returncode == ERROR and f"does not have {sets[0]}, which the program needs" in result.stderr


# --- ranks --------------------------------------------------------------------------------------------------------------------------------------

def run_on_unequal_ranks(folder, lowest, *arguments):
    """Two ranks, of which the second has the lowest instruction set alone."""
    weak = [":", "-n", "1", "-x", f"AESWEEP_CPU={lowest}", program(), *arguments]
    return call(*arguments, *weak, cwd=folder, launcher=mpirun(1))


def test_ranks_agree_on_what_all_of_them_have(two, tmp_path):
    lowest, best = two
    (tmp_path / "tiny.toml").write_text(TINY)
    result = run_on_unequal_ranks(tmp_path, lowest, "run", "tiny.toml")
    assert result.returncode == ALL_DONE and f"computing with {lowest}\n" in result.stdout, result.stderr
    assert codes(tmp_path / "tiny.h5") == {CODES[lowest]}
    assert call("run", "tiny.toml", "-o", "alone.h5", "--instruction-set", lowest, cwd=tmp_path).returncode == ALL_DONE
    assert call("compare", "tiny.h5", "alone.h5", cwd=tmp_path).returncode == ALL_DONE


def test_a_rank_that_lacks_it_is_named(two, tmp_path):
    lowest, best = two
    (tmp_path / "tiny.toml").write_text(TINY)
    result = run_on_unequal_ranks(tmp_path, lowest, "run", "tiny.toml", "--instruction-set", best)
    assert result.returncode == BAD_INPUT and f"does not have {best} (rank 1)" in result.stderr
    assert not (tmp_path / "tiny.h5").exists()


def test_same_bits_on_one_and_two_ranks(sets, made):
    for name in sets:
        result = call("run", "tiny.toml", "-o", "ranks.h5", "--instruction-set", name, cwd=made, launcher=mpirun(2))
        assert result.returncode == ALL_DONE, result.stderr
        assert call("compare", f"{name}.h5", "ranks.h5", cwd=made).returncode == ALL_DONE
        (made / "ranks.h5").unlink()


def test_results_agree_to_rounding(sets, made):
    """The flow takes the same steps and SGD the same inputs: what is left are rounding errors, which nothing here amplifies. Without fused multiply-adds
    (x86-64-v2) those of normals in single precision are among them."""
    for name in sets[:-1]:
        tolerance = 1e-5 if name == "x86-64-v2" else 1e-9
        for column in ("ode/pmse", "sgd/pmse", "ode/final_pmse", "sgd/final_pmse", "reference/chance", "reference/pca_error"):
            a, b = (read_columns(made / f"{one}.h5", column)[0] for one in (name, sets[-1]))
            np.testing.assert_allclose(a, b, rtol=tolerance, err_msg=f"{column}, {name} against {sets[-1]}")


# --- files that are there -----------------------------------------------------------------------------------------------------------------------

def test_a_file_goes_on_with_its_own(two, copy, made):
    lowest, best = two
    make_pending(copy / f"{lowest}.h5", (0, 1, 0), (1, 2, 1))
    result = call("run", "tiny.toml", "-o", f"{lowest}.h5", cwd=copy)
    assert result.returncode == ALL_DONE and f"computing with {lowest}, as {lowest}.h5 was begun; {best} would be there" in result.stdout
    assert "2 tasks to do" in result.stdout
    assert call("compare", f"{lowest}.h5", made / f"{lowest}.h5", cwd=copy).returncode == ALL_DONE


@pytest.mark.parametrize("ranks", [1, 2])
def test_another_is_refused(two, copy, ranks):
    lowest, best = two
    make_pending(copy / f"{best}.h5", (0, 1, 0))
    before = (copy / f"{best}.h5").read_bytes()
    launcher = mpirun(ranks) if ranks > 1 else ()
    asked = call("run", "tiny.toml", "-o", f"{best}.h5", "--instruction-set", lowest, cwd=copy, launcher=launcher)
    unable = call("run", "tiny.toml", "-o", f"{best}.h5", cwd=copy, AESWEEP_CPU=lowest, launcher=launcher)
    for result in (asked, unable):
        assert result.returncode == BAD_INPUT
        assert all(part in result.stderr for part in (f"begun with the instruction set {best}", lowest, "--mix-instruction-sets"))
    assert (copy / f"{best}.h5").read_bytes() == before


def test_mixing_is_said_by_every_row(two, copy):
    lowest, best = two
    file = f"{best}.h5"
    make_pending(copy / file, (0, 1, 0))
    result = call("run", "tiny.toml", "-o", file, "--mix-instruction-sets", cwd=copy, AESWEEP_CPU=lowest)
    assert result.returncode == ALL_DONE and f"computing with {lowest}, mixed into {file}, which was begun with {best}" in result.stdout
    assert attribute(copy / file) == best and codes(copy / file) == {CODES[lowest], CODES[best]}
    for engine in ENGINES:
        with h5py.File(copy / file, "r") as data:
            assert np.argwhere(data[engine]["instruction_set"][:] == CODES[lowest]).tolist() == [[0, 1, 0]]
    assert f"mixed instruction sets: 2 rows of {lowest}, 22 rows of {best}" in call("status", file, cwd=copy).stdout
    assert json.loads(call("status", file, "--json", cwd=copy).stdout)["instruction_sets"] == {lowest: 2, best: 22}
    # What is recomputed of it has the kernels of its row.
    replayed = call("replay", file, "1", cwd=copy)
    assert replayed.returncode == ALL_DONE and replayed.stdout.count("the same bits as in the file") == 2
    verified = call("verify", file, "--sample", "100", cwd=copy)
    assert verified.returncode == ALL_DONE and re.search(f"11 tasks recomputed .*: the same bits with {best}", verified.stdout) and "1 task of other" in verified.stdout
    verified = call("verify", file, "--sample", "100", "--instruction-set", lowest, cwd=copy)
    assert verified.returncode == ALL_DONE and re.search(f"1 task recomputed .*: the same bits with {lowest}", verified.stdout)


def test_a_complete_file_of_one_has_nothing_to_say_of_mixing(sets, made):
    assert "mixed" not in call("status", f"{sets[-1]}.h5", cwd=made).stdout


# --- other commands -----------------------------------------------------------------------------------------------------------------------------

def test_replay_and_verify_take_the_files_own_or_refuse(two, made):
    lowest, best = two
    for name in two:
        assert call("replay", f"{name}.h5", "4", cwd=made).returncode == ALL_DONE
        result = call("verify", f"{name}.h5", "--sample", "3", cwd=made)
        assert result.returncode == ALL_DONE and re.search(f"3 tasks recomputed .*: the same bits with {name}", result.stdout)
    for command in (("replay", f"{best}.h5", "4"), ("verify", f"{best}.h5")):
        result = call(*command, cwd=made, AESWEEP_CPU=lowest)
        assert result.returncode == BAD_INPUT and f"computed with {best}, and only that gives its bits" in result.stderr
    assert call("verify", f"{best}.h5", "--sample", "0", cwd=made, AESWEEP_CPU=lowest).returncode == ALL_DONE, "checksums need no kernels"
    result = call("replay", f"{best}.h5", "4", "--instruction-set", lowest, cwd=made)
    assert f"computed with {best}, recomputed with {lowest}" in result.stdout


def test_extended_files_keep_theirs(two, copy):
    lowest, best = two
    (copy / "more.toml").write_text(TINY.replace("replicas = 2", "replicas = 3"))
    assert call("extend", f"{lowest}.h5", "more.toml", "-o", "more.h5", cwd=copy).returncode == ALL_DONE
    assert attribute(copy / "more.h5") == lowest and codes(copy / "more.h5") == {0, CODES[lowest]}
    refused = call("extend", f"{best}.h5", "more.toml", "-o", "other.h5", "--instruction-set", lowest, cwd=copy)
    assert refused.returncode == BAD_INPUT and "--mix-instruction-sets" in refused.stderr and not (copy / "other.h5").exists()
    mixed = call("extend", f"{best}.h5", "more.toml", "-o", "other.h5", "--instruction-set", lowest, "--mix-instruction-sets", cwd=copy)
    assert mixed.returncode == ALL_DONE and attribute(copy / "other.h5") == lowest and codes(copy / "other.h5") == {0, CODES[best]}


def test_merging_files_of_several_needs_to_be_told(two, copy):
    lowest, best = two
    (copy / "other.toml").write_text(TINY.replace("[0.01, 0.5, 5.0]", "[0.02, 0.6]"))
    assert call("run", "other.toml", "-o", "other.h5", "--instruction-set", lowest, cwd=copy).returncode == ALL_DONE
    refused = call("merge", f"{best}.h5", "other.h5", "-o", "both.h5", cwd=copy)
    assert refused.returncode == BAD_INPUT and all(part in refused.stderr for part in (lowest, best, "--mix-instruction-sets"))
    assert call("merge", f"{best}.h5", "other.h5", "-o", "both.h5", "--mix-instruction-sets", cwd=copy).returncode == ALL_DONE
    assert codes(copy / "both.h5") == {CODES[lowest], CODES[best]}


def test_judging_gives_the_bits_of_a_run_whatever_the_file_was_made_with(sets, copy):
    for name in sets:
        assert call("judge", f"{name}.h5", "--learnt-threshold", "0.3", "-o", f"judged-{name}.h5", cwd=copy).returncode == ALL_DONE
        assert call("run", "tiny.toml", "-o", f"fresh-{name}.h5", "--set", "outcome.learnt_threshold=0.3", "--instruction-set", name,
                    cwd=copy).returncode == ALL_DONE
        assert call("compare", f"judged-{name}.h5", f"fresh-{name}.h5", cwd=copy).returncode == ALL_DONE


# --- modules ------------------------------------------------------------------------------------------------------------------------------------

@pytest.fixture
def moved(two, tmp_path):
    """A copy of the program without modules."""
    shutil.copy(program(), tmp_path / "aesweep")
    (tmp_path / "tiny.toml").write_text(TINY)
    return tmp_path


def call_moved(folder, *arguments):
    return subprocess.run([folder / "aesweep", *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, **ENVIRONMENT})


def test_without_modules_the_program_has_its_own(two, moved):
    lowest, best = two
    assert f"chosen here: {lowest}" in call_moved(moved, "--version").stdout
    result = call_moved(moved, "run", "tiny.toml", "--instruction-set", best)
    assert result.returncode == BAD_INPUT and f"aesweep-{best}.so is neither beside the program nor in lib/aesweep" in result.stderr


def test_a_module_of_another_build_is_refused(two, moved):
    lowest, best = two
    module = (Path(program()).parent / f"aesweep-{best}.so").read_bytes()
    build = re.search(rb"aesweep [0-9][^\0]*, [^\0]*", module).group()
    (moved / f"aesweep-{best}.so").write_bytes(module.replace(build, build[:-1] + b"!"))
    result = call_moved(moved, "run", "tiny.toml")
    assert result.returncode != ALL_DONE and "a module of another build" in result.stderr and "build or install both together" in result.stderr


def test_a_stop_crosses_the_border(sets, tmp_path):
    """The program throws it from a poll, the kernels catch it, keep what they have and pass it on."""
    (tmp_path / "long.toml").write_text(TINY.replace("horizon = 20.0", "horizon = 2e5"))
    for name in sets:
        stopped = call("run", "long.toml", "-o", f"{name}.h5", "--instruction-set", name, "--time-limit", "1s", cwd=tmp_path)
        assert stopped.returncode == STOPPED_EARLY, stopped.stderr
        assert list((tmp_path / f"{name}.h5.ckpt").iterdir())


def test_a_checkpoint_of_another_is_not_continued(two, tmp_path):
    lowest, best = two
    (tmp_path / "long.toml").write_text(TINY.replace("horizon = 20.0", "horizon = 2e5"))
    assert call("run", "long.toml", "-o", "long.h5", "--instruction-set", best, "--time-limit", "1s", cwd=tmp_path).returncode == STOPPED_EARLY
    result = call("run", "long.toml", "-o", "long.h5", "--instruction-set", lowest, "--mix-instruction-sets", "--time-limit", "1s", cwd=tmp_path)
    assert result.returncode == STOPPED_EARLY and "it is ignored, and its task starts anew" in result.stderr
