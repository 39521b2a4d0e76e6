"""What takes minutes: real time limits with real requeues, jobs that may not be requeued, srun, and a job array."""
import re
import subprocess

import numpy as np

from program import ALL_DONE, DONE, call, environment, mpirun, program, read_columns, sweep_of_seconds
from virtual_cluster import log_of, submitted

ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT")


def sweep(folder, name, tasks, seconds_of_task):
    (folder / f"{name}.toml").write_text(sweep_of_seconds(name, folder, tasks, seconds_of_task))
    command = [*mpirun(2), program(), "run", f"{name}.toml", "-o", "undisturbed.h5", "--quiet"]
    subprocess.run(command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, timeout=600, check=True)


def same(folder, name):
    return call("compare", "undisturbed.h5", name, cwd=folder).returncode == ALL_DONE


def test_a_time_limit_shorter_than_the_sweep(cluster, tmp_path):
    sweep(tmp_path, "limited", tasks=220, seconds_of_task=0.5)  # 110 s on one core; a start has at most 90 until its warning
    job = submitted(cluster.call("aesweep", "submit", "limited.toml", "--ntasks=1", "--time=2", cwd=tmp_path))
    restarts = 0
    while True:
        cluster.wait_for("the end of a start", lambda: cluster.job(job)["Restarts"] != str(restarts) or cluster.job(job)["JobState"] in ENDED, job, 240)
        if cluster.job(job)["JobState"] in ENDED:
            break
        restarts += 1
        cluster.wait_for_requeue(job, restarts - 1)
        assert restarts < 12, log_of(tmp_path / "limited.h5")
    log = log_of(tmp_path / "limited.h5")
    assert cluster.job(job)["ExitCode"] == "0:0" and restarts >= 1, log
    assert log.count("going on later") == restarts and "DUE TO TIME LIMIT" not in log, log
    assert same(tmp_path, "limited.h5")


def test_a_job_that_may_not_be_requeued_submits_another(cluster, tmp_path):
    sweep(tmp_path, "chain", tasks=60, seconds_of_task=0.15)
    path = tmp_path / "chain.h5"
    first = submitted(cluster.call("aesweep", "submit", "chain.toml", "--ntasks=2", "--time=10", "--no-requeue", cwd=tmp_path))
    cluster.wait_for_rows(first, path, 5)
    cluster.call("scancel", "--batch", "--signal=USR1", first)
    cluster.wait_for_state(first, *ENDED)
    second = re.findall(r"submitting another\n(\d+)", log_of(path))
    assert len(second) == 1, log_of(path)
    cluster.wait_for_state(second[0], *ENDED)
    assert cluster.job(second[0])["ExitCode"] == "0:0" and same(tmp_path, "chain.h5"), log_of(path)


def test_srun_as_launcher_is_warned_as_well(cluster, tmp_path):
    sweep(tmp_path, "srun", tasks=60, seconds_of_task=0.15)
    path = tmp_path / "srun.h5"
    job = submitted(cluster.call("aesweep", "submit", "srun.toml", "--nodes=2", "--ntasks=2", "--time=10", "--launcher", "srun --mpi=pmix", cwd=tmp_path))
    cluster.wait_for_rows(job, path, 5)
    cluster.call("scancel", "--batch", "--signal=USR1", job)
    cluster.wait_for_requeue(job, 0)
    assert "the run ended with status 75" in log_of(path)
    cluster.wait_for_state(job, *ENDED)
    assert cluster.job(job)["ExitCode"] == "0:0" and same(tmp_path, "srun.h5"), log_of(path)


def test_a_job_array_shares_a_sweep(cluster, tmp_path):
    sweep(tmp_path, "shared", tasks=60, seconds_of_task=0.15)
    job = submitted(cluster.call("aesweep", "submit", "shared.toml", "--array=3", "--ntasks=1", "--time=10", cwd=tmp_path))
    parts = [tmp_path / f"shared.part{index}of3.h5" for index in (1, 2, 3)]
    cluster.wait_for_rows(f"{job}_2", parts[1], 3)
    cluster.call("scancel", "--batch", "--signal=USR1", f"{job}_2")  # one of them is stopped, the others go on
    cluster.wait_for_requeue(f"{job}_2", 0)
    for index in (1, 2, 3):
        cluster.wait_for_state(f"{job}_{index}", *ENDED)
    whole, = read_columns(tmp_path / "undisturbed.h5", "sgd/pmse")
    times_done = np.zeros(whole.shape[:-1], dtype=int)
    for part in parts:
        status, pmse = read_columns(part, "sgd/status", "sgd/pmse")
        assert np.array_equal(pmse[status == DONE], whole[status == DONE])
        times_done += status == DONE
    assert (times_done == 1).all()
    logs = "".join(path.read_text() for path in tmp_path.glob("shared.h5.*.log"))
    assert "all 3 parts are complete: merging them" in logs, logs
    assert same(tmp_path, "shared.h5"), logs
