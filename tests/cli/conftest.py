import pytest

from program import ALL_DONE, TINY, call


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A finished tiny sweep, for tests that only read: the folder with tiny.toml and tiny.h5."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny.toml").write_text(TINY)
    result = call("run", "tiny.toml", cwd=folder)
    assert result.returncode == ALL_DONE, result.stderr
    return folder


@pytest.fixture
def tiny_copy(tmp_path):
    """A folder with tiny.toml alone, for tests that write."""
    (tmp_path / "tiny.toml").write_text(TINY)
    return tmp_path
