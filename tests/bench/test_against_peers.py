"""How much faster SGD is than what a good Python user would write; only with AESWEEP_FULL=1, because it takes minutes and an idle core.

The floors lie below the targets of scripts/bench.sh by what a noisy machine may take."""
import argparse
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
import compare  # noqa: E402

pytestmark = pytest.mark.skipif(not os.environ.get("AESWEEP_FULL"), reason="measures for minutes; AESWEEP_FULL=1 runs it")

FLOORS = {"vector": 5.0, "gram": 200.0}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    program = compare.Program(os.environ["AESWEEP"], tmp_path_factory.mktemp("bench"))
    yield compare.compare_sgd(program, program.levels()[-1:], argparse.Namespace(quick=True, rounds=3))
    os.sched_setaffinity(0, before)


@pytest.mark.parametrize("method", FLOORS)
def test_outruns_numpy_and_pytorch(rows, method):
    own = [row for row in rows if row.what.endswith(method)]
    assert own, "neither NumPy nor PyTorch was measured"
    for row in own:
        assert row.ratio() >= FLOORS[method], row.line()
