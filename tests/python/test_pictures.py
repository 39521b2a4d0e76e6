"""Figures against stored pictures, blurred and small, so that fonts and antialiasing don't matter: AESWEEP_UPDATE_PICTURES=1 stores them anew.

Moving a whole figure by 2 of 900 pixels changes a cell by .02 to .04 of white (.07 in a heat map); an empty panel by .1 and more.
"""
import io
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image, ImageFilter
from synthetic_results import write_result

from aesweep_analysis import open_sweep, style
from aesweep_analysis.figures import FIGURES, draw

SWEEPS = Path(__file__).resolve().parents[2] / "sweeps"
PICTURES = Path(__file__).parent / "pictures"
NAMES = ("rg24-02", "rg24-03", "rg24-04", "rg24-10", "pkk18-03", "atlas-rate-and-decay", "atlas-plateaus-over-starts")
WIDTH, CELLS, TOLERANCE = 900, 60, 0.08


def blurred(figure):
    """A figure as CELLS columns of mean colours."""
    with style.context():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=WIDTH / figure.get_size_inches()[0])
    picture = Image.open(buffer).convert("RGB").filter(ImageFilter.GaussianBlur(10))
    return picture.resize((CELLS, round(picture.height * CELLS / picture.width)), Image.BOX)


def difference(one, other):
    """The largest difference of a cell in any colour, 1 between black and white; 1 for pictures of different shape."""
    a, b = (np.asarray(picture.convert("RGB"), dtype=float) / 255 for picture in (one, other))
    return float(np.abs(a - b).max()) if a.shape == b.shape else 1.0


def drawn(name, folder):
    return draw(name, [open_sweep(write_result(folder / f"{Path(path).stem}.h5", (SWEEPS / path).read_text())) for path in FIGURES[name].sweeps])


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_looks_as_it_did(name, tmp_path):
    picture = blurred(drawn(name, tmp_path))
    if os.environ.get("AESWEEP_UPDATE_PICTURES"):
        picture.save(PICTURES / f"{name}.png", optimize=True)
    with Image.open(PICTURES / f"{name}.png") as stored:
        assert difference(picture, stored) < TOLERANCE
    plt.close("all")


def test_an_empty_panel_would_be_seen(tmp_path):
    figure = drawn("rg24-02", tmp_path)
    figure.axes[1].clear()
    with Image.open(PICTURES / "rg24-02.png") as stored:
        assert difference(blurred(figure), stored) > TOLERANCE
    plt.close("all")
