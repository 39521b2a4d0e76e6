import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import PENDING
from synthetic import CHANCE, RHO, TOML, write_sweep

from aesweep_analysis import SweepError, open_sweep, phase_diagram, save, trajectories


def panels(figure):
    return [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]


def mesh(ax):
    return ax.collections[0].get_array().reshape(5, 5)


def lines(ax):
    return {line.get_label(): line for line in ax.lines if line.get_label().startswith(("learnt", "onset"))}


def legend_texts(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_phase_diagram_has_a_panel_for_each_category(plane):
    figure = phase_diagram(plane, engine="ode")
    assert [ax.get_title() for ax in panels(figure)] == ["linear", "erf"]
    for i, ax in enumerate(panels(figure)):
        expected = plane.phase["ode"].learnt_mean.values[:, :, i].T  # rows are y = weight_decay
        np.testing.assert_array_equal(mesh(ax).filled(np.nan), expected)
        assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert mesh(panels(figure)[0]).mask[PENDING[1], PENDING[0]]
    assert panels(figure)[0].get_xlabel() == "learning rate η" and panels(figure)[0].get_ylabel() == "weight decay κ"


def test_mesh_edges_are_geometric_means_of_the_centres(plane):
    corners = panels(phase_diagram(plane, engine="ode"))[0].collections[0].get_coordinates()
    np.testing.assert_allclose(corners[0, 1:-1, 0], 10 ** np.array([-0.75, -0.25, 0.25, 0.75]))


def test_theory_lines_are_drawn_in_either_orientation(plane):
    linear, erf = panels(phase_diagram(plane, engine="ode"))
    assert set(lines(linear)) == {"learnt 1", "learnt 2", "learnt 3"} and set(lines(erf)) == {"onset 1", "learnt 1", "onset 2"}
    eta, kappa = lines(linear)["learnt 2"].get_data()
    np.testing.assert_allclose(kappa / eta, RHO[1] * np.sqrt(0.5))
    assert lines(linear)["learnt 1"].get_linestyle() == "-" and lines(erf)["onset 1"].get_linestyle() == "--"
    assert {text.get_text() for text in linear.texts} == {"m = 1", "m = 2", "m = 3"}
    kappa, eta = lines(panels(phase_diagram(plane, "ode", x="weight_decay", y="learning_rate"))[0])["learnt 2"].get_data()
    np.testing.assert_allclose(kappa / eta, RHO[1] * np.sqrt(0.5))
    assert not lines(panels(phase_diagram(plane, "ode", theory=False))[0])


def test_learnt_cells_agree_with_the_linear_lines(plane):
    """The synthetic linear flow has the exact long-time R²_m, so each cell's count is the number of lines above it."""
    ax = panels(phase_diagram(plane, engine="ode"))[0]
    counts = mesh(ax)
    for (j, i), count in np.ndenumerate(counts):
        if not counts.mask[j, i]:
            ratio = plane.axes["weight_decay"].values[j] / plane.axes["learning_rate"].values[i]
            assert count == sum(ratio < line.get_ydata()[0] / line.get_xdata()[0] for line in lines(ax).values())


def test_colour_bar_of_counts_is_discrete(plane):
    bar = [ax for ax in phase_diagram(plane, engine="ode").axes if ax.get_label() == "<colorbar>"][0]
    assert bar.get_ylabel() == "learnt components" and [t.get_text() for t in bar.get_yticklabels()] == ["0", "1", "2", "3"]


def test_legend_says_what_lines_and_holes_mean(plane):
    texts = legend_texts(phase_diagram(plane, engine="ode"))
    assert any("$R^2_m$ = 0.5" in text for text in texts) and any(text.startswith("onset") for text in texts)
    assert "excluded, pending" in texts
    assert "diverged" in legend_texts(phase_diagram(plane, engine="ode", value="excess_mean"))[-1]


def test_replicas_that_disagree_are_marked(tmp_path):
    import h5py
    path = write_sweep(tmp_path / "split.h5")
    with h5py.File(path, "r+") as file:
        file["/phase/sgd/learnt_mean"][...] = 2.0
        file["/phase/sgd/learnt_mean"][1, 3, 0] = 1.5
    with open_sweep(path) as sweep:
        figure = phase_diagram(sweep)
        dots = [line for line in panels(figure)[0].lines if line.get_marker() == "."]
        assert len(dots) == 1 and dots[0].get_xydata().tolist() == [[sweep.axes["learning_rate"].values[1], sweep.axes["weight_decay"].values[3]]]
        assert any("disagree" in text for text in legend_texts(figure))


def test_fixed_axes_panels_by_axis_and_components(plane):
    figure = phase_diagram(plane, "sgd", "learning_time", x="learning_rate", y="activation", at={"component": 1}, by="weight_decay")
    assert len(panels(figure)) == 5 and panels(figure)[0].get_title() == "weight decay κ = 0.02"
    assert [t.get_text() for t in panels(figure)[0].get_yticklabels()] == ["linear", "erf"]
    expected = plane.sgd.learning_time.mean("replica")[:, 0, :, 1].T
    np.testing.assert_array_equal(panels(figure)[0].collections[0].get_array().reshape(2, 5).filled(np.nan), expected)
    figure = phase_diagram(plane, value="success", at={"activation": "erf"})
    assert len(panels(figure)) == 1 and "erf" in figure._suptitle.get_text()


@pytest.mark.parametrize("arguments, message", [
    ({"x": "rate"}, "no axis rate; the axes are learning_rate, weight_decay, activation"),
    ({"at": {"rate": 1}}, "no axis rate; the axes are"),
    ({"value": "loss"}, "no value loss of sgd; there are .*learnt_mean.*theory_gap"),
    ({"engine": "exact"}, "no engine exact in plane.h5; its engines are ode, sgd"),
    ({"x": "activation", "y": "activation"}, "x and y are both activation"),
    ({"at": {"activation": "erf", "weight_decay": 1}}, "needs two axes"),
    ({"value": "learning_time", "at": {"component": 3}}, "no component 3; there are 0..2"),
    ({"by": "rate"}, "no axis rate left for the panels; there are activation"),
])
def test_wrong_arguments_name_what_is_allowed(plane, arguments, message):
    with pytest.raises(SweepError, match=message):
        phase_diagram(plane, **arguments)


def test_trajectories_at_a_point(plane):
    figure = trajectories(plane, at={"learning_rate": 1.0, "weight_decay": 0.02})
    left, right = figure.axes
    flow = [line for line in left.lines if line.get_linestyle() == "-"]
    crosses = [line for line in left.lines if line.get_marker() == "x"]
    assert (len(flow), len(crosses)) == (2, 2)  # a curve a replica
    np.testing.assert_allclose(flow[0].get_ydata(), plane.ode.pmse.values[2, 0, 0, 0, 1:])  # t = 0 has no place on a log axis
    assert set(crosses[0].get_ydata()) <= set(plane.sgd.pmse.values[2, 0, 0, 0])
    assert (left.get_xscale(), left.get_yscale()) == ("log", "log")
    assert len([line for line in right.lines if line.get_linestyle() == "-"]) == 2 * 3
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["m = 1", "m = 2", "m = 3"]


def test_trajectories_draw_the_pca_error_of_every_rank(plane):
    left = trajectories(plane).axes[0]
    levels = sorted(line.get_ydata()[0] for line in left.lines if line.get_linestyle() == "--")
    np.testing.assert_allclose(levels, sorted(CHANCE - np.concatenate([[0], np.cumsum(RHO)]) / 2))
    assert {text.get_text() for text in left.texts} == {"chance", "PCA 1", "PCA 2", "PCA 3"}


def test_trajectories_along_an_axis(plane):
    figure = trajectories(plane, by="weight_decay")
    left, right = figure.axes
    assert len({line.get_color() for line in left.lines if line.get_marker() == "x"}) == 4  # five values, one of them excluded
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["0.02", "0.0795", "0.316", "1.26", "5"]
    with pytest.raises(SweepError, match="weight_decay is both fixed and drawn by colour"):
        trajectories(plane, at={"weight_decay": 1}, by="weight_decay")


def test_trajectories_of_one_engine_over_hidden_units(tmp_path):
    axes = {"hidden": ("model.hidden", np.array([1, 2, 3]), {})}
    with open_sweep(write_sweep(tmp_path / "hidden.h5", axes=axes, times=np.linspace(0, 50, 20))) as sweep:
        left = trajectories(sweep, by="hidden", engines=["ode"]).axes[0]
        assert left.get_xscale() == "linear" and not [line for line in left.lines if line.get_marker() == "x"]
        assert {text.get_text() for text in left.texts} == {"chance", "PCA 1", "PCA 2", "PCA 3"}
        with pytest.raises(SweepError, match="needs two axes, the sweep leaves hidden"):
            phase_diagram(sweep)


def test_a_file_without_trajectories_says_so(tmp_path):
    import h5py
    path = write_sweep(tmp_path / "scalars.h5")
    with h5py.File(path, "r+") as file:
        for engine in ("ode", "sgd"):
            del file[engine]["pmse"], file[engine]["explained"]
    with open_sweep(path) as sweep:
        with pytest.raises(SweepError, match="scalars.h5 has no trajectories"):
            trajectories(sweep)
        assert len(panels(phase_diagram(sweep))) == 2


def test_a_file_with_nothing_done_is_drawn_as_pending(tmp_path):
    points = [(i, j, k) for i in range(5) for j in range(5) for k in range(2)]
    with open_sweep(write_sweep(tmp_path / "new.h5", pending=points, toml=TOML)) as sweep:
        for value in ("learnt_mean", "excess_mean", "seconds"):
            assert "pending" in legend_texts(phase_diagram(sweep, value=value))
        save(trajectories(sweep), tmp_path / "empty.png")


@pytest.mark.parametrize("suffix, start", [(".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")])
def test_save_writes_the_type_of_the_suffix(plane, tmp_path, suffix, start):
    path = tmp_path / f"figure{suffix}"
    save(phase_diagram(plane, at={"activation": "erf"}), path)
    assert path.read_bytes().startswith(start)
    plt.close("all")


def test_png_shows_the_colours_of_all_counts(plane, tmp_path):
    from aesweep_analysis.style import COUNTS
    save(phase_diagram(plane, engine="ode"), tmp_path / "phase.png")
    pixels = np.round(matplotlib.image.imread(tmp_path / "phase.png")[..., :3] * 255).astype(int).reshape(-1, 3)
    for colour in COUNTS:
        rgb = [int(colour[i:i + 2], 16) for i in (1, 3, 5)]
        assert (np.abs(pixels - rgb).max(axis=1) <= 1).mean() > 0.01, colour
