"""Killing mpirun and its ranks, and nothing else."""
import os
import signal
import time
from pathlib import Path

from program import TIMEOUT


def parent_of(process_id):
    """None if there is no such process any more, or only a zombie."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[1])


def ranks_of(process):
    """Process ids of mpirun's ranks: it starts them itself, each in a process group of its own."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and parent_of(entry.name) == process.pid]


def wait_until_gone(process_ids):
    deadline = time.monotonic() + TIMEOUT
    while any(parent_of(process_id) is not None for process_id in process_ids):
        assert time.monotonic() < deadline, "a killed rank is still there"
        time.sleep(0.01)


def kill_all(process):
    """kill -9 of mpirun and of all its ranks at once."""
    process.send_signal(signal.SIGSTOP)  # starts no further rank while we look
    ranks = ranks_of(process)
    for rank in ranks:
        os.kill(rank, signal.SIGKILL)
    process.kill()
    process.communicate(timeout=TIMEOUT)
    wait_until_gone(ranks)


def end_launcher(process):
    if process.poll() is None:
        kill_all(process)
