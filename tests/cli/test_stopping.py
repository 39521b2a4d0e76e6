"""Stopping in time, checkpoints, locks, full disks."""
import os
import signal
import subprocess
import time

import h5py
import pytest

from program import ALL_DONE, BAD_INPUT, DONE, ERROR, PENDING, STOPPED_EARLY, call, end, ended_rows, finish, mpirun, read_columns, same_bits, start

PAGE = 4096
AT_ONCE = 10  # seconds that a stop may take: it takes some tenths, the rest is for a busy machine

# One point with two replicas of seconds: SGD dominates, noise and the network itself are carried along.
LONG = """\
[sweep]
name = "long"
replicas = 2

[data]
dimension = 300
spikes = [2.0, 1.0]

[model]
hidden = 2
bias = "trained"

[training]
sgd_method = "vector"
input_noise = 1.0
horizon = {horizon}

[record]
count = 400
weights = "leading"
"""


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """long.toml, two tasks of some 1 s each, and undisturbed.h5, its result."""
    folder = tmp_path_factory.mktemp("long")
    (folder / "measure.toml").write_text(LONG.format(horizon=200))
    assert call("run", "measure.toml", "-o", "measure.h5", cwd=folder).returncode == ALL_DONE
    speed = read_columns(folder / "measure.h5", "sgd/seconds")[0].mean() / 200
    (folder / "long.toml").write_text(LONG.format(horizon=round(1.0 / speed)))
    assert call("run", "long.toml", "-o", "undisturbed.h5", cwd=folder).returncode == ALL_DONE
    return folder


def checkpoints(path):
    folder = path.with_name(path.name + ".ckpt")
    return sorted(folder.glob("*.ckpt")) if folder.exists() else []


def wait_for(process, condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, f"ended too early:\n{process.stdout.read()}"
        assert time.monotonic() < deadline, "waited for a minute"
        time.sleep(0.01)


def wait_for_start(process, path):
    """Until the first task has begun."""
    wait_for(process, path.with_name(path.name + ".events.jsonl").exists)
    time.sleep(0.2)


# --- signals ----------------------------------------------------------------------------------------------------------------------------------

def test_a_signal_stops_in_the_middle_of_a_replica_which_goes_on_with_the_same_bits(long):
    path = long / "stopped.h5"
    process = start("run", "long.toml", "-o", path.name, cwd=long)
    try:
        wait_for_start(process, path)
        process.send_signal(signal.SIGTERM)
        begin = time.monotonic()
        status, output = finish(process)
        took = time.monotonic() - begin
    finally:
        end(process)
    assert status == STOPPED_EARLY and took < AT_ONCE and "the same command continues" in output, output
    assert ended_rows(path) == 0 and ended_rows(path, "ode") == 0
    assert len(checkpoints(path)) == 1
    resumed = call("run", "long.toml", "-o", path.name, cwd=long)
    assert resumed.returncode == ALL_DONE and resumed.stderr == "", resumed.stderr
    same_bits(long, "undisturbed.h5", path.name)
    assert not path.with_name(path.name + ".ckpt").exists()
    assert not path.with_name(path.name + ".lock").exists()


def test_usr1_under_mpirun_and_other_numbers_of_ranks(long):
    path = long / "ranks.h5"
    process = start("run", "long.toml", "-o", path.name, cwd=long, launcher=mpirun(2))
    try:
        wait_for_start(process, path)
        process.send_signal(signal.SIGUSR1)
        status, output = finish(process)
    finally:
        end(process)
    assert status == STOPPED_EARLY, output
    assert len(checkpoints(path)) == 2  # both replicas were on their way
    assert call("run", "long.toml", "-o", path.name, cwd=long).returncode == ALL_DONE
    same_bits(long, "undisturbed.h5", path.name)


def test_kill_9_costs_what_came_after_the_last_checkpoint(long):
    path = long / "killed.h5"
    command = ("run", "long.toml", "-o", path.name, "--checkpoint-every", "0.1s")
    for _ in range(2):
        process = start(*command, cwd=long)
        try:
            wait_for(process, lambda: checkpoints(path))
            before = checkpoints(path)[0].stat().st_mtime_ns
            wait_for(process, lambda: checkpoints(path) and checkpoints(path)[0].stat().st_mtime_ns != before)
            process.kill()
            finish(process)
        finally:
            end(process)
    assert ended_rows(path) < 2 and path.with_name(path.name + ".lock").exists()
    assert call(*command, cwd=long).returncode == ALL_DONE  # the lock of a killed run is nobody's
    same_bits(long, "undisturbed.h5", path.name)
    assert not path.with_name(path.name + ".ckpt").exists()


def test_a_finished_part_keeps_the_checkpoints_of_the_others(long):
    path = long / "parts.h5"
    command = ("run", "long.toml", "-o", path.name, "--checkpoint-every", "0.1s")
    ends = {part: call(*command, "--part", part, "--time-limit", "0.6s", cwd=long).returncode for part in ("1/2", "2/2")}
    cut_off = [part for part, end in ends.items() if end == STOPPED_EARLY]
    assert cut_off and checkpoints(path)
    for part in ("1/2", "2/2"):  # a share may be empty; whichever ends first leaves the other's state alone
        waiting = len(checkpoints(path)) - (part in cut_off)
        assert call(*command, "--part", part, cwd=long).returncode == ALL_DONE
        assert len(checkpoints(path)) >= waiting
    same_bits(long, "undisturbed.h5", path.name)
    assert not path.with_name(path.name + ".ckpt").exists()


def test_a_file_has_one_writer_whatever_it_is_called(long):
    path = long / "one.h5"
    process = start("run", "long.toml", "-o", path.name, cwd=long)
    try:
        wait_for_start(process, path)
        process.send_signal(signal.SIGSTOP)  # it must not end before the second one comes
        (long / "two.h5").symlink_to("one.h5")
        second = call("run", "long.toml", "-o", "two.h5", cwd=long)
        assert second.returncode == ERROR and "another run is writing to this file" in second.stderr
    finally:
        end(process)


def test_damaged_and_foreign_checkpoints_are_ignored_and_said_once(long):
    path = long / "damaged.h5"
    process = start("run", "long.toml", "-o", path.name, cwd=long, launcher=mpirun(2))
    try:
        wait_for_start(process, path)
        process.send_signal(signal.SIGUSR1)
        finish(process)
    finally:
        end(process)
    for file in checkpoints(path):
        data = bytearray(file.read_bytes())
        data[-3] ^= 1
        file.write_bytes(data)
    assert len(checkpoints(path)) == 2
    result = call("run", "long.toml", "-o", path.name, cwd=long)
    assert result.returncode == ALL_DONE and result.stderr.count("is damaged; it is ignored, and its task starts anew") == 1
    same_bits(long, "undisturbed.h5", path.name)
    assert not path.with_name(path.name + ".ckpt").exists()


def test_a_second_order_ends_the_run_at_once(tmp_path):
    os.mkfifo(tmp_path / "never.toml")  # reading it blocks before there is any task that could notice
    process = start("run", "never.toml", cwd=tmp_path)
    try:
        wait_for(process, lambda: "SigCgt" in (status := open(f"/proc/{process.pid}/status").read())
                 and int(status.split("SigCgt:")[1].split()[0], 16) & 1 << (signal.SIGUSR1 - 1))
        time.sleep(0.5)
        for same_order in (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT):  # as SLURM and shells send them
            process.send_signal(same_order)
            time.sleep(0.1)
        assert process.poll() is None
        time.sleep(1.2)
        process.send_signal(signal.SIGTERM)
        status, output = finish(process)
    finally:
        end(process)
    assert status == -signal.SIGTERM and output.count("another signal ends the run at once") == 1


# --- time limit -------------------------------------------------------------------------------------------------------------------------------

def test_a_time_limit_stops_in_time_again_and_again(long):
    path = long / "limited.h5"
    limit = max(0.5, 0.35 * read_columns(long / "undisturbed.h5", "sgd/seconds")[0].sum())  # too short even if the machine was busy when it measured
    command = ("run", "long.toml", "-o", path.name, "--time-limit", f"{limit:.2f}s")
    for attempt in range(20):
        begin = time.monotonic()
        result = call(*command, cwd=long)
        assert time.monotonic() - begin < limit + AT_ONCE
        if result.returncode == ALL_DONE:
            break
        assert result.returncode == STOPPED_EARLY, result.stderr
    assert result.returncode == ALL_DONE and attempt >= 1  # progress is made in every run
    same_bits(long, "undisturbed.h5", path.name)


def test_a_long_flow_is_not_begun_near_the_end_and_stops_nobody(tmp_path):
    # Tasks of 100 s and more, of which nothing can be kept: the run begins one, and drops it at the end.
    sweep = '[sweep]\nengines = ["ode"]\n[data]\ndimension = 400\nkind = "power_law"\nexponent = 0.5\n[model]\nhidden = 30\nactivation = "tanh"\n' \
            '[training]\nhorizon = 1e5\n'
    (tmp_path / "flow.toml").write_text(sweep)
    begin = time.monotonic()
    result = call("run", "flow.toml", "--time-limit", "2s", cwd=tmp_path)
    assert result.returncode == STOPPED_EARLY and time.monotonic() - begin < 2 + AT_ONCE
    assert ended_rows(tmp_path / "flow.h5", "ode") == 0 and not (tmp_path / "flow.h5.ckpt").exists()


def test_the_limit_of_a_slurm_job_is_found(tiny_copy):
    folder = tiny_copy / "bin"
    folder.mkdir()
    (folder / "squeue").write_text('#!/bin/sh\n[ "$*" = "-h -j 77 -o %L" ] && echo 1-02:00:00\n')
    (folder / "squeue").chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    told = call("run", "tiny.toml", cwd=tiny_copy, PATH=path, SLURM_JOB_ID="77").stdout
    assert "stops within 26 h 00 min, SLURM's limit" in told
    assert "stops within" not in call("run", "tiny.toml", cwd=tiny_copy, PATH=path).stdout
    (folder / "squeue").write_text("#!/bin/sh\necho INVALID\n")  # beyond its limit already
    result = call("run", "tiny.toml", "-o", "late.h5", cwd=tiny_copy, PATH=path, SLURM_JOB_ID="77")
    assert result.returncode == STOPPED_EARLY
    assert call("run", "tiny.toml", "-o", "late.h5", "--time-limit", "1:00:00", cwd=tiny_copy, PATH=path, SLURM_JOB_ID="77").returncode == ALL_DONE


@pytest.mark.parametrize("options", [("--time-limit", "90"), ("--time-limit", "soon"), ("--checkpoint-every", "1x")])
def test_what_is_no_length_of_time_is_refused(options, tiny_copy):
    result = call("run", "tiny.toml", *options, cwd=tiny_copy)
    assert result.returncode == BAD_INPUT and f"{options[0]} {options[1]}: expected a length of time such as 90s" in result.stderr
    assert not (tiny_copy / "tiny.h5").exists()


# --- locks, foreign files -----------------------------------------------------------------------------------------------------------------------

def test_a_refused_file_keeps_its_neighbourhood(tiny_copy):
    assert call("run", "tiny.toml", cwd=tiny_copy).returncode == ALL_DONE
    before = sorted(entry.name for entry in tiny_copy.iterdir())
    assert call("run", "tiny.toml", "--set", "sweep.seed=6", cwd=tiny_copy).returncode == BAD_INPUT
    assert sorted(entry.name for entry in tiny_copy.iterdir()) == before


def test_a_file_of_another_build_goes_on_with_the_difference_shown(tiny_copy):
    assert call("run", "tiny.toml", cwd=tiny_copy).returncode == ALL_DONE
    with h5py.File(tiny_copy / "tiny.h5", "a") as file:
        file.attrs["compiler"] = "cc 1.0"
        file["sgd/status"][0, 0, 0] = PENDING
    result = call("run", "tiny.toml", cwd=tiny_copy)
    assert result.returncode == ALL_DONE and "begun with compiler cc 1.0, continued with" in result.stderr
    with h5py.File(tiny_copy / "tiny.h5", "a") as file:
        file.attrs["format_version"] = 999
    result = call("run", "tiny.toml", cwd=tiny_copy)
    assert result.returncode == ERROR and "format version 999, but this program reads version" in result.stderr


# --- full disks ---------------------------------------------------------------------------------------------------------------------------------

@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False).returncode != 0:
        pytest.skip("full disk: mounting a small tmpfs needs root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    """Takes all the room that is left, to the last block."""
    with open(folder / "filler", "wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12):
            while True:
                try:
                    if file.write(b"x" * size) < size:
                        break
                except OSError:
                    break


def test_a_disk_too_small_gets_no_file(tiny_copy, small_disk):
    result = call("run", "tiny.toml", "--set", "sweep.replicas=2000", "-o", small_disk / "big.h5", cwd=tiny_copy)
    assert result.returncode == ERROR and "No space left on device" in result.stderr
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_fills_up_stops_nothing_that_was_reserved(long, small_disk):
    """The file has its room from the start; what is beside it (events, checkpoints) may fail and is said."""
    path = small_disk / "full.h5"
    process = start("run", "long.toml", "-o", path, "--checkpoint-every", "0.2s", cwd=long)
    try:
        wait_for_start(process, path)
        fill(small_disk)
        status, output = finish(process)
    finally:
        end(process)
    assert status == ALL_DONE, output
    same_bits(long, "undisturbed.h5", path)
    assert output.count("this task can't be continued from here") <= 1


def test_a_row_that_finds_no_room_is_an_error_and_the_run_completes_after_more_room(long, small_disk):
    # A file system that does not keep what it promised: the room of the rows is taken out of the file again.
    path = small_disk / "thin.h5"
    begun = call("run", "long.toml", "-o", path, "--time-limit", "0.2s", cwd=long)
    assert begun.returncode == STOPPED_EARLY and ended_rows(path) == 0
    with h5py.File(path, "r") as file:
        places = [(file[f"sgd/{name}"].id.get_offset(), file[f"sgd/{name}"].nbytes) for name in ("encoder", "decoder")]
    for at, size in places:
        first, last = (at + PAGE - 1) // PAGE * PAGE, (at + size) // PAGE * PAGE
        assert last > first, "the rows are smaller than a page: nothing to take out"
        subprocess.run(["fallocate", "--punch-hole", "-o", str(first), "-l", str(last - first), path], check=True)
    fill(small_disk)
    failed = call("run", "long.toml", "-o", path, cwd=long)
    assert failed.returncode == ERROR, failed.stdout + failed.stderr
    assert "cannot write /sgd/" in failed.stderr and ": 0 kB free" in failed.stderr and "run the same command again" in failed.stderr
    assert not (read_columns(path, "sgd/status")[0] == DONE).all()
    (small_disk / "filler").unlink()
    assert call("run", "long.toml", "-o", path, cwd=long).returncode == ALL_DONE
    same_bits(long, "undisturbed.h5", path)
