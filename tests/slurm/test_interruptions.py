"""One sweep through everything that SLURM does to a job, to the same bits as an undisturbed run."""
import json
import os
import signal

import pytest

from program import ALL_DONE, DONE, call, ended_rows, mpirun, read_columns, sweep_of_seconds
from virtual_cluster import log_of, submitted

TASKS = 140  # of a tenth of a second: 8 s on two cores, of which the starts between interruptions take at most a half


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """slow.toml and undisturbed.h5, its result outside SLURM."""
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "slow.toml").write_text(sweep_of_seconds("slow", folder, TASKS, seconds_of_task=0.1))
    result = call("run", "slow.toml", "-o", "undisturbed.h5", cwd=folder, launcher=mpirun(2))
    assert result.returncode == ALL_DONE, result.stderr
    return folder


def test_a_job_goes_on_through_signals_kills_and_a_dead_node(cluster, folder):
    path = folder / "slow.h5"
    submit = ("aesweep", "submit", "slow.toml", "-p", "main", "--nodes=2", "--ntasks=4", "--time=20", "--comment=through", "--mem", "200M")
    job = submitted(cluster.call(*submit, cwd=folder))
    more = TASKS // 23  # a little more than one task a rank
    lasting = []  # rows that were done, with what it took to compute them

    def on():
        cluster.wait_for_rows(job, path, ended_rows(path) + more)
        return cluster.restarts(job)

    before = on()
    status = json.loads(cluster.call("aesweep", "status", "slow.h5", "--json", cwd=folder))  # as from a login node
    assert status["running"] and 0 < status["pending_tasks"] < TASKS
    assert cluster.job(job)["Comment"] == "through"

    cluster.call("scancel", "--batch", "--signal=USR1", job)  # the warning before the time limit
    cluster.wait_for_requeue(job, before)
    lasting.append(read_columns(path, "sgd/status", "sgd/seconds", "sgd/rank"))
    before = on()
    cluster.kill_node("n2")  # the job's other node: SLURM requeues it
    cluster.wait_for_requeue(job, before)
    cluster.start_node("n2")
    before = on()
    os.kill(cluster.ranks("n1")[0], signal.SIGKILL)  # out of memory, say: mpirun ends the job, which made progress
    cluster.wait_for_requeue(job, before)
    lasting.append(read_columns(path, "sgd/status", "sgd/seconds", "sgd/rank"))
    before = on()
    cluster.call("scancel", "--batch", "--signal=TERM", job)  # preemption with a grace time
    cluster.wait_for_requeue(job, before)
    before = on()
    cluster.kill_node("n1")  # the node of the job script
    cluster.wait_for_requeue(job, before)
    cluster.start_node("n1")
    before = on()
    assert before >= 5
    cluster.call("scancel", job)  # somebody means it: the job must not come back
    cluster.wait_for_state(job, "CANCELLED")
    assert cluster.restarts(job) == before
    assert ended_rows(path) < TASKS, f"the sweep was done before all interruptions\n{log_of(path)}"

    first, job = job, submitted(cluster.call(*submit, cwd=folder))
    cluster.wait_for_rows(job, path, TASKS)
    cluster.wait_for_state(job, "COMPLETED", "FAILED", "CANCELLED")
    assert cluster.job(job)["ExitCode"] == "0:0", log_of(path)
    assert "nothing to submit" in cluster.call(*submit, cwd=folder)

    status, *book = read_columns(path, "sgd/status", "sgd/seconds", "sgd/rank")
    assert (status == DONE).all()
    for then, *book_then in lasting:
        for old, new in zip(book_then, book):
            assert (old[then == DONE] == new[then == DONE]).all(), "a finished row was computed again"
    assert call("compare", "undisturbed.h5", "slow.h5", cwd=folder).returncode == ALL_DONE
    log = log_of(path)
    assert all(f"job {first}, start {number}" in log for number in range(1, before + 2)) and f"job {job}, start 1" in log  # one log, appended to
    assert log.count("stopping, to go on later") == 2 and log.count("stopping, SLURM ends this job") >= 1
