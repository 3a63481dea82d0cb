"""The last values of a number as a small line, for the card that shows the number."""

from __future__ import annotations

from itertools import dropwhile, groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["sparkline"]

WIDTH, HEIGHT, MARGIN = 144.0, 36.0, 4.0
_SMALLEST_RANGE = 0.1
"""Of the largest value: a number that hardly moves is drawn flat, not blown up."""


def sparkline(trend: Sequence[float | None]) -> Markup:
    """Return the drawing of a trend, its last value marked; empty below two values.

    Parameters
    ----------
    trend : sequence of float or None
        The oldest first, at equal distances; None leaves a gap.
    """
    shown = list(dropwhile(lambda value: value is None, trend))
    known = [value for value in shown if value is not None]
    if len(known) < 2 or shown[-1] is None:
        return Markup()
    places = _places(shown)
    lines = Markup().join(
        Markup('<polyline points="{}"/>').format(" ".join(f"{x:g},{y:g}" for x, y in run))
        for run in _runs(places)
    )
    x, y = places[-1] or (0.0, 0.0)
    return Markup(
        '<svg class="spark" viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">{}'
        '<circle cx="{:g}" cy="{:g}" r="3"/></svg>'
    ).format(WIDTH, HEIGHT, _told(known), lines, x, y)


def _places(trend: Sequence[float | None]) -> list[tuple[float, float] | None]:
    known = [value for value in trend if value is not None]
    low, high = min(known), max(known)
    reach = max(high - low, _SMALLEST_RANGE * max(abs(low), abs(high))) or 1.0
    step = (WIDTH - 2 * MARGIN) / (len(trend) - 1)

    def height(value: float) -> float:
        return HEIGHT / 2 - (HEIGHT - 2 * MARGIN) * (value - (low + high) / 2) / reach

    return [
        None if value is None else (round(MARGIN + at * step, 1), round(height(value), 1))
        for at, value in enumerate(trend)
    ]


def _runs(places: list[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """Return the stretches without a gap that are long enough for a line."""
    runs = [
        [place for place in run if place is not None]
        for there, run in groupby(places, lambda place: place is not None)
        if there
    ]
    return [run for run in runs if len(run) > 1]


def _told(known: list[float]) -> str:
    """Say in words what the line shows."""
    n = len(known)
    if min(known) == max(known):
        return say("The same in each of the last {n} periods", n=n)
    if known[-1] == max(known):
        return say("The highest of the last {n} periods", n=n)
    if known[-1] == min(known):
        return say("The lowest of the last {n} periods", n=n)
    rank = sum(value > known[-1] for value in known) + 1
    return say("Number {rank} of the last {n} periods, from the highest", rank=rank, n=n)
