"""Writes the replication report from a folder of result files: python3 -m aesweep_analysis.report results/replication-quick"""
import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

from . import page, style  # noqa: E402
from .claims import CLAIMS, NOT_MEASURED, VERDICTS, assess  # noqa: E402
from .figures import FIGURES  # noqa: E402
from .figures import draw as draw_figure  # noqa: E402
from .open import SweepError, open_sweep  # noqa: E402
from .replication import sweep_file  # noqa: E402

PENDING, FAILED = 0, 3
DPI = 120  # of the pictures in the page: more than twice a phone's width, a laptop's as it is


@dataclass(frozen=True)
class SweepNote:
    """What the report says of a result file."""

    file: str      # path of the sweep file as the reader knows it
    text: str      # the sweep file that was run
    seconds: float  # core-seconds spent on its rows
    replicas: int
    rows: int
    pending: int
    failed: int


def note(sweep, folder):
    """The SweepNote of an open sweep; `folder`: where sweep files are."""
    status = np.concatenate([sweep.dataset(engine).status.values.ravel() for engine in sweep.engines])
    try:
        path = sweep_file(folder, sweep.path.stem)
        shown = str(Path(Path(folder).name) / path.relative_to(folder))
    except SweepError:
        shown = f"{sweep.path.stem}.toml"
    rows = sweep.dataset(sweep.engines[0])
    return SweepNote(shown, sweep.attributes["sweep"], float(np.nansum(list(sweep.seconds.values()))), rows.sizes.get("replica", 1), status.size,
                     int((status == PENDING).sum()), int((status == FAILED).sum()))


def open_results(folder):
    """stem → Sweep for every result file of a folder, and a line for each file that can't be opened."""
    sweeps, faults = {}, []
    for path in sorted(Path(folder).glob("*.h5")):
        try:
            sweeps[path.stem] = open_sweep(path)
        except SweepError as error:
            faults.append(str(error))
    return sweeps, faults


def draw(figures, sweeps, folder):
    """Draws each figure whose sweeps are there into the folder, as PNG and PDF → (claim's name, or "" → list of (name, caption, PNG bytes)), lines on the rest."""
    drawn, missing = {}, []
    folder.mkdir(parents=True, exist_ok=True)
    for figure in figures.values():
        caption = f"{figure.paper}, figure {figure.number}: {figure.title}" if figure.number else figure.title
        stems = [Path(path).stem for path in figure.sweeps]
        absent = [stem for stem in stems if stem not in sweeps]
        if absent:
            missing.append(f"{caption}: no result of {', '.join(absent)}")
            continue
        try:
            picture = draw_figure(figure.name, [sweeps[stem] for stem in stems])
        except (SweepError, KeyError, ValueError) as error:  # a sweep without what the figure shows
            missing.append(f"{caption}: {error}")
            continue
        files = [folder / f"{figure.name}{suffix}" for suffix in (".png", ".pdf")]
        with style.context():
            for file in files:
                picture.savefig(file, dpi=DPI)
        plt.close(picture)
        for claim in figure.claims or ("",):
            drawn.setdefault(claim, []).append((figure.name, caption, files[0].read_bytes()))
    return drawn, missing


def provenance(sweeps, notes):
    programs = sorted({f"aesweep {s.attributes.get('version', '')} ({s.attributes.get('git_commit', '')[:12]}, {s.attributes.get('instruction_set', 'generic')})"
                       for s in sweeps.values()})
    days = sorted({str(s.attributes.get("created", ""))[:10] for s in sweeps.values()})
    cost = sum(n.seconds for n in notes.values())
    return [f"{len(sweeps)} result files, {page.number(cost, 4)} core-seconds ({cost / 3600:.2f} core-hours), by {'; '.join(programs) or 'nothing'}"
            f"{f', begun on {days[0]}' if days else ''}{f' to {days[-1]}' if len(days) > 1 else ''}."]


def write(folder, out, sweep_folder, figures=FIGURES, claims=CLAIMS):
    """Measures all claims, draws all figures, writes the page. @returns (results, lines on what is missing)."""
    sweeps, faults = open_results(folder)
    results = [assess(claim, sweeps) for claim in claims.values()]
    notes = {stem: note(sweep, sweep_folder) for stem, sweep in sweeps.items()}
    drawn, missing = draw(figures, sweeps, Path(out).parent / "figures")
    text = page.page(results, drawn, notes, provenance(sweeps, notes), [*faults, *missing])
    Path(out).write_text(text, encoding="utf-8")
    for sweep in sweeps.values():
        sweep.close()
    return results, [*faults, *missing]


def main(argv=None):
    """@returns the exit status: 0, 1 if the report can't be written, 2 for a wrong argument, 3 if something is missing from it."""
    parser = argparse.ArgumentParser(prog="python3 -m aesweep_analysis.report", description="Writes the replication report from a folder of result files.",
                                     epilog="example: python3 -m aesweep_analysis.report results/replication-quick -o replication.html")
    parser.add_argument("results", type=Path, metavar="DIR", help="folder of result files, each called after its sweep")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT.html", help="the page (default DIR/replication.html); pictures go to figures/ beside it")
    parser.add_argument("--sweeps", type=Path, default=Path("sweeps"), metavar="DIR", help="folder of sweep files, to name them (default sweeps)")
    arguments = parser.parse_args(argv)
    if not arguments.results.is_dir():
        print(f"error: {arguments.results}: no such folder", file=sys.stderr)
        return 2
    out = arguments.output or arguments.results / "replication.html"
    try:
        results, missing = write(arguments.results, out, arguments.sweeps)
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for line in missing:
        print(f"missing: {line}", file=sys.stderr)
    print(", ".join(f"{sum(r.verdict == verdict for r in results)} {verdict}" for verdict in VERDICTS))
    unmeasured = [r for r in results if r.verdict == NOT_MEASURED]
    return 3 if missing or unmeasured else 0


if __name__ == "__main__":
    sys.exit(main())
