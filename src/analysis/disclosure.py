"""Counts of people so small that a reader might recognise who they are.

In reports for managers a count from 1 up to `smallest_count` is not told but bounded: 'under 5'.
Nothing else depends on it: what is computed, and the lists of customers, stay as they are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis import wording
from analysis.language import say, translate

if TYPE_CHECKING:
    from analysis.settings import ReportSettings

__all__ = ["hidden", "people", "plural", "use"]

_smallest_told = [5]


def use(reports: ReportSettings) -> None:
    """Tell counts of people from here on as the settings ask for their audience."""
    _smallest_told[:] = [reports.smallest_count if reports.audience == "manager" else 1]


def hidden(count: float) -> bool:
    """Return whether a count of people is too small to be told; zero is nobody, and is told."""
    return math.isfinite(count) and 0 < count < _smallest_told[0]


def people(count: float) -> str:
    """Return a count of people as a reader may see it: 3 -> 'under 5', 1200 -> '1,200'."""
    if hidden(count):
        return say("under {count}", count=_smallest_told[0])
    return wording.count(count)


def plural(count: float, noun: str, nouns: str | None = None) -> str:
    """Return a count of people with its noun: plural(3, 'customer') -> 'under 5 customers'."""
    if hidden(count):
        return translate(f"{{n}} {nouns or noun + 's'}").format(n=people(count))
    return wording.plural(count, noun, nouns)
