"""The command line: python3 -m aesweep_analysis FILE.h5 --figure phase|trajectories."""
import argparse
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from . import SweepError, open_sweep, phase_diagram, save, trajectories  # noqa: E402

EXAMPLES = """examples:
  python3 -m aesweep_analysis quickstart.h5 --figure phase -o phase.png
  python3 -m aesweep_analysis quickstart.h5 --figure phase --value excess_mean --x learning_rate --y weight_decay --at activation=erf
  python3 -m aesweep_analysis quickstart.h5 --figure trajectories --at learning_rate=1 --at activation=erf --by weight_decay -o curves.pdf
"""


def _parser():
    parser = argparse.ArgumentParser(prog="python3 -m aesweep_analysis", description="Draws a result file of aesweep.", epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE.h5", help="result file, finished or still being written")
    parser.add_argument("--figure", choices=("phase", "trajectories"), default="phase", help="what to draw (default phase)")
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


def _draw(arguments):
    out = arguments.output or Path(arguments.file).with_suffix(f".{arguments.figure}.png")
    if out.suffix not in (".png", ".pdf", ".svg"):
        raise SweepError(f"-o {out}: the suffix must be .png, .pdf or .svg")
    at = _selection(arguments.at)
    with open_sweep(arguments.file) as sweep:
        if arguments.figure == "phase":
            engine = arguments.engine or ("sgd" if "sgd" in sweep.engines else sweep.engines[0])
            figure = phase_diagram(sweep, engine, arguments.value, arguments.x, arguments.y, at, arguments.by, not arguments.no_theory)
        else:
            figure = trajectories(sweep, at, arguments.by, [arguments.engine] if arguments.engine else None)
        save(figure, out)
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
