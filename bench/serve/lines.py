"""Lines of the table: what was measured, what is asked of it, and whether it is reached."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.serve.measure import Measured

PYGEOAPI, TIPG, BARE, COLD, WARM = "pygeoapi", "tipg", "bare SQL", "ours", "ours, warm"
COLUMNS = (PYGEOAPI, TIPG, BARE, COLD, WARM)
ABSENT = "absent"


@dataclass(frozen=True)
class Judgement:
    """A figure beside what is asked of it. `asked` None: nothing is."""

    text: str
    reached: float
    asked: float | None = None
    #: Whether `asked` is the most that is allowed, not the least.
    most: bool = False

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None where nothing is asked."""
        if self.asked is None:
            return None
        return self.reached <= self.asked if self.most else self.reached >= self.asked

    def __str__(self) -> str:
        """The figure, and what is asked."""
        sign = "" if self.asked is None else f" (asked {'≤' if self.most else '≥'} {self.asked:g})"
        return f"{number(self.reached)} {self.text}{sign}"


@dataclass
class Line:
    """One line: a text for each server, CPU milliseconds for each, and judgements."""

    name: str
    cells: dict[str, str] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    judgements: list[Judgement] = field(default_factory=list)


def line(name: str, found: dict[str, Measured], *judgements: Judgement | None) -> Line:
    """The line of a row of rates."""
    cells = {server: cell(measured) for server, measured in found.items()}
    cpu = {server: measured.milliseconds for server, measured in found.items()}
    return Line(name, cells, cpu, [judgement for judgement in judgements if judgement])


def cell(measured: Measured) -> str:
    """Median and spread."""
    low, high = number(min(measured.rates)), number(max(measured.rates))
    return f"{number(measured.rate)} ({low}–{high})"


def number(value: float) -> str:
    """Three digits that matter, or whole."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
