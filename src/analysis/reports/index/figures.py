"""Key figures over the periods of one kind: their course, and any two of them side by side."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.findings import COUNTED
from analysis.language import say, translate
from analysis.reports.index.lines import draw_line
from analysis.wording import MISSING, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markupsafe import Markup

    from analysis.findings import Finding
    from analysis.periods import Kind, Period
    from analysis.reports.index.entries import Entry

__all__ = ["Cell", "Figures", "Series", "difference", "read_figures"]

LATEST = 60
"""Periods of a kind that can be compared."""


class Cell(NamedTuple):
    """A key figure of one period; `share` is 1 where a change is told in points."""

    value: float | None
    text: str
    interval: str
    share: int
    method: str


@dataclass(frozen=True, slots=True)
class Series:
    """One key figure, with its cell of each period; None where it has none."""

    label: str
    cells: tuple[Cell | None, ...]
    line: Markup

    @property
    def change(self) -> str:
        """How the last period differs from the one before it."""
        return difference(*self.cells[:2])

    @property
    def recounted(self) -> bool:
        """Whether these two were counted by different methods."""
        return len({cell.method for cell in self.cells[:2] if cell and cell.method}) == 2


@dataclass(frozen=True, slots=True)
class Figures:
    """The key figures of all periods of a kind.

    Attributes
    ----------
    kind : {'day', 'week', 'month', 'quarter', 'year'}
    periods : tuple of Period
        At least two, the last one first.
    reports : tuple of (title, tuple of Series)
        The series of each report; their cells are in the order of `periods`.
    """

    kind: Kind
    periods: tuple[Period, ...]
    reports: tuple[tuple[str, tuple[Series, ...]], ...]

    @property
    def data(self) -> dict[str, Any]:
        """What a script needs to lay any two periods side by side."""
        rows = [series for _, group in self.reports for series in group]
        return {
            "share": say("{number} points", number="#"),
            "missing": MISSING,
            "recounted": say("counted by another method"),
            "rows": [series.cells for series in rows],
        }


def read_figures(entries: Sequence[Entry]) -> list[Figures]:
    """Return the key figures by kind of period, the kind with the most periods first."""
    kinds: dict[Kind, dict[Period, list[Entry]]] = {}
    for entry in entries:
        if entry.address:
            kinds.setdefault(entry.period.kind, {}).setdefault(entry.period, []).append(entry)
    all_figures = [_of_kind(kind, by_period) for kind, by_period in kinds.items()]
    known = [one for one in all_figures if len(one.periods) > 1 and one.reports]
    return sorted(known, key=lambda one: -len(one.periods))


def difference(newer: Cell | None, older: Cell | None) -> str:
    """Return how a figure changed: '+2.0 points' of a share, '-3.1%' of anything else."""
    if newer is None or older is None or newer.value is None or older.value is None:
        return MISSING
    new, old = newer.value, older.value
    if newer.share and older.share:
        return say("{number} points", number=_signed(100 * (new - old)))
    return f"{_signed(100 * (new / old - 1))}%" if old > 0 and new >= 0 else MISSING


def _of_kind(kind: Kind, by_period: dict[Period, list[Entry]]) -> Figures:
    periods = tuple(by_period)[:LATEST]
    by_report: dict[tuple[tuple[bool, str], str], dict[str, dict[Period, Finding]]] = {}
    for period in periods:
        for entry in by_period[period]:
            figures = by_report.setdefault((entry.order, entry.report), {})
            for finding in entry.figures:
                figures.setdefault(finding.id, {})[period] = finding
    titles = {e.report: e.title for p in reversed(periods) for e in by_period[p]}
    return Figures(
        kind,
        periods,
        tuple(
            (titles[report], tuple(_series(found, periods) for found in figures.values()))
            for (_, report), figures in sorted(by_report.items())
            if figures
        ),
    )


def _series(found: dict[Period, Finding], periods: Sequence[Period]) -> Series:
    latest = next(iter(found.values()))
    cells = {period: _cell(finding) for period, finding in found.items()}
    return Series(
        label=_plain_label(latest, found),
        cells=tuple(cells.get(period) for period in periods),
        line=draw_line(
            [(period, cells[period].value, cells[period].text) for period in reversed(cells)]
        ),
    )


def _plain_label(latest: Finding, periods: Iterable[Period]) -> str:
    """Return the label of a figure without the period that it was written for."""
    label = latest.label or latest.id
    for period in periods:
        label = re.sub(rf"\s*(\b(in|of|for|during) )?{re.escape(period.title)}", "", label)
    return label or latest.id


def _cell(finding: Finding) -> Cell:
    value = finding.value
    return Cell(
        value=value if value is not None and math.isfinite(value) else None,
        text=finding.value_text,
        interval="" if finding.interval == translate(COUNTED) else finding.interval,
        share=int("%" in finding.value_text),
        method=finding.method,
    )


def _signed(change: float) -> str:
    text = number(abs(change))
    if text == number(0):
        return text
    return f"{'+' if change > 0 else '−'}{text}"
