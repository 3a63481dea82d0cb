"""A finding: one sentence that a manager can act on, with its number and interval.

A notebook displays findings; the report lifts the important ones to its first
screen, and index and summary read them as JSON, never from HTML.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from analysis.disclosure.discreet import as_told
from analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.errors import TooFewError

MIME = "application/vnd.analysis.finding+json"

COUNTED = "counted, not estimated"
"""What stands for the interval of a number that has no uncertainty of its own."""

Direction = Literal["", "good", "bad", "neutral"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One conclusion of a report.

    Attributes
    ----------
    id : str
        Stable name, unique in its report: 'churn.rate'.
    headline : str
        The conclusion as a full sentence, with its number.
    label, value, value_text : str, float, str
        What the number is, the number, and the number as shown.
    interval : str
        Its uncertainty in words: '10.1% to 14.2%'. A bare interval is one of 95%; any other
        says what it is: '90% interval 8% to 16%', 'usual range 9% to 15%'.
    comparison : str
        What it is held against: 'up 1.2 points on October 2017'.
    direction : {'', 'good', 'bad', 'neutral'}
        Whether the comparison is welcome.
    action : str
        What to do about it.
    at_stake, at_stake_low, at_stake_high : float
        Money that the action is about, by which a summary ranks actions, and its interval.
    basis : str
        What money that is: 'margin of the next 52 weeks'.
    people, list_name : int, str
        How many the action is about, and the name of the exported list that holds them; in what
        is handed on to other reports with `.parquet`, where its file is none of CSV.
    trend : tuple of float
        The value of the last periods, oldest first, the last one being `value`; None for a
        period without one.
    year_before : str
        Comparison with the same period a year before: 'up 3.1% on December 2016'.
    of_people : tuple of float
        Where the value is a share of people: how many they are, and of how many. It stays in the
        notebook: a reader is told a share only of as many as may be told (`discreet`).
    method : str
        Rule or model behind the number; a report says when it differs from the last one's.
    main, kpi : bool
        Whether it belongs to the main points, and to the cards above them.
    refused : bool
        Whether it stands in place of a number that the data are too few for; it then has no
        picture.
    """

    id: str
    headline: str
    label: str = ""
    value: float | None = None
    value_text: str = ""
    interval: str = ""
    comparison: str = ""
    direction: Direction = ""
    action: str = ""
    at_stake: float | None = None
    main: bool = False
    kpi: bool = False
    refused: bool = False
    at_stake_low: float | None = None
    at_stake_high: float | None = None
    basis: str = ""
    people: int | None = None
    list_name: str = ""
    trend: tuple[float | None, ...] = ()
    year_before: str = ""
    method: str = ""
    of_people: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        trend = (None if v is None or not math.isfinite(v) else float(v) for v in self.trend)
        object.__setattr__(self, "trend", tuple(trend))
        if self.interval == COUNTED:
            object.__setattr__(self, "interval", say("counted, not estimated"))

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON types."""
        plain = {**asdict(self), "trend": list(self.trend)}
        del plain["of_people"]
        return plain

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        told = as_told(self)
        return {MIME: told.to_dict(), "text/html": told._html(), "text/plain": told.headline}

    def _html(self) -> str:
        action = f"<br><em>{escape(self.action)}</em>" if self.action else ""
        return f"<p><strong>{escape(self.headline)}</strong>{action}</p>"


def not_enough_data(id: str, what: str, missing: str) -> Finding:
    """Return the finding that stands where a number would be a guess.

    Parameters
    ----------
    id : str
        Name of the finding that could not be made.
    what : str
        What was asked: 'The churn rate'.
    missing : str
        What it would take: 'at least 30 customers; there are 12'.
    """
    headline = say("Not enough data: {what} needs {missing}.", what=what, missing=missing)
    return Finding(id=id, headline=headline, refused=True)


def too_few(id: str, reason: TooFewError) -> Finding:
    """Return the finding that stands in place of an analysis, with the reason that it gave."""
    text = str(reason)
    headline = say("Not enough data: {reason}", reason=f"{text[:1].lower()}{text[1:]}")
    return Finding(id=id, headline=headline, refused=True)


def main_points(findings: Iterable[Finding]) -> list[Finding]:
    """Return the main points in the order that a reader needs: those with a key figure first."""
    return sorted((one for one in findings if one.main), key=lambda one: not one.kpi)
