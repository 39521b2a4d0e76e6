import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1] / "cli"))  # program.py

from virtual_cluster import Cluster  # noqa: E402


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A real SLURM with two virtual nodes of two cores each."""
    state = tmp_path_factory.mktemp("slurm")
    cluster = Cluster(state)
    yield cluster
    cluster.end()
