import h5py
import numpy as np
import pytest
from conftest import DIVERGED, EXCLUDED, PENDING
from synthetic import CHANCE, RHO, TOML, small_plane, write_sweep

from aesweep_analysis import SweepError, open_sweep
from aesweep_analysis.open import Axis, guess_scale


def test_groups_attributes_and_config(plane):
    assert plane.engines == ["ode", "sgd"]
    assert plane.attributes["git_commit"] == "0" * 40
    assert plane.config["data"]["spikes"] == [2.0, 1.0, 0.5]
    assert plane.name == "decay-and-rate"
    assert plane.sgd.pmse.dims == ("learning_rate", "weight_decay", "activation", "replica", "time")
    assert set(plane.phase) == {"ode", "sgd", ""} and "theory_gap" in plane.phase[""] and "success" in plane.phase["ode"]
    assert float(plane.reference.chance[0, 0, 0]) == CHANCE


def test_axes(plane):
    rate, activation = plane.axes["learning_rate"], plane.axes["activation"]
    assert (rate.key, rate.scale, len(rate)) == ("training.learning_rate", "log", 5)
    assert (activation.scale, activation.labels) == ("categorical", ["linear", "erf"])
    assert list(plane.axes) == ["learning_rate", "weight_decay", "activation"]


def test_labelled_selection_and_values(plane):
    curve = plane.ode.explained.sel(activation="linear", replica=0, component=0).sel(learning_rate=1.0, method="nearest")[0]
    expected = 1 - (0.02 / RHO[0]) ** 2
    assert float(curve[-1]) == pytest.approx(expected, rel=1e-9)
    assert plane.sgd.converged.dtype == bool
    assert np.isnan(plane.sgd.learnt.values[PENDING]).all()  # -1 is _FillValue


def test_datasets_are_lazy(plane):
    assert not plane.sgd.pmse.variable._in_memory


def test_seconds_are_sums_over_rows(plane):
    assert plane.seconds == {"ode": pytest.approx(48 * 2 * 0.25), "sgd": pytest.approx(48 * 2 * 0.25)}


def test_values_average_replicas_and_leave_holes(plane):
    learnt = plane.value("ode", "learnt_mean").values
    assert np.isnan(learnt[PENDING]) and np.isnan(learnt[EXCLUDED]) and learnt[DIVERGED] == 0
    assert learnt[2, 0, 0] == 3
    np.testing.assert_allclose(plane.value("sgd", "final_pmse"), plane.sgd.final_pmse.mean("replica"))
    assert plane.value("sgd", "learning_time").dims[-1] == "component"


def test_summaries_while_a_run_writes_come_from_the_rows(tmp_path, plane):
    running = open_sweep(write_sweep(tmp_path / "running.h5", pending=[PENDING], diverged=[DIVERGED], excluded=[EXCLUDED], phase=False))
    assert running.phase["sgd"].learnt_mean.isnull().all()
    for engine in ("ode", "sgd"):
        for name in ("learnt_mean", "success", "excess_mean"):
            np.testing.assert_allclose(running.value(engine, name), plane.value(engine, name), rtol=1e-12)
    np.testing.assert_allclose(running.value("sgd", "theory_gap"), plane.value("sgd", "theory_gap"), rtol=1e-12)


def test_opens_while_another_process_holds_it_for_writing(tmp_path):
    path = write_sweep(tmp_path / "held.h5")
    with h5py.File(path, "r+") as writer:
        writer["/sgd/excess"][0, 0, 0, 0] = 0.625
        writer.flush()
        with open_sweep(path) as sweep:
            assert float(sweep.sgd.excess[0, 0, 0, 0]) == 0.625


def test_linked_axis_gives_the_points_config(tmp_path):
    axes = {
        "learning_rate": ("training.learning_rate", np.array([0.5, 1.0, 2.0]), {}),
        "network": ("model.activation, model.bias", ["linear, none", "erf, trained"],
                    {"bias": ("model.bias", ["none", "trained"]), "network_activation": ("model.activation", ["linear", "erf"])}),
        "tied": ("model.tied", [False, True], {}),
        "spikes": ("data.spikes", ["[2.0, 1.0]", "[2.0]"], {}),
    }
    with open_sweep(write_sweep(tmp_path / "linked.h5", axes=axes)) as sweep:
        config = sweep.point_config({"learning_rate": 2, "network": 1, "tied": 1, "spikes": 0})
        assert config["model"] == {"hidden": 3, "activation": "erf", "bias": "trained", "tied": True}
        assert config["training"]["learning_rate"] == 2.0 and config["data"]["spikes"] == [2.0, 1.0]
        assert sweep.config["model"]["activation"] == "linear"  # the sweep's own tables stay as they were
        assert list(sweep.sgd.coords["bias"].values) == ["none", "trained"]
        assert sweep.axes["tied"].index("true") == 1 and sweep.axes["network"].index("erf, trained") == 1


@pytest.mark.parametrize("values, scale", [
    (np.geomspace(0.1, 10, 7), "log"), ([1, 2, 4, 8, 16], "log"), ([100.0, 1600.0], "log"),
    (np.linspace(0, 1, 5), "linear"), ([1, 2, 3, 4], "linear"), ([0.5, 1.0], "linear"), ([3.0], "linear"), ([0.0, 0.1, 0.2], "linear"),
    ([0.0, 1e-3, 1e-2, 1e-1], "linear"), ([0.0, 1e-3, 1e-2, 1.0], "categorical"), ([100.0, np.inf], "categorical"), (["a", "b"], "categorical"),
    ([False, True], "categorical"),
])
def test_scale_is_guessed_from_spacing(values, scale):
    assert guess_scale(values) == scale


def test_cell_edges_lie_midway_in_the_axis_own_measure():
    def axis(values, scale):
        return Axis("a", "k", np.array(values), scale, {})

    np.testing.assert_allclose(axis([0.1, 1.0, 10.0], "log").edges, np.array([0.1, 1, 10, 100]) / np.sqrt(10))
    np.testing.assert_allclose(axis([1.0, 2.0, 4.0], "linear").edges, [0.5, 1.5, 3.0, 5.0])
    np.testing.assert_allclose(axis(["x", "y"], "categorical").edges, [-0.5, 0.5, 1.5])
    np.testing.assert_allclose(axis([3.0], "linear").edges, [2.5, 3.5])


def test_selection_takes_the_nearest_number_within_range(plane):
    rate = plane.axes["learning_rate"]
    assert rate.index("0.9") == 2 and rate.index(10) == 4
    with pytest.raises(SweepError, match=r"axis learning_rate has no value 11; it has 0.1, 0.316228, 1, 3.16228, 10"):
        rate.index(11)
    with pytest.raises(SweepError, match="axis activation has no value relu; it has linear, erf"):
        plane.axes["activation"].index("relu")


def test_wrong_files_are_named_in_one_line(tmp_path):
    text, foreign = tmp_path / "notes.txt", tmp_path / "foreign.h5"
    text.write_text("no HDF5")
    h5py.File(foreign, "w").close()
    for path, reason in ((tmp_path / "absent.h5", "no such file"), (text, "cannot be opened as HDF5"), (foreign, "not a result file of aesweep")):
        with pytest.raises(SweepError, match=reason) as caught:
            open_sweep(path)
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("version", [0, 2])
def test_a_layout_of_another_version_is_refused(tmp_path, version):
    path = write_sweep(tmp_path / "other.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = version
    with pytest.raises(SweepError, match=f"other.h5: layout of version {version}, written by aesweep 0.1.0; this package reads version 1"):
        open_sweep(path)


def test_an_engine_that_did_not_run_is_named(tmp_path):
    with open_sweep(write_sweep(tmp_path / "ode.h5", engines=("ode",), toml=TOML)) as sweep:
        with pytest.raises(SweepError, match="no group /sgd; its engines are ode"):
            _ = sweep.sgd


def test_a_diverged_replica_counts_in_shares_but_not_in_means(tmp_path):
    path = write_sweep(tmp_path / "mixed.h5", phase=False)
    with h5py.File(path, "r+") as file:
        rows = file["sgd"]
        rows["status"][2, 0, 0, 1] = 2  # of two replicas; pmse was finite when it was given up
        rows["excess"][2, 0, 0, 1] = rows["final_pmse"][2, 0, 0, 1] = 0.05
        rows["excess"][2, 0, 0, 0] = 0.07
    with open_sweep(path) as sweep:
        at = {"learning_rate": 2, "weight_decay": 0, "activation": 0}
        assert float(sweep.value("sgd", "learnt_mean").isel(at)) == 1.5  # 3 and 0
        assert float(sweep.value("sgd", "success").isel(at)) == 0.5
        assert float(sweep.value("sgd", "excess_mean").isel(at)) == pytest.approx(0.07)
        assert float(sweep.value("sgd", "final_pmse").isel(at)) == pytest.approx(float(sweep.sgd.final_pmse.isel(at)[0]))


def test_weights_and_order_parameters_are_labelled_and_no_values_of_a_point(tmp_path):
    path = write_sweep(tmp_path / "weights.h5", small_plane(2))
    with h5py.File(path, "r+") as file:
        for name, size in (("k", 3), ("l", 3), ("coordinate", 7)):
            file.create_dataset(name, data=np.arange(size)).make_scale(name)
            file[f"sgd/{name}"] = file[name]
        rows = file["sgd/status"].shape
        for name, dims in (("Q", ("time", "k", "l")), ("final_encoder", ("k", "coordinate"))):
            sizes = [len(file[dim]) for dim in dims]
            dataset = file.create_dataset(f"sgd/{name}", data=np.arange(np.prod([*rows, *sizes]), dtype=float).reshape([*rows, *sizes]))
            for i, dim in enumerate([*(d[0].name.rsplit("/", 1)[-1] for d in file["sgd/status"].dims), *dims]):
                dataset.dims[i].attach_scale(file[dim])
    with open_sweep(path) as sweep:
        assert sweep.sgd.Q.dims[-4:] == ("replica", "time", "k", "l") and sweep.sgd.final_encoder.dims[-2:] == ("k", "coordinate")
        assert float(sweep.sgd.Q.isel(time=-1, replica=1).sel(k=2, l=1)[0, 0, 0]) == sweep.sgd.Q.values[0, 0, 0, 1, -1, 2, 1]
        assert not {"Q", "final_encoder"} & set(sweep.value_names("sgd"))
        assert "final_pmse" in sweep.value_names("sgd")
