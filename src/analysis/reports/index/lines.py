"""A figure over time as a line small enough to stand in the row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from analysis.periods import Period

__all__ = ["draw_line"]

LATEST = 24
WIDTH, HEIGHT, EDGE = 168, 40, 5
_SMALLEST_RANGE = 0.1
"""Of the level: a figure that hardly moves is drawn flat, not blown up."""


def draw_line(course: Sequence[tuple[Period, float | None, str]]) -> Markup:
    """Draw the last values of a figure as SVG; nothing when there are fewer than two.

    Parameters
    ----------
    course : sequence of (period, value, value as text)
        The oldest first, all of one kind. The line has a gap where a period is missing, and a
        dot (with `data-period`) at each value.
    """
    known = [(period, value, text) for period, value, text in course if value is not None]
    known = known[-LATEST:]
    if len(known) < 2:
        return Markup("")
    places = _places([period.start for period, _, _ in known], [value for _, value, _ in known])
    path = ""
    for number, (x, y) in enumerate(places):
        joined = number and known[number - 1][0].next == known[number][0]
        path += f"{'L' if joined else 'M'}{x:.1f} {y:.1f}"
    dots = Markup("").join(
        Markup('<circle data-period="{}" cx="{:.1f}" cy="{:.1f}" r="2"{}/>').format(
            period.key, x, y, Markup(' class="chosen"') if number >= len(known) - 2 else ""
        )
        for number, ((period, _, _), (x, y)) in enumerate(zip(known, places, strict=True))
    )
    return Markup(
        '<svg class="line" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        '<path d="{}"/>{}</svg>'
    ).format(WIDTH, HEIGHT, WIDTH, HEIGHT, escape(_in_words(known)), path, dots)


def _in_words(known: Sequence[tuple[Period, float, str]]) -> str:
    (first, _, first_text), (last, _, last_text) = known[0], known[-1]
    by_value = sorted(known, key=lambda point: point[1])
    return say(
        "{first} in {first_period}, {last} in {last_period}; lowest {lowest}, highest {highest}",
        first=first_text, first_period=first.title, last=last_text, last_period=last.title,
        lowest=by_value[0][2], highest=by_value[-1][2],
    )  # fmt: skip


def _places(days: Sequence[date], values: Sequence[float]) -> list[tuple[float, float]]:
    """Return where each value lies: by time from left to right, by size from the bottom up."""
    duration = (days[-1] - days[0]).days
    low, high = min(values), max(values)
    spread = max(high - low, _SMALLEST_RANGE * max(abs(low), abs(high))) or 1.0
    middle = (low + high) / 2
    return [
        (
            EDGE + (WIDTH - 2 * EDGE) * (day - days[0]).days / duration,
            HEIGHT / 2 - (HEIGHT - 2 * EDGE) * (value - middle) / spread,
        )
        for day, value in zip(days, values, strict=True)
    ]
