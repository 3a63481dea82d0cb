"""Counts of people so small that a reader might recognise who they are.

In reports for managers a count from 1 up to `smallest_count` is not told but bounded: 'under 5'.
Nothing else depends on it: what is computed, and the lists of customers, stay as they are. What
tables must hide beside it, `discretion` finds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis import wording
from analysis.language import say, translate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from analysis.disclosure.joining import Book
    from analysis.settings import ReportSettings

__all__ = [
    "bound",
    "bound_in_data",
    "earlier",
    "hidden",
    "least",
    "only_told",
    "people",
    "plural",
    "share",
    "tables",
    "use",
    "withhold",
]

_smallest_told = [5]
_earlier = [""]
_told: set[int] = set()
_withheld: set[int] = set()
_books: list[Book] = []


def use(reports: ReportSettings, previous: str | Path = "") -> None:
    """Tell counts of people from here on as the settings ask for their audience.

    Parameters
    ----------
    reports : ReportSettings
    previous : str or Path, optional
        Folder of the same report's run for the period before: what it told is known.
    """
    _smallest_told[:] = [reports.smallest_count if reports.audience == "manager" else 1]
    _earlier[:] = [str(previous)]
    for known in (_told, _withheld, _books):
        known.clear()


def least() -> int:
    """Return the smallest count that is told; 1 where all are."""
    return _smallest_told[0]


def earlier() -> str:
    """Return the folder of the report before; empty for none."""
    return _earlier[0]


def hidden(count: float) -> bool:
    """Return whether a count of people is not told: too small, or withheld for the sake of such.

    Zero is nobody, and is told.
    """
    if not math.isfinite(count):
        return False
    return 0 < count < _smallest_told[0] or round(count) in _withheld


def withhold(counts: Iterable[float]) -> None:
    """Tell these counts no more in this report, since sums with them would tell small ones."""
    _withheld.update(int(count) for count in counts)


def only_told() -> list[int]:
    """Return the counts that this report has told in words and withheld nowhere."""
    return sorted(_told - _withheld)


def tables() -> list[Book]:
    """Return where the tables of this report are kept: as one book, once there is a first."""
    return _books


def bound(small: bool | None) -> str:
    """Return what is told of a small count, or of one that is withheld for the sake of these.

    None stands for a count of which even that would tell too much.
    """
    if small is None:
        return say("not told")
    if small:
        return say("under {count}", count=_smallest_told[0])
    return say("{count} or more", count=_smallest_told[0])


def bound_in_data(small: bool | None) -> str:
    """Return the same for a CSV, whose bytes no language changes."""
    if small is None:
        return "not told"
    return f"under {_smallest_told[0]}" if small else f"{_smallest_told[0]} or more"


def people(count: float) -> str:
    """Return a count of people as a reader may see it: 3 -> 'under 5', 1200 -> '1,200'."""
    if hidden(count):
        return bound(count < _smallest_told[0])
    return wording.count(_noted(count))


def plural(count: float, noun: str, nouns: str | None = None) -> str:
    """Return a count of people with its noun: plural(3, 'customer') -> 'under 5 customers'."""
    if hidden(count):
        return translate(f"{{n}} {nouns or noun + 's'}").format(n=people(count))
    return wording.plural(_noted(count), noun, nouns)


def share(part: float, count: float) -> str:
    """Return the share that a count of people has of something else; nothing where it is hidden."""
    return wording.MISSING if hidden(count) else wording.percent(part)


def _noted(count: float) -> float:
    if math.isfinite(count):
        _told.add(round(count))
    return count
