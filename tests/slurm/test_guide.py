"""docs/cluster.md word for word: its blocks in their order, in one shell, on the virtual cluster."""
import re
import subprocess
import sys
from pathlib import Path

from program import program

ROOT = Path(__file__).resolve().parents[2]
NOT_RUN = {"build", "copy"}  # the network, and what scripts/test.sh does
WAIT = """
for _ in $(seq 600); do
  aesweep status {file} --json {part} 2>/dev/null | grep -q '"pending_tasks": 0,' && break
  # Held for two minutes after a requeue, which nothing here causes: a job that is gone before its file is complete would be waited for in vain.
  sleep 0.2
done
aesweep status {file} --json {part} | grep -q '"pending_tasks": 0,' || {{ cat *.log; squeue; exit 1; }}
"""


def steps(text):
    """(shell text, label) of every block and every wait, in order."""
    pattern = r"<!-- (?P<mark>not run|wait): (?P<what>[^>]*?) -->|```sh\n(?P<block>.*?)```"
    skip = None
    for match in re.finditer(pattern, text, re.S):
        if match["mark"] == "not run":
            skip = match["what"]
        elif match["mark"] == "wait":
            file, _, part = match["what"].partition(" ")
            yield WAIT.format(file=file, part=f"--part {part}" if part else "")
        elif skip:
            assert skip in NOT_RUN
            NOT_RUN.remove(skip)
            skip = None
        else:
            yield match["block"]


def test_every_command_of_the_guide(cluster, tmp_path):
    text = (ROOT / "docs" / "cluster.md").read_text()
    blocks = list(steps(text))
    assert not NOT_RUN and len(blocks) >= 12
    script = "set -e\n" + "".join(f"echo '--- step {number}'\n{block}\n" for number, block in enumerate(blocks))
    home = tmp_path / "home"
    (home / ".local" / "bin").mkdir(parents=True)
    (home / ".local" / "bin" / "aesweep").symlink_to(program())
    (home / "bin").mkdir()
    (home / "bin" / "python3").symlink_to(sys.executable)
    environment = {**cluster.environment, "HOME": str(home), "PYTHONPATH": str(ROOT / "analysis"), "MPLBACKEND": "Agg"}
    environment["PATH"] = f"{home}/bin:{cluster.environment['PATH']}"
    work = tmp_path / "work"
    work.mkdir()
    result = subprocess.run(["bash", "-c", script], cwd=work, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"
    assert (work / "decay.png").read_bytes().startswith(b"\x89PNG")
    assert "complete" in result.stdout
