"""The result file as other programs see it: h5dump, h5py, xarray; and its numbers, computed again from the stored trajectories."""
import subprocess

import h5py
import numpy as np
import pytest
import scipy.stats
import xarray

from program import ALL_DONE, DIVERGED, DONE, EXCLUDED, FAILED, SOME_FAILED, TINY, call

DIMENSION, SPIKES, BULK, HIDDEN = 40, [2.0, 1.0], 1.0, 2
THRESHOLD, SUCCESS_EXCESS, HORIZON, COUNT = 0.6, 0.2, 20.0, 12
RATES = [0.25, 2.0, 60.0, 1e15]   # learns, learns, SGD diverges (above 1.21 D/rho_hat = 24 for linear units), the flow fails as well
NOISES = [0.0, 2.0]               # s^2/D = 0, 0.1

# Every kind of axis: text, numbers, booleans, keys that move together; input noise; excluded, diverged and failed points.
SWEEP = f"""\
[sweep]
name = "layout"
seed = 3
replicas = 3

[data]
dimension = {DIMENSION}
spikes = {SPIKES}
bulk = {BULK}

[model]
hidden = {HIDDEN}

[training]
horizon = {HORIZON}

[record]
count = {COUNT}
first = 0.05

[outcome]
learnt_threshold = {THRESHOLD}
success_excess = {SUCCESS_EXCESS}

[[axis]]
key = "model.activation"
values = ["linear", "erf"]

[[axis]]
key = "training.learning_rate"
values = {RATES}

[[axis]]
key = "training.weight_decay"
range = {{ from = 0.003, to = 3.0, count = 4, spacing = "log" }}

[[axis]]
key = "model.tied"
values = [false]

[[axis]]
name = "corruption"
keys = ["training.input_noise", "model.bias"]
values = [[{NOISES[0]}, "none"], [{NOISES[1]}, "trained"]]

[[exclude]]
"model.activation" = "linear"
"model.bias" = "trained"
"""
AXES = ["activation", "learning_rate", "weight_decay", "tied", "corruption"]
GRID = (2, 4, 4, 1, 2)
ROWS = GRID + (3,)
GROUPS = ["reference", "ode", "sgd", "phase", "phase/ode", "phase/sgd"]
ENGINES = ["ode", "sgd"]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layout")
    (folder / "layout.toml").write_text(SWEEP)
    result = call("run", "layout.toml", "-o", "layout.h5", cwd=folder)
    assert result.returncode == SOME_FAILED, result.stderr
    return folder / "layout.h5"


@pytest.fixture
def file(path):
    with h5py.File(path, "r") as opened:
        yield opened


def group_of(path, group):
    return xarray.open_dataset(path, engine="h5netcdf", group=group)


# --- it opens ------------------------------------------------------------------------------------------------------------------------------------

def test_h5dump_reads_it(path):
    result = subprocess.run(["h5dump", "-H", path], capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert all(f'DATASET "{name}"' in result.stdout for name in (*AXES, "pmse", "explained", "status", "theory_gap"))


@pytest.mark.parametrize("group", GROUPS)
def test_xarray_opens_every_group_with_its_coordinates(path, group):
    with group_of(path, group) as data:
        assert len(data.data_vars) > 0
        for name, variable in data.data_vars.items():
            assert list(variable.dims)[:5] == AXES, name
            assert set(variable.dims) <= set(data.coords), name
            variable.load()
        assert data["activation"].values.tolist() == ["linear", "erf"]
        assert data["learning_rate"].values.tolist() == RATES


def test_selection_by_label_and_by_number(path, file):
    with group_of(path, "sgd") as data:
        chosen = data.sel(activation="erf", learning_rate=2.0, corruption="0, none", tied=False)
        assert np.array_equal(chosen["pmse"].values, file["sgd/pmse"][1, 1, :, 0, 0])
        near = data.sel(activation="erf").sel(weight_decay=0.02, learning_rate=2.1, method="nearest")
        assert near["weight_decay"] == pytest.approx(0.03) and near["learning_rate"] == 2.0
        assert np.array_equal(near["final_pmse"].values, file["sgd/final_pmse"][1, 1, 1])
        assert data.sel(replica=2, component=1).sel(time=HORIZON)["explained"].shape == GRID
        assert data["activation"].dtype == object and isinstance(data["activation"].values[0], str)


def test_a_linked_axis_has_labels_and_a_variable_for_each_key(path, file):
    labels = [label.decode() for label in file["corruption"][:]]
    assert labels == ["0, none", "2, trained"]
    assert file["corruption"].attrs["key"] == "training.input_noise, model.bias"
    with group_of(path, "ode") as data:
        assert data["input_noise"].dims == ("corruption",) and data["input_noise"].values.tolist() == NOISES
        assert data["bias"].values.tolist() == ["none", "trained"]
        assert {"input_noise", "bias"} <= set(data.coords)


# --- its names, shapes and types ------------------------------------------------------------------------------------------------------------------

def test_root_attributes(file):
    attributes = dict(file.attrs)
    assert attributes["format"] == "aesweep" and attributes["format_version"] == 1
    for name in ("sweep", "sweep_directory", "sweep_id", "git_commit", "version", "compiler", "libraries", "instruction_set", "command", "host",
                 "created"):
        assert isinstance(attributes[name], str) and attributes[name], name
    assert attributes["sweep"] == SWEEP
    assert len(attributes["sweep_id"]) == 64


def test_axes_are_scales_with_their_key_and_type(file):
    keys = {"activation": "model.activation", "learning_rate": "training.learning_rate", "weight_decay": "training.weight_decay",
            "tied": "model.tied"}
    for name, key in keys.items():
        assert file[name].attrs["key"] == key
    for name in (*AXES, "time", "replica", "component"):
        assert file[name].attrs["CLASS"] == b"DIMENSION_SCALE", name
    text = h5py.check_string_dtype(file["activation"].dtype)
    assert text.encoding == "utf-8" and text.length is None
    assert file["learning_rate"].dtype == np.float64 and file["tied"].dtype == np.bool_
    decays = file["weight_decay"][:]
    assert decays[0] == 0.003 and decays[-1] == 3.0 and np.allclose(decays, [0.003, 0.03, 0.3, 3.0], rtol=1e-11)  # 12 digits
    assert file["replica"][:].tolist() == [0, 1, 2] and file["component"][:].tolist() == [0, 1]


def test_time_starts_at_zero_and_ends_at_the_horizon(file):
    time = file["time"][:]
    assert time.shape == (COUNT + 1,) and time[0] == 0.0 and time[1] == 0.05 and time[-1] == HORIZON
    assert np.allclose(time[1:], np.geomspace(0.05, HORIZON, COUNT), rtol=1e-12)
    assert file["time"].attrs["units"] == "steps / D"


def test_time_is_a_fraction_where_the_horizon_is_an_axis(tmp_path):
    text = TINY.replace("horizon = 20.0\n", "").replace("training.weight_decay", "training.horizon").replace("[0.01, 0.5, 5.0]", "[5, 20]")
    (tmp_path / "horizon.toml").write_text(text.replace("count = 8\nfirst = 0.1", 'count = 4\nspacing = "linear"'))
    assert call("run", "horizon.toml", "-o", "horizon.h5", cwd=tmp_path).returncode == ALL_DONE
    with h5py.File(tmp_path / "horizon.h5", "r") as file:
        assert file["time"][:].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0] and "horizon" in file["time"].attrs["units"]
        assert np.array_equal(file["sgd/steps"][0, :, 0], [5 * 40, 20 * 40])
        # the streams don't depend on the horizon: a quarter of the longer run is the end of the shorter one, up to where blocks of samples end
        assert file["sgd/pmse"][:, 1, :, 1] == pytest.approx(file["sgd/pmse"][:, 0, :, 4], rel=1e-12)


COLUMNS = {  # name: dimensions behind the replica, type
    "pmse": (["time"], np.float64), "explained": (["component", "time"], np.float64),
    "pmse_clean": (["time"], np.float64), "explained_clean": (["component", "time"], np.float64),
    "final_pmse": ([], np.float64), "excess": ([], np.float64), "learnt": ([], np.int16), "learning_time": (["component"], np.float64),
    "converged": ([], np.bool_), "status": ([], np.uint8), "seconds": ([], np.float64), "steps": ([], np.uint64), "rank": ([], np.int32),
    "attempts": ([], np.int32), "checksum": ([], np.uint64), "instruction_set": ([], np.uint8),
}
SIZES = {"time": COUNT + 1, "component": 2}


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_of_an_engine(file, engine):
    expected = {**COLUMNS, **({"theory_gap": ([], np.float64)} if engine == "sgd" else {})}
    scales = {*AXES, "input_noise", "bias", "replica", "component", "time"}
    assert set(file[engine]) - scales == set(expected)
    for name, (dims, dtype) in expected.items():
        dataset = file[engine][name]
        assert dataset.dtype == dtype, name
        assert dataset.shape == ROWS + tuple(SIZES[dim] for dim in dims), name
        assert [dimension[0].name.rsplit("/", 1)[-1] for dimension in dataset.dims] == [*AXES, "replica", *dims], name
    assert file[engine]["learnt"].attrs["_FillValue"] == -1


@pytest.mark.parametrize("group", GROUPS)
def test_groups_hold_hard_links_to_the_scales(file, group):
    for name in AXES:
        assert h5py.h5o.get_info(file[group][name].id).addr == h5py.h5o.get_info(file[name].id).addr


def test_names_of_references_and_phase(file):
    for name in ("chance", "pca_error", "denoising_error"):
        assert file[f"reference/{name}"].shape == GRID
    for engine in ENGINES:
        for name in ("success", "success_low", "success_high", "learnt_mean", "excess_mean", "excess_sem", "replicas"):
            assert file[f"phase/{engine}/{name}"].shape == GRID
    assert file["phase/theory_gap"].shape == file["phase/theory_bias"].shape == GRID


# --- its numbers ---------------------------------------------------------------------------------------------------------------------------------

@pytest.fixture
def status(file):
    return {engine: file[f"{engine}/status"][:] for engine in ENGINES}


def test_the_statuses_are_those_that_the_sweep_was_made_for(status):
    excluded = np.zeros(ROWS, bool)
    excluded[0, :, :, :, 1] = True
    for engine in ENGINES:
        assert np.array_equal(status[engine] == EXCLUDED, excluded)
        assert (status[engine][:, :2][~excluded[:, :2]] == DONE).all()
    assert (status["ode"][:, 3][~excluded[:, 3]] == FAILED).all()
    assert (status["sgd"][:, 3][~excluded[:, 3]] == DIVERGED).all()
    assert (status["sgd"][0, 2, 0, 0, 0] == DIVERGED).all() and (status["ode"][0, 2, :, 0, 0] == DONE).all()


def test_references(file):
    rho_hat = np.array([theta + BULK / DIMENSION for theta in SPIKES] + [BULK / DIMENSION] * (DIMENSION - len(SPIKES)))
    for n, noise in enumerate(NOISES):
        kept, lost, s_hat = rho_hat[:HIDDEN], rho_hat[HIDDEN:], noise**2 / DIMENSION
        at = np.s_[1, :, :, 0, n]
        assert np.allclose(file["reference/chance"][at], rho_hat.sum() / 2, rtol=1e-13)
        assert np.allclose(file["reference/pca_error"][at], lost.sum() / 2, rtol=1e-13)
        assert np.allclose(file["reference/denoising_error"][at], (lost.sum() + (kept * s_hat / (kept + s_hat)).sum()) / 2, rtol=1e-13)
    assert np.isnan(file["reference/chance"][0, :, :, :, 1]).all()  # excluded


@pytest.mark.parametrize("engine", ENGINES)
def test_scalars_follow_from_the_trajectories(file, status, engine):
    group, done = file[engine], status[engine] == DONE
    pmse, explained, time = group["pmse"][:], group["explained"][:], file["time"][:]
    chance = file["reference/chance"][:][..., None]
    best = file["reference/denoising_error"][:][..., None]
    assert np.isfinite(pmse[done]).all() and np.isfinite(explained[done]).all()
    assert np.isnan(pmse[~done][:, -1]).all()  # NaN from the divergence on

    final = np.where(done, pmse[..., -1], np.nan)
    assert np.array_equal(group["final_pmse"][:], final, equal_nan=True)
    assert np.allclose(group["excess"][:], (final - best) / (chance - best), rtol=1e-13, atol=0, equal_nan=True)

    rho_hat = np.array(SPIKES) + BULK / DIMENSION
    s_hat = np.array(NOISES) ** 2 / DIMENSION
    level = THRESHOLD * rho_hat / (rho_hat + s_hat[:, None])  # (corruption, component)
    reached = explained >= level[:, None, :, None]            # (axes..., replica, component, time)
    learnt = np.where(done, reached[..., -1].sum(axis=-1), -1)
    assert np.array_equal(group["learnt"][:], learnt)
    assert len(np.unique(learnt[done])) >= 2  # else the comparison would say little

    crossing = np.full(explained.shape[:-1], np.nan)
    for at in np.ndindex(crossing.shape):
        if not reached[at].any():
            continue
        i, curve = int(np.argmax(reached[at])), explained[at]
        wanted = level[at[4], at[-1]]
        crossing[at] = time[0] if i == 0 else np.interp(wanted, curve[i - 1:i + 1], time[i - 1:i + 1])
    assert np.allclose(group["learning_time"][:], crossing, rtol=1e-12, atol=0, equal_nan=True)
    assert np.isfinite(crossing).any() and np.isnan(crossing).any()

    # converged: moved by at most 0.001 chance over the second half of the horizon
    half = np.concatenate([[HORIZON / 2], time[time > HORIZON / 2]])
    span = np.array([np.ptp(np.interp(half, time, curve)) for curve in pmse[done]])
    assert np.array_equal(group["converged"][:][done], span <= 1e-3 * np.broadcast_to(chance, ROWS)[done])
    assert not group["converged"][:][~done].any()


@pytest.mark.parametrize("engine", ENGINES)
def test_clean_error_is_the_error_where_there_is_no_noise(file, status, engine):
    done = status[engine] == DONE
    quiet, noisy = done.copy(), done.copy()
    quiet[..., 1, :] = False
    noisy[..., 0, :] = False
    pmse, clean = file[f"{engine}/pmse"][:], file[f"{engine}/pmse_clean"][:]
    assert np.array_equal(clean[quiet], pmse[quiet])
    learns = noisy & (file[f"{engine}/learnt"][:] == HIDDEN)
    assert learns.any() and (clean[learns][:, -1] < pmse[learns][:, -1]).all()


def test_the_gap_between_engines(file, status):
    ode, sgd, chance = file["ode/pmse"][:], file["sgd/pmse"][:], file["reference/chance"][:]
    both = (status["ode"] == DONE) & (status["sgd"] == DONE)
    gap = np.where(both, np.abs(sgd - ode).max(axis=-1) / chance[..., None], np.nan)
    assert np.allclose(file["sgd/theory_gap"][:], gap, rtol=1e-13, atol=0, equal_nan=True)
    assert both.any() and not both.all()
    mean_gap, bias = np.full(GRID, np.nan), np.full(GRID, np.nan)
    for point in np.ndindex(GRID):
        if both[point].any():
            mean_gap[point] = gap[point][both[point]].mean()
            bias[point] = np.abs((sgd - ode)[point][both[point]].mean(axis=0)).max() / chance[point]
    assert np.allclose(file["phase/theory_gap"][:], mean_gap, rtol=1e-12, atol=0, equal_nan=True)
    assert np.allclose(file["phase/theory_bias"][:], bias, rtol=1e-12, atol=0, equal_nan=True)


def test_flow_and_sgd_start_from_the_same_weights(file, status):
    both = (status["ode"] == DONE) & (status["sgd"] == DONE)
    # the flow measures the bulk compressed: equal but for rounding
    assert np.allclose(file["ode/pmse"][:][both][:, 0], file["sgd/pmse"][:][both][:, 0], rtol=1e-12, atol=0)
    assert len(np.unique(file["sgd/pmse"][1, 0, 0, 0, 0, :, 0])) == 3  # replicas differ


@pytest.mark.parametrize("engine", ENGINES)
def test_phase_is_what_the_rows_say(file, status, engine):
    excess, learnt = file[f"{engine}/excess"][:], file[f"{engine}/learnt"][:]
    phase = {name: dataset[...] for name, dataset in file[f"phase/{engine}"].items() if dataset.attrs.get("CLASS") != b"DIMENSION_SCALE"}
    seen = set()
    for point in np.ndindex(GRID):
        stored = {name: values[point] for name, values in phase.items() if values.shape == GRID}
        done, diverged = status[engine][point] == DONE, status[engine][point] == DIVERGED
        n, good = int((done | diverged).sum()), excess[point][done]
        assert stored["replicas"] == n
        if n == 0:
            assert all(np.isnan(stored[name]) for name in stored if name != "replicas")
            continue
        successes = int((good <= SUCCESS_EXCESS).sum())
        wilson = scipy.stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
        assert stored["success"] == successes / n
        assert stored["success_low"] == pytest.approx(wilson.low, rel=1e-12, abs=1e-15)
        assert stored["success_high"] == pytest.approx(wilson.high, rel=1e-12, abs=1e-15)
        assert stored["learnt_mean"] == pytest.approx(learnt[point][done].sum() / n, rel=1e-14)
        assert stored["excess_mean"] == (pytest.approx(good.mean(), rel=1e-12) if good.size else pytest.approx(np.nan, nan_ok=True))
        sem = scipy.stats.sem(good) if good.size > 1 else np.nan
        assert stored["excess_sem"] == pytest.approx(sem, rel=1e-9, nan_ok=True)  # a small difference of large numbers
        seen.add(successes)
    assert len(seen) > 1


@pytest.mark.parametrize("engine", ENGINES)
def test_every_row_has_a_checksum_of_its_own(file, status, engine):
    checksum = file[f"{engine}/checksum"][:]
    assert (checksum != 0).all()  # nothing is pending
    done = checksum[status[engine] == DONE]
    assert len(np.unique(done)) == done.size
    assert len(np.unique(checksum[status[engine] == EXCLUDED])) == 1


def test_bookkeeping(file, status):
    for engine in ENGINES:
        computed = status[engine] != EXCLUDED
        assert (file[f"{engine}/rank"][:][computed] == 0).all() and (file[f"{engine}/rank"][:][~computed] == -1).all()
        assert (file[f"{engine}/seconds"][:][computed] > 0).all()
    assert (file["sgd/steps"][:][status["sgd"] == DONE] == HORIZON * DIMENSION).all()
    assert (file["ode/steps"][:][status["ode"] == DONE] > COUNT).all()


# --- what is kept of the network -------------------------------------------------------------------------------------------------------------------

# K and D vary, so that there is something to pad; the axis over model.bias has a name that `weights` leaves free.
NETWORK = TINY.replace('key = "model.activation"\nvalues = ["linear", "erf"]', 'key = "model.hidden"\nvalues = [1, 3]').replace(
    'key = "training.weight_decay"\nvalues = [0.01, 0.5, 5.0]', 'key = "data.dimension"\nvalues = [20, 40]\n\n[[axis]]\nname = "biases"\n'
    'key = "model.bias"\nvalues = ["none", "trained"]')
POINTS = (2, 2, 2, 2)  # hidden, dimension, biases, replica
ORDER = ["Q", "R", "T1", "T0"]


@pytest.fixture(scope="module", params=["leading", "final"])
def network(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "network.toml").write_text(NETWORK.replace("first = 0.1", f'first = 0.1\norder_parameters = true\nweights = "{request.param}"'))
    assert call("run", "network.toml", "-q", "-o", "network.h5", cwd=folder).returncode == ALL_DONE
    return folder / "network.h5", request.param


@pytest.mark.parametrize("engine", ENGINES)
def test_network_columns_open_with_their_dimensions(network, engine):
    path, weights = network
    dims = {name + suffix: ("time", "k", "l") for name in ORDER for suffix in ("", "_bulk")}
    dims |= {"leading": {"encoder": ("time", "k", "component"), "decoder": ("time", "k", "component"), "bias": ("time", "k"),
                         "encoder_norm": ("time", "k"), "decoder_norm": ("time", "k")},
             "final": {"final_encoder": ("k", "coordinate"), "final_decoder": ("k", "coordinate"), "final_bias": ("k",)}}[weights]
    sizes = {"time": 9, "k": 3, "l": 3, "component": 2, "coordinate": 40}
    with group_of(path, engine) as data:
        assert set(dims) <= set(data.data_vars)
        for name, expected in dims.items():
            assert data[name].dims == ("hidden", "dimension", "biases", "replica", *expected), name
            assert data[name].shape == POINTS + tuple(sizes[dim] for dim in expected), name
            assert np.isnan(data[name].isel(hidden=0, k=slice(1, None)).values).all() and np.isfinite(data[name].isel(k=0, l=0, missing_dims="ignore")
                                                                                             .isel(coordinate=slice(20), missing_dims="ignore")).all()
        assert data["k"].values.tolist() == [0, 1, 2]
        if weights == "final":
            assert np.isnan(data["final_encoder"].isel(dimension=0, coordinate=slice(20, None)).values).all()
            assert data["coordinate"].values.tolist() == list(range(40))


@pytest.mark.parametrize("engine", ENGINES)
def test_order_parameters_follow_from_the_final_weights(network, engine):
    path, weights = network
    if weights != "final":
        return
    with group_of(path, engine) as data:
        for h, hidden in enumerate([1, 3]):
            for d, dimension in enumerate([20, 40]):
                rho_hat = np.array(SPIKES + [0.0] * (dimension - 2)) + BULK / dimension
                w = data["final_encoder"].values[h, d, :, :, :hidden, :dimension]
                v = data["final_decoder"].values[h, d, :, :, :hidden, :dimension] / np.sqrt(dimension)
                for name, (a, b, scale) in {"Q": (w, w, rho_hat), "R": (v, w, rho_hat), "T1": (v, v, rho_hat), "T0": (v, v, 1.0)}.items():
                    for suffix, first in (("", 0), ("_bulk", 2)):
                        expected = np.einsum("...ki,...li->...kl", (a * scale)[..., first:], b[..., first:])
                        stored = data[name + suffix].values[h, d, :, :, -1, :hidden, :hidden]
                        assert np.allclose(stored, expected, rtol=1e-11, atol=1e-12), name + suffix  # rounding; the flow's bulk is compressed


def test_plan_counts_the_bytes_of_the_network(tmp_path):
    text = NETWORK.replace("count = 8", "count = 2000")
    def result_bytes(more):
        (tmp_path / "big.toml").write_text(text.replace("first = 0.1", "first = 0.1\n" + more))
        line = next(line for line in call("plan", "big.toml", cwd=tmp_path).stdout.splitlines() if line.startswith("result file"))
        return float(line.split()[2]) * {"kB": 1e3, "MB": 1e6}[line.split()[3]]
    # 16 rows of two engines with 8 matrices of 3 x 3 at 2001 times: 37 MB; plan shows two digits.
    assert result_bytes("order_parameters = true") - result_bytes("") == pytest.approx(16 * 2 * 8 * 2001 * 9 * 8, rel=0.03)
    # 16 rows of two engines with two matrices of 3 x 40 and three biases: 63 kB, next to nothing at 2001 times.
    small = text.replace("count = 2000", "count = 1\ntrajectories = false")
    text = small
    assert result_bytes('weights = "final"') - result_bytes("") == pytest.approx(16 * 2 * 8 * (2 * 120 + 3), rel=0.05)
