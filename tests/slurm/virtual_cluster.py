"""A private SLURM on this host (slurm/test-cluster), its jobs and its accidents."""
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from program import ended_rows, environment, program

SCRIPTS = Path(__file__).resolve().parents[2] / "slurm" / "test-cluster"
TIMEOUT = 120  # of one step, seconds: far above what any needs on a busy machine


class Cluster:
    def __init__(self, state, nodes=2):
        self.state = state
        self.hastened = set()
        subprocess.run([SCRIPTS / "up.sh", state, str(nodes)], check=True, timeout=TIMEOUT)
        # The program is found as a user finds it, on PATH.
        self.environment = environment(SLURM_CONF=f"{state}/slurm.conf", PATH=f"{Path(program()).parent}:{os.environ['PATH']}")

    def end(self):
        subprocess.run([SCRIPTS / "down.sh", self.state], check=True, timeout=TIMEOUT)

    def call(self, *command, cwd=None):
        """Runs a command that must succeed; returns what it wrote."""
        result = subprocess.run([str(word) for word in command], cwd=cwd, env=self.environment, capture_output=True, text=True, timeout=TIMEOUT,
                                check=False, stdin=subprocess.DEVNULL)
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result.stdout

    def job(self, job_id):
        """Job's fields as scontrol shows them, e.g. JobState, Restarts."""
        return dict(re.findall(r"(\w+)=(\S*)", self.call("scontrol", "show", "job", job_id)))

    def wait_for(self, what, condition, job_id=None, timeout=TIMEOUT):
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come within {timeout} s; {self.job(job_id) if job_id else ''}"
            time.sleep(0.1)

    def wait_for_state(self, job_id, *states):
        self.wait_for(f"job {job_id} {states}", lambda: self.job(job_id)["JobState"] in states, job_id)

    def wait_for_rows(self, job_id, path, count):
        """Returns once so many rows have ended; fails if the job ends first."""
        def there():
            if ended_rows(path) >= count:
                return True
            state = self.job(job_id)["JobState"]
            if state == "PENDING":  # requeued once more: the first start on a node that died may meet what is left of that
                self.start_now(job_id)
            assert state in ("PENDING", "CONFIGURING", "RUNNING", "COMPLETING"), f"job {job_id} is {state} before {count} rows were there\n{log_of(path)}"
            return False
        self.wait_for(f"{count} rows", there, job_id)

    def restarts(self, job_id):
        return int(self.job(job_id)["Restarts"])

    def wait_for_requeue(self, job_id, restarts):
        """Returns once the job has been requeued more often than so many times."""
        self.wait_for(f"a restart of job {job_id}", lambda: self.restarts(job_id) > restarts, job_id)
        self.wait_for_state(job_id, "PENDING", "RUNNING", "CONFIGURING")
        self.start_now(job_id)

    def start_now(self, job_id):
        """SLURM holds a requeued job for two minutes, which we do not wait for; within two seconds it would refuse the job's old credentials."""
        start = (job_id, self.restarts(job_id))
        if self.job(job_id)["JobState"] == "PENDING" and start not in self.hastened:
            self.hastened.add(start)
            command = ["scontrol", "update", f"JobId={job_id}", "StartTime=now+2"]
            updated = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=TIMEOUT)
            assert updated.returncode == 0 or self.job(job_id)["JobState"] != "PENDING", updated.stderr  # it may have started meanwhile

    def processes_of(self, node):
        """Ids of slurmd and all else in the node's namespace."""
        daemon = (self.state / f"slurmd.{node}.pid").read_text().strip()
        space = os.readlink(f"/proc/{daemon}/ns/uts")
        assert space != os.readlink("/proc/self/ns/uts")
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "ns" / "uts") == space:
                    found.append(int(entry.name))
            except OSError:  # ended meanwhile
                pass
        return found

    def ranks(self, node, word="run"):
        """Ids of the program's processes on a node."""
        found = []
        for process_id in self.processes_of(node):
            try:
                command = Path(f"/proc/{process_id}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if command[:2] == [program().encode(), word.encode()]:
                found.append(process_id)
        return found

    def kill_node(self, node):
        """The node loses power: every process on it is gone, and SLURM is told as its time-out would tell it."""
        for process_id in self.processes_of(node):
            os.kill(process_id, signal.SIGKILL)
        self.call("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=power")

    def start_node(self, node):
        self.call(SCRIPTS / "node.sh", self.state, node)
        self.wait_for(f"node {node}", lambda: self.is_up(node))

    def is_up(self, node):
        """Whether a node takes jobs. One that is down is told to: SLURM refuses that while it still cleans up there, and where the node is back by itself."""
        if self.call("sinfo", "-h", "-n", node, "-o", "%T").strip() in ("idle", "mixed", "allocated"):
            return True
        subprocess.run(["scontrol", "update", f"NodeName={node}", "State=RESUME"], env=self.environment, capture_output=True, timeout=TIMEOUT, check=False)
        return False


def log_of(path):
    log = Path(f"{path}.log")
    return log.read_text() if log.exists() else ""


def submitted(output):
    """The job's id, from what `aesweep submit` says."""
    return re.match(r"submitted job (\d+):", output).group(1)
