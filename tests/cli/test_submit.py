"""aesweep submit without SLURM: the script that it writes, with a stand-in for sbatch; and the parts of a sweep."""
import re
import shutil
import subprocess

import h5py
import numpy as np
import pytest

from program import ALL_DONE, BAD_INPUT, DONE, ERROR, PENDING, TINY, call, environment, program, read_columns

NOT_NEEDED = 5


def dry(folder, *options):
    result = call("submit", "tiny.toml", "--dry-run", *options, cwd=folder)
    assert result.returncode == ALL_DONE, result.stderr
    return result.stdout


def sbatch_lines(text):
    return re.findall(r"^#SBATCH (.*)$", text, re.M)


def test_the_script_is_bash_and_says_where_everything_is(tiny_copy):
    text = dry(tiny_copy)
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    assert text.startswith("#!/bin/bash\n#SBATCH ") and not re.search("@[A-Z]+@", text)
    for line in (f"aesweep={program()}", f"sweep={tiny_copy}/tiny.toml", f"file={tiny_copy}/tiny.h5\n", f"script={tiny_copy}/tiny.h5.sbatch"):
        assert f"\n{line}" in text
    assert sbatch_lines(text) == ["--job-name=tiny", "--ntasks=1", "--time=00:10:00", f"--output={tiny_copy}/tiny.h5.log",
                                  "--open-mode=append --requeue", "--signal=B:USR1@120"]
    assert list(tiny_copy.iterdir()) == [tiny_copy / "tiny.toml"]  # a dry run writes nothing


def test_options_of_ours_and_of_sbatch(tiny_copy):
    lines = sbatch_lines(dry(tiny_copy, "-p", "big", "--account=physics", "-N", 4, "--ntasks-per-node", 8, "--time", "1-2", "--qos", "long",
                             "--mem-per-cpu=1G", "--exclusive", "-w", "n[1-2]", "--comment=two words"))
    assert lines[:6] == ["--job-name=tiny", "--partition=big", "--account=physics", "--nodes=4", "--ntasks-per-node=8", "--time=1-02:00:00"]
    assert lines[-5:] == ["--qos long", "--mem-per-cpu=1G", "--exclusive", "-w 'n[1-2]'", "'--comment=two words'"]


@pytest.mark.parametrize("given, written, warning", [("90", "01:30:00", 120), ("4", "00:04:00", 60), ("2:30", "00:03:00", 38), ("1:00:00", "01:00:00", 120),
                                                     ("2-0:30", "2-00:30:00", 120)])
def test_time_limits_as_slurm_writes_them(tiny_copy, given, written, warning):
    lines = sbatch_lines(dry(tiny_copy, f"--time={given}"))
    assert f"--time={written}" in lines and f"--signal=B:USR1@{warning}" in lines


def test_size_and_time_follow_from_the_plan(tiny_copy):
    text = (tiny_copy / "tiny.toml").read_text()
    (tiny_copy / "tiny.toml").write_text(text.replace("dimension = 40", "dimension = 4000").replace("horizon = 20.0", "horizon = 100000.0\nsgd_method = \"vector\""))
    plan = call("plan", "tiny.toml", cwd=tiny_copy).stdout
    hours = float(re.search(r"CPU-hours +([\d.e+]+)", plan).group(1))
    lines = sbatch_lines(dry(tiny_copy))
    ranks = int(next(line for line in lines if line.startswith("--ntasks=")).partition("=")[2])
    assert hours > 2 and ranks == min(12, np.ceil(hours))  # 12 tasks
    for share in (4, 8):
        array = sbatch_lines(dry(tiny_copy, "--array", share))
        assert f"--array=1-{share}" in array and f"--ntasks={min(12, int(np.ceil(hours / share)))}" in array


def test_words_are_quoted(tiny_copy):
    folder = tiny_copy / "it's here"
    folder.mkdir()
    (folder / "tiny.toml").write_text((tiny_copy / "tiny.toml").read_text())
    text = dry(folder, "-o", "a b.h5", "--set", 'model.bias="none"', "--set", "sweep.replicas=3", "--launcher", "srun --mpi=pmix")
    settings = "\n".join(line for line in text.splitlines() if re.match(r"(aesweep|sweep|options|file|launcher)=", line))
    shown = subprocess.run(["bash", "-c", settings + '\nprintf "%s|" "$sweep" "$file" "${options[@]}" "${launcher[@]}"'], capture_output=True, text=True,
                           check=True).stdout
    assert shown.split("|")[:-1] == [f"{folder}/tiny.toml", f"{folder}/a b.h5", "--set", 'model.bias="none"', "--set", "sweep.replicas=3", "srun",
                                     "--mpi=pmix"]


@pytest.mark.parametrize("options, message", [
    (["--time", "soon"], "--time soon: must be M, M:S, H:M:S, D-H, D-H:M or D-H:M:S"), (["--time", "0"], "--time 0: must be"),
    (["stray"], "stray: neither an option nor the value of one"), (["--array", "0"], "--array"), (["-o", "x.hdf5", "--array", "2"], "must end in .h5"),
    (["--set", "model.hidden=99"], "model.hidden = 99")])
def test_wrong_arguments(tiny_copy, options, message):
    result = call("submit", "tiny.toml", "--dry-run", *options, cwd=tiny_copy)
    assert result.returncode == BAD_INPUT and message in result.stderr, result.stderr


def stand_in(folder, script):
    """A folder with an sbatch of ours, for PATH."""
    (folder / "bin").mkdir()
    (folder / "bin" / "sbatch").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bin" / "sbatch").chmod(0o755)
    return {"PATH": f"{folder}/bin:{environment()['PATH']}"}


def test_it_submits_what_it_shows(tiny_copy):
    path = stand_in(tiny_copy, 'echo "$@" >asked; echo "4711;cluster"')
    result = call("submit", "tiny.toml", cwd=tiny_copy, **path)
    assert result.returncode == ALL_DONE and result.stdout.startswith("submitted job 4711: 12 tasks in 1 rank, "), result.stderr
    assert (tiny_copy / "asked").read_text() == f"--parsable {tiny_copy}/tiny.h5.sbatch\n"
    assert (tiny_copy / "tiny.h5.sbatch").read_text() == dry(tiny_copy)


def test_a_refusal_is_an_error(tiny_copy):
    result = call("submit", "tiny.toml", cwd=tiny_copy, **stand_in(tiny_copy, 'echo "sbatch: error: invalid partition" >&2; exit 1'))
    assert result.returncode == ERROR and "invalid partition" in result.stderr and "sbatch did not take the job" in result.stderr


def test_only_what_is_left_is_submitted(tiny, tiny_copy):
    result = call("submit", "tiny.toml", "-o", tiny / "tiny.h5", cwd=tiny_copy)
    assert result.returncode == ALL_DONE and "complete, nothing to submit" in result.stdout
    result = call("submit", "tiny.toml", "-o", tiny / "tiny.h5", "--set", "sweep.seed=6", cwd=tiny_copy)
    assert result.returncode == BAD_INPUT and "made from another sweep" in result.stderr


# --- parts ---------------------------------------------------------------------------------------------------------------------------------------

def test_parts_are_disjoint_and_make_a_whole(tiny, tiny_copy):
    whole, = read_columns(tiny / "tiny.h5", "sgd/pmse")
    times_done = np.zeros(whole.shape[:-1], dtype=int)
    for part in ("1/3", "2/3", "3/3"):
        name = f"part{part[0]}.h5"
        assert call("run", "tiny.toml", "-o", name, "--part", part, cwd=tiny_copy).returncode == ALL_DONE
        status, pmse = read_columns(tiny_copy / name, "sgd/status", "sgd/pmse")
        done = status == DONE
        assert 0 < done.sum() < status.size and set(status[~done]) == {PENDING}
        assert np.array_equal(pmse[done], whole[done])
        assert '"pending_tasks": 0,' in call("status", name, "--json", "--part", part, cwd=tiny_copy).stdout
        assert f'"pending_tasks": {(~done).sum()},' in call("status", name, "--json", cwd=tiny_copy).stdout
        times_done += done
    assert (times_done == 1).all()


def test_a_job_array_does_not_compute_again_what_lies_there(tiny, tiny_copy):
    assert call("run", "tiny.toml", "-o", "tiny.part1of3.h5", "--part", "1/3", cwd=tiny_copy).returncode == ALL_DONE
    result = call("submit", "tiny.toml", "--dry-run", "--array=2", cwd=tiny_copy)
    assert result.returncode == BAD_INPUT and "tiny.part1of3.h5: a part of another job array" in result.stderr
    assert call("submit", "tiny.toml", "--dry-run", "--array=3", cwd=tiny_copy).returncode == ALL_DONE
    assert call("run", "tiny.toml", "--part", "1/3", cwd=tiny_copy).returncode == ALL_DONE
    result = call("submit", "tiny.toml", "--dry-run", "--array=3", cwd=tiny_copy)
    assert result.returncode == BAD_INPUT and "tiny.h5: exists already, and a job array ends by making it" in result.stderr


# --- the job script, with stand-ins for SLURM's commands -----------------------------------------------------------------------------------------

@pytest.fixture
def job(tiny_copy, monkeypatch):
    """Runs a job script once as SLURM would; a requeue is written to `requeued`."""
    tools = tiny_copy / "tools"
    tools.mkdir()
    for name, text in {"scontrol": f"echo $* >>{tiny_copy}/requeued", "squeue": "echo RUNNING", "sbatch": "exit 0", "sleep": "exit 0"}.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)

    def run(script, **variables):
        slurm = {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "1", "PATH": f"{tools}:{environment()['PATH']}", **variables}
        return subprocess.run(["bash", script], cwd=tiny_copy, env={**environment(), **slurm}, capture_output=True, text=True, timeout=60, check=False)

    return run


# Stands for aesweep: each run adds a generation of ten points, and after five of them all is known.
PRETENDER = """\
#!/bin/bash
count={folder}/count
case $1 in
  run) echo >>"$count"; [ "$(wc -l <"$count")" = 5 ] || exit 75 ;;
  status)
    [ -e "$count" ] || exit 1
    runs=$(wc -l <"$count")
    printf '  "pending_tasks": %d,\\n  "points": %d,\\n' $((runs < 5)) $((10 * runs)) ;;
esac
"""


def test_parts_of_an_array_end_in_one_file(tiny, tiny_copy, job):
    (tiny_copy / "job.sh").write_text(dry(tiny_copy, "--array=2", "--launcher", "env"))
    array = {"SLURM_ARRAY_JOB_ID": "7"}
    assert job("job.sh", SLURM_ARRAY_TASK_ID="2", **array).returncode == ALL_DONE
    assert not (tiny_copy / "tiny.h5").exists()
    last = job("job.sh", SLURM_ARRAY_TASK_ID="1", **array)
    assert last.returncode == ALL_DONE, last.stdout + last.stderr
    assert call("compare", "tiny.h5", tiny / "tiny.h5", cwd=tiny_copy).stdout.startswith("same bits")
    assert not (tiny_copy / "requeued").exists()


def test_a_task_longer_than_the_limit_is_not_begun_for_ever(tiny_copy, job):
    # A flow keeps no state; a limit of a second stops it again and again.
    slow = (tiny_copy / "tiny.toml").read_text().replace('name = "tiny"', 'name = "tiny"\nengines = ["ode"]').replace('"linear", "erf"', '"erf", "tanh"')
    (tiny_copy / "tiny.toml").write_text(re.sub(r"horizon = .*", "horizon = 1e7", slow))
    text = dry(tiny_copy, "--launcher", "env", "--set", "model.hidden=30", "--set", "solver.relative_tolerance=1e-12")
    (tiny_copy / "job.sh").write_text(re.sub(r"^options=\((.*)\)$", r"options=(\1 --time-limit 1s)", text, flags=re.M))
    starts = [job("job.sh") for _ in range(4)]  # the first of which makes the file
    assert [start.returncode for start in starts] == [0, 0, 0, 1], starts[-1].stdout + starts[-1].stderr
    assert "giving up" in starts[-1].stdout and "takes longer than this job's time limit" in starts[-1].stdout
    assert (tiny_copy / "requeued").read_text().count("requeue 7") == 3


@pytest.fixture(scope="module")
def between_generations(tmp_path_factory):
    """A refined sweep with all of its rows in whole.h5, and with those of its first generation alone in tiny.h5."""
    folder = tmp_path_factory.mktemp("refined")
    text = TINY.replace("values = [0.01, 0.5, 5.0]", 'range = { from = 0.01, to = 100.0, count = 33, spacing = "log" }')
    (folder / "tiny.toml").write_text(text + '\n[refine]\naxes = ["weight_decay"]\npoints = 33\n')
    assert call("run", "tiny.toml", "-o", "whole.h5", cwd=folder).returncode == ALL_DONE
    shutil.copy(folder / "whole.h5", folder / "tiny.h5")
    with h5py.File(folder / "tiny.h5", "r+") as file:
        point, later = file["refined/point"], file["refined/point/generation"][:] > 0
        assert later.any()
        for name in ("site", "generation"):
            point[name][...] = np.where(later, -1, point[name][:])
        for engine in ("ode", "sgd"):
            file[f"{engine}/status"][...] = np.where(later[..., None], NOT_NEEDED, file[f"{engine}/status"][:])
        file["refined/complete"][...] = 0
    return folder


def test_a_refined_sweep_is_not_done_between_generations(between_generations, tiny_copy, job):
    for name in ("tiny.toml", "tiny.h5"):
        shutil.copy(between_generations / name, tiny_copy)
    assert '"pending_tasks": 1,' in call("status", "tiny.h5", "--json", cwd=tiny_copy).stdout
    (tiny_copy / "job.sh").write_text(dry(tiny_copy, "--launcher", "env"))
    ended = job("job.sh")
    assert ended.returncode == ALL_DONE and not (tiny_copy / "requeued").exists(), ended.stdout + ended.stderr
    assert call("compare", "tiny.h5", between_generations / "whole.h5", cwd=tiny_copy).stdout.startswith("same bits")


def test_a_generation_a_start_is_getting_on(between_generations, tiny_copy, job):
    """As many tasks are pending after each start, yet none of them was in vain."""
    (tiny_copy / "tiny.toml").write_text((between_generations / "tiny.toml").read_text())
    (tiny_copy / "program").write_text(PRETENDER.format(folder=tiny_copy))
    (tiny_copy / "program").chmod(0o755)
    (tiny_copy / "job.sh").write_text(re.sub(r"^aesweep=.*$", f"aesweep={tiny_copy}/program", dry(tiny_copy, "--launcher", "env"), flags=re.M))
    starts = [job("job.sh") for _ in range(5)]
    assert [start.returncode for start in starts] == [ALL_DONE] * 5, starts[-1].stdout + starts[-1].stderr
    assert (tiny_copy / "requeued").read_text().count("requeue 7") == 4 and "done" in starts[-1].stdout


def test_an_allowance_below_any_task_is_given_up(between_generations, tiny_copy, job):
    for name in ("tiny.toml", "tiny.h5"):
        shutil.copy(between_generations / name, tiny_copy)
    (tiny_copy / "job.sh").write_text(dry(tiny_copy, "--launcher", "env", "--set", "refine.cpu_hours=1e-300"))
    starts = [job("job.sh") for _ in range(4)]  # the first of which decides upon the next generation
    assert [start.returncode for start in starts] == [0, 0, 0, 1], starts[-1].stdout + starts[-1].stderr
    assert "or the one in [refine]" in starts[-1].stdout


@pytest.mark.parametrize("part", ["0/3", "4/3", "1", "1/", "/3", "-1/3", "1/3x", "1/100001"])
def test_wrong_parts(tiny_copy, part):
    result = call("run", "tiny.toml", f"--part={part}", cwd=tiny_copy)
    assert result.returncode == BAD_INPUT and f"--part {part}: must be I/N with 1 <= I <= N <= 100000" in result.stderr
    assert not (tiny_copy / "tiny.h5").exists()
