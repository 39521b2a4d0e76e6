"""Small pictures of all figures for docs/gallery.md, and README's: python3 -m aesweep_analysis.gallery RESULTS PICTURES [NAME...]"""
import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

from . import SweepError, open_sweep, phase_diagram, style  # noqa: E402
from .figures import FIGURES, draw  # noqa: E402

WIDTH, LARGEST = 1100, 150_000  # pixels, bytes
COLOURS = 256                   # of the palette: a figure has few, and the file is a third of its size
QUICKSTART = "quickstart"       # README's phase diagram, as scripts/quickstart.sh draws it


def small_picture(figure, path):
    """Writes a figure as a PNG of WIDTH pixels with a palette. @raises SweepError if it is larger than LARGEST bytes."""
    with style.context():
        figure.savefig(path, dpi=WIDTH / figure.get_size_inches()[0])
    from PIL import Image  # comes with matplotlib
    with Image.open(path) as picture:
        # Maximum coverage keeps rare colours as they are, to 12 of 255; median cut gives two lines of a figure with photographs one colour.
        picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE).save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise SweepError(f"{path} has {path.stat().st_size} bytes, more than {LARGEST}")


def _sweeps(name):
    """Stems of the result files that a picture needs. @raises SweepError for an unknown name."""
    if name == QUICKSTART:
        return [QUICKSTART]
    if name not in FIGURES:
        raise SweepError(f"no figure {name}; there are {QUICKSTART}, {', '.join(FIGURES)}")
    return [Path(path).stem for path in FIGURES[name].sweeps]


def main(argv=None):
    """@returns the exit status: 0, 3 if some figures' results are missing, 2 for wrong arguments."""
    parser = argparse.ArgumentParser(prog="python3 -m aesweep_analysis.gallery", description="Draws the pictures of docs/gallery.md.",
                                     epilog="example: python3 -m aesweep_analysis.gallery results/replication-quick docs/images rg24-02 rg24-03")
    parser.add_argument("results", type=Path, help="folder of result files, each called after its sweep file")
    parser.add_argument("pictures", type=Path, help="folder of the pictures NAME.png")
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures (default: all)")
    arguments = parser.parse_args(argv)
    missing = 0
    for name in arguments.names or [QUICKSTART, *FIGURES]:
        try:
            with ExitStack() as opened:
                sweeps = [opened.enter_context(open_sweep(arguments.results / f"{stem}.h5")) for stem in _sweeps(name)]
                small_picture(phase_diagram(*sweeps) if name == QUICKSTART else draw(name, sweeps), arguments.pictures / f"{name}.png")
        except SweepError as error:
            missing += 1
            print(f"gallery: {name}: {error}", file=sys.stderr)
        plt.close("all")
    return 3 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
