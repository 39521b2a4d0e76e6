import os

os.environ.setdefault("MPLBACKEND", "Agg")

import matplotlib.pyplot as plt  # noqa: E402
import pytest  # noqa: E402

from aesweep_analysis import open_sweep  # noqa: E402
from synthetic import write_sweep  # noqa: E402

PENDING, DIVERGED, EXCLUDED = (4, 0, 0), (4, 1, 1), (0, 4, 0)


@pytest.fixture(scope="session")
def plane_file(tmp_path_factory):
    """A 5 × 5 (η, κ) plane of linear and erf networks with a pending, a diverged and an excluded point."""
    path = tmp_path_factory.mktemp("plane") / "plane.h5"
    return write_sweep(path, pending=[PENDING], diverged=[DIVERGED], excluded=[EXCLUDED])


@pytest.fixture
def plane(plane_file):
    with open_sweep(plane_file) as sweep:
        yield sweep
    plt.close("all")
