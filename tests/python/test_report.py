"""The page: what it says of a folder of result files, and how a browser shows it."""
import base64
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from browser import CHROMIUM, Browser
from synthetic import write_sweep
from test_claims import GRID

from aesweep_analysis import page, phase_diagram, report
from aesweep_analysis.figures import Figure
from aesweep_analysis.measurements import Measurement

SWEEPS = Path(__file__).resolve().parents[2] / "sweeps"
FIGURES = {"map": Figure("map", "a phase diagram", "atlas", "", ("quickstart.toml",), ("D1",), lambda sweeps: phase_diagram(sweeps["quickstart"])),
           "other": Figure("other", "one more", "atlas", "", ("quickstart.toml",), (), lambda sweeps: phase_diagram(sweeps["quickstart"], "ode")),
           "absent": Figure("absent", "not to be drawn", "RG24", "99", ("papers/nowhere.toml",), (), None)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("results")
    write_sweep(path / "quickstart.h5", axes=GRID, pending=[(0, 0, 0)])
    (path / "broken.h5").write_bytes(b"no result file")
    return path


@pytest.fixture(scope="module")
def written(folder):
    """The page's path and what `report.write` returned, with the registry of figures replaced by three."""
    patch = pytest.MonkeyPatch()
    patch.setattr(report, "draw_figure", lambda name, sweeps: FIGURES[name].draw({sweep.path.stem: sweep for sweep in sweeps}))
    out = folder / "replication.html"
    result = report.write(folder, out, SWEEPS, figures=FIGURES)
    patch.undo()
    return out, *result


def test_the_page_lists_every_claim_with_its_verdict(written):
    out, results, _ = written
    text = out.read_text(encoding="utf-8")
    for result in results:
        assert f'<a href="#{result.claim.name}">' in text and f'id="{result.claim.name}"' in text
        assert page.escape(result.claim.statement) in text
    assert re.search(r"D1 · .*? — <span class=\"verdict yes\">replicated", text)
    assert "Not measured: no result of ks24-03-supremum-and-reach" in text


def test_numbers_with_uncertainties_and_ranges_stand_in_the_page(written):
    out, results, _ = written
    text = out.read_text(encoding="utf-8")
    measurements = next(r for r in results if r.claim.name == "D1").measurements
    assert measurements
    for m in measurements:
        assert f"{page.with_error(m.value, m.uncertainty)} " in text
    assert text.count("0.9 to 1.1") >= len(measurements)


def test_cost_and_sweep_file_stand_in_the_page(written):
    text = written[0].read_text(encoding="utf-8")
    rows = 6 * 25 * 2 * 2 - 2 * 2  # points, replicas, engines; one point pending
    assert "sweeps/quickstart.toml" in text and f"{page.number(0.25 * rows)} core-seconds" in text
    assert f"4 of {rows + 4} rows pending" in text and "[training]" in text


def test_what_is_missing_is_said(written):
    out, _, missing = written
    assert any("broken.h5" in line for line in missing) and any("RG24, figure 99: not to be drawn: no result of nowhere" in line for line in missing)
    assert all(page.escape(line) in out.read_text(encoding="utf-8") for line in missing)


def test_the_page_is_one_file_with_its_pictures_in_it(written):
    out, *_ = written
    text = out.read_text(encoding="utf-8")
    assert re.findall(r"(?:src|href)=\"(?!#|data:)[^\"]*", text) == [] and "url(" not in text and "@import" not in text and "<script" not in text
    pictures = re.findall(r'src="data:image/png;base64,([^"]*)"', text)
    assert len(pictures) == 2 and all(base64.b64decode(picture).startswith(b"\x89PNG") for picture in pictures)
    assert all((out.parent / "figures" / f"{name}{suffix}").stat().st_size > 5000 for name in ("map", "other") for suffix in (".png", ".pdf"))


def test_a_perturbed_file_changes_the_page(folder, tmp_path):
    (tmp_path / "quickstart.h5").write_bytes((folder / "quickstart.h5").read_bytes())
    with h5py.File(tmp_path / "quickstart.h5", "r+") as file:
        file["sgd/explained"][..., 0, -1] *= 0.7
    results, _ = report.write(tmp_path, tmp_path / "replication.html", SWEEPS, figures={})
    assert next(r for r in results if r.claim.name == "D1").verdict == "in part"
    text = (tmp_path / "replication.html").read_text(encoding="utf-8")
    assert re.search(r"D1 · .*? — <span class=\"verdict part\">in part", text) and "What did not replicate, and why" in text and "✗ fails" in text


def test_exit_status_tells_what_is_missing(folder, tmp_path, capsys):
    assert report.main([str(tmp_path / "absent")]) == 2 and "no such folder" in capsys.readouterr().err
    write_sweep(tmp_path / "quickstart.h5", axes=GRID)
    assert report.main([str(tmp_path), "--sweeps", str(SWEEPS)]) == 3  # most claims have no result
    assert "1 replicated" in capsys.readouterr().out and (tmp_path / "replication.html").exists()
    assert report.main([str(tmp_path), "-o", str(tmp_path / "quickstart.h5" / "x.html")]) == 1


@pytest.mark.parametrize("value, error, text", [
    (0.010815, 0.001, "0.0108 ± 0.0010"), (-0.66728, 0.00027, "−0.66728 ± 0.00027"), (5.2, 1.3, "5.2 ± 1.3"), (1.0, 3.3e-7, "1.00000000 ± 3.3·10⁻⁷"),
    (3.4e-8, 1e-8, "3.4·10⁻⁸ ± 1.0·10⁻⁸"), (32.5, 0.83, "32.50 ± 0.83"), (0.5, np.nan, "0.500 ± ?"), (np.nan, 0.1, "not measured"), (0.0, 0.082, "0.000 ± 0.082"),
    (2.0, 0.0, "2.00 ± 0"), (1234.5, 45.0, "1234 ± 45")])
def test_values_with_errors_as_people_write_them(value, error, text):
    assert page.with_error(value, error) == text


@pytest.mark.parametrize("low, high, text", [(-np.inf, 0.05, "≤ 0.05"), (2, np.inf, "≥ 2"), (-0.76, -0.6, "−0.76 to −0.6"), (0.999, 1.001, "0.999 to 1.001"), (-np.inf, 1e-5, "≤ 1·10⁻⁵")])
def test_ranges_as_people_write_them(low, high, text):
    assert page.allowed(low, high) == text


@pytest.mark.parametrize("value, low, high", [(0.5, 0.0, 1.0), (5.0, 0.0, 1.0), (0.5, -np.inf, 1.0), (-3.0, 2.0, np.inf)])
def test_the_mark_lies_in_the_band_where_the_value_lies_in_the_range(value, low, high):
    picture = page.strip(Measurement("x", value, 0.01, low, high))
    left, width = (float(re.search(rf'<rect[^>]* {name}="([\d.]+)"', picture)[1]) for name in ("x", "width"))
    mark = float(re.search(r'cx="([\d.]+)"', picture)[1])
    assert 0 <= left and left + width <= 120 and 0 <= mark <= 120
    assert (left <= mark <= left + width) == (low <= value <= high)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("the page is not looked at: no Chromium (Debian package chromium)")
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.mark.parametrize("width, dark", [(390, False), (390, True), (1280, False)])
def test_a_browser_shows_the_page(browser, written, width, dark):
    browser.show(written[0], width, dark=dark)
    assert browser.complaints == []
    assert browser.evaluate("[...document.images].filter(i => !i.complete || i.naturalWidth === 0).map(i => i.alt)") == []
    assert browser.evaluate("document.images.length") == 2
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    beyond = "[...document.body.querySelectorAll(':not(pre, pre *, .wide *)')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    assert browser.evaluate(beyond) == []
    background = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 200) == dark


def test_the_browser_notices_what_is_wrong(browser, tmp_path):
    """The checks above can fail: a page with a lost picture, an error, and a line that is too long."""
    bad = tmp_path / "bad.html"
    bad.write_text("<!DOCTYPE html><meta name=viewport content='width=device-width'><link rel=icon href='data:,'><img src='absent.png' alt='lost'>"
                   "<div style='width:900px'>x</div><script>console.error('no')</script>")
    browser.show(bad, 390)
    assert browser.complaints and browser.evaluate("document.images[0].naturalWidth") == 0
    assert browser.evaluate("document.documentElement.scrollWidth") > 390
