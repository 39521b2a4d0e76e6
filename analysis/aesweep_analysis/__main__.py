"""The command line: python3 -m aesweep_analysis FILE.h5... --figure phase|refined|trajectories|NAME."""
import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from . import SweepError, open_sweep, phase_diagram, refined_diagram, save, trajectories  # noqa: E402
from .figures import FIGURES, draw  # noqa: E402

EXAMPLES = """examples:
  python3 -m aesweep_analysis quickstart.h5 --figure phase -o phase.png
  python3 -m aesweep_analysis quickstart.h5 --figure phase --value excess_mean --x learning_rate --y weight_decay --at activation=erf
  python3 -m aesweep_analysis quickstart.h5 --figure trajectories --at learning_rate=1 --at activation=erf --by weight_decay -o curves.pdf
  python3 -m aesweep_analysis refined-rate-and-decay.h5 --figure refined
  python3 -m aesweep_analysis rg24-02-one-component-after-another.h5 --figure rg24-02 -o rg24-02.svg
  python3 -m aesweep_analysis rg24-03a-*.h5 rg24-03b-*.h5 --figure rg24-03
"""


def _figures():
    """The papers' figures and the atlas, each with its sweeps."""
    return "figures:\n" + "\n".join(f"  {figure.name:<32} {', '.join(figure.sweeps)}" for figure in FIGURES.values())


def _parser():
    parser = argparse.ArgumentParser(prog="python3 -m aesweep_analysis", description="Draws a result file of aesweep.", epilog=f"{EXAMPLES}\n{_figures()}",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", metavar="FILE.h5", nargs="+", help="result file, finished or still being written; more than one only for figures that need it")
    parser.add_argument("--figure", metavar="NAME", default="phase", help="what to draw: phase (default), refined, trajectories, or one of the figures below")
    parser.add_argument("--engine", metavar="E", help="ode, sgd, ... (phase: default sgd if present; trajectories: all)")
    parser.add_argument("--value", metavar="V", default="learnt_mean", help="quantity of a phase diagram (default learnt_mean)")
    parser.add_argument("--x", metavar="AXIS", help="horizontal axis (default: of the two longest numeric axes)")
    parser.add_argument("--y", metavar="AXIS", help="vertical axis")
    parser.add_argument("--at", metavar="AXIS=VALUE", action="append", default=[], help="fix an axis; a number takes the nearest value")
    parser.add_argument("--by", metavar="AXIS", help="trajectories: one colour a value; phase: one panel a value")
    parser.add_argument("--no-theory", action="store_true", help="leave out theory's lines")
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, help="picture: .png, .pdf or .svg (default FILE.FIGURE.png)")
    return parser


def _selection(items):
    for item in items:
        if "=" not in item:
            raise SweepError(f"--at {item}: write AXIS=VALUE")
    return dict(item.split("=", 1) for item in items)


def _one(sweeps, name):
    if len(sweeps) > 1:
        raise SweepError(f"--figure {name} draws one file, {len(sweeps)} are given")
    return sweeps[0]


def _figure(arguments, sweeps):
    at = _selection(arguments.at)
    if arguments.figure == "phase":
        sweep = _one(sweeps, "phase")
        engine = arguments.engine or ("sgd" if "sgd" in sweep.engines else sweep.engines[0])
        return phase_diagram(sweep, engine, arguments.value, arguments.x, arguments.y, at, arguments.by, not arguments.no_theory)
    if arguments.figure == "refined":
        return refined_diagram(_one(sweeps, "refined"), at, not arguments.no_theory)
    if arguments.figure == "trajectories":
        return trajectories(_one(sweeps, "trajectories"), at, arguments.by, [arguments.engine] if arguments.engine else None)
    return draw(arguments.figure, sweeps)


def _draw(arguments):
    out = arguments.output or Path(arguments.files[0]).with_suffix(f".{arguments.figure}.png")
    if out.suffix not in (".png", ".pdf", ".svg"):
        raise SweepError(f"-o {out}: the suffix must be .png, .pdf or .svg")
    with ExitStack() as opened:
        sweeps = [opened.enter_context(open_sweep(file)) for file in arguments.files]
        save(_figure(arguments, sweeps), out)
    return out


def main(argv=None):
    """@returns the exit status: 0, 1 if the picture can't be written, 2 for a wrong file or argument."""
    arguments = _parser().parse_args(argv)
    try:
        print(_draw(arguments))
    except SweepError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
