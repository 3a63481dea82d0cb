"""The calendar periods that a report can cover.

A period is written as ``2017`` (year), ``2017-Q4`` (quarter), ``2017-11`` (month),
``2017-W46`` (ISO week, Monday to Sunday) or ``2017-11-05`` (day). Nothing here
reads the clock: which period is due follows from the data or from the caller.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from analysis import wording
from analysis.errors import PeriodError
from analysis.language import say

__all__ = ["Kind", "Period"]

Kind = Literal["day", "week", "month", "quarter", "year"]

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_FORMS = {
    "year": re.compile(r"([0-9]{4})"),
    "quarter": re.compile(r"([0-9]{4})-[Qq]([1-4])"),
    "month": re.compile(r"([0-9]{4})-([0-9]{2})"),
    "week": re.compile(r"([0-9]{4})-[Ww]([0-9]{2})"),
    "day": re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"),
}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A day, ISO week, month, quarter or year; both ends belong to it."""

    kind: Kind
    start: date
    end: date

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a period from its written form.

        Parameters
        ----------
        text : str
            ``"2017"``, ``"2017-Q4"``, ``"2017-11"``, ``"2017-W46"`` or ``"2017-11-05"``.

        Returns
        -------
        Period

        Raises
        ------
        PeriodError
            When `text` has none of these forms, or names a date that does not exist.
        """
        for kind, form in _FORMS.items():
            match = form.fullmatch(text)
            if match is not None:
                year, *rest = (int(part) for part in match.groups())
                return cls._from_numbers(text, kind, year, rest)
        raise PeriodError(
            f"A period is written 2017 (year), 2017-Q4 (quarter), 2017-11 (month), "
            f"2017-W46 (ISO week) or 2017-11-05 (day); got {text!r}."
        )

    @classmethod
    def _from_numbers(cls, text: str, kind: str, year: int, rest: list[int]) -> Period:
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise PeriodError(
                f"The year of a period lies between {_FIRST_YEAR} and {_LAST_YEAR}; got {text!r}."
            )
        try:
            match kind:
                case "year":
                    return cls.containing("year", date(year, 1, 1))
                case "quarter":
                    return cls.containing("quarter", date(year, 3 * rest[0], 1))
                case "month":
                    return cls.containing("month", date(year, rest[0], 1))
                case "week":
                    return cls.containing("week", date.fromisocalendar(year, rest[0], 1))
                case _:
                    return cls.containing("day", date(year, rest[0], rest[1]))
        except ValueError as error:
            raise PeriodError(
                f"There is no {kind} {text!r} in the calendar: {str(error).rstrip('.')}."
            ) from None

    @classmethod
    def containing(cls, kind: Kind, day: date) -> Period:
        """Return the period of this kind that `day` falls into."""
        match kind:
            case "day":
                return cls(kind, day, day)
            case "week":
                monday = day - timedelta(days=day.weekday())
                return cls(kind, monday, monday + timedelta(days=6))
            case "month":
                return cls(kind, day.replace(day=1), _month_end(day.year, day.month))
            case "quarter":
                last = 3 * _quarter(day)
                return cls(kind, date(day.year, last - 2, 1), _month_end(day.year, last))
            case "year":
                return cls(kind, date(day.year, 1, 1), date(day.year, 12, 31))
        raise PeriodError(f"A kind of period is one of {', '.join(get_args(Kind))}; got {kind!r}.")

    @classmethod
    def last_complete(cls, kind: Kind, last_date: date) -> Period:
        """Return the last period of this kind that has ended by the close of `last_date`."""
        current = cls.containing(kind, last_date)
        return current if current.end == last_date else current.previous

    @property
    def key(self) -> str:
        """The canonical written form; `Period.parse` reads it back."""
        match self.kind:
            case "day":
                return self.start.isoformat()
            case "week":
                year, week, _ = self.start.isocalendar()
                return f"{year:04d}-W{week:02d}"
            case "month":
                return f"{self.start:%Y-%m}"
            case "quarter":
                return f"{self.start.year:04d}-Q{_quarter(self.start)}"
            case "year":
                return f"{self.start.year:04d}"

    @property
    def previous(self) -> Period:
        """The period of the same kind that ends the day before this one starts."""
        return self.containing(self.kind, self.start - _ONE_DAY)

    @property
    def next(self) -> Period:
        """The period of the same kind that starts the day after this one ends."""
        return self.containing(self.kind, self.end + _ONE_DAY)

    @property
    def year_before(self) -> Period:
        """The same period one year earlier.

        A week keeps its ISO number (week 53 becomes week 52 when the year before has
        no week 53), and 29 February becomes 28 February.
        """
        if self.kind == "week":
            year, week, _ = self.start.isocalendar()
            last_week = date(year - 1, 12, 28).isocalendar().week
            day = date.fromisocalendar(year - 1, min(week, last_week), 1)
        else:
            year, month = self.start.year - 1, self.start.month
            day = date(year, month, min(self.start.day, _month_end(year, month).day))
        return self.containing(self.kind, day)

    @property
    def days(self) -> int:
        """The number of days in the period."""
        return (self.end - self.start).days + 1

    @property
    def title(self) -> str:
        """The period in words, such as "November 2017" or "week 46 of 2017"."""
        match self.kind:
            case "day":
                return wording.date(self.start)
            case "week":
                year, week, _ = self.start.isocalendar()
                return say("week {week} of {year}", week=week, year=year)
            case "month":
                month = wording.month(self.start)
                return say("{month} {year}", month=month, year=self.start.year)
            case "quarter":
                quarter = _quarter(self.start)
                return say("Q{quarter} {year}", quarter=quarter, year=self.start.year)
            case "year":
                return say("{year}", year=self.start.year)

    @property
    def coverage(self) -> str:
        """The first and last day in words, such as "1 to 30 November 2017"."""
        first, last = self.start, self.end
        if first == last:
            return wording.date(first)
        if first.year != last.year:
            return say("{first} to {last}", first=wording.date(first), last=wording.date(last))
        if first.month != last.month:
            return say(
                "{first_day} {first_month} to {last_day} {last_month} {year}",
                first_day=first.day, first_month=wording.month(first),
                last_day=last.day, last_month=wording.month(last), year=last.year,
            )  # fmt: skip
        return say(
            "{first_day} to {last_day} {month} {year}",
            first_day=first.day, last_day=last.day, month=wording.month(last), year=last.year,
        )  # fmt: skip

    def contains(self, day: date) -> bool:
        """Say whether `day` falls into the period."""
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return self.key


def _quarter(day: date) -> int:
    return (day.month + 2) // 3


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
