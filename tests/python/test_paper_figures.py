"""The papers' figures and the atlas: the registry is complete, every figure is drawn whole from its sweeps' layout, and the numbers in it are right."""
import gzip
import re
import tomllib
import warnings
from pathlib import Path

import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from synthetic_results import write_result

from aesweep_analysis import SweepError, gallery, images, networks, open_sweep, style
from aesweep_analysis.__main__ import main
from aesweep_analysis.figures import FIGURES, draw, panels, pkk18, rg24
from aesweep_analysis.theory import sinusoids, spiked_inputs

SWEEPS = Path(__file__).resolve().parents[2] / "sweeps"
IMAGES = '["/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"]'


def write_idx(path, count=40):
    pictures = np.random.default_rng(1).integers(0, 256, (count, 28, 28), dtype=np.uint8)
    path.write_bytes(b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in pictures.shape) + pictures.tobytes())
    return pictures


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Sweep file → open Sweep of a synthetic result; images are 40 random pictures."""
    folder, opened = tmp_path_factory.mktemp("results"), {}
    write_idx(folder / "pictures")

    def result(name):
        if name not in opened:
            toml = (SWEEPS / name).read_text().replace(IMAGES, f'["{folder}/pictures"]')
            opened[name] = open_sweep(write_result(folder / f"{Path(name).stem}.h5", toml))
        return opened[name]
    yield result
    for sweep in opened.values():
        sweep.close()


def test_every_figure_of_both_papers_is_there():
    numbers = {paper: [int(figure.number) for figure in FIGURES.values() if figure.paper == paper] for paper in ("RG24", "PKK18", "KS24")}
    assert numbers == {"RG24": list(range(1, 11)), "PKK18": list(range(1, 7)), "KS24": list(range(1, 5))}
    assert all(name == figure.name for name, figure in FIGURES.items())


def test_every_sweep_of_papers_and_atlas_belongs_to_a_figure():
    used = {sweep for figure in FIGURES.values() for sweep in figure.sweeps}
    files = {str(path.relative_to(SWEEPS)) for folder in ("papers", "atlas") for path in (SWEEPS / folder).glob("*.toml")}
    assert used == files


def visible_texts(figure):
    for ax in figure.axes:
        yield from (text for text in [ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label] if text.get_text())
    yield from (text for legend in figure.legends for text in legend.get_texts())


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_whole(name, results):
    """Every panel holds something and has its labels; no label is cut and no warning is given."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = draw(name, [results(sweep) for sweep in FIGURES[name].sweeps])
        with style.context():
            figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for text in visible_texts(figure):
        box = text.get_window_extent()
        if box.width and text.get_visible():
            assert -1 <= box.x0 and box.x1 <= width + 1 and -1 <= box.y0 and box.y1 <= height + 1, text.get_text()
    for ax in figure.axes:
        if ax.get_label() != "<colorbar>":
            assert ax.lines or ax.collections or ax.images or ax.patches
            assert ax.images or (ax.get_xlabel() or ax.get_xticklabels()), ax.get_title("left")
    assert FIGURES[name].title in figure._suptitle.get_text()
    plt.close("all")


def test_the_order_of_files_does_not_matter_and_a_missing_one_is_named(results):
    sweeps = [results(sweep) for sweep in FIGURES["rg24-03"].sweeps]
    draw("rg24-03", sweeps[::-1])
    with pytest.raises(SweepError, match="figure rg24-03 needs the result of sweeps/papers/rg24-03b-power-laws-of-the-weights.toml; given: rg24-03a"):
        draw("rg24-03", sweeps[:1])
    with pytest.raises(SweepError, match="no figure rg24-11; there are phase, trajectories, rg24-01"):
        draw("rg24-11", sweeps)
    plt.close("all")


def test_theory_is_a_line_and_sgd_are_crosses(results):
    sweep = results("papers/rg24-02-one-component-after-another.toml")
    left = draw("rg24-02", [sweep]).axes[0]
    lines = [line for line in left.lines if len(line.get_xdata()) > 2]
    assert [line.get_marker() for line in lines] == ["None", "x"] * 2
    erf = sweep.point({"activation": "erf"}) | {"replica": 0}
    np.testing.assert_allclose(lines[2].get_ydata(), sweep.ode.pmse.isel(erf).values[1:])
    assert set(lines[3].get_ydata()) <= set(sweep.sgd.pmse.isel(erf).values)
    assert {text.get_text() for text in left.texts} == {"chance", "PCA 1", "PCA 2", "PCA 3"}
    plt.close("all")


def test_linked_axes_give_their_keys(results):
    sweep = results("papers/pkk18-02-noise-and-its-decay.toml")
    point = sweep.point({"mode": "[0.5], 0, 0.333333333333"})
    assert sweep.point_config(point)["data"]["spikes"] == [0.5]
    assert pkk18.regularisation(sweep, point) == (0, pytest.approx(1 / 3))
    assert pkk18.regularisation(sweep, sweep.point({"mode": "[2], 10, 0"})) == (pytest.approx(1), 0)


def test_the_spectrum_is_read_from_pca_errors(results):
    sweep = results("papers/rg24-01a-synthetic-spectrum.toml")
    rank, rho = rg24.spectrum(sweep)
    np.testing.assert_allclose(rank[:9], [1, 2, 3, 4, 5, 6, 7, 8, 10.5])
    np.testing.assert_allclose(rho[:5], np.array(sweep.config["data"]["spikes"]) + 0.00067 / 1000)


def test_strengths_are_products_of_scaled_weights(results):
    sweep = results("papers/pkk18-01-closed-forms.toml")
    rows = panels.rows_of(sweep, "exact", sweep.point())
    values = panels.strengths(sweep, sweep.point())(rows)
    np.testing.assert_allclose(values[1], rows.encoder.values[:, 1, 1] * rows.decoder.values[:, 1, 1] / 10)  # D = 100


def test_formulas_of_pkk18():
    assert pkk18.fixed_points(np.array([2.0, 0.25]), 1.0, 0.0) == pytest.approx([2 / 3, 0.2])
    assert pkk18.fixed_points(1.0, 0.0, 2.0) == 0
    rho, noise = 1.7, 0.6
    assert pkk18.rate_ratio(rho, noise) == pytest.approx(rho / (rho + noise))  # equations (the papers' R with the equivalent decay)


def test_law_of_aligned_erf_units():
    assert rg24.ERF_LAW == pytest.approx(0.0709455, rel=2e-4)


def test_sinusoids_are_orthonormal_and_lean_on_their_waves():
    basis = sinusoids(1000, 5)
    np.testing.assert_allclose(basis.T @ basis, np.eye(5), atol=1e-12)
    waves = np.sin(np.outer(np.arange(1000), np.arange(1, 6)) / 100)
    assert np.all((basis * waves).sum(axis=0) > 0.9 * np.linalg.norm(waves, axis=0))


def test_spiked_inputs_have_the_models_covariance():
    data = {"dimension": 60, "spikes": [2.0, 0.5], "bulk": 0.3}
    x = spiked_inputs(data, 20000, seed=5)
    along = (x @ sinusoids(60, 2)).var(axis=0) / 60
    np.testing.assert_allclose(along, [2.0 + 0.3 / 60, 0.5 + 0.3 / 60], rtol=0.04)  # relative error of a variance: (2/20000)^(1/2) = 1 %
    assert x.var() == pytest.approx(2.5 + 0.3, rel=0.04)


def image_sweep(folder, text):
    toml = f'[sweep]\nname = "pictures"\nengines = ["sgd"]\n[data]\nkind = "images"\n{text}\n[model]\nhidden = 2\n[record]\nweights = "final"\n'
    return open_sweep(write_result(folder / "pictures.h5", toml + '[[axis]]\nkey = "training.rule"\nvalues = ["sgd"]\n'))


def test_images_are_read_and_standardised(tmp_path):
    pictures = write_idx(tmp_path / "pictures")
    with image_sweep(tmp_path, f'files = ["{tmp_path}/pictures"]\nsamples = 30') as sweep:
        np.testing.assert_array_equal(images.read_images(sweep), pictures[:30])
        inputs = images.Inputs(images.read_images(sweep))
    assert np.abs(inputs.x.mean(axis=0)).max() < 1e-12 and (inputs.x**2).mean() == pytest.approx(1)
    np.testing.assert_allclose(inputs.pictures(inputs.x[:3]), pictures[:3], atol=1e-9)
    vectors = inputs.eigenvectors(2)
    variances = ((inputs.x @ vectors) ** 2).mean(axis=0)
    assert variances[0] > variances[1] > 0


def test_cifar_is_made_grey(tmp_path):
    record = np.zeros(images.CIFAR_RECORD, np.uint8)
    record[1:1025], record[1025:2049], record[2049:] = 10, 200, 90
    record.tofile(tmp_path / "data_batch_1.bin")
    with image_sweep(tmp_path, f'format = "cifar10"\nfiles = ["{tmp_path}/data_batch_1.bin"]') as sweep:
        grey = images.read_images(sweep)
        assert images.data_name(sweep) == "CIFAR-10 (grey)"
    assert grey.shape == (1, 32, 32) and np.all(grey == round(0.299 * 10 + 0.587 * 200 + 0.114 * 90))


def test_missing_images_are_named(tmp_path):
    with image_sweep(tmp_path, 'files = ["absent.gz"]') as sweep:
        with pytest.raises(SweepError, match="absent.gz: no such file"):
            images.read_images(sweep)


@pytest.mark.parametrize("form, name, content", [
    ("cifar10", "cut.bin", b"\1" * 4000), ("idx", "cut.gz", gzip.compress(b"\0\0\x08\x03" + b"\1" * 900)[:-20]), ("idx", "text.gz", b"no archive"),
    ("idx", "cut", b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (2, 28, 28)) + b"\1" * 1000)])
def test_damaged_images_are_named(tmp_path, form, name, content):
    (tmp_path / name).write_bytes(content)
    with image_sweep(tmp_path, f'format = "{form}"\nfiles = ["{tmp_path}/{name}"]') as sweep:
        with pytest.raises(SweepError, match=f"{name}: no images in {form} format"):
            images.read_images(sweep)


def test_reconstruction_by_hand(tmp_path):
    write_idx(tmp_path / "pictures")
    with image_sweep(tmp_path, f'files = ["{tmp_path}/pictures"]') as sweep:
        row = sweep.sgd.isel(rule=0, replica=0)
        x = np.random.default_rng(2).standard_normal((3, 784))
        w, v = row.final_encoder.values, row.final_decoder.values
        first = np.maximum(x @ w[0] / 28, 0)[:, None] * v[0]
        np.testing.assert_allclose(networks.reconstruct(row, "relu", x, 1), first)
        both = first + np.maximum(x @ w[1] / 28, 0)[:, None] * v[1]
        np.testing.assert_allclose(networks.reconstruct(row, "relu", x), both)
    assert networks.error(x, x + 2) == pytest.approx(2)


def test_crosses_are_thinned_and_lines_are_not():
    with style.context():
        _, ax = plt.subplots()
        time = np.linspace(1, 2, 201)
        panels.curve(ax, time, time, "sgd", "k")
        panels.curve(ax, time, time, "exact", "k")
    assert len(ax.lines[0].get_xdata()) <= panels.CROSSES and len(ax.lines[1].get_xdata()) == 200
    plt.close("all")


def test_sweep_names_are_their_files():
    for path in SWEEPS.rglob("*.toml"):
        assert tomllib.loads(path.read_text())["sweep"]["name"] == path.stem


def test_the_gallery_shows_every_figure_in_small_pictures():
    docs = SWEEPS.parent / "docs"
    shown = re.findall(r"!\[[^\]]+\]\(images/([^)]+)\.png\)", (docs / "gallery.md").read_text())
    assert shown == list(FIGURES)
    assert all((docs / "images" / f"{name}.png").stat().st_size < 150_000 for name in shown)


def test_the_gallery_is_drawn_by_its_script(results, tmp_path, capsys):
    sweep = results("papers/pkk18-02-noise-and-its-decay.toml")
    assert gallery.main([str(sweep.path.parent), str(tmp_path), "pkk18-02"]) == 0
    picture = matplotlib.image.imread(tmp_path / "pkk18-02.png")[:, :, :3]
    assert picture.shape[1] == gallery.WIDTH
    for colour in style.OKABE_ITO[:3]:  # of the three modes
        assert np.abs(picture - to_rgb(colour)).max(axis=2).min() < 0.05
    assert gallery.main([str(tmp_path), str(tmp_path), "pkk18-02"]) == 3
    assert "pkk18-02-noise-and-its-decay.h5: no such file" in capsys.readouterr().err
    assert gallery.main([str(tmp_path), str(tmp_path), "rg25-01"]) == 3
    assert "no figure rg25-01; there are quickstart, rg24-01, " in capsys.readouterr().err


def test_a_paper_figure_from_the_command_line(results, tmp_path, capsys):
    files = [str(results(name).path) for name in FIGURES["rg24-03"].sweeps]
    out = tmp_path / "figure.pdf"
    assert main([*files, "--figure", "rg24-03", "-o", str(out)]) == 0 and out.read_bytes().startswith(b"%PDF")
    assert main([*files, "--figure", "phase", "-o", str(out)]) == 2
    assert "--figure phase draws one file, 2 are given" in capsys.readouterr().err
    assert main([*files, "--figure", "rg24-3"]) == 2
    assert "no figure rg24-3; there are phase, trajectories, rg24-01" in capsys.readouterr().err
