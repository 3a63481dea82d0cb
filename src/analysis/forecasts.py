"""Forecasts that a report keeps, so that a later one can say whether they held.

A notebook emits what it expects of the next period beside its findings; the runner archives it
with the run. The report of a later period reads it back, holds it against what came, and hands
the record of all scored forecasts on with its own.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import TypeAdapter, ValidationError

from analysis.errors import DataError, ReportError
from analysis.periods import Period

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "FILE", "MIME", "Emitted", "Forecast", "emit", "open_for", "parse", "read", "score", "scored",
    "write",
]  # fmt: skip

MIME = "application/vnd.analysis.forecast+json"
FILE = "forecasts.json"

HigherIs = Literal["", "good", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What was expected of one number in one period; once `actual` is known, also what came.

    Attributes
    ----------
    id : str
        Stable name of what is forecast: 'clv.order_days'.
    made_for : str
        Key of the period that is forecast: '2018-01'.
    label : str
        What is forecast, in the words of the report that forecast it.
    value, low, high : float
        The forecast and its interval, in `unit`.
    level : float
        Probability that the interval is meant to hold, in (0, 1).
    unit : str
        'customers', 'order days', or the code of a currency.
    higher_is : {'', 'good', 'bad'}
        Whether more than forecast is welcome.
    made_on : str
        Last day that anything was known of, as 2017-12-31; '' is not told.
    method : str
        Model or rule.
    naive : float, optional
        What the naive rule expected.
    known : float, optional
        The same number summed over the past up to `made_on`, as it was counted then: by this a
        later report notices that the past was restated.
    actual : float, optional
        What came; missing while the forecast is open.
    known_later : float, optional
        `known` as counted again when it was scored.
    """

    id: str
    made_for: str
    label: str
    value: float
    low: float
    high: float
    level: float
    unit: str
    higher_is: HigherIs = ""
    made_on: str = ""
    method: str = ""
    naive: float | None = None
    known: float | None = None
    actual: float | None = None
    known_later: float | None = None

    def __post_init__(self) -> None:
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        numbers |= {name: getattr(self, name) or 0.0 for name in ("naive", "known", "actual")}
        for name, number in numbers.items():
            if not math.isfinite(number):
                raise DataError(
                    f"Forecast {self.id!r}: `{name}` must be finite; got {number}. Leave out a "
                    "forecast that could not be made."
                )
        if not (self.low <= self.high and 0 < self.level < 1):
            raise DataError(
                f"Forecast {self.id!r}: `low` must not be above `high`, and `level` lies between 0 "
                f"and 1; got {self.low} to {self.high} at {self.level}."
            )
        if self.made_on:
            dt.date.fromisoformat(self.made_on)
        _ = self.period

    @property
    def period(self) -> Period:
        """The period that is forecast."""
        return Period.parse(self.made_for)

    @property
    def is_open(self) -> bool:
        """Whether what came is not known yet."""
        return self.actual is None

    @property
    def error(self) -> float:
        """By how much it was too high, as a share of what came; not a number while unknown."""
        return _share_off(self.value, self.actual)

    @property
    def naive_error(self) -> float:
        """The same of the naive rule."""
        return _share_off(self.naive, self.actual)

    @property
    def covered(self) -> bool:
        """Whether what came lies within the interval."""
        return self.actual is not None and self.low <= self.actual <= self.high

    @property
    def restated(self) -> float:
        """By what share the past, as it was counted then, has changed since; 0 where not told."""
        if self.known is None or self.known_later is None or self.known == self.known_later:
            return 0.0
        return self.known_later / self.known - 1 if self.known else math.inf


@dataclass(frozen=True, slots=True)
class Emitted:
    """Forecasts as a notebook output: data for the runner, which a report does not show."""

    forecasts: tuple[Forecast, ...]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        ahead = sum(forecast.is_open for forecast in self.forecasts)
        text = f"{ahead} forecasts kept, and {len(self.forecasts) - ahead} of the past"
        return {MIME: [asdict(forecast) for forecast in self.forecasts], "text/plain": text}


def emit(*forecasts: Forecast) -> Emitted:
    """Hand forecasts to the runner, which keeps them with the report.

    Raises
    ------
    DataError
        When two are of the same number and period.
    """
    seen: set[tuple[str, str]] = set()
    for forecast in forecasts:
        if (key := (forecast.id, forecast.made_for)) in seen:
            raise DataError(
                f"One number of one period is forecast once; {forecast.id!r} is there twice for "
                f"{forecast.made_for}."
            )
        seen.add(key)
    return Emitted(forecasts)


def score(
    forecast: Forecast, actual: float, *, naive: float | None = None, known: float | None = None
) -> Forecast:
    """Was the forecast right? Return it with what came.

    Parameters
    ----------
    forecast : Forecast
    actual : float
        What came in its period.
    naive : float, optional
        What the naive rule expected, where that is only known now.
    known : float, optional
        The past up to `made_on` as it is counted now.
    """
    naive = forecast.naive if naive is None else naive
    return replace(forecast, actual=float(actual), naive=naive, known_later=known)


def open_for(forecasts: Iterable[Forecast], id: str, period: Period) -> Forecast | None:
    """Return the unscored forecast of one number for one period, if it was kept."""
    for forecast in forecasts:
        if forecast.is_open and forecast.id == id and forecast.made_for == period.key:
            return forecast
    return None


def scored(forecasts: Iterable[Forecast], id: str) -> list[Forecast]:
    """Return the scored forecasts of one number, the earliest period first."""
    past = [forecast for forecast in forecasts if forecast.id == id and not forecast.is_open]
    return sorted(past, key=lambda forecast: (forecast.period.start, forecast.made_for))


def parse(rows: object) -> list[Forecast]:
    """Return forecasts from the JSON of a notebook output.

    Raises
    ------
    ReportError
        When it is not what the type promises.
    """
    try:
        return TypeAdapter(list[Forecast]).validate_python(rows)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ReportError(
            f"A forecast must be as `forecasts.emit` writes it; {place}: {first['msg']}."
        ) from None


def write(path: Path, forecasts: Sequence[Forecast]) -> None:
    """Write forecasts as JSON that any program reads."""
    rows = [asdict(forecast) for forecast in forecasts]
    text = json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", "utf-8")


def read(folder: str | Path) -> list[Forecast]:
    """Read the forecasts that were kept with a run.

    Parameters
    ----------
    folder : str or Path
        Folder of the run; an empty text, or one without forecasts, gives none.

    Raises
    ------
    ReportError
        When the file does not hold forecasts.
    """
    if not str(folder):
        return []
    path = Path(folder) / FILE
    if not path.is_file():
        return []
    try:
        return parse(json.loads(path.read_bytes()))
    except (ValueError, ReportError) as error:
        raise ReportError(
            f"{path} must hold forecasts: {error} Move that run out of the archive."
        ) from None


def _share_off(expected: float | None, actual: float | None) -> float:
    if expected is None or not actual:
        return math.nan
    return expected / actual - 1
