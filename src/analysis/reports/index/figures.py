"""Key figures over the periods of one kind: their course, and any two of them side by side."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.language import say
from analysis.reports.index.lines import draw_line
from analysis.wording import MISSING, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markupsafe import Markup

    from analysis.findings import Finding
    from analysis.periods import Kind, Period
    from analysis.reports.index.entries import Entry

__all__ = ["Figures", "Series", "difference", "read_figures"]

LATEST = 60
"""Periods of a kind that can be compared."""


@dataclass(frozen=True, slots=True)
class Series:
    """One key figure, with its finding of each period; None where that has none."""

    title: str
    label: str
    findings: tuple[Finding | None, ...]
    line: Markup

    @property
    def change(self) -> str:
        """How the last period differs from the one before it."""
        newer, older = self.findings[:2]
        change = difference(newer, older)
        methods = {finding.method for finding in (newer, older) if finding and finding.method}
        if len(methods) < 2:
            return change
        return say("{change}, counted by another method", change=change)


@dataclass(frozen=True, slots=True)
class Figures:
    """The key figures of all periods of a kind.

    Attributes
    ----------
    kind : {'day', 'week', 'month', 'quarter', 'year'}
    periods : tuple of Period
        At least two, the last one first.
    reports : tuple of (title, tuple of Series)
        The series of each report; their findings are in the order of `periods`.
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
            "method": say("{change}, counted by another method", change="#"),
            "rows": [[_cell(finding) for finding in series.findings] for series in rows],
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


def difference(newer: Finding | None, older: Finding | None) -> str:
    """Return how a figure changed: '+2.0 points' of a share, '-3.1%' of anything else."""
    if newer is None or older is None:
        return MISSING
    new, old = _value(newer), _value(older)
    if new is None or old is None:
        return MISSING
    if _is_share(newer) and _is_share(older):
        return say("{number} points", number=_signed(100 * (new - old)))
    return f"{_signed(100 * (new / old - 1))}%" if old > 0 and new >= 0 else MISSING


def _of_kind(kind: Kind, by_period: dict[Period, list[Entry]]) -> Figures:
    periods = tuple(by_period)[:LATEST]
    reports: dict[str, dict[str, dict[Period, Finding]]] = {}
    titles: dict[str, tuple[tuple[bool, str], str]] = {}
    for period in periods:
        for entry in by_period[period]:
            titles.setdefault(entry.report, (entry.order, entry.title))
            for finding in entry.figures:
                ids = reports.setdefault(entry.report, {})
                ids.setdefault(finding.id, {})[period] = finding
    groups = [
        (titles[report][1], tuple(_series(titles[report][1], found, periods) for found in ids))
        for report, ids in sorted(
            ((name, list(of.values())) for name, of in reports.items()),
            key=lambda group: titles[group[0]],
        )
    ]
    return Figures(kind, periods, tuple(groups))


def _series(title: str, found: dict[Period, Finding], periods: Sequence[Period]) -> Series:
    latest = next(iter(found))
    return Series(
        title=title,
        label=_plain_label(found[latest], found),
        findings=tuple(found.get(period) for period in periods),
        line=draw_line([(p, _value(found[p]), found[p].value_text) for p in reversed(found)]),
    )


def _plain_label(latest: Finding, periods: Iterable[Period]) -> str:
    """Return the label of a figure without the period that it was written for."""
    label = latest.label or latest.id
    for period in periods:
        label = re.sub(rf"\s*(\b(in|of|for|during) )?{re.escape(period.title)}", "", label)
    return label or latest.id


def _cell(finding: Finding | None) -> list[Any] | None:
    """Return value, text, interval, whether it is a share, and method; as short as it can be."""
    if finding is None:
        return None
    return [
        _value(finding),
        finding.value_text,
        finding.interval,
        int(_is_share(finding)),
        finding.method,
    ]


def _value(finding: Finding) -> float | None:
    value = finding.value
    return value if value is not None and math.isfinite(value) else None


def _is_share(finding: Finding) -> bool:
    return "%" in finding.value_text


def _signed(change: float) -> str:
    text = number(abs(change))
    if text == number(0):
        return text
    return f"{'+' if change > 0 else '−'}{text}"
