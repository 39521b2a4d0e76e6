"""Deep networks on manifolds: what their files hold, their bits on any number of ranks and through kills, and what is refused."""
import signal
import time

import numpy as np
import pytest

from program import ALL_DONE, BAD_INPUT, DIVERGED, DONE, STOPPED_EARLY, call, end, mpirun, read_columns, same_bits, start

SWEEP = """\
[sweep]
name = "deep"
seed = 3
engines = ["deep"]
replicas = {replicas}

[data]
kind = "manifold"
{data}

[model]
activation = "relu"
width = {width}
depth = 1

[training]
learning_rate = {rate}
horizon = {horizon}
batch = 32
precision = "{precision}"

[record]
count = 5
components = 2
reconstruction = 16

[[axis]]
name = "shape"
keys = ["data.manifold", "model.hidden", "data.dimension"]
values = [["circle", 1, 2], ["circle", 2, 2], ["sphere", 2, 33]]
"""


def write(folder, name="deep.toml", **values):
    (folder / name).write_text(SWEEP.format(**{"replicas": 3, "data": "", "width": 16, "rate": 0.005, "horizon": 400, "precision": "float32", **values}))


@pytest.fixture(scope="module")
def deep(tmp_path_factory):
    """deep.toml: three replicas of a circle through one and two latent dimensions and of a sphere; alone.h5, its result by one process."""
    folder = tmp_path_factory.mktemp("deep")
    write(folder)
    result = call("run", "deep.toml", "-o", "alone.h5", cwd=folder)
    assert result.returncode == ALL_DONE, result.stderr
    return folder


def test_what_a_file_holds(deep):
    status, steps, share, supremum, excess, final = read_columns(deep / "alone.h5", *(f"deep/{name}" for name in (
        "status", "steps", "exceptional", "supremum", "excess", "final_supremum")))
    assert (status == DONE).all() and (steps == 400).all()
    assert share.shape == (3, 3, 6, 4) and (np.diff(share, axis=-1) <= 0).all()  # over epsilon
    assert (excess == share[..., -1, 1]).all() and (final == supremum[..., -1]).all()
    original, image, latent, epsilon, quantile = read_columns(deep / "alone.h5", "deep/original", "deep/reconstruction", "deep/latent", "epsilon", "quantile")
    assert list(epsilon) == [0.05, 0.1, 0.2, 0.5] and list(quantile) == [0.5, 0.9, 0.99]
    assert original.shape == (3, 3, 16, 33) and image.shape == (3, 3, 6, 16, 33) and latent.shape == (3, 3, 6, 16, 2)
    assert np.isnan(latent[0, ..., 1]).all() and np.isnan(original[:2, ..., 2:]).all() and np.isfinite(image[2]).all()
    np.testing.assert_allclose(np.nansum(original**2, axis=-1), 1, rtol=1e-12)
    reach, bound, chance, pca = read_columns(deep / "alone.h5", *(f"reference/{name}" for name in ("reach", "bound", "chance", "pca_error")))
    assert (reach == 1).all() and list(bound) == [1, 0, 1]  # with a dimension to spare nothing is forbidden
    assert np.abs(chance - 0.5).max() < 1e-12 and np.abs(pca - [0.25, 0, 1 / 6]).max() < 1e-12


def test_what_topology_forbids(deep):
    """Through as many latent dimensions as the manifold has, the error reaches its reach somewhere; through one more it does not."""
    supremum, pmse = read_columns(deep / "alone.h5", "deep/supremum", "deep/pmse")
    assert (supremum[[0, 2]] >= 0.999).all()
    assert (supremum[1, :, -1] < 0.5).all() and (pmse[1, :, -1] < 0.02).all()


@pytest.mark.parametrize("ranks", [2, 3])
def test_any_number_of_ranks(deep, ranks):
    result = call("run", "deep.toml", "-o", f"{ranks}.h5", cwd=deep, launcher=mpirun(ranks))
    assert result.returncode == ALL_DONE, result.stderr
    same_bits(deep, "alone.h5", f"{ranks}.h5")


def test_replay_verify_status_show_export(deep):
    assert call("replay", "alone.h5", "shape=circle, 2, 2", "--replica", "2", cwd=deep).returncode == ALL_DONE
    assert call("verify", "alone.h5", "--sample", "4", cwd=deep).returncode == ALL_DONE
    assert "9 " in call("status", "alone.h5", cwd=deep).stdout
    for value in ("success", "excess", "final_supremum"):
        assert call("show", "alone.h5", "--value", value, cwd=deep).returncode == ALL_DONE
    table = call("export", "alone.h5", "--csv", "-", cwd=deep).stdout.splitlines()
    assert len(table) == 10 and "final_supremum" in table[0]


def test_judging_anew_moves_success(deep):
    result = call("judge", "alone.h5", "--success-excess", "1", "-o", "judged.h5", cwd=deep)
    assert result.returncode == ALL_DONE, result.stderr
    assert (read_columns(deep / "judged.h5", "phase/deep/success")[0] == 1).all()


def test_more_replicas_have_the_bits_of_a_fresh_run(deep):
    write(deep, "more.toml", replicas=4)
    assert call("run", "more.toml", "-o", "fresh.h5", cwd=deep).returncode == ALL_DONE
    assert call("extend", "alone.h5", "more.toml", "-o", "more.h5", cwd=deep).returncode == ALL_DONE
    assert call("run", "more.toml", "-o", "more.h5", cwd=deep).returncode == ALL_DONE
    same_bits(deep, "fresh.h5", "more.h5")


def test_merge_pads_what_is_over_latents_and_coordinates(deep):
    halves = {"low": '[["circle", 1, 2]]', "high": '[["circle", 2, 2], ["sphere", 2, 33]]'}
    for name, values in halves.items():
        text = (deep / "deep.toml").read_text()
        (deep / f"{name}.toml").write_text(text[:text.index("values = ")] + f"values = {values}\n")
        assert call("run", f"{name}.toml", "-o", f"{name}.h5", cwd=deep).returncode == ALL_DONE
    result = call("merge", "low.h5", "high.h5", "-o", "merged.h5", cwd=deep)
    assert result.returncode == ALL_DONE, result.stderr
    for name in ("exceptional", "reconstruction", "latent", "pmse"):
        merged, whole = (read_columns(deep / file, f"deep/{name}")[0] for file in ("merged.h5", "alone.h5"))
        np.testing.assert_array_equal(merged, whole)


def test_noise_samples_and_precision(deep):
    write(deep, "other.toml", data="training_samples = 20\nembedding_noise = 0.1", precision="float64")
    result = call("run", "other.toml", "-o", "other.h5", cwd=deep)
    assert result.returncode == ALL_DONE, result.stderr
    training, pmse, original = read_columns(deep / "other.h5", "deep/pmse_training", "deep/pmse", "deep/original")
    assert np.isfinite(training).all() and (training != pmse).any()
    np.testing.assert_allclose(np.nansum(original**2, axis=-1), 1, rtol=1e-12)  # an isometry, and test points have no noise


def test_divergence_is_a_result(deep):
    write(deep, "wild.toml", rate=1e4, horizon=50)
    text = (deep / "wild.toml").read_text().replace("batch = 32", 'batch = 32\noptimizer = "sgd"')
    (deep / "wild.toml").write_text(text)
    assert call("run", "wild.toml", "-o", "wild.h5", cwd=deep).returncode == ALL_DONE
    status, excess, supremum = read_columns(deep / "wild.h5", "deep/status", "deep/excess", "deep/supremum")
    assert (status == DIVERGED).all() and np.isnan(excess).all() and np.isnan(supremum[..., -1]).all()


LONG = {"replicas": 2, "width": 64, "horizon": 3000}


@pytest.fixture(scope="module")
def long(deep):
    write(deep, "long.toml", **LONG)
    assert call("run", "long.toml", "-o", "long.h5", cwd=deep).returncode == ALL_DONE
    return deep


@pytest.mark.parametrize("sent, ended", [(signal.SIGTERM, STOPPED_EARLY), (signal.SIGKILL, -signal.SIGKILL)], ids=["stopped", "killed"])
def test_a_run_goes_on_from_its_checkpoint(long, sent, ended):
    path = long / f"{sent.name}.h5"
    process = start("run", "long.toml", "-o", path.name, "--checkpoint-every", "0.1s", cwd=long)
    try:
        checkpoints, deadline = path.with_suffix(".h5.ckpt"), time.monotonic() + 60
        while not list(checkpoints.glob("*")) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(sent)
        assert process.wait(60) == ended
    finally:
        end(process)
    finished = call("run", "long.toml", "-o", path.name, cwd=long)
    assert finished.returncode == ALL_DONE, finished.stderr
    same_bits(long, "long.h5", path.name)


@pytest.mark.parametrize("change, message", [
    (("kind = \"manifold\"", "spikes = [1.0]"), "\"deep\" learns a manifold"), (('engines = ["deep"]', 'engines = ["sgd"]'), "a manifold is learnt by deep networks alone"),
    (("[training]", "[training]\ninput_noise = 1.0"), "training.input_noise: applies to data.kind"), (("reconstruction = 16", 'weights = "final"'), "are of shallow networks"),
    (("[record]", "[outcome]\nepsilon = 0.3\n[record]"), "must be one of outcome.epsilons")])
def test_what_has_no_meaning_is_refused(deep, tmp_path, change, message):
    (tmp_path / "wrong.toml").write_text((deep / "deep.toml").read_text().replace(*change))
    result = call("plan", "wrong.toml", cwd=tmp_path)
    assert result.returncode == BAD_INPUT and message in result.stderr, result.stderr
