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
    "remember",
    "same_row",
    "share",
    "use",
    "withhold",
]

_BEYOND_CHANCE = 50
"""A count from here on is rarely that of two rows."""
_smallest_told = [5]
_earlier = [""]
_told: set[int] = set()
_withheld: set[int] = set()
_rows: list[dict[str, tuple[float, bool]]] = []


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
    for known in (_told, _withheld, _rows):
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


def remember(rows: Iterable[dict[str, tuple[float, bool]]]) -> None:
    """Keep what tables of this report told: of each row its counts, and whether one is withheld."""
    _rows.extend(rows)


def same_row(counts: dict[str, float]) -> dict[str, bool]:
    """Return which counts of a row other tables of this report show, and whether withheld.

    A row is the same where all counts are that both have, and they are more than chance.
    """
    found: dict[str, bool] = {}
    for row in _rows:
        shared = [name for name in counts if name in row and math.isfinite(counts[name])]
        telling = [name for name in shared if counts[name] >= least()]
        enough = len(telling) > 1 or any(counts[name] >= _BEYOND_CHANCE for name in telling)
        if enough and all(row[name][0] == counts[name] for name in shared):
            found |= {name: found.get(name, True) and row[name][1] for name in shared}
    return found


def bound(small: bool) -> str:
    """Return what is told of a small count, or of one that is withheld for the sake of these."""
    if small:
        return say("under {count}", count=_smallest_told[0])
    return say("{count} or more", count=_smallest_told[0])


def bound_in_data(small: bool) -> str:
    """Return the same for a CSV, whose bytes no language changes."""
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


def share(part: float, count: float, of: float | None = None) -> str:
    """Return the share that a count of people has of something; a bound where it is not told.

    Parameters
    ----------
    part : float
        The share.
    count : float
        How many people have it.
    of : float, optional
        Of how many people it is a share; without it, as of money, there is no bound to tell.
    """
    if not hidden(count):
        return wording.percent(part)
    if of is None or count >= least():
        return wording.MISSING
    return say("under {count}", count=wording.percent(least() / of))


def _noted(count: float) -> float:
    if math.isfinite(count):
        _told.add(round(count))
    return count
