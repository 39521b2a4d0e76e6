"""What a figure is."""
from collections.abc import Callable
from dataclasses import dataclass

from .. import style


@dataclass(frozen=True)
class Figure:
    """`sweeps`: files under sweeps/ whose results it needs; `number`: the paper's, "" in the atlas."""

    name: str
    title: str
    paper: str                # "RG24", "PKK18", "KS24" or "atlas"
    number: str
    sweeps: tuple[str, ...]
    claims: tuple[str, ...]
    function: Callable        # dict of stem → Sweep ↦ matplotlib Figure

    def draw(self, sweeps):
        with style.context():
            figure = self.function(sweeps)
            figure.suptitle(self.title if not self.number else f"{self.paper}, figure {self.number}: {self.title}")
        return figure
